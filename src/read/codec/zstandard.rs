//! Zstandard (RFC 8878), any number of frames.

use std::io::{self, Read, Write};

use super::{Codec, Finish};

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
