//! Unicode normalisation form C (Unicode Standard Annex 15), stretch by stretch.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use super::Part;
use super::classes::{self, NFC};
use super::compose::common_ends;
use crate::edit::Edit;
use crate::span::Span;

/// The stretches of `text` that are not in form C.
///
/// A character that starts a combining sequence and whose quick check says yes never changes with what stands before
/// it (UAX 15, section 9), so a stretch runs from one of those to the next, and only stretches that hold another kind of
/// character are looked at.
pub(super) fn find(text: &str) -> Vec<Edit<Part>> {
    let mut edits = Vec::new();
    let mut at = 0;
    while let Some((hit, _)) = classes::next(text, at, NFC) {
        let start = text[at..hit].char_indices().next_back().map_or(hit, |(before, _)| at + before);
        let end = stretch_end(text, hit);
        edits.extend(compose_stretch(text, start, end));
        at = end;
    }
    edits
}

/// Where the next stretch begins.
fn stretch_end(text: &str, hit: usize) -> usize {
    let rest = &text[hit..];
    rest.char_indices()
        .find(|&(_, character)| classes::of(character) & NFC == 0)
        .map_or(text.len(), |(length, _)| hit + length)
}

fn compose_stretch(text: &str, start: usize, end: usize) -> Option<Edit<Part>> {
    let stretch = &text[start..end];
    if unicode_normalization::is_nfc(stretch) {
        return None;
    }
    let composed: String = stretch.nfc().collect();
    let (head, tail) = common_ends(stretch, &composed);
    let (head, tail) = if head + tail < stretch.len() { (head, tail) } else { (0, 0) };
    Some(Edit {
        span: Span::new(start + head, end - tail),
        replacement: Cow::Owned(composed[head..composed.len() - tail].to_owned()),
        cause: Part::Nfc,
    })
}
