//! `lines.jsonl`: every boilerplate line and every family of artefacts, with how often it went and from how many documents.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::decide::Cause;
use crate::document::Origin;
use crate::edit::Edit;
use crate::strip::learn::{Decision, Evidence, LearnedLine, LearnedLines, line_key, shape_key, template_of};

/// How many different lines are told apart; beyond it a rule's further lines are counted together.
const LINES_TOLD_APART: usize = 200_000;
const EXAMPLES: usize = 3;
const SHOWN_CHARACTERS: usize = 240;
/// Sites are counted exactly up to here.
const SITES_COUNTED: usize = 1_000;

/// What a run knows of a learned line: on the sites where it was stripped, all documents counted in which it stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearnedFacts {
    /// What became of it.
    pub decision: LineDecision,
    /// Documents it stands in, every copy counted; of the sample, where the survey's budget did not reach.
    pub documents: u64,
    /// Different contexts among them.
    pub contexts: u64,
    /// Sites it was seen on.
    pub sites: u64,
    /// Share of its documents where it is among the first three or the last four lines.
    pub edge: f64,
    /// Share of its documents where it, and all behind it, recur.
    pub tail: f64,
}

/// What becomes of a learned line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineDecision {
    /// It goes.
    Drop,
    /// It stays in one document.
    KeepOne,
}

/// One line, or one family of artefacts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LineRow {
    /// The line; for artefacts whose text is never the same, the first one met.
    pub text: String,
    /// The rule that took it out.
    pub rule: String,
    /// The rule's category.
    pub category: String,
    /// How many were removed.
    pub removals: u64,
    /// From how many documents.
    pub documents: u64,
    /// Of how many sites (1,000 at the most are counted).
    pub sites: u64,
    /// Bytes removed.
    pub bytes: u64,
    /// The first few documents, by id or origin.
    pub examples: Vec<String>,
    /// Of a template: one of its wordings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wording: Option<String>,
    /// Of a learned line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learned: Option<LearnedFacts>,
}

/// Counts of removed lines: partial results merge, in input order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct LineTally {
    families: FxHashMap<u64, Family>,
}

/// What a [`LineRow`] is made of.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Family {
    text: Box<str>,
    wording: Option<Box<str>>,
    rule: Box<str>,
    category: Box<str>,
    removals: u64,
    documents: u64,
    bytes: u64,
    examples: Vec<Box<str>>,
    /// What a learned line is recognised by.
    keys: Option<(u64, Option<u64>)>,
    sites: BTreeSet<u64>,
    last_document: Option<(u32, u64)>,
}

impl LineTally {
    /// Counts the removals of one document.
    pub fn count(
        &mut self,
        text: &str,
        edits: &[Edit<Cause>],
        id: &str,
        origin: &Origin,
        site: Option<&str>,
        file: u32,
    ) {
        for edit in edits {
            let Cause::Strip(removal) = &edit.cause else { continue };
            let line = edit.span.of(text).trim();
            let is_inline = is_one_family(&removal.rule);
            // The wordings of a template are one family.
            let template = if removal.rule.ends_with("/template") { template_of(line) } else { None };
            let key_text = if is_inline || self.families.len() >= LINES_TOLD_APART {
                ""
            } else {
                template.as_deref().unwrap_or(line)
            };
            let key = key_of(&removal.rule, key_text);
            let new = || Family::new(line, template.as_deref(), &edit.cause);
            let family = self.families.entry(key).or_insert_with(new);
            family.count(edit.span.len(), id, (file, origin.record), site);
        }
    }

    /// Adds what was counted in a later part of the input.
    pub fn merge(&mut self, later: Self) {
        let mut later: Vec<_> = later.families.into_iter().collect();
        later.sort_unstable_by_key(|(key, _)| *key);
        for (key, family) in later {
            let is_beyond = self.families.len() >= LINES_TOLD_APART && !self.families.contains_key(&key);
            let key = if is_beyond { key_of(&family.rule, "") } else { key };
            match self.families.entry(key) {
                std::collections::hash_map::Entry::Occupied(mut known) => known.get_mut().merge(family),
                std::collections::hash_map::Entry::Vacant(place) => {
                    place.insert(family);
                }
            }
        }
    }

    /// The rows, the most frequent first, with what is known of learned lines.
    pub fn rows(self, learned: &LearnedLines) -> Vec<LineRow> {
        let mut rows: Vec<LineRow> =
            self.families.into_values().map(|family| family.into_row(learned)).collect();
        rows.sort_unstable_by(|a, b| {
            b.removals.cmp(&a.removals).then_with(|| a.rule.cmp(&b.rule)).then_with(|| a.text.cmp(&b.text))
        });
        rows
    }
}

/// Whether what a rule takes is told as one family, whatever its wording: parts of lines, each of which is another.
pub(crate) fn is_one_family(rule: &str) -> bool {
    rule.starts_with("link_text/") || rule == "credit_caption/gallery-button"
}

impl Family {
    fn new(line: &str, template: Option<&str>, cause: &Cause) -> Self {
        let shown = |text: &str| text.chars().take(SHOWN_CHARACTERS).collect::<String>().into_boxed_str();
        let is_learned = cause.category() == "learned";
        let keys = is_learned.then(|| (line_key(line), shape_key(line)));
        Self {
            text: shown(template.unwrap_or(line)),
            wording: template.map(|_| shown(line)),
            rule: cause.rule().into(),
            category: cause.category().into(),
            removals: 0,
            documents: 0,
            bytes: 0,
            examples: Vec::new(),
            keys,
            sites: BTreeSet::new(),
            last_document: None,
        }
    }

    fn count(&mut self, bytes: usize, id: &str, document: (u32, u64), site: Option<&str>) {
        self.removals += 1;
        self.bytes += bytes as u64;
        if let Some(site) = site
            && self.sites.len() < SITES_COUNTED
        {
            self.sites.insert(xxh3_64(site.as_bytes()));
        }
        if self.last_document != Some(document) {
            self.last_document = Some(document);
            self.documents += 1;
            if self.examples.len() < EXAMPLES {
                self.examples.push(id.into());
            }
        }
    }

    fn merge(&mut self, later: Self) {
        self.removals += later.removals;
        self.documents += later.documents;
        self.bytes += later.bytes;
        self.examples.extend(later.examples);
        self.examples.truncate(EXAMPLES);
        self.sites.extend(later.sites);
        self.last_document = later.last_document;
    }

    fn into_row(self, learned: &LearnedLines) -> LineRow {
        let facts = self.facts(learned);
        LineRow {
            text: self.text.into(),
            rule: self.rule.into(),
            category: self.category.into(),
            removals: self.removals,
            documents: self.documents,
            sites: self.sites.len().min(SITES_COUNTED) as u64,
            bytes: self.bytes,
            examples: self.examples.into_iter().map(String::from).collect(),
            wording: self.wording.map(String::from),
            learned: facts,
        }
    }

    /// What is known of a learned line on the sites it was stripped from.
    fn facts(&self, learned: &LearnedLines) -> Option<LearnedFacts> {
        let (line_key, shape_key) = self.keys?;
        let no_site = self.sites.is_empty().then_some(None);
        let sites = self.sites.iter().map(|site| Some((*site).max(1))).chain(no_site);
        let mut known: Vec<&LearnedLine> =
            sites.filter_map(|site| learned.judged(site, line_key, shape_key)).collect();
        // A line of all sites is one, whatever site it was met on.
        known.dedup_by_key(|line| (line.key, line.site));
        let decision = match known.first()?.decision {
            Decision::Drop => LineDecision::Drop,
            Decision::KeepOne { .. } => LineDecision::KeepOne,
            Decision::Keep => return None,
        };
        let sum =
            |of: fn(&Evidence) -> u32| known.iter().map(|line| u64::from(of(&line.evidence))).sum::<u64>();
        let distinct = sum(|seen| seen.distinct).max(1) as f64;
        let mean = |of: fn(&Evidence) -> f64| {
            known.iter().map(|line| of(&line.evidence) * f64::from(line.evidence.distinct)).sum::<f64>()
                / distinct
        };
        Some(LearnedFacts {
            decision,
            documents: sum(|seen| seen.documents),
            contexts: sum(|seen| seen.contexts),
            sites: known.iter().map(|line| u64::from(line.evidence.sites)).max().unwrap_or(0),
            edge: mean(|seen| seen.edge),
            tail: mean(|seen| seen.tail),
        })
    }
}

fn key_of(rule: &str, text: &str) -> u64 {
    xxh3_64(rule.as_bytes()).rotate_left(17) ^ xxh3_64(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(lines: std::ops::Range<usize>) -> LineTally {
        let family = |line: usize| {
            let text = line.to_string();
            let family = Family {
                text: text.as_str().into(),
                wording: None,
                rule: "promo".into(),
                category: "promo".into(),
                removals: 1,
                documents: 1,
                bytes: 2,
                examples: Vec::new(),
                keys: None,
                sites: BTreeSet::new(),
                last_document: None,
            };
            (key_of("promo", &text), family)
        };
        LineTally { families: lines.map(family).collect() }
    }

    #[test]
    fn lines_beyond_the_bound_are_counted_together_in_a_whole_of_many_parts_too() {
        let mut whole = LineTally::default();
        for part in [0..LINES_TOLD_APART - 10, LINES_TOLD_APART - 30..LINES_TOLD_APART + 500, 0..7] {
            whole.merge(tally(part));
        }
        let rows = whole.rows(&LearnedLines::default());
        assert_eq!(rows.len(), LINES_TOLD_APART + 1);
        assert_eq!((rows[0].removals, rows[1].removals), (500, 2));
        assert_eq!(rows.iter().map(|row| row.removals).sum::<u64>(), LINES_TOLD_APART as u64 + 527);
    }
}
