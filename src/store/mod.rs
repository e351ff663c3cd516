//! What is known of each document between passes, as rows of bytes: in memory as far as the budget goes, beyond it in a file.
//!
//! A [`Store`] holds one kind of row. Rows come in the order of the documents, in blocks of a few shards, and are read back in
//! that order or one at a time. Of a row in the file memory holds where it ends, in four bytes.

mod file;
pub mod frame;
mod numbered;
mod parts;
mod room;
mod rows;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::error::Result;

pub use file::BlockFile;
pub use numbered::{NumberedRows, NumberedStore};
pub use parts::Parts;
pub use room::Room;
pub use rows::{Rows, read_value, unreadable, write_value};

use frame::Kind;
use rows::range_of;

/// Rows of all documents, wherever there is room for them.
#[derive(Debug)]
pub struct Store {
    room: Room,
    file: Arc<BlockFile>,
    /// Number of the first document of each block.
    firsts: Vec<u32>,
    blocks: Vec<Block>,
    documents: u32,
    /// Rows that took the place of others: block and place in it.
    replaced: FxHashMap<u32, (u32, u32)>,
    /// Blocks of such rows.
    later: Vec<Block>,
}

#[derive(Debug)]
struct Block {
    ends: Box<[u32]>,
    bytes: Held,
}

#[derive(Debug)]
enum Held {
    Memory(Box<[u8]>),
    /// In the file, from this byte.
    File(u64),
}

impl Store {
    /// An empty one.
    pub fn new(room: &Room, file: &Arc<BlockFile>) -> Self {
        Self {
            room: room.clone(),
            file: Arc::clone(file),
            firsts: Vec::new(),
            blocks: Vec::new(),
            documents: 0,
            replaced: FxHashMap::default(),
            later: Vec::new(),
        }
    }

    /// Adds the rows of the documents that follow; `place` tells where in the file their bytes stand already, if they do.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn push(&mut self, rows: Rows, place: Option<u64>) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        self.firsts.push(self.documents);
        self.documents += rows.len() as u32;
        let block = self.block(rows, place)?;
        self.blocks.push(block);
        Ok(())
    }

    /// Puts rows in the place of those of `documents`, which are as many.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn replace(&mut self, documents: &[u32], rows: Rows) -> Result<()> {
        let number = self.later.len() as u32;
        let block = self.block(rows, None)?;
        self.later.push(block);
        self.replaced.extend((0..).zip(documents).map(|(row, document)| (*document, (number, row))));
        Ok(())
    }

    /// The documents whose rows took the place of others, in order.
    pub fn replaced_documents(&self) -> Vec<u32> {
        let mut documents: Vec<u32> = self.replaced.keys().copied().collect();
        documents.sort_unstable();
        documents
    }

    fn block(&self, rows: Rows, place: Option<u64>) -> Result<Block> {
        let (ends, bytes) = rows.into_parts();
        self.room.charge(4 * ends.len() as u64);
        let held = if self.room.take(bytes.len() as u64) {
            Held::Memory(bytes.into_boxed_slice())
        } else {
            let written = || self.file.append(Kind::Rows, 0, &bytes);
            Held::File(place.map_or_else(written, Ok)?)
        };
        Ok(Block { ends: ends.into_boxed_slice(), bytes: held })
    }

    /// How many documents have a row.
    pub fn len(&self) -> usize {
        self.documents as usize
    }

    /// Whether none has.
    pub fn is_empty(&self) -> bool {
        self.documents == 0
    }

    /// Bytes of all rows, those that others took the place of too.
    pub fn bytes(&self) -> u64 {
        let bytes = |block: &Block| u64::from(block.ends.last().copied().unwrap_or(0));
        self.blocks.iter().chain(&self.later).map(bytes).sum()
    }

    /// Whether all rows are in memory.
    pub fn is_in_memory(&self) -> bool {
        self.blocks.iter().chain(&self.later).all(|block| matches!(block.bytes, Held::Memory(_)))
    }

    /// The row of one document. One that cannot be read is empty, and [`BlockFile::check`] fails.
    pub fn row(&self, document: u32) -> Cow<'_, [u8]> {
        let (block, at) = if let Some(&(block, row)) = self.replaced.get(&document) {
            (&self.later[block as usize], row as usize)
        } else {
            let number = self.firsts.partition_point(|first| *first <= document) - 1;
            (&self.blocks[number], (document - self.firsts[number]) as usize)
        };
        let range = range_of(&block.ends, at).unwrap_or_default();
        match &block.bytes {
            Held::Memory(bytes) => Cow::Borrowed(&bytes[range]),
            Held::File(start) => Cow::Owned(self.file.read_or_note(start + range.start as u64, range.len())),
        }
    }

    /// The rows of some documents that follow each other, each read once.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn range(&self, documents: Range<u32>) -> Result<Rows> {
        let mut rows = Rows::default();
        let first = self.firsts.partition_point(|first| *first <= documents.start).saturating_sub(1);
        for number in first..self.blocks.len() {
            let (start, block) = (self.firsts[number], &self.blocks[number]);
            let wanted = documents.start.max(start)..documents.end.min(start + block.ends.len() as u32);
            if wanted.is_empty() {
                break;
            }
            self.read_block(block, start, wanted, &mut rows)?;
        }
        Ok(rows)
    }

    /// As [`Store::range`]; rows that cannot be read are none, and [`BlockFile::check`] fails.
    pub fn range_or_note(&self, documents: Range<u32>) -> Rows {
        self.range(documents).unwrap_or_else(|error| {
            self.file.note(error);
            Rows::default()
        })
    }

    fn read_block(&self, block: &Block, first: u32, wanted: Range<u32>, rows: &mut Rows) -> Result<()> {
        let range = |document: u32| range_of(&block.ends, (document - first) as usize).unwrap_or_default();
        let (from, to) = (range(wanted.start).start, range(wanted.end - 1).end);
        let bytes: Cow<'_, [u8]> = match &block.bytes {
            Held::Memory(bytes) => Cow::Borrowed(&bytes[from..to]),
            Held::File(start) => Cow::Owned(self.file.read(start + from as u64, to - from)?),
        };
        for document in wanted {
            if self.replaced.contains_key(&document) {
                rows.push(&self.row(document));
            } else {
                let range = range(document);
                rows.push(&bytes[range.start - from..range.end - from]);
            }
        }
        Ok(())
    }

    /// Pieces of the documents, each a block: what is best read in one go.
    pub fn pieces(&self) -> impl Iterator<Item = Range<u32>> + '_ {
        let ends = self.firsts.iter().skip(1).copied().chain([self.documents]);
        self.firsts.iter().zip(ends).map(|(first, end)| *first..end)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        for block in self.blocks.iter().chain(&self.later) {
            let held = if let Held::Memory(bytes) = &block.bytes { bytes.len() } else { 0 };
            self.room.give(4 * block.ends.len() as u64 + held as u64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(document: u32) -> Vec<u8> {
        vec![document as u8; document as usize % 7]
    }

    fn rows(documents: Range<u32>) -> Rows {
        let mut rows = Rows::default();
        documents.for_each(|document| rows.push(&row(document)));
        rows
    }

    #[test]
    fn rows_are_the_same_in_memory_and_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        for bytes in [0, 60, 1 << 20] {
            let file = Arc::new(BlockFile::temporary(folder.path()));
            let mut store = Store::new(&Room::new(bytes), &file);
            for piece in [0..10, 10..11, 11..40, 40..40, 40..77] {
                store.push(rows(piece), None).unwrap();
            }
            assert_eq!((store.len(), store.is_in_memory()), (77, bytes == 1 << 20));
            assert!((0..77).all(|document| *store.row(document) == row(document)));
            assert_eq!(store.range(5..60).unwrap(), rows(5..60));
            assert_eq!(store.range(11..40).unwrap(), rows(11..40));
            assert_eq!(store.pieces().last(), Some(40..77));
            let mut others = Rows::default();
            others.push(b"eleven");
            others.push(b"");
            store.replace(&[11, 50], others).unwrap();
            assert_eq!(
                (&*store.row(11), &*store.row(50), &*store.row(12)),
                (&b"eleven"[..], &b""[..], &*row(12))
            );
            let read = store.range(0..77).unwrap();
            assert_eq!((read.get(11), read.get(50), read.len()), (Some(&b"eleven"[..]), Some(&b""[..]), 77));
            assert!(file.check().is_ok());
        }
    }
}
