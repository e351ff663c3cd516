//! tamis cleans scraped text.
pub mod config;
pub mod document;
pub mod edit;
pub mod error;
pub mod fingerprint;
pub mod fold;
pub mod group;
pub mod job;
pub mod normalize;
pub mod parallel;
pub mod read;
pub mod span;
pub mod strip;
