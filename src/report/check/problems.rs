//! `problems.jsonl` beside the records and files that cannot be read.

use std::collections::BTreeMap;
use std::path::Path;

use crate::document::{Problem, ProblemKind};
use crate::error::Result;
use crate::report::folder::{names, read_rows};
use crate::report::rows::ProblemRow;

use super::claims::{Claimant, Ledger};
use super::rows::Rows;

/// The rows of problems, those of files taken out.
pub(super) struct Problems {
    rows: Rows<ProblemRow>,
    /// By name.
    files: BTreeMap<String, (u64, ProblemRow)>,
    count: u64,
}

impl Problems {
    /// Reads the rows of files; the others follow.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn open(report: &Path) -> Result<Self> {
        let mut rows = Rows::new(read_rows::<ProblemRow>(report, names::PROBLEMS)?);
        let (mut files, mut count) = (BTreeMap::new(), 0);
        while rows.peek(0)?.is_some_and(|(_, row)| row.record.is_none()) {
            let of_file = |(number, row): (u64, ProblemRow)| (row.path.clone(), (number, row));
            files.extend(rows.take()?.map(of_file));
            count += 1;
        }
        Ok(Self { rows, files, count })
    }

    /// How many rows speak of whole files.
    pub(super) fn file_rows(&self) -> u64 {
        self.count
    }

    /// Looks for the row of a record that cannot be read: the next.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub(super) fn expect(&mut self, expected: &ProblemRow, ledger: &mut Ledger) -> Result<()> {
        let is_it = |row: &ProblemRow| row.path == expected.path && row.record == expected.record;
        if self.rows.peek(1)?.is_some_and(|(_, row)| is_it(row))
            && self.rows.peek(0)?.is_some_and(|(_, row)| !is_it(row))
        {
            self.deny_next(ledger)?;
        }
        if !self.rows.peek(0)?.is_some_and(|(_, row)| is_it(row)) {
            let origin = origin(expected);
            let by = Claimant::new(names::PROBLEMS, None, &origin);
            ledger.deny(by.claims("the row of a problem", &"not there", &expected.reason));
            return Ok(());
        }
        if let Some((number, row)) = self.rows.take()? {
            compare(number, &row, expected, ledger);
        }
        Ok(())
    }

    /// Looks for the row of a whole file; `expected` is the fault it was found to have.
    pub(super) fn expect_of_file(&mut self, path: &str, expected: Option<&Problem>, ledger: &mut Ledger) {
        match (self.files.remove(path), expected) {
            (None, None) => {}
            (Some((number, row)), Some(problem)) => {
                compare(number, &row, &ProblemRow::of_file(path, problem), ledger);
            }
            (Some((number, row)), None) if row.kind == ProblemKind::Unreadable => {
                ledger.leave_open(format!("problem {number}: {path} could not be read then, and can be now"));
            }
            (Some((number, row)), None) => {
                let by = Claimant::new(names::PROBLEMS, number, path);
                ledger.deny(by.claims("a problem", &row.reason, &"none: the file can be read"));
            }
            (None, Some(problem)) => {
                let by = Claimant::new(names::PROBLEMS, None, path);
                ledger.deny(by.claims("the row of a problem", &"not there", &problem.reason));
            }
        }
    }

    /// Leaves the row of a file out that could not be looked at.
    pub(super) fn pass_over(&mut self, path: &str) {
        self.files.remove(path);
    }

    /// What is left speaks of files that were no inputs, or of nothing.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub(super) fn finish(mut self, references_unread: bool, ledger: &mut Ledger) -> Result<()> {
        for (number, row) in self.files.values() {
            ledger.leave_open(format!("problem {number}: {} could not be reached then", row.path));
        }
        while let Some((_, row)) = self.rows.peek(0)? {
            if references_unread && row.offset.is_none() {
                self.rows.take()?;
            } else {
                self.deny_next(ledger)?;
            }
        }
        Ok(())
    }

    fn deny_next(&mut self, ledger: &mut Ledger) -> Result<()> {
        if let Some((number, row)) = self.rows.take()? {
            let origin = origin(&row);
            let by = Claimant::new(names::PROBLEMS, number, &origin);
            ledger.deny(by.claims("a problem", &row.reason, &"none: no such record is set aside here"));
        }
        Ok(())
    }
}

fn origin(row: &ProblemRow) -> String {
    row.record.map_or_else(|| row.path.clone(), |record| format!("{}:{record}", row.path))
}

fn compare(number: u64, row: &ProblemRow, expected: &ProblemRow, ledger: &mut Ledger) {
    let origin = origin(row);
    let by = Claimant::new(names::PROBLEMS, number, &origin);
    let shown = |value: Option<u64>| value.map_or_else(|| "none".to_owned(), |value| value.to_string());
    let excerpt = |row: &ProblemRow| row.excerpt.clone().unwrap_or_default();
    ledger.compare(by, "the kind of a problem", &row.kind.as_str(), &expected.kind.as_str());
    ledger.compare(by, "the reason of a problem", &row.reason, &expected.reason);
    ledger.compare(by, "the offset of a problem", &shown(row.offset), &shown(expected.offset));
    ledger.compare(by, "the excerpt of a problem", &excerpt(row), &excerpt(expected));
}
