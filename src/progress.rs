//! Telling how far a run is. The library only knows the trait; the bar of the command line is one watcher, silence another.

/// The stages of a run, named as the folders that do them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Reading and hashing the reference set.
    Reference,
    /// Reading everything once: what are the records, what recurs.
    Survey,
    /// Normalising, stripping, folding, hashing.
    Fingerprint,
    /// Finding, verifying and deciding duplicates.
    Group,
    /// Writing the clean corpus and the receipts.
    Write,
}

impl Stage {
    /// The stage's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Survey => "survey",
            Self::Fingerprint => "fingerprint",
            Self::Group => "group",
            Self::Write => "write",
        }
    }
}

/// Someone who watches a run.
pub trait Watch: Sync {
    /// A stage begins; it will go over this many bytes, if that is known.
    fn begin(&self, stage: Stage, bytes: Option<u64>) {
        let _ = (stage, bytes);
    }

    /// This many more bytes are done.
    fn advance(&self, bytes: u64) {
        let _ = bytes;
    }

    /// The stage is over.
    fn end(&self) {}

    /// Something that the user should know at once.
    fn note(&self, message: &str) {
        let _ = message;
    }
}

/// Nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Watch for Silent {}
