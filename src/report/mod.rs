//! The report: what came out and why, in files that tools and people read, and that together with the output rebuild the
//! input byte for byte. The files' fields stand in `docs/formats.md`.

pub mod audit;
pub mod check;
pub mod clusters;
pub mod command;
pub mod compare;
pub mod difference;
pub mod explain;
pub mod figures;
pub mod folder;
pub mod html;
pub mod inert;
pub mod lines;
mod originals;
pub mod overview;
pub mod receipt;
pub mod replay;
pub mod restore;
pub mod rows;
pub mod sample;
pub mod sources;
pub mod summary;
pub mod texts;

/// Version of the report's layout. It changes when a field changes its meaning or goes away.
pub const SCHEMA: u32 = 1;
