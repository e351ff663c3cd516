//! The verdict on each document.

use crate::document::RecordId;
use crate::error::Result;
use crate::group::{Kind, Match};
use crate::pass::removals::Removals;
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

/// The verdicts on the documents of one shard.
pub struct Verdicts<'a> {
    corpus: &'a Corpus,
    survey: &'a Survey,
    reference: Option<&'a Reference>,
    removals: &'a Removals,
    /// Of this shard, sorted by document.
    removed: Vec<Match>,
}

impl<'a> Verdicts<'a> {
    /// The verdicts that follow from what is removed.
    ///
    /// # Errors
    /// When that cannot be read again.
    pub fn of_shard(
        shard: u32,
        corpus: &'a Corpus,
        survey: &'a Survey,
        reference: Option<&'a Reference>,
        removals: &'a Removals,
    ) -> Result<Self> {
        let documents = survey.range_of(shard);
        let removed = removals.of(documents.start as u32..documents.end as u32)?;
        Ok(Self { corpus, survey, reference, removals, removed })
    }

    /// The verdict on a document.
    pub fn on(&self, document: u32) -> Verdict {
        let found = self.removed.binary_search_by_key(&document, |found| found.document);
        found.map_or(Verdict::Keep, |at| {
            Verdict::Drop(self.survivor(&self.removed[at]), self.removed[at].kind)
        })
    }

    /// Whether `duplicates.jsonl` speaks of a document.
    pub fn names(&self, document: u32) -> bool {
        self.removals.names(document)
    }

    fn survivor(&self, found: &Match) -> Survivor {
        let is_reference = found.reference;
        let number = found.survivor;
        let record = match self.reference.filter(|_| is_reference) {
            Some(reference) => reference.record(number - self.survey.documents.len() as u32),
            None => self.survey.record(number, self.corpus),
        };
        Survivor { record, is_reference }
    }
}
