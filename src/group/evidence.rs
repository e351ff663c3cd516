//! What is told of a removal beside the scores by which it was decided.

use rayon::prelude::*;

use crate::fingerprint::Digest;

use super::{Match, ShingleSource};

/// Removals in favour of one survivor that are looked at in one go.
const RUN: usize = 64;

/// Fills in how many paragraphs each removed document has, and how many of them its survivor has too. They are made anew from
/// the texts, few as these are, so that they need not be held for all documents.
pub(super) fn count_paragraphs<S: ShingleSource>(removed: &mut [Match], source: &S) {
    removed.sort_unstable_by_key(|found| (found.survivor, found.document));
    let runs: Vec<&mut [Match]> =
        removed.chunk_by_mut(|a, b| a.survivor == b.survivor).flat_map(|star| star.chunks_mut(RUN)).collect();
    runs.into_par_iter().for_each(|run| count_in_run(run, source));
}

/// Counts for documents that have their survivor in common.
fn count_in_run<S: ShingleSource>(run: &mut [Match], source: &S) {
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
