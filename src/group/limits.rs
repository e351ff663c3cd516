//! The thresholds, compared exactly.

use crate::config::{GroupConfig, Measure};
use crate::fingerprint::PARTS as PARTS_OF_WORD;

/// Parts of one by which thresholds are expressed.
const PARTS: u64 = 1_000_000_000;

/// A share between 0 and 1 in billionths, so that 4 of 5 is at least 0.8 without rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Share(u64);

impl Share {
    /// The nearest billionth; what is outside 0 to 1 counts as the nearer end.
    pub(super) fn new(share: f64) -> Self {
        Self((share.clamp(0.0, 1.0) * PARTS as f64).round() as u64)
    }

    /// Whether `part` of `whole` is at least this share. Nothing of nothing is not.
    pub(super) fn is_reached(self, part: u32, whole: u32) -> bool {
        whole > 0 && u128::from(part) * u128::from(PARTS) >= u128::from(whole) * u128::from(self.0)
    }

    fn value(self) -> f64 {
        self.0 as f64 / PARTS as f64
    }
}

/// Two documents by place (smaller first), the sizes of what they are compared by, and of what these have in common: shingles of
/// their sets, or what texts weigh that are aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Overlap {
    pub(super) first: u32,
    pub(super) second: u32,
    pub(super) first_size: u32,
    pub(super) second_size: u32,
    pub(super) common: u32,
    /// Which of the two must not go in the other's favour, since it has numbers that the other has not: first, second.
    pub(super) held: (bool, bool),
    /// Words of the longest passage that each has and the other lacks: first, second. Known of related pairs.
    pub(super) passages: (u32, u32),
}

impl Overlap {
    /// Two documents of known sizes, nothing else being known yet.
    pub(super) fn new(
        (first, first_size): (u32, u32),
        (second, second_size): (u32, u32),
        common: u32,
    ) -> Self {
        Self { first, second, first_size, second_size, common, held: (false, false), passages: (0, 0) }
    }

    pub(super) fn union(self) -> u32 {
        self.first_size.saturating_add(self.second_size - self.common)
    }

    pub(super) fn jaccard(self) -> f64 {
        share(self.common, self.union())
    }

    /// The size of `place`, which is one of the two.
    pub(super) fn size_of(self, place: u32) -> u32 {
        if place == self.first { self.first_size } else { self.second_size }
    }

    /// The share of `place` that is in the other.
    pub(super) fn containment_of(self, place: u32) -> f64 {
        share(self.common, self.size_of(place))
    }

    /// Whether `place` may go in the other's favour, as far as its numbers are concerned.
    pub(super) fn may_lose(self, place: u32) -> bool {
        !(if place == self.first { self.held.0 } else { self.held.1 })
    }

    /// Words of the longest passage of `place` that the other lacks.
    pub(super) fn passage_of(self, place: u32) -> u32 {
        if place == self.first { self.passages.0 } else { self.passages.1 }
    }

    /// The one that is not `place`.
    pub(super) fn other(self, place: u32) -> u32 {
        if place == self.first { self.second } else { self.first }
    }

    /// The one of less size; of equals the one of worse place.
    pub(super) fn smaller(self) -> u32 {
        if self.first_size < self.second_size { self.first } else { self.second }
    }
}

fn share(part: u32, whole: u32) -> f64 {
    if whole == 0 { 0.0 } else { f64::from(part) / f64::from(whole) }
}

/// Which pairs are related.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    near: Option<Share>,
    contained: Option<Share>,
    measure: Measure,
}

/// Of two texts that just reach a threshold when aligned, the share of the shingles of either that is taken for granted: so much
/// of what the threshold asks for. A word that is changed costs up to five shingles of five words, and three runs of three. What
/// shares less is not looked at; how seldom that is related is measured in `docs/quality-duplicates.md`.
const OF_ALIGNED: f64 = 0.5;

/// Words of an aligned text up to which more is asked for: short texts are made after one pattern more often than they are copied
/// and rewritten. (The shells of newsletters of about 150 words reach 0.87, each with other teasers.)
const SHORT: u32 = 200 * PARTS_OF_WORD;
/// What is asked for of them, at least, in either relation.
const OF_SHORT: f64 = 0.9;

impl Limits {
    pub(super) fn new(config: &GroupConfig) -> Self {
        Self {
            near: config.near.then(|| Share::new(config.threshold)),
            contained: config.contained.then(|| Share::new(config.containment)),
            measure: config.measure,
        }
    }

    /// By what pairs are judged.
    pub(super) fn measure(self) -> Measure {
        self.measure
    }

    /// Whether no pair can be related.
    pub(super) fn are_off(self) -> bool {
        self.near.is_none() && self.contained.is_none()
    }

    pub(super) fn is_near(self, pair: Overlap) -> bool {
        self.near.is_some_and(|share| self.for_length(share, pair).is_reached(pair.common, pair.union()))
    }

    /// Whether the smaller of two is contained in the other.
    pub(super) fn is_contained(self, pair: Overlap) -> bool {
        let smaller = pair.size_of(pair.smaller());
        self.contained.is_some_and(|share| self.for_length(share, pair).is_reached(pair.common, smaller))
    }

    /// The threshold for a pair: a higher one if texts are aligned of which one is short.
    fn for_length(self, share: Share, pair: Overlap) -> Share {
        let is_short = pair.first_size.min(pair.second_size) < SHORT;
        if self.measure == Measure::Alignment && is_short { share.max(Share::new(OF_SHORT)) } else { share }
    }

    pub(super) fn relate(self, pair: Overlap) -> bool {
        self.is_near(pair) || self.is_contained(pair)
    }

    /// The share of the shingles of the smaller of two texts from which they are aligned, whatever their lengths.
    pub(super) fn least_share_of_aligned(self) -> f64 {
        let near = self.near.map_or(f64::INFINITY, |t| 2.0 * t.value() / (1.0 + t.value()));
        OF_ALIGNED * self.contained.map_or(f64::INFINITY, Share::value).min(near)
    }

    /// The least share of the smaller of two shingle sets that must be common for the pair to be related; above 1 if it
    /// cannot be.
    ///
    /// Jaccard *t* of sets of *a* and *b* shingles takes *t* / (1 + *t*) · (*a* + *b*) common ones.
    pub(super) fn least_share(self, smaller: u32, larger: u32) -> f64 {
        if self.measure == Measure::Alignment {
            return self.least_share_of_aligned();
        }
        let (smaller, larger) = (f64::from(smaller), f64::from(larger));
        let near =
            self.near.map_or(f64::INFINITY, |t| t.value() / (1.0 + t.value()) * (smaller + larger) / smaller);
        self.contained.map_or(f64::INFINITY, Share::value).min(near)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_met_exactly() {
        assert!(Share::new(0.8).is_reached(4, 5));
        assert!(Share::new(0.8).is_reached(800_000_000, 1_000_000_000));
        assert!(!Share::new(0.8).is_reached(799_999_999, 1_000_000_000));
        assert!(Share::new(0.7).is_reached(7, 10) && Share::new(0.9).is_reached(9, 10));
        assert!(Share::new(1.0).is_reached(3, 3) && !Share::new(1.0).is_reached(2, 3));
        assert!(!Share::new(0.0).is_reached(0, 0));
    }

    #[test]
    fn the_least_share_is_the_algebra_of_jaccard() {
        let config = GroupConfig { contained: false, threshold: 0.5, ..GroupConfig::default() };
        let limits = Limits::new(&config);
        assert!((limits.least_share(100, 100) - 2.0 / 3.0).abs() < 1e-9);
        assert!((limits.least_share(100, 200) - 1.0).abs() < 1e-9, "half as long: all of it");
        assert!(limits.least_share(100, 201) > 1.0, "shorter still: out of reach");
    }
}
