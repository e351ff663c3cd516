//! What the second pass found of all documents, held in rows.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::config::Keep;
use crate::error::Result;
use crate::fingerprint::{Digest, Fingerprint, Fingerprints, UnitsView};
use crate::store::{BlockFile, Room, Rows, Store, frame, read_value, write_value};
use crate::strip::learn::Peeled;

use super::fingerprint::{Rank, Reprinted, ranks};
use super::printed::Printed;

/// Bytes of a digest of a paragraph.
const DIGEST_BYTES: usize = 16;

/// A part of the input after the second pass.
#[derive(Debug, Default, PartialEq)]
pub struct PrintsPart {
    /// Digest and number of shingles of each document.
    heads: Vec<(Digest, u32)>,
    /// What survivors are ranked by; none where that is the input's order.
    ranks: Vec<Rank>,
    units: Rows,
    paragraphs: Rows,
    printed: Rows,
    peeled: Rows,
}

/// Where in a file the rows of a part stand, by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places([u64; 4]);

impl PrintsPart {
    /// Adds the next document.
    ///
    /// # Errors
    /// Only when a row cannot be written, which is a fault of tamis.
    pub fn push(
        &mut self,
        print: &Fingerprint,
        rank: Rank,
        printed: &Printed,
        peeled: Option<&Peeled>,
    ) -> Result<()> {
        self.heads.push((print.whole, print.shingles));
        self.ranks.push(rank);
        self.units.push(print.units.view().as_bytes());
        push_paragraphs(&mut self.paragraphs, &print.paragraphs);
        let (mut row, mut peeled_row) = (Vec::new(), Vec::new());
        printed.write(&mut row)?;
        self.printed.push(&row);
        if let Some(peeled) = peeled {
            write_value(peeled, &mut peeled_row)?;
        }
        self.peeled.push(&peeled_row);
        Ok(())
    }

    /// Adds the documents that follow.
    pub fn append(&mut self, next: Self) {
        self.heads.extend(next.heads);
        self.ranks.extend(next.ranks);
        self.units.append(&next.units);
        self.paragraphs.append(&next.paragraphs);
        self.printed.append(&next.printed);
        self.peeled.append(&next.peeled);
    }

    /// The part as a block of a file.
    ///
    /// # Errors
    /// Only when it cannot be written, which is a fault of tamis.
    pub fn to_block(&self) -> Result<Vec<u8>> {
        let mut block = Vec::new();
        for rows in self.kinds() {
            rows.write(&mut block);
        }
        let mut heads = Vec::new();
        write_value(&(&self.heads, &self.ranks), &mut heads)?;
        frame::push_section(&mut block, &heads);
        Ok(block)
    }

    /// The part that a block holds; `None` if it holds none.
    pub fn of_block(mut block: &[u8]) -> Option<Self> {
        let block = &mut block;
        let mut next = || Rows::read(block);
        let (units, paragraphs, printed, peeled) = (next()?, next()?, next()?, next()?);
        let (heads, ranks) = read_value(frame::take_section(block)?).ok()?;
        Some(Self { heads, ranks, units, paragraphs, printed, peeled })
    }

    fn kinds(&self) -> [&Rows; 4] {
        [&self.units, &self.paragraphs, &self.printed, &self.peeled]
    }

    /// Where the bytes of its rows stand in a block that begins at `start`.
    pub fn places(&self, start: u64) -> Places {
        let mut at = start;
        Places(self.kinds().map(|rows| {
            let (ends, bytes) = rows.sizes();
            let place = at + 8 + ends + 8;
            at = place + bytes;
            place
        }))
    }
}

/// All documents after the second pass, in order.
pub struct Prints {
    wholes: Vec<Digest>,
    shingles: Vec<u32>,
    /// None where survivors are ranked by the input's order.
    ranks: Vec<Rank>,
    units: Store,
    paragraphs: Store,
    printed: Store,
    /// What went from each document, until it was learned from.
    peeled: Option<Store>,
    /// What went from documents since.
    peeled_again: Vec<Peeled>,
    /// Whether anything went from any.
    has_peeled: bool,
    /// The documents that the guard kept whole at first, in order.
    kept_whole: Vec<u32>,
    is_ranked: bool,
    /// Bytes of all rows and how many units they have, once they are no longer held.
    ended: Option<(u64, u64)>,
    room: Room,
    file: Arc<BlockFile>,
}

impl Prints {
    /// Of no document yet. Rows go to `file` where there is no `room`.
    pub fn new(keep: &Keep, room: &Room, file: &Arc<BlockFile>) -> Self {
        let store = || Store::new(room, file);
        Self {
            wholes: Vec::new(),
            shingles: Vec::new(),
            ranks: Vec::new(),
            units: store(),
            paragraphs: store(),
            printed: store(),
            peeled: Some(store()),
            peeled_again: Vec::new(),
            has_peeled: false,
            kept_whole: Vec::new(),
            is_ranked: *keep != Keep::First,
            ended: None,
            room: room.clone(),
            file: Arc::clone(file),
        }
    }

    /// Adds the next part of the input; `places` tells where in the file its rows stand already, if they do.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn extend(&mut self, next: PrintsPart, places: Option<Places>) -> Result<()> {
        let place = |kind: usize| places.map(|places| places.0[kind]);
        self.room.charge(20 * next.heads.len() as u64);
        self.wholes.extend(next.heads.iter().map(|head| head.0));
        self.shingles.extend(next.heads.iter().map(|head| head.1));
        if self.is_ranked {
            self.ranks.extend(next.ranks);
        }
        self.has_peeled |= next.peeled.iter().any(|row| !row.is_empty());
        self.note_kept_whole(&next.printed)?;
        // What is asked for at random comes first, as long as there is room.
        self.printed.push(next.printed, place(2))?;
        self.units.push(next.units, place(0))?;
        self.paragraphs.push(next.paragraphs, place(1))?;
        self.peeled.as_mut().map_or(Ok(()), |peeled| peeled.push(next.peeled, place(3)))
    }

    /// Notes which of the documents behind those that are here already the guard kept whole.
    fn note_kept_whole(&mut self, next: &Rows) -> Result<()> {
        let before = self.kept_whole.len();
        for (document, row) in (self.printed.len() as u32..).zip(next.iter()) {
            if Printed::is_kept_whole(row)? {
                self.kept_whole.push(document);
            }
        }
        self.room.charge(4 * (self.kept_whole.len() - before) as u64);
        Ok(())
    }

    /// The documents that the guard kept whole at first, in order.
    pub fn kept_whole(&self) -> &[u32] {
        &self.kept_whole
    }

    /// Puts documents that were looked at again in the place of what was printed before; whether there are any.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn replace(&mut self, again: Vec<(u32, Reprinted)>) -> Result<bool> {
        let documents: Vec<u32> = again.iter().map(|(document, _)| *document).collect();
        let mut part = PrintsPart::default();
        for (document, reprinted) in again {
            let print = &reprinted.fingerprint;
            self.wholes[document as usize] = print.whole;
            self.shingles[document as usize] = print.shingles;
            if self.is_ranked {
                self.ranks[document as usize] = reprinted.rank.clone();
            }
            part.push(print, reprinted.rank, &reprinted.printed, None)?;
            self.peeled_again.extend(reprinted.peeled);
        }
        if documents.is_empty() {
            return Ok(false);
        }
        self.units.replace(&documents, part.units)?;
        self.paragraphs.replace(&documents, part.paragraphs)?;
        self.printed.replace(&documents, part.printed)?;
        Ok(true)
    }

    /// Puts what was found of some documents in the place of what was found before.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn replace_printed(&mut self, changed: &[(u32, Printed)]) -> Result<()> {
        let documents: Vec<u32> = changed.iter().map(|(document, _)| *document).collect();
        let mut rows = Rows::default();
        for (_, printed) in changed {
            let mut row = Vec::new();
            printed.write(&mut row)?;
            rows.push(&row);
        }
        self.printed.replace(&documents, rows)
    }

    /// The documents whose edits took the place of others, in order.
    pub fn documents_printed_again(&self) -> Vec<u32> {
        self.printed.replaced_documents()
    }

    /// What was found of one document, as a row.
    pub fn printed_row(&self, document: u32) -> Cow<'_, [u8]> {
        self.printed.row(document)
    }

    /// Puts rows that [`Prints::printed_row`] gave in the place of what was found of some documents.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn replace_rows(&mut self, documents: &[u32], rows: Rows) -> Result<()> {
        self.printed.replace(documents, rows)
    }

    /// Takes out what went from documents since this was asked last.
    pub fn take_peeled(&mut self) -> PeeledRows {
        let rows = self.peeled.take().filter(|_| self.has_peeled);
        PeeledRows { rows, more: std::mem::take(&mut self.peeled_again) }
    }

    /// What was found of one document. If its row cannot be read, that is nothing, and [`Prints::check`] fails.
    pub fn printed(&self, document: u32) -> Printed {
        Printed::read(&self.printed.row(document)).unwrap_or_default()
    }

    /// What was found of some documents that follow each other.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn printed_in(&self, documents: Range<usize>) -> Result<Vec<Printed>> {
        let rows = self.printed.range(documents.start as u32..documents.end as u32)?;
        rows.iter().map(Printed::read).collect()
    }

    /// The documents' places in the order of preference; see [`ranks`].
    pub fn ranks(&self, keep: &Keep) -> Vec<u64> {
        if self.is_ranked { ranks(&self.ranks, keep) } else { (0..self.wholes.len() as u64).collect() }
    }

    /// How many documents have what survivors are ranked by.
    pub fn ranked(&self) -> u64 {
        let of_input = if self.is_ranked { &self.ranks[..] } else { return self.wholes.len() as u64 };
        of_input.iter().filter(|rank| **rank != Rank::None).count() as u64
    }

    /// Lets go of what documents were compared by: what is left is what becomes of their texts.
    pub fn end_comparing(&mut self) {
        self.ended = Some((self.bytes(), self.units_in_all()));
        self.room.give(20 * self.wholes.len() as u64);
        (self.wholes, self.shingles, self.ranks) = (Vec::new(), Vec::new(), Vec::new());
        (self.units, self.paragraphs) =
            (Store::new(&self.room, &self.file), Store::new(&self.room, &self.file));
    }

    /// Bytes of all rows, those that were let go of too.
    pub fn bytes(&self) -> u64 {
        if let Some((bytes, _)) = self.ended {
            return bytes;
        }
        [&self.units, &self.paragraphs, &self.printed].map(Store::bytes).iter().sum()
    }

    /// Whether all that was asked for could be read.
    ///
    /// # Errors
    /// The first fault.
    pub fn check(&self) -> Result<()> {
        self.file.check()
    }
}

impl Fingerprints for Prints {
    fn len(&self) -> usize {
        self.wholes.len()
    }

    fn whole(&self, document: u32) -> Digest {
        self.wholes[document as usize]
    }

    fn shingles(&self, document: u32) -> u32 {
        self.shingles[document as usize]
    }

    fn units(&self, document: u32) -> Cow<'_, [u8]> {
        self.units.row(document)
    }

    fn units_in_all(&self) -> u64 {
        self.ended.map_or(self.units.bytes() / UnitsView::BYTES, |(_, units)| units)
    }

    fn is_in_memory(&self) -> bool {
        self.units.is_in_memory()
    }

    fn pieces(&self) -> Vec<Range<u32>> {
        self.units.pieces().collect()
    }

    fn each_units(&self, piece: Range<u32>, each: &mut dyn FnMut(u32, UnitsView<'_>)) {
        let rows = self.units.range_or_note(piece.clone());
        for (document, row) in piece.zip(rows.iter()) {
            each(document, UnitsView::of_bytes(row));
        }
    }

    fn paragraphs(&self, document: u32) -> Cow<'_, [Digest]> {
        let row = self.paragraphs.row(document);
        let digests = row.as_chunks::<DIGEST_BYTES>().0.iter();
        digests.map(|digest| Digest(u128::from_le_bytes(*digest))).collect()
    }
}

fn push_paragraphs(rows: &mut Rows, paragraphs: &[Digest]) {
    rows.push_with(|row| row.extend(paragraphs.iter().flat_map(|digest| digest.0.to_le_bytes())));
}

/// What went from documents, in input order, those that were looked at again last.
pub struct PeeledRows {
    rows: Option<Store>,
    more: Vec<Peeled>,
}

impl PeeledRows {
    /// Whether nothing can have gone.
    pub fn is_empty(&self) -> bool {
        self.rows.is_none() && self.more.is_empty()
    }

    /// All of it, piece by piece. What cannot be read is left out, and [`Prints::check`] fails.
    pub fn iter(&self) -> impl Iterator<Item = Peeled> + '_ {
        let pieces =
            self.rows.iter().flat_map(|store| store.pieces().map(move |piece| store.range_or_note(piece)));
        let read = |rows: Rows| rows.iter().filter_map(|row| read_value(row).ok()).collect::<Vec<Peeled>>();
        pieces.flat_map(read).chain(self.more.iter().cloned())
    }
}

/// The fingerprints of the input, with those of a reference set behind them.
pub struct Together<'a> {
    /// Of the input.
    pub input: &'a Prints,
    /// Of the reference set.
    pub reference: Option<&'a Prints>,
}

impl Together<'_> {
    fn of(&self, document: u32) -> (&Prints, u32) {
        let inputs = self.input.len() as u32;
        match self.reference {
            Some(reference) if document >= inputs => (reference, document - inputs),
            _ => (self.input, document),
        }
    }
}

impl Fingerprints for Together<'_> {
    fn len(&self) -> usize {
        self.input.len() + self.reference.map_or(0, Fingerprints::len)
    }

    fn whole(&self, document: u32) -> Digest {
        let (prints, document) = self.of(document);
        prints.whole(document)
    }

    fn shingles(&self, document: u32) -> u32 {
        let (prints, document) = self.of(document);
        prints.shingles(document)
    }

    fn units(&self, document: u32) -> Cow<'_, [u8]> {
        let (prints, document) = self.of(document);
        prints.units(document)
    }

    fn units_in_all(&self) -> u64 {
        self.input.units_in_all() + self.reference.map_or(0, Fingerprints::units_in_all)
    }

    fn is_in_memory(&self) -> bool {
        self.input.is_in_memory() && self.reference.is_none_or(Fingerprints::is_in_memory)
    }

    fn pieces(&self) -> Vec<Range<u32>> {
        let inputs = self.input.len() as u32;
        let behind = |piece: Range<u32>| inputs + piece.start..inputs + piece.end;
        let of_reference = self.reference.map(Fingerprints::pieces).unwrap_or_default();
        self.input.pieces().into_iter().chain(of_reference.into_iter().map(behind)).collect()
    }

    fn each_units(&self, piece: Range<u32>, each: &mut dyn FnMut(u32, UnitsView<'_>)) {
        let inputs = self.input.len() as u32;
        match self.reference {
            Some(reference) if piece.start >= inputs => {
                let within = piece.start - inputs..piece.end - inputs;
                reference.each_units(within, &mut |document, units| each(inputs + document, units));
            }
            _ => self.input.each_units(piece, each),
        }
    }

    fn paragraphs(&self, document: u32) -> Cow<'_, [Digest]> {
        let (prints, document) = self.of(document);
        prints.paragraphs(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::Units;

    fn part(from: u64) -> PrintsPart {
        let mut part = PrintsPart::default();
        for number in from..from + 3 {
            let units = Units::from_sorted(&[number << 30, number << 40]);
            let paragraphs = (0..number).map(|at| Digest(u128::from(at) << 70)).collect();
            let print = Fingerprint { whole: Digest(number.into()), paragraphs, shingles: 7, units };
            let printed = Printed { bytes: (number as u32, 1), ..Printed::default() };
            let peeled = Peeled { rank: number, lines: 4, gone: [1, 2].into(), keys: [number].into() };
            let peeled = (number % 2 == 0).then_some(&peeled);
            part.push(&print, Rank::Number(number as f64), &printed, peeled).unwrap();
        }
        part
    }

    #[test]
    fn a_part_comes_back_from_its_block() {
        let block = part(5).to_block().unwrap();
        assert_eq!(PrintsPart::of_block(&block), Some(part(5)));
        assert_eq!(PrintsPart::of_block(&block[..block.len() - 1]), None);
        let places = part(5).places(100).0;
        let at = (places[0] - 100) as usize;
        assert_eq!(&block[at..at + 5], &part(5).units.get(0).unwrap()[..5]);
        let at = (places[3] - 100) as usize;
        assert_eq!(&block[at..at + 5], &part(5).peeled.get(1).unwrap()[..5]);
    }

    #[test]
    fn rows_in_the_file_read_as_those_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let all = |bytes| {
            let file = Arc::new(BlockFile::temporary(folder.path()));
            let mut prints = Prints::new(&Keep::First, &Room::new(bytes), &file);
            let block = part(0).to_block().unwrap();
            let start = file.append(frame::Kind::Prints, 0, &block).unwrap();
            prints.extend(part(0), Some(part(0).places(start))).unwrap();
            prints.extend(part(3), None).unwrap();
            let documents: Vec<_> = (0..6)
                .map(|at| (prints.units(at).into_owned(), prints.paragraphs(at).into_owned()))
                .collect();
            let peeled: Vec<Peeled> = prints.take_peeled().iter().collect();
            prints.check().unwrap();
            (documents, peeled, prints.printed_in(1..5).unwrap(), prints.printed(5))
        };
        assert_eq!(all(0), all(1 << 20));
        assert_eq!(all(0).1.len(), 3);
    }
}
