//! ES2+.CancelOrder: takes an order back, and the profile goes into stock again or out of it (SGP.22 5.3.3).

use lpakit_sandbox_rsp_server::json::Reply;

use super::Call;
use crate::order::{Order, OrderState};
use crate::status::Refusal;

/// What can be taken back: everything that no eUICC may have yet.
const STATES: [OrderState; 5] = [
    OrderState::Allocated,
    OrderState::Linked,
    OrderState::Confirmed,
    OrderState::Released,
    OrderState::Error,
];

pub(super) fn run(call: &Call<'_>) -> Result<Reply, Refusal> {
    let into_stock = match call.arguments.text("finalProfileStatusIndicator")? {
        text if text.eq_ignore_ascii_case("Available") => true,
        text if text.eq_ignore_ascii_case("Unavailable") => false,
        _ => return Err(Refusal::FORMAT),
    };
    let order = call.own_order()?;
    check_names(call, &order)?;
    if matches!(order.state, OrderState::Downloaded | OrderState::Installed) {
        return Err(Refusal::ICCID_IN_USE);
    }
    let matching_id = call.orders().new_matching_id();
    let cancelled = call.change(&order, &STATES, |order| order.state = OrderState::Unavailable)?;
    call.settle_event(&order, &cancelled)?;
    if into_stock {
        call.orders().update(&order.id, &mut |order| order.give_back(&matching_id))?;
    }
    Ok(Reply::Fields(Vec::new()))
}

/// EID and matching ID of the order, so that no operator cancels the wrong one.
fn check_names(call: &Call<'_>, order: &Order) -> Result<(), Refusal> {
    let given = call.arguments.optional_eid()?.map(|eid| eid.to_string());
    match (&order.eid, &given) {
        (Some(_), None) => return Err(Refusal::EID_MISSING),
        (own, Some(_)) if *own != given => return Err(Refusal::EID_OTHER),
        _ => {}
    }
    let confirmed = order.state >= OrderState::Confirmed;
    match call.arguments.optional_text("matchingId")? {
        None if confirmed && !order.matching_id.is_empty() => Err(Refusal::MATCHING_ID_MISSING),
        Some(given) if !confirmed || given != order.matching_id => Err(Refusal::MATCHING_ID_OTHER),
        _ => Ok(()),
    }
}

impl Order {
    /// As it was before anybody ordered it, but for the matching ID, which is never used twice.
    fn give_back(&mut self, matching_id: &str) {
        self.state = OrderState::Available;
        self.matching_id = matching_id.to_owned();
        self.owner = None;
        self.eid = None;
        self.confirmation_code = None;
        self.download_attempts = 0;
        self.binding_open = false;
        self.downloads.clear();
        self.report = None;
        self.event = None;
    }
}
