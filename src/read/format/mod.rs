//! Formats: how records stand in a stream. A new one is a file here and a line in [`ALL`].

mod jsonl;
mod txt;

use std::borrow::Cow;

use crate::document::{Document, Problem};
use crate::read::fields::Fields;

/// What some systems write at the head of a text (Unicode, section 23.8); a record may have it.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A way of laying out records.
pub trait Format: Sync {
    /// Its name, as `--format` and the report write it.
    fn name(&self) -> &'static str;
    /// The file name extensions that mean it, without the dot.
    fn extensions(&self) -> &'static [&'static str];
    /// Whether a file holds one record and no more.
    fn is_one_record(&self) -> bool;
    /// Length of the first record of `bytes`, which are not empty: its line end belongs to it.
    fn record_length(&self, bytes: &[u8]) -> usize;
    /// Length of the whole records at the start of `bytes`; `None` when more bytes must come first.
    fn whole_records(&self, bytes: &[u8]) -> Option<usize>;
    /// Whether this record holds nothing and is no record at all, as an empty line.
    fn is_blank(&self, raw: &[u8]) -> bool;
    /// Reads a record.
    ///
    /// # Errors
    /// The record's fault, to be reported; never the run's end.
    fn parse<'a>(&self, raw: &'a [u8], fields: &Fields) -> Result<Document<'a>, Problem>;
    /// The raw bytes of `text` as this format writes a text inside a record, without the quotes around it.
    fn escape(&self, text: &str, out: &mut Vec<u8>);
    /// For each offset into the decoded text (sorted), the offset into its raw literal without quotes.
    fn raw_offsets(&self, literal: &str, offsets: &[usize]) -> Vec<usize>;
    /// A new record that holds an id and a text and nothing else.
    fn compose(&self, id: &str, text: &str, fields: &Fields) -> Vec<u8>;
    /// A record with one more field, as raw JSON; `None` where records have no fields.
    fn with_field(&self, raw: &[u8], name: &str, json: &str) -> Option<Vec<u8>>;
}

/// One JSON object a line.
pub static JSONL: &dyn Format = &jsonl::Jsonl;
/// A file is a document.
pub static TXT: &dyn Format = &txt::Txt;

/// Every format there is.
pub static ALL: &[&dyn Format] = &[JSONL, TXT];

/// The format a file name (without its codec's extension) means.
pub fn of_name(name: &str) -> Option<&'static dyn Format> {
    let (_, extension) = name.rsplit_once('.')?;
    ALL.iter()
        .copied()
        .find(|format| format.extensions().iter().any(|known| known.eq_ignore_ascii_case(extension)))
}

/// The format of this name.
pub fn named(name: &str) -> Option<&'static dyn Format> {
    ALL.iter().copied().find(|format| format.name() == name || format.extensions().contains(&name))
}

/// A string out of a raw JSON value: the content of a string, the literal of anything else.
fn plain_value(raw: &str) -> Option<Cow<'_, str>> {
    if raw == "null" {
        return None;
    }
    if !raw.starts_with('"') {
        return Some(Cow::Borrowed(raw));
    }
    let inner = &raw[1..raw.len() - 1];
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str(raw).ok().map(Cow::Owned)
}
