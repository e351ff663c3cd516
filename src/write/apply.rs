//! Carrying edits out on a raw record, and taking them back.
//!
//! Only the bytes of the text that change are touched: other fields, their order, spacing and escapes, and the text's own
//! escapes elsewhere, stay as they came.

use crate::decide::Cause;
use crate::document::Document;
use crate::edit::Edit;
use crate::read::format::Format;
use crate::span::Span;

/// A record after its edits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// The new record.
    pub raw: Vec<u8>,
    /// For each edit the raw bytes it took out, where writing its text anew would not give the same.
    pub unusual: Vec<Option<String>>,
}

/// The record after `edits` of its text. `document` was read from `raw` and was not decoded from another character set.
pub fn rewrite(format: &dyn Format, raw: &[u8], document: &Document<'_>, edits: &[Edit<Cause>]) -> Rewritten {
    let literal = literal_of(raw, document);
    // Every record that could be read is UTF-8 here.
    let inner = simdutf8::basic::from_utf8(&raw[literal.range()]).unwrap_or_default();
    let offsets: Vec<usize> = edits.iter().flat_map(|edit| [edit.span.start, edit.span.end]).collect();
    let places = format.raw_offsets(inner, &offsets);
    let mut out = Vec::with_capacity(raw.len() + raw.len() / 16);
    out.extend_from_slice(&raw[..literal.start]);
    let mut unusual = Vec::with_capacity(edits.len());
    let mut written = Vec::new();
    let mut done = 0;
    for (edit, place) in edits.iter().zip(places.chunks_exact(2)) {
        out.extend_from_slice(&inner.as_bytes()[done..place[0]]);
        format.escape(&edit.replacement, &mut out);
        let taken = &inner[place[0]..place[1]];
        written.clear();
        format.escape(edit.span.of(&document.text), &mut written);
        unusual.push((taken.as_bytes() != written).then(|| taken.to_owned()));
        done = place[1];
    }
    out.extend_from_slice(&inner.as_bytes()[done..]);
    out.extend_from_slice(&raw[literal.end..]);
    Rewritten { raw: out, unusual }
}

/// An edit to take back: what stands there now is `now_length` bytes long in the decoded text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undo<'a> {
    /// Where the edit was, in the text before it.
    pub span: Span,
    /// Length of what stands in its place, in bytes of the decoded text.
    pub now_length: usize,
    /// The text that was there.
    pub text: &'a str,
    /// Its raw bytes, if they were unusual.
    pub raw: Option<&'a str>,
}

/// The raw record before the edits that `undos` describe, in order; `None` when they do not fit this record.
pub fn undo_record(
    format: &dyn Format,
    raw: &[u8],
    document: &Document<'_>,
    undos: &[Undo<'_>],
) -> Option<Vec<u8>> {
    let literal = literal_of(raw, document);
    let inner = std::str::from_utf8(raw.get(literal.range())?).ok()?;
    let places = format.raw_offsets(inner, &places_now(undos));
    let mut out = raw[..literal.start].to_vec();
    let mut done = 0;
    for (undo, place) in undos.iter().zip(places.chunks_exact(2)) {
        out.extend_from_slice(inner.as_bytes().get(done..place[0])?);
        match undo.raw {
            Some(unusual) => out.extend_from_slice(unusual.as_bytes()),
            None => format.escape(undo.text, &mut out),
        }
        done = place[1];
    }
    out.extend_from_slice(inner.as_bytes().get(done..)?);
    out.extend_from_slice(&raw[literal.end..]);
    Some(out)
}

/// The text before the edits that `undos` describe; `None` when they do not fit it.
pub fn undo_text(text: &str, undos: &[Undo<'_>]) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (undo, place) in undos.iter().zip(places_now(undos).chunks_exact(2)) {
        out.push_str(text.get(done..place[0])?);
        out.push_str(undo.text);
        done = place[1];
    }
    out.push_str(text.get(done..)?);
    Some(out)
}

/// Where the edits stand in the text after them: start and end of each.
fn places_now(undos: &[Undo<'_>]) -> Vec<usize> {
    let (mut before, mut now) = (0, 0);
    let mut places = Vec::with_capacity(2 * undos.len());
    for undo in undos {
        let start = now + undo.span.start.saturating_sub(before);
        now = start + undo.now_length;
        before = undo.span.end;
        places.extend([start, now]);
    }
    places
}

/// The literal without the quotes around it.
fn literal_of(raw: &[u8], document: &Document<'_>) -> Span {
    let literal = document.literal.unwrap_or(Span::new(0, raw.len()));
    if raw.get(literal.start) == Some(&b'"') && literal.len() >= 2 && literal.len() < raw.len() {
        return Span::new(literal.start + 1, literal.end - 1);
    }
    literal
}
