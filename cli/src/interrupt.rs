//! Ctrl-C: the first one asks for an orderly end, the second one ends at once.

use std::future::Future;
use std::io::{self, IsTerminal, Write};

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
        let mut signals = Signals::listen();
        tokio::spawn(async move {
            while signals.next().await {
                if tell.send_replace(true) {
                    end_line();
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

/// Leaves whatever waits on the screen as a line of its own: nothing will take it away any more.
fn end_line() {
    if io::stderr().is_terminal() {
        let _ = writeln!(io::stderr());
    }
}

/// Ctrl-C, and what asks a program to end.
#[cfg(unix)]
struct Signals(Vec<tokio::signal::unix::Signal>);

#[cfg(unix)]
impl Signals {
    /// Listens at once: a signal that comes before the first [`Self::next`] is not lost.
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
        Self(kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect())
    }

    /// Waits for the next one; `false` when none can come.
    async fn next(&mut self) -> bool {
        std::future::poll_fn(|context| {
            let mut signals = self.0.iter_mut();
            match signals.any(|signal| signal.poll_recv(context).is_ready()) {
                true => std::task::Poll::Ready(true),
                false => std::task::Poll::Pending,
            }
        })
        .await
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    const fn listen() -> Self {
        Self
    }

    async fn next(&mut self) -> bool {
        tokio::signal::ctrl_c().await.is_ok()
    }
}
