//! A card with a limit on every wait. PC/SC itself waits for a card as long as its reader does, which may be for ever,
//! so each card works on a thread of its own.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use lpakit::card::{PortAbilities, PortError, RawCard};
use zeroize::Zeroizing;

/// How long to wait for a card to be let go of.
const FAREWELL: Duration = Duration::from_secs(5);

enum Request {
    /// A command, which may hold a hash of a secret.
    Transmit(Zeroizing<Vec<u8>>),
    Reset,
}

/// What a reset answers is empty.
type Answer = Result<Vec<u8>, PortError>;

/// A card on a thread of its own.
pub(super) struct Bounded {
    /// None once an answer was late: nobody knows what the card is doing.
    requests: Option<Sender<Request>>,
    answers: Receiver<Answer>,
    abilities: PortAbilities,
    limit: Duration,
}

impl Bounded {
    /// Opens a card on its thread; opening, too, takes no longer than `limit`.
    pub(super) fn start<C: RawCard>(
        limit: Duration,
        open: impl FnOnce() -> Result<C, PortError> + Send + 'static,
    ) -> Result<Self, PortError> {
        let (requests, asked) = channel();
        let (answer, answers) = channel();
        let (tell, opened) = channel();
        let work = move || match open() {
            Ok(card) => {
                // Nobody may be waiting any more.
                let _ = tell.send(Ok(card.abilities()));
                serve(card, &asked, &answer);
            }
            Err(error) => {
                let _ = tell.send(Err(error));
            }
        };
        let thread = thread::Builder::new().name("lpakit-pcsc".to_owned());
        thread.spawn(work).map_err(|_| PortError::Failed)?;
        let abilities = opened.recv_timeout(limit).map_err(|_| PortError::Timeout)??;
        Ok(Self { requests: Some(requests), answers, abilities, limit })
    }

    fn ask(&mut self, request: Request) -> Answer {
        let requests = self.requests.as_ref().ok_or(PortError::Failed)?;
        requests.send(request).map_err(|_| PortError::Failed)?;
        self.answers.recv_timeout(self.limit).unwrap_or_else(|_| {
            self.requests = None;
            Err(PortError::Timeout)
        })
    }
}

/// Answers until nobody asks any more, and lets go of the card.
fn serve(mut card: impl RawCard, asked: &Receiver<Request>, answer: &Sender<Answer>) {
    for request in asked {
        let answered = match request {
            Request::Transmit(command) => card.transmit(&command),
            Request::Reset => card.reset().map(|()| Vec::new()),
        };
        if answer.send(answered).is_err() {
            return;
        }
    }
}

impl RawCard for Bounded {
    fn abilities(&self) -> PortAbilities {
        self.abilities
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, PortError> {
        self.ask(Request::Transmit(Zeroizing::new(command.to_vec())))
    }

    fn reset(&mut self) -> Result<(), PortError> {
        self.ask(Request::Reset).map(drop)
    }
}

impl Drop for Bounded {
    fn drop(&mut self) {
        // The thread is not asked any more; its end of the answers goes after the card.
        if self.requests.take().is_some() {
            let _ = self.answers.recv_timeout(FAREWELL);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    /// Answers with the command itself, or with silence, for as long as the test wants.
    struct Echo {
        silence: Receiver<()>,
        gone: Arc<AtomicBool>,
    }

    impl RawCard for Echo {
        fn abilities(&self) -> PortAbilities {
            PortAbilities { max_command_data: 77, ..PortAbilities::READER }
        }

        fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, PortError> {
            if command.is_empty() {
                let _ = self.silence.recv();
            }
            Ok(command.to_vec())
        }

        fn reset(&mut self) -> Result<(), PortError> {
            Err(PortError::CardGone)
        }
    }

    impl Drop for Echo {
        fn drop(&mut self) {
            self.gone.store(true, Ordering::SeqCst);
        }
    }

    fn echo() -> (Bounded, Sender<()>, Arc<AtomicBool>) {
        let (speak, silence) = channel();
        let gone = Arc::new(AtomicBool::new(false));
        let card = Echo { silence, gone: Arc::clone(&gone) };
        (Bounded::start(Duration::from_secs(60), || Ok(card)).unwrap(), speak, gone)
    }

    #[test]
    fn a_card_answers_and_is_let_go_of() {
        let (mut card, _speak, gone) = echo();
        assert_eq!(card.abilities().max_command_data, 77);
        assert_eq!(card.transmit(&[1, 2]), Ok(vec![1, 2]));
        assert_eq!(card.reset(), Err(PortError::CardGone));
        assert_eq!(card.transmit(&[3]), Ok(vec![3]));
        drop(card);
        assert!(gone.load(Ordering::SeqCst));
    }

    #[test]
    fn a_silent_card_is_given_up() {
        let (mut card, speak, _) = echo();
        // Only now: a busy machine takes longer than this to open it.
        card.limit = Duration::from_millis(1);
        assert_eq!(card.transmit(&[]), Err(PortError::Timeout));
        // Its late answer is not taken for another command's.
        assert_eq!(card.transmit(&[1]), Err(PortError::Failed));
        drop(card);
        drop(speak);
    }

    #[test]
    fn a_card_that_cannot_be_had() {
        let opened = Bounded::start(Duration::from_secs(60), || Err::<Echo, _>(PortError::Busy));
        assert_eq!(opened.err(), Some(PortError::Busy));
    }
}
