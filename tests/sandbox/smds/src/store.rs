//! Where events are kept. RSP sessions are not: they live in RAM.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lpakit_sandbox_rsp_server::folder::{Folder, FolderError};
use sha2::{Digest, Sha256};

use crate::event::Event;

/// Keeps events. Every call leaves them whole, whoever else works on them at the same time.
pub trait EventStore: Send + Sync {
    /// Keeps a new event; `false` if there is one with this EID and EventID already, which stays.
    ///
    /// # Errors
    /// [`FolderError`].
    fn register(&self, event: &Event) -> Result<bool, FolderError>;

    /// Takes an event away, if `may` agrees; whether it was there and is gone.
    ///
    /// # Errors
    /// [`FolderError`].
    fn delete(
        &self,
        eid: &str,
        event_id: &str,
        may: &dyn Fn(&Event) -> bool,
    ) -> Result<bool, FolderError>;

    /// Every event, in the order they came.
    ///
    /// # Errors
    /// [`FolderError`].
    fn events(&self) -> Result<Vec<Event>, FolderError>;
}

/// Keeps events in memory; they end with the process.
#[derive(Default)]
pub struct MemoryEvents(Mutex<Vec<Event>>);

impl MemoryEvents {
    /// No events.
    pub fn new() -> Self {
        Self::default()
    }

    fn events(&self) -> MutexGuard<'_, Vec<Event>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventStore for MemoryEvents {
    fn register(&self, event: &Event) -> Result<bool, FolderError> {
        let mut events = self.events();
        let known = |known: &Event| known.eid == event.eid && known.event_id == event.event_id;
        if events.iter().any(known) {
            return Ok(false);
        }
        let number = next_number(&events);
        events.push(Event { number, ..event.clone() });
        Ok(true)
    }

    fn delete(
        &self,
        eid: &str,
        event_id: &str,
        may: &dyn Fn(&Event) -> bool,
    ) -> Result<bool, FolderError> {
        let mut events = self.events();
        let before = events.len();
        events.retain(|event| event.eid != eid || event.event_id != event_id || !may(event));
        Ok(events.len() < before)
    }

    fn events(&self) -> Result<Vec<Event>, FolderError> {
        Ok(self.events().clone())
    }
}

const EVENTS: &str = "events";

/// Keeps events in a folder, shared by a running server and other processes: one file each, to be read by its owner
/// only.
#[derive(Debug, Clone)]
pub struct FolderEvents(Folder);

impl FolderEvents {
    /// The events in this folder; it is made if it is not there.
    ///
    /// # Errors
    /// [`FolderError::Io`].
    pub fn open(folder: &Path) -> Result<Self, FolderError> {
        Ok(Self(Folder::open(folder, &[EVENTS])?))
    }
}

impl EventStore for FolderEvents {
    fn register(&self, event: &Event) -> Result<bool, FolderError> {
        let _lock = self.0.lock()?;
        let file = file(&event.eid, &event.event_id);
        if self.0.read(&file)?.is_some() {
            return Ok(false);
        }
        let number = next_number(&self.0.read_all::<Event>(EVENTS)?);
        self.0.write_json(&file, &Event { number, ..event.clone() })?;
        Ok(true)
    }

    fn delete(
        &self,
        eid: &str,
        event_id: &str,
        may: &dyn Fn(&Event) -> bool,
    ) -> Result<bool, FolderError> {
        let _lock = self.0.lock()?;
        let file = file(eid, event_id);
        match self.0.read_json::<Event>(&file)? {
            Some(event) if may(&event) => self.0.remove(&file),
            _ => Ok(false),
        }
    }

    fn events(&self) -> Result<Vec<Event>, FolderError> {
        let _lock = self.0.lock()?;
        let mut events: Vec<Event> = self.0.read_all(EVENTS)?;
        events.sort_by_key(|event| event.number);
        Ok(events)
    }
}

/// EventIDs are anybody's texts and secrets: neither may become a file's name.
fn file(eid: &str, event_id: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(eid);
    hash.update([0]);
    hash.update(event_id);
    format!("{EVENTS}/{}.json", hex::encode(hash.finalize()))
}

fn next_number(events: &[Event]) -> u64 {
    events.iter().map(|event| event.number).max().map_or(0, |last| last.saturating_add(1))
}
