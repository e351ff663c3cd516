//! Two texts aligned passage by passage.
//!
//! Each passage goes with the one of the other text that is most like it, none with two. What the two have in common is the weight
//! of the lighter times the share of their runs of words that both have (Dice: twice the shared ones, of all of both). The sum of
//! that is what the texts have in common; phrases that unrelated texts share are not in it.

use std::cmp::{Ordering, Reverse};

use crate::fingerprint::{Digest, Passages};

use super::ShingleSource;
use super::limits::Overlap;
use super::verify::Compared;

/// Least share of runs that two passages have in common to go together, in tenths.
const ALIKE: u64 = 4;
/// Passages of one text up to which a run of words says something of those that hold it.
const FEW: usize = 8;

/// A text that is compared by its passages.
#[derive(Default)]
pub(super) struct AlignedText(Passages);

impl Compared for AlignedText {
    fn fill<S: ShingleSource>(&mut self, document: u32, source: &S) {
        self.0 = source.passages(document);
    }

    fn held(&self) -> usize {
        2 * self.0.rows.len()
    }

    fn compare(&self, first: u32, other: &Self, second: u32) -> Overlap {
        let common = common_weight(&self.0, &other.0);
        Overlap::new((first, weight(&self.0)), (second, weight(&other.0)), common)
    }
}

/// What a text weighs, in parts of a word.
fn weight(text: &Passages) -> u32 {
    text.weights.iter().fold(0, |sum: u32, &weight| sum.saturating_add(weight))
}

/// What two texts have in common, in parts of a word; the same whichever comes first.
///
/// Equal passages go together first, in their order; then, of all pairs that are alike, the one that has most in common,
/// until no two are left (ties: nearest to the heads of their texts).
pub(crate) fn common_weight(a: &Passages, b: &Passages) -> u32 {
    let equal = equal_passages(a, b);
    let mut free = (vec![true; a.len()], vec![true; b.len()]);
    let mut common = 0_u32;
    for &(in_a, in_b) in &equal {
        (free.0[in_a], free.1[in_b]) = (false, false);
        common = common.saturating_add(a.weights[in_a].min(b.weights[in_b]));
    }
    let mut alike: Vec<(u32, usize, usize)> = shared_runs(a, b)
        .filter(|&(in_a, in_b, _)| free.0[in_a] && free.1[in_b])
        .filter_map(|(in_a, in_b, runs)| Some((gain(a, in_a, b, in_b, runs)?, in_a, in_b)))
        .collect();
    // Pairs of equal gain and sum have no passage in common, so their order makes no difference.
    alike.sort_unstable_by_key(|&(gain, in_a, in_b)| (Reverse(gain), in_a + in_b, in_a));
    for (gain, in_a, in_b) in alike {
        if free.0[in_a] && free.1[in_b] {
            (free.0[in_a], free.1[in_b]) = (false, false);
            common = common.saturating_add(gain);
        }
    }
    common
}

/// What two passages have in common that share so many runs; `None` if they are not alike.
fn gain(a: &Passages, in_a: usize, b: &Passages, in_b: usize, runs: u32) -> Option<u32> {
    let (twice, both) = (2 * u64::from(runs), u64::from(a.runs[in_a] + b.runs[in_b]));
    let weight = u64::from(a.weights[in_a].min(b.weights[in_b]));
    (10 * twice >= ALIKE * both).then(|| (weight * twice / both) as u32)
}

/// The passages that say the same, the first with the first, the second with the second.
fn equal_passages(a: &Passages, b: &Passages) -> Vec<(usize, usize)> {
    let (mine, theirs) = (by_digest(a), by_digest(b));
    let mut equal = Vec::new();
    let (mut at_a, mut at_b) = (0, 0);
    while let (Some(in_a), Some(in_b)) = (mine.get(at_a), theirs.get(at_b)) {
        if in_a.0 == in_b.0 {
            equal.push((in_a.1, in_b.1));
        }
        at_a += usize::from(in_a.0 <= in_b.0);
        at_b += usize::from(in_b.0 <= in_a.0);
    }
    equal
}

fn by_digest(text: &Passages) -> Vec<(Digest, usize)> {
    let mut passages: Vec<(Digest, usize)> = text.digests.iter().copied().zip(0..).collect();
    passages.sort_unstable();
    passages
}

/// The passages that share runs, and how many: of those runs that no more than [`FEW`] passages of either text hold.
fn shared_runs(a: &Passages, b: &Passages) -> impl Iterator<Item = (usize, usize, u32)> {
    let mut shared: Vec<(u32, u32)> = Vec::new();
    let (mut in_a, mut in_b) = (&a.rows[..], &b.rows[..]);
    while let (Some(&(run_a, _)), Some(&(run_b, _))) = (in_a.first(), in_b.first()) {
        match run_a.cmp(&run_b) {
            Ordering::Less => in_a = &in_a[1..],
            Ordering::Greater => in_b = &in_b[1..],
            Ordering::Equal => {
                let (mine, theirs) = (take_run(&mut in_a), take_run(&mut in_b));
                if mine.len() <= FEW && theirs.len() <= FEW {
                    let pairs = mine.iter().flat_map(|mine| theirs.iter().map(|theirs| (mine.1, theirs.1)));
                    shared.extend(pairs);
                }
            }
        }
    }
    shared.sort_unstable();
    let mut shared = shared.into_iter().peekable();
    std::iter::from_fn(move || {
        let pair = shared.next()?;
        let mut runs = 1;
        while shared.next_if_eq(&pair).is_some() {
            runs += 1;
        }
        Some((pair.0 as usize, pair.1 as usize, runs))
    })
}

/// Takes the rows of the first run off.
fn take_run<'a>(rows: &mut &'a [(u64, u32)]) -> &'a [(u64, u32)] {
    let length = rows.iter().take_while(|row| row.0 == rows[0].0).count();
    let (taken, rest) = rows.split_at(length);
    *rows = rest;
    taken
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::config::FingerprintConfig;
    use crate::fingerprint::{PARTS, passages};

    fn made(text: &str) -> Passages {
        passages(text, &FingerprintConfig::default())
    }

    fn common(a: &str, b: &str) -> u32 {
        common_weight(&made(a), &made(b))
    }

    /// A slow twin: every passage is compared with every other, and the best two are sought anew each time.
    fn naive(a: &Passages, b: &Passages) -> u32 {
        let sets = |text: &Passages| -> Vec<BTreeSet<u64>> {
            let of =
                |at: usize| text.rows.iter().filter(|row| row.1 as usize == at).map(|row| row.0).collect();
            (0..text.len()).map(of).collect()
        };
        let (in_a, in_b) = (sets(a), sets(b));
        let is_telling = |run: &u64| {
            [&in_a, &in_b].iter().all(|sets| sets.iter().filter(|set| set.contains(run)).count() <= 8)
        };
        let (mut free_a, mut free_b) = (vec![true; a.len()], vec![true; b.len()]);
        let mut sum = 0;
        loop {
            let mut best = None;
            for (at_a, set_a) in in_a.iter().enumerate().filter(|(at, _)| free_a[*at]) {
                for (at_b, set_b) in in_b.iter().enumerate().filter(|(at, _)| free_b[*at]) {
                    let weight = a.weights[at_a].min(b.weights[at_b]);
                    let shared = set_a.intersection(set_b).filter(|run| is_telling(run)).count() as u32;
                    let both = (set_a.len() + set_b.len()) as u32;
                    let is_equal = a.digests[at_a] == b.digests[at_b];
                    let gain = if is_equal { weight } else { 2 * weight * shared / both };
                    if is_equal || f64::from(2 * shared) / f64::from(both) >= 0.4 {
                        best = best.max(Some((is_equal, gain, Reverse(at_a + at_b), Reverse(at_a), at_b)));
                    }
                }
            }
            let Some((_, gain, _, Reverse(at_a), at_b)) = best else { return sum };
            sum += gain;
            (free_a[at_a], free_b[at_b]) = (false, false);
        }
    }

    fn text() -> impl Strategy<Value = String> {
        let sentence =
            (0..6_usize, 0..20_usize, 4..30_usize, 0..40_usize).prop_map(|(of, from, length, slip)| {
                let word = |at: usize| {
                    if at == slip { "slip".to_owned() } else { format!("w{}", (of * 17 + at) % 60) }
                };
                (from..from + length).map(word).collect::<Vec<_>>().join(" ")
            });
        proptest::collection::vec(sentence, 0..14).prop_map(|sentences| sentences.join(". "))
    }

    proptest! {
        #[test]
        fn a_slow_alignment_has_as_much_in_common(a in text(), b in text()) {
            let (a, b) = (made(&a), made(&b));
            let found = common_weight(&a, &b);
            prop_assert_eq!(found, naive(&a, &b));
            prop_assert_eq!(found, common_weight(&b, &a));
            prop_assert!(found <= weight(&a).min(weight(&b)));
            prop_assert_eq!(common_weight(&a, &a), weight(&a));
        }
    }

    #[test]
    fn what_is_moved_counts_in_full_and_what_is_edited_in_part() {
        let (one, two) = ("a b c d e f g h i j.", "k l m n o p q r s t.");
        assert_eq!(common(&format!("{one} {two}"), &format!("{two}\n{one}")), 20 * PARTS);
        let edited = "a b c d e X g h i j.";
        assert_eq!(common(one, edited), 10 * PARTS * 10 / 16, "five runs of three, of eight in either");
        assert_eq!(common(one, "a b c X e f X h i j"), 0, "two of eight are not alike");
    }

    #[test]
    fn a_sentence_in_both_a_thousand_times_costs_no_million() {
        let line = made(&"the very same line once again\n".repeat(1_000));
        assert_eq!(common_weight(&line, &line), 6_000 * PARTS);
        assert_eq!(shared_runs(&line, &line).count(), 0);
    }
}
