//! The two articles that tamis was asked for: cleaned by default as they should be, and given back.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::path::{Path, PathBuf};

use support::{Folder, Tree};

#[test]
fn the_articles_come_out_as_expected_and_are_given_back() {
    let folder = Folder::new();
    let input = fixtures("input");
    folder.run(&["clean", input.to_str().unwrap(), "-o", "clean"]).ends_with(0);
    assert_same(&folder.tree("clean"), &tree(&fixtures("expected")));
    folder.run(&["restore", "clean.report", "-o", "again"]).ends_with(0);
    assert_same(&folder.tree("again"), &tree(&input));
}

#[test]
fn a_clean_article_stays_as_it_is() {
    let folder = Folder::new();
    let expected = fixtures("expected");
    folder.run(&["clean", expected.to_str().unwrap(), "-o", "clean"]).ends_with(0);
    assert_same(&folder.tree("clean"), &tree(&expected));
    assert_eq!(folder.receipts("clean.report"), Vec::<serde_json::Value>::new());
}

fn fixtures(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/seeds").join(name)
}

fn tree(folder: &Path) -> Tree {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
        .collect()
}

#[track_caller]
fn assert_same(found: &Tree, expected: &Tree) {
    let shown = |tree: &Tree| -> Vec<(String, String)> {
        tree.iter().map(|(name, bytes)| (name.clone(), String::from_utf8_lossy(bytes).into_owned())).collect()
    };
    assert_eq!(shown(found), shown(expected));
}
