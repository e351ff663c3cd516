//! What was learned: for each line that recurs, the evidence and what becomes of it.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::decide::{Decision, LearnedRule, decide};
use super::given::{FirstPlaces, GivenLines};
use super::key::line_key;
use super::line::{Line, Traits};
use super::recurrence::{self, Evidence, Recurrence};
use super::rule_file::Place;
use super::survey::{DocumentLines, LineSurvey, hash_of};
use crate::config::Profile;

/// Fewest different documents of a line that stays for it to count as one of those behind the lines of an end.
const LEAST_OF_USE: u32 = 3;

/// Fewest lines of a site's menus, one below the other, that are one.
const MENU_RUN: usize = 3;

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
    /// Whether its key is that of a template.
    #[serde(default)]
    pub template: bool,
    /// Whether it is not a line but a key that is only counted.
    #[serde(default)]
    pub counted: bool,
    /// Of a line of a rule file: where it goes; `None`: wherever it stands.
    #[serde(default)]
    pub at: Option<Place>,
    /// What that rests on.
    pub evidence: Evidence,
}

/// A line that something was decided on, in a form of which every layout is capable: [`LearnedLine`] is laid out for people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredLine {
    key: u64,
    site: Option<u64>,
    rule: Option<LearnedRule>,
    goes: bool,
    /// The document it stays in.
    stays_in: Option<u64>,
    first: u64,
    first_hash: u64,
    template: bool,
    counted: bool,
    at: Option<Place>,
    evidence: Evidence,
}

/// A line of a document that goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LearnedHit<'a> {
    /// Its index among the document's lines.
    pub line: usize,
    /// Why.
    pub learned: &'a LearnedLine,
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
    /// Whether templates of rule files are among them, which any line may be an instance of.
    has_given_templates: bool,
    has_menus: bool,
}

impl LineSurvey {
    /// How many documents are in the sample that everything learned rests on, every copy counted; fewer than were
    /// observed when the budget did not reach.
    pub fn sampled(&mut self) -> u64 {
        self.prune();
        self.give_room_back();
        self.documents.iter().map(|document| u64::from(document.copies)).sum()
    }

    /// What `profile` makes of all that was seen. The safe profile makes nothing of it, yet has the counts.
    ///
    /// A line that stays and stands in two documents only is not held, unless rule files are `given`, which may speak of it:
    /// nothing is made of so few, and most lines that recur are of that kind. The survey stays as it is, for what
    /// [`LineSurvey::peel`] takes from it.
    #[must_use]
    pub fn finish(&mut self, profile: Profile, given: &GivenLines) -> LearnedLines {
        self.prune();
        let judge = |line: &Recurrence| {
            let line = LearnedLine::judged(line, profile);
            (line.is_of_use() || !given.is_empty()).then_some(line)
        };
        recurrence::judge_all(self, judge).into()
    }
}

impl From<Vec<LearnedLine>> for LearnedLines {
    fn from(mut lines: Vec<LearnedLine>) -> Self {
        lines.sort_unstable_by_key(|line| (line.key, line.site));
        let mut index = FxHashMap::default();
        let mut start = 0;
        for of_key in lines.chunk_by(|one, other| one.key == other.key) {
            let end = start + of_key.len() as u32;
            index.insert(of_key[0].key, (start, end));
            start = end;
        }
        let goers = lines.iter().filter(|line| line.decision != Decision::Keep);
        let has_templates = goers.clone().any(|line| line.template);
        let has_menus = goers.clone().any(LearnedLine::is_of_menu);
        let goers = goers.map(|line| line.key).collect();
        let has_given_templates = lines.iter().any(|line| line.template && line.is_given());
        Self { lines, index, goers, has_templates, has_given_templates, has_menus }
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

    /// Whether a line, or the shape of one, of this key may go.
    pub(super) fn may_take(&self, key: u64) -> bool {
        self.goers.contains(&key)
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
            let learned = self.judged(document.site, line.key, line.shape);
            is_tail &= learned.is_some()
                || self.evidence(document.site, line.key).is_some_and(|e| e.distinct >= LEAST_OF_USE);
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
            let known = self.ruled(document.site, line.key);
            known.is_some_and(|known| known.is_of_menu() || known.decision == Decision::Drop)
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
        self.judged(site, line_key, shape_key).map_or(Decision::Keep, |line| line.decision)
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

    /// Whether a key stands in `least` contexts, of its site or all.
    pub(super) fn passes(&self, site: Option<u64>, key: u64, least: u32) -> bool {
        self.contexts(site, key) >= least
    }

    /// Adds what was learned later of lines that nothing was decided on.
    #[must_use]
    pub fn joined(self, later: Self) -> Self {
        let mut lines: Vec<LearnedLine> = self.into();
        let mut new = Vec::new();
        for line in later.lines.into_iter().filter(|line| line.rule.is_some()) {
            match lines.binary_search_by_key(&(line.key, line.site), |known| (known.key, known.site)) {
                Ok(at) if lines[at].rule.is_none() => lines[at] = line,
                Ok(_) => {}
                Err(_) => new.push(line),
            }
        }
        lines.append(&mut new);
        lines.into()
    }

    /// The lines that something was decided on, to be stored.
    pub fn stored(&self) -> impl Iterator<Item = StoredLine> + '_ {
        self.lines.iter().filter(|line| line.rule.is_some()).map(StoredLine::of)
    }

    /// What is known where that alone is.
    pub fn of_stored(lines: Vec<StoredLine>) -> Self {
        lines.into_iter().map(StoredLine::into_line).collect::<Vec<_>>().into()
    }

    /// Every line that does not stay everywhere, sorted by key and site.
    pub fn decided(&self) -> impl Iterator<Item = &LearnedLine> {
        self.lines.iter().filter(|line| line.rule.is_some() && line.decision != Decision::Keep)
    }

    /// Every line that was seen in several documents or given, sorted by key and site.
    pub fn iter(&self) -> impl Iterator<Item = &LearnedLine> {
        self.lines.iter()
    }

    /// Whether lines of every form must be looked up by their shapes too; see [`read_shapes`](super::read_shapes).
    pub fn wants_shapes(&self) -> bool {
        self.has_given_templates
    }

    /// What decides about a line of a site: the rule file before what was learned, the line before its template, the
    /// site before all sites.
    pub fn judged(&self, site: Option<u64>, line_key: u64, shape_key: Option<u64>) -> Option<&LearnedLine> {
        let own = self.ruled(site, line_key);
        if own.is_some_and(LearnedLine::is_given) {
            return own;
        }
        let shaped = shape_key.and_then(|shape| self.ruled(site, shape));
        if shaped.is_some_and(LearnedLine::is_given) { shaped } else { own.or(shaped) }
    }

    /// Lets a person's rule files have the last word. `firsts` has the documents in which lines stay that are kept once.
    #[must_use]
    pub fn overruled_by(self, given: &GivenLines, firsts: &FirstPlaces) -> Self {
        if given.is_empty() {
            return self;
        }
        let mut lines: BTreeMap<_, _> =
            self.lines.into_iter().map(|line| ((line.key, line.site), line)).collect();
        for rule in given.iter() {
            let (key, site) = rule.place();
            lines.entry((key, site)).or_insert_with(|| rule.unseen());
            // What holds on all sites holds on each, whatever was learned there.
            let last = site.unwrap_or(u64::MAX);
            for (_, line) in lines.range_mut((key, site)..=(key, Some(last))) {
                rule.overrule(line, firsts);
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
}

impl StoredLine {
    fn of(line: &LearnedLine) -> Self {
        let LearnedLine { key, site, rule, decision, first, first_hash, template, counted, at, evidence } =
            *line;
        let stays_in = if let Decision::KeepOne { first } = decision { Some(first) } else { None };
        let goes = decision == Decision::Drop;
        Self { key, site, rule, goes, stays_in, first, first_hash, template, counted, at, evidence }
    }

    fn into_line(self) -> LearnedLine {
        let Self { key, site, rule, goes, stays_in, first, first_hash, template, counted, at, evidence } =
            self;
        let decision = match stays_in {
            Some(first) => Decision::KeepOne { first },
            None if goes => Decision::Drop,
            None => Decision::Keep,
        };
        LearnedLine { key, site, rule, decision, first, first_hash, template, counted, at, evidence }
    }
}

impl LearnedLine {
    fn judged(line: &Recurrence, profile: Profile) -> Self {
        let verdict = decide(line, profile);
        Self {
            key: line.key,
            site: line.site,
            rule: verdict.map(|(rule, _)| rule),
            decision: verdict.map_or(Decision::Keep, |(_, decision)| decision),
            first: line.first,
            first_hash: line.first_hash,
            template: line.is(Traits::SHAPE),
            counted: line.is(Traits::COUNTED),
            at: None,
            evidence: line.evidence,
        }
    }

    /// Whether anything is made of it: it is decided on, counted, or stands in enough documents to be part of an end or a list.
    fn is_of_use(&self) -> bool {
        self.rule.is_some() || self.counted || self.evidence.distinct >= LEAST_OF_USE
    }

    /// Whether a rule file says what becomes of it.
    pub fn is_given(&self) -> bool {
        self.rule == Some(LearnedRule::Given)
    }

    /// Whether it goes only among other lines of its site's menus.
    pub fn is_of_menu(&self) -> bool {
        self.rule == Some(LearnedRule::Menu) || self.at == Some(Place::Menu)
    }

    /// Whether it goes only at the end of a document.
    pub fn is_of_end(&self) -> bool {
        self.rule.is_some_and(LearnedRule::holds_at_tail_only) || self.at == Some(Place::End)
    }

    fn goes_from(&self, rank: u64, hash: u64, line: &Line, is_tail: bool, is_in_menu: bool) -> bool {
        // The evidence that lines behind it recur may be missing where a rule file speaks of it.
        let is_at_end = is_tail || (self.at == Some(Place::End) && line.traits.has(Traits::TAIL));
        let is_placed = (!self.is_of_menu() || is_in_menu) && (!self.is_of_end() || is_at_end);
        let goes = match self.decision {
            Decision::Keep => false,
            Decision::KeepOne { first } => rank != first && hash != self.first_hash,
            Decision::Drop => true,
        };
        // Among a menu's lines one in lower case is a button, not the rest of a sentence.
        let is_whole =
            !line.traits.has(Traits::FRAGMENT) || (self.rule == Some(LearnedRule::Menu) && is_in_menu);
        goes && is_placed && is_whole
    }
}
