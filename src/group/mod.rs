//! Which documents are duplicates, and which of them stays.
//!
//! 1. [`exact`](crate::config::GroupConfig::exact): equal digests of the folded text.
//! 2. Candidates: pairs that share a unit, a shingle chosen by [`crate::fingerprint::sample`]. A unit held by few puts
//!    all pairs of its holders forward; one held by many, each holder with the best placed and with its neighbour,
//!    round by round.
//! 3. Dismissal: pairs whose units are not those of a related pair, at odds of ten thousand to one.
//! 4. Verification: the full shingle sets of what is left, intersected, or, by
//!    [`Measure::Alignment`](crate::config::Measure), its passages aligned; thresholds compared exactly. Of what is related, the words: a document stays if what it has over the other is nearly all numbers
//!    ([`keep_numbers`](crate::config::GroupConfig::keep_numbers)).
//! 5. Decision: stars. Whatever is removed has a direct verified match with a survivor, and no survivor could go in
//!    favour of another. Of near-duplicates the better placed should stay, whatever its length; what is contained goes
//!    in favour of the longer, whatever its place.
//! 6. Again among what stays, where crowds have thinned, until nothing changes: a second run finds nothing more.
//!
//! Against a reference set: its documents are better placed than all others, stay whatever happens, and are not compared
//! with each other.
//!
//! The number of pairs is linear in the number of units: a document meets at most [`FEW`] others for each of its units,
//! and at most five for each of sixteen crowded ones a round (nine where references are among them). Nearly all of it is dismissed by units alone.
//!
//! Memory, beside the fingerprints: 12 bytes a unit for one part of the index at a time; of the pairs of a round as many as have room,
//! the others in a file, part by part; 16 bytes a pair that shares enough units, 8 a candidate pair, 32 a related one, and twice as much
//! again while it is decided.

mod align;
mod cluster;
mod evidence;
mod exact;
mod index;
mod limits;
mod miss;
mod oracle;
mod order;
mod pairing;
mod pile;
mod repeats;
mod spilled;
#[cfg(test)]
mod tests;
mod verify;

#[cfg(test)]
pub(crate) use align::common_weight;
pub use miss::{MissRate, expected_miss_rate};
pub use oracle::exhaustive_pairs;
pub use repeats::{Repeat, repeats};
pub use spilled::Workspace;
pub use verify::common;

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::config::{Config, GroupConfig, Measure};
use crate::fingerprint::{Digest, Fingerprints, Passages, UnitsView};
use crate::store::Parts;

use cluster::Fates;
use index::Shared;
use limits::{Limits, Overlap};
use order::Order;
use pairing::{Crowds, Evidence, PairKey, Relatedness, Sampled, key, places};
use pile::Pile;
use verify::{ShingleSet, Star, hold_back, overlaps, verify};

/// Holders of a unit up to which all are compared with all.
pub const FEW: usize = 16;
/// The same for [`pairs`], which is to list all pairs, not just enough of them.
const FEW_LISTED: usize = 64;
/// Rounds of comparisons within crowds.
const ROUNDS: u32 = 8;
/// Searches among what stays, at most; the first that removes nothing, nor brings anything back, is the last.
const PASSES: u32 = 16;
/// Documents of one star, or equal ones, up to which [`pairs`] lists all pairs among them.
const LISTED: usize = 2_000;

/// Gives the full shingle sets by which pairs are judged.
pub trait ShingleSource: Sync {
    /// Fills `out` with the shingles of a document: sorted, distinct, those of [`crate::fingerprint::shingles`].
    fn shingles(&self, document: u32, out: &mut Vec<u64>);

    /// Fills `out` with the words of a document, those of [`crate::fingerprint::words`]. Asked of related pairs only.
    fn words(&self, document: u32, out: &mut Vec<u64>);

    /// The paragraphs of a document, those of [`crate::fingerprint::paragraph_digests`]. Asked of removed documents and
    /// their survivors only.
    fn paragraphs(&self, document: u32) -> Box<[Digest]>;

    /// The passages of a document, those of [`crate::fingerprint::passages`]. Asked where texts are aligned only.
    fn passages(&self, document: u32) -> Passages;
}

/// How a removed document matches its survivor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Both are equal in folded form.
    Exact,
    /// Their resemblance reaches the threshold.
    Near,
    /// The removed one lies within the survivor.
    Contained,
}

impl Kind {
    /// The kind as the report writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Near => "near",
            Self::Contained => "contained",
        }
    }
}

/// A removed document and why it may go.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Match {
    /// The removed document.
    pub document: u32,
    /// One that is kept and matches it directly.
    pub survivor: u32,
    /// How it does.
    pub kind: Kind,
    /// Jaccard resemblance of the shingle sets.
    pub jaccard: f64,
    /// Share of the removed document's shingles found in the survivor.
    pub containment: f64,
    /// Resemblance of the two texts when aligned, if that is what decided.
    pub alignment: Option<f64>,
    /// Share of the removed text that its survivor has when they are aligned.
    pub alignment_containment: Option<f64>,
    /// Words of the longest passage of the removed document that its survivor lacks.
    pub novel_words: u32,
    /// Paragraphs of the removed document that the survivor has too.
    pub shared_paragraphs: u32,
    /// Paragraphs of the removed document.
    pub paragraphs: u32,
    /// The cluster, named by its survivor.
    pub cluster: u32,
    /// Whether the survivor is of the reference set.
    pub reference: bool,
}

/// Two related documents, `a` before `b` in the input.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// The earlier document.
    pub a: u32,
    /// The later one.
    pub b: u32,
    /// Jaccard resemblance of their shingle sets.
    pub jaccard: f64,
    /// Share of the shingles of `a` found in `b`.
    pub containment_a: f64,
    /// Share of the shingles of `b` found in `a`.
    pub containment_b: f64,
    /// Resemblance of the two texts when aligned, if that is what decided.
    pub alignment: Option<f64>,
    /// Share of `a` that `b` has when they are aligned.
    pub alignment_a: Option<f64>,
    /// Share of `b` that `a` has when they are aligned.
    pub alignment_b: Option<f64>,
}

/// What was done to find them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GroupCounts {
    /// Documents that came in, references among them.
    pub documents: u64,
    /// Of these: documents of the reference set.
    #[serde(default)]
    pub references: u64,
    /// Documents that are different when folded.
    pub distinct: u64,
    /// Units of all distinct documents.
    pub units: u64,
    /// Different sets of more than [`FEW`] documents that share a unit.
    pub crowds: u64,
    /// Pairs put forward since they share a unit; once more for each later search among what stays.
    pub met: u64,
    /// Of these: pairs that share enough units.
    pub candidates: u64,
    /// Candidates whose full shingle sets were compared.
    pub verified: u64,
    /// Verified pairs at or above a threshold.
    pub related: u64,
    /// Related pairs of which at least one document holds what the other does not cover: a passage, or numbers.
    pub held_back: u64,
    /// At most so many pairs that share a unit with a crowd were not looked at.
    pub left_out: u64,
    /// What share of related pairs is not found, by calculation; that of contained documents is the mean over the corpus.
    pub expected_miss: MissRate,
}

/// The outcome: which documents go, and in whose favour. All others stay.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grouping {
    /// The removed documents in input order.
    pub removed: Vec<Match>,
    /// What was done to find them.
    pub counts: GroupCounts,
}

/// Groups documents and decides which of each group stay.
///
/// `ranks` says who is kept rather than another, less being better; ties end at input order. Documents beyond `ranks` are
/// of the reference set: all of them stay, and any of them is rather kept than any other document. In what order they come
/// makes no difference to what is removed. The result depends on nothing else: neither threads nor time.
pub fn group<S: ShingleSource>(
    fingerprints: &impl Fingerprints,
    ranks: &[u64],
    source: &S,
    config: &Config,
    workspace: &Workspace<'_>,
) -> Grouping {
    if !config.group.enabled {
        let counts = GroupCounts { documents: fingerprints.len() as u64, ..GroupCounts::default() };
        return Grouping { removed: Vec::new(), counts };
    }
    let ranks = &ranks[..ranks.len().min(fingerprints.len())];
    let found = Search::run(fingerprints, ranks, source, config, FEW, workspace);
    let mut removed: Vec<Match> =
        found.order.places().filter_map(|place| found.match_of(place, fingerprints, &config.group)).collect();
    evidence::tell(&mut removed, source, &config.group);
    removed.sort_unstable_by_key(|found| found.document);
    Grouping { removed, counts: found.counts }
}

/// All pairs of documents at or above a threshold, in input order, and what was done to find them.
///
/// Where more than 2,000 documents are equal, or near to the same survivor, only their pairs with the first of them
/// are listed for sure; [`GroupCounts::left_out`] counts the others.
pub fn pairs<S: ShingleSource>(
    fingerprints: &impl Fingerprints,
    source: &S,
    config: &Config,
    workspace: &Workspace<'_>,
) -> (Vec<Pair>, GroupCounts) {
    let ranks = vec![0; fingerprints.len()];
    let mut found = Search::run(fingerprints, &ranks, source, config, FEW_LISTED, workspace);
    found.verify_stars(source);
    let mut pairs = found.pairs_of_classes(fingerprints, source);
    pairs.sort_unstable_by_key(|pair| (pair.a, pair.b));
    (pairs, found.counts)
}

/// Everything known at the end of the search.
struct Search {
    order: Order,
    /// Places before this one are the reference set's.
    references: u32,
    /// For each place the best one with an equal document.
    first_equals: Vec<u32>,
    limits: Limits,
    /// How many shingles in a row each hold a unit.
    window: usize,
    /// For each place its number of shingles, and the units that a pair must share whose smaller document it is.
    least_units: Vec<(u32, u32)>,
    /// Whether documents that differ in numbers are kept apart.
    config: GroupConfig,
    /// Candidates so far, sorted.
    seen: Vec<PairKey>,
    /// Verified pairs so far, by place.
    related: Vec<Overlap>,
    /// Of the first of equals; the others share its fate.
    fates: Fates,
    counts: GroupCounts,
}

impl Search {
    fn run<S: ShingleSource>(
        fingerprints: &impl Fingerprints,
        ranks: &[u64],
        source: &S,
        config: &Config,
        few: usize,
        workspace: &Workspace<'_>,
    ) -> Self {
        let mut search = Self::start(fingerprints, ranks, config);
        if search.limits.are_off() {
            return search;
        }
        let shared = search.share(fingerprints, few, workspace);
        search.counts.units = shared.rows;
        search.counts.crowds = shared.crowds.len() as u64;
        for number in 0..PASSES {
            if !search.pass(number, &shared, few, fingerprints, source, workspace) {
                break;
            }
        }
        search
    }

    /// Looks for pairs among all that stay so far, and decides anew; whether another run over what now stays could put
    /// more pairs forward, because who stays has changed and crowds with it.
    fn pass<S: ShingleSource>(
        &mut self,
        number: u32,
        shared: &Shared,
        few: usize,
        fingerprints: &impl Fingerprints,
        source: &S,
        workspace: &Workspace<'_>,
    ) -> bool {
        let before = self.staying();
        let new = || Pile::new(before.len(), shared, workspace);
        let mut pairs = new();
        let crowds = shared.among(few, self.references, |place| before[place as usize], &mut pairs);
        let mut crowds = Crowds::new(crowds, few, before.len(), self.references);
        let mut is_thinned = false;
        let mut weak = shared.weak.as_deref();
        for _ in 0..ROUNDS {
            crowds.push_round(&mut pairs);
            let pairs = std::mem::replace(&mut pairs, new());
            let has_removed = self.verify_more(pairs, weak.take(), fingerprints, source);
            is_thinned |= crowds.retain(|place| self.fates[place as usize].is_none());
            if !has_removed {
                break;
            }
        }
        // Each pass has its own upper bound of what none of them looked at.
        let left_out = crowds.left_out();
        self.counts.left_out = if number == 0 { left_out } else { left_out.min(self.counts.left_out) };
        let now = self.staying();
        let is_any_back = (before.iter().zip(&now)).any(|(before, now)| !before & now);
        is_any_back || (is_thinned && before != now)
    }

    /// For each place whether it stays so far.
    fn staying(&self) -> Vec<bool> {
        self.fates.iter().map(Option::is_none).collect()
    }

    fn start(fingerprints: &impl Fingerprints, ranks: &[u64], config: &Config) -> Self {
        let order = Order::by_rank(ranks, fingerprints);
        let references = (fingerprints.len() - ranks.len()) as u32;
        let first_equals = exact::first_equals(fingerprints, &order);
        let distinct = (0..).zip(&first_equals).filter(|&(place, &first)| place == first).count();
        let counts = GroupCounts {
            documents: fingerprints.len() as u64,
            references: u64::from(references),
            distinct: distinct as u64,
            expected_miss: miss::of_corpus(config, fingerprints, ranks.len() as u32),
            ..GroupCounts::default()
        };
        let fates = vec![None; fingerprints.len()];
        let limits = Limits::new(&config.group);
        let related = Relatedness::new(limits, config.fingerprint.window);
        let least_units = order.places().map(|place| {
            let shingles = fingerprints.shingles(order.document(place));
            (shingles, related.least_units(shingles))
        });
        Self {
            least_units: least_units.collect(),
            order,
            references,
            first_equals,
            limits,
            window: config.fingerprint.window,
            config: config.group.clone(),
            seen: Vec::new(),
            related: Vec::new(),
            fates,
            counts,
        }
    }

    /// Looks up which of the first of equals share a unit.
    fn share(&self, fingerprints: &impl Fingerprints, few: usize, workspace: &Workspace<'_>) -> Shared {
        let rows = fingerprints.units_in_all();
        if !fingerprints.is_in_memory() || !workspace.holds(rows) {
            return self.share_spilled(fingerprints, few, workspace);
        }
        let firsts = self.order.places().filter(|&place| self.first_equals[place as usize] == place);
        let held: Vec<(u32, Cow<'_, [u8]>)> =
            firsts.map(|place| (place, fingerprints.units(self.order.document(place)))).collect();
        let units: Vec<(u32, UnitsView<'_>)> =
            held.iter().map(|(place, bytes)| (*place, UnitsView::of_bytes(bytes))).collect();
        index::share(&units, few, self.references)
    }

    /// As [`Search::share`], outside of memory.
    fn share_spilled(
        &self,
        fingerprints: &impl Fingerprints,
        few: usize,
        workspace: &Workspace<'_>,
    ) -> Shared {
        let mut of = vec![None; fingerprints.len()];
        let firsts = self.order.places().filter(|&place| self.first_equals[place as usize] == place);
        firsts.for_each(|place| of[self.order.document(place) as usize] = Some(place));
        let at = spilled::Places { of: &of, references: self.references, few };
        spilled::share(fingerprints, &at, |pair| self.least_units(pair), workspace)
    }

    /// The units that a pair must share to be a candidate.
    fn least_units(&self, pair: PairKey) -> u32 {
        let (first, second) = places(pair);
        self.least_units[first as usize].min(self.least_units[second as usize]).1
    }

    /// Those of `pairs` that are new and share enough units; `weak` are pairs that share too few alone, and the parts of them to look at.
    fn candidates(
        &mut self,
        mut pairs: Vec<Evidence>,
        weak: Option<(&Parts, Range<usize>)>,
    ) -> impl Iterator<Item = PairKey> + '_ {
        if let Some((weak, parts)) = weak {
            let is_kept = |place: u32| self.fates[place as usize].is_none();
            self.counts.met += spilled::join_weak(weak, parts, &mut pairs, &self.seen, is_kept);
        }
        let known = &self.seen;
        pairs.retain(|pair| known.binary_search(&pair.0).is_err());
        self.counts.met += pairs.len() as u64;
        pairs.into_iter().filter(|&(pair, units)| units >= self.least_units(pair)).map(|pair| pair.0)
    }

    /// Judges those of `pairs` that are new and decides anew; whether that removed any more.
    fn verify_more<S: ShingleSource>(
        &mut self,
        pairs: Pile<'_>,
        weak: Option<&Parts>,
        fingerprints: &impl Fingerprints,
        source: &S,
    ) -> bool {
        let mut candidates: Vec<PairKey> = Vec::new();
        pairs.each_part(|part, pairs| {
            let parts = |weak: &Parts| part.map_or(0..weak.len(), |part| part..part + 1);
            candidates.extend(self.candidates(pairs, weak.map(|weak| (weak, parts(weak)))));
        });
        let mut pairs = candidates;
        let related = Relatedness::new(self.limits, self.window);
        let of = |place| Sampled::of(fingerprints, self.order.document(place));
        self.counts.candidates += pairs.len() as u64;
        self.seen.extend_from_slice(&pairs);
        self.seen.par_sort();
        pairs = pairs
            .into_par_iter()
            .filter(|&pair| {
                let (first, second) = places(pair);
                related.is_possible(&of(first), &of(second))
            })
            .collect();
        self.counts.verified += pairs.len() as u64;
        let mut related = verify(&pairs, &self.order, source, self.limits);
        if related.is_empty() {
            return false;
        }
        hold_back(&mut related, &self.order, source, &self.config);
        self.counts.held_back += related.iter().filter(|pair| pair.held != (false, false)).count() as u64;
        self.counts.related += related.len() as u64;
        self.related.extend(related);
        self.related.sort_unstable_by_key(|pair| (pair.first, pair.second));
        let removed = removed(&self.fates);
        self.fates = cluster::decide(&self.related, self.fates.len(), self.limits, self.references);
        removed < self::removed(&self.fates)
    }

    /// Judges all pairs within each star, so that every pair of a much-copied text is listed.
    fn verify_stars<S: ShingleSource>(&mut self, source: &S) {
        let mut rows: Vec<(u32, u32)> = (0..)
            .zip(&self.fates)
            .filter_map(|(place, fate)| Some(((*fate)?.1.other(place), place)))
            .collect();
        rows.sort_unstable();
        for star in rows.chunk_by(|a, b| a.0 == b.0) {
            if star.len() > LISTED {
                self.counts.left_out += pairs_among(star.len());
                continue;
            }
            let members: Vec<u32> = star.iter().map(|row| row.1).collect();
            let (known, order, limits) = (&self.seen, &self.order, self.limits);
            let found = Star { members: &members, known, order, source, limits }.verify();
            self.counts.verified += found.compared;
            self.counts.related += found.related.len() as u64;
            self.related.extend(found.related);
        }
        self.related.sort_unstable_by_key(|pair| (pair.first, pair.second));
    }

    /// Why the document at `place` goes, if it does; what is told beside that by which it was decided is not known yet.
    fn match_of(&self, place: u32, fingerprints: &impl Fingerprints, config: &GroupConfig) -> Option<Match> {
        if place < self.references {
            return None;
        }
        let first = self.first_equals[place as usize];
        // Equal documents are equal in every way: what holds of the first holds of all.
        let fate = self.fates[first as usize];
        let (kind, survivor) = match fate {
            Some((kind, pair)) => (kind, pair.other(first)),
            None if place == first => return None,
            None => (self.kind_of_equals(fingerprints, place, config)?, first),
        };
        let (resemblance, containment, novel_words) = fate.map_or((1.0, 1.0, 0), |(_, pair)| {
            (pair.jaccard(), pair.containment_of(first), pair.passage_of(first))
        });
        let reference = survivor < self.references;
        let (document, survivor) = (self.order.document(place), self.order.document(survivor));
        let is_aligned = config.measure == Measure::Alignment;
        Some(Match {
            document,
            survivor,
            kind,
            jaccard: resemblance,
            containment,
            alignment: is_aligned.then_some(resemblance),
            alignment_containment: is_aligned.then_some(containment),
            novel_words,
            shared_paragraphs: 0,
            paragraphs: 0,
            cluster: survivor,
            reference,
        })
    }

    /// What equal documents are to each other: with `exact` off they still are near-duplicates, if they have a word.
    fn kind_of_equals(
        &self,
        fingerprints: &impl Fingerprints,
        place: u32,
        config: &GroupConfig,
    ) -> Option<Kind> {
        let has_words = fingerprints.shingles(self.order.document(place)) > 0;
        if config.exact {
            Some(Kind::Exact)
        } else if has_words && config.near {
            Some(Kind::Near)
        } else {
            (has_words && config.contained).then_some(Kind::Contained)
        }
    }

    /// The related pairs, with all documents that equal those of a pair in their stead.
    fn pairs_of_classes<S: ShingleSource>(
        &mut self,
        fingerprints: &impl Fingerprints,
        source: &S,
    ) -> Vec<Pair> {
        let classes = self.classes();
        let mut found = Vec::new();
        for (first, class) in (0..).zip(&classes).filter(|(_, class)| class.len() > 1) {
            if self.kind_of_equals(fingerprints, first, &self.config).is_some() {
                self.counts.left_out += push_equals(class, self.config.measure, &mut found);
            }
        }
        for pair in self.judged(source) {
            let (first, second) =
                (&classes[pair.shingles.first as usize], &classes[pair.shingles.second as usize]);
            if first.len().saturating_mul(second.len()) <= LISTED * LISTED {
                found.extend(first.iter().flat_map(|&a| second.iter().map(move |&b| pair.of(a, b))));
            } else {
                found.extend(second.iter().map(|&b| pair.of(first[0], b)));
                found.extend(first[1..].iter().map(|&a| pair.of(a, second[0])));
                self.counts.left_out += (first.len() as u64 - 1) * (second.len() as u64 - 1);
            }
        }
        found
    }

    /// The related pairs with what is told of them.
    fn judged<S: ShingleSource>(&self, source: &S) -> Vec<Judged> {
        if self.config.measure == Measure::Shingles {
            return self.related.iter().map(|&shingles| Judged { shingles, aligned: None }).collect();
        }
        let keys: Vec<PairKey> = self.related.iter().map(|pair| key(pair.first, pair.second)).collect();
        let shingles = overlaps::<ShingleSet, S>(&keys, &self.order, source);
        let judged = self.related.iter().zip(shingles);
        judged.map(|(&aligned, shingles)| Judged { shingles, aligned: Some(aligned) }).collect()
    }

    /// For each place that is the first of equals, their documents; empty for the others.
    fn classes(&self) -> Vec<Vec<u32>> {
        let mut classes = vec![Vec::new(); self.first_equals.len()];
        for (place, &first) in (0..).zip(&self.first_equals) {
            classes[first as usize].push(self.order.document(place));
        }
        classes
    }
}

/// Appends all pairs of equal documents, or those with the first where they are too many; returns how many are missing.
fn push_equals(class: &[u32], measure: Measure, found: &mut Vec<Pair>) -> u64 {
    if class.len() > LISTED {
        found.extend(class[1..].iter().map(|&other| equal_pair(class[0], other, measure)));
        return pairs_among(class.len() - 1);
    }
    push_all_equals(class, measure, found);
    0
}

fn push_all_equals(class: &[u32], measure: Measure, found: &mut Vec<Pair>) {
    for (at, &a) in class.iter().enumerate() {
        found.extend(class[at + 1..].iter().map(|&b| equal_pair(a, b, measure)));
    }
}

fn equal_pair(a: u32, b: u32, measure: Measure) -> Pair {
    let aligned = (measure == Measure::Alignment).then_some(1.0);
    Pair {
        a: a.min(b),
        b: a.max(b),
        jaccard: 1.0,
        containment_a: 1.0,
        containment_b: 1.0,
        alignment: aligned,
        alignment_a: aligned,
        alignment_b: aligned,
    }
}

/// A related pair by its shingles and, if that is the measure, aligned.
#[derive(Clone, Copy)]
struct Judged {
    shingles: Overlap,
    aligned: Option<Overlap>,
}

impl Judged {
    /// The pair of two documents that stand for its first and its second place.
    fn of(self, first: u32, second: u32) -> Pair {
        let Self { shingles, aligned } = self;
        let places = (shingles.first, shingles.second);
        let (a, b) = if first < second { places } else { (places.1, places.0) };
        Pair {
            a: first.min(second),
            b: first.max(second),
            jaccard: shingles.jaccard(),
            containment_a: shingles.containment_of(a),
            containment_b: shingles.containment_of(b),
            alignment: aligned.map(Overlap::jaccard),
            alignment_a: aligned.map(|pair| pair.containment_of(a)),
            alignment_b: aligned.map(|pair| pair.containment_of(b)),
        }
    }
}

fn removed(fates: &Fates) -> usize {
    fates.iter().filter(|fate| fate.is_some()).count()
}

fn pairs_among(members: usize) -> u64 {
    let members = members as u64;
    members * members.saturating_sub(1) / 2
}
