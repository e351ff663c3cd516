//! Learned lines as a file a person can read, correct and keep.
//!
//! Each line is a table of its own, so that one is switched off by deleting it or by `action = "keep"`. The tables are all
//! named `line`; a file may hold other tables beside them.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::decide::Decision;
use super::key::{line_key, shape_key};
use super::learned::LineRow;

/// What a rule file wants done with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It goes.
    Drop,
    /// It stays in the first document and goes from all others.
    KeepOne,
    /// It stays.
    Keep,
}

/// One `[[line]]` table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleLine {
    /// What is done.
    pub action: Action,
    /// The line. Case, punctuation and spacing do not count.
    pub text: String,
    /// Whether lines go that differ from it in numbers, names, handles and addresses only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub template: bool,
    /// The site it holds on; without, it holds on all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// By what it was learned. For the reader only.
    #[serde(default)]
    pub rule: String,
    /// Documents it stood in. For the reader only.
    #[serde(default)]
    pub documents: u32,
    /// Different contexts it stood in. For the reader only.
    #[serde(default)]
    pub contexts: u32,
    /// Ranks of documents to look at. For the reader only.
    #[serde(default)]
    pub examples: Vec<u64>,
}

/// Why a rule file could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum RuleFileError {
    /// It is no TOML, or a table has a field that is unknown, missing or of the wrong kind.
    #[error("failed to read learned lines: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A line marked as a template has nothing that may vary.
    #[error(
        "failed to read learned line {0:?}: a template needs a number, name, handle or address, and fixed words"
    )]
    NoTemplate(String),
}

impl RuleLine {
    /// What its line is recognised by; `None` for a template without slots.
    pub(super) fn key(&self) -> Option<u64> {
        if self.template { shape_key(&self.text) } else { Some(line_key(&self.text)) }
    }
}

impl From<&LineRow> for RuleLine {
    fn from(row: &LineRow) -> Self {
        let action = match row.decision {
            Decision::Drop => Action::Drop,
            Decision::KeepOne { .. } => Action::KeepOne,
            Decision::Keep => Action::Keep,
        };
        Self {
            action,
            text: row.text.clone(),
            template: row.template,
            site: row.site.clone(),
            rule: row.rule.clone(),
            documents: row.evidence.documents,
            contexts: row.evidence.contexts,
            examples: row.examples.clone(),
        }
    }
}

/// The rule file of these rows, in their order.
pub fn to_rule_file(rows: &[LineRow]) -> String {
    let mut file = String::from(HEADER);
    for line in rows.iter().map(RuleLine::from) {
        // Writing into a string cannot fail, and every field of a line has a form in TOML.
        if let Ok(table) = toml::to_string(&line) {
            let _ = write!(file, "\n[[line]]\n{table}");
        }
    }
    file
}

/// The lines of a rule file; other tables in it are not looked at.
///
/// # Errors
/// When the file is no TOML, a `[[line]]` table is malformed, or a template has no slot.
pub fn from_rule_file(file: &str) -> Result<Vec<RuleLine>, RuleFileError> {
    #[derive(Deserialize)]
    struct RuleFile {
        #[serde(default)]
        line: Vec<RuleLine>,
    }
    let lines = toml::from_str::<RuleFile>(file)?.line;
    match lines.iter().find(|line| line.key().is_none()) {
        Some(line) => Err(RuleFileError::NoTemplate(line.text.clone())),
        None => Ok(lines),
    }
}

const HEADER: &str = "\
# Lines learned from a corpus. Delete a table to forget its line.
# action: \"drop\" it everywhere, \"keep-one\" (in the first document), or \"keep\" it whatever is learned later.
";
