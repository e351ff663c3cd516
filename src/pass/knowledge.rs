//! What the survey of the whole input knows, and what of it concerns one document.

use serde_json::json;

use crate::site;
use crate::span::Span;
use crate::strip::learn::{Decision, DocumentLines, LearnedLines, Line, read_lines, read_shapes};
use crate::strip::link_text::Cues;
use crate::strip::{self, LearnedLine};

use super::survey::recurrence_key;

/// Different documents a line stands in from which on it may be part of a list that recurs.
const RECURRING: u32 = 4;

/// What was learned from the whole input.
#[derive(Default)]
pub struct Knowledge {
    /// Lines that recur.
    pub lines: LearnedLines,
    /// What ends a link's text.
    pub cues: Cues,
    /// What the lines were learned from.
    pub sample: Sample,
}

/// What lines were learned from: all documents, unless the survey's budget did not reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Documents that have a line.
    pub documents: u64,
    /// How many of them the survey kept.
    pub sampled: u64,
}

impl Knowledge {
    /// What a survey taught.
    pub fn new(lines: LearnedLines, cues: Cues) -> Self {
        Self { lines, cues, sample: Sample::default() }
    }

    /// Adds what was learned later, from what was left of the corpus.
    pub fn add(&mut self, later: Self) {
        self.lines = std::mem::take(&mut self.lines).joined(later.lines);
    }

    /// What was learned, as the report tells it.
    pub fn summary(&self) -> serde_json::Value {
        json!({
            "lines": self.lines.decided().count(),
            "documents": self.sample.documents,
            "sampled": self.sample.sampled,
            "cues": self.cues,
        })
    }

    /// What of it concerns one document; `taught` says whether it may hold a learned line. `lines` is a buffer to be used
    /// again.
    pub fn of_document(
        &self,
        text: &str,
        site: Option<&str>,
        rank: u64,
        taught: bool,
        lines: &mut Vec<Line>,
    ) -> OfDocument<'_> {
        let site = site.map(site::key);
        let (mut learned, mut recurring) = (Vec::new(), Vec::new());
        if taught && self.lines.may_find(text) {
            read_lines(text, lines);
            if self.lines.wants_shapes() {
                read_shapes(text, lines);
            }
            let mut hits = Vec::new();
            self.lines.find(DocumentLines { site, rank, lines }, &mut hits);
            learned.extend(hits.iter().filter_map(|hit| {
                Some(LearnedLine {
                    span: lines.get(hit.line)?.span,
                    rule: hit.learned.rule?.name(),
                    contexts: hit.learned.evidence.contexts,
                    documents: hit.learned.evidence.documents,
                })
            }));
            let goes = |index: usize| hits.binary_search_by_key(&index, |hit| hit.line).is_ok();
            let staying = lines.iter().enumerate().filter(|(index, _)| !hits.is_empty() && !goes(*index));
            recurring.extend(staying.filter_map(|(_, line)| {
                let evidence = self.lines.evidence(site, line.key)?;
                // One that was learned, and stays in this document only, is no part of a list that stays.
                let stays = self.lines.decision(site, line.key, line.shape) == Decision::Keep;
                (stays && evidence.distinct >= RECURRING).then_some((line.span, evidence.distinct))
            }));
        }
        OfDocument { lines: &self.lines, site, learned, recurring }
    }
}

/// What the survey knows of one document.
pub struct OfDocument<'a> {
    lines: &'a LearnedLines,
    site: Option<u64>,
    learned: Vec<LearnedLine>,
    recurring: Vec<(Span, u32)>,
}

impl strip::Knowledge for OfDocument<'_> {
    fn contexts(&self, _site: Option<&str>, key: u64) -> u32 {
        self.lines.contexts(self.site, recurrence_key(key))
    }

    fn contexts_on_site(&self, _site: Option<&str>, key: u64) -> u32 {
        self.lines.evidence(self.site, recurrence_key(key)).map_or(0, |evidence| evidence.contexts)
    }

    fn learned(&self) -> &[LearnedLine] {
        &self.learned
    }

    fn recurring(&self) -> &[(Span, u32)] {
        &self.recurring
    }
}
