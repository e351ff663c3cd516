//! `lines.jsonl`: every boilerplate line and every family of artefacts, with how often it went and from how many documents.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::decide::Cause;
use crate::document::Origin;
use crate::edit::Edit;

/// How many different lines are told apart; beyond it a rule's further lines are counted together.
const LINES_TOLD_APART: usize = 200_000;
const EXAMPLES: usize = 3;
const SHOWN_CHARACTERS: usize = 240;
/// Sites are counted exactly up to here.
const SITES_COUNTED: usize = 1_000;

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
}

/// Counts of removed lines: partial results merge, in input order.
#[derive(Clone, Debug, Default)]
pub struct LineTally {
    families: FxHashMap<u64, Family>,
}

#[derive(Clone, Debug)]
struct Family {
    row: LineRow,
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
            let is_inline = removal.rule.starts_with("link_text/");
            let key_text = if is_inline || self.families.len() >= LINES_TOLD_APART { "" } else { line };
            let key = key_of(&removal.rule, key_text);
            let family = self.families.entry(key).or_insert_with(|| Family::new(line, &edit.cause));
            family.count(edit.span.len(), id, (file, origin.record), site);
        }
    }

    /// Adds what was counted in a later part of the input.
    pub fn merge(&mut self, later: Self) {
        let mut later: Vec<_> = later.families.into_iter().collect();
        later.sort_unstable_by_key(|(key, _)| *key);
        for (key, family) in later {
            match self.families.entry(key) {
                std::collections::hash_map::Entry::Occupied(mut known) => known.get_mut().merge(family),
                std::collections::hash_map::Entry::Vacant(place) => {
                    place.insert(family);
                }
            }
        }
    }

    /// The rows, the most frequent first.
    pub fn rows(self) -> Vec<LineRow> {
        let mut rows: Vec<LineRow> = self.families.into_values().map(Family::into_row).collect();
        rows.sort_unstable_by(|a, b| {
            b.removals.cmp(&a.removals).then_with(|| a.rule.cmp(&b.rule)).then_with(|| a.text.cmp(&b.text))
        });
        rows
    }
}

impl Family {
    fn new(line: &str, cause: &Cause) -> Self {
        let row = LineRow {
            text: line.chars().take(SHOWN_CHARACTERS).collect(),
            rule: cause.rule().into_owned(),
            category: cause.category().to_owned(),
            removals: 0,
            documents: 0,
            sites: 0,
            bytes: 0,
            examples: Vec::new(),
        };
        Self { row, sites: BTreeSet::new(), last_document: None }
    }

    fn count(&mut self, bytes: usize, id: &str, document: (u32, u64), site: Option<&str>) {
        self.row.removals += 1;
        self.row.bytes += bytes as u64;
        if let Some(site) = site
            && self.sites.len() < SITES_COUNTED
        {
            self.sites.insert(xxh3_64(site.as_bytes()));
        }
        if self.last_document != Some(document) {
            self.last_document = Some(document);
            self.row.documents += 1;
            if self.row.examples.len() < EXAMPLES {
                self.row.examples.push(id.to_owned());
            }
        }
    }

    fn merge(&mut self, later: Self) {
        self.row.removals += later.row.removals;
        self.row.documents += later.row.documents;
        self.row.bytes += later.row.bytes;
        self.row.examples.extend(later.row.examples);
        self.row.examples.truncate(EXAMPLES);
        self.sites.extend(later.sites);
        self.last_document = later.last_document;
    }

    fn into_row(mut self) -> LineRow {
        self.row.sites = self.sites.len().min(SITES_COUNTED) as u64;
        self.row
    }
}

fn key_of(rule: &str, text: &str) -> u64 {
    xxh3_64(rule.as_bytes()).rotate_left(17) ^ xxh3_64(text.as_bytes())
}
