//! A few records of the input as they came, from the files where these still stand.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::RecordId;
use crate::read::discover::InputFile;
use crate::read::shard::{Piece, ShardReader};
use crate::read::{format, name};

use super::replay::codec_of;
use super::summary::InputRow;

/// The bytes of the wanted records; those of files that are gone are left out.
pub(crate) fn originals(inputs: &[InputRow], wanted: &BTreeSet<RecordId>) -> BTreeMap<RecordId, Vec<u8>> {
    let mut found = BTreeMap::new();
    for (number, input) in (0..).zip(inputs) {
        let of_file = |record| RecordId { file: number, record };
        let last = wanted.range(of_file(0)..=of_file(u64::MAX)).next_back().map(|place| place.record);
        let Some(last) = last.filter(|_| input.name != "-") else { continue };
        let format = format::named(&input.format).unwrap_or(format::JSONL);
        let path = name::to_path(&input.name);
        let file = InputFile {
            name: input.name.clone(),
            path: Some(path),
            relative: name::to_path(&input.relative),
            site: None,
            format,
            codec: codec_of(input),
        };
        let Ok(mut reader) = ShardReader::open(number, &file, None, 1) else { continue };
        while let Some(Piece::Shard(shard)) = reader.next_piece() {
            let records = shard.records(format).filter(|record| wanted.contains(&of_file(record.number)));
            found.extend(records.map(|record| (of_file(record.number), record.raw.to_vec())));
            if shard.first_record > last {
                break;
            }
        }
    }
    found
}
