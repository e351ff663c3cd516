//! Who stays: stars around survivors, none of which may go in favour of another.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::Kind;
use super::ledger::Ledger;
use super::limits::{Limits, Overlap};

/// What becomes of a place: `None` if it stays, else the pair that says in whose favour it goes, and why.
pub(super) type Fate = Option<(Kind, Overlap)>;

/// What becomes of each place: four bytes for one that stays.
pub(super) struct Fates {
    /// For each place its number among those that go, from 1; 0 if it stays.
    numbers: Vec<u32>,
    going: Vec<Fate>,
}

impl Fates {
    /// All of so many places stay.
    pub(super) fn staying(places: usize) -> Self {
        Self { numbers: vec![0; places], going: Vec::new() }
    }

    /// Those places stay that `stays` says it of; why the others go is not known yet.
    fn of(stays: &[bool]) -> Self {
        let mut going = 0;
        let mut number = |stays: &bool| {
            going += u32::from(!stays);
            if *stays { 0 } else { going }
        };
        let numbers = stays.iter().map(&mut number).collect();
        Self { numbers, going: vec![None; going as usize] }
    }

    /// How many places there are.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// What becomes of a place.
    pub(super) fn get(&self, place: u32) -> Fate {
        let number = self.numbers[place as usize].checked_sub(1)?;
        self.going[number as usize]
    }

    fn get_mut(&mut self, place: u32) -> Option<&mut Fate> {
        let number = self.numbers[place as usize].checked_sub(1)?;
        self.going.get_mut(number as usize)
    }

    /// For each place whether it stays.
    pub(super) fn stays(&self) -> impl Iterator<Item = bool> + '_ {
        (0..self.len() as u32).map(|place| self.get(place).is_none())
    }

    /// How many go.
    pub(super) fn removed(&self) -> usize {
        self.going.iter().flatten().count()
    }
}

/// Decides for each place whether it stays. `related` pairs are verified; each is near, contained or both. Places before
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
pub(super) fn decide(related: &Ledger<'_, Overlap>, places: usize, limits: Limits, references: u32) -> Fates {
    let arcs = Arcs::new(related, places, limits);
    let stays = Kernel::new(&arcs, places).find(references);
    drop(arcs);
    let mut fates = Fates::of(&stays);
    related.each(|pair| {
        for place in [pair.first, pair.second].into_iter().filter(|place| stays[pair.other(*place) as usize])
        {
            if let Some(known) = fates.get_mut(place) {
                take_better(known, place, pair, limits);
            }
        }
    });
    fates
}

/// The relation "may go in favour of", from either side: ten bytes a pair.
struct Arcs {
    /// For each place, where its arcs start; one more at the end.
    starts: Vec<u64>,
    others: Vec<u32>,
    ways: Vec<Way>,
}

/// Which of two may go in favour of the other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Goes,
    OtherGoes,
    EitherGoes,
}

impl Way {
    /// Of `place` and the other of a pair; `None` if neither may go.
    fn of(place: u32, pair: Overlap, limits: Limits) -> Option<Self> {
        let may_go = |place: u32| relation_of(place, pair, limits).is_some();
        match (may_go(place), may_go(pair.other(place))) {
            (true, false) => Some(Self::Goes),
            (false, true) => Some(Self::OtherGoes),
            (true, true) => Some(Self::EitherGoes),
            (false, false) => None,
        }
    }
}

impl Arcs {
    fn new(related: &Ledger<'_, Overlap>, places: usize, limits: Limits) -> Self {
        let mut starts = vec![0_u64; places + 1];
        each_arc(related, limits, |place, _, _| starts[place as usize + 1] += 1);
        for at in 0..places {
            starts[at + 1] += starts[at];
        }
        let (mut next, all) = (starts.clone(), starts[places] as usize);
        let (mut others, mut ways) = (vec![0; all], vec![Way::Goes; all]);
        each_arc(related, limits, |place, other, way| {
            let at = next[place as usize] as usize;
            (others[at], ways[at]) = (other, way);
            next[place as usize] += 1;
        });
        Self { starts, others, ways }
    }

    /// The others that a place has to do with.
    fn of(&self, place: u32) -> impl Iterator<Item = (u32, Way)> + '_ {
        let range = self.starts[place as usize] as usize..self.starts[place as usize + 1] as usize;
        self.others[range.clone()].iter().copied().zip(self.ways[range].iter().copied())
    }
}

fn each_arc(related: &Ledger<'_, Overlap>, limits: Limits, mut each: impl FnMut(u32, u32, Way)) {
    related.each(|pair| {
        for place in [pair.first, pair.second] {
            if let Some(way) = Way::of(place, pair, limits) {
                each(place, pair.other(place), way);
            }
        }
    });
}

/// The search for those that stay.
struct Kernel<'a> {
    arcs: &'a Arcs,
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
    fn new(arcs: &'a Arcs, places: usize) -> Self {
        let count = |place: u32| arcs.of(place).filter(|(_, way)| *way == Way::Goes).count() as u32;
        let larger: Vec<u32> = (0..places as u32).map(count).collect();
        let next = (0..).zip(&larger).filter(|(_, larger)| **larger == 0).map(|(place, _)| Reverse(place));
        let (next, standing) = (next.collect(), vec![Standing::Undecided; places]);
        Self { arcs, standing, larger, next }
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
        for (place, way) in self.arcs.of(survivor) {
            if way != Way::Goes && self.standing[place as usize] == Standing::Undecided {
                self.standing[place as usize] = Standing::Goes;
                self.free_smaller_than(place);
            }
        }
    }

    /// What could only have gone in favour of `removed` is now free to stay.
    fn free_smaller_than(&mut self, removed: u32) {
        for (place, _) in self.arcs.of(removed).filter(|(_, way)| *way == Way::OtherGoes) {
            self.larger[place as usize] -= 1;
            if self.larger[place as usize] == 0 {
                self.next.push(Reverse(place));
            }
        }
    }
}

/// Notes that `place` goes in favour of the other of a pair, if it may, and that is nearer to it than the one known so far, or else holds
/// more of it.
fn take_better(known: &mut Fate, place: u32, pair: Overlap, limits: Limits) {
    let Some(kind) = relation_of(place, pair, limits) else { return };
    let is_better = |(known_kind, known): &(Kind, Overlap)| {
        let by_score =
            || if kind == Kind::Near { by_jaccard(*known, pair) } else { known.common.cmp(&pair.common) };
        let by_other = || pair.other(place).cmp(&known.other(place));
        kind.cmp(known_kind).then_with(by_score).then_with(by_other) == Ordering::Less
    };
    if known.as_ref().is_none_or(is_better) {
        *known = Some((kind, pair));
    }
}

/// What `place` is to the other, if it may go in its favour.
///
/// Of two near ones either may go. If one of them must not, for what it has over the other, the other may, but only if
/// it is the smaller: else three such pairs could make a circle, of which nothing could go.
pub(super) fn relation_of(place: u32, pair: Overlap, limits: Limits) -> Option<Kind> {
    let is_smaller = pair.smaller() == place;
    if !pair.may_lose(place) {
        None
    } else if limits.is_near(pair) {
        (is_smaller || pair.may_lose(pair.other(place))).then_some(Kind::Near)
    } else {
        (is_smaller && limits.is_contained(pair)).then_some(Kind::Contained)
    }
}

/// Orders by resemblance, exactly.
fn by_jaccard(a: Overlap, b: Overlap) -> Ordering {
    (u64::from(a.common) * u64::from(b.union())).cmp(&(u64::from(b.common) * u64::from(a.union())))
}
