//! How many related pairs are missed, by calculation.

use serde::{Deserialize, Serialize};

use crate::config::{Config, FingerprintConfig, Measure};
use crate::fingerprint::Fingerprints;
use crate::fingerprint::sample::{SAMPLE, share_chosen};

use super::limits::Limits;

/// The share of related pairs that dismissal by their units may cost, in three tests.
const DISMISSED: f64 = 3e-4;

/// Upper bounds of the probability that a pair just at a threshold is not found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
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
/// *Contained.* A run of common shingles as long as the window is found for sure: both choose its least. There must be one
/// in all but the shortest documents, since few breaks fit into what may be missing. Otherwise, a shingle that is below the
/// bound of the shorter document is known there; in the longer one, however long, it is chosen if it is the least of some
/// window. [`share_chosen`] is the share of those that are both; the common shingles are taken to be chosen independently of
/// each other. They are not, which makes the true rate lower: choices are spread evenly.
///
/// *Aligned texts*: the same for pairs that share just the part of their shingles that is taken for granted
/// (the least share at which aligned texts are looked at). How many aligned pairs share less is measured, not calculated.
///
/// What is left out of crowds is not in these rates; [`super::GroupCounts::left_out`] counts it.
pub fn expected_miss_rate(config: &Config, shingles: u32) -> MissRate {
    MissRate { near: near(config, shingles), contained: contained(config, shingles) }
}

/// The miss rates for a corpus: the greatest for near-duplicates of any length, and for contained documents the mean over
/// all that could be, had each just the threshold's share inside another. Kinds that are not looked for are not missed.
pub(super) fn of_corpus(config: &Config, fingerprints: &impl Fingerprints, documents: u32) -> MissRate {
    let mut numbers: Vec<u32> = (0..documents)
        .map(|document| fingerprints.shingles(document))
        .filter(|&shingles| shingles > 0)
        .collect();
    numbers.sort_unstable();
    let rates = numbers.chunk_by(|a, b| a == b).map(|same| same.len() as f64 * contained(config, same[0]));
    let mean = rates.sum::<f64>() / numbers.len().max(1) as f64 + 0.0;
    MissRate {
        near: if config.group.near { near(config, u32::MAX) } else { 0.0 },
        contained: if config.group.contained { mean } else { 0.0 },
    }
}

fn near(config: &Config, shingles: u32) -> f64 {
    let share = match config.group.measure {
        Measure::Shingles => config.group.threshold,
        Measure::Alignment => Limits::new(&config.group).least_share_of_aligned(),
    };
    if f64::from(shingles) / share <= f64::from(SAMPLE) {
        return 0.0;
    }
    (-f64::from(SAMPLE) * share).exp() + DISMISSED
}

fn contained(config: &Config, shingles: u32) -> f64 {
    let common = common(config, shingles);
    if longest_run(shingles, common, &config.fingerprint) as usize >= config.fingerprint.window {
        return DISMISSED;
    }
    let chosen = share_chosen(config.fingerprint.window, shingles);
    ((1.0 - chosen).powf(f64::from(common)) + DISMISSED).min(1.0)
}

/// Shingles that a document of `shingles` has in common with one that just contains it.
fn common(config: &Config, shingles: u32) -> u32 {
    let share = match config.group.measure {
        Measure::Shingles => config.group.containment,
        Measure::Alignment => Limits::new(&config.group).least_share_of_aligned(),
    };
    (share * f64::from(shingles) - 1e-9).ceil().max(1.0) as u32
}

/// How many of `common` of `shingles` stand in a row at least. Where a row breaks, be it for one word put in or taken out,
/// all shingles across that place are lost: one fewer than a shingle has words. So there are few breaks.
///
/// That shingles in a row here stand in a row in the other document, too, is taken for granted: each shares all its words
/// but one with the next.
fn longest_run(shingles: u32, common: u32, config: &FingerprintConfig) -> u32 {
    let lost_at_a_break = (config.size.min(config.size_unspaced) as u32).saturating_sub(1).max(1);
    common / ((shingles - common.min(shingles)) / lost_at_a_break + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::Fingerprint;

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

    #[test]
    fn by_default_a_passage_of_twelve_words_is_found_for_sure() {
        let contained = |shingles| expected_miss_rate(&Config::default(), shingles).contained;
        assert!((8..10_000).all(|shingles| contained(shingles) <= DISMISSED));
        let seven: f64 = (7.0_f64 / 9.0).powi(7) + DISMISSED;
        assert!((contained(7) - seven).abs() < 1e-12, "{}", contained(7));
    }

    #[test]
    fn rows_break_seldom() {
        let config = FingerprintConfig::default();
        assert_eq!(longest_run(100, 100, &config), 100);
        assert_eq!(longest_run(100, 96, &config), 48, "one break, of four shingles");
        assert_eq!(longest_run(100, 97, &config), 97, "three are lost at an end only");
    }

    #[test]
    fn a_corpus_has_the_mean_of_its_documents() {
        let print = |shingles| Fingerprint {
            whole: crate::fingerprint::Digest(0),
            paragraphs: Box::default(),
            shingles,
            units: crate::fingerprint::Units::default(),
        };
        let mut config = Config::default();
        let found = of_corpus(&config, &vec![print(0), print(7), print(500), print(7)], 4);
        assert!((found.contained - (2.0 * contained(&config, 7) + DISMISSED) / 3.0).abs() < 1e-12);
        assert!(found.near > 0.0);
        config.group.near = false;
        config.group.contained = false;
        assert_eq!(of_corpus(&config, &vec![print(7)], 1), MissRate::default());
    }
}
