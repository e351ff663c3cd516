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
use crate::read::name;

use super::disk::DiskQueue;
use super::packed::{Mark, PackedWriter};
use super::seal::{Seal, digest_again};
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

impl OutputFile {
    /// Which of the files, which come in the order of their inputs, holds the records of an input; `None` if it has none.
    pub fn holding(files: &[Self], input: u32) -> Option<usize> {
        if files.first()?.input.is_none() {
            return Some(0);
        }
        files.binary_search_by_key(&Some(input), |file| file.input).ok()
    }
}

/// How far the outputs are written: from there they can go on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SinkMark {
    /// Files that are whole.
    pub closed: Vec<Closed>,
    open: Option<(OutputFile, Mark)>,
}

/// A file that is whole, with what stands in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Closed {
    output: OutputFile,
    seal: Seal,
}

impl SinkMark {
    /// Whether all of it stands where it was written.
    pub fn stands(&self, staging: &Staging, inputs: &[InputFile]) -> bool {
        let place = |output: &OutputFile| place_of(output, staging, inputs);
        self.closed.iter().all(|closed| closed.seal.is_all_of(&place(&closed.output)))
            && self.open.iter().all(|(output, mark)| mark.seal.is_of(&place(output)))
    }
}

/// Where a file is written for now.
fn place_of(output: &OutputFile, staging: &Staging, inputs: &[InputFile]) -> PathBuf {
    match output.input {
        Some(number) => staging.folder_for_now().join(&inputs[number as usize].relative),
        None => staging.single(),
    }
}

/// Where clean records go.
pub struct Sink {
    target: Target,
    written: Vec<OutputFile>,
    /// Files that were closed since the last mark.
    closed: Vec<Closed>,
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
        let writer =
            Writer::new(output, choice.codec, Path::new("standard output"), stream, Arc::clone(pool));
        Ok(Self { open: Some(writer), ..Self::new(Target::Stream, pool)? })
    }

    /// One file, staged.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn file(staging: &Staging, target: &Path, choice: &Choice, pool: &Arc<ThreadPool>) -> Result<Self> {
        let output = OutputFile { name: name::to_text(target), ..described(choice, None) };
        let writer = Writer::create(output, choice.codec, &staging.single(), target, Arc::clone(pool))?;
        Ok(Self { open: Some(writer), ..Self::new(Target::Stream, pool)? })
    }

    /// The same file, from a mark on.
    ///
    /// # Errors
    /// When it cannot be read back, or written.
    pub fn file_from(
        staging: &Staging,
        target: &Path,
        mark: SinkMark,
        pool: &Arc<ThreadPool>,
    ) -> Result<Self> {
        let mut sink = Self::new(Target::Stream, pool)?;
        sink.open = mark.open.map(|open| sink.reopened(open, &staging.single(), target)).transpose()?;
        Ok(sink)
    }

    /// A folder of files that mirrors the inputs, staged.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn mirror(staging: Staging, pool: &Arc<ThreadPool>) -> Result<Self> {
        Self::new(Target::Mirror(staging), pool)
    }

    /// The same folder, from a mark on.
    ///
    /// # Errors
    /// When a file cannot be read back, or written.
    pub fn mirror_from(
        staging: Staging,
        inputs: &[InputFile],
        mark: SinkMark,
        pool: &Arc<ThreadPool>,
    ) -> Result<Self> {
        let open = mark.open.map(|(output, mark)| (place_of(&output, &staging, inputs), (output, mark)));
        let closed: Vec<_> = mark
            .closed
            .into_iter()
            .map(|closed| (place_of(&closed.output, &staging, inputs), closed))
            .collect();
        let mut sink = Self::new(Target::Mirror(staging), pool)?;
        for (place, Closed { output, seal }) in closed {
            let codec = codec::named(&output.codec).unwrap_or(codec::PLAIN);
            digest_again(&place, codec, seal.length, &mut sink.digests)?;
            sink.digests.end_file();
            let file = File::open(&place).map_err(Error::io("open", &place))?;
            sink.disk.push(file, &name::to_path(&output.name))?;
            sink.written.push(output);
        }
        if let Some((place, open)) = open {
            let shown = name::to_path(&open.0.name);
            sink.open = Some(sink.reopened(open, &place, &shown)?);
        }
        Ok(sink)
    }

    /// A file that was being written.
    fn reopened(&mut self, open: (OutputFile, Mark), place: &Path, shown: &Path) -> Result<Writer> {
        let (output, mark) = open;
        let codec = codec::named(&output.codec).unwrap_or(codec::PLAIN);
        digest_again(place, codec, mark.seal.length, &mut self.digests)?;
        self.digests.update(&Arc::new(mark.waiting.clone()));
        let packed = PackedWriter::open(place, shown, codec, Arc::clone(&self.pool), Some(mark))?;
        Ok(Writer { packed, output, shown: shown.to_path_buf() })
    }

    fn new(target: Target, pool: &Arc<ThreadPool>) -> Result<Self> {
        let disk = match &target {
            Target::Mirror(staging) => DiskQueue::of_folder(staging.folder_for_now()),
            Target::Stream | Target::Nowhere => DiskQueue::default(),
        };
        let (digests, pool) = (DigestThread::start()?, Arc::clone(pool));
        Ok(Self { target, written: Vec::new(), closed: Vec::new(), open: None, digests, disk, pool })
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
        let name = name::to_text(&input.relative);
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

    /// How far the outputs are written, with the files that were closed since the last time.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn mark(&mut self) -> Result<SinkMark> {
        let open = self.open.as_mut().map(|writer| Ok((writer.output.clone(), writer.packed.mark()?)));
        Ok(SinkMark { open: open.transpose()?, closed: std::mem::take(&mut self.closed) })
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
            let closed = writer.finish(&mut self.disk)?;
            self.written.push(closed.output.clone());
            self.closed.push(closed);
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

impl From<BufWriter<File>> for Stream {
    fn from(file: BufWriter<File>) -> Self {
        Self::File(file)
    }
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
        let packed = PackedWriter::open(place, shown, codec, pool, None)?;
        Ok(Self { packed, output, shown: shown.to_path_buf() })
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
    fn finish(self, disk: &mut DiskQueue) -> Result<Closed> {
        let (stream, seal) = self.packed.finish()?;
        if let Stream::File(file) = stream {
            let file =
                file.into_inner().map_err(|error| Error::io("write", &self.shown)(error.into_error()))?;
            disk.push(file, &self.shown)?;
        }
        Ok(Closed { output: self.output, seal })
    }
}
