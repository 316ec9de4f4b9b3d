//! What passes between LPA and servers: counted, held and disturbed when it is told to be.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};

use lpakit_sandbox_smdp::http::{Delivery, Request, Response, Service};

use super::StageError;
use super::gate::{Gate, PATIENCE, Way};
use super::moment::{Moment, Planned};

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NetFault {
    /// The connection breaks before the server has acted.
    LostBefore,
    /// The server acted, and the connection breaks before its answer.
    LostAfter,
    /// The server acted, and half of its answer is lost.
    Cut,
    /// Something in front of the server answers with this status.
    Status(u16),
}

impl NetFault {
    pub(super) fn parse(text: &str) -> Result<Self, StageError> {
        let status = |text: &str| text.parse().ok().map(Self::Status);
        let fault = match text {
            "lost_before" => Some(Self::LostBefore),
            "lost_after" => Some(Self::LostAfter),
            "cut" => Some(Self::Cut),
            other => other.strip_prefix("status=").and_then(status),
        };
        fault.ok_or_else(|| StageError::Unknown(text.to_owned()))
    }
}

/// The traffic to all servers of a stage.
#[derive(Clone, Default)]
pub(super) struct Traffic(Arc<Shared>);

#[derive(Default)]
struct Shared {
    gate: Gate,
    state: Mutex<State>,
    answered: Condvar,
}

#[derive(Default)]
struct State {
    requests: u64,
    /// How often each function was answered, or broken off.
    answered: BTreeMap<String, u64>,
    fault: Planned<NetFault>,
}

impl Traffic {
    pub(super) fn new(gate: Gate) -> Self {
        Self(Arc::new(Shared { gate, ..Shared::default() }))
    }

    /// How many requests came so far, to whatever server.
    pub(super) fn requests(&self) -> u64 {
        self.state().requests
    }

    /// Disturbs the request that comes at this moment.
    pub(super) fn plan(&self, moment: Moment, fault: NetFault) {
        self.state().fault.plan(moment, fault);
    }

    /// Waits until this function was answered so often in all; `false` when it is not.
    pub(super) fn wait_answered(&self, function: &str, times: u64) -> bool {
        let seldom = |state: &mut State| state.answered.get(function).copied() < Some(times);
        let waited = self.0.answered.wait_timeout_while(self.state(), PATIENCE, seldom);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    fn serve(&self, request: &Request, server: &dyn Service) -> Response {
        let function = request.bare_path().rsplit('/').next().unwrap_or_default();
        let _passage = self.0.gate.pass(Way::Net, Some(function));
        let fault = {
            let mut state = self.state();
            state.requests += 1;
            state.fault.due(Some(function))
        };
        let mut response = match fault {
            Some(NetFault::LostBefore) => Response::status(500),
            Some(NetFault::Status(status)) => Response::status(status),
            _ => server.call(request),
        };
        match fault {
            Some(NetFault::LostBefore | NetFault::LostAfter) => response.delivery = Delivery::Close,
            Some(NetFault::Cut) => response.body.truncate(response.body.len() / 2),
            _ => {}
        }
        // A connection that is kept may be found closed only when it is used again: a matter of chance.
        if response.delivery == Delivery::Whole {
            response.delivery = Delivery::LastOnConnection;
        }
        *self.state().answered.entry(function.to_owned()).or_default() += 1;
        self.0.answered.notify_all();
        response
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What stands in front of a server. The server behind it can be exchanged.
pub(super) struct Front<S> {
    server: RwLock<Arc<S>>,
    traffic: Traffic,
}

impl<S> Front<S> {
    pub(super) fn new(server: S, traffic: Traffic) -> Self {
        Self { server: RwLock::new(Arc::new(server)), traffic }
    }

    /// The server.
    pub(super) fn server(&self) -> Arc<S> {
        Arc::clone(&self.server.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another one in its place.
    pub(super) fn exchange(&self, server: S) {
        *self.server.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(server);
    }
}

impl<S: Service> Service for Front<S> {
    fn call(&self, request: &Request) -> Response {
        self.traffic.serve(request, self.server().as_ref())
    }
}
