//! Whom the server calls: an SM-DS, and an operator that keeps what it is told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};

use lpakit_sandbox_crypto::pki::{Credential, HostName, Operator};
use lpakit_sandbox_crypto::{Certificate, SeededRandom};
use lpakit_sandbox_rsp_server::client::{CallError, ClientOptions, HttpsClient};
use lpakit_sandbox_smdp::ES2_PATH;
use lpakit_sandbox_smdp::clock::SystemClock;
use lpakit_sandbox_smdp::http::{Request, Response, Service};
use lpakit_sandbox_smdp::peers::{OperatorEndpoint, Peers, SmdsClient};
use lpakit_sandbox_smdp::server::{Limits, Server, TlsOptions};
use lpakit_sandbox_smds::store::MemoryEvents;
use lpakit_sandbox_smds::{Smds, SmdsConfig};
use serde_json::{Map, Value};

use crate::world::{ADDRESS, SMDS, World, pki, validity};

const OPERATOR_HOST: &str = "operator.example.com";

pub const ANY_PORT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

pub fn operator() -> &'static Operator {
    static OPERATOR: OnceLock<Operator> = OnceLock::new();
    OPERATOR.get_or_init(|| new_operator(6))
}

pub fn new_operator(seed: u64) -> Operator {
    let hosts = [HostName::from(OPERATOR_HOST)];
    Operator::generate("Operator", &hosts, validity(), &mut SeededRandom::new(seed)).unwrap()
}

fn ci() -> Certificate {
    pki().ci.certificate().clone()
}

/// A client with the SM-DP+'s certificate.
fn own_client(root: Certificate, name: &str, to: SocketAddr) -> ClientOptions {
    ClientOptions {
        identity: Some(pki().dp.as_ref().unwrap().tls.clone()),
        connect_to: vec![(name.to_owned(), to)],
        ..ClientOptions::new("2.999.10", vec![root])
    }
}

/// An SM-DS that serves ES12 only.
pub struct Ds {
    pub smds: Arc<Smds>,
    pub server: Server,
}

impl Ds {
    pub async fn new() -> Self {
        let config = SmdsConfig::new(pki(), vec![SMDS.to_owned()]).unwrap();
        let store = Arc::new(MemoryEvents::new());
        let random = Box::new(SeededRandom::new(4));
        let smds = Arc::new(Smds::new(&config, store, Arc::new(SystemClock), random).unwrap());
        let tls = TlsOptions::of_ds(pki()).unwrap().with_clients(ci());
        let server = Server::start(smds.clone(), ANY_PORT, &tls, Limits::default()).await.unwrap();
        Self { smds, server }
    }

    pub fn peers(&self) -> Peers {
        let client = own_client(ci(), SMDS, self.server.local_addr());
        Peers { smds: Some(SmdsClient::new(client)), operator: None }
    }

    /// EventIDs and where they lead.
    pub fn events(&self) -> Vec<(String, String, String)> {
        let events = self.smds.events().unwrap().into_iter();
        events.map(|event| (event.eid, event.event_id, event.rsp_server_address)).collect()
    }
}

/// The operator's end of ES2+: keeps what it is told, and answers with these statuses first.
#[derive(Default)]
pub struct Listener {
    pub told: Mutex<Vec<Value>>,
    pub statuses: Mutex<Vec<u16>>,
}

impl Service for Listener {
    fn call(&self, request: &Request) -> Response {
        assert_eq!(request.path, "/gsma/rsp2/es2plus/handleDownloadProgressInfo");
        if let Some(status) = self.statuses.lock().unwrap().pop() {
            return Response::status(status);
        }
        self.told.lock().unwrap().push(serde_json::from_slice(&request.body).unwrap());
        Response::status(204)
    }
}

/// The operator's server: only the SM-DP+ comes in.
pub async fn listen(listener: Arc<Listener>) -> Server {
    let tls = TlsOptions::new(operator().tls.clone()).with_clients(ci());
    Server::start(listener, ANY_PORT, &tls, Limits::default()).await.unwrap()
}

pub fn operator_peers(server: &Server) -> Peers {
    let root = operator().ca.certificate().clone();
    let endpoint = OperatorEndpoint {
        client: own_client(root, OPERATOR_HOST, server.local_addr()),
        url: format!("https://{OPERATOR_HOST}/gsma/rsp2/es2plus/handleDownloadProgressInfo"),
    };
    Peers { smds: None, operator: Some(endpoint) }
}

/// ES2+ of a server on a socket of its own, for clients of the operators' CA.
pub async fn serve_es2(world: &World) -> Server {
    let tls = TlsOptions::of_dp(pki()).unwrap().with_clients(operator().ca.certificate().clone());
    Server::start(world.smdp.clone(), ANY_PORT, &tls, Limits::default()).await.unwrap()
}

/// An operator as a client of ES2+.
#[derive(Clone)]
pub struct Back(Arc<HttpsClient>);

impl Back {
    pub fn new(identity: Option<Credential>, to: SocketAddr) -> Self {
        let options = ClientOptions {
            identity,
            connect_to: vec![(ADDRESS.to_owned(), to)],
            ..ClientOptions::new("operator", vec![ci()])
        };
        Self(Arc::new(HttpsClient::new(&options).unwrap()))
    }

    pub fn of_operator(to: SocketAddr) -> Self {
        Self::new(Some(operator().client.clone()), to)
    }

    pub async fn try_call(
        &self,
        function: &str,
        fields: Value,
    ) -> Result<Map<String, Value>, CallError> {
        let client = Arc::clone(&self.0);
        let url = format!("https://{ADDRESS}{ES2_PATH}{function}");
        let fields = fields.as_object().unwrap().clone();
        tokio::task::spawn_blocking(move || client.call(&url, fields)).await.unwrap()
    }

    pub async fn call(&self, function: &str, fields: Value) -> Map<String, Value> {
        self.try_call(function, fields).await.unwrap()
    }

    pub async fn refused(&self, function: &str, fields: Value) -> String {
        match self.try_call(function, fields).await {
            Err(CallError::Refused(code)) => code.to_string(),
            other => panic!("{other:?}"),
        }
    }
}
