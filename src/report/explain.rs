//! What happened to one document, and why: found again by its id or its origin.

use std::collections::{BTreeMap, BTreeSet};
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
use super::summary::Summary;
use super::texts::{OfRun, Texts, edited};

/// How much of two texts is compared, in bytes.
const COMPARED: usize = 4 << 20;
/// Documents that are named of those which one covers.
const NAMED: usize = 5;

/// What happened to one document.
#[derive(Clone, Debug, Default)]
pub struct Explanation {
    /// Its id, or its origin.
    pub id: String,
    /// Its file and the number of its record.
    pub origin: String,
    /// Its receipt; `None`: it left as it came.
    pub receipt: Option<Receipt>,
    /// Its mark in the output of a run that only marked: what would have become of it.
    pub mark: Option<Receipt>,
    /// Its text as it came; empty when the record was no document.
    pub text: String,
    /// What it was removed for.
    pub duplicate: Option<Duplicate>,
    /// What was removed in its favour.
    pub covered: Covered,
    /// The names of the inputs that evidence speaks of, by number.
    pub inputs: BTreeMap<u64, String>,
}

/// Documents that were removed in favour of one.
#[derive(Clone, Debug, Default)]
pub struct Covered {
    /// The first few of their rows in `duplicates.jsonl`.
    pub first: Vec<DuplicateRow>,
    /// How many there are.
    pub in_all: u64,
}

impl Explanation {
    /// What became of it, or would have: its mark, or else its receipt.
    pub fn fate(&self) -> Option<&Receipt> {
        self.mark.as_ref().or(self.receipt.as_ref())
    }
}

/// A removed document beside its survivor.
#[derive(Clone, Debug)]
pub struct Duplicate {
    /// The row of `duplicates.jsonl`.
    pub row: DuplicateRow,
    /// What differs between the two as they were compared; `None` where the survivor's text is not at hand.
    pub difference: Option<Vec<Block>>,
}

/// Finds the documents with this id, or at this origin (`path:record`, or the path of a file with one record), and tells what
/// happened to each.
///
/// # Errors
/// When the report cannot be read, or knows no such document.
pub fn explain(report: &Path, output: Option<&Path>, wanted: &str) -> Result<Vec<Explanation>> {
    let mut found = Vec::new();
    for (step, told) in find(report, output, wanted)? {
        let duplicate = duplicate(report, output, &step, &told)?;
        let covered = covered(report, &step, &told)?;
        found.push(Explanation { duplicate, covered, ..told });
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
        let is_only = || {
            summary
                .inputs
                .get(place.file as usize)
                .is_some_and(|input| input.records == 1 && input.name == wanted)
        };
        is_id || is_only() || origin_of(place) == wanted
    };
    let mut found = Vec::new();
    while let Some(step) = replay.next_wanted(&is_wanted)? {
        let document = format_of(step.place).parse(&step.original, &fields).unwrap_or_default();
        let origin = origin_of(step.place);
        let told = Explanation {
            id: document.id.as_ref().map_or_else(|| origin.clone(), ToString::to_string),
            origin,
            receipt: step.receipt.clone(),
            mark: step.mark(&summary),
            text: document.text.into_owned(),
            ..Explanation::default()
        };
        let told = Explanation { inputs: spoken_of(&told, &summary), ..told };
        found.push((step, told));
    }
    Ok(found)
}

/// What was removed in favour of a document that stays.
fn covered(report: &Path, step: &Step, told: &Explanation) -> Result<Covered> {
    let mut covered = Covered::default();
    if step.output.is_none() {
        return Ok(covered);
    }
    for row in read_rows::<DuplicateRow>(report, names::DUPLICATES)? {
        let row = row?;
        let is_this = || row.survivor_origin.to_string() == told.origin;
        if row.survivor_origin.record == step.place.record && !row.reference && is_this() {
            covered.in_all += 1;
            if covered.first.len() < NAMED {
                covered.first.push(row);
            }
        }
    }
    Ok(covered)
}

/// The names of the inputs that the evidence of its changes speaks of.
fn spoken_of(told: &Explanation, summary: &Summary) -> BTreeMap<u64, String> {
    let edits = told.fate().map(|receipt| receipt.edits.as_slice()).unwrap_or_default();
    let numbers = edits.iter().filter_map(|edit| edit.evidence["file"].as_u64());
    let name =
        |number: u64| summary.inputs.get(usize::try_from(number).ok()?).map(|input| input.name.clone());
    numbers.filter_map(|number| Some((number, name(number)?))).collect()
}

fn duplicate(
    report: &Path,
    output: Option<&Path>,
    step: &Step,
    told: &Explanation,
) -> Result<Option<Duplicate>> {
    let Some(receipt) = told.fate().filter(|receipt| receipt.action == Action::Removed) else {
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
