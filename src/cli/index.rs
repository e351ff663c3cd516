//! `tamis index`: documents known by an index on disk, without their texts.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use tamis::config::{Config, Measure};
use tamis::error::{Error, Result, escape};
use tamis::indexing::Indexed;
use tamis::job::{Job, Output};
use tamis::listing::Listed;

use super::options::{Duplicates, Machine, Reading, Stripping, Talk, followed};
use super::terminal::{self, Style, noun, size};
use super::{End, allocator, signals, summary};

/// An index of documents on disk: build it, add to it, look documents up in it.
///
/// It holds no texts. Settings of build, add and query must be the same, else the index is refused.
#[derive(Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct Index {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make an index of all documents of the input
    Build(Box<Build>),
    /// Add the documents of the input to an index
    Add(Box<Add>),
    /// List which documents of the input an index knows; near and contained ones by estimate
    Query(Box<Query>),
}

#[derive(Args)]
struct Build {
    /// Files, folders, globs; - is standard input
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<String>,
    /// The index
    #[arg(short, long, value_name = "INDEX")]
    output: PathBuf,
    /// Replace a file that is there already
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Args)]
struct Add {
    /// The index
    #[arg(value_name = "INDEX")]
    index: PathBuf,
    /// Files, folders, globs; - is standard input
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<String>,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Args)]
struct Query {
    /// The index
    #[arg(value_name = "INDEX")]
    index: PathBuf,
    /// Files, folders, globs; - is standard input
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<String>,
    /// A file for the list, as JSON lines (packed if it ends in .gz or .zst) [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    shared: Shared,
}

/// Options of all three. What needs the texts of both documents is refused, and not in the help.
#[derive(Args)]
#[command(mut_arg("against", |against| against.hide(true)), mut_arg("measure", |measure| measure.hide(true)))]
struct Shared {
    /// Stop at the first bad record or file
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    duplicates: Duplicates,
    #[command(flatten)]
    stripping: Stripping,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    machine: Machine,
    #[command(flatten)]
    talk: Talk,
}

impl Index {
    pub(crate) fn run(&self) -> anyhow::Result<End> {
        match &self.command {
            Command::Build(build) => build.run(),
            Command::Add(add) => add.run(),
            Command::Query(query) => query.run(),
        }
    }
}

impl Build {
    fn run(&self) -> anyhow::Result<End> {
        let output = Output::File(followed(&self.output));
        let job = Job { overwrite: self.overwrite, ..self.shared.job(&self.inputs, output)? };
        self.shared.index(&job, None, &self.output)
    }
}

impl Add {
    fn run(&self) -> anyhow::Result<End> {
        let job = self.shared.job(&self.inputs, Output::File(self.index.clone()))?;
        self.shared.index(&job, Some(&self.index), &self.index)
    }
}

impl Query {
    fn run(&self) -> anyhow::Result<End> {
        let path = self.output.as_deref().filter(|path| *path != Path::new("-"));
        let output = path.map_or(Output::Stdout, |path| Output::File(followed(path)));
        let mut job = self.shared.job(&self.inputs, output)?;
        job.protected.push(self.index.clone());
        let config = self.shared.config()?;
        allocator::give_back_early(job.memory);
        signals::watch(&job.stop);
        let listed = tamis::query_index(&config, &job, &self.index, self.shared.talk.watch().as_ref())?;
        if !self.shared.talk.quiet {
            terminal::say(&told(&listed, Style::of_stderr()));
        }
        Ok(if listed.problems.in_all == 0 { End::Clean } else { End::WithProblems })
    }
}

impl Shared {
    fn config(&self) -> Result<Config> {
        if !self.duplicates.against.is_empty() {
            return Err(Error::Usage("--against compares texts; an index has none".into()));
        }
        let group = self.duplicates.group()?;
        if group.measure == Measure::Alignment {
            return Err(Error::Usage("--measure alignment compares texts; an index has none".into()));
        }
        Ok(Config {
            read: self.reading.config(),
            normalize: self.stripping.normalize(),
            strip: self.stripping.strip()?,
            fingerprint: self.duplicates.fingerprint()?,
            group,
            ..Config::default()
        })
    }

    fn job(&self, inputs: &[String], output: Output) -> Result<Job> {
        Ok(Job {
            inputs: inputs.to_vec(),
            output: Some(output),
            format: self.reading.format.clone(),
            protected: self.stripping.rules.clone(),
            strict: self.strict,
            ..self.machine.job()?
        })
    }

    fn index(&self, job: &Job, earlier: Option<&Path>, path: &Path) -> anyhow::Result<End> {
        let config = self.config()?;
        allocator::give_back_early(job.memory);
        signals::watch(&job.stop);
        let indexed = tamis::build_index(&config, job, earlier, self.talk.watch().as_ref())?;
        if !self.talk.quiet {
            terminal::say(&told_of(&indexed, path, Style::of_stderr()));
        }
        Ok(if indexed.problems.in_all == 0 { End::Clean } else { End::WithProblems })
    }
}

fn told_of(indexed: &Indexed, path: &Path, style: Style) -> String {
    let files = summary::files(indexed.files);
    let records = noun(indexed.read, "record", "records");
    let read = format!("{records} from {files} · {:.1} s", indexed.timings.total);
    let each = indexed.bytes / indexed.documents.max(1);
    let documents = |number| noun(number, "document", "documents");
    let held = format!(
        "different {} in the index · {} ({each} bytes each)",
        documents(indexed.documents),
        size(indexed.bytes)
    );
    let added =
        if indexed.added == 1 { "document that was not in it" } else { "documents that were not in it" };
    let mut lines = vec![
        summary::row("read", indexed.read, &read, style),
        summary::row("taken in", indexed.added, added, style),
        summary::row("known", indexed.documents, &held, style),
    ];
    if indexed.set_aside > 0 {
        lines.push(summary::set_aside(indexed.set_aside, style));
    }
    summary::problems(&indexed.problems, false, style, &mut lines);
    lines.extend([String::new(), format!("index         {}", style.bold(&escape(&path.to_string_lossy())))]);
    lines.join("\n")
}

fn told(listed: &Listed, style: Style) -> String {
    let files = summary::files(listed.files);
    let records = noun(listed.read, "record", "records");
    let read = format!("{records} from {files} · {:.1} s", listed.timings.total);
    let kinds = summary::kinds(listed.kinds);
    let documents = noun(listed.rows, "document", "documents");
    let known = if kinds.is_empty() { documents.to_owned() } else { format!("{documents}: {kinds}") };
    let mut lines = vec![
        summary::row("read", listed.read, &read, style),
        summary::row("indexed", listed.counts.references, "different documents in the index", style),
        summary::row("known", listed.rows, &known, style),
    ];
    if listed.set_aside > 0 {
        lines.push(summary::set_aside(listed.set_aside, style));
    }
    if listed.counts.left_out > 0 {
        let told = "pairs at most that share a crowded phrase were left out";
        lines.push(summary::row("left out", listed.counts.left_out, told, style));
    }
    if listed.kinds[1] + listed.kinds[2] > 0 {
        lines.push(
            style.dim("near and contained are estimates, each with what it is at least; exact is certain"),
        );
    }
    summary::problems(&listed.problems, false, style, &mut lines);
    lines.join("\n")
}
