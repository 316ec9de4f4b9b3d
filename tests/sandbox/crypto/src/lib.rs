//! PKI, signatures and session protection of the lpakit sandbox.
//!
//! The software eUICC and the software SM-DP+ both stand on this crate; the LPA under test does
//! not, so that one mistake is seen by the other side. Nothing here knows ES10, ES9+ or the data
//! objects that travel in them: bytes go in, bytes come out.
//!
//! | module | what for |
//! |---|---|
//! | [`pki`] | make, write and read a whole set of sandbox certificates |
//! | [`certificate`] | read a certificate and check its chain, role and name constraints |
//! | [`key`], [`signature`] | long-term P-256 keys, one-time keys, ECDSA as raw r‖s |
//! | [`session_keys`] | from the shared secret to the keys of a bound profile package |
//! | [`bsp`] | protect and read the 86, 87 and 88 segments |
//! | [`confirmation_code`] | hashCc |
//! | [`eid`] | EIDs and their check digits |
//! | [`random`] | where randomness comes from: the system, or a seed in tests |
//!
//! Facts that the code relies on were recomputed from public sources; clause numbers in comments
//! are those of SGP.22 v2.

#![forbid(unsafe_code)]

pub mod bsp;
pub mod certificate;
pub mod confirmation_code;
pub mod eid;
pub mod key;
pub mod pki;
pub mod random;
pub mod session_keys;
pub mod signature;

pub use bsp::{BspError, BspProtector, BspReader, SegmentTag};
pub use certificate::{Certificate, CertificateError, RegisteredId, Role, Roots};
pub use eid::Eid;
pub use key::{KeyPair, OneTimeKeyPair, PublicKey};
pub use pki::{Credential, Pki, PkiOptions};
pub use random::{OsRandom, Random, SeededRandom};
pub use session_keys::SessionKeys;
