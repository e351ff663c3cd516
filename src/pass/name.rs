//! What documents are called, for lists that name a few of them.

use std::sync::Arc;

use crate::document::Origin;
use crate::error::Result;
use crate::read::fields::Fields;
use crate::read::format::Format;
use crate::read::shard::Shard;
use crate::store::{BlockFile, NumberedRows, NumberedStore, Room, read_value};

use super::DocumentPlace;

/// A document by its number, with its id (the origin where it has none) and where it comes from.
pub type Named = (u32, String, Origin);

/// What a document is called, and where it comes from.
pub type Name = (String, Origin);

/// What all documents are called that a list speaks of: in memory as far as there is room.
pub struct Names(NumberedStore);

impl Names {
    /// None yet; rows that there is no `room` for go to `file`.
    pub fn new(room: &Room, file: &Arc<BlockFile>) -> Self {
        Self(NumberedStore::new(room, file))
    }

    /// Adds those that follow; `place` tells where in the file their rows stand already, if they do.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn extend(&mut self, next: NumberedRows, place: Option<u64>) -> Result<()> {
        self.0.extend(next, place)
    }

    /// The id of a document, and where it comes from, if it has a name here.
    ///
    /// # Errors
    /// When it cannot be read again.
    pub fn of(&self, document: u32) -> Result<Option<Name>> {
        self.0.row(document).map(|row| read_value(&row)).transpose()
    }
}

/// What documents are called, as the rows of [`Names`].
///
/// # Errors
/// Only when one cannot be written as a row, which is a fault of tamis.
pub fn rows_of(names: &[Named]) -> Result<NumberedRows> {
    let mut rows = NumberedRows::default();
    names.iter().try_for_each(|(document, id, origin)| rows.push_value(*document, &(id, origin)))?;
    Ok(rows)
}

/// Names those `wanted` of the documents of one shard, in order; `wanted` are sorted numbers, of which `first` is the
/// shard's own first document.
pub fn of_shard(
    shard: &Shard,
    format: &dyn Format,
    path: &str,
    documents: &[DocumentPlace],
    first: u32,
    wanted: &[u32],
    fields: &Fields,
) -> Vec<Named> {
    let name = |&document: &u32| {
        let place = documents[(document - first) as usize];
        let origin = Origin {
            path: path.to_owned(),
            record: shard.first_record + u64::from(place.record),
            offset: shard.offset + u64::from(place.offset),
        };
        // It was read once, so it can be read again.
        let parsed = format.parse(place.raw(shard), fields).unwrap_or_default();
        let id = parsed.id.map_or_else(|| origin.to_string(), std::borrow::Cow::into_owned);
        (document, id, origin)
    };
    wanted.iter().map(name).collect()
}
