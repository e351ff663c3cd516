//! Line rules measured on labelled pages, beside the published rules: `cargo run --release --example quality`.
//!
//! Prints one table row a file and method: precision and recall over the characters of lines, and the share of content
//! characters that was lost; `--write` puts the table into `docs/quality.md`. `--hits` lists instead what the rules did to lines
//! labelled content, rule by rule.
#![expect(clippy::print_stdout, reason = "printing tables is what it is for")]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tamis::config::{Config, Profile, StripConfig, WriteConfig};
use tamis::job::{Job, Output};
use tamis::pipeline;
use tamis::progress::Silent;
use tamis::span::Span;

const FILES: [&str; 9] = [
    "inbody_wcxb_dev",
    "inbody_fundus",
    "inbody_cleanportaleval",
    "allsides_hand",
    "wcxb_dev",
    "fundus",
    "cleanportaleval",
    "readability_silver",
    "trafilatura_snippets",
];

/// What stands around the table in `docs/quality.md`.
const TABLE_BEGINS: &str = "<!-- table of examples/quality.rs -->";
const TABLE_ENDS: &str = "<!-- end of table -->";

#[derive(Deserialize)]
struct Page {
    host: Option<String>,
    source: Option<String>,
    lang: Option<String>,
    lines: Vec<String>,
    labels: Vec<i8>,
}

impl Page {
    /// As a run takes it from an address.
    fn site(&self) -> Cow<'_, str> {
        let domain = self.host.as_deref().and_then(tamis::site::of);
        domain.unwrap_or_else(|| self.host.as_deref().or(self.source.as_deref()).unwrap_or_default().into())
    }

    fn text(&self) -> String {
        self.lines.iter().map(|line| line.replace(['\n', '\r'], " ")).collect::<Vec<_>>().join("\n")
    }
}

/// Characters removed, by label.
#[derive(Clone, Copy, Default)]
struct Score {
    content: usize,
    content_lost: usize,
    boilerplate: usize,
    boilerplate_removed: usize,
    kept_back: usize,
}

impl Score {
    fn add(&mut self, line: &str, label: i8, removed: bool) {
        let chars = line.chars().count();
        match label {
            1 => {
                self.content += chars;
                self.content_lost += if removed { chars } else { 0 };
            }
            0 => {
                self.boilerplate += chars;
                self.boilerplate_removed += if removed { chars } else { 0 };
            }
            _ => {}
        }
    }

    fn row(&self) -> String {
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        let removed = self.boilerplate_removed + self.content_lost;
        format!(
            "{:.3} | {:.1} % | {:.4} % | {}",
            share(self.boilerplate_removed, removed),
            100.0 * share(self.boilerplate_removed, self.boilerplate),
            100.0 * share(self.content_lost, self.content),
            self.kept_back
        )
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|argument| argument == "--hits") {
        return print_hits_of_all();
    }
    let table = table()?;
    if arguments.first().is_some_and(|argument| argument == "--write") {
        return write_table(&table);
    }
    print!("{table}");
    Ok(())
}

fn print_hits_of_all() -> Result<(), Box<dyn Error>> {
    for file in FILES {
        if let Ok(pages) = read_pages(&data_folder().join(format!("{file}.jsonl.zst"))) {
            print_hits(file, &pages)?;
        }
    }
    Ok(())
}

/// All files, each by every method, as a Markdown table.
fn table() -> Result<String, Box<dyn Error>> {
    let mut table = String::from(
        "| file | method | precision | boilerplate removed | content lost | kept whole |\n|---|---|---|---|---|---|\n",
    );
    for file in FILES {
        match read_pages(&data_folder().join(format!("{file}.jsonl.zst"))) {
            Ok(pages) => table += &rows(file, &pages)?,
            Err(_) => writeln!(table, "| {file} | not there | | | | |")?,
        }
    }
    Ok(table)
}

/// Puts the table in its place in `docs/quality.md`.
fn write_table(table: &str) -> Result<(), Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/quality.md");
    let text = std::fs::read_to_string(&path)?;
    let (before, rest) = text.split_once(TABLE_BEGINS).ok_or("docs/quality.md has no place for the table")?;
    let (_, after) = rest.split_once(TABLE_ENDS).ok_or("the place for the table has no end")?;
    std::fs::write(path, format!("{before}{TABLE_BEGINS}\n{table}{TABLE_ENDS}{after}"))?;
    Ok(())
}

fn data_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/lines")
}

fn read_pages(path: &Path) -> Result<Vec<Page>, Box<dyn Error>> {
    let bytes = zstd::decode_all(std::fs::File::open(path)?)?;
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let pages = lines.map(serde_json::from_slice::<Page>).collect::<Result<Vec<_>, _>>()?;
    Ok(pages)
}

fn rows(file: &str, pages: &[Page]) -> Result<String, Box<dyn Error>> {
    let mut scores = Vec::new();
    for (name, profile) in
        [("safe", Profile::Safe), ("default", Profile::Default), ("strict", Profile::Strict)]
    {
        scores.push((name, score_tamis(pages, &StripConfig { profile, ..StripConfig::default() })?));
    }
    scores.push(("C4 lines", score_lines(pages, c4_removes)));
    scores.push(("RefinedWeb lines", score_lines(pages, refined_web_removes)));
    scores.push(("FineWeb pages", score_pages(pages, fine_web_removes)));
    scores.push(("lines in 5 pages", score_repeats(pages, 5)));
    let mut rows = String::new();
    for (name, score) in &scores {
        writeln!(rows, "| {file} | {name} | {} |", score.row())?;
    }
    Ok(rows)
}

fn score_tamis(pages: &[Page], config: &StripConfig) -> Result<Score, Box<dyn Error>> {
    let mut score = Score::default();
    for StrippedPage { page, removed, kept_whole } in strip_pages(pages, config)? {
        score.kept_back += usize::from(kept_whole);
        for (index, (line, label)) in page.lines.iter().zip(&page.labels).enumerate() {
            score.add(line, *label, removed.contains_key(&index));
        }
    }
    Ok(score)
}

/// The lines of a page that go, each with its rule and evidence, and whether the guard kept the page whole.
struct StrippedPage<'a> {
    page: &'a Page,
    removed: BTreeMap<usize, (String, String)>,
    kept_whole: bool,
}

/// What `tamis clean --annotate` says of a document.
#[derive(Deserialize)]
struct Annotated {
    tamis: Option<Mark>,
}

#[derive(Deserialize)]
struct Mark {
    action: String,
    #[serde(default)]
    edits: Vec<MarkedEdit>,
}

#[derive(Deserialize)]
struct MarkedEdit {
    span: Span,
    rule: String,
    #[serde(default)]
    evidence: serde_json::Value,
}

/// Runs the whole of `clean` on the pages of a file, as a user would: what recurs is learned from these pages.
fn strip_pages<'a>(pages: &'a [Page], strip: &StripConfig) -> Result<Vec<StrippedPage<'a>>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (input, output) = (folder.path().join("pages.jsonl"), folder.path().join("marked.jsonl"));
    let mut records = Vec::new();
    for page in pages {
        let record = serde_json::json!({ "text": page.text(), "site": page.site(), "lang": page.lang });
        serde_json::to_writer(&mut records, &record)?;
        records.push(b'\n');
    }
    std::fs::write(&input, records)?;
    let mut config =
        Config { strip: strip.clone(), write: WriteConfig { annotate: true }, ..Config::default() };
    config.read.site_field = Some("site".into());
    config.group.enabled = false;
    let job = Job {
        inputs: vec![input.to_string_lossy().into_owned()],
        output: Some(Output::File(output.clone())),
        ..Job::default()
    };
    pipeline::clean(&config, &job, &Silent)?;
    let marked = std::fs::read_to_string(output)?;
    pages.iter().zip(marked.lines()).map(|(page, line)| stripped_page(page, line)).collect()
}

fn stripped_page<'a>(page: &'a Page, marked: &str) -> Result<StrippedPage<'a>, Box<dyn Error>> {
    let mut removed = BTreeMap::new();
    let mark = serde_json::from_str::<Annotated>(marked)?.tamis;
    let kept_whole = mark.as_ref().is_some_and(|mark| mark.action == "kept_whole");
    let starts = line_starts(&page.text());
    let edits = mark.into_iter().flat_map(|mark| mark.edits);
    for edit in edits.filter(|edit| !edit.rule.starts_with("normalize/")) {
        let first = starts.partition_point(|(start, _)| *start < edit.span.start);
        let inside = starts[first..].iter().take_while(|(_, end)| *end <= edit.span.end).enumerate();
        for (index, _) in inside.filter(|(_, (start, end))| start < end) {
            removed.insert(first + index, (edit.rule.clone(), edit.evidence.to_string()));
        }
    }
    Ok(StrippedPage { page, removed, kept_whole })
}

fn line_starts(text: &str) -> Vec<(usize, usize)> {
    let mut start = 0;
    let mut spans = Vec::new();
    for line in text.split('\n') {
        spans.push((start, start + line.trim_end().len()));
        start += line.len() + 1;
    }
    spans
}

fn print_hits(file: &str, pages: &[Page]) -> Result<(), Box<dyn Error>> {
    let profile = match std::env::args().nth(2).as_deref() {
        Some("safe") => Profile::Safe,
        Some("strict") => Profile::Strict,
        _ => Profile::Default,
    };
    let config = StripConfig { profile, ..StripConfig::default() };
    let mut by_rule: BTreeMap<String, (usize, Vec<String>)> = BTreeMap::new();
    for StrippedPage { page, removed, .. } in strip_pages(pages, &config)? {
        for (index, (rule, evidence)) in removed {
            let entry = by_rule.entry(rule).or_default();
            match page.labels[index] {
                0 => entry.0 += 1,
                1 => entry.1.push(format!("{} [{evidence}] {}", page.site(), page.lines[index])),
                _ => {}
            }
        }
    }
    for (rule, (right, wrong)) in by_rule {
        println!("{file}\t{rule}\t{right}\t{}", wrong.len());
        for line in wrong {
            println!("\t\t{}", line.chars().take(160).collect::<String>());
        }
    }
    Ok(())
}

fn score_lines(pages: &[Page], removes: fn(&str) -> bool) -> Score {
    let mut score = Score::default();
    for page in pages {
        for (line, label) in page.lines.iter().zip(&page.labels) {
            score.add(line, *label, removes(line));
        }
    }
    score
}

fn score_pages(pages: &[Page], removes: fn(&[String]) -> bool) -> Score {
    let mut score = Score::default();
    for page in pages {
        let goes = removes(&page.lines);
        for (line, label) in page.lines.iter().zip(&page.labels) {
            score.add(line, *label, goes);
        }
    }
    score
}

/// `FineWeb` (Penedo et al. 2024, custom filters as in datatrove): a page goes whole when under 12 % of its lines end in terminal
/// punctuation, over 67 % of them have 30 characters or fewer, over 1 % of its characters stand in repeated lines, or there are
/// more than 0.3 line breaks a word.
fn fine_web_removes(lines: &[String]) -> bool {
    let lines: Vec<&str> = lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
    let count = lines.len().max(1) as f64;
    let ended = lines.iter().filter(|line| line.ends_with(['.', '!', '?', '"', '\''])).count() as f64;
    let short = lines.iter().filter(|line| line.chars().count() <= 30).count() as f64;
    let characters: usize = lines.iter().map(|line| line.chars().count()).sum();
    let mut seen = BTreeSet::new();
    let repeated: usize =
        lines.iter().filter(|line| !seen.insert(**line)).map(|line| line.chars().count()).sum();
    let words: usize = lines.iter().map(|line| line.split_whitespace().count()).sum();
    ended / count < 0.12
        || short / count > 0.67
        || repeated as f64 / characters.max(1) as f64 > 0.01
        || count / words.max(1) as f64 > 0.3
}

/// Lines that stand in so many pages of the file, as ROOTS and `CCNet` count them.
fn score_repeats(pages: &[Page], least: usize) -> Score {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for page in pages {
        for line in page.lines.iter().collect::<BTreeSet<_>>() {
            *counts.entry(line.as_str()).or_default() += 1;
        }
    }
    let mut score = Score::default();
    for page in pages {
        for (line, label) in page.lines.iter().zip(&page.labels) {
            score.add(line, *label, counts[line.as_str()] >= least);
        }
    }
    score
}

/// C4 (Raffel et al. 2020) as released: lines end in `.`, `?`, `!` or `"` and not in `...`, have five words and neither
/// "javascript" nor a policy phrase.
fn c4_removes(line: &str) -> bool {
    const POLICIES: [&str; 6] =
        ["terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies"];
    let line = line.trim();
    let lower = line.to_lowercase();
    !line.ends_with(['.', '?', '!', '"'])
        || line.ends_with("...")
        || line.split_whitespace().count() < 5
        || lower.contains("javascript")
        || POLICIES.iter().any(|phrase| lower.contains(phrase))
}

/// `RefinedWeb` (Penedo et al. 2023, appendix): more than half upper case, all digits, a counter, one word, or a short line
/// with `sign-in`, `read more...` or `items in cart`.
fn refined_web_removes(line: &str) -> bool {
    let line = line.trim();
    let letters = line.chars().filter(|character| !character.is_whitespace()).count();
    let upper = line.chars().filter(|character| character.is_uppercase()).count();
    let lower = line.to_lowercase();
    let words = line.split_whitespace().count();
    let counter = words == 2
        && line.starts_with(|character: char| character.is_ascii_digit())
        && [
            "likes",
            "shares",
            "comments",
            "retweets",
            "reposts",
            "quotes",
            "bookmarks",
            "upvotes",
            "downvotes",
            "downloads",
            "views",
            "followers",
        ]
        .iter()
        .any(|name| lower.ends_with(name));
    upper * 2 > letters
        || (letters > 0 && line.chars().all(|character| character.is_numeric() || character.is_whitespace()))
        || counter
        || words == 1
        || (words <= 10
            && (lower.starts_with("sign-in")
                || lower.ends_with("read more...")
                || lower.contains("items in cart")))
}
