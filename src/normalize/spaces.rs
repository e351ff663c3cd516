//! Odd spaces: plain ones where they are a scraper's trace, untouched where they are typography.

use std::borrow::Cow;

use super::Part;
use super::classes::{self, SPACE};
use super::typography::Typography;
use crate::edit::Edit;
use crate::span::Span;

/// The odd spaces of `text` that should be plain ones, or none beside a plain one.
///
/// What stays: the spaces French sets beside `« » : ; ? ! %`; groups of digits, and numbers with their units; what
/// Slavic languages tie together (a word of one letter, a dash, a number, initials); the ideographic space beside
/// Chinese, Japanese and Korean; all before a line end, which are for `trailing_space`. At the start of a line a lone
/// odd space goes and two or more, an indentation, become as many plain ones.
pub(super) fn find(text: &str, typography: impl Fn() -> Typography) -> Vec<Edit<Part>> {
    let mut edits = Vec::new();
    let mut habits = None;
    let mut at = 0;
    while let Some((hit, _)) = classes::next(text, at, SPACE) {
        let run = Run::at(text, at, hit);
        at = run.end;
        if run.before.is_none() {
            indent(text, &run, &mut edits);
        } else if !run.is_kept(text, &mut || *habits.get_or_insert_with(&typography)) {
            flatten(text, &run, &mut edits);
        }
    }
    edits
}

/// Consecutive spaces, at least one of them odd, and what stands around them on the line.
struct Run {
    start: usize,
    end: usize,
    before: Option<char>,
    after: Option<char>,
}

impl Run {
    /// The run around the odd space at `hit`, no part of which stands before `from`.
    fn at(text: &str, from: usize, hit: usize) -> Self {
        let is_space = |character: char| character == ' ' || classes::of(character) & SPACE != 0;
        let start = from + text[from..hit].trim_end_matches(' ').len();
        let end = text.len() - text[hit..].trim_start_matches(is_space).len();
        let on_line = |character: &char| !matches!(character, '\n' | '\r');
        let before = text[..start].chars().next_back().filter(on_line);
        Self { start, end, before, after: text[end..].chars().next().filter(on_line) }
    }

    /// Whether the run stays as it is.
    fn is_kept(&self, text: &str, typography: &mut dyn FnMut() -> Typography) -> bool {
        let (Some(before), Some(after)) = (self.before, self.after) else { return true };
        let run = &text[self.start..self.end];
        if run.contains('\u{3000}') {
            return is_wide(before) || is_wide(after);
        }
        let mut spaces = run.chars();
        if spaces.next().is_none() || spaces.next().is_some() {
            return false;
        }
        self.is_in_number(text, before, after) || self.is_set(text, before, after, typography)
    }

    /// Between groups of digits, or between a number and its unit.
    fn is_in_number(&self, text: &str, before: char, after: char) -> bool {
        if matches!(before, '§' | '№') && after.is_numeric() {
            return true;
        }
        if !before.is_numeric() {
            return false;
        }
        if after.is_numeric() {
            let digits_before =
                text[..self.start].chars().rev().take(4).take_while(|c| c.is_numeric()).count();
            let digits_after = text[self.end..].chars().take(4).take_while(|c| c.is_numeric()).count();
            return digits_before < 4 && digits_after < 4;
        }
        is_unit(&text[self.end..])
    }

    /// Where a typesetter of the language puts it.
    fn is_set(
        &self,
        text: &str,
        before: char,
        after: char,
        typography: &mut dyn FnMut() -> Typography,
    ) -> bool {
        let mark = matches!(after, ':' | ';' | '?' | '!' | '»' | '›' | '%') || matches!(before, '«' | '‹');
        if mark && typography().french {
            return true;
        }
        if is_abbreviation(text, self.start, self.end) {
            return true;
        }
        let tied = before.is_numeric()
            || matches!(after, '–' | '—')
            || is_single_letter(text, self.start)
            || is_initial(text, self.start);
        tied && (typography().slavic || (before.is_numeric() && typography().french))
    }
}

/// Ideographs, kana, hangul and their punctuation.
fn is_wide(character: char) -> bool {
    matches!(character,
        '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{2fff}' | '\u{3001}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}' | '\u{ff01}'..='\u{ffee}' | '\u{20000}'..='\u{3ffff}')
}

/// Signs and abbreviations of units, metric and monetary, and of large numbers.
const UNITS: [&str; 62] = [
    "km", "m", "cm", "mm", "µm", "nm", "kg", "g", "mg", "µg", "t", "l", "L", "ml", "cl", "dl", "hl", "ha",
    "m²", "m³", "km²", "cm²", "cm³", "h", "min", "s", "ms", "Hz", "kHz", "MHz", "GHz", "W", "kW", "MW", "GW",
    "kWh", "MWh", "GWh", "TWh", "V", "kV", "A", "K", "Pa", "hPa", "bar", "kB", "MB", "GB", "TB", "Mio",
    "Mrd", "EUR", "USD", "CHF", "FCFA", "kr", "zł", "Kč", "Ft", "лв", "руб",
];

/// Whether `rest` begins with a unit.
fn is_unit(rest: &str) -> bool {
    if rest.starts_with(['%', '‰', '€', '$', '£', '¥', '₽', '₴', '₺', '₹', '°', '℃', '℉', 'Ω', '′', '″'])
    {
        return true;
    }
    let end = rest.find(|c: char| !(c.is_alphabetic() || matches!(c, '²' | '³'))).unwrap_or(rest.len());
    UNITS.contains(&&rest[..end])
}

/// Whether the word that ends at `end` is a single letter.
fn is_single_letter(text: &str, end: usize) -> bool {
    let mut back = text[..end].chars().rev();
    back.next().is_some_and(char::is_alphabetic) && !back.next().is_some_and(char::is_alphanumeric)
}

/// Whether a capital letter and a full stop end at `end`.
fn is_initial(text: &str, end: usize) -> bool {
    let Some(rest) = text[..end].strip_suffix('.') else { return false };
    is_single_letter(text, rest.len()) && rest.chars().next_back().is_some_and(char::is_uppercase)
}

/// Whether the space parts an abbreviation of single small letters: `z. B.`, `d. h.`
fn is_abbreviation(text: &str, start: usize, end: usize) -> bool {
    let Some(rest) = text[..start].strip_suffix('.') else { return false };
    let small =
        rest.chars().next_back().is_some_and(char::is_lowercase) && is_single_letter(text, rest.len());
    let mut next = text[end..].chars();
    small && next.next().is_some_and(char::is_alphabetic) && next.next() == Some('.')
}

/// At the start of a line: a lone odd space goes, an indentation becomes plain.
fn indent(text: &str, run: &Run, edits: &mut Vec<Edit<Part>>) {
    let Some(after) = run.after else { return };
    let spaces = &text[run.start..run.end];
    if spaces.contains('\u{3000}') && is_wide(after) {
        return;
    }
    let odd = || spaces.char_indices().filter(|&(_, space)| space != ' ');
    let replacement = if odd().nth(1).is_some() { " " } else { "" };
    edits.extend(odd().map(|(offset, space)| {
        let start = run.start + offset;
        replace(Span::new(start, start + space.len_utf8()), replacement)
    }));
}

/// Inside a line: the first plain spaces of the run stay and all else goes; where all are odd, one plain space stays.
fn flatten(text: &str, run: &Run, edits: &mut Vec<Edit<Part>>) {
    let spaces = &text[run.start..run.end];
    let Some(plain) = spaces.find(' ') else {
        return edits.push(replace(Span::new(run.start, run.end), " "));
    };
    let kept = spaces[plain..].len() - spaces[plain..].trim_start_matches(' ').len();
    let kept = Span::new(run.start + plain, run.start + plain + kept);
    for gone in [Span::new(run.start, kept.start), Span::new(kept.end, run.end)] {
        if !gone.is_empty() {
            edits.push(replace(gone, ""));
        }
    }
}

fn replace(span: Span, replacement: &'static str) -> Edit<Part> {
    Edit { span, replacement: Cow::Borrowed(replacement), cause: Part::Spaces }
}
