//! Time that stands still until nothing else can go on.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use lpakit::http::BoxFuture;

use crate::lock;

/// The moment at which every scenario begins: 2026-06-01. Fixed, so that a scenario is the same on every day.
pub(crate) const BEGINNING: Duration = Duration::from_secs(1_780_272_000);

/// One clock for the LPA, the card and the server. Clones show the same time.
#[derive(Clone, Default)]
pub struct VirtualClock(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    now: Duration,
    next: u64,
    dice: u64,
    /// Waits by their end and number.
    waits: BTreeMap<(Duration, u64), Option<Waker>>,
}

impl VirtualClock {
    /// Lets time go by.
    pub fn advance(&self, by: Duration) {
        let woken = {
            let mut state = lock(&self.0);
            state.now += by;
            let now = state.now;
            let later = state.waits.split_off(&(now, u64::MAX));
            std::mem::replace(&mut state.waits, later)
        };
        woken.into_values().flatten().for_each(Waker::wake);
    }

    /// Lets time go by until the next wait ends; `false` when nobody waits.
    pub fn advance_to_next(&self) -> bool {
        let by = {
            let state = lock(&self.0);
            state.waits.keys().next().map(|(end, _)| end.saturating_sub(state.now))
        };
        by.map(|by| self.advance(by)).is_some()
    }

    /// The time of day.
    pub fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.since_1970()
    }

    fn since_1970(&self) -> Duration {
        BEGINNING + lock(&self.0).now
    }

    /// How many waits have begun so far.
    pub(crate) fn waits_begun(&self) -> u64 {
        lock(&self.0).next
    }
}

impl lpakit::clock::Clock for VirtualClock {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut state = lock(&self.0);
        let key = (state.now + duration, state.next);
        state.next += 1;
        state.waits.insert(key, None);
        Box::pin(Wait { clock: self.clone(), key })
    }

    fn now(&self) -> Duration {
        self.since_1970()
    }

    /// The same numbers each time.
    fn random(&self) -> u32 {
        let mut state = lock(&self.0);
        state.dice = state.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
        (state.dice >> 32) as u32
    }
}

impl lpakit_sandbox_smdp::clock::Clock for VirtualClock {
    fn now(&self) -> SystemTime {
        Self::now(self)
    }
}

struct Wait {
    clock: VirtualClock,
    key: (Duration, u64),
}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = lock(&self.clock.0);
        if state.now >= self.key.0 {
            return Poll::Ready(());
        }
        state.waits.insert(self.key, Some(context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        lock(&self.clock.0).waits.remove(&self.key);
    }
}
