//! The one proactive command of this card: REFRESH (TS 102 223).

use lpakit_rsp::tlv::{Fields, Tag, Tlv, Writer};

use super::{Command, Reply, Status};

const COMMAND_DETAILS: Tag = Tag::new(0x81);
const DEVICE_IDENTITIES: Tag = Tag::new(0x82);
const PROACTIVE_COMMAND: Tag = Tag::new(0xD0);
/// Command number 1, REFRESH, UICC reset.
const REFRESH_UICC_RESET: [u8; 3] = [0x01, 0x01, 0x04];
/// From the UICC to the terminal.
const UICC_TO_TERMINAL: [u8; 2] = [0x81, 0x82];

/// Where a proactive command stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Proactive {
    /// There is none.
    #[default]
    None,
    /// REFRESH waits for FETCH.
    Waiting,
    /// REFRESH was fetched and waits for TERMINAL RESPONSE.
    Fetched,
}

impl Proactive {
    /// `90 00`, or `91xx` while a command waits to be fetched.
    pub(crate) fn mark(self, status: Status) -> Status {
        if self == Self::Waiting && status == Status::OK {
            Status::proactive(refresh().len())
        } else {
            status
        }
    }

    /// FETCH.
    pub(crate) fn fetch(&mut self, command: &Command<'_>) -> Result<Reply, Status> {
        command.no_data()?;
        if *self != Self::Waiting {
            return Err(Status::CONDITIONS_NOT_SATISFIED);
        }
        let reply = Reply::data(refresh()).if_expected(command.expected());
        if reply.status == Status::OK {
            *self = Self::Fetched;
        }
        Ok(reply)
    }

    /// TERMINAL RESPONSE. When it answers the REFRESH, the card is to be reset.
    pub(crate) fn respond(&mut self, command: &Command<'_>) -> Result<(), Status> {
        let data = command.some_data()?;
        if *self != Self::Fetched {
            return Err(Status::CONDITIONS_NOT_SATISFIED);
        }
        let fields = Fields::parse(data).map_err(|_| Status::WRONG_DATA)?;
        // The comprehension-required bit of simple TLV tags may be set or not.
        let details = fields.iter().find(|field: &Tlv<'_>| field.tag.octets() & 0x7F == 0x01);
        match details {
            Some(details) if details.value == REFRESH_UICC_RESET => {
                *self = Self::None;
                Ok(())
            }
            _ => Err(Status::WRONG_DATA),
        }
    }
}

fn refresh() -> Vec<u8> {
    let mut out = Writer::new();
    out.put_with(PROACTIVE_COMMAND, |out| {
        out.put(COMMAND_DETAILS, &REFRESH_UICC_RESET);
        out.put(DEVICE_IDENTITIES, &UICC_TO_TERMINAL);
    });
    out.into_bytes()
}
