//! Telling operators what happened on the card, so that it always arrives (facts 5.10): what is pending, sending it in
//! order, removing it once a server has taken it, and trying again for as long as it takes.
//!
//! The eUICC is the journal: it keeps each notification until it is removed. What is remembered here beside it (how
//! often a delivery failed, and since when) only decides about when to try again.

mod courier;
mod ledger;
mod round;

use lpakit_messages::CardFunction;
use lpakit_rsp::identifiers::Iccid;
use lpakit_rsp::notifications::{
    Event, NotificationMetadata, PendingNotification, RetrieveNotificationsRequest,
};
use lpakit_rsp::switching::RemoveNotificationResult;

pub(super) use courier::Courier;
pub use ledger::{DeliveryMemory, Trouble};
pub(super) use ledger::{Lane, Ledger};

use super::{Inner, Lpa};
use crate::error::Error;
use crate::http::BoxFuture;
use round::Which;

/// Who sends what is pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Delivery {
    /// lpakit does, in the background: soon after it was opened, after each operation, and again after failures.
    #[default]
    Automatic,
    /// The app does, with [`Lpa::send_notifications`]. The result of an installation is sent by itself all the same.
    ByHand,
}

/// A report that waits on the card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingReport {
    /// Its number on the card.
    pub seq_number: u32,
    /// What it tells; one event by the standard.
    pub events: Vec<Event>,
    /// The server it goes to.
    pub address: String,
    /// The profile it is about.
    pub iccid: Option<Iccid>,
    /// What keeps it from arriving, after the first failure.
    pub trouble: Option<Trouble>,
}

impl PendingReport {
    fn new(metadata: NotificationMetadata, trouble: Option<Trouble>) -> Self {
        Self {
            seq_number: metadata.seq_number,
            events: metadata.events.events().collect(),
            address: metadata.address,
            iccid: metadata.iccid,
            trouble,
        }
    }
}

/// A report that could not be delivered; it stays on the card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsentReport {
    /// Its number on the card.
    pub seq_number: u32,
    /// Why.
    pub error: Error,
}

/// What became of the pending reports.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SendReport {
    /// Taken by their servers, in ascending order.
    pub delivered: Vec<u32>,
    /// Not delivered, and still on the card, in ascending order.
    pub unsent: Vec<UnsentReport>,
}

impl Lpa {
    /// The reports that wait on the card, in ascending order of their numbers.
    ///
    /// # Errors
    /// [`Error`] of kind `card`.
    pub async fn notifications(&self) -> Result<Vec<PendingReport>, Error> {
        let list = self.inner.pending().await?;
        let now = self.inner.options.clock.now();
        let ledger = self.inner.ledger();
        let report = |metadata: NotificationMetadata| {
            let trouble = ledger.trouble(metadata.seq_number, now);
            PendingReport::new(metadata, trouble)
        };
        Ok(list.into_iter().map(report).collect())
    }

    /// The signed notifications themselves, as they would be sent: one by its number, those of some events, or all
    /// (SGP.22, 5.7.10). They hold identifiers.
    ///
    /// # Errors
    /// [`Error`] of kind `card`. A number that is not there gives an empty list.
    pub async fn signed_notifications(
        &self,
        which: RetrieveNotificationsRequest,
    ) -> Result<Vec<PendingNotification>, Error> {
        self.inner.retrieve_all(which).await
    }

    /// Sends everything that is pending, now: per profile and server in ascending order, servers beside each other.
    /// A server or a profile that fails holds up nobody else, and a report leaves the card only after its server
    /// has taken it (a 2xx answer).
    ///
    /// # Errors
    /// [`Error`] of kind `card` when the card is lost; what cannot be delivered is no error.
    pub async fn send_notifications(&self) -> Result<SendReport, Error> {
        let sent = self.inner.closing.unless_wished(self.inner.sweep(Which::All)).await;
        // The background task finds anew when the next one is due: what it met was being delivered here.
        self.courier.wake();
        sent
    }

    /// Sends in the background whatever is due: call it when the network has come back. After operations it happens
    /// by itself. With [`Delivery::ByHand`] it does nothing.
    pub fn deliver_soon(&self) {
        self.inner.ledger().network_may_be_back();
        self.courier.wake();
    }

    /// Removes a report unsent. The operator will not learn of what it tells: for reports whose
    /// [`Trouble::offer_removal`] is set, and with the person's consent.
    ///
    /// # Errors
    /// [`Error`] of kind `card`. A number that is not there is fine.
    pub async fn remove_notification(&self, seq_number: u32) -> Result<(), Error> {
        self.inner.remove(seq_number).await
    }

    /// What to hand to [`super::LpaOptions::delivery_memory`] of a later run, so that "for days" counts from the first
    /// failure. It holds no identifiers.
    pub fn delivery_memory(&self) -> DeliveryMemory {
        self.inner.ledger().memory()
    }
}

impl Inner {
    /// The list, ascending.
    fn pending(&self) -> BoxFuture<'_, Result<Vec<NotificationMetadata>, Error>> {
        Box::pin(async move {
            let list = self.es10(|card| card.list_notifications()).await?;
            let mut list = list.map_err(|error| refused(error.code()))?;
            list.sort_by_key(|notification| notification.seq_number);
            Ok(list)
        })
    }

    async fn retrieve_all(
        &self,
        which: RetrieveNotificationsRequest,
    ) -> Result<Vec<PendingNotification>, Error> {
        let found = self.es10(move |card| card.retrieve_notifications(&which)).await?;
        found.map_err(|error| refused(error.code()))
    }

    /// The signed notification; `None` when somebody else has removed it.
    async fn retrieve(&self, seq_number: u32) -> Result<Option<Vec<u8>>, Error> {
        let found = self.retrieve_all(RetrieveNotificationsRequest::SeqNumber(seq_number)).await?;
        Ok(found.into_iter().next().map(|found| found.raw().to_vec()))
    }

    /// Sends the result of an installation at once, if nothing older of the same profile waits for the same server.
    /// Answers whether the server has taken it.
    pub(super) async fn deliver_result(
        &self,
        notification: &NotificationMetadata,
        signed: &[u8],
    ) -> bool {
        let lane = Lane::of(notification);
        let unsure = self.ledger().is_unsure();
        if unsure && let Ok(list) = self.pending().await {
            self.ledger().listed(&list);
        }
        let Some(_claim) = self.claim_for(&lane, notification.seq_number) else { return false };
        match self.hand_over(notification, signed).await {
            Ok(()) => {
                self.ledger().taken(notification.seq_number);
                // Should the card be gone now, it is removed later and not sent again.
                let _ = self.remove(notification.seq_number).await;
                true
            }
            Err(failure) => {
                self.note_failure(notification.seq_number, failure);
                false
            }
        }
    }

    /// Removes a notification from the card: one that a server has taken, or that the person gives up.
    async fn remove(&self, seq_number: u32) -> Result<(), Error> {
        match self.es10_to_the_end(move |card| card.remove_notification(seq_number)).await? {
            RemoveNotificationResult::Ok | RemoveNotificationResult::NothingToDelete => {}
            other => return Err(refused(other.code())),
        }
        self.ledger().removed(seq_number);
        Ok(())
    }
}

fn refused(code: u32) -> Error {
    Error::by_card(CardFunction::Notifications, code)
}
