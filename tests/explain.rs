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
fn a_survivor_is_told_with_what_it_covers() {
    let folder = Folder::new();
    let copies: String = (0..7).map(|number| record(&format!("copy {number}"), &story(1))).collect();
    folder.write("a.jsonl", record("first", &story(1)) + &copies + &record("alone", &story(2)));
    folder.run(&["clean", "a.jsonl", "-o", "out.jsonl"]).ends_with(0);
    let ran = folder.run(&["explain", "out.jsonl.report", "first"]).ends_with(0);
    let lines: Vec<&str> = ran.stdout().lines().collect();
    assert_eq!(lines[..3], ["first  a.jsonl:1", "kept, byte for byte as it came", "covers 7 documents"]);
    assert_eq!(lines[3], "      exact  copy 0  a.jsonl:2  Jaccard 1.000, 100.0 % of it inside");
    assert_eq!(lines[8..], ["  and 2 more; tamis report --cluster has all"]);
    let ran = folder.run(&["explain", "out.jsonl.report", "alone"]).ends_with(0);
    assert!(!ran.stdout().contains("covers"), "{}", ran.stdout());
}

#[test]
fn a_text_file_is_found_by_its_path_alone() {
    let folder = Folder::new();
    folder.write("in/a.txt", story(1));
    folder.write("in/b.txt", story(1));
    folder.write("in/c.jsonl", record("one", &story(2)));
    folder.write("in/d.jsonl", record("two", &story(3)) + &record("three", &story(4)));
    folder.run(&["clean", "in", "-o", "out"]).ends_with(0);
    let told = |name: &str| folder.run(&["explain", "out.report", name]).ends_with(0).stdout().to_owned();
    assert!(told("in/a.txt").starts_with("in/a.txt:1  in/a.txt:1\nkept"));
    assert!(
        told("in/b.txt").starts_with("in/b.txt:1  in/b.txt:1\nremoved as a duplicate\n  exact of in/a.txt:1")
    );
    assert!(told("in/c.jsonl").starts_with("one  in/c.jsonl:1\nkept"));
    folder.run(&["explain", "out.report", "in/d.jsonl"]).ends_with(5);
}

/// What was marked is told as what would be, in the end of the run, in the report, on its page, and of each document.
#[test]
fn what_was_only_marked_is_told_so() {
    let folder = Folder::new();
    let page = format!("{}\n\nADVERTISEMENT\n\n{}", story(1), story(2));
    let lines = [
        record("trimmed", &page),
        record("near", &page.replacen(' ', " unheard ", 1)),
        record("exact", &story(3)),
        record("copy", &story(3)),
        record("spaced", &format!("{} and\u{a0}more", story(4))),
        record("clean", &story(5)),
    ];
    folder.write("a.jsonl", lines.concat());
    let ran = folder.run(&["clean", "a.jsonl", "-o", "out.jsonl", "--annotate"]).ends_with(0);
    let told = "and left as they came: 2 duplicates would go as 1 exact, 1 near · 1 would be trimmed · 1 would only be put in normal form";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    let marked = &folder.summary("out.jsonl.report")["marked"];
    let number = |name: &str| marked[name].as_u64().unwrap();
    let names = ["removed", "exact", "near", "contained", "trimmed", "normalized", "kept_whole"];
    assert_eq!(names.map(number), [2, 1, 1, 0, 1, 1, 0]);
    assert!(folder.run(&["report", "out.jsonl.report"]).ends_with(0).stdout().contains(told));
    let index = folder.text("out.jsonl.report/index.html");
    for part in [
        "2 are marked as duplicates",
        "1 exact, 1 near and 0 contained documents are marked",
        "Nothing was taken out: what would be",
    ] {
        assert!(index.contains(part), "{part}");
    }
    let told =
        |name: &str| folder.run(&["explain", "out.jsonl.report", name]).ends_with(0).stdout().to_owned();
    assert!(told("clean").ends_with("\nkept, byte for byte as it came\n"));
    assert!(told("spaced").contains("\nmarked, its text as it came; its text would be put in normal form\n"));
    assert!(told("copy").contains(
        "\nmarked, its text as it came; would be removed as a duplicate\n  exact of exact  a.jsonl:3\n"
    ));
    let near = told("near");
    assert!(
        near.contains("[-unheard") && near.contains("before it was compared, this was taken out"),
        "{near}"
    );
    let trimmed = told("trimmed");
    for part in [
        "this would be taken out of its text\ncovers 1 document\n",
        "advertisement/marker-en",
        "ADVERTISEMENT-]",
    ] {
        assert!(trimmed.contains(part), "{part} in {trimmed}");
    }
    let checked = folder.run(&["check", "out.jsonl.report"]).ends_with(0);
    assert!(
        checked.stdout().contains("1  input holds what the report says it held\n"),
        "{}",
        checked.stdout()
    );
    let forged =
        folder.text("out.jsonl.report/summary.json").replacen("\"trimmed\": 1,", "\"trimmed\": 2,", 1);
    folder.write("out.jsonl.report/summary.json", forged);
    let checked = folder.run(&["check", "out.jsonl.report"]).ends_with(7);
    assert!(checked.stdout().contains("marked.trimmed"), "{}", checked.stdout());
}

#[test]
fn a_repeated_paragraph_is_told_with_the_file_where_it_stays() {
    let folder = Folder::new();
    let repeated = "The council met on Tuesday evening to talk about the bridge, which has been closed since the flood in May, and about its cost.";
    folder.write("in/a.jsonl", record("a", &format!("{}\n\n{repeated}", story(1))));
    folder.write("in/b.jsonl", record("b", &format!("{repeated}\n\n{}", story(2))));
    folder.run(&["clean", "in", "-o", "out", "--level", "paragraph", "--no-learn"]).ends_with(0);
    let ran = folder.run(&["explain", "out.report", "b"]).ends_with(0);
    assert!(ran.stdout().contains("it stays in record 1 of in/a.jsonl"), "{}", ran.stdout());
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_is_told() {
    let folder = cleaned();
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    for arguments in [
        &["clean", "in", "-o", "-", "--quiet"][..],
        &["dups", "in", "--quiet", "--exhaustive", "--pairs"],
        &["learn", "in", "-o", "-", "--quiet"],
        &["report", "out.report"],
        &["explain", "out.report", "kept"],
        &["rules", "list"],
        &["man"],
        &["completions", "bash"],
        &["--help"],
    ] {
        let output = folder.tamis(arguments).stdout(full()).output().unwrap();
        support::Ran::of(output)
            .fails(5, "failed to write to standard output: No space left on device (os error 28)");
    }
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
    assert!(
        ran.stdout().contains(".TH tamis 1") && ran.stdout().contains("Exit codes: 0 "),
        "{}",
        ran.stdout()
    );
    for (command, parts) in [
        (&["clean"][..], [".TH tamis-clean 1", "novel"]),
        (&["index", "build"], [".TH tamis-index-build 1", "overwrite"]),
    ] {
        let page = folder.run(&[&["man"], command].concat()).ends_with(0);
        assert!(parts.iter().all(|part| page.stdout().contains(part)), "{}", page.stdout());
    }
    folder.run(&["man", "claen"]).fails(2, "there is no command claen; `tamis --help` has all");
    let help = folder.run(&["index", "query", "--help"]).ends_with(0);
    assert!(
        !help.stdout().contains("--against") && !help.stdout().contains("--measure <"),
        "{}",
        help.stdout()
    );
    let ran = folder.run(&["--version"]).ends_with(0);
    assert_eq!(ran.stdout(), concat!("tamis ", env!("CARGO_PKG_VERSION"), "\n"));
    folder.run(&["--help"]).ends_with(0);
    folder.run(&[]).ends_with(2);
}
