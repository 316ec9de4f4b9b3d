//! Notifications: believed or not, kept once, and what they do to orders.

use lpakit_rsp::installation::InstallErrorReason;
use lpakit_rsp::notifications::Event;
use lpakit_sandbox_smdp::notification::{NotificationKind, Verdict};
use lpakit_sandbox_smdp::order::OrderState;
use serde_json::json;

use crate::card::Card;
use crate::world::{World, base64, refusal};

const HANDLE: &str = "handleNotification";

fn acknowledged(world: &World, body: &serde_json::Value) {
    assert_eq!(world.post(HANDLE, body).status, 204);
}

#[test]
fn failures_end_the_order_or_leave_it_open_for_the_same_card() {
    let cases = [
        (InstallErrorReason::Interruption, OrderState::Released),
        (InstallErrorReason::InsufficientMemory, OrderState::Released),
        (InstallErrorReason::Scp03tSecurityError, OrderState::Released),
        (InstallErrorReason::PeProcessingError, OrderState::Error),
        (InstallErrorReason::IccidAlreadyExists, OrderState::Error),
        (InstallErrorReason::PprNotAllowed, OrderState::Error),
        (InstallErrorReason::Other(42), OrderState::Error),
    ];
    for (reason, state) in cases {
        let world = World::new();
        let order = world.order();
        let mut card = Card::new();
        world.package(&mut card, &order);
        acknowledged(&world, &card.result(order.iccid, Card::failure(reason)));
        assert_eq!(world.state(&order), state, "{reason:?}");
        let [received] = &world.smdp.received().unwrap()[..] else {
            panic!("one notification");
        };
        let failed = NotificationKind::InstallationFailed { command: 5, reason: reason.code() };
        assert_eq!(received.kind, failed);
        if state == OrderState::Released {
            // The card made a new key after its result: that is no rebinding.
            card.session.key = None;
            world.package(&mut card, &order);
        }
    }
}

#[test]
fn the_same_notification_is_kept_once_and_counted() {
    let world = World::new();
    let order = world.order();
    let mut card = Card::new();
    world.package(&mut card, &order);
    let body = card.result(order.iccid, Card::success());
    for _ in 0..3 {
        acknowledged(&world, &body);
    }
    let received = world.smdp.received().unwrap();
    assert_eq!((received.len(), received[0].times), (1, 3));
    assert_eq!(world.state(&order), OrderState::Installed);
}

#[test]
fn a_late_result_of_an_older_session_does_not_undo_a_newer_one() {
    let world = World::new();
    let order = world.order();
    let mut card = Card::new();
    world.package(&mut card, &order);
    let old = card.result(order.iccid, Card::failure(InstallErrorReason::PeProcessingError));
    world.package(&mut card, &order);
    acknowledged(&world, &old);
    assert_eq!(world.state(&order), OrderState::Downloaded);
    acknowledged(&world, &card.result(order.iccid, Card::success()));
    acknowledged(&world, &old);
    assert_eq!(world.state(&order), OrderState::Installed);
}

#[test]
fn a_result_that_is_not_believed_is_acknowledged_and_changes_nothing() {
    let lies: [fn(&mut Card); 3] = [
        |card| card.lies.signature = true,
        |card| card.lies.oid = true,
        |card| {
            card.session.transaction_id =
                Some(lpakit_rsp::identifiers::TransactionId::from_octets(&[1; 16]).unwrap());
        },
    ];
    for lie in lies {
        let world = World::new();
        let order = world.order();
        let mut card = Card::new();
        world.package(&mut card, &order);
        let good = card.result(order.iccid, Card::success());
        lie(&mut card);
        acknowledged(&world, &card.result(order.iccid, Card::success()));
        assert_eq!(world.state(&order), OrderState::Downloaded);
        let received = world.smdp.received().unwrap();
        assert!(matches!(received[0].verdict, Verdict::Rejected(_)));
        // The forged one does not stand in the way of the genuine one.
        acknowledged(&world, &good);
        assert_eq!(world.state(&order), OrderState::Installed);
        assert_eq!(world.smdp.received().unwrap().len(), 2);
    }
}

#[test]
fn events_are_checked_against_the_certificates_they_bring() {
    let world = World::new();
    let order = world.order();
    let mut card = Card::new();
    world.package(&mut card, &order);
    acknowledged(&world, &card.result(order.iccid, Card::success()));
    acknowledged(&world, &card.event(2, Event::Enable, order.iccid));
    acknowledged(&world, &card.event(300, Event::Delete, order.iccid));
    card.lies.signature = true;
    acknowledged(&world, &card.event(301, Event::Disable, order.iccid));

    let received = world.smdp.received().unwrap();
    let seen: Vec<_> = received
        .iter()
        .map(|n| (n.seq_number, n.kind.clone(), n.verdict == Verdict::Accepted))
        .collect();
    let event = |name: &str| NotificationKind::Event(name.to_owned());
    assert_eq!(
        seen,
        [
            (1, NotificationKind::Installed, true),
            (2, event("enable"), true),
            (300, event("delete"), true),
            (301, event("disable"), false),
        ]
    );
    assert_eq!(received[2].order.as_ref(), Some(&order.id));
    let order = world.smdp.orders().order(&order.id).unwrap();
    assert_eq!(order.last_event.as_deref(), Some("delete"));
}

#[test]
fn an_event_of_a_strange_card_is_rejected() {
    let world = World::new();
    let order = world.order();
    let stranger = Card::other("89033023426100000000001234567890");
    acknowledged(&world, &stranger.event(1, Event::Enable, order.iccid));
    let received = world.smdp.received().unwrap();
    assert!(matches!(received[0].verdict, Verdict::Rejected(_)));
    assert_eq!(received[0].order, None);
}

#[test]
fn what_cannot_be_read_is_not_acknowledged() {
    let world = World::new();
    for body in [
        json!({}),
        json!({ "pendingNotification": base64(&[0xBF, 0x37, 0x00]) }),
        json!({ "pendingNotification": base64(b"rubbish") }),
    ] {
        let response = world.post(HANDLE, &body);
        assert_eq!(response.status, 400);
        assert!(refusal(&response).starts_with("1.3.1/"));
    }
    assert!(world.smdp.received().unwrap().is_empty());
}

#[test]
fn results_do_not_show_whom_they_are_about() {
    let world = World::new();
    let order = world.order();
    let mut card = Card::new();
    world.package(&mut card, &order);
    acknowledged(&world, &card.result(order.iccid, Card::success()));
    let shown = format!(
        "{:?} {:?} {order:?}",
        world.smdp.received().unwrap(),
        world.smdp.orders().orders().unwrap()
    );
    for secret in [order.iccid.to_string(), order.matching_id.clone(), crate::world::EID.to_owned()]
    {
        assert!(!shown.contains(&secret));
    }
}
