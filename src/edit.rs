//! Changes of a text as data: where, and what stands there afterwards.
//!
//! Everything that changes a text says so in a list of [`Edit`]s, sorted by place and free of overlaps; nothing but
//! [`apply`] carries them out.

use std::borrow::Cow;

use crate::span::Span;

/// One change: the bytes at `span` give way to `replacement`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit<C> {
    /// Where, in the text before the change.
    pub span: Span,
    /// What stands there afterwards; empty for a removal.
    pub replacement: Cow<'static, str>,
    /// Why.
    pub cause: C,
}

/// The text after `edits`, which are sorted and do not overlap.
pub fn apply<C>(text: &str, edits: &[Edit<C>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        out.push_str(&text[done..edit.span.start]);
        out.push_str(&edit.replacement);
        done = edit.span.end;
    }
    out.push_str(&text[done..]);
    out
}
