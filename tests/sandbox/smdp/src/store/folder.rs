//! A store in a folder, shared by a running server and other processes: one file per order, profile and
//! notification.

use std::path::Path;

use lpakit_sandbox_rsp_server::folder::Folder;

use super::{Store, StoreError, in_order};
use crate::notification::ReceivedNotification;
use crate::order::{Order, OrderId};

const ORDERS: &str = "orders";
const PROFILES: &str = "profiles";
const NOTIFICATIONS: &str = "notifications";

/// Keeps everything in a folder. Files can be read by their owner only.
#[derive(Debug, Clone)]
pub struct FolderStore {
    folder: Folder,
}

impl FolderStore {
    /// The store in this folder; it is made if it is not there.
    ///
    /// # Errors
    /// [`StoreError::Folder`].
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let folder = Folder::open(folder, &[ORDERS, PROFILES, NOTIFICATIONS])?;
        Ok(Self { folder })
    }

    fn order_file(id: &OrderId) -> String {
        format!("{ORDERS}/{id}.json")
    }

    fn profile_file(id: &OrderId) -> String {
        format!("{PROFILES}/{id}.der")
    }
}

impl Store for FolderStore {
    fn create(&self, order: &Order, profile: &[u8]) -> Result<(), StoreError> {
        let _lock = self.folder.lock()?;
        // The profile first: an order that is there has one.
        self.folder.write(&Self::profile_file(&order.id), profile)?;
        Ok(self.folder.write_json(&Self::order_file(&order.id), order)?)
    }

    fn orders(&self) -> Result<Vec<Order>, StoreError> {
        let mut orders = self.folder.read_all(ORDERS)?;
        in_order(&mut orders);
        Ok(orders)
    }

    fn profile(&self, id: &OrderId) -> Result<Vec<u8>, StoreError> {
        self.folder.read(&Self::profile_file(id))?.ok_or(StoreError::UnknownOrder)
    }

    fn update(
        &self,
        id: &OrderId,
        change: &mut dyn FnMut(&mut Order),
    ) -> Result<Order, StoreError> {
        let _lock = self.folder.lock()?;
        let file = Self::order_file(id);
        let before: Order = self.folder.read_json(&file)?.ok_or(StoreError::UnknownOrder)?;
        let mut order = before.clone();
        change(&mut order);
        if order != before {
            self.folder.write_json(&file, &order)?;
        }
        Ok(order)
    }

    fn add_notification(&self, notification: &ReceivedNotification) -> Result<bool, StoreError> {
        let _lock = self.folder.lock()?;
        let file = format!("{NOTIFICATIONS}/{}.json", notification.key);
        if let Some(mut known) = self.folder.read_json::<ReceivedNotification>(&file)? {
            known.times = known.times.saturating_add(1);
            self.folder.write_json(&file, &known)?;
            return Ok(false);
        }
        let mut numbered = notification.clone();
        numbered.number = self.folder.read_all::<ReceivedNotification>(NOTIFICATIONS)?.len() as u64;
        self.folder.write_json(&file, &numbered)?;
        Ok(true)
    }

    fn notifications(&self) -> Result<Vec<ReceivedNotification>, StoreError> {
        let mut all: Vec<ReceivedNotification> = self.folder.read_all(NOTIFICATIONS)?;
        all.sort_by_key(|notification| notification.number);
        Ok(all)
    }
}
