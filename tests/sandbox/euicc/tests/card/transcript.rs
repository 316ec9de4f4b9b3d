//! What a recorder gets to see.

use std::sync::{Arc, Mutex};

use lpakit_sandbox_euicc::Recorder;
use lpakit_sandbox_euicc::nvm::MemoryNvm;
use serde_json::{Value, json};

use crate::support::{ICCID, Profile, Recipe, Server, Terminal, card_in};

#[derive(Default)]
struct Lines(Mutex<Vec<Value>>);

impl Recorder for Lines {
    fn record(&self, line: &Value) {
        self.0.lock().unwrap().push(line.clone());
    }
}

impl Lines {
    fn take(&self) -> Vec<Value> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

fn recorded() -> (Terminal, Arc<Lines>) {
    let lines = Arc::new(Lines::default());
    let card = card_in(MemoryNvm::new(), Default::default()).with_recorder(lines.clone());
    (Terminal::with(card), lines)
}

#[test]
fn every_apdu_and_every_start_is_a_line() {
    let (mut terminal, lines) = recorded();
    terminal.ask("BF2000");
    let seen = lines.take();
    assert_eq!(seen[0], json!({"t": "card", "event": "power"}));
    assert_eq!(seen[2], json!({"t": "apdu", "c": "0070000001", "r": "019000"}));
    assert_eq!(seen[4]["c"], "81e2910003bf2000");
    // GET RESPONSE is a line of its own.
    assert_eq!(seen[4]["r"].as_str().map(|answer| &answer[..2]), Some("61"));
    assert!(seen[5]["c"].as_str().unwrap().starts_with("01c00000"));
    terminal.card.power_off();
    terminal.hex("0070000001");
    assert!(lines.take().is_empty());
}

#[test]
fn a_refresh_is_a_start_after_its_answer() {
    let (mut terminal, lines) = recorded();
    terminal.card.configure(|config| config.quirks.announces_refresh = true).unwrap();
    let profile = Profile::new(ICCID);
    terminal.card.preload(&profile.metadata, &profile.package, false).unwrap();
    terminal.es10(&hex::decode("BF3111A00C5A0A984405214365870921F38101FF").unwrap());
    terminal.hex("801200000B");
    lines.take();
    terminal.hex("801400000C810301010482028281830100");
    let expected = [
        json!({"t": "apdu", "c": "801400000c810301010482028281830100", "r": "9000"}),
        json!({"t": "card", "event": "power"}),
    ];
    assert_eq!(lines.take(), expected);
}

#[test]
fn one_time_keys_are_written_only_when_the_feature_is_on() {
    let (mut terminal, lines) = recorded();
    let server = Server::ready(1, &mut terminal);
    server.bind(&Recipe::new(&Profile::new(ICCID))).load(&mut terminal);
    let secrets: Vec<Value> =
        lines.take().into_iter().filter(|line| line["t"] == "secret").collect();
    if cfg!(feature = "transcript-secrets") {
        let [secret] = &secrets[..] else { panic!("one secret") };
        assert_eq!(secret["name"], "euicc_otsk");
        assert_eq!(secret["transaction_id"], "01".repeat(16));
        let scalar = hex::decode(secret["value"].as_str().unwrap()).unwrap();
        let pair = lpakit_sandbox_crypto::OneTimeKeyPair::from_scalar(&scalar).unwrap();
        assert_eq!(pair.public_point().as_slice(), server.euicc_otpk);
    } else {
        assert!(secrets.is_empty());
    }
}
