//! ES2+.ReleaseProfile: the profile may be downloaded from now on (SGP.22 5.3.4).

use lpakit_sandbox_rsp_server::json::Reply;

use super::Call;
use crate::order::OrderState;
use crate::status::Refusal;

pub(super) fn run(call: &Call<'_>) -> Result<Reply, Refusal> {
    let order = call.own_order()?;
    let states = [OrderState::Confirmed];
    let released = call.change(&order, &states, |order| order.state = OrderState::Released)?;
    call.settle_event(&order, &released)?;
    Ok(Reply::Fields(Vec::new()))
}
