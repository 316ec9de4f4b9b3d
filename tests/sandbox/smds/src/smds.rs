//! The SM-DS as a whole.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use lpakit_sandbox_crypto::{Random, Role};
use lpakit_sandbox_rsp_server::authority::{Asked, Authority, SetupError};
use lpakit_sandbox_rsp_server::clock::Clock;
use lpakit_sandbox_rsp_server::folder::FolderError;
use lpakit_sandbox_rsp_server::http::{Request, Response, Service};
use lpakit_sandbox_rsp_server::misbehaviour::Misbehaviours;
use lpakit_sandbox_rsp_server::transcript::Recorder;
use lpakit_sandbox_rsp_server::{ES9_PATH, frame};

use crate::config::{Es11Path, SmdsConfig};
use crate::es11;
use crate::event::Event;
use crate::store::EventStore;

/// Where some clients call ES11 functions: followed by the function's name.
pub const ES11_PATH: &str = "/gsma/rsp2/es11/";

/// A function of the SM-DS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Function {
    /// ES11.InitiateAuthentication.
    InitiateAuthentication,
    /// ES11.AuthenticateClient.
    AuthenticateClient,
}

impl Function {
    fn es11(name: &str) -> Option<Self> {
        match name {
            "initiateAuthentication" => Some(Self::InitiateAuthentication),
            "authenticateClient" => Some(Self::AuthenticateClient),
            _ => None,
        }
    }
}

/// A software SM-DS. It does no input or output of its own: requests are values, events are in the [`EventStore`].
pub struct Smds {
    pub(crate) authority: Authority<()>,
    path: Es11Path,
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    random: Mutex<Box<dyn Random>>,
    misbehaviours: Misbehaviours<Function>,
    recorder: Option<Arc<dyn Recorder>>,
}

impl Smds {
    /// Sets a server up.
    ///
    /// # Errors
    /// [`SetupError`] for certificates that do not fit and settings out of range.
    pub fn new(
        config: &SmdsConfig,
        store: Arc<dyn EventStore>,
        clock: Arc<dyn Clock>,
        random: Box<dyn Random>,
    ) -> Result<Self, SetupError> {
        Ok(Self {
            authority: Authority::new(Role::DsAuth, config.authority())?,
            path: config.path,
            store,
            clock,
            random: Mutex::new(random),
            misbehaviours: Misbehaviours::default(),
            recorder: None,
        })
    }

    /// Writes every exchange with LPAs to a transcript.
    #[must_use]
    pub fn with_recorder(mut self, recorder: Arc<dyn Recorder>) -> Self {
        self.recorder = Some(recorder);
        self
    }

    /// Keeps an event of the sandbox's own; `false` if there is one with this EID and EventID already.
    ///
    /// # Errors
    /// When the store fails.
    pub fn register(&self, event: &Event) -> Result<bool, FolderError> {
        self.store.register(event)
    }

    /// Every event that waits, in the order they came.
    ///
    /// # Errors
    /// When the store fails.
    pub fn events(&self) -> Result<Vec<Event>, FolderError> {
        self.store.events()
    }

    /// What is to be done wrong.
    pub fn misbehaviours(&self) -> &Misbehaviours<Function> {
        &self.misbehaviours
    }

    /// How many RSP sessions are open (or forgotten by their clients and not over yet).
    pub fn open_sessions(&self) -> usize {
        self.authority.sessions.count()
    }

    /// The server's usual name.
    pub fn address(&self) -> &str {
        self.authority.address()
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.clock.now()
    }

    pub(crate) fn with_random<T>(&self, run: impl FnOnce(&mut dyn Random) -> T) -> T {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        run(random.as_mut())
    }

    /// The function of ES11 at this path, if the path is one that is served.
    fn es11(&self, path: &str) -> Option<Function> {
        let served = |prefix: &str| match self.path {
            Es11Path::Both => true,
            Es11Path::Es9Plus => prefix == ES9_PATH,
            Es11Path::Es11 => prefix == ES11_PATH,
        };
        [ES9_PATH, ES11_PATH]
            .into_iter()
            .filter(|prefix| served(prefix))
            .find_map(|prefix| Function::es11(path.strip_prefix(prefix)?))
    }

    fn answer_lpa(&self, function: Function, request: &Request) -> Response {
        let response = frame::answer(
            request,
            || self.misbehaviours.take(function),
            |_| 200,
            |arguments, quirks| {
                let asked = Asked { arguments, quirks, now: self.now() };
                es11::execute(self, function, &asked)
            },
        );
        frame::record(self.recorder.as_deref(), request, &response);
        response
    }
}

impl Service for Smds {
    fn call(&self, request: &Request) -> Response {
        let path = request.bare_path();
        match self.es11(path) {
            Some(function) => self.answer_lpa(function, request),
            None => Response::status(404),
        }
    }
}
