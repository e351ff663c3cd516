//! How blocks stand in a file: what each is, how long, and a checksum, so that one cut short is noticed.

use xxhash_rust::xxh3::xxh3_64;

/// What a block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Who made the file, of what.
    Identity = 1,
    /// What the first pass saw of some shards.
    Survey = 2,
    /// What the second pass made of them.
    Prints = 3,
    /// Rows that memory has no room for.
    Rows = 4,
    /// What a grouping removes.
    Grouping = 5,
    /// Where outputs are written for now.
    Staging = 6,
    /// How far the outputs are written.
    Written = 7,
}

impl Kind {
    const ALL: [Self; 7] = [
        Self::Identity,
        Self::Survey,
        Self::Prints,
        Self::Rows,
        Self::Grouping,
        Self::Staging,
        Self::Written,
    ];
}

/// Bytes before the content of a block.
pub const HEAD: usize = 32;

/// The mark every block begins with.
const MARK: u32 = 0x5441_4d49;

/// The head of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// What it holds.
    pub kind: Kind,
    /// Of which shard, or the how-manieth.
    pub number: u32,
    /// Bytes of its content.
    pub length: u64,
    checksum: u64,
}

impl Head {
    /// The head of this content.
    pub fn new(kind: Kind, number: u32, content: &[u8]) -> Self {
        Self { kind, number, length: content.len() as u64, checksum: xxh3_64(content) }
    }

    /// The head as it stands in the file.
    pub fn to_bytes(self) -> [u8; HEAD] {
        let mut bytes = [0; HEAD];
        bytes[..4].copy_from_slice(&MARK.to_le_bytes());
        bytes[4] = self.kind as u8;
        bytes[8..12].copy_from_slice(&self.number.to_le_bytes());
        bytes[12..20].copy_from_slice(&self.length.to_le_bytes());
        bytes[20..28].copy_from_slice(&self.checksum.to_le_bytes());
        let own = (xxh3_64(&bytes[..28]) as u32).to_le_bytes();
        bytes[28..].copy_from_slice(&own);
        bytes
    }

    /// The head in these bytes; `None` if they hold none.
    pub fn of_bytes(bytes: &[u8; HEAD]) -> Option<Self> {
        let u32_at = |at: usize| bytes[at..].first_chunk::<4>().map(|four| u32::from_le_bytes(*four));
        let u64_at = |at: usize| bytes[at..].first_chunk::<8>().map(|eight| u64::from_le_bytes(*eight));
        let is_head = u32_at(0)? == MARK && u32_at(28)? == xxh3_64(&bytes[..28]) as u32;
        let kind = Kind::ALL.into_iter().find(|kind| *kind as u8 == bytes[4]).filter(|_| is_head)?;
        Some(Self { kind, number: u32_at(8)?, length: u64_at(12)?, checksum: u64_at(20)? })
    }

    /// Whether this is its content, unharmed.
    pub fn is_of(&self, content: &[u8]) -> bool {
        content.len() as u64 == self.length && xxh3_64(content) == self.checksum
    }
}

/// Appends a section to a block: its length, and its bytes.
pub fn push_section(block: &mut Vec<u8>, section: &[u8]) {
    block.extend_from_slice(&(section.len() as u64).to_le_bytes());
    block.extend_from_slice(section);
}

/// Takes a section from the head of a block; `None` if there is none.
pub fn take_section<'a>(block: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = block.split_first_chunk::<8>()?;
    let (section, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    *block = rest;
    Some(section)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_comes_back_and_damage_is_noticed() {
        let head = Head::new(Kind::Prints, 7, b"content");
        let bytes = head.to_bytes();
        assert_eq!(Head::of_bytes(&bytes), Some(head));
        assert!(head.is_of(b"content") && !head.is_of(b"contend") && !head.is_of(b"conten"));
        for at in 0..HEAD {
            let mut damaged = bytes;
            damaged[at] ^= 1;
            assert_eq!(Head::of_bytes(&damaged), None, "byte {at}");
        }
    }

    #[test]
    fn sections_come_back_in_order() {
        let mut block = Vec::new();
        push_section(&mut block, b"one");
        push_section(&mut block, b"");
        let mut rest = block.as_slice();
        assert_eq!(take_section(&mut rest), Some(&b"one"[..]));
        assert_eq!(take_section(&mut rest), Some(&b""[..]));
        assert_eq!(take_section(&mut rest), None);
    }
}
