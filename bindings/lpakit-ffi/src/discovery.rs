//! Plans that wait for a card, and where a plan comes from.

use std::sync::Arc;

use lpakit::lpa;

use crate::code::ActivationCode;
use crate::error::{ErrorDetails, LpaError};

/// Where a plan comes from.
#[derive(Clone, uniffi::Enum)]
pub enum ProfileSource {
    /// An activation code.
    Code {
        /// The code.
        code: Arc<ActivationCode>,
    },
    /// The default SM-DP+ address on the card: the operator has prepared a plan for this very EID.
    DefaultServer,
    /// An event that waited at an SM-DS.
    Event {
        /// What was found.
        plan: Arc<WaitingPlan>,
    },
}

impl From<ProfileSource> for lpakit::ProfileSource {
    fn from(source: ProfileSource) -> Self {
        match source {
            ProfileSource::Code { code } => Self::Code(code.core().clone()),
            ProfileSource::DefaultServer => Self::DefaultServer,
            ProfileSource::Event { plan } => Self::Event(plan.0.clone()),
        }
    }
}

/// A plan that waits for this card.
#[derive(uniffi::Object)]
pub struct WaitingPlan(lpa::WaitingPlan);

#[uniffi::export]
impl WaitingPlan {
    /// The server that has it, or knows who has it.
    pub fn server(&self) -> Result<String, LpaError> {
        Ok(self.0.server().to_owned())
    }

    /// The SM-DS that named it.
    pub fn found_at(&self) -> Result<String, LpaError> {
        Ok(self.0.found_at().to_owned())
    }
}

/// What an SM-DS could not tell, or told wrong.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SearchTrouble {
    /// The SM-DS.
    pub server: String,
    /// What was wrong.
    pub error: ErrorDetails,
}

/// What was found. One SM-DS that fails does not hide what others know.
#[derive(uniffi::Record)]
pub struct Discovery {
    /// What waits.
    pub plans: Vec<Arc<WaitingPlan>>,
    /// What went wrong.
    pub troubles: Vec<SearchTrouble>,
}

impl From<lpa::Discovery> for Discovery {
    fn from(found: lpa::Discovery) -> Self {
        let trouble = |trouble: lpa::SearchTrouble| SearchTrouble {
            server: trouble.server,
            error: ErrorDetails::from(&trouble.error),
        };
        Self {
            plans: found.plans.into_iter().map(|plan| Arc::new(WaitingPlan(plan))).collect(),
            troubles: found.troubles.into_iter().map(trouble).collect(),
        }
    }
}
