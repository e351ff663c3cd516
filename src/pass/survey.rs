//! The first pass: which records are documents, and what recurs among their lines.

use std::collections::BTreeSet;
use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::config::Profile;
use crate::document::{Document, RecordId};
use crate::error::Result;
use crate::plan::Plan;
use crate::read::Corpus;
use crate::read::ShardSeal;
use crate::read::format::Format;
use crate::read::shard::Shard;
use crate::report::rows::ProblemRow;
use crate::report::sources::Sites;
use crate::site;
use crate::store::frame::{push_section, take_section};
use crate::store::{Rows, Store, read_value, unreadable, write_value};
use crate::strip::learn::{
    DocumentLines, FirstPlaces, LearnedLines, Line, LineSurvey, read_glanced, read_lines, read_shapes,
};
use crate::strip::link_text::{self, CueSurvey};
use crate::strip::{self, FormBuffers, Glance, LineHits, find_hits_and};

use super::knowledge::{Knowledge, Sample};
use super::prints::PeeledRows;
use super::set_aside::{BadRecord, SetAside, SetAsidePart};
use super::{DocumentPlace, language, normal_form, site_of};

/// What the first pass tells of a part of the input: merges with that of the next part.
#[derive(Default, Serialize, Deserialize)]
pub struct Survey {
    /// The documents, in order.
    pub documents: Vec<DocumentPlace>,
    /// Number of the first document of each shard.
    pub first_documents: Vec<u32>,
    /// Records of a part that are to be set aside.
    pub set_aside: SetAsidePart,
    /// Records of each shard, blank ones among them.
    pub records: Vec<u64>,
    /// Which site each document is of.
    pub sites: Sites,
    /// Whether each document's text is in normal form as it came.
    pub normal: Vec<bool>,
    /// Whether each document may hold link text, by the cues that are built in.
    pub links: Vec<bool>,
    /// What the rules found in each document of a part; whether it goes is decided when all is known.
    #[serde(skip)]
    pub hits: Rows,
    /// The same of the whole, until it is decided.
    #[serde(skip)]
    held_hits: Option<Store>,
    /// Records of the whole that are to be set aside.
    #[serde(skip)]
    held_set_aside: Option<SetAside>,
    /// What the line survey knows each document by; nothing where no lines are learned.
    pub line_hashes: Vec<u64>,
    /// Whether each document may hold a line that was learned; nothing where that was not looked up.
    taught: Vec<bool>,
    lines: LineSurvey,
    firsts: FirstPlaces,
    /// Documents that lines were looked at of.
    surveyed: u64,
    cues: CueSurvey,
    /// Lines that were remembered, once they are no longer held.
    #[serde(skip)]
    ended: Option<u64>,
}

/// What the first pass saw of the documents of one shard.
pub struct Seen<'a> {
    normal: &'a [bool],
    hits: Vec<LineHits>,
    links: &'a [bool],
    taught: &'a [bool],
}

/// What may go from one document, as far as it can be told from itself.
#[derive(Clone, Copy)]
pub struct Found<'a> {
    /// What the rules found.
    pub hits: &'a LineHits,
    /// Whether it may hold link text, by the cues that are built in.
    pub links: bool,
    /// Whether it may hold a learned line.
    pub taught: bool,
}

impl Seen<'_> {
    /// Whether the text of the `index`th document is in normal form as it came.
    pub fn is_normal(&self, index: usize) -> bool {
        self.normal[index]
    }

    /// What may go from it; nothing where stripping is off.
    pub fn found(&self, index: usize) -> Option<Found<'_>> {
        let (hits, links) = (self.hits.get(index)?, *self.links.get(index)?);
        Some(Found { hits, links, taught: self.taught.get(index).copied().unwrap_or(true) })
    }
}

/// The key under which the survey counts how often the match of a rule recurs, apart from the keys of lines.
pub fn recurrence_key(rule_key: u64) -> u64 {
    rule_key ^ 0x9e37_79b9_7f4a_7c15
}

/// A document's rank in a survey: its place in the input.
pub fn rank_of(place: DocumentPlace) -> u64 {
    u64::from(place.shard) << 32 | u64::from(place.record)
}

/// What is used again for the next document.
#[derive(Default)]
struct Buffers {
    forms: FormBuffers,
    glances: Vec<Glance>,
    lines: Vec<Line>,
}

/// The first pass over one shard.
///
/// # Errors
/// Only when a row cannot be written, which is a fault of tamis.
pub fn of_shard(number: u32, shard: &Shard, format: &'static dyn Format, plan: &Plan) -> Result<Survey> {
    let mut survey = Survey { first_documents: vec![0], ..Survey::new(plan) };
    let mut buffers = Buffers::default();
    let mut records = 0;
    for record in shard.records(format) {
        records += 1;
        if format.is_blank(record.raw) {
            continue;
        }
        match shard.parse(record.raw, format, &plan.fields) {
            Ok(document) => {
                let place = DocumentPlace {
                    shard: number,
                    record: (record.number - shard.first_record) as u32,
                    offset: record.offset as u32,
                    length: record.raw.len() as u32,
                };
                survey.documents.push(place);
                survey.observe(&document, place, plan, &mut buffers)?;
            }
            Err(problem) => {
                survey.set_aside.push(RecordId { file: shard.file, record: record.number }, problem)?;
            }
        }
    }
    survey.records.push(records);
    survey.set_aside.end_shard();
    Ok(survey)
}

/// What became of the documents since the corpus was learned from last.
pub struct Since<'a> {
    /// The lines that went from them.
    pub peeled: &'a PeeledRows,
    /// Those that went whole.
    pub removed: &'a [u32],
    /// Those that had gone and stay now; the survey knows nothing of them any more.
    pub returned: &'a BTreeSet<u32>,
    /// Those that the guard kept whole, then or before.
    pub kept_whole: &'a [u32],
}

impl Survey {
    /// Bytes of memory that each document takes from pass to pass: its place, its site, what its lines are known by, three flags.
    pub const BYTES: u64 = 16 + 4 + 8 + 3;

    /// A survey of nothing.
    pub fn new(plan: &Plan) -> Self {
        Self { lines: LineSurvey::new(plan.config.strip.survey), ..Self::default() }
    }

    fn observe(
        &mut self,
        document: &Document<'_>,
        place: DocumentPlace,
        plan: &Plan,
        buffers: &mut Buffers,
    ) -> Result<()> {
        let Buffers { forms, glances, lines } = buffers;
        let config = &plan.config.strip;
        let site = site_of(document);
        self.sites.note(site.as_deref());
        let site = site.as_deref().map(site::key);
        let normal = normal_form(document, plan);
        self.normal.push(normal.edits.is_empty());
        if !config.enabled {
            return Ok(());
        }
        glances.clear();
        let language = language(document, plan);
        let hits = find_hits_and(&normal.text, language, &plan.rules, forms, |glance| glances.push(glance));
        if hits.is_code() {
            glances.clear();
        }
        let has_links = config.strips_link_text() && !hits.is_code();
        if has_links {
            self.cues.observe(&normal.text);
        }
        self.links.push(has_links && link_text::may_hold(&normal.text));
        if config.learn && config.profile != Profile::Safe {
            let keys: Vec<u64> = hits.keys(&plan.rules).map(recurrence_key).collect();
            read_glanced(&normal.text, glances.iter().copied(), lines);
            self.surveyed += u64::from(!lines.is_empty());
            let observed = DocumentLines { site, rank: rank_of(place), lines };
            self.line_hashes.push(self.lines.observe_with(observed, &keys));
        }
        if plan.given.asks_for_firsts() {
            self.note_firsts(document, place, &normal.text, plan, lines);
        }
        self.hits.push_value(&hits)
    }

    /// Notes where lines of rule files stand that are kept once.
    fn note_firsts(
        &mut self,
        document: &Document<'_>,
        place: DocumentPlace,
        text: &str,
        plan: &Plan,
        lines: &mut Vec<Line>,
    ) {
        read_lines(text, lines);
        if plan.given.wants_shapes() {
            read_shapes(text, lines);
        }
        let site = site_of(document).as_deref().map(site::key);
        let document = DocumentLines { site, rank: rank_of(place), lines };
        plan.given.note_firsts(document, &mut self.firsts);
    }

    /// What was seen of some shards as a block of a journal. `shards` says what they were.
    ///
    /// # Errors
    /// Only when it cannot be written, which is a fault of tamis.
    pub fn to_block(&self, shards: &[ShardSeal]) -> Result<Vec<u8>> {
        let (mut block, mut section) = (Vec::new(), Vec::new());
        self.hits.write(&mut block);
        self.set_aside.rows.write(&mut block);
        write_value(&shards, &mut section)?;
        push_section(&mut block, &section);
        section.clear();
        write_value(self, &mut section)?;
        push_section(&mut block, &section);
        Ok(block)
    }

    /// Where in such a block, which begins at `start`, the bytes of the hits stand, and of the records that are set aside.
    pub fn places(&self, start: u64) -> (u64, u64) {
        let ((ends, bytes), (next_ends, _)) = (self.hits.sizes(), self.set_aside.rows.sizes());
        let hits = start + 8 + ends + 8;
        (hits, hits + bytes + 8 + next_ends + 8)
    }

    /// What a block holds of these shards; `None` if it is of others.
    ///
    /// # Errors
    /// When it holds nothing of the kind.
    pub fn of_block(mut block: &[u8], shards: &[ShardSeal]) -> Result<Option<Self>> {
        let damaged = || unreadable(&"the journal's block is of another kind");
        let (hits, set_aside) = (Rows::read(&mut block), Rows::read(&mut block));
        let (hits, set_aside) = hits.zip(set_aside).ok_or_else(damaged)?;
        let found: Vec<ShardSeal> = read_value(take_section(&mut block).ok_or_else(damaged)?)?;
        if found != shards {
            return Ok(None);
        }
        let mut survey: Self = read_value(take_section(&mut block).ok_or_else(damaged)?)?;
        survey.set_aside.rows = set_aside;
        Ok(Some(Self { hits, ..survey }))
    }

    /// Adds the next part of the input.
    pub fn merge(&mut self, next: Self) {
        let before = self.documents.len() as u32;
        self.documents.extend(next.documents);
        self.first_documents.extend(next.first_documents.iter().map(|first| first + before));
        self.set_aside.append(&next.set_aside);
        self.records.extend(next.records);
        self.sites.merge(next.sites);
        self.normal.extend(next.normal);
        self.links.extend(next.links);
        self.hits.append(&next.hits);
        self.line_hashes.extend(next.line_hashes);
        self.lines.merge(&next.lines);
        self.firsts.merge(next.firsts);
        self.surveyed += next.surveyed;
        self.cues.merge(&next.cues);
    }

    /// What the whole input teaches; on all threads of the pool, as [`Survey::learn_again`].
    pub fn finish(&mut self, plan: &Plan) -> Knowledge {
        let sample = Sample { documents: self.surveyed, sampled: self.lines.sampled() };
        let learned = self.learn(plan);
        let concerned = self.lines.concerned(&learned);
        let may_hold = |hash: &u64| concerned.get(hash).copied().unwrap_or(true);
        self.taught = self.line_hashes.par_iter().map(may_hold).collect();
        Knowledge { sample, ..Knowledge::new(learned, self.cues.finish()) }
    }

    /// What the lines teach that are left of the documents.
    fn learn(&mut self, plan: &Plan) -> LearnedLines {
        let config = &plan.config.strip;
        let lines = if config.enabled && config.learn {
            self.lines.finish(config.profile, &plan.given)
        } else {
            LearnedLines::default()
        };
        lines.overruled_by(&plan.given, &self.firsts)
    }

    /// What the corpus as it goes out teaches beyond what is `known`, and the documents it concerns: a second run would find
    /// that.
    pub fn learn_again(
        &mut self,
        since: &Since<'_>,
        known: &Knowledge,
        plan: &Plan,
    ) -> Option<(Knowledge, Vec<u32>)> {
        let Since { peeled, removed, returned, kept_whole } = since;
        if self.line_hashes.is_empty() || (peeled.is_empty() && removed.is_empty()) {
            return None;
        }
        self.lines.peel(peeled.iter());
        self.lines.leave_out(removed.iter().map(|document| self.line_hashes[*document as usize]));
        let learned = self.learn(plan);
        let least = strip::least_contexts(plan.config.strip.profile);
        let kept_whole = kept_whole.iter().map(|document| self.line_hashes[*document as usize]).collect();
        let affected = self.lines.affected(&learned, &known.lines, least, &kept_whole);
        let concerned = |(document, hash): (u32, &u64)| {
            (affected.contains(hash) || returned.contains(&document)).then_some(document)
        };
        let documents: Vec<u32> = (0..).zip(&self.line_hashes).filter_map(concerned).collect();
        (!documents.is_empty()).then(|| (Knowledge::new(learned, known.cues.clone()), documents))
    }

    /// Lines that are remembered to learn from, each document as three.
    pub fn lines_held(&self) -> u64 {
        self.ended.unwrap_or(self.lines.weight() as u64)
    }

    /// Lets go of what there was to learn from, and what the second pass needed: what is left is where documents stand, their sites, and
    /// what is set aside.
    pub fn end_learning(&mut self) {
        self.ended = Some(self.lines_held());
        (self.lines, self.cues) = (LineSurvey::default(), CueSurvey::default());
        (self.normal, self.links, self.taught) = (Vec::new(), Vec::new(), Vec::new());
        self.line_hashes = Vec::new();
    }

    /// The documents of one shard.
    pub fn documents_of(&self, shard: u32) -> &[DocumentPlace] {
        &self.documents[self.range_of(shard)]
    }

    /// How many records are set aside.
    pub fn set_aside(&self) -> u64 {
        self.held_set_aside.as_ref().map_or(0, SetAside::len)
    }

    /// The records of one shard that are to be set aside.
    ///
    /// # Errors
    /// When what is held cannot be read again.
    pub fn set_aside_in(&self, number: u32) -> Result<Vec<BadRecord>> {
        self.held_set_aside.as_ref().map_or_else(|| Ok(Vec::new()), |held| held.of_shard(number))
    }

    /// The records that are set aside, as the report tells them without having read them again.
    pub fn problems<'a>(&'a self, corpus: &'a Corpus) -> impl Iterator<Item = Result<ProblemRow>> + 'a {
        self.held_set_aside.iter().flat_map(SetAside::iter).map(|record| {
            let (id, problem) = record?;
            let file = ProblemRow::of_file(&corpus.files[id.file as usize].name, &problem);
            Ok(ProblemRow { record: Some(id.record), ..file })
        })
    }

    /// What was seen of the documents of one shard.
    ///
    /// # Errors
    /// When what is held cannot be read again.
    pub fn seen_in(&self, shard: u32) -> Result<Seen<'_>> {
        let range = self.range_of(shard);
        Ok(Seen {
            normal: &self.normal[range.clone()],
            hits: self.hits_in(&range)?,
            links: self.links.get(range.clone()).unwrap_or_default(),
            taught: self.taught.get(range).unwrap_or_default(),
        })
    }

    fn hits_in(&self, documents: &Range<usize>) -> Result<Vec<LineHits>> {
        let Some(held) = self.held_hits.as_ref().filter(|held| !held.is_empty()) else {
            return Ok(Vec::new());
        };
        let rows = held.range(documents.start as u32..documents.end as u32)?;
        rows.iter().map(read_value).collect()
    }

    /// Holds the records that are set aside, and what the rules found in all documents, that until [`Survey::drop_hits`].
    pub fn hold(&mut self, hits: Store, set_aside: SetAside) {
        (self.held_hits, self.held_set_aside) = (Some(hits), Some(set_aside));
    }

    /// Lets go of what the rules found: it is decided.
    pub fn drop_hits(&mut self) {
        self.held_hits = None;
    }

    /// The record of a document.
    pub fn record(&self, document: u32, corpus: &Corpus) -> RecordId {
        let place = self.documents[document as usize];
        corpus.record(place.shard, place.record)
    }

    /// Numbers of the documents of one shard.
    pub fn range_of(&self, shard: u32) -> std::ops::Range<usize> {
        let start = self.first_documents[shard as usize] as usize;
        let end =
            self.first_documents.get(shard as usize + 1).map_or(self.documents.len(), |end| *end as usize);
        start..end
    }
}
