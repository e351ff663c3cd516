//! The lines of a text that are not blank.

use crate::span::Span;

/// The spans of all lines with something in them, line ends and the white space before and after left out.
pub(crate) fn lines(text: &str) -> Lines<'_> {
    Lines { text, ends: memchr::memchr_iter(b'\n', text.as_bytes()), start: 0, done: false }
}

pub(crate) struct Lines<'text> {
    text: &'text str,
    ends: memchr::Memchr<'text>,
    start: usize,
    done: bool,
}

impl Iterator for Lines<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        while !self.done {
            let start = self.start;
            let end = if let Some(end) = self.ends.next() {
                self.start = end + 1;
                end
            } else {
                self.done = true;
                self.text.len()
            };
            let line = trim(self.text, start, end);
            if !line.is_empty() {
                return Some(line);
            }
        }
        None
    }
}

/// Whether the text between two lines holds an empty one.
pub(super) fn blank_between(text: &str, before: Span, after: Span) -> bool {
    memchr::memchr_iter(b'\n', &text.as_bytes()[before.end..after.start]).nth(1).is_some()
}

/// Whether the line goes on with a sentence: it opens with a small letter.
pub(super) fn is_next_sentence(line: &str) -> bool {
    line.starts_with(char::is_lowercase)
}

/// Whether the line ends a sentence, closing quotes and brackets aside.
pub(super) fn ends_sentence(line: &str) -> bool {
    match line.as_bytes().last() {
        Some(b'.' | b'?' | b'!' | b':' | b';' | b',') => true,
        Some(b'"' | b'\'' | b')' | b']' | 0x80..) => ends_quoted_sentence(line),
        _ => false,
    }
}

fn ends_quoted_sentence(line: &str) -> bool {
    let bare = line.trim_end_matches(['"', '\'', '”', '’', '»', '“', '」', '』', ')', '）', ']', '›']);
    bare.ends_with([
        '.', '?', '!', '…', '。', '！', '？', '؟', '۔', '।', '॥', '።', '．', ':', ';', '：', '；', ',',
    ])
}

fn trim(text: &str, start: usize, end: usize) -> Span {
    let bytes = &text.as_bytes()[start..end];
    if let (Some(first), Some(last)) = (bytes.first(), bytes.last())
        && first.is_ascii_graphic()
        && last.is_ascii_graphic()
    {
        return Span::new(start, end);
    }
    let line = &text[start..end];
    let after = line.trim_start();
    let lead = line.len() - after.len();
    Span::new(start + lead, start + lead + after.trim_end().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yields_what_is_not_blank() {
        let text = "\n  one \r\n\n\u{a0}\ntwo\nthree";
        let found: Vec<&str> = lines(text).map(|line| line.of(text)).collect();
        assert_eq!(found, ["one", "two", "three"]);
    }

    #[test]
    fn sees_blank_lines_between() {
        let text = "a\n\nb\nc";
        let found: Vec<Span> = lines(text).collect();
        assert!(blank_between(text, found[0], found[1]));
        assert!(!blank_between(text, found[1], found[2]));
    }

    #[test]
    fn sentences_end_in_any_script() {
        for line in ["He left.", "“He left.”", "वह चला गया।", "彼は去った。」", "ذهب؟"]
        {
            assert!(ends_sentence(line), "{line}");
        }
        assert!(!ends_sentence("Read more"));
    }
}
