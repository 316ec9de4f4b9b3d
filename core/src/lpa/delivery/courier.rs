//! The background task that sends what is pending, soon after it was opened, after each operation, and again when
//! something is due.

use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::Inner;
use super::round::Which;
use crate::clock::Clock;
use crate::sync::begin;

/// How long the first sweep after opening waits, so that whatever the person wants to see comes first.
const START_DELAY: Duration = Duration::from_secs(2);
/// A card that is away is asked again after so long, if no operation comes before.
const CARD_AWAY_PAUSE: Duration = Duration::from_secs(60);

/// The task's handle. It ends with the last [`super::Lpa`], wherever it is.
#[derive(Default)]
pub(in crate::lpa) struct Courier {
    wake: Arc<Notify>,
    task: OnceLock<AbortHandle>,
}

impl Courier {
    /// Starts the task when it is not running; its first round comes after a while.
    pub(in crate::lpa) fn start(&self, inner: &Arc<Inner>) {
        self.task.get_or_init(|| {
            let clock = Arc::clone(&inner.options.clock);
            let task = run(Arc::downgrade(inner), clock, Arc::clone(&self.wake));
            begin(&inner.runtime, task)
        });
    }

    /// Has a round made soon.
    pub(in crate::lpa) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Ends the task, for good.
    pub(in crate::lpa) fn stop(&self) {
        if let Some(task) = self.task.get() {
            task.abort();
        }
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn run(inner: Weak<Inner>, clock: Arc<dyn Clock>, wake: Arc<Notify>) {
    let mut pause = Some(START_DELAY);
    loop {
        match pause {
            Some(pause) => tokio::select! {
                () = wake.notified() => {}
                () = clock.sleep(pause) => {}
            },
            None => wake.notified().await,
        }
        let Some(inner) = inner.upgrade() else { return };
        let swept = inner.sweep(Which::Due).await;
        pause = next_pause(inner.ledger().next_due(), clock.now());
        if let Err(error) = swept {
            log::debug!("notifications: {}", error.key());
            pause = Some(pause.unwrap_or(CARD_AWAY_PAUSE).max(CARD_AWAY_PAUSE));
        }
    }
}

/// Not less than a second, so that a clock that was set cannot make it spin.
fn next_pause(due: Option<Duration>, now: Duration) -> Option<Duration> {
    due.map(|due| due.saturating_sub(now).max(Duration::from_secs(1)))
}
