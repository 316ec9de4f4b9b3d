//! ES9+.GetBoundProfilePackage: consent and confirmation code, then the package, bound to this eUICC and this
//! session (SGP.22 5.6.2).
//!
//! A download that broke off can be taken up again: the order remembers the eUICC's one-time key (smdpSigned2 says
//! it), and an eUICC that still has it answers with the same. The package is bound anew all the same, with a new
//! one-time key of the server's and so with new session keys, signed for the new session: an old package is never
//! sent twice. An eUICC that comes with another key is served too, unless the server is told to refuse rebinding.

use lpakit_rsp::Raw;
use lpakit_rsp::identifiers::{Eid, TransactionId};
use lpakit_rsp::preparation::{EuiccSigned2, PrepareDownloadResponse};
use lpakit_sandbox_crypto::SeededRandom;

use super::{Call, Field, Reply, certificates};
use crate::bpp_builder::{BindError, BindInput, BoundPackage};
use crate::misbehaviour::Misbehaviour;
use crate::order::{Download, Order, OrderBook};
use crate::progress::NotificationPoint;
use crate::session::{Offered, Session, Stage};
use crate::status::Refusal;

pub(super) fn run(call: &Call<'_>) -> Result<Reply, Refusal> {
    let response: PrepareDownloadResponse = call.arguments.object("prepareDownloadResponse")?;
    let mut session = call.take_session()?;
    let Stage::Offered(offered) = session.stage else {
        return Err(Refusal::SESSION);
    };
    session.stage = Stage::Challenged;
    let signed = ready(response, &session, &offered)?;
    let order = checked_order(call, &session, &offered, &signed)?;
    let bound = bind(call, &session, &offered, &order, &signed);
    let handed_out =
        bound.and_then(|bound| hand_out(call, &session, &offered, &signed).map(|()| bound));
    call.tell(&order, &eid_digits(&offered), NotificationPoint::Download, &handed_out);
    let package = handed_out?;
    call.smdp.record_secrets(&order.id, session.transaction_id.octets(), &package.smdp_key);

    let reply = Reply::Fields(vec![
        ("transactionId", call.quirks.told(&session.transaction_id)),
        ("boundProfilePackage", Field::Bytes(encoded(call, package))),
    ]);
    session.stage = Stage::HandedOut(offered);
    call.smdp.authority.sessions.put(session);
    Ok(reply)
}

/// What the eUICC signed when it prepared; the error form ends the session.
fn ready(
    response: PrepareDownloadResponse,
    session: &Session,
    offered: &Offered,
) -> Result<Raw<EuiccSigned2>, Refusal> {
    let (signed, signature) = match response {
        PrepareDownloadResponse::Ok { euicc_signed2, euicc_signature2 } => {
            (euicc_signed2, euicc_signature2)
        }
        PrepareDownloadResponse::Error { transaction_id, .. } => {
            return Err(if transaction_id == session.transaction_id {
                Refusal::EUICC_ERROR
            } else {
                Refusal::SESSION
            });
        }
    };
    let message = certificates::chained(signed.raw(), &offered.smdp_signature2);
    certificates::verify(&offered.euicc_certificate, &message, &signature)?;
    if signed.transaction_id != session.transaction_id {
        return Err(Refusal::SESSION);
    }
    Ok(signed)
}

/// The order may have changed since it was offered; and now the confirmation code counts.
fn checked_order(
    call: &Call<'_>,
    session: &Session,
    offered: &Offered,
    signed: &EuiccSigned2,
) -> Result<Order, Refusal> {
    let eid = eid_digits(offered);
    let mut verdict = Ok(());
    let order = call.smdp.orders().update(&offered.order, &mut |order| {
        verdict = order.check(&eid, call.smdp.now()).and_then(|()| {
            let hash_cc = signed.hash_cc.as_ref().map(<[u8; 32]>::as_slice);
            order.try_code(session.transaction_id.octets(), hash_cc)
        });
    })?;
    if let Err(refusal) = &verdict {
        let point = match refusal.code.subject.as_ref() {
            "8.2.7" => NotificationPoint::ConfirmationFailure,
            _ => NotificationPoint::Download,
        };
        call.tell(&order, &eid, point, &verdict);
    }
    verdict?;
    let other_key = order.bound_otpk().is_some_and(|bound| bound != signed.euicc_otpk);
    if other_key && call.smdp.refuses_rebinding() {
        return Err(Refusal::REBINDING);
    }
    Ok(order)
}

fn bind(
    call: &Call<'_>,
    session: &Session,
    offered: &Offered,
    order: &Order,
    signed: &EuiccSigned2,
) -> Result<BoundPackage, Refusal> {
    let smdp = call.smdp;
    let mut profile = smdp.orders().store().profile(&order.id)?;
    if call.quirks.has(&Misbehaviour::IncompletePackage) {
        profile.truncate(profile.len() / 2);
    }
    let mut options = smdp.bind_options().clone();
    options.host_id.resize(options.host_id.len() + order.host_id_padding, 0);
    let metadata = if call.quirks.has(&Misbehaviour::OtherMetadata) {
        OrderBook::other_metadata(&offered.metadata).ok_or(Refusal::INTERNAL)?
    } else {
        offered.metadata.clone()
    };
    let credential = smdp.credential(session.credential, call.quirks)?;
    let transaction_id: TransactionId = call.quirks.signed(&session.transaction_id);
    let input = BindInput {
        transaction_id: &transaction_id,
        eid: &offered.eid,
        euicc_otpk: &signed.euicc_otpk,
        metadata: &metadata,
        profile: &profile,
        signer: &credential.pb,
        dp_oid: &credential.oid,
    };
    // A stream of its own: a large package must not keep other sessions from theirs.
    let mut random = SeededRandom::from_seed(smdp.orders().random_octets());
    let package = BoundPackage::bind(&input, &options, &mut random);
    smdp.record_profile(transaction_id.octets(), &profile);
    package.map_err(|fault| match fault {
        BindError::EuiccKey => Refusal::EUICC_SIGNATURE,
        BindError::Options => Refusal::INTERNAL,
    })
}

/// Makes it last that the package is on its way, before it is.
fn hand_out(
    call: &Call<'_>,
    session: &Session,
    offered: &Offered,
    signed: &EuiccSigned2,
) -> Result<(), Refusal> {
    let eid = eid_digits(offered);
    let download = Download {
        transaction_id: session.transaction_id.octets().to_vec(),
        euicc_certificate: offered.euicc_certificate.der().to_vec(),
        eum_certificate: offered.eum_certificate.der().to_vec(),
        euicc_otpk: signed.euicc_otpk.clone(),
    };
    let mut verdict = Ok(());
    call.smdp.orders().update(&offered.order, &mut |order| {
        // Another session may have been faster.
        verdict = order.check(&eid, call.smdp.now());
        if verdict.is_ok() {
            order.handed_out(eid.clone(), download.clone());
        }
    })?;
    verdict
}

fn eid_digits(offered: &Offered) -> String {
    Eid::from_octets(*offered.eid.octets()).to_string()
}

/// The package as it goes out; spoilt if a test wants that.
fn encoded(call: &Call<'_>, mut package: BoundPackage) -> Vec<u8> {
    let wanted = |misbehaviour| call.quirks.has(&misbehaviour);
    if wanted(Misbehaviour::GarbagePackage) {
        let garbage: [u8; 64] = call.smdp.orders().random_octets();
        return garbage.repeat(16);
    }
    if wanted(Misbehaviour::WrongSignature) {
        package.initialise_secure_channel.last_mut().into_iter().for_each(|octet| *octet ^= 1);
    }
    if wanted(Misbehaviour::WrongMac) {
        let last = package.profile.last_mut().and_then(|part| part.last_mut());
        last.into_iter().for_each(|octet| *octet ^= 1);
    }
    if wanted(Misbehaviour::WrongOutline) {
        return package.encode_in_wrong_order();
    }
    let mut encoded = package.encode();
    if wanted(Misbehaviour::TruncatedPackage) {
        encoded.truncate(encoded.len().saturating_sub(100));
    }
    encoded
}
