//! The wording of learned lines, which the survey does not keep: gathered on a pass that comes after it, for the lines
//! that are to be listed and no others.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;
use serde::Serialize;

use super::decide::{Decision, LearnedRule};
use super::learned::{LearnedLine, LearnedLines};
use super::recurrence::Evidence;
use super::rule_file::Place;
use super::survey::DocumentLines;
use super::template::template_of;

/// How many documents are named as examples of a line.
const EXAMPLES: usize = 3;

/// Sites that are counted one by one for a line of all sites: the first by name, of which the most frequent are shown.
const SITES: usize = 100;

/// How many sites are shown.
const SITES_SHOWN: usize = 5;

/// Longest line in bytes that is listed: what is longer is a text.
pub const LISTED_BYTES: usize = 4096;

/// Fewest contexts of a line that stays to be listed.
const KEPT_CONTEXTS: u32 = 5;

/// Which learned lines are to be listed: at most so many, the most frequent ones.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    wanted: FxHashSet<(u64, Option<u64>)>,
    /// How many there are beyond the limit.
    pub left_out: u64,
}

/// A learned line with its wording.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LearnedRow {
    /// The line as it stands in its first document.
    pub text: String,
    /// Of a template: its text with the slots marked.
    pub template: Option<String>,
    /// By what it was learned; `None` for a line that stays.
    pub rule: Option<LearnedRule>,
    /// Where it holds.
    pub scope: Scope,
    /// What becomes of it.
    pub decision: Decision,
    /// Where it goes; `None`: wherever it stands.
    pub at: Option<Place>,
    /// What that rests on.
    pub evidence: Evidence,
    /// Of a line of all sites: those it stands on in most documents, with their number.
    pub most_on: Vec<(String, u32)>,
    /// Ranks of the first documents it stands in, at most three.
    pub examples: Vec<u64>,
}

/// Where a learned line holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Scope {
    /// On every site.
    Everywhere,
    /// In documents that name no site.
    NoSite,
    /// On one site.
    Site(String),
}

/// Texts of learned lines. Mergeable; the outcome depends neither on order nor on sharding.
#[derive(Clone, Debug, Default)]
pub struct LineTexts {
    /// By key and site of the learned line.
    found: BTreeMap<(u64, Option<u64>), Wording>,
    has_sites: bool,
}

#[derive(Clone, Debug)]
struct Wording {
    /// Where `text` stands: the smallest (rank, offset) there is.
    place: (u64, usize),
    text: String,
    site: Option<String>,
    /// Documents of each site, for lines of all sites: at most [`SITES`].
    sites: BTreeMap<String, u32>,
    last_document: u64,
    examples: Vec<u64>,
}

impl Selection {
    /// The `limit` most frequent lines that go or stay once; with `kept`, behind them, those that recur in five contexts and
    /// stay. Lines of rule files are not among them: they have their texts.
    pub fn new(learned: &LearnedLines, limit: usize, kept: bool) -> Self {
        let is_listed = |line: &&LearnedLine| {
            !line.is_given() && (line.decision != Decision::Keep || (kept && is_worth_a_look(line)))
        };
        let mut lines: Vec<&LearnedLine> = learned.iter().filter(is_listed).collect();
        let left_out = lines.len().saturating_sub(limit) as u64;
        lines.sort_by_key(|line| {
            let is_kept = line.decision == Decision::Keep;
            (is_kept, u32::MAX - line.evidence.documents, line.key, line.site)
        });
        lines.truncate(limit);
        Self { wanted: lines.into_iter().map(|line| (line.key, line.site)).collect(), left_out }
    }

    /// How many lines are wanted.
    pub fn len(&self) -> usize {
        self.wanted.len()
    }

    fn has(&self, line: &LearnedLine) -> bool {
        self.wanted.contains(&(line.key, line.site))
    }

    /// Whether nothing is wanted.
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }
}

impl LineTexts {
    /// Takes the wording of the wanted lines of a document, whether or not they go from it. `site` is the name behind the
    /// document's site key.
    pub fn note(&mut self, wanted: &Selection, document: DocumentLines<'_>, site: Option<&str>, text: &str) {
        self.has_sites |= site.is_some();
        let site_key = Some(document.site.unwrap_or(0));
        for line in document.lines.iter().filter(|line| line.span.len() <= LISTED_BYTES) {
            for key in [Some(line.key), line.shape].into_iter().flatten() {
                for place in [(key, site_key), (key, None)] {
                    if wanted.wanted.contains(&place) {
                        let at = (document.rank, line.span.start);
                        self.note_line(place, at, line.span.of(text), site);
                    }
                }
            }
        }
    }

    fn note_line(&mut self, key: (u64, Option<u64>), at: (u64, usize), text: &str, site: Option<&str>) {
        let held = self.found.entry(key).or_insert_with(|| Wording::new(at, text, site));
        if at < held.place {
            held.place = at;
            text.clone_into(&mut held.text);
        }
        if held.last_document == at.0 && !held.examples.is_empty() {
            return;
        }
        held.last_document = at.0;
        held.add_example(at.0);
        if let (None, Some(site)) = (key.1, site) {
            held.add_site(site, 1);
        }
    }

    /// Adds what another part of the corpus gave.
    pub fn merge(&mut self, other: Self) {
        self.has_sites |= other.has_sites;
        for (key, wording) in other.found {
            match self.found.get_mut(&key) {
                Some(held) => held.merge(wording),
                None => drop(self.found.insert(key, wording)),
            }
        }
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Whether any document has a site.
    pub fn has_sites(&self) -> bool {
        self.has_sites
    }

    /// The wanted lines with their texts, the most frequent first, those that stay last; then by text and site. A line that is
    /// too long to be listed has no row.
    pub fn rows(&self, learned: &LearnedLines, wanted: &Selection) -> Vec<LearnedRow> {
        let lines = learned.iter().filter(|line| wanted.has(line));
        let mut rows: Vec<_> = lines.filter_map(|line| self.row(line)).collect();
        drop_templates_of_one_line(&mut rows);
        rows.sort_by(|one, other| {
            let is_kept = |row: &LearnedRow| row.rule.is_none();
            let order = is_kept(one).cmp(&is_kept(other));
            let order = order.then_with(|| other.evidence.documents.cmp(&one.evidence.documents));
            order.then_with(|| one.text.cmp(&other.text)).then_with(|| one.scope.cmp(&other.scope))
        });
        rows
    }

    fn row(&self, line: &LearnedLine) -> Option<LearnedRow> {
        let wording = self.found.get(&(line.key, line.site))?;
        let scope = match (line.site, &wording.site) {
            (None, _) => Scope::Everywhere,
            (Some(_), Some(site)) => Scope::Site(site.clone()),
            (Some(_), None) => Scope::NoSite,
        };
        Some(LearnedRow {
            text: wording.text.clone(),
            template: if line.template { template_of(&wording.text) } else { None },
            rule: line.rule,
            scope,
            decision: line.decision,
            at: place_of(line),
            evidence: line.evidence,
            most_on: wording.most_on(),
            examples: wording.examples.clone(),
        })
    }
}

impl Wording {
    fn new(place: (u64, usize), text: &str, site: Option<&str>) -> Self {
        Self {
            place,
            text: text.to_owned(),
            site: site.map(str::to_owned),
            sites: BTreeMap::new(),
            last_document: place.0,
            examples: Vec::new(),
        }
    }

    fn add_example(&mut self, rank: u64) {
        if let Err(at) = self.examples.binary_search(&rank) {
            self.examples.insert(at, rank);
            self.examples.truncate(EXAMPLES);
        }
    }

    /// Counts documents of a site. The first sites by name are in every part's first ones, so their counts are whole.
    fn add_site(&mut self, site: &str, documents: u32) {
        if let Some(count) = self.sites.get_mut(site) {
            *count += documents;
            return;
        }
        if self.sites.len() == SITES {
            if self.sites.last_key_value().is_some_and(|(last, _)| last.as_str() < site) {
                return;
            }
            self.sites.pop_last();
        }
        self.sites.insert(site.to_owned(), documents);
    }

    fn merge(&mut self, other: Self) {
        other.examples.iter().for_each(|rank| self.add_example(*rank));
        other.sites.iter().for_each(|(site, documents)| self.add_site(site, *documents));
        if other.place < self.place {
            (self.place, self.text) = (other.place, other.text);
        }
        self.last_document = other.last_document;
    }

    fn most_on(&self) -> Vec<(String, u32)> {
        let mut sites: Vec<_> = self.sites.iter().map(|(site, count)| (site.clone(), *count)).collect();
        sites.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        sites.truncate(SITES_SHOWN);
        sites
    }
}

/// A template that only one wording was seen of says no more than that line does.
fn drop_templates_of_one_line(rows: &mut Vec<LearnedRow>) {
    let name = |row: &LearnedRow| (row.text.clone(), row.scope.clone(), row.evidence.documents);
    let lines: BTreeSet<_> = rows.iter().filter(|row| row.template.is_none()).map(name).collect();
    rows.retain(|row| row.template.is_none() || !lines.contains(&name(row)));
}

fn place_of(line: &LearnedLine) -> Option<Place> {
    if line.is_of_menu() { Some(Place::Menu) } else { line.is_of_end().then_some(Place::End) }
}

/// Whether a line that stays recurs so much that a person might want to look at it.
fn is_worth_a_look(line: &LearnedLine) -> bool {
    !line.template && !line.counted && line.evidence.contexts >= KEPT_CONTEXTS
}
