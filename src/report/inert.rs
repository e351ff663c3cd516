//! JSON that drives nothing, wherever it is shown.

use serde::Serialize;

use crate::error::{Error, Result, is_harmless};

/// A value as JSON in which every character that is not harmless, and every one that `is_escaped`, is an escape.
///
/// # Errors
/// When it cannot be written as JSON, which is a fault of tamis.
pub fn inert_json<R: Serialize>(value: &R, is_escaped: impl Fn(char) -> bool) -> Result<String> {
    let json = serde_json::to_string(value).map_err(|error| unwritable(&error))?;
    Ok(inert(json, |character| is_escaped(character) || !is_harmless(character)))
}

/// The same over several lines, for people.
///
/// # Errors
/// As [`inert_json`].
pub fn inert_pretty_json<R: Serialize>(value: &R) -> Result<String> {
    let json = serde_json::to_string_pretty(value).map_err(|error| unwritable(&error))?;
    // A line end inside a string is an escape already.
    Ok(inert(json, |character| character != '\n' && !is_harmless(character)))
}

fn inert(json: String, is_escaped: impl Fn(char) -> bool) -> String {
    use std::fmt::Write as _;
    if !json.chars().any(&is_escaped) {
        return json;
    }
    let mut inert = String::with_capacity(json.len());
    let mut units = [0; 2];
    for character in json.chars() {
        if is_escaped(character) {
            for unit in character.encode_utf16(&mut units) {
                // Writing to a String cannot fail.
                let _ = write!(inert, "\\u{unit:04x}");
            }
        } else {
            inert.push(character);
        }
    }
    inert
}

fn unwritable(error: &serde_json::Error) -> Error {
    Error::Internal(format!("a part of the report cannot be written: {error}"))
}

/// Whether a character may begin markup.
pub fn is_markup(character: char) -> bool {
    matches!(character, '<' | '>' | '&')
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn it_is_inert_and_says_the_same(text in "\\PC{0,20}|[<>&\"'/!\\-\u{0}-\u{1f}\u{7f}-\u{9f}\u{2028}\u{202e}\u{e0041}]{0,20}") {
            let json = inert_json(&text, is_markup).unwrap();
            proptest::prop_assert!(!json.contains(['<', '>', '&']));
            proptest::prop_assert!(json.chars().all(is_harmless));
            proptest::prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
