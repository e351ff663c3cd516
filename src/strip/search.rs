//! Searches for any of some words, many bytes at once where the machine can.

use aho_corasick::{AhoCorasick, Input, MatchKind, packed};

use crate::span::Span;

/// Looks for words; the longest of those that begin at one place.
#[derive(Clone, Debug)]
pub(super) enum Searcher {
    Packed(packed::Searcher),
    Automaton(AhoCorasick),
    None,
}

/// Fewest and most bytes of a part of a phrase.
const LEAST_PART: usize = 4;
const LONGEST_PART: usize = 8;

/// Letters from the commonest to the rarest in running text, with the space first.
const BY_FREQUENCY: &[u8] = b" etaoinshrdlucmfwygpbvkxqjz";

impl Searcher {
    /// A search for `words`.
    pub(super) fn new<'a>(words: impl Iterator<Item = &'a str> + Clone) -> Self {
        if words.clone().next().is_none() {
            return Self::None;
        }
        let kind = packed::MatchKind::LeftmostLongest;
        let mut config = packed::Config::new();
        config.match_kind(kind).heuristic_pattern_limits(false);
        if let Some(searcher) = config.builder().extend(words.clone()).build() {
            return Self::Packed(searcher);
        }
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(words);
        automaton.map_or(Self::None, Self::Automaton)
    }

    /// The first word from `from` on.
    pub(super) fn first(&self, text: &str, from: usize) -> Option<Span> {
        let found = match self {
            Self::Packed(searcher) => searcher.find_in(text, (from..text.len()).into()),
            Self::Automaton(automaton) => automaton.find(Input::new(text).range(from..)),
            Self::None => None,
        };
        found.map(|found| Span::new(found.start(), found.end()))
    }

    fn find_pieces(&self, text: &str, ends: impl Iterator<Item = usize>, each: &mut impl FnMut(usize)) {
        let mut next = self.first(text, 0);
        for (number, end) in ends.enumerate() {
            let Some(found) = next else { return };
            if found.start < end {
                each(number);
                next = self.first(text, end);
            }
        }
    }
}

/// What tells texts apart that hold none of some phrases: a part of each, by which a search stops seldom where the phrase is
/// not. The fewer and the rarer the parts the faster it is, so those that no ASCII text holds are looked for in others only.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    ascii: Searcher,
    foreign: Searcher,
}

impl Parts {
    /// Those of `phrases`.
    pub(super) fn of<'a>(phrases: impl Iterator<Item = &'a str>) -> Self {
        let (ascii, foreign): (Vec<&str>, Vec<&str>) = phrases.partition(|phrase| phrase.is_ascii());
        let parts =
            |phrases: Vec<&'a str>| innermost(innermost(phrases).into_iter().map(rarest_part).collect());
        Self {
            ascii: Searcher::new(parts(ascii).into_iter()),
            foreign: Searcher::new(parts(foreign).into_iter()),
        }
    }

    /// Calls `each` with the number of every piece of `text` in which a part begins. The pieces end at `ends`, in order.
    pub(super) fn find(
        &self,
        text: &str,
        ends: impl Iterator<Item = usize> + Clone,
        mut each: impl FnMut(usize),
    ) {
        self.ascii.find_pieces(text, ends.clone(), &mut each);
        if !text.is_ascii() {
            self.foreign.find_pieces(text, ends, &mut each);
        }
    }
}

/// The parts that hold no other.
fn innermost(mut parts: Vec<&str>) -> Vec<&str> {
    parts.sort_unstable_by_key(|part| (part.len(), *part));
    let mut inner: Vec<&str> = Vec::new();
    for part in parts {
        if !inner.iter().any(|shorter| part.contains(shorter)) {
            inner.push(part);
        }
    }
    inner
}

/// A part of a phrase that is rare in running text: a search for it stops seldom where the phrase is not.
fn rarest_part(phrase: &str) -> &str {
    let bytes = phrase.as_bytes();
    let rarity = |at: &usize| bytes[*at..].iter().take(LEAST_PART).map(|byte| rarity(*byte)).sum::<usize>();
    let starts =
        (0..phrase.len()).filter(|at| phrase.is_char_boundary(*at) && at + LEAST_PART <= phrase.len());
    // The first of several that are as rare.
    let start = starts.rev().max_by_key(rarity).unwrap_or(0);
    // As long a part as there may be, since `your` alone is in every other line.
    let start = start.min(phrase.floor_char_boundary(phrase.len().saturating_sub(LONGEST_PART)));
    &phrase[start..phrase.ceil_char_boundary(start + LONGEST_PART)]
}

fn rarity(byte: u8) -> usize {
    BY_FREQUENCY.iter().position(|known| *known == byte).unwrap_or(BY_FREQUENCY.len() / 2)
}
