//! A report proved from the input: every claim that can be told from input, output and report is looked at again, in other
//! ways than those of the run, and each that is false is named.
//!
//! 1. *Inputs*: unpacked once, their digests compared (`inputs`). One that is gone or has changed since is rebuilt from output
//!    and receipts; the digest of what comes of it decides whether the report lies or the file is another now.
//! 2. *Records* (`walk`): input, receipts and output side by side. What is wanted of each: a receipt that fits its text, carried out
//!    forward gives what the output holds, and taken back gives the input.
//! 3. *Duplicates* (`duplicates`): the texts that rows name, as they were compared, put down on disk in step 2; each row's scores from
//!    plain sets of strings (`plain`), or of aligned sentences (`aligned`), the survivor's fate, ids, places.
//! 4. *Totals* (`totals`, `sources`, `lines`, `problems`): counted on the way, compared at the end.
//!
//! Memory: about 100 bytes a document that `duplicates.jsonl` names, the different lines that were stripped (at most 200,000), a few
//! MiB a thread; never the corpus.
//!
//! What is not recomputed, since that would be the run itself: whether more could have been found, how often a line recurs
//! (`evidence`, `learned`), and the numbers of the search (`group`).

mod aligned;
mod claims;
mod columns;
mod duplicates;
mod edits;
mod inputs;
mod lines;
mod list;
mod named;
mod output;
mod outputs;
pub(crate) mod plain;
mod problems;
mod references;
pub(crate) mod rows;
mod sources;
mod spill;
mod totals;
mod walk;

pub use claims::{Checked, FalseClaim};
pub use columns::Columns;
pub use list::{ListChecked, ListJob, Uncovered, check_list};

use std::num::NonZeroUsize;
use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::job::Stop;

use super::folder::{names, read_summary};
use super::replay::output_place;
use super::summary::Summary;

use claims::{Claimant, Ledger};
use duplicates::{Origins, Rows};
use edits::KnownRules;
use inputs::Input;
use named::Named;
use outputs::Outputs;
use walk::{Walk, Walked};

/// What is to be checked, with how much of the machine.
#[derive(Clone, Debug)]
pub struct CheckJob {
    /// The report's folder.
    pub report: PathBuf,
    /// Where the output stands now, if it was moved or went to standard output.
    pub output: Option<PathBuf>,
    /// A folder in which the inputs stand now, by their relative names; else they are looked for where they were.
    pub inputs: Option<PathBuf>,
    /// False claims that are named, at most; all are counted.
    pub limit: usize,
    /// Threads that work on files and rows.
    pub threads: NonZeroUsize,
    /// Where texts go while they are looked at.
    pub temp_dir: PathBuf,
    /// Raised from outside to end the check.
    pub stop: Stop,
}

/// Looks at every claim of a report.
///
/// # Errors
/// When report or output cannot be read at all, the system refuses, or the check is stopped. A false claim is no error.
pub fn check(job: &CheckJob) -> Result<Checked> {
    let summary = read_summary(&job.report)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(job.threads.get())
        .build()
        .map_err(|error| Error::Internal(format!("failed to start threads: {error}")))?;
    let mut ledger = Ledger::new(job.limit);
    let folder = job.inputs.as_deref();
    let (inputs, references) = pool.install(|| {
        rayon::join(
            || inputs::look_at(&summary.inputs, folder),
            || inputs::look_at(&summary.references, None),
        )
    });
    let rules = KnownRules::new(&summary.config)?;
    let origins = Origins::new(&summary);
    if let Some(name) = &origins.ambiguous {
        return Err(Error::Usage(format!(
            "two files of the run have the same name, {}: rows that name one cannot be told apart",
            crate::error::escape(name)
        )));
    }
    let mut named = Named::new(duplicates::places(&job.report, &origins, &mut ledger)?, &job.temp_dir)?;
    let outputs = Outputs::new(&summary, output_of(job, &summary)?);
    let walk = Walk::new(&job.report, &summary, outputs, &rules, &mut named, ledger)?;
    let mut walked = walk.run(&inputs, &job.stop)?;
    let Walked { problems, ledger, .. } = &mut walked;
    check_references(&summary, &references, ledger);
    let file_rows = problems.file_rows();
    let is_all_read =
        references::read(&job.report, &summary, &references, &rules, &mut named, problems, ledger)?;
    named.flush()?;
    let rows = Rows { origins: &origins, named: &named, config: &summary.config };
    let kinds = duplicates::check(&job.report, &rows, &pool, &job.stop, ledger)?;
    let annotated = summary.config.write.annotate;
    let (counts, marked) = (&mut walked.totals.counts, &mut walked.totals.marked);
    if annotated {
        (marked.exact, marked.near, marked.contained) = (kinds.exact, kinds.near, kinds.contained);
    } else {
        (counts.exact, counts.near, counts.contained) = (kinds.exact, kinds.near, kinds.contained);
    }
    walked.totals.counts.file_problems = file_rows;
    end(walked, job, &summary, is_all_read)
}

fn end(walked: Walked, job: &CheckJob, summary: &Summary, is_all_read: bool) -> Result<Checked> {
    let Walked { problems, totals, lines, mut ledger } = walked;
    totals.check(summary, &mut ledger);
    sources::check(&job.report, &totals.counts, summary.config.write.annotate, &mut ledger)?;
    lines.check(&job.report, &mut ledger)?;
    problems.finish(!is_all_read, &mut ledger)?;
    Ok(ledger.into_checked())
}

/// What the summary says of the files of the reference set.
fn check_references(summary: &Summary, references: &[Input], ledger: &mut Ledger) {
    for (row, input) in summary.references.iter().zip(references) {
        let Some(now) = input.now.as_ref().filter(|_| input.is_as_claimed(row)) else { continue };
        let by = Claimant::new(names::SUMMARY, None, &row.name);
        ledger.compare(by, "the unpacked size of a reference", &row.unpacked, &now.unpacked);
        ledger.compare(by, "whether all of a reference was read", &row.complete, &now.problem.is_none());
    }
}

/// Where the output stands, which is needed.
fn output_of(job: &CheckJob, summary: &Summary) -> Result<PathBuf> {
    let place = output_place(&job.report, job.output.as_deref(), summary)?;
    if summary.outputs.iter().any(|file| file.name == "-") && !place.is_file() {
        return Err(Error::Usage(
            "the output went to standard output: name the file it was put into with --from".into(),
        ));
    }
    Ok(place)
}
