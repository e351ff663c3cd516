//! What a line is recognised by: its matching form, as a hash.

use std::str::SplitWhitespace;

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::fold::ascii_length;

/// Longest line, in bytes, that is folded before it is hashed. A longer one recurs letter for letter or not at all, and
/// hashing its bytes as they are is ten times faster than folding them.
pub const FOLDED_BYTES: usize = 160;

/// Longest line, in bytes, that is taken for a template.
const TEMPLATE_BYTES: usize = 160;

/// The number a line is recognised by: xxh3 of its matching form, in which case, punctuation, symbols and spacing
/// do not count and digits do. A line without letters and digits, or longer than [`FOLDED_BYTES`], stands for itself.
pub fn line_key(line: &str) -> u64 {
    trimmed_key(line.trim())
}

/// The [`line_key`] of a line without white space around it.
pub(super) fn trimmed_key(line: &str) -> u64 {
    if line.len() > FOLDED_BYTES {
        return xxh3_64(line.as_bytes());
    }
    match MatchingForm::of(line).bytes() {
        [] => xxh3_64(line.as_bytes()),
        bytes => xxh3_64(bytes),
    }
}

/// The number the template of a line is recognised by: digits, handles, addresses and the names inside it are slots.
/// `None` for a line without a slot, with too little fixed wording (two words, or one beside a handle or an address), or
/// longer than 160 bytes.
pub fn shape_key(line: &str) -> Option<u64> {
    shape_of(line)?.key()
}

/// As [`shape_key`], of a line that has both a number and a name in it, as what credits an article does: `Published 3 days ago
/// by Jane Doe`.
pub(super) fn credit_key(line: &str) -> Option<u64> {
    shape_of(line).filter(|shape| shape.numbers > 0 && shape.names > 0)?.key()
}

fn shape_of(line: &str) -> Option<Shape<'_>> {
    let line = line.trim();
    if line.len() > TEMPLATE_BYTES {
        return None;
    }
    // In a heading every word has a capital, so none of them tells a name.
    let has_names = words(line).skip(1).any(|word| word.starts_with(char::is_lowercase));
    let mut shape = Shape::new();
    for (index, word) in words(line).enumerate() {
        shape.push(Piece::of(word, has_names && index > 0));
    }
    Some(shape)
}

/// Bytes a matching form can take: no lower-case form is more than half as long again as its letter in UTF-8.
const FORM_BYTES: usize = FOLDED_BYTES * 3 / 2 + 8;

/// A line's matching form, written into a fixed buffer behind one space: one space between words.
struct MatchingForm {
    buffer: [u8; FORM_BYTES],
    /// Of what was written, the space at the start included; the last byte may be a space.
    length: usize,
}

impl MatchingForm {
    fn of(line: &str) -> Self {
        let mut form = Self { buffer: [b' '; FORM_BYTES], length: 1 };
        let mut rest = line;
        while !rest.is_empty() {
            let ascii = ascii_length(rest.as_bytes());
            form.push_ascii(&rest.as_bytes()[..ascii]);
            let mut characters = rest[ascii..].chars();
            if let Some(character) = characters.next() {
                form.push_character(character);
            }
            rest = characters.as_str();
        }
        form
    }

    /// Writes eight bytes at once where no two in a row only separate, as most do not.
    fn push_ascii(&mut self, bytes: &[u8]) {
        if self.length + bytes.len() > FORM_BYTES {
            return;
        }
        let (words, rest) = bytes.as_chunks();
        for word in words {
            let ends_in_gap = self.buffer[self.length - 1] == b' ';
            match form_of_word(u64::from_le_bytes(*word), ends_in_gap) {
                Some(form) => {
                    self.buffer[self.length..self.length + word.len()].copy_from_slice(&form.to_le_bytes());
                    self.length += word.len();
                }
                None => self.push_bytes(word),
            }
        }
        self.push_bytes(rest);
    }

    /// Writes every byte and steps back over a space that follows one: no branch depends on the text.
    fn push_bytes(&mut self, bytes: &[u8]) {
        let mut last = self.buffer[self.length - 1];
        let Some(room) = self.buffer.get_mut(self.length..self.length + bytes.len()) else { return };
        let mut written = 0;
        for &byte in bytes {
            let folded = ASCII_FORM[usize::from(byte)];
            room[written] = folded;
            written += usize::from(folded != b' ' || last != b' ');
            last = folded;
        }
        self.length += written;
    }

    fn push_character(&mut self, character: char) {
        if is_gap(character) {
            self.push_ascii(b" ");
            return;
        }
        for lower in character.to_lowercase() {
            if let Some(room) = self.buffer.get_mut(self.length..self.length + lower.len_utf8()) {
                lower.encode_utf8(room);
                self.length += lower.len_utf8();
            }
        }
    }

    fn bytes(&self) -> &[u8] {
        let end = if self.buffer[self.length - 1] == b' ' { self.length - 1 } else { self.length };
        self.buffer.get(1..end).unwrap_or(&[])
    }
}

/// The matching forms of eight ASCII bytes, the first one lowest; `None` where one that only separates follows another, or the
/// first follows one that was written. What is done to a byte never carries into the next, since all are below 128.
fn form_of_word(word: u64, follows_gap: bool) -> Option<u64> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * ONES;
    let from = |bytes: u64, least: u8| (bytes + u64::from(128 - least) * ONES) & HIGH;
    let small = word | (0x20 * ONES);
    let letters = from(small, b'a') & !from(small, b'z' + 1);
    let digits = from(word, b'0') & !from(word, b'9' + 1);
    let gaps = HIGH & !(letters | digits);
    if gaps & ((gaps << 8) | (u64::from(follows_gap) << 7)) != 0 {
        return None;
    }
    let whole = |bits: u64| (bits >> 7) * 0xff;
    Some((small & whole(letters)) | (word & whole(digits)) | ((0x20 * ONES) & whole(gaps)))
}

/// The matching form of each ASCII byte: letters in lower case, digits, and a space for all that only separates.
const ASCII_FORM: [u8; 256] = {
    let mut table = [b' '; 256];
    let mut byte = 0;
    while byte < 128 {
        if (byte as u8).is_ascii_alphanumeric() {
            table[byte] = (byte as u8).to_ascii_lowercase();
        }
        byte += 1;
    }
    table
};

/// Whether a character only separates. Marks of Indic scripts and joiners are not letters, yet part of their words.
fn is_gap(character: char) -> bool {
    if character.is_alphanumeric() {
        return false;
    }
    character.is_ascii()
        || character.is_whitespace()
        || matches!(
            character,
            '\u{80}'..='\u{bf}' | '×' | '÷' | '،' | '؛' | '؟' | '۔' | '।' | '॥' | '።' | '፡'
        )
        || matches!(character, '\u{2010}'..='\u{206f}' | '\u{20a0}'..='\u{2bff}' | '\u{3000}'..='\u{303f}')
        || matches!(character, '\u{2000}'..='\u{200b}' | '\u{fe00}'..='\u{fe6f}' | '\u{feff}'..='\u{ff65}')
        || matches!(character, '\u{1f000}'..='\u{1faff}')
}

fn words(line: &str) -> SplitWhitespace<'_> {
    line.split_whitespace()
}

/// What a word contributes to the shape of its line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Word(&'a str),
    Number,
    Name,
    Address,
    Nothing,
}

impl<'a> Piece<'a> {
    pub(super) fn of(word: &'a str, may_be_name: bool) -> Self {
        if word.contains('@') || word.contains("://") || word.starts_with("www.") {
            return Self::Address;
        }
        let core = word.trim_matches(|c: char| !c.is_alphanumeric());
        if core.is_empty() {
            Self::Nothing
        } else if core.starts_with(|c: char| c.is_numeric()) {
            Self::Number
        } else if may_be_name && core.starts_with(char::is_uppercase) && !super::line::names_platform(core) {
            Self::Name
        } else {
            Self::Word(core)
        }
    }
}

/// The shape of a line as it is read.
struct Shape<'a> {
    hash: Xxh3,
    last: Piece<'a>,
    words: usize,
    numbers: usize,
    names: usize,
    addresses: usize,
}

impl<'a> Shape<'a> {
    fn new() -> Self {
        Self { hash: Xxh3::new(), last: Piece::Nothing, words: 0, numbers: 0, names: 0, addresses: 0 }
    }

    fn push(&mut self, piece: Piece<'a>) {
        match piece {
            Piece::Nothing => return,
            Piece::Word(word) => {
                self.words += 1;
                self.hash.update(&line_key(word).to_le_bytes());
            }
            // A name of three words is one slot.
            Piece::Name if self.last == Piece::Name => {}
            slot => {
                let (count, sign) = match slot {
                    Piece::Number => (&mut self.numbers, b"0"),
                    Piece::Address => (&mut self.addresses, b"@"),
                    _ => (&mut self.names, b"N"),
                };
                *count += 1;
                self.hash.update(sign);
            }
        }
        self.last = piece;
    }

    fn key(&self) -> Option<u64> {
        let fixed = self.words + self.addresses.min(1);
        let slots = self.numbers + self.names + self.addresses;
        (slots > 0 && self.words > 0 && fixed >= 2).then(|| self.hash.digest())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("  READ MORE: ", "Read more")]
    #[case("“Follow us” – on Twitter!", "follow us on twitter")]
    #[case("Über uns", "ÜBER UNS")]
    #[case("Читайте\u{a0}также:", "читайте также")]
    #[case("[Mehr zum Thema]", "mehr zum thema")]
    fn what_reads_the_same_has_one_key(#[case] one: &str, #[case] other: &str) {
        assert_eq!(line_key(one), line_key(other));
    }

    #[rstest]
    #[case("Section 12", "Section 34")]
    #[case("readmore", "read more")]
    #[case("___", "* * *")]
    #[case("हिन्दी", "हिनदी")]
    #[case("阅读更多", "阅读全文")]
    fn what_differs_has_two(#[case] one: &str, #[case] other: &str) {
        assert_ne!(line_key(one), line_key(other));
    }

    #[test]
    fn a_key_outlives_the_program() {
        assert_eq!(line_key("Read more"), xxh3_64(b"read more"));
        assert_eq!(line_key("x".repeat(300).as_str()), xxh3_64("x".repeat(300).as_bytes()));
    }

    #[rstest]
    #[case("Follow Chuck on Twitter", "Follow Mary Ann Smith on Twitter")]
    #[case("Follow Hasson on Twitter @PeterJHasson", "Follow Ott on Twitter @scottott")]
    #[case("Write to Kate Davidson at kate@wsj.com", "Write to Jim Ott at jim.ott@wsj.com")]
    #[case("Follow @one", "follow @two")]
    #[case("Read 14 comments", "Read 3 comments")]
    fn a_template_has_one_shape(#[case] one: &str, #[case] other: &str) {
        assert!(shape_key(one).is_some());
        assert_eq!(shape_key(one), shape_key(other));
    }

    #[rstest]
    #[case("Published 3 days ago by Jane Doe", true)]
    #[case("Posted by Kim Ott on 12 May", true)]
    #[case("Preparation takes 20 minutes", false)]
    #[case("Posted by Kim Ott this morning", false)]
    #[case("Arsenal 2 Chelsea 1", false)]
    fn a_credit_has_a_number_and_a_name(#[case] line: &str, #[case] is_credit: bool) {
        assert_eq!(credit_key(line).is_some(), is_credit);
    }

    #[rstest]
    #[case("Sign up for our newsletter")]
    #[case("Donald Trump")]
    #[case("12:45")]
    #[case("@handle")]
    #[case("Chapter 12")]
    fn a_line_with_no_slot_or_no_wording_has_none(#[case] line: &str) {
        assert_eq!(shape_key(line), None);
    }

    proptest::proptest! {
        #[test]
        fn no_line_panics(line in "\\PC{0,120}") {
            let _ = (line_key(&line), shape_key(&line));
        }

        #[test]
        fn the_form_is_what_a_plain_reading_gives(line in "[ -~“’éÜßİЧи中。\u{a0}]{0,60}") {
            let plain: String = line.chars().map(|c| if is_gap(c) { ' ' } else { c }).collect();
            let lower: String = plain.chars().flat_map(char::to_lowercase).collect();
            let words: Vec<_> = lower.split(' ').filter(|word| !word.is_empty()).collect();
            let (form, words) = (MatchingForm::of(&line), words.join(" "));
            proptest::prop_assert_eq!(form.bytes(), words.as_bytes());
        }
    }
}
