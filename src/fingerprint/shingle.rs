//! Shingles: runs of words as 64-bit hashes.
//!
//! A folded text is a row of tokens: its words; in scripts that put no spaces between words, its single characters. A
//! shingle starts at each token and takes in so many that words count one *size*-th each and such characters one
//! *size-unspaced*-th each: five words, or six Chinese characters, or in between where a text mixes them. Both kinds
//! of text are thus treated alike, and a number or a name in Latin letters breaks no run of Chinese.
//!
//! The hash, fixed for good: a token's UTF-8 bytes are taken eight at a time as little-endian numbers, the last filled up
//! with zeros; starting from 0, each number times [`BASE`] is joined to the hash by exclusive or, and the whole put through
//! [`mix`]. So words of up to eight bytes never collide, and most need no second round. (XXH3 itself branches on the
//! length of its input, which of words is as good as random: it took twice the time of all else here.) A shingle's hash
//! is the tokens' polynomial in [`BASE`] modulo 2^64, first token first, put through [`mix`].

use memchr::memchr_iter;

use crate::config::{FingerprintConfig, ShingleUnit};
use crate::fold::{FoldedText, gaps_in};

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
pub(super) fn shingles_of_folded(
    folded: &FoldedText,
    config: &FingerprintConfig,
    tokens: &mut Tokens,
    out: &mut Vec<u64>,
) {
    tokens.hashes.clear();
    tokens.weights.clear();
    out.clear();
    match config.unit {
        ShingleUnit::Words => tokens.push_words(folded, config),
        ShingleUnit::Chars => tokens.hashes.extend(folded.as_str().chars().map(hash_char)),
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

    fn push_words(&mut self, folded: &FoldedText, config: &FingerprintConfig) {
        // Scripts without spaces begin with U+0E00, whose first byte in UTF-8 is E0.
        if folded.as_bytes().iter().copied().fold(0, u8::max) < 0xe0 {
            return self.push_spaced_words(folded.as_bytes());
        }
        let folded = folded.as_str();
        let mut start = 0;
        while start < folded.len() {
            let word = scan_word(folded.as_bytes(), start);
            if word.is_ascii || !folded[start..word.end].chars().any(is_unspaced) {
                self.push(word.hash, weight(config.size_unspaced));
            } else {
                self.push_mixed(&folded[start..word.end], config);
            }
            start = word.end + 1;
        }
    }

    /// The words of a text that has spaces between all of them. Where these stand is found for 64 bytes at a time, so that
    /// no word waits for the one before it.
    fn push_spaced_words(&mut self, folded: &[u8]) {
        let mut start = 0;
        let (blocks, rest) = folded.as_chunks::<64>();
        for (number, block) in blocks.iter().enumerate() {
            let mut spaces = gaps_in(block);
            while spaces != 0 {
                let end = 64 * number + spaces.trailing_zeros() as usize;
                self.hashes.push(hash_word(folded, start, end));
                start = end + 1;
                spaces &= spaces - 1;
            }
        }
        let ends = memchr_iter(b' ', rest).map(|at| 64 * blocks.len() + at).chain([folded.len()]);
        for end in ends {
            if start < end {
                self.hashes.push(hash_word(folded, start, end));
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
            self.hashes.push(hash_token(token.as_bytes()));
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

/// The hash of the word from `start` to `end`; as [`hash_token`] makes it.
fn hash_word(bytes: &[u8], mut start: usize, end: usize) -> u64 {
    let mut hash = 0;
    while let Some(piece) = bytes[start..].first_chunk::<8>() {
        let piece = u64::from_le_bytes(*piece);
        match end - start {
            0 => return hash,
            length @ 1..=8 => return join(hash, piece & (u64::MAX >> (64 - 8 * length))),
            _ => hash = join(hash, piece),
        }
        start += 8;
    }
    bytes[start..end].chunks(8).fold(hash, |hash, piece| join(hash, little_endian(piece)))
}

/// A word as read.
struct Word {
    end: usize,
    hash: u64,
    is_ascii: bool,
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = ONES << 7;

/// Reads the word that starts at `start` and ends at the next space, eight bytes at a time.
///
/// A space is found by Mycroft's trick: what borrows when 1 is taken from each byte was 0.
fn scan_word(bytes: &[u8], start: usize) -> Word {
    let (mut at, mut hash, mut high) = (start, 0, 0);
    loop {
        let Some(chunk) = bytes[at..].first_chunk::<8>() else { return scan_tail(bytes, at, hash, high) };
        let chunk = u64::from_le_bytes(*chunk);
        let differing = chunk ^ (ONES * 0x20);
        let spaces = differing.wrapping_sub(ONES) & !differing & HIGH_BITS;
        if spaces != 0 {
            let bits = spaces.trailing_zeros() - 7;
            let piece = chunk & ((1 << bits) - 1);
            high |= piece & HIGH_BITS;
            // A word of a multiple of eight bytes has no piece left.
            let hash = if piece == 0 && at > start { hash } else { join(hash, piece) };
            return Word { end: at + bits as usize / 8, hash, is_ascii: high == 0 };
        }
        high |= chunk & HIGH_BITS;
        hash = join(hash, chunk);
        at += 8;
    }
}

/// The rest of a word within the last seven bytes of a text.
#[cold]
fn scan_tail(bytes: &[u8], at: usize, hash: u64, high: u64) -> Word {
    let rest = &bytes[at..];
    let length = rest.iter().position(|&byte| byte == b' ').unwrap_or(rest.len());
    let piece = little_endian(&rest[..length]);
    let hash = if piece == 0 { hash } else { join(hash, piece) };
    Word { end: at + length, hash, is_ascii: (high | (piece & HIGH_BITS)) == 0 }
}

fn hash_token(token: &[u8]) -> u64 {
    token.chunks(8).fold(0, |hash, piece| join(hash, little_endian(piece)))
}

/// Up to eight bytes as a number.
fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, &byte| (number << 8) | u64::from(byte))
}

fn join(hash: u64, piece: u64) -> u64 {
    mix(hash ^ piece.wrapping_mul(BASE))
}

/// Appends the tokens of a folded text that is compared by words, each as a hash whose lowest bit says whether it
/// starts with a digit.
pub(super) fn push_marked_words(folded: &str, out: &mut Vec<u64>) {
    for word in folded.split(' ') {
        let mut start = 0;
        if !word.is_ascii() {
            for (at, letter) in word.char_indices().filter(|&(_, letter)| is_unspaced(letter)) {
                push_marked(&word[start..at], out);
                start = at + letter.len_utf8();
                push_marked(&word[at..start], out);
            }
        }
        push_marked(&word[start..], out);
    }
}

fn push_marked(token: &str, out: &mut Vec<u64>) {
    if !token.is_empty() {
        out.push(hash_token(token.as_bytes()) & !1 | u64::from(token.starts_with(char::is_numeric)));
    }
}

/// What a token counts for: the size of the *other* kind, so that a full shingle is the product of both.
fn weight(size: usize) -> u32 {
    size.clamp(1, 1 << 15) as u32
}

fn hash_char(letter: char) -> u64 {
    hash_token(letter.encode_utf8(&mut [0; 4]).as_bytes())
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
    use proptest::prelude::*;

    fn shingles(folded: &str) -> Vec<u64> {
        shingles_with(folded, &FingerprintConfig::default())
    }

    fn shingles_with(folded: &str, config: &FingerprintConfig) -> Vec<u64> {
        let (mut text, mut out) = (FoldedText::default(), Vec::new());
        text.push(folded);
        shingles_of_folded(&text, config, &mut Tokens::default(), &mut out);
        out
    }

    /// A slow twin: every window by itself.
    fn naive(tokens: &[&str], size: usize) -> Vec<u64> {
        let hashes: Vec<u64> = tokens.iter().map(|token| hash_token(token.as_bytes())).collect();
        hashes.windows(size).map(|run| mix(polynomial(run))).collect()
    }

    #[test]
    fn hashes_are_fixed() {
        // Made with another implementation, in Python.
        assert_eq!(shingles("the quick brown fox jumps"), [0x22e5_d5ef_2d9b_74fd]);
        assert_eq!(shingles("two extraordinary"), [0x7104_0231_97e9_7014]);
        assert_eq!(shingles("東京都千代田"), [0x6e8f_1771_b5c1_6881]);
    }

    #[test]
    fn words_are_read_as_a_slow_reader_would() {
        let text = "a eight_by eightbyt sixteen_bytes_xx twelve_bytes_and_more straße 東京 ends_here";
        for cut in (0..=text.len()).filter(|&cut| text.is_char_boundary(cut) && !text[..cut].ends_with(' ')) {
            let (mut start, mut words) = (0, Vec::new());
            while start < cut {
                let word = scan_word(&text.as_bytes()[..cut], start);
                assert_eq!(word.hash, hash_token(&text.as_bytes()[start..word.end]));
                assert_eq!(word.is_ascii, text[start..word.end].is_ascii());
                words.push(&text[start..word.end]);
                start = word.end + 1;
            }
            assert_eq!(words, text[..cut].split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>());
        }
    }

    proptest! {
        #[test]
        fn spaced_words_are_read_as_a_slow_reader_would(folded in "([a-zé]{1,20} ){0,30}[a-z_0-9]{1,9}") {
            let (mut tokens, mut text) = (Tokens::default(), FoldedText::default());
            text.push(&folded);
            tokens.push_words(&text, &FingerprintConfig::default());
            let slow: Vec<u64> = folded.split(' ').map(|word| hash_token(word.as_bytes())).collect();
            prop_assert_eq!(tokens.hashes, slow);
        }
    }

    #[test]
    fn words_go_by_five() {
        let words = ["ä", "b", "ccc", "1987", "e_f", "g", "a long one in fact", "b"]
            .map(|word| word.split(' ').next());
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
    fn numbers_are_marked() {
        let mut words = Vec::new();
        push_marked_words("on 3rd may 2023年5月 q4", &mut words);
        assert_eq!(words.iter().map(|word| word & 1).collect::<Vec<_>>(), [0, 1, 0, 1, 0, 1, 0, 0]);
    }

    #[test]
    fn characters_on_demand() {
        let config = FingerprintConfig { unit: ShingleUnit::Chars, size: 3, ..FingerprintConfig::default() };
        assert_eq!(shingles_with("ab cd", &config), naive(&["a", "b", " ", "c", "d"], 3));
    }
}
