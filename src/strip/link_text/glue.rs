//! Glue points: places where a small letter ends and something begins that a space should stand before
//! (`PutinVladimir`), found at the speed of a scan.

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
    match byte {
        b'.' | b'a'..=b'z' => ENDS,
        b'A'..=b'Z' => BEGINS | CAPITAL,
        b'0'..=b'9' | b'\'' | b'"' | b'$' | b'#' | b'[' => BEGINS,
        0xc3..=0xc9 | 0xcd..=0xd0 | 0xd2..=0xd5 | 0xe1 => ENDS | BEGINS | CAPITAL,
        0xe2 => ENDS | BEGINS,
        0x80.. => ENDS,
        _ => 0,
    }
}

/// The glue points between two places of `line`, in order: a small letter ends, and a capital, a digit or an opening sign
/// begins.
pub(super) fn points(line: &str, from: usize, to: usize) -> impl DoubleEndedIterator<Item = usize> + '_ {
    let bytes = line.as_bytes();
    (from.max(1)..to.min(bytes.len())).filter(move |&at| may_be(bytes, at, BEGINS) && is_glue(line, at))
}

/// The first place from `from` on where a small letter ends and a capital begins.
pub(super) fn next_capital(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let starts = (from.max(1)..bytes.len()).step_by(BLOCK);
    let blocks = starts.map(|start| start..(start + BLOCK).min(bytes.len()));
    let mut likely = blocks
        .filter(|block| may_hold_capital(&bytes[block.start - 1..block.end - 1], &bytes[block.clone()]));
    likely.find_map(|mut block| block.find(|&at| is_capital_glue(text, at)))
}

/// A coarse look at a block without branches, which the compiler turns into one at many bytes at once: whether a byte of
/// `left` may end a small letter and the byte of `right` that follows it begin a capital.
#[expect(clippy::needless_bitwise_bool, reason = "branches would keep it from looking at many bytes at once")]
fn may_hold_capital(left: &[u8], right: &[u8]) -> bool {
    left.iter().zip(right).fold(false, |any, (before, after)| {
        let ends = before.is_ascii_lowercase() | (*before >= 0x80);
        let begins = after.is_ascii_uppercase() | (*after >= 0xc3 && *after <= 0xd5) | (*after == 0xe1);
        any | (ends & begins)
    })
}

fn may_be(bytes: &[u8], at: usize, begins: u8) -> bool {
    ROLES[bytes[at - 1] as usize] & ENDS != 0 && ROLES[bytes[at] as usize] & begins != 0
}

fn is_capital_glue(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    may_be(bytes, at, CAPITAL)
        && (bytes[at].is_ascii() || begins_capital(bytes, at))
        && text[..at].chars().next_back().is_some_and(char::is_lowercase)
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
