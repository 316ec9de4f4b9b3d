//! Where orders, profiles and received notifications are kept. RSP sessions are not: they live in RAM.

mod folder;
mod memory;

pub use folder::FolderStore;
pub use memory::MemoryStore;

use lpakit_sandbox_rsp_server::folder::FolderError;

use crate::notification::ReceivedNotification;
use crate::order::{Order, OrderId};

/// Why the store failed. Files are named without their folder; nothing of their content is told.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// No order has this name.
    #[error("there is no such order")]
    UnknownOrder,
}

/// Keeps the server's state. Every call leaves it whole, whoever else works on it at the same time.
pub trait Store: Send + Sync {
    /// Keeps a new order and its profile package.
    ///
    /// # Errors
    /// [`StoreError`]; then the order is not there.
    fn create(&self, order: &Order, profile: &[u8]) -> Result<(), StoreError>;

    /// Every order, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    fn orders(&self) -> Result<Vec<Order>, StoreError>;

    /// The profile package of an order.
    ///
    /// # Errors
    /// [`StoreError::UnknownOrder`] and others.
    fn profile(&self, id: &OrderId) -> Result<Vec<u8>, StoreError>;

    /// Reads an order, lets `change` work on it and keeps it, while no one else can.
    ///
    /// # Errors
    /// [`StoreError::UnknownOrder`] and others; then nothing has changed.
    fn update(&self, id: &OrderId, change: &mut dyn FnMut(&mut Order))
    -> Result<Order, StoreError>;

    /// Keeps a notification. One that is there already (by its key) is counted instead; the answer is whether it
    /// was new.
    ///
    /// # Errors
    /// [`StoreError`].
    fn add_notification(&self, notification: &ReceivedNotification) -> Result<bool, StoreError>;

    /// Every notification, in the order they came.
    ///
    /// # Errors
    /// [`StoreError`].
    fn notifications(&self) -> Result<Vec<ReceivedNotification>, StoreError>;
}

fn in_order(orders: &mut [Order]) {
    orders.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
}
