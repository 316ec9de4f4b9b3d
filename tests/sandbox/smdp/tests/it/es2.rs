//! ES2+ over mutual TLS: who comes in, and what an order goes through.

use std::sync::Arc;

use lpakit_sandbox_rsp_server::client::CallError;
use lpakit_sandbox_rsp_server::misbehaviour::{Misbehaviour, Times};
use lpakit_sandbox_smdp::metadata::MetadataSpec;
use lpakit_sandbox_smdp::order::{OrderRequest, OrderState};
use lpakit_sandbox_smdp::server::{Limits, Server, TlsOptions};
use lpakit_sandbox_smdp::store::MemoryStore;
use lpakit_sandbox_smdp::{Es2Function, ProfileType, SmdpConfig};
use serde_json::{Value, json};

use crate::card::Card;
use crate::peers::{ANY_PORT, Back, Ds, new_operator, serve_es2};
use crate::world::{ADDRESS, EID, SMDS, World, pki};

pub const PLAN: &str = "TRAVEL-5GB";

pub fn with_catalogue(config: &mut SmdpConfig) {
    let template = OrderRequest::new(MetadataSpec::named("Operator", "Plan"));
    config.catalogue.push(ProfileType::new(PLAN, template.clone()));
    let rare = ProfileType { stock: Some(1), ..ProfileType::new("RARE", template) };
    config.catalogue.push(rare);
}

async fn served() -> (World, Server, Back) {
    let world = World::with(with_catalogue);
    let server = serve_es2(&world).await;
    let back = Back::of_operator(server.local_addr());
    (world, server, back)
}

pub fn confirmation(iccid: &Value) -> Value {
    json!({ "iccid": iccid, "releaseFlag": true })
}

fn only_order(world: &World) -> lpakit_sandbox_smdp::order::Order {
    let mut orders = world.smdp.orders().orders().unwrap();
    assert_eq!(orders.len(), 1);
    orders.remove(0)
}

#[tokio::test]
async fn a_profile_is_ordered_confirmed_released_and_downloaded() {
    let (world, _server, back) = served().await;
    let ordered = back.call("downloadOrder", json!({ "profileType": PLAN })).await;
    let iccid = &ordered["iccid"];
    assert_eq!(iccid.as_str().unwrap().len(), 20);
    assert_eq!(only_order(&world).state, OrderState::Allocated);

    let confirm = json!({
        "iccid": iccid,
        "matchingId": "SHOP-0001",
        "confirmationCode": "1234",
        "releaseFlag": false,
    });
    let confirmed = back.call("confirmOrder", confirm).await;
    assert_eq!(confirmed["matchingId"], "SHOP-0001");
    assert_eq!(confirmed["smdpAddress"], ADDRESS);
    assert!(!confirmed.contains_key("eid"));
    let mut card = Card::new();
    assert_eq!(world.offer_refused(&mut card, "SHOP-0001"), "8.2/1.2");

    back.call("releaseProfile", json!({ "iccid": iccid })).await;
    let offer = world.offer(&mut card, "SHOP-0001");
    assert_eq!(world.refused("getBoundProfilePackage", &card.prepare(&offer, None)), "8.2.7/2.2");
    let offer = world.offer(&mut card, "SHOP-0001");
    world.call("getBoundProfilePackage", &card.prepare(&offer, Some("1234")));
    assert_eq!(only_order(&world).state, OrderState::Downloaded);
    let iccid = only_order(&world).iccid().unwrap();
    world.post("handleNotification", &card.result(iccid, Card::success()));
    assert_eq!(only_order(&world).state, OrderState::Installed);
}

#[tokio::test]
async fn the_server_chooses_a_matching_id_and_an_eid_makes_the_order_its_own() {
    let (world, _server, back) = served().await;
    let ordered = back.call("downloadOrder", json!({ "profileType": PLAN, "eid": EID })).await;
    assert_eq!(only_order(&world).state, OrderState::Linked);
    let confirmed = back.call("confirmOrder", confirmation(&ordered["iccid"])).await;
    assert_eq!(confirmed["eid"], EID);
    let id = confirmed["matchingId"].as_str().unwrap();
    assert_eq!(id.len(), 23);
    let mut other = Card::other("89049032000000000000000000000163");
    assert_eq!(world.offer_refused(&mut other, id), "8.1.1/3.8");
    world.offer(&mut Card::new(), id);
}

#[tokio::test]
async fn an_empty_matching_id_is_the_default_smdp_way() {
    let (world, _server, back) = served().await;
    let ordered = back.call("downloadOrder", json!({ "profileType": PLAN })).await;
    let mut confirm = confirmation(&ordered["iccid"]);
    confirm["matchingId"] = json!("");
    assert_eq!(back.refused("confirmOrder", confirm.clone()).await, "8.1.1/2.2");
    confirm["eid"] = json!(EID);
    back.call("confirmOrder", confirm).await;
    world.offer(&mut Card::new(), "");
}

#[tokio::test]
async fn an_smds_is_told_before_the_operator_has_its_answer() {
    let ds = Ds::new().await;
    let store = Arc::new(MemoryStore::new());
    let world = World::with_peers(store, &ds.peers(), with_catalogue);
    let server = serve_es2(&world).await;
    let back = Back::of_operator(server.local_addr());
    let ordered = back.call("downloadOrder", json!({ "profileType": PLAN })).await;
    let iccid = &ordered["iccid"];
    let mut confirm = confirmation(iccid);
    confirm["smdsAddress"] = json!(SMDS);
    assert_eq!(back.refused("confirmOrder", confirm.clone()).await, "8.1.1/2.2");
    confirm["eid"] = json!(EID);
    confirm["matchingId"] = json!("EVENT-1");
    let failing = Misbehaviour::Refuse(lpakit_sandbox_smdp::status::StatusCode::new("8.9", "4.2"));
    let function = lpakit_sandbox_smds::Function::RegisterEvent;
    ds.smds.misbehaviours().add(function, failing, Times::Once);
    assert_eq!(back.refused("confirmOrder", confirm.clone()).await, "8.9/4.2");
    // Nothing has changed, so it can be tried again.
    assert_eq!(only_order(&world).state, OrderState::Allocated);
    confirm["releaseFlag"] = json!(false);
    back.call("confirmOrder", confirm).await;
    assert_eq!(ds.events(), []);
    back.call("releaseProfile", json!({ "iccid": iccid })).await;
    let event = (EID.to_owned(), "EVENT-1".to_owned(), ADDRESS.to_owned());
    assert_eq!(ds.events(), [event]);

    let cancel = json!({
        "iccid": iccid,
        "eid": EID,
        "matchingId": "EVENT-1",
        "finalProfileStatusIndicator": "Unavailable",
    });
    back.call("cancelOrder", cancel).await;
    assert_eq!(ds.events(), []);
    assert_eq!(only_order(&world).state, OrderState::Unavailable);
}

#[tokio::test]
async fn without_an_smds_to_call_an_event_is_refused() {
    let (world, _server, back) = served().await;
    let ordered = back.call("downloadOrder", json!({ "profileType": PLAN, "eid": EID })).await;
    let mut confirm = confirmation(&ordered["iccid"]);
    confirm["smdsAddress"] = json!(SMDS);
    assert_eq!(back.refused("confirmOrder", confirm).await, "8.9/5.1");
    assert_eq!(only_order(&world).state, OrderState::Linked);
}

#[tokio::test]
async fn only_operators_come_in() {
    let (world, server, _) = served().await;
    let smdp = pki().dp.as_ref().unwrap().tls.clone();
    for identity in [None, Some(smdp), Some(new_operator(7).client)] {
        let back = Back::new(identity, server.local_addr());
        let outcome = back.try_call("downloadOrder", json!({ "profileType": PLAN })).await;
        assert_eq!(outcome, Err(CallError::Unreachable));
    }
    assert_eq!(server.counters().requests(), 0);
    // The socket for LPAs asks nobody for a certificate, and does not serve ES2+ either.
    let tls = TlsOptions::of_dp(pki()).unwrap();
    let es9 = Server::start(world.smdp.clone(), ANY_PORT, &tls, Limits::default()).await.unwrap();
    let back = Back::of_operator(es9.local_addr());
    let outcome = back.try_call("downloadOrder", json!({ "profileType": PLAN })).await;
    assert_eq!(outcome, Err(CallError::Status(403)));
    assert!(world.smdp.orders().orders().unwrap().is_empty());
    assert!(world.lines.all().is_empty());
}

#[tokio::test]
async fn one_operator_does_not_see_the_orders_of_another() {
    let world = World::with(with_catalogue);
    let (one, two) = (new_operator(8), new_operator(9));
    let tls = TlsOptions::of_dp(pki())
        .unwrap()
        .with_clients(one.ca.certificate().clone())
        .with_clients(two.ca.certificate().clone());
    let server =
        Server::start(world.smdp.clone(), ANY_PORT, &tls, Limits::default()).await.unwrap();
    let one = Back::new(Some(one.client), server.local_addr());
    let two = Back::new(Some(two.client), server.local_addr());
    let ordered = one.call("downloadOrder", json!({ "profileType": PLAN })).await;
    let confirm = confirmation(&ordered["iccid"]);
    assert_eq!(two.refused("confirmOrder", confirm.clone()).await, "8.2.1/1.2");
    one.call("confirmOrder", confirm).await;
}

#[tokio::test]
async fn functions_can_be_made_to_fail() {
    let (world, _server, back) = served().await;
    let failing = Misbehaviour::HttpStatus(500);
    world.smdp.es2_misbehaviours().add(Es2Function::DownloadOrder, failing, Times::Once);
    let order = json!({ "profileType": PLAN });
    let outcome = back.try_call("downloadOrder", order.clone()).await;
    assert_eq!(outcome, Err(CallError::Status(500)));
    back.call("downloadOrder", order).await;
}
