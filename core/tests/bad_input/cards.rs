//! Cards that answer anything, to every ES10 function, in readers and in phones.

use lpakit::card::{CardError, CardHints, PortAbilities, PortError};
use lpakit::es10::Es10;
use lpakit::rsp::Object;
use lpakit::rsp::chip::{ConfiguredAddresses, EuiccInfo2};
use lpakit::rsp::profiles::{ProfileInfo, ProfileInfoListResponse};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::card::{Card, FUNCTIONS, Reply, load};
use crate::damage;

/// The longest answer that is taken.
const MAX_ANSWER: usize = 256 * 1024;
/// The most commands for one function of one block. The worst card lets lpakit collect a whole answer in octets, twice
/// asking for another Le, and then spoils it, for each size of block, the second try, the try with Le and the second
/// reading.
const PATIENCE: usize = 9 * 2 * (2048 + 2) + 100;

const EID: &str = "BF3E125A1089049032123451234512345678901235";

fn hex(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

/// Answers that belong to some function.
fn good_answers() -> Vec<Vec<u8>> {
    let profiles = vec![ProfileInfo::default(); 3];
    let mut answers = vec![
        EuiccInfo2::default().encode(),
        ConfiguredAddresses::default().encode(),
        ProfileInfoListResponse::Profiles(profiles).encode(),
    ];
    let small = [
        EID,
        "BF2E1280102A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A",
        "BF4315A013301180020560A10730058003EEEEEE82020780",
        "BF28818EA081",
        "BF2D03810101",
        "BF3103800100",
        "BF3203800105",
        "BF330380017F",
        "BF3403800101",
        "BF3F03800100",
        "BF2903800100",
        "BF3003800100",
        "BF280381017F",
        "BF2B03A00000",
        "BF2B038101",
        "BF41038101",
        "BF3808A106800105020101",
        "BF2108A106800105020101",
    ];
    answers.extend(small.map(hex));
    answers
}

fn data() -> impl Strategy<Value = Vec<u8>> {
    let damaged = (select(good_answers()), damage::some());
    prop_oneof![
        2 => Just(Vec::new()),
        3 => select(good_answers()),
        4 => damaged.prop_map(|(answer, damage)| damage::apply(answer, &damage)),
        2 => vec(any::<u8>(), 0..300),
    ]
}

fn status() -> impl Strategy<Value = u16> {
    let known = vec![
        0x9000, 0x9110, 0x91FF, 0x6100, 0x6110, 0x61FF, 0x6C00, 0x6C10, 0x6601, 0x6985, 0x6881,
        0x6A80, 0x6A81, 0x6A82, 0x6D00, 0x6E00, 0x6700, 0x6F00, 0x9300,
    ];
    prop_oneof![4 => Just(0x9000), 6 => select(known), 1 => any::<u16>()]
}

fn reply() -> impl Strategy<Value = Reply> {
    let errors = vec![
        PortError::CardGone,
        PortError::Busy,
        PortError::NoSuchApplication,
        PortError::Failed,
        PortError::Timeout,
    ];
    prop_oneof![
        8 => (data(), status()).prop_map(|(data, status)| Reply::Data(data, status)),
        4 => data().prop_map(Reply::Announced),
        1 => vec(any::<u8>(), 0..3).prop_map(Reply::Octets),
        1 => select(errors).prop_map(Reply::Fails),
    ]
}

fn abilities() -> impl Strategy<Value = PortAbilities> {
    (any::<u8>(), any::<[bool; 5]>()).prop_map(|(max_command_data, does)| PortAbilities {
        max_command_data,
        wants_le: does[0],
        handles_get_response: does[1],
        handles_proactive: does[2],
        sets_channel_in_class: does[3],
        can_reset: does[4],
    })
}

/// A card in a reader that always answers the same, and what a function makes of it.
fn always(reply: Reply, abilities: PortAbilities) -> (Vec<Result<(), CardError>>, usize) {
    let mut most = 0;
    let results = FUNCTIONS.map(|(_, function)| {
        let card = Card::new(vec![reply.clone()], abilities, PATIENCE);
        let result = function(&mut Es10::new(&mut card.channel(None)));
        most = most.max(card.sent());
        result
    });
    (results.into(), most)
}

#[test]
fn answers_without_end_are_cut_off() {
    let endless = [
        // More is announced each time, and something comes or nothing does.
        (Reply::Data(vec![0x55; 256], 0x6100), MAX_ANSWER / 256 + 8),
        (Reply::Data(Vec::new(), 0x61FF), 2 * MAX_ANSWER / 256 + 8),
    ];
    for (reply, most) in endless {
        let (results, sent) = always(reply, PortAbilities::PLAIN);
        assert!(results.iter().all(|result| *result == Err(CardError::AnswerTooLong)));
        assert!(sent <= most, "{sent} commands");
    }
    // Another length is wanted each time; the answer is garbled each time; a proactive command waits each time.
    for status in [0x6C00, 0x6601, 0x9110, 0x6881, 0x6985] {
        let (results, sent) = always(Reply::Data(Vec::new(), status), PortAbilities::READER);
        assert!(results.iter().all(Result::is_err), "{status:X}");
        assert!(sent < 200, "{status:X}: {sent} commands");
    }
}

#[test]
fn an_announcement_in_the_middle_of_a_command_is_not_followed_for_ever() {
    // Each block is answered with as many announcements as are borne, and taken then.
    let mut replies = vec![Reply::Data(Vec::new(), 0x61FF); 2040];
    replies.push(Reply::Data(Vec::new(), 0x9000));
    let (name, long) = FUNCTIONS[3];
    assert_eq!(name, "AuthenticateServer");
    let card = Card::new(replies, PortAbilities::PLAIN, PATIENCE);
    let result = long(&mut Es10::new(&mut card.channel(None)));
    assert_eq!(result, Err(CardError::AnswerTooLong));
    assert!(card.sent() < 2 * 2048 + 100, "{} commands", card.sent());
}

#[test]
fn a_port_that_fetches_answers_itself_may_not_bring_more_either() {
    let fetches = PortAbilities { handles_get_response: true, ..PortAbilities::PLAIN };
    let (results, _) = always(Reply::Data(vec![0x55; MAX_ANSWER + 1], 0x9000), fetches);
    assert!(results.iter().all(|result| *result == Err(CardError::AnswerTooLong)));
}

#[test]
fn whatever_was_remembered_of_a_card_it_is_read() {
    for block_size in [0, 1, 5, 62, 255] {
        for le in [false, true] {
            let answer = vec![Reply::Data(hex(EID), 0x9000)];
            let card = Card::new(answer, PortAbilities::READER, PATIENCE);
            let mut channel = card.channel(Some(CardHints { block_size, le }));
            assert!(Es10::new(&mut channel).get_eid().is_ok(), "{block_size}");
        }
    }
}

proptest! {
    #[test]
    fn every_function_comes_to_an_end(
        replies in vec(reply(), 1..12), abilities in abilities(), opens in prop::bool::weighted(0.8),
    ) {
        for (name, function) in FUNCTIONS {
            let mut card = Card::new(replies.clone(), abilities, 4 * PATIENCE);
            card.opens = opens;
            let mut channel = card.channel(None);
            let result = function(&mut Es10::new(&mut channel));
            if let Err(error) = result {
                let error = lpakit::Error::from(error);
                prop_assert!(lpakit::messages::meaning(error.key()).is_some(), "{name}: {}", error.key());
            }
        }
    }

    #[test]
    fn loading_comes_to_an_end(replies in vec(reply(), 1..40), abilities in abilities()) {
        let card = Card::new(replies, abilities, 20 * PATIENCE);
        let _ = load(&mut Es10::new(&mut card.channel(None)));
    }

    #[test]
    fn all_isdrs_are_looked_for_on_any_card(replies in vec(reply(), 1..12), opens in any::<bool>()) {
        let mut card = Card::new(replies, PortAbilities::READER, PATIENCE);
        card.opens = opens;
        let _ = card.channel(None).find_all();
        let mut channel = card.channel(None);
        let _ = (channel.ensure_open(), channel.after_switch(), channel.reset());
    }

    #[test]
    fn proactive_commands_do_no_harm_to_the_answer_before(
        fetched in prop_oneof![
            vec(any::<u8>(), 0..80),
            ("[0-9A-F]{2}", damage::some()).prop_map(|(kind, damage)| {
                damage::apply(hex(&format!("D00B8103 01{kind}00 820281829900").replace(' ', "")), &damage)
            }),
        ],
        lengths in vec(any::<u8>(), 1..12),
    ) {
        // TERMINAL CAPABILITY, GetEID, and from then on FETCH and TERMINAL RESPONSE.
        let mut replies = vec![
            Reply::Data(Vec::new(), 0x9000),
            Reply::Data(hex(EID), 0x9110),
        ];
        for length in lengths {
            replies.push(Reply::Data(fetched.clone(), 0x9000));
            replies.push(Reply::Data(Vec::new(), 0x9100 | u16::from(length)));
        }
        let card = Card::new(replies, PortAbilities::READER, PATIENCE);
        let mut channel = card.channel(None);
        prop_assert!(Es10::new(&mut channel).get_eid().is_ok());
        // Three to open, one to ask, eight proactive commands at most.
        prop_assert!(card.sent() <= 3 + 1 + 2 * 8);
    }
}
