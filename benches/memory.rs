//! Peak memory and time of `tamis clean` at several budgets: `cargo bench --bench memory -- [--megabytes 200] [--memory 256MiB,…]`.
//!
//! The corpus is made from a real one (../shared/data, or `--from`), as often as it takes: in every copy but the first each longer
//! word gives way to another of the same length, always the same one within a copy, but in lines that several documents have. So lines
//! are as long as in the original, duplicates stay duplicates, boilerplate stays what it is, and no two copies have a sentence of their
//! text in common. The outputs of all budgets are compared byte for byte. See `benches/README.md`.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

#[expect(dead_code, reason = "a run is measured once here, so there is no median")]
#[path = "floor/measure.rs"]
mod measure;
#[path = "corpora/real.rs"]
mod real;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::ensure;
use clap::Parser;

use measure::measure;
use real::{Record, records, write_lines};

/// Characters of a word from which on it is replaced.
const LONG_WORD: usize = 4;

/// Measure peak memory and time of tamis clean at several budgets
#[derive(Parser)]
struct Arguments {
    /// Size of the corpus that is made, in megabytes
    #[arg(long, value_name = "N", default_value = "2000")]
    megabytes: u64,
    /// Budgets to measure
    #[arg(long, value_name = "SIZE", value_delimiter = ',', default_value = "256MiB,1GiB,4GiB")]
    memory: Vec<String>,
    /// Threads of tamis
    #[arg(long, value_name = "N", default_value = "2")]
    threads: u32,
    /// Corpus to make the large one from, JSON Lines, plain or packed
    #[arg(long, value_name = "FILE", default_value = real::CORPUS)]
    from: PathBuf,
    /// Folder to work in, kept afterwards with the corpus, which is used again [default: a temporary one]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// The tamis to measure [default: the one that cargo built for this run]
    #[arg(long, value_name = "FILE", default_value = env!("CARGO_BIN_EXE_tamis"), hide_default_value = true)]
    tamis: PathBuf,
    /// Given by cargo where the target is run to measure and not to test
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if !arguments.bench {
        println!("nothing measured: run it with `cargo bench --bench memory`");
        return Ok(());
    }
    let temporary = tempfile::tempdir()?;
    let folder = arguments.folder.clone().unwrap_or_else(|| temporary.path().to_path_buf());
    let corpus = folder.join(format!("made-{}.jsonl", arguments.megabytes));
    if !corpus.exists() {
        make(&arguments.from, &corpus, arguments.megabytes * 1_000_000)?;
    }
    println!("| --memory | wall s | CPU s | peak MiB | of the budget |");
    println!("|---|---|---|---|---|");
    let mut first = None;
    for memory in &arguments.memory {
        let digests = measure_at(memory, &corpus, &folder, &arguments)?;
        let first = first.get_or_insert_with(|| digests.clone());
        ensure!(*first == digests, "the outputs differ at --memory {memory}");
    }
    println!("\nAll outputs are the same, byte for byte.");
    Ok(())
}

/// One run, told as a row; the digests of what it wrote, but for the timings.
fn measure_at(
    memory: &str,
    corpus: &Path,
    folder: &Path,
    arguments: &Arguments,
) -> anyhow::Result<BTreeMap<String, u64>> {
    let out = folder.join("out");
    std::fs::create_dir_all(&out)?;
    let mut command = Command::new(std::path::absolute(&arguments.tamis)?);
    command.current_dir(&out).arg("clean").arg(std::path::absolute(corpus)?);
    command.args(["-o", "clean.jsonl", "--quiet", "--overwrite", "--temp-dir", ".", "--memory", memory]);
    command.arg("--threads").arg(arguments.threads.to_string());
    let run = measure(&mut command)?;
    let (peak, budget) = (run.peak as f64 / 1_048_576.0, mebibytes(memory));
    println!("| {memory} | {:.1} | {:.1} | {peak:.0} | {:.2} |", run.wall, run.cpu, peak / budget);
    let mut digests = BTreeMap::new();
    digest(&out, &mut digests)?;
    std::fs::remove_dir_all(&out)?;
    Ok(digests)
}

fn mebibytes(size: &str) -> f64 {
    let digits = size.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = if size.contains('G') { 1024.0 } else { 1.0 };
    digits.parse::<f64>().unwrap_or(f64::NAN) * unit
}

fn digest(folder: &Path, digests: &mut BTreeMap<String, u64>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            digest(&path, digests)?;
        } else if path.file_name().is_none_or(|name| name != "timings.json") {
            let mut hash = xxhash_rust::xxh3::Xxh3::new();
            let mut reader = File::open(&path)?;
            let mut buffer = vec![0; 1 << 16];
            loop {
                let read = reader.read(&mut buffer)?;
                if read == 0 {
                    break;
                }
                hash.update(&buffer[..read]);
            }
            digests.insert(path.to_string_lossy().into_owned(), hash.digest());
        }
    }
    Ok(())
}

/// Makes the corpus.
fn make(from: &Path, to: &Path, bytes: u64) -> anyhow::Result<()> {
    let mut words = Words::default();
    for record in records(from)? {
        words.learn(record?.text()?);
    }
    words.lines = HashSet::new();
    let (mut copy, mut left) = (0, records(from)?);
    let mut next = || -> anyhow::Result<Option<(usize, Record)>> {
        let mut record = left.next().transpose()?;
        if record.is_none() {
            (copy, left) = (copy + 1, records(from)?);
            record = left.next().transpose()?;
        }
        Ok(record.map(|record| (copy, record)))
    };
    let lines = std::iter::from_fn(|| next().transpose())
        .map(|record| record.and_then(|(copy, record)| words.line(record, copy)));
    write_lines(lines, to, bytes)?;
    Ok(())
}

/// The words of a corpus by their length.
#[derive(Default)]
struct Words {
    of_length: Vec<Vec<String>>,
    places: HashMap<String, usize>,
    lines: HashSet<String>,
    /// Lines that several documents have.
    recurring: HashSet<String>,
}

impl Words {
    fn learn(&mut self, text: &str) {
        let lines: BTreeSet<&str> = text.lines().map(str::trim_end).collect();
        for line in lines {
            if !self.lines.insert(line.to_owned()) {
                self.recurring.insert(line.to_owned());
            }
        }
        for word in text.split(|c: char| !c.is_alphabetic()) {
            let length = word.chars().count();
            if length < LONG_WORD || self.places.contains_key(word) {
                continue;
            }
            if self.of_length.len() <= length {
                self.of_length.resize(length + 1, Vec::new());
            }
            self.places.insert(word.to_owned(), self.of_length[length].len());
            self.of_length[length].push(word.to_owned());
        }
    }

    /// The line of a record in the first copy, which is the corpus itself, or in a later one.
    fn line(&self, mut record: Record, copy: usize) -> anyhow::Result<String> {
        if copy == 0 {
            return Ok(record.line);
        }
        record.value["text"] = self.varied(record.text()?, copy).into();
        let id = record.value["id"].as_str().unwrap_or_default();
        record.value["id"] = format!("{id}-{copy}").into();
        Ok(record.value.to_string())
    }

    fn varied(&self, text: &str, copy: usize) -> String {
        let mut varied = String::with_capacity(text.len());
        for line in text.split_inclusive('\n') {
            if self.recurring.contains(line.trim_end()) {
                varied.push_str(line);
                continue;
            }
            let mut rest = line;
            while !rest.is_empty() {
                let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
                varied.push_str(self.other(&rest[..end], copy));
                let next = rest[end..].find(char::is_alphabetic).map_or(rest.len(), |at| end + at);
                varied.push_str(&rest[end..next]);
                rest = &rest[next..];
            }
        }
        varied
    }

    fn other<'w>(&'w self, word: &'w str, copy: usize) -> &'w str {
        let Some(place) = self.places.get(word) else { return word };
        let alike = &self.of_length[word.chars().count()];
        &alike[(place + copy * 7919) % alike.len()]
    }
}
