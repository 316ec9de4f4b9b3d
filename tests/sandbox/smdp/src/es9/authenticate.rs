//! ES9+.AuthenticateClient: who the eUICC is, which order it asks for, whether it may have it (SGP.22 5.6.3).

use lpakit_rsp::authentication::{AuthenticateServerResponse, EuiccSigned1};
use lpakit_rsp::identifiers::{Eid, TransactionId};
use lpakit_rsp::preparation::SmdpSigned2;
use lpakit_rsp::tlv::encode;
use lpakit_rsp::{Object, Raw, Tag};

use super::certificates::{self, KnownEuicc};
use super::{Call, Field, Reply};
use crate::order::Order;
use crate::session::{Offered, Session, Stage};
use crate::status::Refusal;

/// The ok form of BF38.
struct Answer {
    signed: Box<Raw<EuiccSigned1>>,
    signature: Vec<u8>,
    euicc_certificate: Vec<u8>,
    eum_certificate: Vec<u8>,
}

pub(super) fn run(call: &Call<'_>) -> Result<Reply, Refusal> {
    let response: AuthenticateServerResponse =
        call.arguments.object("authenticateServerResponse")?;
    let mut session = call.take_session()?;
    if !matches!(session.stage, Stage::Challenged) {
        return Err(Refusal::SESSION);
    }
    let answer = answer(response, &session.transaction_id)?;
    let euicc = known_euicc(call, &session, &answer)?;
    check_signed(&session, &answer, &euicc)?;

    let eid = Eid::from_octets(*euicc.eid.octets());
    let order = eligible_order(call, &answer.signed, &eid)?;
    let metadata = call.smdp.orders().metadata(&order, call.smdp.canonical_address())?;
    let (reply, smdp_signature2) = offer(call, &session, &order, &metadata, &answer.signature)?;
    session.stage = Stage::Offered(Box::new(Offered {
        order: order.id,
        eid: euicc.eid,
        euicc_certificate: euicc.euicc,
        eum_certificate: euicc.eum,
        smdp_signature2,
        metadata,
    }));
    call.smdp.sessions.put(session);
    Ok(reply)
}

/// The error form ends the session: the eUICC did not accept this server.
fn answer(
    response: AuthenticateServerResponse,
    session: &TransactionId,
) -> Result<Answer, Refusal> {
    match response {
        AuthenticateServerResponse::Error { transaction_id, .. } => {
            Err(if transaction_id == *session { Refusal::EUICC_ERROR } else { Refusal::SESSION })
        }
        AuthenticateServerResponse::Ok {
            euicc_signed1,
            euicc_signature1,
            euicc_certificate,
            eum_certificate,
        } => Ok(Answer {
            signed: euicc_signed1,
            signature: euicc_signature1,
            euicc_certificate,
            eum_certificate,
        }),
    }
}

fn known_euicc(call: &Call<'_>, session: &Session, answer: &Answer) -> Result<KnownEuicc, Refusal> {
    certificates::check(
        call.smdp.roots(),
        Some(&session.ci_key_id),
        &answer.euicc_certificate,
        &answer.eum_certificate,
        call.smdp.now(),
    )
}

/// The signature, and that what was signed is what this session asked for.
fn check_signed(session: &Session, answer: &Answer, euicc: &KnownEuicc) -> Result<(), Refusal> {
    certificates::verify(&euicc.euicc, answer.signed.raw(), &answer.signature)?;
    if answer.signed.transaction_id != session.transaction_id {
        return Err(Refusal::SESSION);
    }
    let given_back = answer.signed.server_challenge == session.server_challenge
        && answer.signed.server_address == session.address;
    given_back.then_some(()).ok_or(Refusal::EUICC_SIGNATURE)
}

fn eligible_order(call: &Call<'_>, signed: &EuiccSigned1, eid: &Eid) -> Result<Order, Refusal> {
    let smdp = call.smdp;
    let matching_id = signed.ctx_params1.matching_id.as_deref();
    let order = smdp.orders().find(matching_id, eid)?.ok_or(Refusal::MATCHING_ID)?;
    order.check(&eid.to_string(), smdp.now())?;
    let info = &signed.euicc_info2;
    if !order.eligibility.allows(info) {
        return Err(Refusal::NOT_ELIGIBLE);
    }
    let free = usize::try_from(info.ext_card_resource.free_non_volatile).unwrap_or(usize::MAX);
    if smdp.checks_memory() && order.profile_length > free {
        return Err(Refusal::MEMORY);
    }
    Ok(order)
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
        transaction_id: call.signed(&session.transaction_id),
        confirmation_code_required: order.confirmation_code.is_some(),
        bpp_euicc_otpk: order.bound_otpk().map(<[u8]>::to_vec),
    }
    .encode();
    let message = certificates::chained(&signed, euicc_signature1);
    let signature = call.signature(credential.pb.sign(&message));
    let reply = Reply::Fields(vec![
        ("transactionId", call.told(&session.transaction_id)),
        ("profileMetadata", Field::Bytes(metadata.to_vec())),
        ("smdpSigned2", Field::Bytes(signed)),
        ("smdpSignature2", Field::Bytes(encode(Tag::SIGNATURE, &signature))),
        ("smdpCertificate", Field::Bytes(credential.pb.certificate().der().to_vec())),
    ]);
    Ok((reply, signature))
}
