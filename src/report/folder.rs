//! Writing the report's folder, and reading its files.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::ThreadPool;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::read::{codec, unpack};
use crate::write::disk::DiskQueue;
use crate::write::packed::PackedWriter;
use crate::write::staging::Staging;

use super::SCHEMA;
use super::receipt::Receipt;
use super::summary::Summary;

/// Names of the files in a report.
pub mod names {
    /// Version, configuration, inputs, outputs, counts.
    pub const SUMMARY: &str = "summary.json";
    /// One row a removed document.
    pub const DUPLICATES: &str = "duplicates.jsonl";
    /// One row a changed, removed or set-aside record.
    pub const RECEIPTS: &str = "removals.jsonl.zst";
    /// With a reference set: one row a document of it that something was removed for, if anything was taken out of it.
    pub const REFERENCES: &str = "references.jsonl.zst";
    /// One row a boilerplate line or family of artefacts.
    pub const LINES: &str = "lines.jsonl";
    /// One row a site, or file, that documents came from.
    pub const SOURCES: &str = "sources.jsonl";
    /// The report as a page.
    pub const PAGE: &str = "index.html";
    /// One row a problem.
    pub const PROBLEMS: &str = "problems.jsonl";
    /// Where the time went.
    pub const TIMINGS: &str = "timings.json";
}

/// A report being written, staged until the whole of it stands.
pub struct ReportWriter {
    staging: Staging,
    receipts: PackedWriter<BufWriter<File>>,
    receipts_path: PathBuf,
    disk: DiskQueue,
}

impl ReportWriter {
    /// Begins a report that will stand at `folder`.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn begin(folder: &Path, pool: &Arc<ThreadPool>) -> Result<Self> {
        let staging = Staging::folder(folder)?;
        let receipts_path = staging.place(Path::new(names::RECEIPTS))?;
        let file = File::create(&receipts_path).map_err(Error::io("write", &receipts_path))?;
        let (codec, _) = codec::of_name(names::RECEIPTS);
        let file = BufWriter::with_capacity(1 << 16, file);
        let receipts = PackedWriter::new(file, &receipts_path, codec, Arc::clone(pool));
        Ok(Self { staging, receipts, receipts_path, disk: DiskQueue::default() })
    }

    /// Adds receipts, as JSON lines.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn receipts(&mut self, rows: &[u8]) -> Result<()> {
        self.receipts.write(rows)
    }

    /// Writes one file of rows.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn rows<R: Serialize>(&mut self, name: &str, rows: &[R]) -> Result<()> {
        let mut bytes = Vec::new();
        for row in rows {
            append_row(&mut bytes, row)?;
        }
        self.file(name, &bytes)
    }

    /// Writes one file of rows, packed as the receipts are.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn packed_rows<R: Serialize>(&mut self, name: &str, rows: &[R]) -> Result<()> {
        let mut bytes = Vec::new();
        for row in rows {
            append_row(&mut bytes, row)?;
        }
        let packed = zstd::encode_all(bytes.as_slice(), 3);
        self.file(name, &packed.map_err(Error::io("pack", name))?)
    }

    /// Writes one file that holds one value, laid out for people.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn value<R: Serialize>(&mut self, name: &str, value: &R) -> Result<()> {
        let mut bytes = serde_json::to_vec_pretty(value).map_err(|error| unwritable(&error))?;
        bytes.push(b'\n');
        self.file(name, &bytes)
    }

    /// The folder as it stands so far, under its hidden name.
    pub fn place(&self) -> &Path {
        self.staging.hidden()
    }

    /// Ends the receipts and gives back the folder, ready to be published.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn finish(mut self, summary: &Summary) -> Result<Staging> {
        // The summary is last: a report that has one is whole.
        self.value(names::SUMMARY, summary)?;
        let path = self.receipts_path;
        let buffered = self.receipts.finish()?;
        let file = buffered.into_inner().map_err(|error| Error::io("write", &path)(error.into_error()))?;
        self.disk.push(file, &path)?;
        self.disk.finish()?;
        Ok(self.staging)
    }

    /// Writes one file.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn file(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.staging.place(Path::new(name))?;
        let failed = || Error::io("write", &path);
        let mut file = File::create(&path).map_err(failed())?;
        file.write_all(bytes).map_err(failed())?;
        self.disk.push(file, &path)
    }
}

/// Appends one row to a buffer of JSON lines.
///
/// # Errors
/// When the row cannot be written as JSON, which is a fault of tamis.
pub fn append_row<R: Serialize>(out: &mut Vec<u8>, row: &R) -> Result<()> {
    serde_json::to_writer(&mut *out, row).map_err(|error| unwritable(&error))?;
    out.push(b'\n');
    Ok(())
}

fn unwritable(error: &serde_json::Error) -> Error {
    Error::Internal(format!("a row of the report cannot be written: {error}"))
}

/// Reads the head of a report.
///
/// # Errors
/// When there is none, or it is of another version.
pub fn read_summary(report: &Path) -> Result<Summary> {
    let path = report.join(names::SUMMARY);
    let bytes = std::fs::read(&path).map_err(Error::io("read", &path))?;
    let fault = |reason: String| Error::Report { path: path.clone(), reason };
    let value: serde_json::Value =
        serde_json::from_slice(&bytes).map_err(|error| fault(error.to_string()))?;
    let schema = value.get("schema").and_then(serde_json::Value::as_u64);
    if schema != Some(u64::from(SCHEMA)) {
        let found = schema.map_or("none".to_owned(), |schema| schema.to_string());
        return Err(fault(format!("its schema is {found}, this tamis reads {SCHEMA}")));
    }
    serde_json::from_value(value).map_err(|error| fault(error.to_string()))
}

/// The rows of one of a report's files, one after the other.
///
/// # Errors
/// When the file cannot be opened; each row has its own error.
pub fn read_rows<R: DeserializeOwned>(
    report: &Path,
    name: &str,
) -> Result<impl Iterator<Item = Result<R>> + use<R>> {
    let path = report.join(name);
    let lines = BufReader::with_capacity(1 << 16, unpack(&path)?).lines();
    Ok(lines.enumerate().map(move |(number, line)| {
        let line = line.map_err(Error::io("read", &path))?;
        serde_json::from_str(&line).map_err(|error| Error::Report {
            path: path.clone(),
            reason: format!("row {}: {error}", number + 1),
        })
    }))
}

/// The receipts of a report, in input order.
///
/// # Errors
/// When the file cannot be opened; each row has its own error.
pub fn read_receipts(report: &Path) -> Result<impl Iterator<Item = Result<Receipt>> + use<>> {
    read_rows(report, names::RECEIPTS)
}
