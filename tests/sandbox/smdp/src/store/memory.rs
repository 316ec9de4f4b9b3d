//! A store that ends with the process.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Store, StoreError, in_order};
use crate::notification::ReceivedNotification;
use crate::order::{Order, OrderId};

/// Keeps everything in memory.
#[derive(Default)]
pub struct MemoryStore(Mutex<Content>);

#[derive(Default)]
struct Content {
    orders: Vec<(Order, Vec<u8>)>,
    notifications: Vec<ReceivedNotification>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn create(&self, order: &Order, profile: &[u8]) -> Result<(), StoreError> {
        self.content().orders.push((order.clone(), profile.to_vec()));
        Ok(())
    }

    fn orders(&self) -> Result<Vec<Order>, StoreError> {
        let content = self.content();
        let mut orders: Vec<Order> =
            content.orders.iter().map(|(order, _)| order.clone()).collect();
        in_order(&mut orders);
        Ok(orders)
    }

    fn profile(&self, id: &OrderId) -> Result<Vec<u8>, StoreError> {
        let content = self.content();
        let found = content.orders.iter().find(|(order, _)| &order.id == id);
        found.map(|(_, profile)| profile.clone()).ok_or(StoreError::UnknownOrder)
    }

    fn update(
        &self,
        id: &OrderId,
        change: &mut dyn FnMut(&mut Order),
    ) -> Result<Order, StoreError> {
        let mut content = self.content();
        let found = content.orders.iter_mut().find(|(order, _)| &order.id == id);
        let (order, _) = found.ok_or(StoreError::UnknownOrder)?;
        change(order);
        Ok(order.clone())
    }

    fn add_notification(&self, notification: &ReceivedNotification) -> Result<bool, StoreError> {
        let mut content = self.content();
        let known = content.notifications.iter_mut().find(|known| known.key == notification.key);
        if let Some(known) = known {
            known.times = known.times.saturating_add(1);
            return Ok(false);
        }
        content.notifications.push(notification.clone());
        Ok(true)
    }

    fn notifications(&self) -> Result<Vec<ReceivedNotification>, StoreError> {
        Ok(self.content().notifications.clone())
    }
}
