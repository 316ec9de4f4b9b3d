//! HTTP exchanges as values, so that a server can be called without a socket.

use lpakit_sandbox_crypto::Certificate;

use crate::misbehaviour::Framing;

/// A request.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// `POST` and so on.
    pub method: String,
    /// The host asked for, with the port if it was given.
    pub host: String,
    /// The path, with the query if there is one.
    pub path: String,
    /// Header fields, names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// The certificate that the client has proved to be its own in the TLS handshake, DER.
    pub client: Option<Vec<u8>>,
}

impl Request {
    /// A request as an LPA sends it: POST, JSON, with `X-Admin-Protocol`.
    pub fn post(host: &str, path: &str, body: impl Into<Vec<u8>>) -> Self {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Self {
            method: "POST".to_owned(),
            host: host.to_owned(),
            path: path.to_owned(),
            headers: vec![
                header("content-type", "application/json"),
                header("x-admin-protocol", "gsma/rsp/v2.2.2"),
                header("user-agent", "gsma-rsp-lpad"),
            ],
            body: body.into(),
            client: None,
        }
    }

    /// Who the client is, by the key in its certificate: its identifier in hexadecimal. `None` for clients that have
    /// not said who they are.
    pub fn client_key_id(&self) -> Option<String> {
        let certificate = Certificate::from_der(self.client.as_deref()?).ok()?;
        certificate.subject_key_identifier().map(hex::encode)
    }

    /// The path without the query.
    pub fn bare_path(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// The first header field of this name, given in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

/// Shows where it goes; bodies hold identifiers.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({} octets)", self.method, self.path, self.body.len())
    }
}

/// How an answer goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Delivery {
    /// In the usual way, with Content-Length.
    #[default]
    Whole,
    /// Without Content-Length.
    Chunked,
    /// The connection is closed after it.
    LastOnConnection,
    /// Blanks instead of the body; without end when `octets` is `None`.
    Filler {
        /// How many.
        octets: Option<u64>,
        /// How the end is told.
        framing: Framing,
    },
    /// No answer; the connection stays open.
    Never,
    /// No answer; the connection is closed.
    Close,
}

/// An answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How it goes out.
    pub delivery: Delivery,
}

impl Response {
    /// Only a status.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), delivery: Delivery::Whole }
    }

    /// A body of this type, with status 200.
    pub fn with_body(content_type: &str, body: Vec<u8>) -> Self {
        let mut response = Self::status(200);
        response.body = body;
        response.header("content-type", content_type);
        response
    }

    /// Adds a header field.
    pub fn header(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }
}

impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} octets)", self.status, self.body.len())
    }
}

/// Answers requests. [`Server`](crate::server::Server) serves anything that does.
pub trait Service: Send + Sync + 'static {
    /// Answers one request. It may take its time and is called from several threads.
    fn call(&self, request: &Request) -> Response;
}
