//! The comparing form of a text: what two texts have in common when nobody looks at letter case, punctuation or width.
//!
//! NFKC and full case folding (Unicode Standard, section 3.13, and Unicode Standard Annex 15), then everything that is
//! no part of a word becomes a single space, with none at the ends. A word is a run of letters, digits, marks and `_`, as
//! `\w+` has it on lower-cased text, save that marks count (they are parts of words in Indic and Semitic scripts) and
//! characters without a glyph, such as joiners and soft hyphens, do not exist. The folded form is never written.
//!
//! ASCII goes by chunks of bytes, characters beyond it by a table; only what may combine goes through the slow routines.

use std::borrow::Cow;
use std::sync::OnceLock;

use icu_casemap::CaseMapper;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};
use wide::u8x16;

/// The comparing form of `text`; folding it again changes nothing.
pub fn fold(text: &str) -> Cow<'_, str> {
    if is_folded_ascii(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let mut folded = FoldedText::default();
    folded.push(text);
    let folded = folded.as_str();
    if folded == text { Cow::Borrowed(text) } else { Cow::Owned(folded.to_owned()) }
}

/// The words of a folded text.
pub fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(' ').filter(|word| !word.is_empty())
}

/// What ASCII characters fold to; a space where they part words.
const ASCII: [u8; 256] = {
    let mut table = [b' '; 256];
    let mut byte = 0;
    while byte < 128 {
        let character = byte as u8;
        if character.is_ascii_alphanumeric() || character == b'_' {
            table[byte] = character.to_ascii_lowercase();
        }
        byte += 1;
    }
    table
};

/// Bytes before the first one outside ASCII.
pub(crate) fn ascii_length(bytes: &[u8]) -> usize {
    const WORD: usize = size_of::<u64>();
    let mut at = 0;
    while let Some(word) = bytes[at..].first_chunk::<WORD>() {
        let high = u64::from_le_bytes(*word) & 0x8080_8080_8080_8080;
        if high != 0 {
            return at + high.trailing_zeros() as usize / 8;
        }
        at += WORD;
    }
    at + bytes[at..].iter().take_while(|byte| byte.is_ascii()).count()
}

/// Whether an ASCII text is its own comparing form.
fn is_folded_ascii(bytes: &[u8]) -> bool {
    let mut previous = b' ';
    let same = bytes.iter().all(|&byte| {
        let same = byte < 0x80 && ASCII[usize::from(byte)] == byte && (byte != b' ' || previous != b' ');
        previous = byte;
        same
    });
    same && (previous != b' ' || bytes.is_empty())
}

/// Bytes folded at once: about as many as stand between two spaces that are left out.
const CHUNK: usize = 32;
/// Bytes that one instruction looks at.
const PIECE: usize = 16;

/// Texts in their comparing form, one behind the other.
#[derive(Debug, Default)]
pub struct FoldedText {
    /// The text, and behind it room that was written before or never: so a chunk is put down whole, whatever of it counts.
    bytes: Vec<u8>,
    length: usize,
}

impl FoldedText {
    /// Appends the comparing form of `text`, with no space before it: what stands there is not touched.
    pub fn push(&mut self, text: &str) {
        self.make_room(text.len());
        let mut fold = Fold { start: self.length, folded: self };
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            at = if bytes[at] < 0x80 { fold.ascii(bytes, at) } else { fold.beyond_ascii(text, at) };
        }
        fold.finish();
    }

    /// Appends the space between two texts.
    pub fn push_space(&mut self) {
        self.push_byte(b' ');
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The text in UTF-8.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// The text, looked through once more to show that it is UTF-8; it always is.
    pub fn as_str(&self) -> &str {
        simdutf8::basic::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// Takes back what stands behind the first `length` bytes, where a text or the space behind one ended.
    pub fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    /// Takes all of it back, and the room beyond `room` bytes.
    pub fn clear(&mut self, room: usize) {
        self.length = 0;
        if self.bytes.len() > room {
            self.bytes.truncate(room);
            self.bytes.shrink_to(room);
        }
    }

    /// Room for so many bytes, and for a chunk behind them.
    fn make_room(&mut self, bytes: usize) {
        let wanted = self.length + bytes + CHUNK;
        if self.bytes.len() < wanted {
            self.bytes.resize(wanted, 0);
        }
    }

    fn push_byte(&mut self, byte: u8) {
        self.push_bytes(&[byte]);
    }

    fn push_bytes(&mut self, bytes: &[u8]) {
        // There is room nearly always: hardly a character folds to a longer one.
        if self.bytes.len() < self.length + bytes.len() {
            self.make_room(self.length + bytes.len());
        }
        self.bytes[self.length..self.length + bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
    }

    fn push_character(&mut self, character: char) {
        self.push_bytes(character.encode_utf8(&mut [0; 4]).as_bytes());
    }

    fn pop(&mut self) -> Option<char> {
        let start = self.as_bytes().iter().rposition(|byte| byte & 0xc0 != 0x80)?;
        let last = std::str::from_utf8(&self.as_bytes()[start..]).ok()?.chars().next();
        self.length = start;
        last
    }
}

/// A text being folded onto others. It may end in one space, which the next word or the end takes into account.
struct Fold<'a> {
    /// Length of what stood there before.
    start: usize,
    folded: &'a mut FoldedText,
}

/// What ASCII folds to, byte by byte, as [`ASCII`] has it, and a bit for each byte that became a space, the lowest for the first. What
/// other bytes become does not count.
fn fold_chunk(chunk: &[u8; CHUNK]) -> ([u8; CHUNK], u64) {
    let (mut folded, mut gaps) = ([0; CHUNK], 0);
    let pieces = chunk.as_chunks::<PIECE>().0.iter().zip(folded.as_chunks_mut::<PIECE>().0);
    for (number, (piece, out)) in pieces.enumerate() {
        let (letters, words) = fold_piece(u8x16::new(*piece));
        *out = letters.to_array();
        gaps |= u64::from(!words.to_bitmask() & 0xffff) << (PIECE * number);
    }
    (folded, gaps)
}

/// What the bytes fold to, and which of them are parts of words.
fn fold_piece(bytes: u8x16) -> (u8x16, u8x16) {
    /// Tells capitals from small letters, and is the space; digits have it already.
    const SMALL: u8 = 0x20;
    let at_most = |numbers: u8x16, most: u8| numbers.min(u8x16::splat(most)).simd_eq(numbers);
    let lower = bytes | u8x16::splat(SMALL);
    let letters = at_most(lower - u8x16::splat(b'a'), b'z' - b'a');
    let digits = at_most(bytes - u8x16::splat(b'0'), 9);
    let lines = bytes.simd_eq(u8x16::splat(b'_'));
    let plain = letters | digits;
    let folded = (lower & plain | u8x16::splat(SMALL)) ^ (lines & u8x16::splat(SMALL ^ b'_'));
    (folded, plain | lines)
}

/// A bit for each byte of a piece of folded text, of at most 64, that is a space, the lowest for the first.
pub(crate) fn gaps_in<const N: usize>(folded: &[u8; N]) -> u64 {
    bits_of(folded, |piece| piece.simd_eq(u8x16::splat(b' ')))
}

/// The highest bit of each byte of what `look` makes of the bytes, that of the first as the lowest.
fn bits_of<const N: usize>(bytes: &[u8; N], look: impl Fn(u8x16) -> u8x16) -> u64 {
    let pieces = bytes.as_chunks::<PIECE>().0.iter().enumerate();
    pieces.fold(0, |bits, (number, piece)| {
        bits | u64::from(look(u8x16::new(*piece)).to_bitmask()) << (PIECE * number)
    })
}

/// The first bytes of a text, filled up with spaces.
fn padded(bytes: &[u8]) -> [u8; CHUNK] {
    let mut chunk = [b' '; CHUNK];
    chunk[..bytes.len()].copy_from_slice(bytes);
    chunk
}

impl Fold<'_> {
    /// Folds ASCII from `at` on; returns where it ends.
    ///
    /// A chunk is folded and put down whole. Of it counts what comes before the first byte that is left out, a space behind a space:
    /// the next chunk begins behind that.
    fn ascii(&mut self, bytes: &[u8], mut at: usize) -> usize {
        if bytes.get(at + 1).is_some_and(|next| !next.is_ascii()) {
            self.single(bytes[at]);
            return at + 1;
        }
        let mut at_gap = self.at_gap();
        while at < bytes.len() {
            let rest = &bytes[at..];
            let chunk = rest.first_chunk().copied().unwrap_or_else(|| padded(rest));
            let ascii = bits_of(&chunk, |piece| piece).trailing_zeros() as usize;
            let length = ascii.min(rest.len()).min(CHUNK);
            if length == 0 {
                break;
            }
            let (folded, gaps) = fold_chunk(&chunk);
            let left_out = gaps & (gaps << 1 | u64::from(at_gap)) & (u64::MAX >> (64 - length));
            self.put_down(&folded);
            if left_out == 0 {
                self.folded.length += length;
                at += length;
                at_gap = gaps >> (length - 1) & 1 == 1;
            } else {
                let kept = left_out.trailing_zeros();
                self.folded.length += kept as usize;
                at += (kept + (left_out >> kept).trailing_ones()) as usize;
                at_gap = true;
            }
        }
        at
    }

    /// Folds one ASCII character.
    fn single(&mut self, byte: u8) {
        match ASCII[usize::from(byte)] {
            b' ' => self.gap(),
            folded => self.folded.push_byte(folded),
        }
    }

    /// Writes a folded chunk behind the text, of which it is no part yet.
    fn put_down(&mut self, chunk: &[u8; CHUNK]) {
        let length = self.folded.length;
        if self.folded.bytes.len() < length + CHUNK {
            self.folded.make_room(length);
        }
        self.folded.bytes[length..length + CHUNK].copy_from_slice(chunk);
    }

    /// Folds characters outside ASCII from `at` on; returns where ASCII begins again.
    fn beyond_ascii(&mut self, text: &str, mut at: usize) -> usize {
        while let Some(character) = text[at..].chars().next().filter(|character| !character.is_ascii()) {
            let length = character.len_utf8();
            match Folded::of(character) {
                Folded::Gap => self.gap(),
                Folded::Nothing => {}
                Folded::Letter(folded) => self.folded.push_character(folded),
                Folded::Mark => self.mark(character),
                Folded::Combines => {
                    let end = combination_end(text, at + length);
                    self.combine(&text[at..end]);
                    at = end;
                    continue;
                }
            }
            at += length;
        }
        at
    }

    /// Whether no word has begun since the last gap.
    fn at_gap(&self) -> bool {
        self.folded.length == self.start || self.folded.as_bytes().ends_with(b" ")
    }

    fn gap(&mut self) {
        if !self.at_gap() {
            self.folded.push_byte(b' ');
        }
    }

    /// A mark belongs to the letter before it; without one it is no part of a word.
    fn mark(&mut self, mark: char) {
        if !self.at_gap() {
            self.folded.push_character(mark);
        }
    }

    /// Folds characters that may combine with each other and with the letter before them.
    fn combine(&mut self, characters: &str) {
        let mut each = characters.chars();
        if let (Some(only), None) = (each.next(), each.next())
            && is_settled_mark(only)
        {
            return self.mark(only);
        }
        let base = if self.at_gap() { None } else { self.folded.pop() };
        let seen = base.into_iter().chain(characters.chars().filter(|&character| !is_ignorable(character)));
        for character in fold_fully(seen.collect()).chars() {
            if is_ignorable(character) {
            } else if is_combining_mark(character) {
                self.mark(character);
            } else if is_word(character) {
                self.folded.push_character(character);
            } else {
                self.gap();
            }
        }
    }

    /// Takes the gap after the last word back.
    fn finish(self) {
        if self.folded.length > self.start && self.folded.as_bytes().ends_with(b" ") {
            self.folded.length -= 1;
        }
    }
}

/// What a character is to folding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Folded {
    /// It parts words.
    Gap,
    /// It has no glyph.
    Nothing,
    /// It is a letter or digit that folds to this one, whatever stands around it.
    Letter(char),
    /// It is a mark that folds to itself and combines with nothing.
    Mark,
    /// It folds to several characters, or with its neighbours.
    Combines,
}

impl Folded {
    const GAP: u16 = 0;
    const NOTHING: u16 = 1;
    const MARK: u16 = 2;
    const COMBINES: u16 = 3;

    fn of(character: char) -> Self {
        let code = character as usize;
        let Some(page) = TABLE.get(code / PAGE) else { return Self::classify(character) };
        match page.get_or_init(|| page_of(code / PAGE))[code % PAGE] {
            Self::GAP => Self::Gap,
            Self::NOTHING => Self::Nothing,
            Self::MARK => Self::Mark,
            Self::COMBINES => Self::Combines,
            code => char::from_u32(u32::from(code)).map_or(Self::Gap, Self::Letter),
        }
    }

    fn classify(character: char) -> Self {
        if is_ignorable(character) {
            return Self::Nothing;
        }
        if matches!(character, '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{20000}'..='\u{2f7ff}')
        {
            return Self::Letter(character);
        }
        if matches!(character, '\u{1f200}'..='\u{1fbef}' | '\u{e000}'..='\u{f8ff}') && is_stable(character) {
            return Self::Gap;
        }
        if canonical_combining_class(character) != 0
            || is_nfkc_quick(std::iter::once(character)) == IsNormalized::Maybe
        {
            return Self::Combines;
        }
        Self::classify_alone(character)
    }

    /// For a character that never combines with the one before it.
    fn classify_alone(character: char) -> Self {
        let folded = fold_fully(character.to_string());
        let mut characters = folded.chars();
        match (characters.next(), characters.next()) {
            (None, _) => Self::Nothing,
            (Some(only), None) if !is_stable(only) || is_ignorable(only) => Self::Combines,
            (Some(only), None) if is_combining_mark(only) => {
                if only == character {
                    Self::Mark
                } else {
                    Self::Combines
                }
            }
            (Some(only), None) if is_word(only) => Self::Letter(only),
            (Some(_), None) => Self::Gap,
            _ => Self::Combines,
        }
    }

    fn entry(self) -> u16 {
        match self {
            Self::Gap => Self::GAP,
            Self::Nothing => Self::NOTHING,
            Self::Mark => Self::MARK,
            Self::Letter(folded) => u16::try_from(folded as u32).unwrap_or(Self::COMBINES),
            Self::Combines => Self::COMBINES,
        }
    }
}

/// Characters of a page.
const PAGE: usize = 256;

/// What each character of the Basic Multilingual Plane is to folding, a page at a time: most corpora need a few of them,
/// and all of them would take some 8 ms.
static TABLE: [OnceLock<Box<[u16; PAGE]>>; 0x1_0000 / PAGE] = [const { OnceLock::new() }; 0x1_0000 / PAGE];

fn page_of(number: usize) -> Box<[u16; PAGE]> {
    let mut page = Box::new([Folded::GAP; PAGE]);
    for (code, entry) in (number * PAGE..).zip(page.iter_mut()) {
        if let Some(character) = u32::try_from(code).ok().and_then(char::from_u32) {
            *entry = Folded::classify(character).entry();
        }
    }
    page
}

/// Where the characters that combine, or have no glyph, end.
fn combination_end(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    rest.char_indices()
        .find(|&(_, character)| {
            character.is_ascii() || !matches!(Folded::of(character), Folded::Combines | Folded::Nothing)
        })
        .map_or(text.len(), |(length, _)| at + length)
}

/// NFKC and full case folding, until neither changes anything: twice for a handful of characters.
fn fold_fully(mut text: String) -> String {
    for _ in 0..3 {
        let folded: String = CaseMapper::new().fold_string(&text.nfkc().collect::<String>()).nfkc().collect();
        if folded == text {
            break;
        }
        text = folded;
    }
    text
}

/// Whether NFKC leaves the character alone wherever it stands.
fn is_stable(character: char) -> bool {
    canonical_combining_class(character) == 0
        && is_nfkc_quick(std::iter::once(character)) == IsNormalized::Yes
}

/// A mark that moves or joins nothing when it is the only one: most vowel signs and viramas.
fn is_settled_mark(character: char) -> bool {
    is_combining_mark(character)
        && is_nfkc_quick(std::iter::once(character)) == IsNormalized::Yes
        && character != '\u{345}'
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Characters without a glyph of their own (the property `Default_Ignorable_Code_Point`), and the controls beyond ASCII.
fn is_ignorable(character: char) -> bool {
    matches!(character,
        '\u{80}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn folds_case_width_and_punctuation() {
        for (text, folded) in [
            ("", ""),
            (" \n\t", ""),
            ("Don’t stop—DON'T!", "don t stop don t"),
            ("  STRASSE, Straße  ", "strasse strasse"),
            ("snake_case_2 = 3.14", "snake_case_2 3 14"),
            ("ＦＵＬＬ　ｗｉｄｔｈ", "full width"),
            ("ﬁne ﬂow №5 m²", "fine flow no5 m2"),
            ("ΟΔΥΣΣΕΥΣ Οδυσσεύς", "οδυσσευσ οδυσσεύσ"),
            ("E\u{301}lite Élite", "élite élite"),
            ("re\u{ad}port zero\u{200b}width", "report zerowidth"),
            ("Ирина Ё", "ирина ё"),
            ("हिन्दी भाषा।", "हिन्दी भाषा"),
            ("می\u{200c}خواهم، متن.", "میخواهم متن"),
            ("東京、大阪。", "東京 大阪"),
            ("👍 emoji ❤️ here", "emoji here"),
            ("İstanbul", "i\u{307}stanbul"),
            ("≠ =\u{338} ¨ x", "x"),
        ] {
            assert_eq!(fold(text), folded, "{text:?}");
        }
    }

    #[test]
    fn borrows_what_is_folded() {
        assert!(matches!(fold("plain words 12"), Cow::Borrowed(_)));
        assert!(matches!(fold("größer né"), Cow::Owned(_)));
        assert!(matches!(fold("grösser né"), Cow::Borrowed(_)));
        assert!(matches!(fold("two  spaces"), Cow::Owned(_)));
    }

    #[test]
    fn appends_after_what_is_there() {
        let mut folded = FoldedText::default();
        folded.push("Kept.");
        folded.push_space();
        folded.push("\u{301}, New: text.");
        assert_eq!(folded.as_str(), "kept new text");
        folded.truncate(5);
        folded.push("\u{fdfa}");
        assert_eq!(folded.as_str(), format!("kept {}", slow_fold("\u{fdfa}")), "it is six times as long");
        folded.clear(4);
        assert!(folded.is_empty());
    }

    #[test]
    fn words_are_the_runs_between_spaces() {
        assert_eq!(words("a bc d").collect::<Vec<_>>(), ["a", "bc", "d"]);
        assert_eq!(words("").count(), 0);
    }

    #[test]
    fn every_character_folds_to_a_form_that_stays() {
        for character in '\0'..=char::MAX {
            let text = format!("a{character}b {character}");
            let folded = fold(&text).into_owned();
            assert_eq!(fold(&folded), folded, "U+{:04X}", character as u32);
        }
    }

    #[test]
    fn folds_case_as_unicode_says() {
        let Some(lines) = crate::normalize::test_data("unicode/CaseFolding.txt.zst") else { return };
        let mut checked = 0;
        for line in lines.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let fields: Vec<&str> = line.split("; ").collect();
            if !matches!(fields[1], "C" | "F") {
                continue;
            }
            let character = char::from_u32(u32::from_str_radix(fields[0], 16).unwrap()).unwrap();
            let folded: String = fields[2]
                .split(' ')
                .map(|code| char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap())
                .collect();
            let text = format!("a{character}b");
            assert_eq!(fold(&text), slow_fold(&format!("a{folded}b")), "U+{}", fields[0]);
            checked += 1;
        }
        assert!(checked > 1500, "only {checked} lines read");
    }

    /// The same, without tables, blocks or fast paths.
    fn slow_fold(text: &str) -> String {
        let seen: String = text.chars().filter(|&character| !is_ignorable(character)).collect();
        let mut folded = String::new();
        for character in fold_fully(seen).chars().filter(|&character| !is_ignorable(character)) {
            let gap = folded.is_empty() || folded.ends_with(' ');
            if is_combining_mark(character) {
                if !gap {
                    folded.push(character);
                }
            } else if is_word(character) {
                folded.push(character);
            } else if !gap {
                folded.push(' ');
            }
        }
        folded.trim_end().to_owned()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn the_fast_way_is_the_slow_way(text in "[a-cA-C .'’_1é\u{301}\u{308}ßǅﬁ가각\u{345}\u{1e9b}\u{323}ΣΐA\u{93c}\u{915}\u{200d}\u{ad}©㎏①½]{0,40}") {
            prop_assert_eq!(fold(&text), slow_fold(&text));
        }

        #[test]
        fn whole_chunks_fold_as_single_bytes(text in "[ -~\n\t]{0,90}é?[A-Za-z,.\" ]{0,400}") {
            prop_assert_eq!(fold(&text), slow_fold(&text));
        }

        #[test]
        fn folding_twice_changes_nothing_more(text in any::<String>()) {
            let folded = fold(&text).into_owned();
            prop_assert_eq!(fold(&folded), folded.clone());
            prop_assert_eq!(folded, slow_fold(&text));
        }
    }
}
