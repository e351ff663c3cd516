//! Who goes first.

/// The documents in order of preference. A *place* is a position in it: 0 is the one that would rather be kept than any
/// other. All of grouping works on places, so that "better" is always "less".
pub(super) struct Order {
    documents: Vec<u32>,
}

impl Order {
    /// By rank, less being better; ties by input order.
    pub(super) fn by_rank(ranks: &[u64]) -> Self {
        let mut documents: Vec<u32> = (0..ranks.len() as u32).collect();
        documents.sort_by_key(|&document| ranks[document as usize]);
        Self { documents }
    }

    pub(super) fn places(&self) -> std::ops::Range<u32> {
        0..self.documents.len() as u32
    }

    /// The document at a place.
    pub(super) fn document(&self, place: u32) -> u32 {
        self.documents[place as usize]
    }
}
