//! The user's verbs: one file for each thing that a person does with an eSIM.

mod authenticate;
mod certificate;
mod checks;
mod chip;
mod closing;
mod delivery;
mod discovery;
mod install;
mod loading;
mod offer;
mod policy;
mod profiles;
mod reset;
mod session;
mod switch;
mod waiting;

use std::future::ready;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use lpakit_rsp::authentication::DeviceInfo;
use lpakit_rsp::identifiers::{Aid, Eid, KeyId};
use tokio::runtime::Handle;
use tokio::sync::Notify;

use crate::activation_code::{ActivationCode, ParseOptions};
use crate::card::{
    CallWatch, CardError, CardHints, CardPort, CardStats, CardThread, IsdrChannel, NotDone,
    ThreadStartHook, known_isdr_aids,
};
use crate::clock::{Clock, TokioClock};
use crate::error::Error;
use crate::es9::{Es9Client, TimeLimits};
use crate::es10::Es10;
use crate::http::{BoxFuture, HttpStats, HttpTransport};

pub use chip::{ChipInfo, share_text};
use closing::Closing;
use delivery::{Courier, Ledger};
pub use delivery::{Delivery, DeliveryMemory, PendingReport, SendReport, Trouble, UnsentReport};
pub use discovery::{Discovery, SearchTrouble, WaitingPlan};
pub use install::{
    Canceller, Installation, InstallationId, InstallationOutcome, Installed, ReportState, Watcher,
};
pub use offer::{Answers, Need, NotAccepted, Offer, RejectReason};
pub use profiles::{Profile, rules_in_words};

/// What an [`Lpa`] needs to know beyond the card and the network.
#[derive(Clone)]
pub struct LpaOptions {
    /// What the device tells eUICC and server about itself.
    pub device: DeviceInfo,
    /// AIDs of the ISD-R to look for, in order.
    pub isdr_aids: Vec<Aid>,
    /// What an earlier run learned of this card.
    pub hints: Option<CardHints>,
    /// How long servers may take.
    pub limits: TimeLimits,
    /// How long one call of the card's port may take. A port that does not come back makes the card stuck
    /// (`card.stuck`): nobody waits for it any more, and it is not asked again.
    pub card_limit: Duration,
    /// Who sends pending notifications.
    pub delivery: Delivery,
    /// What an earlier run remembered of deliveries ([`Lpa::delivery_memory`]).
    pub delivery_memory: DeliveryMemory,
    /// Called on each thread that lpakit starts.
    pub on_thread_start: Option<ThreadStartHook>,
    /// What to wait with.
    pub clock: Arc<dyn Clock>,
}

impl LpaOptions {
    /// Ordinary options for a device.
    pub fn new(device: DeviceInfo) -> Self {
        Self {
            device,
            isdr_aids: known_isdr_aids(),
            hints: None,
            limits: TimeLimits::default(),
            card_limit: Duration::from_secs(120),
            delivery: Delivery::Automatic,
            delivery_memory: DeliveryMemory::default(),
            on_thread_start: None,
            clock: Arc::new(TokioClock),
        }
    }
}

impl std::fmt::Debug for LpaOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LpaOptions").field("hints", &self.hints).finish_non_exhaustive()
    }
}

/// One eUICC on a card.
#[derive(Clone, PartialEq, Eq)]
pub struct Euicc {
    /// The AID of its ISD-R.
    pub isdr_aid: Aid,
    /// Its EID.
    pub eid: Eid,
}

impl std::fmt::Debug for Euicc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Euicc").field("isdr_aid", &self.isdr_aid).finish_non_exhaustive()
    }
}

/// Where a plan comes from.
#[derive(Debug, Clone)]
pub enum ProfileSource {
    /// An activation code.
    Code(ActivationCode),
    /// The default SM-DP+ address on the card: the operator has prepared a plan for this very EID.
    DefaultServer,
    /// An event that waited at an SM-DS ([`Lpa::discover`]).
    Event(WaitingPlan),
}

/// A Local Profile Assistant for one eUICC. Clones share the card, which is closed when the last one is gone.
///
/// All operations on the card stand in one queue on a thread of its own. Networking and limits of time need a tokio
/// runtime with its I/O and timers on (`enable_all`): [`Lpa::open`] is called inside one and keeps a handle to it.
#[derive(Clone)]
pub struct Lpa {
    pub(crate) inner: Arc<Inner>,
    courier: Arc<Courier>,
}

pub(crate) struct Inner {
    card: CardThread,
    transport: Arc<dyn HttpTransport>,
    options: LpaOptions,
    runtime: Handle,
    /// Whether an RSP session is reserved: one at a time on a card.
    session_reserved: AtomicBool,
    /// The card's CI keys, once read; they do not change.
    card_keys: OnceLock<Arc<[KeyId]>>,
    /// What is known of deliveries to operators.
    ledger: Mutex<Ledger>,
    /// Told when somebody is done with one of its lanes.
    lane_released: Notify,
    closing: Closing,
}

impl Lpa {
    /// Starts the card's thread. Nothing is sent to the card yet.
    ///
    /// # Errors
    /// [`Error`] of kind `closed` when no thread can be started, or outside a tokio runtime.
    pub fn open(
        port: CardPort,
        transport: Arc<dyn HttpTransport>,
        options: LpaOptions,
    ) -> Result<Self, Error> {
        let runtime = Handle::try_current().map_err(|_| Error::closed())?;
        let calls = CallWatch::new(options.card_limit);
        let aids = options.isdr_aids.clone();
        let channel = IsdrChannel::watched(port, aids, options.hints, calls.clone());
        let hook = options.on_thread_start.clone();
        let card = CardThread::start(channel, calls, runtime.clone(), hook)
            .map_err(|_| Error::closed())?;
        Ok(Self::on(card, transport, options, runtime, Closing::default()))
    }

    fn on(
        card: CardThread,
        transport: Arc<dyn HttpTransport>,
        options: LpaOptions,
        runtime: Handle,
        closing: Closing,
    ) -> Self {
        let mut ledger = Ledger::new(options.delivery_memory.clone(), options.clock.now());
        if options.delivery == Delivery::Automatic {
            // An app that sends by hand knows what it has left.
            ledger.may_hold_more();
        }
        let inner = Arc::new(Inner {
            card,
            transport,
            options,
            runtime,
            session_reserved: AtomicBool::new(false),
            card_keys: OnceLock::new(),
            ledger: Mutex::new(ledger),
            lane_released: Notify::new(),
            closing,
        });
        let courier = Courier::default();
        if inner.options.delivery == Delivery::Automatic {
            courier.start(&inner);
        }
        Self { inner, courier: Arc::new(courier) }
    }

    /// The eUICCs on this card: one, but for cards with several secure elements. Each has its own ISD-R, EID and
    /// profiles; [`Lpa::euicc`] is the LPA for one of them.
    ///
    /// # Errors
    /// [`Error`] of kind `card`: `card.no_isdr` when there is none.
    pub async fn euiccs(&self) -> Result<Vec<Euicc>, Error> {
        let find = |channel: &mut IsdrChannel| {
            let mut found: Vec<Euicc> = Vec::new();
            for isdr_aid in channel.find_all()? {
                channel.choose(Some(&isdr_aid));
                let eid = Es10::new(channel).get_eid()?;
                // Some cards answer to the standard's AID and to their maker's.
                if found.iter().all(|known| known.eid != eid) {
                    found.push(Euicc { isdr_aid, eid });
                }
            }
            Ok::<_, CardError>(found)
        };
        let found = self.inner.card.run(find).await;
        Ok(found??)
    }

    /// The LPA for one eUICC of a card with several. It shares the card and its queue with this one.
    pub fn euicc(&self, isdr_aid: Aid) -> Self {
        let Inner { card, transport, options, runtime, closing, .. } = &*self.inner;
        let options = LpaOptions { delivery_memory: DeliveryMemory::default(), ..options.clone() };
        let (card, transport) = (card.for_isdr(isdr_aid), Arc::clone(transport));
        Self::on(card, transport, options, runtime.clone(), closing.clone())
    }

    /// After an operation that may have left something to tell. Nobody waits for it.
    fn operation_done(&self) {
        if self.inner.options.delivery == Delivery::Automatic {
            self.deliver_soon();
        }
    }

    /// Reads an activation code with the rules that fit this LPA: test servers' addresses are taken only while a test
    /// CI is trusted.
    ///
    /// # Errors
    /// [`Error`] of kind `input`.
    pub fn parse_activation_code(&self, text: &str) -> Result<ActivationCode, Error> {
        Ok(ActivationCode::parse_with(text, &self.parse_options())?)
    }

    /// The rules with which to read activation codes and scan pictures for this LPA.
    pub fn parse_options(&self) -> ParseOptions {
        self.inner.parse_options()
    }

    /// Waits until everything that was asked of the card is done, and closes the channel. It opens again by itself
    /// when it is needed.
    ///
    /// # Errors
    /// [`Error`] of kind `closed` when the card's thread has ended.
    pub async fn release_card(&self) -> Result<(), Error> {
        self.inner.card.run(IsdrChannel::close).await.map_err(Error::from)
    }

    /// What was exchanged with the card and over HTTP so far.
    ///
    /// # Errors
    /// [`Error`] of kind `closed` when the card's thread has ended.
    pub async fn stats(&self) -> Result<(CardStats, HttpStats), Error> {
        let card = self.inner.card.run(|channel| channel.stats()).await;
        Ok((card?, self.inner.transport.stats()))
    }

    /// What was learned of the card, for [`LpaOptions::hints`] of a later run.
    ///
    /// # Errors
    /// [`Error`] of kind `closed` when the card's thread has ended.
    pub async fn hints(&self) -> Result<CardHints, Error> {
        self.inner.card.run(|channel| channel.hints()).await.map_err(Error::from)
    }
}

/// For each kind of result once, and not for each job.
async fn flat<T>(done: BoxFuture<'_, Result<Result<T, CardError>, NotDone>>) -> Result<T, Error> {
    Ok(done.await??)
}

impl std::fmt::Debug for Lpa {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lpa")
    }
}

impl Inner {
    /// Runs ES10 functions on the card's thread, but begins nothing when the LPA is closing.
    fn es10<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Es10<'_>) -> Result<T, CardError> + Send + 'static,
    ) -> BoxFuture<'_, Result<T, Error>> {
        if self.closing.is_wished() {
            return Box::pin(ready(Err(Error::closed())));
        }
        self.es10_to_the_end(job)
    }

    /// As [`Self::es10`], for what must come to its end once it has begun.
    fn es10_to_the_end<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Es10<'_>) -> Result<T, CardError> + Send + 'static,
    ) -> BoxFuture<'_, Result<T, Error>> {
        Box::pin(flat(self.card.run(move |channel| job(&mut Es10::new(channel)))))
    }

    /// The CI keys that the card verifies servers with.
    async fn card_keys(&self) -> Result<Arc<[KeyId]>, Error> {
        if let Some(keys) = self.card_keys.get() {
            return Ok(Arc::clone(keys));
        }
        let info = self.es10(|card| card.get_euicc_info1()).await?;
        Ok(self.remember_keys(&info.verification_keys))
    }

    fn remember_keys(&self, keys: &[KeyId]) -> Arc<[KeyId]> {
        Arc::clone(self.card_keys.get_or_init(|| keys.into()))
    }

    fn parse_options(&self) -> ParseOptions {
        if self.transport.trusts_test_ci() {
            ParseOptions::developer()
        } else {
            ParseOptions::strict()
        }
    }

    fn es9(&self, host: String, card_keys: Arc<[KeyId]>) -> Es9Client {
        Es9Client::new(Arc::clone(&self.transport), host, card_keys, self.options.limits)
    }
}
