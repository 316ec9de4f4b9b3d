//! A store in a folder, shared by a running server and other processes: one file per order, profile and
//! notification, each written beside its place and then moved there, all under one lock file.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Store, StoreError, in_order};
use crate::notification::ReceivedNotification;
use crate::order::{Order, OrderId};

const ORDERS: &str = "orders";
const PROFILES: &str = "profiles";
const NOTIFICATIONS: &str = "notifications";
const LOCK: &str = "lock";
/// No file of ours is larger; a profile package of 64 MiB is more than any card holds.
const MAX_FILE: u64 = 64 * 1024 * 1024;

/// Keeps everything in a folder. Files can be read by their owner only.
#[derive(Debug, Clone)]
pub struct FolderStore {
    folder: PathBuf,
}

impl FolderStore {
    /// The store in this folder; it is made if it is not there.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        for part in [ORDERS, PROFILES, NOTIFICATIONS] {
            let path = folder.join(part);
            fs::create_dir_all(&path).map_err(|source| io(part, source))?;
            restrict(&path).map_err(|source| io(part, source))?;
        }
        Ok(Self { folder: folder.to_owned() })
    }

    /// Waits until no other process or thread works on the folder; ends when it is dropped.
    fn lock(&self) -> Result<File, StoreError> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.folder.join(LOCK))
            .map_err(|source| io(LOCK, source))?;
        file.lock().map_err(|source| io(LOCK, source))?;
        Ok(file)
    }

    fn order_file(id: &OrderId) -> String {
        format!("{ORDERS}/{id}.json")
    }

    fn profile_file(id: &OrderId) -> String {
        format!("{PROFILES}/{id}.der")
    }

    fn read(&self, file: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let opened = match File::open(self.folder.join(file)) {
            Ok(opened) => opened,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(io(file, source)),
        };
        let mut bytes = Vec::new();
        opened.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|source| io(file, source))?;
        if bytes.len() as u64 > MAX_FILE {
            return Err(damaged(file));
        }
        Ok(Some(bytes))
    }

    fn read_json<T: DeserializeOwned>(&self, file: &str) -> Result<Option<T>, StoreError> {
        let Some(bytes) = self.read(file)? else {
            return Ok(None);
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|_| damaged(file))
    }

    /// All JSON files of a part; half-written ones have other names.
    fn read_all<T: DeserializeOwned>(&self, part: &str) -> Result<Vec<T>, StoreError> {
        let entries = fs::read_dir(self.folder.join(part)).map_err(|source| io(part, source))?;
        let mut all = Vec::new();
        for entry in entries {
            let name = entry.map_err(|source| io(part, source))?.file_name();
            let Some(name) = name.to_str().filter(|name| name.ends_with(".json")) else {
                continue;
            };
            all.extend(self.read_json(&format!("{part}/{name}"))?);
        }
        Ok(all)
    }

    /// Puts a whole file in its place at once: it is old or new, never half, even when the power goes.
    fn write(&self, file: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.folder.join(file);
        let folder = path.parent().unwrap_or(&self.folder);
        let put = || -> std::io::Result<()> {
            // A temporary file is readable by its owner only, and keeps that when it is moved.
            let mut temporary = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
            temporary.write_all(bytes)?;
            temporary.as_file().sync_all()?;
            temporary.persist(&path).map_err(|error| error.error)?;
            sync_folder(folder)
        };
        put().map_err(|source| io(file, source))
    }

    fn write_json(&self, file: &str, value: &impl Serialize) -> Result<(), StoreError> {
        let mut text = serde_json::to_vec_pretty(value).map_err(|_| damaged(file))?;
        text.push(b'\n');
        self.write(file, &text)
    }
}

impl Store for FolderStore {
    fn create(&self, order: &Order, profile: &[u8]) -> Result<(), StoreError> {
        let _lock = self.lock()?;
        // The profile first: an order that is there has one.
        self.write(&Self::profile_file(&order.id), profile)?;
        self.write_json(&Self::order_file(&order.id), order)
    }

    fn orders(&self) -> Result<Vec<Order>, StoreError> {
        let mut orders = self.read_all(ORDERS)?;
        in_order(&mut orders);
        Ok(orders)
    }

    fn profile(&self, id: &OrderId) -> Result<Vec<u8>, StoreError> {
        self.read(&Self::profile_file(id))?.ok_or(StoreError::UnknownOrder)
    }

    fn update(
        &self,
        id: &OrderId,
        change: &mut dyn FnMut(&mut Order),
    ) -> Result<Order, StoreError> {
        let _lock = self.lock()?;
        let file = Self::order_file(id);
        let before: Order = self.read_json(&file)?.ok_or(StoreError::UnknownOrder)?;
        let mut order = before.clone();
        change(&mut order);
        if order != before {
            self.write_json(&file, &order)?;
        }
        Ok(order)
    }

    fn add_notification(&self, notification: &ReceivedNotification) -> Result<bool, StoreError> {
        let _lock = self.lock()?;
        let file = format!("{NOTIFICATIONS}/{}.json", notification.key);
        if let Some(mut known) = self.read_json::<ReceivedNotification>(&file)? {
            known.times = known.times.saturating_add(1);
            self.write_json(&file, &known)?;
            return Ok(false);
        }
        let mut numbered = notification.clone();
        numbered.number = self.read_all::<ReceivedNotification>(NOTIFICATIONS)?.len() as u64;
        self.write_json(&file, &numbered)?;
        Ok(true)
    }

    fn notifications(&self) -> Result<Vec<ReceivedNotification>, StoreError> {
        let mut all: Vec<ReceivedNotification> = self.read_all(NOTIFICATIONS)?;
        all.sort_by_key(|notification| notification.number);
        Ok(all)
    }
}

#[cfg(unix)]
fn restrict(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn restrict(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Makes the move of a file last. Only Unix can open a folder for it.
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn io(file: &str, source: std::io::Error) -> StoreError {
    StoreError::Io { file: file.to_owned(), source }
}

fn damaged(file: &str) -> StoreError {
    StoreError::Damaged { file: file.to_owned() }
}
