//! What happened to one document, and why: found again by its id or its origin.

use std::path::Path;

use similar::{ChangeTag, TextDiff};

use crate::error::{Error, Result, escape};
use crate::read::fields::Fields;
use crate::read::format;

use super::folder::{names, read_rows};
use super::receipt::{Action, Receipt};
use super::replay::{Replay, Step};
use super::rows::DuplicateRow;

/// Two texts are compared word by word for at most this long.
const DIFF_DEADLINE: std::time::Duration = std::time::Duration::from_millis(500);

/// What happened to one document.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Its id, or its origin.
    pub id: String,
    /// Its file and the number of its record.
    pub origin: String,
    /// Its receipt; `None`: it left as it came.
    pub receipt: Option<Receipt>,
    /// Its text as it came; empty when the record was no document.
    pub text: String,
    /// What it was removed for.
    pub duplicate: Option<Duplicate>,
}

/// A removed document beside its survivor.
#[derive(Clone, Debug)]
pub struct Duplicate {
    /// The row of `duplicates.jsonl`.
    pub row: DuplicateRow,
    /// The words of both, each in one, the other, or both.
    pub words: Vec<(Side, String)>,
}

/// Where a word stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// In both documents.
    Both,
    /// Only in the removed one.
    Removed,
    /// Only in the survivor.
    Survivor,
}

/// Finds the documents with this id, or at this origin (`path:record`), and tells what happened to each.
///
/// # Errors
/// When the report cannot be read, or knows no such document.
pub fn explain(report: &Path, output: Option<&Path>, wanted: &str) -> Result<Vec<Explanation>> {
    let replay = Replay::open(report, output)?;
    let summary = replay.summary.clone();
    let fields = Fields::new(&summary.config.read, &summary.config.group.keep);
    let mut found = Vec::new();
    for step in replay {
        let step = step?;
        let input = &summary.inputs[step.place.file as usize];
        let origin = format!("{}:{}", input.name, step.place.record);
        let id_in_receipt =
            step.receipt.as_ref().map(|receipt| receipt.id.as_str()).filter(|id| !id.is_empty());
        if id_in_receipt.is_some_and(|id| id != wanted) && origin != wanted {
            continue;
        }
        let format = format::named(&input.format).unwrap_or(format::JSONL);
        let document = format.parse(&step.original, &fields).unwrap_or_default();
        let id = document.id.as_ref().map_or_else(|| origin.clone(), ToString::to_string);
        if id == wanted || origin == wanted {
            let text = document.text.into_owned();
            found.push(Explanation {
                id,
                origin,
                receipt: step.receipt.clone(),
                text,
                duplicate: duplicate(report, output, &step, &fields)?,
            });
        }
    }
    if found.is_empty() {
        let reason = format!("it knows no document {}; an id or PATH:RECORD is wanted", escape(wanted));
        return Err(Error::Report { path: report.to_path_buf(), reason });
    }
    Ok(found)
}

fn duplicate(
    report: &Path,
    output: Option<&Path>,
    step: &Step,
    fields: &Fields,
) -> Result<Option<Duplicate>> {
    let Some(receipt) = step.receipt.as_ref().filter(|receipt| receipt.action == Action::Removed) else {
        return Ok(None);
    };
    let Some(survivor) = receipt.survivor else { return Ok(None) };
    let replay = Replay::open(report, output)?;
    let inputs = replay.summary.inputs.clone();
    let name = &inputs[step.place.file as usize].name;
    let mut rows = read_rows::<DuplicateRow>(report, names::DUPLICATES)?;
    let is_this = |row: &Result<DuplicateRow>| {
        row.as_ref().map_or(true, |row| row.origin.record == step.place.record && &row.origin.path == name)
    };
    let Some(row) = rows.find(is_this).transpose()? else { return Ok(None) };
    if receipt.reference {
        // The report and the output do not hold the reference set.
        return Ok(Some(Duplicate { row, words: Vec::new() }));
    }
    let mut survivor_step = None;
    for other in replay {
        let other = other?;
        if other.place == survivor {
            survivor_step = Some(other);
            break;
        }
    }
    let text = |step: &Step| {
        let format = format::named(&inputs[step.place.file as usize].format).unwrap_or(format::JSONL);
        format.parse(&step.original, fields).map(|document| document.text.into_owned()).unwrap_or_default()
    };
    let words = survivor_step.map(|other| differing_words(&text(step), &text(&other))).unwrap_or_default();
    Ok(Some(Duplicate { row, words }))
}

/// The words of two texts, side by side.
pub fn differing_words(removed: &str, survivor: &str) -> Vec<(Side, String)> {
    let diff = TextDiff::configure().timeout(DIFF_DEADLINE).diff_words(removed, survivor);
    let mut words: Vec<(Side, String)> = Vec::new();
    for change in diff.iter_all_changes() {
        let side = match change.tag() {
            ChangeTag::Equal => Side::Both,
            ChangeTag::Delete => Side::Removed,
            ChangeTag::Insert => Side::Survivor,
        };
        match words.last_mut() {
            Some((last, text)) if *last == side => text.push_str(change.value()),
            _ => words.push((side, change.value().to_owned())),
        }
    }
    words
}
