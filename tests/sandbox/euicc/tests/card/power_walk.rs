//! Power lost at every write of every command that changes something: the old state or the new one, nothing between.

use lpakit_sandbox_euicc::nvm::PowerSwitch;
use lpakit_sandbox_euicc::{CardSnapshot, CardStatus};

use crate::support::{Terminal, silent_terminal_with};

/// Every command that writes, apart from a download (`power`), and what it is for.
const COMMANDS: [(&str, &str); 12] = [
    ("enable, the other one gives way", "BF3111A00C5A0A984405000000000010F7810100"),
    ("enable by AID with refresh", "BF3117A0124F10A0000005591010FFFFFFFF89000011008101FF"),
    ("disable", "BF3211A00C5A0A984405214365870921F3810100"),
    ("delete", "BF330C5A0A984405000000000010F7"),
    ("reset of profiles", "BF340482020780"),
    ("reset of the address", "BF340482020520"),
    ("reset of all", "BF3404820205E0"),
    ("remove notification", "BF3003800101"),
    ("set nickname", "BF29105A0A984405214365870921F390024869"),
    ("clear nickname", "BF290E5A0A984405000000000010F79000"),
    ("set address", "BF3F0380016E"),
    ("clear address", "BF3F028000"),
];

/// A card on which each of [`COMMANDS`] has something to do: the first profile is on, the other has a nickname, two
/// notifications wait, and the address is not the maker's.
fn eventful() -> CardSnapshot {
    let mut terminal = silent_terminal_with(|quirks| quirks.announces_refresh = true);
    terminal.open();
    for (command, answer) in [
        ("BF3211A00C5A0A984405214365870921F3810100", "BF3203800100"),
        ("BF3111A00C5A0A984405214365870921F3810100", "BF3103800100"),
        ("BF29105A0A984405000000000010F790024869", "BF2903800100"),
        ("BF3F0380016D", "BF3F03800100"),
    ] {
        assert_eq!(terminal.ask(command), answer);
    }
    terminal.card.snapshot().unwrap()
}

/// The command on a card of this snapshot; what came of it, and how many writes it took.
fn undisturbed(from: &CardSnapshot, command: &[u8]) -> (CardSnapshot, u64) {
    let (card, switch) = from.card_with_power();
    let mut terminal = Terminal::with(card);
    let before = switch.writes();
    let (data, status) = terminal.es10(command);
    assert!(matches!(status >> 8, 0x90 | 0x91), "{status:04X}");
    assert_eq!(data.last(), Some(&0), "done");
    let writes = switch.writes() - before;
    terminal.start();
    (terminal.card.snapshot().unwrap(), writes)
}

/// The same with a cut; what the next power-on finds.
fn disturbed(
    from: &CardSnapshot,
    command: &[u8],
    cut: impl Fn(&PowerSwitch),
) -> (CardSnapshot, CardStatus) {
    let (card, switch) = from.card_with_power();
    let mut terminal = Terminal::with(card);
    cut(&switch);
    assert_eq!(terminal.es10(command), (Vec::new(), 0));
    assert!(switch.is_dead() && !terminal.card.is_powered());
    assert_eq!(terminal.card.status().unwrap().fault(), None);
    terminal.start();
    (terminal.card.snapshot().unwrap(), terminal.card.status().unwrap())
}

#[test]
fn every_command_is_done_or_not_done() {
    let old = eventful();
    for (name, command) in COMMANDS {
        let command = hex::decode(command).unwrap();
        let (new, writes) = undisturbed(&old, &command);
        assert_ne!(new, old, "{name} does something");
        // Profiles, notifications and numbers change together, by one write.
        assert_eq!(writes, 1, "{name}");
        let (found, status) = disturbed(&old, &command, |switch| switch.cut_before(1));
        assert_eq!(found, old, "{name}, cut before");
        assert_eq!(status.fault(), None, "{name}");
        let (found, status) = disturbed(&old, &command, |switch| switch.cut_after(1));
        assert_eq!(found, new, "{name}, cut after");
        assert_eq!((status.fault(), status.stray_packages), (None, 0), "{name}");
    }
}

#[test]
fn a_switch_that_waits_for_the_start_survives_a_cut_in_the_start() {
    let mut terminal = silent_terminal_with(|quirks| quirks.effective_after_reset = true);
    terminal.open();
    let enable = hex::decode(COMMANDS[0].1).unwrap();
    assert_eq!(terminal.ask(COMMANDS[0].1), "BF3103800100");
    let waiting = terminal.card.snapshot().unwrap();
    terminal.start();
    let done = terminal.card.snapshot().unwrap();
    assert_eq!(done.status().notifications.len(), 2);
    assert!(waiting.status().switch_pending && !done.status().switch_pending);

    for cut in [PowerSwitch::cut_before as fn(&PowerSwitch, u64), PowerSwitch::cut_after] {
        let (mut card, switch) = waiting.card_with_power();
        cut(&switch, 1);
        assert!(card.power_on().is_err());
        assert!(!card.is_powered());
        card.power_on().unwrap();
        assert_eq!(card.snapshot().unwrap(), done);
        // And what is answered now is that state.
        let mut terminal = Terminal::with(card);
        assert_eq!(terminal.answer(&enable).last(), Some(&2));
    }
}
