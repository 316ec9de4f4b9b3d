//! ES9+.HandleNotification: results and events, checked and kept (SGP.22 5.6.4).
//!
//! Whatever can be read is acknowledged: a notification that is not believed would otherwise be sent for ever. The
//! verdict is kept with it. The same notification again changes nothing.

use lpakit_rsp::identifiers::Eid;
use lpakit_rsp::installation::{InstallOutcome, ProfileInstallationResult};
use lpakit_rsp::notifications::{
    Event, NotificationMetadata, OtherSignedNotification, PendingNotification,
};
use lpakit_rsp::tlv::Tlv;
use lpakit_sandbox_crypto::Certificate;

use super::{Call, Reply, certificates};
use crate::clock::unix_seconds;
use crate::notification::{NotificationKind, ReceivedNotification, Verdict};
use crate::order::{Order, OrderId, Report};
use crate::progress::{NotificationPoint, Progress};
use crate::status::Refusal;

/// What became of the checks.
struct Judged {
    verdict: Verdict,
    kind: NotificationKind,
    eid: Option<String>,
    order: Option<OrderId>,
}

pub(super) fn run(call: &Call<'_>) -> Result<Reply, Refusal> {
    let bytes = call.arguments.bytes("pendingNotification")?;
    let notification =
        Tlv::parse(&bytes).and_then(PendingNotification::read).map_err(|_| Refusal::FORMAT)?;
    let (judged, signed) = match &notification {
        PendingNotification::Installation(result) => {
            (installation(call, result)?, result.data.raw())
        }
        PendingNotification::Other(other) => (event(call, other)?, other.metadata.raw()),
        PendingNotification::Rpm(result) => (rpm_result(), result.raw()),
    };
    let metadata = notification.metadata();
    let received = ReceivedNotification {
        key: ReceivedNotification::key(judged.eid.as_deref(), signed, &judged.verdict),
        number: 0,
        received: unix_seconds(call.smdp.now()),
        times: 1,
        verdict: judged.verdict,
        kind: judged.kind,
        seq_number: metadata.seq_number,
        address: metadata.address.clone(),
        iccid: metadata.iccid.map(|iccid| iccid.to_string()),
        eid: judged.eid,
        order: judged.order,
        raw: bytes,
    };
    if call.smdp.orders().store().add_notification(&received)? {
        tell(call, &received)?;
    }
    Ok(Reply::Acknowledged)
}

/// Tells the operator of an installation, the first time it is heard of.
fn tell(call: &Call<'_>, received: &ReceivedNotification) -> Result<(), Refusal> {
    let failure = match &received.kind {
        NotificationKind::Installed => None,
        NotificationKind::InstallationFailed { reason, .. } => {
            Some(Report::installation_failed(*reason))
        }
        NotificationKind::Event(_) => return Ok(()),
    };
    let believed = received.verdict == Verdict::Accepted;
    if let (true, Some(id), Some(eid)) = (believed, &received.order, &received.eid) {
        let order = call.smdp.orders().order(id)?;
        let point = NotificationPoint::Installation;
        let mut progress = Progress::new(&order, eid, call.smdp.now(), point, failure);
        progress.result = Some(received.raw.clone());
        call.smdp.tell(progress);
    }
    Ok(())
}

/// A ProfileInstallationResult holds no certificate: the one of its session counts.
fn installation(call: &Call<'_>, result: &ProfileInstallationResult) -> Result<Judged, Refusal> {
    let transaction_id = result.data.transaction_id.octets();
    let kind = match &result.data.outcome {
        InstallOutcome::Success { .. } => NotificationKind::Installed,
        InstallOutcome::Failure { command, reason, .. } => {
            NotificationKind::InstallationFailed { command: command.code(), reason: reason.code() }
        }
    };
    let rejected = |kind, order: Option<&Order>, why: &str| Judged {
        verdict: Verdict::Rejected(why.to_owned()),
        kind,
        eid: None,
        order: order.map(|order| order.id.clone()),
    };
    let orders = call.smdp.orders().orders()?;
    let found = orders.iter().find_map(|order| Some((order, order.download(transaction_id)?)));
    let Some((order, download)) = found else {
        return Ok(rejected(kind, None, "no download has this transaction ID"));
    };
    let certificate = Certificate::from_der(&download.euicc_certificate);
    let verified = certificate.is_ok_and(|certificate| {
        certificates::verify(&certificate, result.data.raw(), &result.signature).is_ok()
    });
    if !verified {
        return Ok(rejected(kind, Some(order), "the signature is wrong"));
    }
    if !call.smdp.is_own_oid(&result.data.smdp_oid) {
        return Ok(rejected(kind, Some(order), "it is for another SM-DP+"));
    }
    settle(call, order, transaction_id, &result.data.outcome)?;
    Ok(Judged {
        verdict: Verdict::Accepted,
        kind,
        eid: order.eid.clone(),
        order: Some(order.id.clone()),
    })
}

/// Closes the order, or opens it again. Done before the notification is kept: doing it twice does no harm, leaving
/// it out would.
fn settle(
    call: &Call<'_>,
    order: &Order,
    transaction_id: &[u8],
    outcome: &InstallOutcome,
) -> Result<(), Refusal> {
    call.smdp.authority.sessions.close(transaction_id);
    call.smdp.orders().update(&order.id, &mut |order| match outcome {
        InstallOutcome::Success { .. } => {
            order.installed();
            order.last_event = Some("install".to_owned());
        }
        InstallOutcome::Failure { reason, .. } if order.is_latest(transaction_id) => {
            order.installation_failed(*reason);
        }
        InstallOutcome::Failure { .. } => {}
    })?;
    Ok(())
}

/// Remote profile management (v3) is nothing that this server could have ordered.
fn rpm_result() -> Judged {
    Judged {
        verdict: Verdict::Rejected("no remote profile management was ordered here".to_owned()),
        kind: NotificationKind::Event("rpm".to_owned()),
        eid: None,
        order: None,
    }
}

/// Any other notification brings its certificates.
fn event(call: &Call<'_>, other: &OtherSignedNotification) -> Result<Judged, Refusal> {
    let name = event_name(&other.metadata);
    let kind = NotificationKind::Event(name.clone());
    let known = certificates::check(
        call.smdp.authority.roots(),
        None,
        &other.euicc_certificate,
        &other.eum_certificate,
        call.smdp.now(),
    )
    .and_then(|known| {
        certificates::verify(&known.euicc, other.metadata.raw(), &other.signature)?;
        Ok(known)
    });
    let known = match known {
        Ok(known) => known,
        Err(refusal) => {
            return Ok(Judged {
                verdict: Verdict::Rejected(refusal.message.into_owned()),
                kind,
                eid: None,
                order: None,
            });
        }
    };
    let eid = Eid::from_octets(*known.eid.octets()).to_string();
    let order = order_of_profile(call, &other.metadata, &eid)?;
    if let Some(id) = &order {
        call.smdp.orders().update(id, &mut |order| {
            order.last_event = Some(name.clone());
        })?;
    }
    Ok(Judged { verdict: Verdict::Accepted, kind, eid: Some(eid), order })
}

/// The last order that brought this profile to this eUICC.
fn order_of_profile(
    call: &Call<'_>,
    metadata: &NotificationMetadata,
    eid: &str,
) -> Result<Option<OrderId>, Refusal> {
    let Some(iccid) = metadata.iccid.map(|iccid| iccid.to_string()) else {
        return Ok(None);
    };
    let orders = call.smdp.orders().orders()?;
    Ok(orders
        .into_iter()
        .rev()
        .find(|order| order.iccid == iccid && order.eid.as_deref() == Some(eid))
        .map(|order| order.id))
}

fn event_name(metadata: &NotificationMetadata) -> String {
    let names: Vec<String> = metadata
        .events
        .events()
        .map(|event| match event {
            Event::Install => "install".to_owned(),
            Event::Enable => "enable".to_owned(),
            Event::Disable => "disable".to_owned(),
            Event::Delete => "delete".to_owned(),
            Event::Other(bit) => bit.to_string(),
        })
        .collect();
    names.join("+")
}
