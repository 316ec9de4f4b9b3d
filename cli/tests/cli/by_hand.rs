//! The story that README tells by hand.

use crate::support::Sandbox;

#[test]
fn from_a_picture_to_a_deleted_profile() {
    let sandbox = Sandbox::new();
    let _server = sandbox.serve();
    let picture = sandbox.file("order.png");
    let picture = picture.to_str().unwrap();
    sandbox.order(&["--confirmation-code", "5EC4E7", "--png", picture, "--name", "Ten days"]);

    let download = ["download", "--qr", picture, "--confirmation-code", "-", "--yes"];
    let ran = sandbox.run_with_input(&[&["--json", "--stats"], &download[..]].concat(), "5EC4E7\n");
    let ran = ran.ok();
    let offer = ran.object("offer");
    assert_eq!(offer["name"], "Ten days");
    assert_eq!(offer["confirmation_code_required"], true);
    assert_eq!(ran.object("installed")["report"], "delivered");
    let outcome = ran.outcome();
    assert_eq!(outcome["installed"], true);
    assert_eq!(outcome["stats"]["http_requests"], 4);
    assert_eq!(outcome["stats"]["tls_handshakes"], 1);

    let profile = sandbox.run(&["--json", "profiles"]).ok().object("profile");
    assert_eq!(profile["state"], "disabled");
    assert_eq!(outcome["iccid"], profile["iccid"], "a script goes on with what was installed");
    assert_eq!(ran.object("installed")["iccid"], profile["iccid"]);
    let iccid = profile["iccid"].as_str().unwrap();
    let whole = sandbox.run(&["--json", "profiles", iccid]).ok().object("profile");
    let aid = whole["isdp_aid"].as_str().unwrap();
    let same = sandbox.run(&["profiles", aid]).ok();
    assert!(same.stdout.contains(iccid) && same.stdout.contains(aid), "{same:?}");

    let enabled = sandbox.run(&["enable", iccid]).ok();
    assert_eq!(enabled.stdout, "Ten days is on.\n");
    sandbox.run(&["rename", iccid, "Holiday"]).ok();
    let listed = sandbox.run(&["profiles"]).ok();
    assert_eq!(listed.stdout, format!("on   {iccid}  Holiday (Ten days, Sandbox Mobile)\n"));
    sandbox.run(&["delete", iccid, "--yes"]).refused("card.delete.enabled");
    assert_eq!(sandbox.run(&["disable", aid]).ok().stdout, "Holiday is off.\n");
    sandbox.run(&["disable", aid]).refused("card.switch.already");

    let pending = sandbox.run(&["--json", "notifications", "list"]).ok();
    let events: Vec<String> = pending
        .objects()
        .iter()
        .filter(|object| object["type"] == "notification")
        .map(|object| format!("{} of {}", object["events"][0], object["profile"]))
        .collect();
    assert_eq!(events, [r#""enable" of "Holiday""#, r#""disable" of "Holiday""#]);

    sandbox.run(&["delete", iccid, "--yes"]).ok();
    assert_eq!(sandbox.run(&["--json", "profiles"]).ok().outcome()["profiles"], 0);
    let sent = sandbox.run(&["--json", "notifications", "send"]).ok();
    assert_eq!(sent.outcome()["delivered"], 3);
    let empty = sandbox.run(&["--json", "notifications", "list"]).ok();
    assert_eq!(empty.outcome()["notifications"], 0);
}

#[test]
fn enabling_at_once_tells_the_operator_too() {
    let sandbox = Sandbox::new();
    let _server = sandbox.serve();
    let code = sandbox.order(&[]);
    let ran = sandbox.run(&["download", &code, "--yes", "--enable"]).ok();
    assert!(ran.stdout.ends_with("It is on.\n"), "{ran:?}");
    let profile = sandbox.run(&["--json", "profiles"]).ok().object("profile");
    assert_eq!(profile["state"], "enabled");
    let pending = sandbox.run(&["--json", "notifications", "list"]).ok();
    assert_eq!(pending.outcome()["notifications"], 0);
}

#[test]
fn a_wrong_confirmation_code_then_the_right_one() {
    let sandbox = Sandbox::new();
    let _server = sandbox.serve();
    let code = sandbox.order(&["--confirmation-code", "5EC4E7"]);
    sandbox.run(&["download", &code, "--yes"]).refused("input.confirmation_code_missing");
    sandbox
        .run(&["download", &code, "--yes", "--confirmation-code", "0000"])
        .refused("server.refused.8.2.7/3.8");
    sandbox.run(&["download", &code, "--yes", "--confirmation-code", "5EC4E7"]).ok();
}

#[test]
fn with_nobody_to_ask_the_offer_is_put_off() {
    let sandbox = Sandbox::new();
    let _server = sandbox.serve();
    let code = sandbox.order(&[]);
    let ran = sandbox.run(&["download", &code]).refused("cancelled.nobody_to_ask");
    assert!(ran.stdout.starts_with("Sandbox Mobile offers: Travel 5 GB\n"), "{ran:?}");
    let ran = sandbox.run(&["--json", "download", &code]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.outcome()["error"]["plan"], "still_valid");
    sandbox.run(&["download", &code, "--yes"]).ok();
}

#[test]
fn the_default_server_finds_the_card_by_its_eid() {
    let sandbox = Sandbox::new();
    let _server = sandbox.serve();
    let chip = sandbox.run(&["--json", "chip"]).ok().object("chip");
    let eid = chip["eid"].as_str().unwrap();
    crate::support::lpakit(&["sandbox", "order", &sandbox.dir(), "--eid", eid, "--default"]).ok();

    sandbox.run(&["download", "--default", "--yes"]).refused("input.no_default_server");
    sandbox.run(&["set-default-address", "smdpplus.sandbox.test"]).ok();
    sandbox.run(&["download", "--default", "--yes"]).ok();
    let chip = sandbox.run(&["chip"]).ok();
    assert!(chip.stdout.contains("Default SM-DP+     smdpplus.sandbox.test"), "{chip:?}");
}

#[test]
fn a_reset_empties_the_card() {
    let sandbox = Sandbox::new();
    let _server = sandbox.serve();
    let code = sandbox.order(&[]);
    sandbox.run(&["download", &code, "--yes"]).ok();
    let profile = sandbox.run(&["--json", "profiles"]).ok().object("profile");
    for args in [&["reset"][..], &["delete", profile["iccid"].as_str().unwrap()]] {
        let ran = sandbox.run(args).refused("cancelled.nobody_to_ask");
        assert!(ran.stderr.contains("--yes"), "{ran:?}");
        let ran = sandbox.run(&[&["--json"], args].concat());
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""));
        let error = &ran.outcome()["error"];
        assert_eq!(error["key"], "cancelled.nobody_to_ask");
        assert_eq!(error["plan"], "not_concerned");
    }
    assert_eq!(sandbox.run(&["--json", "profiles"]).ok().object("profile"), profile);
    sandbox.run(&["reset", "--yes"]).ok();
    assert_eq!(sandbox.run(&["--json", "profiles"]).ok().outcome()["profiles"], 0);
    sandbox.run(&["reset", "--profiles", "--yes"]).refused("card.reset.nothing");
}

#[test]
fn a_reset_takes_what_is_named_only() {
    let sandbox = Sandbox::new();
    let _server = sandbox.serve();
    let code = sandbox.order(&[]);
    sandbox.run(&["download", &code, "--yes"]).ok();
    sandbox.run(&["set-default-address", "smdpplus.sandbox.test"]).ok();
    let address =
        || sandbox.run(&["--json", "chip"]).ok().object("chip")["default_dp_address"].clone();
    let profiles = || sandbox.run(&["--json", "profiles"]).ok().outcome()["profiles"].clone();
    assert_eq!((address(), profiles()), ("smdpplus.sandbox.test".into(), 1.into()));
    sandbox.run(&["reset", "--default-address", "--yes"]).ok();
    assert_eq!((address(), profiles()), (serde_json::Value::Null, 1.into()));
    sandbox.run(&["reset", "--profiles", "--test-profiles", "--yes"]).ok();
    assert_eq!(profiles(), 0);
}

#[test]
fn an_address_and_names_are_given_and_taken_away() {
    let sandbox = Sandbox::new();
    let _server = sandbox.serve();
    sandbox.run(&["set-default-address", "not an address"]).refused("input.default_address");
    sandbox.run(&["set-default-address", "smdpplus.sandbox.test"]).ok();
    sandbox.run(&["set-default-address", ""]).ok();
    let chip = sandbox.run(&["--json", "chip"]).ok().object("chip");
    assert_eq!(chip["default_dp_address"], serde_json::Value::Null);

    let code = sandbox.order(&[]);
    sandbox.run(&["download", &code, "--yes"]).ok();
    let profile = || sandbox.run(&["--json", "profiles"]).ok().object("profile");
    let iccid = profile()["iccid"].as_str().unwrap().to_owned();
    sandbox.run(&["rename", &iccid, &"x".repeat(65)]).refused("input.nickname_too_long");
    sandbox.run(&["rename", &iccid, "Für die Reise"]).ok();
    assert_eq!(profile()["nickname"], "Für die Reise");
    sandbox.run(&["rename", &iccid, ""]).ok();
    assert_eq!(profile()["nickname"], serde_json::Value::Null);
}

#[test]
fn a_report_is_removed_unsent() {
    let sandbox = Sandbox::new();
    let server = sandbox.serve();
    let code = sandbox.order(&[]);
    sandbox.run(&["download", &code, "--yes"]).ok();
    let profile = sandbox.run(&["--json", "profiles"]).ok().object("profile");
    sandbox.run(&["enable", profile["iccid"].as_str().unwrap()]).ok();
    let report = sandbox.run(&["--json", "notifications", "list"]).ok().object("notification");
    let seq = report["seq"].to_string();
    drop(server);
    let unsent = sandbox.run(&["--json", "notifications", "send"]);
    assert_eq!(unsent.code, Some(1));
    assert_eq!(unsent.object("notification")["delivered"], false);
    sandbox.run(&["notifications", "remove", &seq]).ok();
    let left = sandbox.run(&["--json", "notifications", "list"]).ok();
    assert_eq!(left.outcome()["notifications"], 0);
}

#[test]
fn counts_for_a_person() {
    let ran = Sandbox::new().run(&["--stats", "chip"]).ok();
    let lines: Vec<&str> = ran.stdout.lines().rev().take(2).collect();
    assert!(lines[1].starts_with("card     ") && lines[1].contains(" APDUs, "), "{ran:?}");
    assert!(lines[0].starts_with("network  0 HTTP requests, 0 TLS handshakes, "), "{ran:?}");
}

#[test]
fn rules_of_a_profile_hold() {
    let sandbox = Sandbox::new();
    let _server = sandbox.serve();
    let code = sandbox.order(&["--ppr", "1,2"]);
    let ran = sandbox.run(&["--json", "download", &code, "--yes", "--enable"]).ok();
    let offer = ran.object("offer");
    assert_eq!(offer["policy_rules"], serde_json::json!([1, 2]));
    assert_eq!(offer["needs_consent"], true);
    let profile = sandbox.run(&["--json", "profiles"]).ok().object("profile");
    let iccid = profile["iccid"].as_str().unwrap();
    sandbox.run(&["disable", iccid]).refused("card.switch.policy");
}

#[test]
fn without_a_server() {
    let sandbox = Sandbox::new();
    let server = sandbox.serve();
    let code = sandbox.order(&[]);
    drop(server);
    let ran = sandbox.run(&["download", &code, "--yes"]).refused("network.unreachable");
    assert!(ran.stderr.contains("sandbox serve"), "{ran:?}");
}

#[test]
fn a_plan_that_waits_at_the_sm_ds_is_found_and_fetched() {
    let sandbox = Sandbox::new();
    let _server = sandbox.serve();
    let dir = sandbox.dir();
    sandbox.run(&["download", "--discover", "--yes"]).refused("discovery.nothing");
    let order = |name: &str| {
        let args = ["sandbox", "order", &dir, "--eid", "own", "--smds", "--name", name];
        crate::support::lpakit(&args).ok();
    };
    order("First");
    assert_eq!(sandbox.run(&["--json", "discover"]).ok().outcome()["plans"], 1);
    order("Second");
    let found = sandbox.run(&["--json", "discover"]).ok();
    assert_eq!(found.outcome()["plans"], 2);
    assert_eq!(found.object("waiting_plan")["number"], 1);
    sandbox.run(&["download", "--discover", "--yes"]).refused("input.which_plan");
    let download = ["--json", "download", "--discover", "--event", "2", "--yes"];
    assert_eq!(sandbox.run(&download).ok().object("offer")["name"], "Second");
    let ran = sandbox.run(&["--json", "download", "--discover", "--yes"]).ok();
    assert_eq!(ran.object("offer")["name"], "First");
    assert_eq!(sandbox.run(&["--json", "discover"]).ok().outcome()["plans"], 0);
}

#[test]
fn a_plan_that_waits_at_the_default_server_is_fetched() {
    let sandbox = Sandbox::new();
    let _server = sandbox.serve();
    let dir = sandbox.dir();
    let args = ["--json", "sandbox", "order", &dir, "--eid", "own", "--default"];
    let order = crate::support::lpakit(&args).ok();
    sandbox.run(&["download", "--default", "--yes"]).refused("input.no_default_server");
    let outcome = order.outcome();
    sandbox.run(&["set-default-address", outcome["address"].as_str().unwrap()]).ok();
    let ran = sandbox.run(&["--json", "download", "--default", "--yes"]).ok();
    assert_eq!(ran.outcome()["installed"], true);
}

#[test]
fn what_a_person_sends_to_an_operator() {
    let sandbox = Sandbox::new();
    let eid = sandbox.run(&["--json", "chip"]).ok().object("chip")["eid"].clone();
    let eid = eid.as_str().unwrap();
    let shared = sandbox.run(&["chip", "--share", "--imei", "356938035643809"]).ok();
    let mut lines = shared.stdout.lines();
    let first = lines.next().unwrap().strip_prefix("EID: ").unwrap();
    assert_eq!(first.replace(' ', ""), eid);
    assert_eq!(lines.next(), Some("IMEI: 356938035643809"));
    let euicc = sandbox.run(&["--json", "euiccs"]).ok().object("euicc");
    assert_eq!(euicc["eid"], eid);
    let aid = euicc["isdr_aid"].as_str().unwrap();
    sandbox.run(&["--isdr", aid, "profiles"]).ok();
    sandbox
        .run(&["--isdr", "A0000005591010000000008900000300", "profiles"])
        .refused("card.no_isdr");
}

#[test]
fn failures_are_told_in_the_language_that_was_asked_for() {
    let sandbox = Sandbox::new();
    let texts = ["en", "de", "fr", "es", "ja", "zh-Hans", "zh-TW"].map(|language| {
        let ran = sandbox.run(&["--language", language, "disable", "8944501234567890123"]);
        ran.refused("card.switch.not_found").stderr
    });
    for (position, text) in texts.iter().enumerate() {
        assert!(!texts[..position].contains(text), "{text}");
    }
}
