//! `--card pcsc`: a card in a PC/SC reader. Only in builds with the feature `pcsc`, which need the system's library.

mod bounded;
mod choice;
mod connection;

use std::time::Duration;

use lpakit::card::{CardError, CardPort, IsdrChannel, PortError, RawCard, known_isdr_aids};
use lpakit::{Error, ErrorKind};
use pcsc::{Context, Scope};
use serde_json::json;

use crate::failure::Failure;
use crate::output::{Done, Output};
use bounded::Bounded;
use choice::Reader;
use connection::Connection;

/// No APDU takes longer; the last one of a large profile takes some seconds on slow cards.
const LIMIT: Duration = Duration::from_secs(60);

fn connect(context: &Context, reader: &Reader) -> Result<Bounded, PortError> {
    let (context, name) = (context.clone(), reader.id().to_owned());
    Bounded::start(LIMIT, move || Connection::open(context, name))
}

/// Looks for an eUICC, and lets go of the card.
fn is_euicc(card: Bounded) -> Result<bool, PortError> {
    let mut channel = IsdrChannel::new(CardPort::Raw(Box::new(card)), known_isdr_aids(), None);
    match channel.ensure_open() {
        Ok(()) => Ok(true),
        // Cards that know of no channels are not even UICCs.
        Err(CardError::Port(PortError::Failed | PortError::NoFreeChannel)) => Ok(false),
        Err(CardError::Port(error)) => Err(error),
        Err(_) => Ok(false),
    }
}

/// The card in the reader of this name, or in the first reader that has an eUICC.
pub(crate) async fn open(
    wanted: Option<String>,
    output: &Output,
) -> Result<impl RawCard + use<>, Failure> {
    in_background(*output, move |output| find(wanted.as_deref(), output)).await
}

/// Lists the readers, and what is in them.
pub(crate) async fn list(output: &Output) -> Result<Done, Failure> {
    in_background(*output, show).await
}

/// Looking into readers takes a while, in which Ctrl-C is to be heard.
async fn in_background<T: Send + 'static>(
    output: Output,
    work: impl FnOnce(&Output) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let worked = tokio::task::spawn_blocking(move || work(&output)).await;
    worked.unwrap_or_else(|_| Err(Error::from(PortError::Failed).into()))
}

fn find(wanted: Option<&str>, output: &Output) -> Result<Bounded, Failure> {
    let (context, readers) = look_around()?;
    if let Some(wanted) = wanted {
        let reader = choice::named(&readers, wanted)?;
        return connect(&context, reader).map_err(|error| refused(reader, error));
    }
    let (cards, busy) = all_cards(&context, &readers, output);
    let mut cards = cards.into_iter();
    match (cards.next(), cards.len()) {
        (None, _) if busy => Err(Error::from(PortError::Busy).into()),
        (None, _) => Err(no_card("There is no card in any reader.")),
        // Whether it is an eUICC turns out soon enough.
        (Some((_, card)), 0) => Ok(card),
        (Some(first), _) => first_euicc(&context, std::iter::once(first).chain(cards)),
    }
}

fn show(output: &Output) -> Result<Done, Failure> {
    let (context, readers) = look_around()?;
    if readers.is_empty() {
        output.note("There is no reader.");
    }
    for reader in &readers {
        let state = state(&context, reader);
        output.line(format!("{:<9}  {}", state.replace('_', " "), reader.name()));
        tell(reader, state, output);
    }
    Ok(Done::with(json!({ "readers": readers.len() })))
}

fn look_around() -> Result<(Context, Vec<Reader>), Failure> {
    let context = Context::establish(Scope::User).map_err(|_| {
        let text = "There is no PC/SC service on this machine; on Linux that is pcscd.";
        Failure::new(ErrorKind::Card, "card.no_pcsc_service", text)
    })?;
    let readers = match context.list_readers_owned() {
        Ok(readers) => readers.into_iter().map(Reader::new).collect(),
        Err(pcsc::Error::NoReadersAvailable) => Vec::new(),
        Err(error) => return Err(Error::from(connection::port_error(error)).into()),
    };
    Ok((context, readers))
}

/// The cards that can be had, in the order of their readers; and whether others use some.
fn all_cards<'a>(
    context: &Context,
    readers: &'a [Reader],
    output: &Output,
) -> (Vec<(&'a Reader, Bounded)>, bool) {
    let mut cards = Vec::new();
    let mut busy = false;
    for reader in readers.iter().filter(|reader| !reader.is_ignored()) {
        match connect(context, reader) {
            Ok(card) => cards.push((reader, card)),
            Err(PortError::CardGone) => {}
            Err(PortError::Busy) => {
                busy = true;
                output.note(format!("Another program uses {}: skipped.", reader.name()));
                tell(reader, "in_use", output);
            }
            Err(error) => {
                output.note(format!("{} is skipped: {error}.", reader.name()));
                tell(reader, "failed", output);
            }
        }
    }
    (cards, busy)
}

fn first_euicc<'a>(
    context: &Context,
    cards: impl Iterator<Item = (&'a Reader, Bounded)>,
) -> Result<Bounded, Failure> {
    for (reader, card) in cards {
        if is_euicc(card) == Ok(true) {
            return connect(context, reader).map_err(|error| refused(reader, error));
        }
    }
    Err(Error::from(CardError::NoIsdr).into())
}

fn state(context: &Context, reader: &Reader) -> &'static str {
    if reader.is_ignored() {
        return "ignored";
    }
    match connect(context, reader).and_then(is_euicc) {
        Ok(true) => "euicc",
        Ok(false) => "no_euicc",
        Err(PortError::CardGone) => "empty",
        Err(PortError::Busy) => "in_use",
        Err(_) => "failed",
    }
}

fn tell(reader: &Reader, state: &str, output: &Output) {
    output.object(&json!({ "type": "reader", "name": reader.name(), "state": state }));
}

fn refused(reader: &Reader, error: PortError) -> Failure {
    match error {
        PortError::CardGone => no_card(&format!("There is no card in {}.", reader.name())),
        error => Error::from(error).into(),
    }
}

fn no_card(text: &str) -> Failure {
    Failure::new(ErrorKind::Card, "card.none", text)
}
