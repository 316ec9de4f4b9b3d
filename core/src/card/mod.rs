//! The card side: ports to a card, a logical channel to the ISD-R, STORE DATA and GET RESPONSE (facts 2).
//!
//! Platforms differ in kind, so there are two ports. [`CardChannel`] is for those that open logical channels
//! themselves (OMAPI, TelephonyManager, lpac's stdio); [`RawCard`] is for those that only carry APDUs (PC/SC, USB,
//! CryptoTokenKit), where lpakit itself opens channels, fetches proactive commands and resets. Both are blocking and
//! are called from one thread only, which lpakit spawns and owns.

mod apdu;
mod isdr;
mod raw;
mod store_data;
mod thread;
mod watched;

use std::time::Duration;

pub use apdu::StatusWord;
pub(crate) use isdr::is_repeatable;
pub use isdr::{CardHints, IsdrChannel};
pub(crate) use raw::RawCardChannels;
pub use thread::ThreadStartHook;
pub(crate) use thread::{CardThread, NotDone};
pub(crate) use watched::CallWatch;

use lpakit_messages::CardFunction;
use lpakit_rsp::RspError;
use lpakit_rsp::identifiers::Aid;

/// The AID of the ISD-R (SGP.22, GSMA SGP.02 Annex H).
pub const ISDR_AID: &[u8] = &[
    0xA0, 0x00, 0x00, 0x05, 0x59, 0x10, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x89, 0x00, 0x00, 0x01, 0x00,
];

/// What a port does by itself, so that lpakit does the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortAbilities {
    /// The largest command data field in octets, at most 255. 255 is also the quickest: a package part of 1020
    /// octets is exactly four blocks.
    pub max_command_data: u8,
    /// Whether a command that expects an answer must say so with Le.
    pub wants_le: bool,
    /// Whether the port fetches long answers itself, so that `61xx` is never seen.
    pub handles_get_response: bool,
    /// Whether the platform's own terminal fetches proactive commands after `91xx`.
    pub handles_proactive: bool,
    /// Whether the port writes the channel number into the class byte itself.
    pub sets_channel_in_class: bool,
    /// Whether the card can be reset through the port.
    pub can_reset: bool,
}

impl PortAbilities {
    /// A plain port: 255 octets, no Le, nothing done by itself.
    pub const PLAIN: Self = Self {
        max_command_data: 255,
        wants_le: false,
        handles_get_response: false,
        handles_proactive: true,
        sets_channel_in_class: false,
        can_reset: false,
    };

    /// A card in a reader of its own: no platform does anything by itself, and the card can be reset.
    pub const READER: Self = Self { handles_proactive: false, can_reset: true, ..Self::PLAIN };
}

/// An open logical channel, as its port names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenChannel {
    /// The channel number, 0 to 19; it goes into the class byte.
    pub number: u8,
}

/// Why a port could not do what it was asked. It carries no data of the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PortError {
    /// There is no card, or it was taken out.
    #[error("the card is gone")]
    CardGone,
    /// Another program holds the card.
    #[error("another program holds the card")]
    Busy,
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
    Failed,
    /// The card did not answer in time.
    #[error("the card did not answer in time")]
    Timeout,
}

/// Port to a card through a platform that opens logical channels itself.
///
/// All calls come from one thread, one at a time, and may block; each must end within a limit of its own (30 s is
/// plenty for any single APDU).
pub trait CardChannel: Send {
    /// What the port does by itself.
    fn abilities(&self) -> PortAbilities;

    /// Opens a logical channel and selects the application.
    ///
    /// # Errors
    /// [`PortError::NoSuchApplication`] lets lpakit try the next AID; every other error ends the attempt.
    fn open(&mut self, aid: &[u8]) -> Result<OpenChannel, PortError>;

    /// Sends one command APDU and gives back the answer with its status word.
    ///
    /// # Errors
    /// [`PortError`] when there is no answer.
    fn transmit(&mut self, channel: OpenChannel, command: &[u8]) -> Result<Vec<u8>, PortError>;

    /// How many command APDUs the last [`CardChannel::open`] took; MANAGE CHANNEL and SELECT unless said otherwise.
    fn opening_apdus(&self) -> u64 {
        2
    }

    /// Closes a channel. What goes wrong here is of no interest to anybody.
    fn close(&mut self, channel: OpenChannel);

    /// Resets the card, if the port can. Channels are gone afterwards.
    ///
    /// # Errors
    /// [`PortError`] when the card does not come back.
    fn reset(&mut self) -> Result<(), PortError> {
        Err(PortError::Failed)
    }
}

/// Port to a card that only carries APDUs.
///
/// All calls come from one thread, one at a time, and may block, within a limit of their own.
pub trait RawCard: Send {
    /// What the port does by itself.
    fn abilities(&self) -> PortAbilities;

    /// Sends one command APDU and gives back the answer with its status word.
    ///
    /// # Errors
    /// [`PortError`] when there is no answer.
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, PortError>;

    /// Resets the card; it forgets channels and sessions.
    ///
    /// # Errors
    /// [`PortError`] when the card does not come back.
    fn reset(&mut self) -> Result<(), PortError>;
}

/// A card to work with: one of the two ports.
pub enum CardPort {
    /// A platform that opens channels itself.
    Channels(Box<dyn CardChannel>),
    /// Plain APDUs.
    Raw(Box<dyn RawCard>),
}

impl std::fmt::Debug for CardPort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Channels(_) => "CardPort::Channels",
            Self::Raw(_) => "CardPort::Raw",
        })
    }
}

/// Why a card did not do what an ES10 function asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CardError {
    /// The port failed.
    #[error(transparent)]
    Port(#[from] PortError),
    /// None of the known AIDs is on this card: it is no eUICC, or it hides from this app.
    #[error("there is no ISD-R on this card")]
    NoIsdr,
    /// The card answered with an error status word.
    #[error("the card answered {0}")]
    Status(StatusWord),
    /// The card refused the function with this code.
    #[error("the card refused {0:?} (code {1})")]
    Refused(CardFunction, u32),
    /// The card answered success without the data that belongs to it.
    #[error("the card's answer is empty")]
    EmptyAnswer,
    /// The card's answer is longer than any function's can be.
    #[error("the card's answer is too long")]
    AnswerTooLong,
    /// The command is longer than 256 blocks.
    #[error("the command is too long for the card")]
    CommandTooLong,
    /// The card's answer cannot be read.
    #[error("the card's answer cannot be read ({0})")]
    Malformed(#[from] RspError),
}

impl CardError {
    /// True when the card itself may be gone, so that what it did last is not known.
    pub const fn is_connection_lost(&self) -> bool {
        matches!(self, Self::Port(_))
    }
}

/// What was exchanged with a card so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CardStats {
    /// Command APDUs, opening and closing of channels included.
    pub apdus: u64,
    /// Octets of commands.
    pub bytes_out: u64,
    /// Octets of answers, status words included.
    pub bytes_in: u64,
    /// Time spent waiting for the card.
    pub time: Duration,
}

/// The AIDs to look for, in order: the standard's, then those that makers of removable eUICCs use instead
/// (facts, peers 4).
pub fn known_isdr_aids() -> Vec<Aid> {
    const VENDORS: [&[u8]; 7] = [
        &[0xA0, 0, 0, 5, 0x59, 0x10, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x89, 0, 5, 5, 0],
        &[0xA0, 0, 0, 5, 0x59, 0x10, 0x10, 0, 0, 0, 0, 0x89, 0, 0, 3, 0],
        &[0xA0, 0, 0, 5, 0x59, 0x10, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x89, 0, 0, 1, 0x77],
        &[0xA0, 0, 0, 5, 0x59, 0x10, 0x4C, 0x69, 0x6E, 0x6B, 0x73, 0x66, 0x69, 0x65, 0x6C, 0x64],
        // One card with several secure elements.
        b"\xA0estkme\xFF\xFFISD-R 0",
        b"\xA0estkme\xFF\xFFISD-R 1",
        b"\xA0estkme\xFF\xFF\xFF\xFFISD-R",
    ];
    std::iter::once(ISDR_AID)
        .chain(VENDORS)
        .filter_map(|octets| Aid::from_octets(octets).ok())
        .collect()
}
