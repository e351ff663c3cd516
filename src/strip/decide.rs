//! Deciding: which of a document's hits are deleted, with exactly the white space that goes with them.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::compile::{Category, CompiledRule, CompiledRules, Settings, Structure};
use super::form::is_separator;
use super::hits::{LineHit, LineHits, Place};
use super::knowledge::{Knowledge, LearnedLine};
use super::rule::Action;
use crate::config::Profile;
use crate::span::Span;

/// Contexts in which a line must recur before it goes on that account, by default and in the strict profile.
const LEAST_CONTEXTS: u32 = 3;
const LEAST_CONTEXTS_STRICT: u32 = 2;

/// Deleted characters up to which the guard lets a document pass that keeps at least as many: a marker or two in a very
/// short text.
const SMALL_LOSS: usize = 100;

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
    /// A survey found it to be a template line.
    Learned {
        /// What was learned: that it belongs to the end, recurs, is a template, or is to stand once.
        rule: &'static str,
        /// Distinct contexts it stands in.
        contexts: u32,
        /// Documents it stands in.
        documents: u32,
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

/// What made a document be kept whole.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Guard {
    /// Characters that would have gone.
    pub removed_chars: usize,
    /// Characters of the document.
    pub total_chars: usize,
    /// Share of a document's characters that may go.
    pub share: f64,
    /// Characters that should stay.
    pub floor: usize,
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { removed_chars, total_chars, share, floor } = self;
        let percent = 100.0 * share;
        write!(
            f,
            "stripping would take {removed_chars} of {total_chars} characters; the guard allows {percent:.0} % and wants {floor} characters to stay"
        )
    }
}

/// What is deleted from a document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stripped {
    /// Deletions, by place and free of overlaps. Spans handed in that lie inside one are absorbed by it.
    pub removals: Vec<Removal>,
    /// Set when the guard kept the document whole; there are no removals then.
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
    let asks_lines = rules.settings.profile > Profile::Safe && !knowledge.learned().is_empty();
    if !rules.settings.enabled || (hits.is_empty() && inline.is_empty() && !asks_lines) {
        return Stripped::default();
    }
    let mut chosen = choose_hits(hits, site, rules, knowledge);
    if asks_lines {
        add_learned(&mut chosen, rules, knowledge);
    }
    add_emptied(text, &mut chosen, rules, inline);
    add_ends(hits, &mut chosen, rules);
    add_separators(text, &mut chosen, rules);
    if chosen.is_empty() {
        return Stripped::default();
    }
    if let Some(guard) = guard(text, &chosen, &rules.settings) {
        return Stripped { removals: Vec::new(), kept_back: Some(guard) };
    }
    Stripped { removals: removals(text, &chosen, rules), kept_back: None }
}

/// A line that goes.
#[derive(Clone, Copy, Debug)]
struct Chosen {
    line: Span,
    rule: u16,
    evidence: Evidence,
}

/// The lines that go on their own account, each once, under the first rule that says so.
fn choose_hits(
    hits: &LineHits,
    site: Option<&str>,
    rules: &CompiledRules,
    knowledge: &dyn Knowledge,
) -> Vec<Chosen> {
    let mut chosen: Vec<Chosen> = Vec::new();
    for hit in &hits.hits {
        if chosen.last().is_some_and(|last| last.line.start == hit.start as usize) {
            continue;
        }
        if let Some(evidence) = judge(hit, hits.article, site, rules, knowledge) {
            chosen.push(choice(hit, evidence));
        }
    }
    chosen
}

fn choice(hit: &LineHit, evidence: Evidence) -> Chosen {
    Chosen { line: Span::new(hit.start as usize, hit.end as usize), rule: hit.rule, evidence }
}

/// The evidence on which a hit goes, as a ladder from the strongest down.
fn judge(
    hit: &LineHit,
    article: bool,
    site: Option<&str>,
    rules: &CompiledRules,
    knowledge: &dyn Knowledge,
) -> Option<Evidence> {
    let rule = &rules.rules[usize::from(hit.rule)];
    let profile = rules.settings.profile;
    let bold = profile > Profile::Safe || rule.raised;
    if !rule.enabled {
        return None;
    }
    if is_structure(hit, rules) {
        return judge_structure(hit, article, rules, bold);
    }
    if rule.actions.has(Action::Always) {
        return Some(Evidence::Always);
    }
    if bold && rule.actions.has(Action::Edge) && hit.place.has(Place::EDGE) {
        return Some(Evidence::Edge);
    }
    if bold && rule.actions.has(Action::Furniture) && hit.place.has(Place::RUN) {
        return Some(Evidence::Furniture);
    }
    if rule.actions.has(Action::Judgement) && (profile == Profile::Strict || rule.raised) {
        return Some(Evidence::Judgement);
    }
    judge_recurrence(rule, profile, bold, || knowledge.contexts(site, hit.key))
}

fn judge_recurrence(
    rule: &CompiledRule,
    profile: Profile,
    bold: bool,
    contexts: impl Fn() -> u32,
) -> Option<Evidence> {
    if !bold || !rule.actions.has(Action::Recurs) {
        return None;
    }
    let least = if profile == Profile::Strict { LEAST_CONTEXTS_STRICT } else { LEAST_CONTEXTS };
    let contexts = contexts();
    (contexts >= least).then_some(Evidence::Recurs { contexts })
}

fn is_structure(hit: &LineHit, rules: &CompiledRules) -> bool {
    hit.rule >= rules.structure(Structure::FurnitureRun)
}

fn judge_structure(hit: &LineHit, article: bool, rules: &CompiledRules, bold: bool) -> Option<Evidence> {
    if hit.rule == rules.structure(Structure::FurnitureRun) {
        let acts = bold && (article || rules.settings.profile == Profile::Strict);
        return acts.then_some(Evidence::Furniture);
    }
    // Of a doubled head one line goes in every profile.
    (bold || hit.place.has(Place::SECOND)).then_some(Evidence::Structure)
}

/// Lines that the survey found to be of a template.
fn add_learned(chosen: &mut Vec<Chosen>, rules: &CompiledRules, knowledge: &dyn Knowledge) {
    let rule = rules.structure(Structure::LearnedLine);
    if !rules.rules[usize::from(rule)].enabled {
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
    let learned = knowledge.learned().iter().filter(|found| !holds(chosen, found.span)).map(of).collect();
    merge(chosen, learned);
}

/// Lines in which inline findings leave nothing.
fn add_emptied(text: &str, chosen: &mut Vec<Chosen>, rules: &CompiledRules, inline: &[Span]) {
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

/// Hits that go because nothing that stays follows them, from the last line up.
fn add_ends(hits: &LineHits, chosen: &mut Vec<Chosen>, rules: &CompiledRules) {
    let mut ends = Vec::new();
    let mut remaining = chosen.len();
    let mut seen = usize::MAX;
    for hit in hits.hits.iter().rev() {
        let start = hit.start as usize;
        let rule = &rules.rules[usize::from(hit.rule)];
        if start == seen || !rule.enabled || !rule.actions.has(Action::End) || is_structure(hit, rules) {
            continue;
        }
        while remaining > 0 && chosen[remaining - 1].line.start >= start {
            remaining -= 1;
        }
        let after = chosen.len() - remaining + ends.len();
        if usize::from(hit.lines_after) == after && !holds(chosen, Span::new(start, hit.end as usize)) {
            ends.push(choice(hit, Evidence::End));
            seen = start;
        }
    }
    merge(chosen, ends);
}

/// Separator lines that deletions leave doubled, or dangling at the head or the tail.
fn add_separators(text: &str, chosen: &mut Vec<Chosen>, rules: &CompiledRules) {
    let rule = rules.structure(Structure::LeftOverSeparator);
    if !rules.rules[usize::from(rule)].enabled {
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

fn holds(chosen: &[Chosen], line: Span) -> bool {
    let at = chosen.partition_point(|choice| choice.line.end <= line.start);
    chosen.get(at).is_some_and(|choice| choice.line.overlaps(line))
}

fn merge(chosen: &mut Vec<Chosen>, more: Vec<Chosen>) {
    if !more.is_empty() {
        chosen.extend(more);
        chosen.sort_by_key(|choice| choice.line.start);
        chosen.dedup_by_key(|choice| choice.line.start);
    }
}

/// The limit that deleting these lines would break.
fn guard(text: &str, chosen: &[Chosen], settings: &Settings) -> Option<Guard> {
    let total_chars = text.chars().filter(|character| *character != '\n').count();
    let removed_chars = chosen.iter().map(|choice| choice.line.of(text).chars().count()).sum::<usize>();
    let left = total_chars.saturating_sub(removed_chars);
    let taken = removed_chars as f64 / total_chars.max(1) as f64;
    let nothing_left = blocks(text, chosen)
        .any(|block| line_before(text, block.start).is_none() && line_after(text, block.end).is_none());
    let small = removed_chars <= SMALL_LOSS && removed_chars <= left;
    let share = settings.guard_share;
    let floor = settings.guard_floor;
    let too_much = !small && (taken > share || (left < floor && taken > share / 2.0));
    (nothing_left || too_much).then_some(Guard { removed_chars, total_chars, share, floor })
}

/// Runs of chosen lines with nothing but white space between them.
fn blocks<'a>(text: &'a str, chosen: &'a [Chosen]) -> impl Iterator<Item = Span> + 'a {
    groups(text, chosen).map(|group| Span::new(group[0].line.start, group[group.len() - 1].line.end))
}

fn groups<'a>(text: &'a str, chosen: &'a [Chosen]) -> impl Iterator<Item = &'a [Chosen]> {
    chosen.chunk_by(move |before, after| text[before.line.end..after.line.start].trim().is_empty())
}

/// The deletions, each with its share of the white space between the lines.
fn removals(text: &str, chosen: &[Chosen], rules: &CompiledRules) -> Vec<Removal> {
    let mut removals = Vec::with_capacity(chosen.len());
    for group in groups(text, chosen) {
        let whole = with_separator(text, Span::new(group[0].line.start, group[group.len() - 1].line.end));
        let from_line_end = whole.start < start_of_line(text, group[0].line.start);
        let mut start = whole.start;
        for (index, choice) in group.iter().enumerate() {
            let end = match group.get(index + 1) {
                None => whole.end,
                Some(_) if from_line_end => end_of_line(text, choice.line.end),
                Some(next) => start_of_line(text, next.line.start),
            };
            removals.push(removal(Span::new(start, end), choice, rules));
            start = end;
        }
    }
    removals
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
fn line_before(text: &str, at: usize) -> Option<Span> {
    let before = text[..at].trim_end();
    (!before.is_empty()).then(|| line_around(text, Span::new(before.len(), before.len())))
}

/// The line, trimmed, that the first character from `at` on which is no white space stands in.
fn line_after(text: &str, at: usize) -> Option<Span> {
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
