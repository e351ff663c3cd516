//! A text as passages, by which two texts are aligned: its sentences.
//!
//! Sentences and not paragraphs, since line ends come and go between copies, and one paragraph is often two of another. Of a
//! passage counts what it weighs and the set of its runs of three words (four characters, in scripts without spaces), as
//! hashes: short enough that a passage with a word changed here and there is still known.

use crate::config::{FingerprintConfig, ParagraphUnit, ShingleUnit};
use crate::fold::FoldedText;
use crate::span::Span;

use super::shingle::{Tokens, push_marked_words, shingles_of_folded};
use super::{Digest, paragraphs};

/// Words of a run, and characters of one in scripts without spaces.
const RUN: (usize, usize) = (3, 4);
/// Words of a sentence, at least; what is shorter joins the next.
const SENTENCE: u32 = 6;
/// Words that a paragraph weighs, at most. (600 characters in the measurements by which it was chosen.)
const HEAVIEST: u64 = 200;
/// Paragraphs of a text from which on they weigh no more than that; with fewer, its line ends may be lost.
const ENOUGH: usize = 4;
/// Parts of a word in which weights are counted.
pub const PARTS: u32 = 16;

/// The passages of one text, in text order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passages {
    /// What each weighs, in [`PARTS`] of a word (of a character, in scripts without spaces).
    pub weights: Vec<u32>,
    /// Distinct runs of each.
    pub runs: Vec<u32>,
    /// What each says.
    pub digests: Vec<Digest>,
    /// Every run with the number of a passage that holds it; sorted, distinct.
    pub rows: Vec<(u64, u32)>,
}

impl Passages {
    /// How many passages there are.
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }
}

/// The passages of a cleaned text.
///
/// Each weighs its words; where a paragraph has more than two hundred, they weigh less, so that all of it weighs no more than
/// that. One long list in two articles does not make them alike then, as it does when all shingles count.
pub fn passages(clean_text: &str, config: &FingerprintConfig) -> Passages {
    let mut spans = Vec::new();
    paragraphs(clean_text, config.paragraph, &mut spans);
    let mut maker = Maker::default();
    for (number, span) in spans.iter().enumerate() {
        let paragraph = span.of(clean_text);
        for sentence in sentences(paragraph) {
            maker.add(sentence.of(paragraph), number);
        }
    }
    maker.finish()
}

/// Passages in the making.
#[derive(Default)]
struct Maker {
    made: Passages,
    /// How many words each paragraph has.
    paragraphs: Vec<u32>,
    /// So many words of a passage are of a paragraph: passage, paragraph, words.
    pieces: Vec<(usize, usize, u32)>,
    /// The passage in the making.
    folded: FoldedText,
    words: Vec<u64>,
    tokens: Tokens,
    runs: Vec<u64>,
}

impl Maker {
    /// Appends a sentence of a paragraph to the passage in the making, and ends that if it is long enough.
    fn add(&mut self, sentence: &str, paragraph: usize) {
        let before = self.folded.len();
        if before > 0 {
            self.folded.push_space();
        }
        let start = self.folded.len();
        self.folded.push(sentence);
        if self.folded.len() == start {
            self.folded.truncate(before);
            return;
        }
        let known = self.words.len();
        push_marked_words(&self.folded.as_str()[start..], &mut self.words);
        let words = (self.words.len() - known) as u32;
        self.paragraphs.resize(paragraph + 1, 0);
        self.paragraphs[paragraph] += words;
        self.pieces.push((self.made.runs.len(), paragraph, words));
        if self.words.len() as u32 >= SENTENCE {
            self.end();
        }
    }

    fn end(&mut self) {
        shingles_of_folded(&self.folded, &RUNS, &mut self.tokens, &mut self.runs);
        self.runs.sort_unstable();
        self.runs.dedup();
        let number = self.made.runs.len() as u32;
        self.made.runs.push(self.runs.len() as u32);
        self.made.digests.push(Digest::of_folded(self.folded.as_bytes()));
        self.made.rows.extend(self.runs.iter().map(|&run| (run, number)));
        self.folded.clear(usize::MAX);
        self.words.clear();
    }

    fn finish(mut self) -> Passages {
        if !self.folded.is_empty() {
            self.end();
        }
        self.made.rows.sort_unstable();
        self.made.weights = vec![0; self.made.runs.len()];
        let is_capped = self.paragraphs.iter().filter(|words| **words > 0).count() >= ENOUGH;
        for &(passage, paragraph, words) in &self.pieces {
            let of_paragraph = u64::from(self.paragraphs[paragraph]);
            let heaviest = if is_capped { HEAVIEST.min(of_paragraph) } else { of_paragraph };
            let weight = u64::from(words) * u64::from(PARTS) * heaviest / of_paragraph.max(1);
            self.made.weights[passage] = self.made.weights[passage].saturating_add(weight as u32);
        }
        self.made
    }
}

/// What passages are compared by, whatever texts are.
const RUNS: FingerprintConfig = FingerprintConfig {
    unit: ShingleUnit::Words,
    size: RUN.0,
    size_unspaced: RUN.1,
    window: 1,
    paragraph: ParagraphUnit::Line,
};

/// The sentences of a paragraph: each ends behind a mark that ends sentences, and the quotes and brackets that follow it, if
/// white space comes next or the script needs none.
fn sentences(paragraph: &str) -> impl Iterator<Item = Span> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = paragraph.get(start..).filter(|rest| !rest.is_empty())?;
        let sentence = Span::new(start, start + end_of_sentence(rest));
        start = sentence.end;
        Some(sentence)
    })
}

/// Where the first sentence of a text ends.
fn end_of_sentence(text: &str) -> usize {
    let mut is_over = false;
    for (at, letter) in text.char_indices() {
        if "。！？".contains(letter) {
            is_over = true;
        } else if ".!?…؟۔।॥".contains(letter) {
            let next = text[at + letter.len_utf8()..].trim_start_matches(is_closing).chars().next();
            is_over = next.is_none_or(char::is_whitespace);
        } else if is_over && !is_closing(letter) {
            return at;
        }
    }
    text.len()
}

fn is_closing(letter: char) -> bool {
    "\"'”’»」』)）]".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(text: &str) -> Passages {
        passages(text, &FingerprintConfig::default())
    }

    /// Words that the passages weigh.
    fn split(text: &str) -> Vec<u32> {
        made(text).weights.iter().map(|weight| weight / PARTS).collect()
    }

    #[test]
    fn sentences_end_where_they_are_read_to_end() {
        let text = "He paid 3.5 million for it, he said. “Was it worth that much to you?” Dr. No did not know the answer …";
        assert_eq!(split(text), [9, 7, 7]);
        assert_eq!(split("東京都は千代田区。大阪府は中央区だ。"), [8, 8]);
        assert!(split("***\n").is_empty());
    }

    #[test]
    fn short_pieces_join_what_follows_over_line_ends_too() {
        let lines = "No deal\n***\nThey talked for three days and more. Then they left. Nobody knows what will come of it. Yes";
        assert_eq!(split(lines), [9, 10, 1]);
        assert_eq!(made(&lines.replace('\n', " ")), made(lines));
    }

    #[test]
    fn a_long_paragraph_weighs_no_more_than_two_hundred_words() {
        let list = "one two three four five six seven eight nine ten. ".repeat(100);
        let others = "The first of these.\nThe second of them.\nThe third of the lot.\n";
        let weight = |text: &str| made(text).weights.iter().sum::<u32>() / PARTS;
        assert_eq!(weight(&format!("{others}{list}")), 13 + 200);
        assert_eq!(weight(&list), 1000, "its line ends may be lost");
    }

    #[test]
    fn a_run_is_told_with_the_passage_that_holds_it() {
        let made = made("a b c d e f. b c d e g h. b c d b c d.");
        assert_eq!(made.runs, [4, 4, 3]);
        let mut holders: Vec<usize> =
            made.rows.chunk_by(|a, b| a.0 == b.0).map(<[(u64, u32)]>::len).collect();
        holders.sort_unstable();
        assert_eq!(holders, [1, 1, 1, 1, 1, 1, 2, 3], "c d e is in two, b c d in all three");
    }
}
