//! What is on cards and servers, in lines that hold no random value.

use std::collections::BTreeMap;

use lpakit::rsp::identifiers::Iccid;
use lpakit::rsp::notifications::Event;
use lpakit_sandbox_euicc::{CardStatus, SessionStatus};
use lpakit_sandbox_smdp::notification::{NotificationKind, ReceivedNotification, Verdict};
use lpakit_sandbox_smdp::order::{Order, OrderState};

/// What the profiles that were ordered are called.
pub(super) type Names = BTreeMap<[u8; 10], String>;

/// `profiles=[Travel 5 GB:enabled] notifications=[install] session=none default_server=set`
pub(super) fn card(status: &CardStatus, names: &Names) -> String {
    let name = |iccid: &Iccid| names.get(iccid.octets()).map_or("?", String::as_str);
    let profiles = status.profiles.iter().map(|profile| {
        let state = if profile.enabled { "enabled" } else { "disabled" };
        let nickname = profile.nickname.iter().filter(|nickname| !nickname.is_empty());
        let nickname: String = nickname.map(|nickname| format!(" \"{nickname}\"")).collect();
        format!("{}{nickname}:{state}", name(&profile.iccid))
    });
    let notifications = status.notifications.iter().map(|it| event(it.event).to_owned());
    let default_server = if status.default_dp_address.is_some() { "set" } else { "none" };
    let mut line = format!(
        "profiles={} notifications={} session={} default_server={default_server}",
        list(profiles),
        list(notifications),
        session(status.session),
    );
    if let Some(fault) = status.fault() {
        line = format!("{line} fault={fault}");
    }
    line
}

/// `orders=[Travel 5 GB:installed] received=[installed] sessions=0`
pub(super) fn server(
    orders: &[Order],
    received: &[ReceivedNotification],
    sessions: usize,
) -> String {
    let orders = orders
        .iter()
        .map(|order| format!("{}:{}", order.metadata.profile_name, order_state(order.state)));
    format!(
        "orders={} received={} sessions={sessions}",
        list(orders),
        list(received.iter().map(report))
    )
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

const fn event(event: Event) -> &'static str {
    match event {
        Event::Install => "install",
        Event::Enable => "enable",
        Event::Disable => "disable",
        Event::Delete => "delete",
        _ => "other",
    }
}

const fn session(session: SessionStatus) -> &'static str {
    match session {
        SessionStatus::None => "none",
        SessionStatus::Challenged => "challenged",
        SessionStatus::Authenticated => "authenticated",
        SessionStatus::Prepared => "prepared",
        SessionStatus::Loading => "loading",
        SessionStatus::Broken => "broken",
    }
}

const fn order_state(state: OrderState) -> &'static str {
    match state {
        OrderState::Available => "available",
        OrderState::Allocated => "allocated",
        OrderState::Linked => "linked",
        OrderState::Confirmed => "confirmed",
        OrderState::Released => "released",
        OrderState::Downloaded => "downloaded",
        OrderState::Installed => "installed",
        OrderState::Error => "error",
        OrderState::Unavailable => "unavailable",
    }
}

fn report(received: &ReceivedNotification) -> String {
    let kind = match &received.kind {
        NotificationKind::Installed => "installed".to_owned(),
        NotificationKind::InstallationFailed { .. } => "failed".to_owned(),
        NotificationKind::Event(name) => name.clone(),
    };
    let again = if received.times > 1 { format!("*{}", received.times) } else { String::new() };
    let doubt = if received.verdict == Verdict::Accepted { "" } else { "!" };
    format!("{kind}{again}{doubt}")
}
