//! Card, server and LPA, put together.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lpakit::card::CardPort;
use lpakit::es9::TimeLimits;
use lpakit::http::{HttpOptions, ReqwestTransport, TestCi, TrustAnchors};
use lpakit::lpa::{Answers, Delivery, Installation, InstallationOutcome, Installed, Offer};
use lpakit::rsp::authentication::{DeviceCapabilities, DeviceInfo};
use lpakit::rsp::identifiers::Tac;
use lpakit::{ConfirmationCode, Error, Lpa, LpaOptions, ProfileSource};
use lpakit_sandbox::SandboxChannels;
use lpakit_sandbox_crypto::pki::{PkiOptions, ServerOptions, ServerRequest, Validity};
use lpakit_sandbox_crypto::{Eid, Pki, RegisteredId, Role, SeededRandom};
use lpakit_sandbox_euicc::nvm::{MemoryNvm, PowerCut, PowerSwitch};
use lpakit_sandbox_euicc::{Card, CardConfig, CardCredentials};
use lpakit_sandbox_smdp::clock::SystemClock;
use lpakit_sandbox_smdp::metadata::MetadataSpec;
use lpakit_sandbox_smdp::misbehaviour::{Misbehaviour, Times};
use lpakit_sandbox_smdp::order::{OrderRequest, PlacedOrder};
use lpakit_sandbox_smdp::server::{Limits, Server, TlsOptions};
use lpakit_sandbox_smdp::store::MemoryStore;
use lpakit_sandbox_smdp::{DpCredentials, Function, Smdp, SmdpConfig};

use lpakit_sandbox_smds::store::MemoryEvents;
use lpakit_sandbox_smds::{Smds, SmdsConfig};

use crate::{CardInReader, Journal, TestClock};

/// The names of the sandbox's SM-DSs; the card's root SM-DS is the first.
pub const SMDS_NAMES: [&str; 5] = [
    "ds.sandbox.test",
    "ds2.sandbox.test",
    "ds3.sandbox.test",
    "ds4.sandbox.test",
    "ds5.sandbox.test",
];
/// The sandbox server's name.
pub const SERVER_NAME: &str = "smdpplus.sandbox.test";

type ChangeServer = Box<dyn FnOnce(&mut SmdpConfig, &Pki)>;
type ChangeLpa = Arc<dyn Fn(&mut LpaOptions) + Send + Sync>;
type ChooseTls = Box<dyn FnOnce(&Pki, &PkiOptions) -> TlsOptions>;

/// What is to be out of the ordinary.
pub struct WorldOptions {
    /// The card's configuration.
    pub card: CardConfig,
    /// Whether the reader can reset the card.
    pub can_reset: bool,
    /// Changes to the server.
    pub server: ChangeServer,
    /// The certificate the server shows.
    pub tls: ChooseTls,
    /// Whether lpakit is told to trust the sandbox's CI.
    pub trust_ci: bool,
    /// How long the server may take.
    pub limits: TimeLimits,
    /// Seed of all randomness in card and server.
    pub seed: u64,
    /// Whether the card is in a phone, whose platform opens channels itself.
    pub in_phone: bool,
    /// Changes to lpakit's options.
    pub lpa: ChangeLpa,
}

impl Default for WorldOptions {
    fn default() -> Self {
        Self {
            card: CardConfig { root_ds_address: SMDS_NAMES[0].to_owned(), ..CardConfig::default() },
            can_reset: true,
            server: Box::new(|_, _| {}),
            tls: Box::new(|pki, _| TlsOptions::of_dp(pki).expect("an SM-DP+")),
            trust_ci: true,
            limits: TimeLimits::default(),
            seed: 1,
            in_phone: false,
            lpa: Arc::new(|_| {}),
        }
    }
}

/// Card, server and LPA.
pub struct World {
    /// The certificates.
    pub pki: Pki,
    /// The server's inside.
    pub smdp: Arc<Smdp>,
    /// The server's outside.
    pub server: Server,
    /// The card in its reader.
    pub card: CardInReader,
    /// The hand on the card's power.
    pub power: PowerSwitch,
    /// What happened.
    pub journal: Journal,
    /// lpakit's time.
    pub clock: TestClock,
    /// lpakit.
    pub lpa: Lpa,
    plan: Plan,
}

/// How lpakit is opened, each time anew.
struct Plan {
    trust_ci: bool,
    limits: TimeLimits,
    in_phone: bool,
    change: ChangeLpa,
    servers: Vec<(String, SocketAddr)>,
}

/// An SM-DS.
pub struct SmdsOnStage {
    /// Its inside.
    pub smds: Arc<Smds>,
    _server: Server,
}

impl World {
    /// A world where nothing is out of the ordinary.
    pub async fn new() -> Self {
        Self::with(WorldOptions::default()).await
    }

    /// A world.
    pub async fn with(options: WorldOptions) -> Self {
        let mut random = SeededRandom::new(options.seed);
        let eid = Eid::generate("89049032", &mut random).expect("an EID");
        let validity = Validity::days(SystemTime::now() - Duration::from_secs(86_400), 365);
        let hosts = vec![SERVER_NAME.into(), "localhost".into()];
        let smds_hosts = SMDS_NAMES.map(Into::into).to_vec();
        let pki_options = PkiOptions::new(eid, validity, hosts, smds_hosts);
        let pki = Pki::generate(&pki_options, &mut random).expect("certificates");

        let journal = Journal::default();
        let (nvm, power) = PowerCut::new(MemoryNvm::new());
        let credentials = CardCredentials::from_pki(&pki).expect("the card's part");
        let card = Card::create(nvm, options.card, credentials)
            .expect("a card")
            .with_random(SeededRandom::new(options.seed + 1))
            .with_recorder(Arc::new(journal.clone()));
        let card = CardInReader::new(card, options.can_reset);

        let mut config =
            SmdpConfig::new(&pki, vec![SERVER_NAME.to_owned()]).expect("the server's part");
        (options.server)(&mut config, &pki);
        let random = Box::new(SeededRandom::new(options.seed + 2));
        let smdp = Smdp::new(config, Arc::new(MemoryStore::new()), Arc::new(SystemClock), random)
            .expect("a server")
            .with_recorder(Arc::new(journal.clone()));
        let smdp = Arc::new(smdp);
        let tls = (options.tls)(&pki, &pki_options);
        let loopback = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        let server = Server::start(smdp.clone(), loopback, &tls, Limits::default())
            .await
            .expect("a listening server");

        let clock = TestClock::default();
        let WorldOptions { trust_ci, limits, in_phone, lpa: change, .. } = options;
        let servers = vec![(SERVER_NAME.to_owned(), server.local_addr())];
        let plan = Plan { trust_ci, limits, in_phone, change, servers };
        let lpa = plan.open(&card, &pki, &clock);
        Self { pki, smdp, server, card, power, journal, clock, lpa, plan }
    }

    /// The next start of the app: the card has lost power, and a new lpakit meets it.
    pub async fn restart(&mut self) {
        self.card.untap();
        // Nothing of the old one may reach the card behind the new one's back.
        self.lpa.release_card().await.expect("the card's thread");
        self.card.look(Card::power_off);
        self.lpa = self.open_anew();
    }

    /// One more lpakit on the same card; only one of them may be used at a time.
    pub fn open_anew(&self) -> Lpa {
        self.plan.open(&self.card, &self.pki, &self.clock)
    }

    /// Starts one of the SM-DSs of [`SMDS_NAMES`].
    pub async fn start_smds(
        &mut self,
        name: &str,
        change: impl FnOnce(&mut SmdsConfig),
    ) -> SmdsOnStage {
        let mut config = SmdsConfig::new(&self.pki, vec![name.to_owned()]).expect("an SM-DS");
        change(&mut config);
        let store = Arc::new(MemoryEvents::new());
        let random = Box::new(SeededRandom::new(9));
        let smds = Smds::new(&config, store, Arc::new(SystemClock), random)
            .expect("an SM-DS")
            .with_recorder(Arc::new(self.journal.clone()));
        let smds = Arc::new(smds);
        let tls = TlsOptions::of_ds(&self.pki).expect("an SM-DS");
        let loopback = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        let server = Server::start(smds.clone(), loopback, &tls, Limits::default())
            .await
            .expect("a listening server");
        self.plan.servers.push((name.to_owned(), server.local_addr()));
        self.restart().await;
        SmdsOnStage { smds, _server: server }
    }

    /// The card's EID.
    pub fn eid(&self) -> lpakit::rsp::identifiers::Eid {
        let octets = *self.card.look(|card| card.eid().clone()).octets();
        lpakit::rsp::identifiers::Eid::from_octets(octets)
    }

    /// Changes how lpakit is opened from now on.
    pub fn change_lpa(&mut self, change: impl Fn(&mut LpaOptions) + Send + Sync + 'static) {
        self.plan.change = Arc::new(change);
    }

    /// Orders a small profile.
    pub fn order(&self) -> PlacedOrder {
        self.order_with(|_| {})
    }

    /// Orders a profile with something out of the ordinary.
    pub fn order_with(&self, change: impl FnOnce(&mut OrderRequest)) -> PlacedOrder {
        let mut request = OrderRequest::new(MetadataSpec::named("Sandbox Mobile", "Travel 5 GB"));
        change(&mut request);
        self.smdp.orders().place(&request).expect("an order")
    }

    /// Reads an order's activation code as the app would.
    pub fn code(&self, order: &PlacedOrder) -> ProfileSource {
        let text = order.activation_code(None);
        ProfileSource::Code(self.lpa.parse_activation_code(&text).expect("an activation code"))
    }

    /// Makes the server do something wrong once.
    pub fn misbehave(&self, function: Function, misbehaviour: Misbehaviour) {
        self.smdp.misbehaviours().add(function, misbehaviour, Times::Once);
    }

    /// Authenticates, accepts, and waits for the end.
    pub async fn download(&self, order: &PlacedOrder) -> Result<InstallationOutcome, Error> {
        self.download_with(order, None).await
    }

    /// As [`Self::download`], with a confirmation code and consent to all rules.
    pub async fn download_with(
        &self,
        order: &PlacedOrder,
        code: Option<&str>,
    ) -> Result<InstallationOutcome, Error> {
        let offer = self.lpa.authenticate(self.code(order)).await?;
        self.accept(offer, code).outcome().await
    }

    /// Accepts an offer.
    pub fn accept(&self, offer: Offer, code: Option<&str>) -> Installation {
        let code = code.map(|code| ConfirmationCode::new(code).expect("a confirmation code"));
        let agreed =
            offer.needs().iter().fold(Answers::yes(), |answers, need| answers.agree(*need));
        let answers = match code {
            Some(code) => agreed.with_code(code),
            None => agreed,
        };
        offer.accept(answers).map_err(|refused| refused.error).expect("an accepted offer")
    }
}

impl Plan {
    fn open(&self, card: &CardInReader, pki: &Pki, clock: &TestClock) -> Lpa {
        let ci = TestCi::parse(pki.ci.certificate().der()).expect("a CI certificate");
        let test_cis = if self.trust_ci { vec![ci] } else { Vec::new() };
        let http = HttpOptions { connect_to: self.servers.clone(), ..HttpOptions::default() };
        let transport =
            Arc::new(ReqwestTransport::new(TrustAnchors::with_test_cis(test_cis), http));
        let tac = Tac::from_digits("35693803").expect("a TAC");
        let capabilities = DeviceCapabilities::default();
        let mut options = LpaOptions::new(DeviceInfo { tac, capabilities, imei: None });
        options.clock = Arc::new(clock.clone());
        options.limits = self.limits;
        options.delivery = Delivery::ByHand;
        (self.change)(&mut options);
        let port = if self.in_phone {
            CardPort::Channels(Box::new(SandboxChannels::new(card.clone())))
        } else {
            CardPort::Raw(Box::new(card.clone()))
        };
        Lpa::open(port, transport, options).expect("an LPA")
    }
}

/// The certificates of another SM-DP+ under the same CI.
pub fn other_smdp(pki: &Pki) -> DpCredentials {
    let mut random = SeededRandom::new(77);
    let validity = Validity::days(SystemTime::now() - Duration::from_secs(86_400), 365);
    let mut issue = |role| {
        let organization = "Another SM-DP+".to_owned();
        let registered_id = RegisteredId::example(99);
        let server = ServerOptions { organization, registered_id, hosts: Vec::new() };
        let request = ServerRequest { role, name: "Another SM-DP+".to_owned(), server, validity };
        pki.issue_server(&request, &mut random).expect("a certificate")
    };
    DpCredentials { auth: issue(Role::DpAuth), pb: issue(Role::DpPb) }
}

/// The installed profile of an outcome that must be one.
pub fn installed(outcome: Result<InstallationOutcome, Error>) -> Installed {
    match outcome {
        Ok(InstallationOutcome::Installed(installed)) => *installed,
        other => panic!("not installed: {other:?}"),
    }
}

/// The fresh offer of an outcome that must be a refused confirmation code.
pub fn offer_of(outcome: Result<InstallationOutcome, Error>) -> (Offer, Error) {
    match outcome {
        Ok(InstallationOutcome::ConfirmationCodeRefused { offer, error }) => (*offer, error),
        other => panic!("no fresh offer: {other:?}"),
    }
}
