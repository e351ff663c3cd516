//! Floors of quality on labelled real data: they fail when quality drops.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};
use support::{Folder, unzstd};

fn data(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if !path.exists() {
        eprintln!("skipped: {} is not there", path.display());
    }
    path.exists().then_some(path)
}

fn rows(bytes: &[u8]) -> Vec<Value> {
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// A line as it is counted: what normal form does to invisible characters and spaces is no matter here.
fn counted(line: &str) -> String {
    let visible: String =
        line.chars().filter(|character| !('\u{200b}'..='\u{200d}').contains(character)).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How often each of the labelled lines stands in a corpus.
fn occurrences<'a>(corpus: &[u8], labelled: &'a [(String, String)]) -> BTreeMap<&'a str, usize> {
    let mut counts: BTreeMap<&str, usize> = labelled.iter().map(|(line, _)| (line.as_str(), 0)).collect();
    for row in rows(corpus) {
        for line in row["text"].as_str().unwrap().lines() {
            if let Some(count) = counts.get_mut(counted(line).as_str()) {
                *count += 1;
            }
        }
    }
    counts
}

/// Every line that stands in ten and more of the articles was labelled by reading. Floors: nine in ten places where one that is
/// boilerplate stands, at a precision of 0.99.
#[test]
fn recurring_boilerplate_goes_and_recurring_content_stays() {
    let Some(labels) = data("lines/allsides_repeated_lines.jsonl.zst") else { return };
    let Some(articles) = data("articles/news-en.jsonl.zst") else { return };
    let labels = std::fs::read(labels).unwrap();
    assert_eq!(
        hexadecimal(&Sha256::digest(&labels)),
        "6113fe78ba331c77a63215e0ba6865e9eb331c09affcea7275d41ab76bf6df1e",
        "the labels changed, and with them what the floors mean"
    );
    let labelled: Vec<(String, String)> = rows(&unzstd(&labels))
        .iter()
        .map(|row| (counted(row["line"].as_str().unwrap()), row["label"].as_str().unwrap().into()))
        .collect();
    let folder = Folder::new();
    folder.copy(&articles, "in.jsonl.zst");
    folder.run(&["clean", "in.jsonl.zst", "-o", "out.jsonl", "--no-report"]).ends_with(0);
    let before = occurrences(&unzstd(&folder.read("in.jsonl.zst")), &labelled);
    let after = occurrences(&folder.read("out.jsonl"), &labelled);
    let count = |label: &str, counts: &BTreeMap<&str, usize>| -> usize {
        labelled.iter().filter(|(_, of)| of == label).map(|(line, _)| counts[line.as_str()]).sum()
    };
    let removed = |label: &str| count(label, &before) - count(label, &after);
    let (right, wrong) = (removed("boilerplate"), removed("content"));
    let recall = right as f64 / count("boilerplate", &before) as f64;
    let precision = right as f64 / (right + wrong) as f64;
    eprintln!("recall {recall:.4}, precision {precision:.4}: {right} right, {wrong} wrong");
    assert!(recall >= 0.95, "{recall:.4} of the boilerplate goes");
    assert!(precision >= 0.99, "{precision:.4} of what goes is boilerplate");
}

/// Three paragraphs that keep the guard from sparing an article of a few lines.
const PARAGRAPHS: &str = "The council met on Tuesday evening to talk about the bridge, which has been closed since the flood in May.\n\n\
    Two of the three arches have to be taken down, the engineer said, and their stones are to be numbered.\n\n\
    Work begins in spring and will take two years; until then the buses go round by the mill, a quarter of an hour longer.";

/// `fixtures/furniture`: each article alone, with nothing to learn from. None of its own lines goes.
#[test]
fn furniture_that_no_corpus_teaches_goes() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/furniture");
    let mut names: Vec<String> = std::fs::read_dir(&fixtures)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    names.sort();
    assert!(names.len() >= 47);
    let texts = names.iter().map(|name| std::fs::read_to_string(fixtures.join(name)).unwrap());
    let marked: Vec<String> = texts.collect();
    let record = |(name, text): (&String, &String)| {
        let lines: Vec<&str> = text.lines().map(|line| &line[2..]).collect();
        let (first, last) = lines.split_at(lines.len() / 2);
        let text = [&first.join("\n\n"), PARAGRAPHS, &last.join("\n\n")].join("\n\n");
        serde_json::json!({ "text": text, "lang": name[..2] }).to_string()
    };
    let folder = Folder::new();
    folder.write("a.jsonl", names.iter().zip(&marked).map(record).collect::<Vec<_>>().join("\n"));
    folder.run(&["clean", "a.jsonl", "-o", "out.jsonl", "--no-dedup", "--no-learn"]).ends_with(0);
    let (mut furniture, mut gone) = (0, 0);
    for (row, (name, text)) in folder.rows("out.jsonl").iter().zip(names.iter().zip(&marked)) {
        let left: Vec<&str> = row["text"].as_str().unwrap().split("\n\n").collect();
        for (mark, line) in text.lines().map(|line| line.split_at(2)) {
            let goes = !left.contains(&line);
            assert!(mark == "- " || !goes, "{name}: {line}");
            furniture += usize::from(mark == "- ");
            gone += usize::from(goes);
        }
    }
    eprintln!("{gone} of {furniture}");
    assert!(gone * 10 >= furniture * 8, "{gone} of {furniture}");
}

#[derive(serde::Deserialize)]
struct Page {
    host: Option<String>,
    lines: Vec<String>,
    labels: Vec<i8>,
}

/// Shares of the characters labelled boilerplate and content that go from whole pages, lines learned from these pages included.
fn shares_of_pages(name: &str) -> Option<(f64, f64)> {
    let labels = std::fs::read(data(&format!("lines/{name}.jsonl.zst"))?).unwrap();
    let pages: Vec<Page> =
        rows(&unzstd(&labels)).into_iter().map(|row| serde_json::from_value(row).unwrap()).collect();
    let text = |page: &Page| page.lines.iter().map(|line| counted(line)).collect::<Vec<_>>().join("\n");
    let record = |page: &Page| serde_json::json!({ "text": text(page), "url": page.host }).to_string();
    let folder = Folder::new();
    folder.write("a.jsonl", pages.iter().map(record).collect::<Vec<_>>().join("\n"));
    let output = ["-o", "out.jsonl", "--annotate", "--no-report"];
    let arguments = ["clean", "a.jsonl", "--no-dedup", "--no-normalize", "all"];
    folder.run(&[&arguments[..], &output].concat()).ends_with(0);
    let (mut all, mut removed) = ([0; 2], [0; 2]);
    for (row, page) in folder.rows("out.jsonl").iter().zip(&pages) {
        let edits = row["tamis"]["edits"].as_array().cloned().unwrap_or_default();
        let at = |edit: &Value, side: &str| edit["span"][side].as_u64().unwrap() as usize;
        let mut start = 0;
        for (line, label) in page.lines.iter().map(|line| counted(line)).zip(&page.labels) {
            let end = start + line.len();
            let goes = edits.iter().any(|edit| at(edit, "start") <= start && end <= at(edit, "end"));
            start = end + 1;
            if let Ok(label) = usize::try_from(*label) {
                all[label] += line.chars().count();
                removed[label] += if goes { line.chars().count() } else { 0 };
            }
        }
    }
    Some([0, 1].map(|label| removed[label] as f64 / all[label] as f64).into())
}

/// Whole pages: more goes than lines that stand in five pages of the file, which are 0.754 and 0.143 of the boilerplate.
#[rstest::rstest]
#[case("cleanportaleval", 0.755, 0.002_4)]
#[case("wcxb_dev", 0.16, 0.000_95)]
fn the_menus_of_whole_pages_go(#[case] file: &str, #[case] least_removed: f64, #[case] most_lost: f64) {
    let Some((removed, lost)) = shares_of_pages(file) else { return };
    assert!(removed >= least_removed, "{file}: {removed:.4} of the boilerplate removed");
    assert!(lost <= most_lost, "{file}: {lost:.6} of the content lost");
}
