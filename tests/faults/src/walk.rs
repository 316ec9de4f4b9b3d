//! The walk: every command and every exchange of every operation, failing in every way; then pairs of faults.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use lpakit_sandbox_crypto::{Random, SeededRandom};

use crate::injector::Counts;
use crate::lock;
use crate::plan::{CardFault, CardKind, Fault, FaultPlan, NetFault, Operation};
use crate::scenario::{Outcome, play};
use crate::stage::Stage;

/// What is walked through.
#[derive(Debug, Clone)]
pub struct Walk {
    /// Cards.
    pub cards: Vec<CardKind>,
    /// Operations.
    pub operations: Vec<Operation>,
    /// How many pairs of faults.
    pub doubles: usize,
    /// Seed of everything random.
    pub seed: u64,
    /// Threads.
    pub threads: usize,
}

impl Default for Walk {
    /// Everything, with 500 pairs, on two threads.
    fn default() -> Self {
        Self {
            cards: CardKind::ALL.to_vec(),
            operations: Operation::ALL.to_vec(),
            doubles: 500,
            seed: 1,
            threads: 2,
        }
    }
}

/// A scenario that did not hold.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Replays it.
    pub plan: FaultPlan,
    /// What did not hold.
    pub broken: Vec<String>,
}

/// What came of a walk.
#[derive(Debug, Clone, Default)]
pub struct Walked {
    /// Scenarios without a fault, with what passes in each.
    pub lengths: Vec<(FaultPlan, Counts)>,
    /// How many scenarios were played, those without a fault among them.
    pub scenarios: usize,
    /// Those that did not hold.
    pub failures: Vec<Failure>,
}

impl Walk {
    /// Walks. Operations that do not even work without a fault are not walked through.
    pub fn run(&self, stage: &Stage) -> Walked {
        let mut walked = Walked::default();
        let healthy = self.healthy();
        let outcomes = self.play_all(stage, &healthy);
        let mut singles = Vec::new();
        for (plan, outcome) in healthy.into_iter().zip(&outcomes) {
            walked.lengths.push((plan, outcome.operation));
            if walked.add(plan, outcome) {
                singles.extend(every_fault(plan, outcome.operation));
            }
        }
        let outcomes = self.play_all(stage, &singles);
        for (plan, outcome) in singles.iter().zip(&outcomes) {
            walked.add(*plan, outcome);
        }
        let recoveries = outcomes.iter().map(|outcome| outcome.recovery);
        let doubles = self.pairs(&singles.into_iter().zip(recoveries).collect::<Vec<_>>());
        for (plan, outcome) in doubles.iter().zip(&self.play_all(stage, &doubles)) {
            walked.add(*plan, outcome);
        }
        walked
    }

    fn healthy(&self) -> Vec<FaultPlan> {
        let plans = |card: &CardKind| {
            let card = *card;
            let operations = self.operations.iter().filter(move |one| is_walked(card, **one));
            operations.map(move |operation| FaultPlan::healthy(card, *operation, self.seed))
        };
        self.cards.iter().flat_map(plans).collect()
    }

    /// Pairs of faults, the second one in the recovery from the first; every operation has its share.
    fn pairs(&self, singles: &[(FaultPlan, Counts)]) -> Vec<FaultPlan> {
        let mut groups: BTreeMap<(Operation, CardKind), Vec<(FaultPlan, Counts)>> = BTreeMap::new();
        for (plan, recovery) in singles.iter().filter(|(_, recovery)| recovery.apdus > 0) {
            groups.entry((plan.operation, plan.card)).or_default().push((*plan, *recovery));
        }
        let groups: Vec<_> = groups.into_values().collect();
        let mut random = Dice(SeededRandom::new(self.seed));
        let mut pairs = Vec::new();
        for group in groups.iter().cycle().take(if groups.is_empty() { 0 } else { self.doubles }) {
            let Some((first, recovery)) = random.one_of(group) else { continue };
            let at_card = recovery.exchanges == 0 || random.below(4) > 0;
            let then = if at_card {
                let apdu = random.below(recovery.apdus) + 1;
                random.one_of(CardFault::ALL).map(|kind| Fault::Card { apdu, kind: *kind })
            } else {
                let exchange = random.below(recovery.exchanges) + 1;
                random.one_of(NetFault::ALL).map(|kind| Fault::Net { exchange, kind: *kind })
            };
            pairs.push(FaultPlan { then, ..*first });
        }
        pairs
    }

    fn play_all(&self, stage: &Stage, plans: &[FaultPlan]) -> Vec<Outcome> {
        let next = AtomicUsize::new(0);
        let outcomes = Mutex::new(vec![Outcome::default(); plans.len()]);
        thread::scope(|scope| {
            for _ in 0..self.threads.max(1) {
                scope.spawn(|| {
                    while let Some((at, plan)) = take_next(&next, plans) {
                        let outcome = play(stage, plan);
                        if let Some(place) = lock(&outcomes).get_mut(at) {
                            *place = outcome;
                        }
                    }
                });
            }
        });
        outcomes.into_inner().unwrap_or_default()
    }
}

/// Downloads differ in how they begin and are long: each of the rarer kinds is walked on one card.
const fn is_walked(card: CardKind, operation: Operation) -> bool {
    match operation {
        Operation::Default => matches!(card, CardKind::T0),
        Operation::Event => matches!(card, CardKind::Le),
        _ => true,
    }
}

fn take_next(next: &AtomicUsize, plans: &[FaultPlan]) -> Option<(usize, FaultPlan)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    plans.get(at).map(|plan| (at, *plan))
}

/// Every other time the app lives on, and with the other kind of card in the other half of the cases.
fn lives_on(plan: FaultPlan, fault: Fault) -> bool {
    let (Fault::Card { apdu: at, .. } | Fault::Net { exchange: at, .. }) = fault;
    at.is_multiple_of(2) == (plan.card == CardKind::T0)
}

/// Every fault of an operation that takes so many commands and exchanges.
fn every_fault(plan: FaultPlan, counts: Counts) -> impl Iterator<Item = FaultPlan> {
    let cards = (1..=counts.apdus)
        .flat_map(|apdu| CardFault::ALL.iter().map(move |kind| Fault::Card { apdu, kind: *kind }));
    let nets = (1..=counts.exchanges).flat_map(|exchange| {
        NetFault::ALL.iter().map(move |kind| Fault::Net { exchange, kind: *kind })
    });
    cards.chain(nets).map(move |fault| FaultPlan {
        first: Some(fault),
        alive: lives_on(plan, fault),
        ..plan
    })
}

impl Walked {
    /// Whether all is well.
    fn add(&mut self, plan: FaultPlan, outcome: &Outcome) -> bool {
        self.scenarios += 1;
        if !outcome.broken.is_empty() {
            self.failures.push(Failure { plan, broken: outcome.broken.clone() });
            return false;
        }
        true
    }
}

/// Numbers that are the same for the same seed.
struct Dice(SeededRandom);

impl Dice {
    /// A number from 0 up to, and without, `limit`.
    fn below(&mut self, limit: u32) -> u32 {
        let mut octets = [0; 4];
        self.0.fill(&mut octets);
        u32::from_be_bytes(octets).checked_rem(limit).unwrap_or(0)
    }

    fn one_of<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        let length = u32::try_from(choices.len()).unwrap_or(u32::MAX);
        choices.get(self.below(length) as usize)
    }
}
