//! Which documents go and why, from the pass that finds it to the ones that carry it out and tell of it: as rows, since nearly all documents
//! of a corpus may go.

use std::ops::Range;
use std::sync::Arc;

use crate::error::Result;
use crate::group::{GroupCounts, Match};
use crate::store::{BlockFile, NumberedRows, NumberedStore, Room, Rows, read_value};

/// The removed documents in input order, wherever there is room for them; all others stay.
pub struct Removals {
    matches: NumberedStore,
    /// The first of each kind.
    examples: Vec<Match>,
    /// For each document of the input, by bits, whether another goes in its favour.
    survivors: Vec<u64>,
    /// Survivors of the reference set; sorted at the end.
    references: Vec<u32>,
    /// Documents of the input.
    documents: u32,
    /// What was done to find them.
    pub counts: GroupCounts,
}

impl Removals {
    /// None yet, of an input of so many documents; rows that there is no `room` for go to `file`.
    pub fn new(documents: usize, counts: GroupCounts, room: &Room, file: &Arc<BlockFile>) -> Self {
        Self {
            matches: NumberedStore::new(room, file),
            examples: Vec::new(),
            survivors: vec![0; documents.div_ceil(64)],
            references: Vec::new(),
            documents: documents as u32,
            counts,
        }
    }

    /// Adds those that follow; `place` tells where in the file their rows stand already, if they do.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn extend(&mut self, next: &[Match], rows: NumberedRows, place: Option<u64>) -> Result<()> {
        for found in next {
            if self.examples.iter().all(|example| example.kind != found.kind) {
                self.examples.push(*found);
            }
            if found.survivor < self.documents {
                self.survivors[found.survivor as usize / 64] |= 1 << (found.survivor % 64);
            } else {
                self.references.push(found.survivor);
            }
        }
        self.references.sort_unstable();
        self.references.dedup();
        self.matches.extend(rows, place)
    }

    /// Matches as rows.
    ///
    /// # Errors
    /// Only when one cannot be written as a row, which is a fault of tamis.
    pub fn rows_of(matches: &[Match]) -> Result<NumberedRows> {
        let mut rows = NumberedRows::default();
        matches.iter().try_for_each(|found| rows.push_value(found.document, found))?;
        Ok(rows)
    }

    /// How many documents go.
    pub fn len(&self) -> usize {
        self.matches.len()
    }

    /// Whether none goes.
    pub fn is_empty(&self) -> bool {
        self.matches.is_empty()
    }

    /// Whether a document goes.
    pub fn has(&self, document: u32) -> bool {
        self.matches.numbers().binary_search(&document).is_ok()
    }

    /// Whether a document of the input goes, or another in its favour.
    pub fn names(&self, document: u32) -> bool {
        self.is_survivor(document) || self.has(document)
    }

    fn is_survivor(&self, document: u32) -> bool {
        self.survivors[document as usize / 64] >> (document % 64) & 1 == 1
    }

    /// The documents of the input that go, or another in their favour, in order.
    pub fn named(&self) -> Vec<u32> {
        (0..self.documents).filter(|document| self.names(*document)).collect()
    }

    /// Those of the reference set in whose favour others go, in order.
    pub fn references(&self) -> &[u32] {
        &self.references
    }

    /// The first of each kind, in input order.
    pub fn examples(&self) -> &[Match] {
        &self.examples
    }

    /// Why those go of some documents that follow each other.
    ///
    /// # Errors
    /// When it cannot be read again.
    pub fn of(&self, documents: Range<u32>) -> Result<Vec<Match>> {
        matches_in(&self.matches.range(documents)?)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = Result<Match>> + '_ {
        self.matches.pieces().flat_map(|rows| match rows.and_then(|rows| matches_in(&rows)) {
            Ok(matches) => matches.into_iter().map(Ok).collect::<Vec<_>>(),
            Err(error) => vec![Err(error)],
        })
    }
}

/// The matches that rows hold.
///
/// # Errors
/// When they hold others.
pub fn matches_in(rows: &Rows) -> Result<Vec<Match>> {
    rows.iter().map(read_value).collect()
}
