//! Documents looked up in an index: the index goes by once, what is looked up stays in memory.

use rustc_hash::FxHashMap;

use crate::config::GroupConfig;
use crate::document::Origin;
use crate::error::Result;
use crate::fingerprint::{Digest, Fingerprints, sample};
use crate::group::Kind;

use super::{DROPPED_BITS, Entry, IndexReader, units_of};

/// Documents of the index that a shingle puts forward, at most; the rest are counted.
const MOST_MET: usize = 64;
/// Pairs that a shingle puts forward, at most, where more than one document of the index has it.
const MOST_PAIRS: usize = 1 << 20;
/// Shingles of a sample from which on a share is estimated by it alone.
const LEAST_SAMPLE: u32 = 16;
/// Natural logarithm of the odds against a lower bound being wrong: a hundred to one.
const CERTAINTY: f64 = 4.605;

/// What an index holds of a document that was looked up.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Number of the document.
    pub document: u32,
    /// What it is to the indexed one: certain if exact, else by the estimates.
    pub kind: Kind,
    /// What the indexed document is called.
    pub indexed: String,
    /// Where that one came from.
    pub indexed_origin: Origin,
    /// How alike they are.
    pub scores: Scores,
}

/// Estimates from samples, and what each is at least, at odds of a hundred to one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scores {
    /// Jaccard resemblance of the shingle sets.
    pub jaccard: f64,
    /// The same, at least.
    pub jaccard_least: f64,
    /// Share of the document's shingles that the indexed one has.
    pub containment: f64,
    /// The same, at least.
    pub containment_least: f64,
}

const EQUAL: Scores = Scores { jaccard: 1.0, jaccard_least: 1.0, containment: 1.0, containment_least: 1.0 };

/// What was found, and what was done to find it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hits {
    /// The best match of each document that has one, in input order.
    pub hits: Vec<Hit>,
    /// Documents of the index.
    pub indexed: u64,
    /// Pairs whose samples were compared.
    pub compared: u64,
    /// Pairs, at most, that share a shingle and were not compared for it, since too many documents of the index have it.
    pub left_out: u64,
}

/// Looks documents up. Of several matches the exact one is the best, then the most alike, then the first of the index.
///
/// # Errors
/// When the index is damaged.
pub fn search(prints: &impl Fingerprints, index: &mut IndexReader, config: &GroupConfig) -> Result<Hits> {
    let mut search = Search::new(prints, config);
    while let Some(block) = index.next_block()? {
        search.meet(&block);
    }
    Ok(search.finish(prints))
}

struct Search<'a> {
    config: &'a GroupConfig,
    /// The first document of each digest; the others share what is found of it.
    firsts: FxHashMap<Digest, u32>,
    /// Of the first documents, by number.
    looked_up: FxHashMap<u32, LookedUp>,
    /// Who has which shingle; sorted.
    holders: Vec<(u64, u32)>,
    /// Of each shingle, at its first holder: how many documents of the index had it, too.
    met: Vec<u8>,
    found: Hits,
}

struct LookedUp {
    shingles: u32,
    units: Vec<u64>,
    best: Option<Hit>,
}

impl<'a> Search<'a> {
    fn new(prints: &impl Fingerprints, config: &'a GroupConfig) -> Self {
        let mut search = Self {
            config,
            firsts: FxHashMap::default(),
            looked_up: FxHashMap::default(),
            holders: Vec::new(),
            met: Vec::new(),
            found: Hits::default(),
        };
        for document in 0..prints.len() as u32 {
            if *search.firsts.entry(prints.whole(document)).or_insert(document) == document {
                search.look_up(document, prints);
            }
        }
        search.holders.sort_unstable();
        search.met = vec![0; search.holders.len()];
        search
    }

    fn look_up(&mut self, document: u32, prints: &impl Fingerprints) {
        let units = units_of(prints, document);
        if self.config.near || self.config.contained {
            self.holders.extend(units.iter().map(|&unit| (unit, document)));
        }
        self.looked_up.insert(document, LookedUp { shingles: prints.shingles(document), units, best: None });
    }

    /// Compares documents of the index with those that share a digest or a shingle of their samples with them.
    fn meet(&mut self, block: &[Entry]) {
        let candidates = self.candidates(block);
        for (number, entry) in (0..).zip(block) {
            self.found.indexed += 1;
            let equal = self.firsts.get(&entry.whole).copied().filter(|_| self.config.exact);
            if let Some(document) = equal {
                self.note(document, entry, Kind::Exact, EQUAL);
            }
            let from = candidates.partition_point(|pair| pair.0 < number);
            let mine = candidates[from..].iter().take_while(|pair| pair.0 == number).map(|pair| pair.1);
            mine.filter(|&document| Some(document) != equal)
                .for_each(|document| self.compare(document, entry));
        }
    }

    fn compare(&mut self, document: u32, entry: &Entry) {
        let Some(mine) = self.looked_up.get(&document) else { return };
        self.found.compared += 1;
        let scores = scores((&mine.units, mine.shingles), (&entry.units, entry.shingles));
        if let Some(kind) = self.kind(scores, mine.shingles, entry.shingles) {
            self.note(document, entry, kind, scores);
        }
    }

    /// Which entry of a block shares a shingle with which document; sorted, each pair once.
    fn candidates(&mut self, block: &[Entry]) -> Vec<(u32, u32)> {
        let units = |(number, entry): (u32, &'_ Entry)| -> Vec<(u64, u32)> {
            entry.units.iter().map(|&unit| (unit, number)).collect()
        };
        let mut sought: Vec<(u64, u32)> = (0..).zip(block).flat_map(units).collect();
        sought.sort_unstable();
        let (mut at, mut candidates) = (0, Vec::new());
        for (unit, number) in sought {
            at += self.holders[at..].partition_point(|holder| holder.0 < unit);
            let length = self.holders[at..].partition_point(|holder| holder.0 == unit);
            let holders = &self.holders[at..at + length];
            let Some(met) = self.met.get_mut(at).filter(|_| length > 0) else { continue };
            if usize::from(*met) < (MOST_PAIRS / length).clamp(1, MOST_MET) {
                *met += 1;
                candidates.extend(holders.iter().map(|holder| (number, holder.1)));
            } else {
                self.found.left_out += length as u64;
            }
        }
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }

    fn kind(&self, scores: Scores, mine: u32, theirs: u32) -> Option<Kind> {
        if self.config.near && scores.jaccard >= self.config.threshold {
            Some(Kind::Near)
        } else {
            let is_contained = mine <= theirs && scores.containment >= self.config.containment;
            (self.config.contained && is_contained).then_some(Kind::Contained)
        }
    }

    fn note(&mut self, document: u32, entry: &Entry, kind: Kind, scores: Scores) {
        let Some(mine) = self.looked_up.get_mut(&document) else { return };
        let is_better = mine.best.as_ref().is_none_or(|best| {
            let by_score = match kind {
                Kind::Contained => scores.containment > best.scores.containment,
                _ => scores.jaccard > best.scores.jaccard,
            };
            kind < best.kind || (kind == best.kind && by_score)
        });
        if is_better {
            let (indexed, indexed_origin) = (entry.name(), entry.origin.clone());
            mine.best = Some(Hit { document, kind, indexed, indexed_origin, scores });
        }
    }

    fn finish(self, prints: &impl Fingerprints) -> Hits {
        let best = |document: u32| {
            let first = self.firsts.get(&prints.whole(document))?;
            let hit = self.looked_up.get(first)?.best.clone()?;
            Some(Hit { document, ..hit })
        };
        Hits { hits: (0..prints.len() as u32).filter_map(best).collect(), ..self.found }
    }
}

/// What two samples say of two documents, each with its number of shingles.
///
/// Of the larger document, all shingles below its bound are held, and so are those of the other: an unbiased sample of both
/// (Broder 1997). If it has too few of a short document to tell how much of that is in a long one, the windows tell:
/// a known share of the shingles they share is chosen in both ([`sample::share_chosen`]).
fn scores(mine: (&[u64], u32), theirs: (&[u64], u32)) -> Scores {
    let (larger, smaller) = (mine.1.max(theirs.1), mine.1.max(1));
    let bound = sample::bound(larger);
    let is_whole = bound == u64::MAX;
    let (drawn, met) = (below(mine.0, bound), below(theirs.0, bound));
    let common = crate::group::common(drawn, met);
    let union = (drawn.len() + met.len()) as u32 - common;
    let least = |part, whole| if is_whole { share(part, whole) } else { at_least(part, whole) };
    let shared = share(crate::group::common(mine.0, theirs.0), smaller);
    let by_sample = share(common, drawn.len() as u32);
    let containment = if is_whole || drawn.len() as u32 >= LEAST_SAMPLE {
        by_sample
    } else {
        by_windows(mine, theirs).unwrap_or(by_sample)
    };
    Scores {
        jaccard: share(common, union),
        jaccard_least: least(common, union),
        containment: containment.max(shared),
        containment_least: least(common, drawn.len() as u32).max(shared),
    }
}

/// Share of the first document in the second, estimated from the shingles of its sample that the windows of both chose.
fn by_windows(mine: (&[u64], u32), theirs: (&[u64], u32)) -> Option<f64> {
    let drawn = below(mine.0, sample::bound(mine.1));
    let common = crate::group::common(drawn, theirs.0);
    let below = f64::from(sample::SAMPLE.min(mine.1)) / f64::from(mine.1.max(1));
    let held = sample::share_chosen(super::WINDOW, mine.1) / below;
    let expected = held * drawn.len() as f64;
    (expected > 0.0).then(|| (f64::from(common) / expected).min(1.0))
}

fn below(units: &[u64], bound: u64) -> &[u64] {
    if bound == u64::MAX {
        units
    } else {
        &units[..units.partition_point(|&unit| unit < bound >> DROPPED_BITS)]
    }
}

fn share(part: u32, whole: u32) -> f64 {
    if whole == 0 { 0.0 } else { f64::from(part) / f64::from(whole) }
}

/// The least share of which `common` of `drawn` or more are drawn with a probability of one in a hundred or more, or less than
/// that share: the Chernoff bound (Hoeffding 1963, theorem 1).
fn at_least(common: u32, drawn: u32) -> f64 {
    let seen = share(common, drawn);
    let (mut low, mut high) = (0.0, seen);
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        if f64::from(drawn) * divergence(seen, middle) > CERTAINTY { low = middle } else { high = middle }
    }
    low
}

/// The Kullback–Leibler divergence of a share seen from a smaller one expected, in nats.
fn divergence(seen: f64, expected: f64) -> f64 {
    let part = |share: f64, of: f64| if share > 0.0 { share * (share / of).ln() } else { 0.0 };
    part(seen, expected) + part(1.0 - seen, 1.0 - expected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, FingerprintConfig};
    use crate::fingerprint::{self, Fingerprint, Scratch};
    use crate::index::config_for;

    fn print(words: impl Iterator<Item = u32>) -> Fingerprint {
        let text: Vec<String> = words.map(|word| format!("w{word}")).collect();
        let config: FingerprintConfig = config_for(&Config::default()).fingerprint;
        fingerprint::of(&text.join(" "), &config, &mut Scratch::default())
    }

    fn scores_of(mine: &Fingerprint, theirs: &Fingerprint) -> Scores {
        let units = |print: &Fingerprint| units_of(&vec![print.clone()], 0);
        scores((&units(mine), mine.shingles), (&units(theirs), theirs.shingles))
    }

    fn entry(number: u64, print: &Fingerprint) -> Entry {
        let origin = Origin { path: "old".into(), record: number, offset: 0 };
        Entry::new(&vec![print.clone()], 0, (0, format!("old-{number}"), origin))
    }

    #[test]
    fn lower_bounds_are_known_at_some_points() {
        assert!(at_least(0, 64).abs() < 1e-9);
        // −64 · ln(p) = ln(100).
        assert!((at_least(64, 64) - (-CERTAINTY / 64.0).exp()).abs() < 1e-9);
        assert!((0.60..0.70).contains(&at_least(51, 64)), "{}", at_least(51, 64));
        assert!(at_least(510, 640) > at_least(51, 64));
    }

    #[test]
    fn estimates_lie_about_the_truth_and_bounds_below_it() {
        let mut under = 0;
        for at in 0..50_u32 {
            let from = at * 10_000;
            let mine = print(from..from + 1000);
            let theirs = print((from..from + 940).chain(from + 5000..from + 5060));
            let found = scores_of(&mine, &theirs);
            let truth = 936.0 / (996.0 + 996.0 - 936.0);
            assert!((found.jaccard - truth).abs() < 0.2, "{found:?}");
            under += u32::from(found.jaccard_least <= truth && found.containment_least <= 0.94);
        }
        assert!(under >= 49, "{under} of 50");
    }

    #[test]
    fn short_texts_are_known_in_full() {
        let found = scores_of(&print(0..44), &print(4..44));
        assert!((found.jaccard - 36.0 / 40.0).abs() < 1e-12 && (found.jaccard_least - 0.9).abs() < 1e-12);
        assert!((found.containment - 0.9).abs() < 1e-12);
    }

    #[test]
    fn the_best_match_is_told_once_for_each_document() {
        let prints = vec![print(0..500), print(100..180), print(9000..9400), print(0..500)];
        let config = Config::default().group;
        let mut all = Search::new(&prints, &config);
        let others = [print((0..480).chain(7000..7020)), print(0..5000), print(0..500), print(3000..3500)];
        (1..).zip(&others).for_each(|(number, other)| all.meet(&[entry(number, other)]));
        let search = all.finish(&prints);
        let told: Vec<_> =
            search.hits.iter().map(|hit| (hit.document, hit.kind, hit.indexed.as_str())).collect();
        assert_eq!(told[0], (0, Kind::Exact, "old-3"));
        assert_eq!((told[1].0, told[1].1), (1, Kind::Contained));
        assert_eq!(told[2], (3, Kind::Exact, "old-3"));
        assert_eq!((told.len(), search.indexed), (3, 4));
    }

    #[test]
    fn a_crowd_in_the_index_costs_a_few_comparisons() {
        let config = Config::default().group;
        let prints: Vec<Fingerprint> =
            (0..50).map(|at| print((0..30).chain(at * 1000..at * 1000 + 300))).collect();
        let mut search = Search::new(&prints, &config);
        let other = |at: u32| (0..30).chain(900_000 + at * 400..900_000 + at * 400 + 300);
        for part in 0..20 {
            let block: Vec<Entry> =
                (part * 100..part * 100 + 100).map(|at| entry(u64::from(at), &print(other(at)))).collect();
            search.meet(&block);
        }
        let shared = 30;
        assert!(search.found.compared <= 50 * MOST_MET as u64 * shared, "{}", search.found.compared);
        assert!(search.found.left_out > 0);
    }
}
