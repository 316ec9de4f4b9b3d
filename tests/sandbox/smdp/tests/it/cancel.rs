//! Cancelled sessions, and what becomes of the order.

use lpakit_rsp::session::{CancelReason, CancelSessionError, CancelSessionResponse};
use lpakit_sandbox_smdp::order::OrderState;

use crate::card::Card;
use crate::world::{ADDRESS, World};

const CANCEL: &str = "cancelSession";

type Lie = fn(&mut Card);

#[test]
fn reasons_leave_the_order_usable_or_end_it_with_their_pair() {
    let cases = [
        (CancelReason::EndUserRejection, Some("8.8.5/3.8")),
        (CancelReason::Postponed, None),
        (CancelReason::Timeout, None),
        (CancelReason::PprNotAllowed, Some("8.2.8/1.2")),
        (CancelReason::MetadataMismatch, Some("8.2.9/3.11")),
        (CancelReason::LoadBppExecutionError, Some("8.2.10/4.2")),
        (CancelReason::UndefinedReason, Some("8/4.2")),
        (CancelReason::Other(99), Some("8/4.2")),
    ];
    for (reason, report) in cases {
        let world = World::new();
        let placed = world.order();
        let mut card = Card::new();
        world.offer(&mut card, &placed.matching_id);
        world.call(CANCEL, &card.cancel(reason));
        assert_eq!(world.smdp.open_sessions(), 0);
        let order = world.smdp.orders().order(&placed.id).unwrap();
        match report {
            None => {
                assert_eq!(order.state, OrderState::Released, "{reason:?}");
                world.offer(&mut card, &placed.matching_id);
            }
            Some(pair) => {
                assert_eq!(order.state, OrderState::Error, "{reason:?}");
                let told = order.report.unwrap();
                assert_eq!(format!("{}/{}", told.subject, told.reason), pair);
                let refused = world.offer_refused(&mut card, &placed.matching_id);
                assert_eq!(refused, "8.2.6/3.8");
            }
        }
    }
}

#[test]
fn a_session_can_be_cancelled_after_the_package_was_handed_out() {
    for (reason, state) in [
        (CancelReason::Postponed, OrderState::Downloaded),
        (CancelReason::MetadataMismatch, OrderState::Error),
    ] {
        let world = World::new();
        let order = world.order();
        let mut card = Card::new();
        world.package(&mut card, &order);
        world.call(CANCEL, &card.cancel(reason));
        assert_eq!(world.state(&order), state);
    }
}

#[test]
fn a_cancel_must_be_signed_for_this_session_and_server() {
    let lies: [(Lie, &str); 3] = [
        (|card| card.lies.signature = true, "8.1/6.1"),
        (|card| card.lies.signed_transaction_id = true, "8.10.1/3.9"),
        (|card| card.lies.oid = true, "8.8/3.10"),
    ];
    for (lie, pair) in lies {
        let world = World::new();
        let order = world.order();
        let mut card = Card::new();
        world.offer(&mut card, &order.matching_id);
        lie(&mut card);
        let body = card.cancel(CancelReason::EndUserRejection);
        assert_eq!(world.refused(CANCEL, &body), pair);
        assert_eq!(world.state(&order), OrderState::Released);
        assert_eq!(world.refused(CANCEL, &body), "8.10.1/3.9");
    }
}

#[test]
fn a_cancel_before_the_card_is_known_is_not_believed() {
    let world = World::new();
    let order = world.order();
    let mut card = Card::new();
    let initiated = world.call("initiateAuthentication", &card.initiate(ADDRESS));
    card.authenticate(&initiated, Some(&order.matching_id));
    let body = card.cancel(CancelReason::EndUserRejection);
    assert_eq!(world.refused(CANCEL, &body), "8.1/6.1");
    assert_eq!(world.state(&order), OrderState::Released);
}

#[test]
fn the_cards_error_form_closes_the_session_only() {
    let world = World::new();
    let order = world.order();
    let mut card = Card::new();
    world.offer(&mut card, &order.matching_id);
    let error = CancelSessionResponse::Error(CancelSessionError::InvalidTransactionId);
    world.call(CANCEL, &card.cancelled(&error));
    assert_eq!(world.smdp.open_sessions(), 0);
    assert_eq!(world.state(&order), OrderState::Released);
}
