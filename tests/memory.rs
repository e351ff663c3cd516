//! Memory stays within what `--memory` says, of the real command and on corpora that make it large: each holds many times as many documents or
//! records as a fixed number of bytes for each would allow.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(target_os = "linux")]

mod support;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::process::Stdio;

use wait4::Wait4;

use support::Folder;
use support::corpus::Dice;

/// A budget that leaves little beside the program, its rules and one thread.
const BUDGET: &str = "64MiB";
const BUDGET_BYTES: u64 = 64 << 20;

/// Runs tamis with that budget on `corpus.jsonl`, and checks its peak: at most 1.2 times as much.
fn check(what: &str, folder: &Folder, arguments: &[&str]) {
    let fixed = ["corpus.jsonl", "--quiet", "--threads", "1", "--temp-dir", ".", "--memory", BUDGET];
    let mut command = folder.tamis(&[&arguments[..1], &fixed, &arguments[1..]].concat());
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let end = child.wait4().unwrap();
    assert!(matches!(end.status.code(), Some(0 | 3)), "{what}: {}", end.status);
    let peak = end.rusage.maxrss;
    assert!(5 * peak <= 6 * BUDGET_BYTES, "{what}: {} MiB at the peak with {BUDGET}", peak >> 20);
}

/// As [`check`], of `clean` on these records. They are written as they come: what this process once held counts as the command's peak.
fn clean(what: &str, mut records: impl Iterator<Item = String>) {
    let folder = Folder::new();
    let mut file = BufWriter::new(File::create(folder.path("corpus.jsonl")).unwrap());
    records.try_for_each(|record| file.write_all(record.as_bytes())).unwrap();
    file.flush().unwrap();
    check(what, &folder, &["clean", "-o", "clean.jsonl", "--learn-lines", "50000"]);
}

fn record(number: u32, text: &str) -> String {
    format!("{{\"id\":\"document {number}\",\"text\":\"{text}\"}}\n")
}

#[test]
fn identical_documents_stay_within_it() {
    let text = "The quick brown fox jumps over the lazy dog and runs away.";
    clean("identical documents", (0..200_000).map(|number| record(number, text)));
}

#[test]
fn records_that_are_no_documents_stay_within_it() {
    let broken =
        |number: u32| format!("{{\"id\":\"document {number}\",\"body\":\"the field has another name\"}}\n");
    clean("records without a text", (0..250_000).map(broken));
}

#[test]
fn short_documents_stay_within_it() {
    let mut dice = Dice::new(3);
    let mut text = |words: u64| {
        let mut text = String::new();
        for _ in 0..words {
            write!(text, "w{} ", dice.throw(100_000)).unwrap();
        }
        text
    };
    clean("short documents", (0..150_000).map(|number| record(number, &text(10))));
}

#[test]
fn text_of_many_times_its_size_stays_within_it() {
    let mut dice = Dice::new(4);
    let mut text = || {
        let mut text = String::new();
        for word in 1..=200 {
            write!(text, "w{}{}", dice.throw(100_000), if word % 40 == 0 { "\\n" } else { " " }).unwrap();
        }
        text
    };
    clean("60 MB of text", (0..42_000).map(|number| record(number, &text())));
}
