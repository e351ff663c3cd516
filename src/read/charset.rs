//! Character sets: bytes that are no UTF-8 become text, with a name for what they were.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// A text and the character set it was written in.
#[derive(Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text.
    pub text: String,
    /// The character set's name; `None`: UTF-8 without a byte order mark.
    pub charset: Option<&'static str>,
}

/// Decodes bytes of an unknown character set: by byte order mark, as UTF-8, by the shape of UTF-16, else by statistics
/// over the legacy sets of the web (the detector of the browsers).
///
/// Never fails; what no set can read becomes U+FFFD.
pub fn decode(bytes: &[u8]) -> Decoded {
    if let Some((encoding, _)) = Encoding::for_bom(bytes)
        && encoding != UTF_8
    {
        return decode_with(encoding, bytes);
    }
    if let Some(encoding) = guess_utf16(bytes) {
        return decode_with(encoding, bytes);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Decoded { text: text.to_owned(), charset: None },
        Err(_) => decode_with(guess(bytes), bytes),
    }
}

/// Whether these bytes are UTF-8 and nothing speaks for UTF-16, so that they may be taken as they are.
pub fn as_utf8(bytes: &[u8]) -> Option<&str> {
    let has_mark = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    if has_mark || guess_utf16(bytes).is_some() {
        return None;
    }
    std::str::from_utf8(bytes).ok()
}

/// Whether a text of this character set gives back exactly these bytes, so that they need not be kept.
pub fn encodes_back(decoded: &str, charset: &str, bytes: &[u8]) -> bool {
    encode(decoded, charset).is_some_and(|again| again == bytes)
}

/// The bytes of `text` in a character set; `None` where the set cannot write it.
pub fn encode(text: &str, charset: &str) -> Option<Vec<u8>> {
    let encoding = Encoding::for_label(charset.as_bytes())?;
    if encoding == UTF_16LE {
        return Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
    }
    if encoding == UTF_16BE {
        return Some(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
    }
    let (bytes, _, unmappable) = encoding.encode(text);
    (!unmappable).then(|| bytes.into_owned())
}

fn decode_with(encoding: &'static Encoding, bytes: &[u8]) -> Decoded {
    // The byte order mark stays in the text, as in UTF-8: taking it out is normalisation, with a receipt.
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    Decoded { text: text.into_owned(), charset: Some(encoding.name()) }
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    if is_nearly_utf8(bytes) {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Deny)
}

/// UTF-16 without a mark: most text has many zero bytes, all on one side.
fn guess_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(4096) & !1];
    let zeros = |side: usize| sample.iter().skip(side).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, pairs) = (zeros(0), zeros(1), sample.len() / 2);
    if pairs == 0 || !bytes.len().is_multiple_of(2) {
        return None;
    }
    if odd * 10 > pairs * 7 && even * 20 < pairs {
        return Some(UTF_16LE);
    }
    (even * 10 > pairs * 7 && odd * 20 < pairs).then_some(UTF_16BE)
}

/// Whether the faults are few beside the sound multi-byte characters: a UTF-8 text with a damaged place.
fn is_nearly_utf8(bytes: &[u8]) -> bool {
    let (mut sound, mut faults) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        sound += chunk.valid().bytes().filter(|byte| *byte >= 0xc0).count();
        faults += usize::from(!chunk.invalid().is_empty());
    }
    sound > 4 * faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legacy_sets_are_found_and_encode_back() {
        let samples = [
            ("windows-1252", "Der Bürgermeister grüßte die Gäste – und schwieg über Änderungen."),
            ("windows-1251", "Правительство одобрило новый законопроект о бюджете на следующий год."),
            ("Shift_JIS", "日本の首相は記者会見で新しい経済政策を発表しました。東京の街は静かだった。"),
        ];
        for (charset, text) in samples {
            let bytes = encode(text, charset).unwrap();
            let decoded = decode(&bytes);
            assert_eq!(decoded, Decoded { text: text.into(), charset: Some(charset) });
            assert!(encodes_back(&decoded.text, charset, &bytes));
        }
    }

    #[test]
    fn utf16_is_found_with_and_without_a_mark() {
        for charset in ["UTF-16LE", "UTF-16BE"] {
            for text in ["\u{feff}Plain words, then Ärger.", "Plain words without any mark at all."] {
                let decoded = decode(&encode(text, charset).unwrap());
                assert_eq!(decoded, Decoded { text: text.into(), charset: Some(charset) });
            }
        }
    }

    #[test]
    fn utf8_with_one_damaged_place_stays_utf8() {
        let mut bytes = "Größe, Übermut, Fußgänger, Äpfel und Öl".as_bytes().to_vec();
        bytes.push(0xff);
        assert_eq!(decode(&bytes).charset, Some("UTF-8"));
        assert!(!encodes_back(&decode(&bytes).text, "UTF-8", &bytes));
    }
}
