//! Where clean records go: one stream, or a folder of files that mirrors the input.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::read::codec::{Codec, Finish};
use crate::read::discover::{Choice, InputFile};
use crate::read::format::{self, Format};
use crate::read::{codec, hexadecimal};

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
}

enum Target {
    Stream,
    Mirror(Staging),
    /// Counted, not written.
    Nowhere,
}

impl Sink {
    /// Counts records and writes none.
    pub fn nowhere() -> Self {
        Self { target: Target::Nowhere, written: Vec::new(), open: None }
    }

    /// Standard output.
    ///
    /// # Errors
    /// When the codec cannot start.
    pub fn stdout(choice: &Choice) -> Result<Self> {
        let output = OutputFile { name: "-".into(), ..described(choice, None) };
        let writer = Writer::new(output, choice.codec, Path::new("-"), Box::new(io::stdout()))?;
        Ok(Self { target: Target::Stream, written: Vec::new(), open: Some(writer) })
    }

    /// One file, staged.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn file(staging: &Staging, target: &Path, choice: &Choice) -> Result<Self> {
        let output = OutputFile { name: target.to_string_lossy().into_owned(), ..described(choice, None) };
        let writer = Writer::create(output, choice.codec, &staging.single(), target)?;
        Ok(Self { target: Target::Stream, written: Vec::new(), open: Some(writer) })
    }

    /// A folder of files that mirrors the inputs, staged.
    pub fn mirror(staging: Staging) -> Self {
        Self { target: Target::Mirror(staging), written: Vec::new(), open: None }
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
        let writer = Writer::create(output, input.codec, &place, &input.relative)?;
        self.close()?;
        self.open = Some(writer);
        Ok(())
    }

    /// Writes whole records.
    ///
    /// # Errors
    /// When the system refuses; [`Error::ClosedPipe`] when the reader of standard output went away.
    pub fn write(&mut self, bytes: &[u8], records: u64) -> Result<()> {
        self.open.as_mut().map_or(Ok(()), |writer| writer.write(bytes, records))
    }

    /// Puts everything to disk; gives back the folder to publish, if it is one, and what was written.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn finish(mut self) -> Result<(Option<Staging>, Vec<OutputFile>)> {
        self.close()?;
        let staging = match self.target {
            Target::Mirror(staging) => Some(staging),
            Target::Stream | Target::Nowhere => None,
        };
        Ok((staging, self.written))
    }

    fn close(&mut self) -> Result<()> {
        if let Some(writer) = self.open.take() {
            self.written.push(writer.finish()?);
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
    packed: Box<dyn Finish + Send>,
    output: OutputFile,
    digest: Sha256,
    shown: PathBuf,
    /// To be put to disk at the end; `None` for standard output.
    file: Option<File>,
}

impl Writer {
    fn create(output: OutputFile, codec: &dyn Codec, place: &Path, shown: &Path) -> Result<Self> {
        let failed = || Error::io("write", shown);
        let file = File::create(place).map_err(failed())?;
        let again = file.try_clone().map_err(failed())?;
        let mut writer = Self::new(output, codec, shown, Box::new(BufWriter::with_capacity(1 << 16, file)))?;
        writer.file = Some(again);
        Ok(writer)
    }

    fn new(
        output: OutputFile,
        codec: &dyn Codec,
        shown: &Path,
        stream: Box<dyn Write + Send>,
    ) -> Result<Self> {
        let packed = codec.encode(stream).map_err(Error::io("write", shown))?;
        Ok(Self { packed, output, digest: Sha256::new(), shown: shown.to_path_buf(), file: None })
    }

    fn write(&mut self, bytes: &[u8], records: u64) -> Result<()> {
        self.output.records += records;
        self.output.bytes += bytes.len() as u64;
        self.digest.update(bytes);
        self.packed.write_all(bytes).map_err(|error| self.fault(error))
    }

    fn finish(mut self) -> Result<OutputFile> {
        let shown = self.shown.clone();
        let fault = |error: io::Error| closed_or(error, &shown);
        self.packed.flush().map_err(fault)?;
        self.packed.finish().map_err(fault)?;
        if let Some(file) = self.file {
            file.sync_all().map_err(fault)?;
        }
        self.output.sha256 = hexadecimal(&self.digest.finalize());
        Ok(self.output)
    }

    fn fault(&self, error: io::Error) -> Error {
        closed_or(error, &self.shown)
    }
}

fn closed_or(error: io::Error, shown: &Path) -> Error {
    if error.kind() == io::ErrorKind::BrokenPipe {
        Error::ClosedPipe
    } else {
        Error::io("write", shown)(error)
    }
}
