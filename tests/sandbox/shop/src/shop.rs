//! The shop as a whole.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use lpakit_rsp::identifiers::Eid;
use lpakit_sandbox_crypto::Random;
use lpakit_sandbox_rsp_server::client::CallError;
use lpakit_sandbox_rsp_server::http::{Request, Response, Service};
use lpakit_sandbox_rsp_server::status::Refusal;

use crate::config::{Plan, ShopConfig, ShopError};
use crate::operator::Operator;
use crate::purchase::{Purchase, Status};
use crate::store::Purchases;
use crate::{api, progress};

/// Where the SM-DP+ calls back: only with a client certificate.
pub const PROGRESS_PATH: &str = "/gsma/rsp2/es2plus/handleDownloadProgressInfo";

/// Why nothing was sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsold {
    /// No such plan.
    UnknownPlan,
    /// The request's name belongs to another plan or eUICC.
    RequestIdInUse,
    /// The SM-DP+ has none left.
    SoldOut,
    /// The SM-DP+ or its SM-DS did not answer as it should.
    Unavailable,
    /// The shop's own trouble.
    Internal,
}

/// A small shop. Requests of apps and of the SM-DP+ are values; [`Server`] serves them, the SM-DP+'s on a socket that
/// asks for its certificate.
///
/// [`Server`]: lpakit_sandbox_rsp_server::server::Server
pub struct Shop {
    plans: Vec<Plan>,
    operator: Operator,
    purchases: Purchases,
    random: Mutex<Box<dyn Random>>,
    /// Held while something is bought, so that one request is not two purchases.
    till: Mutex<()>,
}

impl Shop {
    /// Opens the shop; what it sells lasts if it is given a folder.
    ///
    /// # Errors
    /// [`ShopError`].
    pub fn open(
        config: ShopConfig,
        folder: Option<&Path>,
        random: Box<dyn Random>,
    ) -> Result<Self, ShopError> {
        Ok(Self {
            operator: Operator::new(&config)?,
            plans: config.plans,
            purchases: Purchases::open(folder)?,
            random: Mutex::new(random),
            till: Mutex::default(),
        })
    }

    /// What was sold.
    pub fn purchases(&self) -> Vec<Purchase> {
        self.purchases.all()
    }

    pub(crate) fn plans(&self) -> &[Plan] {
        &self.plans
    }

    pub(crate) fn purchase(&self, order_id: &str) -> Option<Purchase> {
        self.purchases.find(|purchase| purchase.order_id == order_id)
    }

    /// Sells a plan: the same request again is the same purchase.
    pub(crate) fn buy(
        &self,
        plan: &str,
        request_id: Option<&str>,
        eid: Option<&Eid>,
    ) -> Result<Purchase, Unsold> {
        let plan = self.plans.iter().find(|known| known.id == plan).ok_or(Unsold::UnknownPlan)?;
        let digits = eid.map(Eid::to_string);
        let _one_at_a_time = self.till.lock().unwrap_or_else(PoisonError::into_inner);
        let same =
            |known: &Purchase| request_id.is_some() && known.request_id.as_deref() == request_id;
        if let Some(known) = self.purchases.find(same) {
            let fits = known.plan == plan.id && known.eid == digits;
            return if fits { Ok(known) } else { Err(Unsold::RequestIdInUse) };
        }
        let ordered = self.operator.order(&plan.id, eid).map_err(|fault| unsold(&fault))?;
        let purchase = Purchase {
            order_id: self.new_order_id(),
            request_id: request_id.map(str::to_owned),
            plan: plan.id.clone(),
            status: Status::Ready,
            activation_code: ordered.activation_code,
            eid: digits,
            iccid: ordered.iccid,
        };
        self.purchases.add(purchase.clone()).map_err(|_| Unsold::Internal)?;
        Ok(purchase)
    }

    fn new_order_id(&self) -> String {
        let mut octets = [0; 16];
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        random.fill(&mut octets);
        hex::encode(octets)
    }

    /// The SM-DP+ tells how a download goes. What is not the shop's is acknowledged all the same.
    fn hear(&self, request: &Request) -> Response {
        if request.client.is_none() {
            return Response::status(403);
        }
        let told = match progress::read(request) {
            Ok(told) => told,
            Err(response) => return response,
        };
        let heard = told.status.map_or(Ok(()), |status| {
            self.purchases.update(&told.iccid, |purchase| {
                // An eUICC that has it keeps it, whatever is heard of older attempts.
                if purchase.status != Status::Installed {
                    purchase.status = status;
                }
            })
        });
        Response::status(if heard.is_ok() { 204 } else { 500 })
    }
}

impl Service for Shop {
    fn call(&self, request: &Request) -> Response {
        match request.bare_path() {
            PROGRESS_PATH => self.hear(request),
            path => api::answer(self, path, request),
        }
    }
}

fn unsold(fault: &CallError) -> Unsold {
    match fault {
        CallError::Refused(code) if *code == Refusal::PROFILE_TYPE_UNAVAILABLE.code => {
            Unsold::SoldOut
        }
        _ => Unsold::Unavailable,
    }
}
