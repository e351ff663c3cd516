//! How far the outputs are written, in the journal: so that a run that dies while it writes goes on behind what stands.
//!
//! Every so often a note: where each output was, and what was counted since the note before. Notes have numbers that are never given
//! again, and each tells with which one its writing began; so the last whole one, and those between, are what a run goes on with. None is
//! believed before the outputs were read back and found to hold what it says.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::pass::apply::Tally;
use crate::report::folder::ReportMark;
use crate::store::frame::{Kind, push_section, take_section};
use crate::store::{NumberedRows, Rows, read_value, write_value};
use crate::write::sink::SinkMark;

use super::Unfinished;

/// Where the outputs are.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Standing {
    /// Number of the note with which this writing began.
    pub first: u32,
    /// Number of the first shard that is not written.
    pub next: u32,
    /// How many inputs the outputs have gone past.
    pub reached: u32,
    /// The clean records; files that were closed since the note before.
    pub sink: SinkMark,
    /// The report, if there is one.
    pub report: Option<ReportMark>,
}

/// What was counted since the last note.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// A [`Tally`] for each shard: lines are told apart in the order of shards, so they are kept apart too.
    tallies: Rows,
    /// What documents are called that the report speaks of.
    pub named: NumberedRows,
}

impl Counted {
    /// Adds what was counted of the next shard.
    ///
    /// # Errors
    /// Only when it cannot be written as a row, which is a fault of tamis.
    pub fn push(&mut self, tally: &Tally) -> Result<()> {
        self.tallies.push_value(tally)
    }

    /// Bytes of all of it.
    pub fn bytes(&self) -> u64 {
        self.tallies.sizes().1 + self.named.bytes()
    }
}

impl Unfinished {
    /// The number that the next note has; higher than that of any before.
    pub fn next_note(&self) -> u32 {
        let notes = self.blocks.keys().filter(|(kind, _)| *kind == Kind::Written);
        notes.map(|(_, number)| number + 1).max().unwrap_or(0)
    }

    /// Notes how far the outputs are written; where the rows of `counted.named` stand in the journal.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note_written(&self, number: u32, standing: &Standing, counted: &Counted) -> Result<u64> {
        let (mut head, mut block) = (Vec::new(), Vec::new());
        write_value(standing, &mut head)?;
        push_section(&mut block, &head);
        counted.tallies.write(&mut block);
        let named = counted.named.write(&mut block);
        Ok(self.file.append(Kind::Written, number, &block)? + named)
    }

    /// How far the outputs were written when the run was interrupted, with all files that were closed by then.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn standing(&self) -> Result<Option<Standing>> {
        let Some(last) = self.next_note().checked_sub(1) else { return Ok(None) };
        let mut standing = self.note(last)?.head()?;
        let mut closed = Vec::new();
        for number in standing.first..last {
            closed.append(&mut self.note(number)?.head()?.sink.closed);
        }
        closed.append(&mut standing.sink.closed);
        standing.sink.closed = closed;
        Ok(Some(standing))
    }

    /// Hands over what was counted up to there: of each shard, and what documents are called with where in the journal that stands.
    ///
    /// # Errors
    /// When it cannot be read, or `each` gives one.
    pub fn counted(
        &self,
        standing: &Standing,
        mut tally: impl FnMut(Tally),
        mut named: impl FnMut(NumberedRows, u64) -> Result<()>,
    ) -> Result<()> {
        for number in standing.first..self.next_note() {
            let note = self.note(number)?;
            let mut rest = note.content.as_slice();
            let tallies = take_section(&mut rest).and_then(|_| Rows::read(&mut rest)).ok_or_else(damaged)?;
            for row in tallies.iter() {
                tally(read_value(row)?);
            }
            let rows = NumberedRows::read(&mut rest).ok_or_else(damaged)?;
            let place = note.start + note.content.len() as u64 - rows.bytes();
            named(rows, place)?;
        }
        Ok(())
    }

    fn note(&self, number: u32) -> Result<Note> {
        let (start, content) = self.block(Kind::Written, number)?.ok_or_else(damaged)?;
        Ok(Note { start, content })
    }
}

/// A note as it stands in the journal.
struct Note {
    start: u64,
    content: Vec<u8>,
}

impl Note {
    fn head(&self) -> Result<Standing> {
        read_value(take_section(&mut self.content.as_slice()).ok_or_else(damaged)?)
    }
}

fn damaged() -> Error {
    Error::Internal("the journal lacks a note of what was written".into())
}
