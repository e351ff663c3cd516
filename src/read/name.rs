//! Names of files as text, without loss: what a report says of a file must lead back to it, whatever bytes its name has.
//!
//! Names are UTF-8 nearly always, and then the text is the name. A byte that belongs to no UTF-8 character becomes a character of
//! a private range, one of 128, and so does each byte of a character of that range itself, so that every text stands for one
//! name. (The range is the one that the `OPTU-8/16` encodings of `MirBSD` use for the same end.)

use std::path::{Path, PathBuf};

/// The byte 0x80 as a character; the others follow it.
#[cfg(unix)]
const BASE: u32 = 0xef80;

/// The path as text.
#[cfg(unix)]
pub fn to_text(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;

    let mut text = String::new();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        for character in chunk.valid().chars() {
            if byte_of(character).is_some() {
                character.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| text.push(character_of(byte)));
            } else {
                text.push(character);
            }
        }
        chunk.invalid().iter().for_each(|byte| text.push(character_of(*byte)));
    }
    text
}

/// The path that a text of [`to_text`] stands for.
#[cfg(unix)]
pub fn to_path(text: &str) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;

    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        match byte_of(character) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    std::ffi::OsString::from_vec(bytes).into()
}

/// A byte that is no ASCII as a character of the range.
#[cfg(unix)]
fn character_of(byte: u8) -> char {
    char::from_u32(BASE + u32::from(byte & 0x7f)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The byte that a character of the range stands for.
#[cfg(unix)]
fn byte_of(character: char) -> Option<u8> {
    let offset = u32::from(character).checked_sub(BASE).filter(|offset| *offset < 0x80)?;
    u8::try_from(0x80 + offset).ok()
}

/// The path as text; where names are no bytes, what has no character is lost.
#[cfg(not(unix))]
pub fn to_text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The path that a text of [`to_text`] stands for.
#[cfg(not(unix))]
pub fn to_path(text: &str) -> PathBuf {
    PathBuf::from(text)
}

#[cfg(all(test, unix))]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    proptest::proptest! {
        #[test]
        fn every_name_comes_back(bytes in proptest::collection::vec(1_u8.., 0..24)) {
            let path = PathBuf::from(OsString::from_vec(bytes));
            proptest::prop_assert_eq!(to_path(&to_text(&path)), path);
        }

        #[test]
        fn names_of_the_private_range_come_back(name in "[\u{ef7f}-\u{f001}a/é]{0,12}") {
            proptest::prop_assert_eq!(to_path(&to_text(Path::new(&name))), PathBuf::from(&name));
        }
    }

    #[test]
    fn usual_names_stay_as_they_are() {
        assert_eq!(to_text(Path::new("crawl/Übersicht 東京.jsonl.gz")), "crawl/Übersicht 東京.jsonl.gz");
        assert_eq!(to_path("crawl/Übersicht 東京.jsonl.gz"), Path::new("crawl/Übersicht 東京.jsonl.gz"));
    }

    #[test]
    fn names_that_differ_in_one_byte_differ_as_text() {
        let text = |byte: u8| to_text(&PathBuf::from(OsString::from_vec(vec![b'b', byte])));
        assert_eq!(text(0xff), "b\u{efff}");
        assert_ne!(text(0xff), text(0xfe));
    }
}
