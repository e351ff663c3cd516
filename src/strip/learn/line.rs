//! A document's lines as the survey sees them: key, length, and what their form says.

use std::sync::LazyLock;

use aho_corasick::packed::Searcher;
use memchr::memmem::{self, Finder};
use memchr::{memchr, memchr_iter, memchr3_iter};
use serde::{Deserialize, Serialize};

use super::key::{credit_key, shape_key, trimmed_key};
use super::tally::Tally;
use crate::span::Span;
use crate::strip::Glance;

/// What the form and the place of a line say about it, as a set of bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traits(u16);

impl Traits {
    /// Ends a sentence, whatever the script; closing quotes and brackets may follow.
    pub const FINAL: Self = Self(1);
    /// At least 60 characters (24 in scripts without spaces between words) and ends a sentence.
    pub const SENTENCE: Self = Self(1 << 1);
    /// Asks.
    pub const QUESTION: Self = Self(1 << 2);
    /// Ends in a colon: says what the following is.
    pub const LABEL: Self = Self(1 << 3);
    /// Has no letter and no digit.
    pub const SEPARATOR: Self = Self(1 << 4);
    /// Opens with a quotation mark or a dialogue dash, or quotes at length.
    pub const QUOTED: Self = Self(1 << 5);
    /// Part of a paragraph that goes on in the next line or began in the one before.
    pub const FRAGMENT: Self = Self(1 << 6);
    /// Names a handle, an address, a platform, or a copyright: it points out of the text.
    pub const CUE: Self = Self(1 << 7);
    /// Digits are at least a tenth of its characters: a row of figures rather than wording.
    pub const FIGURES: Self = Self(1 << 8);
    /// Among the first three lines of its document, and in its first quarter.
    pub const HEAD: Self = Self(1 << 9);
    /// Among the last four lines of its document, and in its last quarter.
    pub const TAIL: Self = Self(1 << 10);
    /// Stands in brackets as a whole: put into a text, not part of it.
    pub const BRACKETED: Self = Self(1 << 11);
    /// Enumerates: four commas or more, with two or three words between them.
    pub const LIST: Self = Self(1 << 12);
    /// Stands right behind a quotation, and may be whose it is.
    pub const BEHIND_QUOTE: Self = Self(1 << 13);
    /// Not a line but the shape of one.
    pub(crate) const SHAPE: Self = Self(1 << 14);

    /// Not a line but a key that is only counted.
    pub(crate) const COUNTED: Self = Self(1 << 15);

    /// How many traits there are.
    pub(crate) const COUNT: usize = 16;

    /// Whether any trait of `other` is among these.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The bits, lowest first.
    pub(crate) fn bits(self) -> u16 {
        self.0
    }

    /// Where a trait that is one bit stands in a table of [`Traits::COUNT`].
    pub(crate) fn index(self) -> usize {
        self.0.trailing_zeros() as usize
    }

    /// The traits but for those of the place.
    pub(super) fn without_place(self) -> Self {
        Self(self.0 & !(Self::HEAD.0 | Self::TAIL.0 | Self::BEHIND_QUOTE.0))
    }

    pub(crate) fn with(self, other: Self, holds: bool) -> Self {
        if holds { Self(self.0 | other.0) } else { self }
    }
}

/// One line that is not empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it stands, without the white space around it.
    pub span: Span,
    /// What it is recognised by; see [`line_key`](super::line_key).
    pub key: u64,
    /// What its template is recognised by, for lines that may be one: those with [`Traits::CUE`], see [`shape_key`], and
    /// those with a number and a name that are no sentence.
    pub shape: Option<u64>,
    /// Unicode characters.
    pub characters: u32,
    /// What its form and place say.
    pub traits: Traits,
}

/// Reads the lines of `text` into `lines`, which is emptied first and can be used again for the next document.
pub fn read_lines(text: &str, lines: &mut Vec<Line>) {
    read_glanced(text, crate::strip::lines(text).map(|line| Glance { line, may_point: true }), lines);
}

/// As [`read_lines`], where what a look at each line of `text` told is at hand.
pub fn read_glanced(text: &str, glances: impl Iterator<Item = Glance>, lines: &mut Vec<Line>) {
    lines.clear();
    let mut signs = Signs::default();
    for glance in glances {
        let may_point = glance.may_point || signs.are_in(text, glance.line);
        lines.push(read_line(text, glance.line, may_point));
    }
    mark_places(lines);
    mark_fragments(text, lines);
}

/// The forms of words that point out of a text: a line without any of them, without an `@` and without the signs that have no
/// letter holds none of these words.
pub(in crate::strip) fn cue_forms() -> Vec<String> {
    let words = CUES.iter().map(|cue| cue.to_ascii_lowercase());
    words.chain(std::iter::once(WORLD_WIDE_WEB.to_owned())).collect()
}

/// Gives every line its shape, where a template of a rule file may be any line's; [`read_lines`] only looks at those that
/// point out of the text.
pub fn read_shapes(text: &str, lines: &mut [Line]) {
    for line in lines.iter_mut().filter(|line| line.shape.is_none()) {
        line.shape = shape_key(line.span.of(text));
    }
}

/// Whether a word is the name of a platform that link lines point to.
pub(crate) fn names_platform(word: &str) -> bool {
    PLATFORMS.iter().any(|name| name.eq_ignore_ascii_case(word))
}

/// Names that are the same in every language written with Latin letters, and are borrowed as they stand elsewhere.
const PLATFORMS: &[&str] = &[
    "facebook",
    "twitter",
    "instagram",
    "youtube",
    "whatsapp",
    "telegram",
    "linkedin",
    "pinterest",
    "reddit",
    "tiktok",
    "snapchat",
    "spotify",
    "patreon",
    "paypal",
    "newsletter",
    "newsletters",
    "podcast",
    "rss",
    "app",
];

/// Parts of those names, for either case of the initial. None is shorter than five bytes, or the search would be slow.
const CUES: &[&str] = &[
    "acebook",
    "witter",
    "nstagram",
    "ouTube",
    "outube",
    "hatsApp",
    "hatsapp",
    "elegram",
    "inkedIn",
    "Pinterest",
    "FACEBOOK",
    "TWITTER",
    "INSTAGRAM",
    "YOUTUBE",
    "WHATSAPP",
    "TELEGRAM",
    "ewsletter",
    "NEWSLETTER",
    "atreon",
    "opyright",
    "COPYRIGHT",
    "potify",
    "odcast",
];

/// What else points out of a text.
const SIGNS: [&str; 3] = ["://", "©", WORLD_WIDE_WEB];
const WORLD_WIDE_WEB: &str = "www.";

/// Beyond these bytes a line is not searched for cues: it is a paragraph.
const CUE_BYTES: usize = 400;

/// Fewest commas of a line that enumerates.
const LIST_COMMAS: usize = 4;

/// So many bytes tell whether a line enumerates.
const LIST_BYTES: usize = 400;

/// A quotation of fewer bytes is a title or a phrase.
const QUOTED_BYTES: usize = 70;

/// Numbers in a sentence from which on it tells something of its own.
const FIGURES: usize = 3;

/// Beyond these bytes a line is no row of figures.
const ROW_BYTES: usize = 200;

static CUE_SEARCHER: LazyLock<Option<Searcher>> = LazyLock::new(|| Searcher::new(CUES));

static SIGN_FINDERS: LazyLock<[Finder<'static>; 3]> = LazyLock::new(|| SIGNS.map(Finder::new));

/// Where the signs that have no letter stand next, for lines that are asked for in order.
#[derive(Default)]
struct Signs {
    next: [usize; 2],
}

impl Signs {
    fn are_in(&mut self, text: &str, line: Span) -> bool {
        let mut found = false;
        for (next, sign) in self.next.iter_mut().zip(SIGN_FINDERS.iter()) {
            if *next < line.start {
                let rest = &text.as_bytes()[line.start..];
                *next = sign.find(rest).map_or(usize::MAX, |at| line.start + at);
            }
            found |= *next < line.end;
        }
        found
    }
}

fn read_line(text: &str, span: Span, may_point: bool) -> Line {
    let line = span.of(text);
    let tally = Tally::of(line);
    let traits = form(line, &tally, may_point);
    let shape = if traits.has(Traits::CUE) {
        shape_key(line)
    } else if tally.digits > 0 && !traits.has(Traits::SENTENCE) {
        credit_key(line)
    } else {
        None
    };
    Line { span, key: trimmed_key(line), shape, characters: tally.characters as u32, traits }
}

fn form(line: &str, tally: &Tally, may_point: bool) -> Traits {
    let characters = tally.characters;
    let first = line.chars().next().unwrap_or(' ');
    let last = ending(line);
    let is_final = is_terminal(last);
    // A character of Chinese or Japanese takes three bytes and says as much as two or three Latin letters.
    let sentence_length = if line.len() > characters * 5 / 2 { 24 } else { 60 };
    let points = (may_point || tally.has_at) && line.len() <= CUE_BYTES && has_cue(line.as_bytes());
    Traits::default()
        .with(Traits::FINAL, is_final)
        .with(Traits::SENTENCE, is_final && characters >= sentence_length)
        .with(Traits::QUESTION, matches!(last, '?' | '？' | '؟' | ';' | '፧' | '՞') || first == '¿')
        .with(Traits::LABEL, matches!(last, ':' | '：'))
        .with(Traits::QUOTED, is_quotation_opener(first) || (tally.may_quote && quotes_at_length(line)))
        .with(Traits::LIST, tally.commas >= LIST_COMMAS && is_list(line))
        .with(Traits::BRACKETED, is_bracketed(line))
        .with(Traits::SEPARATOR, line.len() <= 64 && !line.contains(char::is_alphanumeric))
        .with(Traits::CUE, points)
        .with(Traits::FIGURES, has_figures_as(line, tally, is_final))
}

/// The last character that is not a closing quote or bracket.
fn ending(line: &str) -> char {
    if let Some(last) = line.as_bytes().last()
        && last.is_ascii()
        && !matches!(last, b'"' | b'\'' | b')' | b']')
    {
        return char::from(*last);
    }
    let is_closing =
        |c: &char| matches!(c, '"' | '\'' | '”' | '’' | '»' | '」' | '』' | ')' | '）' | ']' | '“');
    line.chars().rev().take(4).find(|c| !is_closing(c)).unwrap_or(' ')
}

/// Terminal punctuation of the scripts we have read (research, 4.5).
fn is_terminal(character: char) -> bool {
    matches!(
        character,
        '.' | '?'
            | '!'
            | '…'
            | '。'
            | '！'
            | '？'
            | '؟'
            | '۔'
            | '।'
            | '॥'
            | '።'
            | '፡'
            | '։'
            | '།'
            | '။'
            | '។'
    )
}

fn is_quotation_opener(character: char) -> bool {
    matches!(character, '"' | '“' | '”' | '„' | '«' | '»' | '‘' | '‚' | '「' | '『' | '—' | '–')
}

/// Whether a stretch of at least [`QUOTED_BYTES`] stands between quotation marks. They open and close in turn, since the
/// mark that closes in one language opens in another; the last may go unclosed.
fn quotes_at_length(line: &str) -> bool {
    if line.len() < QUOTED_BYTES {
        return false;
    }
    let bytes = line.as_bytes();
    let mut opened = None;
    for at in memchr3_iter(b'"', 0xe2, 0xc2, bytes).filter(|&at| is_quotation_mark(&bytes[at..])) {
        match opened.take() {
            Some(open) if at - open >= QUOTED_BYTES => return true,
            Some(_) => {}
            None => opened = Some(at),
        }
    }
    opened.is_some_and(|open| bytes.len() - open >= QUOTED_BYTES)
}

/// Whether the bytes begin with one of `"`, `“`, `”`, `„`, `«`, `»`.
fn is_quotation_mark(bytes: &[u8]) -> bool {
    matches!(bytes, [b'"', ..] | [0xe2, 0x80, 0x9c..=0x9e, ..] | [0xc2, 0xab | 0xbb, ..])
}

fn is_list(line: &str) -> bool {
    let opening = &line.as_bytes()[..line.len().min(LIST_BYTES)];
    let commas = memchr_iter(b',', opening).count();
    commas >= LIST_COMMAS && memchr_iter(b' ', opening).count() * 2 <= commas * 5
}

fn is_bracketed(line: &str) -> bool {
    if line.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return false;
    }
    let pairs = [('[', ']'), ('(', ')'), ('【', '】'), ('（', '）')];
    pairs.iter().any(|&(open, close)| line.starts_with(open) && line.ends_with(close))
}

fn has_cue(line: &[u8]) -> bool {
    memchr(b'@', line).is_some()
        || SIGN_FINDERS.iter().any(|sign| sign.find(line).is_some())
        || match CUE_SEARCHER.as_ref() {
            Some(searcher) if line.len() >= searcher.minimum_len() => searcher.find(line).is_some(),
            // Short lines, and processors the packed search was not written for.
            _ => CUES.iter().any(|cue| memmem::find(line, cue.as_bytes()).is_some()),
        }
}

/// Whether a line is a row of figures, or a sentence that tells some.
fn has_figures_as(line: &str, tally: &Tally, is_final: bool) -> bool {
    (line.len() <= ROW_BYTES && has_figures(line, tally))
        || (is_final && line.len() <= CUE_BYTES && tally.digits >= FIGURES && has_numbers(line.as_bytes()))
}

fn has_figures(line: &str, tally: &Tally) -> bool {
    // Other scripts have digits of their own.
    (tally.digits + tally.foreign) * 10 >= tally.characters
        && (tally.foreign == 0 || line.chars().filter(|c| c.is_numeric()).count() * 10 >= tally.characters)
}

/// Whether at least [`FIGURES`] numbers stand in the line: a sentence with so many tells something.
fn has_numbers(line: &[u8]) -> bool {
    let is_number = |(index, byte): &(usize, &u8)| {
        byte.is_ascii_digit() && !index.checked_sub(1).is_some_and(|before| is_in_number(line[before]))
    };
    line.iter().enumerate().filter(is_number).nth(FIGURES - 1).is_some()
}

/// Digits, and what joins them: `1,014` and `11.30` are one number each.
fn is_in_number(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b',' | b'.')
}

/// Says of each line where it stands.
pub(super) fn mark_places(lines: &mut [Line]) {
    let count = lines.len();
    let mut is_behind_quote = false;
    for (index, line) in lines.iter_mut().enumerate() {
        let left = count - 1 - index;
        let is_head = index < 3 && index * 4 < count;
        let is_tail = left < 4 && left * 4 < count;
        let place = line.traits.with(Traits::HEAD, is_head).with(Traits::TAIL, is_tail);
        line.traits = place.with(Traits::BEHIND_QUOTE, is_behind_quote);
        is_behind_quote = line.traits.has(Traits::QUOTED);
    }
}

/// Settles which lines are pieces of paragraphs: those that begin in the middle of a sentence, or that the next line goes
/// on from. In a hard-wrapped text every line goes on that does not end a sentence or stand before a blank line.
fn mark_fragments(text: &str, lines: &mut [Line]) {
    let is_wrapped = is_hard_wrapped(text, lines);
    let mut joins_previous = false;
    for index in 0..lines.len() {
        let joins_next = index + 1 < lines.len() && is_join(text, lines[index], lines[index + 1], is_wrapped);
        let is_fragment = joins_previous || joins_next || begins_lower(text, lines[index]);
        lines[index].traits = lines[index].traits.with(Traits::FRAGMENT, is_fragment);
        joins_previous = joins_next;
    }
}

/// Whether the lines of a text are no paragraphs: at least a quarter of them go on in lower case, or, which also holds
/// for scripts without case and for verse, they are of much the same small length and rarely end a sentence.
fn is_hard_wrapped(text: &str, lines: &[Line]) -> bool {
    let pairs = || lines.windows(2).filter(|pair| is_adjacent(text, pair[0], pair[1]));
    let adjacent = pairs().count();
    let joined = pairs().filter(|pair| is_join(text, pair[0], pair[1], false)).count();
    (adjacent >= 4 && joined * 4 >= adjacent) || (lines.len() >= 10 && adjacent >= 9 && is_column(lines))
}

/// Whether the lines fill a column of at most 120 characters.
fn is_column(lines: &[Line]) -> bool {
    let longest = lines.iter().map(|line| line.characters).max().unwrap_or(0);
    let full = lines.iter().filter(|line| line.characters * 10 >= longest * 6).count();
    let open = lines.iter().filter(|line| !line.traits.has(Traits::FINAL)).count();
    longest <= 120 && full * 2 >= lines.len() && open * 2 >= lines.len()
}

fn is_join(text: &str, line: Line, next: Line, is_wrapped: bool) -> bool {
    !line.traits.has(Traits::FINAL)
        && (is_wrapped || begins_lower(text, next))
        && is_adjacent(text, line, next)
}

fn is_adjacent(text: &str, line: Line, next: Line) -> bool {
    match &text.as_bytes()[line.span.end..next.span.start] {
        [_] => true,
        [b'\n', b'\n'] => false,
        between => memchr_iter(b'\n', between).count() == 1,
    }
}

fn begins_lower(text: &str, line: Line) -> bool {
    let line = line.span.of(text);
    match line.as_bytes().first() {
        Some(first) if first.is_ascii() => first.is_ascii_lowercase(),
        _ => line.starts_with(char::is_lowercase),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn read(text: &str) -> Vec<Line> {
        let mut lines = Vec::new();
        read_lines(text, &mut lines);
        lines
    }

    fn traits(line: &str) -> Traits {
        read(line)[0].traits
    }

    fn fragments(text: &str) -> Vec<&str> {
        read(text)
            .iter()
            .filter(|line| line.traits.has(Traits::FRAGMENT))
            .map(|line| line.span.of(text))
            .collect()
    }

    #[test]
    fn lines_are_found_without_their_white_space() {
        let text = " One \n\n\tTwo\r\n \nThree";
        let found: Vec<_> = read(text).iter().map(|line| line.span.of(text)).collect();
        assert_eq!(found, ["One", "Two", "Three"]);
        assert!(read(" \n\n").is_empty());
    }

    #[rstest]
    #[case("He said so.”", Traits::FINAL, true)]
    #[case("彼はそう言った。」", Traits::FINAL, true)]
    #[case("Read more", Traits::FINAL, false)]
    #[case(
        "ここでは、本文の内容とは関係のない案内が、毎回まったく同じ形で続きます。",
        Traits::SENTENCE,
        true
    )]
    #[case("What happened?", Traits::QUESTION, true)]
    #[case("¿Qué pasó", Traits::QUESTION, true)]
    #[case("ماذا حدث؟", Traits::QUESTION, true)]
    #[case("Mehr zum Thema:", Traits::LABEL, true)]
    #[case("* * *", Traits::SEPARATOR, true)]
    #[case("„Nein“", Traits::QUOTED, true)]
    #[case("Folge uns auf Instagram", Traits::CUE, true)]
    #[case("a@b.org", Traits::CUE, true)]
    #[case("The committee met on Monday", Traits::CUE, false)]
    #[case(
        "Others note, “It is hard to convince anybody that this would be a whole new kind of thing.”",
        Traits::QUOTED,
        true
    )]
    #[case(
        "Jetzt lesen: „Q wie Querdenker“ ist das Titelthema unserer neuen Ausgabe, die Sie hier bestellen.",
        Traits::QUOTED,
        false
    )]
    #[case("F Sheahan, M Horan, D O'Callaghan, E Miller, G Easterby, K Maggs.", Traits::LIST, true)]
    #[case(
        "On Monday, he said, the council, which met late, agreed to go on, and so it did.",
        Traits::LIST,
        false
    )]
    #[case("[Mehr dazu lesen Sie hier.]", Traits::BRACKETED, true)]
    #[case("Boston 4 3 12 99", Traits::FIGURES, true)]
    #[case("Slideshow (2 Images)", Traits::FIGURES, false)]
    fn the_form_of_a_line_is_seen(#[case] line: &str, #[case] trait_: Traits, #[case] holds: bool) {
        assert_eq!(traits(line).has(trait_), holds, "{line}");
    }

    #[test]
    fn both_edges_are_marked() {
        let marked = |text: &str| {
            let lines = read(text);
            [Traits::HEAD, Traits::TAIL].map(|edge| lines.iter().filter(|line| line.traits.has(edge)).count())
        };
        assert_eq!(marked(&"a\n".repeat(16)), [3, 4]);
        assert_eq!(marked(&"a\n".repeat(8)), [2, 2]);
        assert_eq!(marked("a"), [1, 1]);
    }

    #[test]
    fn every_line_of_a_hard_wrapped_paragraph_is_a_fragment() {
        let text = "The company said\nit would pay three\ncts, up from two\nin the year before, and\nMoody's\nagreed.\n Reuter";
        assert_eq!(fragments(text).last(), Some(&"agreed."));
        assert_eq!(fragments(text).len(), 6);
    }

    #[test]
    fn paragraphs_and_headings_are_no_fragments() {
        assert!(fragments("A heading\nThe first paragraph.\n\nFollow us\n\nThe second one\nEnd.").is_empty());
    }

    #[test]
    fn a_paragraph_torn_at_its_link_is_a_fragment() {
        assert_eq!(fragments("He wrote\nhere\nthat it was so."), ["He wrote", "here", "that it was so."]);
    }

    /// What the form of a line says, asked for one thing after the other.
    fn plain_form(line: &str) -> Traits {
        let characters = line.chars().count();
        let (first, last) = (line.chars().next().unwrap(), plain_ending(line));
        let is_final = is_terminal(last);
        let is_sentence = characters >= if line.len() > characters * 5 / 2 { 24 } else { 60 };
        let bytes = line.as_bytes();
        let points = bytes.contains(&b'@') || CUES.iter().chain(&SIGNS).any(|cue| line.contains(cue));
        let numerals = line.chars().filter(|c| c.is_numeric()).count();
        let is_row = line.len() <= ROW_BYTES && numerals * 10 >= characters;
        Traits::default()
            .with(Traits::FINAL, is_final)
            .with(Traits::SENTENCE, is_final && is_sentence)
            .with(Traits::QUESTION, "?？؟;፧՞".contains(last) || first == '¿')
            .with(Traits::LABEL, matches!(last, ':' | '：'))
            .with(Traits::QUOTED, is_quotation_opener(first) || quotes_at_length(line))
            .with(Traits::LIST, is_list(line))
            .with(Traits::BRACKETED, is_bracketed(line))
            .with(Traits::SEPARATOR, line.len() <= 64 && !line.contains(char::is_alphanumeric))
            .with(Traits::CUE, line.len() <= CUE_BYTES && points)
            .with(Traits::FIGURES, is_row || (is_final && line.len() <= CUE_BYTES && has_numbers(bytes)))
    }

    fn plain_ending(line: &str) -> char {
        let closing = |c: &char| "\"'”’»」』)）]“".contains(*c);
        line.chars().rev().take(4).find(|c| !closing(c)).unwrap_or(' ')
    }

    proptest::proptest! {
        /// A look that skips what cannot be there, with and without what finding hits told, sees what a plain look sees.
        #[test]
        fn the_form_is_what_a_plain_look_sees(
            text in "(([A-Z(\\[“«¿„»a]?[a-z1-9,;:' @é.“”’»«中٣½-]{0,50}(Twitter|FACEBOOK|newsletter|http://x|www\\.x|© 2019|@x|Copyright)?[ a-z,.]{0,60}){1,6}[.!?:;”’)\\]。]{0,3}\n){1,8}",
        ) {
            static RULES: std::sync::LazyLock<crate::strip::CompiledRules> = std::sync::LazyLock::new(|| {
                crate::strip::CompiledRules::new(&crate::config::StripConfig::default()).unwrap()
            });
            let lines = read(&text);
            for line in &lines {
                let written = line.span.of(&text);
                let place = Traits(Traits::HEAD.0 | Traits::TAIL.0 | Traits::BEHIND_QUOTE.0 | Traits::FRAGMENT.0);
                proptest::prop_assert_eq!(Traits(line.traits.0 & !place.0), plain_form(written), "{}", written);
                proptest::prop_assert_eq!(line.characters as usize, written.chars().count());
                proptest::prop_assert_eq!(line.key, super::super::line_key(written));
            }
            let (mut glances, mut glanced) = (Vec::new(), Vec::new());
            let mut forms = crate::strip::FormBuffers::default();
            crate::strip::find_hits_and(&text, None, &RULES, &mut forms, |glance| glances.push(glance));
            read_glanced(&text, glances.into_iter(), &mut glanced);
            proptest::prop_assert_eq!(glanced, lines);
        }

        #[test]
        fn every_line_of_any_text_is_found(text in "[a-z .é。\\n]{0,200}") {
            let expected: Vec<_> = text.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect();
            let lines = read(&text);
            let found: Vec<_> = lines.iter().map(|line| line.span.of(&text)).collect();
            proptest::prop_assert_eq!(found, expected);
        }
    }
}
