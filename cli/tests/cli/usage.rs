//! Wrong usage is exit status 2, and repeats no value that may be a secret.

use crate::support::lpakit;

const PLANTED: &str = "LPA:1$smdp.example.com$PLANTED-TOKEN";

#[test]
fn wrong_usage() {
    let card = ["--card", "sandbox:/nowhere"];
    let without_card: &[&[&str]] = &[
        &[],
        &["--bogus"],
        &[PLANTED],
        &["chip"],
        &["discover"],
        &["--card", "pcsc:", "chip"],
        &["--card", "pcsc", "readers"],
        &["--card", "sandbox:", "chip"],
        &["--card", "sandbox:x", "demo"],
        &["--card", "stdio", "download", "--default", "--confirmation-code", "-"],
        &["sandbox"],
        &["sandbox", "new"],
        &["sandbox", "serve", "x", "--listen", "nowhere"],
        &["sandbox", "card", "x", "--vpcd", "localhost"],
        &["sandbox", "card", "x", "--vpcd", "localhost:1", "--listen", "127.0.0.1:0"],
        &["sandbox", "order", "x", "--ppr", "3"],
        &["sandbox", "order", "x", "--default"],
        &["sandbox", "order", "x", "--eid", "PLANTED"],
        &["sandbox", "order", "x", "--imsi", "PLANTED"],
    ];
    let with_card: &[&[&str]] = &[
        &["download"],
        &["download", PLANTED, "--default"],
        &["download", PLANTED, "PLANTED"],
        &["download", PLANTED, "--discover"],
        &["profiles", "PLANTED"],
        &["download", PLANTED, "--imei", "PLANTED"],
        &["download", PLANTED, "--tac", "PLANTED"],
        &["download", PLANTED, "--confirmation-code"],
        &["enable"],
        &["enable", "PLANTED"],
        &["disable", "PLANTED"],
        &["delete", "PLANTED"],
        &["rename", "PLANTED", "name"],
        &["notifications"],
        &["notifications", "remove", "PLANTED"],
        &["--connect", "smdp.example.com=127.0.0.1:1", "chip"],
        &["--trust", "x", "--connect", "smdp.example.com", "chip"],
        &["--trust", "x", "--connect", "smdp.example.com=localhost:1", "chip"],
    ];
    let all = without_card.iter().map(|args| args.to_vec());
    let all = all.chain(with_card.iter().map(|args| [&card[..], args].concat()));
    for args in all {
        let ran = lpakit(&args);
        assert_eq!(ran.code, Some(2), "{args:?}: {ran:?}");
        assert_eq!(ran.stdout, "", "{args:?}");
        assert!(!ran.stderr.is_empty(), "{args:?}");
        assert!(!ran.stderr.contains("PLANTED"), "{args:?}: {ran:?}");
    }
}

#[test]
fn help_and_version_are_no_errors() {
    for args in [&["--help"][..], &["--version"], &["download", "--help"], &["help", "sandbox"]] {
        let ran = lpakit(args).ok();
        assert!(ran.stdout.contains("lpakit"), "{args:?}");
        assert_eq!(ran.stderr, "");
    }
}

#[test]
fn a_card_that_is_not_there() {
    let ran = lpakit(&["--card", "sandbox:/nowhere", "chip"]);
    ran.refused("sandbox.missing");
    let ran = lpakit(&["--json", "--card", "sandbox:/nowhere", "chip"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.outcome()["error"]["key"], "sandbox.missing");
    assert_eq!(ran.outcome()["ok"], false);
}

#[test]
#[cfg(not(feature = "pcsc"))]
fn without_pcsc() {
    for args in [&["--card", "pcsc", "chip"][..], &["--card", "pcsc:ACS", "profiles"], &["readers"]]
    {
        let ran = lpakit(args).refused("input.without_pcsc");
        assert!(ran.stderr.contains("cargo build --features pcsc"), "{ran:?}");
    }
}
