//! `chip` on a card that answers badly.

use lpakit_sandbox::SandboxOptions;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::lpakit;

/// A card whose EUICCInfo2 cannot be read.
fn card_with_malformed_info() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = folder.path().join("s");
    let mut options = SandboxOptions::default();
    options.card.quirks.malformed_euicc_info2 = true;
    lpakit_sandbox::Sandbox::create(&sandbox, &options).unwrap();
    let card = format!("sandbox:{}", sandbox.display());
    (folder, card)
}

#[test]
fn an_object_that_cannot_be_read_hides_no_other() {
    let (_folder, card) = card_with_malformed_info();
    let ran = lpakit(&["--card", &card, "chip"]).refused("card.malformed");
    let row = |name: &str| {
        let mut lines = ran.stdout.lines();
        lines.find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {ran:?}"))
    };
    assert!(row("EID  ").trim_end().len() > 32, "{ran:?}");
    assert!(row("Root SM-DS").ends_with("smds.sandbox.test"), "{ran:?}");
    assert!(row("Rule").contains("PPR1 and PPR2"), "{ran:?}");
    assert!(row("EUICCInfo2").contains("cannot be read"), "{ran:?}");
    assert!(!ran.stdout.contains("Firmware"), "nothing is made up: {ran:?}");
}

#[test]
fn a_program_is_told_what_cannot_be_read() {
    let (_folder, card) = card_with_malformed_info();
    let ran = lpakit(&["--json", "--card", &card, "chip"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(ran.outcome()["error"]["key"], "card.malformed");
    let chip = ran.object("chip");
    assert_eq!(chip["eid"].as_str().map(str::len), Some(32));
    assert_eq!(chip["root_ds_address"], "smds.sandbox.test");
    assert_eq!(chip["firmware_version"], Value::Null);
    let unreadable = chip["unreadable"].as_array().unwrap();
    assert_eq!(unreadable.len(), 1);
    assert_eq!(unreadable[0]["object"], "EUICCInfo2");
    assert_eq!(unreadable[0]["error"]["key"], "card.malformed");
}
