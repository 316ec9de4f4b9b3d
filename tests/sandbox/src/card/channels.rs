//! The card behind a platform's own terminal, as on a phone: the platform introduces itself, opens channels and
//! answers proactive commands.

use lpakit::card::{CardChannel, OpenChannel, PortAbilities, PortError, RawCard};

use super::{CardSocket, SandboxCard};

/// An eUICC-capable terminal with extended logical channels (TS 102 221, 11.1.19).
const TERMINAL_CAPABILITY: &[u8] =
    &[0x80, 0xAA, 0x00, 0x00, 0x0A, 0xA9, 0x08, 0x81, 0x00, 0x82, 0x01, 0x01, 0x83, 0x01, 0x07];
const OPEN_CHANNEL: &[u8] = &[0x00, 0x70, 0x00, 0x00, 0x01];
const PROACTIVE: u8 = 0x91;

/// A card as a platform's API offers it: see [`SandboxCard::into_channels`].
#[derive(Debug)]
pub struct SandboxChannels<C = SandboxCard> {
    card: C,
    introduced: bool,
}

impl SandboxChannels {
    /// A hand on the card while an LPA has it.
    pub fn socket(&self) -> CardSocket {
        self.card.socket()
    }
}

impl<C: RawCard> SandboxChannels<C> {
    /// Puts a card that only carries APDUs behind such a platform.
    pub const fn new(card: C) -> Self {
        Self { card, introduced: false }
    }

    /// Fetches the command that `91xx` announces and reports it done, and those that follow it. Any may be a REFRESH,
    /// after which the card starts again.
    fn serve_proactive(&mut self, mut length: u8) -> Result<(), PortError> {
        self.introduced = false;
        loop {
            let fetched = self.card.transmit(&[0x80, 0x12, 0x00, 0x00, length])?;
            let Some(details) = command_details(&fetched) else { return Ok(()) };
            let mut response = vec![0x80, 0x14, 0x00, 0x00, 0x0C, 0x81, 0x03];
            response.extend(details);
            response.extend([0x82, 0x02, 0x82, 0x81, 0x83, 0x01, 0x00]);
            match self.card.transmit(&response)?[..] {
                [PROACTIVE, more] => length = more,
                _ => return Ok(()),
            }
        }
    }
}

impl<C: RawCard> CardChannel for SandboxChannels<C> {
    fn abilities(&self) -> PortAbilities {
        PortAbilities::PLAIN
    }

    fn open(&mut self, aid: &[u8]) -> Result<OpenChannel, PortError> {
        if !self.introduced {
            self.card.transmit(TERMINAL_CAPABILITY)?;
            self.introduced = true;
        }
        let number = match self.card.transmit(OPEN_CHANNEL)?[..] {
            [number, 0x90, _] => number,
            [0x6A, 0x81] | [0x68, 0x81] => return Err(PortError::NoFreeChannel),
            _ => return Err(PortError::Failed),
        };
        let channel = OpenChannel { number };
        let class = if number < 4 { number } else { 0x40 | (number - 4) };
        let length = u8::try_from(aid.len()).map_err(|_| PortError::Failed)?;
        let mut select = vec![class, 0xA4, 0x04, 0x00, length];
        select.extend_from_slice(aid);
        if let [.., 0x61 | 0x90, _] = self.card.transmit(&select)?[..] {
            return Ok(channel);
        }
        self.close(channel);
        Err(PortError::NoSuchApplication)
    }

    fn transmit(&mut self, _: OpenChannel, command: &[u8]) -> Result<Vec<u8>, PortError> {
        let answer = self.card.transmit(command)?;
        if let [.., PROACTIVE, length] = answer[..] {
            self.serve_proactive(length)?;
        }
        Ok(answer)
    }

    fn close(&mut self, channel: OpenChannel) {
        // The card may be gone, and the channel with it.
        let _ = self.card.transmit(&[0x00, 0x70, 0x80, channel.number, 0x00]);
    }
}

/// The three octets of COMMAND DETAILS, which come first in a proactive command (TS 102 223, 6.6).
fn command_details(fetched: &[u8]) -> Option<[u8; 3]> {
    match fetched {
        [0xD0, _, 0x81 | 0x01, 0x03, number, kind, qualifier, ..] => {
            Some([*number, *kind, *qualifier])
        }
        _ => None,
    }
}
