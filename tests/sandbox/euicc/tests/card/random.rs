//! Whatever comes over the contacts, the card answers and lives.

use proptest::collection::vec;
use proptest::prelude::*;

use lpakit_sandbox_euicc::config::{GetResponseClass, ToolkitCommand};

use crate::support::{ICCID, Profile, Recipe, Server, Terminal, silent_terminal_with, terminal};

/// Instructions that do something, more often than chance would have it.
fn apdu() -> impl Strategy<Value = Vec<u8>> {
    let class = prop_oneof![Just(0x00), Just(0x01), Just(0x80), Just(0x81), any::<u8>()];
    let instruction = prop_oneof![
        Just(0x70),
        Just(0xA4),
        Just(0xC0),
        Just(0xE2),
        Just(0x12),
        Just(0x14),
        Just(0xAA),
        any::<u8>()
    ];
    let p1 = prop_oneof![Just(0x91), Just(0x11), Just(0x00), Just(0x80), Just(0x04), any::<u8>()];
    let header = (class, instruction, p1, 0_u8..4);
    (header, vec(any::<u8>(), 0..40), any::<bool>()).prop_map(|(header, data, exact)| {
        let (class, instruction, p1, p2) = header;
        let mut apdu = vec![class, instruction, p1, p2];
        if exact {
            apdu.push(data.len() as u8);
        }
        apdu.extend(data);
        apdu
    })
}

/// A command with a known tag, a right outer length and random content.
fn es10() -> impl Strategy<Value = Vec<u8>> {
    let tags = [
        "BF20", "BF21", "BF22", "BF28", "BF29", "BF2B", "BF2D", "BF2E", "BF30", "BF31", "BF32",
        "BF33", "BF34", "BF35", "BF36", "BF38", "BF3C", "BF3E", "BF3F", "BF41", "BF42", "BF43",
        "A0", "A1", "A2", "A3", "86", "87", "88",
    ];
    (prop::sample::select(tags.to_vec()), vec(any::<u8>(), 0..60)).prop_map(|(tag, content)| {
        let mut command = hex::decode(tag).unwrap();
        command.push(content.len() as u8);
        command.extend(content);
        command
    })
}

/// Answers as a card must: a status word, and nothing but it unless all is well.
fn check(response: &[u8]) {
    let (data, status) = response.split_last_chunk::<2>().expect("a status word");
    assert!(data.is_empty() || matches!(status[0], 0x90 | 0x91 | 0x61), "{status:02X?}");
    assert!(data.len() <= 256);
    assert!(matches!(status[0], 0x61 | 0x65..=0x6E | 0x90 | 0x91 | 0x93), "{status:02X?}");
}

fn in_the_middle_of_a_load() -> Terminal {
    let mut terminal = terminal();
    let server = Server::ready(1, &mut terminal);
    let segments = server.bind(&Recipe::new(&Profile::new(ICCID))).segments();
    for segment in &segments[..5] {
        terminal.answer(segment);
    }
    terminal
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn random_apdus(apdus in vec(apdu(), 1..60)) {
        let mut terminal = terminal();
        for apdu in apdus {
            check(&terminal.card.transmit(&apdu));
        }
    }

    #[test]
    fn random_apdus_to_an_odd_card(apdus in vec(apdu(), 1..60), odd in 0_u8..8) {
        let mut terminal = silent_terminal_with(|quirks| {
            quirks.largest_block = Some(30);
            quirks.answers_only_with_le = odd & 1 != 0;
            quirks.answers_directly = odd & 2 != 0;
            quirks.wrong_le = odd & 4 != 0;
            quirks.get_response_class = Some(GetResponseClass::Command);
            quirks.stale_channels = 1;
            quirks.toolkit_busy = 3;
            quirks.announces_refresh = true;
            quirks.toolkit_at_start = vec![ToolkitCommand::MoreTime];
        });
        for apdu in apdus {
            check(&terminal.card.transmit(&apdu));
        }
        prop_assert_eq!(terminal.card.status().unwrap().fault(), None);
    }

    #[test]
    fn random_octets(octets in vec(any::<u8>(), 0..300)) {
        check(&terminal().card.transmit(&octets));
    }

    #[test]
    fn random_es10_commands_in_the_middle_of_a_load(commands in vec(es10(), 1..20)) {
        let mut terminal = in_the_middle_of_a_load();
        for command in commands {
            let (_, status) = terminal.es10(&command);
            prop_assert!(status != 0);
        }
        prop_assert_eq!(terminal.card.status().unwrap().fault(), None);
    }

    #[test]
    fn a_request_changed_in_one_place(at in 0_usize..700, change in 1_u8..=255) {
        let mut terminal = terminal();
        let challenge = Server::challenge(&mut terminal);
        let request = Server::new(1).authenticate_request(challenge);
        let mut command = lpakit_rsp::Object::encode(&request);
        let length = command.len();
        // The device's part at the end is not the server's and not signed.
        let signed = length - 20;
        command[at % signed] ^= change;
        let (data, status) = terminal.es10(&command);
        let accepted = status == 0x9000 && data.get(4..).is_some_and(|data| data.contains(&0x37))
            && lpakit_rsp::tlv::Tlv::parse(&data).is_ok_and(|tlv| tlv.value.first() == Some(&0xA0));
        prop_assert!(!accepted);
    }
}
