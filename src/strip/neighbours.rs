//! What stands around a line shows that it is no line of its own: part of a sentence, of a record, of a licence.

use super::lines::{blank_between, ends_sentence, lines};
use crate::span::Span;

/// Bytes that a line which was wrapped by hand has at least.
const WRAPPED_LINE: usize = 40;

/// Words that end neither a headline nor a sentence: articles, and what stands before a noun.
const OPEN_WORDS: [&str; 48] = [
    "the", "a", "an", "of", "and", "for", "with", "by", "from", "der", "die", "das", "den", "dem", "des",
    "ein", "eine", "einen", "einem", "einer", "und", "für", "le", "la", "les", "du", "des", "une", "et",
    "pour", "el", "los", "las", "del", "y", "o", "os", "do", "dos", "il", "gli", "della", "het", "een", "и",
    "в", "w", "z",
];

/// What rights lines say.
const RIGHTS: [&str; 6] = ["opyright", "(c)", "(C)", "©", "ights reserved", "IGHTS RESERVED"];

/// How the terms of a licence open, and within how many lines below its rights line they do.
const TERMS: [&str; 11] = [
    "Permission is ",
    "Permission to ",
    "Redistribution ",
    "Licensed under ",
    "This software ",
    "This program ",
    "This library ",
    "This package ",
    "This file ",
    "This is free software",
    "This code ",
];
const TERMS_WINDOW: usize = 3;

/// Whether what stands above or below a line shows that it is no line of its own, whatever rules say of it. `previous` is the one before
/// it that is not blank.
pub(super) fn is_part_of_neighbours(text: &str, previous: Option<Span>, line: Span) -> bool {
    previous.is_some_and(|before| continues(text, before, line))
        || is_amid_sentence(text, line)
        || is_cut_headline(text, line)
        || names_field(text, line)
        || opens_licence(text, line)
}

/// Whether the line goes on with a hard-wrapped sentence: `… 31 cts per` and, right below it, `share`. A comma ends none.
fn continues(text: &str, before: Span, line: Span) -> bool {
    let above = before.of(text);
    above.len() >= WRAPPED_LINE
        && line.of(text).starts_with(char::is_lowercase)
        && !blank_between(text, before, line)
        && (!ends_sentence(above) || above.ends_with(','))
}

/// Whether the line is from the middle of a hard-wrapped sentence, whatever stands before it: it opens with a small letter,
/// ends nothing, and the next line right below it goes on with it.
fn is_amid_sentence(text: &str, span: Span) -> bool {
    let line = span.of(text);
    line.len() >= WRAPPED_LINE
        && line.starts_with(char::is_lowercase)
        && !ends_sentence(line)
        && right_below(text, span).is_some_and(|below| below.starts_with(char::is_lowercase))
}

/// Whether the line is a label with part of a headline or sentence, and the line right below it goes on with it: it opens with a small
/// letter, or the part ends in a word that ends nothing (`More on this:The` and below `Crisis hits firms …`).
fn is_cut_headline(text: &str, span: Span) -> bool {
    let line = span.of(text);
    let Some((_, part)) = line.split_once([':', '：', '»']) else { return false };
    let mut words = part.split_whitespace();
    let Some(last) = words.clone().next_back() else { return false };
    let Some(below) = right_below(text, span).map(|below| below.trim_start_matches([' ', '\u{a0}'])) else {
        return false;
    };
    let next = below.lines().next().unwrap_or_default().trim_end();
    let is_cut = words.nth(2).is_some()
        && !ends_sentence(line)
        && next.starts_with(char::is_lowercase)
        && !ends_sentence(next);
    let is_open =
        OPEN_WORDS.contains(&last.to_lowercase().as_str()) && below.starts_with(char::is_alphabetic);
    is_cut || is_open
}

/// Whether the line is the name of a field, as records and settings have them: it ends in a colon, stands at the margin, and what it
/// says is indented right below.
fn names_field(text: &str, line: Span) -> bool {
    const SPACES: [char; 2] = [' ', '\t'];
    let has_value = |below: &str| {
        let value = below.trim_start_matches(SPACES);
        value.len() < below.len() && !value.is_empty() && !value.starts_with(['\n', '\r'])
    };
    line.of(text).ends_with(':')
        && !text[..line.start].ends_with(SPACES)
        && right_below(text, line).is_some_and(has_value)
}

/// Whether the line opens a licence, whose terms follow it: there a rights line is no small print of a page.
fn opens_licence(text: &str, line: Span) -> bool {
    let names_rights = RIGHTS.iter().any(|sign| line.of(text).contains(sign));
    let rest = &text[line.end..];
    let is_of_terms = |next: Span| TERMS.iter().any(|terms| next.of(rest).starts_with(terms));
    names_rights && lines(rest).take(TERMS_WINDOW).any(is_of_terms)
}

/// The text from the line right below on, white space before it included.
fn right_below(text: &str, line: Span) -> Option<&str> {
    text[line.end..].trim_start_matches([' ', '\r']).strip_prefix('\n')
}

/// Whether the line says where to write, and the line right above it asks what about: the one means nothing without the other.
pub(super) fn answers_question(text: &str, previous: Option<Span>, line: Span) -> bool {
    previous.is_some_and(|before| before.of(text).ends_with('?') && !blank_between(text, before, line))
        && line.of(text).contains('@')
}

/// Whether two spaces or a tab stand before the line: code, verse or an outline, where only what holds always may go.
pub(super) fn is_indented(text: &str, start: usize) -> bool {
    let before = &text.as_bytes()[..start];
    before.ends_with(b"  ") || before.ends_with(b"\t")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the line `wanted` of a text is part of its neighbours.
    fn is_part(text: &str, wanted: &str) -> bool {
        let all: Vec<Span> = lines(text).collect();
        let at = all.iter().position(|line| line.of(text) == wanted).unwrap();
        is_part_of_neighbours(text, at.checked_sub(1).map(|before| all[before]), all[at])
    }

    #[test]
    fn a_wrapped_sentence_goes_on() {
        let text = "The optimizer unrolls every loop that does not use its variable,\nlike this:\n\nfor";
        assert!(is_part(text, "like this:"));
        assert!(!is_part(&text.replace(",\n", ",\n\n"), "like this:"), "a new paragraph");
        assert!(!is_part(&text.replace(",\n", ".\n"), "like this:"), "the sentence is over");
    }

    #[test]
    fn a_headline_is_wrapped() {
        let text = "Mehr zum Thema:Die\n Krise macht Firmen zu schaffen: Termine werden\nverschoben.";
        assert!(is_part(text, "Mehr zum Thema:Die"));
        assert!(!is_part(&text.replace("\n Krise", "\n\nKrise"), "Mehr zum Thema:Die"), "a new paragraph");
        assert!(!is_part(&text.replace(":Die", ": Die Krise"), "Mehr zum Thema: Die Krise"), "it is whole");
        let text = "Related: Father of the fallen\nsoldier speaks";
        assert!(is_part(text, "Related: Father of the fallen"));
        assert!(!is_part(&text.replace('s', "S"), "Related: Father of the fallen"));
    }

    #[test]
    fn a_question_and_where_to_write_are_one() {
        let text = "Is there a story we should\ntell? Do you know one?\nWrite to us: desk@herald.example";
        let all: Vec<Span> = lines(text).collect();
        assert!(answers_question(text, Some(all[1]), all[2]));
        assert!(!answers_question(text, Some(all[0]), all[1]));
        let apart = text.replace("?\nWrite", "?\n\nWrite");
        let all: Vec<Span> = lines(&apart).collect();
        assert!(!answers_question(&apart, Some(all[1]), all[2]));
    }

    #[test]
    fn a_field_has_its_value_below_it() {
        let text = "Files: *\nCopyright:\n 2004 Ted Tester\nLicense: ISC\n";
        assert!(is_part(text, "Copyright:"));
        assert!(!is_part(&text.replace("\n 2004", "\n2004"), "Copyright:"));
        assert!(
            !is_part(&text.replace(":\n 2004 Ted Tester", ":\n \n"), "Copyright:"),
            "nothing is below it"
        );
    }

    #[test]
    fn a_licence_keeps_its_rights_line() {
        let text = "Copyright (c) 2015 Ted Tester\nAll rights reserved.\n\nRedistribution and use in source and\nbinary forms";
        assert!(is_part(text, "Copyright (c) 2015 Ted Tester") && is_part(text, "All rights reserved."));
        let footer = text.replace("Redistribution and", "Contact us");
        assert!(!is_part(&footer, "All rights reserved."));
    }
}
