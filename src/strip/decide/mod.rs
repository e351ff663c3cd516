//! Deciding: which of a document's hits are deleted, with exactly the white space that goes with them.

mod cut;
mod edges;
mod guard;
mod judge;
mod learned;
mod leftovers;
mod lists;
#[cfg(test)]
mod tests;

pub(crate) use cut::cuts;
pub use guard::Guard;

use std::sync::Arc;

use serde::Serialize;

use self::cut::removals;
use self::edges::add_what_follows;
use self::guard::guard;
use self::judge::{choose_hits, is_structure};
use self::learned::add_learned;
use self::leftovers::add_emptied;
use self::lists::{add_lists, leave_headings};
use crate::config::Profile;
use crate::span::Span;
use crate::strip::compile::{Category, CompiledRules, Structure};
use crate::strip::hits::{HEAD_WINDOW, LineHits};
use crate::strip::knowledge::{Knowledge, LearnedLine};
use crate::strip::lines::lines;
use crate::strip::structure::{Head, doubled_head};

/// Contexts in which a line must recur before it goes on that account, by default and in the strict profile.
const LEAST_CONTEXTS: u32 = 3;
const LEAST_CONTEXTS_STRICT: u32 = 2;

/// Times that edges and separators are looked for again after lines beside them went.
const ROUNDS: usize = 16;

/// Contexts in which what a rule describes must recur to go on that account.
pub fn least_contexts(profile: Profile) -> u32 {
    if profile == Profile::Strict { LEAST_CONTEXTS_STRICT } else { LEAST_CONTEXTS }
}

/// Why a removal is held to be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Evidence {
    /// The rule holds wherever the line stands.
    Always,
    /// Nothing that is kept follows it.
    End,
    /// It stands at the head or the tail.
    Edge,
    /// It recurs.
    Recurs {
        /// Distinct contexts it stands in.
        contexts: u32,
    },
    /// It stands in a run of furniture lines.
    Furniture,
    /// The strict profile, or the user, asked for it.
    Judgement,
    /// The form of the text around it tells.
    Structure,
    /// It stands in the list that a heading which goes announces.
    Heading,
    /// A survey found it to be a template line.
    Learned {
        /// What was learned: that it belongs to the end, recurs, is a template, or is to stand once.
        rule: &'static str,
        /// Distinct contexts it stands in.
        contexts: u32,
        /// Documents it stands in.
        documents: u32,
    },
    /// The same paragraph stands in another record that stays.
    Repeated {
        /// Number of that record's file.
        file: u32,
        /// Number of that record in its file.
        record: u64,
    },
}

/// One deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// What goes, in bytes of the text the hits were found in.
    pub span: Span,
    /// Full id of the rule: `advertisement/marker-en`.
    pub rule: Arc<str>,
    /// Category of the rule.
    pub category: Category,
    /// Why.
    pub evidence: Evidence,
}

/// What is deleted from a document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stripped {
    /// Deletions, by place and free of overlaps. Spans handed in that lie inside one are absorbed by it.
    pub removals: Vec<Removal>,
    /// Set when the guard kept the document whole; no line goes then.
    pub kept_back: Option<Guard>,
}

/// Which hits go. `inline` are the spans inside lines that others delete, by place and free of overlaps: a line with
/// nothing else in it goes whole.
pub fn decide(
    text: &str,
    hits: &LineHits,
    site: Option<&str>,
    rules: &CompiledRules,
    knowledge: &dyn Knowledge,
    inline: &[Span],
) -> Stripped {
    let acts = |line: &LearnedLine| rules.settings.profile > Profile::Safe || line.rule == "learned/given";
    let asks_lines = knowledge.learned().iter().any(acts);
    let has_any = !hits.is_empty() || !inline.is_empty() || asks_lines;
    if !rules.settings.enabled || hits.is_code() || !has_any {
        return Stripped::default();
    }
    let phrases = phrase_removals(hits, inline, rules);
    let mut spans: Vec<Span> =
        inline.iter().copied().chain(phrases.iter().map(|phrase| phrase.span)).collect();
    spans.sort_unstable();
    let mut chosen = choose_hits(hits, site, rules, knowledge);
    if asks_lines {
        add_learned(text, &mut chosen, rules, knowledge);
    }
    add_emptied(text, &mut chosen, rules, &spans);
    add_what_follows(text, hits, &mut chosen, rules);
    if rules.settings.profile == Profile::Safe {
        leave_headings(text, &mut chosen, rules);
    } else {
        add_lists(text, hits, &mut chosen, rules);
    }
    if let Some(guard) = guard(text, &chosen, hits.article, &rules.settings) {
        return Stripped { removals: phrases, kept_back: Some(guard) };
    }
    let mut removals = removals(text, &chosen, rules);
    add_free(&mut removals, phrases);
    Stripped { removals, kept_back: None }
}

/// The phrases that go from inside lines, but for those inside other findings.
fn phrase_removals(hits: &LineHits, inline: &[Span], rules: &CompiledRules) -> Vec<Removal> {
    let is_free = |(span, _): &&(Span, u16)| !overlaps_any(inline, |other| *other, *span);
    let removal = |(span, index): &(Span, u16)| {
        let rule = &rules.rules[usize::from(*index)];
        let (id, category) = (Arc::clone(&rule.id), Arc::clone(&rule.category));
        Removal { span: *span, rule: id, category, evidence: Evidence::Always }
    };
    hits.inline.iter().filter(is_free).map(removal).collect()
}

/// Adds the removals that overlap none.
pub(super) fn add_free(removals: &mut Vec<Removal>, more: Vec<Removal>) {
    if more.is_empty() {
        return;
    }
    let before = removals.len();
    for removal in more {
        if !overlaps_any(&removals[..before], |other| other.span, removal.span) {
            removals.push(removal);
        }
    }
    removals.sort_by_key(|removal| removal.span);
}

/// Whether one of these, by place and free of overlaps, overlaps `span`.
fn overlaps_any<T>(places: &[T], span_of: impl Fn(&T) -> Span, span: Span) -> bool {
    let at = places.partition_point(|other| span_of(other).end <= span.start);
    places.get(at).is_some_and(|other| span_of(other).overlaps(span))
}

/// A line that goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chosen {
    pub(super) line: Span,
    rule: u16,
    evidence: Evidence,
}

#[cfg(test)]
impl Chosen {
    /// A line that goes for its place.
    pub(super) fn of_line(line: Span) -> Self {
        Self { line, rule: 0, evidence: Evidence::Edge }
    }
}

/// A head line that is doubled once what goes is gone, as the same look at what stays would find it; where nothing goes, its
/// hits are found with the others.
fn add_doubled_head(text: &str, hits: &LineHits, chosen: &mut Vec<Chosen>, rules: &CompiledRules) {
    if chosen.is_empty() {
        return;
    }
    let stays = |part: Span| !holds(chosen, part);
    let head: Vec<Span> = lines(text).filter(|line| stays(*line)).take(HEAD_WINDOW).collect();
    // A title or a site's name is no phrase of a rule.
    let is_described = |line: &Span| {
        hits.hits.iter().any(|hit| hit.start as usize == line.start && !is_structure(hit, rules))
    };
    if head.first().is_none_or(is_described) {
        return;
    }
    let structure = match doubled_head(text, &head, stays) {
        Some(Head::SiteName) => Structure::DoubledHead,
        Some(Head::Title) => Structure::RepeatedHead,
        None => return,
    };
    let rule = rules.structure(structure);
    let is_first_too = structure == Structure::DoubledHead && rules.settings.profile > Profile::Safe;
    if rules.rules[usize::from(rule)].is_on() {
        let goes = if is_first_too { &head[..2] } else { &head[1..2] };
        let of = |line: &Span| Chosen { line: *line, rule, evidence: Evidence::Structure };
        merge(chosen, goes.iter().map(of).collect());
    }
}

fn holds(chosen: &[Chosen], line: Span) -> bool {
    overlaps_any(chosen, |choice| choice.line, line)
}

fn merge(chosen: &mut Vec<Chosen>, more: Vec<Chosen>) {
    if !more.is_empty() {
        chosen.extend(more);
        chosen.sort_by_key(|choice| choice.line.start);
        chosen.dedup_by_key(|choice| choice.line.start);
    }
}
