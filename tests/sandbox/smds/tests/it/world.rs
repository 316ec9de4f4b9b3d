//! An SM-DS on a socket, with its certificates and a clock that stands still.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime};

use lpakit_rsp::identifiers::Eid as RspEid;
use lpakit_sandbox_crypto::pki::{HostName, Validity};
use lpakit_sandbox_crypto::{Eid, Pki, PkiOptions, SeededRandom};
use lpakit_sandbox_rsp_server::clock::ManualClock;
use lpakit_sandbox_rsp_server::misbehaviour::{Misbehaviour, Times};
use lpakit_sandbox_rsp_server::server::{Limits, Server, TlsOptions};
use lpakit_sandbox_rsp_server::transcript::Recorder;
use lpakit_sandbox_smds::event::Event;
use lpakit_sandbox_smds::store::{EventStore, MemoryEvents};
use lpakit_sandbox_smds::{Function, Smds, SmdsConfig};
use reqwest::{Certificate, Client};
use serde_json::Value;

use crate::card::Card;

pub const ADDRESS: &str = "smds.example.com";
pub const EID: &str = "89049032123451234512345678901235";

/// 2026-06-01.
pub fn today() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_272_000)
}

/// 2020 to 2049: good on the tests' clock and on the computer's.
pub fn validity() -> Validity {
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    Validity { from: at(1_577_836_800), until: at(2_493_072_000) }
}

pub fn new_pki(seed: u64) -> Pki {
    let hosts = vec![HostName::from(ADDRESS)];
    let eid = Eid::from_digits(EID).unwrap();
    let options = PkiOptions::new(eid, validity(), Vec::new(), hosts);
    Pki::generate(&options, &mut SeededRandom::new(seed)).unwrap()
}

/// The certificates of all tests.
pub fn pki() -> &'static Pki {
    static PKI: OnceLock<Pki> = OnceLock::new();
    PKI.get_or_init(|| new_pki(26))
}

/// Keeps the lines of a transcript.
#[derive(Default)]
pub struct Lines(pub Mutex<Vec<Value>>);

impl Recorder for Lines {
    fn record(&self, line: &Value) {
        self.0.lock().unwrap().push(line.clone());
    }
}

pub struct World {
    pub smds: Arc<Smds>,
    server: Server,
    pub clock: Arc<ManualClock>,
    pub lines: Arc<Lines>,
    client: Client,
}

impl World {
    pub async fn new() -> Self {
        Self::with(Arc::new(MemoryEvents::new()), |_| ()).await
    }

    pub async fn with(store: Arc<dyn EventStore>, change: impl FnOnce(&mut SmdsConfig)) -> Self {
        let mut config = SmdsConfig::new(pki(), vec![ADDRESS.to_owned()]).unwrap();
        change(&mut config);
        let clock = Arc::new(ManualClock::new(today()));
        let lines = Arc::new(Lines::default());
        let smds = Smds::new(&config, store, clock.clone(), Box::new(SeededRandom::new(4)))
            .unwrap()
            .with_recorder(lines.clone());
        let smds = Arc::new(smds);
        let tls = TlsOptions::of_ds(pki()).unwrap();
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::start(smds.clone(), any_port, &tls, Limits::default()).await.unwrap();
        let client = client(server.local_addr());
        Self { smds, server, clock, lines, client }
    }

    /// The socket for LPAs.
    pub fn lpa_address(&self) -> SocketAddr {
        self.server.local_addr()
    }

    pub fn register(&self, eid: &RspEid, event_id: &str, address: &str) {
        assert!(self.smds.register(&Event::new(eid, event_id, address)).unwrap());
    }

    pub fn misbehave(&self, function: Function, misbehaviour: Misbehaviour) {
        self.smds.misbehaviours().add(function, misbehaviour, Times::Once);
    }

    pub async fn send(&self, path: &str, body: &Value) -> reqwest::Result<reqwest::Response> {
        self.client
            .post(format!("https://{ADDRESS}{path}"))
            .header("content-type", "application/json")
            .header("x-admin-protocol", "gsma/rsp/v2.2.2")
            .body(body.to_string())
            .send()
            .await
    }

    /// A call of which only the JSON counts.
    pub async fn call(&self, function: &str, body: &Value) -> Value {
        let path = format!("/gsma/rsp2/es9plus/{function}");
        let response = self.send(&path, body).await.unwrap();
        assert_eq!(response.status(), 200);
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
    }

    pub async fn initiate(&self, card: &Card) -> Value {
        ok(self.call("initiateAuthentication", &card.initiate(ADDRESS)).await)
    }

    /// Both calls, and what the second answers.
    pub async fn ask(&self, card: &Card, event_id: Option<&str>) -> Value {
        let initiated = self.initiate(card).await;
        self.call("authenticateClient", &card.authenticate(&initiated, event_id)).await
    }

    /// The entries of an answer that must be a success: EventIDs and addresses.
    pub async fn entries(&self, card: &Card, event_id: Option<&str>) -> Vec<(String, String)> {
        entries(&ok(self.ask(card, event_id).await))
    }
}

fn client(address: SocketAddr) -> Client {
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let ci = Certificate::from_der(pki().ci.certificate().der()).unwrap();
    Client::builder().tls_certs_only([ci]).resolve(ADDRESS, address).no_proxy().build().unwrap()
}

pub fn ok(body: Value) -> Value {
    assert_eq!(body["header"]["functionExecutionStatus"]["status"], "Executed-Success", "{body}");
    body
}

pub fn entries(body: &Value) -> Vec<(String, String)> {
    let text = |entry: &Value, field: &str| entry[field].as_str().unwrap().to_owned();
    let entries = body["eventEntries"].as_array().unwrap().iter();
    entries.map(|entry| (text(entry, "eventId"), text(entry, "rspServerAddress"))).collect()
}

pub fn refusal(body: &Value) -> String {
    let status = &body["header"]["functionExecutionStatus"];
    assert_eq!(status["status"], "Failed", "{body}");
    let data = &status["statusCodeData"];
    format!("{}/{}", data["subjectCode"].as_str().unwrap(), data["reasonCode"].as_str().unwrap())
}
