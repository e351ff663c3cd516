//! The totals of `summary.json`, counted again.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::report::folder::names;
use crate::report::receipt::{Action, EditReceipt};
use crate::report::summary::{Counts, Marked, RuleCount, Summary};

use super::claims::{Claimant, Ledger};

/// Characters of a rule's example.
const SHOWN: usize = 240;

/// What was counted on the way.
#[derive(Default)]
pub(super) struct Totals {
    pub(super) counts: Counts,
    pub(super) marked: Marked,
    rules: BTreeMap<String, RuleCount>,
}

impl Totals {
    /// Counts a document that was removed.
    pub(super) fn removed(&mut self, text: &str) {
        self.counts.read += 1;
        self.counts.removed += 1;
        self.counts.text_bytes_in += text.len() as u64;
        self.counts.removed_bytes += text.len() as u64;
    }

    /// Counts a document that is in the output with this text.
    pub(super) fn kept(&mut self, text: &str, out: &str, action: Action, edits: &[EditReceipt]) {
        self.counts.read += 1;
        self.counts.kept += 1;
        self.counts.text_bytes_in += text.len() as u64;
        self.counts.text_bytes_out += out.len() as u64;
        match action {
            Action::Trimmed => self.counts.trimmed += 1,
            Action::Normalized => self.counts.normalized += 1,
            Action::KeptWhole => self.counts.kept_whole += 1,
            _ => {}
        }
        for edit in edits {
            self.edit(edit);
        }
    }

    fn edit(&mut self, edit: &EditReceipt) {
        let bytes = (edit.span.end - edit.span.start) as u64;
        if is_stripped(edit) {
            self.counts.stripped_bytes += bytes;
        }
        let rule = self.rules.entry(edit.rule.clone()).or_default();
        if rule.removals == 0 {
            rule.category.clone_from(&edit.category);
            rule.example = edit.text.trim().chars().take(SHOWN).collect();
        }
        rule.removals += 1;
        rule.bytes += bytes;
    }

    /// Compares them with the summary.
    pub(super) fn check(&self, summary: &Summary, ledger: &mut Ledger) {
        let by = Claimant::new(names::SUMMARY, None, "counts");
        for ((name, claimed), (_, found)) in fields(&summary.counts).into_iter().zip(fields(&self.counts)) {
            ledger.compare(Claimant { about: &format!("counts.{name}"), ..by }, "a total", &claimed, &found);
        }
        if let Some(claimed) = &summary.marked {
            for ((name, claimed), (_, found)) in fields(claimed).into_iter().zip(fields(&self.marked)) {
                let about = format!("marked.{name}");
                ledger.compare(Claimant { about: &about, ..by }, "a total", &claimed, &found);
            }
        }
        let all =
            summary.rules.keys().chain(self.rules.keys().filter(|rule| !summary.rules.contains_key(*rule)));
        let none = RuleCount::default();
        for rule in all {
            let claimed = summary.rules.get(rule).unwrap_or(&none);
            let found = self.rules.get(rule).unwrap_or(&none);
            let by = Claimant { about: rule, ..by };
            ledger.compare(by, "removals of a rule", &claimed.removals, &found.removals);
            ledger.compare(by, "bytes of a rule", &claimed.bytes, &found.bytes);
            ledger.compare(by, "the category of a rule", &claimed.category, &found.category);
            ledger.compare(by, "the example of a rule", &claimed.example, &found.example);
        }
    }
}

/// Whether a change took something out of the text, rather than put it in normal form.
pub(super) fn is_stripped(edit: &EditReceipt) -> bool {
    !matches!(edit.category.as_str(), "normalize" | "write")
}

fn fields(counts: &impl Serialize) -> Vec<(String, u64)> {
    let value = serde_json::to_value(counts).unwrap_or_default();
    let fields = value.as_object().cloned().unwrap_or_default();
    fields.into_iter().map(|(name, value)| (name, value.as_u64().unwrap_or_default())).collect()
}
