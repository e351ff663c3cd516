//! What the template lays out: all that is told of every report, whatever is in it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

use crate::config::Config;
use crate::group::GroupCounts;
use crate::report::clusters::{BARS, ClusterTotals};
use crate::report::command::shell_line;
use crate::report::sources::SourceRow;
use crate::report::summary::{Counts, InputRow, Marked, Summary};
use crate::write::sink::OutputFile;

use super::charts;
use super::data::Gathered;
use super::flow;

/// Files that are listed; `summary.json` has all.
const FILES: usize = 200;
/// Alarmed sources that are listed.
const ALARMS: usize = 50;

/// The values of the template.
#[derive(Serialize)]
pub(super) struct Shell<'a> {
    version: &'a str,
    unicode: &'a str,
    corpus: String,
    counts: Counts,
    is_annotated: bool,
    marked: Marked,
    flow: Vec<Drawn>,
    similarity: Vec<Drawn>,
    similarity_rows: Vec<Bar>,
    sizes: Vec<Drawn>,
    size_rows: Vec<SizeRow>,
    clusters: u64,
    largest: u64,
    threshold: f64,
    categories: Vec<Category>,
    most_removals: u64,
    alarm_share: f64,
    alarms: &'a [SourceRow],
    more_alarms: usize,
    top_sources: Vec<&'a SourceRow>,
    all_sources: u64,
    shown_sources: usize,
    all_lines: u64,
    shown_lines: usize,
    all_problems: u64,
    shown_problems: usize,
    problem_kinds: &'a BTreeMap<&'static str, u64>,
    settings: Vec<Setting>,
    changed_settings: usize,
    command: String,
    rule_files: usize,
    group: GroupCounts,
    inputs: &'a [InputRow],
    all_inputs: usize,
    references: &'a [InputRow],
    all_references: usize,
    outputs: &'a [OutputFile],
    all_outputs: usize,
    output: &'a str,
}

/// A picture for wide screens or for narrow ones. Made of our own words and of numbers, so it needs no escaping.
#[derive(Serialize)]
struct Drawn {
    class: &'static str,
    svg: String,
}

#[derive(Serialize)]
struct Bar {
    from: String,
    near: u64,
    contained: u64,
}

#[derive(Serialize)]
struct SizeRow {
    size: String,
    clusters: u64,
}

#[derive(Serialize)]
struct Category {
    name: String,
    removals: u64,
    bytes: u64,
    rules: u64,
    example: String,
    most: u64,
    is_normal_form: bool,
    /// Its bar, in hundredths of the longest.
    width: f64,
}

#[derive(Serialize)]
struct Setting {
    name: String,
    value: String,
    is_default: bool,
}

impl<'a> Shell<'a> {
    pub(super) fn new(
        summary: &'a Summary,
        totals: &ClusterTotals,
        gathered: &'a Gathered,
        alarm: f64,
    ) -> Self {
        let threshold = summary.config.group.threshold;
        let categories = categories(summary);
        let settings = settings(&summary.config);
        let group = serde_json::from_value(summary.group.clone()).unwrap_or_default();
        Self {
            version: &summary.version,
            unicode: &summary.unicode,
            corpus: corpus(summary),
            counts: summary.counts,
            is_annotated: summary.config.write.annotate,
            marked: summary.marked.unwrap_or_default(),
            flow: vec![
                Drawn { class: "wide", svg: flow::svg(&summary.counts, 900.0, false) },
                Drawn { class: "narrow", svg: flow::svg(&summary.counts, 360.0, true) },
            ],
            similarity: widths(|width| charts::similarity(totals, threshold, width)),
            similarity_rows: similarity_rows(totals),
            sizes: widths(|width| charts::sizes(totals, width)),
            size_rows: size_rows(totals),
            clusters: totals.clusters,
            largest: totals.largest,
            threshold,
            most_removals: categories.iter().map(|category| category.removals).max().unwrap_or(0),
            categories,
            alarm_share: alarm,
            alarms: &gathered.wiped_out[..gathered.wiped_out.len().min(ALARMS)],
            more_alarms: gathered.wiped_out.len().saturating_sub(ALARMS),
            top_sources: gathered.sources.iter().take(12).collect(),
            all_sources: gathered.all_sources,
            shown_sources: gathered.sources.len(),
            all_lines: gathered.all_lines,
            shown_lines: gathered.lines.len(),
            all_problems: gathered.all_problems,
            shown_problems: gathered.problems.len(),
            problem_kinds: &gathered.problem_kinds,
            changed_settings: settings.iter().filter(|setting| !setting.is_default).count(),
            settings,
            command: shell_line(&summary.command),
            rule_files: summary.config.strip.rules.len(),
            group,
            inputs: head(&summary.inputs),
            all_inputs: summary.inputs.len(),
            references: head(&summary.references),
            all_references: summary.references.len(),
            outputs: head(&summary.outputs),
            all_outputs: summary.outputs.len(),
            output: &summary.output,
        }
    }
}

fn head<T>(files: &[T]) -> &[T] {
    &files[..files.len().min(FILES)]
}

fn widths(draw: impl Fn(f64) -> String) -> Vec<Drawn> {
    vec![Drawn { class: "wide", svg: draw(430.0) }, Drawn { class: "narrow", svg: draw(340.0) }]
}

/// What the page is about, in a few words: the one file, or how many there are.
fn corpus(summary: &Summary) -> String {
    match summary.inputs.as_slice() {
        [input] => input.name.clone(),
        inputs => format!("{} files", inputs.len()),
    }
}

fn similarity_rows(totals: &ClusterTotals) -> Vec<Bar> {
    let [_, near, contained] = &totals.similarity;
    let bars = (0..BARS).filter(|bar| near[*bar] + contained[*bar] > 0);
    let of = |bar: usize| Bar {
        from: format!("{:.2}–{:.2}", bar as f64 / BARS as f64, (bar + 1) as f64 / BARS as f64),
        near: near[bar],
        contained: contained[bar],
    };
    bars.map(of).collect()
}

fn size_rows(totals: &ClusterTotals) -> Vec<SizeRow> {
    let bands = totals.sizes.iter().enumerate().filter(|(_, clusters)| **clusters > 0);
    bands.map(|(band, clusters)| SizeRow { size: charts::band_name(band), clusters: *clusters }).collect()
}

/// Removals by category, the most frequent first, normal form last.
fn categories(summary: &Summary) -> Vec<Category> {
    let mut categories: BTreeMap<&str, Category> = BTreeMap::new();
    for rule in summary.rules.values().filter(|rule| rule.category != "write") {
        let category = categories.entry(&rule.category).or_insert_with(|| Category {
            name: rule.category.clone(),
            removals: 0,
            bytes: 0,
            rules: 0,
            example: String::new(),
            most: 0,
            is_normal_form: rule.category == "normalize",
            width: 0.0,
        });
        category.removals += rule.removals;
        category.bytes += rule.bytes;
        category.rules += 1;
        if rule.removals > category.most {
            category.most = rule.removals;
            category.example.clone_from(&rule.example);
        }
    }
    let mut categories: Vec<Category> = categories.into_values().collect();
    categories.sort_by(|a, b| a.is_normal_form.cmp(&b.is_normal_form).then(b.removals.cmp(&a.removals)));
    let most =
        categories.iter().filter(|category| !category.is_normal_form).map(|category| category.removals).max();
    for category in &mut categories {
        category.width =
            (100.0 * category.removals as f64 / most.unwrap_or(category.removals).max(1) as f64).min(100.0);
    }
    categories
}

/// The whole configuration, one setting a row, with what is not as it is by default told apart.
fn settings(config: &Config) -> Vec<Setting> {
    let mut settings = Vec::new();
    let of = |config: &Config| serde_json::to_value(config).unwrap_or_default();
    flatten("", &of(config), &of(&Config::default()), &mut settings);
    settings
}

fn flatten(name: &str, value: &Json, default: &Json, out: &mut Vec<Setting>) {
    if let (Json::Object(fields), false) = (value, name.ends_with("keep")) {
        for (key, value) in fields {
            let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
            flatten(&name, value, default.get(key).unwrap_or(&Json::Null), out);
        }
        return;
    }
    let shown = match value {
        Json::String(text) => text.clone(),
        Json::Null => "–".to_owned(),
        Json::Array(rules) if name == "strip.rules" => format!("{} files", rules.len()),
        Json::Array(items) if items.is_empty() => "none".to_owned(),
        other => other.to_string(),
    };
    out.push(Setting { name: name.to_owned(), value: shown, is_default: value == default });
}
