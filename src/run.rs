//! Carrying the passes of [`crate::pipeline`] out: shards to threads, partial results together, in order.

use std::time::Instant;

use rayon::ThreadPool;
use rayon::prelude::*;

use crate::config::Level;
use crate::decide::Cause;
use crate::document::Document;
use crate::edit::Edit;
use crate::error::{Error, Result};
use crate::fingerprint::Scratch;
use crate::group::{self, Grouping, Repeat, ShingleSource};
use crate::job::Job;
use crate::listing::{self, Found, Listing, WrittenList};
use crate::outcome::{Out, Written};
use crate::parallel::in_order;
use crate::pass::apply::{self, Decided};
use crate::pass::fingerprint::{self, Printed, Printer, Prints};
use crate::pass::knowledge::Knowledge;
use crate::pass::name;
use crate::pass::repeats;
use crate::pass::survey::{self, Survey};
use crate::plan::Plan;
use crate::progress::{Stage, Watch};
use crate::read::shard::Shard;
use crate::read::{Batch, Corpus, FirstBatch};
use crate::report::rows::ProblemRow;
use crate::report::summary::Timings;
use crate::request::Request;
use crate::verdict::{Verdict, Verdicts};

/// One run: what every stage needs.
pub struct Run<'a> {
    plan: &'a Plan,
    job: &'a Job,
    watch: &'a dyn Watch,
    pool: ThreadPool,
    knowledge: Knowledge,
    stages: Vec<(String, f64)>,
}

impl<'a> Run<'a> {
    /// A run with its threads.
    ///
    /// # Errors
    /// When the threads cannot be started.
    pub fn new(plan: &'a Plan, job: &'a Job, watch: &'a dyn Watch) -> Result<Self> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(job.threads.get())
            .build()
            .map_err(|error| Error::Internal(format!("failed to start threads: {error}")))?;
        Ok(Self { plan, job, watch, pool, knowledge: Knowledge::default(), stages: Vec::new() })
    }

    /// Carries out one stage, watched and timed.
    ///
    /// # Errors
    /// The stage's own.
    pub fn stage<R>(&mut self, stage: Stage, work: impl FnOnce(&mut Self) -> Result<R>) -> Result<R> {
        let begun = Instant::now();
        self.job.stop.check()?;
        let result = work(self);
        self.watch.end();
        self.stages.push((stage.as_str().to_owned(), begun.elapsed().as_secs_f64()));
        result
    }

    /// Where the time went so far.
    pub fn timings(&self, begun: Instant) -> Timings {
        Timings {
            threads: self.job.threads.get(),
            stages: self.stages.clone(),
            total: begun.elapsed().as_secs_f64(),
        }
    }

    /// Reads everything once: what are the records, what recurs among their lines.
    ///
    /// # Errors
    /// When a temporary file cannot be written, the run is stopped, or is strict and met bad input.
    pub fn survey(&mut self, corpus: &mut Corpus) -> Result<Survey> {
        self.watch.begin(Stage::Survey, Some(corpus.size_on_disk()));
        let formats: Vec<_> = corpus.files.iter().map(|file| file.format).collect();
        let names: Vec<_> = corpus.files.iter().map(|file| file.name.clone()).collect();
        let mut whole = Survey::default();
        let plan = self.plan;
        let work = |batch: FirstBatch| {
            let bytes = batch.bytes();
            let numbered = (batch.first..).zip(&batch.shards);
            let of = |(number, shard): (u32, &Shard)| {
                survey::of_shard(number, shard, formats[shard.file as usize], plan)
            };
            (numbered.map(of).collect::<Vec<Survey>>(), bytes)
        };
        in_order(&self.pool, corpus.first_pass(), work, |(parts, bytes)| {
            for part in parts {
                self.refuse_records(&part, &names)?;
                whole.merge(part);
            }
            self.advance(bytes)
        })?;
        self.refuse_files(corpus)?;
        note_records(corpus, &whole);
        self.knowledge = whole.finish(plan);
        Ok(whole)
    }

    /// Normalises, strips, folds and hashes every document.
    ///
    /// # Errors
    /// When an input changed, or the run is stopped.
    pub fn fingerprint(&mut self, corpus: &Corpus, survey: &Survey) -> Result<Prints> {
        self.watch.begin(Stage::Fingerprint, Some(corpus.unpacked_size()));
        let mut prints = Prints::default();
        let work = |batch: Batch| -> Result<_> {
            let mut part = Prints::default();
            let mut printer = Printer::new(self.plan, &self.knowledge);
            for number in batch.shards {
                let shard = corpus.shard(number)?;
                let (documents, hits) = (survey.documents_of(number), survey.hits_of(number));
                let normal = &survey.normal[survey.range_of(number)];
                part.extend(printer.shard(&shard, corpus.format(number), documents, normal, hits));
            }
            Ok((part, batch.bytes))
        };
        in_order(&self.pool, corpus.batches(), work, |done| {
            let (part, bytes) = done?;
            prints.extend(part);
            self.advance(bytes)
        })?;
        Ok(prints)
    }

    /// Nominates pairs, verifies each on the full shingle sets, chooses survivors. At the level of paragraphs, repeated ones
    /// go from what stays.
    ///
    /// # Errors
    /// When an input changed, or the run is stopped.
    pub fn group(&mut self, corpus: &Corpus, survey: &Survey, prints: &mut Prints) -> Result<Grouping> {
        self.watch.begin(Stage::Group, None);
        let config = &self.plan.config.group;
        if !config.enabled {
            return Ok(Grouping::default());
        }
        let ranks = fingerprint::ranks(&prints.printed, &config.keep);
        let grouping = self.grouping(corpus, survey, prints, &ranks);
        if config.level == Level::Paragraph {
            self.drop_repeats(corpus, survey, prints, &ranks, &grouping);
        }
        self.job.stop.check()?;
        Ok(grouping)
    }

    fn grouping(&self, corpus: &Corpus, survey: &Survey, prints: &Prints, ranks: &[u64]) -> Grouping {
        let source = CleanTexts { corpus, survey, printed: &prints.printed, plan: self.plan };
        self.pool.install(|| group::group(&prints.fingerprints, ranks, &source, &self.plan.config))
    }

    /// Takes repeated paragraphs out of the documents that stay.
    fn drop_repeats(
        &self,
        corpus: &Corpus,
        survey: &Survey,
        prints: &mut Prints,
        ranks: &[u64],
        grouping: &Grouping,
    ) {
        let verdicts = Verdicts::new(corpus, survey, grouping);
        let is_kept = |document| verdicts.on(document) == Verdict::Keep;
        let repeats = group::repeats(&prints.fingerprints, ranks, is_kept);
        let texts = CleanTexts { corpus, survey, printed: &prints.printed, plan: self.plan };
        let of_document = |repeats: &[Repeat]| {
            let number = repeats[0].document;
            let format = corpus.format(survey.documents[number as usize].shard);
            let mut changed = None;
            texts.with_document(number, |document, edits| {
                let place_of = |keeper| verdicts.record(keeper);
                changed = repeats::without_repeats(document, format, edits, repeats, self.plan, place_of);
            });
            changed.map(|changed| (number, changed))
        };
        let documents: Vec<&[Repeat]> = repeats.chunk_by(|a, b| a.document == b.document).collect();
        let changed: Vec<_> =
            self.pool.install(|| documents.par_iter().filter_map(|repeats| of_document(repeats)).collect());
        for (document, (edits, length)) in changed {
            let printed = &mut prints.printed[document as usize];
            printed.edits = edits.into_boxed_slice();
            printed.bytes.1 = length as u32;
        }
    }

    /// Finds what is to be listed.
    ///
    /// # Errors
    /// When an input changed, or the run is stopped.
    pub fn search(
        &mut self,
        corpus: &Corpus,
        survey: &Survey,
        prints: &Prints,
        listing: Listing,
    ) -> Result<Found> {
        self.watch.begin(Stage::Group, None);
        if listing == Listing::Removals {
            let ranks = fingerprint::ranks(&prints.printed, &self.plan.config.group.keep);
            return Ok(Found::Removals(self.grouping(corpus, survey, prints, &ranks)));
        }
        let config = &self.plan.config;
        let source = CleanTexts { corpus, survey, printed: &prints.printed, plan: self.plan };
        let (pairs, counts) = self.pool.install(|| match listing {
            Listing::ExhaustivePairs => group::exhaustive_pairs(&prints.fingerprints, &source, &config.group),
            _ => group::pairs(&prints.fingerprints, &source, config),
        });
        Ok(Found::Pairs(pairs, counts))
    }

    /// Looks up what the documents of a list are called, and writes it.
    ///
    /// # Errors
    /// When something cannot be written, an input changed, or the run is stopped.
    pub fn list(
        &mut self,
        corpus: &Corpus,
        request: &Request,
        survey: &Survey,
        found: &Found,
    ) -> Result<WrittenList> {
        self.watch.begin(Stage::Write, Some(corpus.unpacked_size()));
        let documents = found.documents();
        let mut names = Vec::with_capacity(documents.len());
        let work = |batch: Batch| -> Result<_> {
            let mut part = Vec::new();
            for number in batch.shards {
                part.extend(self.names_in(corpus, survey, number, &documents)?);
            }
            Ok((part, batch.bytes))
        };
        in_order(&self.pool, corpus.batches(), work, |done| {
            let (part, bytes) = done?;
            names.extend(part);
            self.advance(bytes)
        })?;
        listing::write(found, &names, self.job, request, corpus, survey)
    }

    /// What those of `documents` are called that are in one shard.
    fn names_in(
        &self,
        corpus: &Corpus,
        survey: &Survey,
        number: u32,
        documents: &[u32],
    ) -> Result<Vec<name::Named>> {
        let range = survey.range_of(number);
        let from = documents.partition_point(|&document| (document as usize) < range.start);
        let to = documents.partition_point(|&document| (document as usize) < range.end);
        if from == to {
            return Ok(Vec::new());
        }
        let shard = corpus.shard(number)?;
        let path = &corpus.files[shard.file as usize].name;
        let (format, places) = (corpus.format(number), survey.documents_of(number));
        let wanted = &documents[from..to];
        Ok(name::of_shard(&shard, format, path, places, range.start as u32, wanted, &self.plan.fields))
    }

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
        grouping: &Grouping,
    ) -> Result<Written> {
        self.watch.begin(Stage::Write, Some(corpus.unpacked_size()));
        let verdicts = Verdicts::new(corpus, survey, grouping);
        let mut out = Out::begin(self.job, self.plan, request, corpus)?;
        let format = out.format();
        let work = |batch: Batch| -> Result<_> {
            let mut parts = Vec::new();
            for number in batch.shards {
                let shard = corpus.shard(number)?;
                let range = survey.range_of(number);
                let decided = Decided {
                    shard: &shard,
                    format: corpus.format(number),
                    output: format.unwrap_or(corpus.format(number)),
                    path: &corpus.files[shard.file as usize].name,
                    documents: survey.documents_of(number),
                    first_document: range.start as u32,
                    printed: &prints.printed[range],
                    set_aside: survey.set_aside_in(number, &shard),
                    ends_lines: format.is_some(),
                };
                parts.push((shard.file, apply::of_shard(&decided, self.plan, &verdicts)?));
            }
            Ok((parts, batch.bytes))
        };
        in_order(&self.pool, corpus.batches(), work, |done| {
            let (parts, bytes) = done?;
            parts.into_iter().try_for_each(|(file, part)| out.shard(file, part))?;
            self.advance(bytes)
        })?;
        out.finish(grouping, &self.knowledge)
    }

    /// Ends a strict run at its first bad record.
    fn refuse_records(&self, part: &Survey, names: &[String]) -> Result<()> {
        match part.set_aside.first() {
            Some((id, problem)) if self.job.strict => {
                let file = ProblemRow::of_file(&names[id.file as usize], problem);
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

    fn advance(&self, bytes: u64) -> Result<()> {
        self.watch.advance(bytes);
        self.job.stop.check()
    }
}

/// Tells the files how many records the survey found in them, blank ones among them.
fn note_records(corpus: &mut Corpus, survey: &Survey) {
    for (number, records) in (0..).zip(&survey.records) {
        let file = corpus.file_of(number);
        corpus.readings[file as usize].records += records;
    }
}

/// Full shingle sets for verification: made again from the text, since few documents are ever compared.
struct CleanTexts<'a> {
    corpus: &'a Corpus,
    survey: &'a Survey,
    printed: &'a [Printed],
    plan: &'a Plan,
}

impl CleanTexts<'_> {
    fn with_text(&self, document: u32, each: impl FnOnce(&str)) {
        self.with_document(document, |parsed, edits| each(&fingerprint::clean_text(parsed, edits)));
    }

    fn with_document(&self, document: u32, each: impl FnOnce(&Document<'_>, &[Edit<Cause>])) {
        let place = self.survey.documents[document as usize];
        let range = place.offset as usize..(place.offset + place.length) as usize;
        // A file that went away is noticed before anything is published.
        let raw = self.corpus.part(place.shard, range).unwrap_or_default();
        let parsed = self.corpus.format(place.shard).parse(&raw, &self.plan.fields).unwrap_or_default();
        each(&parsed, &self.printed[document as usize].edits);
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
}
