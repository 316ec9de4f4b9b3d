//! Time that a test decides over.

use std::sync::Arc;
use std::time::Duration;

use lpakit::clock::Clock;
use lpakit::http::BoxFuture;
use tokio::sync::watch;

/// Waits end when the test says that so much time has gone by.
#[derive(Clone)]
pub struct TestClock(Arc<watch::Sender<Duration>>);

impl Default for TestClock {
    fn default() -> Self {
        Self(Arc::new(watch::channel(Duration::ZERO).0))
    }
}

impl TestClock {
    /// Lets time go by.
    pub fn advance(&self, by: Duration) {
        self.0.send_modify(|now| *now += by);
    }
}

impl Clock for TestClock {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut now = self.0.subscribe();
        let end = *now.borrow() + duration;
        Box::pin(async move {
            // The clock outlives the world that waits with it.
            let _ = now.wait_for(|now| *now >= end).await;
        })
    }
}
