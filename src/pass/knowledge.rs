//! What the survey of the whole input knows, and what of it concerns one document.

use serde_json::json;

use crate::site;
use crate::strip::learn::{DocumentLines, LearnedLines, Line, read_lines};
use crate::strip::link_text::Cues;
use crate::strip::{self, LearnedLine};

use super::survey::recurrence_key;

/// What was learned from the whole input.
#[derive(Default)]
pub struct Knowledge {
    /// Lines that recur.
    pub lines: LearnedLines,
    /// What ends a link's text.
    pub cues: Cues,
}

impl Knowledge {
    /// What a survey taught.
    pub fn new(lines: LearnedLines, cues: Cues) -> Self {
        Self { lines, cues }
    }

    /// Adds what was learned later, from what was left of the corpus.
    pub fn add(&mut self, later: Self) {
        self.lines = std::mem::take(&mut self.lines).joined(later.lines);
    }

    /// What was learned, as the report tells it.
    pub fn summary(&self) -> serde_json::Value {
        json!({ "lines": self.lines.decided().count(), "cues": self.cues })
    }

    /// What of it concerns one document. `lines` is a buffer to be used again.
    pub fn of_document(
        &self,
        text: &str,
        site: Option<&str>,
        rank: u64,
        lines: &mut Vec<Line>,
    ) -> OfDocument<'_> {
        let site = site.map(site::key);
        let mut learned = Vec::new();
        if self.lines.may_find(text) {
            read_lines(text, lines);
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
        }
        OfDocument { lines: &self.lines, site, learned }
    }
}

/// What the survey knows of one document.
pub struct OfDocument<'a> {
    lines: &'a LearnedLines,
    site: Option<u64>,
    learned: Vec<LearnedLine>,
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
}
