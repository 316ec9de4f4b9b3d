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

#[derive(Clone, Default)]
struct Image {
    state: Option<Vec<u8>>,
    blobs: BTreeMap<BlobId, Vec<u8>>,
}

impl MemoryNvm {
    /// An empty memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// An independent copy of what is in it now.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        Self(Arc::new(Mutex::new(self.image().clone())))
    }

    /// How many blobs it holds.
    pub fn blob_count(&self) -> usize {
        self.image().blobs.len()
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
        Ok(self.image().state.clone())
    }

    fn commit(&mut self, state: &[u8]) -> Result<(), NvmError> {
        self.image().state = Some(state.to_vec());
        Ok(())
    }

    fn put_blob(&mut self, content: &[u8]) -> Result<BlobId, NvmError> {
        let id = BlobId::of(content);
        self.image().blobs.insert(id, content.to_vec());
        Ok(id)
    }

    fn blob(&mut self, id: BlobId) -> Result<Vec<u8>, NvmError> {
        let blob = self.image().blobs.get(&id).cloned();
        blob.ok_or(NvmError::BlobDamaged)
    }

    fn keep_only(&mut self, live: &BTreeSet<BlobId>) -> Result<(), NvmError> {
        self.image().blobs.retain(|id, _| live.contains(id));
        Ok(())
    }
}
