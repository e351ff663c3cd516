//! The fingerprints of all documents, wherever they are held.

use std::borrow::Cow;
use std::ops::Range;

use super::{Digest, Fingerprint, UnitsView};

/// Documents of a piece, where nothing says otherwise.
const PIECE: u32 = 1024;

/// What the documents of a corpus are compared by. Digests and counts are at hand at any time; units and paragraphs may come
/// from a file.
pub trait Fingerprints: Sync {
    /// How many documents there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Digest of a document in folded form.
    fn whole(&self, document: u32) -> Digest;

    /// Number of its distinct shingles.
    fn shingles(&self, document: u32) -> u32;

    /// Its units, as [`super::UnitsView`] reads them.
    fn units(&self, document: u32) -> Cow<'_, [u8]>;

    /// Digests of its paragraphs, where they are held.
    fn paragraphs(&self, document: u32) -> Cow<'_, [Digest]>;

    /// How many units all documents have.
    fn units_in_all(&self) -> u64;

    /// Whether all units are in memory.
    fn is_in_memory(&self) -> bool {
        true
    }

    /// All documents in pieces, each best read in one go.
    fn pieces(&self) -> Vec<Range<u32>> {
        let all = self.len() as u32;
        (0..all).step_by(PIECE as usize).map(|start| start..all.min(start + PIECE)).collect()
    }

    /// Hands over the units of each document of a piece, in order.
    fn each_units(&self, piece: Range<u32>, each: &mut dyn FnMut(u32, UnitsView<'_>)) {
        for document in piece {
            each(document, UnitsView::of_bytes(&self.units(document)));
        }
    }
}

impl Fingerprints for Vec<Fingerprint> {
    fn len(&self) -> usize {
        self.len()
    }

    fn whole(&self, document: u32) -> Digest {
        self[document as usize].whole
    }

    fn shingles(&self, document: u32) -> u32 {
        self[document as usize].shingles
    }

    fn units(&self, document: u32) -> Cow<'_, [u8]> {
        Cow::Borrowed(self[document as usize].units.view().as_bytes())
    }

    fn paragraphs(&self, document: u32) -> Cow<'_, [Digest]> {
        Cow::Borrowed(&self[document as usize].paragraphs)
    }

    fn units_in_all(&self) -> u64 {
        self.iter().map(|print| print.units.len() as u64).sum()
    }
}
