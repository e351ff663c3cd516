//! What the stages see of the input: documents, where they come from, and records that could not become one.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::span::Span;

/// Where a record stands: its file and its number there. Needs no counter over the whole input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordId {
    /// Number of the input file, from 0 in the order of the inputs.
    pub file: u32,
    /// Number of the record in its file, from 1; in JSONL the number of the line.
    pub record: u64,
}

/// Where a document comes from, as the report says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The input file, as it was named.
    pub path: String,
    /// Number of the record in its file, from 1; in JSONL the number of the line.
    pub record: u64,
    /// Offset of the record in its (decompressed) file, in bytes.
    pub offset: u64,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.record)
    }
}

/// One document as its record holds it.
#[derive(Clone, Debug, Default)]
pub struct Document<'a> {
    /// The source's own id; `None`: the origin is the id.
    pub id: Option<Cow<'a, str>>,
    /// The text, decoded.
    pub text: Cow<'a, str>,
    /// Address of the page, if the record has one.
    pub url: Option<Cow<'a, str>>,
    /// Name of the site, if the record has one.
    pub site: Option<Cow<'a, str>>,
    /// Name of the site that the folder of its file stands for; see [`crate::site::of_folder`].
    pub folder: Option<&'a str>,
    /// Language code, if the record or the run names one.
    pub lang: Option<Cow<'a, str>>,
    /// The value that [`crate::config::Keep`] ranks by, as it stands in the record.
    pub rank: Option<Cow<'a, str>>,
    /// Where the text's literal stands in the raw record, quotes included; the whole record for plain text.
    pub literal: Option<Span>,
    /// Character set the record was decoded from; `None`: UTF-8.
    pub charset: Option<&'static str>,
}

/// Why a record was set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A word for the kind of fault, to count by.
    pub kind: ProblemKind,
    /// The reason in full.
    pub reason: String,
}

/// Kinds of fault a record or a file can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// Not JSON, or not a JSON object.
    BadJson,
    /// The text field is not there.
    MissingField,
    /// The text field is not a string.
    WrongType,
    /// Bytes that are no UTF-8.
    InvalidUtf8,
    /// A file that holds nothing.
    EmptyFile,
    /// A file that could not be opened or read.
    Unreadable,
    /// A compressed file that ends early or is damaged.
    Damaged,
    /// A record larger than the run may hold.
    TooLarge,
}

impl ProblemKind {
    /// The kind as the report writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadJson => "bad_json",
            Self::MissingField => "missing_field",
            Self::WrongType => "wrong_type",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::EmptyFile => "empty_file",
            Self::Unreadable => "unreadable",
            Self::Damaged => "damaged",
            Self::TooLarge => "too_large",
        }
    }
}

impl Problem {
    /// A problem of this kind.
    pub fn new(kind: ProblemKind, reason: impl Into<String>) -> Self {
        Self { kind, reason: reason.into() }
    }
}
