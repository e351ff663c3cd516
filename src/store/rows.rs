//! Rows of bytes, one a document.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

use super::frame;

/// What is known of some documents in a row: bytes of each, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Where each ends.
    ends: Vec<u32>,
    bytes: Vec<u8>,
}

impl Rows {
    /// Adds the row of the next document.
    pub fn push(&mut self, row: &[u8]) {
        self.push_with(|bytes| bytes.extend_from_slice(row));
    }

    /// Adds the row that `write` appends.
    pub fn push_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.ends.push(self.bytes.len() as u32);
    }

    /// Adds the row of a value.
    ///
    /// # Errors
    /// As [`write_value`].
    pub fn push_value<T: Serialize>(&mut self, value: &T) -> Result<()> {
        write_value(value, &mut self.bytes)?;
        self.ends.push(self.bytes.len() as u32);
        Ok(())
    }

    /// Adds the rows of the documents that follow.
    pub fn append(&mut self, next: &Self) {
        let before = self.bytes.len() as u32;
        self.bytes.extend_from_slice(&next.bytes);
        self.ends.extend(next.ends.iter().map(|end| before + end));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// One of them.
    pub fn get(&self, at: usize) -> Option<&[u8]> {
        let range = range_of(&self.ends, at)?;
        self.bytes.get(range)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).filter_map(|at| self.get(at))
    }

    /// The bytes of all, and where each ends.
    pub(super) fn into_parts(self) -> (Vec<u32>, Vec<u8>) {
        (self.ends, self.bytes)
    }

    /// Bytes of where they end, and of themselves.
    pub fn sizes(&self) -> (u64, u64) {
        (4 * self.ends.len() as u64, self.bytes.len() as u64)
    }

    /// Appends the rows to a block.
    pub fn write(&self, block: &mut Vec<u8>) {
        let ends: Vec<u8> = self.ends.iter().flat_map(|end| end.to_le_bytes()).collect();
        frame::push_section(block, &ends);
        frame::push_section(block, &self.bytes);
    }

    /// Takes rows from the head of a block; `None` if they do not stand there.
    pub fn read(block: &mut &[u8]) -> Option<Self> {
        let ends = frame::take_section(block)?.as_chunks::<4>().0.iter().map(|end| u32::from_le_bytes(*end));
        let ends: Vec<u32> = ends.collect();
        let bytes = frame::take_section(block)?.to_vec();
        let is_whole = ends.is_sorted() && ends.last().copied().unwrap_or(0) as usize == bytes.len();
        is_whole.then_some(Self { ends, bytes })
    }
}

/// Appends a value in the layout of [postcard](https://postcard.jamesmunns.com/wire-format).
///
/// # Errors
/// Only when it cannot be written, which is a fault of tamis.
pub fn write_value<T: Serialize>(value: &T, row: &mut Vec<u8>) -> Result<()> {
    postcard::to_io(value, row)
        .map_err(|error| Error::Internal(format!("a row cannot be written: {error}")))?;
    Ok(())
}

/// The value that [`write_value`] wrote.
///
/// # Errors
/// When there is none.
pub fn read_value<'r, T: Deserialize<'r>>(row: &'r [u8]) -> Result<T> {
    postcard::from_bytes(row).map_err(|error| unreadable(&error))
}

/// A row that does not hold what was written.
pub fn unreadable(reason: &dyn std::fmt::Display) -> Error {
    Error::Internal(format!("what was held of a document cannot be read again: {reason}"))
}

/// Where the row of one document stands among those of `ends`.
pub(super) fn range_of(ends: &[u32], at: usize) -> Option<std::ops::Range<usize>> {
    let end = *ends.get(at)?;
    let start = at.checked_sub(1).map_or(0, |before| ends[before]);
    Some(start as usize..end as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Rows {
        let mut rows = Rows::default();
        for row in [&b"one"[..], b"", b"three"] {
            rows.push(row);
        }
        rows
    }

    #[test]
    fn rows_come_back_from_a_block() {
        let mut block = Vec::new();
        rows().write(&mut block);
        rows().write(&mut block);
        let mut rest = block.as_slice();
        assert_eq!((Rows::read(&mut rest), Rows::read(&mut rest)), (Some(rows()), Some(rows())));
        assert!(rest.is_empty());
        assert_eq!(Rows::read(&mut &block[..block.len() / 2 - 1]), None);
    }

    #[test]
    fn appended_rows_keep_their_order() {
        let mut both = rows();
        both.append(&rows());
        assert_eq!(both.iter().collect::<Vec<_>>(), [&b"one"[..], b"", b"three", b"one", b"", b"three"]);
        assert_eq!((both.get(1), both.get(6)), (Some(&b""[..]), None));
    }
}
