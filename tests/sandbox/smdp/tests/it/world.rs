//! A server with its certificates, a clock that stands still, and shorthands for calling it.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lpakit_sandbox_crypto::pki::{HostName, Validity};
use lpakit_sandbox_crypto::{Eid, Pki, PkiOptions, SeededRandom};
use lpakit_sandbox_smdp::clock::ManualClock;
use lpakit_sandbox_smdp::http::Response;
use lpakit_sandbox_smdp::metadata::MetadataSpec;
use lpakit_sandbox_smdp::misbehaviour::{Misbehaviour, Times};
use lpakit_sandbox_smdp::order::{Order, OrderRequest, OrderState, PlacedOrder};
use lpakit_sandbox_smdp::peers::Peers;
use lpakit_sandbox_smdp::store::{MemoryStore, Store};
use lpakit_sandbox_smdp::transcript::Recorder;
use lpakit_sandbox_smdp::{Function, Smdp, SmdpConfig};
use serde_json::Value;

use crate::card::Card;

pub const ADDRESS: &str = "smdp.example.com";
pub const SMDS: &str = "smds.example.com";
pub const EID: &str = "89049032123451234512345678901235";

/// 2026-06-01, as the server's clock shows it.
pub fn today() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_272_000)
}

/// 2020 to 2049: good on the tests' clock and on the computer's.
pub fn validity() -> Validity {
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    Validity { from: at(1_577_836_800), until: at(2_493_072_000) }
}

pub fn pki_options() -> PkiOptions {
    PkiOptions::new(
        Eid::from_digits(EID).unwrap(),
        validity(),
        vec![HostName::from(ADDRESS)],
        vec![HostName::from(SMDS)],
    )
}

/// The certificates of all tests.
pub fn pki() -> &'static Pki {
    static PKI: OnceLock<Pki> = OnceLock::new();
    PKI.get_or_init(|| Pki::generate(&pki_options(), &mut SeededRandom::new(26)).unwrap())
}

/// Keeps the lines of a transcript.
#[derive(Default)]
pub struct Lines(Mutex<Vec<Value>>);

impl Lines {
    pub fn all(&self) -> Vec<Value> {
        self.0.lock().unwrap().clone()
    }
}

impl Recorder for Lines {
    fn record(&self, line: &Value) {
        self.0.lock().unwrap().push(line.clone());
    }
}

pub struct World {
    pub smdp: Arc<Smdp>,
    pub clock: Arc<ManualClock>,
    pub lines: Arc<Lines>,
}

impl World {
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    pub fn with(change: impl FnOnce(&mut SmdpConfig)) -> Self {
        Self::with_store(Arc::new(MemoryStore::new()), change)
    }

    pub fn with_store(store: Arc<dyn Store>, change: impl FnOnce(&mut SmdpConfig)) -> Self {
        Self::with_peers(store, &Peers::default(), change)
    }

    pub fn with_peers(
        store: Arc<dyn Store>,
        peers: &Peers,
        change: impl FnOnce(&mut SmdpConfig),
    ) -> Self {
        let addresses = vec![ADDRESS.to_owned(), "smdp.example.com:8443".to_owned()];
        let mut config = SmdpConfig::new(pki(), addresses).unwrap();
        change(&mut config);
        let clock = Arc::new(ManualClock::new(today()));
        let lines = Arc::new(Lines::default());
        let random = Box::new(SeededRandom::new(4));
        let smdp =
            Smdp::new(config, store, clock.clone(), random).unwrap().with_recorder(lines.clone());
        let smdp = smdp.with_peers(peers).unwrap();
        Self { smdp: Arc::new(smdp), clock, lines }
    }

    pub fn order(&self) -> PlacedOrder {
        self.order_with(|_| ())
    }

    pub fn order_with(&self, change: impl FnOnce(&mut OrderRequest)) -> PlacedOrder {
        let mut request = OrderRequest::new(MetadataSpec::named("Operator", "Plan"));
        change(&mut request);
        self.smdp.orders().place(&request).unwrap()
    }

    pub fn kept(&self, order: &PlacedOrder) -> Order {
        self.smdp.orders().order(&order.id).unwrap()
    }

    pub fn state(&self, order: &PlacedOrder) -> OrderState {
        self.kept(order).state
    }

    pub fn misbehave(&self, function: Function, misbehaviour: Misbehaviour) {
        self.smdp.misbehaviours().add(function, misbehaviour, Times::Once);
    }

    pub fn post(&self, function: &str, body: &Value) -> Response {
        self.smdp.handle(function, ADDRESS, body.to_string().as_bytes())
    }

    /// A call that must succeed.
    pub fn call(&self, function: &str, body: &Value) -> Value {
        ok(&self.post(function, body))
    }

    /// A call that must be refused, and the pair it is refused with.
    pub fn refused(&self, function: &str, body: &Value) -> String {
        refusal(&self.post(function, body))
    }

    /// A session up to the offer.
    pub fn offer(&self, card: &mut Card, matching_id: &str) -> Value {
        let initiated = self.call("initiateAuthentication", &card.initiate(ADDRESS));
        let body = card.authenticate(&initiated, Some(matching_id));
        self.call("authenticateClient", &body)
    }

    /// How authenticateClient refuses this card.
    pub fn offer_refused(&self, card: &mut Card, matching_id: &str) -> String {
        let initiated = self.call("initiateAuthentication", &card.initiate(ADDRESS));
        let body = card.authenticate(&initiated, Some(matching_id));
        self.refused("authenticateClient", &body)
    }

    /// A session up to the package.
    pub fn package(&self, card: &mut Card, order: &PlacedOrder) -> Vec<u8> {
        let offer = self.offer(card, &order.matching_id);
        let bound = self.call("getBoundProfilePackage", &card.prepare(&offer, None));
        bytes(&bound, "boundProfilePackage")
    }
}

pub fn json(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

pub fn ok(response: &Response) -> Value {
    assert_eq!(response.status, 200);
    let body = json(response);
    assert_eq!(body["header"]["functionExecutionStatus"]["status"], "Executed-Success", "{body}");
    body
}

pub fn refusal(response: &Response) -> String {
    let body = json(response);
    let status = &body["header"]["functionExecutionStatus"];
    assert_eq!(status["status"], "Failed", "{body}");
    let data = &status["statusCodeData"];
    format!("{}/{}", data["subjectCode"].as_str().unwrap(), data["reasonCode"].as_str().unwrap())
}

pub fn bytes(body: &Value, field: &str) -> Vec<u8> {
    STANDARD.decode(body[field].as_str().unwrap()).unwrap()
}

pub fn base64(bytes: &[u8]) -> Value {
    Value::from(STANDARD.encode(bytes))
}
