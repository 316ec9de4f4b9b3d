//! The one fault of a phase, and the counting that finds its moment.

use std::sync::{Arc, Mutex};

use crate::lock;
use crate::plan::{CardFault, Fault, NetFault};

/// How much passed in a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Command APDUs.
    pub apdus: u32,
    /// HTTP exchanges.
    pub exchanges: u32,
}

/// Counts commands and exchanges, and says which one fails. Shared by card and network.
#[derive(Clone, Default)]
pub(crate) struct Injector(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    counts: Counts,
    fault: Option<Fault>,
    /// Everything that ever passed: tells whether anything goes on.
    activity: u64,
}

impl Injector {
    /// Begins a phase in which this goes wrong.
    pub(crate) fn arm(&self, fault: Option<Fault>) {
        let mut state = lock(&self.0);
        state.counts = Counts::default();
        state.fault = fault;
    }

    /// What passed since the phase began.
    pub(crate) fn counts(&self) -> Counts {
        lock(&self.0).counts
    }

    /// True while the fault has not come yet.
    pub(crate) fn is_armed(&self) -> bool {
        lock(&self.0).fault.is_some()
    }

    pub(crate) fn activity(&self) -> u64 {
        lock(&self.0).activity
    }

    /// One more command: its number and what goes wrong with it.
    pub(crate) fn apdu(&self) -> (u32, Option<CardFault>) {
        let mut state = lock(&self.0);
        state.activity += 1;
        state.counts.apdus += 1;
        let number = state.counts.apdus;
        let kind = match state.fault {
            Some(Fault::Card { apdu, kind }) if apdu == number => Some(kind),
            _ => None,
        };
        if kind.is_some() {
            state.fault = None;
        }
        (number, kind)
    }

    /// One more exchange: what goes wrong with it.
    pub(crate) fn exchange(&self) -> Option<NetFault> {
        let mut state = lock(&self.0);
        state.activity += 1;
        state.counts.exchanges += 1;
        let number = state.counts.exchanges;
        let kind = match state.fault {
            Some(Fault::Net { exchange, kind }) if exchange == number => Some(kind),
            _ => None,
        };
        if kind.is_some() {
            state.fault = None;
        }
        kind
    }
}
