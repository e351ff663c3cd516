//! Who stays: stars around survivors, none of which may go in favour of another.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Kind;
use super::limits::{Limits, Overlap};
use super::neighbours::Neighbours;

/// What becomes of each place: `None` if it stays, else the pair that says in whose favour it goes, and why.
pub(super) type Fates = Vec<Option<(Kind, Overlap)>>;

/// Decides for each place whether it stays. Its `neighbours` are verified; each is near, contained or both. Places before
/// `references` stay; no pair is of two of these.
///
/// What stays is a kernel of the relation "may go in favour of": no document that stays may go in favour of another that
/// does, and each that goes may go in favour of one that stays, directly. So a second run on what stays finds nothing.
///
/// Where either of two may go for the other, the better placed should stay; where only one may, it is the smaller (see
/// [`relation_of`]), so such relations never run in a circle. Taken again and again: of those not yet decided that have
/// no such one-sided relation to another not yet decided, the best placed. It stays, and all that may go in its favour
/// go; whatever it could itself have gone for is among them. (That this ends in a kernel: Duchet 1980, "Graphes
/// noyau-parfaits"; there is one in every directed graph whose one-sided arcs make no circle.)
pub(super) fn decide(neighbours: &Neighbours<'_>, places: usize, limits: Limits, references: u32) -> Fates {
    let stays = Kernel::new(neighbours, places, limits).find(references);
    let fate = |place: u32| {
        if stays[place as usize] { None } else { best_survivor(neighbours, &stays, place, limits) }
    };
    (0..places as u32).map(fate).collect()
}

/// The search for those that stay.
struct Kernel<'a> {
    neighbours: &'a Neighbours<'a>,
    limits: Limits,
    standing: Vec<Standing>,
    /// For each place, how many undecided ones it may go in favour of and not they in its.
    larger: Vec<u32>,
    /// The undecided places with none of these, best first; those decided since are skipped.
    next: BinaryHeap<Reverse<u32>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Undecided,
    Stays,
    Goes,
}

impl<'a> Kernel<'a> {
    fn new(neighbours: &'a Neighbours<'a>, places: usize, limits: Limits) -> Self {
        let count = |place: u32| {
            let pairs = neighbours.of(place);
            pairs.iter().filter(|&&pair| is_one_sided(place, pair, limits)).count() as u32
        };
        let larger: Vec<u32> = (0..places as u32).map(count).collect();
        let next = (0..).zip(&larger).filter(|(_, larger)| **larger == 0).map(|(place, _)| Reverse(place));
        let (next, standing) = (next.collect(), vec![Standing::Undecided; places]);
        Self { neighbours, limits, standing, larger, next }
    }

    /// For each place whether it stays; those before `references` do, before any other is looked at.
    fn find(mut self, references: u32) -> Vec<bool> {
        self.standing[..references as usize].fill(Standing::Stays);
        (0..references).for_each(|place| self.remove_all_for(place));
        while let Some(Reverse(place)) = self.next.pop() {
            if self.standing[place as usize] == Standing::Undecided {
                self.standing[place as usize] = Standing::Stays;
                self.remove_all_for(place);
            }
        }
        self.standing.iter().map(|&standing| standing == Standing::Stays).collect()
    }

    fn remove_all_for(&mut self, survivor: u32) {
        let neighbours = self.neighbours;
        for &pair in &*neighbours.of(survivor) {
            let place = pair.other(survivor);
            let may_go = relation_of(place, pair, self.limits).is_some();
            if may_go && self.standing[place as usize] == Standing::Undecided {
                self.standing[place as usize] = Standing::Goes;
                self.free_smaller_than(place);
            }
        }
    }

    /// What could only have gone in favour of `removed` is now free to stay.
    fn free_smaller_than(&mut self, removed: u32) {
        let neighbours = self.neighbours;
        for &pair in &*neighbours.of(removed) {
            let place = pair.other(removed);
            if is_one_sided(place, pair, self.limits) {
                self.larger[place as usize] -= 1;
                if self.larger[place as usize] == 0 {
                    self.next.push(Reverse(place));
                }
            }
        }
    }
}

/// In whose favour `place` goes: the nearest of those that stay, or else the one that holds most of it.
fn best_survivor(
    neighbours: &Neighbours<'_>,
    stays: &[bool],
    place: u32,
    limits: Limits,
) -> Option<(Kind, Overlap)> {
    let pairs = neighbours.of(place);
    let pairs = pairs.iter().copied().filter(|pair| stays[pair.other(place) as usize]);
    let found = pairs.filter_map(|pair| Some((relation_of(place, pair, limits)?, pair)));
    found.min_by(|(kind_a, a), (kind_b, b)| {
        let by_score = || if *kind_a == Kind::Near { by_jaccard(*b, *a) } else { b.common.cmp(&a.common) };
        kind_a.cmp(kind_b).then_with(by_score).then(a.other(place).cmp(&b.other(place)))
    })
}

/// What `place` is to the other, if it may go in its favour.
///
/// Of two near ones either may go. If one of them must not, for what it has over the other, the other may, but only if
/// it is the smaller: else three such pairs could make a circle, of which nothing could go.
fn relation_of(place: u32, pair: Overlap, limits: Limits) -> Option<Kind> {
    let is_smaller = pair.smaller() == place;
    if !pair.may_lose(place) {
        None
    } else if limits.is_near(pair) {
        (is_smaller || pair.may_lose(pair.other(place))).then_some(Kind::Near)
    } else {
        (is_smaller && limits.is_contained(pair)).then_some(Kind::Contained)
    }
}

/// Whether `place` may go in favour of the other, but not the other in its.
fn is_one_sided(place: u32, pair: Overlap, limits: Limits) -> bool {
    relation_of(place, pair, limits).is_some() && relation_of(pair.other(place), pair, limits).is_none()
}

/// Orders by resemblance, exactly.
fn by_jaccard(a: Overlap, b: Overlap) -> std::cmp::Ordering {
    (u64::from(a.common) * u64::from(b.union())).cmp(&(u64::from(b.common) * u64::from(a.union())))
}
