//! Talk goes to standard error, results to standard output; this is where both happen.

use std::io::{self, IsTerminal, Write};

/// Says something to the person at the terminal.
pub(crate) fn say(line: &str) {
    // When even standard error is gone there is nobody left to tell.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Writes a result.
///
/// # Errors
/// When standard output is closed or full.
pub(crate) fn print(text: &str) -> io::Result<()> {
    io::stdout().lock().write_all(text.as_bytes())
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

/// A number with thousands apart.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// A size for people: `97.3 MB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

/// A share for people: `3.4 %`, and never `0.0 %` for something that is there.
pub(crate) fn share(part: u64, whole: u64) -> String {
    if whole == 0 || part == 0 {
        return "0 %".into();
    }
    let percent = 100.0 * part as f64 / whole as f64;
    if percent < 0.1 { "< 0.1 %".into() } else { format!("{percent:.1} %") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_for_people() {
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(12), "12");
        assert_eq!(size(97_300_000), "97.3 MB");
        assert_eq!(share(1, 100_000), "< 0.1 %");
    }
}
