//! Why a set of certificates was not made, read or written.

use std::io;

use super::KeyMismatch;
use crate::{certificate::CertificateError, key::KeyError};

/// Why a set of certificates was not made, read or written. Files are named without their folder.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// A file or folder could not be read or written.
    #[error("{file} cannot be read or written")]
    Io {
        /// Which.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// A part is not complete: this file is missing, or the certificate in either of its forms.
    #[error("{file} is missing")]
    Missing {
        /// Which.
        file: String,
    },
    /// Larger than any certificate or key.
    #[error("{file} is too large for a certificate or key")]
    TooLarge {
        /// Which.
        file: String,
    },
    /// A file does not hold a private key that can be used.
    #[error("{file} holds no usable private key")]
    Key {
        /// Which.
        file: String,
        /// Why.
        source: KeyError,
    },
    /// A private key and a certificate do not belong together.
    #[error("the private key in {key} does not belong to the certificate {certificate}")]
    KeyMismatch {
        /// The certificate's file.
        certificate: String,
        /// The key's file.
        key: String,
    },
    /// A certificate cannot be read, is not linked to its issuer, or has another role.
    #[error("the certificate {file} is not accepted: {source}")]
    Certificate {
        /// Which.
        file: String,
        /// Why.
        source: CertificateError,
    },
    /// DPauth and DPpb name different SM-DP+ (registeredID), or none.
    #[error("the certificates {first} and {second} do not name the same SM-DP+")]
    DifferentOwners {
        /// One file.
        first: String,
        /// The other.
        second: String,
    },
    /// Something is to be issued and its issuer's private key is not here.
    #[error("the private key of the {issuer} is not here, so nothing can be issued under it")]
    NoIssuerKey {
        /// "CI" or "EUM".
        issuer: &'static str,
    },
    /// A name, date or identifier that has no place in a certificate.
    #[error("a certificate with these names and dates cannot be written: {reason}")]
    NotIssued {
        /// What the encoder says.
        reason: String,
    },
}

impl From<der::Error> for PkiError {
    fn from(error: der::Error) -> Self {
        Self::NotIssued { reason: error.to_string() }
    }
}

impl From<x509_cert::builder::Error> for PkiError {
    fn from(error: x509_cert::builder::Error) -> Self {
        Self::NotIssued { reason: error.to_string() }
    }
}

impl From<p256::pkcs8::spki::Error> for PkiError {
    fn from(error: p256::pkcs8::spki::Error) -> Self {
        Self::NotIssued { reason: error.to_string() }
    }
}

/// Cannot happen for a certificate just made for the key; told all the same.
impl From<KeyMismatch> for PkiError {
    fn from(error: KeyMismatch) -> Self {
        Self::NotIssued { reason: error.to_string() }
    }
}
