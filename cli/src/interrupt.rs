//! Ctrl-C: the first one asks for an orderly end, the second one ends at once.

use std::future::Future;

use tokio::sync::watch;

use crate::failure::Failure;
use crate::output::Done;

/// Exit status of a program that was interrupted, by custom.
const INTERRUPTED: i32 = 130;

/// Whether the person wants an end.
#[derive(Debug, Clone)]
pub(crate) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Listens from now on. Must be called within the runtime.
    pub(crate) fn listen() -> Self {
        let (tell, wish) = watch::channel(false);
        tokio::spawn(async move {
            while signalled().await {
                if tell.send_replace(true) {
                    std::process::exit(INTERRUPTED);
                }
            }
            // Without signals there is nothing to tell; whoever waits must go on waiting.
            std::future::pending::<()>().await;
        });
        Self(wish)
    }

    /// Ends at the first Ctrl-C.
    pub(crate) async fn wished(&self) {
        // The sender lives as long as the runtime.
        let _ = self.0.clone().wait_for(|wished| *wished).await;
    }

    /// Does something unless Ctrl-C comes first.
    pub(crate) async fn unless(
        &self,
        work: impl Future<Output = Result<Done, Failure>>,
    ) -> Result<Done, Failure> {
        tokio::select! {
            done = work => done,
            () = self.wished() => Err(Failure::interrupted()),
        }
    }
}

#[cfg(unix)]
async fn signalled() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return false;
    };
    let come = tokio::select! {
        come = interrupt.recv() => come,
        come = terminate.recv() => come,
    };
    come.is_some()
}

#[cfg(not(unix))]
async fn signalled() -> bool {
    tokio::signal::ctrl_c().await.is_ok()
}
