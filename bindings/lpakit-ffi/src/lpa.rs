//! The LPA of a card, as apps hold it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lpakit::card::CardPort;
use lpakit::messages::Language;
use lpakit::rsp::identifiers::Aid;
use lpakit::rsp::switching::MemoryResetRequest;

use crate::card::{CardChannel, ForeignChannels, ForeignRaw, PortAbilities, RawCard};
use crate::chip::{ChipInfo, Euicc};
use crate::code::ActivationCode;
use crate::discovery::{Discovery, ProfileSource};
use crate::engine::Engine;
use crate::error::LpaError;
use crate::notifications::{PendingReport, SendReport};
use crate::offer::Offer;
use crate::options::LpaOptions;
use crate::profile::{Profile, profile_id};
use crate::runtime::{self, Cancellation};
use crate::task::InstallTask;

/// What a memory reset deletes (SGP.22, 5.7.19).
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct MemoryReset {
    /// Operational profiles.
    #[uniffi(default = false)]
    pub operational_profiles: bool,
    /// Test profiles that were loaded in the field.
    #[uniffi(default = false)]
    pub field_loaded_test_profiles: bool,
    /// The default SM-DP+ address is set back to the maker's.
    #[uniffi(default = false)]
    pub default_smdp_address: bool,
    /// Test profiles that the maker loaded (v3).
    #[uniffi(default = false)]
    pub pre_loaded_test_profiles: bool,
    /// Provisioning profiles (v3).
    #[uniffi(default = false)]
    pub provisioning_profiles: bool,
}

/// What was exchanged with a card and over HTTP so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct Statistics {
    /// Command APDUs.
    pub apdus: u64,
    /// Octets of commands.
    pub card_bytes_out: u64,
    /// Octets of answers.
    pub card_bytes_in: u64,
    /// HTTP requests.
    pub requests: u64,
    /// TLS handshakes begun.
    pub tls_handshakes: u64,
    /// Octets of request bodies.
    pub http_bytes_out: u64,
    /// Octets of response bodies.
    pub http_bytes_in: u64,
}

/// The LPA of a card. Each opening gives a handle of its own to the same LPA; the card is let go when the last has been
/// shut down, or when nobody holds one any more.
#[derive(uniffi::Object)]
pub struct Lpa {
    engine: Arc<Engine>,
    /// For one eUICC of a card with several.
    isdr: Option<lpakit::Lpa>,
    open: AtomicBool,
}

impl Lpa {
    fn new(engine: Arc<Engine>) -> Arc<Self> {
        Arc::new(Self { engine, isdr: None, open: AtomicBool::new(true) })
    }

    /// Gives this handle up; whether the card is to be closed now.
    fn leave(&self) -> bool {
        self.open.swap(false, Ordering::AcqRel) && self.isdr.is_none() && self.engine.leave()
    }

    /// Core's LPA.
    fn core(&self) -> Result<lpakit::Lpa, LpaError> {
        if !self.open.load(Ordering::Acquire) {
            return Err(LpaError::closed());
        }
        Ok(self.isdr.as_ref().unwrap_or(&self.engine.lpa).clone())
    }
}

impl Drop for Lpa {
    /// A handle that was never shut down: the card is let go when nobody holds anything of it any more.
    fn drop(&mut self) {
        if self.open.swap(false, Ordering::AcqRel) && self.isdr.is_none() {
            self.engine.forget();
        }
    }
}

#[uniffi::export]
impl Lpa {
    /// Opens a card through a platform that opens logical channels itself. Nothing is sent to the card yet. A card that
    /// is open already is not opened again: the same LPA comes back, with the options it has.
    ///
    /// # Errors
    /// `input.setting`; `closed` when no thread can be started.
    #[uniffi::constructor]
    pub fn open_channels(
        card_id: String,
        port: Arc<dyn CardChannel>,
        abilities: PortAbilities,
        options: LpaOptions,
    ) -> Result<Arc<Self>, LpaError> {
        let engine = Engine::open(&card_id, &options, |turn| {
            CardPort::Channels(Box::new(ForeignChannels {
                port,
                abilities,
                turn,
                opening_apdus: 2,
            }))
        })?;
        Ok(Self::new(engine))
    }

    /// As `open_channels`, for ports that only carry APDUs.
    ///
    /// # Errors
    /// As `open_channels`.
    #[uniffi::constructor]
    pub fn open_raw(
        card_id: String,
        port: Arc<dyn RawCard>,
        abilities: PortAbilities,
        options: LpaOptions,
    ) -> Result<Arc<Self>, LpaError> {
        let engine = Engine::open(&card_id, &options, |turn| {
            CardPort::Raw(Box::new(ForeignRaw { port, abilities, turn }))
        })?;
        Ok(Self::new(engine))
    }

    /// The card's name, as it was opened by.
    pub fn card_id(&self) -> Result<String, LpaError> {
        Ok(self.engine.card_id.clone())
    }

    /// Shuts this handle down and returns at once; with the last one, the card: an open offer is cancelled, an
    /// installation that has written nothing yet ends as `closed` after its session was cancelled, one that has is run
    /// to its end.
    pub fn shutdown(&self) -> Result<(), LpaError> {
        if self.leave() {
            self.engine.ask_to_close();
            let engine = Arc::clone(&self.engine);
            // Without a runtime there is nothing to close.
            let _ = runtime::begin(async move { engine.close().await });
        }
        Ok(())
    }

    /// Shuts down, and waits until it is done; for servers five seconds at most. Where others still hold the card open,
    /// there is nothing to wait for.
    ///
    /// # Errors
    /// `closed.fault`.
    pub async fn shutdown_and_wait(&self) -> Result<(), LpaError> {
        if !self.leave() {
            return Ok(());
        }
        let engine = Arc::clone(&self.engine);
        runtime::run(async move {
            engine.close().await;
            Ok(())
        })
        .await
    }

    /// The eUICCs on this card: one, but for cards with several secure elements.
    ///
    /// # Errors
    /// Of kind card: `card.no_isdr` when there is none.
    pub async fn euiccs(&self) -> Result<Vec<Euicc>, LpaError> {
        let lpa = self.core()?;
        runtime::run(async move { Ok(lpa.euiccs().await?.iter().map(Euicc::from).collect()) }).await
    }

    /// The LPA for one eUICC of a card with several. It lives as long as the card is open.
    ///
    /// # Errors
    /// `input.setting` when it is no AID.
    pub fn euicc(&self, isdr_aid: String) -> Result<Arc<Self>, LpaError> {
        let aid = Aid::from_hex(&isdr_aid).map_err(|_| LpaError::setting("isdrAid"))?;
        let core = self.core()?;
        let inside = runtime::handle()?;
        let _inside = inside.enter();
        let isdr = Some(core.euicc(aid));
        Ok(Arc::new(Self { engine: Arc::clone(&self.engine), isdr, open: AtomicBool::new(true) }))
    }

    /// The EID, 32 digits.
    ///
    /// # Errors
    /// Of kind card.
    pub async fn eid(&self) -> Result<String, LpaError> {
        let lpa = self.core()?;
        runtime::run(async move { Ok(lpa.eid().await?.to_string()) }).await
    }

    /// Everything that the eUICC says of itself.
    ///
    /// # Errors
    /// Of kind card.
    pub async fn chip(&self) -> Result<ChipInfo, LpaError> {
        let lpa = self.core()?;
        runtime::run(async move { Ok(ChipInfo::from(&lpa.chip().await?)) }).await
    }

    /// What a person sends to an operator who asks for the device: the EID and, where the app may read it, the IMEI.
    ///
    /// # Errors
    /// Of kind card; `input.setting` when the IMEI is none.
    pub async fn share_text(
        &self,
        imei: Option<String>,
        locales: Vec<String>,
    ) -> Result<String, LpaError> {
        let lpa = self.core()?;
        let imei = imei.as_deref().map(lpakit::rsp::identifiers::Imei::from_digits).transpose();
        let imei = imei.map_err(|_| LpaError::setting("imei"))?;
        let language = Language::negotiate(&locales);
        runtime::run(async move {
            Ok(lpakit::lpa::share_text(&lpa.eid().await?, imei.as_ref(), language))
        })
        .await
    }

    /// Sets the default SM-DP+ address, or clears it with an empty one (SGP.22, 5.7.4).
    ///
    /// # Errors
    /// `input.default_address`; or of kind card.
    pub async fn set_default_address(&self, address: String) -> Result<(), LpaError> {
        let lpa = self.core()?;
        runtime::run(async move { Ok(lpa.set_default_address(&address).await?) }).await
    }

    /// Reads an activation code with the rules that fit this LPA: test servers' addresses are taken only while a test
    /// issuer is trusted.
    ///
    /// # Errors
    /// Of kind input.
    pub fn parse_activation_code(&self, text: String) -> Result<Arc<ActivationCode>, LpaError> {
        let parsed = self.core()?.parse_activation_code(&text)?;
        Ok(ActivationCode::new(parsed))
    }

    /// The profiles on the card, with what a list on a screen needs: no icons, AIDs and owners.
    ///
    /// # Errors
    /// Of kind card.
    pub async fn profiles(&self) -> Result<Vec<Profile>, LpaError> {
        let lpa = self.core()?;
        runtime::run(async move { Ok(lpa.profiles().await?.iter().map(Profile::from).collect()) })
            .await
    }

    /// The profiles on the card with AIDs, owners and the apps that their operators trust; no icons.
    ///
    /// # Errors
    /// Of kind card.
    pub async fn profiles_in_detail(&self) -> Result<Vec<Profile>, LpaError> {
        let lpa = self.core()?;
        runtime::run(async move {
            Ok(lpa.profiles_in_detail().await?.iter().map(Profile::from).collect())
        })
        .await
    }

    /// One profile with its icon, AID and owner, by its ICCID or the AID of its ISD-P.
    ///
    /// # Errors
    /// `card.switch.not_found`, `input.iccid`, or of kind card.
    pub async fn profile(&self, id: String) -> Result<Profile, LpaError> {
        let (lpa, id) = (self.core()?, profile_id(&id)?);
        runtime::run(async move { Ok(Profile::from(&lpa.profile(id).await?)) }).await
    }

    /// Switches a profile on. What comes back is what the card says afterwards.
    ///
    /// # Errors
    /// Of kinds input, card, policy and busy.
    pub async fn enable(&self, id: String) -> Result<Profile, LpaError> {
        let (lpa, id) = (self.core()?, profile_id(&id)?);
        runtime::run(async move { Ok(Profile::from(&lpa.enable(id).await?)) }).await
    }

    /// Switches a profile off. What comes back is what the card says afterwards.
    ///
    /// # Errors
    /// Of kinds input, card, policy and busy.
    pub async fn disable(&self, id: String) -> Result<Profile, LpaError> {
        let (lpa, id) = (self.core()?, profile_id(&id)?);
        runtime::run(async move { Ok(Profile::from(&lpa.disable(id).await?)) }).await
    }

    /// Deletes a profile for good; it must be off.
    ///
    /// # Errors
    /// Of kinds input, card, policy and busy.
    pub async fn delete(&self, id: String) -> Result<(), LpaError> {
        let (lpa, id) = (self.core()?, profile_id(&id)?);
        runtime::run(async move { Ok(lpa.delete(id).await?) }).await
    }

    /// Gives a profile a name, at most 64 octets of UTF-8; an empty one takes the name away.
    ///
    /// # Errors
    /// `input.nickname_too_long`, `input.iccid`, or of kind card.
    pub async fn rename(&self, id: String, name: String) -> Result<(), LpaError> {
        let (lpa, id) = (self.core()?, profile_id(&id)?);
        runtime::run(async move { Ok(lpa.rename(id, &name).await?) }).await
    }

    /// Resets the eUICC's memory. What it deletes is gone for good.
    ///
    /// # Errors
    /// `input.reset_options`, `card.reset.nothing`, or of kinds card and busy.
    pub async fn reset_memory(&self, what: MemoryReset) -> Result<(), LpaError> {
        let lpa = self.core()?;
        let what = MemoryResetRequest {
            operational_profiles: what.operational_profiles,
            field_loaded_test_profiles: what.field_loaded_test_profiles,
            default_dp_address: what.default_smdp_address,
            pre_loaded_test_profiles: what.pre_loaded_test_profiles,
            provisioning_profiles: what.provisioning_profiles,
        };
        runtime::run(async move { Ok(lpa.reset_memory(what).await?) }).await
    }

    /// Asks the SM-DSs that the card names, or those given, for plans that wait for this card.
    ///
    /// # Errors
    /// `discovery.no_server`, `busy.offer_open`, `cancelled.by_user`, or of kind card.
    pub async fn discover(
        &self,
        servers: Vec<String>,
        cancellation: Arc<Cancellation>,
    ) -> Result<Discovery, LpaError> {
        let lpa = self.core()?;
        runtime::run(async move {
            let search = async {
                if servers.is_empty() {
                    lpa.discover().await
                } else {
                    lpa.discover_at(&servers).await
                }
            };
            Ok(cancellation.unless_wished(&lpa, search).await?.into())
        })
        .await
    }

    /// Asks the operator's server what it offers. A person sees the offer before anything is written to the card.
    ///
    /// # Errors
    /// `busy.offer_open` while another is open; `cancelled.by_user`; or of any other kind.
    pub async fn authenticate(
        &self,
        source: ProfileSource,
        cancellation: Arc<Cancellation>,
    ) -> Result<Arc<Offer>, LpaError> {
        let (lpa, engine) = (self.core()?, Arc::clone(&self.engine));
        runtime::run(async move {
            let asked = lpa.authenticate(source.into());
            Ok(Offer::fresh(cancellation.unless_wished(&lpa, asked).await?, engine))
        })
        .await
    }

    /// The offer that is open, for whoever has lost it: a screen that was turned, for instance.
    pub fn open_offer(&self) -> Result<Option<Arc<Offer>>, LpaError> {
        let slot = self.engine.newest_offer().filter(|slot| slot.is_open());
        Ok(slot.map(|slot| Offer::of(slot, Arc::clone(&self.engine))))
    }

    /// An installation of this card, under way or ended, by its id; the newest sixteen are remembered.
    pub fn install_task(&self, id: u64) -> Result<Option<Arc<InstallTask>>, LpaError> {
        Ok(self.engine.task(id))
    }

    /// The installations of this card, under way or ended, oldest first.
    pub fn install_tasks(&self) -> Result<Vec<Arc<InstallTask>>, LpaError> {
        Ok(self.engine.all_tasks())
    }

    /// The reports to operators that wait on the card.
    ///
    /// # Errors
    /// Of kind card.
    pub async fn notifications(&self) -> Result<Vec<PendingReport>, LpaError> {
        let lpa = self.core()?;
        runtime::run(async move {
            Ok(lpa.notifications().await?.into_iter().map(PendingReport::from).collect())
        })
        .await
    }

    /// Sends everything that is pending, now. A report leaves the card only after its server has taken it.
    ///
    /// # Errors
    /// `cancelled.by_user`, or of kind card. What cannot be delivered is no error.
    pub async fn send_notifications(
        &self,
        cancellation: Arc<Cancellation>,
    ) -> Result<SendReport, LpaError> {
        let lpa = self.core()?;
        runtime::run(async move {
            Ok(cancellation.unless_wished(&lpa, lpa.send_notifications()).await?.into())
        })
        .await
    }

    /// Sends in the background whatever is due: call it when the network has come back.
    ///
    /// # Errors
    /// `closed`.
    pub fn deliver_soon(&self) -> Result<(), LpaError> {
        self.core()?.deliver_soon();
        Ok(())
    }

    /// Removes a report unsent, with the person's consent: the operator will not learn of what it tells.
    ///
    /// # Errors
    /// Of kind card. A number that is not there is fine.
    pub async fn remove_notification(&self, seq_number: u32) -> Result<(), LpaError> {
        let lpa = self.core()?;
        runtime::run(async move { Ok(lpa.remove_notification(seq_number).await?) }).await
    }

    /// What to keep for [`LpaOptions::delivery_memory`] of a later run. It holds no identifiers.
    ///
    /// # Errors
    /// `closed`.
    pub fn delivery_memory(&self) -> Result<String, LpaError> {
        let memory = self.core()?.delivery_memory();
        serde_json::to_string(&memory).map_err(|_| LpaError::of("closed.fault"))
    }

    /// What was learned of the card, to keep for [`LpaOptions::hints`] of a later run.
    ///
    /// # Errors
    /// `closed`.
    pub async fn hints(&self) -> Result<String, LpaError> {
        let lpa = self.core()?;
        runtime::run(async move {
            let hints = lpa.hints().await?;
            serde_json::to_string(&hints).map_err(|_| LpaError::of("closed.fault"))
        })
        .await
    }

    /// Lets the channel to the card go, after all that is queued. It opens again by itself when it is needed.
    ///
    /// # Errors
    /// `closed`.
    pub async fn release_card(&self) -> Result<(), LpaError> {
        let lpa = self.core()?;
        runtime::run(async move { Ok(lpa.release_card().await?) }).await
    }

    /// What was exchanged with the card and over HTTP so far.
    ///
    /// # Errors
    /// `closed`.
    pub async fn statistics(&self) -> Result<Statistics, LpaError> {
        let lpa = self.core()?;
        runtime::run(async move {
            let (card, http) = lpa.stats().await?;
            Ok(Statistics {
                apdus: card.apdus,
                card_bytes_out: card.bytes_out,
                card_bytes_in: card.bytes_in,
                requests: http.requests,
                tls_handshakes: http.tls_handshakes,
                http_bytes_out: http.bytes_out,
                http_bytes_in: http.bytes_in,
            })
        })
        .await
    }
}
