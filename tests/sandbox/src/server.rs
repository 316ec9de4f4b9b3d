//! The sandbox's servers on their sockets.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;

use lpakit_sandbox_crypto::pki::{Credential, Operator};
use lpakit_sandbox_crypto::{Certificate, OsRandom};
use lpakit_sandbox_rsp_server::client::ClientOptions;
use lpakit_sandbox_shop::{PROGRESS_PATH, Shop, ShopConfig};
use lpakit_sandbox_smdp::clock::{Clock, SystemClock};
use lpakit_sandbox_smdp::notification::ReceivedNotification;
use lpakit_sandbox_smdp::order::{OrderRequest, PlacedOrder};
use lpakit_sandbox_smdp::peers::{OperatorEndpoint, Peers, SmdsClient};
use lpakit_sandbox_smdp::server::{Counters, Limits, TlsOptions};
use lpakit_sandbox_smdp::{Smdp, SmdpConfig};
use lpakit_sandbox_smds::{Smds, SmdsConfig};

use crate::config::{Config, DS_NAME, SHOP_NAME};
use crate::error::SandboxError;
use crate::note::{Note, NoteFile};
use crate::order::sample_plans;
use crate::sandbox::Sandbox;
use crate::sockets::Sockets;
use crate::transcript::Transcript;

/// Where a running server notes where it listens, for other processes.
const LISTENING: &str = "listening";
/// How each host of the loopback is written in addresses.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// How the servers are to run.
pub struct ServeOptions {
    /// Where the SM-DP+ listens for LPAs; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Where the SM-DS listens for LPAs; when not given, where the SM-DP+ does, on a port that the system chooses.
    pub smds_listen: Option<SocketAddr>,
    /// Where the shop listens for apps; when not given, where the SM-DP+ does, on a port that the system chooses.
    pub shop_listen: Option<SocketAddr>,
    /// What activation codes and notifications call the SM-DP+ while it runs, when that is not what the sandbox was
    /// made with: `localhost:0` for programs that cannot be told where a host name leads. Port 0 becomes the real one.
    pub address: Option<String>,
    /// Where exchanges with LPAs are written down.
    pub transcript: Option<Arc<Transcript>>,
    /// The SM-DP+'s TLS certificate, when it is not the sandbox's own: a bad one, to see what an LPA does.
    pub tls: Option<TlsOptions>,
    /// Bounds on what clients may ask.
    pub limits: Limits,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl ServeOptions {
    /// Ordinary servers at this address.
    pub fn new(listen: SocketAddr) -> Self {
        Self {
            listen,
            smds_listen: None,
            shop_listen: None,
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
    /// Serves the SM-DP+, the SM-DS and the shop over TLS. Must be called within a tokio runtime with network and time.
    ///
    /// # Errors
    /// [`SandboxError::NoServer`], or when an address cannot be listened on.
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
        let operator = self.operator()?;
        let sockets = Sockets::open(self, &operator, &options).await?;
        let addr = sockets.smdp.front.addr();
        let address = options.address.as_deref().map(|address| with_real_port(address, addr));
        Config::new(self.name(), address.as_deref())?;

        let smds = self.smds(&sockets, &options)?;
        let first = address.clone().unwrap_or_else(|| self.config().canonical_address().to_owned());
        let mut config = self.smdp_config(addresses(first, self.name(), addr))?;
        change(&mut config);
        let clock = Arc::clone(&options.clock);
        let mut smdp = Smdp::new(config, self.store()?, clock, Box::new(OsRandom))?;
        if let Some(transcript) = &options.transcript {
            smdp = smdp.with_recorder(transcript.clone());
        }
        let smdp = Arc::new(smdp.with_peers(&self.peers(&sockets, &operator)?)?);
        sockets.smdp.serve(&smdp);
        let shop = self.shop(&sockets, &operator)?;

        let note = Note {
            listening: addr,
            address,
            smds: sockets.smds.as_ref().map(|smds| smds.front.addr()),
            shop: Some(sockets.shop.front.addr()),
        };
        let note = NoteFile::write(self.smdp_folder().join(LISTENING), &note)?;
        let name = self.name().to_owned();
        Ok(RunningServer { name, sockets, smdp, smds, shop, _note: note })
    }

    fn smds(
        &self,
        sockets: &Sockets,
        options: &ServeOptions,
    ) -> Result<Option<Arc<Smds>>, SandboxError> {
        let Some(doors) = &sockets.smds else {
            return Ok(None);
        };
        let addresses = addresses(DS_NAME.to_owned(), DS_NAME, doors.front.addr());
        let config = SmdsConfig::new(self.pki(), addresses)?;
        let clock = Arc::clone(&options.clock);
        let mut smds = Smds::new(&config, self.events()?, clock, Box::new(OsRandom))?;
        if let Some(transcript) = &options.transcript {
            smds = smds.with_recorder(transcript.clone());
        }
        let smds = Arc::new(smds);
        doors.serve(&smds);
        Ok(Some(smds))
    }

    fn shop(&self, sockets: &Sockets, operator: &Operator) -> Result<Arc<Shop>, SandboxError> {
        let to = (self.name(), sockets.smdp.back.addr());
        let config = ShopConfig {
            plans: sample_plans(),
            es2_address: self.name().to_owned(),
            client: client("sandbox shop", &operator.client, self.ci_certificate(), to),
            smds: sockets.smds.as_ref().map(|_| DS_NAME.to_owned()),
        };
        let shop = Shop::open(config, Some(&self.shop_folder()), Box::new(OsRandom))?;
        let shop = Arc::new(shop);
        sockets.shop.serve(&shop);
        Ok(shop)
    }

    /// Whom the SM-DP+ calls: the sandbox's own SM-DS, by whatever name orders call it, and the shop.
    fn peers(&self, sockets: &Sockets, operator: &Operator) -> Result<Peers, SandboxError> {
        let dp = &self.pki().dp.as_ref().ok_or(SandboxError::NoServer)?.tls;
        let client = |root, to| client("sandbox SM-DP+", dp, root, to);
        let smds = sockets.smds.as_ref().map(|doors| {
            let (es11, es12) = (doors.front.addr().port(), doors.back.addr());
            let by_port = |host: &str, port| format!("{host}:{port}");
            let on_loopback =
                LOOPBACK.map(|host| (by_port(host, es11), by_port(host, es12.port())));
            SmdsClient {
                es12_addresses: on_loopback.to_vec(),
                ..SmdsClient::new(client(self.ci_certificate(), (DS_NAME, es12)))
            }
        });
        let to = (SHOP_NAME, sockets.shop.back.addr());
        let operator = OperatorEndpoint {
            client: client(operator.ca.certificate(), to),
            url: format!("https://{SHOP_NAME}{PROGRESS_PATH}"),
        };
        Ok(Peers { smds, operator: Some(operator) })
    }

    /// Where the SM-DP+ listens for LPAs, if the servers run on this sandbox.
    pub fn listening(&self) -> Option<SocketAddr> {
        self.listening_note().map(|note| note.listening)
    }

    /// Where the names of the running servers lead, for clients that can be told: SM-DP+, SM-DS and shop.
    pub fn connections(&self) -> Vec<(String, SocketAddr)> {
        let Some(note) = self.listening_note() else {
            return Vec::new();
        };
        let named =
            [(self.name(), Some(note.listening)), (DS_NAME, note.smds), (SHOP_NAME, note.shop)];
        named.into_iter().filter_map(|(name, addr)| Some((name.to_owned(), addr?))).collect()
    }

    pub(crate) fn listening_note(&self) -> Option<Note> {
        serde_json::from_slice(&fs::read(self.smdp_folder().join(LISTENING)).ok()?).ok()
    }
}

/// A client of a sandbox server for one other.
fn client(
    requester: &str,
    identity: &Credential,
    root: &Certificate,
    (name, addr): (&str, SocketAddr),
) -> ClientOptions {
    ClientOptions {
        identity: Some(identity.clone()),
        connect_to: vec![(name.to_owned(), addr)],
        ..ClientOptions::new(requester, vec![root.clone()])
    }
}

/// The usual address first, then everything that leads to this socket.
fn addresses(first: String, name: &str, listening: SocketAddr) -> Vec<String> {
    let port = listening.port();
    let mut own = vec![first, name.to_owned()];
    own.extend([name].iter().chain(&LOOPBACK).map(|host| format!("{host}:{port}")));
    own
}

/// `localhost:0` listening on port 8443 is `localhost:8443`.
fn with_real_port(address: &str, listening: SocketAddr) -> String {
    match address.strip_suffix(":0") {
        Some(host) => format!("{host}:{}", listening.port()),
        None => address.to_owned(),
    }
}

/// The sandbox's servers while they run. They stop when it is dropped.
pub struct RunningServer {
    name: String,
    sockets: Sockets,
    smdp: Arc<Smdp>,
    smds: Option<Arc<Smds>>,
    shop: Arc<Shop>,
    _note: NoteFile,
}

impl RunningServer {
    /// Where the SM-DP+ listens for LPAs.
    pub fn addr(&self) -> SocketAddr {
        self.sockets.smdp.front.addr()
    }

    /// Where the SM-DP+ listens for operators (ES2+).
    pub fn es2_addr(&self) -> SocketAddr {
        self.sockets.smdp.back.addr()
    }

    /// Where the SM-DS listens for LPAs, if the sandbox has one.
    pub fn smds_addr(&self) -> Option<SocketAddr> {
        self.sockets.smds.as_ref().map(|doors| doors.front.addr())
    }

    /// Where the SM-DS listens for servers (ES12).
    pub fn es12_addr(&self) -> Option<SocketAddr> {
        self.sockets.smds.as_ref().map(|doors| doors.back.addr())
    }

    /// Where the shop listens for apps.
    pub fn shop_addr(&self) -> SocketAddr {
        self.sockets.shop.front.addr()
    }

    /// Where the servers' names lead, for clients that can be told: SM-DP+, SM-DS and shop.
    pub fn connections(&self) -> Vec<(String, SocketAddr)> {
        let smds = self.smds_addr().map(|addr| (DS_NAME.to_owned(), addr));
        let mut all =
            vec![(self.name.clone(), self.addr()), (SHOP_NAME.to_owned(), self.shop_addr())];
        all.extend(smds);
        all
    }

    /// Connections, TLS handshakes and requests that the SM-DP+ has seen from LPAs.
    pub fn counts(&self) -> Arc<Counters> {
        self.sockets.smdp.front.server.counters()
    }

    /// The SM-DP+ itself: orders, sessions, misbehaviours.
    pub fn smdp(&self) -> &Arc<Smdp> {
        &self.smdp
    }

    /// The SM-DS itself, if the sandbox has one: events, misbehaviours.
    pub fn smds(&self) -> Option<&Arc<Smds>> {
        self.smds.as_ref()
    }

    /// The shop itself: what it has sold.
    pub fn shop(&self) -> &Arc<Shop> {
        &self.shop
    }

    /// Places an order at the running server. Its event, if it has one, is registered soon: [`Self::settled`] waits
    /// for that.
    ///
    /// # Errors
    /// [`SandboxError::Order`].
    pub fn order(&self, request: &OrderRequest) -> Result<PlacedOrder, SandboxError> {
        Ok(self.smdp.orders().place(request)?)
    }

    /// Ends when the servers have told each other what there was to tell.
    pub async fn settled(&self) {
        self.smdp.settled().await;
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
        self.sockets.close().await;
    }
}

impl std::fmt::Debug for RunningServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunningServer").field("addr", &self.addr()).finish_non_exhaustive()
    }
}
