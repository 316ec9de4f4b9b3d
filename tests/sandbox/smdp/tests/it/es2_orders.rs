//! Which orders ES2+ refuses, and with which pair.

use lpakit_sandbox_smdp::order::{MatchingId, OrderState};
use serde_json::{Value, json};

use crate::card::Card;
use crate::es2::{PLAN, confirmation, with_catalogue};
use crate::peers::{Back, serve_es2};
use crate::world::{EID, World};

const OTHER_EID: &str = "89049032000000000000000000000163";

struct Shop {
    world: World,
    back: Back,
    _server: lpakit_sandbox_smdp::server::Server,
}

impl Shop {
    async fn new() -> Self {
        let world = World::with(with_catalogue);
        let server = serve_es2(&world).await;
        Self { world, back: Back::of_operator(server.local_addr()), _server: server }
    }

    async fn order(&self, more: Value) -> Value {
        let mut fields = json!({ "profileType": PLAN });
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.back.call("downloadOrder", fields).await["iccid"].clone()
    }

    async fn refused(&self, function: &str, fields: Value) -> String {
        self.back.refused(function, fields).await
    }
}

fn with(mut fields: Value, name: &str, value: Value) -> Value {
    fields[name] = value;
    fields
}

#[tokio::test]
async fn there_must_be_such_a_profile_in_stock() {
    let shop = Shop::new().await;
    let refused = |fields| shop.refused("downloadOrder", fields);
    assert_eq!(refused(json!({})).await, "8.2.1/2.3");
    assert_eq!(refused(json!({ "profileType": "NO-SUCH" })).await, "8.2.5/3.9");
    assert_eq!(refused(json!({ "iccid": "8988299000000000003F" })).await, "8.2.1/3.9");
    assert_eq!(refused(json!({ "iccid": "12" })).await, "1.3.1/2.1");
    shop.back.call("downloadOrder", json!({ "profileType": "RARE" })).await;
    assert_eq!(refused(json!({ "profileType": "RARE" })).await, "8.2.5/3.7");
}

#[tokio::test]
async fn a_profile_of_the_sandbox_can_be_ordered_by_its_iccid_once() {
    let shop = Shop::new().await;
    let placed = shop.world.order_with(|order| order.state = OrderState::Available);
    let iccid = placed.iccid.to_string();
    let typed = json!({ "iccid": iccid, "profileType": PLAN });
    assert_eq!(shop.refused("downloadOrder", typed).await, "8.2.5/3.8");
    shop.back.call("downloadOrder", json!({ "iccid": iccid })).await;
    assert_eq!(shop.world.state(&placed), OrderState::Allocated);
    assert_eq!(shop.refused("downloadOrder", json!({ "iccid": iccid })).await, "8.2.1/3.3");
}

#[tokio::test]
async fn an_order_is_confirmed_once_and_then_released_once() {
    let shop = Shop::new().await;
    let iccid = shop.order(json!({})).await;
    let release = json!({ "iccid": iccid });
    assert_eq!(shop.refused("releaseProfile", release.clone()).await, "8.2.1/3.5");
    let confirm = with(confirmation(&iccid), "releaseFlag", json!(false));
    shop.back.call("confirmOrder", confirm.clone()).await;
    assert_eq!(shop.refused("confirmOrder", confirm).await, "8.2.1/3.5");
    shop.back.call("releaseProfile", release.clone()).await;
    assert_eq!(shop.refused("releaseProfile", release).await, "8.2.1/3.5");
}

#[tokio::test]
async fn a_confirmation_must_fit_the_order_and_the_others() {
    let shop = Shop::new().await;
    let taken = MatchingId::Given("TAKEN".to_owned());
    shop.world.order_with(|order| order.matching_id = taken);
    let iccid = shop.order(json!({ "eid": EID })).await;
    let confirm = confirmation(&iccid);
    for (field, value, code) in [
        ("eid", json!(OTHER_EID), "8.1.1/3.10"),
        ("eid", json!("123"), "1.3.1/2.1"),
        ("matchingId", json!("TAKEN"), "8.2.6/3.3"),
        ("matchingId", json!("A$B"), "8.2.6/2.1"),
        ("confirmationCode", json!(""), "1.3.1/2.1"),
        ("releaseFlag", Value::Null, "1.3.1/2.2"),
        ("releaseFlag", json!("yes"), "1.3.1/2.1"),
        ("iccid", json!("8988299000000000003"), "8.2.1/3.9"),
        ("iccid", Value::Null, "1.3.1/2.2"),
    ] {
        let fields = with(confirm.clone(), field, value);
        assert_eq!(shop.refused("confirmOrder", fields).await, code, "{field}");
    }
    shop.back.call("confirmOrder", with(confirm, "eid", json!(EID))).await;
}

#[tokio::test]
async fn a_cancellation_names_what_it_cancels() {
    let shop = Shop::new().await;
    let iccid = shop.order(json!({ "eid": EID })).await;
    let confirm = with(confirmation(&iccid), "matchingId", json!("MINE"));
    shop.back.call("confirmOrder", confirm).await;
    let cancel = json!({
        "iccid": iccid,
        "eid": EID,
        "matchingId": "MINE",
        "finalProfileStatusIndicator": "Available",
    });
    for (field, value, code) in [
        ("eid", Value::Null, "8.1.1/2.2"),
        ("eid", json!(OTHER_EID), "8.1.1/3.10"),
        ("matchingId", Value::Null, "8.2.6/2.2"),
        ("matchingId", json!("OTHER"), "8.2.6/3.10"),
        ("finalProfileStatusIndicator", json!("Gone"), "1.3.1/2.1"),
        ("finalProfileStatusIndicator", Value::Null, "1.3.1/2.2"),
    ] {
        let fields = with(cancel.clone(), field, value);
        assert_eq!(shop.refused("cancelOrder", fields).await, code, "{field}");
    }
    shop.back.call("cancelOrder", cancel.clone()).await;
    assert_eq!(shop.refused("cancelOrder", cancel).await, "8.1.1/3.10");
    let mut card = Card::new();
    assert_eq!(shop.world.offer_refused(&mut card, "MINE"), "8.2.6/3.8");
    // What was given back is what the next one gets.
    assert_eq!(shop.order(json!({})).await, iccid);
}

#[tokio::test]
async fn what_an_euicc_may_have_is_not_taken_back() {
    let shop = Shop::new().await;
    let iccid = shop.order(json!({})).await;
    let confirmed = shop.back.call("confirmOrder", confirmation(&iccid)).await;
    let id = confirmed["matchingId"].as_str().unwrap();
    let mut card = Card::new();
    let offer = shop.world.offer(&mut card, id);
    shop.world.call("getBoundProfilePackage", &card.prepare(&offer, None));
    let cancel = json!({
        "iccid": iccid,
        "eid": EID,
        "matchingId": id,
        "finalProfileStatusIndicator": "Unavailable",
    });
    assert_eq!(shop.refused("cancelOrder", cancel).await, "8.2.1/3.3");
}
