//! White space at line ends and at the end of the text.

use std::borrow::Cow;

use memchr::memchr_iter;

use super::Part;
use super::classes::is_blank;
use crate::edit::Edit;
use crate::span::Span;

/// The white space before each line end and at the end of `text`, line ends themselves not counted.
pub(super) fn find(text: &str) -> Vec<Edit<Part>> {
    let mut edits = Vec::new();
    let mut start = 0;
    for end in memchr_iter(b'\n', text.as_bytes()) {
        trim_line(text, start, end, &mut edits);
        start = end + 1;
    }
    trim_line(text, start, text.len(), &mut edits);
    edits
}

fn trim_line(text: &str, start: usize, end: usize, edits: &mut Vec<Edit<Part>>) {
    let line = text[start..end].trim_end_matches('\r');
    if matches!(line.as_bytes().last(), None | Some(b'!'..=b'~')) {
        return;
    }
    let kept = line.trim_end_matches(is_blank);
    if kept.len() < line.len() {
        edits.push(Edit {
            span: Span::new(start + kept.len(), start + line.len()),
            replacement: Cow::Borrowed(""),
            cause: Part::TrailingSpace,
        });
    }
}
