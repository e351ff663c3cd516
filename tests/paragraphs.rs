//! `--level paragraph`: later copies of paragraphs go, one stays, and all of it can be taken back.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::collections::BTreeSet;

use support::corpus::{Dice, lines, messy};
use support::{Folder, record, texts};

fn paragraphs(seed: u64, number: usize) -> Vec<String> {
    let mut dice = Dice::new(seed);
    (0..number).map(|_| format!("{} {}", dice.story(1), dice.story(1))).collect()
}

#[test]
fn a_later_copy_of_a_paragraph_goes() {
    let folder = Folder::new();
    let (a, b) = (paragraphs(1, 4), paragraphs(2, 4));
    let first = a.join("\n\n");
    let second = format!("{}\n\n{}\n\n{}\n\nShort line.\n\n{}\n", b[0], a[2], b[1], b[2]);
    let third = format!("{}\n\nShort line.\n\n{}\n\n{}\n\n{}", a[0], b[3], b[1], b[3]);
    folder.write("a.jsonl", record("1", &first) + &record("2", &second) + &record("3", &third));
    folder.run(&["clean", "a.jsonl", "-o", "out.jsonl", "--level", "paragraph"]).ends_with(0);
    let expected = [
        first.clone(),
        format!("{}\n\n{}\n\nShort line.\n\n{}\n", b[0], b[1], b[2]),
        format!("Short line.\n\n{}", b[3]),
    ];
    assert_eq!(texts(&folder.read("out.jsonl")), expected);
    let receipts = folder.receipts("out.jsonl.report");
    let edit = &receipts[0]["edits"][0];
    assert_eq!((&edit["rule"], &edit["category"]), (&"repeated/paragraph".into(), &"repeated".into()));
    assert_eq!(edit["evidence"], serde_json::json!({ "kind": "repeated", "file": 0, "record": 1 }));
    assert_eq!(edit["text"].as_str().unwrap().trim(), a[2]);
    folder.run(&["restore", "out.jsonl.report", "-o", "again"]).ends_with(0);
    assert_eq!(folder.text("again/a.jsonl"), folder.text("a.jsonl"));
}

#[test]
fn short_ones_stay_unless_asked_for() {
    let folder = Folder::new();
    let page = |seed| format!("{}\n\nA line that both have.", paragraphs(seed, 3).join("\n\n"));
    folder.write("a.jsonl", record("1", &page(1)) + &record("2", &page(2)));
    let kept = |options: &[&str]| {
        let ran = folder.run(&[&["clean", "a.jsonl", "-o", "-"], options].concat()).ends_with(0);
        texts(&ran.stdout)[1].contains("both have")
    };
    assert!(kept(&[]));
    assert!(kept(&["--level", "paragraph"]));
    assert!(!kept(&["--level", "paragraph", "--paragraph-chars", "10"]));
}

#[test]
fn no_paragraph_is_left_twice_and_all_comes_back() {
    let folder = Folder::new();
    folder.write("in/a.jsonl", lines(&messy(200, 31)));
    folder.write("in/b.jsonl", lines(&messy(60, 32)) + &lines(&messy(30, 31)));
    let shared = paragraphs(9, 2);
    folder.write("in/c.txt", format!("{}\r\n\r\n{}\u{a0}", shared[0], shared[1]));
    folder.write("in/d.txt", format!("{}\n\nAnother end", shared[0]));
    let options = ["--level", "paragraph", "--paragraph-chars", "40", "--leave", "near,contained"];
    folder.run(&[&["clean", "in", "-o", "out"][..], &options].concat()).ends_with(0);
    assert_eq!(folder.text("out/d.txt"), "Another end\n");
    let kept = [texts(&folder.read("out/a.jsonl")), texts(&folder.read("out/b.jsonl"))].concat();
    let long = kept
        .iter()
        .flat_map(|text| text.split('\n'))
        .map(str::trim)
        .filter(|line| line.chars().count() >= 40);
    let long: Vec<&str> = long.collect();
    assert!(long.len() > 300, "{}", long.len());
    assert_eq!(long.iter().collect::<BTreeSet<_>>().len(), long.len());
    folder.run(&["restore", "out.report", "-o", "again"]).ends_with(0);
    assert_eq!(folder.tree("again"), folder.tree("in"));
    folder.run(&[&["clean", "out", "-o", "twice"][..], &options].concat()).ends_with(0);
    assert_eq!(folder.summary("twice.report")["rules"]["repeated/paragraph"], serde_json::Value::Null);
}
