//! Some thousand documents of an index, column by column, so that each column packs well. A block needs no other to be read.

use crate::document::Origin;
use crate::fingerprint::Digest;

use super::Entry;

/// Bytes of a sampled shingle.
const UNIT_BYTES: usize = 5;
/// Bytes that the smallest entry takes at least: what a count of entries must be worth.
const LEAST_ENTRY: usize = 16;

/// Writes entries as one block.
///
/// Columns, in order: digests; numbers of shingles; numbers of units; units, each as its distance from the one before, the
/// lowest bytes of all first, then the next; file names, each once; the number of each document's; record numbers; offsets;
/// lengths of ids, plus one, 0 for none; ids. Numbers are LEB128.
pub(super) fn encode(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::new();
    push_number(&mut out, entries.len() as u64);
    out.extend(entries.iter().flat_map(|entry| entry.whole.0.to_be_bytes()));
    push_numbers(&mut out, entries.iter().map(|entry| u64::from(entry.shingles)));
    push_numbers(&mut out, entries.iter().map(|entry| entry.units.len() as u64));
    let distances: Vec<u64> = entries.iter().flat_map(|entry| distances(&entry.units)).collect();
    for byte in 0..UNIT_BYTES {
        out.extend(distances.iter().map(|distance| (distance >> (8 * byte)) as u8));
    }
    push_origins(&mut out, entries);
    let ids = || entries.iter().map(|entry| entry.id.as_deref());
    push_numbers(&mut out, ids().map(|id| id.map_or(0, |id| id.len() as u64 + 1)));
    out.extend(ids().flatten().flat_map(str::bytes));
    out
}

/// Reads a block; `None` if the bytes are not one.
pub(super) fn decode(bytes: &[u8]) -> Option<Vec<Entry>> {
    let mut from = Cursor(bytes);
    let count = from.count(LEAST_ENTRY)?;
    let digests = from.take(count.checked_mul(16)?)?;
    let shingles = from.numbers(count)?;
    let sizes = from.numbers(count)?;
    let units = read_units(&mut from, &sizes)?;
    let origins = read_origins(&mut from, count)?;
    let lengths = from.numbers(count)?;
    let mut entries = Vec::with_capacity(count);
    let parts = digests.as_chunks::<16>().0.iter().zip(&shingles).zip(units).zip(origins).zip(&lengths);
    for ((((digest, &shingles), units), origin), &length) in parts {
        let id = match length.checked_sub(1) {
            Some(length) => Some(from.text(usize::try_from(length).ok()?)?),
            None => None,
        };
        let whole = Digest(u128::from_be_bytes(*digest));
        entries.push(Entry { whole, shingles: u32::try_from(shingles).ok()?, units, id, origin });
    }
    from.0.is_empty().then_some(entries)
}

fn distances(units: &[u64]) -> impl Iterator<Item = u64> + '_ {
    let before = std::iter::once(0).chain(units.iter().copied());
    units.iter().zip(before).map(|(unit, before)| unit - before)
}

fn push_origins(out: &mut Vec<u8>, entries: &[Entry]) {
    let mut names: Vec<&str> = Vec::new();
    let mut numbers = Vec::with_capacity(entries.len());
    for entry in entries {
        // Documents of one file come together.
        if names.last() != Some(&entry.origin.path.as_str()) {
            names.push(&entry.origin.path);
        }
        numbers.push(names.len() as u64 - 1);
    }
    push_number(out, names.len() as u64);
    push_numbers(out, names.iter().map(|name| name.len() as u64));
    out.extend(names.iter().flat_map(|name| name.bytes()));
    push_numbers(out, numbers.into_iter());
    push_numbers(out, entries.iter().map(|entry| entry.origin.record));
    push_numbers(out, entries.iter().map(|entry| entry.origin.offset));
}

fn read_origins(from: &mut Cursor<'_>, count: usize) -> Option<Vec<Origin>> {
    let names = from.count(1)?;
    let lengths = from.numbers(names)?;
    let names: Option<Vec<String>> =
        lengths.into_iter().map(|length| from.text(usize::try_from(length).ok()?)).collect();
    let (names, numbers) = (names?, from.numbers(count)?);
    let (records, offsets) = (from.numbers(count)?, from.numbers(count)?);
    let parts = numbers.into_iter().zip(records).zip(offsets);
    parts
        .map(|((number, record), offset)| {
            let path = names.get(usize::try_from(number).ok()?)?.clone();
            Some(Origin { path, record, offset })
        })
        .collect()
}

fn read_units(from: &mut Cursor<'_>, sizes: &[u64]) -> Option<Vec<Vec<u64>>> {
    let total = sizes.iter().try_fold(0_u64, |sum, &size| sum.checked_add(size))?;
    let total = usize::try_from(total).ok()?;
    let planes = from.take(total.checked_mul(UNIT_BYTES)?)?;
    let distance = |at: usize| {
        (0..UNIT_BYTES).fold(0, |sum, byte| sum | u64::from(planes[byte * total + at]) << (8 * byte))
    };
    let mut at = 0;
    let mut all = Vec::with_capacity(sizes.len());
    for &size in sizes {
        let mut units = Vec::with_capacity(size as usize);
        let mut unit = 0;
        for _ in 0..size {
            // Sorted and distinct: but for the first no distance is 0.
            let next = unit + distance(at);
            if next >> (8 * UNIT_BYTES) != 0 || (next == unit && !units.is_empty()) {
                return None;
            }
            units.push(next);
            (unit, at) = (next, at + 1);
        }
        all.push(units);
    }
    Some(all)
}

fn push_numbers(out: &mut Vec<u8>, numbers: impl Iterator<Item = u64>) {
    for number in numbers {
        push_number(out, number);
    }
}

fn push_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// What is left to be read. Nothing is allocated for a number before there are bytes enough to fill it.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(head)
    }

    fn text(&mut self, length: usize) -> Option<String> {
        std::str::from_utf8(self.take(length)?).ok().map(ToOwned::to_owned)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for at in 0..10 {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            let bits = u64::from(byte & 0x7f);
            if (bits << (7 * at)) >> (7 * at) != bits {
                return None;
            }
            number |= bits << (7 * at);
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// How many of something come next, each of at least `bytes`.
    fn count(&mut self, bytes: usize) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.0.len() / bytes).then_some(count)
    }

    fn numbers(&mut self, count: usize) -> Option<Vec<u64>> {
        (count <= self.0.len()).then_some(())?;
        (0..count).map(|_| self.number()).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A few entries of every kind.
    pub(in crate::index) fn entries(count: u64) -> Vec<Entry> {
        let entry = |number: u64| {
            let path = format!("crawl/{}.jsonl", number / 3);
            let hash = |at: u64| (at + 100 * number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 24;
            let mut units: Vec<u64> = (0..number % 90).map(hash).collect();
            units.sort_unstable();
            units.dedup();
            Entry {
                whole: Digest(u128::from(number) << 90 | 7),
                shingles: (number * 1000) as u32,
                units,
                id: (!number.is_multiple_of(4)).then(|| format!("https://example.org/é/{number}")),
                origin: Origin { path, record: number % 3 + 1, offset: number * number * 1_000_003 },
            }
        };
        (0..count).map(entry).collect()
    }

    #[test]
    fn blocks_are_read_as_they_were_written() {
        for count in [0, 1, 2, 500] {
            let entries = entries(count);
            assert_eq!(decode(&encode(&entries)), Some(entries));
        }
    }

    #[test]
    fn numbers_of_any_size_are_read_and_no_others() {
        for number in [0, 1, 127, 128, 1 << 35, u64::MAX - 1, u64::MAX] {
            let mut bytes = Vec::new();
            push_number(&mut bytes, number);
            assert_eq!(Cursor(&bytes).number(), Some(number));
        }
        assert_eq!(Cursor(&[0xff; 10]).number(), None);
        assert_eq!(Cursor(&[0x80; 3]).number(), None);
    }

    #[test]
    fn damage_is_noticed_or_harmless_and_never_more() {
        let whole = encode(&entries(40));
        for length in 0..whole.len() {
            assert_eq!(decode(&whole[..length]), None, "cut at {length}");
        }
        for at in 0..whole.len() {
            for mask in [0x01, 0x80, 0xff] {
                let mut flipped = whole.clone();
                flipped[at] ^= mask;
                // The checksum of the file is another matter: here nothing may panic or grow.
                let held = decode(&flipped).map_or(0, |entries| entries.len());
                assert!(held <= flipped.len() / LEAST_ENTRY);
            }
        }
    }
}
