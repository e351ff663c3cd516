//! Unpacking ahead of whoever reads, on threads of its own.
//!
//! Where a file is made of frames or members whose sizes are told at their start, these are unpacked several at a time and
//! handed on in order. Everything else, and everything that is not as it should be, goes through the codec's own stream
//! from there on, in one thread: so faults are told as they are without any of this.
//!
//! Memory: for each thread and two more a job of `JOB_BYTES` unpacked, or a single frame of `FRAME_LIMIT`; larger frames
//! are streamed.

use std::io::{self, Cursor, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use rayon::ThreadPool;

use super::{Codec, Frame};

/// Bytes of a frame, packed or unpacked, up to which it is held whole.
const FRAME_LIMIT: usize = 4 << 20;
/// Unpacked bytes that make a job: small frames travel together.
const JOB_BYTES: usize = 1 << 20;
/// Bytes read at once.
const READ_BYTES: usize = 1 << 20;

/// What was unpacked, and the fault that ended it.
type Piece = (Vec<u8>, Option<io::Error>);

/// A reader of what `packed` unpacks to, as [`Codec::decode`] gives it, by `threads` threads and one that reads.
///
/// # Errors
/// When the system has no thread to give.
pub fn read_ahead(
    codec: &'static dyn Codec,
    packed: Box<dyn Read + Send>,
    threads: usize,
) -> io::Result<Box<dyn Read + Send>> {
    let (sender, pieces) = sync_channel(threads + 2);
    let ahead = Ahead { codec, packed: Packed::new(packed), pieces: sender, threads };
    std::thread::Builder::new().name("unpack".into()).spawn(move || ahead.run())?;
    Ok(Box::new(Unpacked { pieces, piece: Cursor::default(), fault: None, is_done: false }))
}

/// The reading end.
struct Unpacked {
    /// Nothing: the clean end.
    pieces: Receiver<Option<Receiver<Piece>>>,
    piece: Cursor<Vec<u8>>,
    fault: Option<io::Error>,
    is_done: bool,
}

impl Read for Unpacked {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let length = self.piece.read(out)?;
            if length > 0 || self.is_done || out.is_empty() {
                return Ok(length);
            }
            if let Some(fault) = self.fault.take() {
                self.is_done = true;
                return Err(fault);
            }
            match self.pieces.recv() {
                Ok(Some(piece)) => {
                    let (bytes, fault) = piece.recv().map_err(|_| died())?;
                    (self.piece, self.fault) = (Cursor::new(bytes), fault);
                }
                Ok(None) => self.is_done = true,
                Err(_) => return Err(died()),
            }
        }
    }
}

fn died() -> io::Error {
    io::Error::other("the thread that unpacks it died")
}

/// The working end.
struct Ahead {
    codec: &'static dyn Codec,
    packed: Packed,
    pieces: SyncSender<Option<Receiver<Piece>>>,
    threads: usize,
}

/// Frames that are unpacked in one go.
#[derive(Default)]
struct Job {
    packed: Vec<u8>,
    unpacked: usize,
}

impl Ahead {
    /// A reader that went away ends it: then nothing can be sent.
    fn run(mut self) {
        if self.frames().is_some() && (self.packed.is_empty() || self.stream().is_some()) {
            let _ = self.pieces.send(None);
        }
    }

    /// Unpacks frames of known size, as long as there are any; `None` when the reader went away.
    fn frames(&mut self) -> Option<()> {
        let mut pool = None;
        loop {
            let job = self.next_job();
            if job.packed.is_empty() {
                return Some(());
            }
            if pool.is_none() {
                pool = rayon::ThreadPoolBuilder::new().num_threads(self.threads).build().ok();
            }
            self.hand_out(pool.as_ref(), job)?;
        }
    }

    fn next_job(&mut self) -> Job {
        let mut job = Job::default();
        while job.unpacked < JOB_BYTES
            && let Some((packed, unpacked)) = self.next_frame()
        {
            job.packed.extend_from_slice(self.packed.take(packed));
            job.unpacked += unpacked;
        }
        job
    }

    /// The sizes of the next frame, which is held whole then; `None` if they cannot be told, are too large, or the frame is cut.
    fn next_frame(&mut self) -> Option<(usize, usize)> {
        loop {
            match self.codec.frame(self.packed.held()) {
                Frame::Whole { packed, unpacked } if unpacked <= FRAME_LIMIT => {
                    return Some((packed, unpacked));
                }
                Frame::Cut if self.packed.held().len() < FRAME_LIMIT && self.packed.read_more() => {}
                _ => return None,
            }
        }
    }

    fn hand_out(&self, pool: Option<&ThreadPool>, job: Job) -> Option<()> {
        let (done, piece) = sync_channel(1);
        let codec = self.codec;
        let work = move || {
            // Nobody waits for it when the reader went away.
            let _ = done.send(unpack(codec, job));
        };
        match pool {
            Some(pool) => pool.spawn(work),
            None => work(),
        }
        self.pieces.send(Some(piece)).ok()
    }

    /// Unpacks what is left as one stream; `None` when it ended with a fault, or the reader went away.
    fn stream(&mut self) -> Option<()> {
        let rest = std::mem::replace(&mut self.packed, Packed::new(Box::new(io::empty())));
        let mut stream = match self.codec.decode(Box::new(rest.into_reader())) {
            Ok(stream) => stream,
            Err(fault) => return self.send((Vec::new(), Some(fault))).and(None),
        };
        loop {
            let mut bytes = Vec::with_capacity(JOB_BYTES);
            match stream.by_ref().take(JOB_BYTES as u64).read_to_end(&mut bytes) {
                Ok(0) => return Some(()),
                Ok(_) => self.send((bytes, None))?,
                Err(fault) => return self.send((bytes, Some(fault))).and(None),
            }
        }
    }

    fn send(&self, piece: Piece) -> Option<()> {
        let (done, received) = sync_channel(1);
        done.send(piece).ok()?;
        self.pieces.send(Some(received)).ok()
    }
}

/// Unpacks whole frames; never to more than they said they hold.
fn unpack(codec: &dyn Codec, job: Job) -> Piece {
    let mut bytes = Vec::with_capacity(job.unpacked);
    let limit = job.unpacked as u64;
    let read = codec
        .decode(Box::new(Cursor::new(job.packed)))
        .and_then(|stream| stream.take(limit + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) if bytes.len() == job.unpacked => (bytes, None),
        Ok(_) => {
            bytes.truncate(job.unpacked);
            let reason = "it does not unpack to the size that it tells";
            (bytes, Some(io::Error::new(io::ErrorKind::InvalidData, reason)))
        }
        Err(fault) => (bytes, Some(fault)),
    }
}

/// Packed bytes, some of which are held.
struct Packed {
    bytes: Vec<u8>,
    /// How many of them were taken.
    taken: usize,
    is_begun: bool,
    /// Nothing any more once it ended.
    source: Option<Box<dyn Read + Send>>,
    fault: Option<io::Error>,
}

impl Packed {
    fn new(source: Box<dyn Read + Send>) -> Self {
        Self { bytes: Vec::new(), taken: 0, is_begun: false, source: Some(source), fault: None }
    }

    fn held(&self) -> &[u8] {
        &self.bytes[self.taken..]
    }

    fn take(&mut self, length: usize) -> &[u8] {
        let start = self.taken;
        self.taken += length;
        self.is_begun = true;
        &self.bytes[start..self.taken]
    }

    /// Reads on; false at the end.
    fn read_more(&mut self) -> bool {
        let Some(source) = &mut self.source else { return false };
        self.bytes.drain(..std::mem::take(&mut self.taken));
        match source.take(READ_BYTES as u64).read_to_end(&mut self.bytes) {
            Ok(length) if length > 0 => true,
            Ok(_) => {
                self.source = None;
                false
            }
            Err(fault) => {
                (self.source, self.fault) = (None, Some(fault));
                false
            }
        }
    }

    /// Whether all was taken, and something was: a file of nothing is for the codec to judge.
    fn is_empty(&self) -> bool {
        self.is_begun && self.source.is_none() && self.fault.is_none() && self.held().is_empty()
    }

    /// What is held and what follows, with the fault that may follow then.
    fn into_reader(self) -> impl Read + Send {
        let mut held = Cursor::new(self.bytes);
        held.set_position(self.taken as u64);
        held.chain(self.source.unwrap_or_else(|| Box::new(io::empty()))).chain(Fault(self.fault))
    }
}

/// Ends in a fault, if there is one.
struct Fault(Option<io::Error>);

impl Read for Fault {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::codec::{self, ALL};

    const THREADS: [usize; 3] = [1, 2, 16];

    fn text(bytes: usize) -> Vec<u8> {
        (0..bytes as u64 / 8).flat_map(|at| (at * at % 100_003).to_le_bytes()).collect()
    }

    fn packed(codec: &dyn Codec, parts: &[&[u8]]) -> Vec<u8> {
        parts.iter().flat_map(|part| codec.pack(part).unwrap()).collect()
    }

    /// What comes out and the fault at the end: ahead, and by the codec alone.
    fn both(codec: &'static dyn Codec, packed: &[u8], threads: usize) -> [(Vec<u8>, Option<String>); 2] {
        let all = |stream: io::Result<Box<dyn Read + Send>>| {
            let mut bytes = Vec::new();
            let read = stream.and_then(|mut stream| stream.read_to_end(&mut bytes));
            (bytes, read.err().map(|fault| fault.to_string()))
        };
        let ahead = read_ahead(codec, Box::new(Cursor::new(packed.to_vec())), threads);
        [all(ahead), all(codec.decode(Box::new(Cursor::new(packed.to_vec()))))]
    }

    #[test]
    fn what_is_unpacked_ahead_is_what_is_unpacked() {
        let text = text(5 << 20);
        let parts: Vec<&[u8]> = text.chunks(700_000).chain([&b""[..]]).chain(text.chunks(90_000)).collect();
        for codec in &ALL[1..] {
            for threads in THREADS {
                let [ahead, alone] = both(*codec, &packed(*codec, &parts), threads);
                assert_eq!(ahead.0.len(), parts.concat().len());
                assert!(ahead == alone && ahead.1.is_none(), "{} {threads}", codec.name());
            }
        }
    }

    #[test]
    fn frames_without_a_size_and_large_ones_are_streamed() {
        let text = text(FRAME_LIMIT + 9000);
        for codec in &ALL[1..] {
            let mut bytes = codec.pack(&text[..5000]).unwrap();
            let mut streamed = Vec::new();
            let mut writer = codec.encode(Box::new(&mut streamed)).unwrap();
            io::Write::write_all(&mut writer, &text[..300_000]).unwrap();
            writer.finish().unwrap();
            bytes.extend(streamed);
            bytes.extend(codec.pack(&text).unwrap());
            for threads in THREADS {
                let [ahead, alone] = both(*codec, &bytes, threads);
                assert_eq!(ahead.0.len(), 5000 + 300_000 + text.len());
                assert!(ahead == alone && ahead.1.is_none(), "{} {threads}", codec.name());
            }
        }
    }

    #[test]
    fn faults_are_told_as_ever() {
        let text = text(3 << 20);
        let parts: Vec<&[u8]> = text.chunks(200_000).collect();
        for codec in &ALL[1..] {
            let whole = packed(*codec, &parts);
            let mut flipped = whole.clone();
            flipped[whole.len() / 2] ^= 0x55;
            let cut = whole[..whole.len() * 2 / 3].to_vec();
            let followed = [&whole[..], b"garbage behind the last frame"].concat();
            let empty = Vec::new();
            for (fault, bytes) in
                [("flipped", flipped), ("cut", cut), ("followed", followed), ("empty", empty)]
            {
                for threads in THREADS {
                    let [ahead, alone] = both(*codec, &bytes, threads);
                    let context = format!("{} {fault} {threads}: {:?} {:?}", codec.name(), ahead.1, alone.1);
                    assert_eq!(ahead.1.is_some(), alone.1.is_some(), "{context}");
                    assert!(text.starts_with(&ahead.0) || fault == "flipped", "{context}");
                    if fault != "flipped" {
                        assert!(ahead == alone, "{context}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_frame_that_lies_about_its_size_is_a_fault() {
        let gzip = codec::named("gzip").unwrap();
        let mut lies = gzip.pack(&vec![b'a'; 1 << 20]).unwrap();
        let at = lies.len() - 4;
        lies[at..].copy_from_slice(&100_u32.to_le_bytes());
        let [(bytes, fault), _] = both(gzip, &lies, 2);
        assert_eq!((bytes.len(), fault.is_some()), (100, true));
    }

    #[test]
    fn a_reader_may_go_away() {
        let codec = codec::named("zstd").unwrap();
        let bytes = packed(codec, &text(6 << 20).chunks(100_000).collect::<Vec<_>>());
        let mut ahead = read_ahead(codec, Box::new(Cursor::new(bytes)), 2).unwrap();
        ahead.read_exact(&mut [0; 1000]).unwrap();
        drop(ahead);
    }
}
