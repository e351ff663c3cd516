//! Plain text: a file is a document.

use std::borrow::Cow;

use crate::document::{Document, Problem};
use crate::read::charset;
use crate::read::fields::Fields;
use crate::span::Span;

use super::Format;

pub(super) struct Txt;

impl Format for Txt {
    fn name(&self) -> &'static str {
        "txt"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["txt", "text"]
    }

    fn is_one_record(&self) -> bool {
        true
    }

    fn record_length(&self, bytes: &[u8]) -> usize {
        bytes.len()
    }

    fn whole_records(&self, _bytes: &[u8]) -> Option<usize> {
        None
    }

    fn is_blank(&self, _raw: &[u8]) -> bool {
        false
    }

    fn parse<'a>(&self, raw: &'a [u8], _fields: &Fields) -> Result<Document<'a>, Problem> {
        let mut document = Document { literal: Some(Span::new(0, raw.len())), ..Document::default() };
        if let Some(text) = charset::as_utf8(raw) {
            document.text = Cow::Borrowed(text);
            return Ok(document);
        }
        let decoded = charset::decode(raw);
        document.charset = decoded.charset;
        document.text = Cow::Owned(decoded.text);
        Ok(document)
    }

    fn escape(&self, text: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(text.as_bytes());
    }

    fn raw_offsets(&self, _literal: &str, offsets: &[usize]) -> Vec<usize> {
        offsets.to_vec()
    }

    fn compose(&self, _id: &str, text: &str, _fields: &Fields) -> Vec<u8> {
        text.as_bytes().to_vec()
    }

    fn with_field(&self, _raw: &[u8], _name: &str, _json: &str) -> Option<Vec<u8>> {
        None
    }
}
