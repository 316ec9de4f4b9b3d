//! Who an eUICC is: its certificate chain, and which refusal a fault in it becomes.

use std::time::SystemTime;

use lpakit_sandbox_crypto::{Certificate, CertificateError, Eid, Role, Roots};

use crate::status::Refusal;

/// An eUICC whose certificates were accepted.
pub struct KnownEuicc {
    /// Its EID.
    pub eid: Eid,
    /// CERT.EUICC.
    pub euicc: Certificate,
    /// CERT.EUM.
    pub eum: Certificate,
}

/// Checks CI → EUM → eUICC. In a session only the CI that was agreed on will do.
///
/// # Errors
/// The [`Refusal`] for the first certificate that is not accepted.
pub fn check(
    roots: &Roots,
    agreed_ci: Option<&[u8]>,
    euicc: &[u8],
    eum: &[u8],
    now: SystemTime,
) -> Result<KnownEuicc, Refusal> {
    let eum = Certificate::from_der(eum).map_err(|_| Refusal::EUM_CERTIFICATE)?;
    let ci = roots.verify(&eum, Role::Eum, Some(now)).map_err(|fault| match fault {
        CertificateError::UnknownCi => Refusal::CI_UNKNOWN,
        CertificateError::Expired => Refusal::EUM_EXPIRED,
        _ => Refusal::EUM_CERTIFICATE,
    })?;
    if agreed_ci.is_some_and(|agreed| ci.subject_key_identifier() != Some(agreed)) {
        return Err(Refusal::EUM_CERTIFICATE);
    }
    let euicc = Certificate::from_der(euicc).map_err(|_| Refusal::EUICC_CERTIFICATE)?;
    let eid = euicc
        .verify_issued_by(&eum, Role::Euicc, Some(now))
        .and_then(|()| euicc.eid())
        .map_err(|fault| match fault {
            CertificateError::Expired => Refusal::EUICC_EXPIRED,
            _ => Refusal::EUICC_CERTIFICATE,
        })?;
    Ok(KnownEuicc { eid, euicc, eum })
}

/// Checks a signature of an eUICC over these bytes.
///
/// # Errors
/// [`Refusal::EUICC_SIGNATURE`].
pub fn verify(certificate: &Certificate, signed: &[u8], signature: &[u8]) -> Result<(), Refusal> {
    certificate
        .public_key()
        .ok()
        .and_then(|key| key.verify(signed, signature).ok())
        .ok_or(Refusal::EUICC_SIGNATURE)
}

/// A signed object followed by the other side's signature, as chained signatures cover them (facts 6.2).
pub fn chained(signed: &[u8], other_signature: &[u8]) -> Vec<u8> {
    let mut message = signed.to_vec();
    message.extend(lpakit_rsp::tlv::encode(lpakit_rsp::Tag::SIGNATURE, other_signature));
    message
}
