//! The search for duplicates: pairs put forward round by round, judged, and decided anew, until nothing changes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::config::{Config, GroupConfig};
use crate::fingerprint::{Fingerprints, UnitsView};

use super::cluster::{self, Fates};
use super::division::Division;
use super::grouping::Grouping;
use super::index::{self, Shared};
use super::ledger::Ledger;
use super::limits::{Limits, Overlap};
use super::order::Order;
use super::pairing::{Crowds, Evidence, PairKey, Relatedness, Sampled, places, sum};
use super::spilled::{self, Filed, Workspace};
use super::verify::{Star, hold_back, verify};
use super::{GroupCounts, LISTED, PASSES, Purpose, ROUNDS, ShingleSource, exact, miss, pairs_among};

/// Everything known at the end of the search.
pub(super) struct Search<'a> {
    pub(super) order: Order,
    /// Places before this one are the reference set's.
    references: u32,
    /// For each place the best one with an equal document.
    pub(super) first_equals: Vec<u32>,
    limits: Limits,
    /// How many shingles in a row each hold a unit.
    window: usize,
    /// For each place its number of shingles, and the units that a pair must share whose smaller document it is.
    least_units: Vec<(u32, u32)>,
    /// Whether documents that differ in numbers are kept apart.
    pub(super) config: GroupConfig,
    purpose: Purpose,
    workspace: &'a Workspace<'a>,
    /// By which pairs are looked at that have no room in memory.
    division: Division,
    /// Candidates so far.
    seen: Ledger<'a, PairKey>,
    /// Verified pairs so far.
    pub(super) related: Ledger<'a, Overlap>,
    /// Of the first of equals; the others share its fate.
    fates: Fates,
    pub(super) counts: GroupCounts,
}

impl<'a> Search<'a> {
    pub(super) fn run<S: ShingleSource>(
        fingerprints: &impl Fingerprints,
        ranks: &[u64],
        source: &S,
        config: &Config,
        purpose: Purpose,
        workspace: &'a Workspace<'a>,
        earlier: &mut Earlier,
    ) -> Self {
        let mut search = Self::start(fingerprints, ranks, config, purpose, workspace);
        if search.limits.are_off() {
            return search;
        }
        let shared = search.share(fingerprints, earlier);
        search.counts.units = shared.rows;
        search.counts.crowds = shared.crowds.len() as u64;
        for number in 0..PASSES {
            if !search.pass(number, &shared, fingerprints, source) {
                break;
            }
        }
        let held = shared.bytes() + Known::BYTES * fingerprints.len() as u64;
        if shared.filed.is_none() && held <= workspace.kept {
            *earlier = Earlier { room: workspace.kept - held, ..Earlier::default() };
            earlier.known = Some(Known { shared, ..Known::of(&search) });
        }
        search
    }

    /// Looks for pairs among all that stay so far, and decides anew; whether another run over what now stays could put
    /// more pairs forward, because who stays has changed and crowds with it.
    fn pass<S: ShingleSource>(
        &mut self,
        number: u32,
        shared: &Shared,
        fingerprints: &impl Fingerprints,
        source: &S,
    ) -> bool {
        let (few, before) = (self.purpose.few(), self.staying());
        let mut pairs = Ledger::new(&self.division, self.workspace);
        let crowds = shared.among(few, self.references, |place| before[place as usize], &mut pairs);
        let mut crowds = Crowds::new(crowds, few, before.len(), self.references);
        let mut is_thinned = false;
        let mut filed = shared.filed.as_deref();
        for _ in 0..ROUNDS {
            crowds.push_round(&mut pairs);
            let pairs = std::mem::replace(&mut pairs, Ledger::new(&self.division, self.workspace));
            let has_removed = self.judge(pairs, filed.take(), fingerprints, source);
            is_thinned |= crowds.retain(|place| self.fates.get(place).is_none());
            if !has_removed {
                break;
            }
        }
        // Each pass has its own upper bound of what none of them looked at.
        let left_out = crowds.left_out();
        self.counts.left_out = if number == 0 { left_out } else { left_out.min(self.counts.left_out) };
        let now = self.staying();
        let is_any_back = (before.iter().zip(&now)).any(|(before, now)| !before & now);
        is_any_back || (is_thinned && before != now)
    }

    /// For each place whether it stays so far.
    fn staying(&self) -> Vec<bool> {
        self.fates.stays().collect()
    }

    fn start(
        fingerprints: &impl Fingerprints,
        ranks: &[u64],
        config: &Config,
        purpose: Purpose,
        workspace: &'a Workspace<'a>,
    ) -> Self {
        let order = Order::by_rank(ranks, fingerprints);
        let references = (fingerprints.len() - ranks.len()) as u32;
        let first_equals = exact::first_equals(fingerprints, &order);
        let distinct = (0..).zip(&first_equals).filter(|&(place, &first)| place == first).count();
        let counts = GroupCounts {
            documents: fingerprints.len() as u64,
            references: u64::from(references),
            distinct: distinct as u64,
            expected_miss: miss::of_corpus(config, fingerprints, ranks.len() as u32),
            ..GroupCounts::default()
        };
        let fates = Fates::staying(fingerprints.len());
        let limits = Limits::new(&config.group);
        let related = Relatedness::new(limits, config.fingerprint.window);
        let least_units = order.places().map(|place| {
            let shingles = fingerprints.shingles(order.document(place));
            (shingles, related.least_units(shingles))
        });
        let division = workspace.division_for_crowds(fingerprints.len());
        Self {
            least_units: least_units.collect(),
            order,
            references,
            first_equals,
            limits,
            window: config.fingerprint.window,
            config: config.group.clone(),
            purpose,
            workspace,
            seen: purpose.ledger(&division, workspace),
            related: purpose.ledger(&division, workspace),
            division,
            fates,
            counts,
        }
    }

    /// Looks up which of the first of equals share a unit: in memory, or where that has no room for them, in files, by whose division
    /// all that follows goes then.
    fn share(&mut self, fingerprints: &impl Fingerprints, earlier: &mut Earlier) -> Shared {
        if let Some(shared) = self.share_in_memory(fingerprints, earlier) {
            return shared;
        }
        let shared = self.share_in_files(fingerprints);
        if let Some(filed) = &shared.filed {
            self.division = filed.division().clone();
            self.seen = self.purpose.ledger(&self.division, self.workspace);
            self.related = self.purpose.ledger(&self.division, self.workspace);
        }
        shared
    }

    /// `None` if there is no room for what they hold, or for the pairs they make.
    fn share_in_memory(&self, fingerprints: &impl Fingerprints, earlier: &mut Earlier) -> Option<Shared> {
        let (known, old) = (earlier.known.take(), std::mem::take(&mut earlier.units));
        if !fingerprints.is_in_memory() || !self.workspace.holds(fingerprints.units_in_all()) {
            return None;
        }
        let firsts = self.order.places().filter(|&place| self.first_equals[place as usize] == place);
        let held: Vec<(u32, Cow<'_, [u8]>)> =
            firsts.map(|place| (place, fingerprints.units(self.order.document(place)))).collect();
        let units: Vec<(u32, UnitsView<'_>)> =
            held.iter().map(|(place, bytes)| (*place, UnitsView::of_bytes(bytes))).collect();
        let again = known.filter(|known| known.is_of(self)).and_then(|known| {
            let places = self.order.places_of_documents();
            let mut old: Vec<(u32, UnitsView<'_>)> = old
                .iter()
                .map(|(document, bytes)| (places[*document as usize], UnitsView::of_bytes(bytes)))
                .collect();
            old.retain(|(place, _)| self.first_equals[*place as usize] == *place);
            old.sort_unstable_by_key(|(place, _)| *place);
            index::share_again(known.shared, &old, &units, self.purpose.few(), self.references)
        });
        again.or_else(|| {
            index::share(&units, self.purpose.few(), self.references, self.workspace.most_pairs())
        })
    }

    fn share_in_files(&self, fingerprints: &impl Fingerprints) -> Shared {
        let mut of = vec![None; fingerprints.len()];
        let firsts = self.order.places().filter(|&place| self.first_equals[place as usize] == place);
        firsts.for_each(|place| of[self.order.document(place) as usize] = Some(place));
        let at = spilled::Places { of: &of, references: self.references, few: self.purpose.few() };
        spilled::share(fingerprints, &at, |pair| self.least_units(pair), self.workspace)
    }

    /// The units that a pair must share to be a candidate.
    fn least_units(&self, pair: PairKey) -> u32 {
        let (first, second) = places(pair);
        self.least_units[first as usize].min(self.least_units[second as usize]).1
    }

    /// Judges those of `pairs` and of the pairs in files that are new, and decides anew; whether that removed any more.
    fn judge<S: ShingleSource>(
        &mut self,
        mut pairs: Ledger<'_, Evidence>,
        filed: Option<&Filed>,
        fingerprints: &impl Fingerprints,
        source: &S,
    ) -> bool {
        let before = self.counts.related;
        pairs.settle();
        if filed.is_some() || pairs.is_dealt() || self.seen.is_dealt() {
            for run in 0..self.division.len() {
                self.judge_run(run, pairs.of_run(run), filed, fingerprints, source);
            }
        } else {
            let candidates = self.candidates(pairs.into_held(), self.seen.held());
            self.judge_candidates(candidates, fingerprints, source);
        }
        self.seen.settle();
        self.related.settle();
        self.counts.related > before && self.decide()
    }

    /// As [`Search::judge`], of one run of the division.
    fn judge_run<S: ShingleSource>(
        &mut self,
        run: usize,
        mut pairs: Vec<Evidence>,
        filed: Option<&Filed>,
        fingerprints: &impl Fingerprints,
        source: &S,
    ) {
        let seen = self.seen.of_run(run);
        if let Some(filed) = filed {
            let is_kept = |place: u32| self.fates.get(place).is_none();
            pairs.extend(filed.strong(run, is_kept));
            sum(&mut pairs);
            self.counts.met += filed.join_weak(run, &mut pairs, &seen, is_kept);
        }
        let candidates = self.candidates(pairs, &seen);
        self.judge_candidates(candidates, fingerprints, source);
    }

    /// Those of `pairs` that are not `seen`: how many, and which of them share enough units.
    fn candidates(&self, mut pairs: Vec<Evidence>, seen: &[PairKey]) -> (u64, Vec<PairKey>) {
        pairs.retain(|pair| seen.binary_search(&pair.0).is_err());
        let met = pairs.len() as u64;
        pairs.retain(|&(pair, units)| units >= self.least_units(pair));
        (met, pairs.into_iter().map(|pair| pair.0).collect())
    }

    /// Judges candidates, of `met` pairs.
    fn judge_candidates<S: ShingleSource>(
        &mut self,
        (met, mut pairs): (u64, Vec<PairKey>),
        fingerprints: &impl Fingerprints,
        source: &S,
    ) {
        self.counts.met += met;
        self.counts.candidates += pairs.len() as u64;
        self.seen.extend(pairs.iter().copied());
        pairs = self.possible(pairs, fingerprints);
        self.counts.verified += pairs.len() as u64;
        let mut related = verify(&pairs, &self.order, source, self.limits);
        hold_back(&mut related, &self.order, source, &self.config);
        self.counts.held_back += related.iter().filter(|pair| pair.held != (false, false)).count() as u64;
        self.counts.related += related.len() as u64;
        self.related.extend(related);
    }

    /// Those whose units do not tell that they are not related, by their better places.
    fn possible(&self, pairs: Vec<PairKey>, fingerprints: &impl Fingerprints) -> Vec<PairKey> {
        let related = Relatedness::new(self.limits, self.window);
        let of = |place| Sampled::of(fingerprints, self.order.document(place));
        let is_possible = |pair: &PairKey| {
            let (first, second) = places(*pair);
            related.is_possible(&of(first), &of(second))
        };
        let mut possible: Vec<PairKey> = pairs.into_par_iter().filter(is_possible).collect();
        // The better placed of many pairs is read once for as many as follow each other.
        possible.par_sort_unstable_by_key(|pair| places(*pair));
        possible
    }

    /// Decides who stays by all that is related so far; whether more go than before.
    fn decide(&mut self) -> bool {
        let before = self.fates.removed();
        self.fates = cluster::decide(&self.related, self.fates.len(), self.limits, self.references);
        before < self.fates.removed()
    }

    /// Judges all pairs within each star, so that every pair of a much-copied text is listed.
    pub(super) fn verify_stars<S: ShingleSource>(&mut self, source: &S) {
        let survivor = |place: u32| self.fates.get(place).map(|(_, pair)| pair.other(place));
        let mut rows: Vec<(u32, u32)> =
            self.order.places().filter_map(|place| Some((survivor(place)?, place))).collect();
        rows.sort_unstable();
        for star in rows.chunk_by(|a, b| a.0 == b.0) {
            if star.len() > LISTED {
                self.counts.left_out += pairs_among(star.len());
                continue;
            }
            let members: Vec<u32> = star.iter().map(|row| row.1).collect();
            let (known, order, limits) = (self.seen.held(), &self.order, self.limits);
            let found = Star { members: &members, known, order, source, limits }.verify();
            self.counts.verified += found.compared;
            self.counts.related += found.related.len() as u64;
            self.related.extend(found.related);
        }
        self.related.settle();
    }

    /// What it came to, without what was needed for it.
    pub(super) fn grouping(self) -> Grouping {
        Grouping::new(self.order, self.references, self.first_equals, self.fates, self.config, self.counts)
    }
}

/// What an earlier search knew that one may use after it, over the same documents, of which a few have changed. It makes no difference
/// to what is found.
#[derive(Default)]
pub struct Earlier {
    known: Option<Known>,
    /// Units that changed documents had.
    units: BTreeMap<u32, Box<[u8]>>,
    /// Bytes that more of them may take.
    room: u64,
}

impl Earlier {
    /// Notes a document that is about to change, and the units it has as yet.
    pub fn note(&mut self, document: u32, units: &[u8]) {
        if self.known.is_none() || self.units.contains_key(&document) {
            return;
        }
        let bytes = units.len() as u64 + Self::ENTRY;
        match self.room.checked_sub(bytes) {
            Some(left) => {
                self.room = left;
                self.units.insert(document, units.into());
            }
            None => *self = Self::default(),
        }
    }

    /// Bytes of an entry beside the units.
    const ENTRY: u64 = 32;
}

/// Who shared units, and in what order.
struct Known {
    documents: Vec<u32>,
    first_equals: Vec<u32>,
    shared: Shared,
}

impl Known {
    /// Bytes a document.
    const BYTES: u64 = 8;

    fn of(search: &Search<'_>) -> Self {
        let documents = search.order.places().map(|place| search.order.document(place)).collect();
        Self { documents, first_equals: search.first_equals.clone(), shared: Shared::default() }
    }

    /// Whether places mean the same in another search.
    fn is_of(&self, search: &Search<'_>) -> bool {
        let documents = search.order.places().map(|place| search.order.document(place));
        self.first_equals == search.first_equals && documents.eq(self.documents.iter().copied())
    }
}
