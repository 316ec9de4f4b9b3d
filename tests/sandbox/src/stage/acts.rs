//! The lines that a stage understands.

use std::sync::Arc;
use std::time::Duration;

use lpakit::rsp::identifiers::Eid;
use lpakit_sandbox_crypto::pki::TlsFault;
use lpakit_sandbox_euicc::Quirks;
use lpakit_sandbox_smdp::Function;
use lpakit_sandbox_smdp::misbehaviour::Times;
use lpakit_sandbox_smdp::order::{OrderRequest, ProfileSource};
use lpakit_sandbox_smds::event::Event;
use serde_json::Value;

use super::card::CardFault;
use super::gate::Way;
use super::mistakes::misbehaviour;
use super::moment::Moment;
use super::orders::{Found, Wanted, number};
use super::traffic::NetFault;
use super::{Stage, StageError, states};
use crate::config::DEFAULT_NAME;

const DONE: &str = "ok";

/// Plays one line.
pub(super) fn play(stage: &Stage, line: &str) -> Result<String, StageError> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        ["order", ..] => return order(stage, line),
        ["state", "server"] => return server_state(stage),
        ["state", "card"] => return card_state(stage, 1),
        ["state", "card", card] => return card_state(stage, number(card)?),
        ["counts"] => return Ok(counts(stage)),
        ["card", ref what @ ..] => act_on_card(stage, what)?,
        ["server", ref what @ ..] => act_on_server(stage, what)?,
        ["smds", "stop"] => stage.smds.stop(&stage.workers)?,
        ["smds", "start"] => stage.smds.start(stage.cast.smds_tls()?, &stage.workers)?,
        ["misbehave", ref what @ ..] => misbehave(stage, what)?,
        ["fault", "net", moment, what] => {
            stage.traffic.plan(Moment::at_server(moment)?, NetFault::parse(what)?);
        }
        ["fault", card, moment, what] => {
            let card = stage.card(card_number(card)?)?;
            card.plan(Moment::at_card(moment)?, CardFault::parse(what)?);
        }
        ["hold", "net", moment] => stage.gate.hold(Way::Net, Moment::at_server(moment)?),
        ["hold", card, moment] => {
            stage.gate.hold(Way::Card(card_number(card)?), Moment::at_card(moment)?);
        }
        ["release"] => truly(stage.gate.release(), || StageError::NobodyHeld)?,
        ["wait", "held"] => truly(stage.gate.wait_held(), || patience(line))?,
        ["wait", function, times] => {
            let answered = stage.traffic.wait_answered(function, number(times)?);
            truly(answered, || patience(line))?;
        }
        ["clock", ref what @ ..] => clock(stage, what)?,
        _ => return Err(unknown(line)),
    }
    Ok(DONE.to_owned())
}

fn unknown(text: &str) -> StageError {
    StageError::Unknown(text.to_owned())
}

fn patience(line: &str) -> StageError {
    StageError::Patience(line.to_owned())
}

fn truly(is_so: bool, otherwise: impl FnOnce() -> StageError) -> Result<(), StageError> {
    if is_so { Ok(()) } else { Err(otherwise()) }
}

/// `card` is the first one, `card2` the second.
fn card_number(word: &str) -> Result<usize, StageError> {
    match word.strip_prefix("card") {
        Some("") => Ok(1),
        Some(digits) => number(digits),
        None => Err(unknown(word)),
    }
}

fn act_on_card(stage: &Stage, what: &[&str]) -> Result<(), StageError> {
    let (card, what) = match what {
        [first, rest @ ..] => match first.parse() {
            Ok(card) => (card, rest),
            Err(_) => (1, what),
        },
        [] => return Err(unknown("card")),
    };
    if what.is_empty() {
        return stage.bring_card(card);
    }
    let card = stage.card(card)?;
    let changed = match *what {
        ["pull"] => {
            card.pull();
            Ok(())
        }
        ["insert"] => {
            card.insert();
            Ok(())
        }
        ["memory", octets] => {
            let octets = number(octets)?;
            card.look(|card| card.configure(|config| config.non_volatile_memory = octets))
        }
        ["forbids_rules"] => {
            card.look(|card| card.configure(|config| config.authorisation_rules.clear()))
        }
        ["quirk", quirk] => {
            let quirks = card.look(|card| card.config().quirks.clone());
            let quirks = with_quirk(&quirks, quirk)?;
            card.look(|card| card.configure(|config| config.quirks = quirks))
        }
        _ => return Err(unknown(&what.join(" "))),
    };
    changed.map_err(StageError::sandbox)
}

fn with_quirk(quirks: &Quirks, text: &str) -> Result<Quirks, StageError> {
    let (name, value) = text.split_once('=').unwrap_or((text, "true"));
    let value = serde_json::from_str(value).map_err(|_| unknown(text))?;
    let mut fields = match serde_json::to_value(quirks) {
        Ok(Value::Object(fields)) => fields,
        _ => return Err(unknown(text)),
    };
    fields.insert(name.to_owned(), value);
    serde_json::from_value(Value::Object(fields)).map_err(|_| unknown(text))
}

fn act_on_server(stage: &Stage, what: &[&str]) -> Result<(), StageError> {
    let tls = |fault| stage.smdp.start(stage.cast.smdp_tls(fault)?, &stage.workers);
    match *what {
        ["stop"] => stage.smdp.stop(&stage.workers),
        ["start"] | ["tls", "good"] => tls(None),
        ["tls", "expired"] => tls(Some(TlsFault::Expired)),
        ["tls", "other_host"] => tls(Some(TlsFault::OtherHost)),
        ["tls", "self_signed"] => tls(Some(TlsFault::SelfSigned)),
        ["tls", "foreign_ci"] => tls(Some(TlsFault::ForeignCi)),
        ["forget_sessions"] => begin_anew(stage, false),
        ["ignores_memory"] => begin_anew(stage, true),
        _ => Err(unknown(&what.join(" "))),
    }
}

/// Another SM-DP+ over the same orders.
fn begin_anew(stage: &Stage, ignores_memory: bool) -> Result<(), StageError> {
    let mut book = stage.book();
    book.lives += 1;
    book.ignores_memory |= ignores_memory;
    let store = Arc::clone(&stage.store);
    let smdp = stage.cast.smdp(store, book.lives, !book.ignores_memory)?;
    stage.smdp.front().exchange(smdp);
    Ok(())
}

fn misbehave(stage: &Stage, what: &[&str]) -> Result<(), StageError> {
    let smdp = stage.smdp.front().server();
    let (function, what, times) = match *what {
        ["nothing"] => {
            smdp.misbehaviours().clear();
            return Ok(());
        }
        [function, what] => (function, what, Times::Once),
        [function, what, "always"] => (function, what, Times::Always),
        _ => return Err(unknown(&what.join(" "))),
    };
    let function = Function::from_name(function).ok_or_else(|| unknown(function))?;
    smdp.misbehaviours().add(function, misbehaviour(what)?, times);
    Ok(())
}

fn clock(stage: &Stage, what: &[&str]) -> Result<(), StageError> {
    match *what {
        ["hurry"] => stage.clock.hurry(),
        ["until", time] => {
            let (time, clock) = (duration(time)?, stage.clock());
            let waiting = async move { clock.until_someone_waits_for(time).await };
            stage.workers.wait("somebody waits so long", waiting)?;
        }
        [time] => stage.clock.advance(duration(time)?),
        _ => return Err(unknown(&what.join(" "))),
    }
    Ok(())
}

/// `90s`, `5m`, `3d`
fn duration(text: &str) -> Result<Duration, StageError> {
    let units = [("s", 1), ("m", 60), ("d", 24 * 60 * 60)];
    let unit = units.iter().find_map(|(name, seconds)| Some((text.strip_suffix(name)?, *seconds)));
    let (count, seconds) = unit.ok_or_else(|| unknown(text))?;
    let count: u32 = number(count)?;
    Ok(Duration::from_secs(u64::from(count) * seconds))
}

fn order(stage: &Stage, line: &str) -> Result<String, StageError> {
    let wanted = Wanted::parse(line.trim_start().strip_prefix("order").unwrap_or_default())?;
    let eid = wanted.card.map(|card| eid_of(stage, card)).transpose()?;
    let mut book = stage.book();
    let matching_id = format!("ORDER-{}", book.orders.len() + 1);
    let (found, same_as) = (wanted.found, wanted.same_as);
    let mut request = wanted.request(&matching_id, eid);
    if let Some(same_as) = same_as {
        let earlier = same_as.checked_sub(1).and_then(|at| book.orders.get(at));
        share_iccid(&mut request, earlier.ok_or_else(|| unknown(line))?.iccid);
    }
    let placed = stage.smdp.front().server().orders().place(&request);
    let placed = placed.map_err(StageError::sandbox)?;
    if let (Found::Smds, Some(eid)) = (found, eid) {
        let event = Event::new(&eid, matching_id, DEFAULT_NAME);
        stage.smds.front().server().register(&event).map_err(StageError::sandbox)?;
    }
    let code = placed.activation_code(None);
    book.names.insert(*placed.iccid.octets(), request.metadata.profile_name);
    book.orders.push(placed);
    Ok(if found == Found::Code { code } else { DONE.to_owned() })
}

fn share_iccid(request: &mut OrderRequest, shared: lpakit::rsp::identifiers::Iccid) {
    if let ProfileSource::Build { iccid, .. } = &mut request.profile {
        *iccid = Some(shared);
    }
}

fn eid_of(stage: &Stage, card: usize) -> Result<Eid, StageError> {
    Ok(stage.card(card)?.look(|card| Eid::from_octets(*card.eid().octets())))
}

fn card_state(stage: &Stage, card: usize) -> Result<String, StageError> {
    let status = stage.card(card)?.status()?;
    Ok(states::card(&status, &stage.book().names))
}

fn server_state(stage: &Stage) -> Result<String, StageError> {
    let smdp = stage.smdp.front().server();
    let book = stage.book();
    let orders = book.orders.iter().map(|placed| smdp.orders().order(&placed.id));
    let orders: Vec<_> = orders.collect::<Result<_, _>>().map_err(StageError::sandbox)?;
    let received = smdp.received().map_err(StageError::sandbox)?;
    Ok(states::server(&orders, &received, smdp.open_sessions()))
}

fn counts(stage: &Stage) -> String {
    let apdus = stage.cards().iter().map(super::StageCard::apdus).sum();
    let now: (u64, u64) = (apdus, stage.traffic.requests());
    let before = std::mem::replace(&mut stage.book().counted, now);
    format!("apdus={} requests={}", now.0 - before.0, now.1 - before.1)
}
