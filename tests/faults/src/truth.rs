//! Whether what the app was told is true, held against the card's memory and the server's store.

use lpakit::lpa::{ReportState, SendReport};
use lpakit::{Error, PlanState};
use lpakit_sandbox_smdp::order::OrderState;

use crate::operation::{Report, is_on, wanted};
use crate::plan::Operation;
use crate::view::{View, Visible};
use crate::world::World;

/// What is wrong, in words.
pub(crate) type Broken = Vec<String>;

/// What was told of one step of a scenario.
pub(crate) struct Told<'a> {
    pub(crate) operation: Operation,
    pub(crate) result: &'a Result<Report, Error>,
    /// The card before the step.
    pub(crate) before: &'a Visible,
    /// Whether the order could be used before the step.
    pub(crate) was_usable: bool,
}

/// Everything that is not true of what was told.
pub(crate) fn check(world: &World<'_>, told: &Told<'_>) -> Broken {
    let now = world.view();
    let mut broken = consistent(world, told, &now);
    if told.operation.has_session() && now.has_session() && !world.reader.is_removed() {
        broken.push(format!("the card is left with a session: {:?}", now.inside.session));
    }
    match told.result {
        Ok(report) => broken.extend(good_news(world, told, report, &now)),
        Err(error) if told.operation.concerns_a_plan() => {
            broken.extend(fate_of_the_plan(world, told, error, &now.visible));
        }
        Err(error) => broken.extend(bad_news(world, told, error, &now)),
    }
    broken
}

/// The card is in the old state or in the new one, never between.
fn consistent(world: &World<'_>, told: &Told<'_>, now: &View) -> Broken {
    if let Some(fault) = now.inside.fault() {
        return vec![format!("the card is not sound: {fault}")];
    }
    let new = wanted(world, told.operation);
    if now.visible == *told.before || now.visible == new {
        return Vec::new();
    }
    vec![format!("the card is neither as before nor as wanted: {:?}", now.visible)]
}

/// It went well, they say.
fn good_news(world: &World<'_>, told: &Told<'_>, report: &Report, now: &View) -> Broken {
    let mut broken = Vec::new();
    let mut hold = |holds: bool, what: &str| {
        if !holds {
            broken.push(what.to_owned());
        }
    };
    let is_done = now.visible == wanted(world, told.operation);
    match report {
        Report::Done => hold(is_done, "done, they say, and it is not"),
        Report::Switched(profile) => {
            hold(is_done, "switched, they say, and it is not");
            let state = now.visible.state_of(&profile.iccid);
            hold(state == Some(is_on(profile)), "the state that was told is not the card's");
        }
        Report::Installed(state) => {
            hold(is_done, "installed, they say, and it is not");
            let known = world.order().state == OrderState::Installed;
            match state {
                ReportState::Delivered => hold(known, "the server knows, they say: it does not"),
                ReportState::Queued => {
                    hold(
                        known || !now.inside.notifications.is_empty(),
                        "the report is neither sent nor queued",
                    );
                }
            }
        }
        Report::CodeRefused => hold(false, "the right confirmation code was refused"),
        Report::Listed(profiles) => {
            let mut listed: Vec<_> = profiles
                .iter()
                .map(|profile| (profile.iccid, is_on(profile), profile.nickname.clone()))
                .collect();
            listed.sort_by_key(|(iccid, ..)| *iccid.octets());
            hold(listed == now.visible.profiles, "the list is not what is on the card");
        }
        Report::Sent(report) => broken.extend(sent(world, report, now)),
        Report::TurnedDown(told_server) => {
            let ended = world.order().state == OrderState::Error;
            let refuse = told.operation == Operation::Refuse;
            hold(refuse || !ended, "postponing has ended the order");
            hold(!refuse || !told_server || ended, "the server was told, they say: it was not");
        }
        Report::Found(discovery) => {
            let one = discovery.plans.len() == 1 && discovery.troubles.is_empty();
            hold(one, "what waits at the SM-DS was not found");
        }
    }
    broken
}

fn sent(world: &World<'_>, report: &SendReport, now: &View) -> Broken {
    let received = world.smdp.received().expect("memory");
    let has_come = |number: u32| received.iter().any(|one| one.seq_number == number);
    let mut broken = Vec::new();
    for number in &report.delivered {
        if !has_come(*number) || now.pending().contains(number) {
            broken.push(format!("notification {number} was delivered, they say: it was not"));
        }
    }
    for unsent in &report.unsent {
        if !now.pending().contains(&unsent.seq_number) && !has_come(unsent.seq_number) {
            broken.push(format!("notification {} is gone and was not sent", unsent.seq_number));
        }
    }
    broken
}

/// What an error says about the plan.
fn fate_of_the_plan(world: &World<'_>, told: &Told<'_>, error: &Error, now: &Visible) -> Broken {
    let installed = now.has(&world.placed().iccid);
    let usable = world.order().state.is_open();
    let holds = match error.plan() {
        // An order that ended earlier is only known to the server, which may not have been asked.
        PlanState::StillValid => !installed && (usable || !told.was_usable),
        PlanState::NoLongerValid => !installed && !usable,
        PlanState::Installed => installed,
        // With the card at hand it can be known.
        PlanState::Unknown => world.reader.is_removed(),
        PlanState::NotConcerned => false,
    };
    if holds {
        return Vec::new();
    }
    let is = |holds: bool| if holds { "is" } else { "is not" };
    vec![format!(
        "{error:?} while the profile {} on the card and the order {} usable",
        is(installed),
        is(usable)
    )]
}

/// An error where no plan is concerned.
fn bad_news(world: &World<'_>, told: &Told<'_>, error: &Error, now: &View) -> Broken {
    let mut broken = Vec::new();
    if error.plan() != PlanState::NotConcerned {
        broken.push(format!("{error:?} speaks of a plan, and there is none"));
    }
    let changed = now.visible != *told.before;
    // With the card at hand it can be seen that it was done.
    if changed && !world.reader.is_removed() {
        broken.push(format!("{error:?}, and yet the card did it"));
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{CardFault, CardKind, Fault, FaultPlan};
    use crate::stage::Stage;

    fn lies(world: &World<'_>, operation: Operation, result: Result<Report, Error>) -> String {
        let before = &world.before.visible;
        check(world, &Told { operation, result: &result, before, was_usable: true }).join("; ")
    }

    #[test]
    fn good_news_that_is_not_so_is_seen() {
        let stage = Stage::new();
        let world = World::new(&stage, FaultPlan::healthy(CardKind::T0, Operation::Delete, 1));
        let told = |operation, report| lies(&world, operation, Ok(report));
        assert!(told(Operation::Delete, Report::Done).contains("it is not"));
        let installed = Report::Installed(ReportState::Delivered);
        assert!(told(Operation::Download, installed).contains("the server knows"));
        assert!(told(Operation::List, Report::Listed(Vec::new())).contains("the list is not"));
        assert!(told(Operation::Refuse, Report::TurnedDown(true)).contains("it was not"));
        let report = SendReport { delivered: vec![7], unsent: Vec::new() };
        assert!(told(Operation::Notify, Report::Sent(report)).contains("notification 7"));
    }

    #[test]
    fn an_error_that_is_not_so_is_seen() {
        let stage = Stage::new();
        let gone = Fault::Card { apdu: 1, kind: CardFault::Removed };
        for operation in [Operation::Download, Operation::Rename] {
            let plan = FaultPlan::healthy(CardKind::T0, operation, 1);
            let world = World::new(&stage, plan);
            world.faults.arm(Some(gone));
            let app = world.start();
            let perform = crate::operation::perform(&world, app.lpa(), operation, None);
            let error = app.run(perform).expect("an end").expect_err("no card");
            assert_eq!(lies(&world, operation, Err(error.clone())), "");
            let other = match operation {
                Operation::Download => Operation::Rename,
                _ => Operation::Download,
            };
            assert_ne!(lies(&world, other, Err(error)), "", "an error about something else");
        }
    }
}
