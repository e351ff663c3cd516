//! An index on disk that knows documents without holding their texts, so that next month's crawl is compared with last
//! month's and not one line of that is read again.
//!
//! Of each document it holds the digest of its folded clean text (16 bytes), the number of its shingles, a sample of these
//! (40 bits each), its id and its origin. What that can prove:
//!
//! - *Exact*: equal digests are equal texts, as everywhere in tamis ([`crate::fingerprint::Digest`]).
//! - *Near* and *contained*: an estimate with a lower bound, never a proof, since no text is left to verify it on. So nothing is
//!   ever removed on the word of an index; `--against` does that, with the texts at hand.
//!
//! The sample is that of [`crate::fingerprint::sample`] with a window of [`WINDOW`]: about 64 shingles of every document, by
//! which any two are compared without bias, and one of every [`WINDOW`] in a row, by which a passage of that many is found
//! inside a document of any length.

mod block;
mod file;
mod search;
mod settings;

pub use file::{IndexReader, IndexWriter};
pub use search::{Hit, Hits, search};
pub use settings::Settings;

use crate::config::Config;
use crate::document::Origin;
use crate::fingerprint::{Digest, Fingerprints, UnitsView};
use crate::pass::name::Named;

/// Of so many shingles in a row at least one is held.
pub const WINDOW: usize = 32;
/// Bytes of an id, at most; a document with a longer one is known by its origin.
pub const LONGEST_ID: usize = 4096;
/// Shingles of one document that are held, at most: the least hashes.
const MOST_UNITS: usize = 1 << 16;
/// Bits of a shingle's hash that are dropped: the low ones, so that the order stays.
const DROPPED_BITS: u32 = 24;

/// One document of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Digest of its folded text.
    pub whole: Digest,
    /// Number of its distinct shingles.
    pub shingles: u32,
    /// Sampled shingles, the upper 40 bits of each; sorted, distinct.
    pub units: Vec<u64>,
    /// Its own id, if it has one of at most [`LONGEST_ID`] bytes.
    pub id: Option<String>,
    /// Where it came from when it was taken in.
    pub origin: Origin,
}

impl Entry {
    /// The entry of a document.
    pub fn new(prints: &impl Fingerprints, document: u32, (_, id, origin): Named) -> Self {
        let id = Some(id).filter(|id| id.len() <= LONGEST_ID && *id != origin.to_string());
        let (whole, shingles) = (prints.whole(document), prints.shingles(document));
        Self { whole, shingles, units: units_of(prints, document), id, origin }
    }

    /// What the document is called: its id, or its origin.
    pub fn name(&self) -> String {
        self.id.clone().unwrap_or_else(|| self.origin.to_string())
    }
}

/// The configuration by which documents are taken into an index and looked up in it.
pub fn config_for(config: &Config) -> Config {
    let mut config = config.clone();
    config.fingerprint.window = WINDOW;
    config
}

/// The sampled shingles of a document as an index holds them.
fn units_of(prints: &impl Fingerprints, document: u32) -> Vec<u64> {
    let held = prints.units(document);
    let mut units: Vec<u64> = UnitsView::of_bytes(&held).iter().map(|unit| unit >> DROPPED_BITS).collect();
    units.dedup();
    units.truncate(MOST_UNITS);
    units
}
