//! `tamis dups`: duplicates found and listed, nothing changed.

use std::path::{Path, PathBuf};

use clap::Args;
use tamis::config::Config;
use tamis::error::{Result, escape};
use tamis::job::{Job, Output};
use tamis::listing::{Listed, Listing};

use super::options::{Duplicates, Machine, Reading, Stripping, Talk, followed};
use super::terminal::{self, Style, noun};
use super::{End, allocator, signals, summary};

/// Find duplicates and list them; change nothing.
#[derive(Args)]
#[command(
    after_help = "Exit codes: 0 all read and listed; 2 wrong usage; 3 finished, some records set aside as problems; \
4 stopped at bad input (--strict); 5 input, output or resource failure, nothing published; 6 refused as unsafe; 130, 143 interrupted."
)]
pub(crate) struct Dups {
    /// Files, folders, globs; - is standard input
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<String>,
    /// A file for the list, as JSON lines (packed if it ends in .gz or .zst) [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// List all verified pairs, not the documents that clean would remove
    #[arg(long, conflicts_with = "against")]
    pairs: bool,
    /// Compare all with all, by exact means: slow, for some ten thousand documents at most
    #[arg(long, requires = "pairs")]
    exhaustive: bool,
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

impl Dups {
    pub(crate) fn run(&self) -> anyhow::Result<End> {
        let config = self.config()?;
        let job = self.job()?;
        allocator::give_back_early(job.memory);
        signals::watch(&job.stop);
        let listed = tamis::dups(&config, &job, self.listing(), self.talk.watch().as_ref())?;
        if !self.talk.quiet {
            terminal::say(&self.told(&listed, &config, Style::of_stderr()));
        }
        Ok(if listed.problems.in_all == 0 { End::Clean } else { End::WithProblems })
    }

    fn config(&self) -> Result<Config> {
        Ok(Config {
            read: self.reading.config(),
            normalize: self.stripping.normalize(),
            strip: self.stripping.strip()?,
            fingerprint: self.duplicates.fingerprint()?,
            group: self.duplicates.group()?,
            ..Config::default()
        })
    }

    fn job(&self) -> Result<Job> {
        let path = self.output.as_deref().filter(|path| *path != Path::new("-"));
        Ok(Job {
            inputs: self.inputs.clone(),
            references: self.duplicates.against.clone(),
            output: Some(path.map_or(Output::Stdout, |path| Output::File(followed(path)))),
            protected: self.stripping.rules.clone(),
            format: self.reading.format.clone(),
            strict: self.strict,
            ..self.machine.job()?
        })
    }

    fn listing(&self) -> Listing {
        match (self.pairs, self.exhaustive) {
            (false, _) => Listing::Removals,
            (true, false) => Listing::Pairs,
            (true, true) => Listing::ExhaustivePairs,
        }
    }

    fn told(&self, listed: &Listed, config: &Config, style: Style) -> String {
        let mut lines = vec![read(listed, style), self.found(listed, style)];
        if listed.set_aside > 0 {
            lines.push(summary::set_aside(listed.set_aside, style));
        }
        if !self.exhaustive {
            lines.push(String::new());
            summary::searched(&listed.counts, style, &mut lines);
        }
        if !self.pairs {
            lines.extend(summary::unranked(config, &listed.counts));
        }
        summary::problems(&listed.problems, false, style, &mut lines);
        if let Some(path) = &self.output {
            lines.extend([
                String::new(),
                format!("list          {}", style.bold(&escape(&path.to_string_lossy()))),
            ]);
        }
        lines.join("\n")
    }

    fn found(&self, listed: &Listed, style: Style) -> String {
        if self.pairs {
            return summary::row(
                noun(listed.rows, "pair", "pairs"),
                listed.rows,
                "at or above a threshold",
                style,
            );
        }
        let kinds = summary::kinds(listed.kinds);
        let documents = noun(listed.rows, "document", "documents");
        let told = if kinds.is_empty() { documents.to_owned() } else { format!("{documents}: {kinds}") };
        summary::row("duplicates", listed.rows, &told, style)
    }
}

fn read(listed: &Listed, style: Style) -> String {
    let files = summary::files(listed.files);
    let records = noun(listed.read, "record", "records");
    let told = format!("{records} from {files} · {:.1} s", listed.timings.total);
    summary::row("read", listed.read, &told, style)
}
