//! Cards as they really are: each quirk of the sandbox card is lived with, in a reader and in a phone.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lpakit::card::{CardPort, PortAbilities, PortError, RawCard, known_isdr_aids};
use lpakit::http::{HttpOptions, ReqwestTransport, TrustAnchors};
use lpakit::rsp::authentication::{DeviceCapabilities, DeviceInfo};
use lpakit::rsp::identifiers::Tac;
use lpakit::rsp::profiles::{ProfileId, ProfileState};
use lpakit::{ErrorKind, Lpa, LpaOptions};
use lpakit_e2e::{World, WorldOptions, installed};
use lpakit_sandbox_crypto::pki::{PkiOptions, Validity};
use lpakit_sandbox_crypto::{Eid, Pki, SeededRandom};
use lpakit_sandbox_euicc::config::{
    GetResponseClass, IccidFormFailure, LostAnswer, Quirks, ToolkitCommand, Vanishing,
};
use lpakit_sandbox_euicc::nvm::MemoryNvm;
use lpakit_sandbox_euicc::{Card, CardConfig, CardCredentials, MultiCard};

async fn world(quirks: Quirks, in_phone: bool, can_reset: bool) -> World {
    let mut options = WorldOptions { in_phone, can_reset, ..WorldOptions::default() };
    options.card.quirks = quirks;
    let world = World::with(options).await;
    world.clock.hurry();
    world
}

/// Two profiles are downloaded, listed, switched on and off, and deleted; the operator hears of everything.
async fn live_with(quirks: Quirks, in_phone: bool, can_reset: bool) {
    let what = format!("{quirks:?} in a phone: {in_phone}, reset: {can_reset}");
    let world = world(quirks, in_phone, can_reset).await;
    let lpa = &world.lpa;
    let first = ProfileId::Iccid(installed(world.download(&world.order()).await).iccid);
    let second = ProfileId::Iccid(installed(world.download(&world.order()).await).iccid);
    assert_eq!(lpa.profiles().await.expect(&what).len(), 2, "{what}");
    for id in [&first, &second] {
        let enabled = lpa.enable(id.clone()).await.expect(&what);
        assert_eq!(enabled.state, ProfileState::Enabled, "{what}");
    }
    let states: Vec<_> =
        lpa.profiles().await.expect(&what).iter().map(|profile| profile.state).collect();
    assert_eq!(states, [ProfileState::Disabled, ProfileState::Enabled], "{what}");
    let disabled = lpa.disable(second.clone()).await.expect(&what);
    assert_eq!(disabled.state, ProfileState::Disabled, "{what}");
    lpa.delete(first).await.expect(&what);
    lpa.delete(second).await.expect(&what);
    assert!(lpa.profiles().await.expect(&what).is_empty(), "{what}");
    let sent = lpa.send_notifications().await.expect(&what);
    // First on; first off and second on; second off; both deleted.
    assert_eq!((sent.delivered.len(), sent.unsent.len()), (6, 0), "{what}");
}

async fn everywhere(quirks: Quirks) {
    for (in_phone, can_reset) in [(false, true), (false, false), (true, false)] {
        live_with(quirks.clone(), in_phone, can_reset).await;
    }
}

#[tokio::test]
async fn readers_that_garble_long_blocks() {
    for largest in [254, 253, 120, 63] {
        live_with(Quirks { largest_block: Some(largest), ..Quirks::default() }, false, true).await;
    }
}

#[tokio::test]
async fn a_smaller_block_is_remembered_for_the_next_start() {
    let quirks = Quirks { largest_block: Some(120), ..Quirks::default() };
    let mut world = world(quirks, false, true).await;
    installed(world.download(&world.order()).await);
    let hints = world.lpa.hints().await.unwrap();
    assert_eq!(hints.block_size, 120);
    world.change_lpa(move |options| options.hints = Some(hints));
    world.restart().await;
    world.journal.clear();
    installed(world.download(&world.order()).await);
    assert!(world.journal.commands().iter().all(|apdu| apdu.len() <= 5 + 120 + 1));
}

#[tokio::test]
async fn every_habit_with_le_and_get_response() {
    everywhere(Quirks { answers_only_with_le: true, ..Quirks::default() }).await;
    everywhere(Quirks { answers_directly: true, ..Quirks::default() }).await;
    live_with(Quirks { wrong_le: true, ..Quirks::default() }, false, true).await;
    for class in [GetResponseClass::Interindustry, GetResponseClass::Command] {
        let quirks = Quirks { get_response_class: Some(class), ..Quirks::default() };
        live_with(quirks, false, true).await;
    }
}

#[tokio::test]
async fn channels_of_all_numbers_and_channels_that_others_left_open() {
    let high = Quirks { first_channel: Some(4), max_channel: Some(19), ..Quirks::default() };
    live_with(high, false, true).await;
    let last = Quirks { first_channel: Some(19), max_channel: Some(19), ..Quirks::default() };
    live_with(last, false, true).await;
    live_with(Quirks { stale_channels: 3, ..Quirks::default() }, false, true).await;
    live_with(Quirks { select_without_data: true, ..Quirks::default() }, false, true).await;
}

#[tokio::test]
async fn refreshes_that_end_channels_and_such_that_do_not() {
    everywhere(Quirks { announces_refresh: true, ..Quirks::default() }).await;
    everywhere(Quirks { announces_refresh: true, survives_refresh: true, ..Quirks::default() })
        .await;
    let silent = Quirks { announces_refresh: true, silent_until_reset: true, ..Quirks::default() };
    live_with(silent, false, true).await;
    live_with(Quirks { silent_until_reset: true, ..Quirks::default() }, false, true).await;
}

#[tokio::test]
async fn other_applications_of_the_card_have_their_say() {
    use ToolkitCommand::{MoreTime, PollInterval, SetUpMenu};
    let quirks = Quirks {
        announces_refresh: true,
        toolkit_at_start: vec![SetUpMenu, PollInterval],
        toolkit_before_refresh: vec![MoreTime],
        toolkit_after_refresh: vec![SetUpMenu, PollInterval, MoreTime],
        ..Quirks::default()
    };
    live_with(quirks, false, true).await;
}

#[tokio::test]
async fn a_busy_toolkit_is_waited_for_and_then_switched_around() {
    everywhere(Quirks { cat_busy: 2, ..Quirks::default() }).await;
    // Where a reset can follow, the refresh is left out.
    live_with(Quirks { cat_busy_with_refresh: true, ..Quirks::default() }, false, true).await;
    // Elsewhere it is said as it is, and nothing has changed.
    let quirks = Quirks { cat_busy_with_refresh: true, ..Quirks::default() };
    let world = world(quirks, true, false).await;
    let id = ProfileId::Iccid(installed(world.download(&world.order()).await).iccid);
    let before = world.clock.passed();
    let busy = world.lpa.enable(id.clone()).await.unwrap_err();
    assert_eq!((busy.kind(), busy.key()), (ErrorKind::Busy, "busy.toolkit"));
    assert_eq!((world.clock.passed() - before).as_secs(), 4, "three tries, two seconds apart");
    assert_eq!(world.journal.count([0xBF, 0x31]), 3);
    assert_eq!(world.lpa.profile(id).await.unwrap().state, ProfileState::Disabled);
}

#[tokio::test]
async fn cards_that_do_not_understand_an_iccid_are_told_the_aid() {
    for failure in [IccidFormFailure::UndefinedError, IccidFormFailure::WrongData] {
        everywhere(Quirks { iccid_form_fails: Some(failure), ..Quirks::default() }).await;
    }
}

#[tokio::test]
async fn the_aid_form_is_only_for_unclear_answers() {
    let world = world(Quirks::default(), false, true).await;
    let id = ProfileId::Iccid(installed(world.download(&world.order()).await).iccid);
    world.journal.clear();
    let already = world.lpa.disable(id).await.unwrap_err();
    assert_eq!(already.key(), "card.switch.already");
    assert_eq!(world.journal.count([0xBF, 0x32]), 1);
}

#[tokio::test]
async fn cards_that_want_no_refresh_get_a_reset_where_one_can_be_had() {
    live_with(Quirks { refresh_fails: true, ..Quirks::default() }, false, true).await;
    live_with(Quirks { effective_after_reset: true, ..Quirks::default() }, false, true).await;
    let quirks = Quirks { refresh_fails: true, ..Quirks::default() };
    let world = world(quirks, true, false).await;
    let id = ProfileId::Iccid(installed(world.download(&world.order()).await).iccid);
    assert_eq!(world.lpa.enable(id.clone()).await.unwrap_err().kind(), ErrorKind::Card);
    assert_eq!(world.lpa.profile(id).await.unwrap().state, ProfileState::Disabled);
}

#[tokio::test]
async fn a_card_that_says_ok_and_does_nothing_is_not_believed() {
    let quirks = Quirks { switches_without_effect: true, ..Quirks::default() };
    for in_phone in [true, false] {
        let world = world(quirks.clone(), in_phone, !in_phone).await;
        let id = ProfileId::Iccid(installed(world.download(&world.order()).await).iccid);
        let error = world.lpa.enable(id).await.unwrap_err();
        assert_eq!(error.key(), "card.switch.no_effect");
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_is_made_up_for_by_asking() {
    for lost in [LostAnswer::Silence, LostAnswer::Empty, LostAnswer::Error] {
        everywhere(Quirks { lost_answer: Some(lost), ..Quirks::default() }).await;
    }
}

#[tokio::test]
async fn a_card_that_vanishes_with_its_last_profile_is_said_to_be_gone() {
    for vanishing in [Vanishing::Isdr, Vanishing::Card] {
        let quirks = Quirks { vanishes_without_profile: Some(vanishing), ..Quirks::default() };
        let world = world(quirks, true, false).await;
        let id = ProfileId::Iccid(installed(world.download(&world.order()).await).iccid);
        world.lpa.enable(id.clone()).await.unwrap();
        let error = world.lpa.disable(id.clone()).await.unwrap_err();
        assert_eq!(error.key(), "card.switch.unknown");
        // What a person does then: take it out and put it in.
        world.card.look(Card::power_off);
        assert_eq!(world.lpa.profile(id).await.unwrap().state, ProfileState::Disabled);
    }
}

/// A card with several secure elements, in a reader.
struct ManyInReader(MultiCard);

impl RawCard for ManyInReader {
    fn abilities(&self) -> PortAbilities {
        PortAbilities::READER
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, PortError> {
        if !self.0.is_powered() {
            self.0.power_on().map_err(|_| PortError::CardGone)?;
        }
        let answer = self.0.transmit(command);
        if answer.is_empty() { Err(PortError::CardGone) } else { Ok(answer) }
    }

    fn reset(&mut self) -> Result<(), PortError> {
        self.0.reset().map(drop).map_err(|_| PortError::CardGone)
    }
}

#[tokio::test]
async fn each_euicc_of_a_card_with_several_is_an_lpa_of_its_own() {
    let aids: Vec<_> = known_isdr_aids().into_iter().rev().take(2).collect();
    let element = |seed: u64, aid: &lpakit::rsp::identifiers::Aid| {
        let mut random = SeededRandom::new(seed);
        let eid = Eid::generate("89049032", &mut random).unwrap();
        let validity = Validity::days(SystemTime::now() - Duration::from_secs(86_400), 365);
        let options = PkiOptions::new(eid, validity, Vec::new(), Vec::new());
        let pki = Pki::generate(&options, &mut random).unwrap();
        let mut config = CardConfig::default();
        config.quirks.extra_isdr_aids = vec![aid.to_string()];
        config.quirks.without_standard_aid = true;
        let credentials = CardCredentials::from_pki(&pki).unwrap();
        Card::create(MemoryNvm::new(), config, credentials).unwrap()
    };
    let cards: Vec<Card> = aids.iter().zip(1..).map(|(aid, seed)| element(seed, aid)).collect();
    let eids: Vec<String> = cards.iter().map(|card| card.eid().digits().to_string()).collect();
    let port = CardPort::Raw(Box::new(ManyInReader(MultiCard::new(cards).unwrap())));
    let transport = ReqwestTransport::new(TrustAnchors::default(), HttpOptions::default());
    let tac = Tac::from_digits("35693803").unwrap();
    let device = DeviceInfo { tac, capabilities: DeviceCapabilities::default(), imei: None };
    let lpa = Lpa::open(port, Arc::new(transport), LpaOptions::new(device)).unwrap();

    let mut found = lpa.euiccs().await.unwrap();
    assert_eq!(found.len(), 2);
    found.sort_by_key(|euicc| aids.iter().position(|aid| *aid == euicc.isdr_aid));
    for (euicc, eid) in found.iter().zip(&eids) {
        assert_eq!(euicc.eid.to_string(), *eid);
    }
    // By turns, each as if it were alone.
    let lpas: Vec<Lpa> = found.iter().map(|euicc| lpa.euicc(euicc.isdr_aid.clone())).collect();
    for (lpa, number) in lpas.iter().zip(1..) {
        lpa.set_default_address(&format!("smdp{number}.example.com")).await.unwrap();
    }
    for (lpa, number) in lpas.iter().zip(1..) {
        let address = lpa.chip().await.unwrap().addresses.default_dp_address.unwrap();
        assert_eq!(address, format!("smdp{number}.example.com"));
    }
    for (lpa, eid) in lpas.iter().zip(&eids) {
        assert_eq!(lpa.eid().await.unwrap().to_string(), *eid);
    }
    let first = lpa.eid().await.unwrap().to_string();
    assert!(eids.contains(&first));
}

#[tokio::test]
async fn an_isdr_under_a_makers_own_aid_is_found() {
    for aid in known_isdr_aids().iter().skip(1) {
        let own = Quirks { extra_isdr_aids: vec![aid.to_string()], ..Quirks::default() };
        let quirks = Quirks { without_standard_aid: true, ..own.clone() };
        let world = world(quirks, false, true).await;
        let found = world.lpa.euiccs().await.unwrap();
        assert_eq!(found.iter().map(|euicc| &euicc.isdr_aid).collect::<Vec<_>>(), [aid]);
        let eid = world.lpa.eid().await.unwrap();
        assert_eq!(world.lpa.euicc(aid.clone()).eid().await.unwrap(), eid);
        // One that answers to both is still one.
        let both = self::world(own, false, true).await;
        assert_eq!(both.lpa.euiccs().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn one_malformed_object_hides_no_other() {
    let quirks = Quirks { malformed_euicc_info2: true, ..Quirks::default() };
    let world = world(quirks, false, true).await;
    let lpa = &world.lpa;
    assert!(lpa.eid().await.is_ok());
    assert_eq!(lpa.euicc_info2().await.unwrap_err().key(), "card.malformed");
    assert!(lpa.configured_addresses().await.is_ok());
    assert!(!lpa.rules_authorisation_table().await.unwrap().0.is_empty());
    assert_eq!(lpa.chip().await.unwrap_err().key(), "card.malformed");
    installed(world.download(&world.order()).await);
}

#[tokio::test]
async fn each_object_is_the_same_by_itself_as_among_all() {
    let world = World::new().await;
    let lpa = &world.lpa;
    let all = lpa.chip().await.unwrap();
    assert_eq!(lpa.eid().await.unwrap(), all.eid);
    assert_eq!(lpa.euicc_info2().await.unwrap(), all.info);
    assert_eq!(lpa.configured_addresses().await.unwrap(), all.addresses);
    assert_eq!(lpa.rules_authorisation_table().await.unwrap(), all.rules);
}
