//! SGP.22 data objects: what travels between an LPA, an eUICC and an SM-DP+.
//!
//! This crate is data only. It knows how each object is coded (the ASN.1 module of SGP.22 v2.x, DER) and
//! nothing of APDUs, HTTP, cryptography or flows. The LPA and the sandbox share it and nothing else.
//!
//! - [`tlv`] reads and writes tag-length-value and keeps the raw span of everything it reads;
//! - [`Object`] is one coded type; [`Raw`] pairs a decoded value with the very bytes it came from, because signed
//!   bytes are carried and never encoded again;
//! - [`identifiers`] holds the small values (ICCID, EID, transaction ID, …); those that identify a person's
//!   card or line do not show themselves in `Debug`;
//! - the other modules hold the messages, by interface.
//!
//! Reading is tolerant where cards and servers differ (a BOOLEAN may be any non-zero octet, BIT STRINGs need not be
//! trimmed, text need not be UTF-8); writing is strict DER. What an object does not know it keeps as [`Unknown`] and
//! writes back; the signed objects need not, for they travel as [`Raw`] with their very bytes.

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]

mod codes;
mod crl;
mod error;
mod events;
mod members;
mod object;
mod oid;
mod tag;
mod unknown;

pub mod authentication;
pub mod bpp;
pub mod chip;
pub mod coding;
pub mod identifiers;
pub mod installation;
pub mod notifications;
pub mod preparation;
pub mod profiles;
pub mod session;
pub mod switching;
pub mod tlv;

pub use error::{Fault, RspError};
pub use object::{Object, Raw};
pub use oid::ObjectIdentifier;
pub use tlv::{Tag, Unknown};

// The examples in the README run as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
