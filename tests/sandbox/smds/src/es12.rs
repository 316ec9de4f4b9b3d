//! ES12: the two functions by which an SM-DP+ (or another SM-DS) says that something waits for an eUICC, and that it
//! no longer does (SGP.22 5.9). Who calls is known from the TLS handshake.

use lpakit_rsp::identifiers::Eid;
use lpakit_sandbox_rsp_server::client::{CallError, ClientError, HttpsClient};
use lpakit_sandbox_rsp_server::json::{Arguments, Reply};
use lpakit_sandbox_rsp_server::status::{Refusal, StatusCode};
use serde_json::{Map, Value, json};

use crate::config::RootSmds;
use crate::event::Event;
use crate::smds::{ES12_PATH, Smds};

/// The way to the root SM-DS.
pub(crate) struct Root {
    address: String,
    client: HttpsClient,
}

impl Root {
    pub(crate) fn new(root: &RootSmds) -> Result<Self, ClientError> {
        Ok(Self { address: root.es12_address.clone(), client: HttpsClient::new(&root.client)? })
    }

    fn call(&self, function: &str, fields: Value) -> Result<(), CallError> {
        let url = format!("https://{}{ES12_PATH}{function}", self.address);
        let fields = if let Value::Object(fields) = fields { fields } else { Map::new() };
        self.client.call(&url, fields).map(|_| ())
    }
}

/// ES12.RegisterEvent. An event that is to be forwarded is kept only if the root SM-DS has taken it.
pub(crate) fn register(
    smds: &Smds,
    client: Option<&str>,
    arguments: &Arguments,
) -> Result<Reply, Refusal> {
    arguments.check_header()?;
    let eid = arguments.optional_eid()?.ok_or(Refusal::MISSING_ELEMENT)?;
    let address = short_text(arguments, "rspServerAddress")?;
    let event_id = short_text(arguments, "eventId")?;
    let forward = arguments.flag("forwardingIndicator")?;

    let mut event = Event::new(&eid, event_id, address);
    event.registered_by = client.map(str::to_owned);
    let known = smds.events().map_err(|_| Refusal::INTERNAL)?;
    if known.iter().any(|known| known.eid == event.eid && known.answers_to(event_id)) {
        return Err(Refusal::EVENT_IN_USE);
    }
    if let Some(root) = smds.root().filter(|_| forward) {
        event.forwarded_as = Some(forward_to(smds, root, &eid)?);
    }
    match smds.register(&event) {
        Ok(true) => Ok(Reply::Fields(Vec::new())),
        Ok(false) => Err(Refusal::EVENT_IN_USE),
        Err(_) => Err(Refusal::INTERNAL),
    }
}

/// Registers at the root SM-DS that this one knows more, under an EventID of its own.
fn forward_to(smds: &Smds, root: &Root, eid: &Eid) -> Result<String, Refusal> {
    let mut octets = [0; 16];
    smds.with_random(|random| random.fill(&mut octets));
    let event_id = hex::encode_upper(octets);
    let fields = json!({
        "eid": eid.to_string(),
        "rspServerAddress": smds.address(),
        "eventId": event_id,
        "forwardingIndicator": false,
    });
    root.call("registerEvent", fields).map_err(|fault| refusal_of(&fault))?;
    Ok(event_id)
}

/// ES12.DeleteEvent. Only who has registered an event may delete it; for others it is not there.
pub(crate) fn delete(
    smds: &Smds,
    client: Option<&str>,
    arguments: &Arguments,
) -> Result<Reply, Refusal> {
    arguments.check_header()?;
    let eid = arguments.optional_eid()?.ok_or(Refusal::MISSING_ELEMENT)?.to_string();
    let event_id = short_text(arguments, "eventId")?;
    let may = |event: &Event| event.registered_by.as_deref() == client;
    let events = smds.events().map_err(|_| Refusal::INTERNAL)?;
    let own = |event: &&Event| event.eid == eid && event.event_id == event_id && may(event);
    let event = events.iter().find(own).ok_or(Refusal::EVENT_UNKNOWN)?;
    if let (Some(root), Some(id)) = (smds.root(), &event.forwarded_as) {
        match root.call("deleteEvent", json!({ "eid": eid, "eventId": id })) {
            Ok(()) => {}
            // It was deleted before, and the answer was lost.
            Err(CallError::Refused(code)) if code == Refusal::EVENT_UNKNOWN.code => {}
            Err(fault) => return Err(refusal_of(&fault)),
        }
    }
    match smds.store().delete(&eid, event_id, &may) {
        Ok(true) => Ok(Reply::Fields(Vec::new())),
        Ok(false) => Err(Refusal::EVENT_UNKNOWN),
        Err(_) => Err(Refusal::INTERNAL),
    }
}

/// A text of 1 to 255 octets.
fn short_text<'a>(arguments: &'a Arguments, name: &str) -> Result<&'a str, Refusal> {
    let text = arguments.text(name)?;
    (1..=255).contains(&text.len()).then_some(text).ok_or(Refusal::FORMAT)
}

/// What becomes of a call to the root SM-DS that had no success.
fn refusal_of(fault: &CallError) -> Refusal {
    match fault {
        CallError::Unreachable => Refusal::DS_UNREACHABLE,
        CallError::Refused(StatusCode { .. }) | CallError::Status(_) | CallError::Answer => {
            Refusal::DS_FAILED
        }
    }
}
