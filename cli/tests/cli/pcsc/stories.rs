//! A profile's life through PC/SC, once with lpakit and once with lpac.

use serde_json::{Value, json};

use super::lpac::Lpac;
use super::world::World;

/// The only profile's ICCID, and what else the program lists of it.
fn profile(world: &World) -> (String, Value) {
    let ran = world.run(&["profiles"]).ok();
    assert_eq!(ran.outcome()["profiles"], 1);
    let profile = ran.object("profile");
    (profile["iccid"].as_str().unwrap().to_owned(), profile)
}

/// The events that wait on the card.
fn waiting(world: &World) -> Vec<Value> {
    let objects = world.run(&["notifications", "list"]).ok().objects();
    let reports = objects.into_iter().filter(|object| object["type"] == "notification");
    reports.map(|report| report["events"][0].clone()).collect()
}

#[test]
fn lpakit_on_a_card_in_a_reader() {
    let mut world = World::new(|card| card.quirks.announces_refresh = true);
    let chip = world.run(&["chip"]).ok().object("chip");
    assert_eq!(chip["eid"].as_str().unwrap().len(), 32);

    let code = world.sandbox.order(&["--confirmation-code", "5EC4E7", "--name", "Ten days"]);
    let args = ["--stats", "download", &code, "--confirmation-code", "5EC4E7", "--yes"];
    let ran = world.run(&args).ok();
    assert_eq!(ran.object("installed")["report"], "delivered");
    assert_eq!(ran.outcome()["stats"]["http_requests"], 4);
    let (iccid, installed) = profile(&world);
    assert_eq!((&installed["name"], &installed["state"]), (&json!("Ten days"), &json!("disabled")));

    assert_eq!(world.run(&["enable", &iccid]).ok().outcome()["state"], "enabled");
    // The card has asked for a REFRESH, and got the reset that some cards need after it.
    world.pcscd.wait_for("Received command: RECONNECT");
    let again = world.run(&["enable", &iccid]);
    assert_eq!(again.outcome()["error"]["key"], "card.switch.already");
    assert_eq!(waiting(&world), ["enable"]);
    assert_eq!(world.run(&["notifications", "send"]).ok().outcome()["delivered"], 1);
    assert_eq!(profile(&world).1["state"], "enabled");

    assert_eq!(world.run(&["disable", &iccid]).ok().outcome()["state"], "disabled");
    world.run(&["delete", &iccid, "--yes"]).ok();
    assert_eq!(waiting(&world), ["disable", "delete"]);
    assert_eq!(world.run(&["notifications", "send"]).ok().outcome()["delivered"], 2);
    assert_eq!(world.run(&["profiles"]).ok().outcome()["profiles"], 0);
    let told = ["Installed", r#"Event("enable")"#, r#"Event("disable")"#, r#"Event("delete")"#];
    assert_eq!(world.told(), told);
}

#[test]
fn lpac_on_a_card_in_a_reader() {
    let world = World::new(|_| ());
    let lpac = Lpac::new(&world);
    let eid = world.run(&["chip"]).ok().object("chip")["eid"].clone();
    assert_eq!(lpac.ok(&["chip", "info"])["eidValue"], eid);

    let code = world.sandbox.order(&["--name", "Ten days"]);
    lpac.ok(&["profile", "download", "-a", &code]);
    let list = lpac.ok(&["profile", "list"]);
    let [installed] = list.as_array().unwrap().as_slice() else { panic!("{list}") };
    assert_eq!(installed["profileName"], "Ten days");
    assert_eq!(installed["profileState"], "disabled");
    let iccid = installed["iccid"].as_str().unwrap();

    lpac.ok(&["profile", "enable", iccid]);
    assert_eq!(lpac.ok(&["profile", "list"])[0]["profileState"], "enabled");
    assert_eq!(lpac.refused(&["profile", "delete", iccid]), "es10c_delete_profile");
    lpac.ok(&["notification", "process", "-a", "-r"]);
    // The other program sees the same card.
    assert_eq!(profile(&world).1["state"], "enabled");

    lpac.ok(&["profile", "disable", iccid]);
    lpac.ok(&["profile", "delete", iccid]);
    lpac.ok(&["notification", "process", "-a", "-r"]);
    assert_eq!(lpac.ok(&["profile", "list"]), json!([]));
    assert_eq!(waiting(&world), [] as [Value; 0]);
    let told = ["Installed", r#"Event("enable")"#, r#"Event("disable")"#, r#"Event("delete")"#];
    assert_eq!(world.told(), told);
}
