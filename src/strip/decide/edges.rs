//! What goes for where it stands: at the head, at the tail, or with nothing behind it that stays.

use super::judge::{choice, is_structure};
use super::leftovers::add_separators;
use super::{Chosen, Evidence, ROUNDS, add_doubled_head, merge};
use crate::config::Profile;
use crate::strip::compile::CompiledRules;
use crate::strip::hits::{LineHit, LineHits};
use crate::strip::rule::Action;

/// Kept lines that are the head of a document, and its tail: so many, or such a share in hundredths.
const HEAD_LINES: usize = 5;
const TAIL_LINES: usize = 8;
pub(super) const TAIL_PERCENT: usize = 15;

/// What goes because of what went: hits at the head or the tail of what stays or with nothing left after them, separators
/// left over, and a head line that is doubled now. Lines that go don't count, so that stripping the result finds nothing new.
pub(super) fn add_what_follows(text: &str, hits: &LineHits, chosen: &mut Vec<Chosen>, rules: &CompiledRules) {
    for _ in 0..ROUNDS {
        let before = chosen.len();
        let kept = (hits.lines as usize).saturating_sub(before);
        let head = head_edges(text, hits, chosen, rules);
        merge(chosen, head);
        let tail = tail_edges(text, hits, chosen, kept, rules);
        merge(chosen, tail);
        add_separators(text, chosen, rules);
        add_doubled_head(text, hits, chosen, rules);
        if chosen.len() == before {
            break;
        }
    }
}

/// Hits at the head, in their order.
fn head_edges(text: &str, hits: &LineHits, chosen: &[Chosen], rules: &CompiledRules) -> Vec<Chosen> {
    let mut edges: Vec<Chosen> = Vec::new();
    for hit in &hits.hits {
        let start = hit.start as usize;
        let gone = chosen.partition_point(|choice| choice.line.start < start) + edges.len();
        if usize::from(hit.lines_before) >= gone + HEAD_LINES {
            break;
        }
        if !is_chosen(chosen, &edges, start) && acts_at_edge(text, hit, rules, Action::Edge) {
            edges.push(choice(hit, Evidence::Edge));
        }
    }
    edges
}

/// Hits at the tail, from the last up.
fn tail_edges(
    text: &str,
    hits: &LineHits,
    chosen: &[Chosen],
    kept: usize,
    rules: &CompiledRules,
) -> Vec<Chosen> {
    let mut edges: Vec<Chosen> = Vec::new();
    for hit in hits.hits.iter().rev() {
        let start = hit.start as usize;
        let chosen_after = chosen.len() - chosen.partition_point(|choice| choice.line.start <= start);
        let edges_after = edges.iter().rev().take(1).filter(|last| last.line.start == start).count();
        let after = usize::from(hit.lines_after).saturating_sub(chosen_after + edges.len() - edges_after);
        if after >= TAIL_LINES && after * 100 >= kept * TAIL_PERCENT {
            break;
        }
        if is_chosen(chosen, &edges, start) {
            continue;
        }
        if after == 0 && acts_at_edge(text, hit, rules, Action::End) {
            edges.push(choice(hit, Evidence::End));
        } else if acts_at_edge(text, hit, rules, Action::Edge) {
            edges.push(choice(hit, Evidence::Edge));
        }
    }
    edges
}

fn is_chosen(chosen: &[Chosen], edges: &[Chosen], start: usize) -> bool {
    edges.last().is_some_and(|edge| edge.line.start == start)
        || chosen.binary_search_by_key(&start, |choice| choice.line.start).is_ok()
}

/// Whether the hit's rule has this action, the profile lets it act, and the line does not read as a headline or a last sentence may.
fn acts_at_edge(text: &str, hit: &LineHit, rules: &CompiledRules, action: Action) -> bool {
    let rule = &rules.rules[usize::from(hit.rule)];
    let is_worded = action == Action::End && rule.has_no_pattern();
    let bold = is_worded || rules.settings.profile > Profile::Safe || rule.raised;
    let line = &text[hit.start as usize..hit.end as usize];
    bold && rule.actions.has(action) && !is_structure(hit, rules) && rule.may_go_at_edge(line)
}
