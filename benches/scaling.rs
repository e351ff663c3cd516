//! How time and memory grow on corpora made to hurt: `cargo bench --bench scaling -- [--documents N] [--shape NAME]`.
//!
//! Each shape is made with N, 2N, 4N and 8N documents (the huge document: as many words), and `tamis dups` lists what it
//! finds in each. See `benches/README.md`.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

#[expect(dead_code, reason = "a run is measured once here, so there is no median")]
#[path = "floor/measure.rs"]
mod measure;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Parser;

use measure::{Run, measure};

/// Measure how tamis dups scales on hostile corpora
#[derive(Parser)]
struct Arguments {
    /// Documents of the smallest corpus; the largest has eight times as many
    #[arg(long, value_name = "N", default_value = "5000")]
    documents: usize,
    /// Shapes to measure [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    shape: Vec<String>,
    /// Further arguments of tamis dups, such as --pairs
    #[arg(long, value_name = "ARGUMENT", allow_hyphen_values = true)]
    with: Vec<String>,
    /// The tamis to measure [default: the one that cargo built for this run]
    #[arg(long, value_name = "FILE", default_value = env!("CARGO_BIN_EXE_tamis"), hide_default_value = true)]
    tamis: PathBuf,
    /// Given by cargo where the target is run to measure and not to test
    #[arg(long, hide = true)]
    bench: bool,
}

/// A corpus by the number of its documents.
struct Shape {
    name: &'static str,
    /// The text of one document of so many.
    text: fn(at: usize, documents: usize) -> String,
    /// Whether it is one document that grows.
    is_one: bool,
}

const SHAPES: [Shape; 9] = [
    Shape { name: "apart", text: |at, _| prose(150, at), is_one: false },
    Shape { name: "notice", text: notice, is_one: false },
    Shape { name: "identical", text: |_, _| prose(150, 1), is_one: false },
    Shape { name: "near", text: near, is_one: false },
    Shape { name: "chain", text: |at, _| stream(at * 10, 150), is_one: false },
    Shape { name: "mosaic", text: mosaic, is_one: false },
    Shape { name: "prefixes", text: |at, _| stream(0, 20 + at % 400), is_one: false },
    Shape { name: "huge", text: |_, documents| stream(0, 150 * documents), is_one: true },
    Shape { name: "huge-same", text: |_, documents| "la ".repeat(150 * documents), is_one: true },
];

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if !arguments.bench {
        println!("nothing measured: run it with `cargo bench --bench scaling`");
        return Ok(());
    }
    println!("| shape | documents | MB | wall s | CPU s | peak MB | found | exponent of CPU | of peak |");
    println!("|---|---|---|---|---|---|---|---|---|");
    let is_wanted =
        |shape: &&Shape| arguments.shape.is_empty() || arguments.shape.iter().any(|name| name == shape.name);
    for shape in SHAPES.iter().filter(is_wanted) {
        run(shape, &arguments)?;
    }
    Ok(())
}

/// Measures one shape at four sizes.
fn run(shape: &Shape, arguments: &Arguments) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (corpus, list) = (folder.path().join("corpus.jsonl"), folder.path().join("list.jsonl"));
    let mut runs: Vec<(usize, Run)> = Vec::new();
    for documents in [1, 2, 4, 8].map(|times| times * arguments.documents) {
        let bytes = make(shape, documents, &corpus)?;
        let mut command = Command::new(&arguments.tamis);
        command
            .arg("dups")
            .arg(&corpus)
            .arg("-o")
            .arg(&list)
            .args(["-q", "--no-strip"])
            .args(&arguments.with);
        let run = measure(&mut command)?;
        let found = BufReader::new(File::open(&list)?).split(b'\n').count();
        let (cpu, peak) = growth(runs.last(), documents, &run);
        println!(
            "| {} | {documents} | {:.1} | {:.2} | {:.2} | {:.0} | {found} | {cpu} | {peak} |",
            shape.name,
            bytes as f64 / 1e6,
            run.wall,
            run.cpu,
            run.peak as f64 / 1e6,
        );
        runs.push((documents, run));
    }
    let (cpu, peak) = growth(runs.first(), runs[3].0, &runs[3].1);
    println!("| {} | from first to last | | | | | | {cpu} | {peak} |", shape.name);
    Ok(())
}

/// The exponents with which CPU time and peak memory grew.
fn growth(before: Option<&(usize, Run)>, documents: usize, run: &Run) -> (String, String) {
    let Some((fewer, earlier)) = before else { return (String::new(), String::new()) };
    let step = (documents as f64 / *fewer as f64).ln();
    let exponent = |now: f64, then: f64| format!("{:.2}", (now / then.max(1e-3)).ln() / step);
    (exponent(run.cpu, earlier.cpu), exponent(run.peak as f64, earlier.peak as f64))
}

/// Writes a corpus; returns its size in bytes.
fn make(shape: &Shape, documents: usize, path: &Path) -> anyhow::Result<u64> {
    let mut file = BufWriter::new(File::create(path)?);
    for at in 0..if shape.is_one { 1 } else { documents } {
        let text = (shape.text)(at, documents);
        serde_json::to_writer(&mut file, &serde_json::json!({ "id": at.to_string(), "text": text }))?;
        file.write_all(b"\n")?;
    }
    file.flush()?;
    Ok(std::fs::metadata(path)?.len())
}

/// One paragraph in every document, the rest of each its own.
fn notice(at: usize, _: usize) -> String {
    format!("{}\n\n{}\n\n{}", prose(75, 2 * at + 10), prose(40, 3), prose(75, 2 * at + 11))
}

/// One text with a slip of its own in every document.
fn near(at: usize, _: usize) -> String {
    let text = prose(150, 1);
    let mut words: Vec<&str> = text.split(' ').collect();
    let slip = letters(at);
    words[(at * 7919) % 150] = &slip;
    words.join(" ")
}

/// Five paragraphs, each one of a pool that grows slowly with the corpus: every paragraph is in many documents.
fn mosaic(at: usize, documents: usize) -> String {
    let pool = documents / 50 + 1;
    let paragraph = |number: usize| prose(30, mix(at * 5 + number) as usize % pool + 100);
    (0..5).map(paragraph).collect::<Vec<_>>().join("\n\n")
}

/// Words of their own for each seed.
fn prose(words: usize, seed: usize) -> String {
    stream(seed.wrapping_mul(1 << 30), words)
}

/// So many words of an endless text, from one on.
fn stream(from: usize, words: usize) -> String {
    let mut text = String::with_capacity(7 * words);
    for at in from..from + words {
        let _ = write!(text, "{} ", letters(mix(at) as usize % 100_000));
    }
    text.pop();
    text
}

/// A number as letters, since numbers are treated apart.
fn letters(mut number: usize) -> String {
    let mut word = String::from("w");
    while number > 0 {
        word.push(char::from(b'a' + (number % 26) as u8));
        number /= 26;
    }
    word
}

/// A number that looks random, the same in every run (the last steps of `SplitMix64`).
fn mix(number: usize) -> u64 {
    let mixed = (number as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
