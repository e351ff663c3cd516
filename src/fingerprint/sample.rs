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
pub(super) fn choose(hashes: &[u64], distinct: u32, window: usize, out: &mut Vec<u64>) {
    out.clear();
    let bound = bound(distinct);
    if bound == u64::MAX {
        out.extend_from_slice(hashes);
    } else {
        push_window_minima(hashes, window.max(1), out);
        out.extend(hashes.iter().copied().filter(|&hash| cut(hash) < bound));
    }
    out.sort_unstable();
    out.dedup();
}

/// Appends the least hash of every `window` in a row, once for as long as it is the same.
fn push_window_minima(hashes: &[u64], window: usize, out: &mut Vec<u64>) {
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

/// The last place of the least hash in `from..to`.
fn position_of_least(hashes: &[u64], from: usize, to: usize) -> Option<usize> {
    (from..to).rev().min_by_key(|&at| hashes[at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::shingle::mix;

    fn random(count: u64, seed: u64) -> Vec<u64> {
        (0..count).map(|at| mix(at.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ seed << 40)).collect()
    }

    fn chosen(hashes: &[u64], window: usize) -> Vec<u64> {
        let mut out = Vec::new();
        choose(hashes, hashes.len() as u32, window, &mut out);
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
