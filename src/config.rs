//! What a run is asked to do, as plain data: the only home of every default.
//!
//! Anything that changes the result stands in [`Config`], and the whole of it stands in the report. How a run is carried
//! out (threads, memory, places on disk) changes no output byte and stands in [`crate::job::Job`].

use serde::{Deserialize, Serialize};

use crate::strip::learn::SurveyBudget;
use crate::strip::link_text;

/// Everything that changes the result of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How records are taken apart.
    pub read: ReadConfig,
    /// Which parts of the text are put in normal form.
    pub normalize: NormalizeConfig,
    /// What is stripped.
    pub strip: StripConfig,
    /// What texts are compared by.
    pub fingerprint: FingerprintConfig,
    /// Which documents are duplicates, and which of them stays.
    pub group: GroupConfig,
    /// How the result is written.
    pub write: WriteConfig,
}

/// How the result is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteConfig {
    /// Whether removals are only marked in the records, in a field `tamis`, and nothing is taken out.
    pub annotate: bool,
}

/// Where a record keeps what tamis needs of it. Field names may be paths: `data.text`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadConfig {
    /// Field of the text.
    pub text_field: String,
    /// Field of the document's own id; a record without it is known by its origin.
    pub id_field: String,
    /// Field of the address, whose registrable domain is the site.
    pub url_field: String,
    /// Field that names the site outright; goes before the address.
    pub site_field: Option<String>,
    /// Field of the language, as an ISO 639 code.
    pub lang_field: String,
    /// Language of every document that names none.
    pub lang: Option<String>,
    /// Field of the date, for `newest` and `oldest`.
    pub date_field: String,
}

impl Default for ReadConfig {
    fn default() -> Self {
        Self {
            text_field: "text".into(),
            id_field: "id".into(),
            url_field: "url".into(),
            site_field: None,
            lang_field: "lang".into(),
            lang: None,
            date_field: "date".into(),
        }
    }
}

/// The parts of normalisation, each a switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each part is a switch of its own")]
pub struct NormalizeConfig {
    /// Unicode normalisation form C.
    pub nfc: bool,
    /// CR LF and lone CR become LF.
    pub line_ends: bool,
    /// White space at line ends goes.
    pub trailing_space: bool,
    /// Zero-width and control characters, byte order marks and soft hyphens go.
    pub invisible: bool,
    /// Odd spaces that are a scraper's trace become plain ones.
    pub spaces: bool,
    /// Character references that an extractor left over are decoded.
    pub entities: bool,
    /// Text decoded with the wrong character set is mended where that is certain.
    pub mojibake: bool,
}

impl Default for NormalizeConfig {
    fn default() -> Self {
        Self {
            nfc: true,
            line_ends: true,
            trailing_space: true,
            invisible: true,
            spaces: true,
            entities: true,
            mojibake: true,
        }
    }
}

/// How bold stripping is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Only what is certain in a single document.
    Safe,
    /// What is certain, and what recurs.
    #[default]
    Default,
    /// Judgement calls too.
    Strict,
}

/// What is stripped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StripConfig {
    /// Whether anything is stripped at all.
    pub enabled: bool,
    /// How bold stripping is.
    pub profile: Profile,
    /// Whether link texts glued into sentences go; see [`StripConfig::strips_link_text`].
    pub link_text: bool,
    /// Whether lines are learned from the corpus itself.
    pub learn: bool,
    /// How many lines are remembered to learn from; beyond it, those of a fair sample of the documents.
    #[serde(default)]
    pub survey: SurveyBudget,
    /// Categories switched on against the profile.
    pub with: Vec<String>,
    /// Categories switched off.
    pub without: Vec<String>,
    /// The user's own rule files, rules and learned lines: their contents, in TOML.
    pub rules: Vec<String>,
    /// Share of a document's characters beyond which it is kept whole; `None`: the profile's own (0.15, 0.3, 0.5).
    pub guard_share: Option<f64>,
    /// Characters a document must keep, else it is kept whole.
    pub guard_floor: usize,
}

impl StripConfig {
    /// Whether link texts glued into sentences go, and their category is not switched off.
    pub fn strips_link_text(&self) -> bool {
        self.link_text && !self.without.iter().any(|category| category == link_text::CATEGORY)
    }
}

impl Default for StripConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            profile: Profile::Default,
            link_text: true,
            learn: true,
            survey: SurveyBudget::default(),
            with: Vec::new(),
            without: Vec::new(),
            rules: Vec::new(),
            guard_share: None,
            guard_floor: 200,
        }
    }
}

/// What a shingle is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShingleUnit {
    /// Words; single characters, six to a shingle, in scripts without spaces between words.
    Words,
    /// Characters.
    Chars,
}

/// What a paragraph is: the unit of evidence in a report, never a ground for removal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParagraphUnit {
    /// Blocks in hard-wrapped text, lines in any other; decided for each document.
    #[default]
    Auto,
    /// A non-empty line.
    Line,
    /// The lines between blank or newly indented ones.
    Block,
}

/// What texts are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FingerprintConfig {
    /// What a shingle is made of.
    pub unit: ShingleUnit,
    /// How many words, or characters, make a shingle.
    pub size: usize,
    /// Characters to a shingle where words have no spaces between them.
    pub size_unspaced: usize,
    /// Of this many shingles in a row at least one is looked up, so that one text is found inside another. Fewer find
    /// shorter texts and take more memory: 2 / (window + 1) of all shingles are kept, at five bytes each.
    pub window: usize,
    /// What a paragraph is.
    pub paragraph: ParagraphUnit,
}

impl Default for FingerprintConfig {
    fn default() -> Self {
        Self {
            unit: ShingleUnit::Words,
            size: 5,
            size_unspaced: 6,
            window: 8,
            paragraph: ParagraphUnit::Auto,
        }
    }
}

/// Which of several duplicates stays; ties end at input order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// The first of the input.
    #[default]
    First,
    /// The one with the most characters after cleaning.
    Longest,
    /// The one with the latest date.
    Newest,
    /// The one with the earliest date.
    Oldest,
    /// The one with the greatest (or, with `min`, the least) value in a field.
    Field {
        /// The field's name.
        name: String,
        /// Whether the least value wins.
        min: bool,
    },
}

/// By what two documents are judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Measure {
    /// By their sets of shingles: what they have in common of all that is in either.
    #[default]
    Shingles,
    /// By their passages: each with the one most like it in the other, long ones weighing no more than others.
    Alignment,
}

impl Measure {
    /// The usual thresholds: near, contained.
    pub fn thresholds(self) -> (f64, f64) {
        match self {
            Self::Shingles => (0.8, 0.9),
            Self::Alignment => (0.5, 0.8),
        }
    }
}

/// What is removed when it is there twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Whole documents.
    #[default]
    Document,
    /// Whole documents, and then later copies of paragraphs in those that stay.
    Paragraph,
}

/// Which documents are duplicates, and which of them stays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each relation is a switch of its own")]
pub struct GroupConfig {
    /// Whether any document is removed as a duplicate.
    pub enabled: bool,
    /// Whether equal documents are.
    pub exact: bool,
    /// Whether near-duplicates are.
    pub near: bool,
    /// Whether documents contained in another are.
    pub contained: bool,
    /// Whether documents are kept apart if what differs is nearly all numbers: daily quotes, results, weather; or, of a text of
    /// fewer than forty words, any word: the bank, the day.
    pub keep_numbers: bool,
    /// Words in a row (characters, in scripts without spaces) that a document may have and its survivor not; one with
    /// more is not covered, whatever its scores. 0: no limit.
    pub novel_words: usize,
    /// By what two documents are judged.
    #[serde(default)]
    pub measure: Measure,
    /// Least Jaccard resemblance of near-duplicates, 0 to 1, by the measure.
    pub threshold: f64,
    /// Least share of the removed document inside its survivor, 0 to 1, by the measure.
    pub containment: f64,
    /// Which of several duplicates stays.
    pub keep: Keep,
    /// Whether paragraphs go that another document that stays has too.
    pub level: Level,
    /// Characters of a paragraph, at least, for it to go.
    pub paragraph_chars: usize,
}

impl Default for GroupConfig {
    fn default() -> Self {
        let measure = Measure::default();
        let (threshold, containment) = measure.thresholds();
        Self {
            enabled: true,
            exact: true,
            near: true,
            contained: true,
            keep_numbers: true,
            novel_words: 25,
            measure,
            threshold,
            containment,
            keep: Keep::First,
            level: Level::Document,
            paragraph_chars: 100,
        }
    }
}
