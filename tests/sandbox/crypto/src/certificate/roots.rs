//! The CIs one side trusts, and whole chains up to them.

use std::time::SystemTime;

use super::{Certificate, CertificateError, Role};
use crate::eid::Eid;

/// CI certificates, told apart by their key identifiers.
#[derive(Debug, Clone, Default)]
pub struct Roots(Vec<Certificate>);

impl Roots {
    /// No CI at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts one more CI. Its dates are looked at when it is used, not here.
    ///
    /// # Errors
    /// When it does not have the CI role, is not signed by its own key or cannot be an issuer.
    pub fn add(&mut self, ci: Certificate) -> Result<(), CertificateError> {
        ci.check_role(Role::Ci)?;
        ci.check_constraints(Role::Ci)?;
        ci.check_signature(&ci)?;
        self.0.push(ci);
        Ok(())
    }

    /// The key identifiers (CI PKIDs), as in euiccCiPKIdListForVerification.
    pub fn key_ids(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().filter_map(Certificate::subject_key_identifier)
    }

    /// The CI with this key identifier.
    ///
    /// # Errors
    /// [`CertificateError::UnknownCi`].
    pub fn find(&self, key_id: &[u8]) -> Result<&Certificate, CertificateError> {
        self.0
            .iter()
            .find(|ci| ci.subject_key_identifier() == Some(key_id))
            .ok_or(CertificateError::UnknownCi)
    }

    /// Checks a certificate issued by a CI, whichever it is: CI → `certificate`. Returns that CI.
    ///
    /// # Errors
    /// [`CertificateError::UnknownCi`], or as [`Certificate::verify_issued_by`].
    pub fn verify(
        &self,
        certificate: &Certificate,
        role: Role,
        at: Option<SystemTime>,
    ) -> Result<&Certificate, CertificateError> {
        let key_id = certificate.authority_key_identifier().ok_or(CertificateError::UnknownCi)?;
        let ci = self.find(key_id)?;
        certificate.verify_issued_by(ci, role, at)?;
        Ok(ci)
    }

    /// As [`Self::verify`], but only the CI that the session has agreed on will do
    /// (euiccCiPKIdToBeUsed).
    ///
    /// # Errors
    /// [`CertificateError::UnknownCi`] when that CI is not known, `WrongIssuer` when another one
    /// issued the certificate, or as [`Certificate::verify_issued_by`].
    pub fn verify_under(
        &self,
        key_id: &[u8],
        certificate: &Certificate,
        role: Role,
        at: Option<SystemTime>,
    ) -> Result<(), CertificateError> {
        certificate.verify_issued_by(self.find(key_id)?, role, at)
    }

    /// Checks the card's chain, CI → `eum` → `euicc`, with the EUM's name constraints. Returns
    /// the EID the card has proven to belong to its key.
    ///
    /// # Errors
    /// As [`Self::verify`], for either certificate, and [`CertificateError::NoEid`].
    pub fn verify_euicc(
        &self,
        euicc: &Certificate,
        eum: &Certificate,
        at: Option<SystemTime>,
    ) -> Result<Eid, CertificateError> {
        self.verify(eum, Role::Eum, at)?;
        euicc.verify_issued_by(eum, Role::Euicc, at)?;
        euicc.eid()
    }
}
