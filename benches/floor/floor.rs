//! The floor: the least that any tool of this kind must do, and nothing else.

use std::cell::RefCell;
use std::fs::File;
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::path::Path;

use anyhow::Context as _;
use memchr::{memchr, memchr_iter, memrchr};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tamis::parallel::in_order;
use unicode_normalization::{IsNormalized, is_nfc_quick};

/// Bytes of a piece, as large as the shards of tamis.
const PIECE_BYTES: usize = 1 << 20;

/// Finds the lines of `input`, parses `text` out of each, quick-checks NFC and takes SHA-256 of every paragraph, and
/// writes every line out again. Reading and writing stand on the calling thread, as in tamis, all else on `threads`.
pub(crate) fn run(input: &Path, output: &Path, threads: usize) -> anyhow::Result<()> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let open = |path: &Path| format!("failed to open {}", path.display());
    let file = File::open(input).with_context(|| open(input))?;
    let mut out = File::create(output).with_context(|| open(output))?;
    let free = RefCell::new(Vec::new());
    let pieces = Pieces { file, carry: Vec::new(), free: &free, is_done: false };
    let pieces = pieces.map(|piece| piece.map_err(tamis::Error::io("read", input)));
    in_order(&pool, pieces, look_at, |piece| {
        let piece = piece.map_err(|error| tamis::Error::Usage(format!("a line is no record: {error}")))?;
        out.write_all(&piece).map_err(tamis::Error::io("write", output))?;
        free.borrow_mut().push(piece);
        Ok(())
    })?;
    Ok(())
}

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    text: std::borrow::Cow<'a, str>,
}

/// The work on one piece. Every line leaves as it came, so the piece itself is what is written.
fn look_at(piece: Vec<u8>) -> serde_json::Result<Vec<u8>> {
    let mut start = 0;
    for end in memchr_iter(b'\n', &piece) {
        let record: Record = serde_json::from_slice(&piece[start..end])?;
        paragraphs(&record.text).for_each(look_at_paragraph);
        start = end + 1;
    }
    Ok(piece)
}

fn look_at_paragraph(paragraph: &str) {
    black_box(paragraph.is_ascii() || is_nfc_quick(paragraph.chars()) == IsNormalized::Yes);
    black_box(Sha256::digest(paragraph.as_bytes()));
}

/// The lines of a text that are not empty.
fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        let line = (!rest.is_empty()).then(|| &rest[..end]);
        rest = rest.get(end + 1..).unwrap_or_default();
        line
    })
    .filter(|line| !line.is_empty())
}

/// Whole lines of a file, in pieces. Buffers that were written come back and are used again.
struct Pieces<'f> {
    file: File,
    carry: Vec<u8>,
    free: &'f RefCell<Vec<Vec<u8>>>,
    is_done: bool,
}

impl Iterator for Pieces<'_> {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let mut piece = self.free.borrow_mut().pop().unwrap_or_default();
        piece.clear();
        piece.append(&mut self.carry);
        loop {
            let wanted = PIECE_BYTES.max(2 * piece.len()) - piece.len();
            piece.reserve(wanted);
            match (&self.file).take(wanted as u64).read_to_end(&mut piece) {
                Ok(read) if read < wanted => return self.last(piece),
                Ok(_) => {}
                Err(error) => return Some(Err(error)),
            }
            if let Some(end) = memrchr(b'\n', &piece) {
                self.carry.extend_from_slice(&piece[end + 1..]);
                piece.truncate(end + 1);
                return Some(Ok(piece));
            }
        }
    }
}

impl Pieces<'_> {
    /// What the file ends with; a last line without an end gets one.
    fn last(&mut self, mut piece: Vec<u8>) -> Option<io::Result<Vec<u8>>> {
        self.is_done = true;
        if !piece.is_empty() && !piece.ends_with(b"\n") {
            piece.push(b'\n');
        }
        (!piece.is_empty()).then_some(Ok(piece))
    }
}
