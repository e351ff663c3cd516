//! Normal form: what may be written of a text, as edits.
//!
//! Input: a text and the switches. Output: the edits that put it in normal form, sorted, free of overlaps, each with
//! the [`Part`] that asked for it. Nothing is changed here.
//!
//! Algorithm: one survey of the bytes says which parts may have anything to do; a clean text ends there, without an
//! allocation. Otherwise the parts run one after another, in the order of [`Part::ALL`], each on the text as the parts
//! before it left it, and each list of edits is composed with the ones before. Where a part did what may concern the
//! parts before it, all run again, so that normalising twice changes nothing more; eight rounds bound the time that texts nested
//! on purpose can take.

mod classes;
mod compose;
mod entities;
mod invisible;
mod line_ends;
mod mojibake;
mod nfc;
mod spaces;
mod trailing_space;
mod typography;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::config::NormalizeConfig;
use crate::edit::{Edit, apply};
use classes::Suspects;
use typography::Typography;

/// A part of normalisation: the cause of an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Text decoded with the wrong character set, mended.
    Mojibake,
    /// Character references that an extractor left over, decoded.
    Entities,
    /// Line ends other than LF.
    LineEnds,
    /// Characters that nobody sees and no script needs there.
    Invisible,
    /// Unicode normalisation form C.
    Nfc,
    /// Spaces other than the plain one, where they are no typography.
    Spaces,
    /// White space at line ends.
    TrailingSpace,
}

impl Part {
    /// All parts, in the order in which they run: each sees what the ones before it left.
    ///
    /// Bytes come before references (`&acirc;` may be half of a broken character, `â€™` never half of a reference),
    /// both before the characters they decode to; line ends before everything that looks at a line.
    pub const ALL: [Self; 7] = [
        Self::Mojibake,
        Self::Entities,
        Self::LineEnds,
        Self::Invisible,
        Self::Nfc,
        Self::Spaces,
        Self::TrailingSpace,
    ];

    /// The name in reports and settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mojibake => "mojibake",
            Self::Entities => "entities",
            Self::LineEnds => "line_ends",
            Self::Invisible => "invisible",
            Self::Nfc => "nfc",
            Self::Spaces => "spaces",
            Self::TrailingSpace => "trailing_space",
        }
    }

    /// Whether `config` switches the part on.
    fn is_on(self, config: NormalizeConfig) -> bool {
        match self {
            Self::Mojibake => config.mojibake,
            Self::Entities => config.entities,
            Self::LineEnds => config.line_ends,
            Self::Invisible => config.invisible,
            Self::Nfc => config.nfc,
            Self::Spaces => config.spaces,
            Self::TrailingSpace => config.trailing_space,
        }
    }

    /// Whether an edit of this part can give work to the parts before it: it joins neighbours, makes characters or
    /// parts lines. A plain space may be the second half of a misread letter that an odd one was not.
    fn reveals(self) -> bool {
        !matches!(self, Self::TrailingSpace)
    }

    /// The edits this part alone asks for in `text`.
    fn find(self, text: &str, language: Option<&str>) -> Vec<Edit<Self>> {
        match self {
            Self::Mojibake => mojibake::find(text),
            Self::Entities => entities::find(text),
            Self::LineEnds => line_ends::find(text),
            Self::Invisible => invisible::find(text),
            Self::Nfc => nfc::find(text),
            Self::Spaces => spaces::find(text, || Typography::of(text, language)),
            Self::TrailingSpace => trailing_space::find(text),
        }
    }
}

/// How often the parts may run over a text. Layers of damage beyond the eighth stay.
const ROUNDS: usize = 8;

/// All edits that put `text` in normal form: sorted, without overlaps, none without effect.
///
/// `language` is the ISO 639 code of the text, when it is known; it decides on spaces that are typography in one
/// language and a scraper's trace in another. Without it the text's own words and letters decide.
///
/// [`edit::apply`](crate::edit::apply) with these edits gives the normal form, in which this function finds nothing.
/// Takes time linear in the text; a text in normal form costs one scan and no allocation.
pub fn find(text: &str, config: &NormalizeConfig, language: Option<&str>) -> Vec<Edit<Part>> {
    let mut draft = Draft { text: Cow::Borrowed(text), edits: Vec::new() };
    for _ in 0..ROUNDS {
        if !draft.run_parts(*config, language) {
            break;
        }
    }
    compose::trim(text, draft.edits)
}

/// A text on its way to normal form, and the edits that led there from the original.
struct Draft<'a> {
    text: Cow<'a, str>,
    edits: Vec<Edit<Part>>,
}

impl Draft<'_> {
    /// One round of all parts; says whether another is needed.
    fn run_parts(&mut self, config: NormalizeConfig, language: Option<&str>) -> bool {
        let mut suspects = Suspects::of(&self.text);
        let mut revealed = false;
        for part in Part::ALL {
            if !(part.is_on(config) && suspects.concern(part)) {
                continue;
            }
            let edits = part.find(&self.text, language);
            if edits.is_empty() {
                continue;
            }
            self.amend(edits);
            if part.reveals() {
                revealed = true;
                suspects = Suspects::of(&self.text);
            }
        }
        revealed
    }

    fn amend(&mut self, edits: Vec<Edit<Part>>) {
        let amended = apply(&self.text, &edits);
        self.edits = compose::compose(std::mem::take(&mut self.edits), edits, &self.text);
        self.text = Cow::Owned(amended);
    }
}

#[cfg(test)]
pub(crate) use tests::test_data;

#[cfg(test)]
mod tests;
