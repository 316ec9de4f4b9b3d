//! The card as its reader sees it: power, reset, commands.

use std::sync::Arc;
use std::time::SystemTime;

use lpakit_rsp::identifiers::Iccid;
use lpakit_rsp::profiles::{ProfileId, ProfileMetadata};
use lpakit_sandbox_crypto::{Eid, Random};

use crate::config::{CardConfig, Vanishing};
use crate::contacts::{Contacts, Outcome, Start};
use crate::credentials::{CardCredentials, CredentialsError};
use crate::isdr::Isdr;
use crate::nvm::{BlobId, Nvm, NvmError};
use crate::recorder::{self, Recorder};
use crate::state::CardState;
use crate::store::Store;

/// Answer to reset: T=0, eUICC functions stated (facts toolchain 5).
pub const ATR: &[u8] = &[
    0x3B, 0x9F, 0x96, 0x80, 0x3F, 0xC7, 0x82, 0x80, 0x31, 0xE0, 0x73, 0xF6, 0xA1, 0x57, 0x57, 0x4A,
    0x4D, 0x02, 0x0B, 0x60, 0x01, 0x00, 0x33,
];

/// Why there is no card, or none that works.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// Its memory cannot be read or written, or it lost power.
    #[error(transparent)]
    Nvm(#[from] NvmError),
    /// Its certificates or keys do not hold together.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The configuration is not one of a card.
    #[error("the card's configuration is wrong: {0}")]
    Config(&'static str),
    /// A new card was to be made where there is one.
    #[error("there is a card in this memory already")]
    AlreadyACard,
    /// A card was to be opened where there is none.
    #[error("there is no card in this memory")]
    NoCard,
    /// It has vanished with its last enabled profile and does not answer a reset.
    #[error("the card does not answer")]
    Silent,
    /// A profile cannot be put on the card, or is not there.
    #[error("the profile cannot be used: {0}")]
    Profile(&'static str),
}

/// A software eUICC.
///
/// It begins without power. Everything that a real card loses with its power (channels, the RSP session, what the
/// terminal has said of itself) is lost with [`Self::power_off`] and [`Self::reset`] too.
pub struct Card {
    pub(crate) isdr: Isdr,
    contacts: Option<Contacts>,
}

fn check(config: &CardConfig) -> Result<(), CardError> {
    config.fault().map_or(Ok(()), |fault| Err(CardError::Config(fault)))
}

impl Card {
    /// Makes a new card in a memory that holds none yet.
    ///
    /// # Errors
    /// [`CardError::AlreadyACard`], [`CardError::Config`], or when the memory cannot be used.
    pub fn create(
        nvm: impl Nvm + 'static,
        config: CardConfig,
        credentials: CardCredentials,
    ) -> Result<Self, CardError> {
        check(&config)?;
        let Err(nvm) = Store::open(Box::new(nvm))? else {
            return Err(CardError::AlreadyACard);
        };
        let store = Store::create(nvm, CardState::new(config, (&credentials).into()))?;
        Ok(Self::of(store, credentials))
    }

    /// Opens the card in a memory.
    ///
    /// # Errors
    /// [`CardError::NoCard`], or when what is there is damaged or cannot be used.
    pub fn open(nvm: impl Nvm + 'static) -> Result<Self, CardError> {
        let store = Store::open(Box::new(nvm))?.map_err(|_| CardError::NoCard)?;
        let credentials = store.state().credentials.read()?;
        Ok(Self::of(store, credentials))
    }

    fn of(store: Store, credentials: CardCredentials) -> Self {
        Self { isdr: Isdr::new(store, Arc::new(credentials)), contacts: None }
    }

    /// A card whose memory holds this already: nothing is read and nothing checked again.
    pub(crate) fn known(store: Store, credentials: Arc<CardCredentials>) -> Self {
        Self { isdr: Isdr::new(store, credentials), contacts: None }
    }

    /// Takes randomness from elsewhere than the system, so that a test is repeatable.
    #[must_use]
    pub fn with_random(mut self, random: impl Random + 'static) -> Self {
        self.isdr.random = Box::new(random);
        self
    }

    /// As [`Self::with_random`], for a card that somebody holds already.
    pub fn set_random(&mut self, random: impl Random + 'static) {
        self.isdr.random = Box::new(random);
    }

    /// Takes the time, for the validity of certificates, from elsewhere than the system.
    #[must_use]
    pub fn with_clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.isdr.now = Arc::new(now);
        self
    }

    /// Has everything that passes the contacts written down.
    #[must_use]
    pub fn with_recorder(mut self, recorder: Arc<dyn Recorder>) -> Self {
        self.isdr.recorder = Some(recorder);
        self
    }

    /// Gives the card power, or takes it away and gives it again: a cold reset. Returns the answer to reset.
    ///
    /// # Errors
    /// [`CardError::Nvm`] when the memory cannot be read; the card is then without power.
    pub fn power_on(&mut self) -> Result<&'static [u8], CardError> {
        self.power_off();
        self.start(Start::Power)?;
        Ok(ATR)
    }

    /// A warm reset: as [`Self::power_on`], only that a card that has vanished stays so
    /// ([`vanishes_without_profile`](crate::Quirks::vanishes_without_profile)).
    ///
    /// # Errors
    /// As [`Self::power_on`], and [`CardError::Silent`].
    pub fn reset(&mut self) -> Result<&'static [u8], CardError> {
        if !self.is_powered() {
            return self.power_on();
        }
        if self.isdr.has_vanished() == Some(Vanishing::Card) {
            return Err(CardError::Silent);
        }
        self.contacts = None;
        self.start(Start::Power)?;
        Ok(ATR)
    }

    /// Takes the power away.
    pub fn power_off(&mut self) {
        self.contacts = None;
        self.isdr.forget();
        self.isdr.reappear();
    }

    /// Whether the card has power.
    pub fn is_powered(&self) -> bool {
        self.contacts.is_some()
    }

    /// Sends one command and gives the response data and SW1 SW2.
    ///
    /// The card plays T=0: an Le after command data is not looked at, and data in answer to a command with data is
    /// announced by `61xx` and fetched with GET RESPONSE (quirks may have it otherwise). A card without power, or one
    /// that loses it in the middle, answers nothing: the result is empty.
    pub fn transmit(&mut self, command: &[u8]) -> Vec<u8> {
        let Some(contacts) = self.contacts.as_mut() else {
            return Vec::new();
        };
        let outcome = contacts.process(&mut [&mut self.isdr], command);
        let response = outcome.response();
        self.isdr.record(|| recorder::apdu(command, &response));
        let lost = match outcome {
            Outcome::Answer(_) | Outcome::Silence => false,
            Outcome::AnswerAndReset(_) => self.start(Start::Refresh).is_err(),
            Outcome::PowerLost => true,
        };
        if lost {
            self.power_off();
        }
        response
    }

    /// The card's EID.
    pub fn eid(&self) -> &Eid {
        self.isdr.credentials.eid()
    }

    /// Certificates and keys.
    pub fn credentials(&self) -> &CardCredentials {
        &self.isdr.credentials
    }

    /// The configuration.
    pub fn config(&self) -> &CardConfig {
        &self.isdr.store.state().config
    }

    /// Changes the configuration; it is stored and counts at once (the number of catBusy answers: from the next
    /// power-on).
    ///
    /// # Errors
    /// [`CardError::Config`], or [`CardError::Nvm`] when it could not be stored. Nothing has changed then.
    pub fn configure(&mut self, change: impl FnOnce(&mut CardConfig)) -> Result<(), CardError> {
        let mut config = self.config().clone();
        change(&mut config);
        check(&config)?;
        Ok(self.isdr.store.update(|state| state.config = config)?)
    }

    /// Puts a profile on the card as its maker would: no download, no notification. `package` counts against the
    /// card's memory and is not looked into.
    ///
    /// # Errors
    /// [`CardError::Profile`] when the ICCID is there already or the memory is full, [`CardError::Nvm`].
    pub fn preload(
        &mut self,
        metadata: &ProfileMetadata,
        package: &[u8],
        enabled: bool,
    ) -> Result<(), CardError> {
        self.isdr.preload(metadata, package, enabled)
    }

    /// The ICCIDs of the installed profiles, without a command and without power.
    pub fn iccids(&self) -> Vec<Iccid> {
        let profiles = self.isdr.store.state().profiles.iter();
        profiles.map(|profile| Iccid::from_octets(profile.iccid)).collect()
    }

    /// The profile package of an installed profile, as it was bound by the server.
    ///
    /// # Errors
    /// [`CardError::Profile`] when there is no such profile, [`CardError::Nvm`] when its package cannot be read.
    pub fn profile_package(&mut self, iccid: &Iccid) -> Result<Vec<u8>, CardError> {
        let id = ProfileId::Iccid(*iccid);
        let state = self.isdr.store.state();
        let profile = state.position(&id).and_then(|position| state.profiles.get(position));
        let profile = profile.ok_or(CardError::Profile("it is not there"))?;
        let package = BlobId::from_hex(&profile.package).ok_or(NvmError::BlobDamaged)?;
        Ok(self.isdr.store.blob(package)?)
    }

    fn start(&mut self, start: Start) -> Result<(), CardError> {
        self.isdr.restart()?;
        self.contacts = Some(Contacts::new(&self.config().quirks, start));
        self.isdr.record(recorder::power);
        Ok(())
    }
}

impl std::fmt::Debug for Card {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Card").field("powered", &self.is_powered()).finish_non_exhaustive()
    }
}
