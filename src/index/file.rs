//! An index as a file: a head that says what it is, blocks of documents, an end that says that it is whole.
//!
//! ```text
//! tamisidx  version u32  length u32  head (JSON: tamis, settings, digest)  xxh3 u64
//! length packed u32  length u32  block (zstd)  xxh3 u64                               as often as need be
//! 0 u32  documents u64  xxh3 u64
//! ```
//!
//! Numbers are little-endian; a checksum is XXH3 of the bytes of its part.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::error::{Error, Result};
use crate::fingerprint::Digest;
use crate::write::staging::Staging;

use super::{Entry, Settings, block};

const MAGIC: [u8; 8] = *b"tamisidx";
const VERSION: u32 = 1;
/// Bytes of the head, at most.
const HEAD_LIMIT: usize = 1 << 20;
/// Bytes of a block before packing, about; one more document may come on top.
const BLOCK_BYTES: usize = 1 << 20;
/// Bytes of a block, at most, when it is read.
const BLOCK_LIMIT: usize = 4 << 20;
const LEVEL: i32 = 9;

#[derive(Serialize, Deserialize)]
struct Head {
    /// Version of tamis that began the index.
    tamis: String,
    settings: Settings,
    /// Digest of the settings.
    digest: String,
}

/// An index being written, staged until the whole of it stands.
pub struct IndexWriter {
    staging: Staging,
    target: PathBuf,
    file: BufWriter<File>,
    known: FxHashSet<Digest>,
    waiting: Vec<Entry>,
    waiting_bytes: usize,
}

impl IndexWriter {
    /// Begins an index that will stand at `target`.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn begin(target: &Path, settings: &Settings) -> Result<Self> {
        let staging = Staging::file(target)?;
        let file = File::create(staging.single()).map_err(Error::io("write", target))?;
        let mut writer = Self {
            staging,
            target: target.to_path_buf(),
            file: BufWriter::with_capacity(1 << 16, file),
            known: FxHashSet::default(),
            waiting: Vec::new(),
            waiting_bytes: 0,
        };
        writer.head(settings)?;
        Ok(writer)
    }

    /// Takes a document in, unless an equal one is in; whether it was.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn push(&mut self, entry: Entry) -> Result<bool> {
        if !self.known.insert(entry.whole) {
            return Ok(false);
        }
        let strings = entry.id.as_ref().map_or(0, String::len) + entry.origin.path.len();
        self.waiting_bytes += 40 + 5 * entry.units.len() + strings;
        self.waiting.push(entry);
        if self.waiting_bytes >= BLOCK_BYTES {
            self.block()?;
        }
        Ok(true)
    }

    /// Documents taken in so far.
    pub fn documents(&self) -> u64 {
        self.known.len() as u64
    }

    /// Ends the index and puts it to disk; nothing is published yet. Gives its size in bytes too.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn finish(mut self) -> Result<(Staging, u64)> {
        self.block()?;
        let documents = self.documents().to_le_bytes();
        let end = [&0_u32.to_le_bytes()[..], &documents, &xxh3_64(&documents).to_le_bytes()].concat();
        self.write(&end)?;
        let failed = || Error::io("write", &self.target);
        let file = self.file.into_inner().map_err(|error| failed()(error.into_error()))?;
        file.sync_all().map_err(failed())?;
        let size = file.metadata().map_err(failed())?.len();
        Ok((self.staging, size))
    }

    fn head(&mut self, settings: &Settings) -> Result<()> {
        let head = Head {
            tamis: env!("CARGO_PKG_VERSION").to_owned(),
            settings: settings.clone(),
            digest: settings.digest(),
        };
        let head = serde_json::to_vec(&head)
            .map_err(|error| Error::Internal(format!("the head of an index cannot be written: {error}")))?;
        if head.len() > HEAD_LIMIT {
            return Err(Error::Usage("these settings are too long for an index: over 1 MiB".into()));
        }
        self.write(&MAGIC)?;
        self.write(&VERSION.to_le_bytes())?;
        self.write(&(head.len() as u32).to_le_bytes())?;
        self.write(&head)?;
        self.write(&xxh3_64(&head).to_le_bytes())
    }

    fn block(&mut self) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let bytes = block::encode(&std::mem::take(&mut self.waiting));
        self.waiting_bytes = 0;
        let packed = zstd::bulk::compress(&bytes, LEVEL).map_err(Error::io("write", &self.target))?;
        self.write(&(packed.len() as u32).to_le_bytes())?;
        self.write(&(bytes.len() as u32).to_le_bytes())?;
        self.write(&packed)?;
        self.write(&xxh3_64(&packed).to_le_bytes())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(Error::io("write", &self.target))
    }
}

/// An index being read, block by block.
pub struct IndexReader<R = BufReader<File>> {
    path: PathBuf,
    from: R,
    settings: Settings,
    documents: u64,
    is_at_end: bool,
}

impl IndexReader {
    /// Opens an index and reads its head.
    ///
    /// # Errors
    /// [`Error::Index`] when the file is no index, of another version, or damaged.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::io("open", path))?;
        Self::new(path, BufReader::with_capacity(1 << 16, file))
    }
}

impl<R: Read> IndexReader<R> {
    fn new(path: &Path, mut from: R) -> Result<Self> {
        let fault = |reason: &str| Error::Index { path: path.to_path_buf(), reason: reason.to_owned() };
        let mut magic = [0; 8];
        match from.read_exact(&mut magic) {
            Ok(()) if magic == MAGIC => {}
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
                return Err(Error::io("read", path)(error));
            }
            _ => return Err(fault("it is no index of tamis")),
        }
        let mut reader = Self {
            path: path.to_path_buf(),
            from,
            settings: Settings::default(),
            documents: 0,
            is_at_end: false,
        };
        let version = reader.number()?;
        if version != VERSION {
            return Err(fault(&format!("its version is {version}, this tamis reads {VERSION}")));
        }
        let length = reader.number()? as usize;
        if length > HEAD_LIMIT {
            return Err(fault("its head is damaged"));
        }
        let head = reader.bytes(length)?;
        reader.check(&head, "its head")?;
        let head: Head =
            serde_json::from_slice(&head).map_err(|error| fault(&format!("its head: {error}")))?;
        if head.settings.digest() != head.digest {
            return Err(fault("its settings are not those that it was made with"));
        }
        reader.settings = head.settings;
        Ok(reader)
    }

    /// Refuses settings by which texts would be known by other identities.
    ///
    /// # Errors
    /// [`Error::Usage`], which names each setting that differs.
    pub fn check_settings(&self, settings: &Settings) -> Result<()> {
        let differences = settings.differences(&self.settings);
        if differences.is_empty() {
            return Ok(());
        }
        let path = crate::error::escape(&self.path.to_string_lossy());
        let differences = crate::error::escape(&differences.join("; "));
        Err(Error::Usage(format!("the index {path} was made with other settings: {differences}")))
    }

    /// The next documents; `None` at the end.
    ///
    /// # Errors
    /// [`Error::Index`] when the file is damaged or cut off.
    pub fn next_block(&mut self) -> Result<Option<Vec<Entry>>> {
        if self.is_at_end {
            return Ok(None);
        }
        let packed = self.number()? as usize;
        if packed == 0 {
            return self.end().map(|()| None);
        }
        let length = self.number()? as usize;
        if packed > BLOCK_LIMIT || length > BLOCK_LIMIT {
            return Err(self.fault("a block of it is damaged"));
        }
        let packed = self.bytes(packed)?;
        self.check(&packed, "a block of it")?;
        let damaged = || self.fault("a block of it is damaged");
        let bytes = zstd::bulk::decompress(&packed, length).map_err(|_| damaged())?;
        let whole = Some(bytes).filter(|bytes| bytes.len() == length);
        let entries = whole.and_then(|bytes| block::decode(&bytes)).ok_or_else(damaged)?;
        self.documents += entries.len() as u64;
        Ok(Some(entries))
    }

    fn end(&mut self) -> Result<()> {
        let documents = self.bytes(8)?;
        self.check(&documents, "its end")?;
        if documents != self.documents.to_le_bytes() {
            return Err(self.fault("documents of it are missing"));
        }
        self.is_at_end = true;
        match self.from.read(&mut [0]) {
            Ok(0) => Ok(()),
            Ok(_) => Err(self.fault("bytes follow its end")),
            Err(error) => Err(Error::io("read", &self.path)(error)),
        }
    }

    fn number(&mut self) -> Result<u32> {
        let bytes = self.bytes(4)?;
        Ok(bytes.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes)))
    }

    fn bytes(&mut self, length: usize) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        // Room grows with what is really there.
        let read = (&mut self.from).take(length as u64).read_to_end(&mut bytes);
        match read.map_err(Error::io("read", &self.path))? {
            read if read == length => Ok(bytes),
            _ => Err(self.fault("it is cut off")),
        }
    }

    fn check(&mut self, bytes: &[u8], what: &str) -> Result<()> {
        if self.bytes(8)? == xxh3_64(bytes).to_le_bytes() {
            return Ok(());
        }
        Err(self.fault(&format!("{what} is damaged")))
    }

    fn fault(&self, reason: &str) -> Error {
        Error::Index { path: self.path.clone(), reason: reason.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn written(entries: &[Entry]) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index");
        let mut writer = IndexWriter::begin(&path, &Settings::of(&Config::default())).unwrap();
        assert!(entries.iter().all(|entry| writer.push(entry.clone()).unwrap()));
        let (staging, size) = writer.finish().unwrap();
        staging.publish().unwrap();
        let bytes = std::fs::read(path).unwrap();
        assert_eq!(bytes.len() as u64, size);
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Vec<Entry>> {
        let mut reader = IndexReader::new(Path::new("x"), bytes)?;
        let mut entries = Vec::new();
        while let Some(block) = reader.next_block()? {
            entries.extend(block);
        }
        assert!(reader.next_block()?.is_none());
        Ok(entries)
    }

    #[test]
    fn an_index_is_read_as_it_was_written() {
        for count in [0, 1, 6000] {
            let entries = block::tests::entries(count);
            assert_eq!(read(&written(&entries)).unwrap(), entries);
        }
    }

    #[test]
    fn every_cut_and_every_flip_is_a_named_error() {
        let bytes = written(&block::tests::entries(30));
        for length in 0..bytes.len() {
            let reason = read(&bytes[..length]).unwrap_err();
            assert!(matches!(reason, Error::Index { .. }), "cut at {length}: {reason}");
        }
        for at in 0..bytes.len() {
            for mask in [0x01, 0x80] {
                let mut flipped = bytes.clone();
                flipped[at] ^= mask;
                let reason = read(&flipped).unwrap_err();
                assert!(matches!(reason, Error::Index { .. }), "flipped at {at}: {reason}");
            }
        }
        assert!(read(&[&bytes[..], b"x"].concat()).is_err());
    }

    #[test]
    fn a_length_that_lies_costs_no_memory() {
        let mut bytes = written(&[]);
        let at = bytes.len() - 20;
        bytes.truncate(at);
        bytes.extend(u32::MAX.to_le_bytes());
        bytes.extend(u32::MAX.to_le_bytes());
        assert!(read(&bytes).unwrap_err().to_string().ends_with("a block of it is damaged"));
        let bomb = zstd::bulk::compress(&vec![0; 64 << 20], 3).unwrap();
        bytes.truncate(at);
        bytes.extend((bomb.len() as u32).to_le_bytes());
        bytes.extend(1000_u32.to_le_bytes());
        bytes.extend(&bomb);
        bytes.extend(xxh3_64(&bomb).to_le_bytes());
        assert!(read(&bytes).unwrap_err().to_string().ends_with("a block of it is damaged"));
    }

    #[test]
    fn other_files_and_newer_versions_are_named() {
        let reason = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
        assert_eq!(reason(b"{\"text\": \"no index\"}"), "failed to read index x: it is no index of tamis");
        let mut newer = written(&[]);
        newer[8] = 9;
        assert_eq!(reason(&newer), "failed to read index x: its version is 9, this tamis reads 1");
    }
}
