//! What an eUICC is told, and under which path.

use std::sync::Arc;

use lpakit_sandbox_smds::Es11Path;
use lpakit_sandbox_smds::store::MemoryEvents;

use crate::card::Card;
use crate::world::{ADDRESS, World, refusal};

const OTHER_EID: &str = "89049032000000000000000000000163";

fn pair(event_id: &str, address: &str) -> (String, String) {
    (event_id.to_owned(), address.to_owned())
}

#[tokio::test]
async fn nothing_waiting_is_an_empty_list_and_ends_the_session() {
    let world = World::new().await;
    assert_eq!(world.entries(&Card::new(), None).await, []);
    assert_eq!(world.entries(&Card::new(), Some("")).await, []);
    assert_eq!(world.smds.open_sessions(), 0);
}

#[tokio::test]
async fn every_event_of_an_euicc_is_told_to_it_alone_in_the_order_they_came() {
    let world = World::new().await;
    let (card, other) = (Card::new(), Card::other(OTHER_EID));
    world.register(&card.eid(), "B", "smdp.example.com");
    world.register(&other.eid(), "C", "smdp.example.com");
    world.register(&card.eid(), "A", "smdp2.example.com");
    let own = [pair("B", "smdp.example.com"), pair("A", "smdp2.example.com")];
    assert_eq!(world.entries(&card, None).await, own);
    assert_eq!(world.entries(&other, None).await, [pair("C", "smdp.example.com")]);
    // Being told changes nothing: the event goes when whoever registered it says so.
    assert_eq!(world.entries(&card, Some("")).await, own);
}

#[tokio::test]
async fn one_event_can_be_asked_for() {
    let world = World::new().await;
    let (card, other) = (Card::new(), Card::other(OTHER_EID));
    world.register(&card.eid(), "A", "smdp.example.com");
    world.register(&card.eid(), "B", "alternative-smds.example.com");
    world.register(&other.eid(), "C", "smdp.example.com");
    let alternative = [pair("B", "alternative-smds.example.com")];
    assert_eq!(world.entries(&card, Some("B")).await, alternative);
    for unknown in ["C", "D"] {
        assert_eq!(refusal(&world.ask(&card, Some(unknown)).await), "8.9.5/3.9");
    }
}

#[tokio::test]
async fn the_path_depends_on_the_server() {
    let expected =
        [(Es11Path::Es9Plus, 200, 404), (Es11Path::Es11, 404, 200), (Es11Path::Both, 200, 200)];
    for (path, es9plus, es11) in expected {
        let world = World::with(Arc::new(MemoryEvents::new()), |config| config.path = path).await;
        let body = Card::new().initiate(ADDRESS);
        for (prefix, status) in [("es9plus", es9plus), ("es11", es11)] {
            let path = format!("/gsma/rsp2/{prefix}/initiateAuthentication");
            let response = world.send(&path, &body).await.unwrap();
            assert_eq!(response.status(), status, "{path}");
        }
    }
}

#[tokio::test]
async fn functions_of_an_smdp_are_not_found() {
    let world = World::new().await;
    let body = Card::new().initiate(ADDRESS);
    for function in ["getBoundProfilePackage", "handleNotification", "cancelSession"] {
        let path = format!("/gsma/rsp2/es9plus/{function}");
        assert_eq!(world.send(&path, &body).await.unwrap().status(), 404);
    }
}

#[tokio::test]
async fn every_exchange_is_a_line_of_the_transcript() {
    let world = World::new().await;
    let card = Card::new();
    world.register(&card.eid(), "A", "smdp.example.com");
    world.entries(&card, None).await;
    let lines = world.lines.0.lock().unwrap();
    let urls: Vec<&str> = lines.iter().map(|line| line["url"].as_str().unwrap()).collect();
    let url = |function: &str| format!("https://{ADDRESS}/gsma/rsp2/es9plus/{function}");
    assert_eq!(urls, [url("initiateAuthentication"), url("authenticateClient")]);
    assert!(lines[1]["response"]["body"].as_str().unwrap().contains("smdp.example.com"));
}
