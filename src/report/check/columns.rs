//! Duplicate lists of other tools, row by row: TSV, CSV and JSON lines, with the columns that their tools write.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde_json::Value;

use crate::error::{Error, Result, escape};
use crate::read::{codec, unpack};

/// Names of columns, where they are not those that are known. A name with dots reaches into nested JSON.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// Of the document.
    pub id: Option<String>,
    /// Of its cluster.
    pub cluster: Option<String>,
    /// Of the document that was kept in its favour, in a list of removals.
    pub survivor: Option<String>,
    /// Of whether it was kept.
    pub keep: Option<String>,
}

/// Names by which a document goes: ids, then numbers in the order of the input, from 0.
const IDS: [&str; 9] =
    ["id", "doc_id", "document_id", "docid", "_id", "removed", "duplicate", "duplicate_id", "dup_id"];
const NUMBERS: [&str; 4] = ["__INDEX__", "__index__", "index", "idx"];
/// Names of clusters: ours, those of text-dedup and datatrove, and others that are usual.
const CLUSTERS: [&str; 10] = [
    "cluster",
    "cluster_id",
    "__CLUSTER__",
    "__cluster__",
    "minhash_cluster_id",
    "metadata.minhash_cluster_id",
    "group",
    "group_id",
    "_duplicate_group_id",
    "duplicate_group",
];
const SURVIVORS: [&str; 7] =
    ["survivor", "kept", "duplicate_of", "dup_of", "original", "original_id", "representative"];
const KEEPS: [&str; 5] = ["keep", "is_kept", "kept_flag", "is_representative", "__KEEP__"];
/// Clusters that say that a document is in none.
const NONE: [&str; 3] = ["", "-1", "null"];

/// What a document is called in a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// By its id, or its origin.
    Id(String),
    /// By its number in the order of the input, from 0.
    Number(u64),
}

impl Key {
    /// As it stands in the list.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Id(id) => id.clone(),
            Self::Number(number) => format!("document {number}"),
        }
    }
}

/// One row of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ListRow {
    /// A document of a cluster, and whether it was kept, where the list says so.
    Member { key: Key, cluster: String, keep: Option<bool> },
    /// A removed document and the one in whose favour it went.
    Pair { removed: Key, survivor: Key },
    /// A document of no cluster.
    Alone,
}

/// The rows of a list.
///
/// # Errors
/// When the file cannot be read, or has no columns that say what is a duplicate of what; each row has its own error.
pub(super) fn read(path: &Path, columns: &Columns) -> Result<Box<dyn Iterator<Item = Result<ListRow>>>> {
    let name = path.to_string_lossy();
    let (_, stem) = codec::of_name(&name);
    let extension = stem.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref() {
        Some("tsv" | "tab") => table(path, b'\t', columns),
        Some("csv") => table(path, b',', columns),
        Some("jsonl" | "ndjson" | "json") => json_lines(path, columns),
        Some("parquet") => Err(Error::Usage(format!(
            "{}: Parquet is not read; write the two columns as CSV or JSON lines first, \
             as in pandas: frame[[\"id\", \"cluster\"]].to_csv(\"list.csv\", index=False)",
            escape(&name)
        ))),
        _ => Err(Error::Usage(format!(
            "{}: a list is .tsv, .csv or .jsonl (or one of them with .gz or .zst)",
            escape(&name)
        ))),
    }
}

/// Which columns of a list there are, by the names it has.
struct Found<C> {
    id: C,
    is_number: bool,
    cluster: Option<C>,
    survivor: Option<C>,
    keep: Option<C>,
}

impl<C> Found<C> {
    /// `find` tells where a column of this name is.
    fn among(columns: &Columns, path: &Path, find: impl Fn(&str) -> Option<C>) -> Result<Self> {
        let named = |name: &Option<String>, known: &[&str]| match name {
            Some(name) => {
                find(name).map(Some).ok_or_else(|| fault(path, format!("it has no column {}", escape(name))))
            }
            None => Ok(known.iter().find_map(|name| find(name))),
        };
        let by_number = if columns.id.is_none() { named(&None, &NUMBERS)? } else { None };
        let (id, is_number) = match (named(&columns.id, &IDS)?, by_number) {
            (Some(id), _) => (id, columns.id.as_deref().is_some_and(|name| NUMBERS.contains(&name))),
            (None, Some(number)) => (number, true),
            (None, None) => return Err(fault(path, missing("id"))),
        };
        let (survivor, cluster) =
            (named(&columns.survivor, &SURVIVORS)?, named(&columns.cluster, &CLUSTERS)?);
        if survivor.is_none() && cluster.is_none() {
            return Err(fault(path, missing("cluster")));
        }
        Ok(Self { id, is_number, cluster, survivor, keep: named(&columns.keep, &KEEPS)? })
    }

    /// The row with these values; `value` is `None` where a row has nothing in a column.
    fn row(&self, path: &Path, number: u64, value: impl Fn(&C) -> Option<String>) -> Result<ListRow> {
        let key = |text: String| {
            if !self.is_number {
                return Ok(Key::Id(text));
            }
            let bad = || fault(path, format!("row {number}: {} is no number of a document", escape(&text)));
            text.parse().map(Key::Number).map_err(|_| bad())
        };
        let id = value(&self.id).ok_or_else(|| fault(path, format!("row {number} has no id")))?;
        if let Some(survivor) =
            self.survivor.as_ref().and_then(&value).filter(|survivor| !survivor.is_empty())
        {
            return Ok(ListRow::Pair { removed: key(id)?, survivor: key(survivor)? });
        }
        let cluster = self.cluster.as_ref().and_then(&value);
        let Some(cluster) = cluster.filter(|cluster| !NONE.contains(&cluster.as_str())) else {
            return Ok(ListRow::Alone);
        };
        let keep = self.keep.as_ref().and_then(&value).map(|keep| is_yes(&keep));
        Ok(ListRow::Member { key: key(id)?, cluster, keep })
    }
}

fn missing(what: &str) -> String {
    format!(
        "it has no column that is known to hold the {what}; name the columns with --id-column and --cluster-column, or --survivor-column"
    )
}

fn is_yes(keep: &str) -> bool {
    matches!(keep.to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "y" | "keep" | "kept" | "t")
}

fn fault(path: &Path, reason: String) -> Error {
    Error::List { path: path.to_path_buf(), reason }
}

fn table(path: &Path, delimiter: u8, columns: &Columns) -> Result<Box<dyn Iterator<Item = Result<ListRow>>>> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(unpack(path)?);
    let bad = |path: &Path, error: &csv::Error| fault(path, error.to_string());
    let headers = reader.headers().map_err(|error| bad(path, &error))?.clone();
    let at = |name: &str| headers.iter().position(|header| header.trim_start_matches('\u{feff}') == name);
    let found = Found::among(columns, path, at)?;
    let path = path.to_path_buf();
    Ok(Box::new((1..).zip(reader.into_records()).map(move |(number, record)| {
        let record = record.map_err(|error| bad(&path, &error))?;
        found.row(&path, number, |column| record.get(*column).map(str::to_owned))
    })))
}

fn json_lines(path: &Path, columns: &Columns) -> Result<Box<dyn Iterator<Item = Result<ListRow>>>> {
    let mut lines = BufReader::with_capacity(1 << 16, unpack(path)?);
    let first = first_line(path, &mut lines)?;
    let Some(first) = first else { return Ok(Box::new(std::iter::empty())) };
    let head: Value = parse(path, 1, &first)?;
    let find = |name: &str| nested(&head, name).map(|_| name.to_owned());
    let found = Found::among(columns, path, find)?;
    let path = path.to_path_buf();
    let rest = lines.lines().map({
        let path = path.clone();
        move |line| line.map_err(Error::io("read", &path))
    });
    let all = std::iter::once(Ok(first))
        .chain(rest)
        .filter(|line| !matches!(line, Ok(line) if line.trim().is_empty()));
    Ok(Box::new((1..).zip(all).map(move |(number, line)| {
        let row = parse(&path, number, &line?)?;
        found.row(&path, number, |column| nested(&row, column).and_then(plain))
    })))
}

fn first_line(path: &Path, lines: &mut BufReader<Box<dyn Read + Send>>) -> Result<Option<String>> {
    loop {
        let mut line = String::new();
        let read = lines.read_line(&mut line).map_err(Error::io("read", path))?;
        if read == 0 || !line.trim().is_empty() {
            return Ok((read > 0).then_some(line));
        }
    }
}

fn parse(path: &Path, number: u64, line: &str) -> Result<Value> {
    serde_json::from_str(line).map_err(|error| fault(path, format!("row {number}: {error}")))
}

fn nested<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    value.get(name).or_else(|| name.split('.').try_fold(value, |value, part| value.get(part)))
}

/// A value as a document's id is read: a string as it is, anything else as its JSON.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
