//! Every reason to say no, and that a refusal ends the session.

use std::time::Duration;

use lpakit_rsp::authentication::{AuthenticateErrorCode, AuthenticateServerResponse};
use lpakit_rsp::identifiers::{KeyId, TransactionId, Version};
use lpakit_rsp::preparation::{DownloadErrorCode, PrepareDownloadResponse};
use lpakit_rsp::{Object, Tag};
use lpakit_sandbox_crypto::pki::Validity;
use lpakit_sandbox_crypto::{Eid, Pki, SeededRandom};
use lpakit_sandbox_smdp::Function;
use lpakit_sandbox_smdp::misbehaviour::Misbehaviour;
use lpakit_sandbox_smdp::order::{Eligibility, MatchingId, OrderState};
use lpakit_sandbox_smdp::status::StatusCode;
use serde_json::{Value, json};

use crate::card::Card;
use crate::world::{ADDRESS, World, base64, pki, pki_options, today, validity};

const INITIATE: &str = "initiateAuthentication";
const AUTHENTICATE: &str = "authenticateClient";
const PACKAGE: &str = "getBoundProfilePackage";

#[test]
fn initiate_wants_its_own_address() {
    let world = World::new();
    let card = Card::new();
    for address in ["other.example.com", "", "smdp.example.com:443", "smdp.example.com/"] {
        assert_eq!(world.refused(INITIATE, &card.initiate(address)), "8.8.1/3.8");
    }
    world.call(INITIATE, &card.initiate("SMDP.EXAMPLE.COM"));
}

#[test]
fn initiate_wants_a_version_it_speaks() {
    let world = World::new();
    let mut card = Card::new();
    for (version, served) in
        [([1, 1, 0], false), ([2, 0, 0], true), ([3, 1, 0], true), ([4, 0, 0], false)]
    {
        card.info.svn = Version(version);
        let body = card.initiate(ADDRESS);
        if served {
            world.call(INITIATE, &body);
        } else {
            assert_eq!(world.refused(INITIATE, &body), "8.8.3/3.1");
        }
    }
}

#[test]
fn initiate_wants_a_ci_in_common() {
    let world = World::new();
    let mut card = Card::new();
    card.keys = vec![KeyId::from_octets(&[7; 20])];
    assert_eq!(world.refused(INITIATE, &card.initiate(ADDRESS)), "8.8.2/3.1");
    card.keys = Vec::new();
    assert_eq!(world.refused(INITIATE, &card.initiate(ADDRESS)), "8.8.2/3.1");
    // An unknown one before the known one does no harm.
    card.keys = vec![KeyId::from_octets(&[7; 20]), KeyId::from_octets(pki().ci_key_id())];
    world.call(INITIATE, &card.initiate(ADDRESS));
}

#[test]
fn initiate_wants_a_certificate_under_a_ci_that_the_card_verifies() {
    let second = other_pki();
    let world = World::with(|config| {
        config.roots.add(second.ci.certificate().clone()).unwrap();
    });
    let mut card = Card::new();
    card.keys = vec![KeyId::from_octets(second.ci_key_id())];
    assert_eq!(world.refused(INITIATE, &card.initiate(ADDRESS)), "8.8.4/3.7");
}

fn other_pki() -> Pki {
    Pki::generate(&pki_options(), &mut SeededRandom::new(99)).unwrap()
}

#[test]
fn fields_that_are_missing_or_malformed_are_told_apart() {
    let world = World::new();
    let card = Card::new();
    let good = card.initiate(ADDRESS);
    for field in ["euiccChallenge", "euiccInfo1", "smdpAddress"] {
        let with = |value: Option<Value>| {
            let mut body = good.clone();
            let fields = body.as_object_mut().unwrap();
            fields.remove(field);
            value.map(|value| fields.insert(field.to_owned(), value));
            world.refused(INITIATE, &body)
        };
        assert_eq!(with(None), "1.3.1/2.2", "{field}");
        assert_eq!(with(Some(Value::Null)), "1.3.1/2.2", "{field}");
        assert_eq!(with(Some(json!(7))), "1.3.1/2.1", "{field}");
    }
    for (field, value) in [
        ("euiccChallenge", "AAAA"),
        ("euiccChallenge", "not base64!"),
        ("euiccInfo1", "vyAA"),
        ("euiccInfo1", "vyAA\n"),
    ] {
        let mut body = good.clone();
        body[field] = json!(value);
        assert_eq!(world.refused(INITIATE, &body), "1.3.1/2.1", "{field} {value}");
    }
}

#[test]
fn a_malformed_request_leaves_the_session_as_it_was() {
    let world = World::new();
    let order = world.order();
    let mut card = Card::new();
    let initiated = world.call(INITIATE, &card.initiate(ADDRESS));
    let good = card.authenticate(&initiated, Some(&order.matching_id));
    let mut bad = good.clone();
    bad["authenticateServerResponse"] = base64(b"rubbish");
    assert_eq!(world.refused(AUTHENTICATE, &bad), "1.3.1/2.1");
    world.call(AUTHENTICATE, &good);
}

#[test]
fn a_session_must_be_known_young_and_at_the_right_place() {
    let world = World::new();
    let order = world.order();
    let mut card = Card::new();
    let initiated = world.call(INITIATE, &card.initiate(ADDRESS));
    let body = card.authenticate(&initiated, Some(&order.matching_id));

    let mut unknown = body.clone();
    unknown["transactionId"] = json!("00".repeat(16));
    assert_eq!(world.refused(AUTHENTICATE, &unknown), "8.10.1/3.9");
    let offer = world.call(AUTHENTICATE, &body);
    // The same request again comes too late, and ends the session.
    assert_eq!(world.refused(AUTHENTICATE, &body), "8.10.1/3.9");
    let prepared = card.prepare(&offer, None);
    assert_eq!(world.refused(PACKAGE, &prepared), "8.10.1/3.9");

    // A package before the offer.
    world.call(INITIATE, &card.initiate(ADDRESS));
    let offer = world.offer(&mut card, &order.matching_id);
    let prepared = card.prepare(&offer, None);
    world.clock.advance(Duration::from_secs(30 * 60 + 1));
    assert_eq!(world.refused(PACKAGE, &prepared), "8.10.1/3.9");
    assert_eq!(world.smdp.open_sessions(), 1, "the one that was only begun");
}

#[test]
fn transaction_ids_that_differ_are_an_unknown_session() {
    let world = World::new();
    let order = world.order();
    let mut card = Card::new();
    card.lies.signed_transaction_id = true;
    assert_eq!(world.offer_refused(&mut card, &order.matching_id), "8.10.1/3.9");
    card.lies.signed_transaction_id = false;
    let offer = world.offer(&mut card, &order.matching_id);
    card.lies.signed_transaction_id = true;
    let prepared = card.prepare(&offer, None);
    assert_eq!(world.refused(PACKAGE, &prepared), "8.10.1/3.9");
}

#[test]
fn what_the_card_signed_must_be_right() {
    let world = World::new();
    let order = world.order();
    let lies: [fn(&mut Card); 3] = [
        |card| card.lies.signature = true,
        |card| card.lies.challenge = true,
        |card| card.lies.address = true,
    ];
    for lie in lies {
        let mut card = Card::new();
        lie(&mut card);
        assert_eq!(world.offer_refused(&mut card, &order.matching_id), "8.1/6.1");
        assert_eq!(world.smdp.open_sessions(), 0);
    }
    let mut card = Card::new();
    let offer = world.offer(&mut card, &order.matching_id);
    card.lies.signature = true;
    let prepared = card.prepare(&offer, None);
    assert_eq!(world.refused(PACKAGE, &prepared), "8.1/6.1");
    assert_eq!(world.state(&order), OrderState::Released);
}

#[test]
fn the_cards_certificates_must_be_right() {
    let world = World::new();
    let order = world.order();
    let refused = |mut card: Card| world.offer_refused(&mut card, &order.matching_id);
    let own = pki().card.as_ref().unwrap();
    let eum = || own.eum.certificate().clone();

    // An EUM under a CI that nobody knows; one that is no EUM at all.
    let foreign = other_pki().card.unwrap();
    let foreign_eum = foreign.eum.certificate().clone();
    assert_eq!(refused(Card::with(foreign.euicc, foreign_eum.clone())), "8.11.1/3.9");
    let no_eum = pki().dp.as_ref().unwrap().auth.certificate().clone();
    assert_eq!(refused(Card::with(own.euicc.clone(), no_eum)), "8.1.2/6.1");
    // A card of another EUM; one outside the EUM's range; one that has expired.
    let stranger = other_pki().card.unwrap().euicc;
    assert_eq!(refused(Card::with(stranger, eum())), "8.1.3/6.1");
    assert_eq!(refused(Card::other("89033023426100000000001234567890")), "8.1.3/6.1");
    let eid = Eid::from_digits(crate::world::EID).unwrap();
    let expired = Validity { from: validity().from, until: today() - Duration::from_secs(1) };
    let credential = pki().issue_euicc(&eid, expired, &mut SeededRandom::new(3)).unwrap();
    assert_eq!(refused(Card::with(credential, eum())), "8.1.3/6.3");
}

#[test]
fn an_expired_eum_is_told_as_such() {
    let mut options = pki_options();
    options.validity.until = today() - Duration::from_secs(1);
    let old = Pki::generate(&options, &mut SeededRandom::new(12)).unwrap();
    let world = World::with(|config| {
        config.roots.add(old.ci.certificate().clone()).unwrap();
    });
    let order = world.order();
    let part = old.card.unwrap();
    let mut card = Card::with(part.euicc, part.eum.certificate().clone());
    assert_eq!(world.offer_refused(&mut card, &order.matching_id), "8.1.2/6.3");
}

#[test]
fn an_eum_of_another_ci_than_agreed_is_refused() {
    let second = other_pki();
    let world = World::with(|config| {
        config.roots.add(second.ci.certificate().clone()).unwrap();
    });
    let order = world.order();
    let part = second.card.unwrap();
    let mut card = Card::with(part.euicc, part.eum.certificate().clone());
    assert_eq!(world.offer_refused(&mut card, &order.matching_id), "8.1.2/6.1");
}

#[test]
fn a_matching_id_must_be_known() {
    let world = World::new();
    world.order();
    let mut card = Card::new();
    for id in ["", "NO-SUCH-ORDER", "no-such-order"] {
        assert_eq!(world.offer_refused(&mut card, id), "8.2.6/3.8");
    }
}

#[test]
fn an_order_may_be_for_another_card() {
    let world = World::new();
    let mut mine = Card::new();
    let mut other = Card::other("89049032123451234512345678901332");
    let order = world.order_with(|order| {
        order.matching_id = MatchingId::Given("MINE-1".to_owned());
        order.eid = Some(mine.eid_digits());
    });
    assert_eq!(world.offer_refused(&mut other, "MINE-1"), "8.1.1/3.8");
    world.offer(&mut mine, "MINE-1");

    // An order for anybody belongs to the card that fetched its package.
    let free = world.order();
    world.package(&mut mine, &free);
    assert_eq!(world.offer_refused(&mut other, &free.matching_id), "8.1.1/3.8");
    assert_eq!(world.state(&order), OrderState::Released);
}

#[test]
fn an_order_must_be_released() {
    let world = World::new();
    let mut card = Card::new();
    let order = world.order_with(|order| order.state = OrderState::Allocated);
    let id = &order.matching_id;
    assert_eq!(world.offer_refused(&mut card, id), "8.2/1.2");
    world.smdp.orders().confirm(&order.id, false).unwrap();
    assert_eq!(world.offer_refused(&mut card, id), "8.2/1.2");
    world.smdp.orders().release(&order.id).unwrap();
    world.offer(&mut card, id);
}

#[test]
fn a_card_must_be_eligible() {
    let world = World::new();
    let mut card = Card::new();
    let cases = [
        Eligibility { rsp_capabilities: vec![1, 3], ..Eligibility::default() },
        Eligibility { uicc_capabilities: vec![2], ..Eligibility::default() },
        Eligibility { min_svn: Some([2, 3, 0]), ..Eligibility::default() },
    ];
    for eligibility in cases {
        let order = world.order_with(|order| order.eligibility = eligibility.clone());
        assert_eq!(world.offer_refused(&mut card, &order.matching_id), "8.2.5/4.3");
    }
    let order = world.order_with(|order| {
        order.eligibility = Eligibility {
            min_svn: Some([2, 2, 2]),
            rsp_capabilities: vec![0],
            uicc_capabilities: vec![4],
        };
    });
    world.offer(&mut card, &order.matching_id);
}

#[test]
fn the_profile_must_fit_into_memory_if_the_server_cares() {
    for (check_memory, refused) in [(true, true), (false, false)] {
        let world = World::with(|config| config.check_memory = check_memory);
        let order = world.order();
        let mut card = Card::new();
        let length = world.smdp.orders().order(&order.id).unwrap().profile_length;
        card.info.ext_card_resource.free_non_volatile = length as u32 - 1;
        if refused {
            assert_eq!(world.offer_refused(&mut card, &order.matching_id), "8.1/4.8");
        }
        card.info.ext_card_resource.free_non_volatile += u32::from(refused);
        world.offer(&mut card, &order.matching_id);
    }
}

#[test]
fn an_order_ends_with_its_time() {
    let world = World::new();
    let mut card = Card::new();
    let order = world.order_with(|order| order.valid_for = Some(Duration::from_secs(60)));
    let offer = world.offer(&mut card, &order.matching_id);
    world.clock.advance(Duration::from_secs(61));
    let prepared = card.prepare(&offer, None);
    assert_eq!(world.refused(PACKAGE, &prepared), "8.8.5/4.10");
    assert_eq!(world.offer_refused(&mut card, &order.matching_id), "8.8.5/4.10");
}

#[test]
fn a_package_is_handed_out_only_so_often() {
    let world = World::new();
    let mut card = Card::new();
    let order = world.order_with(|order| order.max_download_attempts = 2);
    let mut second = Card::new();
    let early_offer = world.offer(&mut second, &order.matching_id);
    world.package(&mut card, &order);
    world.package(&mut card, &order);
    assert_eq!(world.offer_refused(&mut card, &order.matching_id), "8.8.5/6.4");
    let prepared = second.prepare(&early_offer, None);
    assert_eq!(world.refused(PACKAGE, &prepared), "8.8.5/6.4");
}

#[test]
fn confirmation_codes_are_counted_per_order_over_sessions() {
    let world = World::new();
    let mut card = Card::new();
    let order = world.order_with(|order| {
        order.confirmation_code = Some("4711".to_owned());
        order.max_confirmation_tries = 3;
    });
    assert!(order.confirmation_code_required);
    let mut attempt = |code: Option<&str>| {
        let offer = world.offer(&mut card, &order.matching_id);
        let refused = world.refused(PACKAGE, &card.prepare(&offer, code));
        let again = world.refused(PACKAGE, &card.prepare(&offer, Some("4711")));
        assert_eq!(again, "8.10.1/3.9", "one try a session");
        refused
    };
    assert_eq!(attempt(None), "8.2.7/2.2");
    assert_eq!(attempt(Some("0000")), "8.2.7/3.8");
    assert_eq!(attempt(Some("")), "8.2.7/3.8");
    assert_eq!(attempt(Some("9999")), "8.2.7/6.4");
    assert_eq!(world.state(&order), OrderState::Error);
    assert_eq!(world.offer_refused(&mut card, &order.matching_id), "8.2.7/6.4");
}

#[test]
fn the_right_code_is_taken_after_wrong_ones_and_none_is_asked_for_without_need() {
    let world = World::new();
    let mut card = Card::new();
    let order = world.order_with(|order| order.confirmation_code = Some("4711".to_owned()));
    for (code, taken) in [("1", false), ("2", false), ("4711", true)] {
        let offer = world.offer(&mut card, &order.matching_id);
        let response = world.post(PACKAGE, &card.prepare(&offer, Some(code)));
        let body = crate::world::json(&response);
        assert_eq!(body.get("boundProfilePackage").is_some(), taken);
    }
    let free = world.order();
    let offer = world.offer(&mut card, &free.matching_id);
    world.call(PACKAGE, &card.prepare(&offer, Some("superfluous")));
}

#[test]
fn a_one_time_key_off_the_curve_is_refused() {
    let world = World::new();
    let order = world.order();
    let mut card = Card::new();
    let offer = world.offer(&mut card, &order.matching_id);
    let body = card.prepare(&offer, None);
    let response = crate::world::bytes(&body, "prepareDownloadResponse");
    let PrepareDownloadResponse::Ok { euicc_signed2, .. } =
        PrepareDownloadResponse::decode(&response).unwrap()
    else {
        panic!("prepared");
    };
    let mut signed = euicc_signed2.into_value();
    signed.euicc_otpk = vec![4; 65];
    let signed = lpakit_rsp::Raw::new(signed);
    let signature = lpakit_rsp::authentication::decode_signature(&crate::world::bytes(
        &offer,
        "smdpSignature2",
    ))
    .unwrap();
    let message = [signed.raw(), &lpakit_rsp::tlv::encode(Tag::SIGNATURE, &signature)].concat();
    let response = PrepareDownloadResponse::Ok {
        euicc_signature2: card.credential.sign(&message).to_vec(),
        euicc_signed2: signed,
    };
    let refused = world.refused(PACKAGE, &card.prepared(&response));
    assert_eq!(refused, "8.1/6.1");
    assert_eq!(world.state(&order), OrderState::Released);
}

#[test]
fn the_cards_error_forms_close_the_session_and_leave_the_order() {
    let world = World::new();
    let order = world.order();
    let mut card = Card::new();
    let initiated = world.call(INITIATE, &card.initiate(ADDRESS));
    let mut body = card.authenticate(&initiated, Some(&order.matching_id));
    let transaction_id = card.session.transaction_id.clone().unwrap();
    let error = AuthenticateServerResponse::Error {
        transaction_id,
        code: AuthenticateErrorCode::InvalidSignature,
    };
    body["authenticateServerResponse"] = base64(&error.encode());
    assert_eq!(world.refused(AUTHENTICATE, &body), "8.1/4.2");
    assert_eq!(world.smdp.open_sessions(), 0);

    world.offer(&mut card, &order.matching_id);
    let error = |transaction_id| PrepareDownloadResponse::Error {
        transaction_id,
        code: DownloadErrorCode::InvalidSignature,
    };
    let own = card.session.transaction_id.clone().unwrap();
    assert_eq!(world.refused(PACKAGE, &card.prepared(&error(own))), "8.1/4.2");
    assert_eq!(world.smdp.open_sessions(), 0);
    assert_eq!(world.state(&order), OrderState::Released);

    world.offer(&mut card, &order.matching_id);
    let other = TransactionId::from_octets(&[1]).unwrap();
    assert_eq!(world.refused(PACKAGE, &card.prepared(&error(other))), "8.10.1/3.9");
}

#[test]
fn any_pair_can_be_asked_for() {
    let world = World::new();
    let card = Card::new();
    for (subject, reason) in [("8.1.1", "3.10"), ("8.99", "1.1")] {
        world.misbehave(
            Function::InitiateAuthentication,
            Misbehaviour::Refuse(StatusCode::any(subject, reason)),
        );
        let refused = world.refused(INITIATE, &card.initiate(ADDRESS));
        assert_eq!(refused, format!("{subject}/{reason}"));
    }
    world.call(INITIATE, &card.initiate(ADDRESS));
}
