//! gzip (RFC 1952), any number of members.

use std::io::{self, Read, Write};

use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};

use super::{Codec, Finish, Frame};

pub(super) struct Gzip;

impl Codec for Gzip {
    fn name(&self) -> &'static str {
        "gzip"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["gz", "gzip"]
    }

    fn decode<'a>(&self, packed: Box<dyn Read + Send + 'a>) -> io::Result<Box<dyn Read + Send + 'a>> {
        // The single-member decoder would stop in silence after the first member.
        Ok(Box::new(MultiGzDecoder::new(io::BufReader::with_capacity(1 << 17, packed))))
    }

    fn encode<'a>(&self, packed: Box<dyn Write + Send + 'a>) -> io::Result<Box<dyn Finish + Send + 'a>> {
        Ok(Box::new(GzipWriter(GzEncoder::new(packed, Compression::default()))))
    }

    fn pack(&self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let extra = [OWN[0], OWN[1], 4, 0, 0, 0, 0, 0];
        let mut encoder = GzBuilder::new().extra(extra).write(Vec::new(), Compression::default());
        encoder.write_all(bytes)?;
        let mut member = encoder.finish()?;
        let length = u32::try_from(member.len()).map_err(io::Error::other)?;
        member[OWN_LENGTH].copy_from_slice(&length.to_le_bytes());
        Ok(member)
    }

    fn frame(&self, packed: &[u8]) -> Frame {
        if !START.iter().zip(packed).all(|(a, b)| a == b) {
            return Frame::Unknown;
        }
        let Some(extra) = extra_field(packed) else { return Frame::Cut };
        match length_in(extra) {
            Some(length) if length < extra.len() + START.len() => Frame::Unknown,
            Some(length) if length > packed.len() => Frame::Cut,
            Some(length) => Frame::Whole { packed: length, unpacked: unpacked_size(&packed[..length]) },
            None => Frame::Unknown,
        }
    }
}

/// How a member begins that has an extra field and nothing else of that kind: magic number, deflate, flags.
const START: [u8; 4] = [0x1f, 0x8b, 8, 4];
/// The name of the subfield in which a member tells its own length, in four bytes.
const OWN: [u8; 2] = *b"TM";
/// Where it tells it, if the subfield is the first.
const OWN_LENGTH: std::ops::Range<usize> = 16..20;
/// The same of the blocked gzip of genomics, in two bytes and less one (SAM specification, section 4.1).
const BLOCKED: [u8; 2] = *b"BC";

/// The extra field of a member (RFC 1952, section 2.3.1); `None` when more bytes must come first.
fn extra_field(packed: &[u8]) -> Option<&[u8]> {
    let length = u16::from_le_bytes(*packed.get(10..12)?.first_chunk()?);
    packed.get(12..12 + usize::from(length))
}

/// The length of the member, as a subfield tells it.
fn length_in(mut extra: &[u8]) -> Option<usize> {
    while let Some(([a, b, low, high], rest)) = extra.split_first_chunk() {
        let (value, others) = rest.split_at_checked(usize::from(u16::from_le_bytes([*low, *high])))?;
        match ([*a, *b], value) {
            (OWN, &[a, b, c, d]) => return usize::try_from(u32::from_le_bytes([a, b, c, d])).ok(),
            (BLOCKED, &[a, b]) => return Some(usize::from(u16::from_le_bytes([a, b])) + 1),
            _ => extra = others,
        }
    }
    None
}

/// What the last four bytes of a member say of its size; the unpacker takes them at no more than their word.
fn unpacked_size(member: &[u8]) -> usize {
    member.last_chunk().map_or(0, |size| u32::from_le_bytes(*size) as usize)
}

struct GzipWriter<'a>(GzEncoder<Box<dyn Write + Send + 'a>>);

impl Write for GzipWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Finish for GzipWriter<'_> {
    fn finish(self: Box<Self>) -> io::Result<()> {
        self.0.finish()?.flush()
    }
}
