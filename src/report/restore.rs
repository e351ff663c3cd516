//! Rebuilding the input from the output and the report, byte for byte, and proving that it is.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::job::Stop;
use crate::read::codec::Finish;
use crate::read::{hexadecimal, name};
use crate::write::staging::Staging;

use super::replay::{Replay, codec_of};
use super::summary::{InputRow, Summary};

/// What was rebuilt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Files, with whether each one has the digest that the input had.
    pub files: Vec<(String, bool)>,
    /// Bytes written, before packing.
    pub bytes: u64,
    /// Inputs that were not wholly read at the time: only what was read is rebuilt.
    pub incomplete: Vec<String>,
}

/// Rebuilds every input file below `folder`. Whoever raises `stop` ends it, and nothing stands there then.
///
/// # Errors
/// When the report or the output is missing, does not fit, the system refuses, or it is stopped.
pub fn restore(report: &Path, output: Option<&Path>, folder: &Path, stop: &Stop) -> Result<Restored> {
    let replay = Replay::open(report, output)?;
    let summary = replay.summary.clone();
    let staging = Staging::folder(folder)?;
    let mut restored = Restored::default();
    let mut files = Files { summary: &summary, staging: &staging, open: None, next: 0 };
    for record in replay {
        stop.check()?;
        let record = record?;
        files.open_up_to(record.place.file as usize, &mut restored)?;
        files.write(&record.original)?;
    }
    files.open_up_to(summary.inputs.len(), &mut restored)?;
    staging.publish()?;
    Ok(restored)
}

/// The files being rebuilt, one after the other.
struct Files<'a> {
    summary: &'a Summary,
    staging: &'a Staging,
    open: Option<Rebuilt<'a>>,
    next: usize,
}

struct Rebuilt<'a> {
    input: &'a InputRow,
    packed: Box<dyn Finish + Send>,
    digest: Sha256,
    bytes: u64,
    path: PathBuf,
}

impl Files<'_> {
    /// Closes what is open and opens every file up to this one; those between hold nothing.
    fn open_up_to(&mut self, number: usize, restored: &mut Restored) -> Result<()> {
        while self.next <= number {
            if let Some(done) = self.open.take() {
                done.close(restored)?;
            }
            let Some(input) = self.summary.inputs.get(self.next) else { break };
            self.open = Some(Rebuilt::create(input, self.staging)?);
            self.next += 1;
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        open.digest.update(bytes);
        open.bytes += bytes.len() as u64;
        open.packed.write_all(bytes).map_err(Error::io("write", &open.path))
    }
}

impl<'a> Rebuilt<'a> {
    fn create(input: &'a InputRow, staging: &Staging) -> Result<Self> {
        let path = staging.place(&below(&input.relative))?;
        let file = File::create(&path).map_err(Error::io("write", &path))?;
        let packed =
            codec_of(input).encode(Box::new(BufWriter::new(file))).map_err(Error::io("write", &path))?;
        Ok(Self { input, packed, digest: Sha256::new(), bytes: 0, path })
    }

    fn close(self, restored: &mut Restored) -> Result<()> {
        self.packed.finish().map_err(Error::io("write", &self.path))?;
        let is_same = hexadecimal(&self.digest.finalize()) == self.input.sha256;
        restored.files.push((self.input.name.clone(), is_same));
        restored.bytes += self.bytes;
        if !self.input.complete {
            restored.incomplete.push(self.input.name.clone());
        }
        Ok(())
    }
}

/// A name out of a report, kept from leading out of the folder.
fn below(relative: &str) -> PathBuf {
    name::to_path(relative).components().filter(|part| matches!(part, Component::Normal(_))).collect()
}
