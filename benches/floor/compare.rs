//! Both programs in turns, and the table of what they took.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use tamis::report::summary::Timings;
use tempfile::TempDir;

use crate::measure::{Run, measure, median};

/// A corpus, unpacked, and the programs that are to be measured on it.
pub(crate) struct Bench {
    folder: TempDir,
    corpus: PathBuf,
    bytes: u64,
    floor: PathBuf,
    tamis: PathBuf,
    pairs: usize,
}

impl Bench {
    /// Unpacks the corpus to a temporary file, so that both programs read the same plain one.
    pub(crate) fn new(corpus: &Path, tamis: &Path, pairs: usize) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let plain = folder.path().join("corpus.jsonl");
        let bytes = io::copy(&mut tamis::read::unpack(corpus)?, &mut File::create(&plain)?)?;
        println!("{}: {:.1} MB unpacked, {pairs} runs each", corpus.display(), bytes as f64 / 1e6);
        let floor = std::env::current_exe()?;
        Ok(Self { folder, corpus: plain, bytes, floor, tamis: tamis.to_path_buf(), pairs })
    }

    /// Measures both on so many threads, prints what they took, and gives back the median wall time of tamis.
    pub(crate) fn run(&self, threads: usize) -> anyhow::Result<f64> {
        self.run_floor(threads)?;
        self.run_tamis(threads, &[])?;
        let (mut floor, mut tamis) = (Vec::new(), Vec::new());
        for _ in 0..self.pairs {
            floor.push(self.run_floor(threads)?);
            tamis.push(self.run_tamis(threads, &[])?);
        }
        let (runs, timings): (Vec<Run>, Vec<Timings>) = tamis.into_iter().unzip();
        self.print(threads, &floor, &runs);
        print_stages(&timings);
        Ok(median(&runs, |run| run.wall))
    }

    /// Measures what stripping costs: the floor, and `clean` with all on, without learning and without stripping, in turns.
    pub(crate) fn run_strip(&self, threads: usize) -> anyhow::Result<()> {
        let options: [&[&str]; 3] = [&[], &["--no-learn"], &["--no-strip"]];
        let mut seconds = [const { Vec::new() }; 4];
        self.run_floor(threads)?;
        self.run_tamis(threads, &[])?;
        for _ in 0..self.pairs {
            seconds[0].push(self.run_floor(threads)?);
            for (runs, options) in seconds[1..].iter_mut().zip(options) {
                runs.push(self.run_tamis(threads, options)?.0);
            }
        }
        let [floor, all, unlearned, unstripped] = seconds.map(|runs| median(&runs, |run| run.cpu));
        println!("\n{threads} thread{}, CPU s, median", if threads == 1 { "" } else { "s" });
        println!(
            "| floor | clean | --no-learn | --no-strip | stripping | of that learning | stripping/floor |"
        );
        println!("|---|---|---|---|---|---|---|");
        println!(
            "| {floor:.2} | {all:.2} | {unlearned:.2} | {unstripped:.2} | {:.2} | {:.2} | {:.1} |",
            all - unstripped,
            all - unlearned,
            (all - unstripped) / floor,
        );
        Ok(())
    }

    fn run_floor(&self, threads: usize) -> anyhow::Result<Run> {
        let output = self.folder.path().join("floor.jsonl");
        let mut command = Command::new(&self.floor);
        command.arg(&self.corpus).arg("--threads").arg(threads.to_string());
        let run = measure(command.arg("--floor-only").arg(&output))?;
        let written = std::fs::metadata(&output)?.len();
        ensure!(written.abs_diff(self.bytes) <= 1, "the floor wrote {written} bytes of {}", self.bytes);
        std::fs::remove_file(&output)?;
        Ok(run)
    }

    fn run_tamis(&self, threads: usize, options: &[&str]) -> anyhow::Result<(Run, Timings)> {
        let folder = tempfile::tempdir_in(self.folder.path())?;
        let output = folder.path().join("clean.jsonl");
        let mut command = Command::new(&self.tamis);
        command.arg("clean").arg(&self.corpus).arg("-o").arg(&output);
        command.args(["--quiet", "--threads", &threads.to_string()]).args(options);
        let run = measure(&mut command)?;
        let timings = folder.path().join("clean.jsonl.report/timings.json");
        let timings = std::fs::read(&timings).context("tamis wrote no timings.json")?;
        Ok((run, serde_json::from_slice(&timings)?))
    }

    fn print(&self, threads: usize, floor: &[Run], tamis: &[Run]) {
        println!("\n{threads} thread{}", if threads == 1 { "" } else { "s" });
        println!("| | wall s, median | least–most | CPU s | peak MB | MB/s a core |");
        println!("|---|---|---|---|---|---|");
        for (name, runs) in [("floor", floor), ("tamis clean", tamis)] {
            let (least, most) = spread(runs);
            let wall = median(runs, |run| run.wall);
            println!(
                "| {name} | {wall:.3} | {least:.3}–{most:.3} | {:.2} | {:.0} | {:.0} |",
                median(runs, |run| run.cpu),
                median(runs, |run| run.peak as f64) / 1e6,
                self.bytes as f64 / 1e6 / wall / threads as f64,
            );
        }
        let ratio = |of: fn(&Run) -> f64| median(tamis, of) / median(floor, of);
        println!("tamis/floor: wall {:.2} ×, CPU {:.2} ×", ratio(|run| run.wall), ratio(|run| run.cpu));
    }
}

fn spread(runs: &[Run]) -> (f64, f64) {
    let walls = runs.iter().map(|run| run.wall);
    (walls.clone().fold(f64::INFINITY, f64::min), walls.fold(0.0, f64::max))
}

/// The median wall time of each stage, and of what lies before and after them.
fn print_stages(timings: &[Timings]) {
    let Some(first) = timings.first() else { return };
    let total = median(timings, |timings| timings.total);
    let share = |seconds: f64| format!("{seconds:.3} s ({:.0} %)", 100.0 * seconds / total);
    let mut rest = total;
    print!("stages:");
    for (index, (name, _)) in first.stages.iter().enumerate() {
        let seconds = median(timings, |timings| timings.stages[index].1);
        rest -= seconds;
        print!(" {name} {},", share(seconds));
    }
    println!(" the rest {}", share(rest.max(0.0)));
}
