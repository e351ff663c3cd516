//! Shards: pieces of the input cut at record boundaries, so that every pass can run in pieces, anywhere.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use crate::document::{Document, Problem, ProblemKind};

use super::codec;
use super::discover::InputFile;
use super::fields::Fields;
use super::format::Format;

/// How many bytes a shard has at least, unless its file ends first. Fixed: it must not depend on the machine.
pub const SHARD_BYTES: usize = 1 << 20;

/// Bytes of a packed file from which unpacking it on threads of its own pays.
const AHEAD_BYTES: u64 = 1 << 18;

/// The largest record that is read, in bytes. Offsets within a shard fit 32 bits because of it.
pub const RECORD_LIMIT: usize = 1 << 30;

/// A piece of one input file: whole records.
#[derive(Clone, Debug)]
pub struct Shard {
    /// Number of the input file.
    pub file: u32,
    /// Number of its first record, from 1.
    pub first_record: u64,
    /// Offset of its first byte in the unpacked file.
    pub offset: u64,
    /// The records as they came.
    pub bytes: Arc<Vec<u8>>,
    /// The site that the folder of its file stands for.
    pub site: Option<Arc<str>>,
}

/// A record of a shard, not yet read.
#[derive(Clone, Copy, Debug)]
pub struct RawRecord<'a> {
    /// Its number in the file, from 1.
    pub number: u64,
    /// Its offset in the shard.
    pub offset: usize,
    /// Its bytes, line end included.
    pub raw: &'a [u8],
}

impl Shard {
    /// Reads one of its records, with the site that its folder stands for.
    ///
    /// # Errors
    /// The record's fault.
    pub fn parse<'a>(
        &'a self,
        raw: &'a [u8],
        format: &dyn Format,
        fields: &Fields,
    ) -> Result<Document<'a>, Problem> {
        Ok(Document { folder: self.site.as_deref(), ..format.parse(raw, fields)? })
    }

    /// The records of this shard, in order.
    pub fn records<'a>(&'a self, format: &'static dyn Format) -> impl Iterator<Item = RawRecord<'a>> + 'a {
        let mut offset = 0;
        (self.first_record..).map_while(move |number| {
            let rest = &self.bytes[offset..];
            if rest.is_empty() {
                return None;
            }
            let record = RawRecord { number, offset, raw: &rest[..format.record_length(rest)] };
            offset += record.raw.len();
            Some(record)
        })
    }
}

/// Cuts one file into shards.
pub struct ShardReader<'a> {
    file: u32,
    site: Option<Arc<str>>,
    format: &'static dyn Format,
    stream: Box<dyn Read + Send + 'a>,
    carry: Vec<u8>,
    next_record: u64,
    offset: u64,
    is_done: bool,
    /// The fault that follows the whole records read before it.
    pending: Option<Problem>,
    /// Bytes that the file may still hold, as far as is known: no more is set aside for them at once.
    room: usize,
}

/// What a file yields next.
pub enum Piece {
    /// Whole records.
    Shard(Shard),
    /// The file's own fault; nothing comes after it but what was read before.
    Fault(Problem),
}

impl<'a> ShardReader<'a> {
    /// Opens a file of this size, which standard input has not. A packed one of some size is unpacked ahead, on `threads` threads
    /// where that can be.
    ///
    /// # Errors
    /// The file's fault, as a problem.
    pub fn open(number: u32, input: &InputFile, size: Option<u64>, threads: usize) -> Result<Self, Problem> {
        let bytes: Box<dyn Read + Send> = match &input.path {
            Some(path) => Box::new(File::open(path).map_err(|error| unreadable(&error))?),
            None => Box::new(io::stdin()),
        };
        let is_plain = input.codec.name() == codec::PLAIN.name();
        let stream = if is_plain || size.is_some_and(|size| size < AHEAD_BYTES) {
            input.codec.decode(bytes)
        } else {
            codec::ahead::read_ahead(input.codec, bytes, threads)
        };
        let room = size.filter(|_| is_plain).and_then(|size| usize::try_from(size).ok());
        let stream = stream.map_err(|error| unreadable(&error))?;
        Ok(Self { room: room.unwrap_or(SHARD_BYTES), ..Self::of_unpacked(number, input, stream) })
    }

    /// Reads from a stream in the file's stead.
    ///
    /// # Errors
    /// When the codec cannot start.
    pub fn of_stream(
        number: u32,
        input: &InputFile,
        packed: Box<dyn Read + Send + 'a>,
    ) -> Result<Self, Problem> {
        let stream = input.codec.decode(packed).map_err(|error| unreadable(&error))?;
        Ok(Self::of_unpacked(number, input, stream))
    }

    fn of_unpacked(number: u32, input: &InputFile, stream: Box<dyn Read + Send + 'a>) -> Self {
        Self {
            file: number,
            site: input.site.clone(),
            format: input.format,
            stream,
            carry: Vec::new(),
            next_record: 1,
            offset: 0,
            is_done: false,
            pending: None,
            room: SHARD_BYTES,
        }
    }

    /// The next piece; `None` at the clean end.
    pub fn next_piece(&mut self) -> Option<Piece> {
        if let Some(fault) = self.pending.take() {
            return Some(Piece::Fault(fault));
        }
        if self.is_done {
            return None;
        }
        let mut bytes = std::mem::take(&mut self.carry);
        loop {
            let wanted = if bytes.len() < SHARD_BYTES { SHARD_BYTES } else { 2 * bytes.len() };
            match self.fill(&mut bytes, wanted) {
                Ok(true) => {}
                Ok(false) => {
                    self.is_done = true;
                    return (!bytes.is_empty()).then(|| Piece::Shard(self.shard(bytes)));
                }
                Err(error) => return Some(self.fault(bytes, &error)),
            }
            if let Some(whole) = self.format.whole_records(&bytes) {
                self.carry = bytes.split_off(whole);
                return Some(Piece::Shard(self.shard(bytes)));
            }
            if bytes.len() > RECORD_LIMIT {
                self.is_done = true;
                let reason = format!(
                    "record {} is larger than {RECORD_LIMIT} bytes; the rest of the file was not read",
                    self.next_record
                );
                return Some(Piece::Fault(Problem::new(ProblemKind::TooLarge, reason)));
            }
        }
    }

    /// Reads until `bytes` has `wanted` bytes; false at the end of the stream.
    fn fill(&mut self, bytes: &mut Vec<u8>, wanted: usize) -> io::Result<bool> {
        let missing = wanted - bytes.len();
        // One more than is expected, so that the end is seen without more room.
        bytes.reserve(missing.min(self.room.saturating_add(1)));
        Ok(self.stream.by_ref().take(missing as u64).read_to_end(bytes)? == missing)
    }

    /// A stream that broke: its whole records stand, and the reason follows; the record it broke in is told, not kept.
    fn fault(&mut self, mut bytes: Vec<u8>, error: &io::Error) -> Piece {
        self.is_done = true;
        let whole = self.format.whole_records(&bytes).unwrap_or(0);
        let cut = bytes.len() - whole;
        bytes.truncate(whole);
        let shard = (whole > 0).then(|| self.shard(bytes));
        let fault = Problem::new(
            ProblemKind::Damaged,
            format!(
                "the file is damaged or cut short: {error}; records before {} were read, {cut} bytes of record {} could not be used",
                self.next_record, self.next_record
            ),
        );
        match shard {
            Some(shard) => {
                self.pending = Some(fault);
                Piece::Shard(shard)
            }
            None => Piece::Fault(fault),
        }
    }

    fn shard(&mut self, mut bytes: Vec<u8>) -> Shard {
        bytes.shrink_to(bytes.len() + bytes.len() / 8);
        let shard = Shard {
            file: self.file,
            first_record: self.next_record,
            offset: self.offset,
            bytes: Arc::new(bytes),
            site: self.site.clone(),
        };
        self.next_record += shard.records(self.format).count() as u64;
        self.offset += shard.bytes.len() as u64;
        shard
    }
}

fn unreadable(error: &io::Error) -> Problem {
    Problem::new(ProblemKind::Unreadable, format!("failed to open the file: {error}"))
}
