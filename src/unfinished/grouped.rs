//! What grouping came to, in the journal: so that a run that dies while it writes has not to learn again and to group anew.
//!
//! Pieces first, then the end that counts them: without it they are of a run that died before they were whole, and are not read.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::group::GroupCounts;
use crate::pass::prints::Prints;
use crate::pass::removals::{Removals, matches_in};
use crate::store::frame::{Kind, push_section, take_section};
use crate::store::{NumberedRows, Rows, read_value, write_value};
use crate::strip::learn::{LearnedLines, StoredLine};

use super::Unfinished;

/// Rows of a piece.
const PIECE: usize = 4096;
/// Number of the block that ends what is stored; pieces have those behind it.
const END: u32 = 0;

/// What the write pass needs of all that came before it and is no function of a shard.
pub struct Grouped {
    /// Which documents go.
    pub removals: Removals,
    /// The lines that something was decided on: no others are asked for any more.
    pub lines: LearnedLines,
}

#[derive(Serialize, Deserialize)]
enum Piece {
    /// Documents that go: rows behind it.
    Removed,
    Lines(Vec<StoredLine>),
    /// Documents whose edits are others than the second pass found, with their rows.
    Edited(Vec<u32>, Vec<Vec<u8>>),
}

#[derive(Serialize, Deserialize)]
struct End {
    pieces: u32,
    counts: GroupCounts,
}

/// Notes of a grouping under way.
pub struct GroupNotes<'a> {
    unfinished: &'a Unfinished,
    pieces: u32,
}

impl GroupNotes<'_> {
    /// Notes documents that go; where in the journal the bytes of their rows begin.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn removed(&mut self, rows: &NumberedRows) -> Result<u64> {
        let mut content = head_of(&Piece::Removed)?;
        let place = rows.write(&mut content);
        self.piece(&content).map(|start| start + place)
    }

    /// Notes all else that grouping came to, and that this is all.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn end(mut self, counts: GroupCounts, lines: &LearnedLines, prints: &Prints) -> Result<()> {
        let stored: Vec<StoredLine> = lines.stored().collect();
        for lines in stored.chunks(PIECE) {
            self.piece(&head_of(&Piece::Lines(lines.to_vec()))?)?;
        }
        for documents in prints.documents_printed_again().chunks(PIECE) {
            let rows = documents.iter().map(|document| prints.printed_row(*document).into_owned());
            self.piece(&head_of(&Piece::Edited(documents.to_vec(), rows.collect()))?)?;
        }
        prints.check()?;
        let mut end = Vec::new();
        write_value(&End { pieces: self.pieces, counts }, &mut end)?;
        self.unfinished.file.append(Kind::Grouping, END, &end).map(|_| ())
    }

    fn piece(&mut self, content: &[u8]) -> Result<u64> {
        self.pieces += 1;
        self.unfinished.file.append(Kind::Grouping, self.pieces, content)
    }
}

/// What a piece is, as the first section of its block.
fn head_of(piece: &Piece) -> Result<Vec<u8>> {
    let (mut head, mut content) = (Vec::new(), Vec::new());
    write_value(piece, &mut head)?;
    push_section(&mut content, &head);
    Ok(content)
}

impl Unfinished {
    /// Whether grouping came to its end before the run was interrupted.
    pub fn is_grouped(&self) -> bool {
        self.has(Kind::Grouping, END)
    }

    /// Begins to note what grouping came to.
    pub fn note_grouping(&self) -> GroupNotes<'_> {
        GroupNotes { unfinished: self, pieces: END }
    }

    /// What grouping came to before the run was interrupted, if it had; edits that changed since the second pass are put into
    /// `prints`. `none` makes removals that hold none yet.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn grouped(
        &self,
        prints: &mut Prints,
        none: impl FnOnce(GroupCounts) -> Removals,
    ) -> Result<Option<Grouped>> {
        let Some((_, end)) = self.block(Kind::Grouping, END)? else { return Ok(None) };
        let End { pieces, counts } = read_value(&end)?;
        let (mut removals, mut lines) = (none(counts), Vec::new());
        for number in END + 1..=pieces {
            let (start, piece) = self.block(Kind::Grouping, number)?.ok_or_else(damaged)?;
            let mut rest = piece.as_slice();
            match read_value(take_section(&mut rest).ok_or_else(damaged)?)? {
                Piece::Removed => {
                    let rows = NumberedRows::read(&mut rest).ok_or_else(damaged)?;
                    let (matches, place) = (matches_in(rows.rows())?, piece.len() as u64 - rows.bytes());
                    removals.extend(&matches, rows, Some(start + place))?;
                }
                Piece::Lines(more) => lines.extend(more),
                Piece::Edited(documents, rows) => prints.replace_rows(&documents, rows_of(&rows))?,
            }
        }
        Ok(Some(Grouped { removals, lines: LearnedLines::of_stored(lines) }))
    }
}

fn rows_of(rows: &[Vec<u8>]) -> Rows {
    let mut found = Rows::default();
    for row in rows {
        found.push(row);
    }
    found
}

fn damaged() -> Error {
    Error::Internal("the journal lacks a piece of what grouping came to".into())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::{Config, Keep};
    use crate::fingerprint::{Digest, Fingerprint, Units};
    use crate::group::{Kind as MatchKind, Match};
    use crate::job::{Job, Output};
    use crate::pass::fingerprint::Rank;
    use crate::pass::printed::Printed;
    use crate::pass::prints::PrintsPart;
    use crate::request::Request;
    use crate::store::{BlockFile, Room};

    fn prints(folder: &std::path::Path) -> Prints {
        let file = Arc::new(BlockFile::temporary(folder));
        let mut part = PrintsPart::default();
        for number in 0..9 {
            let units = Units::from_sorted(&[number << 30]);
            let print =
                Fingerprint { whole: Digest(number.into()), paragraphs: Box::default(), shingles: 7, units };
            part.push(&print, Rank::None, &Printed::default(), None).unwrap();
        }
        let mut prints = Prints::new(&Keep::First, &Room::new(1 << 20), &file);
        prints.extend(part, None).unwrap();
        prints
    }

    fn removed(document: u32) -> Match {
        Match {
            document,
            survivor: 1,
            kind: MatchKind::Contained,
            jaccard: 0.7,
            containment: 0.95,
            alignment: document.is_multiple_of(2).then_some(0.9),
            alignment_containment: None,
            novel_words: 3,
            shared_paragraphs: 2,
            paragraphs: document,
            cluster: 1,
            reference: false,
        }
    }

    #[test]
    fn what_grouping_came_to_is_found_again_once_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let output = Some(Output::File(folder.path().join("out.jsonl")));
        let job = Job { output, resume: true, ..Job::default() };
        let open =
            || Unfinished::open(&job, &Config::default(), &Request::of_files(Vec::new())).unwrap().unwrap();
        let removed: Vec<Match> = (2..3 + PIECE as u32).map(removed).collect();
        let counts = GroupCounts { documents: 9, met: 4, ..GroupCounts::default() };
        let (mut before, mut after) = (prints(folder.path()), prints(folder.path()));
        let edited = Printed { bytes: (100, 40), kept_back: Some("why".into()), ..Printed::default() };
        before.replace_printed(&[(4, edited.clone()), (7, Printed::default())]).unwrap();
        let unfinished = open();
        let rows = Removals::rows_of(&removed).unwrap();
        unfinished.note_grouping().removed(&rows).unwrap();
        drop(unfinished);
        let unfinished = open();
        let room = Room::new(1 << 20);
        let none = |counts| Removals::new(9, counts, &room, &unfinished.file);
        assert!(!unfinished.is_grouped() && unfinished.grouped(&mut after, none).unwrap().is_none());
        let mut notes = unfinished.note_grouping();
        let (some, others) = removed.split_at(5);
        for removed in [some, others] {
            notes.removed(&Removals::rows_of(removed).unwrap()).unwrap();
        }
        notes.end(counts, &LearnedLines::default(), &before).unwrap();
        drop(unfinished);
        // The rows stand in the journal, and are read there where memory has no room for them.
        for room in [Room::new(0), Room::new(1 << 20)] {
            let unfinished = open();
            assert!(unfinished.is_grouped());
            let none = |counts| Removals::new(9, counts, &room, &unfinished.file);
            let found = unfinished.grouped(&mut after, none).unwrap().unwrap().removals;
            assert_eq!(
                (found.iter().collect::<Result<Vec<_>>>().unwrap(), found.counts),
                (removed.clone(), counts)
            );
            assert_eq!(found.of(3..6).unwrap(), removed[1..4]);
        }
        assert_eq!((after.printed(4), after.printed(7)), (edited, Printed::default()));
        assert_eq!(after.documents_printed_again(), [4, 7]);
    }
}
