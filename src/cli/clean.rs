//! `tamis clean`: the main job.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use tamis::config::{Config, GroupConfig, Level, WriteConfig};
use tamis::error::{Error, Result, escape};
use tamis::job::{Job, Output};
use tamis::read::discover::Choice;
use tamis::report::command::shell_line;
use tamis::report::folder;
use tamis::unfinished::can_go_on;

use super::options::{Duplicates, Machine, Reading, Stripping, Talk, followed};
use super::{End, allocator, estimate, signals, summary, terminal};

/// Clean, deduplicate and report.
#[derive(Args)]
#[command(
    after_help = "Exit codes: 0 all read and written; 2 wrong usage; 3 finished, some records set aside as problems; \
4 stopped at bad input (--strict); 5 input, output or resource failure, nothing published; 6 refused as unsafe; 130, 143 interrupted."
)]
#[expect(clippy::struct_excessive_bools, reason = "each flag is a switch of its own")]
pub(crate) struct Clean {
    /// Files, folders, globs; - is standard input
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<String>,
    /// A file (.jsonl, .txt, also .gz, .zst), a folder that mirrors the inputs, or - [default: - for standard input]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// The report's folder [default: OUT.report; none for -]
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Write no report
    #[arg(long, conflicts_with = "report")]
    no_report: bool,
    /// Replace an output folder or report that tamis did not write
    #[arg(long)]
    overwrite: bool,
    /// Go on with what an interrupted run of the same command left
    #[arg(long)]
    resume: bool,
    /// Estimate memory, disk and time from a sample, then do everything but write
    #[arg(long)]
    dry_run: bool,
    /// Estimate memory, disk and time from a sample, in seconds, and do nothing else
    #[arg(long, conflicts_with_all = ["dry_run", "resume"])]
    estimate: bool,
    /// Stop at the first bad record or file
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    stripping: Stripping,
    /// Mark removals in the records, in a field tamis, and remove nothing
    #[arg(long, help_heading = "Stripping")]
    annotate: bool,
    /// Remove no duplicates
    #[arg(long, conflicts_with = "against", help_heading = "Duplicates")]
    no_dedup: bool,
    /// What is removed when it is there twice
    #[arg(long, value_enum, default_value_t = LevelName::Document, help_heading = "Duplicates")]
    level: LevelName,
    /// Characters of a paragraph, at least, for a later copy of it to go (--level paragraph)
    #[arg(long, value_name = "N", default_value_t = GroupConfig::default().paragraph_chars, help_heading = "Duplicates")]
    paragraph_chars: usize,
    #[command(flatten)]
    duplicates: Duplicates,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    machine: Machine,
    #[command(flatten)]
    talk: Talk,
}

/// What is removed when it is there twice, as words.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LevelName {
    /// Whole documents
    Document,
    /// Whole documents, then later copies of paragraphs in those that stay
    Paragraph,
}

impl Clean {
    pub(crate) fn run(&self) -> anyhow::Result<End> {
        let config = self.config()?;
        let job = self.job()?;
        if self.estimate {
            estimate::tell(&config, &job)?;
            return Ok(End::Clean);
        }
        allocator::give_back_early(job.memory);
        signals::watch(&job.stop);
        if self.dry_run {
            self.try_out(&config, &job)?;
        }
        let outcome = tamis::clean(&config, &job, self.talk.watch().as_ref())?;
        if !self.talk.quiet {
            terminal::say(&summary::render(&outcome, &job, terminal::Style::of_stderr()));
        }
        Ok(if outcome.problems.in_all == 0 { End::Clean } else { End::WithProblems })
    }

    /// Before a run without output, what the run that has one would be refused for, and the estimate of it as talk. A stream cannot
    /// be sampled.
    fn try_out(&self, config: &Config, job: &Job) -> Result<()> {
        let output = self.target()?;
        let report = self.report_beside(&output);
        let planned = Job { report, output: Some(output), resume: self.resume, ..job.clone() };
        let named =
            Job { output: planned.output.clone().filter(|_| self.output.is_some()), ..planned.clone() };
        tamis::refuse(config, &named)?;
        if self.talk.quiet || job.inputs.iter().any(|input| input == "-") {
            return Ok(());
        }
        estimate::say(config, &planned)
    }

    /// After an interruption: the command that goes on from there.
    pub(crate) fn tell_how_to_go_on(&self, error: &anyhow::Error) {
        let leaves_a_journal = error.downcast_ref().is_some_and(Error::leaves_a_journal);
        if !leaves_a_journal || !self.job_with(Job::default()).is_ok_and(|job| can_go_on(&job)) {
            return;
        }
        let given = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
        let arguments: Vec<String> =
            given.filter(|argument| argument != "--resume").chain(["--resume".to_owned()]).collect();
        terminal::say(&format!("tamis: go on with: {}", escape(&shell_line(&arguments))));
    }

    fn config(&self) -> Result<Config> {
        let mut group = self.duplicates.group()?;
        group.enabled = !self.no_dedup;
        group.paragraph_chars = self.paragraph_chars;
        group.level = match self.level {
            LevelName::Document => Level::Document,
            LevelName::Paragraph => Level::Paragraph,
        };
        Ok(Config {
            read: self.reading.config(),
            normalize: self.stripping.normalize(),
            strip: self.stripping.strip()?,
            fingerprint: self.duplicates.fingerprint()?,
            group,
            write: WriteConfig { annotate: self.annotate },
        })
    }

    fn job(&self) -> Result<Job> {
        self.job_with(self.machine.job()?)
    }

    /// The job with so much of the machine as `machine` says.
    fn job_with(&self, machine: Job) -> Result<Job> {
        let output = self.target()?;
        Ok(Job {
            inputs: self.inputs.clone(),
            references: self.duplicates.against.clone(),
            report: self.report_folder(&output),
            output: (!self.dry_run).then_some(output),
            format: self.reading.format.clone(),
            protected: self.stripping.rules.clone(),
            strict: self.strict,
            overwrite: self.overwrite,
            resume: self.resume && !self.dry_run,
            ..machine
        })
    }

    fn target(&self) -> Result<Output> {
        match &self.output {
            Some(path) if path == Path::new("-") => Ok(Output::Stdout),
            Some(path) if !path.is_dir() && Choice::of_name(&path.to_string_lossy()).is_some() => {
                Ok(Output::File(followed(path)))
            }
            Some(path) => Ok(Output::Folder(followed(path))),
            None if self.inputs == ["-"] || self.dry_run || self.estimate => Ok(Output::Stdout),
            None => Err(Error::Usage(
                "where to? Name the output with -o: a file, a folder, or - for standard output".into(),
            )),
        }
    }

    fn report_folder(&self, output: &Output) -> Option<PathBuf> {
        if self.dry_run { None } else { self.report_beside(output) }
    }

    fn report_beside(&self, output: &Output) -> Option<PathBuf> {
        if self.no_report {
            return None;
        }
        // Beside the output as it is named, where that is a link.
        let beside = || output.path().and(self.output.as_deref()).map(folder::beside);
        self.report.clone().or_else(beside)
    }
}
