//! The adapter over reqwest and rustls: HTTP/1.1, TLS 1.2 and 1.3 always verified, no redirects, one pool.

use std::error::Error as StdError;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lpakit_rsp::identifiers::KeyId;
use reqwest::Client;
use reqwest::header::{CONTENT_TYPE, HeaderValue, USER_AGENT};
use rustls::client::Resumption;
use rustls::{CertificateError, ClientConfig};

use super::handshakes::CountingSessionStore;
use super::provider::provider;
use super::trust::TrustAnchors;
use super::{
    BoxFuture, Collector, HttpError, HttpRequest, HttpResponse, HttpStats, HttpTransport, TlsFault,
};
use crate::sync::lock;

/// What SGP.22 wants an LPAd to call itself.
const LPAD_USER_AGENT: HeaderValue = HeaderValue::from_static("gsma-rsp-lpad");
/// How many turns those tasks are given. One was enough wherever it was tried, and a turn costs nothing.
const POOL_TURNS: usize = 4;
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Settings of the network side.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// When to give up connecting, TLS handshake included.
    pub connect_limit: Duration,
    /// A proxy for all requests, as a URL with scheme `http` or `https`.
    pub proxy: Option<String>,
    /// Host names that are sent to a socket of their own, for tests and laboratories.
    pub connect_to: Vec<(String, SocketAddr)>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self { connect_limit: Duration::from_secs(15), proxy: None, connect_to: Vec::new() }
    }
}

impl HttpOptions {
    /// Whether a transport could be made with these: what is wrong shows here rather than at the first request.
    ///
    /// # Errors
    /// [`HttpError::BadRequest`] when the proxy is none, or is asked in another way than HTTP's.
    pub fn check(&self) -> Result<(), HttpError> {
        self.proxy().map(drop)
    }

    fn proxy(&self) -> Result<Option<reqwest::Proxy>, HttpError> {
        let Some(url) = &self.proxy else { return Ok(None) };
        let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        if !scheme.is_some_and(|scheme| matches!(scheme.as_str(), "http" | "https")) {
            return Err(HttpError::BadRequest);
        }
        reqwest::Proxy::all(url).map(Some).map_err(|_| HttpError::BadRequest)
    }
}

/// [`HttpTransport`] over reqwest and rustls. Connections are kept and used again for as long as the card's list of
/// CI keys stays the same.
pub struct ReqwestTransport {
    anchors: TrustAnchors,
    options: HttpOptions,
    current: Mutex<Option<(Arc<[KeyId]>, Client)>>,
    handshakes: Arc<AtomicU64>,
    stats: Mutex<HttpStats>,
}

impl ReqwestTransport {
    /// A transport that trusts these roots.
    pub fn new(anchors: TrustAnchors, options: HttpOptions) -> Self {
        Self {
            anchors,
            options,
            current: Mutex::new(None),
            handshakes: Arc::new(AtomicU64::new(0)),
            stats: Mutex::new(HttpStats::default()),
        }
    }

    fn client_for(&self, card_keys: &Arc<[KeyId]>) -> Result<Client, HttpError> {
        let mut current = lock(&self.current);
        if let Some((keys, client)) = current.as_ref()
            && keys == card_keys
        {
            return Ok(client.clone());
        }
        let client = self.build_client(card_keys)?;
        *current = Some((Arc::clone(card_keys), client.clone()));
        Ok(client)
    }

    fn build_client(&self, card_keys: &[KeyId]) -> Result<Client, HttpError> {
        let mut tls = ClientConfig::builder_with_provider(Arc::new(provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| HttpError::BadRequest)?
            .with_root_certificates(self.anchors.roots_for(card_keys))
            .with_no_client_auth();
        let sessions = CountingSessionStore::new(Arc::clone(&self.handshakes));
        tls.resumption = Resumption::store(Arc::new(sessions));

        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .https_only(true)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(self.options.connect_limit)
            .tcp_nodelay(true)
            .no_proxy();
        if let Some(proxy) = self.options.proxy()? {
            builder = builder.proxy(proxy);
        }
        for (name, address) in &self.options.connect_to {
            builder = builder.resolve(name, *address);
        }
        builder.build().map_err(|_| HttpError::BadRequest)
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let client = self.client_for(&request.card_keys)?;
        let sent = request.body.len() as u64;
        let started = Instant::now();
        let outcome = exchange(&client, request).await;
        let mut stats = lock(&self.stats);
        stats.requests += 1;
        stats.bytes_out += sent;
        stats.time += started.elapsed();
        if let Ok(response) = &outcome {
            stats.bytes_in += response.length as u64;
        }
        outcome
    }
}

impl HttpTransport for ReqwestTransport {
    fn post(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>> {
        Box::pin(self.send(request))
    }

    fn knows_any(&self, card_keys: &[KeyId]) -> bool {
        self.anchors.knows_any(card_keys)
    }

    fn trusts_test_ci(&self) -> bool {
        self.anchors.has_test_ci()
    }

    fn stats(&self) -> HttpStats {
        let mut stats = *lock(&self.stats);
        stats.tls_handshakes = self.handshakes.load(Ordering::Relaxed);
        stats
    }
}

impl std::fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReqwestTransport").field("anchors", &self.anchors).finish_non_exhaustive()
    }
}

async fn exchange(client: &Client, request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let url = format!("https://{}{}", request.host, request.path);
    let response = client
        .post(url)
        .header(USER_AGENT, LPAD_USER_AGENT)
        .header("X-Admin-Protocol", request.admin_protocol)
        .header(CONTENT_TYPE, JSON)
        .timeout(request.time_limit)
        .body(request.body)
        .send()
        .await
        .map_err(|error| classify(&error))?;
    let status = response.status().as_u16();
    let collected = read_body(response, request.max_body, request.decode_field).await?;
    connection_returned().await;
    Ok(HttpResponse { status, length: collected.taken(), body: collected.finish() })
}

/// Lets the runtime's other tasks run, so that the connection is back in reqwest's pool before the next request looks for it.
///
/// A body's end is delivered before the connection's own task and the one that returns it have run, and reqwest says
/// nothing of either. Without this a card that answers quickly meets an empty pool: a second connection, a second TLS handshake.
async fn connection_returned() {
    for _ in 0..POOL_TURNS {
        tokio::task::yield_now().await;
    }
}

/// Reads a body into buffers of the right size at once, where the server says the length.
async fn read_body(
    mut response: reqwest::Response,
    max: usize,
    decode_field: Option<&str>,
) -> Result<Collector, HttpError> {
    let announced = response.content_length();
    if announced.is_some_and(|length| length > max as u64) {
        return Err(HttpError::BodyTooLong);
    }
    let announced = announced.and_then(|length| usize::try_from(length).ok());
    let mut body = Collector::new(decode_field, announced);
    while let Some(chunk) = response.chunk().await.map_err(|error| classify(&error))? {
        if body.taken() + chunk.len() > max {
            return Err(HttpError::BodyTooLong);
        }
        body.push(&chunk);
    }
    Ok(body)
}

fn classify(error: &reqwest::Error) -> HttpError {
    if let Some(tls) = find_source::<rustls::Error>(error) {
        return HttpError::Tls(tls_fault(tls));
    }
    if error.is_timeout() {
        return HttpError::Timeout;
    }
    if error.is_connect() {
        return HttpError::Unreachable;
    }
    if error.is_builder() {
        return HttpError::BadRequest;
    }
    HttpError::ConnectionLost
}

/// Looks for an error of type `T` below `error`, also inside I/O errors, which carry rustls' own.
fn find_source<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if let Some(found) = inner.and_then(|inner| find_source::<T>(inner)) {
            return Some(found);
        }
        next = error.source();
    }
    None
}

const fn tls_fault(error: &rustls::Error) -> TlsFault {
    match error {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            // A known issuer's name with another key below it is no known issuer.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                TlsFault::UnknownIssuer
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                TlsFault::Expired
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                TlsFault::NotYetValid
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                TlsFault::WrongName
            }
            _ => TlsFault::BadCertificate,
        },
        _ => TlsFault::Handshake,
    }
}
