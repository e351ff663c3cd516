//! The stages that see every byte, one at a time: `cargo bench --bench stages`.

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tamis::config::{Config, StripConfig};
use tamis::fingerprint::Scratch;
use tamis::strip::link_text::Cues;
use tamis::strip::{CompiledRules, NoKnowledge};
use tamis::{fingerprint, fold, normalize, strip};

criterion_group!(stages, stage_benches);
criterion_main!(stages);

const LANGUAGE: Option<&str> = Some("en");

fn stage_benches(criterion: &mut Criterion) {
    let rules = CompiledRules::new(&StripConfig::default()).unwrap_or_else(|error| panic!("{error}"));
    for (name, texts) in corpora() {
        let mut bench = Bench { criterion: &mut *criterion, corpus: name, texts: &texts };
        normalizing(&mut bench);
        folding(&mut bench);
        stripping(&mut bench, &rules);
        surveying(&mut bench);
        fingerprinting(&mut bench);
    }
}

/// Texts by which stages are measured, and where the numbers go.
struct Bench<'a> {
    criterion: &'a mut Criterion,
    corpus: &'static str,
    texts: &'a [String],
}

impl Bench<'_> {
    /// Measures `stage` on all texts, one after another.
    fn stage(&mut self, name: &str, mut stage: impl FnMut(&str)) {
        let bytes: usize = self.texts.iter().map(String::len).sum();
        let mut group = self.criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_with_input(BenchmarkId::from_parameter(self.corpus), self.texts, |bencher, texts| {
            bencher.iter(|| texts.iter().for_each(|text| stage(text)));
        });
        group.finish();
    }
}

fn normalizing(bench: &mut Bench<'_>) {
    let config = Config::default().normalize;
    bench.stage("normalize::find", |text| {
        black_box(normalize::find(text, &config, LANGUAGE));
    });
}

fn folding(bench: &mut Bench<'_>) {
    let mut folded = fold::FoldedText::default();
    bench.stage("fold::FoldedText::push", |text| {
        folded.clear(1 << 20);
        folded.push(text);
        black_box(&folded);
    });
}

fn stripping(bench: &mut Bench<'_>, rules: &CompiledRules) {
    bench.stage("strip::find_hits", |text| {
        black_box(strip::find_hits(text, LANGUAGE, rules));
    });
    bench.stage("strip::find_hits + decide", |text| {
        let hits = strip::find_hits(text, LANGUAGE, rules);
        black_box(strip::decide(text, &hits, None, rules, &NoKnowledge, &[]));
    });
    let cues = Cues::default();
    bench.stage("strip::link_text::find", |text| {
        black_box(strip::link_text::find(text, &cues));
    });
}

fn surveying(bench: &mut Bench<'_>) {
    let mut lines = Vec::new();
    bench.stage("strip::learn::read_lines", |text| {
        strip::learn::read_lines(text, &mut lines);
        black_box(&lines);
    });
    bench.stage("strip::link_text::CueSurvey::observe", |text| {
        let mut survey = strip::link_text::CueSurvey::default();
        survey.observe(text);
        black_box(survey);
    });
}

fn fingerprinting(bench: &mut Bench<'_>) {
    let config = Config::default().fingerprint;
    let mut scratch = Scratch::default();
    bench.stage("fingerprint::of", |text| {
        black_box(fingerprint::of(text, &config, &mut scratch));
    });
}

/// The texts to measure on, by name: made ones, and scraped articles where they are at hand.
fn corpora() -> Vec<(&'static str, Vec<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/seeds");
    let seeds = ["000_8c777a3a0d86e8b6.txt", "003_b69baae21bb15ee1.txt"];
    let seeds: Vec<String> =
        seeds.iter().filter_map(|name| std::fs::read_to_string(folder.join(name)).ok()).collect();
    let mut corpora = vec![("made", (0..100).map(article).collect())];
    if !seeds.is_empty() {
        corpora.push(("scraped", seeds));
    }
    corpora
}

/// A made article: some 25 paragraphs of plain sentences, a few lines of boilerplate, a pop-up, typographic quotes.
fn article(number: u64) -> String {
    let mut dice = Dice(number);
    let mut text = String::new();
    for paragraph in 0..25 {
        if paragraph % 9 == 4 {
            let line =
                dice.choose(&["ADVERTISEMENT", "Story continues below", "Share this article", "Read more"]);
            text += line;
            text += "\n\n";
        }
        for _ in 0..=dice.roll(3) {
            sentence(&mut dice, &mut text);
        }
        text.truncate(text.trim_end().len());
        text += "\n\n";
    }
    text += "Follow us on Twitter\n";
    text
}

fn sentence(dice: &mut Dice, text: &mut String) {
    let (person, verb, place) = (dice.choose(&PEOPLE), dice.choose(&VERBS), dice.choose(&PLACES));
    let (first, second) = (dice.choose(&THINGS), dice.choose(&THINGS));
    let year = 1990 + dice.roll(30);
    // A formatting error of a string cannot happen.
    let _ = match dice.roll(40) {
        0 => write!(
            text,
            "President {person}{person}{first} to reach {place} by {year} MORE {verb} the {second}. "
        ),
        1..8 => write!(
            text,
            "“We know that the {first} {verb} it,” {person} said in {place}, “and the {second} too.” "
        ),
        8..16 => write!(
            text,
            "In {year} the {first} of {place} {verb} a {second}, which {person} had not expected. "
        ),
        16..28 => write!(
            text,
            "{person}, who lives in {place}, {verb} both the {first} and the {second} on Monday. "
        ),
        _ => write!(
            text,
            "The {first} then {verb} {} of every {} {second}s near {place}. ",
            dice.roll(90),
            year
        ),
    };
}

const PEOPLE: [&str; 6] =
    ["Ann Baker", "José Ortega", "Mary Ellen O’Neill", "Dr. Li", "the mayor", "Tom van Dyke"];
const VERBS: [&str; 8] =
    ["has seen", "reported", "would rather keep", "lost", "described", "paid for", "turned down", "repaired"];
const PLACES: [&str; 8] = [
    "Springfield",
    "the old harbour",
    "São Paulo",
    "New York",
    "the north",
    "Zürich",
    "a village",
    "the court",
];
const THINGS: [&str; 12] = [
    "bridge",
    "budget",
    "library",
    "river",
    "school board",
    "committee",
    "letter",
    "election",
    "orchard",
    "railway station",
    "vaccine",
    "neighbourhood",
];

/// Numbers that look random and are the same in every run: splitmix64.
struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }

    fn choose<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len() as u64) as usize]
    }
}
