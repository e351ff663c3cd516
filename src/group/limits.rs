//! The thresholds, compared exactly.

use crate::config::GroupConfig;

/// Parts of one by which thresholds are expressed.
const PARTS: u64 = 1_000_000_000;

/// A share between 0 and 1 in billionths, so that 4 of 5 is at least 0.8 without rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// Two documents by place (smaller first) and the sizes of their shingle sets and of what these have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Overlap {
    pub(super) first: u32,
    pub(super) second: u32,
    pub(super) first_shingles: u32,
    pub(super) second_shingles: u32,
    pub(super) common: u32,
    /// Which of the two must not go in the other's favour, since it has numbers that the other has not: first, second.
    pub(super) held: (bool, bool),
}

impl Overlap {
    pub(super) fn union(self) -> u32 {
        self.first_shingles.saturating_add(self.second_shingles - self.common)
    }

    pub(super) fn jaccard(self) -> f64 {
        share(self.common, self.union())
    }

    /// The size of the set of `place`, which is one of the two.
    pub(super) fn shingles_of(self, place: u32) -> u32 {
        if place == self.first { self.first_shingles } else { self.second_shingles }
    }

    /// The share of the set of `place` that is in the other's.
    pub(super) fn containment_of(self, place: u32) -> f64 {
        share(self.common, self.shingles_of(place))
    }

    /// Whether `place` may go in the other's favour, as far as its numbers are concerned.
    pub(super) fn may_lose(self, place: u32) -> bool {
        !(if place == self.first { self.held.0 } else { self.held.1 })
    }

    /// The one that is not `place`.
    pub(super) fn other(self, place: u32) -> u32 {
        if place == self.first { self.second } else { self.first }
    }

    /// The one with fewer shingles; of equals the one of worse place.
    pub(super) fn smaller(self) -> u32 {
        if self.first_shingles < self.second_shingles { self.first } else { self.second }
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
}

impl Limits {
    pub(super) fn new(config: &GroupConfig) -> Self {
        Self {
            near: config.near.then(|| Share::new(config.threshold)),
            contained: config.contained.then(|| Share::new(config.containment)),
        }
    }

    /// Whether no pair can be related.
    pub(super) fn are_off(self) -> bool {
        self.near.is_none() && self.contained.is_none()
    }

    pub(super) fn is_near(self, pair: Overlap) -> bool {
        self.near.is_some_and(|share| share.is_reached(pair.common, pair.union()))
    }

    /// Whether the smaller of two is contained in the other.
    pub(super) fn is_contained(self, pair: Overlap) -> bool {
        self.contained.is_some_and(|share| share.is_reached(pair.common, pair.shingles_of(pair.smaller())))
    }

    pub(super) fn relate(self, pair: Overlap) -> bool {
        self.is_near(pair) || self.is_contained(pair)
    }

    /// The least share of the smaller of two sets that must be common for the pair to be related; above 1 if it cannot
    /// be.
    ///
    /// Jaccard *t* of sets of *a* and *b* shingles takes *t* / (1 + *t*) · (*a* + *b*) common ones.
    pub(super) fn least_share(self, smaller: u32, larger: u32) -> f64 {
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
