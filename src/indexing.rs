//! From documents to an index that stands: the output of `tamis index build` and `add`.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result, escape};
use crate::index::{Entry, IndexReader, IndexWriter, Settings};
use crate::job::{Job, Output};
use crate::outcome::Problems;
use crate::report::summary::Timings;
use crate::write::staging::Staging;

/// What a finished run tells.
#[derive(Clone, Debug, Default)]
pub struct Indexed {
    /// Input files that were read.
    pub files: u64,
    /// Records read: documents, and those set aside.
    pub read: u64,
    /// Records set aside as problems.
    pub set_aside: u64,
    /// Documents of the index.
    pub documents: u64,
    /// Of these: documents that this run took in.
    pub added: u64,
    /// Size of the index, in bytes.
    pub bytes: u64,
    /// What was set aside, or could not be read.
    pub problems: Problems,
    /// Where the time went.
    pub timings: Timings,
}

/// An index under way.
pub struct Indexing {
    writer: IndexWriter,
    before: u64,
}

/// An index that is written and not published.
pub struct WrittenIndex {
    indexed: Indexed,
    file: Staging,
}

impl Indexing {
    /// Begins the index that `job` has as its output, with what an earlier one holds.
    ///
    /// # Errors
    /// [`Error::Usage`] when the earlier one was made with other settings; when it cannot be read, or the system refuses.
    pub fn begin(job: &Job, settings: &Settings, earlier: Option<&Path>) -> Result<Self> {
        let mut writer = IndexWriter::begin(&target(job)?, settings)?;
        if let Some(earlier) = earlier {
            let mut reader = IndexReader::open(earlier)?;
            reader.check_settings(settings)?;
            while let Some(block) = reader.next_block()? {
                job.stop.check()?;
                block.into_iter().try_for_each(|entry| writer.push(entry).map(|_| ()))?;
            }
        }
        let before = writer.documents();
        Ok(Self { writer, before })
    }

    /// Takes documents in, in order; one that equals another that is in is passed by.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn take(&mut self, entries: Vec<Entry>) -> Result<()> {
        entries.into_iter().try_for_each(|entry| self.writer.push(entry).map(|_| ()))
    }

    /// Ends the index and puts it to disk. `indexed` has what was read.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn finish(self, indexed: Indexed) -> Result<WrittenIndex> {
        let documents = self.writer.documents();
        let added = documents - self.before;
        let (file, bytes) = self.writer.finish()?;
        Ok(WrittenIndex { indexed: Indexed { documents, added, bytes, ..indexed }, file })
    }
}

impl WrittenIndex {
    /// Moves the index into place.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn publish(self, timings: Timings) -> Result<Indexed> {
        self.file.publish()?;
        Ok(Indexed { timings, ..self.indexed })
    }
}

/// Refuses to put a new index in the place of anything, unless that was asked for.
///
/// # Errors
/// [`Error::Unsafe`] when something stands there.
pub fn refuse_standing(job: &Job) -> Result<()> {
    let path = target(job)?;
    if path.is_dir() || (path.exists() && !job.overwrite) {
        return Err(Error::Unsafe(format!(
            "{} is there already; `tamis index add` adds to an index, --overwrite replaces a file",
            escape(&path.to_string_lossy())
        )));
    }
    Ok(())
}

fn target(job: &Job) -> Result<PathBuf> {
    match &job.output {
        Some(Output::File(path)) => Ok(path.clone()),
        _ => Err(Error::Usage("an index is a file: name it with -o".into())),
    }
}
