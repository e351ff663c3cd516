//! Zstandard (RFC 8878), any number of frames.

use std::io::{self, Read, Write};

use zstd::zstd_safe;

use super::{Codec, Finish, Frame};

/// The library's own default level.
const LEVEL: i32 = 3;

pub(super) struct Zstandard;

impl Codec for Zstandard {
    fn name(&self) -> &'static str {
        "zstd"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["zst", "zstd"]
    }

    fn decode<'a>(&self, packed: Box<dyn Read + Send + 'a>) -> io::Result<Box<dyn Read + Send + 'a>> {
        Ok(Box::new(zstd::stream::read::Decoder::new(packed)?))
    }

    fn encode<'a>(&self, packed: Box<dyn Write + Send + 'a>) -> io::Result<Box<dyn Finish + Send + 'a>> {
        let mut encoder = zstd::stream::write::Encoder::new(packed, LEVEL)?;
        encoder.include_checksum(true)?;
        Ok(Box::new(ZstandardWriter(encoder)))
    }

    fn pack(&self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
        compressor.include_checksum(true)?;
        compressor.compress(bytes)
    }

    fn frame(&self, packed: &[u8]) -> Frame {
        if packed.len() < HEADER {
            return if is_start_of_frame(packed) { Frame::Cut } else { Frame::Unknown };
        }
        if !is_start_of_frame(packed) {
            return Frame::Unknown;
        }
        let Ok(Some(unpacked)) = zstd_safe::get_frame_content_size(packed) else { return Frame::Unknown };
        match zstd_safe::find_frame_compressed_size(packed) {
            Ok(packed) => Frame::Whole { packed, unpacked: usize::try_from(unpacked).unwrap_or(usize::MAX) },
            // Damage shows here as well; then there will never be enough.
            Err(_) => Frame::Cut,
        }
    }
}

/// The longest header of a frame (RFC 8878, section 3.1.1), its magic number included.
const HEADER: usize = 18;
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

fn is_start_of_frame(packed: &[u8]) -> bool {
    MAGIC.iter().zip(packed).all(|(a, b)| a == b)
}

struct ZstandardWriter<'a>(zstd::stream::write::Encoder<'static, Box<dyn Write + Send + 'a>>);

impl Write for ZstandardWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Finish for ZstandardWriter<'_> {
    fn finish(self: Box<Self>) -> io::Result<()> {
        self.0.finish()?.flush()
    }
}
