//! The sandbox card at the LPA's two card ports.

mod channels;
mod socket;
mod vpcd;

use lpakit::card::{PortAbilities, PortError, RawCard};
use lpakit_sandbox_euicc::{Card, CardError};

pub use channels::SandboxChannels;
pub use socket::CardSocket;
pub use vpcd::{VpcdEvent, serve_vpcd};

/// The card as a plain reader sees it: APDUs in, APDUs out. It plays T=0, so Le is not needed, long answers are
/// fetched by the LPA, and so are proactive commands; it can be reset.
#[derive(Debug)]
pub struct SandboxCard {
    socket: CardSocket,
}

impl SandboxCard {
    /// Gives the card power.
    ///
    /// # Errors
    /// [`CardError`] when its memory cannot be read.
    pub fn new(card: Card) -> Result<Self, CardError> {
        Ok(Self { socket: CardSocket::new(card)? })
    }

    /// A hand on the card while an LPA has it: to pull it out, or to look at it.
    pub fn socket(&self) -> CardSocket {
        self.socket.clone()
    }

    /// The same card behind a platform that opens logical channels itself.
    pub fn into_channels(self) -> SandboxChannels {
        SandboxChannels::new(self)
    }
}

impl RawCard for SandboxCard {
    fn abilities(&self) -> PortAbilities {
        PortAbilities::READER
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, PortError> {
        self.socket.transmit(command)
    }

    fn reset(&mut self) -> Result<(), PortError> {
        self.socket.reset()
    }
}
