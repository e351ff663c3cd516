//! One verdict for each document: keep it, trim it, or drop it in favour of whom, and why.
//!
//! What normalisation and stripping found, each against its own text, becomes one list of edits of the text as it came:
//! that list is what is applied, and it is the receipt.

use std::borrow::Cow;

use crate::edit::Edit;
use crate::normalize::Part;
use crate::span::Span;
use crate::strip::Removal;

/// Why a stretch of a text changes.
#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    /// It was put in normal form.
    Normalize(Part),
    /// It was stripped.
    Strip(Box<Removal>),
    /// A plain text file that was changed ends with a line end.
    FinalLineEnd,
}

impl Cause {
    /// The rule's name, as the report writes it.
    pub fn rule(&self) -> Cow<'_, str> {
        match self {
            Self::Normalize(part) => Cow::Owned(format!("normalize/{}", part.as_str())),
            Self::Strip(removal) => Cow::Borrowed(&removal.rule),
            Self::FinalLineEnd => Cow::Borrowed("write/final-line-end"),
        }
    }

    /// The category's name, as the report writes it.
    pub fn category(&self) -> &str {
        match self {
            Self::Normalize(_) => "normalize",
            Self::Strip(removal) => &removal.category,
            Self::FinalLineEnd => "write",
        }
    }
}

impl From<Part> for Cause {
    fn from(part: Part) -> Self {
        Self::Normalize(part)
    }
}

/// The edits of a text as it came that carry out `normal` first and `removals`, which point into the normal form, then.
/// The first may be of any cause: a text that was stripped can be stripped again.
///
/// Both lists are sorted and free of overlaps; so is the result. An edit inside a removal is swallowed by it.
pub fn compose<C: Into<Cause>>(normal: Vec<Edit<C>>, removals: Vec<Removal>) -> Vec<Edit<Cause>> {
    let mut composed: Vec<Edit<Cause>> = Vec::with_capacity(normal.len() + removals.len());
    let mut normal =
        NormalEdits { edits: normal.into_iter().peekable(), grown: 0, shrunk: 0, taken_up_to: 0 };
    for removal in removals {
        // It begins in a replacement that the removal before already cut through: what cannot be told apart stays.
        if removal.span.start < normal.taken_up_to {
            continue;
        }
        while let Some(edit) = normal.next_before(removal.span.start) {
            composed.push(edit);
        }
        let swallowed = normal.swallow(removal.span);
        push_removal(&mut composed, swallowed, removal);
    }
    composed.extend(std::iter::from_fn(|| normal.next()));
    composed
}

/// Normal-form edits, with the way between the text as it came and its normal form.
struct NormalEdits<C: Into<Cause>, I: Iterator<Item = Edit<C>>> {
    edits: std::iter::Peekable<I>,
    grown: usize,
    shrunk: usize,
    /// Where, in the normal form, the last replacement ends that a removal cut through.
    taken_up_to: usize,
}

/// A removal in places of the text as it came, and what of a replacement it leaves over at its ends.
struct Swallowed {
    span: Span,
    left_over: String,
}

impl<C: Into<Cause>, I: Iterator<Item = Edit<C>>> NormalEdits<C, I> {
    fn to_original(&self, at: usize) -> usize {
        at + self.shrunk - self.grown
    }

    /// Where the next edit's replacement stands in the normal form.
    fn peek_place(&mut self) -> Option<Span> {
        let (grown, shrunk) = (self.grown, self.shrunk);
        self.edits.peek().map(|edit| {
            let start = edit.span.start + grown - shrunk;
            Span::new(start, start + edit.replacement.len())
        })
    }

    fn take(&mut self) -> Option<Edit<C>> {
        let edit = self.edits.next()?;
        self.grown += edit.replacement.len();
        self.shrunk += edit.span.len();
        Some(edit)
    }

    fn next(&mut self) -> Option<Edit<Cause>> {
        self.take().map(|edit| Edit {
            span: edit.span,
            replacement: edit.replacement,
            cause: edit.cause.into(),
        })
    }

    fn next_before(&mut self, start: usize) -> Option<Edit<Cause>> {
        // An edit that ends where the removal starts stays its own; one that left nothing there is swallowed.
        self.peek_place().filter(|place| place.end <= start && place.start < start)?;
        self.next()
    }

    fn swallow(&mut self, removal: Span) -> Swallowed {
        let mut start = None;
        let mut end = None;
        let mut left_over = String::new();
        while let Some(place) = self.peek_place() {
            let is_inside = place.start < removal.end || (place.is_empty() && place.start == removal.end);
            if !is_inside {
                break;
            }
            let original_start = self.to_original(removal.start.min(place.start));
            let Some(edit) = self.take() else { break };
            if place.start < removal.start {
                left_over.push_str(&edit.replacement[..removal.start - place.start]);
                start = start.or(Some(edit.span.start));
            }
            start = start.or(Some(original_start));
            if place.end > removal.end {
                left_over.push_str(&edit.replacement[removal.end - place.start..]);
                end = Some(edit.span.end);
                self.taken_up_to = place.end;
                break;
            }
        }
        let end = end.unwrap_or_else(|| self.to_original(removal.end));
        let start = start.unwrap_or_else(|| self.to_original(removal.start));
        Swallowed { span: Span::new(start, end), left_over }
    }
}

fn push_removal(composed: &mut Vec<Edit<Cause>>, swallowed: Swallowed, removal: Removal) {
    let Swallowed { span, left_over } = swallowed;
    composed.push(Edit { span, replacement: Cow::Owned(left_over), cause: Cause::Strip(Box::new(removal)) });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::apply;
    use crate::strip::Evidence;

    fn change(start: usize, end: usize, with: &'static str) -> Edit<Part> {
        Edit { span: Span::new(start, end), replacement: Cow::Borrowed(with), cause: Part::Spaces }
    }

    fn removal(start: usize, end: usize) -> Removal {
        let span = Span::new(start, end);
        Removal { span, rule: "rule".into(), category: "category".into(), evidence: Evidence::Always }
    }

    fn composed(text: &str, normal: Vec<Edit<Part>>, removals: Vec<Removal>) -> String {
        let edits = compose(normal, removals);
        assert!(edits.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start), "{edits:?}");
        apply(text, &edits)
    }

    #[test]
    fn one_list_does_what_both_do_in_turn() {
        let text = "ab  cd~~ef~gh";
        let normal = vec![change(2, 4, " "), change(6, 8, ""), change(10, 11, "XY")];
        assert_eq!(composed(text, normal.clone(), Vec::new()), "ab cdefXYgh");
        assert_eq!(composed(text, normal.clone(), vec![removal(0, 3)]), "cdefXYgh");
        assert_eq!(composed(text, normal.clone(), vec![removal(3, 5), removal(5, 7)]), "ab XYgh");
        assert_eq!(composed(text, normal, vec![removal(1, 11)]), "a");
    }

    #[test]
    fn a_removal_may_cut_through_a_replacement() {
        let normal = vec![change(1, 2, "WXYZ")];
        assert_eq!(composed("a~b", normal.clone(), vec![removal(0, 3)]), "YZb");
        assert_eq!(composed("a~b", normal.clone(), vec![removal(2, 6)]), "aW");
        assert_eq!(composed("a~b", normal.clone(), vec![removal(2, 3)]), "aWYZb");
        assert_eq!(
            composed("a~b", normal, vec![removal(0, 2), removal(3, 6)]),
            "XYZb",
            "the second stays: it cannot be told"
        );
    }
}
