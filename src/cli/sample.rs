//! `tamis report --sample` and `--marked`: a sheet for a person to mark, and what the marks come to.

use std::path::{Path, PathBuf};

use clap::Args;
use tamis::error::escape;
use tamis::report::audit::{Drawing, Precision, Share, draw, read_marked, write};

use super::End;
use super::terminal::{Style, counted, grouped, print, print_json, say};

/// A sample to be marked right or wrong by a person.
#[derive(Args)]
#[command(next_help_heading = "Audit")]
pub(crate) struct Sampling {
    /// Draw N removals and kept documents at random, as many of each kind, and write them to a sheet (-o)
    #[arg(long, value_name = "N", requires = "sheet")]
    sample: Option<usize>,
    /// What the sample is drawn by
    #[arg(long, value_name = "S", default_value_t = 1, requires = "sample")]
    seed: u64,
    /// The sheet: SHEET.csv, to be marked, and SHEET.html, to be read
    #[arg(short = 'o', long = "output", value_name = "SHEET", requires = "sample")]
    sheet: Option<PathBuf>,
    /// What a marked sheet comes to: the share that is right, by kind and in all, with 95 % intervals
    #[arg(long, value_name = "SHEET", conflicts_with = "sample")]
    marked: Option<PathBuf>,
}

impl Sampling {
    /// Does what is asked for, if anything is. `output` is where the cleaned output stands now, if it was moved.
    pub(crate) fn run(
        &self,
        report: &Path,
        output: Option<&Path>,
        json: bool,
    ) -> anyhow::Result<Option<End>> {
        if let Some(sheet) = &self.marked {
            let found = read_marked(sheet)?;
            let told = || told(&found, Style::of_stdout());
            if json {
                print_json(&found)?;
            } else {
                print(&told())?;
            }
            return Ok(Some(End::Clean));
        }
        let (Some(number), Some(sheet)) = (self.sample, &self.sheet) else { return Ok(None) };
        let drawing = Drawing {
            report: report.to_path_buf(),
            output: output.map(Path::to_path_buf),
            number,
            seed: self.seed,
        };
        let sampled = draw(&drawing)?;
        let (csv, html) = write(&sampled, sheet)?;
        let shown = |path: &Path| escape(&path.to_string_lossy());
        say(&format!(
            "{} drawn; mark them right or wrong in {}, read them in {}, then: tamis report --marked {}",
            grouped(sampled.len() as u64),
            shown(&csv),
            shown(&html),
            shown(&csv)
        ));
        Ok(Some(End::Clean))
    }
}

fn told(found: &Precision, style: Style) -> String {
    let percent = |share: &Share| {
        format!("{:5.1} %  ({:.1} to {:.1} %)", 100.0 * share.share, 100.0 * share.low, 100.0 * share.high)
    };
    let mut lines = Vec::new();
    for kind in &found.kinds {
        let share = kind.precision.as_ref().map_or_else(|| "none is marked".to_owned(), percent);
        let of = format!("{} of {} right, of {}", kind.right, kind.marked, grouped(kind.of));
        lines.push(format!("{:<26} {share:<28} {of}", escape(&kind.kind)));
    }
    if let Some(all) = &found.removals {
        let told = format!("{:<26} {}", "all removals", percent(all));
        lines.push(style.bold(&told) + "  each kind weighed by how many there are of it");
    }
    if found.unmarked > 0 {
        lines.push(format!("{} not marked", counted(found.unmarked, "row is", "rows are")));
    }
    lines.join("\n") + "\n"
}
