//! The card in a reader: connecting, APDUs, resetting, and what the service's errors mean.

use std::ffi::CString;
use std::time::{Duration, Instant};

use lpakit::card::{PortAbilities, PortError, RawCard};
use pcsc::{Card, Context, Disposition, Protocols, ReaderState, ShareMode, State};

/// How long a card may be away after a reset: some come back as if they had just been put in.
const AWAY: Duration = Duration::from_secs(10);

/// A connection that no other program shares, so that nobody else's commands come between ours.
pub(super) struct Connection {
    context: Context,
    reader: CString,
    protocol: Protocols,
    /// None after the card was gone: the next command looks whether it is back.
    card: Option<Card>,
}

impl Connection {
    pub(super) fn open(context: Context, reader: CString) -> Result<Self, PortError> {
        // With T=0 answers come as cards of phones give them; T=1 if the card has nothing else.
        let connect = |protocol| context.connect(&reader, ShareMode::Exclusive, protocol);
        let (card, protocol) = match connect(Protocols::T0) {
            Err(pcsc::Error::ProtoMismatch | pcsc::Error::UnsupportedCard) => {
                (connect(Protocols::T1), Protocols::T1)
            }
            connected => (connected, Protocols::T0),
        };
        let card = Some(card.map_err(port_error)?);
        Ok(Self { context, reader, protocol, card })
    }

    fn card(&mut self) -> Result<&mut Card, PortError> {
        let card = match self.card.take() {
            Some(card) => card,
            None => self.connect()?,
        };
        Ok(self.card.insert(card))
    }

    fn connect(&self) -> Result<Card, PortError> {
        let connected = self.context.connect(&self.reader, ShareMode::Exclusive, self.protocol);
        connected.map_err(port_error)
    }

    /// After an error: gets the connection into a state from which the next command may succeed.
    fn recover(&mut self, error: pcsc::Error) {
        let protocol = self.protocol;
        let kept = match (error, self.card.as_mut()) {
            // Somebody has reset the card, such as a machine that slept.
            (pcsc::Error::ResetCard, Some(card)) => {
                card.reconnect(ShareMode::Exclusive, protocol, Disposition::LeaveCard).is_ok()
            }
            (error, Some(_)) => port_error(error) != PortError::CardGone,
            (_, None) => false,
        };
        if !kept {
            self.card = None;
        }
    }

    fn wait_until_back(&self) -> Result<(), PortError> {
        let until = Instant::now() + AWAY;
        let mut states = [ReaderState::new(self.reader.clone(), State::UNAWARE)];
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let changed = self.context.get_status_change(left, &mut states);
            match changed {
                Err(pcsc::Error::Timeout) => return Err(PortError::CardGone),
                changed => changed.map_err(port_error)?,
            }
            let is_there = |state: &ReaderState| {
                let state = state.event_state();
                state.contains(State::PRESENT) && !state.contains(State::MUTE)
            };
            if states.iter().any(is_there) {
                return Ok(());
            }
            states.iter_mut().for_each(ReaderState::sync_current_state);
        }
    }
}

impl RawCard for Connection {
    fn abilities(&self) -> PortAbilities {
        PortAbilities { wants_le: self.protocol == Protocols::T1, ..PortAbilities::READER }
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, PortError> {
        let mut buffer = [0; pcsc::MAX_BUFFER_SIZE];
        match self.card()?.transmit(command, &mut buffer) {
            // A card that is pulled out in the middle answers nothing at all with some drivers.
            Ok([] | [_]) => {
                self.card = None;
                Err(PortError::CardGone)
            }
            Ok(answer) => Ok(answer.to_vec()),
            Err(error) => {
                self.recover(error);
                Err(port_error(error))
            }
        }
    }

    fn reset(&mut self) -> Result<(), PortError> {
        let protocol = self.protocol;
        if let Some(card) = self.card.as_mut() {
            let reset = card.reconnect(ShareMode::Exclusive, protocol, Disposition::ResetCard);
            if reset.is_ok() {
                return Ok(());
            }
        }
        self.card = None;
        self.wait_until_back()?;
        self.card = Some(self.connect()?);
        Ok(())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(card) = self.card.take() {
            // Whoever comes next finds no open channel. A card that is gone needs no farewell.
            let _ = card.disconnect(Disposition::ResetCard);
        }
    }
}

/// What an error of the service means at the port.
pub(super) const fn port_error(error: pcsc::Error) -> PortError {
    use pcsc::Error;
    match error {
        Error::NoSmartcard
        | Error::RemovedCard
        | Error::UnpoweredCard
        | Error::UnresponsiveCard
        | Error::ReaderUnavailable
        | Error::UnknownReader
        | Error::NoReadersAvailable
        | Error::NoService
        | Error::ServiceStopped => PortError::CardGone,
        Error::SharingViolation | Error::ServerTooBusy => PortError::Busy,
        Error::NoAccess | Error::SecurityViolation => PortError::AccessDenied,
        Error::Timeout => PortError::Timeout,
        // A reset by others among them: the command may have had an effect, its answer is lost.
        _ => PortError::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_service() {
        use pcsc::Error;
        for (error, expected) in [
            (Error::RemovedCard, PortError::CardGone),
            (Error::ReaderUnavailable, PortError::CardGone),
            (Error::SharingViolation, PortError::Busy),
            (Error::SecurityViolation, PortError::AccessDenied),
            (Error::Timeout, PortError::Timeout),
            (Error::ResetCard, PortError::Failed),
            (Error::NotTransacted, PortError::Failed),
        ] {
            assert_eq!(port_error(error), expected, "{error:?}");
        }
    }
}
