//! Echoes: a name, and the same name in full right behind it, up to the point where the next text is glued on.

use super::name;
use crate::span::Span;

/// How far before a glue point the first mention may end, in bytes.
const LOOK_BACK: usize = 120;

/// A name said twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Echo {
    /// The last name of the first mention: what stays.
    pub anchor: Span,
    /// Where the second mention ends and the next text begins.
    pub glue: usize,
    /// Whether the second mention is glued to the first.
    pub is_glued: bool,
    /// Whether the next text is glued to the second mention.
    pub is_glued_ahead: bool,
}

/// Calls `each` with every echo at a glue point of `line`, by place of the glue. Places are those of `line`.
pub(super) fn at_glue_points(line: &str, mut each: impl FnMut(Echo)) {
    let mut word_end = 0;
    for glue in glue_points(line) {
        if glue < word_end {
            continue;
        }
        // The longest split first, or `McConnellSchumer` would end after `Mc`.
        let word = word_around(line, glue);
        word_end = word.end.max(glue);
        let mut splits: Vec<usize> = glue_points_in(line, word);
        splits.reverse();
        let echo = splits.iter().find_map(|split| echo_at(line, word.start, *split));
        let echo = echo.or_else(|| splits.iter().find_map(|split| echo_ahead(line, word.start, *split)));
        if let Some(echo) = echo {
            each(echo);
        }
    }
}

/// Places in `line` where a small letter ends and a capital, a digit or an opening sign begins.
fn glue_points(line: &str) -> impl Iterator<Item = usize> + '_ {
    let bytes = line.as_bytes();
    (1..bytes.len()).filter(move |&at| {
        let before = bytes[at - 1];
        let may_end = before.is_ascii_lowercase() || before >= 0x80 || before == b'.';
        may_end && may_begin(bytes, at) && line.is_char_boundary(at) && is_glue(line, at)
    })
}

fn may_begin(bytes: &[u8], at: usize) -> bool {
    begins_capital(bytes, at) || bytes[at].is_ascii_digit() || b"'\"$#[\xe2".contains(&bytes[at])
}

/// Whether a small letter may end and a capital begin anywhere in `line`: a look at the bytes, before anything dearer.
pub(super) fn may_echo(line: &str) -> bool {
    let bytes = line.as_bytes();
    (1..bytes.len())
        .any(|at| (bytes[at - 1].is_ascii_lowercase() || bytes[at - 1] >= 0x80) && begins_capital(bytes, at))
}

/// Whether the first bytes of a character may be those of a capital: of the scripts with case, only the blocks that hold
/// some. `ü` and the small letters of Russian and Greek are told from capitals by their second byte.
fn begins_capital(bytes: &[u8], at: usize) -> bool {
    let next = bytes.get(at + 1).copied().unwrap_or(0);
    match bytes[at] {
        0xc3 => next <= 0x9e,
        0xce => next <= 0xab,
        0xd0 => next <= 0xaf,
        b'A'..=b'Z' | 0xc4..=0xc9 | 0xcd | 0xcf | 0xd2..=0xd5 | 0xe1 => true,
        _ => false,
    }
}

fn is_glue(line: &str, at: usize) -> bool {
    let before = line[..at].chars().next_back();
    let after = line[at..].chars().next();
    let (Some(before), Some(after)) = (before, after) else { return false };
    let is_opening = after.is_ascii_digit() || matches!(after, '\'' | '"' | '$' | '#' | '[' | '‘' | '“');
    if before == '.' {
        // `Donald Trump Jr.Trump to sign`
        return after.is_uppercase() && (line[..at].ends_with(" Jr.") || line[..at].ends_with(" Sr."));
    }
    if matches!(after, '\'' | '‘') {
        // An apostrophe is followed by small letters.
        return before.is_lowercase() && line[at + after.len_utf8()..].starts_with(char::is_uppercase);
    }
    before.is_lowercase() && (after.is_uppercase() || is_opening)
}

/// The run of letters around a place, with the signs that join names.
fn word_around(line: &str, at: usize) -> Span {
    let is_joined = |c: char| {
        c.is_alphabetic()
            || matches!(c, '\'' | '’' | '-' | '‑')
            || unicode_normalization::char::is_combining_mark(c)
    };
    let start = line[..at].char_indices().rev().take_while(|(_, c)| is_joined(*c) || *c == '.').last();
    let end = line[at..].char_indices().take(LOOK_BACK).find(|(_, c)| !is_joined(*c));
    let mut start = start.map_or(at, |(place, _)| place);
    // A full stop joins nothing but `Jr.` to what is glued on.
    if let Some(stop) = line[start..at].trim_end_matches('.').rfind('.') {
        start += stop + 1;
    }
    Span::new(start, end.map_or(line.len(), |(place, _)| at + place))
}

fn glue_points_in(line: &str, word: Span) -> Vec<usize> {
    let end = word.end.min(line.len());
    let inside = line[word.start..end].char_indices().skip(1).map(|(place, _)| word.start + place);
    inside.chain((end < line.len()).then_some(end)).filter(|&at| is_glue(line, at)).collect()
}

/// The echo whose second mention ends at `split`, in the word that begins at `word_start`.
fn echo_at(line: &str, word_start: usize, split: usize) -> Option<Echo> {
    let second = &line[word_start..split];
    if second.ends_with('.') {
        return suffixed_echo(line, split);
    }
    if !name::is_surname(second) {
        return None;
    }
    let is_long = second.chars().count() >= 3;
    let has_two_names = |echo: &Echo| line[echo.anchor.end..word_start].split_whitespace().nth(1).is_some();
    let window = window_start(line, word_start);
    mentions(line, window, word_start, second, name::same)
        .find_map(|anchor| {
            accept(line, anchor, word_start, split).filter(|echo| is_long || has_two_names(echo))
        })
        .or_else(|| {
            mentions(line, window, word_start, second, name::nearly_same)
                .find_map(|anchor| accept_misspelt(line, anchor, word_start, split))
        })
}

/// `Donald Trump Jr. Donald John Trump Jr.Trump to sign`: the name before the suffix tells.
fn suffixed_echo(line: &str, split: usize) -> Option<Echo> {
    let name_end = line[..split].rfind(' ')?;
    let surname_start = line[..name_end].rfind([' ', '(']).map_or(0, |at| at + 1);
    let surname = &line[surname_start..name_end];
    if !name::is_surname(surname) {
        return None;
    }
    let window = window_start(line, surname_start);
    mentions(line, window, surname_start, surname, name::same)
        .find_map(|anchor| accept(line, anchor, surname_start, split))
}

fn window_start(line: &str, at: usize) -> usize {
    let mut start = at.saturating_sub(LOOK_BACK);
    while !line.is_char_boundary(start) {
        start += 1;
    }
    start
}

/// Words before `end` that begin with `surname`, the nearest first: the surname's own span.
fn mentions<'a>(
    line: &'a str,
    window: usize,
    end: usize,
    surname: &'a str,
    is_same: fn(&str, &str) -> bool,
) -> impl Iterator<Item = Span> + 'a {
    let length = surname.chars().count();
    let starts = line[window..end].char_indices().rev().map(move |(place, _)| window + place);
    starts.filter_map(move |start| {
        let is_word_start = line[..start].chars().next_back().is_none_or(|c| !c.is_alphabetic());
        if !is_word_start || !line[start..].starts_with(char::is_uppercase) {
            return None;
        }
        [0, 1, -1].into_iter().find_map(|more: isize| {
            let wanted = length.checked_add_signed(more)?;
            let stop = line[start..end]
                .char_indices()
                .map(|(at, c)| start + at + c.len_utf8())
                .nth(wanted.checked_sub(1)?)?;
            is_same(&line[start..stop], surname).then(|| Span::new(start, stop))
        })
    })
}

/// Whether names and nothing else stand between the first mention and the second.
fn accept(line: &str, anchor: Span, second_start: usize, glue: usize) -> Option<Echo> {
    let after = line[anchor.end..].chars().next()?;
    if !(after.is_whitespace() || after.is_uppercase() || matches!(after, '"' | '“' | '(' | ',')) {
        return None;
    }
    let anchor = Span::new(anchor.start, anchor.end + name::suffix_length(&line[anchor.end..second_start]));
    let between = &line[anchor.end..second_start];
    let is_glued = !between.starts_with(char::is_whitespace);
    if !name::is_name(between) {
        return None;
    }
    let is_one_name = between.split_whitespace().nth(1).is_none();
    if is_glued
        && is_one_name
        && repeats_itself(line, anchor.end, glue)
        && !says_first_name_twice(line, anchor, between)
    {
        return None;
    }
    Some(Echo { anchor, glue, is_glued, is_glued_ahead: true })
}

/// A misspelt surname needs the first name said twice as well.
fn accept_misspelt(line: &str, anchor: Span, second_start: usize, glue: usize) -> Option<Echo> {
    let echo = accept(line, anchor, second_start, glue)?;
    says_first_name_twice(line, anchor, &line[echo.anchor.end..second_start]).then_some(echo)
}

/// Whether the full name begins with a word that stands among the three before the surname of the first mention.
fn says_first_name_twice(line: &str, anchor: Span, full_name: &str) -> bool {
    let Some(first) = full_name.split_whitespace().next() else { return false };
    let start = window_start(line, anchor.start);
    let mut before = line[start..anchor.start].split_whitespace().rev().take(3);
    name::is_surname(first) && before.any(|word| name::same(word, first))
}

/// The echo whose first mention ends at a glue point and whose second one is not glued to what follows:
/// `Paul RyanPaul Davis Ryan Retirees should`. The first name must be said twice.
fn echo_ahead(line: &str, word_start: usize, split: usize) -> Option<Echo> {
    let anchor = Span::new(word_start, split);
    let surname = anchor.of(line);
    if !name::is_surname(surname) {
        return None;
    }
    let end = line.ceil_char_boundary(split + LOOK_BACK);
    for word in words_of(line, split, end).into_iter().skip(1).take(6) {
        let is_same = name::same(word.of(line), surname);
        let full_name = &line[split..word.start];
        if is_same
            && name::is_name(full_name)
            && says_first_name_twice(line, anchor, full_name)
            && begins_headline(line, word.end)
        {
            return Some(Echo { anchor, glue: word.end, is_glued: true, is_glued_ahead: false });
        }
    }
    None
}

/// Whether a capital, a digit or a quotation mark follows a space.
fn begins_headline(line: &str, at: usize) -> bool {
    let next = line[at..].strip_prefix(' ').and_then(|rest| rest.chars().next());
    next.is_some_and(|c| c.is_uppercase() || c.is_ascii_digit() || matches!(c, '\'' | '‘' | '"' | '“'))
}

/// `FooBarFactory FooBarFactoryImpl`: what follows the two mentions is the same, so it is one longer word said twice.
fn repeats_itself(line: &str, first_end: usize, second_end: usize) -> bool {
    let (one, other) = (line[first_end..].chars(), line[second_end..].chars());
    one.zip(other).take(3).filter(|(a, b)| a == b).count() == 3
}

/// The echo without a glue point that begins somewhere before `limit`: `Paul Ryan Paul Davis Ryan Retirees should`.
/// First name and surname are both said twice, and a capital follows.
pub(super) fn without_glue(line: &str, from: usize, limit: usize) -> Option<Echo> {
    let words: Vec<Span> = words_of(line, from, limit);
    for (place, first) in words.iter().enumerate() {
        for surname_words in 1..=2usize {
            if let Some(echo) = unglued_at(line, &words, place, *first, surname_words) {
                return Some(echo);
            }
        }
    }
    None
}

fn unglued_at(line: &str, words: &[Span], place: usize, first: Span, surname_words: usize) -> Option<Echo> {
    let surname = words.get(place + 1..place + 1 + surname_words)?;
    let anchor = Span::new(surname[0].start, surname[surname_words - 1].end);
    let again = words.get(place + 1 + surname_words)?;
    let (first_text, again_text) = (first.of(line), again.of(line));
    if !name::is_surname(first_text)
        || !name::same(first_text, again_text)
        || !name::is_surname(surname[0].of(line))
    {
        return None;
    }
    for middle in 0..=4usize {
        let start = place + 2 + surname_words + middle;
        let repeated = words.get(start..start + surname_words)?;
        let whole = Span::new(repeated[0].start, repeated[surname_words - 1].end);
        if name::same(whole.of(line), anchor.of(line))
            && name::is_name(&line[again.start..whole.end])
            && begins_headline(line, whole.end)
        {
            return Some(Echo { anchor, glue: whole.end, is_glued: false, is_glued_ahead: false });
        }
    }
    None
}

/// The echo of half a name: `Sarah Huckabee Sarah Elizabeth SandersTrump … MORE Sanders`, found by what follows the cue.
pub(super) fn of_half(line: &str, from: usize, cue: Span) -> Option<Echo> {
    let after = line[cue.end..].trim_start_matches(' ');
    let surname_end =
        after.find(|c: char| !(c.is_alphabetic() || matches!(c, '-' | '\'' | '’'))).unwrap_or(after.len());
    let surname = &after[..surname_end];
    if surname.chars().count() < 3 || !name::is_surname(surname) {
        return None;
    }
    glue_points(&line[..cue.start]).filter(|glue| *glue >= from).find_map(|glue| {
        let start = glue.checked_sub(surname.len())?;
        let is_here = line.get(start..glue).is_some_and(|word| name::same(word, surname));
        is_here.then(|| half_before(line, start, glue)).flatten()
    })
}

/// The first name said twice shortly before a surname at `start`.
fn half_before(line: &str, start: usize, glue: usize) -> Option<Echo> {
    let window = window_start(line, start);
    let words = words_of(line, window, start);
    for (place, word) in words.iter().enumerate().rev() {
        let text = word.of(line);
        let earlier = words[..place].iter().rev().take(3).find(|other| name::same(other.of(line), text));
        if name::is_surname(text) && earlier.is_some() && name::is_name(&line[word.start..start]) {
            let anchor = words.get(place.checked_sub(1)?)?;
            return Some(Echo { anchor: *anchor, glue, is_glued: false, is_glued_ahead: true });
        }
    }
    None
}

/// Words between two places, split at white space.
fn words_of(line: &str, from: usize, to: usize) -> Vec<Span> {
    let base = line.as_ptr() as usize;
    line[from..to]
        .split_whitespace()
        .map(|word| {
            let start = word.as_ptr() as usize - base;
            Span::new(start, start + word.len())
        })
        .collect()
}
