//! Carrying the passes of [`crate::pipeline`] out: shards to threads, partial results together, in order.

mod grouping;
mod listing;
mod passes;
mod settling;
mod texts;
mod writing;

use std::sync::Arc;
use std::time::Instant;

use rayon::ThreadPool;

use crate::budget::Budget;
use crate::error::{Error, Result};
use crate::fingerprint::Fingerprints;
use crate::job::Job;
use crate::outcome::Held;
use crate::pass::knowledge::Knowledge;
use crate::pass::prints::Prints;
use crate::pass::survey::Survey;
use crate::plan::Plan;
use crate::progress::{Stage, Watch};
use crate::read::Corpus;
use crate::reference::Reference;
use crate::report::summary::Timings;
use crate::request::Request;
use crate::store::{BlockFile, Room};
use crate::unfinished::Unfinished;

/// Times the corpus is learned from, at most: each finds less than the one before, and two are the rule.
const ROUNDS: usize = 8;

/// One run: what every stage needs.
pub struct Run<'a> {
    plan: &'a Plan,
    job: &'a Job,
    watch: &'a dyn Watch,
    pool: Arc<ThreadPool>,
    knowledge: Knowledge,
    reference: Option<Reference>,
    budget: Budget,
    room: Room,
    file: Arc<BlockFile>,
    unfinished: Option<Unfinished>,
    /// Whether it is at the reference set, whose blocks have numbers of their own.
    is_reading_reference: bool,
    stages: Vec<(String, f64)>,
}

impl<'a> Run<'a> {
    /// A run with its threads.
    ///
    /// # Errors
    /// When the budget is too small, or the threads cannot be started.
    pub fn new(plan: &'a Plan, job: &'a Job, request: &Request, watch: &'a dyn Watch) -> Result<Self> {
        let budget = Budget::of(job, &plan.config, request)?;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(job.threads.get())
            .build()
            .map_err(|error| Error::Internal(format!("failed to start threads: {error}")))?;
        let (knowledge, reference) = (Knowledge::default(), None);
        let file = Arc::new(BlockFile::temporary(&job.temp_dir));
        let (room, pool) = (Room::new(budget.documents), Arc::new(pool));
        Ok(Self {
            plan,
            job,
            watch,
            pool,
            knowledge,
            reference,
            budget,
            room,
            file,
            unfinished: None,
            is_reading_reference: false,
            stages: Vec::new(),
        })
    }

    /// The input, not read yet.
    pub fn corpus(&self, request: &Request) -> Corpus {
        Corpus::new(request.files.clone(), self.budget.input, &self.job.temp_dir)
    }

    /// Keeps a journal, so that the run can go on if it is interrupted; goes on with an earlier one if the job asks for it.
    ///
    /// # Errors
    /// As [`Unfinished::open`].
    pub fn keep_journal(&mut self, request: &Request) -> Result<()> {
        self.unfinished = Unfinished::open(self.job, &self.plan.config, request)?;
        if let Some(unfinished) = &self.unfinished {
            self.file = Arc::clone(&unfinished.file);
        }
        Ok(())
    }

    /// Notes in the journal, if one is kept, that the outputs are about to be moved into place.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note_publishing(&self) -> Result<()> {
        self.unfinished.as_ref().map_or(Ok(()), Unfinished::note_publishing)
    }

    /// Ends the journal of a run that is done, or that cannot go on; one that can keeps it.
    ///
    /// # Errors
    /// That of the run; else when the journal cannot be removed.
    pub fn end_journal<R>(self, done: Result<R>) -> Result<R> {
        match (done, self.unfinished) {
            (Err(error), _) if error.leaves_a_journal() => Err(error),
            (done, Some(unfinished)) => {
                let removed = unfinished.remove();
                let done = done?;
                removed.map(|()| done)
            }
            (done, None) => done,
        }
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

    /// What was held of the input between passes.
    pub fn held(&self, survey: &Survey, prints: &Prints) -> Held {
        Held {
            documents: survey.documents.len() as u64,
            lines: survey.lines_held(),
            rows: prints.bytes(),
            units: prints.units_in_all(),
            journal: self.unfinished.as_ref().map_or(0, |unfinished| unfinished.file.length()),
        }
    }

    /// Reads the reference set, if there is one, up to its fingerprints; before the input, which it teaches nothing.
    ///
    /// # Errors
    /// As [`Run::survey`] and [`Run::fingerprint`].
    pub fn read_reference(&mut self, request: &Request) -> Result<()> {
        if request.references.is_empty() {
            return Ok(());
        }
        let mut corpus = Corpus::new(request.references.clone(), self.budget.references, &self.job.temp_dir);
        self.is_reading_reference = true;
        let reference = self.stage(Stage::Reference, |run| {
            let mut survey = run.survey(&mut corpus)?;
            let prints = run.fingerprint(&corpus, &mut survey)?;
            Ok(Reference::new(corpus, survey, prints))
        })?;
        self.is_reading_reference = false;
        self.knowledge = Knowledge::default();
        self.reference = Some(reference);
        Ok(())
    }

    /// Compares all files with what they were when they were read.
    ///
    /// # Errors
    /// [`Error::Changed`] for the first that is another now.
    pub fn check_unchanged(&self, corpus: &Corpus) -> Result<()> {
        corpus.check_unchanged()?;
        self.reference.as_ref().map_or(Ok(()), |reference| reference.corpus.check_unchanged())
    }

    fn advance(&self, bytes: u64) -> Result<()> {
        self.watch.advance(bytes);
        self.job.stop.check()
    }
}
