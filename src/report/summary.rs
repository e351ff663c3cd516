//! `summary.json`: the version, the whole configuration, inputs and outputs with digests, and the counts, which add up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::error::{Error, Result};
use crate::group::Kind;
use crate::write::sink::OutputFile;

use super::receipt::Action;

/// The head of a report, written last: its being there says that the run was finished.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Version of the report's layout.
    pub schema: u32,
    /// Version of tamis.
    pub version: String,
    /// Version of the Unicode data.
    pub unicode: String,
    /// Everything that changes the result.
    pub config: Config,
    /// The input files, in order.
    pub inputs: Vec<InputRow>,
    /// The files of the reference set, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<InputRow>,
    /// Files of the input's folders whose names mean no format.
    pub passed_over: u64,
    /// The output files, in order.
    pub outputs: Vec<OutputFile>,
    /// Folder of the outputs, or the output file, as the user named it; `-` for standard output.
    pub output: String,
    /// What came in and what became of it.
    pub counts: Counts,
    /// What a run with `--annotate` marked; of any other, `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marked: Option<Marked>,
    /// Removals by category and rule.
    pub rules: BTreeMap<String, RuleCount>,
    /// What the search for duplicates looked at.
    pub group: serde_json::Value,
    /// What was learned from the corpus.
    pub learned: serde_json::Value,
    /// The arguments of `tamis` that ask for this result again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
}

/// One input file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputRow {
    /// Its name, as the user gave it; `-` is standard input.
    pub name: String,
    /// Its name below the folder that led to it: what it is called in a mirrored output and when restored.
    pub relative: String,
    /// How its records stand.
    pub format: String,
    /// How its bytes are packed.
    pub codec: String,
    /// Size on disk, in bytes.
    pub size: u64,
    /// Size unpacked, in bytes.
    pub unpacked: u64,
    /// Records, blank ones among them.
    pub records: u64,
    /// SHA-256 of the unpacked bytes, in hexadecimal.
    pub sha256: String,
    /// Whether all of it was read.
    pub complete: bool,
}

/// Totals of a run. `read = kept + removed + set_aside`, checked at the end of every run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Records read.
    pub read: u64,
    /// Documents in the output.
    pub kept: u64,
    /// Documents removed in favour of another.
    pub removed: u64,
    /// Of these: equal to their survivor.
    pub exact: u64,
    /// Of these: alike.
    pub near: u64,
    /// Of these: contained in their survivor.
    pub contained: u64,
    /// Records set aside as problems.
    pub set_aside: u64,
    /// Faults of whole files.
    pub file_problems: u64,
    /// Kept documents of whose text something was stripped.
    pub trimmed: u64,
    /// Kept documents whose text was only put in normal form.
    pub normalized: u64,
    /// Documents kept whole because stripping would have taken too much.
    pub kept_whole: u64,
    /// Empty lines between records.
    pub blank: u64,
    /// Bytes of text that came in.
    pub text_bytes_in: u64,
    /// Bytes of text that went out.
    pub text_bytes_out: u64,
    /// Bytes of text stripped from kept documents.
    pub stripped_bytes: u64,
    /// Bytes of text of removed documents.
    pub removed_bytes: u64,
}

/// Documents that were marked and left as they came, by what would have become of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marked {
    /// Duplicates, which would go: `removed = exact + near + contained`.
    pub removed: u64,
    /// Of these: equal to their survivor.
    pub exact: u64,
    /// Of these: alike.
    pub near: u64,
    /// Of these: contained in their survivor.
    pub contained: u64,
    /// Documents that would stay, of whose text something would go.
    pub trimmed: u64,
    /// Documents whose text would only be put in normal form.
    pub normalized: u64,
    /// Documents kept whole because stripping would take too much.
    pub kept_whole: u64,
}

impl Marked {
    /// All documents that have a mark.
    pub fn documents(&self) -> u64 {
        self.removed + self.trimmed + self.normalized + self.kept_whole
    }

    /// Counts one that would be treated so.
    pub fn count(&mut self, action: Action) {
        match action {
            Action::Removed => self.removed += 1,
            Action::Trimmed => self.trimmed += 1,
            Action::Normalized => self.normalized += 1,
            Action::KeptWhole => self.kept_whole += 1,
            Action::Passed | Action::SetAside | Action::Blank => {}
        }
    }

    /// Counts a duplicate's kind.
    pub fn count_kind(&mut self, kind: Kind) {
        match kind {
            Kind::Exact => self.exact += 1,
            Kind::Near => self.near += 1,
            Kind::Contained => self.contained += 1,
        }
    }

    /// Adds the counts of another part of the input.
    pub fn add(&mut self, other: &Self) {
        self.removed += other.removed;
        self.exact += other.exact;
        self.near += other.near;
        self.contained += other.contained;
        self.trimmed += other.trimmed;
        self.normalized += other.normalized;
        self.kept_whole += other.kept_whole;
    }
}

/// How often a rule took something out of a kept document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleCount {
    /// The rule's category.
    pub category: String,
    /// Removals.
    pub removals: u64,
    /// Bytes removed.
    pub bytes: u64,
    /// The first one met, in input order.
    pub example: String,
}

impl Counts {
    /// Adds the counts of another part of the input.
    pub fn add(&mut self, other: &Self) {
        self.read += other.read;
        self.kept += other.kept;
        self.removed += other.removed;
        self.exact += other.exact;
        self.near += other.near;
        self.contained += other.contained;
        self.set_aside += other.set_aside;
        self.file_problems += other.file_problems;
        self.trimmed += other.trimmed;
        self.normalized += other.normalized;
        self.kept_whole += other.kept_whole;
        self.blank += other.blank;
        self.text_bytes_in += other.text_bytes_in;
        self.text_bytes_out += other.text_bytes_out;
        self.stripped_bytes += other.stripped_bytes;
        self.removed_bytes += other.removed_bytes;
    }

    /// Checks that the totals add up.
    ///
    /// # Errors
    /// [`Error::Internal`] when they do not.
    pub fn check(&self) -> Result<()> {
        let fault = |what: &str| Err(Error::Internal(format!("the totals do not add up: {what}; {self:?}")));
        if self.read != self.kept + self.removed + self.set_aside {
            return fault("read is not kept + removed + set aside");
        }
        if self.removed != self.exact + self.near + self.contained {
            return fault("removed is not exact + near + contained");
        }
        Ok(())
    }
}

/// Where the time went: `timings.json`, the one file of a report that differs between equal runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Threads that worked on records.
    pub threads: usize,
    /// Wall time of each stage, in seconds.
    pub stages: Vec<(String, f64)>,
    /// Wall time of the whole run, in seconds.
    pub total: f64,
}
