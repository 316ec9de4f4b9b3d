//! An offer: what the operator would install, before anything is written to the card.

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use lpakit_rsp::profiles::ProfileMetadata;
use lpakit_rsp::session::CancelReason;
use tokio::task::AbortHandle;

use super::authenticate::Authenticated;
use super::{Installation, Lpa, ProfileSource, RuleConsent};
use crate::activation_code::ConfirmationCode;
use crate::error::{Advice, Error, ErrorKind, PlanState};
use crate::sync::lock;

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

/// What the person answered to an offer.
#[derive(Debug, Default)]
pub struct Answers {
    /// The confirmation code, where one is due.
    pub confirmation_code: Option<ConfirmationCode>,
    /// Explicit consent to the rules in [`Offer::rules_needing_consent`].
    pub consent_to_rules: bool,
}

/// An offer could not be accepted as answered; it stays open and can be answered again.
#[derive(Debug)]
pub struct NotAccepted {
    /// The offer, unchanged.
    pub offer: Offer,
    /// What is missing.
    pub error: Error,
}

/// What the operator's server offers. It holds the card's only RSP session, but not the card: listing, renaming and
/// notifications go on meanwhile. Dropped, it is cancelled with reason postponed.
pub struct Offer {
    pub(super) lpa: Lpa,
    pub(super) source: ProfileSource,
    metadata: ProfileMetadata,
    consent: RuleConsent,
    confirmation_code_required: bool,
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
        let consent = offered.consent;
        let confirmation_code_required = offered.smdp_signed2.confirmation_code_required;
        let server = offered.address.as_entered().to_owned();
        let slot = Arc::new(Mutex::new(Some(offered)));
        let timer = start_timer(&lpa, Arc::downgrade(&slot));
        Self {
            lpa,
            source,
            metadata,
            consent,
            confirmation_code_required,
            server,
            slot,
            _timer: timer,
        }
    }

    /// Names, icon, operator and rules of the profile.
    pub const fn metadata(&self) -> &ProfileMetadata {
        &self.metadata
    }

    /// The rules that need the person's explicit consent.
    pub const fn rules_needing_consent(&self) -> RuleConsent {
        self.consent
    }

    /// Whether the operator asks for a confirmation code. This is the server's word, not the code's flag.
    pub const fn confirmation_code_required(&self) -> bool {
        self.confirmation_code_required
    }

    /// The server that offers, as the code names it.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Accepts, and starts the installation. It goes on by itself; the [`Installation`] tells how far it is.
    ///
    /// # Errors
    /// [`NotAccepted`] gives the offer back: `input.confirmation_code_missing`, `input.consent_missing`; or
    /// `cancelled.offer_expired`, after which the offer is of no more use.
    pub fn accept(self, answers: Answers) -> Result<Installation, Box<NotAccepted>> {
        let missing = if self.confirmation_code_required && answers.confirmation_code.is_none() {
            Some("input.confirmation_code_missing")
        } else if self.consent.is_needed() && !answers.consent_to_rules {
            Some("input.consent_missing")
        } else {
            None
        };
        if let Some(key) = missing {
            return Err(Box::new(NotAccepted { offer: self, error: Error::input(key) }));
        }
        match take(&self.slot) {
            Some(offered) => {
                Ok(Installation::start(self.lpa.clone(), self.source, offered, answers))
            }
            None => Err(Box::new(NotAccepted { offer: self, error: expired() })),
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
            .field("confirmation_code_required", &self.confirmation_code_required)
            .finish_non_exhaustive()
    }
}

/// Cancels the offer that is still in the slot when the time is up.
fn start_timer(lpa: &Lpa, slot: Weak<Mutex<Option<Authenticated>>>) -> Timer {
    let expired = lpa.inner.options.clock.sleep(OFFER_LIMIT);
    let timer = lpa.inner.runtime.spawn(async move {
        expired.await;
        if let Some(offered) = slot.upgrade().and_then(|slot| take(&slot)) {
            // In a task of its own: dropping the offer ends this one.
            tokio::spawn(offered.session.cancel(CancelReason::Timeout));
        }
    });
    Timer(timer.abort_handle())
}

fn expired() -> Error {
    let key = "cancelled.offer_expired";
    Error::new(ErrorKind::Cancelled, key, PlanState::StillValid, Advice::TryAgain)
}

fn take(slot: &Mutex<Option<Authenticated>>) -> Option<Authenticated> {
    lock(slot).take()
}
