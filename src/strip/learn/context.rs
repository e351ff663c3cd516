//! How many different contexts a line stands in.
//!
//! A story printed forty times is one context of each of its lines, and so are eighty pages around one gallery.
//! Documents are of one context when they share, beside the line itself, at least 35 % of the larger one's
//! characters, a line counting 600 at most (research, 3b); contexts are the components of that relation.
//!
//! The larger, because a stub of nothing but a template would otherwise tie all pages of the template together.

use std::ops::Range;

use super::survey::LineSurvey;

/// Most documents of a line that are compared: those with the smallest hash.
pub(super) const SAMPLE: usize = 60;

/// Share of the larger document's characters, in percent, from which two documents are one context.
const SHARED_PERCENT: u32 = 35;

/// Characters a line counts at most, so that one long line doesn't make two documents alike.
pub(super) const CAPPED_CHARACTERS: u16 = 600;

/// Counts contexts.
pub(super) struct ContextCounter<'a> {
    survey: &'a LineSurvey,
    /// Of each document, in capped characters.
    weights: Vec<u32>,
    /// Of each document in turn, the lines that recur in the survey, by key: key and capped characters.
    recurring: Vec<(u64, u16)>,
    /// Where those of each document end.
    ends: Vec<usize>,
    /// Of each document, for how many lines each of those stands.
    scales: Vec<u32>,
}

/// Recurring lines of one document that are compared, about; of more, those whose keys begin with zeros are a fair sample, the same
/// of a line in every document.
const COMPARED_LINES: usize = 256;

/// Buffers that are kept from one line to the next.
#[derive(Default)]
pub(super) struct ContextScratch {
    shared: Vec<(u64, u16, u16)>,
    scales: Vec<u32>,
    overlaps: Vec<u32>,
    parents: Vec<usize>,
}

impl<'a> ContextCounter<'a> {
    /// `recurs` tells of each mark whether its key stands in another document too, `is_furniture` which do not count: menus
    /// would make all pages of a site one context.
    pub(super) fn new(survey: &'a LineSurvey, recurs: &[bool], is_furniture: &[bool]) -> Self {
        let capped = |index: usize| {
            if is_furniture[index] { 0 } else { survey.marks[index].characters.min(CAPPED_CHARACTERS) }
        };
        let weight = |index: usize| u32::from(capped(index));
        let weights = survey.documents.iter().map(|document| document.marks().map(weight).sum()).collect();
        let (mut recurring, mut lines): (Vec<(u64, u16)>, Vec<_>) = (Vec::new(), Vec::new());
        let mut scales = Vec::with_capacity(survey.documents.len());
        let ends = survey.documents.iter().map(|document| {
            let marks = document.marks().filter(|&index| recurs[index] && capped(index) > 0);
            lines.clear();
            lines.extend(marks.map(|index| (survey.marks[index].key, capped(index))));
            lines.sort_unstable();
            lines.dedup_by_key(|line| line.0);
            scales.push(thin_out(&mut lines));
            recurring.extend_from_slice(&lines);
            recurring.len()
        });
        let ends = ends.collect();
        Self { survey, weights, recurring, ends, scales }
    }

    /// Where the lines of a document that recur in the survey stand in `recurring`.
    fn range_of(&self, document: u32) -> Range<usize> {
        let document = document as usize;
        document.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[document]
    }

    /// The number of documents compared and of contexts of the line `key` in `documents`, given by index.
    pub(super) fn count(&self, key: u64, documents: &[u32], scratch: &mut ContextScratch) -> (usize, usize) {
        let sample = self.sample(documents);
        self.collect_shared(key, &sample, &mut scratch.shared);
        scratch.scales.clear();
        scratch.scales.extend(sample.iter().map(|&document| self.scales[document as usize]));
        scratch.add_overlaps(sample.len());
        let own = self.own_weight(key, &sample);
        let contexts = self.components(&sample, own, scratch);
        (sample.len(), contexts)
    }

    fn sample(&self, documents: &[u32]) -> Vec<u32> {
        let mut sample = documents.to_vec();
        if sample.len() > SAMPLE {
            let place = |&document: &u32| {
                let surveyed = &self.survey.documents[document as usize];
                (surveyed.hash, surveyed.site)
            };
            sample.select_nth_unstable_by_key(SAMPLE, place);
            sample.truncate(SAMPLE);
        }
        sample
    }

    /// The recurring lines of the sample, other than the line itself, sorted by key.
    fn collect_shared(&self, key: u64, sample: &[u32], shared: &mut Vec<(u64, u16, u16)>) {
        shared.clear();
        for (place, &document) in sample.iter().enumerate() {
            let lines = self.recurring[self.range_of(document)].iter().filter(|line| line.0 != key);
            shared.extend(lines.map(|&(key, weight)| (key, place as u16, weight)));
        }
        shared.sort_unstable();
    }

    fn own_weight(&self, key: u64, sample: &[u32]) -> u32 {
        let of = |document: u32| {
            let lines = &self.recurring[self.range_of(document)];
            lines.binary_search_by_key(&key, |line| line.0).map_or(0, |at| u32::from(lines[at].1))
        };
        sample.first().map_or(0, |&document| of(document))
    }

    fn components(&self, sample: &[u32], own: u32, scratch: &mut ContextScratch) -> usize {
        let ContextScratch { overlaps, parents, .. } = scratch;
        let count = sample.len();
        parents.clear();
        parents.extend(0..count);
        let mut contexts = count;
        for one in 0..count {
            for other in one + 1..count {
                let larger = self.weights[sample[one] as usize].max(self.weights[sample[other] as usize]);
                let rest = larger.saturating_sub(own);
                let is_one_context = overlaps[one * count + other] * 100 >= rest * SHARED_PERCENT;
                contexts -= usize::from(is_one_context && join(parents, one, other));
            }
        }
        contexts
    }
}

impl ContextScratch {
    /// What each two documents of the sample share, in capped characters.
    fn add_overlaps(&mut self, count: usize) {
        self.overlaps.clear();
        self.overlaps.resize(count * count, 0);
        for holders in self.shared.chunk_by(|one, other| one.0 == other.0) {
            for (index, one) in holders.iter().enumerate() {
                for other in &holders[index + 1..] {
                    let (one_at, other_at) = (usize::from(one.1), usize::from(other.1));
                    let scale = self.scales[one_at].max(self.scales[other_at]);
                    self.overlaps[one_at * count + other_at] += u32::from(one.2) * scale;
                }
            }
        }
    }
}

/// Leaves a sample of the lines of a document that has many, and tells for how many each of them stands.
fn thin_out(lines: &mut Vec<(u64, u16)>) -> u32 {
    let scale = (lines.len().div_ceil(COMPARED_LINES) as u64).next_power_of_two().max(1);
    lines.retain(|line| line.0 <= u64::MAX / scale);
    scale as u32
}

/// Joins two components; whether they were two.
fn join(parents: &mut [usize], one: usize, other: usize) -> bool {
    let (one, other) = (root(parents, one), root(parents, other));
    parents[other] = one;
    one != other
}

fn root(parents: &mut [usize], mut at: usize) -> usize {
    while parents[at] != at {
        parents[at] = parents[parents[at]];
        at = parents[at];
    }
    at
}
