//! `tamis rules`: what is listed, shown, tried and checked.

mod support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::{Folder, rows};

const PROSE: &str = "The committee will meet again next week to talk about the plan, which has been on the table since the spring.";

const TEXT: &str = "The council met on Tuesday evening to talk about the bridge, which has been closed since the flood.\n\n\
ADVERTISEMENT\n\n\
READ MORE: A bridge too far\n\n\
He met President Joe BidenJoe BidenBiden prepares to confront Putin MORE later this week.\n\n\
The repair of its three arches is going to cost more than the town has, and nobody knows who is to pay.\n";

#[test]
fn every_rule_is_listed_and_can_be_shown() {
    let folder = Folder::new();
    let list = folder.run(&["rules", "list"]).ends_with(0);
    let names: Vec<&str> = list.stdout().lines().filter_map(|line| line.split_whitespace().next()).collect();
    let json = rows(&folder.run(&["rules", "list", "--json"]).ends_with(0).stdout);
    assert_eq!(names, json.iter().map(|row| row["id"].as_str().unwrap()).collect::<Vec<_>>());
    for name in
        ["advertisement/marker-en", "link_text/popup-glued", "learned/template", "navigation/furniture-run"]
    {
        assert!(names.contains(&name), "{name}");
        let shown = folder.run(&["rules", "show", name]).ends_with(0);
        assert!(shown.stdout().starts_with(name) && shown.stdout().contains("- **Wrong**"), "{name}");
    }
    assert!(
        folder
            .run(&["rules", "show", "advertisement"])
            .ends_with(0)
            .stdout()
            .contains("advertisement/marker-de")
    );
}

#[test]
fn the_list_is_narrowed_down() {
    let folder = Folder::new();
    let ids = |options: &[&str]| -> Vec<String> {
        let all = rows(&folder.run(&[&["rules", "list", "--json"], options].concat()).ends_with(0).stdout);
        all.iter().map(|row: &Value| row["id"].as_str().unwrap().to_owned()).collect()
    };
    let all = ids(&[]);
    let german = ids(&["--category", "advertisement", "--lang", "de"]);
    assert!(german.contains(&"advertisement/marker-de".to_owned()));
    assert!(!german.contains(&"advertisement/marker-fr".to_owned()));
    assert!(german.iter().all(|id| id.starts_with("advertisement/")));
    let (safe, strict) = (ids(&["--profile", "safe"]), ids(&["--profile", "strict"]));
    assert!(safe.len() < strict.len() && strict.len() <= all.len());
    assert!(!safe.contains(&"promo_link/label-en".to_owned()));
}

#[test]
fn a_slip_in_a_name_is_answered_with_the_nearest_one() {
    let folder = Folder::new();
    let ran = folder.run(&["rules", "show", "advertisement/maker-en"]).ends_with(2);
    assert!(ran.stderr.contains("did you mean advertisement/marker-en?"), "{}", ran.stderr);
    let ran = folder.run(&["rules", "list", "--category", "advertisment"]).ends_with(2);
    assert!(ran.stderr.contains("did you mean advertisement?"), "{}", ran.stderr);
}

/// A rule is said to act only where it does.
#[test]
fn what_a_rule_waits_for_is_that_of_the_profile() {
    let folder = Folder::new();
    let told = |profile: &str| {
        let text = format!("{PROSE}\n\nREAD MORE: A bridge too far\n\n{PROSE}\n");
        let ran = folder.run_on(text.as_bytes(), &["rules", "test", "--profile", profile]).ends_with(0);
        let line = ran.stdout().lines().find(|line| line.contains("promo_link/label-en")).unwrap_or_default();
        line.trim().to_owned()
    };
    assert_eq!(told("safe"), "promo_link/label-en: acts in the default and strict profiles only");
    assert!(
        told("default").contains("would go if it recurs in 3 contexts")
            && !told("default").contains("strict profile")
    );
    assert_ne!(told("strict"), told("default"));
}

#[test]
fn names_that_reports_use_can_be_looked_up() {
    let folder = Folder::new();
    for (name, part) in [
        ("normalize/spaces", "--no-normalize"),
        ("repeated/paragraph", "--level"),
        ("write/final-line-end", "line end"),
    ] {
        let ran = folder.run(&["rules", "show", name]).ends_with(0);
        assert!(ran.stdout().starts_with(name) && ran.stdout().contains(part), "{}", ran.stdout());
    }
    folder
        .run(&["rules", "show", "nope"])
        .fails(2, "there is no rule or category nope; `tamis rules list` has all");
}

#[test]
fn each_line_of_a_text_has_its_verdict() {
    let folder = Folder::new();
    let ran = folder.run_on(TEXT.as_bytes(), &["rules", "test"]).ends_with(0);
    let lines: Vec<&str> = ran.stdout().lines().collect();
    assert!(lines[0].starts_with("     1  The council met"), "{}", ran.stdout());
    assert_eq!(lines[1], "-    3  ADVERTISEMENT");
    assert_eq!(lines[2].trim(), "advertisement/marker-en · advertisement · wherever it stands");
    assert_eq!(lines[3], "?    5  READ MORE: A bridge too far");
    assert!(
        lines[4].trim().starts_with("promo_link/label-en: would go if it recurs in 3 contexts"),
        "{}",
        lines[4]
    );
    assert!(
        lines[5].starts_with("~    7  He met President Joe Biden[-Joe BidenBiden prepares"),
        "{}",
        lines[5]
    );
    assert_eq!(lines.last(), Some(&"1 of 5 lines goes"));
}

/// The verdicts are those of `clean`.
#[test]
fn a_test_takes_out_what_clean_takes_out() {
    let folder = Folder::new();
    folder.write("a.txt", TEXT);
    folder.run(&["clean", "a.txt", "-o", "out.txt", "--no-learn"]).ends_with(0);
    let tried = folder.run(&["rules", "test", "a.txt"]).ends_with(0);
    let stays = |line: &&str| line.starts_with("  ") && !line.starts_with("      ") || line.starts_with("? ");
    for line in tried.stdout().lines().filter(stays) {
        assert!(folder.text("out.txt").contains(line[8..].trim()), "{line}");
    }
    for line in tried.stdout().lines().filter(|line| line.starts_with("- ")) {
        assert!(!folder.text("out.txt").contains(line[8..].trim()), "{line}");
    }
}

#[test]
fn what_is_shown_cannot_drive_a_terminal() {
    let folder = Folder::new();
    let ran = folder.run_on("A \u{1b}[31mred\u{202e} line\n".as_bytes(), &["rules", "test"]).ends_with(0);
    assert!(!ran.stdout().contains(['\u{1b}', '\u{202e}']), "{}", ran.stdout());
}

#[test]
fn learned_lines_of_a_file_are_tried_too() {
    let folder = Folder::new();
    folder.write(
        "mine.toml",
        "[[line]]\naction = \"drop\"\ntext = \"Published ⟨number⟩ days ago by ⟨name⟩\"\ntemplate = true\n\
         [[line]]\naction = \"keep\"\ntext = \"Published 9 days ago by Ann Ott\"\n\
         [[line]]\naction = \"drop\"\nsite = \"a.org\"\ntext = \"Only here\"\n",
    );
    let text = format!(
        "{TEXT}\nPublished 3 days ago by Jane Mary Doe\n\nPublished 9 days ago by Ann Ott\n\nOnly here\n"
    );
    let ran = folder.run_on(text.as_bytes(), &["rules", "test", "--rules", "mine.toml"]).ends_with(0);
    assert!(
        ran.stdout().contains("-   11  Published 3 days ago by Jane Mary Doe\n        learned/given"),
        "{}",
        ran.stdout()
    );
    assert!(ran.stdout().contains("    13  Published 9 days ago by Ann Ott"), "{}", ran.stdout());
    assert!(ran.stdout().contains("    15  Only here"), "{}", ran.stdout());
    let at = folder
        .run_on(text.as_bytes(), &["rules", "test", "--rules", "mine.toml", "--site", "a.org"])
        .ends_with(0);
    assert!(at.stdout().contains("-   15  Only here"), "{}", at.stdout());
}

#[test]
fn a_rule_file_is_checked_with_its_examples() {
    let folder = Folder::new();
    let rule = |hits: &str| {
        format!(
            "category = \"mine\"\n[[rule]]\nid = \"slogan\"\nlanguages = [\"en\"]\naction = [\"always\"]\nliterals = [\"News you can use\"]\nhits = [{hits:?}]\n"
        )
    };
    folder
        .write("good.toml", rule("NEWS YOU CAN USE") + "[[line]]\naction = \"keep\"\ntext = \"Politics\"\n");
    let ran = folder.run(&["rules", "check", "good.toml"]).ends_with(0);
    assert_eq!(
        ran.stdout(),
        "good.toml: 1 rule and 1 line are in order\n\
         good.toml: note: no built-in rule is of the category mine; so it is one of your own\n"
    );
    folder.write("bad.toml", rule("News you cannot use"));
    folder
        .run(&["rules", "check", "bad.toml"])
        .fails(2, "bad.toml does not do what its examples say: mine/slogan misses \"News you cannot use\"");
}

/// What is allowed and may be a slip all the same is told, and is no error.
#[test]
fn a_slip_in_a_rule_file_is_told_as_a_note() {
    let folder = Folder::new();
    let off = |category: &str, id: &str| {
        format!("category = \"{category}\"\n[[rule]]\nid = \"{id}\"\naction = [\"off\"]\n")
    };
    let notes = |names: &[&str]| {
        let ran = folder.run(&[&["rules", "check"], names].concat()).ends_with(0);
        ran.stdout().lines().filter(|line| line.contains(": note: ")).map(str::to_owned).collect::<Vec<_>>()
    };
    folder.write("known.toml", off("advertisement", "marker-en"));
    assert!(notes(&["known.toml"]).is_empty());
    folder.write("slip.toml", off("advertisement", "maker-en"));
    assert_eq!(
        notes(&["slip.toml"]),
        [
            "slip.toml: note: advertisement/maker-en is switched off, and there is no such rule (did you mean advertisement/marker-en?)"
        ]
    );
    folder.write("category.toml", off("advertisment", "marker-en"));
    assert_eq!(
        notes(&["category.toml"]),
        [
            "category.toml: note: no built-in rule is of the category advertisment (did you mean advertisement?); so it is one of your own",
            "category.toml: note: advertisment/marker-en is switched off, and there is no such rule (did you mean advertisement/marker-en?)"
        ]
    );
    folder.write(
        "mine.toml",
        off("mine", "slogan").replace("off", "always") + "languages = [\"*\"]\nliterals = [\"b c\"]\n",
    );
    folder.write("not-mine.toml", off("mine", "slogan"));
    let switched = |names: &[&str]| notes(names).iter().any(|note| note.contains("switched off"));
    assert!(switched(&["not-mine.toml"]) && !switched(&["not-mine.toml", "mine.toml"]));
}

#[test]
fn an_unknown_category_is_answered_with_those_there_are() {
    let folder = Folder::new();
    folder.write("a.jsonl", "{\"text\": \"x\"}\n");
    for option in ["--with", "--without"] {
        let ran = folder.run(&["clean", "a.jsonl", "-o", "-", option, "cookies"]).ends_with(2);
        let expected = format!(
            "tamis: failed to read {option} cookies: there is no such category; there are advertisement, byline_dateline, comments, "
        );
        assert!(ran.stderr.starts_with(&expected), "{}", ran.stderr);
    }
}

#[test]
fn a_wrong_rule_file_is_told_by_file_and_line() {
    let folder = Folder::new();
    folder.write("a.jsonl", "{\"text\": \"x\"}\n");
    for (contents, message) in [
        ("[[line]]\ntext = \"x\"\n", "failed to read mine.toml: line 1: missing field `action`"),
        (
            "[[line]]\naction = \"keep\"\ntext = \"x\"\n\n[[line]]\naction = \"burn\"\ntext = \"y\"\n",
            "failed to read mine.toml: line 6: unknown variant `burn`, expected one of `drop`, `keep-one`, `keep`",
        ),
        (
            "[[rule]]\nid = \"a\"\naction = [\"off\"]\n",
            "failed to read mine.toml: missing field `category`, which [[rule]] tables need",
        ),
        (
            "[[line]]\naction = \"keep\"\ntext = \"x\"\n[[line]]\naction = \"drop\"\ntext = \"No slot\"\ntemplate = true\n",
            "failed to read mine.toml: [[line]] table 2, \"No slot\": a template needs a number, name, handle or address, \
             and two fixed words (one beside a handle or an address)",
        ),
        (
            "category = \"Our lines\"\n",
            "failed to read mine.toml: category \"Our lines\" is no name: it may have a to z, digits and _, and begins with a letter",
        ),
        (
            "category = \"x\"\n[[rule]]\nid = \"a\"\naction = [\"always\"]\nlanguages = [\"zz\"]\nliterals = [\"b c\"]\n",
            "failed to compile rule x/a of mine.toml: unknown language \"zz\"",
        ),
    ] {
        folder.write("mine.toml", contents);
        folder.run(&["clean", "a.jsonl", "-o", "-", "--rules", "mine.toml"]).fails(2, message);
        folder.run(&["rules", "check", "mine.toml"]).fails(2, message);
    }
}

/// `fixtures/languages`: in each language the furniture goes and nothing else, with no language named.
#[test]
fn furniture_goes_in_every_language_and_nothing_else() {
    let folder = Folder::new();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/languages");
    let mut expected = Vec::new();
    for entry in fs::read_dir(fixtures).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        let Some(language) = name.strip_suffix(".txt") else { continue };
        let marked = fs::read_to_string(entry.path()).unwrap();
        let lines: Vec<(&str, &str)> = marked.lines().map(|line| line.split_at(2)).collect();
        let all: Vec<&str> = lines.iter().map(|(_, line)| *line).collect();
        let kept = lines.iter().filter(|(mark, _)| *mark == "  ").map(|(_, line)| *line);
        folder.write(&format!("in/{language}.txt"), all.join("\n\n") + "\n");
        expected.push((language.to_owned(), kept.collect::<Vec<_>>().join("\n\n") + "\n"));
    }
    assert!(expected.len() >= 27, "{}", expected.len());
    folder.run(&["clean", "in", "-o", "out"]).ends_with(0);
    for (language, text) in expected {
        assert_eq!(folder.text(&format!("out/{language}.txt")), text, "{language}");
    }
}

/// Three paragraphs about three things, so that a line between them is at the edge of a short article.
const PARAGRAPHS: [&str; 3] = [
    "The council met on Tuesday evening to talk about the bridge, which has been closed since the flood in May, and about its cost.",
    "Two of the three arches have to be taken down, the engineer said, and the stones are to be numbered so that they can be used again.",
    "Work begins in spring and will take two years; until then the buses go round by the mill, which adds a quarter of an hour.",
];

/// `fixtures/edges`: headlines and last sentences that open as a call does stay at the head, in the middle and at the tail of an
/// article, and calls go.
#[test]
fn headlines_and_last_sentences_stay_at_an_edge_and_calls_go() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/edges");
    let [a, b, c] = PARAGRAPHS;
    let folder = Folder::new();
    for (name, goes, least) in [("stays.txt", false, 330), ("goes.txt", true, 225)] {
        let marked = fs::read_to_string(fixtures.join(name)).unwrap();
        let lines: Vec<(&str, &str)> = marked.lines().filter_map(|line| line.split_once(' ')).collect();
        assert!(lines.len() >= least, "{name}: {}", lines.len());
        let places =
            |line: &str| [[line, a, b, c], [a, line, b, c], [a, b, c, line]].map(|text| text.join("\n\n"));
        let texts =
            lines.iter().flat_map(|(language, line)| places(line).map(|text| (*language, *line, text)));
        let texts: Vec<(&str, &str, String)> = texts.collect();
        let record = |(language, _, text): &(&str, &str, String)| {
            serde_json::json!({ "text": text, "lang": language }).to_string()
        };
        folder.write("a.jsonl", texts.iter().map(record).collect::<Vec<_>>().join("\n"));
        let out = format!("{name}.jsonl");
        folder.run(&["clean", "a.jsonl", "-o", &out, "--no-dedup", "--no-learn"]).ends_with(0);
        for (row, (_, line, text)) in folder.rows(&out).iter().zip(&texts) {
            let expected = if goes { PARAGRAPHS.join("\n\n") } else { text.clone() };
            assert_eq!(row["text"], expected, "{line}");
        }
    }
}

/// `fixtures/link_text`: what stands glued in a sentence goes in every form, and what looks like it stays.
#[test]
fn link_text_goes_in_every_form_and_names_stay() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/link_text");
    let read = |name: &str| fs::read_to_string(fixtures.join(name)).unwrap();
    let goes = read("goes.txt");
    let stays = read("stays.txt");
    let marked: Vec<&str> = goes.lines().collect();
    let mut sentences: Vec<(String, String)> =
        marked.chunks(2).map(|pair| (pair[0][2..].to_owned(), pair[1][2..].to_owned())).collect();
    let changing = sentences.len();
    sentences.extend(stays.lines().map(|line| (line.to_owned(), line.to_owned())));
    assert!(changing >= 40 && sentences.len() >= changing + 40);
    let folder = Folder::new();
    let text = |sentence: &str| format!("{PROSE}\n\n{sentence}\n\n{PROSE}");
    let record = |sentence: &String| serde_json::json!({ "text": text(sentence) }).to_string();
    let records: Vec<String> = sentences.iter().map(|(before, _)| record(before)).collect();
    folder.write("a.jsonl", records.join("\n"));
    folder.run(&["clean", "a.jsonl", "-o", "out.jsonl", "--no-dedup", "--no-learn"]).ends_with(0);
    for (row, (before, after)) in folder.rows("out.jsonl").iter().zip(&sentences) {
        assert_eq!(row["text"], text(after), "{before}");
    }
}
