//! An offer: what the operator would install, before anything is written to the card.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use lpakit_rsp::profiles::ProfileMetadata;
use lpakit_rsp::session::CancelReason;
use tokio::task::AbortHandle;

use super::authenticate::Authenticated;
use super::{Installation, Lpa, ProfileSource};
use crate::activation_code::ConfirmationCode;
use crate::error::Error;
use crate::sync::{begin, lock};

/// How long a person may think about an offer; then it is cancelled with reason timeout.
const OFFER_LIMIT: Duration = Duration::from_secs(5 * 60);

/// Why an offer is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectReason {
    /// The person does not want it (endUserRejection). The operator may end the order.
    Refused,
    /// The person wants to decide later (postponed). The order stays as it is.
    Later,
}

/// What an offer needs of the person before it can be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Need {
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

/// What the person answered to an offer. It begins with no answer at all.
///
/// ```
/// # use lpakit::lpa::{Answers, Need};
/// let answers = Answers::yes().agree(Need::ConsentToNoDeleting);
/// ```
#[derive(Debug, Default)]
pub struct Answers {
    agreed: BTreeSet<Need>,
    confirmation_code: Option<ConfirmationCode>,
}

impl Answers {
    /// Consent to the installation, and to nothing else.
    pub fn yes() -> Self {
        Self::default().agree(Need::Consent)
    }

    /// Consent to one more thing that was shown to the person in its own words.
    #[must_use]
    pub fn agree(mut self, need: Need) -> Self {
        self.agreed.insert(need);
        self
    }

    /// The confirmation code that the person typed.
    #[must_use]
    pub fn with_code(mut self, code: ConfirmationCode) -> Self {
        self.confirmation_code = Some(code);
        self
    }

    fn meets(&self, need: Need) -> bool {
        match need {
            Need::ConfirmationCode => self.confirmation_code.is_some(),
            consent => self.agreed.contains(&consent),
        }
    }

    pub(super) fn into_code(self) -> Option<ConfirmationCode> {
        self.confirmation_code
    }
}

/// An offer could not be accepted as answered; it stays open and can be answered again.
#[derive(Debug)]
pub struct NotAccepted {
    /// The offer, unchanged.
    pub offer: Offer,
    /// What has no answer yet; empty when the offer is over.
    pub missing: Vec<Need>,
    /// What to say.
    pub error: Error,
}

/// What the operator's server offers. It holds the card's only RSP session, but not the card: listing, renaming and
/// notifications go on meanwhile. Dropped, it is cancelled with reason postponed.
pub struct Offer {
    pub(super) lpa: Lpa,
    pub(super) source: ProfileSource,
    metadata: ProfileMetadata,
    needs: Vec<Need>,
    server: String,
    slot: Arc<Mutex<Option<Authenticated>>>,
    _timer: Timer,
}

/// Ends the waiting for an offer's end when the offer is gone.
struct Timer(AbortHandle);

impl Drop for Timer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Offer {
    pub(super) fn new(lpa: Lpa, source: ProfileSource, offered: Authenticated) -> Self {
        let metadata = offered.metadata.clone();
        let needs = needs_of(&offered);
        let server = offered.address.as_entered().to_owned();
        let slot = Arc::new(Mutex::new(Some(offered)));
        let timer = start_timer(&lpa, Arc::downgrade(&slot));
        Self { lpa, source, metadata, needs, server, slot, _timer: timer }
    }

    /// Names, icon, operator and rules of the profile.
    pub const fn metadata(&self) -> &ProfileMetadata {
        &self.metadata
    }

    /// What [`Offer::accept`] must be given an answer to.
    pub fn needs(&self) -> &[Need] {
        &self.needs
    }

    /// Whether the operator asks for a confirmation code. This is the server's word, not the code's flag.
    pub fn confirmation_code_required(&self) -> bool {
        self.needs.contains(&Need::ConfirmationCode)
    }

    /// The server that offers, as the code names it.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Whether it can still be answered.
    pub fn is_open(&self) -> bool {
        lock(&self.slot).is_some()
    }

    /// Accepts, and starts the installation. It goes on by itself; the [`Installation`] tells how far it is.
    ///
    /// # Errors
    /// [`NotAccepted`] gives the offer back: `input.confirmation_code_missing`, `input.consent_missing`; or
    /// `cancelled.offer_expired`, after which the offer is of no more use.
    pub fn accept(self, answers: Answers) -> Result<Installation, Box<NotAccepted>> {
        let missing: Vec<Need> =
            self.needs.iter().copied().filter(|need| !answers.meets(*need)).collect();
        if let Some(first) = missing.first() {
            let error = Error::of(match first {
                Need::ConfirmationCode => "input.confirmation_code_missing",
                _ => "input.consent_missing",
            });
            return Err(Box::new(NotAccepted { offer: self, missing, error }));
        }
        match take(&self.slot) {
            Some(_) if self.lpa.inner.closing.is_wished() => Err(Box::new(NotAccepted {
                offer: self,
                missing: Vec::new(),
                error: Error::closed(),
            })),
            Some(offered) => {
                Ok(Installation::start(self.lpa.clone(), self.source, offered, answers))
            }
            None => {
                let (missing, error) = (Vec::new(), expired());
                Err(Box::new(NotAccepted { offer: self, missing, error }))
            }
        }
    }

    /// Rejects. Answers whether the server could be told; the card's half is done in any case.
    pub async fn reject(self, reason: RejectReason) -> bool {
        let reason = match reason {
            RejectReason::Refused => CancelReason::EndUserRejection,
            RejectReason::Later => CancelReason::Postponed,
        };
        match take(&self.slot) {
            Some(offered) => offered.session.cancel(reason).await,
            None => false,
        }
    }
}

impl std::fmt::Debug for Offer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Offer")
            .field("server", &self.server)
            .field("needs", &self.needs)
            .finish_non_exhaustive()
    }
}

fn needs_of(offered: &Authenticated) -> Vec<Need> {
    let rules = offered.consent;
    let needs = [
        (Need::Consent, true),
        (Need::ConsentToNoDisabling, rules.cannot_be_disabled),
        (Need::ConsentToNoDeleting, rules.cannot_be_deleted),
        (Need::ConsentToLowMemory, offered.low_memory),
        (Need::ConfirmationCode, offered.smdp_signed2.confirmation_code_required),
    ];
    needs.into_iter().filter(|(_, due)| *due).map(|(need, _)| need).collect()
}

/// Cancels the offer that is still in the slot when the time is up.
fn start_timer(lpa: &Lpa, slot: Weak<Mutex<Option<Authenticated>>>) -> Timer {
    let expired = lpa.inner.options.clock.sleep(OFFER_LIMIT);
    let closing = lpa.inner.closing.clone();
    let runtime = lpa.inner.runtime.clone();
    let timer = begin(&lpa.inner.runtime, async move {
        let reason = tokio::select! {
            () = expired => CancelReason::Timeout,
            () = closing.wished() => CancelReason::Postponed,
        };
        if let Some(offered) = slot.upgrade().and_then(|slot| take(&slot)) {
            // In a task of its own: dropping the offer ends this one.
            begin(&runtime, closing.errand(offered.session.cancel(reason)));
        }
    });
    Timer(timer)
}

fn expired() -> Error {
    Error::of("cancelled.offer_expired")
}

fn take(slot: &Mutex<Option<Authenticated>>) -> Option<Authenticated> {
    lock(slot).take()
}
