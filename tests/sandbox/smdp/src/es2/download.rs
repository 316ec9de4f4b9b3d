//! ES2+.DownloadOrder: takes a profile out of stock, for an eUICC that is known or not yet (SGP.22 5.3.1).

use lpakit_rsp::identifiers::Eid;
use lpakit_sandbox_rsp_server::json::{Field, Reply};

use super::{Call, ProfileType, iccid_text};
use crate::order::{MatchingId, Order, OrderRequest, OrderState};
use crate::status::Refusal;

pub(super) fn run(call: &Call<'_>) -> Result<Reply, Refusal> {
    let eid = call.arguments.optional_eid()?;
    let profile_type = call.arguments.optional_text("profileType")?;
    // Two operators must not get one profile.
    let _one_at_a_time = call.smdp.es2_lock();
    let iccid = match (call.optional_iccid()?, profile_type) {
        (Some(_), _) => this_profile(call, profile_type, eid)?,
        (None, Some(name)) => one_of(call, name, eid)?,
        (None, None) => return Err(Refusal::ICCID_MISSING),
    };
    Ok(Reply::Fields(vec![("iccid", Field::Json(iccid_text(&iccid)))]))
}

fn this_profile(
    call: &Call<'_>,
    profile_type: Option<&str>,
    eid: Option<Eid>,
) -> Result<String, Refusal> {
    let order = call.own_order()?;
    if profile_type.is_some_and(|name| name != order.profile_type()) {
        return Err(Refusal::PROFILE_TYPE);
    }
    if order.state != OrderState::Available {
        return Err(Refusal::ICCID_IN_USE);
    }
    allocate(call, &order, eid)
}

/// One that was given back, or else a new one.
fn one_of(call: &Call<'_>, name: &str, eid: Option<Eid>) -> Result<String, Refusal> {
    let orders = call.orders().orders()?;
    let of_type = |order: &&Order| order.profile_type.as_deref() == Some(name);
    let available = |order: &Order| {
        let other = order.owner.as_deref().is_some_and(|owner| owner != call.operator);
        order.state == OrderState::Available && !other
    };
    if let Some(order) = orders.iter().filter(of_type).find(|order| available(order)) {
        return allocate(call, order, eid);
    }
    let kind = call.smdp.catalogue().iter().find(|kind| kind.name == name);
    let kind = kind.ok_or(Refusal::PROFILE_TYPE_UNKNOWN)?;
    if kind.stock.is_some_and(|stock| orders.iter().filter(of_type).count() >= stock) {
        return Err(Refusal::PROFILE_TYPE_UNAVAILABLE);
    }
    new_profile(call, kind, eid)
}

fn new_profile(call: &Call<'_>, kind: &ProfileType, eid: Option<Eid>) -> Result<String, Refusal> {
    let request = OrderRequest {
        eid,
        smds: None,
        matching_id: MatchingId::Generate,
        confirmation_code: None,
        state: OrderState::Allocated,
        ..kind.template.clone()
    };
    let placed = call.orders().place(&request)?;
    let order = call.orders().update(&placed.id, &mut |order| {
        order.owner = Some(call.operator.to_owned());
        order.profile_type = Some(kind.name.clone());
    })?;
    Ok(order.iccid)
}

fn allocate(call: &Call<'_>, order: &Order, eid: Option<Eid>) -> Result<String, Refusal> {
    let order = call.orders().update(&order.id, &mut |order| {
        order.state = if eid.is_some() { OrderState::Linked } else { OrderState::Allocated };
        order.eid = eid.map(|eid| eid.to_string());
        order.owner = Some(call.operator.to_owned());
    })?;
    Ok(order.iccid)
}
