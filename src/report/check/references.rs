//! Documents of the reference set that rows name as survivors: read again, with what was taken out of them.

use std::path::Path;

use crate::document::RecordId;
use crate::error::Result;
use crate::read::fields::Fields;
use crate::read::shard::{Piece, ShardReader};
use crate::report::folder::{names, read_rows};
use crate::report::receipt::Receipt;
use crate::report::rows::ProblemRow;
use crate::report::summary::Summary;

use super::claims::{Claimant, Ledger};
use super::edits::{KnownRules, carry_out};
use super::inputs::Input;
use super::named::{Fate, Named};
use super::problems::Problems;
use super::rows::Rows;

/// Reads the reference set once more and puts down the texts that are named. Whether all of it could be read.
///
/// # Errors
/// When a row, or a temporary file, cannot be read or written.
pub(super) fn read(
    report: &Path,
    summary: &Summary,
    references: &[Input],
    rules: &KnownRules,
    named: &mut Named,
    problems: &mut Problems,
    ledger: &mut Ledger,
) -> Result<bool> {
    if references.is_empty() {
        return Ok(true);
    }
    let receipts = Rows::new(read_rows::<Receipt>(report, names::REFERENCES)?);
    let mut reading = Reading {
        fields: Fields::new(&summary.config.read, &summary.config.group.keep),
        receipts,
        rules,
        named,
        problems,
        ledger,
    };
    let mut is_all_read = true;
    for (number, (row, input)) in (0..).zip(summary.references.iter().zip(references)) {
        if input.is_as_claimed(row) {
            reading.file(number, input)?;
        } else {
            is_all_read = false;
            reading.pass_over(number, &row.name);
        }
    }
    reading.end()?;
    Ok(is_all_read)
}

struct Reading<'a> {
    fields: Fields,
    receipts: Rows<Receipt>,
    rules: &'a KnownRules,
    named: &'a mut Named,
    problems: &'a mut Problems,
    ledger: &'a mut Ledger,
}

impl Reading<'_> {
    fn file(&mut self, number: u32, input: &Input) -> Result<()> {
        let Ok(mut reader) = ShardReader::open(number, &input.file, None, 1) else { return Ok(()) };
        while let Some(piece) = reader.next_piece() {
            let Piece::Shard(shard) = piece else { continue };
            for record in shard.records(input.file.format) {
                let place = RecordId { file: number, record: record.number };
                let origin = format!("{}:{}", input.file.name, record.number);
                self.record(place, record.raw, shard.offset + record.offset as u64, &origin, input)?;
            }
        }
        Ok(())
    }

    fn record(
        &mut self,
        place: RecordId,
        raw: &[u8],
        offset: u64,
        origin: &str,
        input: &Input,
    ) -> Result<()> {
        let document = match input.file.format.parse(raw, &self.fields) {
            _ if input.file.format.is_blank(raw) => return Ok(()),
            Ok(document) => document,
            Err(problem) => {
                let file = ProblemRow::of_file(&input.file.name, &problem);
                return self.problems.expect(&ProblemRow { record: Some(place.record), ..file }, self.ledger);
            }
        };
        let Some(number) = self.named.find((true, place)) else { return Ok(()) };
        let edits = match self.receipts.peek(0)? {
            Some((_, receipt)) if receipt.place() == place => self.receipts.take()?,
            _ => None,
        };
        let (row, edits) = edits.map_or((None, Vec::new()), |(row, receipt)| (Some(row), receipt.edits));
        let by = Claimant::new(names::REFERENCES, row, origin);
        self.rules.check(&edits, by, self.ledger);
        let text = match carry_out(&document.text, &edits, by) {
            Ok(edited) => edited.text,
            Err(claim) => {
                self.ledger.deny(*claim);
                document.text.clone().into_owned()
            }
        };
        let id = document.id.as_ref().map_or_else(|| origin.to_owned(), ToString::to_string);
        let entry = &mut self.named.entries[number];
        (entry.fate, entry.offset) = (Fate::Reference, offset);
        self.named.put(number, &id, &text)
    }

    /// Leaves out a file that is not what it was.
    fn pass_over(&mut self, file: u32, name: &str) {
        self.ledger.leave_open(format!("{name}: this reference file is not there, or is another now"));
        let places = self.named.places().iter().enumerate();
        let of_file = places.filter(|(_, (is_reference, place))| *is_reference && place.file == file);
        let numbers: Vec<usize> = of_file.map(|(number, _)| number).collect();
        for number in numbers {
            self.named.entries[number].fate = Fate::Unread;
        }
    }

    fn end(mut self) -> Result<()> {
        while let Some((row, receipt)) = self.receipts.take()? {
            let is_unread = self
                .named
                .find((true, receipt.place()))
                .is_some_and(|number| self.named.entries[number].fate == Fate::Unread);
            if !is_unread {
                let by = Claimant::new(names::REFERENCES, row, &receipt.id);
                let place = format!("record {} of reference {}", receipt.record, receipt.file);
                self.ledger.deny(by.claims(
                    "the place of a receipt",
                    &place,
                    &"none that a row names, or out of order",
                ));
            }
        }
        Ok(())
    }
}
