//! What a survey of the corpus tells about a single document.

/// What was learned about a line that no rule describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LearnedLine {
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

    /// Whether [`learned`](Knowledge::learned) knows any line: when not, lines are not asked about one by one.
    fn has_learned_lines(&self) -> bool {
        false
    }

    /// The evidence on which this line, trimmed and not empty, goes from this document; `None` keeps it.
    fn learned(&self, site: Option<&str>, line: &str) -> Option<LearnedLine> {
        let _ = (site, line);
        None
    }
}

/// No survey was made: a single document.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoKnowledge;

impl Knowledge for NoKnowledge {}
