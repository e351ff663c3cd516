//! Paragraphs that go because another document that stays has them too.

use std::sync::Arc;

use crate::decide::{Cause, compose};
use crate::document::{Document, RecordId};
use crate::edit::Edit;
use crate::fingerprint::worded_paragraphs;
use crate::group::Repeat;
use crate::plan::Plan;
use crate::read::format::Format;
use crate::span::Span;
use crate::strip::{Evidence, Removal, cuts};

use super::fingerprint::{clean_text, end_with_line_end};

/// The edits of a document with the removal of its repeated paragraphs added, if any is long enough, and the length of
/// the text that is left, in bytes. `place_of` tells where the record of a document stands.
pub fn without_repeats(
    document: &Document<'_>,
    format: &dyn Format,
    edits: &[Edit<Cause>],
    repeats: &[Repeat],
    plan: &Plan,
    place_of: impl Fn(u32) -> RecordId,
) -> Option<(Vec<Edit<Cause>>, usize)> {
    let clean = clean_text(document, edits);
    let paragraphs = worded_paragraphs(&clean, &plan.config.fingerprint);
    let least = plan.config.group.paragraph_chars;
    let (spans, repeats): (Vec<Span>, Vec<&Repeat>) = repeats
        .iter()
        .filter_map(|repeat| Some((*paragraphs.get(repeat.paragraph as usize)?, repeat)))
        .filter(|(span, _)| span.of(&clean).trim().chars().count() >= least)
        .unzip();
    if spans.is_empty() {
        return None;
    }
    let removals = cuts(&clean, &spans).into_iter().zip(repeats);
    let removals = removals.map(|(span, repeat)| removal(span, place_of(repeat.keeper))).collect();
    let mut composed = compose(edits.to_vec(), removals);
    if format.is_one_record() {
        end_with_line_end(document, &mut composed);
    }
    let length = clean_text(document, &composed).len();
    Some((composed, length))
}

fn removal(span: Span, keeper: RecordId) -> Removal {
    Removal {
        span,
        rule: Arc::from("repeated/paragraph"),
        category: Arc::from("repeated"),
        evidence: Evidence::Repeated { file: keeper.file, record: keeper.record },
    }
}
