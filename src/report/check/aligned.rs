//! Texts aligned by plain strings: what `--measure alignment` does with hashes, done the obvious way.
//!
//! Only the definitions are shared with [`crate::fingerprint::passages`] and the alignment of [`crate::group`]: the comparing form, where
//! paragraphs lie, and which scripts put no spaces between words. Where sentences end is told here anew.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::config::FingerprintConfig;
use crate::fingerprint::paragraphs;
use crate::fold::fold;

use super::plain::{Row, Shared};

/// Words of a sentence, at least; what is shorter joins the next.
const SENTENCE: usize = 6;
/// Words of a run by which sentences are compared, and characters of one in scripts without spaces.
const RUN: (usize, usize) = (3, 4);
/// Words that a paragraph weighs, at most, in a text of [`ENOUGH`] paragraphs and more.
const HEAVIEST: usize = 200;
const ENOUGH: usize = 4;
/// Parts of a word in which weights are counted.
const PARTS: usize = 16;
/// Sentences of one text up to which a run says something of those that hold it.
const FEW: usize = 8;

/// Words up to which a text is short, so that more is asked for.
pub(super) const SHORT: usize = 200 * PARTS;
/// What is asked for of short texts, at least, in either relation.
pub(super) const OF_SHORT: f64 = 0.9;

/// A text as a row of sentences.
#[derive(Clone, Debug, Default)]
pub(super) struct Passages(Vec<Passage>);

/// One sentence, or several short ones.
#[derive(Clone, Debug, Default)]
struct Passage {
    folded: String,
    /// Of each piece of it, the number of its paragraph and how many words it has.
    pieces: Vec<(usize, usize)>,
    /// In [`PARTS`] of a word.
    weight: usize,
    runs: BTreeSet<String>,
}

impl Passages {
    /// Takes a cleaned text apart.
    pub(super) fn new(text: &str, config: &FingerprintConfig) -> Self {
        let mut spans = Vec::new();
        paragraphs(text, config.paragraph, &mut spans);
        let mut passages = vec![Passage::default()];
        for (paragraph, span) in spans.iter().enumerate() {
            for sentence in sentences(span.of(text)) {
                if passages.last().is_some_and(|last| last.words() >= SENTENCE) {
                    passages.push(Passage::default());
                }
                if let Some(last) = passages.last_mut() {
                    last.add(&fold(sentence), paragraph);
                }
            }
        }
        passages.retain(|passage| !passage.folded.is_empty());
        weigh(&mut passages);
        passages.iter_mut().for_each(Passage::find_runs);
        Self(passages)
    }

    /// What this text has in common with another, each sentence going with the one most like it.
    pub(super) fn shared(&self, other: &Self) -> Shared {
        let weight = |text: &Self| text.0.iter().map(|passage| passage.weight).sum();
        Shared { mine: weight(self), theirs: weight(other), common: self.common(other) }
    }

    /// Equal sentences go together first, in their order; then those that have most in common.
    fn common(&self, other: &Self) -> usize {
        let equal = self.equal(other);
        let mut common = 0;
        let (mut mine, mut theirs) = (BTreeSet::new(), BTreeSet::new());
        for (in_mine, in_theirs) in equal {
            mine.insert(in_mine);
            theirs.insert(in_theirs);
            common += self.0[in_mine].weight.min(other.0[in_theirs].weight);
        }
        let mut alike = self.alike(other);
        alike.sort_unstable_by_key(|pair| (Reverse(pair.gain), pair.mine + pair.theirs, pair.mine));
        for pair in alike {
            if !mine.contains(&pair.mine) && !theirs.contains(&pair.theirs) {
                mine.insert(pair.mine);
                theirs.insert(pair.theirs);
                common += pair.gain;
            }
        }
        common
    }

    /// The sentences that share two fifths of their runs, and what each two have in common.
    fn alike(&self, other: &Self) -> Vec<Pair> {
        let of_pair = |((mine, theirs), runs): ((usize, usize), usize)| {
            let (one, two) = (&self.0[mine], &other.0[theirs]);
            let (twice, both) = (2 * runs, one.runs.len() + two.runs.len());
            let gain = one.weight.min(two.weight) * twice / both;
            (5 * twice >= 2 * both).then_some(Pair { mine, theirs, gain })
        };
        self.shared_runs(other).into_iter().filter_map(of_pair).collect()
    }

    /// How many runs two sentences share, of those that few sentences of either text hold.
    fn shared_runs(&self, other: &Self) -> BTreeMap<(usize, usize), usize> {
        let theirs = other.holders(Passage::runs);
        let mut shared = BTreeMap::new();
        for (run, mine) in self.holders(Passage::runs) {
            let Some(theirs) = theirs.get(run).filter(|theirs| mine.len().max(theirs.len()) <= FEW) else {
                continue;
            };
            for pair in mine.iter().flat_map(|mine| theirs.iter().map(|theirs| (*mine, *theirs))) {
                *shared.entry(pair).or_insert(0) += 1;
            }
        }
        shared
    }

    /// The sentences that say the same: the first with the first, the second with the second.
    fn equal(&self, other: &Self) -> Vec<(usize, usize)> {
        let theirs = other.holders(|passage| vec![&passage.folded]);
        let mine = self.holders(|passage| vec![&passage.folded]);
        let pairs = mine.into_iter().filter_map(|(folded, mine)| Some((mine, theirs.get(folded)?)));
        pairs.flat_map(|(mine, theirs)| mine.into_iter().zip(theirs.iter().copied())).collect()
    }

    /// By what they hold, the numbers of the sentences that do.
    fn holders<'p>(&'p self, held: impl Fn(&'p Passage) -> Vec<&'p str>) -> BTreeMap<&'p str, Vec<usize>> {
        let mut holders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (number, passage) in self.0.iter().enumerate() {
            for part in held(passage) {
                holders.entry(part).or_default().push(number);
            }
        }
        holders
    }
}

/// Two sentences that may go together.
struct Pair {
    mine: usize,
    theirs: usize,
    gain: usize,
}

impl Passage {
    fn add(&mut self, folded: &str, paragraph: usize) {
        if folded.is_empty() {
            return;
        }
        if !self.folded.is_empty() {
            self.folded.push(' ');
        }
        self.folded.push_str(folded);
        self.pieces.push((paragraph, words(folded).tokens().count()));
    }

    fn runs(&self) -> Vec<&str> {
        self.runs.iter().map(String::as_str).collect()
    }

    fn words(&self) -> usize {
        self.pieces.iter().map(|(_, words)| words).sum()
    }

    fn find_runs(&mut self) {
        self.runs = words(&self.folded).runs(RUN.0 * RUN.1).into_iter().map(str::to_owned).collect();
    }
}

fn words(folded: &str) -> Row {
    let config = FingerprintConfig { size: RUN.0, size_unspaced: RUN.1, ..FingerprintConfig::default() };
    Row::of_words(folded, &config)
}

/// A sentence weighs its words; all of a long paragraph weighs no more than [`HEAVIEST`] words.
fn weigh(passages: &mut [Passage]) {
    let mut paragraphs: BTreeMap<usize, usize> = BTreeMap::new();
    for (paragraph, words) in passages.iter().flat_map(|passage| &passage.pieces) {
        *paragraphs.entry(*paragraph).or_default() += words;
    }
    let heaviest = if paragraphs.len() >= ENOUGH { HEAVIEST } else { usize::MAX };
    for passage in passages {
        let piece = |(paragraph, words): &(usize, usize)| {
            words * PARTS * paragraphs[paragraph].min(heaviest) / paragraphs[paragraph]
        };
        passage.weight = passage.pieces.iter().map(piece).sum();
    }
}

/// The sentences of a paragraph: the next begins at the first letter behind a mark that ends sentences, quotes and brackets between
/// them aside, if it is a space or the mark needs none.
fn sentences(paragraph: &str) -> Vec<&str> {
    let mut starts = vec![0];
    let mut before = None;
    for (at, letter) in paragraph.char_indices().filter(|(_, letter)| !"\"'”’»」』)）]".contains(*letter))
    {
        let needs_none = before.is_some_and(|mark| "。！？".contains(mark));
        let is_over = needs_none || (before.is_some_and(is_mark) && letter.is_whitespace());
        if is_over && !is_mark(letter) {
            starts.push(at);
        }
        before = Some(letter);
    }
    let ends = starts[1..].iter().copied().chain([paragraph.len()]);
    starts.iter().zip(ends).map(|(start, end)| &paragraph[*start..end]).collect()
}

fn is_mark(letter: char) -> bool {
    "。！？.!?…؟۔।॥".contains(letter)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fingerprint;
    use crate::group::common_weight;

    fn found(mine: &str, theirs: &str) -> Shared {
        let config = FingerprintConfig::default();
        Passages::new(mine, &config).shared(&Passages::new(theirs, &config))
    }

    #[test]
    fn two_texts_by_hand() {
        let (one, two) = ("a b c d e f g h i j.", "k l m n o p q r s t.");
        let moved = found(&format!("{one} {two}"), &format!("{two}\n{one}"));
        assert_eq!(moved, Shared { mine: 320, theirs: 320, common: 320 });
        let edited = found(one, "a b c d e X g h i j.");
        assert_eq!(edited.common, 100, "five runs of three, of eight in either, of ten words");
        assert_eq!(found(one, "a b c X e f X h i j").common, 0, "two of eight are not alike");
    }

    /// What a sentence weighs depends on its paragraph.
    #[test]
    fn equal_sentences_go_together_in_their_order_whatever_they_weigh() {
        let long = "one two three four five six seven eight nine ten. ".repeat(30);
        let others = "The first of these.\nThe second of them.\nThe third of the lot.\n";
        let (capped, plain) = (format!("{others}{long}"), long.split_at(50).0);
        let found = found(&format!("{capped}\n{plain}"), plain);
        assert_eq!(
            (found.theirs, found.common),
            (160, 200 * 16 / 30),
            "the first of them, which weighs less"
        );
    }

    #[test]
    fn sentences_end_where_they_are_read_to_end() {
        let text = "He paid 3.5, he said. “Was it?” Dr. No … did not.";
        assert_eq!(sentences(text), ["He paid 3.5, he said.", " “Was it?”", " Dr.", " No …", " did not."]);
        assert_eq!(sentences("東京都。（大阪府。）」。 x"), ["東京都。", "（大阪府。）」。", " x"]);
    }

    /// Pieces of sentences, so that many are alike.
    const TEXT: &str =
        "(w[a-c]{1,2}[ ,\n]|[.!?…][”) ]{0,2}|\n|東京|[0-9] |é|。[”」]?|u v w x y z\\. | ){0,60}";

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]
        #[test]
        fn the_plain_way_is_the_fast_way(mine in TEXT, theirs in TEXT, times in 1..8_usize, is_long in any::<bool>()) {
            // Paragraphs of more words than they may weigh.
            let long = |text: &str| text.replace('\n', " ").repeat(times);
            let more = |text: &str| if is_long { format!("{}\na\nb\nc\n{text}", long(text)) } else { text.to_owned() };
            let (mine, theirs) = (more(&mine), more(&theirs));
            let config = FingerprintConfig::default();
            let [a, b] = [&mine, &theirs].map(|text| fingerprint::passages(text, &config));
            let weight = |passages: &fingerprint::Passages| passages.weights.iter().sum::<u32>() as usize;
            let fast = Shared { mine: weight(&a), theirs: weight(&b), common: common_weight(&a, &b) as usize };
            prop_assert_eq!(found(&mine, &theirs), fast);
        }
    }
}
