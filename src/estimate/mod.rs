//! What a run would take, told from a sample of its input: memory, disk, time.
//!
//! Pieces of a mebibyte are drawn evenly from all bytes of the input (`draw`) and cleaned, for real, in a temporary folder; what that
//! took is scaled to the whole (`scale`). Some 32 MB are cleaned, however large the input, so it takes seconds.
//!
//! What a sample cannot tell: a document meets fewer of its copies in it than in the whole, so more is removed in the end, less is
//! written, and more goes into receipts. How far off estimates were is in `docs/formats.md`.

mod draw;
mod scale;
mod space;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::budget::Budget;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::job::{Job, Output};
use crate::outcome::{Held, Outcome};
use crate::progress::Silent;
use crate::report::folder::names;
use crate::request::Request;

pub use scale::Estimate;
pub use space::free_space;

use draw::{Grain, Sample};
use scale::{Measured, Whole};

/// Bytes of the sample that are cleaned first, to know what a run takes whatever its size.
const WARM_UP: u64 = 1 << 16;

/// Estimates a run without carrying it out. Where its output goes counts: `job.output` says it, though nothing is written there.
///
/// # Errors
/// [`Error::Usage`] when the input is a stream; those of [`crate::clean`], of the sample.
pub fn estimate(config: &Config, job: &Job) -> Result<Estimate> {
    estimate_by(config, job, Grain::default())
}

fn estimate_by(config: &Config, job: &Job, grain: Grain) -> Result<Estimate> {
    if job.inputs.iter().any(|input| input == "-") {
        return Err(Error::Usage(
            "standard input can be read only once, so there is no estimate of it".into(),
        ));
    }
    let request = Request::check(job)?;
    if draw::unpacked(&request.files, 1.0) == 0 {
        return Err(Error::Usage("the input holds nothing, so there is no estimate of it".into()));
    }
    let folder = tempfile::tempdir_in(&job.temp_dir).map_err(Error::io("write in folder", &job.temp_dir))?;
    let sample = draw::draw(&request.files, &folder.path().join("sample"), grain)?;
    let warm_up = draw::head(&sample, WARM_UP, &folder.path().join("warm-up"))?;
    let fixed = try_on(&warm_up, config, job, &folder.path().join("fixed"))?.seconds;
    let measured = try_on(&sample, config, job, &folder.path().join("out"))?;
    let whole = Whole {
        files: request.files.len() as u64,
        pieces: sample.pieces,
        on_disk: sample.on_disk,
        unpacked: sample.unpacked_in_all(),
        spills_input: sample.spilled_share,
        references: draw::unpacked(&request.references, sample.times_smaller()),
        is_packed: sample.has_packed,
        is_mirrored: matches!(job.output, Some(Output::Folder(_))),
    };
    let budget = Budget::of(job, config, &request)?;
    Ok(scale::to_whole(&measured, fixed, &whole, &budget, job.memory, config))
}

/// Cleans a sample in a folder, and measures it.
fn try_on(sample: &Sample, config: &Config, job: &Job, folder: &Path) -> Result<Measured> {
    fs::create_dir_all(folder).map_err(Error::io("create folder", folder))?;
    let output = output_in(folder, job.output.as_ref());
    let trial = Job {
        inputs: vec![sample.folder.to_string_lossy().into_owned()],
        references: Vec::new(),
        report: job.report.as_ref().map(|_| folder.join("report")),
        output: Some(output),
        format: sample.format(job.format.as_deref()),
        strict: false,
        overwrite: false,
        resume: false,
        ..job.clone()
    };
    let begun = Instant::now();
    let outcome = crate::clean(config, &trial, &Silent)?;
    let seconds = begun.elapsed().as_secs_f64();
    Ok(measured(&outcome, sample, seconds, &trial))
}

/// Where a sample is written: packed and laid out as the output would be.
fn output_in(folder: &Path, output: Option<&Output>) -> Output {
    match output {
        Some(Output::Folder(_)) => Output::Folder(folder.join("clean")),
        Some(Output::File(path)) => {
            Output::File(folder.join(PathBuf::from(path.file_name().unwrap_or_default())))
        }
        Some(Output::Stdout) | None => Output::File(folder.join("clean.jsonl")),
    }
}

fn measured(outcome: &Outcome, sample: &Sample, seconds: f64, trial: &Job) -> Measured {
    let Held { documents, lines, rows, units, journal } = outcome.held;
    let page = trial.report.as_ref().map(|report| report.join(names::PAGE));
    let page = page.map_or(0, |page| size_below(&page));
    let report = trial.report.as_deref().map_or(0, size_below);
    let written = trial.output.as_ref().and_then(Output::path).map_or(0, |path| size_below(path));
    Measured {
        bytes: sample.bytes,
        threads: trial.threads.get() as u64,
        documents,
        lines,
        rows,
        units,
        journal,
        seconds,
        written,
        report: report - page,
        page,
    }
}

/// Bytes of a file, or of all files below a folder; what cannot be reached counts nothing.
fn size_below(path: &Path) -> u64 {
    let Ok(metadata) = fs::metadata(path) else { return 0 };
    if !metadata.is_dir() {
        return metadata.len();
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| size_below(&entry.path())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of words drawn by a hash, of lengths that differ.
    fn corpus(records: u64) -> String {
        let word = |number: u64| format!("w{} ", xxhash_rust::xxh3::xxh3_64(&number.to_le_bytes()) % 3000);
        let text =
            |at: u64| (0..40 + at * 7919 % 200).map(|number| word(at << 20 | number)).collect::<String>();
        let record = |at| format!("{{\"id\": {at}, \"text\": \"{}\"}}", text(at));
        (0..records).map(record).collect::<Vec<_>>().join("\n") + "\n"
    }

    #[test]
    fn an_eighth_of_a_corpus_tells_of_the_whole() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("a.jsonl");
        fs::write(&input, corpus(3000)).unwrap();
        let job = Job {
            inputs: vec![input.to_string_lossy().into_owned()],
            output: Some(Output::File(folder.path().join("clean.jsonl"))),
            report: Some(folder.path().join("report")),
            temp_dir: folder.path().to_path_buf(),
            ..Job::default()
        };
        let grain = Grain { piece: 16 << 10, pieces: 20 };
        let estimate = estimate_by(&Config::default(), &job, grain).unwrap();
        assert!(!folder.path().join("clean.jsonl").exists() && estimate.sampled.0 <= 20 << 14);
        let outcome = crate::clean(&Config::default(), &job, &Silent).unwrap();
        let is_near = |told: u64, found: u64| (0.9..1.1).contains(&(told as f64 / found as f64));
        assert!(is_near(estimate.documents, outcome.held.documents), "{estimate:?}");
        assert!(is_near(estimate.output, size_below(&folder.path().join("clean.jsonl"))), "{estimate:?}");
        assert!(is_near(estimate.journal, outcome.held.journal), "{estimate:?} {:?}", outcome.held);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "nothing is left behind");
    }
}
