//! The sandbox card in a reader that a test can pull it out of.

use std::sync::{Arc, Mutex};

use lpakit::card::{CardChannel, OpenChannel, PortAbilities, PortError, RawCard};
use lpakit_sandbox_euicc::Card;

/// What is to happen to one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tap {
    /// Nothing out of the ordinary.
    Pass,
    /// The card is pulled out before the command reaches it.
    PullBefore,
    /// The card does what it is told and is pulled out before it can answer.
    PullAfter,
    /// The command is answered like this and does not reach the card.
    Answer(Vec<u8>),
}

type Decide = Box<dyn FnMut(&[u8]) -> Tap + Send>;

/// A card in a reader. Clones are hands on the same card.
#[derive(Clone)]
pub struct CardInReader {
    card: Arc<Mutex<Card>>,
    tap: Arc<Mutex<Option<Decide>>>,
    can_reset: bool,
}

impl CardInReader {
    /// Puts a card into a reader.
    pub fn new(card: Card, can_reset: bool) -> Self {
        Self { card: Arc::new(Mutex::new(card)), tap: Arc::default(), can_reset }
    }

    /// Decides over each command from now on.
    pub fn tap(&self, decide: impl FnMut(&[u8]) -> Tap + Send + 'static) {
        *self.tap.lock().unwrap() = Some(Box::new(decide));
    }

    /// Lets everything pass again.
    pub fn untap(&self) {
        *self.tap.lock().unwrap() = None;
    }

    /// Looks at the card itself, past the reader.
    pub fn look<T>(&self, look: impl FnOnce(&mut Card) -> T) -> T {
        look(&mut self.card.lock().unwrap())
    }

    fn decide(&self, command: &[u8]) -> Tap {
        self.tap.lock().unwrap().as_mut().map_or(Tap::Pass, |decide| decide(command))
    }
}

/// The card behind a platform's own terminal, as on a phone: the platform introduces itself, opens channels, answers
/// proactive commands, and offers no reset.
pub struct CardInPhone {
    card: CardInReader,
    introduced: bool,
}

impl CardInPhone {
    /// Puts the card into a phone.
    pub fn new(card: CardInReader) -> Self {
        Self { card, introduced: false }
    }

    fn serve_toolkit(&mut self, mut length: u8) -> Result<(), PortError> {
        loop {
            let command = self.card.transmit(&[0x80, 0x12, 0x00, 0x00, length])?;
            let Some(details) = command.get(4..7) else { return Ok(()) };
            let mut done = vec![0x80, 0x14, 0x00, 0x00, 0x0C, 0x81, 0x03];
            done.extend_from_slice(details);
            done.extend([0x82, 0x02, 0x82, 0x81, 0x83, 0x01, 0x00]);
            match self.card.transmit(&done)?[..] {
                [0x91, more] => length = more,
                _ => return Ok(()),
            }
        }
    }

    /// MANAGE CHANNEL and SELECT.
    fn open_and_select(&mut self, aid: &[u8]) -> Result<OpenChannel, PortError> {
        let [number, 0x90, _] = self.card.transmit(&[0x00, 0x70, 0x00, 0x00, 0x01])?[..] else {
            return Err(PortError::Failed);
        };
        let mut select = vec![number, 0xA4, 0x04, 0x00, aid.len() as u8];
        select.extend_from_slice(aid);
        match self.card.transmit(&select)?[..] {
            [.., 0x61 | 0x90, _] => Ok(OpenChannel { number }),
            _ => {
                self.close(OpenChannel { number });
                Err(PortError::NoSuchApplication)
            }
        }
    }
}

impl CardChannel for CardInPhone {
    fn abilities(&self) -> PortAbilities {
        PortAbilities::PLAIN
    }

    fn open(&mut self, aid: &[u8]) -> Result<OpenChannel, PortError> {
        if !self.introduced {
            let introduction = "80AA00000AA9088100820101830107";
            self.card.transmit(&hex::decode(introduction).expect("octets"))?;
            self.introduced = true;
        }
        self.open_and_select(aid)
    }

    fn transmit(&mut self, _: OpenChannel, command: &[u8]) -> Result<Vec<u8>, PortError> {
        let answer = self.card.transmit(command)?;
        if let [.., 0x91, length] = answer[..] {
            self.introduced = false;
            self.serve_toolkit(length)?;
        }
        Ok(answer)
    }

    fn close(&mut self, channel: OpenChannel) {
        let _ = self.card.transmit(&[0x00, 0x70, 0x80, channel.number, 0x00]);
    }
}

impl RawCard for CardInReader {
    fn abilities(&self) -> PortAbilities {
        PortAbilities { can_reset: self.can_reset, ..PortAbilities::READER }
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, PortError> {
        let tap = self.decide(command);
        let mut card = self.card.lock().unwrap();
        // A card that was pulled out has been put back: it starts anew.
        if !card.is_powered() {
            card.power_on().map_err(|_| PortError::CardGone)?;
        }
        match tap {
            Tap::Answer(answer) => return Ok(answer),
            Tap::PullBefore => {}
            Tap::Pass => {
                let answer = card.transmit(command);
                return if answer.is_empty() { Err(PortError::CardGone) } else { Ok(answer) };
            }
            Tap::PullAfter => drop(card.transmit(command)),
        }
        card.power_off();
        Err(PortError::CardGone)
    }

    fn reset(&mut self) -> Result<(), PortError> {
        self.card.lock().unwrap().reset().map(drop).map_err(|_| PortError::CardGone)
    }
}
