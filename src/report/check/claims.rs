//! What a check comes to: claims that are true, claims that are false, and what could not be looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use serde::Serialize;

use crate::error::escape;

/// Characters of a claimed or true value that are shown.
const SHOWN: usize = 160;

/// One claim that is not true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FalseClaim {
    /// The file of the report, or of the output, that makes it.
    pub file: String,
    /// Its row there, from 1; not there where the file has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// What it is about: a document, an input, a rule.
    pub about: String,
    /// What is claimed of it, in a word or two.
    pub claim: &'static str,
    /// What is said.
    pub claimed: String,
    /// What is true.
    pub found: String,
}

impl FalseClaim {
    /// The claim in one line, with nothing in it that could drive a terminal.
    pub fn message(&self) -> String {
        let row = self.row.map(|row| format!(" row {row}")).unwrap_or_default();
        let about = if self.about.is_empty() { String::new() } else { format!(", {}", escape(&self.about)) };
        format!(
            "{}{row}{about}: {} is claimed to be {}; it is {}",
            escape(&self.file),
            self.claim,
            escape(&self.claimed),
            escape(&self.found)
        )
    }
}

/// What a check came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// How many claims are false.
    pub false_claims: u64,
    /// The same by what is claimed.
    pub false_by_claim: BTreeMap<String, u64>,
    /// The first of them.
    pub examples: Vec<FalseClaim>,
    /// How many claims were found to be true, by what is claimed.
    pub proved: BTreeMap<String, u64>,
    /// What could not be looked at, and why.
    pub not_proved: Vec<String>,
}

/// A place in the report that makes claims.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claimant<'a> {
    pub(super) file: &'a str,
    pub(super) row: Option<u64>,
    pub(super) about: &'a str,
}

impl<'a> Claimant<'a> {
    pub(super) fn new(file: &'a str, row: impl Into<Option<u64>>, about: &'a str) -> Self {
        Self { file, row: row.into(), about }
    }

    /// A false claim of this place.
    pub(super) fn claims(
        self,
        claim: &'static str,
        claimed: &impl Display,
        found: &impl Display,
    ) -> FalseClaim {
        FalseClaim {
            file: self.file.to_owned(),
            row: self.row,
            about: shortened(self.about),
            claim,
            claimed: shortened(&claimed.to_string()),
            found: shortened(&found.to_string()),
        }
    }
}

/// Where claims are written down as they are looked at; partial ledgers merge.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    checked: Checked,
    limit: usize,
    /// What cannot be looked at, each once.
    left_open: BTreeSet<String>,
}

impl Ledger {
    /// One that names at most `limit` false claims; all are counted.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Notes a claim as true or false.
    pub(super) fn compare<T: PartialEq + Display>(
        &mut self,
        by: Claimant<'_>,
        claim: &'static str,
        claimed: &T,
        found: &T,
    ) {
        if claimed == found { self.prove(claim, 1) } else { self.deny(by.claims(claim, claimed, found)) }
    }

    /// Notes claims as true.
    pub(super) fn prove(&mut self, claim: &'static str, number: u64) {
        if let Some(proved) = self.checked.proved.get_mut(claim) {
            *proved += number;
        } else {
            self.checked.proved.insert(claim.to_owned(), number);
        }
    }

    /// Notes a claim as false.
    pub(super) fn deny(&mut self, claim: FalseClaim) {
        self.checked.false_claims += 1;
        *self.checked.false_by_claim.entry(claim.claim.to_owned()).or_default() += 1;
        if self.checked.examples.len() < self.limit {
            self.checked.examples.push(claim);
        }
    }

    /// Notes what cannot be looked at.
    pub(super) fn leave_open(&mut self, reason: String) {
        if self.left_open.insert(reason.clone()) {
            self.checked.not_proved.push(reason);
        }
    }

    /// Adds what another ledger holds.
    pub(super) fn merge(&mut self, other: Self) {
        let other = other.checked;
        self.checked.false_claims += other.false_claims;
        for (claim, number) in other.false_by_claim {
            *self.checked.false_by_claim.entry(claim).or_default() += number;
        }
        for (claim, number) in other.proved {
            *self.checked.proved.entry(claim).or_default() += number;
        }
        let room = self.limit.saturating_sub(self.checked.examples.len());
        self.checked.examples.extend(other.examples.into_iter().take(room));
        other.not_proved.into_iter().for_each(|reason| self.leave_open(reason));
    }

    /// An empty ledger with the same limit.
    pub(super) fn part(&self) -> Self {
        Self::new(self.limit)
    }

    pub(super) fn into_checked(self) -> Checked {
        self.checked
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
