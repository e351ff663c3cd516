//! The real corpus from which benches make theirs.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

/// Where it is looked for, beside the checkout.
pub(crate) const CORPUS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/articles/news-en.jsonl.zst");

/// A record, as the line that it is and as what it says.
pub(crate) struct Record {
    pub(crate) line: String,
    pub(crate) value: Value,
}

impl Record {
    pub(crate) fn text(&self) -> anyhow::Result<&str> {
        self.value["text"].as_str().context("a record without a text")
    }
}

/// The records of a corpus in JSON Lines, plain or packed, one after the other.
pub(crate) fn records(path: &Path) -> anyhow::Result<impl Iterator<Item = anyhow::Result<Record>>> {
    let reader = tamis::read::unpack(path).with_context(|| format!("failed to open {}", path.display()))?;
    Ok(BufReader::new(reader).lines().map(|line| {
        let line = line?;
        Ok(Record { value: serde_json::from_str(&line)?, line })
    }))
}

/// Writes lines until there are no more, or `bytes` are written; how many were.
pub(crate) fn write_lines(
    lines: impl Iterator<Item = anyhow::Result<String>>,
    to: &Path,
    bytes: u64,
) -> anyhow::Result<u64> {
    let mut out = BufWriter::new(File::create(to)?);
    let mut written = 0;
    for line in lines {
        let line = line?;
        writeln!(out, "{line}")?;
        written += line.len() as u64 + 1;
        if written >= bytes {
            break;
        }
    }
    out.flush()?;
    Ok(written)
}
