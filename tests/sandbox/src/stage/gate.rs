//! A gate that stops a command or a request on its way until it is told to go on, so that what a person does
//! meanwhile comes at an exact moment, without sleeping.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::moment::{Moment, Planned};

/// Nothing on a stage takes nearly as long. What never comes fails a story instead of hanging it.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Whose way is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The way to the card with this number.
    Card(usize),
    /// The way to the servers.
    Net,
}

/// The gate. One thing at a time can be stopped.
#[derive(Clone, Default)]
pub(super) struct Gate(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    planned: Planned<()>,
    /// Whose way [`State::planned`] is about.
    way: Option<Way>,
    /// Somebody stands at the gate.
    held: bool,
    /// Somebody was let go and has not arrived yet.
    on_the_way: bool,
    /// Nobody is ever stopped again.
    over: bool,
}

/// Somebody who was stopped and goes on. Dropped, it has arrived.
pub(super) struct Passage(Gate);

impl Drop for Passage {
    fn drop(&mut self) {
        self.0.state().on_the_way = false;
        self.0.tell();
    }
}

impl Gate {
    /// Stops what comes at this moment.
    pub(super) fn hold(&self, way: Way, moment: Moment) {
        let mut state = self.state();
        state.planned.plan(moment, ());
        state.way = Some(way);
    }

    /// Goes by; waits here if it is the moment. The passage is to be kept until it is done.
    pub(super) fn pass(&self, way: Way, name: Option<&str>) -> Option<Passage> {
        let mut state = self.state();
        if state.over || state.way != Some(way) || state.planned.due(name).is_none() {
            return None;
        }
        state.held = true;
        self.tell();
        let waited = self.0.1.wait_while(state, |state| state.held && !state.over);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        state.held = false;
        state.on_the_way = true;
        drop(state);
        Some(Passage(self.clone()))
    }

    /// Waits until somebody stands at the gate; `false` when nobody comes.
    pub(super) fn wait_held(&self) -> bool {
        self.wait(|state| !state.held)
    }

    /// Lets go who stands at the gate, and waits until what it came for is done; `false` when nobody stands there.
    pub(super) fn release(&self) -> bool {
        let mut state = self.state();
        if !state.held {
            return false;
        }
        state.held = false;
        state.on_the_way = true;
        drop(state);
        self.tell();
        self.wait(|state| state.on_the_way)
    }

    /// Lets everybody go, for ever.
    pub(super) fn end(&self) {
        self.state().over = true;
        self.tell();
    }

    /// Waits while this is so; `false` when it stays so for too long.
    fn wait(&self, is_so: impl Fn(&State) -> bool) -> bool {
        let waited = self.0.1.wait_timeout_while(self.state(), PATIENCE, |state| is_so(state));
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    fn tell(&self) {
        self.0.1.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
