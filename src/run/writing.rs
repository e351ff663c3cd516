//! The last pass: outputs and report.

use super::Run;
use super::texts::{CleanTexts, PageTexts};
use crate::error::Result;
use crate::job::Stop;
use crate::outcome::{Findings, Out, Setting, Written};
use crate::parallel::{Weighed, in_order_within};
use crate::pass::apply::{self, Applied, Decided};
use crate::pass::name;
use crate::pass::prints::Prints;
use crate::pass::removals::Removals;
use crate::pass::survey::Survey;
use crate::progress::Stage;
use crate::read::format::Format;
use crate::read::{Batch, Corpus};
use crate::report::receipt::Receipt;
use crate::request::Request;
use crate::store::Room;
use crate::verdict::Verdicts;

impl Run<'_> {
    /// Carries the verdicts out and writes a receipt for each.
    ///
    /// # Errors
    /// When something cannot be written, an input changed, the run is stopped, or the totals do not add up.
    pub fn write(
        &mut self,
        corpus: &Corpus,
        request: &Request,
        survey: &Survey,
        prints: &Prints,
        removals: &Removals,
    ) -> Result<Written> {
        self.watch.begin(Stage::Write, Some(corpus.unpacked_size()));
        let reference = self.reference.as_ref();
        let room = Room::new(self.budget.group);
        let mut out = Out::begin(Setting {
            job: self.job,
            plan: self.plan,
            request,
            corpus,
            reference,
            pool: &self.pool,
            unfinished: self.unfinished.as_ref(),
            room: &room,
            file: &self.file,
        })?;
        self.write_shards(corpus, survey, prints, removals, &mut out)?;
        let survivors = removals.references().iter().copied();
        let references = name::rows_of(&self.reference_names(survivors.clone(), survey)?)?;
        let reference_receipts = reference.map(|_| self.reference_receipts(survivors, survey)).transpose()?;
        let knowledge = &self.knowledge;
        let written =
            out.finish(&Findings { removals, knowledge, survey, references, reference_receipts })?;
        written.with_page(&mut PageTexts(CleanTexts {
            corpus,
            survey,
            prints,
            reference: None,
            plan: self.plan,
            // What is written is published: the page needs its texts whoever asks to stop now.
            stop: &Stop::default(),
        }))
    }

    /// Carries the verdicts out on all shards that are not written yet.
    fn write_shards(
        &self,
        corpus: &Corpus,
        survey: &Survey,
        prints: &Prints,
        removals: &Removals,
        out: &mut Out<'_>,
    ) -> Result<()> {
        self.advance(corpus.bytes_before(out.next_shard()))?;
        let format = out.format();
        let work = |batch: Batch| -> Result<_> {
            let apply = |number| self.apply(number, corpus, survey, prints, removals, format);
            let parts: Vec<(u32, Applied)> = batch.shards.clone().map(apply).collect::<Result<_>>()?;
            Ok((parts, batch))
        };
        let weigh = |done: &Result<(Vec<(u32, Applied)>, Batch)>| {
            done.as_ref().map_or(0, |(parts, _)| parts.iter().map(|(_, part)| part.size()).sum())
        };
        let bound = Weighed { most: self.budget.handed_over, weigh };
        in_order_within(&self.pool, corpus.batches_from(out.next_shard()), &bound, work, |done| {
            let (parts, batch) = done?;
            parts.into_iter().try_for_each(|(file, part)| out.shard(file, part))?;
            out.reached(batch.shards.end, batch.bytes)?;
            self.advance(batch.bytes)
        })
    }

    /// Carries the verdicts on one shard out, for an output of this format, if all goes to one: the number of its file, and what it gives.
    fn apply(
        &self,
        number: u32,
        corpus: &Corpus,
        survey: &Survey,
        prints: &Prints,
        removals: &Removals,
        format: Option<&'static dyn Format>,
    ) -> Result<(u32, Applied)> {
        let shard = corpus.shard(number)?;
        let range = survey.range_of(number);
        let verdicts = Verdicts::of_shard(number, corpus, survey, self.reference.as_ref(), removals)?;
        let decided = Decided {
            shard: &shard,
            format: corpus.format(number),
            output: format.unwrap_or(corpus.format(number)),
            path: &corpus.files[shard.file as usize].name,
            documents: survey.documents_of(number),
            first_document: range.start as u32,
            sites: survey.sites.of(range.clone()),
            printed: &prints.printed_in(range)?,
            set_aside: &survey.set_aside_in(number)?,
            ends_lines: format.is_some(),
        };
        Ok((shard.file, apply::of_shard(&decided, self.plan, &verdicts)?))
    }

    /// What was taken out of the documents of the reference set that are among `documents`.
    fn reference_receipts(
        &self,
        documents: impl Iterator<Item = u32>,
        survey: &Survey,
    ) -> Result<Vec<Receipt>> {
        let first = survey.documents.len() as u32;
        self.reference
            .as_ref()
            .map_or(Ok(Vec::new()), |reference| reference.receipts(documents, first, self.plan))
    }
}
