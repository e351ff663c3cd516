//! The whole of learning, by its front door: documents in, lines that go out.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use proptest::strategy::Strategy as _;
use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::*;
use crate::config::Profile;
use crate::site;

/// Documents of one site, each with the line beneath it.
struct Corpus {
    documents: Vec<(Option<&'static str>, String)>,
}

impl Corpus {
    fn new() -> Self {
        Self { documents: Vec::new() }
    }

    fn with(mut self, site: &'static str, count: usize, text: impl Fn(usize) -> String) -> Self {
        self.documents.extend((0..count).map(|number| (Some(site), text(number))));
        self
    }

    fn learn(&self, profile: Profile) -> LearnedLines {
        let mut survey = LineSurvey::new(SurveyBudget::default());
        let mut lines = Vec::new();
        for (rank, (site, text)) in self.documents.iter().enumerate() {
            observe(&mut survey, *site, rank as u64, text, &mut lines);
        }
        survey.finish(profile, &GivenLines::default())
    }

    /// The lines that go from each document.
    fn removed(&self, profile: Profile) -> Vec<Vec<&str>> {
        let learned = self.learn(profile);
        let removed =
            |(rank, (site, text)): (usize, &(Option<&str>, String))| removed(&learned, *site, rank, text).1;
        let spans = self.documents.iter().enumerate().map(removed);
        spans
            .zip(&self.documents)
            .map(|(spans, (_, text))| spans.iter().map(|span| span.of(text)).collect())
            .collect()
    }
}

fn observe(survey: &mut LineSurvey, site: Option<&str>, rank: u64, text: &str, lines: &mut Vec<Line>) {
    read_lines(text, lines);
    survey.observe(DocumentLines { site: site.map(site::key), rank, lines });
}

/// The indexes and the places of the lines that go from a document.
fn removed(
    learned: &LearnedLines,
    site: Option<&str>,
    rank: usize,
    text: &str,
) -> (Vec<usize>, Vec<crate::span::Span>) {
    let (mut lines, mut hits) = (Vec::new(), Vec::new());
    read_lines(text, &mut lines);
    learned.find(DocumentLines { site: site.map(site::key), rank: rank as u64, lines: &lines }, &mut hits);
    hits.iter().map(|hit| (hit.line, lines[hit.line].span)).unzip()
}

/// Three paragraphs no other document has.
fn story(number: usize) -> String {
    let paragraph = |part: usize| {
        format!(
            "Item {number} of part {part} came before the council on Monday, and its {number} members, who had read \
             all {part} papers, put it off until they had heard from the {number} people it would touch most.\n\n"
        )
    };
    (1..4).map(paragraph).collect()
}

fn all(removed: &[Vec<&str>]) -> usize {
    removed.iter().map(Vec::len).sum()
}

#[test]
fn a_line_under_every_story_goes() {
    let corpus = Corpus::new().with("a.org", 40, |number| story(number) + "More from our newsroom");
    assert_eq!(corpus.removed(Profile::Default), vec![vec!["More from our newsroom"]; 40]);
    assert_eq!(all(&corpus.removed(Profile::Safe)), 0);
}

#[test]
fn three_times_are_enough_at_the_very_end() {
    let call = "Write to Ann Ott at ann.ott@a.org";
    let with_call = |number: usize| format!("{}{call}", story(number));
    let corpus = |count| Corpus::new().with("a.org", count, with_call).with("a.org", 20, |n| story(n + 100));
    assert_eq!(corpus(3).removed(Profile::Default)[..3], vec![vec![call]; 3]);
    assert_eq!(all(&corpus(2).removed(Profile::Default)), 0);
    let one_amid = corpus(2).with("a.org", 1, |_| format!("{}{call}\n\n{}", story(200), story(201)));
    assert_eq!(all(&one_amid.removed(Profile::Default)), 0);
}

#[test]
fn a_story_printed_forty_times_is_one_context() {
    let print = |number: usize| format!("{}Reprint {number}", story(1));
    let corpus = Corpus::new().with("a.org", 40, print).with("a.org", 40, |number| story(number + 100));
    let learned = corpus.learn(Profile::Strict);
    let mut lines = Vec::new();
    read_lines(&story(1), &mut lines);
    let evidence = learned.evidence(Some(site::key("a.org")), lines[1].key).unwrap();
    assert_eq!((evidence.documents, evidence.contexts), (40, 1));
    assert_eq!(all(&corpus.removed(Profile::Strict)), 0);
}

#[test]
fn a_gallery_on_many_pages_is_one_context() {
    let gallery: String = (0..20).fold(String::new(), |mut text, number| {
        let _ = writeln!(
            text,
            "Photo {number} of the storm: a street under water near the harbour on Tuesday morning"
        );
        text
    });
    let corpus = Corpus::new().with("a.org", 80, |number| story(number) + &gallery);
    assert_eq!(all(&corpus.removed(Profile::Default)), 0);
}

/// A page as it came: menus above the text, and below it more of them and a notice.
fn page(number: usize) -> String {
    let menu: String = (0..30).fold(String::new(), |mut menu, entry| {
        let _ = writeln!(menu, "Department {entry}");
        menu
    });
    let footer = "about this shop\nWe have sold tents and boats to all who love the open air, for eighty years and more.\n\
                  Stores near you\nGift cards\nOpening hours\n";
    format!("{menu}{}Department 7\n\n{}{footer}{menu}", story(number), story(number + 500))
}

/// Menus, the notice between them, and buttons in small letters; what a menu's entry heads in the text stays.
#[rstest::rstest]
#[case::three_pages_are_all_of_the_site(3, 0, 195)]
#[case::two_pages_are_too_few(2, 0, 0)]
#[case::four_among_twenty(4, 16, 0)]
#[case::five_among_twenty(5, 15, 325)]
fn the_menus_of_whole_pages_go(#[case] pages: usize, #[case] others: usize, #[case] expected: usize) {
    let corpus =
        Corpus::new().with("a.org", pages, page).with("a.org", others, |number| story(number + 2000));
    let removed = corpus.removed(Profile::Default);
    assert_eq!(all(&removed), expected, "{:?}", removed[0]);
    let headings = removed.iter().flatten().filter(|line| **line == "Department 7").count();
    assert_eq!(headings * 65, expected * 2);
}

#[test]
fn the_middle_of_a_long_menu_is_seen() {
    let menu: String = (0..400).fold(String::new(), |mut menu, entry| {
        let _ = writeln!(menu, "Department {entry}");
        menu
    });
    let corpus =
        Corpus::new().with("a.org", 5, |number| format!("{menu}{}{}", story(number), story(number + 500)));
    assert_eq!(all(&corpus.removed(Profile::Default)), 2000);
}

/// The pages of one gallery have its captions in common, and next to nothing of their own.
#[test]
fn what_pages_share_stays_where_they_have_no_text_of_their_own() {
    let gallery: String = (0..60).fold(String::new(), |mut gallery, number| {
        let _ = writeln!(
            gallery,
            "Photo {number} of the storm\nA street under water near the harbour, the {number}th of them"
        );
        gallery
    });
    let corpus = Corpus::new().with("a.org", 8, |number| format!("{gallery}This is photo {number}"));
    let with_text = |number: usize| story(number) + &story(number + 500);
    let corpus = corpus.with("a.org", 32, with_text);
    assert_eq!(all(&corpus.removed(Profile::Default)), 0);
}

/// Contracts have clauses in common, each below its heading, and are no pages.
#[test]
fn clauses_that_recur_under_their_headings_stay() {
    let clauses: String = (0..12).fold(String::new(), |mut clauses, number| {
        let _ = write!(
            clauses,
            "{number}. Clause\n\nThe parties agree that part {number} holds as long as neither has ended it in writing.\n\n"
        );
        clauses
    });
    let corpus = Corpus::new().with("a.org", 6, |number| {
        (0..6).map(|part| story(number * 10 + part)).collect::<String>()
            + &clauses
            + &story(number + 900)
            + &story(number + 1900)
    });
    assert_eq!(all(&corpus.removed(Profile::Default)), 0);
}

#[test]
fn a_stub_of_nothing_but_the_template_ties_no_pages_together() {
    let footer = "Get our stories in your inbox every morning\n\nMore from our newsroom";
    let corpus =
        Corpus::new().with("a.org", 30, |number| story(number) + footer).with("a.org", 1, |_| footer.into());
    assert_eq!(all(&corpus.removed(Profile::Default)), 62);
}

#[test]
fn a_corpus_after_itself_teaches_the_same() {
    let once = Corpus::new().with("a.org", 40, |number| story(number) + "More from our newsroom");
    let twice = Corpus::new().with("a.org", 40, |number| story(number) + "More from our newsroom").with(
        "a.org",
        40,
        |number| story(number) + "More from our newsroom",
    );
    assert_eq!(all(&twice.removed(Profile::Default)), 2 * all(&once.removed(Profile::Default)));
}

#[test]
fn a_notice_stays_in_the_first_document_only() {
    let notice =
        "The opinions expressed by columnists are their own and do not represent the views of this paper.";
    let corpus = Corpus::new().with("a.org", 20, |number| story(number) + notice);
    let removed = corpus.removed(Profile::Default);
    assert!(removed[0].is_empty());
    assert_eq!(removed[1..], vec![vec![notice]; 19]);
}

#[test]
fn templates_go_with_their_names_and_handles() {
    let names = ["Mary Ann Smith", "Chuck Ross", "Amber Athey"];
    let credit = |number: usize| format!("{}Follow {} on Twitter", story(number), names[number % 3]);
    let corpus = Corpus::new().with("a.org", 60, credit);
    assert_eq!(all(&corpus.removed(Profile::Default)), 60);
}

#[test]
fn credits_go_however_many_wordings_they_have() {
    let credit = |number: usize| {
        format!("Published {number} days ago by Kim {}\n\n{}", NAMES[number % 7], story(number))
    };
    let corpus = Corpus::new().with("a.org", 60, credit).with("b.org", 60, story);
    assert_eq!(all(&corpus.removed(Profile::Default)), 60);
    assert_eq!(all(&corpus.removed(Profile::Safe)), 0);
}

#[test]
fn what_has_a_number_and_a_name_now_and_then_is_no_credit() {
    let dated = |number: usize| match number % 3 {
        0 => format!("Adopted on {number} May in {}\n\n{}", NAMES[number % 7], story(number)),
        _ => story(number),
    };
    let timed = |number: usize| format!("Preparation takes {number} minutes\n\n{}", story(number));
    let corpus = Corpus::new().with("a.org", 60, dated).with("b.org", 60, timed);
    assert_eq!(all(&corpus.removed(Profile::Default)), 0);
}

const NAMES: [&str; 7] = ["Ott", "Doe", "Ross", "Athey", "Smith", "Webb", "Hale"];

#[test]
fn an_address_of_every_page_s_own_is_what_the_page_is_for() {
    let entry = |number: usize| format!("{}Write to member{number}@club.org", story(number));
    let corpus = Corpus::new().with("a.org", 60, entry);
    assert_eq!(all(&corpus.removed(Profile::Strict)), 0);
}

#[test]
fn what_recurs_and_is_content_stays() {
    let headed = |number: usize| {
        let text = story(number);
        let (one, rest) = text.split_once("\n\n").unwrap();
        format!(
            "From the Left\n\n{one}\n\nWhat happened?\n\n{rest}Conclusion\n\nIt was put off a {number}th time."
        )
    };
    let replies = |number: usize| format!("{}Thank you.\n\nMm-hmm.", story(number));
    let quoted = |number: usize| {
        format!(
            "{}“I am here to ask you for your prayers and for your support, now and always,” he said.",
            story(number)
        )
    };
    let digest = |number: usize| {
        let text = story(number);
        let quote = format!(
            "“It was the {number}th time, and we will all have to learn to live with that,” she wrote."
        );
        format!("{text}{quote}\n\nKyle Smith, National Review")
    };
    let delegates = |number: usize| {
        format!(
            "{}Nevada: Adam Khan, Andres Ramirez, Andrew Diss, Barbara Buckley, Bob Cavazos, Dan Hart",
            story(number)
        )
    };
    let background = |number: usize| {
        let text = story(number);
        if !number.is_multiple_of(50) {
            return text;
        }
        let (one, rest) = text.split_once("\n\n").unwrap();
        format!(
            "{one}\n\nThe institute collects the figures of all health offices daily and checks them.\n\n{rest}"
        )
    };
    let separated = |number: usize| story(number) + "* * *\n\n* * *";
    let refrain = |number: usize| {
        format!(
            "Oh verse {number}, thy one,\nThe day is long gone by\nOh verse {number}, thy two,\nThe day is long gone by"
        )
    };
    let corpus = Corpus::new()
        .with("headings.org", 40, headed)
        .with("replies.org", 40, replies)
        .with("quotes.org", 40, quoted)
        .with("digests.org", 40, digest)
        .with("lists.org", 40, delegates)
        .with("background.org", 1000, background)
        .with("separators.org", 40, separated)
        .with("verse.org", 2, refrain);
    let removed = corpus.removed(Profile::Default);
    assert_eq!(removed.iter().flatten().collect::<BTreeSet<_>>(), BTreeSet::new());
}

#[test]
fn a_tag_of_the_end_stays_where_it_is_a_heading() {
    let corpus =
        Corpus::new()
            .with("a.org", 40, |number| story(number) + "Politics")
            .with("a.org", 1, |number| format!("Politics\n\n{}", story(number + 100)));
    let removed = corpus.removed(Profile::Default);
    assert_eq!((all(&removed), removed[40].len()), (40, 0));
}

#[test]
fn lines_of_a_hard_wrapped_text_are_no_lines() {
    let wrapped = |number: usize| {
        format!(
            "Unit {number} said it would pay its {number}\nshareholders a dividend, up from {number} in\nthe year before\n\
             and {number} in the one before that. In a filing with\nthe Securities and Exchange Commission,\n\
             the {number}th unit\nof the group said it did so for the good of the\ncompany"
        )
    };
    let corpus = Corpus::new().with("a.org", 60, wrapped);
    assert_eq!(all(&corpus.removed(Profile::Strict)), 0);
}

#[test]
fn a_line_of_many_sites_goes_from_sites_of_few_pages() {
    const SITES: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    let page = |number: usize| format!("{}Share this post with your friends", story(number));
    let mut corpus = Corpus::new();
    for (index, site) in SITES.into_iter().enumerate() {
        corpus = corpus.with(site, 2, |number| page(index * 2 + number));
    }
    assert_eq!(all(&corpus.removed(Profile::Default)), 24);
}

#[test]
fn a_line_learned_on_one_site_stays_on_another() {
    let corpus = Corpus::new()
        .with("a.org", 40, |number| story(number) + "More from our newsroom")
        .with("b.org", 40, |number| story(number + 100))
        .with("b.org", 1, |_| story(200) + "More from our newsroom");
    assert!(corpus.removed(Profile::Default)[80].is_empty());
}

#[test]
fn a_rule_file_has_the_last_word() {
    let corpus = Corpus::new()
        .with("a.org", 40, |number| story(number) + "More from our newsroom\n\nPolitics")
        .with("b.org", 3, |number| story(number + 100) + "Printed on paper");
    let learned = corpus.learn(Profile::Default);
    let wanted = Selection::new(&learned, 10, false);
    let mut texts = LineTexts::default();
    let mut lines = Vec::new();
    for (rank, (site, text)) in corpus.documents.iter().enumerate() {
        read_lines(text, &mut lines);
        let document = DocumentLines { site: site.map(site::key), rank: rank as u64, lines: &lines };
        texts.note(&wanted, document, *site, text);
    }
    let rows = texts.rows(&learned, &wanted);
    let table = |row| RuleLine::of_row(row, |rank| format!("a.jsonl:{rank}"));
    let file = to_rule_file(&[], &rows.iter().map(table).collect::<Vec<_>>());
    assert_eq!(
        from_rule_file(&file).unwrap().iter().map(|line| &*line.text).collect::<Vec<_>>(),
        ["More from our newsroom", "Politics"]
    );

    let edited = file.replacen("action = \"drop\"", "action = \"keep\"", 1)
        + "\n[[rule]]\nid = \"of another kind\"\n[[line]]\naction = \"drop\"\ntext = \"Printed on paper\"\n";
    let given = GivenLines::new(from_rule_file(&edited).unwrap().iter());
    let overruled = learned.overruled_by(&given, &FirstPlaces::default());
    let of = |rank: usize| removed(&overruled, corpus.documents[rank].0, rank, &corpus.documents[rank].1).0;
    assert_eq!((of(0), of(40)), (vec![4], vec![3]));
}

#[test]
fn a_rule_file_with_a_mistake_is_refused() {
    for file in [
        "[[line]]\ntext = \"no action\"",
        "[[line]]\naction = \"burn\"\ntext = \"x\"",
        "[[line]]\naction = \"drop\"\ntext = \"no slot in it\"\ntemplate = true",
        "[[line",
    ] {
        assert!(from_rule_file(file).is_err(), "{file}");
    }
}

#[test]
fn what_was_learned_survives_storage() {
    let corpus = Corpus::new().with("a.org", 20, |number| story(number) + "More from our newsroom");
    let learned = corpus.learn(Profile::Default);
    let stored = serde_json::to_string(&learned).unwrap();
    assert_eq!(serde_json::from_str::<LearnedLines>(&stored).unwrap(), learned);
    let stored: Vec<StoredLine> = learned.stored().collect();
    let decided: Vec<LearnedLine> = learned.iter().filter(|line| line.rule.is_some()).copied().collect();
    assert!(!decided.is_empty());
    assert_eq!(LearnedLines::of_stored(stored), LearnedLines::from(decided));
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(32))]
    #[test]
    fn neither_order_nor_sharding_changes_what_is_learned(
        shards in proptest::collection::vec(0usize..4, 90),
        order in proptest::sample::subsequence((0usize..90).collect::<Vec<_>>(), 90).prop_shuffle(),
        lines in 60usize..600,
    ) {
        let notice = "The opinions expressed by columnists are their own and not the views of this paper.";
        let corpus = Corpus::new()
            .with("a.org", 30, |number| story(number % 20) + "More from our newsroom")
            .with("b.org", 30, |number| format!("{}{notice}\n\nFollow @writer{} on Twitter", story(number + 50), number % 3))
            .with("c.org", 30, |number| format!("{}{notice}\n\nShare this", story(1)) + &story(number + 90));
        let budget = SurveyBudget { lines, site_lines: lines / 2 };
        let mut buffer = Vec::new();
        let mut whole = LineSurvey::new(budget);
        let mut parts = vec![LineSurvey::new(budget); 4];
        for rank in 0..90 {
            let (site, text) = &corpus.documents[rank];
            observe(&mut whole, *site, rank as u64, text, &mut buffer);
            let (site, text) = &corpus.documents[order[rank]];
            observe(&mut parts[shards[rank]], *site, order[rank] as u64, text, &mut buffer);
        }
        let mut merged = parts.pop().unwrap();
        for part in &parts {
            merged.merge(part);
        }
        let learned = (whole.finish(Profile::Default, &GivenLines::default()), merged.finish(Profile::Default, &GivenLines::default()));
        proptest::prop_assert_eq!(learned.0, learned.1);
    }

    #[test]
    fn no_text_panics(texts in proptest::collection::vec("[a-c .\\n:?“@0-2é。]{0,40}", 0..12)) {
        let mut corpus = Corpus::new();
        corpus.documents = texts.into_iter().map(|text| (None, text)).collect();
        for profile in [Profile::Safe, Profile::Default, Profile::Strict] {
            let _ = corpus.removed(profile);
        }
    }
}

#[derive(Deserialize)]
struct Article {
    url: Option<String>,
    text: String,
}

#[derive(Deserialize)]
struct Labelled {
    url: String,
    lines: Vec<String>,
    /// 1 content, 0 boilerplate, −1 undecided.
    labels: Vec<i8>,
}

fn read<T: serde::de::DeserializeOwned>(name: &str) -> Option<Vec<T>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    let Ok(file) = File::open(&path) else {
        eprintln!("skipped: no {}", path.display());
        return None;
    };
    let lines = BufReader::new(zstd::Decoder::new(file).unwrap()).lines();
    Some(lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect())
}

fn learn_articles(name: &str) -> Option<(LearnedLines, Vec<Article>)> {
    let articles: Vec<Article> = read(name)?;
    let mut survey = LineSurvey::new(SurveyBudget::default());
    let mut lines = Vec::new();
    for (rank, article) in articles.iter().enumerate() {
        let site = article.url.as_deref().and_then(site::of);
        observe(&mut survey, site.as_deref(), rank as u64, &article.text, &mut lines);
    }
    Some((survey.finish(Profile::Default, &GivenLines::default()), articles))
}

/// On documents read line by line: no line of content goes, and a part of what is boilerplate does, though the markers
/// that have rules of their own are most of it.
#[test]
fn no_content_goes_from_articles_read_by_hand() {
    let Some((learned, _)) = learn_articles("articles/news-en.jsonl.zst") else { return };
    let Some(pages) = read::<Labelled>("lines/allsides_hand.jsonl.zst") else { return };
    let (mut content, mut boilerplate) = (Vec::new(), 0);
    for page in &pages {
        let text = page.lines.join("\n\n");
        let (gone, spans) = removed(&learned, site::of(&page.url).as_deref(), usize::MAX, &text);
        for (line, span) in gone.into_iter().zip(spans) {
            assert_eq!(span.of(&text), page.lines[line].trim(), "the page's lines are this text's lines");
            match page.labels[line] {
                1 => content.push(span.of(&text).to_owned()),
                0 => boilerplate += 1,
                _ => {}
            }
        }
    }
    assert_eq!(content, Vec::<String>::new());
    assert!(boilerplate >= 18, "only {boilerplate} lines of boilerplate");
}

#[derive(Deserialize)]
struct Recurring {
    label: String,
    line: String,
}

/// Of the lines that stand in ten documents and more, each labelled by reading: none of content goes from any document,
/// and of the boilerplate that no marker gives away three quarters do.
#[test]
fn lines_that_recur_go_by_their_label() {
    let Some((learned, articles)) = learn_articles("articles/news-en.jsonl.zst") else { return };
    let Some(labelled) = read::<Recurring>("lines/allsides_repeated_lines.jsonl.zst") else { return };
    let markers = ["Advertisement", "Story continued below", "Read more", "Watch"].map(line_key);
    let labelled = labelled.iter().filter(|row| !markers.contains(&line_key(&row.line)));
    let labels: FxHashMap<u64, &str> = labelled.map(|row| (line_key(&row.line), &*row.label)).collect();
    let (mut seen, mut gone) = (FxHashMap::<&str, usize>::default(), FxHashMap::<&str, usize>::default());
    let mut lines = Vec::new();
    for (rank, article) in articles.iter().enumerate() {
        read_lines(&article.text, &mut lines);
        let label = |line: usize| labels.get(&lines[line].key).copied();
        (0..lines.len()).filter_map(label).for_each(|label| *seen.entry(label).or_default() += 1);
        let site = article.url.as_deref().and_then(site::of);
        let found = removed(&learned, site.as_deref(), rank, &article.text).0;
        found.into_iter().filter_map(label).for_each(|label| *gone.entry(label).or_default() += 1);
    }
    eprintln!("seen {seen:?}, gone {gone:?}");
    assert_eq!(gone.get("content"), None);
    assert!(gone["boilerplate"] * 4 > seen["boilerplate"] * 3);
}

/// Corpora without templates, but with tables, line-ups, letters and verse, lose next to nothing.
#[test]
fn corpora_without_templates_stay_whole() {
    for (name, most) in [
        ("articles/news-pt.jsonl.zst", 0),
        ("articles/news-ar.jsonl.zst", 0),
        ("articles/newsgroups.jsonl.zst", 0),
        ("articles/bbc.jsonl.zst", 13),
    ] {
        let Some((learned, articles)) = learn_articles(name) else { return };
        let gone = |(rank, article): (usize, &Article)| {
            let site = article.url.as_deref().and_then(site::of);
            removed(&learned, site.as_deref(), rank, &article.text).0.len()
        };
        let gone: usize = articles.iter().enumerate().map(gone).sum();
        assert!(gone <= most, "{name}: {gone} lines");
    }
}

/// Of a hard-wrapped corpus only the agency's name at the end goes, which no line goes on into.
#[test]
fn a_hard_wrapped_corpus_loses_its_signature_only() {
    let Some((learned, articles)) = learn_articles("articles/reuters.jsonl.zst") else { return };
    let mut signed = 0;
    for (rank, article) in articles.iter().enumerate() {
        for span in removed(&learned, None, rank, &article.text).1 {
            assert_eq!(line_key(span.of(&article.text)), line_key("Reuter"));
            signed += 1;
        }
    }
    assert!(signed > 9_000, "only {signed}");
}
