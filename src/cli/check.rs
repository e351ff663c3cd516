//! `tamis check`: a report proved from the input, or the duplicate list of another tool from the corpus.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use tamis::config::{Config, GroupConfig};
use tamis::error::{Error, Result, escape};
use tamis::job::Job;
use tamis::plan::Plan;
use tamis::report::check::{CheckJob, Checked, Columns, ListChecked, ListJob, check, check_list};

use super::options::{Machine, Reading, shingle};
use super::terminal::{Style, counted, grouped, noun, print, print_json, share, shown};
use super::{End, signals};

/// Prove a report from the input, or another tool's duplicate list from the corpus.
#[derive(Args)]
#[command(
    after_help = "Exit codes: 0 every claim that could be looked at is true; 2 wrong usage; 5 report, output or resources failed; \
7 a claim is false, or a removal of a list is not covered; 130, 143 interrupted."
)]
pub(crate) struct Check {
    /// The report's folder; with --list the corpus: files, folders, globs
    #[arg(required = true, value_name = "REPORT|INPUT")]
    about: Vec<String>,
    /// Where the cleaned output stands now, if it was moved or went to standard output
    #[arg(long, value_name = "OUT")]
    from: Option<PathBuf>,
    /// A folder where the inputs stand now, by their relative names, if they are not where they were
    #[arg(long, value_name = "DIR")]
    inputs: Option<PathBuf>,
    /// False claims to name; all are counted
    #[arg(long, value_name = "N", default_value_t = 50)]
    top: usize,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// Print nothing: the exit code tells
    #[arg(short, long)]
    quiet: bool,
    /// Prove this duplicate list of another tool (.tsv, .csv, .jsonl, also .gz, .zst), and no report
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "inputs"])]
    list: Option<PathBuf>,
    #[command(flatten)]
    listed: Listed,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    machine: Machine,
}

/// How a list is read, and what covers what.
#[derive(Args)]
#[command(next_help_heading = "Lists of other tools")]
struct Listed {
    /// Column of the document's id [default: one of the names that are known]
    #[arg(long, value_name = "NAME", requires = "list")]
    id_column: Option<String>,
    /// Column of the cluster
    #[arg(long, value_name = "NAME", requires = "list")]
    cluster_column: Option<String>,
    /// Column of the document kept in its favour
    #[arg(long, value_name = "NAME", requires = "list")]
    survivor_column: Option<String>,
    /// Column that says which document of a cluster was kept; without one it is the first
    #[arg(long, value_name = "NAME", requires = "list")]
    keep_column: Option<String>,
    /// What the other tool wrote: what stands in it was kept, by its id or else its text; may be given several times
    #[arg(long, value_name = "PATH", requires = "list")]
    kept: Vec<String>,
    /// Least Jaccard resemblance of near-duplicates
    #[arg(long, value_name = "SHARE", requires = "list", default_value_t = GroupConfig::default().threshold)]
    threshold: f64,
    /// Least share of the removed document inside a kept one
    #[arg(long, value_name = "SHARE", requires = "list", default_value_t = GroupConfig::default().containment)]
    containment: f64,
    /// Words in a row of its own that a removed document may have; 0 sets no limit
    #[arg(long, value_name = "N", requires = "list", default_value_t = GroupConfig::default().novel_words)]
    novel_words: usize,
    /// What texts are compared by: words:N or chars:N
    #[arg(long, value_name = "UNIT:N", requires = "list", default_value = "words:5")]
    shingle: String,
}

impl Check {
    pub(crate) fn run(&self) -> anyhow::Result<End> {
        let job = self.machine.job()?;
        signals::watch(&job.stop);
        match &self.list {
            Some(list) => self.list(list, job),
            None => self.report(job),
        }
    }

    fn report(&self, machine: Job) -> anyhow::Result<End> {
        let [report] = self.about.as_slice() else {
            return Err(Error::Usage("one report at a time; --list FILE takes several inputs".into()).into());
        };
        let checked = check(&CheckJob {
            report: PathBuf::from(report),
            output: self.from.clone(),
            inputs: self.inputs.clone(),
            limit: self.top,
            threads: machine.threads,
            temp_dir: machine.temp_dir,
            stop: machine.stop,
        })?;
        self.tell(&checked, || told(&checked, Style::of_stdout()))?;
        Ok(if checked.false_claims == 0 { End::Clean } else { End::FalseClaim })
    }

    fn list(&self, list: &Path, machine: Job) -> anyhow::Result<End> {
        let checked = check_list(&ListJob {
            list: list.to_path_buf(),
            columns: self.listed.columns(),
            inputs: self.about.clone(),
            kept: self.listed.kept.clone(),
            format: self.reading.format.clone(),
            config: self.listed.config(&self.reading)?,
            limit: self.top,
            threads: machine.threads,
            temp_dir: machine.temp_dir,
            stop: machine.stop,
        })?;
        self.tell(&checked, || told_list(&checked, Style::of_stdout()))?;
        Ok(if checked.uncovered == 0 { End::Clean } else { End::FalseClaim })
    }

    fn tell(&self, checked: &impl Serialize, told: impl Fn() -> String) -> anyhow::Result<()> {
        if self.json {
            print_json(checked)?;
        } else if !self.quiet {
            print(&told())?;
        }
        Ok(())
    }
}

impl Listed {
    fn columns(&self) -> Columns {
        Columns {
            id: self.id_column.clone(),
            cluster: self.cluster_column.clone(),
            survivor: self.survivor_column.clone(),
            keep: self.keep_column.clone(),
        }
    }

    fn config(&self, reading: &Reading) -> Result<Config> {
        let config = Config {
            read: reading.config(),
            fingerprint: shingle(&self.shingle)?,
            group: GroupConfig {
                threshold: self.threshold,
                containment: self.containment,
                novel_words: self.novel_words,
                ..GroupConfig::default()
            },
            ..Config::default()
        };
        Ok(Plan::new(&config)?.config)
    }
}

fn told_list(checked: &ListChecked, style: Style) -> String {
    let mut lines = Vec::new();
    uncovered(checked, style, &mut lines);
    removals(checked, style, &mut lines);
    left_aside(checked, &mut lines);
    lines.join("\n") + "\n"
}

fn count(number: u64, told: &str) -> String {
    format!("{:>12}  {told}", grouped(number))
}

fn counted_as(number: u64, one: &str, many: &str) -> String {
    count(number, noun(number, one, many))
}

/// The removals that nothing covers, the first of them.
fn uncovered(checked: &ListChecked, style: Style, lines: &mut Vec<String>) {
    for found in &checked.examples {
        lines.push(format!(
            "uncovered: {} by {} (cluster {}): {}; Jaccard {:.3}, {:.1} % of it inside",
            style.bold(&escape(&found.id)),
            style.bold(&escape(&found.survivor)),
            escape(&found.cluster),
            found.reason,
            found.jaccard,
            100.0 * found.containment
        ));
        lines.push(format!("  removed  {}", shown(&found.text)));
        lines.push(format!("  kept     {}", shown(&found.survivor_text)));
    }
    let more = checked.uncovered - checked.examples.len() as u64;
    if more > 0 {
        lines.push(format!("… and {} more", grouped(more)));
    }
}

/// How many removals there are, and of what kind.
fn removals(checked: &ListChecked, style: Style, lines: &mut Vec<String>) {
    lines.push(counted_as(checked.documents, "document in the corpus", "documents in the corpus"));
    let clusters = counted(checked.clusters, "cluster", "clusters");
    lines.push(count(checked.listed, &format!("of them in the list, {clusters}")));
    lines.push(counted_as(checked.removals, "removal", "removals"));
    lines.push(count(
        checked.removals - checked.uncovered,
        &format!("covered: {} equal, {} near, {} contained", checked.exact, checked.near, checked.contained),
    ));
    lines.push(style.bold(&count(
        checked.uncovered,
        &format!(
            "that no kept document covers ({}): {} below every threshold, {} with words or numbers of their own",
            share(checked.uncovered, checked.removals),
            checked.below,
            checked.held_back
        ),
    )));
}

/// What list and corpus do not have in common.
fn left_aside(checked: &ListChecked, lines: &mut Vec<String>) {
    if checked.unlisted > 0 {
        lines.push(counted_as(
            checked.unlisted,
            "document was not kept, and is not in the list either",
            "documents were not kept, and are not in the list either",
        ));
    }
    if checked.unreadable > 0 {
        lines.push(counted_as(
            checked.unreadable,
            "record that is no document was passed over",
            "records that are no documents were passed over",
        ));
    }
    if checked.unknown > 0 {
        let names: Vec<String> = checked.unknown_examples.iter().map(|name| escape(name)).collect();
        lines.push(count(
            checked.unknown,
            &format!(
                "{} that the corpus does not hold: {}",
                noun(checked.unknown, "name", "names"),
                names.join(", ")
            ),
        ));
    }
}

fn told(checked: &Checked, style: Style) -> String {
    let mut lines: Vec<String> =
        checked.examples.iter().map(|claim| format!("false: {}", claim.message())).collect();
    let named = checked.examples.len() as u64;
    if checked.false_claims > named {
        lines.push(format!("… and {} more", grouped(checked.false_claims - named)));
    }
    if checked.false_claims > 0 {
        let kinds =
            checked.false_by_claim.iter().map(|(claim, number)| format!("{claim} × {}", grouped(*number)));
        let all = style.bold(&counted(checked.false_claims, "claim is false", "claims are false"));
        lines.extend([String::new(), format!("{all}: {}", kinds.collect::<Vec<_>>().join(", "))]);
    }
    let proved: u64 = checked.proved.values().sum();
    if checked.false_claims == 0 {
        lines.extend(tally(checked));
        lines.push(style.bold(&format!("{} looked at, none is false", counted(proved, "claim", "claims"))));
    } else {
        lines.push(counted(proved, "claim is true", "claims are true"));
    }
    lines.extend(checked.not_proved.iter().map(|reason| format!("not looked at: {}", escape(reason))));
    lines.join("\n") + "\n"
}

/// What was proved, in the words of the claims that stand for all of their kind: of one, and of several.
const TALLIED: [(&str, &str, &str); 8] = [
    (
        "the digest of an input",
        "input holds what the report says it held",
        "inputs hold what the report says they held",
    ),
    (
        "records of the output",
        "record of the output is that of the input but for the changes of its receipt",
        "records of the output are those of the input but for the changes of their receipts",
    ),
    (
        "changes that fit the text",
        "change took out what its receipt says",
        "changes took out what their receipts say",
    ),
    (
        "records that a receipt holds",
        "record that the output lacks is held by its receipt, as it came",
        "records that the output lacks are held by their receipts, as they came",
    ),
    (
        "jaccard",
        "removed document has a survivor in the output, and the scores that are claimed, by plain sets",
        "removed documents have a survivor in the output, and the scores that are claimed, by plain sets",
    ),
    ("removals of a line", "stripped line was counted again", "stripped lines were counted again"),
    ("a total", "total was counted again", "totals were counted again"),
    ("the reason of a problem", "problem is there, and no other", "problems are there, and no other"),
];

fn tally(checked: &Checked) -> impl Iterator<Item = String> {
    TALLIED.iter().filter_map(|(claim, one, many)| {
        let number = *checked.proved.get(*claim)?;
        Some(format!("{:>12}  {}", grouped(number), noun(number, one, many)))
    })
}
