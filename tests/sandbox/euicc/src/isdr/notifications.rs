//! Notifications: listed, retrieved (and signed), removed (SGP.22 5.7.9 to 5.7.11).

use lpakit_rsp::notifications::{
    Event, EventSet, ListNotificationRequest, ListNotificationResponse, NotificationMetadata,
    NotificationsError, OtherSignedNotification, PendingNotification, RemoveNotificationRequest,
    RetrieveNotificationsRequest, RetrieveNotificationsResponse,
};
use lpakit_rsp::switching::{RemoveNotificationResponse, RemoveNotificationResult};
use lpakit_rsp::{Object, Raw};

use super::{Answer, Isdr, request};
use crate::apdu::Status;
use crate::state::{NotificationBody, StoredNotification};

impl Isdr {
    /// ES10b.ListNotification.
    pub(super) fn list_notifications(&self, command: &[u8]) -> Answer {
        let request: ListNotificationRequest = request(command)?;
        let wanted = |stored: &&StoredNotification| {
            request.events.is_none_or(|events| is_among(stored, events))
        };
        let list = self.store.state().notifications.iter().filter(wanted).map(metadata).collect();
        Ok(ListNotificationResponse::Notifications(list).encode())
    }

    /// ES10b.RetrieveNotificationsList.
    pub(super) fn retrieve_notifications(&self, command: &[u8]) -> Answer {
        let request: RetrieveNotificationsRequest = request(command)?;
        let wanted = |stored: &&StoredNotification| match request {
            RetrieveNotificationsRequest::All => true,
            RetrieveNotificationsRequest::SeqNumber(number) => stored.seq_number == number,
            RetrieveNotificationsRequest::Events(events) => is_among(stored, events),
        };
        let stored = self.store.state().notifications.iter().filter(wanted);
        let list: Vec<PendingNotification> =
            stored.map(|stored| self.signed(stored)).collect::<Result<_, _>>()?;
        let by_number = matches!(request, RetrieveNotificationsRequest::SeqNumber(_));
        if list.is_empty() && by_number && self.config().quirks.missing_notification_is_an_error {
            let error = RetrieveNotificationsResponse::Error(NotificationsError::NoResultAvailable);
            return Ok(error.encode());
        }
        Ok(RetrieveNotificationsResponse::Notifications(list).encode())
    }

    /// ES10b.RemoveNotificationFromList.
    pub(super) fn remove_notification(&mut self, command: &[u8]) -> Answer {
        let request: RemoveNotificationRequest = request(command)?;
        let is_it = |stored: &StoredNotification| stored.seq_number == request.seq_number;
        let result = if self.store.state().notifications.iter().any(is_it) {
            self.store.update(|state| state.notifications.retain(|stored| !is_it(stored)))?;
            RemoveNotificationResult::Ok
        } else {
            RemoveNotificationResult::NothingToDelete
        };
        Ok(RemoveNotificationResponse(result).encode())
    }

    fn signed(&self, stored: &StoredNotification) -> Result<PendingNotification, Status> {
        let damaged = Status::MEMORY_FAILURE;
        match &stored.body {
            NotificationBody::Result(result) => {
                Raw::decode(result).map(PendingNotification::Installation).map_err(|_| damaged)
            }
            NotificationBody::Other { ci_key_id } => {
                let identity = self.credentials.identity(ci_key_id).ok_or(damaged)?;
                let metadata = Raw::new(metadata(stored));
                Ok(PendingNotification::Other(Raw::new(OtherSignedNotification {
                    signature: identity.euicc.sign(metadata.raw()).to_vec(),
                    metadata,
                    euicc_certificate: identity.euicc.certificate().der().to_vec(),
                    eum_certificate: identity.eum.der().to_vec(),
                })))
            }
        }
    }
}

fn is_among(stored: &StoredNotification, events: EventSet) -> bool {
    events.has(Event::from_bit(stored.event))
}

fn metadata(stored: &StoredNotification) -> NotificationMetadata {
    NotificationMetadata {
        seq_number: stored.seq_number,
        events: EventSet::of(&[Event::from_bit(stored.event)]),
        address: stored.address.clone(),
        iccid: stored.iccid(),
        ..NotificationMetadata::default()
    }
}
