//! A reference set: documents that the input is compared with. They stay where they are, are written nowhere, and what the
//! input holds of them goes.
//!
//! A reference set is read, learned from and stripped as if it were cleaned alone, so that what is left of its documents
//! does not depend on the input, nor the other way round. (An index of documents could be made of it in no other way.)

use std::collections::BTreeSet;

use crate::document::RecordId;
use crate::error::Result;
use crate::pass::DocumentPlace;
use crate::pass::apply;
use crate::pass::name::{self, Named};
use crate::pass::printed::Printed;
use crate::pass::prints::Prints;
use crate::pass::survey::Survey;
use crate::plan::Plan;
use crate::read::Corpus;
use crate::report::receipt::Receipt;
use crate::report::rows::ProblemRow;
use crate::report::summary::InputRow;

/// A reference set after the first two passes. In grouping, its documents have the numbers behind those of the input.
pub struct Reference {
    /// Its files.
    pub corpus: Corpus,
    survey: Survey,
    /// What the second pass told of it.
    pub prints: Prints,
}

impl Reference {
    /// What the first two passes told of it.
    pub fn new(corpus: Corpus, survey: Survey, prints: Prints) -> Self {
        Self { corpus, survey, prints }
    }

    /// Lets go of what nothing after grouping asks for.
    pub fn end_grouping(&mut self) {
        self.survey.end_learning();
        self.prints.end_comparing();
    }

    /// Where the document with this number, counted within the reference set, stands, and what is stripped from it.
    pub fn document(&self, number: u32) -> (DocumentPlace, Printed) {
        (self.survey.documents[number as usize], self.prints.printed(number))
    }

    /// The record of a document, by its number within the reference set.
    pub fn record(&self, number: u32) -> RecordId {
        let place = self.survey.documents[number as usize];
        self.corpus.record(place.shard, place.record)
    }

    /// What those of `documents` are called that have a number of `first` or more, which is that of its first document;
    /// in the order of their numbers, each once.
    ///
    /// # Errors
    /// When a file of it changed.
    pub fn names(&self, documents: impl Iterator<Item = u32>, first: u32, plan: &Plan) -> Result<Vec<Named>> {
        let wanted: BTreeSet<u32> = documents.filter_map(|document| document.checked_sub(first)).collect();
        let wanted: Vec<u32> = wanted.into_iter().collect();
        let shard_of = |document: &u32| self.survey.documents[*document as usize].shard;
        let mut names: Vec<Named> = Vec::with_capacity(wanted.len());
        for together in wanted.chunk_by(|a, b| shard_of(a) == shard_of(b)) {
            names.extend(self.names_in(shard_of(&together[0]), together, plan)?);
        }
        Ok(names.into_iter().map(|(number, id, origin)| (first + number, id, origin)).collect())
    }

    /// What was taken out of those of `documents` that are of this set, in the order of their numbers: their texts as they were
    /// compared are not in the output. Those that were compared as they came are left out.
    ///
    /// # Errors
    /// When a file of it changed.
    pub fn receipts(
        &self,
        documents: impl Iterator<Item = u32>,
        first: u32,
        plan: &Plan,
    ) -> Result<Vec<Receipt>> {
        let wanted: BTreeSet<u32> = documents.filter_map(|document| document.checked_sub(first)).collect();
        let is_edited =
            |receipt: &Result<Receipt>| receipt.as_ref().map_or(true, |receipt| !receipt.edits.is_empty());
        wanted.into_iter().map(|number| self.receipt(number, plan)).filter(is_edited).collect()
    }

    fn receipt(&self, number: u32, plan: &Plan) -> Result<Receipt> {
        let (place, printed) = self.document(number);
        let range = place.offset as usize..(place.offset + place.length) as usize;
        let raw = self.corpus.part(place.shard, range)?;
        let document = self.corpus.format(place.shard).parse(&raw, &plan.fields).unwrap_or_default();
        let id = document.id.as_ref().map(ToString::to_string).unwrap_or_default();
        let receipt = Receipt::new(self.record(number), id, apply::action(&printed));
        Ok(receipt.with_edits(&document, &printed.edits, Vec::new()))
    }

    fn names_in(&self, number: u32, wanted: &[u32], plan: &Plan) -> Result<Vec<Named>> {
        let shard = self.corpus.shard(number)?;
        let path = &self.corpus.files[shard.file as usize].name;
        let (format, places) = (self.corpus.format(number), self.survey.documents_of(number));
        let first = self.survey.range_of(number).start as u32;
        Ok(name::of_shard(&shard, format, path, places, first, wanted, &plan.fields))
    }

    /// Its files, as the report tells them.
    pub fn rows(&self) -> Vec<InputRow> {
        self.corpus.rows()
    }

    /// The faults of its files.
    pub fn file_problems(&self) -> Vec<ProblemRow> {
        self.corpus.problems()
    }

    /// Its records that are no documents.
    pub fn record_problems(&self) -> impl Iterator<Item = Result<ProblemRow>> + '_ {
        self.survey.problems(&self.corpus)
    }

    /// How many these are.
    pub fn set_aside(&self) -> u64 {
        self.survey.set_aside()
    }
}
