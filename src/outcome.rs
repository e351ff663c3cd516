//! From what the last pass yields to files that stand: the clean records, the report, and what is told at the end.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::ThreadPool;

use crate::error::Result;
use crate::group::{Grouping, Match};
use crate::job::{Job, Output};
use crate::pass::apply::Applied;
use crate::pass::knowledge::Knowledge;
use crate::pass::name::Named;
use crate::plan::Plan;
use crate::read::Corpus;
use crate::read::format::Format;
use crate::reference::Reference;
use crate::report::folder::{ReportWriter, names};
use crate::report::receipt::Receipt;
use crate::report::rows::{DuplicateRow, ProblemRow};
use crate::report::sources::{self, ALARM_SHARE, Sites, SourceRow};
use crate::report::summary::{Summary, Timings};
use crate::report::texts::Texts;
use crate::report::{SCHEMA, command, html};
use crate::request::Request;
use crate::write::disk::DiskQueue;
use crate::write::sink::Sink;
use crate::write::staging::Staging;

/// What a finished run tells.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The head of the report.
    pub summary: Summary,
    /// What was set aside, or could not be read.
    pub problems: Vec<ProblemRow>,
    /// The removed documents.
    pub duplicates: Vec<DuplicateRow>,
    /// The sources that lost more than [`ALARM_SHARE`] of their documents or text, those that lost most first.
    pub wiped_out: Vec<SourceRow>,
    /// Where the report stands, if one was asked for.
    pub report: Option<PathBuf>,
    /// Where the time went.
    pub timings: Timings,
    /// What was held between passes.
    pub held: Held,
}

/// What a run held of its input between passes: from that a larger one can be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Documents.
    pub documents: u64,
    /// Lines that the survey remembered, each document as three.
    pub lines: u64,
    /// Bytes of the rows that were known of documents.
    pub rows: u64,
    /// Units by which they were compared.
    pub units: u64,
    /// Bytes of the journal; 0 where none was kept.
    pub journal: u64,
}

/// The outputs of a run while they are written.
pub struct Out<'a> {
    job: &'a Job,
    plan: &'a Plan,
    request: &'a Request,
    corpus: &'a Corpus,
    reference: Option<&'a Reference>,
    sink: Sink,
    file: Option<Staging>,
    report: Option<ReportWriter>,
    /// How many inputs the sink has gone past.
    reached: u32,
    totals: Applied,
}

impl<'a> Out<'a> {
    /// Begins the outputs, staged.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn begin(
        job: &'a Job,
        plan: &'a Plan,
        request: &'a Request,
        corpus: &'a Corpus,
        reference: Option<&'a Reference>,
        pool: &Arc<ThreadPool>,
    ) -> Result<Self> {
        let mut file = None;
        let sink = match (&job.output, &request.choice) {
            (Some(Output::Stdout), Some(choice)) => Sink::stdout(choice, pool)?,
            (Some(Output::File(path)), Some(choice)) => {
                let staging = Staging::file(path)?;
                let sink = Sink::file(&staging, path, choice, pool)?;
                file = Some(staging);
                sink
            }
            (Some(Output::Folder(path)), _) => Sink::mirror(Staging::folder(path)?, pool)?,
            _ => Sink::nowhere(pool)?,
        };
        let report = job.report.as_deref().map(|folder| ReportWriter::begin(folder, pool)).transpose()?;
        let totals = Applied::default();
        Ok(Self { job, plan, request, corpus, reference, sink, file, report, reached: 0, totals })
    }

    /// The hidden folders in which the outputs are written for now.
    pub fn staged(&self) -> Vec<&Path> {
        let file = self.file.as_ref().map(Staging::folder_for_now);
        let report = self.report.as_ref().map(ReportWriter::place);
        [file, self.sink.folder_for_now(), report].into_iter().flatten().collect()
    }

    /// The format of the one output; `None` where each input keeps its own.
    pub fn format(&self) -> Option<&'static dyn Format> {
        self.request.choice.as_ref().map(|choice| choice.format)
    }

    /// Takes what one shard gives, in input order.
    ///
    /// # Errors
    /// When something cannot be written.
    pub fn shard(&mut self, file: u32, mut part: Applied) -> Result<()> {
        self.reach(file)?;
        if part.records > 0 && self.reached == file {
            self.open(file)?;
        }
        self.sink.write(std::mem::take(&mut part.bytes), part.records)?;
        if let Some(report) = &mut self.report {
            report.receipts(&std::mem::take(&mut part.receipts))?;
        }
        self.totals.merge_totals(part);
        Ok(())
    }

    /// Opens the mirrors of all files before this one that were not opened yet: those that lost every record.
    fn reach(&mut self, file: u32) -> Result<()> {
        while self.reached < file {
            // A text file that lost its one document is gone; a file of records stays, if empty.
            if mirrors_empty(self.corpus, self.reached) {
                self.open(self.reached)?;
            } else {
                self.reached += 1;
            }
        }
        Ok(())
    }

    fn open(&mut self, file: u32) -> Result<()> {
        self.sink.begin(file, &self.corpus.files[file as usize])?;
        self.reached = file + 1;
        Ok(())
    }

    /// Takes what was taken out of documents of the reference set before they were compared.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn reference_receipts(&mut self, receipts: &[Receipt]) -> Result<()> {
        match &mut self.report {
            Some(report) if self.reference.is_some() => report.packed_rows(names::REFERENCES, receipts),
            _ => Ok(()),
        }
    }

    /// Ends the clean records and lays the report out; nothing is published yet. `references` are the documents of
    /// the reference set that the grouping names.
    ///
    /// # Errors
    /// When something cannot be written, or the totals do not add up.
    pub fn finish(
        mut self,
        grouping: &Grouping,
        references: Vec<Named>,
        knowledge: &Knowledge,
        sites: &Sites,
    ) -> Result<Written> {
        self.reach(self.corpus.files.len() as u32)?;
        let problems = self.all_problems();
        self.totals.counts.check()?;
        let (folder, outputs, disk) = self.sink.finish()?;
        let mut named = std::mem::take(&mut self.totals.named);
        named.extend(references);
        let duplicates = duplicate_rows(grouping, named);
        let summary = Summary {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            unicode: unicode_version(),
            config: self.plan.config.clone(),
            inputs: self.corpus.rows(),
            references: self.reference.map(Reference::rows).unwrap_or_default(),
            passed_over: self.request.passed_over,
            outputs,
            output: shown_output(self.job.output.as_ref()),
            counts: self.totals.counts,
            rules: self.totals.rules,
            group: serde_json::to_value(grouping.counts).unwrap_or_default(),
            learned: knowledge.summary(),
            command: command::arguments(self.job, &self.plan.config),
        };
        let sources = self.totals.sources.rows(sites, &self.corpus.files);
        if let Some(report) = &mut self.report {
            report.rows(names::DUPLICATES, &duplicates)?;
            report.rows(names::LINES, &self.totals.lines.rows(&knowledge.lines))?;
            report.rows(names::PROBLEMS, &problems)?;
            report.rows(names::SOURCES, &sources)?;
        }
        let outcome = Outcome {
            summary,
            problems,
            duplicates,
            wiped_out: sources::wiped_out(&sources, ALARM_SHARE),
            report: self.job.report.clone(),
            timings: Timings::default(),
            held: Held::default(),
        };
        let outputs = self.file.into_iter().chain(folder).collect();
        Ok(Written { outcome, outputs, disk, report: self.report })
    }

    /// The problems of records and, before them, of files; those of the reference set last.
    fn all_problems(&mut self) -> Vec<ProblemRow> {
        let mut problems = file_problems(self.request, self.corpus, self.reference);
        self.totals.counts.file_problems = problems.len() as u64;
        problems.append(&mut self.totals.problems);
        problems.extend(self.reference.into_iter().flat_map(Reference::record_problems));
        problems
    }
}

/// A run that is written and not published.
pub struct Written {
    outcome: Outcome,
    outputs: Vec<Staging>,
    disk: DiskQueue,
    report: Option<ReportWriter>,
}

impl Written {
    /// Lays out the report's page, if there is a report. `texts` are those of the documents.
    ///
    /// # Errors
    /// When a text cannot be read, or the page cannot be written.
    pub fn with_page(mut self, texts: &mut dyn Texts) -> Result<Self> {
        if let Some(report) = &mut self.report {
            let page = html::page(report.place(), &self.outcome.summary, texts, ALARM_SHARE)?;
            report.file(names::PAGE, page.as_bytes())?;
        }
        Ok(self)
    }

    /// Moves everything into place, the report last.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn publish(self, timings: Timings, held: Held) -> Result<Outcome> {
        let mut outcome = Outcome { held, ..self.outcome };
        let report = match self.report {
            Some(mut report) => {
                report.value(names::TIMINGS, &timings)?;
                Some(report.finish(&outcome.summary)?)
            }
            None => None,
        };
        self.disk.finish()?;
        self.outputs.into_iter().chain(report).try_for_each(Staging::publish)?;
        outcome.timings = timings;
        Ok(outcome)
    }
}

/// The faults of files, in input order, those of the reference set last.
pub fn file_problems(request: &Request, corpus: &Corpus, reference: Option<&Reference>) -> Vec<ProblemRow> {
    let unread = request.problems.iter().map(|(path, problem)| ProblemRow::of_file(path, problem));
    let of_reference = reference.map(Reference::file_problems).unwrap_or_default();
    unread.chain(corpus.problems()).chain(of_reference).collect()
}

fn mirrors_empty(corpus: &Corpus, file: u32) -> bool {
    let is_read = corpus.readings[file as usize].unpacked > 0 || corpus.readings[file as usize].complete;
    is_read && !corpus.files[file as usize].format.is_one_record()
}

fn shown_output(output: Option<&Output>) -> String {
    match output {
        Some(Output::Stdout) => "-".into(),
        Some(Output::File(path) | Output::Folder(path)) => path.to_string_lossy().into_owned(),
        None => String::new(),
    }
}

fn unicode_version() -> String {
    let (major, minor, patch) = unicode_normalization::UNICODE_VERSION;
    format!("{major}.{minor}.{patch}")
}

fn duplicate_rows(grouping: &Grouping, mut named: Vec<Named>) -> Vec<DuplicateRow> {
    named.sort_unstable_by_key(|named| named.0);
    let name = |document| named.get(named.binary_search_by_key(&document, |named| named.0).ok()?);
    grouping.removed.iter().filter_map(|found| duplicate_row(found, name)).collect()
}

/// The row of a removed document, with `name` to tell what documents are called.
pub fn duplicate_row<'a>(found: &Match, name: impl Fn(u32) -> Option<&'a Named>) -> Option<DuplicateRow> {
    let (_, id, origin) = name(found.document)?.clone();
    let (_, survivor, survivor_origin) = name(found.survivor)?.clone();
    let cluster = name(found.cluster).map_or_else(|| survivor.clone(), |named| named.1.clone());
    Some(DuplicateRow {
        id,
        origin,
        survivor,
        survivor_origin,
        kind: found.kind.as_str().to_owned(),
        jaccard: found.jaccard,
        containment: found.containment,
        alignment: found.alignment,
        alignment_containment: found.alignment_containment,
        novel_words: found.novel_words,
        shared_paragraphs: found.shared_paragraphs,
        paragraphs: found.paragraphs,
        cluster,
        reference: found.reference,
    })
}
