//! The clusters on the page: survivor, members, scores both ways, and what differs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use crate::document::{Origin, RecordId};
use crate::error::Result;

use crate::report::clusters::{Cluster, ClusterTotals, Picks, Reason, ground, survey, survivor_containment};
use crate::report::difference::{Block, Piece, difference};
use crate::report::folder::{names, read_rows};
use crate::report::rows::DuplicateRow;
use crate::report::summary::Summary;
use crate::report::texts::{TEXT_BYTES, Texts};

const PICKS: Picks = Picks { largest: 60, worst: 40, random: 30, members: 20 };
/// Members of a cluster that are shown beside their survivor.
const DIFFERENCES: usize = 4;
/// Characters of a folded passage kept at either end.
const FOLDED: usize = 300;
/// Characters of a passage that differs.
const DIFFERING: usize = 6_000;
/// Blocks of one difference.
const BLOCKS: usize = 80;

/// A cluster, ready to be shown. Names are short since there are many.
#[derive(Debug, Serialize)]
pub(super) struct ShownCluster {
    id: String,
    at: String,
    #[serde(rename = "ref")]
    is_reference: bool,
    size: u64,
    kinds: [u64; 3],
    least: f64,
    why: BTreeSet<Reason>,
    members: Vec<ShownMember>,
}

/// A removed document.
#[derive(Debug, Serialize)]
struct ShownMember {
    id: String,
    at: String,
    kind: String,
    jaccard: f64,
    inside: f64,
    around: f64,
    shared: u32,
    paragraphs: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<Vec<ShownBlock>>,
    /// Whether only the heads of the texts were compared for the page.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cut: bool,
}

/// A stretch of two texts.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum ShownBlock {
    /// Paragraphs in common: how many, their first and last characters, how many characters lie between these.
    Shared { n: usize, head: String, tail: String, left: usize },
    /// A passage of either: words, each with 1 if the other lacks them.
    Differing { a: Vec<(String, u8)>, b: Vec<(String, u8)> },
    /// So many stretches more.
    More { more: usize },
}

impl ShownCluster {
    /// The cluster without what takes most room.
    pub(super) fn without_differences(mut self) -> Self {
        self.members.iter_mut().for_each(|member| member.diff = None);
        self
    }
}

/// Reads what there is to tell of all clusters, and those that are shown.
pub(super) fn read(
    report: &Path,
    summary: &Summary,
    texts: &mut dyn Texts,
) -> Result<(ClusterTotals, Vec<ShownCluster>)> {
    let rows = |take: &mut dyn FnMut(DuplicateRow)| -> Result<()> {
        read_rows(report, names::DUPLICATES)?.try_for_each(|row| row.map(&mut *take))
    };
    let (totals, clusters) = survey(&rows, PICKS)?;
    let files: BTreeMap<&str, u32> =
        (0..).zip(&summary.inputs).map(|(number, input)| (input.name.as_str(), number)).collect();
    let place =
        |origin: &Origin| Some(RecordId { file: *files.get(origin.path.as_str())?, record: origin.record });
    let wanted = clusters.iter().filter(|cluster| !cluster.is_reference).flat_map(|cluster| {
        let members = compared(cluster).map(|member| &member.origin);
        members.chain([&cluster.survivor.1]).filter_map(place)
    });
    let texts = texts.clean_texts(&wanted.collect())?;
    let text = |origin: &Origin| texts.get(&place(origin)?).map(String::as_str);
    let shown = clusters.iter().map(|cluster| shown(cluster, &text)).collect();
    Ok((totals, shown))
}

/// The members of a cluster that are shown beside their survivor: those least like it.
fn compared(cluster: &Cluster) -> impl Iterator<Item = &DuplicateRow> {
    let mut members: Vec<&DuplicateRow> = cluster.members.iter().collect();
    members.sort_by(|a, b| ground(a).total_cmp(&ground(b)));
    members.truncate(DIFFERENCES);
    members.into_iter()
}

fn shown<'t>(cluster: &Cluster, text: &dyn Fn(&Origin) -> Option<&'t str>) -> ShownCluster {
    let survivor = text(&cluster.survivor.1).filter(|_| !cluster.is_reference);
    let compared: BTreeSet<(&str, u64)> =
        compared(cluster).map(|row| (row.origin.path.as_str(), row.origin.record)).collect();
    let member = |row: &DuplicateRow| {
        let is_compared = compared.contains(&(row.origin.path.as_str(), row.origin.record));
        let removed = text(&row.origin).filter(|_| is_compared);
        let both = removed.zip(survivor);
        ShownMember {
            id: short(&row.id),
            at: short(&row.origin.to_string()),
            kind: row.kind.clone(),
            jaccard: rounded(row.jaccard),
            inside: rounded(row.containment),
            around: rounded(survivor_containment(row)),
            shared: row.shared_paragraphs,
            paragraphs: row.paragraphs,
            diff: both.map(|(removed, survivor)| blocks(removed, survivor)),
            cut: both.is_some_and(|(removed, survivor)| is_cut(removed) || is_cut(survivor)),
        }
    };
    ShownCluster {
        id: short(&cluster.survivor.0),
        at: short(&cluster.survivor.1.to_string()),
        is_reference: cluster.is_reference,
        size: cluster.size,
        kinds: cluster.kinds,
        least: rounded(cluster.least),
        why: cluster.reasons.clone(),
        members: cluster.members.iter().map(member).collect(),
    }
}

/// Whether a text may go on behind what was looked at.
fn is_cut(text: &str) -> bool {
    text.len() + 4 > TEXT_BYTES
}

fn blocks(removed: &str, survivor: &str) -> Vec<ShownBlock> {
    let found = difference(removed, survivor);
    let more = found.len().saturating_sub(BLOCKS);
    let mut shown: Vec<ShownBlock> = found.into_iter().take(BLOCKS).map(block).collect();
    if more > 0 {
        shown.push(ShownBlock::More { more });
    }
    shown
}

fn block(block: Block) -> ShownBlock {
    match block {
        Block::Shared { paragraphs, text } => {
            let characters = text.chars().count();
            if characters <= 2 * FOLDED {
                return ShownBlock::Shared { n: paragraphs, head: text, tail: String::new(), left: 0 };
            }
            let head = text.chars().take(FOLDED).collect();
            let tail = text.chars().skip(characters - FOLDED).collect();
            ShownBlock::Shared { n: paragraphs, head, tail, left: characters - 2 * FOLDED }
        }
        Block::Differing { removed, survivor } => {
            ShownBlock::Differing { a: passage(removed), b: passage(survivor) }
        }
    }
}

fn passage(pieces: Vec<Piece>) -> Vec<(String, u8)> {
    let mut room = DIFFERING;
    let mut shown = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let length = piece.text.chars().count();
        if length > room {
            let head: String = piece.text.chars().take(room).collect();
            shown.push((head + " …", u8::from(piece.only_here)));
            break;
        }
        room -= length;
        shown.push((piece.text, u8::from(piece.only_here)));
    }
    shown
}

/// A score with four digits, so that the page has no more than a reader needs. Never rounded up to 1.
fn rounded(score: f64) -> f64 {
    (score * 1e4).floor() / 1e4
}

/// A name of the corpus that may be of any length.
pub(super) fn short(name: &str) -> String {
    const SHOWN_CHARACTERS: usize = 300;
    match name.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}
