//! What grouping came to, in the journal: so that a run that dies while it writes has not to learn again and to group anew.
//!
//! Pieces first, then the end that counts them: without it they are of a run that died before they were whole, and are not read.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::group::{GroupCounts, Grouping, Match};
use crate::pass::prints::Prints;
use crate::store::frame::Kind;
use crate::store::{Rows, read_value, write_value};
use crate::strip::learn::{LearnedLines, StoredLine};

use super::Unfinished;

/// Rows of a piece.
const PIECE: usize = 4096;
/// Number of the block that ends what is stored; pieces have those behind it.
const END: u32 = 0;

/// What the write pass needs of all that came before it and is no function of a shard.
pub struct Grouped {
    /// Which documents go.
    pub grouping: Grouping,
    /// The lines that something was decided on: no others are asked for any more.
    pub lines: LearnedLines,
}

#[derive(Serialize, Deserialize)]
enum Piece {
    Removed(Vec<Match>),
    Lines(Vec<StoredLine>),
    /// Documents whose edits are others than the second pass found, with their rows.
    Edited(Vec<u32>, Vec<Vec<u8>>),
}

#[derive(Serialize, Deserialize)]
struct End {
    pieces: u32,
    counts: GroupCounts,
}

impl Unfinished {
    /// Whether grouping came to its end before the run was interrupted.
    pub fn is_grouped(&self) -> bool {
        self.has(Kind::Grouping, END)
    }

    /// Notes what grouping came to.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note_grouped(&self, grouping: &Grouping, lines: &LearnedLines, prints: &Prints) -> Result<()> {
        let mut pieces = END;
        let mut note = |piece: &Piece| {
            pieces += 1;
            self.note_piece(pieces, piece)
        };
        for removed in grouping.removed.chunks(PIECE) {
            note(&Piece::Removed(removed.to_vec()))?;
        }
        let stored: Vec<StoredLine> = lines.stored().collect();
        for lines in stored.chunks(PIECE) {
            note(&Piece::Lines(lines.to_vec()))?;
        }
        for documents in prints.documents_printed_again().chunks(PIECE) {
            let rows = documents.iter().map(|document| prints.printed_row(*document).into_owned());
            note(&Piece::Edited(documents.to_vec(), rows.collect()))?;
        }
        prints.check()?;
        self.note_piece(END, &End { pieces, counts: grouping.counts })
    }

    fn note_piece(&self, number: u32, value: &impl Serialize) -> Result<()> {
        let mut content = Vec::new();
        write_value(value, &mut content)?;
        self.file.append(Kind::Grouping, number, &content).map(|_| ())
    }

    /// What grouping came to before the run was interrupted, if it had; edits that changed since the second pass are put into
    /// `prints`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn grouped(&self, prints: &mut Prints) -> Result<Option<Grouped>> {
        let Some((_, end)) = self.block(Kind::Grouping, END)? else { return Ok(None) };
        let End { pieces, counts } = read_value(&end)?;
        let (mut removed, mut lines) = (Vec::new(), Vec::new());
        for number in END + 1..=pieces {
            let (_, piece) = self.block(Kind::Grouping, number)?.ok_or_else(damaged)?;
            match read_value(&piece)? {
                Piece::Removed(more) => removed.extend(more),
                Piece::Lines(more) => lines.extend(more),
                Piece::Edited(documents, rows) => prints.replace_rows(&documents, rows_of(&rows))?,
            }
        }
        let lines = LearnedLines::of_stored(lines);
        Ok(Some(Grouped { grouping: Grouping { removed, counts }, lines }))
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
    use crate::group::Kind as MatchKind;
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
        let grouping = Grouping {
            removed: (2..3 + PIECE as u32).map(removed).collect(),
            counts: GroupCounts { documents: 9, met: 4, ..GroupCounts::default() },
        };
        let (mut before, mut after) = (prints(folder.path()), prints(folder.path()));
        let edited = Printed { bytes: (100, 40), kept_back: Some("why".into()), ..Printed::default() };
        before.replace_printed(&[(4, edited.clone()), (7, Printed::default())]).unwrap();

        let unfinished = open();
        unfinished.note_piece(1, &Piece::Removed(Vec::new())).unwrap();
        drop(unfinished);
        let unfinished = open();
        assert!(!unfinished.is_grouped() && unfinished.grouped(&mut after).unwrap().is_none());
        unfinished.note_grouped(&grouping, &LearnedLines::default(), &before).unwrap();
        drop(unfinished);
        let unfinished = open();
        assert!(unfinished.is_grouped());
        let found = unfinished.grouped(&mut after).unwrap().unwrap();
        assert_eq!(found.grouping, grouping);
        assert_eq!((after.printed(4), after.printed(7)), (edited, Printed::default()));
        assert_eq!(after.documents_printed_again(), [4, 7]);
    }
}
