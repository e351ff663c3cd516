//! What holds of every run, whatever the corpus.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use support::corpus::{Made, furnished, lines, messy};
use support::{Folder, Tree, gunzip, gzip, ids, unzstd, zstd};

fn documents() -> Vec<Made> {
    messy(300, 11)
}

/// Output and report, but for the one file that tells how long things took.
fn published(folder: &Folder) -> Tree {
    let mut tree = folder.tree(".");
    tree.retain(|name, _| !name.ends_with("timings.json"));
    tree
}

#[track_caller]
fn assert_same(found: &Tree, expected: &Tree) {
    let names = |tree: &Tree| tree.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(found), names(expected));
    for (name, bytes) in found {
        assert!(*bytes == expected[name], "{name} differs");
    }
}

/// What a run over these documents in a folder of files publishes.
fn published_with(options: &[&str], corpus: &[Made]) -> Tree {
    let folder = Folder::new();
    for (number, part) in corpus.chunks(60).enumerate() {
        folder.write(&format!("in/{number}.jsonl"), lines(part));
    }
    folder.write("in/page.txt", &corpus[8].text);
    folder.run(&[&["clean", "in", "-o", "out"], options].concat()).ends_with(0);
    published(&folder)
}

#[test]
fn threads_and_memory_change_no_byte() {
    let corpus = messy(1500, 12);
    assert!(lines(&corpus).len() > 1 << 20, "too small to leave the memory");
    let one = published_with(&["--threads", "1"], &corpus);
    assert!(one.len() > 10);
    for options in [["--threads", "2"], ["--threads", "8"], ["--memory", "0"]] {
        assert_same(&published_with(&options, &corpus), &one);
    }
}

#[test]
fn memory_changes_no_byte_of_packed_input_either() {
    let folder = Folder::new();
    let corpus = lines(&messy(1500, 13));
    let run = |options: &[&str]| {
        let packed = gzip(corpus.as_bytes());
        let ran =
            folder.run_on(&packed, &[&["clean", "-", "--format", "jsonl.gz", "-o", "-"], options].concat());
        gunzip(&ran.ends_with(0).stdout)
    };
    assert_eq!(run(&["--memory", "0"]), run(&[]));
}

#[test]
fn how_documents_are_spread_over_files_changes_no_byte() {
    let folder = Folder::new();
    let corpus = documents();
    folder.write("one.jsonl", lines(&corpus));
    let names: Vec<String> = (0..7).map(|number| format!("{number}.jsonl")).collect();
    for (name, part) in names.iter().zip(corpus.chunks(corpus.len().div_ceil(7))) {
        folder.write(name, lines(part));
    }
    let one = folder.run(&["clean", "one.jsonl", "-o", "-"]).ends_with(0).stdout;
    let seven: Vec<&str> =
        ["clean"].into_iter().chain(names.iter().map(String::as_str)).chain(["-o", "-"]).collect();
    assert_eq!(folder.run(&seven).ends_with(0).stdout(), std::str::from_utf8(&one).unwrap());
}

#[test]
fn a_corpus_followed_by_itself_keeps_what_the_corpus_keeps() {
    let folder = Folder::new();
    folder.write("a.jsonl", lines(&documents()));
    folder.run(&["clean", "a.jsonl", "-o", "once.jsonl"]).ends_with(0);
    folder.run(&["clean", "a.jsonl", "a.jsonl", "-o", "twice.jsonl"]).ends_with(0);
    assert_eq!(folder.text("twice.jsonl"), folder.text("once.jsonl"));
}

#[test]
fn every_removed_document_names_a_survivor_that_was_written() {
    let folder = Folder::new();
    folder.write("a.jsonl", lines(&documents()));
    folder.run(&["clean", "a.jsonl", "-o", "out.jsonl"]).ends_with(0);
    let written: BTreeSet<String> = ids(&folder.read("out.jsonl")).into_iter().collect();
    let rows = folder.rows("out.jsonl.report/duplicates.jsonl");
    let kinds: BTreeSet<&str> = rows.iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, BTreeSet::from(["contained", "exact", "near"]));
    for row in &rows {
        assert!(written.contains(row["survivor"].as_str().unwrap()), "{row}");
        assert!(!written.contains(row["id"].as_str().unwrap()), "{row}");
        let (jaccard, containment) = (row["jaccard"].as_f64().unwrap(), row["containment"].as_f64().unwrap());
        assert!(row["kind"] != "near" || jaccard >= 0.8, "{row}");
        assert!(row["kind"] != "contained" || containment >= 0.9, "{row}");
        assert!(row["kind"] != "exact" || jaccard >= 1.0, "{row}");
    }
}

/// What decided stands beside the shingles' scores, and nothing is lost that the survivor lacks.
#[test]
fn every_document_removed_by_alignment_names_a_survivor_that_was_written() {
    let folder = Folder::new();
    folder.write("a.jsonl", lines(&documents()));
    folder.run(&["clean", "a.jsonl", "-o", "out.jsonl", "--measure", "alignment"]).ends_with(0);
    let written: BTreeSet<String> = ids(&folder.read("out.jsonl")).into_iter().collect();
    let rows = folder.rows("out.jsonl.report/duplicates.jsonl");
    assert!(
        rows.iter().any(|row| row["kind"] == "near") && rows.iter().any(|row| row["alignment"].is_number())
    );
    for row in &rows {
        let score = |name: &str| row[name].as_f64().unwrap();
        assert!(written.contains(row["survivor"].as_str().unwrap()), "{row}");
        assert!(!written.contains(row["id"].as_str().unwrap()), "{row}");
        assert!(row["kind"] != "near" || score("alignment") >= 0.5, "{row}");
        assert!(row["kind"] != "contained" || score("alignment_containment") >= 0.8, "{row}");
        assert!(score("novel_words") <= 25.0, "{row}");
    }
    folder.run(&["clean", "out.jsonl", "-o", "twice.jsonl", "--measure", "alignment"]).ends_with(0);
    let command = folder.summary("twice.jsonl.report")["command"].to_string();
    assert!(command.contains(r#""--measure","alignment""#), "{command}");
    assert!(folder.rows("twice.jsonl.report/duplicates.jsonl").is_empty());
}

#[test]
fn the_totals_add_up() {
    let folder = Folder::new();
    let corpus = lines(&documents());
    folder.write("a.jsonl", format!("{corpus}not json\n{{}}\n\n"));
    folder.run(&["clean", "a.jsonl", "-o", "out.jsonl"]).ends_with(3);
    let count = |name: &str| folder.count("out.jsonl.report", name);
    let receipts = folder.receipts("out.jsonl.report");
    let with = |action: &str| receipts.iter().filter(|receipt| receipt["action"] == action).count() as u64;
    assert_eq!(count("read"), 302);
    assert_eq!(count("read"), count("kept") + count("removed") + count("set_aside"));
    assert_eq!(count("removed"), count("exact") + count("near") + count("contained"));
    assert_eq!(count("kept"), folder.rows("out.jsonl").len() as u64);
    assert_eq!(count("removed"), folder.rows("out.jsonl.report/duplicates.jsonl").len() as u64);
    assert_eq!(count("set_aside"), folder.rows("out.jsonl.report/problems.jsonl").len() as u64);
    assert_eq!((count("removed"), count("set_aside")), (with("removed"), with("set_aside")));
    assert_eq!((count("trimmed"), count("normalized")), (with("trimmed"), with("normalized")));
    let blank = format!("{corpus}\n").lines().filter(|line| line.trim().is_empty()).count() as u64;
    assert_eq!(count("blank"), blank);
    let outputs = folder.summary("out.jsonl.report")["outputs"].clone();
    assert_eq!(outputs[0]["bytes"], folder.read("out.jsonl").len());
    assert_eq!(outputs[0]["records"], count("kept"));
}

/// What was cleaned is clean.
#[test]
fn a_second_run_changes_nothing() {
    let folder = Folder::new();
    folder.write("a.jsonl", lines(&documents()));
    folder.run(&["clean", "a.jsonl", "-o", "once.jsonl"]).ends_with(0);
    folder.run(&["clean", "once.jsonl", "-o", "twice.jsonl"]).ends_with(0);
    assert_eq!(folder.receipts("twice.jsonl.report").first(), None);
    assert_eq!(folder.text("twice.jsonl"), folder.text("once.jsonl"));
}

/// So it is in every profile, where much is stripped: lines that go leave others doubled, at an edge, below a line that they
/// went on with; and documents that the guard keeps whole hold lines that nothing teaches any more once the others lost them.
#[test]
fn a_second_run_changes_nothing_of_pages_full_of_furniture() {
    for (profile, seed) in [("safe", 1), ("default", 5), ("default", 27), ("strict", 7), ("strict", 8)] {
        for corpus in [furnished(250, seed), messy(250, seed)] {
            let folder = Folder::new();
            folder.write("a.jsonl", lines(&corpus));
            let options = ["--profile", profile];
            folder.run(&[&["clean", "a.jsonl", "-o", "once.jsonl"][..], &options].concat()).ends_with(0);
            folder.run(&[&["clean", "once.jsonl", "-o", "twice.jsonl"][..], &options].concat()).ends_with(0);
            let changed: Vec<_> = folder.receipts("twice.jsonl.report");
            let changed: Vec<_> =
                changed.iter().filter(|receipt| receipt["action"] != "kept_whole").collect();
            assert_eq!(changed.first(), None, "{profile} {seed}");
        }
    }
}

/// The texts of fixtures: articles in many languages, sentences with link text, and what must never be touched.
fn fixture_texts() -> Vec<String> {
    let mut paths = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")];
    let mut texts = Vec::new();
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            paths.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let is_marked = ["languages", "furniture", "link_text"]
            .iter()
            .any(|folder| path.parent().unwrap().ends_with(folder));
        let unmarked = |line: &str| line.get(2..).unwrap_or_default().to_owned();
        let lines = text.lines();
        texts.push(if is_marked { lines.map(unmarked).collect::<Vec<_>>().join("\n\n") } else { text });
    }
    texts.sort();
    texts
}

/// In every profile a second run finds nothing in what the first left of any fixture, all in one corpus and each alone.
#[test]
fn a_second_run_changes_nothing_of_the_fixtures() {
    let texts = fixture_texts();
    assert!(texts.len() >= 100, "{}", texts.len());
    let records = texts.iter().map(|text| serde_json::json!({ "text": text }).to_string());
    let folder = Folder::new();
    folder.write("a.jsonl", records.collect::<Vec<_>>().join("\n"));
    for (profile, learns) in
        [("safe", "--no-learn"), ("default", "--no-learn"), ("default", "--quiet"), ("strict", "--no-learn")]
    {
        let options = ["--no-dedup", "--profile", profile, learns];
        let (once, twice) = (format!("{profile}{learns}.jsonl"), format!("{profile}{learns}-again.jsonl"));
        folder.run(&[&["clean", "a.jsonl", "-o", &once][..], &options].concat()).ends_with(0);
        folder.run(&[&["clean", &once, "-o", &twice][..], &options].concat()).ends_with(0);
        let receipts = folder.receipts(&format!("{twice}.report"));
        let changed: Vec<_> = receipts.iter().filter(|receipt| receipt["action"] != "kept_whole").collect();
        assert_eq!(changed.first(), None, "{profile} {learns}");
    }
}

/// Real corpora in which lines lean on each other: what goes changes what stands at the end of a document, and how much two
/// documents share.
#[test]
fn a_second_run_on_real_articles_strips_nothing() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/articles");
    if !data.exists() {
        eprintln!("skipped: {} is not there", data.display());
        return;
    }
    for name in ["news-african", "news-pt", "news-mojibake", "news-en-small", "news-en-mixed", "bbc"] {
        let folder = Folder::new();
        folder.copy(&data.join(format!("{name}.jsonl.zst")), "in.jsonl.zst");
        folder.run(&["clean", "in.jsonl.zst", "-o", "once.jsonl", "--no-report"]).ends_with(0);
        folder.run(&["clean", "once.jsonl", "-o", "twice.jsonl", "--no-report"]).ends_with(0);
        assert!(
            folder.read("once.jsonl") == folder.read("twice.jsonl"),
            "{name}: a second run changed something"
        );
    }
}

/// No two documents of what is kept could go for one another.
#[test]
fn a_second_run_removes_nothing_whatever_is_kept() {
    for keep in ["first", "longest", "newest"] {
        let folder = Folder::new();
        folder.write("a.jsonl", lines(&documents()));
        folder.run(&["clean", "a.jsonl", "-o", "once.jsonl", "--keep", keep]).ends_with(0);
        folder.run(&["clean", "once.jsonl", "-o", "twice.jsonl", "--keep", keep]).ends_with(0);
        assert_eq!(folder.rows("twice.jsonl.report/duplicates.jsonl").first(), None);
    }
}

/// Cleans `in` to `output` and restores it; `unpack` makes two files comparable.
#[track_caller]
fn gives_back(files: &[(&str, Vec<u8>)], output: &str, unpack: fn(&[u8]) -> Vec<u8>) {
    let folder = Folder::new();
    for (name, bytes) in files {
        folder.write(&format!("in/{name}"), bytes);
    }
    let report = format!("{output}.report");
    folder.run(&["clean", "in", "-o", output]).ends_with(0);
    assert!(folder.count(&report, "removed") > 0 && folder.count(&report, "trimmed") > 0);
    folder.run(&["restore", &report, "-o", "again"]).ends_with(0);
    let unpacked =
        |tree: Tree| -> Tree { tree.into_iter().map(|(name, bytes)| (name, unpack(&bytes))).collect() };
    assert_same(&unpacked(folder.tree("again")), &unpacked(folder.tree("in")));
}

fn text_files() -> Vec<(String, Vec<u8>)> {
    let named = |made: Made| (format!("{}/{}.txt", &made.id[..2], made.id), made.text.into_bytes());
    messy(120, 14).into_iter().map(named).collect()
}

#[test]
fn json_lines_are_given_back() {
    let corpus = documents();
    let (first, last) = corpus.split_at(100);
    let files = [("a.jsonl", lines(first).into_bytes()), ("deep/b.ndjson", lines(last).trim_end().into())];
    gives_back(&files, "out", <[u8]>::to_vec);
    gives_back(&files, "out.jsonl", <[u8]>::to_vec);
}

#[test]
fn packed_files_are_given_back() {
    let corpus = lines(&documents()).into_bytes();
    gives_back(&[("a.jsonl.gz", gzip(&corpus))], "out", gunzip);
    gives_back(&[("a.jsonl.zst", zstd(&corpus))], "out.jsonl.gz", unzstd);
}

#[test]
fn folders_of_texts_are_given_back() {
    let files = text_files();
    let files: Vec<_> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    gives_back(&files, "out", <[u8]>::to_vec);
    gives_back(&files, "out.jsonl", <[u8]>::to_vec);
    gives_back(&files, "out.jsonl.zst", <[u8]>::to_vec);
}

#[test]
fn a_stream_is_given_back_from_where_it_was_put() {
    let folder = Folder::new();
    let corpus = lines(&documents());
    let ran = folder.run_on(corpus.as_bytes(), &["clean", "-", "-o", "-", "--report", "report"]).ends_with(0);
    folder.write("kept.jsonl", &ran.stdout);
    folder
        .run(&["restore", "report", "-o", "again"])
        .fails(2, "the output went to standard output: name the file it was put into with --from");
    folder.run(&["restore", "report", "-o", "again", "--from", "kept.jsonl"]).ends_with(0);
    assert_eq!(folder.text("again/stdin.jsonl"), corpus);
}

#[test]
fn an_output_that_was_moved_is_given_back() {
    let folder = Folder::new();
    let corpus = lines(&documents());
    folder.write("a.jsonl", &corpus);
    folder.run(&["clean", "a.jsonl", "-o", "out"]).ends_with(0);
    std::fs::create_dir(folder.path("moved")).unwrap();
    std::fs::rename(folder.path("out"), folder.path("moved/out")).unwrap();
    std::fs::rename(folder.path("out.report"), folder.path("moved/out.report")).unwrap();
    folder.run(&["restore", "moved/out.report", "-o", "again"]).ends_with(0);
    assert_eq!(folder.text("again/a.jsonl"), corpus);
}
