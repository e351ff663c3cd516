//! What a survey of the corpus tells about a single document.

use crate::span::Span;

/// A line of a document that goes because of what was learned from the corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LearnedLine {
    /// The line, without the white space around it.
    pub span: Span,
    /// What was learned: `tail`, `line`, `template`, `keep-one`.
    pub rule: &'static str,
    /// Distinct contexts it stands in.
    pub contexts: u32,
    /// Documents it stands in.
    pub documents: u32,
}

/// What a survey of the corpus knows: how often lines recur, and which recurring lines go.
///
/// Every method has an answer for "no survey was made", so that a document can be cleaned alone.
pub trait Knowledge {
    /// Distinct contexts, near-duplicates counted once, in which the line of this key recurs on `site`, or in the whole
    /// corpus where the site is unknown. Keys are those of [`LineHits::keys`](super::LineHits::keys).
    fn contexts(&self, site: Option<&str>, key: u64) -> u32 {
        let _ = (site, key);
        0
    }

    /// As [`Knowledge::contexts`], other sites left out where the site is known.
    fn contexts_on_site(&self, site: Option<&str>, key: u64) -> u32 {
        self.contexts(site, key)
    }

    /// The lines of this document that go because of what was learned, by place.
    fn learned(&self) -> &[LearnedLine] {
        &[]
    }

    /// The lines of this document, by place, that recur and were not found to go, with the documents each stands in.
    fn recurring(&self) -> &[(Span, u32)] {
        &[]
    }
}

/// No survey was made: a single document.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoKnowledge;

impl Knowledge for NoKnowledge {}
