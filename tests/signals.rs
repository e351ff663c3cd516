//! Runs that are ended from outside leave nothing half done.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(unix)]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use tamis::config::{Config, GroupConfig, Level};
use tamis::error::Error;
use tamis::job::{Job, Output, Stop};
use tamis::progress::{Silent, Stage, Watch};

use support::corpus::{lines, messy};
use support::{Folder, Ran, start};

const PATIENCE: Duration = Duration::from_secs(20);

fn corpus() -> String {
    lines(&messy(1500, 31))
}

#[test]
fn a_reader_that_has_had_enough_is_a_clean_end() {
    let folder = Folder::new();
    folder.write("a.jsonl", corpus());
    let mut child = start(&mut folder.tamis(&["clean", "a.jsonl", "-o", "-", "--report", "report"]));
    let mut first = String::new();
    BufReader::with_capacity(64, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap()).ends_with(0);
    assert!(first.starts_with('{') || first.starts_with(' '), "{first}");
    assert_eq!(ran.stderr, "");
    assert_eq!(folder.entries(), ["a.jsonl"]);
}

#[test]
fn an_interrupt_while_reading_leaves_nothing() {
    let folder = Folder::new();
    let mut child = start(&mut folder.tamis(&["clean", "-", "-o", "out.jsonl"]));
    let mut stdin = child.stdin.take().unwrap();
    let corpus = corpus();
    // More than a pipe holds: when it is written, tamis is reading.
    stdin.write_all(corpus.as_bytes()).unwrap();
    send(&child, "INT");
    // The rest wakes it up; it may be gone by then.
    let _ = stdin.write_all(corpus.as_bytes());
    drop(stdin);
    Ran::of(child.wait_with_output().unwrap()).fails(130, "interrupted; nothing was written");
    assert_eq!(folder.entries(), Vec::<String>::new());
}

#[test]
fn an_interrupt_while_writing_leaves_nothing() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let folder = Folder::new();
        folder.write("a.jsonl", corpus().repeat(3));
        // Nobody reads its output yet, so that it waits in the middle of writing.
        let mut child =
            start(&mut folder.tamis(&["clean", "a.jsonl", "-o", "-", "--no-dedup", "--report", "report"]));
        wait_until(|| folder.entries().iter().any(|name| name.starts_with(".report.partial-")));
        send(&child, signal);
        let mut stdout = Vec::new();
        child.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
        Ran::of(child.wait_with_output().unwrap()).fails(code, "interrupted; nothing was written");
        assert_eq!(folder.entries(), ["a.jsonl"]);
    }
}

#[test]
fn a_signal_that_comes_twice_at_once_is_one() {
    let folder = Folder::new();
    folder.write("a.jsonl", corpus().repeat(3));
    let mut child =
        start(&mut folder.tamis(&["clean", "a.jsonl", "-o", "-", "--no-dedup", "--report", "report"]));
    wait_until(|| folder.entries().iter().any(|name| name.starts_with(".report.partial-")));
    send(&child, "INT");
    send(&child, "INT");
    let mut stdout = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
    Ran::of(child.wait_with_output().unwrap()).fails(130, "interrupted; nothing was written");
    assert_eq!(folder.entries(), ["a.jsonl"]);
}

/// Raises the flag as grouping begins: from there on texts are empty, so that it ends soon.
struct StopsGrouping(Stop);

impl Watch for StopsGrouping {
    fn begin(&self, stage: Stage, _bytes: Option<u64>) {
        if stage == Stage::Group {
            self.0.raise(2);
        }
    }
}

#[test]
fn a_run_that_is_stopped_while_it_groups_goes_on_to_the_same_bytes() {
    let folder = Folder::new();
    folder.write("a.jsonl", corpus());
    let output = |name: &str| Some(Output::File(folder.path(name)));
    let input = folder.path("a.jsonl").to_string_lossy().into_owned();
    let job = Job { inputs: vec![input], output: output("stopped.jsonl"), ..Job::default() };
    for config in [Config::default(), paragraphs()] {
        let stopping = Job { stop: Stop::default(), ..job.clone() };
        let stopped = tamis::clean(&config, &stopping, &StopsGrouping(stopping.stop.clone()));
        assert!(matches!(stopped, Err(Error::Interrupted { signal: 2 })));
        assert!(!folder.path("stopped.jsonl").exists());
        tamis::clean(&config, &Job { resume: true, ..job.clone() }, &Silent).unwrap();
        tamis::clean(&config, &Job { output: output("whole.jsonl"), ..job.clone() }, &Silent).unwrap();
        assert_eq!(folder.text("stopped.jsonl"), folder.text("whole.jsonl"));
        for name in ["stopped.jsonl", "whole.jsonl"] {
            std::fs::remove_file(folder.path(name)).unwrap();
        }
    }
}

fn paragraphs() -> Config {
    let group = GroupConfig { level: Level::Paragraph, ..GroupConfig::default() };
    Config { group, ..Config::default() }
}

fn send(child: &Child, signal: &str) {
    let command = format!("kill -{signal} {}", child.id());
    assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success());
}

#[track_caller]
fn wait_until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "it did not come to pass");
        std::thread::sleep(Duration::from_millis(2));
    }
}
