//! HTTPS: TLS and HTTP/1.1 in front of any [`Service`].

mod body;
mod connection;
mod tls;

pub(crate) use tls::identity;
pub use tls::{TlsOptions, TlsVersions};

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::http::Service;

/// Bounds on what clients may ask of the server.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Octets of a request's body; more is answered with 413.
    pub body: usize,
    /// Octets of request line and header fields together.
    pub header: usize,
    /// Number of header fields.
    pub header_fields: usize,
    /// Time for the TLS handshake, for a request's header and for its body, each; a connection without a request
    /// is closed after it.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1024 * 1024,
            header: 16 * 1024,
            header_fields: 64,
            time: Duration::from_secs(30),
        }
    }
}

/// What the server has seen.
#[derive(Debug, Default)]
pub struct Counters {
    connections: AtomicU64,
    handshakes: AtomicU64,
    failed_handshakes: AtomicU64,
    requests: AtomicU64,
}

impl Counters {
    /// TCP connections.
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    /// TLS handshakes that came to their end.
    pub fn handshakes(&self) -> u64 {
        self.handshakes.load(Ordering::Relaxed)
    }

    /// TLS handshakes that failed, as when the client does not like the certificate.
    pub fn failed_handshakes(&self) -> u64 {
        self.failed_handshakes.load(Ordering::Relaxed)
    }

    /// HTTP requests.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Why a server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The certificate or key is not one that TLS can use.
    #[error("the TLS certificate or key cannot be used: {0}")]
    Tls(#[from] rustls::Error),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
}

/// What every connection works with.
struct Shared {
    service: Arc<dyn Service>,
    acceptor: TlsAcceptor,
    limits: Limits,
    counters: Arc<Counters>,
}

/// A running HTTPS server. It ends with [`Server::stop`] or when it is dropped.
pub struct Server {
    local_addr: SocketAddr,
    counters: Arc<Counters>,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Serves `service` on this address (port 0 lets the system choose). Must be called within a tokio runtime
    /// with network and time.
    ///
    /// # Errors
    /// [`ServerError`].
    pub async fn start(
        service: Arc<dyn Service>,
        address: SocketAddr,
        tls: &TlsOptions,
        limits: Limits,
    ) -> Result<Self, ServerError> {
        let acceptor = TlsAcceptor::from(Arc::new(tls.server_config()?));
        let failed = |source| ServerError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let local_addr = listener.local_addr().map_err(failed)?;
        let counters = Arc::new(Counters::default());
        let shared =
            Arc::new(Shared { service, acceptor, limits, counters: Arc::clone(&counters) });
        let (stop, stopped) = watch::channel(false);
        Ok(Self {
            local_addr,
            counters,
            stop,
            accepting: tokio::spawn(accept(listener, shared, stopped)),
        })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// What it has seen.
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// Closes the listening socket and every connection, and waits until that is done.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        // The task ends by itself; had it panicked, there would be nothing left to wait for.
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// Ends when the server is to stop, or is gone.
async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stop| *stop).await;
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, mut stopped: watch::Receiver<bool>) {
    // Dropping the set at the end closes what is still open.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = told_to_stop(&mut stopped) => return,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                // A connection that broke before it was accepted, or too many open files: neither ends the server.
                if let Ok((stream, _)) = accepted {
                    count(&shared.counters.connections);
                    connections.spawn(connection::serve(stream, Arc::clone(&shared)));
                } else {
                    tokio::task::yield_now().await;
                }
            }
        }
    }
}
