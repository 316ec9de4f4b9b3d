//! A whole set of sandbox certificates and keys, in the shape real servers and cards demand.
//!
//! ```text
//! CI ─┬─ EUM ── eUICC            the card's part
//!     ├─ DPauth, DPpb, DPtls     the SM-DP+'s part
//!     └─ DSauth, DStls           the SM-DS's part
//! ```
//!
//! A generated [`Pki`] has every part and every key. An imported one has what its folder holds: a
//! foreign SM-DP+ that serves our card gives CI, EUM and eUICC and keeps its own part to itself.
//! The CI certificate is always there; each other part is there as a whole or not at all; the
//! private keys of CI and EUM may be missing, and then nothing new can be issued under them.

mod bad_tls;
mod credential;
mod error;
mod export;
mod files;
mod generate;
mod import;
pub(crate) mod issue;
pub(crate) mod names;
mod operator;
mod options;

#[cfg(test)]
mod generate_tests;
#[cfg(test)]
mod import_tests;
#[cfg(test)]
mod tls_tests;

pub use bad_tls::TlsFault;
pub use credential::{Credential, Issuer, KeyMismatch};
pub use error::PkiError;
pub use export::Layout;
pub use operator::Operator;
pub use options::{HostName, PkiOptions, ServerOptions, ServerRequest, Validity};

use crate::certificate::{Certificate, CertificateError, Roots};

/// Certificates and keys of one sandbox.
#[derive(Debug, Clone)]
pub struct Pki {
    /// The root of all.
    pub ci: Issuer,
    /// The card's part.
    pub card: Option<CardPart>,
    /// The SM-DP+'s part.
    pub dp: Option<DpPart>,
    /// The SM-DS's part.
    pub ds: Option<DsPart>,
}

/// What a card needs beside the CI.
#[derive(Debug, Clone)]
pub struct CardPart {
    /// The manufacturer.
    pub eum: Issuer,
    /// The eUICC, with the key it signs with.
    pub euicc: Credential,
}

/// What an SM-DP+ needs beside the CI.
#[derive(Debug, Clone)]
pub struct DpPart {
    /// Signs serverSigned1.
    pub auth: Credential,
    /// Signs smdpSigned2 and the bound profile package.
    pub pb: Credential,
    /// Serves ES9+ over TLS.
    pub tls: Credential,
}

/// What an SM-DS needs beside the CI.
#[derive(Debug, Clone)]
pub struct DsPart {
    /// Signs serverSigned1.
    pub auth: Credential,
    /// Serves ES11 over TLS.
    pub tls: Credential,
}

impl Pki {
    /// The CI as the only root, ready to check chains with.
    ///
    /// # Errors
    /// When the CI certificate cannot be a root; neither a generated nor an imported one is so.
    pub fn roots(&self) -> Result<Roots, CertificateError> {
        let mut roots = Roots::new();
        roots.add(self.ci.certificate().clone())?;
        Ok(roots)
    }

    /// The CI PKID: the CI certificate's subject key identifier.
    pub fn ci_key_id(&self) -> &[u8] {
        self.ci.certificate().subject_key_identifier().unwrap_or_default()
    }
}

fn registered_ids_agree(one: &Certificate, other: &Certificate) -> bool {
    one.registered_id().is_some() && one.registered_id() == other.registered_id()
}
