//! The duplicate list of another tool, proved from the corpus: each removal beside the documents that were kept of its cluster.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_128;

use crate::config::{Config, Keep};
use crate::error::{Error, Result};
use crate::job::Stop;
use crate::read::discover::discover;
use crate::read::fields::Fields;
use crate::read::shard::{Piece, ShardReader};

use super::columns::{self, Columns, Key, ListRow};
use super::plain::{Comparison, Plain, Sets};
use super::spill::{Put, Spill};

/// Removals of one cluster that are looked at in one go.
const CHUNK: usize = 64;
/// Survivors in turn that a pair is followed through, at most.
const CHAIN: usize = 1_000;
/// Characters of a text that are shown.
const SHOWN: usize = 200;

/// What is to be checked.
#[derive(Clone, Debug)]
pub struct ListJob {
    /// The list.
    pub list: PathBuf,
    /// Its columns, where they have other names.
    pub columns: Columns,
    /// The corpus that the list is of.
    pub inputs: Vec<String>,
    /// What the other tool wrote: a document that stands in it was kept, whatever the list says. If there is none, the list tells.
    pub kept: Vec<String>,
    /// Format of the corpus, where names do not tell it.
    pub format: Option<String>,
    /// How records are read, and what covers what: texts are compared as they came.
    pub config: Config,
    /// Removals that nothing covers that are shown, at most; all are counted.
    pub limit: usize,
    /// Threads that compare.
    pub threads: NonZeroUsize,
    /// Where texts go until they are compared.
    pub temp_dir: PathBuf,
    /// Raised from outside to end the check.
    pub stop: Stop,
}

/// What a list comes to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ListChecked {
    /// Documents of the corpus.
    pub documents: u64,
    /// Records of the corpus that are no documents.
    pub unreadable: u64,
    /// Documents of the corpus that the list names.
    pub listed: u64,
    /// Names of the list that the corpus does not hold.
    pub unknown: u64,
    /// The first of them.
    pub unknown_examples: Vec<String>,
    /// Clusters of which a document goes.
    pub clusters: u64,
    /// Documents that neither the list names nor the other tool wrote, where its output is known: they went, and not as duplicates.
    pub unlisted: u64,
    /// Documents that go by the list.
    pub removals: u64,
    /// Of these: equal to one that is kept.
    pub exact: u64,
    /// Of these: near to one.
    pub near: u64,
    /// Of these: contained in one.
    pub contained: u64,
    /// Removals that no kept document covers.
    pub uncovered: u64,
    /// Of these: no score reaches its threshold.
    pub below: u64,
    /// Of these: the scores do, but the document has a passage, numbers or, if it is short, a word of its own.
    pub held_back: u64,
    /// The first of the uncovered.
    pub examples: Vec<Uncovered>,
}

/// A removal that no kept document covers, beside the one that comes nearest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Uncovered {
    /// The removed document.
    pub id: String,
    /// The kept one that holds most of it.
    pub survivor: String,
    /// The cluster, as the list has it.
    pub cluster: String,
    /// Jaccard resemblance, 0 to 1.
    pub jaccard: f64,
    /// Share of the removed one's shingles that the other has, 0 to 1.
    pub containment: f64,
    /// Words in a row that only the removed one has.
    pub novel_words: usize,
    /// Why it is not covered.
    pub reason: String,
    /// The head of its text.
    pub text: String,
    /// The head of the other's.
    pub survivor_text: String,
}

/// Looks at every removal of a list.
///
/// # Errors
/// When the list or the corpus cannot be read, the list has no known columns, or the check is stopped.
pub fn check_list(job: &ListJob) -> Result<ListChecked> {
    let list = List::read(job)?;
    let mut found = ListChecked::default();
    let (clusters, spill) = list.gather(job, &mut found)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(job.threads.get())
        .build()
        .map_err(|error| Error::Internal(format!("failed to start threads: {error}")))?;
    let tasks: Vec<Task<'_>> = clusters.iter().flat_map(Cluster::tasks).collect();
    found.clusters = clusters.iter().filter(|cluster| !cluster.removed.is_empty()).count() as u64;
    let done: Result<Vec<ListChecked>> =
        pool.install(|| tasks.par_iter().map(|task| task.check(&spill, job)).collect());
    done?.into_iter().for_each(|part| found.add(part, job.limit));
    Ok(found)
}

impl ListChecked {
    fn add(&mut self, part: Self, limit: usize) {
        self.removals += part.removals;
        self.exact += part.exact;
        self.near += part.near;
        self.contained += part.contained;
        self.uncovered += part.uncovered;
        self.below += part.below;
        self.held_back += part.held_back;
        let room = limit.saturating_sub(self.examples.len());
        self.examples.extend(part.examples.into_iter().take(room));
    }
}

/// A list as read.
#[derive(Default)]
struct List {
    members: FxHashMap<Key, (u32, Option<bool>)>,
    clusters: Vec<String>,
}

/// The documents of one cluster, in the order of the input.
#[derive(Default)]
struct Cluster<'l> {
    name: &'l str,
    kept: Vec<Put>,
    removed: Vec<Put>,
}

impl List {
    fn read(job: &ListJob) -> Result<Self> {
        let mut list = Self::default();
        let mut numbers: FxHashMap<String, u32> = FxHashMap::default();
        let mut pairs: FxHashMap<Key, Key> = FxHashMap::default();
        for row in columns::read(&job.list, &job.columns)? {
            match row? {
                ListRow::Alone => {}
                ListRow::Member { key, cluster, keep } => {
                    let number = *numbers.entry(cluster).or_insert_with_key(|name| list.add(name.clone()));
                    list.members.insert(key, (number, keep));
                }
                ListRow::Pair { removed, survivor } => {
                    pairs.insert(removed, survivor);
                }
            }
        }
        list.take_pairs(&pairs);
        Ok(list)
    }

    fn add(&mut self, cluster: String) -> u32 {
        self.clusters.push(cluster);
        self.clusters.len() as u32 - 1
    }

    /// Pairs make clusters: one around each document that stays at the end of a chain of survivors.
    fn take_pairs(&mut self, pairs: &FxHashMap<Key, Key>) {
        let mut numbers: FxHashMap<Key, u32> = FxHashMap::default();
        let mut removed: Vec<&Key> = pairs.keys().collect();
        removed.sort_by_cached_key(|key| key.told());
        for key in removed {
            let stays =
                std::iter::successors(Some(key), |key| pairs.get(*key)).take(CHAIN).last().unwrap_or(key);
            let number = *numbers.entry(stays.clone()).or_insert_with_key(|key| self.add(key.told()));
            self.members.insert(stays.clone(), (number, Some(true)));
            self.members.insert(key.clone(), (number, Some(false)));
        }
    }

    /// Reads the corpus and puts the texts of listed documents down.
    fn gather(&self, job: &ListJob, found: &mut ListChecked) -> Result<(Vec<Cluster<'_>>, Spill)> {
        let mut spill = Spill::new(&job.temp_dir)?;
        let mut members: Vec<Vec<(Put, Option<bool>)>> = vec![Vec::new(); self.clusters.len()];
        let mut seen: FxHashSet<&Key> = FxHashSet::default();
        let output = Output::read(job)?;
        let mut unlisted = 0;
        let (documents, unreadable) = for_each_document(&job.inputs, job, |read| {
            let by_id = read.id.and_then(|id| self.members.get_key_value(&Key::Id(id.to_owned())));
            let by_number = || self.members.get_key_value(&Key::Number(read.number));
            let by_origin = || self.members.get_key_value(&Key::Id(read.origin.to_owned()));
            let is_kept = output.as_ref().map(|output| output.holds(read));
            if let Some((key, (cluster, keep))) = by_id.or_else(by_number).or_else(by_origin) {
                seen.insert(key);
                let put = spill.put(read.id.unwrap_or(read.origin), read.text)?;
                members[*cluster as usize].push((put, is_kept.or(*keep)));
            } else {
                unlisted += u64::from(is_kept == Some(false));
            }
            Ok(())
        })?;
        spill.flush()?;
        (found.documents, found.unreadable, found.unlisted) = (documents, unreadable, unlisted);
        found.listed = members.iter().map(|members| members.len() as u64).sum();
        self.tell_unknown(&seen, found);
        self.refuse_strange(&job.list, found)?;
        let clusters = self.clusters.iter().zip(members);
        let is_told = output.is_some();
        Ok((clusters.map(|(name, members)| Cluster::new(name, members, is_told)).collect(), spill))
    }

    /// A list of other documents than those of the corpus proves nothing; one of none claims nothing.
    fn refuse_strange(&self, list: &Path, found: &ListChecked) -> Result<()> {
        match found.unknown_examples.first() {
            Some(example) if found.listed == 0 => {
                let names = if self.members.len() == 1 { "document" } else { "documents" };
                let (count, example) = (self.members.len(), crate::error::escape(example));
                let reason = format!("none of its {count} {names} is in the corpus, {example} for instance");
                Err(Error::List { path: list.to_path_buf(), reason })
            }
            _ => Ok(()),
        }
    }

    fn tell_unknown(&self, seen: &FxHashSet<&Key>, found: &mut ListChecked) {
        const NAMED: usize = 5;
        let mut unknown: Vec<String> =
            self.members.keys().filter(|key| !seen.contains(key)).map(Key::told).collect();
        unknown.sort();
        found.unknown = unknown.len() as u64;
        unknown.truncate(NAMED);
        found.unknown_examples = unknown;
    }
}

/// A document as it is read.
struct ReadDocument<'r> {
    /// In the order of the corpus, from 0.
    number: u64,
    /// Its own id, if it has one.
    id: Option<&'r str>,
    origin: &'r str,
    text: &'r str,
}

/// What another tool wrote: by their ids, or of documents that have none by their texts.
struct Output {
    ids: FxHashSet<u128>,
    texts: FxHashSet<u128>,
}

impl Output {
    /// `None` if it is not known.
    fn read(job: &ListJob) -> Result<Option<Self>> {
        if job.kept.is_empty() {
            return Ok(None);
        }
        let mut output = Self { ids: FxHashSet::default(), texts: FxHashSet::default() };
        for_each_document(&job.kept, job, |read| {
            match read.id {
                Some(id) => output.ids.insert(xxh3_128(id.as_bytes())),
                None => output.texts.insert(xxh3_128(read.text.as_bytes())),
            };
            Ok(())
        })?;
        Ok(Some(output))
    }

    fn holds(&self, read: &ReadDocument<'_>) -> bool {
        match read.id {
            Some(id) => self.ids.contains(&xxh3_128(id.as_bytes())),
            None => self.texts.contains(&xxh3_128(read.text.as_bytes())),
        }
    }
}

/// Reads documents from end to end; how many there are, and how many records are none.
fn for_each_document(
    inputs: &[String],
    job: &ListJob,
    mut each: impl FnMut(&ReadDocument<'_>) -> Result<()>,
) -> Result<(u64, u64)> {
    let (mut documents, mut unreadable) = (0, 0);
    let fields = Fields::new(&job.config.read, &Keep::First);
    let discovered = discover(inputs, job.format.as_deref())?;
    for (number, file) in (0..).zip(&discovered.files) {
        let fault = |reason: String| {
            Error::BadInput(format!("failed to read {}: {reason}", crate::error::escape(&file.name)))
        };
        let mut reader = ShardReader::open(number, file, None, 1).map_err(|problem| fault(problem.reason))?;
        while let Some(piece) = reader.next_piece() {
            job.stop.check()?;
            let shard = match piece {
                Piece::Shard(shard) => shard,
                Piece::Fault(problem) => return Err(fault(problem.reason)),
            };
            for record in shard.records(file.format).filter(|record| !file.format.is_blank(record.raw)) {
                let Ok(document) = file.format.parse(record.raw, &fields) else {
                    unreadable += 1;
                    continue;
                };
                let origin = format!("{}:{}", file.name, record.number);
                let (number, id) = (documents, document.id.as_deref());
                each(&ReadDocument { number, id, origin: &origin, text: &document.text })?;
                documents += 1;
            }
        }
    }
    Ok((documents, unreadable))
}

impl<'l> Cluster<'l> {
    /// Kept is what is said to be kept; where nothing is said, and not known from an output either (`is_told`), the first.
    fn new(name: &'l str, members: Vec<(Put, Option<bool>)>, is_told: bool) -> Self {
        let says = is_told || members.iter().any(|(_, keep)| *keep == Some(true));
        let mut cluster = Self { name, ..Self::default() };
        for (number, (put, keep)) in members.into_iter().enumerate() {
            let is_kept = if says { keep == Some(true) } else { number == 0 };
            if is_kept { cluster.kept.push(put) } else { cluster.removed.push(put) }
        }
        cluster
    }

    fn tasks(&self) -> impl Iterator<Item = Task<'_>> {
        self.removed.chunks(CHUNK).map(|removed| Task { name: self.name, kept: &self.kept, removed })
    }
}

/// Some removals of one cluster.
struct Task<'c> {
    name: &'c str,
    kept: &'c [Put],
    removed: &'c [Put],
}

/// What comes nearest to a removed document.
#[derive(Clone, Default)]
struct Nearest {
    comparison: Option<Comparison>,
    kept: usize,
}

impl Task<'_> {
    fn check(&self, spill: &Spill, job: &ListJob) -> Result<ListChecked> {
        job.stop.check()?;
        let config = &job.config;
        let mut nearest = vec![Nearest::default(); self.removed.len()];
        for (at, kept) in self.kept.iter().enumerate() {
            job.stop.check()?;
            let kept = Plain::new(&spill.take(*kept)?.text, &config.fingerprint);
            let sets = kept.sets();
            for (removed, nearest) in self.removed.iter().zip(&mut nearest) {
                let is_covered = nearest.comparison.is_some_and(|found| found.is_covered(&config.group));
                if !is_covered {
                    let text = spill.take(*removed)?.text;
                    nearest.meet(at, compared(&text, &sets, config), config);
                }
            }
        }
        let mut found = ListChecked::default();
        for (removed, nearest) in self.removed.iter().zip(nearest) {
            self.judge(*removed, &nearest, spill, job, &mut found)?;
        }
        Ok(found)
    }

    fn judge(
        &self,
        removed: Put,
        nearest: &Nearest,
        spill: &Spill,
        job: &ListJob,
        found: &mut ListChecked,
    ) -> Result<()> {
        let group = &job.config.group;
        found.removals += 1;
        let comparison = nearest.comparison.unwrap_or_default();
        if comparison.is_covered(group) {
            let kind = match () {
                () if comparison.equal => &mut found.exact,
                () if comparison.is_near(group) => &mut found.near,
                () => &mut found.contained,
            };
            *kind += 1;
            return Ok(());
        }
        found.uncovered += 1;
        let is_below = !comparison.is_near(group) && !comparison.is_contained(group);
        *(if is_below { &mut found.below } else { &mut found.held_back }) += 1;
        if found.examples.len() < job.limit {
            found.examples.push(self.example(removed, nearest, spill, job)?);
        }
        Ok(())
    }

    fn example(&self, removed: Put, nearest: &Nearest, spill: &Spill, job: &ListJob) -> Result<Uncovered> {
        let head = |text: &str| text.chars().take(SHOWN).collect::<String>();
        let comparison = nearest.comparison.unwrap_or_default();
        let mine = spill.take(removed)?;
        let theirs = self.kept.get(nearest.kept).map(|kept| spill.take(*kept)).transpose()?;
        let (survivor, survivor_text) =
            theirs.map_or_else(Default::default, |kept| (kept.id, head(&kept.text)));
        let reason = match comparison.held_back(&job.config.group) {
            _ if nearest.comparison.is_none() => {
                "no document of its cluster that the corpus holds was kept".to_owned()
            }
            Some(reason)
                if comparison.is_near(&job.config.group) || comparison.is_contained(&job.config.group) =>
            {
                reason
            }
            _ => "below every threshold".to_owned(),
        };
        Ok(Uncovered {
            id: mine.id,
            survivor,
            cluster: self.name.to_owned(),
            jaccard: comparison.shingles.jaccard(),
            containment: comparison.shingles.containment(),
            novel_words: comparison.novel_words,
            reason,
            text: head(&mine.text),
            survivor_text,
        })
    }
}

impl Nearest {
    fn meet(&mut self, kept: usize, met: Comparison, config: &Config) {
        let score = |found: &Comparison| (found.is_covered(&config.group), found.shingles.containment());
        if self.comparison.as_ref().is_none_or(|before| score(before) < score(&met)) {
            (self.comparison, self.kept) = (Some(met), kept);
        }
    }
}

fn compared(text: &str, kept: &Sets<'_>, config: &Config) -> Comparison {
    let plain = Plain::new(text, &config.fingerprint);
    Comparison::of(&plain.sets(), kept)
}
