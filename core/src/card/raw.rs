//! Logical channels over a card that only carries APDUs: TERMINAL CAPABILITY, MANAGE CHANNEL, SELECT, FETCH.

use super::apdu::{StatusWord, interindustry_class, split_answer};
use super::{CardChannel, OpenChannel, PortAbilities, PortError, RawCard};

/// TERMINAL CAPABILITY with an eUICC-capable terminal: local user interface, download and discovery in the device
/// (TS 102 221, 11.1.19; facts 2.2).
const TERMINAL_CAPABILITY: &[u8] =
    &[0x80, 0xAA, 0x00, 0x00, 0x0A, 0xA9, 0x08, 0x81, 0x00, 0x82, 0x01, 0x01, 0x83, 0x01, 0x07];
const OPEN_CHANNEL: &[u8] = &[0x00, 0x70, 0x00, 0x00, 0x01];
/// The highest logical channel there can be.
const MAX_CHANNEL: u8 = 19;
/// A card that goes on announcing proactive commands is not followed further than this.
const MAX_PROACTIVE: usize = 8;

/// Makes a [`CardChannel`] of a [`RawCard`].
pub(crate) struct RawCardChannels {
    card: Box<dyn RawCard>,
    introduced: bool,
    sent: u64,
    opening: u64,
}

impl RawCardChannels {
    pub(crate) fn new(card: Box<dyn RawCard>) -> Self {
        Self { card, introduced: false, sent: 0, opening: 0 }
    }

    fn send(&mut self, apdu: &[u8]) -> Result<(Vec<u8>, StatusWord), PortError> {
        self.sent += 1;
        // A card that was away must be introduced to the terminal again.
        let answer = self.card.transmit(apdu).inspect_err(|_| self.introduced = false)?;
        let (data, status) = split_answer(&answer).ok_or(PortError::Failed)?;
        Ok((data.to_vec(), status))
    }

    /// MANAGE CHANNEL. Channels that somebody left open are given back when there is no other left: the card is in
    /// our hands alone.
    fn open_channel(&mut self) -> Result<u8, PortError> {
        match self.try_open_channel()? {
            Some(number) => Ok(number),
            None => {
                (1..=MAX_CHANNEL).for_each(|number| self.close_channel(number));
                self.try_open_channel()?.ok_or(PortError::NoFreeChannel)
            }
        }
    }

    /// `None` when the card has no free channel.
    fn try_open_channel(&mut self) -> Result<Option<u8>, PortError> {
        let (data, status) = self.send(OPEN_CHANNEL)?;
        match (data.as_slice(), status.0) {
            ([number @ 1..=MAX_CHANNEL], _) if status.is_success() => {
                self.serve_proactive(status)?;
                Ok(Some(*number))
            }
            (_, 0x6A81 | 0x6881) => Ok(None),
            _ => Err(PortError::Failed),
        }
    }

    fn introduce_and_select(&mut self, aid: &[u8]) -> Result<OpenChannel, PortError> {
        if !self.introduced {
            // Some eUICCs hide the ISD-R from a terminal that did not introduce itself; cards that do not know the
            // command refuse it, which does no harm.
            let (_, status) = self.send(TERMINAL_CAPABILITY)?;
            self.serve_proactive(status)?;
            self.introduced = true;
        }
        let number = self.open_channel()?;
        let mut select = vec![interindustry_class(number), 0xA4, 0x04, 0x00];
        select.push(u8::try_from(aid.len()).map_err(|_| PortError::Failed)?);
        select.extend_from_slice(aid);
        let (_, status) = self.send(&select)?;
        // 61xx: the card has a description to offer, which is not needed.
        if status.is_success() || status.sw1() == 0x61 {
            self.serve_proactive(status)?;
            return Ok(OpenChannel { number });
        }
        self.close_channel(number);
        Err(match status.0 {
            0x6A82 | 0x6A81 | 0x6999 => PortError::NoSuchApplication,
            _ => PortError::Failed,
        })
    }

    fn close_channel(&mut self, number: u8) {
        // The card forgets channels by itself when it is gone; there is nobody to tell.
        self.sent += 1;
        let _ = self.card.transmit(&[0x00, 0x70, 0x80, number, 0x00]);
    }

    /// Follows `91xx`: FETCH, and TERMINAL RESPONSE "performed". True when the card asked for a REFRESH.
    fn serve_proactive(&mut self, mut status: StatusWord) -> Result<bool, PortError> {
        let mut refresh = false;
        if self.card.abilities().handles_proactive {
            return Ok(refresh);
        }
        for _ in 0..MAX_PROACTIVE {
            if status.sw1() != 0x91 {
                break;
            }
            let (command, fetched) = self.send(&[0x80, 0x12, 0x00, 0x00, status.sw2()])?;
            if !fetched.is_success() {
                break;
            }
            let Some(details) = proactive::command_details(&command) else { break };
            refresh |= details.kind == proactive::REFRESH;
            let (_, next) = self.send(&proactive::performed(&details))?;
            status = next;
        }
        Ok(refresh)
    }
}

impl CardChannel for RawCardChannels {
    fn abilities(&self) -> PortAbilities {
        self.card.abilities()
    }

    fn open(&mut self, aid: &[u8]) -> Result<OpenChannel, PortError> {
        let before = self.sent;
        let opened = self.introduce_and_select(aid);
        self.opening = self.sent - before;
        opened
    }

    fn opening_apdus(&self) -> u64 {
        self.opening
    }

    fn transmit(&mut self, channel: OpenChannel, command: &[u8]) -> Result<Vec<u8>, PortError> {
        let _ = channel;
        let mut answer = self.card.transmit(command).inspect_err(|_| self.introduced = false)?;
        let Some((data, status)) = split_answer(&answer) else { return Ok(answer) };
        let length = data.len();
        let announces = status.sw1() == 0x91 && !self.card.abilities().handles_proactive;
        if announces && !self.serve_proactive(status)? {
            // Whatever else the card wanted of its terminal is done with.
            answer.truncate(length);
            answer.extend([0x90, 0x00]);
        }
        Ok(answer)
    }

    fn close(&mut self, channel: OpenChannel) {
        self.close_channel(channel.number);
    }

    fn reset(&mut self) -> Result<(), PortError> {
        self.introduced = false;
        self.card.reset()
    }
}

/// The little of proactive commands (TS 102 223) that is needed to answer a REFRESH.
mod proactive {
    use lpakit_rsp::Tag;
    use lpakit_rsp::tlv::{Fields, Tlv};

    /// Type of command: REFRESH.
    pub(super) const REFRESH: u8 = 0x01;

    /// COMMAND DETAILS of a proactive command.
    pub(super) struct CommandDetails {
        number: u8,
        pub(super) kind: u8,
        qualifier: u8,
    }

    pub(super) fn command_details(command: &[u8]) -> Option<CommandDetails> {
        let fields: Fields<'_> = Tlv::parse_as(command, Tag::new(0xD0)).ok()?.fields().ok()?;
        // The comprehension-required flag is part of the tag octet.
        let details = fields.get(Tag::new(0x81)).or_else(|| fields.get(Tag::new(0x01)))?;
        match details.value {
            [number, kind, qualifier] => {
                Some(CommandDetails { number: *number, kind: *kind, qualifier: *qualifier })
            }
            _ => None,
        }
    }

    /// TERMINAL RESPONSE: command performed successfully, terminal to UICC.
    pub(super) fn performed(details: &CommandDetails) -> Vec<u8> {
        let mut apdu = vec![0x80, 0x14, 0x00, 0x00, 0x0C];
        apdu.extend([0x81, 0x03, details.number, details.kind, details.qualifier]);
        apdu.extend([0x82, 0x02, 0x82, 0x81]);
        apdu.extend([0x83, 0x01, 0x00]);
        apdu
    }
}
