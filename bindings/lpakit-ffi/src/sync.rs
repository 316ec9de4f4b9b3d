//! Locks that are taken even after a panic elsewhere.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes a lock. A poisoned one is taken all the same: what is guarded here is replaced or counted in one step, never
/// half-written.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
