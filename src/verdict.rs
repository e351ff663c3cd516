//! The verdict on each document, and which documents the report names.

use rustc_hash::FxHashSet;

use crate::document::RecordId;
use crate::group::{Grouping, Kind, Match};
use crate::pass::survey::Survey;
use crate::read::Corpus;
use crate::reference::Reference;

/// What is to become of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It stays, with its edits.
    Keep,
    /// It goes, in favour of this one, as this kind of duplicate.
    Drop(Survivor, Kind),
}

/// A record in favour of which another goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Survivor {
    /// Which record.
    pub record: RecordId,
    /// Whether it is of the reference set.
    pub is_reference: bool,
}

/// The verdict on every document of a run.
pub struct Verdicts<'a> {
    corpus: &'a Corpus,
    survey: &'a Survey,
    reference: Option<&'a Reference>,
    /// Sorted by document.
    removed: &'a [Match],
    survivors: FxHashSet<u32>,
}

impl<'a> Verdicts<'a> {
    /// The verdicts that follow from a grouping.
    pub fn new(
        corpus: &'a Corpus,
        survey: &'a Survey,
        reference: Option<&'a Reference>,
        grouping: &'a Grouping,
    ) -> Self {
        let survivors = grouping.removed.iter().map(|found| found.survivor).collect();
        Self { corpus, survey, reference, removed: &grouping.removed, survivors }
    }

    /// The verdict on a document.
    pub fn on(&self, document: u32) -> Verdict {
        self.match_of(document).map_or(Verdict::Keep, |found| Verdict::Drop(self.survivor(found), found.kind))
    }

    /// Whether `duplicates.jsonl` speaks of a document.
    pub fn names(&self, document: u32) -> bool {
        self.survivors.contains(&document) || self.match_of(document).is_some()
    }

    fn match_of(&self, document: u32) -> Option<&Match> {
        let place = self.removed.binary_search_by_key(&document, |found| found.document).ok()?;
        self.removed.get(place)
    }

    fn survivor(&self, found: &Match) -> Survivor {
        let is_reference = found.reference;
        let number = found.survivor;
        let record = match self.reference.filter(|_| is_reference) {
            Some(reference) => reference.record(number - self.survey.documents.len() as u32),
            None => self.record(number),
        };
        Survivor { record, is_reference }
    }

    /// The record of a document of the input.
    pub fn record(&self, document: u32) -> RecordId {
        let place = self.survey.documents[document as usize];
        self.corpus.record(place.shard, place.record)
    }
}
