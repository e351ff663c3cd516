//! strip
pub mod learn;
