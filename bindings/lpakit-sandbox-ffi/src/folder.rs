//! A sandbox in a folder, that stays between two runs of an app.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use lpakit_sandbox::{RunningServer, SandboxCard, SandboxOptions, sample_order};
use tokio::runtime::{Builder, Runtime};

use crate::card::{VirtualCard, VirtualChannels};
use crate::error::SandboxFailure;
use crate::stage::{ServerRoute, routes};

/// What to order.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SandboxOrder {
    /// The operator's name; a made-up one unless said otherwise.
    #[uniffi(default)]
    pub operator: Option<String>,
    /// The plan's name; a made-up one unless said otherwise.
    #[uniffi(default)]
    pub plan: Option<String>,
    /// The confirmation code that the person will be asked for.
    #[uniffi(default)]
    pub confirmation_code: Option<String>,
}

/// A card, an SM-DP+ and an SM-DS in a folder, with real certificates and real TLS on the loopback.
#[derive(uniffi::Object)]
pub struct Sandbox {
    sandbox: lpakit_sandbox::Sandbox,
    server: RunningServer,
    // Last: servers end before their runtime does.
    _runtime: Runtime,
}

#[uniffi::export]
impl Sandbox {
    /// Opens the sandbox of a folder, or makes one, and starts its servers.
    ///
    /// # Errors
    /// [`SandboxFailure`].
    #[uniffi::constructor]
    pub fn open(folder: String) -> Result<Arc<Self>, SandboxFailure> {
        let folder = Path::new(&folder);
        let sandbox = if is_empty(folder) {
            lpakit_sandbox::Sandbox::create(folder, &SandboxOptions::default())
        } else {
            lpakit_sandbox::Sandbox::open(folder)
        };
        let sandbox = sandbox.map_err(SandboxFailure::of)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("lpakit-sandbox")
            .enable_all()
            .build()
            .map_err(SandboxFailure::of)?;
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = runtime.block_on(sandbox.start_server(listen)).map_err(SandboxFailure::of)?;
        Ok(Arc::new(Self { sandbox, server, _runtime: runtime }))
    }

    /// Orders a plan; its activation code.
    ///
    /// # Errors
    /// [`SandboxFailure`].
    pub fn order(&self, order: SandboxOrder) -> Result<String, SandboxFailure> {
        let mut request = sample_order();
        request.metadata.service_provider_name =
            order.operator.unwrap_or(request.metadata.service_provider_name);
        request.metadata.profile_name = order.plan.unwrap_or(request.metadata.profile_name);
        request.confirmation_code = order.confirmation_code;
        let placed = self.server.order(&request).map_err(SandboxFailure::of)?;
        Ok(placed.activation_code(None))
    }

    /// The card, in a reader. One LPA at a time may have it.
    ///
    /// # Errors
    /// [`SandboxFailure`].
    pub fn card(&self) -> Result<Arc<VirtualCard>, SandboxFailure> {
        Ok(VirtualCard::new(self.power_on()?))
    }

    /// The card, in a phone. One LPA at a time may have it.
    ///
    /// # Errors
    /// [`SandboxFailure`].
    pub fn channels(&self) -> Result<Arc<VirtualChannels>, SandboxFailure> {
        Ok(VirtualChannels::new(self.power_on()?))
    }

    /// The certificate of the test CI (DER).
    pub fn test_issuer(&self) -> Vec<u8> {
        self.sandbox.ci_certificate().der().to_vec()
    }

    /// Where the servers' names lead.
    pub fn connect_to(&self) -> Vec<ServerRoute> {
        routes(self.server.connections())
    }
}

impl Sandbox {
    fn power_on(&self) -> Result<SandboxCard, SandboxFailure> {
        let card = self.sandbox.card().map_err(SandboxFailure::of)?;
        SandboxCard::new(card).map_err(SandboxFailure::of)
    }
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none())
}
