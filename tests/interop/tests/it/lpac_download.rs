//! lpac: downloads that succeed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lpakit_interop::{DEFAULT_MSS, Lpac, Program, Stage};
use lpakit_sandbox_smdp::bpp_builder::Protection;
use lpakit_sandbox_smdp::order::OrderState;
use serde_json::{Value, json};

use crate::support::{
    CODE, OPERATOR, PLAN, assert_installed, assert_same_package, found, largest_icon,
    largest_segment, lpac, lpac_download, lpac_ok, lpac_refused, order, order_state, parts,
    profile, request, request_of_size, request_with_code,
};

/// A profile of many parts.
const LARGE: usize = 9000;

/// Sends what is pending, as a person with lpac does after a download.
fn process_notifications(stage: &Stage) {
    lpac_ok(stage, &["notification", "process", "-a", "-r"]);
    assert_eq!(stage.pending().unwrap(), []);
}

#[test]
fn a_profile_protected_with_the_session_keys() {
    let stage = Stage::builder(Program::Lpac, "download-session-keys")
        .server(|server| server.bind.protection = Protection::SessionKeys)
        .start()
        .unwrap();
    let placed = order(&stage, &request());
    let outcome = lpac_download(&stage, &placed);
    assert!(outcome.is_success(), "{outcome:?}");
    for step in [
        "es10b_get_euicc_challenge_and_info",
        "es9p_initiate_authentication",
        "es10b_authenticate_server",
        "es9p_authenticate_client",
        "es10b_prepare_download",
        "es9p_get_bound_profile_package",
        "es10b_load_bound_profile_package",
    ] {
        assert!(outcome.passed(step), "{step}: {outcome:?}");
    }
    assert_eq!(parts(&stage).replace_keys, 0);
    assert_eq!(order_state(&stage, &placed).state, OrderState::Downloaded);
    process_notifications(&stage);
    assert_installed(&stage, &placed);
    assert_same_package(&stage, &placed);
    assert_eq!(stage.smdp().open_sessions(), 0);
    stage.finish().unwrap();
}

#[test]
fn a_profile_protected_with_keys_of_its_own() {
    let stage = Stage::builder(Program::Lpac, "download-replaced-keys")
        .server(|server| server.bind.protection = Protection::ReplacedKeys)
        .start()
        .unwrap();
    let placed = order(&stage, &request_of_size(LARGE));
    assert!(lpac_download(&stage, &placed).is_success());
    assert_eq!(parts(&stage).replace_keys, 1);
    process_notifications(&stage);
    assert_installed(&stage, &placed);
    assert_same_package(&stage, &placed);
    stage.finish().unwrap();
}

#[test]
fn a_confirmation_code_that_is_right() {
    let stage = Stage::new(Program::Lpac, "download-confirmation-code").unwrap();
    let placed = order(&stage, &request_with_code());
    let code = placed.activation_code(None);
    lpac_ok(&stage, &["profile", "download", "-a", &code, "-c", CODE]);
    process_notifications(&stage);
    assert_installed(&stage, &placed);
    stage.finish().unwrap();
}

#[test]
fn a_confirmation_code_that_is_wrong_and_then_right() {
    let stage = Stage::new(Program::Lpac, "download-wrong-code-then-right").unwrap();
    let placed = order(&stage, &request_with_code());
    let code = placed.activation_code(None);
    let wrong = ["profile", "download", "-a", &code, "-c", "0000"];
    let refusal = lpac_refused(&stage, &wrong, "es9p_get_bound_profile_package");
    assert_eq!(refusal, "The confirmation code is refused");
    let after_wrong = order_state(&stage, &placed);
    assert_eq!(after_wrong.confirmation_code.unwrap().wrong_tries, 1);
    assert_eq!(after_wrong.state, OrderState::Released);
    assert_eq!(stage.profiles().unwrap(), []);
    assert_eq!(stage.pending().unwrap(), []);

    lpac_ok(&stage, &["profile", "download", "-a", &code, "-c", CODE]);
    process_notifications(&stage);
    assert_installed(&stage, &placed);
    stage.finish().unwrap();
}

#[test]
fn transaction_ids_of_8_and_of_16_octets() {
    let stage = Stage::builder(Program::Lpac, "download-transaction-ids")
        .server(|server| server.transaction_id_lengths = vec![8, 16])
        .start()
        .unwrap();
    let orders = [order(&stage, &request()), order(&stage, &request())];
    for placed in &orders {
        assert!(lpac_download(&stage, placed).is_success());
    }
    process_notifications(&stage);
    for (placed, octets) in orders.iter().zip([8, 16]) {
        assert_installed(&stage, placed);
        let downloads = order_state(&stage, placed).downloads;
        let lengths: Vec<usize> = downloads.iter().map(|one| one.transaction_id.len()).collect();
        assert_eq!(lengths, [octets]);
    }
    assert_eq!(stage.profiles().unwrap().len(), 2);
    stage.finish().unwrap();
}

#[test]
fn an_icon_that_does_not_fit_one_part() {
    let stage = Stage::new(Program::Lpac, "download-icon").unwrap();
    let mut with_icon = request();
    with_icon.metadata.icon = Some(largest_icon());
    let placed = order(&stage, &with_icon);
    let outcome = lpac_download(&stage, &placed);
    assert!(outcome.is_success(), "{outcome:?}");
    let parts = parts(&stage).metadata;
    assert_eq!((parts.len(), parts[0]), (2, 1020));

    let offered = outcome.progress.iter().find(|step| step.data.is_object()).unwrap();
    let icon = STANDARD.encode(largest_icon());
    let told = json!({
        "iccid": placed.iccid.to_string(),
        "serviceProviderName": OPERATOR,
        "profileName": PLAN,
        "iconType": "png",
        "icon": icon,
        "profileClass": Value::Null,
    });
    assert_eq!(offered.data, told);
    process_notifications(&stage);
    assert_installed(&stage, &placed);
    assert_eq!(profile(&stage, &placed).icon.unwrap().data, largest_icon());
    let list = lpac_ok(&stage, &["profile", "list"]);
    assert_eq!(list[0]["iconType"], "png");
    assert_eq!(list[0]["icon"], icon.as_str());
    stage.finish().unwrap();
}

#[test]
fn parts_of_1020_octets_in_segments_of_120() {
    let stage = Stage::new(Program::Lpac, "download-large-mss-120").unwrap();
    let placed = order(&stage, &request_of_size(LARGE));
    assert!(lpac_download(&stage, &placed).is_success());
    assert_large_parts(&stage);
    assert_eq!(largest_segment(&stage), usize::from(DEFAULT_MSS));
    process_notifications(&stage);
    assert_installed(&stage, &placed);
    assert_same_package(&stage, &placed);
    stage.finish().unwrap();
}

#[test]
fn parts_of_1020_octets_in_segments_of_255() {
    let stage = Stage::new(Program::Lpac, "download-large-mss-255").unwrap();
    let placed = order(&stage, &request_of_size(LARGE));
    let lpac = found(Lpac::find()).with_mss(255);
    let code = placed.activation_code(None);
    let outcome = lpac.run(&stage, &["profile", "download", "-a", &code]).unwrap();
    assert!(outcome.is_success(), "{outcome:?}");
    assert_large_parts(&stage);
    assert_eq!(largest_segment(&stage), 255);
    process_notifications(&stage);
    assert_installed(&stage, &placed);
    assert_same_package(&stage, &placed);
    stage.finish().unwrap();
}

fn assert_large_parts(stage: &Stage) {
    let parts = parts(stage).profile;
    let (last, others) = parts.split_last().unwrap();
    assert!(others.len() >= 8 && others.iter().all(|octets| *octets == 1020), "{parts:?}");
    assert!(*last <= 1020, "{parts:?}");
}

#[test]
fn small_parts() {
    let stage = Stage::builder(Program::Lpac, "download-small-parts")
        .server(|server| server.bind.max_segment = 26)
        .start()
        .unwrap();
    let placed = order(&stage, &request());
    assert!(lpac_download(&stage, &placed).is_success());
    assert!(parts(&stage).profile.iter().all(|octets| *octets <= 26));
    process_notifications(&stage);
    assert_installed(&stage, &placed);
    stage.finish().unwrap();
}

#[test]
fn server_and_matching_id_given_one_by_one() {
    let stage = Stage::new(Program::Lpac, "download-by-options").unwrap();
    let placed = order(&stage, &request());
    let options = ["profile", "download", "-s", stage.address(), "-m", &placed.matching_id];
    let outcome = lpac(&stage, &options);
    assert!(outcome.is_success(), "{outcome:?}");
    process_notifications(&stage);
    assert_installed(&stage, &placed);
    stage.finish().unwrap();
}
