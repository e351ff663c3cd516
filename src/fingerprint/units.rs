//! Sampled shingles, as they are held for all documents at once.

use std::ops::Range;

/// Bytes that are held of a shingle: its highest.
const HELD: usize = 5;

/// The sampled shingles of a document: sorted, distinct, each cut to its highest 40 bits.
///
/// Enough to nominate pairs: in a corpus of 100 million units, one in ten thousand meets another by chance. What the
/// full shingles say decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Units(Box<[[u8; HELD]]>);

impl Units {
    /// The units that stand for `shingles`, which are sorted; equal ones count once.
    pub fn from_sorted(shingles: &[u64]) -> Self {
        let mut units: Vec<[u8; HELD]> = Vec::with_capacity(shingles.len());
        for shingle in shingles {
            let [held @ .., _, _, _] = shingle.to_be_bytes();
            if units.last() != Some(&held) {
                units.push(held);
            }
        }
        Self(units.into_boxed_slice())
    }

    /// The units as they are looked at.
    pub fn view(&self) -> UnitsView<'_> {
        UnitsView(&self.0)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The units in order, as shingles whose low bits are 0 ([`cut`]).
    pub fn iter(&self) -> impl Iterator<Item = u64> {
        self.view().iter()
    }

    /// Whether the unit of a shingle is among them.
    pub fn contains(&self, shingle: u64) -> bool {
        self.0.binary_search_by_key(&cut(shingle), whole).is_ok()
    }
}

/// The units of a document, wherever they are held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnitsView<'a>(&'a [[u8; HELD]]);

impl<'a> UnitsView<'a> {
    /// Bytes of one unit.
    pub const BYTES: u64 = HELD as u64;

    /// The units in bytes that [`UnitsView::as_bytes`] gave.
    pub fn of_bytes(bytes: &'a [u8]) -> Self {
        Self(bytes.as_chunks().0)
    }

    /// Their bytes, five a unit.
    pub fn as_bytes(self) -> &'a [u8] {
        self.0.as_flattened()
    }

    /// How many there are.
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The units in order, as shingles whose low bits are 0 ([`cut`]).
    pub fn iter(self) -> impl Iterator<Item = u64> + 'a {
        self.0.iter().map(whole)
    }

    /// Those of some places that follow each other.
    pub(crate) fn slice(self, places: Range<usize>) -> impl Iterator<Item = u64> + 'a {
        self.0[places].iter().map(whole)
    }

    /// The one at a place.
    pub(crate) fn get(self, at: usize) -> Option<u64> {
        self.0.get(at).map(whole)
    }
}

/// A shingle with the bits cleared that a unit does not hold.
pub fn cut(shingle: u64) -> u64 {
    shingle & (u64::MAX << (64 - 8 * HELD))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "searches hand over references")]
fn whole(unit: &[u8; HELD]) -> u64 {
    let mut bytes = [0; 8];
    bytes[..HELD].copy_from_slice(unit);
    u64::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bits_are_held_in_order() {
        let shingles = [7, 0x0100_0001, 0x0100_0002, 0x1234_5678_9abc_def0, u64::MAX];
        let units = Units::from_sorted(&shingles);
        let held = [0, 0x0100_0000, 0x1234_5678_9a00_0000, 0xffff_ffff_ff00_0000];
        assert_eq!(units.iter().collect::<Vec<_>>(), held);
        assert!(shingles.iter().all(|&shingle| units.contains(shingle)) && !units.contains(1 << 30));
        assert_eq!(units.view().slice(1..3).collect::<Vec<_>>(), held[1..3]);
        assert_eq!((units.view().get(1), units.view().get(4)), (Some(held[1]), None));
        assert_eq!(size_of_val(&*units.0), 5 * 4);
    }
}
