//! From lines to spans: exactly the white space goes that goes with a line.

use std::sync::Arc;

use super::{Chosen, Evidence, Removal};
use crate::span::Span;
use crate::strip::compile::CompiledRules;

/// Runs of chosen lines with nothing but white space between them.
pub(super) fn blocks<'a>(text: &'a str, chosen: &'a [Chosen]) -> impl Iterator<Item = Span> + 'a {
    groups(text, chosen).map(|group| Span::new(group[0].line.start, group[group.len() - 1].line.end))
}

pub(super) fn groups<'a>(text: &'a str, chosen: &'a [Chosen]) -> impl Iterator<Item = &'a [Chosen]> {
    chosen.chunk_by(move |before, after| text[before.line.end..after.line.start].trim().is_empty())
}

/// The deletions, each with its share of the white space between the lines.
pub(super) fn removals(text: &str, chosen: &[Chosen], rules: &CompiledRules) -> Vec<Removal> {
    let lines: Vec<Span> = chosen.iter().map(|choice| choice.line).collect();
    cuts(text, &lines).into_iter().zip(chosen).map(|(span, choice)| removal(span, choice, rules)).collect()
}

/// What is to be deleted for each of some lines or paragraphs to go: itself and its share of the white space around.
pub(crate) fn cuts(text: &str, lines: &[Span]) -> Vec<Span> {
    let mut cuts = Vec::with_capacity(lines.len());
    for group in lines.chunk_by(|before, after| text[before.end..after.start].trim().is_empty()) {
        let whole = with_separator(text, Span::new(group[0].start, group[group.len() - 1].end));
        let from_line_end = whole.start < start_of_line(text, group[0].start);
        let mut start = whole.start;
        for (index, line) in group.iter().enumerate() {
            let end = match group.get(index + 1) {
                None => whole.end,
                Some(_) if from_line_end => end_of_line(text, line.end),
                Some(next) => start_of_line(text, next.start),
            };
            cuts.push(Span::new(start, end));
            start = end;
        }
    }
    cuts
}

fn removal(span: Span, choice: &Chosen, rules: &CompiledRules) -> Removal {
    let rule = &rules.rules[usize::from(choice.rule)];
    let id = match choice.evidence {
        Evidence::Learned { rule, .. } => Arc::from(rule),
        _ => Arc::clone(&rule.id),
    };
    Removal { span, rule: id, category: Arc::clone(&rule.category), evidence: choice.evidence }
}

/// The lines of a block with the one of its two neighbouring separators that goes with them: the shorter, so that a
/// paragraph break stays one, and the one before it when both are alike.
fn with_separator(text: &str, block: Span) -> Span {
    let lines = Span::new(start_of_line(text, block.start), end_of_line(text, block.end));
    match (line_before(text, block.start), line_after(text, block.end)) {
        (None, None) => lines,
        (None, Some(next)) => Span::new(lines.start, start_of_line(text, next.start)),
        (Some(previous), None) => Span::new(end_of_line(text, previous.end), lines.end),
        (Some(previous), Some(next)) => {
            let before = Span::new(end_of_line(text, previous.end), lines.start);
            let after = Span::new(lines.end, start_of_line(text, next.start));
            if line_ends(text, before) > line_ends(text, after) {
                Span::new(lines.start, after.end)
            } else {
                Span::new(before.start, lines.end)
            }
        }
    }
}

fn line_ends(text: &str, separator: Span) -> usize {
    memchr::memchr_iter(b'\n', separator.of(text).as_bytes()).count()
}

fn start_of_line(text: &str, at: usize) -> usize {
    memchr::memrchr(b'\n', &text.as_bytes()[..at]).map_or(0, |end| end + 1)
}

/// Where the line's content with its trailing white space ends: before the line end, be it LF or CR LF.
fn end_of_line(text: &str, at: usize) -> usize {
    let Some(end) = memchr::memchr(b'\n', &text.as_bytes()[at..]) else { return text.len() };
    let end = at + end;
    if end > at && text.as_bytes()[end - 1] == b'\r' { end - 1 } else { end }
}

/// The line, trimmed, that the last character before `at` which is no white space stands in.
pub(super) fn line_before(text: &str, at: usize) -> Option<Span> {
    let before = text[..at].trim_end();
    (!before.is_empty()).then(|| line_around(text, Span::new(before.len(), before.len())))
}

/// The line, trimmed, that the first character from `at` on which is no white space stands in.
pub(super) fn line_after(text: &str, at: usize) -> Option<Span> {
    let after = text[at..].trim_start();
    let start = text.len() - after.len();
    (!after.is_empty()).then(|| line_around(text, Span::new(start, start)))
}

/// The trimmed line, or lines, around a span.
fn line_around(text: &str, span: Span) -> Span {
    let start = start_of_line(text, span.start);
    let end = end_of_line(text, span.end);
    let line = &text[start..end];
    let lead = line.len() - line.trim_start().len();
    Span::new(start + lead, start + lead + line.trim().len())
}
