//! Drawing a sample: pieces at even distances over all bytes of the input, written to a folder laid out as the input is.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};
use crate::read::codec;
use crate::read::discover::InputFile;

/// How large a sample is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grain {
    /// Bytes of a piece.
    pub(super) piece: u64,
    /// Pieces of a sample.
    pub(super) pieces: u64,
}

impl Default for Grain {
    /// 32 pieces of a mebibyte.
    fn default() -> Self {
        Self { piece: 1 << 20, pieces: 32 }
    }
}

/// Bytes, unpacked, that are read of one file that is packed, or is one document: from its start.
const HEAD: u64 = 8 << 20;
/// How much smaller packing makes texts, where nothing was unpacked that tells.
const TIMES_SMALLER: f64 = 3.0;

/// What was drawn.
#[derive(Debug, Default)]
pub(super) struct Sample {
    /// Where it is.
    pub(super) folder: PathBuf,
    /// Bytes of it, unpacked.
    pub(super) bytes: u64,
    /// Pieces of it: runs of records, starts of packed files, or files.
    pub(super) pieces: u64,
    /// Bytes of all files of the input, as they are on disk.
    pub(super) on_disk: u64,
    /// Of these: bytes of packed files.
    packed_on_disk: u64,
    /// Bytes of packed files that were read, and what they unpacked to.
    unpacked: (u64, u64),
    pub(super) has_packed: bool,
    /// Share of the unpacked bytes that memory must hold or a temporary file, since they cannot be read again in place.
    pub(super) spilled_share: f64,
    /// The files that were written.
    files: Vec<PathBuf>,
    format: &'static str,
}

impl Sample {
    /// How many times larger packed files are when unpacked.
    pub(super) fn times_smaller(&self) -> f64 {
        let (packed, unpacked) = self.unpacked;
        if packed == 0 { TIMES_SMALLER } else { unpacked as f64 / packed as f64 }
    }

    /// Bytes of the whole input, unpacked.
    pub(super) fn unpacked_in_all(&self) -> u64 {
        let packed = (self.packed_on_disk as f64 * self.times_smaller()) as u64;
        self.on_disk - self.packed_on_disk + packed
    }

    /// What `--format` must say of the sample, if it is said of the input: the sample is not packed.
    pub(super) fn format(&self, given: Option<&str>) -> Option<String> {
        given.map(|_| self.format.to_owned())
    }
}

/// Bytes of some files, unpacked, if packing makes them so much smaller.
pub(super) fn unpacked(files: &[InputFile], times: f64) -> u64 {
    let size = |file: &InputFile| {
        let size = size_of(file) as f64;
        if is_packed(file) { size * times } else { size }
    };
    files.iter().map(size).sum::<f64>() as u64
}

/// Draws a sample of the files into `folder`.
///
/// # Errors
/// When the folder cannot be written. What cannot be read is left out.
pub(super) fn draw(files: &[InputFile], folder: &Path, grain: Grain) -> Result<Sample> {
    let sizes: Vec<u64> = files.iter().map(size_of).collect();
    let on_disk = sizes.iter().sum();
    let format = files.first().map_or("jsonl", |file| file.format.name());
    let mut sample = Sample { folder: folder.to_path_buf(), on_disk, format, ..Sample::default() };
    fs::create_dir_all(folder).map_err(Error::io("create folder", folder))?;
    let packed = files.iter().zip(&sizes).filter(|(file, _)| is_packed(file));
    sample.packed_on_disk = packed.map(|(_, size)| size).sum();
    sample.has_packed = sample.packed_on_disk > 0;
    let (mut before, mut owed) = (0, 0_u64);
    for (file, size) in files.iter().zip(sizes) {
        let points = grain.points_in(before..before + size, on_disk);
        before += size;
        // Of small files one piece is as many as it takes.
        if !points.is_empty() || (owed > 0 && size <= grain.piece) {
            owed = if points.is_empty() { owed } else { grain.piece };
            owed = owed.saturating_sub(take(file, &points, grain, &mut sample)?);
        }
    }
    let unpacked = sample.unpacked_in_all().max(1) as f64;
    sample.spilled_share = sample.packed_on_disk as f64 * sample.times_smaller() / unpacked;
    Ok(sample)
}

/// The first bytes of a sample, as one of their own.
///
/// # Errors
/// When it cannot be written.
pub(super) fn head(sample: &Sample, bytes: u64, folder: &Path) -> Result<Sample> {
    fs::create_dir_all(folder).map_err(Error::io("create folder", folder))?;
    let mut head = Sample { folder: folder.to_path_buf(), format: sample.format, ..Sample::default() };
    let Some(first) = sample.files.first() else { return Ok(head) };
    let mut content = Vec::new();
    let read = File::open(first).and_then(|file| file.take(bytes).read_to_end(&mut content));
    read.map_err(Error::io("read", first))?;
    let end = memchr::memrchr(b'\n', &content).map_or(content.len(), |end| end + 1);
    let place = folder.join(first.file_name().unwrap_or_default());
    fs::write(&place, &content[..end]).map_err(Error::io("write", &place))?;
    head.files.push(place);
    head.bytes = end as u64;
    Ok(head)
}

impl Grain {
    /// Offsets, from its start, of the points that fall into a file which begins and ends at these bytes of the input.
    fn points_in(self, range: Range<u64>, in_all: u64) -> Vec<u64> {
        let Self { piece, pieces } = self;
        if in_all <= pieces * piece {
            // All of it is the sample.
            return (0..(range.end - range.start).div_ceil(piece)).map(|number| number * piece).collect();
        }
        let point = |number: u64| ((2 * number + 1) as f64 / (2 * pieces) as f64 * in_all as f64) as u64;
        (0..pieces)
            .map(point)
            .filter(|point| range.contains(point))
            .map(|point| point - range.start)
            .collect()
    }
}

/// Writes what is drawn of a file; how many bytes that are.
fn take(file: &InputFile, points: &[u64], grain: Grain, sample: &mut Sample) -> Result<u64> {
    let Some(path) = &file.path else { return Ok(0) };
    let is_head = is_packed(file) || file.format.is_one_record();
    let content = if is_packed(file) {
        let most = (grain.piece * points.len() as u64).clamp(grain.piece, HEAD);
        unpacked_head(file, path, most, &mut sample.unpacked)
    } else if is_head || size_of(file) <= grain.piece * points.len().max(1) as u64 {
        whole(path, HEAD.max(grain.piece * points.len() as u64))
    } else {
        pieces(path, points, grain.piece)
    };
    // The run itself will say what is wrong with it.
    let Ok(content) = content else { return Ok(0) };
    let place = place_of(file, &sample.folder);
    let parent = place.parent().unwrap_or(&sample.folder);
    fs::create_dir_all(parent).map_err(Error::io("create folder", parent))?;
    let written = File::options().append(true).create(true).open(&place);
    written.and_then(|mut file| file.write_all(&content)).map_err(Error::io("write", &place))?;
    sample.pieces += if is_head { 1 } else { points.len().max(1) as u64 };
    sample.bytes += content.len() as u64;
    sample.files.push(place);
    Ok(content.len() as u64)
}

/// Where a file's part of the sample stands: as the file does below the input, under the name of what it holds.
fn place_of(file: &InputFile, folder: &Path) -> PathBuf {
    let parts = file.relative.components().filter(|part| matches!(part, Component::Normal(_)));
    let relative: PathBuf = parts.collect();
    let name = relative.to_string_lossy().into_owned();
    let (_, stem) = codec::of_name(&name);
    folder.join(stem)
}

fn whole(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)?.take(most).read_to_end(&mut content)?;
    Ok(content)
}

/// A piece at each of these offsets, of whole lines.
fn pieces(path: &Path, points: &[u64], length: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let (mut content, mut piece) = (Vec::new(), Vec::new());
    for &start in points {
        file.seek(SeekFrom::Start(start))?;
        piece.clear();
        (&file).take(length).read_to_end(&mut piece)?;
        let from =
            if start == 0 { 0 } else { memchr::memchr(b'\n', &piece).map_or(piece.len(), |at| at + 1) };
        let last = memchr::memrchr(b'\n', &piece).map_or(0, |at| at + 1);
        let to = if start + piece.len() as u64 == size { piece.len() } else { last };
        content.extend_from_slice(piece.get(from..to).unwrap_or_default());
    }
    Ok(content)
}

/// The first bytes of a packed file, of whole lines; adds to what is known of packing.
fn unpacked_head(file: &InputFile, path: &Path, most: u64, known: &mut (u64, u64)) -> io::Result<Vec<u8>> {
    let read = Arc::new(AtomicU64::new(0));
    let counted = Counted { file: File::open(path)?, read: Arc::clone(&read) };
    let mut content = Vec::new();
    // A file that is cut short unpacks as far as it goes.
    let _ = file.codec.decode(Box::new(counted))?.take(most).read_to_end(&mut content);
    known.0 += read.load(Ordering::Relaxed);
    known.1 += content.len() as u64;
    if content.len() as u64 == most && !file.format.is_one_record() {
        content.truncate(memchr::memrchr(b'\n', &content).map_or(0, |at| at + 1));
    }
    Ok(content)
}

/// Counts what is read of a file.
struct Counted {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.file.read(buffer)?;
        self.read.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}

fn is_packed(file: &InputFile) -> bool {
    file.codec.name() != codec::PLAIN.name()
}

fn size_of(file: &InputFile) -> u64 {
    file.unpacked_estimate(1).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::discover::discover;

    const GRAIN: Grain = Grain { piece: 1000, pieces: 10 };

    fn lines(number: usize) -> String {
        let line = |at| format!("{{\"id\": {at}, \"text\": \"{}\"}}", "word ".repeat(at % 9));
        (0..number).map(line).collect::<Vec<_>>().join("\n") + "\n"
    }

    fn drawn(files: &[(&str, Vec<u8>)]) -> (Sample, String) {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("in");
        for (name, content) in files {
            let path = input.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let found = discover(&[input.to_string_lossy().into_owned()], None).unwrap();
        let sample = draw(&found.files, &folder.path().join("sample"), GRAIN).unwrap();
        let read = |path: &PathBuf| fs::read_to_string(path).unwrap();
        let text = sample.files.iter().map(read).collect();
        (sample, text)
    }

    fn are_records_of(text: &str, whole: &str) -> bool {
        let known: std::collections::HashSet<&str> = whole.lines().collect();
        text.lines().all(|line| known.contains(line))
    }

    #[test]
    fn pieces_are_whole_records_from_all_over() {
        let whole = lines(2000);
        let (sample, text) = drawn(&[("a.jsonl", whole.clone().into_bytes())]);
        assert!(are_records_of(&text, &whole) && sample.pieces == 10);
        assert!((8000..=10_000).contains(&sample.bytes), "{sample:?}");
        assert_eq!((sample.bytes, sample.unpacked_in_all()), (text.len() as u64, whole.len() as u64));
        let last: usize = text.lines().last().unwrap()[7..].split(',').next().unwrap().parse().unwrap();
        assert!(last > 1800, "{last}");
    }

    #[test]
    fn a_small_input_is_drawn_whole() {
        let whole = lines(100);
        let (sample, text) = drawn(&[("a.jsonl", whole.clone().into_bytes())]);
        assert_eq!((text, sample.bytes), (whole.clone(), whole.len() as u64));
    }

    #[test]
    fn of_small_files_a_piece_is_as_many_as_it_takes() {
        let names: Vec<String> = (0..400).map(|at| format!("{}/{at:03}.txt", at % 7)).collect();
        let files: Vec<(&str, Vec<u8>)> = names.iter().map(|name| (name.as_str(), vec![b'a'; 250])).collect();
        let (sample, _) = drawn(&files);
        assert_eq!((sample.bytes, sample.pieces, sample.unpacked_in_all()), (10_000, 40, 100_000));
    }

    #[test]
    fn packed_files_are_read_from_their_start() {
        let whole = lines(20_000);
        let packed = codec::named("gz").unwrap().pack(whole.as_bytes()).unwrap();
        let (sample, text) = drawn(&[("a.jsonl.gz", packed)]);
        assert!(whole.starts_with(&text) && !text.is_empty() && sample.has_packed);
        assert!((0.99..=1.0).contains(&sample.spilled_share));
    }
}
