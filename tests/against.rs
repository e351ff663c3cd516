//! `--against`: a reference set is protected, and what the input holds of it goes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use rstest::rstest;
use serde_json::Value;
use support::corpus::{Dice, lines, messy};
use support::{Folder, ids, record, rows, story};

/// An input of a story of its own, and of what a reference set covers: whole, edited, in part, and with a passage more.
fn against_stories() -> Folder {
    let folder = Folder::new();
    let known = Dice::new(1).story(8);
    let edited = known.replacen(' ', " unheard ", 1);
    let part = known.split("\n\n").take(4).collect::<Vec<_>>().join("\n\n");
    let more = format!("{known}\n\n{}", story(3));
    let texts = [known.to_uppercase(), edited, part, more, story(2)];
    let named = ["exact", "near", "part", "more", "other"].iter().zip(&texts);
    folder.write("new.jsonl", named.map(|(id, text)| record(id, text)).collect::<String>());
    folder.write("old/known.jsonl", record("known", &known) + &record("again", &known));
    folder
}

fn word<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap()
}

#[test]
fn what_the_reference_covers_goes_and_the_reference_stays() {
    let folder = against_stories();
    let before = folder.tree("old");
    folder
        .run(&["clean", "new.jsonl", "-o", "out.jsonl", "--against", "old", "--keep", "longest"])
        .ends_with(0);
    assert_eq!(ids(&folder.read("out.jsonl")), ["more", "other"]);
    assert_eq!(folder.tree("old"), before);
    let removed = folder.rows("out.jsonl.report/duplicates.jsonl");
    let told: Vec<_> = removed.iter().map(|row| (word(row, "id"), word(row, "kind"))).collect();
    assert_eq!(told, [("exact", "exact"), ("near", "near"), ("part", "contained")]);
    for row in &removed {
        assert_eq!((word(row, "survivor"), &row["reference"]), ("known", &Value::Bool(true)));
        assert_eq!(row["survivor_origin"]["path"], "old/known.jsonl");
    }
    let receipts = folder.receipts("out.jsonl.report");
    for receipt in receipts.iter().filter(|receipt| receipt["action"] == "removed") {
        assert_eq!(receipt["survivor"], serde_json::json!({"file": 0, "record": 1}));
        assert_eq!(receipt["reference"], true);
    }
    let summary = folder.summary("out.jsonl.report");
    assert_eq!(summary["inputs"].as_array().unwrap().len(), 1);
    assert_eq!(summary["references"][0]["name"], "old/known.jsonl");
    assert_eq!(summary["references"][0]["size"], before["known.jsonl"].len());
    assert_eq!(word(&summary["references"][0], "sha256").len(), 64);
    assert_eq!((&summary["counts"]["read"], &summary["group"]["references"]), (&5.into(), &2.into()));
    let listed = folder.run(&["dups", "new.jsonl", "--against", "old", "--keep", "longest"]).ends_with(0);
    assert_eq!(rows(&listed.stdout), removed);
    let told = folder.run(&["explain", "out.jsonl.report", "part"]).ends_with(0);
    assert!(told.stdout().contains("contained of known  old/known.jsonl:1"), "{}", told.stdout());
    assert!(told.stdout().contains("of the reference set"), "{}", told.stdout());
}

#[test]
fn a_document_that_holds_more_than_the_reference_stays() {
    let folder = Folder::new();
    let known = Dice::new(1).story(12);
    let passage = "It was added to this one alone, in some thirty words that stand nowhere else, so that a score \
                   above the threshold would lose them if it were all that counted here and no more than that";
    folder.write("new.jsonl", record("more", &format!("{known}\n\n{passage}")));
    folder.write("old.jsonl", record("known", &known));
    folder.run(&["clean", "new.jsonl", "-o", "a.jsonl", "--against", "old.jsonl"]).ends_with(0);
    assert_eq!(ids(&folder.read("a.jsonl")), ["more"]);
    assert_eq!(folder.summary("a.jsonl.report")["group"]["held_back"], 1);
    let all = ["clean", "new.jsonl", "-o", "b.jsonl", "--against", "old.jsonl", "--novel-words", "0"];
    folder.run(&all).ends_with(0);
    assert_eq!(folder.read("b.jsonl"), b"");
}

#[rstest]
#[case(1)]
#[case(2)]
fn a_corpus_against_a_copy_of_itself_is_exact_removed(#[case] seed: u64) {
    let folder = Folder::new();
    let corpus = lines(&messy(250, seed));
    folder.write("new/a.jsonl", &corpus);
    folder.write("old/a.jsonl", &corpus);
    folder.run(&["clean", "new", "-o", "out", "--against", "old"]).ends_with(0);
    assert_eq!(folder.read("out/a.jsonl"), b"");
    assert_eq!(folder.count("out.report", "exact"), folder.count("out.report", "read"));
    folder.run(&["restore", "out.report", "-o", "back"]).ends_with(0);
    assert_eq!(folder.text("back/a.jsonl"), corpus);
}

#[test]
fn an_empty_reference_changes_nothing() {
    let folder = Folder::new();
    folder.write("new/a.jsonl", lines(&messy(200, 3)));
    folder.write("old.jsonl", "\n");
    folder.run(&["clean", "new", "-o", "plain"]).ends_with(0);
    folder.run(&["clean", "new", "-o", "against", "--against", "old.jsonl"]).ends_with(0);
    assert_eq!(folder.tree("plain"), folder.tree("against"));
    for name in ["duplicates.jsonl", "removals.jsonl.zst", "lines.jsonl", "problems.jsonl"] {
        assert_eq!(
            folder.read(&format!("plain.report/{name}")),
            folder.read(&format!("against.report/{name}"))
        );
    }
    for field in ["counts", "group", "rules", "learned"] {
        assert_eq!(folder.summary("plain.report")[field], folder.summary("against.report")[field]);
    }
}

#[test]
fn neither_the_order_of_references_nor_threads_change_what_goes() {
    let folder = Folder::new();
    folder.write("new/a.jsonl", lines(&messy(200, 4)[40..]) + &lines(&messy(120, 5)));
    folder.write("old/a.jsonl", lines(&messy(90, 4)));
    folder.write("old/b.jsonl", lines(&messy(90, 5)));
    let clean = |out: &str, first: &str, second: &str, threads: &str| {
        let against = ["--against", first, second, "--threads", threads];
        folder.run(&[&["clean", "new", "-o", out][..], &against].concat()).ends_with(0);
        (folder.read(&format!("{out}/a.jsonl")), folder.rows(&format!("{out}.report/duplicates.jsonl")))
    };
    let (kept, removed) = clean("one", "old/a.jsonl", "old/b.jsonl", "1");
    assert!(removed.iter().filter(|row| row["reference"] == true).count() > 40, "{}", removed.len());
    assert!(removed.iter().any(|row| row["reference"].is_null()), "some are covered by the input itself");
    assert_eq!((&kept, &removed), (&clean("two", "old/a.jsonl", "old/b.jsonl", "2").0, &removed));
    let (kept_too, removed_too) = clean("three", "old/b.jsonl", "old/a.jsonl", "2");
    let named = |rows: &[Value]| rows.iter().map(|row| row["origin"].to_string()).collect::<Vec<_>>();
    assert_eq!((kept, named(&removed)), (kept_too, named(&removed_too)));
    let survivors = ids(&folder.read("one/a.jsonl"));
    for row in removed.iter().filter(|row| row["reference"].is_null()) {
        assert!(survivors.contains(&word(row, "survivor").to_owned()), "{row}");
    }
    folder.run(&["restore", "three.report", "-o", "back"]).ends_with(0);
    assert_eq!(folder.tree("back"), folder.tree("new"));
}

#[test]
fn what_could_harm_is_refused() {
    let folder = against_stories();
    folder.write("out/kept.jsonl", record("kept", "kept"));
    let refused = |arguments: &[&str], reason: &str| {
        folder.run(arguments).fails(6, &format!("refused: {reason}"));
    };
    refused(
        &["clean", "new.jsonl", "old", "-o", "x", "--against", "./old/known.jsonl"],
        "./old/known.jsonl is an input and a reference at once: all of it would be removed",
    );
    refused(
        &["clean", "new.jsonl", "-o", "old/known.jsonl", "--against", "old/known.jsonl"],
        "old/known.jsonl is a reference; name another output",
    );
    refused(
        &["clean", "new.jsonl", "-o", "out", "--overwrite", "--against", "out/kept.jsonl"],
        "reference out/kept.jsonl lies inside out; name another output",
    );
    refused(
        &["dups", "new.jsonl", "-o", "old/list.jsonl", "--against", "old"],
        "old/list.jsonl lies inside the reference folder old; name another output",
    );
    folder.run(&["clean", "new.jsonl", "-o", "x.jsonl", "--no-dedup", "--against", "old"]).ends_with(2);
    folder.run(&["dups", "new.jsonl", "--pairs", "--against", "old"]).ends_with(2);
}

#[test]
fn a_reference_that_cannot_be_read_is_told() {
    let folder = against_stories();
    folder.write("old/known.jsonl", folder.text("old/known.jsonl") + "{\"text\": 7}\n");
    folder.write("old/torn.jsonl.zst", &support::zstd(b"{}\n")[..6]);
    folder.run(&["clean", "new.jsonl", "-o", "out.jsonl", "--against", "old"]).ends_with(3);
    let found = folder.problems("out.jsonl.report");
    let kinds: Vec<_> = found.iter().map(|(record, kind, _)| (*record, kind.as_str())).collect();
    assert_eq!(kinds, [(None, "damaged"), (Some(3), "wrong_type")]);
    assert_eq!(folder.count("out.jsonl.report", "file_problems"), 1);
    assert_eq!(
        (folder.count("out.jsonl.report", "set_aside"), folder.count("out.jsonl.report", "removed")),
        (0, 3)
    );
    folder.run(&["clean", "new.jsonl", "-o", "y.jsonl", "--strict", "--against", "old"]).ends_with(4);
}
