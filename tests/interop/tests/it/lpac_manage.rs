//! lpac: what a person does with profiles and notifications.

use lpakit::rsp::notifications::Event;
use lpakit::rsp::profiles::ProfileState;
use lpakit_interop::{Program, Stage};
use lpakit_sandbox_smdp::notification::NotificationKind;
use serde_json::{Value, json};

use crate::support::{
    OPERATOR, PLAN, event, lpac_download, lpac_ok, lpac_refused, order, order_state, profile,
    request, told,
};

/// Operation and number of each notification that lpac lists.
fn listed(stage: &Stage) -> Vec<(u64, String)> {
    let list = lpac_ok(stage, &["notification", "list"]);
    let entries = list.as_array().unwrap().iter();
    entries
        .map(|entry| {
            assert_eq!(entry["notificationAddress"], stage.address());
            let operation = entry["profileManagementOperation"].as_str().unwrap();
            (entry["seqNumber"].as_u64().unwrap(), operation.to_owned())
        })
        .collect()
}

fn state(list: &Value, iccid: &str) -> String {
    let mut profiles = list.as_array().unwrap().iter();
    let found = profiles.find(|profile| profile["iccid"] == iccid).unwrap();
    found["profileState"].as_str().unwrap().to_owned()
}

#[test]
fn a_profile_is_listed_named_switched_and_deleted() {
    let stage = Stage::new(Program::Lpac, "manage").unwrap();
    let placed = order(&stage, &request());
    let iccid = placed.iccid.to_string();
    assert!(lpac_download(&stage, &placed).is_success());

    lpac_ok(&stage, &["profile", "nickname", &iccid, "Für die Reise"]);
    let list = lpac_ok(&stage, &["profile", "list"]);
    let expected = json!([{
        "iccid": iccid,
        "isdpAid": profile(&stage, &placed).isdp_aid.unwrap().to_string().to_lowercase(),
        "profileState": "disabled",
        "profileNickname": "Für die Reise",
        "serviceProviderName": OPERATOR,
        "profileName": PLAN,
        "iconType": null,
        "icon": null,
        "profileClass": "operational",
    }]);
    assert_eq!(list, expected);
    assert_eq!(profile(&stage, &placed).nickname.as_deref(), Some("Für die Reise"));

    lpac_ok(&stage, &["profile", "enable", &iccid]);
    assert_eq!(profile(&stage, &placed).state, Some(ProfileState::Enabled));
    assert_eq!(state(&lpac_ok(&stage, &["profile", "list"]), &iccid), "enabled");
    lpac_refused(&stage, &["profile", "enable", &iccid], "es10c_enable_profile");
    lpac_refused(&stage, &["profile", "delete", &iccid], "es10c_delete_profile");
    lpac_ok(&stage, &["profile", "disable", &iccid]);
    assert_eq!(profile(&stage, &placed).state, Some(ProfileState::Disabled));
    lpac_ok(&stage, &["profile", "nickname", &iccid, ""]);
    assert_eq!(profile(&stage, &placed).nickname, None);
    lpac_ok(&stage, &["profile", "delete", &iccid]);
    assert_eq!(stage.profiles().unwrap(), []);
    lpac_refused(&stage, &["profile", "delete", &iccid], "es10c_delete_profile");

    let names = ["install", "enable", "disable", "delete"];
    let expected: Vec<(u64, String)> = (1..).zip(names.map(str::to_owned)).collect();
    assert_eq!(listed(&stage), expected);
    assert_eq!(told(&stage), []);
    lpac_ok(&stage, &["notification", "process", "-a", "-r"]);
    let expected =
        [NotificationKind::Installed, event("enable"), event("disable"), event("delete")];
    assert_eq!(told(&stage), expected);
    assert_eq!(order_state(&stage, &placed).last_event.as_deref(), Some("delete"));
    assert_eq!(listed(&stage), []);
    stage.finish().unwrap();
}

#[test]
fn enabling_one_switches_the_other_off() {
    let stage = Stage::new(Program::Lpac, "two-profiles").unwrap();
    let orders = [order(&stage, &request()), order(&stage, &request())];
    for placed in &orders {
        assert!(lpac_download(&stage, placed).is_success());
    }
    let [first, second] = &orders;
    lpac_ok(&stage, &["profile", "enable", &first.iccid.to_string()]);
    // By the ISD-P's AID this time.
    let aid = profile(&stage, second).isdp_aid.unwrap().to_string();
    lpac_ok(&stage, &["profile", "enable", &aid]);
    let list = lpac_ok(&stage, &["profile", "list"]);
    assert_eq!(state(&list, &first.iccid.to_string()), "disabled");
    assert_eq!(state(&list, &second.iccid.to_string()), "enabled");

    lpac_ok(&stage, &["notification", "process", "-a", "-r"]);
    let told = told(&stage);
    assert_eq!(told[..2], [NotificationKind::Installed, NotificationKind::Installed]);
    let mut switched = told[2..].to_vec();
    assert_eq!(switched.remove(0), event("enable"));
    assert_eq!(switched.len(), 2);
    assert!(switched.contains(&event("enable")) && switched.contains(&event("disable")));
    stage.finish().unwrap();
}

#[test]
fn notifications_are_sent_one_by_one_kept_and_removed() {
    let stage = Stage::new(Program::Lpac, "notifications").unwrap();
    let placed = order(&stage, &request());
    assert!(lpac_download(&stage, &placed).is_success());
    lpac_ok(&stage, &["profile", "enable", &placed.iccid.to_string()]);

    // Sent, and kept on the card: the server gets it again later and counts.
    lpac_ok(&stage, &["notification", "process", "1"]);
    assert_eq!(told(&stage), [NotificationKind::Installed]);
    assert_eq!(listed(&stage).len(), 2);
    lpac_ok(&stage, &["notification", "process", "1", "-r"]);
    assert_eq!(stage.received().unwrap()[0].times, 2);
    let pending = stage.pending().unwrap();
    assert_eq!(pending.len(), 1);
    assert!(pending[0].events.has(Event::Enable));

    stage.person_removes(2);
    lpac_ok(&stage, &["notification", "remove", "2"]);
    assert_eq!(stage.pending().unwrap(), []);
    lpac_refused(&stage, &["notification", "remove", "2"], "es10b_remove_notification_from_list");
    assert_eq!(told(&stage), [NotificationKind::Installed]);
    stage.finish().unwrap();
}
