//! The event of an order: that an SM-DS tells an eUICC of it (SGP.22 3.1.3; ES12).

use std::fmt;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::{Order, Report};

/// How far an event has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventState {
    /// To be registered as soon as the order can be downloaded.
    Wanted,
    /// The SM-DS tells the eUICC of it.
    Registered,
    /// The SM-DS has forgotten it: the order is over.
    Deleted,
}

/// The event that leads an eUICC to an order.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderEvent {
    /// The SM-DS where it is registered.
    pub smds: String,
    /// The eUICC, 32 digits.
    pub eid: String,
    /// The EventID: the order's matching ID. A secret.
    pub event_id: String,
    /// How far it has come.
    pub state: EventState,
    /// Why the last attempt to bring it further had no success.
    #[serde(default)]
    pub problem: Option<Report>,
}

impl OrderEvent {
    /// An event that is to be registered.
    pub(crate) fn wanted(smds: String, eid: String, event_id: String) -> Self {
        Self { smds, eid, event_id, state: EventState::Wanted, problem: None }
    }
}

impl fmt::Debug for OrderEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrderEvent")
            .field("smds", &self.smds)
            .field("state", &self.state)
            .field("problem", &self.problem)
            .finish_non_exhaustive()
    }
}

/// What is due at the SM-DS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventDue {
    Register,
    Delete,
}

impl Order {
    /// What is due at the SM-DS. An event lives as long as its order can be downloaded: postponing leaves it, an
    /// installation or a rejection ends it.
    pub(crate) fn event_due(&self, now: SystemTime) -> Option<EventDue> {
        let event = self.event.as_ref()?;
        let over = self.expires_at().is_some_and(|end| now > end);
        let can_be_downloaded = self.state.is_open() && !over;
        match event.state {
            EventState::Wanted if can_be_downloaded => Some(EventDue::Register),
            EventState::Registered if !can_be_downloaded => Some(EventDue::Delete),
            _ => None,
        }
    }
}
