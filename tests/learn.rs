//! `tamis learn`, and what `clean` makes of the file it writes.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

mod support;

use serde_json::{Value, json};
use support::{Folder, story, texts};

const SLOGAN: &str = "Printed on paper from our own woods since the year of the great flood";
const NOTICE: &str =
    "This paper is made by a cooperative of its readers, and takes nothing from those whom it writes about.";

/// Forty stories of one site with a slogan, a notice and a writer's handle behind each, and twenty of another with none.
fn corpus() -> String {
    let page = |number: u64| {
        let writer = ["Jane Doe on Twitter @jane", "Kim Ott on Twitter @kott"][number as usize % 2];
        format!("{}\n\n{SLOGAN}\n\n{NOTICE}\n\nFollow {writer}", story(number))
    };
    let line = |number: u64, site: &str, text: String| {
        json!({ "id": format!("{site}-{number}"), "url": format!("https://www.{site}/{number}"), "text": text }).to_string() + "\n"
    };
    let first = (0..40).map(|number| line(number, "herald.org", page(number)));
    let second = (40..60).map(|number| line(number, "bugle.org", story(number)));
    first.chain(second).collect()
}

fn learned(options: &[&str]) -> Folder {
    let folder = Folder::new();
    folder.write("a.jsonl", corpus());
    folder.run(&[&["learn", "a.jsonl", "-o", "lines.toml"], options].concat()).ends_with(0);
    folder
}

fn tables(folder: &Folder) -> Vec<toml::Value> {
    let file: toml::Value = toml::from_str(&folder.text("lines.toml")).unwrap();
    file.get("line").and_then(|lines| lines.as_array()).cloned().unwrap_or_default()
}

fn table(folder: &Folder, text: &str) -> toml::Value {
    let found = tables(folder).into_iter().find(|line| line["text"].as_str() == Some(text));
    found.unwrap_or_else(|| panic!("{text} is not in {}", folder.text("lines.toml")))
}

#[test]
fn a_line_has_its_decision_evidence_and_examples() {
    let folder = learned(&[]);
    let slogan = table(&folder, SLOGAN);
    assert_eq!(slogan["action"].as_str(), Some("drop"));
    assert_eq!(slogan["site"].as_str(), Some("herald.org"));
    assert_eq!((slogan["documents"].as_integer(), slogan["contexts"].as_integer()), (Some(40), Some(40)));
    assert_eq!(slogan["examples"][0].as_str(), Some("a.jsonl:1"));
    assert_eq!(table(&folder, NOTICE)["action"].as_str(), Some("keep-one"));
    let template = table(&folder, "Follow ⟨name⟩ on Twitter ⟨address⟩");
    assert_eq!(template["template"].as_bool(), Some(true));
    assert_eq!(template["wording"].as_str(), Some("Follow Jane Doe on Twitter @jane"));
    assert!(folder.text("lines.toml").contains("# learned from 60 documents\n"));
}

/// Plain text has no address: the folder below the input is the site, and `clean` counts by it too.
#[test]
fn the_folder_stands_for_the_site_of_plain_text() {
    let folder = Folder::new();
    for number in 0..40 {
        folder.write(&format!("crawl/herald/2020/{number}.txt"), format!("{}\n\n{SLOGAN}\n", story(number)));
        folder.write(&format!("crawl/bugle/2020/{number}.txt"), format!("{}\n", story(number + 40)));
    }
    folder.run(&["learn", "crawl", "-o", "lines.toml"]).ends_with(0);
    assert_eq!(table(&folder, SLOGAN)["site"].as_str(), Some("herald"));
    folder.run(&["clean", "crawl", "-o", "clean"]).ends_with(0);
    let lines = folder.text("clean.report/lines.jsonl");
    let slogan = lines.lines().find(|line| line.contains(SLOGAN)).unwrap();
    assert_eq!(serde_json::from_str::<Value>(slogan).unwrap()["sites"], 1);
}

#[test]
fn threads_change_no_byte_and_the_output_may_be_a_pipe() {
    let folder = learned(&["--threads", "1"]);
    let piped = folder.run(&["learn", "a.jsonl", "-o", "-", "--threads", "7", "-q"]).ends_with(0);
    assert_eq!(piped.stdout(), folder.text("lines.toml"));
    let input = folder.read("a.jsonl");
    let streamed = folder.run_on(&input, &["learn", "-", "-o", "-", "-q"]).ends_with(0);
    assert_eq!(streamed.stdout().replace("-:", "a.jsonl:"), folder.text("lines.toml"));
}

/// With the file and without learning, `clean` takes the same as when it learns.
#[test]
fn the_file_stands_in_for_learning() {
    let folder = learned(&[]);
    folder.run(&["clean", "a.jsonl", "-o", "learned.jsonl"]).ends_with(0);
    folder
        .run(&["clean", "a.jsonl", "-o", "given.jsonl", "--no-learn", "--rules", "lines.toml"])
        .ends_with(0);
    let texts = texts(&folder.read("learned.jsonl"));
    assert!(folder.text("learned.jsonl") == folder.text("given.jsonl"));
    assert_eq!(texts.iter().filter(|text| text.contains(SLOGAN)).count(), 0);
    assert_eq!(texts.iter().filter(|text| text.contains(NOTICE)).count(), 1);
    folder.run(&["restore", "given.jsonl.report", "-o", "again"]).ends_with(0);
    assert_eq!(folder.read("again/a.jsonl"), folder.read("a.jsonl"));
}

#[test]
fn a_correction_overrules_what_is_learned() {
    let folder = learned(&[]);
    let kept = folder.text("lines.toml").replace(
        &format!("action = \"drop\"\ntext = \"{SLOGAN}\""),
        &format!("action = \"keep\"\ntext = \"{SLOGAN}\""),
    );
    folder.write("corrected.toml", kept);
    for options in [&[][..], &["--no-learn"]] {
        let arguments = [&["clean", "a.jsonl", "-o", "-", "--rules", "corrected.toml"], options].concat();
        let texts = texts(&folder.run(&arguments).ends_with(0).stdout);
        assert_eq!(texts.iter().filter(|text| text.contains(SLOGAN)).count(), 40, "{options:?}");
        assert!(texts.iter().all(|text| !text.contains("on Twitter")), "{options:?}");
    }
    // Learning again takes the correction over.
    let again = ["learn", "a.jsonl", "-o", "lines.toml", "--rules", "corrected.toml", "--overwrite"];
    folder.run(&again).ends_with(0);
    assert_eq!(table(&folder, SLOGAN)["action"].as_str(), Some("keep"));
    assert_eq!(tables(&folder).iter().filter(|line| line["text"].as_str() == Some(SLOGAN)).count(), 1);
}

#[test]
fn a_given_line_goes_in_the_safe_profile_and_once_kept_lines_stay_once() {
    let folder = Folder::new();
    folder.write("a.jsonl", corpus());
    folder.write(
        "mine.toml",
        format!("[[line]]\naction = \"drop\"\ntext = \"{}\"\ncontexts = 9\n[[line]]\naction = \"keep-one\"\ncontexts = 9\ntext = \"{NOTICE}\"\n", SLOGAN.to_uppercase()),
    );
    let arguments =
        ["clean", "a.jsonl", "-o", "-", "--profile", "safe", "--rules", "mine.toml", "--no-dedup"];
    let texts = texts(&folder.run(&arguments).ends_with(0).stdout);
    assert!(texts.iter().all(|text| !text.contains(SLOGAN)));
    let with_notice: Vec<usize> = (0..60).filter(|at| texts[*at].contains(NOTICE)).collect();
    assert_eq!(with_notice, [0]);
}

#[test]
fn a_file_that_may_hold_corrections_is_not_written_over() {
    let folder = learned(&[]);
    let before = folder.text("lines.toml");
    folder
        .run(&["learn", "a.jsonl", "-o", "lines.toml"])
        .fails(6, "refused: lines.toml is there already and may hold corrections; --overwrite replaces it");
    folder.run(&["learn", "a.jsonl", "-o", "a.jsonl", "--overwrite"]).ends_with(6);
    folder.run(&["learn", "a.jsonl", "-o", "lines.toml", "--overwrite"]).ends_with(0);
    assert_eq!(folder.text("lines.toml"), before);
}

#[test]
fn the_limit_leaves_out_the_rarest_and_says_so() {
    let folder = learned(&["--limit", "1"]);
    assert_eq!(tables(&folder).len(), 1);
    assert!(
        folder
            .text("lines.toml")
            .contains("that stand in fewer documents are left out; --limit raises that\n")
    );
    let all = learned(&["--kept"]);
    let kept = tables(&all).into_iter().filter(|line| line["action"].as_str() == Some("keep"));
    assert!(kept.clone().all(|line| line["contexts"].as_integer() >= Some(5)));
}

#[test]
fn a_bound_on_memory_that_was_reached_is_told() {
    let folder = learned(&["--learn-lines", "120"]);
    assert!(folder.text("lines.toml").contains(" of 60 were remembered"), "{}", folder.text("lines.toml"));
    folder.run(&["clean", "a.jsonl", "-o", "out.jsonl", "--learn-lines", "120"]).ends_with(0);
    let summary = folder.summary("out.jsonl.report");
    assert_eq!(summary["config"]["strip"]["survey"]["lines"], json!(120));
    assert_eq!(summary["learned"]["documents"], json!(60));
    assert!(summary["learned"]["sampled"].as_u64() < Some(60));
    folder.run(&["clean", "a.jsonl", "-o", "-", "--learn-lines", "0"]).ends_with(2);
}

#[test]
fn bad_records_are_told_and_end_nothing() {
    let folder = Folder::new();
    folder.write("a.jsonl", corpus() + "{\"id\": 1}\n");
    let ran = folder.run(&["learn", "a.jsonl", "-o", "lines.toml"]).ends_with(3);
    assert!(
        ran.stderr.contains("failed to read record 61 of a.jsonl: missing field \"text\""),
        "{}",
        ran.stderr
    );
    folder.run(&["learn", "a.jsonl", "-o", "strict.toml", "--strict"]).ends_with(4);
    assert!(!folder.path("strict.toml").exists());
    folder.run(&["learn", "a.jsonl", "-o", "x.toml", "--profile", "safe"]).ends_with(2);
}

#[test]
fn the_report_has_what_a_learned_line_rests_on() {
    let folder = learned(&[]);
    folder.run(&["clean", "a.jsonl", "-o", "out.jsonl"]).ends_with(0);
    let rows = folder.rows("out.jsonl.report/lines.jsonl");
    let of = |text: &str| rows.iter().find(|row| row["text"] == json!(text)).unwrap_or(&Value::Null).clone();
    let slogan = of(SLOGAN);
    assert_eq!(slogan["learned"]["decision"], json!("drop"));
    assert_eq!((&slogan["learned"]["documents"], &slogan["learned"]["contexts"]), (&json!(40), &json!(40)));
    let notice = of(NOTICE);
    assert_eq!((&notice["learned"]["decision"], &notice["removals"]), (&json!("keep-one"), &json!(39)));
}
