//! What is planted as a secret is found in no output but where a person asked for it.

use crate::support::{Ran, Sandbox};

const CONFIRMATION_CODE: &str = "PLANTED5EC4E7";
const IMEI: &str = "356938035643809";

/// Digits as a person reads them, and nibble-swapped as they travel.
fn spellings(digits: &str) -> Vec<String> {
    let mut padded = digits.to_owned();
    if padded.len() % 2 == 1 {
        padded.push('F');
    }
    let swapped: String = padded
        .as_bytes()
        .chunks(2)
        .flat_map(|pair| pair.iter().rev().map(|c| char::from(*c)))
        .collect();
    vec![digits.to_owned(), swapped.to_lowercase(), swapped]
}

#[test]
fn secrets_are_not_repeated() {
    let sandbox = Sandbox::new();
    let server = sandbox.serve();
    let code = sandbox.order(&["--confirmation-code", CONFIRMATION_CODE]);
    let matching_id = code.split('$').nth(2).unwrap().to_owned();
    let eid = sandbox.run(&["--json", "chip"]).ok().object("chip")["eid"].clone();

    let run = |args: &[&str]| {
        let output = sandbox.command(args).env("RUST_LOG", "trace").output().unwrap();
        Ran::of(output)
    };
    let cut = code.trim_end_matches("$1").to_owned() + "\u{7}";
    let download = ["download", &code, "--yes", "--imei", IMEI, "--confirmation-code"];
    let mut ran = vec![
        run(&["download", &code, "--imei", IMEI]),
        run(&["download", &code, "--yes"]),
        run(&["download", &cut, "--yes"]),
        run(&["download", &code, &matching_id, "--yes"]),
        run(&[&download[..], &["PLANTEDWRONG"]].concat()),
        run(&[&["--json", "--stats"], &download[..], &[CONFIRMATION_CODE, "--enable"]].concat()),
        run(&[&download[..], &[CONFIRMATION_CODE]].concat()),
    ];
    assert_eq!(ran[5].code, Some(0), "the profile is installed");

    let iccid = sandbox.run(&["--json", "profiles"]).ok().object("profile")["iccid"].clone();
    let iccid = iccid.as_str().unwrap();
    drop(server);
    ran.extend([
        run(&["disable", iccid]),
        run(&["--json", "enable", iccid]),
        run(&["enable", &iccid[1..10]]),
        run(&["rename", iccid, "Holiday"]),
        run(&["notifications", "list"]),
        run(&["--json", "notifications", "list"]),
        run(&["notifications", "send"]),
        run(&["download", &code, "--yes"]),
        run(&["disable", iccid]),
        run(&["delete", iccid]),
        run(&["delete", iccid, "--yes"]),
    ]);
    let mut secrets = vec![CONFIRMATION_CODE.to_owned(), "PLANTEDWRONG".to_owned(), matching_id];
    // The outcome of a download names what was installed, as `profiles --json` does.
    let (asked_for, rest): (Vec<&str>, Vec<&str>) =
        ran[5].stdout.lines().partition(|line| line.contains(r#""iccid""#));
    assert_eq!(asked_for.len(), 2, "the installed profile, and the outcome");
    ran[5].stdout = rest.join("\n");
    for digits in [iccid, eid.as_str().unwrap(), IMEI] {
        secrets.extend(spellings(digits));
    }
    for ran in &ran {
        for secret in &secrets {
            let shown = ran.stdout.contains(secret) || ran.stderr.contains(secret);
            assert!(!shown, "{secret} in {ran:?}");
        }
    }
}
