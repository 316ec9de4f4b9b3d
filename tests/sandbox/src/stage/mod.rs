//! A stage for stories: cards, an SM-DP+ and an SM-DS behind TLS, and a clock, all of them moved by lines of text, so
//! that the same story can be played from any language.
//!
//! ```
//! use lpakit_sandbox::stage::Stage;
//!
//! # fn main() -> Result<(), lpakit_sandbox::stage::StageError> {
//! let stage = Stage::new()?;
//! assert_eq!(stage.act("order name=Weekend")?, "LPA:1$smdpplus.sandbox.test$ORDER-1");
//! assert_eq!(stage.act("state server")?, "orders=[Weekend:released] received=[] sessions=0");
//! # Ok(())
//! # }
//! ```
//!
//! Every stage is the same as every other: certificates, keys and identifiers are drawn from seeds, so counts of
//! commands and requests are the same in every run. Servers close each connection after one answer, because whether a
//! client notices in time that a kept one was closed is a matter of chance.
//!
//! | line | what it does | answer |
//! |---|---|---|
//! | `order [code=CODE] [tries=N] [ppr=1,2] [app=HASH[:PACKAGE]] [size=OCTETS] [iccid=N] [for=CARD] [expired] [name=NAME]` | orders a profile at the SM-DP+; `iccid` shares that of the N-th order, `name` comes last | the activation code, with the Matching ID `ORDER-n` |
//! | `order default …`, `order smds …` | the same for a card (1 unless said otherwise) that comes without a code | `ok` |
//! | `card 2` | brings a second card | `ok` |
//! | `card [N] pull`, `card [N] insert` | takes the card out, puts it back | `ok` |
//! | `card [N] memory OCTETS` | the card's memory for profiles, used and free | `ok` |
//! | `card [N] quirk NAME[=VALUE]` | a quirk of [`Quirks`](lpakit_sandbox_euicc::Quirks); VALUE is JSON, `true` unless said otherwise | `ok` |
//! | `card [N] forbids_rules` | the card's maker allows no policy rules | `ok` |
//! | `server stop`, `server start`, `smds stop`, `smds start` | nobody listens; somebody does again | `ok` |
//! | `server tls good`, `expired`, `other_host`, `self_signed` or `foreign_ci` | the certificate that the SM-DP+ shows | `ok` |
//! | `server forget_sessions` | the SM-DP+ starts again: orders stay, sessions do not | `ok` |
//! | `server ignores_memory` | the SM-DP+ starts again and no longer asks whether the card has room | `ok` |
//! | `misbehave FUNCTION WHAT [always]`, `misbehave nothing` | the SM-DP+ does something wrong at its next FUNCTION (ES9+) | `ok` |
//! | `fault card MOMENT WHAT` (`card2` …) | WHAT is `removed`, `status=6F00`, `channel_lost`, `cut`, `power_before` or `power_after` | `ok` |
//! | `fault net MOMENT WHAT` | WHAT is `lost_before`, `lost_after`, `cut` or `status=500` | `ok` |
//! | `hold card MOMENT` (`card2` …), `hold net MOMENT` | the command or request at this moment waits | `ok` |
//! | `wait held` | waits until it has come | `ok` |
//! | `release` | lets it go on, and waits until card or server has answered | `ok` |
//! | `wait FUNCTION N` | waits until servers have answered FUNCTION N times since the stage was built | `ok` |
//! | `clock 5m`, `clock 90s`, `clock 3d` | lets time go by | `ok` |
//! | `clock until 300s` | waits until somebody waits for about that long | `ok` |
//! | `clock hurry` | from now on nobody waits for pauses of up to a minute | `ok` |
//! | `state card [N]` | what is on the card | `profiles=[Travel 5 GB:enabled] notifications=[enable] session=none default_server=set` |
//! | `state server` | what the SM-DP+ has | `orders=[Travel 5 GB:installed] received=[installed] sessions=0` |
//! | `counts` | command APDUs to all cards and requests to all servers since the last `counts` | `apdus=40 requests=4` |
//!
//! The WHAT of `misbehave` is `html`, `empty_body`, `status=503`, `refuse=8.2.6/3.8`, `other_transaction_id`,
//! `other_server_address`, `wrong_signature`, `other_metadata`, `wrong_outline`, `garbage_package`, `truncated_package`,
//! `incomplete_package` or `wrong_mac` ([`Misbehaviour`](lpakit_sandbox_smdp::misbehaviour::Misbehaviour)).
//!
//! A MOMENT is a number (the N-th command or request from now), the name of a function (`EnableProfile`,
//! `getBoundProfilePackage`), or a name and how many later (`LoadBoundProfilePackage+3`). Requests are counted when they
//! reach a server.

mod acts;
mod card;
mod cast;
mod clock;
mod error;
mod gate;
mod house;
mod mistakes;
mod moment;
mod orders;
mod plane;
mod states;
mod traffic;
mod workers;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lpakit::http::{HttpOptions, ReqwestTransport, TestCi, TrustAnchors};
use lpakit_sandbox_smdp::Smdp;
use lpakit_sandbox_smdp::order::PlacedOrder;
use lpakit_sandbox_smdp::store::MemoryStore;
use lpakit_sandbox_smds::Smds;

use crate::config::{DEFAULT_NAME, DS_NAME};
use cast::Cast;
use gate::Gate;
use house::House;
use states::Names;
use traffic::{Front, Traffic};
use workers::Workers;

pub use card::StageCard;
pub use clock::VirtualClock;
pub use error::StageError;
pub use plane::QrPlane;

/// Cards, servers and a clock. It may be used from any thread and needs no runtime; [`Stage::act`] blocks.
pub struct Stage {
    cast: Cast,
    clock: VirtualClock,
    gate: Gate,
    traffic: Traffic,
    store: Arc<MemoryStore>,
    smdp: House<Smdp>,
    smds: House<Smds>,
    cards: Mutex<Vec<StageCard>>,
    book: Mutex<Book>,
    // Last: servers end before their runtime does.
    workers: Workers,
}

/// What the stage remembers.
#[derive(Default)]
struct Book {
    orders: Vec<PlacedOrder>,
    names: Names,
    /// Command APDUs and requests at the last `counts`.
    counted: (u64, u64),
    /// How often the SM-DP+ was started anew.
    lives: u64,
    ignores_memory: bool,
}

impl Stage {
    /// Builds a stage with one card, in memory. Its servers listen on the loopback.
    ///
    /// # Errors
    /// [`StageError`] when there is no thread or no port for it.
    pub fn new() -> Result<Self, StageError> {
        let workers = Workers::new()?;
        let cast = Cast::get()?;
        let gate = Gate::default();
        let traffic = Traffic::new(gate.clone());
        let store = Arc::new(MemoryStore::new());
        let smdp = Front::new(cast.smdp(Arc::clone(&store), 0, true)?, traffic.clone());
        let smdp = House::open(smdp, cast.smdp_tls(None)?, &workers)?;
        let smds = Front::new(cast.smds()?, traffic.clone());
        let smds = House::open(smds, cast.smds_tls()?, &workers)?;
        let stage = Self {
            cast,
            clock: VirtualClock::default(),
            gate,
            traffic,
            store,
            smdp,
            smds,
            cards: Mutex::default(),
            book: Mutex::default(),
            workers,
        };
        stage.bring_card(1)?;
        Ok(stage)
    }

    /// Plays one line; see the [module](self). It gives what is to be told, or `ok`.
    ///
    /// # Errors
    /// [`StageError`] for a line that means nothing or cannot be played.
    pub fn act(&self, line: &str) -> Result<String, StageError> {
        acts::play(self, line)
    }

    /// A hand on the card with this number, from 1.
    ///
    /// # Errors
    /// [`StageError::NoCard`].
    pub fn card(&self, number: usize) -> Result<StageCard, StageError> {
        let card = number.checked_sub(1).and_then(|at| self.cards().get(at).cloned());
        card.ok_or(StageError::NoCard(number))
    }

    /// The certificate of the test CI (DER), which an LPA must be told to trust.
    pub fn test_ci(&self) -> Vec<u8> {
        self.cast.ci().to_vec()
    }

    /// Where the servers' names lead: for the LPA's HTTP options. It stays so for the stage's whole life.
    pub fn connect_to(&self) -> Vec<(String, SocketAddr)> {
        let servers = [(DEFAULT_NAME, self.smdp.address()), (DS_NAME, self.smds.address())];
        servers.map(|(name, address)| (name.to_owned(), address)).to_vec()
    }

    /// The network side for an LPA on this stage: it trusts the test CI, and finds the servers.
    ///
    /// # Errors
    /// [`StageError::Trust`], which does not happen.
    pub fn transport(&self) -> Result<ReqwestTransport, StageError> {
        let anchors = TrustAnchors::with_test_cis(vec![TestCi::parse(self.cast.ci())?]);
        let options = HttpOptions { connect_to: self.connect_to(), ..HttpOptions::default() };
        Ok(ReqwestTransport::new(anchors, options))
    }

    /// The clock, which the LPA must be told to wait with.
    pub fn clock(&self) -> VirtualClock {
        self.clock.clone()
    }

    /// A camera's frame that shows the QR code of a text; white paper for an empty text.
    ///
    /// # Errors
    /// [`StageError::Unknown`] for a text that is too long for a QR code.
    pub fn qr_plane(&self, text: &str) -> Result<QrPlane, StageError> {
        QrPlane::of(text).map_err(|_| StageError::Unknown("a text of this length".to_owned()))
    }

    /// Brings the card with the next number.
    fn bring_card(&self, number: usize) -> Result<(), StageError> {
        let mut cards = self.cards();
        if number != cards.len() + 1 {
            return Err(StageError::NoCard(number));
        }
        let card = self.cast.card(number)?;
        cards.push(StageCard::new(card, number, self.gate.clone()));
        Ok(())
    }

    fn cards(&self) -> MutexGuard<'_, Vec<StageCard>> {
        self.cards.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // Whoever is held still has a thread.
        self.gate.end();
    }
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage").finish_non_exhaustive()
    }
}
