//! The third pass: the verdicts carried out on the raw records, and a receipt for each that is not as it came.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::decide::Cause;
use crate::document::{Document, Origin, Problem, RecordId};
use crate::edit::Edit;
use crate::error::Result;
use crate::group::Kind;
use crate::plan::Plan;
use crate::read::charset;
use crate::read::format::Format;
use crate::read::shard::{RawRecord, Shard};
use crate::report::folder::append_row;
use crate::report::lines::LineTally;
use crate::report::receipt::{Action, Receipt};
use crate::report::rows::{ProblemRow, excerpt};
use crate::report::sources::SourceTally;
use crate::report::summary::{Counts, Marked, RuleCount};
use crate::store::NumberedRows;
use crate::verdict::{Verdict, Verdicts};
use crate::write::apply::rewrite;

use super::fingerprint::clean_text;
use super::printed::Printed;
use super::set_aside::BadRecord;
use super::{DocumentPlace, site_of};

/// One shard with all that was decided about it.
pub struct Decided<'a> {
    /// The shard.
    pub shard: &'a Shard,
    /// How its records stand.
    pub format: &'static dyn Format,
    /// How they are written.
    pub output: &'static dyn Format,
    /// Name of its file.
    pub path: &'a str,
    /// The documents in it.
    pub documents: &'a [DocumentPlace],
    /// Number of the first of them over the whole input.
    pub first_document: u32,
    /// The numbers of their sites.
    pub sites: &'a [u32],
    /// What the second pass told of each.
    pub printed: &'a [Printed],
    /// The records in it that are to be set aside.
    pub set_aside: &'a [BadRecord],
    /// Whether every record must end with a line end, because another file's may follow.
    pub ends_lines: bool,
}

/// What one shard gives to the output and the report.
#[derive(Default)]
pub struct Applied {
    /// Records for the output.
    pub bytes: Vec<u8>,
    /// How many they are.
    pub records: u64,
    /// Rows of receipts.
    pub receipts: Vec<u8>,
    /// Rows of problems.
    pub problems: Vec<u8>,
    /// What the documents are called that `duplicates.jsonl` speaks of.
    pub named: NumberedRows,
    /// Totals.
    pub tally: Tally,
}

impl Applied {
    /// Bytes of all that is to be written.
    pub fn size(&self) -> u64 {
        let rows = self.receipts.len() + self.problems.len();
        (self.bytes.len() + rows) as u64 + self.named.bytes()
    }
}

/// What is counted of a part of the input; parts add up, in input order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Totals.
    pub counts: Counts,
    /// What was only marked.
    pub marked: Marked,
    /// Removals by rule.
    pub rules: BTreeMap<String, RuleCount>,
    /// Removals by line.
    pub lines: LineTally,
    /// What became of the documents of each source.
    pub sources: SourceTally,
}

/// Carries out what was decided on one shard.
///
/// # Errors
/// Only when a row cannot be written as JSON, which is a fault of tamis.
pub fn of_shard(decided: &Decided<'_>, plan: &Plan, verdicts: &Verdicts<'_>) -> Result<Applied> {
    let bytes = Vec::with_capacity(decided.shard.bytes.len() + decided.shard.bytes.len() / 64);
    let mut pass = Pass { decided, plan, verdicts, out: Applied { bytes, ..Applied::default() } };
    let mut documents = decided.documents.iter().enumerate().peekable();
    let mut set_aside = decided.set_aside.iter().peekable();
    for record in decided.shard.records(decided.format) {
        let relative = (record.number - decided.shard.first_record) as u32;
        if let Some((index, _)) = documents.next_if(|(_, place)| place.record == relative) {
            let before = pass.out.tally.counts;
            pass.document(&record, index)?;
            let site = decided.sites.get(index).copied();
            pass.out.tally.sources.count(site, decided.shard.file, &before, &pass.out.tally.counts);
        } else if let Some((_, problem)) = set_aside.next_if(|(id, _)| id.record == record.number) {
            pass.set_aside(&record, problem)?;
        } else {
            pass.blank(&record)?;
        }
    }
    Ok(pass.out)
}

struct Pass<'p, 'a> {
    decided: &'p Decided<'a>,
    plan: &'p Plan,
    verdicts: &'p Verdicts<'p>,
    out: Applied,
}

impl Pass<'_, '_> {
    fn place(&self, record: &RawRecord<'_>) -> RecordId {
        RecordId { file: self.decided.shard.file, record: record.number }
    }

    fn origin(&self, record: &RawRecord<'_>) -> Origin {
        let offset = self.decided.shard.offset + record.offset as u64;
        Origin { path: self.decided.path.to_owned(), record: record.number, offset }
    }

    fn blank(&mut self, record: &RawRecord<'_>) -> Result<()> {
        self.out.tally.counts.blank += 1;
        let receipt = Receipt::new(self.place(record), String::new(), Action::Blank).with_raw(record.raw);
        append_row(&mut self.out.receipts, &receipt)
    }

    fn set_aside(&mut self, record: &RawRecord<'_>, problem: &Problem) -> Result<()> {
        self.out.tally.counts.read += 1;
        self.out.tally.counts.set_aside += 1;
        let origin = self.origin(record);
        let mut receipt =
            Receipt::new(self.place(record), origin.to_string(), Action::SetAside).with_raw(record.raw);
        receipt.reason = Some(problem.reason.clone());
        let row = ProblemRow {
            path: origin.path,
            record: Some(record.number),
            offset: Some(origin.offset),
            kind: problem.kind,
            reason: problem.reason.clone(),
            excerpt: Some(excerpt(record.raw)),
        };
        append_row(&mut self.out.problems, &row)?;
        append_row(&mut self.out.receipts, &receipt)
    }

    fn document(&mut self, record: &RawRecord<'_>, index: usize) -> Result<()> {
        let number = self.decided.first_document + index as u32;
        let printed = &self.decided.printed[index];
        let verdict = self.verdicts.on(number);
        self.out.tally.counts.read += 1;
        self.out.tally.counts.text_bytes_in += u64::from(printed.bytes.0);
        let is_named = self.verdicts.names(number);
        if !is_named && self.passes_as_it_came(record, printed, verdict) {
            self.keep(record.raw, printed.bytes.0);
            return Ok(());
        }
        let document =
            self.decided.shard.parse(record.raw, self.decided.format, &self.plan.fields).unwrap_or_default();
        let id = document.id.as_ref().map_or_else(|| self.origin(record).to_string(), ToString::to_string);
        if is_named {
            self.out.named.push_value(number, &(&*id, self.origin(record)))?;
        }
        match verdict {
            Verdict::Drop(survivor, kind) if !self.plan.config.write.annotate => {
                self.count_removed(printed, kind);
                let mut receipt = Receipt::new(self.place(record), id, Action::Removed)
                    .with_raw(record.raw)
                    .with_edits(&document, &printed.edits, Vec::new());
                (receipt.survivor, receipt.reference) = (Some(survivor.record), survivor.is_reference);
                append_row(&mut self.out.receipts, &receipt)
            }
            _ if self.plan.config.write.annotate && is_marked(printed, verdict) => {
                self.annotate(record, &document, id, printed, verdict)
            }
            _ => self.kept(record, &document, id, printed),
        }
    }

    /// Whether the record leaves byte for byte as it came, so that it need not be read again.
    fn passes_as_it_came(&self, record: &RawRecord<'_>, printed: &Printed, verdict: Verdict) -> bool {
        verdict == Verdict::Keep
            && printed.edits.is_empty()
            && printed.kept_back.is_none()
            && self.decided.format.name() == self.decided.output.name()
            && !(self.decided.format.is_one_record() && charset::as_utf8(record.raw).is_none())
            && !self.lacks_line_end(record.raw)
    }

    fn lacks_line_end(&self, raw: &[u8]) -> bool {
        self.decided.ends_lines && !self.decided.output.is_one_record() && !raw.ends_with(b"\n")
    }

    fn keep(&mut self, raw: &[u8], text_bytes: u32) {
        self.out.bytes.extend_from_slice(raw);
        self.out.records += 1;
        self.out.tally.counts.kept += 1;
        self.out.tally.counts.text_bytes_out += u64::from(text_bytes);
    }

    fn kept(
        &mut self,
        record: &RawRecord<'_>,
        document: &Document<'_>,
        id: String,
        printed: &Printed,
    ) -> Result<()> {
        let action = action(printed);
        let mut receipt = Receipt::new(self.place(record), id, action);
        receipt.reason = printed.kept_back.as_ref().map(ToString::to_string);
        let mut raw = self.written(record, document, printed, &mut receipt);
        if self.lacks_line_end(&raw) {
            raw.push(b'\n');
            receipt.line_end_added = self.decided.format.name() == self.decided.output.name();
        }
        self.count_kept(record, document, printed, action, &receipt.id);
        self.keep(&raw, printed.bytes.1);
        let is_as_it_came = action == Action::Passed && receipt.charset.is_none() && !receipt.line_end_added;
        if is_as_it_came { Ok(()) } else { append_row(&mut self.out.receipts, &receipt) }
    }

    /// The record as it goes out; what is needed to undo it goes into the receipt.
    fn written(
        &self,
        record: &RawRecord<'_>,
        document: &Document<'_>,
        printed: &Printed,
        receipt: &mut Receipt,
    ) -> Vec<u8> {
        let edits: &[Edit<Cause>] = &printed.edits;
        let (format, output) = (self.decided.format, self.decided.output);
        let is_same_format = format.name() == output.name();
        if is_same_format && document.charset.is_none() {
            let rewritten = rewrite(format, record.raw, document, edits);
            *receipt = receipt.clone().with_edits(document, edits, rewritten.unusual);
            return rewritten.raw;
        }
        *receipt = receipt.clone().with_edits(document, edits, Vec::new());
        if let Some(charset) = document.charset {
            receipt.charset = Some(charset.to_owned());
            if !charset::encodes_back(&document.text, charset, record.raw) {
                *receipt = receipt.clone().with_raw(record.raw);
            }
        }
        let clean = clean_text(document, edits);
        output.compose(&receipt.id, &clean, &self.plan.fields)
    }

    fn annotate(
        &mut self,
        record: &RawRecord<'_>,
        document: &Document<'_>,
        id: String,
        printed: &Printed,
        verdict: Verdict,
    ) -> Result<()> {
        let place = self.place(record);
        let mut mark = Receipt::new(place, String::new(), action(printed)).with_edits(
            document,
            &printed.edits,
            Vec::new(),
        );
        mark.reason = printed.kept_back.as_ref().map(ToString::to_string);
        let marked = &mut self.out.tally.marked;
        if let Verdict::Drop(survivor, kind) = verdict {
            mark.action = Action::Removed;
            (mark.survivor, mark.reference) = (Some(survivor.record), survivor.is_reference);
            marked.count_kind(kind);
        }
        marked.count(mark.action);
        let json = serde_json::to_string(&mark).unwrap_or_default();
        let unmarked = self.unmarked(record, document, &id);
        let Some(mut annotated) = self.decided.output.with_field(&unmarked, "tamis", &json) else {
            self.keep(&unmarked, printed.bytes.0);
            return Ok(());
        };
        if self.lacks_line_end(&annotated) {
            annotated.push(b'\n');
        }
        self.keep(&annotated, printed.bytes.0);
        append_row(&mut self.out.receipts, &Receipt::new(place, id, Action::Passed).with_raw(record.raw))
    }

    /// The record with its text as it came, in the form it is written in.
    fn unmarked<'r>(&self, record: &RawRecord<'r>, document: &Document<'_>, id: &str) -> Cow<'r, [u8]> {
        let (format, output) = (self.decided.format, self.decided.output);
        if format.name() == output.name() {
            return Cow::Borrowed(record.raw);
        }
        Cow::Owned(output.compose(id, &document.text, &self.plan.fields))
    }

    fn count_removed(&mut self, printed: &Printed, kind: Kind) {
        let counts = &mut self.out.tally.counts;
        counts.removed += 1;
        counts.removed_bytes += u64::from(printed.bytes.0);
        match kind {
            Kind::Exact => counts.exact += 1,
            Kind::Near => counts.near += 1,
            Kind::Contained => counts.contained += 1,
        }
    }

    fn count_kept(
        &mut self,
        record: &RawRecord<'_>,
        document: &Document<'_>,
        printed: &Printed,
        action: Action,
        id: &str,
    ) {
        match action {
            Action::Trimmed => self.out.tally.counts.trimmed += 1,
            Action::Normalized => self.out.tally.counts.normalized += 1,
            Action::KeptWhole => self.out.tally.counts.kept_whole += 1,
            _ => {}
        }
        for edit in &printed.edits {
            let bytes = edit.span.len() as u64;
            if matches!(edit.cause, Cause::Strip(_)) {
                self.out.tally.counts.stripped_bytes += bytes;
            }
            let rule = self.out.tally.rules.entry(edit.cause.rule().into_owned()).or_default();
            if rule.removals == 0 {
                edit.cause.category().clone_into(&mut rule.category);
                rule.example = edit.span.of(&document.text).trim().chars().take(240).collect();
            }
            rule.removals += 1;
            rule.bytes += bytes;
        }
        if action == Action::Trimmed {
            let site = site_of(document);
            let origin = self.origin(record);
            let file = self.decided.shard.file;
            self.out.tally.lines.count(&document.text, &printed.edits, id, &origin, site.as_deref(), file);
        }
    }
}

/// Whether there is anything to say of a document in an annotated corpus.
fn is_marked(printed: &Printed, verdict: Verdict) -> bool {
    verdict != Verdict::Keep || !printed.edits.is_empty() || printed.kept_back.is_some()
}

/// What becomes of a document that is kept.
pub fn action(printed: &Printed) -> Action {
    if printed.edits.iter().any(|edit| matches!(edit.cause, Cause::Strip(_))) {
        Action::Trimmed
    } else if printed.kept_back.is_some() {
        Action::KeptWhole
    } else if printed.edits.is_empty() {
        Action::Passed
    } else {
        Action::Normalized
    }
}

impl Tally {
    /// Adds what was counted of a later part.
    pub fn merge(&mut self, later: Self) {
        self.counts.add(&later.counts);
        self.marked.add(&later.marked);
        self.lines.merge(later.lines);
        self.sources.merge(&later.sources);
        for (name, count) in later.rules {
            let rule = self.rules.entry(name).or_default();
            if rule.removals == 0 {
                *rule = count;
            } else {
                rule.removals += count.removals;
                rule.bytes += count.bytes;
            }
        }
    }
}
