//! Records that are no documents, from the pass that finds them to the one that tells of them: as rows, since a corpus may have as many as
//! it has documents.

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::document::{Problem, RecordId};
use crate::error::Result;
use crate::store::{BlockFile, Room, Rows, Store, read_value};

/// A record with why it is set aside.
pub type BadRecord = (RecordId, Problem);

/// The bad records of a part of the input.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct SetAsidePart {
    /// How many there are in each shard.
    of_shards: Vec<u32>,
    /// Rows of [`BadRecord`]; in the journal they stand beside the rest.
    #[serde(skip)]
    pub rows: Rows,
}

impl SetAsidePart {
    /// Adds the next of a shard.
    ///
    /// # Errors
    /// Only when it cannot be written as a row, which is a fault of tamis.
    pub fn push(&mut self, record: RecordId, problem: Problem) -> Result<()> {
        self.rows.push_value(&(record, problem))
    }

    /// Ends the one shard of this part.
    pub fn end_shard(&mut self) {
        self.of_shards.push(self.rows.len() as u32);
    }

    /// Adds those of the shards that follow.
    pub fn append(&mut self, next: &Self) {
        self.of_shards.extend_from_slice(&next.of_shards);
        self.rows.append(&next.rows);
    }

    /// The first of them.
    ///
    /// # Errors
    /// When it cannot be read, which is a fault of tamis.
    pub fn first(&self) -> Result<Option<BadRecord>> {
        self.rows.get(0).map(read_value).transpose()
    }
}

/// The bad records of the whole input, in order, wherever there is room for them.
#[derive(Debug)]
pub struct SetAside {
    /// Number of the first of each shard.
    firsts: Vec<u32>,
    rows: Store,
}

impl SetAside {
    /// None yet; rows that there is no `room` for go to `file`.
    pub fn new(room: &Room, file: &Arc<BlockFile>) -> Self {
        Self { firsts: Vec::new(), rows: Store::new(room, file) }
    }

    /// Adds those of the shards that follow; `place` tells where in the file their rows stand already, if they do.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn extend(&mut self, part: SetAsidePart, place: Option<u64>) -> Result<()> {
        let mut next = self.rows.len() as u32;
        for number in part.of_shards {
            self.firsts.push(next);
            next += number;
        }
        self.rows.push(part.rows, place)
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Those of one shard.
    ///
    /// # Errors
    /// When they cannot be read again.
    pub fn of_shard(&self, shard: u32) -> Result<Vec<BadRecord>> {
        let first = |shard: usize| self.firsts.get(shard).copied().unwrap_or(self.rows.len() as u32);
        self.read(first(shard as usize)..first(shard as usize + 1))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Result<BadRecord>> + '_ {
        self.rows.pieces().flat_map(|piece| match self.read(piece) {
            Ok(records) => records.into_iter().map(Ok).collect::<Vec<_>>(),
            Err(error) => vec![Err(error)],
        })
    }

    fn read(&self, wanted: Range<u32>) -> Result<Vec<BadRecord>> {
        self.rows.range(wanted)?.iter().map(read_value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::ProblemKind;

    fn record(number: u64) -> BadRecord {
        (
            RecordId { file: 0, record: number },
            Problem::new(ProblemKind::BadJson, format!("no value at {number}")),
        )
    }

    fn part(records: Range<u64>) -> SetAsidePart {
        let mut part = SetAsidePart::default();
        for number in records {
            let (id, problem) = record(number);
            part.push(id, problem).unwrap();
        }
        part.end_shard();
        part
    }

    #[test]
    fn each_shard_has_its_own_in_memory_and_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        for bytes in [0, 1 << 20] {
            let file = Arc::new(BlockFile::temporary(folder.path()));
            let mut all = SetAside::new(&Room::new(bytes), &file);
            let mut batch = part(1..4);
            batch.append(&part(0..0));
            batch.append(&part(4..5));
            assert_eq!(batch.first().unwrap(), Some(record(1)));
            all.extend(batch, None).unwrap();
            all.extend(part(0..0), None).unwrap();
            all.extend(part(5..9), None).unwrap();
            let of = |records: Range<u64>| records.map(record).collect::<Vec<_>>();
            for (shard, records) in (0..).zip([1..4, 0..0, 4..5, 0..0, 5..9]) {
                assert_eq!(all.of_shard(shard).unwrap(), of(records), "shard {shard}");
            }
            assert_eq!(all.iter().collect::<Result<Vec<_>>>().unwrap(), of(1..9));
            assert_eq!((all.len(), all.is_empty()), (8, false));
        }
    }
}
