//! From what a search for duplicates found to a list that stands: the output of `tamis dups`.

use std::sync::Arc;

use rayon::ThreadPool;

use crate::error::Result;
use crate::group::{GroupCounts, Kind, Pair};
use crate::index::{Hit, Hits};
use crate::job::{Job, Output};
use crate::outcome::{Problems, duplicate_rows};
use crate::pass::name::{Name, Names};
use crate::pass::removals::Removals;
use crate::pass::survey::Survey;
use crate::read::Corpus;
use crate::reference::Reference;
use crate::report::inert::inert_json;
use crate::report::rows::{IndexRow, PairRow};
use crate::report::summary::Timings;
use crate::request::Request;
use crate::write::sink::Sink;
use crate::write::staging::Staging;

/// Bytes of rows that are written in one go.
const PIECE: usize = 1 << 16;

/// What is to be listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Listing {
    /// Each document that `clean` would remove, with its survivor.
    #[default]
    Removals,
    /// Every verified pair at or above a threshold.
    Pairs,
    /// The same, found by comparing all with all: for tests, and corpora of some ten thousand documents.
    ExhaustivePairs,
}

/// What was found, by numbers of documents.
pub enum Found {
    /// Documents to be removed.
    Removals(Box<Removals>),
    /// Related pairs.
    Pairs(Vec<Pair>, GroupCounts),
    /// What an index knows.
    Indexed(Hits),
}

/// What a finished run tells.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    /// Input files that were read.
    pub files: u64,
    /// Records read: documents, and those set aside.
    pub read: u64,
    /// Records set aside as problems.
    pub set_aside: u64,
    /// Rows of the list.
    pub rows: u64,
    /// Of the rows: exact, near and contained duplicates; no pairs.
    pub kinds: [u64; 3],
    /// What was done to find them.
    pub counts: GroupCounts,
    /// What was set aside, or could not be read.
    pub problems: Problems,
    /// Where the time went.
    pub timings: Timings,
}

impl Found {
    /// The documents that the list names, sorted, each once.
    pub fn documents(&self) -> Vec<u32> {
        let mut documents: Vec<u32> = match self {
            Self::Removals(removals) => [removals.named().as_slice(), removals.references()].concat(),
            Self::Pairs(pairs, _) => pairs.iter().flat_map(|pair| [pair.a, pair.b]).collect(),
            Self::Indexed(found) => found.hits.iter().map(|hit| hit.document).collect(),
        };
        documents.sort_unstable();
        documents.dedup();
        documents
    }

    fn counts(&self) -> GroupCounts {
        match self {
            Self::Removals(removals) => removals.counts,
            Self::Pairs(_, counts) => *counts,
            Self::Indexed(found) => GroupCounts {
                references: found.indexed,
                met: found.compared,
                left_out: found.left_out,
                ..GroupCounts::default()
            },
        }
    }

    fn kinds(&self) -> Result<[u64; 3]> {
        let mut kinds = [0; 3];
        let mut count = |kind: Kind| kinds[kind as usize] += 1;
        match self {
            Self::Removals(removals) => {
                removals.iter().try_for_each(|found| found.map(|found| count(found.kind)))?;
            }
            Self::Indexed(found) => found.hits.iter().for_each(|hit| count(hit.kind)),
            Self::Pairs(..) => {}
        }
        Ok(kinds)
    }
}

/// A list that is to be written.
pub struct OpenList {
    sink: Sink,
    file: Option<Staging>,
}

/// A list that is written and not published.
pub struct WrittenList {
    listed: Listed,
    file: Option<Staging>,
}

impl WrittenList {
    /// Moves the list into place.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn publish(self, timings: Timings) -> Result<Listed> {
        self.file.map_or(Ok(()), Staging::publish)?;
        Ok(Listed { timings, ..self.listed })
    }
}

/// Writes the list of what was found. `names` are those of [`Found::documents`].
///
/// # Errors
/// When the system refuses; [`crate::Error::ClosedPipe`] when the reader of standard output went away.
pub fn write(
    found: &Found,
    names: &Names,
    list: OpenList,
    request: &Request,
    corpus: &Corpus,
    survey: &Survey,
    reference: Option<&Reference>,
) -> Result<WrittenList> {
    let OpenList { mut sink, file } = list;
    let rows = match found {
        Found::Removals(removals) => write_rows(duplicate_rows(removals.iter(), names), &mut sink)?,
        Found::Pairs(pairs, _) => {
            write_rows(pairs.iter().filter_map(|pair| pair_row(pair, names).transpose()), &mut sink)?
        }
        Found::Indexed(found) => {
            write_rows(found.hits.iter().filter_map(|hit| index_row(hit, names).transpose()), &mut sink)?
        }
    };
    let (_, _, disk) = sink.finish()?;
    disk.finish()?;
    let listed = Listed {
        files: corpus.files.len() as u64,
        read: survey.documents.len() as u64 + survey.set_aside(),
        set_aside: survey.set_aside(),
        rows,
        kinds: found.kinds()?,
        counts: found.counts(),
        problems: Problems::of(request, corpus, survey, reference)?,
        timings: Timings::default(),
    };
    Ok(WrittenList { listed, file })
}

impl OpenList {
    /// Begins a list where the job says, packed on the threads of `pool`.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn begin(job: &Job, request: &Request, pool: &Arc<ThreadPool>) -> Result<Self> {
        let (sink, file) = match (&job.output, &request.choice) {
            (Some(Output::Stdout), Some(choice)) => (Sink::stdout(choice, pool)?, None),
            (Some(Output::File(path)), Some(choice)) => {
                let staging = Staging::file(path)?;
                (Sink::file(&staging, path, choice, pool)?, Some(staging))
            }
            _ => (Sink::nowhere(pool)?, None),
        };
        Ok(Self { sink, file })
    }
}

/// Writes rows as they come; returns how many they were.
fn write_rows<R: serde::Serialize>(rows: impl Iterator<Item = Result<R>>, sink: &mut Sink) -> Result<u64> {
    let (mut bytes, mut written) = (Vec::new(), 0);
    for row in rows {
        // Lists go to terminals too.
        bytes.extend_from_slice(inert_json(&row?, |_| false)?.as_bytes());
        bytes.push(b'\n');
        written += 1;
        if bytes.len() >= PIECE {
            sink.write(std::mem::take(&mut bytes), 0)?;
        }
    }
    sink.write(bytes, written)?;
    Ok(written)
}

fn pair_row(pair: &Pair, names: &Names) -> Result<Option<PairRow>> {
    let (Some((a, a_origin)), Some((b, b_origin))) = (names.of(pair.a)?, names.of(pair.b)?) else {
        return Ok(None);
    };
    Ok(Some(PairRow {
        a,
        b,
        jaccard: pair.jaccard,
        containment_a: pair.containment_a,
        containment_b: pair.containment_b,
        alignment: pair.alignment,
        alignment_a: pair.alignment_a,
        alignment_b: pair.alignment_b,
        a_origin,
        b_origin,
    }))
}

fn index_row(hit: &Hit, names: &Names) -> Result<Option<IndexRow>> {
    let row = |(id, origin): Name| IndexRow {
        id,
        origin,
        kind: hit.kind.as_str().to_owned(),
        indexed: hit.indexed.clone(),
        indexed_origin: hit.indexed_origin.clone(),
        jaccard: hit.scores.jaccard,
        jaccard_least: hit.scores.jaccard_least,
        containment: hit.scores.containment,
        containment_least: hit.scores.containment_least,
    };
    Ok(names.of(hit.document)?.map(row))
}
