//! Files put to disk, many at a time: each wait for the device is long, and it can serve many.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use crate::error::{Error, Result};

/// Files that are put to disk at the same time.
const THREADS: usize = 16;

/// Puts files to disk, on threads that start as files come.
pub struct DiskQueue {
    files: SyncSender<(File, PathBuf)>,
    received: Arc<Mutex<Receiver<(File, PathBuf)>>>,
    threads: Vec<JoinHandle<Result<()>>>,
}

impl Default for DiskQueue {
    fn default() -> Self {
        let (files, received) = sync_channel(THREADS);
        Self { files, received: Arc::new(Mutex::new(received)), threads: Vec::new() }
    }
}

impl DiskQueue {
    /// Puts a file to disk before [`DiskQueue::finish`] returns; errors call it `shown`.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn push(&mut self, file: File, shown: &Path) -> Result<()> {
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
        results.into_iter().collect()
    }
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
