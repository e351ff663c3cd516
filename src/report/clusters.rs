//! The clusters of a report: how large they are, how alike their members, and which of them a person should see.
//!
//! Two walks over `duplicates.jsonl`: the first counts, the second fetches what was picked. Between them stands what is known
//! of each cluster, 32 bytes, and a bounded number of picks.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::document::Origin;
use crate::error::Result;

use super::rows::DuplicateRow;
use super::sample::{Least, drawn};

/// Bars of the similarity chart: hundredths of Jaccard from 0 to 1, two to a bar.
pub const BARS: usize = 50;
/// Bounds of the sizes that are counted together, each the least of its band, survivor counted.
pub const SIZE_BANDS: [u64; 10] = [2, 3, 4, 5, 6, 11, 21, 51, 101, 1001];

/// The kinds of duplicate, in the order in which they are told.
pub const KINDS: [&str; 3] = ["exact", "near", "contained"];

/// How many clusters and pairs are picked to be shown.
#[derive(Clone, Copy, Debug)]
pub struct Picks {
    /// Clusters of most members.
    pub largest: usize,
    /// Removals least like their survivor, of each kind.
    pub worst: usize,
    /// Removals drawn at random, of each kind.
    pub random: usize,
    /// Members shown of a cluster.
    pub members: usize,
}

/// Why a cluster is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// One of its members is among those least like their survivor.
    Worst,
    /// It is among the largest.
    Largest,
    /// It was drawn at random.
    Random,
}

/// What all clusters are like.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ClusterTotals {
    /// Clusters.
    pub clusters: u64,
    /// Removed documents.
    pub removed: u64,
    /// Members of the largest, survivor counted.
    pub largest: u64,
    /// Removals by Jaccard, for each of [`KINDS`].
    pub similarity: [Vec<u64>; 3],
    /// Clusters by size, for each of [`SIZE_BANDS`].
    pub sizes: Vec<u64>,
}

/// A cluster that was picked.
#[derive(Clone, Debug, Serialize)]
pub struct Cluster {
    /// The survivor's id, and where it came from.
    pub survivor: (String, Origin),
    /// Whether the survivor is of the reference set.
    pub is_reference: bool,
    /// Members, survivor counted.
    pub size: u64,
    /// Members that were removed, by kind.
    pub kinds: [u64; 3],
    /// The least [`ground`] among them.
    pub least: f64,
    /// Why it is shown.
    pub reasons: BTreeSet<Reason>,
    /// Some of its members.
    pub members: Vec<DuplicateRow>,
    /// Those of them, by their number here, that are among the least like their survivor or were drawn.
    #[serde(skip)]
    wanted: Vec<usize>,
}

impl Cluster {
    /// Those of its members for which it was picked.
    pub fn worst(&self) -> impl Iterator<Item = &DuplicateRow> {
        self.wanted.iter().filter_map(|member| self.members.get(*member))
    }
}

/// The survivor that a removal names: the number of its path, its record, whether it is of the reference set.
type Survivor = (u32, u64, bool);

#[derive(Clone, Copy, Debug)]
struct Known {
    kinds: [u32; 3],
    least: f32,
}

/// The rows, as often as they are asked for.
pub type Rows<'a> = dyn Fn(&mut dyn FnMut(DuplicateRow)) -> Result<()> + 'a;

/// Counts all clusters and picks those to be shown, in the order: least alike, largest, at random.
///
/// # Errors
/// When the rows cannot be read.
pub fn survey(rows: &Rows<'_>, picks: Picks) -> Result<(ClusterTotals, Vec<Cluster>)> {
    let mut survey = Survey::new(picks);
    rows(&mut |row| survey.count(&row))?;
    let totals = survey.totals();
    let mut picked = survey.pick();
    let mut number = 0;
    rows(&mut |row| {
        picked.take(number, row);
        number += 1;
    })?;
    Ok((totals, picked.in_order()))
}

/// Paths as numbers.
#[derive(Default)]
struct Paths(BTreeMap<String, u32>);

impl Paths {
    fn number(&mut self, path: &str) -> u32 {
        if let Some(number) = self.0.get(path) {
            return *number;
        }
        let number = self.0.len() as u32;
        self.0.insert(path.to_owned(), number);
        number
    }

    fn survivor_of(&mut self, row: &DuplicateRow) -> Survivor {
        (self.number(&row.survivor_origin.path), row.survivor_origin.record, row.reference)
    }
}

/// The first walk.
struct Survey {
    picks: Picks,
    paths: Paths,
    clusters: BTreeMap<Survivor, Known>,
    similarity: [Vec<u64>; 3],
    worst: [Least<(u64, Survivor)>; 3],
    random: [Least<(u64, Survivor)>; 3],
    rows: u64,
}

impl Survey {
    fn new(picks: Picks) -> Self {
        Self {
            picks,
            paths: Paths::default(),
            clusters: BTreeMap::new(),
            similarity: [(); 3].map(|()| vec![0; BARS]),
            worst: [(); 3].map(|()| Least::new(picks.worst)),
            random: [(); 3].map(|()| Least::new(picks.random)),
            rows: 0,
        }
    }

    fn count(&mut self, row: &DuplicateRow) {
        let kind = kind_of(row);
        let survivor = self.paths.survivor_of(row);
        let unknown = Known { kinds: [0; 3], least: f32::INFINITY };
        let known = self.clusters.entry(survivor).or_insert(unknown);
        known.kinds[kind] += 1;
        known.least = known.least.min(ground(row) as f32);
        let bar = (row.jaccard * BARS as f64) as usize;
        self.similarity[kind][bar.min(BARS - 1)] += 1;
        let what = (self.rows, survivor);
        self.worst[kind].offer((ground(row).clamp(0.0, 1.0) * 1e12) as u64, what);
        self.random[kind].offer(drawn(&row.origin.path, row.origin.record), what);
        self.rows += 1;
    }

    fn totals(&self) -> ClusterTotals {
        let mut sizes = vec![0; SIZE_BANDS.len()];
        let mut largest = 0;
        for known in self.clusters.values() {
            largest = largest.max(known.size());
            sizes[SIZE_BANDS.partition_point(|least| *least <= known.size()).saturating_sub(1)] += 1;
        }
        ClusterTotals {
            clusters: self.clusters.len() as u64,
            removed: self.rows,
            largest,
            similarity: self.similarity.clone(),
            sizes,
        }
    }

    fn pick(self) -> Picked {
        let mut largest = Least::new(self.picks.largest);
        for (survivor, known) in &self.clusters {
            largest.offer(u64::MAX - known.size(), *survivor);
        }
        let mut picked = Picked { paths: self.paths, members: self.picks.members, clusters: BTreeMap::new() };
        for (of_kind, reason) in [(&self.worst, Reason::Worst), (&self.random, Reason::Random)] {
            for (row, survivor) in of_kind.iter().flat_map(Least::iter) {
                let cluster = picked.cluster(survivor, self.clusters[&survivor]);
                cluster.reasons.insert(reason);
                cluster.wanted.insert(row);
            }
        }
        for survivor in largest.iter() {
            picked.cluster(survivor, self.clusters[&survivor]).reasons.insert(Reason::Largest);
        }
        picked
    }
}

impl Known {
    fn size(&self) -> u64 {
        1 + self.kinds.iter().map(|members| u64::from(*members)).sum::<u64>()
    }
}

/// The second walk.
struct Picked {
    paths: Paths,
    members: usize,
    clusters: BTreeMap<Survivor, PickedCluster>,
}

struct PickedCluster {
    known: Known,
    reasons: BTreeSet<Reason>,
    /// Numbers of the rows for which it was picked.
    wanted: BTreeSet<u64>,
    rows: Vec<(u64, DuplicateRow)>,
}

impl Picked {
    fn cluster(&mut self, survivor: Survivor, known: Known) -> &mut PickedCluster {
        self.clusters.entry(survivor).or_insert_with(|| PickedCluster {
            known,
            reasons: BTreeSet::new(),
            wanted: BTreeSet::new(),
            rows: Vec::new(),
        })
    }

    fn take(&mut self, number: u64, row: DuplicateRow) {
        let survivor = self.paths.survivor_of(&row);
        let Some(cluster) = self.clusters.get_mut(&survivor) else { return };
        let others = cluster.rows.len().saturating_sub(cluster.wanted.len());
        if cluster.wanted.contains(&number) || others < self.members {
            cluster.rows.push((number, row));
        }
    }

    /// The clusters, by why they were picked and then in the order of their first members.
    fn in_order(self) -> Vec<Cluster> {
        let members = self.members;
        let mut clusters: Vec<_> =
            self.clusters.into_values().filter_map(|picked| picked.shown(members)).collect();
        clusters.sort_by_key(|(order, _)| *order);
        clusters.into_iter().map(|(_, cluster)| cluster).collect()
    }
}

impl PickedCluster {
    fn shown(mut self, members: usize) -> Option<((Option<Reason>, u64), Cluster)> {
        let wanted = &self.wanted;
        self.rows.sort_by_key(|(number, _)| (!wanted.contains(number), *number));
        self.rows.truncate(members.max(wanted.len()));
        self.rows.sort_by_key(|(number, _)| *number);
        let (first, row) = self.rows.first()?;
        let order = (self.reasons.first().copied(), *first);
        let cluster = Cluster {
            survivor: (row.survivor.clone(), row.survivor_origin.clone()),
            is_reference: row.reference,
            size: self.known.size(),
            kinds: self.known.kinds.map(u64::from),
            least: f64::from(self.known.least),
            reasons: self.reasons,
            wanted: positions(&self.rows, &self.wanted),
            members: self.rows.into_iter().map(|(_, row)| row).collect(),
        };
        Some((order, cluster))
    }
}

fn positions(rows: &[(u64, DuplicateRow)], wanted: &BTreeSet<u64>) -> Vec<usize> {
    (0..rows.len()).filter(|row| wanted.contains(&rows[*row].0)).collect()
}

/// The score that a removal rests on: Jaccard, or of a contained document how much of it lies in its survivor.
pub fn ground(row: &DuplicateRow) -> f64 {
    if row.kind == "contained" { row.containment } else { row.jaccard }
}

fn kind_of(row: &DuplicateRow) -> usize {
    KINDS.iter().position(|kind| *kind == row.kind).unwrap_or(1)
}

/// Share of the survivor's shingles that the removed document has: it follows from the two scores of the row.
///
/// With `i` shingles in common, `a` in the removed and `b` in the survivor, `jaccard` is i / (a + b − i) and `containment` i / a.
pub fn survivor_containment(row: &DuplicateRow) -> f64 {
    if row.jaccard <= 0.0 || row.containment <= 0.0 {
        return 0.0;
    }
    (1.0 / (1.0 / row.jaccard + 1.0 - 1.0 / row.containment)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICKS: Picks = Picks { largest: 2, worst: 2, random: 1, members: 3 };

    fn row(record: u64, survivor: u64, kind: &str, jaccard: f64) -> DuplicateRow {
        let origin = |record| Origin { path: "a.jsonl".into(), record, offset: 0 };
        DuplicateRow {
            id: format!("d{record}"),
            origin: origin(record),
            survivor: format!("d{survivor}"),
            survivor_origin: origin(survivor),
            kind: kind.into(),
            jaccard,
            containment: 1.0,
            alignment: None,
            alignment_containment: None,
            novel_words: 0,
            shared_paragraphs: 0,
            paragraphs: 1,
            cluster: format!("d{survivor}"),
            reference: false,
        }
    }

    fn surveyed(rows: &[DuplicateRow]) -> (ClusterTotals, Vec<Cluster>) {
        let each = |take: &mut dyn FnMut(DuplicateRow)| {
            rows.iter().cloned().for_each(take);
            Ok(())
        };
        survey(&each, PICKS).unwrap()
    }

    #[test]
    fn clusters_are_counted_by_size_and_likeness() {
        let mut rows: Vec<_> = (1..=5).map(|record| row(record, 100, "near", 0.9)).collect();
        rows.push(row(6, 200, "exact", 1.0));
        let (totals, _) = surveyed(&rows);
        assert_eq!((totals.clusters, totals.removed, totals.largest), (2, 6, 6));
        assert_eq!(totals.sizes, [1, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
        assert_eq!((totals.similarity[1][45], totals.similarity[0][49]), (5, 1));
    }

    #[test]
    fn the_least_alike_and_the_largest_are_picked_with_their_members() {
        let mut rows: Vec<_> = (1..=20).map(|record| row(record, 100, "near", 0.95)).collect();
        rows.extend((21..60).map(|record| row(record, 1000 + record, "near", 0.9)));
        rows.push(row(60, 5000, "near", 0.81));
        let (_, clusters) = surveyed(&rows);
        let of = |survivor: &str| clusters.iter().find(|cluster| cluster.survivor.0 == survivor);
        assert_eq!(of("d5000").unwrap().reasons.first(), Some(&Reason::Worst));
        let largest = of("d100").unwrap();
        assert_eq!((largest.size, largest.members.len()), (21, 3));
        assert!(clusters.len() <= PICKS.largest + PICKS.worst + PICKS.random);
    }

    #[test]
    fn the_other_containment_follows_from_the_scores() {
        // 80 shingles in common, 90 in the removed one, 100 in its survivor.
        let scores =
            DuplicateRow { jaccard: 80.0 / 110.0, containment: 80.0 / 90.0, ..row(1, 2, "near", 0.0) };
        assert!((survivor_containment(&scores) - 0.8).abs() < 1e-12);
    }
}
