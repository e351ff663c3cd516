//! Lines that deletions leave with nothing in them: emptied ones, and separators with nothing to part.

use super::cut::{blocks, line_after, line_before};
use super::{Chosen, Evidence, holds, merge};
use crate::span::Span;
use crate::strip::compile::{CompiledRules, Structure};
use crate::strip::form::is_separator;

/// Lines in which inline findings leave nothing.
pub(super) fn add_emptied(text: &str, chosen: &mut Vec<Chosen>, rules: &CompiledRules, inline: &[Span]) {
    let rule = rules.structure(Structure::EmptiedLine);
    let mut emptied = Vec::new();
    for group in inline.chunk_by(|before, after| is_gap(&text[before.end..after.start])) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let line = Span::new(first.start, last.end);
        if opens_line(text, line.start) && closes_line(text, line.end) && !holds(chosen, line) {
            emptied.push(Chosen { line, rule, evidence: Evidence::Structure });
        }
    }
    merge(chosen, emptied);
}

/// Separator lines that deletions leave doubled, or dangling at the head or the tail.
pub(super) fn add_separators(text: &str, chosen: &mut Vec<Chosen>, rules: &CompiledRules) {
    let rule = rules.structure(Structure::LeftOverSeparator);
    if !rules.rules[usize::from(rule)].is_on() {
        return;
    }
    let mut left_over = Vec::new();
    for block in blocks(text, chosen) {
        let before = line_before(text, block.start);
        let after = line_after(text, block.end);
        let drawn = |line: Option<Span>| line.filter(|line| is_separator(line.of(text)));
        let dangling = match (drawn(before), drawn(after)) {
            (Some(_), Some(after)) => Some(after),
            (Some(before), None) if after.is_none() => Some(before),
            (None, Some(after)) if before.is_none() => Some(after),
            _ => None,
        };
        left_over.extend(dangling.map(|line| Chosen { line, rule, evidence: Evidence::Structure }));
    }
    left_over.dedup_by_key(|separator| separator.line.start);
    merge(chosen, left_over);
}

/// Whether the text holds nothing and no line ends in it.
fn is_gap(text: &str) -> bool {
    text.chars().all(|character| character.is_whitespace() && character != '\n')
}

fn opens_line(text: &str, at: usize) -> bool {
    let before =
        text[..at].trim_end_matches(|character: char| character.is_whitespace() && character != '\n');
    before.is_empty() || before.ends_with('\n')
}

fn closes_line(text: &str, at: usize) -> bool {
    let after =
        text[at..].trim_start_matches(|character: char| character.is_whitespace() && character != '\n');
    after.is_empty() || after.starts_with('\n')
}
