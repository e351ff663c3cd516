//! Cues: what ends a pop-up. Some are built in, others are learned from what stands behind echoes.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::{Deserialize, Serialize};

use crate::span::Span;
use crate::strip::search::Searcher;

/// Cues of pop-ups that are known.
const BUILT_IN: &[&str] =
    &["MORE", "READ MORE", "Read more", "See more", "SEE MORE", "Read More", "See More"];

/// A cue and how it is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cue {
    /// The word or words.
    pub text: String,
    /// Whether it was learned from the corpus.
    pub learned: bool,
    /// Share of the echoes it follows; of learned ones.
    pub coverage: f64,
    /// How much more often it stands there than elsewhere; of learned ones.
    pub lift: f64,
}

/// The cues of a run.
#[derive(Clone, Debug, Serialize)]
#[serde(into = "Vec<Cue>")]
pub struct Cues {
    known: Vec<Cue>,
    #[serde(skip)]
    has_learned: bool,
    #[serde(skip)]
    searcher: Searcher,
}

impl Default for Cues {
    fn default() -> Self {
        Self::of(built_in().collect())
    }
}

impl From<Cues> for Vec<Cue> {
    fn from(cues: Cues) -> Self {
        cues.known
    }
}

impl Cues {
    fn of(known: Vec<Cue>) -> Self {
        let searcher = Searcher::new(known.iter().map(|cue| cue.text.as_str()));
        let has_learned = known.iter().any(|cue| cue.learned);
        Self { known, has_learned, searcher }
    }

    /// The built-in cues, and those of `learned` that are none of them.
    pub(super) fn with_learned(learned: impl Iterator<Item = Cue>) -> Self {
        let new = learned.filter(|cue| !BUILT_IN.contains(&cue.text.as_str()));
        Self::of(built_in().chain(new).collect())
    }

    /// The cues and how each is known.
    pub fn known(&self) -> &[Cue] {
        &self.known
    }

    /// Whether some were learned from the corpus.
    pub fn has_learned(&self) -> bool {
        self.has_learned
    }

    /// Whether a built-in cue may stand in `text`: three searches for what they begin with or consist of.
    pub(super) fn may_hold_built_in(text: &str) -> bool {
        static CAPITALS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("MORE"));
        static HEADS: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| ["Read ", "See "].map(Finder::new));
        let bytes = text.as_bytes();
        let has_more = |finder: &Finder<'_>| {
            let mut ends = finder.find_iter(bytes).map(|at| &bytes[at + finder.needle().len()..]);
            ends.any(|rest| rest.starts_with(b"more") || rest.starts_with(b"More"))
        };
        CAPITALS.find(bytes).is_some() || HEADS.iter().any(has_more)
    }

    /// Whether a cue may stand in `text`: a look that is cheap as long as none was learned.
    pub(super) fn may_stand(&self, text: &str) -> bool {
        self.has_learned || Self::may_hold_built_in(text)
    }

    /// Where cues stand: whole words on their right; on their left a small letter may be glued.
    pub(super) fn find<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Span> + 'a {
        let mut from = 0;
        let matches = std::iter::from_fn(move || {
            let found = self.searcher.first(text, from)?;
            from = found.end;
            Some(found)
        });
        matches.filter(move |span| is_whole(text, *span))
    }
}

fn built_in() -> impl Iterator<Item = Cue> {
    BUILT_IN.iter().map(|text| Cue { text: (*text).to_owned(), learned: false, coverage: 0.0, lift: 0.0 })
}

fn is_whole(text: &str, span: Span) -> bool {
    let before = text[..span.start].chars().next_back();
    let after = text[span.end..].chars().next();
    !before.is_some_and(char::is_uppercase) && !after.is_some_and(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheap_look_passes_every_built_in_cue_and_little_else() {
        for cue in BUILT_IN {
            assert!(Cues::may_hold_built_in(&format!("See, Read {cue}")), "{cue}");
        }
        for text in ["", "Read on, and See that", "more and More", "MOR", "See  more"] {
            assert!(!Cues::may_hold_built_in(text), "{text}");
        }
    }
}
