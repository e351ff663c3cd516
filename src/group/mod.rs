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
//! Memory, beside the fingerprints: 12 bytes a unit for one part of the index at a time; 16 a pair put forward, 8 a candidate, 32 a
//! related one, each in files by runs of places where they have no room; 10 a related pair while it is decided.

mod align;
mod cluster;
mod division;
mod evidence;
mod exact;
mod grouping;
mod index;
mod ledger;
mod limits;
mod listed;
mod miss;
mod oracle;
mod order;
mod pairing;
mod repeats;
mod search;
mod spilled;
#[cfg(test)]
mod tests;
mod verify;

#[cfg(test)]
pub(crate) use align::common_weight;
pub use grouping::Grouping;
pub use miss::{MissRate, expected_miss_rate};
pub use oracle::exhaustive_pairs;
pub use repeats::{Repeat, repeats};
pub use search::Earlier;
pub use spilled::Workspace;
pub use verify::common;

use serde::{Deserialize, Serialize};

use crate::config::{Config, GroupConfig};
use crate::fingerprint::{Digest, Fingerprints, Passages};

use division::Division;
use ledger::{Ledger, Row};
use limits::Overlap;
use search::Search;

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

/// Bytes of memory that grouping takes for each document, whatever it is: orders and ranks, who equals whom, the least that it must
/// share, what becomes of it.
pub const BYTES: u64 = 32;

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
    /// What equal documents with so many shingles are to each other: with `exact` off they still are near-duplicates, if they have a word.
    fn of_equals(shingles: u32, config: &GroupConfig) -> Option<Self> {
        let has_words = shingles > 0;
        if config.exact {
            Some(Self::Exact)
        } else if has_words && config.near {
            Some(Self::Near)
        } else {
            (has_words && config.contained).then_some(Self::Contained)
        }
    }

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

impl Match {
    /// Takes over what `pair`, aligned, says of it; its place is one of the two.
    fn take(&mut self, kind: Kind, pair: Overlap, place: u32) {
        (self.kind, self.novel_words) = (kind, pair.passage_of(place));
        (self.jaccard, self.containment) = (pair.jaccard(), pair.containment_of(place));
        (self.alignment, self.alignment_containment) = (Some(self.jaccard), Some(self.containment));
    }

    /// Goes in favour of an equal document, of the same set, that stays; `kind` is what equal ones are to each other.
    fn become_equal(&mut self, kind: Kind, survivor: u32) {
        *self = Self { kind, survivor, cluster: survivor, reference: false, novel_words: 0, ..*self };
        (self.jaccard, self.containment) = (1.0, 1.0);
        (self.alignment, self.alignment_containment) = (Some(1.0), Some(1.0));
    }
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
    /// Documents of the input that have what `--keep` ranks by: a value in its field, a date; all, where it asks for none. `None`
    /// where nothing was ranked.
    #[serde(default)]
    pub ranked: Option<u64>,
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

/// Groups documents and decides which of each group stay.
///
/// `ranks` says who is kept rather than another, less being better; ties end at input order. Documents beyond `ranks` are
/// of the reference set: all of them stay, and any of them is rather kept than any other document. In what order they come
/// makes no difference to what is removed. The result depends on nothing else: neither threads nor time.
///
/// `earlier` is what a search before this one knew, and learns what this one does.
pub fn decide<S: ShingleSource>(
    fingerprints: &impl Fingerprints,
    ranks: &[u64],
    source: &S,
    config: &Config,
    workspace: &Workspace<'_>,
    earlier: &mut Earlier,
) -> Grouping {
    if !config.group.enabled {
        return Grouping::nothing(fingerprints, &config.group);
    }
    let ranks = &ranks[..ranks.len().min(fingerprints.len())];
    let found = Search::run(fingerprints, ranks, source, config, Purpose::Removal, workspace, earlier);
    let mut grouping = found.grouping();
    grouping.align_equals(fingerprints, source);
    grouping
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
    let earlier = &mut Earlier::default();
    let mut found = Search::run(fingerprints, &ranks, source, config, Purpose::Listing, workspace, earlier);
    found.verify_stars(source);
    let mut pairs = found.pairs_of_classes(fingerprints, source);
    pairs.sort_unstable_by_key(|pair| (pair.a, pair.b));
    (pairs, found.counts)
}

/// What pairs are sought for.
#[derive(Clone, Copy)]
enum Purpose {
    /// To find in whose favour each document may go.
    Removal,
    /// To list them all: what is listed is held in memory.
    Listing,
}

impl Purpose {
    /// Holders of a unit up to which all are compared with all.
    fn few(self) -> usize {
        match self {
            Self::Removal => FEW,
            Self::Listing => FEW_LISTED,
        }
    }

    /// What is noted of pairs for good.
    fn ledger<'a, R: Row>(self, division: &Division, workspace: &'a Workspace<'a>) -> Ledger<'a, R> {
        match self {
            Self::Removal => Ledger::new(division, workspace),
            Self::Listing => Ledger::held_whole(division, workspace),
        }
    }
}

fn pairs_among(members: usize) -> u64 {
    let members = members as u64;
    members * members.saturating_sub(1) / 2
}
