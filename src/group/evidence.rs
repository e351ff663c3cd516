//! What is told of a removal beside the scores by which it was decided.

use rayon::prelude::*;

use crate::config::{GroupConfig, Measure};
use crate::fingerprint::Digest;

use super::verify::{Compared, ShingleSet};
use super::{Kind, Match, ShingleSource};

/// Removals in favour of one survivor that are looked at in one go.
const RUN: usize = 64;

/// Fills in how many paragraphs each removed document has, and how many of them its survivor has too; and, where aligned texts
/// decided, what their shingles have in common. All of it is made anew from the texts, few as these are, so that it need not be held
/// for all documents.
pub(super) fn tell<S: ShingleSource>(removed: &mut [Match], source: &S, config: &GroupConfig) {
    removed.sort_unstable_by_key(|found| (found.survivor, found.document));
    let runs: Vec<&mut [Match]> =
        removed.chunk_by_mut(|a, b| a.survivor == b.survivor).flat_map(|star| star.chunks_mut(RUN)).collect();
    runs.into_par_iter().for_each(|run| {
        count_paragraphs(run, source);
        if config.measure == Measure::Alignment {
            compare_shingles(run, source);
        }
    });
}

/// Counts for documents that have their survivor in common.
fn count_paragraphs<S: ShingleSource>(run: &mut [Match], source: &S) {
    let Some(survivor) = run.first().map(|found| found.survivor) else { return };
    let mut theirs: Vec<Digest> = source.paragraphs(survivor).into_vec();
    theirs.sort_unstable();
    for found in run {
        let mine = source.paragraphs(found.document);
        let shared = mine.iter().filter(|digest| theirs.binary_search(digest).is_ok());
        found.shared_paragraphs = shared.count() as u32;
        found.paragraphs = mine.len() as u32;
    }
}

/// Compares documents with the survivor that they have in common; equal ones need no comparison.
fn compare_shingles<S: ShingleSource>(run: &mut [Match], source: &S) {
    let Some(survivor) = run.first().map(|found| found.survivor) else { return };
    let (mut mine, mut theirs) = (ShingleSet::default(), ShingleSet::default());
    theirs.fill(survivor, source);
    for found in run.iter_mut().filter(|found| found.kind != Kind::Exact) {
        mine.fill(found.document, source);
        let pair = mine.compare(0, &theirs, 1);
        (found.jaccard, found.containment) = (pair.jaccard(), pair.containment_of(0));
    }
}
