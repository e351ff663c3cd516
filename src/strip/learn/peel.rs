//! What a survey would be of the corpus as it goes out: lines that were stripped, and documents that were removed, taken
//! from it again.
//!
//! Lines lean on each other: a line moves to the end of its document when the one below it goes, and two documents have
//! less in common once their footers are off. So what was learned from a corpus as it came is not all that the same rules
//! teach of the corpus as it goes out. Learning again from what is left, until nothing more is found, is what makes a second
//! run find nothing.

use std::borrow::Borrow;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::learned::{LearnedHit, LearnedLines};
use super::line::{Line, Traits, mark_places};
use super::survey::{DocumentLines, EDGE_LINES, LineSurvey, Mark, Surveyed, scramble};
use crate::span::Span;

/// What went from one document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peeled {
    /// The document; see [`DocumentLines::rank`].
    pub rank: u64,
    /// How many lines that are not blank it had.
    pub lines: u32,
    /// Which of them went, from 0, in order.
    pub gone: Box<[u32]>,
    /// What is left of the keys that are only counted; see [`LineSurvey::observe_with`].
    pub keys: Box<[u64]>,
}

impl LineSurvey {
    /// Takes from the survey what went from documents. Documents of more lines than it keeps lose those it knows.
    pub fn peel<P: Borrow<Peeled>>(&mut self, peeled: impl IntoIterator<Item = P>) {
        let places: FxHashMap<u64, usize> =
            self.documents.iter().enumerate().map(|(index, document)| (document.rank, index)).collect();
        let mut kept = Vec::new();
        for went in peeled {
            let went = went.borrow();
            let Some(&index) = places.get(&went.rank) else { continue };
            kept.clear();
            remaining(&self.marks[self.documents[index].marks()], went, &mut kept);
            self.replace(index, &kept);
        }
    }

    /// Takes out the documents that were removed, one for each time its number stands in `hashes`; see
    /// [`LineSurvey::observe_with`]. One that stays in a copy stays.
    pub fn leave_out(&mut self, hashes: impl IntoIterator<Item = u64>) {
        let mut counts: FxHashMap<u64, u32> = FxHashMap::default();
        hashes.into_iter().for_each(|hash| *counts.entry(hash).or_default() += 1);
        self.documents.retain_mut(|document| {
            let removed = counts.get(&document.hash).copied().unwrap_or(0);
            document.copies = document.copies.saturating_sub(removed);
            document.copies > 0
        });
    }

    /// Of every document the survey has, by its number, whether one of its lines may go by what was learned. Of a document
    /// that is not here nothing is known.
    pub fn concerned<'l>(&self, learned: &'l LearnedLines) -> FxHashMap<u64, bool> {
        let may_go = |(lines, hits): &mut (Vec<Line>, Vec<LearnedHit<'l>>), document: &Surveyed| {
            let marks = &self.marks[document.marks()];
            if learned.wants_shapes() {
                return true;
            }
            if !marks.iter().any(|mark| learned.may_take(mark.key)) {
                return marks.iter().filter(|mark| is_line(mark)).count() >= 2 * EDGE_LINES;
            }
            read_marks(marks, lines);
            // Whether a copy is the first document of a line makes no difference beside what it holds.
            let site = (document.site != 0).then_some(document.site);
            let known = DocumentLines { site, rank: u64::MAX, lines };
            learned.find_in(known, document.content, hits);
            !hits.is_empty() || lines.len() >= 2 * EDGE_LINES
        };
        let of_document = |room: &mut _, document: &Surveyed| (document.hash, may_go(room, document));
        let known: Vec<(u64, bool)> =
            self.documents.par_iter().map_init(Default::default, of_document).collect();
        known.into_iter().collect()
    }

    /// The numbers of the documents that lose lines by what was learned from this survey, or in which a counted key now
    /// stands in `least` contexts that by what was known `before` did not.
    ///
    /// Of those that were kept whole against what was known, all in which that found a line are among them: less may be
    /// known of them now, so that the guard lets the rest go.
    pub fn affected<'l>(
        &self,
        learned: &'l LearnedLines,
        before: &'l LearnedLines,
        least: u32,
        kept_whole: &FxHashSet<u64>,
    ) -> FxHashSet<u64> {
        let is_affected = |(lines, hits): &mut (Vec<Line>, Vec<LearnedHit<'l>>), document: &Surveyed| {
            let marks = &self.marks[document.marks()];
            read_marks(marks, lines);
            let site = (document.site != 0).then_some(document.site);
            let known = DocumentLines { site, rank: document.rank, lines };
            learned.find_in(known, document.content, hits);
            let counted = marks.iter().filter(|mark| mark.traits.has(Traits::COUNTED));
            let mut keys = counted.map(|mark| mark.key);
            !hits.is_empty()
                || keys.clone().any(|key| learned.passes_first(before, site, key, least))
                || (kept_whole.contains(&document.hash) && {
                    before.find_in(known, document.content, hits);
                    !hits.is_empty()
                        || lines.len() >= 2 * EDGE_LINES
                        || keys.any(|key| before.passes(site, key, least))
                })
        };
        let of_document =
            |room: &mut _, document: &Surveyed| is_affected(room, document).then_some(document.hash);
        let affected: Vec<Option<u64>> =
            self.documents.par_iter().map_init(Default::default, of_document).collect();
        affected.into_iter().flatten().collect()
    }

    /// Puts fewer marks in the place of a document's.
    fn replace(&mut self, index: usize, marks: &[Mark]) {
        let document = &mut self.documents[index];
        let start = document.marks().start;
        document.shorten(marks.len());
        document.content = content_of(document, marks);
        self.marks[start..start + marks.len()].copy_from_slice(marks);
    }
}

/// A document's marks without what went, its lines placed anew.
fn remaining(marks: &[Mark], went: &Peeled, kept: &mut Vec<Mark>) {
    let lines = marks.iter().filter(|mark| is_line(mark)).count();
    if lines != (went.lines as usize).min(2 * EDGE_LINES) {
        return kept.extend_from_slice(marks);
    }
    let mut number = 0;
    let mut is_gone = false;
    for mark in marks {
        if mark.traits.has(Traits::COUNTED) {
            is_gone = !went.keys.contains(&mark.key);
        } else if is_line(mark) {
            is_gone = went.gone.binary_search(&line_number(number, went.lines as usize)).is_ok();
            number += 1;
        }
        if !is_gone {
            kept.push(*mark);
        }
    }
    place_again(kept);
}

/// Which line of its document the `number`th that is kept of it is.
fn line_number(number: usize, lines: usize) -> u32 {
    let left_out = lines.saturating_sub(2 * EDGE_LINES);
    (if number < EDGE_LINES { number } else { number + left_out }) as u32
}

/// Sets the traits that come from the place anew.
fn place_again(marks: &mut [Mark]) {
    let mut lines = Vec::new();
    read_marks(marks, &mut lines);
    for line in &mut lines {
        line.traits = line.traits.without_place();
    }
    mark_places(&mut lines);
    let mut placed = lines.iter().map(|line| line.traits);
    let mut last = Traits::default();
    for mark in marks.iter_mut().filter(|mark| !mark.traits.has(Traits::COUNTED)) {
        if is_line(mark) {
            last = placed.next().unwrap_or_default();
            mark.traits = last;
        } else {
            mark.traits = last.with(Traits::SHAPE, true);
        }
    }
}

/// The lines behind a document's marks; their spans are not known.
fn read_marks(marks: &[Mark], lines: &mut Vec<Line>) {
    lines.clear();
    for mark in marks.iter().filter(|mark| !mark.traits.has(Traits::COUNTED)) {
        if is_line(mark) {
            let (span, characters) = (Span::new(0, 0), u32::from(mark.characters));
            lines.push(Line { span, key: mark.key, shape: None, characters, traits: mark.traits });
        } else if let Some(line) = lines.last_mut() {
            line.shape = Some(mark.key);
        }
    }
}

fn is_line(mark: &Mark) -> bool {
    !mark.traits.has(Traits::COUNTED) && !mark.traits.has(Traits::SHAPE)
}

/// The same number as [`super::survey::hash_of`] gives for the lines behind the marks.
fn content_of(document: &Surveyed, marks: &[Mark]) -> u64 {
    let keys = marks.iter().filter(|mark| is_line(mark)).map(|mark| mark.key);
    keys.fold(scramble(document.site), |hash, key| scramble(hash ^ key))
}

#[cfg(test)]
mod tests {
    use super::super::{SurveyBudget, read_lines};
    use super::*;

    const STORY: &str = "The council met on Tuesday evening to talk about the bridge over the river.";

    fn observed(texts: &[String]) -> LineSurvey {
        let mut survey = LineSurvey::new(SurveyBudget::default());
        let mut lines = Vec::new();
        for (rank, text) in (0..).zip(texts) {
            read_lines(text, &mut lines);
            survey.observe_with(DocumentLines { site: Some(7), rank, lines: &lines }, &[100 + rank, 5]);
        }
        survey
    }

    fn peeled(rank: u64, text: &str, gone: &[u32]) -> Peeled {
        let lines = text.lines().filter(|line| !line.trim().is_empty()).count() as u32;
        Peeled { rank, lines, gone: gone.into(), keys: [5].into() }
    }

    fn without(text: &str, gone: &[u32]) -> String {
        let kept = (0..).zip(text.split("\n\n")).filter(|(number, _)| !gone.contains(number));
        kept.map(|(_, line)| line).collect::<Vec<_>>().join("\n\n")
    }

    fn marks(survey: &mut LineSurvey) -> Vec<(u64, u64, Vec<Mark>)> {
        survey.prune();
        let of = |document: &Surveyed| {
            let marks = survey.marks[document.marks()].iter();
            (
                document.rank,
                document.content,
                marks.filter(|mark| mark.key < 100 || mark.key > 200).copied().collect(),
            )
        };
        let mut all: Vec<_> = survey.documents.iter().map(of).collect();
        all.sort_by_key(|document| document.0);
        all
    }

    proptest::proptest! {
        /// A peeled survey is the survey of the peeled texts.
        #[test]
        fn what_is_peeled_was_never_there(
            documents in proptest::collection::vec(
                (proptest::collection::vec(0u32..12, 1..20), proptest::collection::btree_set(0u32..20, 0..6)), 1..8),
        ) {
            let line = |number: &u32| match number {
                0 => "Follow us on Twitter @herald".to_owned(),
                1 => "“Nobody was hurt”, she said.".to_owned(),
                _ => format!("{STORY} {number}"),
            };
            let texts: Vec<String> = (0..).zip(&documents).map(|(rank, (numbers, _))| {
                let lines: Vec<String> = numbers.iter().map(line).chain([format!("Own {rank} line.")]).collect();
                lines.join("\n\n")
            }).collect();
            let gone: Vec<Vec<u32>> = documents.iter().map(|(numbers, gone)| {
                gone.iter().copied().filter(|number| (*number as usize) < numbers.len()).collect()
            }).collect();
            let mut survey = observed(&texts);
            survey.prune();
            let went: Vec<Peeled> = (0..).zip(texts.iter().zip(&gone))
                .map(|(rank, (text, gone))| peeled(rank, text, gone)).collect();
            survey.peel(&went);
            let left: Vec<String> = texts.iter().zip(&gone).map(|(text, gone)| without(text, gone)).collect();
            proptest::prop_assert_eq!(marks(&mut survey), marks(&mut observed(&left)));
        }
    }

    #[test]
    fn a_removed_document_leaves_with_its_last_copy() {
        let texts = vec![STORY.to_owned(), STORY.to_owned(), "Another story.".to_owned()];
        let mut survey = observed(&texts);
        survey.prune();
        let hash =
            survey.documents.iter().find(|document| document.copies == 2).map(|document| document.hash);
        survey.leave_out(hash);
        assert_eq!(survey.len(), 2);
        survey.leave_out([hash.unwrap(), hash.unwrap()]);
        assert_eq!(survey.len(), 1);
    }
}
