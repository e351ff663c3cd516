//! A sample as a sheet: CSV to be marked in a spreadsheet, HTML to be read in a browser. Nothing in it can run.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use minijinja::{AutoEscape, Environment};

use crate::error::{Error, Result, escape};

use super::{Sampled, sheet_names};

const PAGE: &str = include_str!("sheet.html");
/// The columns of the CSV, in order; the first is for the person.
pub(super) const COLUMNS: [&str; 13] = [
    "mark",
    "kind",
    "of",
    "number",
    "id",
    "origin",
    "rule",
    "before",
    "text",
    "behind",
    "survivor",
    "survivor_text",
    "scores",
];

/// Writes both files of a sheet; gives back their names.
///
/// # Errors
/// [`Error::Unsafe`] where a file stands that may hold marks; when the system refuses.
pub fn write(sampled: &[Sampled], sheet: &Path) -> Result<(PathBuf, PathBuf)> {
    let (csv, html) = sheet_names(sheet);
    for path in [&csv, &html] {
        if path.exists() {
            let shown = escape(&path.to_string_lossy());
            return Err(Error::Unsafe(format!(
                "{shown} is there already and may hold marks; name another sheet"
            )));
        }
    }
    publish(&csv, &table(sampled, &csv)?)?;
    publish(&html, page(sampled)?.as_bytes())?;
    Ok((csv, html))
}

fn table(sampled: &[Sampled], path: &Path) -> Result<Vec<u8>> {
    let fault =
        |error: csv::Error| Error::Internal(format!("{}: a row cannot be written: {error}", path.display()));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(fault)?;
    for (number, row) in (1_u64..).zip(sampled) {
        let number = number.to_string();
        let of = row.of.to_string();
        let texts = [
            &row.id,
            &row.origin,
            &row.rule,
            &row.before,
            &row.text,
            &row.behind,
            &row.survivor,
            &row.survivor_text,
            &row.scores,
        ];
        let head = [String::new(), cell(&row.kind), of, number];
        writer.write_record(head.into_iter().chain(texts.map(|text| cell(text)))).map_err(fault)?;
    }
    writer.into_inner().map_err(|error| Error::Internal(format!("a sheet cannot be written: {error}")))
}

/// A text as a cell: on one line, without characters that drive anything, and never taken for a formula (OWASP, "CSV
/// Injection": what begins with one of these signs is computed by spreadsheets, unless an apostrophe stands before it).
pub(super) fn cell(text: &str) -> String {
    let shown = text.split('\n').map(escape).collect::<Vec<_>>().join("⏎");
    let is_formula =
        shown.trim_start().starts_with(['=', '+', '-', '@', '|', '%', '＝', '＋', '－', '＠', '\'']);
    if is_formula { format!("'{shown}") } else { shown }
}

fn page(sampled: &[Sampled]) -> Result<String> {
    let fault = |error: minijinja::Error| Error::Internal(format!("a sheet cannot be written: {error}"));
    let lines = |text: &str| text.split('\n').map(escape).collect::<Vec<_>>().join("\n");
    let rows: Vec<Sampled> = sampled
        .iter()
        .map(|row| Sampled {
            kind: lines(&row.kind),
            of: row.of,
            id: lines(&row.id),
            origin: lines(&row.origin),
            rule: lines(&row.rule),
            before: lines(&row.before),
            text: lines(&row.text),
            behind: lines(&row.behind),
            survivor: lines(&row.survivor),
            survivor_text: lines(&row.survivor_text),
            scores: lines(&row.scores),
        })
        .collect();
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let template = environment.template_from_named_str("sheet.html", PAGE).map_err(fault)?;
    template
        .render(minijinja::context! { rows => minijinja::Value::from(minijinja::value::Serde(&rows)) })
        .map_err(fault)
}

/// Writes a file where none stands, whole or not at all.
fn publish(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(Error::io("write", path))?;
    file.write_all(bytes).map_err(Error::io("write", path))?;
    file.persist_noclobber(path).map_err(|error| Error::io("write", path)(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\t=1", "\n=1", "＝1", "|calc", "%x", "'=1"] {
            let shown = cell(text);
            assert!(!shown.starts_with(['=', '+', '-', '@', '\t', '\r', ' ', '＝', '|', '%']), "{shown}");
        }
        assert_eq!(cell("plain = text"), "plain = text");
        assert_eq!(cell("a\nb\u{1b}[31m\u{202e}"), "a⏎b\\u{1b}[31m\\u{202e}");
    }
}
