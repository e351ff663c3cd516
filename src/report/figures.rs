//! Numbers for people: the same words in a terminal and on a page.

/// A number with thousands apart.
pub fn grouped(number: u64) -> String {
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

/// A number with what it counts: `1 file`, `2,000 files`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), noun(number, one, many))
}

/// What so many are called: `file`, `files`.
pub fn noun<'w>(number: u64, one: &'w str, many: &'w str) -> &'w str {
    if number == 1 { one } else { many }
}

/// A size for people: `97.3 MB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

/// A share for people: `3.4 %`, and never `0.0 %` for something that is there, nor `100.0 %` for less than all.
pub fn share(part: u64, whole: u64) -> String {
    if whole == 0 || part == 0 {
        return "0 %".into();
    }
    if part == whole {
        return "100 %".into();
    }
    let percent = 100.0 * part as f64 / whole as f64;
    if percent < 0.1 {
        "< 0.1 %".into()
    } else if percent > 99.9 && part < whole {
        "> 99.9 %".into()
    } else {
        format!("{percent:.1} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_for_people() {
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(12), "12");
        assert_eq!(
            [0, 1, 2000].map(|number| counted(number, "file", "files")),
            ["0 files", "1 file", "2,000 files"]
        );
        assert_eq!(size(97_300_000), "97.3 MB");
        assert_eq!(share(1, 100_000), "< 0.1 %");
        assert_eq!(share(99_999, 100_000), "> 99.9 %");
        assert_eq!(share(7, 7), "100 %");
    }
}
