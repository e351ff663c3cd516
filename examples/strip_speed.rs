//! What finding and deciding cost on a corpus: `cargo run --release --example strip_speed -- articles.jsonl.zst`;
//! with `--list` after it, what went: rule and line, a row each.
#![expect(clippy::print_stdout, reason = "printing figures is what it is for")]

use std::error::Error;
use std::fs::File;
use std::time::Instant;

use tamis::config::StripConfig;
use tamis::strip::{CompiledRules, NoKnowledge, decide, find_hits};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("name a file of articles: .jsonl.zst")?;
    let texts = read_texts(&path)?;
    let start = Instant::now();
    let rules = CompiledRules::new(&StripConfig::default())?;
    println!("compile: {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    if std::env::args().any(|argument| argument == "--list") {
        list(&texts, &rules);
        return Ok(());
    }
    let bytes: usize = texts.iter().map(String::len).sum();
    let lines: usize =
        texts.iter().map(|text| text.lines().filter(|line| !line.trim().is_empty()).count()).sum();
    for _ in 0..3 {
        let start = Instant::now();
        let hits: Vec<_> = texts.iter().map(|text| find_hits(text, None, &rules)).collect();
        let finding = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let removals: usize = texts
            .iter()
            .zip(&hits)
            .map(|(text, hits)| decide(text, hits, None, &rules, &NoKnowledge, &[]).removals.len())
            .sum();
        let deciding = start.elapsed().as_secs_f64();
        println!(
            "find: {:.0} MB/s, {:.0} ns a line; decide: {:.3} s; {} hits, {removals} removals in {} documents",
            bytes as f64 / finding / 1e6,
            finding / lines as f64 * 1e9,
            deciding,
            hits.iter().map(|hits| hits.iter().count()).sum::<usize>(),
            texts.len(),
        );
    }
    Ok(())
}

fn list(texts: &[String], rules: &CompiledRules) {
    for text in texts {
        let hits = find_hits(text, None, rules);
        for removal in decide(text, &hits, None, rules, &NoKnowledge, &[]).removals {
            println!("{}\t{}", removal.rule, removal.span.of(text).trim());
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
