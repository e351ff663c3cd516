//! The records of the input once more, each beside its receipt and what the output holds of it.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::document::{Document, Problem, ProblemKind, RecordId};
use crate::error::{Error, Result};
use crate::job::Stop;
use crate::read::fields::Fields;
use crate::read::format::Format;
use crate::read::hexadecimal;
use crate::read::shard::{Piece, ShardReader};
use crate::report::folder::{names, read_receipts};
use crate::report::receipt::{Action, EditReceipt, Receipt};
use crate::report::replay::rebuild;
use crate::report::rows::{ProblemRow, excerpt};
use crate::report::summary::{InputRow, Summary};
use crate::site;

use super::claims::{Claimant, Ledger};
use super::edits::{Edited, KnownRules, carry_out};
use super::inputs::{Input, was_renamed};
use super::lines::{From, Lines};
use super::named::{Fate, Named};
use super::output::{Fit, Written, fit};
use super::outputs::Outputs;
use super::problems::Problems;
use super::rows::Rows;
use super::totals::{Totals, is_stripped};

/// Records between two looks at whether the run is to end.
const LOOK: u64 = 1 << 12;

/// A walk through a run, with what it has counted.
pub(super) struct Walk<'a> {
    summary: &'a Summary,
    fields: Fields,
    rules: &'a KnownRules,
    receipts: Rows<Receipt>,
    outputs: Outputs,
    named: &'a mut Named,
    problems: Problems,
    totals: Totals,
    lines: Lines,
    ledger: Ledger,
    /// The site that the folder of each input stands for.
    folders: Vec<Option<Arc<str>>>,
}

/// What is left to be looked at when all records have gone by.
pub(super) struct Walked {
    pub(super) problems: Problems,
    pub(super) totals: Totals,
    pub(super) lines: Lines,
    pub(super) ledger: Ledger,
}

/// One record with where it stands.
#[derive(Clone, Copy)]
struct Record<'a> {
    place: RecordId,
    raw: &'a [u8],
    offset: u64,
    origin: &'a str,
}

impl<'a> Walk<'a> {
    /// A walk that has not begun.
    ///
    /// # Errors
    /// When a file of the report cannot be opened.
    pub(super) fn new(
        report: &Path,
        summary: &'a Summary,
        outputs: Outputs,
        rules: &'a KnownRules,
        named: &'a mut Named,
        ledger: Ledger,
    ) -> Result<Self> {
        Ok(Self {
            fields: Fields::new(&summary.config.read, &summary.config.group.keep),
            receipts: Rows::new(read_receipts(report)?),
            problems: Problems::open(report)?,
            totals: Totals::default(),
            lines: Lines::default(),
            summary,
            outputs,
            rules,
            named,
            ledger,
            folders: Vec::new(),
        })
    }

    /// Walks through all inputs.
    ///
    /// # Errors
    /// When a file cannot be read, or the run is stopped.
    pub(super) fn run(mut self, inputs: &[Input], stop: &Stop) -> Result<Walked> {
        self.folders = inputs.iter().map(|input| input.file.site.clone()).collect();
        for (number, (row, input)) in (0..).zip(self.summary.inputs.iter().zip(inputs)) {
            self.outputs.begin(number, &mut self.ledger)?;
            if input.is_as_claimed(row) {
                self.problems_of_file(row, input);
                self.as_it_stands(number, row, input, stop)?;
            } else {
                self.problems.pass_over(&row.name);
                self.rebuilt(number, row, input, stop)?;
            }
        }
        self.end()
    }

    fn end(mut self) -> Result<Walked> {
        while let Some((row, receipt)) = self.receipts.take()? {
            let by = Claimant::new(names::RECEIPTS, row, &receipt.id);
            let place = format!("record {} of input {}", receipt.record, receipt.file);
            self.ledger.deny(by.claims("the place of a receipt", &place, &"no record of the input"));
        }
        self.outputs.finish(&mut self.ledger)?;
        Ok(Walked { problems: self.problems, totals: self.totals, lines: self.lines, ledger: self.ledger })
    }

    fn problems_of_file(&mut self, row: &InputRow, input: &Input) {
        let Some(now) = &input.now else { return };
        let is_empty = now.problem.is_none() && now.unpacked == 0 && row.name != "-";
        let empty = is_empty.then(|| Problem::new(ProblemKind::EmptyFile, "the file is empty"));
        let problem = now.problem.clone().or(empty);
        let by = Claimant::new(names::SUMMARY, None, &row.name);
        self.ledger.compare(by, "whether all of an input was read", &row.complete, &now.problem.is_none());
        self.problems.expect_of_file(&row.name, problem.as_ref(), &mut self.ledger);
    }

    /// The records of an input that is what the report says it was.
    fn as_it_stands(&mut self, number: u32, row: &InputRow, input: &Input, stop: &Stop) -> Result<()> {
        let fault =
            |problem: Problem| Error::Report { path: row.name.clone().into(), reason: problem.reason };
        let mut reader = ShardReader::open(number, &input.file, None, 1).map_err(fault)?;
        let (mut records, mut bytes) = (0, 0);
        while let Some(piece) = reader.next_piece() {
            let Piece::Shard(shard) = piece else { continue };
            stop.check()?;
            for record in shard.records(input.file.format) {
                let place = RecordId { file: number, record: record.number };
                let origin = format!("{}:{}", row.name, record.number);
                let offset = shard.offset + record.offset as u64;
                self.record(Record { place, raw: record.raw, offset, origin: &origin }, input.file.format)?;
                records += 1;
            }
            bytes += shard.bytes.len() as u64;
        }
        self.facts(row, records, bytes, &row.sha256.clone());
        let now_size = input.now.as_ref().map_or(0, |now| now.size);
        let by = Claimant::new(names::SUMMARY, None, &row.name);
        match row.codec.as_str() {
            "plain" if row.name != "-" => self.ledger.compare(by, "the size of an input", &row.size, &bytes),
            _ if row.size != now_size && row.name != "-" => {
                self.ledger.leave_open(format!("{}: it is packed otherwise than it was", row.name));
            }
            _ => {}
        }
        Ok(())
    }

    /// The records of an input that is gone, or is another now: from what the output and the receipts hold.
    fn rebuilt(&mut self, number: u32, row: &InputRow, input: &Input, stop: &Stop) -> Result<()> {
        let (mut digest, mut bytes) = (Sha256::new(), 0);
        for record in 1..=row.records {
            if record.is_multiple_of(LOOK) {
                stop.check()?;
            }
            let place = RecordId { file: number, record };
            let origin = format!("{}:{record}", row.name);
            let raw = self.rebuilt_record(place, &origin, input.file.format)?;
            self.record(Record { place, raw: &raw, offset: bytes, origin: &origin }, input.file.format)?;
            digest.update(&raw);
            bytes += raw.len() as u64;
        }
        let rebuilt = hexadecimal(&digest.finalize());
        self.facts(row, row.records, bytes, &rebuilt);
        match &input.now {
            Some(now) if rebuilt == row.sha256 => self.ledger.leave_open(format!(
                "{}: it has changed since ({} bytes now); its records were rebuilt from output and receipts, and have the digest it had",
                row.name, now.unpacked
            )),
            Some(_) => {}
            None => self.ledger.leave_open(format!(
                "{}: it is not there; its records were rebuilt from output and receipts",
                row.name
            )),
        }
        Ok(())
    }

    fn rebuilt_record(
        &mut self,
        place: RecordId,
        origin: &str,
        from: &'static dyn Format,
    ) -> Result<Vec<u8>> {
        let is_here = self.receipts.peek(0)?.is_some_and(|(_, receipt)| receipt.place() == place);
        let receipt = if is_here { self.receipts.peek(0)?.map(|(_, receipt)| receipt.clone()) } else { None };
        let to = self.outputs.format(place.file).unwrap_or(from);
        let output = self.outputs.peek(0)?;
        match rebuild(from, to, &self.fields, receipt.as_ref(), output) {
            Ok(raw) => Ok(raw),
            Err(reason) => {
                let by = Claimant::new(names::RECEIPTS, None, origin);
                self.ledger.deny(by.claims("the record", &"to be had from output and receipts", &reason));
                Ok(Vec::new())
            }
        }
    }

    /// What the summary says of an input as a whole.
    fn facts(&mut self, row: &InputRow, records: u64, bytes: u64, sha256: &String) {
        let by = Claimant::new(names::SUMMARY, None, &row.name);
        self.ledger.compare(by, "the number of records of an input", &row.records, &records);
        self.ledger.compare(by, "the unpacked size of an input", &row.unpacked, &bytes);
        self.ledger.compare(by, "the digest of an input", &row.sha256, sha256);
    }

    fn record(&mut self, record: Record<'_>, format: &'static dyn Format) -> Result<()> {
        let receipt = self.receipt_of(record)?;
        if format.is_blank(record.raw) {
            self.totals.counts.blank += 1;
            self.no_document(record, receipt.as_ref(), Action::Blank);
            return Ok(());
        }
        match format.parse(record.raw, &self.fields) {
            Err(problem) => self.set_aside(record, receipt.as_ref(), &problem),
            Ok(document) => self.document(record, receipt.as_ref(), &document, format),
        }
    }

    /// The receipt of a record, if it has one. Receipts that stand for no record are named and left out.
    fn receipt_of(&mut self, record: Record<'_>) -> Result<Option<(u64, Receipt)>> {
        loop {
            let Some((_, receipt)) = self.receipts.peek(0)? else { return Ok(None) };
            let place = receipt.place();
            if place == record.place {
                return self.receipts.take();
            }
            let is_passed = place < record.place;
            let is_early = !is_passed && self.receipts.peek(1)?.is_some_and(|(_, next)| next.place() < place);
            if !is_passed && !is_early {
                return Ok(None);
            }
            if let Some((row, receipt)) = self.receipts.take()? {
                let by = Claimant::new(names::RECEIPTS, row, &receipt.id);
                let place = format!("record {} of input {}", receipt.record, receipt.file);
                self.ledger.deny(by.claims(
                    "the place of a receipt",
                    &place,
                    &"out of order, or there twice",
                ));
            }
        }
    }

    /// A record that is none: it must have a receipt that says so and holds it.
    fn no_document(&mut self, record: Record<'_>, receipt: Option<&(u64, Receipt)>, action: Action) {
        self.note(record, Fate::NoDocument);
        let Some((row, receipt)) = receipt else {
            let by = Claimant::new(names::RECEIPTS, None, record.origin);
            self.ledger.deny(by.claims("the receipt", &"not there", &told(action)));
            return;
        };
        let by = Claimant::new(names::RECEIPTS, *row, record.origin);
        self.ledger.compare(by, "what happened to a record", &told(receipt.action), &told(action));
        self.holds(by, receipt, record.raw);
    }

    fn set_aside(
        &mut self,
        record: Record<'_>,
        receipt: Option<&(u64, Receipt)>,
        problem: &Problem,
    ) -> Result<()> {
        self.totals.counts.read += 1;
        self.totals.counts.set_aside += 1;
        if let Some((row, receipt)) = receipt {
            let by = Claimant::new(names::RECEIPTS, *row, record.origin);
            let reason = receipt.reason.clone().unwrap_or_default();
            self.ledger.compare(by, "why a record was set aside", &reason, &problem.reason);
        }
        self.no_document(record, receipt, Action::SetAside);
        let path = self.summary.inputs[record.place.file as usize].name.clone();
        let expected = ProblemRow {
            path,
            record: Some(record.place.record),
            offset: Some(record.offset),
            kind: problem.kind,
            reason: problem.reason.clone(),
            excerpt: Some(excerpt(record.raw)),
        };
        self.problems.expect(&expected, &mut self.ledger)
    }

    fn document(
        &mut self,
        record: Record<'_>,
        receipt: Option<&(u64, Receipt)>,
        document: &Document<'_>,
        format: &'static dyn Format,
    ) -> Result<()> {
        let id = document.id.as_ref().map_or_else(|| record.origin.to_owned(), ToString::to_string);
        let row = receipt.map(|(row, _)| *row);
        let by = Claimant::new(names::RECEIPTS, row, &id);
        if let Some((_, receipt)) = receipt {
            self.ledger.compare(by, "the id in a receipt", &receipt.id, &id);
            self.rules.check(&receipt.edits, by, &mut self.ledger);
        }
        match receipt {
            Some((_, receipt)) if receipt.action == Action::Removed => {
                self.removed(record, receipt, document, by)
            }
            Some((_, receipt)) if !receipt.is_kept() => {
                self.ledger.deny(by.claims(
                    "what happened to a record",
                    &told(receipt.action),
                    &"a document",
                ));
                Ok(())
            }
            receipt => {
                let receipt = receipt.map(|(_, receipt)| receipt);
                self.kept(record, receipt, document, format, by)
            }
        }
    }

    fn removed(
        &mut self,
        record: Record<'_>,
        receipt: &Receipt,
        document: &Document<'_>,
        by: Claimant<'_>,
    ) -> Result<()> {
        self.totals.removed(&document.text);
        self.holds(by, receipt, record.raw);
        let edited = self.edited(document, &receipt.edits, by);
        let number = self.named.find((false, record.place));
        if !number.is_some_and(|number| self.named.entries[number].has_row) {
            let by = Claimant::new(names::DUPLICATES, None, by.about);
            self.ledger.deny(by.claims(
                "the row of a removed document",
                &"not there",
                &"wanted by its receipt",
            ));
        }
        let survivor = receipt.survivor.map(|survivor| (receipt.reference, survivor));
        self.note(record, Fate::Removed(survivor));
        self.put(record, by.about, edited.compared())
    }

    fn kept(
        &mut self,
        record: Record<'_>,
        receipt: Option<&Receipt>,
        document: &Document<'_>,
        format: &'static dyn Format,
        by: Claimant<'_>,
    ) -> Result<()> {
        let edits = receipt.map(|receipt| receipt.edits.as_slice()).unwrap_or_default();
        let edited = self.edited(document, edits, by);
        let action = self.check_action(receipt, by);
        let written = Written {
            raw: record.raw,
            document,
            receipt,
            edited: &edited,
            from: format,
            to: self.outputs.format(record.place.file).unwrap_or(format),
            fields: &self.fields,
            id: by.about,
            annotated: self.summary.config.write.annotate,
        };
        let (fit, denied) = fit(&written, &mut self.outputs, &mut self.ledger)?;
        for claim in denied {
            self.ledger.deny(claim);
        }
        self.totals.kept(&document.text, &edited.text, action, edits);
        if let Fit::Marked(mark) = &fit {
            self.totals.marked.count(mark.action);
        }
        if action == Action::Trimmed {
            self.count_lines(record, document, edits, by.about);
        }
        self.settle(record, document, &edited, fit, by)
    }

    /// Notes what became of a kept document, where a row names it.
    fn settle(
        &mut self,
        record: Record<'_>,
        document: &Document<'_>,
        edited: &Edited,
        fit: Fit,
        by: Claimant<'_>,
    ) -> Result<()> {
        let Some(number) = self.named.find((false, record.place)) else { return Ok(()) };
        match fit {
            Fit::Lost => self.note(record, Fate::Lost),
            Fit::There => self.note(record, Fate::Kept),
            Fit::Marked(mark) => {
                let survivor = mark.survivor.map(|survivor| (mark.reference, survivor));
                let is_removed = mark.action == Action::Removed;
                self.note(record, if is_removed { Fate::Removed(survivor) } else { Fate::Kept });
                let edited = self.edited(document, &mark.edits, by);
                return self.put(record, by.about, edited.compared());
            }
        }
        self.named.entries[number].has_repeats = edited.compared.is_some();
        self.put(record, by.about, edited.compared())
    }

    fn edited(&mut self, document: &Document<'_>, edits: &[EditReceipt], by: Claimant<'_>) -> Edited {
        match carry_out(&document.text, edits, by) {
            Ok(edited) => {
                self.ledger.prove("changes that fit the text", edits.len() as u64);
                edited
            }
            Err(claim) => {
                self.ledger.deny(*claim);
                Edited { text: document.text.clone().into_owned(), compared: None }
            }
        }
    }

    /// Whether the receipt calls its changes what they are.
    fn check_action(&mut self, receipt: Option<&Receipt>, by: Claimant<'_>) -> Action {
        let Some(receipt) = receipt else { return Action::Passed };
        let found = if receipt.edits.iter().any(is_stripped) {
            Action::Trimmed
        } else if receipt.action == Action::KeptWhole && receipt.reason.is_some() {
            Action::KeptWhole
        } else if receipt.edits.is_empty() {
            Action::Passed
        } else {
            Action::Normalized
        };
        self.ledger.compare(by, "what happened to a record", &told(receipt.action), &told(found));
        receipt.action
    }

    fn count_lines(&mut self, record: Record<'_>, document: &Document<'_>, edits: &[EditReceipt], id: &str) {
        let row = &self.summary.inputs[record.place.file as usize];
        let folder = self.folders[record.place.file as usize].as_deref();
        let of_address = || document.url.as_deref().and_then(site::of);
        let named = document.site.clone().or_else(of_address);
        if named.is_none() && was_renamed(row) {
            self.lines.leave_sites_open();
        }
        let site = named.or_else(|| folder.map(Cow::Borrowed));
        let from = From { place: record.place, id, site: site.as_deref() };
        edits.iter().filter(|edit| is_stripped(edit)).for_each(|edit| self.lines.count(edit, from));
    }

    /// Whether a receipt holds the record it is of.
    fn holds(&mut self, by: Claimant<'_>, receipt: &Receipt, raw: &[u8]) {
        let held = receipt.raw_bytes().unwrap_or_default();
        if held == raw {
            self.ledger.prove("records that a receipt holds", 1);
        } else {
            let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            self.ledger.deny(by.claims("the record that a receipt holds", &shown(&held), &shown(raw)));
        }
    }

    fn note(&mut self, record: Record<'_>, fate: Fate) {
        if let Some(number) = self.named.find((false, record.place)) {
            let entry = &mut self.named.entries[number];
            (entry.fate, entry.offset) = (fate, record.offset);
        }
    }

    fn put(&mut self, record: Record<'_>, id: &str, text: &str) -> Result<()> {
        match self.named.find((false, record.place)) {
            Some(number) => self.named.put(number, id, text),
            None => Ok(()),
        }
    }
}

fn told(action: Action) -> &'static str {
    match action {
        Action::Trimmed => "trimmed",
        Action::Normalized => "normalized",
        Action::Passed => "passed",
        Action::KeptWhole => "kept whole",
        Action::Removed => "removed",
        Action::SetAside => "set aside",
        Action::Blank => "blank",
    }
}
