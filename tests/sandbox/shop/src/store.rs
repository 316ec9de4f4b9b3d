//! What was sold, in memory and, if it is to last, in a folder. One process has it.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lpakit_sandbox_rsp_server::folder::{Folder, FolderError};

use crate::purchase::Purchase;

const ORDERS: &str = "orders";

pub(crate) struct Purchases {
    folder: Option<Folder>,
    all: Mutex<Vec<Purchase>>,
}

impl Purchases {
    pub(crate) fn open(folder: Option<&Path>) -> Result<Self, FolderError> {
        let folder = folder.map(|folder| Folder::open(folder, &[ORDERS])).transpose()?;
        let all = match &folder {
            Some(folder) => folder.read_all(ORDERS)?,
            None => Vec::new(),
        };
        Ok(Self { folder, all: Mutex::new(all) })
    }

    pub(crate) fn all(&self) -> Vec<Purchase> {
        self.locked().clone()
    }

    pub(crate) fn find(&self, is: impl Fn(&Purchase) -> bool) -> Option<Purchase> {
        self.locked().iter().find(|purchase| is(purchase)).cloned()
    }

    pub(crate) fn add(&self, purchase: Purchase) -> Result<(), FolderError> {
        let mut all = self.locked();
        self.write(&purchase)?;
        all.push(purchase);
        Ok(())
    }

    /// Changes the purchase of this profile. A profile that was given back may have been sold again: the last counts.
    pub(crate) fn update(
        &self,
        iccid: &str,
        change: impl FnOnce(&mut Purchase),
    ) -> Result<(), FolderError> {
        let mut all = self.locked();
        let Some(purchase) = all.iter_mut().rev().find(|purchase| purchase.iccid == iccid) else {
            return Ok(());
        };
        let mut changed = purchase.clone();
        change(&mut changed);
        if changed != *purchase {
            self.write(&changed)?;
            *purchase = changed;
        }
        Ok(())
    }

    fn write(&self, purchase: &Purchase) -> Result<(), FolderError> {
        let file = format!("{ORDERS}/{}.json", purchase.order_id);
        self.folder.as_ref().map_or(Ok(()), |folder| folder.write_json(&file, purchase))
    }

    fn locked(&self) -> MutexGuard<'_, Vec<Purchase>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
