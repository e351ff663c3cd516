//! The comparing form of a text: never written, only compared.

use icu_casemap::CaseMapperBorrowed;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What each ASCII byte folds to; a space for all that separates words.
const ASCII: [u8; 128] = ascii_table();

/// Appends the folded form of `text` to `out`: NFKC and full case folding, words parted by single spaces.
pub fn fold_into(text: &str, out: &mut String) {
    if text.is_ascii() {
        fold_ascii(text, out);
        return;
    }
    let composed: String = text.nfkc().collect();
    let cased = CaseMapperBorrowed::new().fold_string(&composed);
    let start = out.len();
    for letter in cased.nfkc() {
        if letter.is_alphanumeric() || letter == '_' || is_combining_mark(letter) {
            out.push(letter);
        } else if out.len() > start && !out.ends_with(' ') {
            out.push(' ');
        }
    }
    if out.len() > start && out.ends_with(' ') {
        out.pop();
    }
}

fn fold_ascii(text: &str, out: &mut String) {
    let mut bytes = std::mem::take(out).into_bytes();
    let start = bytes.len();
    bytes.resize(start + text.len(), b' ');
    let mut end = start;
    let mut after_space = true;
    for &byte in text.as_bytes() {
        let folded = ASCII[usize::from(byte & 0x7f)];
        let is_space = folded == b' ';
        bytes[end] = folded;
        end += usize::from(!(is_space && after_space));
        after_space = is_space;
    }
    if end > start && after_space {
        end -= 1;
    }
    bytes.truncate(end);
    *out = String::from_utf8(bytes).unwrap_or_default();
}

const fn ascii_table() -> [u8; 128] {
    let mut table = [b' '; 128];
    let mut byte = 0;
    while byte < 128 {
        let letter = byte as u8;
        if letter.is_ascii_alphanumeric() || letter == b'_' {
            table[byte] = letter.to_ascii_lowercase();
        }
        byte += 1;
    }
    table
}
