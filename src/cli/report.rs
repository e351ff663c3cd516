//! `tamis report`: a report read again, for a person at a terminal.

use std::path::PathBuf;

use clap::Args;
use tamis::report::folder::read_summary;
use tamis::report::summary::Summary;

use super::End;
use super::summary::{became, files, row, sampled, stripped};
use super::terminal::{Style, print, size};

/// Read a report: what came in, what became of it, and why.
#[derive(Args)]
pub(crate) struct Report {
    /// The report's folder
    #[arg(value_name = "REPORT")]
    report: PathBuf,
}

impl Report {
    pub(crate) fn run(&self) -> anyhow::Result<End> {
        let summary = read_summary(&self.report)?;
        print(&told(&summary, Style::of_stdout()))?;
        Ok(End::Clean)
    }
}

fn told(summary: &Summary, style: Style) -> String {
    let mut lines = Vec::new();
    let counts = &summary.counts;
    let read = format!(
        "records from {} · {} of text",
        files(summary.inputs.len() as u64),
        size(counts.text_bytes_in)
    );
    lines.push(row("read", counts.read, &read, style));
    became(counts, style, &mut lines);
    stripped(summary, style, &mut lines);
    sampled(summary, style, &mut lines);
    lines.join("\n") + "\n"
}
