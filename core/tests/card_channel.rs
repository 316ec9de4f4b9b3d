//! The card side against scripted ports: every command octet that leaves, for every habit of cards and readers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use lpakit::card::{
    CardChannel, CardError, CardHints, CardPort, ISDR_AID, IsdrChannel, OpenChannel, PortAbilities,
    PortError, RawCard, StatusWord, known_isdr_aids,
};
use lpakit::es10::Es10;
use lpakit::rsp::identifiers::Aid;

type Exchange = (Vec<u8>, Result<Vec<u8>, PortError>);

fn hex(text: &str) -> Vec<u8> {
    hex::decode(text.replace(' ', "")).unwrap()
}

/// Exchanges that must happen, in this order: command, and answer or failure.
#[derive(Clone, Default)]
struct Script(Arc<Mutex<VecDeque<Exchange>>>);

impl Script {
    fn then(self, command: &str, answer: &str) -> Self {
        self.0.lock().unwrap().push_back((hex(command), Ok(hex(answer))));
        self
    }

    fn then_fails(self, command: &str, error: PortError) -> Self {
        self.0.lock().unwrap().push_back((hex(command), Err(error)));
        self
    }

    fn play(&self, command: &[u8]) -> Result<Vec<u8>, PortError> {
        let next = self.0.lock().unwrap().pop_front();
        let unexpected = || panic!("unexpected {}", hex::encode(command));
        let (expected, answer) = next.unwrap_or_else(unexpected);
        assert_eq!(hex::encode(command), hex::encode(expected));
        answer
    }

    fn is_over(&self) -> bool {
        self.0.lock().unwrap().is_empty()
    }
}

struct Channels {
    script: Script,
    abilities: PortAbilities,
    number: u8,
    aids: Vec<Vec<u8>>,
}

impl CardChannel for Channels {
    fn abilities(&self) -> PortAbilities {
        self.abilities
    }

    fn open(&mut self, aid: &[u8]) -> Result<OpenChannel, PortError> {
        if self.aids.iter().any(|known| known == aid) {
            Ok(OpenChannel { number: self.number })
        } else {
            Err(PortError::NoSuchApplication)
        }
    }

    fn transmit(&mut self, channel: OpenChannel, command: &[u8]) -> Result<Vec<u8>, PortError> {
        assert_eq!(channel.number, self.number);
        self.script.play(command)
    }

    fn close(&mut self, _channel: OpenChannel) {}
}

fn standard_aid() -> Vec<Aid> {
    vec![Aid::from_octets(ISDR_AID).unwrap()]
}

fn channel_with(script: &Script, number: u8, abilities: PortAbilities) -> IsdrChannel {
    let aids = vec![ISDR_AID.to_vec()];
    let port = Channels { script: script.clone(), abilities, number, aids };
    IsdrChannel::new(CardPort::Channels(Box::new(port)), standard_aid(), None)
}

fn channel(script: &Script) -> IsdrChannel {
    channel_with(script, 1, PortAbilities::PLAIN)
}

const GET_EID: &str = "81E2910006 BF3E035C015A";
const EID: &str = "BF3E12 5A10 89049032123451234512345678901235";

fn eid_answer() -> String {
    format!("{EID} 9000")
}

#[test]
fn a_command_is_one_block_and_its_answer_may_be_announced() {
    let script = Script::default().then(GET_EID, "6115").then("01C0000015", &eid_answer());
    let mut channel = channel(&script);
    let eid = Es10::new(&mut channel).get_eid().unwrap();
    assert_eq!(eid.to_string(), "89049032123451234512345678901235");
    assert!(script.is_over());
    let stats = channel.stats();
    assert_eq!((stats.apdus, stats.bytes_out, stats.bytes_in), (4, 11 + 5, 2 + 23));
}

#[test]
fn a_long_command_goes_in_blocks_of_255() {
    let command = [vec![0xBF, 0x35, 0x82, 0x01, 0x04], vec![7; 0x104]].concat();
    let blocks: Vec<String> = command.chunks(255).map(hex::encode).collect();
    let script = Script::default()
        .then(&format!("81E21100FF {}", blocks[0]), "9000")
        .then(&format!("81E291010A {}", blocks[1]), "8100 9000");
    assert_eq!(channel(&script).exchange(&command).unwrap(), hex("8100"));
    assert!(script.is_over());
}

#[test]
fn a_port_with_small_blocks_gets_small_blocks() {
    let abilities = PortAbilities { max_command_data: 4, ..PortAbilities::PLAIN };
    let script = Script::default()
        .then("81E2110004 BF3E035C", "9000")
        .then("81E2910102 015A", &eid_answer());
    assert!(Es10::new(&mut channel_with(&script, 1, abilities)).get_eid().is_ok());
    assert!(script.is_over());
}

#[test]
fn channels_above_three_have_their_own_class_bytes() {
    for (number, store, get) in [(3, "83", "03"), (4, "C0", "40"), (19, "CF", "4F")] {
        let script = Script::default()
            .then(&format!("{store}E2910006 BF3E035C015A"), "6115")
            .then(&format!("{get}C0000015"), &eid_answer());
        let mut channel = channel_with(&script, number, PortAbilities::PLAIN);
        assert!(Es10::new(&mut channel).get_eid().is_ok());
        assert!(script.is_over());
    }
    let by_port = PortAbilities { sets_channel_in_class: true, ..PortAbilities::PLAIN };
    let script = Script::default().then("80E2910006 BF3E035C015A", &eid_answer());
    assert!(Es10::new(&mut channel_with(&script, 5, by_port)).get_eid().is_ok());
}

#[test]
fn a_wrong_le_is_corrected_once() {
    let script =
        Script::default().then(GET_EID, "6C15").then(&format!("{GET_EID} 15"), &eid_answer());
    assert!(Es10::new(&mut channel(&script)).get_eid().is_ok());
    let script = Script::default()
        .then(GET_EID, "6100")
        .then("01C0000000", "6C15")
        .then("01C0000015", &eid_answer());
    assert!(Es10::new(&mut channel(&script)).get_eid().is_ok());
    assert!(script.is_over());
}

#[test]
fn an_answer_in_pieces_is_joined() {
    let script = Script::default()
        .then(GET_EID, "6110")
        .then("01C0000010", "BF3E125A108904903212345123451234 6105")
        .then("01C0000005", "5678901235 9000");
    assert!(Es10::new(&mut channel(&script)).get_eid().is_ok());
    assert!(script.is_over());
}

#[test]
fn a_card_that_gives_nothing_without_le_is_asked_with_le_and_remembered() {
    let script = Script::default()
        .then(GET_EID, "9000")
        .then(&format!("{GET_EID} 00"), &eid_answer())
        .then("81E2910003 BF4300 00", "BF4302A000 9000");
    let mut channel = channel(&script);
    assert!(Es10::new(&mut channel).get_eid().is_ok());
    assert!(Es10::new(&mut channel).get_rat().is_ok());
    assert_eq!(channel.hints(), CardHints { block_size: 255, le: true });
    assert!(script.is_over());
}

#[test]
fn a_command_that_changes_something_is_never_sent_twice() {
    // DeleteProfile; whether it was done shows when the card is asked.
    let delete = hex("BF330C5A0A98440521436587092143");
    let text = hex::encode(&delete);
    for answer in ["9000", "6F00", "6985"] {
        let script = Script::default().then(&format!("81E291000F{text}"), answer);
        assert!(channel(&script).command(&delete).is_err());
        assert!(script.is_over());
    }
}

#[test]
fn what_does_no_harm_twice_is_sent_twice() {
    // The second time an answer without data is asked for with Le.
    for (first, second, le) in
        [("6F00", "BF3003800100 9000", ""), ("9000", "BF3003800101 9000", "00")]
    {
        let remove = "81E2910006 BF3003800105";
        let script = Script::default().then(remove, first).then(&format!("{remove}{le}"), second);
        assert!(Es10::new(&mut channel(&script)).remove_notification(5).is_ok());
        assert!(script.is_over());
    }
}

#[test]
fn an_error_status_ends_the_command() {
    let script = Script::default().then(GET_EID, "6A88");
    let error = Es10::new(&mut channel(&script)).get_eid().unwrap_err();
    assert_eq!(error, CardError::Status(StatusWord(0x6A88)));
}

/// A card that always has more to say.
struct Endless;

impl CardChannel for Endless {
    fn abilities(&self) -> PortAbilities {
        PortAbilities::PLAIN
    }

    fn open(&mut self, _aid: &[u8]) -> Result<OpenChannel, PortError> {
        Ok(OpenChannel { number: 1 })
    }

    fn transmit(&mut self, _: OpenChannel, _: &[u8]) -> Result<Vec<u8>, PortError> {
        Ok([vec![0; 256], vec![0x61, 0x00]].concat())
    }

    fn close(&mut self, _channel: OpenChannel) {}
}

#[test]
fn a_card_that_announces_for_ever_is_not_followed() {
    let port = CardPort::Channels(Box::new(Endless));
    let mut channel = IsdrChannel::new(port, standard_aid(), None);
    assert_eq!(Es10::new(&mut channel).get_eid().unwrap_err(), CardError::AnswerTooLong);
}

#[test]
fn a_command_of_more_than_256_blocks_is_refused_before_it_starts() {
    let script = Script::default();
    let mut channel = channel(&script);
    assert_eq!(channel.exchange(&vec![0; 256 * 255 + 1]).unwrap_err(), CardError::CommandTooLong);
    assert_eq!(channel.exchange(&[]).unwrap_err(), CardError::CommandTooLong);
}

#[test]
fn after_a_lost_card_the_channel_is_opened_anew() {
    let script = Script::default()
        .then_fails(GET_EID, PortError::CardGone)
        .then(GET_EID, &eid_answer())
        // What changes something is not sent a second time: the card may have done it.
        .then_fails("81E291000F BF330C5A0A98440521436587092143", PortError::CardGone)
        .then(GET_EID, &eid_answer());
    let mut channel = channel(&script);
    assert!(Es10::new(&mut channel).get_eid().is_ok());
    let error = channel.command(&hex("BF330C5A0A98440521436587092143")).unwrap_err();
    assert_eq!(error, CardError::Port(PortError::CardGone));
    assert!(Es10::new(&mut channel).get_eid().is_ok());
    assert!(script.is_over());
}

#[test]
fn the_aids_are_tried_in_order() {
    let with = |script: &Script, aids: Vec<Vec<u8>>| {
        let abilities = PortAbilities::PLAIN;
        let port = Channels { script: script.clone(), abilities, number: 1, aids };
        IsdrChannel::new(CardPort::Channels(Box::new(port)), known_isdr_aids(), None)
    };
    let script = Script::default().then(GET_EID, &eid_answer());
    let mut channel = with(&script, vec![hex("A0000005591010000000008900000300")]);
    assert!(Es10::new(&mut channel).get_eid().is_ok());
    let mut channel = with(&script, Vec::new());
    assert_eq!(Es10::new(&mut channel).get_eid().unwrap_err(), CardError::NoIsdr);
}

struct Raw {
    script: Script,
    resets: Arc<Mutex<u32>>,
}

impl RawCard for Raw {
    fn abilities(&self) -> PortAbilities {
        PortAbilities { handles_proactive: false, can_reset: true, ..PortAbilities::PLAIN }
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, PortError> {
        self.script.play(command)
    }

    fn reset(&mut self) -> Result<(), PortError> {
        *self.resets.lock().unwrap() += 1;
        Ok(())
    }
}

const INTRODUCTION: &str = "80AA00000A A9088100820101830107";
const OPEN: &str = "0070000001";
const CLOSE: &str = "0070800100";
const SELECT: &str = "01A4040010 A0000005591010FFFFFFFF8900000100";

fn raw_channel(script: &Script) -> (IsdrChannel, Arc<Mutex<u32>>) {
    let resets = Arc::new(Mutex::new(0));
    let card = Raw { script: script.clone(), resets: Arc::clone(&resets) };
    (IsdrChannel::new(CardPort::Raw(Box::new(card)), standard_aid(), None), resets)
}

#[test]
fn a_raw_card_is_introduced_once_and_its_channel_closed() {
    let script = Script::default()
        .then(INTRODUCTION, "6D00")
        .then(OPEN, "01 9000")
        .then(SELECT, "6125")
        .then(GET_EID, &eid_answer())
        .then(CLOSE, "9000")
        .then(OPEN, "01 9000")
        .then(SELECT, "9000")
        .then(GET_EID, &eid_answer())
        .then(CLOSE, "9000");
    let (mut channel, _) = raw_channel(&script);
    assert!(Es10::new(&mut channel).get_eid().is_ok());
    channel.close();
    assert!(Es10::new(&mut channel).get_eid().is_ok());
    assert_eq!(channel.stats().apdus, 8);
    drop(channel);
    assert!(script.is_over());
}

#[test]
fn a_raw_card_without_an_isdr_keeps_no_channel_open() {
    let script = Script::default()
        .then(INTRODUCTION, "9000")
        .then(OPEN, "01 9000")
        .then(SELECT, "6A82")
        .then(CLOSE, "9000");
    let (mut channel, _) = raw_channel(&script);
    assert_eq!(Es10::new(&mut channel).get_eid().unwrap_err(), CardError::NoIsdr);
    assert!(script.is_over());
}

#[test]
fn channels_that_somebody_left_open_are_given_back_when_there_is_no_other() {
    let full = || {
        let script = Script::default().then(INTRODUCTION, "9000").then(OPEN, "6A81");
        (1..=19).fold(script, |script, number| {
            let known = if number < 4 { "9000" } else { "6A86" };
            script.then(&format!("007080{number:02X}00"), known)
        })
    };
    let script = full()
        .then(OPEN, "01 9000")
        .then(SELECT, "9000")
        .then(GET_EID, &eid_answer())
        .then(CLOSE, "9000");
    let (mut channel, _) = raw_channel(&script);
    assert!(Es10::new(&mut channel).get_eid().is_ok());
    drop(channel);
    assert!(script.is_over());

    let (mut channel, _) = raw_channel(&full().then(OPEN, "6A81"));
    let error = Es10::new(&mut channel).get_eid().unwrap_err();
    assert_eq!(error, CardError::Port(PortError::NoFreeChannel));
}

#[test]
fn other_proactive_commands_are_served_and_no_reason_for_a_reset() {
    let script = Script::default()
        .then(INTRODUCTION, "910B")
        .then("801200000B", "D009 8103010202 82028182 9000")
        .then("801400000C 8103010202 82028281 830100", "9000")
        .then(OPEN, "01 9000")
        .then(SELECT, "9000")
        .then(GET_EID, &format!("{EID} 910B"))
        .then("801200000B", "D009 8103010300 82028182 910B")
        .then("801400000C 8103010300 82028281 830100", "910B")
        .then("801200000B", "D009 8103010500 82028182 9000")
        .then("801400000C 8103010500 82028281 830100", "9000")
        .then(CLOSE, "9000");
    let (mut channel, resets) = raw_channel(&script);
    assert!(Es10::new(&mut channel).get_eid().is_ok());
    assert!(!channel.refresh_pending());
    drop(channel);
    assert_eq!(*resets.lock().unwrap(), 0);
    assert!(script.is_over());
}

#[test]
fn garbled_blocks_make_smaller_ones() {
    let command = [vec![0xBF, 0x38, 0x82, 0x01, 0x2C], vec![7; 300]].concat();
    let sizes = [255, 254, 120, 63];
    for (tries, size) in sizes.into_iter().enumerate() {
        let mut script = Script::default();
        for garbled in &sizes[..tries] {
            let block = hex::encode(&command[..*garbled]);
            script = script.then(&format!("81E21100{garbled:02X}{block}"), "6601");
        }
        let blocks: Vec<&[u8]> = command.chunks(size).collect();
        for (number, block) in blocks.iter().enumerate() {
            let last = number + 1 == blocks.len();
            let (p1, answer) = if last { ("91", "BF3800 9000") } else { ("11", "9000") };
            let (length, block) = (block.len(), hex::encode(block));
            script = script.then(&format!("81E2{p1}{number:02X}{length:02X}{block}"), answer);
        }
        let mut channel = channel(&script);
        assert_eq!(channel.exchange(&command).unwrap(), hex("BF3800"));
        assert!(script.is_over());
        // A later run begins where this one ended.
        assert_eq!(usize::from(channel.hints().block_size), size);
    }
    let mut script = Script::default();
    for size in sizes {
        let block = hex::encode(&command[..size]);
        script = script.then(&format!("81E21100{size:02X}{block}"), "6601");
    }
    let error = channel(&script).exchange(&command).unwrap_err();
    assert_eq!(error, CardError::Status(StatusWord(0x6601)));
}

#[test]
fn a_forgotten_channel_is_opened_anew_and_a_changed_number_gives_the_old_one_back() {
    let script = Script::default()
        .then(INTRODUCTION, "9000")
        .then(OPEN, "01 9000")
        .then(SELECT, "9000")
        .then(GET_EID, "6881")
        .then(OPEN, "02 9000")
        .then("02A4040010 A0000005591010FFFFFFFF8900000100", "9000")
        .then(CLOSE, "9000")
        .then("82E2910006 BF3E035C015A", &eid_answer())
        .then("0070800200", "9000");
    let (mut channel, _) = raw_channel(&script);
    assert!(Es10::new(&mut channel).get_eid().is_ok());
    drop(channel);
    assert!(script.is_over());
}

#[test]
fn get_response_is_sent_in_the_commands_class_to_cards_that_want_it() {
    let script = Script::default()
        .then(GET_EID, "6115")
        .then("01C0000015", "6E00")
        .then("81C0000015", &eid_answer())
        .then(GET_EID, "6115")
        .then("81C0000015", &eid_answer());
    let mut channel = channel(&script);
    assert!(Es10::new(&mut channel).get_eid().is_ok());
    assert!(Es10::new(&mut channel).get_eid().is_ok());
    assert!(script.is_over());
}

#[test]
fn a_card_that_refuses_everything_until_it_is_reset_is_reset() {
    let script = Script::default()
        .then(INTRODUCTION, "9000")
        .then(OPEN, "01 9000")
        .then(SELECT, "9000")
        .then(GET_EID, "6985")
        .then(INTRODUCTION, "9000")
        .then(OPEN, "01 9000")
        .then(SELECT, "9000")
        .then(GET_EID, &eid_answer())
        .then(CLOSE, "9000");
    let (mut channel, resets) = raw_channel(&script);
    assert!(Es10::new(&mut channel).get_eid().is_ok());
    assert_eq!(*resets.lock().unwrap(), 1);
    drop(channel);
    assert!(script.is_over());
}

#[test]
fn a_refresh_is_fetched_answered_and_followed_by_a_reset() {
    let script = Script::default()
        .then(INTRODUCTION, "9000")
        .then(OPEN, "01 9000")
        .then(SELECT, "9000")
        .then("81E2910003 BF4300", "BF4302A000 910B")
        .then("801200000B", "D009 8103010104 82028182 9000")
        .then("801400000C 8103010104 82028281 830100", "9000");
    let (mut channel, resets) = raw_channel(&script);
    assert!(Es10::new(&mut channel).get_rat().is_ok());
    assert!(channel.refresh_pending());
    channel.after_switch().unwrap();
    assert_eq!(*resets.lock().unwrap(), 1);
    assert!(!channel.refresh_pending());
    drop(channel);
    assert!(script.is_over());
}

#[test]
fn a_channel_lost_before_get_response_is_a_lost_answer_and_no_reason_to_repeat() {
    let delete = "BF330C5A0A98440521436587092143";
    let script = Script::default()
        .then(&format!("81E291000F{delete}"), "6106")
        .then("01C0000006", "6881")
        .then(GET_EID, &eid_answer());
    let mut channel = channel(&script);
    let error = channel.command(&hex(delete)).unwrap_err();
    assert!(error.is_connection_lost());
    assert!(Es10::new(&mut channel).get_eid().is_ok());
    assert!(script.is_over());
}
