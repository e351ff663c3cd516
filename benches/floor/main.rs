//! The floor and `tamis clean` on the same file, in turns: `cargo bench --bench floor -- [CORPUS]`.
//!
//! See `benches/README.md`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod compare;
mod floor;
mod measure;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Parser;

/// Measure tamis against the least that any such tool must do
#[derive(Parser)]
struct Arguments {
    /// JSON Lines with a field "text", plain or packed (.gz, .zst) [default: ../shared/data/articles/news-en.jsonl.zst]
    corpus: Option<PathBuf>,
    /// Numbers of threads to measure with
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "1,2")]
    threads: Vec<NonZeroUsize>,
    /// Times that each program runs, after one run that does not count
    #[arg(long, value_name = "N", default_value = "5")]
    pairs: NonZeroUsize,
    /// The tamis to measure [default: the one that cargo built for this run]
    #[arg(long, value_name = "FILE", default_value = env!("CARGO_BIN_EXE_tamis"), hide_default_value = true)]
    tamis: PathBuf,
    /// Measure what stripping, and what learning, costs beside the floor: `clean` with all on, with --no-learn, with --no-strip
    #[arg(long)]
    strip: bool,
    /// Run only the floor, once, on a plain CORPUS, and write its lines to FILE
    #[arg(long, value_name = "FILE")]
    floor_only: Option<PathBuf>,
    /// Given by cargo where the target is run to measure and not to test
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/articles/news-en.jsonl.zst");
    if let Some(output) = &arguments.floor_only {
        let corpus = arguments.corpus.as_deref().context("which CORPUS?")?;
        return floor::run(corpus, output, arguments.threads[0].get());
    }
    if !arguments.bench {
        println!("nothing measured: run it with `cargo bench --bench floor`");
        return Ok(());
    }
    let corpus = arguments.corpus.as_ref().unwrap_or(&default);
    if arguments.corpus.is_none() && !corpus.exists() {
        eprintln!("nothing measured: {} is not there; name a corpus", corpus.display());
        return Ok(());
    }
    let bench = compare::Bench::new(corpus, &arguments.tamis, arguments.pairs.get())?;
    if arguments.strip {
        return arguments.threads.iter().try_for_each(|threads| bench.run_strip(threads.get()));
    }
    let walls = arguments.threads.iter().map(|threads| bench.run(threads.get()));
    let walls: Vec<f64> = walls.collect::<anyhow::Result<_>>()?;
    for (threads, wall) in arguments.threads.iter().zip(&walls).skip(1) {
        println!(
            "\ntamis on {threads} threads is {:.2} × as fast as on {}",
            walls[0] / wall,
            arguments.threads[0]
        );
    }
    Ok(())
}
