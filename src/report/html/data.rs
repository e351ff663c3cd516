//! What the page's script shows: clusters, sources, lines and problems, chosen so that the page stays small.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::document::ProblemKind;
use crate::error::Result;
use crate::report::folder::{names, read_rows};
use crate::report::inert::{inert_json, is_markup};
use crate::report::lines::LineRow;
use crate::report::rows::ProblemRow;
use crate::report::sample::{Least, drawn};
use crate::report::sources::{SourceCounts, SourceKind, SourceRow};

use super::clusters::{ShownCluster, short};

/// Room for clusters with what differs in them, and for clusters at all, in bytes of the page.
const DIFFERENCE_BYTES: usize = 8 << 20;
const CLUSTER_BYTES: usize = 11 << 20;
/// Rows of each kind that are shown: the first of their order, those of each category or kind, at random, and the worst.
const LARGEST: usize = 500;
const OF_EACH: usize = 20;
const RANDOM: usize = 200;
const WORST: usize = 100;
/// Room for lines, sources and problems each, in bytes of the page.
const ROWS_BYTES: usize = 2 << 20;

/// What was read of the report's other files.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Boilerplate lines: those that are shown, and how many there are.
    pub(super) lines: Vec<LineRow>,
    pub(super) all_lines: u64,
    /// Sources.
    pub(super) sources: Vec<SourceRow>,
    pub(super) all_sources: u64,
    /// Of all sources: those that lost too much.
    pub(super) wiped_out: Vec<SourceRow>,
    /// Problems.
    pub(super) problems: Vec<ProblemRow>,
    pub(super) all_problems: u64,
    pub(super) problem_kinds: BTreeMap<&'static str, u64>,
}

/// Reads the lines, the sources and the problems that are shown.
pub(super) fn gather(report: &Path, alarm: f64) -> Result<Gathered> {
    let mut gathered = Gathered::default();
    (gathered.lines, gathered.all_lines) = lines(report)?;
    (gathered.sources, gathered.all_sources) = sources(report, alarm, &mut gathered.wiped_out)?;
    (gathered.problems, gathered.all_problems) = problems(report, &mut gathered.problem_kinds)?;
    Ok(gathered)
}

fn lines(report: &Path) -> Result<(Vec<LineRow>, u64)> {
    let mut of_category: BTreeMap<String, usize> = BTreeMap::new();
    let mut longest = Least::new(WORST);
    let mut random = Least::new(RANDOM);
    let mut chosen = BTreeSet::new();
    let all = each(report, names::LINES, &mut |number, row: LineRow| {
        let of_its = of_category.entry(row.category.clone()).or_default();
        *of_its += 1;
        if number < LARGEST as u64 || *of_its <= OF_EACH {
            chosen.insert(number);
        }
        longest.offer(u64::MAX - row.bytes / row.removals.max(1), number);
        random.offer(drawn(&row.text, number), number);
    })?;
    chosen.extend(longest.iter().chain(random.iter()));
    Ok((fetch(report, names::LINES, &chosen)?, all))
}

fn sources(report: &Path, alarm: f64, wiped_out: &mut Vec<SourceRow>) -> Result<(Vec<SourceRow>, u64)> {
    let mut random = Least::new(RANDOM);
    let mut chosen = BTreeSet::new();
    let mut worst = Least::new(WORST);
    let all = each(report, names::SOURCES, &mut |number, row: SourceRow| {
        if number < LARGEST as u64 {
            chosen.insert(number);
        }
        random.offer(drawn(&row.source, number), number);
        worst.offer(((1.0 - row.counts.loss()).clamp(0.0, 1.0) * 1e12) as u64, number);
        if row.counts.is_wiped_out(alarm) {
            wiped_out.push(row);
        }
    })?;
    chosen.extend(random.iter().chain(worst.iter()));
    wiped_out.sort_by(|a, b| b.counts.loss().total_cmp(&a.counts.loss()));
    Ok((fetch(report, names::SOURCES, &chosen)?, all))
}

fn problems(report: &Path, kinds: &mut BTreeMap<&'static str, u64>) -> Result<(Vec<ProblemRow>, u64)> {
    let mut random = Least::new(RANDOM);
    let mut chosen = BTreeSet::new();
    let all = each(report, names::PROBLEMS, &mut |number, row: ProblemRow| {
        let of_its: &mut u64 = kinds.entry(ProblemKind::as_str(row.kind)).or_default();
        *of_its += 1;
        if *of_its <= 2 * OF_EACH as u64 {
            chosen.insert(number);
        }
        random.offer(drawn(&row.path, row.record.unwrap_or(0)), number);
    })?;
    chosen.extend(random.iter());
    Ok((fetch(report, names::PROBLEMS, &chosen)?, all))
}

/// Looks at each row of a file; how many there are.
fn each<R: DeserializeOwned>(report: &Path, name: &str, look: &mut dyn FnMut(u64, R)) -> Result<u64> {
    if !report.join(name).exists() {
        // A report of before this file was written.
        return Ok(0);
    }
    let mut number = 0;
    for row in read_rows(report, name)? {
        look(number, row?);
        number += 1;
    }
    Ok(number)
}

fn fetch<R: DeserializeOwned>(report: &Path, name: &str, chosen: &BTreeSet<u64>) -> Result<Vec<R>> {
    let mut rows = Vec::with_capacity(chosen.len());
    each(report, name, &mut |number, row| {
        if chosen.contains(&number) {
            rows.push(row);
        }
    })?;
    Ok(rows)
}

#[derive(Serialize)]
struct ShownLine {
    text: String,
    rule: String,
    category: String,
    removals: u64,
    documents: u64,
    sites: u64,
    bytes: u64,
    examples: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    learned: Option<[f64; 3]>,
}

#[derive(Serialize)]
struct ShownSource {
    source: String,
    kind: SourceKind,
    #[serde(flatten)]
    counts: SourceCounts,
    alarm: bool,
}

#[derive(Serialize)]
struct ShownProblem {
    at: String,
    kind: &'static str,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    excerpt: Option<String>,
}

/// The data block of the page.
pub(super) fn json(clusters: Vec<ShownCluster>, gathered: &Gathered) -> Result<String> {
    let mut out = String::from("{\"clusters\":[");
    push_clusters(&mut out, clusters)?;
    out.push_str("],\"lines\":[");
    push_rows(&mut out, gathered.lines.iter().map(shown_line), ROWS_BYTES)?;
    out.push_str("],\"sources\":[");
    let alarmed: BTreeSet<&str> = gathered.wiped_out.iter().map(|row| row.source.as_str()).collect();
    let source = |row: &SourceRow| ShownSource {
        source: short(&row.source),
        kind: row.kind,
        counts: row.counts,
        alarm: alarmed.contains(row.source.as_str()),
    };
    push_rows(&mut out, gathered.sources.iter().map(source), ROWS_BYTES)?;
    out.push_str("],\"problems\":[");
    push_rows(&mut out, gathered.problems.iter().map(shown_problem), ROWS_BYTES)?;
    out.push_str("]}");
    Ok(out)
}

fn push_clusters(out: &mut String, clusters: Vec<ShownCluster>) -> Result<()> {
    let mut is_first = true;
    for cluster in clusters {
        let mut json = inert(&cluster)?;
        if out.len() + json.len() > DIFFERENCE_BYTES {
            json = inert(&cluster.without_differences())?;
        }
        if out.len() + json.len() > CLUSTER_BYTES {
            break;
        }
        if !std::mem::take(&mut is_first) {
            out.push(',');
        }
        out.push_str(&json);
    }
    Ok(())
}

fn push_rows<R: Serialize>(out: &mut String, rows: impl Iterator<Item = R>, room: usize) -> Result<()> {
    let end = out.len() + room;
    for (number, row) in rows.enumerate() {
        let json = inert(&row)?;
        if out.len() + json.len() > end {
            break;
        }
        if number > 0 {
            out.push(',');
        }
        out.push_str(&json);
    }
    Ok(())
}

fn shown_line(row: &LineRow) -> ShownLine {
    ShownLine {
        text: row.text.clone(),
        rule: short(&row.rule),
        category: short(&row.category),
        removals: row.removals,
        documents: row.documents,
        sites: row.sites,
        bytes: row.bytes,
        examples: row.examples.iter().map(|example| short(example)).collect(),
        learned: row.learned.map(|facts| [facts.documents as f64, facts.contexts as f64, facts.sites as f64]),
    }
}

fn shown_problem(row: &ProblemRow) -> ShownProblem {
    let at = row.record.map_or_else(|| row.path.clone(), |record| format!("{}:{record}", row.path));
    ShownProblem {
        at: short(&at),
        kind: row.kind.as_str(),
        reason: short(&row.reason),
        excerpt: row.excerpt.as_deref().map(short),
    }
}

/// JSON that may stand in a page, whatever it holds.
fn inert<R: Serialize>(value: &R) -> Result<String> {
    inert_json(value, is_markup)
}
