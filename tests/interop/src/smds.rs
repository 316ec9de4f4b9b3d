//! The SM-DSs of a stage: each serves ES11 on one socket, and ES12 on another for servers that show a certificate.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use lpakit_sandbox_crypto::{Pki, SeededRandom};
use lpakit_sandbox_rsp_server::client::ClientOptions;
use lpakit_sandbox_rsp_server::frame;
use lpakit_sandbox_smdp::SetupError;
use lpakit_sandbox_smdp::clock::SystemClock;
use lpakit_sandbox_smdp::http::{Request, Response, Service};
use lpakit_sandbox_smdp::peers::{Peers, SmdsClient};
use lpakit_sandbox_smdp::server::{Limits, Server, TlsOptions};
use lpakit_sandbox_smds::store::MemoryEvents;
use lpakit_sandbox_smds::{ES12_PATH, Es11Path, RootSmds, Smds, SmdsConfig};

use crate::error::InteropError;
use crate::tape::Tape;

/// The plain host names of SM-DSs, the root SM-DS first.
pub const SMDS_NAMES: [&str; 4] =
    ["ds.interop.example", "ds2.interop.example", "ds3.interop.example", "ds4.interop.example"];

const SMDS_STREAM: u64 = 3 << 32;
const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// An SM-DS on a stage.
pub struct SmdsOnStage {
    name: &'static str,
    smds: Arc<Smds>,
    es11: Server,
    es12: Server,
}

impl SmdsOnStage {
    /// Its events and misbehaviours.
    pub fn smds(&self) -> &Smds {
        &self.smds
    }

    /// What programs call it.
    pub fn address(&self) -> &str {
        self.smds.address()
    }

    pub(crate) fn name_and_socket(&self) -> (String, SocketAddr) {
        (self.name.to_owned(), self.es11.local_addr())
    }
}

impl std::fmt::Debug for SmdsOnStage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmdsOnStage").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What SM-DSs are made with.
pub(crate) struct Stand<'a> {
    pub(crate) pki: &'a Pki,
    /// What a server of this name on this socket is called.
    pub(crate) addresses: &'a dyn Fn(&str, SocketAddr) -> Vec<String>,
    pub(crate) seed: u64,
    pub(crate) tape: &'a Arc<Tape>,
}

impl Stand<'_> {
    /// Starts one SM-DS for each path, named in order; all but the first forward to the first.
    pub(crate) async fn start_all(
        &self,
        paths: &[Es11Path],
    ) -> Result<Vec<SmdsOnStage>, InteropError> {
        let mut all = Vec::new();
        for (name, path) in SMDS_NAMES.into_iter().zip(paths) {
            let started = self.start(name, *path, all.first()).await?;
            all.push(started);
        }
        Ok(all)
    }

    async fn start(
        &self,
        name: &'static str,
        path: Es11Path,
        root: Option<&SmdsOnStage>,
    ) -> Result<SmdsOnStage, InteropError> {
        let pki = self.pki;
        let service = Arc::new(Recorded::new(Arc::clone(self.tape)));
        let tls = TlsOptions::of_ds(pki).ok_or(SetupError::NoCredentials)?;
        let servers = tls.clone().with_clients(pki.ci.certificate().clone());
        let es11 = Server::start(service.clone(), ANY_PORT, &tls, Limits::default()).await?;
        let es12 = Server::start(service.clone(), ANY_PORT, &servers, Limits::default()).await?;

        let mut config = SmdsConfig::new(pki, (self.addresses)(name, es11.local_addr()))?;
        config.path = path;
        config.root = root.map(|root| RootSmds {
            es12_address: root.name.to_owned(),
            client: ClientOptions {
                identity: pki.ds.as_ref().map(|ds| ds.tls.clone()),
                ..client(name, pki, std::slice::from_ref(root))
            },
        });
        let number = SMDS_NAMES.iter().position(|known| *known == name).unwrap_or_default() as u64;
        let random = SeededRandom::new(SMDS_STREAM | number << 24 | self.seed);
        let events = Arc::new(MemoryEvents::new());
        let smds = Smds::new(&config, events, Arc::new(SystemClock), Box::new(random))?
            .with_recorder(self.tape.clone());
        let smds = service.smds.get_or_init(|| Arc::new(smds)).clone();
        Ok(SmdsOnStage { name, smds, es11, es12 })
    }
}

/// How the SM-DP+ calls these SM-DSs.
pub(crate) fn peers(pki: &Pki, all: &[SmdsOnStage]) -> Peers {
    let client = ClientOptions {
        identity: pki.dp.as_ref().map(|dp| dp.tls.clone()),
        ..client("smdp", pki, all)
    };
    let es12_addresses =
        all.iter().map(|smds| (smds.address().to_owned(), smds.name.to_owned())).collect();
    let smds = (!all.is_empty()).then_some(SmdsClient { client, es12_addresses });
    Peers { smds, operator: None }
}

/// A client whose ES12 calls reach these SM-DSs.
fn client(requester: &str, pki: &Pki, all: &[SmdsOnStage]) -> ClientOptions {
    ClientOptions {
        connect_to: all.iter().map(|smds| (smds.name.to_owned(), smds.es12.local_addr())).collect(),
        ..ClientOptions::new(requester, vec![pki.ci.certificate().clone()])
    }
}

/// Answers once there is an SM-DS, and writes ES12 into the transcript; ES11 is written by the SM-DS itself.
struct Recorded {
    smds: OnceLock<Arc<Smds>>,
    tape: Arc<Tape>,
}

impl Recorded {
    const fn new(tape: Arc<Tape>) -> Self {
        Self { smds: OnceLock::new(), tape }
    }
}

impl Service for Recorded {
    fn call(&self, request: &Request) -> Response {
        let Some(smds) = self.smds.get() else {
            return Response::status(503);
        };
        let response = smds.call(request);
        if request.path.starts_with(ES12_PATH) {
            frame::record(Some(self.tape.as_ref()), request, &response);
        }
        response
    }
}
