//! Pairs judged in full: by their shingle sets, or aligned.

use rayon::prelude::*;

use rustc_hash::FxHashMap;

use super::ShingleSource;
use super::align::AlignedText;
use super::limits::{Limits, Overlap};
use super::order::Order;
use super::pairing::{PairKey, key, places};
use crate::config::{GroupConfig, Measure};

/// Pairs with the same first document that are judged in one go.
const RUN: usize = 64;

/// What a document of a pair is compared by.
pub(super) trait Compared: Default + Send + Sync {
    /// Makes it that of a document.
    fn fill<S: ShingleSource>(&mut self, document: u32, source: &S);

    /// Hashes that it holds.
    fn held(&self) -> usize;

    /// What this, of the place `first`, has in common with another, of a worse place.
    fn compare(&self, first: u32, other: &Self, second: u32) -> Overlap;
}

/// A document that is compared by its shingles: sorted, distinct.
#[derive(Default)]
pub(super) struct ShingleSet(Vec<u64>);

impl Compared for ShingleSet {
    fn fill<S: ShingleSource>(&mut self, document: u32, source: &S) {
        source.shingles(document, &mut self.0);
    }

    fn held(&self) -> usize {
        self.0.len()
    }

    fn compare(&self, first: u32, other: &Self, second: u32) -> Overlap {
        let (mine, theirs) = (self.0.len() as u32, other.0.len() as u32);
        Overlap::new((first, mine), (second, theirs), common(&self.0, &other.0))
    }
}

/// The related ones of `pairs`, which are sorted; in the same order, whatever the number of threads.
pub(super) fn verify<S: ShingleSource>(
    pairs: &[PairKey],
    order: &Order,
    source: &S,
    limits: Limits,
) -> Vec<Overlap> {
    let mut related = match limits.measure() {
        Measure::Shingles => overlaps::<ShingleSet, S>(pairs, order, source),
        Measure::Alignment => overlaps::<AlignedText, S>(pairs, order, source),
    };
    related.retain(|&pair| limits.relate(pair));
    related
}

/// What the documents of each of `pairs`, which are sorted, have in common; in the same order.
pub(super) fn overlaps<C: Compared, S: ShingleSource>(
    pairs: &[PairKey],
    order: &Order,
    source: &S,
) -> Vec<Overlap> {
    let runs: Vec<&[PairKey]> =
        pairs.chunk_by(|a, b| places(*a).0 == places(*b).0).flat_map(|run| run.chunks(RUN)).collect();
    let of_run = |(one, other): &mut (C, C), run: &&[PairKey]| -> Vec<Overlap> {
        one.fill(order.document(places(run[0]).0), source);
        let compare = |&pair: &PairKey| {
            let (first, second) = places(pair);
            other.fill(order.document(second), source);
            one.compare(first, other, second)
        };
        run.iter().map(compare).collect()
    };
    let judged: Vec<Vec<Overlap>> = runs.par_iter().map_init(<(C, C)>::default, of_run).collect();
    judged.concat()
}

/// The related among many, and how many pairs were compared.
pub(super) struct Among {
    pub(super) related: Vec<Overlap>,
    pub(super) compared: u64,
}

/// The related of all pairs of `members`, which are sorted, but for those in `known`.
pub(super) fn verify_among<S: ShingleSource>(
    members: &[u32],
    known: &[PairKey],
    order: &Order,
    source: &S,
    limits: Limits,
) -> Among {
    match limits.measure() {
        Measure::Shingles => among::<ShingleSet, S>(members, known, order, source, limits),
        Measure::Alignment => among::<AlignedText, S>(members, known, order, source, limits),
    }
}

/// Each document is made once and held with the others, as long as they are not too large together.
fn among<C: Compared, S: ShingleSource>(
    members: &[u32],
    known: &[PairKey],
    order: &Order,
    source: &S,
    limits: Limits,
) -> Among {
    let held = Held::<C>::new(members, order, source);
    let judged: Vec<Among> = (0..members.len())
        .into_par_iter()
        .map_init(<(C, C)>::default, |room, at| {
            let mut found = Among { related: Vec::new(), compared: 0 };
            for other in at + 1..members.len() {
                if known.binary_search(&key(members[at], members[other])).is_err() {
                    let pair = held.overlap(at, other, room, order, source);
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

/// Hashes of one star that are held at once, at eight bytes each.
const HELD: usize = 1 << 24;

/// As many of some documents as there is room for.
struct Held<'a, C> {
    members: &'a [u32],
    made: Vec<Option<C>>,
}

impl<'a, C: Compared> Held<'a, C> {
    fn new<S: ShingleSource>(members: &'a [u32], order: &Order, source: &S) -> Self {
        let room = HELD / members.len().max(1);
        let made = members.par_iter().map(|&place| {
            let mut made = C::default();
            made.fill(order.document(place), source);
            (made.held() <= room).then_some(made)
        });
        Self { members, made: made.collect() }
    }

    fn overlap<S: ShingleSource>(
        &self,
        at: usize,
        other: usize,
        room: &mut (C, C),
        order: &Order,
        source: &S,
    ) -> Overlap {
        let first = self.member(at, &mut room.0, order, source);
        let second = self.member(other, &mut room.1, order, source);
        first.compare(self.members[at], second, self.members[other])
    }

    fn member<'s, S: ShingleSource>(
        &'s self,
        at: usize,
        room: &'s mut C,
        order: &Order,
        source: &S,
    ) -> &'s C {
        if let Some(made) = &self.made[at] {
            return made;
        }
        room.fill(order.document(self.members[at]), source);
        room
    }
}

/// Holds back, of each related pair, the document that the other does not cover in spite of its scores: for its numbers,
/// or for a passage of its own. `pairs` are sorted.
pub(super) fn hold_back<S: ShingleSource>(
    pairs: &mut [Overlap],
    order: &Order,
    source: &S,
    config: &GroupConfig,
) {
    let runs: Vec<&mut [Overlap]> =
        pairs.chunk_by_mut(|a, b| a.first == b.first).flat_map(|run| run.chunks_mut(RUN)).collect();
    runs.into_par_iter().for_each_init(<(Wording, Vec<u64>)>::default, |(first, second), run| {
        first.fill(order.document(run[0].first), source);
        for pair in run {
            source.words(order.document(pair.second), second);
            let (mine, theirs) = first.beyond(second);
            pair.held = (holds(&mine, config), holds(&theirs, config));
            pair.passages = (mine.passage as u32, theirs.passage as u32);
        }
    });
}

/// What a text has that another lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Beyond {
    /// Words of the longest run of which no [`PASSAGE`] in a row stand in the other.
    passage: usize,
    /// Different words that the other lacks.
    words: usize,
    /// Of these: numbers.
    numbers: usize,
}

/// Whether a document with this over another must not go in its favour.
///
/// *A passage of its own.* A high score does not say that nothing is lost: one paragraph of its own in a long article costs a few
/// hundredths of Jaccard. Read on six corpora, that was how removals went wrong.
///
/// *Numbers*, if of the words of its own at least two are numbers and two in three are. Daily quotes, results and weather reports
/// are alike but for these. One changed number is an update of a story, or a slip put right: that may go. Measured on the 727
/// near-duplicates and contained documents of seven corpora: it keeps one apart, a daily price report, and no copy of a story.
fn holds(beyond: &Beyond, config: &GroupConfig) -> bool {
    let has_passage = config.novel_words > 0 && beyond.passage > config.novel_words;
    let has_numbers = beyond.numbers >= 2 && beyond.numbers * 3 >= beyond.words * 2;
    has_passage || (config.keep_numbers && has_numbers)
}

/// Words of one run that a passage is told by, as in a shingle.
const PASSAGE: usize = 5;

/// The words of a text, made ready to be held against those of others.
#[derive(Default)]
struct Wording {
    words: Vec<u64>,
    /// The number of each different word, and of each different run of [`PASSAGE`].
    of_words: Numbers,
    of_runs: Numbers,
    /// Of each run, in text order, its number.
    runs: Vec<u32>,
    /// Different words, by their numbers.
    distinct: Vec<u64>,
    /// Which of them another text has.
    has_word: Vec<bool>,
    has_run: Vec<bool>,
    /// Different words that another text has over this one.
    others: Vec<u64>,
}

type Numbers = FxHashMap<u64, u32>;

impl Wording {
    fn fill<S: ShingleSource>(&mut self, document: u32, source: &S) {
        let mut words = std::mem::take(&mut self.words);
        source.words(document, &mut words);
        self.words = words;
        self.read();
    }

    /// Numbers the words and their runs.
    fn read(&mut self) {
        self.of_words.clear();
        self.of_runs.clear();
        self.distinct.clear();
        for &word in &self.words {
            let number = self.distinct.len() as u32;
            if *self.of_words.entry(word).or_insert(number) == number {
                self.distinct.push(word);
            }
        }
        self.runs.clear();
        for run in self.words.windows(PASSAGE) {
            let number = self.of_runs.len() as u32;
            self.runs.push(*self.of_runs.entry(hash_run(run)).or_insert(number));
        }
    }

    /// What this text has over another, and the other over it.
    fn beyond(&mut self, other: &[u64]) -> (Beyond, Beyond) {
        self.mark(other);
        let lacking =
            self.distinct.iter().zip(&self.has_word).filter(|(_, has)| !**has).map(|(word, _)| *word);
        let mine = Beyond { passage: self.own_passage(), ..Beyond::of_words(lacking) };
        let passage =
            longest_passage(other.windows(PASSAGE).map(|run| self.of_runs.contains_key(&hash_run(run))));
        self.others.sort_unstable();
        self.others.dedup();
        (mine, Beyond { passage, ..Beyond::of_words(self.others.iter().copied()) })
    }

    /// Marks what another text has of this one, and notes what words it has beside.
    fn mark(&mut self, other: &[u64]) {
        self.others.clear();
        self.has_word.clear();
        self.has_word.resize(self.distinct.len(), false);
        self.has_run.clear();
        self.has_run.resize(self.of_runs.len(), false);
        for word in other {
            match self.of_words.get(word) {
                Some(&number) => self.has_word[number as usize] = true,
                None => self.others.push(*word),
            }
        }
        for run in other.windows(PASSAGE) {
            if let Some(&number) = self.of_runs.get(&hash_run(run)) {
                self.has_run[number as usize] = true;
            }
        }
    }

    fn own_passage(&self) -> usize {
        longest_passage(self.runs.iter().map(|&number| self.has_run[number as usize]))
    }
}

impl Beyond {
    fn of_words(lacking: impl Iterator<Item = u64>) -> Self {
        lacking.fold(Self::default(), |found, word| Self {
            passage: 0,
            words: found.words + 1,
            numbers: found.numbers + usize::from(word & 1 == 1),
        })
    }
}

/// How many words the longest passage has that the other text lacks; of each run of [`PASSAGE`] words is said whether it is known
/// there.
fn longest_passage(known: impl Iterator<Item = bool>) -> usize {
    let (mut run, mut longest) = (0_usize, 0_usize);
    for is_known in known {
        run = if is_known { 0 } else { run + 1 };
        longest = longest.max(run);
    }
    // A passage of its own breaks the four runs on its left that reach into it as well.
    (longest + 1).saturating_sub(PASSAGE)
}

fn hash_run(words: &[u64]) -> u64 {
    words.iter().fold(0, |hash: u64, word| (hash.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15))
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
    use proptest::prelude::*;

    use super::*;

    /// What one text has over another, and the other over it.
    fn beyond(mine: &[u64], theirs: &[u64]) -> (Beyond, Beyond) {
        let mut wording = Wording { words: mine.to_vec(), ..Wording::default() };
        wording.read();
        wording.beyond(theirs)
    }

    /// A slow twin: each run, and each word, sought in all of the other text.
    fn naive(mine: &[u64], theirs: &[u64]) -> Beyond {
        let is_known = |run: &[u64]| theirs.windows(PASSAGE).any(|other| other == run);
        let passage = longest_passage(mine.windows(PASSAGE).map(is_known));
        let mut own: Vec<u64> = mine.iter().copied().filter(|word| !theirs.contains(word)).collect();
        own.sort_unstable();
        own.dedup();
        Beyond { passage, words: own.len(), numbers: own.iter().filter(|word| *word & 1 == 1).count() }
    }

    fn words() -> impl Strategy<Value = Vec<u64>> {
        let passage = (0..30_u64, 0..40_u64).prop_map(|(from, length)| (from..from + length).collect());
        proptest::collection::vec(passage, 0..5).prop_map(|passages: Vec<Vec<u64>>| passages.concat())
    }

    proptest! {
        #[test]
        fn a_slow_reader_finds_the_same_beyond(a in words(), b in words()) {
            prop_assert_eq!(beyond(&a, &b), (naive(&a, &b), naive(&b, &a)));
        }
    }

    fn is_held_by_numbers(mine: &[u64], theirs: &[u64]) -> bool {
        holds(&beyond(mine, theirs).0, &GroupConfig { novel_words: 0, ..GroupConfig::default() })
    }

    #[test]
    fn numbers_weigh_more_than_words() {
        // Odd: a number.
        assert!(is_held_by_numbers(&[1, 2, 3, 4], &[2, 4]));
        assert!(is_held_by_numbers(&[1, 2, 3, 4], &[4]));
        assert!(!is_held_by_numbers(&[1, 2, 3, 4, 6], &[6]), "as many words as numbers");
        assert!(!is_held_by_numbers(&[2, 3], &[2, 5, 7]), "a single number");
        assert!(!is_held_by_numbers(&[2, 3], &[2, 3, 5, 7, 9]), "all of it is there");
    }

    #[test]
    fn a_passage_of_its_own_is_measured_in_words() {
        let passage = |mine: &[u64], theirs: &[u64]| beyond(mine, theirs).0.passage;
        let story: Vec<u64> = (0..200).collect();
        let with_passage: Vec<u64> = (0..100).chain(1000..1030).chain(100..200).collect();
        assert_eq!(passage(&with_passage, &story), 30);
        assert_eq!(passage(&story, &with_passage), 0);
        let moved: Vec<u64> = (100..200).chain(0..100).collect();
        assert_eq!(passage(&moved, &story), 0);
        assert_eq!(passage(&[1, 2], &story), 0, "too short to have a passage");
    }

    #[test]
    fn common_hashes_are_counted() {
        assert_eq!(common(&[], &[1]), 0);
        assert_eq!(common(&[1, 3, 5, 7], &[2, 3, 4, 7, 9]), 2);
        assert_eq!(common(&[1, 2, 3], &[1, 2, 3]), 3);
    }
}
