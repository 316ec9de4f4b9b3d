//! What lasts from one reset to the next, and which instruction goes where.

use lpakit_rsp::identifiers::Aid;
use lpakit_rsp::tlv::{Tag, Writer};

use crate::apdu::{
    ChannelRules, Channels, Command, Delivery, Proactive, ProactiveCommand, Reply, Status,
    TerminalCapability, Waiting,
};
use crate::config::{CardConfig, Quirks, Vanishing};
use crate::isdr::{Isdr, Refusal};
use crate::nvm::NvmError;

/// The ISD-R (SGP.02 annex H, SGP.22 2.4.2).
const ISDR_AID: [u8; 16] = [
    0xA0, 0x00, 0x00, 0x05, 0x59, 0x10, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x89, 0x00, 0x00, 0x01, 0x00,
];

const FCI_TEMPLATE: Tag = Tag::new(0x6F);
const FCI_AID: Tag = Tag::new(0x84);
const FCI_PROPRIETARY: Tag = Tag::new(0xA5);
const MAXIMUM_COMMAND_DATA: Tag = Tag::new(0x9F65);
const ISDR_PROPRIETARY: Tag = Tag::new(0xE0);
const SVN: Tag = Tag::new(0x82);

mod instruction {
    pub(super) const TERMINAL_PROFILE: u8 = 0x10;
    pub(super) const FETCH: u8 = 0x12;
    pub(super) const TERMINAL_RESPONSE: u8 = 0x14;
    pub(super) const MANAGE_CHANNEL: u8 = 0x70;
    pub(super) const SELECT: u8 = 0xA4;
    pub(super) const TERMINAL_CAPABILITY: u8 = 0xAA;
    pub(super) const GET_RESPONSE: u8 = 0xC0;
    pub(super) const STORE_DATA: u8 = 0xE2;
    pub(super) const STATUS: u8 = 0xF2;
}

/// Channels, the terminal's capability, pending proactive commands, an answer that waits for GET RESPONSE.
#[derive(Debug)]
pub(crate) struct Contacts {
    channels: Channels,
    terminal: TerminalCapability,
    proactive: Proactive,
    waiting: Waiting,
    /// STORE DATA commands that will still be answered "toolkit busy".
    toolkit_busy: u32,
}

/// Why the card starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// It has got power, or its reader has reset it.
    Power,
    /// The terminal has carried out a REFRESH.
    Refresh,
}

/// What a command led to.
#[derive(Debug)]
pub(crate) enum Outcome {
    Answer(Reply),
    /// The terminal has carried out a REFRESH: the card starts again after the answer.
    AnswerAndReset(Reply),
    /// The card has power and answers nothing.
    Silence,
    /// The power went; nobody hears an answer.
    PowerLost,
}

impl Outcome {
    /// What the terminal gets to see.
    pub(crate) fn response(&self) -> Vec<u8> {
        match self {
            Self::Answer(reply) | Self::AnswerAndReset(reply) => reply.octets(),
            Self::Silence | Self::PowerLost => Vec::new(),
        }
    }
}

impl Contacts {
    /// A card that has just started.
    pub(crate) fn new(quirks: &Quirks, start: Start) -> Self {
        let toolkit = match start {
            Start::Power => &quirks.toolkit_at_start,
            Start::Refresh => &quirks.toolkit_after_refresh,
        };
        Self {
            channels: Channels::new(quirks.stale_channels),
            terminal: TerminalCapability::default(),
            proactive: Proactive::new(toolkit),
            waiting: Waiting::default(),
            toolkit_busy: quirks.toolkit_busy,
        }
    }

    /// Carries out one command. What the card does at its contacts is up to the quirks of its first element.
    pub(crate) fn process(&mut self, elements: &mut [&mut Isdr], octets: &[u8]) -> Outcome {
        let outcome = Command::parse(octets)
            .map_err(Refusal::Status)
            .and_then(|command| self.dispatch(elements, &command));
        match outcome {
            Ok(Outcome::Answer(mut reply)) => {
                reply.status = self.proactive.mark(reply.status);
                Outcome::Answer(reply)
            }
            Ok(other) => other,
            Err(Refusal::Status(status)) => Outcome::Answer(Reply::status(status)),
            Err(Refusal::Memory(NvmError::PowerLost)) => Outcome::PowerLost,
            Err(Refusal::Memory(_)) => Outcome::Answer(Reply::status(Status::MEMORY_FAILURE)),
        }
    }

    fn dispatch(
        &mut self,
        elements: &mut [&mut Isdr],
        command: &Command<'_>,
    ) -> Result<Outcome, Refusal> {
        let config = elements.first().ok_or(Status::NO_DIAGNOSIS)?.config();
        let fetching =
            command.instruction == instruction::GET_RESPONSE || !self.proactive.is_idle();
        // The last answer and the REFRESH that goes with it are still heard.
        if elements.iter().any(|isdr| isdr.has_vanished() == Some(Vanishing::Card)) && !fetching {
            return Ok(Outcome::Silence);
        }
        self.channels.get(command.class.channel)?;
        if command.instruction == instruction::GET_RESPONSE {
            return Ok(Outcome::Answer(self.get_response(config, command)?));
        }
        if let Some(reply) = self.waiting.repeated(command) {
            return Ok(Outcome::Answer(reply));
        }
        self.waiting.drop_all();
        let proprietary = match command.instruction {
            instruction::MANAGE_CHANNEL | instruction::SELECT => false,
            instruction::TERMINAL_PROFILE
            | instruction::FETCH
            | instruction::TERMINAL_RESPONSE
            | instruction::TERMINAL_CAPABILITY
            | instruction::STORE_DATA
            | instruction::STATUS => true,
            _ => return Err(Status::INSTRUCTION_NOT_SUPPORTED.into()),
        };
        if command.class.proprietary != proprietary {
            return Err(Status::CLASS_NOT_SUPPORTED.into());
        }
        if command.instruction == instruction::TERMINAL_RESPONSE {
            return Ok(self.terminal_response(config, command)?);
        }
        self.answer(elements, command).map(Outcome::Answer)
    }

    fn terminal_response(
        &mut self,
        config: &CardConfig,
        command: &Command<'_>,
    ) -> Result<Outcome, Status> {
        let done = Reply::status(Status::OK);
        Ok(match self.proactive.respond(command)? {
            ProactiveCommand::Refresh if config.quirks.survives_refresh => {
                self.proactive.push_toolkit(&config.quirks.toolkit_after_refresh);
                Outcome::Answer(done)
            }
            ProactiveCommand::Refresh => Outcome::AnswerAndReset(done),
            ProactiveCommand::Toolkit(_) => Outcome::Answer(done),
        })
    }

    fn answer(
        &mut self,
        elements: &mut [&mut Isdr],
        command: &Command<'_>,
    ) -> Result<Reply, Refusal> {
        let quirks = &elements.first().ok_or(Status::NO_DIAGNOSIS)?.config().quirks;
        match command.instruction {
            instruction::MANAGE_CHANNEL => {
                let rules = ChannelRules {
                    extended: self.terminal.extended_channels
                        || quirks.extended_channels_unannounced,
                    first: quirks.first_channel,
                    limit: quirks.max_channel,
                };
                Ok(self.channels.manage(command, rules)?)
            }
            instruction::SELECT => Ok(self.select(elements, quirks, command)?),
            instruction::STORE_DATA => self.store_data(elements, command),
            instruction::FETCH => Ok(self.proactive.fetch(command)?),
            instruction::TERMINAL_CAPABILITY => {
                self.terminal = TerminalCapability::read(command.some_data()?)?;
                Ok(Reply::status(Status::OK))
            }
            // What the terminal's toolkit can do makes no difference to a card that only asks for what all can do.
            instruction::TERMINAL_PROFILE => Ok(Reply::status(Status::OK)),
            // Terminals poll with STATUS to hear of proactive commands; no data is asked for then.
            instruction::STATUS if command.p2 == 0x0C => Ok(Reply::status(Status::OK)),
            _ => Err(Status::WRONG_PARAMETERS.into()),
        }
    }

    fn get_response(
        &mut self,
        config: &CardConfig,
        command: &Command<'_>,
    ) -> Result<Reply, Status> {
        command.no_data()?;
        if (command.p1, command.p2) != (0, 0) {
            return Err(Status::WRONG_PARAMETERS);
        }
        self.waiting.take(command, config.quirks.get_response_class)
    }

    fn select(
        &mut self,
        elements: &[&mut Isdr],
        quirks: &Quirks,
        command: &Command<'_>,
    ) -> Result<Reply, Status> {
        match command.p1 {
            0x04 => {}
            // This card has no files.
            0x00 => return Err(Status::NOT_FOUND),
            _ => return Err(Status::WRONG_PARAMETERS),
        }
        let answers = match command.p2 {
            0x00 | 0x04 => true,
            0x0C => false,
            _ => return Err(Status::WRONG_PARAMETERS),
        };
        let aid = command.some_data()?;
        let (place, config) = elements
            .iter()
            .enumerate()
            .filter(|(_, isdr)| isdr.has_vanished().is_none())
            .map(|(place, isdr)| (place, isdr.config()))
            .find(|(_, config)| is_isdr(aid, config))
            .ok_or(Status::NOT_FOUND)?;
        if config.quirks.requires_terminal_capability && !self.terminal.manages_profiles {
            return Err(Status::NOT_FOUND);
        }
        let channel = self.channels.get(command.class.channel)?;
        channel.selected = Some(place);
        channel.chain.drop_all();
        if !answers || quirks.select_without_data {
            return Ok(Reply::status(Status::OK));
        }
        let information = Reply::data(control_information(aid, config));
        Ok(self.waiting.hold(command, information, delivery(quirks)))
    }

    fn store_data(
        &mut self,
        elements: &mut [&mut Isdr],
        command: &Command<'_>,
    ) -> Result<Reply, Refusal> {
        let config = elements.first().ok_or(Status::NO_DIAGNOSIS)?.config();
        let (delivery, largest) = (delivery(&config.quirks), config.quirks.largest_block);
        let channel = self.channels.get(command.class.channel)?;
        let selected = channel.selected.and_then(|place| elements.get_mut(place));
        let isdr = selected.ok_or(Status::INSTRUCTION_NOT_SUPPORTED)?;
        if isdr.has_vanished().is_some() {
            return Err(Status::CHANNEL_NOT_SUPPORTED.into());
        }
        if largest.is_some_and(|largest| command.data.len() > largest.into()) {
            return Err(Status::CHECKSUM_ERROR.into());
        }
        if self.toolkit_busy > 0 {
            self.toolkit_busy -= 1;
            return Err(Status::TOOLKIT_BUSY.into());
        }
        let limit = isdr.config().command_buffer;
        let Some(complete) = channel.chain.push(command, limit)? else {
            return Ok(Reply::status(Status::OK));
        };
        let busy = !self.proactive.is_idle();
        let answer = isdr.execute(&complete, busy);
        if isdr.take_refresh_request() {
            self.proactive.push_toolkit(&isdr.config().quirks.toolkit_before_refresh);
            self.proactive.push(ProactiveCommand::Refresh);
        }
        Ok(self.waiting.hold(command, Reply::data(answer?), delivery))
    }
}

fn delivery(quirks: &Quirks) -> Delivery {
    Delivery {
        only_with_le: quirks.answers_only_with_le,
        directly: quirks.answers_directly,
        exact_le: quirks.wrong_le,
    }
}

fn is_isdr(aid: &[u8], config: &CardConfig) -> bool {
    let further = config.quirks.extra_isdr_aids.iter();
    (aid == ISDR_AID && !config.quirks.without_standard_aid)
        || further.filter_map(|text| Aid::from_hex(text).ok()).any(|known| known.octets() == aid)
}

/// File control information of the ISD-R (SGP.22 2.4.2, ISDRProprietaryApplicationTemplate).
fn control_information(aid: &[u8], config: &CardConfig) -> Vec<u8> {
    let mut out = Writer::new();
    out.put_with(FCI_TEMPLATE, |out| {
        out.put(FCI_AID, aid);
        out.put_with(FCI_PROPRIETARY, |out| out.put(MAXIMUM_COMMAND_DATA, &[0xFF]));
        out.put_with(ISDR_PROPRIETARY, |out| out.put(SVN, &config.svn));
    });
    out.into_bytes()
}
