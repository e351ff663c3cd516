//! One look at a JSON object of the usual shape, for its keys and raw values.
//!
//! It takes what a JSON parser takes and nothing else: strings, numbers and words are checked here, nested values are left
//! to the parser. Whatever is unusual (an escaped key, a fault) ends the look with nothing, and the parser is asked about
//! the whole record: faults are told in its words. The test below holds both against each other.

use memchr::{memchr, memchr2};
use serde::de::IgnoredAny;

/// Calls `each` with every key of the object `json` and its raw value, in order; `None` when the parser must be asked.
pub(in crate::read) fn each_field<'a>(json: &'a str, mut each: impl FnMut(&'a str, &'a str)) -> Option<()> {
    let mut scan = Scan { json, at: 0 };
    scan.expect(b'{')?;
    if scan.peek()? == b'}' {
        scan.at += 1;
        return scan.end();
    }
    loop {
        let key = scan.string()?;
        let key = &key[1..key.len() - 1];
        if memchr(b'\\', key.as_bytes()).is_some() {
            return None;
        }
        scan.expect(b':')?;
        each(key, scan.value()?);
        match scan.peek()? {
            b',' => scan.at += 1,
            b'}' => {
                scan.at += 1;
                return scan.end();
            }
            _ => return None,
        }
    }
}

/// The text that a JSON string literal stands for, which was found whole; `inner` is what stands between its quotes.
/// `None` where the parser must be asked.
pub(in crate::read) fn unescape(inner: &str) -> Option<String> {
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = memchr(b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        let (character, length) = escaped(&rest[at..])?;
        text.push(character);
        rest = &rest[at + length..];
    }
    text.push_str(rest);
    Some(text)
}

/// The first escape of half a surrogate pair that has no other half beside it, in a literal that is good JSON otherwise.
pub(in crate::read) fn lone_surrogate(inner: &str) -> Option<&str> {
    let mut rest = inner;
    while let Some(at) = memchr(b'\\', rest.as_bytes()) {
        rest = &rest[at..];
        match escaped(rest) {
            Some((_, length)) => rest = &rest[length..],
            None => return rest.get(..6).filter(|escape| escape.starts_with("\\u")),
        }
    }
    None
}

/// The character of the escape that `rest` begins with, and the escape's length (RFC 8259, section 7).
fn escaped(rest: &str) -> Option<(char, usize)> {
    let character = match rest.as_bytes().get(1)? {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'u' => return unicode_escape(rest),
        other @ (b'"' | b'\\' | b'/') => char::from(*other),
        _ => return None,
    };
    Some((character, 2))
}

fn unicode_escape(rest: &str) -> Option<(char, usize)> {
    let unit = hexadecimal(rest.as_bytes(), 2)?;
    if !(0xd800..0xe000).contains(&unit) {
        return Some((char::from_u32(unit)?, 6));
    }
    let low = rest.as_bytes().get(6..8).filter(|&bytes| bytes == b"\\u")?;
    let low = hexadecimal(rest.as_bytes(), 6 + low.len())?;
    if unit >= 0xdc00 || !(0xdc00..0xe000).contains(&low) {
        return None;
    }
    Some((char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00))?, 12))
}

/// The four hexadecimal digits at `at` as a number.
fn hexadecimal(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 4)?;
    digits.iter().try_fold(0, |number, &digit| Some(number << 4 | char::from(digit).to_digit(16)?))
}

/// A place in a JSON text.
struct Scan<'a> {
    json: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    /// The next byte that is not white space.
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.json.as_bytes();
        while matches!(bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        let is_there = self.peek()? == byte;
        self.at += 1;
        is_there.then_some(())
    }

    /// Nothing but white space may follow.
    fn end(&mut self) -> Option<()> {
        self.peek().is_none().then_some(())
    }

    fn value(&mut self) -> Option<&'a str> {
        match self.peek()? {
            b'"' => self.string(),
            b'{' | b'[' => self.nested(),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => self.number(),
        }
    }

    /// A string literal with its quotes: no control character, no escape that does not exist.
    fn string(&mut self) -> Option<&'a str> {
        if self.peek()? != b'"' {
            return None;
        }
        let bytes = self.json.as_bytes();
        let mut at = self.at + 1;
        loop {
            let rest = &bytes[at..];
            let plain = memchr2(b'"', b'\\', rest)?;
            if has_control(&rest[..plain]) {
                return None;
            }
            at += plain;
            if bytes[at] == b'"' {
                return Some(self.take(at + 1 - self.at));
            }
            at += match bytes.get(at + 1)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
                b'u' => hexadecimal(bytes, at + 2).map(|_| 6)?,
                _ => return None,
            };
        }
    }

    /// An object or an array, as the parser finds its end.
    fn nested(&mut self) -> Option<&'a str> {
        let mut values = serde_json::Deserializer::from_str(&self.json[self.at..]).into_iter::<IgnoredAny>();
        values.next()?.ok()?;
        let length = values.byte_offset();
        Some(self.take(length))
    }

    fn word(&mut self, word: &str) -> Option<&'a str> {
        self.json[self.at..].starts_with(word).then(|| self.take(word.len()))
    }

    fn number(&mut self) -> Option<&'a str> {
        let bytes = &self.json.as_bytes()[self.at..];
        let mut length = usize::from(bytes.first() == Some(&b'-'));
        let whole = digits(bytes, length)?;
        if whole > 1 && bytes[length] == b'0' {
            return None;
        }
        length += whole;
        if bytes.get(length) == Some(&b'.') {
            length += 1 + digits(bytes, length + 1)?;
        }
        if matches!(bytes.get(length), Some(b'e' | b'E')) {
            length += 1 + usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
            length += digits(bytes, length)?;
        }
        Some(self.take(length))
    }

    fn take(&mut self, length: usize) -> &'a str {
        let taken = &self.json[self.at..self.at + length];
        self.at += length;
        taken
    }
}

/// How many digits stand at `at`; `None` if there is none.
fn digits(bytes: &[u8], at: usize) -> Option<usize> {
    let digits = bytes.get(at..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (digits > 0).then_some(digits)
}

/// Whether there is a character that a string must escape. The compiler makes vectors of this.
fn has_control(bytes: &[u8]) -> bool {
    bytes.iter().fold(u8::MAX, |least, &byte| least.min(byte)) < 0x20
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    /// The same by the parser: keys and raw values, in order.
    fn parsed(json: &str) -> Option<Vec<(String, &str)>> {
        struct Fields;
        impl<'a> serde::de::Visitor<'a> for Fields {
            type Value = Vec<(String, &'a str)>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<M: serde::de::MapAccess<'a>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut found = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, &'a RawValue>()? {
                    found.push((key, value.get()));
                }
                Ok(found)
            }
        }
        let mut parser = serde_json::Deserializer::from_str(json);
        let found = serde::Deserializer::deserialize_map(&mut parser, Fields).ok()?;
        parser.end().is_ok().then_some(found)
    }

    fn scanned(json: &str) -> Option<Vec<(String, &str)>> {
        let mut found = Vec::new();
        each_field(json, |key, value| found.push((key.to_owned(), value)))?;
        Some(found)
    }

    #[test]
    fn usual_records_need_no_parser() {
        for json in [
            r#"{"id": 7, "text": "a\n\"b\" \u00e9 \ud83d\ude00", "n": -1.5e+3, "z": null}"#,
            r" { } ",
            r#"{"a":{"b":["}",{}]},"c":[1,2],"d":true,"e":false,"text":""}"#,
        ] {
            assert!(scanned(json).is_some(), "{json}");
            assert_eq!(scanned(json), parsed(json), "{json}");
        }
    }

    #[test]
    fn what_a_parser_refuses_is_refused() {
        for json in [
            "",
            "{",
            "{}x",
            "[]",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r#"{"a":01}"#,
            r#"{"a":1.}"#,
            r#"{"a":.5}"#,
            r#"{"a":-}"#,
            r#"{"a":1e}"#,
            r#"{"a":"\x"}"#,
            r#"{"a":"\u12g4"}"#,
            "{\"a\":\"\n\"}",
            r#"{"a":"b}"#,
            r#"{"a":tru}"#,
            r#"{"a":truex}"#,
            r#"{"a":[1}"#,
            r#"{"a":1 2}"#,
            r"{a:1}",
            r#"{"a":+1}"#,
            r#"{"a":"\"#,
        ] {
            assert_eq!(parsed(json), None, "{json}");
            assert_eq!(scanned(json), None, "{json}");
        }
    }

    proptest! {
        #[test]
        fn the_parser_agrees(json in r#"\{?( ?"(a|text|\\n|é|\\u00e9|\\u0){0,2}" ?: ?("(x|é|\\n|\\"|\\\\|\\u1F600|\\q|\t){0,4}"|-?0?[0-9]{1,2}(\.[0-9]?)?(e[+-]?[0-9]?)?|true|nul|null|\[1, ?\{\}\]|\{"b": ?"\}"\}) ?,?){0,3}\}? ?"#) {
            if let Some(found) = scanned(&json) {
                prop_assert_eq!(Some(found), parsed(&json));
            }
        }

        #[test]
        fn texts_are_unescaped_as_by_the_parser(inner in r#"(a|é|\\n|\\t|\\r|\\b|\\f|\\/|\\"|\\\\|\\u00e9|\\uD83D|\\uDE00|\\u0041|\\u12|\\q){0,8}"#) {
            if let Some(text) = unescape(&inner) {
                prop_assert_eq!(Some(text), serde_json::from_str::<String>(&format!("\"{inner}\"")).ok());
            }
        }

        #[test]
        fn any_text_comes_back(text in any::<String>()) {
            let quoted = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(unescape(&quoted[1..quoted.len() - 1]), Some(text));
        }
    }
}
