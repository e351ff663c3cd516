//! Rows of `duplicates.jsonl` and `problems.jsonl`, and of a list of pairs.

use serde::{Deserialize, Serialize};

use crate::document::{Origin, Problem, ProblemKind};
use crate::error::Error;

/// One removed document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DuplicateRow {
    /// Its id, or its origin where it has none.
    pub id: String,
    /// Where it came from.
    pub origin: Origin,
    /// The id of the document that was kept in its favour.
    pub survivor: String,
    /// Where that one came from.
    pub survivor_origin: Origin,
    /// `exact`, `near` or `contained`.
    pub kind: String,
    /// Jaccard resemblance of the two shingle sets, 0 to 1.
    pub jaccard: f64,
    /// Share of the removed document's shingles that the survivor holds, 0 to 1.
    pub containment: f64,
    /// Resemblance of the two texts when aligned, if that is what decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alignment: Option<f64>,
    /// Share of the removed text that the survivor has when they are aligned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alignment_containment: Option<f64>,
    /// Words of its longest passage that the survivor lacks.
    #[serde(default)]
    pub novel_words: u32,
    /// How many of its paragraphs the survivor holds too.
    pub shared_paragraphs: u32,
    /// How many paragraphs it has.
    pub paragraphs: u32,
    /// The cluster's id: its survivor's.
    pub cluster: String,
    /// Whether the survivor is of the reference set: kept there, and not in the output.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reference: bool,
}

/// Two related documents, as `tamis dups --pairs` lists them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairRow {
    /// The earlier one's id, or its origin where it has none.
    pub a: String,
    /// The later one's.
    pub b: String,
    /// Jaccard resemblance of their shingle sets, 0 to 1.
    pub jaccard: f64,
    /// Share of the shingles of `a` that `b` holds, 0 to 1.
    pub containment_a: f64,
    /// Share of the shingles of `b` that `a` holds, 0 to 1.
    pub containment_b: f64,
    /// Resemblance of the two texts when aligned, if that is what decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alignment: Option<f64>,
    /// Share of `a` that `b` has when they are aligned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alignment_a: Option<f64>,
    /// Share of `b` that `a` has when they are aligned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alignment_b: Option<f64>,
    /// Where `a` came from.
    pub a_origin: Origin,
    /// Where `b` came from.
    pub b_origin: Origin,
}

/// One document that an index knows, as `tamis index query` lists them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IndexRow {
    /// Its id, or its origin where it has none.
    pub id: String,
    /// Where it came from.
    pub origin: Origin,
    /// `exact`, which is certain; `near` or `contained`, by the estimates.
    pub kind: String,
    /// The id of the document in the index, or its origin.
    pub indexed: String,
    /// Where that one came from when it was taken in.
    pub indexed_origin: Origin,
    /// Jaccard resemblance of the two shingle sets, 0 to 1, estimated.
    pub jaccard: f64,
    /// The same, at least, at odds of a hundred to one.
    pub jaccard_least: f64,
    /// Share of its shingles that the indexed document has, 0 to 1, estimated.
    pub containment: f64,
    /// The same, at least, at odds of a hundred to one.
    pub containment_least: f64,
}

/// One record or file that was set aside or could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemRow {
    /// The file, as it was named.
    pub path: String,
    /// Number of the record in its file, from 1; not there when the fault is the file's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<u64>,
    /// Offset of the record in its unpacked file, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// The kind of fault.
    pub kind: ProblemKind,
    /// The reason in full.
    pub reason: String,
    /// The record's first bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
}

impl ProblemRow {
    /// The fault of a whole file.
    pub fn of_file(path: &str, problem: &Problem) -> Self {
        Self {
            path: path.to_owned(),
            record: None,
            offset: None,
            kind: problem.kind,
            reason: problem.reason.clone(),
            excerpt: None,
        }
    }

    /// The fault as what ends a strict run.
    pub fn into_error(self) -> Error {
        Error::BadInput(self.message())
    }

    /// What is said of it on the terminal: verb, path, record, reason.
    pub fn message(&self) -> String {
        let path = crate::error::escape(&self.path);
        let reason = crate::error::escape(&self.reason);
        match self.record {
            Some(record) => format!("failed to read record {record} of {path}: {reason}"),
            None => format!("failed to read {path}: {reason}"),
        }
    }
}

/// The start of a record, as far as a person needs it to find it again.
pub fn excerpt(raw: &[u8]) -> String {
    const SHOWN: usize = 120;
    let head = String::from_utf8_lossy(&raw[..raw.len().min(4 * SHOWN)]);
    head.trim_end().chars().take(SHOWN).collect()
}
