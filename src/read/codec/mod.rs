//! Codecs: how bytes were packed. A new one is a file here and a line in [`ALL`].

pub mod ahead;
mod gzip;
mod plain;
mod zstandard;

use std::io::{self, Read, Write};

/// A way of packing bytes.
pub trait Codec: Sync {
    /// Its name, as `--format` and the report write it.
    fn name(&self) -> &'static str;
    /// The file name extensions that mean it, without the dot.
    fn extensions(&self) -> &'static [&'static str];
    /// Unpacks all members or frames of a stream.
    ///
    /// # Errors
    /// When the codec cannot start; a damaged stream shows as an error of the returned reader.
    fn decode<'a>(&self, packed: Box<dyn Read + Send + 'a>) -> io::Result<Box<dyn Read + Send + 'a>>;
    /// Packs a stream. The same bytes in give the same bytes out: no time stamp, no name.
    ///
    /// # Errors
    /// When the codec cannot start.
    fn encode<'a>(&self, packed: Box<dyn Write + Send + 'a>) -> io::Result<Box<dyn Finish + Send + 'a>>;
    /// Packs bytes as one frame or member, whose sizes are told at its start: frames one after the other are a packed
    /// stream. The same bytes in give the same bytes out.
    ///
    /// # Errors
    /// When the codec cannot start.
    fn pack(&self, bytes: &[u8]) -> io::Result<Vec<u8>>;
    /// What can be told of the frame or member that `packed` begins with.
    fn frame(&self, packed: &[u8]) -> Frame;
}

/// What can be told of a frame or member without unpacking it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// It is there in whole.
    Whole {
        /// Its length in bytes.
        packed: usize,
        /// The number of bytes it says it unpacks to.
        unpacked: usize,
    },
    /// It is longer than the bytes at hand.
    Cut,
    /// It does not tell its sizes, or is none.
    Unknown,
}

/// A writer with an end to write.
pub trait Finish: Write {
    /// Writes what is still held back, and the end.
    ///
    /// # Errors
    /// When the writer below fails.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// Bytes as they are.
pub static PLAIN: &dyn Codec = &plain::Plain;

/// Every codec there is.
pub static ALL: &[&dyn Codec] = &[PLAIN, &gzip::Gzip, &zstandard::Zstandard];

/// The codec a file name's last extension means, and the name without it; [`PLAIN`] and the whole name if none does.
pub fn of_name(name: &str) -> (&'static dyn Codec, &str) {
    let Some((stem, extension)) = name.rsplit_once('.') else { return (PLAIN, name) };
    ALL.iter()
        .find(|codec| codec.extensions().iter().any(|known| known.eq_ignore_ascii_case(extension)))
        .map_or((PLAIN, name), |codec| (*codec, stem))
}

/// The codec of this name.
pub fn named(name: &str) -> Option<&'static dyn Codec> {
    ALL.iter().copied().find(|codec| codec.name() == name || codec.extensions().contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The conformance test that every codec passes: what was packed comes back, in one piece or in many.
    #[test]
    fn every_codec_gives_back_what_it_packed_even_from_many_members() {
        for codec in ALL {
            let mut packed = Vec::new();
            for part in ["first part\n", "", "second part"] {
                let mut writer = codec.encode(Box::new(&mut packed)).unwrap();
                writer.write_all(part.as_bytes()).unwrap();
                writer.finish().unwrap();
            }
            let mut text = String::new();
            codec.decode(Box::new(packed.as_slice())).unwrap().read_to_string(&mut text).unwrap();
            assert_eq!(text, "first part\nsecond part", "{}", codec.name());
        }
    }

    #[test]
    fn every_codec_but_plain_notices_a_cut_stream() {
        for codec in &ALL[1..] {
            let mut packed = Vec::new();
            let mut writer = codec.encode(Box::new(&mut packed)).unwrap();
            writer.write_all(&b"some text to be cut short, ".repeat(50)).unwrap();
            writer.finish().unwrap();
            packed.truncate(packed.len() / 2);
            let mut text = Vec::new();
            let result = codec.decode(Box::new(packed.as_slice())).and_then(|mut r| r.read_to_end(&mut text));
            assert!(result.is_err(), "{}", codec.name());
        }
    }

    #[test]
    fn a_packed_frame_tells_its_sizes() {
        for codec in &ALL[1..] {
            let frame = codec.pack(&b"some text, ".repeat(9000)).unwrap();
            let two = [&frame[..], &frame[..]].concat();
            assert_eq!(codec.frame(&two), Frame::Whole { packed: frame.len(), unpacked: 99_000 });
            for length in 0..frame.len() {
                assert_eq!(codec.frame(&frame[..length]), Frame::Cut, "{} {length}", codec.name());
            }
            assert_eq!(codec.frame(b"no frame at all, but long enough to tell"), Frame::Unknown);
            assert_eq!(codec.pack(b"a").unwrap(), codec.pack(b"a").unwrap());
        }
        assert_eq!(PLAIN.frame(b"text"), Frame::Unknown);
    }

    #[test]
    fn names_tell_the_codec() {
        assert_eq!(of_name("a.jsonl.gz").0.name(), "gzip");
        assert_eq!(of_name("a.jsonl.ZST").1, "a.jsonl");
        assert_eq!(of_name("a.jsonl").1, "a.jsonl");
        assert_eq!(of_name("readme").0.name(), "plain");
    }
}
