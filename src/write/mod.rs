//! Writing: the only code that changes a text, and files that appear whole or not at all.

pub mod apply;
pub mod disk;
pub mod packed;
pub mod seal;
pub mod sink;
pub mod staging;
