//! Texts made after one pattern stay apart, and copies of them go, by either measure: `fixtures/templated`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use rstest::rstest;
use support::{Folder, ids};

#[rstest]
fn what_differs_stays_and_copies_go(
    #[values("results", "weather", "stocks", "obituaries", "lines", "short", "unspaced")] name: &str,
    #[values("shingles", "alignment")] measure: &str,
    #[values("first", "longest")] keep: &str,
) {
    let folder = Folder::new();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/templated");
    folder.copy(&fixtures.join(format!("{name}.jsonl")), "in.jsonl");
    let options = ["--measure", measure, "--keep", keep, "--no-report"];
    folder.run(&[&["clean", "in.jsonl", "-o", "out.jsonl"][..], &options].concat()).ends_with(0);
    let kept: BTreeSet<String> = ids(&folder.read("out.jsonl")).into_iter().collect();
    let all = ids(&folder.read("in.jsonl"));
    let goes = all.iter().filter(|id| id.starts_with("goes")).count();
    assert!(goes > 1, "nothing to be removed in {name}");
    assert_eq!(kept.len(), all.len() - goes, "kept: {kept:?}");
    for text in all.iter().filter(|id| id.starts_with("keep")) {
        let of_copy = text.replacen("keep", "goes", 1);
        let has_copy = kept.iter().any(|id| id.starts_with(&of_copy));
        assert!(kept.contains(text) || (keep == "longest" && has_copy), "{text} went");
    }
}
