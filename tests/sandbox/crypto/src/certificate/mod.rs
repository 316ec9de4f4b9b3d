//! Certificates of the RSP system: read them, check who issued them and for which role.
//!
//! Chains are short here: CI → server certificate, and CI → EUM → eUICC. Issuers are found by key
//! identifier, never by name (SGP.22 4.5.2.1): two CIs may bear the same name. Signatures are
//! checked over the bytes as received.

mod alternative_names;
mod error;
mod fields;
mod link;
mod name_constraints;
mod registered_id;
mod role;
mod roots;

#[cfg(test)]
mod chain_tests;
#[cfg(test)]
mod read_tests;

pub(crate) use alternative_names::AlternativeNames;
pub use error::{CertificateError, ConstraintFault};
pub use registered_id::{RegisteredId, RegisteredIdError};
pub use role::Role;
pub use roots::Roots;

use std::time::SystemTime;

use der::{Decode, Reader, SliceReader, pem};
use x509_cert::name::Name;

use crate::{eid::Eid, key::PublicKey};
use fields::Fields;

const PEM_LABEL: &str = "CERTIFICATE";

/// A certificate, read and kept as it came.
///
/// `Debug` shows no subject, for an eUICC's subject holds its EID.
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    /// The part that is signed, header included, as it came.
    signed_part: Vec<u8>,
    parsed: x509_cert::Certificate,
    fields: Fields,
}

impl Certificate {
    /// Reads one DER certificate.
    ///
    /// Keys of other curves are read too; [`Self::public_key`] tells.
    ///
    /// # Errors
    /// [`CertificateError::Unparseable`] for anything else, bytes after the certificate included.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let unparseable = |_| CertificateError::Unparseable;
        let parsed = x509_cert::Certificate::from_der(der).map_err(unparseable)?;
        let fields = Fields::read(parsed.tbs_certificate()).map_err(unparseable)?;
        let signed_part = signed_part(der).map_err(unparseable)?;
        Ok(Self { der: der.to_vec(), signed_part, parsed, fields })
    }

    /// Reads one certificate in PEM text.
    ///
    /// # Errors
    /// [`CertificateError::Unparseable`].
    pub fn from_pem(text: &str) -> Result<Self, CertificateError> {
        match pem::decode_vec(text.as_bytes()) {
            Ok((PEM_LABEL, der)) => Self::from_der(&der),
            _ => Err(CertificateError::Unparseable),
        }
    }

    /// The certificate as it came.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate as PEM text.
    ///
    /// # Errors
    /// [`CertificateError::Unparseable`] if the encoder refuses, which it has no reason to.
    pub fn to_pem(&self) -> Result<String, CertificateError> {
        pem::encode_string(PEM_LABEL, pem::LineEnding::LF, &self.der)
            .map_err(|_| CertificateError::Unparseable)
    }

    /// The certified key.
    ///
    /// # Errors
    /// [`CertificateError::UnsupportedCurve`] for anything but P-256.
    pub fn public_key(&self) -> Result<PublicKey, CertificateError> {
        fields::public_key(self.parsed.tbs_certificate())
    }

    /// SubjectKeyIdentifier; of a CI certificate this is the CI PKID.
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.fields.subject_key_identifier.as_deref()
    }

    /// The issuer's key identifier, from AuthorityKeyIdentifier.
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        self.fields.authority_key_identifier.as_deref()
    }

    /// Whether certificatePolicies holds this role's identifier.
    pub fn has_role(&self, role: Role) -> bool {
        self.fields.policies.contains(&role.policy_oid())
    }

    /// The registeredID among the subject's alternative names: the OID of an SM-DP+ or SM-DS.
    pub fn registered_id(&self) -> Option<&RegisteredId> {
        self.fields.registered_id.as_ref()
    }

    /// The EID in the subject's serialNumber.
    ///
    /// # Errors
    /// [`CertificateError::NoEid`] when it is not 32 digits.
    pub fn eid(&self) -> Result<Eid, CertificateError> {
        fields::subject_serial_number(self.subject())
            .and_then(|digits| Eid::from_digits(digits).ok())
            .ok_or(CertificateError::NoEid)
    }

    /// First moment of validity.
    pub fn valid_from(&self) -> SystemTime {
        self.parsed.tbs_certificate().validity().not_before.to_system_time()
    }

    /// Last moment of validity.
    pub fn valid_until(&self) -> SystemTime {
        self.parsed.tbs_certificate().validity().not_after.to_system_time()
    }

    pub(crate) fn subject(&self) -> &Name {
        self.parsed.tbs_certificate().subject()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificate").field("bytes", &self.der.len()).finish_non_exhaustive()
    }
}

/// The first element of the outer sequence, byte for byte.
fn signed_part(der: &[u8]) -> der::Result<Vec<u8>> {
    let mut reader = SliceReader::new(der)?;
    reader.sequence(|inner| {
        let signed = inner.tlv_bytes()?.to_vec();
        inner.tlv_bytes()?;
        inner.tlv_bytes()?;
        Ok(signed)
    })
}
