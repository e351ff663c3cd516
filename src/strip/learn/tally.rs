//! What bytes a line is made of, counted in one go.

/// Bytes looked at together: as many as a vector register holds everywhere.
const LANES: usize = 16;

/// Bytes that a count of one byte a lane cannot overflow on.
const BLOCK: usize = LANES * 255;

/// How many bytes of some classes a line has, and whether it has any of others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Unicode characters.
    pub(super) characters: usize,
    /// Characters outside ASCII.
    pub(super) foreign: usize,
    /// The digits 0 to 9.
    pub(super) digits: usize,
    /// Commas.
    pub(super) commas: usize,
    /// Whether there is an `@`.
    pub(super) has_at: bool,
    /// Whether there is a byte of which each quotation mark has one.
    pub(super) may_quote: bool,
}

/// Counts of one block, a byte for each lane.
#[derive(Default)]
struct Lanes {
    starts: [u8; LANES],
    foreign: [u8; LANES],
    digits: [u8; LANES],
    commas: [u8; LANES],
    at: [u8; LANES],
    quote: [u8; LANES],
}

impl Tally {
    /// Of `line`.
    pub(super) fn of(line: &str) -> Self {
        let mut tally = Self::default();
        for block in line.as_bytes().chunks(BLOCK) {
            tally.add(&Lanes::of(block));
        }
        // Zeros fill the last chunk, and count as characters.
        tally.characters -= line.len().next_multiple_of(LANES) - line.len();
        tally
    }

    fn add(&mut self, lanes: &Lanes) {
        let sum = |lanes: &[u8; LANES]| lanes.iter().map(|&count| usize::from(count)).sum::<usize>();
        self.characters += sum(&lanes.starts);
        self.foreign += sum(&lanes.foreign);
        self.digits += sum(&lanes.digits);
        self.commas += sum(&lanes.commas);
        self.has_at |= lanes.at != [0; LANES];
        self.may_quote |= lanes.quote != [0; LANES];
    }
}

impl Lanes {
    fn of(block: &[u8]) -> Self {
        let mut lanes = Self::default();
        let (chunks, rest) = block.as_chunks::<LANES>();
        for chunk in chunks {
            lanes.add(chunk);
        }
        if !rest.is_empty() {
            let mut last = [0; LANES];
            last[..rest.len()].copy_from_slice(rest);
            lanes.add(&last);
        }
        lanes
    }

    /// Written without branches, so that the compiler makes it a few vector instructions.
    fn add(&mut self, chunk: &[u8; LANES]) {
        for (lane, &byte) in chunk.iter().enumerate() {
            self.starts[lane] += u8::from(byte.cast_signed() >= -0x40);
            self.foreign[lane] += u8::from(byte >= 0xc0);
            self.digits[lane] += u8::from(byte.wrapping_sub(b'0') < 10);
            self.commas[lane] += u8::from(byte == b',');
            self.at[lane] |= u8::from(byte == b'@');
            // The second byte of « and », and the third of “, ” and „.
            let is_mark =
                u8::from(byte == 0xab) | u8::from(byte == 0xbb) | u8::from(byte.wrapping_sub(0x9c) < 3);
            self.quote[lane] |= is_mark | u8::from(byte == b'"');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same, a character at a time.
    fn plain(line: &str) -> Tally {
        let count = |is_wanted: fn(&char) -> bool| line.chars().filter(is_wanted).count();
        Tally {
            characters: line.chars().count(),
            foreign: count(|c| !c.is_ascii()),
            digits: count(char::is_ascii_digit),
            commas: count(|c| *c == ','),
            has_at: line.contains('@'),
            may_quote: line.bytes().any(|byte| matches!(byte, b'"' | 0xab | 0xbb | 0x9c..=0x9e)),
        }
    }

    proptest::proptest! {
        #[test]
        fn counts_are_those_of_a_plain_look(line in "[a-c0-9,@ éÜ“”„«»–中😀]{0,80}", times in 1usize..80) {
            let line = line.repeat(times);
            proptest::prop_assert_eq!(Tally::of(&line), plain(&line));
        }
    }

    #[test]
    fn no_count_overflows() {
        for line in ["1,".repeat(100_000), "é".repeat(100_000), "@".repeat(BLOCK + 1)] {
            assert_eq!(Tally::of(&line), plain(&line));
        }
    }
}
