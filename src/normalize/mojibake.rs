//! Text decoded with the wrong character set, mended where that is certain.
//!
//! What it mends: UTF-8 that was read as windows-1252 (or Latin-1), windows-1250, windows-1251 or Mac Roman, up to
//! eight times over, and single controls U+0080 to U+009F that are windows-1252 by origin.
//!
//! Why it is certain: a misread character is a sequence of two to four characters that turn back, byte for byte, into
//! strict UTF-8. What is left to doubt is whether someone wrote that sequence on purpose (`É…`, `IRMÃ”`), and that its
//! neighbours decide: a capital in the middle of a small-letter word, several such sequences of one script in a row,
//! `â€` at all. A doubtful sequence counts only in a text that holds certain ones and no more sound letters than those.
//! Each rule is tried against ftfy's collection of real cases (<https://github.com/rspeer/python-ftfy>, `tests/`), none
//! of whose negative ones may change.
//!
//! When it is wrong: a text that quotes broken text on purpose is mended too.

use std::borrow::Cow;
use std::sync::LazyLock;

use encoding_rs::{Encoding, MACINTOSH, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252};

use super::classes::{self, CONTROL, LEAD};
use super::{Part, compose};
use crate::edit::{Edit, apply};
use crate::span::Span;

/// How many times over a text may have been misread.
const LAYERS: usize = 8;

/// The broken characters of `text`, each with what it was.
pub(super) fn find(text: &str) -> Vec<Edit<Part>> {
    let mut edits = find_layer(text);
    let mut mended: Cow<'_, str> = Cow::Borrowed(text);
    let mut layer = edits.clone();
    for _ in 1..LAYERS {
        if layer.is_empty() {
            break;
        }
        mended = Cow::Owned(apply(&mended, &layer));
        layer = find_layer(&mended);
        edits = compose::compose(edits, layer.clone(), &mended);
    }
    edits
}

/// Whether `character` is what some character set shows for the first byte of a character in UTF-8.
pub(super) fn may_lead(character: char) -> bool {
    matches!(
        character,
        '\u{c2}'
            ..='\u{f4}'
                | '\u{ff}'
                | 'Ă'
                | 'Đ'
                | 'đ'
                | 'Ĺ'
                | 'Ń'
                | 'Ř'
                | 'Ů'
                | 'Ÿ'
                | 'Р'
                | 'С'
                | '‚'
                | '√'
                | '◊'
    )
}

/// Whether `character` is what a windows character set shows for a further byte of a character in UTF-8.
pub(super) fn may_continue(character: char) -> bool {
    !character.is_ascii()
        && Reading::ALL[..3].iter().any(|reading| matches!(reading.byte(character), Some(0x80..=0xbf)))
}

/// Whether the U+0085 at `at` ends a line, as few do; the others are ellipses of windows-1252.
pub(super) fn is_next_line(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back();
    let after = text[at + 2..].chars().next();
    let ends_sentence =
        matches!(before, Some('.' | '!' | '?' | ':' | '"' | '”' | '»' | ')' | '\u{85}' | '。' | '۔' | '।'));
    ends_sentence
        && after
            .is_some_and(|next| next.is_uppercase() || next.is_numeric() || matches!(next, '"' | '“' | '«'))
}

/// A way to read bytes wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// windows-1252 and Latin-1, mixed as they come.
    Western,
    /// windows-1250.
    Central,
    /// windows-1251.
    Cyrillic,
    /// Mac Roman.
    Mac,
}

impl Reading {
    const ALL: [Self; 4] = [Self::Western, Self::Central, Self::Cyrillic, Self::Mac];

    /// The byte that this reading shows as `character`.
    fn byte(self, character: char) -> Option<u8> {
        static TABLES: LazyLock<[Vec<(char, u8)>; 4]> =
            LazyLock::new(|| [WINDOWS_1252, WINDOWS_1250, WINDOWS_1251, MACINTOSH].map(upper_half));
        match (self, character as u32) {
            (Self::Western, code @ 0x80..=0xff) | (Self::Central | Self::Cyrillic, code @ 0x80..=0x9f) => {
                u8::try_from(code).ok()
            }
            _ => {
                let table = &TABLES[self as usize];
                let found = table.binary_search_by_key(&character, |&(shown, _)| shown).ok()?;
                Some(table[found].1)
            }
        }
    }
}

/// What `encoding` shows for the bytes from 0x80, sorted by character.
fn upper_half(encoding: &'static Encoding) -> Vec<(char, u8)> {
    let mut table: Vec<(char, u8)> = (0x80..=0xff)
        .filter_map(|byte| {
            let bytes = [byte];
            let shown =
                encoding.decode_without_bom_handling_and_without_replacement(&bytes)?.chars().next()?;
            Some((shown, byte))
        })
        .collect();
    table.sort_unstable();
    table
}

/// A misread character: where it stands, what it was, and what its further bytes look like.
#[derive(Clone, Copy, Debug)]
struct Sequence {
    start: usize,
    end: usize,
    lead: char,
    /// The characters shown for the further bytes, controls as windows-1252 shows them; padded with NUL.
    tail: [char; 3],
    /// What was written; U+FFFD when a byte is lost.
    written: char,
}

/// Sequences with nothing between them.
struct Chain {
    reading: Reading,
    sequences: Vec<Sequence>,
    certain: bool,
}

/// The edits of one layer of damage.
fn find_layer(text: &str) -> Vec<Edit<Part>> {
    let survey = Survey::of(text);
    let bold = survey.certain > 0 && survey.certain >= survey.sound_letters(text);
    let mut edits = Vec::new();
    let mut at = 0;
    for chain in &survey.chains {
        let start = chain.sequences[0].start;
        mend_singles(text, at, start, &survey, bold, &mut edits);
        at = start;
        if chain.certain || (bold && survey.makes_plausible(chain)) {
            edits.extend(chain.sequences.iter().map(mend_sequence));
            at = chain.sequences[chain.sequences.len() - 1].end;
        }
    }
    mend_singles(text, at, text.len(), &survey, bold, &mut edits);
    edits
}

fn mend_sequence(sequence: &Sequence) -> Edit<Part> {
    Edit {
        span: Span::new(sequence.start, sequence.end),
        replacement: Cow::Owned(sequence.written.to_string()),
        cause: Part::Mojibake,
    }
}

/// All chains of a text, and how many of their sequences are certain.
struct Survey {
    chains: Vec<Chain>,
    certain: usize,
    /// Whether a certain sequence was an opening curly quote, so that a closing one is to be expected.
    quotes: bool,
    /// The leads of certain sequences, sorted.
    leads: Vec<char>,
}

impl Survey {
    fn of(text: &str) -> Self {
        let mut chains: Vec<Chain> = Vec::new();
        let mut at = 0;
        while let Some((hit, character)) = classes::next(text, at, LEAD | CONTROL) {
            // The lead of a misread quote in windows-1251 is the commonest of Russian letters: known by what follows.
            let start =
                if character == 'Ђ' && text[at..hit].ends_with('в') { hit - 'в'.len_utf8() } else { hit };
            at = hit + character.len_utf8();
            if let Some(chain) = chain_at(text, start) {
                at = chain.sequences[chain.sequences.len() - 1].end;
                chains.push(chain);
            }
        }
        let sure = || chains.iter().filter(|chain| chain.certain).flat_map(|chain| &chain.sequences);
        let certain = sure().count();
        let quotes = sure().any(|sequence| sequence.written == '“');
        let mut leads: Vec<char> = sure().map(|sequence| sequence.lead).collect();
        leads.sort_unstable();
        leads.dedup();
        Self { chains, certain, quotes, leads }
    }

    /// Whether a doubtful chain may be mended in a text that holds these certain ones.
    fn makes_plausible(&self, chain: &Chain) -> bool {
        chain.sequences.iter().all(|sequence| match kind(sequence.written) {
            Some(Kind::Lost) => matches!(sequence.lead, 'â' | 'Ã' | 'Ð' | 'Ñ' | 'Å' | 'Ä'),
            Some(Kind::Other) | None => self.leads.binary_search(&sequence.lead).is_ok(),
            Some(_) => chain.reading != Reading::Mac || sequence.lead == '√',
        })
    }

    /// Letters outside ASCII that stand in no certain chain: signs that the text was read rightly.
    fn sound_letters(&self, text: &str) -> usize {
        let letters = |text: &str| {
            text.chars()
                .filter(|c| !c.is_ascii() && c.is_alphabetic() && !matches!(c, 'Â' | 'Ã' | 'â'))
                .count()
        };
        let broken: usize = self
            .chains
            .iter()
            .filter(|chain| chain.certain)
            .map(|chain| {
                letters(&text[chain.sequences[0].start..chain.sequences[chain.sequences.len() - 1].end])
            })
            .sum();
        letters(text).saturating_sub(broken)
    }
}

/// The chain that begins at `start`, as the reading has it that makes most sense of it.
fn chain_at(text: &str, start: usize) -> Option<Chain> {
    let mut doubtful = None;
    for reading in Reading::ALL {
        let sequences = sequences_at(text, start, reading);
        if sequences.is_empty() {
            continue;
        }
        let certain = is_certain(text, &sequences, reading);
        let chain = Chain { reading, sequences, certain };
        if certain {
            return Some(chain);
        }
        doubtful = doubtful.or(Some(chain));
    }
    doubtful
}

fn sequences_at(text: &str, start: usize, reading: Reading) -> Vec<Sequence> {
    let mut sequences = Vec::new();
    let mut at = start;
    while let Some(sequence) = sequence_at(text, at, reading) {
        at = sequence.end;
        sequences.push(sequence);
    }
    sequences
}

fn sequence_at(text: &str, start: usize, reading: Reading) -> Option<Sequence> {
    let mut characters = text[start..].chars();
    let lead = characters.next().filter(|lead| !lead.is_ascii())?;
    if reading == Reading::Mac && !matches!(lead, '√' | '‚' | '◊' | 'ÿ' | 'Ÿ') {
        return None;
    }
    let first = reading.byte(lead)?;
    let length = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    let mut bytes = [first, 0, 0, 0];
    let mut tail = ['\0'; 3];
    let mut end = start + lead.len_utf8();
    for place in 1..length {
        let shown = characters.next()?;
        end += shown.len_utf8();
        if shown == char::REPLACEMENT_CHARACTER {
            return Some(Sequence { start, end, lead, tail, written: shown });
        }
        bytes[place] = match reading.byte(shown).filter(|byte| (0x80..=0xbf).contains(byte)) {
            None if shown == ' ' && place + 1 == length && was_no_break(lead, &characters) => 0xa0,
            byte => byte?,
        };
        tail[place - 1] = western_control(shown).unwrap_or(shown);
    }
    let written = std::str::from_utf8(&bytes[..length]).ok()?.chars().next()?;
    kind(written).map(|_| Sequence { start, end, lead, tail, written })
}

/// Whether a plain space was the no-break space that misread Cyrillic and Thai are full of: more of the same follows.
fn was_no_break(lead: char, rest: &std::str::Chars<'_>) -> bool {
    matches!(lead, 'Ð' | 'à') && rest.clone().next().is_some_and(may_lead)
}

/// What windows-1252 shows for a control character.
fn western_control(character: char) -> Option<char> {
    let byte = u8::try_from(character as u32).ok().filter(|byte| (0x80..=0x9f).contains(byte))?;
    let shown =
        WINDOWS_1252.decode_without_bom_handling_and_without_replacement(std::slice::from_ref(&byte))?;
    shown.chars().next().filter(|shown| !shown.is_control())
}

/// The kinds of character that texts are written with, as far as broken ones are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Letters of Latin-1 and the Latin extensions, and the apostrophes that count as letters.
    Latin,
    /// Signs of Latin-1, and controls that may be signs of windows-1252.
    Sign,
    /// Dashes, quotes, ellipses, bullets, the euro and other signs common in prose.
    Punctuation,
    /// Arrows, mathematics, pictures in the Basic Multilingual Plane.
    Symbol,
    /// Emoji.
    Emoji,
    /// Letters of scripts in which a lone one means little: Greek, Cyrillic, Hebrew, Arabic, Indic, Han and so on.
    Other,
    /// A character of which a byte is lost.
    Lost,
}

fn kind(character: char) -> Option<Kind> {
    let kind = match character {
        '\u{80}'..='\u{bf}' | '×' | '÷' => Kind::Sign,
        '\u{c0}'..='\u{17f}'
        | 'Ơ'
        | 'ơ'
        | 'Ư'
        | 'ư'
        | 'Ș'
        | 'ș'
        | 'Ț'
        | 'ț'
        | 'ə'
        | 'Ə'
        | 'ƒ'
        | '\u{2bb}'..='\u{2bf}'
        | '\u{1e00}'..='\u{1eff}' => Kind::Latin,
        '\u{2000}'..='\u{2027}'
        | '\u{202a}'..='\u{203c}'
        | '\u{205f}'..='\u{2064}'
        | '\u{2066}'..='\u{206f}'
        | '€'
        | '™'
        | '\u{feff}'
        | 'ˆ'
        | '˜' => Kind::Punctuation,
        '\u{20a0}'..='\u{20bf}'
        | '\u{2100}'..='\u{27bf}'
        | '\u{2900}'..='\u{2bff}'
        | '\u{fe0e}'
        | '\u{fe0f}' => Kind::Symbol,
        '\u{1f000}'..='\u{1fbff}' => Kind::Emoji,
        char::REPLACEMENT_CHARACTER => Kind::Lost,
        '\u{370}'..='\u{6ff}'
        | '\u{900}'..='\u{1dff}'
        | '\u{1f00}'..='\u{1fff}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fb1d}'..='\u{fefc}'
        | '\u{ff01}'..='\u{ffee}'
        | '\u{20000}'..='\u{2ffff}' => Kind::Other,
        _ => return None,
    };
    Some(kind)
}

/// Marks that close or part words, so that prose has them right after a letter.
fn is_prose_mark(character: char) -> bool {
    matches!(
        character,
        '‘' | '’'
            | '“'
            | '”'
            | '‚'
            | '„'
            | '‹'
            | '›'
            | '«'
            | '»'
            | '–'
            | '—'
            | '…'
            | '™'
            | '®'
            | '©'
            | '´'
            | '\u{a0}'
            | '\u{ad}'
            | '•'
            | '\0'
    )
}

/// Marks that prose has between two words without a space.
fn is_joining_mark(character: char) -> bool {
    matches!(character, '‘' | '’' | '“' | '”' | '„' | '‚' | '–' | '—' | '…' | '‹' | '›' | '\u{a0}' | '\0')
}

/// Whether nobody can have written `sequences`, all of one chain, on purpose.
fn is_certain(text: &str, sequences: &[Sequence], reading: Reading) -> bool {
    if is_run_of_script(sequences, reading) {
        return true;
    }
    let first = sequences[0];
    let last = sequences[sequences.len() - 1];
    let before_chain = text[..first.start].chars().next_back();
    let after_chain = text[last.end..].chars().next();
    sequences.iter().enumerate().any(|(place, sequence)| {
        let before = place.checked_sub(1).map_or(before_chain, |place| Some(sequences[place].written));
        let after = sequences.get(place + 1).map_or(after_chain, |next| Some(next.written));
        is_certain_between(sequence, reading, before, after)
    })
}

/// Two or more characters of one kind of script in a row, and not all made of marks that prose has after letters.
fn is_run_of_script(sequences: &[Sequence], reading: Reading) -> bool {
    let script = sequences.iter().filter(|sequence| kind(sequence.written) == Some(Kind::Other));
    let telling = script
        .clone()
        .filter(|sequence| sequence.tail.iter().any(|&shown| !is_prose_mark(shown)))
        .filter(|sequence| reading != Reading::Cyrillic || !"ЁёІіЇїЄєҐґ".contains(sequence.tail[0]))
        .count();
    let needed = match reading {
        Reading::Western => (2, 1),
        Reading::Central => (3, 1),
        Reading::Mac | Reading::Cyrillic => (3, 2),
    };
    script.count() >= needed.0 && telling >= needed.1
}

fn is_certain_between(
    sequence: &Sequence,
    reading: Reading,
    before: Option<char>,
    after: Option<char>,
) -> bool {
    match (kind(sequence.written), reading) {
        (Some(Kind::Latin | Kind::Sign), Reading::Mac) => is_certain_on_mac(sequence, before, after),
        (Some(Kind::Latin), Reading::Western | Reading::Central) if sequence.tail[1] == '\0' => {
            is_certain_letter(sequence, before, after)
        }
        (Some(Kind::Sign), Reading::Western | Reading::Central) if sequence.tail[1] == '\0' => {
            is_certain_sign(sequence, before, after)
        }
        (Some(Kind::Punctuation), _) => is_certain_punctuation(sequence, reading),
        (Some(Kind::Latin | Kind::Symbol), Reading::Western | Reading::Central) => {
            sequence.tail.iter().any(|&shown| !is_prose_mark(shown))
        }
        (Some(Kind::Emoji), Reading::Western | Reading::Central) => true,
        (Some(Kind::Lost), Reading::Western) => sequence.lead == 'ï' && sequence.tail[1] != '\0',
        (Some(Kind::Other), Reading::Western) => {
            sequence.lead == 'ï' && sequence.tail[0] == '¼' && sequence.tail[1] != '\0'
        }
        _ => false,
    }
}

/// `Ã©`, `Å‚`, `Ä™`: a capital and a sign for one letter.
///
/// Certain when the capital stands inside a word of small letters, or when reading it so gives a word its missing
/// letter. A sign that prose has between words (`Ä…`) makes any capital doubtful but `Ã`, which ends no word of small
/// letters and begins none. `Ã¥` alone never counts, as ftfy holds it for undecidable.
fn is_certain_letter(sequence: &Sequence, before: Option<char>, after: Option<char>) -> bool {
    let sign = sequence.tail[0];
    if !sequence.lead.is_uppercase() || (sequence.lead == 'Ã' && sign == '¥') {
        return false;
    }
    let next = after.filter(|next| next.is_alphabetic());
    let apostrophe = matches!(sign, '‘' | '’');
    let parts_words = is_joining_mark(sign);
    if before.is_some_and(char::is_lowercase) {
        return if sequence.lead == 'Ã' { !apostrophe || next.is_some() } else { !parts_words };
    }
    let in_word = before.is_some_and(char::is_alphanumeric);
    let Some(next) = next else {
        let is_symbol = matches!(sign, '¡'..='¿') && !is_prose_mark(sign) && sign != '¨';
        return sequence.lead == 'Ã' && !in_word && is_symbol;
    };
    let agrees = next.is_lowercase() || sequence.written.is_uppercase();
    let begins_word = sequence.lead == 'Ã' && !in_word && !apostrophe && sign != '\u{a0}';
    agrees && (!parts_words || begins_word)
}

/// `Â©`, `Â£`, and `Â` before a no-break space: a capital that means nothing there, and the sign itself.
fn is_certain_sign(sequence: &Sequence, before: Option<char>, after: Option<char>) -> bool {
    let sign = sequence.tail[0];
    match before {
        _ if sequence.lead != 'Â' => false,
        Some(before) if before.is_lowercase() || before.is_numeric() => true,
        Some('.' | ',' | ';' | ':' | '!' | '?' | ')' | '”' | '’' | '"') => true,
        Some(before) if before.is_alphabetic() => false,
        _ if sign == '\u{a0}' || sign == '»' => false,
        _ if matches!(sign, '’' | '‘' | '”' | '–' | '—' | '…') => false,
        _ => sign != '®' && (sign != '´' || after.is_some_and(char::is_alphabetic)),
    }
}

/// `â€™`, `â‚¬`, `â„¢`, and the same in other character sets: `вЂ™`, `‚Äô`.
fn is_certain_punctuation(sequence: &Sequence, reading: Reading) -> bool {
    let common = matches!(sequence.written, '–' | '—' | '‘' | '’' | '“' | '”' | '„' | '•' | '…');
    match reading {
        Reading::Western | Reading::Central => sequence.tail.iter().any(|&shown| !is_prose_mark(shown)),
        Reading::Cyrillic | Reading::Mac => common,
    }
}

/// `√©` inside a word; `π` after the root is mathematics.
fn is_certain_on_mac(sequence: &Sequence, before: Option<char>, after: Option<char>) -> bool {
    let lowercase = |character: Option<char>| character.is_some_and(char::is_lowercase);
    let letter = |character: Option<char>| character.is_some_and(char::is_alphabetic);
    sequence.lead == '√'
        && sequence.written.is_lowercase()
        && letter(before)
        && lowercase(after)
        && sequence.tail[0] != 'π'
}

/// Mends what is no whole sequence in `text[start..end]`: stray controls, and sequences whose last byte became a plain
/// space or was dropped.
fn mend_singles(
    text: &str,
    start: usize,
    end: usize,
    survey: &Survey,
    bold: bool,
    edits: &mut Vec<Edit<Part>>,
) {
    let mut at = start;
    while let Some((hit, character)) = classes::next(&text[..end], at, CONTROL | LEAD) {
        at = hit + character.len_utf8();
        let mended = match character {
            '\u{80}'..='\u{9f}' => control(text, hit, character).map(|mended| (at, mended)),
            'Ã' | 'Â' => before_plain_space(text, hit, character, bold),
            'â' => without_last_byte(text, at, survey.quotes && bold),
            _ => None,
        };
        if let Some((end, replacement)) = mended {
            let replacement = Cow::Owned(replacement);
            edits.push(Edit { span: Span::new(hit, end), replacement, cause: Part::Mojibake });
            at = at.max(end);
        }
    }
}

/// A control as the sign windows-1252 has in its place. Signs that only this set has there need a fitting neighbour.
fn control(text: &str, at: usize, character: char) -> Option<String> {
    let shown = western_control(character)?;
    let before = text[..at].chars().next_back();
    let after = text[at + 2..].chars().next();
    let beside = |test: fn(char) -> bool| before.is_some_and(test) || after.is_some_and(test);
    let fits = match shown {
        '…' => !is_next_line(text, at),
        '‚' | '„' | '†' | '‡' | '‰' | '‹' | '›' | '‘' | '’' | '“' | '”' | '•' | '–' | '—' | '™' => {
            true
        }
        '€' => beside(|neighbour| neighbour.is_ascii_digit()),
        'Š' | 'Œ' | 'Ž' | 'š' | 'œ' | 'ž' | 'Ÿ' => {
            beside(|neighbour| neighbour.is_ascii_alphabetic() || matches!(neighbour, '\u{c0}'..='\u{17f}'))
        }
        _ => false,
    };
    let broken = before.is_some_and(|before| matches!(before, 'â' | 'Â' | '\u{80}'));
    (fits && !broken).then(|| shown.to_string())
}

/// `Ã` and `Â` before a plain space that was a no-break one, the misread second byte: `à`, and a space.
fn before_plain_space(text: &str, at: usize, character: char, bold: bool) -> Option<(usize, String)> {
    let end = at + 2;
    if text.as_bytes().get(end) != Some(&b' ') {
        return None;
    }
    let before = text[..at].chars().next_back();
    let inside = before.is_some_and(char::is_lowercase);
    match character {
        'Ã' if inside || (bold && before.is_none_or(char::is_whitespace)) => {
            let own_space = usize::from(text[end..].starts_with("  "));
            Some((end + own_space, "à".to_owned()))
        }
        'Â' if inside || before.is_some_and(|before| matches!(before, '.' | ',' | '!' | '?' | '"' | '”')) => {
            Some((end, String::new()))
        }
        'Â' if bold && before.is_none_or(char::is_whitespace) => Some((end + 1, String::new())),
        _ => None,
    }
}

/// `â€` alone: a closing quote, whose last byte is the one that windows-1252 lacks and some readers drop.
fn without_last_byte(text: &str, after_lead: usize, quotes: bool) -> Option<(usize, String)> {
    let rest = text[after_lead..].strip_prefix('€')?;
    let next = rest.chars().next();
    let closes = next.is_none_or(|next| next.is_whitespace() || next.is_ascii_punctuation());
    (quotes && closes).then(|| (after_lead + '€'.len_utf8(), "”".to_owned()))
}
