//! One scenario's card, server and time; and the app, which can be started again and again.

use std::sync::Arc;

use lpakit::card::CardPort;
use lpakit::lpa::Delivery;
use lpakit::rsp::authentication::{DeviceCapabilities, DeviceInfo};
use lpakit::rsp::identifiers::Tac;
use lpakit::{Lpa, LpaOptions};
use lpakit_sandbox_crypto::SeededRandom;
use lpakit_sandbox_smdp::Smdp;
use lpakit_sandbox_smdp::order::{Order, PlacedOrder};
use lpakit_sandbox_smdp::store::MemoryStore;
use tokio::runtime::{Builder, Runtime};

use crate::card::Reader;
use crate::clock::VirtualClock;
use crate::injector::Injector;
use crate::ledger::Ledger;
use crate::plan::FaultPlan;
use crate::stage::{self, Stage};
use crate::transport::Network;
use crate::view::View;

/// How often other tasks get their turn before it is looked at whether anything still goes on.
const TURNS: u32 = 16;
/// Nothing has happened in so many looks: everything waits for time to go by.
const QUIET_LOOKS: u32 = 2;
/// More waits than this in one operation are no waiting any more.
const MAX_WAITS: u32 = 1000;

/// It would wait for ever: nothing goes on, and no wait will end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it never ends")]
pub(crate) struct Hangs;

/// Card, server and time of one scenario.
pub(crate) struct World<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) plan: FaultPlan,
    pub(crate) smdp: Arc<Smdp>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) reader: Reader,
    pub(crate) faults: Injector,
    pub(crate) ledger: Ledger,
    pub(crate) clock: VirtualClock,
    network: Network,
    /// The card as it was at the beginning.
    pub(crate) before: View,
}

impl<'a> World<'a> {
    /// Sets the scene of a plan; nothing has happened yet.
    pub(crate) fn new(stage: &'a Stage, plan: FaultPlan) -> Self {
        let store = stage.store();
        let clock = VirtualClock::default();
        let (faults, ledger) = (Injector::default(), Ledger::default());
        let smdp = stage::smdp(&stage.pki, store.clone(), clock.clone(), plan.seed);
        let smdp = Arc::new(smdp);
        let smds = stage.smds(clock.clone(), plan.seed);
        let time = clock.clone();
        let card = stage
            .card(plan.card, plan.operation)
            .with_random(SeededRandom::new(!plan.seed))
            .with_clock(move || time.now());
        let reader = Reader::new(card, plan.card, faults.clone(), ledger.clone());
        let network =
            Network::new(smdp.clone(), smds, clock.clone(), faults.clone(), ledger.clone());
        let before = View::of(reader.look(|card| card.status()).expect("memory"));
        Self { stage, plan, smdp, store, reader, faults, ledger, clock, network, before }
    }

    /// The card now.
    pub(crate) fn view(&self) -> View {
        View::of(self.reader.look(|card| card.status()).expect("memory"))
    }

    /// The order that the scenario is about.
    pub(crate) fn placed(&self) -> &PlacedOrder {
        self.stage.order(self.plan.operation)
    }

    /// The same, as the server sees it.
    pub(crate) fn order(&self) -> Order {
        self.smdp.orders().order(&self.placed().id).expect("the order")
    }

    /// Starts the app.
    pub(crate) fn start(&self) -> App<'_, 'a> {
        self.start_with(Delivery::Automatic)
    }

    /// Starts the app.
    pub(crate) fn start_with(&self, delivery: Delivery) -> App<'_, 'a> {
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        let tac = Tac::from_digits("35693803").expect("a TAC");
        let capabilities = DeviceCapabilities::default();
        let mut options = LpaOptions::new(DeviceInfo { tac, capabilities, imei: None });
        options.clock = Arc::new(self.clock.clone());
        options.delivery = delivery;
        let port = CardPort::Raw(Box::new(self.reader.start()));
        let transport = Arc::new(self.network.start());
        let lpa = {
            let _inside = runtime.enter();
            Lpa::open(port, transport, options).expect("an LPA")
        };
        App { world: self, runtime, lpa }
    }
}

/// One start of the app, with a runtime of its own. Dropped, it is killed: whatever it still has to do, it cannot.
pub(crate) struct App<'w, 'a> {
    world: &'w World<'a>,
    runtime: Runtime,
    lpa: Lpa,
}

impl App<'_, '_> {
    pub(crate) fn lpa(&self) -> &Lpa {
        &self.lpa
    }

    /// Does something and lets what it started in the background come to rest. Time goes by only when nothing else
    /// can go on.
    pub(crate) fn run<T>(&self, work: impl Future<Output = T>) -> Result<T, Hangs> {
        self.runtime.block_on(async {
            let mut work = std::pin::pin!(work);
            let mut waits = 0;
            let done = loop {
                tokio::select! {
                    biased;
                    done = &mut work => break done,
                    () = self.quiet() => {}
                }
                waits += 1;
                if waits > MAX_WAITS || !self.world.clock.advance_to_next() {
                    return Err(Hangs);
                }
            };
            self.quiet().await;
            Ok(done)
        })
    }

    /// Waits until nothing goes on: every task waits for time to go by, and the card's queue is empty.
    async fn quiet(&self) {
        let mut looks = 0;
        let mut seen = self.activity();
        while looks < QUIET_LOOKS {
            self.turns().await;
            // It comes back when everything that was asked of the card before is done.
            let _ = self.world.reader.gate().while_open(self.lpa.hints());
            self.turns().await;
            let now = self.activity();
            looks = if now == seen { looks + 1 } else { 0 };
            seen = now;
        }
    }

    async fn turns(&self) {
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
        }
    }

    fn activity(&self) -> (u64, u64) {
        (self.world.faults.activity(), self.world.clock.waits_begun())
    }
}

impl Drop for App<'_, '_> {
    fn drop(&mut self) {
        self.world.reader.stop();
        self.world.network.stop();
    }
}
