//! The report: what came out and why, in files that tools and people read, and that together with the output rebuild the
//! input byte for byte. The files' fields stand in `docs/formats.md`.

pub mod explain;
pub mod folder;
pub mod lines;
pub mod receipt;
pub mod replay;
pub mod restore;
pub mod rows;
pub mod summary;

/// Version of the report's layout. It changes when a field changes its meaning or goes away.
pub const SCHEMA: u32 = 1;
