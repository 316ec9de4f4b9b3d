//! What the operator is told while a profile is downloaded.

use std::sync::Arc;

use lpakit_rsp::session::CancelReason;
use lpakit_sandbox_smdp::progress::{NotificationPoint, Told};
use lpakit_sandbox_smdp::store::MemoryStore;
use serde_json::Value;

use crate::card::Card;
use crate::peers::{Listener, listen, operator_peers};
use crate::world::{EID, World};

struct Stage {
    world: World,
    listener: Arc<Listener>,
    server: lpakit_sandbox_smdp::server::Server,
}

async fn told() -> Stage {
    let listener = Arc::new(Listener::default());
    let server = listen(listener.clone()).await;
    let peers = operator_peers(&server);
    Stage {
        world: World::with_peers(Arc::new(MemoryStore::new()), &peers, |_| ()),
        listener,
        server,
    }
}

/// Step and status, as they came.
fn steps(told: &[Value]) -> Vec<(u64, String)> {
    let status = |told: &Value| {
        let status = &told["notificationPointStatus"];
        match status["statusCodeData"]["subjectCode"].as_str() {
            None => status["status"].as_str().unwrap().to_owned(),
            Some(subject) => {
                format!("{subject}/{}", status["statusCodeData"]["reasonCode"].as_str().unwrap())
            }
        }
    };
    told.iter().map(|told| (told["notificationPointId"].as_u64().unwrap(), status(told))).collect()
}

fn step(point: u64, status: &str) -> (u64, String) {
    (point, status.to_owned())
}

#[tokio::test]
async fn every_step_of_a_good_download_is_told_once() {
    let Stage { world, listener, server: _server } = told().await;
    let order = world.order();
    let mut card = Card::new();
    world.package(&mut card, &order);
    let result = card.result(order.iccid, Card::success());
    for _ in 0..2 {
        world.post("handleNotification", &result);
    }
    world.smdp.settled().await;
    let told = listener.told.lock().unwrap();
    let good = "Executed-Success";
    assert_eq!(steps(&told), [step(1, good), step(3, good), step(4, good)]);
    let last = &told[2];
    assert_eq!(last["eid"], EID);
    assert_eq!(last["iccid"], order.iccid.to_string());
    assert_eq!(last["profileType"], "Plan");
    assert_eq!(last["timestamp"], "2026-06-01T00:00:00Z");
    assert_eq!(last["resultData"], result["pendingNotification"]);
    assert_eq!(last["header"]["functionRequesterIdentifier"], "2.999.10");
    assert!(world.smdp.progress().iter().all(|progress| progress.told == Told::Yes));
}

#[tokio::test]
async fn what_goes_wrong_is_told_with_its_codes() {
    let Stage { world, listener, server: _server } = told().await;
    let order = world.order_with(|order| order.confirmation_code = Some("1234".to_owned()));
    let mut card = Card::new();
    let offer = world.offer(&mut card, &order.matching_id);
    world.refused("getBoundProfilePackage", &card.prepare(&offer, Some("4321")));
    world.offer(&mut card, &order.matching_id);
    // Later is nothing that the operator has to know.
    world.call("cancelSession", &card.cancel(CancelReason::Postponed));
    world.offer(&mut card, &order.matching_id);
    world.call("cancelSession", &card.cancel(CancelReason::EndUserRejection));
    world.offer_refused(&mut card, &order.matching_id);
    world.smdp.settled().await;
    let good = "Executed-Success";
    let expected = [
        step(1, good),
        step(2, "8.2.7/3.8"),
        step(1, good),
        step(1, good),
        step(3, "8.8.5/3.8"),
        step(1, "8.2.6/3.8"),
    ];
    assert_eq!(steps(&listener.told.lock().unwrap()), expected);
}

#[tokio::test]
async fn an_operator_that_fails_is_told_again_but_not_for_ever() {
    let Stage { world, listener, server } = told().await;
    *listener.statuses.lock().unwrap() = vec![503, 500];
    let order = world.order();
    world.offer(&mut Card::new(), &order.matching_id);
    world.smdp.settled().await;
    assert_eq!(listener.told.lock().unwrap().len(), 1);

    server.stop().await;
    world.offer(&mut Card::new(), &order.matching_id);
    world.smdp.settled().await;
    let progress = world.smdp.progress();
    let told: Vec<Told> = progress.iter().map(|progress| progress.told).collect();
    assert_eq!(told, [Told::Yes, Told::No]);
    assert_eq!(progress[1].point, NotificationPoint::Eligibility);
    let shown = format!("{progress:?}");
    assert!(!shown.contains(EID) && !shown.contains(&order.iccid.to_string()));
}

#[tokio::test]
async fn without_an_operator_nothing_is_kept() {
    let world = World::new();
    let order = world.order();
    world.offer(&mut Card::new(), &order.matching_id);
    world.smdp.settled().await;
    assert!(world.smdp.progress().is_empty());
}
