//! The stage's own runtime, so that callers need none.

use std::sync::mpsc::channel;

use tokio::runtime::{Builder, Handle, Runtime};

use super::StageError;
use super::gate::PATIENCE;

/// A tokio runtime on threads of its own.
pub(super) struct Workers(Option<Runtime>);

impl Workers {
    pub(super) fn new() -> Result<Self, StageError> {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(2).thread_name("lpakit-stage").enable_all();
        Ok(Self(Some(builder.build()?)))
    }

    /// Waits for work on the stage's threads. It may be called on any thread, of another runtime too.
    pub(super) fn wait<T: Send + 'static>(
        &self,
        what: &str,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, StageError> {
        let (tell, told) = channel();
        self.handle().ok_or_else(|| over(what))?.spawn(async move {
            // Nobody listens any more after a while.
            let _ = tell.send(work.await);
        });
        told.recv_timeout(PATIENCE).map_err(|_| over(what))
    }

    fn handle(&self) -> Option<&Handle> {
        self.0.as_ref().map(Runtime::handle)
    }
}

fn over(what: &str) -> StageError {
    StageError::Patience(what.to_owned())
}

impl Drop for Workers {
    fn drop(&mut self) {
        // Waiting for the threads would block, which a thread of another runtime must not.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
