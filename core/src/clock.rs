//! Port to time and chance, so that tests decide how long a wait is and how the dice fall.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::http::BoxFuture;

/// What lpakit waits with, and spreads its waits with.
pub trait Clock: Send + Sync {
    /// Ends when this much time has gone by.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// The time since 1970-01-01 00:00 UTC. It is compared with what an earlier run of the app wrote down, and bears
    /// being set back.
    fn now(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    /// Any number; it spreads repeated deliveries, so that many phones do not come back at the same moment. No secret
    /// hangs on it.
    fn random(&self) -> u32 {
        // The standard library seeds each of these anew from the system's randomness.
        RandomState::new().hash_one(0) as u32
    }
}

/// Real time, by tokio.
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioClock;

impl Clock for TokioClock {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
