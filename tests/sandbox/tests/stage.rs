//! The stage does what its lines say, the same in every run, and refuses lines that mean nothing.

use std::sync::mpsc::channel;
use std::time::Duration;

use lpakit::card::{CardChannel, PortError, RawCard};
use lpakit::clock::Clock;
use lpakit_sandbox::stage::{Stage, StageCard, StageError};

const MANAGE_CHANNEL: [u8; 5] = [0x00, 0x70, 0x00, 0x00, 0x01];
const EMPTY: &str = "profiles=[] notifications=[] session=none default_server=set";

fn ok(stage: &Stage, line: &str) {
    assert_eq!(stage.act(line).unwrap(), "ok", "{line}");
}

/// GetEID over the channels of a phone.
fn eid(card: &StageCard) -> Vec<u8> {
    let mut phone = card.channels();
    let channel = phone.open(lpakit::card::ISDR_AID).unwrap();
    let get_eid = [0x81, 0xE2, 0x91, 0x00, 0x06, 0xBF, 0x3E, 0x03, 0x5C, 0x01, 0x5A];
    let announced = phone.transmit(channel, &get_eid).unwrap();
    let [0x61, length] = announced[..] else { panic!("{announced:02X?}") };
    phone.transmit(channel, &[0x81, 0xC0, 0x00, 0x00, length]).unwrap()
}

#[test]
fn a_line_that_means_nothing_is_refused_and_changes_nothing() {
    let stage = Stage::new().unwrap();
    for line in [
        "",
        "dance",
        "order colour=red",
        "order iccid=7",
        "card",
        "card pull hard",
        "card quirk flies",
        "card quirk cat_busy=often",
        "server tls strange",
        "misbehave cancelSession badly",
        "misbehave cancel html",
        "fault net GetEid cut",
        "fault card GetEid lost_before",
        "fault cards GetEid cut",
        "hold card cancelSession",
        "wait cancelSession often",
        "clock tomorrow",
        "state cards",
    ] {
        assert!(matches!(stage.act(line), Err(StageError::Unknown(_))), "{line:?}");
    }
    assert!(matches!(stage.act("state card 2"), Err(StageError::NoCard(2))));
    assert!(matches!(stage.act("card 3"), Err(StageError::NoCard(3))));
    assert!(matches!(stage.act("release"), Err(StageError::NobodyHeld)));
    assert_eq!(stage.act("state card").unwrap(), EMPTY);
    assert_eq!(stage.act("counts").unwrap(), "apdus=0 requests=0");
}

#[test]
fn orders_are_named_by_their_number() {
    let stage = Stage::new().unwrap();
    let first = stage.act("order code=1234 ppr=1,2 name=Travel in winter").unwrap();
    assert_eq!(first, "LPA:1$smdpplus.sandbox.test$ORDER-1$$1");
    ok(&stage, "order smds");
    assert_eq!(stage.act("order iccid=1").unwrap(), "LPA:1$smdpplus.sandbox.test$ORDER-3");
    let orders = "orders=[Travel in winter:released,Travel 5 GB:released,Travel 5 GB:released]";
    let state = stage.act("state server").unwrap();
    assert_eq!(state, format!("{orders} received=[] sessions=0"));
}

#[test]
fn cards_are_others_and_the_same_on_every_stage() {
    let (stage, again) = (Stage::new().unwrap(), Stage::new().unwrap());
    assert!(matches!(stage.card(2), Err(StageError::NoCard(2))));
    ok(&stage, "card 2");
    let [first, second] = [1, 2].map(|number| eid(&stage.card(number).unwrap()));
    assert_ne!(first, second);
    assert_eq!(first, eid(&again.card(1).unwrap()));
    assert_eq!(stage.test_ci(), again.test_ci());
    // On each: TERMINAL CAPABILITY, MANAGE CHANNEL, SELECT, STORE DATA, GET RESPONSE.
    assert_eq!(stage.act("counts").unwrap(), "apdus=10 requests=0");
    assert_eq!(stage.act("counts").unwrap(), "apdus=0 requests=0");
}

#[test]
fn a_card_is_out_until_it_is_back_and_faults_come_at_their_moment() {
    let stage = Stage::new().unwrap();
    let mut card = stage.card(1).unwrap();
    ok(&stage, "card pull");
    assert_eq!(RawCard::transmit(&mut card, &MANAGE_CHANNEL), Err(PortError::CardGone));
    assert_eq!(card.reset(), Err(PortError::CardGone));
    ok(&stage, "card insert");
    assert_eq!(card.transmit(&MANAGE_CHANNEL).unwrap(), [0x01, 0x90, 0x00]);
    ok(&stage, "fault card 2 status=6985");
    assert_eq!(card.transmit(&MANAGE_CHANNEL).unwrap(), [0x02, 0x90, 0x00]);
    assert_eq!(card.transmit(&MANAGE_CHANNEL).unwrap(), [0x69, 0x85]);
    ok(&stage, "fault card 1 power_after");
    assert_eq!(card.transmit(&MANAGE_CHANNEL), Err(PortError::CardGone));
    // It has started again, without channels.
    ok(&stage, "fault card 2 cut");
    assert_eq!(card.transmit(&MANAGE_CHANNEL).unwrap(), [0x01, 0x90, 0x00]);
    assert_eq!(card.transmit(&MANAGE_CHANNEL).unwrap(), [0x02]);
    ok(&stage, "fault card 1 channel_lost");
    assert_eq!(card.transmit(&MANAGE_CHANNEL).unwrap(), [0x01, 0x90, 0x00]);
    ok(&stage, "fault card 1 removed");
    assert_eq!(card.transmit(&MANAGE_CHANNEL), Err(PortError::CardGone));
    assert_eq!(card.transmit(&MANAGE_CHANNEL), Err(PortError::CardGone), "and stays out");
}

#[test]
fn a_command_is_held_until_it_is_released() {
    let stage = Stage::new().unwrap();
    ok(&stage, "hold card 2");
    let card = stage.card(1).unwrap();
    let (tell, told) = channel();
    let thread = std::thread::spawn(move || {
        for _ in 0..2 {
            tell.send(card.transmit(&MANAGE_CHANNEL)).unwrap();
        }
    });
    ok(&stage, "wait held");
    assert_eq!(told.recv().unwrap().unwrap(), [0x01, 0x90, 0x00]);
    assert!(told.try_recv().is_err());
    assert_eq!(stage.act("state card").unwrap(), EMPTY, "it can be looked at meanwhile");
    ok(&stage, "release");
    assert_eq!(stage.act("counts").unwrap(), "apdus=2 requests=0", "it is done");
    assert_eq!(told.recv().unwrap().unwrap(), [0x02, 0x90, 0x00]);
    thread.join().unwrap();
}

#[test]
fn a_stage_that_ends_lets_go_whom_it_held() {
    let stage = Stage::new().unwrap();
    ok(&stage, "hold card 1");
    let card = stage.card(1).unwrap();
    let thread = std::thread::spawn(move || card.transmit(&MANAGE_CHANNEL));
    ok(&stage, "wait held");
    drop(stage);
    assert!(thread.join().unwrap().is_ok());
}

#[tokio::test]
async fn servers_come_and_go_at_the_same_address() {
    let stage = Stage::new().unwrap();
    let addresses = stage.connect_to();
    let (_, smdp) = addresses[0].clone();
    assert!(tokio::net::TcpStream::connect(smdp).await.is_ok());
    ok(&stage, "server stop");
    ok(&stage, "server stop");
    assert!(tokio::net::TcpStream::connect(smdp).await.is_err());
    ok(&stage, "server start");
    ok(&stage, "server tls expired");
    assert!(tokio::net::TcpStream::connect(smdp).await.is_ok());
    assert_eq!(stage.connect_to(), addresses);
    // Within another runtime it may be dropped as well.
}

#[tokio::test]
async fn its_clock_stands_still_until_it_is_told_to_go_on() {
    let stage = Stage::new().unwrap();
    let clock = stage.clock();
    let waiting = tokio::spawn(clock.sleep(Duration::from_secs(300)));
    ok(&stage, "clock until 5m");
    ok(&stage, "clock 299s");
    assert!(!waiting.is_finished());
    ok(&stage, "clock 1s");
    waiting.await.unwrap();
    ok(&stage, "clock hurry");
    clock.sleep(Duration::from_secs(60)).await;
    assert_eq!(clock.passed(), Duration::from_secs(360));
}

#[test]
fn a_plane_shows_the_code_between_gaps() {
    use lpakit::activation_code::ParseOptions;
    use lpakit::qr::{LuminancePlane, scan_activation_code};
    let stage = Stage::new().unwrap();
    let key = |text: &str| {
        let plane = stage.qr_plane(text).unwrap();
        let (width, height) = (plane.width, plane.height);
        let plane =
            LuminancePlane::new(&plane.data, width, height, plane.row_stride, plane.pixel_stride);
        scan_activation_code(&plane.unwrap(), &ParseOptions::strict())
            .map(|code| code.matching_id().as_str().to_owned())
            .map_err(|error| error.key())
    };
    assert_eq!(key("LPA:1$smdp.example.com$TOKEN"), Ok("TOKEN".to_owned()));
    assert_eq!(key(""), Err("qr.no_qr_code"));
    assert!(matches!(stage.qr_plane(&"x".repeat(3000)), Err(StageError::Unknown(_))));
}
