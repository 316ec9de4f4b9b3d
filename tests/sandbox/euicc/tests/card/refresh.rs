//! What happens at the contacts after a switch with refreshFlag.

use crate::support::{ICCID, ISDR, OTHER_ICCID, Profile, Terminal, select, terminal_with};
use crate::switching::put;

const ENABLE: &str = "BF3111A00C5A0A984405214365870921F38101FF";
const ENABLE_OTHER: &str = "BF3111A00C5A0A984405000000000010F78101FF";
const DISABLE: &str = "BF3211A00C5A0A984405214365870921F38101FF";
const STATE: &str = "BF2D12A00C5A0A984405214365870921F35C029F70";
const ON: &str = "BF2D08A006E3049F700101";

fn refreshing() -> Terminal {
    let mut terminal = terminal_with(|config| config.quirks.announces_refresh = true);
    put(&mut terminal, &Profile::new(ICCID), false);
    put(&mut terminal, &Profile::new(OTHER_ICCID), false);
    terminal
}

fn es10(terminal: &mut Terminal, command: &str) -> (String, String) {
    let (data, status) = terminal.es10(&hex::decode(command).unwrap());
    (hex::encode_upper(data), format!("{status:04X}"))
}

fn pair(data: &str, status: &str) -> (String, String) {
    (data.to_owned(), status.to_owned())
}

#[test]
fn a_card_that_announces_nothing_answers_9000() {
    let mut terminal = terminal_with(|_| {});
    put(&mut terminal, &Profile::new(ICCID), false);
    assert_eq!(es10(&mut terminal, ENABLE), pair("BF3103800100", "9000"));
    assert_eq!(terminal.hex("801200000B"), "6985");
}

#[test]
fn refresh_is_announced_fetched_and_answered_and_then_channels_are_gone() {
    let mut terminal = refreshing();
    assert_eq!(es10(&mut terminal, ENABLE), pair("BF3103800100", "910B"));
    // Every good answer reminds the terminal.
    assert_eq!(terminal.hex("80F2000C00"), "910B");
    assert_eq!(terminal.hex("8012000000"), "6C0B");
    assert_eq!(terminal.hex("801200000B"), "D009810301010482028182".to_owned() + "9000");
    assert_eq!(terminal.hex("80F2000C00"), "9000");
    assert_eq!(terminal.hex("801200000B"), "6985");
    // Not an answer to this command.
    assert_eq!(terminal.hex("801400000C810302010482028281830100"), "6A80");
    assert_eq!(terminal.hex("801400000C810301010482028281830100"), "9000");
    assert_eq!(terminal.hex("81E2910003BF2E00"), "6881");
    assert_eq!(terminal.hex("80E2910003BF2E00"), "6D00");
    terminal.open();
    assert_eq!(terminal.ask(STATE), ON);
}

#[test]
fn a_terminal_that_never_fetches_finds_the_profile_enabled() {
    let mut terminal = refreshing();
    assert_eq!(es10(&mut terminal, ENABLE), pair("BF3103800100", "910B"));
    assert_eq!(es10(&mut terminal, STATE), pair(ON, "910B"));
    assert_eq!(terminal.hex("0070800100"), "910B");
    terminal.start();
    assert_eq!(terminal.ask(STATE), ON);
}

#[test]
fn while_a_proactive_command_is_under_way_the_card_is_busy() {
    let mut terminal = refreshing();
    es10(&mut terminal, ENABLE);
    assert_eq!(es10(&mut terminal, ENABLE_OTHER), pair("BF3103800105", "910B"));
    assert_eq!(terminal.hex("801200000B").len(), 26);
    assert_eq!(es10(&mut terminal, DISABLE), pair("BF3203800105", "9000"));
    // Without refreshFlag the terminal does the resetting, and nothing is in the way.
    let without = DISABLE.replace("8101FF", "810100");
    assert_eq!(es10(&mut terminal, &without), pair("BF3203800100", "9000"));
}

#[test]
fn a_refused_switch_announces_nothing() {
    let mut terminal = refreshing();
    assert_eq!(es10(&mut terminal, DISABLE), pair("BF3203800102", "9000"));
}

#[test]
fn deleting_the_enabled_profile_by_memory_reset_announces_a_refresh_too() {
    let mut terminal = refreshing();
    assert_eq!(es10(&mut terminal, &ENABLE.replace("8101FF", "810100")).1, "9000");
    assert_eq!(es10(&mut terminal, "BF340482020780"), pair("BF3403800100", "910B"));
}

#[test]
fn some_cards_say_nothing_more_until_they_are_reset() {
    let mut terminal = terminal_with(|config| config.quirks.silent_until_reset = true);
    put(&mut terminal, &Profile::new(ICCID), false);
    assert_eq!(es10(&mut terminal, ENABLE), pair("BF3103800100", "9000"));
    assert_eq!(terminal.refuse("BF2D00"), "6985");
    assert_eq!(terminal.hex(&select(1, ISDR)), "6121");
    assert_eq!(terminal.refuse("BF3E035C015A"), "6985");
    terminal.start();
    assert_eq!(terminal.ask(STATE), ON);
}
