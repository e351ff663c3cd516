//! How many related pairs are missed, by calculation.

use crate::config::{FingerprintConfig, GroupConfig};
use crate::fingerprint::sample::SAMPLE;

/// The share of related pairs that dismissal by sample may cost.
const DISMISSED: f64 = 1e-6;

/// Upper bounds of the probability that a pair just at a threshold is not found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MissRate {
    /// Of a pair of near-duplicates.
    pub near: f64,
    /// Of a document contained in another.
    pub contained: f64,
}

/// The miss rates for pairs whose shorter document has `shingles` distinct shingles.
///
/// *Near.* Of the larger of two, each shingle below its bound is chosen in both: one of *n* / 64. A pair of sizes *a* ≤
/// *b* at Jaccard *t* has *t* / (1 + *t*) · (*a* + *b*) in common, so at least 64 · *t* of these are chosen on average, the
/// least when *b* = *a* / *t*; with independent hashes none is with a probability below e^(−64 *t*). Documents of
/// up to 64 shingles are kept whole and missed never.
///
/// *Contained.* Of a longer text, however long, nothing but the least hash of each window is sure to be chosen. A shingle
/// that is below the bound of the shorter is known there; that it is chosen in the longer, for hash *v* of 0 to 1, has a
/// probability of (1 − *v*)^(*w* − 1) · (1 + (*w* − 1) *v*): of its smaller neighbours on both sides, the nearest are *w*
/// places apart or more. The integral up to the bound is the share of the shorter one's shingles chosen in both;
/// its common shingles are taken to be chosen independently of each other. They are not, which makes the true rate lower:
/// choices are spread evenly, and of *w* common ones in a row one is always chosen.
///
/// What is left out of crowds is not in these rates; [`super::GroupCounts::left_out`] counts it.
pub fn expected_miss_rate(fingerprint: &FingerprintConfig, group: &GroupConfig, shingles: u32) -> MissRate {
    let shorter = f64::from(shingles.max(1));
    let sample = f64::from(SAMPLE);
    let near = if shorter / group.threshold <= sample { 0.0 } else { (-sample * group.threshold).exp() + DISMISSED };
    let common = (group.containment * shorter).ceil();
    let chosen = share_chosen(fingerprint.window.max(1) as f64, (sample / shorter).min(1.0));
    MissRate { near: near.min(1.0), contained: (1.0 - chosen).powf(common) + DISMISSED }
}

/// The share of shingles below `bound` (of 1) and least in some window of `window`: the integral of
/// (1 − v)^(w − 1) · (1 + (w − 1) v) over v from 0 to the bound.
fn share_chosen(window: f64, bound: f64) -> f64 {
    let above = 1.0 - bound;
    2.0 / (window + 1.0) - above.powf(window) + (window - 1.0) / (window + 1.0) * above.powf(window + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_windows_choose_two_in_nine() {
        assert!((share_chosen(8.0, 1.0) - 2.0 / 9.0).abs() < 1e-12);
        assert!((share_chosen(8.0, 1e-6) - 1e-6).abs() < 1e-9, "the very least are all chosen");
    }

    #[test]
    fn less_than_one_in_a_thousand_is_missed() {
        let (fingerprint, mut group) = (FingerprintConfig::default(), GroupConfig::default());
        for shingles in [1, 20, 40, 100, 1_000, 100_000] {
            group.threshold = 0.5;
            assert!(expected_miss_rate(&fingerprint, &group, shingles).near < 1e-5);
        }
        group.containment = 0.7;
        for shingles in [40, 64, 100, 1_000, 100_000] {
            let missed = expected_miss_rate(&fingerprint, &group, shingles).contained;
            assert!(missed < 1e-3, "{shingles}: {missed}");
        }
    }
}
