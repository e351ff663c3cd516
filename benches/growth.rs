//! What a byte costs in a small corpus and a large one, in one file and in thousands: `cargo bench --bench growth -- [CORPUS]`.
//!
//! See `benches/README.md`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

#[path = "floor/measure.rs"]
mod measure;
#[path = "corpora/real.rs"]
mod real;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Parser;

use measure::{Run, measure, median};
use real::{records, write_lines};

/// Records to a folder of small files.
const TO_A_FOLDER: usize = 500;

/// Measure what a byte costs by the size of the corpus and of its files
#[derive(Parser)]
struct Arguments {
    /// JSON Lines with a field "text", plain or packed (.gz, .zst)
    #[arg(default_value = real::CORPUS)]
    corpus: PathBuf,
    /// Number of threads
    #[arg(long, value_name = "N", default_value = "2")]
    threads: usize,
    /// Times that each is run
    #[arg(long, value_name = "N", default_value = "3")]
    runs: usize,
    /// The tamis to measure [default: the one that cargo built for this run]
    #[arg(long, value_name = "FILE", default_value = env!("CARGO_BIN_EXE_tamis"), hide_default_value = true)]
    tamis: PathBuf,
    /// Given by cargo where the target is run to measure and not to test
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if !arguments.bench || !arguments.corpus.exists() {
        eprintln!("nothing measured: run `cargo bench --bench growth -- CORPUS`");
        return Ok(());
    }
    // One folder for all, and a new output for each run: what was just deleted makes the next files slow to create on ext4.
    let folder = tempfile::tempdir()?;
    println!("| input | MB | wall s | CPU s | peak MB | CPU s/GB | to the whole |");
    println!("|---|---|---|---|---|---|---|");
    let whole = of_file(1, folder.path(), &arguments)?;
    println!("{}", whole.row("all in one file", &whole));
    for part in [2, 4, 8] {
        println!("{}", of_file(part, folder.path(), &arguments)?.row(&format!("1/{part} of it"), &whole));
    }
    println!("{}", of_files("jsonl", folder.path(), &arguments)?.row("a .jsonl each", &whole));
    println!("{}", of_files("txt", folder.path(), &arguments)?.row("a .txt each", &whole));
    Ok(())
}

/// What some input took.
struct Cost {
    bytes: u64,
    wall: f64,
    cpu: f64,
    peak: f64,
}

impl Cost {
    fn cpu_a_byte(&self) -> f64 {
        self.cpu / self.bytes as f64
    }

    fn row(&self, name: &str, whole: &Self) -> String {
        format!(
            "| {name} | {:.1} | {:.2} | {:.2} | {:.0} | {:.1} | {:.2} × |",
            self.bytes as f64 / 1e6,
            self.wall,
            self.cpu,
            self.peak / 1e6,
            self.cpu_a_byte() * 1e9,
            self.cpu_a_byte() / whole.cpu_a_byte(),
        )
    }
}

/// One record in so many, in one file: of the same kind as the whole.
fn of_file(part: usize, folder: &Path, arguments: &Arguments) -> anyhow::Result<Cost> {
    let input = folder.join(format!("part-{part}.jsonl"));
    let lines = records(&arguments.corpus)?.step_by(part).map(|record| Ok(record?.line));
    let bytes = write_lines(lines, &input, u64::MAX)?;
    clean(&input, ".out.jsonl", bytes, arguments)
}

/// A file for each record.
fn of_files(extension: &str, folder: &Path, arguments: &Arguments) -> anyhow::Result<Cost> {
    let input = folder.join(extension);
    let mut bytes = 0;
    for (number, record) in records(&arguments.corpus)?.enumerate() {
        let record = record?;
        let content = if extension == "txt" { record.text()?.to_owned() } else { record.line + "\n" };
        let place = input.join((number / TO_A_FOLDER).to_string());
        fs::create_dir_all(&place)?;
        fs::write(place.join(format!("{number}.{extension}")), &content)?;
        bytes += content.len() as u64;
    }
    clean(&input, ".out", bytes, arguments)
}

fn clean(input: &Path, ending: &str, bytes: u64, arguments: &Arguments) -> anyhow::Result<Cost> {
    let mut runs: Vec<Run> = Vec::new();
    for number in 0..arguments.runs {
        let mut command = Command::new(&arguments.tamis);
        let output = format!("{}.{number}{ending}", input.display());
        command.arg("clean").arg(input).arg("-o").arg(output).args(["--quiet", "--threads"]);
        runs.push(measure(command.arg(arguments.threads.to_string()))?);
    }
    let (wall, cpu) = (median(&runs, |run| run.wall), median(&runs, |run| run.cpu));
    Ok(Cost { bytes, wall, cpu, peak: median(&runs, |run| run.peak as f64) })
}
