//! What a file holds that is still written: how many bytes went into it, and their hash, by which they are known again when a run
//! goes on.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::error::{Error, Result};
use crate::read::codec::Codec;
use crate::read::digest::DigestThread;

/// Bytes that are read back in one go.
const PIECE: usize = 1 << 20;

/// The first bytes of a file, by how many they are and their hash (XXH3, 128 bits): a tear or another's change is noticed, not an
/// attack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// How many bytes.
    pub length: u64,
    hash: u128,
}

impl Seal {
    /// Whether a file begins with these bytes. One that cannot be read does not.
    pub fn is_of(&self, path: &Path) -> bool {
        let mut hash = Xxh3::new();
        let read = read_back(path, self.length, |bytes| hash.update(bytes));
        read.is_ok() && hash.digest128() == self.hash
    }

    /// Whether a file is these bytes and no more.
    pub fn is_all_of(&self, path: &Path) -> bool {
        path.metadata().is_ok_and(|file| file.len() == self.length) && self.is_of(path)
    }
}

/// A stream that knows what went through it.
pub struct Sealed<W> {
    target: W,
    length: u64,
    hash: Box<Xxh3>,
}

impl<W: Write> Sealed<W> {
    /// A stream that nothing went through yet.
    pub fn new(target: W) -> Self {
        Self { target, length: 0, hash: Box::new(Xxh3::new()) }
    }

    /// Hands all on that went through; what it was.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn seal(&mut self) -> io::Result<Seal> {
        self.target.flush()?;
        Ok(Seal { length: self.length, hash: self.hash.digest128() })
    }

    /// The stream alone.
    pub fn into_inner(self) -> W {
        self.target
    }
}

impl<W: Write + From<BufWriter<File>>> Sealed<W> {
    /// Goes on with a file behind its first `length` bytes; what else is in it goes.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn reopen(path: &Path, length: u64) -> io::Result<Self> {
        let mut hash = Box::new(Xxh3::new());
        read_back(path, length, |bytes| hash.update(bytes))?;
        let mut file = File::options().write(true).open(path)?;
        file.set_len(length)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self { target: buffered(file).into(), length, hash })
    }
}

impl<W: Write> Write for Sealed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.target.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.target.flush()
    }
}

/// A file that is written piece by piece.
pub fn buffered(file: File) -> BufWriter<File> {
    BufWriter::with_capacity(1 << 16, file)
}

/// Hands what the first `length` bytes of a file unpack to over to whoever takes its digest.
///
/// # Errors
/// When they cannot be read, or unpacked.
pub fn digest_again(path: &Path, codec: &dyn Codec, length: u64, digests: &mut DigestThread) -> Result<()> {
    let mut again = || -> io::Result<()> {
        let packed = File::open(path)?.take(length);
        let mut unpacked = codec.decode(Box::new(io::BufReader::with_capacity(1 << 16, packed)))?;
        loop {
            let mut piece = Vec::new();
            unpacked.by_ref().take(PIECE as u64).read_to_end(&mut piece)?;
            if piece.is_empty() {
                return Ok(());
            }
            digests.update(&Arc::new(piece));
        }
    };
    if length == 0 { Ok(()) } else { again().map_err(Error::io("read again", path)) }
}

fn read_back(path: &Path, length: u64, mut each: impl FnMut(&[u8])) -> io::Result<()> {
    let mut file = File::open(path)?.take(length);
    let mut buffer = vec![0; PIECE.min(usize::try_from(length).unwrap_or(PIECE))];
    let mut left = length;
    while left > 0 {
        match file.read(&mut buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                each(&buffer[..read]);
                left -= read as u64;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_goes_on_where_it_was_sealed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mut written = Sealed::new(buffered(File::create(&path).unwrap()));
        written.write_all(b"first ").unwrap();
        let seal = written.seal().unwrap();
        written.write_all(b"what is lost").unwrap();
        drop(written);
        assert!(seal.is_of(&path));
        let mut again: Sealed<BufWriter<File>> = Sealed::reopen(&path, seal.length).unwrap();
        assert_eq!(again.seal().unwrap(), seal);
        again.write_all(b"second").unwrap();
        let whole = again.seal().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"first second");
        assert!(seal.is_of(&path) && whole.is_all_of(&path) && !seal.is_all_of(&path));
        std::fs::write(&path, "first sEcond").unwrap();
        assert!(seal.is_of(&path) && !whole.is_of(&path));
        std::fs::write(&path, "first").unwrap();
        assert!(!seal.is_of(&path), "cut short");
        std::fs::remove_file(&path).unwrap();
        assert!(!seal.is_of(&path), "gone");
    }
}
