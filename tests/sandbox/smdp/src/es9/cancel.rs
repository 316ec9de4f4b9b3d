//! ES9+.CancelSession: the eUICC's signed word that a download was given up, and what the order becomes
//! (SGP.22 5.6.5; facts 5.8).

use lpakit_rsp::session::CancelSessionResponse;

use super::{Call, Reply, certificates};
use crate::session::Stage;
use crate::status::Refusal;

pub(super) fn run(call: &Call<'_>) -> Result<Reply, Refusal> {
    let response: CancelSessionResponse = call.arguments.object("cancelSessionResponse")?;
    let session = call.take_session()?;
    let (signed, signature) = match response {
        CancelSessionResponse::Ok { signed, signature } => (signed, signature),
        // Nothing was signed: the session is over, the order stays as it is.
        CancelSessionResponse::Error(_) => return Ok(Reply::Fields(Vec::new())),
    };
    let (Stage::Offered(offered) | Stage::HandedOut(offered)) = &session.stage else {
        // No certificate has come yet to check this with.
        return Err(Refusal::EUICC_SIGNATURE);
    };
    certificates::verify(&offered.euicc_certificate, signed.raw(), &signature)?;
    if signed.transaction_id != session.transaction_id {
        return Err(Refusal::SESSION);
    }
    let credential = call.smdp.credential(session.credential, call.quirks)?;
    if signed.smdp_oid != credential.oid {
        return Err(Refusal::SMDP_OID);
    }
    call.smdp
        .orders()
        .store()
        .update(&offered.order, &mut |order| order.cancelled(signed.reason))?;
    Ok(Reply::Fields(Vec::new()))
}
