//! The sandbox card in a reader that a test can pull it out of.

use std::sync::{Arc, Mutex};

use lpakit::card::{PortAbilities, PortError, RawCard};
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
