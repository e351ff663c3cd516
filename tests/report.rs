//! `tamis report` reads a report again, in a terminal, for a program, and as a page; what it is asked for is what it tells.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::process::Stdio;

use serde_json::Value;
use support::{Folder, record, rows, story};

/// Two sites: one keeps all it has, the other lost eleven of twelve documents to it.
fn cleaned() -> Folder {
    let folder = Folder::new();
    let line = |id: &str, site: &str, text: &str| {
        let url = format!("https://www.{site}/{id}");
        format!("{}\n", serde_json::json!({ "id": id, "url": url, "text": text }))
    };
    let mut lines = String::new();
    for number in 0..12 {
        let page = format!("{}\n\nADVERTISEMENT\n\n{}", story(number), story(100 + number));
        lines.push_str(&line(&format!("first{number}"), "gazette.example.com", &page));
        if number < 11 {
            lines.push_str(&line(
                &format!("copy{number}"),
                "mirror.example.org",
                &page.replacen(' ', " unheard ", 1),
            ));
        }
    }
    lines.push_str(&line("own", "mirror.example.org", &story(50)));
    lines.push_str("{\"id\": \"aside\"}\n");
    folder.write("in/a.jsonl", lines);
    folder.run(&["clean", "in", "-o", "out"]).ends_with(3);
    folder
}

#[track_caller]
fn tells(folder: &Folder, arguments: &[&str], expected: &[&str]) {
    let ran = folder.run(arguments).ends_with(0);
    for part in expected {
        assert!(ran.stdout().contains(part), "{arguments:?}: no {part:?} in\n{}", ran.stdout());
    }
}

#[test]
fn a_report_is_told_at_a_glance() {
    tells(
        &cleaned(),
        &["report", "out.report", "--top", "3"],
        &[
            "      read           25  records from 1 file",
            "   removed           11  duplicates: 11 near",
            "nearly wiped out\n        12  example.org  91.7 % removed",
            "advertisement/marker-en",
            "duplicates, of each kind the least like their survivor\n      near  0.9",
            "         8  more, in duplicates.jsonl",
            "sources, the largest\n        12  example.com  0 % removed",
            "failed to read record 25 of in/a.jsonl: missing field \"text\"",
        ],
    );
}

#[test]
fn a_run_says_at_its_end_what_is_nearly_wiped_out() {
    let folder = cleaned();
    let ran = folder.run(&["clean", "in", "-o", "out"]).ends_with(3);
    let alarm = "nearly wiped out\n        12  example.org  91.7 % removed";
    assert!(ran.stderr.contains(alarm), "{}", ran.stderr);
}

#[test]
fn the_cluster_of_any_member_is_told() {
    let folder = cleaned();
    for id in ["first3", "copy3", "in/a.jsonl:8"] {
        tells(
            &folder,
            &["report", "out.report", "--cluster", id],
            &["first3  in/a.jsonl:7  kept\n      near  copy3  in/a.jsonl:8  Jaccard 0."],
        );
    }
    let ran = folder.run(&["report", "out.report", "--cluster", "copy3", "--json"]).ends_with(0);
    let told: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let listed = folder.rows("out.report/duplicates.jsonl");
    assert_eq!(told["removals"].as_array().unwrap().as_slice(), &listed[3..4]);
    folder.run(&["report", "out.report", "--cluster", "own"]).fails(
        5,
        "failed to read report out.report: it knows no duplicate own; an id or PATH:RECORD is wanted",
    );
}

#[test]
fn a_source_is_told_with_its_removals() {
    let folder = cleaned();
    tells(
        &folder,
        &["report", "out.report", "--source", "example.org"],
        &[
            "example.org\n      read           12  documents",
            "91.7 % of them · 0 exact, 11 near, 0 contained",
            "copy4 is covered by first4",
            "         6  more",
        ],
    );
    let told = folder
        .run(&["report", "out.report", "--source", "example.org", "--json", "--top", "99"])
        .ends_with(0);
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(told["sources"][0]["removals"].as_array().unwrap().len(), 11);
    tells(&folder, &["report", "out.report", "--source", "example.com"], &["0 % of them"]);
    folder.run(&["report", "out.report", "--source", "nowhere"]).ends_with(5);
}

#[test]
fn a_program_is_told_the_same() {
    let folder = cleaned();
    let ran = folder.run(&["report", "out.report", "--json"]).ends_with(0);
    let told: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(told["summary"], folder.summary("out.report"));
    assert_eq!(told["clusters"]["clusters"], 11);
    assert_eq!(told["wiped_out"][0]["source"], "example.org");
    assert_eq!(told["least_alike"].as_array().unwrap().len(), 5);
}

#[test]
fn sources_add_up_to_the_counts() {
    let folder = cleaned();
    let sum = |name: &str| -> u64 {
        folder.rows("out.report/sources.jsonl").iter().map(|row| row[name].as_u64().unwrap()).sum()
    };
    for name in [
        "kept",
        "exact",
        "near",
        "contained",
        "trimmed",
        "text_bytes_in",
        "text_bytes_out",
        "stripped_bytes",
        "removed_bytes",
    ] {
        assert_eq!(sum(name), folder.count("out.report", name), "{name}");
    }
    assert_eq!(sum("documents") + 1, folder.count("out.report", "read"));
}

#[test]
fn texts_without_a_site_are_told_by_folder_and_records_by_file() {
    let folder = Folder::new();
    folder.write("in/a.txt", story(1));
    folder.write("in/b.txt", story(2));
    folder.write("in/c.jsonl", record("c", &story(3)));
    folder.run(&["clean", "in", "-o", "out"]).ends_with(0);
    let sources: Vec<_> = folder
        .rows("out.report/sources.jsonl")
        .iter()
        .map(|row| {
            (
                row["source"].as_str().unwrap().to_owned(),
                row["kind"].as_str().unwrap().to_owned(),
                row["documents"].as_u64(),
            )
        })
        .collect();
    let expected = [("in", "folder", 2), ("in/c.jsonl", "file", 1)];
    assert_eq!(
        sources,
        expected.map(|(source, kind, documents)| (source.into(), kind.into(), Some(documents)))
    );
}

#[test]
fn the_page_is_the_same_from_the_run_and_from_the_report() {
    let folder = cleaned();
    let page = folder.text("out.report/index.html");
    folder.run(&["report", "out.report", "--html", "again.html"]).ends_with(0);
    assert_eq!(folder.text("again.html"), page);
    let ran = folder.run(&["report", "out.report", "--html", "-"]).ends_with(0);
    assert_eq!(ran.stdout(), page);
    folder.run(&["clean", "in", "-o", "out", "--threads", "1", "--memory", "0"]).ends_with(3);
    assert_eq!(folder.text("out.report/index.html"), page);
    assert!(page.contains("unheard"), "what differs is in the page");
}

#[test]
fn a_page_replaces_a_page_and_nothing_else() {
    let folder = cleaned();
    folder.run(&["report", "out.report", "--html", "page.html"]).ends_with(0);
    folder.run(&["report", "out.report", "--html", "page.html", "--alarm", "0.99"]).ends_with(0);
    assert!(!folder.text("page.html").contains("nearly wiped out"));
    folder
        .run(&["report", "out.report", "--html", "in/a.jsonl"])
        .fails(6, "refused: in/a.jsonl is there and is no page of a report; name another file");
    folder.run(&["report", "out.report", "--alarm", "2"]).ends_with(2);
}

#[test]
fn a_run_without_a_report_has_no_page() {
    let folder = Folder::new();
    folder.write("a.jsonl", record("a", &story(1)));
    folder.run(&["clean", "a.jsonl", "-o", "out.jsonl", "--no-report"]).ends_with(0);
    assert_eq!(folder.entries(), ["a.jsonl", "out.jsonl"]);
}

#[test]
fn the_command_of_a_report_asks_for_the_same_again() {
    let folder = Folder::new();
    let pages = (0..30).map(|number| {
        record(
            &format!("it's {number}"),
            &format!("{}\u{a0}x\nADVERTISEMENT\n{}", story(number / 2), story(number)),
        )
    });
    folder.write("in dir/a.jsonl", pages.collect::<String>());
    folder.write("old.jsonl", record("old", &story(3)));
    let asked = [
        "clean",
        "in dir",
        "-o",
        "out",
        "--report",
        "told",
        "--profile",
        "safe",
        "--no-normalize",
        "spaces,nfc",
        "--keep",
        "longest",
        "--threshold",
        "0.7",
        "--shingle",
        "words:4",
        "--leave",
        "exact",
        "--against",
        "old.jsonl",
        "--novel-words",
        "0",
    ];
    folder.run(&asked).ends_with(0);
    let command: Vec<String> = serde_json::from_value(folder.summary("told")["command"].clone()).unwrap();
    let (out, report) = (folder.tree("out"), folder.tree("told"));
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    folder.run(&command).ends_with(0);
    assert_eq!(folder.tree("out"), out);
    for (name, bytes) in folder.tree("told").iter().filter(|(name, _)| *name != "timings.json") {
        assert_eq!(report.get(name), Some(bytes), "{name}");
    }
}

/// Each of these would do something to a terminal, or hide something in it.
#[test]
fn nothing_of_the_corpus_drives_the_terminal() {
    let kinds = [
        ("a terminal escape", "\u{1b}]0;owned\u{7}\u{1b}[2J"),
        ("a one-byte escape", "\u{9b}31m"),
        ("a direction override", "\u{202e}gpj.exe"),
        ("an isolate", "\u{2066}a\u{2069}"),
        ("a zero-width space", "in\u{200b}visible"),
        ("a tag character", "x\u{e0041}"),
        ("a backspace", "no\u{8}\u{8}yes"),
    ];
    for (kind, evil) in kinds {
        let folder = Folder::new();
        let page = |first: &str| format!("{first} {evil} {}\n\nADVERTISEMENT\n\n{}", story(1), story(2));
        let site = |id: &str, text: &str| {
            format!(
                "{}\n",
                serde_json::json!({ "id": format!("{id}{evil}"), "site": format!("site{evil}"), "text": text })
            )
        };
        folder.write("a.jsonl", site("a", &page("One")) + &site("b", &page("Two")) + "{\"text\": 1}\n");
        folder
            .run(&["clean", "a.jsonl", "-o", "out.jsonl", "--site-field", "site", "--no-normalize", "all"])
            .ends_with(3);
        let (id, name) = (format!("b{evil}"), format!("site{evil}"));
        let told = [
            folder.run(&["report", "out.jsonl.report"]),
            folder.run(&["report", "out.jsonl.report", "--json"]),
            folder.run(&["report", "out.jsonl.report", "--cluster", &id]),
            folder.run(&["report", "out.jsonl.report", "--source", &name]),
            folder.run(&["report", "out.jsonl.report", "--source", &name, "--json"]),
            folder.run(&["explain", "out.jsonl.report", &id]),
        ];
        for ran in told {
            let ran = ran.ends_with(0);
            let drives = |c: char| {
                c != '\n' && (c.is_control() || "\u{202e}\u{2066}\u{2069}\u{200b}\u{e0041}".contains(c))
            };
            assert!(!ran.stdout().contains(drives), "{kind}: {:?}", ran.stdout());
        }
        let first = evil.chars().find(|c| !c.is_ascii_alphanumeric()).unwrap();
        tells(&folder, &["explain", "out.jsonl.report", &id], &[&format!("\\u{{{:x}}}", first as u32)]);
        assert_eq!(rows(folder.text("out.jsonl.report/duplicates.jsonl").as_bytes())[0]["id"], id);
    }
}

#[test]
fn a_closed_pipe_is_a_clean_end() {
    let folder = cleaned();
    let mut command = folder.tamis(&["report", "out.report", "--html", "-"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ran = child.wait_with_output().unwrap();
    assert_eq!((ran.status.code(), ran.stderr), (Some(0), Vec::new()));
}

#[test]
fn what_is_no_report_is_told_with_the_one_beside_it() {
    let folder = Folder::new();
    folder.write("a.jsonl", record("a", &story(1)));
    folder.run(&["clean", "a.jsonl", "-o", "out.jsonl"]).ends_with(0);
    folder.run(&["clean", "a.jsonl", "-o", "all"]).ends_with(0);
    for command in [&["report"][..], &["check"], &["explain", "a"], &["restore", "-o", "back"]] {
        let (name, rest) = command.split_first().unwrap();
        let told = |place: &str, why: &str| {
            let arguments = [&[*name, place], rest].concat();
            folder.run(&arguments).fails(5, &format!("failed to read report {place}: {why}"));
        };
        told("out.jsonl", "it is a file, and no report; out.jsonl.report is one");
        told("all/", "it has no summary.json, and is no report; all.report is one");
        told("a.jsonl", "it is a file, and no report");
    }
}

#[test]
fn an_output_that_is_not_there_any_more_is_asked_for() {
    let folder = Folder::new();
    folder.write("in/a.jsonl", record("a", &story(1)));
    folder.run(&["clean", "in", "-o", "out"]).ends_with(0);
    std::fs::rename(folder.path("out"), folder.path("elsewhere")).unwrap();
    for command in [
        &["check", "out.report"][..],
        &["explain", "out.report", "a"],
        &["restore", "out.report", "-o", "back"],
    ] {
        let told = |more: &[&str], why: &str| {
            let arguments = [command, more].concat();
            folder.run(&arguments).fails(5, &format!("failed to read report out.report: {why}"));
        };
        told(&[], "its output, out, is not there; name with --from where it stands now");
        told(&["--from", "nowhere"], "its output is not where --from says, nowhere");
        folder.run(&[command, &["--from", "elsewhere"]].concat()).ends_with(0);
    }
}
