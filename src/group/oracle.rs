//! All related pairs, by exact means alone: what the fast way is measured by.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::config::{GroupConfig, Measure};

use super::align::AlignedText;
use super::limits::{Limits, Overlap};
use super::listed::{Judged, push_all_equals};
use super::verify::{Compared, ShingleSet, common};
use super::{GroupCounts, Pair, ShingleSource};
use crate::fingerprint::{Digest, Fingerprints};

/// Every pair of documents that are equal, or at or above a threshold, in input order; no sketch, no sample, no cap.
///
/// By prefix filter (Chaudhuri, Ganti and Kaushik 2006; Bayardo, Ma and Srikant 2007): if at least a share *s* of a
/// set of *n* lies in another, then one of any *n* − ⌈*s n*⌉ + 1 of its members does. The rarest are looked up
/// among all members of all sets that are not smaller. Holds all sets and an index of them in memory, about 30 bytes a
/// shingle: meant for tests, and for corpora of some ten thousand documents.
pub fn exhaustive_pairs<S: ShingleSource>(
    fingerprints: &impl Fingerprints,
    source: &S,
    config: &GroupConfig,
) -> (Vec<Pair>, GroupCounts) {
    let documents = fingerprints.len() as u32;
    let mut pairs = match config.measure {
        Measure::Shingles => related_pairs(documents, source, config),
        Measure::Alignment => aligned_pairs(documents, source, config),
    };
    let counts = GroupCounts {
        documents: fingerprints.len() as u64,
        related: pairs.len() as u64,
        ..GroupCounts::default()
    };
    if config.exact {
        pairs.extend(equal_pairs(fingerprints, config.measure));
    }
    pairs.sort_unstable_by_key(|pair| (pair.a, pair.b));
    pairs.dedup_by_key(|pair| (pair.a, pair.b));
    (pairs, counts)
}

/// All pairs of documents with the same digest.
fn equal_pairs(fingerprints: &impl Fingerprints, measure: Measure) -> Vec<Pair> {
    let mut rows: Vec<(Digest, u32)> =
        (0..fingerprints.len() as u32).map(|document| (fingerprints.whole(document), document)).collect();
    rows.sort_unstable();
    let mut pairs = Vec::new();
    for equals in rows.chunk_by(|a, b| a.0 == b.0) {
        let documents: Vec<u32> = equals.iter().map(|row| row.1).collect();
        push_all_equals(&documents, measure, &mut pairs);
    }
    pairs
}

/// All pairs at or above a threshold, in no order.
fn related_pairs<S: ShingleSource>(documents: u32, source: &S, config: &GroupConfig) -> Vec<Pair> {
    let limits = Limits::new(config);
    if limits.are_off() {
        return Vec::new();
    }
    let sets: Vec<Vec<u64>> = (0..documents)
        .into_par_iter()
        .map(|document| {
            let mut set = Vec::new();
            source.shingles(document, &mut set);
            set
        })
        .collect();
    let holders = Holders::new(&sets);
    let related: Vec<Vec<Overlap>> =
        (0..documents).into_par_iter().map(|document| holders.related_to(document, &sets, limits)).collect();
    let judged = |shingles: Overlap| Judged { shingles, aligned: None }.of(shingles.first, shingles.second);
    related.concat().into_iter().map(judged).collect()
}

/// All pairs at or above a threshold when each text is aligned with each other one, in no order.
fn aligned_pairs<S: ShingleSource>(documents: u32, source: &S, config: &GroupConfig) -> Vec<Pair> {
    let limits = Limits::new(config);
    let (texts, sets): (Vec<AlignedText>, Vec<ShingleSet>) =
        (made(documents, source), made(documents, source));
    let related_to = |document: u32| -> Vec<Pair> {
        let mine = document as usize;
        let aligned = |other: u32| texts[mine].compare(document, &texts[other as usize], other);
        let related = (document + 1..documents).map(aligned).filter(|&pair| limits.relate(pair));
        let judged = related.map(|pair| Judged {
            shingles: sets[mine].compare(document, &sets[pair.second as usize], pair.second),
            aligned: Some(pair),
        });
        judged.map(|pair| pair.of(pair.shingles.first, pair.shingles.second)).collect()
    };
    (0..documents).into_par_iter().flat_map_iter(related_to).collect()
}

fn made<C: Compared, S: ShingleSource>(documents: u32, source: &S) -> Vec<C> {
    let make = |document: u32| {
        let mut made = C::default();
        made.fill(document, source);
        made
    };
    (0..documents).into_par_iter().map(make).collect()
}

/// Who holds each shingle that more than one document holds.
struct Holders {
    rows: Vec<(u64, u32)>,
    /// Where the rows of a shingle start, and how many there are.
    of: FxHashMap<u64, (usize, usize)>,
}

impl Holders {
    fn new(sets: &[Vec<u64>]) -> Self {
        let mut rows: Vec<(u64, u32)> = (0..)
            .zip(sets)
            .flat_map(|(document, set)| set.iter().map(move |&hash| (hash, document)))
            .collect();
        rows.par_sort_unstable();
        let mut of = FxHashMap::default();
        let mut start = 0;
        for run in rows.chunk_by(|a, b| a.0 == b.0) {
            if run.len() > 1 {
                of.insert(run[0].0, (start, run.len()));
            }
            start += run.len();
        }
        Self { rows, of }
    }

    /// The pairs of `document` with others that are larger, or as large and later.
    fn related_to(&self, document: u32, sets: &[Vec<u64>], limits: Limits) -> Vec<Overlap> {
        let mine = &sets[document as usize];
        let mut candidates: Vec<u32> =
            self.rarest(mine, limits).flat_map(|row| self.documents(row)).collect();
        candidates.sort_unstable();
        candidates.dedup();
        let is_mine = |other: u32| (sets[other as usize].len(), other) > (mine.len(), document);
        let pairs = candidates.into_iter().filter(|&other| is_mine(other)).map(|other| {
            let theirs = &sets[other as usize];
            Overlap::new((document, mine.len() as u32), (other, theirs.len() as u32), common(mine, theirs))
        });
        pairs.filter(|&pair| limits.relate(pair)).collect()
    }

    /// The places in the index of as many of the rarest members of a set as a related one cannot do without.
    fn rarest(&self, set: &[u64], limits: Limits) -> impl Iterator<Item = (usize, usize)> {
        let mut places: Vec<(usize, usize)> =
            set.iter().map(|hash| self.of.get(hash).copied().unwrap_or((0, 0))).collect();
        places.sort_unstable_by_key(|&(start, length)| (length, start));
        let share = limits.least_share(1, 1).min(limits.least_share(set.len() as u32, set.len() as u32));
        let needed = (share * set.len() as f64 - 1e-6).ceil().max(1.0) as usize;
        let prefix = (set.len() + 1).saturating_sub(needed);
        places.into_iter().take(prefix)
    }

    fn documents(&self, (start, length): (usize, usize)) -> impl Iterator<Item = u32> {
        self.rows[start..start + length].iter().map(|row| row.1)
    }
}
