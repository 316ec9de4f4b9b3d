//! The servers of a sandbox together: what the SM-DS tells the LPA, what the shop sells, and who hears of it.

mod support;

use lpakit::card::CardPort;
use lpakit::lpa::{Offer, RejectReason};
use lpakit::rsp::identifiers::Eid;
use lpakit::{Lpa, ProfileSource};
use lpakit_sandbox::smdp::order::{EventState, Order, OrderRequest, PlacedOrder};
use lpakit_sandbox::{DS_NAME, RunningServer, SHOP_NAME, Sandbox, SandboxCard, sample_order};
use reqwest::{Certificate, Client};
use serde_json::{Value, json};
use tempfile::TempDir;

use support::{LOOPBACK, accept, download, lpa, sandbox};

struct Stage {
    sandbox: Sandbox,
    server: RunningServer,
    lpa: Lpa,
    eid: Eid,
    _folder: TempDir,
}

impl Stage {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = sandbox(folder.path());
        let server = sandbox.start_server(LOOPBACK).await.unwrap();
        let card = sandbox.card().unwrap();
        let eid = Eid::from_octets(*card.eid().octets());
        let card = SandboxCard::new(card).unwrap();
        let lpa = lpa(&sandbox, &server, CardPort::Raw(Box::new(card)));
        Self { sandbox, server, lpa, eid, _folder: folder }
    }

    /// The sample plan for this card, announced at the sandbox's SM-DS.
    fn announced(&self) -> OrderRequest {
        OrderRequest { eid: Some(self.eid), smds: Some(DS_NAME.to_owned()), ..sample_order() }
    }

    /// The offer of the only plan that waits.
    async fn discovered(&self) -> Offer {
        let mut found = self.lpa.discover().await.unwrap();
        assert_eq!((found.plans.len(), found.troubles.len()), (1, 0));
        let plan = found.plans.remove(0);
        self.lpa.authenticate(ProfileSource::Event(plan)).await.unwrap()
    }

    fn order(&self, placed: &PlacedOrder) -> Order {
        self.server.smdp().orders().order(&placed.id).unwrap()
    }

    /// An app before the shop.
    fn app(&self) -> Client {
        // Another test may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let ca = std::fs::read(self.sandbox.shop_ca_certificate_file()).unwrap();
        Client::builder()
            .tls_certs_only([Certificate::from_pem(&ca).unwrap()])
            .resolve(SHOP_NAME, self.server.shop_addr())
            .no_proxy()
            .build()
            .unwrap()
    }

    async fn buy(&self, wish: Value) -> Value {
        let request = self.app().post(format!("https://{SHOP_NAME}/orders"));
        let response = request.body(wish.to_string()).send().await.unwrap();
        assert_eq!(response.status(), 201);
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
    }

    async fn status(&self, bought: &Value) -> Value {
        let id = bought["orderId"].as_str().unwrap();
        let request = self.app().get(format!("https://{SHOP_NAME}/orders/{id}"));
        let body = request.send().await.unwrap().bytes().await.unwrap();
        serde_json::from_slice::<Value>(&body).unwrap()["status"].clone()
    }
}

#[tokio::test]
async fn a_plan_that_waits_at_the_smds_is_found_and_installed() {
    let stage = Stage::new().await;
    assert!(stage.lpa.discover().await.unwrap().plans.is_empty());
    let placed = stage.server.order(&stage.announced()).unwrap();
    stage.server.settled().await;
    let installed = accept(stage.discovered().await).await;
    assert_eq!(installed.iccid, placed.iccid);
    stage.server.settled().await;
    assert_eq!(stage.order(&placed).event.unwrap().state, EventState::Deleted);
    assert!(stage.lpa.discover().await.unwrap().plans.is_empty());
}

#[tokio::test]
async fn a_plan_ordered_by_another_process_waits_until_it_is_refused() {
    let stage = Stage::new().await;
    let beside = Sandbox::open(stage.sandbox.folder()).unwrap();
    let placed = beside.order(&stage.announced()).unwrap();
    assert!(stage.discovered().await.reject(RejectReason::Later).await);
    stage.server.settled().await;
    assert_eq!(beside.waiting_events().unwrap().len(), 1);
    assert_eq!(stage.order(&placed).event.unwrap().state, EventState::Registered);

    assert!(stage.discovered().await.reject(RejectReason::Refused).await);
    stage.server.settled().await;
    assert!(beside.waiting_events().unwrap().is_empty());
}

#[tokio::test]
async fn an_event_outlives_the_servers() {
    let mut stage = Stage::new().await;
    stage.server.order(&stage.announced()).unwrap();
    stage.server.settled().await;
    stage.server.stop().await;
    assert!(stage.sandbox.connections().is_empty());
    stage.server = stage.sandbox.start_server(LOOPBACK).await.unwrap();
    assert_eq!(stage.server.smds().unwrap().events().unwrap().len(), 1);
}

#[tokio::test]
async fn other_processes_find_every_server() {
    let stage = Stage::new().await;
    let mut found = Sandbox::open(stage.sandbox.folder()).unwrap().connections();
    let mut own = stage.server.connections();
    found.sort();
    own.sort();
    assert_eq!(found, own);
    let names: Vec<&str> = own.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, [SHOP_NAME, "smdpplus.sandbox.test", DS_NAME]);
}

#[tokio::test]
async fn what_the_shop_sells_is_installed_and_the_shop_hears_of_it() {
    let stage = Stage::new().await;
    let bought = stage.buy(json!({ "plan": "TRAVEL-5GB" })).await;
    assert_eq!(stage.status(&bought).await, "ready");
    download(&stage.lpa, bought["activationCode"].as_str().unwrap()).await;
    stage.server.settled().await;
    assert_eq!(stage.status(&bought).await, "installed");
}

#[tokio::test]
async fn what_is_bought_for_a_card_is_found_by_it() {
    let stage = Stage::new().await;
    let wish = json!({ "plan": "WEEKEND-1GB", "eid": stage.eid.to_string() });
    let bought = stage.buy(wish).await;
    assert_eq!(bought["activationCode"], Value::Null);
    let offer = stage.discovered().await;
    assert_eq!(offer.metadata().profile_name, "Weekend 1 GB");
    assert!(offer.reject(RejectReason::Refused).await);
    stage.server.settled().await;
    assert_eq!(stage.status(&bought).await, "cancelled");
    assert!(stage.sandbox.waiting_events().unwrap().is_empty());
}
