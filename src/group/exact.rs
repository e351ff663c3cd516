//! Equal documents.

use crate::fingerprint::Fingerprints;

use super::order::Order;

/// For each place, the best place with the same digest: its own if none is better.
///
/// Equality of 128 bits of SHA-256 is the verification; see [`Digest`].
pub(super) fn first_equals(fingerprints: &impl Fingerprints, order: &Order) -> Vec<u32> {
    // In halves a row takes 24 bytes; with the digest as one number it takes 32.
    let row = |place| {
        let digest = fingerprints.whole(order.document(place)).0;
        ((digest >> 64) as u64, digest as u64, place)
    };
    let mut rows: Vec<(u64, u64, u32)> = order.places().map(row).collect();
    rows.sort_unstable();
    let mut first = vec![0; rows.len()];
    for equals in rows.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        for &(_, _, place) in equals {
            first[place as usize] = equals[0].2;
        }
    }
    first
}
