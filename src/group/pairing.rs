//! Which pairs of documents are worth a look at their full shingle sets.

use std::borrow::Cow;

use rayon::prelude::*;

use crate::fingerprint::{Fingerprints, UnitsView, sample};

use super::limits::Limits;
use super::pairs_among;

/// Two places, the worse in the high half, so that the pairs of each place with better ones are together when they are sorted.
pub(super) type PairKey = u64;

/// A pair and how many units it is known to share.
pub(super) type Evidence = (PairKey, u32);

/// Sorts, and adds up what is known of each pair.
pub(super) fn sum(pairs: &mut Vec<Evidence>) {
    // Mostly rows of pairs that are sorted each: the stable sort merges them.
    pairs.par_sort_by_key(|pair| pair.0);
    pairs.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        kept.1 += if same { next.1 } else { 0 };
        same
    });
}

/// Pairs that come many times over, summed up as they come, so that about twice as many are held as are different.
#[derive(Default)]
pub(super) struct Summing {
    pairs: Vec<Evidence>,
    /// How many were left when they were last summed up.
    different: usize,
}

/// Pairs that wait to be summed up, at least.
const WAITING: usize = 1 << 17;

impl Summing {
    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// How many were different when they were last summed up.
    pub(super) fn different(&self) -> usize {
        self.different
    }

    /// Adds all of another.
    pub(super) fn join(&mut self, mut other: Self) {
        self.pairs.append(&mut other.pairs);
        self.add_up_if_many();
    }

    /// All of them, sorted and summed up.
    pub(super) fn finish(mut self) -> Vec<Evidence> {
        sum(&mut self.pairs);
        self.pairs
    }

    fn add_up_if_many(&mut self) {
        if self.pairs.len() >= 2 * self.different + WAITING {
            sum(&mut self.pairs);
            self.different = self.pairs.len();
        }
    }
}

impl Extend<Evidence> for Summing {
    fn extend<I: IntoIterator<Item = Evidence>>(&mut self, pairs: I) {
        self.pairs.extend(pairs);
        self.add_up_if_many();
    }
}

pub(super) fn key(first: u32, second: u32) -> PairKey {
    (u64::from(first.max(second)) << 32) | u64::from(first.min(second))
}

/// The better place and the worse one.
pub(super) fn places(pair: PairKey) -> (u32, u32) {
    (pair as u32, (pair >> 32) as u32)
}

/// Best-placed members of a crowd that each other member is compared with in one round.
const HEADS: usize = 4;
/// Crowds, shortest first, that one document takes part in during one round.
const CROWDS_OF_ONE: u8 = 16;
/// Pairs that a document brings to one round of a crowd at most: with its heads and the one before it.
pub(super) const PAIRS_OF_CROWD: u64 = 2 * HEADS as u64 + 1;
/// Pairs that it brings to one round of all of them.
pub(super) const PAIRS_OF_CROWDS: u64 = CROWDS_OF_ONE as u64 * PAIRS_OF_CROWD;
/// Natural logarithm of how unlikely the units of a pair must be for it to be dismissed: one related pair in ten thousand.
const DISMISSED: f64 = 9.2;
/// By how much the units shared may fall short of what is expected of random text, before chance comes in: text that
/// repeats itself closely has fewer.
const UNEVEN: f64 = 0.8;

/// The documents that hold a unit which many hold: compared with the best placed and with their neighbours, round by
/// round, as long as that removes any. Where references are among them, the best placed of these and the best placed of the
/// others both serve, so that a large reference set keeps no two of the others apart.
pub(super) struct Crowds {
    all: Vec<Crowd>,
    few: usize,
    /// Crowds each place took part in, in this round.
    part_taken: Vec<u8>,
    /// Pairs not formed because a document had taken part in enough crowds.
    skipped: u64,
}

struct Crowd {
    members: Box<[u32]>,
    /// How many units all of them share.
    units: u32,
    /// Members at the head that are references.
    references: usize,
    /// References that the others were compared with.
    references_used: usize,
    /// Best-placed of the other members that the rest was compared with.
    heads_used: usize,
}

impl Crowds {
    /// `few`: the number of members up to which all are compared with all; places before `references` are references,
    /// which are not compared with each other.
    pub(super) fn new(lists: Vec<(Box<[u32]>, u32)>, few: usize, places: usize, references: u32) -> Self {
        let crowd = |(members, units): (Box<[u32]>, u32)| {
            let of_reference = members.partition_point(|&place| place < references);
            Crowd { members, units, references: of_reference, references_used: 0, heads_used: 0 }
        };
        let mut all: Vec<Crowd> = lists.into_iter().map(crowd).collect();
        all.retain(Crowd::is_open);
        Self { all, few, part_taken: vec![0; places], skipped: 0 }
    }

    /// Appends the next pairs to compare: those of each crowd's next heads and of neighbours in order of place. A pair
    /// may come more than once.
    pub(super) fn push_round(&mut self, pairs: &mut impl Extend<Evidence>) {
        self.part_taken.fill(0);
        for crowd in &mut self.all {
            if crowd.members.len() <= self.few {
                crowd.push_all(pairs);
            } else {
                self.skipped += crowd.push_heads(&mut self.part_taken, pairs);
            }
        }
    }

    /// Takes out what was removed; whether there was any.
    pub(super) fn retain(&mut self, is_kept: impl Fn(u32) -> bool) -> bool {
        let mut is_thinned = false;
        for crowd in &mut self.all {
            if crowd.members.iter().all(|&place| is_kept(place)) {
                continue;
            }
            is_thinned = true;
            let others = &crowd.members[crowd.references..];
            let used = others[..crowd.heads_used.min(others.len())].iter();
            crowd.heads_used = used.filter(|&&place| is_kept(place)).count();
            crowd.members = crowd.members.iter().copied().filter(|&place| is_kept(place)).collect();
        }
        self.all.retain(Crowd::is_open);
        is_thinned
    }

    /// Pairs that share a crowded unit and were not formed for it; an upper bound of the pairs never compared, since
    /// neighbours and pairs that share several units are in it.
    pub(super) fn left_out(&self) -> u64 {
        self.all.iter().map(Crowd::unmet).sum::<u64>() + self.skipped
    }
}

impl Crowd {
    fn others(&self) -> usize {
        self.members.len() - self.references
    }

    /// Whether there are pairs left to compare.
    fn is_open(&self) -> bool {
        let meets_references = self.references_used < self.references && self.others() > 0;
        meets_references || self.heads_used + 1 < self.others()
    }

    /// Pairs that were not formed.
    fn unmet(&self) -> u64 {
        let with_references = (self.references - self.references_used) as u64 * self.others() as u64;
        with_references + pairs_among(self.others().saturating_sub(self.heads_used))
    }

    fn push_all(&mut self, pairs: &mut impl Extend<Evidence>) {
        for (at, &first) in self.members.iter().enumerate() {
            let others = &self.members[self.references.max(at + 1)..];
            pairs.extend(others.iter().map(|&second| (key(first, second), self.units)));
        }
        (self.references_used, self.heads_used) = (self.references, self.others());
    }

    /// Appends the pairs of the next heads and of neighbours; returns how many were skipped.
    fn push_heads(&mut self, part_taken: &mut [u8], pairs: &mut impl Extend<Evidence>) -> u64 {
        let (references, others) = self.members.split_at(self.references);
        let heads = &references[self.references_used..references.len().min(self.references_used + HEADS)];
        let from = self.heads_used;
        let to = (from + HEADS).min(others.len());
        let mut skipped = 0;
        // The best placed of the others has none before it but references.
        let first = if heads.is_empty() { from + 1 } else { 0 };
        for at in first..others.len() {
            let place = others[at];
            let own = &others[from.min(at)..to.min(at)];
            if part_taken[place as usize] == CROWDS_OF_ONE {
                skipped += (heads.len() + own.len()) as u64;
                continue;
            }
            part_taken[place as usize] += 1;
            pairs.extend(heads.iter().chain(own).map(|&head| (key(head, place), self.units)));
            if at > to {
                pairs.extend([(key(others[at - 1], place), self.units)]);
            }
        }
        self.references_used += heads.len();
        self.heads_used = to;
        skipped
    }
}

/// What the units of two documents say of whether they can be related.
///
/// A related pair is dismissed with a probability below one in ten thousand for each test: by the Chernoff bound
/// (Hoeffding 1963, theorem 1, which holds for draws without replacement too), of *k* drawn with a share of *p* or more
/// common, no more than *h* are common with a probability of at most exp(−*k* · KL(*h*/*k* ‖ *p*)).
#[derive(Clone, Copy)]
pub(super) struct Relatedness {
    limits: Limits,
    window: usize,
}

/// What of a document decides whether it is worth a look.
pub(super) struct Sampled<'a> {
    shingles: u32,
    units: Cow<'a, [u8]>,
}

impl<'a> Sampled<'a> {
    pub(super) fn of(fingerprints: &'a impl Fingerprints, document: u32) -> Self {
        Self { shingles: fingerprints.shingles(document), units: fingerprints.units(document) }
    }

    fn units(&self) -> UnitsView<'_> {
        UnitsView::of_bytes(&self.units)
    }
}

impl Relatedness {
    pub(super) fn new(limits: Limits, window: usize) -> Self {
        Self { limits, window }
    }

    /// How many units a pair must be seen to share, if the smaller document has `shingles`: two, if less is improbable
    /// for any related pair. (The rest of what it shares may be crowded.) Unrelated texts share a phrase now and then;
    /// nine in ten pairs that share a unit share only one.
    pub(super) fn least_units(self, shingles: u32) -> u32 {
        let share = self.limits.least_share(shingles, shingles);
        let expected = UNEVEN * share * f64::from(shingles) * sample::share_chosen(self.window, shingles);
        // Chernoff: fewer than expected − δ with a probability of exp(−δ² / 2 expected).
        1 + u32::from(expected - (2.0 * DISMISSED * expected).sqrt() > 1.0)
    }

    /// Whether two documents may be related.
    pub(super) fn is_possible(self, a: &Sampled<'_>, b: &Sampled<'_>) -> bool {
        let (smaller, larger) = if a.shingles <= b.shingles { (a, b) } else { (b, a) };
        let share = self.limits.least_share(smaller.shingles, larger.shingles);
        if share > 1.0 {
            // Beyond a million, numbers of shingles are estimates.
            return share < 1.05 && larger.shingles > 1_000_000;
        }
        passes_in_full(smaller, larger, share) && self.passes_by_window(smaller, larger, share)
    }

    /// By the shingles below the bound of the smaller document, of which the larger holds a known share: far more of
    /// them if it is much the larger.
    fn passes_by_window(self, smaller: &Sampled<'_>, larger: &Sampled<'_>, share: f64) -> bool {
        let bound = sample::bound(smaller.shingles);
        let (drawn, common) = drawn_and_common(smaller.units(), larger.units(), bound);
        let below = f64::from(sample::SAMPLE.min(smaller.shingles)) / f64::from(smaller.shingles.max(1));
        let held = sample::share_chosen(self.window, smaller.shingles) / below;
        is_likely(drawn, common, UNEVEN * share * held)
    }
}

/// By the shingles below the bound of the larger document, all of which both fingerprints hold.
fn passes_in_full(smaller: &Sampled<'_>, larger: &Sampled<'_>, share: f64) -> bool {
    let (drawn, common) = drawn_and_common(smaller.units(), larger.units(), sample::bound(larger.shingles));
    is_likely(drawn, common, share.min(0.999))
}

/// Whether `common` of `drawn` is not too few, if a share of `expected` is.
fn is_likely(drawn: u32, common: u32, expected: f64) -> bool {
    f64::from(drawn) * divergence(f64::from(common) / f64::from(drawn.max(1)), expected) <= DISMISSED
}

/// How many of `smaller` are below `bound`, and how many of these are in `larger`.
fn drawn_and_common(smaller: UnitsView<'_>, larger: UnitsView<'_>, bound: u64) -> (u32, u32) {
    let (mut drawn, mut common, mut at) = (0, 0, 0);
    for unit in smaller.iter().take_while(|&unit| sample::is_below(unit, bound)) {
        at = leap(larger, at, unit);
        drawn += 1;
        common += u32::from(larger.get(at) == Some(unit));
    }
    (drawn, common)
}

/// The place of the first of `units` from `at` on that is not less than `unit`; in steps that double, since it is near as
/// a rule.
fn leap(units: UnitsView<'_>, at: usize, unit: u64) -> usize {
    let is_less = |at: usize| units.get(at).is_some_and(|other| other < unit);
    let mut step = 1;
    let (mut low, mut high) = (at, at);
    while is_less(high) {
        low = high + 1;
        high += step;
        step *= 2;
    }
    while low < high {
        let middle = usize::midpoint(low, high);
        if is_less(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

/// The Kullback–Leibler divergence of a share seen from a share expected, in nats; 0 if as much was seen or more.
fn divergence(seen: f64, expected: f64) -> f64 {
    if seen >= expected {
        return 0.0;
    }
    let common = if seen > 0.0 { seen * (seen / expected).ln() } else { 0.0 };
    common + (1.0 - seen) * ((1.0 - seen) / (1.0 - expected)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::Units;

    fn crowd(members: u32, few: usize) -> Crowds {
        Crowds::new(vec![((0..members).collect(), 1)], few, members as usize, 0)
    }

    #[test]
    fn a_crowd_costs_a_few_pairs_a_member() {
        let mut crowds = crowd(10_000, 16);
        let mut pairs = Vec::new();
        crowds.push_round(&mut pairs);
        assert!(pairs.len() <= 10_000 * (HEADS + 1), "{}", pairs.len());
        assert!(
            (1..10_000).all(|place| pairs.contains(&(key(0, place), 1)) || place > 200),
            "all meet the best"
        );
        assert_eq!(crowds.left_out(), 9_996 * 9_995 / 2);
    }

    #[test]
    fn rounds_go_on_with_other_heads_until_all_are_compared() {
        let mut crowds = crowd(40, 16);
        let mut pairs = Vec::new();
        for _ in 0..40 {
            crowds.push_round(&mut pairs);
            crowds.retain(|_| true);
        }
        pairs.sort_unstable();
        pairs.dedup();
        assert_eq!(pairs.len(), 40 * 39 / 2);
        assert_eq!(crowds.left_out(), 0);
    }

    #[test]
    fn references_meet_the_others_and_not_each_other() {
        let mut crowds = Crowds::new(vec![((0..60).collect(), 1)], 16, 60, 30);
        let mut pairs = Vec::new();
        for _ in 0..40 {
            crowds.push_round(&mut pairs);
            crowds.retain(|_| true);
        }
        pairs.sort_unstable();
        pairs.dedup();
        assert_eq!(pairs.len(), 30 * 30 + 30 * 29 / 2);
        assert!(pairs.iter().all(|pair| places(pair.0).1 >= 30));
        assert_eq!(crowds.left_out(), 0);
        assert!(Crowds::new(vec![((0..60).collect(), 1)], 16, 60, 60).all.is_empty());
    }

    #[test]
    fn leaps_land_where_a_search_would() {
        let cut =
            |units: &[u64]| Units::from_sorted(&units.iter().map(|unit| unit << 24).collect::<Vec<u64>>());
        let sorted: Vec<u64> = (0..100).map(|at| at * 3).collect();
        let units = cut(&sorted);
        for unit in 0..310 {
            let place = sorted.partition_point(|&other| other < unit);
            assert_eq!(leap(units.view(), 0, unit << 24), place, "{unit}");
            assert_eq!(leap(units.view(), 40, unit << 24), place.max(40), "{unit}");
        }
        assert_eq!(leap(cut(&[]).view(), 0, 7), 0);
        assert_eq!(drawn_and_common(cut(&[1, 3, 6, 90]).view(), units.view(), 90 << 24), (3, 2));
    }

    #[test]
    fn the_divergence_is_known_at_some_points() {
        assert!(divergence(0.9, 0.8).abs() < f64::EPSILON);
        assert!((divergence(0.0, 0.5) - 2_f64.ln()).abs() < 1e-12);
        assert!((divergence(0.5, 0.8) - 0.223_143_551).abs() < 1e-8);
    }
}
