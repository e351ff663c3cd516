//! What was learned: for each line that recurs, the evidence and what becomes of it.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::decide::{Decision, LearnedRule, decide};
use super::key::line_key;
use super::line::{Line, Traits};
use super::recurrence::{self, Evidence, Recurrence};
use super::rule_file::{Action, RuleLine};
use super::survey::{DocumentLines, LineSurvey, hash_of};
use crate::config::Profile;

/// Fewest lines of a site's menus, one below the other, that are one.
const MENU_RUN: usize = 3;

/// How many documents are named as examples of a line.
const EXAMPLES: usize = 3;

/// A line that recurs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearnedLine {
    /// The line's key, or its shape's.
    pub key: u64,
    /// The site it recurs on, zero for documents of none; `None` for all sites.
    pub site: Option<u64>,
    /// By what it was learned; `None` for a line that stays.
    pub rule: Option<LearnedRule>,
    /// What becomes of it.
    #[serde(flatten)]
    pub decision: Decision,
    /// The rank of the first document it stands in.
    pub first: u64,
    /// That document's content: its copies keep the line as it does.
    #[serde(default)]
    pub first_hash: u64,
    /// What that rests on.
    pub evidence: Evidence,
}

/// A line of a document that goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LearnedHit<'a> {
    /// Its index among the document's lines.
    pub line: usize,
    /// Why.
    pub learned: &'a LearnedLine,
}

/// A row of `lines.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LineRow {
    /// The line as it stands in its first document.
    pub text: String,
    /// The name of the rule.
    pub rule: String,
    /// The site's name; `None` for lines of all sites, and of documents of none.
    pub site: Option<String>,
    /// What becomes of it.
    #[serde(flatten)]
    pub decision: Decision,
    /// What that rests on.
    #[serde(flatten)]
    pub evidence: Evidence,
    /// Whether `text` is one of several wordings.
    pub template: bool,
    /// Ranks of the first documents it stands in, at most three.
    pub examples: Vec<u64>,
}

/// What a survey taught. Looking a line up takes constant time, or the logarithm of the number of sites it is on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<LearnedLine>", into = "Vec<LearnedLine>")]
pub struct LearnedLines {
    /// Sorted by key and site, all sites first.
    lines: Vec<LearnedLine>,
    /// Where the lines of a key begin and end.
    index: FxHashMap<u64, (u32, u32)>,
    /// Keys of the lines that may go, and of the shapes: what a text is looked through for first.
    goers: FxHashSet<u64>,
    has_templates: bool,
    has_menus: bool,
}

impl LineSurvey {
    /// What `profile` makes of all that was seen. The safe profile makes nothing of it, yet has the counts.
    ///
    /// The survey stays as it is, for what [`LineSurvey::peel`] takes from it.
    #[must_use]
    pub fn finish(&mut self, profile: Profile) -> LearnedLines {
        self.prune();
        let judge = |line: &Recurrence| {
            let verdict = decide(line, profile);
            LearnedLine {
                key: line.key,
                site: line.site,
                rule: verdict.map(|(rule, _)| rule),
                decision: verdict.map_or(Decision::Keep, |(_, decision)| decision),
                first: line.first,
                first_hash: line.first_hash,
                evidence: line.evidence,
            }
        };
        recurrence::find(self).iter().map(judge).collect::<Vec<_>>().into()
    }
}

impl From<Vec<LearnedLine>> for LearnedLines {
    fn from(mut lines: Vec<LearnedLine>) -> Self {
        lines.sort_by_key(|line| (line.key, line.site));
        let mut index = FxHashMap::default();
        let mut start = 0;
        for of_key in lines.chunk_by(|one, other| one.key == other.key) {
            let end = start + of_key.len() as u32;
            index.insert(of_key[0].key, (start, end));
            start = end;
        }
        let goers = lines.iter().filter(|line| line.decision != Decision::Keep);
        let has_templates = goers.clone().any(|line| line.rule == Some(LearnedRule::Template));
        let has_menus = goers.clone().any(|line| line.rule == Some(LearnedRule::Menu));
        let goers = goers.map(|line| line.key).collect();
        Self { lines, index, goers, has_templates, has_menus }
    }
}

impl From<LearnedLines> for Vec<LearnedLine> {
    fn from(learned: LearnedLines) -> Self {
        learned.lines
    }
}

impl LearnedLines {
    /// Whether any line of a text may go, at the cost of a look at each line's key: [`LearnedLines::find`] finds nothing
    /// in the others.
    pub fn may_find(&self, text: &str) -> bool {
        if self.goers.is_empty() {
            return false;
        }
        let lines = text.split('\n').map(str::trim).filter(|line| !line.is_empty());
        self.has_templates || lines.map(line_key).any(|key| self.goers.contains(&key))
    }

    /// The lines of a document that go. Finds only; the first document of a line that stays in one is left alone.
    pub fn find<'a>(&'a self, document: DocumentLines<'_>, hits: &mut Vec<LearnedHit<'a>>) {
        let hash = hash_of(document.site.unwrap_or(0), document.lines);
        self.find_in(document, hash, hits);
    }

    /// As [`LearnedLines::find`], in a document of this content.
    pub(super) fn find_in<'a>(
        &'a self,
        document: DocumentLines<'_>,
        hash: u64,
        hits: &mut Vec<LearnedHit<'a>>,
    ) {
        hits.clear();
        // A line of the end goes only with all that is behind it, so look from there.
        let mut is_tail = true;
        let menus = self.menus(document);
        for (index, line) in document.lines.iter().enumerate().rev() {
            let learned = self.judged(document.site, line);
            is_tail &=
                learned.is_some() || self.evidence(document.site, line.key).is_some_and(|e| e.distinct >= 3);
            if let Some(learned) = learned.filter(|learned| {
                learned.goes_from(document.rank, hash, line, is_tail, menus.contains(&index))
            }) {
                hits.push(LearnedHit { line: index, learned });
            }
        }
        hits.reverse();
    }

    /// The lines of a document that stand among others of its site's menus, and not as the same words in its text.
    fn menus(&self, document: DocumentLines<'_>) -> BTreeSet<usize> {
        let is_menu = |line: &Line| {
            self.ruled(document.site, line.key).is_some_and(|line| line.rule == Some(LearnedRule::Menu))
        };
        let mut menus = BTreeSet::new();
        if !self.has_menus {
            return menus;
        }
        let mut start = 0;
        for run in document.lines.chunk_by(|one, other| is_menu(one) == is_menu(other)) {
            if is_menu(&run[0]) && run.len() >= MENU_RUN {
                menus.extend(start..start + run.len());
            }
            start += run.len();
        }
        menus
    }

    /// What becomes of a line on a site, by its keys alone.
    pub fn decision(&self, site: Option<u64>, line_key: u64, shape_key: Option<u64>) -> Decision {
        self.ruled(site, line_key)
            .or_else(|| self.ruled(site, shape_key?))
            .map_or(Decision::Keep, |line| line.decision)
    }

    /// What was seen of a line on a site, if it stands in two different documents at least.
    pub fn evidence(&self, site: Option<u64>, key: u64) -> Option<&Evidence> {
        self.on_site(site, key).map(|line| &line.evidence)
    }

    /// In how many contexts a line was seen, on its site or, where it was looked at there, on all sites.
    pub fn contexts(&self, site: Option<u64>, key: u64) -> u32 {
        let known = [self.on_site(site, key), self.on_all_sites(key)];
        known.into_iter().flatten().map(|line| line.evidence.contexts).max().unwrap_or(0)
    }

    /// Whether a key stands in `least` contexts, of its site or all, and by what was known before did not.
    pub(super) fn passes_first(&self, before: &Self, site: Option<u64>, key: u64, least: u32) -> bool {
        let on_site = |known: &Self| known.on_site(site, key).map_or(0, |line| line.evidence.contexts);
        let passes = |contexts: &dyn Fn(&Self) -> u32| contexts(self) >= least && contexts(before) < least;
        passes(&on_site) || passes(&|known| known.contexts(site, key))
    }

    /// Adds what was learned later of lines that nothing was decided on.
    #[must_use]
    pub fn joined(self, later: Self) -> Self {
        let mut lines: BTreeMap<_, _> =
            self.lines.into_iter().map(|line| ((line.key, line.site), line)).collect();
        for line in later.lines.into_iter().filter(|line| line.rule.is_some()) {
            let known = lines.entry((line.key, line.site)).or_insert(line);
            if known.rule.is_none() {
                *known = line;
            }
        }
        lines.into_values().collect::<Vec<_>>().into()
    }

    /// Every line that does not stay everywhere, sorted by key and site.
    pub fn decided(&self) -> impl Iterator<Item = &LearnedLine> {
        self.lines.iter().filter(|line| line.rule.is_some() && line.decision != Decision::Keep)
    }

    /// The rows of the report, the most frequent first, then by text and site. A line none of whose documents were given
    /// to `texts` has no row.
    pub fn rows(&self, texts: &LineTexts) -> Vec<LineRow> {
        let mut rows: Vec<_> = self.decided().filter_map(|line| texts.row(line)).collect();
        rows.sort_by(|one, other| {
            let order = other.evidence.documents.cmp(&one.evidence.documents);
            order.then_with(|| one.text.cmp(&other.text)).then_with(|| one.site.cmp(&other.site))
        });
        rows
    }

    /// Lets a person's rule file have the last word. A line it wants kept once is known by the survey or left alone.
    #[must_use]
    pub fn overruled_by(self, rules: &[RuleLine]) -> Self {
        let mut lines: BTreeMap<_, _> =
            self.lines.into_iter().map(|line| ((line.key, line.site), line)).collect();
        for rule in rules {
            let Some(key) = rule.key() else { continue };
            let site = rule.site.as_deref().map(crate::site::key);
            lines.entry((key, site)).or_insert_with(|| LearnedLine::unseen(key, site));
            // What holds on all sites holds on each, whatever was learned there.
            let last = site.unwrap_or(u64::MAX);
            for (_, line) in lines.range_mut((key, site)..=(key, Some(last))) {
                line.overrule(rule.action);
            }
        }
        lines.into_values().collect::<Vec<_>>().into()
    }

    /// What is known of a key, by site, all sites first.
    fn of_key(&self, key: u64) -> &[LearnedLine] {
        self.index.get(&key).map_or(&[], |&(start, end)| &self.lines[start as usize..end as usize])
    }

    fn on_site(&self, site: Option<u64>, key: u64) -> Option<&LearnedLine> {
        let lines = self.of_key(key);
        let site = Some(site.unwrap_or(0));
        lines.binary_search_by_key(&site, |line| line.site).ok().map(|place| &lines[place])
    }

    fn on_all_sites(&self, key: u64) -> Option<&LearnedLine> {
        self.of_key(key).first().filter(|line| line.site.is_none())
    }

    /// What a rule says of a key on a site; its own rule goes before that of all sites.
    fn ruled(&self, site: Option<u64>, key: u64) -> Option<&LearnedLine> {
        let known = [self.on_site(site, key), self.on_all_sites(key)];
        known.into_iter().flatten().find(|line| line.rule.is_some())
    }

    fn judged(&self, site: Option<u64>, line: &Line) -> Option<&LearnedLine> {
        self.ruled(site, line.key).or_else(|| self.ruled(site, line.shape?))
    }
}

impl LearnedLine {
    fn unseen(key: u64, site: Option<u64>) -> Self {
        let evidence = Evidence::default();
        Self { key, site, rule: None, decision: Decision::Keep, first: u64::MAX, first_hash: 0, evidence }
    }

    fn overrule(&mut self, action: Action) {
        self.rule = Some(LearnedRule::Given);
        self.decision = match action {
            Action::Drop => Decision::Drop,
            Action::KeepOne if self.first != u64::MAX => Decision::KeepOne { first: self.first },
            Action::KeepOne | Action::Keep => Decision::Keep,
        };
    }

    fn goes_from(&self, rank: u64, hash: u64, line: &Line, is_tail: bool, is_in_menu: bool) -> bool {
        let is_placed = match self.rule {
            Some(LearnedRule::Menu) => is_in_menu,
            Some(rule) => is_tail || !rule.holds_at_tail_only(),
            None => true,
        };
        let goes = match self.decision {
            Decision::Keep => false,
            Decision::KeepOne { first } => rank != first && hash != self.first_hash,
            Decision::Drop => true,
        };
        goes && is_placed && !line.traits.has(Traits::FRAGMENT)
    }
}

/// The wording of learned lines, which the survey does not keep: gathered on the pass that comes after it. Mergeable;
/// the outcome depends neither on order nor on sharding.
#[derive(Clone, Debug, Default)]
pub struct LineTexts {
    /// By key and site of the learned line.
    found: BTreeMap<(u64, Option<u64>), Wording>,
}

#[derive(Clone, Debug)]
struct Wording {
    /// Where `text` stands: the smallest (rank, offset) there is.
    place: (u64, usize),
    text: String,
    site: Option<String>,
    is_shape: bool,
    examples: Vec<u64>,
}

impl LineTexts {
    /// Takes the wording of a document's learned lines, whether or not they go from this one. `site` is the name behind
    /// the document's site key.
    pub fn note(
        &mut self,
        learned: &LearnedLines,
        document: DocumentLines<'_>,
        site: Option<&str>,
        text: &str,
    ) {
        for line in document.lines {
            let Some(known) = learned.judged(document.site, line) else { continue };
            let place = (document.rank, line.span.start);
            let wording = || Wording {
                place,
                text: line.span.of(text).to_owned(),
                site: known.site.and(site).map(str::to_owned),
                is_shape: known.key != line.key,
                examples: vec![document.rank],
            };
            match self.found.get_mut(&(known.key, known.site)) {
                // Past the examples and the first wording nothing is of use: the common case, without allocation.
                Some(held) if held.needs(place) => held.merge(wording()),
                Some(_) => {}
                None => drop(self.found.insert((known.key, known.site), wording())),
            }
        }
    }

    /// Adds what another part of the corpus gave.
    pub fn merge(&mut self, other: Self) {
        for (key, wording) in other.found {
            match self.found.get_mut(&key) {
                Some(held) => held.merge(wording),
                None => drop(self.found.insert(key, wording)),
            }
        }
    }

    fn row(&self, line: &LearnedLine) -> Option<LineRow> {
        let wording = self.found.get(&(line.key, line.site))?;
        Some(LineRow {
            text: wording.text.clone(),
            rule: line.rule?.name().to_owned(),
            site: wording.site.clone(),
            decision: line.decision,
            evidence: line.evidence,
            template: wording.is_shape,
            examples: wording.examples.clone(),
        })
    }
}

impl Wording {
    fn needs(&self, place: (u64, usize)) -> bool {
        place < self.place
            || self.examples.len() < EXAMPLES
            || self.examples.last().is_some_and(|&last| place.0 < last)
    }

    fn merge(&mut self, other: Self) {
        self.examples.extend(&other.examples);
        self.examples.sort_unstable();
        self.examples.dedup();
        self.examples.truncate(EXAMPLES);
        if other.place < self.place {
            *self = Self { examples: std::mem::take(&mut self.examples), ..other };
        }
    }
}
