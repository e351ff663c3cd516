//! What differs between two texts: paragraphs first, then words within those that differ.
//!
//! A report must be the same on every run, so the work is bounded by size and never by a clock.

use std::ops::Range;

use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::config::ParagraphUnit;
use crate::fingerprint::paragraphs;

/// Paragraphs of a text that are compared; what lies behind them counts as one more.
const PARAGRAPHS: usize = 2_000;
/// Words on either side, at most, that are compared one by one.
const WORDS: usize = 3_000;
/// Bytes of what is no word that may lie between two differences told as one.
const GAP: usize = 4;
/// With less than this share of words in common, two passages are told as two, without marks in them.
const COMMON_SHARE: f64 = 0.25;

/// A stretch of two texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Paragraphs that both have.
    Shared {
        /// How many.
        paragraphs: usize,
        /// Their text.
        text: String,
    },
    /// What one or both have in its place.
    Differing {
        /// In the removed document.
        removed: Vec<Piece>,
        /// In its survivor.
        survivor: Vec<Piece>,
    },
}

/// A part of a passage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// Whether the other text lacks it.
    pub only_here: bool,
    /// The words.
    pub text: String,
}

/// Compares a removed document's text with its survivor's.
pub fn difference(removed: &str, survivor: &str) -> Vec<Block> {
    let (a, b) = (units(removed), units(survivor));
    let mut blocks = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &a, &b) {
        let (old, new) = (op.old_range(), op.new_range());
        blocks.push(match op {
            DiffOp::Equal { .. } => Block::Shared { paragraphs: old.len(), text: joined(&a[old]) },
            _ => differing(&joined(&a[old]), &joined(&b[new])),
        });
    }
    blocks
}

/// The paragraphs of a text; the last holds all that is left of one with very many.
fn units(text: &str) -> Vec<&str> {
    let mut spans = Vec::new();
    paragraphs(text, ParagraphUnit::Auto, &mut spans);
    let cut = spans.get(PARAGRAPHS).map(|span| span.start);
    spans.truncate(PARAGRAPHS);
    let rest = cut.map(|start| text[start..].trim_end());
    spans.iter().map(|span| span.of(text)).chain(rest).collect()
}

fn joined(paragraphs: &[&str]) -> String {
    paragraphs.join("\n")
}

fn differing(removed: &str, survivor: &str) -> Block {
    let (a, b) = (words(removed), words(survivor));
    let whole = |text: &str| {
        let piece = Piece { only_here: true, text: text.to_owned() };
        if text.is_empty() { Vec::new() } else { vec![piece] }
    };
    let apart = || Block::Differing { removed: whole(removed), survivor: whole(survivor) };
    if a.is_empty() || b.is_empty() || a.len().max(b.len()) > WORDS {
        return apart();
    }
    let ops = capture_diff_slices(Algorithm::Myers, &a, &b);
    let common: usize =
        ops.iter().filter(|op| matches!(op, DiffOp::Equal { .. })).map(|op| count(&a, op.old_range())).sum();
    if (common as f64) < COMMON_SHARE * count(&a, 0..a.len()).min(count(&b, 0..b.len())) as f64 {
        return apart();
    }
    let (mut left, mut right) = (Passage::default(), Passage::default());
    for op in ops {
        let is_shared = matches!(op, DiffOp::Equal { .. });
        left.push(&a[op.old_range()], !is_shared);
        right.push(&b[op.new_range()], !is_shared);
    }
    Block::Differing { removed: left.pieces, survivor: right.pieces }
}

/// Words proper, of a range of words and what stands between them.
fn count(words: &[&str], range: Range<usize>) -> usize {
    words[range].iter().filter(|word| word.starts_with(char::is_alphanumeric)).count()
}

/// Words, the white space between them, and every other character by itself.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = if first.is_alphanumeric() {
            rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len())
        } else if first.is_whitespace() {
            rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        words.push(&rest[..end]);
        rest = &rest[end..];
    }
    words
}

#[derive(Default)]
struct Passage {
    pieces: Vec<Piece>,
}

impl Passage {
    /// Adds words. What is no word between two differences is marked with them, so that a changed phrase is one mark.
    fn push(&mut self, words: &[&str], only_here: bool) {
        if words.is_empty() {
            return;
        }
        let text = words.concat();
        if only_here && self.ends_with_gap() {
            self.close_gap();
        }
        match self.pieces.last_mut() {
            Some(last) if last.only_here == only_here => last.text.push_str(&text),
            _ => self.pieces.push(Piece { only_here, text }),
        }
    }

    fn ends_with_gap(&self) -> bool {
        matches!(self.pieces.as_slice(), [.., before, gap]
            if before.only_here && !gap.only_here && gap.text.len() <= GAP && !gap.text.contains(char::is_alphanumeric))
    }

    fn close_gap(&mut self) {
        if let Some(gap) = self.pieces.pop()
            && let Some(before) = self.pieces.last_mut()
        {
            before.text.push_str(&gap.text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[Piece]) -> String {
        pieces
            .iter()
            .map(|piece| if piece.only_here { format!("[{}]", piece.text) } else { piece.text.clone() })
            .collect()
    }

    fn differing_in(removed: &str, survivor: &str) -> (String, String) {
        match difference(removed, survivor).as_slice() {
            [Block::Differing { removed, survivor }] => (shown(removed), shown(survivor)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn paragraphs_in_common_are_one_block() {
        let blocks = difference("one\n\ntwo\n\nthree", "one\ntwo\nfour words of its own");
        assert_eq!(blocks[0], Block::Shared { paragraphs: 2, text: "one\ntwo".into() });
        assert_eq!(blocks.len(), 2);
    }

    #[test]
    fn words_are_marked_within_a_line() {
        let (removed, survivor) =
            differing_in("He met the old king on Monday.", "He met the new young king on Monday.");
        assert_eq!(removed, "He met the [old] king on Monday.");
        assert_eq!(survivor, "He met the [new young] king on Monday.");
    }

    #[test]
    fn passages_with_little_in_common_are_not_marked_word_by_word() {
        let (removed, survivor) =
            differing_in("The rain in Spain falls.", "Stocks, in short, rose a lot again today.");
        assert_eq!(
            (removed.as_str(), survivor.as_str()),
            ("[The rain in Spain falls.]", "[Stocks, in short, rose a lot again today.]")
        );
    }

    #[test]
    fn equal_texts_differ_in_nothing_and_empty_ones_have_no_blocks() {
        assert!(matches!(difference("a\nb", "a\nb").as_slice(), [Block::Shared { paragraphs: 2, .. }]));
        assert!(difference("", "").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn what_is_told_of_each_side_is_its_paragraphs(a in "[ab \n]{0,60}", b in "[ab \n]{0,60}") {
            let (mut left, mut right) = (Vec::new(), Vec::new());
            for block in difference(&a, &b) {
                match block {
                    Block::Shared { text, .. } => { left.push(text.clone()); right.push(text); }
                    Block::Differing { removed, survivor } => {
                        let whole = |pieces: &[Piece]| pieces.iter().map(|piece| piece.text.as_str()).collect::<String>();
                        left.extend(Some(whole(&removed)).filter(|text| !text.is_empty()));
                        right.extend(Some(whole(&survivor)).filter(|text| !text.is_empty()));
                    }
                }
            }
            proptest::prop_assert_eq!(left.join("\n"), joined(&units(&a)));
            proptest::prop_assert_eq!(right.join("\n"), joined(&units(&b)));
        }
    }
}
