//! lpac: downloads that are refused, and what is left behind.

use lpakit::rsp::identifiers::Eid;
use lpakit_interop::{Program, Stage};
use lpakit_sandbox_smdp::notification::NotificationKind;
use lpakit_sandbox_smdp::order::OrderState;

use crate::support::{
    assert_installed, lpac_download, lpac_ok, lpac_refused, order, order_state, request,
    request_for, request_of_size, request_with_code, told,
};

/// Reasons of ES10b.LoadBoundProfilePackage (SGP.22 2.5.6).
const MEMORY: u32 = 10;
const ICCID_EXISTS: u32 = 9;
const LOAD_PROFILE_ELEMENTS: u32 = 5;
const STORE_METADATA: u32 = 2;

fn assert_nothing_happened(stage: &Stage) {
    assert_eq!(stage.profiles().unwrap(), []);
    assert_eq!(stage.pending().unwrap(), []);
    assert_eq!(told(stage), []);
    assert_eq!(stage.smdp().open_sessions(), 0);
    stage.finish().unwrap();
}

#[test]
fn a_matching_id_that_nobody_gave() {
    let stage = Stage::new(Program::Lpac, "refused-matching-id").unwrap();
    let code = format!("LPA:1${}$NOBODY-GAVE-THIS", stage.address());
    let arguments = ["profile", "download", "-a", &code];
    let refusal = lpac_refused(&stage, &arguments, "es9p_authenticate_client");
    assert_eq!(refusal, "The matching ID is refused");
    assert_nothing_happened(&stage);
}

#[test]
fn an_order_for_another_eid() {
    let stage = Stage::new(Program::Lpac, "refused-other-eid").unwrap();
    let mut bound = request();
    bound.eid = Some(Eid::from_digits("89001012012341234012345678901224").unwrap());
    let code = order(&stage, &bound).activation_code(None);
    lpac_refused(&stage, &["profile", "download", "-a", &code], "es9p_authenticate_client");
    assert_nothing_happened(&stage);
}

#[test]
fn an_address_that_is_not_the_servers() {
    let stage = Stage::builder(Program::Lpac, "refused-address")
        .server(|server| server.addresses = vec!["another.interop.example".to_owned()])
        .start()
        .unwrap();
    let address = format!("localhost:{}", stage.socket().port());
    let arguments = ["profile", "download", "-s", &address, "-m", "ANY"];
    lpac_refused(&stage, &arguments, "es9p_initiate_authentication");
    assert_nothing_happened(&stage);
}

#[test]
fn a_card_that_is_full_as_the_server_sees() {
    let stage = Stage::builder(Program::Lpac, "refused-memory-by-server")
        .card(|card| card.non_volatile_memory = 4000)
        .start()
        .unwrap();
    let code = order(&stage, &request_of_size(6000)).activation_code(None);
    lpac_refused(&stage, &["profile", "download", "-a", &code], "es9p_authenticate_client");
    assert_nothing_happened(&stage);
}

#[test]
fn a_card_that_is_full_as_it_finds_itself() {
    let stage = Stage::builder(Program::Lpac, "failed-memory")
        .card(|card| card.non_volatile_memory = 4000)
        .server(|server| server.check_memory = false)
        .start()
        .unwrap();
    let placed = order(&stage, &request_of_size(6000));
    let code = placed.activation_code(None);
    let arguments = ["profile", "download", "-a", &code];
    lpac_refused(&stage, &arguments, "es10b_load_bound_profile_package");
    assert_eq!(stage.profiles().unwrap(), []);
    lpac_ok(&stage, &["notification", "process", "-a", "-r"]);
    let (command, reason) = (LOAD_PROFILE_ELEMENTS, MEMORY);
    assert_eq!(told(&stage), [NotificationKind::InstallationFailed { command, reason }]);
    // There may be space another day.
    assert_eq!(order_state(&stage, &placed).state, OrderState::Released);

    stage.card().configure(|card| card.non_volatile_memory = 40_000).unwrap();
    assert!(lpac_download(&stage, &placed).is_success());
    lpac_ok(&stage, &["notification", "process", "-a", "-r"]);
    assert_eq!(order_state(&stage, &placed).state, OrderState::Installed);
    stage.finish().unwrap();
}

#[test]
fn a_profile_that_is_on_the_card_already() {
    let stage = Stage::new(Program::Lpac, "failed-already-installed").unwrap();
    let first = order(&stage, &request());
    assert!(lpac_download(&stage, &first).is_success());
    lpac_ok(&stage, &["notification", "process", "-a", "-r"]);
    assert_installed(&stage, &first);

    let again = order(&stage, &request_for(first.iccid));
    let code = again.activation_code(None);
    let arguments = ["profile", "download", "-a", &code];
    lpac_refused(&stage, &arguments, "es10b_load_bound_profile_package");
    lpac_ok(&stage, &["notification", "process", "-a", "-r"]);
    let (command, reason) = (STORE_METADATA, ICCID_EXISTS);
    let failed = NotificationKind::InstallationFailed { command, reason };
    assert_eq!(told(&stage), [NotificationKind::Installed, failed]);
    assert_eq!(stage.profiles().unwrap().len(), 1);
    assert_eq!(order_state(&stage, &again).state, OrderState::Error);
    stage.finish().unwrap();
}

#[test]
fn a_confirmation_code_that_is_not_given() {
    let stage = Stage::new(Program::Lpac, "refused-code-missing").unwrap();
    let placed = order(&stage, &request_with_code());
    // Without the activation code lpac does not know that one is due.
    let options = ["profile", "download", "-s", stage.address(), "-m", &placed.matching_id];
    // It learns so from the server and ends the session by itself, with endUserRejection as its reason.
    lpac_refused(&stage, &options, "es10b_prepare_download");
    let state = order_state(&stage, &placed);
    assert_eq!((state.state, state.download_attempts), (OrderState::Error, 0));
    let report = state.report.unwrap();
    assert_eq!((report.subject.as_str(), report.reason.as_str()), ("8.8.5", "3.8"));
    assert_eq!(state.confirmation_code.unwrap().wrong_tries, 0);
    assert_nothing_happened(&stage);
}
