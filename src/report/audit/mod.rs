//! A sample of what a run took out and what it kept, for a person to mark right or wrong, and what the marks come to.
//!
//! Drawn by kind, as many of each as there is room for, so that rare kinds are seen too; what the marks come to in all weighs each kind
//! by how often it occurs. Which are drawn depends on the report and the seed alone.

mod marked;
mod sheet;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::document::RecordId;
use crate::error::Result;
use crate::read::fields::Fields;
use crate::read::format;

use super::check::rows::Rows;
use super::folder::{names, read_receipts, read_rows, read_summary};
use super::receipt::{Action, Receipt};
use super::replay::{Replay, Step};
use super::rows::DuplicateRow;
use super::sample::Least;
use super::summary::Summary;
use super::texts::clean_text;

pub use marked::{OfKind, Precision, Share, read_marked};
pub use sheet::write;

/// The kind of documents that were kept: what was left alone is looked at, too.
pub const KEPT: &str = "kept";
/// Characters of a document that are shown.
const SHOWN: usize = 2_000;
/// Characters shown on either side of a change.
const CONTEXT: usize = 200;

/// What is to be drawn.
#[derive(Clone, Debug)]
pub struct Drawing {
    /// The report's folder.
    pub report: PathBuf,
    /// Where the output stands now, if it was moved.
    pub output: Option<PathBuf>,
    /// How many are drawn in all.
    pub number: usize,
    /// What they are drawn by.
    pub seed: u64,
}

/// One thing to be marked.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Sampled {
    /// `exact`, `near`, `contained`, `stripped/CATEGORY`, or [`KEPT`].
    pub kind: String,
    /// How many of its kind there are.
    pub of: u64,
    /// The document.
    pub id: String,
    /// Where it came from.
    pub origin: String,
    /// The rule that took something out.
    pub rule: String,
    /// What stands before what was taken out.
    pub before: String,
    /// What was taken out, or the document.
    pub text: String,
    /// What stands behind it.
    pub behind: String,
    /// The document in whose favour this one went.
    pub survivor: String,
    /// Its text.
    pub survivor_text: String,
    /// The scores of a removed document.
    pub scores: String,
}

/// A record, and which of its changes: none, if it is about the whole.
type Item = (RecordId, Option<u32>);

/// All of one kind: how many, and those that are drawn.
struct Stratum {
    size: u64,
    drawn: Least<Item>,
}

/// What is known of a removed document beside its receipt.
#[derive(Clone, Debug)]
struct Removed {
    row: DuplicateRow,
    survivor: Option<RecordId>,
}

/// Draws a sample.
///
/// # Errors
/// When report or output cannot be read.
pub fn draw(drawing: &Drawing) -> Result<Vec<Sampled>> {
    let summary = read_summary(&drawing.report)?;
    let strata = Strata::of(&summary, drawing)?;
    let items = strata.allotted(drawing.number);
    let removed = removed(drawing, &summary, &items)?;
    let survivors = removed.values().filter_map(|removed| removed.survivor);
    let wanted: BTreeSet<RecordId> = items.iter().map(|(_, _, (place, _))| *place).chain(survivors).collect();
    let mut texts = Texts { removed, found: Vec::new(), survivors: BTreeMap::new() };
    texts.read(drawing, &wanted, &items)?;
    Ok(texts.finish())
}

/// Everything that could be drawn, by kind.
struct Strata {
    kinds: BTreeMap<String, Stratum>,
    room: usize,
    seed: u64,
}

impl Strata {
    fn of(summary: &Summary, drawing: &Drawing) -> Result<Self> {
        let mut strata = Self { kinds: BTreeMap::new(), room: drawing.number, seed: drawing.seed };
        let mut receipts = Rows::new(read_receipts(&drawing.report)?);
        let mut duplicates = Rows::new(read_rows::<DuplicateRow>(&drawing.report, names::DUPLICATES)?);
        for (file, input) in (0..).zip(&summary.inputs) {
            for record in 1..=input.records {
                let place = RecordId { file, record };
                let is_here = receipts.peek(0)?.is_some_and(|(_, receipt)| receipt.place() == place);
                let receipt = if is_here { receipts.take()?.map(|(_, receipt)| receipt) } else { None };
                let row = match &receipt {
                    Some(receipt) if receipt.action == Action::Removed => {
                        duplicates.take()?.map(|(_, row)| row)
                    }
                    _ => None,
                };
                strata.offer(place, receipt.as_ref(), row.as_ref());
            }
        }
        Ok(strata)
    }

    fn offer(&mut self, place: RecordId, receipt: Option<&Receipt>, row: Option<&DuplicateRow>) {
        match receipt {
            Some(receipt) if receipt.action == Action::Removed => {
                let kind = row.map_or("removed", |row| row.kind.as_str()).to_owned();
                self.add(kind, (place, None));
            }
            Some(receipt) if !receipt.is_kept() => {}
            receipt => {
                self.add(KEPT.into(), (place, None));
                let edits = receipt.map(|receipt| receipt.edits.as_slice()).unwrap_or_default();
                let stripped = (0..)
                    .zip(edits)
                    .filter(|(_, edit)| !matches!(edit.category.as_str(), "normalize" | "write"));
                for (number, edit) in stripped {
                    self.add(format!("stripped/{}", edit.category), (place, Some(number)));
                }
            }
        }
    }

    fn add(&mut self, kind: String, item: Item) {
        let room = self.room;
        let stratum = self.kinds.entry(kind).or_insert_with(|| Stratum { size: 0, drawn: Least::new(room) });
        stratum.size += 1;
        let (place, edit) = item;
        let mut bytes = [0_u8; 16];
        bytes[..4].copy_from_slice(&place.file.to_le_bytes());
        bytes[4..12].copy_from_slice(&place.record.to_le_bytes());
        bytes[12..].copy_from_slice(&edit.map_or(u32::MAX, |edit| edit).to_le_bytes());
        stratum.drawn.offer(xxh3_64_with_seed(&bytes, self.seed), item);
    }

    /// As many of each kind as can be, no kind more than one ahead of another that has more to give.
    fn allotted(&self, number: usize) -> Vec<(String, u64, Item)> {
        let mut left = number;
        let mut shares: BTreeMap<&str, usize> = BTreeMap::new();
        let mut is_more = true;
        while left > 0 && is_more {
            is_more = false;
            for (kind, stratum) in &self.kinds {
                let share = shares.entry(kind).or_default();
                if left > 0 && (*share as u64) < stratum.size {
                    (*share, left, is_more) = (*share + 1, left - 1, true);
                }
            }
        }
        let of_kind = |(kind, stratum): (&String, &Stratum)| {
            let share = shares.get(kind.as_str()).copied().unwrap_or_default();
            let drawn: Vec<Item> = stratum.drawn.iter().take(share).collect();
            drawn.into_iter().map(|item| (kind.clone(), stratum.size, item)).collect::<Vec<_>>()
        };
        self.kinds.iter().flat_map(of_kind).collect()
    }
}

/// The rows of the removed documents that were drawn.
fn removed(
    drawing: &Drawing,
    summary: &Summary,
    items: &[(String, u64, Item)],
) -> Result<BTreeMap<RecordId, Removed>> {
    let wanted: BTreeSet<RecordId> = items.iter().map(|(_, _, (place, _))| *place).collect();
    let mut receipts = read_receipts(&drawing.report)?;
    let mut found = BTreeMap::new();
    for row in read_rows::<DuplicateRow>(&drawing.report, names::DUPLICATES)? {
        let row = row?;
        let receipt = receipts.find(|receipt| {
            receipt.as_ref().map_or(true, |receipt| {
                receipt.action == Action::Removed
                    && receipt.record == row.origin.record
                    && summary.inputs[receipt.file as usize].name == row.origin.path
            })
        });
        let Some(receipt) = receipt.transpose()? else { break };
        if wanted.contains(&receipt.place()) {
            let survivor = receipt.survivor.filter(|_| !receipt.reference);
            found.insert(receipt.place(), Removed { row, survivor });
        }
    }
    Ok(found)
}

/// The texts of what was drawn, as they are read.
struct Texts {
    removed: BTreeMap<RecordId, Removed>,
    found: Vec<(Item, Sampled)>,
    survivors: BTreeMap<RecordId, String>,
}

impl Texts {
    fn read(
        &mut self,
        drawing: &Drawing,
        wanted: &BTreeSet<RecordId>,
        items: &[(String, u64, Item)],
    ) -> Result<()> {
        let mut replay = Replay::open(&drawing.report, drawing.output.as_deref())?;
        let Some(last) = wanted.last() else { return Ok(()) };
        while let Some(step) = replay.next_wanted(&|place, _, _| wanted.contains(&place))? {
            let place = step.place;
            let clean = clean_text(&replay, &step).unwrap_or_default();
            let of_record = items.iter().filter(|(_, _, item)| item.0 == place);
            for (kind, of, item) in of_record {
                let sampled = self.sampled(&replay, &step, &clean, *item);
                self.found.push((*item, Sampled { kind: kind.clone(), of: *of, ..sampled }));
            }
            self.survivors.insert(place, head(&clean));
            if place >= *last {
                break;
            }
        }
        Ok(())
    }

    fn sampled(&self, replay: &Replay, step: &Step, clean: &str, (place, edit): Item) -> Sampled {
        let input = &replay.summary.inputs[place.file as usize];
        let origin = format!("{}:{}", input.name, place.record);
        let fields = Fields::new(&replay.summary.config.read, &replay.summary.config.group.keep);
        let format = format::named(&input.format).unwrap_or(format::JSONL);
        let document = format.parse(&step.original, &fields).unwrap_or_default();
        let id = document.id.as_ref().map_or_else(|| origin.clone(), ToString::to_string);
        let mut sampled = Sampled { id, origin, text: head(clean), ..Sampled::default() };
        let edits = step.receipt.as_ref().map(|receipt| receipt.edits.as_slice()).unwrap_or_default();
        if let Some(edit) = edit.and_then(|number| edits.get(number as usize)) {
            sampled.rule.clone_from(&edit.rule);
            sampled.before = tail(document.text.get(..edit.span.start).unwrap_or_default());
            sampled.text = head(&edit.text);
            let behind = document.text.get(edit.span.end..).unwrap_or_default();
            sampled.behind = behind.chars().take(CONTEXT).collect();
        }
        if let Some(Removed { row, .. }) = self.removed.get(&place) {
            sampled.survivor.clone_from(&row.survivor);
            sampled.scores =
                format!("Jaccard {:.3}, {:.1} % of it inside", row.jaccard, 100.0 * row.containment);
        }
        sampled
    }

    /// What was drawn, by kind, each beside its survivor.
    fn finish(self) -> Vec<Sampled> {
        let mut found: Vec<Sampled> = Vec::with_capacity(self.found.len());
        for ((place, _), mut sampled) in self.found {
            let survivor = self.removed.get(&place).and_then(|removed| removed.survivor);
            if let Some(text) = survivor.and_then(|survivor| self.survivors.get(&survivor)) {
                sampled.survivor_text.clone_from(text);
            }
            found.push(sampled);
        }
        found.sort_by(|a, b| a.kind.cmp(&b.kind));
        found
    }
}

fn head(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn tail(text: &str) -> String {
    let start = text.char_indices().rev().take(CONTEXT).last().map_or(text.len(), |(at, _)| at);
    text[start..].to_owned()
}

/// The two files of a sheet: `NAME.csv`, to be marked, and `NAME.html`, to be read.
pub fn sheet_names(sheet: &Path) -> (PathBuf, PathBuf) {
    let is_known = sheet.extension().is_some_and(|extension| extension == "csv" || extension == "html");
    let stem = if is_known { sheet.with_extension("") } else { sheet.to_path_buf() };
    let with = |extension: &str| {
        let mut name = stem.clone().into_os_string();
        name.push(extension);
        PathBuf::from(name)
    };
    (with(".csv"), with(".html"))
}
