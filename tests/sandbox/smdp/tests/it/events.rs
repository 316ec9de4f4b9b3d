//! Orders with an event at an SM-DS: registered when they can be downloaded, deleted when they are over.

use std::sync::Arc;
use std::time::Duration;

use lpakit_rsp::session::CancelReason;
use lpakit_sandbox_rsp_server::misbehaviour::{Misbehaviour, Times};
use lpakit_sandbox_rsp_server::status::StatusCode;
use lpakit_sandbox_smdp::order::PlacedOrder;
use lpakit_sandbox_smdp::order::{EventState, MatchingId, OrderError, OrderRequest, OrderState};
use lpakit_sandbox_smdp::store::MemoryStore;
use lpakit_sandbox_smds::Function;

use crate::card::Card;
use crate::peers::Ds;
use crate::world::{ADDRESS, EID, SMDS, World};

fn world(ds: &Ds) -> World {
    World::with_peers(Arc::new(MemoryStore::new()), &ds.peers(), |_| ())
}

fn for_card(order: &mut OrderRequest) {
    order.eid = Some(Card::new().eid_digits());
    order.smds = Some(SMDS.to_owned());
}

fn event_state(world: &World, order: &PlacedOrder) -> EventState {
    world.kept(order).event.unwrap().state
}

#[tokio::test]
async fn an_event_lives_from_the_release_to_the_installation() {
    let ds = Ds::new().await;
    let world = world(&ds);
    let order = world.order_with(|order| {
        for_card(order);
        order.state = OrderState::Confirmed;
    });
    world.smdp.settled().await;
    assert_eq!(ds.events(), []);
    assert_eq!(event_state(&world, &order), EventState::Wanted);

    world.smdp.orders().release(&order.id).unwrap();
    world.smdp.settled().await;
    let event = (EID.to_owned(), order.matching_id.clone(), ADDRESS.to_owned());
    assert_eq!(ds.events(), [event]);
    assert_eq!(event_state(&world, &order), EventState::Registered);

    let mut card = Card::new();
    world.package(&mut card, &order);
    world.smdp.settled().await;
    assert_eq!(ds.events().len(), 1);
    world.post("handleNotification", &card.result(order.iccid, Card::success()));
    world.smdp.settled().await;
    assert_eq!(ds.events(), []);
    assert_eq!(event_state(&world, &order), EventState::Deleted);
}

#[tokio::test]
async fn a_rejection_takes_the_event_away_and_later_does_not() {
    let expected = [
        (CancelReason::EndUserRejection, EventState::Deleted),
        (CancelReason::Postponed, EventState::Registered),
        (CancelReason::Timeout, EventState::Registered),
        (CancelReason::PprNotAllowed, EventState::Deleted),
    ];
    for (reason, state) in expected {
        let ds = Ds::new().await;
        let world = world(&ds);
        let order = world.order_with(for_card);
        world.smdp.settled().await;
        let mut card = Card::new();
        world.offer(&mut card, &order.matching_id);
        world.call("cancelSession", &card.cancel(reason));
        world.smdp.settled().await;
        assert_eq!(event_state(&world, &order), state, "{reason:?}");
        assert_eq!(ds.events().is_empty(), state == EventState::Deleted);
    }
}

#[tokio::test]
async fn an_smds_that_fails_is_asked_again_and_told_of() {
    let ds = Ds::new().await;
    let world = world(&ds);
    // The first attempts meet a broken server, and the third a good one.
    for _ in 0..2 {
        let broken = Misbehaviour::HttpStatus(503);
        ds.smds.misbehaviours().add(Function::RegisterEvent, broken, Times::Once);
    }
    let order = world.order_with(for_card);
    world.smdp.settled().await;
    assert_eq!(event_state(&world, &order), EventState::Registered);

    let refuse = Misbehaviour::Refuse(StatusCode::new("8.9", "4.2"));
    ds.smds.misbehaviours().add(Function::RegisterEvent, refuse, Times::Once);
    let second = world.order_with(for_card);
    world.smdp.settled().await;
    let event = world.kept(&second).event.unwrap();
    assert_eq!(event.state, EventState::Wanted);
    assert_eq!(event.problem.unwrap().subject, "8.9");
    world.smdp.look_at_events().unwrap();
    world.smdp.settled().await;
    let event = world.kept(&second).event.unwrap();
    assert_eq!((event.state, event.problem), (EventState::Registered, None));
}

#[tokio::test]
async fn an_answer_that_was_lost_does_no_harm() {
    let ds = Ds::new().await;
    let world = world(&ds);
    for function in [Function::RegisterEvent, Function::DeleteEvent] {
        ds.smds.misbehaviours().add(function, Misbehaviour::CloseAfter, Times::Once);
    }
    let order = world.order_with(for_card);
    world.smdp.settled().await;
    assert_eq!(event_state(&world, &order), EventState::Registered);
    let mut card = Card::new();
    world.offer(&mut card, &order.matching_id);
    world.call("cancelSession", &card.cancel(CancelReason::EndUserRejection));
    world.smdp.settled().await;
    assert_eq!(event_state(&world, &order), EventState::Deleted);
    assert_eq!(ds.events(), []);
}

#[tokio::test]
async fn what_was_due_when_the_server_stopped_is_done_when_it_runs_again() {
    let ds = Ds::new().await;
    let store = Arc::new(MemoryStore::new());
    // Nobody to call: the event waits.
    let before = World::with_store(store.clone(), |_| ());
    let order = before.order_with(|order| {
        for_card(order);
        order.valid_for = Some(Duration::from_secs(60));
    });
    assert_eq!(event_state(&before, &order), EventState::Wanted);
    let after = World::with_peers(store, &ds.peers(), |_| ());
    after.smdp.settled().await;
    assert_eq!(ds.events().len(), 1);

    after.clock.advance(Duration::from_secs(61));
    after.smdp.look_at_events().unwrap();
    after.smdp.settled().await;
    assert_eq!(ds.events(), []);
}

#[test]
fn an_event_needs_an_eid_and_a_matching_id() {
    let world = World::new();
    let place = |change: fn(&mut OrderRequest)| {
        let mut request =
            OrderRequest::new(lpakit_sandbox_smdp::metadata::MetadataSpec::named("O", "P"));
        for_card(&mut request);
        change(&mut request);
        world.smdp.orders().place(&request).unwrap_err()
    };
    assert!(matches!(place(|order| order.eid = None), OrderError::EidMissing));
    let error = place(|order| order.matching_id = MatchingId::DefaultServer);
    assert!(matches!(error, OrderError::Event));
    assert!(matches!(place(|order| order.smds = Some(String::new())), OrderError::Event));
}
