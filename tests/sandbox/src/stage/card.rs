//! A card on the stage: counted, held, pulled out and disturbed when it is told to be.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lpakit::card::{PortAbilities, PortError, RawCard};
use lpakit_sandbox_euicc::{Card, CardError, CardStatus};

use super::StageError;
use super::gate::{Gate, Way};
use super::moment::{Moment, Planned, function_of};
use crate::card::SandboxChannels;

/// The highest logical channel there can be.
const MAX_CHANNEL: u8 = 19;

/// What goes wrong with a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CardFault {
    /// The card is taken out before the command and stays out.
    Removed,
    /// The command is not carried out; this status word comes back.
    Status(u16),
    /// Somebody else closes all channels just before the command.
    ChannelLost,
    /// The card did it, and half of the answer is lost.
    Cut,
    /// The card loses power before the command, and has it again for the next one.
    PowerBefore,
    /// The card did it and loses power before it can answer.
    PowerAfter,
}

impl CardFault {
    pub(super) fn parse(text: &str) -> Result<Self, StageError> {
        let status = |text: &str| u16::from_str_radix(text, 16).ok().map(Self::Status);
        let fault = match text {
            "removed" => Some(Self::Removed),
            "channel_lost" => Some(Self::ChannelLost),
            "cut" => Some(Self::Cut),
            "power_before" => Some(Self::PowerBefore),
            "power_after" => Some(Self::PowerAfter),
            other => other.strip_prefix("status=").and_then(status),
        };
        fault.ok_or_else(|| StageError::Unknown(text.to_owned()))
    }
}

/// A card in a reader. Clones are hands on the same card; each can be given to an LPA as its port.
#[derive(Clone)]
pub struct StageCard {
    slot: Arc<Mutex<Slot>>,
    gate: Gate,
    way: Way,
}

struct Slot {
    card: Card,
    /// Taken out; every command fails until it is back.
    out: bool,
    apdus: u64,
    fault: Planned<CardFault>,
}

impl StageCard {
    pub(super) fn new(card: Card, number: usize, gate: Gate) -> Self {
        let slot = Slot { card, out: false, apdus: 0, fault: Planned::default() };
        Self { slot: Arc::new(Mutex::new(slot)), gate, way: Way::Card(number) }
    }

    /// What this port does by itself: nothing, as a reader of its own. The card can be reset.
    pub fn abilities(&self) -> PortAbilities {
        PortAbilities::READER
    }

    /// Sends one command APDU and gives back the answer with its status word.
    ///
    /// # Errors
    /// [`PortError::CardGone`] while the card is out, or when it loses its power in the middle.
    pub fn transmit(&self, command: &[u8]) -> Result<Vec<u8>, PortError> {
        let function = function_of(command);
        // Before the lock: the card can be looked at while somebody is held.
        let _passage = self.gate.pass(self.way, function);
        self.slot().transmit(command, function)
    }

    /// Resets the card; it forgets channels and sessions.
    ///
    /// # Errors
    /// [`PortError::CardGone`] while the card is out.
    pub fn reset(&self) -> Result<(), PortError> {
        let mut slot = self.slot();
        if slot.out {
            return Err(PortError::CardGone);
        }
        slot.card.reset().map(drop).map_err(|_| PortError::CardGone)
    }

    /// The same card behind a platform that opens logical channels itself, as a phone does.
    pub fn channels(&self) -> SandboxChannels<Self> {
        SandboxChannels::new(self.clone())
    }

    /// How many command APDUs reached the reader so far, whatever became of them.
    pub fn apdus(&self) -> u64 {
        self.slot().apdus
    }

    /// What is on the card and what it is in the middle of.
    ///
    /// # Errors
    /// When the card's memory cannot be read.
    pub fn status(&self) -> Result<CardStatus, StageError> {
        self.slot().card.status().map_err(StageError::sandbox)
    }

    /// Looks at the card past the reader.
    pub(super) fn look<T>(&self, look: impl FnOnce(&mut Card) -> T) -> T {
        look(&mut self.slot().card)
    }

    /// Takes the card out.
    pub(super) fn pull(&self) {
        self.slot().pull();
    }

    /// Puts the card back. It starts at the next command.
    pub(super) fn insert(&self) {
        self.slot().out = false;
    }

    pub(super) fn plan(&self, moment: Moment, fault: CardFault) {
        self.slot().fault.plan(moment, fault);
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    fn transmit(&mut self, command: &[u8], function: Option<&str>) -> Result<Vec<u8>, PortError> {
        self.apdus += 1;
        let fault = self.fault.due(function);
        if self.out {
            return Err(PortError::CardGone);
        }
        self.power().map_err(|_| PortError::CardGone)?;
        match fault {
            None => self.deliver(command),
            Some(CardFault::Removed) => {
                self.pull();
                Err(PortError::CardGone)
            }
            Some(CardFault::Status(status)) => Ok(status.to_be_bytes().to_vec()),
            Some(CardFault::ChannelLost) => {
                for number in 1..=MAX_CHANNEL {
                    self.card.transmit(&[0x00, 0x70, 0x80, number, 0x00]);
                }
                self.deliver(command)
            }
            Some(CardFault::Cut) => {
                let mut answer = self.deliver(command)?;
                answer.truncate(answer.len() / 2);
                Ok(answer)
            }
            Some(CardFault::PowerBefore) => self.lose_power(),
            Some(CardFault::PowerAfter) => {
                self.deliver(command)?;
                self.lose_power()
            }
        }
    }

    /// A card that was without power starts anew.
    fn power(&mut self) -> Result<(), CardError> {
        if !self.card.is_powered() {
            self.card.power_on()?;
        }
        Ok(())
    }

    fn pull(&mut self) {
        self.out = true;
        self.card.power_off();
    }

    fn lose_power(&mut self) -> Result<Vec<u8>, PortError> {
        self.card.power_off();
        Err(PortError::CardGone)
    }

    fn deliver(&mut self, command: &[u8]) -> Result<Vec<u8>, PortError> {
        let answer = self.card.transmit(command);
        if answer.is_empty() { Err(PortError::CardGone) } else { Ok(answer) }
    }
}

impl RawCard for StageCard {
    fn abilities(&self) -> PortAbilities {
        Self::abilities(self)
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, PortError> {
        Self::transmit(self, command)
    }

    fn reset(&mut self) -> Result<(), PortError> {
        Self::reset(self)
    }
}

impl std::fmt::Debug for StageCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StageCard").finish_non_exhaustive()
    }
}
