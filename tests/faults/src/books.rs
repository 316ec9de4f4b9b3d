//! What must hold when a scenario is over: nothing lost, nothing left open, nothing twice.

use std::collections::BTreeSet;

use lpakit_rsp::Object;
use lpakit_rsp::session::{CancelReason, CancelSessionRequest, CancelSessionResponse};
use lpakit_sandbox_euicc::Card;
use lpakit_sandbox_smdp::notification::{NotificationKind, Verdict};
use lpakit_sandbox_smdp::order::OrderState;
use lpakit_sandbox_smdp::store::Store;

use crate::operation::wanted;
use crate::plan::Operation;
use crate::truth::Broken;
use crate::view::CardView;
use crate::world::World;

const SELECT_ISDR: [u8; 16] = [
    0xA0, 0x00, 0x00, 0x05, 0x59, 0x10, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x89, 0x00, 0x00, 0x01, 0x00,
];

/// Everything that does not add up. `plan_is_over`: the last word on the plan was that the operator must help.
pub(crate) fn check(world: &World<'_>, plan_is_over: bool) -> Broken {
    let now = world.view();
    let mut broken = notifications(world, &now);
    broken.extend(nothing_open(world, &now));
    let goal = world.plan.operation.second_try();
    if goal == Operation::Download {
        broken.extend(the_plan(world, &now, plan_is_over));
    } else if now.visible != wanted(world, goal) {
        broken.push(format!("the card is not as wanted: {:?}", now.visible));
    }
    broken
}

/// Every notification that the card ever queued has come, was believed, and was removed only then.
fn notifications(world: &World<'_>, now: &CardView) -> Broken {
    let mut broken = Vec::new();
    if !now.pending.is_empty() {
        broken.push(format!("notifications {:?} are still on the card", now.pending));
    }
    let early = world.ledger.removed_too_early();
    if !early.is_empty() {
        broken.push(format!("notifications {early:?} were removed before the server had them"));
    }
    let received = world.smdp.received().expect("memory");
    for one in received.iter().filter(|one| one.verdict != Verdict::Accepted) {
        broken.push(format!("notification {} was not believed: {one:?}", one.seq_number));
    }
    let come: BTreeSet<u32> = received.iter().map(|one| one.seq_number).collect();
    let before = &world.before;
    let queued = before.pending.iter().copied().chain(before.next_seq_number..now.next_seq_number);
    let lost: Vec<u32> = queued.filter(|number| !come.contains(number)).collect();
    if !lost.is_empty() {
        broken.push(format!("notifications {lost:?} never reached the server"));
    }
    broken
}

/// Neither an installation nor a session is open on the card.
fn nothing_open(world: &World<'_>, now: &CardView) -> Broken {
    let mut broken = Vec::new();
    if now.is_loading {
        broken.push("an installation is still open on the card".to_owned());
    }
    if let Some(id) = world.ledger.last_session() {
        let request = CancelSessionRequest { transaction_id: id, reason: CancelReason::Postponed };
        let answer = world.reader.look(|card| ask(card, &request.encode()));
        let answer = CancelSessionResponse::decode(&answer);
        if !matches!(answer, Ok(CancelSessionResponse::Error(_))) {
            broken.push(format!("the card still has an RSP session ({answer:?})"));
        }
    }
    broken
}

/// The profile is there once, whole, and the operator knows; or the plan is over and was said to be.
fn the_plan(world: &World<'_>, now: &CardView, is_over: bool) -> Broken {
    let mut broken = Vec::new();
    let iccid = world.stage.order.iccid;
    let order = world.order();
    let installed = now.visible.has(&iccid);
    if installed == is_over {
        broken.push(format!("over: {is_over}; on the card: {installed}"));
    }
    if installed != (order.state == OrderState::Installed) {
        broken.push(format!("on the card: {installed}; the order is {:?}", order.state));
    }
    if installed {
        let package = world.reader.look(|card| card.profile_package(&iccid)).ok();
        if package != world.store.profile(&order.id).ok() {
            broken.push("the profile on the card is not the operator's".to_owned());
        }
    }
    let received = world.smdp.received().expect("memory");
    let installs = received
        .iter()
        .filter(|one| {
            one.kind == NotificationKind::Installed && one.order == Some(order.id.clone())
        })
        .count();
    if installs != usize::from(installed) {
        broken.push(format!("the profile was installed {installs} times"));
    }
    broken
}

/// Asks a card something through a channel of its own.
fn ask(card: &mut Card, command: &[u8]) -> Vec<u8> {
    if !card.is_powered() {
        card.power_on().expect("power");
    }
    let opened = exchange(card, &[0x00, 0x70, 0x00, 0x00, 0x01]);
    let channel = opened.first().copied().unwrap_or_default();
    let mut select = vec![channel, 0xA4, 0x04, 0x0C, 0x10];
    select.extend(SELECT_ISDR);
    exchange(card, &select);
    let mut store_data = vec![0x80 | channel, 0xE2, 0x91, 0x00, command.len() as u8];
    store_data.extend(command);
    exchange(card, &store_data)
}

/// One command and the whole of its answer, without the status word.
fn exchange(card: &mut Card, command: &[u8]) -> Vec<u8> {
    let class = command.first().copied().unwrap_or_default() & 0x03;
    let mut data = Vec::new();
    let mut answer = card.transmit(command);
    loop {
        let status = answer.split_off(answer.len().saturating_sub(2));
        data.append(&mut answer);
        match status[..] {
            [0x61, length] => answer = card.transmit(&[class, 0xC0, 0x00, 0x00, length]),
            _ => return data,
        }
    }
}
