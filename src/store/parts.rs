//! Rows of one length dealt out to parts, each small enough for memory: sorting from outside of it.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::Result;

use super::BlockFile;
use super::frame::Kind;

/// Bytes of a part that go to the file in one go, unless there are many parts.
const PIECE: usize = 1 << 15;
/// Bytes of all parts that wait for that.
const WAITING: usize = 1 << 23;

/// Rows by part, in a temporary file. Several threads may add rows at once: what is read of a part is in no order.
#[derive(Debug)]
pub struct Parts {
    all: Vec<Mutex<Part>>,
    piece: usize,
    file: BlockFile,
    faults: Arc<BlockFile>,
}

#[derive(Debug, Default)]
struct Part {
    waiting: Vec<u8>,
    /// Where its pieces stand in the file, and how long they are.
    pieces: Vec<(u64, u32)>,
}

impl Parts {
    /// So many parts, in a file of this folder; `faults` is told what goes wrong.
    pub fn new(number: usize, folder: &Path, faults: &Arc<BlockFile>) -> Self {
        Self {
            all: (0..number).map(|_| Mutex::default()).collect(),
            piece: PIECE.min(WAITING / number.max(1)).max(512),
            file: BlockFile::temporary(folder),
            faults: Arc::clone(faults),
        }
    }

    /// How many parts there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Adds rows to a part.
    pub fn push(&self, part: usize, rows: &[u8]) {
        let mut part = self.part(part);
        part.waiting.extend_from_slice(rows);
        if part.waiting.len() >= self.piece
            && let Err(error) = part.write(&self.file)
        {
            self.faults.note(error);
        }
    }

    /// All rows of a part. If they cannot be read, there are none, and [`BlockFile::check`] of what was given for faults fails.
    pub fn read(&self, part: usize) -> Vec<u8> {
        let mut rows = Vec::with_capacity(self.bytes(part) as usize);
        self.each_piece(part, |piece| rows.extend_from_slice(piece));
        rows
    }

    /// As [`Parts::read`], a few rows at a time.
    pub fn each_piece(&self, part: usize, mut each: impl FnMut(&[u8])) {
        let part = self.part(part);
        for &(start, length) in &part.pieces {
            match self.file.read(start, length as usize) {
                Ok(piece) => each(&piece),
                Err(error) => self.faults.note(error),
            }
        }
        each(&part.waiting);
    }

    /// How many bytes all rows of a part have.
    pub fn bytes(&self, part: usize) -> u64 {
        let part = self.part(part);
        part.pieces.iter().map(|(_, length)| u64::from(*length)).sum::<u64>() + part.waiting.len() as u64
    }

    fn part(&self, part: usize) -> MutexGuard<'_, Part> {
        self.all[part].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Part {
    fn write(&mut self, file: &BlockFile) -> Result<()> {
        let start = file.append(Kind::Rows, 0, &self.waiting)?;
        self.pieces.push((start, self.waiting.len() as u32));
        // A large piece leaves no room behind that a small one would never fill.
        self.waiting = Vec::new();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_comes_back_in_its_part() {
        let folder = tempfile::tempdir().unwrap();
        let faults = Arc::new(BlockFile::temporary(folder.path()));
        let parts = Parts::new(3, folder.path(), &faults);
        for number in 0..40_000_u32 {
            parts.push(number as usize % 2, &number.to_le_bytes());
        }
        for part in 0..2 {
            let rows = parts.read(part);
            let rows = rows.as_chunks::<4>().0.iter().map(|row| u32::from_le_bytes(*row));
            assert!(rows.eq((0..40_000).filter(|number| number % 2 == part as u32)));
        }
        assert!(parts.read(2).is_empty() && faults.check().is_ok());
    }
}
