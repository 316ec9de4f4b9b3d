//! One LPA on a card at a time: a new one waits until the thread of the one before has let the card go.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use lpakit::card::PortError;

use crate::sync::lock;

/// So long an LPA waits for the one before it: longer than any farewell, shorter than a person's patience.
const LIMIT: Duration = Duration::from_secs(30);

/// Whether a card has been let go.
#[derive(Clone, Default)]
pub(crate) struct Released(Arc<(Mutex<bool>, Condvar)>);

impl Released {
    fn tell(&self) {
        let (released, told) = &*self.0;
        *lock(released) = true;
        told.notify_all();
    }

    /// Whether it has been let go.
    pub(crate) fn is_told(&self) -> bool {
        *lock(&self.0.0)
    }

    fn wait(&self) -> bool {
        let (released, told) = &*self.0;
        let waited = told.wait_timeout_while(lock(released), LIMIT, |released| !*released);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// A turn at a card, after the one before. Dropped, it lets the card go.
pub(crate) struct Turn {
    before: Option<Released>,
    released: Released,
}

impl Turn {
    /// A turn that begins when the one before has let the card go, and ends with `released`.
    pub(crate) const fn after(before: Option<Released>, released: Released) -> Self {
        Self { before, released }
    }

    /// Waits for the turn. Called on the card's thread only.
    pub(crate) fn wait(&mut self) -> Result<(), PortError> {
        if self.before.as_ref().is_some_and(|before| !before.wait()) {
            return Err(PortError::Busy);
        }
        self.before = None;
        Ok(())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.released.tell();
    }
}
