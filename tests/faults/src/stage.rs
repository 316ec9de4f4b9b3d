//! What all scenarios share, made once: certificates, a card of each kind in each situation, an order at the server.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lpakit::lpa::Delivery;
use lpakit_rsp::identifiers::{Eid, Iccid};
use lpakit_rsp::profiles::ProfileId;
use lpakit_sandbox_crypto::pki::{PkiOptions, Validity};
use lpakit_sandbox_crypto::{Pki, SeededRandom};
use lpakit_sandbox_euicc::nvm::MemoryNvm;
use lpakit_sandbox_euicc::{Card, CardConfig, CardCredentials, CardSnapshot};
use lpakit_sandbox_smdp::metadata::{MetadataSpec, NotificationReceiver, Owner};
use lpakit_sandbox_smdp::order::{
    MatchingId, OrderRequest, PlacedOrder, ProfileSize, ProfileSource,
};
use lpakit_sandbox_smdp::store::{MemoryStore, Store};
use lpakit_sandbox_smdp::{Smdp, SmdpConfig};
use lpakit_sandbox_smds::event::Event;
use lpakit_sandbox_smds::store::{EventStore, MemoryEvents};
use lpakit_sandbox_smds::{Es11Path, Smds, SmdsConfig};

use crate::clock::{BEGINNING, VirtualClock};
use crate::plan::{CardKind, FaultPlan, Operation};
use crate::world::World;

/// The server's name.
pub(crate) const SERVER: &str = "smdpplus.sandbox.test";
/// The SM-DS.
pub(crate) const DISCOVERY_SERVER: &str = "smds.sandbox.test";
/// What the SM-DS calls the plan that it knows of.
const EVENT_ID: &str = "EVENT-1";
/// A second server that wants to be told; the same machine answers.
const SECOND_SERVER: &str = "notify.sandbox.test";
/// What the person must know to download.
pub(crate) const CONFIRMATION_CODE: &str = "2468";
/// Octets of the package, header included: with it a download takes about a hundred commands, as real ones do.
const PACKAGE: usize = 16 * 1024;
const SEED: u64 = 20_260_601;

/// What a card has been through before a scenario begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Situation {
    /// One profile is on, another is off, nothing waits.
    Quiet,
    /// The other profile was switched on, and nobody was told yet.
    Pending,
    /// As quiet, with the default server's address.
    Addressed,
}

/// What all scenarios share.
pub struct Stage {
    pub(crate) pki: Pki,
    cards: BTreeMap<(CardKind, Situation), CardSnapshot>,
    store: MemoryStore,
    /// The orders that downloads ask for.
    orders: Orders,
    events: Arc<MemoryEvents>,
    /// The profile that is on.
    pub(crate) home: Iccid,
    /// The profile that is off.
    pub(crate) spare: Iccid,
}

impl Stage {
    /// Makes everything. It takes a part of a second.
    ///
    /// # Panics
    /// When the sandbox cannot be set up; there is nothing to walk through then.
    pub fn new() -> Self {
        let pki = pki();
        let store = Arc::new(MemoryStore::new());
        let smdp = smdp(&pki, store.clone(), VirtualClock::default(), SEED);
        let eid = eid_of(&pki);
        let orders = Orders::place(&smdp, eid);
        let events = Arc::new(MemoryEvents::new());
        let event = Event::new(&eid, EVENT_ID, SERVER);
        assert!(events.register(&event).expect("memory"), "the only event");
        let mut stage = Self {
            cards: BTreeMap::new(),
            store: copy_of(store.as_ref()),
            orders,
            events,
            home: Iccid::from_digits("8988299000000000017").expect("an ICCID"),
            spare: Iccid::from_digits("8988299000000000025").expect("an ICCID"),
            pki,
        };
        for kind in CardKind::ALL {
            let quiet = stage.quiet_card(*kind, None);
            stage.cards.insert((*kind, Situation::Quiet), quiet);
            let addressed = stage.quiet_card(*kind, Some(SERVER.to_owned()));
            stage.cards.insert((*kind, Situation::Addressed), addressed);
            let pending = stage.with_pending_notifications(*kind);
            stage.cards.insert((*kind, Situation::Pending), pending);
        }
        stage
    }

    /// The card at the beginning of a scenario.
    pub(crate) fn card(&self, kind: CardKind, operation: Operation) -> Card {
        let situation = match operation {
            Operation::Notify => Situation::Pending,
            Operation::Default => Situation::Addressed,
            _ => Situation::Quiet,
        };
        self.cards.get(&(kind, situation)).expect("a card of each kind").card()
    }

    /// The order that an operation is about.
    pub(crate) const fn order(&self, operation: Operation) -> &PlacedOrder {
        match operation {
            Operation::Default => &self.orders.by_default,
            Operation::Event => &self.orders.by_event,
            _ => &self.orders.by_code,
        }
    }

    /// An SM-DS that knows of one event.
    pub(crate) fn smds(&self, clock: VirtualClock, seed: u64) -> Smds {
        let config = SmdsConfig::new(&self.pki, vec![DISCOVERY_SERVER.to_owned()]);
        let config = SmdsConfig { path: Es11Path::Both, ..config.expect("the server's part") };
        let random = Box::new(SeededRandom::new(seed));
        Smds::new(&config, self.events.clone(), Arc::new(clock), random).expect("a server")
    }

    /// The server's store at the beginning of a scenario; a copy.
    pub(crate) fn store(&self) -> Arc<MemoryStore> {
        Arc::new(copy_of(&self.store))
    }

    fn quiet_card(&self, kind: CardKind, default_server: Option<String>) -> CardSnapshot {
        let mut config = CardConfig {
            default_dp_address: default_server,
            root_ds_address: DISCOVERY_SERVER.to_owned(),
            ..CardConfig::default()
        };
        config.quirks.announces_refresh = true;
        config.quirks.answers_directly = kind == CardKind::Le;
        config.quirks.survives_refresh = kind == CardKind::Le;
        let credentials = CardCredentials::from_pki(&self.pki).expect("the card's part");
        let mut card = Card::create(MemoryNvm::new(), config, credentials).expect("a card");
        for (iccid, name, on) in [(self.home, "Home", true), (self.spare, "Spare", false)] {
            let metadata = metadata(name).build(iccid, SERVER).expect("metadata");
            card.preload(&metadata, name.as_bytes(), on).expect("room for a profile");
        }
        card.snapshot().expect("memory")
    }

    /// The app switched to the spare profile and was closed before it could tell anybody.
    fn with_pending_notifications(&self, kind: CardKind) -> CardSnapshot {
        let world = World::new(self, FaultPlan::healthy(kind, Operation::Enable, SEED));
        let app = world.start_with(Delivery::ByHand);
        let lpa = app.lpa();
        let spare = ProfileId::Iccid(self.spare);
        let switched = app.run(async { lpa.enable(spare).await });
        switched.expect("it ends").expect("a switch");
        drop(app);
        world.reader.look(|card| card.snapshot()).expect("memory")
    }
}

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stage")
    }
}

/// The orders that wait at the server, by how they are asked for.
struct Orders {
    by_code: PlacedOrder,
    by_default: PlacedOrder,
    by_event: PlacedOrder,
}

impl Orders {
    fn place(smdp: &Smdp, eid: Eid) -> Self {
        let place = |name, matching_id, eid| {
            let request = OrderRequest { matching_id, eid, ..order(name) };
            smdp.orders().place(&request).expect("an order")
        };
        Self {
            by_code: place("Travel 5 GB", MatchingId::Generate, None),
            by_default: place("Fleet", MatchingId::DefaultServer, Some(eid)),
            by_event: place("Business", MatchingId::Given(EVENT_ID.to_owned()), Some(eid)),
        }
    }
}

/// A server on a store.
pub(crate) fn smdp(pki: &Pki, store: Arc<MemoryStore>, clock: VirtualClock, seed: u64) -> Smdp {
    let config = SmdpConfig::new(pki, vec![SERVER.to_owned()]).expect("the server's part");
    let random = Box::new(SeededRandom::new(seed));
    Smdp::new(config, store, Arc::new(clock), random).expect("a server")
}

/// An order whose download asks for everything: consent to a rule, a confirmation code, a package of some size.
pub(crate) fn order(name: &str) -> OrderRequest {
    let size = ProfileSize::Bound { total: PACKAGE, transaction_id: 16 };
    let mut metadata = metadata(name);
    metadata.ppr2 = true;
    let mut request = OrderRequest::new(metadata);
    request.profile = ProfileSource::Build { iccid: None, imsi: None, size };
    request.confirmation_code = Some(CONFIRMATION_CODE.to_owned());
    request
}

fn metadata(name: &str) -> MetadataSpec {
    let owner = Owner { mcc: "001".to_owned(), mnc: "01".to_owned(), gid1: None, gid2: None };
    MetadataSpec {
        owner: Some(owner),
        receivers: vec![NotificationReceiver::all(SECOND_SERVER)],
        ..MetadataSpec::named("Sandbox Mobile", name)
    }
}

fn pki() -> Pki {
    let mut random = SeededRandom::new(SEED);
    let eid = lpakit_sandbox_crypto::Eid::generate("89049032", &mut random).expect("an EID");
    let beginning = SystemTime::UNIX_EPOCH + BEGINNING;
    let validity = Validity::days(beginning - Duration::from_secs(86_400), 365);
    let options = PkiOptions::new(eid, validity, vec![SERVER.into()], vec!["ds.test".into()]);
    Pki::generate(&options, &mut random).expect("certificates")
}

fn eid_of(pki: &Pki) -> Eid {
    let credentials = CardCredentials::from_pki(pki).expect("the card's part");
    Eid::from_octets(*credentials.eid().octets())
}

fn copy_of(store: &MemoryStore) -> MemoryStore {
    let copy = MemoryStore::new();
    for order in store.orders().expect("memory") {
        let profile = store.profile(&order.id).expect("its profile");
        copy.create(&order, &profile).expect("memory");
    }
    copy
}
