//! Line ends: one LF for each CR LF, lone CR, line or paragraph separator, vertical tab, form feed and next line.

use std::borrow::Cow;

use super::Part;
use super::classes::{self, LINE};
use crate::edit::Edit;
use crate::span::Span;

/// The line ends of `text` that are not LF.
///
/// A form feed beside a line end marks a page and goes without a trace, as it ends no line of its own. U+0085 counts
/// as a line end wherever it still stands after mending: see `mojibake`, which reads most of them as an ellipsis.
pub(super) fn find(text: &str) -> Vec<Edit<Part>> {
    let mut edits = Vec::new();
    let mut at = 0;
    while let Some((start, character)) = classes::next(text, at, LINE) {
        let end = start + character.len_utf8();
        at = end;
        if is_lone_next_line(text, start, character) {
            continue;
        }
        let replacement = if ends_no_line(text, start, end, character) { "" } else { "\n" };
        edits.push(Edit {
            span: Span::new(start, end),
            replacement: Cow::Borrowed(replacement),
            cause: Part::LineEnds,
        });
    }
    edits
}

/// CR before LF, and a form feed beside any line end.
fn ends_no_line(text: &str, start: usize, end: usize, character: char) -> bool {
    let next = text.as_bytes().get(end);
    match character {
        '\r' => next == Some(&b'\n'),
        '\u{c}' => {
            let previous = start.checked_sub(1).map(|at| text.as_bytes()[at]);
            matches!(next, None | Some(b'\n' | b'\r')) || matches!(previous, None | Some(b'\n' | b'\r' | 0xc))
        }
        _ => false,
    }
}

/// U+0085 that cannot be a line end: a broken ellipsis, which is for `mojibake` to mend.
fn is_lone_next_line(text: &str, start: usize, character: char) -> bool {
    character == '\u{85}' && !super::mojibake::is_next_line(text, start)
}
