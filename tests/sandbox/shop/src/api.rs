//! What apps call: JSON over HTTPS.

use lpakit_rsp::identifiers::Eid;
use lpakit_sandbox_rsp_server::http::{Request, Response};
use serde_json::{Map, Value, json};

use crate::purchase::Purchase;
use crate::shop::{Shop, Unsold};

/// Longest `requestId`.
const MAX_REQUEST_ID: usize = 64;

pub(crate) fn answer(shop: &Shop, path: &str, request: &Request) -> Response {
    let order = path.strip_prefix("/orders/");
    match (request.method.as_str(), path, order) {
        ("GET", "/plans", _) => json_response(200, &json!({ "plans": shop.plans() })),
        ("POST", "/orders", _) => buy(shop, &request.body),
        ("GET", _, Some(order)) => match shop.purchase(order) {
            Some(purchase) => json_response(200, &shown(&purchase)),
            None => error(404, "unknown-order"),
        },
        (_, "/plans" | "/orders", _) | (_, _, Some(_)) => error(405, "method-not-allowed"),
        _ => error(404, "not-found"),
    }
}

fn buy(shop: &Shop, body: &[u8]) -> Response {
    let Some(wish) = Wish::read(body) else {
        return error(400, "bad-request");
    };
    match shop.buy(&wish.plan, wish.request_id.as_deref(), wish.eid.as_ref()) {
        Ok(purchase) => json_response(201, &shown(&purchase)),
        Err(Unsold::UnknownPlan) => error(404, "unknown-plan"),
        Err(Unsold::RequestIdInUse) => error(409, "request-id-in-use"),
        Err(Unsold::SoldOut) => error(409, "sold-out"),
        Err(Unsold::Unavailable) => error(502, "unavailable"),
        Err(Unsold::Internal) => error(500, "internal"),
    }
}

/// What an app wants to buy.
struct Wish {
    plan: String,
    request_id: Option<String>,
    eid: Option<Eid>,
}

impl Wish {
    fn read(body: &[u8]) -> Option<Self> {
        let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
            return None;
        };
        let request_id = optional(&fields, "requestId")?;
        if request_id.as_ref().is_some_and(|id| id.is_empty() || id.len() > MAX_REQUEST_ID) {
            return None;
        }
        let eid = match optional(&fields, "eid")? {
            Some(digits) => Some(Eid::from_digits(&digits).ok()?),
            None => None,
        };
        Some(Self { plan: optional(&fields, "plan")??, request_id, eid })
    }
}

/// A text that may be missing; `None` for anything else than a text.
fn optional(fields: &Map<String, Value>, name: &str) -> Option<Option<String>> {
    match fields.get(name) {
        None | Some(Value::Null) => Some(None),
        Some(Value::String(text)) => Some(Some(text.clone())),
        Some(_) => None,
    }
}

/// All that an app sees of a purchase.
fn shown(purchase: &Purchase) -> Value {
    json!({
        "orderId": purchase.order_id,
        "plan": purchase.plan,
        "status": purchase.status,
        "activationCode": purchase.activation_code,
    })
}

fn json_response(status: u16, body: &Value) -> Response {
    let mut response = Response::with_body("application/json", body.to_string().into_bytes());
    response.status = status;
    // Activation codes are nobody else's.
    response.header("cache-control", "no-store");
    response
}

fn error(status: u16, name: &str) -> Response {
    json_response(status, &json!({ "error": name }))
}
