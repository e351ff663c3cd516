//! Texts put down on disk, to be compared later.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::error::{Error, Result};

/// A temporary file of texts; it goes with this value.
pub(super) struct Spill {
    file: NamedTempFile,
    writer: BufWriter<File>,
    end: u64,
}

/// Where a text was put down.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Put {
    at: u64,
    id_length: u32,
    text_length: u32,
}

/// A document's id and its text.
#[derive(Clone, Debug)]
pub(super) struct NamedText {
    pub(super) id: String,
    pub(super) text: String,
}

impl Spill {
    /// An empty one.
    ///
    /// # Errors
    /// When no temporary file can be made.
    pub(super) fn new(temp_dir: &Path) -> Result<Self> {
        let failed = || Error::io("write a temporary file in", temp_dir);
        let file = NamedTempFile::new_in(temp_dir).map_err(failed())?;
        let writer = BufWriter::with_capacity(1 << 16, file.reopen().map_err(failed())?);
        Ok(Self { file, writer, end: 0 })
    }

    /// Puts a text down.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn put(&mut self, id: &str, text: &str) -> Result<Put> {
        let put = Put { at: self.end, id_length: id.len() as u32, text_length: text.len() as u32 };
        let written =
            self.writer.write_all(id.as_bytes()).and_then(|()| self.writer.write_all(text.as_bytes()));
        written.map_err(Error::io("write", self.file.path()))?;
        self.end += (id.len() + text.len()) as u64;
        Ok(put)
    }

    /// Ends writing: what was put down can be taken up from here on.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.writer.flush().map_err(Error::io("write", self.file.path()))
    }

    /// Takes a text up again.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn take(&self, put: Put) -> Result<NamedText> {
        let read = || -> std::io::Result<(Vec<u8>, Vec<u8>)> {
            let mut file = File::open(self.file.path())?;
            file.seek(SeekFrom::Start(put.at))?;
            let (mut id, mut text) = (vec![0; put.id_length as usize], vec![0; put.text_length as usize]);
            file.read_exact(&mut id)?;
            file.read_exact(&mut text)?;
            Ok((id, text))
        };
        let (id, text) = read().map_err(Error::io("read again", self.file.path()))?;
        let string = |bytes| String::from_utf8(bytes).unwrap_or_default();
        Ok(NamedText { id: string(id), text: string(text) })
    }
}
