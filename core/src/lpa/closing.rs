//! The end of an LPA: nothing new begins, what is under way ends as the standard wants, and all of it is waited for.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::{Inner, Lpa};
use crate::error::Error;

/// So long servers may take to hear that a session has ended, before nobody waits for it any more.
const FAREWELL_LIMIT: Duration = Duration::from_secs(5);

/// Whether an LPA is closing, and what is still to be ended.
#[derive(Debug, Clone)]
pub(super) struct Closing {
    wished: Arc<watch::Sender<bool>>,
    errands: Arc<watch::Sender<usize>>,
    sessions: Arc<watch::Sender<usize>>,
}

impl Default for Closing {
    fn default() -> Self {
        let none = || Arc::new(watch::channel(0).0);
        Self { wished: Arc::new(watch::channel(false).0), errands: none(), sessions: none() }
    }
}

/// Something that goes on behind everybody's back, and that a closing LPA waits for.
pub(super) struct Errand(Arc<watch::Sender<usize>>);

impl Drop for Errand {
    fn drop(&mut self) {
        self.0.send_modify(|errands| *errands = errands.saturating_sub(1));
    }
}

impl Closing {
    pub(super) fn is_wished(&self) -> bool {
        *self.wished.borrow()
    }

    /// Ends when the LPA is to be closed.
    pub(super) async fn wished(&self) {
        // The sender lives in `self`.
        let _ = self.wished.subscribe().wait_for(|wished| *wished).await;
    }

    /// Counts as under way until it is dropped.
    pub(super) fn errand(&self) -> Errand {
        self.errands.send_modify(|errands| *errands += 1);
        Errand(Arc::clone(&self.errands))
    }

    /// Counts as an RSP session until it is dropped.
    pub(super) fn session(&self) -> Errand {
        self.sessions.send_modify(|sessions| *sessions += 1);
        Errand(Arc::clone(&self.sessions))
    }

    /// Ends when no session is left: who has one sees the wish, and ends it.
    async fn sessions_over(&self) {
        let _ = self.sessions.subscribe().wait_for(|sessions| *sessions == 0).await;
    }

    async fn errands_over(&self) {
        let _ = self.errands.subscribe().wait_for(|errands| *errands == 0).await;
    }

    /// Does `work` unless the LPA is closed first. Dropping work that has a session cancels the session.
    pub(super) async fn unless_wished<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        tokio::select! {
            biased;
            () = self.wished() => Err(Error::closed()),
            done = work => done,
        }
    }
}

impl Inner {
    /// Waits until the card has done what it was asked, and `over` has come; at most five seconds for that.
    async fn settle(&self, over: impl Future<Output = ()>) {
        let _ = self.card.run(|_| ()).await;
        tokio::select! {
            () = over => {}
            () = self.options.clock.sleep(FAREWELL_LIMIT) => {}
        }
        let _ = self.card.run(|_| ()).await;
    }
}

impl Lpa {
    /// Waits for whatever a dropped operation has left behind: the card's half of its end, and five seconds at most for
    /// the server's.
    pub async fn settle(&self) {
        self.inner.settle(self.inner.closing.errands_over()).await;
    }

    /// Closes this LPA and its clones: nothing new begins (`closed`), an open offer and an installation that has
    /// written nothing yet are cancelled with their sessions (postponed), one that has is run to its end, and the
    /// card is let go. Waits for all this; for servers five seconds at most.
    ///
    /// LPAs of the same card's other eUICCs ([`Lpa::euicc`]) are closed with it.
    pub async fn close(&self) {
        self.ask_to_close();
        let closing = &self.inner.closing;
        let over = async {
            closing.sessions_over().await;
            closing.errands_over().await;
        };
        self.inner.settle(over).await;
        self.inner.card.end().await;
    }

    /// As [`Lpa::close`], up to where waiting begins.
    pub fn ask_to_close(&self) {
        self.inner.closing.wished.send_replace(true);
        self.courier.stop();
    }
}
