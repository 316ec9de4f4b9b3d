//! What waits for an eUICC.

use std::fmt;

use lpakit_rsp::identifiers::Eid;
use serde::{Deserialize, Serialize};

/// An event record: for this eUICC there is something at that server, to be asked for by this EventID.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The eUICC, 32 digits.
    pub eid: String,
    /// What the LPA sends as matching ID to the server below. A secret.
    pub event_id: String,
    /// An SM-DP+, or another SM-DS that knows more.
    pub rsp_server_address: String,
    /// Who registered it: the subject key identifier of the client certificate, in hexadecimal; nobody for events of
    /// the sandbox's own. Only the same one may delete it.
    #[serde(default)]
    pub registered_by: Option<String>,
    /// The EventID under which it was told to the root SM-DS, where it names this SM-DS.
    #[serde(default)]
    pub forwarded_as: Option<String>,
    /// Its place in the order of arrival; given by the store.
    #[serde(default)]
    pub number: u64,
}

impl Event {
    /// An event of the sandbox's own.
    pub fn new(
        eid: &Eid,
        event_id: impl Into<String>,
        rsp_server_address: impl Into<String>,
    ) -> Self {
        Self {
            eid: eid.to_string(),
            event_id: event_id.into(),
            rsp_server_address: rsp_server_address.into(),
            registered_by: None,
            forwarded_as: None,
            number: 0,
        }
    }

    /// Whether an LPA that comes with this EventID means it.
    pub fn answers_to(&self, event_id: &str) -> bool {
        self.event_id == event_id || self.forwarded_as.as_deref() == Some(event_id)
    }
}

/// Shows where it leads, neither for whom nor by which ID.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("rsp_server_address", &self.rsp_server_address)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}
