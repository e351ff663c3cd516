//! Who goes first.

use crate::fingerprint::Fingerprints;

/// The documents in order of preference. A *place* is a position in it: 0 is the one that would rather be kept than any
/// other. All of grouping works on places, so that "better" is always "less".
#[derive(Default)]
pub(super) struct Order {
    documents: Vec<u32>,
}

impl Order {
    /// By rank, less being better; ties by input order. Documents beyond `ranks` are references and come before all others,
    /// in an order that depends on what they say alone.
    pub(super) fn by_rank(ranks: &[u64], fingerprints: &impl Fingerprints) -> Self {
        let mut documents: Vec<u32> = (ranks.len() as u32..fingerprints.len() as u32).collect();
        documents.sort_by_key(|&document| fingerprints.whole(document));
        let references = documents.len();
        documents.extend(0..ranks.len() as u32);
        documents[references..].sort_by_key(|&document| ranks[document as usize]);
        Self { documents }
    }

    pub(super) fn places(&self) -> std::ops::Range<u32> {
        0..self.documents.len() as u32
    }

    /// The document at a place.
    pub(super) fn document(&self, place: u32) -> u32 {
        self.documents[place as usize]
    }

    /// By document, its place.
    pub(super) fn places_of_documents(&self) -> Vec<u32> {
        let mut places = vec![0; self.documents.len()];
        for (place, &document) in self.places().zip(&self.documents) {
            places[document as usize] = place;
        }
        places
    }
}
