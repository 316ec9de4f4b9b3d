//! lpakit's core: downloads that end without a profile, and what is left behind.

use lpakit::lpa::{Answers, RejectReason};
use lpakit::{Advice, ErrorKind, PlanState};
use lpakit_interop::{Lpakit, Program, Stage};
use lpakit_sandbox_smdp::Function;
use lpakit_sandbox_smdp::misbehaviour::{Misbehaviour, Times};
use lpakit_sandbox_smdp::notification::NotificationKind;
use lpakit_sandbox_smdp::order::{OrderState, PlacedOrder};

use crate::support::{
    assert_installed, installed, order, order_state, request, request_for, request_of_size,
    request_with_code, told, with_code,
};

const STORE_METADATA: u32 = 2;
const LOAD_PROFILE_ELEMENTS: u32 = 5;
const ICCID_EXISTS: u32 = 9;
const MEMORY: u32 = 10;

/// Subject and reason code that the operator gets.
fn reported(stage: &Stage, placed: &PlacedOrder) -> (String, String) {
    let report = order_state(stage, placed).report.expect("the operator is told");
    (report.subject, report.reason)
}

fn pair(subject: &str, reason: &str) -> (String, String) {
    (subject.to_owned(), reason.to_owned())
}

#[test]
fn an_offer_that_the_person_rejects() {
    let stage = Stage::new(Program::Lpakit, "rejected").unwrap();
    let placed = order(&stage, &request());
    let lpakit = Lpakit::open(&stage).unwrap();
    let offer = lpakit.offer(&placed.activation_code(None)).unwrap();
    assert!(lpakit.wait(offer.reject(RejectReason::Refused)));
    assert_eq!(order_state(&stage, &placed).state, OrderState::Error);
    assert_eq!(reported(&stage, &placed), pair("8.8.5", "3.8"));
    assert_eq!(stage.profiles().unwrap(), []);
    stage.finish().unwrap();
}

#[test]
fn a_matching_id_that_nobody_gave() {
    let stage = Stage::new(Program::Lpakit, "refused-matching-id").unwrap();
    let lpakit = Lpakit::open(&stage).unwrap();
    let code = format!("LPA:1${}$NOBODY-GAVE-THIS", stage.address());
    let error = lpakit.offer(&code).unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::Server, "server.refused.8.2.6/3.8"));
    assert_eq!(stage.smdp().open_sessions(), 0);
    stage.finish().unwrap();
}

#[test]
fn a_confirmation_code_that_is_wrong_too_often() {
    let stage = Stage::new(Program::Lpakit, "refused-code-locked").unwrap();
    let mut locked = request_with_code();
    locked.max_confirmation_tries = 1;
    let placed = order(&stage, &locked);
    let lpakit = Lpakit::open(&stage).unwrap();
    let error = lpakit.download(&placed.activation_code(None), with_code("0000")).unwrap_err();
    assert_eq!(error.key(), "server.refused.8.2.7/6.4");
    assert_eq!(error.plan(), PlanState::NoLongerValid);
    assert_eq!(order_state(&stage, &placed).state, OrderState::Error);
    stage.finish().unwrap();
}

#[test]
fn policy_rules_that_the_card_does_not_allow() {
    let stage = Stage::builder(Program::Lpakit, "refused-policy-rules")
        .card(|card| card.authorisation_rules.clear())
        .start()
        .unwrap();
    let mut ruled = request();
    ruled.metadata.ppr2 = true;
    let placed = order(&stage, &ruled);
    let lpakit = Lpakit::open(&stage).unwrap();
    let error = lpakit.offer(&placed.activation_code(None)).unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::Policy, "policy.not_allowed"));
    assert_eq!(reported(&stage, &placed), pair("8.2.8", "1.2"));
    stage.finish().unwrap();
}

#[test]
fn metadata_that_differ_between_offer_and_package() {
    let stage = Stage::new(Program::Lpakit, "refused-other-metadata").unwrap();
    let placed = order(&stage, &request());
    let function = Function::GetBoundProfilePackage;
    stage.smdp().misbehaviours().add(function, Misbehaviour::OtherMetadata, Times::Once);
    let lpakit = Lpakit::open(&stage).unwrap();
    let error = lpakit.download(&placed.activation_code(None), Answers::yes()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Trust);
    assert_eq!(reported(&stage, &placed), pair("8.2.9", "3.11"));
    assert_eq!(stage.profiles().unwrap(), []);
    stage.finish().unwrap();
}

#[test]
fn a_card_that_is_full_and_then_has_space() {
    let stage = Stage::builder(Program::Lpakit, "failed-memory")
        .card(|card| card.non_volatile_memory = 4000)
        .server(|server| server.check_memory = false)
        .start()
        .unwrap();
    let placed = order(&stage, &request_of_size(6000));
    let lpakit = Lpakit::open(&stage).unwrap();
    let code = placed.activation_code(None);
    let error = lpakit.download(&code, Answers::yes()).unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::Card, "card.install.memory"));
    assert_eq!((error.plan(), error.advice()), (PlanState::StillValid, Advice::FreeSpace));
    let (command, reason) = (LOAD_PROFILE_ELEMENTS, MEMORY);
    let failed = NotificationKind::InstallationFailed { command, reason };
    assert_eq!(told(&stage), std::slice::from_ref(&failed));
    assert_eq!(stage.pending().unwrap(), []);
    assert_eq!(order_state(&stage, &placed).state, OrderState::Released);

    stage.card().configure(|card| card.non_volatile_memory = 40_000).unwrap();
    installed(lpakit.download(&code, Answers::yes()));
    assert_eq!(told(&stage), [failed, NotificationKind::Installed]);
    stage.finish().unwrap();
}

#[test]
fn a_profile_that_is_on_the_card_already() {
    let stage = Stage::new(Program::Lpakit, "failed-already-installed").unwrap();
    let first = order(&stage, &request());
    let lpakit = Lpakit::open(&stage).unwrap();
    installed(lpakit.download(&first.activation_code(None), Answers::yes()));
    assert_installed(&stage, &first);

    let again = order(&stage, &request_for(first.iccid));
    let error = lpakit.download(&again.activation_code(None), Answers::yes()).unwrap_err();
    assert_eq!(error.key(), "card.install.already_installed");
    assert_eq!(error.plan(), PlanState::Installed);
    let (command, reason) = (STORE_METADATA, ICCID_EXISTS);
    let failed = NotificationKind::InstallationFailed { command, reason };
    assert_eq!(told(&stage), [NotificationKind::Installed, failed]);
    assert_eq!(stage.profiles().unwrap().len(), 1);
    stage.finish().unwrap();
}
