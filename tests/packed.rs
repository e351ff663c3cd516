//! Packed files and old character sets: read whole or told why not, written as named, and given back.

mod support;

use support::{Folder, gunzip, gzip, record, story, unzstd, zstd};

fn corpus() -> String {
    (1..=40).map(|number| record(&format!("r{number}"), &story(number))).collect()
}

#[test]
fn formats_and_codecs_follow_the_name_of_the_output() {
    let folder = Folder::new();
    folder.write("a.jsonl", corpus());
    folder.run(&["clean", "a.jsonl", "-o", "b.jsonl.gz"]).ends_with(0);
    folder.run(&["clean", "b.jsonl.gz", "-o", "c.jsonl.zst"]).ends_with(0);
    folder.run(&["clean", "c.jsonl.zst", "-o", "d"]).ends_with(0);
    assert_eq!(gunzip(&folder.read("b.jsonl.gz")), corpus().as_bytes());
    assert_eq!(unzstd(&folder.read("c.jsonl.zst")), corpus().as_bytes());
    assert_eq!(unzstd(&folder.read("d/c.jsonl.zst")), corpus().as_bytes());
    let ran = folder.run(&["clean", "c.jsonl.zst", "-o", "-"]).ends_with(0);
    assert_eq!(ran.stdout(), corpus());
}

#[test]
fn every_member_and_frame_is_read() {
    let folder = Folder::new();
    let [first, second, third] = [1, 2, 3].map(|number| record("x", &story(number)));
    let parts = [first.as_bytes(), b"", second.as_bytes(), third.as_bytes()];
    folder.write("a.jsonl.gz", parts.map(gzip).concat());
    folder.write("a.jsonl.zst", parts.map(zstd).concat());
    for name in ["a.jsonl.gz", "a.jsonl.zst"] {
        let ran = folder.run(&["clean", name, "-o", "-"]).ends_with(0);
        assert_eq!(ran.stdout(), format!("{first}{second}{third}"), "{name}");
    }
}

/// A file that ends in its middle: what was read goes on, and the report tells how much that was.
#[track_caller]
fn a_cut_file_is_told(name: &str, whole: &[u8]) {
    let folder = Folder::new();
    folder.write(name, &whole[..whole.len() * 2 / 3]);
    folder.run(&["clean", name, "-o", "out.jsonl"]).ends_with(3);
    let kept = folder.text("out.jsonl");
    assert!(corpus().starts_with(&kept) && kept.ends_with('\n'), "{kept}");
    let records = kept.lines().count();
    let problems = folder.problems("out.jsonl.report");
    let [(None, kind, reason)] = problems.as_slice() else { panic!("{problems:?}") };
    assert_eq!(kind, "damaged");
    assert!(reason.starts_with("the file is damaged or cut short: "), "{reason}");
    assert!(reason.contains(&format!("records before {} were read", records + 1)), "{reason}");
    let input = folder.summary("out.jsonl.report")["inputs"][0].clone();
    assert_eq!((&input["complete"], &input["records"]), (&false.into(), &records.into()));
    let ran = folder.run(&["restore", "out.jsonl.report", "-o", "again"]).ends_with(3);
    assert!(ran.stderr.contains("was not wholly read at the time; only what was read is restored"));
    folder.run(&["clean", name, "-o", "strict.jsonl", "--strict"]).ends_with(4);
    assert!(!folder.path("strict.jsonl").exists());
}

#[test]
fn a_cut_gzip_file_is_told() {
    a_cut_file_is_told("a.jsonl.gz", &gzip(corpus().as_bytes()));
}

#[test]
fn a_cut_zstd_file_is_told() {
    // In several frames, so that some records stand whole before the cut.
    let frames: Vec<Vec<u8>> = corpus().lines().map(|line| zstd(format!("{line}\n").as_bytes())).collect();
    a_cut_file_is_told("a.jsonl.zst", &frames.concat());
}

#[test]
fn bytes_that_are_no_gzip_are_told() {
    let folder = Folder::new();
    folder.write("a.jsonl.gz", corpus());
    folder.write("b.jsonl", record("b", &story(1)));
    folder.run(&["clean", "a.jsonl.gz", "b.jsonl", "-o", "out.jsonl"]).ends_with(3);
    assert_eq!(folder.text("out.jsonl"), record("b", &story(1)));
    assert_eq!(folder.problems("out.jsonl.report")[0].1, "damaged");
}

/// A text file in an old character set becomes UTF-8, and comes back as it was.
#[track_caller]
fn is_cleaned_and_given_back(bytes: &[u8], clean: &str) {
    let folder = Folder::new();
    folder.write("in/a.txt", bytes);
    folder.run(&["clean", "in", "-o", "out"]).ends_with(0);
    assert_eq!(folder.text("out/a.txt"), clean);
    folder.run(&["restore", "out.report", "-o", "again"]).ends_with(0);
    assert_eq!(folder.read("again/a.txt"), bytes);
    folder.run(&["clean", "in", "-o", "out.jsonl"]).ends_with(0);
    assert_eq!(support::texts(&folder.read("out.jsonl")), [clean]);
    folder.run(&["restore", "out.jsonl.report", "-o", "third"]).ends_with(0);
    assert_eq!(folder.read("third/a.txt"), bytes);
}

const GERMAN: &str =
    "Der Bürgermeister grüßte die Gäste – und schwieg über Änderungen.\n\nDanach kamen süße Köche.\n";
const JAPANESE: &str = "日本の首相は記者会見で新しい経済政策を発表しました。\n\n東京の街は静かだった。\n";

#[test]
fn windows_1252() {
    is_cleaned_and_given_back(&encoding_rs::WINDOWS_1252.encode(GERMAN).0, GERMAN);
}

#[test]
fn windows_1252_with_something_to_strip() {
    let text = GERMAN.replace("\n\n", "\r\n\r\nADVERTISEMENT\r\n\r\n");
    is_cleaned_and_given_back(&encoding_rs::WINDOWS_1252.encode(&text).0, GERMAN);
}

#[test]
fn shift_jis() {
    is_cleaned_and_given_back(&encoding_rs::SHIFT_JIS.encode(JAPANESE).0, JAPANESE);
}

#[test]
fn utf16_without_a_mark() {
    let little: Vec<u8> = GERMAN.encode_utf16().flat_map(u16::to_le_bytes).collect();
    is_cleaned_and_given_back(&little, GERMAN);
    let big: Vec<u8> = GERMAN.encode_utf16().flat_map(u16::to_be_bytes).collect();
    is_cleaned_and_given_back(&big, GERMAN);
}

#[test]
fn utf16_with_a_mark() {
    let marked = format!("\u{feff}{JAPANESE}");
    let little: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
    is_cleaned_and_given_back(&little, JAPANESE);
    let big: Vec<u8> = marked.encode_utf16().flat_map(u16::to_be_bytes).collect();
    is_cleaned_and_given_back(&big, JAPANESE);
}

#[test]
fn utf16_cut_in_the_middle_of_a_character() {
    let mut cut: Vec<u8> = format!("\u{feff}{GERMAN}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    cut.push(0x41);
    is_cleaned_and_given_back(&cut, &format!("{GERMAN}\u{fffd}\n"));
}

#[test]
fn utf8_with_a_damaged_place() {
    let mut damaged = GERMAN.as_bytes().to_vec();
    damaged.insert(4, 0xff);
    is_cleaned_and_given_back(&damaged, &GERMAN.replacen("Der ", "Der \u{fffd}", 1));
}
