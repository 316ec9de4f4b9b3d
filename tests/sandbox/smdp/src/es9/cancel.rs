//! ES9+.CancelSession: the eUICC's signed word that a download was given up, and what the order becomes
//! (SGP.22 5.6.5; facts 5.8).

use lpakit_rsp::identifiers::Eid;
use lpakit_rsp::session::CancelSessionResponse;

use super::{Call, Reply, certificates};
use crate::progress::{NotificationPoint, Progress};
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
    // The step that is not taken any more is the one that the operator is told of.
    let (offered, point) = match &session.stage {
        Stage::Offered(offered) => (offered, NotificationPoint::Download),
        Stage::HandedOut(offered) => (offered, NotificationPoint::Installation),
        // No certificate has come yet to check this with.
        Stage::Challenged => return Err(Refusal::EUICC_SIGNATURE),
    };
    certificates::verify(&offered.euicc_certificate, signed.raw(), &signature)?;
    if signed.transaction_id != session.transaction_id {
        return Err(Refusal::SESSION);
    }
    let credential = call.smdp.credential(session.credential, call.quirks)?;
    if signed.smdp_oid != credential.oid {
        return Err(Refusal::SMDP_OID);
    }
    let mut ended = false;
    let order = call.smdp.orders().update(&offered.order, &mut |order| {
        ended = order.cancelled(signed.reason);
    })?;
    if let Some(report) = order.report.clone().filter(|_| ended) {
        let eid = Eid::from_octets(*offered.eid.octets()).to_string();
        call.smdp.tell(Progress::new(&order, &eid, call.smdp.now(), point, Some(report)));
    }
    Ok(Reply::Fields(Vec::new()))
}
