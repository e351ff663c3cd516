//! `tamis restore`: the input again, byte for byte.

use std::path::PathBuf;

use clap::Args;
use tamis::error::{Error, escape};
use tamis::job::Stop;
use tamis::report::restore::{Restored, restore};

use super::terminal::{counted, say, size};
use super::{End, signals};

/// Rebuild the input from the output and the report.
#[derive(Args)]
pub(crate) struct Restore {
    /// The report's folder
    #[arg(value_name = "REPORT")]
    report: PathBuf,
    /// Where the files go
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Where the cleaned output stands now, if it was moved or went to standard output
    #[arg(long, value_name = "OUT")]
    from: Option<PathBuf>,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
}

impl Restore {
    pub(crate) fn run(&self) -> anyhow::Result<End> {
        if self.output.is_file() {
            let shown = escape(&self.output.to_string_lossy());
            return Err(Error::Unsafe(format!(
                "{shown} is a file; name an empty folder, or one that is not there"
            ))
            .into());
        }
        if self.output.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
            let shown = escape(&self.output.to_string_lossy());
            return Err(Error::Unsafe(format!("{shown} holds files; name an empty folder")).into());
        }
        let stop = Stop::default();
        signals::watch(&stop);
        let restored = restore(&self.report, self.from.as_deref(), &self.output, &stop)?;
        if !self.quiet {
            say(&told(&restored));
        }
        if restored.files.iter().any(|(name, is_same)| !is_same && !restored.incomplete.contains(name)) {
            let reason = "what it and the output rebuild is not the input it tells of".to_owned();
            return Err(Error::Report { path: self.report.clone(), reason }.into());
        }
        Ok(if restored.incomplete.is_empty() { End::Clean } else { End::WithProblems })
    }
}

fn told(restored: &Restored) -> String {
    let mut lines = vec![format!(
        "restored {}, {}; {} byte for byte the input",
        counted(restored.files.len() as u64, "file", "files"),
        size(restored.bytes),
        counted(restored.files.iter().filter(|(_, is_same)| *is_same).count() as u64, "is", "are")
    )];
    for (name, _) in restored.files.iter().filter(|(_, is_same)| !is_same) {
        lines.push(format!("  {} has another digest than the input had", escape(name)));
    }
    for name in &restored.incomplete {
        lines.push(format!(
            "  {} was not wholly read at the time; only what was read is restored",
            escape(name)
        ));
    }
    lines.join("\n")
}
