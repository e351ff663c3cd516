//! The summary at the end of a run, for a person: what came in, what went out, why, and where to look next.

use std::collections::BTreeMap;
use std::path::PathBuf;

use tamis::config::{Config, Keep};
use tamis::error::escape;
use tamis::group::GroupCounts;
use tamis::job::{Job, Output};
use tamis::outcome::{Outcome, Problems};
use tamis::report::rows::DuplicateRow;
use tamis::report::sources::{SourceKind, SourceRow};
use tamis::report::summary::{Counts, InputRow, RuleCount, Summary};

use super::terminal::{Style, counted, grouped, noun, share, size};

const SHOWN_CATEGORIES: usize = 8;
const SHOWN_DUPLICATES: usize = 3;
const SHOWN_PROBLEMS: usize = 5;
const SHOWN_ALARMS: usize = 5;
const EXAMPLE_CHARACTERS: usize = 60;

/// The summary of a run.
pub(crate) fn render(outcome: &Outcome, job: &Job, style: Style) -> String {
    let mut lines = Vec::new();
    flow(outcome, style, &mut lines);
    let alarms = &outcome.wiped_out;
    wiped_out(&alarms[..alarms.len().min(SHOWN_ALARMS)], style, &mut lines);
    stripped(&outcome.summary, style, &mut lines);
    sampled(&outcome.summary, style, &mut lines);
    duplicates(outcome, style, &mut lines);
    let counts: GroupCounts = serde_json::from_value(outcome.summary.group.clone()).unwrap_or_default();
    lines.extend(unranked(&outcome.summary.config, &counts));
    if job.output.is_none() && outcome.summary.config.group.enabled {
        lines.push(String::new());
        searched(&counts, style, &mut lines);
    }
    problems(&outcome.problems, outcome.report.is_some(), style, &mut lines);
    next_steps(outcome, job, style, &mut lines);
    lines.join("\n")
}

fn flow(outcome: &Outcome, style: Style, lines: &mut Vec<String>) {
    let counts = &outcome.summary.counts;
    let rate = counts.text_bytes_in as f64 / outcome.timings.total.max(1e-9);
    let read = format!(
        "{} from {} · {} of text · {:.1} s ({}/s)",
        noun(counts.read, "record", "records"),
        files(outcome.summary.inputs.len() as u64),
        size(counts.text_bytes_in),
        outcome.timings.total,
        size(rate as u64)
    );
    lines.push(row("read", counts.read, &read, style));
    if outcome.summary.passed_over > 0 {
        let told = "other files of the folders, whose names mean no format";
        lines.push(row("left out", outcome.summary.passed_over, told, style));
    }
    lines.extend(same_bytes(&outcome.summary.inputs));
    became(counts, style, lines);
    marked(&outcome.summary, style, lines);
}

/// What was only marked, if marking was asked for.
pub(super) fn marked(summary: &Summary, style: Style, lines: &mut Vec<String>) {
    let Some(marked) = &summary.marked else { return };
    let mut parts = Vec::new();
    if marked.removed > 0 {
        let kinds = kinds([marked.exact, marked.near, marked.contained]);
        parts.push(format!("{} would go as {kinds}", counted(marked.removed, "duplicate", "duplicates")));
    }
    for (number, what) in [
        (marked.trimmed, "would be trimmed"),
        (marked.normalized, "would only be put in normal form"),
        (marked.kept_whole, "would be kept whole by the guard"),
    ] {
        if number > 0 {
            parts.push(format!("{} {what}", grouped(number)));
        }
    }
    let told = if parts.is_empty() { "nothing would change".to_owned() } else { parts.join(" · ") };
    lines.push(row("marked", marked.documents(), &format!("and left as they came: {told}"), style));
}

/// What is said where files hold the same: one of them is named twice, or a copy.
fn same_bytes(inputs: &[InputRow]) -> Option<String> {
    let mut first = BTreeMap::new();
    let is_told = |input: &&InputRow| input.unpacked > 0 && input.complete;
    let copies = inputs.iter().filter(is_told).filter_map(|input| {
        let earlier = first.insert(&input.sha256, input)?;
        Some((input, earlier))
    });
    let copies: Vec<_> = copies.collect();
    let (copy, of) = copies.first()?;
    let hold = if copies.len() == 1 { "file holds" } else { "files hold" };
    Some(format!(
        "{:>10}  {} {hold} the same bytes as another: {} as {}",
        "",
        grouped(copies.len() as u64),
        escape(&copy.name),
        escape(&of.name)
    ))
}

/// What became of the records.
pub(super) fn became(counts: &Counts, style: Style, lines: &mut Vec<String>) {
    lines.push(row("kept", counts.kept, &kept(counts), style));
    if counts.removed > 0 {
        lines.push(row("removed", counts.removed, &removed(counts), style));
    }
    if counts.set_aside > 0 {
        lines.push(set_aside(counts.set_aside, style));
    }
}

/// How many records could not be read.
pub(super) fn set_aside(number: u64, style: Style) -> String {
    let told = format!("unreadable {}, listed below", noun(number, "record", "records"));
    row("set aside", number, &told, style)
}

/// One count with its name and what it is made of.
pub(super) fn row(name: &str, number: u64, rest: &str, style: Style) -> String {
    format!("{name:>10}  {}  {rest}", style.bold(&format!("{:>11}", grouped(number))))
}

/// So many files.
pub(super) fn files(number: u64) -> String {
    counted(number, "file", "files")
}

/// The kinds of duplicate there are, with their numbers: exact, near, contained.
pub(super) fn kinds(numbers: [u64; 3]) -> String {
    let told = numbers.iter().zip(["exact", "near", "contained"]).filter(|(number, _)| **number > 0);
    told.map(|(number, kind)| format!("{} {kind}", grouped(*number))).collect::<Vec<_>>().join(", ")
}

fn kept(counts: &Counts) -> String {
    let mut parts = vec![format!("{} of text", size(counts.text_bytes_out))];
    if counts.trimmed > 0 {
        let taken = share(counts.stripped_bytes, counts.text_bytes_in);
        parts.push(format!(
            "{} trimmed by {} ({taken})",
            grouped(counts.trimmed),
            size(counts.stripped_bytes)
        ));
    }
    if counts.normalized > 0 {
        parts.push(format!("{} only put in normal form", grouped(counts.normalized)));
    }
    if counts.kept_whole > 0 {
        parts.push(format!("{} kept whole by the guard", grouped(counts.kept_whole)));
    }
    parts.join(" · ")
}

fn removed(counts: &Counts) -> String {
    let kinds = kinds([counts.exact, counts.near, counts.contained]);
    format!("duplicates: {kinds} · {} of text", size(counts.removed_bytes))
}

/// The sources that lost too much.
pub(super) fn wiped_out(rows: &[SourceRow], style: Style, lines: &mut Vec<String>) {
    if rows.is_empty() {
        return;
    }
    lines.push(String::new());
    lines.push(style.bold("nearly wiped out"));
    lines.extend(rows.iter().map(|row| source_line(row, style)));
}

/// What became of the documents of a source.
pub(super) fn source_line(row: &SourceRow, style: Style) -> String {
    let name = match row.kind {
        SourceKind::Others => "all other sites".to_owned(),
        _ => escape(&row.source),
    };
    let counts = &row.counts;
    format!(
        "{:>10}  {name}  {}",
        grouped(counts.documents),
        style.dim(&format!(
            "{} removed, {} of the text stripped, {} of the text gone",
            share(counts.removed(), counts.documents),
            share(counts.stripped_bytes, counts.text_bytes_in),
            share(counts.text_bytes_in.saturating_sub(counts.text_bytes_out), counts.text_bytes_in)
        ))
    )
}

/// The categories of what was stripped, each with an example.
pub(super) fn stripped(summary: &Summary, style: Style, lines: &mut Vec<String>) {
    let mut categories: Vec<(&str, u64, &RuleCount)> = Vec::new();
    for rule in summary.rules.values().filter(|rule| rule.category != "write") {
        match categories.iter_mut().find(|(category, ..)| *category == rule.category) {
            Some((_, removals, most)) => {
                *removals += rule.removals;
                if rule.removals > most.removals {
                    *most = rule;
                }
            }
            None => categories.push((&rule.category, rule.removals, rule)),
        }
    }
    categories.sort_by(|a, b| {
        (a.0 == "normalize").cmp(&(b.0 == "normalize")).then(b.1.cmp(&a.1)).then(a.0.cmp(b.0))
    });
    if categories.is_empty() {
        return;
    }
    lines.push(String::new());
    lines.push(style.bold("what was taken out of the text"));
    for (category, removals, most) in categories.iter().take(SHOWN_CATEGORIES) {
        let example = if *category == "normalize" {
            "spaces, invisible characters, …".to_owned()
        } else {
            example(&most.example)
        };
        let category = escape(category);
        lines.push(format!("{:>10}  {category:<18} {}", grouped(*removals), style.dim(&example)));
    }
    if categories.len() > SHOWN_CATEGORIES {
        lines.push(format!("{:>10}  more kinds", categories.len() - SHOWN_CATEGORIES));
    }
}

/// Says so where lines were learned from a sample.
pub(super) fn sampled(summary: &Summary, style: Style, lines: &mut Vec<String>) {
    let number = |name: &str| summary.learned[name].as_u64().unwrap_or(0);
    let (documents, sampled) = (number("documents"), number("sampled"));
    if sampled < documents {
        let share = share(sampled, documents);
        let told = format!(
            "lines were learned from {} ({share}): --learn-lines was reached",
            counted(sampled, "document", "documents")
        );
        lines.push(style.dim(&told));
    }
}

fn duplicates(outcome: &Outcome, style: Style, lines: &mut Vec<String>) {
    if outcome.duplicates.is_empty() {
        return;
    }
    lines.push(String::new());
    lines.push(style.bold("duplicates, for instance"));
    let mut shown = Vec::new();
    for kind in ["contained", "near", "exact"] {
        shown.extend(outcome.duplicates.iter().find(|row| row.kind == kind));
    }
    for row in shown.into_iter().take(SHOWN_DUPLICATES) {
        lines.push(format!(
            "{:>10}  {} is covered by {}  {}",
            escape(&row.kind),
            escape(&row.id),
            escape(&row.survivor),
            style.dim(&scores(row))
        ));
    }
}

/// How alike a removed document and its survivor are, by what decided.
fn scores(row: &DuplicateRow) -> String {
    let (name, alike) = row.alignment.map_or(("Jaccard", row.jaccard), |alike| ("aligned", alike));
    let inside = row.alignment_containment.unwrap_or(row.containment);
    format!("{name} {alike:.3}, {:.1} % of it inside", 100.0 * inside)
}

/// Says so where no document has what `--keep` was to rank by, so that it ranked by nothing.
pub(super) fn unranked(config: &Config, counts: &GroupCounts) -> Option<String> {
    if counts.ranked != Some(0) || counts.documents == counts.references || !config.group.enabled {
        return None;
    }
    let missing = match &config.group.keep {
        Keep::Field { name, .. } => format!("a field {:?}", escape(name)),
        Keep::Newest | Keep::Oldest => format!("a date in a field {:?}", escape(&config.read.date_field)),
        Keep::First | Keep::Longest => return None,
    };
    Some(format!(
        "\nNO document has {missing}, so --keep ranks by nothing: the first of the input stays, as by --keep first"
    ))
}

/// What the search for duplicates looked at, and what it must be expected to miss.
pub(super) fn searched(counts: &GroupCounts, style: Style, lines: &mut Vec<String>) {
    let told = format!(
        "pairs that share a phrase: {} compared in full, {} related, {} held back for what the other lacks",
        grouped(counts.verified),
        grouped(counts.related),
        grouped(counts.held_back)
    );
    lines.push(row("compared", counts.met, &told, style));
    if counts.left_out > 0 {
        let told = "pairs at most that share a crowded phrase were left out";
        lines.push(row("left out", counts.left_out, told, style));
    }
    let missed = counts.expected_miss;
    lines.push(style.dim(&format!(
        "expected to be missed, of pairs at a threshold: {} of near-duplicates, {} of contained documents",
        percent(missed.near),
        percent(missed.contained)
    )));
}

/// A share in per cent with two digits that count.
fn percent(share: f64) -> String {
    // A mean of nothing may be a negative zero.
    let percent = 100.0 * share + 0.0;
    if percent > 0.0 && percent < 1.0 { format!("{percent:.3} %") } else { format!("{percent:.1} %") }
}

/// The first problems of so many: a few where a report has all, else as many as are known.
pub(super) fn problems(problems: &Problems, has_report: bool, style: Style, lines: &mut Vec<String>) {
    let Problems { first, in_all } = problems;
    if first.is_empty() {
        return;
    }
    lines.push(String::new());
    lines.push(style.bold("problems"));
    let shown = if has_report { SHOWN_PROBLEMS } else { first.len() };
    lines.extend(first.iter().take(shown).map(|problem| format!("  {}", problem.message())));
    if *in_all > shown as u64 {
        let place = if has_report {
            "problems.jsonl of the report"
        } else {
            "the report of tamis clean INPUT -o OUT"
        };
        lines.push(format!("  and {} more, in {place}", grouped(in_all - shown as u64)));
    }
}

fn next_steps(outcome: &Outcome, job: &Job, style: Style, lines: &mut Vec<String>) {
    lines.push(String::new());
    match &job.output {
        Some(Output::Stdout) => {}
        Some(output) => {
            let path = output.path().map(|path| escape(&path.to_string_lossy())).unwrap_or_default();
            lines.push(format!("clean corpus  {}", style.bold(&path)));
        }
        None => lines.push("nothing was written (--dry-run)".into()),
    }
    if let Some(report) = &outcome.report {
        let path = escape(&report.components().collect::<PathBuf>().to_string_lossy());
        lines.push(format!("report        {}", style.bold(&path)));
        lines.push(style.dim(&format!("as a page     {path}/index.html")));
        let example = outcome.duplicates.first().map_or("ID", |row| row.id.as_str());
        lines.push(style.dim(&format!("look closer   tamis explain {path} {}", quoted(example))));
        lines.push(style.dim(&format!("take it back  tamis restore {path} -o DIR")));
    }
}

fn quoted(id: &str) -> String {
    let is_plain = id.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:".contains(c));
    if is_plain { id.to_owned() } else { format!("'{}'", escape(id).replace('\'', "'\\''")) }
}

/// A removed text on one short line.
pub(super) fn example(text: &str) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() <= EXAMPLE_CHARACTERS {
        return escape(&flat);
    }
    let head: String = flat.chars().take(EXAMPLE_CHARACTERS - 1).collect();
    format!("{}…", escape(&head))
}
