//! Ports to cards that a shell brings: OMAPI, TelephonyManager, CryptoTokenKit, USB.

use std::sync::Arc;

use lpakit::card::{self, OpenChannel, PortError};

use crate::guard::Turn;

/// What a port does by itself, so that lpakit does the rest. The defaults are those of a plain port.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PortAbilities {
    /// The largest command data field in octets, 1 to 255.
    #[uniffi(default = 255)]
    pub max_command_data: u8,
    /// Whether a command that expects an answer must say so with Le.
    #[uniffi(default = false)]
    pub wants_le: bool,
    /// Whether the port fetches long answers itself, so that `61xx` is never seen.
    #[uniffi(default = false)]
    pub handles_get_response: bool,
    /// Whether the platform's own terminal fetches proactive commands after `91xx`.
    #[uniffi(default = true)]
    pub handles_proactive: bool,
    /// Whether the port writes the channel number into the class byte itself.
    #[uniffi(default = false)]
    pub sets_channel_in_class: bool,
    /// Whether the card can be reset through the port.
    #[uniffi(default = false)]
    pub can_reset: bool,
}

impl From<PortAbilities> for card::PortAbilities {
    fn from(abilities: PortAbilities) -> Self {
        Self {
            max_command_data: abilities.max_command_data.max(1),
            wants_le: abilities.wants_le,
            handles_get_response: abilities.handles_get_response,
            handles_proactive: abilities.handles_proactive,
            sets_channel_in_class: abilities.sets_channel_in_class,
            can_reset: abilities.can_reset,
        }
    }
}

/// Why a port could not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum CardPortError {
    /// There is no card, or it was taken out.
    #[error("the card is gone")]
    CardGone,
    /// Another program holds the card.
    #[error("another program holds the card")]
    CardBusy,
    /// The platform's access rules keep this app from the card.
    #[error("access to the card is denied")]
    AccessDenied,
    /// The card has no application with this AID.
    #[error("no such application on the card")]
    NoSuchApplication,
    /// The card has no free logical channel.
    #[error("no free logical channel")]
    NoFreeChannel,
    /// The reader, the modem or the program behind the port failed.
    #[error("the connection to the card failed")]
    ConnectionFailed,
    /// The card did not answer in time.
    #[error("the card did not answer in time")]
    TimedOut,
}

impl From<uniffi::UnexpectedUniFFICallbackError> for CardPortError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        // What it says may hold anything, so it is not told on.
        Self::ConnectionFailed
    }
}

impl From<CardPortError> for PortError {
    fn from(error: CardPortError) -> Self {
        match error {
            CardPortError::CardGone => Self::CardGone,
            CardPortError::CardBusy => Self::Busy,
            CardPortError::AccessDenied => Self::AccessDenied,
            CardPortError::NoSuchApplication => Self::NoSuchApplication,
            CardPortError::NoFreeChannel => Self::NoFreeChannel,
            CardPortError::ConnectionFailed => Self::Failed,
            CardPortError::TimedOut => Self::Timeout,
        }
    }
}

/// An open logical channel.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct OpenedChannel {
    /// Its number, 0 to 19.
    pub number: u8,
    /// How many command APDUs it took; MANAGE CHANNEL and SELECT unless the port knows better. For statistics.
    #[uniffi(default = 2)]
    pub apdus: u32,
}

/// Port to a card through a platform that opens logical channels itself.
///
/// All calls come from the card's own thread, one at a time, and may block; each must end within a limit of its own
/// (30 s is plenty for any APDU).
#[uniffi::export(foreign)]
pub trait CardChannel: Send + Sync {
    /// Opens a logical channel and selects the application.
    fn open_channel(&self, aid: Vec<u8>) -> Result<OpenedChannel, CardPortError>;
    /// Sends one command APDU; the answer with its status word.
    fn transmit(&self, channel: u8, command: Vec<u8>) -> Result<Vec<u8>, CardPortError>;
    /// Closes a channel.
    fn close_channel(&self, channel: u8) -> Result<(), CardPortError>;
    /// Resets the card, if the port can.
    fn reset(&self) -> Result<(), CardPortError>;
    /// The LPA is done with the card: nothing is asked of the port any more.
    fn release(&self) -> Result<(), CardPortError>;
}

/// Port to a card that only carries APDUs. Called as [`CardChannel`] is.
#[uniffi::export(foreign)]
pub trait RawCard: Send + Sync {
    /// Sends one command APDU; the answer with its status word.
    fn transmit(&self, command: Vec<u8>) -> Result<Vec<u8>, CardPortError>;
    /// Resets the card; it forgets channels and sessions.
    fn reset(&self) -> Result<(), CardPortError>;
    /// The LPA is done with the card: nothing is asked of the port any more.
    fn release(&self) -> Result<(), CardPortError>;
}

/// [`CardChannel`] as core's port. It waits until an earlier LPA has let the card go.
pub(crate) struct ForeignChannels {
    pub(crate) port: Arc<dyn CardChannel>,
    pub(crate) abilities: PortAbilities,
    pub(crate) turn: Turn,
    pub(crate) opening_apdus: u64,
}

impl card::CardChannel for ForeignChannels {
    fn abilities(&self) -> card::PortAbilities {
        self.abilities.clone().into()
    }

    fn open(&mut self, aid: &[u8]) -> Result<OpenChannel, PortError> {
        self.turn.wait()?;
        let opened = self.port.open_channel(aid.to_vec())?;
        self.opening_apdus = opened.apdus.into();
        Ok(OpenChannel { number: opened.number })
    }

    fn transmit(&mut self, channel: OpenChannel, command: &[u8]) -> Result<Vec<u8>, PortError> {
        Ok(self.port.transmit(channel.number, command.to_vec())?)
    }

    fn opening_apdus(&self) -> u64 {
        self.opening_apdus
    }

    fn close(&mut self, channel: OpenChannel) {
        // What goes wrong here is of no interest to anybody.
        let _ = self.port.close_channel(channel.number);
    }

    fn reset(&mut self) -> Result<(), PortError> {
        self.turn.wait()?;
        Ok(self.port.reset()?)
    }
}

impl Drop for ForeignChannels {
    fn drop(&mut self) {
        // Before the turn ends, which is dropped after this.
        let _ = self.port.release();
    }
}

/// [`RawCard`] as core's port.
pub(crate) struct ForeignRaw {
    pub(crate) port: Arc<dyn RawCard>,
    pub(crate) abilities: PortAbilities,
    pub(crate) turn: Turn,
}

impl card::RawCard for ForeignRaw {
    fn abilities(&self) -> card::PortAbilities {
        self.abilities.clone().into()
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, PortError> {
        self.turn.wait()?;
        Ok(self.port.transmit(command.to_vec())?)
    }

    fn reset(&mut self) -> Result<(), PortError> {
        self.turn.wait()?;
        Ok(self.port.reset()?)
    }
}

impl Drop for ForeignRaw {
    fn drop(&mut self) {
        // Before the turn ends, which is dropped after this.
        let _ = self.port.release();
    }
}
