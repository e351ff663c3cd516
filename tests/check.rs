//! `tamis check` accepts what `tamis clean` reports, and names each lie that is put into a report or an output.

#![allow(clippy::unwrap_used, reason = "a lie that cannot be told fails the test")]

mod support;

use serde_json::{Value, json};
use support::corpus::{Dice, lines, messy};
use support::{Folder, Ran, gzip, record, rows, story, unzstd};

const REPORT: &str = "out.jsonl.report";

/// A cleaned corpus with something of everything: kinds of duplicate, stripped lines, normal form, problems, a blank line.
fn cleaned() -> Folder {
    let folder = Folder::new();
    let long = story(2);
    let part = long.split("\n\n").take(2).collect::<Vec<_>>().join("\n\n");
    let page = |number| format!("{}\n\nADVERTISEMENT\n\n{}", story(number), story(number + 1));
    let lines = [
        record("first", &story(1)),
        record("near", &story(1).replacen(' ', " unheard ", 1)),
        record("exact", &story(1).to_uppercase()),
        record("part", &part),
        record("long", &long),
        record("page", &page(3)),
        "{\"id\": \"aside\"}\n".to_owned(),
        "\n".to_owned(),
        record("spaced", &format!("{} and\u{a0}more", story(5))),
        "{\"id\": broken\n".to_owned(),
        record("plain", &story(6)),
        record("other page", &page(7)),
        record("last", &story(9)),
    ];
    folder.write("in.jsonl", lines.concat());
    folder.run(&["clean", "in.jsonl", "-o", "out.jsonl"]).ends_with(3);
    folder
}

fn check(folder: &Folder, more: &[&str]) -> Ran {
    folder.run(&[&["check", REPORT], more].concat())
}

fn write_rows(folder: &Folder, name: &str, rows: &[Value]) {
    let lines: Vec<String> = rows.iter().map(ToString::to_string).collect();
    let bytes = lines.join("\n") + if lines.is_empty() { "" } else { "\n" };
    if is_packed(name) {
        folder.write(name, support::zstd(bytes.as_bytes()));
    } else {
        folder.write(name, bytes);
    }
}

fn is_packed(name: &str) -> bool {
    std::path::Path::new(name).extension().is_some_and(|extension| extension == "zst")
}

/// Changes the rows of one file of the report.
fn in_rows(folder: &Folder, file: &str, change: impl FnOnce(&mut Vec<Value>)) {
    let name = format!("{REPORT}/{file}");
    let bytes = folder.read(&name);
    let mut rows = rows(&if is_packed(file) { unzstd(&bytes) } else { bytes });
    change(&mut rows);
    write_rows(folder, &name, &rows);
}

fn in_duplicates(folder: &Folder, change: impl FnOnce(&mut Vec<Value>)) {
    in_rows(folder, "duplicates.jsonl", change);
}

fn in_receipts(folder: &Folder, change: impl FnOnce(&mut Vec<Value>)) {
    in_rows(folder, "removals.jsonl.zst", change);
}

fn in_summary(folder: &Folder, change: impl FnOnce(&mut Value)) {
    let mut summary = folder.summary(REPORT);
    change(&mut summary);
    folder.write(&format!("{REPORT}/summary.json"), summary.to_string());
}

fn in_output(folder: &Folder, change: impl FnOnce(String) -> String) {
    folder.write("out.jsonl", change(folder.text("out.jsonl")));
}

fn of<'r>(rows: &'r mut [Value], id: &str) -> &'r mut Value {
    rows.iter_mut().find(|row| row["id"] == id).unwrap_or_else(|| panic!("no row of {id}"))
}

fn without_line(text: &str, number: usize) -> String {
    let lines = text.split_inclusive('\n').enumerate();
    lines.filter(|(at, _)| *at != number).map(|(_, line)| line).collect()
}

/// A lie: what it is, how it is told, and what is said of it.
type Lie = (&'static str, fn(&Folder), &'static str);

const LIES: [Lie; 40] = [
    (
        "wrong score",
        |f| in_duplicates(f, |rows| of(rows, "near")["jaccard"] = json!(0.999)),
        "duplicates.jsonl row 1, near: jaccard is claimed to be 0.999; it is 0.9",
    ),
    (
        "wrong containment",
        |f| in_duplicates(f, |rows| of(rows, "part")["containment"] = json!(0.93)),
        "part: containment is claimed to be 0.93; it is 1",
    ),
    (
        "wrong survivor",
        |f| {
            in_duplicates(f, |rows| {
                let plain = json!({"path": "in.jsonl", "record": 11, "offset": 0});
                let row = of(rows, "near");
                (row["survivor"], row["cluster"], row["survivor_origin"]) =
                    (json!("plain"), json!("plain"), plain);
            });
        },
        "near: the survivor is claimed to be in.jsonl:11; it is record 1 of input 0, by its receipt",
    ),
    (
        "survivor of receipt and row alike wrong",
        |f| {
            let offset = f.text("in.jsonl").find("{\"id\":\"plain\"").unwrap();
            in_duplicates(f, |rows| {
                let plain = json!({"path": "in.jsonl", "record": 11, "offset": offset});
                let row = of(rows, "near");
                (row["survivor"], row["cluster"], row["survivor_origin"]) =
                    (json!("plain"), json!("plain"), plain);
            });
            in_receipts(f, |rows| of(rows, "near")["survivor"]["record"] = json!(11));
        },
        "near: kind is claimed to be near; it is below every threshold",
    ),
    (
        "missing receipt",
        |f| in_receipts(f, |rows| rows.retain(|row| row["id"] != "page")),
        "page: the text of a record is claimed to be",
    ),
    (
        "missing receipt of a removed document",
        |f| in_receipts(f, |rows| rows.retain(|row| row["id"] != "near")),
        "near: a document is claimed to be removed; it is not in the output",
    ),
    (
        "changed text",
        |f| in_output(f, |text| text.replacen(". ", "! ", 1)),
        "out.jsonl row 1, first: the text of a record is claimed to be",
    ),
    (
        "changed bytes beside the text",
        |f| in_output(f, |text| text.replacen("{\"id\"", "{ \"id\"", 1)),
        "first: a record is claimed to be the input's, but for the changes of its receipt; it is another beside its text",
    ),
    (
        "wrong total",
        |f| in_summary(f, |summary| summary["counts"]["stripped_bytes"] = json!(7)),
        "summary.json, counts.stripped_bytes: a total is claimed to be 7; it is 30",
    ),
    (
        "total moved from one kind to another",
        |f| in_summary(f, |summary| summary["counts"]["near"] = json!(2)),
        "counts.near: a total is claimed to be 2; it is 1",
    ),
    (
        "wrong total of a rule",
        |f| in_summary(f, |summary| summary["rules"]["advertisement/marker-en"]["removals"] = json!(1)),
        "summary.json, advertisement/marker-en: removals of a rule is claimed to be 1; it is 2",
    ),
    (
        "swapped cluster",
        |f| {
            in_duplicates(f, |rows| {
                of(rows, "near")["cluster"] = json!("long");
                of(rows, "part")["cluster"] = json!("first");
            });
        },
        "near: the cluster is claimed to be long; it is first",
    ),
    (
        "invented rule",
        |f| in_receipts(f, |rows| of(rows, "page")["edits"][0]["rule"] = json!("advertisement/invented")),
        "page: the rule of a change is claimed to be advertisement/invented; it is no rule of this name",
    ),
    (
        "wrong category",
        |f| in_receipts(f, |rows| of(rows, "page")["edits"][0]["category"] = json!("newsletter")),
        "page: the category of a change is claimed to be newsletter; it is advertisement",
    ),
    (
        "removed document kept",
        |f| {
            let near = f.text("in.jsonl").split_inclusive('\n').nth(1).unwrap().to_owned();
            in_output(f, |text| {
                format!(
                    "{}{near}{}",
                    &text[..=text.find('\n').unwrap()],
                    &text[text.find('\n').unwrap() + 1..]
                )
            });
        },
        "out.jsonl row 2: this record is claimed to be in the output; it is one that no record of the input calls for",
    ),
    (
        "survivor not in the output",
        |f| in_output(f, |text| without_line(&text, 0)),
        "near: the survivor is claimed to be first (in.jsonl:1), kept; it is not in the output",
    ),
    (
        "survivor removed itself",
        |f| {
            in_duplicates(f, |rows| {
                let near = json!({"path": "in.jsonl", "record": 2, "offset": 0});
                let row = of(rows, "exact");
                (row["survivor"], row["cluster"], row["survivor_origin"]) =
                    (json!("near"), json!("near"), near);
            });
        },
        "exact: the survivor is claimed to be near (in.jsonl:2), kept; it is removed itself",
    ),
    (
        "a row dropped",
        |f| in_duplicates(f, |rows| rows.retain(|row| row["id"] != "part")),
        "part: the row of a removed document is claimed to be not there; it is wanted by its receipt",
    ),
    (
        "a row there twice",
        |f| in_duplicates(f, |rows| rows.insert(1, rows[0].clone())),
        "near: a row is claimed to be one of a document of its own, in the order of the input; it is there twice, or out of order",
    ),
    (
        "a row of a document that was kept",
        |f| {
            in_duplicates(f, |rows| {
                let mut row = rows[2].clone();
                (row["id"], row["origin"]["record"]) = (json!("plain"), json!(11));
                rows.push(row);
            });
        },
        "plain: a document is claimed to be removed; it is kept, in the output",
    ),
    (
        "wrong digest of an input",
        |f| in_summary(f, |summary| summary["inputs"][0]["sha256"] = json!("00ff")),
        "summary.json, in.jsonl: the digest of an input is claimed to be 00ff; it is ",
    ),
    (
        "wrong digest of an output",
        |f| in_summary(f, |summary| summary["outputs"][0]["sha256"] = json!("00ff")),
        "summary.json, out.jsonl: the digest of an output is claimed to be 00ff; it is ",
    ),
    (
        "wrong number of records",
        |f| in_summary(f, |summary| summary["inputs"][0]["records"] = json!(14)),
        "in.jsonl: the number of records of an input is claimed to be 14; it is 13",
    ),
    (
        "another span",
        |f| {
            in_receipts(f, |rows| {
                let span = &mut of(rows, "page")["edits"][0]["span"];
                let (start, end) = (span["start"].as_u64().unwrap(), span["end"].as_u64().unwrap());
                *span = json!({"start": start + 1, "end": end + 1});
            });
        },
        "page: what stood at a change is claimed to be",
    ),
    (
        "span and text moved together",
        |f| {
            let text =
                rows(f.read("in.jsonl").split(|byte| *byte == b'\n').nth(5).unwrap())[0]["text"].clone();
            in_receipts(f, |rows| {
                let edit = &mut of(rows, "page")["edits"][0];
                (edit["span"], edit["text"]) =
                    (json!({"start": 0, "end": 9}), json!(text.as_str().unwrap()[..9]));
            });
        },
        "page: the text of a record is claimed to be",
    ),
    (
        "a span beyond the text",
        |f| in_receipts(f, |rows| of(rows, "page")["edits"][0]["span"] = json!({"start": 5, "end": 999_999})),
        "page: the place of a change is claimed to be 5..999999; it is no part of a text of",
    ),
    (
        "shared paragraphs",
        |f| in_duplicates(f, |rows| of(rows, "part")["shared_paragraphs"] = json!(1)),
        "part: shared_paragraphs is claimed to be 1; it is 2",
    ),
    (
        "paragraphs",
        |f| in_duplicates(f, |rows| of(rows, "part")["paragraphs"] = json!(3)),
        "part: paragraphs is claimed to be 3; it is 2",
    ),
    (
        "near called exact",
        |f| in_duplicates(f, |rows| of(rows, "near")["kind"] = json!("exact")),
        "near: kind is claimed to be exact; it is near",
    ),
    (
        "count of a line",
        |f| in_rows(f, "lines.jsonl", |rows| rows[0]["documents"] = json!(900)),
        "advertisement/marker-en ADVERTISEMENT: documents of a line is claimed to be 900; it is 2",
    ),
    (
        "an invented line",
        |f| {
            in_rows(f, "lines.jsonl", |rows| {
                let mut row = rows[0].clone();
                row["text"] = json!("Never there");
                rows.push(row);
            });
        },
        "lines.jsonl row 2, advertisement/marker-en Never there: a line is claimed to be taken out 2 times; it is never taken out",
    ),
    (
        "problem row missing",
        |f| in_rows(f, "problems.jsonl", |rows| drop(rows.remove(0))),
        "problems.jsonl, in.jsonl:7: the row of a problem is claimed to be not there; it is missing field \"text\"",
    ),
    (
        "an invented problem",
        |f| {
            in_rows(f, "problems.jsonl", |rows| {
                let mut row = rows[1].clone();
                row["record"] = json!(11);
                rows.push(row);
            });
        },
        "problems.jsonl row 3, in.jsonl:11: a problem is claimed to be",
    ),
    (
        "another reason of a problem",
        |f| in_rows(f, "problems.jsonl", |rows| rows[0]["reason"] = json!("too short")),
        "in.jsonl:7: the reason of a problem is claimed to be too short; it is missing field \"text\"",
    ),
    (
        "a document called unreadable",
        |f| in_receipts(f, |rows| of(rows, "near")["action"] = json!("set_aside")),
        "near: what happened to a record is claimed to be set aside; it is a document",
    ),
    (
        "a receipt that holds another record",
        |f| in_receipts(f, |rows| of(rows, "near")["raw"] = json!("{\"id\": \"near\", \"text\": \"\"}\n")),
        "near: the record that a receipt holds is claimed to be",
    ),
    (
        "receipts out of order",
        |f| in_receipts(f, |rows| rows.swap(0, 1)),
        "the place of a receipt is claimed to be record 3 of input 0; it is out of order, or there twice",
    ),
    (
        "a source that lost fewer",
        |f| {
            in_rows(f, "sources.jsonl", |rows| {
                let kept = rows[0]["kept"].as_u64().unwrap();
                rows[0]["kept"] = json!(kept + 1);
            });
        },
        "the documents of a source is claimed to be",
    ),
    (
        "a source left out",
        |f| in_rows(f, "sources.jsonl", |rows| drop(rows.pop())),
        "all sources: documents is claimed to be 0; it is",
    ),
    (
        "another id",
        |f| in_duplicates(f, |rows| rows[0]["id"] = json!("somebody")),
        "somebody: the id is claimed to be somebody; it is near",
    ),
];

#[test]
fn every_lie_is_named() {
    let true_one = cleaned();
    let (report, output, input) =
        (true_one.tree(REPORT), true_one.read("out.jsonl"), true_one.read("in.jsonl"));
    check(&true_one, &[]).ends_with(0);
    for (name, lie, said) in LIES {
        let folder = Folder::new();
        folder.write("in.jsonl", &input);
        folder.write("out.jsonl", &output);
        for (file, bytes) in &report {
            folder.write(&format!("{REPORT}/{file}"), bytes);
        }
        lie(&folder);
        let ran = check(&folder, &[]);
        assert_eq!(ran.code, Some(7), "{name}: {}{}", ran.stdout(), ran.stderr);
        let told = ran.stdout().lines().any(|line| line.starts_with("false: ") && line.contains(said));
        assert!(told, "{name}: wanted {said:?} in\n{}", ran.stdout());
    }
}

#[test]
fn a_true_report_is_proved_whatever_the_settings() {
    let folder = Folder::new();
    let corpus = messy(160, 5);
    folder.write("in/a.jsonl", lines(&corpus[..90]));
    folder.write("in/deep/b.jsonl.gz", gzip(lines(&corpus[90..]).as_bytes()));
    folder.write("old.jsonl", lines(&messy(60, 5)));
    let settings: [&[&str]; 9] = [
        &["-o", "out"],
        &["-o", "out.jsonl.zst", "--keep", "longest"],
        &["-o", "out", "--annotate"],
        &["-o", "out", "--level", "paragraph", "--paragraph-chars", "20"],
        &["-o", "out.jsonl", "--against", "old.jsonl"],
        &["-o", "out", "--leave", "exact", "--shingle", "chars:9"],
        &["-o", "out", "--measure", "alignment", "--keep", "longest"],
        &["-o", "out", "--profile", "strict", "--novel-words", "0", "--threshold", "0.6"],
        &["-o", "out", "--no-dedup", "--no-normalize", "all"],
    ];
    for more in settings {
        folder.run(&[&["clean", "in", "-q", "--overwrite"], more].concat());
        let ran = folder.run(&["check", &format!("{}.report", more[1])]).ends_with(0);
        assert!(ran.stdout().contains("none is false"), "{more:?}: {}", ran.stdout());
        assert!(!ran.stdout().contains("not looked at"), "{more:?}: {}", ran.stdout());
    }
}

#[test]
fn texts_in_many_character_sets_are_proved() {
    let folder = Folder::new();
    for (number, made) in messy(40, 9).into_iter().enumerate() {
        let wide: Vec<u8> = made.text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let bytes = if number % 3 == 0 { wide } else { made.text.into_bytes() };
        folder.write(&format!("in/{number}.txt"), bytes);
    }
    folder.write("in/empty.txt", "");
    for output in ["out", "out.jsonl"] {
        folder.run(&["clean", "in", "-o", output]).ends_with(3);
        folder.run(&["check", &format!("{output}.report")]).ends_with(0);
    }
}

/// A cleaned corpus of which one document goes that only aligned texts tell: every sixteenth word of it is another.
fn cleaned_by_alignment() -> Folder {
    let folder = Folder::new();
    let first = Dice::new(1).story(12);
    let word = |(at, word): (usize, &str)| if at % 16 == 4 { format!("edited{at}") } else { word.to_owned() };
    let edited = |line: &str| line.split(' ').enumerate().map(word).collect::<Vec<_>>().join(" ");
    let edited = first.split('\n').map(edited).collect::<Vec<_>>().join("\n");
    folder.write(
        "in.jsonl",
        record("first", &first) + &record("edited", &edited) + &record("other", &story(2)),
    );
    folder.run(&["clean", "in.jsonl", "-o", "out.jsonl", "--measure", "alignment"]).ends_with(0);
    folder
}

/// A lie told in one row.
type LieOfARow = (&'static str, fn(&mut Value), &'static str);

#[test]
fn lies_about_aligned_documents_are_named() {
    let lies: [LieOfARow; 5] = [
        (
            "resemblance",
            |row| row["alignment"] = json!(0.99),
            "edited: alignment is claimed to be 0.99; it is 0.",
        ),
        (
            "containment",
            |row| row["alignment_containment"] = json!(1.0),
            "edited: alignment_containment is claimed to be 1; it is 0.",
        ),
        (
            "no resemblance",
            |row| drop(row.as_object_mut().unwrap().remove("alignment")),
            "edited: alignment is claimed to be not there; it is 0.",
        ),
        (
            "kind",
            |row| row["kind"] = json!("contained"),
            "edited: kind is claimed to be contained; it is near",
        ),
        (
            "kind of equals",
            |row| row["kind"] = json!("exact"),
            "edited: kind is claimed to be exact; it is near",
        ),
    ];
    for (name, lie, said) in lies {
        let folder = cleaned_by_alignment();
        let told = check(&folder, &[]).ends_with(0).stdout().to_owned();
        assert!(told.contains("none is false") && !told.contains("not looked at"), "{told}");
        in_duplicates(&folder, |rows| {
            assert!(rows[0]["jaccard"].as_f64() < Some(0.8) && rows[0]["kind"] == "near", "{}", rows[0]);
            lie(of(rows, "edited"));
        });
        let told = check(&folder, &[]).ends_with(7).stdout().to_owned();
        assert!(told.contains(said), "{name}: {told}");
    }
}

#[test]
fn an_aligned_survivor_that_holds_nothing_of_the_document_is_a_lie() {
    let folder = cleaned_by_alignment();
    let offset = folder.text("in.jsonl").find("{\"id\":\"other\"").unwrap();
    in_duplicates(&folder, |rows| {
        let other = json!({"path": "in.jsonl", "record": 3, "offset": offset});
        let row = of(rows, "edited");
        (row["survivor"], row["cluster"], row["survivor_origin"]) = (json!("other"), json!("other"), other);
    });
    in_receipts(&folder, |rows| of(rows, "edited")["survivor"]["record"] = json!(3));
    let told = check(&folder, &[]).ends_with(7).stdout().to_owned();
    assert!(told.contains("edited: kind is claimed to be near; it is below every threshold"), "{told}");
}

/// An input that is gone, or another now, is no lie of the report: what it was comes from output and receipts.
#[test]
fn an_input_that_changed_since_is_named_and_no_lie() {
    let folder = cleaned();
    let input = folder.text("in.jsonl");
    folder.write("in.jsonl", format!("{input}{}", record("new", "more")));
    let told = "not looked at: in.jsonl: it has changed since";
    assert!(check(&folder, &[]).ends_with(0).stdout().contains(told));
    std::fs::remove_file(folder.path("in.jsonl")).unwrap();
    let told = "not looked at: in.jsonl: it is not there; its records were rebuilt from output and receipts";
    assert!(check(&folder, &[]).ends_with(0).stdout().contains(told));
    folder.write("elsewhere/in.jsonl", input);
    let ran = check(&folder, &["--inputs", "elsewhere"]).ends_with(0);
    assert!(!ran.stdout().contains("not looked at"), "{}", ran.stdout());
}

/// Without the input, a lie still shows: what is rebuilt has not the digest that the report claims.
#[test]
fn lies_show_without_the_input() {
    let folder = cleaned();
    std::fs::remove_file(folder.path("in.jsonl")).unwrap();
    in_output(&folder, |text| text.replacen(". ", "! ", 1));
    let ran = check(&folder, &[]).ends_with(7);
    assert!(ran.stdout().contains("in.jsonl: the digest of an input is claimed to be"), "{}", ran.stdout());
}

#[test]
fn a_reference_that_is_gone_leaves_its_rows_open() {
    let folder = Folder::new();
    folder.write("in.jsonl", record("copy", &story(1)));
    folder.write("old.jsonl", record("old", &format!("{}\n\nADVERTISEMENT\n\n{}", story(1), story(2))));
    folder.run(&["clean", "in.jsonl", "-o", "out.jsonl", "--against", "old.jsonl"]).ends_with(0);
    assert_eq!(
        unzstd(&folder.read(&format!("{REPORT}/references.jsonl.zst"))).split(|b| *b == b'\n').count(),
        2
    );
    check(&folder, &[]).ends_with(0);
    in_rows(&folder, "references.jsonl.zst", |rows| rows[0]["edits"][0]["rule"] = json!("no/rule"));
    assert!(
        check(&folder, &[])
            .ends_with(7)
            .stdout()
            .contains("old.jsonl:1: the rule of a change is claimed to be no/rule")
    );
    std::fs::remove_file(folder.path("old.jsonl")).unwrap();
    let told = "not looked at: old.jsonl: this reference file is not there, or is another now";
    assert!(check(&folder, &[]).ends_with(0).stdout().contains(told));
}

#[test]
fn the_result_is_to_be_had_as_json() {
    let folder = cleaned();
    in_duplicates(&folder, |rows| of(rows, "near")["jaccard"] = json!(0.5));
    let ran = check(&folder, &["--json"]).ends_with(7);
    let found: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(found["false_claims"], 1);
    assert_eq!(found["examples"][0]["claim"], "jaccard");
    assert_eq!((&found["examples"][0]["row"], &found["examples"][0]["claimed"]), (&json!(1), &json!("0.5")));
    assert!(found["proved"]["jaccard"].as_u64().unwrap() >= 2);
}

#[test]
fn what_cannot_be_read_is_an_error_and_no_lie() {
    let folder = cleaned();
    folder.run(&["check", "nowhere"]).ends_with(5);
    std::fs::remove_file(folder.path("out.jsonl")).unwrap();
    assert!(check(&folder, &[]).ends_with(5).stderr.contains("its output, out.jsonl, is not there"));
}
