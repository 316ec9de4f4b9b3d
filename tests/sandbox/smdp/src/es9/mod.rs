//! ES9+: the five functions an LPA calls, with every check that is the SM-DP+'s (SGP.22 5.6; facts 4, 6, 7).

mod authenticate;
mod bpp;
mod cancel;
mod certificates;
mod initiate;
mod json;
mod notification;

use lpakit_rsp::identifiers::TransactionId;

use crate::misbehaviour::Quirks;
use crate::order::OrderError;
use crate::session::Session;
use crate::smdp::Smdp;
use crate::status::Refusal;
use crate::store::StoreError;

pub(crate) use json::{Arguments, Field, Reply, refusal_body};

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
        let id = self.transaction_id()?;
        let now = self.smdp.now();
        self.smdp.sessions.take(&id, now).ok_or(Refusal::SESSION)
    }

    /// The transaction ID in the JSON.
    fn transaction_id(&self) -> Result<TransactionId, Refusal> {
        let text = self.arguments.text("transactionId")?;
        TransactionId::from_hex(text).map_err(|_| Refusal::FORMAT)
    }

    /// The transaction ID that goes out in JSON; another one if a test wants that.
    fn told(&self, id: &TransactionId) -> Field {
        let other = crate::misbehaviour::Misbehaviour::OtherTransactionId;
        Field::TransactionId(if self.quirks.has(&other) {
            other_transaction_id(id)
        } else {
            id.clone()
        })
    }

    /// The transaction ID that is signed; another one if a test wants that.
    fn signed(&self, id: &TransactionId) -> TransactionId {
        let other = crate::misbehaviour::Misbehaviour::OtherTransactionIdSigned;
        if self.quirks.has(&other) { other_transaction_id(id) } else { id.clone() }
    }

    /// A signature as it goes out; damaged if a test wants that.
    fn signature(&self, mut signature: [u8; 64]) -> [u8; 64] {
        if self.quirks.has(&crate::misbehaviour::Misbehaviour::WrongSignature) {
            let [first, ..] = &mut signature;
            *first ^= 1;
        }
        signature
    }
}

fn other_transaction_id(id: &TransactionId) -> TransactionId {
    let inverted: Vec<u8> = id.octets().iter().map(|octet| !octet).collect();
    TransactionId::from_octets(&inverted).unwrap_or_else(|_| id.clone())
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
