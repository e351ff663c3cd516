//! The inverted index: who holds the same unit.
//!
//! Rows (unit, place) are made, sorted and dropped a few parts of the hash range at a time; nothing in a part depends on
//! another. Where memory has no room for that, see [`super::spilled`].

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::fingerprint::UnitsView;

use super::pairing::{Evidence, PairKey, Summing, key, places, sum};
use super::spilled::Filed;

/// Rows to a part, about.
const PART_ROWS: usize = 1 << 18;
/// Parts at most.
const PARTS: usize = 64;
/// Parts whose rows are made by one look into every document, where that leaves each thread enough to do: each look waits for
/// memory.
const GROUP: usize = 4;

/// What the index found.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// All pairs that share units held by few, and how many, as far as they are in memory; sorted.
    pub(super) pairs: Vec<Evidence>,
    /// The holders of units held by many, in order of place, and how many units have just these; shortest lists first,
    /// no list twice.
    pub(super) crowds: Vec<(Box<[u32]>, u32)>,
    /// Rows that went in.
    pub(super) rows: u64,
    /// The pairs, where these are not in memory.
    pub(super) filed: Option<Arc<Filed>>,
}

impl Shared {
    /// Takes pairs, in order, and crowds out of it that are among its own.
    fn take_away(&mut self, pairs: &[Evidence], crowds: Vec<(Box<[u32]>, u32)>) {
        let mut at = 0;
        self.pairs.retain_mut(|pair| {
            if let Some(gone) = pairs.get(at).filter(|gone| gone.0 == pair.0) {
                pair.1 -= gone.1;
                at += 1;
            }
            pair.1 > 0
        });
        let gone: FxHashMap<Box<[u32]>, u32> = crowds.into_iter().collect();
        self.crowds.retain_mut(|(holders, units)| {
            *units -= gone.get(holders).copied().unwrap_or(0);
            *units > 0
        });
    }

    /// Bytes that it holds in memory.
    pub(super) fn bytes(&self) -> u64 {
        let crowds =
            self.crowds.iter().map(|(holders, _)| size_of_val(&**holders) + size_of::<(Box<[u32]>, u32)>());
        (size_of_val(&*self.pairs) + crowds.sum::<usize>()) as u64
    }

    /// What a search among the kept places alone would find: the same units with fewer holders, so that some are held by
    /// few that were not. Adds to `pairs` those that are not in files, and gives the crowds.
    pub(super) fn among(
        &self,
        few: usize,
        references: u32,
        is_kept: impl Fn(u32) -> bool,
        pairs: &mut impl Extend<Evidence>,
    ) -> Vec<(Box<[u32]>, u32)> {
        let is_pair_kept = |&&(pair, _): &&Evidence| is_kept(places(pair).0) && is_kept(places(pair).1);
        pairs.extend(self.pairs.iter().filter(is_pair_kept).copied());
        let mut crowds = Vec::new();
        for (holders, units) in &self.crowds {
            let holders: Box<[u32]> = holders.iter().copied().filter(|&place| is_kept(place)).collect();
            if holders.len() > few {
                crowds.push((holders, *units));
            } else {
                pairs.extend(all_pairs(&holders, references).map(|pair| (pair, *units)));
            }
        }
        sum_crowds(&mut crowds);
        crowds
    }
}

/// Finds the places that share a unit. `units` of a place are sorted; a unit held by more than `few` is a crowd's. Of places
/// before `references` no two are paired. `None` if there are more than `most` pairs, give or take those that are summed up last.
pub(super) fn share(
    units: &[(u32, UnitsView<'_>)],
    few: usize,
    references: u32,
    most: usize,
) -> Option<Shared> {
    let rows: usize = units.iter().map(|(_, units)| units.len()).sum();
    let (groups, parts_of_group) = parts_for(rows, rayon::current_num_threads());
    let starts = Starts::of(units, groups);
    let different = AtomicUsize::new(0);
    let share_group = |mut found: Found, at: usize| -> Option<Found> {
        let before = found.pairs.different();
        for rows in rows_of_group(units, &starts, at, parts_of_group) {
            let crowds = share_rows(rows, few, references, &mut found.pairs);
            found.crowds.extend(crowds);
        }
        let more = found.pairs.different() - before;
        (different.fetch_add(more, Ordering::Relaxed) + more <= most).then_some(found)
    };
    let found = (0..groups).into_par_iter().try_fold(Found::default, share_group);
    let found = found.try_reduce(Found::default, |one, other| Some(one.joined(other)))?;
    Some(found.finish(rows as u64))
}

/// What [`share`] would find if it looked at all `units` again, of which those of a few places are others than when `before` was found:
/// `old` has what these held then. All is a sum over units, so those that none of them holds or held stay out of it. `None` if that
/// would be no less work.
pub(super) fn share_again(
    mut before: Shared,
    old: &[(u32, UnitsView<'_>)],
    units: &[(u32, UnitsView<'_>)],
    few: usize,
    references: u32,
) -> Option<Shared> {
    let is_changed = |place: &u32| old.binary_search_by_key(place, |(place, _)| *place).is_ok();
    let new: Vec<(u32, UnitsView<'_>)> =
        units.iter().filter(|(place, _)| is_changed(place)).copied().collect();
    let mut touched: Vec<u64> = old.iter().chain(&new).flat_map(|(_, units)| units.iter()).collect();
    touched.sort_unstable();
    touched.dedup();
    let count = |units: &[(u32, UnitsView<'_>)]| units.iter().map(|(_, units)| units.len()).sum::<usize>();
    if touched.len() * 4 > count(units) {
        return None;
    }
    let come = rows_among(units, &touched);
    let gone: Vec<(u64, u32)> = come
        .iter()
        .filter(|(_, place)| !is_changed(place))
        .copied()
        .chain(rows_among(old, &touched))
        .collect();
    before.rows = before.rows + count(&new) as u64 - count(old) as u64;
    let (mut pairs, mut without) = (Summing::default(), Summing::default());
    before.crowds.extend(share_rows(come, few, references, &mut pairs));
    before.pairs.extend(pairs.finish());
    sum(&mut before.pairs);
    sum_crowds(&mut before.crowds);
    let crowds = share_rows(gone, few, references, &mut without);
    before.take_away(&without.finish(), crowds);
    Some(before)
}

/// The rows of some units, which are sorted.
fn rows_among(units: &[(u32, UnitsView<'_>)], wanted: &[u64]) -> Vec<(u64, u32)> {
    // Most units are told apart by a bit, at a place given by the lowest of theirs that are held.
    let slots = (wanted.len() * 32).next_power_of_two().max(64);
    let slot = |unit: u64| ((unit >> 24) as usize & (slots - 1)) / 64;
    let bit = |unit: u64| 1_u64 << ((unit >> 24) % 64);
    let mut may_be = vec![0_u64; slots / 64];
    for &unit in wanted {
        may_be[slot(unit)] |= bit(unit);
    }
    let is_wanted = |unit: &u64| may_be[slot(*unit)] & bit(*unit) != 0 && wanted.binary_search(unit).is_ok();
    let rows = |&(place, units): &(u32, UnitsView<'_>)| {
        let wanted: Vec<(u64, u32)> = units.iter().filter(is_wanted).map(|unit| (unit, place)).collect();
        wanted
    };
    units.par_iter().flat_map_iter(rows).collect()
}

/// Into how many groups of parts rows are dealt out, and how many parts a group has; both are powers of two.
fn parts_for(rows: usize, threads: usize) -> (usize, usize) {
    let parts = (rows / PART_ROWS).clamp(1, PARTS).next_power_of_two();
    let groups = (parts / GROUP).max((2 * threads).next_power_of_two()).min(parts);
    (groups, parts / groups)
}

/// What some parts of the index have found.
#[derive(Default)]
struct Found {
    pairs: Summing,
    crowds: Vec<(Box<[u32]>, u32)>,
}

impl Found {
    fn joined(mut self, other: Self) -> Self {
        if self.crowds.is_empty() && self.pairs.is_empty() {
            return other;
        }
        self.pairs.join(other.pairs);
        self.crowds.extend(other.crowds);
        self
    }

    fn finish(mut self, rows: u64) -> Shared {
        sum_crowds(&mut self.crowds);
        Shared { pairs: self.pairs.finish(), crowds: self.crowds, rows, filed: None }
    }
}

/// Pairs that are made before they are handed on, about.
const HANDED_ON: usize = 1 << 16;

/// What rows (unit, place) have in common, of which no other row has a unit: the pairs go to `pairs`, any of them more than once; gives
/// the crowds.
pub(super) fn share_rows(
    mut rows: Vec<(u64, u32)>,
    few: usize,
    references: u32,
    pairs: &mut impl Extend<Evidence>,
) -> Vec<(Box<[u32]>, u32)> {
    drop_singles(&mut rows);
    rows.sort_unstable();
    let (mut crowds, mut holders, mut made) = (Vec::new(), Vec::new(), Vec::new());
    for same in rows.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
        holders.clear();
        holders.extend(same.iter().map(|row| row.1));
        if holders.len() > few {
            crowds.push((holders.as_slice().into(), 1));
            continue;
        }
        made.extend(all_pairs(&holders, references));
        if made.len() >= HANDED_ON {
            hand_on(&mut made, pairs);
        }
    }
    hand_on(&mut made, pairs);
    sum_crowds(&mut crowds);
    crowds
}

fn hand_on(made: &mut Vec<PairKey>, pairs: &mut impl Extend<Evidence>) {
    made.sort_unstable();
    pairs.extend(made.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32)));
    made.clear();
}

/// Where in the units of each place those of each group of parts begin: one look at all units in their order, so that each group
/// finds its own without a search, whose every step waits for memory.
struct Starts {
    /// By place, then by group.
    all: Vec<u32>,
    groups: usize,
}

impl Starts {
    /// Groups are a power of two; a unit's first bits say which it is of.
    fn of(units: &[(u32, UnitsView<'_>)], groups: usize) -> Self {
        let mut all = vec![0; units.len() * groups];
        all.par_chunks_mut(groups).zip(units).for_each(|(starts, (_, units))| {
            for unit in units.iter() {
                starts[part_of(unit, groups)] += 1;
            }
            let mut before = 0;
            for start in starts {
                before += std::mem::replace(start, before);
            }
        });
        Self { all, groups }
    }

    /// Which units of the `at`th place are of a group.
    fn range(&self, at: usize, group: usize, units: UnitsView<'_>) -> Range<usize> {
        let starts = &self.all[at * self.groups..(at + 1) * self.groups];
        starts[group] as usize..starts.get(group + 1).map_or(units.len(), |end| *end as usize)
    }
}

/// Which of some parts, a power of two, a unit is of.
fn part_of(unit: u64, parts: usize) -> usize {
    // In two steps: a shift by all 64 bits is none.
    (unit >> 1 >> (63 - parts.trailing_zeros())) as usize
}

/// The rows of a group, by its parts.
fn rows_of_group(
    units: &[(u32, UnitsView<'_>)],
    starts: &Starts,
    group: usize,
    parts_of_group: usize,
) -> Vec<Vec<(u64, u32)>> {
    let parts = starts.groups * parts_of_group;
    // Units are spread evenly, so each part has its share of rows, give or take little.
    let share = units.iter().map(|(_, units)| units.len()).sum::<usize>() / parts;
    let mut rows: Vec<Vec<(u64, u32)>> =
        (0..parts_of_group).map(|_| Vec::with_capacity(share + share / 16)).collect();
    for (at, &(place, units)) in units.iter().enumerate() {
        for unit in units.slice(starts.range(at, group, units)) {
            rows[part_of(unit, parts) % parts_of_group].push((unit, place));
        }
    }
    rows
}

/// Drops nearly all rows whose unit no other row has, at a fraction of what sorting them would cost: two bits, for seen and
/// for seen again, at a place given by the lowest of the unit's bits that are held. A chance meeting there keeps a row for
/// nothing.
fn drop_singles(rows: &mut Vec<(u64, u32)>) {
    let slots = (rows.len() * 8).next_power_of_two().max(32);
    let mut seen = vec![0_u64; slots / 32];
    let slot = |unit: u64| {
        let slot = (unit >> 24) as usize & (slots - 1);
        (slot / 32, 1_u64 << (2 * (slot % 32)))
    };
    for &(unit, _) in &*rows {
        let (word, bit) = slot(unit);
        let before = seen[word];
        seen[word] = before | bit | ((before & bit) << 1);
    }
    let mut kept = 0;
    for at in 0..rows.len() {
        // Without a branch: which row stays is as good as random.
        let row = rows[at];
        let (word, bit) = slot(row.0);
        rows[kept] = row;
        kept += usize::from(seen[word] & (bit << 1) != 0);
    }
    rows.truncate(kept);
}

/// All pairs of holders, in order, but for those of two places before `references`.
fn all_pairs(holders: &[u32], references: u32) -> impl Iterator<Item = PairKey> {
    let others = holders.partition_point(|&place| place < references);
    let following = move |(at, &first): (usize, &u32)| {
        holders[others.max(at + 1)..].iter().map(move |&second| key(first, second))
    };
    holders.iter().enumerate().flat_map(following)
}

pub(super) fn sum_crowds(crowds: &mut Vec<(Box<[u32]>, u32)>) {
    crowds.par_sort_unstable_by(|(a, _), (b, _)| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    crowds.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        kept.1 += if same { next.1 } else { 0 };
        same
    });
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::collection::{btree_map, btree_set, vec};
    use proptest::prelude::*;

    use super::*;
    use crate::fingerprint::Units;

    #[test]
    fn few_are_paired_and_many_are_listed() {
        let units = [&[1, 5, 9][..], &[5, 9], &[5, 7, 9], &[5], &[u64::MAX >> 24], &[7]];
        let units = units.map(|units| units.iter().map(|unit| unit << 24).collect::<Vec<u64>>());
        let units = units.map(|units| Units::from_sorted(&units));
        let units: Vec<(u32, UnitsView<'_>)> = (0..).zip(units.iter().map(Units::view)).collect();
        let shared = share(&units, 3, 0, usize::MAX).unwrap();
        assert_eq!(shared.pairs, [(key(0, 1), 1), (key(0, 2), 1), (key(1, 2), 1), (key(2, 5), 1)]);
        assert_eq!(shared.crowds, [(vec![0, 1, 2, 3].into_boxed_slice(), 1)]);
        assert_eq!(shared.rows, 11);
    }

    #[test]
    fn among_some_is_what_a_search_of_these_alone_finds() {
        // Each of 40 places holds unit *u* if its number is a multiple of *u*, or one more.
        let units = |place: u32| -> Vec<u64> {
            (1..20).filter(|unit| place % unit < 2).map(|unit| u64::from(unit) << 24).collect()
        };
        let units: Vec<Units> = (0..40).map(|place| Units::from_sorted(&units(place))).collect();
        let is_kept = |place: u32| place % 3 != 1 && place < 36;
        let all: Vec<(u32, UnitsView<'_>)> = (0..).zip(units.iter().map(Units::view)).collect();
        let kept: Vec<(u32, UnitsView<'_>)> =
            all.iter().copied().filter(|&(place, _)| is_kept(place)).collect();
        let (mut pairs, alone) = (Vec::new(), share(&kept, 9, 0, usize::MAX).unwrap());
        let crowds = share(&all, 9, 0, usize::MAX).unwrap().among(9, 0, is_kept, &mut pairs);
        super::super::pairing::sum(&mut pairs);
        assert!(alone.crowds.len() > 3 && alone.pairs.len() > 50, "{alone:?}");
        assert_eq!((pairs, crowds), (alone.pairs, alone.crowds));
    }

    #[test]
    fn references_are_not_paired_with_each_other() {
        let units = [&[5][..], &[5, 9], &[5, 9], &[9]]
            .map(|units| Units::from_sorted(&units.iter().map(|unit| unit << 24).collect::<Vec<u64>>()));
        let units: Vec<(u32, UnitsView<'_>)> = (0..).zip(units.iter().map(Units::view)).collect();
        let pairs = |references| {
            share(&units, 3, references, usize::MAX)
                .unwrap()
                .pairs
                .iter()
                .map(|pair| pair.0)
                .collect::<Vec<_>>()
        };
        assert_eq!(pairs(2), [key(0, 2), key(1, 2), key(1, 3), key(2, 3)]);
        assert!(pairs(4).is_empty());
    }

    /// The units of a place: what is drawn for it, and some that its neighbours have and no others.
    fn units_at(place: usize, drawn: &BTreeSet<u64>) -> Units {
        let own = (0..60).map(|at| 1_000 + (place as u64 / 3) * 100 + at);
        Units::from_sorted(&drawn.iter().copied().chain(own).map(|unit| unit << 24).collect::<Vec<u64>>())
    }

    fn views(units: &[Units]) -> Vec<(u32, UnitsView<'_>)> {
        (0..).zip(units.iter().map(Units::view)).collect()
    }

    proptest! {
        #[test]
        fn shared_again_is_shared_anew(
            drawn in vec(btree_set(0_u64..40, 0..12), 12..60),
            changed in btree_map(0..60_usize, btree_set(0_u64..40, 0..12), 0..4),
            few in 2..6_usize,
            references in 0..5_u32,
        ) {
            let all = |changed: &BTreeMap<usize, BTreeSet<u64>>| -> Vec<Units> {
                let of = |(place, drawn)| units_at(place, changed.get(&place).unwrap_or(drawn));
                drawn.iter().enumerate().map(of).collect()
            };
            let (before, now) = (all(&BTreeMap::new()), all(&changed));
            let mut old = views(&before);
            old.retain(|(place, _)| changed.contains_key(&(*place as usize)));
            let anew = share(&views(&now), few, references, usize::MAX).unwrap();
            let known = share(&views(&before), few, references, usize::MAX).unwrap();
            let again = share_again(known, &old, &views(&now), few, references);
            prop_assert!(again.is_some() || drawn.len() < 50);
            if let Some(again) = again {
                prop_assert_eq!((again.pairs, again.crowds, again.rows), (anew.pairs, anew.crowds, anew.rows));
            }
        }
    }

    #[test]
    fn groups_make_all_parts_whatever_the_number_of_threads() {
        for rows in [0, PART_ROWS * 5, PART_ROWS * 40, usize::MAX / 2] {
            for threads in 1..70 {
                let (groups, parts_of_group) = parts_for(rows, threads);
                assert!(groups.is_power_of_two() && parts_of_group.is_power_of_two());
                assert_eq!(groups * parts_of_group, parts_for(rows, 1).0 * parts_for(rows, 1).1);
            }
        }
    }

    #[test]
    fn the_parts_make_the_whole() {
        let units: Vec<u64> = (0..2000_u64).map(|at| at.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
        let mut sorted = units.clone();
        sorted.sort_unstable();
        let sorted = Units::from_sorted(&sorted);
        let both = [(0, sorted.view()), (1, sorted.view())];
        for (groups, parts_of_group) in [(1, 1), (1, 4), (16, 1), (16, 4)] {
            let starts = Starts::of(&both, groups);
            let all: Vec<Vec<(u64, u32)>> =
                (0..groups).flat_map(|group| rows_of_group(&both, &starts, group, parts_of_group)).collect();
            assert_eq!(all.iter().map(Vec::len).sum::<usize>(), 4000);
            for (part, rows) in all.iter().enumerate() {
                assert!(rows.iter().all(|row| part_of(row.0, groups * parts_of_group) == part));
            }
            let mut pairs = Vec::new();
            for rows in all {
                share_rows(rows, 2, 0, &mut pairs);
            }
            assert_eq!(pairs.iter().map(|pair| pair.1).sum::<u32>(), 2000);
        }
        assert_eq!(share(&both, 1, 0, usize::MAX).unwrap().crowds, [(vec![0, 1].into_boxed_slice(), 2000)]);
    }
}
