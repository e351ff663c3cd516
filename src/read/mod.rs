//! Reading: from what the user named to records, in shards, as often as a pass needs them.
//!
//! Bytes are unpacked by a [`codec`], cut into records by a [`format`](mod@format); the two know nothing of each other.
//! A [`Corpus`] is read from its files once. What was read stays in memory as far as the budget goes; beyond it plain files
//! are read again where they are, with a check that they are still the same, and what was unpacked goes to a temporary
//! file, so that every pass can take any shard at any time.

pub mod charset;
pub mod codec;
pub mod digest;
pub mod discover;
pub mod fields;
pub mod format;
pub mod name;
mod scan;
pub mod shard;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::document::{Problem, ProblemKind, RecordId};
use crate::error::{Error, Result};
use crate::report::rows::ProblemRow;
use crate::report::summary::InputRow;
use crate::store::BlockFile;
use crate::store::frame::Kind;

use digest::DigestThread;
use discover::InputFile;
use format::Format;
use shard::{Piece, Shard, ShardReader};

/// How many bytes of small shards travel together, so that twenty thousand small files cost no more than a large one.
const BATCH_BYTES: usize = 1 << 20;

/// The input: its files, and what is known of them after they were read once.
pub struct Corpus {
    /// The files, in order.
    pub files: Vec<InputFile>,
    /// What reading told about each file.
    pub readings: Vec<Reading>,
    shards: Vec<Place>,
    kept_bytes: u64,
    budget: u64,
    spill: BlockFile,
}

/// What reading told about a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Size on disk, in bytes; 0 for standard input.
    pub size: u64,
    /// Size unpacked, in bytes.
    pub unpacked: u64,
    /// Records and blank ones, in whole.
    pub records: u64,
    /// SHA-256 of the unpacked bytes that were read, in hexadecimal.
    pub sha256: String,
    /// Whether all of the file was read.
    pub complete: bool,
    /// The file's own fault.
    pub problem: Option<Problem>,
    #[serde(skip)]
    modified: Option<SystemTime>,
}

/// Where a shard stands, and what its bytes were.
#[derive(Clone, Debug)]
struct Place {
    file: u32,
    first_record: u64,
    offset: u64,
    length: usize,
    hash: u64,
    store: Store,
}

/// By what a shard is known to be the same: its file, its first record, its place there, and a hash of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardSeal {
    file: u32,
    first_record: u64,
    offset: u64,
    length: u64,
    hash: u64,
}

/// Where a shard's bytes are to be had.
#[derive(Clone, Debug)]
enum Store {
    Memory(Arc<Vec<u8>>),
    /// In its own file, which is not packed.
    InPlace,
    /// In the temporary file, from this byte.
    Spilled(u64),
}

/// Shards that travel together: one large, or many small.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Numbers of the shards.
    pub shards: Range<u32>,
    /// Bytes in them.
    pub bytes: u64,
}

impl Place {
    fn seal(&self) -> ShardSeal {
        let length = self.length as u64;
        let Self { file, first_record, offset, hash, .. } = *self;
        ShardSeal { file, first_record, offset, length, hash }
    }
}

impl Corpus {
    /// A corpus of these files that keeps at most `budget` bytes of them in memory between passes.
    pub fn new(files: Vec<InputFile>, budget: u64, temp_dir: &Path) -> Self {
        Self {
            readings: vec![Reading::default(); files.len()],
            files,
            shards: Vec::new(),
            kept_bytes: 0,
            budget,
            spill: BlockFile::temporary(temp_dir),
        }
    }

    /// Bytes on disk of all files whose size can be told before they are read.
    pub fn size_on_disk(&self) -> u64 {
        let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        self.files.iter().filter_map(|file| file.path.as_ref()).map(size).sum()
    }

    /// Bytes of all files, unpacked; known once they were read.
    pub fn unpacked_size(&self) -> u64 {
        self.readings.iter().map(|reading| reading.unpacked).sum()
    }

    /// Reads all files for the first time.
    ///
    /// Packed files are unpacked ahead, on `threads` threads where that can be.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn first_pass(&mut self, threads: usize) -> Result<FirstPass<'_>> {
        let digests = Some(DigestThread::start()?);
        Ok(FirstPass { corpus: self, file: 0, reader: None, threads, digests, digested: Vec::new() })
    }

    /// All shards, in order, in batches.
    pub fn batches(&self) -> impl Iterator<Item = Result<Batch>> + '_ {
        self.batches_from(0)
    }

    /// Those from this shard on.
    pub fn batches_from(&self, first: u32) -> impl Iterator<Item = Result<Batch>> + '_ {
        let mut next = first as usize;
        std::iter::from_fn(move || {
            let mut batch = Batch { shards: next as u32..next as u32, bytes: 0 };
            while batch.bytes < BATCH_BYTES as u64 && next < self.shards.len() {
                batch.bytes += self.shards[next].length as u64;
                next += 1;
                batch.shards.end = next as u32;
            }
            (!batch.shards.is_empty()).then_some(Ok(batch))
        })
    }

    /// One shard, from wherever it is.
    ///
    /// # Errors
    /// [`Error::Changed`] when its file no longer holds what it held.
    pub fn shard(&self, number: u32) -> Result<Shard> {
        let place = &self.shards[number as usize];
        let bytes = match &place.store {
            Store::Memory(bytes) => Arc::clone(bytes),
            _ => Arc::new(self.read_range(place, 0..place.length)?),
        };
        if !matches!(place.store, Store::Memory(_)) && xxh3_64(&bytes) != place.hash {
            return Err(self.changed(place));
        }
        let site = self.files[place.file as usize].site.clone();
        Ok(Shard { file: place.file, first_record: place.first_record, offset: place.offset, bytes, site })
    }

    /// A part of a shard's bytes, without the rest of it.
    ///
    /// # Errors
    /// As [`Corpus::shard`].
    pub fn part(&self, number: u32, range: Range<usize>) -> Result<Vec<u8>> {
        let place = &self.shards[number as usize];
        match &place.store {
            Store::Memory(bytes) => Ok(bytes[range].to_vec()),
            _ => self.read_range(place, range),
        }
    }

    /// Bytes of all shards before this one.
    pub fn bytes_before(&self, shard: u32) -> u64 {
        self.shards.iter().take(shard as usize).map(|place| place.length as u64).sum()
    }

    /// The format of a shard's records.
    pub fn format(&self, number: u32) -> &'static dyn Format {
        self.files[self.shards[number as usize].file as usize].format
    }

    /// A record, by its shard and its number from the shard's first.
    pub fn record(&self, shard: u32, record: u32) -> RecordId {
        let place = &self.shards[shard as usize];
        RecordId { file: place.file, record: place.first_record + u64::from(record) }
    }

    /// The file that a shard is of.
    pub fn file_of(&self, number: u32) -> u32 {
        self.shards[number as usize].file
    }

    /// Compares the files with what they were when they were read.
    ///
    /// # Errors
    /// [`Error::Changed`] for the first file that has another size or time of change.
    pub fn check_unchanged(&self) -> Result<()> {
        for (file, reading) in self.files.iter().zip(&self.readings) {
            let Some(path) = &file.path else { continue };
            if reading.problem.as_ref().is_some_and(|problem| problem.kind == ProblemKind::Unreadable) {
                continue;
            }
            if identity(path) != (reading.size, reading.modified) {
                return Err(Error::Changed { path: path.clone() });
            }
        }
        Ok(())
    }

    /// What the report tells of each file.
    pub fn rows(&self) -> Vec<InputRow> {
        let row = |(file, reading): (&InputFile, &Reading)| InputRow {
            name: file.name.clone(),
            relative: name::to_text(&file.relative),
            format: file.format.name().into(),
            codec: file.codec.name().into(),
            size: reading.size,
            unpacked: reading.unpacked,
            records: reading.records,
            sha256: reading.sha256.clone(),
            complete: reading.complete,
        };
        self.files.iter().zip(&self.readings).map(row).collect()
    }

    /// The faults of whole files, in order.
    pub fn problems(&self) -> Vec<ProblemRow> {
        let read = self.files.iter().zip(&self.readings);
        read.filter_map(|(file, reading)| Some(ProblemRow::of_file(&file.name, reading.problem.as_ref()?)))
            .collect()
    }

    fn read_range(&self, place: &Place, range: Range<usize>) -> Result<Vec<u8>> {
        if let Store::Spilled(start) = place.store {
            return self.spill.read(start + range.start as u64, range.len());
        }
        let (path, start) = (self.path_of(place), place.offset);
        let read = || -> std::io::Result<Vec<u8>> {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(start + range.start as u64))?;
            let mut bytes = Vec::with_capacity(range.len());
            file.take(range.len() as u64).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let bytes = read().map_err(Error::io("read again", path))?;
        if bytes.len() == range.len() { Ok(bytes) } else { Err(self.changed(place)) }
    }

    fn path_of(&self, place: &Place) -> &Path {
        self.files[place.file as usize].path.as_deref().unwrap_or(Path::new("-"))
    }

    fn changed(&self, place: &Place) -> Error {
        Error::Changed { path: self.path_of(place).to_path_buf() }
    }

    fn open(&mut self, number: usize, threads: usize) -> Option<ShardReader<'static>> {
        let file = &self.files[number];
        let reading = &mut self.readings[number];
        let mut size = None;
        if let Some(path) = &file.path {
            (reading.size, reading.modified) = identity(path);
            size = Some(reading.size);
        }
        match ShardReader::open(number as u32, file, size, threads) {
            Ok(reader) => Some(reader),
            Err(problem) => {
                reading.problem = Some(problem);
                None
            }
        }
    }

    fn note(&mut self, shard: &Shard) -> Result<()> {
        self.readings[shard.file as usize].unpacked += shard.bytes.len() as u64;
        let place = Place {
            file: shard.file,
            first_record: shard.first_record,
            offset: shard.offset,
            length: shard.bytes.len(),
            hash: xxh3_64(&shard.bytes),
            store: self.store(shard)?,
        };
        self.shards.push(place);
        Ok(())
    }

    fn store(&mut self, shard: &Shard) -> Result<Store> {
        let size = shard.bytes.len() as u64;
        if self.kept_bytes + size <= self.budget {
            self.kept_bytes += size;
            return Ok(Store::Memory(Arc::clone(&shard.bytes)));
        }
        let file = &self.files[shard.file as usize];
        if file.path.is_some() && file.codec.name() == codec::PLAIN.name() {
            return Ok(Store::InPlace);
        }
        self.spill.append(Kind::Rows, 0, &shard.bytes).map(Store::Spilled)
    }
}

/// Size of a file in bytes, and when it was changed.
pub fn identity(path: &Path) -> (u64, Option<SystemTime>) {
    std::fs::metadata(path).map_or((0, None), |metadata| (metadata.len(), metadata.modified().ok()))
}

/// The first reading of a corpus: notes digests, places and faults, and keeps what fits.
pub struct FirstPass<'c> {
    corpus: &'c mut Corpus,
    file: usize,
    reader: Option<ShardReader<'static>>,
    threads: usize,
    /// Until all is read.
    digests: Option<DigestThread>,
    /// The files whose digests are taken.
    digested: Vec<usize>,
}

/// Shards read for the first time: travelling together, with the number of the first.
pub struct FirstBatch {
    /// Number of the first shard.
    pub first: u32,
    /// The shards.
    pub shards: Vec<Shard>,
    /// By what they are known again.
    pub seals: Vec<ShardSeal>,
}

impl FirstBatch {
    /// Bytes in the shards.
    pub fn bytes(&self) -> u64 {
        self.shards.iter().map(|shard| shard.bytes.len() as u64).sum()
    }
}

impl FirstPass<'_> {
    fn next_shard(&mut self) -> Option<Result<Shard>> {
        loop {
            if self.reader.is_none() {
                if self.file == self.corpus.files.len() {
                    return self.note_digests().err().map(Err);
                }
                self.reader = self.corpus.open(self.file, self.threads);
                if self.reader.is_none() {
                    self.file += 1;
                }
                continue;
            }
            match self.reader.as_mut().and_then(ShardReader::next_piece) {
                Some(Piece::Shard(shard)) => {
                    self.digests.iter_mut().for_each(|digests| digests.update(&shard.bytes));
                    return Some(self.corpus.note(&shard).map(|()| shard));
                }
                Some(Piece::Fault(problem)) => self.corpus.readings[self.file].problem = Some(problem),
                None => self.end_file(),
            }
        }
    }

    fn end_file(&mut self) {
        self.reader = None;
        let reading = &mut self.corpus.readings[self.file];
        self.digests.iter_mut().for_each(DigestThread::end_file);
        self.digested.push(self.file);
        reading.complete = reading.problem.is_none();
        let is_stdin = self.corpus.files[self.file].path.is_none();
        if reading.complete && reading.unpacked == 0 && !is_stdin {
            reading.problem = Some(Problem::new(ProblemKind::EmptyFile, "the file is empty"));
        }
        self.file += 1;
    }
}

impl FirstPass<'_> {
    fn note_digests(&mut self) -> Result<()> {
        let Some(digests) = self.digests.take() else { return Ok(()) };
        for (file, digest) in self.digested.iter().zip(digests.finish()?) {
            self.corpus.readings[*file].sha256 = digest;
        }
        Ok(())
    }
}

impl Iterator for FirstPass<'_> {
    type Item = Result<FirstBatch>;

    fn next(&mut self) -> Option<Result<FirstBatch>> {
        let mut batch =
            FirstBatch { first: self.corpus.shards.len() as u32, shards: Vec::new(), seals: Vec::new() };
        while batch.bytes() < BATCH_BYTES as u64 {
            match self.next_shard() {
                Some(Ok(shard)) => {
                    batch.seals.extend(self.corpus.shards.last().map(Place::seal));
                    batch.shards.push(shard);
                }
                Some(Err(error)) => return Some(Err(error)),
                None => break,
            }
        }
        (!batch.shards.is_empty()).then_some(Ok(batch))
    }
}

/// Bytes as lower-case hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// All bytes of a packed file, unpacked: for reports and other small things.
///
/// # Errors
/// When the file cannot be read.
pub fn unpack(path: &Path) -> Result<Box<dyn Read + Send>> {
    let file = File::open(path).map_err(Error::io("open", path))?;
    let (codec, _) = codec::of_name(path.to_str().unwrap_or_default());
    codec.decode(Box::new(std::io::BufReader::with_capacity(1 << 16, file))).map_err(Error::io("read", path))
}
