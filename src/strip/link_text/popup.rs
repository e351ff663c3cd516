//! Pop-ups: an echo, headlines, and the cue that ends them.

use super::cue::Cues;
use super::echo::{self, Echo};
use super::{Kind, LinkText, effort, line_around};
use crate::span::Span;

/// How far behind an echo its cue may stand, in bytes.
const LOOK_AHEAD: usize = 900;
/// How far before a cue an echo without a glue point is looked for, in bytes.
const UNGLUED_BACK: usize = 700;
/// Echoes before one cue that are looked at.
const MOST_ECHOES: usize = 32;
/// Most ends of sentences in a list of headlines.
const MOST_SENTENCES: usize = 3;

/// All pop-ups of a text, by place.
pub(super) fn find(text: &str, cues: &Cues) -> Vec<LinkText> {
    let mut found = Vec::new();
    if cues.may_stand(text) {
        with_cues(text, cues, &mut found);
    }
    cut_at_end(text, &mut found);
    found
}

fn with_cues(text: &str, cues: &Cues, found: &mut Vec<LinkText>) {
    let mut done = 0;
    for cue in cues.find(text) {
        if cue.start >= done {
            let line = line_around(text, cue.start);
            done = line.end;
            in_line(text, line, cues, found);
        }
    }
}

/// All pop-ups with a cue in one line.
fn in_line(text: &str, line: Span, cues: &Cues, found: &mut Vec<LinkText>) {
    let content = line.of(text);
    let marks: Vec<Span> = cues.find(content).collect();
    let echoes = echo::at_glue_points(content);
    let mut done = 0;
    for cue in marks {
        if cue.start < done {
            continue;
        }
        if let Some((echo, kind)) = echo_of(content, done, cue, &echoes) {
            let start = start_of(content, echo.anchor.end, cue.end);
            let popup = LinkText {
                span: moved(Span::new(start, cue.end), line.start),
                kind,
                anchor: moved(echo.anchor, line.start),
                cue: Some(moved(cue, line.start)),
            };
            found.push(popup);
        }
        done = cue.end;
    }
}

/// Where a pop-up begins: right behind the name, or behind the space after it where what follows the cue has none of its own
/// (`MORE(R-Texas)`).
fn start_of(line: &str, name_end: usize, cue_end: usize) -> usize {
    let opens =
        line[cue_end..].starts_with(['(', '[', '{', '“', '‘', '«', '„', '$', '£', '€', '#', '@', '&']);
    name_end + usize::from(opens && line[name_end..].starts_with(' '))
}

/// The echo that a cue belongs to: the first one after the last cue that can hold all headlines up to it.
fn echo_of(line: &str, from: usize, cue: Span, echoes: &[Echo]) -> Option<(Echo, Kind)> {
    if let Some(echo) = near(echoes, from, cue).find(|echo| holds_headlines(echo, line, cue)) {
        return Some((*echo, if echo.is_glued { Kind::PopupGlued } else { Kind::PopupSpaced }));
    }
    let window = window_start(line, cue.start.saturating_sub(UNGLUED_BACK)).max(from);
    if let Some(echo) = echo::of_half(line, window, cue).filter(|echo| holds_headlines(echo, line, cue)) {
        return Some((echo, Kind::PopupHalfLinked));
    }
    let echo = echo::without_glue(line, window, cue.start)?;
    holds_headlines(&echo, line, cue).then_some((echo, Kind::PopupUnglued))
}

/// The echoes that a cue may belong to: those behind the last cue that are not too far from this one.
fn near(echoes: &[Echo], from: usize, cue: Span) -> impl Iterator<Item = &Echo> {
    let first = from.max(cue.start.saturating_sub(LOOK_AHEAD + echo::REACH));
    let start = echoes.partition_point(|echo| echo.word < first);
    let before = echoes[start..].iter().take_while(move |echo| echo.word <= cue.start);
    let is_near = move |echo: &&Echo| {
        echo.anchor.start >= from && echo.glue <= cue.start && cue.start - echo.glue <= LOOK_AHEAD
    };
    before.filter(is_near).take(MOST_ECHOES)
}

/// Whether headlines, or nothing, stand between an echo and its cue. Where no glue point tells where they begin, they
/// must be some words and not end in a full stop.
fn holds_headlines(echo: &Echo, line: &str, cue: Span) -> bool {
    let body = line[echo.glue..cue.start].trim();
    let is_list = body.split_whitespace().nth(3).is_some() && !body.ends_with('.');
    are_headlines(body) && (echo.is_glued_ahead || is_list)
}

/// Whether this may be a list of headlines, or nothing: more small letters than capitals, more than one word, hardly a
/// sentence's end.
fn are_headlines(body: &str) -> bool {
    effort::note(body.len());
    let trimmed = body.trim();
    if trimmed.is_empty() {
        return true;
    }
    let small = trimmed.chars().filter(|c| c.is_lowercase()).count();
    let capital = trimmed.chars().filter(|c| c.is_uppercase()).count();
    let words = trimmed.split_whitespace().take(2).count();
    small > capital && words > 1 && sentence_ends(trimmed) <= MOST_SENTENCES
}

/// Full stops that end a sentence: a small letter or a closing sign before, a space and a capital behind.
fn sentence_ends(body: &str) -> usize {
    let mut ends = 0;
    for (place, _) in body.match_indices(". ") {
        let word = body[..place].rsplit(' ').next().unwrap_or_default();
        let next = body[place + 2..].chars().next();
        let is_short_form = word.chars().count() <= 3 || word.contains('.');
        ends += usize::from(!is_short_form && next.is_some_and(char::is_uppercase));
    }
    ends
}

/// A pop-up in the last line of a text that was cut short behind it.
fn cut_at_end(text: &str, found: &mut Vec<LinkText>) {
    let Some(kept) = before_cut(text) else { return };
    let line_start = kept.rfind('\n').map_or(0, |at| at + 1);
    let from = window_start(text, kept.len().saturating_sub(LOOK_AHEAD + 200)).max(line_start);
    let from = found
        .iter()
        .map(|link| link.span.end)
        .filter(|end| *end > from && *end <= kept.len())
        .max()
        .unwrap_or(from);
    let content = &text[from..kept.len()];
    let echoes = echo::at_glue_points(content);
    let first = echoes.iter().take(MOST_ECHOES).find(|echo| {
        let rest = &content[echo.glue..];
        let is_list = are_headlines(rest) || rest.split_whitespace().count() == 1;
        echo.is_glued && is_list && sentence_ends(rest) == 0
    });
    if let Some(echo) = first {
        let span = Span::new(from + echo.anchor.end, kept.len());
        found.push(LinkText { span, kind: Kind::PopupCut, anchor: moved(echo.anchor, from), cue: None });
    }
}

/// Whether a text ends as one does that was cut off.
pub(super) fn is_cut(text: &str) -> bool {
    before_cut(text).is_some()
}

/// What stands before the sign that a text was cut off at its end.
fn before_cut(text: &str) -> Option<&str> {
    let end = without_cut_mark(text.trim_end());
    end.strip_suffix('…').or_else(|| end.strip_suffix("..."))
}

/// A text without `[+2463 chars]` at its end.
pub(super) fn without_cut_mark(text: &str) -> &str {
    let Some(inner) = text.strip_suffix(" chars]") else { return text };
    let digits = inner.trim_end_matches(|c: char| c.is_ascii_digit());
    match digits.strip_suffix("[+") {
        Some(head) if digits.len() < inner.len() => head.trim_end(),
        _ => text,
    }
}

fn window_start(line: &str, at: usize) -> usize {
    (at..=line.len()).find(|place| line.is_char_boundary(*place)).unwrap_or(line.len())
}

fn moved(span: Span, by: usize) -> Span {
    Span::new(span.start + by, span.end + by)
}
