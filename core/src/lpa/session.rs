//! An RSP session and its end. Whoever holds a [`Session`] holds the card's only one; dropping it cancels it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use lpakit_rsp::session::{CancelReason, CancelSessionResponse};
use tokio::sync::oneshot;

use super::Inner;
use super::closing::Counted;
use crate::error::{Advice, Error, PlanState};
use crate::es9::{Es9Client, Es9Error, SessionName};
use crate::es10::Es10;
use crate::sync::begin;

/// The right to have an RSP session on this card: one at a time.
pub(super) struct Reservation {
    inner: Arc<Inner>,
    /// A closing LPA waits for it.
    _counted: Counted,
}

impl Reservation {
    pub(super) fn take(inner: &Arc<Inner>) -> Result<Self, Error> {
        let free = inner.session_reserved.compare_exchange(
            false,
            true,
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        free.map_err(|_| Error::of("busy.offer_open"))?;
        Ok(Self { inner: Arc::clone(inner), _counted: inner.closing.session() })
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.inner.session_reserved.store(false, Ordering::Release);
    }
}

/// An RSP session that the card has, or may have.
pub(super) struct Session {
    pub(super) es9: Es9Client,
    pub(super) name: SessionName,
    reservation: Option<Reservation>,
    on_card: bool,
}

impl Session {
    /// A session that the card is about to get.
    pub(super) const fn new(reservation: Reservation, es9: Es9Client, name: SessionName) -> Self {
        Self { es9, name, reservation: Some(reservation), on_card: true }
    }

    /// The card has ended the session by itself, or never had it: there is nothing to cancel. The right to a new
    /// session is given back.
    pub(super) fn ended(mut self) -> Option<Reservation> {
        self.on_card = false;
        self.reservation.take()
    }

    /// Cancels: the card first, which signs it, then the server. Answers whether the server was told.
    pub(super) async fn cancel(mut self, reason: CancelReason) -> bool {
        let Some(signed) = self.begin_cancel(reason) else { return false };
        // The card's half is queued before whatever comes next, so a new session may begin.
        self.reservation = None;
        tell_server(self.es9.clone(), self.name.clone(), signed).await
    }

    /// Ends the session for a reason of our own. Where the server is told, most reasons end the order too (facts 5.8);
    /// the error then says so.
    pub(super) async fn give_up(self, error: Error, reason: CancelReason) -> Error {
        let told = self.cancel(reason).await;
        match reason {
            CancelReason::Postponed | CancelReason::Timeout => error.on_the_way(),
            _ if told => error.with_plan(PlanState::NoLongerValid, Advice::AskOperator),
            _ => error.on_the_way(),
        }
    }

    /// Ends the session after the server failed. One that answered has ended its half itself, so only the card's is
    /// left; one that did not is told once more.
    pub(super) async fn end_after(self, error: &Es9Error) {
        if matches!(error, Es9Error::Refused(_)) {
            self.cancel_on_card().await;
        } else {
            self.cancel(CancelReason::Postponed).await;
        }
    }

    /// Cancels the card's half alone: the server has ended its own.
    pub(super) async fn cancel_on_card(self) {
        drop(self.end_on_card(CancelReason::Postponed).await);
    }

    /// As [`Self::cancel_on_card`], and gives back the right to a session for the next one.
    pub(super) async fn end_on_card(mut self, reason: CancelReason) -> Option<Reservation> {
        if let Some(signed) = self.begin_cancel(reason) {
            let _ = signed.await;
        }
        self.reservation.take()
    }

    /// Queues the card's half. What comes back is the card's signed answer.
    fn begin_cancel(&mut self, reason: CancelReason) -> Option<oneshot::Receiver<Option<Vec<u8>>>> {
        if !std::mem::take(&mut self.on_card) {
            return None;
        }
        let inner = &self.reservation.as_ref()?.inner;
        let (tell, told) = oneshot::channel();
        let id = self.name.id().clone();
        let queued = inner.card.post(move |channel| {
            let mut card = Es10::new(channel);
            // Once more after a failure: an open session on the card would be worse than a second refusal.
            let answer = card.cancel_session(&id, reason);
            let answer = answer.or_else(|_| card.cancel_session(&id, reason)).ok();
            // Without a signature there is nothing to show the server.
            let signed =
                answer.filter(|answer| matches!(**answer, CancelSessionResponse::Ok { .. }));
            let _ = tell.send(signed.map(lpakit_rsp::Raw::into_raw));
        });
        queued.ok().map(|()| told)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let Some(reservation) = self.reservation.as_ref() else { return };
        let inner = Arc::clone(&reservation.inner);
        // Queued before anything that comes later, so a new session cannot be hit. Dropping never blocks.
        if let Some(signed) = self.begin_cancel(CancelReason::Postponed) {
            let told = tell_server(self.es9.clone(), self.name.clone(), signed);
            begin(&inner.runtime, inner.closing.errand(told));
        }
    }
}

async fn tell_server(
    es9: Es9Client,
    name: SessionName,
    signed: oneshot::Receiver<Option<Vec<u8>>>,
) -> bool {
    let Ok(Some(signed)) = signed.await else { return false };
    es9.cancel_session(&name, &signed).await.is_ok()
}
