//! What holds the card: it can be pulled out at any moment and put back.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lpakit::card::PortError;
use lpakit_sandbox_euicc::{Card, CardError};

/// A hand on a card that an LPA is using. Clones are hands on the same card.
#[derive(Clone)]
pub struct CardSocket(Arc<Mutex<Socket>>);

struct Socket {
    card: Card,
    apdus: u64,
    /// After so many APDUs in all the card is pulled out.
    pull_at: Option<u64>,
    out: bool,
}

impl CardSocket {
    pub(crate) fn new(mut card: Card) -> Result<Self, CardError> {
        card.power_on()?;
        Ok(Self(Arc::new(Mutex::new(Socket { card, apdus: 0, pull_at: None, out: false }))))
    }

    /// Pulls the card out: it loses its power, and every command fails until [`Self::insert`].
    pub fn pull(&self) {
        self.socket().pull();
    }

    /// Pulls the card out once it has answered `count` more commands; with 0 it is the next one that fails.
    pub fn pull_after(&self, count: u64) {
        let mut socket = self.socket();
        socket.pull_at = Some(socket.apdus + count);
    }

    /// Puts the card back and gives it power.
    ///
    /// # Errors
    /// [`CardError`] when its memory cannot be read.
    pub fn insert(&self) -> Result<(), CardError> {
        let mut socket = self.socket();
        socket.out = false;
        socket.pull_at = None;
        socket.card.power_on().map(|_| ())
    }

    /// How many commands the card has answered here.
    pub fn apdus(&self) -> u64 {
        self.socket().apdus
    }

    /// Looks at the card, or changes it, between two commands.
    pub fn with_card<T>(&self, look: impl FnOnce(&mut Card) -> T) -> T {
        look(&mut self.socket().card)
    }

    pub(super) fn transmit(&self, command: &[u8]) -> Result<Vec<u8>, PortError> {
        let mut socket = self.socket();
        if socket.pull_at == Some(socket.apdus) {
            socket.pull();
        }
        if socket.out {
            return Err(PortError::CardGone);
        }
        let answer = socket.card.transmit(command);
        if answer.is_empty() {
            // It lost its power in the middle.
            return Err(PortError::CardGone);
        }
        socket.apdus += 1;
        Ok(answer)
    }

    pub(super) fn reset(&self) -> Result<(), PortError> {
        let mut socket = self.socket();
        if socket.out {
            return Err(PortError::CardGone);
        }
        socket.card.reset().map(|_| ()).map_err(|_| PortError::Failed)
    }

    fn socket(&self) -> MutexGuard<'_, Socket> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Socket {
    fn pull(&mut self) {
        self.out = true;
        self.pull_at = None;
        self.card.power_off();
    }
}

impl std::fmt::Debug for CardSocket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CardSocket").finish_non_exhaustive()
    }
}
