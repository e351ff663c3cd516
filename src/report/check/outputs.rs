//! The records of an output, one after the other, whichever files they stand in, with digests of these.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::read::discover::InputFile;
use crate::read::format::{self, Format};
use crate::read::shard::{Piece, Shard, ShardReader};
use crate::read::{codec, hexadecimal, name};
use crate::report::folder::names;
use crate::report::summary::Summary;
use crate::write::sink::OutputFile;

use super::claims::{Claimant, Ledger};

/// Records that are looked ahead for one that fits, at most.
const AHEAD: usize = 16;
/// The same in bytes.
const AHEAD_BYTES: usize = 1 << 24;

/// The output of a run.
pub(super) struct Outputs {
    files: Vec<OutputFile>,
    place: PathBuf,
    is_mirror: bool,
    open: Option<Open>,
    /// Number of the file that is open, or was last.
    at: Option<usize>,
}

/// One file of it.
struct Open {
    reader: ShardReader<'static>,
    format: &'static dyn Format,
    shard: Option<Shard>,
    offset: usize,
    ahead: VecDeque<Vec<u8>>,
    digest: Sha256,
    records: u64,
    bytes: u64,
}

impl Outputs {
    /// The output that a report speaks of, at `place`.
    pub(super) fn new(summary: &Summary, place: PathBuf) -> Self {
        let files = summary.outputs.clone();
        let is_mirror = files.iter().any(|file| file.input.is_some());
        Self { files, place, is_mirror, open: None, at: None }
    }

    /// The format of the records that came from an input.
    pub(super) fn format(&self, input: u32) -> Option<&'static dyn Format> {
        let number = OutputFile::holding(&self.files, input)?;
        format::named(&self.files[number].format)
    }

    /// Goes on to the file that holds the records of `input`; what is left of the one before is more than was claimed.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub(super) fn begin(&mut self, input: u32, ledger: &mut Ledger) -> Result<()> {
        let wanted = OutputFile::holding(&self.files, input);
        if self.at == wanted {
            return Ok(());
        }
        self.close(ledger)?;
        self.at = wanted;
        if let Some(number) = wanted {
            let (path, file) = (self.path_of(number), &self.files[number]);
            self.open = Some(Open::new(&path, file)?);
        }
        Ok(())
    }

    /// The next record, left where it is, and so many behind it as are wanted; `None` at the end.
    ///
    /// # Errors
    /// When the file is damaged.
    pub(super) fn peek(&mut self, ahead: usize) -> Result<Option<&[u8]>> {
        let path = self.at.map(|number| self.path_of(number)).unwrap_or_default();
        let Some(open) = &mut self.open else { return Ok(None) };
        while open.ahead.len() <= ahead && ahead < AHEAD {
            if open.ahead.iter().map(Vec::len).sum::<usize>() > AHEAD_BYTES && ahead > 0 {
                break;
            }
            match open.read(&path)? {
                Some(record) => open.ahead.push_back(record),
                None => break,
            }
        }
        Ok(open.ahead.get(ahead).map(Vec::as_slice))
    }

    /// Takes the next record.
    pub(super) fn take(&mut self) -> Option<Vec<u8>> {
        let open = self.open.as_mut()?;
        let record = open.ahead.pop_front();
        open.records += u64::from(record.is_some());
        record
    }

    /// The name of the open file and the number of its next record.
    pub(super) fn place(&self) -> (String, u64) {
        let name = self.at.map(|number| self.files[number].name.clone()).unwrap_or_default();
        (name, self.open.as_ref().map_or(0, |open| open.records) + 1)
    }

    /// Ends the open file: nothing may be left in it, and it is what the report says it is.
    ///
    /// # Errors
    /// When it is damaged.
    pub(super) fn close(&mut self, ledger: &mut Ledger) -> Result<()> {
        while self.peek(0)?.is_some() {
            let (name, record) = self.place();
            let by = Claimant::new(&name, record, "");
            ledger.deny(by.claims(
                "this record",
                &"in the output",
                &"one that no record of the input calls for",
            ));
            self.take();
        }
        let (Some(number), Some(open)) = (self.at, self.open.take()) else { return Ok(()) };
        let file = &self.files[number];
        let by = Claimant::new(names::SUMMARY, None, &file.name);
        ledger.compare(by, "the number of records of an output", &file.records, &open.records);
        ledger.compare(by, "the size of an output", &file.bytes, &open.bytes);
        ledger.compare(by, "the digest of an output", &file.sha256, &hexadecimal(&open.digest.finalize()));
        Ok(())
    }

    /// Ends all: files of the output that no input led to are looked at as well.
    ///
    /// # Errors
    /// When one cannot be read.
    pub(super) fn finish(mut self, ledger: &mut Ledger) -> Result<()> {
        if self.at.is_none() && !self.is_mirror && !self.files.is_empty() {
            self.begin(0, ledger)?;
        }
        self.close(ledger)
    }

    fn path_of(&self, number: usize) -> PathBuf {
        if self.is_mirror {
            self.place.join(name::to_path(&self.files[number].name))
        } else {
            self.place.clone()
        }
    }
}

impl Open {
    fn new(path: &Path, file: &OutputFile) -> Result<Self> {
        let format = format::named(&file.format).unwrap_or(format::JSONL);
        let codec = codec::named(&file.codec).unwrap_or(codec::PLAIN);
        let input = InputFile {
            name: file.name.clone(),
            path: Some(path.to_path_buf()),
            relative: PathBuf::new(),
            site: None,
            format,
            codec,
        };
        let fault = |reason: String| Error::Report { path: path.to_path_buf(), reason };
        let reader = ShardReader::open(0, &input, None, 1).map_err(|problem| fault(problem.reason))?;
        let (shard, ahead, digest) = (None, VecDeque::new(), Sha256::new());
        Ok(Self { reader, format, shard, offset: 0, ahead, digest, records: 0, bytes: 0 })
    }

    fn read(&mut self, path: &Path) -> Result<Option<Vec<u8>>> {
        loop {
            if let Some(rest) = self.shard.as_ref().and_then(|shard| shard.bytes.get(self.offset..))
                && !rest.is_empty()
            {
                let record = rest[..self.format.record_length(rest)].to_vec();
                self.offset += record.len();
                return Ok(Some(record));
            }
            match self.reader.next_piece() {
                Some(Piece::Shard(shard)) => {
                    self.digest.update(shard.bytes.as_slice());
                    self.bytes += shard.bytes.len() as u64;
                    (self.shard, self.offset) = (Some(shard), 0);
                }
                Some(Piece::Fault(problem)) => {
                    return Err(Error::Report { path: path.to_path_buf(), reason: problem.reason });
                }
                None => return Ok(None),
            }
        }
    }
}
