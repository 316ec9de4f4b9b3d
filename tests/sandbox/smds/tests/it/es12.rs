//! Servers registering and deleting events, over mutual TLS.

use std::net::SocketAddr;
use std::sync::Arc;

use lpakit_sandbox_crypto::pki::{Credential, Operator, ServerRequest};
use lpakit_sandbox_crypto::{PkiOptions, Role, SeededRandom};
use lpakit_sandbox_rsp_server::client::{CallError, ClientOptions, HttpsClient};
use lpakit_sandbox_rsp_server::misbehaviour::Misbehaviour;
use lpakit_sandbox_rsp_server::server::{Limits, Server, TlsOptions};
use lpakit_sandbox_smds::store::MemoryEvents;
use lpakit_sandbox_smds::{ES12_PATH, Function, RootSmds};
use serde_json::{Value, json};

use crate::card::Card;
use crate::world::{ADDRESS, EID, World, new_pki, pki, refusal, validity};

/// ES12 of an SM-DS on a socket of its own.
async fn serve_es12(world: &World) -> Server {
    let ci = pki().ci.certificate().clone();
    let tls = TlsOptions::of_ds(pki()).unwrap().with_clients(ci);
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    Server::start(world.smds.clone(), any_port, &tls, Limits::default()).await.unwrap()
}

fn client_options(identity: Option<Credential>, to: SocketAddr) -> ClientOptions {
    let roots = vec![pki().ci.certificate().clone()];
    let connect_to = vec![(ADDRESS.to_owned(), to)];
    ClientOptions { identity, connect_to, ..ClientOptions::new("2.999.10", roots) }
}

/// Another server as a client.
#[derive(Clone)]
struct Peer(Arc<HttpsClient>);

impl Peer {
    fn new(identity: Option<Credential>, to: SocketAddr) -> Self {
        Self(Arc::new(HttpsClient::new(&client_options(identity, to)).unwrap()))
    }

    fn smdp(to: SocketAddr) -> Self {
        Self::new(Some(pki().dp.as_ref().unwrap().tls.clone()), to)
    }

    async fn call(&self, function: &str, fields: Value) -> Result<(), CallError> {
        let client = Arc::clone(&self.0);
        let url = format!("https://{ADDRESS}{ES12_PATH}{function}");
        let fields = fields.as_object().unwrap().clone();
        tokio::task::spawn_blocking(move || client.call(&url, fields).map(|_| ())).await.unwrap()
    }

    async fn register(&self, event_id: &str) -> Result<(), CallError> {
        self.call("registerEvent", registration(event_id)).await
    }

    async fn delete(&self, event_id: &str) -> Result<(), CallError> {
        self.call("deleteEvent", json!({ "eid": EID, "eventId": event_id })).await
    }
}

fn registration(event_id: &str) -> Value {
    json!({
        "eid": EID,
        "rspServerAddress": "smdp.example.com",
        "eventId": event_id,
        "forwardingIndicator": false,
    })
}

fn refused(outcome: Result<(), CallError>) -> String {
    match outcome {
        Err(CallError::Refused(code)) => code.to_string(),
        other => panic!("{other:?}"),
    }
}

fn told(event_id: &str, address: &str) -> [(String, String); 1] {
    [(event_id.to_owned(), address.to_owned())]
}

#[tokio::test]
async fn an_event_is_told_from_its_registration_to_its_deletion() {
    let world = World::new().await;
    let es12 = serve_es12(&world).await;
    let smdp = Peer::smdp(es12.local_addr());
    let card = Card::new();
    smdp.register("A-1").await.unwrap();
    assert_eq!(world.entries(&card, None).await, told("A-1", "smdp.example.com"));
    assert_eq!(refused(smdp.register("A-1").await), "8.9.5/3.3");
    smdp.register("A-2").await.unwrap();
    smdp.delete("A-1").await.unwrap();
    assert_eq!(world.entries(&card, None).await, told("A-2", "smdp.example.com"));
    assert_eq!(refusal(&world.ask(&card, Some("A-1")).await), "8.9.5/3.9");
    assert_eq!(refused(smdp.delete("A-1").await), "8.9.5/3.9");
    // What passes between servers is no exchange of an LPA's.
    let lines = world.lines.0.lock().unwrap();
    assert!(lines.iter().all(|line| !line["url"].as_str().unwrap().contains("es12")));
}

#[tokio::test]
async fn only_who_registered_an_event_can_delete_it() {
    let world = World::new().await;
    let es12 = serve_es12(&world).await;
    let options = PkiOptions::new(
        lpakit_sandbox_crypto::Eid::from_digits(EID).unwrap(),
        validity(),
        Vec::new(),
        Vec::new(),
    );
    let request = ServerRequest::tls(Role::DpTls, &options, Vec::new());
    let other = pki().issue_server(&request, &mut SeededRandom::new(9)).unwrap();
    let (smdp, other) = (Peer::smdp(es12.local_addr()), Peer::new(Some(other), es12.local_addr()));
    smdp.register("A").await.unwrap();
    assert_eq!(refused(other.delete("A").await), "8.9.5/3.9");
    smdp.delete("A").await.unwrap();
}

#[tokio::test]
async fn clients_without_a_certificate_of_the_ci_do_not_come_in() {
    let world = World::new().await;
    let es12 = serve_es12(&world).await;
    let operator =
        Operator::generate("Operator", &[], validity(), &mut SeededRandom::new(1)).unwrap();
    let foreign = new_pki(27).dp.unwrap().tls;
    for identity in [None, Some(operator.client), Some(foreign)] {
        let client = Peer::new(identity, es12.local_addr());
        assert_eq!(client.register("A").await, Err(CallError::Unreachable));
    }
    assert_eq!(es12.counters().requests(), 0);
    assert_eq!(es12.counters().failed_handshakes(), 3);
    // The socket for LPAs asks nobody for a certificate, and does not serve ES12 either.
    let lpa = Peer::smdp(world.lpa_address());
    assert_eq!(lpa.register("A").await, Err(CallError::Status(403)));
    assert!(world.smds.events().unwrap().is_empty());
}

#[tokio::test]
async fn what_is_not_well_formed_is_refused() {
    let world = World::new().await;
    let es12 = serve_es12(&world).await;
    let smdp = Peer::smdp(es12.local_addr());
    for (field, value, code) in [
        ("eid", Value::Null, "1.3.1/2.2"),
        ("eid", json!("8904"), "1.3.1/2.1"),
        ("eventId", json!(""), "1.3.1/2.1"),
        ("rspServerAddress", json!("x".repeat(256)), "1.3.1/2.1"),
        ("forwardingIndicator", Value::Null, "1.3.1/2.2"),
        ("forwardingIndicator", json!("no"), "1.3.1/2.1"),
    ] {
        let mut fields = registration("A");
        fields[field] = value;
        assert_eq!(refused(smdp.call("registerEvent", fields).await), code, "{field}");
    }
    let url = format!("https://{ADDRESS}{ES12_PATH}registerEvent");
    let without_header = registration("A").to_string().into_bytes();
    let client = smdp.0.clone();
    let answer = tokio::task::spawn_blocking(move || client.post(&url, without_header));
    let (_, body) = answer.await.unwrap().unwrap();
    assert_eq!(refusal(&serde_json::from_slice(&body).unwrap()), "1.3.1/2.2");
}

#[tokio::test]
async fn an_alternative_smds_tells_the_root_and_the_lpa_follows() {
    let root = World::new().await;
    let root_es12 = serve_es12(&root).await;
    let to = root_es12.local_addr();
    let ds = pki().ds.as_ref().unwrap().tls.clone();
    let forward =
        RootSmds { es12_address: ADDRESS.to_owned(), client: client_options(Some(ds), to) };
    // Both have one name here; what counts is which socket is asked.
    let alternative = World::with(Arc::new(MemoryEvents::new()), |config| {
        config.root = Some(forward);
    })
    .await;
    let es12 = serve_es12(&alternative).await;
    let smdp = Peer::smdp(es12.local_addr());
    let mut fields = registration("A");
    fields["forwardingIndicator"] = json!(true);
    smdp.call("registerEvent", fields.clone()).await.unwrap();
    smdp.register("STAYS-HERE").await.unwrap();

    let card = Card::new();
    let at_root = root.entries(&card, None).await;
    assert_eq!(at_root.len(), 1);
    assert_eq!(at_root[0].1, ADDRESS);
    assert_ne!(at_root[0].0, "A");
    let followed = alternative.entries(&card, Some(&at_root[0].0)).await;
    assert_eq!(followed, told("A", "smdp.example.com"));

    // The root fails: the event stays where it is until it can be deleted at both.
    root.misbehave(Function::DeleteEvent, Misbehaviour::HttpStatus(500));
    assert_eq!(refused(smdp.delete("A").await), "8.9/4.2");
    assert_eq!(alternative.entries(&card, None).await.len(), 2);
    smdp.delete("A").await.unwrap();
    assert_eq!(root.entries(&card, None).await, []);
    assert_eq!(alternative.entries(&card, None).await.len(), 1);

    root_es12.stop().await;
    assert_eq!(refused(smdp.call("registerEvent", fields).await), "8.9/5.1");
    assert_eq!(alternative.entries(&card, None).await.len(), 1);
}
