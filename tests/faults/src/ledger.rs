//! What passed between card and server that must add up: which notification was acknowledged, and which was removed.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use crate::lock;

/// The book that card and network both write into.
#[derive(Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Pages>>);

#[derive(Default)]
struct Pages {
    acknowledged: BTreeSet<u32>,
    removed_too_early: BTreeSet<u32>,
}

impl Ledger {
    /// The app was told by 2xx that the server has this notification.
    pub(crate) fn acknowledge(&self, seq_number: u32) {
        lock(&self.0).acknowledged.insert(seq_number);
    }

    /// The app asked the card to remove it.
    pub(crate) fn asked_to_remove(&self, seq_number: u32) {
        let mut pages = lock(&self.0);
        if !pages.acknowledged.contains(&seq_number) {
            pages.removed_too_early.insert(seq_number);
        }
    }

    /// Notifications whose removal was asked for before the server had acknowledged them.
    pub(crate) fn removed_too_early(&self) -> BTreeSet<u32> {
        lock(&self.0).removed_too_early.clone()
    }
}
