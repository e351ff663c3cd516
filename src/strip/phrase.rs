//! Phrases of a page's furniture that stand inside a line, between two sentences or behind the last: a player's
//! `No media source currently available`.

use super::lines::ends_sentence;
use super::search::Searcher;
use crate::span::Span;

/// Bytes from which on a phrase may stand anywhere between sentences, even alone on its line.
const LONG_PHRASE: usize = 12;

/// The phrases of all rules, as they are written.
#[derive(Debug)]
pub(super) struct InlinePhrases {
    searcher: Searcher,
    /// Each phrase with its rule.
    phrases: Vec<(String, u16)>,
}

impl InlinePhrases {
    pub(super) fn new(phrases: Vec<(String, u16)>) -> Self {
        Self { searcher: Searcher::new(phrases.iter().map(|(phrase, _)| phrase.as_str())), phrases }
    }

    /// What goes of `text`, by place: a phrase that stands alone between sentences, with the white space that it would leave
    /// over.
    pub(super) fn find(&self, text: &str, mut each: impl FnMut(Span, u16)) {
        let mut group: Option<(Span, u16)> = None;
        let mut from = 0;
        while let Some(found) = self.searcher.first(text, from) {
            from = found.end;
            let Some((_, rule)) = self.phrases.iter().find(|(phrase, _)| phrase == found.of(text)) else {
                continue;
            };
            group = match group {
                Some((span, first)) if text[span.end..found.start].chars().all(is_space) => {
                    Some((Span::new(span.start, found.end), first))
                }
                before => {
                    if let Some((span, rule)) =
                        before.and_then(|(span, rule)| Some((apart(text, span)?, rule)))
                    {
                        each(span, rule);
                    }
                    Some((found, *rule))
                }
            };
        }
        if let Some((span, rule)) = group.and_then(|(span, rule)| Some((apart(text, span)?, rule))) {
            each(span, rule);
        }
    }
}

/// A phrase, or several in a row, with the white space that would be left over, if sentences end and begin around it. What opens and
/// ends with a sign (`#related#`) needs no space behind it; a short phrase goes only from a line's end, behind a sentence.
fn apart(text: &str, phrase: Span) -> Option<Span> {
    let (before, after) = (&text[..phrase.start], &text[phrase.end..]);
    let bare_before = before.trim_end_matches(is_space);
    let bare_after = after.trim_start_matches(is_space);
    let opens_line = bare_before.is_empty() || bare_before.ends_with('\n');
    let closes_line = bare_after.is_empty() || bare_after.starts_with('\n');
    let is_behind = opens_line || ends_sentence(last_characters(bare_before));
    let is_signed = is_signed(phrase.of(text));
    let is_in_front = closes_line
        || is_signed
        || (bare_after.len() < after.len() && !bare_after.starts_with(char::is_lowercase));
    let is_clear = is_signed || phrase.len() >= LONG_PHRASE || (closes_line && !opens_line);
    if !is_behind || !is_in_front || !is_clear {
        return None;
    }
    let start = if closes_line && !opens_line { bare_before.len() } else { phrase.start };
    let end = if closes_line { phrase.end } else { text.len() - bare_after.len() };
    Some(Span::new(start, end))
}

/// Whether the phrase opens and ends with a sign that no sentence has there.
fn is_signed(phrase: &str) -> bool {
    phrase.starts_with('#') && phrase.ends_with('#')
}

/// The end of a text that is enough to see a sentence end.
fn last_characters(text: &str) -> &str {
    let start = text.char_indices().rev().nth(7).map_or(0, |(at, _)| at);
    &text[start..]
}

fn is_space(character: char) -> bool {
    character.is_whitespace() && character != '\n'
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::at_the_end("He left. No media here", "He left.")]
    #[case::before_a_line_end("He left. No media here \nShe came.", "He left. \nShe came.")]
    #[case::between("He left.” No media here She came.", "He left.” She came.")]
    #[case::first("No media here She came.", "She came.")]
    #[case::twice("A. No media here No media here B", "A. B")]
    #[case::twice_at_the_end("A. No media here No media here\nB", "A.\nB")]
    #[case::in_a_sentence("There is No media here", "There is No media here")]
    #[case::goes_on("He left. No media here was found", "He left. No media here was found")]
    #[case::glued_to_a_word("He left. No media hereafter", "He left. No media hereafter")]
    #[case::short_at_the_end("He left. Ad Policy\n\nShe came.", "He left.\n\nShe came.")]
    #[case::short_between("He left. Ad Policy She came.", "He left. Ad Policy She came.")]
    #[case::short_alone("He left.\nAd Policy\nShe came.", "He left.\nAd Policy\nShe came.")]
    #[case::short_in_a_sentence("It changed its Ad Policy\nShe came.", "It changed its Ad Policy\nShe came.")]
    #[case::signed("#related#She came. He left.", "She came. He left.")]
    #[case::signed_between("He left. #related# She came.", "He left. She came.")]
    #[case::signed_in_a_sentence("He wrote #related# twice.", "He wrote #related# twice.")]
    fn phrases(#[case] text: &str, #[case] expected: &str) {
        let words = ["No media here", "Ad Policy", "#related#"];
        let phrases = InlinePhrases::new(words.map(|words| (words.to_owned(), 0)).to_vec());
        let mut left = String::new();
        let mut at = 0;
        phrases.find(text, |span, _| {
            left.push_str(&text[at..span.start]);
            at = span.end;
        });
        left.push_str(&text[at..]);
        assert_eq!(left, expected);
    }
}
