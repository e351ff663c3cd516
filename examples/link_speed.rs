//! What link text costs on a corpus: `cargo run --release --example link_speed -- articles.jsonl.zst`;
//! with `--list` after it, what was found instead: number of the document, rule, place and span, a row each.
#![expect(clippy::print_stdout, reason = "printing figures is what it is for")]

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::time::{Duration, Instant};

use tamis::strip::link_text::{CueSurvey, LinkText, find, may_hold};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("name a file of articles: .jsonl.zst")?;
    let texts = read_texts(&path)?;
    if std::env::args().any(|argument| argument == "--list") {
        list(&texts);
        return Ok(());
    }
    measure(&texts);
    Ok(())
}

/// What the first pass spends on link text, and the second.
fn measure(texts: &[String]) {
    let bytes: usize = texts.iter().map(String::len).sum();
    let mut survey = CueSurvey::default();
    let surveying = least(texts, |_, text| survey.observe(text));
    let start = Instant::now();
    let cues = survey.finish();
    let finishing = start.elapsed();
    let telling = least(texts, |_, text| _ = black_box(may_hold(text)));
    let looked_at: Vec<bool> = texts.iter().map(|text| may_hold(text) || cues.has_learned()).collect();
    let finding = least(texts, |number, text| {
        if looked_at[number] {
            black_box(find(text, &cues));
        }
    });
    let per_byte = |time: Duration| time.as_secs_f64() * 1e9 / bytes as f64;
    println!(
        "survey {:.3}, may_hold {:.3}, find {:.3}: {:.3} ns a byte of {} MB; finish {:.1} ms; {} of {} looked at",
        per_byte(surveying),
        per_byte(telling),
        per_byte(finding),
        per_byte(surveying + telling + finding),
        bytes / 1_000_000,
        finishing.as_secs_f64() * 1e3,
        looked_at.iter().filter(|is_looked_at| **is_looked_at).count(),
        texts.len(),
    );
}

/// The time `work` takes on all texts, for each the least of five times: what else the machine does is not counted. Texts
/// were just copied, as a run has just parsed each when it comes to it.
fn least(texts: &[String], mut work: impl FnMut(usize, &str)) -> Duration {
    let mut least = vec![Duration::MAX; texts.len()];
    for _ in 0..5 {
        for (number, text) in texts.iter().enumerate() {
            let text = black_box(text.clone());
            let start = Instant::now();
            work(number, &text);
            least[number] = least[number].min(start.elapsed());
        }
    }
    least.iter().sum()
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
        let found = find(text, &cues);
        for link in &found {
            let (rule, span) = (link.kind.as_str(), link.span);
            println!("{number}\t{rule}\t{}\t{:?}", span.start, span.of(text));
        }
        for link in find(&without(text, &found), &cues) {
            println!("{number}\tfound in what remains\t{}\t{}", link.span.start, link.kind.as_str());
        }
    }
}

fn without(text: &str, found: &[LinkText]) -> String {
    let mut kept = String::new();
    let mut done = 0;
    for link in found {
        kept.push_str(&text[done..link.span.start]);
        done = link.span.end;
    }
    kept + &text[done..]
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
