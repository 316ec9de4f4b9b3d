//! Sandbox cards, for a shell to put behind the port of its own language.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lpakit::card::{CardChannel, OpenChannel, PortAbilities, PortError, RawCard};
use lpakit_sandbox::SandboxChannels;

/// Why a card gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum VirtualCardError {
    /// It was taken out, or has no power.
    #[error("the card is gone")]
    Gone,
    /// It has no application with this AID.
    #[error("no such application on the card")]
    NoSuchApplication,
    /// It has no free logical channel.
    #[error("no free logical channel")]
    NoFreeChannel,
    /// Anything else.
    #[error("the connection to the card failed")]
    NotConnected,
}

impl From<PortError> for VirtualCardError {
    fn from(error: PortError) -> Self {
        match error {
            PortError::CardGone => Self::Gone,
            PortError::NoSuchApplication => Self::NoSuchApplication,
            PortError::NoFreeChannel => Self::NoFreeChannel,
            _ => Self::NotConnected,
        }
    }
}

/// What a card's port does by itself (see `PortAbilities` of lpakit).
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct VirtualCardAbilities {
    /// The largest command data field in octets.
    pub max_command_data: u8,
    /// Whether a command that expects an answer must say so with Le.
    pub wants_le: bool,
    /// Whether long answers are fetched by the port.
    pub handles_get_response: bool,
    /// Whether proactive commands are fetched by the port.
    pub handles_proactive: bool,
    /// Whether the port writes the channel number into the class byte.
    pub sets_channel_in_class: bool,
    /// Whether the card can be reset.
    pub can_reset: bool,
}

impl From<PortAbilities> for VirtualCardAbilities {
    fn from(abilities: PortAbilities) -> Self {
        Self {
            max_command_data: abilities.max_command_data,
            wants_le: abilities.wants_le,
            handles_get_response: abilities.handles_get_response,
            handles_proactive: abilities.handles_proactive,
            sets_channel_in_class: abilities.sets_channel_in_class,
            can_reset: abilities.can_reset,
        }
    }
}

/// A card in a reader of its own: APDUs in, APDUs out.
#[derive(uniffi::Object)]
pub struct VirtualCard(Mutex<Box<dyn RawCard>>);

impl VirtualCard {
    pub(crate) fn new(card: impl RawCard + 'static) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Box::new(card))))
    }

    fn card(&self) -> MutexGuard<'_, Box<dyn RawCard>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[uniffi::export]
impl VirtualCard {
    /// What this port does by itself.
    pub fn abilities(&self) -> VirtualCardAbilities {
        self.card().abilities().into()
    }

    /// Sends one command APDU; the answer with its status word.
    ///
    /// # Errors
    /// [`VirtualCardError`].
    pub fn transmit(&self, command: Vec<u8>) -> Result<Vec<u8>, VirtualCardError> {
        Ok(self.card().transmit(&command)?)
    }

    /// Resets the card.
    ///
    /// # Errors
    /// [`VirtualCardError`].
    pub fn reset(&self) -> Result<(), VirtualCardError> {
        Ok(self.card().reset()?)
    }
}

/// A card in a phone, whose platform opens logical channels itself.
#[derive(uniffi::Object)]
pub struct VirtualChannels(Mutex<Box<dyn CardChannel>>);

impl VirtualChannels {
    pub(crate) fn new(card: impl RawCard + 'static) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Box::new(SandboxChannels::new(card)))))
    }

    fn card(&self) -> MutexGuard<'_, Box<dyn CardChannel>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[uniffi::export]
impl VirtualChannels {
    /// What this port does by itself.
    pub fn abilities(&self) -> VirtualCardAbilities {
        self.card().abilities().into()
    }

    /// Opens a logical channel and selects the application; the channel's number.
    ///
    /// # Errors
    /// [`VirtualCardError`].
    pub fn open_channel(&self, aid: Vec<u8>) -> Result<u8, VirtualCardError> {
        Ok(self.card().open(&aid)?.number)
    }

    /// How many command APDUs the last opening took.
    pub fn opening_apdus(&self) -> u32 {
        u32::try_from(self.card().opening_apdus()).unwrap_or(u32::MAX)
    }

    /// Sends one command APDU; the answer with its status word.
    ///
    /// # Errors
    /// [`VirtualCardError`].
    pub fn transmit(&self, channel: u8, command: Vec<u8>) -> Result<Vec<u8>, VirtualCardError> {
        Ok(self.card().transmit(OpenChannel { number: channel }, &command)?)
    }

    /// Closes a channel.
    ///
    /// # Errors
    /// None now.
    pub fn close_channel(&self, channel: u8) -> Result<(), VirtualCardError> {
        self.card().close(OpenChannel { number: channel });
        Ok(())
    }

    /// Resets the card, if the port can.
    ///
    /// # Errors
    /// [`VirtualCardError`].
    pub fn reset(&self) -> Result<(), VirtualCardError> {
        Ok(self.card().reset()?)
    }
}
