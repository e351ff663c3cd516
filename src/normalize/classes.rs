//! What each character can be to normalisation, and one fast look at a text for anything suspicious.
//!
//! A table of one byte for each character of the Basic Multilingual Plane, built once from the Unicode data of
//! `unicode-normalization` and the lists below; characters beyond it are asked for one by one, which only emoji and
//! rare scripts pay for.

use std::sync::LazyLock;

use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, is_nfc_quick};

use super::Part;

/// Classes of one character, as bits.
pub(super) type Classes = u8;

/// May change in form C, together with its neighbours.
pub(super) const NFC: Classes = 1;
/// Leaves no trace on paper.
pub(super) const INVISIBLE: Classes = 2;
/// A space other than the plain one.
pub(super) const SPACE: Classes = 4;
/// Ends a line, and is not LF.
pub(super) const LINE: Classes = 8;
/// May be the misread first byte of a character in UTF-8.
pub(super) const LEAD: Classes = 16;
/// May be a misread further byte.
pub(super) const CONTINUATION: Classes = 32;
/// A control character, U+0080 to U+009F.
pub(super) const CONTROL: Classes = 64;

/// The classes of `character`.
pub(super) fn of(character: char) -> Classes {
    match TABLE.get(character as usize) {
        Some(&classes) => classes,
        None => classes_beyond(character),
    }
}

/// A space, tab or odd space: white space that ends no line.
pub(super) fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t') || (!character.is_ascii() && of(character) & SPACE != 0)
}

/// The first character of `text` at or after `at` (a character boundary) in one of the classes of `mask`.
pub(super) fn next(text: &str, mut at: usize, mask: Classes) -> Option<(usize, char)> {
    let table: &[Classes] = &TABLE;
    let bytes = text.as_bytes();
    while at < bytes.len() {
        at = skip_plain(bytes, at);
        let stop = bytes.len().min(at + CHUNK);
        while at < stop {
            let (character, length) = decode(bytes, at);
            if lookup(table, character) & mask != 0 {
                return char::from_u32(character).map(|found| (at, found));
            }
            at += length;
        }
    }
    None
}

/// Which parts may find something in a text: never too few, sometimes too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Suspects(u8);

impl Suspects {
    /// One look at every byte of `text`.
    pub(super) fn of(text: &str) -> Self {
        let table: &[Classes] = &TABLE;
        let bytes = text.as_bytes();
        let mut found = 0;
        let mut at = 0;
        while at < bytes.len() {
            at = skip_plain(bytes, at);
            let stop = bytes.len().min(at + CHUNK);
            while at < stop {
                at += inspect(table, bytes, at, &mut found);
            }
        }
        if matches!(bytes.last(), Some(b' ' | b'\t')) {
            found |= bit(Part::TrailingSpace);
        }
        Self(found)
    }

    /// Whether `part` may find something.
    pub(super) fn concern(self, part: Part) -> bool {
        self.0 & bit(part) != 0
    }
}

const fn bit(part: Part) -> u8 {
    1 << part as u8
}

/// Bytes looked at in one go.
const CHUNK: usize = 16;

/// The first place at or after `at` where a chunk holds anything but letters and marks of clean ASCII text.
fn skip_plain(bytes: &[u8], mut at: usize) -> usize {
    if at == 0 {
        return 0;
    }
    while let Some((chunk, before)) =
        bytes.get(at..).and_then(<[u8]>::first_chunk::<CHUNK>).zip(bytes[at - 1..].first_chunk::<CHUNK>())
    {
        if !is_plain(chunk, before) {
            break;
        }
        at += CHUNK;
    }
    at
}

/// Whether no byte of `chunk` concerns any part. `before` is the same, one byte earlier. Written without branches, so
/// that the compiler makes it a handful of vector instructions.
fn is_plain(chunk: &[u8; CHUNK], before: &[u8; CHUNK]) -> bool {
    let mut odd = 0u8;
    for (&byte, &previous) in chunk.iter().zip(before) {
        let control = u8::from(byte < 0x20) & u8::from(byte != b'\n') & u8::from(byte != b'\t');
        let beyond = u8::from(byte >= 0x7f) | u8::from(byte == b'&');
        let trailing = u8::from(byte == b'\n') & (u8::from(previous == b' ') | u8::from(previous == b'\t'));
        odd |= control | beyond | trailing;
    }
    odd == 0
}

/// Notes in `found` what the character at `at` may be to which part; its length in bytes.
#[inline]
fn inspect(table: &[Classes], bytes: &[u8], at: usize, found: &mut u8) -> usize {
    let byte = bytes[at];
    if (b'\''..0x7f).contains(&byte) {
        return 1;
    }
    if byte < 0x80 {
        *found |= inspect_ascii(bytes, at);
        return 1;
    }
    let (character, length) = decode(bytes, at);
    let classes = lookup(table, character);
    if classes & !CONTINUATION != 0 {
        *found |= inspect_class(table, bytes, at + length, character, classes);
    }
    length
}

fn inspect_ascii(bytes: &[u8], at: usize) -> u8 {
    match bytes[at] {
        b'\n' if at > 0 && matches!(bytes[at - 1], b' ' | b'\t') => bit(Part::TrailingSpace),
        b'\n' | b'\t' => 0,
        b'&' if may_be_reference(&bytes[at + 1..]) => bit(Part::Entities),
        b'\r' | 0xb | 0xc => bit(Part::LineEnds) | bit(Part::TrailingSpace),
        0..=0x1f | 0x7f => bit(Part::Invisible),
        _ => 0,
    }
}

/// Whether what follows an ampersand reads like a character reference with its semicolon.
pub(super) fn may_be_reference(rest: &[u8]) -> bool {
    let body = rest.iter().take(40).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'#').count();
    body > 0 && rest.get(body) == Some(&b';')
}

/// What a character outside ASCII may be to which part, where `after` is the place behind it.
fn inspect_class(table: &[Classes], bytes: &[u8], after: usize, character: u32, classes: Classes) -> u8 {
    let mut found = 0;
    if classes & NFC != 0 {
        found |= bit(Part::Nfc);
    }
    if classes & INVISIBLE != 0 {
        found |= bit(Part::Invisible);
    }
    if classes & SPACE != 0 {
        found |= bit(Part::Spaces) | bit(Part::TrailingSpace);
    }
    if classes & LINE != 0 {
        found |= bit(Part::LineEnds) | bit(Part::TrailingSpace);
    }
    if classes & CONTROL != 0 || (classes & LEAD != 0 && may_be_misread(table, bytes, after, character)) {
        found |= bit(Part::Mojibake);
    }
    found
}

/// Whether a lead is followed by what a misread lead would be followed by.
fn may_be_misread(table: &[Classes], bytes: &[u8], after: usize, lead: u32) -> bool {
    match bytes.get(after) {
        Some(b' ') => matches!(lead, 0xc2 | 0xc3),
        None | Some(0..0x80) => false,
        Some(_) => {
            let (character, _) = decode(bytes, after);
            lookup(table, character) & CONTINUATION != 0 || lead >= 0x2000 || matches!(lead, 0xff | 0x178)
        }
    }
}

/// The character at `at` and its length in bytes.
#[inline]
fn decode(bytes: &[u8], at: usize) -> (u32, usize) {
    let low = |offset: usize| u32::from(bytes.get(at + offset).copied().unwrap_or(0x80) & 0x3f);
    let lead = u32::from(bytes[at]);
    match lead {
        0..0x80 => (lead, 1),
        0x80..0xe0 => ((lead & 0x1f) << 6 | low(1), 2),
        0xe0..0xf0 => ((lead & 0xf) << 12 | low(1) << 6 | low(2), 3),
        _ => ((lead & 7) << 18 | low(1) << 12 | low(2) << 6 | low(3), 4),
    }
}

#[inline]
fn lookup(table: &[Classes], character: u32) -> Classes {
    match table.get(character as usize) {
        Some(&classes) => classes,
        None => char::from_u32(character).map_or(0, classes_beyond),
    }
}

static TABLE: LazyLock<Vec<Classes>> =
    LazyLock::new(|| (0..0x1_0000).map(|code| char::from_u32(code).map_or(0, classes_of)).collect());

/// Classes of a character beyond the Basic Multilingual Plane.
fn classes_beyond(character: char) -> Classes {
    match character {
        '\u{1f000}'..='\u{1fbff}' | '\u{20000}'..='\u{2f7ff}' | '\u{30000}'..='\u{3ffff}' => 0,
        _ => classes_of(character),
    }
}

fn classes_of(character: char) -> Classes {
    let mut classes = 0;
    if is_nfc_quick(std::iter::once(character)) != IsNormalized::Yes
        || canonical_combining_class(character) != 0
    {
        classes |= NFC;
    }
    if is_invisible(character) {
        classes |= INVISIBLE;
    }
    if is_odd_space(character) {
        classes |= SPACE;
    }
    if matches!(character, '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}') {
        classes |= LINE;
    }
    if super::mojibake::may_lead(character) {
        classes |= LEAD;
    }
    if super::mojibake::may_continue(character) {
        classes |= CONTINUATION;
    }
    if matches!(character, '\u{80}'..='\u{9f}' | '\u{402}') {
        classes |= CONTROL;
    }
    classes
}

/// Controls, joiners, marks of direction and other characters without a glyph; `invisible` decides which go.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\0'..='\u{8}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}'
        | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{e0001}'
        | '\u{e0020}'..='\u{e007f}')
}

/// Spaces other than U+0020, without the Ogham one, which has a glyph.
fn is_odd_space(character: char) -> bool {
    matches!(character, '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}
