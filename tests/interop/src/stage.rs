//! A stage: one card, one server, one transcript.

use std::env;
use std::fs;
use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, MutexGuard, OnceLock};
use std::time::{Duration, SystemTime};

use lpakit::rsp::notifications::NotificationMetadata;
use lpakit::rsp::profiles::ProfileInfo;
use lpakit_sandbox_crypto::pki::Validity;
use lpakit_sandbox_crypto::{Certificate, Eid, Pki, PkiOptions, SeededRandom};
use lpakit_sandbox_euicc::nvm::MemoryNvm;
use lpakit_sandbox_euicc::{Card, CardConfig, CardCredentials};
use lpakit_sandbox_smdp::clock::SystemClock;
use lpakit_sandbox_smdp::http::{Request, Response, Service};
use lpakit_sandbox_smdp::notification::ReceivedNotification;
use lpakit_sandbox_smdp::order::{Order, OrderRequest, PlacedOrder};
use lpakit_sandbox_smdp::server::{Counters, Limits, Server, TlsOptions, TlsVersions};
use lpakit_sandbox_smdp::store::MemoryStore;
use lpakit_sandbox_smdp::{SetupError, Smdp, SmdpConfig};
use lpakit_sandbox_smds::Es11Path;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::card::{Copy, Reader, SharedCard};
use crate::error::InteropError;
use crate::smds::{SMDS_NAMES, SmdsOnStage, Stand, peers};
use crate::tape::{ApduExchange, CardCounts, HttpExchange, Tape};

/// The variable that names the folder for transcripts.
pub const TRANSCRIPTS: &str = "LPAKIT_TRANSCRIPTS";
/// The server's plain host name, for programs that can map names.
pub const SMDP_NAME: &str = "smdp.interop.example";

/// EIDs of stages begin so: an eUICC of nobody's.
const EID_PREFIX: &str = "89049032";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Each part of a stage draws from a stream of its own, so that one does not move the other's.
const CARD_STREAM: u64 = 1 << 32;
const SERVER_STREAM: u64 = 2 << 32;

/// Whose run it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// Debian's lpac.
    Lpac,
    /// lpakit's own core.
    Lpakit,
}

impl Program {
    /// Its name in transcripts and their file names.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lpac => "lpac",
            Self::Lpakit => "lpakit",
        }
    }
}

/// A stage that is being set up.
#[must_use = "a stage is set up by `start`"]
pub struct StageBuilder {
    program: Program,
    story: String,
    seed: u64,
    recorded: bool,
    card: CardConfig,
    tls: TlsVersions,
    server: Box<dyn FnOnce(&mut SmdpConfig)>,
    smds: Vec<Es11Path>,
}

impl StageBuilder {
    /// Changes what kind of card it is.
    pub fn card(mut self, change: impl FnOnce(&mut CardConfig)) -> Self {
        change(&mut self.card);
        self
    }

    /// Changes how the server works. Called once, when its addresses are known.
    pub fn server(mut self, change: impl FnOnce(&mut SmdpConfig) + 'static) -> Self {
        self.server = Box::new(change);
        self
    }

    /// The versions of TLS that the server speaks.
    pub const fn tls(mut self, versions: TlsVersions) -> Self {
        self.tls = versions;
        self
    }

    /// Puts SM-DSs beside the server, named after [`SMDS_NAMES`](crate::SMDS_NAMES), each with where it serves ES11. The
    /// first is the card's root SM-DS, and the others forward to it what they are told to forward.
    pub fn smds(mut self, paths: &[Es11Path]) -> Self {
        self.smds = paths.to_vec();
        self
    }

    /// Other keys, identifiers and challenges than those of seed 1.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Keeps the transcript out of [`TRANSCRIPTS`]: for runs that are no whole story.
    pub const fn unpublished(mut self) -> Self {
        self.recorded = false;
        self
    }

    /// Starts the server, and puts the card on the table.
    ///
    /// # Errors
    /// [`InteropError`].
    pub fn start(mut self) -> Result<Stage, InteropError> {
        let pki = certificates(self.seed)?;
        let files = TempDir::new().map_err(InteropError::io(env::temp_dir()))?;
        let folder = transcript_folder(self.recorded, files.path())?;
        let path = folder.join(format!("{}-{}.jsonl", self.program.name(), self.story));
        let tape = Arc::new(Tape::begin(path, self.program, pki.ci.certificate())?);

        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(InteropError::Runtime)?;
        // One thread, as the product's own runtime has: then a connection is always back in its pool in time.
        let client = Builder::new_current_thread().enable_all().build();
        let client = client.map_err(InteropError::Runtime)?;
        let called = |name: &str, socket| addresses(self.program, name, socket);
        let stand = Stand { pki: &pki, addresses: &called, seed: self.seed, tape: &tape };
        let smds = runtime.block_on(stand.start_all(&self.smds))?;
        if let Some(root) = smds.first() {
            self.card.root_ds_address = root.address().to_owned();
        }
        let memory = MemoryNvm::new();
        let credentials = CardCredentials::from_pki(&pki)?;
        let card = Card::create(memory.clone(), self.card, credentials)?
            .with_random(SeededRandom::new(CARD_STREAM | self.seed))
            .with_recorder(tape.clone());

        let service = Arc::new(LateService::default());
        let mut tls = TlsOptions::of_dp(&pki).ok_or(SetupError::NoCredentials)?;
        tls.versions = self.tls;
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let starting = Server::start(service.clone(), listen, &tls, Limits::default());
        let server = runtime.block_on(starting)?;

        let mut config = SmdpConfig::new(&pki, called(SMDP_NAME, server.local_addr()))?;
        (self.server)(&mut config);
        let random = Box::new(SeededRandom::new(SERVER_STREAM | self.seed));
        let smdp =
            Smdp::new(config, Arc::new(MemoryStore::default()), Arc::new(SystemClock), random)?
                .with_recorder(tape.clone())
                .with_peers(&peers(&pki, &smds))?;
        let smdp = service.0.get_or_init(|| Arc::new(smdp)).clone();
        let card = SharedCard::new(card);
        Ok(Stage { pki, memory, card, smdp, server, smds, client, _runtime: runtime, tape, files })
    }
}

/// One card, one SM-DP+ on a socket, and the transcript of what passes between them.
///
/// Everything is in memory but the transcript, which stands in the folder of [`TRANSCRIPTS`] as
/// `<program>-<story>.jsonl`, or in a folder that goes with the stage.
pub struct Stage {
    pki: Pki,
    memory: MemoryNvm,
    card: SharedCard,
    smdp: Arc<Smdp>,
    server: Server,
    smds: Vec<SmdsOnStage>,
    client: Runtime,
    _runtime: Runtime,
    tape: Arc<Tape>,
    files: TempDir,
}

impl Stage {
    /// An ordinary stage for a program's story.
    ///
    /// # Errors
    /// [`InteropError`].
    pub fn new(program: Program, story: &str) -> Result<Self, InteropError> {
        Self::builder(program, story).start()
    }

    /// A stage with another card or server than usual.
    pub fn builder(program: Program, story: &str) -> StageBuilder {
        StageBuilder {
            program,
            story: story.to_owned(),
            seed: 1,
            recorded: true,
            card: CardConfig::default(),
            tls: TlsVersions::default(),
            server: Box::new(|_| ()),
            smds: Vec::new(),
        }
    }

    /// Certificates and keys of everybody.
    pub const fn pki(&self) -> &Pki {
        &self.pki
    }

    /// The CI certificate, which programs must be told to trust.
    pub fn ci(&self) -> &Certificate {
        self.pki.ci.certificate()
    }

    /// The SM-DP+: its orders, sessions and misbehaviours.
    pub fn smdp(&self) -> &Smdp {
        &self.smdp
    }

    /// The SM-DSs, the card's root SM-DS first.
    pub fn smds(&self) -> &[SmdsOnStage] {
        &self.smds
    }

    /// The host names of the stage and where they lead.
    pub(crate) fn names(&self) -> Vec<(String, SocketAddr)> {
        let smdp = (SMDP_NAME.to_owned(), self.socket());
        self.smds.iter().map(SmdsOnStage::name_and_socket).chain([smdp]).collect()
    }

    /// Waits until server and SM-DSs have told each other everything.
    pub fn settled(&self) {
        self.client.block_on(self.smdp.settled());
    }

    /// Writes into the transcript that a person wants this notification to be thrown away unsent.
    pub fn person_removes(&self, seq_number: u32) {
        self.tape.person_removes(seq_number);
    }

    /// What programs call the server: `localhost:PORT` for lpac, which cannot map names.
    pub fn address(&self) -> &str {
        self.smdp.address()
    }

    /// Where the server listens.
    pub fn socket(&self) -> SocketAddr {
        self.server.local_addr()
    }

    /// Connections, TLS handshakes and requests that the server has seen.
    pub fn counters(&self) -> Arc<Counters> {
        self.server.counters()
    }

    /// Places an order.
    ///
    /// # Errors
    /// [`InteropError::Order`].
    pub fn order(&self, request: &OrderRequest) -> Result<PlacedOrder, InteropError> {
        Ok(self.smdp.orders().place(request)?)
    }

    /// What has become of an order.
    ///
    /// # Errors
    /// [`InteropError::Order`].
    pub fn order_state(&self, order: &PlacedOrder) -> Result<Order, InteropError> {
        Ok(self.smdp.orders().order(&order.id)?)
    }

    /// The notifications that the server has received.
    ///
    /// # Errors
    /// [`InteropError::Store`].
    pub fn received(&self) -> Result<Vec<ReceivedNotification>, InteropError> {
        Ok(self.smdp.received()?)
    }

    /// The profiles on the card, icons included. The card does not notice that somebody looks.
    ///
    /// # Errors
    /// [`InteropError::Look`].
    pub fn profiles(&self) -> Result<Vec<ProfileInfo>, InteropError> {
        Copy::of(&self.memory)?.profiles()
    }

    /// The notifications that wait on the card.
    ///
    /// # Errors
    /// [`InteropError::Look`].
    pub fn pending(&self) -> Result<Vec<NotificationMetadata>, InteropError> {
        Copy::of(&self.memory)?.notifications()
    }

    /// The default SM-DP+ address on the card.
    ///
    /// # Errors
    /// [`InteropError::Look`].
    pub fn default_dp_address(&self) -> Result<Option<String>, InteropError> {
        Copy::of(&self.memory)?.default_dp_address()
    }

    /// EUICCInfo1 and a challenge of a copy of the card, for a request made by hand.
    ///
    /// # Errors
    /// [`InteropError::Look`].
    pub fn introduction(&self) -> Result<(Vec<u8>, [u8; 16]), InteropError> {
        Copy::of(&self.memory)?.introduction()
    }

    /// The card itself, between two runs.
    pub fn card(&self) -> MutexGuard<'_, Card> {
        self.card.lock()
    }

    /// What passed the card's contacts so far.
    pub fn apdus(&self) -> Vec<ApduExchange> {
        self.tape.apdus()
    }

    /// APDUs and octets at the card so far.
    pub fn card_counts(&self) -> CardCounts {
        CardCounts::of(&self.tape.apdus())
    }

    /// The HTTP exchanges that the server answered so far.
    pub fn http(&self) -> Vec<HttpExchange> {
        self.tape.http()
    }

    /// The transcript's file.
    pub fn transcript(&self) -> &Path {
        self.tape.path()
    }

    /// A folder for files of a run; it goes with the stage.
    pub fn files(&self) -> &Path {
        self.files.path()
    }

    /// Writes the CI certificate in PEM, for programs that want a file.
    ///
    /// # Errors
    /// [`InteropError::Io`].
    pub fn ci_file(&self) -> Result<PathBuf, InteropError> {
        let path = self.files.path().join("ci.pem");
        let pem = self.ci().to_pem()?;
        fs::write(&path, pem).map_err(InteropError::io(&path))?;
        Ok(path)
    }

    /// Runs something on the client's runtime, which stands still otherwise, and waits for it.
    pub fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.client.block_on(work)
    }

    /// Makes sure that the transcript is whole. What is recorded after this is at its own risk.
    ///
    /// # Errors
    /// [`InteropError::Io`].
    pub fn finish(&self) -> Result<(), InteropError> {
        self.tape.finish()
    }

    pub(crate) fn reader(&self) -> Result<Reader, InteropError> {
        Ok(self.card.reader()?)
    }
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage").field("socket", &self.socket()).finish_non_exhaustive()
    }
}

/// Answers once there is an SM-DP+; what it is called is known only when it has a port.
#[derive(Default)]
struct LateService(OnceLock<Arc<Smdp>>);

impl Service for LateService {
    fn call(&self, request: &Request) -> Response {
        self.0.get().map_or_else(|| Response::status(503), |smdp| smdp.call(request))
    }
}

pub(crate) fn certificates(seed: u64) -> Result<Pki, InteropError> {
    let mut random = SeededRandom::new(seed);
    let eid = Eid::generate(EID_PREFIX, &mut random)?;
    // A day early, so that clocks that differ a little do no harm.
    let validity = Validity::days(SystemTime::now() - DAY, 30);
    let dp = vec![SMDP_NAME.into(), "localhost".into(), "127.0.0.1".into()];
    let ds = SMDS_NAMES.into_iter().chain(["localhost"]).map(Into::into).collect();
    let options = PkiOptions::new(eid, validity, dp, ds);
    Ok(Pki::generate(&options, &mut random)?)
}

/// What a server of this name is called; the first of them stands in notifications.
fn addresses(program: Program, name: &str, socket: SocketAddr) -> Vec<String> {
    let by_port = format!("localhost:{}", socket.port());
    let by_name = name.to_owned();
    match program {
        Program::Lpac => vec![by_port, by_name],
        Program::Lpakit => vec![by_name, by_port],
    }
}

fn transcript_folder(recorded: bool, otherwise: &Path) -> Result<PathBuf, InteropError> {
    match env::var_os(TRANSCRIPTS).filter(|folder| recorded && !folder.is_empty()) {
        Some(folder) => {
            let folder = PathBuf::from(folder);
            fs::create_dir_all(&folder).map_err(InteropError::io(&folder))?;
            Ok(folder)
        }
        None => Ok(otherwise.to_owned()),
    }
}
