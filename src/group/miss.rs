//! How many related pairs are missed, by calculation.

use crate::config::Config;
use crate::fingerprint::sample::{SAMPLE, share_chosen};

/// The share of related pairs that dismissal by their units may cost, in three tests.
const DISMISSED: f64 = 3e-4;

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
/// *Contained.* A shingle that is below the bound of the shorter document is known there; in the longer one, however
/// long, it is chosen if it is the least of some window. [`share_chosen`] is the share of those that are both; the common
/// shingles are taken to be chosen independently of each other. They are not, which makes the true rate lower:
/// choices are spread evenly, and of a window of common ones in a row one is always chosen.
///
/// What is left out of crowds is not in these rates; [`super::GroupCounts::left_out`] counts it.
pub fn expected_miss_rate(config: &Config, shingles: u32) -> MissRate {
    let shorter = f64::from(shingles.max(1));
    let near_share = config.group.threshold;
    let is_whole = shorter / near_share <= f64::from(SAMPLE);
    let near = if is_whole { 0.0 } else { (-f64::from(SAMPLE) * near_share).exp() + DISMISSED };
    let common = (config.group.containment * shorter).ceil();
    let chosen = share_chosen(config.fingerprint.window, shingles);
    MissRate { near: near.min(1.0), contained: ((1.0 - chosen).powf(common) + DISMISSED).min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_than_one_in_a_thousand_is_missed() {
        let mut config = Config::default();
        config.group.threshold = 0.5;
        for shingles in [1, 20, 40, 100, 1_000, 100_000] {
            assert!(expected_miss_rate(&config, shingles).near < 1e-3);
        }
        config.group.containment = 0.7;
        for shingles in [48, 64, 100, 1_000, 100_000] {
            let missed = expected_miss_rate(&config, shingles).contained;
            assert!(missed < 1e-3, "{shingles}: {missed}");
        }
    }
}
