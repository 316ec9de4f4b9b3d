//! What an SM-DS can be made to do wrong.

use lpakit_sandbox_rsp_server::misbehaviour::{Misbehaviour, Times};
use lpakit_sandbox_rsp_server::status::StatusCode;
use lpakit_sandbox_smds::Function::{AuthenticateClient, InitiateAuthentication};
use serde_json::Value;

use crate::card::{Card, bytes};
use crate::world::{ADDRESS, World, entries, ok, refusal};

#[tokio::test]
async fn lists_can_be_long_circular_dead_or_missing() {
    let world = World::new().await;
    let card = Card::new();
    world.register(&card.eid(), "A", "smdp.example.com");

    world.misbehave(AuthenticateClient, Misbehaviour::ManyEntries(1000));
    let many = world.entries(&card, None).await;
    assert_eq!(many.len(), 1000);
    assert!(many.iter().all(|(_, address)| address == "smdp.example.com"));

    let circle = Misbehaviour::EntryNamesItself;
    world.smds.misbehaviours().add(AuthenticateClient, circle, Times::Always);
    let first = world.entries(&card, None).await;
    assert_eq!(first[0].1, ADDRESS);
    assert_eq!(world.entries(&card, Some(&first[0].0)).await, first);
    world.smds.misbehaviours().clear();

    let dead = Misbehaviour::EntryNames("nobody.invalid".to_owned());
    world.misbehave(AuthenticateClient, dead);
    let entries = world.entries(&card, None).await;
    assert_eq!(entries, [("A".to_owned(), "nobody.invalid".to_owned())]);

    world.misbehave(AuthenticateClient, Misbehaviour::NoEntries);
    assert_eq!(ok(world.ask(&card, None).await)["eventEntries"], Value::Null);
}

#[tokio::test]
async fn the_header_may_be_missing_on_success() {
    let world = World::new().await;
    let card = Card::new();
    world.register(&card.eid(), "A", "smdp.example.com");
    world.misbehave(AuthenticateClient, Misbehaviour::NoHeader);
    let answer = world.ask(&card, None).await;
    assert_eq!(answer["header"], Value::Null);
    assert_eq!(entries(&answer).len(), 1);
}

#[tokio::test]
async fn transaction_ids_and_signatures_can_be_wrong() {
    let world = World::new().await;
    let card = Card::new();
    let initiated = world.initiate(&card).await;
    let body = card.authenticate(&initiated, None);
    world.misbehave(AuthenticateClient, Misbehaviour::OtherTransactionId);
    let answer = ok(world.call("authenticateClient", &body).await);
    assert_ne!(answer["transactionId"], initiated["transactionId"]);

    world.misbehave(InitiateAuthentication, Misbehaviour::WrongSignature);
    let initiated = world.initiate(&card).await;
    let signature = bytes(&initiated, "serverSignature1");
    let key = lpakit_sandbox_crypto::Certificate::from_der(&bytes(&initiated, "serverCertificate"))
        .unwrap()
        .public_key()
        .unwrap();
    assert!(key.verify(&bytes(&initiated, "serverSigned1"), &signature[3..]).is_err());
}

#[tokio::test]
async fn functions_can_be_refused_and_http_can_fail() {
    let world = World::new().await;
    let card = Card::new();
    world.misbehave(InitiateAuthentication, Misbehaviour::Refuse(StatusCode::new("8.9", "5.1")));
    let body = card.initiate(ADDRESS);
    assert_eq!(refusal(&world.call("initiateAuthentication", &body).await), "8.9/5.1");

    let path = "/gsma/rsp2/es9plus/initiateAuthentication";
    world.misbehave(InitiateAuthentication, Misbehaviour::HttpStatus(503));
    assert_eq!(world.send(path, &body).await.unwrap().status(), 503);
    world.misbehave(InitiateAuthentication, Misbehaviour::CloseBefore);
    assert!(world.send(path, &body).await.is_err());
}
