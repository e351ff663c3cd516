//! The related pairs of each place: in memory, or in a file where they have no room.

use std::borrow::Cow;
use std::ops::Range;

use crate::store::frame::Kind;
use crate::store::{BlockFile, Parts};

use super::division::Division;
use super::ledger::{Ledger, Row};
use super::limits::Overlap;
use super::spilled::Workspace;

/// The related pairs of each place.
pub(super) struct Neighbours<'a> {
    /// For each place, where its pairs start; one more at the end.
    starts: Vec<u64>,
    pairs: Pairs<'a>,
}

/// Pairs by place, each of them twice.
enum Pairs<'a> {
    Held(Vec<Overlap>),
    /// Of each run, where they begin in the file.
    Filed {
        file: BlockFile,
        begins: Vec<u64>,
        division: Division,
        workspace: &'a Workspace<'a>,
    },
}

impl<'a> Neighbours<'a> {
    /// Those of the pairs of a ledger that has been settled.
    pub(super) fn of_ledger(
        related: &Ledger<'_, Overlap>,
        places: usize,
        division: &Division,
        workspace: &'a Workspace<'a>,
    ) -> Self {
        if related.is_dealt() {
            Self::file(related, places, division, workspace)
        } else {
            Self::hold(related.held(), places)
        }
    }

    /// Those of pairs that are in memory.
    pub(super) fn hold(related: &[Overlap], places: usize) -> Self {
        let starts = starts(related.iter().copied(), 0..places as u32);
        let mut pairs = vec![Overlap::new((0, 0), (0, 0), 0); 2 * related.len()];
        place_all(related.iter().copied(), &starts, 0..places as u32, &mut pairs);
        Self { starts, pairs: Pairs::Held(pairs) }
    }

    /// As [`Neighbours::hold`], by way of a file, run by run.
    fn file(
        related: &Ledger<'_, Overlap>,
        places: usize,
        division: &Division,
        workspace: &'a Workspace<'a>,
    ) -> Self {
        let by_second = Parts::new(division.len(), workspace.folder, workspace.faults);
        for run in 0..division.len() {
            deal_by_second(related.of_run(run), division, &by_second);
        }
        let file = BlockFile::temporary(workspace.folder);
        let (mut all, mut begins) = (vec![0], Vec::with_capacity(division.len()));
        for run in 0..division.len() {
            let (first, next) = division.bounds(run);
            let of_run = first..next.unwrap_or(places as u32);
            let mut pairs = related.of_run(run);
            by_second
                .each_piece(run, |piece| pairs.extend(piece.chunks_exact(Overlap::BYTES).map(Overlap::read)));
            let (starts, bytes) = by_place(&pairs, of_run);
            let before = all[all.len() - 1];
            all.extend(starts[1..].iter().map(|start| before + start));
            begins.push(file.append(Kind::Rows, 0, &bytes).unwrap_or_else(|error| {
                workspace.faults.note(error);
                0
            }));
        }
        Self { starts: all, pairs: Pairs::Filed { file, begins, division: division.clone(), workspace } }
    }

    /// Those of a place.
    pub(super) fn of(&self, place: u32) -> Cow<'_, [Overlap]> {
        let range = self.starts[place as usize]..self.starts[place as usize + 1];
        match &self.pairs {
            Pairs::Held(pairs) => Cow::Borrowed(&pairs[range.start as usize..range.end as usize]),
            Pairs::Filed { .. } if range.is_empty() => Cow::Borrowed(&[]),
            Pairs::Filed { file, begins, division, workspace } => {
                let run = division.run_of(place);
                let before = self.starts[division.bounds(run).0 as usize];
                let start = begins[run] + (range.start - before) * Overlap::BYTES as u64;
                let bytes = file.read(start, (range.end - range.start) as usize * Overlap::BYTES);
                let bytes = bytes.unwrap_or_else(|error| {
                    workspace.faults.note(error);
                    Vec::new()
                });
                Cow::Owned(bytes.chunks_exact(Overlap::BYTES).map(Overlap::read).collect())
            }
        }
    }
}

/// Deals pairs out by the run of their second place, but for those whose first is of the same.
fn deal_by_second(mut pairs: Vec<Overlap>, division: &Division, by_second: &Parts) {
    pairs.retain(|pair| division.run_of(pair.first) != division.run_of(pair.second));
    pairs.sort_unstable_by_key(|pair| (pair.second, pair.first));
    for of_run in pairs.chunk_by(|a, b| division.run_of(a.second) == division.run_of(b.second)) {
        let mut bytes = Vec::with_capacity(of_run.len() * Overlap::BYTES);
        for pair in of_run {
            pair.write(&mut bytes);
        }
        by_second.push(division.run_of(of_run[0].second), &bytes);
    }
}

/// For each of some places where its pairs start, one more at the end; and the pairs so placed, as bytes.
fn by_place(pairs: &[Overlap], places: Range<u32>) -> (Vec<u64>, Vec<u8>) {
    let starts = starts(pairs.iter().copied(), places.clone());
    let count = starts[starts.len() - 1] as usize;
    let mut ordered = vec![Overlap::new((0, 0), (0, 0), 0); count];
    place_all(pairs.iter().copied(), &starts, places, &mut ordered);
    let mut bytes = Vec::with_capacity(count * Overlap::BYTES);
    for pair in ordered {
        pair.write(&mut bytes);
    }
    (starts, bytes)
}

/// For each of some places, where its pairs start if they stand place by place; one more at the end.
fn starts(pairs: impl Iterator<Item = Overlap>, places: Range<u32>) -> Vec<u64> {
    let mut starts = vec![0; places.len() + 1];
    for pair in pairs {
        for place in [pair.first, pair.second].into_iter().filter(|place| places.contains(place)) {
            starts[(place - places.start) as usize + 1] += 1;
        }
    }
    for at in 0..places.len() {
        starts[at + 1] += starts[at];
    }
    starts
}

/// Puts each pair at its places.
fn place_all(
    pairs: impl Iterator<Item = Overlap>,
    starts: &[u64],
    places: Range<u32>,
    ordered: &mut [Overlap],
) {
    let mut next = starts.to_vec();
    for pair in pairs {
        for place in [pair.first, pair.second].into_iter().filter(|place| places.contains(place)) {
            let next = &mut next[(place - places.start) as usize];
            ordered[*next as usize] = pair;
            *next += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use super::*;

    #[test]
    fn every_place_has_the_same_pairs_in_memory_and_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let faults = Arc::new(BlockFile::temporary(folder.path()));
        let workspace = Workspace { bytes: 0, folder: folder.path(), faults: &faults };
        let division = Division::even(500, 7);
        let related: BTreeSet<(u32, u32)> = (0..5_000_u32)
            .map(|at| (at * 31 % 250, 250 + at * 17 % 200))
            .chain((1..250).map(|at| (0, at)))
            .collect();
        let related: Vec<Overlap> =
            related.iter().map(|&(a, b)| Overlap::new((a, 9 + a), (b, 9 + b), a)).collect();
        let mut ledger = Ledger::new(&division, &workspace);
        for &pair in &related {
            ledger.extend([pair]);
        }
        ledger.settle();
        assert!(ledger.is_dealt());
        let held = Neighbours::hold(&related, 500);
        let filed = Neighbours::of_ledger(&ledger, 500, &division, &workspace);
        for place in 0..500 {
            let sorted = |neighbours: &Neighbours<'_>| {
                let mut pairs = neighbours.of(place).into_owned();
                pairs.sort_unstable_by_key(Row::key);
                pairs
            };
            assert_eq!(sorted(&held), sorted(&filed), "{place}");
        }
        assert!(faults.check().is_ok());
    }
}
