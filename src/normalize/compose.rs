//! Two lists of edits, made one after the other, as one list against the first text.

use std::borrow::Cow;

use super::Part;
use crate::edit::{Edit, apply};
use crate::span::Span;

/// The edits that do at once what `first` and then `second` do, where `middle` is the text between the two.
///
/// Edits of both lists that meet become one, under the cause of the earlier list. No span in `second` is empty.
pub(super) fn compose(first: Vec<Edit<Part>>, second: Vec<Edit<Part>>, middle: &str) -> Vec<Edit<Part>> {
    if first.is_empty() {
        return second;
    }
    let mut composed = Vec::with_capacity(first.len() + second.len());
    let mut merge =
        Merge { first: first.into_iter().peekable(), second: second.into_iter().peekable(), growth: 0 };
    while let Some(edit) = merge.next_edit(middle) {
        composed.push(edit);
    }
    composed
}

/// `edits` without the bytes they leave as they are, and without edits that change nothing.
pub(super) fn trim(text: &str, mut edits: Vec<Edit<Part>>) -> Vec<Edit<Part>> {
    edits.retain_mut(|edit| {
        let old = edit.span.of(text);
        if old == edit.replacement {
            return false;
        }
        if !edit.replacement.is_empty() {
            let (head, tail) = common_ends(old, &edit.replacement);
            if head + tail > 0 && head + tail < old.len() {
                edit.span = Span::new(edit.span.start + head, edit.span.end - tail);
                edit.replacement =
                    Cow::Owned(edit.replacement[head..edit.replacement.len() - tail].to_owned());
            }
        }
        true
    });
    edits
}

/// Lengths in bytes of what two texts share at their heads and, apart from that, at their tails.
pub(super) fn common_ends(one: &str, other: &str) -> (usize, usize) {
    let same = |(a, b): &(char, char)| a == b;
    let head: usize = one.chars().zip(other.chars()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
    let tails = one[head..].chars().rev().zip(other[head..].chars().rev());
    (head, tails.take_while(same).map(|(c, _)| c.len_utf8()).sum())
}

type Edits = std::iter::Peekable<std::vec::IntoIter<Edit<Part>>>;

/// Both lists, walked side by side along the middle text.
struct Merge {
    first: Edits,
    second: Edits,
    /// Bytes by which the middle text is ahead of the first one here.
    growth: isize,
}

impl Merge {
    /// The next edit against the first text: all edits of both lists that meet, as one.
    fn next_edit(&mut self, middle: &str) -> Option<Edit<Part>> {
        let growth_before = self.growth;
        let first_at = self.first_at();
        let second_at = self.second.peek().map(|edit| edit.span.start);
        let start = match (first_at, second_at) {
            (Some(one), Some(other)) => one.min(other),
            (one, other) => one.or(other)?,
        };
        let mut group = Group { end: start, cause: None, second: Vec::new() };
        if first_at == Some(start) {
            self.take_first(&mut group);
        } else {
            self.take_second(&mut group);
        }
        loop {
            if self.first_at().is_some_and(|at| at < group.end) {
                self.take_first(&mut group);
            } else if self.second.peek().is_some_and(|edit| edit.span.start < group.end) {
                self.take_second(&mut group);
            } else {
                break;
            }
        }
        let span = Span::new(back(start, growth_before), back(group.end, self.growth));
        let cause = group.cause.or(group.second.first().map(|edit| edit.cause))?;
        Some(Edit { span, replacement: group.text(middle, start), cause })
    }

    /// Where in the middle text the next edit of the first list stands.
    fn first_at(&mut self) -> Option<usize> {
        let growth = self.growth;
        self.first.peek().map(|edit| edit.span.start.saturating_add_signed(growth))
    }

    fn take_first(&mut self, group: &mut Group) {
        if let Some(edit) = self.first.next() {
            let end = edit.span.start.saturating_add_signed(self.growth) + edit.replacement.len();
            self.growth += edit.replacement.len().cast_signed() - edit.span.len().cast_signed();
            group.end = group.end.max(end);
            group.cause = group.cause.or(Some(edit.cause));
        }
    }

    fn take_second(&mut self, group: &mut Group) {
        if let Some(edit) = self.second.next() {
            group.end = group.end.max(edit.span.end);
            group.second.push(edit);
        }
    }
}

/// Edits that meet.
struct Group {
    /// Where they end in the middle text.
    end: usize,
    /// The cause of the earliest edit of the first list among them.
    cause: Option<Part>,
    /// Those of the second list.
    second: Vec<Edit<Part>>,
}

impl Group {
    /// What stands in the last text where the middle one has `start..self.end`.
    fn text(self, middle: &str, start: usize) -> Cow<'static, str> {
        let mut edits = self.second;
        for edit in &mut edits {
            edit.span = Span::new(edit.span.start - start, edit.span.end - start);
        }
        let stretch = &middle[start..self.end];
        match edits.pop() {
            Some(only) if edits.is_empty() && only.span.len() == stretch.len() => only.replacement,
            Some(last) => {
                edits.push(last);
                Cow::Owned(apply(stretch, &edits))
            }
            None => Cow::Owned(stretch.to_owned()),
        }
    }
}

/// A place in the middle text as one in the first.
fn back(at: usize, growth: isize) -> usize {
    at.saturating_add_signed(-growth)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Edits of `text`, made from arbitrary numbers.
    fn edits_of(text: &str, choices: &[(u8, u8, String)], cause: Part) -> Vec<Edit<Part>> {
        let bounds: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let mut edits = Vec::new();
        let mut at = 0;
        for (skip, length, replacement) in choices {
            let start = at + usize::from(*skip % 4);
            let end = start + 1 + usize::from(*length % 3);
            if end >= bounds.len() {
                break;
            }
            let span = Span::new(bounds[start], bounds[end]);
            edits.push(Edit { span, replacement: Cow::Owned(replacement.clone()), cause });
            at = end;
        }
        edits
    }

    proptest! {
        #[test]
        fn composed_edits_do_what_both_lists_do(
            text in "[aé漢]{0,24}",
            first in proptest::collection::vec((any::<u8>(), any::<u8>(), "[xü]{0,3}"), 0..6),
            second in proptest::collection::vec((any::<u8>(), any::<u8>(), "[yö]{0,3}"), 0..6),
        ) {
            let first = edits_of(&text, &first, Part::Mojibake);
            let middle = apply(&text, &first);
            let second = edits_of(&middle, &second, Part::Nfc);
            let expected = apply(&middle, &second);
            let composed = compose(first, second, &middle);
            prop_assert!(composed.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start));
            prop_assert_eq!(apply(&text, &composed), expected.clone());
            let trimmed = trim(&text, composed);
            prop_assert!(trimmed.iter().all(|edit| edit.span.of(&text) != edit.replacement));
            prop_assert_eq!(apply(&text, &trimmed), expected);
        }
    }

    #[test]
    fn edits_that_meet_carry_the_earlier_cause() {
        let first =
            vec![Edit { span: Span::new(1, 3), replacement: Cow::Borrowed(" "), cause: Part::Entities }];
        let second =
            vec![Edit { span: Span::new(1, 2), replacement: Cow::Borrowed(""), cause: Part::Spaces }];
        let composed = compose(first, second, "a b");
        let expected =
            [Edit { span: Span::new(1, 3), replacement: Cow::Borrowed(""), cause: Part::Entities }];
        assert_eq!(composed, expected);
    }
}
