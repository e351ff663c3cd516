//! Digests that stand for a text: SHA-256, cut to 128 bits.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The first 128 bits of a SHA-256, as a big-endian number.
///
/// Two texts with equal digests are taken as equal. By chance that fails once in 2^64 documents; a forger would need as
/// many hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Digest(pub u128);

impl Digest {
    /// The digest of a text in folded form.
    pub fn of_folded(folded: &[u8]) -> Self {
        Self::cut(Sha256::digest(folded).as_slice())
    }

    /// The digest of a text that folds to nothing, so that only its own bytes can equal it.
    ///
    /// The mark in front keeps it apart from every folded text: none holds a NUL.
    pub fn of_wordless(text: &str) -> Self {
        Self::cut(
            Sha256::new().chain_update(b"\0wordless\0").chain_update(text.as_bytes()).finalize().as_slice(),
        )
    }

    fn cut(hash: &[u8]) -> Self {
        Self(hash.first_chunk::<16>().map_or(0, |head| u128::from_be_bytes(*head)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_published_vectors() {
        // FIPS 180-2, appendix B.1, and the empty message.
        assert_eq!(Digest::of_folded(b"abc"), Digest(0xba78_16bf_8f01_cfea_4141_40de_5dae_2223));
        assert_eq!(Digest::of_folded(b""), Digest(0xe3b0_c442_98fc_1c14_9afb_f4c8_996f_b924));
    }

    #[test]
    fn wordless_texts_equal_only_themselves() {
        assert_eq!(Digest::of_wordless("***"), Digest::of_wordless("***"));
        assert_ne!(Digest::of_wordless("***"), Digest::of_wordless("---"));
        assert_ne!(Digest::of_wordless(""), Digest::of_folded(b""));
    }
}
