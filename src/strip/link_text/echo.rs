//! Echoes: a name, and the same name in full right behind it, up to the point where the next text is glued on.

use super::{effort, glue, name};
use crate::span::Span;

/// How far before a glue point the first mention may end, in bytes.
const LOOK_BACK: usize = 120;
/// How far behind the start of the word that was looked at an echo may end, in bytes.
pub(super) const REACH: usize = 4 * LOOK_BACK;
/// Glue points of one word that are looked at, from its end on.
const MOST_SPLITS: usize = 8;
/// Words before a glue point that are compared with the surname in front of it, the nearest first.
const MOST_MENTIONS: usize = 16;
/// Letters of a surname at the most.
const MOST_LETTERS: usize = 40;
/// Letters of what surnames begin with: `Mc`, `De`, `Van`.
const PREFIX_LETTERS: usize = 3;

/// A name said twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Echo {
    /// Where the word begins that was looked at; in a line, each echo's is behind that of the one before.
    pub word: usize,
    /// The last name of the first mention: what stays.
    pub anchor: Span,
    /// Where the second mention ends and the next text begins.
    pub glue: usize,
    /// Whether the second mention is glued to the first.
    pub is_glued: bool,
    /// Whether the next text is glued to the second mention.
    pub is_glued_ahead: bool,
}

/// All echoes at glue points of `line`, by place of the word that is looked at. Places are those of `line`.
pub(super) fn at_glue_points(line: &str) -> Vec<Echo> {
    let mut looks = usize::MAX;
    at_points(line, glue::points(line, 0, line.len()), &mut looks)
}

/// The echoes of `line` that a capital is glued to. No more than `looks` words are looked at closely; what is left of them
/// stays in it.
pub(super) fn at_capitals(line: &str, looks: &mut usize) -> Vec<Echo> {
    at_points(line, glue::capitals(line), looks)
}

fn at_points(line: &str, points: impl Iterator<Item = usize>, looks: &mut usize) -> Vec<Echo> {
    let mut echoes = Vec::new();
    let mut word_end = 0;
    for glue in points {
        if glue < word_end {
            continue;
        }
        let Some(start) = capital_word_start(line, glue) else { continue };
        let Some(less) = looks.checked_sub(1) else { break };
        *looks = less;
        let word = Span::new(start, word_end_from(line, glue));
        word_end = word.end;
        echoes.extend(echo_in(line, word).map(|echo| Echo { word: start, ..echo }));
    }
    echoes
}

/// The echo at one of the glue points of a word. The longest split first, or `McConnellSchumer` would end after `Mc`.
fn echo_in(line: &str, word: Span) -> Option<Echo> {
    if is_said_whole(line, word) {
        return None;
    }
    let splits = || glue::points(line, word.start + 1, word.end + 1).rev().take(MOST_SPLITS);
    splits()
        .find_map(|split| echo_at(line, word.start, split))
        .or_else(|| splits().find_map(|split| echo_ahead(line, word.start, split)))
}

/// Whether the word is a surname with a capital inside, said twice with its first name: `Frank LoBiondo Frank Alo LoBiondo`. Nothing is
/// glued there; see [`without_glue`].
fn is_said_whole(line: &str, word: Span) -> bool {
    let surname = word.of(line);
    let is_first_mention = |start: usize| {
        let anchor = same_at(line, start, word.start, surname)?;
        let between = &line[anchor.end..word.start];
        let is_whole = between.starts_with(char::is_whitespace) && name::is_name(between);
        (is_whole && says_first_name_twice(line, anchor, between)).then_some(anchor)
    };
    begins_headline(line, word.end)
        && name::is_surname(surname)
        && mentions(line, word.start, surname).find_map(is_first_mention).is_some()
}

/// Where the word begins that goes on at `at`, if with a capital, and within reach: no name is longer.
fn capital_word_start(line: &str, at: usize) -> Option<usize> {
    let lowest = window_start(line, at);
    let head = &line[lowest..at];
    let mut start = lowest + head.trim_end_matches(|c| is_joined(c) || c == '.').len();
    if start == lowest && lowest > 0 {
        return None;
    }
    // A full stop joins nothing but `Jr.` to what is glued on.
    if let Some(stop) = line[start..at].trim_end_matches('.').rfind('.') {
        start += stop + 1;
    }
    line[start..].starts_with(char::is_uppercase).then_some(start)
}

/// Where the word ends, or the look at it, that goes on at `at`.
fn word_end_from(line: &str, at: usize) -> usize {
    let tail = &line[at..line.floor_char_boundary(at + LOOK_BACK)];
    at + tail.len() - tail.trim_start_matches(is_joined).len()
}

/// Letters, and the signs that join names.
fn is_joined(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphabetic() || matches!(character, '\'' | '-');
    }
    character.is_alphabetic()
        || matches!(character, '’' | '‑')
        || unicode_normalization::char::is_combining_mark(character)
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
    let length = second.chars().count();
    if length > MOST_LETTERS {
        return None;
    }
    let has_two_names = |echo: &Echo| line[echo.anchor.end..word_start].split_whitespace().nth(1).is_some();
    let exact = mentions(line, word_start, second).find_map(|start| {
        let anchor = same_at(line, start, word_start, second)?;
        accept(line, anchor, word_start, split).filter(|echo| length >= 3 || has_two_names(echo))
    });
    if exact.is_some() || length < name::LEAST_MISSPELT {
        return exact;
    }
    mentions(line, word_start, second).find_map(|start| {
        let anchor = nearly_same_at(line, start, word_start, second)?;
        accept_misspelt(line, anchor, word_start, split)
    })
}

/// `Donald Trump Jr. Donald John Trump Jr.Trump to sign`: the name before the suffix tells.
fn suffixed_echo(line: &str, split: usize) -> Option<Echo> {
    let name_end = line[..split].rfind(' ')?;
    let surname_start = line[..name_end].rfind([' ', '(']).map_or(0, |at| at + 1);
    let surname = &line[surname_start..name_end];
    if !name::is_surname(surname) || surname.len() > LOOK_BACK {
        return None;
    }
    mentions(line, surname_start, surname).find_map(|start| {
        let anchor = same_at(line, start, surname_start, surname)?;
        accept(line, anchor, surname_start, split)
    })
}

fn window_start(line: &str, at: usize) -> usize {
    let mut start = at.saturating_sub(LOOK_BACK);
    while !line.is_char_boundary(start) {
        start += 1;
    }
    start
}

/// Where words begin shortly before `end` that have the first letter of `surname`, as a capital: the nearest first.
fn mentions<'a>(line: &'a str, end: usize, surname: &str) -> impl Iterator<Item = usize> + 'a {
    let wanted = surname.chars().next().map(name::fold);
    let begins = move |start: &usize| is_word_start(line, *start) && begins_with(&line[*start..], wanted);
    let start = window_start(line, end);
    let window = &line[start..end];
    effort::note(window.len());
    likely_capitals(window, wanted).map(move |at| start + at).filter(begins).take(MOST_MENTIONS)
}

/// Where in `window` a capital of an ASCII letter, or one of another alphabet, may stand: the last first.
fn likely_capitals(window: &str, letter: Option<char>) -> impl Iterator<Item = usize> + '_ {
    let capital = letter.filter(char::is_ascii).map(|letter| letter.to_ascii_uppercase() as u8);
    let bytes = window.as_bytes();
    let of_ascii = capital.filter(|_| window.is_ascii());
    let found = of_ascii.map(|capital| memchr::memrchr_iter(capital, bytes));
    let may_be = move |at: &usize| Some(bytes[*at]) == capital || bytes[*at] >= 0xc3;
    let looked = of_ascii.is_none().then(|| (0..bytes.len()).rev().filter(may_be));
    found.into_iter().flatten().chain(looked.into_iter().flatten())
}

fn is_word_start(line: &str, at: usize) -> bool {
    match at.checked_sub(1).map(|before| line.as_bytes()[before]) {
        None => true,
        Some(before) if before.is_ascii() => !before.is_ascii_alphabetic(),
        Some(_) => !line[..at].ends_with(char::is_alphabetic),
    }
}

fn begins_with(word: &str, wanted: Option<char>) -> bool {
    word.chars().next().is_some_and(|first| first.is_uppercase() && Some(name::fold(first)) == wanted)
}

/// The mention that begins at `start` and is the same as `surname`.
fn same_at(line: &str, start: usize, end: usize, surname: &str) -> Option<Span> {
    effort::note(surname.len());
    let mut letters = line[start..end].chars();
    for letter in surname.chars() {
        if name::fold(letters.next()?) != name::fold(letter) {
            return None;
        }
    }
    Some(Span::new(start, end - letters.as_str().len()))
}

/// The mention that begins at `start` and is the same as `surname` but for one letter.
fn nearly_same_at(line: &str, start: usize, end: usize, surname: &str) -> Option<Span> {
    effort::note(3 * surname.len());
    let length = surname.chars().count();
    [length, length + 1, length - 1].into_iter().find_map(|length| {
        let last = line[start..end].char_indices().nth(length.checked_sub(1)?)?;
        let stop = start + last.0 + last.1.len_utf8();
        name::nearly_same(&line[start..stop], surname).then(|| Span::new(start, stop))
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
    // `Mc` is no surname in `McConnell`.
    let is_prefix = anchor.len() <= PREFIX_LETTERS;
    if is_glued
        && (is_one_name || is_prefix)
        && repeats_itself(line, anchor.end, glue)
        && !says_first_name_twice(line, anchor, between)
    {
        return None;
    }
    Some(Echo { word: second_start, anchor, glue, is_glued, is_glued_ahead: true })
}

/// A misspelt surname needs the first name said twice as well.
fn accept_misspelt(line: &str, anchor: Span, second_start: usize, glue: usize) -> Option<Echo> {
    let echo = accept(line, anchor, second_start, glue)?;
    says_first_name_twice(line, anchor, &line[echo.anchor.end..second_start]).then_some(echo)
}

/// Whether the full name begins with a word that stands among the three before the surname of the first mention, or has
/// one of them in brackets: `Dick Durbin Richard (Dick) Durbin`.
fn says_first_name_twice(line: &str, anchor: Span, full_name: &str) -> bool {
    let start = window_start(line, anchor.start);
    let is_before = |first: &str| {
        let mut before = line[start..anchor.start].split_whitespace().rev().take(3);
        name::is_surname(first) && before.any(|word| name::same(word, first))
    };
    let mut names = full_name.split_whitespace();
    names.next().is_some_and(is_before) || names.filter_map(name::nickname).any(is_before)
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
    words_of(line, split, end).skip(1).take(6).find_map(|word| {
        let full_name = &line[split..word.start];
        let is_echo = name::same(word.of(line), surname)
            && name::is_name(full_name)
            && says_first_name_twice(line, anchor, full_name)
            && begins_headline(line, word.end);
        is_echo.then_some(Echo {
            word: word_start,
            anchor,
            glue: word.end,
            is_glued: true,
            is_glued_ahead: false,
        })
    })
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
/// First name, or what stands for it in brackets, and surname are both said twice, and a capital follows.
pub(super) fn without_glue(line: &str, from: usize, limit: usize) -> Option<Echo> {
    let words: Vec<Span> = words_of(line, from, limit).collect();
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
    if !name::is_surname(first.of(line)) || !name::is_surname(surname[0].of(line)) {
        return None;
    }
    for middle in 0..=4usize {
        let start = place + 2 + surname_words + middle;
        let repeated = words.get(start..start + surname_words)?;
        let whole = Span::new(repeated[0].start, repeated[surname_words - 1].end);
        if name::same(whole.of(line), anchor.of(line))
            && begins_with_name(line, first, &words[place + 1 + surname_words..start])
            && name::is_name(&line[again.start..whole.start])
            && begins_headline(line, whole.end)
        {
            return Some(Echo {
                word: again.start,
                anchor,
                glue: whole.end,
                is_glued: false,
                is_glued_ahead: false,
            });
        }
    }
    None
}

/// Whether the words of a full name begin with this first name, or have it in brackets.
fn begins_with_name(line: &str, first: Span, full_name: &[Span]) -> bool {
    let is_same = |word: &str| name::same(word, first.of(line));
    let Some((opening, rest)) = full_name.split_first() else { return false };
    is_same(opening.of(line)) || rest.iter().filter_map(|word| name::nickname(word.of(line))).any(is_same)
}

/// The echo of half a name: `Sarah Huckabee Sarah Elizabeth SandersTrump … MORE Sanders`, found by what follows the cue.
pub(super) fn of_half(line: &str, from: usize, cue: Span) -> Option<Echo> {
    let after = line[cue.end..].trim_start_matches(' ');
    let after = &after[..after.floor_char_boundary(LOOK_BACK)];
    let surname_end =
        after.find(|c: char| !(c.is_alphabetic() || matches!(c, '-' | '\'' | '’'))).unwrap_or(after.len());
    effort::note(surname_end);
    let surname = &after[..surname_end];
    if surname.chars().count() < 3 || !name::is_surname(surname) {
        return None;
    }
    glue::points(line, from, cue.start).find_map(|glue| {
        let start = glue.checked_sub(surname.len())?;
        let is_here = line.get(start..glue).is_some_and(|word| name::same(word, surname));
        is_here.then(|| half_before(line, start, glue)).flatten()
    })
}

/// The first name said twice shortly before a surname at `start`.
fn half_before(line: &str, start: usize, glue: usize) -> Option<Echo> {
    let window = window_start(line, start);
    let words: Vec<Span> = words_of(line, window, start).collect();
    for (place, word) in words.iter().enumerate().rev() {
        let text = word.of(line);
        let earlier = words[..place].iter().rev().take(3).find(|other| name::same(other.of(line), text));
        if name::is_surname(text) && earlier.is_some() && name::is_name(&line[word.start..start]) {
            let anchor = words.get(place.checked_sub(1)?)?;
            return Some(Echo { word: start, anchor: *anchor, glue, is_glued: false, is_glued_ahead: true });
        }
    }
    None
}

/// Words between two places, split at white space.
fn words_of(line: &str, from: usize, to: usize) -> impl Iterator<Item = Span> + '_ {
    effort::note(to - from);
    let base = line.as_ptr() as usize;
    line[from..to].split_whitespace().map(move |word| {
        let start = word.as_ptr() as usize - base;
        Span::new(start, start + word.len())
    })
}
