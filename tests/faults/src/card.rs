//! The sandbox card behind a port that fails when it is told to.

use std::sync::{Arc, Mutex, MutexGuard};

use lpakit::card::{PortAbilities, PortError, RawCard};
use lpakit_rsp::Object;
use lpakit_rsp::notifications::RemoveNotificationRequest;
use lpakit_sandbox_euicc::Card;

use crate::gate::Gate;
use crate::injector::Injector;
use crate::ledger::Ledger;
use crate::lock;
use crate::plan::{CardFault, CardKind};

/// What readers, modems and confused cards answer instead of doing what they are told, taken in turn: internal error,
/// conditions not satisfied, memory failure, execution error.
const REFUSALS: [u16; 4] = [0x6F00, 0x6985, 0x6581, 0x6400];
/// Tag of RemoveNotificationFromList.
const REMOVE_NOTIFICATION: [u8; 2] = [0xBF, 0x30];

/// The highest logical channel there can be.
const MAX_CHANNEL: u8 = 19;

/// A card in a reader. It outlives the apps that use it, each through a [`FaultyCard`] of its own.
#[derive(Clone)]
pub(crate) struct Reader {
    slot: Arc<Mutex<Slot>>,
    gate: Gate,
}

struct Slot {
    card: Card,
    kind: CardKind,
    /// Taken out; it comes back at the next start.
    removed: bool,
    faults: Injector,
    ledger: Ledger,
}

impl Reader {
    pub(crate) fn new(card: Card, kind: CardKind, faults: Injector, ledger: Ledger) -> Self {
        let slot = Slot { card, kind, removed: false, faults, ledger };
        Self { slot: Arc::new(Mutex::new(slot)), gate: Gate::default() }
    }

    /// What the card does only while it is open.
    pub(crate) fn gate(&self) -> &Gate {
        &self.gate
    }

    /// The next start of the app: what an earlier one still wants of the card does not reach it.
    pub(crate) fn start(&self) -> FaultyCard {
        let life = self.gate.next_life();
        let mut slot = self.slot();
        match slot.kind {
            // A reader gives the card a cold reset.
            CardKind::T0 => slot.card.power_off(),
            // A phone keeps it powered, and closes what an app that is gone has left open.
            CardKind::Le => slot.close_channels(),
        }
        slot.removed = false;
        FaultyCard { reader: self.clone(), life }
    }

    /// Puts a card that was taken out back in.
    pub(crate) fn reinsert(&self) {
        self.slot().removed = false;
    }

    /// Keeps the last app from the card, as when its process is killed.
    pub(crate) fn stop(&self) {
        self.gate.next_life();
    }

    /// Looks at the card past the reader.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&mut Card) -> T) -> T {
        look(&mut self.slot().card)
    }

    /// Whether the card is out.
    pub(crate) fn is_removed(&self) -> bool {
        self.slot().removed
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        lock(&self.slot)
    }
}

impl Slot {
    fn power(&mut self) -> Result<(), PortError> {
        if !self.card.is_powered() {
            self.card.power_on().map_err(|_| PortError::CardGone)?;
        }
        Ok(())
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, PortError> {
        let (number, fault) = self.faults.apdu();
        if self.removed {
            return Err(PortError::CardGone);
        }
        self.power()?;
        match fault {
            None => self.deliver(command),
            Some(CardFault::Removed) => {
                self.removed = true;
                self.lose_power()
            }
            Some(CardFault::ChannelLost) => {
                self.close_channels();
                self.deliver(command)
            }
            Some(CardFault::Status) => Ok(refusal(number)),
            Some(CardFault::Cut) => self.deliver(command).map(|answer| cut(answer, number)),
            Some(CardFault::PowerBefore) => self.lose_power(),
            Some(CardFault::PowerAfter) => {
                self.deliver(command)?;
                self.lose_power()
            }
        }
    }

    fn close_channels(&mut self) {
        if self.card.is_powered() {
            for number in 1..=MAX_CHANNEL {
                self.card.transmit(&[0x00, 0x70, 0x80, number, 0x00]);
            }
        }
    }

    fn lose_power(&mut self) -> Result<Vec<u8>, PortError> {
        self.card.power_off();
        Err(PortError::CardGone)
    }

    fn deliver(&mut self, command: &[u8]) -> Result<Vec<u8>, PortError> {
        if let Some(seq_number) = removed_notification(command) {
            self.ledger.asked_to_remove(seq_number);
        }
        let answer = self.card.transmit(command);
        if answer.is_empty() { Err(PortError::CardGone) } else { Ok(answer) }
    }
}

/// The status word in place of the answer to this command.
fn refusal(number: u32) -> Vec<u8> {
    let turn = number as usize % REFUSALS.len();
    REFUSALS.get(turn).map(|status| status.to_be_bytes().to_vec()).unwrap_or_default()
}

/// Half of an answer. Every other time the status word is still there, as when a modem's buffer is too short.
fn cut(mut answer: Vec<u8>, number: u32) -> Vec<u8> {
    let data = answer.len().saturating_sub(2);
    if data > 0 && number.is_multiple_of(2) {
        answer.drain(data / 2..data);
    } else {
        answer.truncate(answer.len() / 2);
    }
    answer
}

/// The notification that a command asks the card to remove.
fn removed_notification(command: &[u8]) -> Option<u32> {
    let data = command.get(5..).filter(|data| data.starts_with(&REMOVE_NOTIFICATION))?;
    let length = usize::from(*command.get(4)?);
    let request = RemoveNotificationRequest::decode(data.get(..length)?).ok()?;
    Some(request.seq_number)
}

/// The card's port for one start of the app.
pub struct FaultyCard {
    reader: Reader,
    life: u32,
}

impl FaultyCard {
    /// The slot, while this start of the app is the one that may use it.
    fn slot(&self) -> Result<MutexGuard<'_, Slot>, PortError> {
        let may_pass = self.reader.gate.pass(self.life);
        if may_pass { Ok(self.reader.slot()) } else { Err(PortError::CardGone) }
    }
}

impl RawCard for FaultyCard {
    fn abilities(&self) -> PortAbilities {
        match self.reader.slot().kind {
            CardKind::T0 => PortAbilities::READER,
            CardKind::Le => {
                PortAbilities { wants_le: true, can_reset: false, ..PortAbilities::READER }
            }
        }
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, PortError> {
        self.slot()?.transmit(command)
    }

    fn reset(&mut self) -> Result<(), PortError> {
        let mut slot = self.slot()?;
        if slot.removed {
            return Err(PortError::CardGone);
        }
        slot.card.reset().map(drop).map_err(|_| PortError::CardGone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_an_answer_is_less_than_the_whole() {
        let answer = vec![1, 2, 3, 4, 0x90, 0x00];
        assert_eq!(cut(answer.clone(), 2), [1, 2, 0x90, 0x00]);
        assert_eq!(cut(answer, 1), [1, 2, 3]);
        assert_eq!(cut(vec![0x90, 0x00], 2), [0x90]);
        assert_eq!(cut(vec![7, 0x90, 0x00], 2), [0x90, 0x00]);
    }

    #[test]
    fn a_removal_is_seen() {
        let request = RemoveNotificationRequest { seq_number: 300 }.encode();
        let mut command = vec![0x81, 0xE2, 0x91, 0x00, request.len() as u8];
        command.extend(request);
        assert_eq!(removed_notification(&command), Some(300));
        command.push(0x00);
        assert_eq!(removed_notification(&command), Some(300), "with Le");
        assert_eq!(removed_notification(&[0x81, 0xE2, 0x91, 0x00, 0x01, 0xBF]), None);
    }
}
