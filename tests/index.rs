//! `tamis index`: documents known again without their texts, and files that are no index.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use rstest::rstest;
use serde_json::Value;
use support::corpus::{Dice, lines, messy};
use support::{Folder, record, rows, story};

fn words<'a>(row: &'a Value, names: &[&str]) -> Vec<&'a str> {
    names.iter().map(|name| row[*name].as_str().unwrap()).collect()
}

#[test]
fn an_index_knows_what_it_was_made_of() {
    let folder = Folder::new();
    let known = Dice::new(1).story(40);
    let edited = known.replacen(' ', " unheard ", 3);
    let part = known.split("\n\n").skip(20).take(5).collect::<Vec<_>>().join("\n\n");
    folder.write("old.jsonl", record("known", &known) + &record("again", &known) + &story(9));
    folder.write("old/a.txt", story(4));
    folder.run(&["index", "build", "old.jsonl", "old", "-o", "i.tamis"]).ends_with(3);
    let texts = [
        ("upper", known.to_uppercase()),
        ("near", edited),
        ("part", part),
        ("new", story(2)),
        ("4", story(4)),
    ];
    let texts: String = texts.iter().map(|(id, text)| record(id, text)).collect();
    folder.write("new.jsonl", &texts);
    let before = folder.entries();
    let found = folder.run(&["index", "query", "i.tamis", "new.jsonl"]).ends_with(0);
    assert_eq!((folder.entries(), folder.text("new.jsonl")), (before, texts));
    let found = rows(&found.stdout);
    let named: Vec<_> = found.iter().map(|row| words(row, &["id", "kind", "indexed"])).collect();
    let expected = [
        ["upper", "exact", "known"],
        ["near", "near", "known"],
        ["part", "contained", "known"],
        ["4", "exact", "old/a.txt:1"],
    ];
    assert_eq!(named, expected);
    assert_eq!(
        found[0]["indexed_origin"],
        serde_json::json!({"path": "old.jsonl", "record": 1, "offset": 0})
    );
    for row in &found {
        let [jaccard, jaccard_least, containment, containment_least] =
            ["jaccard", "jaccard_least", "containment", "containment_least"]
                .map(|name| row[name].as_f64().unwrap());
        assert!(jaccard_least <= jaccard && containment_least <= containment, "{row}");
        assert!(row["kind"] != "exact" || (jaccard_least, containment_least) == (1.0, 1.0), "{row}");
    }
    folder
        .run(&["index", "query", "i.tamis", "new.jsonl", "-o", "list.jsonl", "--leave", "near"])
        .ends_with(0);
    let left = folder.rows("list.jsonl");
    assert!(left.len() == 3 && left.iter().all(|row| row["kind"] != "near"), "{left:?}");
}

#[test]
fn equal_documents_are_held_once_and_all_are_found_again() {
    let folder = Folder::new();
    let corpus = lines(&messy(200, 5));
    folder.write("a.jsonl", &corpus);
    folder.run(&["index", "build", "a.jsonl", "-o", "i"]).ends_with(0);
    let found = rows(&folder.run(&["index", "query", "i", "a.jsonl"]).ends_with(0).stdout);
    assert_eq!(found.len(), 200);
    assert!(found.iter().all(|row| row["kind"] == "exact"));
    let once = folder.read("i");
    let told = folder.run(&["index", "add", "i", "a.jsonl"]).ends_with(0);
    assert!(told.stderr.contains("taken in            0  documents"), "{}", told.stderr);
    assert_eq!(folder.read("i"), once);
}

#[test]
fn to_build_at_once_and_to_add_give_the_same_bytes() {
    let folder = Folder::new();
    folder.write("a.jsonl", lines(&messy(300, 6)));
    folder.write("b.jsonl", lines(&messy(300, 7)) + &lines(&messy(40, 6)));
    // Without learning: what a corpus teaches depends on the whole of it.
    let build = |inputs: &[&str], out: &str, threads: &str| {
        let rest = ["-o", out, "--no-learn", "--threads", threads];
        folder.run(&[&["index", "build"][..], inputs, &rest].concat()).ends_with(0);
    };
    build(&["a.jsonl", "b.jsonl"], "both", "1");
    build(&["a.jsonl", "b.jsonl"], "both-too", "2");
    build(&["a.jsonl"], "added", "2");
    folder.run(&["index", "add", "added", "b.jsonl", "--no-learn"]).ends_with(0);
    assert_eq!(folder.read("both"), folder.read("both-too"));
    assert_eq!(folder.read("both"), folder.read("added"));
}

#[test]
fn other_settings_are_refused_by_name() {
    let folder = Folder::new();
    folder.write("a.jsonl", record("a", &story(1)));
    folder
        .write("b.jsonl", story(1).lines().next().map(|text| format!("{{\"body\":\"{text}\"}}\n")).unwrap());
    folder.run(&["index", "build", "a.jsonl", "-o", "i"]).ends_with(0);
    let before = folder.read("i");
    for command in ["add", "query"] {
        let other = ["index", command, "i", "a.jsonl", "--profile", "strict", "--shingle", "words:4"];
        let reason = "the index i was made with other settings: fingerprint.size is 5 there and 4 here; \
                      strip.profile is \"default\" there and \"strict\" here";
        folder.run(&other).fails(2, reason);
    }
    assert_eq!(folder.read("i"), before);
    folder
        .run(&["index", "query", "i", "b.jsonl", "--text-field", "body", "--threshold", "0.6"])
        .ends_with(0);
}

#[test]
fn nothing_is_replaced_by_mistake() {
    let folder = Folder::new();
    folder.write("in/a.jsonl", record("a", &story(1)));
    folder.write("taken", "something else\n");
    let refused = |arguments: &[&str], reason: &str| {
        folder.run(arguments).fails(6, &format!("refused: {reason}"));
    };
    let standing = "taken is there already; `tamis index add` adds to an index, --overwrite replaces a file";
    refused(&["index", "build", "in", "-o", "taken"], standing);
    refused(
        &["index", "build", "in", "-o", "in/i"],
        "in/i lies inside the input folder in; name another output",
    );
    refused(
        &["index", "build", "in/a.jsonl", "-o", "in/a.jsonl", "--overwrite"],
        "in/a.jsonl is an input; name another output",
    );
    folder
        .run(&["index", "add", "taken", "in"])
        .fails(5, "failed to read index taken: it is no index of tamis");
    assert_eq!(folder.text("taken"), "something else\n");
    assert_eq!(folder.entries(), ["in", "taken"]);
    folder.run(&["index", "build", "in", "-o", "taken", "--overwrite"]).ends_with(0);
    folder.run(&["index", "query", "taken", "in", "--against", "in"]).ends_with(2);
}

#[rstest]
#[case::cut("it is cut off", |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() - 9))]
#[case::torn("it is cut off", |bytes: &mut Vec<u8>| bytes.truncate(300))]
#[case::flipped("a block of it is damaged", |bytes: &mut Vec<u8>| { let at = bytes.len() - 60; bytes[at] ^= 1; })]
#[case::longer("bytes follow its end", |bytes: &mut Vec<u8>| bytes.push(0))]
#[case::newer("its version is 2, this tamis reads 1", |bytes: &mut Vec<u8>| bytes[8] = 2)]
#[case::empty("it is no index of tamis", |bytes: &mut Vec<u8>| bytes.clear())]
fn a_damaged_index_is_an_error_with_its_reason(#[case] reason: &str, #[case] damage: fn(&mut Vec<u8>)) {
    let folder = Folder::new();
    folder.write("a.jsonl", record("a", &story(1)));
    folder.run(&["index", "build", "a.jsonl", "-o", "i"]).ends_with(0);
    let mut bytes = folder.read("i");
    damage(&mut bytes);
    folder.write("i", &bytes);
    let message = format!("failed to read index i: {reason}");
    folder.run(&["index", "query", "i", "a.jsonl", "-o", "list.jsonl"]).fails(5, &message);
    folder.run(&["index", "add", "i", "a.jsonl"]).fails(5, &message);
    assert_eq!(folder.read("i"), bytes);
    assert_eq!(folder.entries(), ["a.jsonl", "i"]);
}
