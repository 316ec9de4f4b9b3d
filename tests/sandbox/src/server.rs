//! The sandbox's SM-DP+ on a socket.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use lpakit_sandbox_crypto::OsRandom;
use lpakit_sandbox_smdp::clock::{Clock, SystemClock};
use lpakit_sandbox_smdp::http::{Request, Response, Service};
use lpakit_sandbox_smdp::notification::ReceivedNotification;
use lpakit_sandbox_smdp::order::{OrderRequest, PlacedOrder};
use lpakit_sandbox_smdp::server::{Counters, Limits, Server, TlsOptions};
use lpakit_sandbox_smdp::{Smdp, SmdpConfig};
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::error::SandboxError;
use crate::sandbox::{Sandbox, replace};
use crate::transcript::Transcript;

/// Where a running server notes where it listens, for other processes.
const LISTENING: &str = "listening";

/// How the server is to run.
pub struct ServeOptions {
    /// Where it listens; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// What activation codes and notifications call the server while it runs, when that is not what the sandbox was
    /// made with: `localhost:0` for programs that cannot be told where a host name leads. Port 0 becomes the real one.
    pub address: Option<String>,
    /// Where its exchanges are written down.
    pub transcript: Option<Arc<Transcript>>,
    /// The TLS certificate, when it is not the sandbox's own: a bad one, to see what an LPA does.
    pub tls: Option<TlsOptions>,
    /// Bounds on what clients may ask.
    pub limits: Limits,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl ServeOptions {
    /// An ordinary server at this address.
    pub fn new(listen: SocketAddr) -> Self {
        Self {
            listen,
            address: None,
            transcript: None,
            tls: None,
            limits: Limits::default(),
            clock: Arc::new(SystemClock),
        }
    }
}

impl std::fmt::Debug for ServeOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServeOptions").field("listen", &self.listen).finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Serves the SM-DP+ over TLS. Must be called within a tokio runtime with network and time.
    ///
    /// # Errors
    /// [`SandboxError::NoServer`], or when the address cannot be listened on.
    pub async fn start_server(&self, listen: SocketAddr) -> Result<RunningServer, SandboxError> {
        self.start_server_with(ServeOptions::new(listen), |_| ()).await
    }

    /// As [`Self::start_server`]; `change` may change how the SM-DP+ works.
    ///
    /// # Errors
    /// As [`Self::start_server`].
    pub async fn start_server_with(
        &self,
        options: ServeOptions,
        change: impl FnOnce(&mut SmdpConfig),
    ) -> Result<RunningServer, SandboxError> {
        let tls = options.tls.or_else(|| TlsOptions::of_dp(self.pki()));
        let tls = tls.ok_or(SandboxError::NoServer)?;
        let service = Arc::new(LateService::default());
        let server = Server::start(service.clone(), options.listen, &tls, options.limits).await?;
        // What the server may be called is known only now that it has a port.
        let addr = server.local_addr();
        let address = options.address.map(|address| with_real_port(&address, addr));
        Config::new(self.name(), address.as_deref())?;
        let first = address.clone().unwrap_or_else(|| self.config().canonical_address().to_owned());
        let mut config = self.smdp_config(self.own_addresses(first, addr))?;
        change(&mut config);
        let mut smdp = Smdp::new(config, self.store()?, options.clock, Box::new(OsRandom))?;
        if let Some(transcript) = options.transcript {
            smdp = smdp.with_recorder(transcript);
        }
        let smdp = service.0.get_or_init(|| Arc::new(smdp)).clone();
        let note = Note { listening: addr, address };
        let note = NoteFile::write(self.smdp_folder().join(LISTENING), &note)?;
        Ok(RunningServer { server, smdp, _note: note })
    }

    /// Where the server listens, if one runs on this sandbox.
    pub fn listening(&self) -> Option<SocketAddr> {
        self.listening_note().map(|note| note.listening)
    }

    pub(crate) fn listening_note(&self) -> Option<Note> {
        serde_json::from_slice(&fs::read(self.smdp_folder().join(LISTENING)).ok()?).ok()
    }

    /// The usual address first, then everything that leads to this socket.
    fn own_addresses(&self, first: String, listening: SocketAddr) -> Vec<String> {
        let port = listening.port();
        let mut own = vec![first, self.name().to_owned()];
        let hosts = [self.name(), "localhost", "127.0.0.1", "[::1]"];
        own.extend(hosts.map(|host| format!("{host}:{port}")));
        own
    }
}

/// `localhost:0` listening on port 8443 is `localhost:8443`.
fn with_real_port(address: &str, listening: SocketAddr) -> String {
    match address.strip_suffix(":0") {
        Some(host) => format!("{host}:{}", listening.port()),
        None => address.to_owned(),
    }
}

/// What a running server tells other processes.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Note {
    /// The socket.
    pub(crate) listening: SocketAddr,
    /// What it wants to be called, when that is not what the sandbox was made with.
    pub(crate) address: Option<String>,
}

/// Answers once there is an SM-DP+; nobody knows its port before.
#[derive(Default)]
struct LateService(OnceLock<Arc<Smdp>>);

impl Service for LateService {
    fn call(&self, request: &Request) -> Response {
        self.0.get().map_or_else(|| Response::status(503), |smdp| smdp.call(request))
    }
}

/// The file with the [`Note`]; it goes with the server.
struct NoteFile {
    path: PathBuf,
    text: Vec<u8>,
}

impl NoteFile {
    fn write(path: PathBuf, note: &Note) -> Result<Self, SandboxError> {
        let text = serde_json::to_vec(note).map_err(SandboxError::Config)?;
        replace(&path, &text).map_err(SandboxError::io(&path))?;
        Ok(Self { path, text })
    }
}

impl Drop for NoteFile {
    fn drop(&mut self) {
        // Another server may have taken over meanwhile; its note stays.
        if fs::read(&self.path).is_ok_and(|text| text == self.text) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The sandbox's SM-DP+ while it is served. It stops when it is dropped.
pub struct RunningServer {
    server: Server,
    smdp: Arc<Smdp>,
    _note: NoteFile,
}

impl RunningServer {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.server.local_addr()
    }

    /// Connections, TLS handshakes and requests that it has seen.
    pub fn counts(&self) -> Arc<Counters> {
        self.server.counters()
    }

    /// The SM-DP+ itself: orders, sessions, misbehaviours.
    pub fn smdp(&self) -> &Arc<Smdp> {
        &self.smdp
    }

    /// Places an order at the running server.
    ///
    /// # Errors
    /// [`SandboxError::Order`].
    pub fn order(&self, request: &OrderRequest) -> Result<PlacedOrder, SandboxError> {
        Ok(self.smdp.orders().place(request)?)
    }

    /// The notifications that have arrived, in their order.
    ///
    /// # Errors
    /// When the server's files cannot be read.
    pub fn received(&self) -> Result<Vec<ReceivedNotification>, SandboxError> {
        Ok(self.smdp.received()?)
    }

    /// Closes every connection and waits until that is done.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

impl std::fmt::Debug for RunningServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunningServer").field("addr", &self.addr()).finish_non_exhaustive()
    }
}
