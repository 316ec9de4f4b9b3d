//! The sockets of a running sandbox. They are opened before there is a server behind them: what servers are called,
//! and where they find each other, is known only when all have their ports.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use lpakit_sandbox_crypto::Certificate;
use lpakit_sandbox_crypto::pki::Operator;
use lpakit_sandbox_smdp::http::{Request, Response, Service};
use lpakit_sandbox_smdp::server::{Limits, Server, TlsOptions};

use crate::error::SandboxError;
use crate::sandbox::Sandbox;
use crate::server::ServeOptions;

/// Answers once there is a server to do so.
#[derive(Default)]
struct LateService(OnceLock<Arc<dyn Service>>);

impl Service for LateService {
    fn call(&self, request: &Request) -> Response {
        self.0.get().map_or_else(|| Response::status(503), |service| service.call(request))
    }
}

/// A socket and what answers on it.
pub(crate) struct Socket {
    pub(crate) server: Server,
    service: Arc<LateService>,
}

impl Socket {
    async fn open(
        listen: SocketAddr,
        tls: &TlsOptions,
        limits: Limits,
    ) -> Result<Self, SandboxError> {
        let service = Arc::new(LateService::default());
        let server = Server::start(service.clone(), listen, tls, limits).await?;
        Ok(Self { server, service })
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.server.local_addr()
    }

    /// Has this service answer from now on.
    pub(crate) fn serve(&self, service: Arc<dyn Service>) {
        // It is called once for each socket.
        let _ = self.service.0.set(service);
    }
}

/// Two sockets of one server: one for anybody, one for servers with a certificate.
pub(crate) struct Doors {
    /// For LPAs and apps.
    pub(crate) front: Socket,
    /// For other servers.
    pub(crate) back: Socket,
}

impl Doors {
    /// `clients` is the root of the servers that come to the back door, whose port the system chooses.
    async fn open(
        listen: SocketAddr,
        tls: TlsOptions,
        limits: Limits,
        clients: &Certificate,
    ) -> Result<Self, SandboxError> {
        let front = Socket::open(listen, &tls, limits).await?;
        Self::with_front(front, listen, tls, limits, clients).await
    }

    async fn with_front(
        front: Socket,
        listen: SocketAddr,
        tls: TlsOptions,
        limits: Limits,
        clients: &Certificate,
    ) -> Result<Self, SandboxError> {
        let tls = tls.with_clients(clients.clone());
        let any_port = SocketAddr::new(listen.ip(), 0);
        Ok(Self { front, back: Socket::open(any_port, &tls, limits).await? })
    }

    pub(crate) fn serve(&self, service: &Arc<impl Service>) {
        self.front.serve(service.clone());
        self.back.serve(service.clone());
    }

    pub(crate) async fn close(self) {
        self.front.server.stop().await;
        self.back.server.stop().await;
    }
}

/// All sockets of a sandbox.
pub(crate) struct Sockets {
    /// ES9+ and ES2+.
    pub(crate) smdp: Doors,
    /// ES11 and ES12, if the sandbox has certificates of an SM-DS.
    pub(crate) smds: Option<Doors>,
    /// The shop for apps, and for the SM-DP+ that calls back.
    pub(crate) shop: Doors,
}

impl Sockets {
    pub(crate) async fn open(
        sandbox: &Sandbox,
        operator: &Operator,
        options: &ServeOptions,
    ) -> Result<Self, SandboxError> {
        let dp = TlsOptions::of_dp(sandbox.pki()).ok_or(SandboxError::NoServer)?;
        // A bad certificate is for LPAs: operators see the real one.
        let shown = options.tls.as_ref().unwrap_or(&dp);
        let any_port = SocketAddr::new(options.listen.ip(), 0);
        let (ci, own) = (sandbox.ci_certificate(), operator.ca.certificate());
        let limits = options.limits;
        let front = Socket::open(options.listen, shown, limits).await?;
        let smdp = Doors::with_front(front, options.listen, dp, limits, own).await?;
        let smds = match TlsOptions::of_ds(sandbox.pki()) {
            Some(ds) => {
                let listen = options.smds_listen.unwrap_or(any_port);
                Some(Doors::open(listen, ds, limits, ci).await?)
            }
            None => None,
        };
        let shop = TlsOptions::new(operator.tls.clone());
        let listen = options.shop_listen.unwrap_or(any_port);
        Ok(Self { smdp, smds, shop: Doors::open(listen, shop, limits, ci).await? })
    }

    pub(crate) async fn close(self) {
        self.smdp.close().await;
        if let Some(smds) = self.smds {
            smds.close().await;
        }
        self.shop.close().await;
    }
}
