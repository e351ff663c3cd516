//! Learning from the corpus as it would go out, until it teaches nothing more.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::texts::with_document;
use super::{ROUNDS, Run};
use crate::error::Result;
use crate::fingerprint::Fingerprints;
use crate::group::Earlier;
use crate::pass::fingerprint::{Printer, Reprinted};
use crate::pass::knowledge::Knowledge;
use crate::pass::prints::Prints;
use crate::pass::survey::{Since, Survey};
use crate::read::Corpus;

/// Documents that are looked at once more in one go, and held until all of these are done.
const REPRINTED: usize = 4096;

impl Run<'_> {
    /// Learns from the corpus as it would go out, with `removed` documents taken from it too and those `returned` that are no
    /// longer, and strips what that teaches; again, until it teaches nothing more. Whether anything was stripped.
    pub(super) fn settle(
        &mut self,
        corpus: &Corpus,
        survey: &mut Survey,
        prints: &mut Prints,
        left: &Left,
        earlier: &mut Earlier,
    ) -> Result<bool> {
        let (mut removed, returned) = (&left.removed[..], &left.returned);
        let mut is_changed = false;
        for _ in 0..ROUNDS {
            self.job.stop.check()?;
            let peeled = prints.take_peeled();
            let since = Since { peeled: &peeled, removed, returned, kept_whole: prints.kept_whole() };
            let learned = self.pool.install(|| survey.learn_again(&since, &self.knowledge, self.plan));
            let Some((knowledge, documents)) = learned else { break };
            let mut is_any_stripped = false;
            for some in documents.chunks(REPRINTED) {
                let reprinted = self.reprint(corpus, survey, prints, &knowledge, some);
                for (document, _) in &reprinted {
                    earlier.note(*document, &prints.units(*document));
                }
                is_any_stripped |= prints.replace(reprinted)?;
            }
            if !is_any_stripped {
                break;
            }
            self.knowledge.add(knowledge);
            (is_changed, removed) = (true, &[]);
        }
        Ok(is_changed)
    }

    /// Documents looked at once more, those from which more goes.
    fn reprint(
        &self,
        corpus: &Corpus,
        survey: &Survey,
        prints: &Prints,
        knowledge: &Knowledge,
        documents: &[u32],
    ) -> Vec<(u32, Reprinted)> {
        let again = |printer: &mut Printer<'_>, document: &u32| {
            let place = survey.documents[*document as usize];
            let before = prints.printed(*document);
            let format = corpus.format(place.shard);
            let again =
                with_document(corpus, place, self.plan, |read| printer.again(read, place, format, &before));
            again.map(|again| (*document, again))
        };
        self.pool.install(|| {
            let found = documents.par_iter().map_init(|| Printer::new(self.plan, knowledge), again);
            found.flatten().collect()
        })
    }
}

/// What became of documents since the corpus was learned from last.
#[derive(Default)]
pub(super) struct Left {
    /// Those that went.
    pub(super) removed: Vec<u32>,
    /// Those that had gone and stay now.
    pub(super) returned: BTreeSet<u32>,
}
