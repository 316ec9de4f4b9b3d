//! Proactive commands (TS 102 223): REFRESH, which is the eUICC's own, and those of other applications on the card.

use std::collections::VecDeque;

use lpakit_rsp::tlv::{Fields, Tag, Tlv, Writer};

use super::{Command, Reply, Status};
use crate::config::ToolkitCommand;

const COMMAND_DETAILS: Tag = Tag::new(0x81);
const DEVICE_IDENTITIES: Tag = Tag::new(0x82);
const DURATION: Tag = Tag::new(0x84);
const ALPHA_IDENTIFIER: Tag = Tag::new(0x85);
const ITEM: Tag = Tag::new(0x8F);
const PROACTIVE_COMMAND: Tag = Tag::new(0xD0);
/// From the UICC to the terminal.
const UICC_TO_TERMINAL: [u8; 2] = [0x81, 0x82];
/// In seconds (01), 30 of them.
const HALF_A_MINUTE: [u8; 2] = [0x01, 0x1E];

/// A command of the card to the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProactiveCommand {
    /// REFRESH, UICC reset.
    Refresh,
    /// What another application wants.
    Toolkit(ToolkitCommand),
}

impl ProactiveCommand {
    /// Type of command and its qualifier.
    fn kind(self) -> [u8; 2] {
        match self {
            Self::Refresh => [0x01, 0x04],
            Self::Toolkit(ToolkitCommand::MoreTime) => [0x02, 0x00],
            Self::Toolkit(ToolkitCommand::PollInterval) => [0x03, 0x00],
            Self::Toolkit(ToolkitCommand::SetUpMenu) => [0x25, 0x00],
        }
    }

    fn put_further(self, out: &mut Writer) {
        match self {
            Self::Refresh | Self::Toolkit(ToolkitCommand::MoreTime) => {}
            Self::Toolkit(ToolkitCommand::PollInterval) => out.put(DURATION, &HALF_A_MINUTE),
            Self::Toolkit(ToolkitCommand::SetUpMenu) => {
                out.put(ALPHA_IDENTIFIER, b"SIM");
                // Number 1 and its text.
                out.put(ITEM, b"\x01Services");
            }
        }
    }
}

/// The proactive commands of a card: one after another is announced, fetched and answered.
#[derive(Debug)]
pub(crate) struct Proactive {
    waiting: VecDeque<ProactiveCommand>,
    /// The number of the first that waits.
    number: u8,
    /// The first was fetched and waits for TERMINAL RESPONSE.
    fetched: bool,
}

impl Proactive {
    /// These wait at the start of the card.
    pub(crate) fn new(toolkit: &[ToolkitCommand]) -> Self {
        let mut new = Self { waiting: VecDeque::new(), number: 1, fetched: false };
        new.push_toolkit(toolkit);
        new
    }

    /// One more command, after those that wait.
    pub(crate) fn push(&mut self, command: ProactiveCommand) {
        self.waiting.push_back(command);
    }

    pub(crate) fn push_toolkit(&mut self, commands: &[ToolkitCommand]) {
        self.waiting.extend(commands.iter().copied().map(ProactiveCommand::Toolkit));
    }

    /// No command waits or is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    /// `90 00`, or `91xx` while a command waits to be fetched.
    pub(crate) fn mark(&self, status: Status) -> Status {
        match self.to_fetch() {
            Some(command) if status == Status::OK => Status::proactive(command.len()),
            _ => status,
        }
    }

    /// FETCH.
    pub(crate) fn fetch(&mut self, command: &Command<'_>) -> Result<Reply, Status> {
        command.no_data()?;
        let octets = self.to_fetch().ok_or(Status::CONDITIONS_NOT_SATISFIED)?;
        let reply = Reply::data(octets).if_expected(command.expected());
        self.fetched = reply.status == Status::OK;
        Ok(reply)
    }

    /// TERMINAL RESPONSE; gives the command that it answers.
    pub(crate) fn respond(&mut self, command: &Command<'_>) -> Result<ProactiveCommand, Status> {
        let data = command.some_data()?;
        let under_way = self.waiting.front().copied().filter(|_| self.fetched);
        let under_way = under_way.ok_or(Status::CONDITIONS_NOT_SATISFIED)?;
        let fields = Fields::parse(data).map_err(|_| Status::WRONG_DATA)?;
        // The comprehension-required bit of simple TLV tags may be set or not.
        let details = fields.iter().find(|field: &Tlv<'_>| field.tag.octets() & 0x7F == 0x01);
        if details.is_none_or(|details| details.value != self.details(under_way)) {
            return Err(Status::WRONG_DATA);
        }
        self.waiting.pop_front();
        self.fetched = false;
        // 1 to 254 by the standard.
        self.number = self.number % 254 + 1;
        Ok(under_way)
    }

    fn details(&self, command: ProactiveCommand) -> [u8; 3] {
        let [kind, qualifier] = command.kind();
        [self.number, kind, qualifier]
    }

    /// The command that waits for FETCH, coded.
    fn to_fetch(&self) -> Option<Vec<u8>> {
        let command = self.waiting.front().copied().filter(|_| !self.fetched)?;
        let mut out = Writer::new();
        out.put_with(PROACTIVE_COMMAND, |out| {
            out.put(COMMAND_DETAILS, &self.details(command));
            out.put(DEVICE_IDENTITIES, &UICC_TO_TERMINAL);
            command.put_further(out);
        });
        Some(out.into_bytes())
    }
}
