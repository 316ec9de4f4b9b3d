//! ES10b.AuthenticateServer (SGP.22 5.7.13): is this server what it says it is?

use lpakit_rsp::Object;
use lpakit_rsp::authentication::{
    AuthenticateErrorCode, AuthenticateServerRequest, AuthenticateServerResponse, CtxParams1,
    ServerSigned1,
};
use lpakit_rsp::identifiers::TransactionId;
use lpakit_rsp::tlv::{Tag, Tlv, Writer};
use lpakit_sandbox_crypto::certificate::RegisteredId;
use lpakit_sandbox_crypto::{Certificate, CertificateError, Role};

use super::session::{Authenticated, Session};
use super::{Answer, Isdr, request};
use crate::apdu::Status;

impl Isdr {
    pub(super) fn authenticate_server(&mut self, command: &[u8]) -> Answer {
        let request: AuthenticateServerRequest = request(command)?;
        let signed = &*request.server_signed1;
        let Session::Challenged(challenge) = self.session else {
            return Ok(refused(&signed.transaction_id, AuthenticateErrorCode::NoSessionContext));
        };
        // A challenge is for one attempt.
        self.session = Session::Idle;
        match self.check_server(&request, challenge) {
            Ok(server_oid) => self.accept_server(&request, command, server_oid),
            Err(code) => Ok(refused(&signed.transaction_id, code)),
        }
    }

    /// The checks of facts 6.1; gives the server's OID.
    fn check_server(
        &self,
        request: &AuthenticateServerRequest,
        challenge: [u8; 16],
    ) -> Result<RegisteredId, AuthenticateErrorCode> {
        let ci_key_id = request.ci_key_id.octets();
        let known = self.credentials.roots().find(ci_key_id).is_ok();
        if !known || self.credentials.identity(ci_key_id).is_none() {
            return Err(AuthenticateErrorCode::CiPkUnknown);
        }
        let certificate =
            Certificate::from_der(&request.server_certificate).map_err(certificate_code)?;
        let role = if certificate.has_role(Role::DsAuth) { Role::DsAuth } else { Role::DpAuth };
        self.credentials
            .roots()
            .verify_under(ci_key_id, &certificate, role, Some((self.now)()))
            .map_err(certificate_code)?;
        if self.is_revoked(&certificate, ci_key_id) {
            return Err(AuthenticateErrorCode::InvalidCertificate);
        }
        let oid = certificate.registered_id().ok_or(AuthenticateErrorCode::InvalidOid)?;
        let key = certificate.public_key().map_err(certificate_code)?;
        signature(&request.server_signature1)
            .filter(|signature| key.verify(request.server_signed1.raw(), signature).is_ok())
            .ok_or(AuthenticateErrorCode::InvalidSignature)?;
        if request.server_signed1.euicc_challenge != challenge {
            return Err(AuthenticateErrorCode::EuiccChallengeMismatch);
        }
        Ok(oid.clone())
    }

    fn accept_server(
        &mut self,
        request: &AuthenticateServerRequest,
        command: &[u8],
        server_oid: RegisteredId,
    ) -> Answer {
        let signed = &*request.server_signed1;
        let device = context_parameters(command).ok_or(Status::WRONG_DATA)?;
        let ci_key_id = request.ci_key_id.octets();
        let identity = self.credentials.identity(ci_key_id).ok_or(Status::MEMORY_FAILURE)?;
        let euicc_signed1 = euicc_signed1(signed, &self.euicc_info2(), device);
        let euicc_signature1 = identity.euicc.sign(&euicc_signed1);
        let mut out = Writer::new();
        out.put_with(AuthenticateServerResponse::TAG, |out| {
            out.put_with(Tag::context_constructed(0), |out| {
                out.put_raw(&euicc_signed1);
                out.put(Tag::SIGNATURE, &euicc_signature1);
                out.put_raw(identity.euicc.certificate().der());
                out.put_raw(identity.eum.der());
            });
        });
        self.session = Session::Authenticated(Authenticated {
            transaction_id: signed.transaction_id.clone(),
            server_address: signed.server_address.clone(),
            server_oid,
            ci_key_id: ci_key_id.to_vec(),
            euicc_signature1,
        });
        Ok(out.into_bytes())
    }
}

fn refused(transaction_id: &TransactionId, code: AuthenticateErrorCode) -> Vec<u8> {
    let transaction_id = transaction_id.clone();
    AuthenticateServerResponse::Error { transaction_id, code }.encode()
}

fn certificate_code(error: CertificateError) -> AuthenticateErrorCode {
    match error {
        CertificateError::UnsupportedCurve => AuthenticateErrorCode::UnsupportedCurve,
        _ => AuthenticateErrorCode::InvalidCertificate,
    }
}

/// The value of a signature element.
pub(super) fn signature(element: &[u8]) -> Option<&[u8]> {
    Tlv::parse_as(element, Tag::SIGNATURE).ok().map(|tlv| tlv.value)
}

/// ctxParams1 as it came: the device may have said more than this card knows.
fn context_parameters(command: &[u8]) -> Option<&[u8]> {
    let fields = Tlv::parse(command).and_then(|request| request.fields()).ok()?;
    fields.get(CtxParams1::TAG).map(|field| field.raw)
}

/// EuiccSigned1: transaction, address and challenge of the server, EUICCInfo2, the device's part.
fn euicc_signed1(signed: &ServerSigned1, euicc_info2: &[u8], device: &[u8]) -> Vec<u8> {
    let mut out = Writer::new();
    out.put_with(Tag::SEQUENCE, |out| {
        out.put(Tag::context(0), signed.transaction_id.octets());
        out.put(Tag::context(3), signed.server_address.as_bytes());
        out.put(Tag::context(4), &signed.server_challenge);
        out.put_raw(euicc_info2);
        out.put_raw(device);
    });
    out.into_bytes()
}
