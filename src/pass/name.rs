//! What documents are called, for lists that name a few of them.

use crate::document::Origin;
use crate::read::fields::Fields;
use crate::read::format::Format;
use crate::read::shard::Shard;

use super::DocumentPlace;

/// A document by its number, with its id (the origin where it has none) and where it comes from.
pub type Named = (u32, String, Origin);

/// Names those `wanted` of the documents of one shard, in order; `wanted` are sorted numbers, of which `first` is the
/// shard's own first document.
pub fn of_shard(
    shard: &Shard,
    format: &dyn Format,
    path: &str,
    documents: &[DocumentPlace],
    first: u32,
    wanted: &[u32],
    fields: &Fields,
) -> Vec<Named> {
    let name = |&document: &u32| {
        let place = documents[(document - first) as usize];
        let origin = Origin {
            path: path.to_owned(),
            record: shard.first_record + u64::from(place.record),
            offset: shard.offset + u64::from(place.offset),
        };
        // It was read once, so it can be read again.
        let parsed = format.parse(place.raw(shard), fields).unwrap_or_default();
        let id = parsed.id.map_or_else(|| origin.to_string(), std::borrow::Cow::into_owned);
        (document, id, origin)
    };
    wanted.iter().map(name).collect()
}
