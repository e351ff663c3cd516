//! Talk goes to standard error, results to standard output; this is where both happen.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;
use tamis::error::{Error, Result, escape};
use tamis::report::inert::inert_pretty_json;

pub(crate) use tamis::report::figures::{counted, grouped, noun, share, size};

/// Says something to the person at the terminal.
pub(crate) fn say(line: &str) {
    // When even standard error is gone there is nobody left to tell.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Writes a result.
///
/// # Errors
/// When standard output is full; [`Error::ClosedPipe`] when its reader went away.
pub(crate) fn print(text: &str) -> Result<()> {
    print_bytes(text.as_bytes())
}

/// As [`print`], of bytes.
///
/// # Errors
/// As [`print`].
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(unwritten)
}

/// Text of the corpus on a terminal: line ends visible, nothing that could drive it.
pub(crate) fn shown(text: &str) -> String {
    text.split('\n').map(escape).collect::<Vec<_>>().join("⏎")
}

/// A value as JSON, laid out for people; what could drive a terminal is escaped in it.
///
/// # Errors
/// As [`print`].
pub(crate) fn print_json(value: &impl Serialize) -> Result<()> {
    print(&(inert_pretty_json(value)? + "\n"))
}

/// What it means that standard output took no more.
pub(crate) fn unwritten(error: io::Error) -> Error {
    match error.kind() {
        // Whoever read our output has had enough: that is a clean end.
        io::ErrorKind::BrokenPipe => Error::ClosedPipe,
        _ => Error::io("write to", "standard output")(error),
    }
}

/// Emphasis for a terminal that shows it: none on a pipe, or where `NO_COLOR` is set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    is_plain: bool,
}

impl Style {
    /// What standard error shows.
    pub(crate) fn of_stderr() -> Self {
        Self { is_plain: !io::stderr().is_terminal() || no_color() }
    }

    /// What standard output shows.
    pub(crate) fn of_stdout() -> Self {
        Self { is_plain: !io::stdout().is_terminal() || no_color() }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    pub(crate) fn removed(self, text: &str) -> String {
        if self.is_plain { format!("[-{text}-]") } else { self.wrap("31;9", text) }
    }

    pub(crate) fn added(self, text: &str) -> String {
        if self.is_plain { format!("{{+{text}+}}") } else { self.wrap("32", text) }
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.is_plain { text.to_owned() } else { format!("\u{1b}[{code}m{text}\u{1b}[0m") }
    }
}

fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}
