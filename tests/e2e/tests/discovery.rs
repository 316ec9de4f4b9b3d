//! Plans that wait for a card: at its root SM-DS, over several SM-DSs, and at SM-DSs that do wrong.

use lpakit::lpa::WaitingPlan;
use lpakit::{Error, ErrorKind, ProfileSource};
use lpakit_e2e::{SERVER_NAME, SMDS_NAMES, SmdsOnStage, Tap, World, WorldOptions, installed};
use lpakit_sandbox_smdp::misbehaviour::{Misbehaviour, Times};
use lpakit_sandbox_smdp::order::{MatchingId, OrderState, PlacedOrder};
use lpakit_sandbox_smds::Es11Path;
use lpakit_sandbox_smds::Function::{AuthenticateClient, InitiateAuthentication};
use lpakit_sandbox_smds::event::Event;

const ROOT: &str = SMDS_NAMES[0];

/// An order for this card whose Matching ID is the event's name.
fn order(world: &World, event_id: &str) -> PlacedOrder {
    world.order_with(|order| {
        order.matching_id = MatchingId::Given(event_id.to_owned());
        order.eid = Some(world.eid());
    })
}

fn register(world: &World, at: &SmdsOnStage, event_id: &str, server: &str) {
    at.smds.register(&Event::new(&world.eid(), event_id, server)).unwrap();
}

async fn fetch(world: &World, plan: &WaitingPlan) -> Result<lpakit::lpa::Offer, Error> {
    world.lpa.authenticate(ProfileSource::Event(plan.clone())).await
}

#[tokio::test]
async fn several_events_wait_and_each_is_fetched_by_its_own_name() {
    let mut world = World::new().await;
    let root = world.start_smds(ROOT, |_| {}).await;
    assert!(world.lpa.discover().await.unwrap().plans.is_empty());
    let first = order(&world, "EVENT-1");
    let second = order(&world, "EVENT-2");
    register(&world, &root, "EVENT-1", SERVER_NAME);
    register(&world, &root, "EVENT-2", &SERVER_NAME.to_uppercase());

    let found = world.lpa.discover().await.unwrap();
    assert_eq!((found.plans.len(), found.troubles.len()), (2, 0));
    assert!(found.plans.iter().all(|plan| plan.found_at() == ROOT));
    // The second one first.
    let offer = fetch(&world, &found.plans[1]).await.unwrap();
    let done = installed(world.accept(offer, None).outcome().await);
    assert_eq!(done.iccid, second.iccid);
    let offer = fetch(&world, &found.plans[0]).await.unwrap();
    assert_eq!(installed(world.accept(offer, None).outcome().await).iccid, first.iccid);
    assert_eq!(world.smdp.orders().order(&first.id).unwrap().state, OrderState::Installed);
}

#[tokio::test]
async fn an_sm_ds_that_only_knows_the_paths_of_es11() {
    let mut world = World::new().await;
    let root = world.start_smds(ROOT, |config| config.path = Es11Path::Es11).await;
    let order = order(&world, "EVENT-1");
    register(&world, &root, "EVENT-1", SERVER_NAME);
    let found = world.lpa.discover().await.unwrap();
    let offer = fetch(&world, &found.plans[0]).await.unwrap();
    assert_eq!(installed(world.accept(offer, None).outcome().await).iccid, order.iccid);
}

/// Events from SM-DS to SM-DS, and the last one to the SM-DP+.
async fn cascade(world: &mut World, length: usize) -> (Vec<SmdsOnStage>, PlacedOrder) {
    let mut stage = Vec::new();
    for name in &SMDS_NAMES[..length] {
        stage.push(world.start_smds(name, |_| {}).await);
    }
    for (position, smds) in stage.iter().enumerate() {
        let next = SMDS_NAMES[..length].get(position + 1).copied().unwrap_or(SERVER_NAME);
        let event = Event::new(&world.eid(), "EVENT-1", next);
        smds.smds.register(&event).unwrap();
    }
    (stage, order(world, "EVENT-1"))
}

#[tokio::test]
async fn cascades_are_followed_but_not_for_ever() {
    for length in 2..=3 {
        let mut world = World::new().await;
        let (_stage, order) = cascade(&mut world, length).await;
        let found = world.lpa.discover().await.unwrap();
        assert_eq!(found.plans[0].server(), SMDS_NAMES[1]);
        let offer = fetch(&world, &found.plans[0]).await.unwrap();
        assert_eq!(offer.server(), SERVER_NAME);
        assert_eq!(installed(world.accept(offer, None).outcome().await).iccid, order.iccid);
    }
    let mut world = World::new().await;
    let (_stage, _) = cascade(&mut world, 4).await;
    let found = world.lpa.discover().await.unwrap();
    let error = fetch(&world, &found.plans[0]).await.unwrap_err();
    assert_eq!(error.key(), "discovery.too_deep");
    no_session_is_left(&world);
}

fn no_session_is_left(world: &World) {
    let status = world.card.look(|card| card.status()).unwrap();
    assert_eq!(status.session, lpakit_sandbox_euicc::SessionStatus::None);
    assert_eq!(status.fault(), None);
}

#[tokio::test]
async fn an_sm_ds_that_goes_in_circles_or_names_too_much() {
    let mut world = World::new().await;
    let root = world.start_smds(ROOT, |_| {}).await;
    let second = world.start_smds(SMDS_NAMES[1], |_| {}).await;
    register(&world, &root, "EVENT-1", SMDS_NAMES[1]);
    let misbehave = |at: &SmdsOnStage, what: Misbehaviour| {
        at.smds.misbehaviours().add(AuthenticateClient, what, Times::Once);
    };

    misbehave(&root, Misbehaviour::EntryNamesItself);
    let found = world.lpa.discover().await.unwrap();
    assert!(found.plans.is_empty());
    assert_eq!(found.troubles[0].error.key(), "discovery.loop");

    misbehave(&root, Misbehaviour::ManyEntries(1000));
    let error = world.lpa.discover().await.unwrap_err();
    assert_eq!(error.key(), "discovery.too_many_events");

    // The second sends back to the root.
    register(&world, &second, "EVENT-1", ROOT);
    let found = world.lpa.discover().await.unwrap();
    let error = fetch(&world, &found.plans[0]).await.unwrap_err();
    assert_eq!(error.key(), "discovery.loop");

    misbehave(&root, Misbehaviour::EntryNames("localhost:9".to_owned()));
    let found = world.lpa.discover().await.unwrap();
    let error = fetch(&world, &found.plans[0]).await.unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::Network, "network.unreachable"));

    misbehave(&root, Misbehaviour::EntryNames("not an address/".to_owned()));
    let found = world.lpa.discover().await.unwrap();
    assert_eq!(found.troubles[0].error.key(), "input.address");

    misbehave(&root, Misbehaviour::NoEntries);
    assert!(world.lpa.discover().await.unwrap().plans.is_empty());

    misbehave(&root, Misbehaviour::OtherTransactionId);
    assert_eq!(world.lpa.discover().await.unwrap_err().key(), "server.malformed");
    no_session_is_left(&world);
    assert!(world.lpa.profiles().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_event_that_is_gone_meanwhile_is_said_to_be_gone() {
    let mut world = World::new().await;
    let root = world.start_smds(ROOT, |_| {}).await;
    let _second = world.start_smds(SMDS_NAMES[1], |_| {}).await;
    register(&world, &root, "EVENT-1", SMDS_NAMES[1]);
    let found = world.lpa.discover().await.unwrap();
    let error = fetch(&world, &found.plans[0]).await.unwrap_err();
    assert_eq!(error.key(), "input.event_gone");
    no_session_is_left(&world);
}

#[tokio::test]
async fn one_sm_ds_that_fails_does_not_hide_what_another_knows() {
    let mut world = World::new().await;
    let root = world.start_smds(ROOT, |_| {}).await;
    let second = world.start_smds(SMDS_NAMES[1], |_| {}).await;
    register(&world, &second, "EVENT-1", SERVER_NAME);
    let status = Misbehaviour::HttpStatus(503);
    root.smds.misbehaviours().add(InitiateAuthentication, status, Times::Always);
    let alone = world.lpa.discover().await.unwrap_err();
    assert_eq!(alone.key(), "server.http_status");
    let servers = [ROOT, SMDS_NAMES[1], "nobody.invalid"].map(str::to_owned);
    let found = world.lpa.discover_at(&servers).await.unwrap();
    assert_eq!(found.plans.len(), 1);
    let troubles: Vec<&str> =
        found.troubles.iter().map(|trouble| trouble.server.as_str()).collect();
    assert_eq!(troubles, [ROOT, "nobody.invalid"]);
}

#[tokio::test]
async fn a_server_must_be_what_it_is_asked_as() {
    let mut world = World::new().await;
    let root = world.start_smds(ROOT, |_| {}).await;
    // An SM-DP+ is no SM-DS, and an SM-DS no SM-DP+.
    let error = world.lpa.discover_at(&[SERVER_NAME.to_owned()]).await.unwrap_err();
    assert_eq!(error.key(), "trust.role");
    let code = world.lpa.parse_activation_code(&format!("LPA:1${ROOT}$ABC")).unwrap();
    let error = world.lpa.authenticate(ProfileSource::Code(code)).await.unwrap_err();
    assert_eq!(error.key(), "trust.role");
    for wrong in [Misbehaviour::OtherServerAddress, Misbehaviour::WrongSignature] {
        root.smds.misbehaviours().add(InitiateAuthentication, wrong, Times::Once);
        let error = world.lpa.discover().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Trust);
    }
    no_session_is_left(&world);
}

#[tokio::test]
async fn discovery_waits_for_no_one_and_stands_in_nobodys_way() {
    let mut world = World::with(WorldOptions::default()).await;
    let _root = world.start_smds(ROOT, |_| {}).await;
    let offer = world.lpa.authenticate(world.code(&world.order())).await.unwrap();
    assert_eq!(world.lpa.discover().await.unwrap_err().key(), "busy.offer_open");
    installed(world.accept(offer, None).outcome().await);
    assert!(world.lpa.discover().await.is_ok());
    // A card that is pulled out.
    world.card.tap(
        |apdu| {
            if apdu.get(5..7) == Some(&[0xBF, 0x38]) { Tap::PullBefore } else { Tap::Pass }
        },
    );
    assert_eq!(world.lpa.discover().await.unwrap_err().kind(), ErrorKind::Card);
    world.card.untap();
    assert!(world.lpa.discover().await.is_ok());
}

#[tokio::test]
async fn a_card_that_names_no_sm_ds() {
    let mut options = WorldOptions::default();
    options.card.root_ds_address = String::new();
    let world = World::with(options).await;
    assert_eq!(world.lpa.discover().await.unwrap_err().key(), "discovery.no_server");
}
