//! ES9+.AuthenticateClient: who the eUICC is, which order it asks for, whether it may have it (SGP.22 5.6.3).

use lpakit_rsp::authentication::{AuthenticateServerResponse, EuiccSigned1};
use lpakit_rsp::identifiers::Eid;
use lpakit_rsp::preparation::SmdpSigned2;
use lpakit_rsp::tlv::encode;
use lpakit_rsp::{Object, Tag};

use super::{Call, Field, Reply, certificates};
use crate::order::Order;
use crate::progress::NotificationPoint;
use crate::session::{Offered, Session, Stage};
use crate::status::Refusal;

pub(super) fn run(call: &Call<'_>) -> Result<Reply, Refusal> {
    let response: AuthenticateServerResponse =
        call.arguments.object("authenticateServerResponse")?;
    let mut session = call.take_session()?;
    if !matches!(session.stage, Stage::Challenged) {
        return Err(Refusal::SESSION);
    }
    let known = call.smdp.authority.authenticate(&session, response, call.smdp.now())?;
    let eid = Eid::from_octets(*known.euicc.eid.octets());
    let order = eligible_order(call, &known.signed, &eid)?;
    let metadata = call.smdp.orders().metadata(&order, call.smdp.address())?;
    let (reply, smdp_signature2) = offer(call, &session, &order, &metadata, &known.signature)?;
    session.stage = Stage::Offered(Box::new(Offered {
        order: order.id,
        eid: known.euicc.eid,
        euicc_certificate: known.euicc.euicc,
        eum_certificate: known.euicc.eum,
        smdp_signature2,
        metadata,
    }));
    call.smdp.authority.sessions.put(session);
    Ok(reply)
}

fn eligible_order(call: &Call<'_>, signed: &EuiccSigned1, eid: &Eid) -> Result<Order, Refusal> {
    let smdp = call.smdp;
    let matching_id = signed.ctx_params1.matching_id.as_deref();
    let order = smdp.orders().find(matching_id, eid)?.ok_or(Refusal::MATCHING_ID)?;
    let eid = eid.to_string();
    let eligible = check_eligibility(call, &order, signed, &eid);
    call.tell(&order, &eid, NotificationPoint::Eligibility, &eligible);
    eligible.map(|()| order)
}

fn check_eligibility(
    call: &Call<'_>,
    order: &Order,
    signed: &EuiccSigned1,
    eid: &str,
) -> Result<(), Refusal> {
    order.check(eid, call.smdp.now())?;
    let info = &signed.euicc_info2;
    if !order.eligibility.allows(info) {
        return Err(Refusal::NOT_ELIGIBLE);
    }
    let free = usize::try_from(info.ext_card_resource.free_non_volatile).unwrap_or(usize::MAX);
    if call.smdp.checks_memory() && order.profile_length > free {
        return Err(Refusal::MEMORY);
    }
    Ok(())
}

/// Signs the offer. An order whose package is still bound to a key of the eUICC says to which.
fn offer(
    call: &Call<'_>,
    session: &Session,
    order: &Order,
    metadata: &[u8],
    euicc_signature1: &[u8],
) -> Result<(Reply, [u8; 64]), Refusal> {
    let credential = call.smdp.credential(session.credential, call.quirks)?;
    let signed = SmdpSigned2 {
        transaction_id: call.quirks.signed(&session.transaction_id),
        confirmation_code_required: order.confirmation_code.is_some(),
        bpp_euicc_otpk: order.bound_otpk().map(<[u8]>::to_vec),
    }
    .encode();
    let message = certificates::chained(&signed, euicc_signature1);
    let signature = call.quirks.signature(credential.pb.sign(&message));
    let reply = Reply::Fields(vec![
        ("transactionId", call.quirks.told(&session.transaction_id)),
        ("profileMetadata", Field::Bytes(metadata.to_vec())),
        ("smdpSigned2", Field::Bytes(signed)),
        ("smdpSignature2", Field::Bytes(encode(Tag::SIGNATURE, &signature))),
        ("smdpCertificate", Field::Bytes(credential.pb.certificate().der().to_vec())),
    ]);
    Ok((reply, signature))
}
