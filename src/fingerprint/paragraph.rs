//! Where a text's paragraphs lie.

use memchr::memchr;

use crate::config::ParagraphUnit;
use crate::span::Span;

/// Lines of these lengths, in bytes, may have been cut to fit a column.
const WRAPPED_LENGTH: std::ops::RangeInclusive<usize> = 40..=100;
/// How far short of the longest a wrapped line falls: a long word did not fit.
const RAGGED: usize = 22;
/// Lines that must look wrapped before a text counts as such.
const WRAPPED_LINES: usize = 3;
/// Bytes at the head of a text by which it is judged; a judgement needs no more, and a huge text no longer.
const JUDGED: usize = 1 << 16;

/// Appends the span of each paragraph of `text`: non-empty lines, or blocks of lines where the text is hard-wrapped.
///
/// Spans neither start nor end with a line feed and hold at least one character that is not white space.
pub fn paragraphs(text: &str, unit: ParagraphUnit, out: &mut Vec<Span>) {
    let blocks = match unit {
        ParagraphUnit::Line => false,
        ParagraphUnit::Block => true,
        ParagraphUnit::Auto => is_hard_wrapped(text),
    };
    if blocks {
        push_blocks(text, out);
    } else {
        out.extend(lines(text).filter(|line| !is_blank(line.of(text))));
    }
}

/// Whether the lines of `text` were cut to fit a column: those that another line follows without a gap are of one
/// width, give or take a word, and most stop in the middle of a sentence.
pub fn is_hard_wrapped(text: &str) -> bool {
    let mut followed = Followed::default();
    let mut previous = "";
    for line in lines(text).take_while(|line| line.start < JUDGED) {
        let line = line.of(text);
        if !is_blank(line) && !is_blank(previous) && !is_indented(line) {
            followed.note(previous.trim_end());
        }
        previous = line;
    }
    followed.look_wrapped()
}

/// What is known of the lines that another line follows.
#[derive(Default)]
struct Followed {
    lines: usize,
    fitting: usize,
    mid_sentence: usize,
    longest: usize,
    /// Sum of the lengths of the fitting ones, in bytes.
    length: usize,
}

impl Followed {
    fn note(&mut self, line: &str) {
        self.lines += 1;
        if WRAPPED_LENGTH.contains(&line.len()) {
            self.fitting += 1;
            self.length += line.len();
            self.longest = self.longest.max(line.len());
            self.mid_sentence += usize::from(!line.ends_with(['.', '!', '?', ':', '"', '”', '…', '。']));
        }
    }

    fn look_wrapped(&self) -> bool {
        self.fitting >= WRAPPED_LINES
            && self.fitting * 5 >= self.lines * 4
            && self.mid_sentence * 5 >= self.fitting * 4
            && self.length >= self.fitting * self.longest.saturating_sub(RAGGED / 2)
    }
}

fn push_blocks(text: &str, out: &mut Vec<Span>) {
    let mut open: Option<Span> = None;
    let mut previous = "";
    for span in lines(text) {
        let line = span.of(text);
        if is_blank(line) {
            out.extend(open.take());
        } else {
            if is_indented(line) && !is_indented(previous) {
                out.extend(open.take());
            }
            open = Some(Span::new(open.map_or(span.start, |block| block.start), span.end));
        }
        previous = line;
    }
    out.extend(open);
}

/// The lines of `text` without their line feeds.
fn lines(text: &str) -> impl Iterator<Item = Span> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.as_bytes().get(start..).filter(|rest| !rest.is_empty())?;
        let line = Span::new(start, start + memchr(b'\n', rest).unwrap_or(rest.len()));
        start = line.end + 1;
        Some(line)
    })
}

fn is_blank(line: &str) -> bool {
    // A line that starts with a letter is the rule; the rest is looked at in full.
    !line.as_bytes().first().is_some_and(u8::is_ascii_graphic) && line.trim().is_empty()
}

fn is_indented(line: &str) -> bool {
    line.starts_with([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str, unit: ParagraphUnit) -> Vec<&str> {
        let mut spans = Vec::new();
        paragraphs(text, unit, &mut spans);
        spans.into_iter().map(|span| span.of(text)).collect()
    }

    #[test]
    fn a_line_is_a_paragraph() {
        let text = "\nA first line.\n\nA second.\n \t\nA third";
        assert_eq!(split(text, ParagraphUnit::Auto), ["A first line.", "A second.", "A third"]);
        assert_eq!(split("", ParagraphUnit::Auto), [""; 0]);
        assert_eq!(split("\n\n", ParagraphUnit::Block), [""; 0]);
    }

    #[test]
    fn wrapped_text_falls_into_blocks() {
        let text = "The quick brown fox jumps over the lazy dog and runs away\nfrom all the hounds that were set upon its \
                    trail by someone\nwho did not like it.\n\nAnother paragraph follows here, and it is wrapped at the \
                    same\ncolumn as the one before, which is what gives it away as\nplain text of the old kind.\n";
        let found = split(text, ParagraphUnit::Auto);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[1].starts_with("Another") && found[1].ends_with("old kind."));
    }

    #[test]
    fn an_indented_line_opens_a_block() {
        let text = "Some company said it filed a registration statement with\nthe commission.\n    It said the proceeds \
                    go to\nsomeone else.\n Reuter\n";
        assert_eq!(split(text, ParagraphUnit::Block).len(), 3);
    }

    #[test]
    fn sentences_a_line_each_are_not_wrapped() {
        let text = "The minister said on Monday that nothing would change at all.\n".repeat(12);
        assert!(!is_hard_wrapped(&text));
        let headlines =
            "Ten things to know before the market opens on Tuesday\nRain\nWhy the minister left the room \
                         before the vote was taken\nShort one\n"
                .repeat(4);
        assert!(!is_hard_wrapped(&headlines));
    }
}
