//! A port whose calls are watched: one that does not come back within a limit makes the card stuck. Nobody can end such a
//! call, so whoever waits is told, the card is given up, and what it says later counts no more.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{CardChannel, OpenChannel, PortAbilities, PortError};
use crate::sync::lock;

/// What is known of a port's calls, on both sides of the card's queue.
#[derive(Debug, Clone)]
pub(crate) struct CallWatch(Arc<Calls>);

#[derive(Debug)]
struct Calls {
    limit: Duration,
    since: Mutex<Option<Instant>>,
    stuck: AtomicBool,
}

impl CallWatch {
    /// Nothing is called yet. `limit` is for each call of the port.
    pub(crate) fn new(limit: Duration) -> Self {
        let (since, stuck) = (Mutex::new(None), AtomicBool::new(false));
        Self(Arc::new(Calls { limit, since, stuck }))
    }

    /// Whether the card was given up.
    pub(crate) fn is_stuck(&self) -> bool {
        self.0.stuck.load(Ordering::Acquire)
    }

    /// How long the call that is under way may still take; the whole limit when there is none.
    pub(crate) fn patience(&self) -> Duration {
        let since = *lock(&self.0.since);
        since.map_or(self.0.limit, |since| self.0.limit.saturating_sub(since.elapsed()))
    }

    /// Gives the card up if its call has taken too long.
    pub(crate) fn give_up_if_overdue(&self) -> bool {
        let since = lock(&self.0.since);
        if since.is_some_and(|since| since.elapsed() >= self.0.limit) {
            self.0.stuck.store(true, Ordering::Release);
        }
        self.is_stuck()
    }

    fn call<T>(&self, call: impl FnOnce() -> Result<T, PortError>) -> Result<T, PortError> {
        if self.is_stuck() {
            return Err(PortError::Timeout);
        }
        *lock(&self.0.since) = Some(Instant::now());
        let answer = call();
        // Under the lock: nobody gives up a card whose answer is taken.
        let mut since = lock(&self.0.since);
        *since = None;
        if self.is_stuck() { Err(PortError::Timeout) } else { answer }
    }
}

/// A port that is watched.
pub(super) struct Watched {
    pub(super) port: Box<dyn CardChannel>,
    pub(super) calls: CallWatch,
}

impl CardChannel for Watched {
    fn abilities(&self) -> PortAbilities {
        self.port.abilities()
    }

    fn open(&mut self, aid: &[u8]) -> Result<OpenChannel, PortError> {
        self.calls.call(|| self.port.open(aid))
    }

    fn transmit(&mut self, channel: OpenChannel, command: &[u8]) -> Result<Vec<u8>, PortError> {
        self.calls.call(|| self.port.transmit(channel, command))
    }

    fn opening_apdus(&self) -> u64 {
        self.port.opening_apdus()
    }

    fn close(&mut self, channel: OpenChannel) {
        // What goes wrong here is of no interest to anybody.
        let _ = self.calls.call(|| {
            self.port.close(channel);
            Ok(())
        });
    }

    fn reset(&mut self) -> Result<(), PortError> {
        self.calls.call(|| self.port.reset())
    }
}
