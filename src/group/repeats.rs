//! Paragraphs that several documents have: the first of the best-placed stays.

use crate::fingerprint::{Digest, Fingerprints};

/// Paragraphs that are sorted at once, at 32 bytes each.
const PART_ROWS: usize = 1 << 22;

/// A paragraph that an equal one goes before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Repeat {
    /// The document it is in.
    pub document: u32,
    /// Its number there, from 0, paragraphs without a word left out.
    pub paragraph: u32,
    /// The document that the first one is in: another or the same.
    pub keeper: u32,
}

/// All paragraphs but the first of each, sorted. `ranks` are different numbers, less being better; of documents in which
/// `is_kept` says no, no paragraph counts.
pub fn repeats(
    fingerprints: &impl Fingerprints,
    ranks: &[u64],
    is_kept: impl Fn(u32) -> bool,
) -> Vec<Repeat> {
    let documents = 0..ranks.len() as u32;
    let total: usize = documents.map(|document| fingerprints.paragraphs(document).len()).sum();
    let parts = (total / PART_ROWS + 1).next_power_of_two();
    let mut found = Vec::new();
    for part in 0..parts {
        let mut rows = rows_of_part(fingerprints, ranks, &is_kept, part as u128, parts as u128);
        rows.sort_unstable();
        for equals in rows.chunk_by(|a, b| a.digest == b.digest) {
            let keeper = equals[0].document;
            found.extend(equals[1..].iter().map(|row| Repeat {
                document: row.document,
                paragraph: row.paragraph,
                keeper,
            }));
        }
    }
    found.sort_unstable();
    found
}

/// A paragraph, to be sorted by what it says and then by who goes first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    digest: Digest,
    rank: u64,
    document: u32,
    paragraph: u32,
}

fn rows_of_part(
    fingerprints: &impl Fingerprints,
    ranks: &[u64],
    is_kept: &impl Fn(u32) -> bool,
    part: u128,
    parts: u128,
) -> Vec<Row> {
    let mut rows = Vec::new();
    for document in (0..ranks.len() as u32).filter(|&document| is_kept(document)) {
        let paragraphs = fingerprints.paragraphs(document);
        let mine = (0..).zip(paragraphs.iter()).filter(|(_, digest)| digest.0 % parts == part);
        let rank = ranks[document as usize];
        rows.extend(mine.map(|(paragraph, &digest)| Row { digest, rank, document, paragraph }));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::{Fingerprint, Units};

    fn print(paragraphs: &[u128]) -> Fingerprint {
        let paragraphs = paragraphs.iter().map(|&digest| Digest(digest)).collect();
        Fingerprint { whole: Digest(0), paragraphs, shingles: 0, units: Units::default() }
    }

    #[test]
    fn the_first_of_the_best_stays() {
        let prints = vec![print(&[1, 2, 3]), print(&[3, 4, 4]), print(&[2, 1])];
        let found = |ranks: &[u64], removed: u32| {
            let found = repeats(&prints, ranks, |document| document != removed);
            found.iter().map(|found| (found.document, found.paragraph, found.keeper)).collect::<Vec<_>>()
        };
        assert_eq!(found(&[0, 1, 2], 9), [(1, 0, 0), (1, 2, 1), (2, 0, 0), (2, 1, 0)]);
        assert_eq!(found(&[2, 1, 0], 9), [(0, 0, 2), (0, 1, 2), (0, 2, 1), (1, 2, 1)]);
        assert_eq!(found(&[0, 1, 2], 0), [(1, 2, 1)]);
    }
}
