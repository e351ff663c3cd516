//! Receipts carried out forward: what the text was, after the changes that a receipt tells of.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::normalize::Part;
use crate::report::receipt::EditReceipt;
use crate::strip::catalog;

use super::claims::{Claimant, FalseClaim, Ledger};

/// The rule that takes out paragraphs which another document has; what it takes out was there when texts were compared.
pub(super) const REPEATED: &str = "repeated/paragraph";

/// A text after the changes of its receipt.
pub(super) struct Edited {
    /// As it went out.
    pub(super) text: String,
    /// As it was compared, where that differs: repeated paragraphs go later.
    pub(super) compared: Option<String>,
}

impl Edited {
    /// The text that was compared with others.
    pub(super) fn compared(&self) -> &str {
        self.compared.as_deref().unwrap_or(&self.text)
    }
}

/// Carries the changes of a receipt out.
///
/// # Errors
/// The first claim of a change that does not hold of this text.
pub(super) fn carry_out(
    text: &str,
    edits: &[EditReceipt],
    by: Claimant<'_>,
) -> std::result::Result<Edited, Box<FalseClaim>> {
    let has_repeats = edits.iter().any(|edit| edit.rule == REPEATED);
    let mut edited =
        Edited { text: String::with_capacity(text.len()), compared: has_repeats.then(String::new) };
    let mut done = 0;
    for edit in edits {
        let (start, end) = (edit.span.start, edit.span.end);
        let place = format!("{start}..{end}");
        if start < done || end < start {
            let found = format!("not behind the change before it, which ends at {done}");
            return Err(Box::new(by.claims("the place of a change", &place, &found)));
        }
        let Some(there) = text.get(start..end) else {
            let found = format!("no part of a text of {} bytes", text.len());
            return Err(Box::new(by.claims("the place of a change", &place, &found)));
        };
        if there != edit.text {
            let claim = by.claims(
                "what stood at a change",
                &format!("{:?} at {place}", edit.text),
                &format!("{there:?}"),
            );
            return Err(Box::new(claim));
        }
        edited.push(&text[done..start], &text[done..start]);
        let compared = if edit.rule == REPEATED { there } else { &edit.with };
        edited.push(&edit.with, compared);
        done = end;
    }
    edited.push(&text[done..], &text[done..]);
    Ok(edited)
}

impl Edited {
    fn push(&mut self, out: &str, compared: &str) {
        self.text.push_str(out);
        if let Some(text) = &mut self.compared {
            text.push_str(compared);
        }
    }
}

/// The rules there are under the settings of a report, with their categories.
pub(super) struct KnownRules {
    categories: BTreeMap<String, String>,
    without: Vec<String>,
}

impl KnownRules {
    /// The built-in rules, those of the settings' rule files, and all findings without a rule.
    ///
    /// # Errors
    /// When a rule file in the settings is not of the schema.
    pub(super) fn new(config: &Config) -> Result<Self> {
        let rules = catalog(&config.strip.rules).map_err(|error| Error::Usage(error.to_string()))?;
        let mut categories: BTreeMap<String, String> =
            rules.into_iter().map(|rule| (rule.id, rule.category)).collect();
        for part in Part::ALL {
            categories.insert(format!("normalize/{}", part.as_str()), "normalize".into());
        }
        categories.insert(REPEATED.into(), "repeated".into());
        categories.insert("write/final-line-end".into(), "write".into());
        Ok(Self { categories, without: config.strip.without.clone() })
    }

    /// Looks whether the rules that a receipt names exist, and are of the categories it says.
    pub(super) fn check(&self, edits: &[EditReceipt], by: Claimant<'_>, ledger: &mut Ledger) {
        for edit in edits {
            match self.categories.get(&edit.rule) {
                None => ledger.deny(by.claims("the rule of a change", &edit.rule, &"no rule of this name")),
                Some(category) if self.without.contains(category) => {
                    ledger.deny(by.claims("the rule of a change", &edit.rule, &"of a category that was off"));
                }
                Some(category) => ledger.compare(by, "the category of a change", &edit.category, category),
            }
        }
    }
}
