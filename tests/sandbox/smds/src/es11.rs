//! ES11: the two functions an LPA calls (SGP.22 5.8.1, 5.8.2; facts 4.3).

use lpakit_rsp::authentication::AuthenticateServerResponse;
use lpakit_rsp::identifiers::Eid;
use lpakit_sandbox_rsp_server::authority::Asked;
use lpakit_sandbox_rsp_server::json::{Field, Reply};
use lpakit_sandbox_rsp_server::misbehaviour::{Misbehaviour, Quirks};
use lpakit_sandbox_rsp_server::status::Refusal;
use serde_json::{Value, json};

use crate::event::Event;
use crate::smds::Smds;

/// ES11.InitiateAuthentication.
pub(crate) fn initiate(smds: &Smds, asked: &Asked<'_>) -> Result<Reply, Refusal> {
    let signer = |number| smds.authority.auth(number).ok_or(Refusal::INTERNAL);
    smds.with_random(|random| smds.authority.initiate((), asked, random, signer))
}

/// ES11.AuthenticateClient. The session ends with the list: there is nothing more to ask.
pub(crate) fn authenticate(smds: &Smds, asked: &Asked<'_>) -> Result<Reply, Refusal> {
    let response: AuthenticateServerResponse =
        asked.arguments.object("authenticateServerResponse")?;
    let session = smds.authority.take_session(asked.arguments, asked.now)?;
    let known = smds.authority.authenticate(&session, response, asked.now)?;
    let eid = Eid::from_octets(*known.euicc.eid.octets()).to_string();
    let event_id = known.signed.ctx_params1.matching_id.as_deref().filter(|id| !id.is_empty());
    let entries = entries(smds, &eid, event_id, asked.quirks)?;
    let mut fields = vec![("transactionId", asked.quirks.told(&session.transaction_id))];
    if !asked.quirks.has(&Misbehaviour::NoEntries) {
        fields.push(("eventEntries", Field::Json(Value::from(entries))));
    }
    Ok(Reply::Fields(fields))
}

/// All events of an eUICC, or the one that is asked for; otherwise what a test wants to be there.
fn entries(
    smds: &Smds,
    eid: &str,
    event_id: Option<&str>,
    quirks: &Quirks,
) -> Result<Vec<Value>, Refusal> {
    if quirks.has(&Misbehaviour::EntryNamesItself) {
        return Ok(vec![entry(event_id.unwrap_or("ROUND-AND-ROUND"), smds.address())]);
    }
    let mut events = smds.events().map_err(|_| Refusal::INTERNAL)?;
    events.retain(|event| event.eid == eid && event_id.is_none_or(|id| event.answers_to(id)));
    if event_id.is_some() && events.is_empty() {
        return Err(Refusal::EVENT_UNKNOWN);
    }
    let named = quirks.find(|quirk| match quirk {
        Misbehaviour::EntryNames(address) => Some(address.clone()),
        _ => None,
    });
    let address = |event: &Event| named.clone().unwrap_or_else(|| event.rsp_server_address.clone());
    let many = quirks.find(|quirk| match quirk {
        Misbehaviour::ManyEntries(many) => Some(*many),
        _ => None,
    });
    if let Some(many) = many {
        let address = events.first().map_or_else(|| smds.address().to_owned(), address);
        return Ok((0..many).map(|number| entry(&format!("EVENT-{number}"), &address)).collect());
    }
    Ok(events.iter().map(|event| entry(&event.event_id, &address(event))).collect())
}

fn entry(event_id: &str, rsp_server_address: &str) -> Value {
    json!({ "eventId": event_id, "rspServerAddress": rsp_server_address })
}
