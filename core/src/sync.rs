//! What threads and tasks share: locks that are taken even after a panic elsewhere, wishes, and how tasks begin.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// Takes a lock. A poisoned one is taken all the same: what core guards is replaced or counted in one step, never
/// half-written.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A future that can be sent to another thread.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Begins work that goes on by itself; what it gives is for nobody. All of it in one kind of box, or tokio's code would
/// be there once for each kind of work (3 kB).
pub(crate) fn begin(
    runtime: &Handle,
    work: impl Future<Output: Send> + Send + 'static,
) -> AbortHandle {
    let work: BoxFuture<'static, ()> = Box::pin(async move { drop(work.await) });
    runtime.spawn(work).abort_handle()
}

/// Something that anybody may wish, once and for all, and that others look at or wait for. Clones are the same wish.
#[derive(Debug, Clone)]
pub(crate) struct Wish(Arc<watch::Sender<bool>>);

impl Default for Wish {
    fn default() -> Self {
        Self(Arc::new(watch::channel(false).0))
    }
}

impl Wish {
    pub(crate) fn make(&self) {
        self.0.send_replace(true);
    }

    pub(crate) fn is_made(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends when it is made.
    pub(crate) async fn made(&self) {
        // The sender lives in `self`.
        let _ = self.0.subscribe().wait_for(|made| *made).await;
    }
}
