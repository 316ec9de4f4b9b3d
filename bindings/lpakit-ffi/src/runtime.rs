//! lpakit's own runtime: one named worker, on which all networking and parsing happens, whoever asks.

use std::future::{Future, pending};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::Builder as Thread;

use lpakit::http::BoxFuture;
use tokio::runtime::{Builder, Handle};
use tokio::sync::watch;

use crate::error::LpaError;
use crate::sync::lock;

/// Futures are in boxes here: else tokio's code, and that of waiting, would be there once for each export (80 kB).
type Waiting<T> = BoxFuture<'static, T>;

const WORKER: &str = "lpakit-runtime";

/// The runtime's handle.
///
/// # Errors
/// `closed` when no thread can be started.
pub(crate) fn handle() -> Result<Handle, LpaError> {
    static RUNTIME: OnceLock<Option<Handle>> = OnceLock::new();
    RUNTIME.get_or_init(start).clone().ok_or_else(LpaError::closed)
}

/// A thread that does nothing but the runtime's work. (Tokio's scheduler for several would be 95 kB more.)
fn start() -> Option<Handle> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .on_thread_start(|| thread_started(WORKER))
        .build()
        .inspect_err(|error| log::error!("no runtime: {error}"))
        .ok()?;
    let handle = runtime.handle().clone();
    let work = move || {
        thread_started(WORKER);
        runtime.block_on(pending::<()>());
    };
    let started = Thread::new().name(WORKER.to_owned()).spawn(work);
    started.inspect_err(|error| log::error!("no runtime: {error}")).ok()?;
    Some(handle)
}

/// Called on each thread that lpakit starts, before it does anything.
pub(crate) fn thread_started(name: &str) {
    #[cfg(not(target_os = "ios"))]
    crate::jvm::attach(name);
    #[cfg(target_os = "ios")]
    let _ = name;
}

/// Does work on the runtime and waits for it. It goes on when nobody waits any more.
///
/// # Errors
/// What the work gives; `closed.fault` when it panicked.
pub(crate) fn run<T: Send + 'static>(
    work: impl Future<Output = Result<T, LpaError>> + Send + 'static,
) -> Waiting<Result<T, LpaError>> {
    let given = Arc::new(Mutex::new(None));
    let slot = Arc::clone(&given);
    let work = async move {
        let result = work.await;
        *lock(&slot) = Some(result);
    };
    Box::pin(result_of(done(Box::pin(work)), given))
}

async fn result_of<T>(
    done: Waiting<Result<(), LpaError>>,
    given: Arc<Mutex<Option<Result<T, LpaError>>>>,
) -> Result<T, LpaError> {
    done.await?;
    let result = lock(&given).take();
    result.unwrap_or_else(|| Err(LpaError::of("closed.fault")))
}

fn done(work: Waiting<()>) -> Waiting<Result<(), LpaError>> {
    Box::pin(async move { handle()?.spawn(work).await.map_err(|_| LpaError::of("closed.fault")) })
}

/// Begins work that nobody waits for.
///
/// # Errors
/// `closed` when no thread can be started.
pub(crate) fn begin(work: impl Future<Output = ()> + Send + 'static) -> Result<(), LpaError> {
    let work: Waiting<()> = Box::pin(work);
    handle()?.spawn(work);
    Ok(())
}

/// Wishes an operation cancelled that is waited for: one for each operation.
#[derive(uniffi::Object)]
pub struct Cancellation(watch::Sender<bool>);

#[uniffi::export]
impl Cancellation {
    /// Nothing is wished yet.
    #[uniffi::constructor]
    pub fn new() -> Result<Arc<Self>, LpaError> {
        Ok(Arc::new(Self(watch::channel(false).0)))
    }

    /// Cancels: the operation ends its session with card and server, and then with `cancelled.by_user`. Never blocks.
    pub fn cancel(&self) -> Result<(), LpaError> {
        self.0.send_replace(true);
        Ok(())
    }
}

impl Cancellation {
    /// Ends when cancelling is wished.
    pub(crate) async fn wished(&self) {
        // The sender lives in `self`.
        let _ = self.0.subscribe().wait_for(|wished| *wished).await;
    }

    /// Does work that cleans up after itself when it is dropped, unless cancelled first; then waits for the cleaning.
    pub(crate) async fn unless_wished<T>(
        &self,
        lpa: &lpakit::Lpa,
        work: impl Future<Output = Result<T, lpakit::Error>>,
    ) -> Result<T, LpaError> {
        tokio::select! {
            biased;
            () = self.wished() => {}
            done = work => return done.map_err(LpaError::from),
        }
        lpa.settle().await;
        Err(LpaError::of("cancelled.by_user"))
    }
}
