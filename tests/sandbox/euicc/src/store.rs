//! The state together with the memory it is kept in.

use std::io;

use crate::nvm::{BlobId, Nvm, NvmError};
use crate::state::CardState;

/// Changes of the state are changes of the memory: [`Store::update`] does both or neither.
pub(crate) struct Store {
    nvm: Box<dyn Nvm>,
    state: CardState,
}

impl Store {
    /// Writes a new card into a memory that holds none.
    pub(crate) fn create(mut nvm: Box<dyn Nvm>, state: CardState) -> Result<Self, NvmError> {
        nvm.commit(&encode(&state)?)?;
        Ok(Self { nvm, state })
    }

    /// The card in a memory, if there is one.
    pub(crate) fn open(mut nvm: Box<dyn Nvm>) -> Result<Result<Self, Box<dyn Nvm>>, NvmError> {
        match nvm.load()? {
            Some(octets) => decode(&octets).map(|state| Ok(Self { nvm, state })),
            None => Ok(Err(nvm)),
        }
    }

    /// Forgets what is in RAM and reads the memory again, as at power-on. Strays are cleared away.
    pub(crate) fn reload(&mut self) -> Result<(), NvmError> {
        let octets = self.nvm.load()?.ok_or(NvmError::NotACard)?;
        self.state = decode(&octets)?;
        let live = self.state.blobs().collect();
        self.nvm.keep_only(&live)
    }

    pub(crate) fn state(&self) -> &CardState {
        &self.state
    }

    /// Changes the state. When this fails, nothing has changed.
    pub(crate) fn update<T>(
        &mut self,
        change: impl FnOnce(&mut CardState) -> T,
    ) -> Result<T, NvmError> {
        let mut next = self.state.clone();
        let result = change(&mut next);
        self.nvm.commit(&encode(&next)?)?;
        self.state = next;
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
        let live = self.state.blobs().collect();
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
