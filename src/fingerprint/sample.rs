//! Which shingles of a document are looked up in those of others.
//!
//! Two rules, whose choices are joined; both depend on nothing but the shingles near a place, so that common text
//! yields common choices wherever it stands:
//!
//! - *Bound*: every shingle whose hash is below a bound that leaves about [`SAMPLE`] of a document's shingles, whatever
//!   its length; all of them in a document of up to that many. (Broder 1997, section 4, with the modulus fitted to the
//!   document.) Documents that resemble each other have about the same bound, so the sample of the one with the lower
//!   bound is known in full for both: an unbiased sample of their union.
//! - *Window*: of each run of `window` shingles the one with the least hash (Schleimer, Wilkerson and Aiken 2003,
//!   "Winnowing", section 3: any common run that long is found; it keeps 2 / (window + 1) of random text). This finds
//!   a short text inside a long one.

use super::units::cut;

/// How many shingles the bound leaves of a document, about.
///
/// With the threshold *t*, a pair of documents shares at least *t* · `SAMPLE` of them on average: 32 at 0.5. That none of
/// them is among the chosen has a probability below e^-32.
pub const SAMPLE: u32 = 64;

/// The hash below which all shingles of a document with `shingles` distinct ones are kept; `u64::MAX` for all.
pub fn bound(shingles: u32) -> u64 {
    if shingles <= SAMPLE {
        u64::MAX
    } else {
        (u64::MAX / u64::from(shingles)).saturating_mul(u64::from(SAMPLE))
    }
}

/// Whether a unit is under a document's `bound`. What of a shingle is held says so; see [`cut`].
pub fn is_below(hash: u64, bound: u64) -> bool {
    hash < bound || bound == u64::MAX
}

/// The share of the shingles of a document with `shingles` distinct ones that are below its bound and, as part of a
/// document of any length, the least of some window of `window`.
///
/// A shingle of hash *v* (0 to 1) is the least of some window if its nearest smaller neighbours on both sides are more
/// than *w* places apart: with a probability of (1 − *v*)^(*w* − 1) · (1 + (*w* − 1) *v*). This is the integral of that
/// up to the bound; 2 / (*w* + 1) if the bound is 1.
pub fn share_chosen(window: usize, shingles: u32) -> f64 {
    let window = window.max(1) as f64;
    let above = 1.0 - f64::from(SAMPLE.min(shingles)) / f64::from(shingles.max(1));
    2.0 / (window + 1.0) - above.powf(window) + (window - 1.0) / (window + 1.0) * above.powf(window + 1.0)
}

/// Fills `out` with the chosen of `hashes`, the shingles in text order: sorted, distinct.
pub(super) fn choose(hashes: &[u64], distinct: u32, window: usize, sorter: &mut Sorter, out: &mut Vec<u64>) {
    out.clear();
    let bound = bound(distinct);
    if bound == u64::MAX {
        out.extend_from_slice(hashes);
    } else {
        push_window_minima(hashes, window.max(1), out);
        push_below(hashes, bound, out);
    }
    sorter.sort(out);
    out.dedup();
}

/// Appends those below the bound. Which they are is as good as random, so there is no branch for it.
fn push_below(hashes: &[u64], bound: u64, out: &mut Vec<u64>) {
    let mut length = out.len();
    out.resize(length + hashes.len(), 0);
    for &hash in hashes {
        out[length] = hash;
        length += usize::from(cut(hash) < bound);
    }
    out.truncate(length);
}

/// Windows up to this size are looked at without branches.
const SMALL_WINDOW: usize = 64;

/// Appends the least hash of every `window` in a row, once for as long as it is the same.
fn push_window_minima(hashes: &[u64], window: usize, out: &mut Vec<u64>) {
    if window > SMALL_WINDOW || hashes.len() <= window {
        push_large_window_minima(hashes, window, out);
    } else {
        push_small_window_minima(hashes, window, out);
    }
}

/// By van Herk's method (1992): a window covers the end of one block of its size and the start of the next, and the least
/// of both is known from running minima, backwards in the one and forwards in the other.
fn push_small_window_minima(hashes: &[u64], window: usize, out: &mut Vec<u64>) {
    let mut length = out.len() + 1;
    out.resize(length + hashes.len(), 0);
    let mut before = hashes[..window].iter().copied().min().unwrap_or(u64::MAX);
    out[length - 1] = before;
    let mut from_here = [0; SMALL_WINDOW];
    for start in (0..=hashes.len() - window).step_by(window) {
        let mut behind = u64::MAX;
        for (at, &hash) in hashes[start..start + window].iter().enumerate().rev() {
            behind = behind.min(hash);
            from_here[at] = behind;
        }
        let windows = window.min(hashes.len() - window - start + 1);
        let mut ahead = u64::MAX;
        for (at, &behind) in from_here[..windows].iter().enumerate() {
            let least = behind.min(ahead);
            out[length] = least;
            length += usize::from(least != before);
            before = least;
            ahead = ahead.min(hashes.get(start + window + at).copied().unwrap_or(u64::MAX));
        }
    }
    out.truncate(length);
}

/// The same for windows of any size.
fn push_large_window_minima(hashes: &[u64], window: usize, out: &mut Vec<u64>) {
    let Some(mut least_at) = position_of_least(hashes, 0, window.min(hashes.len())) else { return };
    out.push(hashes[least_at]);
    for end in window..hashes.len() {
        if least_at + window <= end {
            least_at = position_of_least(hashes, end + 1 - window, end + 1).unwrap_or(end);
        } else if hashes[end] < hashes[least_at] {
            least_at = end;
        } else {
            continue;
        }
        out.push(hashes[least_at]);
    }
}

/// Sorts hashes, of which there are few and which are spread over their range: each goes near its place at once, by its first bits.
#[derive(Debug, Default)]
pub(super) struct Sorter {
    ends: Vec<u32>,
    spread: Vec<u64>,
}

impl Sorter {
    /// Numbers of hashes for which this pays.
    const SPREAD: std::ops::RangeInclusive<usize> = 32..=1 << 16;

    fn sort(&mut self, hashes: &mut Vec<u64>) {
        if !Self::SPREAD.contains(&hashes.len()) {
            return hashes.sort_unstable();
        }
        let bits = hashes.len().ilog2() + 1;
        let part_of = |hash: u64| (hash >> (64 - bits)) as usize;
        self.ends.clear();
        self.ends.resize(1 << bits, 0);
        for &hash in &*hashes {
            self.ends[part_of(hash)] += 1;
        }
        let mut end = 0;
        for count in &mut self.ends {
            (*count, end) = (end, end + *count);
        }
        self.spread.clear();
        self.spread.resize(hashes.len(), 0);
        for &hash in &*hashes {
            let at = &mut self.ends[part_of(hash)];
            self.spread[*at as usize] = hash;
            *at += 1;
        }
        std::mem::swap(hashes, &mut self.spread);
        let mut start = 0;
        for &end in &self.ends {
            match &mut hashes[start..end as usize] {
                [] | [_] => {}
                [first, second] => (*first, *second) = ((*first).min(*second), (*first).max(*second)),
                more => more.sort_unstable(),
            }
            start = end as usize;
        }
    }
}

/// The last place of the least hash in `from..to`.
fn position_of_least(hashes: &[u64], from: usize, to: usize) -> Option<usize> {
    (from..to).rev().min_by_key(|&at| hashes[at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    use crate::fingerprint::shingle::mix;

    fn random(count: u64, seed: u64) -> Vec<u64> {
        (0..count).map(|at| mix(at.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ seed << 40)).collect()
    }

    fn chosen(hashes: &[u64], window: usize) -> Vec<u64> {
        let mut out = Vec::new();
        choose(hashes, hashes.len() as u32, window, &mut Sorter::default(), &mut out);
        out
    }

    #[test]
    fn short_documents_are_kept_whole() {
        let hashes = random(64, 1);
        let mut sorted = hashes.clone();
        sorted.sort_unstable();
        assert_eq!(chosen(&hashes, 8), sorted);
    }

    #[test]
    fn each_window_has_a_choice() {
        let hashes = random(5000, 2);
        let mut minima = Vec::new();
        push_window_minima(&hashes, 8, &mut minima);
        assert!(hashes.windows(8).all(|run| run.iter().min().is_some_and(|least| minima.contains(least))));
        let share = minima.len() as f64 / hashes.len() as f64;
        assert!((0.20..0.25).contains(&share), "2 / (8 + 1) expected, {share} found");
    }

    proptest! {
        #[test]
        fn small_windows_are_looked_at_as_large_ones_are(
            hashes in prop::collection::vec(0..50_u64, 0..200), window in 1..=SMALL_WINDOW, before in 0..2_usize,
        ) {
            let (mut fast, mut slow) = (vec![hashes.first().copied().unwrap_or(0); before], vec![]);
            push_window_minima(&hashes, window, &mut fast);
            push_large_window_minima(&hashes, window, &mut slow);
            slow.dedup();
            prop_assert_eq!(&fast[before..], slow);
        }

        #[test]
        fn hashes_are_sorted(seeds in prop::collection::vec(any::<u64>(), 0..3000), shift in 0..64_u32) {
            let mut fast: Vec<u64> = seeds.iter().map(|seed| seed >> shift).collect();
            let mut slow = fast.clone();
            Sorter::default().sort(&mut fast);
            slow.sort_unstable();
            prop_assert_eq!(fast, slow);
        }
    }

    #[test]
    fn the_share_chosen_is_as_calculated() {
        assert!((share_chosen(8, 64) - 2.0 / 9.0).abs() < 1e-12);
        assert!((share_chosen(8, 64_000) - 1e-3).abs() < 1e-5, "the very least are all chosen");
        let hashes = random(50_000, 4);
        let mut minima = Vec::new();
        push_window_minima(&hashes, 8, &mut minima);
        let below = minima.iter().filter(|&&hash| is_below(hash, bound(200))).count();
        let share = below as f64 / hashes.len() as f64;
        assert!((share - share_chosen(8, 200)).abs() < 0.005, "{share}");
    }

    #[test]
    fn all_below_the_bound_are_chosen() {
        let hashes = random(5000, 3);
        let kept = chosen(&hashes, 1000);
        let below: Vec<u64> = hashes.iter().copied().filter(|&hash| is_below(hash, bound(5000))).collect();
        assert!((40..90).contains(&below.len()), "{}", below.len());
        assert!(below.iter().all(|hash| kept.binary_search(hash).is_ok()));
    }
}
