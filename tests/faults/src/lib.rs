//! Nothing lost, anywhere: every command APDU and every HTTP exchange of every operation fails once in every way, the app
//! starts again on the same card and server, and what it was told must have been true.
//!
//! | part | what for |
//! |---|---|
//! | [`FaultPlan`] | what goes wrong, as one line that replays it |
//! | [`Stage`] | certificates, cards and an order, made once |
//! | [`play`] | one scenario |
//! | [`Walk`] | all of them |
//!
//! Card and server are the sandbox's, with real cryptography; their memory is copied for each scenario. HTTP is a
//! function call, time is virtual, randomness is seeded: a scenario takes some milliseconds and is the same each time.

#![forbid(unsafe_code)]

mod books;
mod card;
mod clock;
mod gate;
mod injector;
mod ledger;
mod operation;
mod plan;
mod scenario;
mod stage;
mod transport;
mod truth;
mod view;
mod walk;
mod world;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use card::FaultyCard;
pub use clock::VirtualClock;
pub use injector::Counts;
pub use plan::{CardFault, CardKind, Fault, FaultPlan, NetFault, Operation, PlanError};
pub use scenario::{Outcome, play};
pub use stage::Stage;
pub use transport::FaultyTransport;
pub use view::Visible;
pub use walk::{Failure, Walk, Walked};

/// A scenario that panicked is reported by itself; what it held is not used again.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
