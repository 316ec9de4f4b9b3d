//! Time that a test decides over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lpakit::clock::Clock;
use lpakit::http::BoxFuture;
use tokio::sync::watch;

/// Some day, so that "days ago" can be before it.
const START: Duration = Duration::from_secs(1_800_000_000);
/// What a hurried clock does not wait for: pauses, but not a person.
const PAUSE: Duration = Duration::from_secs(60);

/// Waits end when the test says that so much time has gone by. Clones are the same clock.
#[derive(Clone)]
pub struct VirtualClock {
    passed: Arc<watch::Sender<Duration>>,
    /// What the latest wait was for.
    latest: Arc<watch::Sender<Duration>>,
    hurried: Arc<AtomicBool>,
}

impl Default for VirtualClock {
    fn default() -> Self {
        let (passed, latest) = (watch::channel(Duration::ZERO).0, watch::channel(Duration::ZERO).0);
        Self { passed: Arc::new(passed), latest: Arc::new(latest), hurried: Arc::default() }
    }
}

impl VirtualClock {
    /// Lets time go by.
    pub fn advance(&self, by: Duration) {
        self.passed.send_modify(|passed| *passed += by);
    }

    /// From now on waits of up to a minute are over at once; time goes by for them all the same.
    pub fn hurry(&self) {
        self.hurried.store(true, Ordering::Relaxed);
    }

    /// Waits until somebody waits for between three quarters and five quarters of this.
    pub async fn until_someone_waits_for(&self, about: Duration) {
        let mut latest = self.latest.subscribe();
        let fits = |waited: &Duration| *waited >= about * 3 / 4 && *waited <= about * 5 / 4;
        // The sender is a part of this very clock.
        let _ = latest.wait_for(fits).await;
    }

    /// How much time has gone by.
    pub fn passed(&self) -> Duration {
        *self.passed.borrow()
    }
}

impl Clock for VirtualClock {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        if self.hurried.load(Ordering::Relaxed) && duration <= PAUSE {
            self.advance(duration);
            return Box::pin(tokio::task::yield_now());
        }
        self.latest.send_replace(duration);
        let mut passed = self.passed.subscribe();
        let end = *passed.borrow() + duration;
        Box::pin(async move {
            // The clock outlives the world that waits with it.
            let _ = passed.wait_for(|passed| *passed >= end).await;
        })
    }

    fn now(&self) -> Duration {
        START + self.passed()
    }

    fn random(&self) -> u32 {
        u32::MAX / 2
    }
}

impl std::fmt::Debug for VirtualClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VirtualClock").field("passed", &self.passed()).finish_non_exhaustive()
    }
}
