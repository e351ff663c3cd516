//! Equal documents.

use crate::fingerprint::{Digest, Fingerprints};

use super::order::Order;

/// For each place, the best place with the same digest: its own if none is better.
///
/// Equality of 128 bits of SHA-256 is the verification; see [`Digest`].
pub(super) fn first_equals(fingerprints: &impl Fingerprints, order: &Order) -> Vec<u32> {
    let mut rows: Vec<(Digest, u32)> =
        order.places().map(|place| (fingerprints.whole(order.document(place)), place)).collect();
    rows.sort_unstable();
    let mut first = vec![0; rows.len()];
    for equals in rows.chunk_by(|a, b| a.0 == b.0) {
        for &(_, place) in equals {
            first[place as usize] = equals[0].1;
        }
    }
    first
}
