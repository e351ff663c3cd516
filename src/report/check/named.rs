//! The documents that `duplicates.jsonl` names: what became of them, and their texts as they were compared, on disk.

use std::path::Path;

use crate::document::RecordId;
use crate::error::Result;

use super::spill::{NamedText, Put, Spill};

/// A document of the input, or (`true`) of the reference set.
pub(super) type Place = (bool, RecordId);

/// What became of a named document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Fate {
    /// No record was seen at its place.
    #[default]
    Unseen,
    /// It is in the output.
    Kept,
    /// Its receipt says it was removed, or its mark that it would be.
    Removed(Option<Place>),
    /// It is no document: set aside, or blank.
    NoDocument,
    /// It should be in the output, and is not.
    Lost,
    /// It stands in the reference set.
    Reference,
    /// Its file could not be looked at.
    Unread,
}

impl Fate {
    /// What is said of it.
    pub(super) fn told(self) -> &'static str {
        match self {
            Self::Unseen => "no record of the input",
            Self::Kept => "kept, in the output",
            Self::Removed(_) => "removed itself",
            Self::NoDocument => "no document",
            Self::Lost => "not in the output",
            Self::Reference => "a document of the reference set",
            Self::Unread => "in a file that could not be looked at",
        }
    }
}

/// One named document: about 80 bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry {
    pub(super) fate: Fate,
    /// Whether a row says it was removed.
    pub(super) has_row: bool,
    /// Whether repeated paragraphs were taken out of it after it was compared.
    pub(super) has_repeats: bool,
    /// Offset of its record in its unpacked file, in bytes.
    pub(super) offset: u64,
    put: Put,
}

/// All of them, sorted by place.
pub(super) struct Named {
    places: Vec<Place>,
    pub(super) entries: Vec<Entry>,
    spill: Spill,
}

impl Named {
    /// The documents at `places`; the flag says of which there is a row.
    ///
    /// # Errors
    /// When no temporary file can be made.
    pub(super) fn new(mut places: Vec<(Place, bool)>, temp_dir: &Path) -> Result<Self> {
        places.sort_unstable_by_key(|(place, has_row)| (*place, !has_row));
        places.dedup_by_key(|(place, _)| *place);
        let entries = places.iter().map(|(_, has_row)| Entry { has_row: *has_row, ..Entry::default() });
        let entries = entries.collect();
        let places = places.into_iter().map(|(place, _)| place).collect();
        Ok(Self { places, entries, spill: Spill::new(temp_dir)? })
    }

    /// The number of the document at a place, if a row names it.
    pub(super) fn find(&self, place: Place) -> Option<usize> {
        self.places.binary_search(&place).ok()
    }

    /// The places, in order.
    pub(super) fn places(&self) -> &[Place] {
        &self.places
    }

    /// Puts the text of a document down, as it was compared.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn put(&mut self, number: usize, id: &str, text: &str) -> Result<()> {
        self.entries[number].put = self.spill.put(id, text)?;
        Ok(())
    }

    /// Ends writing.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.spill.flush()
    }

    /// Takes a text up again.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn text(&self, number: usize) -> Result<NamedText> {
        self.spill.take(self.entries[number].put)
    }
}
