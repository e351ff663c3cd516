//! From what the last pass yields to files that stand: the clean records, the report, and what is told at the end.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::ThreadPool;

use crate::error::Result;
use crate::group::Match;
use crate::job::{Job, Output};
use crate::pass::apply::{Applied, Tally};
use crate::pass::knowledge::Knowledge;
use crate::pass::name::{Name, Names};
use crate::pass::removals::Removals;
use crate::pass::survey::Survey;
use crate::plan::Plan;
use crate::read::format::Format;
use crate::read::{Corpus, name};
use crate::reference::Reference;
use crate::report::folder::{EndedReport, ReportWriter, append_row, names};
use crate::report::lines::LineRow;
use crate::report::receipt::Receipt;
use crate::report::rows::{DuplicateRow, ProblemRow};
use crate::report::sources::{self, ALARM_SHARE, SourceRow};
use crate::report::summary::{Summary, Timings};
use crate::report::texts::Texts;
use crate::report::{SCHEMA, command, html};
use crate::request::Request;
use crate::store::{BlockFile, NumberedRows, Room};
use crate::unfinished::{Counted, Standing, Unfinished};
use crate::write::disk::DiskQueue;
use crate::write::sink::{OutputFile, Sink};
use crate::write::staging::Staging;

/// Problems that are told at the end of a run.
const EXAMPLES: usize = 100;
/// Bytes of rows that are written in one go.
const ROWS: usize = 1 << 16;
/// Bytes of counts that are held until the journal is told of them.
const COUNTED_BYTES: u64 = 4 << 20;

/// What a finished run tells.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The head of the report.
    pub summary: Summary,
    /// What was set aside, or could not be read.
    pub problems: Problems,
    /// The first removed document of each kind, in input order; the report has all.
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

/// What was set aside, or could not be read.
#[derive(Clone, Debug, Default)]
pub struct Problems {
    /// The first few: the faults of files, then those of records, each in input order, those of the reference set last.
    pub first: Vec<ProblemRow>,
    /// How many there are.
    pub in_all: u64,
}

impl Problems {
    /// Those of a run.
    ///
    /// # Errors
    /// When what is held of them cannot be read again.
    pub fn of(
        request: &Request,
        corpus: &Corpus,
        survey: &Survey,
        reference: Option<&Reference>,
    ) -> Result<Self> {
        let of_files = file_problems(request, corpus, reference);
        let of_references = reference.into_iter().flat_map(Reference::record_problems);
        let in_all = of_files.len() as u64 + survey.set_aside() + reference.map_or(0, Reference::set_aside);
        let all = of_files.into_iter().map(Ok).chain(survey.problems(corpus)).chain(of_references);
        Ok(Self { first: all.take(EXAMPLES).collect::<Result<_>>()?, in_all })
    }
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

/// What a run has that writes its outputs.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// Where to.
    pub job: &'a Job,
    /// What is done.
    pub plan: &'a Plan,
    /// The job before its first byte.
    pub request: &'a Request,
    /// The input, read.
    pub corpus: &'a Corpus,
    /// The reference set, if there is one.
    pub reference: Option<&'a Reference>,
    /// Threads that pack.
    pub pool: &'a Arc<ThreadPool>,
    /// The journal, if one is kept.
    pub unfinished: Option<&'a Unfinished>,
    /// For what documents are called.
    pub room: &'a Room,
    /// For what has no room.
    pub file: &'a Arc<BlockFile>,
}

/// The outputs of a run while they are written.
pub struct Out<'a> {
    setting: Setting<'a>,
    sink: Sink,
    file: Option<Staging>,
    report: Option<ReportWriter>,
    /// How many inputs the sink has gone past.
    reached: u32,
    /// Number of the first shard that is not written.
    next: u32,
    totals: Tally,
    names: Names,
    /// What the journal has not been told of.
    counted: Counted,
    /// Bytes of input that are written since the journal was told.
    unnoted: u64,
    /// Number of the note with which this writing began, and of the next.
    notes: (u32, u32),
}

/// The hidden folders of the outputs.
struct Staged {
    output: Option<Staging>,
    report: Option<Staging>,
}

impl Staged {
    fn of(setting: &Setting<'_>) -> Result<Self> {
        let (job, unfinished) = (setting.job, setting.unfinished);
        let was_publishing = unfinished.is_some_and(Unfinished::was_publishing);
        let staging = |target: &Path, is_folder: bool, hidden: Option<PathBuf>| match hidden {
            Some(hidden) if was_publishing => Staging::taken_back(target, is_folder, &hidden),
            Some(hidden) => Staging::lasting(target, is_folder, &hidden),
            None if is_folder => Staging::folder(target),
            None => Staging::file(target),
        };
        let hidden = unfinished.map(Unfinished::folder_of_output);
        let output = match &job.output {
            Some(Output::File(path)) => Some(staging(path, false, hidden)?),
            Some(Output::Folder(path)) => Some(staging(path, true, hidden)?),
            Some(Output::Stdout) | None => None,
        };
        let report = job.report.as_deref().map(|path| {
            let hidden = unfinished.map(|unfinished| unfinished.folder_of_report(path)).transpose()?;
            staging(path, true, hidden)
        });
        Ok(Self { output, report: report.transpose()? })
    }

    /// Whether all that an interrupted run wrote stands in them.
    fn hold(&self, standing: &Standing, setting: &Setting<'_>) -> bool {
        let inputs = &setting.corpus.files;
        self.output.as_ref().is_none_or(|output| standing.sink.stands(output, inputs))
            && self.report.is_some() == standing.report.is_some()
            && self.report.iter().zip(&standing.report).all(|(folder, mark)| mark.stands(folder))
    }
}

impl<'a> Out<'a> {
    /// Begins the outputs, staged, or goes on with those of an interrupted run.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn begin(setting: Setting<'a>) -> Result<Self> {
        let Some(unfinished) = setting.unfinished else { return Self::anew(setting, Staged::of(&setting)?) };
        let staged = Staged::of(&setting)?;
        if let Some(standing) = unfinished.standing()?.filter(|standing| staged.hold(standing, &setting)) {
            return Self::go_on(setting, unfinished, staged, standing);
        }
        unfinished.clear_staged()?;
        Self::anew(setting, Staged::of(&setting)?)
    }

    fn anew(setting: Setting<'a>, staged: Staged) -> Result<Self> {
        let pool = setting.pool;
        let mut file = None;
        let sink = match (&setting.job.output, &setting.request.choice, staged.output) {
            (Some(Output::Stdout), Some(choice), _) => Sink::stdout(choice, pool)?,
            (Some(Output::File(path)), Some(choice), Some(staging)) => {
                let sink = Sink::file(&staging, path, choice, pool)?;
                file = Some(staging);
                sink
            }
            (Some(Output::Folder(_)), _, Some(staging)) => Sink::mirror(staging, pool)?,
            _ => Sink::nowhere(pool)?,
        };
        let report = staged.report.map(|staging| ReportWriter::begin(staging, None, pool));
        let mut out = Self::with(setting, sink, file, report.transpose()?);
        let problems = file_problems(setting.request, setting.corpus, setting.reference);
        out.problems(problems.into_iter().map(Ok))?;
        Ok(out)
    }

    fn go_on(
        setting: Setting<'a>,
        unfinished: &Unfinished,
        staged: Staged,
        standing: Standing,
    ) -> Result<Self> {
        let (pool, inputs) = (setting.pool, &setting.corpus.files);
        let mut out = Self::with(setting, Sink::nowhere(pool)?, None, None);
        let named = |rows, place| out.names.extend(rows, Some(place));
        unfinished.counted(&standing, |tally| out.totals.merge(tally), named)?;
        let Standing { first, next, reached, sink, report } = standing;
        let (sink, file) = match (&setting.job.output, staged.output) {
            (Some(Output::File(path)), Some(staging)) => {
                (Sink::file_from(&staging, path, sink, pool)?, Some(staging))
            }
            (_, Some(staging)) => (Sink::mirror_from(staging, inputs, sink, pool)?, None),
            _ => (Sink::nowhere(pool)?, None),
        };
        let report = staged.report.map(|staging| ReportWriter::begin(staging, report, pool)).transpose()?;
        let notes = (first, out.notes.1);
        Ok(Self { sink, file, report, reached, next, notes, ..out })
    }

    fn with(setting: Setting<'a>, sink: Sink, file: Option<Staging>, report: Option<ReportWriter>) -> Self {
        let note = setting.unfinished.map_or(0, Unfinished::next_note);
        Self {
            setting,
            sink,
            file,
            report,
            reached: 0,
            next: 0,
            totals: Tally::default(),
            names: Names::new(setting.room, setting.file),
            counted: Counted::default(),
            unnoted: 0,
            notes: (note, note),
        }
    }

    /// Number of the first shard that is not written.
    pub fn next_shard(&self) -> u32 {
        self.next
    }

    /// The format of the one output; `None` where each input keeps its own.
    pub fn format(&self) -> Option<&'static dyn Format> {
        self.setting.request.choice.as_ref().map(|choice| choice.format)
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
            report.receipts(&part.receipts)?;
            report.problems(&part.problems)?;
        }
        self.counted.named.append(&part.named);
        if self.setting.unfinished.is_some() {
            self.counted.push(&part.tally)?;
        }
        self.totals.merge(part.tally);
        Ok(())
    }

    /// All shards before `next` are written, which are `bytes` more of the input: tells the journal, if enough came together.
    ///
    /// # Errors
    /// When something cannot be written.
    pub fn reached(&mut self, next: u32, bytes: u64) -> Result<()> {
        self.next = next;
        self.unnoted += bytes;
        let is_due = self.unnoted >= self.setting.job.noted_bytes || self.counted.bytes() >= COUNTED_BYTES;
        if is_due { self.note() } else { Ok(()) }
    }

    /// Tells the journal, if one is kept, how far the outputs are.
    fn note(&mut self) -> Result<()> {
        let mut place = None;
        if let Some(unfinished) = self.setting.unfinished {
            let report = self.report.as_mut().map(ReportWriter::mark).transpose()?;
            let (first, number) = self.notes;
            let sink = self.sink.mark()?;
            let standing = Standing { first, next: self.next, reached: self.reached, sink, report };
            place = Some(unfinished.note_written(number, &standing, &self.counted)?);
            self.notes.1 += 1;
        }
        self.unnoted = 0;
        self.names.extend(std::mem::take(&mut self.counted).named, place)
    }

    fn problems(&mut self, rows: impl IntoIterator<Item = Result<ProblemRow>>) -> Result<()> {
        let Some(report) = &mut self.report else { return Ok(()) };
        let mut bytes = Vec::new();
        for row in rows {
            append_row(&mut bytes, &row?)?;
            if bytes.len() >= ROWS {
                report.problems(&bytes)?;
                bytes.clear();
            }
        }
        report.problems(&bytes)
    }

    /// Opens the mirrors of all files before this one that were not opened yet: those that lost every record.
    fn reach(&mut self, file: u32) -> Result<()> {
        while self.reached < file {
            // A text file that lost its one document is gone; a file of records stays, if empty.
            if mirrors_empty(self.setting.corpus, self.reached) {
                self.open(self.reached)?;
            } else {
                self.reached += 1;
            }
        }
        Ok(())
    }

    fn open(&mut self, file: u32) -> Result<()> {
        self.sink.begin(file, &self.setting.corpus.files[file as usize])?;
        self.reached = file + 1;
        Ok(())
    }

    /// Ends the clean records and lays the report out; nothing is published yet.
    ///
    /// # Errors
    /// When something cannot be written, or the totals do not add up.
    pub fn finish(mut self, findings: &Findings<'_>) -> Result<Written> {
        self.reach(self.setting.corpus.files.len() as u32)?;
        self.note()?;
        self.end_counts()?;
        self.names.extend(findings.references.clone(), None)?;
        let (folder, outputs, disk) = self.sink.finish()?;
        let summary = summary(&self.setting, &mut self.totals, findings, outputs);
        let sources = self.totals.sources.rows(&findings.survey.sites, &self.setting.corpus.files);
        let lines = self.totals.lines.rows(&findings.knowledge.lines);
        let report = self.report.map(ReportWriter::end_streams).transpose()?;
        let report =
            report.map(|report| findings.report(report, &self.names, lines, &sources)).transpose()?;
        let Setting { request, corpus, reference, .. } = self.setting;
        let outcome = Outcome {
            problems: Problems::of(request, corpus, findings.survey, reference)?,
            duplicates: findings.examples(&self.names)?,
            summary,
            wiped_out: sources::wiped_out(&sources, ALARM_SHARE),
            report: self.setting.job.report.clone(),
            timings: Timings::default(),
            held: Held::default(),
        };
        let outputs = self.file.into_iter().chain(folder).collect();
        Ok(Written { outcome, outputs, disk, report })
    }

    /// Ends the problems, those of the reference set last, and checks that the totals add up.
    fn end_counts(&mut self) -> Result<()> {
        let Setting { request, corpus, reference, .. } = self.setting;
        self.totals.counts.file_problems = file_problems(request, corpus, reference).len() as u64;
        self.problems(reference.into_iter().flat_map(Reference::record_problems))?;
        self.totals.counts.check()
    }
}

/// What the passes before came to, and the report is made of.
pub struct Findings<'a> {
    /// Which documents go.
    pub removals: &'a Removals,
    /// What was learned.
    pub knowledge: &'a Knowledge,
    /// The records of the input.
    pub survey: &'a Survey,
    /// What the documents of the reference set are called that the grouping names.
    pub references: NumberedRows,
    /// What was taken out of them before they were compared; `None` without a reference set.
    pub reference_receipts: Option<Vec<Receipt>>,
}

impl Findings<'_> {
    /// Writes the rows of a report that are known at the end.
    fn report(
        &self,
        mut report: EndedReport,
        named: &Names,
        lines: Vec<LineRow>,
        sources: &[SourceRow],
    ) -> Result<EndedReport> {
        if let Some(receipts) = &self.reference_receipts {
            report.packed_rows(names::REFERENCES, receipts)?;
        }
        report.rows(names::DUPLICATES, duplicate_rows(self.removals.iter(), named))?;
        report.rows(names::LINES, lines.into_iter().map(Ok))?;
        report.rows(names::SOURCES, sources.iter().map(Ok))?;
        Ok(report)
    }

    /// The first removed document of each kind, in input order.
    fn examples(&self, named: &Names) -> Result<Vec<DuplicateRow>> {
        duplicate_rows(self.removals.examples().iter().copied().map(Ok), named).collect()
    }
}

fn summary(
    setting: &Setting<'_>,
    totals: &mut Tally,
    findings: &Findings<'_>,
    outputs: Vec<OutputFile>,
) -> Summary {
    Summary {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        unicode: unicode_version(),
        config: setting.plan.config.clone(),
        inputs: setting.corpus.rows(),
        references: setting.reference.map(Reference::rows).unwrap_or_default(),
        passed_over: setting.request.passed_over,
        outputs,
        output: shown_output(setting.job.output.as_ref()),
        counts: totals.counts,
        marked: setting.plan.config.write.annotate.then_some(totals.marked),
        rules: std::mem::take(&mut totals.rules),
        group: serde_json::to_value(findings.removals.counts).unwrap_or_default(),
        learned: findings.knowledge.summary(),
        command: command::arguments(setting.job, &setting.plan.config),
    }
}

/// A run that is written and not published.
pub struct Written {
    outcome: Outcome,
    outputs: Vec<Staging>,
    disk: DiskQueue,
    report: Option<EndedReport>,
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

    /// Moves everything into place, the report last, once `note` has told the journal of it.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn publish(self, timings: Timings, held: Held, note: impl FnOnce() -> Result<()>) -> Result<Outcome> {
        let mut outcome = Outcome { held, ..self.outcome };
        let report = match self.report {
            Some(mut report) => {
                report.value(names::TIMINGS, &timings)?;
                Some(report.finish(&outcome.summary)?)
            }
            None => None,
        };
        self.disk.finish()?;
        note()?;
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
        Some(Output::File(path) | Output::Folder(path)) => name::to_text(path),
        None => String::new(),
    }
}

fn unicode_version() -> String {
    let (major, minor, patch) = unicode_normalization::UNICODE_VERSION;
    format!("{major}.{minor}.{patch}")
}

/// The rows of `duplicates.jsonl`, in input order.
pub fn duplicate_rows<'a>(
    removed: impl Iterator<Item = Result<Match>> + 'a,
    named: &'a Names,
) -> impl Iterator<Item = Result<DuplicateRow>> + 'a {
    // Copies of one document often stand together.
    let mut last: Option<(u32, Name)> = None;
    let mut row = move |found: &Match| -> Result<Option<DuplicateRow>> {
        if last.as_ref().is_none_or(|(survivor, _)| *survivor != found.survivor) {
            last = named.of(found.survivor)?.map(|name| (found.survivor, name));
        }
        let (Some((_, survivor)), Some(document)) = (&last, named.of(found.document)?) else {
            return Ok(None);
        };
        let cluster = if found.cluster == found.survivor { None } else { named.of(found.cluster)? };
        Ok(Some(duplicate_row(found, document, survivor, cluster.map(|(id, _)| id))))
    };
    removed.filter_map(move |found| found.and_then(|found| row(&found)).transpose())
}

/// The row of a removed document, which is called so, as its survivor is; and the id of its cluster, if it is not its survivor's.
fn duplicate_row(found: &Match, document: Name, survivor: &Name, cluster: Option<String>) -> DuplicateRow {
    let (id, origin) = document;
    let (survivor, survivor_origin) = survivor.clone();
    let cluster = cluster.unwrap_or_else(|| survivor.clone());
    DuplicateRow {
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
    }
}
