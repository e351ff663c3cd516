//! `tamis report --sample` draws a sheet for a person to mark, and `--marked` reads it back; what the corpus holds is shown and never run.

#![allow(clippy::unwrap_used, reason = "a sheet that cannot be read fails the test")]

mod support;

use support::corpus::{lines, messy};
use support::{Folder, record, story};

/// The rows of a sheet, by column.
fn sheet(folder: &Folder, name: &str) -> Vec<Vec<String>> {
    let bytes = folder.read(name);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn cleaned() -> Folder {
    let folder = Folder::new();
    folder.write("in.jsonl", lines(&messy(160, 5)));
    folder.run(&["clean", "in.jsonl", "-o", "out.jsonl", "-q"]).ends_with(0);
    folder
}

#[test]
fn a_sample_is_of_every_kind_and_the_same_for_a_seed() {
    let folder = cleaned();
    let draw = |name: &str, seed: &str| {
        folder
            .run(&["report", "out.jsonl.report", "--sample", "30", "--seed", seed, "-o", name])
            .ends_with(0);
        sheet(&folder, &format!("{name}.csv"))
    };
    let (one, again, other) = (draw("one", "7"), draw("again", "7"), draw("other", "8"));
    assert_eq!(one.len(), 31);
    assert!(one == again && one != other);
    assert_eq!(one[0][..4], ["mark", "kind", "of", "number"]);
    for kind in ["exact", "near", "kept", "stripped/advertisement"] {
        assert!(one.iter().any(|row| row[1] == kind), "{kind}");
    }
    let removed = one.iter().find(|row| row[1] == "near").unwrap();
    assert!(
        !removed[8].is_empty() && !removed[11].is_empty() && removed[12].starts_with("Jaccard 0."),
        "{removed:?}"
    );
    let stripped = one.iter().find(|row| row[1] == "stripped/advertisement").unwrap();
    assert!(folder.text("in.jsonl").contains(stripped[8].trim_matches('⏎')), "{stripped:?}");
    assert!(folder.text("one.html").contains("<h1>Audit sheet</h1>"));
    let total: u64 = folder.count("out.jsonl.report", "kept");
    assert_eq!(one.iter().find(|row| row[1] == "kept").unwrap()[2], total.to_string());
}

#[test]
fn marks_come_to_precision_by_kind_and_in_all() {
    let folder = Folder::new();
    let mut rows = String::from("\u{feff}mark;kind;of;number\n");
    for number in 0..40 {
        rows += if number < 36 { "right" } else { "W" };
        rows += ";near;1000;1\n";
    }
    rows += "ok;kept;5000;41\n;exact;9;42\n";
    folder.write("s.csv", &rows);
    let ran = folder.run(&["report", "--marked", "s.csv"]).ends_with(0);
    assert!(
        ran.stdout().contains("90.0 %  (76.9 to 96.0 %)    36 of 40 right, of 1,000"),
        "{}",
        ran.stdout()
    );
    assert!(
        ran.stdout().contains("all removals") && ran.stdout().contains("1 row is not marked"),
        "{}",
        ran.stdout()
    );
    let json: serde_json::Value =
        serde_json::from_slice(&folder.run(&["report", "--marked", "s.csv", "--json"]).ends_with(0).stdout)
            .unwrap();
    assert_eq!((&json["unmarked"], &json["kinds"][2]["right"]), (&1.into(), &36.into()));
    folder.write("bad.csv", "mark,kind,of\nmaybe,near,3\n");
    folder
        .run(&["report", "--marked", "bad.csv"])
        .fails(5, "failed to read list bad.csv: row 1: the mark maybe is neither right nor wrong");
    folder.write("none.csv", "a,b\n1,2\n");
    folder.run(&["report", "--marked", "none.csv"]).ends_with(5);
}

#[test]
fn a_sheet_that_may_hold_marks_is_not_written_over() {
    let folder = cleaned();
    folder.write("s.csv", "mark\n");
    let ran = folder.run(&["report", "out.jsonl.report", "--sample", "3", "-o", "s.csv"]).ends_with(6);
    assert!(ran.stderr.contains("s.csv is there already and may hold marks"));
    assert_eq!(folder.text("s.csv"), "mark\n");
}

const HOSTILE: [&str; 7] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\u{1b}[31mred\u{1b}]0;title\u{7}",
    "evil\u{202e}txt\u{2066}",
    "=HYPERLINK(\"http://x\",\"y\")",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\" onmouseover=\"alert(1)",
];

/// A corpus that attacks whoever reads of it, in texts, ids, addresses and the name of its file.
fn hostile() -> (Folder, String) {
    let folder = Folder::new();
    let name = "=1+1<b>\u{202e}\u{1b}[31m.jsonl".to_owned();
    let mut corpus = String::new();
    for (number, attack) in (0_u64..).zip(HOSTILE) {
        let text =
            format!("{attack}\n\n{}\n\nADVERTISEMENT\n\n{attack} {}", story(number), story(number + 50));
        corpus += &record(attack, &text);
        corpus += &record(&format!("{attack} copy"), &text.replacen(". ", ", ", 1));
    }
    corpus += "{\"id\": \"<script>\", \"url\": \"javascript:alert(1)\"}\n";
    folder.write(&name, corpus);
    folder.run(&["clean", &name, "-o", "out.jsonl", "-q"]).ends_with(3);
    (folder, name)
}

/// Whether a text could drive the terminal or the reader's eye.
fn is_harmless(text: &str) -> bool {
    !text.chars().any(|c| {
        (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    })
}

#[test]
fn nothing_of_a_hostile_corpus_runs_from_a_sheet() {
    let (folder, _) = hostile();
    folder.run(&["report", "out.jsonl.report", "--sample", "60", "-o", "sheet"]).ends_with(0);
    let rows = sheet(&folder, "sheet.csv");
    for cell in rows.iter().flatten() {
        assert!(
            is_harmless(cell) && !cell.trim_start().starts_with(['=', '+', '-', '@', '|', '%']),
            "{cell:?}"
        );
    }
    let ids: Vec<&str> = rows.iter().map(|row| row[4].as_str()).collect();
    assert!(ids.contains(&"'=HYPERLINK(\"http://x\",\"y\")"), "a formula is shown, not hidden: {ids:?}");
    let page = folder.text("sheet.html");
    assert!(is_harmless(&page) && !page.contains("<script") && !page.contains("<img"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(1)") && page.contains("\\u{202e}"), "shown, not hidden");
    assert!(!page.contains("\" onmouseover"), "no attribute is broken out of");
    assert!(page.contains("default-src &#39;none&#39;") || page.contains("default-src 'none'"));
}

#[test]
fn nothing_of_a_hostile_corpus_drives_the_terminal() {
    let (folder, name) = hostile();
    let check = folder.run(&["check", "out.jsonl.report"]).ends_with(0);
    assert!(is_harmless(check.stdout()), "{}", check.stdout());
    folder.write("out.jsonl", folder.text("out.jsonl").replace(". ", "! "));
    let check = folder.run(&["check", "out.jsonl.report"]).ends_with(7);
    assert!(is_harmless(check.stdout()) && check.stdout().contains("\\u{1b}[31m"), "{}", check.stdout());
    let json = folder.run(&["check", "out.jsonl.report", "--json"]).ends_with(7);
    assert!(serde_json::from_slice::<serde_json::Value>(&json.stdout).is_ok());
    folder.run(&["clean", &name, "-o", "b.jsonl", "-q", "--no-dedup", "--no-strip"]).ends_with(3);
    let compared = folder.run(&["compare", "out.jsonl.report", "b.jsonl.report"]).ends_with(0);
    assert!(
        is_harmless(compared.stdout()) && compared.stdout().contains("removed only by A"),
        "{}",
        compared.stdout()
    );
    let rows: String = HOSTILE
        .iter()
        .map(|id| serde_json::json!({"id": id, "cluster": "<x>\u{1b}"}).to_string() + "\n")
        .collect();
    folder.write("list.jsonl", rows);
    let list = folder.run(&["check", "--list", "list.jsonl", &name]).ends_with(7);
    assert!(is_harmless(list.stdout()) && list.stdout().contains("evil\\u{202e}txt"), "{}", list.stdout());
}
