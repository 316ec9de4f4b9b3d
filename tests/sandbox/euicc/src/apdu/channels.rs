//! Logical channels (ISO/IEC 7816-4, TS 102 221).

use std::collections::BTreeMap;

use super::{Chain, Command, Reply, Status};

/// Channels 1 to 3 are for every terminal.
const BASIC_MAXIMUM: u8 = 3;
/// Channels above are for terminals that know their class octets.
const EXTENDED_MAXIMUM: u8 = 19;

/// The channels that are open. Channel 0 always is.
#[derive(Debug)]
pub(crate) struct Channels(BTreeMap<u8, Channel>);

/// One open channel.
#[derive(Debug, Default)]
pub(crate) struct Channel {
    /// The secure element whose ISD-R is selected on it, by its place on the card.
    pub(crate) selected: Option<usize>,
    /// A STORE DATA chain that has begun.
    pub(crate) chain: Chain,
}

/// Which channels the card gives out.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ChannelRules {
    /// Those above 3 too.
    pub(crate) extended: bool,
    /// None below this number.
    pub(crate) first: Option<u8>,
    /// None above this number.
    pub(crate) limit: Option<u8>,
}

impl Channels {
    /// Channel 0, and those up to `stale`, which somebody else has opened.
    pub(crate) fn new(stale: u8) -> Self {
        Self((0..=stale).map(|number| (number, Channel::default())).collect())
    }

    /// An open channel.
    pub(crate) fn get(&mut self, number: u8) -> Result<&mut Channel, Status> {
        self.0.get_mut(&number).ok_or(Status::CHANNEL_NOT_SUPPORTED)
    }

    /// MANAGE CHANNEL.
    pub(crate) fn manage(
        &mut self,
        command: &Command<'_>,
        rules: ChannelRules,
    ) -> Result<Reply, Status> {
        command.no_data()?;
        let maximum = if rules.extended { EXTENDED_MAXIMUM } else { BASIC_MAXIMUM };
        let maximum = rules.limit.map_or(maximum, |limit| limit.min(maximum));
        match (command.p1, command.p2) {
            (0x00, 0x00) => {
                let first = rules.first.unwrap_or(1);
                let number = (first..=maximum).find(|number| !self.0.contains_key(number));
                let number = number.ok_or(Status::FUNCTION_NOT_SUPPORTED)?;
                let reply = Reply::data(vec![number]).if_expected(command.expected());
                if reply.status == Status::OK {
                    self.0.insert(number, Channel::default());
                }
                Ok(reply)
            }
            (0x00, number) if number > maximum => Err(Status::WRONG_PARAMETERS),
            (0x00, number) if self.0.contains_key(&number) => Err(Status::CONDITIONS_NOT_SATISFIED),
            (0x00, number) => {
                self.0.insert(number, Channel::default());
                Ok(Reply::status(Status::OK))
            }
            (0x80, 0x00) => Err(Status::WRONG_PARAMETERS),
            (0x80, number) => match self.0.remove(&number) {
                Some(_) => Ok(Reply::status(Status::OK)),
                None => Err(Status::CHANNEL_NOT_SUPPORTED),
            },
            _ => Err(Status::WRONG_PARAMETERS),
        }
    }
}
