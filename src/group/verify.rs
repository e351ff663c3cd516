//! Pairs judged in full: by their shingle sets, or aligned.

use rayon::prelude::*;

use rustc_hash::FxHashMap;

use super::ShingleSource;
use super::align::AlignedText;
use super::limits::{Limits, Overlap};
use super::order::Order;
use super::pairing::{PairKey, key, places};
use crate::config::{GroupConfig, Measure};

/// Pairs of one document that are judged in one go, at least: it is read once for them.
const RUN: usize = 64;
/// Goes that the pairs of one document are judged in, for each thread: what many are compared with, a long text that holds many short
/// ones, is read no more often.
const GOES: usize = 2;

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

/// The related ones of `pairs`, which come by their better places; in the same order, whatever the number of threads.
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

/// What the documents of each of `pairs`, which come by their better places, have in common; in the same order.
pub(super) fn overlaps<C: Compared, S: ShingleSource>(
    pairs: &[PairKey],
    order: &Order,
    source: &S,
) -> Vec<Overlap> {
    let by_hub = ByHub::of(pairs.iter().map(|pair| places(*pair)));
    let of_run = |(hub, other): &mut (C, C), run: &[Spoke]| -> Vec<(u32, Overlap)> {
        hub.fill(order.document(run[0].hub), source);
        let compare = |spoke: &Spoke| {
            let (first, second) = places(pairs[spoke.pair as usize]);
            let overlap = if spoke.hub == first {
                other.fill(order.document(second), source);
                hub.compare(first, other, second)
            } else {
                other.fill(order.document(first), source);
                other.compare(first, hub, second)
            };
            (spoke.pair, overlap)
        };
        run.iter().map(compare).collect()
    };
    let judged: Vec<Vec<(u32, Overlap)>> = by_hub.runs().map_init(<(C, C)>::default, of_run).collect();
    let mut judged = judged.concat();
    judged.sort_unstable_by_key(|(pair, _)| *pair);
    judged.into_iter().map(|(_, overlap)| overlap).collect()
}

/// Pairs by the one of their documents that is of more of them, so that it is read once for many.
struct ByHub {
    spokes: Vec<Spoke>,
}

/// One pair, with its hub.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Spoke {
    hub: u32,
    /// Its number among the pairs.
    pair: u32,
}

impl ByHub {
    fn of(pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut degrees: FxHashMap<u32, u32> = FxHashMap::default();
        for (first, second) in pairs.clone() {
            *degrees.entry(first).or_default() += 1;
            *degrees.entry(second).or_default() += 1;
        }
        let spoke = |(pair, (first, second)): (u32, (u32, u32))| {
            let hub = if degrees[&second] > degrees[&first] { second } else { first };
            Spoke { hub, pair }
        };
        let mut spokes: Vec<Spoke> = (0..).zip(pairs).map(spoke).collect();
        spokes.sort_unstable();
        Self { spokes }
    }

    /// The pairs of each hub, in a few runs.
    fn runs(&self) -> impl ParallelIterator<Item = &[Spoke]> {
        let goes = GOES * rayon::current_num_threads();
        let runs: Vec<&[Spoke]> = self
            .spokes
            .chunk_by(|a, b| a.hub == b.hub)
            .flat_map(|run| run.chunks(run.len().div_ceil(goes).max(RUN)))
            .collect();
        runs.into_par_iter()
    }
}

/// Documents of which all pairs are judged.
pub(super) struct Star<'a, S> {
    /// Their places, sorted.
    pub(super) members: &'a [u32],
    /// Pairs that are judged already, sorted.
    pub(super) known: &'a [PairKey],
    pub(super) order: &'a Order,
    pub(super) source: &'a S,
    pub(super) limits: Limits,
}

/// The related among many, and how many pairs were compared.
pub(super) struct Among {
    pub(super) related: Vec<Overlap>,
    pub(super) compared: u64,
}

impl<S: ShingleSource> Star<'_, S> {
    /// The related of all pairs, but for those that are known.
    pub(super) fn verify(&self) -> Among {
        match self.limits.measure() {
            Measure::Shingles => self.verify_by::<ShingleSet>(),
            Measure::Alignment => self.verify_by::<AlignedText>(),
        }
    }

    fn verify_by<C: Compared>(&self) -> Among {
        let held = Held::<C, S>::new(self);
        let with_later = |room: &mut (C, C), at: usize| {
            let mut found = Among { related: Vec::new(), compared: 0 };
            for other in (at + 1..self.members.len()).filter(|&other| !self.is_known(at, other)) {
                let pair = held.overlap(at, other, room);
                found.compared += 1;
                found.related.extend(self.limits.relate(pair).then_some(pair));
            }
            found
        };
        let judged: Vec<Among> =
            (0..self.members.len()).into_par_iter().map_init(<(C, C)>::default, with_later).collect();
        let compared = judged.iter().map(|found| found.compared).sum();
        Among { related: judged.into_iter().flat_map(|found| found.related).collect(), compared }
    }

    fn is_known(&self, at: usize, other: usize) -> bool {
        self.known.binary_search(&key(self.members[at], self.members[other])).is_ok()
    }

    fn fill<C: Compared>(&self, at: usize, made: &mut C) {
        made.fill(self.order.document(self.members[at]), self.source);
    }
}

/// Hashes of one star that are held at once, at eight bytes each.
const HELD: usize = 1 << 24;

/// The documents of a star, each made once and held, if they are not too large together.
struct Held<'a, C, S> {
    star: &'a Star<'a, S>,
    made: Vec<Option<C>>,
}

impl<'a, C: Compared, S: ShingleSource> Held<'a, C, S> {
    fn new(star: &'a Star<'a, S>) -> Self {
        let room = HELD / star.members.len().max(1);
        let made = (0..star.members.len()).into_par_iter().map(|at| {
            let mut made = C::default();
            star.fill(at, &mut made);
            (made.held() <= room).then_some(made)
        });
        Self { star, made: made.collect() }
    }

    fn overlap(&self, at: usize, other: usize, room: &mut (C, C)) -> Overlap {
        let (first, second) = (self.member(at, &mut room.0), self.member(other, &mut room.1));
        first.compare(self.star.members[at], second, self.star.members[other])
    }

    fn member<'s>(&'s self, at: usize, room: &'s mut C) -> &'s C {
        if let Some(made) = &self.made[at] {
            return made;
        }
        self.star.fill(at, room);
        room
    }
}

/// Holds back, of each related pair, the document that the other does not cover in spite of its scores: for its numbers,
/// or for a passage of its own. `pairs` come by their better places.
pub(super) fn hold_back<S: ShingleSource>(
    pairs: &mut [Overlap],
    order: &Order,
    source: &S,
    config: &GroupConfig,
) {
    let by_hub = ByHub::of(pairs.iter().map(|pair| (pair.first, pair.second)));
    let of_run = |(hub, other): &mut (Wording, Vec<u64>), run: &[Spoke]| -> Vec<(u32, Beyond, Beyond)> {
        hub.fill(order.document(run[0].hub), source);
        let beyond = |spoke: &Spoke| {
            let pair = &pairs[spoke.pair as usize];
            source.words(order.document(pair.other(spoke.hub)), other);
            let (of_hub, of_other) = hub.beyond(other);
            let (first, second) =
                if spoke.hub == pair.first { (of_hub, of_other) } else { (of_other, of_hub) };
            (spoke.pair, first, second)
        };
        run.iter().map(beyond).collect()
    };
    let found: Vec<Vec<(u32, Beyond, Beyond)>> =
        by_hub.runs().map_init(<(Wording, Vec<u64>)>::default, of_run).collect();
    for (pair, first, second) in found.concat() {
        let pair = &mut pairs[pair as usize];
        pair.held = (holds(&first, config), holds(&second, config));
        pair.passages = (first.passage as u32, second.passage as u32);
    }
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
    /// Whether the text has fewer than [`SHORT`] words, and one that the other lacks; see [`tells_in_short`].
    tells_in_short: bool,
}

/// Whether a document with this over another must not go in its favour.
///
/// *A passage of its own.* A high score does not say that nothing is lost: one paragraph of its own in a long article costs a few
/// hundredths of Jaccard. Read on six corpora, that was how removals went wrong.
///
/// *Numbers*, if of the words of its own at least two are numbers and two in three are. Daily quotes, results and weather reports
/// are alike but for these. One changed number is an update of a story, or a slip put right: that may go. Measured on the 727
/// near-duplicates and contained documents of seven corpora: it keeps one apart, a daily price report, and no copy of a story.
///
/// *A word of its own in a short text.* In fifteen words that announce a dividend, one is the company or the day, and 0.8 is reached
/// without it. The last word may be cut off, if it is no number. Of the nine removals that this keeps from being made in ten corpora, six were wrong: other
/// companies' dividends, another bank, an answer (`docs/quality-duplicates.md`).
fn holds(beyond: &Beyond, config: &GroupConfig) -> bool {
    let has_passage = config.novel_words > 0 && beyond.passage > config.novel_words;
    let has_numbers = beyond.numbers >= 2 && beyond.numbers * 3 >= beyond.words * 2;
    has_passage || (config.keep_numbers && (has_numbers || beyond.tells_in_short))
}

/// Words of a text below which each tells it from others.
const SHORT: usize = 40;

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
    /// How many of them are numbers.
    numbers: usize,
    /// Which of the words and of the runs another text has, by their numbers, sorted.
    shared_words: Vec<u32>,
    shared_runs: Vec<u32>,
    /// Different words that another text has over this one.
    others: Vec<u64>,
    /// Where each run stands, once that was asked for.
    places: Option<Places>,
    /// Where the runs stand that another text has.
    met: Vec<u32>,
}

/// Where the runs of a text stand, by their numbers.
struct Places {
    /// Where the places of each number begin among `all`.
    starts: Vec<u32>,
    all: Vec<u32>,
}

impl Places {
    fn of(runs: &[u32], different: usize) -> Self {
        let mut starts = vec![0_u32; different + 1];
        for &number in runs {
            starts[number as usize + 1] += 1;
        }
        for number in 0..different {
            starts[number + 1] += starts[number];
        }
        let (mut next, mut all) = (starts.clone(), vec![0; runs.len()]);
        for (place, &number) in (0..).zip(runs) {
            all[next[number as usize] as usize] = place;
            next[number as usize] += 1;
        }
        Self { starts, all }
    }

    fn of_run(&self, number: u32) -> &[u32] {
        let number = number as usize;
        &self.all[self.starts[number] as usize..self.starts[number + 1] as usize]
    }
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
        self.numbers = self.distinct.iter().filter(|word| is_number(**word)).count();
        self.places = None;
    }

    /// What this text has over another, and the other over it.
    fn beyond(&mut self, other: &[u64]) -> (Beyond, Beyond) {
        self.mark(other);
        let is_shared = |word: &u64| self.shared_words.binary_search(&self.of_words[word]).is_ok();
        let shared = Beyond::of_words(self.shared_words.iter().map(|&number| self.distinct[number as usize]));
        let tells = tells_in_short(&self.words, is_shared);
        let mine = Beyond {
            passage: self.own_passage(),
            words: self.distinct.len() - shared.words,
            numbers: self.numbers - shared.numbers,
            tells_in_short: tells,
        };
        let passage =
            longest_passage(other.windows(PASSAGE).map(|run| self.of_runs.contains_key(&hash_run(run))));
        self.others.sort_unstable();
        self.others.dedup();
        let tells_in_short = tells_in_short(other, |word| self.of_words.contains_key(word));
        (mine, Beyond { passage, tells_in_short, ..Beyond::of_words(self.others.iter().copied()) })
    }

    /// Marks what another text has of this one, and notes what words it has beside.
    fn mark(&mut self, other: &[u64]) {
        self.others.clear();
        self.shared_words.clear();
        self.shared_runs.clear();
        for word in other {
            match self.of_words.get(word) {
                Some(&number) => self.shared_words.push(number),
                None => self.others.push(*word),
            }
        }
        let known = other.windows(PASSAGE).filter_map(|run| self.of_runs.get(&hash_run(run)));
        self.shared_runs.extend(known);
        for shared in [&mut self.shared_words, &mut self.shared_runs] {
            shared.sort_unstable();
            shared.dedup();
        }
    }

    /// Words of the longest passage that only this text has. Costs what the other text has of it, not what it has itself, once it
    /// is known where its runs stand.
    fn own_passage(&mut self) -> usize {
        let places = self.places.get_or_insert_with(|| Places::of(&self.runs, self.of_runs.len()));
        self.met.clear();
        self.met.extend(self.shared_runs.iter().flat_map(|&number| places.of_run(number)));
        self.met.sort_unstable();
        longest_between(&self.met, self.runs.len())
    }
}

impl Beyond {
    fn of_words(lacking: impl Iterator<Item = u64>) -> Self {
        lacking.fold(Self::default(), |found, word| Self {
            words: found.words + 1,
            numbers: found.numbers + usize::from(is_number(word)),
            ..found
        })
    }
}

/// Whether a text is short and has a word that the other lacks; its last one, unless that is a number, may be cut off.
fn tells_in_short(words: &[u64], is_known: impl Fn(&u64) -> bool) -> bool {
    let telling = match words.split_last() {
        Some((last, before)) if !is_number(*last) => before,
        _ => words,
    };
    words.len() < SHORT && !telling.iter().all(is_known)
}

/// Words are marked by whether they begin with a digit.
fn is_number(word: u64) -> bool {
    word & 1 == 1
}

/// How many words the longest passage has that the other text lacks; of each run of [`PASSAGE`] words is said whether it is known
/// there.
fn longest_passage(known: impl Iterator<Item = bool>) -> usize {
    let (mut run, mut longest) = (0_usize, 0_usize);
    for is_known in known {
        run = if is_known { 0 } else { run + 1 };
        longest = longest.max(run);
    }
    words_of_runs(longest)
}

/// The same, where the places of the runs that are known are at hand, sorted, out of so many.
fn longest_between(known: &[u32], runs: usize) -> usize {
    let mut next = 0;
    let mut longest = 0;
    for &place in known.iter().chain(&[runs as u32]) {
        longest = longest.max(place as usize - next);
        next = place as usize + 1;
    }
    words_of_runs(longest)
}

/// Words of a passage of its own that so many runs in a row tell of: it breaks the four runs on its left that reach into it as well.
fn words_of_runs(runs: usize) -> usize {
    (runs + 1).saturating_sub(PASSAGE)
}

fn hash_run(words: &[u64]) -> u64 {
    words.iter().fold(0, |hash: u64, word| (hash.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// How many times larger one of two sets is, where its hashes are sought and not walked by.
const LOPSIDED: usize = 32;

/// How many hashes two sorted sets have in common.
pub fn common(a: &[u64], b: &[u64]) -> u32 {
    let (small, large) = if a.len() < b.len() { (a, b) } else { (b, a) };
    if large.len() / LOPSIDED > small.len() { sought(small, large) } else { walked(a, b) }
}

/// [`common`] of a small set and a much larger one.
fn sought(small: &[u64], large: &[u64]) -> u32 {
    let (mut rest, mut found) = (large, 0);
    for hash in small {
        let at = rest.partition_point(|other| other < hash);
        rest = &rest[at..];
        found += u32::from(rest.first() == Some(hash));
    }
    found
}

/// [`common`] of two sets of about one size.
fn walked(a: &[u64], b: &[u64]) -> u32 {
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
        let numbers = own.iter().filter(|word| *word & 1 == 1).count();
        let is_own = |at: &usize| !theirs.contains(&mine[*at]);
        let tells = |at: usize| at + 1 < mine.len() || mine[at] % 2 == 1;
        let tells_in_short = mine.len() < 40 && (0..mine.len()).filter(is_own).any(tells);
        Beyond { passage, words: own.len(), numbers, tells_in_short }
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

    /// As in a longer text.
    fn is_held_by_numbers(mine: &[u64], theirs: &[u64]) -> bool {
        let beyond = Beyond { tells_in_short: false, ..beyond(mine, theirs).0 };
        holds(&beyond, &GroupConfig { novel_words: 0, ..GroupConfig::default() })
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
    fn every_word_of_a_short_text_tells_but_the_last() {
        let tells = |mine: &[u64], theirs: &[u64]| beyond(mine, theirs).0.tells_in_short;
        let text: Vec<u64> = (0..80).step_by(2).collect();
        let with = |at: usize| {
            let mut other = text[..39].to_vec();
            other[at] = 1000;
            other
        };
        assert!(tells(&with(0), &text) && tells(&with(37), &text));
        assert!(!tells(&with(38), &text), "its last word may be cut");
        assert!(tells(&[&text[..38], &[1001]].concat(), &text), "not if it is a number");
        assert!(!tells(&text[..39], &text) && !tells(&[], &text));
        assert!(!tells(&[&with(0)[..], &text[39..]].concat(), &text), "forty words");
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

    proptest! {
        #[test]
        fn seeking_counts_what_walking_counts(
            small in proptest::collection::btree_set(0..400_u64, 0..12),
            large in proptest::collection::btree_set(0..400_u64, 0..300),
        ) {
            let (small, large): (Vec<u64>, Vec<u64>) = (small.into_iter().collect(), large.into_iter().collect());
            prop_assert_eq!(sought(&small, &large), walked(&small, &large));
            prop_assert_eq!(common(&small, &large), walked(&large, &small));
        }
    }
}
