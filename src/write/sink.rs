//! Where clean records go: one stream, or a folder of files that mirrors the input.

use std::fs::File;
use std::io::{self, BufWriter, Stdout, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::ThreadPool;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::read::codec::{self, Codec};
use crate::read::digest::DigestThread;
use crate::read::discover::{Choice, InputFile};
use crate::read::format::{self, Format};

use super::disk::DiskQueue;
use super::packed::PackedWriter;
use super::staging::Staging;

/// One file that was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputFile {
    /// Its name: below the output folder, or as the user gave it; `-` is standard output.
    pub name: String,
    /// The input it mirrors; `None` where one stream holds all.
    pub input: Option<u32>,
    /// How its records stand.
    pub format: String,
    /// How its bytes are packed.
    pub codec: String,
    /// How many records it holds.
    pub records: u64,
    /// Its size before packing, in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes before packing, in hexadecimal.
    pub sha256: String,
}

/// Where clean records go.
pub struct Sink {
    target: Target,
    written: Vec<OutputFile>,
    open: Option<Writer>,
    digests: DigestThread,
    disk: DiskQueue,
    pool: Arc<ThreadPool>,
}

enum Target {
    Stream,
    Mirror(Staging),
    /// Counted, not written.
    Nowhere,
}

impl Sink {
    /// Counts records and writes none.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn nowhere(pool: &Arc<ThreadPool>) -> Result<Self> {
        Self::new(Target::Nowhere, pool)
    }

    /// Standard output, packed on the threads of `pool`.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn stdout(choice: &Choice, pool: &Arc<ThreadPool>) -> Result<Self> {
        let output = OutputFile { name: "-".into(), ..described(choice, None) };
        let stream = Stream::Stdout(io::stdout());
        let writer = Writer::new(output, choice.codec, Path::new("-"), stream, Arc::clone(pool));
        Ok(Self { open: Some(writer), ..Self::new(Target::Stream, pool)? })
    }

    /// One file, staged.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn file(staging: &Staging, target: &Path, choice: &Choice, pool: &Arc<ThreadPool>) -> Result<Self> {
        let output = OutputFile { name: target.to_string_lossy().into_owned(), ..described(choice, None) };
        let writer = Writer::create(output, choice.codec, &staging.single(), target, Arc::clone(pool))?;
        Ok(Self { open: Some(writer), ..Self::new(Target::Stream, pool)? })
    }

    /// A folder of files that mirrors the inputs, staged.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn mirror(staging: Staging, pool: &Arc<ThreadPool>) -> Result<Self> {
        Self::new(Target::Mirror(staging), pool)
    }

    fn new(target: Target, pool: &Arc<ThreadPool>) -> Result<Self> {
        let disk = match &target {
            Target::Mirror(staging) => DiskQueue::of_folder(staging.folder_for_now()),
            Target::Stream | Target::Nowhere => DiskQueue::default(),
        };
        let (digests, pool) = (DigestThread::start()?, Arc::clone(pool));
        Ok(Self { target, written: Vec::new(), open: None, digests, disk, pool })
    }

    /// Whether all inputs go into one stream.
    pub fn is_stream(&self) -> bool {
        matches!(self.target, Target::Stream)
    }

    /// The hidden folder of the files that mirror the inputs, if they do.
    pub fn folder_for_now(&self) -> Option<&Path> {
        match &self.target {
            Target::Mirror(staging) => Some(staging.folder_for_now()),
            Target::Stream | Target::Nowhere => None,
        }
    }

    /// Opens the file that mirrors `input`, if files are mirrored, and closes the one before.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn begin(&mut self, number: u32, input: &InputFile) -> Result<()> {
        let Target::Mirror(staging) = &self.target else { return Ok(()) };
        let place = staging.place(&input.relative)?;
        let name = input.relative.to_string_lossy().into_owned();
        let choice = Choice { format: input.format, codec: input.codec };
        let output = OutputFile { name, ..described(&choice, Some(number)) };
        let writer = Writer::create(output, input.codec, &place, &input.relative, Arc::clone(&self.pool))?;
        self.close()?;
        self.open = Some(writer);
        Ok(())
    }

    /// Writes whole records.
    ///
    /// # Errors
    /// When the system refuses; [`Error::ClosedPipe`] when the reader of standard output went away.
    pub fn write(&mut self, bytes: Vec<u8>, records: u64) -> Result<()> {
        let Some(writer) = &mut self.open else { return Ok(()) };
        let bytes = Arc::new(bytes);
        self.digests.update(&bytes);
        writer.write(&bytes, records)
    }

    /// Ends what is open; gives back the folder to publish, if it is one, what was written, and the queue to wait for before
    /// anything is published.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn finish(mut self) -> Result<(Option<Staging>, Vec<OutputFile>, DiskQueue)> {
        self.close()?;
        for (output, digest) in self.written.iter_mut().zip(self.digests.finish()?) {
            output.sha256 = digest;
        }
        let staging = match self.target {
            Target::Mirror(staging) => Some(staging),
            Target::Stream | Target::Nowhere => None,
        };
        Ok((staging, self.written, self.disk))
    }

    fn close(&mut self) -> Result<()> {
        if let Some(writer) = self.open.take() {
            self.digests.end_file();
            self.written.push(writer.finish(&mut self.disk)?);
        }
        Ok(())
    }
}

/// The format and codec of an output, by its name or else by what the inputs have in common.
///
/// # Errors
/// When the name means no format, or the format cannot hold what comes.
pub fn choose(target: Option<&Path>, chosen: Option<&str>, inputs: &[InputFile]) -> Result<Choice> {
    let by_name = target.and_then(|path| Choice::of_name(&path.to_string_lossy()));
    let chosen = chosen.map(Choice::parse).transpose()?;
    let fallback = Choice { format: common_format(inputs), codec: codec::PLAIN };
    let choice = by_name.or(chosen).unwrap_or(fallback);
    if choice.format.is_one_record() && inputs.len() != 1 {
        return Err(Error::Usage(
            "a .txt file holds one document: write to a folder or to a .jsonl file".into(),
        ));
    }
    if choice.format.is_one_record() && !inputs[0].format.is_one_record() {
        return Err(Error::Usage(
            "records of a .jsonl file cannot become one .txt file: write to a .jsonl file or a folder".into(),
        ));
    }
    Ok(choice)
}

fn common_format(inputs: &[InputFile]) -> &'static dyn Format {
    match inputs {
        [one] => one.format,
        _ => format::JSONL,
    }
}

fn described(choice: &Choice, input: Option<u32>) -> OutputFile {
    OutputFile {
        input,
        format: choice.format.name().into(),
        codec: choice.codec.name().into(),
        ..OutputFile::default()
    }
}

/// One output file while it is written.
struct Writer {
    packed: PackedWriter<Stream>,
    output: OutputFile,
    shown: PathBuf,
}

enum Stream {
    File(BufWriter<File>),
    Stdout(Stdout),
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.write(bytes),
            Self::Stdout(stdout) => stdout.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.flush(),
            Self::Stdout(stdout) => stdout.flush(),
        }
    }
}

impl Writer {
    fn create(
        output: OutputFile,
        codec: &'static dyn Codec,
        place: &Path,
        shown: &Path,
        pool: Arc<ThreadPool>,
    ) -> Result<Self> {
        let file = File::create(place).map_err(Error::io("write", shown))?;
        let stream = Stream::File(BufWriter::with_capacity(1 << 16, file));
        Ok(Self::new(output, codec, shown, stream, pool))
    }

    fn new(
        output: OutputFile,
        codec: &'static dyn Codec,
        shown: &Path,
        stream: Stream,
        pool: Arc<ThreadPool>,
    ) -> Self {
        let packed = PackedWriter::new(stream, shown, codec, pool);
        Self { packed, output, shown: shown.to_path_buf() }
    }

    fn write(&mut self, bytes: &[u8], records: u64) -> Result<()> {
        self.output.records += records;
        self.output.bytes += bytes.len() as u64;
        self.packed.write(bytes)
    }

    /// Ends the file; it is still to be put to disk.
    fn finish(self, disk: &mut DiskQueue) -> Result<OutputFile> {
        if let Stream::File(file) = self.packed.finish()? {
            let file =
                file.into_inner().map_err(|error| Error::io("write", &self.shown)(error.into_error()))?;
            disk.push(file, &self.shown)?;
        }
        Ok(self.output)
    }
}
