//! What an unfinished run leaves beside its output, so that `--resume` goes on with it: a folder `OUT.unfinished` with a journal.
//!
//! The journal's first block says what the run is: version, configuration, inputs with size and time of change. Then, as each
//! batch of shards is done, what the pass found of it; what grouping came to; and, while outputs are written, how far they are. These are in
//! the folder too until they are moved into place. A process that dies leaves at most its last block cut short; that block's
//! checksum tells, and the file goes on before it. A run that goes on reads its inputs anew, compares every shard with what the
//! journal has of it, and skips the work on those that stand there. As each pass is a pure function of its shards, the outcome
//! is the same.

mod grouped;
mod written;

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

use crate::config::Config;
use crate::error::{Error, Result, escape};
use crate::job::{Job, Output};
use crate::read::discover::InputFile;
use crate::read::{identity, name};
use crate::request::Request;
use crate::store::BlockFile;
use crate::store::frame::{HEAD, Head, Kind};
use crate::write::staging::parent_of;

pub use grouped::{GroupNotes, Grouped};
pub use written::{Counted, Standing};

const JOURNAL: &str = "journal";
/// Name of what tells people what the folder is.
const README_NAME: &str = "README.txt";
/// The output and the report, while they are written.
const OUTPUT: &str = "output";
const REPORT: &str = "report";
/// Says that outputs are being moved into place.
const PUBLISHING: &str = "publishing";
/// What a person finds who looks into the folder.
const README: &str = "What an interrupted run of tamis left, with the outputs as far as they are written. Start the same command with --resume to go on with it,\n\
or with --overwrite to begin anew. It may be deleted.\n";

/// What the name of a report has in it that is written elsewhere for now.
const STAGED: &str = ".partial-";

/// Version of the journal's layout.
const LAYOUT: u32 = 4;

/// A journal that is written, and what it held when it was opened.
#[derive(Debug)]
pub struct Unfinished {
    folder: PathBuf,
    /// Where blocks are added, and read.
    pub file: Arc<BlockFile>,
    /// Where the content of each block stands, and its length.
    blocks: FxHashMap<(Kind, u32), (u64, u64)>,
    /// Where the report is written for now, if not in the folder.
    elsewhere: OnceLock<PathBuf>,
    /// Kept open for its lock.
    _lock: File,
}

/// What a run is: a state goes on only with the same.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Identity {
    layout: u32,
    version: String,
    config: Value,
    /// Everything else that is named: outputs, formats.
    request: BTreeMap<String, String>,
    /// Inputs and references by name.
    files: Vec<FileIdentity>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct FileIdentity {
    name: String,
    /// How it is read: as a reference or an input, its format and codec.
    read: String,
    size: u64,
    /// Nanoseconds since 1970, where the system tells.
    modified: Option<u128>,
}

/// The folder that an unfinished run of this job leaves; `None` where a run cannot go on: its input or output is a stream.
pub fn folder_of(job: &Job) -> Option<PathBuf> {
    let path = match job.output.as_ref()? {
        Output::Stdout => return None,
        Output::File(path) | Output::Folder(path) => path,
    };
    let is_stream = job.inputs.iter().chain(&job.references).any(|input| input == "-");
    let mut name = path.components().collect::<PathBuf>().into_os_string();
    name.push(".unfinished");
    (!is_stream).then(|| PathBuf::from(name))
}

/// Whether a run of this job was interrupted, and can go on.
pub fn can_go_on(job: &Job) -> bool {
    folder_of(job).is_some_and(|folder| folder.join(JOURNAL).is_file())
}

/// Whether the job goes on with a run that was moving its outputs into place: what stands there is its own.
pub fn was_publishing(job: &Job) -> bool {
    job.resume && folder_of(job).is_some_and(|folder| folder.join(PUBLISHING).exists())
}

impl Unfinished {
    /// Begins a journal for a run, or goes on with the one that is there if the job asks for it; `None` where a run cannot go on.
    ///
    /// # Errors
    /// [`Error::Unsafe`] if a state is there and the job does not say what to do with it, if it is of another run, or
    /// if a run is still writing it; [`Error::Usage`] if this job cannot go on; else when the system refuses.
    pub fn open(job: &Job, config: &Config, request: &Request) -> Result<Option<Self>> {
        let Some(folder) = folder_of(job) else {
            return if job.resume { Err(unresumable()) } else { Ok(None) };
        };
        let identity = Identity::of(job, config, request);
        let journal = folder.join(JOURNAL);
        if !journal.exists() {
            refuse_stranger(&folder)?;
            return Self::begin(folder, &identity).map(Some);
        }
        let file = opened(&journal, false)?;
        if job.resume {
            return Self::go_on(folder, file, &identity).map(Some);
        }
        if !job.overwrite {
            return Err(left_behind(&folder));
        }
        let blocks = scan(&journal, &file)?.0;
        if let Some(report) = elsewhere(&blocks, &BlockFile::journal(&journal, file, 0)) {
            remove_if_there(&report)?;
        }
        fs::remove_dir_all(&folder).map_err(Error::io("remove", &folder))?;
        Self::begin(folder, &identity).map(Some)
    }

    /// Refuses what [`Unfinished::open`] would refuse, and changes nothing.
    ///
    /// # Errors
    /// As [`Unfinished::open`].
    pub fn refuse(job: &Job, config: &Config, request: &Request) -> Result<()> {
        let Some(folder) = folder_of(job) else {
            return if job.resume { Err(unresumable()) } else { Ok(()) };
        };
        let journal = folder.join(JOURNAL);
        if !journal.exists() {
            return refuse_stranger(&folder);
        }
        let lock = opened(&journal, false)?;
        if !job.resume {
            return if job.overwrite { Ok(()) } else { Err(left_behind(&folder)) };
        }
        let (blocks, end) = scan(&journal, &lock)?;
        let Some(&(start, length)) = blocks.get(&(Kind::Identity, 0)) else { return Ok(()) };
        let found = BlockFile::journal(&journal, lock, end).read(start, length as usize)?;
        Identity::of(job, config, request).refuse_other(serde_json::from_slice(&found).ok().as_ref(), &folder)
    }

    fn begin(folder: PathBuf, identity: &Identity) -> Result<Self> {
        fs::create_dir_all(&folder).map_err(Error::io("create folder", &folder))?;
        let readme = folder.join(README_NAME);
        File::create(&readme)
            .and_then(|mut file| file.write_all(README.as_bytes()))
            .map_err(Error::io("write", &readme))?;
        let journal = folder.join(JOURNAL);
        let lock = opened(&journal, true)?;
        let file = lock.try_clone().map_err(Error::io("open", &journal))?;
        let file = Arc::new(BlockFile::journal(&journal, file, 0));
        let content = serde_json::to_vec(identity).map_err(|error| Error::Internal(error.to_string()))?;
        file.append(Kind::Identity, 0, &content)?;
        Ok(Self { folder, file, blocks: FxHashMap::default(), elsewhere: OnceLock::new(), _lock: lock })
    }

    fn go_on(folder: PathBuf, lock: File, identity: &Identity) -> Result<Self> {
        let journal = folder.join(JOURNAL);
        let (blocks, end) = scan(&journal, &lock)?;
        let file = lock.try_clone().map_err(Error::io("open", &journal))?;
        let file = Arc::new(BlockFile::journal(&journal, file, end));
        let Some(&(start, length)) = blocks.get(&(Kind::Identity, 0)) else {
            // It died before it had said what it is.
            drop((lock, file));
            return Self::begin(folder, identity);
        };
        let found = file.read(start, length as usize)?;
        identity.refuse_other(serde_json::from_slice(&found).ok().as_ref(), &folder)?;
        lock.set_len(end).map_err(Error::io("write", &journal))?;
        let elsewhere = elsewhere(&blocks, &file).map(OnceLock::from).unwrap_or_default();
        Ok(Self { folder, file, blocks, elsewhere, _lock: lock })
    }

    /// The content of a block, and where it begins, if the journal has it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn block(&self, kind: Kind, number: u32) -> Result<Option<(u64, Vec<u8>)>> {
        let Some(&(start, length)) = self.blocks.get(&(kind, number)) else { return Ok(None) };
        self.file.read(start, length as usize).map(|content| Some((start, content)))
    }

    /// Whether the journal has a block.
    fn has(&self, kind: Kind, number: u32) -> bool {
        self.blocks.contains_key(&(kind, number))
    }

    /// The folder in which the output is written for now.
    pub fn folder_of_output(&self) -> PathBuf {
        self.folder.join(OUTPUT)
    }

    /// The folder in which the report is written for now: this one's own, or a hidden one beside a report that will stand elsewhere,
    /// perhaps on another device. That is noted before it is made, so that no folder is left that nobody knows of.
    ///
    /// # Errors
    /// When it cannot be noted.
    pub fn folder_of_report(&self, report: &Path) -> Result<PathBuf> {
        let absolute = std::path::absolute(report).map_err(Error::io("find", report))?;
        let state = std::path::absolute(&self.folder).map_err(Error::io("find", &self.folder))?;
        if parent_of(&absolute) == parent_of(&state) {
            return Ok(self.folder.join(REPORT));
        }
        let name = name::to_text(Path::new(absolute.file_name().unwrap_or_default()));
        let owner = xxh3_64(state.as_os_str().as_encoded_bytes());
        let hidden = parent_of(&absolute).join(name::to_path(&format!(".{name}{STAGED}{owner:016x}")));
        self.file.append(Kind::Staging, 0, name::to_text(&hidden).as_bytes())?;
        Ok(self.elsewhere.get_or_init(|| hidden).clone())
    }

    /// Removes what is written so far of the outputs: they begin anew.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn clear_staged(&self) -> Result<()> {
        self.elsewhere.get().map_or(Ok(()), |folder| remove_if_there(folder))?;
        for folder in [OUTPUT, REPORT].map(|name| self.folder.join(name)) {
            remove_if_there(&folder)?;
        }
        Ok(())
    }

    /// Notes that the outputs are about to be moved into place, one after the other: what stands there from now on is of this run.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note_publishing(&self) -> Result<()> {
        let marker = self.folder.join(PUBLISHING);
        File::create(&marker).map(|_| ()).map_err(Error::io("write", &marker))
    }

    /// Whether an earlier run was moving its outputs into place.
    pub fn was_publishing(&self) -> bool {
        self.folder.join(PUBLISHING).exists()
    }

    /// Removes the state: the run is finished, or can never be.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn remove(self) -> Result<()> {
        self.clear_staged()?;
        // With it the rest means nothing any more.
        let journal = self.folder.join(JOURNAL);
        fs::remove_file(&journal).map_err(Error::io("remove", &journal))?;
        fs::remove_dir_all(&self.folder).map_err(Error::io("remove", &self.folder))
    }
}

/// Opens a journal for this process alone.
fn opened(journal: &Path, is_new: bool) -> Result<File> {
    let file = File::options()
        .read(true)
        .write(true)
        .create(is_new)
        .truncate(is_new)
        .open(journal)
        .map_err(Error::io("open", journal))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Error::Unsafe(format!("another run is at work in {}", shown(journal))))
        }
        Err(TryLockError::Error(error)) => Err(Error::io("lock", journal)(error)),
    }
}

type Blocks = FxHashMap<(Kind, u32), (u64, u64)>;

/// Every whole block of a journal, and where the last of them ends.
fn scan(path: &Path, file: &File) -> Result<(Blocks, u64)> {
    let failed = || Error::io("read", path);
    let length = file.metadata().map_err(failed())?.len();
    let mut reader = BufReader::with_capacity(1 << 18, File::open(path).map_err(failed())?);
    let (mut blocks, mut end) = (Blocks::default(), 0);
    let mut head = [0; HEAD];
    let mut content = Vec::new();
    while end + HEAD as u64 <= length {
        reader.read_exact(&mut head).map_err(failed())?;
        let Some(head) = Head::of_bytes(&head) else { break };
        if head.length > length - end - HEAD as u64 {
            break;
        }
        content.resize(head.length as usize, 0);
        reader.read_exact(&mut content).map_err(failed())?;
        if !head.is_of(&content) {
            break;
        }
        blocks.insert((head.kind, head.number), (end + HEAD as u64, head.length));
        end += HEAD as u64 + head.length;
    }
    Ok((blocks, end))
}

/// Where the report is written for now, if it is beside its place and not in the journal's folder.
fn elsewhere(blocks: &Blocks, file: &BlockFile) -> Option<PathBuf> {
    let &(start, length) = blocks.get(&(Kind::Staging, 0))?;
    let path = name::to_path(&String::from_utf8(file.read(start, length as usize).ok()?).ok()?);
    path.file_name().is_some_and(|name| name.to_string_lossy().contains(STAGED)).then_some(path)
}

/// A folder of that name that no run left is not written into, nor taken away at the end.
fn refuse_stranger(folder: &Path) -> Result<()> {
    let is_own = |name: &std::ffi::OsStr| [README_NAME, OUTPUT, REPORT].iter().any(|own| name == *own);
    let Ok(mut entries) = fs::read_dir(folder) else { return Ok(()) };
    match entries.find_map(|entry| entry.ok().filter(|entry| !is_own(&entry.file_name()))) {
        Some(entry) => Err(Error::Unsafe(format!(
            "{} is where an unfinished run would be kept, and it holds {}, which tamis did not write; name another output",
            shown(folder),
            shown(Path::new(&entry.file_name()))
        ))),
        None => Ok(()),
    }
}

fn remove_if_there(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", folder)(error)),
        _ => Ok(()),
    }
}

impl Identity {
    fn of(job: &Job, config: &Config, request: &Request) -> Self {
        let shown = |path: &Path| name::to_text(&std::path::absolute(path).unwrap_or_default());
        let output = job.output.as_ref().and_then(Output::path).map(|path| shown(path));
        let request_of = [
            ("-o", output),
            ("--report", job.report.as_deref().map(shown)),
            ("--format", job.format.clone()),
            ("--strict", job.strict.then(|| "on".to_owned())),
        ];
        let inputs = request.files.iter().map(|file| FileIdentity::of(file, "input"));
        let references = request.references.iter().map(|file| FileIdentity::of(file, "reference"));
        Self {
            layout: LAYOUT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            config: serde_json::to_value(config).unwrap_or_default(),
            request: request_of
                .into_iter()
                .map(|(name, value)| (name.into(), value.unwrap_or_default()))
                .collect(),
            files: inputs.chain(references).collect(),
        }
    }

    /// Refuses a state that is not of this run.
    fn refuse_other(&self, found: Option<&Self>, folder: &Path) -> Result<()> {
        let difference = match found {
            Some(found) => self.difference_from(found),
            None => Some("it is of another version of tamis".to_owned()),
        };
        match difference {
            None => Ok(()),
            Some(difference) => Err(Error::Unsafe(format!(
                "{} is not of this run: {difference}; begin anew by --overwrite",
                shown(folder)
            ))),
        }
    }

    /// The first thing that differs.
    fn difference_from(&self, found: &Self) -> Option<String> {
        if (self.layout, &self.version) != (found.layout, &found.version) {
            return Some(format!("it is of tamis {}, this is {}", escape(&found.version), self.version));
        }
        if let Some((setting, was, is)) = first_difference("", &found.config, &self.config) {
            return Some(format!("{setting} was {was}, and is {is}"));
        }
        for (name, is) in &self.request {
            let was = found.request.get(name).map_or("", String::as_str);
            if was != is {
                return Some(format!("{name} was \"{}\", and is \"{}\"", escape(was), escape(is)));
            }
        }
        self.file_difference_from(found)
    }

    fn file_difference_from(&self, found: &Self) -> Option<String> {
        let is_named = |files: &[FileIdentity], name: &str| files.iter().any(|file| file.name == name);
        if let Some(gone) = found.files.iter().find(|file| !is_named(&self.files, &file.name)) {
            return Some(format!("{} is no input any more", escape(&gone.name)));
        }
        if let Some(new) = self.files.iter().find(|file| !is_named(&found.files, &file.name)) {
            return Some(format!("{} is a new input", escape(&new.name)));
        }
        let changed = self.files.iter().zip(&found.files).find(|(is, was)| is != was);
        changed.map(|(is, was)| {
            let what = if is.name != was.name || is.read != was.read {
                format!("comes in the place of {}", escape(&was.name))
            } else if is.size != was.size {
                format!("has {} bytes, and had {}", is.size, was.size)
            } else {
                "was changed since".to_owned()
            };
            format!("{} {what}", escape(&is.name))
        })
    }
}

impl FileIdentity {
    fn of(file: &InputFile, role: &str) -> Self {
        let (size, modified) = file.path.as_deref().map_or((0, None), identity);
        let since = modified.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        Self {
            name: file.name.clone(),
            read: format!("{role} {} {}", file.format.name(), file.codec.name()),
            size,
            modified: since.map(|since| since.as_nanos()),
        }
    }
}

/// The first setting in which two configurations differ, with both values.
fn first_difference(name: &str, was: &Value, is: &Value) -> Option<(String, String, String)> {
    if let (Value::Object(was), Value::Object(is)) = (was, is) {
        let keys: std::collections::BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        let below = |key: &String| if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
        let of = |values: &serde_json::Map<String, Value>, key: &String| {
            values.get(key).cloned().unwrap_or_default()
        };
        return keys.into_iter().find_map(|key| first_difference(&below(key), &of(was, key), &of(is, key)));
    }
    let shown = |value: &Value| escape(&value.to_string().chars().take(60).collect::<String>());
    (was != is).then(|| (name.to_owned(), shown(was), shown(is)))
}

/// An input that is not what it was when the journal's blocks were made of it.
pub fn changed(name: &str) -> Error {
    let name = escape(name);
    Error::Unsafe(format!(
        "{name} is not what it was when the run was interrupted; begin anew by --overwrite"
    ))
}

fn left_behind(folder: &Path) -> Error {
    Error::Unsafe(format!(
        "an interrupted run left {}; go on with it by --resume, or begin anew by --overwrite",
        shown(folder)
    ))
}

fn unresumable() -> Error {
    Error::Usage(
        "--resume needs an output file or folder, and inputs that can be read again: standard input and standard output \
         cannot go on"
            .into(),
    )
}

fn shown(path: &Path) -> String {
    escape(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_difference_is_named_with_its_path() {
        let was = json!({ "strip": { "profile": "safe", "learn": true }, "write": {} });
        let is = json!({ "strip": { "profile": "strict", "learn": true }, "write": {} });
        let found = first_difference("", &was, &is);
        assert_eq!(found, Some(("strip.profile".into(), "\"safe\"".into(), "\"strict\"".into())));
        assert_eq!(first_difference("", &is, &is), None);
    }

    #[test]
    fn a_torn_journal_is_read_up_to_its_last_whole_block() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(JOURNAL);
        let file = BlockFile::journal(&path, opened(&path, true).unwrap(), 0);
        let starts = [b"one".as_slice(), b"second", b"third"]
            .map(|content| file.append(Kind::Survey, content.len() as u32, content).unwrap());
        let whole = fs::read(&path).unwrap();
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            let (blocks, end) = scan(&path, &File::open(&path).unwrap()).unwrap();
            let expected = [(3, 3), (6, 6), (5, 5)]
                .iter()
                .zip(starts)
                .take_while(|((size, _), start)| start + size <= length as u64);
            let count = expected.count();
            assert_eq!(blocks.len(), count, "cut at {length}");
            assert_eq!(end, [0, 35, 73][count], "cut at {length}");
        }
    }
}
