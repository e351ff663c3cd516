//! `lines.jsonl` beside the changes that the receipts tell of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::document::RecordId;
use crate::error::Result;
use crate::report::folder::{names, read_rows};
use crate::report::lines::{LineRow, is_one_family};
use crate::report::receipt::EditReceipt;
use crate::strip::learn::template_of;

use super::claims::{Claimant, Ledger};

/// Different lines up to which each has a row of its own; see `docs/formats.md`.
const TOLD_APART: usize = 200_000;
const EXAMPLES: usize = 3;
const SHOWN: usize = 240;
const SITES_COUNTED: usize = 1_000;

/// What was counted of one line, or one family of artefacts.
#[derive(Default)]
struct Counted {
    row: Option<LineRow>,
    sites: BTreeSet<String>,
    last: Option<RecordId>,
}

/// Lines as they were taken out of kept documents.
#[derive(Default)]
pub(super) struct Lines {
    /// By rule and digest of the line.
    counted: BTreeMap<(String, [u8; 16]), Counted>,
    /// Whether the site of a document cannot be told.
    sites_open: bool,
}

/// The document that a line was taken out of.
#[derive(Clone, Copy)]
pub(super) struct From<'a> {
    pub(super) place: RecordId,
    pub(super) id: &'a str,
    pub(super) site: Option<&'a str>,
}

impl Lines {
    /// Leaves sites uncompared, since that of a document cannot be told.
    pub(super) fn leave_sites_open(&mut self) {
        self.sites_open = true;
    }

    /// Counts one change; those of normal form are none.
    pub(super) fn count(&mut self, edit: &EditReceipt, from: From<'_>) {
        let line = edit.text.trim();
        let template = if edit.rule.ends_with("/template") { template_of(line) } else { None };
        let family = if is_one_family(&edit.rule) { "" } else { template.as_deref().unwrap_or(line) };
        let digest = Sha256::digest(family.as_bytes());
        let key = (edit.rule.clone(), digest.first_chunk::<16>().copied().unwrap_or_default());
        let counted = self.counted.entry(key).or_default();
        let row = counted.row.get_or_insert_with(|| first_row(line, template.as_deref(), edit));
        row.removals += 1;
        row.bytes += (edit.span.end - edit.span.start) as u64;
        if counted.last != Some(from.place) {
            counted.last = Some(from.place);
            row.documents += 1;
            if row.examples.len() < EXAMPLES {
                row.examples.push(from.id.to_owned());
            }
        }
        if let Some(site) = from.site.filter(|_| counted.sites.len() < SITES_COUNTED) {
            counted.sites.insert(site.to_owned());
        }
    }

    /// Compares what was counted with the rows of the report.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub(super) fn check(self, report: &Path, ledger: &mut Ledger) -> Result<()> {
        if self.counted.len() >= TOLD_APART {
            ledger.leave_open(format!(
                "lines.jsonl: of over {TOLD_APART} different lines the rows are not compared"
            ));
            return Ok(());
        }
        if self.sites_open {
            ledger.leave_open("lines.jsonl: sites, since files of the same name were kept apart".into());
        }
        let sites_open = self.sites_open;
        let mut expected: BTreeMap<(String, String), Vec<LineRow>> = BTreeMap::new();
        for counted in self.counted.into_values() {
            let Some(mut row) = counted.row else { continue };
            row.sites = counted.sites.len() as u64;
            expected.entry((row.rule.clone(), row.text.clone())).or_default().push(row);
        }
        for (number, row) in (1..).zip(read_rows::<LineRow>(report, names::LINES)?) {
            compare(number, &row?, &mut expected, sites_open, ledger);
        }
        for row in expected.into_values().flatten() {
            let by = Claimant::new(names::LINES, None, &row.rule);
            let found = format!("{:?}, taken out {} times", row.text, row.removals);
            ledger.deny(by.claims("the row of a line", &"not there", &found));
        }
        Ok(())
    }
}

fn first_row(line: &str, template: Option<&str>, edit: &EditReceipt) -> LineRow {
    let shown = |text: &str| text.chars().take(SHOWN).collect::<String>();
    LineRow {
        text: shown(template.unwrap_or(line)),
        rule: edit.rule.clone(),
        category: edit.category.clone(),
        removals: 0,
        documents: 0,
        sites: 0,
        bytes: 0,
        examples: Vec::new(),
        wording: template.map(|_| shown(line)),
        learned: None,
    }
}

/// Compares a row with what was counted of its line. Two lines may begin alike: the one that fits is taken first.
fn compare(
    number: u64,
    row: &LineRow,
    expected: &mut BTreeMap<(String, String), Vec<LineRow>>,
    sites_open: bool,
    ledger: &mut Ledger,
) {
    let about = format!("{} {}", row.rule, row.text);
    let by = Claimant::new(names::LINES, number, &about);
    let key = (row.rule.clone(), row.text.clone());
    let Some(alike) = expected.get_mut(&key).filter(|alike| !alike.is_empty()) else {
        ledger.deny(by.claims(
            "a line",
            &format!("taken out {} times", row.removals),
            &"never taken out of a kept document",
        ));
        return;
    };
    let fits = |other: &LineRow| LineRow { learned: None, ..row.clone() } == *other;
    let at = alike.iter().position(fits).unwrap_or(0);
    let found = alike.swap_remove(at);
    if let Some(learned) = row.learned.filter(|learned| learned.contexts > learned.documents) {
        let found = format!("at most {}, the documents it stands in", learned.documents);
        ledger.deny(by.claims("contexts of a learned line", &learned.contexts, &found));
    }
    ledger.compare(by, "removals of a line", &row.removals, &found.removals);
    ledger.compare(by, "documents of a line", &row.documents, &found.documents);
    if !sites_open {
        ledger.compare(by, "sites of a line", &row.sites, &found.sites);
    }
    ledger.compare(by, "bytes of a line", &row.bytes, &found.bytes);
    ledger.compare(by, "examples of a line", &row.examples.join(", "), &found.examples.join(", "));
    let wording = |row: &LineRow| row.wording.clone().unwrap_or_default();
    ledger.compare(by, "wording of a line", &wording(row), &wording(&found));
}
