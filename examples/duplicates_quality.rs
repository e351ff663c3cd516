//! Duplicates measured on labelled data: `cargo run --release --example duplicates_quality`.
//!
//! Prints the tables of `docs/quality-duplicates.md`. The data are looked for in `../shared/data`.
#![expect(clippy::print_stdout, reason = "printing tables is what it is for")]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tamis::config::{Config, Measure, NormalizeConfig};
use tamis::job::{Job, Output};
use tamis::listing::Listing;
use tamis::progress::Silent;
use tamis::report::rows::{DuplicateRow, PairRow};
use tempfile::TempDir;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const CORPORA: [&str; 10] = [
    "news-en",
    "news-de",
    "news-african",
    "reuters",
    "news-pt",
    "bbc",
    "newsgroups",
    "news-mojibake",
    "news-en-small",
    "news-en-mixed",
];

/// A pair of the truth.
#[derive(Deserialize)]
struct TruePair {
    a: String,
    b: String,
    jaccard: f64,
    label: Option<String>,
}

/// A planted document.
#[derive(Deserialize)]
struct Planted {
    id: String,
    group: serde_json::Value,
    edits: Vec<String>,
    /// With the original; a template has none.
    jaccard: Option<f64>,
}

fn main() -> Result<()> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if !data.exists() {
        println!("nothing measured: {} is not there", data.display());
        return Ok(());
    }
    let bench = Bench { data, folder: tempfile::tempdir()? };
    bench.all_pairs()?;
    bench.fates()?;
    bench.planted()?;
    bench.others()?;
    bench.second_runs()
}

struct Bench {
    data: PathBuf,
    folder: TempDir,
}

impl Bench {
    fn articles(&self, corpus: &str) -> PathBuf {
        self.data.join(format!("articles/{corpus}.jsonl.zst"))
    }

    fn labelled(&self, name: &str) -> PathBuf {
        self.data.join(format!("labelled/{name}.jsonl.zst"))
    }

    fn truth(&self, corpus: &str) -> Result<Vec<TruePair>> {
        rows(&self.data.join(format!("pairs/{corpus}.jsonl")))
    }

    fn list<R: for<'de> Deserialize<'de>>(
        &self,
        input: &Path,
        config: &Config,
        listing: Listing,
    ) -> Result<Vec<R>> {
        let path = self.folder.path().join("list.jsonl");
        let job = Job {
            inputs: vec![input.to_string_lossy().into_owned()],
            output: Some(Output::File(path.clone())),
            ..Job::default()
        };
        tamis::dups(config, &job, listing, &Silent)?;
        rows(&path)
    }

    fn pairs(&self, input: &Path, config: &Config) -> Result<BTreeSet<(String, String)>> {
        let rows: Vec<PairRow> = self.list(input, config, Listing::Pairs)?;
        Ok(rows.into_iter().map(|row| ordered(row.a, row.b)).collect())
    }

    fn removals(&self, input: &Path, config: &Config) -> Result<Vec<DuplicateRow>> {
        self.list(input, config, Listing::Removals)
    }

    /// Recall of all pairs above a threshold, nothing stripped.
    fn all_pairs(&self) -> Result<()> {
        println!("## All pairs, nothing stripped\n");
        println!("| corpus | 0.6 | 0.7 | 0.8 | 0.9 |\n|---|---|---|---|---|");
        for corpus in CORPORA {
            let truth = self.truth(corpus)?;
            print!("| {corpus} |");
            for threshold in [0.6, 0.7, 0.8, 0.9] {
                let mut config = unstripped();
                config.group.contained = false;
                config.group.threshold = threshold;
                let found = self.pairs(&self.articles(corpus), &config)?;
                let truth: Vec<&TruePair> = truth.iter().filter(|pair| pair.jaccard >= threshold).collect();
                let hit = truth.iter().filter(|pair| found.contains(&ordered(&pair.a, &pair.b))).count();
                print!(" {hit} of {} |", truth.len());
            }
            println!();
        }
        Ok(())
    }

    /// What becomes of labelled pairs.
    fn fates(&self) -> Result<()> {
        println!("\n## Labelled pairs: one of the two goes\n");
        println!(
            "| label | Jaccard | pairs | not stripped | stripped | aligned |\n|---|---|---|---|---|---|"
        );
        let mut fates: BTreeMap<(String, bool), [usize; 4]> = BTreeMap::new();
        for corpus in CORPORA {
            let removed = |config: &Config| -> Result<BTreeSet<String>> {
                Ok(self.removals(&self.articles(corpus), config)?.into_iter().map(|row| row.id).collect())
            };
            let (whole, stripped) = (removed(&unstripped())?, removed(&Config::default())?);
            let by_alignment = removed(&aligned())?;
            for pair in self.truth(corpus)? {
                let label = pair.label.clone().unwrap_or_else(|| "no label".into());
                let fate = fates.entry((label, pair.jaccard >= 0.8)).or_default();
                let goes =
                    |removed: &BTreeSet<String>| removed.contains(&pair.a) || removed.contains(&pair.b);
                fate[0] += 1;
                fate[1] += usize::from(goes(&whole));
                fate[2] += usize::from(goes(&stripped));
                fate[3] += usize::from(goes(&by_alignment));
            }
        }
        for ((label, is_near), [pairs, whole, stripped, aligned]) in fates {
            let range = if is_near { "0.8 and more" } else { "0.5 to 0.8" };
            println!("| {label} | {range} | {pairs} | {whole} | {stripped} | {aligned} |");
        }
        Ok(())
    }

    /// Planted variants by kind of edit.
    fn planted(&self) -> Result<()> {
        let input = self.labelled("planted_duplicates");
        let planted: Vec<Planted> = rows(&input)?;
        let (config, whole) = (Config::default(), unstripped());
        let found = self.pairs(&input, &config)?;
        let bases: BTreeMap<String, &Planted> = planted
            .iter()
            .filter(|document| document.edits.is_empty())
            .map(|document| (document.group.to_string(), document))
            .collect();
        let gone = |config: &Config| -> Result<BTreeSet<String>> {
            Ok(self.removals(&input, config)?.into_iter().map(|row| row.id).collect())
        };
        let (removed, removed_whole, removed_aligned) = (gone(&config)?, gone(&whole)?, gone(&aligned())?);
        let mut kinds: BTreeMap<&str, [usize; 6]> = BTreeMap::new();
        for document in planted.iter().filter(|document| !document.edits.is_empty()) {
            let base = bases.get(&document.group.to_string());
            let is_related = base.is_some_and(|base| found.contains(&ordered(&base.id, &document.id)));
            let goes = |removed: &BTreeSet<String>| {
                removed.contains(&document.id) || base.is_some_and(|base| removed.contains(&base.id))
            };
            for edit in &document.edits {
                let kind = kinds.entry(edit).or_default();
                kind[0] += 1;
                kind[1] += usize::from(document.jaccard.is_some_and(|jaccard| jaccard >= 0.8));
                kind[2] += usize::from(is_related);
                kind[3] += usize::from(goes(&removed));
                kind[4] += usize::from(goes(&removed_whole));
                kind[5] += usize::from(goes(&removed_aligned));
            }
        }
        println!("\n## Planted variants, by edit (a variant may have several)\n");
        println!(
            "| edit | variants | Jaccard 0.8 and more as they came | related once stripped | variant or original goes | the same, nothing stripped | the same, aligned |"
        );
        println!("|---|---|---|---|---|---|---|");
        for (kind, [all, near, related, gone, whole, aligned]) in kinds {
            println!("| {kind} | {all} | {near} | {related} | {gone} | {whole} | {aligned} |");
        }
        Ok(())
    }

    /// The other labelled sets.
    fn others(&self) -> Result<()> {
        println!("\n## Other labelled sets\n");
        let tutorial = self.pairs(&self.labelled("minhash_tutorial_100"), &unstripped())?;
        let truth = std::fs::read_to_string(self.data.join("labelled/minhash_tutorial_100.truth"))?;
        let truth: Vec<(&str, &str)> = truth.lines().filter_map(|line| line.trim().split_once(' ')).collect();
        let hit = truth.iter().filter(|(a, b)| tutorial.contains(&ordered(*a, *b))).count();
        println!(
            "minhash_tutorial_100: {hit} of {} planted pairs, {} found in all",
            truth.len(),
            tutorial.len()
        );

        let mut config = unstripped();
        config.group.threshold = 0.5;
        let input = self.labelled("ndd_R8");
        let labelled: Vec<serde_json::Value> = rows(&input)?;
        let labelled: BTreeSet<&str> = labelled
            .iter()
            .filter(|record| record["labelled_duplicate"] == true)
            .filter_map(|record| record["id"].as_str())
            .collect();
        let found = self.pairs(&input, &config)?;
        let named: BTreeSet<&str> = found.iter().flat_map(|(a, b)| [a.as_str(), b.as_str()]).collect();
        println!(
            "ndd_R8 at 0.5: {} of {} labelled duplicates have a partner",
            labelled.intersection(&named).count(),
            labelled.len()
        );
        self.stories()
    }

    /// Pairs on the same story: not the same text.
    fn stories(&self) -> Result<()> {
        let pairs: Vec<serde_json::Value> = rows(&self.labelled("tgcontest_pairs"))?;
        let corpus = self.folder.path().join("stories.jsonl");
        let mut lines = String::new();
        for (at, pair) in pairs.iter().enumerate() {
            for side in ["a", "b"] {
                let record = serde_json::json!({ "id": format!("{at} {side}"), "text": pair[side]["text"] });
                lines += &record.to_string();
                lines.push('\n');
            }
        }
        std::fs::write(&corpus, lines)?;
        for (measure, config) in [("shingles", Config::default()), ("alignment", aligned())] {
            let removed = self.removals(&corpus, &config)?;
            for label in ["same_story", "different"] {
                let of_label: Vec<usize> =
                    (0..pairs.len()).filter(|&at| pairs[at]["label"] == label).collect();
                let is_joined = |at: &&usize| {
                    let sides = [format!("{at} a"), format!("{at} b")];
                    removed.iter().any(|row| sides.contains(&row.id) && sides.contains(&row.survivor))
                };
                println!(
                    "tgcontest_pairs, {label}, by {measure}: one of the two goes in {} of {}",
                    of_label.iter().filter(is_joined).count(),
                    of_label.len()
                );
            }
        }
        Ok(())
    }

    /// What a second run finds in the output of the first.
    fn second_runs(&self) -> Result<()> {
        println!("\n## A second run on the output\n");
        println!("| corpus | documents | removed | removed by a second run |\n|---|---|---|---|");
        for corpus in CORPORA {
            let (first, second) = (self.folder.path().join("1.jsonl"), self.folder.path().join("2.jsonl"));
            let clean = |input: &Path, output: &Path| {
                let job = Job {
                    inputs: vec![input.to_string_lossy().into_owned()],
                    output: Some(Output::File(output.to_path_buf())),
                    ..Job::default()
                };
                tamis::clean(&Config::default(), &job, &Silent)
            };
            let before = clean(&self.articles(corpus), &first)?.summary.counts;
            let after = clean(&first, &second)?.summary.counts;
            println!("| {corpus} | {} | {} | {} |", before.read, before.removed, after.removed);
        }
        Ok(())
    }
}

/// The defaults of `--measure alignment`.
fn aligned() -> Config {
    let mut config = Config::default();
    config.group.measure = Measure::Alignment;
    (config.group.threshold, config.group.containment) = Measure::Alignment.thresholds();
    config
}

/// Nothing taken out and nothing put in normal form.
fn unstripped() -> Config {
    let mut config = Config::default();
    config.strip.enabled = false;
    config.normalize = NormalizeConfig {
        nfc: false,
        line_ends: false,
        trailing_space: false,
        invisible: false,
        spaces: false,
        entities: false,
        mojibake: false,
    };
    config
}

fn ordered(a: impl Into<String>, b: impl Into<String>) -> (String, String) {
    let (a, b) = (a.into(), b.into());
    if a < b { (a, b) } else { (b, a) }
}

fn rows<R: for<'de> Deserialize<'de>>(path: &Path) -> Result<Vec<R>> {
    let mut text = String::new();
    tamis::read::unpack(path)?.read_to_string(&mut text)?;
    text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}
