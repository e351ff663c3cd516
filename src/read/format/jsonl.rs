//! JSON Lines: one JSON object a line.

use std::borrow::Cow;

use memchr::{memchr, memrchr};
use serde::de::IgnoredAny;

use crate::document::{Document, Problem, ProblemKind};
use crate::read::fields::{Field, Fields};
use crate::read::scan;
use crate::span::Span;

use super::{BYTE_ORDER_MARK, Format, plain_value};

pub(super) struct Jsonl;

impl Format for Jsonl {
    fn name(&self) -> &'static str {
        "jsonl"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["jsonl", "ndjson"]
    }

    fn is_one_record(&self) -> bool {
        false
    }

    fn record_length(&self, bytes: &[u8]) -> usize {
        memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1)
    }

    fn whole_records(&self, bytes: &[u8]) -> Option<usize> {
        memrchr(b'\n', bytes).map(|end| end + 1)
    }

    fn is_blank(&self, raw: &[u8]) -> bool {
        raw.iter().all(u8::is_ascii_whitespace) || raw.trim_ascii_end() == BYTE_ORDER_MARK
    }

    fn parse<'a>(&self, raw: &'a [u8], fields: &Fields) -> Result<Document<'a>, Problem> {
        let marked = if raw.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let line = utf8(&raw[marked..]).map_err(|error| invalid_utf8(&error, marked))?;
        let line = line.trim_ascii_end();
        let found = fields.locate(line).map_err(|error| bad_json(line, &error))?;
        let literal = found[Field::Text as usize].ok_or_else(|| missing(fields))?;
        let text = decode_text(literal, fields)?;
        let plain = |field: Field| found[field as usize].and_then(plain_value);
        let start = marked + literal.as_ptr() as usize - line.as_ptr() as usize;
        Ok(Document {
            id: plain(Field::Id).filter(|id| id.len() <= LONGEST_ID),
            text,
            url: plain(Field::Url),
            site: plain(Field::Site),
            folder: None,
            lang: plain(Field::Lang),
            rank: plain(Field::Rank),
            literal: Some(Span::new(start, start + literal.len())),
            charset: None,
        })
    }

    fn escape(&self, text: &str, out: &mut Vec<u8>) {
        let start = out.len();
        // Writing to memory does not fail.
        if serde_json::to_writer(&mut *out, text).is_ok() {
            out.pop();
            out.remove(start);
        }
    }

    fn raw_offsets(&self, literal: &str, offsets: &[usize]) -> Vec<usize> {
        let mut walk = LiteralWalk { literal: literal.as_bytes(), raw: 0, decoded: 0 };
        offsets.iter().map(|offset| walk.advance_to(*offset)).collect()
    }

    fn compose(&self, id: &str, text: &str, fields: &Fields) -> Vec<u8> {
        let (id_path, text_path) = (fields.path(Field::Id), fields.path(Field::Text));
        let mut object = members(id_path, id, text_path, text);
        object.push('\n');
        object.into_bytes()
    }

    fn with_field(&self, raw: &[u8], name: &str, json: &str) -> Option<Vec<u8>> {
        let close = memrchr(b'}', raw)?;
        let is_empty = raw[..close].trim_ascii_end().ends_with(b"{");
        let mut out = raw[..close].to_vec();
        out.extend_from_slice(if is_empty { b"" } else { b", " });
        out.extend_from_slice(serde_json::Value::from(name).to_string().as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(json.as_bytes());
        out.extend_from_slice(&raw[close..]);
        Some(out)
    }
}

/// Longest id in bytes: reports repeat it in many rows. A document with a longer one is called by its place, as one without.
const LONGEST_ID: usize = 1024;

/// An object with two strings at these paths, which may share their beginning.
fn members(one: &[String], value: &str, other: &[String], other_value: &str) -> String {
    let quote = |value: &str| serde_json::Value::from(value).to_string();
    match (one.split_first(), other.split_first()) {
        (Some((key, rest @ [_, ..])), Some((other_key, other_rest @ [_, ..]))) if key == other_key => {
            format!("{{{}: {}}}", quote(key), members(rest, value, other_rest, other_value))
        }
        _ => {
            let member = |path: &[String], value: &str| {
                let (last, folders) = path.split_last()?;
                let inner = format!("{}: {}", quote(last), quote(value));
                Some(folders.iter().rfold(inner, |inner, key| format!("{}: {{{inner}}}", quote(key))))
            };
            let both: Vec<_> =
                [member(one, value), member(other, other_value)].into_iter().flatten().collect();
            format!("{{{}}}", both.join(", "))
        }
    }
}

/// The vector routine says only that there is a fault, the other one where.
fn utf8(bytes: &[u8]) -> Result<&str, std::str::Utf8Error> {
    simdutf8::basic::from_utf8(bytes).or_else(|_| std::str::from_utf8(bytes))
}

fn invalid_utf8(error: &std::str::Utf8Error, marked: usize) -> Problem {
    let reason = format!("invalid UTF-8 at byte {} of the record", error.valid_up_to() + marked);
    Problem::new(ProblemKind::InvalidUtf8, reason)
}

/// What is wrong with a record: it is JSON and no object, or no JSON from a column on, counted in characters from 1.
fn bad_json(line: &str, error: &serde_json::Error) -> Problem {
    if !line.trim_ascii_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(line).is_ok() {
        let reason = format!("{}, not a JSON object", kind_of(line.trim_ascii_start()));
        return Problem::new(ProblemKind::BadJson, reason);
    }
    // The line number within a line says nothing; the column does.
    let reason = error.to_string();
    let reason = reason.split(" at line ").next().unwrap_or(&reason);
    let before = line.floor_char_boundary(error.column().saturating_sub(1));
    let column = 1 + line[..before].chars().count();
    Problem::new(ProblemKind::BadJson, format!("bad JSON at column {column}: {reason}"))
}

/// What a JSON value is.
fn kind_of(literal: &str) -> &'static str {
    match literal.as_bytes().first() {
        Some(b'n') => "null",
        Some(b't' | b'f') => "a boolean",
        Some(b'[') => "an array",
        Some(b'{') => "an object",
        Some(b'"') => "a string",
        _ => "a number",
    }
}

fn missing(fields: &Fields) -> Problem {
    Problem::new(ProblemKind::MissingField, format!("missing field {:?}", fields.name(Field::Text)))
}

fn decode_text<'a>(literal: &'a str, fields: &Fields) -> Result<Cow<'a, str>, Problem> {
    if !literal.starts_with('"') {
        let reason = format!("field {:?} is {}, not a string", fields.name(Field::Text), kind_of(literal));
        return Err(Problem::new(ProblemKind::WrongType, reason));
    }
    let inner = &literal[1..literal.len() - 1];
    if memchr(b'\\', inner.as_bytes()).is_none() {
        return Ok(Cow::Borrowed(inner));
    }
    if let Some(text) = scan::unescape(inner) {
        return Ok(Cow::Owned(text));
    }
    serde_json::from_str(literal).map(Cow::Owned).map_err(|error| {
        if let Some(lone) = scan::lone_surrogate(inner) {
            let reason = format!("field {:?} has a lone surrogate, {lone}", fields.name(Field::Text));
            return Problem::new(ProblemKind::BadJson, reason);
        }
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or(&reason);
        Problem::new(ProblemKind::BadJson, format!("field {:?}: {reason}", fields.name(Field::Text)))
    })
}

/// Walks a raw literal and counts the bytes it decodes to (RFC 8259, section 7).
struct LiteralWalk<'a> {
    literal: &'a [u8],
    raw: usize,
    decoded: usize,
}

impl LiteralWalk<'_> {
    fn advance_to(&mut self, target: usize) -> usize {
        while self.decoded < target && self.raw < self.literal.len() {
            // No further than to the target: of a text with many edits each look would else go to the next escape.
            let rest = &self.literal[self.raw..];
            let rest = &rest[..rest.len().min(target - self.decoded)];
            let plain = memchr(b'\\', rest).unwrap_or(rest.len());
            self.raw += plain;
            self.decoded += plain;
            if self.decoded < target {
                self.escape();
            }
        }
        self.raw
    }

    fn escape(&mut self) {
        let Some(b'u') = self.literal.get(self.raw + 1) else {
            self.raw += 2;
            self.decoded += 1;
            return;
        };
        let unit = self.unit_at(self.raw + 2);
        let is_pair = (0xd800..0xdc00).contains(&unit);
        self.raw += if is_pair { 12 } else { 6 };
        self.decoded += match unit {
            0..0x80 => 1,
            0x80..0x800 => 2,
            _ if is_pair => 4,
            _ => 3,
        };
    }

    fn unit_at(&self, at: usize) -> u32 {
        let digits = self.literal.get(at..at + 4).and_then(|digits| std::str::from_utf8(digits).ok());
        digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Keep, ReadConfig};

    fn parse(raw: &[u8]) -> Result<Document<'_>, Problem> {
        Jsonl.parse(raw, &Fields::new(&ReadConfig::default(), &Keep::First))
    }

    #[test]
    fn records_are_read_whatever_their_other_fields_hold() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let raw = format!(
            "{{\"id\": 7, \"x\": {deep}, \"text\": \"a\\u00e9\\n\\ud83d\\ude00\", \"url\": \"u\"}}\r\n"
        );
        let document = parse(raw.as_bytes()).unwrap();
        assert_eq!(document.id.unwrap(), "7");
        assert_eq!(document.text, "aé\n😀");
        assert_eq!(document.url.unwrap(), "u");
        assert_eq!(document.literal.unwrap().of(&raw), "\"a\\u00e9\\n\\ud83d\\ude00\"");
    }

    #[test]
    fn faults_are_named() {
        let reason = |raw: &[u8]| parse(raw).unwrap_err().reason;
        assert_eq!(reason(b"{\"id\": 1}"), "missing field \"text\"");
        assert_eq!(reason(b"{\"text\": null}"), "field \"text\" is null, not a string");
        assert_eq!(reason(b"{\"text\": [1]}"), "field \"text\" is an array, not a string");
        assert_eq!(reason(b"{\"text\": \"\xff\"}"), "invalid UTF-8 at byte 10 of the record");
        assert!(reason(b"{\"text\": \"a\"").starts_with("bad JSON at column 12"));
        assert_eq!(reason("{\"texté\": a}".as_bytes()), "bad JSON at column 11: expected value");
        for (raw, is) in [
            ("[1, 2]", "an array"),
            ("\"abc\"", "a string"),
            ("null", "null"),
            ("-5", "a number"),
            (" true", "a boolean"),
        ] {
            assert_eq!(reason(raw.as_bytes()), format!("{is}, not a JSON object"));
        }
        assert!(reason(b"[1, 2").starts_with("bad JSON at column "));
        assert_eq!(reason(b"x"), "bad JSON at column 1: expected value");
        for lone in ["\\ud800", "\\udc00", "\\uDBFF"] {
            for rest in ["", " alone", "\\u0041", "\\ud800\\udc00"] {
                let raw = format!("{{\"text\": \"\\ud83d\\ude00 {lone}{rest}\"}}");
                let expected = format!("field \"text\" has a lone surrogate, {lone}");
                assert_eq!(reason(raw.as_bytes()), expected, "{raw}");
            }
        }
    }

    #[test]
    fn of_a_repeated_key_the_last_one_holds_as_in_other_parsers() {
        assert_eq!(parse(b"{\"text\": \"a\", \"text\": \"b\"}").unwrap().text, "b");
    }

    #[test]
    fn raw_offsets_fall_where_decoding_does() {
        let literal = r"ab\n\u00e9\ud83d\ude00\u201cz\\";
        let decoded: String = serde_json::from_str(&format!("\"{literal}\"")).unwrap();
        let offsets: Vec<usize> = decoded.char_indices().map(|(at, _)| at).chain([decoded.len()]).collect();
        let raw = Jsonl.raw_offsets(literal, &offsets);
        for (window, (from, to)) in offsets.windows(2).zip(raw.iter().zip(&raw[1..])) {
            let piece: String = serde_json::from_str(&format!("\"{}\"", &literal[*from..*to])).unwrap();
            assert_eq!(piece, &decoded[window[0]..window[1]]);
        }
        assert_eq!(raw.last(), Some(&literal.len()));
    }

    #[test]
    fn a_field_is_added_at_the_end_of_the_object() {
        let with = |raw: &[u8]| String::from_utf8(Jsonl.with_field(raw, "tamis", "1").unwrap()).unwrap();
        assert_eq!(with(b"{\"a\": {}}\n"), "{\"a\": {}, \"tamis\": 1}\n");
        assert_eq!(with(b"{}"), "{\"tamis\": 1}");
    }
}
