//! The card's non-volatile memory, as a port: one state that is replaced as a whole, and blobs that it refers to.
//!
//! A card that loses power at any moment finds, when it gets power again, the state as of the last commit: the old
//! one or the new one, never a mixture. Large things (profile packages) are blobs under the hash of their content;
//! they are written before the state refers to them, and strays are cleared away at power-on.

mod folder;
mod memory;
mod power_cut;

use std::collections::BTreeSet;
use std::fmt;
use std::io;

use sha2::{Digest, Sha256};

pub use folder::FolderNvm;
pub use memory::MemoryNvm;
pub use power_cut::{PowerCut, PowerSwitch};

/// Why the memory could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum NvmError {
    /// The power went in the middle ([`PowerCut`]).
    #[error("the card lost power")]
    PowerLost,
    /// Another process has this card's folder open.
    #[error("this card is in use by another process")]
    InUse,
    /// The folder or a file in it cannot be used.
    #[error("the card's memory cannot be used: {0}")]
    Io(#[from] io::Error),
    /// What was read is no card state, or one of another program version.
    #[error("the card's memory does not hold a card of this version")]
    NotACard,
    /// The state refers to a blob that is not there or is damaged.
    #[error("a profile package in the card's memory is missing or damaged")]
    BlobDamaged,
}

/// The name of a blob: SHA-256 of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId([u8; 32]);

impl BlobId {
    /// The name of this content.
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }

    /// From the 64 hexadecimal digits that [`fmt::Display`] writes.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut octets = [0; 32];
        hex::decode_to_slice(text, &mut octets).ok()?;
        Some(Self(octets))
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// Where a card keeps what must survive. One card at a time uses one memory.
pub trait Nvm: Send {
    /// The last committed state; `None` when there never was one.
    ///
    /// # Errors
    /// [`NvmError`] when the memory cannot be read.
    fn load(&mut self) -> Result<Option<Vec<u8>>, NvmError>;

    /// Replaces the state: when this returns, the new one is safe; until then the old one is.
    ///
    /// # Errors
    /// [`NvmError`] when the new state is not safe. The old one is then still there.
    fn commit(&mut self, state: &[u8]) -> Result<(), NvmError>;

    /// Stores a blob; when this returns, it is safe. Its name is [`BlobId::of`] its content.
    ///
    /// # Errors
    /// [`NvmError`] when it is not safe.
    fn put_blob(&mut self, content: &[u8]) -> Result<BlobId, NvmError>;

    /// The content of a blob.
    ///
    /// # Errors
    /// [`NvmError::BlobDamaged`] when it is not there or is not what its name says.
    fn blob(&mut self, id: BlobId) -> Result<Vec<u8>, NvmError>;

    /// Deletes every blob that is not in `live`, and the remains of writes that were cut off.
    ///
    /// # Errors
    /// [`NvmError`] when the memory cannot be read or changed.
    fn keep_only(&mut self, live: &BTreeSet<BlobId>) -> Result<(), NvmError>;

    /// An independent copy of what is in it now: what the next power-on will find. It needs no power and gives none.
    ///
    /// # Errors
    /// [`NvmError`] when the memory cannot be read.
    fn copy(&self) -> Result<MemoryNvm, NvmError>;

    /// Holds what `copy` holds from now on. Not a write of the card's: no [`PowerCut`] counts it.
    ///
    /// # Errors
    /// [`NvmError`] when the memory cannot be changed; it may then hold anything that was in either.
    fn restore(&mut self, copy: &MemoryNvm) -> Result<(), NvmError>;
}
