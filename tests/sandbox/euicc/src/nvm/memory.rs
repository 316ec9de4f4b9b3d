//! Non-volatile memory that lives as long as the process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{BlobId, Nvm, NvmError};

/// Memory for tests and for an embedded card that need not outlive its program.
///
/// It is a handle: a clone is the same memory, so a test can keep one while the card owns the other.
/// [`Self::snapshot`] makes an independent copy.
#[derive(Clone, Default)]
pub struct MemoryNvm(Arc<Mutex<Image>>);

/// The content, shared between copies: octets that are written are never changed, only replaced.
#[derive(Clone, Default)]
struct Image {
    state: Option<Arc<[u8]>>,
    blobs: BTreeMap<BlobId, Arc<[u8]>>,
}

impl MemoryNvm {
    /// An empty memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// An independent copy of what is in it now. It costs no copying of octets.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        Self(Arc::new(Mutex::new(self.image().clone())))
    }

    /// How many blobs it holds.
    pub fn blob_count(&self) -> usize {
        self.image().blobs.len()
    }

    /// Whether it holds this blob.
    pub fn holds_blob(&self, id: BlobId) -> bool {
        self.image().blobs.contains_key(&id)
    }

    /// Whether it holds the same state and the same blobs.
    pub fn holds_the_same(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.image().clone(), other.image().clone());
        mine.state == theirs.state && mine.blobs.keys().eq(theirs.blobs.keys())
    }

    /// The last committed state.
    pub(crate) fn state(&self) -> Option<Arc<[u8]>> {
        self.image().state.clone()
    }

    /// The blobs.
    pub(crate) fn blobs(&self) -> Vec<Arc<[u8]>> {
        self.image().blobs.values().cloned().collect()
    }

    fn image(&self) -> MutexGuard<'_, Image> {
        // Every change is one assignment: a panic elsewhere cannot have left half of one.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for MemoryNvm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryNvm").finish_non_exhaustive()
    }
}

impl Nvm for MemoryNvm {
    fn load(&mut self) -> Result<Option<Vec<u8>>, NvmError> {
        Ok(self.state().map(|state| state.to_vec()))
    }

    fn commit(&mut self, state: &[u8]) -> Result<(), NvmError> {
        self.image().state = Some(state.into());
        Ok(())
    }

    fn put_blob(&mut self, content: &[u8]) -> Result<BlobId, NvmError> {
        let id = BlobId::of(content);
        self.image().blobs.insert(id, content.into());
        Ok(id)
    }

    fn blob(&mut self, id: BlobId) -> Result<Vec<u8>, NvmError> {
        let blob = self.image().blobs.get(&id).map(|blob| blob.to_vec());
        blob.ok_or(NvmError::BlobDamaged)
    }

    fn keep_only(&mut self, live: &BTreeSet<BlobId>) -> Result<(), NvmError> {
        self.image().blobs.retain(|id, _| live.contains(id));
        Ok(())
    }

    fn copy(&self) -> Result<Self, NvmError> {
        Ok(self.snapshot())
    }

    fn restore(&mut self, copy: &Self) -> Result<(), NvmError> {
        let image = copy.image().clone();
        *self.image() = image;
        Ok(())
    }
}
