//! Which learned lines go, and the lists that stay whole.

use super::cut::{groups, line_after, line_before};
use super::{Chosen, Evidence, holds, merge};
use crate::span::Span;
use crate::strip::compile::{CompiledRules, Structure};
use crate::strip::knowledge::{Knowledge, LearnedLine};
use crate::strip::teaser::is_bulleted;

/// Lines that the survey found to be of a template.
pub(super) fn add_learned(
    text: &str,
    chosen: &mut Vec<Chosen>,
    rules: &CompiledRules,
    knowledge: &dyn Knowledge,
) {
    let rule = rules.structure(Structure::LearnedLine);
    if !rules.rules[usize::from(rule)].is_on() {
        return;
    }
    let of = |found: &LearnedLine| Chosen {
        line: found.span,
        rule,
        evidence: Evidence::Learned {
            rule: found.rule,
            contexts: found.contexts,
            documents: found.documents,
        },
    };
    let mut learned: Vec<Chosen> =
        knowledge.learned().iter().filter(|found| !holds(chosen, found.span)).map(of).collect();
    leave_lists(text, chosen, &mut learned, knowledge.recurring());
    merge(chosen, learned);
}

/// Leaves learned lines whose going would take an item out of a list that stays, bulleted or known as one because its lines
/// recur together, or the list from a line that ends in a colon and stays.
fn leave_lists(text: &str, chosen: &[Chosen], learned: &mut Vec<Chosen>, recurring: &[(Span, u32)]) {
    let goes = |line: Span, learned: &[Chosen]| holds(chosen, line) || holds(learned, line);
    let mut left = Vec::new();
    for group in groups(text, learned) {
        let (first, last) = (group[0].line, group[group.len() - 1].line);
        let before = line_before(text, first.start).filter(|line| !goes(*line, learned));
        let after = line_after(text, last.end).filter(|line| !goes(*line, learned));
        let is_announced = before.is_some_and(|line| line.of(text).ends_with([':', '：']));
        let is_item = |line: Span, beside: Option<Span>| {
            is_bulleted(line.of(text)) && beside.is_some_and(|beside| is_bulleted(beside.of(text)))
        };
        let recurs_with = |group: &Chosen, beside: Option<Span>| {
            let at = beside
                .and_then(|line| recurring.binary_search_by_key(&line.start, |known| known.0.start).ok());
            at.is_some_and(|at| is_alike(group.evidence, recurring[at].1))
        };
        let is_halved = recurs_with(&group[0], before) || recurs_with(&group[group.len() - 1], after);
        if is_announced || is_item(first, before) || is_item(last, after) || is_halved {
            left.extend(group.iter().map(|choice| choice.line.start));
        }
    }
    learned.retain(|choice| !left.contains(&choice.line.start));
}

/// Whether a learned block stands in about as many documents as the line beside it.
fn is_alike(evidence: Evidence, documents: u32) -> bool {
    let Evidence::Learned { rule, documents: own, .. } = evidence else { return false };
    let of_text = matches!(rule, "learned/block" | "learned/sentence");
    of_text && documents <= own * 2 && own <= documents * 2
}
