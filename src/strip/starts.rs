//! What lines start with, looked up by the first bytes of their forms.

use rustc_hash::FxHashMap;

/// Bytes at the start of a line whose form shows, as a rule, that no start is there.
pub(super) const OPENING: usize = 32;

/// Bytes by which most starts are looked up: enough to tell `this website uses` from `the`.
const OPENING_KEY: usize = 4;

/// A start, as a matching form.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) form: Box<str>,
    pub(super) rule: u16,
    /// Whether it says enough where the language is unknown.
    pub(super) clear: bool,
}

/// The starts of all rules.
#[derive(Debug, Default)]
pub(super) struct Starts {
    by_opening: FxHashMap<[u8; OPENING_KEY], Vec<Start>>,
    /// Those that are shorter, by their first two bytes.
    brief: FxHashMap<[u8; 2], Vec<Start>>,
}

impl Starts {
    /// Adds a start; false where it is too short to be one.
    pub(super) fn add(&mut self, start: Start) -> bool {
        let bytes = start.form.as_bytes();
        if let Some(key) = bytes.first_chunk::<OPENING_KEY>() {
            self.by_opening.entry(*key).or_default().push(start);
        } else if let Some(key) = bytes.first_chunk::<2>() {
            self.brief.entry(*key).or_default().push(start);
        } else {
            return false;
        }
        true
    }

    /// All of them.
    #[cfg(test)]
    pub(super) fn all(&self) -> Vec<&Start> {
        let mut all = Vec::new();
        for starts in self.by_opening.values().chain(self.brief.values()) {
            all.extend(starts);
        }
        all
    }

    /// The starts that a line of this form may have.
    pub(super) fn candidates(&self, form: &str) -> impl Iterator<Item = &Start> {
        let bytes = form.as_bytes();
        let long = bytes.first_chunk().and_then(|key| self.by_opening.get(key));
        let brief = bytes.first_chunk().and_then(|key| self.brief.get(key));
        long.into_iter().chain(brief).flatten()
    }

    /// Whether a line may have a start whose first [`OPENING`] bytes have this form.
    pub(super) fn may_open(&self, opening: &str) -> bool {
        opening.len() < OPENING_KEY || self.candidates(opening).next().is_some()
    }
}
