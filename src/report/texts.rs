//! The texts of a few records, as they were compared: from the output, or from the receipts of what was removed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::document::RecordId;
use crate::error::Result;
use crate::read::fields::Fields;
use crate::read::format;

use super::receipt::{Action, Receipt};
use super::replay::{Replay, Step};

/// How much of a text the page looks at, in bytes.
pub const TEXT_BYTES: usize = 32 << 10;

/// Where the clean texts of records are to be had.
pub trait Texts {
    /// The clean texts of some records of the input, of each no more than a bounded head; those that cannot be had are left out.
    ///
    /// # Errors
    /// When a file cannot be read.
    fn clean_texts(&mut self, wanted: &BTreeSet<RecordId>) -> Result<BTreeMap<RecordId, String>>;
}

/// A text's first bytes, whole characters.
pub fn head_of(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT_BYTES)]
}

/// A finished run: its output and its receipts, walked through once.
pub struct OfRun<'a> {
    report: &'a Path,
    output: Option<&'a Path>,
    bytes: usize,
}

impl<'a> OfRun<'a> {
    /// The texts of a report's run, the first [`TEXT_BYTES`] of each; `output` is where the output stands now, if it was moved.
    pub fn new(report: &'a Path, output: Option<&'a Path>) -> Self {
        Self { report, output, bytes: TEXT_BYTES }
    }

    /// The same, so much of each text.
    #[must_use]
    pub fn up_to(self, bytes: usize) -> Self {
        Self { bytes, ..self }
    }
}

impl Texts for OfRun<'_> {
    fn clean_texts(&mut self, wanted: &BTreeSet<RecordId>) -> Result<BTreeMap<RecordId, String>> {
        let mut texts = BTreeMap::new();
        let Some(last) = wanted.last() else { return Ok(texts) };
        let mut replay = Replay::open(self.report, self.output)?;
        while let Some(step) = replay.next_wanted(&|place, _, _| wanted.contains(&place))? {
            let is_last = step.place >= *last;
            if let Some(text) = clean_text(&replay, &step) {
                texts.insert(step.place, text[..text.floor_char_boundary(self.bytes)].to_owned());
            }
            if is_last {
                break;
            }
        }
        Ok(texts)
    }
}

/// A record's text as it was compared: as it stands in the output, or would, had it not been removed.
pub fn clean_text(replay: &Replay, step: &Step) -> Option<String> {
    let fields = Fields::new(&replay.summary.config.read, &replay.summary.config.group.keep);
    if let Some(output) = &step.output {
        let format = replay.output_format(step.place);
        let document = format.parse(output, &fields).ok()?;
        return match step.mark(&replay.summary) {
            Some(mark) => edited(&document.text, &mark),
            None => Some(document.text.into_owned()),
        };
    }
    let receipt = step.receipt.as_ref().filter(|receipt| receipt.action == Action::Removed)?;
    let input = replay.summary.inputs.get(step.place.file as usize)?;
    let format = format::named(&input.format).unwrap_or(format::JSONL);
    let document = format.parse(&step.original, &fields).ok()?;
    edited(&document.text, receipt)
}

/// A text after the edits of its receipt; `None` when they do not fit it.
pub fn edited(text: &str, receipt: &Receipt) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for edit in &receipt.edits {
        out.push_str(text.get(done..edit.span.start)?);
        out.push_str(&edit.with);
        done = edit.span.end;
    }
    out.push_str(text.get(done..)?);
    Some(out)
}
