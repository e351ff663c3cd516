//! `tamis dups`: what is listed, where it goes, and that nothing else is touched.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stderr, reason = "a test that skips says so")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rstest::rstest;
use serde_json::Value;
use support::corpus::{Dice, lines, messy};
use support::{Folder, gunzip, record, rows, story, unzstd};

/// Two stories apart from each other, the first again whole, edited, and in part.
fn related() -> Folder {
    let folder = Folder::new();
    let first = support::corpus::Dice::new(1).story(8);
    let edited = first.replacen(' ', " unheard ", 1);
    let part = first.split("\n\n").take(4).collect::<Vec<_>>().join("\n\n");
    let texts = [first.clone(), story(2), first, edited, part];
    let named = ["first", "other", "exact", "near", "part"].iter().zip(&texts);
    folder.write("a.jsonl", named.map(|(id, text)| record(id, text)).collect::<String>());
    folder
}

fn words<'a>(row: &'a Value, names: &[&str]) -> Vec<&'a str> {
    names.iter().map(|name| row[*name].as_str().unwrap()).collect()
}

/// The pairs of rows as sets, whichever of the two comes first.
fn pairs_of(rows: impl Iterator<Item = Value>) -> BTreeSet<(String, String)> {
    let of_row = |row: Value| {
        let [a, b] = ["a", "b"].map(|name| row[name].as_str().unwrap().to_owned());
        if a < b { (a, b) } else { (b, a) }
    };
    rows.map(of_row).collect()
}

#[test]
fn removals_are_those_of_clean_and_nothing_changes() {
    let folder = Folder::new();
    folder.write("in/a.jsonl", lines(&messy(150, 5)));
    folder.write("in/b.jsonl", lines(&messy(150, 6)) + &lines(&messy(20, 5)));
    let before = folder.tree("in");
    let listed = folder.run(&["dups", "in"]).ends_with(0);
    assert_eq!(folder.entries(), ["in"]);
    assert_eq!(folder.tree("in"), before);
    folder.run(&["clean", "in", "-o", "out"]).ends_with(0);
    assert!(rows(&listed.stdout).len() > 50, "{}", listed.stderr);
    assert_eq!(listed.stdout(), folder.text("out.report/duplicates.jsonl"));
}

#[test]
fn pairs_have_ids_origins_and_scores() {
    let folder = related();
    let found = rows(&folder.run(&["dups", "a.jsonl", "--pairs"]).ends_with(0).stdout);
    let named: Vec<Vec<&str>> = found.iter().map(|row| words(row, &["a", "b"])).collect();
    let expected = [
        ["first", "exact"],
        ["first", "near"],
        ["first", "part"],
        ["exact", "near"],
        ["exact", "part"],
        ["near", "part"],
    ];
    assert_eq!(named, expected);
    assert_eq!(found[0]["jaccard"], 1.0);
    assert_eq!((&found[2]["a_origin"]["record"], &found[2]["b_origin"]["record"]), (&1.into(), &5.into()));
    assert_eq!(found[2]["b_origin"]["path"], "a.jsonl");
    assert_eq!(found[2]["containment_b"], 1.0);
    assert!(found[2]["containment_a"].as_f64() < Some(0.9));
}

#[test]
fn options_choose_what_is_listed() {
    let folder = related();
    let listed = |options: &[&str]| {
        let ran = folder.run(&[&["dups", "a.jsonl"], options].concat()).ends_with(0);
        rows(&ran.stdout)
            .iter()
            .map(|row| words(row, &["id", "survivor", "kind"]).join(" "))
            .collect::<Vec<_>>()
    };
    assert_eq!(listed(&[]), ["exact first exact", "near first near", "part first contained"]);
    assert_eq!(listed(&["--leave", "near,contained"]), ["exact first exact"]);
    assert_eq!(
        listed(&["--keep", "longest", "--leave", "contained"]),
        ["first near near", "exact near near"]
    );
    assert_eq!(listed(&["--leave", "exact,near,contained"]), Vec::<String>::new());
}

#[test]
fn without_stripping_the_whole_page_is_compared() {
    let folder = Folder::new();
    let notice = "ADVERTISEMENT\n\nSign up for our newsletter\n\nShare on Facebook\n\nLeave a comment";
    let of_page = |number: u64| record(&number.to_string(), &format!("{notice}\n\n{}", story(number)));
    folder.write("a.jsonl", (0..6).map(of_page).collect::<String>() + &record("bare", &story(1)));
    let scores = |options: &[&str]| {
        let ran = folder.run(&[&["dups", "a.jsonl", "--pairs"], options].concat()).ends_with(0);
        rows(&ran.stdout).iter().map(|row| row["jaccard"].as_f64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(scores(&[]), [1.0]);
    let whole = scores(&["--no-strip"]);
    assert!(whole.len() == 1 && whole[0] < 1.0, "{whole:?}");
}

#[test]
fn the_list_goes_where_it_is_sent() {
    let folder = related();
    let expected = folder.run(&["dups", "a.jsonl"]).ends_with(0).stdout;
    let ran = folder.run(&["dups", "a.jsonl", "-o", "lists/found.jsonl"]).ends_with(0);
    assert!(ran.stdout.is_empty());
    assert!(ran.stderr.contains("1 exact, 1 near, 1 contained"), "{}", ran.stderr);
    assert_eq!(folder.read("lists/found.jsonl"), expected);
    folder.run(&["dups", "a.jsonl", "-o", "found.gz", "-q"]).ends_with(0);
    assert_eq!(gunzip(&folder.read("found.gz")), expected);
    let piped = folder.run_on(&folder.read("a.jsonl"), &["dups", "-", "-o", "-"]).ends_with(0);
    assert_eq!(piped.stdout(), String::from_utf8(expected).unwrap().replace("a.jsonl", "-"));
}

#[test]
fn what_is_expected_to_be_missed_is_told() {
    let folder = related();
    folder.run(&["clean", "a.jsonl", "-o", "b.jsonl"]).ends_with(0);
    let missed = folder.summary("b.jsonl.report")["group"]["expected_miss"].clone();
    assert!(missed["near"].as_f64().is_some_and(|share| share > 0.0 && share < 1e-3), "{missed}");
    assert!(missed["contained"].as_f64().is_some_and(|share| share > 0.0 && share < 1e-3), "{missed}");
    let told = "expected to be missed, of pairs at a threshold: 0.030 % of near-duplicates, 0.030 % of contained documents";
    for command in [&["dups", "a.jsonl"][..], &["clean", "a.jsonl", "--dry-run"]] {
        let ran = folder.run(command).ends_with(0);
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
}

#[test]
fn an_input_is_never_the_list() {
    let folder = related();
    folder
        .run(&["dups", "a.jsonl", "-o", "a.jsonl"])
        .fails(6, "refused: a.jsonl is an input; name another output");
    folder.write("in/a.jsonl", record("a", &story(1)));
    let message = "refused: in/found.jsonl lies inside the input folder in; name another output";
    folder.run(&["dups", "in", "-o", "in/found.jsonl"]).fails(6, message);
    folder.run(&["dups", "a.jsonl", "-o", "in"]).fails(6, "refused: in is a folder; name a file");
}

#[test]
fn bad_records_are_told_and_good_ones_listed() {
    let folder = related();
    let corpus = format!("{{\"id\":\n{}", folder.text("a.jsonl"));
    folder.write("a.jsonl", corpus);
    let ran = folder.run(&["dups", "a.jsonl"]).ends_with(3);
    assert_eq!(rows(&ran.stdout).len(), 3);
    assert!(ran.stderr.contains("failed to read record 1 of a.jsonl"), "{}", ran.stderr);
    let strict = folder.run(&["dups", "a.jsonl", "--strict", "-o", "found.jsonl"]).ends_with(4);
    assert!(strict.stdout.is_empty());
    assert_eq!(folder.entries(), ["a.jsonl"]);
}

#[test]
fn aligned_pairs_are_told_with_their_scores() {
    let folder = Folder::new();
    let story = Dice::new(5).story(6);
    let mut edited: Vec<&str> = story.split(". ").collect();
    edited.reverse();
    let record = |id: &str, text: &str| serde_json::json!({ "id": id, "text": text }).to_string();
    folder.write("a.jsonl", [record("as-it-came", &story), record("turned", &edited.join(". "))].join("\n"));
    let plain = folder.run(&["dups", "a.jsonl", "--pairs", "--threshold", "0.9"]).ends_with(0);
    assert!(plain.stdout.is_empty(), "the order of sentences breaks shingles");
    let ran = folder.run(&["dups", "a.jsonl", "--pairs", "--measure", "alignment"]).ends_with(0);
    let pair = &rows(&ran.stdout)[0];
    assert!(pair["jaccard"].as_f64().unwrap() < 0.9 && pair["alignment"].as_f64().unwrap() > 0.9, "{pair}");
    assert!(pair["alignment_a"].as_f64().unwrap() > 0.9 && pair["alignment_b"].as_f64().unwrap() > 0.9);
}

#[test]
fn wrong_usage_is_told() {
    let folder = related();
    folder.run(&["dups"]).ends_with(2);
    folder.run(&["dups", "a.jsonl", "--exhaustive"]).ends_with(2);
    folder.run(&["dups", "a.jsonl", "--threshold", "0.2"]).ends_with(2);
}

#[rstest]
#[case(11)]
#[case(12)]
#[case(13)]
fn the_fast_way_lists_what_all_with_all_does(#[case] seed: u64) {
    let folder = Folder::new();
    folder.write("a.jsonl", lines(&messy(300, seed)));
    let all: [&[&str]; 4] = [
        &[],
        &["--threshold", "0.6", "--containment", "0.7"],
        &["--shingle", "chars:9"],
        &["--measure", "alignment"],
    ];
    for options in all {
        let list = |more: &[&str]| {
            folder.run(&[&["dups", "a.jsonl", "--pairs"], options, more].concat()).ends_with(0).stdout
        };
        let (fast, slow) = (list(&[]), list(&["--exhaustive"]));
        assert!(rows(&slow).len() > 30, "{options:?}");
        assert_eq!(String::from_utf8(fast), String::from_utf8(slow), "{options:?}");
    }
}

#[test]
fn threads_and_memory_change_nothing() {
    let folder = Folder::new();
    folder.write("a.jsonl", lines(&messy(400, 3)));
    let list = |options: &[&str]| {
        folder.run(&[&["dups", "a.jsonl", "--pairs"], options].concat()).ends_with(0).stdout
    };
    let one = list(&["--threads", "1"]);
    assert_eq!(list(&["--threads", "4", "--memory", "0"]), one);
}

/// A file of the real data; `None`, and a word about it, where the data are not at hand.
fn data(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: no real data at {}", path.display());
    None
}

/// All pairs of real corpora, against the truth that an all-pairs comparison of documents of 20 shingles and more made.
/// Precision is 1, recall at least 0.999; all thresholds of all corpora are in the tests of `group`.
#[rstest]
#[case("news-en", "0.7")]
#[case("news-de", "0.9")]
#[case("news-african", "0.6")]
#[case("reuters", "0.7")]
#[case("news-pt", "0.6")]
#[case("bbc", "0.8")]
#[case("newsgroups", "0.8")]
#[case("news-mojibake", "0.6")]
#[case("news-en-small", "0.6")]
#[case("news-en-mixed", "0.6")]
fn pairs_of_real_corpora_are_those_of_the_truth(#[case] corpus: &str, #[case] threshold: &str) {
    let (Some(articles), Some(truth)) =
        (data(&format!("articles/{corpus}.jsonl.zst")), data(&format!("pairs/{corpus}.jsonl")))
    else {
        return;
    };
    let least: f64 = threshold.parse().unwrap();
    let truth = rows(&std::fs::read(truth).unwrap()).into_iter();
    let truth = pairs_of(truth.filter(|row| row["jaccard"].as_f64().unwrap() >= least));
    let options = ["--no-strip", "--no-normalize", "all", "--leave", "contained", "--threshold", threshold];
    let ran = Folder::new()
        .run(&[&["dups", articles.to_str().unwrap(), "--pairs", "-q"][..], &options].concat())
        .ends_with(0);
    let found = pairs_of(rows(&ran.stdout).into_iter());
    let hit = found.intersection(&truth).count();
    assert!(hit as f64 >= 0.999 * truth.len() as f64, "{hit} of {}", truth.len());
    let records = rows(&unzstd(&std::fs::read(articles).unwrap()));
    let texts: BTreeMap<&str, &str> =
        records.iter().map(|row| (row["id"].as_str().unwrap(), row["text"].as_str().unwrap())).collect();
    for (a, b) in found.difference(&truth) {
        assert!(is_short(texts[a.as_str()]) || is_short(texts[b.as_str()]), "{a} and {b} are no pair");
    }
}

/// Whether a text has fewer than 20 shingles, which the truth leaves out.
fn is_short(text: &str) -> bool {
    let folded = text.to_lowercase();
    let words = folded.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.windows(5).collect::<BTreeSet<_>>().len() < 20
}
