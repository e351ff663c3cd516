//! Pairs judged by their full shingle sets.

use rayon::prelude::*;

use rustc_hash::FxHashSet;

use super::ShingleSource;
use super::limits::{Limits, Overlap};
use super::order::Order;
use super::pairing::{PairKey, key, places};
use crate::config::GroupConfig;

/// Pairs with the same first document that are judged in one go.
const RUN: usize = 64;

/// The related ones of `pairs`, which are sorted; in the same order, whatever the number of threads.
pub(super) fn verify<S: ShingleSource>(
    pairs: &[PairKey],
    order: &Order,
    source: &S,
    limits: Limits,
) -> Vec<Overlap> {
    let runs: Vec<&[PairKey]> =
        pairs.chunk_by(|a, b| places(*a).0 == places(*b).0).flat_map(|run| run.chunks(RUN)).collect();
    let judged: Vec<Vec<Overlap>> = runs
        .par_iter()
        .map_init(Sets::default, |sets, run| {
            let mut related = sets.overlaps(run, order, source);
            related.retain(|&pair| limits.relate(pair));
            related
        })
        .collect();
    judged.concat()
}

/// The related among many, and how many pairs were compared.
pub(super) struct Among {
    pub(super) related: Vec<Overlap>,
    pub(super) compared: u64,
}

/// The related of all pairs of `members`, which are sorted, but for those in `known`. Each set is made once and held with the
/// others, as long as they are not too large together.
pub(super) fn verify_among<S: ShingleSource>(
    members: &[u32],
    known: &[PairKey],
    order: &Order,
    source: &S,
    limits: Limits,
) -> Among {
    let held = Held::new(members, order, source);
    let judged: Vec<Among> = (0..members.len())
        .into_par_iter()
        .map_init(Vec::new, |second_set, at| {
            let mut found = Among { related: Vec::new(), compared: 0 };
            for other in at + 1..members.len() {
                if known.binary_search(&key(members[at], members[other])).is_err() {
                    let pair = held.overlap(at, other, second_set, order, source);
                    found.compared += 1;
                    found.related.extend(limits.relate(pair).then_some(pair));
                }
            }
            found
        })
        .collect();
    let compared = judged.iter().map(|found| found.compared).sum();
    Among { related: judged.into_iter().flat_map(|found| found.related).collect(), compared }
}

/// Shingles of one star that are held at once, at eight bytes each.
const HELD: usize = 1 << 24;

/// The sets of as many of some documents as there is room for.
struct Held<'a> {
    members: &'a [u32],
    sets: Vec<Option<Vec<u64>>>,
}

impl<'a> Held<'a> {
    fn new<S: ShingleSource>(members: &'a [u32], order: &Order, source: &S) -> Self {
        let room = HELD / members.len().max(1);
        let sets = members.par_iter().map(|&place| {
            let mut set = Vec::new();
            source.shingles(order.document(place), &mut set);
            (set.len() <= room).then(|| {
                set.shrink_to_fit();
                set
            })
        });
        Self { members, sets: sets.collect() }
    }

    fn overlap<S: ShingleSource>(
        &self,
        at: usize,
        other: usize,
        buffer: &mut Vec<u64>,
        order: &Order,
        source: &S,
    ) -> Overlap {
        let mut made = Vec::new();
        let first = self.set(at, &mut made, order, source);
        let second = self.set(other, buffer, order, source);
        compare((self.members[at], first), (self.members[other], second))
    }

    fn set<'s, S: ShingleSource>(
        &'s self,
        at: usize,
        buffer: &'s mut Vec<u64>,
        order: &Order,
        source: &S,
    ) -> &'s [u64] {
        if let Some(set) = &self.sets[at] {
            return set;
        }
        source.shingles(order.document(self.members[at]), buffer);
        buffer
    }
}

/// What two sets have in common; the first is of the better place.
fn compare((first, first_set): (u32, &[u64]), (second, second_set): (u32, &[u64])) -> Overlap {
    Overlap {
        first,
        second,
        first_shingles: first_set.len() as u32,
        second_shingles: second_set.len() as u32,
        common: common(first_set, second_set),
        held: (false, false),
    }
}

/// Holds back, of each related pair, the document that the other does not cover in spite of its scores: for its numbers,
/// or for a passage of its own.
pub(super) fn hold_back<S: ShingleSource>(
    pairs: &mut [Overlap],
    order: &Order,
    source: &S,
    config: &GroupConfig,
) {
    if !config.keep_numbers && config.novel_words == 0 {
        return;
    }
    pairs.par_iter_mut().for_each_init(Sets::default, |sets, pair| {
        source.words(order.document(pair.first), &mut sets.first);
        source.words(order.document(pair.second), &mut sets.second);
        pair.held = (holds(&sets.first, &sets.second, config), holds(&sets.second, &sets.first, config));
    });
}

fn holds(mine: &[u64], theirs: &[u64], config: &GroupConfig) -> bool {
    let has_passage = config.novel_words > 0 && novel_words(mine, theirs) > config.novel_words;
    has_passage || (config.keep_numbers && differs_in_numbers(&distinct(mine), &distinct(theirs)))
}

fn distinct(words: &[u64]) -> Vec<u64> {
    let mut words = words.to_vec();
    words.sort_unstable();
    words.dedup();
    words
}

/// Words of one run that a passage is told by, as in a shingle.
const PASSAGE: usize = 5;

/// The longest run of words of `mine` of which no five in a row stand in `theirs`.
///
/// A high score does not say that nothing is lost: one paragraph of its own in a long article costs a few hundredths of
/// Jaccard. Read on six corpora, that was how removals went wrong.
fn novel_words(mine: &[u64], theirs: &[u64]) -> usize {
    let known: FxHashSet<u64> = theirs.windows(PASSAGE).map(hash_run).collect();
    let (mut run, mut longest) = (0usize, 0usize);
    for window in mine.windows(PASSAGE) {
        run = if known.contains(&hash_run(window)) { 0 } else { run + 1 };
        longest = longest.max(run);
    }
    // A passage of its own breaks the four windows on its left that reach into it as well.
    (longest + 1).saturating_sub(PASSAGE)
}

fn hash_run(words: &[u64]) -> u64 {
    words.iter().fold(0, |hash: u64, word| (hash.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// Whether of the words that `mine` has and `theirs` has not, at least two are numbers and two in three are.
///
/// Daily quotes, results and weather reports are alike but for these. One changed number is an update of a story, or a
/// slip put right: that may go. Measured on the 727 near-duplicates and contained documents of seven corpora: it keeps one
/// apart, a daily price report, and no copy of a story.
fn differs_in_numbers(mine: &[u64], theirs: &[u64]) -> bool {
    let missing = mine.iter().filter(|word| theirs.binary_search(word).is_err());
    let (numbers, words) = missing.fold((0, 0), |(numbers, words), word| (numbers + (word & 1), words + 1));
    numbers >= 2 && numbers * 3 >= words * 2
}

/// Room for two shingle sets.
#[derive(Default)]
struct Sets {
    first: Vec<u64>,
    second: Vec<u64>,
}

impl Sets {
    /// Compares pairs that have the first place in common.
    fn overlaps<S: ShingleSource>(&mut self, run: &[PairKey], order: &Order, source: &S) -> Vec<Overlap> {
        let mut loaded = None;
        let mut found = Vec::with_capacity(run.len());
        for &pair in run {
            let (first, second) = places(pair);
            if loaded != Some(first) {
                source.shingles(order.document(first), &mut self.first);
                loaded = Some(first);
            }
            source.shingles(order.document(second), &mut self.second);
            found.push(compare((first, &self.first), (second, &self.second)));
        }
        found
    }
}

/// How many hashes two sorted sets have in common.
pub fn common(a: &[u64], b: &[u64]) -> u32 {
    let (mut at_a, mut at_b, mut found) = (0, 0, 0);
    while let (Some(&in_a), Some(&in_b)) = (a.get(at_a), b.get(at_b)) {
        // Without branches: which of the two is less is as good as random.
        found += u32::from(in_a == in_b);
        at_a += usize::from(in_a <= in_b);
        at_b += usize::from(in_b <= in_a);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_weigh_more_than_words() {
        // Odd: a number.
        assert!(differs_in_numbers(&[1, 2, 3, 4], &[2, 4]));
        assert!(differs_in_numbers(&[1, 2, 3, 4], &[4]));
        assert!(!differs_in_numbers(&[1, 2, 3, 4, 6], &[6]), "as many words as numbers");
        assert!(!differs_in_numbers(&[2, 3], &[2, 5, 7]), "a single number");
        assert!(!differs_in_numbers(&[2, 3], &[2, 3, 5, 7, 9]), "all of it is there");
    }

    #[test]
    fn a_passage_of_its_own_is_measured_in_words() {
        let story: Vec<u64> = (0..200).collect();
        let with_passage: Vec<u64> = (0..100).chain(1000..1030).chain(100..200).collect();
        assert_eq!(novel_words(&with_passage, &story), 30);
        assert_eq!(novel_words(&story, &with_passage), 0);
        let moved: Vec<u64> = (100..200).chain(0..100).collect();
        assert_eq!(novel_words(&moved, &story), 0);
        assert_eq!(novel_words(&[1, 2], &story), 0, "too short to have a passage");
    }

    #[test]
    fn common_hashes_are_counted() {
        assert_eq!(common(&[], &[1]), 0);
        assert_eq!(common(&[1, 3, 5, 7], &[2, 3, 4, 7, 9]), 2);
        assert_eq!(common(&[1, 2, 3], &[1, 2, 3]), 3);
    }
}
