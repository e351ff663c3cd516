//! `sources.jsonl`: every source of the corpus, a site or else a file, with what became of its documents.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::read::discover::InputFile;

use super::summary::Counts;

/// How many sites are told apart; the documents of further ones are counted together.
const SITES_TOLD_APART: usize = 50_000;
/// How much of a site's name is kept, in bytes; 253 is the longest name DNS can carry (RFC 1035).
const NAME_BYTES: usize = 253;
/// A source that lost more than this share of its documents, or of its text, is told first.
pub const ALARM_SHARE: f64 = 0.5;
/// With fewer documents than this, a share says little.
const ALARM_DOCUMENTS: u64 = 10;

/// What a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A site: as a record names it, or the registrable domain of its address, or what its folder stands for.
    Site,
    /// An input file, of documents that have no site.
    File,
    /// The folder of input files that hold one document each, and no site.
    Folder,
    /// The sites beyond those that are told apart.
    Others,
}

/// What became of the documents of one source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceCounts {
    /// Documents.
    pub documents: u64,
    /// Of these: in the output.
    pub kept: u64,
    /// Removed: equal to their survivor.
    pub exact: u64,
    /// Removed: alike.
    pub near: u64,
    /// Removed: contained in their survivor.
    pub contained: u64,
    /// Kept, and stripped of something.
    pub trimmed: u64,
    /// Bytes of text that came in.
    pub text_bytes_in: u64,
    /// Bytes of text that went out.
    pub text_bytes_out: u64,
    /// Bytes of text stripped from kept documents.
    pub stripped_bytes: u64,
    /// Bytes of text of removed documents.
    pub removed_bytes: u64,
}

/// One source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRow {
    /// Its name: a site, a file or a folder; of the other sites nothing.
    pub source: String,
    /// What it is.
    pub kind: SourceKind,
    /// What became of its documents.
    #[serde(flatten)]
    pub counts: SourceCounts,
}

impl SourceCounts {
    /// Adds the counts of another part of the input.
    pub fn add(&mut self, other: &Self) {
        self.documents += other.documents;
        self.kept += other.kept;
        self.exact += other.exact;
        self.near += other.near;
        self.contained += other.contained;
        self.trimmed += other.trimmed;
        self.text_bytes_in += other.text_bytes_in;
        self.text_bytes_out += other.text_bytes_out;
        self.stripped_bytes += other.stripped_bytes;
        self.removed_bytes += other.removed_bytes;
    }

    /// What was counted between two moments of a run.
    fn between(before: &Counts, after: &Counts) -> Self {
        Self {
            documents: after.read - before.read,
            kept: after.kept - before.kept,
            exact: after.exact - before.exact,
            near: after.near - before.near,
            contained: after.contained - before.contained,
            trimmed: after.trimmed - before.trimmed,
            text_bytes_in: after.text_bytes_in - before.text_bytes_in,
            text_bytes_out: after.text_bytes_out - before.text_bytes_out,
            stripped_bytes: after.stripped_bytes - before.stripped_bytes,
            removed_bytes: after.removed_bytes - before.removed_bytes,
        }
    }

    /// Documents that were removed.
    pub fn removed(&self) -> u64 {
        self.exact + self.near + self.contained
    }

    /// Share of its documents that were removed, 0 to 1.
    pub fn removal_rate(&self) -> f64 {
        share(self.removed(), self.documents)
    }

    /// Share of its text that did not go out, in bytes, 0 to 1.
    pub fn text_loss(&self) -> f64 {
        share(self.text_bytes_in.saturating_sub(self.text_bytes_out), self.text_bytes_in)
    }

    /// The greater of the two.
    pub fn loss(&self) -> f64 {
        self.removal_rate().max(self.text_loss())
    }

    /// Whether more than `limit` of its documents, or of its text, is gone.
    pub fn is_wiped_out(&self, limit: f64) -> bool {
        self.documents >= ALARM_DOCUMENTS && self.loss() > limit
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The sources that lost more than `limit` of their documents or text, those that lost most first.
pub fn wiped_out(rows: &[SourceRow], limit: f64) -> Vec<SourceRow> {
    let mut lost: Vec<SourceRow> =
        rows.iter().filter(|row| row.counts.is_wiped_out(limit)).cloned().collect();
    lost.sort_by(|a, b| b.counts.loss().total_cmp(&a.counts.loss()));
    lost
}

/// The sites of the documents: each document's as a number, each number's name. Partial results merge, in input order.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Sites {
    names: Vec<Box<str>>,
    /// Not needed once a part is merged into another.
    #[serde(skip)]
    numbers: HashMap<Box<str>, u32>,
    of_documents: Vec<u32>,
}

impl Sites {
    /// Stands for a document without a site.
    const NONE: u32 = u32::MAX;
    /// Stands for a site beyond those that are told apart.
    const OTHER: u32 = u32::MAX - 1;

    /// Notes the next document's site.
    pub fn note(&mut self, site: Option<&str>) {
        let number = site.map_or(Self::NONE, |site| self.number(shortened(site)));
        self.of_documents.push(number);
    }

    /// Adds the sites of the next part of the input.
    pub fn merge(&mut self, next: Self) {
        let numbers: Vec<u32> = next.names.iter().map(|name| self.number(name)).collect();
        let renumbered = |number: u32| numbers.get(number as usize).copied().unwrap_or(number);
        self.of_documents.extend(next.of_documents.into_iter().map(renumbered));
    }

    /// The numbers of the sites of some documents.
    pub fn of(&self, documents: std::ops::Range<usize>) -> &[u32] {
        self.of_documents.get(documents).unwrap_or_default()
    }

    fn number(&mut self, site: &str) -> u32 {
        if let Some(number) = self.numbers.get(site) {
            return *number;
        }
        if self.names.len() >= SITES_TOLD_APART {
            return Self::OTHER;
        }
        let number = self.names.len() as u32;
        self.names.push(site.into());
        self.numbers.insert(site.into(), number);
        number
    }
}

/// A site's name, no longer than one may be.
pub fn shortened(name: &str) -> &str {
    &name[..name.floor_char_boundary(NAME_BYTES)]
}

/// Counts by source: partial results merge.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SourceTally(BTreeMap<Source, SourceCounts>);

/// A source as a run counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Source {
    Site(u32),
    File(u32),
}

impl SourceTally {
    /// Adds one document of a file, with the number of its site, and what the run counted before and after it.
    pub fn count(&mut self, site: Option<u32>, file: u32, before: &Counts, after: &Counts) {
        let source = match site {
            Some(number) if number != Sites::NONE => Source::Site(number),
            _ => Source::File(file),
        };
        self.0.entry(source).or_default().add(&SourceCounts::between(before, after));
    }

    /// Adds the counts of a later part of the input.
    pub fn merge(&mut self, later: &Self) {
        for (source, counts) in &later.0 {
            self.0.entry(*source).or_default().add(counts);
        }
    }

    /// The rows, those of most documents first.
    pub fn rows(&self, sites: &Sites, files: &[InputFile]) -> Vec<SourceRow> {
        let mut named: BTreeMap<(SourceKind, String), SourceCounts> = BTreeMap::new();
        for (source, counts) in &self.0 {
            named.entry(named_source(*source, sites, files)).or_default().add(counts);
        }
        let mut rows: Vec<SourceRow> =
            named.into_iter().map(|((kind, source), counts)| SourceRow { source, kind, counts }).collect();
        rows.sort_by_key(|row| Reverse(row.counts.documents));
        rows
    }
}

fn named_source(source: Source, sites: &Sites, files: &[InputFile]) -> (SourceKind, String) {
    match source {
        Source::Site(number) => match sites.names.get(number as usize) {
            Some(name) => (SourceKind::Site, name.to_string()),
            None => (SourceKind::Others, String::new()),
        },
        Source::File(number) => match files.get(number as usize) {
            Some(file) if file.format.is_one_record() => (SourceKind::Folder, folder_of(&file.name)),
            Some(file) => (SourceKind::File, file.name.clone()),
            None => (SourceKind::Others, String::new()),
        },
    }
}

/// The folder of a file, as the user named it.
pub fn folder_of(name: &str) -> String {
    name.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sites(names: &[&str]) -> Sites {
        let mut sites = Sites::default();
        for name in names {
            sites.note(Some(name));
        }
        sites
    }

    #[test]
    fn sites_have_the_same_numbers_however_the_input_is_cut() {
        let whole = sites(&["b", "a", "b", "c", "a"]);
        let mut merged = sites(&["b", "a"]);
        merged.merge(sites(&["b", "c", "a"]));
        assert_eq!((whole.names, whole.of_documents), (merged.names, merged.of_documents));
    }

    #[test]
    fn sites_beyond_the_bound_are_counted_together() {
        let mut many = Sites::default();
        for number in 0..SITES_TOLD_APART + 2 {
            many.note(Some(&number.to_string()));
        }
        assert_eq!(many.of(SITES_TOLD_APART..SITES_TOLD_APART + 2), [Sites::OTHER, Sites::OTHER]);
        let mut tally = SourceTally::default();
        let after = Counts { read: 1, kept: 1, ..Counts::default() };
        tally.count(Some(Sites::OTHER), 0, &Counts::default(), &after);
        let rows = tally.rows(&many, &[]);
        assert_eq!((rows[0].kind, rows[0].counts.documents), (SourceKind::Others, 1));
    }

    #[test]
    fn a_few_documents_raise_no_alarm() {
        let counts = |documents, exact| SourceCounts { documents, exact, ..SourceCounts::default() };
        assert!(!counts(9, 9).is_wiped_out(ALARM_SHARE));
        assert!(!counts(10, 5).is_wiped_out(ALARM_SHARE));
        assert!(counts(10, 6).is_wiped_out(ALARM_SHARE));
    }
}
