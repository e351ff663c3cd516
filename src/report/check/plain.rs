//! Texts compared by plain sets of strings: what [`crate::group`] does with hashes and samples, done the obvious way.
//!
//! Only the definitions are shared with it: the comparing form ([`fold`]), where paragraphs lie, which scripts put no spaces
//! between words, and the settings. A shingle here is the string itself, so no hash can collide.

use rustc_hash::FxHashSet;

use crate::config::{Config, FingerprintConfig, GroupConfig, Measure, ShingleUnit};
use crate::fingerprint::{is_unspaced, paragraphs};
use crate::fold::fold;

use super::aligned::{self, Passages};

/// Words of one run that a passage is told by.
const PASSAGE: usize = 5;
/// Parts of one by which thresholds are compared, so that 4 of 5 is at least 0.8 without rounding.
const PARTS: f64 = 1e9;

/// A row of tokens, with one space between any two, so that every run of them is a piece of one string.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    text: String,
    /// Where each token starts and ends in `text`.
    places: Vec<(usize, usize)>,
    /// What each counts for in a shingle.
    weights: Vec<usize>,
}

impl Row {
    /// The words of a folded text; characters stand alone in scripts that put no spaces between words.
    pub(super) fn of_words(folded: &str, config: &FingerprintConfig) -> Self {
        let mut row = Self::default();
        for word in folded.split(' ') {
            let mut start = 0;
            for (at, letter) in word.char_indices().filter(|(_, letter)| is_unspaced(*letter)) {
                row.push(&word[start..at], config.size_unspaced);
                start = at + letter.len_utf8();
                row.push(&word[at..start], config.size);
            }
            row.push(&word[start..], config.size_unspaced);
        }
        row
    }

    /// The characters of a folded text, spaces among them.
    fn of_characters(folded: &str) -> Self {
        let places =
            folded.char_indices().map(|(at, letter)| (at, at + letter.len_utf8())).collect::<Vec<_>>();
        Self { text: folded.to_owned(), weights: vec![1; places.len()], places }
    }

    fn push(&mut self, token: &str, weight: usize) {
        if token.is_empty() {
            return;
        }
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        let start = self.text.len();
        self.text.push_str(token);
        self.places.push((start, self.text.len()));
        self.weights.push(weight);
    }

    pub(super) fn tokens(&self) -> impl Iterator<Item = &str> {
        self.places.iter().map(|(start, end)| &self.text[*start..*end])
    }

    fn run(&self, first: usize, last: usize) -> &str {
        &self.text[self.places[first].0..self.places[last].1]
    }

    /// All runs whose weights reach `full`, the shortest that end at each token; the whole row if it is lighter.
    pub(super) fn runs(&self, full: usize) -> Vec<&str> {
        let (mut found, mut first, mut weight) = (Vec::new(), 0, 0);
        for (last, entering) in self.weights.iter().enumerate() {
            weight += entering;
            while weight >= full {
                found.push(self.run(first, last));
                weight -= self.weights[first];
                first += 1;
            }
        }
        if found.is_empty() && !self.places.is_empty() {
            found.push(&self.text);
        }
        found
    }

    /// Every run of [`PASSAGE`] tokens, in order.
    fn passages(&self) -> impl Iterator<Item = &str> {
        (PASSAGE..=self.places.len()).map(|end| self.run(end - PASSAGE, end - 1))
    }
}

/// A text taken apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plain {
    folded: String,
    /// The text as it is, where it folds to nothing.
    wordless: Option<String>,
    words: Row,
    /// Where texts are compared by characters.
    characters: Option<Row>,
    paragraphs: Vec<String>,
    full: usize,
    /// Where aligned texts decide.
    passages: Option<Passages>,
}

impl Plain {
    /// Takes a cleaned text apart.
    pub(crate) fn new(text: &str, config: &FingerprintConfig) -> Self {
        let folded = fold(text).into_owned();
        let words = Row::of_words(&folded, config);
        let (characters, full) = match config.unit {
            ShingleUnit::Words => (None, config.size * config.size_unspaced),
            ShingleUnit::Chars => (Some(Row::of_characters(&folded)), config.size),
        };
        let mut spans = Vec::new();
        paragraphs(text, config.paragraph, &mut spans);
        let paragraphs = spans.into_iter().map(|span| fold(span.of(text)).into_owned());
        let paragraphs = paragraphs.filter(|paragraph| !paragraph.is_empty()).collect();
        let wordless = folded.is_empty().then(|| text.to_owned());
        Self { folded, wordless, words, characters, paragraphs, full, passages: None }
    }

    /// Takes a cleaned text apart as its documents were judged.
    pub(crate) fn judged(text: &str, config: &Config) -> Self {
        let is_aligned = config.group.measure == Measure::Alignment;
        let passages = is_aligned.then(|| Passages::new(text, &config.fingerprint));
        Self { passages, ..Self::new(text, &config.fingerprint) }
    }

    /// Whether both are equal when folded; texts without a word, when they are the same.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        self.folded == other.folded && self.wordless == other.wordless
    }

    /// Its sets, to be looked up in.
    pub(crate) fn sets(&self) -> Sets<'_> {
        let shingles = self.characters.as_ref().unwrap_or(&self.words).runs(self.full);
        Sets {
            plain: self,
            shingles: shingles.into_iter().collect(),
            passages: self.words.passages().collect(),
            words: self.words.tokens().collect(),
            paragraphs: self.paragraphs.iter().map(String::as_str).collect(),
        }
    }
}

/// The sets of one text.
pub(crate) struct Sets<'p> {
    plain: &'p Plain,
    shingles: FxHashSet<&'p str>,
    passages: FxHashSet<&'p str>,
    words: FxHashSet<&'p str>,
    paragraphs: FxHashSet<&'p str>,
}

/// What two texts have in common: of their shingles, or of what they weigh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shared {
    /// What the one has.
    pub(crate) mine: usize,
    /// What the other has.
    pub(crate) theirs: usize,
    /// What both have.
    pub(crate) common: usize,
}

impl Shared {
    fn of_shingles(mine: &Sets<'_>, theirs: &Sets<'_>) -> Self {
        let common = mine.shingles.iter().filter(|shingle| theirs.shingles.contains(*shingle)).count();
        Self { mine: mine.shingles.len(), theirs: theirs.shingles.len(), common }
    }

    fn union(self) -> usize {
        self.mine + self.theirs - self.common
    }

    /// Jaccard resemblance.
    pub(crate) fn jaccard(self) -> f64 {
        share(self.common, self.union())
    }

    /// Share of the one that the other has.
    pub(crate) fn containment(self) -> f64 {
        share(self.common, self.mine)
    }
}

/// What one text is to another that may cover it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Comparison {
    /// Whether both are equal when folded.
    pub(crate) equal: bool,
    /// What their sets of shingles have in common.
    pub(crate) shingles: Shared,
    /// What they have in common when aligned, where that decides.
    pub(crate) aligned: Option<Shared>,
    /// The longest run of words of the one of which no five in a row stand in the other.
    pub(crate) novel_words: usize,
    /// Whether what the one has over the other is nearly all numbers.
    pub(crate) differs_in_numbers: bool,
    /// Whether the one is short and has a word of its own, a last one that may be cut off aside.
    pub(crate) differs_in_short: bool,
    /// Paragraphs of the one.
    pub(crate) paragraphs: usize,
    /// Of these: those that the other has too.
    pub(crate) shared_paragraphs: usize,
}

impl Comparison {
    /// What `mine` is to `theirs`.
    pub(crate) fn of(mine: &Sets<'_>, theirs: &Sets<'_>) -> Self {
        let shared = mine.plain.paragraphs.iter().filter(|own| theirs.paragraphs.contains(own.as_str()));
        let passages = mine.plain.passages.as_ref().zip(theirs.plain.passages.as_ref());
        Self {
            equal: mine.plain.equals(theirs.plain),
            shingles: Shared::of_shingles(mine, theirs),
            aligned: passages.map(|(mine, theirs)| mine.shared(theirs)),
            novel_words: novel_words(mine, theirs),
            differs_in_numbers: differs_in_numbers(mine, theirs),
            differs_in_short: differs_in_short(mine, theirs),
            paragraphs: mine.plain.paragraphs.len(),
            shared_paragraphs: shared.count(),
        }
    }

    /// What decides, and the least that is asked of it beside the threshold.
    fn decisive(&self) -> (Shared, f64) {
        let Some(aligned) = self.aligned else { return (self.shingles, 0.0) };
        let is_short = aligned.mine.min(aligned.theirs) < aligned::SHORT;
        (aligned, if is_short { aligned::OF_SHORT } else { 0.0 })
    }

    /// Whether the resemblance reaches the threshold.
    pub(crate) fn is_near(&self, config: &GroupConfig) -> bool {
        let (shared, least) = self.decisive();
        reaches(shared.common, shared.union(), config.threshold.max(least))
    }

    /// Whether enough of the one, which is no larger, lies in the other.
    pub(crate) fn is_contained(&self, config: &GroupConfig) -> bool {
        let (shared, least) = self.decisive();
        shared.mine <= shared.theirs && reaches(shared.common, shared.mine, config.containment.max(least))
    }

    /// Why the one may not go in the other's favour, whatever the scores; `None` if it may.
    pub(crate) fn held_back(&self, config: &GroupConfig) -> Option<String> {
        if config.novel_words > 0 && self.novel_words > config.novel_words {
            return Some(format!("it has {} words in a row of its own", self.novel_words));
        }
        let reason = match () {
            () if !config.keep_numbers => None,
            () if self.differs_in_numbers => Some("what it has over its survivor is nearly all numbers"),
            () if self.differs_in_short => Some("it is short, and has a word of its own"),
            () => None,
        };
        reason.map(str::to_owned)
    }

    /// Whether a document that goes is covered by the one that stays.
    pub(crate) fn is_covered(&self, config: &GroupConfig) -> bool {
        let reaches = || self.is_near(config) || self.is_contained(config);
        self.equal || (reaches() && self.held_back(config).is_none())
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn reaches(part: usize, whole: usize, least: f64) -> bool {
    whole > 0 && part as u128 * PARTS as u128 >= whole as u128 * (least * PARTS).round() as u128
}

fn novel_words(mine: &Sets<'_>, theirs: &Sets<'_>) -> usize {
    let (mut run, mut longest) = (0_usize, 0_usize);
    for passage in mine.plain.words.passages() {
        run = if theirs.passages.contains(passage) { 0 } else { run + 1 };
        longest = longest.max(run);
    }
    // The four passages to the left that reach into it are missing as well.
    (longest + 1).saturating_sub(PASSAGE)
}

/// At least two of the words that only one has are numbers, and two in three are.
fn differs_in_numbers(mine: &Sets<'_>, theirs: &Sets<'_>) -> bool {
    let mut missing = FxHashSet::default();
    let own = mine.plain.words.tokens().filter(|word| !theirs.words.contains(word));
    let (mut words, mut numbers) = (0, 0);
    for word in own.filter(|word| missing.insert(*word)) {
        words += 1;
        numbers += usize::from(word.starts_with(char::is_numeric));
    }
    numbers >= 2 && numbers * 3 >= words * 2
}

/// Of fewer than forty words one is not in the other text; not the last, which may be cut off, unless it is a number.
fn differs_in_short(mine: &Sets<'_>, theirs: &Sets<'_>) -> bool {
    let words: Vec<&str> = mine.plain.words.tokens().collect();
    let may_be_cut = |at: usize| at + 1 == words.len() && !words[at].starts_with(char::is_numeric);
    let is_own = |at: &usize| !theirs.words.contains(words[*at]);
    words.len() < 40 && (0..words.len()).filter(is_own).any(|at| !may_be_cut(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::{self, Scratch};
    use crate::group::common;
    use proptest::prelude::*;

    fn compared(mine: &str, theirs: &str, config: &FingerprintConfig) -> Comparison {
        let (mine, theirs) = (Plain::new(mine, config), Plain::new(theirs, config));
        Comparison::of(&mine.sets(), &theirs.sets())
    }

    #[test]
    fn a_short_pair_by_hand() {
        let found = compared(
            "One two three, four five six!",
            "one two three four five seven",
            &FingerprintConfig::default(),
        );
        let shared = found.shingles;
        assert_eq!(shared, Shared { mine: 2, theirs: 2, common: 1 });
        assert!((shared.jaccard() - 1.0 / 3.0).abs() < 1e-12 && (shared.containment() - 0.5).abs() < 1e-12);
        assert_eq!((found.paragraphs, found.shared_paragraphs, found.equal), (1, 0, false));
    }

    #[test]
    fn spelling_alone_makes_equals() {
        let config = FingerprintConfig::default();
        assert!(compared("The QUICK fox—\n\njumps.", "the quick fox jumps", &config).equal);
        assert!(compared("***", "***", &config).equal && !compared("***", "---", &config).equal);
    }

    #[test]
    fn a_passage_and_numbers_hold_back() {
        let config = GroupConfig::default();
        let story: String = (0..200).map(|n| (n * n % 997).to_string()).collect::<Vec<_>>().join(" w");
        let own = (0..30).map(|n| format!(" own{n}")).collect::<Vec<_>>().concat();
        let longer = format!("{story}{own} {story}");
        let found = compared(&longer, &story, &FingerprintConfig::default());
        assert_eq!(found.novel_words, 30);
        assert!(found.held_back(&config).unwrap().contains("30 words in a row"));
        let quotes =
            compared(&format!("{story} 17 18"), &format!("{story} 19 20"), &FingerprintConfig::default());
        assert!(quotes.differs_in_numbers && quotes.held_back(&config).is_some());
    }

    /// The fast way, as grouping goes it.
    fn fast(mine: &str, theirs: &str, config: &FingerprintConfig) -> Shared {
        let mut scratch = Scratch::default();
        let (mut a, mut b) = (Vec::new(), Vec::new());
        fingerprint::shingles(mine, config, &mut scratch, &mut a);
        fingerprint::shingles(theirs, config, &mut scratch, &mut b);
        Shared { mine: a.len(), theirs: b.len(), common: common(&a, &b) as usize }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]
        #[test]
        fn the_plain_way_is_the_fast_way(
            mine in "([a-dA-D]{1,2}[ ,\n]|東|京都|[0-9]{1,2} |é|์|๑| ){0,40}",
            theirs in "([a-dA-D]{1,2}[ ,\n]|東|京都|[0-9]{1,2} |é|์|๑| ){0,40}",
            size in 1_usize..6,
            chars in any::<bool>(),
        ) {
            let unit = if chars { ShingleUnit::Chars } else { ShingleUnit::Words };
            let config = FingerprintConfig { unit, size, ..FingerprintConfig::default() };
            let found = compared(&mine, &theirs, &config);
            prop_assert_eq!(found.shingles, fast(&mine, &theirs, &config));
            let digests = fingerprint::paragraph_digests(&mine, &config, &mut Scratch::default());
            prop_assert_eq!(found.paragraphs, digests.len());
            let whole = |text: &str| fingerprint::of(text, &config, &mut Scratch::default()).whole;
            prop_assert_eq!(found.equal, whole(&mine) == whole(&theirs));
        }
    }
}
