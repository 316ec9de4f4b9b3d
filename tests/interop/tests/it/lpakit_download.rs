//! lpakit's core: downloads that succeed, if not at once.

use lpakit::ErrorKind;
use lpakit::lpa::{Answers, InstallationOutcome, Need, RejectReason, ReportState};
use lpakit::rsp::profiles::{ProfileId, ProfileState};
use lpakit_interop::{Lpakit, Program, Stage};
use lpakit_sandbox_smdp::Function;
use lpakit_sandbox_smdp::bpp_builder::Protection;
use lpakit_sandbox_smdp::metadata::Owner;
use lpakit_sandbox_smdp::misbehaviour::{Misbehaviour, Times};
use lpakit_sandbox_smdp::order::{MatchingId, OrderState, PlacedOrder};

use crate::support::{
    CODE, OPERATOR, PLAN, assert_installed, assert_same_package, installed, largest_icon,
    largest_segment, order, order_state, parts, profile, request, request_of_size,
    request_with_code, with_code,
};

fn download(lpakit: &Lpakit<'_>, placed: &PlacedOrder, answers: Answers) {
    let done = installed(lpakit.download(&placed.activation_code(None), answers));
    assert_eq!((done.iccid, done.report), (placed.iccid, ReportState::Delivered));
    assert!(!done.cancel_requested);
}

#[test]
fn a_profile_protected_with_the_session_keys() {
    let stage = Stage::builder(Program::Lpakit, "download-session-keys")
        .server(|server| server.bind.protection = Protection::SessionKeys)
        .start()
        .unwrap();
    let placed = order(&stage, &request());
    let lpakit = Lpakit::open(&stage).unwrap();
    let code = placed.activation_code(Some(&stage.smdp().oid()));
    let offer = lpakit.offer(&code).unwrap();
    assert_eq!(offer.metadata().service_provider_name, OPERATOR);
    assert_eq!(offer.metadata().profile_name, PLAN);
    assert!(!offer.confirmation_code_required());
    let done = installed(lpakit.install(offer, Answers::yes()));
    assert_eq!(Some(done.isdp_aid), profile(&stage, &placed).isdp_aid);
    assert_eq!(parts(&stage).replace_keys, 0);
    assert_installed(&stage, &placed);
    assert_same_package(&stage, &placed);
    assert_eq!(stage.pending().unwrap(), []);
    // One handshake and four requests, as a download should cost.
    assert_eq!((stage.counters().handshakes(), stage.counters().requests()), (1, 4));
    stage.finish().unwrap();
}

#[test]
fn a_large_profile_protected_with_keys_of_its_own() {
    let stage = Stage::builder(Program::Lpakit, "download-replaced-keys")
        .server(|server| server.bind.protection = Protection::ReplacedKeys)
        .start()
        .unwrap();
    let placed = order(&stage, &request_of_size(9000));
    download(&Lpakit::open(&stage).unwrap(), &placed, Answers::yes());
    let parts = parts(&stage);
    assert_eq!(parts.replace_keys, 1);
    assert!(parts.profile.len() >= 8 && parts.profile[0] == 1020, "{parts:?}");
    assert_eq!(largest_segment(&stage), 255);
    assert_installed(&stage, &placed);
    assert_same_package(&stage, &placed);
    stage.finish().unwrap();
}

#[test]
fn a_confirmation_code_that_is_right() {
    let stage = Stage::new(Program::Lpakit, "download-confirmation-code").unwrap();
    let placed = order(&stage, &request_with_code());
    download(&Lpakit::open(&stage).unwrap(), &placed, with_code(CODE));
    assert_installed(&stage, &placed);
    stage.finish().unwrap();
}

#[test]
fn a_confirmation_code_that_is_wrong_and_then_right() {
    let stage = Stage::new(Program::Lpakit, "download-wrong-code-then-right").unwrap();
    let placed = order(&stage, &request_with_code());
    let lpakit = Lpakit::open(&stage).unwrap();
    let code = placed.activation_code(None);
    let refused = lpakit.download(&code, with_code("0000")).unwrap();
    let InstallationOutcome::ConfirmationCodeRefused { offer, error } = refused else {
        panic!("a wrong code was taken: {refused:?}");
    };
    assert_eq!(error.key(), "server.refused.8.2.7/3.8");
    assert_eq!(order_state(&stage, &placed).confirmation_code.unwrap().wrong_tries, 1);
    assert_eq!(stage.profiles().unwrap(), []);
    installed(lpakit.install(*offer, with_code(CODE)));
    assert_installed(&stage, &placed);
    stage.finish().unwrap();
}

#[test]
fn transaction_ids_of_8_and_of_16_octets() {
    let stage = Stage::builder(Program::Lpakit, "download-transaction-ids")
        .server(|server| server.transaction_id_lengths = vec![8, 16])
        .start()
        .unwrap();
    let lpakit = Lpakit::open(&stage).unwrap();
    for octets in [8, 16] {
        let placed = order(&stage, &request());
        download(&lpakit, &placed, Answers::yes());
        assert_installed(&stage, &placed);
        let downloads = order_state(&stage, &placed).downloads;
        assert_eq!(downloads[0].transaction_id.len(), octets);
    }
    stage.finish().unwrap();
}

#[test]
fn an_icon_that_does_not_fit_one_part() {
    let stage = Stage::new(Program::Lpakit, "download-icon").unwrap();
    let mut with_icon = request();
    with_icon.metadata.icon = Some(largest_icon());
    let placed = order(&stage, &with_icon);
    let lpakit = Lpakit::open(&stage).unwrap();
    let offer = lpakit.offer(&placed.activation_code(None)).unwrap();
    assert_eq!(offer.metadata().icon.as_ref().unwrap().data, largest_icon());
    installed(lpakit.install(offer, Answers::yes()));
    let parts = parts(&stage).metadata;
    assert_eq!((parts.len(), parts[0]), (2, 1020));
    assert_installed(&stage, &placed);
    let listed = lpakit.wait(lpakit.lpa().profile(ProfileId::Iccid(placed.iccid))).unwrap();
    assert_eq!(listed.icon.unwrap().data, largest_icon());
    stage.finish().unwrap();
}

#[test]
fn a_plan_that_the_operator_prepared_for_this_eid() {
    let stage = Stage::new(Program::Lpakit, "download-default-server").unwrap();
    let mut prepared = request();
    prepared.matching_id = MatchingId::DefaultServer;
    let eid = *stage.card().eid().octets();
    prepared.eid = Some(lpakit::rsp::identifiers::Eid::from_octets(eid));
    let placed = order(&stage, &prepared);
    let lpakit = Lpakit::open(&stage).unwrap();
    lpakit.wait(lpakit.lpa().set_default_address(stage.address())).unwrap();
    let source = lpakit::ProfileSource::DefaultServer;
    let offer = lpakit.wait(lpakit.lpa().authenticate(source)).unwrap();
    installed(lpakit.install(offer, Answers::yes()));
    assert_installed(&stage, &placed);
    stage.finish().unwrap();
}

#[test]
fn policy_rules_with_consent() {
    let stage = Stage::new(Program::Lpakit, "download-policy-rules").unwrap();
    let mut ruled = request();
    (ruled.metadata.ppr1, ruled.metadata.ppr2) = (true, true);
    let owner = Owner { mcc: "001".to_owned(), mnc: "01".to_owned(), gid1: None, gid2: None };
    ruled.metadata.owner = Some(owner);
    let placed = order(&stage, &ruled);
    let lpakit = Lpakit::open(&stage).unwrap();
    let offer = lpakit.offer(&placed.activation_code(None)).unwrap();
    let rules = [Need::ConsentToNoDisabling, Need::ConsentToNoDeleting];
    assert_eq!(offer.needs(), [&[Need::Consent], &rules[..]].concat());
    let refused = offer.accept(Answers::yes()).unwrap_err();
    assert_eq!(refused.error.key(), "input.consent_missing");
    assert_eq!(refused.missing, rules);
    let consent = Answers::yes().agree(Need::ConsentToNoDisabling).agree(Need::ConsentToNoDeleting);
    installed(lpakit.install(refused.offer, consent));
    assert_installed(&stage, &placed);

    // And the card holds itself to them.
    let id = || ProfileId::Iccid(placed.iccid);
    let refused = lpakit.wait(lpakit.lpa().delete(id())).unwrap_err();
    assert_eq!((refused.kind(), refused.key()), (ErrorKind::Policy, "card.switch.policy"));
    lpakit.wait(lpakit.lpa().enable(id())).unwrap();
    let refused = lpakit.wait(lpakit.lpa().disable(id())).unwrap_err();
    assert_eq!((refused.kind(), refused.key()), (ErrorKind::Policy, "card.switch.policy"));
    assert_eq!(profile(&stage, &placed).state, Some(ProfileState::Enabled));
    stage.finish().unwrap();
}

#[test]
fn an_answer_that_got_lost_is_asked_for_again_with_the_same_key() {
    let stage = Stage::new(Program::Lpakit, "download-retry-after-lost-answer").unwrap();
    let placed = order(&stage, &request_of_size(5000));
    let lpakit = Lpakit::open(&stage).unwrap();
    let function = Function::GetBoundProfilePackage;
    stage.smdp().misbehaviours().add(function, Misbehaviour::CloseAfter, Times::Once);
    let code = placed.activation_code(None);
    let lost = lpakit.download(&code, Answers::yes()).unwrap_err();
    assert_eq!((lost.kind(), lost.key()), (ErrorKind::Network, "network.connection_lost"));
    assert_eq!(order_state(&stage, &placed).state, OrderState::Downloaded);
    assert_eq!(stage.smdp().open_sessions(), 0);

    installed(lpakit.download(&code, Answers::yes()));
    assert_installed(&stage, &placed);
    let downloads = order_state(&stage, &placed).downloads;
    let [first, second] = &downloads[..] else { panic!("{} downloads", downloads.len()) };
    assert_eq!(first.euicc_otpk, second.euicc_otpk);
    assert_ne!(first.transaction_id, second.transaction_id);
    stage.finish().unwrap();
}

#[test]
fn an_offer_put_off_is_taken_later() {
    let stage = Stage::new(Program::Lpakit, "download-later").unwrap();
    let placed = order(&stage, &request());
    let lpakit = Lpakit::open(&stage).unwrap();
    let offer = lpakit.offer(&placed.activation_code(None)).unwrap();
    assert_eq!(stage.smdp().open_sessions(), 1);
    assert!(lpakit.wait(offer.reject(RejectReason::Later)));
    assert_eq!(stage.smdp().open_sessions(), 0);
    assert_eq!(order_state(&stage, &placed).state, OrderState::Released);
    download(&lpakit, &placed, Answers::yes());
    assert_installed(&stage, &placed);
    stage.finish().unwrap();
}
