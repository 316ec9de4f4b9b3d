//! Port to time, so that tests decide how long a wait is.

use std::time::Duration;

use crate::http::BoxFuture;

/// What lpakit waits with.
pub trait Clock: Send + Sync {
    /// Ends when this much time has gone by.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// Real time, by tokio.
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioClock;

impl Clock for TokioClock {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
