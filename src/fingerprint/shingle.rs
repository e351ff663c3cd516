//! Shingles: runs of words as 64-bit hashes.
//!
//! A folded text is a row of tokens: its words; in scripts that put no spaces between words, its single characters. A
//! shingle starts at each token and takes in so many that words count one *size*-th each and such characters one
//! *size-unspaced*-th each: five words, or six Chinese characters, or in between where a text mixes them. Both kinds
//! of text are thus treated alike, and a number or a name in Latin letters breaks no run of Chinese.
//!
//! The hash, fixed for good: a token's is the XXH3-64 of its UTF-8 bytes; a shingle's is the tokens' polynomial in
//! [`BASE`] modulo 2^64, first token first, put through [`mix`].

use xxhash_rust::xxh3::xxh3_64;

use crate::config::{FingerprintConfig, ShingleUnit};

/// The base of the polynomial; a large odd constant (xxHash's `PRIME64_2`).
const BASE: u64 = 0xc2b2_ae3d_27d4_eb4f;

/// The tokens of one text: hashes and, where scripts are mixed, what each counts for.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    hashes: Vec<u64>,
    /// Empty as long as all tokens count the same.
    weights: Vec<u32>,
}

/// The final scrambling of XXH3 (`XXH3_avalanche`): every bit of the input moves every bit of the output.
pub(super) fn mix(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 37)).wrapping_mul(0x1656_6791_9e37_79f9);
    hash ^ (hash >> 32)
}

/// Fills `out` with the shingles of a folded text, in text order, repeats included.
///
/// A text too short for one shingle is one shingle of all its tokens; a text without a token has none.
pub(super) fn shingles_of_folded(folded: &str, config: &FingerprintConfig, tokens: &mut Tokens, out: &mut Vec<u64>) {
    tokens.hashes.clear();
    tokens.weights.clear();
    out.clear();
    match config.unit {
        ShingleUnit::Words => tokens.push_words(folded, config),
        ShingleUnit::Chars => tokens.hashes.extend(folded.chars().map(hash_char)),
    }
    if tokens.weights.is_empty() {
        push_equal_windows(&tokens.hashes, config.size.max(1), out);
    } else {
        let full = weight(config.size) * weight(config.size_unspaced);
        push_weighted_windows(&tokens.hashes, &tokens.weights, full, out);
    }
}

impl Tokens {
    /// Gives back what one huge text needed beyond `room` tokens.
    pub(super) fn trim(&mut self, room: usize) {
        self.hashes.clear();
        self.hashes.shrink_to(room);
        self.weights.clear();
        self.weights.shrink_to(room);
    }

    fn push_words(&mut self, folded: &str, config: &FingerprintConfig) {
        let bytes = folded.as_bytes();
        let mut start = 0;
        while start < bytes.len() {
            let end = word_end(bytes, start);
            let word = &bytes[start..end];
            if may_be_unspaced(word) && folded[start..end].chars().any(is_unspaced) {
                self.push_mixed(&folded[start..end], config);
            } else if !word.is_empty() {
                self.push(xxh3_64(word), weight(config.size_unspaced));
            }
            start = end + 1;
        }
    }

    /// Takes a word apart: characters of scripts without spaces stand alone, what is between them stays a word.
    fn push_mixed(&mut self, word: &str, config: &FingerprintConfig) {
        if self.weights.is_empty() {
            self.weights.resize(self.hashes.len(), weight(config.size_unspaced));
        }
        let mut start = 0;
        for (at, letter) in word.char_indices().filter(|&(_, letter)| is_unspaced(letter)) {
            self.push_weighted(&word[start..at], weight(config.size_unspaced));
            start = at + letter.len_utf8();
            self.push_weighted(&word[at..start], weight(config.size));
        }
        self.push_weighted(&word[start..], weight(config.size_unspaced));
    }

    fn push_weighted(&mut self, token: &str, weight: u32) {
        if !token.is_empty() {
            self.hashes.push(xxh3_64(token.as_bytes()));
            self.weights.push(weight);
        }
    }

    fn push(&mut self, hash: u64, weight: u32) {
        self.hashes.push(hash);
        if !self.weights.is_empty() {
            self.weights.push(weight);
        }
    }
}

/// Where the word that starts at `start` ends: at the next space. Eight bytes at a time, which holds most words; the
/// trick is Mycroft's: what borrows when 1 is taken from each byte was 0.
fn word_end(bytes: &[u8], start: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let mut at = start;
    while let Some(chunk) = bytes[at..].first_chunk::<8>() {
        let differing = u64::from_le_bytes(*chunk) ^ (ONES * 0x20);
        let spaces = differing.wrapping_sub(ONES) & !differing & (ONES << 7);
        if spaces != 0 {
            return at + spaces.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    bytes[at..].iter().position(|&byte| byte == b' ').map_or(bytes.len(), |length| at + length)
}

/// What a token counts for: the size of the *other* kind, so that a full shingle is the product of both.
fn weight(size: usize) -> u32 {
    size.clamp(1, 1 << 15) as u32
}

fn hash_char(letter: char) -> u64 {
    xxh3_64(letter.encode_utf8(&mut [0; 4]).as_bytes())
}

/// All scripts without spaces lie where UTF-8 takes three bytes and more.
fn may_be_unspaced(word: &[u8]) -> bool {
    word.iter().any(|&byte| byte >= 0xe0)
}

/// Whether a character is of a script that puts no spaces between words: Thai, Lao, Burmese, Khmer, Han, Kana,
/// Bopomofo. (Hangul has spaces; Tibetan parts its syllables.)
pub fn is_unspaced(letter: char) -> bool {
    matches!(letter,
        '\u{0e00}'..='\u{0eff}'
        | '\u{1000}'..='\u{109f}'
        | '\u{1780}'..='\u{17ff}'
        | '\u{19e0}'..='\u{19ff}'
        | '\u{3005}'..='\u{3007}'
        | '\u{3021}'..='\u{312f}'
        | '\u{31a0}'..='\u{31bf}'
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{a9e0}'..='\u{a9ff}'
        | '\u{aa60}'..='\u{aa7f}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

fn push_equal_windows(tokens: &[u64], size: usize, out: &mut Vec<u64>) {
    if tokens.len() <= size {
        out.extend((!tokens.is_empty()).then(|| mix(polynomial(tokens))));
        return;
    }
    let leading = BASE.wrapping_pow(size as u32);
    let mut hash = polynomial(&tokens[..size]);
    out.reserve(tokens.len() - size + 1);
    out.push(mix(hash));
    out.extend(tokens[size..].iter().zip(tokens).map(|(&entering, &leaving)| {
        hash = hash.wrapping_mul(BASE).wrapping_add(entering).wrapping_sub(leaving.wrapping_mul(leading));
        mix(hash)
    }));
}

fn push_weighted_windows(tokens: &[u64], weights: &[u32], full: u32, out: &mut Vec<u64>) {
    let (mut hash, mut weight, mut leading, mut start) = (0_u64, 0, 1_u64, 0);
    for (&entering, &entering_weight) in tokens.iter().zip(weights) {
        hash = hash.wrapping_mul(BASE).wrapping_add(entering);
        weight += entering_weight;
        leading = leading.wrapping_mul(BASE);
        while weight >= full {
            out.push(mix(hash));
            leading = leading.wrapping_mul(INVERSE);
            hash = hash.wrapping_sub(tokens[start].wrapping_mul(leading));
            weight -= weights[start];
            start += 1;
        }
    }
    if out.is_empty() {
        out.push(mix(hash));
    }
}

/// The inverse of [`BASE`] modulo 2^64.
const INVERSE: u64 = inverse(BASE);

/// Newton's iteration; each round doubles the right bits, and an odd number is right in its first three.
const fn inverse(odd: u64) -> u64 {
    let mut found = odd;
    let mut round = 0;
    while round < 5 {
        found = found.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(found)));
        round += 1;
    }
    found
}

fn polynomial(tokens: &[u64]) -> u64 {
    tokens.iter().fold(0, |hash, &token| hash.wrapping_mul(BASE).wrapping_add(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shingles(folded: &str) -> Vec<u64> {
        shingles_with(folded, &FingerprintConfig::default())
    }

    fn shingles_with(folded: &str, config: &FingerprintConfig) -> Vec<u64> {
        let mut out = Vec::new();
        shingles_of_folded(folded, config, &mut Tokens::default(), &mut out);
        out
    }

    /// A slow twin: every window by itself.
    fn naive(tokens: &[&str], size: usize) -> Vec<u64> {
        let hashes: Vec<u64> = tokens.iter().map(|token| xxh3_64(token.as_bytes())).collect();
        hashes.windows(size).map(|run| mix(polynomial(run))).collect()
    }

    #[test]
    fn hashes_are_fixed() {
        // Made with another implementation (Python, the xxhash package).
        assert_eq!(shingles("the quick brown fox jumps"), [0xd2f0_bb9d_7dd4_b8e3]);
        assert_eq!(shingles("two words"), [0x66f0_94b1_23b3_584f]);
        assert_eq!(shingles("東京都千代田"), [0x8a03_68e0_bad3_23c3]);
    }

    #[test]
    fn words_end_at_spaces() {
        let text = "a bb  twelve_bytes_and_more straße 東京 ends_here";
        let mut start = 0;
        let mut words = Vec::new();
        while start < text.len() {
            let end = word_end(text.as_bytes(), start);
            words.push(&text[start..end]);
            start = end + 1;
        }
        assert_eq!(words, text.split(' ').collect::<Vec<_>>());
    }

    #[test]
    fn words_go_by_five() {
        let words = ["ä", "b", "ccc", "1987", "e_f", "g", "a long one in fact", "b"].map(|word| word.split(' ').next());
        let words: Vec<&str> = words.into_iter().flatten().collect();
        assert_eq!(shingles(&words.join(" ")), naive(&words, 5));
    }

    #[test]
    fn characters_without_spaces_go_by_six() {
        let text = "東京都は千代田区の";
        let letters: Vec<String> = text.chars().map(String::from).collect();
        let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
        assert_eq!(shingles(text), naive(&letters, 6));
        assert_eq!(shingles("東京都は 千代田区の"), naive(&letters, 6), "spaces change nothing");
        assert_eq!(shingles("สวัสดีครับ").len(), "สวัสดีครับ".chars().count() - 5);
        assert_eq!(shingles("안녕 하세요 여러 분 오늘").len(), 1, "Korean goes by words");
    }

    #[test]
    fn mixed_texts_lose_nothing() {
        // Weights 6, 5, 6, 5, 5, 5: full (30) only with the last; then the first leaves, and 26 is short of 30.
        assert_eq!(shingles("2023年5月の時"), naive(&["2023", "年", "5", "月", "の", "時"], 6));
        let words = ["a", "b", "c", "d", "e", "f"];
        assert_eq!(shingles("a b c d e f 東")[..2], naive(&words, 5));
    }

    #[test]
    fn short_texts_are_one_shingle() {
        assert_eq!(shingles("one two").len(), 1);
        assert_ne!(shingles("one two"), shingles("two one"));
        assert_eq!(shingles("東京").len(), 1);
        assert!(shingles("").is_empty());
    }

    #[test]
    fn characters_on_demand() {
        let config = FingerprintConfig { unit: ShingleUnit::Chars, size: 3, ..FingerprintConfig::default() };
        assert_eq!(shingles_with("ab cd", &config), naive(&["a", "b", " ", "c", "d"], 3));
    }
}
