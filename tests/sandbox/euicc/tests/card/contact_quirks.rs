//! Quirks of real cards, modems and readers at the contacts.

use lpakit_rsp::profiles::ProfileState;
use lpakit_sandbox_euicc::config::{GetResponseClass, ToolkitCommand};

use crate::install::{is_success, profiles};
use crate::support::{
    ISDR, OTHER_ICCID, Profile, Recipe, Server, Terminal, select, silent_terminal_with,
};

const CHALLENGE: &str = "81E2910003BF2E00";
const ADDRESSES: &str = "81E2910003BF3C00";
const ADDRESSES_ANSWER: &str = "BF3C1A811874657374726F6F74736D64732E6578616D706C652E636F6D";
const EID: &str = "81E2910006BF3E035C015A";
const EID_ANSWER: &str = "BF3E125A1089049032123451234512345678901235";
const CAPABILITY: &str = "80AA00000AA9088100820101830107";
const OPEN: &str = "0070000001";

fn open(terminal: &mut Terminal) {
    let isdr = select(1, ISDR);
    assert_eq!(terminal.hex(CAPABILITY), "9000");
    assert_eq!(terminal.hex(OPEN), "019000");
    assert!(terminal.hex(&isdr).ends_with("6121") || terminal.hex(&isdr).ends_with("9000"));
}

#[test]
fn blocks_that_are_too_long_do_not_arrive() {
    for largest in [254_u8, 120, 63] {
        let mut terminal = silent_terminal_with(|quirks| quirks.largest_block = Some(largest));
        open(&mut terminal);
        let size = usize::from(largest);
        let block = |p1: &str, number: u8, length: usize| {
            format!("81E2{p1}{number:02X}{length:02X}{}", "00".repeat(length))
        };
        assert_eq!(terminal.hex(&block("91", 0, size + 1)), "6601");
        assert_eq!(terminal.hex(&block("11", 0, size)), "9000");
        // The chain is where it was: the same number again, shorter.
        assert_eq!(terminal.hex(&block("11", 1, size + 1)), "6601");
        assert_eq!(terminal.hex(&block("11", 1, 5)), "9000");
        assert_eq!(terminal.hex(&select(1, ISDR)), "6121");
        terminal.block = size;
        let recipe = Recipe::new(&Profile::new("8944500000000000033"));
        assert!(is_success(&Server::download(1, &mut terminal, &recipe)));
        terminal.block = size + 1;
        let (data, status) = terminal.es10(&[&[0xBF, 0x29, 0x81, 0xF0][..], &[0; 240]].concat());
        assert_eq!((data.len(), status), (0, if largest == 254 { 0x6A80 } else { 0x6601 }));
    }
}

#[test]
fn some_give_no_data_unless_le_asks_for_it() {
    let mut terminal = silent_terminal_with(|quirks| quirks.answers_only_with_le = true);
    assert_eq!(terminal.hex(OPEN), "019000");
    let with_le = |command: &str| format!("{command}00");
    terminal.script(&[
        (&select(1, ISDR), "9000"),
        (&with_le(&select(1, ISDR)), "6121"),
        (EID, "9000"),
        ("01C0000015", "6985"),
        (&with_le(EID), "6115"),
        ("01C0000015", &format!("{EID_ANSWER}9000")),
        // Blocks before the last have nothing to answer, with Le or without.
        ("81E2110002BF3E", "9000"),
        ("81E2910104035C015A", "9000"),
        ("81E2110002BF3E00", "9000"),
        ("81E2910104035C015A00", "6115"),
    ]);
    // What was asked for is done, although nobody hears of it.
    terminal.script(&[("81E2910006BF3F0380016E", "9000"), (&with_le(ADDRESSES), "6120")]);
    assert!(terminal.hex("01C0000020").starts_with("BF3C1D80016E"));
}

#[test]
fn some_answer_with_le_at_once() {
    let mut terminal = silent_terminal_with(|quirks| quirks.answers_directly = true);
    assert_eq!(terminal.hex(OPEN), "019000");
    let information = terminal.hex(&format!("{}00", select(1, ISDR)));
    assert!(information.starts_with("6F1F8410") && information.ends_with("9000"));
    terminal.script(&[
        (&format!("{EID}00"), &format!("{EID_ANSWER}9000")),
        (&format!("{ADDRESSES}00"), &format!("{ADDRESSES_ANSWER}9000")),
        (EID, "6115"),
        ("01C0000015", &format!("{EID_ANSWER}9000")),
    ]);
    // What is longer than 256 octets is announced as ever.
    let list = "81E2910003BF2D0000";
    for (number, name) in [(3, "41"), (4, "42")] {
        let mut profile = Profile::new(&format!("894450000000000010{number}"));
        profile.metadata.profile_name = name.repeat(30);
        terminal.card.preload(&profile.metadata, &profile.package, false).unwrap();
    }
    let answer = terminal.hex(list);
    let (data, status) = answer.split_at(512);
    assert!(data.starts_with("BF2D82") && status.starts_with("61"));
    let rest = terminal.hex(&format!("01C00000{}", &status[2..]));
    assert!(rest.ends_with("9000"));
}

#[test]
fn some_name_the_right_le_first_and_do_nothing_twice() {
    let mut terminal = silent_terminal_with(|quirks| quirks.wrong_le = true);
    assert_eq!(terminal.hex(OPEN), "019000");
    terminal.script(&[
        (&format!("{}00", select(1, ISDR)), "6C21"),
        (&format!("{EID}00"), "6C15"),
        (&format!("{EID}15"), &format!("{EID_ANSWER}9000")),
        (&format!("{EID}15"), &format!("{EID_ANSWER}9000")),
        (EID, "6115"),
    ]);
    // Enabling once more would be answered 02: the repeated command is the same one.
    let enable = "81E2910014BF3111A00C5A0A984405000000000010F7810100";
    terminal
        .script(&[(&format!("{enable}00"), "6C06"), (&format!("{enable}06"), "BF31038001009000")]);
    assert_eq!(terminal.hex(&format!("{enable}06")), "BF31038001029000");
}

#[test]
fn get_response_is_heard_in_one_class_only() {
    for (class, heard, refused) in [
        (GetResponseClass::Interindustry, "01C0000015", "81C0000015"),
        (GetResponseClass::Command, "81C0000015", "01C0000015"),
    ] {
        let mut terminal = silent_terminal_with(|quirks| quirks.get_response_class = Some(class));
        open(&mut terminal);
        // SELECT is no command of the 8X class.
        terminal.script(&[(&select(1, ISDR), "6121"), ("81C0000021", "6E00")]);
        assert!(terminal.hex("01C0000021").ends_with("9000"));
        terminal.script(&[
            (CHALLENGE, "6115"),
            (EID, "6115"),
            (refused, "6E00"),
            (heard, &format!("{EID_ANSWER}9000")),
        ]);
    }
}

#[test]
fn channels_that_somebody_else_left_open_are_missing_until_they_are_closed() {
    let mut terminal = silent_terminal_with(|quirks| quirks.stale_channels = 3);
    terminal.script(&[
        (OPEN, "6A81"),
        (&select(2, ISDR), "6121"),
        ("0070800200", "9000"),
        (OPEN, "029000"),
        (OPEN, "6A81"),
        (CAPABILITY, "9000"),
        (OPEN, "049000"),
    ]);
    terminal.card.reset().unwrap();
    assert_eq!(terminal.hex(OPEN), "6A81");
    let mut terminal = silent_terminal_with(|quirks| quirks.stale_channels = 1);
    assert_eq!(terminal.hex(OPEN), "029000");
    let mut terminal = silent_terminal_with(|quirks| quirks.stale_channels = 19);
    terminal.script(&[(CAPABILITY, "9000"), (OPEN, "6A81"), ("0070801300", "9000")]);
    assert_eq!(terminal.hex(OPEN), "139000");
}

#[test]
fn the_first_channel_may_be_any_up_to_19() {
    for first in 4..=19_u8 {
        let mut terminal = silent_terminal_with(|quirks| quirks.first_channel = Some(first));
        assert_eq!(terminal.hex(OPEN), "6A81", "not announced");
        terminal.script(&[(CAPABILITY, "9000"), (OPEN, &format!("{first:02X}9000"))]);
        let (iso, proprietary) = (0x40 | (first - 4), 0xC0 | (first - 4));
        assert_eq!(terminal.hex(&format!("{iso:02X}A4040010{ISDR}")), "6121");
        assert_eq!(terminal.hex(&format!("{proprietary:02X}{}", &EID[2..])), "6115");
        assert_eq!(terminal.hex(&format!("{iso:02X}C0000015")), format!("{EID_ANSWER}9000"));
    }
    let mut terminal = silent_terminal_with(|quirks| {
        quirks.first_channel = Some(7);
        quirks.extended_channels_unannounced = true;
    });
    assert_eq!(terminal.hex(OPEN), "079000");
}

#[test]
fn a_select_may_be_answered_without_information() {
    let mut terminal = silent_terminal_with(|quirks| quirks.select_without_data = true);
    terminal.script(&[(OPEN, "019000"), (&select(1, ISDR), "9000"), (EID, "6115")]);
}

#[test]
fn a_busy_toolkit_wants_the_command_again() {
    let mut terminal = silent_terminal_with(|quirks| quirks.toolkit_busy = 2);
    open(&mut terminal);
    terminal.script(&[
        ("81E2110002BF3E", "9300"),
        ("81E2110002BF3E", "9300"),
        ("81E2110002BF3E", "9000"),
        ("81E2910104035C015A", "6115"),
    ]);
    terminal.card.reset().unwrap();
    open(&mut terminal);
    assert_eq!(terminal.hex(EID), "9300");
}

const ENABLE_OTHER: &str = "81E2910014BF3111A00C5A0A984405000000000010F78101FF";
const MENU: &str = "D019810301250082028182850353494D8F09015365727669636573";

/// FETCH with this length; gives the command and the status word after its TERMINAL RESPONSE.
fn serve(terminal: &mut Terminal, announced: &str) -> (String, String) {
    assert!(announced.starts_with("91"), "{announced}");
    let fetched = terminal.hex(&format!("80120000{}", &announced[2..]));
    let (command, status) = fetched.split_at(fetched.len() - 4);
    assert_eq!(status, "9000");
    let response = format!("801400000C{}82028281830100", &command[4..14]);
    (command.to_owned(), terminal.hex(&response))
}

#[test]
fn commands_of_other_applications_wait_at_power_on() {
    let mut terminal = silent_terminal_with(|quirks| {
        quirks.announces_refresh = true;
        quirks.toolkit_at_start =
            vec![ToolkitCommand::SetUpMenu, ToolkitCommand::PollInterval, ToolkitCommand::MoreTime];
    });
    // Every good answer announces the first of them, also one with data.
    terminal.script(&[(CAPABILITY, "911B"), (OPEN, "01911B"), (&select(1, ISDR), "6121")]);
    // While it waits, no switch that needs the terminal is possible.
    terminal.script(&[(ENABLE_OTHER, "6106"), ("01C0000006", "BF3103800105911B")]);
    let (command, next) = serve(&mut terminal, "911B");
    assert_eq!(command, MENU);
    assert_eq!(next, "910F");
    let (command, next) = serve(&mut terminal, &next);
    assert_eq!(command, "D00D8103020300820281828402011E");
    assert_eq!(next, "910B");
    let (command, next) = serve(&mut terminal, &next);
    assert_eq!((command.as_str(), next.as_str()), ("D009810303020082028182", "9000"));
    terminal.script(&[(ENABLE_OTHER, "6106"), ("01C0000006", "BF3103800100910B")]);
    let (command, next) = serve(&mut terminal, "910B");
    assert_eq!((command.as_str(), next.as_str()), ("D009810304010482028182", "9000"));
    // The card has started anew, but not by power.
    assert_eq!(terminal.hex(OPEN), "019000");
}

#[test]
fn commands_of_other_applications_come_around_the_refresh() {
    for survives in [false, true] {
        let mut terminal = silent_terminal_with(|quirks| {
            quirks.announces_refresh = true;
            quirks.survives_refresh = survives;
            quirks.toolkit_before_refresh =
                vec![ToolkitCommand::MoreTime, ToolkitCommand::PollInterval];
            quirks.toolkit_after_refresh = vec![ToolkitCommand::SetUpMenu];
        });
        open(&mut terminal);
        terminal.script(&[(ENABLE_OTHER, "6106"), ("01C0000006", "BF3103800100910B")]);
        let (more_time, next) = serve(&mut terminal, "910B");
        assert_eq!((more_time.as_str(), next.as_str()), ("D009810301020082028182", "910F"));
        let (_, next) = serve(&mut terminal, &next);
        assert_eq!(next, "910B");
        let (refresh, next) = serve(&mut terminal, &next);
        assert_eq!(refresh, "D009810303010482028182");
        // A card that starts again says so with its next answer.
        let next = if survives { next } else { terminal.hex("80F2000C00") };
        let (menu, next) = serve(&mut terminal, &next);
        assert_eq!(menu == MENU, !survives, "a card that starts again counts anew: {menu}");
        assert_eq!(next, "9000");
    }
}

#[test]
fn channels_and_session_may_survive_a_refresh() {
    let mut terminal = silent_terminal_with(|quirks| {
        quirks.announces_refresh = true;
        quirks.survives_refresh = true;
    });
    open(&mut terminal);
    let mut server = Server::new(1);
    server.authenticate(&mut terminal);
    terminal.script(&[(ENABLE_OTHER, "6106"), ("01C0000006", "BF3103800100910B")]);
    assert_eq!(serve(&mut terminal, "910B").1, "9000");
    server.prepare(&mut terminal);
    let on: Vec<String> = profiles(&mut terminal)
        .iter()
        .filter(|profile| profile.state == Some(ProfileState::Enabled))
        .filter_map(|profile| profile.iccid.map(|iccid| iccid.to_string()))
        .collect();
    assert_eq!(on, [OTHER_ICCID]);
}
