//! What the options of `clean` say is what they do.

mod support;

use serde_json::Value;
use support::corpus::{lines, messy};
use support::{Folder, Ran, ids, record, rows, story, texts};

/// Two stories apart from each other, the first again whole, edited, and in part.
fn related() -> (Folder, [String; 5]) {
    let folder = Folder::new();
    let first = support::corpus::Dice::new(1).story(8);
    let edited = first.replacen(' ', " unheard ", 1);
    let part = first.split("\n\n").take(4).collect::<Vec<_>>().join("\n\n");
    let texts = [first.clone(), story(2), first, edited, part];
    let named = ["first", "other", "exact", "near", "part"].iter().zip(&texts);
    folder.write("a.jsonl", named.map(|(id, text)| record(id, text)).collect::<String>());
    (folder, texts)
}

fn kept(folder: &Folder, options: &[&str]) -> Vec<String> {
    ids(&clean(folder, options).stdout)
}

fn clean(folder: &Folder, options: &[&str]) -> Ran {
    folder.run(&[&["clean", "a.jsonl", "-o", "-"], options].concat()).ends_with(0)
}

#[test]
fn each_kind_of_duplicate_may_be_left_in() {
    let (folder, _) = related();
    assert_eq!(kept(&folder, &[]), ["first", "other"]);
    assert_eq!(kept(&folder, &["--leave", "contained"]), ["first", "other", "part"]);
    assert_eq!(kept(&folder, &["--leave", "contained,near"]), ["first", "other", "near", "part"]);
    assert_eq!(
        kept(&folder, &["--leave", "exact,near,contained"]),
        ["first", "other", "exact", "near", "part"]
    );
    assert_eq!(kept(&folder, &["--no-dedup"]), ["first", "other", "exact", "near", "part"]);
}

#[test]
fn a_near_duplicate_is_near_by_the_threshold() {
    let (folder, _) = related();
    let strict = ["--threshold", "1", "--containment", "1"];
    assert_eq!(kept(&folder, &strict), ["first", "other", "near"]);
    assert_eq!(
        kept(&folder, &["--threshold", "1", "--leave", "contained"]),
        ["first", "other", "near", "part"]
    );
}

#[test]
fn who_stays_is_what_the_rule_says() {
    let folder = Folder::new();
    let (short, long) = (story(1), format!("{} And a few more words stand here.", story(1)));
    let line = |id: &str, text: &str, rest: Value| {
        let mut line = serde_json::json!({ "id": id, "text": text });
        line.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        format!("{line}\n")
    };
    let corpus = [
        line("a", &short, serde_json::json!({ "date": "2020-05-01", "score": 5 })),
        line("b", &long, serde_json::json!({ "date": "2019-01-01T10:00:00Z", "score": 10 })),
        line("c", &short, serde_json::json!({ "date": "2021-12-31", "score": 9.5 })),
        line("d", &short, serde_json::json!({})),
    ];
    folder.write("a.jsonl", corpus.concat());
    for (rule, id) in [
        ("first", "a"),
        ("longest", "b"),
        ("newest", "c"),
        ("oldest", "b"),
        ("score", "b"),
        ("score:max", "b"),
        ("score:min", "a"),
        ("Score:max", "a"),
        ("nothing", "a"),
    ] {
        assert_eq!(kept(&folder, &["--keep", rule]), [id], "{rule}");
    }
}

/// A field that no document has ranks nothing, and that is told: in the talk at the end, in the report, and when it is read again.
#[test]
fn a_field_that_nothing_is_ranked_by_is_told() {
    let folder = Folder::new();
    let [a, b] = [1, 2].map(|number| {
        format!("{}\n", serde_json::json!({ "id": number.to_string(), "text": story(1), "when": "2020-05-01", "score": number }))
    });
    folder.write("a.jsonl", a + &b);
    for (keep, ranked, told) in [
        (&["--keep", "first"][..], 2, None),
        (&["--keep", "longest"], 2, None),
        (&["--keep", "score"], 2, None),
        (&["--keep", "newest", "--date-field", "when"], 2, None),
        (&["--keep", "scorre"], 0, Some("a field \"scorre\"")),
        (&["--keep", "oldest"], 0, Some("a date in a field \"date\"")),
        (&["--keep", "newest", "--date-field", "score"], 0, Some("a date in a field \"score\"")),
        (&["--keep", "scorre", "--no-dedup"], 0, None),
    ] {
        let arguments = [&["clean", "a.jsonl", "-o", "out.jsonl"], keep].concat();
        let ran = folder.run(&arguments).ends_with(0);
        let expected = told.map(|missing| {
            format!("NO document has {missing}, so --keep ranks by nothing: the first of the input stays, as by --keep first\n")
        });
        let is_told =
            |said: &str| expected.as_ref().map_or(!said.contains("NO document"), |told| said.contains(told));
        assert!(is_told(&ran.stderr), "{keep:?}: {}", ran.stderr);
        let counted = folder.summary("out.jsonl.report")["group"]["ranked"].as_u64();
        assert_eq!(counted, (!keep.contains(&"--no-dedup")).then_some(ranked), "{keep:?}");
        let read = folder.run(&["report", "out.jsonl.report"]).ends_with(0);
        assert!(is_told(read.stdout()), "{keep:?}: {}", read.stdout());
        if !keep.contains(&"--no-dedup") {
            let listed = folder.run(&[&["dups", "a.jsonl"], keep].concat()).ends_with(0);
            assert!(is_told(&listed.stderr), "{keep:?}: {}", listed.stderr);
        }
    }
}

#[test]
fn with_all_switched_off_every_byte_passes() {
    let folder = Folder::new();
    folder
        .write("in/a.jsonl", lines(&messy(120, 21)).replace("\r\n", "\n").replace("\n\n", "\n").trim_start());
    folder.write("in/b.txt", "a\u{a0}b \r\n\r\nADVERTISEMENT");
    let off = ["--no-strip", "--no-dedup", "--no-normalize", "all"];
    folder.run(&[&["clean", "in", "-o", "out"][..], &off].concat()).ends_with(0);
    assert_eq!(folder.tree("out"), folder.tree("in"));
    assert_eq!(folder.receipts("out.report"), Vec::<Value>::new());
}

#[test]
fn stripping_and_normal_form_are_switched_apart() {
    let folder = Folder::new();
    let [first, second] = [1, 2].map(story);
    let text = |middle: &str, space: &str| format!("{first}\n\n{middle}Odd{space}space. {second}");
    folder.write("a.jsonl", record("a", &text("ADVERTISEMENT\n\n", "\u{a0}")));
    let cleaned = |options: &[&str]| texts(&clean(&folder, options).stdout);
    assert_eq!(cleaned(&[]), [text("", " ")]);
    assert_eq!(cleaned(&["--no-strip"]), [text("ADVERTISEMENT\n\n", " ")]);
    assert_eq!(cleaned(&["--no-normalize", "spaces"]), [text("", "\u{a0}")]);
    assert_eq!(cleaned(&["--without", "advertisement"]), [text("ADVERTISEMENT\n\n", " ")]);
}

#[test]
fn annotate_marks_and_takes_nothing_out() {
    let folder = Folder::new();
    let page = format!("{}\n\nADVERTISEMENT\n\n{}", story(1), story(2));
    let untouched = record("c", &story(3));
    folder.write("a.jsonl", record("a", &page) + &record("b", &page) + &untouched);
    folder.run(&["clean", "a.jsonl", "-o", "out.jsonl", "--annotate"]).ends_with(0);
    let marked = folder.rows("out.jsonl");
    assert_eq!(texts(&folder.read("out.jsonl")), [page.clone(), page.clone(), story(3)]);
    assert_eq!(
        (&marked[0]["tamis"]["action"], &marked[1]["tamis"]["action"]),
        (&"trimmed".into(), &"removed".into())
    );
    let edit = &marked[0]["tamis"]["edits"][0];
    let (start, end) = (edit["span"]["start"].as_u64().unwrap(), edit["span"]["end"].as_u64().unwrap());
    assert_eq!(edit["text"], page[start as usize..end as usize]);
    assert!(edit["text"].as_str().unwrap().contains("ADVERTISEMENT"));
    assert_eq!(marked[1]["tamis"]["survivor"], serde_json::json!({ "file": 0, "record": 1 }));
    assert_eq!(folder.text("out.jsonl").lines().nth(2), Some(untouched.trim_end()));
    folder.run(&["restore", "out.jsonl.report", "-o", "again"]).ends_with(0);
    assert_eq!(folder.text("again/a.jsonl"), folder.text("a.jsonl"));
}

#[test]
fn annotate_is_refused_where_there_is_no_field() {
    let folder = Folder::new();
    folder.write("in/a.jsonl", record("a", &story(1)));
    folder.write("in/b.txt", story(2));
    for (inputs, output) in [("in", "out"), ("in/b.txt", "out.txt"), ("in/b.txt", "-")] {
        let options: &[&str] = if output == "-" { &["--format", "txt"] } else { &[] };
        let ran =
            folder.run(&[&["clean", inputs, "-o", output, "--annotate"], options].concat()).ends_with(2);
        assert!(ran.stderr.contains("b.txt is plain text; name a .jsonl file with -o"), "{}", ran.stderr);
    }
    assert_eq!(folder.entries(), ["in"]);
    folder.run(&["clean", "in/a.jsonl", "-o", "out", "--annotate"]).ends_with(0);
}

#[test]
fn a_mark_is_proven_behind_a_field_of_its_name_and_a_byte_order_mark() {
    let folder = Folder::new();
    let own = "{\"id\":\"1\",\"text\":\"x. \\u00a0\",\"tamis\":\"mine\"}\n";
    for (name, bytes) in
        [("a", own.to_owned()), ("b", format!("\u{feff}{own}")), ("c", own.trim_end().to_owned())]
    {
        let (input, output) = (format!("{name}.jsonl"), format!("{name}.out.jsonl"));
        folder.write(&input, bytes);
        folder.run(&["clean", &input, "-o", &output, "--annotate"]).ends_with(0);
        folder.run(&["check", &format!("{output}.report")]).ends_with(0);
        // Marked once more: the mark of before is a field like any other.
        folder.run(&["clean", &output, "-o", "twice.jsonl", "--annotate"]).ends_with(0);
        folder.run(&["check", "twice.jsonl.report"]).ends_with(0);
        let forged = folder.text(&output).replace("\"record\":1", "\"record\":7");
        folder.write(&output, forged);
        folder.run(&["check", &format!("{output}.report")]).ends_with(7);
    }
}

#[test]
fn annotated_records_of_several_files_stay_apart() {
    let folder = Folder::new();
    let page = format!("{}\n\nADVERTISEMENT\n\n{}", story(1), story(2));
    folder.write("in/a.jsonl", record("a", &page).trim_end());
    folder.write("in/b.txt", &page);
    folder.write("in/c.txt", story(3));
    folder.run(&["clean", "in", "-o", "out.jsonl", "--annotate"]).ends_with(0);
    assert_eq!(texts(&folder.read("out.jsonl")), [page.clone(), page, story(3)]);
    let actions: Vec<Value> =
        folder.rows("out.jsonl").iter().map(|row| row["tamis"]["action"].clone()).collect();
    assert_eq!(actions, [Value::from("trimmed"), "removed".into(), Value::Null]);
    folder.run(&["restore", "out.jsonl.report", "-o", "again"]).ends_with(0);
    assert_eq!(folder.tree("again"), folder.tree("in"));
}

#[test]
fn an_estimate_writes_nothing_and_is_the_result() {
    let folder = Folder::new();
    folder.write("a.jsonl", lines(&messy(200, 3)));
    let ran = folder.run(&["clean", "a.jsonl", "-o", "out.jsonl", "--estimate"]).ends_with(0);
    assert_eq!(folder.entries(), ["a.jsonl"]);
    assert_eq!(ran.stderr, "");
    for told in [
        "estimate, from",
        "about 200 documents in 1 file of",
        "at the peak; --memory",
        "in out.jsonl, where",
        " with ",
    ] {
        assert!(ran.stdout().contains(told), "{told}: {}", ran.stdout());
    }
    let ran = folder.run(&["clean", "a.jsonl", "-o", "out.jsonl", "--dry-run"]).ends_with(0);
    assert!(
        ran.stderr.contains("estimate, from") && ran.stderr.contains("nothing was written"),
        "{}",
        ran.stderr
    );
    let message = "standard input can be read only once, so there is no estimate of it";
    folder.run_on(b"", &["clean", "-", "--estimate"]).fails(2, message);
}

#[test]
fn a_dry_run_writes_nothing_and_tells_all() {
    let (folder, _) = related();
    let ran = folder.run(&["clean", "a.jsonl", "-o", "out", "--dry-run"]).ends_with(0);
    assert!(ran.stderr.contains("duplicates: 1 exact, 1 near, 1 contained"), "{}", ran.stderr);
    assert!(ran.stderr.contains("nothing was written (--dry-run)"), "{}", ran.stderr);
    assert_eq!((ran.stdout(), folder.entries()), ("", vec!["a.jsonl".to_owned()]));
    folder.run(&["clean", "a.jsonl", "--dry-run"]).ends_with(0);
    folder.write("b.jsonl", "{}\n");
    folder.run(&["clean", "b.jsonl", "--dry-run"]).ends_with(3);
    assert_eq!(folder.entries(), ["a.jsonl", "b.jsonl"]);
}

#[test]
fn the_report_stands_where_it_is_wanted() {
    let (folder, _) = related();
    folder.run(&["clean", "a.jsonl", "-o", "x.jsonl", "--no-report"]).ends_with(0);
    assert_eq!(folder.entries(), ["a.jsonl", "x.jsonl"]);
    folder.run(&["clean", "a.jsonl", "-o", "y/", "--report", "deep/told"]).ends_with(0);
    assert_eq!(folder.entries(), ["a.jsonl", "deep", "x.jsonl", "y"]);
    let names: Vec<_> = folder.tree("deep/told").into_keys().collect();
    for name in ["duplicates.jsonl", "lines.jsonl", "problems.jsonl", "removals.jsonl.zst", "summary.json"] {
        assert!(names.contains(&name.to_owned()), "{name} of {names:?}");
    }
}

#[test]
fn a_quiet_run_says_nothing() {
    let (folder, _) = related();
    folder.write("b.jsonl", "{}\n");
    let ran = folder.run(&["clean", "a.jsonl", "b.jsonl", "-o", "out.jsonl", "--quiet"]).ends_with(3);
    assert_eq!((ran.stdout(), ran.stderr.as_str()), ("", ""));
    let ran = folder.run(&["restore", "out.jsonl.report", "-o", "again", "-q"]).ends_with(0);
    assert_eq!((ran.stdout(), ran.stderr.as_str()), ("", ""));
}

#[test]
fn own_rules_are_added_to_the_built_in_ones() {
    let folder = Folder::new();
    let [first, second] = [1, 2].map(story);
    folder.write("a.jsonl", record("a", &format!("{first}\n\nTaste the berries of Exampletown\n\n{second}")));
    folder.write(
        "own.toml",
        "category = \"own\"\n\n[[rule]]\nid = \"berries\"\nlanguages = [\"*\"]\naction = [\"always\"]\n\
         literals = [\"Taste the berries of Exampletown\"]\n",
    );
    assert_eq!(texts(&clean(&folder, &["--rules", "own.toml"]).stdout), [format!("{first}\n\n{second}")]);
    assert_eq!(clean(&folder, &[]).stdout, folder.read("a.jsonl"));
    folder.write("bad.toml", "category = ");
    folder.run(&["clean", "a.jsonl", "-o", "out", "--rules", "bad.toml"]).ends_with(2);
    folder
        .run(&["clean", "a.jsonl", "-o", "out", "--rules", "none.toml"])
        .fails(5, "failed to read rule file none.toml: No such file or directory (os error 2)");
}

#[test]
fn the_report_holds_the_configuration() {
    let (folder, _) = related();
    folder
        .run(&["clean", "a.jsonl", "-o", "out", "--threshold", "0.7", "--keep", "longest", "--no-strip"])
        .ends_with(0);
    let config = folder.summary("out.report")["config"].clone();
    assert_eq!(config["group"]["threshold"], 0.7);
    assert_eq!(config["group"]["keep"], "longest");
    assert_eq!(config["strip"]["enabled"], false);
}

#[test]
fn records_of_standard_input_may_be_named() {
    let folder = Folder::new();
    let page = format!("{}\n\nADVERTISEMENT\n\n{}", story(1), story(2));
    let ran = folder.run_on(page.as_bytes(), &["clean", "-", "--format", "txt"]).ends_with(0);
    assert_eq!(ran.stdout(), format!("{}\n\n{}\n", story(1), story(2)));
    let ran = folder.run_on(page.as_bytes(), &["clean", "-", "--format", "txt", "-o", "out.jsonl"]);
    ran.ends_with(0);
    assert_eq!(rows(&folder.read("out.jsonl"))[0]["id"], "-:1");
}

#[test]
fn link_text_is_a_category_like_any_other() {
    let folder = Folder::new();
    let text = format!(
        "{}\n\nThe bill passed. (RELATED: Council votes to close the bridge) President Joe BidenJoe BidenBiden prepares to speak MORE left.",
        story(1)
    );
    folder.write("a.jsonl", record("a", &text));
    folder.run(&["clean", "a.jsonl", "-o", "off.jsonl", "--without", "link_text"]).ends_with(0);
    assert_eq!(folder.text("off.jsonl"), folder.text("a.jsonl"));
    folder.run(&["check", "off.jsonl.report"]).ends_with(0);
    folder.run(&["clean", "a.jsonl", "-o", "on.jsonl"]).ends_with(0);
    assert!(folder.text("on.jsonl").contains("The bill passed. President Joe Biden left."));
}
