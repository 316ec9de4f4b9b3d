//! lpakit's core: plans that wait for this card, at the sandbox's SM-DSs.

use lpakit::lpa::{Answers, RejectReason, WaitingPlan};
use lpakit::rsp::identifiers::Eid;
use lpakit::{Error, ErrorKind, ProfileSource};
use lpakit_interop::{Lpakit, Program, SMDP_NAME, SMDS_NAMES, SmdsOnStage, Stage};
use lpakit_sandbox_smdp::misbehaviour::{Misbehaviour, Times};
use lpakit_sandbox_smdp::order::{OrderState, PlacedOrder};
use lpakit_sandbox_smds::Es11Path::{self, Both, Es9Plus, Es11};
use lpakit_sandbox_smds::Function::{AuthenticateClient, InitiateAuthentication};
use lpakit_sandbox_smds::event::Event;

use crate::support::{assert_installed, installed, order, order_state, request};

fn stage(story: &str, smds: &[Es11Path]) -> Stage {
    Stage::builder(Program::Lpakit, story).smds(smds).start().unwrap()
}

fn eid(stage: &Stage) -> Eid {
    Eid::from_octets(*stage.card().eid().octets())
}

/// An order whose event waits at this SM-DS.
fn order_with_event(stage: &Stage, at: &SmdsOnStage) -> PlacedOrder {
    let mut waiting = request();
    (waiting.eid, waiting.smds) = (Some(eid(stage)), Some(at.address().to_owned()));
    let placed = order(stage, &waiting);
    stage.settled();
    placed
}

/// What waits according to these SM-DSs; none of them did anything wrong.
fn plans(lpakit: &Lpakit<'_>, servers: &[&str]) -> Vec<WaitingPlan> {
    let servers: Vec<String> = servers.iter().map(|&server| server.to_owned()).collect();
    let found = lpakit.wait(lpakit.lpa().discover_at(&servers)).unwrap();
    assert_eq!(found.troubles, []);
    found.plans
}

fn fetch(lpakit: &Lpakit<'_>, plan: &WaitingPlan) -> Result<lpakit::lpa::Offer, Error> {
    lpakit.wait(lpakit.lpa().authenticate(ProfileSource::Event(plan.clone())))
}

fn events(at: &SmdsOnStage) -> usize {
    at.smds().events().unwrap().len()
}

#[test]
fn two_events_are_found_fetched_and_gone() {
    let stage = stage("discovery", &[Es9Plus]);
    let [root] = stage.smds() else { panic!("one SM-DS") };
    let lpakit = Lpakit::open(&stage).unwrap();
    assert_eq!(plans(&lpakit, &[root.address()]), []);
    let orders = [order_with_event(&stage, root), order_with_event(&stage, root)];
    let found = lpakit.wait(lpakit.lpa().discover()).unwrap();
    assert_eq!((found.plans.len(), found.troubles.len()), (2, 0));

    // The second one first, and it is put off once.
    let offer = fetch(&lpakit, &found.plans[1]).unwrap();
    assert_eq!(offer.server(), SMDP_NAME);
    assert!(lpakit.wait(offer.reject(RejectReason::Later)));
    stage.settled();
    assert_eq!(events(root), 2);
    for (number, left) in [(1, 1), (0, 0)] {
        let offer = fetch(&lpakit, &found.plans[number]).unwrap();
        let done = installed(lpakit.install(offer, Answers::yes()));
        assert_eq!(done.iccid, orders[number].iccid);
        assert_installed(&stage, &orders[number]);
        stage.settled();
        assert_eq!(events(root), left);
    }
    assert_eq!(plans(&lpakit, &[root.address()]), []);
    stage.finish().unwrap();
}

#[test]
fn an_event_that_the_person_does_not_want_is_taken_back() {
    let stage = stage("discovery-refused-offer", &[Es11]);
    let [root] = stage.smds() else { panic!("one SM-DS") };
    let placed = order_with_event(&stage, root);
    let lpakit = Lpakit::open(&stage).unwrap();
    let found = plans(&lpakit, &[root.address()]);
    let offer = fetch(&lpakit, &found[0]).unwrap();
    assert!(lpakit.wait(offer.reject(RejectReason::Refused)));
    stage.settled();
    assert_eq!(order_state(&stage, &placed).state, OrderState::Error);
    assert_eq!(events(root), 0);
    stage.finish().unwrap();
}

#[test]
fn an_event_of_another_sm_ds_is_found_over_the_root() {
    let stage = stage("discovery-cascade", &[Both, Es9Plus]);
    let [root, other] = stage.smds() else { panic!("two SM-DSs") };
    let placed = order_with_event(&stage, other);
    assert_eq!((events(root), events(other)), (1, 1));
    let lpakit = Lpakit::open(&stage).unwrap();
    let found = lpakit.wait(lpakit.lpa().discover()).unwrap().plans;
    assert_eq!((found[0].found_at(), found[0].server()), (SMDS_NAMES[0], SMDS_NAMES[1]));
    let offer = fetch(&lpakit, &found[0]).unwrap();
    assert_eq!(installed(lpakit.install(offer, Answers::yes())).iccid, placed.iccid);
    assert_installed(&stage, &placed);
    stage.settled();
    assert_eq!((events(root), events(other)), (0, 0));
    stage.finish().unwrap();
}

#[test]
fn a_cascade_of_three_is_followed_and_a_longer_one_is_not() {
    let stage = stage("discovery-long-cascade", &[Es9Plus; 4]);
    let lpakit = Lpakit::open(&stage).unwrap();
    let mut found = Vec::new();
    for length in [3, 4] {
        let event = format!("EVENT-{length}");
        for (position, at) in stage.smds()[..length].iter().enumerate() {
            let next = SMDS_NAMES[..length].get(position + 1).copied().unwrap_or(SMDP_NAME);
            assert!(at.smds().register(&Event::new(&eid(&stage), &event, next)).unwrap());
        }
        let mut given = request();
        given.matching_id = lpakit_sandbox_smdp::order::MatchingId::Given(event);
        order(&stage, &given);
        found = plans(&lpakit, &[SMDS_NAMES[0]]);
    }
    let offer = fetch(&lpakit, &found[0]).unwrap();
    assert_eq!(offer.server(), SMDP_NAME);
    installed(lpakit.install(offer, Answers::yes()));
    assert_eq!(fetch(&lpakit, &found[1]).unwrap_err().key(), "discovery.too_deep");
    stage.finish().unwrap();
}

#[test]
fn an_sm_ds_that_does_wrong_is_not_believed() {
    let stage = stage("discovery-refused", &[Es9Plus, Es9Plus]);
    let [root, other] = stage.smds() else { panic!("two SM-DSs") };
    let lpakit = Lpakit::open(&stage).unwrap();
    for (function, wrong, kind) in [
        (InitiateAuthentication, Misbehaviour::OtherServerAddress, ErrorKind::Trust),
        (InitiateAuthentication, Misbehaviour::OtherTransactionId, ErrorKind::Trust),
        (InitiateAuthentication, Misbehaviour::WrongSignature, ErrorKind::Trust),
        (AuthenticateClient, Misbehaviour::OtherTransactionId, ErrorKind::Server),
    ] {
        root.smds().misbehaviours().add(function, wrong, Times::Once);
        assert_eq!(lpakit.wait(lpakit.lpa().discover()).unwrap_err().kind(), kind);
    }
    // An SM-DP+ is no SM-DS.
    let error = lpakit.wait(lpakit.lpa().discover_at(&[SMDP_NAME.to_owned()])).unwrap_err();
    assert_eq!(error.key(), "trust.role");
    // The root names an event that the other one does not know.
    let gone = Event::new(&eid(&stage), "EVENT-GONE", other.address());
    assert!(root.smds().register(&gone).unwrap());
    let found = plans(&lpakit, &[root.address()]);
    assert_eq!(fetch(&lpakit, &found[0]).unwrap_err().key(), "input.event_gone");
    stage.finish().unwrap();
}
