//! Walking through a run again, record by record: what the output holds, what the receipts say, what the input was.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::path::{Path, PathBuf};

use crate::document::RecordId;
use crate::error::{Error, Result, escape};
use crate::read::discover::InputFile;
use crate::read::fields::Fields;
use crate::read::format::{self, BYTE_ORDER_MARK, Format};
use crate::read::shard::{Piece, Shard, ShardReader};
use crate::read::{charset, codec, name};
use crate::write::apply;
use crate::write::sink::OutputFile;

use super::folder::{read_receipts, read_summary};
use super::receipt::Receipt;
use super::summary::{InputRow, Summary};

/// One record of the input, with what became of it.
#[derive(Clone, Debug)]
pub struct Step {
    /// Which record.
    pub place: RecordId,
    /// Its bytes as they came.
    pub original: Vec<u8>,
    /// Its bytes in the output, if it is there.
    pub output: Option<Vec<u8>>,
    /// Its receipt, if it has one.
    pub receipt: Option<Receipt>,
}

impl Step {
    /// The mark that a run with `--annotate` put into the record: what would have become of it. The record may have had a field of that
    /// name before; then the last holds.
    pub fn mark(&self, summary: &Summary) -> Option<Receipt> {
        let is_marked = summary.config.write.annotate && self.receipt.as_ref()?.raw_bytes().is_some();
        let output = self.output.as_deref().filter(|_| is_marked)?;
        let record: BTreeMap<String, serde_json::Value> =
            serde_json::from_slice(output.strip_prefix(BYTE_ORDER_MARK).unwrap_or(output)).ok()?;
        let mark: Receipt = serde_json::from_value(record.get("tamis")?.clone()).ok()?;
        (mark.place() == self.place).then_some(mark)
    }
}

/// Tells by a record's place, its receipt and its bytes in the output whether it is wanted.
pub type IsWanted<'a> = dyn Fn(RecordId, Option<&Receipt>, Option<&[u8]>) -> bool + 'a;

/// A run, walked through again.
pub struct Replay {
    /// The report's head.
    pub summary: Summary,
    receipts: Peekable<Box<dyn Iterator<Item = Result<Receipt>>>>,
    outputs: OutputRecords,
    fields: Fields,
    file: usize,
    record: u64,
}

impl Replay {
    /// Opens a report and the output it speaks of. `output` is where the output stands now, if it was moved.
    ///
    /// # Errors
    /// When a file is missing or of another version.
    pub fn open(report: &Path, output: Option<&Path>) -> Result<Self> {
        let summary = read_summary(report)?;
        let receipts: Box<dyn Iterator<Item = Result<Receipt>>> = Box::new(read_receipts(report)?);
        let place = output_place(report, output, &summary)?;
        let outputs = OutputRecords::new(&summary, place)?;
        let fields = Fields::new(&summary.config.read, &summary.config.group.keep);
        Ok(Self { summary, receipts: receipts.peekable(), outputs, fields, file: 0, record: 0 })
    }

    /// The next record that is wanted; those before it are passed by, which is quicker than rebuilding them.
    ///
    /// # Errors
    /// When the output or the receipts do not hold what they must.
    pub fn next_wanted(&mut self, is_wanted: &IsWanted<'_>) -> Result<Option<Step>> {
        while let Some(place) = self.next_place() {
            let (receipt, output) = self.read(place)?;
            if is_wanted(place, receipt.as_ref(), output.as_deref()) {
                return self.rebuilt(place, receipt, output).map(Some);
            }
        }
        Ok(None)
    }

    /// How the output's records stand, where this one is or would be.
    pub fn output_format(&self, place: RecordId) -> &'static dyn Format {
        self.outputs.format(place).unwrap_or_else(|| self.input(place))
    }

    fn next_place(&mut self) -> Option<RecordId> {
        while self.record >= self.summary.inputs.get(self.file)?.records {
            self.file += 1;
            self.record = 0;
        }
        self.record += 1;
        Some(RecordId { file: self.file as u32, record: self.record })
    }

    fn step(&mut self, place: RecordId) -> Result<Step> {
        let (receipt, output) = self.read(place)?;
        self.rebuilt(place, receipt, output)
    }

    fn rebuilt(&self, place: RecordId, receipt: Option<Receipt>, output: Option<Vec<u8>>) -> Result<Step> {
        let original = self.original(place, receipt.as_ref(), output.as_deref())?;
        Ok(Step { place, original, output, receipt })
    }

    /// What the receipts and the output hold of a record.
    fn read(&mut self, place: RecordId) -> Result<(Option<Receipt>, Option<Vec<u8>>)> {
        let is_here = matches!(self.receipts.peek(), Some(Ok(receipt)) if receipt.place() == place);
        let is_error = matches!(self.receipts.peek(), Some(Err(_)));
        let receipt = if is_here || is_error { self.receipts.next().transpose()? } else { None };
        let output = match &receipt {
            Some(receipt) if !receipt.is_kept() => None,
            _ => Some(self.outputs.next_record(place)?),
        };
        Ok((receipt, output))
    }

    /// The record as it came, from what the output holds and what the receipt says.
    fn original(&self, place: RecordId, receipt: Option<&Receipt>, output: Option<&[u8]>) -> Result<Vec<u8>> {
        let from = self.input(place);
        let to = self.outputs.format(place).unwrap_or(from);
        rebuild(from, to, &self.fields, receipt, output).map_err(|reason| self.fault(place, &reason))
    }

    fn input(&self, place: RecordId) -> &'static dyn Format {
        format::named(&self.summary.inputs[place.file as usize].format).unwrap_or(format::JSONL)
    }

    fn fault(&self, place: RecordId, reason: &str) -> Error {
        let path = name::to_path(&self.summary.inputs[place.file as usize].name);
        Error::Report { path, reason: format!("record {} cannot be rebuilt: {reason}", place.record) }
    }
}

impl Iterator for Replay {
    type Item = Result<Step>;

    fn next(&mut self) -> Option<Result<Step>> {
        let place = self.next_place()?;
        Some(self.step(place))
    }
}

/// A record as it came, from what the output holds of it and what its receipt says; the record was read in the one format and
/// written in the other.
///
/// # Errors
/// Why it cannot be had.
pub(super) fn rebuild(
    from: &'static dyn Format,
    to: &'static dyn Format,
    fields: &Fields,
    receipt: Option<&Receipt>,
    output: Option<&[u8]>,
) -> Result<Vec<u8>, String> {
    if let Some(raw) = receipt.and_then(Receipt::raw_bytes) {
        return Ok(raw);
    }
    let unfit = || "its receipt does not fit the output".to_owned();
    let mut output = output.ok_or("its receipt does not hold it")?.to_vec();
    if receipt.is_some_and(|receipt| receipt.line_end_added) {
        output.pop();
    }
    if from.name() == to.name()
        && receipt.is_none_or(|receipt| receipt.edits.is_empty() && receipt.charset.is_none())
    {
        return Ok(output);
    }
    let document = to.parse(&output, fields).map_err(|problem| problem.reason)?;
    let undos = receipt.map(Receipt::undos).unwrap_or_default();
    let charset = receipt.and_then(|receipt| receipt.charset.as_deref());
    if from.name() == to.name() && charset.is_none() {
        return apply::undo_record(to, &output, &document, &undos).ok_or_else(unfit);
    }
    let text = apply::undo_text(&document.text, &undos).ok_or_else(unfit)?;
    match charset {
        Some(charset) => {
            charset::encode(&text, charset).ok_or_else(|| "its character set cannot be written".to_owned())
        }
        None => Ok(text.into_bytes()),
    }
}

/// Where the output stands: where it is said to, or else beside the report.
///
/// # Errors
/// When it is not there, and held something.
pub(super) fn output_place(report: &Path, said: Option<&Path>, summary: &Summary) -> Result<PathBuf> {
    let place = said.map_or_else(|| beside(report, summary), Path::to_path_buf);
    let is_needed = summary.counts.kept > 0 && summary.outputs.iter().any(|file| file.name != "-");
    if !is_needed || place.exists() {
        return Ok(place);
    }
    let shown = escape(&place.to_string_lossy());
    let reason = match said {
        Some(_) => format!("its output is not where --from says, {shown}"),
        None => format!("its output, {shown}, is not there; name with --from where it stands now"),
    };
    Err(Error::Report { path: report.to_path_buf(), reason })
}

/// Where the output stands: as named in the summary, seen from here or from where the report is.
pub(super) fn beside(report: &Path, summary: &Summary) -> PathBuf {
    let named = name::to_path(&summary.output);
    if named.exists() {
        return named;
    }
    let sibling = report.parent().zip(named.file_name()).map(|(parent, name)| parent.join(name));
    sibling.filter(|sibling| sibling.exists()).unwrap_or(named)
}

/// The records of a run's output, in order, whichever files they stand in.
struct OutputRecords {
    files: Vec<OutputFile>,
    place: PathBuf,
    is_mirror: bool,
    next_file: usize,
    reader: Option<ShardReader<'static>>,
    format: &'static dyn Format,
    shard: Option<Shard>,
    at: usize,
}

impl OutputRecords {
    fn new(summary: &Summary, place: PathBuf) -> Result<Self> {
        let files = summary.outputs.clone();
        if files.iter().any(|file| file.name == "-") && !place.is_file() {
            return Err(Error::Usage(
                "the output went to standard output: name the file it was put into with --from".into(),
            ));
        }
        let is_mirror = files.iter().any(|file| file.input.is_some());
        Ok(Self {
            files,
            place,
            is_mirror,
            next_file: 0,
            reader: None,
            format: format::JSONL,
            shard: None,
            at: 0,
        })
    }

    fn format(&self, place: RecordId) -> Option<&'static dyn Format> {
        let number = OutputFile::holding(&self.files, place.file)?;
        format::named(&self.files[number].format)
    }

    fn next_record(&mut self, place: RecordId) -> Result<Vec<u8>> {
        if self.is_mirror {
            self.open_mirror_of(place);
        }
        loop {
            if let Some(shard) = &self.shard
                && self.at < shard.bytes.len()
            {
                let rest = &shard.bytes[self.at..];
                let length = self.format.record_length(rest);
                self.at += length;
                return Ok(rest[..length].to_vec());
            }
            if !self.next_shard()? {
                return self.empty_record(place);
            }
        }
    }

    /// The one record of a file without a byte has no shard to stand in.
    fn empty_record(&self, place: RecordId) -> Result<Vec<u8>> {
        let is_empty_file = self.format.is_one_record() && self.shard.is_none();
        let reason = format!("it ends before record {} of input {}", place.record, place.file);
        if is_empty_file { Ok(Vec::new()) } else { Err(Error::Report { path: self.place.clone(), reason }) }
    }

    fn open_mirror_of(&mut self, place: RecordId) {
        let already = self.next_file > 0 && self.files[self.next_file - 1].input == Some(place.file);
        if already {
            return;
        }
        self.next_file = OutputFile::holding(&self.files, place.file).unwrap_or(self.files.len());
        self.reader = None;
        self.shard = None;
    }

    fn next_shard(&mut self) -> Result<bool> {
        if self.reader.is_none() && !self.open_next()? {
            return Ok(false);
        }
        match self.reader.as_mut().and_then(ShardReader::next_piece) {
            Some(Piece::Shard(shard)) => {
                self.shard = Some(shard);
                self.at = 0;
                Ok(true)
            }
            Some(Piece::Fault(problem)) => {
                Err(Error::Report { path: self.place.clone(), reason: problem.reason })
            }
            None => Ok(false),
        }
    }

    fn open_next(&mut self) -> Result<bool> {
        let Some(file) = self.files.get(self.next_file) else { return Ok(false) };
        self.next_file += 1;
        let path =
            if self.is_mirror { self.place.join(name::to_path(&file.name)) } else { self.place.clone() };
        self.format = format::named(&file.format).unwrap_or(format::JSONL);
        let input = InputFile {
            name: file.name.clone(),
            path: Some(path.clone()),
            relative: PathBuf::new(),
            site: None,
            format: self.format,
            codec: codec::named(&file.codec).unwrap_or(codec::PLAIN),
        };
        let reader = ShardReader::open(0, &input, None, 1)
            .map_err(|problem| Error::Report { path, reason: problem.reason })?;
        self.reader = Some(reader);
        Ok(true)
    }
}

/// How an input of the report is read, for rebuilding it.
pub fn codec_of(input: &InputRow) -> &'static dyn codec::Codec {
    codec::named(&input.codec).unwrap_or(codec::PLAIN)
}
