//! A shop, the SM-DP+ it buys from, the SM-DS behind that, and an app.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lpakit_sandbox_crypto::pki::{Credential, HostName, Operator, Validity};
use lpakit_sandbox_crypto::{Certificate, Eid, Pki, PkiOptions, SeededRandom};
use lpakit_sandbox_rsp_server::client::{CallError, ClientOptions, HttpsClient};
use lpakit_sandbox_rsp_server::clock::SystemClock;
use lpakit_sandbox_rsp_server::server::{Limits, Server, TlsOptions};
use lpakit_sandbox_shop::{PROGRESS_PATH, Plan, Shop, ShopConfig};
use lpakit_sandbox_smdp::metadata::MetadataSpec;
use lpakit_sandbox_smdp::order::OrderRequest;
use lpakit_sandbox_smdp::peers::{Peers, SmdsClient};
use lpakit_sandbox_smdp::store::MemoryStore;
use lpakit_sandbox_smdp::{ProfileType, Smdp, SmdpConfig};
use lpakit_sandbox_smds::store::MemoryEvents;
use lpakit_sandbox_smds::{Smds, SmdsConfig};
use reqwest::{Client, Method};
use serde_json::{Value, json};

pub const EID: &str = "89049032123451234512345678901235";
const SMDP: &str = "smdp.example.com";
const SMDS: &str = "smds.example.com";
const SHOP: &str = "shop.example.com";
const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

pub struct Street {
    pub shop: Arc<Shop>,
    pub smdp: Arc<Smdp>,
    pub smds: Arc<Smds>,
    es2: Option<Server>,
    pki: Pki,
    operator: Operator,
    app: Client,
    back: Server,
    _servers: [Server; 2],
}

fn certificates() -> (Pki, Operator) {
    let validity = Validity::days(SystemTime::now() - Duration::from_secs(86_400), 10);
    let names = |name| vec![HostName::from(name)];
    let eid = Eid::from_digits(EID).unwrap();
    let options = PkiOptions::new(eid, validity, names(SMDP), names(SMDS));
    let random = &mut SeededRandom::new(3);
    let pki = Pki::generate(&options, random).unwrap();
    (pki, Operator::generate("Operator", &names(SHOP), validity, random).unwrap())
}

fn client(identity: &Credential, root: &Certificate, name: &str, to: SocketAddr) -> ClientOptions {
    ClientOptions {
        identity: Some(identity.clone()),
        connect_to: vec![(name.to_owned(), to)],
        ..ClientOptions::new("test", vec![root.clone()])
    }
}

fn catalogue() -> Vec<ProfileType> {
    let template = OrderRequest::new(MetadataSpec::named("Operator", "Travel 5 GB"));
    let rare = ProfileType { stock: Some(1), ..ProfileType::new("RARE", template.clone()) };
    vec![ProfileType::new("TRAVEL", template), rare]
}

fn plan(id: &str) -> Plan {
    Plan {
        id: id.to_owned(),
        name: "Travel 5 GB".to_owned(),
        operator: "Operator".to_owned(),
        price: "9.00 EUR".to_owned(),
    }
}

impl Street {
    pub async fn new() -> Self {
        Self::with_folder(None).await
    }

    pub async fn with_folder(folder: Option<&Path>) -> Self {
        let (pki, operator) = certificates();
        let ci = pki.ci.certificate();
        let clock = Arc::new(SystemClock);
        let random = || Box::new(SeededRandom::new(1));

        let smds_config = SmdsConfig::new(&pki, vec![SMDS.to_owned()]).unwrap();
        let events = Arc::new(MemoryEvents::new());
        let smds = Arc::new(Smds::new(&smds_config, events, clock.clone(), random()).unwrap());
        let tls = TlsOptions::of_ds(&pki).unwrap().with_clients(ci.clone());
        let es12 = Server::start(smds.clone(), ANY_PORT, &tls, Limits::default()).await.unwrap();

        let dp = &pki.dp.as_ref().unwrap().tls;
        let to_smds = SmdsClient::new(client(dp, ci, SMDS, es12.local_addr()));
        let mut config = SmdpConfig::new(&pki, vec![SMDP.to_owned()]).unwrap();
        config.catalogue = catalogue();
        let smdp = Smdp::new(config, Arc::new(MemoryStore::new()), clock, random()).unwrap();
        let smdp = smdp.with_peers(&Peers { smds: Some(to_smds), operator: None }).unwrap();
        let smdp = Arc::new(smdp);
        let own = operator.ca.certificate().clone();
        let tls = TlsOptions::of_dp(&pki).unwrap().with_clients(own.clone());
        let es2 = Server::start(smdp.clone(), ANY_PORT, &tls, Limits::default()).await.unwrap();

        let config = ShopConfig {
            plans: vec![plan("TRAVEL"), plan("RARE"), plan("NOT-AT-THE-SMDP")],
            es2_address: SMDP.to_owned(),
            client: client(&operator.client, ci, SMDP, es2.local_addr()),
            smds: Some(SMDS.to_owned()),
        };
        let shop = Arc::new(Shop::open(config, folder, random()).unwrap());
        let tls = TlsOptions::new(operator.tls.clone());
        let door = Server::start(shop.clone(), ANY_PORT, &tls, Limits::default()).await.unwrap();
        let tls = TlsOptions::new(operator.tls.clone()).with_clients(ci.clone());
        let back = Server::start(shop.clone(), ANY_PORT, &tls, Limits::default()).await.unwrap();
        let app = app(&own, door.local_addr());
        Self { shop, smdp, smds, es2: Some(es2), pki, operator, app, back, _servers: [es12, door] }
    }

    pub async fn send(&self, method: Method, path: &str, body: &str) -> reqwest::Response {
        let request = self.app.request(method, format!("https://{SHOP}{path}"));
        request.body(body.to_owned()).send().await.unwrap()
    }

    pub async fn close_smdp(&mut self) {
        self.es2.take().unwrap().stop().await;
    }

    /// What an app gets: status and body.
    pub async fn ask(&self, method: Method, path: &str, body: &str) -> (u16, Value) {
        let response = self.send(method, path, body).await;
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap())
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        self.ask(Method::GET, path, "").await
    }

    pub async fn buy(&self, wish: Value) -> (u16, Value) {
        self.ask(Method::POST, "/orders", &wish.to_string()).await
    }

    /// A purchase that must succeed.
    pub async fn bought(&self, wish: Value) -> Value {
        let (status, order) = self.buy(wish).await;
        assert_eq!(status, 201, "{order}");
        order
    }

    /// The SM-DP+ tells of a step of the download of the last profile sold.
    pub async fn tell(&self, point: u8, status: Value) -> Result<(), CallError> {
        let ci = self.operator.ca.certificate();
        let dp = &self.pki.dp.as_ref().unwrap().tls;
        let client = HttpsClient::new(&client(dp, ci, SHOP, self.back.local_addr())).unwrap();
        let iccid = self.shop.purchases().last().unwrap().iccid.clone();
        let fields = json!({
            "iccid": iccid,
            "notificationPointId": point,
            "notificationPointStatus": status,
        });
        let fields = fields.as_object().unwrap().clone();
        let url = format!("https://{SHOP}{PROGRESS_PATH}");
        let call = tokio::task::spawn_blocking(move || client.call(&url, fields).map(|_| ()));
        call.await.unwrap()
    }
}

fn app(root: &Certificate, to: SocketAddr) -> Client {
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let root = reqwest::Certificate::from_der(root.der()).unwrap();
    Client::builder().tls_certs_only([root]).resolve(SHOP, to).no_proxy().build().unwrap()
}
