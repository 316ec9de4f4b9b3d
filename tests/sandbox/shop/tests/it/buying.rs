//! Plans, purchases, and what an app sees of them.

use lpakit_sandbox_rsp_server::misbehaviour::{Misbehaviour, Times};
use lpakit_sandbox_smdp::order::OrderState;
use lpakit_sandbox_smdp::status::StatusCode;
use reqwest::Method;
use serde_json::{Value, json};

use crate::street::{EID, Street};

fn good() -> Value {
    json!({ "status": "Executed-Success" })
}

fn bad(subject: &str, reason: &str) -> Value {
    json!({
        "status": "Failed",
        "statusCodeData": { "subjectCode": subject, "reasonCode": reason },
    })
}

#[tokio::test]
async fn plans_are_listed() {
    let street = Street::new().await;
    let (status, plans) = street.get("/plans").await;
    assert_eq!(status, 200);
    let first = json!({
        "id": "TRAVEL",
        "name": "Travel 5 GB",
        "operator": "Operator",
        "price": "9.00 EUR",
    });
    assert_eq!(plans["plans"][0], first);
}

#[tokio::test]
async fn a_plan_is_bought_with_its_activation_code_and_nothing_more() {
    let street = Street::new().await;
    let bought = street.bought(json!({ "plan": "TRAVEL" })).await;
    let orders = street.smdp.orders().orders().unwrap();
    let order = &orders[0];
    assert_eq!(order.state, OrderState::Released);
    let code = format!("LPA:1$smdp.example.com${}", order.matching_id);
    assert_eq!(bought["activationCode"], code);
    assert_eq!(bought["status"], "ready");
    let mut names: Vec<&String> = bought.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["activationCode", "orderId", "plan", "status"]);
    assert!(!bought.to_string().contains(&order.iccid));

    let path = format!("/orders/{}", bought["orderId"].as_str().unwrap());
    assert_eq!(street.get(&path).await, (200, bought));
}

#[tokio::test]
async fn a_plan_for_an_eid_waits_at_the_smds() {
    let street = Street::new().await;
    let bought = street.bought(json!({ "plan": "TRAVEL", "eid": EID })).await;
    assert_eq!(bought["activationCode"], Value::Null);
    let events = street.smds.events().unwrap();
    let order = &street.smdp.orders().orders().unwrap()[0];
    assert_eq!(events.len(), 1);
    assert_eq!((&events[0].eid[..], &events[0].event_id), (EID, &order.matching_id));
}

#[tokio::test]
async fn the_status_follows_what_the_smdp_tells() {
    let street = Street::new().await;
    let bought = street.bought(json!({ "plan": "TRAVEL" })).await;
    let path = format!("/orders/{}", bought["orderId"].as_str().unwrap());
    for (point, told, status) in [
        (1, bad("8.1", "4.8"), "ready"),
        (2, bad("8.2.7", "3.8"), "ready"),
        (1, good(), "ready"),
        (3, good(), "downloading"),
        (4, bad("8.2.10", "4.2"), "failed"),
        (3, bad("8.8.5", "3.8"), "cancelled"),
        (4, good(), "installed"),
        // Heard late, of an attempt before.
        (3, good(), "installed"),
    ] {
        street.tell(point, told).await.unwrap();
        assert_eq!(street.get(&path).await.1["status"], status, "point {point}");
    }
}

#[tokio::test]
async fn the_same_request_buys_once() {
    let street = Street::new().await;
    let wish = json!({ "plan": "TRAVEL", "requestId": "cart-1" });
    let first = street.bought(wish.clone()).await;
    assert_eq!(street.bought(wish).await, first);
    assert_eq!(street.smdp.orders().orders().unwrap().len(), 1);
    for other in [
        json!({ "plan": "RARE", "requestId": "cart-1" }),
        json!({ "plan": "TRAVEL", "requestId": "cart-1", "eid": EID }),
    ] {
        let in_use = json!({ "error": "request-id-in-use" });
        assert_eq!(street.buy(other).await, (409, in_use));
    }
}

#[tokio::test]
async fn what_cannot_be_sold_is_said_in_few_words() {
    let street = Street::new().await;
    street.bought(json!({ "plan": "RARE" })).await;
    for (wish, status, error) in [
        (json!({ "plan": "RARE" }), 409, "sold-out"),
        (json!({ "plan": "NO-SUCH" }), 404, "unknown-plan"),
        (json!({ "plan": "NOT-AT-THE-SMDP" }), 502, "unavailable"),
        (json!({}), 400, "bad-request"),
        (json!({ "plan": 1 }), 400, "bad-request"),
        (json!([]), 400, "bad-request"),
        (json!({ "plan": "TRAVEL", "eid": "123" }), 400, "bad-request"),
        (json!({ "plan": "TRAVEL", "requestId": "x".repeat(65) }), 400, "bad-request"),
    ] {
        assert_eq!(street.buy(wish).await, (status, json!({ "error": error })));
    }
    assert_eq!(street.get("/orders/0").await, (404, json!({ "error": "unknown-order" })));
    assert_eq!(street.get("/orders").await.0, 405);
    assert_eq!(street.get("/elsewhere").await.0, 404);
    assert_eq!(street.ask(Method::DELETE, "/plans", "").await.0, 405);
}

#[tokio::test]
async fn a_profile_whose_event_is_refused_goes_back_into_stock() {
    let street = Street::new().await;
    let refuse = Misbehaviour::Refuse(StatusCode::new("8.9", "4.2"));
    let function = lpakit_sandbox_smds::Function::RegisterEvent;
    street.smds.misbehaviours().add(function, refuse, Times::Once);
    let wish = json!({ "plan": "RARE", "eid": EID });
    assert_eq!(street.buy(wish.clone()).await.0, 502);
    assert_eq!(street.smdp.orders().orders().unwrap()[0].state, OrderState::Available);
    // It is the only one there is.
    street.bought(wish).await;
}

#[tokio::test]
async fn only_the_smdp_can_tell_of_downloads() {
    let street = Street::new().await;
    street.bought(json!({ "plan": "TRAVEL" })).await;
    let iccid = street.shop.purchases()[0].iccid.clone();
    let forged = json!({
        "iccid": iccid,
        "notificationPointId": 4,
        "notificationPointStatus": good(),
    });
    let path = lpakit_sandbox_shop::PROGRESS_PATH;
    let status = street.send(Method::POST, path, &forged.to_string()).await.status();
    assert_eq!(status, 403);
    assert_eq!(street.shop.purchases()[0].status, lpakit_sandbox_shop::Status::Ready);
}

#[tokio::test]
async fn an_smdp_that_is_away_is_told_as_such() {
    let mut street = Street::new().await;
    street.close_smdp().await;
    let unavailable = json!({ "error": "unavailable" });
    assert_eq!(street.buy(json!({ "plan": "TRAVEL" })).await, (502, unavailable));
    assert!(street.shop.purchases().is_empty());
}

#[tokio::test]
async fn what_was_sold_outlives_the_shop() {
    let folder = tempfile::tempdir().unwrap();
    let street = Street::with_folder(Some(folder.path())).await;
    let bought = street.bought(json!({ "plan": "TRAVEL" })).await;
    street.tell(3, good()).await.unwrap();
    drop(street);
    let street = Street::with_folder(Some(folder.path())).await;
    let path = format!("/orders/{}", bought["orderId"].as_str().unwrap());
    let (status, order) = street.get(&path).await;
    assert_eq!(status, 200);
    assert_eq!(order["status"], "downloading");
    assert_eq!(order["activationCode"], bought["activationCode"]);
}
