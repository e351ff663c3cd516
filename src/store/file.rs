//! The file that takes what memory has no room for.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::error::{Error, Result};

use super::frame::{HEAD, Head, Kind};

/// Blocks in a file: added at its end, read from anywhere.
#[derive(Debug)]
pub struct BlockFile {
    path: PathBuf,
    file: OnceLock<File>,
    end: Mutex<u64>,
    /// The first fault of a reader that could not tell of it.
    fault: Mutex<Option<Error>>,
    /// Whether it is a journal, which takes every block and stays when the process ends.
    is_journal: bool,
}

impl BlockFile {
    /// A nameless file in a folder, made when the first block needs it; it is gone when the run ends, however it ends.
    pub fn temporary(folder: &Path) -> Self {
        Self::new(folder, OnceLock::new(), 0, false)
    }

    /// A journal that goes on behind its first `end` bytes.
    pub fn journal(path: &Path, file: File, end: u64) -> Self {
        Self::new(path, OnceLock::from(file), end, true)
    }

    fn new(path: &Path, file: OnceLock<File>, end: u64, is_journal: bool) -> Self {
        Self { path: path.to_path_buf(), file, end: Mutex::new(end), fault: Mutex::default(), is_journal }
    }

    /// Whether every block belongs here, and not only those that memory has no room for.
    pub fn is_journal(&self) -> bool {
        self.is_journal
    }

    /// Bytes that are in it.
    pub fn length(&self) -> u64 {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a block; where its content begins.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn append(&self, kind: Kind, number: u32, content: &[u8]) -> Result<u64> {
        let failed =
            || Error::io(if self.is_journal { "write" } else { "write a temporary file in" }, &self.path);
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        let file = self.opened().map_err(failed())?;
        let head = Head::new(kind, number, content).to_bytes();
        // In one go, so that a process that dies leaves at most one block cut short.
        write_at(file, &[&head[..], content].concat(), *end).map_err(failed())?;
        let start = *end + HEAD as u64;
        *end = start + content.len() as u64;
        Ok(start)
    }

    fn opened(&self) -> io::Result<&File> {
        if self.file.get().is_none() {
            let _ = self.file.set(tempfile::tempfile_in(&self.path)?);
        }
        self.file.get().ok_or_else(|| io::Error::other("no file"))
    }

    /// Bytes that stand in it.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn read(&self, start: u64, length: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        let file = self.opened().map_err(Error::io("open", &self.path))?;
        read_at(file, &mut bytes, start).map_err(Error::io("read a temporary file in", &self.path))?;
        Ok(bytes)
    }

    /// As [`BlockFile::read`], for readers that cannot fail: they get nothing, and [`BlockFile::check`] fails.
    pub fn read_or_note(&self, start: u64, length: usize) -> Vec<u8> {
        self.read(start, length).unwrap_or_else(|error| {
            self.note(error);
            Vec::new()
        })
    }

    /// Notes a fault for [`BlockFile::check`].
    pub fn note(&self, error: Error) {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }

    /// Whether all that was asked for could be read.
    ///
    /// # Errors
    /// The first fault.
    pub fn check(&self) -> Result<()> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
    }
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

#[cfg(windows)]
fn write_at(file: &File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = std::os::windows::fs::FileExt::seek_write(file, bytes, at)?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        (bytes, at) = (&bytes[written..], at + written as u64);
    }
    Ok(())
}

#[cfg(windows)]
fn read_at(file: &File, mut bytes: &mut [u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let read = std::os::windows::fs::FileExt::seek_read(file, bytes, at)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        (bytes, at) = (&mut bytes[read..], at + read as u64);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_read_from_where_they_went() {
        let folder = tempfile::tempdir().unwrap();
        let file = BlockFile::temporary(folder.path());
        let one = file.append(Kind::Rows, 0, b"one").unwrap();
        let two = file.append(Kind::Rows, 1, b"second").unwrap();
        assert_eq!(
            (file.read(one, 3).unwrap(), file.read(two + 2, 4).unwrap()),
            (b"one".to_vec(), b"cond".to_vec())
        );
        assert!(file.check().is_ok());
        assert_eq!(file.read_or_note(two, 7), b"");
        assert!(file.check().is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "it has no name");
    }
}
