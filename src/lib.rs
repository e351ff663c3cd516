//! tamis cleans scraped text.
pub mod config;
pub mod edit;
pub mod fingerprint;
pub mod fold;
pub mod group;
pub mod normalize;
pub mod site;
pub mod span;
pub mod strip;
