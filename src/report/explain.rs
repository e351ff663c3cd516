//! What happened to one document, and why: found again by its id or its origin.

use std::collections::BTreeSet;
use std::path::Path;

use crate::document::RecordId;
use crate::error::{Error, Result, escape};
use crate::read::fields::Fields;
use crate::read::format;

use super::difference::{Block, difference};
use super::folder::{names, read_rows};
use super::receipt::{Action, Receipt};
use super::replay::{Replay, Step};
use super::rows::DuplicateRow;
use super::texts::{OfRun, Texts, edited};

/// How much of two texts is compared, in bytes.
const COMPARED: usize = 4 << 20;

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
    /// What differs between the two as they were compared; `None` where the survivor's text is not at hand.
    pub difference: Option<Vec<Block>>,
}

/// Finds the documents with this id, or at this origin (`path:record`), and tells what happened to each.
///
/// # Errors
/// When the report cannot be read, or knows no such document.
pub fn explain(report: &Path, output: Option<&Path>, wanted: &str) -> Result<Vec<Explanation>> {
    let mut found = Vec::new();
    for (step, told) in find(report, output, wanted)? {
        let duplicate = duplicate(report, output, &step, &told)?;
        found.push(Explanation { duplicate, ..told });
    }
    if found.is_empty() {
        let reason = format!("it knows no document {}; an id or PATH:RECORD is wanted", escape(wanted));
        return Err(Error::Report { path: report.to_path_buf(), reason });
    }
    Ok(found)
}

/// The documents that are meant, without what they were removed for.
fn find(report: &Path, output: Option<&Path>, wanted: &str) -> Result<Vec<(Step, Explanation)>> {
    let mut replay = Replay::open(report, output)?;
    let summary = replay.summary.clone();
    let fields = Fields::new(&summary.config.read, &summary.config.group.keep);
    let format_of = |place: RecordId| {
        summary
            .inputs
            .get(place.file as usize)
            .and_then(|input| format::named(&input.format))
            .unwrap_or(format::JSONL)
    };
    let origin_of = |place: RecordId| {
        let name = summary.inputs.get(place.file as usize).map_or("", |input| input.name.as_str());
        format!("{name}:{}", place.record)
    };
    let is_wanted = |place: RecordId, receipt: Option<&Receipt>, output: Option<&[u8]>| {
        let told = receipt.map(|receipt| receipt.id.as_str()).filter(|id| !id.is_empty());
        let is_id = match (told, output) {
            (Some(id), _) => id == wanted,
            (None, Some(record)) => format_of(place)
                .parse(record, &fields)
                .is_ok_and(|document| document.id.as_deref() == Some(wanted)),
            (None, None) => false,
        };
        is_id || origin_of(place) == wanted
    };
    let mut found = Vec::new();
    while let Some(step) = replay.next_wanted(&is_wanted)? {
        let document = format_of(step.place).parse(&step.original, &fields).unwrap_or_default();
        let origin = origin_of(step.place);
        let told = Explanation {
            id: document.id.as_ref().map_or_else(|| origin.clone(), ToString::to_string),
            origin,
            receipt: step.receipt.clone(),
            text: document.text.into_owned(),
            duplicate: None,
        };
        found.push((step, told));
    }
    Ok(found)
}

fn duplicate(
    report: &Path,
    output: Option<&Path>,
    step: &Step,
    told: &Explanation,
) -> Result<Option<Duplicate>> {
    let Some(receipt) = told.receipt.as_ref().filter(|receipt| receipt.action == Action::Removed) else {
        return Ok(None);
    };
    let Some(survivor) = receipt.survivor else { return Ok(None) };
    let mut rows = read_rows::<DuplicateRow>(report, names::DUPLICATES)?;
    let is_this = |row: &Result<DuplicateRow>| {
        row.as_ref().map_or(true, |row| {
            row.origin.record == step.place.record && row.origin.to_string() == told.origin
        })
    };
    let Some(row) = rows.find(is_this).transpose()? else { return Ok(None) };
    if receipt.reference {
        // The report and the output do not hold the reference set.
        return Ok(Some(Duplicate { row, difference: None }));
    }
    let texts = OfRun::new(report, output).up_to(COMPARED).clean_texts(&BTreeSet::from([survivor]))?;
    let removed = edited(&told.text, receipt);
    let both = removed.as_deref().zip(texts.get(&survivor));
    let difference = both
        .map(|(removed, survivor)| difference(&removed[..removed.floor_char_boundary(COMPARED)], survivor));
    Ok(Some(Duplicate { row, difference }))
}
