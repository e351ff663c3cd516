//! Link text glued into sentences, and the pop-up behind it.
//!
//! What it removes: the copy of a name, the headlines and the cue that a link's pop-up leaves behind when a page is turned
//! into text. Why: no list of phrases has them, since each is different, and they stand in the middle of sentences.
//! Before: `President Joe BidenJoe BidenBiden prepares to confront Putin MORE later this week.` After: `President Joe
//! Biden later this week.` When it is wrong: never seen without a name said twice around a glue point *and* a cue (or a
//! cut) behind it; each trace alone is left alone. Settings: `strip.link_text`.
//!
//! Three traces make a pop-up: a *glue point* (a word ends and a capital, a digit or a quotation mark follows with no
//! space), an *echo* (what stands before the glue point ends as a name shortly before it ends, with nothing but names
//! between), and a *cue* behind it (`MORE`), built in or learned. What goes begins right after the first mention and ends
//! with the cue, so that whatever followed the cue joins the name as it was written. Time is linear: an echo is looked for
//! in the 120 bytes before a glue point, a cue in the 900 after it, and each look has a bound. Most texts are told apart
//! sooner, by a few searches ([`may_hold`]).

mod bracket;
mod cue;
mod echo;
mod effort;
mod glue;
mod name;
mod popup;
mod survey;

use std::sync::Arc;

use memchr::{memchr, memrchr};
use serde::Serialize;

use super::decide::{Evidence, Removal};
use crate::span::Span;

pub use cue::{Cue, Cues};
pub use survey::CueSurvey;

/// Category of all findings.
pub const CATEGORY: &str = "link_text";

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A pop-up glued to the link: `Joe BidenJoe BidenBiden prepares … MORE`.
    PopupGlued,
    /// A pop-up with a space after the link: `Joe Biden Joe BidenBiden prepares … MORE`.
    PopupSpaced,
    /// A pop-up without a glue point: `Paul Ryan Paul Davis Ryan Retirees should … MORE`.
    PopupUnglued,
    /// A pop-up behind half a name, the other half of which follows: `Sarah Huckabee Sarah Elizabeth Sanders… MORE Sanders`.
    PopupHalfLinked,
    /// A pop-up that the text's end cuts off before its cue.
    PopupCut,
    /// A bracket that opens with a label: `(RELATED: …)`.
    Bracket,
    /// What a news interface puts where it cuts a text: `[+2463 chars]`.
    CutMark,
}

impl Kind {
    /// Whether it is a name's pop-up, and not an insert by its label.
    pub fn is_popup(self) -> bool {
        !matches!(self, Self::Bracket | Self::CutMark)
    }

    /// The rule's name, as the report writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PopupGlued => "link_text/popup-glued",
            Self::PopupSpaced => "link_text/popup-spaced",
            Self::PopupUnglued => "link_text/popup-unglued",
            Self::PopupHalfLinked => "link_text/popup-half-linked",
            Self::PopupCut => "link_text/popup-cut",
            Self::Bracket => "link_text/bracket",
            Self::CutMark => "link_text/cut-mark",
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkText {
    /// What goes.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
    /// The mention of the name that stays, or the label of a bracket.
    pub anchor: Span,
    /// The cue that ended it.
    pub cue: Option<Span>,
}

impl LinkText {
    /// The finding as a removal.
    pub fn removal(&self) -> Removal {
        Removal {
            span: self.span,
            rule: Arc::from(self.kind.as_str()),
            category: Arc::from(CATEGORY),
            evidence: Evidence::Structure,
        }
    }
}

/// All link text in `text`, by place and free of overlaps. Finds only.
pub fn find(text: &str, cues: &Cues) -> Vec<LinkText> {
    let mut found = popup::find(text, cues);
    bracket::find(text, &mut found);
    if found.len() > 1 {
        found.sort_by_key(|link| (link.span.start, std::cmp::Reverse(link.span.end)));
        let mut end = 0;
        found.retain(|link| {
            let is_free = link.span.start >= end;
            end = end.max(link.span.end);
            is_free
        });
    }
    found
}

/// Whether [`find`] may find anything with the built-in cues alone: far cheaper than to find it. Where no cue was learned, a
/// text of which this is false needs no second look.
pub fn may_hold(text: &str) -> bool {
    Cues::may_hold_built_in(text) || popup::is_cut(text) || bracket::is_in(text)
}

/// The line around a place, without its line end.
fn line_around(text: &str, at: usize) -> Span {
    let start = memrchr(b'\n', &text.as_bytes()[..at]).map_or(0, |place| place + 1);
    let end = memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |place| at + place);
    effort::note(end - start);
    Span::new(start, end)
}

#[cfg(test)]
mod tests;
