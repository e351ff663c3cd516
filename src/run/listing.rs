//! What is listed in place of a clean corpus: learned lines, duplicates, an index and what it knows.

use super::Run;
use crate::error::Result;
use crate::fingerprint::Fingerprints;
use crate::group;
use crate::index::{self, Entry, IndexReader};
use crate::indexing::{Indexed, Indexing, WrittenIndex};
use crate::learning::{Learned, Learning};
use crate::listing::{self, Found, Listing, OpenList, WrittenList};
use crate::outcome::Problems;
use crate::parallel::in_order;
use crate::pass::name::{self, Names};
use crate::pass::prints::Prints;
use crate::pass::survey::Survey;
use crate::pass::wording;
use crate::progress::Stage;
use crate::read::{Batch, Corpus};
use crate::request::Request;
use crate::store::Room;
use crate::strip::learn::{LineTexts, Selection};

impl Run<'_> {
    /// Looks up how the learned lines read that are to be listed.
    ///
    /// # Errors
    /// When an input changed, or the run is stopped.
    pub fn collect_lines(
        &mut self,
        corpus: &Corpus,
        request: &Request,
        survey: &Survey,
        learning: Learning,
    ) -> Result<Learned> {
        self.watch.begin(Stage::Write, Some(corpus.unpacked_size()));
        let wanted = Selection::new(&self.knowledge.lines, learning.limit, learning.kept);
        let mut texts = LineTexts::default();
        let work = |batch: Batch| -> Result<_> {
            let mut part = LineTexts::default();
            for number in batch.shards {
                let shard = corpus.shard(number)?;
                let documents = survey.documents_of(number);
                part.merge(wording::of_shard(&shard, corpus.format(number), documents, &wanted, self.plan));
            }
            Ok((part, batch.bytes))
        };
        in_order(&self.pool, corpus.batches(), work, |done| {
            let (part, bytes) = done?;
            texts.merge(part);
            self.advance(bytes)
        })?;
        let learned = Learned::new(&self.knowledge, &wanted, &texts, corpus, survey, self.plan)?;
        Ok(Learned { problems: Problems::of(request, corpus, survey, None)?, ..learned })
    }

    /// Finds what is to be listed.
    ///
    /// # Errors
    /// When an input changed, or the run is stopped.
    pub fn search(
        &mut self,
        corpus: &Corpus,
        survey: &mut Survey,
        prints: &mut Prints,
        listing: Listing,
    ) -> Result<Found> {
        self.watch.begin(Stage::Group, None);
        if listing == Listing::Removals {
            let grouping = self.settled_grouping(corpus, survey, prints)?;
            let removals = self.removals(&grouping, corpus, survey, prints, None)?;
            prints.check()?;
            self.job.stop.check()?;
            return Ok(Found::Removals(Box::new(removals)));
        }
        let config = &self.plan.config;
        let source = self.clean_texts(corpus, survey, prints);
        let fingerprints = self.together(prints);
        let (pairs, counts) = self.pool.install(|| match listing {
            Listing::ExhaustivePairs => group::exhaustive_pairs(&fingerprints, &source, &config.group),
            _ => group::pairs(&fingerprints, &source, config, &self.workspace(fingerprints.len())),
        });
        prints.check()?;
        self.job.stop.check()?;
        Ok(Found::Pairs(pairs, counts))
    }

    /// Looks up what the documents of a list are called, and writes it.
    ///
    /// # Errors
    /// When something cannot be written, an input changed, or the run is stopped.
    pub fn list(
        &mut self,
        corpus: &Corpus,
        request: &Request,
        survey: &Survey,
        found: &Found,
    ) -> Result<WrittenList> {
        self.watch.begin(Stage::Write, Some(corpus.unpacked_size()));
        let documents = found.documents();
        let mut names = self.names(corpus, survey, &documents)?;
        names.extend(name::rows_of(&self.reference_names(documents.into_iter(), survey)?)?, None)?;
        let list = OpenList::begin(self.job, request, &self.pool)?;
        listing::write(found, &names, list, request, corpus, survey, self.reference.as_ref())
    }

    /// What some documents are called, in order; `documents` are sorted.
    pub(super) fn names(&self, corpus: &Corpus, survey: &Survey, documents: &[u32]) -> Result<Names> {
        let mut names = Names::new(&Room::new(self.budget.group), &self.file);
        let work = |batch: Batch| -> Result<_> {
            let mut part = Vec::new();
            for number in batch.shards {
                part.extend(self.names_in(corpus, survey, number, documents)?);
            }
            Ok((part, batch.bytes))
        };
        in_order(&self.pool, corpus.batches(), work, |done| {
            let (part, bytes) = done?;
            names.extend(name::rows_of(&part)?, None)?;
            self.advance(bytes)
        })?;
        Ok(names)
    }

    /// Takes every document into an index.
    ///
    /// # Errors
    /// When something cannot be written, an input changed, or the run is stopped.
    pub fn index(
        &mut self,
        corpus: &Corpus,
        request: &Request,
        survey: &Survey,
        prints: &Prints,
        mut indexing: Indexing,
    ) -> Result<WrittenIndex> {
        self.watch.begin(Stage::Write, Some(corpus.unpacked_size()));
        let work = |batch: Batch| -> Result<_> {
            let mut part = Vec::new();
            for number in batch.shards {
                let range = survey.range_of(number);
                let documents: Vec<u32> = (range.start as u32..range.end as u32).collect();
                let names = self.names_in(corpus, survey, number, &documents)?;
                part.extend(
                    documents.iter().zip(names).map(|(number, named)| Entry::new(prints, *number, named)),
                );
            }
            Ok((part, batch.bytes))
        };
        in_order(&self.pool, corpus.batches(), work, |done| {
            let (part, bytes) = done?;
            prints.check()?;
            indexing.take(part)?;
            self.advance(bytes)
        })?;
        indexing.finish(Indexed {
            files: corpus.files.len() as u64,
            read: survey.documents.len() as u64 + survey.set_aside(),
            set_aside: survey.set_aside(),
            problems: Problems::of(request, corpus, survey, None)?,
            ..Indexed::default()
        })
    }

    /// Looks every document up in an index.
    ///
    /// # Errors
    /// When the index is damaged.
    pub fn query(&mut self, prints: &Prints, index: &mut IndexReader) -> Result<Found> {
        self.watch.begin(Stage::Group, None);
        let hits = index::search(prints, index, &self.plan.config.group)?;
        prints.check()?;
        Ok(Found::Indexed(hits))
    }

    /// What those of `documents` are called that are in one shard.
    fn names_in(
        &self,
        corpus: &Corpus,
        survey: &Survey,
        number: u32,
        documents: &[u32],
    ) -> Result<Vec<name::Named>> {
        let range = survey.range_of(number);
        let from = documents.partition_point(|&document| (document as usize) < range.start);
        let to = documents.partition_point(|&document| (document as usize) < range.end);
        if from == to {
            return Ok(Vec::new());
        }
        let shard = corpus.shard(number)?;
        let path = &corpus.files[shard.file as usize].name;
        let (format, places) = (corpus.format(number), survey.documents_of(number));
        let wanted = &documents[from..to];
        Ok(name::of_shard(&shard, format, path, places, range.start as u32, wanted, &self.plan.fields))
    }
}
