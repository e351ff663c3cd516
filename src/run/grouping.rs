//! The third pass: which documents go, and in favour of whom.

use rayon::prelude::*;

use super::settling::Left;
use super::texts::CleanTexts;
use super::{ROUNDS, Run};
use crate::budget::Budget;
use crate::config::Level;
use crate::error::Result;
use crate::fingerprint::Fingerprints;
use crate::group::{self, Earlier, Grouping, Match, Repeat, Workspace};
use crate::pass::name;
use crate::pass::printed::Printed;
use crate::pass::prints::{Prints, Together};
use crate::pass::removals::Removals;
use crate::pass::repeats;
use crate::pass::survey::Survey;
use crate::progress::Stage;
use crate::read::Corpus;
use crate::unfinished::{GroupNotes, Grouped, Unfinished};

impl Run<'_> {
    /// Nominates pairs, verifies each on the full shingle sets, chooses survivors, until what is left of the corpus teaches
    /// nothing more. At the level of paragraphs, repeated ones then go from what stays.
    ///
    /// # Errors
    /// When an input changed, or the run is stopped.
    pub fn group(&mut self, corpus: &Corpus, survey: &mut Survey, prints: &mut Prints) -> Result<Removals> {
        self.watch.begin(Stage::Group, None);
        let none = |counts| Removals::new(survey.documents.len(), counts, &self.room, &self.file);
        if let Some(unfinished) = &self.unfinished
            && let Some(Grouped { removals, lines }) = unfinished.grouped(prints, none)?
        {
            self.knowledge.lines = lines;
            self.end_grouping(survey, prints);
            return Ok(removals);
        }
        let grouping = self.settled_grouping(corpus, survey, prints)?;
        self.job.stop.check()?;
        let mut notes = self.unfinished.as_ref().map(Unfinished::note_grouping);
        let removals = self.removals(&grouping, corpus, survey, prints, notes.as_mut())?;
        drop(grouping);
        if self.plan.config.group.enabled && self.plan.config.group.level == Level::Paragraph {
            self.drop_repeats(corpus, survey, prints, &removals)?;
        }
        prints.check()?;
        self.job.stop.check()?;
        notes.map_or(Ok(()), |notes| notes.end(removals.counts, &self.knowledge.lines, prints))?;
        self.end_grouping(survey, prints);
        Ok(removals)
    }

    /// Lets go of what nothing after grouping asks for.
    fn end_grouping(&mut self, survey: &mut Survey, prints: &mut Prints) {
        survey.end_learning();
        prints.end_comparing();
        if let Some(reference) = &mut self.reference {
            reference.end_grouping();
        }
    }

    /// Why each document goes, as rows, which are noted in the journal if one is kept.
    pub(super) fn removals(
        &self,
        grouping: &Grouping,
        corpus: &Corpus,
        survey: &Survey,
        prints: &Prints,
        mut notes: Option<&mut GroupNotes<'_>>,
    ) -> Result<Removals> {
        let mut removals = Removals::new(survey.documents.len(), grouping.counts, &self.room, &self.file);
        let (texts, together) = (self.clean_texts(corpus, survey, prints), self.together(prints));
        let take = |matches: Vec<Match>| {
            let rows = Removals::rows_of(&matches)?;
            let place = notes.as_mut().map(|notes| notes.removed(&rows)).transpose()?;
            removals.extend(&matches, rows, place)
        };
        self.pool.install(|| grouping.each_match(&together, &texts, take))?;
        Ok(removals)
    }

    /// What grouping may use for pairs and the index, beside what it holds of each of so many documents.
    pub(super) fn workspace(&self, documents: usize) -> Workspace<'_> {
        let Budget { group, index, .. } = self.budget;
        let bytes = group.saturating_sub(group::BYTES * documents as u64).max(group / 4);
        Workspace { bytes, kept: index, folder: &self.job.temp_dir, faults: &self.file }
    }

    /// The fingerprints of the input, with those of the reference set behind them.
    pub(super) fn together<'p>(&'p self, prints: &'p Prints) -> Together<'p> {
        Together { input: prints, reference: self.reference.as_ref().map(|reference| &reference.prints) }
    }

    /// What the documents of the reference set are called that are among `documents`.
    pub(super) fn reference_names(
        &self,
        documents: impl Iterator<Item = u32>,
        survey: &Survey,
    ) -> Result<Vec<name::Named>> {
        let first = survey.documents.len() as u32;
        self.reference
            .as_ref()
            .map_or(Ok(Vec::new()), |reference| reference.names(documents, first, self.plan))
    }

    /// What texts are compared, after cleaning.
    pub(super) fn clean_texts<'c>(
        &'c self,
        corpus: &'c Corpus,
        survey: &'c Survey,
        prints: &'c Prints,
    ) -> CleanTexts<'c> {
        CleanTexts {
            corpus,
            survey,
            prints,
            reference: self.reference.as_ref(),
            plan: self.plan,
            stop: &self.job.stop,
        }
    }

    pub(super) fn settled_grouping(
        &mut self,
        corpus: &Corpus,
        survey: &mut Survey,
        prints: &mut Prints,
    ) -> Result<Grouping> {
        let mut removed = Vec::new();
        let mut earlier = Earlier::default();
        for _ in 1..ROUNDS {
            let grouping = self.group_once(corpus, survey, prints, &mut earlier);
            let now = grouping.removed(&self.together(prints));
            let left = Left {
                removed: without(&now, &removed).collect(),
                returned: without(&removed, &now).collect(),
            };
            if left.removed.is_empty() || !self.settle(corpus, survey, prints, &left, &mut earlier)? {
                return Ok(grouping);
            }
            removed = now;
        }
        Ok(self.group_once(corpus, survey, prints, &mut earlier))
    }

    fn group_once(
        &self,
        corpus: &Corpus,
        survey: &Survey,
        prints: &Prints,
        earlier: &mut Earlier,
    ) -> Grouping {
        let config = &self.plan.config;
        let ranks = prints.ranks(&config.group.keep);
        let source = self.clean_texts(corpus, survey, prints);
        let together = self.together(prints);
        let workspace = self.workspace(together.len());
        let mut grouping =
            self.pool.install(|| group::decide(&together, &ranks, &source, config, &workspace, earlier));
        grouping.counts.ranked = config.group.enabled.then(|| prints.ranked());
        grouping
    }

    /// Takes repeated paragraphs out of the documents that stay.
    fn drop_repeats(
        &self,
        corpus: &Corpus,
        survey: &Survey,
        prints: &mut Prints,
        removals: &Removals,
    ) -> Result<()> {
        let is_kept = |document| !removals.has(document);
        let ranks = prints.ranks(&self.plan.config.group.keep);
        let repeats = group::repeats(prints, &ranks, is_kept);
        let texts = self.clean_texts(corpus, survey, prints);
        let of_document = |repeats: &[Repeat]| {
            let number = repeats[0].document;
            let format = corpus.format(survey.documents[number as usize].shard);
            let mut changed = None;
            texts.with_document(number, |document, printed| {
                let place_of = |keeper| survey.record(keeper, corpus);
                let edits = &printed.edits;
                changed = repeats::without_repeats(document, format, edits, repeats, self.plan, place_of)
                    .map(|(edits, length)| (printed, edits, length));
            });
            let (printed, edits, length) = changed?;
            let bytes = (printed.bytes.0, length as u32);
            Some((number, Printed { edits: edits.into(), bytes, ..printed }))
        };
        let documents: Vec<&[Repeat]> = repeats.chunk_by(|a, b| a.document == b.document).collect();
        let changed: Vec<_> =
            self.pool.install(|| documents.par_iter().filter_map(|repeats| of_document(repeats)).collect());
        prints.replace_printed(&changed)
    }
}

/// Those of sorted numbers that others, sorted too, are without.
fn without<'n>(numbers: &'n [u32], others: &'n [u32]) -> impl Iterator<Item = u32> + 'n {
    numbers.iter().copied().filter(|number| others.binary_search(number).is_err())
}
