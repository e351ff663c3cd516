//! The counts of `sources.jsonl`: together they are the totals of the summary.

use std::path::Path;

use crate::error::Result;
use crate::report::folder::{names, read_rows};
use crate::report::sources::{SourceCounts, SourceRow};
use crate::report::summary::Counts;

use super::claims::{Claimant, Ledger};

/// Adds the rows up and compares the sums with what was counted, and each row with itself.
///
/// # Errors
/// When a row cannot be read.
pub(super) fn check(report: &Path, counted: &Counts, annotated: bool, ledger: &mut Ledger) -> Result<()> {
    let mut sums = SourceCounts::default();
    for (row, number) in read_rows::<SourceRow>(report, names::SOURCES)?.zip(1..) {
        let SourceRow { source, counts, .. } = row?;
        let by = Claimant::new(names::SOURCES, Some(number), &source);
        ledger.compare(
            by,
            "the documents of a source",
            &counts.documents,
            &(counts.kept + if annotated { 0 } else { counts.removed() }),
        );
        sums.add(&counts);
    }
    let by = Claimant::new(names::SOURCES, None, "all sources");
    let documents = counted.read - counted.set_aside;
    for (claim, claimed, found) in [
        ("documents", sums.documents, documents),
        ("documents kept", sums.kept, counted.kept),
        ("documents trimmed", sums.trimmed, counted.trimmed),
        ("bytes of text that came in", sums.text_bytes_in, counted.text_bytes_in),
        ("bytes of text that went out", sums.text_bytes_out, counted.text_bytes_out),
        ("bytes of text stripped", sums.stripped_bytes, counted.stripped_bytes),
    ] {
        ledger.compare(by, claim, &claimed, &found);
    }
    Ok(())
}
