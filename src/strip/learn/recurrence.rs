//! What a survey says of each line that recurs: the evidence every decision rests on.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::context::{CAPPED_CHARACTERS, ContextCounter, ContextScratch};
use super::line::Traits;
use super::survey::{LineSurvey, Mark, Surveyed};

/// Fewest documents of a line for which contexts are counted.
const LEAST_DOCUMENTS: usize = 2;

/// Fewest sites from which a line is looked at across all of them.
const LEAST_SITES: usize = 5;

/// A line that ends a run of lines that recur, this near to the end of its document, is furniture of the end.
const TAIL_RUN: usize = 12;

/// Fewest documents of its site a line stands in to count as part of such a run.
const RUN_DOCUMENTS: usize = 3;

/// Lines that are no sentences and stand on so many of a site's pages, and such a share of them in percent, are its
/// furniture: they make no two pages alike.
const SITE_DOCUMENTS: usize = 5;
const SITE_PERCENT: usize = 30;

/// Characters of the longest line of a menu. The captions of a gallery are longer.
pub(super) const FURNITURE_CHARACTERS: u16 = 60;

/// Fewest lines of a page as it came, and the share of them in percent that are short and end no sentence.
const PAGE_LINES: usize = 40;
const PAGE_PERCENT: usize = 60;

/// Fewest characters outside of its menus of a page with a text of its own.
const OWN_CHARACTERS: usize = 600;

/// Fewest lines that recur, one below the other, of a menu.
const MENU_LINES: usize = 5;

/// Fewest of a long one.
const LONG_MENU_LINES: u16 = 15;

/// Where and how often a line was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Documents it stands in, every copy counted.
    pub documents: u32,
    /// Different documents it stands in.
    pub distinct: u32,
    /// Different contexts, scaled up where only a sample of the documents was compared.
    pub contexts: u32,
    /// Sites it stands on.
    pub sites: u32,
    /// Contexts, as a share of the site's different documents.
    pub rate: f64,
    /// Share of its documents where it is among the first three or the last four lines.
    pub edge: f64,
    /// Share of its documents where it, and all behind it, are furniture of the end.
    pub tail: f64,
    /// Share of its documents where it stands, once at least, in a run of lines that recur, as in a menu.
    #[serde(default)]
    pub menu: f64,
    /// Of a template: different wordings a context.
    pub diversity: f64,
}

/// One line, on one site or all, and what was seen of it.
#[derive(Clone, Debug)]
pub(super) struct Recurrence {
    pub(super) key: u64,
    /// Zero for documents of no site; `None` for all sites together.
    pub(super) site: Option<u64>,
    /// The earliest document it stands in.
    pub(super) first: u64,
    /// That document's content; see [`hash_of`](super::survey::hash_of).
    pub(super) first_hash: u64,
    /// Unicode characters of one wording.
    pub(super) characters: u32,
    pub(super) evidence: Evidence,
    /// How many different documents it stands in are pages as they came, menus and all.
    pages: u32,
    /// In how many of those it stands in a long run of lines that recur.
    long_menus: u32,
    /// In how many different documents it has each trait.
    traits: [u32; Traits::COUNT],
}

impl Recurrence {
    /// Share of the documents where the line has a trait.
    pub(super) fn share(&self, one_trait: Traits) -> f64 {
        f64::from(self.traits[one_trait.index()]) / f64::from(self.evidence.distinct.max(1))
    }

    /// Share of its documents that are pages as they came, menus and all.
    pub(super) fn on_pages(&self) -> f64 {
        f64::from(self.pages) / f64::from(self.evidence.distinct.max(1))
    }

    /// Share of its documents that are such pages and have it in a long menu.
    pub(super) fn in_long_menus(&self) -> f64 {
        f64::from(self.long_menus) / f64::from(self.evidence.distinct.max(1))
    }

    /// Whether it mostly has a trait.
    pub(super) fn is(&self, one_trait: Traits) -> bool {
        self.share(one_trait) >= 0.5
    }
}

/// One document a line stands in.
#[derive(Clone, Copy)]
struct Holder {
    key: u64,
    document: u32,
    mark: u32,
}

/// Places of lines that are looked at in one go, about.
const RUN: usize = 1 << 12;

/// What `judge` makes of everything that recurs in a pruned survey, by key and site. Lines are looked at on all threads of the pool.
pub(super) fn judge_all<T: Send>(
    survey: &LineSurvey,
    judge: impl Fn(&Recurrence) -> Option<T> + Sync,
) -> Vec<T> {
    let holders = holders(survey);
    let finder = Finder::new(survey, &holders);
    let judge_run = |scratch: &mut ContextScratch, run: &[Holder]| {
        let mut judged = Vec::new();
        for line in run.chunk_by(is_of_line) {
            finder.look_at(line, scratch, |recurrence| judged.extend(judge(recurrence)));
        }
        judged
    };
    let judged: Vec<Vec<T>> =
        runs(&holders).into_par_iter().map_init(ContextScratch::default, judge_run).collect();
    judged.into_iter().flatten().collect()
}

/// Places cut into runs of which each holds all places of its lines.
fn runs(holders: &[Holder]) -> Vec<&[Holder]> {
    let mut runs = Vec::with_capacity(holders.len() / RUN + 1);
    let mut rest = holders;
    while let Some(last) = rest.get(RUN.min(rest.len()).saturating_sub(1)) {
        let end = rest.partition_point(|holder| holder.key <= last.key);
        runs.push(&rest[..end]);
        rest = &rest[end..];
    }
    runs
}

fn is_of_line(one: &Holder, other: &Holder) -> bool {
    one.key == other.key
}

struct Finder<'a> {
    survey: &'a LineSurvey,
    site_documents: FxHashMap<u64, u32>,
    /// Of each document, the mark its furniture of the end begins with.
    tail_runs: Vec<u32>,
    /// Of each mark, how long the run is that it stands in as a line of a menu; zero for others.
    menus: Vec<u16>,
    /// Of each document, whether it is a page as it came.
    pages: Vec<bool>,
    contexts: ContextCounter<'a>,
}

impl<'a> Finder<'a> {
    /// `holders` are all places of the survey.
    fn new(survey: &'a LineSurvey, holders: &[Holder]) -> Self {
        let site_documents = site_documents(survey);
        let ((recurs, site_furniture), furniture) = rayon::join(
            || {
                rayon::join(
                    || recurring_marks(survey, holders),
                    || site_furniture(survey, holders, &site_documents),
                )
            },
            || furniture(survey, holders),
        );
        let (pages, (tail_runs, menus)) = rayon::join(
            || pages(survey),
            || rayon::join(|| tail_runs(survey, &furniture), || menus(survey, &furniture)),
        );
        let mut weightless = site_furniture;
        add_menus_of_pages(survey, &pages, &menus, &mut weightless);
        let contexts = ContextCounter::new(survey, &recurs, &weightless);
        Self { survey, site_documents, tail_runs, menus, pages, contexts }
    }

    /// What is to be said of one line; `holders` has all places of it, by site.
    fn look_at(&self, holders: &[Holder], scratch: &mut ContextScratch, mut tell: impl FnMut(&Recurrence)) {
        if holders.len() < LEAST_DOCUMENTS {
            return;
        }
        let survey = self.survey;
        let site_of = |holder: &Holder| survey.documents[holder.document as usize].site;
        let sites = holders.chunk_by(|one, other| site_of(one) == site_of(other)).count();
        for on_site in holders.chunk_by(|one, other| site_of(one) == site_of(other)) {
            let site = site_of(&on_site[0]);
            let documents = self.site_documents.get(&site).copied().unwrap_or(0);
            self.weigh(Some(site), documents, sites, on_site, scratch).iter().for_each(&mut tell);
        }
        if sites >= LEAST_SITES {
            let documents = survey.documents.len() as u32;
            self.weigh(None, documents, sites, holders, scratch).iter().for_each(tell);
        }
    }

    fn weigh(
        &self,
        site: Option<u64>,
        population: u32,
        sites: usize,
        holders: &[Holder],
        scratch: &mut ContextScratch,
    ) -> Option<Recurrence> {
        let mut documents: Vec<u32> = holders.iter().map(|holder| holder.document).collect();
        documents.dedup();
        if documents.len() < LEAST_DOCUMENTS {
            return None;
        }
        let key = holders[0].key;
        let (compared, contexts) = self.contexts.count(key, &documents, scratch);
        let contexts = contexts as f64 * documents.len() as f64 / compared as f64;
        let mut recurrence = self.look(key, site, holders);
        let evidence = &mut recurrence.evidence;
        evidence.documents = documents.iter().map(|&at| self.survey.documents[at as usize].copies).sum();
        evidence.contexts = contexts as u32;
        evidence.sites = sites as u32;
        evidence.rate = contexts / f64::from(population.max(1));
        evidence.diversity = self.wordings(holders) as f64 / contexts.max(1.0);
        Some(recurrence)
    }

    /// Goes over the places of a line, a document at a time.
    fn look(&self, key: u64, site: Option<u64>, holders: &[Holder]) -> Recurrence {
        let evidence = Evidence::default();
        let mut recurrence = Recurrence {
            key,
            site,
            first: u64::MAX,
            first_hash: 0,
            characters: 0,
            evidence,
            pages: 0,
            long_menus: 0,
            traits: [0; Traits::COUNT],
        };
        let (mut edge, mut tail, mut menu, mut distinct) = (0, 0, 0, 0);
        for places in holders.chunk_by(|one, other| one.document == other.document) {
            let document = places[0].document as usize;
            let marks = || places.iter().map(|place| self.survey.marks[place.mark as usize]);
            let bits = marks().fold(0, |bits, mark| bits | mark.traits.bits());
            (0..Traits::COUNT).for_each(|index| recurrence.traits[index] += u32::from(bits >> index & 1));
            let holder = &self.survey.documents[document];
            if holder.rank < recurrence.first {
                recurrence.first = holder.rank;
                recurrence.first_hash = holder.content;
            }
            recurrence.characters =
                recurrence.characters.max(marks().map(|mark| mark.characters.into()).max().unwrap_or(0));
            edge +=
                u32::from(marks().all(|mark| mark.traits.has(Traits::HEAD) || mark.traits.has(Traits::TAIL)));
            tail += u32::from(places.iter().all(|place| place.mark >= self.tail_runs[document]));
            let run = places.iter().map(|place| self.menus[place.mark as usize]).max().unwrap_or(0);
            menu += u32::from(run > 0);
            recurrence.long_menus += u32::from(self.pages[document] && run >= LONG_MENU_LINES);
            recurrence.pages += u32::from(self.pages[document]);
            distinct += 1;
        }
        recurrence.evidence.distinct = distinct;
        recurrence.evidence.edge = f64::from(edge) / f64::from(distinct);
        recurrence.evidence.tail = f64::from(tail) / f64::from(distinct);
        recurrence.evidence.menu = f64::from(menu) / f64::from(distinct);
        recurrence
    }

    fn wordings(&self, holders: &[Holder]) -> usize {
        let mut variants: Vec<u32> =
            holders.iter().map(|holder| self.survey.marks[holder.mark as usize].variant).collect();
        variants.sort_unstable();
        variants.dedup();
        variants.len()
    }
}

/// Every place of every line that has two at least, sorted by line, then by site, document and place. A few lines of one
/// place are among them.
fn holders(survey: &LineSurvey) -> Vec<Holder> {
    let repeated = Repeated::of(survey);
    let places = |(document, surveyed): (usize, &Surveyed)| {
        let place = move |mark: usize| Holder {
            key: survey.marks[mark].key,
            document: document as u32,
            mark: mark as u32,
        };
        surveyed.marks().map(place).filter(|holder| repeated.may_hold(holder.key))
    };
    let mut holders: Vec<Holder> = survey.documents.par_iter().enumerate().flat_map_iter(places).collect();
    let site = |holder: &Holder| survey.documents[holder.document as usize].site;
    holders.par_sort_unstable_by_key(|holder| (holder.key, site(holder), holder.document, holder.mark));
    holders
}

/// Which keys were met twice, in a bit for each of sixteen times as many as there are: most lines stand in one place, and
/// need not be sorted.
struct Repeated {
    twice: Vec<AtomicU64>,
    mask: u64,
}

impl Repeated {
    fn of(survey: &LineSurvey) -> Self {
        let bits = (survey.marks.len() * 16).next_power_of_two().max(64);
        let words = || (0..bits / 64).map(|_| AtomicU64::new(0)).collect::<Vec<_>>();
        let (once, repeated) = (words(), Self { twice: words(), mask: bits as u64 - 1 });
        survey.documents.par_iter().flat_map_iter(Surveyed::marks).for_each(|mark| {
            let (word, bit) = repeated.place(survey.marks[mark].key);
            // Of those that meet here all but one, whichever, find the bit set.
            if once[word].fetch_or(bit, Ordering::Relaxed) & bit != 0 {
                repeated.twice[word].fetch_or(bit, Ordering::Relaxed);
            }
        });
        repeated
    }

    fn place(&self, key: u64) -> (usize, u64) {
        let at = key & self.mask;
        ((at / 64) as usize, 1 << (at % 64))
    }

    fn may_hold(&self, key: u64) -> bool {
        let (word, bit) = self.place(key);
        self.twice[word].load(Ordering::Relaxed) & bit != 0
    }
}

fn recurring_marks(survey: &LineSurvey, holders: &[Holder]) -> Vec<bool> {
    let mut recurs = vec![false; survey.marks.len()];
    for line in holders.chunk_by(is_of_line) {
        let is_recurring = line.iter().any(|holder| holder.document != line[0].document);
        for holder in line {
            recurs[holder.mark as usize] = is_recurring;
        }
    }
    recurs
}

fn site_documents(survey: &LineSurvey) -> FxHashMap<u64, u32> {
    let mut counts = FxHashMap::default();
    for document in &survey.documents {
        *counts.entry(document.site).or_default() += 1;
    }
    counts
}

/// Of each document, the first mark of the run of furniture it ends with.
fn tail_runs(survey: &LineSurvey, furniture: &[bool]) -> Vec<u32> {
    let run = |document: &Surveyed| {
        let marks = document.marks();
        let is_shape = |mark: usize| marks.contains(&mark) && survey.marks[mark].traits.has(Traits::SHAPE);
        // The shape of a line stands behind it: it may vouch for its line, and is no line itself.
        let is_part =
            |&mark: &usize| furniture[mark] || is_shape(mark) || (is_shape(mark + 1) && furniture[mark + 1]);
        let near_end = marks.start.max(marks.end.saturating_sub(TAIL_RUN))..marks.end;
        (marks.end - near_end.rev().take_while(is_part).count()) as u32
    };
    survey.documents.iter().map(run).collect()
}

/// Of each document, whether it is a page as it came and not an article: most of its many lines are short and end no sentence.
fn pages(survey: &LineSurvey) -> Vec<bool> {
    let is_page = |document: &Surveyed| {
        let (mut lines, mut short) = (0, 0);
        for mark in survey.marks[document.marks()].iter().filter(|mark| is_line(mark.traits)) {
            lines += 1;
            short += usize::from(is_short(*mark));
        }
        lines >= PAGE_LINES && short * 100 >= lines * PAGE_PERCENT
    };
    survey.documents.iter().map(is_page).collect()
}

/// Adds the menus of pages that have a text of their own: they make no two of them alike. Of a page with no more than a caption
/// below what it shares with others, that is the text.
fn add_menus_of_pages(survey: &LineSurvey, pages: &[bool], menus: &[u16], weightless: &mut [bool]) {
    for (document, _) in survey.documents.iter().zip(pages).filter(|(_, is_page)| **is_page) {
        let weight = |mark: usize| usize::from(survey.marks[mark].characters.min(CAPPED_CHARACTERS));
        let own: usize =
            document.marks().filter(|mark| menus[*mark] == 0 && !weightless[*mark]).map(weight).sum();
        if own >= OWN_CHARACTERS {
            document.marks().for_each(|mark| weightless[mark] |= menus[mark] > 0);
        }
    }
}

fn is_line(traits: Traits) -> bool {
    !traits.has(Traits::SHAPE) && !traits.has(Traits::COUNTED)
}

fn is_short(mark: Mark) -> bool {
    mark.characters <= FURNITURE_CHARACTERS && !mark.traits.has(Traits::SENTENCE)
}

/// Of each mark whose line stands among at least [`MENU_LINES`] that recur, one below the other, how many these are.
fn menus(survey: &LineSurvey, furniture: &[bool]) -> Vec<u16> {
    let mut menus = vec![0; survey.marks.len()];
    for document in &survey.documents {
        let lines: Vec<usize> = document.marks().filter(|mark| is_line(survey.marks[*mark].traits)).collect();
        for run in lines.chunk_by(|one, other| furniture[*one] == furniture[*other]) {
            let is_menu = furniture[run[0]] && run.len() >= MENU_LINES;
            let length = if is_menu { run.len().min(usize::from(u16::MAX)) as u16 } else { 0 };
            for mark in run {
                menus[*mark] = length;
            }
        }
    }
    menus
}

/// Of each mark, whether its line is no sentence and stands on a large share of its site's pages.
fn site_furniture(
    survey: &LineSurvey,
    holders: &[Holder],
    site_documents: &FxHashMap<u64, u32>,
) -> Vec<bool> {
    let site = |holder: &Holder| survey.documents[holder.document as usize].site;
    let mut furniture = vec![false; survey.marks.len()];
    for on_site in holders.chunk_by(|one, other| one.key == other.key && site(one) == site(other)) {
        let documents = on_site.chunk_by(|one, other| one.document == other.document).count();
        let of_site = site_documents.get(&site(&on_site[0])).copied().unwrap_or(0) as usize;
        if documents >= SITE_DOCUMENTS && documents * 100 >= of_site * SITE_PERCENT {
            for holder in on_site {
                furniture[holder.mark as usize] = is_short(survey.marks[holder.mark as usize]);
            }
        }
    }
    furniture
}

/// Of each mark, whether its line stands in several documents of the site, or on several sites.
fn furniture(survey: &LineSurvey, holders: &[Holder]) -> Vec<bool> {
    let site = |holder: &Holder| survey.documents[holder.document as usize].site;
    let mut furniture = vec![false; survey.marks.len()];
    for line in holders.chunk_by(is_of_line) {
        let is_on_sites = line.chunk_by(|one, other| site(one) == site(other)).count() >= LEAST_SITES;
        for on_site in line.chunk_by(|one, other| site(one) == site(other)) {
            let documents = on_site.chunk_by(|one, other| one.document == other.document).count();
            let is_furniture = is_on_sites || documents >= RUN_DOCUMENTS;
            for holder in on_site {
                furniture[holder.mark as usize] = is_furniture;
            }
        }
    }
    furniture
}
