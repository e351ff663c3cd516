//! Records that cannot be read are set aside, named, and given back; all else about a record stays as it came.

mod support;

use std::fmt::Write as _;

use support::{Folder, record, story};

/// A good record, a bad one, and another good one: only the bad one goes, and `restore` has all three.
#[track_caller]
fn sets_aside(bad: &[u8], kind: &str, reason: &str) {
    let folder = Folder::new();
    let (first, last) = (record("a", &story(1)), record("b", &story(2)));
    folder.write("a.jsonl", [first.as_bytes(), bad, b"\n", last.as_bytes()].concat());
    let ran = folder.run(&["clean", "a.jsonl", "-o", "clean.jsonl"]).ends_with(3);
    assert!(
        ran.stderr.contains(&format!("\n  failed to read record 2 of a.jsonl: {reason}\n")),
        "{}",
        ran.stderr
    );
    assert_eq!(folder.text("clean.jsonl"), first + &last);
    let problems = folder.problems("clean.jsonl.report");
    assert_eq!(problems, [(Some(2), kind.to_owned(), reason.to_owned())]);
    let counts = folder.summary("clean.jsonl.report")["counts"].clone();
    assert_eq!((&counts["read"], &counts["kept"], &counts["set_aside"]), (&3.into(), &2.into(), &1.into()));
    folder.run(&["restore", "clean.jsonl.report", "-o", "again"]).ends_with(0);
    assert_eq!(folder.read("again/a.jsonl"), folder.read("a.jsonl"));
}

/// A corpus that must come out byte for byte as it came, without a receipt.
#[track_caller]
fn passes(corpus: &[u8], options: &[&str]) {
    let folder = Folder::new();
    folder.write("a.jsonl", corpus);
    folder.run(&[&["clean", "a.jsonl", "-o", "out"], options].concat()).ends_with(0);
    assert_eq!(String::from_utf8_lossy(&folder.read("out/a.jsonl")), String::from_utf8_lossy(corpus));
    let kinds = |receipt: &serde_json::Value| receipt["action"] == "blank";
    assert!(folder.receipts("out.report").iter().all(kinds));
    folder.run(&["restore", "out.report", "-o", "again"]).ends_with(0);
    assert_eq!(folder.read("again/a.jsonl"), corpus);
}

#[test]
fn a_line_that_is_no_json() {
    sets_aside(b"not json", "bad_json", "bad JSON at column 2: expected ident");
}

#[test]
fn a_record_that_is_cut_short() {
    sets_aside(b"[1, 2]", "bad_json", "an array, not a JSON object");
    sets_aside(b"\"a text\"", "bad_json", "a string, not a JSON object");
    sets_aside("{\"é\": x}".as_bytes(), "bad_json", "bad JSON at column 7: expected value");
    sets_aside(b"{\"text\": \"a\"", "bad_json", "bad JSON at column 12: EOF while parsing an object");
}

#[test]
fn a_record_without_the_text() {
    sets_aside(b"{\"id\": 2}", "missing_field", "missing field \"text\"");
}

#[test]
fn a_text_that_is_a_number() {
    sets_aside(b"{\"text\": 5}", "wrong_type", "field \"text\" is a number, not a string");
}

#[test]
fn a_text_that_is_null() {
    sets_aside(b"{\"text\": null}", "wrong_type", "field \"text\" is null, not a string");
}

#[test]
fn bytes_that_are_no_utf8() {
    sets_aside(b"{\"text\": \"a\xff\"}", "invalid_utf8", "invalid UTF-8 at byte 11 of the record");
}

#[test]
fn half_a_surrogate_pair() {
    sets_aside(b"{\"text\": \"\\ud800 alone\"}", "bad_json", "field \"text\" has a lone surrogate, \\ud800");
}

#[test]
fn half_a_surrogate_pair_beside_the_text_does_no_harm() {
    passes(br#"{"id": "x", "other": "\udfff", "text": "Plain words."}"#, &[]);
}

#[test]
fn a_byte_order_mark_stays() {
    passes(format!("\u{feff}{}{}", record("a", &story(1)), record("b", &story(2))).as_bytes(), &[]);
}

#[test]
fn blank_lines_stay_out_and_come_back() {
    let folder = Folder::new();
    let (first, last) = (record("a", &story(1)), record("b", &story(2)));
    folder.write("a.jsonl", format!("\n{first}  \n\r\n{last}\n"));
    folder.run(&["clean", "a.jsonl", "-o", "out.jsonl"]).ends_with(0);
    assert_eq!(folder.text("out.jsonl"), first + &last);
    assert_eq!((folder.count("out.jsonl.report", "read"), folder.count("out.jsonl.report", "blank")), (2, 4));
    folder.run(&["restore", "out.jsonl.report", "-o", "again"]).ends_with(0);
    assert_eq!(folder.read("again/a.jsonl"), folder.read("a.jsonl"));
}

#[test]
fn line_ends_of_two_characters_stay() {
    passes((record("a", &story(1)) + &record("b", &story(2))).replace('\n', "\r\n").as_bytes(), &[]);
}

#[test]
fn a_missing_last_line_end_stays_missing_in_a_file_of_its_own() {
    passes((record("a", &story(1)) + &record("b", &story(2))).trim_end().as_bytes(), &[]);
}

#[test]
fn a_missing_last_line_end_is_added_before_another_file_and_taken_off_again() {
    let folder = Folder::new();
    folder.write("a.jsonl", record("a", &story(1)).trim_end());
    folder.write("b.jsonl", record("b", &story(2)).trim_end());
    folder.run(&["clean", "a.jsonl", "b.jsonl", "-o", "out.jsonl"]).ends_with(0);
    assert_eq!(folder.text("out.jsonl"), record("a", &story(1)) + &record("b", &story(2)));
    folder.run(&["restore", "out.jsonl.report", "-o", "again"]).ends_with(0);
    assert_eq!(folder.read("again/a.jsonl"), folder.read("a.jsonl"));
    assert_eq!(folder.read("again/b.jsonl"), folder.read("b.jsonl"));
}

#[test]
fn an_empty_file_is_told() {
    let folder = Folder::new();
    folder.write("in/a.jsonl", "");
    folder.write("in/b.txt", "");
    folder.write("in/c.jsonl", record("c", &story(1)));
    let ran = folder.run(&["clean", "in", "-o", "out"]).ends_with(3);
    assert!(ran.stderr.contains("\n  failed to read in/a.jsonl: the file is empty\n"), "{}", ran.stderr);
    let problem = (None, "empty_file".to_owned(), "the file is empty".to_owned());
    assert_eq!(folder.problems("out.report"), [problem.clone(), problem]);
    folder.run(&["restore", "out.report", "-o", "again"]).ends_with(0);
    assert_eq!(folder.tree("again"), folder.tree("in"));
}

#[test]
fn empty_standard_input_is_an_empty_corpus() {
    let folder = Folder::new();
    let ran = folder.run_on(b"", &["clean", "-", "-o", "-"]).ends_with(0);
    assert_eq!(ran.stdout(), "");
}

#[test]
fn escapes_and_odd_spacing_pass_untouched() {
    let text = "Caf\\u00e9 \\u201cquoted\\u201d \\ud83d\\ude00 a\\/b and \\\"more\\\".";
    let line = format!("  {{\t\"x\" : 1.50E+2 ,\"text\" :\"{text}\"  , \"k\\u00e9y\":[ 1,{{ }} ]}} \t\n");
    passes(line.as_bytes(), &[]);
}

#[test]
fn only_the_bytes_that_go_are_touched() {
    let folder = Folder::new();
    let [before, after] =
        [story(1), story(2)].map(|text| text.replace('\n', "\\u000A").replace('e', "\\u0065"));
    let line = |text: &str| format!("{{ \"id\":7,\"text\" :  \"{text}\", \"z\" :null}}\r\n");
    folder.write("a.jsonl", line(&format!("{before}\\n\\nADVERTISEMENT\\n\\n{after}")));
    folder.run(&["clean", "a.jsonl", "-o", "out"]).ends_with(0);
    assert_eq!(folder.text("out/a.jsonl"), line(&format!("{before}\\n\\n{after}")));
    folder.run(&["restore", "out.report", "-o", "again"]).ends_with(0);
    assert_eq!(folder.text("again/a.jsonl"), folder.text("a.jsonl"));
}

#[test]
fn a_text_may_lie_deeper() {
    let folder = Folder::new();
    let line = |text: &str, id: u8| {
        let text = serde_json::Value::from(text);
        format!("{{\"text\": \"no\", \"data\": {{\"id\": {id}, \"text\": {text}}}, \"id\": \"no\"}}\n")
    };
    let (first, second) = (story(1), story(2));
    let page = format!("{first}\n\nADVERTISEMENT\n\n{second}");
    folder.write("a.jsonl", line(&page, 1) + &line(&page, 2));
    let fields = ["--text-field", "data.text", "--id-field", "data.id"];
    folder.run(&[&["clean", "a.jsonl", "-o", "out.jsonl"][..], &fields].concat()).ends_with(0);
    assert_eq!(folder.text("out.jsonl"), line(&format!("{first}\n\n{second}"), 1));
    let rows = folder.rows("out.jsonl.report/duplicates.jsonl");
    assert_eq!((&rows[0]["id"], &rows[0]["survivor"]), (&"2".into(), &"1".into()));
    folder.run(&["restore", "out.jsonl.report", "-o", "again"]).ends_with(0);
    assert_eq!(folder.text("again/a.jsonl"), folder.text("a.jsonl"));
}

#[test]
fn a_plain_text_becomes_a_record_that_is_read_with_the_same_fields() {
    let folder = Folder::new();
    folder.write("a.txt", story(1));
    let text = serde_json::Value::from(story(1));
    for (id_field, text_field, expected) in [
        ("id", "data.text", format!("{{\"id\": \"a.txt:1\", \"data\": {{\"text\": {text}}}}}\n")),
        ("data.id", "data.text", format!("{{\"data\": {{\"id\": \"a.txt:1\", \"text\": {text}}}}}\n")),
        ("a.id", "a.b.text", format!("{{\"a\": {{\"id\": \"a.txt:1\", \"b\": {{\"text\": {text}}}}}}}\n")),
        ("body", "body", format!("{{\"body\": \"a.txt:1\", \"body\": {text}}}\n")),
    ] {
        let fields = ["--id-field", id_field, "--text-field", text_field];
        folder.run(&[&["clean", "a.txt", "-o", "a.jsonl"][..], &fields].concat()).ends_with(0);
        assert_eq!(folder.text("a.jsonl"), expected);
        folder.run(&["check", "a.jsonl.report"]).ends_with(0);
        folder.run(&[&["clean", "a.jsonl", "-o", "b.jsonl"][..], &fields].concat()).ends_with(0);
        assert_eq!(folder.text("b.jsonl"), expected);
    }
}

#[test]
fn ids_may_be_of_any_kind_or_missing() {
    let folder = Folder::new();
    let text = serde_json::Value::from(story(1));
    let ids = [
        "\"id\": \"plain\", ",
        "\"id\": 17, ",
        "\"id\": {\"a\": [1]}, ",
        "\"id\": null, ",
        "",
        "\"id\": 1.50e1, ",
    ];
    let lines: String = ids.iter().fold(String::new(), |mut lines, id| {
        let _ = writeln!(lines, "{{{id}\"text\": {text}}}");
        lines
    });
    folder.write("in/a.jsonl", &lines);
    folder.run(&["clean", "in", "-o", "out"]).ends_with(0);
    let rows = folder.rows("out.report/duplicates.jsonl");
    let named: Vec<_> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(named, ["17", "{\"a\": [1]}", "in/a.jsonl:4", "in/a.jsonl:5", "1.50e1"]);
    assert_eq!(folder.text("out/a.jsonl"), lines.lines().next().unwrap().to_owned() + "\n");
}

#[test]
fn of_a_key_given_twice_the_last_one_is_the_text() {
    let folder = Folder::new();
    let (first, second) = (story(1), story(2));
    let page = serde_json::Value::from(format!("{first}\n\nADVERTISEMENT\n\n{second}"));
    let clean = serde_json::Value::from(format!("{first}\n\n{second}"));
    folder.write("a.jsonl", format!("{{\"text\": {page}, \"id\": 1, \"text\": {page}}}\n"));
    folder.run(&["clean", "a.jsonl", "-o", "out.jsonl"]).ends_with(0);
    assert_eq!(folder.text("out.jsonl"), format!("{{\"text\": {page}, \"id\": 1, \"text\": {clean}}}\n"));
    folder.run(&["restore", "out.jsonl.report", "-o", "again"]).ends_with(0);
    assert_eq!(folder.text("again/a.jsonl"), folder.text("a.jsonl"));
}

#[test]
fn deep_nesting_beside_the_text_does_no_harm() {
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let deeper = format!("{}1{}", "{\"a\":".repeat(50_000), "}".repeat(50_000));
    passes(format!("{{\"x\": {deep}, \"text\": \"Plain words.\", \"y\": {deeper}}}\n").as_bytes(), &[]);
}

#[test]
fn deep_nesting_on_the_way_to_the_text_does_no_harm() {
    let deep = format!("{}1{}", "{\"a\":".repeat(50_000), "}".repeat(50_000));
    passes(
        format!("{{\"a\": {deep}, \"a\": {{\"text\": \"Plain words.\"}}}}\n").as_bytes(),
        &["--text-field", "a.text"],
    );
}

#[test]
fn control_characters_of_the_corpus_never_reach_the_terminal() {
    let folder = Folder::new();
    let story = serde_json::Value::from(story(1));
    let lines = format!(
        "{{\"id\": \"a\\u001b[31m\\u202e\", \"text\": {story}}}\n{{\"id\": \"b\\u0007\\u009b\", \"text\": {story}}}\n{{\"id\": 3}}\n"
    );
    folder.write("in/evil\u{1b}]0;x\u{7}.jsonl", lines);
    folder.write("in/page.txt", format!("ADVERTISEMENT \u{1b}[31m\n\n{story}\u{1b}[2J"));
    let cleaned = folder.run(&["clean", "in", "-o", "out\u{1b}[1m"]).ends_with(3);
    let explained = folder.run(&["explain", "out\u{1b}[1m.report", "b\u{7}\u{9b}"]).ends_with(0);
    let unknown = folder.run(&["explain", "out\u{1b}[1m.report", "\u{1b}[5m"]).ends_with(5);
    let restored = folder.run(&["restore", "out\u{1b}[1m.report", "-o", "again"]).ends_with(0);
    let missing = folder.run(&["clean", "no\u{1b}].jsonl", "-o", "x"]).ends_with(5);
    assert!(cleaned.stderr.contains("record 3 of in/evil\\u{1b}]0;x\\u{7}.jsonl: missing field"));
    assert!(explained.stdout().contains("b\\u{7}\\u{9b}"), "{}", explained.stdout());
    let bad_glob = folder.run(&["clean", "no\u{1b}[1m.jsonl", "-o", "x"]).ends_with(2);
    for shown in [&bad_glob, &cleaned, &explained, &unknown, &restored, &missing] {
        let told = format!("{}{}", shown.stdout(), shown.stderr);
        let is_raw = |c: &char| (c.is_control() && *c != '\n') || *c == '\u{202e}';
        assert_eq!(told.chars().find(is_raw), None, "{told:?}");
    }
}

/// Where an edit stands in the record was looked for from the edit to the next escape, the end of the text mostly: a second for 2 MB of
/// references became ten, and a minute for 4 MB.
#[test]
fn a_text_of_nothing_but_edits_costs_no_more_a_byte() {
    let folder = Folder::new();
    folder.write("a.jsonl", record("a", &"&amp;".repeat(1_000_000)));
    folder.run(&["clean", "a.jsonl", "-o", "out.jsonl", "--no-dedup"]).ends_with(0);
    assert_eq!(folder.text("out.jsonl"), record("a", &"&".repeat(1_000_000)));
    folder.run(&["check", "out.jsonl.report"]).ends_with(0);
}

/// Each heading looked for its list among all the others.
#[test]
fn a_text_of_nothing_but_headings_costs_no_more_a_byte() {
    let folder = Folder::new();
    folder.write("a.jsonl", record("a", &format!("{}\n\n{}", story(1), "READ MORE:\n".repeat(40_000))));
    folder.run(&["clean", "a.jsonl", "-o", "out.jsonl"]).ends_with(0);
    folder.run(&["check", "out.jsonl.report"]).ends_with(0);
}

#[test]
fn an_id_too_long_to_be_repeated_names_nothing() {
    let folder = Folder::new();
    let (most, more) = ("x".repeat(1024), "y".repeat(1025));
    folder.write("a.jsonl", record(&most, &story(1)) + &record(&more, &story(1)) + &record(&more, &story(2)));
    folder.run(&["clean", "a.jsonl", "-o", "out.jsonl"]).ends_with(0);
    assert_eq!(folder.text("out.jsonl"), record(&most, &story(1)) + &record(&more, &story(2)));
    let rows = folder.rows("out.jsonl.report/duplicates.jsonl");
    assert_eq!((&rows[0]["id"], &rows[0]["survivor"]), (&"a.jsonl:2".into(), &most.into()));
    folder.run(&["restore", "out.jsonl.report", "-o", "again"]).ends_with(0);
    assert_eq!(folder.text("again/a.jsonl"), folder.text("a.jsonl"));
}
