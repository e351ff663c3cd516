//! Glue points: places where a small letter ends and something begins that a space should stand before
//! (`PutinVladimir`), found at the speed of a scan.
#![expect(
    clippy::needless_bitwise_bool,
    reason = "branches would keep it from looking at many bytes at once"
)]

use std::ops::Range;

use super::effort;

/// Bytes looked at together.
const BLOCK: usize = 64;

/// What a character may do that has this byte at its edge: end what stands before a glue point.
const ENDS: u8 = 1;
/// Begin what stands behind one.
const BEGINS: u8 = 2;
/// Begin a capital.
const CAPITAL: u8 = 4;

/// What each byte may do.
static ROLES: [u8; 256] = roles();

const fn roles() -> [u8; 256] {
    let mut roles = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        roles[byte] = role(byte as u8);
        byte += 1;
    }
    roles
}

const fn role(byte: u8) -> u8 {
    let ends = matches!(byte, b'.' | b'a'..=b'z' | 0x80..);
    let capital = matches!(byte, b'A'..=b'Z' | 0xc3..=0xc9 | 0xcd..=0xd0 | 0xd2..=0xd5 | 0xe1);
    let begins = capital || matches!(byte, b'0'..=b'9' | b'\'' | b'"' | b'$' | b'#' | b'[' | 0xe2);
    ends as u8 * ENDS + begins as u8 * BEGINS + capital as u8 * CAPITAL
}

/// The glue points between two places of `line`, in order: a small letter ends, and a capital, a digit or an opening sign
/// begins.
pub(super) fn points(line: &str, from: usize, to: usize) -> impl DoubleEndedIterator<Item = usize> + '_ {
    pairs(line, from.max(1)..to, BEGINS).filter(move |at| is_glue(line, *at))
}

/// The places of a range with a byte before that may end something, and one that may begin what is wanted.
fn pairs(text: &str, range: Range<usize>, wanted: u8) -> impl DoubleEndedIterator<Item = usize> + '_ {
    let bytes = text.as_bytes().get(range.start - 1..range.end.min(text.len())).unwrap_or_default();
    effort::note(bytes.len());
    let pairs = bytes.windows(2).enumerate();
    let may_be =
        move |pair: &[u8]| ROLES[pair[0] as usize] & ENDS != 0 && ROLES[pair[1] as usize] & wanted != 0;
    pairs.filter(move |(_, pair)| may_be(pair)).map(move |(place, _)| range.start + place)
}

/// The places of `text` where a small letter ends and a capital begins, in order.
pub(super) fn capitals(text: &str) -> impl Iterator<Item = usize> + '_ {
    let bytes = text.as_bytes();
    let starts = (1..bytes.len()).step_by(BLOCK);
    let blocks = starts.map(|start| start..(start + BLOCK).min(bytes.len()));
    let likely = blocks.filter(|block| may_hold_capital(bytes, block.clone()));
    likely.flat_map(move |block| pairs(text, block, CAPITAL).filter(move |at| is_capital_glue(text, *at)))
}

/// The first place from `from` on where a small letter ends and a capital begins.
pub(super) fn next_capital(text: &str, from: usize) -> Option<usize> {
    let start = text.floor_char_boundary(from.saturating_sub(1));
    capitals(&text[start..]).map(|at| start + at).find(|at| *at >= from)
}

/// Two looks without branches, which the compiler turns into looks at many bytes at once: a coarse one, and a finer one
/// where quotation marks, umlauts or other scripts come through it.
fn may_hold_capital(bytes: &[u8], block: Range<usize>) -> bool {
    let (before, at) = (&bytes[block.start - 1..block.end - 1], &bytes[block.clone()]);
    if let (Some(before), Some(at)) = (before.first_chunk(), at.first_chunk())
        && !is_coarse(before, at)
    {
        return false;
    }
    if block.start < 2 || block.end == bytes.len() {
        return true;
    }
    let (earlier, later) = (&bytes[block.start - 2..block.end - 2], &bytes[block.start + 1..=block.end]);
    let ends =
        earlier.iter().zip(before).map(|(earlier, before)| may_end(*before) & !is_sign(*earlier, *before));
    let begins = at.iter().zip(later).map(|(at, later)| may_begin(*at) & !is_small(*at, *later));
    ends.zip(begins).fold(false, |any, (ends, begins)| any | (ends & begins))
}

/// Whether anywhere a byte that may end a small letter, or looks like one, stands before one that may begin a capital.
fn is_coarse(before: &[u8; BLOCK], at: &[u8; BLOCK]) -> bool {
    let mut any = 0;
    for (before, at) in before.iter().zip(at) {
        let ends = u8::from(before & 0xe0 == 0x60) | u8::from(*before >= 0x80);
        let begins = u8::from(at & 0xe0 == 0x40) | u8::from(at & 0xe0 == 0xc0) | u8::from(*at == 0xe1);
        any |= ends & begins;
    }
    any != 0
}

/// Whether these are the last bytes of a quotation mark or dash, and not of a letter: no script with case has such a second
/// byte among three.
fn is_sign(earlier: u8, before: u8) -> bool {
    (earlier == 0x80) & (before >= 0x80)
}

/// Whether a small letter of Latin or Cyrillic begins with these bytes.
fn is_small(at: u8, later: u8) -> bool {
    (at == 0xc3) & (later > 0x9e) | (at == 0xd0) & (later > 0xaf) | (at == 0xd1)
}

/// Whether a small letter may end with this byte.
fn may_end(byte: u8) -> bool {
    byte.is_ascii_lowercase() | (byte >= 0x80)
}

/// Whether a capital may begin with this byte; the bytes of scripts without case between those with it pass too.
fn may_begin(byte: u8) -> bool {
    byte.is_ascii_uppercase() | (0xc3..=0xe1).contains(&byte)
}

fn is_capital_glue(text: &str, at: usize) -> bool {
    begins_capital(text.as_bytes(), at) && is_small_before_capital(text, at)
}

fn is_small_before_capital(text: &str, at: usize) -> bool {
    text[..at].chars().next_back().is_some_and(char::is_lowercase)
        && text[at..].chars().next().is_some_and(char::is_uppercase)
}

/// Whether the first bytes of a character may be those of a capital: of the scripts with case, only the blocks that hold
/// some. `ü` and the small letters of Russian and Greek are told from capitals by their second byte.
fn begins_capital(bytes: &[u8], at: usize) -> bool {
    let next = bytes.get(at + 1).copied().unwrap_or(0);
    match bytes[at] {
        0xc3 => next <= 0x9e,
        0xce => next <= 0xab,
        0xd0 => next <= 0xaf,
        // Ethiopic has no case.
        0xe1 => !(0x84..=0x8d).contains(&next),
        byte => ROLES[byte as usize] & CAPITAL != 0,
    }
}

fn is_glue(line: &str, at: usize) -> bool {
    let bytes = line.as_bytes();
    let (before, after) = (bytes[at - 1], bytes[at]);
    if before.is_ascii_lowercase() && after.is_ascii() && after != b'\'' {
        return true;
    }
    if !line.is_char_boundary(at) || ROLES[after as usize] & CAPITAL != 0 && !begins_capital(bytes, at) {
        return false;
    }
    is_glue_of_characters(line, at)
}

fn is_glue_of_characters(line: &str, at: usize) -> bool {
    let before = line[..at].chars().next_back();
    let after = line[at..].chars().next();
    let (Some(before), Some(after)) = (before, after) else { return false };
    let is_opening = after.is_ascii_digit() || matches!(after, '\'' | '"' | '$' | '#' | '[' | '‘' | '“');
    if before == '.' {
        // `Donald Trump Jr.Trump to sign`
        return after.is_uppercase() && (line[..at].ends_with(" Jr.") || line[..at].ends_with(" Sr."));
    }
    if matches!(after, '\'' | '‘') {
        // An apostrophe is followed by small letters.
        return before.is_lowercase() && line[at + after.len_utf8()..].starts_with(char::is_uppercase);
    }
    before.is_lowercase() && (after.is_uppercase() || is_opening)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, character by character.
    fn plain_points(line: &str) -> Vec<usize> {
        (1..line.len()).filter(|at| line.is_char_boundary(*at) && is_glue_of_characters(line, *at)).collect()
    }

    #[test]
    fn capitals_are_found_across_blocks() {
        for length in 0..200 {
            let text = format!("{}PutinVladimir", " ".repeat(length));
            assert_eq!(next_capital(&text, 0), Some(length + 5));
            assert_eq!(next_capital(&text, length + 6), None);
        }
        assert_eq!(
            next_capital("für “Tobias” fiancé እንደ МосКва", 0),
            Some("für “Tobias” fiancé እንደ Мос".len())
        );
    }

    proptest::proptest! {
        #[test]
        fn points_are_those_of_the_definition(line in "[a-cA-C0-1 .'\"‘“’éÉüÜжЖλΛእ]{0,150}( Jr\\.)?[A-Z]{0,2}") {
            let found: Vec<usize> = points(&line, 0, line.len()).collect();
            proptest::prop_assert_eq!(&found, &plain_points(&line));
            let is_capital = |at: &usize| {
                line[*at..].starts_with(char::is_uppercase) && line[..*at].ends_with(char::is_lowercase)
            };
            proptest::prop_assert_eq!(next_capital(&line, 0), plain_points(&line).into_iter().find(is_capital));
        }
    }
}
