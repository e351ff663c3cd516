//! Characters that nobody sees: controls, zero-width spaces, soft hyphens, stray joiners and marks of direction.

use std::borrow::Cow;

use memchr::{memchr, memrchr};

use super::Part;
use super::classes::{self, CONTROL, INVISIBLE, LEAD};
use crate::edit::Edit;
use crate::span::Span;

/// The invisible characters of `text` that no script there needs.
///
/// What stays: joiners beside scripts that join or stack (Arabic, Indic, Mongolian, …) and between emoji; zero-width
/// spaces beside scripts that have no other sign between words (Thai, Lao, Khmer, Burmese, Tibetan); marks of direction
/// on a line that holds right-to-left letters; tags after a black flag; controls beside what may be broken text, as
/// they are the only way back to it. Variation selectors are no business of this part.
pub(super) fn find(text: &str) -> Vec<Edit<Part>> {
    let mut edits = Vec::new();
    let mut line = Line::default();
    let mut at = 0;
    while let Some((start, _)) = classes::next(text, at, INVISIBLE) {
        let run = Run::at(text, start);
        remove_from(text, &run, &mut line, &mut edits);
        let left_over = run.left_over(text);
        if let Some(edit) = edits.last_mut().filter(|edit| edit.span == Span::new(run.start, run.end)) {
            edit.span.end += left_over;
        }
        at = run.end + left_over;
    }
    edits
}

/// Consecutive invisible characters and what stands around them.
struct Run {
    start: usize,
    end: usize,
    before: Option<char>,
    after: Option<char>,
}

impl Run {
    fn at(text: &str, start: usize) -> Self {
        let rest = &text[start..];
        let length = rest
            .char_indices()
            .find(|&(_, character)| classes::of(character) & INVISIBLE == 0)
            .map_or(rest.len(), |(length, _)| length);
        let end = start + length;
        Self { start, end, before: text[..start].chars().next_back(), after: text[end..].chars().next() }
    }

    /// Bytes of white space behind the run that would be left over without it: a second space, the break of a line that
    /// holds nothing else.
    fn left_over(&self, text: &str) -> usize {
        let (before, after) = (&text[..self.start], &text[self.end..]);
        let is_between = |space: &str| before.ends_with(space) && after.starts_with(space);
        ["\n\n", "\n", " "].into_iter().find(|space| is_between(space)).map_or(0, str::len)
    }

    fn beside(&self, test: fn(char) -> bool) -> bool {
        self.before.is_some_and(test) || self.after.is_some_and(test)
    }

    fn between(&self, test: fn(char) -> bool) -> bool {
        self.before.is_some_and(test) && self.after.is_some_and(test)
    }
}

fn remove_from(text: &str, run: &Run, line: &mut Line, edits: &mut Vec<Edit<Part>>) {
    for (offset, character) in text[run.start..run.end].char_indices() {
        if is_needed(text, run, character, line) {
            continue;
        }
        let start = run.start + offset;
        let end = start + character.len_utf8();
        match edits.last_mut() {
            Some(last) if last.span.end == start => last.span.end = end,
            _ => edits.push(Edit {
                span: Span::new(start, end),
                replacement: Cow::Borrowed(""),
                cause: Part::Invisible,
            }),
        }
    }
}

fn is_needed(text: &str, run: &Run, character: char, line: &mut Line) -> bool {
    match character {
        '\u{200c}' | '\u{180e}' => run.beside(joins),
        '\u{200d}' => run.beside(joins) || run.between(is_pictograph),
        '\u{200b}' => run.beside(lacks_spaces),
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            line.is_right_to_left(text, run.start)
        }
        '\u{e0020}'..='\u{e007f}' => run.before == Some('\u{1f3f4}'),
        '\u{80}'..='\u{9f}' => run.beside(may_be_broken),
        _ => false,
    }
}

/// What a misread text is made of.
fn may_be_broken(character: char) -> bool {
    classes::of(character) & (LEAD | CONTROL) != 0 || character == '\u{fffd}'
}

/// Scripts in which a joiner or its absence changes the shape, and so the reading, of a word.
fn joins(character: char) -> bool {
    matches!(character,
        '\u{600}'..='\u{109f}' | '\u{1780}'..='\u{18af}' | '\u{1900}'..='\u{1cff}' | '\u{a800}'..='\u{abff}'
        | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10a00}'..='\u{11fff}'
        | '\u{1e900}'..='\u{1e95f}')
}

/// Scripts that write words without spaces between them, where U+200B marks the words.
fn lacks_spaces(character: char) -> bool {
    matches!(character,
        '\u{e00}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{1950}'..='\u{19ff}' | '\u{1a20}'..='\u{1aaf}'
        | '\u{1b00}'..='\u{1b7f}' | '\u{a980}'..='\u{aadf}')
}

/// Characters that emoji sequences are made of.
fn is_pictograph(character: char) -> bool {
    matches!(character,
        '\u{1f000}'..='\u{1fbff}' | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{27bf}' | '\u{2900}'..='\u{2bff}'
        | '\u{fe0f}' | '\u{a9}' | '\u{ae}' | '\u{3030}' | '\u{20e3}')
}

/// The line last looked at, and whether it holds letters written from right to left.
#[derive(Default)]
struct Line {
    end: usize,
    right_to_left: bool,
}

impl Line {
    fn is_right_to_left(&mut self, text: &str, at: usize) -> bool {
        if at >= self.end {
            let bytes = text.as_bytes();
            let start = memrchr(b'\n', &bytes[..at]).map_or(0, |end| end + 1);
            self.end = memchr(b'\n', &bytes[at..]).map_or(text.len(), |length| at + length);
            self.right_to_left = text[start..self.end].chars().any(is_right_to_left);
        }
        self.right_to_left
    }
}

fn is_right_to_left(character: char) -> bool {
    matches!(character,
        '\u{590}'..='\u{61b}' | '\u{61d}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}
