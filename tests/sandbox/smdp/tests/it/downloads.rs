//! Downloads that go well.

use std::time::Duration;

use lpakit_rsp::Object;
use lpakit_rsp::bpp::ConfigureIsdp;
use lpakit_rsp::profiles::ProfileMetadata;
use lpakit_sandbox_smdp::bpp_builder::Protection;
use lpakit_sandbox_smdp::notification::{NotificationKind, Verdict};
use lpakit_sandbox_smdp::order::{MatchingId, OrderState, ProfileSize, ProfileSource};
use lpakit_sandbox_smdp::profile_package::{ProfilePackage, has_valid_check_digit};

use crate::card::Card;
use crate::world::{ADDRESS, World, bytes};

fn whole_download(protection: Protection) {
    let world = World::with(|config| config.bind.protection = protection);
    let order = world.order();
    let mut card = Card::new();
    let offer = world.offer(&mut card, &order.matching_id);
    let offered = bytes(&offer, "profileMetadata");
    let metadata = ProfileMetadata::decode(&offered).unwrap();
    assert_eq!(metadata.iccid, order.iccid);
    assert!(has_valid_check_digit(&order.iccid));
    assert_eq!(metadata.service_provider_name, "Operator");
    assert_eq!(metadata.notification_configurations[0].address, ADDRESS);

    let bound = world.call("getBoundProfilePackage", &card.prepare(&offer, None));
    assert_eq!(world.state(&order), OrderState::Downloaded);
    let loaded = card.load(&bytes(&bound, "boundProfilePackage"));
    assert_eq!(loaded.metadata, offered);
    assert!(loaded.largest_segment <= 1020);
    let configured = ConfigureIsdp::decode(&loaded.configure).unwrap();
    assert_eq!(configured.dp_oid.unwrap().to_string(), world.smdp.oid());
    let package = ProfilePackage::from_der(loaded.profile).unwrap();
    assert_eq!(package.iccid(), order.iccid);

    let result = card.result(order.iccid, Card::success());
    let response = world.post("handleNotification", &result);
    assert_eq!((response.status, response.body.len()), (204, 0));
    assert_eq!(world.state(&order), OrderState::Installed);
    assert_eq!(world.smdp.open_sessions(), 0);
    let [received] = &world.smdp.received().unwrap()[..] else {
        panic!("one notification");
    };
    assert_eq!(received.verdict, Verdict::Accepted);
    assert_eq!(received.kind, NotificationKind::Installed);
    assert_eq!(received.order.as_ref(), Some(&order.id));
}

#[test]
fn a_whole_download_with_session_keys() {
    whole_download(Protection::SessionKeys);
}

#[test]
fn a_whole_download_with_replaced_keys() {
    whole_download(Protection::ReplacedKeys);
}

#[test]
fn an_installed_profile_is_not_given_out_again() {
    let world = World::new();
    let order = world.order();
    let mut card = Card::new();
    world.package(&mut card, &order);
    world.post("handleNotification", &card.result(order.iccid, Card::success()));
    let refused = world.offer_refused(&mut card, &order.matching_id);
    assert_eq!(refused, "8.2.6/3.8");
}

#[test]
fn an_order_for_the_eid_is_found_without_a_matching_id() {
    let world = World::new();
    let mut card = Card::new();
    let order = world.order_with(|order| {
        order.matching_id = MatchingId::DefaultServer;
        order.eid = Some(card.eid_digits());
    });
    for matching_id in [None, Some("")] {
        let initiated = world.call("initiateAuthentication", &card.initiate(ADDRESS));
        let body = card.authenticate(&initiated, matching_id);
        let offer = world.call("authenticateClient", &body);
        let metadata = ProfileMetadata::decode(&bytes(&offer, "profileMetadata")).unwrap();
        assert_eq!(metadata.iccid, order.iccid);
    }
    let mut other = Card::other("89049032123451234512345678901332");
    assert_eq!(world.offer_refused(&mut other, ""), "8.2.6/3.8");
}

#[test]
fn an_expired_order_for_the_eid_does_not_hide_a_good_one() {
    let world = World::new();
    let mut card = Card::new();
    let eid = card.eid_digits();
    let for_eid = |seconds| {
        world.order_with(|order| {
            order.matching_id = MatchingId::DefaultServer;
            order.eid = Some(eid);
            order.valid_for = Some(Duration::from_secs(seconds));
        })
    };
    for_eid(10);
    let good = for_eid(100);
    world.clock.advance(Duration::from_secs(11));
    let offer = world.offer(&mut card, "");
    let metadata = ProfileMetadata::decode(&bytes(&offer, "profileMetadata")).unwrap();
    assert_eq!(metadata.iccid, good.iccid);
    world.clock.advance(Duration::from_secs(100));
    assert_eq!(world.offer_refused(&mut card, ""), "8.8.5/4.10");
}

#[test]
fn a_given_package_is_what_arrives() {
    let world = World::new();
    let first = world.order();
    let mut card = Card::new();
    let package = card_profile(&world, &mut card, &first);
    let second = world.order_with(|order| order.profile = ProfileSource::Der(package.clone()));
    assert_eq!(second.iccid, first.iccid);
    assert_eq!(card_profile(&world, &mut card, &second), package);
}

fn card_profile(
    world: &World,
    card: &mut Card,
    order: &lpakit_sandbox_smdp::order::PlacedOrder,
) -> Vec<u8> {
    let package = world.package(card, order);
    card.load(&package).profile
}

#[test]
fn a_download_that_broke_off_is_taken_up_with_the_same_key_and_a_new_package() {
    let world = World::with(|config| config.refuse_rebinding = true);
    let order = world.order();
    let mut card = Card::new();
    let first = world.package(&mut card, &order);
    let point = card.session.key.as_ref().unwrap().public_point();
    let offer = world.offer(&mut card, &order.matching_id);
    let bound = world.call("getBoundProfilePackage", &card.prepare(&offer, None));
    let key = card.session.key.as_ref().unwrap();
    assert_eq!(key.public_point(), point, "the card reused its key");
    let second = bytes(&bound, "boundProfilePackage");
    assert_ne!(first, second);
    let iccid = ProfilePackage::from_der(card.load(&second).profile).unwrap().iccid();
    assert_eq!(iccid, order.iccid);
}

#[test]
fn a_card_that_has_lost_its_key_is_served_or_refused_as_the_server_is_set() {
    for (refuse, refused) in [(false, None), (true, Some("8.2/3.7"))] {
        let world = World::with(|config| config.refuse_rebinding = refuse);
        let order = world.order();
        let mut card = Card::new();
        world.package(&mut card, &order);
        card.session.key = None;
        let offer = world.offer(&mut card, &order.matching_id);
        let body = card.prepare(&offer, None);
        match refused {
            Some(pair) => assert_eq!(world.refused("getBoundProfilePackage", &body), pair),
            None => {
                let bound = world.call("getBoundProfilePackage", &body);
                card.load(&bytes(&bound, "boundProfilePackage"));
            }
        }
    }
}

#[test]
fn transaction_ids_have_the_lengths_asked_for_in_turn() {
    let world = World::with(|config| config.transaction_id_lengths = vec![8, 16]);
    let order = world.order();
    let mut card = Card::new();
    let lengths: Vec<usize> = (0..4)
        .map(|_| {
            let package = world.package(&mut card, &order);
            card.load(&package);
            card.session.transaction_id.as_ref().unwrap().octets().len()
        })
        .collect();
    assert_eq!(lengths, [8, 16, 8, 16]);
}

#[test]
fn a_large_icon_spreads_over_several_segments() {
    let world = World::with(|config| config.bind.max_segment = 300);
    let mut icon = b"\x89PNG\r\n\x1a\n".to_vec();
    icon.resize(1024, 0x55);
    let order = world.order_with(|order| order.metadata.icon = Some(icon.clone()));
    let mut card = Card::new();
    let package = world.package(&mut card, &order);
    let loaded = card.load(&package);
    assert!(loaded.metadata_segments >= 4);
    assert!(loaded.largest_segment <= 300);
    let metadata = ProfileMetadata::decode(&loaded.metadata).unwrap();
    assert_eq!(metadata.icon.unwrap().data, icon);
}

#[test]
fn a_profile_of_one_mebibyte_arrives_whole() {
    let world = World::new();
    let order = world.order_with(|order| {
        order.profile =
            ProfileSource::Build { iccid: None, imsi: None, size: ProfileSize::Package(1 << 20) };
    });
    let mut card = Card::new();
    let package = world.package(&mut card, &order);
    assert_eq!(card.load(&package).profile.len(), 1 << 20);
}

#[test]
fn the_canonical_address_and_the_one_asked_for_are_kept_apart() {
    let world = World::new();
    let mut card = Card::new();
    let initiated = world.call("initiateAuthentication", &card.initiate("SMDP.Example.Com:8443"));
    let order = world.order();
    let body = card.authenticate(&initiated, Some(&order.matching_id));
    assert_eq!(card.session.address, "smdp.example.com:8443");
    let offer = world.call("authenticateClient", &body);
    let metadata = ProfileMetadata::decode(&bytes(&offer, "profileMetadata")).unwrap();
    assert_eq!(metadata.notification_configurations[0].address, ADDRESS);
}
