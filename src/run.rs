//! Carrying the passes of [`crate::pipeline`] out: shards to threads, partial results together, in order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use rayon::ThreadPool;
use rayon::prelude::*;

use crate::budget::Budget;
use crate::config::Level;
use crate::document::{Document, RecordId};
use crate::error::{Error, Result};
use crate::fingerprint::{Digest, Fingerprints, Passages, Scratch, paragraph_digests, passages};
use crate::group::{self, Earlier, Grouping, Match, Repeat, ShingleSource, Workspace};
use crate::index::{self, Entry, IndexReader};
use crate::indexing::{Indexed, Indexing, WrittenIndex};
use crate::job::Job;
use crate::learning::{Learned, Learning};
use crate::listing::{self, Found, Listing, OpenList, WrittenList};
use crate::outcome::{Findings, Held, Out, Problems, Setting, Written};
use crate::parallel::{Weighed, in_order, in_order_within};
use crate::pass::DocumentPlace;
use crate::pass::apply::{self, Applied, Decided};
use crate::pass::fingerprint::{self, Printer, Reprinted};
use crate::pass::knowledge::Knowledge;
use crate::pass::name::{self, Names};
use crate::pass::printed::Printed;
use crate::pass::prints::{Prints, PrintsPart, Together};
use crate::pass::removals::Removals;
use crate::pass::repeats;
use crate::pass::set_aside::SetAside;
use crate::pass::survey::{self, Since, Survey};
use crate::pass::wording;
use crate::plan::Plan;
use crate::progress::{Stage, Watch};
use crate::read::format::Format;
use crate::read::{Batch, Corpus, FirstBatch};
use crate::reference::Reference;
use crate::report::receipt::Receipt;
use crate::report::rows::ProblemRow;
use crate::report::summary::Timings;
use crate::report::texts::{Texts, head_of};
use crate::request::Request;
use crate::store::frame::Kind;
use crate::store::{BlockFile, Room, Store};
use crate::strip::learn::{LineTexts, Selection};
use crate::unfinished::{self, GroupNotes, Grouped, Unfinished};
use crate::verdict::Verdicts;

/// Times the corpus is learned from, at most: each finds less than the one before, and two are the rule.
const ROUNDS: usize = 8;

/// Documents that are looked at once more in one go, and held until all of these are done.
const REPRINTED: usize = 4096;

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

    /// Learns from the corpus as it would go out, with `removed` documents taken from it too and those `returned` that are no
    /// longer, and strips what that teaches; again, until it teaches nothing more. Whether anything was stripped.
    fn settle(
        &mut self,
        corpus: &Corpus,
        survey: &mut Survey,
        prints: &mut Prints,
        left: &Left,
        earlier: &mut Earlier,
    ) -> Result<bool> {
        let (mut removed, returned) = (&left.removed[..], &left.returned);
        let mut is_changed = false;
        for _ in 0..ROUNDS {
            self.job.stop.check()?;
            let peeled = prints.take_peeled();
            let since = Since { peeled: &peeled, removed, returned, kept_whole: prints.kept_whole() };
            let learned = self.pool.install(|| survey.learn_again(&since, &self.knowledge, self.plan));
            let Some((knowledge, documents)) = learned else { break };
            let mut is_any_stripped = false;
            for some in documents.chunks(REPRINTED) {
                let reprinted = self.reprint(corpus, survey, prints, &knowledge, some);
                for (document, _) in &reprinted {
                    earlier.note(*document, &prints.units(*document));
                }
                is_any_stripped |= prints.replace(reprinted)?;
            }
            if !is_any_stripped {
                break;
            }
            self.knowledge.add(knowledge);
            (is_changed, removed) = (true, &[]);
        }
        Ok(is_changed)
    }

    /// Documents looked at once more, those from which more goes.
    fn reprint(
        &self,
        corpus: &Corpus,
        survey: &Survey,
        prints: &Prints,
        knowledge: &Knowledge,
        documents: &[u32],
    ) -> Vec<(u32, Reprinted)> {
        let again = |printer: &mut Printer<'_>, document: &u32| {
            let place = survey.documents[*document as usize];
            let before = prints.printed(*document);
            let format = corpus.format(place.shard);
            let again =
                with_document(corpus, place, self.plan, |read| printer.again(read, place, format, &before));
            again.map(|again| (*document, again))
        };
        self.pool.install(|| {
            let found = documents.par_iter().map_init(|| Printer::new(self.plan, knowledge), again);
            found.flatten().collect()
        })
    }

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
    fn removals(
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
    fn workspace(&self, documents: usize) -> Workspace<'_> {
        let Budget { group, index, .. } = self.budget;
        let bytes = group.saturating_sub(group::BYTES * documents as u64).max(group / 4);
        Workspace { bytes, kept: index, folder: &self.job.temp_dir, faults: &self.file }
    }

    /// The fingerprints of the input, with those of the reference set behind them.
    fn together<'p>(&'p self, prints: &'p Prints) -> Together<'p> {
        Together { input: prints, reference: self.reference.as_ref().map(|reference| &reference.prints) }
    }

    /// What the documents of the reference set are called that are among `documents`.
    fn reference_names(
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
    fn clean_texts<'c>(
        &'c self,
        corpus: &'c Corpus,
        survey: &'c Survey,
        prints: &'c Prints,
    ) -> CleanTexts<'c> {
        CleanTexts { corpus, survey, prints, reference: self.reference.as_ref(), plan: self.plan }
    }

    fn settled_grouping(
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
        self.pool.install(|| group::decide(&together, &ranks, &source, config, &workspace, earlier))
    }

    /// Looks up how the learned lines read that are to be listed.
    ///
    /// # Errors
    /// When an input changed, or the run is stopped.
    pub fn collect_lines(
        &mut self,
        corpus: &Corpus,
        request: &Request,
        survey: &Survey,
        learning: Learning,
    ) -> Result<Learned> {
        self.watch.begin(Stage::Write, Some(corpus.unpacked_size()));
        let wanted = Selection::new(&self.knowledge.lines, learning.limit, learning.kept);
        let mut texts = LineTexts::default();
        let work = |batch: Batch| -> Result<_> {
            let mut part = LineTexts::default();
            for number in batch.shards {
                let shard = corpus.shard(number)?;
                let documents = survey.documents_of(number);
                part.merge(wording::of_shard(&shard, corpus.format(number), documents, &wanted, self.plan));
            }
            Ok((part, batch.bytes))
        };
        in_order(&self.pool, corpus.batches(), work, |done| {
            let (part, bytes) = done?;
            texts.merge(part);
            self.advance(bytes)
        })?;
        let learned = Learned::new(&self.knowledge, &wanted, &texts, corpus, survey, self.plan)?;
        Ok(Learned { problems: Problems::of(request, corpus, survey, None)?, ..learned })
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

    /// Finds what is to be listed.
    ///
    /// # Errors
    /// When an input changed, or the run is stopped.
    pub fn search(
        &mut self,
        corpus: &Corpus,
        survey: &mut Survey,
        prints: &mut Prints,
        listing: Listing,
    ) -> Result<Found> {
        self.watch.begin(Stage::Group, None);
        if listing == Listing::Removals {
            let grouping = self.settled_grouping(corpus, survey, prints)?;
            let removals = self.removals(&grouping, corpus, survey, prints, None)?;
            prints.check()?;
            return Ok(Found::Removals(Box::new(removals)));
        }
        let config = &self.plan.config;
        let source = self.clean_texts(corpus, survey, prints);
        let fingerprints = self.together(prints);
        let (pairs, counts) = self.pool.install(|| match listing {
            Listing::ExhaustivePairs => group::exhaustive_pairs(&fingerprints, &source, &config.group),
            _ => group::pairs(&fingerprints, &source, config, &self.workspace(fingerprints.len())),
        });
        prints.check()?;
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
        let mut names = self.names(corpus, survey, &documents)?;
        names.extend(name::rows_of(&self.reference_names(documents.into_iter(), survey)?)?, None)?;
        let list = OpenList::begin(self.job, request, &self.pool)?;
        listing::write(found, &names, list, request, corpus, survey, self.reference.as_ref())
    }

    /// What some documents are called, in order; `documents` are sorted.
    fn names(&self, corpus: &Corpus, survey: &Survey, documents: &[u32]) -> Result<Names> {
        let mut names = Names::new(&Room::new(self.budget.group), &self.file);
        let work = |batch: Batch| -> Result<_> {
            let mut part = Vec::new();
            for number in batch.shards {
                part.extend(self.names_in(corpus, survey, number, documents)?);
            }
            Ok((part, batch.bytes))
        };
        in_order(&self.pool, corpus.batches(), work, |done| {
            let (part, bytes) = done?;
            names.extend(name::rows_of(&part)?, None)?;
            self.advance(bytes)
        })?;
        Ok(names)
    }

    /// Takes every document into an index.
    ///
    /// # Errors
    /// When something cannot be written, an input changed, or the run is stopped.
    pub fn index(
        &mut self,
        corpus: &Corpus,
        request: &Request,
        survey: &Survey,
        prints: &Prints,
        mut indexing: Indexing,
    ) -> Result<WrittenIndex> {
        self.watch.begin(Stage::Write, Some(corpus.unpacked_size()));
        let work = |batch: Batch| -> Result<_> {
            let mut part = Vec::new();
            for number in batch.shards {
                let range = survey.range_of(number);
                let documents: Vec<u32> = (range.start as u32..range.end as u32).collect();
                let names = self.names_in(corpus, survey, number, &documents)?;
                part.extend(
                    documents.iter().zip(names).map(|(number, named)| Entry::new(prints, *number, named)),
                );
            }
            Ok((part, batch.bytes))
        };
        in_order(&self.pool, corpus.batches(), work, |done| {
            let (part, bytes) = done?;
            prints.check()?;
            indexing.take(part)?;
            self.advance(bytes)
        })?;
        indexing.finish(Indexed {
            files: corpus.files.len() as u64,
            read: survey.documents.len() as u64 + survey.set_aside(),
            set_aside: survey.set_aside(),
            problems: Problems::of(request, corpus, survey, None)?,
            ..Indexed::default()
        })
    }

    /// Looks every document up in an index.
    ///
    /// # Errors
    /// When the index is damaged.
    pub fn query(&mut self, prints: &Prints, index: &mut IndexReader) -> Result<Found> {
        self.watch.begin(Stage::Group, None);
        let hits = index::search(prints, index, &self.plan.config.group)?;
        prints.check()?;
        Ok(Found::Indexed(hits))
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

    fn advance(&self, bytes: u64) -> Result<()> {
        self.watch.advance(bytes);
        self.job.stop.check()
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

/// Those of sorted numbers that others, sorted too, are without.
fn without<'n>(numbers: &'n [u32], others: &'n [u32]) -> impl Iterator<Item = u32> + 'n {
    numbers.iter().copied().filter(|number| others.binary_search(number).is_err())
}

/// What became of documents since the corpus was learned from last.
#[derive(Default)]
struct Left {
    /// Those that went.
    removed: Vec<u32>,
    /// Those that had gone and stay now.
    returned: BTreeSet<u32>,
}

/// Full shingle sets for verification: made again from the text, since few documents are ever compared.
struct CleanTexts<'a> {
    corpus: &'a Corpus,
    survey: &'a Survey,
    prints: &'a Prints,
    reference: Option<&'a Reference>,
    plan: &'a Plan,
}

impl CleanTexts<'_> {
    fn with_text(&self, document: u32, each: impl FnOnce(&str)) {
        self.with_document(document, |parsed, printed| {
            each(&fingerprint::clean_text(parsed, &printed.edits));
        });
    }

    fn with_document(&self, document: u32, each: impl FnOnce(&Document<'_>, Printed)) {
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
fn with_document<R>(
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
struct PageTexts<'a>(CleanTexts<'a>);

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
