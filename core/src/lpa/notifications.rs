//! Telling operators: what is pending, sending it, removing it (facts 5.10).

use std::collections::BTreeMap;

use lpakit_rsp::identifiers::Iccid;
use lpakit_rsp::notifications::{Event, NotificationMetadata, RetrieveNotificationsRequest};
use lpakit_rsp::switching::RemoveNotificationResult;

use super::{Inner, Lpa};
use crate::error::{Advice, Error, ErrorKind, PlanState};

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
}

impl From<NotificationMetadata> for PendingReport {
    fn from(metadata: NotificationMetadata) -> Self {
        Self {
            seq_number: metadata.seq_number,
            events: metadata.events.events().collect(),
            address: metadata.address,
            iccid: metadata.iccid,
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
    /// Delivered, and removed from the card.
    pub delivered: Vec<u32>,
    /// Not delivered, and still there.
    pub unsent: Vec<UnsentReport>,
}

impl Lpa {
    /// The reports that wait on the card, in ascending order of their numbers.
    ///
    /// # Errors
    /// [`Error`] of kind `card`.
    pub async fn notifications(&self) -> Result<Vec<PendingReport>, Error> {
        self.inner.pending().await.map(|list| list.into_iter().map(Into::into).collect())
    }

    /// Sends what is pending, per server in ascending order. A server that fails keeps the later ones of its own
    /// waiting, and nobody else's. A report leaves the card only after its server has taken it.
    ///
    /// # Errors
    /// [`Error`] of kind `card` when the list cannot be read; what cannot be delivered is no error.
    pub async fn send_notifications(&self) -> Result<SendReport, Error> {
        let mut queues: BTreeMap<String, Vec<NotificationMetadata>> = BTreeMap::new();
        for notification in self.inner.pending().await? {
            queues.entry(notification.address.to_ascii_lowercase()).or_default().push(notification);
        }
        let mut report = SendReport::default();
        for queue in queues.into_values() {
            self.inner.send_queue(queue, &mut report).await;
        }
        Ok(report)
    }

    /// Removes a report unsent. The operator will not learn of what it tells.
    ///
    /// # Errors
    /// [`Error`] of kind `card`. A number that is not there is fine.
    pub async fn remove_notification(&self, seq_number: u32) -> Result<(), Error> {
        self.inner.forget_notification(seq_number).await
    }
}

impl Inner {
    /// The list, ascending.
    async fn pending(&self) -> Result<Vec<NotificationMetadata>, Error> {
        let list = self.es10(|card| card.list_notifications()).await?;
        let mut list = list.map_err(|error| refused(error.code()))?;
        list.sort_by_key(|notification| notification.seq_number);
        Ok(list)
    }

    async fn send_queue(&self, queue: Vec<NotificationMetadata>, report: &mut SendReport) {
        for notification in queue {
            let seq_number = notification.seq_number;
            match self.send_one(&notification).await {
                Ok(()) => report.delivered.push(seq_number),
                Err(error) => {
                    report.unsent.push(UnsentReport { seq_number, error });
                    return;
                }
            }
        }
    }

    async fn send_one(&self, notification: &NotificationMetadata) -> Result<(), Error> {
        let request = RetrieveNotificationsRequest::SeqNumber(notification.seq_number);
        let found = self.es10(move |card| card.retrieve_notifications(&request)).await?;
        // Another LPA may have sent and removed it meanwhile, which is fine.
        let Some(found) = found.unwrap_or_default().into_iter().next() else { return Ok(()) };
        self.deliver(notification, found.raw()).await
    }

    /// Sends a notification and, once the server has taken it, removes it from the card.
    pub(super) async fn deliver(
        &self,
        notification: &NotificationMetadata,
        signed: &[u8],
    ) -> Result<(), Error> {
        let address = self.parse_address(&notification.address)?;
        let es9 = self.es9(address.authority(), self.card_keys().await?);
        es9.handle_notification(signed).await?;
        self.forget_notification(notification.seq_number).await
    }

    async fn forget_notification(&self, seq_number: u32) -> Result<(), Error> {
        match self.es10(move |card| card.remove_notification(seq_number)).await? {
            RemoveNotificationResult::Ok | RemoveNotificationResult::NothingToDelete => Ok(()),
            other => Err(refused(other.code())),
        }
    }
}

fn refused(code: u32) -> Error {
    Error::new(ErrorKind::Card, "card.status", PlanState::NotConcerned, Advice::TryAgain)
        .with_arg("status", code)
}
