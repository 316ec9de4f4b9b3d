//! The network side: the [`HttpTransport`] port, its adapter over reqwest and rustls, and whom to trust.

mod client;
mod collect;
mod gsma_roots;
mod handshakes;
mod provider;
mod trust;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use lpakit_rsp::identifiers::KeyId;

pub use client::{HttpOptions, ReqwestTransport};
pub use collect::{Body, Collector, Decoded};
pub use trust::{TestCi, TrustAnchors, TrustError};

pub use crate::sync::BoxFuture;

/// No ES9+ answer may be longer: a package is 20 to 500 KiB.
pub const MAX_BODY: usize = 10 * 1024 * 1024;

/// One POST to an RSP server.
#[derive(Clone)]
pub struct HttpRequest {
    /// The server's name, with a port only while a test CI is trusted.
    pub host: String,
    /// The path, starting with `/`.
    pub path: &'static str,
    /// X-Admin-Protocol.
    pub admin_protocol: &'static str,
    /// The JSON body. It may hold secrets.
    pub body: Vec<u8>,
    /// When to give up waiting for the whole answer.
    pub time_limit: Duration,
    /// How many octets the answer may have.
    pub max_body: usize,
    /// A base64 field of the answer that is large, and to be decoded as it comes: see [`Collector`].
    pub decode_field: Option<&'static str>,
    /// The CI public keys that the card verifies servers with; they decide which GSMA roots count.
    pub card_keys: Arc<[KeyId]>,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpRequest(https://{}{}, {} octets)", self.host, self.path, self.body.len())
    }
}

/// What an RSP server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// The HTTP status.
    pub status: u16,
    /// The body, whole, as a [`Collector`] gives it.
    pub body: Body,
    /// How many octets of body came over the network.
    pub length: usize,
}

impl HttpResponse {
    /// A status of 2xx.
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }
}

/// Why there is no answer. No address and no content stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The server could not be reached: no network, no such name, connection refused.
    #[error("the server cannot be reached")]
    Unreachable,
    /// No whole answer within the limit.
    #[error("the server did not answer in time")]
    Timeout,
    /// The connection broke before the answer was whole; what the server did is not known.
    #[error("the connection broke")]
    ConnectionLost,
    /// The answer is longer than allowed.
    #[error("the server's answer is too long")]
    BodyTooLong,
    /// The server could not prove who it is.
    #[error("the server's identity: {0}")]
    Tls(TlsFault),
    /// The request could not even be made.
    #[error("the request cannot be made")]
    BadRequest,
}

/// What is wrong with a server's TLS certificate or handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsFault {
    /// Its issuer is none that is trusted; self-signed ones are among these.
    #[error("unknown issuer")]
    UnknownIssuer,
    /// It is no longer valid.
    #[error("certificate expired")]
    Expired,
    /// It is not valid yet; or the device's clock is wrong.
    #[error("certificate not valid yet")]
    NotYetValid,
    /// It is for another name.
    #[error("certificate for another name")]
    WrongName,
    /// Anything else about the certificate.
    #[error("bad certificate")]
    BadCertificate,
    /// The two sides have no TLS version or cipher in common, or the handshake failed otherwise.
    #[error("handshake failed")]
    Handshake,
}

/// Port to the network: one request, one response, bounded in size and time.
pub trait HttpTransport: Send + Sync {
    /// Sends one POST and waits for the whole answer.
    ///
    /// # Errors
    /// [`HttpError`]. Statuses other than 2xx are answers, not errors.
    fn post(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>>;

    /// Whether any CI key of a card is one that this transport could trust a server under. `false` is an early,
    /// clear error; a transport that does not know answers `true`.
    fn knows_any(&self, card_keys: &[KeyId]) -> bool {
        let _ = card_keys;
        true
    }

    /// Whether a test issuer is trusted. While one is, and only then, `host:port` addresses are accepted.
    fn trusts_test_ci(&self) -> bool {
        false
    }

    /// What was exchanged so far.
    fn stats(&self) -> HttpStats {
        HttpStats::default()
    }
}

/// What was exchanged over HTTP so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HttpStats {
    /// Requests sent.
    pub requests: u64,
    /// TLS handshakes begun.
    pub tls_handshakes: u64,
    /// Octets of request bodies.
    pub bytes_out: u64,
    /// Octets of response bodies.
    pub bytes_in: u64,
    /// Time spent waiting for servers.
    pub time: Duration,
}
