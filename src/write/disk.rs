//! Files put to disk, many at a time: each wait for the device is long, and it can serve many.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use crate::error::{Error, Result};

/// Files that are put to disk at the same time.
const THREADS: usize = 16;

/// Files that are put to disk one by one. From so many on it is cheaper to put all of their file system to disk once, at the end.
const SINGLE_FILES: usize = 256;

/// Puts files to disk, on threads that start as files come.
pub struct DiskQueue {
    files: SyncSender<(File, PathBuf)>,
    received: Arc<Mutex<Receiver<(File, PathBuf)>>>,
    threads: Vec<JoinHandle<Result<()>>>,
    /// The folder that all files are in, if their file system can be put to disk whole.
    folder: Option<(File, PathBuf)>,
    taken: usize,
}

impl Default for DiskQueue {
    fn default() -> Self {
        let (files, received) = sync_channel(THREADS);
        let received = Arc::new(Mutex::new(received));
        Self { files, received, threads: Vec::new(), folder: None, taken: 0 }
    }
}

impl DiskQueue {
    /// For files in `folder`, or below it, which may be very many.
    pub fn of_folder(folder: &Path) -> Self {
        // Opened before the first file is written: the system tells the faults of all files that were written since.
        let opened = if cfg!(target_os = "linux") { File::open(folder).ok() } else { None };
        Self { folder: opened.map(|file| (file, folder.to_path_buf())), ..Self::default() }
    }

    /// Puts a file to disk before [`DiskQueue::finish`] returns; errors call it `shown`.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn push(&mut self, file: File, shown: &Path) -> Result<()> {
        self.taken += 1;
        if self.folder.is_some() && self.taken > SINGLE_FILES {
            return Ok(());
        }
        if self.threads.len() < THREADS {
            let received = Arc::clone(&self.received);
            let thread = Builder::new().name("disk".into()).spawn(move || sync_all(&received));
            self.threads
                .push(thread.map_err(|error| Error::Internal(format!("failed to start threads: {error}")))?);
        }
        // Threads that are gone are told by `finish`.
        let _ = self.files.send((file, shown.to_path_buf()));
        Ok(())
    }

    /// Waits until all files are on disk.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn finish(self) -> Result<()> {
        drop((self.files, self.received));
        let died = |_| Err(Error::Internal("a thread that puts files to disk died".into()));
        let results: Vec<Result<()>> =
            self.threads.into_iter().map(|thread| thread.join().unwrap_or_else(died)).collect();
        results.into_iter().collect::<Result<()>>()?;
        match self.folder.filter(|_| self.taken > SINGLE_FILES) {
            Some((folder, shown)) => sync_file_system(&folder).map_err(Error::io("write", shown)),
            None => Ok(()),
        }
    }
}

/// Puts all of the file system to disk that a folder is on: `syncfs`, which since Linux 5.8 tells of every fault in writing.
#[cfg(target_os = "linux")]
fn sync_file_system(folder: &File) -> std::io::Result<()> {
    Ok(rustix::fs::syncfs(folder)?)
}

#[cfg(not(target_os = "linux"))]
fn sync_file_system(folder: &File) -> std::io::Result<()> {
    folder.sync_all()
}

/// Takes files until none come any more; the first error is told at the end, so that whoever sends never waits in vain.
fn sync_all(files: &Mutex<Receiver<(File, PathBuf)>>) -> Result<()> {
    let next = || files.lock().unwrap_or_else(PoisonError::into_inner).recv();
    let mut outcome = Ok(());
    while let Ok((file, path)) = next() {
        let synced = file.sync_all().map_err(Error::io("write", &path));
        outcome = outcome.and(synced);
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_files_are_taken_and_errors_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let mut queue = DiskQueue::default();
        for number in 0..100 {
            let path = folder.path().join(number.to_string());
            queue.push(File::create(&path).unwrap(), &path).unwrap();
        }
        queue.finish().unwrap();
        DiskQueue::default().finish().unwrap();
        let mut queue = DiskQueue::of_folder(folder.path());
        for number in 0..2 * SINGLE_FILES {
            let path = folder.path().join(number.to_string());
            queue.push(File::create(&path).unwrap(), &path).unwrap();
        }
        assert!(!cfg!(target_os = "linux") || queue.folder.is_some());
        queue.finish().unwrap();
        let mut queue = DiskQueue::default();
        // A device that cannot be synced.
        let refused = Path::new("/dev/null");
        if let Ok(file) = File::open(refused)
            && file.sync_all().is_err()
        {
            queue.push(file, refused).unwrap();
            assert!(queue.finish().unwrap_err().to_string().contains("/dev/null"));
        }
    }
}
