//! One scenario from the beginning to the end: the fault, the next starts of the app, and whether everything adds up.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use lpakit::clock::Clock;
use lpakit::lpa::WaitingPlan;
use lpakit::{Error, PlanState};

use crate::books;
use crate::injector::Counts;
use crate::operation::{self, Report};
use crate::plan::{CardKind, FaultPlan, Operation};
use crate::stage::{self, Stage};
use crate::truth::{self, Broken, Told};
use crate::world::{App, World};

/// How often pending notifications are tried to be sent in one start of the app.
const SWEEPS: u32 = 4;
/// Time between two of these tries.
const BETWEEN_SWEEPS: Duration = Duration::from_secs(60 * 60);

/// What came of a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Everything that did not hold; nothing, when all is well.
    pub broken: Vec<String>,
    /// What passed during the operation.
    pub operation: Counts,
    /// What passed during the first recovery.
    pub recovery: Counts,
}

/// Plays a scenario.
pub fn play(stage: &Stage, plan: FaultPlan) -> Outcome {
    let played = catch_unwind(AssertUnwindSafe(|| {
        let world = World::new(stage, plan);
        Scenario { world: &world, outcome: Outcome::default(), waiting: None, plan_is_over: false }
            .play()
    }));
    played.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        let broken = vec![format!("panicked: {}", text.unwrap_or_default())];
        Outcome { broken, ..Outcome::default() }
    })
}

struct Scenario<'w, 'a> {
    world: &'w World<'a>,
    outcome: Outcome,
    /// What the SM-DS knew of.
    waiting: Option<WaitingPlan>,
    /// The operator must give a new code: the last word on it.
    plan_is_over: bool,
}

impl<'w, 'a> Scenario<'w, 'a> {
    fn play(mut self) -> Outcome {
        let plan = self.world.plan;
        let app = self.world.start();
        self.look_for_events(&app, true);
        self.world.faults.arm(plan.first);
        let result = self.step(&app, "the operation", plan.operation);
        self.outcome.operation = self.world.faults.counts();
        self.must_have_fired("the fault");
        if plan.first.is_none() {
            self.must_end_as_wanted(result.as_ref());
        }

        let app = if plan.alive { app } else { self.start_again(app) };
        self.world.reader.reinsert();
        self.world.faults.arm(plan.then);
        self.recover(&app, plan.then.is_none());
        self.outcome.recovery = self.world.faults.counts();
        self.must_have_fired("the second fault");
        if plan.then.is_some() {
            let app = self.start_again(app);
            self.world.faults.arm(None);
            self.recover(&app, true);
        }
        self.finish();
        self.outcome
    }

    /// Kills the app and starts it again on the same card and server.
    fn start_again(&self, app: App<'w, 'a>) -> App<'w, 'a> {
        drop(app);
        self.world.start()
    }

    fn broken(&mut self, when: &str, broken: Broken) {
        self.outcome.broken.extend(broken.into_iter().map(|what| format!("{when}: {what}")));
    }

    fn must_have_fired(&mut self, what: &str) {
        if self.world.faults.is_armed() {
            self.broken(what, vec!["its moment never came".to_owned()]);
        }
    }

    /// Without a fault an operation ends well, or with the error that belongs to it.
    fn must_end_as_wanted(&mut self, result: Option<&Result<Report, Error>>) {
        let wanted = self.world.plan.operation.ends_with();
        let ended = match result {
            Some(Ok(_)) => wanted.is_none(),
            Some(Err(error)) => wanted == Some(error.key()),
            None => true,
        };
        if !ended {
            self.broken("without a fault", vec![format!("it ended as {result:?}")]);
        }
        if !self.world.view().pending().is_empty() {
            self.broken("without a fault", vec!["the operators were not told".to_owned()]);
        }
    }

    /// Does one thing and holds what was told against the truth. `None` when it never ended.
    fn step(
        &mut self,
        app: &App<'_, '_>,
        when: &str,
        operation: Operation,
    ) -> Option<Result<Report, Error>> {
        let before = self.world.view().visible;
        let was_usable = self.world.order().state.is_open();
        let waiting = self.waiting.clone();
        let Ok(result) = app.run(operation::perform(self.world, app.lpa(), operation, waiting))
        else {
            self.broken(when, vec!["it never ends".to_owned()]);
            return None;
        };
        let told = Told { operation, result: &result, before: &before, was_usable };
        let broken = truth::check(self.world, &told);
        self.broken(when, broken);
        if let Err(error) = &result
            && operation.concerns_a_plan()
        {
            self.plan_is_over = error.plan() == PlanState::NoLongerValid;
        }
        Some(result)
    }

    /// The next start: what waits is sent, and what is not as it should be is tried again. In a reader the sending
    /// comes first, in a phone the person is faster.
    fn recover(&mut self, app: &App<'_, '_>, healthy: bool) {
        let sends_first = self.world.plan.card == CardKind::T0;
        if sends_first {
            self.send_all(app, healthy);
        }
        let listed = self.step(app, "listing at the next start", Operation::List);
        self.must_be_good("listing at the next start", listed, healthy);
        let again = self.world.plan.operation.second_try();
        let is_there = self.world.view().visible == operation::wanted(self.world, again);
        if !is_there {
            self.look_for_events(app, healthy);
        }
        let has_what_it_needs = again != Operation::Event || self.waiting.is_some();
        if !is_there && again != Operation::Refuse && has_what_it_needs {
            let when = "trying again";
            let result = self.step(app, when, again);
            if self.plan_is_over {
                self.new_plan(app, healthy);
            } else {
                self.must_be_good(when, result, healthy);
            }
        }
        self.send_all(app, healthy);
    }

    /// Before an event can be downloaded, it must be known.
    fn look_for_events(&mut self, app: &App<'_, '_>, healthy: bool) {
        if self.world.plan.operation != Operation::Event || self.plan_is_over {
            return;
        }
        let when = "looking for events";
        let found = self.step(app, when, Operation::Discover);
        if let Some(Ok(Report::Found(discovery))) = &found {
            self.waiting = discovery.plans.first().cloned();
        }
        self.must_be_good(when, found, healthy);
    }

    fn must_be_good(&mut self, when: &str, result: Option<Result<Report, Error>>, healthy: bool) {
        if let Some(Err(error)) = result
            && healthy
        {
            self.broken(when, vec![format!("{error:?} although nothing goes wrong any more")]);
        }
    }

    /// The operator has given a new code, as the person was told to ask for.
    fn new_plan(&mut self, app: &App<'_, '_>, healthy: bool) {
        let orders = self.world.smdp.orders();
        let order = orders.place(&stage::order("Another plan")).expect("an order");
        let code = operation::code(app.lpa(), &order).expect("an activation code");
        let result = app.run(operation::download(app.lpa(), code, false));
        let installed = matches!(result, Ok(Ok(Report::Installed(_))));
        if healthy && !installed {
            self.broken("with a new code", vec![format!("{result:?}")]);
        }
    }

    /// In a reader the app sends by hand what waits; in a phone it stays open, and it is sent by itself.
    fn send_all(&mut self, app: &App<'_, '_>, healthy: bool) {
        let when = "sending what waits";
        for _ in 0..SWEEPS {
            if self.world.plan.card == CardKind::T0 {
                let sent = self.step(app, when, Operation::Notify);
                self.must_be_good(when, sent, healthy);
            }
            if app.run(self.world.clock.sleep(BETWEEN_SWEEPS)).is_err() {
                self.broken(when, vec!["it never ends".to_owned()]);
            }
            if self.world.view().pending().is_empty() {
                return;
            }
        }
    }

    /// Everything is over: the books must balance.
    fn finish(&mut self) {
        let broken = books::check(self.world, self.plan_is_over);
        self.broken("in the end", broken);
    }
}
