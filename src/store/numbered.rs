//! Rows of some of the documents only, found by their numbers.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

use crate::error::Result;

use super::frame::{push_section, take_section};
use super::{BlockFile, Room, Rows, Store};

/// What is known of some documents, in the order of their numbers.
#[derive(Clone, Debug, Default)]
pub struct NumberedRows {
    numbers: Vec<u32>,
    rows: Rows,
}

impl NumberedRows {
    /// Adds the row of the next.
    ///
    /// # Errors
    /// As [`super::write_value`].
    pub fn push_value<T: Serialize>(&mut self, number: u32, value: &T) -> Result<()> {
        self.numbers.push(number);
        self.rows.push_value(value)
    }

    /// Adds those that follow.
    pub fn append(&mut self, next: &Self) {
        self.numbers.extend_from_slice(&next.numbers);
        self.rows.append(&next.rows);
    }

    /// Bytes of all rows.
    pub fn bytes(&self) -> u64 {
        self.rows.sizes().1
    }

    /// The rows alone.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Appends them to a block; where the rows' own bytes begin in it.
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

/// The same of the whole input: in memory as far as there is room, and eight bytes a document in any case.
#[derive(Debug)]
pub struct NumberedStore {
    numbers: Vec<u32>,
    rows: Store,
    room: Room,
}

impl NumberedStore {
    /// An empty one; rows that there is no `room` for go to `file`.
    pub fn new(room: &Room, file: &Arc<BlockFile>) -> Self {
        Self { numbers: Vec::new(), rows: Store::new(room, file), room: room.clone() }
    }

    /// Adds those that follow; `place` tells where in the file their rows stand already, if they do.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn extend(&mut self, next: NumberedRows, place: Option<u64>) -> Result<()> {
        self.room.charge(4 * next.numbers.len() as u64);
        self.numbers.extend(next.numbers);
        self.rows.push(next.rows, place)
    }

    /// How many documents have a row.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether none has.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// The documents that have one, in order.
    pub fn numbers(&self) -> &[u32] {
        &self.numbers
    }

    /// The row of a document, if it has one. If it cannot be read it is empty, and [`BlockFile::check`] fails.
    pub fn row(&self, number: u32) -> Option<Cow<'_, [u8]>> {
        self.numbers.binary_search(&number).ok().map(|at| self.rows.row(at as u32))
    }

    /// The rows of those documents that have one, of some that follow each other.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn range(&self, documents: Range<u32>) -> Result<Rows> {
        let at = |number: u32| self.numbers.partition_point(|other| *other < number) as u32;
        self.rows.range(at(documents.start)..at(documents.end))
    }

    /// All rows, in pieces that are best read in one go.
    pub fn pieces(&self) -> impl Iterator<Item = Result<Rows>> + '_ {
        self.rows.pieces().map(|piece| self.rows.range(piece))
    }
}

impl Drop for NumberedStore {
    fn drop(&mut self) {
        self.room.give(4 * self.numbers.len() as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::read_value;

    fn rows(numbers: &[u32]) -> NumberedRows {
        let mut rows = NumberedRows::default();
        for number in numbers {
            rows.push_value(*number, &(7 * number)).unwrap();
        }
        rows
    }

    #[test]
    fn rows_are_found_by_their_numbers() {
        let folder = tempfile::tempdir().unwrap();
        for bytes in [0, 1 << 20] {
            let file = Arc::new(BlockFile::temporary(folder.path()));
            let mut store = NumberedStore::new(&Room::new(bytes), &file);
            let mut block = vec![1, 2, 3];
            let place = rows(&[2, 3, 9]).write(&mut block);
            let start = file.append(super::super::frame::Kind::Rows, 0, &block).unwrap();
            let read = NumberedRows::read(&mut &block[3..]).unwrap();
            store.extend(read, Some(start + place)).unwrap();
            store.extend(rows(&[40, 41]), None).unwrap();
            let values = |rows: Rows| rows.iter().map(|row| read_value(row).unwrap()).collect::<Vec<u32>>();
            assert_eq!(values(store.range(3..41).unwrap()), [21, 63, 280]);
            assert_eq!(values(store.range(10..40).unwrap()), [0; 0]);
            assert_eq!(store.row(9).map(|row| read_value::<u32>(&row).unwrap()), Some(63));
            assert!(store.row(4).is_none());
            assert_eq!(
                store.pieces().flat_map(|rows| values(rows.unwrap())).collect::<Vec<_>>(),
                [14, 21, 63, 280, 287]
            );
            assert_eq!((store.len(), store.numbers()), (5, &[2, 3, 9, 40, 41][..]));
        }
    }
}
