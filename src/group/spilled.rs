//! The inverted index where memory has no room for it: rows dealt out by unit, the pairs they make by place, and each part
//! sorted on its own. What is found is what [`super::index::share`] finds.
//!
//! Nine pairs in ten that share a unit share only one, and are dismissed for that unless a crowd brings another. Those *weak*
//! pairs stay in the file; what is held in memory is the rest.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use crate::fingerprint::{Fingerprints, UnitsView};
use crate::store::{BlockFile, Parts};

use super::division::Division;
use super::index::{Shared, share_rows, sum_crowds};
use super::ledger::{Row, deal};
use super::pairing::{Evidence, PAIRS_OF_CROWD, PAIRS_OF_CROWDS, PairKey, Summing, places};

/// Bytes of a row in the file: a unit's five highest, and a place.
const ROW: usize = 9;
/// Bytes of a row while it is sorted.
const ROW_SORTED: u64 = 16;
/// Bytes of a pair while it is sorted, with those it was read from.
const PAIR_SORTED: u64 = (size_of::<Evidence>() + Evidence::BYTES) as u64;
/// Pairs a row makes, at most: half of the others that hold a unit with it. One for four rows is what news make.
const PAIRS_OF_ROW: u64 = super::FEW as u64 / 2;
/// Parts at most.
const PARTS: u64 = 2048;
/// Parts of the workspace to one byte of the pairs in files that are looked at together: 16 bytes each and 8 a candidate while that is
/// done, and 96 where all of them are related.
const LOOKED_AT: u64 = 16;

/// How much memory grouping may use, and where goes what has no room there.
#[derive(Clone, Copy, Debug)]
pub struct Workspace<'a> {
    /// Bytes for rows and pairs.
    pub bytes: u64,
    /// Bytes of what one search may leave to the next, while there is learning between them.
    pub kept: u64,
    /// Folder of temporary files.
    pub folder: &'a Path,
    /// Is told what goes wrong with them.
    pub faults: &'a Arc<BlockFile>,
}

impl Workspace<'_> {
    /// Whether the rows of an index have room in memory, with the pairs they make.
    pub(super) fn holds(&self, rows: u64) -> bool {
        rows.saturating_mul(16) <= self.bytes
    }

    /// Pairs that may be held while they are brought together in memory.
    pub(super) fn most_pairs(&self) -> usize {
        (self.bytes / 2 / size_of::<Evidence>() as u64).max(1 << 10) as usize
    }

    /// Runs to look at the pairs in that crowds of so many places put forward in one round.
    pub(super) fn division_for_crowds(&self, places: usize) -> Division {
        Division::even(places, self.parts(places as u64 * PAIRS_OF_CROWDS * PAIR_SORTED))
    }

    /// Parts to sort so many bytes in, one on each thread at a time.
    fn parts(&self, bytes: u64) -> usize {
        let room = self.bytes / 2 / rayon::current_num_threads() as u64;
        (bytes / room.max(1) + 1).clamp(1, PARTS).next_power_of_two() as usize
    }
}

/// Which documents take part, and where each stands in the order.
pub(super) struct Places<'a> {
    /// Of each document; `None` for one that equals a better placed one.
    pub(super) of: &'a [Option<u32>],
    /// Places before this one are the reference set's.
    pub(super) references: u32,
    /// Holders of a unit up to which all are compared with all.
    pub(super) few: usize,
}

/// Finds the places that share a unit. `least` tells how many units a pair must share; who shares fewer is weak.
pub(super) fn share(
    fingerprints: &impl Fingerprints,
    at: &Places<'_>,
    least: impl Fn(PairKey) -> u32 + Sync,
    workspace: &Workspace<'_>,
) -> Shared {
    let most = fingerprints.units_in_all();
    let by_unit = Parts::new(workspace.parts(most * ROW_SORTED), workspace.folder, workspace.faults);
    let rows = AtomicU64::new(0);
    fingerprints.pieces().into_par_iter().for_each(|piece| {
        fingerprints.each_units(piece, &mut |document, units| {
            if let Some(place) = at.of[document as usize] {
                rows.fetch_add(units.len() as u64, Ordering::Relaxed);
                deal_units(units, place, &by_unit);
            }
        });
    });
    let rows = rows.into_inner();
    let fine = Division::even(at.of.len(), workspace.parts(rows * PAIRS_OF_ROW * PAIR_SORTED));
    let by_place = Parts::new(fine.len(), workspace.folder, workspace.faults);
    let crowds = (0..by_unit.len()).into_par_iter().flat_map_iter(|part| {
        let mut dealt = Dealt { division: &fine, parts: &by_place };
        share_rows(rows_of(&by_unit, part), at.few, at.references, &mut dealt)
    });
    let mut crowds: Vec<_> = crowds.collect();
    sum_crowds(&mut crowds);
    drop(by_unit);
    let filed = Filed::new(fine, &by_place, &crowds, &least, workspace);
    Shared { pairs: Vec::new(), crowds, rows, filed: Some(Arc::new(filed)) }
}

/// Takes pairs and deals them out, those that come together in order.
struct Dealt<'a> {
    division: &'a Division,
    parts: &'a Parts,
}

impl Extend<Evidence> for Dealt<'_> {
    fn extend<I: IntoIterator<Item = Evidence>>(&mut self, pairs: I) {
        let pairs: Vec<Evidence> = pairs.into_iter().collect();
        deal(&pairs, |pair| self.division.run_of_pair(pair), self.parts);
    }
}

/// Pairs that share units held by few, in files, by runs of places.
#[derive(Debug)]
pub(super) struct Filed {
    /// Those that share enough units to be looked at, summed up.
    strong: Parts,
    /// The keys of the others.
    weak: Parts,
    /// By which both are dealt out.
    fine: Division,
    /// By which the strong ones are looked at, with what crowds put forward: fine runs, as many at a time as have room.
    division: Division,
}

impl Filed {
    fn new(
        fine: Division,
        by_place: &Parts,
        crowds: &[(Box<[u32]>, u32)],
        least: &(impl Fn(PairKey) -> u32 + Sync),
        workspace: &Workspace<'_>,
    ) -> Self {
        let new = || Parts::new(fine.len(), workspace.folder, workspace.faults);
        let (strong, weak) = (new(), new());
        (0..fine.len()).into_par_iter().for_each(|run| split(run, by_place, &strong, &weak, least));
        let crowded = pairs_of_crowds(&fine, crowds);
        let size = |run: usize| strong.bytes(run) + crowded[run] * Evidence::BYTES as u64;
        let division = fine.joined(size, workspace.bytes / LOOKED_AT);
        Self { strong, weak, fine, division }
    }

    /// By which pairs are best looked at.
    pub(super) fn division(&self) -> &Division {
        &self.division
    }

    /// The strong pairs of a run of the division, in order, but for those of which one does not stay.
    pub(super) fn strong(&self, run: usize, is_kept: impl Fn(u32) -> bool) -> Vec<Evidence> {
        let mut pairs = Vec::new();
        for fine in self.fine_runs(run) {
            let rows = self.strong.read(fine);
            let rows = rows.chunks_exact(Evidence::BYTES).map(Evidence::read);
            pairs.extend(rows.filter(|&(pair, _)| is_kept(places(pair).0) && is_kept(places(pair).1)));
        }
        pairs
    }

    /// Adds what the weak pairs of a run share to those of `pairs` that they are among, all of them in order; how many others there
    /// are that are not `seen` either. Pairs of which one does not stay are passed over.
    pub(super) fn join_weak(
        &self,
        run: usize,
        pairs: &mut [Evidence],
        seen: &[PairKey],
        is_kept: impl Fn(u32) -> bool,
    ) -> u64 {
        let (mut others, mut at, mut at_seen) = (0, 0, 0);
        for fine in self.fine_runs(run) {
            for key in self.weak.read(fine).chunks_exact(PairKey::BYTES).map(PairKey::read) {
                if !is_kept(places(key).0) || !is_kept(places(key).1) {
                    continue;
                }
                at += pairs[at..].iter().take_while(|pair| pair.0 < key).count();
                at_seen += seen[at_seen..].iter().take_while(|&&seen| seen < key).count();
                match pairs.get_mut(at).filter(|pair| pair.0 == key) {
                    // Two is the most that is asked for, and one is what makes a pair weak.
                    Some(pair) => pair.1 += 1,
                    None => others += u64::from(seen.get(at_seen) != Some(&key)),
                }
            }
        }
        others
    }

    fn fine_runs(&self, run: usize) -> Range<usize> {
        let (first, next) = self.division.bounds(run);
        self.fine.run_of(first)..next.map_or(self.fine.len(), |next| self.fine.run_of(next))
    }
}

/// For each run, the pairs that crowds put forward in one round, at most.
fn pairs_of_crowds(division: &Division, crowds: &[(Box<[u32]>, u32)]) -> Vec<u64> {
    let mut pairs = vec![0; division.len()];
    for &place in crowds.iter().flat_map(|(holders, _)| holders) {
        pairs[division.run_of(place)] += PAIRS_OF_CROWD;
    }
    pairs
}

/// Adds up what is known of the pairs of a run, and parts the strong from the weak.
fn split(
    run: usize,
    by_place: &Parts,
    strong: &Parts,
    weak: &Parts,
    least: &(impl Fn(PairKey) -> u32 + Sync),
) {
    let mut pairs = Summing::default();
    by_place.each_piece(run, |piece| pairs.extend(piece.chunks_exact(Evidence::BYTES).map(Evidence::read)));
    let (mut rows, mut keys) = (Vec::new(), Vec::new());
    for pair in pairs.finish() {
        if pair.1 >= least(pair.0) {
            pair.write(&mut rows);
        } else {
            pair.0.write(&mut keys);
        }
    }
    strong.push(run, &rows);
    weak.push(run, &keys);
}

fn deal_units(units: UnitsView<'_>, place: u32, by_unit: &Parts) {
    let mut waiting = Vec::with_capacity(ROW * 16);
    let mut current = 0;
    for unit in units.iter() {
        let part = ((u128::from(unit) * by_unit.len() as u128) >> 64) as usize;
        if part != current && !waiting.is_empty() {
            by_unit.push(current, &waiting);
            waiting.clear();
        }
        current = part;
        waiting.extend_from_slice(&unit.to_be_bytes()[..ROW - 4]);
        waiting.extend_from_slice(&place.to_le_bytes());
    }
    if !waiting.is_empty() {
        by_unit.push(current, &waiting);
    }
}

/// The rows of a part.
fn rows_of(by_unit: &Parts, part: usize) -> Vec<(u64, u32)> {
    let row = |row: &[u8]| {
        let (mut unit, mut place) = ([0; 8], [0; 4]);
        unit[..ROW - 4].copy_from_slice(&row[..ROW - 4]);
        place.copy_from_slice(&row[ROW - 4..]);
        (u64::from_be_bytes(unit), u32::from_le_bytes(place))
    };
    let mut rows = Vec::with_capacity(by_unit.bytes(part) as usize / ROW);
    by_unit.each_piece(part, |piece| rows.extend(piece.chunks_exact(ROW).map(row)));
    rows
}
