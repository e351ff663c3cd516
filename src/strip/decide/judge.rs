//! Which hits go on their own account: a ladder of evidence from the strongest down.

use super::{Chosen, Evidence, least_contexts};
use crate::config::Profile;
use crate::span::Span;
use crate::strip::compile::{CompiledRule, CompiledRules, Structure};
use crate::strip::hits::{LineHit, LineHits, Place};
use crate::strip::knowledge::Knowledge;
use crate::strip::rule::{Action, CountedBy};

/// The lines that go on their own account, each once, under the first rule that says so.
pub(super) fn choose_hits(
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

pub(super) fn choice(hit: &LineHit, evidence: Evidence) -> Chosen {
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

pub(super) fn is_structure(hit: &LineHit, rules: &CompiledRules) -> bool {
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
