//! Lets the card's thread go on only while the app's own thread stands still, so that the order of things never hangs
//! on which of them is faster.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use crate::lock;

/// The gate before the card. It is closed until [`Gate::while_open`].
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    open: bool,
    /// Which start of the app may pass.
    life: u32,
}

impl Gate {
    /// Lets only the next start of the app pass; whoever of an earlier one waits is sent away. Gives its number.
    pub(crate) fn next_life(&self) -> u32 {
        let mut state = lock(&self.0.0);
        state.life += 1;
        self.0.1.notify_all();
        state.life
    }

    /// Waits until the gate is open. `false` when this start of the app is over.
    pub(crate) fn pass(&self, life: u32) -> bool {
        let mut state = lock(&self.0.0);
        while state.life == life && !state.open {
            state = self.0.1.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.life == life
    }

    /// Opens the gate until `work` is done, and blocks this thread meanwhile.
    pub(crate) fn while_open<T>(&self, work: impl Future<Output = T>) -> T {
        self.set(true);
        let done = block_on(work);
        self.set(false);
        done
    }

    fn set(&self, open: bool) {
        lock(&self.0.0).open = open;
        self.0.1.notify_all();
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for something that another thread does, from within a runtime whose tasks must not go on meanwhile.
fn block_on<T>(work: impl Future<Output = T>) -> T {
    // Nobody gives the runtime's budget back while its thread stands still.
    let mut work = std::pin::pin!(tokio::task::unconstrained(work));
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match work.as_mut().poll(&mut context) {
            Poll::Ready(done) => return done,
            Poll::Pending => thread::park(),
        }
    }
}
