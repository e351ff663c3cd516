//! The matching form of a line: what rules are compared with and recurrence is counted by.
//!
//! Two lines that differ only in letter case, typography, decoration (`- Advertisement -`, `[ADVERTISEMENT]`), width,
//! or in the marks that Arabic, Hebrew and Greek writers may leave out have the same form. The form is never written.

use unicode_normalization::UnicodeNormalization;
use xxhash_rust::xxh3::xxh3_64;

use crate::fold::ascii_length;
use crate::span::Span;

/// Bytes of a line beyond which it is not looked at as a whole: a paragraph, not a line of a template.
pub const LONG_LINE: usize = 300;

/// Bytes at the start of a long line that the few rules for long lines see.
pub const LONG_PREFIX: usize = 160;

/// A reusable buffer that holds the matching form of one line at a time.
#[derive(Debug, Default)]
pub struct LineForm {
    buffer: String,
}

impl LineForm {
    /// An empty buffer.
    pub fn new() -> Self {
        Self::default()
    }

    /// The matching form of `line`.
    pub fn of(&mut self, line: &str) -> &str {
        self.buffer.clear();
        push_form(&mut self.buffer, line).of(&self.buffer)
    }
}

/// Writes the matching form of `line` behind what `out` holds; says where it stands there.
pub(super) fn push_form(out: &mut String, line: &str) -> Span {
    let start = out.len();
    if line.is_ascii() {
        push_ascii(out, line);
    } else {
        push_folded(out, line);
    }
    if has_odd_spaces(&out.as_bytes()[start..]) {
        collapse_spaces(out, start);
    }
    let (lead, length) = trimmed_decoration(&out[start..]);
    Span::new(start + lead, start + lead + length)
}

/// The key recurrence of a line is counted by: xxh3 of its matching form.
pub fn line_key(line: &str) -> u64 {
    form_key(LineForm::new().of(line))
}

/// The key of a line whose matching form is at hand.
pub(super) fn form_key(form: &str) -> u64 {
    xxh3_64(form.as_bytes())
}

/// A regular expression over matching forms, with everything outside ASCII folded as lines are.
pub(super) fn fold_pattern(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    for character in pattern.chars() {
        if character.is_ascii() {
            out.push(character);
        } else {
            fold_character(&mut out, character);
        }
    }
    out
}

/// Whether nothing but decoration stands in the line: a drawn rule, `* * *`, `• • •`.
pub(super) fn is_separator(line: &str) -> bool {
    let mut seen = false;
    for character in line.chars() {
        match character {
            ' ' | '\t' | '\u{a0}' => {}
            '_' | '-' | '*' | '=' | '~' | '–' | '—' | '―' | '•' | '·' | '⦁' | '●' | '■' | '◆' | '─' | '━' =>
            {
                seen = true;
            }
            _ => return false,
        }
    }
    seen
}

fn push_ascii(out: &mut String, line: &str) {
    push_lower(out, line.trim_ascii());
}

/// Whether anything is there that a space or an apostrophe stands for, or two spaces in a row. Without a branch, so that the
/// compiler makes it look at many bytes at once.
#[expect(clippy::needless_bitwise_bool, reason = "branches would keep it from looking at many bytes at once")]
fn has_odd_spaces(bytes: &[u8]) -> bool {
    let is_odd = |byte: u8| (byte == b'\t') | (byte == b'\r') | (byte == b'`');
    let Some((last, rest)) = bytes.split_last() else { return false };
    let pairs = rest.iter().zip(&bytes[1..]);
    let found =
        pairs.fold(false, |found, (&byte, &next)| found | is_odd(byte) | ((byte == b' ') & (next == b' ')));
    found | is_odd(*last)
}

/// Makes one space of several from `start` on.
fn collapse_spaces(out: &mut String, start: usize) {
    let spaced = out.split_off(start);
    let mut previous_space = false;
    for character in spaced.chars() {
        push_spaced(out, if character == '`' { '\'' } else { character }, &mut previous_space);
    }
}

fn push_spaced(out: &mut String, character: char, previous_space: &mut bool) {
    let space = character.is_whitespace();
    if !space {
        out.push(character);
    } else if !*previous_space {
        out.push(' ');
    }
    *previous_space = space;
}

fn push_folded(out: &mut String, line: &str) {
    let mut rest = line.trim();
    while !rest.is_empty() {
        let ascii = ascii_length(rest.as_bytes());
        push_lower(out, &rest[..ascii]);
        let mut characters = rest[ascii..].chars();
        if let Some(character) = characters.next() {
            if character.is_whitespace() { out.push(' ') } else { fold_character(out, character) }
        }
        rest = characters.as_str();
    }
}

fn push_lower(out: &mut String, ascii: &str) {
    let start = out.len();
    out.push_str(ascii);
    out[start..].make_ascii_lowercase();
}

/// One character outside ASCII: typography to its plain twin, compatibility forms and letter case as in NFKC and lower
/// case, optional marks off.
fn fold_character(out: &mut String, character: char) {
    match character {
        '’' | '‘' | 'ʼ' | '´' | '′' => out.push('\''),
        '“' | '”' | '„' | '‟' => out.push('"'),
        '–' | '—' | '―' | '‐' | '‑' | '−' => out.push('-'),
        '…' => out.push('…'),
        'ⓒ' | 'Ⓒ' => out.push('©'),
        _ if is_ignorable(character) => {}
        _ => push_compatible(out, character),
    }
}

fn push_compatible(out: &mut String, character: char) {
    if is_compatible(character) {
        for lower in character.to_lowercase() {
            push_letter(out, lower);
        }
        return;
    }
    for part in std::iter::once(character).nfkc() {
        for lower in part.to_lowercase() {
            push_letter(out, lower);
        }
    }
}

/// Whether the character lies in one of the large blocks that NFKC leaves alone.
fn is_compatible(character: char) -> bool {
    matches!(character,
        '\u{c0}'..='\u{131}' | '\u{134}'..='\u{13e}' | '\u{141}'..='\u{148}' | '\u{14a}'..='\u{17e}' |
        '\u{386}'..='\u{3ce}' | '\u{400}'..='\u{52f}' | '\u{5d0}'..='\u{5ea}' | '\u{620}'..='\u{64a}' |
        '\u{904}'..='\u{957}' | '\u{e01}'..='\u{e32}' | '\u{1ea0}'..='\u{1eff}' | '\u{3041}'..='\u{3096}' |
        '\u{30a1}'..='\u{30fa}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// Letters that writers of one language exchange freely: dotless i, final sigma, Greek accents, Arabic alef and yeh.
fn push_letter(out: &mut String, letter: char) {
    let plain = match letter {
        'ı' => 'i',
        '\u{307}' => return,
        'ς' => 'σ',
        'ά' => 'α',
        'έ' => 'ε',
        'ή' => 'η',
        'ί' | 'ϊ' | 'ΐ' => 'ι',
        'ό' => 'ο',
        'ύ' | 'ϋ' | 'ΰ' => 'υ',
        'ώ' => 'ω',
        'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ى' | 'ی' => 'ي',
        'ک' => 'ك',
        'ё' => 'е',
        _ if is_ignorable(letter) => return,
        other => other,
    };
    out.push(plain);
}

/// Invisible characters, Arabic vowel marks and tatweel, Hebrew points.
fn is_ignorable(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' |
        '\u{fe00}'..='\u{fe0f}' | '\u{640}' | '\u{64b}'..='\u{652}' | '\u{5b0}'..='\u{5bc}' | '\u{5c1}' | '\u{5c2}')
}

/// Where a form begins and how long it is once the decoration around it is off.
fn trimmed_decoration(form: &str) -> (usize, usize) {
    if is_undecorated(form.as_bytes()) {
        return (0, form.len());
    }
    let trimmed = trim_decoration(form);
    (form.len() - form.trim_start_matches(is_decoration).len(), trimmed.len())
}

/// Whether the first and the last byte show that there is nothing to trim: true of most lines of prose.
fn is_undecorated(form: &[u8]) -> bool {
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'"' | b'\'' | b'!' | b'?' | b',' | b';');
    match form {
        [first, .., before, b'.'] => is_plain(*first) && *before != b'.',
        [first, .., last] => is_plain(*first) && is_plain(*last),
        _ => false,
    }
}

fn trim_decoration(form: &str) -> &str {
    let start = form.trim_start_matches(is_decoration);
    let end = start.trim_end_matches(|character| is_decoration(character) && !closes_inner(start, character));
    trim_dots(end)
}

/// Whether the character is a bracket that was opened inside the form: `Slideshow (4 Images)`.
fn closes_inner(form: &str, character: char) -> bool {
    (character == ')' && form.contains('(')) || (character == ']' && form.contains('['))
}

/// Trailing dots go when there are two or more (`Loading...`): one ends a sentence.
fn trim_dots(form: &str) -> &str {
    let bare = form.trim_end_matches('.');
    if form.len() - bare.len() >= 2 { bare.trim_end_matches(is_decoration) } else { form }
}

fn is_decoration(character: char) -> bool {
    match character {
        ' ' | '-' | '*' | '[' | ']' | '(' | ')' | ':' | '|' | '<' | '>' | '=' | '_' | '~' => true,
        _ if character.is_ascii() => false,
        '«'
        | '»'
        | '·'
        | '•'
        | '‹'
        | '›'
        | '…'
        | '\u{2190}'..='\u{2bff}'
        | '\u{3008}'..='\u{3011}'
        | '\u{3014}'
        | '\u{3015}'
        | '\u{e000}'..='\u{f8ff}' => true,
        _ => ('\u{1f000}'..='\u{1faff}').contains(&character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("ADVERTISEMENT", "advertisement")]
    #[case("- Advertisement -", "advertisement")]
    #[case("【PR】", "pr")]
    #[case("Ｓｈａｒｅ", "share")]
    #[case("Lire aussi\u{a0}:", "lire aussi")]
    #[case("Don’t  miss", "don't miss")]
    #[case("İLGİLİ HABERLER", "ilgili haberler")]
    #[case("REKLAMI KAPAT", "reklami kapat")]
    #[case("ΔΙΑΦΗΜΙΣΗ", "διαφημιση")]
    #[case("إقرأ أيضاً", "اقرا ايضا")]
    #[case("Loading...", "loading")]
    #[case("Read more…", "read more")]
    #[case("▶ Watch", "watch")]
    #[case("Slideshow (4 Images)", "slideshow (4 images)")]
    #[case("[+2463 chars]", "+2463 chars")]
    #[case("It was a yes.", "it was a yes.")]
    #[case("In\u{ad}halt", "inhalt")]
    fn forms(#[case] line: &str, #[case] form: &str) {
        assert_eq!(LineForm::new().of(line), form);
    }

    #[test]
    fn keys_are_fixed_by_their_value() {
        assert_eq!(line_key("ADVERTISEMENT"), xxh3_64(b"advertisement"));
        assert_eq!(line_key("Read more"), line_key("  READ\u{a0}MORE »"));
        assert_ne!(line_key("Section 12"), line_key("Section 34"));
    }

    #[rstest]
    #[case("* * *", true)]
    #[case("___", true)]
    #[case("", false)]
    #[case("- one", false)]
    fn separators(#[case] line: &str, #[case] expected: bool) {
        assert_eq!(is_separator(line), expected);
    }

    proptest! {
        #[test]
        fn the_form_of_a_form_is_itself(line in "\\PC{0,60}") {
            let once = LineForm::new().of(&line).to_owned();
            let twice = LineForm::new().of(&once).to_owned();
            // Decoration may come to the surface only where compatibility folding made it out of something else.
            let thrice = LineForm::new().of(&twice).to_owned();
            prop_assert_eq!(thrice, twice);
        }
    }
}
