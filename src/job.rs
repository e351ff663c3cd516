//! How a run is carried out: where from, where to, with how much of the machine. Nothing here changes an output byte.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use crate::error::{Error, Result};

/// One run of the main job.
#[derive(Clone, Debug)]
pub struct Job {
    /// Files, folders, globs; `-` is standard input.
    pub inputs: Vec<String>,
    /// The same for the reference set that the input is compared with; none: no reference set.
    pub references: Vec<String>,
    /// Where the clean corpus goes; `None` for a run that writes none.
    pub output: Option<Output>,
    /// The report's folder; `None`: no report.
    pub report: Option<PathBuf>,
    /// Files that the run rests on beside its inputs, rule files and the like: nothing is written over them.
    pub protected: Vec<PathBuf>,
    /// Format and codec where a name does not tell them, or in its stead: `jsonl`, `txt.gz`.
    pub format: Option<String>,
    /// Threads that work on records.
    pub threads: NonZeroUsize,
    /// Memory the run may use, in bytes; 0: as little as it can.
    pub memory: u64,
    /// Where what does not fit into memory goes.
    pub temp_dir: PathBuf,
    /// Whether the first bad record or file ends the run.
    pub strict: bool,
    /// Whether an existing output that tamis did not write may be replaced.
    pub overwrite: bool,
    /// Whether to go on with what an interrupted run left.
    pub resume: bool,
    /// Bytes of input that are written between two notes of how far the outputs are: what a run that dies loses of its writing.
    pub noted_bytes: u64,
    /// Raised from outside to end the run.
    pub stop: Stop,
}

/// Where a clean corpus goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Standard output.
    Stdout,
    /// One file.
    File(PathBuf),
    /// A folder that mirrors the inputs.
    Folder(PathBuf),
}

impl Output {
    /// The file or folder; `None` for standard output.
    pub fn path(&self) -> Option<&PathBuf> {
        match self {
            Self::Stdout => None,
            Self::File(path) | Self::Folder(path) => Some(path),
        }
    }
}

/// For two threads each, which have eight shards of a mebibyte under way, so that most of what a kill loses was under way. A note waits for the threads
/// that pack, and takes what is not packed yet with it: one for each shard has the journal twice as long, and writing take half as long again
/// (`benches/README.md`).
const NOTED_BYTES: u64 = 4 << 20;

impl Default for Job {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self {
            inputs: Vec::new(),
            references: Vec::new(),
            output: None,
            report: None,
            protected: Vec::new(),
            format: None,
            threads,
            memory: share_of_machine(),
            temp_dir: std::env::temp_dir(),
            strict: false,
            overwrite: false,
            resume: false,
            noted_bytes: NOTED_BYTES * (threads.get() as u64).div_ceil(2),
            stop: Stop::default(),
        }
    }
}

/// Half of the memory that the machine has, or that the process's group may use.
fn share_of_machine() -> u64 {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let limit = system.cgroup_limits().map_or(u64::MAX, |limits| limits.total_memory);
    let total = system.total_memory().min(limit);
    // Where the system does not tell, what any machine has.
    if total == 0 { 1 << 30 } else { total / 2 }
}

/// A flag that ends a run from outside: a signal handler sets it, every stage looks at it between shards.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicI32>);

impl Stop {
    /// Asks the run to end; `signal` is the number of the signal that asked.
    pub fn raise(&self, signal: i32) {
        self.0.store(signal, Ordering::Relaxed);
    }

    /// Whether the run may go on.
    ///
    /// # Errors
    /// [`Error::Interrupted`] once the flag was raised.
    pub fn check(&self) -> Result<()> {
        match self.0.load(Ordering::Relaxed) {
            0 => Ok(()),
            signal => Err(Error::Interrupted { signal }),
        }
    }
}
