//! Headings of lists of links, and what goes with them.

use std::collections::BTreeSet;

use super::edges::{TAIL_PERCENT, add_what_follows};
use super::{Chosen, Evidence, ROUNDS, merge};
use crate::span::Span;
use crate::strip::compile::{CompiledRules, Structure};
use crate::strip::hits::LineHits;
use crate::strip::teaser::{announces_teasers, teasers};

/// The safe profile leaves lists, and so the headings that announce them.
pub(super) fn leave_headings(text: &str, chosen: &mut Vec<Chosen>, rules: &CompiledRules) {
    let all = chosen.clone();
    chosen.retain(|choice| !(heads_list(text, choice, rules) && announces_teasers(text, choice.line, &all)));
}

/// The lists below the headings that go, and what goes because of them. A heading without its list stays, unless it has one
/// once other lines went.
pub(super) fn add_lists(text: &str, hits: &LineHits, chosen: &mut Vec<Chosen>, rules: &CompiledRules) {
    let (mut lone, mut seen) = (Vec::new(), BTreeSet::new());
    for _ in 0..ROUNDS {
        merge(chosen, std::mem::take(&mut lone));
        let before = chosen.len();
        lone = add_teasers(text, chosen, &mut seen, rules);
        if chosen.len() + lone.len() == before {
            break;
        }
        add_what_follows(text, hits, chosen, rules);
    }
}

/// The lists below the headings that go and were not `seen`; takes out the headings whose list stays, and answers with them.
fn add_teasers(
    text: &str,
    chosen: &mut Vec<Chosen>,
    seen: &mut BTreeSet<usize>,
    rules: &CompiledRules,
) -> Vec<Chosen> {
    let rule = rules.structure(Structure::Teaser);
    if !rules.rules[usize::from(rule)].is_on() {
        return Vec::new();
    }
    let (mut found, mut lone) = (Vec::new(), Vec::new());
    let left = Left::new(text, chosen);
    for heading in chosen.iter().filter(|choice| heads_list(text, choice, rules)) {
        let is_of_list = found.last().is_some_and(|last: &Chosen| last.line.start > heading.line.start);
        if !seen.insert(heading.line.start) || is_of_list {
            continue;
        }
        let lines = teasers(text, heading.line, chosen, left.is_tail(heading.line));
        if lines.is_empty() && announces_teasers(text, heading.line, chosen) {
            lone.push(*heading);
        }
        found.extend(lines.into_iter().map(|line| Chosen { line, rule, evidence: Evidence::Heading }));
    }
    // Without the list that it announces the heading would leave a riddle.
    chosen.retain(|choice| lone.binary_search_by_key(&choice.line, |heading| heading.line).is_err());
    merge(chosen, found);
    for heading in &lone {
        seen.remove(&heading.line.start);
    }
    lone
}

/// Whether the line announces a list: its rule says so, or it points elsewhere and ends in a colon.
fn heads_list(text: &str, choice: &Chosen, rules: &CompiledRules) -> bool {
    let rule = &rules.rules[usize::from(choice.rule)];
    rule.heads_list
        || (matches!(&*rule.category, "promo_link" | "read_more")
            && choice.line.of(text).ends_with([':', '：']))
}

/// What is left of a text when lines go, as bytes.
struct Left {
    all: usize,
    /// Where each line that goes ends, with the bytes that go from the text up to there.
    gone: Vec<(usize, usize)>,
}

impl Left {
    fn new(text: &str, chosen: &[Chosen]) -> Self {
        let mut sum = 0;
        let gone = chosen.iter().map(|choice| {
            // With a line goes the white space before it.
            let before = &text[..choice.line.start];
            sum += choice.line.end - before.trim_end().len();
            (choice.line.end, sum)
        });
        let gone: Vec<_> = gone.collect();
        Self { all: text.len() - sum, gone }
    }

    /// Whether no more is left behind the line, which goes, than a tail.
    fn is_tail(&self, line: Span) -> bool {
        let count = self.gone.partition_point(|(end, _)| *end <= line.end);
        let gone = count.checked_sub(1).map_or(0, |last| self.gone[last].1);
        self.all.saturating_sub(line.end - gone) <= self.all * TAIL_PERCENT / 100
    }
}
