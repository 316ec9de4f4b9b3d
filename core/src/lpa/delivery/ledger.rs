//! What is known of deliveries: which are under way, which were taken, which failed and when they are due again.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use lpakit_rsp::identifiers::Iccid;
use lpakit_rsp::notifications::NotificationMetadata;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The first pause after a failure; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(6 * 60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// A report that its server refuses can be given up after so long.
const REFUSED_FOR: Duration = Duration::from_secs(3 * 24 * 60 * 60);
/// A report whose server is not there can be given up after so long: operators move servers.
const UNREACHABLE_FOR: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// And never after fewer tries.
const TRIES_BEFORE_GIVING_UP: u32 = 3;

/// What must arrive in order: the notifications of one profile for one server.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::lpa) struct Lane {
    /// The server, in lower case and without blanks (facts 4.6).
    pub(super) server: String,
    iccid: Option<Iccid>,
}

impl Lane {
    pub(in crate::lpa) fn of(notification: &NotificationMetadata) -> Self {
        let address = notification.address.chars().filter(|c| !c.is_whitespace());
        let server = address.map(|c| c.to_ascii_lowercase()).collect();
        Self { server, iccid: notification.iccid }
    }
}

/// What kind of failure it was: it decides about when to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Cause {
    /// The server is not there; it may be when the network is back.
    Network,
    /// The server has a fault of its own, or the card has.
    Fault,
    /// The server does not want this report (4xx).
    Refused,
    /// There is no such server.
    BadAddress,
}

/// What keeps a report from arriving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// How often it was tried.
    pub tries: u32,
    /// How long ago the first try failed.
    pub lasting: Duration,
    /// Why the last try failed; `None` when that was in an earlier run of the app.
    pub error: Option<Error>,
    /// True when there is little hope left (a server that refused it for days, or is gone for weeks): the app may
    /// offer to remove it by hand ([`super::Lpa::remove_notification`]).
    pub offer_removal: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Failing {
    cause: Cause,
    tries: u32,
    since: Duration,
    due: Duration,
    error: Option<Error>,
}

impl Failing {
    fn offer_removal(&self, now: Duration) -> bool {
        let lasting = now.saturating_sub(self.since);
        let patience = match self.cause {
            Cause::BadAddress => return true,
            Cause::Refused => REFUSED_FOR,
            Cause::Network | Cause::Fault => UNREACHABLE_FOR,
        };
        lasting >= patience && self.tries >= TRIES_BEFORE_GIVING_UP
    }
}

/// How often and since when deliveries failed, by number of the notification. An app may keep it between two runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DeliveryMemory(BTreeMap<u32, Remembered>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Remembered {
    cause: Cause,
    tries: u32,
    /// Seconds since 1970.
    since: u64,
}

/// The state of all deliveries of a card.
#[derive(Debug, Default)]
pub(in crate::lpa) struct Ledger {
    /// Lanes that somebody is delivering.
    claimed: HashSet<Lane>,
    /// Taken by their servers and still on the card.
    taken: BTreeSet<u32>,
    failing: BTreeMap<u32, Failing>,
    /// What waits on the card, as far as is known.
    waiting: BTreeMap<Lane, BTreeSet<u32>>,
    /// Whether the card may hold something older that has not been listed yet.
    unsure: bool,
}

impl Ledger {
    /// With what an earlier run remembered.
    pub(in crate::lpa) fn new(memory: DeliveryMemory, now: Duration) -> Self {
        let failing = memory.0.into_iter().map(|(seq_number, kept)| {
            // Never in the future, whatever was done to the clock; due at once.
            let since = Duration::from_secs(kept.since).min(now);
            let Remembered { cause, tries, .. } = kept;
            (seq_number, Failing { cause, tries, since, due: now, error: None })
        });
        Self { failing: failing.collect(), ..Self::default() }
    }

    pub(super) fn memory(&self) -> DeliveryMemory {
        let remember = |failing: &Failing| Remembered {
            cause: failing.cause,
            tries: failing.tries,
            since: failing.since.as_secs(),
        };
        DeliveryMemory(self.failing.iter().map(|(n, failing)| (*n, remember(failing))).collect())
    }

    /// What the card has listed: whatever else was known is over.
    pub(super) fn listed(&mut self, list: &[NotificationMetadata]) {
        let there: BTreeSet<u32> =
            list.iter().map(|notification| notification.seq_number).collect();
        self.taken.retain(|seq_number| there.contains(seq_number));
        self.failing.retain(|seq_number, _| there.contains(seq_number));
        self.waiting.clear();
        self.unsure = false;
        for notification in list {
            self.waiting.entry(Lane::of(notification)).or_default().insert(notification.seq_number);
        }
    }

    /// From now on the card may hold something that was not listed: the report of an installation that broke off, or
    /// whatever an earlier run left.
    pub(in crate::lpa) fn may_hold_more(&mut self) {
        self.unsure = true;
    }

    pub(super) fn is_unsure(&self) -> bool {
        self.unsure
    }

    /// Claims a lane; `false` when somebody is delivering it.
    pub(super) fn claim(&mut self, lane: &Lane) -> bool {
        self.claimed.insert(lane.clone())
    }

    /// True when something with a smaller number waits in this lane.
    pub(super) fn has_older(&self, lane: &Lane, seq_number: u32) -> bool {
        let waiting = self.waiting.get(lane).and_then(BTreeSet::first);
        waiting.is_some_and(|first| *first < seq_number)
    }

    pub(super) fn release(&mut self, lane: &Lane) {
        self.claimed.remove(lane);
    }

    pub(super) fn taken(&mut self, seq_number: u32) {
        self.taken.insert(seq_number);
        self.failing.remove(&seq_number);
    }

    pub(super) fn is_taken(&self, seq_number: u32) -> bool {
        self.taken.contains(&seq_number)
    }

    /// It is no longer on the card.
    pub(super) fn removed(&mut self, seq_number: u32) {
        self.taken.remove(&seq_number);
        self.failing.remove(&seq_number);
        for waiting in self.waiting.values_mut() {
            waiting.remove(&seq_number);
        }
    }

    pub(super) fn failed(
        &mut self,
        seq_number: u32,
        cause: Cause,
        error: Error,
        now: Duration,
        random: u32,
    ) {
        let earlier = self.failing.get(&seq_number);
        let tries = earlier.map_or(0, |earlier| earlier.tries).saturating_add(1);
        let since = earlier.map_or(now, |earlier| earlier.since);
        let mut failing = Failing { cause, tries, since, due: now, error: Some(error) };
        let pause = if failing.offer_removal(now) { DAY } else { pause_after(tries) };
        failing.due = now.saturating_add(spread(pause, random));
        self.failing.insert(seq_number, failing);
    }

    pub(super) fn is_due(&self, seq_number: u32, now: Duration) -> bool {
        self.failing.get(&seq_number).is_none_or(|failing| failing.due <= now)
    }

    pub(super) fn tries(&self, seq_number: u32) -> u32 {
        self.failing.get(&seq_number).map_or(0, |failing| failing.tries)
    }

    /// When the next one is due that failed before.
    pub(super) fn next_due(&self) -> Option<Duration> {
        self.failing.values().map(|failing| failing.due).min()
    }

    /// Whoever was not reached may be reached now.
    pub(in crate::lpa) fn network_may_be_back(&mut self) {
        let unreached = self.failing.values_mut().filter(|failing| failing.cause == Cause::Network);
        unreached.for_each(|failing| failing.due = Duration::ZERO);
    }

    pub(super) fn trouble(&self, seq_number: u32, now: Duration) -> Option<Trouble> {
        self.failing.get(&seq_number).map(|failing| Trouble {
            tries: failing.tries,
            lasting: now.saturating_sub(failing.since),
            error: failing.error.clone(),
            offer_removal: failing.offer_removal(now),
        })
    }
}

fn pause_after(tries: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(tries.saturating_sub(1));
    FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_PAUSE)
}

/// Between three quarters and five quarters of a pause.
fn spread(pause: Duration, random: u32) -> Duration {
    let share = f64::from(random) / f64::from(u32::MAX);
    pause.mul_f64(0.75 + share / 2.0)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn error() -> Error {
        Error::of("network.timeout")
    }

    #[test]
    fn pauses_double_up_to_six_hours_and_are_spread() {
        let pauses: Vec<u64> = (1..=12).map(|tries| pause_after(tries).as_secs()).collect();
        assert_eq!(pauses[..4], [30, 60, 120, 240]);
        assert_eq!(pauses[11], 6 * 3600);
        assert_eq!(pause_after(u32::MAX), LONGEST_PAUSE);
        let minute = Duration::from_secs(60);
        assert_eq!(spread(minute, 0), Duration::from_secs(45));
        assert_eq!(spread(minute, u32::MAX), Duration::from_secs(75));
    }

    #[test]
    fn a_refused_report_is_offered_for_removal_after_days_and_tries() {
        let mut ledger = Ledger::default();
        let start = Duration::from_secs(1_000_000);
        ledger.failed(7, Cause::Refused, error(), start, 0);
        assert!(!ledger.trouble(7, start + REFUSED_FOR).unwrap().offer_removal, "one try");
        ledger.failed(7, Cause::Refused, error(), start + DAY, 0);
        ledger.failed(7, Cause::Refused, error(), start + 2 * DAY, 0);
        assert!(!ledger.trouble(7, start + 2 * DAY).unwrap().offer_removal);
        assert!(ledger.trouble(7, start + REFUSED_FOR).unwrap().offer_removal);
        assert_eq!(ledger.trouble(7, start + REFUSED_FOR).unwrap().lasting, REFUSED_FOR);
    }

    #[test]
    fn what_is_remembered_survives_and_bears_a_clock_set_back() {
        let mut ledger = Ledger::default();
        let start = Duration::from_secs(2_000_000);
        for day in 0..3 {
            ledger.failed(300, Cause::Refused, error(), start + day * DAY, 0);
        }
        let text = serde_json::to_string(&ledger.memory()).unwrap();
        let memory: DeliveryMemory = serde_json::from_str(&text).unwrap();
        let again = Ledger::new(memory.clone(), start + 4 * DAY);
        assert!(again.trouble(300, start + 4 * DAY).unwrap().offer_removal);
        assert!(again.is_due(300, start + 4 * DAY));
        let set_back = Ledger::new(memory, Duration::from_secs(5));
        assert_eq!(set_back.trouble(300, Duration::from_secs(5)).unwrap().lasting, Duration::ZERO);
    }

    #[test]
    fn only_the_unreached_are_due_when_the_network_is_back() {
        let mut ledger = Ledger::default();
        let now = Duration::from_secs(100);
        ledger.failed(1, Cause::Network, error(), now, 0);
        ledger.failed(2, Cause::Refused, error(), now, 0);
        assert!(!ledger.is_due(1, now) && !ledger.is_due(2, now));
        ledger.network_may_be_back();
        assert!(ledger.is_due(1, now) && !ledger.is_due(2, now));
    }

    fn any_memory() -> impl Strategy<Value = DeliveryMemory> {
        let cause = prop::sample::select(vec!["Network", "Fault", "Refused", "BadAddress"]);
        let row = (any::<u32>(), cause, any::<u32>(), any::<u64>());
        vec(row, 0..6).prop_map(|rows| {
            let rows = rows.into_iter().map(|(n, cause, tries, since)| {
                (
                    n.to_string(),
                    serde_json::json!({ "cause": cause, "tries": tries, "since": since }),
                )
            });
            let rows: serde_json::Map<_, _> = rows.collect();
            serde_json::from_value(rows.into()).unwrap()
        })
    }

    proptest! {
        #[test]
        fn any_memory_and_any_clock_are_borne(
            memory in any_memory(), clock in vec((any::<u64>(), any::<u32>()), 1..6),
        ) {
            let start = Duration::from_secs(clock[0].0);
            let mut ledger = Ledger::new(memory.clone(), start);
            let numbers: Vec<u32> = memory.0.keys().copied().chain([128]).collect();
            for (now, random) in &clock {
                let now = Duration::from_secs(*now);
                for number in &numbers {
                    ledger.failed(*number, Cause::Fault, error(), now, *random);
                    let trouble = ledger.trouble(*number, now).unwrap();
                    prop_assert!(trouble.tries >= 1 && trouble.lasting <= now);
                    prop_assert!(ledger.next_due().is_some_and(|due| due >= Duration::ZERO));
                }
            }
            prop_assert_eq!(ledger.memory().0.len(), numbers.iter().collect::<BTreeSet<_>>().len());
        }
    }
}
