//! Writing the report's folder, and reading its files.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::ThreadPool;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, escape};
use crate::read::{codec, unpack};
use crate::write::disk::DiskQueue;
use crate::write::packed::{Mark, PackedWriter};
use crate::write::seal::buffered;
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

    /// All of them.
    pub const ALL: [&str; 9] =
        [SUMMARY, DUPLICATES, RECEIPTS, REFERENCES, LINES, SOURCES, PAGE, PROBLEMS, TIMINGS];
}

/// Where the report on an output stands unless it is named: `OUT.report`.
pub fn beside(output: &Path) -> PathBuf {
    let mut path = output.components().collect::<PathBuf>().into_os_string();
    path.push(".report");
    PathBuf::from(path)
}

/// A report being written, staged until the whole of it stands.
pub struct ReportWriter {
    staging: Staging,
    receipts: RowStream,
    problems: RowStream,
    disk: DiskQueue,
}

/// How far a report is written: from there it can go on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReportMark {
    receipts: Mark,
    problems: Mark,
}

impl ReportMark {
    /// Whether all of it stands where it was written.
    pub fn stands(&self, staging: &Staging) -> bool {
        let folder = staging.folder_for_now();
        self.receipts.seal.is_of(&folder.join(names::RECEIPTS))
            && self.problems.seal.is_of(&folder.join(names::PROBLEMS))
    }
}

/// Rows that are written as the input goes by.
struct RowStream {
    packed: PackedWriter<BufWriter<File>>,
    path: PathBuf,
}

impl RowStream {
    fn open(name: &str, staging: &Staging, pool: &Arc<ThreadPool>, mark: Option<Mark>) -> Result<Self> {
        let path = staging.place(Path::new(name))?;
        let (codec, _) = codec::of_name(name);
        let packed = PackedWriter::open(&path, &path, codec, Arc::clone(pool), mark)?;
        Ok(Self { packed, path })
    }

    fn finish(self, disk: &mut DiskQueue) -> Result<()> {
        let (file, _) = self.packed.finish()?;
        let file = file.into_inner().map_err(|error| Error::io("write", &self.path)(error.into_error()))?;
        disk.push(file, &self.path)
    }
}

impl ReportWriter {
    /// Begins a report, or goes on with it from a mark.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn begin(staging: Staging, mark: Option<ReportMark>, pool: &Arc<ThreadPool>) -> Result<Self> {
        let (receipts, problems) = mark.map(|mark| (mark.receipts, mark.problems)).unzip();
        let receipts = RowStream::open(names::RECEIPTS, &staging, pool, receipts)?;
        let problems = RowStream::open(names::PROBLEMS, &staging, pool, problems)?;
        Ok(Self { staging, receipts, problems, disk: DiskQueue::default() })
    }

    /// How far it is written.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn mark(&mut self) -> Result<ReportMark> {
        Ok(ReportMark { receipts: self.receipts.packed.mark()?, problems: self.problems.packed.mark()? })
    }

    /// Adds receipts, as JSON lines.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn receipts(&mut self, rows: &[u8]) -> Result<()> {
        self.receipts.packed.write(rows)
    }

    /// Adds problems, as JSON lines.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn problems(&mut self, rows: &[u8]) -> Result<()> {
        self.problems.packed.write(rows)
    }

    /// Ends what was written as the input went by; the other files come now.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn end_streams(self) -> Result<EndedReport> {
        let Self { staging, receipts, problems, mut disk } = self;
        receipts.finish(&mut disk)?;
        problems.finish(&mut disk)?;
        Ok(EndedReport { staging, disk })
    }
}

/// A report whose streams are written, while its other files are.
pub struct EndedReport {
    staging: Staging,
    disk: DiskQueue,
}

impl EndedReport {
    /// Writes one file of rows, one after the other.
    ///
    /// # Errors
    /// When the system refuses, or a row cannot be had.
    pub fn rows<R: Serialize>(&mut self, name: &str, rows: impl Iterator<Item = Result<R>>) -> Result<()> {
        let path = self.staging.place(Path::new(name))?;
        let failed = || Error::io("write", &path);
        let mut file = buffered(File::create(&path).map_err(failed())?);
        let mut bytes = Vec::new();
        for row in rows {
            bytes.clear();
            append_row(&mut bytes, &row?)?;
            file.write_all(&bytes).map_err(failed())?;
        }
        let file = file.into_inner().map_err(|error| failed()(error.into_error()))?;
        self.disk.push(file, &path)
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
        self.staging.folder_for_now()
    }

    /// Gives back the folder, ready to be published.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn finish(mut self, summary: &Summary) -> Result<Staging> {
        // The summary is last: a report that has one is whole.
        self.value(names::SUMMARY, summary)?;
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

/// Refuses what has no such file since it is no report at all.
fn refuse_other(place: &Path, path: &Path) -> Result<()> {
    if path.exists() || !place.exists() || place.join(names::SUMMARY).exists() {
        return Ok(());
    }
    Err(no_report(place))
}

/// What is there and is no report: the output, perhaps, beside which the report stands.
fn no_report(place: &Path) -> Error {
    let beside = beside(place);
    let hint = if beside.join(names::SUMMARY).is_file() {
        format!("; {} is one", escape(&beside.to_string_lossy()))
    } else {
        String::new()
    };
    let what = if place.is_dir() {
        "it has no summary.json, and is no report"
    } else {
        "it is a file, and no report"
    };
    Error::Report { path: place.to_path_buf(), reason: format!("{what}{hint}") }
}

/// Reads the head of a report.
///
/// # Errors
/// When there is none, or it is of another version.
pub fn read_summary(report: &Path) -> Result<Summary> {
    let path = report.join(names::SUMMARY);
    refuse_other(report, &path)?;
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
    refuse_other(report, &path)?;
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
