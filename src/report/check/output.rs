//! Whether the output holds a kept record just as its receipt says.

use crate::document::Document;
use crate::error::Result;
use crate::read::fields::Fields;
use crate::read::format::Format;
use crate::report::receipt::{Action, Receipt};
use crate::write::apply::undo_record;

use super::claims::{Claimant, FalseClaim, Ledger};
use super::edits::Edited;
use super::outputs::Outputs;

/// A kept record, and what is to be written of it.
pub(super) struct Written<'a> {
    pub(super) raw: &'a [u8],
    pub(super) document: &'a Document<'a>,
    pub(super) receipt: Option<&'a Receipt>,
    pub(super) edited: &'a Edited,
    pub(super) from: &'static dyn Format,
    pub(super) to: &'static dyn Format,
    pub(super) fields: &'a Fields,
    pub(super) id: &'a str,
    /// Whether removals are only marked in the records.
    pub(super) annotated: bool,
}

/// What the output holds of a record.
pub(super) enum Fit {
    /// The record, as it should be, or (told before) otherwise.
    There,
    /// The record as it came, with this mark.
    Marked(Box<Receipt>),
    /// Nothing.
    Lost,
}

/// Looks a record up in the output and takes it from there; with what was found to be false.
///
/// # Errors
/// When the output cannot be read.
pub(super) fn fit(
    written: &Written<'_>,
    outputs: &mut Outputs,
    ledger: &mut Ledger,
) -> Result<(Fit, Vec<FalseClaim>)> {
    let mut ahead = 0;
    while let Some(record) = outputs.peek(ahead)? {
        if let Some(fit) = written.fits(record) {
            let denied = skip(ahead, outputs);
            outputs.take();
            ledger.prove("records of the output", 1);
            return Ok((fit, denied));
        }
        ahead += 1;
    }
    let (file, row) = outputs.place();
    let by = Claimant::new(&file, row, written.id);
    let is_changed = outputs.peek(0)?.is_some_and(|record| written.is_of_same_document(record));
    if let Some(record) = is_changed.then(|| outputs.take()).flatten() {
        let there = written.to.parse(&record, written.fields).map(|there| there.text.into_owned());
        let claim = match there {
            Ok(text) if text != written.edited.text => {
                let (claimed, found) = differing(&written.edited.text, &text);
                by.claims("the text of a record", &claimed, &found)
            }
            _ => by.claims(
                "a record",
                &"the input's, but for the changes of its receipt",
                &"another beside its text",
            ),
        };
        return Ok((Fit::There, vec![claim]));
    }
    let claim = by.claims("a document", &"kept", &"not in the output");
    Ok((Fit::Lost, vec![claim]))
}

/// Passes over records that nothing calls for.
fn skip(records: usize, outputs: &mut Outputs) -> Vec<FalseClaim> {
    let denied = (0..records).map(|_| {
        let (file, row) = outputs.place();
        outputs.take();
        Claimant::new(&file, row, "").claims(
            "this record",
            &"in the output",
            &"one that no record of the input calls for",
        )
    });
    denied.collect()
}

/// Two texts from a little before where they part.
fn differing(claimed: &str, found: &str) -> (String, String) {
    const BEFORE: usize = 20;
    let same = claimed.char_indices().zip(found.char_indices()).take_while(|(a, b)| a == b).count();
    let from = same.saturating_sub(BEFORE);
    let tail = |text: &str| format!("{:?}", text.chars().skip(from).take(4 * BEFORE).collect::<String>());
    (tail(claimed), tail(found))
}

impl Written<'_> {
    fn is_marked(&self) -> bool {
        let is_mark = |receipt: &Receipt| {
            receipt.action == Action::Passed && receipt.charset.is_none() && receipt.raw_bytes().is_some()
        };
        self.annotated && self.receipt.is_some_and(is_mark)
    }

    /// What this record of the output is, if it is the one that was to be written.
    fn fits(&self, output: &[u8]) -> Option<Fit> {
        if self.is_marked() {
            return self.marked(output);
        }
        let Some(receipt) = self.receipt else {
            return (output == self.as_it_came()).then_some(Fit::There);
        };
        if self.from.name() != self.to.name() || receipt.charset.is_some() {
            let is_told = receipt.charset.as_deref() == self.document.charset;
            let mut composed = self.to.compose(self.id, &self.edited.text, self.fields);
            if receipt.line_end_added {
                composed.push(b'\n');
            }
            return (is_told && output == composed).then_some(Fit::There);
        }
        let body = if receipt.line_end_added { output.strip_suffix(b"\n")? } else { output };
        let there = self.to.parse(body, self.fields).ok()?;
        let back = || undo_record(self.to, body, &there, &receipt.undos());
        (there.text == self.edited.text && back().is_some_and(|back| back == self.raw)).then_some(Fit::There)
    }

    /// The record as it goes out where nothing is changed.
    fn as_it_came(&self) -> Vec<u8> {
        if self.from.name() == self.to.name() {
            return self.raw.to_vec();
        }
        self.to.compose(self.id, &self.document.text, self.fields)
    }

    fn marked(&self, output: &[u8]) -> Option<Fit> {
        let mark: Receipt = serde_json::from_slice(self.mark_in(output)?).ok()?;
        let is_of_it = self.receipt.is_some_and(|receipt| receipt.place() == mark.place());
        (is_of_it && self.receipt?.raw_bytes()? == self.raw).then(|| Fit::Marked(Box::new(mark)))
    }

    /// The mark of an output that is this record with one, behind all that the record has: it may have a field of that name itself.
    fn mark_in<'o>(&self, output: &'o [u8]) -> Option<&'o [u8]> {
        let empty = self.to.with_field(&self.as_it_came(), "tamis", "")?;
        let (before, after) = empty.split_at(memchr::memrchr(b'}', &empty)?);
        let rest = output.strip_prefix(before)?;
        rest.strip_suffix(after).or_else(|| rest.strip_suffix(b"\n")?.strip_suffix(after))
    }

    fn is_of_same_document(&self, output: &[u8]) -> bool {
        let Ok(there) = self.to.parse(output, self.fields) else { return false };
        match (&there.id, &self.document.id) {
            (Some(theirs), _) => theirs == self.id,
            (None, Some(_)) => false,
            // Without ids, one whose text begins or ends alike.
            (None, None) => {
                self.to.is_one_record()
                    || there.text.get(..32).is_some_and(|head| self.edited.text.starts_with(head))
            }
        }
    }
}
