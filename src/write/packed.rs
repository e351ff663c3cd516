//! Packed streams, written frame by frame on several threads.
//!
//! Where frames begin depends on nothing but the bytes: every frame holds [`FRAME_BYTES`] of them, the last one the rest. So
//! the packed bytes are the same whatever the number of threads, and whoever reads them can do so on several threads again.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::ThreadPool;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::parallel::Queue;
use crate::read::codec::{self, Codec};

use super::seal::{Seal, Sealed, buffered};

/// Bytes that a frame holds before packing.
pub const FRAME_BYTES: usize = 2 << 20;

/// How far a packed stream is written: from there it can go on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// What stands in the file.
    pub seal: Seal,
    /// What waits to be packed.
    pub waiting: Vec<u8>,
}

/// A stream that packs what is written to it.
pub struct PackedWriter<W> {
    target: Sealed<W>,
    shown: PathBuf,
    codec: &'static dyn Codec,
    frame: Vec<u8>,
    frames: Queue<std::io::Result<Vec<u8>>>,
    is_begun: bool,
}

impl<W: Write> PackedWriter<W> {
    /// Writes to `target`, which errors call `shown`, with the threads of `pool`; not to be used on one of these.
    pub fn new(target: W, shown: &Path, codec: &'static dyn Codec, pool: Arc<ThreadPool>) -> Self {
        let (target, shown) = (Sealed::new(target), shown.to_path_buf());
        Self { target, shown, codec, frame: Vec::new(), frames: Queue::new(pool), is_begun: false }
    }

    /// Writes bytes.
    ///
    /// # Errors
    /// When the system refuses; [`Error::ClosedPipe`] when the reader of standard output went away.
    pub fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        if self.is_plain() {
            return self.target.write_all(bytes).map_err(|error| self.fault(error));
        }
        while self.frame.len() + bytes.len() >= FRAME_BYTES {
            let (head, rest) = bytes.split_at(FRAME_BYTES - self.frame.len());
            self.frame.extend_from_slice(head);
            bytes = rest;
            self.pack()?;
        }
        self.frame.extend_from_slice(bytes);
        Ok(())
    }

    /// How far it is written; waits for the frames that are under way.
    ///
    /// # Errors
    /// As [`PackedWriter::write`].
    pub fn mark(&mut self) -> Result<Mark> {
        Ok(Mark { seal: self.seal()?, waiting: self.frame.clone() })
    }

    /// Writes what is held back, and gives the target back, with what was written. A stream of nothing is an empty frame.
    ///
    /// # Errors
    /// As [`PackedWriter::write`].
    pub fn finish(mut self) -> Result<(W, Seal)> {
        if !self.is_plain() && (!self.frame.is_empty() || !self.is_begun) {
            self.pack()?;
        }
        let seal = self.seal()?;
        Ok((self.target.into_inner(), seal))
    }

    fn seal(&mut self) -> Result<Seal> {
        while let Some(frame) = self.frames.take() {
            self.write_frame(frame?)?;
        }
        self.target.seal().map_err(|error| self.fault(error))
    }

    fn is_plain(&self) -> bool {
        self.codec.name() == codec::PLAIN.name()
    }

    fn pack(&mut self) -> Result<()> {
        let (codec, frame) = (self.codec, std::mem::take(&mut self.frame));
        self.frames.push(move || codec.pack(&frame));
        self.is_begun = true;
        while self.frames.is_full()
            && let Some(frame) = self.frames.take()
        {
            self.write_frame(frame?)?;
        }
        Ok(())
    }

    fn write_frame(&mut self, frame: std::io::Result<Vec<u8>>) -> Result<()> {
        let written = frame.and_then(|frame| self.target.write_all(&frame));
        written.map_err(|error| self.fault(error))
    }

    fn fault(&self, error: std::io::Error) -> Error {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            Error::ClosedPipe
        } else {
            Error::io("write to", &self.shown)(error)
        }
    }
}

impl<W: Write + From<BufWriter<File>>> PackedWriter<W> {
    /// Writes a file at `path`, from its beginning or from `mark` on.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn open(
        path: &Path,
        shown: &Path,
        codec: &'static dyn Codec,
        pool: Arc<ThreadPool>,
        mark: Option<Mark>,
    ) -> Result<Self> {
        let failed = || Error::io("write", shown);
        let Some(Mark { seal, waiting }) = mark else {
            let file = File::create(path).map_err(failed())?;
            return Ok(Self::new(buffered(file).into(), shown, codec, pool));
        };
        let (target, shown) = (Sealed::reopen(path, seal.length).map_err(failed())?, shown.to_path_buf());
        let (frames, is_begun) = (Queue::new(pool), seal.length > 0);
        Ok(Self { target, shown, codec, frame: waiting, frames, is_begun })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Read};

    fn packed(codec: &'static dyn Codec, pieces: &[&[u8]], threads: usize) -> Vec<u8> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut writer = PackedWriter::new(Vec::new(), Path::new("-"), codec, Arc::new(pool));
        for piece in pieces {
            writer.write(piece).unwrap();
        }
        writer.finish().unwrap().0
    }

    #[test]
    fn a_stream_goes_on_from_a_mark_to_the_same_bytes() {
        let pool = || Arc::new(rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap());
        let text: Vec<u8> = (0..(5_u64 << 20) / 8).flat_map(|at| (at * at % 10_007).to_le_bytes()).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for codec in codec::ALL {
            let whole = packed(*codec, &[&text], 2);
            for at in [0, 1, FRAME_BYTES - 1, FRAME_BYTES, 2 * FRAME_BYTES + 7, text.len()] {
                let open =
                    |mark| PackedWriter::<BufWriter<File>>::open(&path, &path, *codec, pool(), mark).unwrap();
                let mut first = open(None);
                first.write(&text[..at]).unwrap();
                let mark = first.mark().unwrap();
                first.write(&text[at..]).unwrap();
                drop(first);
                assert!(mark.seal.is_of(&path));
                let mut second = open(Some(mark));
                second.write(&text[at..]).unwrap();
                let (_, seal) = second.finish().unwrap();
                assert!(std::fs::read(&path).unwrap() == whole, "{} {at}", codec.name());
                assert_eq!(seal.length, whole.len() as u64);
            }
        }
    }

    #[test]
    fn neither_threads_nor_pieces_change_a_byte() {
        let text: Vec<u8> = (0..(5_u64 << 20) / 8).flat_map(|at| (at * at % 10_007).to_le_bytes()).collect();
        for codec in codec::ALL {
            let whole = packed(*codec, &[&text], 1);
            for threads in [1, 2, 16] {
                let pieces: Vec<&[u8]> = text.chunks(70_001 * threads).collect();
                assert!(packed(*codec, &pieces, threads) == whole, "{} {threads}", codec.name());
            }
            let mut unpacked = Vec::new();
            codec.decode(Box::new(Cursor::new(whole))).unwrap().read_to_end(&mut unpacked).unwrap();
            assert!(unpacked == text, "{}", codec.name());
        }
    }

    #[test]
    fn nothing_is_packed_as_an_empty_frame() {
        for codec in codec::ALL {
            let empty = packed(*codec, &[], 2);
            assert_eq!(empty, codec.pack(b"").unwrap());
            assert_eq!(
                packed(*codec, &[&vec![7; FRAME_BYTES]], 2),
                codec.pack(&vec![7; FRAME_BYTES]).unwrap()
            );
        }
    }
}
