//! `tamis explain` tells what happened to any one document; the other commands that only print, print.

mod support;

use support::{Folder, record, story};

fn cleaned() -> Folder {
    let folder = Folder::new();
    let page = format!("{}\n\nADVERTISEMENT\n\n{}", story(1), story(2));
    let lines = [
        record("trimmed", &page),
        record("removed", &page.replacen(' ', " unheard ", 1)),
        record("kept", &story(3)),
        "{\"id\": \"aside\"}\n".to_owned(),
        record("spaced", &format!("{} and\u{a0}more", story(4))),
    ];
    folder.write("in/a.jsonl", lines.concat());
    folder.run(&["clean", "in", "-o", "out"]).ends_with(3);
    folder
}

#[track_caller]
fn tells(folder: &Folder, names: [&str; 2], expected: &[&str]) {
    for name in names {
        let ran = folder.run(&["explain", "out.report", name]).ends_with(0);
        for part in expected {
            assert!(ran.stdout().contains(part), "{name}: no {part:?} in\n{}", ran.stdout());
        }
    }
}

#[test]
fn a_trimmed_document_is_shown_with_what_went() {
    let folder = cleaned();
    let last_words: String = {
        let text = story(1);
        text[text.len() - 20..].to_owned()
    };
    tells(
        &folder,
        ["trimmed", "in/a.jsonl:1"],
        &[
            "trimmed  in/a.jsonl:1\nkept, with this taken out of its text\n",
            "advertisement/marker-en",
            &last_words,
            "ADVERTISEMENT",
            "[-",
            "-]",
        ],
    );
}

#[test]
fn a_removed_document_is_shown_beside_its_survivor() {
    let folder = cleaned();
    tells(
        &folder,
        ["removed", "in/a.jsonl:2"],
        &["removed  in/a.jsonl:2\nremoved as a duplicate\n  near of trimmed  in/a.jsonl:1\n", "[-unheard"],
    );
}

#[test]
fn a_document_that_was_kept_is_told_in_a_line() {
    let folder = cleaned();
    for name in ["kept", "in/a.jsonl:3"] {
        let ran = folder.run(&["explain", "out.report", name]).ends_with(0);
        assert_eq!(ran.stdout(), "kept  in/a.jsonl:3\nkept, byte for byte as it came\n");
    }
}

#[test]
fn a_record_set_aside_is_told_with_the_reason() {
    let folder = cleaned();
    let ran = folder.run(&["explain", "out.report", "in/a.jsonl:4"]).ends_with(0);
    assert_eq!(ran.stdout(), "in/a.jsonl:4  in/a.jsonl:4\nset aside: missing field \"text\"\n");
}

#[test]
fn a_document_in_normal_form_is_told_by_parts() {
    let folder = cleaned();
    tells(&folder, ["spaced", "in/a.jsonl:5"], &["put in normal form", "normalize/spaces × 1"]);
}

#[test]
fn an_unknown_document_is_an_error() {
    let folder = cleaned();
    folder.run(&["explain", "out.report", "nobody"]).fails(
        5,
        "failed to read report out.report: it knows no document nobody; an id or PATH:RECORD is wanted",
    );
    folder.run(&["explain", "out", "kept"]).ends_with(5);
}

#[test]
fn completions_and_the_manual_are_printed() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish"] {
        let ran = folder.run(&["completions", shell]).ends_with(0);
        assert!(ran.stdout().contains("tamis") && ran.stdout().contains("restore"), "{shell}");
    }
    let ran = folder.run(&["man"]).ends_with(0);
    assert!(ran.stdout().contains(".TH tamis 1"), "{}", ran.stdout());
    let ran = folder.run(&["--version"]).ends_with(0);
    assert_eq!(ran.stdout(), concat!("tamis ", env!("CARGO_PKG_VERSION"), "\n"));
    folder.run(&["--help"]).ends_with(0);
    folder.run(&[]).ends_with(2);
}
