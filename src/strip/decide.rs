//! Deciding: which of a document's hits are deleted, with exactly the white space that goes with them.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::compile::{Category, CompiledRule, CompiledRules, Settings, Structure};
use super::form::is_separator;
use super::hits::{HEAD_WINDOW, LineHit, LineHits, Place};
use super::knowledge::{Knowledge, LearnedLine};
use super::lines::lines;
use super::rule::{Action, CountedBy};
use super::structure::{Head, doubled_head};
use super::teaser::{announces_teasers, is_bulleted, teasers};
use crate::config::Profile;
use crate::span::Span;

/// Contexts in which a line must recur before it goes on that account, by default and in the strict profile.
const LEAST_CONTEXTS: u32 = 3;
const LEAST_CONTEXTS_STRICT: u32 = 2;

/// Contexts from which on a line is boilerplate without a doubt, however much of its document it is.
const PROVEN_CONTEXTS: u32 = 5;

/// Deleted characters up to which the guard lets a document pass that keeps at least as many: a marker or two in a very
/// short text.
const SMALL_LOSS: usize = 100;

/// Kept lines that are the head of a document, and its tail: so many, or such a share in hundredths.
const HEAD_LINES: usize = 5;
const TAIL_LINES: usize = 8;
const TAIL_PERCENT: usize = 15;

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
    let is_free = |(span, _): &&(Span, u16)| !inline.iter().any(|other| other.overlaps(*span));
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
        if !removals[..before].iter().any(|other| other.span.overlaps(removal.span)) {
            removals.push(removal);
        }
    }
    removals.sort_by_key(|removal| removal.span);
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
    if !rule.is_on() {
        return None;
    }
    if is_structure(hit, rules) {
        return judge_structure(hit, article, rules, bold);
    }
    // In the safe profile only what a rule has word for word goes without further evidence.
    if rule.actions.has(Action::Always) && (bold || !rule.open_ended) {
        return Some(Evidence::Always);
    }
    if bold && rule.actions.has(Action::Furniture) && hit.place.has(Place::RUN) {
        return Some(Evidence::Furniture);
    }
    if rule.actions.has(Action::Judgement) && (profile == Profile::Strict || rule.raised) {
        return Some(Evidence::Judgement);
    }
    // That a label stands on many sites says no more than that it is a label.
    let counts_own_site = rule.open_ended || rule.counted_by != CountedBy::Line;
    judge_recurrence(rule, profile, bold, || {
        if counts_own_site {
            knowledge.contexts_on_site(site, hit.key)
        } else {
            knowledge.contexts(site, hit.key)
        }
    })
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
    let contexts = contexts();
    (contexts >= least_contexts(profile)).then_some(Evidence::Recurs { contexts })
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
fn add_learned(text: &str, chosen: &mut Vec<Chosen>, rules: &CompiledRules, knowledge: &dyn Knowledge) {
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

/// Whether a learned block stands in about as many documents as the line beside it.
fn is_alike(evidence: Evidence, documents: u32) -> bool {
    let Evidence::Learned { rule, documents: own, .. } = evidence else { return false };
    let of_text = matches!(rule, "learned/block" | "learned/sentence");
    of_text && documents <= own * 2 && own <= documents * 2
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

/// The safe profile leaves lists, and so the headings that announce them.
fn leave_headings(text: &str, chosen: &mut Vec<Chosen>, rules: &CompiledRules) {
    let all = chosen.clone();
    chosen.retain(|choice| !(heads_list(text, choice, rules) && announces_teasers(text, choice.line, &all)));
}

/// The lists below the headings that go, and what goes because of them. A heading without its list stays, unless it has one
/// once other lines went.
fn add_lists(text: &str, hits: &LineHits, chosen: &mut Vec<Chosen>, rules: &CompiledRules) {
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
    chosen.retain(|choice| !lone.iter().any(|heading| heading.line == choice.line));
    merge(chosen, found);
    for heading in &lone {
        seen.remove(&heading.line.start);
    }
    lone
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

/// Whether the line announces a list: its rule says so, or it points elsewhere and ends in a colon.
fn heads_list(text: &str, choice: &Chosen, rules: &CompiledRules) -> bool {
    let rule = &rules.rules[usize::from(choice.rule)];
    rule.heads_list
        || (matches!(&*rule.category, "promo_link" | "read_more")
            && choice.line.of(text).ends_with([':', '：']))
}

/// What goes because of what went: hits at the head or the tail of what stays or with nothing left after them, separators
/// left over, and a head line that is doubled now. Lines that go don't count, so that stripping the result finds nothing new.
fn add_what_follows(text: &str, hits: &LineHits, chosen: &mut Vec<Chosen>, rules: &CompiledRules) {
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

/// Separator lines that deletions leave doubled, or dangling at the head or the tail.
fn add_separators(text: &str, chosen: &mut Vec<Chosen>, rules: &CompiledRules) {
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

/// Whether a line was seen in so many contexts that the guard need not doubt it, as a sign-up form longer than its article.
/// The menus around an article are no loss to it either.
fn is_proven(evidence: Evidence, article: bool) -> bool {
    match evidence {
        Evidence::Recurs { contexts } | Evidence::Learned { contexts, .. } => contexts >= PROVEN_CONTEXTS,
        Evidence::Furniture => article,
        _ => false,
    }
}

/// The limit that deleting these lines would break.
fn guard(text: &str, chosen: &[Chosen], article: bool, settings: &Settings) -> Option<Guard> {
    if chosen.is_empty() {
        return None;
    }
    let total_chars = text.chars().count() - memchr::memchr_iter(b'\n', text.as_bytes()).count();
    let removed_chars = chosen.iter().map(|choice| choice.line.of(text).chars().count()).sum::<usize>();
    let doubtful_chars = chosen.iter().filter(|choice| !is_proven(choice.evidence, article));
    let doubtful_chars = doubtful_chars.map(|choice| choice.line.of(text).chars().count()).sum::<usize>();
    let left = total_chars.saturating_sub(removed_chars);
    let taken = doubtful_chars as f64 / total_chars.max(1) as f64;
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::config::StripConfig;
    use crate::edit::{Edit, apply};
    use crate::strip::{DocumentContext, LearnedLine, NoKnowledge, find};

    const PROSE: &str = "The council met on Tuesday evening to talk about the bridge, which has been closed since the \
                         flood in May, and about the money that the repair of its three arches is going to cost.";

    fn rules(profile: Profile) -> CompiledRules {
        CompiledRules::new(&StripConfig { profile, ..StripConfig::default() }).unwrap()
    }

    fn stripped(text: &str, rules: &CompiledRules, knowledge: &dyn Knowledge, inline: &[Span]) -> String {
        let found = find(text, &DocumentContext::default(), rules, knowledge, inline);
        let edit =
            |removal: Removal| Edit { span: removal.span, replacement: "".into(), cause: removal.rule };
        apply(text, &found.removals.into_iter().map(edit).collect::<Vec<_>>())
    }

    fn clean(text: &str) -> String {
        stripped(text, &rules(Profile::Default), &NoKnowledge, &[])
    }

    /// `P` is a paragraph of prose, `A` an advertisement marker.
    fn drawn(pattern: &str) -> String {
        pattern.replace('A', "ADVERTISEMENT").replace('P', PROSE)
    }

    #[rstest]
    #[case("P\n\nA\n\nP", "P\n\nP")]
    #[case("P\nA\nP", "P\nP")]
    #[case("P\n\nA\nP", "P\n\nP")]
    #[case("P\nA\n\nP", "P\n\nP")]
    #[case("P\n\n\n\nA\n\nP", "P\n\n\n\nP")]
    #[case("P\n\nA\n\nA\n\nP\n\n\nP", "P\n\nP\n\n\nP")]
    #[case("A\n\nP\n", "P\n")]
    #[case("P\n\nA\n", "P\n")]
    #[case("P\n\nA", "P")]
    #[case("  A  \n\n  P", "  P")]
    #[case("P\r\n\r\nA\r\n\r\nP\r\n", "P\r\n\r\nP\r\n")]
    #[case("P\n\n* * *\n\nA\n\n* * *\n\nP", "P\n\n* * *\n\nP")]
    #[case("P\n\n* * *\n\nA\n\nP", "P\n\n* * *\n\nP")]
    #[case("P\n\n---\n\nA", "P")]
    #[case("A\n\n___\n\nP", "P")]
    fn the_right_white_space_goes_with_a_line(#[case] before: &str, #[case] after: &str) {
        assert_eq!(clean(&drawn(before)), drawn(after));
    }

    #[test]
    fn each_line_of_a_block_is_a_removal_of_its_own() {
        let text = drawn("P\n\nA\n\nA\n\nP");
        let found = find(&text, &DocumentContext::default(), &rules(Profile::Safe), &NoKnowledge, &[]);
        let spans: Vec<&str> = found.removals.iter().map(|removal| removal.span.of(&text)).collect();
        assert_eq!(spans, ["\n\nADVERTISEMENT", "\n\nADVERTISEMENT"]);
        assert_eq!(&*found.removals[0].rule, "advertisement/marker-en");
        assert_eq!(&*found.removals[0].category, "advertisement");
        assert_eq!(found.removals[0].evidence, Evidence::Always);
    }

    #[test]
    fn a_short_article_loses_its_marker() {
        assert_eq!(
            clean("The bridge is closed.\n\nADVERTISEMENT\n\nNobody was hurt."),
            "The bridge is closed.\n\nNobody was hurt."
        );
    }

    #[rstest]
    #[case("ADVERTISEMENT")]
    #[case("Share\nTweet this\nLeave a comment\nCopy link\nbeer")]
    fn the_guard_keeps_what_would_be_emptied(#[case] text: &str) {
        let found = find(text, &DocumentContext::default(), &rules(Profile::Default), &NoKnowledge, &[]);
        assert!(found.removals.is_empty());
        assert!(found.kept_back.is_some());
    }

    /// A page's menu and footer go; its title, between the menu and the text, stays.
    #[test]
    fn furniture_goes_and_the_title_stays() {
        let menu = "Skip to content\nMenu\nHome\nNews\nSport\nOur harbour\nFerries\nWeather\nSearch\nLogin\nContact us";
        let buttons = "The council is to close the old bridge\nFacebook\nTwitter\nEmail";
        let footer = "About us\nContact us\nPrivacy policy\nTerms of use\nAdvertise\nThe mill\nJobs\nHelp\nImprint\nMore\nRSS";
        let body = [PROSE; 12].join("\n");
        let text = format!("{menu}\n{buttons}\n{body}\n{footer}");
        assert_eq!(clean(&text), format!("The council is to close the old bridge\n{body}"));
        let found = find(&text, &DocumentContext::default(), &rules(Profile::Safe), &NoKnowledge, &[]);
        let certain = [Evidence::Always, Evidence::End];
        assert!(
            found.removals.iter().all(|removal| certain.contains(&removal.evidence)),
            "{:?}",
            found.removals
        );
    }

    #[test]
    fn a_table_of_contents_stays_amid_furniture() {
        let contents = "1.1 How the bridge was built\n2.1.3. Tolls";
        let menu = format!(
            "Skip to content\nMenu\nHome\nNews\n{contents}\nSearch\nLogin\nContact us\nAbout us\nPrivacy policy"
        );
        let body = [PROSE; 12].join("\n");
        assert_eq!(clean(&format!("{menu}\n{body}")), format!("{contents}\n{body}"));
    }

    #[test]
    fn headings_at_the_end_go_only_where_nothing_stays_after_them() {
        let tail = "COMMENTS\n\nPlease let us know if you're having issues with commenting.";
        assert_eq!(clean(&format!("{PROSE}\n\n{PROSE}\n\n{tail}")), drawn("P\n\nP"));
        let kept = drawn("P\n\nComments\n\nP\n\nP\n\nP\n\nP\n\nP\n\nP\n\nP\n\nP\n\nP\n\nP");
        assert_eq!(clean(&kept), kept);
    }

    #[derive(Default)]
    struct Survey(Vec<LearnedLine>);

    impl Knowledge for Survey {
        fn contexts(&self, _: Option<&str>, key: u64) -> u32 {
            if key == crate::strip::line_key("Read more") { 3 } else { 2 }
        }

        fn learned(&self) -> &[LearnedLine] {
            &self.0
        }
    }

    #[test]
    fn what_recurs_goes_by_profile() {
        let recurring = format!("{PROSE}\nREAD MORE: A bridge too far\n{PROSE}");
        let twice = format!("{PROSE}\nWATCH: A bridge too far\n{PROSE}");
        assert_eq!(stripped(&recurring, &rules(Profile::Safe), &Survey::default(), &[]), recurring);
        assert_eq!(stripped(&recurring, &rules(Profile::Default), &Survey::default(), &[]), drawn("P\nP"));
        assert_eq!(stripped(&twice, &rules(Profile::Default), &Survey::default(), &[]), twice);
        assert_eq!(stripped(&twice, &rules(Profile::Strict), &Survey::default(), &[]), drawn("P\nP"));
    }

    #[test]
    fn learned_lines_go_but_not_in_the_safe_profile() {
        let line = "The Daily Bugle, since 1897";
        let text = format!("{PROSE}\n\n{line}\n\n{PROSE}");
        let start = text.find(line).unwrap();
        let span = Span::new(start, start + line.len());
        let survey = Survey(vec![LearnedLine { span, rule: "learned/tail", contexts: 9, documents: 12 }]);
        assert_eq!(stripped(&text, &rules(Profile::Default), &survey, &[]), drawn("P\n\nP"));
        assert_eq!(stripped(&text, &rules(Profile::Safe), &survey, &[]), text);
    }

    #[test]
    fn a_line_that_inline_findings_empty_goes_whole() {
        let text = format!("{PROSE}\n\n (RELATED: one) (RELATED: two) \n\n{PROSE}");
        let first = text.find("(RELATED: one)").unwrap();
        let second = text.find("(RELATED: two)").unwrap();
        let inline = [Span::new(first, first + 14), Span::new(second, second + 14)];
        assert_eq!(stripped(&text, &rules(Profile::Safe), &NoKnowledge, &inline), drawn("P\n\nP"));
        assert_eq!(stripped(&text, &rules(Profile::Safe), &NoKnowledge, &inline[..1]), text);
    }

    #[test]
    fn categories_switch_singly() {
        let text = drawn("P\n\nA\n\nP\n\nUpdated at 8:45 a.m.");
        let config = StripConfig {
            with: vec!["update_note".into()],
            without: vec!["advertisement".into()],
            ..StripConfig::default()
        };
        let rules = CompiledRules::new(&config).unwrap();
        assert_eq!(stripped(&text, &rules, &NoKnowledge, &[]), drawn("P\n\nA\n\nP"));
    }

    /// Words of one language's buttons that are ordinary words of another (research on the collisions met).
    #[rstest]
    #[case("tr", "Giriş")]
    #[case("en", "follow me.")]
    #[case("en", "Location: Town hall")]
    #[case("en", "The site uses cookies to keep the session of a user who has logged in.")]
    #[case("en", "Annonce")]
    #[case("nl", "Print")]
    #[case("fr", "PR")]
    #[case("de", "Teile")]
    #[case("fi", "Tilaa")]
    fn collisions_of_languages_stay(#[case] language: &str, #[case] line: &str) {
        let text = format!("{PROSE}\n\n{line}\n\n{PROSE}");
        let context = DocumentContext { language: Some(language), site: None };
        let found = find(&text, &context, &rules(Profile::Default), &NoKnowledge, &[]);
        assert_eq!(found.removals, []);
    }

    fn data(path: &str) -> Option<PathBuf> {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(path);
        if !path.exists() {
            eprintln!("skipped: {} is not there", path.display());
        }
        path.exists().then_some(path)
    }

    /// What the other stages do to the seeds: odd spaces, trailing spaces, and the three pop-ups.
    fn normalised_seed(name: &str) -> Option<String> {
        let text = std::fs::read_to_string(data(&format!("seeds/{name}"))?).unwrap();
        let popups = regex::Regex::new(
            r"(Vladimir Vladimirovich Putin|Joe Biden|Donald Trump)(Biden [^“”.\n]*?|[A-Z][^“”.\n]*?) MORE",
        )
        .unwrap();
        let text = popups.replace_all(&text.replace('\u{a0}', " "), "").into_owned();
        Some(text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n"))
    }

    #[rstest]
    #[case("000_8c777a3a0d86e8b6.txt")]
    #[case("003_b69baae21bb15ee1.txt")]
    fn the_seeds_come_out_as_expected(#[case] name: &str) {
        let Some(text) = normalised_seed(name) else { return };
        let expected = std::fs::read_to_string(data(&format!("seeds/expected/{name}")).unwrap()).unwrap();
        assert_eq!(clean(&text), expected.trim_end());
    }

    /// Characters of the safe, default and strict results as the research on the two articles has them.
    #[rstest]
    #[case("000_8c777a3a0d86e8b6.txt", [2687, 2679, 2657])]
    #[case("003_b69baae21bb15ee1.txt", [3583, 3461, 3461])]
    fn the_seeds_have_the_right_length_in_every_profile(#[case] name: &str, #[case] expected: [usize; 3]) {
        let Some(text) = normalised_seed(name) else { return };
        let lengths = [Profile::Safe, Profile::Default, Profile::Strict]
            .map(|profile| stripped(&text, &rules(profile), &NoKnowledge, &[]).chars().count());
        assert_eq!(lengths, expected);
    }

    #[test]
    fn hostile_texts_stay_linear() {
        let strict = rules(Profile::Strict);
        for text in [
            "Share\n".repeat(50_000),
            "A\n\n* * *\n\n".repeat(20_000),
            "x ".repeat(500_000),
            "\n".repeat(500_000),
        ] {
            let found = find(&drawn(&text), &DocumentContext::default(), &strict, &Survey::default(), &[]);
            assert!(found.removals.len() <= 50_000);
        }
    }

    static DEFAULT: std::sync::OnceLock<CompiledRules> = std::sync::OnceLock::new();

    proptest! {
        #[test]
        fn spans_are_sorted_valid_and_stripping_twice_changes_nothing_more(
            lines in proptest::collection::vec(
                prop_oneof![
                    Just(PROSE.to_owned()),
                    Just("ADVERTISEMENT".to_owned()),
                    Just("* * *".to_owned()),
                    Just(String::new()),
                    Just("Comments".to_owned()),
                    Just("Share".to_owned()),
                    "\\PC{0,40}",
                ],
                0..30,
            )
        ) {
            let text = lines.join("\n");
            let rules = DEFAULT.get_or_init(|| rules(Profile::Default));
            let found = find(&text, &DocumentContext::default(), rules, &NoKnowledge, &[]);
            let mut end = 0;
            for removal in &found.removals {
                prop_assert!(removal.span.start >= end && removal.span.start < removal.span.end);
                prop_assert!(text.is_char_boundary(removal.span.start) && text.is_char_boundary(removal.span.end));
                end = removal.span.end;
            }
            if found.kept_back.is_none() {
                let once = stripped(&text, rules, &NoKnowledge, &[]);
                let again = find(&once, &DocumentContext::default(), rules, &NoKnowledge, &[]);
                prop_assert_eq!(again.removals, vec![], "{:?}", once);
            }
        }
    }
}
