//! gzip (RFC 1952), any number of members.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::{Codec, Finish};

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
