//! What was seen of a corpus's lines: a bounded, mergeable sample of its documents.
//!
//! Whether a line is boilerplate is a question about the documents around it, so the survey keeps documents, not line
//! counts: of each one the keys of its lines, 16 bytes a line, no text. Corpora up to the budget are kept whole;
//! of larger ones the documents with the smallest hash stay, up to a number of lines for each site and in all.
//!
//! # Why the outcome does not depend on order
//! A document stays when its site's documents with a smaller hash hold fewer lines than the site's share, and when
//! all sites' documents with a smaller hash, each site counted up to its share, hold fewer than the budget. Both sums
//! only grow as documents are added. So what a part of the corpus drops, the whole would drop too, and every way to split
//! and merge ends at the same sample.
//!
//! # What error it makes
//! A sample misses: a line that recurs in the corpus may not recur in it. It cannot delete wrongly for that: every
//! count it rests on is of real documents, and rates are taken over the same sample.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::line::{Line, Traits};

/// Most lines of one document that are kept: so many from its start, as many from its end.
pub(super) const EDGE_LINES: usize = 512;

/// What a document weighs beside its lines, in lines: its own record takes 48 bytes.
const DOCUMENT_WEIGHT: usize = 3;

/// How much a survey may keep. It changes what is learned, and is part of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SurveyBudget {
    /// Lines of all documents together, 16 bytes each, a document itself counting as three; half as much again while the
    /// survey runs.
    pub lines: usize,
    /// Lines of one site's documents.
    pub site_lines: usize,
}

impl Default for SurveyBudget {
    /// 4 million lines, about 1 GB of news and 100 MB of memory; 400,000 lines, about 12,000 articles, a site.
    fn default() -> Self {
        Self { lines: 4_000_000, site_lines: 400_000 }
    }
}

/// One document as a survey sees it.
#[derive(Clone, Copy, Debug)]
pub struct DocumentLines<'a> {
    /// The site it comes from; see [`crate::site::key`].
    pub site: Option<u64>,
    /// Its place in the input: what comes first has the smaller number.
    pub rank: u64,
    /// Its lines; see [`super::read_lines`].
    pub lines: &'a [Line],
}

/// A mergeable partial result; see the module.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LineSurvey {
    budget: SurveyBudget,
    pub(super) documents: Vec<Surveyed>,
    pub(super) marks: Vec<Mark>,
    /// Documents with a hash from here on are beyond the budget already.
    cutoff: u64,
}

/// A document of the sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Surveyed {
    /// Of its site and its lines: equal documents of a site are one, counted.
    pub(super) hash: u64,
    /// Zero for none.
    pub(super) site: u64,
    /// Of its first copy.
    pub(super) rank: u64,
    /// Of the lines that are left of it; see [`LineSurvey::peel`]. At first the same as `hash`.
    pub(super) content: u64,
    pub(super) copies: u32,
    start: usize,
    length: u32,
}

impl Surveyed {
    pub(super) fn marks(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.length as usize
    }

    /// Keeps the first `length` marks.
    pub(super) fn shorten(&mut self, length: usize) {
        self.length = self.length.min(length as u32);
    }
}

/// A line of the sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// The line's key, or its shape's.
    pub(super) key: u64,
    /// Of a shape: which wording it stands for.
    pub(super) variant: u32,
    /// Unicode characters, at most 65,535.
    pub(super) characters: u16,
    pub(super) traits: Traits,
}

impl Default for LineSurvey {
    fn default() -> Self {
        Self::new(SurveyBudget::default())
    }
}

impl LineSurvey {
    /// A survey of nothing.
    pub fn new(budget: SurveyBudget) -> Self {
        Self { budget, documents: Vec::new(), marks: Vec::new(), cutoff: u64::MAX }
    }

    /// Adds a document.
    pub fn observe(&mut self, document: DocumentLines<'_>) {
        self.observe_with(document, &[]);
    }

    /// Adds a document, and what else of it is to be counted by key, as matches of rules. Such keys weigh nothing in
    /// contexts and are never learned; [`super::LearnedLines::contexts`] tells how often they recur.
    ///
    /// Answers with the number the survey knows the document by, the same for equal documents of a site.
    pub fn observe_with(&mut self, document: DocumentLines<'_>, keys: &[u64]) -> u64 {
        let site = document.site.unwrap_or(0);
        let hash = hash_of(site, document.lines);
        if document.lines.is_empty() || hash > self.cutoff {
            return hash;
        }
        let start = self.marks.len();
        let counted = |key: &u64| Mark { key: *key, variant: 0, characters: 0, traits: Traits::COUNTED };
        self.marks.extend(keys.iter().map(counted));
        let (head, tail) = edges(document.lines);
        head.iter().chain(tail).for_each(|line| push_marks(line, &mut self.marks));
        let length = (self.marks.len() - start) as u32;
        let rank = document.rank;
        self.documents.push(Surveyed { hash, site, rank, content: hash, copies: 1, start, length });
        self.prune_if_full();
        hash
    }

    /// Adds what another survey of the same budget saw.
    pub fn merge(&mut self, other: &Self) {
        self.cutoff = self.cutoff.min(other.cutoff);
        let offset = self.marks.len();
        self.marks.extend_from_slice(&other.marks);
        let moved = |document: &Surveyed| Surveyed { start: document.start + offset, ..*document };
        self.documents.extend(other.documents.iter().map(moved));
        self.prune_if_full();
    }

    /// How many documents are kept, copies counted once.
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Lines that are kept, a document itself counting as three: what the budget counts.
    pub fn weight(&self) -> usize {
        self.marks.len() + self.documents.len() * DOCUMENT_WEIGHT
    }

    /// Whether nothing was seen.
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// Merges copies and drops what is beyond the budget; leaves the documents sorted by hash.
    pub(super) fn prune(&mut self) {
        self.documents.sort_unstable_by_key(|document| (document.hash, document.site, document.rank));
        self.documents.dedup_by(|copy, first| {
            let is_copy = copy.hash == first.hash && copy.site == first.site;
            first.copies = first.copies.saturating_add(u32::from(is_copy) * copy.copies);
            is_copy
        });
        self.drop_beyond_budget();
        self.compact();
    }

    /// Gives back the room that more documents would have taken.
    pub(super) fn give_room_back(&mut self) {
        self.documents.shrink_to_fit();
        self.marks.shrink_to_fit();
    }

    fn prune_if_full(&mut self) {
        if self.weight() > self.budget.lines + self.budget.lines / 2 + 4 * EDGE_LINES {
            self.prune();
        }
    }

    fn drop_beyond_budget(&mut self) {
        let mut of_site: FxHashMap<u64, usize> = FxHashMap::default();
        let mut total = 0;
        let (budget, cutoff) = (self.budget, &mut self.cutoff);
        self.documents.retain(|document| {
            let lines = of_site.entry(document.site).or_default();
            if total >= budget.lines {
                *cutoff = (*cutoff).min(document.hash);
            }
            if *lines >= budget.site_lines || total >= budget.lines {
                return false;
            }
            let counted = (document.length as usize + DOCUMENT_WEIGHT).min(budget.site_lines - *lines);
            *lines += counted;
            total += counted;
            true
        });
    }

    /// Closes the gaps between the marks of the documents that stay.
    fn compact(&mut self) {
        let mut order: Vec<usize> = (0..self.documents.len()).collect();
        order.sort_unstable_by_key(|&index| self.documents[index].start);
        let mut end = 0;
        for index in order {
            let marks = self.documents[index].marks();
            self.documents[index].start = end;
            let length = marks.len();
            self.marks.copy_within(marks, end);
            end += length;
        }
        self.marks.truncate(end);
    }
}

/// A line, and its shape behind it if it has one.
fn push_marks(line: &Line, marks: &mut Vec<Mark>) {
    let characters = line.characters.min(u32::from(u16::MAX)) as u16;
    let variant = line.key as u32;
    marks.push(Mark { key: line.key, variant, characters, traits: line.traits });
    if let Some(shape) = line.shape {
        let traits = line.traits.with(Traits::SHAPE, true);
        marks.push(Mark { key: shape, variant, characters: 0, traits });
    }
}

/// The lines that are kept of a document: all, or those at both ends.
fn edges(lines: &[Line]) -> (&[Line], &[Line]) {
    if lines.len() <= 2 * EDGE_LINES {
        return (lines, &[]);
    }
    (&lines[..EDGE_LINES], &lines[lines.len() - EDGE_LINES..])
}

/// A number for a document's site and lines that spreads evenly, so that a sample by it is a fair one.
pub(super) fn hash_of(site: u64, lines: &[Line]) -> u64 {
    lines.iter().fold(scramble(site), |hash, line| scramble(hash ^ line.key))
}

/// The finaliser of `SplitMix64` (Steele, Lea and Flood, 2014).
pub(super) fn scramble(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::strategy::Strategy as _;

    use super::super::read_lines;
    use super::*;

    fn sample(survey: &mut LineSurvey) -> Vec<(u64, u64, u64, u32, Vec<Mark>)> {
        survey.prune();
        let marks = |document: &Surveyed| survey.marks[document.marks()].to_vec();
        survey.documents.iter().map(|d| (d.hash, d.site, d.rank, d.copies, marks(d))).collect()
    }

    fn observe(survey: &mut LineSurvey, rank: u64, text: &str) {
        let mut lines = Vec::new();
        read_lines(text, &mut lines);
        survey.observe(DocumentLines { site: Some(rank % 3 + 1), rank, lines: &lines });
    }

    fn text(number: u64) -> String {
        let line = |line: u64| format!("Line {line} of {}", number / 2 * (line % 3));
        (0..=number % 7).map(line).collect::<Vec<_>>().join("\n")
    }

    proptest::proptest! {
        #[test]
        fn any_split_and_order_ends_at_one_sample(
            splits in proptest::collection::vec(0usize..4, 120),
            order in proptest::sample::subsequence((0u64..120).collect::<Vec<_>>(), 120).prop_shuffle(),
            lines in 1usize..300,
        ) {
            let budget = SurveyBudget { lines, site_lines: lines / 2 + 1 };
            let mut whole = LineSurvey::new(budget);
            (0..120).for_each(|rank| observe(&mut whole, rank, &text(rank)));
            let mut parts = vec![LineSurvey::new(budget); 4];
            for (rank, part) in order.into_iter().zip(splits) {
                observe(&mut parts[part], rank, &text(rank));
                if rank % 5 == 0 {
                    parts[part].prune();
                }
            }
            let mut merged = LineSurvey::new(budget);
            parts.iter().rev().for_each(|part| merged.merge(part));
            proptest::prop_assert_eq!(sample(&mut merged), sample(&mut whole));
        }
    }

    #[test]
    fn the_budget_holds() {
        let budget = SurveyBudget { lines: 1000, site_lines: 600 };
        let mut survey = LineSurvey::new(budget);
        for rank in 0..20_000 {
            observe(&mut survey, rank, &format!("One\nTwo\nThree {rank}"));
            assert!(survey.marks.len() <= 1500 + 8 * EDGE_LINES);
        }
        survey.prune();
        assert_eq!(survey.marks.len() / 3, 1000usize.div_ceil(3 + DOCUMENT_WEIGHT));
    }

    #[test]
    fn no_document_takes_more_than_its_edges() {
        let mut survey = LineSurvey::new(SurveyBudget::default());
        observe(&mut survey, 0, &(0..100_000).map(|line| line.to_string()).collect::<Vec<_>>().join("\n"));
        assert_eq!(survey.marks.len(), 2 * EDGE_LINES);
    }

    #[test]
    fn copies_are_counted_once() {
        let mut survey = LineSurvey::new(SurveyBudget::default());
        (0..9).for_each(|rank| observe(&mut survey, rank * 3, "The same\nstory"));
        survey.prune();
        assert_eq!((survey.len(), survey.documents[0].copies, survey.documents[0].rank), (1, 9, 0));
    }
}
