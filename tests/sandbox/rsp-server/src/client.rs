//! A server as another server's client: HTTPS with a certificate of its own, and the JSON of functions between
//! servers (SGP.22 6.5; facts 4.1).

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use lpakit_sandbox_crypto::Certificate;
use lpakit_sandbox_crypto::pki::Credential;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Map, Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::ADMIN_PROTOCOL;
use crate::server::identity;
use crate::status::StatusCode;

/// No answer of a server to a server is longer.
const MAX_ANSWER: usize = 1024 * 1024;

/// How a server calls others.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// What it is called in the requests' headers (functionRequesterIdentifier): its OID or a name.
    pub requester: String,
    /// Its TLS certificate, for servers that ask who is there.
    pub identity: Option<Credential>,
    /// The roots of the servers it calls.
    pub roots: Vec<Certificate>,
    /// Where host names lead, when not where DNS says.
    pub connect_to: Vec<(String, SocketAddr)>,
    /// How long one call may take.
    pub time: Duration,
}

impl ClientOptions {
    /// A client of this name without a certificate that trusts these roots and waits ten seconds.
    pub fn new(requester: impl Into<String>, roots: Vec<Certificate>) -> Self {
        Self {
            requester: requester.into(),
            identity: None,
            roots,
            connect_to: Vec::new(),
            time: Duration::from_secs(10),
        }
    }
}

/// Why a client could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A certificate or key is not one that TLS can use.
    #[error("a TLS certificate or key cannot be used: {0}")]
    Tls(#[from] rustls::Error),
    /// The HTTP client.
    #[error("no HTTP client could be made")]
    Http,
    /// The thread.
    #[error("the client's thread could not be started")]
    Thread,
}

/// Why a call had no success. Texts hold no identifier and no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The server could not be reached, or one side did not like the other's certificate.
    #[error("the server cannot be reached")]
    Unreachable,
    /// An HTTP status that is no success.
    #[error("HTTP status {0}")]
    Status(u16),
    /// An answer that cannot be understood.
    #[error("the answer cannot be understood")]
    Answer,
    /// The server refused.
    #[error("refused with {0}")]
    Refused(StatusCode),
}

/// One POST under way.
struct Job {
    url: String,
    body: Vec<u8>,
    done: std::sync::mpsc::SyncSender<Result<(u16, Vec<u8>), CallError>>,
}

/// A client on a thread of its own, which ends with it. Calls block; they may come from any thread, but not from one
/// on which the server itself has to run.
pub struct HttpsClient {
    requester: String,
    calls: AtomicU64,
    jobs: UnboundedSender<Job>,
}

impl HttpsClient {
    /// Starts a client.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn new(options: &ClientOptions) -> Result<Self, ClientError> {
        let client = http_client(options)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|_| ClientError::Thread)?;
        let (jobs, waiting) = unbounded_channel();
        std::thread::Builder::new()
            .name("sandbox-client".to_owned())
            .spawn(move || runtime.block_on(work(client, waiting)))
            .map_err(|_| ClientError::Thread)?;
        Ok(Self { requester: options.requester.clone(), calls: AtomicU64::new(0), jobs })
    }

    /// Calls a function of another server: `header` is added to the fields, and the answer's is looked at. A
    /// notification's answer has no body and comes back empty.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn call(
        &self,
        url: &str,
        mut fields: Map<String, Value>,
    ) -> Result<Map<String, Value>, CallError> {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let header = json!({
            "functionRequesterIdentifier": self.requester,
            "functionCallIdentifier": format!("{}-{number}", self.requester),
        });
        fields.insert("header".to_owned(), header);
        let (status, body) = self.post(url, Value::Object(fields).to_string().into_bytes())?;
        match status {
            204 => Ok(Map::new()),
            200 => executed(&body),
            other => Err(CallError::Status(other)),
        }
    }

    /// Sends JSON and waits for HTTP status and body, whatever they are.
    ///
    /// # Errors
    /// [`CallError::Unreachable`], [`CallError::Answer`] for one without end.
    pub fn post(&self, url: &str, body: Vec<u8>) -> Result<(u16, Vec<u8>), CallError> {
        let (done, answer) = sync_channel(1);
        let job = Job { url: url.to_owned(), body, done };
        self.jobs.send(job).map_err(|_| CallError::Unreachable)?;
        answer.recv().map_err(|_| CallError::Unreachable)?
    }
}

/// The fields of an answer whose header says that the function was executed.
fn executed(body: &[u8]) -> Result<Map<String, Value>, CallError> {
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
        return Err(CallError::Answer);
    };
    let status = fields.get("header").and_then(|header| header.get("functionExecutionStatus"));
    let status = status.ok_or(CallError::Answer)?;
    match status.get("status").and_then(Value::as_str) {
        Some("Executed-Success" | "Executed-WithWarning") => Ok(fields),
        _ => {
            let data = status.get("statusCodeData").ok_or(CallError::Answer)?;
            let code = |name| data.get(name).and_then(Value::as_str).unwrap_or_default();
            Err(CallError::Refused(StatusCode::any(code("subjectCode"), code("reasonCode"))))
        }
    }
}

async fn work(client: reqwest::Client, mut waiting: UnboundedReceiver<Job>) {
    while let Some(job) = waiting.recv().await {
        let client = client.clone();
        tokio::spawn(async move {
            let answer = send(&client, &job.url, job.body).await;
            // Whoever asked may have gone.
            let _ = job.done.send(answer);
        });
    }
}

async fn send(
    client: &reqwest::Client,
    url: &str,
    body: Vec<u8>,
) -> Result<(u16, Vec<u8>), CallError> {
    let request = client
        .post(url)
        .header("content-type", "application/json")
        .header("x-admin-protocol", ADMIN_PROTOCOL)
        .body(body);
    let mut response = request.send().await.map_err(|_| CallError::Unreachable)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| CallError::Unreachable)? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER {
            return Err(CallError::Answer);
        }
    }
    Ok((response.status().as_u16(), body))
}

fn http_client(options: &ClientOptions) -> Result<reqwest::Client, ClientError> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls_config(options)?)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(options.time)
        .no_proxy();
    for (name, address) in &options.connect_to {
        builder = builder.resolve(name, *address);
    }
    builder.build().map_err(|_| ClientError::Http)
}

fn tls_config(options: &ClientOptions) -> Result<ClientConfig, ClientError> {
    let mut roots = RootCertStore::empty();
    for root in &options.roots {
        roots.add(CertificateDer::from(root.der().to_vec()))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    let mut config = match &options.identity {
        None => builder.with_no_client_auth(),
        Some(credential) => {
            let (chain, key) = identity(credential)?;
            builder.with_client_auth_cert(chain, key)?
        }
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
