//! `tamis learn`: lines that recur, as a rule file to be read, corrected and used.

use std::path::{Path, PathBuf};

use clap::Args;
use tamis::config::{Config, Profile, StripConfig};
use tamis::error::{Result, escape};
use tamis::job::{Job, Output};
use tamis::learning::{Learned, Learning};
use tamis::strip::learn::{Action, RuleLine};

use super::options::{Machine, ProfileName, Reading, Talk, followed, learn_budget, read_rule_file};
use super::terminal::{self, Style, grouped, noun, share};
use super::{End, allocator, signals, summary};

const SHOWN_LINES: usize = 8;
const SHOWN_CHARACTERS: usize = 70;

/// Learn lines that recur into a rule file, and change nothing.
#[derive(Args)]
#[command(
    after_help = "Exit codes: 0 all read and written; 2 wrong usage; 3 finished, some records set aside as problems; \
4 stopped at bad input (--strict); 5 input, output or resource failure, nothing published; 6 refused as unsafe; 130, 143 interrupted."
)]
pub(crate) struct Learn {
    /// Files, folders, globs; - is standard input
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<String>,
    /// The rule file; - is standard output
    #[arg(short, long, value_name = "RULES")]
    output: PathBuf,
    /// Replace a rule file that is there already
    #[arg(long)]
    overwrite: bool,
    /// Stop at the first bad record or file
    #[arg(long)]
    strict: bool,
    /// Most lines to list; the most frequent come first
    #[arg(long, value_name = "N", default_value_t = Learning::default().limit, help_heading = "Learning")]
    limit: usize,
    /// List the lines too that recur in five contexts and stay, with action "keep"
    #[arg(long, help_heading = "Learning")]
    kept: bool,
    /// How bold decisions are: default or strict
    #[arg(long, value_enum, default_value_t = ProfileName::Default, help_heading = "Learning")]
    profile: ProfileName,
    /// A rule file whose lines are taken over, and overrule what is learned
    #[arg(long, value_name = "FILE", help_heading = "Learning")]
    rules: Vec<PathBuf>,
    /// Lines to remember; of more, those of a sample of the documents
    #[arg(long = "learn-lines", value_name = "N", default_value_t = StripConfig::default().survey.lines, help_heading = "Learning")]
    remembered: usize,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    machine: Machine,
    #[command(flatten)]
    talk: Talk,
}

impl Learn {
    pub(crate) fn run(&self) -> anyhow::Result<End> {
        let config = self.config()?;
        let job = self.job()?;
        allocator::give_back_early(job.memory);
        signals::watch(&job.stop);
        let learning = Learning { limit: self.limit, kept: self.kept };
        let learned = tamis::learn(&config, &job, learning, self.talk.watch().as_ref())?;
        if !self.talk.quiet {
            terminal::say(&self.told(&learned, Style::of_stderr()));
        }
        Ok(if learned.problems.in_all == 0 { End::Clean } else { End::WithProblems })
    }

    fn config(&self) -> Result<Config> {
        let strip = StripConfig {
            profile: self.profile()?,
            link_text: false,
            survey: learn_budget(self.remembered),
            rules: self.rules.iter().map(|path| read_rule_file(path)).collect::<Result<_>>()?,
            ..StripConfig::default()
        };
        Ok(Config { read: self.reading.config(), strip, ..Config::default() })
    }

    fn profile(&self) -> Result<Profile> {
        match self.profile.into() {
            Profile::Safe => Err(tamis::Error::Usage(
                "the safe profile learns nothing; --profile is default or strict here".into(),
            )),
            profile => Ok(profile),
        }
    }

    fn job(&self) -> Result<Job> {
        let is_stdout = self.output == Path::new("-");
        Ok(Job {
            inputs: self.inputs.clone(),
            output: Some(if is_stdout { Output::Stdout } else { Output::File(followed(&self.output)) }),
            protected: self.rules.clone(),
            format: self.reading.format.clone(),
            strict: self.strict,
            overwrite: self.overwrite,
            ..self.machine.job()?
        })
    }

    fn told(&self, learned: &Learned, style: Style) -> String {
        let mut lines = Vec::new();
        counts(learned, style, &mut lines);
        let shown =
            learned.lines.iter().skip(learned.given as usize).filter(|line| line.action != Action::Keep);
        for (index, line) in shown.take(SHOWN_LINES).enumerate() {
            if index == 0 {
                lines.extend([String::new(), style.bold("lines that recur, for instance")]);
            }
            lines.push(example(line, style));
        }
        summary::problems(&learned.problems, false, style, &mut lines);
        if self.output != Path::new("-") {
            let path = escape(&self.output.to_string_lossy());
            lines.extend([String::new(), format!("rule file     {}", style.bold(&path))]);
            lines.push(style.dim(&format!("use it        tamis clean INPUT -o OUT --rules {path}")));
        }
        lines.join("\n")
    }
}

fn counts(learned: &Learned, style: Style, lines: &mut Vec<String>) {
    let row = |name: &str, number: u64, rest: &str| {
        format!("{name:>10}  {}  {rest}", style.bold(&format!("{:>11}", grouped(number))))
    };
    lines.push(row(
        "read",
        learned.documents,
        &format!("{} · {:.1} s", noun(learned.documents, "document", "documents"), learned.timings.total),
    ));
    if learned.sample.sampled < learned.sample.documents {
        let share = share(learned.sample.sampled, learned.sample.documents);
        lines.push(row(
            "sampled",
            learned.sample.sampled,
            &format!("of them ({share}): --learn-lines was reached"),
        ));
    }
    if learned.given > 0 {
        lines.push(row("taken over", learned.given, "lines of rule files"));
    }
    lines.push(row("drop", learned.count(Action::Drop), "lines learned that go"));
    lines.push(row("keep one", learned.count(Action::KeepOne), "lines learned that stay once"));
    let kept = learned.count(Action::Keep);
    if kept > 0 {
        lines.push(row("keep", kept, "lines that recur and stay"));
    }
    if learned.left_out + learned.too_long > 0 {
        let told = "lines: beyond --limit, or too long";
        lines.push(row("left out", learned.left_out + learned.too_long, told));
    }
    if learned.set_aside > 0 {
        lines.push(summary::set_aside(learned.set_aside, style));
    }
}

fn example(line: &RuleLine, style: Style) -> String {
    let flat = line.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut shown: String = flat.chars().take(SHOWN_CHARACTERS).collect();
    if shown.len() < flat.len() {
        shown.push('…');
    }
    let site =
        line.site.as_deref().map_or("all sites", |site| if site.is_empty() { "no site" } else { site });
    let site = style.dim(&escape(site));
    format!("{:>10}  {}  {site}", grouped(line.documents.into()), escape(&shown))
}
