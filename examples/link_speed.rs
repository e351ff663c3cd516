//! What link text costs on a corpus: `cargo run --release --example link_speed -- articles.jsonl.zst`;
//! with `--list` after it, what was found instead: number of the document, rule, place and span, a row each.
#![expect(clippy::print_stdout, reason = "printing figures is what it is for")]

use std::error::Error;
use std::fs::File;
use std::time::Instant;

use tamis::strip::link_text::{CueSurvey, find};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("name a file of articles: .jsonl.zst")?;
    let texts = read_texts(&path)?;
    if std::env::args().any(|argument| argument == "--list") {
        list(&texts);
        return Ok(());
    }
    let bytes: usize = texts.iter().map(String::len).sum();
    for _ in 0..5 {
        let start = Instant::now();
        let mut survey = CueSurvey::default();
        texts.iter().for_each(|text| survey.observe(text));
        let surveying = start.elapsed().as_secs_f64();
        let cues = survey.finish();
        let start = Instant::now();
        let found: usize = texts.iter().map(|text| find(text, &cues).len()).sum();
        let finding = start.elapsed().as_secs_f64();
        let per_byte = |seconds: f64| seconds * 1e9 / bytes as f64;
        println!(
            "survey: {:.3} ns a byte; find: {:.3} ns a byte; {found} found, {} cues, {} MB",
            per_byte(surveying),
            per_byte(finding),
            cues.known().len(),
            bytes / 1_000_000,
        );
    }
    Ok(())
}

fn list(texts: &[String]) {
    let mut survey = CueSurvey::default();
    texts.iter().for_each(|text| survey.observe(text));
    let cues = survey.finish();
    for cue in cues.known().iter().filter(|cue| cue.learned) {
        println!("cue\t{cue:?}");
    }
    for (number, text) in texts.iter().enumerate() {
        for link in find(text, &cues) {
            let (rule, span) = (link.kind.as_str(), link.span);
            println!("{number}\t{rule}\t{}\t{:?}", span.start, span.of(text));
        }
    }
}

fn read_texts(path: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let bytes = zstd::decode_all(File::open(path)?)?;
    let mut texts = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let record: serde_json::Value = serde_json::from_slice(line)?;
        texts.extend(record["text"].as_str().map(str::to_owned));
    }
    Ok(texts)
}
