//! What was sold.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How far a purchase has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It can be downloaded.
    Ready,
    /// An eUICC has fetched it; how that ended is not known yet.
    Downloading,
    /// An eUICC has it.
    Installed,
    /// The person has refused it.
    Cancelled,
    /// It could not be installed.
    Failed,
}

/// One plan that was sold.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// Its name towards the app: 32 hexadecimal digits that nobody can guess, for who knows them gets the code.
    pub order_id: String,
    /// What the app called its request.
    pub request_id: Option<String>,
    /// The plan.
    pub plan: String,
    /// How far it has come.
    pub status: Status,
    /// What the app is given; `None` for a profile that is pushed to an eUICC. A secret.
    pub activation_code: Option<String>,
    /// The eUICC that it was bought for, 32 digits.
    pub eid: Option<String>,
    /// The profile, digits: the shop's and the SM-DP+'s name for it, never the app's.
    pub iccid: String,
}

/// Shows what it is and how far it has come; neither whose nor how to get it.
impl fmt::Debug for Purchase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Purchase")
            .field("plan", &self.plan)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
