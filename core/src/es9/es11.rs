//! ES11: what an SM-DS knows of plans that wait for a card (facts 4.3). Its common mutual authentication is ES9+'s.

use std::borrow::Cow;

use serde::Deserialize;

use super::messages::{AuthenticateClientRequest, encode, parse, to_json};
use super::{Es9Client, Es9Error, Interface, SessionName};

/// More events at once than a person could be asked about; an SM-DS that names more is broken, or hostile.
pub const MAX_EVENTS: usize = 100;

/// One event: somebody has something for this card.
#[derive(Clone, PartialEq, Eq)]
pub struct EventEntry {
    /// The event's name, to be shown to the server as Matching ID.
    pub event_id: String,
    /// The SM-DP+ that has it, or another SM-DS that knows more. As it came.
    pub server_address: String,
}

impl std::fmt::Debug for EventEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The event's name is a Matching ID.
        f.write_str("EventEntry")
    }
}

/// ES11.AuthenticateClient response.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    #[serde(borrow)]
    transaction_id: Cow<'a, str>,
    #[serde(borrow, default)]
    event_entries: Option<Vec<Entry<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(borrow)]
    event_id: Cow<'a, str>,
    #[serde(borrow)]
    rsp_server_address: Cow<'a, str>,
}

impl Es9Client {
    /// The same server by the paths of ES11.
    #[must_use]
    pub fn by_es11_paths(&self) -> Self {
        Self { interface: Interface::Es11, ..self.clone() }
    }

    /// ES11.AuthenticateClient: the events that wait for this card; none is no error.
    ///
    /// # Errors
    /// [`Es9Error`]; an answer that names more than [`MAX_EVENTS`] is [`Es9Error::TooManyEvents`].
    pub async fn authenticate_client_for_events(
        &self,
        session: &SessionName,
        authenticate_server_response: &[u8],
    ) -> Result<Vec<EventEntry>, Es9Error> {
        let request = AuthenticateClientRequest {
            transaction_id: &session.text,
            authenticate_server_response: encode(authenticate_server_response),
        };
        let path = match self.interface {
            Interface::Es9Plus => "/gsma/rsp2/es9plus/authenticateClient",
            Interface::Es11 => "/gsma/rsp2/es11/authenticateClient",
        };
        let answer = self.post(path, to_json(&request), self.limits.function).await?;
        let answer: Response<'_> = parse(&answer)?;
        if SessionName::parse(&answer.transaction_id)?.id() != session.id() {
            return Err(Es9Error::BadField("transactionId"));
        }
        let entries = answer.event_entries.unwrap_or_default();
        if entries.len() > MAX_EVENTS {
            return Err(Es9Error::TooManyEvents);
        }
        let entry = |entry: Entry<'_>| EventEntry {
            event_id: entry.event_id.into_owned(),
            server_address: entry.rsp_server_address.into_owned(),
        };
        Ok(entries.into_iter().map(entry).collect())
    }
}
