//! What is known of pairs: in memory as long as it is little, beyond that in a file, by runs of places, so that each run is
//! looked at on its own.

use crate::store::Parts;

use super::division::Division;
use super::limits::Overlap;
use super::pairing::{Evidence, PairKey, key};
use super::spilled::Workspace;

/// What is noted of a pair.
pub(super) trait Row: Copy + Send + Sync {
    /// Bytes in the file.
    const BYTES: usize;
    /// Parts of the workspace to one byte that a ledger of these may hold: what is made of them later takes room too.
    const SHARE: u64;

    /// The pair.
    fn key(&self) -> PairKey;

    /// Appends it as bytes.
    fn write(&self, bytes: &mut Vec<u8>);

    /// The one that stands in so many bytes.
    fn read(bytes: &[u8]) -> Self;

    /// Puts rows in order of their pairs, and makes one of those that are of the same pair, if that can be.
    fn settle(rows: &mut Vec<Self>);
}

/// Rows of pairs.
pub(super) struct Ledger<'a, R> {
    held: Vec<R>,
    /// How many of them are in order: all that were added before it was last settled.
    settled: usize,
    /// Rows that are held at most.
    most: usize,
    dealt: Option<Parts>,
    division: Division,
    workspace: &'a Workspace<'a>,
}

/// Rows that are held at least.
const LEAST: u64 = 64;

impl<'a, R: Row> Ledger<'a, R> {
    /// An empty one.
    pub(super) fn new(division: &Division, workspace: &'a Workspace<'a>) -> Self {
        let most = (workspace.bytes / R::SHARE / size_of::<R>() as u64).max(LEAST) as usize;
        Self { held: Vec::new(), settled: 0, most, dealt: None, division: division.clone(), workspace }
    }

    /// An empty one that holds everything in memory.
    pub(super) fn held_whole(division: &Division, workspace: &'a Workspace<'a>) -> Self {
        Self { most: usize::MAX, ..Self::new(division, workspace) }
    }

    /// Whether any of it stands in the file: then it is read run by run.
    pub(super) fn is_dealt(&self) -> bool {
        self.dealt.is_some()
    }

    /// Makes what was added ready to be read: until it was added to and settled again, a ledger gives back what it gave before.
    pub(super) fn settle(&mut self) {
        if self.dealt.is_some() {
            self.deal();
        } else {
            R::settle(&mut self.held);
            self.settled = self.held.len();
        }
    }

    /// All rows, in order, if they are in memory.
    pub(super) fn into_held(self) -> Vec<R> {
        self.held
    }

    /// All rows, in order, if they are in memory.
    pub(super) fn held(&self) -> &[R] {
        &self.held
    }

    /// The rows of a run of places, in order. What has been added since it was settled is among them or not, and only that of runs
    /// that were read before may have been added.
    pub(super) fn of_run(&self, run: usize) -> Vec<R> {
        let Some(dealt) = &self.dealt else {
            let (first, next) = self.division.bounds(run);
            let held = &self.held[..self.settled];
            let start = |place: u32| held.partition_point(|row| row.key() < key_of_place(place));
            return held[start(first)..next.map_or(held.len(), start)].to_vec();
        };
        let mut rows = Vec::new();
        let mut settled = 0;
        dealt.each_piece(run, |piece| {
            rows.extend(piece.chunks_exact(R::BYTES).map(R::read));
            if rows.len() >= 2 * settled + SETTLED {
                R::settle(&mut rows);
                settled = rows.len();
            }
        });
        R::settle(&mut rows);
        rows
    }

    /// Goes by all rows, in no order.
    pub(super) fn each(&self, mut each: impl FnMut(R)) {
        self.held.iter().for_each(|row| each(*row));
        let Some(dealt) = &self.dealt else { return };
        for run in 0..dealt.len() {
            dealt.each_piece(run, |piece| piece.chunks_exact(R::BYTES).for_each(|row| each(R::read(row))));
        }
    }

    fn deal(&mut self) {
        R::settle(&mut self.held);
        let new = || Parts::new(self.division.len(), self.workspace.folder, self.workspace.faults);
        let dealt = self.dealt.get_or_insert_with(new);
        deal(&self.held, |pair| self.division.run_of_pair(pair), dealt);
        (self.held, self.settled) = (Vec::new(), 0);
    }
}

/// Rows of a run that wait to be settled, at least.
const SETTLED: usize = 1 << 16;

fn key_of_place(place: u32) -> PairKey {
    u64::from(place) << 32
}

/// Deals rows in order out to runs.
pub(super) fn deal<R: Row>(rows: &[R], run_of: impl Fn(PairKey) -> usize, parts: &Parts) {
    for of_run in rows.chunk_by(|a, b| run_of(a.key()) == run_of(b.key())) {
        let mut bytes = Vec::with_capacity(of_run.len() * R::BYTES);
        for row in of_run {
            row.write(&mut bytes);
        }
        parts.push(run_of(of_run[0].key()), &bytes);
    }
}

impl<R: Row> Extend<R> for Ledger<'_, R> {
    fn extend<I: IntoIterator<Item = R>>(&mut self, rows: I) {
        self.held.extend(rows);
        if self.held.len() >= self.most {
            self.deal();
        }
    }
}

impl Row for Evidence {
    const BYTES: usize = 12;
    const SHARE: u64 = 8;

    fn key(&self) -> PairKey {
        self.0
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.0.to_le_bytes());
        bytes.extend_from_slice(&self.1.to_le_bytes());
    }

    fn read(bytes: &[u8]) -> Self {
        (number(&bytes[..8]), number(&bytes[8..]) as u32)
    }

    fn settle(rows: &mut Vec<Self>) {
        super::pairing::sum(rows);
    }
}

// A pair of which no more is known than that it was looked at.
impl Row for PairKey {
    const BYTES: usize = 8;
    const SHARE: u64 = 8;

    fn key(&self) -> PairKey {
        *self
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.to_le_bytes());
    }

    fn read(bytes: &[u8]) -> Self {
        number(bytes)
    }

    fn settle(rows: &mut Vec<Self>) {
        rows.sort_unstable();
    }
}

impl Row for Overlap {
    const BYTES: usize = 29;
    const SHARE: u64 = 6;

    fn key(&self) -> PairKey {
        key(self.first, self.second)
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        let Self { first, second, first_size, second_size, common, held, passages } = *self;
        for number in [first, second, first_size, second_size, common, passages.0, passages.1] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.push(u8::from(held.0) | u8::from(held.1) << 1);
    }

    fn read(bytes: &[u8]) -> Self {
        let number = |at: usize| number(&bytes[4 * at..4 * at + 4]) as u32;
        let held = bytes[28];
        Self {
            held: (held & 1 != 0, held & 2 != 0),
            passages: (number(5), number(6)),
            ..Self::new((number(0), number(2)), (number(1), number(3)), number(4))
        }
    }

    fn settle(rows: &mut Vec<Self>) {
        rows.sort_by_key(Row::key);
    }
}

/// The number in up to eight bytes, the lowest first.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;
    use std::sync::Arc;

    use super::*;
    use crate::store::BlockFile;

    /// What a ledger gives back that holds all, and one that holds next to nothing.
    fn given_back<R: Row + PartialEq + Debug>(rows: &[R]) -> Vec<R> {
        let folder = tempfile::tempdir().unwrap();
        let faults = Arc::new(BlockFile::temporary(folder.path()));
        let workspace = Workspace { bytes: 0, kept: 0, folder: folder.path(), faults: &faults };
        let division = Division::even(1300, 17);
        let read = |most: usize| {
            let mut ledger = Ledger { most, ..Ledger::new(&division, &workspace) };
            rows.chunks(999).for_each(|rows| ledger.extend(rows.iter().copied()));
            ledger.settle();
            assert_eq!(ledger.is_dealt(), most < usize::MAX);
            let read: Vec<R> = (0..division.len()).flat_map(|run| ledger.of_run(run)).collect();
            let mut all = Vec::new();
            ledger.each(|row| all.push(row));
            R::settle(&mut all);
            assert_eq!(all, read);
            read
        };
        let (held, dealt) = (read(usize::MAX), read(10_000));
        assert_eq!(held, dealt);
        assert!(faults.check().is_ok());
        dealt
    }

    fn keys() -> Vec<PairKey> {
        (0..300_000_u32).map(|at| key(at * 7919 % 1000, 1000 + at % 300)).collect()
    }

    #[test]
    fn evidence_comes_back_summed_up() {
        let rows: Vec<Evidence> = keys().into_iter().map(|key| (key, 1 + key as u32 % 3)).collect();
        let mut expected = rows.clone();
        super::super::pairing::sum(&mut expected);
        assert_eq!(given_back(&rows), expected);
    }

    #[test]
    fn pairs_come_back_in_order() {
        let mut expected = keys();
        expected.sort_unstable();
        assert_eq!(given_back(&keys()), expected);
    }

    #[test]
    fn overlaps_come_back_whole() {
        let overlap = |at: u32| Overlap {
            held: (at.is_multiple_of(2), at.is_multiple_of(3)),
            passages: (at, at / 2),
            ..Overlap::new((at / 300, u32::MAX - at), (1000 + at % 300, 7 * at), at * 3)
        };
        let rows: Vec<Overlap> = (0..200_000).rev().map(overlap).collect();
        let mut expected = rows.clone();
        expected.sort_by_key(Row::key);
        assert_eq!(given_back(&rows), expected);
    }
}
