//! What link text costs on a corpus: `cargo run --release --example link_speed -- articles.jsonl.zst`;
//! with `--list` after it, what was found instead: number of the document, rule, place and span, a row each.
#![expect(clippy::print_stdout, reason = "printing figures is what it is for")]

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::time::{Duration, Instant};

use tamis::strip::link_text::{CueSurvey, find, may_hold};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("name a file of articles: .jsonl.zst")?;
    let texts = read_texts(&path)?;
    if std::env::args().any(|argument| argument == "--list") {
        list(&texts);
        return Ok(());
    }
    for _ in 0..5 {
        measure(&texts);
    }
    Ok(())
}

/// What the first pass spends on link text, and the second.
fn measure(texts: &[String]) {
    let bytes: usize = texts.iter().map(String::len).sum();
    let mut survey = CueSurvey::default();
    let surveying = warm(texts, |text| survey.observe(text));
    let start = Instant::now();
    let cues = survey.finish();
    let finishing = start.elapsed();
    let mut looked_at = Vec::new();
    let telling = warm(texts, |text| looked_at.push(may_hold(text) || cues.has_learned()));
    let mut looked_at = looked_at.iter();
    let mut found = 0;
    let finding = warm(texts, |text| {
        if *looked_at.next().unwrap_or(&true) {
            found += find(text, &cues).len();
        }
    });
    let per_byte = |time: Duration| time.as_secs_f64() * 1e9 / bytes as f64;
    println!(
        "survey {:.3}, may_hold {:.3}, find {:.3}: {:.3} ns a byte of {} MB; finish {:.1} ms; {found} found",
        per_byte(surveying),
        per_byte(telling),
        per_byte(finding),
        per_byte(surveying + telling + finding),
        bytes / 1_000_000,
        finishing.as_secs_f64() * 1e3,
    );
}

/// The time `work` takes on texts that were just copied: a run has just parsed each when it comes to it.
fn warm(texts: &[String], mut work: impl FnMut(&str)) -> Duration {
    let mut total = Duration::ZERO;
    for text in texts {
        let text = black_box(text.clone());
        let start = Instant::now();
        work(&text);
        total += start.elapsed();
    }
    total
}

fn list(texts: &[String]) {
    let mut survey = CueSurvey::default();
    for text in texts {
        survey.observe(text);
    }
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
