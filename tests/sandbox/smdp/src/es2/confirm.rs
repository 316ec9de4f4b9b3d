//! ES2+.ConfirmOrder: how the profile is asked for, who may have it, and whether it may be downloaded at once
//! (SGP.22 5.3.2).

use lpakit_sandbox_rsp_server::json::{Field, Reply};
use serde_json::Value;

use super::Call;
use crate::order::{ConfirmationCode, Order, OrderEvent, OrderState, is_matching_id};
use crate::status::Refusal;

/// How often a confirmation code may be given wrong.
const MAX_CONFIRMATION_TRIES: u32 = 3;

/// What the operator has said of an order.
struct Confirmation {
    eid: Option<String>,
    matching_id: String,
    code: Option<String>,
    smds: Option<String>,
    release: bool,
}

pub(super) fn run(call: &Call<'_>) -> Result<Reply, Refusal> {
    let one_at_a_time = call.smdp.es2_lock();
    let order = call.own_order()?;
    let confirmation = read(call, &order)?;
    let states = [OrderState::Allocated, OrderState::Linked];
    let confirmed = call.change(&order, &states, |order| confirmation.apply(order))?;
    // The matching ID is taken; an SM-DS that is slow must not keep others waiting.
    drop(one_at_a_time);
    call.settle_event(&order, &confirmed)?;
    #[cfg(feature = "transcript-secrets")]
    if let Some(code) = &confirmation.code {
        call.orders().remember_code(&confirmed.id, code);
    }
    let mut fields = vec![
        ("matchingId", Field::Json(Value::from(confirmed.matching_id.as_str()))),
        ("smdpAddress", Field::Json(Value::from(call.smdp.address()))),
    ];
    if let Some(eid) = confirmed.eid {
        fields.push(("eid", Field::Json(Value::from(eid))));
    }
    Ok(Reply::Fields(fields))
}

fn read(call: &Call<'_>, order: &Order) -> Result<Confirmation, Refusal> {
    let given = call.arguments.optional_eid()?.map(|eid| eid.to_string());
    if order.eid.is_some() && given.is_some() && order.eid != given {
        return Err(Refusal::EID_OTHER);
    }
    let eid = given.or_else(|| order.eid.clone());
    let smds = call.arguments.optional_text("smdsAddress")?.filter(|smds| !smds.is_empty());
    if smds.is_some_and(|smds| smds.len() > 255) {
        return Err(Refusal::FORMAT);
    }
    let matching_id = matching_id(call, order, eid.is_some(), smds.is_some())?;
    let code = call.arguments.optional_text("confirmationCode")?;
    if code.is_some_and(str::is_empty) {
        return Err(Refusal::FORMAT);
    }
    Ok(Confirmation {
        eid,
        matching_id,
        code: code.map(str::to_owned),
        smds: smds.map(str::to_owned),
        release: call.arguments.flag("releaseFlag")?,
    })
}

/// The operator's own, an empty one for the default SM-DP+ way, or the one that was made up for the order.
fn matching_id(
    call: &Call<'_>,
    order: &Order,
    has_eid: bool,
    has_smds: bool,
) -> Result<String, Refusal> {
    let given = call.arguments.optional_text("matchingId")?;
    if (has_smds || given == Some("")) && !has_eid {
        return Err(Refusal::EID_MISSING);
    }
    match given {
        None => Ok(order.matching_id.clone()),
        // The EventID is the matching ID.
        Some("") if has_smds => Err(Refusal::MATCHING_ID_INVALID),
        Some("") => Ok(String::new()),
        Some(id) if !is_matching_id(id) => Err(Refusal::MATCHING_ID_INVALID),
        Some(id) if call.is_in_use(id, &order.id)? => Err(Refusal::MATCHING_ID_IN_USE),
        Some(id) => Ok(id.to_owned()),
    }
}

impl Confirmation {
    fn apply(&self, order: &mut Order) {
        order.eid.clone_from(&self.eid);
        order.matching_id.clone_from(&self.matching_id);
        order.confirmation_code =
            self.code.as_deref().map(|code| ConfirmationCode::new(code, MAX_CONFIRMATION_TRIES));
        order.event = match (&self.smds, &self.eid) {
            (Some(smds), Some(eid)) => {
                Some(OrderEvent::wanted(smds.clone(), eid.clone(), self.matching_id.clone()))
            }
            _ => None,
        };
        order.state = if self.release { OrderState::Released } else { OrderState::Confirmed };
    }
}
