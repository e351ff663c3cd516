//! The first two passes: what recurs, then what each document is compared by; and what the journal has of them.

use super::Run;
use super::settling::Left;
use crate::error::Result;
use crate::group::Earlier;
use crate::parallel::in_order;
use crate::pass::fingerprint::Printer;
use crate::pass::prints::{Prints, PrintsPart};
use crate::pass::set_aside::SetAside;
use crate::pass::survey::{self, Survey};
use crate::progress::Stage;
use crate::read::format::Format;
use crate::read::{Batch, Corpus, FirstBatch};
use crate::report::rows::ProblemRow;
use crate::store::Store;
use crate::store::frame::Kind;
use crate::unfinished::{self, Unfinished};

impl Run<'_> {
    /// Reads everything once: what are the records, what recurs among their lines.
    ///
    /// # Errors
    /// When a temporary file cannot be written, the run is stopped, or is strict and met bad input.
    pub fn survey(&mut self, corpus: &mut Corpus) -> Result<Survey> {
        self.watch.begin(Stage::Survey, Some(corpus.size_on_disk()));
        let formats: Vec<_> = corpus.files.iter().map(|file| file.format).collect();
        let names: Vec<_> = corpus.files.iter().map(|file| file.name.clone()).collect();
        let mut whole = Survey::new(self.plan);
        let work = |batch: FirstBatch| self.survey_batch(&batch, &formats, &names);
        let mut hits = Store::new(&self.room, &self.file);
        let mut set_aside = SetAside::new(&self.room, &self.file);
        let batches = corpus.first_pass(self.pool.current_num_threads())?;
        in_order(&self.pool, batches, work, |done| {
            let (mut part, start, bytes) = self.recorded(Kind::Survey, done?)?;
            self.refuse_records(&part, &names)?;
            let (of_hits, of_set_aside) = start.map(|start| part.places(start)).unzip();
            hits.push(std::mem::take(&mut part.hits), of_hits)?;
            set_aside.extend(std::mem::take(&mut part.set_aside), of_set_aside)?;
            self.room.charge(Survey::BYTES * part.documents.len() as u64);
            whole.merge(part);
            self.advance(bytes)
        })?;
        whole.hold(hits, set_aside);
        self.refuse_files(corpus)?;
        note_records(corpus, &whole);
        self.knowledge = self.pool.install(|| whole.finish(self.plan));
        Ok(whole)
    }

    /// The first pass over a batch, or what the journal has of it.
    fn survey_batch(
        &self,
        batch: &FirstBatch,
        formats: &[&'static dyn Format],
        names: &[String],
    ) -> Result<Done<Survey>> {
        let (number, bytes) = (self.block_number(batch.first), batch.bytes());
        if let Some((start, block)) = self.journal_block(Kind::Survey, number)? {
            let file = batch.shards.first().map_or(0, |shard| shard.file as usize);
            let part =
                Survey::of_block(&block, &batch.seals)?.ok_or_else(|| unfinished::changed(&names[file]))?;
            return Ok(Done { part, number, bytes, source: Source::Journal(start) });
        }
        let mut part = Survey::new(self.plan);
        for (number, shard) in (batch.first..).zip(&batch.shards) {
            part.merge(survey::of_shard(number, shard, formats[shard.file as usize], self.plan)?);
        }
        let block = self.unfinished.as_ref().map(|_| part.to_block(&batch.seals)).transpose()?;
        Ok(Done { part, number, bytes, source: Source::New(block) })
    }

    /// Normalises, strips, folds and hashes every document, until what is left teaches nothing more.
    ///
    /// # Errors
    /// When an input changed, or the run is stopped.
    pub fn fingerprint(&mut self, corpus: &Corpus, survey: &mut Survey) -> Result<Prints> {
        let mut prints = self.print(corpus, survey)?;
        survey.drop_hits();
        if self.is_reading_reference || !self.unfinished.as_ref().is_some_and(Unfinished::is_grouped) {
            self.settle(corpus, survey, &mut prints, &Left::default(), &mut Earlier::default())?;
        }
        Ok(prints)
    }

    fn print(&self, corpus: &Corpus, survey: &Survey) -> Result<Prints> {
        self.watch.begin(Stage::Fingerprint, Some(corpus.unpacked_size()));
        let mut prints = Prints::new(&self.plan.config.group.keep, &self.room, &self.file);
        let work = |batch: Batch| self.print_batch(corpus, survey, &batch);
        in_order(&self.pool, corpus.batches(), work, |done| {
            let (part, start, bytes) = self.recorded(Kind::Prints, done?)?;
            let places = start.map(|start| part.places(start));
            prints.extend(part, places)?;
            self.advance(bytes)
        })?;
        Ok(prints)
    }

    /// The second pass over a batch, or what the journal has of it.
    fn print_batch(&self, corpus: &Corpus, survey: &Survey, batch: &Batch) -> Result<Done<PrintsPart>> {
        let number = self.block_number(batch.shards.start);
        if let Some((start, block)) = self.journal_block(Kind::Prints, number)?
            && let Some(part) = PrintsPart::of_block(&block)
        {
            return Ok(Done { part, number, bytes: batch.bytes, source: Source::Journal(start) });
        }
        let mut part = PrintsPart::default();
        let mut printer = Printer::new(self.plan, &self.knowledge);
        for number in batch.shards.clone() {
            let shard = corpus.shard(number)?;
            let (documents, seen) = (survey.documents_of(number), survey.seen_in(number)?);
            part.append(printer.shard(&shard, corpus.format(number), documents, &seen)?);
        }
        let block = self.unfinished.as_ref().map(|_| part.to_block()).transpose()?;
        Ok(Done { part, number, bytes: batch.bytes, source: Source::New(block) })
    }

    fn block_number(&self, shard: u32) -> u32 {
        if self.is_reading_reference { shard | 1 << 31 } else { shard }
    }

    fn journal_block(&self, kind: Kind, number: u32) -> Result<Option<(u64, Vec<u8>)>> {
        self.unfinished.as_ref().map_or(Ok(None), |unfinished| unfinished.block(kind, number))
    }

    /// Puts what is new into the journal, if one is kept: the part, where its block begins, and the bytes it is of.
    fn recorded<T>(&self, kind: Kind, done: Done<T>) -> Result<(T, Option<u64>, u64)> {
        let start = match done.source {
            Source::Journal(start) => Some(start),
            Source::New(Some(block)) => Some(self.file.append(kind, done.number, &block)?),
            Source::New(None) => None,
        };
        Ok((done.part, start, done.bytes))
    }

    /// Ends a strict run at its first bad record.
    fn refuse_records(&self, part: &Survey, names: &[String]) -> Result<()> {
        match part.set_aside.first()? {
            Some((id, problem)) if self.job.strict => {
                let file = ProblemRow::of_file(&names[id.file as usize], &problem);
                Err(ProblemRow { record: Some(id.record), ..file }.into_error())
            }
            _ => Ok(()),
        }
    }

    /// Ends a strict run at its first bad file.
    fn refuse_files(&self, corpus: &Corpus) -> Result<()> {
        let mut read = corpus.files.iter().zip(&corpus.readings);
        let bad = read.find_map(|(file, reading)| Some((file, reading.problem.as_ref()?)));
        match bad {
            Some((file, problem)) if self.job.strict => {
                Err(ProblemRow::of_file(&file.name, problem).into_error())
            }
            _ => Ok(()),
        }
    }
}

/// What is done of a batch.
struct Done<T> {
    part: T,
    /// Of its block in the journal.
    number: u32,
    /// Bytes of its shards.
    bytes: u64,
    source: Source,
}

/// Where what is done comes from.
enum Source {
    /// From the journal's block with its content at this byte.
    Journal(u64),
    /// It was done now; the block it makes, where a journal is kept.
    New(Option<Vec<u8>>),
}

/// Tells the files how many records the survey found in them, blank ones among them.
fn note_records(corpus: &mut Corpus, survey: &Survey) {
    for (number, records) in (0..).zip(&survey.records) {
        let file = corpus.file_of(number);
        corpus.readings[file as usize].records += records;
    }
}
