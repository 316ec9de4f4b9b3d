//! What must hold when a scenario is over: nothing lost, nothing left open, nothing twice.

use std::collections::{BTreeMap, BTreeSet};

use lpakit_sandbox_smdp::notification::{NotificationKind, ReceivedNotification, Verdict};
use lpakit_sandbox_smdp::order::OrderState;
use lpakit_sandbox_smdp::store::Store;

use crate::operation::wanted;
use crate::truth::Broken;
use crate::view::View;
use crate::world::World;

/// Everything that does not add up. `plan_is_over`: the last word on the plan was that the operator must help.
pub(crate) fn check(world: &World<'_>, plan_is_over: bool) -> Broken {
    let now = world.view();
    let mut broken = notifications(world, &now);
    broken.extend(nothing_open(&now));
    let goal = world.plan.operation.second_try();
    if goal.is_download() {
        broken.extend(the_plan(world, &now, plan_is_over));
    } else if now.visible != wanted(world, goal) {
        broken.push(format!("the card is not as wanted: {:?}", now.visible));
    }
    broken
}

/// Every notification that the card ever queued has come, was believed, and was removed only then.
fn notifications(world: &World<'_>, now: &View) -> Broken {
    let mut broken = Vec::new();
    let pending = now.pending();
    if !pending.is_empty() {
        broken.push(format!("notifications {pending:?} are still on the card"));
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
    let new = before.inside.next_seq_number..now.inside.next_seq_number;
    let queued = before.pending().into_iter().chain(new);
    let lost: Vec<u32> = queued.filter(|number| !come.contains(number)).collect();
    if !lost.is_empty() {
        broken.push(format!("notifications {lost:?} never reached the server"));
    }
    broken.extend(out_of_order(&received));
    broken
}

/// Of one profile, each server must hear in the order in which it happened.
fn out_of_order(received: &[ReceivedNotification]) -> Broken {
    let mut last: BTreeMap<(&str, Option<&str>), u32> = BTreeMap::new();
    let mut broken = Vec::new();
    for one in received {
        let lane = (one.address.as_str(), one.iccid.as_deref());
        let before = last.insert(lane, one.seq_number);
        if before.is_some_and(|before| before > one.seq_number) {
            broken.push(format!("notification {} came after a later one", one.seq_number));
        }
    }
    broken
}

/// Neither an installation nor a session is open on the card.
fn nothing_open(now: &View) -> Broken {
    let mut broken = Vec::new();
    if now.inside.installing {
        broken.push("an installation is still open on the card".to_owned());
    }
    if now.has_session() {
        broken.push(format!("the card still has a session: {:?}", now.inside.session));
    }
    broken.extend(now.inside.fault().map(str::to_owned));
    broken
}

/// The profile is there once, whole, and the operator knows; or the plan is over and was said to be.
fn the_plan(world: &World<'_>, now: &View, is_over: bool) -> Broken {
    let mut broken = Vec::new();
    let iccid = world.placed().iccid;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{CardKind, FaultPlan, Operation};
    use crate::stage::Stage;

    #[test]
    fn books_that_do_not_balance_are_seen() {
        let stage = Stage::new();
        let world = World::new(&stage, FaultPlan::healthy(CardKind::T0, Operation::Notify, 1));
        let app = world.start();
        let lpa = app.lpa();
        let first = world.before.pending().first().copied().expect("a notification");
        app.run(async { lpa.remove_notification(first).await }).expect("an end").expect("removed");
        let broken = check(&world, false).join("; ");
        assert!(broken.contains("{1} were removed before the server had them"), "{broken}");
        assert!(broken.contains("[1, 2, 3, 4] never reached the server"), "{broken}");
        assert!(broken.contains("[2, 3, 4] are still on the card"), "{broken}");
    }

    #[test]
    fn a_plan_that_was_lost_is_seen() {
        let stage = Stage::new();
        let world = World::new(&stage, FaultPlan::healthy(CardKind::Le, Operation::Download, 1));
        assert!(check(&world, false).join("; ").contains("on the card: false"));
        assert!(check(&world, true).is_empty(), "it was said to be over");
    }
}
