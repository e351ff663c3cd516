//! What a document is compared by: digests, and a sample of its shingles.
//!
//! A fingerprint holds what must be in memory for all documents at once to find the pairs worth a look. The full
//! shingle sets, by which pairs are judged, are made again from the text when needed ([`shingles`]).
//!
//! Memory: 64 bytes a document and 5 for each chosen shingle: two in nine at the default window of eight, and 64 more. A news
//! article of 900 words takes about 1,300 bytes. Digests of paragraphs, at 16 bytes, are held only where asked for.

mod all;
mod digest;
mod distinct;
mod paragraph;
mod passage;
pub mod sample;
mod shingle;
mod units;

pub use all::Fingerprints;
pub use digest::Digest;
pub use paragraph::{is_hard_wrapped, paragraphs};
pub use passage::{PARTS, Passages, passages};
pub use shingle::is_unspaced;
pub use units::{Units, UnitsView, cut};

use crate::config::FingerprintConfig;
use crate::fold::FoldedText;
use crate::span::Span;

/// Room that is kept between documents, in elements; what one huge document needed beyond it is given back.
const KEPT_ROOM: usize = 1 << 20;

/// What a document is compared by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// Digest of the whole text in folded form; of its bytes if nothing is left when folded.
    pub whole: Digest,
    /// The digests of [`paragraph_digests`], where paragraphs are to be compared; else none, to save memory.
    pub paragraphs: Box<[Digest]>,
    /// Number of distinct shingles; an estimate within about 1 % beyond a million.
    pub shingles: u32,
    /// The shingles by which candidates are found; see [`sample`].
    pub units: Units,
}

/// Buffers that serve one document after another.
#[derive(Debug, Default)]
pub struct Scratch {
    spans: Vec<Span>,
    starts: Vec<usize>,
    folded: FoldedText,
    tokens: shingle::Tokens,
    hashes: Vec<u64>,
    units: Vec<u64>,
    sorter: sample::Sorter,
    table: distinct::Table,
}

/// The fingerprint of a cleaned text.
///
/// Texts that fold to nothing, such as `***`, have no shingles and equal only texts of the very same bytes.
pub fn of(clean_text: &str, config: &FingerprintConfig, scratch: &mut Scratch) -> Fingerprint {
    scratch.folded.push(clean_text);
    let whole = if scratch.folded.is_empty() {
        Digest::of_wordless(clean_text)
    } else {
        Digest::of_folded(scratch.folded.as_bytes())
    };
    shingle::shingles_of_folded(&scratch.folded, config, &mut scratch.tokens, &mut scratch.hashes);
    let shingles = scratch.table.count(&scratch.hashes);
    sample::choose(&scratch.hashes, shingles, config.window, &mut scratch.sorter, &mut scratch.units);
    let units = Units::from_sorted(&scratch.units);
    scratch.trim();
    Fingerprint { whole, paragraphs: Box::default(), shingles, units }
}

/// Digest of each paragraph of a cleaned text in folded form, in text order; paragraphs without a word are left out.
pub fn paragraph_digests(
    clean_text: &str,
    config: &FingerprintConfig,
    scratch: &mut Scratch,
) -> Box<[Digest]> {
    scratch.fold_paragraphs(clean_text, config);
    let ends = scratch.starts.iter().skip(1).map(|start| start - 1).chain([scratch.folded.len()]);
    let folded = scratch.starts.iter().zip(ends).map(|(&start, end)| &scratch.folded.as_bytes()[start..end]);
    let digests = folded.map(Digest::of_folded).collect();
    scratch.trim();
    digests
}

/// Fills `out` with the shingles of a cleaned text: sorted, distinct. A text shorter than a shingle is one, a text
/// without a word has none. Characters count as words in scripts without spaces ([`is_unspaced`]).
pub fn shingles(clean_text: &str, config: &FingerprintConfig, scratch: &mut Scratch, out: &mut Vec<u64>) {
    scratch.folded.push(clean_text);
    shingle::shingles_of_folded(&scratch.folded, config, &mut scratch.tokens, out);
    out.sort_unstable();
    out.dedup();
    scratch.trim();
}

/// The paragraphs of a text that have a word: those of [`paragraph_digests`], in the same order.
pub fn worded_paragraphs(clean_text: &str, config: &FingerprintConfig) -> Vec<Span> {
    let (mut spans, mut folded) = (Vec::new(), FoldedText::default());
    paragraphs(clean_text, config.paragraph, &mut spans);
    spans.retain(|span| {
        folded.clear(KEPT_ROOM);
        folded.push(span.of(clean_text));
        !folded.is_empty()
    });
    spans
}

/// Fills `out` with the words of a cleaned text as hashes, in their order; the lowest bit of each says whether the
/// word starts with a digit. Characters of scripts without spaces count as words.
pub fn words(clean_text: &str, scratch: &mut Scratch, out: &mut Vec<u64>) {
    scratch.folded.push(clean_text);
    out.clear();
    shingle::push_marked_words(scratch.folded.as_str(), out);
    scratch.trim();
}

impl Scratch {
    /// Folds the text paragraph by paragraph, one space between, and notes where each starts.
    fn fold_paragraphs(&mut self, text: &str, config: &FingerprintConfig) {
        paragraphs(text, config.paragraph, &mut self.spans);
        for span in &self.spans {
            let before = self.folded.len();
            if before > 0 {
                self.folded.push_space();
            }
            let start = self.folded.len();
            self.folded.push(span.of(text));
            if self.folded.len() == start {
                self.folded.truncate(before);
            } else {
                self.starts.push(start);
            }
        }
    }

    fn trim(&mut self) {
        self.folded.clear(8 * KEPT_ROOM);
        self.hashes.clear();
        self.hashes.shrink_to(KEPT_ROOM);
        self.units.clear();
        self.units.shrink_to(KEPT_ROOM);
        self.spans.clear();
        self.spans.shrink_to(KEPT_ROOM);
        self.starts.clear();
        self.starts.shrink_to(KEPT_ROOM);
        self.tokens.trim(KEPT_ROOM);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(text: &str) -> Fingerprint {
        of(text, &FingerprintConfig::default(), &mut Scratch::default())
    }

    #[test]
    fn spelling_alone_makes_no_difference() {
        let one = fingerprint("The Quick, brown fox — jumps!\nOver the lazy dog.");
        let other = fingerprint("the quick brown fox jumps over the LAZY dog");
        assert_eq!(one.whole, other.whole);
        assert_eq!((one.shingles, &one.units), (5, &other.units));
    }

    #[test]
    fn a_wordless_text_equals_only_itself() {
        assert_eq!(fingerprint("* * *"), fingerprint("* * *"));
        assert_ne!(fingerprint("* * *").whole, fingerprint("---").whole);
        assert_ne!(fingerprint("").whole, fingerprint("\n").whole);
        assert_eq!(fingerprint("***").shingles, 0);
        assert_eq!(worded_paragraphs("one\n***\ntwo\n", &FingerprintConfig::default()).len(), 2);
        assert!(fingerprint("***").units.is_empty());
    }

    #[test]
    fn paragraphs_have_a_digest_each_if_they_have_a_word() {
        let digests = |text: &str| {
            paragraph_digests(text, &FingerprintConfig::default(), &mut Scratch::default()).into_vec()
        };
        let expected = ["one", "two and two"].map(|text| Digest::of_folded(text.as_bytes()));
        assert_eq!(digests("One\n***\n\nTwo, and two.\n"), expected);
        assert!(digests("***").is_empty() && digests("").is_empty());
    }

    #[test]
    fn one_scratch_serves_all() {
        let texts =
            ["short", "", "東京都は千代田区の", "one\n\ntwo three four five six seven\n***\n", "short"];
        let mut scratch = Scratch::default();
        let config = FingerprintConfig::default();
        for text in texts {
            assert_eq!(of(text, &config, &mut scratch), fingerprint(text));
        }
    }

    #[test]
    fn the_set_and_the_sample_agree() {
        let text = (0..3000).map(|at| (at * at % 1709).to_string()).collect::<Vec<_>>().join(" ");
        let (mut scratch, mut set) = (Scratch::default(), Vec::new());
        shingles(&text, &FingerprintConfig::default(), &mut scratch, &mut set);
        let found = fingerprint(&text);
        assert_eq!(found.shingles as usize, set.len());
        let all = Units::from_sorted(&set);
        assert!(found.units.iter().all(|unit| all.contains(unit)));
        let bound = sample::bound(found.shingles);
        assert!(set.iter().filter(|&&hash| hash < bound).all(|&hash| found.units.contains(hash)));
    }

    #[test]
    fn lines_or_not_the_shingles_are_the_same() {
        let lines = "One line here,\nanother there.\n\n\u{2014}\n And ﬁnally\na third ½";
        let config = FingerprintConfig::default();
        let (mut scratch, mut set) = (Scratch::default(), Vec::new());
        shingles(lines, &config, &mut scratch, &mut set);
        assert_eq!(fingerprint(lines).units, Units::from_sorted(&set), "few enough that all are kept");
    }
}
