//! Bytes as they are.

use std::io::{self, Read, Write};

use super::{Codec, Finish, Frame};

pub(super) struct Plain;

impl Codec for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &[]
    }

    fn decode<'a>(&self, packed: Box<dyn Read + Send + 'a>) -> io::Result<Box<dyn Read + Send + 'a>> {
        Ok(packed)
    }

    fn encode<'a>(&self, packed: Box<dyn Write + Send + 'a>) -> io::Result<Box<dyn Finish + Send + 'a>> {
        Ok(Box::new(PlainWriter(packed)))
    }

    fn pack(&self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        Ok(bytes.to_vec())
    }

    fn frame(&self, _packed: &[u8]) -> Frame {
        Frame::Unknown
    }
}

struct PlainWriter<'a>(Box<dyn Write + Send + 'a>);

impl Write for PlainWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Finish for PlainWriter<'_> {
    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.0.flush()
    }
}
