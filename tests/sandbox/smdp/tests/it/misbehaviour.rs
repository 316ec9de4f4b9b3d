//! What is to be done wrong is done wrong, and only that.

use lpakit_rsp::Object;
use lpakit_rsp::authentication::{ServerSigned1, decode_signature};
use lpakit_rsp::bpp::BppOutline;
use lpakit_rsp::identifiers::TransactionId;
use lpakit_rsp::profiles::ProfileMetadata;
use lpakit_sandbox_crypto::pki::ServerRequest;
use lpakit_sandbox_crypto::{Certificate, Role, SeededRandom};
use lpakit_sandbox_smdp::http::{Delivery, Response};
use lpakit_sandbox_smdp::misbehaviour::{Framing, HexCase, Misbehaviour, Times};
use lpakit_sandbox_smdp::profile_package::ProfilePackage;
use lpakit_sandbox_smdp::{DpCredentials, Function};
use serde_json::Value;

use crate::card::Card;
use crate::world::{ADDRESS, World, bytes, json, ok, pki, pki_options};

const INITIATE: Function = Function::InitiateAuthentication;
const PACKAGE: Function = Function::GetBoundProfilePackage;

fn initiate_with(world: &World, misbehaviour: Misbehaviour) -> Response {
    world.misbehave(INITIATE, misbehaviour);
    let body = Card::new().initiate(ADDRESS);
    let response = world.post(INITIATE.name(), &body);
    ok(&world.post(INITIATE.name(), &body));
    response
}

#[test]
fn answers_can_be_replaced_without_the_function_being_executed() {
    let world = World::new();
    let filler = |octets, framing| Delivery::Filler { octets, framing };
    let large = Misbehaviour::LargeBody { octets: 50 << 20, framing: Framing::Length };
    let cases = [
        (Misbehaviour::Html, 200, Delivery::Whole),
        (Misbehaviour::HttpStatus(500), 500, Delivery::Whole),
        (large, 200, filler(Some(50 << 20), Framing::Length)),
        (Misbehaviour::EndlessBody, 200, filler(None, Framing::Chunked)),
        (Misbehaviour::Hang, 200, Delivery::Never),
        (Misbehaviour::CloseBefore, 200, Delivery::Close),
    ];
    for (count, (misbehaviour, status, delivery)) in cases.into_iter().enumerate() {
        let response = initiate_with(&world, misbehaviour);
        assert_eq!((response.status, response.delivery), (status, delivery));
        assert_eq!(world.smdp.open_sessions(), count + 1, "only the good ones");
    }
}

#[test]
fn answers_can_be_lost_after_the_function_was_executed() {
    for (misbehaviour, delivery) in [
        (Misbehaviour::CloseAfter, Delivery::Close),
        (Misbehaviour::EmptyBody, Delivery::Whole),
        (Misbehaviour::ConnectionClose, Delivery::LastOnConnection),
        (Misbehaviour::ChunkedBody, Delivery::Chunked),
    ] {
        let world = World::new();
        let response = initiate_with(&world, misbehaviour);
        assert_eq!(response.delivery, delivery);
        assert_eq!(world.smdp.open_sessions(), 2);
    }
}

#[test]
fn json_can_be_odd_and_mean_the_same() {
    let world = World::new();
    let text = |misbehaviour| {
        let response = initiate_with(&world, misbehaviour);
        String::from_utf8(response.body).unwrap()
    };
    let escaped = text(Misbehaviour::EscapedSlashes);
    assert!(escaped.contains("\\/") && !escaped.replace("\\/", "").contains('/'));
    serde_json::from_str::<Value>(&escaped).unwrap();

    let broken: Value = serde_json::from_str(&text(Misbehaviour::Base64LineBreaks)).unwrap();
    let certificate = broken["serverCertificate"].as_str().unwrap();
    assert!(certificate.lines().count() > 3);
    assert!(certificate.lines().all(|line| line.len() <= 76));

    let bare = text(Misbehaviour::Base64WithoutPadding);
    assert!(!bare.contains('='));

    let id = |case| {
        let body: Value =
            serde_json::from_str(&text(Misbehaviour::TransactionIdCase(case))).unwrap();
        body["transactionId"].as_str().unwrap().to_owned()
    };
    let lower = id(HexCase::Lower);
    assert_eq!(lower, lower.to_lowercase());
    let mixed = id(HexCase::Mixed);
    assert!(mixed != mixed.to_lowercase() && mixed != mixed.to_uppercase());
}

#[test]
fn the_header_can_be_odd() {
    let world = World::new();
    let status = |misbehaviour| {
        let body = json(&initiate_with(&world, misbehaviour));
        (body.get("header").is_some(), body["header"]["functionExecutionStatus"].clone())
    };
    let (_, none) = status(Misbehaviour::NoStatus);
    assert_eq!(none, serde_json::json!({}));
    assert!(!status(Misbehaviour::NoHeader).0);
    let (_, both) = status(Misbehaviour::StatusCodeDataOnSuccess);
    assert_eq!(both["status"], "Executed-Success");
    assert!(both["statusCodeData"].is_object());
}

#[test]
fn a_notification_can_be_acknowledged_with_200() {
    let world = World::new();
    let order = world.order();
    let mut card = Card::new();
    world.package(&mut card, &order);
    world.misbehave(Function::HandleNotification, Misbehaviour::AcknowledgeWith200);
    let body = card.result(order.iccid, Card::success());
    let response = world.post("handleNotification", &body);
    assert_eq!((response.status, response.body.len()), (200, 0));
}

#[test]
fn what_is_signed_can_differ() {
    let world = World::new();
    let signed = |misbehaviour| {
        let body = ok(&initiate_with(&world, misbehaviour));
        let raw = bytes(&body, "serverSigned1");
        let certificate = Certificate::from_der(&bytes(&body, "serverCertificate")).unwrap();
        let signature = decode_signature(&bytes(&body, "serverSignature1")).unwrap();
        let key = certificate.public_key().unwrap();
        let fits = key.verify(&raw, &signature).is_ok();
        let told = TransactionId::from_hex(body["transactionId"].as_str().unwrap()).unwrap();
        (ServerSigned1::decode(&raw).unwrap(), told, fits)
    };
    for misbehaviour in [Misbehaviour::OtherTransactionId, Misbehaviour::OtherTransactionIdSigned] {
        let (server, told, fits) = signed(misbehaviour);
        assert!(server.transaction_id != told && fits);
    }
    let (server, told, fits) = signed(Misbehaviour::OtherServerAddress);
    assert!(server.server_address != ADDRESS && server.transaction_id == told && fits);
    let (server, told, fits) = signed(Misbehaviour::WrongSignature);
    assert!(server.transaction_id == told && !fits);
}

#[test]
fn the_certificates_of_another_server_can_be_shown() {
    let mut request = ServerRequest::tls(Role::DpAuth, &pki_options(), Vec::new());
    request.server.registered_id = "2.999.12".parse().unwrap();
    let mut issue = |role| {
        request.role = role;
        pki().issue_server(&request, &mut SeededRandom::new(8)).unwrap()
    };
    let other = DpCredentials { auth: issue(Role::DpAuth), pb: issue(Role::DpPb) };
    let world = World::with(|config| config.other = Some(other));
    let order = world.order();
    let mut card = Card::new();
    for function in [INITIATE, Function::AuthenticateClient] {
        world.smdp.misbehaviours().add(function, Misbehaviour::OtherOid, Times::Always);
    }
    // The card verifies everything and finds nothing wrong: only the OID tells.
    let offer = world.offer(&mut card, &order.matching_id);
    card.prepare(&offer, None);
    let shown = card.session.dp_certificate.as_ref().unwrap();
    assert_eq!(shown.registered_id().unwrap().to_string(), "2.999.12");
    world.smdp.misbehaviours().clear();
    world.offer(&mut card, &order.matching_id);
}

/// The package of a session in which this is done wrong.
fn package_with(misbehaviour: Misbehaviour) -> (Card, Vec<u8>, Vec<u8>) {
    let world = World::new();
    let order = world.order();
    let mut card = Card::new();
    let offer = world.offer(&mut card, &order.matching_id);
    let body = card.prepare(&offer, None);
    world.misbehave(PACKAGE, misbehaviour);
    let bound = world.call(PACKAGE.name(), &body);
    let package = bytes(&bound, "boundProfilePackage");
    (card, package, bytes(&offer, "profileMetadata"))
}

#[test]
fn packages_without_an_outline() {
    for misbehaviour in
        [Misbehaviour::GarbagePackage, Misbehaviour::TruncatedPackage, Misbehaviour::WrongOutline]
    {
        let (_, package, _) = package_with(misbehaviour);
        assert!(BppOutline::parse(&package).is_err());
    }
}

#[test]
fn packages_with_other_metadata_are_right_in_everything_else() {
    let (card, package, offered) = package_with(Misbehaviour::OtherMetadata);
    let loaded = card.load(&package);
    assert_ne!(loaded.metadata, offered);
    let offered = ProfileMetadata::decode(&offered).unwrap();
    let bound = ProfileMetadata::decode(&loaded.metadata).unwrap();
    assert_eq!(bound.iccid, offered.iccid);
    assert_ne!(bound.profile_name, offered.profile_name);
}

#[test]
fn packages_that_only_the_card_finds_wanting() {
    let good = package_with(Misbehaviour::ConnectionClose).1;
    let commands = |package: &[u8]| BppOutline::parse(package).unwrap().commands.len();

    let (card, incomplete, _) = package_with(Misbehaviour::IncompletePackage);
    let profile = card.load(&incomplete).profile;
    assert!(!profile.is_empty());
    assert!(ProfilePackage::from_der(profile).is_err());

    let (_, wrong_mac, _) = package_with(Misbehaviour::WrongMac);
    assert_eq!(commands(&wrong_mac), commands(&good));
    let (last, before) = wrong_mac.split_last().unwrap();
    let (good_last, good_before) = good.split_last().unwrap();
    assert_eq!(before, good_before);
    assert_ne!(last, good_last);

    let (_, unsigned, _) = package_with(Misbehaviour::WrongSignature);
    let signature = |package: &[u8]| {
        let outline = BppOutline::parse(package).unwrap();
        outline.initialise_secure_channel.signature
    };
    assert_ne!(signature(&unsigned), signature(&good));
}

#[test]
fn a_package_can_belong_to_another_session() {
    let (card, package, _) = package_with(Misbehaviour::OtherTransactionIdSigned);
    let outline = BppOutline::parse(&package).unwrap();
    let own = card.session.transaction_id.unwrap();
    assert_ne!(outline.initialise_secure_channel.transaction_id, own);
}
