//! ES9+: the five functions an LPA calls, with every check that is the SM-DP+'s (SGP.22 5.6; facts 4, 6, 7).

mod authenticate;
mod bpp;
mod cancel;
mod initiate;
mod notification;

use lpakit_sandbox_rsp_server::certificates;
use lpakit_sandbox_rsp_server::json::{Arguments, Field, Reply};

use crate::misbehaviour::Quirks;
use crate::order::{Order, OrderError, Report};
use crate::progress::{NotificationPoint, Progress};
use crate::session::Session;
use crate::smdp::Smdp;
use crate::status::Refusal;
use crate::store::StoreError;

/// A function of ES9+.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Function {
    /// ES9+.InitiateAuthentication.
    InitiateAuthentication,
    /// ES9+.AuthenticateClient.
    AuthenticateClient,
    /// ES9+.GetBoundProfilePackage.
    GetBoundProfilePackage,
    /// ES9+.HandleNotification.
    HandleNotification,
    /// ES9+.CancelSession.
    CancelSession,
}

impl Function {
    /// Every function.
    pub const ALL: [Self; 5] = [
        Self::InitiateAuthentication,
        Self::AuthenticateClient,
        Self::GetBoundProfilePackage,
        Self::HandleNotification,
        Self::CancelSession,
    ];

    /// Its name: the last part of its path.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InitiateAuthentication => "initiateAuthentication",
            Self::AuthenticateClient => "authenticateClient",
            Self::GetBoundProfilePackage => "getBoundProfilePackage",
            Self::HandleNotification => "handleNotification",
            Self::CancelSession => "cancelSession",
        }
    }

    /// The function of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.name() == name)
    }
}

/// Executes a function.
pub(crate) fn execute(
    smdp: &Smdp,
    function: Function,
    arguments: &Arguments,
    quirks: &Quirks,
) -> Result<Reply, Refusal> {
    let call = Call { smdp, arguments, quirks };
    match function {
        Function::InitiateAuthentication => initiate::run(&call),
        Function::AuthenticateClient => authenticate::run(&call),
        Function::GetBoundProfilePackage => bpp::run(&call),
        Function::HandleNotification => notification::run(&call),
        Function::CancelSession => cancel::run(&call),
    }
}

/// One request under way.
pub(crate) struct Call<'a> {
    pub(crate) smdp: &'a Smdp,
    pub(crate) arguments: &'a Arguments,
    pub(crate) quirks: &'a Quirks,
}

impl Call<'_> {
    /// Takes the session that the request names. It is gone unless it is put back: any refusal ends a session.
    fn take_session(&self) -> Result<Session, Refusal> {
        self.smdp.authority.take_session(self.arguments, self.smdp.now())
    }

    /// Tells the operator how a step of a download went.
    fn tell<T>(
        &self,
        order: &Order,
        eid: &str,
        point: NotificationPoint,
        outcome: &Result<T, Refusal>,
    ) {
        let failure =
            outcome.as_ref().err().map(|refusal| Report::new(&refusal.code, &refusal.message));
        self.smdp.tell(Progress::new(order, eid, self.smdp.now(), point, failure));
    }
}

impl From<StoreError> for Refusal {
    fn from(_: StoreError) -> Self {
        Self::INTERNAL
    }
}

impl From<OrderError> for Refusal {
    fn from(_: OrderError) -> Self {
        Self::INTERNAL
    }
}
