//! One LPA on a card at a time: a new one waits until the thread of the one before has let the card go.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use lpakit::card::PortError;

/// So long an LPA waits for the one before it: longer than any farewell, shorter than a person's patience.
const LIMIT: Duration = Duration::from_secs(30);

/// Whether a card has been let go.
#[derive(Clone, Default)]
pub(crate) struct Released(Arc<(Mutex<bool>, Condvar)>);

impl Released {
    /// The card has been let go.
    pub(crate) fn tell(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_all();
    }

    /// Whether it has been let go.
    pub(crate) fn is_told(&self) -> bool {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self) -> bool {
        let (released, told) = &*self.0;
        let guard = released.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = told.wait_timeout_while(guard, LIMIT, |released| !*released);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// A turn at a card, after the one before.
#[derive(Default)]
pub(crate) struct Turn(Option<Released>);

impl Turn {
    pub(crate) const fn after(before: Option<Released>) -> Self {
        Self(before)
    }

    /// Waits for the turn. Called on the card's thread only.
    pub(crate) fn wait(&mut self) -> Result<(), PortError> {
        if self.0.as_ref().is_some_and(|before| !before.wait()) {
            return Err(PortError::Busy);
        }
        self.0 = None;
        Ok(())
    }
}
