//! `tamis compare` tells what two reports on the same input decide differently.

mod support;

use serde_json::Value;
use support::corpus::{lines, messy};
use support::{Folder, record, story};

fn twice(a: &[&str], b: &[&str]) -> Folder {
    let folder = Folder::new();
    let page = format!("{}\n\nADVERTISEMENT\n\n{}", story(3), story(4));
    let records = [
        record("first", &story(1)),
        record("near", &story(1).replacen(' ', " unheard ", 1)),
        record("longer", &format!("{} And so it went on.", story(1))),
        record("page", &page),
        record("spaced", &format!("{} and\u{a0}more", story(5))),
        record("plain", &story(6)),
    ];
    folder.write("in.jsonl", records.concat());
    folder.run(&[&["clean", "in.jsonl", "-o", "a.jsonl", "-q"], a].concat()).ends_with(0);
    folder.run(&[&["clean", "in.jsonl", "-o", "b.jsonl", "-q"], b].concat()).ends_with(0);
    folder
}

fn compared(folder: &Folder) -> Value {
    let ran = folder.run(&["compare", "a.jsonl.report", "b.jsonl.report", "--json"]).ends_with(0);
    serde_json::from_slice(&ran.stdout).unwrap_or_default()
}

#[test]
fn equal_runs_decide_the_same() {
    let folder = twice(&[], &["--threads", "1"]);
    let ran = folder.run(&["compare", "a.jsonl.report", "b.jsonl.report"]).ends_with(0);
    assert!(ran.stdout().ends_with("both decide the same\n"), "{}", ran.stdout());
    let found = compared(&folder);
    assert_eq!((&found["records"], &found["removed_by_both"]), (&6.into(), &2.into()));
    assert!(
        found["settings"].as_array().is_some_and(Vec::is_empty)
            && found["examples"].as_array().is_some_and(Vec::is_empty)
    );
}

#[test]
fn removals_and_changes_of_one_are_told_in_context() {
    let folder = twice(&[], &["--no-dedup", "--no-strip"]);
    let ran = folder.run(&["compare", "a.jsonl.report", "b.jsonl.report"]).ends_with(0);
    let said = ran.stdout();
    assert!(said.contains("setting  group.enabled: A true, B false"), "{said}");
    assert!(
        said.contains("2  removed only by A")
            && said.contains("A removed, near of first (in.jsonl:1), Jaccard 0.9"),
        "{said}"
    );
    assert!(
        said.contains("1  advertisement/marker-en\n") && said.contains("[-⏎⏎ADVERTISEMENT-]⏎⏎"),
        "{said}"
    );
    let found = compared(&folder);
    assert_eq!(
        (&found["removed_only_by_a"], &found["removed_only_by_b"], &found["other_text"]),
        (&2.into(), &0.into(), &1.into())
    );
    assert_eq!(found["rules"]["advertisement/marker-en"]["only_a"], 1);
}

#[test]
fn other_survivors_are_told() {
    let folder = twice(&[], &["--keep", "longest"]);
    let found = compared(&folder);
    assert_eq!((&found["removed_by_both"], &found["other_survivor"]), (&1.into(), &1.into()));
    assert_eq!((&found["removed_only_by_a"], &found["removed_only_by_b"]), (&1.into(), &1.into()));
    let example = found["examples"]
        .as_array()
        .and_then(|all| all.iter().find(|example| example["what"] == "other_survivor").cloned());
    let example = example.unwrap_or_default();
    assert_eq!(example["id"], "near");
    assert!(example["a"].as_str().is_some_and(|told| told.contains("of first")), "{example}");
    assert!(example["b"].as_str().is_some_and(|told| told.contains("of longer")), "{example}");
}

/// The counts are those of the summaries.
#[test]
fn counts_add_up_on_a_messy_corpus() {
    let folder = Folder::new();
    folder.write("in.jsonl", lines(&messy(150, 21)));
    folder.run(&["clean", "in.jsonl", "-o", "a.jsonl", "-q"]).ends_with(0);
    folder
        .run(&["clean", "in.jsonl", "-o", "b.jsonl", "-q", "--profile", "safe", "--threshold", "0.95"])
        .ends_with(0);
    let found = compared(&folder);
    let count = |name: &str| found[name].as_u64().unwrap_or(9999);
    assert_eq!(
        count("removed_by_both") + count("removed_only_by_a"),
        folder.count("a.jsonl.report", "removed")
    );
    assert_eq!(
        count("removed_by_both") + count("removed_only_by_b"),
        folder.count("b.jsonl.report", "removed")
    );
    assert!(count("other_text") > 0 && count("removed_only_by_a") > 0, "{found}");
}

/// Outputs are not needed, so two settings can be compared without writing either corpus.
#[test]
fn reports_suffice() {
    let folder = twice(&[], &["--no-dedup"]);
    for name in ["a.jsonl", "b.jsonl", "in.jsonl"] {
        std::fs::remove_file(folder.path(name)).unwrap_or_default();
    }
    assert_eq!(compared(&folder)["removed_only_by_a"], 2);
}

#[test]
fn reports_on_other_inputs_are_refused() {
    let folder = twice(&[], &[]);
    folder.write("other.jsonl", record("x", &story(9)));
    folder.run(&["clean", "other.jsonl", "-o", "c.jsonl", "-q"]).ends_with(0);
    folder.run(&["compare", "a.jsonl.report", "c.jsonl.report"]).fails(
        2,
        "the reports are not on the same input: other.jsonl is none of the first's, or stands in another order",
    );
    folder.run(&["clean", "in.jsonl", "-o", "d.jsonl", "-q", "--annotate"]).ends_with(0);
    assert!(
        folder
            .run(&["compare", "a.jsonl.report", "d.jsonl.report"])
            .ends_with(5)
            .stderr
            .contains("--annotate")
    );
}
