//! One round over everything that waits: servers beside each other, profiles at a server one after the other, the
//! notifications of a profile in order.

use std::collections::BTreeMap;
use std::sync::{Arc, MutexGuard};

use lpakit_rsp::notifications::NotificationMetadata;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::ledger::Cause;
use super::{Inner, Lane, Ledger, SendReport, UnsentReport};
use crate::error::{Advice, Error, PlanState};
use crate::es9::Es9Error;
use crate::http::HttpError;
use crate::sync::lock;

/// So many servers are talked to at once.
const SERVERS_AT_ONCE: usize = 4;
/// After so many profiles in a row that got no answer, a server is taken for dead until the next round.
const SILENT_PROFILES: u32 = 2;

/// What a round is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Everything, whatever failed before.
    All,
    /// What is new, and what is due again.
    Due,
}

/// Why a notification did not arrive.
pub(super) struct Failure {
    cause: Cause,
    error: Error,
    server: ServerIs,
}

/// What a failure says of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ServerIs {
    /// It answers.
    There,
    /// It did not answer this time.
    Silent,
    /// It cannot be reached at all.
    Gone,
}

/// How a lane's round ended.
enum LaneEnd {
    Empty,
    Stuck(ServerIs, Error),
    CardLost(Error),
}

/// One lane's notifications, ascending.
struct Queue {
    lane: Lane,
    notifications: Vec<NotificationMetadata>,
}

/// Gives a lane back when it is dropped, also when a delivery is aborted half-way.
pub(super) struct Claim<'a> {
    inner: &'a Inner,
    lane: Lane,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.inner.ledger().release(&self.lane);
        self.inner.lane_released.notify_waiters();
    }
}

impl Inner {
    pub(in crate::lpa) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    fn claim(&self, lane: &Lane) -> Option<Claim<'_>> {
        let claimed = self.ledger().claim(lane);
        claimed.then(|| Claim { inner: self, lane: lane.clone() })
    }

    /// Claims a lane as soon as nobody else is at it.
    async fn claim_in_turn(&self, lane: &Lane) -> Claim<'_> {
        loop {
            // Made before looking, so that a release in between is not missed.
            let released = self.lane_released.notified();
            if let Some(claim) = self.claim(lane) {
                return claim;
            }
            released.await;
        }
    }

    /// Claims a lane for a notification that nothing older stands before.
    pub(super) fn claim_for(&self, lane: &Lane, seq_number: u32) -> Option<Claim<'_>> {
        if self.ledger().has_older(lane, seq_number) {
            return None;
        }
        self.claim(lane)
    }

    pub(super) fn note_failure(&self, seq_number: u32, failure: Failure) {
        let clock = &self.options.clock;
        let (now, random) = (clock.now(), clock.random());
        self.ledger().failed(seq_number, failure.cause, failure.error, now, random);
    }

    /// One round.
    pub(super) async fn sweep(self: &Arc<Self>, which: Which) -> Result<SendReport, Error> {
        let list = self.pending().await?;
        self.ledger().listed(&list);
        let mut servers = JoinSet::new();
        let at_once = Arc::new(Semaphore::new(SERVERS_AT_ONCE));
        for queues in self.sort(list, which) {
            let (inner, at_once) = (Arc::clone(self), Arc::clone(&at_once));
            servers.spawn(async move {
                let _place = at_once.acquire_owned().await;
                inner.serve(queues, which).await
            });
        }
        let mut report = SendReport::default();
        let mut card_lost = None;
        while let Some(served) = servers.join_next().await {
            let Ok((part, lost)) = served else { continue };
            report.delivered.extend(part.delivered);
            report.unsent.extend(part.unsent);
            card_lost = card_lost.or(lost);
        }
        report.delivered.sort_unstable();
        report.unsent.sort_by_key(|unsent| unsent.seq_number);
        card_lost.map_or(Ok(report), Err)
    }

    /// By server, and at each server those first that failed least: a bad one must not stand before good ones.
    fn sort(&self, list: Vec<NotificationMetadata>, which: Which) -> Vec<Vec<Queue>> {
        let mut lanes: BTreeMap<Lane, Vec<NotificationMetadata>> = BTreeMap::new();
        for notification in list {
            lanes.entry(Lane::of(&notification)).or_default().push(notification);
        }
        let (ledger, now) = (self.ledger(), self.options.clock.now());
        let mut servers: BTreeMap<String, Vec<Queue>> = BTreeMap::new();
        for (lane, notifications) in lanes {
            let first = notifications.first().map(|notification| notification.seq_number);
            if which == Which::All || first.is_some_and(|first| ledger.is_due(first, now)) {
                let server = servers.entry(lane.server.clone()).or_default();
                server.push(Queue { lane, notifications });
            }
        }
        for queues in servers.values_mut() {
            let seq_number =
                |queue: &Queue| queue.notifications.first().map_or(0, |first| first.seq_number);
            queues.sort_by_key(|queue| (ledger.tries(seq_number(queue)), seq_number(queue)));
        }
        servers.into_values().collect()
    }

    /// All lanes of one server. The second part is the error that ends everything: the card is lost.
    async fn serve(&self, queues: Vec<Queue>, which: Which) -> (SendReport, Option<Error>) {
        let mut report = SendReport::default();
        let mut silent = 0;
        let mut gone = None;
        for queue in queues {
            if let Some(error) = &gone {
                self.skip(&queue, error, &mut report);
                continue;
            }
            let claim = match which {
                Which::All => Some(self.claim_in_turn(&queue.lane).await),
                Which::Due => self.claim(&queue.lane),
            };
            // Somebody else is at it.
            let Some(_claim) = claim else { continue };
            match self.deliver_lane(&queue, &mut report).await {
                LaneEnd::Empty | LaneEnd::Stuck(ServerIs::There, _) => silent = 0,
                LaneEnd::Stuck(ServerIs::Gone, error) => gone = Some(error),
                LaneEnd::Stuck(ServerIs::Silent, error) => {
                    silent += 1;
                    if silent >= SILENT_PROFILES {
                        gone = Some(error);
                    }
                }
                LaneEnd::CardLost(error) => return (report, Some(error)),
            }
        }
        (report, None)
    }

    /// Lanes of a server that was found dead in this round wait as if they had been tried.
    fn skip(&self, queue: &Queue, error: &Error, report: &mut SendReport) {
        for notification in &queue.notifications {
            let seq_number = notification.seq_number;
            report.unsent.push(UnsentReport { seq_number, error: error.clone() });
        }
        if let Some(first) = queue.notifications.first() {
            let failure =
                Failure { cause: Cause::Network, error: error.clone(), server: ServerIs::Gone };
            self.note_failure(first.seq_number, failure);
        }
    }

    async fn deliver_lane(&self, queue: &Queue, report: &mut SendReport) -> LaneEnd {
        for (position, notification) in queue.notifications.iter().enumerate() {
            let seq_number = notification.seq_number;
            match self.deliver(notification).await {
                Ok(true) => report.delivered.push(seq_number),
                Ok(false) => {}
                Err(Undelivered::CardLost(error)) => return LaneEnd::CardLost(error),
                Err(Undelivered::Failed(failure)) => {
                    // What comes later must not arrive before it.
                    for unsent in queue.notifications.iter().skip(position) {
                        let (seq_number, error) = (unsent.seq_number, failure.error.clone());
                        report.unsent.push(UnsentReport { seq_number, error });
                    }
                    let (server, error) = (failure.server, failure.error.clone());
                    self.note_failure(seq_number, failure);
                    return LaneEnd::Stuck(server, error);
                }
            }
        }
        LaneEnd::Empty
    }

    /// One notification: retrieve, hand over, remove. `false` when it was not there any more.
    async fn deliver(&self, notification: &NotificationMetadata) -> Result<bool, Undelivered> {
        let seq_number = notification.seq_number;
        if !self.ledger().is_taken(seq_number) {
            let retrieved = self.retrieve(seq_number).await.map_err(Undelivered::by_card)?;
            let Some(signed) = retrieved else {
                // Another LPA has sent and removed it meanwhile, which is fine.
                self.ledger().removed(seq_number);
                return Ok(false);
            };
            self.hand_over(notification, &signed).await.map_err(Undelivered::Failed)?;
            self.ledger().taken(seq_number);
        }
        self.remove(seq_number).await.map_err(Undelivered::by_card)?;
        Ok(true)
    }

    /// ES9+.HandleNotification.
    pub(super) async fn hand_over(
        &self,
        notification: &NotificationMetadata,
        signed: &[u8],
    ) -> Result<(), Failure> {
        let address = self.parse_address(&notification.address).map_err(|_| bad_address())?;
        let keys = self.card_keys().await.map_err(|error| Failure {
            cause: Cause::Fault,
            error,
            server: ServerIs::There,
        })?;
        let es9 = self.es9(address.authority(), keys);
        es9.handle_notification(signed).await.map_err(Failure::by_server)
    }
}

/// Why a notification is still on the card.
enum Undelivered {
    CardLost(Error),
    Failed(Failure),
}

impl Undelivered {
    /// A card that is not there ends the round; one that refuses this notification only its lane.
    fn by_card(error: Error) -> Self {
        if !error.is_card_lost() {
            return Self::Failed(Failure { cause: Cause::Fault, error, server: ServerIs::There });
        }
        Self::CardLost(error)
    }
}

impl Failure {
    fn by_server(error: Es9Error) -> Self {
        let (cause, server) = match &error {
            Es9Error::Http(HttpError::Timeout | HttpError::ConnectionLost) => {
                (Cause::Network, ServerIs::Silent)
            }
            Es9Error::Http(HttpError::BadRequest) => (Cause::BadAddress, ServerIs::There),
            Es9Error::Http(HttpError::BodyTooLong) => (Cause::Fault, ServerIs::There),
            Es9Error::Http(_) => (Cause::Network, ServerIs::Gone),
            // Request timeout and too many requests are about the moment, not about the report.
            Es9Error::HttpStatus(408 | 429) => (Cause::Fault, ServerIs::There),
            Es9Error::HttpStatus(400..=499) => (Cause::Refused, ServerIs::There),
            _ => (Cause::Fault, ServerIs::There),
        };
        let error = match &error {
            Es9Error::HttpStatus(status @ 400..=499) if cause == Cause::Refused => {
                Error::of("notifications.refused").with_arg("status", status)
            }
            _ => Error::from(error).with_plan(PlanState::NotConcerned, Advice::TryLater),
        };
        Self { cause, error, server }
    }
}

fn bad_address() -> Failure {
    let error = Error::of("notifications.bad_address");
    Failure { cause: Cause::BadAddress, error, server: ServerIs::There }
}
