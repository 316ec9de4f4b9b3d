//! One link of a chain: a certificate and its issuer.

use std::time::SystemTime;

use const_oid::db::rfc5912::ECDSA_WITH_SHA_256;
use p256::ecdsa::{DerSignature, signature::Verifier};

use super::{Certificate, CertificateError, ConstraintFault, Role, name_constraints};

impl Certificate {
    /// Checks that `issuer` issued this certificate for `role`, and that both are valid `at` the
    /// given time (`None`: a card without a clock).
    ///
    /// Checked in this order: key identifiers, signature, dates, role, constraints. The issuer
    /// itself is taken as trusted.
    ///
    /// # Errors
    /// The first fault found.
    pub fn verify_issued_by(
        &self,
        issuer: &Certificate,
        role: Role,
        at: Option<SystemTime>,
    ) -> Result<(), CertificateError> {
        let issuer_id = issuer.subject_key_identifier();
        if issuer_id.is_none() || self.authority_key_identifier() != issuer_id {
            return Err(CertificateError::WrongIssuer);
        }
        self.check_signature(issuer)?;
        if let Some(at) = at {
            issuer.check_dates(at)?;
            self.check_dates(at)?;
        }
        self.check_role(role)?;
        issuer.may_issue(role)?;
        self.check_constraints(role)?;
        if role == Role::Euicc {
            let constraints = issuer.fields.name_constraints.as_ref();
            name_constraints::check(constraints, self.subject())?;
        }
        // Said last, so that a forged certificate is called forged.
        self.public_key().map(|_| ())
    }

    pub(super) fn check_signature(&self, issuer: &Certificate) -> Result<(), CertificateError> {
        let issuer_key = issuer.public_key()?.verifying_key();
        let outer = self.parsed.signature_algorithm();
        let inner = self.parsed.tbs_certificate().signature();
        if outer.oid != ECDSA_WITH_SHA_256 || outer != inner {
            return Err(CertificateError::UnsupportedCurve);
        }
        let signature = self
            .parsed
            .signature()
            .as_bytes()
            .and_then(|bytes| DerSignature::try_from(bytes).ok())
            .ok_or(CertificateError::BadSignature)?;
        issuer_key.verify(&self.signed_part, &signature).map_err(|_| CertificateError::BadSignature)
    }

    pub(super) fn check_role(&self, role: Role) -> Result<(), CertificateError> {
        if self.has_role(role) {
            Ok(())
        } else {
            Err(CertificateError::WrongRole { expected: role })
        }
    }

    /// What the certificate itself must be like to have this role.
    pub(super) fn check_constraints(&self, role: Role) -> Result<(), ConstraintFault> {
        let fields = &self.fields;
        if fields.unknown_critical_extension {
            return Err(ConstraintFault::UnknownCriticalExtension);
        }
        if fields.subject_key_identifier.is_none() {
            return Err(ConstraintFault::NoKeyIdentifier);
        }
        if fields.is_ca != role.is_issuer() {
            return Err(ConstraintFault::CaFlag);
        }
        let usage_fits = fields.key_usage.as_ref().is_some_and(|usage| {
            if role.is_issuer() { usage.key_cert_sign() } else { usage.digital_signature() }
        });
        if usage_fits { Ok(()) } else { Err(ConstraintFault::KeyUsage) }
    }

    fn check_dates(&self, at: SystemTime) -> Result<(), CertificateError> {
        if at < self.valid_from() {
            Err(CertificateError::NotYetValid)
        } else if at > self.valid_until() {
            Err(CertificateError::Expired)
        } else {
            Ok(())
        }
    }

    /// What the issuer must be like to issue for this role.
    fn may_issue(&self, role: Role) -> Result<(), ConstraintFault> {
        let fields = &self.fields;
        if !fields.is_ca {
            return Err(ConstraintFault::IssuerNotCa);
        }
        if !fields.key_usage.as_ref().is_some_and(|usage| usage.key_cert_sign()) {
            return Err(ConstraintFault::KeyUsage);
        }
        if role.is_issuer() && fields.path_length == Some(0) {
            return Err(ConstraintFault::PathLength);
        }
        Ok(())
    }
}
