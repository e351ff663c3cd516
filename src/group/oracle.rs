//! All related pairs, by exact means alone: what the fast way is measured by.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::config::GroupConfig;

use super::limits::{Limits, Overlap};
use super::verify::common;
use super::{GroupCounts, Pair, ShingleSource, pair_of, push_all_equals};
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
    let mut pairs = related_pairs(fingerprints.len() as u32, source, config);
    let counts = GroupCounts {
        documents: fingerprints.len() as u64,
        related: pairs.len() as u64,
        ..GroupCounts::default()
    };
    if config.exact {
        pairs.extend(equal_pairs(fingerprints));
    }
    pairs.sort_unstable_by_key(|pair| (pair.a, pair.b));
    pairs.dedup_by_key(|pair| (pair.a, pair.b));
    (pairs, counts)
}

/// All pairs of documents with the same digest.
fn equal_pairs(fingerprints: &impl Fingerprints) -> Vec<Pair> {
    let mut rows: Vec<(Digest, u32)> =
        (0..fingerprints.len() as u32).map(|document| (fingerprints.whole(document), document)).collect();
    rows.sort_unstable();
    let mut pairs = Vec::new();
    for equals in rows.chunk_by(|a, b| a.0 == b.0) {
        let documents: Vec<u32> = equals.iter().map(|row| row.1).collect();
        push_all_equals(&documents, &mut pairs);
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
    related.concat().into_iter().map(|pair| pair_of(pair.first, pair.second, pair)).collect()
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
        let pairs = candidates.into_iter().filter(|&other| is_mine(other)).map(|other| Overlap {
            first: document,
            second: other,
            first_shingles: mine.len() as u32,
            second_shingles: sets[other as usize].len() as u32,
            common: common(mine, &sets[other as usize]),
            held: (false, false),
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
