//! A card at one moment, to start from again and again: for a walk over every moment at which something can fail.

use std::sync::Arc;

use lpakit_sandbox_crypto::SeededRandom;
use sha2::{Digest, Sha256};

use crate::card::{Card, CardError};
use crate::credentials::CardCredentials;
use crate::isdr::Clock;
use crate::nvm::{MemoryNvm, Nvm, PowerCut, PowerSwitch};
use crate::status::{CardStatus, SessionStatus};
use crate::store::{Image, Store};

/// What the next power-on of a card would find: state, profile packages, certificates and keys, the time it is told.
///
/// Taking one, and making a card of it, copies no profile and checks no signature, so thousands of runs can begin
/// at the same moment. What a card loses with its power (channels, the RSP session) is not in it. Two are equal when
/// the memories hold the same.
#[derive(Clone)]
pub struct CardSnapshot {
    memory: MemoryNvm,
    image: Image,
    credentials: Arc<CardCredentials>,
    now: Clock,
    seed: [u8; 32],
}

impl CardSnapshot {
    /// A card of its own with what was on that card, without power.
    ///
    /// Its randomness is a stream that hangs on what it holds alone: the same commands get the same answers each
    /// time. [`Card::with_random`] chooses another.
    pub fn card(&self) -> Card {
        self.card_in(|memory| memory)
    }

    /// As [`Self::card`], with a hand on its power.
    pub fn card_with_power(&self) -> (Card, PowerSwitch) {
        let (nvm, switch) = PowerCut::new(self.memory.snapshot());
        (self.card_in(|_| nvm), switch)
    }

    /// As [`Self::card`], in a memory made of the one given.
    pub fn card_in<N: Nvm + 'static>(&self, memory: impl FnOnce(MemoryNvm) -> N) -> Card {
        let nvm = Box::new(memory(self.memory.snapshot()));
        let store = Store::known(nvm, self.image.clone());
        let mut card = Card::known(store, self.credentials.clone());
        card.isdr.now = self.now.clone();
        card.set_random(SeededRandom::from_seed(self.seed));
        card
    }

    /// What is on the card; there is no power and no session.
    pub fn status(&self) -> CardStatus {
        CardStatus::of(&self.image.state, &self.memory, false, SessionStatus::None)
    }
}

impl PartialEq for CardSnapshot {
    fn eq(&self, other: &Self) -> bool {
        self.memory.holds_the_same(&other.memory)
    }
}

impl Eq for CardSnapshot {}

impl std::fmt::Debug for CardSnapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CardSnapshot").finish_non_exhaustive()
    }
}

impl Card {
    /// The card as its next power-on would find it. It may have power and goes on undisturbed; after a power cut it
    /// is what was safe by then.
    ///
    /// # Errors
    /// [`CardError::Nvm`] when the memory cannot be read.
    pub fn snapshot(&self) -> Result<CardSnapshot, CardError> {
        let (memory, image) = self.isdr.store.copy()?;
        let seed = Sha256::digest(&image.octets).into();
        let (credentials, now) = (self.isdr.credentials.clone(), self.isdr.now.clone());
        Ok(CardSnapshot { memory, image, credentials, now, seed })
    }

    /// Becomes the card of that moment, without power and with the randomness of [`CardSnapshot::card`]. It stays in
    /// its own memory, so a [`PowerSwitch`] on it goes on working; what that had planned is still planned.
    ///
    /// # Errors
    /// [`CardError::Nvm`] when the memory cannot be changed.
    pub fn restore(&mut self, snapshot: &CardSnapshot) -> Result<(), CardError> {
        self.power_off();
        self.isdr.store.restore(&snapshot.memory, snapshot.image.clone())?;
        self.isdr.credentials = snapshot.credentials.clone();
        self.isdr.now = snapshot.now.clone();
        self.set_random(SeededRandom::from_seed(snapshot.seed));
        Ok(())
    }

    /// Another card with what is on this one now: `snapshot()?.card()`.
    ///
    /// # Errors
    /// As [`Self::snapshot`].
    pub fn fork(&self) -> Result<Self, CardError> {
        Ok(self.snapshot()?.card())
    }

    /// What is on the card and what it is in the middle of, without a command. After a power cut it tells what was
    /// safe by then.
    ///
    /// # Errors
    /// [`CardError::Nvm`] when the memory cannot be read.
    pub fn status(&self) -> Result<CardStatus, CardError> {
        let (memory, image) = self.isdr.store.copy()?;
        let session = self.isdr.session_status();
        Ok(CardStatus::of(&image.state, &memory, self.is_powered(), session))
    }
}
