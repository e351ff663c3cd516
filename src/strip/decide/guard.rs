//! The guard: a document of which too much would go is kept whole.

use std::fmt;

use serde::Serialize;

use super::cut::{blocks, line_after, line_before};
use super::{Chosen, Evidence};
use crate::strip::compile::Settings;

/// Contexts from which on a line is boilerplate without a doubt, however much of its document it is.
const PROVEN_CONTEXTS: u32 = 5;

/// Deleted characters up to which the guard lets a document pass that keeps at least as many: a marker or two in a very
/// short text.
const SMALL_LOSS: usize = 100;

/// What made a document be kept whole.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Guard {
    /// Characters that would have gone.
    pub removed_chars: usize,
    /// Characters of the document.
    pub total_chars: usize,
    /// Share of a document's characters that may go.
    pub share: f64,
    /// Characters that should stay.
    pub floor: usize,
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { removed_chars, total_chars, share, floor } = self;
        let percent = 100.0 * share;
        write!(
            f,
            "stripping would take {removed_chars} of {total_chars} characters; the guard allows {percent:.0} % and wants {floor} characters to stay"
        )
    }
}

/// Whether a line was seen in so many contexts that the guard need not doubt it, as a sign-up form longer than its article.
/// The menus around an article are no loss to it either.
fn is_proven(evidence: Evidence, article: bool) -> bool {
    match evidence {
        Evidence::Recurs { contexts } | Evidence::Learned { contexts, .. } => contexts >= PROVEN_CONTEXTS,
        Evidence::Furniture => article,
        _ => false,
    }
}

/// The limit that deleting these lines would break.
pub(super) fn guard(text: &str, chosen: &[Chosen], article: bool, settings: &Settings) -> Option<Guard> {
    if chosen.is_empty() {
        return None;
    }
    let total_chars = text.chars().count() - memchr::memchr_iter(b'\n', text.as_bytes()).count();
    let removed_chars = chosen.iter().map(|choice| choice.line.of(text).chars().count()).sum::<usize>();
    let doubtful_chars = chosen.iter().filter(|choice| !is_proven(choice.evidence, article));
    let doubtful_chars = doubtful_chars.map(|choice| choice.line.of(text).chars().count()).sum::<usize>();
    let left = total_chars.saturating_sub(removed_chars);
    let taken = doubtful_chars as f64 / total_chars.max(1) as f64;
    let nothing_left = blocks(text, chosen)
        .any(|block| line_before(text, block.start).is_none() && line_after(text, block.end).is_none());
    let small = removed_chars <= SMALL_LOSS && removed_chars <= left;
    let share = settings.guard_share;
    let floor = settings.guard_floor;
    let too_much = !small && (taken > share || (left < floor && taken > share / 2.0));
    (nothing_left || too_much).then_some(Guard { removed_chars, total_chars, share, floor })
}
