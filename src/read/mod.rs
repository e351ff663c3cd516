//! Reading: from what the user named to records, in shards, as often as a pass needs them.
//!
//! Bytes are unpacked by a [`codec`], cut into records by a [`format`](mod@format); the two know nothing of each other.
//! A [`Corpus`] is read from its files once; what was read stays in memory as far as the budget goes and is read again
//! otherwise, with a check that it is still the same.

pub mod charset;
pub mod codec;
pub mod discover;
pub mod fields;
pub mod format;
pub mod shard;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_64;

use crate::document::{Problem, ProblemKind};
use crate::error::{Error, Result};

use discover::InputFile;
use shard::{Piece, Shard, ShardReader};

/// How many bytes of small shards travel together, so that twenty thousand small files cost no more than a large one.
const BATCH_BYTES: usize = 1 << 20;

/// The input: its files, and what is known of them after they were read once.
pub struct Corpus {
    /// The files, in order.
    pub files: Vec<InputFile>,
    /// What reading told about each file.
    pub readings: Vec<Reading>,
    /// The shards' places, in order.
    places: Vec<Place>,
    /// The shards themselves, while all of them fit the budget.
    kept: Option<Vec<Shard>>,
    kept_bytes: u64,
    budget: u64,
    spool: Option<File>,
    temp_dir: PathBuf,
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
#[derive(Clone, Copy, Debug)]
struct Place {
    file: u32,
    hash: u64,
}

/// Shards that travel together: one large, or many small.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Number of the first shard, from 0 over the whole input.
    pub first: u32,
    /// The shards.
    pub shards: Vec<Shard>,
}

impl Batch {
    fn bytes(&self) -> usize {
        self.shards.iter().map(|shard| shard.bytes.len()).sum()
    }

    /// The shards with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (u32, &Shard)> {
        (self.first..).zip(&self.shards)
    }
}

impl Corpus {
    /// A corpus of these files that keeps at most `budget` bytes of them in memory between passes.
    pub fn new(files: Vec<InputFile>, budget: u64, temp_dir: &Path) -> Self {
        Self {
            readings: vec![Reading::default(); files.len()],
            files,
            places: Vec::new(),
            kept: Some(Vec::new()),
            kept_bytes: 0,
            budget,
            spool: None,
            temp_dir: temp_dir.to_path_buf(),
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

    /// How many shards there are; known once they were read.
    pub fn shard_count(&self) -> usize {
        self.places.len()
    }

    /// Reads all files for the first time.
    pub fn first_pass(&mut self) -> FirstPass<'_> {
        FirstPass { corpus: self, file: 0, reader: None, digest: Sha256::new() }
    }

    /// All shards again, in the same order.
    pub fn pass(&self) -> Box<dyn Iterator<Item = Result<Batch>> + '_> {
        let shards: Box<dyn Iterator<Item = Result<Shard>>> = match &self.kept {
            Some(kept) => Box::new(kept.iter().cloned().map(Ok)),
            None => Box::new(Again { corpus: self, file: 0, reader: None, number: 0 }),
        };
        Box::new(Batches { shards: shards.peekable(), next: 0 })
    }

    /// One shard, if memory holds it.
    pub fn kept_shard(&self, number: u32) -> Option<&Shard> {
        self.kept.as_ref().map(|kept| &kept[number as usize])
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

    fn open(&mut self, number: usize) -> Result<Option<ShardReader<'static>>> {
        let file = self.files[number].clone();
        let reading = &mut self.readings[number];
        let Some(path) = &file.path else {
            let spool = spool_stdin(&self.temp_dir)?;
            self.spool = Some(spool);
            return self.reopen(number as u32);
        };
        (reading.size, reading.modified) = identity(path);
        match ShardReader::open(number as u32, &file) {
            Ok(reader) => Ok(Some(reader)),
            Err(problem) => {
                reading.problem = Some(problem);
                Ok(None)
            }
        }
    }

    /// Opens a file once more; standard input comes from its spool.
    fn reopen(&self, number: u32) -> Result<Option<ShardReader<'static>>> {
        let file = &self.files[number as usize];
        let opened = match (&file.path, &self.spool) {
            (None, Some(spool)) => {
                let failed = Error::io("read the copy of standard input in", &self.temp_dir);
                let mut again = spool.try_clone().map_err(failed)?;
                again
                    .seek(SeekFrom::Start(0))
                    .map_err(Error::io("read the copy of standard input in", &self.temp_dir))?;
                ShardReader::of_stream(number, file, Box::new(again))
            }
            _ => ShardReader::open(number, file),
        };
        Ok(opened.ok())
    }

    fn note_shard(&mut self, shard: &Shard) {
        let reading = &mut self.readings[shard.file as usize];
        reading.unpacked += shard.bytes.len() as u64;
        self.places.push(Place { file: shard.file, hash: xxh3_64(&shard.bytes) });
        self.kept_bytes += shard.bytes.len() as u64;
        if self.kept_bytes > self.budget {
            self.kept = None;
        }
        if let Some(kept) = &mut self.kept {
            kept.push(shard.clone());
        }
    }
}

fn identity(path: &Path) -> (u64, Option<SystemTime>) {
    std::fs::metadata(path).map_or((0, None), |metadata| (metadata.len(), metadata.modified().ok()))
}

/// Standard input can be read only once; the passes read its copy.
fn spool_stdin(temp_dir: &Path) -> Result<File> {
    let mut spool =
        tempfile::tempfile_in(temp_dir).map_err(Error::io("write a copy of standard input in", temp_dir))?;
    std::io::copy(&mut std::io::stdin().lock(), &mut spool)
        .map_err(Error::io("copy standard input to", temp_dir))?;
    spool.flush().map_err(Error::io("write a copy of standard input in", temp_dir))?;
    Ok(spool)
}

/// The first reading of a corpus: notes digests, places and faults, and keeps what fits.
pub struct FirstPass<'c> {
    corpus: &'c mut Corpus,
    file: usize,
    reader: Option<ShardReader<'static>>,
    digest: Sha256,
}

impl FirstPass<'_> {
    fn next_shard(&mut self) -> Option<Result<Shard>> {
        loop {
            if self.reader.is_none() {
                if self.file == self.corpus.files.len() {
                    return None;
                }
                match self.corpus.open(self.file) {
                    Ok(Some(reader)) => self.reader = Some(reader),
                    Ok(None) => self.file += 1,
                    Err(error) => return Some(Err(error)),
                }
                continue;
            }
            match self.reader.as_mut().and_then(ShardReader::next_piece) {
                Some(Piece::Shard(shard)) => {
                    self.digest.update(shard.bytes.as_slice());
                    self.corpus.note_shard(&shard);
                    return Some(Ok(shard));
                }
                Some(Piece::Fault(problem)) => self.corpus.readings[self.file].problem = Some(problem),
                None => self.end_file(),
            }
        }
    }

    fn end_file(&mut self) {
        self.reader = None;
        let reading = &mut self.corpus.readings[self.file];
        let digest = std::mem::take(&mut self.digest).finalize();
        reading.sha256 = hexadecimal(&digest);
        reading.complete = reading.problem.is_none();
        let is_stdin = self.corpus.files[self.file].path.is_none();
        if reading.complete && reading.unpacked == 0 && !is_stdin {
            reading.problem = Some(Problem::new(ProblemKind::EmptyFile, "the file is empty"));
        }
        self.file += 1;
    }
}

impl Iterator for FirstPass<'_> {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Result<Batch>> {
        let mut batch = Batch { first: self.corpus.places.len() as u32, shards: Vec::new() };
        while batch.bytes() < BATCH_BYTES {
            match self.next_shard() {
                Some(Ok(shard)) => batch.shards.push(shard),
                Some(Err(error)) => return Some(Err(error)),
                None => break,
            }
        }
        (!batch.shards.is_empty()).then_some(Ok(batch))
    }
}

/// Reads the files again, and checks that they hold what they held.
struct Again<'c> {
    corpus: &'c Corpus,
    file: u32,
    reader: Option<ShardReader<'static>>,
    number: usize,
}

impl Iterator for Again<'_> {
    type Item = Result<Shard>;

    fn next(&mut self) -> Option<Result<Shard>> {
        let place = *self.corpus.places.get(self.number)?;
        if self.reader.is_none() || self.file != place.file {
            self.file = place.file;
            match self.corpus.reopen(place.file) {
                Ok(reader) => self.reader = reader,
                Err(error) => return Some(Err(error)),
            }
        }
        self.number += 1;
        match self.reader.as_mut().and_then(ShardReader::next_piece) {
            Some(Piece::Shard(shard)) if xxh3_64(&shard.bytes) == place.hash => Some(Ok(shard)),
            _ => {
                let path = self.corpus.files[place.file as usize].path.clone().unwrap_or_else(|| "-".into());
                Some(Err(Error::Changed { path }))
            }
        }
    }
}

struct Batches<I: Iterator<Item = Result<Shard>>> {
    shards: std::iter::Peekable<I>,
    next: u32,
}

impl<I: Iterator<Item = Result<Shard>>> Iterator for Batches<I> {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Result<Batch>> {
        let mut batch = Batch { first: self.next, shards: Vec::new() };
        while batch.bytes() < BATCH_BYTES {
            match self.shards.next() {
                Some(Ok(shard)) => batch.shards.push(shard),
                Some(Err(error)) => return Some(Err(error)),
                None => break,
            }
        }
        self.next += batch.shards.len() as u32;
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
