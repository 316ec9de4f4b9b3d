//! A card with several eUICCs behind the same contacts, as some removable ones are (facts peers 4).

use crate::card::{ATR, Card, CardError};
use crate::config::Vanishing;
use crate::contacts::{Contacts, Outcome, Start};
use crate::isdr::Isdr;
use crate::recorder;

/// Several secure elements, each with its own EID, keys, profiles and memory, that share channels, power and the
/// terminal's toolkit.
///
/// SELECT goes to the first element whose ISD-R has that AID: the standard's AID to the first, the others by their
/// [`extra_isdr_aids`](crate::Quirks::extra_isdr_aids). How the card behaves at its contacts is up to the quirks of
/// the first element, how profiles are switched to each one's own.
#[derive(Debug)]
pub struct MultiCard {
    elements: Vec<Card>,
    contacts: Option<Contacts>,
}

impl MultiCard {
    /// A card of these elements, without power.
    ///
    /// # Errors
    /// [`CardError::Config`] when there is no element.
    pub fn new(mut elements: Vec<Card>) -> Result<Self, CardError> {
        if elements.is_empty() {
            return Err(CardError::Config("a card without an element"));
        }
        elements.iter_mut().for_each(Card::power_off);
        Ok(Self { elements, contacts: None })
    }

    /// The elements, to look at: each has its own configuration, snapshot and status. As its power is the card's,
    /// its own [`Card::is_powered`] is false.
    pub fn elements(&self) -> &[Card] {
        &self.elements
    }

    /// An element by its place, to put profiles on it or to restore it. It has no contacts of its own to power.
    pub fn element_mut(&mut self, place: usize) -> Option<&mut Card> {
        self.elements.get_mut(place)
    }

    /// Gives the card power, or takes it away and gives it again. Returns the answer to reset.
    ///
    /// # Errors
    /// As [`Card::power_on`].
    pub fn power_on(&mut self) -> Result<&'static [u8], CardError> {
        self.power_off();
        self.start(Start::Power)
    }

    /// A warm reset.
    ///
    /// # Errors
    /// As [`Card::reset`].
    pub fn reset(&mut self) -> Result<&'static [u8], CardError> {
        if !self.is_powered() {
            return self.power_on();
        }
        let vanished = |card: &Card| card.isdr.has_vanished() == Some(Vanishing::Card);
        if self.elements.iter().any(vanished) {
            return Err(CardError::Silent);
        }
        self.start(Start::Power)
    }

    /// Takes the power away.
    pub fn power_off(&mut self) {
        self.contacts = None;
        self.elements.iter_mut().for_each(Card::power_off);
    }

    /// Whether the card has power.
    pub fn is_powered(&self) -> bool {
        self.contacts.is_some()
    }

    /// Sends one command and gives the response, as [`Card::transmit`].
    pub fn transmit(&mut self, command: &[u8]) -> Vec<u8> {
        let Some(contacts) = self.contacts.as_mut() else {
            return Vec::new();
        };
        let mut elements: Vec<&mut Isdr> =
            self.elements.iter_mut().map(|card| &mut card.isdr).collect();
        let outcome = contacts.process(&mut elements, command);
        let response = outcome.response();
        if let Some(first) = elements.first() {
            first.record(|| recorder::apdu(command, &response));
        }
        let lost = match outcome {
            Outcome::Answer(_) | Outcome::Silence => false,
            Outcome::AnswerAndReset(_) => self.start(Start::Refresh).is_err(),
            Outcome::PowerLost => true,
        };
        if lost {
            self.power_off();
        }
        response
    }

    fn start(&mut self, start: Start) -> Result<&'static [u8], CardError> {
        self.contacts = None;
        for card in &mut self.elements {
            card.isdr.restart()?;
        }
        if let Some(first) = self.elements.first() {
            self.contacts = Some(Contacts::new(&first.config().quirks, start));
            first.isdr.record(recorder::power);
        }
        Ok(ATR)
    }
}
