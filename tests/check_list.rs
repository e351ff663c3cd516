//! `tamis check --list` proves the duplicate list of another tool: each removal must be covered by a document that is kept.

mod support;

use serde_json::Value;
use support::{Folder, gzip, record, story};

fn corpus() -> Folder {
    let folder = Folder::new();
    let records = [
        record("a", &story(1)),
        record("b", &story(1).replacen(' ', " unheard ", 1)),
        record("c", &story(2)),
        record("d", &story(1).split("\n\n").take(2).collect::<Vec<_>>().join("\n\n")),
        record(
            "e",
            &format!("{}\n\n{}", story(1), story(3).split("\n\n").take(2).collect::<Vec<_>>().join(" ")),
        ),
        record("f", &story(2).to_uppercase()),
        "{\"id\": \"no text\"}\n".to_owned(),
    ];
    folder.write("in.jsonl", records.concat());
    folder
}

fn found(folder: &Folder, list: &str, code: i32, more: &[&str]) -> Value {
    let ran =
        folder.run(&[&["check", "--json", "--list", list], more, &["in.jsonl"]].concat()).ends_with(code);
    serde_json::from_slice(&ran.stdout).unwrap_or_default()
}

fn counts(found: &Value) -> [u64; 5] {
    ["removals", "exact", "near", "contained", "uncovered"].map(|name| found[name].as_u64().unwrap_or(99))
}

#[test]
fn what_is_covered_is_counted_by_kind() {
    let folder = corpus();
    folder.write("list.tsv", "id\tcluster\na\t1\nb\t1\nd\t1\nc\t2\nf\t2\ne\t-1\n");
    let found = found(&folder, "list.tsv", 0, &[]);
    assert_eq!(counts(&found), [3, 1, 1, 1, 0]);
    assert_eq!(
        (&found["documents"], &found["unreadable"], &found["listed"], &found["clusters"]),
        (&6.into(), &1.into(), &5.into(), &2.into())
    );
}

/// What connected components do: whatever is tied to anything goes for the first.
#[test]
fn what_nothing_covers_is_shown_with_its_scores() {
    let folder = corpus();
    folder.write("list.csv", "id,cluster_id\nc,x\na,x\nb,x\nf,x\n");
    let ran = folder.run(&["check", "--list", "list.csv", "in.jsonl"]).ends_with(7);
    let said = ran.stdout();
    assert!(
        said.contains(
            "uncovered: c by a (cluster x): below every threshold; Jaccard 0.000, 0.0 % of it inside"
        ),
        "{said}"
    );
    assert!(said.contains("2  that no kept document covers (66.7 %): 2 below every threshold"), "{said}");
    let found = found(&folder, "list.csv", 7, &["--top", "1"]);
    assert_eq!(counts(&found), [3, 0, 1, 0, 2]);
    assert_eq!(found["examples"].as_array().map(Vec::len), Some(1));
}

/// High scores do not make up for a passage that is lost.
#[test]
fn a_passage_of_its_own_is_not_covered() {
    let folder = corpus();
    folder.write("list.csv", "id,cluster\na,1\ne,1\n");
    let held = found(&folder, "list.csv", 7, &["--threshold", "0.5"]);
    assert_eq!((&held["uncovered"], &held["held_back"]), (&1.into(), &1.into()));
    assert!(
        held["examples"][0]["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("words in a row of its own"))
    );
    found(&folder, "list.csv", 0, &["--threshold", "0.5", "--novel-words", "0"]);
}

#[test]
fn the_column_of_what_is_kept_overrules_the_order() {
    let folder = corpus();
    folder.write("list.csv", "id,cluster,keep\nd,1,false\na,1,true\n");
    assert_eq!(counts(&found(&folder, "list.csv", 0, &[])), [1, 0, 0, 1, 0]);
    folder.write("list.csv", "id,cluster,keep\nd,1,true\na,1,false\n");
    assert_eq!(counts(&found(&folder, "list.csv", 7, &[])), [1, 0, 0, 0, 1]);
}

/// What a tool wrote tells more than the order of the input: here it kept the last of a cluster, nothing of another, and lost a document
/// that it lists nowhere.
#[test]
fn what_the_other_tool_wrote_tells_what_was_kept() {
    let folder = corpus();
    folder.write("list.csv", "id,cluster\na,1\nb,1\nd,1\nc,2\n");
    folder.write("kept.jsonl", record("d", "Its text may be another now."));
    let told = found(&folder, "list.csv", 7, &["--kept", "kept.jsonl"]);
    assert_eq!(counts(&told), [3, 0, 0, 0, 3]);
    assert_eq!(told["unlisted"], 2, "e and f");
    let reasons: Vec<&str> =
        told["examples"].as_array().unwrap().iter().map(|found| found["reason"].as_str().unwrap()).collect();
    assert!(reasons[2].contains("no document of its cluster"), "{reasons:?}");
    folder.write("kept.jsonl", [record("b", ""), record("c", ""), record("e", ""), record("f", "")].concat());
    let told = found(&folder, "list.csv", 0, &["--kept", "kept.jsonl"]);
    assert_eq!((counts(&told), &told["unlisted"]), ([2, 0, 1, 1, 0], &0.into()));
}

/// Documents without an id are known by their text.
#[test]
fn what_was_kept_is_known_by_its_text_without_an_id() {
    let folder = Folder::new();
    folder.write("in/1.txt", story(1));
    folder.write("in/2.txt", story(1).replacen(' ', " unheard ", 1));
    folder.write("out/2.txt", story(1).replacen(' ', " unheard ", 1));
    folder.write("list.csv", "index,cluster\n0,1\n1,1\n");
    let ran = folder.run(&["check", "--json", "--list", "list.csv", "in", "--kept", "out"]).ends_with(0);
    let told: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!((counts(&told), &told["unlisted"]), ([1, 0, 1, 0, 0], &0.into()));
}

/// A chain of removals ends at a document that stays: it must cover them all.
#[test]
fn pairs_are_followed_to_what_stays() {
    let folder = corpus();
    folder
        .write("list.jsonl", "{\"id\": \"d\", \"survivor\": \"b\"}\n{\"id\": \"b\", \"survivor\": \"a\"}\n");
    assert_eq!(counts(&found(&folder, "list.jsonl", 0, &[])), [2, 0, 1, 1, 0]);
    folder
        .write("list.jsonl", "{\"id\": \"d\", \"survivor\": \"b\"}\n{\"id\": \"b\", \"survivor\": \"c\"}\n");
    assert_eq!(counts(&found(&folder, "list.jsonl", 7, &[])), [2, 0, 0, 0, 2]);
}

#[test]
fn our_own_list_of_removals_is_covered() {
    let folder = corpus();
    folder.run(&["dups", "in.jsonl", "-o", "own.jsonl", "-q"]).ends_with(3);
    assert_eq!(counts(&found(&folder, "own.jsonl", 0, &[])), [4, 1, 0, 3, 0]);
}

#[test]
fn columns_of_other_tools_are_known() {
    let folder = corpus();
    let lists: [(&str, &[u8]); 4] = [
        ("textdedup.csv", b"__INDEX__,__CLUSTER__\n0,0\n1,0\n2,2\n3,0\n4,4\n5,2\n"),
        ("datatrove.jsonl", b"{\"id\": \"a\", \"metadata\": {\"minhash_cluster_id\": 7}}\n{\"id\": \"b\", \"metadata\": {\"minhash_cluster_id\": 7}}\n{\"id\": \"d\", \"metadata\": {\"minhash_cluster_id\": 7}}\n{\"id\": \"e\", \"metadata\": {\"minhash_cluster_id\": -1}}\n"),
        ("groups.jsonl.gz", &gzip(b"\n{\"doc_id\": \"a\", \"group_id\": 1}\n{\"doc_id\": \"b\", \"group_id\": 1}\n{\"doc_id\": \"d\", \"group_id\": 1}\n")),
        ("quoted.csv", b"\xef\xbb\xbfid,cluster\n\"a\",\"x, y\"\n\"b\",\"x, y\"\nd,\"x, y\"\n"),
    ];
    for (name, bytes) in lists {
        folder.write(name, bytes);
        let found = found(&folder, name, 0, &[]);
        assert!(found["removals"].as_u64() >= Some(2) && found["uncovered"] == 0, "{name}: {found}");
    }
    folder.write("odd.csv", "name,bucket\na,1\nb,1\n");
    assert_eq!(
        counts(&found(&folder, "odd.csv", 0, &["--id-column", "name", "--cluster-column", "bucket"])),
        [1, 0, 1, 0, 0]
    );
}

#[test]
fn names_that_the_corpus_does_not_hold_are_told() {
    let folder = corpus();
    folder.write("list.csv", "id,cluster\na,1\nb,1\nnobody,1\n\u{1b}[31m,1\nin.jsonl:4,1\n");
    let ran = folder.run(&["check", "--list", "list.csv", "in.jsonl"]).ends_with(0);
    assert!(
        ran.stdout().contains("2  names that the corpus does not hold: \\u{1b}[31m, nobody\n"),
        "{}",
        ran.stdout()
    );
    assert!(ran.stdout().contains("2  removals\n"), "the fourth goes by its origin: {}", ran.stdout());
}

#[test]
fn what_is_no_list_is_refused_with_the_reason() {
    let folder = corpus();
    let check = |name: &str| folder.run(&["check", "--list", name, "in.jsonl"]);
    folder.write("a.csv", "id,other\na,1\n");
    assert!(
        check("a.csv").ends_with(5).stderr.contains("it has no column that is known to hold the cluster")
    );
    folder.write("a.tsv", "__INDEX__\tcluster\nzero\t1\n");
    check("a.tsv").fails(5, "failed to read list a.tsv: row 1: zero is no number of a document");
    folder.write("a.jsonl", "{\"id\": \"a\", \"cluster\": 1}\n{broken\n");
    assert!(check("a.jsonl").ends_with(5).stderr.contains("failed to read list a.jsonl: row 2: "));
    folder.write("a.parquet", "PAR1");
    assert!(
        check("a.parquet").ends_with(2).stderr.contains("Parquet is not read; write the two columns as CSV")
    );
    folder.run(&["check", "one", "two"]).fails(2, "one report at a time; --list FILE takes several inputs");
    folder.run(&["check", "one", "--id-column", "x"]).ends_with(2);
}

#[test]
fn a_list_of_another_corpus_is_refused() {
    let folder = corpus();
    folder.write("list.csv", "id,survivor\nx,y\n");
    folder
        .run(&["check", "--list", "list.csv", "in.jsonl"])
        .fails(5, "failed to read list list.csv: none of its 2 documents is in the corpus, x for instance");
    folder.write("list.csv", "id,cluster\na,-1\n");
    folder.run(&["check", "--list", "list.csv", "in.jsonl"]).ends_with(0);
}
