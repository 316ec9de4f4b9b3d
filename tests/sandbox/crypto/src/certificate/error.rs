//! Why a certificate was not accepted.

use super::Role;

/// Why a certificate was not accepted. Texts name no subject, issuer or identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Not one DER certificate of X.509 version 3 with well-formed extensions.
    #[error("the certificate cannot be read")]
    Unparseable,
    /// No known CI has the key identifier it names as its issuer's.
    #[error("the certificate was issued under a CI that is not known here")]
    UnknownCi,
    /// Its authority key identifier is missing or names another key than the given issuer's.
    #[error("the certificate was not issued by the given issuer")]
    WrongIssuer,
    /// The issuer's signature does not fit.
    #[error("the issuer's signature on the certificate is wrong")]
    BadSignature,
    /// The given time lies before its validity, or that of its issuer.
    #[error("the certificate is not valid yet")]
    NotYetValid,
    /// The given time lies after its validity, or that of its issuer.
    #[error("the certificate has expired")]
    Expired,
    /// certificatePolicies does not hold the role asked for.
    #[error("the certificate does not have the role {expected}")]
    WrongRole {
        /// The role asked for.
        expected: Role,
    },
    /// A constraint of X.509 or of SGP.22 is not met.
    #[error("the certificate breaks a constraint: {0}")]
    WrongConstraint(#[from] ConstraintFault),
    /// A key that is not on P-256, or a signature other than ECDSA with SHA-256.
    #[error("the certificate uses a curve or signature algorithm that is not supported")]
    UnsupportedCurve,
    /// The subject's serialNumber is not an EID.
    #[error("the certificate does not name an EID")]
    NoEid,
}

/// Which constraint is not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConstraintFault {
    /// The issuer is not a CA.
    #[error("its issuer is not allowed to issue certificates")]
    IssuerNotCa,
    /// The issuer may not have a CA below it.
    #[error("its issuer may not have another issuer below it")]
    PathLength,
    /// An issuer without keyCertSign or a signer without digitalSignature.
    #[error("the key usage does not fit")]
    KeyUsage,
    /// A CI or EUM that is no CA, or another role that is one.
    #[error("it is a CA and should not be, or the other way round")]
    CaFlag,
    /// No subject key identifier.
    #[error("it has no subject key identifier")]
    NoKeyIdentifier,
    /// A critical extension that this library does not know.
    #[error("it has a critical extension that is not understood")]
    UnknownCriticalExtension,
    /// An EUM certificate that permits no names at all, or without nameConstraints.
    #[error("the EUM certificate does not say which names it may certify")]
    NoNameConstraints,
    /// An eUICC whose organisation or EID is not among the EUM's.
    #[error("the eUICC's name is not among those its EUM may certify")]
    NameNotPermitted,
}
