//! Nothing that comes from outside reaches a terminal as it is: not a name, a text, an argument, a rule, nor a forged report.

mod support;

use support::{Folder, Ran, record, story};

/// What would ring, colour, or turn the line around, by itself or as some terminals understand it.
const HOSTILE: &str = "\u{7}x\u{1b}[31m\u{9b}1m\u{202e}y";

/// Checks that a run said something, and nothing of it can drive a terminal.
#[track_caller]
fn is_tame(ran: &Ran, what: &str) {
    let said = format!("{}{}", ran.stdout(), ran.stderr);
    assert!(!said.is_empty(), "{what} said nothing");
    let wild = said.chars().find(|character| {
        *character != '\n' && (character.is_control() || matches!(character, '\u{202a}'..='\u{202e}'))
    });
    assert_eq!(wild, None, "{what}: {said:?}");
}

#[track_caller]
fn tells(folder: &Folder, code: i32, arguments: &[&str]) {
    let ran = folder.run(arguments).ends_with(code);
    is_tame(&ran, &format!("{arguments:?}"));
    assert!(format!("{}{}", ran.stdout(), ran.stderr).contains("\\u{1b}"), "{arguments:?}: {}", ran.stderr);
}

#[test]
fn arguments_are_escaped() {
    let folder = Folder::new();
    folder.write("a.jsonl", record("a", &story(1)));
    let clean = ["clean", "a.jsonl", "-o", "out.jsonl"];
    for option in [
        "--profile",
        "--with",
        "--without",
        "--no-normalize",
        "--threads",
        "--memory",
        "--threshold",
        "--novel-words",
        "--leave",
        "--shingle",
        "--level",
        "--format",
        "--measure",
        "--progress",
    ] {
        tells(&folder, 2, &[&clean[..], &[option, HOSTILE]].concat());
    }
    tells(&folder, 2, &[&clean[..], &["--keep", &format!("first:{HOSTILE}")]].concat());
    for (option, code) in [("--rules", 5), ("--temp-dir", 5), ("--against", 2)] {
        tells(&folder, code, &[&clean[..], &[option, HOSTILE]].concat());
    }
    for (code, arguments) in [
        (2, &[HOSTILE][..]),
        (2, &["clean", "a.jsonl", "-o", "out", &format!("--{HOSTILE}")]),
        (2, &["clean", HOSTILE, "-o", "out"]),
        (5, &["clean", "\u{1b}31m", "-o", "out"]),
        (2, &["clean", &format!("{HOSTILE}*"), "-o", "out"]),
        (2, &["clean", &format!("[{HOSTILE}"), "-o", "out"]),
        (5, &["clean", "a.jsonl", "-o", &format!("a.jsonl/{HOSTILE}")]),
        (2, &["rules", "show", HOSTILE]),
        (2, &["rules", "list", "--category", HOSTILE]),
        (5, &["rules", "test", HOSTILE]),
        (5, &["report", HOSTILE]),
        (5, &["check", HOSTILE]),
        (5, &["compare", HOSTILE, HOSTILE]),
        (5, &["restore", HOSTILE, "-o", "back"]),
        (5, &["explain", HOSTILE, HOSTILE]),
        (2, &["check", "--list", HOSTILE, "a.jsonl"]),
        (5, &["index", "query", HOSTILE, "a.jsonl"]),
        (2, &["completions", HOSTILE]),
    ] {
        tells(&folder, code, arguments);
    }
}

#[test]
fn rule_files_are_escaped() {
    let folder = Folder::new();
    folder.write("a.jsonl", record("a", &story(1)));
    let shown = HOSTILE.replace('\u{7}', "\\u0007").replace('\u{1b}', "\\u001b").replace('\u{9b}', "\\u009b");
    let rule =
        |more: &str| format!("category = \"mine\"\n[[rule]]\nid = \"a\"\nlanguages = [\"*\"]\n{more}\n");
    let files = [
        rule(&format!("action = [\"always\"]\npattern = \"({shown}\"")),
        rule(&format!("action = [\"always\"]\nliterals = [\"some words\"]\nexcept = \"({shown}\"")),
        rule(&format!("action = [\"{shown}\"]")),
        rule(&format!("action = [\"always\"]\n\"{shown}\" = 1")),
        rule(&format!("action = [\"always\"]\nstarts = [\"(\"]\ncounted_by = \"{shown}\"")),
        rule(
            "action = [\"always\"]
inline = [\"\\u001b[3m\"]",
        ),
        rule("action = [\"always\"]\nliterals = [\"b c\"]").replace("\"*\"", &format!("\"{shown}\"")),
        rule("action = [\"always\"]").replace("\"a\"", &format!("\"{shown}\"")),
        rule("action = [\"always\"]\nliterals = [\"b c\"]").replace("\"mine\"", &format!("\"{shown}\"")),
        format!("[[line]]\naction = \"drop\"\ntemplate = true\ntext = \"{shown}\"\n"),
        format!("{HOSTILE} = 1\n"),
    ];
    for (number, contents) in files.iter().enumerate() {
        let name = format!("{number}-{HOSTILE}.toml");
        folder.write(&name, contents);
        tells(&folder, 2, &["rules", "check", &name]);
        tells(&folder, 2, &["clean", "a.jsonl", "-o", "-", "--rules", &name]);
    }
    let off = format!(
        "category = \"mine\"\n[[rule]]\nid = \"{shown}\"\nlanguages = [\"{shown}\"]\naction = [\"off\"]\n"
    );
    folder.write("off.toml", off);
    tells(&folder, 0, &["rules", "list", "--rules", "off.toml"]);
    tells(&folder, 0, &["rules", "show", "mine", "--rules", "off.toml"]);
}

/// A corpus every string of which is hostile, through every command.
#[test]
fn a_corpus_and_its_report_are_escaped() {
    let folder = Folder::new();
    let page = |number: u64| {
        format!("{}\n\nREAD MORE: {HOSTILE}\n\nADVERTISEMENT\n\n{}", story(number), story(90 + number))
    };
    let row = |number: u64, text: &str| {
        let [id, url] = [format!("{HOSTILE}{number}"), format!("https://{HOSTILE}.org/{number}")];
        format!(
            "{}\n",
            serde_json::json!({ "id": id, "url": url, "site": HOSTILE, "lang": HOSTILE, "text": text })
        )
    };
    let mut lines: Vec<String> = (0..20).map(|number| row(number, &page(number))).collect();
    lines.push(row(20, &page(1).replacen(' ', " unheard ", 1)));
    lines.push(row(21, &page(2)));
    lines.push(format!("{{\"id\": \"{HOSTILE}\"}}\n"));
    lines.push(format!("{HOSTILE}\n"));
    let input = format!("in{HOSTILE}/a{HOSTILE}.jsonl");
    folder.write(&input, lines.concat());
    let (output, report) = (format!("out{HOSTILE}"), format!("out{HOSTILE}.report"));
    let input = input.as_str();
    tells(&folder, 3, &["clean", input, "-o", &output, "--site-field", "site"]);
    tells(&folder, 4, &["clean", input, "-o", "other", "--strict"]);
    tells(&folder, 3, &["clean", input, "-o", &output, "--dry-run"]);
    tells(&folder, 0, &["clean", input, "-o", &output, "--estimate"]);
    tells(&folder, 3, &["clean", input, "-o", "marked.jsonl", "--annotate", "--site-field", "site"]);
    for arguments in [
        &["report", &report][..],
        &["report", &report, "--cluster", &format!("{HOSTILE}21")],
        &["report", &report, "--source", HOSTILE],
        &["explain", &report, &format!("{HOSTILE}1")],
        &["explain", &report, &format!("{HOSTILE}20")],
        &["explain", &report, &format!("{input}:23")],
        &["compare", &report, &report],
        &["check", &report],
    ] {
        let ran = folder.run(arguments).ends_with(0);
        is_tame(&ran, &format!("{arguments:?}"));
    }
    for arguments in [
        &["dups", input, "--quiet"][..],
        &["dups", input, "--pairs", "--quiet"],
        &["report", &report, "--json"],
        &["report", &report, "--json", "--cluster", &format!("{HOSTILE}21")],
        &["compare", &report, &report, "--json"],
        &["rules", "list", "--json"],
    ] {
        is_tame(&folder.run(arguments), &format!("{arguments:?}"));
    }
    tells(&folder, 3, &["dups", input, "-o", "list.jsonl"]);
    tells(&folder, 3, &["learn", input, "-o", "learned.toml", "--kept"]);
    tells(&folder, 3, &["index", "build", input, "-o", "known.idx"]);
    forge(&folder, &report);
    for arguments in [
        &["report", &report][..],
        &["report", &report, "--cluster", &format!("{HOSTILE}21")],
        &["explain", &report, &format!("{HOSTILE}20")],
        &["check", &report],
    ] {
        let ran = folder.run(arguments);
        is_tame(&ran, &format!("forged: {arguments:?}"));
    }
    folder.write(
        &format!("{report}/summary.json"),
        format!("{{\"schema\": 1, \"config\": {{\"{HOSTILE}\": 1}}}}"),
    );
    tells(&folder, 5, &["report", &report]);
    for name in ["duplicates.jsonl", "list.csv"] {
        folder.write(name, format!("id,cluster\n{HOSTILE},1\n{HOSTILE},\u{1b}\n"));
    }
    is_tame(&folder.run(&["check", "--list", "list.csv", input]).ends_with(5), "check --list");
}

/// Puts hostile words where tamis itself writes only its own.
fn forge(folder: &Folder, report: &str) {
    let hostile = serde_json::Value::from(HOSTILE).to_string();
    let rewrite = |name: &str, words: &[&str]| {
        let path = format!("{report}/{name}");
        let is_packed = std::path::Path::new(name).extension().is_some_and(|extension| extension == "zst");
        let bytes = folder.read(&path);
        let was =
            String::from_utf8_lossy(&if is_packed { support::unzstd(&bytes) } else { bytes }).into_owned();
        let is = words.iter().fold(was.clone(), |rows, word| rows.replace(&format!("\"{word}\""), &hostile));
        assert_ne!(was, is, "{name}");
        folder.write(&path, if is_packed { support::zstd(is.as_bytes()) } else { is.into_bytes() });
    };
    rewrite("duplicates.jsonl", &["near"]);
    rewrite("summary.json", &["advertisement"]);
    rewrite("removals.jsonl.zst", &["advertisement/marker-en", "advertisement"]);
}
