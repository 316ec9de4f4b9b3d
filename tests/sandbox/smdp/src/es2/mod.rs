//! ES2+: the functions by which an operator orders profiles (SGP.22 5.3). Who calls is known from the TLS handshake.

mod cancel;
mod confirm;
mod download;
mod release;

use std::time::SystemTime;

use lpakit_rsp::identifiers::Iccid;
use lpakit_sandbox_rsp_server::json::{Arguments, Reply};
use serde_json::Value;

use crate::order::{Order, OrderBook, OrderId, OrderRequest, OrderState};
use crate::smdp::Smdp;
use crate::status::Refusal;

/// Where ES2+ functions are called: followed by the function's name.
pub const ES2_PATH: &str = "/gsma/rsp2/es2plus/";

/// A function of ES2+ that operators call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Es2Function {
    /// ES2+.DownloadOrder.
    DownloadOrder,
    /// ES2+.ConfirmOrder.
    ConfirmOrder,
    /// ES2+.CancelOrder.
    CancelOrder,
    /// ES2+.ReleaseProfile.
    ReleaseProfile,
}

impl Es2Function {
    /// Every function.
    pub const ALL: [Self; 4] =
        [Self::DownloadOrder, Self::ConfirmOrder, Self::CancelOrder, Self::ReleaseProfile];

    /// Its name: the last part of its path.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DownloadOrder => "downloadOrder",
            Self::ConfirmOrder => "confirmOrder",
            Self::CancelOrder => "cancelOrder",
            Self::ReleaseProfile => "releaseProfile",
        }
    }

    /// The function of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.name() == name)
    }
}

/// A kind of profile that operators order by name.
#[derive(Clone)]
pub struct ProfileType {
    /// Its name (profileType).
    pub name: String,
    /// What a profile of this kind is like; its state, EID and matching ID are the operator's to say.
    pub template: OrderRequest,
    /// How many there are, those that were ordered already included; without end when `None`.
    pub stock: Option<usize>,
}

impl ProfileType {
    /// A kind of profile of which there is no end.
    pub fn new(name: impl Into<String>, template: OrderRequest) -> Self {
        Self { name: name.into(), template, stock: None }
    }
}

/// Executes a function for the operator with this key.
pub(crate) fn execute(
    smdp: &Smdp,
    function: Es2Function,
    operator: &str,
    arguments: &Arguments,
) -> Result<Reply, Refusal> {
    arguments.check_header()?;
    let call = Call { smdp, operator, arguments };
    match function {
        Es2Function::DownloadOrder => download::run(&call),
        Es2Function::ConfirmOrder => confirm::run(&call),
        Es2Function::CancelOrder => cancel::run(&call),
        Es2Function::ReleaseProfile => release::run(&call),
    }
}

/// One request under way.
struct Call<'a> {
    smdp: &'a Smdp,
    operator: &'a str,
    arguments: &'a Arguments,
}

impl<'a> Call<'a> {
    fn orders(&self) -> &'a OrderBook {
        self.smdp.orders()
    }

    fn now(&self) -> SystemTime {
        self.smdp.now()
    }

    /// The ICCID in the request: 19 or 20 digits, or 19 and an F.
    fn optional_iccid(&self) -> Result<Option<Iccid>, Refusal> {
        let text = self.arguments.optional_text("iccid")?;
        let digits = text.map(|text| text.strip_suffix(['F', 'f']).unwrap_or(text));
        digits.map(Iccid::from_digits).transpose().map_err(|_| Refusal::FORMAT)
    }

    /// The order that the request is about. Of several with one ICCID the last counts.
    fn own_order(&self) -> Result<Order, Refusal> {
        let iccid = self.optional_iccid()?.ok_or(Refusal::MISSING_ELEMENT)?.to_string();
        let orders = self.orders().orders()?;
        let order = orders.into_iter().rev().find(|order| order.iccid == iccid);
        let order = order.ok_or(Refusal::ICCID_UNKNOWN)?;
        if order.owner.as_deref().is_some_and(|owner| owner != self.operator) {
            return Err(Refusal::ICCID_NOT_ALLOWED);
        }
        Ok(order)
    }

    /// Changes an order that is in one of these states. What is due at its SM-DS then is left to
    /// [`Self::settle_event`].
    fn change(
        &self,
        order: &Order,
        states: &[OrderState],
        change: impl Fn(&mut Order),
    ) -> Result<Order, Refusal> {
        let mut fits = false;
        let changed = self.orders().store().update(&order.id, &mut |order| {
            fits = states.contains(&order.state);
            if fits {
                change(order);
            }
        })?;
        fits.then_some(changed).ok_or(Refusal::ICCID_STATE)
    }

    /// Does at the SM-DS what is due for an order that was changed. If that fails, the order is again what it was.
    fn settle_event(&self, before: &Order, after: &Order) -> Result<(), Refusal> {
        if after.event_due(self.now()).is_none() {
            return Ok(());
        }
        let settled = match self.orders().outbox() {
            Some(outbox) => outbox.settle_event(&after.id),
            None => Err(Refusal::DS_UNREACHABLE),
        };
        if settled.is_err() {
            self.orders().store().update(&before.id, &mut |order| order.clone_from(before))?;
        }
        settled
    }

    /// Looks for who else has this matching ID.
    fn is_in_use(&self, matching_id: &str, but_for: &OrderId) -> Result<bool, Refusal> {
        let orders = self.orders().orders()?;
        Ok(orders.iter().any(|order| order.matching_id == matching_id && order.id != *but_for))
    }
}

/// An ICCID as it goes out: 20 characters.
fn iccid_text(iccid: &str) -> Value {
    Value::from(format!("{iccid:F<20}"))
}
