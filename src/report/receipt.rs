//! Receipts: one row for each record that was changed, removed or set aside, with all that is needed to undo it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use crate::decide::Cause;
use crate::document::{Document, RecordId};
use crate::edit::Edit;
use crate::span::Span;
use crate::write::apply::Undo;

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Kept; parts of its text were stripped.
    Trimmed,
    /// Kept; its text was only put in normal form.
    Normalized,
    /// Kept; its text is as it came, its bytes are not (another character set, a line end added).
    Passed,
    /// Kept whole, because stripping would have taken too much of it.
    KeptWhole,
    /// Removed as a duplicate.
    Removed,
    /// Not readable as a document.
    SetAside,
    /// Not a record at all: an empty line.
    Blank,
}

/// The row of one record in `removals.jsonl.zst`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// Number of the input file, from 0, as in `summary.json`.
    pub file: u32,
    /// Number of the record in its file, from 1.
    pub record: u64,
    /// The document's id, or its origin where it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// What happened to it.
    pub action: Action,
    /// The changes of its text, sorted; of a removed document those before it was compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<EditReceipt>,
    /// The record it was removed for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survivor: Option<RecordId>,
    /// Whether that record is of the reference set, whose files are counted apart.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reference: bool,
    /// Why it was set aside or kept whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Character set it was decoded from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charset: Option<String>,
    /// Whether a line end was added behind it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub line_end_added: bool,
    /// The whole record as it came, where the output does not hold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// The same for bytes that are no UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_base64: Option<String>,
}

/// One change of a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EditReceipt {
    /// Where, in bytes of the decoded text as it came.
    pub span: Span,
    /// What stood there.
    pub text: String,
    /// What stands there now.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub with: String,
    /// The rule that took it out.
    pub rule: String,
    /// The rule's category.
    pub category: String,
    /// What spoke for it.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub evidence: serde_json::Value,
    /// The raw bytes that stood there, where writing `text` anew would give others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
}

impl Receipt {
    /// A row that says only which record and what happened.
    pub fn new(place: RecordId, id: String, action: Action) -> Self {
        Self {
            file: place.file,
            record: place.record,
            id,
            action,
            edits: Vec::new(),
            survivor: None,
            reference: false,
            reason: None,
            charset: None,
            line_end_added: false,
            raw: None,
            raw_base64: None,
        }
    }

    /// The same row with the whole record in it.
    #[must_use]
    pub fn with_raw(mut self, raw: &[u8]) -> Self {
        match std::str::from_utf8(raw) {
            Ok(text) => self.raw = Some(text.to_owned()),
            Err(_) => self.raw_base64 = Some(BASE64.encode(raw)),
        }
        self
    }

    /// The same row with the changes of `document`'s text in it; `unusual` as [`crate::write::apply::rewrite`] gives it.
    #[must_use]
    pub fn with_edits(
        mut self,
        document: &Document<'_>,
        edits: &[Edit<Cause>],
        unusual: Vec<Option<String>>,
    ) -> Self {
        let mut unusual = unusual.into_iter();
        self.edits = edits
            .iter()
            .map(|edit| EditReceipt::new(edit, &document.text, unusual.next().flatten()))
            .collect();
        self
    }

    /// Which record this is about.
    pub fn place(&self) -> RecordId {
        RecordId { file: self.file, record: self.record }
    }

    /// The whole record as it came, if the row holds it.
    pub fn raw_bytes(&self) -> Option<Vec<u8>> {
        match (&self.raw, &self.raw_base64) {
            (Some(raw), _) => Some(raw.as_bytes().to_vec()),
            (None, Some(encoded)) => BASE64.decode(encoded).ok(),
            (None, None) => None,
        }
    }

    /// Whether the record is in the output.
    pub fn is_kept(&self) -> bool {
        matches!(self.action, Action::Trimmed | Action::Normalized | Action::Passed | Action::KeptWhole)
    }

    /// The changes, ready to be taken back.
    pub fn undos(&self) -> Vec<Undo<'_>> {
        self.edits
            .iter()
            .map(|edit| Undo {
                span: edit.span,
                now_length: edit.with.len(),
                text: &edit.text,
                raw: edit.raw.as_deref(),
            })
            .collect()
    }
}

impl EditReceipt {
    fn new(edit: &Edit<Cause>, text: &str, raw: Option<String>) -> Self {
        let evidence = match &edit.cause {
            Cause::Strip(removal) => serde_json::to_value(removal.evidence).unwrap_or_default(),
            Cause::Normalize(_) | Cause::FinalLineEnd => serde_json::Value::Null,
        };
        Self {
            span: edit.span,
            text: edit.span.of(text).to_owned(),
            with: edit.replacement.clone().into_owned(),
            rule: edit.cause.rule().into_owned(),
            category: edit.cause.category().to_owned(),
            evidence,
            raw,
        }
    }
}
