//! The SM-DP+ as a whole.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use lpakit_rsp::ObjectIdentifier;
use lpakit_sandbox_crypto::{OneTimeKeyPair, Random, Role};
use lpakit_sandbox_rsp_server::ES9_PATH;
use lpakit_sandbox_rsp_server::authority::{Authority, SetupError};
use lpakit_sandbox_rsp_server::client::ClientError;

use crate::bpp_builder::BindOptions;
use crate::clock::Clock;
use crate::config::{InUse, SmdpConfig};
use crate::es2::{Es2Function, ProfileType};
use crate::es9::Function;
use crate::http::{Request, Response, Service};
use crate::misbehaviour::{Misbehaviour, Misbehaviours, Quirks};
use crate::notification::ReceivedNotification;
use crate::order::{OrderBook, OrderId};
use crate::outbox::Outbox;
use crate::peers::Peers;
use crate::progress::Progress;
use crate::session::Stage;
use crate::status::Refusal;
use crate::store::{Store, StoreError};
use crate::transcript::Recorder;

/// Why the server cannot call others.
#[derive(Debug, thiserror::Error)]
pub enum PeersError {
    /// A client could not be set up.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The store, when it was looked through for what is due.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A software SM-DP+. Requests and answers are values, orders are in the [`Store`]; it calls
/// others only when it is [told to](Self::with_peers).
pub struct Smdp {
    config: SmdpConfig,
    credentials: Vec<InUse>,
    other: Option<InUse>,
    book: OrderBook,
    clock: Arc<dyn Clock>,
    pub(crate) authority: Authority<Stage>,
    misbehaviours: Misbehaviours<Function>,
    es2_misbehaviours: Misbehaviours<Es2Function>,
    es2: Mutex<()>,
    recorder: Option<Arc<dyn Recorder>>,
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
        let authority = Authority::new(Role::DpAuth, config.authority())?;
        let in_use = |credentials| InUse::new(credentials, &config.roots);
        let book = OrderBook::new(config.book_options()?, store, Arc::clone(&clock), random);
        Ok(Self {
            credentials: config.credentials.iter().map(in_use).collect::<Result<_, _>>()?,
            other: config.other.as_ref().map(in_use).transpose()?,
            book,
            clock,
            authority,
            misbehaviours: Misbehaviours::default(),
            es2_misbehaviours: Misbehaviours::default(),
            es2: Mutex::default(),
            recorder: None,
            config,
        })
    }

    /// Writes every exchange to a transcript.
    #[must_use]
    pub fn with_recorder(mut self, recorder: Arc<dyn Recorder>) -> Self {
        self.recorder = Some(recorder);
        self
    }

    /// Calls others from now on: SM-DSs, where orders have events, and the operator, who is told of downloads. What is
    /// due from earlier is done at once.
    ///
    /// # Errors
    /// [`PeersError`].
    pub fn with_peers(mut self, peers: &Peers) -> Result<Self, PeersError> {
        let store = Arc::clone(self.book.store());
        let outbox = Outbox::new(peers, self.address(), store, Arc::clone(&self.clock))?;
        self.book.set_outbox(outbox)?;
        Ok(self)
    }

    /// Ends when all calls to others are over, successful or not. It is for tests, which then see what came of them.
    pub async fn settled(&self) {
        if let Some(outbox) = self.book.outbox() {
            outbox.settled().await;
        }
    }

    /// Tries again what was due at SM-DSs and had no success, and takes back the events of orders that have expired.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn look_at_events(&self) -> Result<(), StoreError> {
        self.book.look_at_all_events()
    }

    /// What the operator was told, or is to be told; nothing if there is no operator to tell.
    pub fn progress(&self) -> Vec<Progress> {
        self.book.outbox().map(Outbox::progress).unwrap_or_default()
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
    pub fn misbehaviours(&self) -> &Misbehaviours<Function> {
        &self.misbehaviours
    }

    /// What is to be done wrong when operators call.
    pub fn es2_misbehaviours(&self) -> &Misbehaviours<Es2Function> {
        &self.es2_misbehaviours
    }

    /// How many RSP sessions are open (or forgotten by their clients and not over yet).
    pub fn open_sessions(&self) -> usize {
        self.authority.sessions.count()
    }

    /// The server's usual name.
    pub fn address(&self) -> &str {
        self.authority.address()
    }

    /// The server's OID in dotted form, as an activation code may carry it.
    pub fn oid(&self) -> String {
        self.credentials.first().map(|credentials| credentials.oid.to_string()).unwrap_or_default()
    }

    /// Calls a function without a socket: status, header fields and body as they would go out.
    pub fn handle(&self, function: &str, host: &str, body: &[u8]) -> Response {
        self.call(&Request::post(host, &format!("{ES9_PATH}{function}"), body))
    }

    /// Tells the operator, if there is one to tell.
    pub(crate) fn tell(&self, progress: Progress) {
        if let Some(outbox) = self.book.outbox() {
            outbox.tell(progress);
        }
    }

    pub(crate) fn recorder(&self) -> Option<&dyn Recorder> {
        self.recorder.as_deref()
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.clock.now()
    }

    pub(crate) fn catalogue(&self) -> &[ProfileType] {
        &self.config.catalogue
    }

    /// Held while an operator looks for a profile or a matching ID and takes it.
    pub(crate) fn es2_lock(&self) -> MutexGuard<'_, ()> {
        self.es2.lock().unwrap_or_else(PoisonError::into_inner)
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

    pub(crate) fn credential(&self, index: usize, quirks: &Quirks) -> Result<&InUse, Refusal> {
        let other = quirks.has(&Misbehaviour::OtherOid);
        other
            .then_some(self.other.as_ref())
            .flatten()
            .or_else(|| self.credentials.get(index))
            .ok_or(Refusal::INTERNAL)
    }

    pub(crate) fn is_own_oid(&self, oid: &ObjectIdentifier) -> bool {
        self.credentials.iter().any(|credentials| credentials.oid == *oid)
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
