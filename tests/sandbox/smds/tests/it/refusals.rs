//! Every check of the SM-DS, and the pair that its failure becomes.

use std::sync::Arc;
use std::time::Duration;

use lpakit_rsp::identifiers::{KeyId, TransactionId, Version};
use lpakit_sandbox_smds::store::MemoryEvents;

use crate::card::Card;
use crate::world::{ADDRESS, World, new_pki, refusal};

async fn initiate_refused(world: &World, card: &Card, address: &str) -> String {
    refusal(&world.call("initiateAuthentication", &card.initiate(address)).await)
}

#[tokio::test]
async fn there_must_be_an_address_a_version_and_a_ci_in_common() {
    let world = World::new().await;
    let refused = initiate_refused(&world, &Card::new(), "another.example.com").await;
    assert_eq!(refused, "8.9.1/3.8");
    // Host names are the same in letters of either size.
    world.call("initiateAuthentication", &Card::new().initiate("SMDS.Example.com")).await;

    for svn in [[1, 1, 0], [4, 0, 0]] {
        let card = Card { svn: Version(svn), ..Card::new() };
        assert_eq!(initiate_refused(&world, &card, ADDRESS).await, "8.9.3/3.1");
    }
    let foreign = vec![KeyId::from_octets(&[7; 20])];
    let card = Card { signing_keys: foreign.clone(), ..Card::new() };
    assert_eq!(initiate_refused(&world, &card, ADDRESS).await, "8.9.2/3.1");
    let card = Card { verification_keys: foreign, ..Card::new() };
    assert_eq!(initiate_refused(&world, &card, ADDRESS).await, "8.9.2/3.1");
}

#[tokio::test]
async fn a_ci_that_has_given_the_server_no_certificate_is_told_apart() {
    let other = new_pki(27);
    let second = other.ci.certificate().clone();
    let world = World::with(Arc::new(MemoryEvents::new()), |config| {
        config.roots.add(second).unwrap();
    })
    .await;
    let keys = vec![KeyId::from_octets(other.ci_key_id())];
    let card = Card { verification_keys: keys, ..Card::new() };
    assert_eq!(initiate_refused(&world, &card, ADDRESS).await, "8.9.4/3.7");
}

#[tokio::test]
async fn what_the_euicc_signs_must_be_what_was_asked() {
    let world = World::new().await;
    let lying = |lie| Card { lie, ..Card::new() };
    let challenge = lying(|signed| signed.server_challenge[0] ^= 1);
    assert_eq!(refusal(&world.ask(&challenge, None).await), "8.1/6.1");
    let address = lying(|signed| signed.server_address = "another.example.com".to_owned());
    assert_eq!(refusal(&world.ask(&address, None).await), "8.1/6.1");
    let session =
        lying(|signed| signed.transaction_id = TransactionId::from_octets(&[9; 16]).unwrap());
    assert_eq!(refusal(&world.ask(&session, None).await), "8.10.1/3.9");
    let signature = Card { damage_signature: true, ..Card::new() };
    assert_eq!(refusal(&world.ask(&signature, None).await), "8.1/6.1");
    assert_eq!(world.smds.open_sessions(), 0);
}

#[tokio::test]
async fn the_euicc_must_come_from_a_known_maker() {
    let world = World::new().await;
    let foreign = new_pki(28).card.unwrap();
    let card = Card::with(foreign.euicc.clone(), foreign.eum.certificate().clone());
    assert_eq!(refusal(&world.ask(&card, None).await), "8.11.1/3.9");
    // A certificate of another maker's under our maker's name.
    let card = Card::with(foreign.euicc, Card::new().eum);
    assert_eq!(refusal(&world.ask(&card, None).await), "8.1.3/6.1");
}

#[tokio::test]
async fn a_session_is_for_one_answer_and_not_for_ever() {
    let world = World::new().await;
    let card = Card::new();
    let initiated = world.initiate(&card).await;
    let body = card.authenticate(&initiated, None);
    world.call("authenticateClient", &body).await;
    assert_eq!(refusal(&world.call("authenticateClient", &body).await), "8.10.1/3.9");

    let initiated = world.initiate(&card).await;
    world.clock.advance(Duration::from_secs(601));
    let body = card.authenticate(&initiated, None);
    assert_eq!(refusal(&world.call("authenticateClient", &body).await), "8.10.1/3.9");
}
