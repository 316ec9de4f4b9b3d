//! The state together with the memory it is kept in.

use std::io;
use std::sync::Arc;

use crate::nvm::{BlobId, MemoryNvm, Nvm, NvmError};
use crate::state::CardState;

/// Changes of the state are changes of the memory: [`Store::update`] does both or neither.
pub(crate) struct Store {
    nvm: Box<dyn Nvm>,
    image: Image,
}

/// A state and the octets that it is kept as.
#[derive(Clone)]
pub(crate) struct Image {
    pub(crate) state: Arc<CardState>,
    pub(crate) octets: Arc<[u8]>,
}

impl Image {
    fn of(state: CardState) -> Result<Self, NvmError> {
        let octets = encode(&state)?.into();
        Ok(Self { state: Arc::new(state), octets })
    }

    fn read(octets: &[u8]) -> Result<Self, NvmError> {
        Ok(Self { state: Arc::new(decode(octets)?), octets: octets.into() })
    }
}

impl Store {
    /// Writes a new card into a memory that holds none.
    pub(crate) fn create(mut nvm: Box<dyn Nvm>, state: CardState) -> Result<Self, NvmError> {
        let image = Image::of(state)?;
        nvm.commit(&image.octets)?;
        Ok(Self { nvm, image })
    }

    /// The card in a memory, if there is one.
    pub(crate) fn open(mut nvm: Box<dyn Nvm>) -> Result<Result<Self, Box<dyn Nvm>>, NvmError> {
        match nvm.load()? {
            Some(octets) => Image::read(&octets).map(|image| Ok(Self { nvm, image })),
            None => Ok(Err(nvm)),
        }
    }

    /// A card whose memory is known to hold this image.
    pub(crate) fn known(nvm: Box<dyn Nvm>, image: Image) -> Self {
        Self { nvm, image }
    }

    /// Forgets what is in RAM and reads the memory again, as at power-on. Strays are cleared away.
    pub(crate) fn reload(&mut self) -> Result<(), NvmError> {
        let octets = self.nvm.load()?.ok_or(NvmError::NotACard)?;
        // Octets that were read before mean what they meant then: a walk over many power cuts reads them once.
        if octets[..] != self.image.octets[..] {
            self.image = Image::read(&octets)?;
        }
        let live = self.state().blobs().collect();
        self.nvm.keep_only(&live)
    }

    /// What the next power-on will find, and a copy of the memory it will find it in.
    pub(crate) fn copy(&self) -> Result<(MemoryNvm, Image), NvmError> {
        let memory = self.nvm.copy()?;
        let octets = memory.state().ok_or(NvmError::NotACard)?;
        if octets == self.image.octets {
            return Ok((memory, self.image.clone()));
        }
        Ok((memory, Image::read(&octets)?))
    }

    /// Makes the memory one that holds this image.
    pub(crate) fn restore(&mut self, memory: &MemoryNvm, image: Image) -> Result<(), NvmError> {
        self.nvm.restore(memory)?;
        self.image = image;
        Ok(())
    }

    pub(crate) fn state(&self) -> &CardState {
        &self.image.state
    }

    /// Changes the state. When this fails, nothing has changed.
    pub(crate) fn update<T>(
        &mut self,
        change: impl FnOnce(&mut CardState) -> T,
    ) -> Result<T, NvmError> {
        let mut next = self.state().clone();
        let result = change(&mut next);
        let image = Image::of(next)?;
        self.nvm.commit(&image.octets)?;
        self.image = image;
        Ok(result)
    }

    pub(crate) fn put_blob(&mut self, content: &[u8]) -> Result<BlobId, NvmError> {
        self.nvm.put_blob(content)
    }

    pub(crate) fn blob(&mut self, id: BlobId) -> Result<Vec<u8>, NvmError> {
        self.nvm.blob(id)
    }

    /// Clears away blobs that nothing refers to any more. What stays behind costs nothing but disk space and goes
    /// at the next power-on, so a failure is not told.
    pub(crate) fn drop_unused_blobs(&mut self) {
        let live = self.state().blobs().collect();
        self.nvm.keep_only(&live).unwrap_or_default();
    }
}

fn encode(state: &CardState) -> Result<Vec<u8>, NvmError> {
    serde_json::to_vec_pretty(state).map_err(|error| NvmError::Io(io::Error::other(error)))
}

fn decode(octets: &[u8]) -> Result<CardState, NvmError> {
    let state: CardState = serde_json::from_slice(octets).map_err(|_| NvmError::NotACard)?;
    if state.is_of_this_version() { Ok(state) } else { Err(NvmError::NotACard) }
}
