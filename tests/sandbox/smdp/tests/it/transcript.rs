//! Transcripts: every exchange as one line, secrets only when asked for.

use lpakit_sandbox_smdp::Function;
use lpakit_sandbox_smdp::misbehaviour::Misbehaviour;

use crate::card::Card;
use crate::world::{ADDRESS, World};

#[test]
fn every_exchange_is_a_line() {
    let world = World::new();
    let order = world.order();
    let mut card = Card::new();
    world.package(&mut card, &order);
    let result = card.result(order.iccid, Card::success());
    world.post("handleNotification", &result);
    let lines = world.lines.all();
    let http: Vec<_> = lines.iter().filter(|line| line["t"] == "http").collect();
    let urls: Vec<&str> = http.iter().map(|l| l["url"].as_str().unwrap()).collect();
    let url = |function: &str| format!("https://{ADDRESS}/gsma/rsp2/es9plus/{function}");
    assert_eq!(
        urls,
        [
            url("initiateAuthentication"),
            url("authenticateClient"),
            url("getBoundProfilePackage"),
            url("handleNotification"),
        ]
    );
    let last = http[3];
    assert_eq!(last["request"]["body"], result.to_string());
    assert_eq!(last["request"]["headers"]["content-type"], "application/json");
    assert_eq!(last["response"]["status"], 204);
    assert_eq!(last["response"]["body"], "");
}

#[test]
fn an_answer_that_never_went_out_is_no_exchange() {
    let world = World::new();
    world.misbehave(Function::InitiateAuthentication, Misbehaviour::CloseAfter);
    world.post("initiateAuthentication", &Card::new().initiate(ADDRESS));
    assert!(world.lines.all().is_empty());
}

#[cfg(not(feature = "transcript-secrets"))]
#[test]
fn secrets_do_not_stand_in_it() {
    let world = World::new();
    let order = world.order();
    world.package(&mut Card::new(), &order);
    assert!(world.lines.all().iter().all(|line| line["t"] == "http"));
}

#[cfg(feature = "transcript-secrets")]
#[test]
fn secrets_stand_before_the_package_they_belong_to() {
    use lpakit_sandbox_crypto::OneTimeKeyPair;

    let world = World::new();
    let order = world.order_with(|order| order.confirmation_code = Some("4711".to_owned()));
    let mut card = Card::new();
    let offer = world.offer(&mut card, &order.matching_id);
    let bound = world.call("getBoundProfilePackage", &card.prepare(&offer, Some("4711")));
    let package = crate::world::bytes(&bound, "boundProfilePackage");

    let lines = world.lines.all();
    let secret = |name: &str| {
        let line = lines.iter().find(|line| line["t"] == "secret" && line["name"] == name);
        let line = line.unwrap();
        let id = card.session.transaction_id.as_ref().unwrap();
        assert_eq!(line["transaction_id"], hex::encode(id.octets()));
        line["value"].as_str().unwrap().to_owned()
    };
    assert_eq!(secret("confirmation_code"), "4711");
    assert_eq!(secret("profile"), hex::encode(card.load(&package).profile));
    let outline = lpakit_rsp::bpp::BppOutline::parse(&package).unwrap();
    let key = OneTimeKeyPair::from_scalar(&hex::decode(secret("smdp_otsk")).unwrap()).unwrap();
    assert_eq!(key.public_point().to_vec(), outline.initialise_secure_channel.smdp_otpk);
    assert_eq!(lines.last().unwrap()["t"], "http");
}
