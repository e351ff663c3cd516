//! Places in a text.

use serde::{Deserialize, Serialize};

/// A half-open byte range `start..end` into a named text, both ends on character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First byte of the range.
    pub start: usize,
    /// First byte after the range.
    pub end: usize,
}

impl Span {
    /// The range `start..end`.
    pub fn new(start: usize, end: usize) -> Self {
        debug_assert!(start <= end, "a span runs forward: {start}..{end}");
        Self { start, end }
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether the range holds no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The bytes of `text` in this range.
    ///
    /// # Panics
    /// When the span was made for another text and does not fall on character boundaries of this one.
    pub fn of(self, text: &str) -> &str {
        &text[self.start..self.end]
    }

    /// Whether both ranges share a byte.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether `other` lies inside this range.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// This range as a standard one.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start..self.end
    }
}
