//! lpac: what the chip says of itself.

use lpakit_interop::{Program, Stage};
use lpakit_sandbox_smdp::order::MatchingId;
use serde_json::json;

use crate::support::{assert_installed, lpac, lpac_ok, order, request};

#[test]
fn chip_info_is_what_the_card_is() {
    let stage = Stage::new(Program::Lpac, "chip-info").unwrap();
    let info = lpac_ok(&stage, &["chip", "info"]);
    let card = stage.card();
    let config = card.config();
    assert_eq!(info["eidValue"], card.eid().digits().as_str());
    let addresses = json!({ "defaultDpAddress": null, "rootDsAddress": config.root_ds_address });
    assert_eq!(info["EuiccConfiguredAddresses"], addresses);

    let info2 = &info["EUICCInfo2"];
    assert_eq!(info2["svn"], "2.5.0");
    assert_eq!(info2["profileVersion"], "2.3.1");
    assert_eq!(info2["extCardResource"]["freeNonVolatileMemory"], config.non_volatile_memory);
    let key = json!([hex::encode(stage.pki().ci_key_id())]);
    assert_eq!(info2["euiccCiPKIdListForVerification"], key);
    assert_eq!(info2["euiccCiPKIdListForSigning"], key);

    let rules = &info["rulesAuthorisationTable"][0];
    assert_eq!(rules["pprIds"], json!(["ppr1", "ppr2"]));
    assert_eq!(rules["pprFlags"], json!(["consentRequired"]));
    assert_eq!(rules["allowedOperators"][0]["plmn"], "eeeeee");
    drop(card);
    stage.finish().unwrap();
}

#[test]
fn a_new_card_has_no_profile_and_nothing_to_tell() {
    let stage = Stage::new(Program::Lpac, "empty-card").unwrap();
    assert_eq!(lpac_ok(&stage, &["profile", "list"]), json!([]));
    assert_eq!(lpac_ok(&stage, &["notification", "list"]), json!([]));
    stage.finish().unwrap();
}

#[test]
fn the_default_server_is_set_asked_and_taken_back() {
    let stage = Stage::new(Program::Lpac, "default-server").unwrap();
    lpac_ok(&stage, &["chip", "defaultsmdp", stage.address()]);
    assert_eq!(stage.default_dp_address().unwrap().as_deref(), Some(stage.address()));
    let info = lpac_ok(&stage, &["chip", "info"]);
    assert_eq!(info["EuiccConfiguredAddresses"]["defaultDpAddress"], stage.address());

    // No code: the operator has prepared a plan for this very EID.
    let mut prepared = request();
    prepared.matching_id = MatchingId::DefaultServer;
    let eid = *stage.card().eid().octets();
    prepared.eid = Some(lpakit::rsp::identifiers::Eid::from_octets(eid));
    let placed = order(&stage, &prepared);
    let outcome = lpac(&stage, &["profile", "download"]);
    assert!(outcome.is_success(), "{outcome:?}");
    lpac_ok(&stage, &["notification", "process", "-a", "-r"]);
    assert_installed(&stage, &placed);

    lpac_ok(&stage, &["chip", "defaultsmdp", ""]);
    assert_eq!(stage.default_dp_address().unwrap(), None);
    stage.finish().unwrap();
}
