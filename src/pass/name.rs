//! What documents are called, for lists that name a few of them.

use std::sync::Arc;

use crate::document::Origin;
use crate::error::Result;
use crate::read::fields::Fields;
use crate::read::format::Format;
use crate::read::shard::Shard;
use crate::store::frame::{push_section, take_section};
use crate::store::{BlockFile, Room, Rows, Store, read_value};

use super::DocumentPlace;

/// A document by its number, with its id (the origin where it has none) and where it comes from.
pub type Named = (u32, String, Origin);

/// What a document is called, and where it comes from.
pub type Name = (String, Origin);

/// What some documents are called, in the order of their numbers, as rows.
#[derive(Clone, Debug, Default)]
pub struct NamedRows {
    numbers: Vec<u32>,
    rows: Rows,
}

impl NamedRows {
    /// Adds the next.
    ///
    /// # Errors
    /// Only when it cannot be written as a row, which is a fault of tamis.
    pub fn push(&mut self, document: u32, id: &str, origin: &Origin) -> Result<()> {
        self.numbers.push(document);
        self.rows.push_value(&(id, origin))
    }

    /// Adds those that follow.
    pub fn append(&mut self, next: &Self) {
        self.numbers.extend_from_slice(&next.numbers);
        self.rows.append(&next.rows);
    }

    /// Bytes of all.
    pub fn bytes(&self) -> u64 {
        self.rows.sizes().1
    }

    /// Appends them to a block of the journal; where the rows' own bytes begin in it.
    pub fn write(&self, block: &mut Vec<u8>) -> u64 {
        let numbers: Vec<u8> = self.numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        push_section(block, &numbers);
        self.rows.write(block);
        block.len() as u64 - self.bytes()
    }

    /// Takes them from the head of a block; `None` if they do not stand there.
    pub fn read(block: &mut &[u8]) -> Option<Self> {
        let numbers = take_section(block)?.as_chunks::<4>().0;
        let numbers: Vec<u32> = numbers.iter().map(|number| u32::from_le_bytes(*number)).collect();
        let rows = Rows::read(block)?;
        (numbers.len() == rows.len()).then_some(Self { numbers, rows })
    }
}

/// What all documents are called that a report speaks of: in memory as far as there is room.
pub struct Names {
    numbers: Vec<u32>,
    rows: Store,
}

impl Names {
    /// None yet; rows that there is no `room` for go to `file`.
    pub fn new(room: &Room, file: &Arc<BlockFile>) -> Self {
        Self { numbers: Vec::new(), rows: Store::new(room, file) }
    }

    /// Adds those that follow; `place` tells where in the file their rows stand already, if they do.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn extend(&mut self, next: NamedRows, place: Option<u64>) -> Result<()> {
        self.numbers.extend(next.numbers);
        self.rows.push(next.rows, place)
    }

    /// The id of a document, and where it comes from, if it has a name here.
    ///
    /// # Errors
    /// When it cannot be read again.
    pub fn of(&self, document: u32) -> Result<Option<Name>> {
        let Ok(at) = self.numbers.binary_search(&document) else { return Ok(None) };
        read_value(&self.rows.row(at as u32)).map(Some)
    }
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
