//! Which pairs of documents are worth a look at their full shingle sets.

use crate::fingerprint::{Fingerprint, sample};

use super::limits::Limits;
use super::pairs_among;

/// Two places, the smaller in the high half.
pub(super) type PairKey = u64;

pub(super) fn key(first: u32, second: u32) -> PairKey {
    (u64::from(first.min(second)) << 32) | u64::from(first.max(second))
}

pub(super) fn places(pair: PairKey) -> (u32, u32) {
    ((pair >> 32) as u32, pair as u32)
}

/// Best-placed members of a crowd that each other member is compared with in one round.
const HEADS: usize = 4;
/// Crowds, shortest first, that one document takes part in during one round.
const CROWDS_OF_ONE: u8 = 16;
/// Natural logarithm of how unlikely a sample must be for a pair to be dismissed: one related pair in a million.
const DISMISSED: f64 = 13.8;

/// The documents that hold a unit which many hold: compared with the best placed and with their neighbours, round by
/// round, as long as that removes any.
pub(super) struct Crowds {
    crowds: Vec<Crowd>,
    few: usize,
    /// Crowds each place took part in, in this round.
    part_taken: Vec<u8>,
    /// Pairs not formed because a document had taken part in enough crowds.
    skipped: u64,
}

struct Crowd {
    members: Box<[u32]>,
    /// Best-placed members that the others were compared with.
    heads_used: usize,
}

impl Crowds {
    /// `few`: the number of members up to which all are compared with all.
    pub(super) fn new(lists: Vec<Box<[u32]>>, few: usize, places: usize) -> Self {
        let crowds = lists.into_iter().map(|members| Crowd { members, heads_used: 0 }).collect();
        Self { crowds, few, part_taken: vec![0; places], skipped: 0 }
    }

    /// Appends the next pairs to compare: those of each crowd's next heads and of neighbours in order of place. A pair
    /// may come more than once.
    pub(super) fn push_round(&mut self, pairs: &mut Vec<PairKey>) {
        self.part_taken.fill(0);
        for crowd in &mut self.crowds {
            if crowd.members.len() <= self.few {
                crowd.push_all(pairs);
            } else {
                self.skipped += crowd.push_heads(&mut self.part_taken, pairs);
            }
        }
    }

    /// Takes out what was removed.
    pub(super) fn retain(&mut self, is_kept: impl Fn(u32) -> bool) {
        for crowd in &mut self.crowds {
            let used = crowd.members[..crowd.heads_used.min(crowd.members.len())].iter();
            crowd.heads_used = used.filter(|&&place| is_kept(place)).count();
            crowd.members = crowd.members.iter().copied().filter(|&place| is_kept(place)).collect();
        }
        self.crowds.retain(|crowd| crowd.heads_used + 1 < crowd.members.len());
    }

    /// Pairs that share a crowded unit and were not formed for it; an upper bound of the pairs never compared, since
    /// neighbours and pairs that share several units are in it.
    pub(super) fn left_out(&self) -> u64 {
        let unmet = self.crowds.iter().map(|crowd| pairs_among(crowd.members.len() - crowd.heads_used));
        unmet.sum::<u64>() + self.skipped
    }
}

impl Crowd {
    fn push_all(&mut self, pairs: &mut Vec<PairKey>) {
        for (at, &first) in self.members.iter().enumerate() {
            pairs.extend(self.members[at + 1..].iter().map(|&second| key(first, second)));
        }
        self.heads_used = self.members.len();
    }

    /// Appends the pairs of the next heads and of neighbours; returns how many were skipped.
    fn push_heads(&mut self, part_taken: &mut [u8], pairs: &mut Vec<PairKey>) -> u64 {
        let from = self.heads_used;
        let to = (from + HEADS).min(self.members.len());
        let mut skipped = 0;
        for at in from + 1..self.members.len() {
            let place = self.members[at];
            if part_taken[place as usize] == CROWDS_OF_ONE {
                skipped += (to.min(at) - from) as u64;
                continue;
            }
            part_taken[place as usize] += 1;
            pairs.extend(self.members[from..to.min(at)].iter().map(|&head| key(head, place)));
            if at > to {
                pairs.push(key(self.members[at - 1], place));
            }
        }
        self.heads_used = to;
        skipped
    }
}

/// Whether two documents may be related, by the part of their shingles that both fingerprints hold in full.
///
/// A related pair is dismissed with a probability below one in a million: by the Chernoff bound in its sharp form
/// (Hoeffding 1963, theorem 1, which holds for draws without replacement too), of *k* drawn with a share of *p* or more
/// common, no more than *h* are common with a probability of at most exp(−*k* · KL(*h*/*k* ‖ *p*)).
pub(super) fn may_be_related(a: &Fingerprint, b: &Fingerprint, limits: Limits) -> bool {
    let (smaller, larger) = if a.shingles <= b.shingles { (a, b) } else { (b, a) };
    let share = limits.least_share(smaller.shingles, larger.shingles);
    if share > 1.0 {
        // Beyond a million, numbers of shingles are estimates.
        return share < 1.05 && larger.shingles > 1_000_000;
    }
    let bound = sample::bound(larger.shingles);
    let (drawn, common) = drawn_and_common(&smaller.units, &larger.units, bound);
    f64::from(drawn) * divergence(f64::from(common) / f64::from(drawn.max(1)), share.min(0.999)) <= DISMISSED
}

/// How many of `smaller` are below `bound`, and how many of these are in `larger`.
fn drawn_and_common(smaller: &[u64], larger: &[u64], bound: u64) -> (u32, u32) {
    let (mut drawn, mut common, mut at) = (0, 0, 0);
    for &unit in smaller.iter().take_while(|&&unit| sample::is_below(unit, bound)) {
        while larger.get(at).is_some_and(|&other| other < unit) {
            at += 1;
        }
        drawn += 1;
        common += u32::from(larger.get(at) == Some(&unit));
    }
    (drawn, common)
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

    fn crowd(members: u32, few: usize) -> Crowds {
        Crowds::new(vec![(0..members).collect()], few, members as usize)
    }

    #[test]
    fn a_crowd_costs_a_few_pairs_a_member() {
        let mut crowds = crowd(10_000, 16);
        let mut pairs = Vec::new();
        crowds.push_round(&mut pairs);
        assert!(pairs.len() <= 10_000 * (HEADS + 1), "{}", pairs.len());
        assert!((1..10_000).all(|place| pairs.contains(&key(0, place)) || place > 200), "all meet the best");
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
    fn the_divergence_is_known_at_some_points() {
        assert!(divergence(0.9, 0.8).abs() < f64::EPSILON);
        assert!((divergence(0.0, 0.5) - 2_f64.ln()).abs() < 1e-12);
        assert!((divergence(0.5, 0.8) - 0.223_143_551).abs() < 1e-8);
    }
}
