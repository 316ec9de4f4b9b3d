//! The SM-DS as a whole.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use lpakit_sandbox_crypto::{Random, Role};
use lpakit_sandbox_rsp_server::authority::{Asked, Authority};
use lpakit_sandbox_rsp_server::clock::Clock;
use lpakit_sandbox_rsp_server::folder::FolderError;
use lpakit_sandbox_rsp_server::http::{Request, Response, Service};
use lpakit_sandbox_rsp_server::json::Reply;
use lpakit_sandbox_rsp_server::misbehaviour::Misbehaviours;
use lpakit_sandbox_rsp_server::status::Refusal;
use lpakit_sandbox_rsp_server::transcript::Recorder;
use lpakit_sandbox_rsp_server::{ES9_PATH, frame};

use crate::config::{Es11Path, SmdsConfig, SmdsError};
use crate::es12::Root;
use crate::event::Event;
use crate::store::EventStore;
use crate::{es11, es12};

/// Where some clients call ES11 functions: followed by the function's name.
pub const ES11_PATH: &str = "/gsma/rsp2/es11/";

/// Where servers call ES12 functions: followed by the function's name.
pub const ES12_PATH: &str = "/gsma/rsp2/es12/";

/// A function of the SM-DS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Function {
    /// ES11.InitiateAuthentication.
    InitiateAuthentication,
    /// ES11.AuthenticateClient.
    AuthenticateClient,
    /// ES12.RegisterEvent.
    RegisterEvent,
    /// ES12.DeleteEvent.
    DeleteEvent,
}

impl Function {
    const fn is_es11(self) -> bool {
        matches!(self, Self::InitiateAuthentication | Self::AuthenticateClient)
    }
}

/// A software SM-DS. It does no input or output of its own: requests are values, events are in the [`EventStore`].
pub struct Smds {
    pub(crate) authority: Authority<()>,
    path: Es11Path,
    root: Option<Root>,
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
    /// [`SmdsError`] for certificates that do not fit and settings out of range.
    pub fn new(
        config: &SmdsConfig,
        store: Arc<dyn EventStore>,
        clock: Arc<dyn Clock>,
        random: Box<dyn Random>,
    ) -> Result<Self, SmdsError> {
        Ok(Self {
            authority: Authority::new(Role::DsAuth, config.authority())?,
            path: config.path,
            root: config.root.as_ref().map(Root::new).transpose()?,
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

    pub(crate) fn store(&self) -> &dyn EventStore {
        self.store.as_ref()
    }

    pub(crate) fn root(&self) -> Option<&Root> {
        self.root.as_ref()
    }

    /// The function at this path, if the path is one that is served.
    fn function(&self, path: &str) -> Option<Function> {
        let served = |prefix: &str| match self.path {
            Es11Path::Both => true,
            Es11Path::Es9Plus => prefix == ES9_PATH,
            Es11Path::Es11 => prefix == ES11_PATH,
        };
        let mut es11 = [ES9_PATH, ES11_PATH].into_iter().filter(|prefix| served(prefix));
        match es11.find_map(|prefix| path.strip_prefix(prefix)) {
            Some("initiateAuthentication") => return Some(Function::InitiateAuthentication),
            Some("authenticateClient") => return Some(Function::AuthenticateClient),
            _ => {}
        }
        match path.strip_prefix(ES12_PATH)? {
            "registerEvent" => Some(Function::RegisterEvent),
            "deleteEvent" => Some(Function::DeleteEvent),
            _ => None,
        }
    }

    fn execute(
        &self,
        function: Function,
        client: Option<&str>,
        asked: &Asked<'_>,
    ) -> Result<Reply, Refusal> {
        match function {
            Function::InitiateAuthentication => es11::initiate(self, asked),
            Function::AuthenticateClient => es11::authenticate(self, asked),
            Function::RegisterEvent => es12::register(self, client, asked.arguments),
            Function::DeleteEvent => es12::delete(self, client, asked.arguments),
        }
    }
}

impl Service for Smds {
    fn call(&self, request: &Request) -> Response {
        let Some(function) = self.function(request.bare_path()) else {
            return Response::status(404);
        };
        let client = request.client_key_id();
        if !function.is_es11() && client.is_none() {
            // ES12 is for servers that have shown who they are.
            return Response::status(403);
        }
        let response = frame::answer(
            request,
            || self.misbehaviours.take(function),
            |_| 200,
            |arguments, quirks| {
                let asked = Asked { arguments, quirks, now: self.now() };
                self.execute(function, client.as_deref(), &asked)
            },
        );
        if function.is_es11() {
            frame::record(self.recorder.as_deref(), request, &response);
        }
        response
    }
}
