//! The server over real TLS, called by a client of others.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lpakit_sandbox_crypto::pki::{HostName, ServerRequest, TlsFault};
use lpakit_sandbox_crypto::{Role, SeededRandom};
use lpakit_sandbox_smdp::Function;
use lpakit_sandbox_smdp::misbehaviour::{Framing, Misbehaviour};
use lpakit_sandbox_smdp::server::{Limits, Server, TlsOptions, TlsVersions};
use reqwest::{Certificate, Client};
use serde_json::Value;

use crate::card::Card;
use crate::world::{ADDRESS, World, bytes, pki, pki_options};

const INITIATE: &str = "initiateAuthentication";

struct Served {
    world: World,
    server: Server,
    client: Client,
}

impl Served {
    async fn new() -> Self {
        Self::with(TlsOptions::of_dp(pki()).unwrap(), Limits::default()).await
    }

    async fn with(tls: TlsOptions, limits: Limits) -> Self {
        let world = World::new();
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::start(world.smdp.clone(), any_port, &tls, limits).await.unwrap();
        let client = client(server.local_addr());
        Self { world, server, client }
    }

    async fn send(&self, function: &str, body: &Value) -> reqwest::Result<reqwest::Response> {
        send(&self.client, function, body).await
    }

    async fn call(&self, function: &str, body: &Value) -> Value {
        let response = self.send(function, body).await.unwrap();
        assert_eq!(response.status(), 200);
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
    }
}

async fn send(client: &Client, function: &str, body: &Value) -> reqwest::Result<reqwest::Response> {
    client
        .post(format!("https://{ADDRESS}/gsma/rsp2/es9plus/{function}"))
        .header("content-type", "application/json")
        .header("x-admin-protocol", "gsma/rsp/v2.2.2")
        .body(body.to_string())
        .send()
        .await
}

fn client(address: SocketAddr) -> Client {
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let ci = Certificate::from_der(pki().ci.certificate().der()).unwrap();
    Client::builder().tls_certs_only([ci]).resolve(ADDRESS, address).no_proxy().build().unwrap()
}

// On one thread: with more, a request may come before the connection of the last one is back in reqwest's pool.
#[tokio::test]
async fn a_whole_download_takes_one_connection() {
    let served = Served::new().await;
    let order = served.world.order();
    let mut card = Card::new();
    let initiated = served.call(INITIATE, &card.initiate(ADDRESS)).await;
    let body = card.authenticate(&initiated, Some(&order.matching_id));
    let offer = served.call("authenticateClient", &body).await;
    let bound = served.call("getBoundProfilePackage", &card.prepare(&offer, None)).await;
    card.load(&bytes(&bound, "boundProfilePackage"));
    let result = card.result(order.iccid, Card::success());
    let response = served.send("handleNotification", &result).await.unwrap();
    assert_eq!(response.status(), 204);
    assert_eq!(response.bytes().await.unwrap().len(), 0);

    let counters = served.server.counters();
    assert_eq!(counters.connections(), 1);
    assert_eq!(counters.handshakes(), 1);
    assert_eq!(counters.requests(), 4);
    served.server.stop().await;
}

#[tokio::test]
async fn statuses_of_http_are_those_of_the_service() {
    let served = Served::new().await;
    let base = format!("https://{ADDRESS}");
    let missing = served.client.post(format!("{base}/x")).send().await;
    assert_eq!(missing.unwrap().status(), 404);
    let path = format!("{base}/gsma/rsp2/es9plus/{INITIATE}");
    let get = served.client.get(path).send().await.unwrap();
    assert_eq!(get.status(), 405);
    assert_eq!(get.headers()["allow"], "POST");
}

#[tokio::test]
async fn bad_certificates_are_shown_on_request_and_refused_by_the_client() {
    let request = ServerRequest::tls(Role::DpTls, &pki_options(), vec![HostName::from(ADDRESS)]);
    for fault in [TlsFault::Expired, TlsFault::OtherHost, TlsFault::SelfSigned, TlsFault::ForeignCi]
    {
        let random = &mut SeededRandom::new(1);
        let leaf = pki().bad_tls_leaf(fault, &request, SystemTime::now(), random);
        let tls = TlsOptions::new(leaf.unwrap());
        let served = Served::with(tls, Limits::default()).await;
        let body = Card::new().initiate(ADDRESS);
        let error = served.send(INITIATE, &body).await.unwrap_err();
        assert!(error.is_connect(), "{fault:?}");
        let counters = served.server.counters();
        assert_eq!(counters.requests(), 0, "{fault:?}");
        served.server.stop().await;
    }
}

#[tokio::test]
async fn each_version_of_tls_can_be_the_only_one() {
    for versions in [TlsVersions::Only12, TlsVersions::Only13] {
        let mut tls = TlsOptions::of_dp(pki()).unwrap();
        tls.versions = versions;
        let served = Served::with(tls, Limits::default()).await;
        served.call(INITIATE, &Card::new().initiate(ADDRESS)).await;
        assert_eq!(served.server.counters().handshakes(), 1);
    }
}

#[tokio::test]
async fn bodies_that_are_too_large_are_refused_before_they_are_read() {
    let limits = Limits { body: 2000, ..Limits::default() };
    let served = Served::with(TlsOptions::of_dp(pki()).unwrap(), limits).await;
    let mut body = Card::new().initiate(ADDRESS);
    body["filler"] = Value::from("x".repeat(3000));
    let response = served.send(INITIATE, &body).await.unwrap();
    assert_eq!(response.status(), 413);
    assert_eq!(served.world.smdp.open_sessions(), 0);
}

#[tokio::test]
async fn header_fields_are_limited() {
    let served = Served::new().await;
    let mut request = served.client.post(format!("https://{ADDRESS}/"));
    for number in 0..100 {
        request = request.header(format!("x-{number}"), "1");
    }
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 431);
}

#[tokio::test]
async fn a_client_that_says_nothing_is_sent_away() {
    let limits = Limits { time: Duration::from_millis(50), ..Limits::default() };
    let served = Served::with(TlsOptions::of_dp(pki()).unwrap(), limits).await;
    let mut stream = tokio::net::TcpStream::connect(served.server.local_addr()).await.unwrap();
    // Ends when the server closes the connection; otherwise it would hang for ever.
    let mut nothing = Vec::new();
    let end = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut nothing).await;
    assert!(end.is_err() || nothing.is_empty());
    assert_eq!(served.server.counters().failed_handshakes(), 1);
}

#[tokio::test]
async fn connections_are_closed_before_and_after_acting() {
    let served = Served::new().await;
    let body = Card::new().initiate(ADDRESS);
    let function = Function::InitiateAuthentication;
    for (misbehaviour, sessions) in [(Misbehaviour::CloseBefore, 0), (Misbehaviour::CloseAfter, 1)]
    {
        served.world.misbehave(function, misbehaviour);
        assert!(served.send(INITIATE, &body).await.is_err());
        assert_eq!(served.world.smdp.open_sessions(), sessions);
    }
    served.world.misbehave(function, Misbehaviour::ConnectionClose);
    let before = served.server.counters().connections();
    served.call(INITIATE, &body).await;
    served.call(INITIATE, &body).await;
    assert_eq!(served.server.counters().connections(), before + 2);
}

#[tokio::test]
async fn bodies_can_be_chunked_large_and_endless() {
    let served = Served::new().await;
    let body = Card::new().initiate(ADDRESS);
    let function = Function::InitiateAuthentication;
    served.world.misbehave(function, Misbehaviour::ChunkedBody);
    let response = served.send(INITIATE, &body).await.unwrap();
    assert_eq!(response.headers()["transfer-encoding"], "chunked");
    let text = response.bytes().await.unwrap();
    serde_json::from_slice::<Value>(&text).unwrap();

    for framing in [Framing::Length, Framing::Chunked] {
        let octets = 3 << 20;
        let large = Misbehaviour::LargeBody { octets, framing };
        served.world.misbehave(function, large);
        let response = served.send(INITIATE, &body).await.unwrap();
        let length = (framing == Framing::Length).then_some(octets);
        assert_eq!(response.content_length(), length);
        assert_eq!(response.bytes().await.unwrap().len() as u64, octets);
    }

    served.world.misbehave(function, Misbehaviour::EndlessBody);
    let mut response = served.send(INITIATE, &body).await.unwrap();
    let mut seen = 0;
    while seen < 4 << 20 {
        seen += response.chunk().await.unwrap().unwrap().len();
    }
}

#[tokio::test]
async fn a_server_that_stops_ends_what_hangs() {
    let Served { world, server, client } = Served::new().await;
    let function = Function::InitiateAuthentication;
    world.misbehave(function, Misbehaviour::Hang);
    let body = Card::new().initiate(ADDRESS);
    let counters = server.counters();
    let waiting = send(&client, INITIATE, &body);
    let stopping = async {
        while counters.requests() == 0 {
            tokio::task::yield_now().await;
        }
        server.stop().await;
    };
    let (answer, ()) = tokio::join!(waiting, stopping);
    assert!(answer.is_err());
}

#[tokio::test]
async fn an_address_in_use_is_told() {
    let served = Served::new().await;
    let tls = TlsOptions::of_dp(pki()).unwrap();
    let again = Server::start(
        Arc::clone(&served.world.smdp) as Arc<_>,
        served.server.local_addr(),
        &tls,
        Limits::default(),
    )
    .await;
    assert!(again.is_err());
}
