//! `tamis clean`: the main job.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use tamis::config::{Config, NormalizeConfig, StripConfig, WriteConfig};
use tamis::error::{Error, Result};
use tamis::job::{Job, Output};
use tamis::progress::{Silent, Watch};
use tamis::read::discover::Choice;

use super::bar::Bar;
use super::options::{Duplicates, Machine, ProfileName, Reading};
use super::{End, signals, summary, terminal};

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
    /// Do everything but write
    #[arg(long)]
    dry_run: bool,
    /// Stop at the first bad record or file
    #[arg(long)]
    strict: bool,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
    /// Whether to show a progress bar
    #[arg(long, value_enum, default_value_t = Progress::Auto)]
    progress: Progress,
    /// How bold stripping is
    #[arg(long, value_enum, default_value_t = ProfileName::Default, help_heading = "Stripping")]
    profile: ProfileName,
    /// A rule file of your own, added to the built-in ones
    #[arg(long, value_name = "FILE", help_heading = "Stripping")]
    rules: Vec<PathBuf>,
    /// Categories of rules to switch on
    #[arg(long, value_name = "CATEGORY", value_delimiter = ',', help_heading = "Stripping")]
    with: Vec<String>,
    /// Categories of rules to switch off
    #[arg(long, value_name = "CATEGORY", value_delimiter = ',', help_heading = "Stripping")]
    without: Vec<String>,
    /// Learn no lines from the corpus
    #[arg(long, help_heading = "Stripping")]
    no_learn: bool,
    /// Strip nothing
    #[arg(long, help_heading = "Stripping")]
    no_strip: bool,
    /// Leave a part of the text as it came
    #[arg(long, value_name = "PART", value_delimiter = ',', help_heading = "Stripping")]
    no_normalize: Vec<NormalPart>,
    /// Mark removals in the records, in a field tamis, and remove nothing
    #[arg(long, help_heading = "Stripping")]
    annotate: bool,
    /// Remove no duplicates
    #[arg(long, help_heading = "Duplicates")]
    no_dedup: bool,
    #[command(flatten)]
    duplicates: Duplicates,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    machine: Machine,
}

/// When a progress bar is shown.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Progress {
    /// On a terminal
    Auto,
    Never,
}

/// The parts of normalisation, as words.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum NormalPart {
    All,
    Nfc,
    LineEnds,
    TrailingSpace,
    Invisible,
    Spaces,
    Entities,
    Mojibake,
}

impl Clean {
    pub(crate) fn run(&self) -> anyhow::Result<End> {
        let config = self.config()?;
        let job = self.job()?;
        signals::watch(&job.stop);
        let outcome = tamis::clean(&config, &job, self.watch().as_ref())?;
        if !self.quiet {
            terminal::say(&summary::render(&outcome, &job, terminal::Style::of_stderr()));
        }
        Ok(if outcome.problems.is_empty() { End::Clean } else { End::WithProblems })
    }

    fn watch(&self) -> Box<dyn Watch> {
        let is_shown = !self.quiet && self.progress == Progress::Auto && std::io::stderr().is_terminal();
        if is_shown { Box::new(Bar::default()) } else { Box::new(Silent) }
    }

    fn config(&self) -> Result<Config> {
        let mut group = self.duplicates.group()?;
        group.enabled = !self.no_dedup;
        Ok(Config {
            read: self.reading.config(),
            normalize: self.normalize(),
            strip: self.strip()?,
            fingerprint: self.duplicates.fingerprint()?,
            group,
            write: WriteConfig { annotate: self.annotate },
        })
    }

    fn normalize(&self) -> NormalizeConfig {
        let is_on =
            |part| !self.no_normalize.contains(&part) && !self.no_normalize.contains(&NormalPart::All);
        NormalizeConfig {
            nfc: is_on(NormalPart::Nfc),
            line_ends: is_on(NormalPart::LineEnds),
            trailing_space: is_on(NormalPart::TrailingSpace),
            invisible: is_on(NormalPart::Invisible),
            spaces: is_on(NormalPart::Spaces),
            entities: is_on(NormalPart::Entities),
            mojibake: is_on(NormalPart::Mojibake),
        }
    }

    fn strip(&self) -> Result<StripConfig> {
        let read = |path: &PathBuf| std::fs::read_to_string(path).map_err(Error::io("read rule file", path));
        Ok(StripConfig {
            enabled: !self.no_strip,
            profile: self.profile.into(),
            learn: !self.no_learn,
            with: self.with.clone(),
            without: self.without.clone(),
            rules: self.rules.iter().map(read).collect::<Result<_>>()?,
            ..StripConfig::default()
        })
    }

    fn job(&self) -> Result<Job> {
        let output = self.target()?;
        let defaults = Job::default();
        Ok(Job {
            inputs: self.inputs.clone(),
            report: self.report_folder(&output),
            output: (!self.dry_run).then_some(output),
            format: self.reading.format.clone(),
            threads: self.machine.threads.unwrap_or(defaults.threads),
            memory: self.machine.memory,
            temp_dir: self.machine.temp_dir.clone().unwrap_or(defaults.temp_dir),
            strict: self.strict,
            overwrite: self.overwrite,
            stop: defaults.stop,
        })
    }

    fn target(&self) -> Result<Output> {
        match &self.output {
            Some(path) if path == Path::new("-") => Ok(Output::Stdout),
            Some(path) if !path.is_dir() && Choice::of_name(&path.to_string_lossy()).is_some() => {
                Ok(Output::File(path.clone()))
            }
            Some(path) => Ok(Output::Folder(path.clone())),
            None if self.inputs == ["-"] || self.dry_run => Ok(Output::Stdout),
            None => Err(Error::Usage(
                "where to? Name the output with -o: a file, a folder, or - for standard output".into(),
            )),
        }
    }

    fn report_folder(&self, output: &Output) -> Option<PathBuf> {
        if self.no_report || self.dry_run {
            return None;
        }
        let beside = || {
            let mut path = output.path()?.components().collect::<PathBuf>().into_os_string();
            path.push(".report");
            Some(PathBuf::from(path))
        };
        self.report.clone().or_else(beside)
    }
}
