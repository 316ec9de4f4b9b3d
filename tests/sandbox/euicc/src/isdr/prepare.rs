//! ES10b.PrepareDownload (SGP.22 5.7.5): one-time keys, once the user has consented.

use lpakit_rsp::preparation::{
    DownloadErrorCode, EuiccSigned2, PrepareDownloadRequest, PrepareDownloadResponse, SmdpSigned2,
};
use lpakit_rsp::tlv::{self, Tag};
use lpakit_rsp::{Object, Raw};
use lpakit_sandbox_crypto::{Certificate, CertificateError, OneTimeKeyPair, PublicKey, Role};

use super::authenticate::signature;
use super::session::{Authenticated, Prepared, Session};
use super::{Answer, Isdr, request};
use crate::apdu::Status;
use crate::nvm::NvmError;

impl Isdr {
    pub(super) fn prepare_download(&mut self, command: &[u8]) -> Answer {
        let request: PrepareDownloadRequest = request(command)?;
        let refused = |code| {
            let transaction_id = request.smdp_signed2.transaction_id.clone();
            Ok(PrepareDownloadResponse::Error { transaction_id, code }.encode())
        };
        let Session::Authenticated(authenticated) = &self.session else {
            return refused(DownloadErrorCode::NoSessionContext);
        };
        let authenticated = authenticated.clone();
        let binding_key = match self.check_binding(&request, &authenticated) {
            Ok(key) => key,
            // The session lasts: the LPA may want to cancel it.
            Err(code) => return refused(code),
        };
        let one_time_key = self.one_time_key(&authenticated, &request.smdp_signed2)?;
        self.answer_prepared(&request, authenticated, one_time_key, binding_key)
    }

    /// The checks of facts 6.1; gives the key of CERT.DPpb.
    fn check_binding(
        &self,
        request: &PrepareDownloadRequest,
        session: &Authenticated,
    ) -> Result<PublicKey, DownloadErrorCode> {
        if request.smdp_signed2.transaction_id != session.transaction_id {
            return Err(DownloadErrorCode::InvalidTransactionId);
        }
        let certificate =
            Certificate::from_der(&request.smdp_certificate).map_err(certificate_code)?;
        self.credentials
            .roots()
            .verify_under(&session.ci_key_id, &certificate, Role::DpPb, Some((self.now)()))
            .map_err(certificate_code)?;
        if certificate.registered_id() != Some(&session.server_oid)
            || self.is_revoked(&certificate, &session.ci_key_id)
        {
            return Err(DownloadErrorCode::InvalidCertificate);
        }
        let key = certificate.public_key().map_err(certificate_code)?;
        let mut signed = request.smdp_signed2.raw().to_vec();
        signed.extend(tlv::encode(Tag::SIGNATURE, &session.euicc_signature1));
        signature(&request.smdp_signature2)
            .filter(|signature| key.verify(&signed, signature).is_ok())
            .ok_or(DownloadErrorCode::InvalidSignature)?;
        Ok(key)
    }

    /// The key pair that the server still has a package for, if this card has kept it; else a new one, kept until a
    /// package bound to it is installed.
    fn one_time_key(
        &mut self,
        session: &Authenticated,
        signed: &SmdpSigned2,
    ) -> Result<OneTimeKeyPair, NvmError> {
        let oid = session.server_oid.der_value();
        if let Some(wanted) = &signed.bpp_euicc_otpk {
            let kept = self.store.state().one_time_keys.iter().find(|kept| &*kept.smdp_oid == oid);
            let kept = kept.and_then(|kept| OneTimeKeyPair::from_scalar(&kept.scalar).ok());
            if let Some(kept) = kept.filter(|kept| kept.public_point().as_slice() == wanted) {
                return Ok(kept);
            }
        }
        let fresh = OneTimeKeyPair::generate(&mut *self.random);
        self.store.update(|state| state.keep_key(oid, fresh.to_scalar().as_slice()))?;
        Ok(fresh)
    }

    fn answer_prepared(
        &mut self,
        request: &PrepareDownloadRequest,
        authenticated: Authenticated,
        one_time_key: OneTimeKeyPair,
        binding_key: PublicKey,
    ) -> Answer {
        let identity =
            self.credentials.identity(&authenticated.ci_key_id).ok_or(Status::MEMORY_FAILURE)?;
        let euicc_signed2 = Raw::new(EuiccSigned2 {
            transaction_id: authenticated.transaction_id.clone(),
            euicc_otpk: one_time_key.public_point().to_vec(),
            hash_cc: request.hash_cc,
        });
        let mut signed = euicc_signed2.raw().to_vec();
        signed.extend_from_slice(&request.smdp_signature2);
        let response = PrepareDownloadResponse::Ok {
            euicc_signature2: identity.euicc.sign(&signed).to_vec(),
            euicc_signed2,
        };
        #[cfg(feature = "transcript-secrets")]
        self.record(|| {
            let scalar = one_time_key.to_scalar();
            crate::recorder::one_time_key(authenticated.transaction_id.octets(), scalar.as_slice())
        });
        self.session =
            Session::Prepared(Box::new(Prepared { authenticated, one_time_key, binding_key }));
        Ok(response.encode())
    }
}

fn certificate_code(error: CertificateError) -> DownloadErrorCode {
    match error {
        CertificateError::UnsupportedCurve => DownloadErrorCode::UnsupportedCurve,
        _ => DownloadErrorCode::InvalidCertificate,
    }
}
