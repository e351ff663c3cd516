//! One text looked at alone, as `clean` looks at it: what goes, and which rules have something to say of what stays.

use std::sync::Arc;

use crate::document::Document;
use crate::plan::Plan;
use crate::span::Span;
use crate::strip::learn::{FirstPlaces, LearnedLines};
use crate::strip::link_text::Cues;
use crate::strip::{Removal, find_hits};

use super::fingerprint::Printer;
use super::knowledge::Knowledge;
use super::survey::Found;
use super::{DocumentPlace, language, normal_form};

/// What the rules make of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// The text in normal form, into which the spans point.
    pub text: String,
    /// Edits that put it in normal form.
    pub normalized: usize,
    /// Its lines that are not blank, in order.
    pub lines: Vec<TriedLine>,
    /// Why the guard kept the text whole.
    pub kept_back: Option<String>,
    /// Whether the text is program code, of which nothing goes.
    pub is_code: bool,
}

/// What the rules make of one line.
#[derive(Clone, Debug, PartialEq)]
pub struct TriedLine {
    /// Number of the line in the text, from 1, blank ones counted.
    pub number: usize,
    /// The line, without the white space around it.
    pub span: Span,
    /// What goes from it.
    pub removals: Vec<Removal>,
    /// Rules that describe the line, whether or not they take it out.
    pub described_by: Vec<Arc<str>>,
}

impl TriedLine {
    /// Whether the whole line goes.
    pub fn goes(&self) -> bool {
        self.removals
            .iter()
            .any(|removal| removal.span.start <= self.span.start && removal.span.end >= self.span.end)
    }
}

/// Looks at one document. Nothing recurs in one text, so rules that ask for it take nothing.
pub fn try_document(document: &Document<'_>, plan: &Plan) -> Trial {
    let given = LearnedLines::default().overruled_by(&plan.given, &FirstPlaces::default());
    let knowledge = Knowledge::new(given, Cues::default());
    let normal = normal_form(document, plan);
    let hits = find_hits(&normal.text, language(document, plan), &plan.rules);
    let place = DocumentPlace { shard: 0, record: 0, offset: 0, length: 0 };
    let mut printer = Printer::new(plan, &knowledge);
    let found = Found { hits: &hits, links: true, taught: true };
    let (removals, kept_back, _) = printer.stripped(document, &normal.text, place, found);
    let described = hits.described(&plan.rules);
    let mut lines = tried_lines(&normal.text);
    for line in &mut lines {
        line.removals = removals.iter().filter(|removal| removal.span.overlaps(line.span)).cloned().collect();
        let of_line = described.iter().filter(|(span, _)| *span == line.span);
        line.described_by = of_line.map(|(_, rule)| Arc::clone(rule)).collect();
    }
    Trial {
        normalized: normal.edits.len(),
        text: normal.text.into_owned(),
        lines,
        kept_back: kept_back.map(Into::into),
        is_code: hits.is_code(),
    }
}

fn tried_lines(text: &str) -> Vec<TriedLine> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (line, number) in text.split('\n').zip(1..) {
        let trimmed = line.trim();
        if !trimmed.is_empty() {
            let from = start + line.len() - line.trim_start().len();
            let span = Span::new(from, from + trimmed.len());
            lines.push(TriedLine { number, span, removals: Vec::new(), described_by: Vec::new() });
        }
        start += line.len() + 1;
    }
    lines
}
