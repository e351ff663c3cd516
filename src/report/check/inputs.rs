//! The inputs of a run as they stand now, beside what the report says they were.

use std::path::{Component, Path};
use std::sync::Arc;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::document::Problem;
use crate::error::Error;
use crate::read::discover::InputFile;
use crate::read::shard::{Piece, ShardReader};
use crate::read::{codec, format, hexadecimal, name};
use crate::report::summary::InputRow;
use crate::site;

/// One input as it stands now.
#[derive(Clone, Debug)]
pub(super) struct Input {
    /// How to read it.
    pub(super) file: InputFile,
    /// What reading it told; `None`: it is not there.
    pub(super) now: Option<Now>,
}

/// What an input holds now.
#[derive(Clone, Debug)]
pub(super) struct Now {
    /// SHA-256 of the unpacked bytes.
    pub(super) sha256: String,
    /// How many they are.
    pub(super) unpacked: u64,
    /// Its size on disk.
    pub(super) size: u64,
    /// The file's own fault.
    pub(super) problem: Option<Problem>,
}

impl Input {
    /// Whether it is there and holds what the report says it held.
    pub(super) fn is_as_claimed(&self, row: &InputRow) -> bool {
        self.now.as_ref().is_some_and(|now| now.sha256 == row.sha256)
    }
}

/// Looks at all inputs, in parallel. `folder` is where they stand by their relative names; else they are where they were.
pub(super) fn look_at(rows: &[InputRow], folder: Option<&Path>) -> Vec<Input> {
    rows.par_iter()
        .map(|row| {
            let file = file_of(row, folder);
            let now = file.path.as_ref().and_then(|path| Now::of(path, &file));
            Input { file, now }
        })
        .collect()
}

fn file_of(row: &InputRow, folder: Option<&Path>) -> InputFile {
    let path = match folder {
        Some(folder) => Some(folder.join(name::to_path(&row.relative))),
        None if row.name == "-" => None,
        None => Some(name::to_path(&row.name)),
    };
    InputFile {
        name: row.name.clone(),
        path,
        relative: name::to_path(&row.relative),
        site: folder_site(row),
        format: format::named(&row.format).unwrap_or(format::JSONL),
        codec: codec::named(&row.codec).unwrap_or(codec::PLAIN),
    }
}

/// The site that the folder of an input stood for. Of one that was renamed to keep it apart from another it cannot be told.
fn folder_site(row: &InputRow) -> Option<Arc<str>> {
    if was_renamed(row) { None } else { site::of_folder(&name::to_path(&row.relative)).map(Into::into) }
}

/// Whether an input may be called otherwise than below the folder that led to it: by all of its path.
pub(super) fn was_renamed(row: &InputRow) -> bool {
    let (whole, relative) = (name::to_path(&row.name), name::to_path(&row.relative));
    let is_name = |part: &Component<'_>| matches!(part, Component::Normal(_));
    let whole: Vec<_> = whole.components().filter(is_name).collect();
    let relative: Vec<_> = relative.components().collect();
    relative.len() > 1 && whole.len() == relative.len()
}

impl Now {
    fn of(path: &Path, file: &InputFile) -> Option<Self> {
        let size = std::fs::metadata(path).map_err(Error::io("read", path)).ok()?.len();
        let mut reader = ShardReader::open(0, file, None, 1).ok()?;
        let (mut digest, mut unpacked, mut problem) = (Sha256::new(), 0, None);
        while let Some(piece) = reader.next_piece() {
            match piece {
                Piece::Shard(shard) => {
                    digest.update(shard.bytes.as_slice());
                    unpacked += shard.bytes.len() as u64;
                }
                Piece::Fault(fault) => problem = Some(fault),
            }
        }
        Some(Self { sha256: hexadecimal(&digest.finalize()), unpacked, size, problem })
    }
}
