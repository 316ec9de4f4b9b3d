//! A software SM-DP+.
#![forbid(unsafe_code)]
pub mod profile_package;
