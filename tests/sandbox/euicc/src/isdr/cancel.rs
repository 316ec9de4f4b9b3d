//! ES10b.CancelSession (SGP.22 5.7.14).

use lpakit_rsp::session::{
    CancelSessionError, CancelSessionRequest, CancelSessionResponse, EuiccCancelSessionSigned,
};
use lpakit_rsp::{Object, ObjectIdentifier, Raw};

use super::session::{Authenticated, Session};
use super::{Answer, Isdr, request};
use crate::apdu::Status;

impl Isdr {
    pub(super) fn cancel_session(&mut self, command: &[u8]) -> Answer {
        let request: CancelSessionRequest = request(command)?;
        let session = self.session.authenticated();
        let Some(session) =
            session.filter(|session| session.transaction_id == request.transaction_id)
        else {
            let error = CancelSessionResponse::Error(CancelSessionError::InvalidTransactionId);
            return Ok(error.encode());
        };
        let response = self.signed_cancel(session, &request)?;
        if self.store.state().loading.is_some() {
            self.store.update(|state| state.loading = None)?;
        }
        self.session = Session::Idle;
        Ok(response.encode())
    }

    fn signed_cancel(
        &self,
        session: &Authenticated,
        request: &CancelSessionRequest,
    ) -> Result<CancelSessionResponse, Status> {
        let identity =
            self.credentials.identity(&session.ci_key_id).ok_or(Status::MEMORY_FAILURE)?;
        let smdp_oid = ObjectIdentifier::from_bytes(session.server_oid.der_value());
        let signed = Raw::new(EuiccCancelSessionSigned {
            transaction_id: session.transaction_id.clone(),
            smdp_oid: smdp_oid.map_err(|_| Status::MEMORY_FAILURE)?,
            reason: request.reason,
        });
        let signature = identity.euicc.sign(signed.raw()).to_vec();
        Ok(CancelSessionResponse::Ok { signed, signature })
    }
}
