//! What can stop a run. A bad record is no error: it is data (see [`crate::document::Problem`]).

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a run stopped. Every message says what was being done, to what, and the reason.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request makes no sense as it stands: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// Carrying the request out could destroy something: exit code 6.
    #[error("refused: {0}")]
    Unsafe(String),
    /// The operating system said no: exit code 5.
    #[error("failed to {verb} {}: {source}", escape(&path.display().to_string()))]
    Io {
        /// What was being done.
        verb: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A record or file could not be read, and the run was told to stop at the first one: exit code 4.
    #[error("{0}")]
    BadInput(String),
    /// A report does not hold what it must: exit code 5.
    #[error("failed to read report {}: {reason}", escape(&path.display().to_string()))]
    Report {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A list of duplicates does not hold what it must: exit code 5.
    #[error("failed to read list {}: {reason}", escape(&path.display().to_string()))]
    List {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// An index is damaged, cut off, of another version, or none at all: exit code 5.
    #[error("failed to read index {}: {reason}", escape(&path.display().to_string()))]
    Index {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// An input is not what it was when the run began: exit code 5.
    #[error("failed to read {} again: it changed during the run", escape(&path.display().to_string()))]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The run was asked to stop: exit code 130 or 143.
    #[error("interrupted; nothing was written")]
    Interrupted {
        /// Number of the signal.
        signal: i32,
    },
    /// Whoever read standard output closed it: a clean end, exit code 0.
    #[error("standard output was closed")]
    ClosedPipe,
    /// Totals that must agree do not: a fault of tamis itself, exit code 1.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    /// The process's exit code for this error.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::BadInput(_) => 4,
            Self::Io { .. }
            | Self::Report { .. }
            | Self::List { .. }
            | Self::Index { .. }
            | Self::Changed { .. } => 5,
            Self::Unsafe(_) => 6,
            Self::Interrupted { signal } => (128 + signal) as u8,
            Self::ClosedPipe => 0,
            Self::Internal(_) => 1,
        }
    }

    /// Whether a run that ended so may go on from where it was, with what it left.
    pub fn leaves_a_journal(&self) -> bool {
        matches!(self, Self::Interrupted { .. } | Self::Io { .. })
    }

    /// Names the operation and the file to an error of the system.
    pub fn io(verb: &'static str, path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| Self::Io { verb, path, source }
    }
}

/// A string from outside as it may be shown: control, format and direction characters as escapes.
///
/// Keeps a file name or a text of the corpus from driving the terminal it is printed on.
pub fn escape(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_harmless(character) {
            shown.push(character);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(shown, "{}", character.escape_unicode());
        }
    }
    shown
}

/// As [`escape`], of what has lines of its own, as the parse errors of some crates do: line ends stay.
pub fn escape_lines(text: &str) -> String {
    text.split('\n').map(escape).collect::<Vec<_>>().join("\n")
}

/// Whether a character may be shown as it is.
pub(crate) fn is_harmless(character: char) -> bool {
    !character.is_control()
        && !matches!(character,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}'
            | '\u{61c}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_strings_cannot_drive_a_terminal() {
        assert_eq!(escape("a\u{1b}[31mb\nc"), "a\\u{1b}[31mb\\u{a}c");
        assert_eq!(escape("evil\u{202e}txt"), "evil\\u{202e}txt");
        assert_eq!(escape("Erdoğan, 東京"), "Erdoğan, 東京");
        assert_eq!(escape_lines("a\u{1b}\nb\r"), "a\\u{1b}\nb\\u{d}");
    }
}
