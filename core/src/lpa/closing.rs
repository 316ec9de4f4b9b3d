//! The end of an LPA: nothing new begins, what is under way ends as the standard wants, and all of it is waited for.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::{Inner, Lpa};
use crate::error::Error;
use crate::sync::Wish;

/// So long servers may take to hear that a session has ended, before nobody waits for it any more.
const FAREWELL_LIMIT: Duration = Duration::from_secs(5);

/// Whether an LPA is closing, and what is still to be ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Closing {
    wish: Wish,
    errands: Count,
    sessions: Count,
}

/// How many of something are under way.
#[derive(Debug, Clone)]
struct Count(Arc<watch::Sender<usize>>);

impl Default for Count {
    fn default() -> Self {
        Self(Arc::new(watch::channel(0).0))
    }
}

impl Count {
    fn one_more(&self) -> Counted {
        self.0.send_modify(|number| *number += 1);
        Counted(self.clone())
    }

    async fn none_left(&self) {
        let _ = self.0.subscribe().wait_for(|number| *number == 0).await;
    }
}

/// One of those that are counted, until it is dropped.
pub(super) struct Counted(Count);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.send_modify(|number| *number = number.saturating_sub(1));
    }
}

impl Closing {
    pub(super) fn is_wished(&self) -> bool {
        self.wish.is_made()
    }

    /// Ends when the LPA is to be closed.
    pub(super) async fn wished(&self) {
        self.wish.made().await;
    }

    /// An RSP session begins.
    pub(super) fn session(&self) -> Counted {
        self.sessions.one_more()
    }

    /// Something that goes on behind everybody's back and that a closing LPA waits for, counted from now on.
    pub(super) fn errand<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        let counted = self.errands.one_more();
        async move {
            let done = work.await;
            drop(counted);
            done
        }
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
        self.inner.settle(self.inner.closing.errands.none_left()).await;
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
            // Who has one sees the wish, and ends it.
            closing.sessions.none_left().await;
            closing.errands.none_left().await;
        };
        self.inner.settle(over).await;
        self.inner.card.end().await;
    }

    /// As [`Lpa::close`], up to where waiting begins.
    pub fn ask_to_close(&self) {
        self.inner.closing.wish.make();
        self.courier.stop();
    }
}
