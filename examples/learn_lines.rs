//! Prints the lines tamis learns from a corpus: `cargo run --release --example learn_lines -- FILE.jsonl[.zst] [strict]`.
//!
//! One row a line: decision, rule, documents, contexts, sites, rate, edge, tail, site, text. Times go to standard error.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::time::Instant;

use serde::Deserialize;
use tamis::config::Profile;
use tamis::site;
use tamis::strip::learn::{
    DocumentLines, GivenLines, LearnedLines, LearnedRow, LearnedRule, LineSurvey, LineTexts, Scope,
    Selection, SurveyBudget, read_lines,
};

#[derive(Deserialize)]
struct Record {
    url: Option<String>,
    text: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("which file?")?;
    let profile =
        if arguments.next().as_deref() == Some("strict") { Profile::Strict } else { Profile::Default };
    let records = read(&path)?;
    let learned = learn(&records, profile);
    let (rows, removed) = apply(&records, &learned);
    rows.iter().for_each(print);
    let characters: usize = records.iter().map(|record| record.text.len()).sum();
    eprintln!("{} lines learned; {removed} of {characters} bytes go", rows.len());
    Ok(())
}

fn read(path: &str) -> Result<Vec<Record>, Box<dyn Error>> {
    let file = File::open(path)?;
    let is_zstd = Path::new(path).extension().is_some_and(|extension| extension == "zst");
    let input: Box<dyn Read> = if is_zstd { Box::new(zstd::Decoder::new(file)?) } else { Box::new(file) };
    BufReader::new(input).lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}

fn learn(records: &[Record], profile: Profile) -> LearnedLines {
    let start = Instant::now();
    let sites: Vec<_> = records.iter().map(site_of).collect();
    let named = Instant::now();
    let mut lines = Vec::new();
    let mut count = 0;
    for record in records {
        read_lines(&record.text, &mut lines);
        count += lines.len();
    }
    let read = Instant::now();
    let mut survey = LineSurvey::new(SurveyBudget::default());
    for (rank, record) in records.iter().enumerate() {
        read_lines(&record.text, &mut lines);
        let site = sites[rank].as_deref().map(site::key);
        survey.observe(DocumentLines { site, rank: rank as u64, lines: &lines });
    }
    let observed = Instant::now();
    let learned = survey.finish(profile, &GivenLines::default());
    eprintln!(
        "{count} lines; sites {:?}, read {:?}, read again and observe {:?}, finish {:?}",
        named - start,
        read - named,
        observed - read,
        observed.elapsed(),
    );
    learned
}

fn apply(records: &[Record], learned: &LearnedLines) -> (Vec<LearnedRow>, usize) {
    let wanted = Selection::new(learned, usize::MAX, false);
    let (mut texts, mut lines, mut hits, mut removed) = (LineTexts::default(), Vec::new(), Vec::new(), 0);
    for (rank, record) in records.iter().enumerate() {
        read_lines(&record.text, &mut lines);
        let name = site_of(record);
        let site = name.as_deref().map(site::key);
        let document = DocumentLines { site, rank: rank as u64, lines: &lines };
        texts.note(&wanted, document, name.as_deref(), &record.text);
        learned.find(document, &mut hits);
        removed += hits.iter().map(|hit| lines[hit.line].span.len()).sum::<usize>();
    }
    (texts.rows(learned, &wanted), removed)
}

fn site_of(record: &Record) -> Option<String> {
    site::of(record.url.as_deref()?).map(std::borrow::Cow::into_owned)
}

fn print(row: &LearnedRow) {
    let seen = &row.evidence;
    println!(
        "{:?}\t{}\t{}\t{}\t{}\t{:.3}\t{:.2}\t{:.2}\t{}\t{}",
        row.decision,
        row.rule.map_or("", LearnedRule::name),
        seen.documents,
        seen.contexts,
        seen.sites,
        seen.rate,
        seen.edge,
        seen.tail,
        match &row.scope {
            Scope::Site(site) => site,
            _ => "-",
        },
        row.text.chars().take(160).collect::<String>(),
    );
}
