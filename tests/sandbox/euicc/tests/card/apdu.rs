//! Power, channels, SELECT, STORE DATA, GET RESPONSE.

use lpakit_sandbox_euicc::ATR;
use lpakit_sandbox_euicc::nvm::MemoryNvm;

use crate::support::{ISDR, card_in, select, silent_terminal_with, terminal, terminal_with};

const TERMINAL_CAPABILITY: &str = "80AA00000AA9088100820101830107";

#[test]
fn without_power_there_is_no_answer() {
    let mut card = card_in(MemoryNvm::new(), Default::default());
    assert!(card.transmit(&[0x00, 0x70, 0x00, 0x00, 0x01]).is_empty());
    assert_eq!(card.power_on().unwrap(), ATR);
    assert_eq!(card.transmit(&[0x00, 0x70, 0x00, 0x00, 0x01]), [0x01, 0x90, 0x00]);
    card.power_off();
    assert!(card.transmit(&[0x00, 0x70, 0x00, 0x00, 0x01]).is_empty());
    assert!(!card.is_powered());
}

#[test]
fn three_channels_for_every_terminal() {
    let mut terminal = terminal();
    terminal.card.reset().unwrap();
    assert_eq!(terminal.hex("0070000000"), "6C01");
    for expected in ["019000", "029000", "039000", "6A81"] {
        assert_eq!(terminal.hex("0070000001"), expected);
    }
    assert_eq!(terminal.hex("0070800200"), "9000");
    assert_eq!(terminal.hex("0070000001"), "029000");
}

#[test]
fn nineteen_channels_for_a_terminal_that_announces_them() {
    let mut terminal = terminal();
    terminal.card.reset().unwrap();
    assert_eq!(terminal.hex(TERMINAL_CAPABILITY), "9000");
    for number in 1..=19 {
        assert_eq!(terminal.hex("0070000001"), format!("{number:02X}9000"));
    }
    assert_eq!(terminal.hex("0070000001"), "6A81");
    // Channel 4 is class 40 and C0, channel 19 is 4F and CF.
    for (iso, proprietary) in [("40", "C0"), ("4F", "CF")] {
        assert!(terminal.hex(&format!("{iso}A4040010{ISDR}")).starts_with("61"));
        assert_eq!(terminal.hex(&format!("{proprietary}E2910003BF2E00")), "6115");
        assert!(terminal.hex(&format!("{iso}C0000015")).starts_with("BF2E12"));
    }
}

#[test]
fn the_highest_channel_can_be_configured() {
    let mut terminal = terminal_with(|config| config.quirks.max_channel = Some(1));
    assert_eq!(terminal.hex("0070000001"), "6A81");
}

#[test]
fn channels_can_be_opened_by_number_and_only_open_ones_closed() {
    let mut terminal = terminal();
    for (command, expected) in [
        ("0070000300", "9000"),
        ("0070000300", "6985"),
        ("0070001400", "6A86"),
        ("0070800000", "6A86"),
        ("0070800500", "6881"),
        ("0070800300", "9000"),
        ("0070800300", "6881"),
        ("0070010000", "6A86"),
        ("8070000001", "6E00"),
    ] {
        assert_eq!(terminal.hex(command), expected, "{command}");
    }
}

#[test]
fn a_channel_that_is_not_open_is_not_supported() {
    let mut terminal = terminal();
    assert_eq!(terminal.hex(&select(2, ISDR)), "6881");
    assert_eq!(terminal.hex("82E2910003BF2E00"), "6881");
}

#[test]
fn select_answers_with_the_control_information() {
    let mut terminal = terminal();
    assert_eq!(terminal.hex("01A404000410101010"), "6A82");
    let template = format!("6F1F8410{ISDR}A5049F6501FFE0058203020500");
    assert_eq!(terminal.hex(&select(1, ISDR)), "6121");
    assert_eq!(terminal.hex("01C0000021"), format!("{template}9000"));
    assert_eq!(terminal.hex(&format!("01A4040410{ISDR}00")), "6121");
    assert_eq!(terminal.hex(&format!("01A4040C10{ISDR}")), "9000");
    assert_eq!(terminal.hex(&format!("00A4040010{ISDR}")), "6121");
}

#[test]
fn other_selections_are_refused() {
    let mut terminal = terminal();
    for (command, expected) in [
        ("01A4040010A0000005591010FFFFFFFF8900000200", "6A82"),
        ("01A40400", "6700"),
        ("01A40004023F00", "6A82"),
        ("01A4010010A0000005591010FFFFFFFF8900000100", "6A86"),
        ("01A4040210A0000005591010FFFFFFFF8900000100", "6A86"),
        ("81A4040010A0000005591010FFFFFFFF8900000100", "6E00"),
    ] {
        assert_eq!(terminal.hex(command), expected, "{command}");
    }
}

#[test]
fn some_cards_hide_the_isdr_until_the_terminal_has_introduced_itself() {
    let mut terminal = terminal_with(|config| config.quirks.requires_terminal_capability = true);
    terminal.card.reset().unwrap();
    assert_eq!(terminal.hex(&select(0, ISDR)), "6A82");
    assert_eq!(terminal.hex("80AA000004A9028100"), "9000");
    assert_eq!(terminal.hex(&select(0, ISDR)), "6A82");
    assert_eq!(terminal.hex("80AA000005A903830107"), "9000");
    assert_eq!(terminal.hex(&select(0, ISDR)), "6121");
    terminal.card.reset().unwrap();
    assert_eq!(terminal.hex(&select(0, ISDR)), "6A82");
}

#[test]
fn vendors_have_their_own_aids() {
    let aid = "A06573746B6D65FFFF4953442D522030";
    let mut terminal = terminal_with(|config| config.quirks.extra_isdr_aids = vec![aid.to_owned()]);
    assert_eq!(terminal.hex(&select(1, aid)), "6121");
    assert!(terminal.hex("01C0000021").contains(aid));
}

#[test]
fn some_have_their_own_aid_only() {
    let aid = "A0000005591010000000008900000300";
    let mut terminal = silent_terminal_with(|quirks| {
        quirks.extra_isdr_aids = vec![aid.to_owned()];
        quirks.without_standard_aid = true;
    });
    assert_eq!(terminal.hex(&select(0, ISDR)), "6A82");
    assert_eq!(terminal.hex(&select(0, aid)), "6121");
}

#[test]
fn store_data_needs_the_isdr() {
    let mut terminal = terminal();
    assert_eq!(terminal.hex("80E2910003BF2E00"), "6D00");
    assert_eq!(terminal.hex("01E2910003BF2E00"), "6E00");
    assert_eq!(terminal.hex("81E3910003BF2E00"), "6D00");
    assert_eq!(terminal.hex("85E2910003BF2E00"), "6882");
    assert_eq!(terminal.hex("A1E2910003BF2E00"), "6E00");
    assert_eq!(terminal.hex("81E2910003BF2E0000"), "6115");
}

#[test]
fn a_failed_selection_keeps_the_isdr_selected() {
    let mut terminal = terminal();
    assert_eq!(terminal.hex("01A404000410101010"), "6A82");
    assert_eq!(terminal.hex("81E2910003BF2E00"), "6115");
}

#[test]
fn get_response_wants_the_right_channel_and_length() {
    let mut terminal = terminal();
    assert_eq!(terminal.hex("0070000001"), "029000");
    assert_eq!(terminal.hex("81E2910003BF2E00"), "6115");
    assert_eq!(terminal.hex("02C0000015"), "6985");
    assert_eq!(terminal.hex("01C0000000"), "6C15");
    assert_eq!(terminal.hex("01C0000115"), "6A86");
    // Both class octets are heard: ISO's and the command's own.
    assert!(terminal.hex("01C0000005").ends_with("6110"));
    assert!(terminal.hex("81C0000010").ends_with("9000"));
    assert_eq!(terminal.hex("01C0000010"), "6985");
}

#[test]
fn another_command_throws_a_waiting_answer_away() {
    let mut terminal = terminal();
    assert_eq!(terminal.hex("81E2910003BF2E00"), "6115");
    assert_eq!(terminal.hex("80F2000C00"), "9000");
    assert_eq!(terminal.hex("01C0000015"), "6985");
}

#[test]
fn blocks_must_come_in_order() {
    let mut terminal = terminal();
    for (command, expected) in [
        ("81E2110002BF2E", "9000"),
        ("81E291020100", "6A86"),
        ("81E291010100", "6985"),
        ("81E2110002BF2E", "9000"),
        ("81E290010100", "6A86"),
        ("81E2110002BF2E", "9000"),
        ("81E291010100", "6115"),
        ("81E2910000", "6700"),
        ("81E2910003BF2E", "6700"),
    ] {
        assert_eq!(terminal.hex(command), expected, "{command}");
    }
}

#[test]
fn each_channel_has_its_own_chain() {
    let mut terminal = terminal();
    assert_eq!(terminal.hex("0070000001"), "029000");
    assert_eq!(terminal.hex(&select(2, ISDR)), "6121");
    assert_eq!(terminal.hex("81E2110002BF2E"), "9000");
    assert_eq!(terminal.hex("82E2110002BF3C"), "9000");
    assert_eq!(terminal.hex("81E291010100"), "6115");
    assert_eq!(terminal.hex("82E291010100"), "611D");
    // Selecting anew forgets a chain; closing the channel does too.
    assert_eq!(terminal.hex("81E2110002BF2E"), "9000");
    assert_eq!(terminal.hex(&select(1, ISDR)), "6121");
    assert_eq!(terminal.hex("81E291010100"), "6985");
}

#[test]
fn a_command_may_not_be_longer_than_the_cards_buffer() {
    let mut terminal = terminal_with(|config| config.command_buffer = 300);
    let block = "00".repeat(200);
    assert_eq!(terminal.hex(&format!("81E21100C8{block}")), "9000");
    assert_eq!(terminal.hex(&format!("81E21101C8{block}")), "6A84");
}

#[test]
fn unknown_functions_and_broken_elements_are_told_apart() {
    let mut terminal = terminal();
    assert_eq!(terminal.refuse("BF4400"), "6A88");
    assert_eq!(terminal.refuse("BF7F00"), "6A88");
    assert_eq!(terminal.refuse("3000"), "6A88");
    for broken in ["BF", "BF2E", "BF2E01", "BF2E8000", "BF2E0000", "BF2980", "BF290100"] {
        assert_eq!(terminal.refuse(broken), "6A80", "{broken}");
    }
}

#[test]
fn toolkit_commands_of_a_terminal_are_heard() {
    let mut terminal = terminal();
    assert_eq!(terminal.hex("8010000003FFFFFF"), "9000");
    assert_eq!(terminal.hex("80F2000C00"), "9000");
    assert_eq!(terminal.hex("80F2000000"), "6A86");
    assert_eq!(terminal.hex("801200000B"), "6985");
    assert_eq!(terminal.hex("8014000001FF"), "6985");
    assert_eq!(terminal.hex("80AA000002A905"), "6A80");
}
