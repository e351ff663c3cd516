//! SHA-256 of whole files, on a thread of its own: a sum has to see all bytes in order, so it would else hold up whoever
//! reads or writes them.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};

use super::hexadecimal;

/// Loads that wait for the thread; whoever brings more waits.
const WAITING: usize = 2;

/// Bytes of small pieces, and how many of them, that are handed over together: a thread that is woken for each of twenty thousand
/// small files costs more than their sums.
const LOAD_BYTES: usize = 256 << 10;
const LOAD_STEPS: usize = 1024;

/// Takes the sums of one file after another.
pub struct DigestThread {
    loads: SyncSender<Vec<Step>>,
    thread: JoinHandle<Vec<String>>,
    /// What is not handed over yet, and the bytes in it.
    load: Vec<Step>,
    load_bytes: usize,
}

enum Step {
    Bytes(Arc<Vec<u8>>),
    End,
}

impl DigestThread {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn start() -> Result<Self> {
        let (loads, received) = sync_channel(WAITING);
        let thread = Builder::new()
            .name("digest".into())
            .spawn(move || digests_of(&received))
            .map_err(|error| Error::Internal(format!("failed to start threads: {error}")))?;
        Ok(Self { loads, thread, load: Vec::new(), load_bytes: 0 })
    }

    /// The next bytes of a file.
    pub fn update(&mut self, bytes: &Arc<Vec<u8>>) {
        self.load_bytes += bytes.len();
        self.push(Step::Bytes(Arc::clone(bytes)));
    }

    /// A file ends; the next bytes are another's.
    pub fn end_file(&mut self) {
        self.push(Step::End);
    }

    /// The sum of each file that was ended, in hexadecimal, in order.
    ///
    /// # Errors
    /// When the thread died, which is a fault of tamis.
    pub fn finish(mut self) -> Result<Vec<String>> {
        self.hand_over();
        drop(self.loads);
        self.thread.join().map_err(|_| Error::Internal("the thread that takes digests died".into()))
    }

    fn push(&mut self, step: Step) {
        self.load.push(step);
        if self.load_bytes >= LOAD_BYTES || self.load.len() >= LOAD_STEPS {
            self.hand_over();
        }
    }

    fn hand_over(&mut self) {
        self.load_bytes = 0;
        // A thread that is gone is told by `finish`.
        let _ = self.loads.send(std::mem::take(&mut self.load));
    }
}

fn digests_of(loads: &Receiver<Vec<Step>>) -> Vec<String> {
    let (mut digest, mut digests) = (Sha256::new(), Vec::new());
    for step in loads.iter().flatten() {
        match step {
            Step::Bytes(bytes) => digest.update(bytes.as_slice()),
            Step::End => digests.push(hexadecimal(&std::mem::take(&mut digest).finalize())),
        }
    }
    digests
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_has_the_sum_of_its_bytes() {
        let mut digests = DigestThread::start().unwrap();
        for file in [&["a", "bc"][..], &[], &["abc"]] {
            for piece in file {
                digests.update(&Arc::new(piece.as_bytes().to_vec()));
            }
            digests.end_file();
        }
        // FIPS 180-2, appendix B.1, and the empty message.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digests.finish().unwrap(), [abc, empty, abc]);
    }
}
