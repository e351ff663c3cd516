//! All pairs of related documents, to be listed.

use crate::config::Measure;
use crate::fingerprint::Fingerprints;

use super::limits::Overlap;
use super::pairing::{PairKey, key};
use super::search::Search;
use super::verify::{ShingleSet, overlaps};
use super::{Kind, LISTED, Pair, ShingleSource, pairs_among};

impl Search<'_> {
    /// The related pairs, with all documents that equal those of a pair in their stead.
    pub(super) fn pairs_of_classes<S: ShingleSource>(
        &mut self,
        fingerprints: &impl Fingerprints,
        source: &S,
    ) -> Vec<Pair> {
        let classes = self.classes();
        let mut found = Vec::new();
        for (first, class) in (0..).zip(&classes).filter(|(_, class)| class.len() > 1) {
            let shingles = fingerprints.shingles(self.order.document(first));
            if Kind::of_equals(shingles, &self.config).is_some() {
                self.counts.left_out += push_equals(class, self.config.measure, &mut found);
            }
        }
        for pair in self.judged(source) {
            let (first, second) =
                (&classes[pair.shingles.first as usize], &classes[pair.shingles.second as usize]);
            if first.len().saturating_mul(second.len()) <= LISTED * LISTED {
                found.extend(first.iter().flat_map(|&a| second.iter().map(move |&b| pair.of(a, b))));
            } else {
                found.extend(second.iter().map(|&b| pair.of(first[0], b)));
                found.extend(first[1..].iter().map(|&a| pair.of(a, second[0])));
                self.counts.left_out += (first.len() as u64 - 1) * (second.len() as u64 - 1);
            }
        }
        found
    }

    /// The related pairs with what is told of them.
    fn judged<S: ShingleSource>(&self, source: &S) -> Vec<Judged> {
        if self.config.measure == Measure::Shingles {
            return self.related.held().iter().map(|&shingles| Judged { shingles, aligned: None }).collect();
        }
        let keys: Vec<PairKey> =
            self.related.held().iter().map(|pair| key(pair.first, pair.second)).collect();
        let shingles = overlaps::<ShingleSet, S>(&keys, &self.order, source);
        let judged = self.related.held().iter().zip(shingles);
        judged.map(|(&aligned, shingles)| Judged { shingles, aligned: Some(aligned) }).collect()
    }

    /// For each place that is the first of equals, their documents; empty for the others.
    fn classes(&self) -> Vec<Vec<u32>> {
        let mut classes = vec![Vec::new(); self.first_equals.len()];
        for (place, &first) in (0..).zip(&self.first_equals) {
            classes[first as usize].push(self.order.document(place));
        }
        classes
    }
}

/// Appends all pairs of equal documents, or those with the first where they are too many; returns how many are missing.
fn push_equals(class: &[u32], measure: Measure, found: &mut Vec<Pair>) -> u64 {
    if class.len() > LISTED {
        found.extend(class[1..].iter().map(|&other| equal_pair(class[0], other, measure)));
        return pairs_among(class.len() - 1);
    }
    push_all_equals(class, measure, found);
    0
}

pub(super) fn push_all_equals(class: &[u32], measure: Measure, found: &mut Vec<Pair>) {
    for (at, &a) in class.iter().enumerate() {
        found.extend(class[at + 1..].iter().map(|&b| equal_pair(a, b, measure)));
    }
}

fn equal_pair(a: u32, b: u32, measure: Measure) -> Pair {
    let aligned = (measure == Measure::Alignment).then_some(1.0);
    Pair {
        a: a.min(b),
        b: a.max(b),
        jaccard: 1.0,
        containment_a: 1.0,
        containment_b: 1.0,
        alignment: aligned,
        alignment_a: aligned,
        alignment_b: aligned,
    }
}

/// A related pair by its shingles and, if that is the measure, aligned.
#[derive(Clone, Copy)]
pub(super) struct Judged {
    pub(super) shingles: Overlap,
    pub(super) aligned: Option<Overlap>,
}

impl Judged {
    /// The pair of two documents that stand for its first and its second place.
    pub(super) fn of(self, first: u32, second: u32) -> Pair {
        let Self { shingles, aligned } = self;
        let places = (shingles.first, shingles.second);
        let (a, b) = if first < second { places } else { (places.1, places.0) };
        Pair {
            a: first.min(second),
            b: first.max(second),
            jaccard: shingles.jaccard(),
            containment_a: shingles.containment_of(a),
            containment_b: shingles.containment_of(b),
            alignment: aligned.map(Overlap::jaccard),
            alignment_a: aligned.map(|pair| pair.containment_of(a)),
            alignment_b: aligned.map(|pair| pair.containment_of(b)),
        }
    }
}
