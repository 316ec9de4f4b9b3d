//! `lpakit demo`.

use crate::support::lpakit;

#[test]
fn the_demo_tells_the_whole_story() {
    let ran = lpakit(&["demo"]).ok();
    for part in [
        "Sandbox Mobile offers: Travel 5 GB",
        "Travel 5 GB is installed, and its operator knows.",
        "on   Travel 5 GB, Sandbox Mobile",
        "installed: the card's signature is good",
        "enable: the card's signature is good",
        "1 TLS handshakes",
        "Try it by hand:",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    // The QR code: three finder patterns, the upper two on one line.
    assert!(ran.stdout.lines().any(|line| line.matches("▄▄▄▄▄").count() >= 2));
}

#[test]
fn a_program_can_read_the_demo() {
    let ran = lpakit(&["--json", "--stats", "demo"]).ok();
    assert_eq!(ran.stderr, "");
    let outcome = ran.outcome();
    assert_eq!(outcome["ok"], true);
    assert_eq!(outcome["told"], true);
    assert_eq!(outcome["stats"]["tls_handshakes"], 1);
    assert_eq!(outcome["stats"]["http_requests"], 5);
    assert_eq!(ran.object("offer")["operator"], "Sandbox Mobile");
    // Only the newest progress is kept, but the last one always comes.
    let objects = ran.objects();
    let last = objects.iter().rfind(|object| object["type"] == "progress").unwrap();
    assert_eq!(last["phase"], "finished");
    assert!(last["bytes_total"].as_u64() > Some(1000), "{last}");
    assert_eq!(last["bytes_done"], last["bytes_total"]);
}

#[test]
fn a_kept_demo_goes_on_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept");
    lpakit(&["demo", "--keep", kept.to_str().unwrap()]).ok();
    assert!(kept.join("order.png").is_file());
    let card = format!("sandbox:{}", kept.join("sandbox").display());
    let profiles = lpakit(&["--card", &card, "--json", "profiles"]).ok();
    assert_eq!(profiles.object("profile")["state"], "enabled");
}
