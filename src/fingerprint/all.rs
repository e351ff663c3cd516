//! The fingerprints of all documents, wherever they are held.

use std::borrow::Cow;

use super::{Digest, Fingerprint};

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
}
