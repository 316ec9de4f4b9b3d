//! For tests of shells, which cannot hand a clock over themselves. Nothing of this is exported to them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use lpakit::clock::Clock;

static CLOCKS: Mutex<Option<HashMap<String, Arc<dyn Clock>>>> = Mutex::new(None);

/// What the LPA of a card waits with, for cards that are opened from now on.
pub fn use_clock(card_id: &str, clock: Arc<dyn Clock>) {
    let mut clocks = CLOCKS.lock().unwrap_or_else(PoisonError::into_inner);
    clocks.get_or_insert_default().insert(card_id.to_owned(), clock);
}

/// Forgets what [`use_clock`] was told of a card.
pub fn forget_clock(card_id: &str) {
    let mut clocks = CLOCKS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(clocks) = clocks.as_mut() {
        clocks.remove(card_id);
    }
}

pub(crate) fn clock_of(card_id: &str) -> Option<Arc<dyn Clock>> {
    let clocks = CLOCKS.lock().unwrap_or_else(PoisonError::into_inner);
    clocks.as_ref()?.get(card_id).cloned()
}

/// How many cards are open, or not yet closed; for tests that look for leaks.
pub fn open_engines() -> usize {
    crate::engine::count()
}
