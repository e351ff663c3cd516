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

use super::index::{Shared, share_rows, sum_crowds};
use super::pairing::{Evidence, PAIRS_OF_CROWDS, PairKey, places, sum};

/// Bytes of a row in the file: a unit's five highest, and a place.
const ROW: usize = 9;
/// Bytes of a row while it is sorted, with those it was read from.
const ROW_SORTED: u64 = 16 + ROW as u64;
/// Bytes of a pair in the file: its key, and how many units it shares.
const PAIR: usize = 12;
const PAIR_SORTED: u64 = 16 + PAIR as u64;
/// Pairs a row makes, about: one for four on news.
const ROWS_A_PAIR: u64 = 2;
/// Parts at most.
const PARTS: u64 = 2048;

/// How much memory grouping may use, and where goes what has no room there.
#[derive(Clone, Copy, Debug)]
pub struct Workspace<'a> {
    /// Bytes for rows and pairs.
    pub bytes: u64,
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

    /// Parts to sort the pairs in that crowds of so many places put forward in one round.
    pub(super) fn parts_of_crowds(&self, places: usize) -> usize {
        self.parts(places as u64 * PAIRS_OF_CROWDS * PAIR_SORTED)
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
                deal(units, place, &by_unit);
            }
        });
    });
    let rows = rows.into_inner();
    let pairs = workspace.parts(rows / ROWS_A_PAIR * PAIR_SORTED);
    let by_place = Parts::new(pairs, workspace.folder, workspace.faults);
    let crowds = (0..by_unit.len()).into_par_iter().flat_map_iter(|part| {
        let found = share_rows(rows_of(&by_unit.read(part)), at.few, at.references);
        deal_pairs(&found.pairs, at.of.len() as u64, &by_place);
        found.crowds
    });
    let mut crowds: Vec<_> = crowds.collect();
    sum_crowds(&mut crowds);
    drop(by_unit);
    let weak = Parts::new(by_place.len(), workspace.folder, workspace.faults);
    let strong: Vec<Vec<Evidence>> =
        (0..by_place.len()).into_par_iter().map(|part| split(part, &by_place, &weak, &least)).collect();
    Shared { pairs: strong.concat(), crowds, rows, weak: Some(Arc::new(weak)) }
}

fn deal(units: UnitsView<'_>, place: u32, by_unit: &Parts) {
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

fn rows_of(bytes: &[u8]) -> Vec<(u64, u32)> {
    let row = |row: &[u8; ROW]| {
        let (mut unit, mut place) = ([0; 8], [0; 4]);
        unit[..ROW - 4].copy_from_slice(&row[..ROW - 4]);
        place.copy_from_slice(&row[ROW - 4..]);
        (u64::from_be_bytes(unit), u32::from_le_bytes(place))
    };
    bytes.as_chunks().0.iter().map(row).collect()
}

/// Deals sorted pairs out by their first place, so that the parts in order have all pairs in order.
pub(super) fn deal_pairs(pairs: &[Evidence], all: u64, by_place: &Parts) {
    let part_of = |pair: &Evidence| u64::from(places(pair.0).0) * by_place.len() as u64 / all.max(1);
    for of_part in pairs.chunk_by(|a, b| part_of(a) == part_of(b)) {
        let mut rows = Vec::with_capacity(of_part.len() * PAIR);
        for (pair, units) in of_part {
            rows.extend_from_slice(&pair.to_le_bytes());
            rows.extend_from_slice(&units.to_le_bytes());
        }
        by_place.push(part_of(&of_part[0]) as usize, &rows);
    }
}

/// The pairs that [`deal_pairs`] dealt out.
pub(super) fn pairs_of(rows: &[u8]) -> Vec<Evidence> {
    let pair = |row: &[u8; PAIR]| {
        let (mut key, mut units) = ([0; 8], [0; 4]);
        key.copy_from_slice(&row[..8]);
        units.copy_from_slice(&row[8..]);
        (PairKey::from_le_bytes(key), u32::from_le_bytes(units))
    };
    rows.as_chunks().0.iter().map(pair).collect()
}

/// Adds up what is known of the pairs of a part; the weak ones go to the file.
fn split(
    part: usize,
    by_place: &Parts,
    weak: &Parts,
    least: &(impl Fn(PairKey) -> u32 + Sync),
) -> Vec<Evidence> {
    let mut pairs = pairs_of(&by_place.read(part));
    sum(&mut pairs);
    let mut keys = Vec::new();
    pairs.retain(|&(pair, units)| {
        let is_strong = units >= least(pair);
        if !is_strong {
            keys.extend_from_slice(&pair.to_le_bytes());
        }
        is_strong
    });
    weak.push(part, &keys);
    pairs
}

/// Adds what the weak pairs of some parts share to those of `pairs` that they are among, all of them sorted; how many others there are
/// that are not `seen` either. Pairs of which one does not stay are passed over.
pub(super) fn join_weak(
    weak: &Parts,
    parts: Range<usize>,
    pairs: &mut [Evidence],
    seen: &[PairKey],
    is_kept: impl Fn(u32) -> bool,
) -> u64 {
    let (mut others, mut at, mut at_seen) = (0, 0, 0);
    for part in parts {
        for key in weak.read(part).as_chunks().0.iter().map(|key| PairKey::from_le_bytes(*key)) {
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
