//! Documents read again: for a look at their full shingle sets, and for the report's page.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Document, RecordId};
use crate::error::Result;
use crate::fingerprint::{Digest, Passages, Scratch, paragraph_digests, passages};
use crate::group::ShingleSource;
use crate::job::Stop;
use crate::pass::DocumentPlace;
use crate::pass::fingerprint;
use crate::pass::printed::Printed;
use crate::pass::prints::Prints;
use crate::pass::survey::Survey;
use crate::plan::Plan;
use crate::read::Corpus;
use crate::reference::Reference;
use crate::report::texts::{Texts, head_of};

/// Full shingle sets for verification: made again from the text, since few documents are ever compared.
pub(super) struct CleanTexts<'a> {
    pub(super) corpus: &'a Corpus,
    pub(super) survey: &'a Survey,
    pub(super) prints: &'a Prints,
    pub(super) reference: Option<&'a Reference>,
    pub(super) plan: &'a Plan,
    /// Once it is raised there is no text in any document, so that what compares them comes to its end; nothing of that is used.
    pub(super) stop: &'a Stop,
}

impl CleanTexts<'_> {
    fn with_text(&self, document: u32, each: impl FnOnce(&str)) {
        self.with_document(document, |parsed, printed| {
            each(&fingerprint::clean_text(parsed, &printed.edits));
        });
    }

    pub(super) fn with_document(&self, document: u32, each: impl FnOnce(&Document<'_>, Printed)) {
        if self.stop.check().is_err() {
            return each(&Document::default(), Printed::default());
        }
        let inputs = self.survey.documents.len() as u32;
        let (corpus, (place, printed)) =
            if let Some(reference) = self.reference.filter(|_| document >= inputs) {
                (&reference.corpus, reference.document(document - inputs))
            } else {
                (self.corpus, (self.survey.documents[document as usize], self.prints.printed(document)))
            };
        with_document(corpus, place, self.plan, |read| each(read, printed));
    }
}

/// Reads one document again.
pub(super) fn with_document<R>(
    corpus: &Corpus,
    place: DocumentPlace,
    plan: &Plan,
    each: impl FnOnce(&Document<'_>) -> R,
) -> R {
    let range = place.offset as usize..(place.offset + place.length) as usize;
    // A file that went away is noticed before anything is published.
    let raw = corpus.part(place.shard, range).unwrap_or_default();
    let read = corpus.format(place.shard).parse(&raw, &plan.fields).unwrap_or_default();
    let file = &corpus.files[corpus.file_of(place.shard) as usize];
    each(&Document { folder: file.site.as_deref(), ..read })
}

/// The texts that the report's page shows, as they were compared; with `--annotate` as they stand in the output.
pub(super) struct PageTexts<'a>(pub(super) CleanTexts<'a>);

impl PageTexts<'_> {
    fn document(&self, record: RecordId) -> Option<u32> {
        let Self(CleanTexts { corpus, survey, .. }) = self;
        let of = |place: &DocumentPlace| corpus.record(place.shard, place.record);
        survey.documents.binary_search_by_key(&record, of).ok().map(|document| document as u32)
    }
}

impl Texts for PageTexts<'_> {
    fn clean_texts(&mut self, wanted: &BTreeSet<RecordId>) -> Result<BTreeMap<RecordId, String>> {
        let is_annotated = self.0.plan.config.write.annotate;
        let mut texts = BTreeMap::new();
        for record in wanted {
            let Some(document) = self.document(*record) else { continue };
            self.0.with_document(document, |parsed, printed| {
                let edits = if is_annotated { &[][..] } else { &printed.edits };
                texts.insert(*record, head_of(&fingerprint::clean_text(parsed, edits)).to_owned());
            });
        }
        Ok(texts)
    }
}

impl ShingleSource for CleanTexts<'_> {
    fn shingles(&self, document: u32, out: &mut Vec<u64>) {
        let config = &self.plan.config.fingerprint;
        self.with_text(document, |text| {
            crate::fingerprint::shingles(text, config, &mut Scratch::default(), out);
        });
    }

    fn words(&self, document: u32, out: &mut Vec<u64>) {
        self.with_text(document, |text| crate::fingerprint::words(text, &mut Scratch::default(), out));
    }

    fn paragraphs(&self, document: u32) -> Box<[Digest]> {
        let config = &self.plan.config.fingerprint;
        let mut found = Box::default();
        self.with_text(document, |text| {
            found = paragraph_digests(text, config, &mut Scratch::default());
        });
        found
    }

    fn passages(&self, document: u32) -> Passages {
        let config = &self.plan.config.fingerprint;
        let mut found = Passages::default();
        self.with_text(document, |text| found = passages(text, config));
        found
    }
}
