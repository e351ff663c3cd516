//! A marked sheet, read back into shares that are right, each with an interval.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::error::{Error, Result, escape};

use super::KEPT;

/// Standard deviations of a normal distribution within which 95 % lie.
const Z: f64 = 1.959_963_984_540_054;

/// A share, and the 95 % interval around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Share {
    /// The share, 0 to 1.
    pub share: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// What the marks of one kind come to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OfKind {
    /// The kind.
    pub kind: String,
    /// How many of it there are.
    pub of: u64,
    /// Rows of it in the sheet.
    pub drawn: u64,
    /// Of these: marked.
    pub marked: u64,
    /// Of these: right.
    pub right: u64,
    /// The share that is right; nothing where none is marked.
    pub precision: Option<Share>,
}

/// What a sheet comes to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Precision {
    /// By kind.
    pub kinds: Vec<OfKind>,
    /// Of all removals, each kind weighed by how many there are of it; kinds without a mark are left out.
    pub removals: Option<Share>,
    /// Rows without a mark.
    pub unmarked: u64,
}

/// Reads a marked sheet back.
///
/// # Errors
/// When it cannot be read, is no sheet, or a mark means nothing.
pub fn read_marked(sheet: &Path) -> Result<Precision> {
    let fault = |reason: String| Error::List { path: sheet.to_path_buf(), reason };
    let bytes = std::fs::read(sheet).map_err(Error::io("read", sheet))?;
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter(&bytes)).flexible(true).from_reader(bytes.as_slice());
    let headers = reader.headers().map_err(|error| fault(error.to_string()))?.clone();
    let column = |name: &str| {
        let at = headers.iter().position(|header| header.trim_start_matches('\u{feff}') == name);
        at.ok_or_else(|| fault(format!("it is no sheet: it has no column {name}")))
    };
    let (mark, kind, of) = (column("mark")?, column("kind")?, column("of")?);
    let mut kinds: BTreeMap<String, OfKind> = BTreeMap::new();
    for (number, record) in (1_u64..).zip(reader.records()) {
        let record = record.map_err(|error| fault(error.to_string()))?;
        let field = |at: usize| record.get(at).unwrap_or_default();
        let size = field(of)
            .parse()
            .map_err(|_| fault(format!("row {number}: {} is no number", escape(field(of)))))?;
        let name = field(kind).to_owned();
        let of_kind =
            kinds.entry(name.clone()).or_insert_with(|| OfKind { kind: name, of: size, ..OfKind::default() });
        of_kind.drawn += 1;
        let is_right = is_right(field(mark)).map_err(|told| fault(format!("row {number}: {told}")))?;
        of_kind.marked += u64::from(is_right.is_some());
        of_kind.right += u64::from(is_right == Some(true));
    }
    Ok(Precision::of(kinds.into_values().collect()))
}

/// Spreadsheets of many languages write semicolons.
fn delimiter(bytes: &[u8]) -> u8 {
    let head = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| memchr::memchr_iter(delimiter, head).count();
    [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|delimiter| (count(*delimiter), *delimiter == b','))
        .unwrap_or(b',')
}

/// What a mark means; nothing where there is none.
fn is_right(mark: &str) -> std::result::Result<Option<bool>, String> {
    match mark.trim().to_lowercase().as_str() {
        "" => Ok(None),
        "right" | "r" | "1" | "yes" | "y" | "ok" | "true" | "+" => Ok(Some(true)),
        "wrong" | "w" | "0" | "no" | "n" | "false" | "-" => Ok(Some(false)),
        _ => Err(format!("the mark {} is neither right nor wrong", escape(mark))),
    }
}

impl Precision {
    fn of(mut kinds: Vec<OfKind>) -> Self {
        for kind in &mut kinds {
            kind.precision = (kind.marked > 0).then(|| wilson(kind.right as f64, kind.marked as f64));
        }
        let unmarked = kinds.iter().map(|kind| kind.drawn - kind.marked).sum();
        let removals: Vec<&OfKind> =
            kinds.iter().filter(|kind| kind.kind != KEPT && kind.marked > 0).collect();
        Self { removals: weighed(&removals), unmarked, kinds }
    }
}

/// The score interval of a share (E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
/// JASA 22, 1927): unlike the usual one it is right for few marks, and for shares of nearly 0 or 1.
fn wilson(right: f64, marked: f64) -> Share {
    let share = right / marked;
    let (middle, reach) = (
        (share + Z * Z / (2.0 * marked)) / (1.0 + Z * Z / marked),
        Z / (1.0 + Z * Z / marked)
            * (share * (1.0 - share) / marked + Z * Z / (4.0 * marked * marked)).sqrt(),
    );
    Share { share, low: (middle - reach).max(0.0), high: (middle + reach).min(1.0) }
}

/// The share of all kinds, each weighed by its size, with the score interval of as many marks of a simple sample as would
/// tell as much (the effective sample size of E. L. Korn and B. I. Graubard, "Confidence intervals for proportions with small
/// expected number of positive counts estimated from survey data", Survey Methodology 24, 1998). For the variance each kind counts as if two
/// more were right and two more wrong (Agresti and Coull 1998), else kinds without a wrong one would seem certain.
fn weighed(kinds: &[&OfKind]) -> Option<Share> {
    let all: f64 = kinds.iter().map(|kind| kind.of as f64).sum();
    if kinds.is_empty() || all == 0.0 {
        return None;
    }
    let (mut share, mut even, mut variance) = (0.0, 0.0, 0.0);
    for kind in kinds {
        let (weight, marked, right) = (kind.of as f64 / all, kind.marked as f64, kind.right as f64);
        let smoothed = (right + 2.0) / (marked + 4.0);
        share += weight * right / marked;
        even += weight * smoothed;
        variance += weight * weight * smoothed * (1.0 - smoothed) / marked;
    }
    let effective = even * (1.0 - even) / variance;
    Some(wilson(share * effective, effective))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str, of: u64, marked: u64, right: u64) -> OfKind {
        OfKind { kind: name.into(), of, drawn: marked, marked, right, precision: None }
    }

    #[test]
    fn the_interval_is_the_published_one() {
        // Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
        for (right, marked, low, high) in [
            (81.0, 263.0, 0.2553, 0.3662),
            (15.0, 148.0, 0.0624, 0.1605),
            (0.0, 20.0, 0.0, 0.1611),
            (1.0, 29.0, 0.0061, 0.1718),
        ] {
            let found = wilson(right, marked);
            assert!(
                (found.low - low).abs() < 6e-5 && (found.high - high).abs() < 6e-5,
                "{right} of {marked}: {found:?}"
            );
        }
    }

    #[test]
    fn one_kind_in_all_is_near_its_own_interval() {
        let found = Precision::of(vec![kind("near", 1000, 50, 45), kind(KEPT, 9000, 10, 0)]);
        let (all, own) = (found.removals.unwrap(), found.kinds[0].precision.unwrap());
        assert!((all.share - 0.9).abs() < 1e-12, "kept documents are no removals");
        assert!((all.low - own.low).abs() < 1e-9 && (all.high - own.high).abs() < 1e-9, "{all:?} {own:?}");
    }

    #[test]
    fn kinds_weigh_what_they_are_many() {
        let found = Precision::of(vec![kind("exact", 9_000, 20, 20), kind("near", 1_000, 20, 10)]);
        let all = found.removals.unwrap();
        assert!((all.share - 0.95).abs() < 1e-12 && all.low > 0.8 && all.high < 1.0, "{all:?}");
        assert!(Precision::of(vec![kind("near", 5, 0, 0)]).removals.is_none());
    }
}
