//! What the operator's server offers, and the person's answers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use lpakit::ConfirmationCode;
use lpakit::lpa;

use crate::engine::Engine;
use crate::error::LpaError;
use crate::mirror::mirror;
use crate::profile::ProfileDescription;
use crate::runtime;
use crate::sync::lock;
use crate::task::InstallTask;

mirror! {
    /// What an offer needs of the person before it can be accepted.
    Need of lpa::Need {
        /// Consent to the installation; every offer needs it.
        Consent,
        /// Consent to "cannot be switched off" (PPR1).
        ConsentToNoDisabling,
        /// Consent to "cannot be deleted" (PPR2).
        ConsentToNoDeleting,
        /// Consent to try although the card seems to have too little memory.
        ConsentToLowMemory,
        /// The operator's confirmation code.
        ConfirmationCode,
    }
}

mirror! {
    /// Why an offer is not taken.
    RejectReason of lpa::RejectReason {
        /// The person does not want it (endUserRejection). The operator may end the order.
        Refused,
        /// The person wants to decide later (postponed). The order stays as it is.
        Later,
    }
}

/// What the person answered to an offer.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Answers {
    /// What the person agreed to, each shown in its own words.
    #[uniffi(default)]
    pub agreed: Vec<Need>,
    /// The confirmation code that the person typed. It is a secret.
    #[uniffi(default)]
    pub confirmation_code: Option<String>,
}

impl Answers {
    fn read(&self) -> Result<lpa::Answers, LpaError> {
        let agree = |answers: lpa::Answers, need: &Need| answers.agree((*need).into());
        let answers = self.agreed.iter().fold(lpa::Answers::default(), agree);
        let Some(code) = &self.confirmation_code else { return Ok(answers) };
        Ok(answers.with_code(ConfirmationCode::new(code)?))
    }
}

/// An offer, whoever holds it, and what is known of it after its end.
pub(crate) struct OfferSlot {
    profile: ProfileDescription,
    needs: Vec<Need>,
    server: String,
    offer: Mutex<Option<lpa::Offer>>,
    /// How many handles apps have. An installation whose confirmation code was refused remembers the slot as well, and that
    /// alone must not keep the card's session.
    handles: AtomicUsize,
}

impl OfferSlot {
    pub(crate) fn new(offer: lpa::Offer) -> Arc<Self> {
        Arc::new(Self {
            profile: ProfileDescription::from(offer.metadata()),
            needs: offer.needs().iter().map(|need| (*need).into()).collect(),
            server: offer.server().to_owned(),
            offer: Mutex::new(Some(offer)),
            handles: AtomicUsize::new(0),
        })
    }

    pub(crate) fn is_open(&self) -> bool {
        lock(&self.offer).as_ref().is_some_and(lpa::Offer::is_open)
    }
}

/// What the operator's server offers, before anything is written to the card. It holds the card's only RSP session, but
/// not the card. Unanswered it is cancelled after five minutes (timeout), or when nobody holds it any more (postponed).
#[derive(uniffi::Object)]
pub struct Offer {
    slot: Arc<OfferSlot>,
    engine: Arc<Engine>,
}

impl Offer {
    pub(crate) fn fresh(offer: lpa::Offer, engine: Arc<Engine>) -> Arc<Self> {
        Self::of(OfferSlot::new(offer), engine)
    }

    pub(crate) fn of(slot: Arc<OfferSlot>, engine: Arc<Engine>) -> Arc<Self> {
        engine.remember_offer(&slot);
        slot.handles.fetch_add(1, Ordering::AcqRel);
        Arc::new(Self { slot, engine })
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        if self.slot.handles.fetch_sub(1, Ordering::AcqRel) == 1 {
            let forgotten = lock(&self.slot.offer).take();
            drop(forgotten);
        }
    }
}

#[uniffi::export]
impl Offer {
    /// Names, icon, operator and rules of the profile.
    pub fn profile(&self) -> Result<ProfileDescription, LpaError> {
        Ok(self.slot.profile.clone())
    }

    /// What `accept` must be given an answer to.
    pub fn needs(&self) -> Result<Vec<Need>, LpaError> {
        Ok(self.slot.needs.clone())
    }

    /// The server that offers, as the code names it.
    pub fn server(&self) -> Result<String, LpaError> {
        Ok(self.slot.server.clone())
    }

    /// Whether it can still be answered.
    pub fn is_open(&self) -> Result<bool, LpaError> {
        Ok(self.slot.is_open())
    }

    /// Accepts, and starts the installation, which goes on by itself.
    ///
    /// # Errors
    /// `input.consent_missing` and `input.confirmation_code_missing`: the offer stays open. `cancelled.offer_expired`,
    /// `input.offer_used`: it is over.
    pub fn accept(&self, answers: Answers) -> Result<Arc<InstallTask>, LpaError> {
        let answers = answers.read()?;
        let mut slot = lock(&self.slot.offer);
        let offer = slot.take().ok_or_else(|| LpaError::of("input.offer_used"))?;
        match offer.accept(answers) {
            Ok(installation) => {
                drop(slot);
                Ok(InstallTask::start(installation, &self.engine)?)
            }
            Err(refused) => {
                *slot = Some(refused.offer);
                Err(refused.error.into())
            }
        }
    }

    /// Rejects. Answers whether the server could be told; the card's half is done in any case.
    ///
    /// # Errors
    /// `input.offer_used` when it was answered before. One that has expired is rejected already.
    pub async fn reject(&self, reason: RejectReason) -> Result<bool, LpaError> {
        let offer =
            lock(&self.slot.offer).take().ok_or_else(|| LpaError::of("input.offer_used"))?;
        runtime::run(async move { Ok(offer.reject(reason.into()).await) }).await
    }
}
