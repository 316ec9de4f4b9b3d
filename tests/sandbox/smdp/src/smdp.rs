//! The SM-DP+ as a whole: configuration, routing, and what a request goes through.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use lpakit_rsp::ObjectIdentifier;
use lpakit_sandbox_crypto::pki::Credential;
use lpakit_sandbox_crypto::{CertificateError, OneTimeKeyPair, Pki, Random, Role, Roots};

use crate::bpp_builder::BindOptions;
use crate::clock::Clock;
use crate::es9::{self, Arguments, Function, Reply};
use crate::http::{Delivery, Request, Response, Service};
use crate::misbehaviour::{Misbehaviour, Misbehaviours, Quirks};
use crate::notification::ReceivedNotification;
use crate::order::{BookOptions, OrderBook, OrderId};
use crate::session::Sessions;
use crate::status::Refusal;
use crate::store::{Store, StoreError};
use crate::transcript::{Recorder, http_line};

/// Where ES9+ functions are called: followed by the function's name.
pub const ES9_PATH: &str = "/gsma/rsp2/es9plus/";
/// The protocol version that is spoken here, as `X-Admin-Protocol` says it.
pub const ADMIN_PROTOCOL: &str = "gsma/rsp/v2.2.2";

/// The certificates with which the server signs, under one CI.
#[derive(Debug, Clone)]
pub struct DpCredentials {
    /// CERT.DPauth: signs serverSigned1.
    pub auth: Credential,
    /// CERT.DPpb: signs smdpSigned2 and packages.
    pub pb: Credential,
}

/// How the server is set up.
#[derive(Clone)]
pub struct SmdpConfig {
    /// What clients may call it, the first being its usual name; `host:port` forms may be among them.
    pub addresses: Vec<String>,
    /// The CIs whose eUICCs are served.
    pub roots: Roots,
    /// Its certificates, one set for each CI.
    pub credentials: Vec<DpCredentials>,
    /// The certificates of another SM-DP+, for [`Misbehaviour::OtherOid`].
    pub other: Option<DpCredentials>,
    /// How packages are bound.
    pub bind: BindOptions,
    /// How long an RSP session may take from its first request to its last.
    pub session_life: Duration,
    /// Octets of transaction IDs, 1 to 16 each; taken in turn.
    pub transaction_id_lengths: Vec<usize>,
    /// Refuses (8.2/3.7) to bind a package again when the eUICC comes back with another one-time key.
    pub refuse_rebinding: bool,
    /// Refuses (8.1/4.8) when the eUICC says it has less free memory than the profile package is long.
    pub check_memory: bool,
}

/// Why a server could not be set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// The set of certificates has no SM-DP+ part.
    #[error("the certificates of an SM-DP+ are missing")]
    NoCredentials,
    /// A certificate of the server is not accepted by its own roots.
    #[error("a certificate of the server is not accepted: {0}")]
    Certificate(#[from] CertificateError),
    /// CERT.DPauth and CERT.DPpb name different SM-DP+, or none.
    #[error("CERT.DPauth and CERT.DPpb do not name one SM-DP+")]
    Oid,
    /// No address, or one that is empty or longer than 255 octets.
    #[error("an SM-DP+ needs addresses of 1 to 255 octets")]
    Address,
    /// No length of transaction IDs, or one out of range.
    #[error("transaction IDs have 1 to 16 octets")]
    TransactionIdLength,
}

impl SmdpConfig {
    /// A server with the SM-DP+ part of these certificates, called by these addresses.
    ///
    /// # Errors
    /// [`SetupError::NoCredentials`], [`SetupError::Certificate`].
    pub fn new(pki: &Pki, addresses: Vec<String>) -> Result<Self, SetupError> {
        let dp = pki.dp.as_ref().ok_or(SetupError::NoCredentials)?;
        Ok(Self {
            addresses,
            roots: pki.roots()?,
            credentials: vec![DpCredentials {
                auth: dp.auth.clone(),
                pb: dp.pb.clone(),
            }],
            other: None,
            bind: BindOptions::default(),
            session_life: Duration::from_secs(30 * 60),
            transaction_id_lengths: vec![16],
            refuse_rebinding: false,
            check_memory: true,
        })
    }

    /// What an [`OrderBook`] beside the running server needs to know.
    ///
    /// # Errors
    /// As [`Smdp::new`].
    pub fn book_options(&self) -> Result<BookOptions, SetupError> {
        let first = self.credentials.first().ok_or(SetupError::NoCredentials)?;
        Ok(BookOptions {
            address: self.addresses.first().ok_or(SetupError::Address)?.clone(),
            bind: self.bind.clone(),
            oid_length: oid(&first.auth)?.as_bytes().len(),
        })
    }
}

/// Certificates in use, with what is looked up in them all the time.
pub(crate) struct InUse {
    pub(crate) auth: Credential,
    pub(crate) pb: Credential,
    pub(crate) oid: ObjectIdentifier,
    ci_key_id: Vec<u8>,
}

/// A software SM-DP+. It does no input or output of its own: requests are values, orders are in the [`Store`].
pub struct Smdp {
    config: SmdpConfig,
    credentials: Vec<InUse>,
    other: Option<InUse>,
    book: OrderBook,
    clock: Arc<dyn Clock>,
    pub(crate) sessions: Sessions,
    misbehaviours: Misbehaviours,
    recorder: Option<Arc<dyn Recorder>>,
    begun: AtomicUsize,
}

impl Smdp {
    /// Sets a server up.
    ///
    /// # Errors
    /// [`SetupError`] for certificates that do not fit and settings out of range.
    pub fn new(
        config: SmdpConfig,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        random: Box<dyn Random>,
    ) -> Result<Self, SetupError> {
        let fits = |address: &String| (1..=255).contains(&address.len());
        if config.addresses.is_empty() || !config.addresses.iter().all(fits) {
            return Err(SetupError::Address);
        }
        let lengths = &config.transaction_id_lengths;
        if lengths.is_empty() || !lengths.iter().all(|length| (1..=16).contains(length)) {
            return Err(SetupError::TransactionIdLength);
        }
        let in_use = |credentials| InUse::new(credentials, &config.roots);
        let book = OrderBook::new(config.book_options()?, store, Arc::clone(&clock), random);
        Ok(Self {
            credentials: config
                .credentials
                .iter()
                .map(in_use)
                .collect::<Result<_, _>>()?,
            other: config.other.as_ref().map(in_use).transpose()?,
            book,
            clock,
            sessions: Sessions::new(config.session_life),
            misbehaviours: Misbehaviours::default(),
            recorder: None,
            begun: AtomicUsize::new(0),
            config,
        })
    }

    /// Writes every exchange to a transcript.
    #[must_use]
    pub fn with_recorder(mut self, recorder: Arc<dyn Recorder>) -> Self {
        self.recorder = Some(recorder);
        self
    }

    /// The orders: place them, look at them.
    pub fn orders(&self) -> &OrderBook {
        &self.book
    }

    /// Every notification that came, in the order of arrival, with the verdict on it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn received(&self) -> Result<Vec<ReceivedNotification>, StoreError> {
        self.book.store().notifications()
    }

    /// What is to be done wrong.
    pub fn misbehaviours(&self) -> &Misbehaviours {
        &self.misbehaviours
    }

    /// How many RSP sessions are open (or forgotten by their clients and not over yet).
    pub fn open_sessions(&self) -> usize {
        self.sessions.count()
    }

    /// The server's usual name.
    pub fn address(&self) -> &str {
        self.canonical_address()
    }

    /// The server's OID in dotted form, as an activation code may carry it.
    pub fn oid(&self) -> String {
        self.credentials
            .first()
            .map(|credentials| credentials.oid.to_string())
            .unwrap_or_default()
    }

    /// Calls a function without a socket: status, header fields and body as they would go out.
    pub fn handle(&self, function: &str, host: &str, body: &[u8]) -> Response {
        self.call(&Request::post(host, &format!("{ES9_PATH}{function}"), body))
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.clock.now()
    }

    pub(crate) fn roots(&self) -> &Roots {
        &self.config.roots
    }

    pub(crate) fn bind_options(&self) -> &BindOptions {
        &self.config.bind
    }

    pub(crate) fn refuses_rebinding(&self) -> bool {
        self.config.refuse_rebinding
    }

    pub(crate) fn checks_memory(&self) -> bool {
        self.config.check_memory
    }

    pub(crate) fn canonical_address(&self) -> &str {
        self.config
            .addresses
            .first()
            .map(String::as_str)
            .unwrap_or_default()
    }

    /// The address as this server writes it, if it is one of its own; letters of either size (facts 5.3).
    pub(crate) fn own_address(&self, asked_for: &str) -> Option<&str> {
        self.config
            .addresses
            .iter()
            .find(|own| own.eq_ignore_ascii_case(asked_for))
            .map(String::as_str)
    }

    pub(crate) fn credential_under(&self, ci_key_id: &[u8]) -> Option<usize> {
        self.credentials
            .iter()
            .position(|credentials| credentials.ci_key_id == ci_key_id)
    }

    pub(crate) fn credential(&self, index: usize, quirks: &Quirks) -> Result<&InUse, Refusal> {
        let other = quirks.has(&Misbehaviour::OtherOid);
        other
            .then_some(self.other.as_ref())
            .flatten()
            .or_else(|| self.credentials.get(index))
            .ok_or(Refusal::INTERNAL)
    }

    pub(crate) fn is_own_oid(&self, oid: &ObjectIdentifier) -> bool {
        self.credentials
            .iter()
            .any(|credentials| credentials.oid == *oid)
    }

    pub(crate) fn next_transaction_id_length(&self) -> usize {
        let lengths = &self.config.transaction_id_lengths;
        let turn = self.begun.fetch_add(1, Ordering::Relaxed);
        let length = turn.checked_rem(lengths.len());
        length
            .and_then(|index| lengths.get(index))
            .copied()
            .unwrap_or(16)
    }

    /// Writes the one-time key and the confirmation code to the transcript, if secrets may stand there.
    #[cfg(feature = "transcript-secrets")]
    pub(crate) fn record_secrets(&self, order: &OrderId, id: &[u8], key: &OneTimeKeyPair) {
        self.record_secret("smdp_otsk", id, &hex::encode(key.to_scalar()));
        if let Some(code) = self.book.remembered_code(order) {
            self.record_secret("confirmation_code", id, &code);
        }
    }

    #[cfg(not(feature = "transcript-secrets"))]
    pub(crate) fn record_secrets(&self, _order: &OrderId, _id: &[u8], _key: &OneTimeKeyPair) {}

    /// Writes the profile in clear to the transcript, if secrets may stand there.
    #[cfg(feature = "transcript-secrets")]
    pub(crate) fn record_profile(&self, id: &[u8], profile: &[u8]) {
        self.record_secret("profile", id, &hex::encode(profile));
    }

    #[cfg(not(feature = "transcript-secrets"))]
    pub(crate) fn record_profile(&self, _id: &[u8], _profile: &[u8]) {}

    #[cfg(feature = "transcript-secrets")]
    fn record_secret(&self, name: &str, id: &[u8], value: &str) {
        if let Some(recorder) = &self.recorder {
            recorder.record(&crate::transcript::secret_line(name, id, value));
        }
    }
}

impl InUse {
    fn new(credentials: &DpCredentials, roots: &Roots) -> Result<Self, SetupError> {
        // Dates are not looked at: a test may serve with certificates that have expired.
        let ci = roots.verify(credentials.auth.certificate(), Role::DpAuth, None)?;
        roots.verify(credentials.pb.certificate(), Role::DpPb, None)?;
        let oid = oid(&credentials.auth)?;
        if self::oid(&credentials.pb)? != oid {
            return Err(SetupError::Oid);
        }
        Ok(Self {
            auth: credentials.auth.clone(),
            pb: credentials.pb.clone(),
            oid,
            ci_key_id: ci.subject_key_identifier().unwrap_or_default().to_vec(),
        })
    }
}

fn oid(credential: &Credential) -> Result<ObjectIdentifier, SetupError> {
    let id = credential.certificate().registered_id();
    id.and_then(|id| ObjectIdentifier::from_bytes(id.der_value()).ok())
        .ok_or(SetupError::Oid)
}

impl Service for Smdp {
    fn call(&self, request: &Request) -> Response {
        let response = self.answer(request);
        // What never went out is no exchange.
        let sent = !matches!(response.delivery, Delivery::Never | Delivery::Close);
        if let Some(recorder) = self.recorder.as_ref().filter(|_| sent) {
            recorder.record(&http_line(request, &response));
        }
        response
    }
}

impl Smdp {
    fn answer(&self, request: &Request) -> Response {
        let path = request.path.split('?').next().unwrap_or_default();
        let function = path.strip_prefix(ES9_PATH).and_then(Function::from_name);
        let Some(function) = function else {
            return Response::status(404);
        };
        if request.method != "POST" {
            let mut response = Response::status(405);
            response.header("allow", "POST");
            return response;
        }
        if !is_json(request.header("content-type")) {
            return Response::status(415);
        }
        let quirks = self.misbehaviours.take(function);
        if let Some(response) = instead(&quirks) {
            return response;
        }
        let outcome = self.execute(function, request, &quirks);
        let mut response = written(function, &outcome, &quirks);
        response.header("x-admin-protocol", ADMIN_PROTOCOL);
        deliver(&mut response, &quirks);
        response
    }

    fn execute(
        &self,
        function: Function,
        request: &Request,
        quirks: &Quirks,
    ) -> Result<Reply, Refusal> {
        let refuse = quirks.find(|quirk| match quirk {
            Misbehaviour::Refuse(code) => Some(code.clone()),
            _ => None,
        });
        if let Some(code) = refuse {
            let message = "refused on request".into();
            return Err(Refusal { code, message });
        }
        check_protocol(request.header("x-admin-protocol"))?;
        let arguments = Arguments::parse(&request.body)?;
        es9::execute(self, function, &arguments, quirks)
    }
}

fn is_json(content_type: Option<&str>) -> bool {
    let media_type = content_type.and_then(|value| value.split(';').next());
    media_type.is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case("application/json"))
}

/// `gsma/rsp/v2.…` or v3 will do; so will no header at all (facts 4.1).
fn check_protocol(header: Option<&str>) -> Result<(), Refusal> {
    let Some(header) = header else {
        return Ok(());
    };
    let version = header.trim().to_ascii_lowercase();
    let major = version
        .strip_prefix("gsma/rsp/v")
        .and_then(|version| version.split('.').next());
    match major {
        Some("2" | "3") => Ok(()),
        _ => Err(Refusal::PROTOCOL_VERSION),
    }
}

/// The answers that go out without the function being executed.
fn instead(quirks: &Quirks) -> Option<Response> {
    let without_answer = |delivery| {
        let mut response = Response::status(200);
        response.delivery = delivery;
        response
    };
    quirks.find(|quirk| match quirk {
        Misbehaviour::Html => Some(Response::with_body(
            "text/html",
            b"<!doctype html><title>Sign in to this network</title>".to_vec(),
        )),
        Misbehaviour::HttpStatus(status) => Some(Response::status(*status)),
        Misbehaviour::LargeBody { octets, framing } => Some(without_answer(Delivery::Filler {
            octets: Some(*octets),
            framing: *framing,
        })),
        Misbehaviour::EndlessBody => Some(without_answer(Delivery::Filler {
            octets: None,
            framing: crate::misbehaviour::Framing::Chunked,
        })),
        Misbehaviour::Hang => Some(without_answer(Delivery::Never)),
        Misbehaviour::CloseBefore => Some(without_answer(Delivery::Close)),
        _ => None,
    })
}

fn written(function: Function, outcome: &Result<Reply, Refusal>, quirks: &Quirks) -> Response {
    const JSON: &str = "application/json;charset=UTF-8";
    match outcome {
        Ok(reply) => match reply.body(quirks) {
            Some(_) if quirks.has(&Misbehaviour::EmptyBody) => Response::status(200),
            Some(body) => Response::with_body(JSON, body),
            None if quirks.has(&Misbehaviour::AcknowledgeWith200) => Response::status(200),
            None => Response::status(204),
        },
        Err(refusal) => {
            let mut response = Response::with_body(JSON, es9::refusal_body(refusal, quirks));
            // A 2xx would make the client forget its notification.
            if function == Function::HandleNotification {
                response.status = if refusal.code == Refusal::INTERNAL.code {
                    500
                } else {
                    400
                };
            }
            response
        }
    }
}

fn deliver(response: &mut Response, quirks: &Quirks) {
    if quirks.has(&Misbehaviour::ConnectionClose) {
        response.delivery = Delivery::LastOnConnection;
    }
    if quirks.has(&Misbehaviour::ChunkedBody) {
        response.delivery = Delivery::Chunked;
    }
    if quirks.has(&Misbehaviour::CloseAfter) {
        response.delivery = Delivery::Close;
    }
}
