//! A certificate together with its private key.

use crate::{
    certificate::Certificate,
    key::{KeyPair, PublicKey},
};

/// The private key is not the one that is certified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the private key does not belong to the certificate")]
pub struct KeyMismatch;

/// A certificate and the private key that goes with it.
#[derive(Debug, Clone)]
pub struct Credential {
    certificate: Certificate,
    key: KeyPair,
}

impl Credential {
    /// Joins the two.
    ///
    /// # Errors
    /// [`KeyMismatch`].
    pub fn new(certificate: Certificate, key: KeyPair) -> Result<Self, KeyMismatch> {
        if is_certified(&certificate, key.public_key()) {
            Ok(Self { certificate, key })
        } else {
            Err(KeyMismatch)
        }
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The private key.
    pub fn key(&self) -> &KeyPair {
        &self.key
    }

    /// Signs with the key: raw r‖s over the SHA-256 of `message`.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message)
    }
}

/// An issuer's certificate, and its private key if we have it.
#[derive(Debug, Clone)]
pub struct Issuer {
    certificate: Certificate,
    key: Option<KeyPair>,
}

impl Issuer {
    /// Joins the two.
    ///
    /// # Errors
    /// [`KeyMismatch`].
    pub fn new(certificate: Certificate, key: Option<KeyPair>) -> Result<Self, KeyMismatch> {
        let fits = key.as_ref().is_none_or(|key| is_certified(&certificate, key.public_key()));
        if fits { Ok(Self { certificate, key }) } else { Err(KeyMismatch) }
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The private key; without it nothing can be issued.
    pub fn key(&self) -> Option<&KeyPair> {
        self.key.as_ref()
    }
}

fn is_certified(certificate: &Certificate, key: PublicKey) -> bool {
    certificate.public_key() == Ok(key)
}
