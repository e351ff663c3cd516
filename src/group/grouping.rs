//! What a search came to: which documents go, in whose favour, and what is told of each.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::config::{GroupConfig, Measure};
use crate::fingerprint::Fingerprints;

use super::align::AlignedText;
use super::cluster::{self, Fates};
use super::limits::{Limits, Overlap};
use super::order::Order;
use super::pairing::key;
use super::verify::{hold_back, overlaps};
use super::{GroupCounts, Kind, Match, ShingleSource, evidence};

/// Removed documents of which all is told in one go.
const TOLD: usize = 1 << 14;

/// Which documents go, and in whose favour: some twelve bytes a document, and 36 for one that goes and has no equal before it.
pub struct Grouping {
    order: Order,
    /// Places before this one are the reference set's.
    references: u32,
    /// For each place the best one with an equal document.
    first_equals: Vec<u32>,
    /// Of the first of equals; the others share its fate.
    fates: Fates,
    /// Places that do not, since their own texts were looked at: why they go, if they do.
    own: FxHashMap<u32, Option<Match>>,
    limits: Limits,
    config: GroupConfig,
    /// What was done to find them.
    pub counts: GroupCounts,
}

impl Grouping {
    pub(super) fn new(
        order: Order,
        references: u32,
        first_equals: Vec<u32>,
        fates: Fates,
        config: GroupConfig,
        counts: GroupCounts,
    ) -> Self {
        let (own, limits) = (FxHashMap::default(), Limits::new(&config));
        Self { order, references, first_equals, fates, own, limits, config, counts }
    }

    /// That all documents stay, without a look at them.
    pub(super) fn nothing(fingerprints: &impl Fingerprints, config: &GroupConfig) -> Self {
        let counts = GroupCounts { documents: fingerprints.len() as u64, ..GroupCounts::default() };
        Self::new(Order::default(), 0, Vec::new(), Fates::staying(0), config.clone(), counts)
    }

    /// The documents that go, in input order.
    pub fn removed(&self, fingerprints: &impl Fingerprints) -> Vec<u32> {
        let goes = |place: &u32| self.match_of(*place, fingerprints).is_some();
        let mut removed: Vec<u32> =
            self.order.places().filter(goes).map(|place| self.order.document(place)).collect();
        removed.sort_unstable();
        removed
    }

    /// Hands over why each of these documents goes, in input order, some thousand at a time, with all that is told of it.
    ///
    /// # Errors
    /// Those of `each`, the first of which ends it.
    pub fn each_match<S: ShingleSource, E>(
        &self,
        fingerprints: &impl Fingerprints,
        source: &S,
        mut each: impl FnMut(Vec<Match>) -> Result<(), E>,
    ) -> Result<(), E> {
        let places = self.order.places_of_documents();
        let mut matches = places.into_iter().filter_map(|place| self.match_of(place, fingerprints));
        loop {
            let mut some: Vec<Match> = matches.by_ref().take(TOLD).collect();
            if some.is_empty() {
                return Ok(());
            }
            evidence::tell(&mut some, source, &self.config);
            some.sort_unstable_by_key(|found| found.document);
            each(some)?;
        }
    }

    /// Why the document at `place` goes, if it does; what is told beside that by which it was decided is not known yet.
    fn match_of(&self, place: u32, fingerprints: &impl Fingerprints) -> Option<Match> {
        if place < self.references {
            return None;
        }
        if let Some(own) = self.own.get(&place) {
            return *own;
        }
        let first = self.first_equals[place as usize];
        // Equal documents have the same words: what holds of the first holds of all. (For their sentences see `align_equals`.)
        let fate = self.fates.get(first);
        let (kind, survivor) = match fate {
            Some((kind, pair)) => (kind, pair.other(first)),
            None if place == first => return None,
            None => (self.kind_of_equals(place, fingerprints)?, first),
        };
        let (resemblance, containment, novel_words) = fate.map_or((1.0, 1.0, 0), |(_, pair)| {
            (pair.jaccard(), pair.containment_of(first), pair.passage_of(first))
        });
        let reference = survivor < self.references;
        let (document, survivor) = (self.order.document(place), self.order.document(survivor));
        let is_aligned = self.config.measure == Measure::Alignment;
        Some(Match {
            document,
            survivor,
            kind,
            jaccard: resemblance,
            containment,
            alignment: is_aligned.then_some(resemblance),
            alignment_containment: is_aligned.then_some(containment),
            novel_words,
            shared_paragraphs: 0,
            paragraphs: 0,
            cluster: survivor,
            reference,
        })
    }

    /// Judges documents that go as the best placed of their equals does by their own sentences: where these end depends on line ends and
    /// marks, which equal documents may have elsewhere. One that its survivor does not cover stays, for its equals to go in its favour.
    pub(super) fn align_equals<S: ShingleSource>(&mut self, fingerprints: &impl Fingerprints, source: &S) {
        if self.config.measure != Measure::Alignment {
            return;
        }
        let places = self.order.places_of_documents();
        let is_judged = |found: &Match, place: u32| {
            found.kind == Kind::Exact || self.first_equals[place as usize] == place
        };
        let shared = |place: u32| {
            self.match_of(place, fingerprints)
                .filter(|found| !is_judged(found, place))
                .map(|found| (place, found))
        };
        let shared: Vec<(u32, Match)> = self.order.places().filter_map(shared).collect();
        let own =
            |(place, found): &(u32, Match)| self.aligned(*place, places[found.survivor as usize], source);
        let own: Vec<Overlap> = shared.par_iter().map(own).collect();
        let mut staying: FxHashMap<u32, u32> = FxHashMap::default();
        for ((place, mut found), pair) in shared.into_iter().zip(own) {
            let goes = if let Some(kind) = cluster::relation_of(place, pair, self.limits) {
                found.take(kind, pair, place);
                true
            } else {
                let stays = *staying.entry(self.first_equals[place as usize]).or_insert(found.document);
                let kind = self.kind_of_equals(place, fingerprints).filter(|_| stays != found.document);
                kind.map(|kind| found.become_equal(kind, stays)).is_some()
            };
            self.own.insert(place, goes.then_some(found));
        }
    }

    /// What two documents have in common when aligned, with what either must not lose.
    fn aligned<S: ShingleSource>(&self, one: u32, other: u32, source: &S) -> Overlap {
        let mut pair = overlaps::<AlignedText, S>(&[key(one, other)], &self.order, source);
        hold_back(&mut pair, &self.order, source, &self.config);
        pair[0]
    }

    /// What the document at a place is to those that equal it.
    fn kind_of_equals(&self, place: u32, fingerprints: &impl Fingerprints) -> Option<Kind> {
        Kind::of_equals(fingerprints.shingles(self.order.document(place)), &self.config)
    }
}
