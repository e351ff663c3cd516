//! Lines of rule files, ready to overrule what a survey taught.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::decide::{Decision, LearnedRule};
use super::learned::LearnedLine;
use super::recurrence::Evidence;
use super::rule_file::{Action, Place, RuleLine};
use super::survey::{DocumentLines, hash_of};

/// The lines of all rule files of a run: those of all sites first, so that a line of one site has the last word there.
#[derive(Clone, Debug, Default)]
pub struct GivenLines {
    lines: Vec<GivenLine>,
    /// Keys of the lines that stay in one document, with their sites.
    kept_once: FxHashMap<u64, Vec<Option<u64>>>,
    keeps_templates_once: bool,
}

/// A line of a rule file by its key.
#[derive(Clone, Debug)]
pub struct GivenLine {
    key: u64,
    site: Option<u64>,
    action: Action,
    template: bool,
    at: Option<Place>,
    evidence: Evidence,
}

/// Where lines that are kept once were first met: a partial result that merges, by key and site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstPlaces(BTreeMap<(u64, Option<u64>), FirstPlace>);

/// A document by its rank and its content: a copy of the first document keeps the line as that does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct FirstPlace {
    rank: u64,
    hash: u64,
}

impl GivenLines {
    /// The lines of rule files, in their order; of two on the same line and site the later holds.
    pub fn new<'a>(rules: impl Iterator<Item = &'a RuleLine>) -> Self {
        let mut lines: Vec<GivenLine> = rules.filter_map(GivenLine::new).collect();
        lines.sort_by_key(|line| line.site.is_some());
        let mut kept_once: FxHashMap<u64, Vec<Option<u64>>> = FxHashMap::default();
        let once = || lines.iter().filter(|line| line.action == Action::KeepOne);
        for line in once() {
            kept_once.entry(line.key).or_default().push(line.site);
        }
        let keeps_templates_once = once().any(|line| line.template);
        Self { lines, kept_once, keeps_templates_once }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The lines, those of all sites first.
    pub fn iter(&self) -> impl Iterator<Item = &GivenLine> {
        self.lines.iter()
    }

    /// Whether documents must be looked through for the first places of lines.
    pub fn asks_for_firsts(&self) -> bool {
        !self.kept_once.is_empty()
    }

    /// Whether the lines of those documents must have their shapes; see [`read_shapes`](super::read_shapes).
    pub fn wants_shapes(&self) -> bool {
        self.keeps_templates_once
    }

    /// Notes the lines of a document that are kept once.
    pub fn note_firsts(&self, document: DocumentLines<'_>, firsts: &mut FirstPlaces) {
        let mut place = None;
        for key in document.lines.iter().flat_map(|line| [Some(line.key), line.shape]).flatten() {
            for site in self.kept_once.get(&key).into_iter().flatten() {
                if site.is_none() || *site == Some(document.site.unwrap_or(0)) {
                    let hash = || hash_of(document.site.unwrap_or(0), document.lines);
                    let place =
                        *place.get_or_insert_with(|| FirstPlace { rank: document.rank, hash: hash() });
                    firsts.note((key, *site), place);
                }
            }
        }
    }
}

impl GivenLine {
    fn new(rule: &RuleLine) -> Option<Self> {
        let evidence = Evidence {
            documents: rule.documents,
            distinct: rule.documents,
            contexts: rule.contexts,
            ..Evidence::default()
        };
        Some(Self {
            key: rule.key()?,
            site: rule.site_key(),
            action: rule.action,
            template: rule.template,
            at: rule.at,
            evidence,
        })
    }

    /// The key and the site it holds on; `None` for all sites.
    pub(super) fn place(&self) -> (u64, Option<u64>) {
        (self.key, self.site)
    }

    /// The line where no survey saw it: its evidence is that of the file.
    pub(super) fn unseen(&self) -> LearnedLine {
        LearnedLine {
            key: self.key,
            site: self.site,
            rule: None,
            decision: Decision::Keep,
            first: u64::MAX,
            first_hash: 0,
            template: self.template,
            counted: false,
            at: self.at,
            evidence: self.evidence,
        }
    }

    pub(super) fn overrule(&self, line: &mut LearnedLine, firsts: &FirstPlaces) {
        line.rule = Some(LearnedRule::Given);
        line.at = self.at;
        if self.action == Action::KeepOne
            && let Some(place) = firsts.0.get(&(self.key, self.site))
        {
            (line.first, line.first_hash) = (place.rank, place.hash);
        }
        line.decision = match self.action {
            Action::Drop => Decision::Drop,
            Action::KeepOne if line.first != u64::MAX => Decision::KeepOne { first: line.first },
            Action::KeepOne | Action::Keep => Decision::Keep,
        };
    }
}

impl FirstPlaces {
    /// Adds what another part of the corpus gave.
    pub fn merge(&mut self, other: Self) {
        for (key, place) in other.0 {
            self.note(key, place);
        }
    }

    fn note(&mut self, key: (u64, Option<u64>), place: FirstPlace) {
        let first = self.0.entry(key).or_insert(place);
        *first = (*first).min(place);
    }
}
