//! How the places are divided where not all that is known of their pairs has room in memory: runs of places, one looked at after the
//! other. A pair is of the run that holds its worse place: that one has few better ones, while the best may have to do with all.

use super::pairing::{PairKey, places};

/// Runs of places that follow each other.
#[derive(Clone, Debug)]
pub(super) struct Division {
    /// The first place of each run; the first run begins at 0.
    firsts: Vec<u32>,
}

impl Division {
    /// So many runs, or fewer, of about equally many places.
    pub(super) fn even(places: usize, runs: usize) -> Self {
        let runs = runs.clamp(1, places.max(1));
        Self { firsts: (0..runs).map(|run| (run as u64 * places as u64 / runs as u64) as u32).collect() }
    }

    /// Joins runs that follow each other, as long as what is known of them comes to no more than `most`.
    pub(super) fn joined(&self, sizes: impl Fn(usize) -> u64, most: u64) -> Self {
        let mut firsts = Vec::new();
        let mut joined = 0;
        for (run, &first) in self.firsts.iter().enumerate() {
            let size = sizes(run);
            if firsts.is_empty() || joined + size > most {
                firsts.push(first);
                joined = 0;
            }
            joined += size;
        }
        Self { firsts }
    }

    /// How many runs there are.
    pub(super) fn len(&self) -> usize {
        self.firsts.len()
    }

    /// Which run a place is of.
    pub(super) fn run_of(&self, place: u32) -> usize {
        self.firsts.partition_point(|first| *first <= place) - 1
    }

    /// Which run a pair is of.
    pub(super) fn run_of_pair(&self, pair: PairKey) -> usize {
        self.run_of(places(pair).1)
    }

    /// The first place of a run, and that of the next, if there is one.
    pub(super) fn bounds(&self, run: usize) -> (u32, Option<u32>) {
        (self.firsts[run], self.firsts.get(run + 1).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_of_the_run_whose_bounds_it_lies_in() {
        for (places, runs) in [(0, 4), (1, 4), (7, 3), (1000, 13)] {
            let even = Division::even(places, runs);
            let joined = even.joined(|run| run as u64, 9);
            for division in [even, joined] {
                for place in 0..places as u32 {
                    let (first, next) = division.bounds(division.run_of(place));
                    assert!(
                        first <= place && next.is_none_or(|next| place < next),
                        "{place} of {division:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn runs_are_joined_up_to_a_size() {
        let joined = Division::even(60, 6).joined(|run| [1, 2, 3, 9, 0, 4][run], 6);
        assert_eq!(joined.firsts, [0, 30, 40]);
        assert_eq!(Division::even(60, 6).joined(|_| 100, 6).len(), 6, "none is parted");
    }
}
