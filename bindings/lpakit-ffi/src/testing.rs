//! For tests of shells, which cannot hand a clock over themselves. Nothing of this is exported to them.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use lpakit::clock::Clock;

use crate::sync::lock;

static CLOCKS: LazyLock<Mutex<HashMap<String, Arc<dyn Clock>>>> = LazyLock::new(Mutex::default);

/// What the LPA of a card waits with, for cards that are opened from now on.
pub fn use_clock(card_id: &str, clock: Arc<dyn Clock>) {
    lock(&CLOCKS).insert(card_id.to_owned(), clock);
}

/// Forgets what [`use_clock`] was told of a card.
pub fn forget_clock(card_id: &str) {
    lock(&CLOCKS).remove(card_id);
}

pub(crate) fn clock_of(card_id: &str) -> Option<Arc<dyn Clock>> {
    lock(&CLOCKS).get(card_id).cloned()
}

/// How many cards are open, or not yet closed; for tests that look for leaks.
pub fn open_engines() -> usize {
    crate::engine::count()
}
