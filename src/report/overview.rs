//! What a report says, a bounded amount of it: totals, and the first of each kind.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use crate::document::{Document, Origin};
use crate::error::Result;
use crate::pass::site_of;
use crate::read::fields::Fields;
use crate::read::{format, name};
use crate::site;

use super::clusters::{Cluster, ClusterTotals, Picks, Reason, survey};
use super::folder::{names, read_receipts, read_rows, read_summary};
use super::lines::LineRow;
use super::rows::{DuplicateRow, ProblemRow};
use super::sources::{SourceKind, SourceRow};
use super::summary::{InputRow, Summary};

/// A report at a glance.
#[derive(Clone, Debug, Serialize)]
pub struct Overview {
    /// Its head.
    pub summary: Summary,
    /// What all clusters are like.
    pub clusters: ClusterTotals,
    /// The clusters of most members.
    pub largest: Vec<Cluster>,
    /// The removals least like their survivor, of each kind.
    pub least_alike: Vec<DuplicateRow>,
    /// The sources that lost too much, those that lost most first.
    pub wiped_out: Vec<SourceRow>,
    /// The sources of most documents.
    pub sources: Vec<SourceRow>,
    /// How many sources there are.
    pub all_sources: u64,
    /// The most frequent lines.
    pub lines: Vec<LineRow>,
    /// How many lines there are.
    pub all_lines: u64,
    /// The first problems.
    pub problems: Vec<ProblemRow>,
    /// How many problems there are.
    pub all_problems: u64,
}

/// Reads a report: `top` of each list, and of the sources all that lost more than `alarm` of their documents or text.
///
/// # Errors
/// When it cannot be read.
pub fn overview(report: &Path, top: usize, alarm: f64) -> Result<Overview> {
    let rows = |take: &mut dyn FnMut(DuplicateRow)| -> Result<()> {
        read_rows(report, names::DUPLICATES)?.try_for_each(|row| row.map(&mut *take))
    };
    let picks = Picks { largest: top, worst: top, random: 0, members: top };
    let (clusters, picked) = survey(&rows, picks)?;
    let (mut sources, mut wiped_out) = (Vec::new(), Vec::new());
    let all_sources = each(report, names::SOURCES, |row: SourceRow| {
        if row.counts.is_wiped_out(alarm) {
            wiped_out.push(row.clone());
        }
        keep(&mut sources, row, top);
    })?;
    wiped_out.sort_by(|a, b| b.counts.loss().total_cmp(&a.counts.loss()));
    let (mut lines, mut problems) = (Vec::new(), Vec::new());
    let all_lines = each(report, names::LINES, |row| keep(&mut lines, row, top))?;
    let all_problems = each(report, names::PROBLEMS, |row| keep(&mut problems, row, top))?;
    Ok(Overview {
        summary: read_summary(report)?,
        clusters,
        least_alike: least_alike(&picked),
        largest: largest(picked),
        wiped_out,
        sources,
        all_sources,
        lines,
        all_lines,
        problems,
        all_problems,
    })
}

/// Looks at each row of a file that may not be there; how many there are.
fn each<R: serde::de::DeserializeOwned>(report: &Path, name: &str, mut look: impl FnMut(R)) -> Result<u64> {
    if !report.join(name).exists() {
        // A report of before this file was written.
        return Ok(0);
    }
    let mut number = 0;
    for row in read_rows(report, name)? {
        look(row?);
        number += 1;
    }
    Ok(number)
}

fn keep<R>(rows: &mut Vec<R>, row: R, top: usize) {
    if rows.len() < top {
        rows.push(row);
    }
}

fn least_alike(picked: &[Cluster]) -> Vec<DuplicateRow> {
    let worst = picked.iter().filter(|cluster| cluster.reasons.contains(&Reason::Worst));
    let mut rows: Vec<DuplicateRow> = worst.flat_map(|cluster| cluster.worst().cloned()).collect();
    rows.sort_by(|a, b| super::clusters::ground(a).total_cmp(&super::clusters::ground(b)));
    rows
}

fn largest(picked: Vec<Cluster>) -> Vec<Cluster> {
    let mut largest: Vec<Cluster> =
        picked.into_iter().filter(|cluster| cluster.reasons.contains(&Reason::Largest)).collect();
    largest.sort_by_key(|cluster| std::cmp::Reverse(cluster.size));
    largest
}

/// The removals of the clusters that one document is of: it is the survivor, or one of the removed, by id or `PATH:RECORD`.
///
/// # Errors
/// When the report cannot be read.
pub fn cluster_of(report: &Path, wanted: &str) -> Result<Vec<DuplicateRow>> {
    let mut survivors: BTreeSet<(String, u64, bool)> = BTreeSet::new();
    let survivor =
        |row: &DuplicateRow| (row.survivor_origin.path.clone(), row.survivor_origin.record, row.reference);
    let is_wanted = |id: &str, origin: &Origin| id == wanted || origin.to_string() == wanted;
    for row in read_rows::<DuplicateRow>(report, names::DUPLICATES)? {
        let row = row?;
        if is_wanted(&row.id, &row.origin) || is_wanted(&row.survivor, &row.survivor_origin) {
            survivors.insert(survivor(&row));
        }
    }
    if survivors.is_empty() {
        return Ok(Vec::new());
    }
    let rows = read_rows::<DuplicateRow>(report, names::DUPLICATES)?;
    let mut rows: Vec<DuplicateRow> = rows
        .filter(|row| row.as_ref().map_or(true, |row| survivors.contains(&survivor(row))))
        .collect::<Result<_>>()?;
    rows.sort_by_cached_key(survivor);
    Ok(rows)
}

/// One source, with what was removed from it.
#[derive(Clone, Debug, Serialize)]
pub struct SourceView {
    /// What became of its documents.
    #[serde(flatten)]
    pub row: SourceRow,
    /// Those of its documents that were removed, the first ones.
    pub removals: Vec<DuplicateRow>,
}

/// The sources of a name, each with the first `top` of its removals.
///
/// # Errors
/// When the report cannot be read.
pub fn source(report: &Path, name: &str, top: usize) -> Result<Vec<SourceView>> {
    let mut found = Vec::new();
    each(report, names::SOURCES, |row: SourceRow| {
        if row.source == name {
            found.push(row);
        }
    })?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let summary = read_summary(report)?;
    let removed = removed_of(report, name, &summary)?;
    let view = |row: SourceRow| -> Result<SourceView> {
        let origins = removed.get(&row.kind);
        let is_of_it = |removal: &DuplicateRow| {
            origins.is_some_and(|origins| {
                origins.contains(&(removal.origin.path.clone(), removal.origin.record))
            })
        };
        let removals = read_rows::<DuplicateRow>(report, names::DUPLICATES)?;
        let removals = removals.filter(|row| row.as_ref().map_or(true, is_of_it)).take(top);
        Ok(SourceView { row, removals: removals.collect::<Result<_>>()? })
    };
    found.into_iter().map(view).collect()
}

type Origins = BTreeSet<(String, u64)>;

/// The records of a source that the output does not hold as they came, by what kind of source it is.
fn removed_of(report: &Path, name: &str, summary: &Summary) -> Result<BTreeMap<SourceKind, Origins>> {
    let fields = Fields::new(&summary.config.read, &summary.config.group.keep);
    let mut found: BTreeMap<SourceKind, Origins> = BTreeMap::new();
    for receipt in read_receipts(report)? {
        let receipt = receipt?;
        let (Some(raw), Some(input)) = (receipt.raw_bytes(), summary.inputs.get(receipt.file as usize))
        else {
            continue;
        };
        let (kind, source) = source_of(&raw, input, &fields);
        if source == name {
            found.entry(kind).or_default().insert((input.name.clone(), receipt.record));
        }
    }
    Ok(found)
}

fn source_of(raw: &[u8], input: &InputRow, fields: &Fields) -> (SourceKind, String) {
    let format = format::named(&input.format).unwrap_or(format::JSONL);
    let folder = site::of_folder(&name::to_path(&input.relative));
    let read = format.parse(raw, fields).unwrap_or_default();
    let document = Document { folder: folder.as_deref(), ..read };
    match site_of(&document) {
        Some(site) => (SourceKind::Site, super::sources::shortened(&site).to_owned()),
        None if format.is_one_record() => (SourceKind::Folder, super::sources::folder_of(&input.name)),
        None => (SourceKind::File, input.name.clone()),
    }
}
