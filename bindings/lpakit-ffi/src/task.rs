//! An installation that is under way, or has ended; it can be found again by its id.

use std::sync::Arc;

use lpakit::lpa::{self, Canceller, Installation, InstallationId, InstallationOutcome, Watcher};
use lpakit::progress;
use tokio::sync::watch;

use crate::engine::Engine;
use crate::error::{ErrorDetails, LpaError};
use crate::mirror::mirror;
use crate::offer::{Offer, OfferSlot};
use crate::profile::ProfileDescription;
use crate::runtime;

mirror! {
    /// What is being done. The order is the order in which they come.
    Phase of progress::Phase {
        /// The card prepares to receive.
        Preparing,
        /// The server binds the package and sends it.
        Downloading,
        /// The package is written to the card; bytes are counted. From its first byte on the installation runs to its
        /// end.
        Installing,
        /// The operator is told the result.
        Notifying,
        /// It is over; the outcome is there.
        Finished,
    }
}

/// How far an installation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// Octets of the package that the card has taken.
    pub bytes_done: u64,
    /// Octets of the whole package; 0 until it has arrived.
    pub bytes_total: u64,
}

impl From<progress::Progress> for Progress {
    fn from(at: progress::Progress) -> Self {
        Self { phase: at.phase.into(), bytes_done: at.bytes_done, bytes_total: at.bytes_total }
    }
}

impl From<Progress> for progress::Progress {
    fn from(at: Progress) -> Self {
        Self { phase: at.phase.into(), bytes_done: at.bytes_done, bytes_total: at.bytes_total }
    }
}

mirror! {
    /// Whether the operator knows of an installation.
    ReportState of lpa::ReportState {
        /// The operator's server has taken the result.
        Delivered,
        /// The result waits on the card and will be sent with the next notifications.
        Queued,
    }
}

/// A profile that is on the card now, disabled.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct InstalledProfile {
    /// Its ICCID.
    pub iccid: String,
    /// The AID of its ISD-P, in hexadecimal.
    pub isdp_aid: String,
    /// What was installed, as it was offered.
    pub profile: ProfileDescription,
    /// Whether the operator knows already.
    pub report: ReportState,
    /// Whether the person wanted to cancel when it was too late; the app can offer to delete.
    pub cancel_requested: bool,
}

/// How an installation ended, when it did not fail.
#[derive(uniffi::Enum)]
pub enum InstallOutcome {
    /// The profile is on the card.
    Installed {
        /// The profile.
        profile: Box<InstalledProfile>,
    },
    /// The confirmation code was wrong. Each try is a whole new session by the standard: here is the fresh offer.
    ConfirmationCodeRefused {
        /// The same plan, to be answered again.
        offer: Arc<Offer>,
        /// What to say.
        error: ErrorDetails,
    },
}

/// What an installation is doing.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum InstallState {
    /// It is under way.
    Running {
        /// How far it is.
        progress: Progress,
    },
    /// It is over; [`InstallTask::outcome`] tells how.
    Finished,
}

/// What is kept of an end, so that it can be told again.
#[derive(Clone)]
enum End {
    Installed(Box<InstalledProfile>),
    CodeRefused(Arc<OfferSlot>, ErrorDetails),
    Failed(LpaError),
}

/// An installation. It goes on whatever becomes of this value.
#[derive(uniffi::Object)]
pub struct InstallTask {
    id: InstallationId,
    watcher: Watcher,
    canceller: Canceller,
    end: watch::Receiver<Option<End>>,
    /// For the offer after a refused code; the engine itself remembers this task.
    engine: std::sync::Weak<Engine>,
}

impl InstallTask {
    pub(crate) fn start(
        mut installation: Installation,
        engine: &Arc<Engine>,
    ) -> Result<Arc<Self>, LpaError> {
        let (tell, end) = watch::channel(None);
        let task = Arc::new(Self {
            id: installation.id(),
            watcher: installation.watcher(),
            canceller: installation.canceller(),
            end,
            engine: Arc::downgrade(engine),
        });
        engine.remember_task(&task);
        // The engine lives at least as long as its installation, so that nobody opens the card a second time meanwhile.
        let engine = Arc::clone(engine);
        runtime::begin(async move {
            let end = match installation.outcome().await {
                Ok(InstallationOutcome::Installed(installed)) => {
                    End::Installed(Box::new(InstalledProfile::from(*installed)))
                }
                Ok(InstallationOutcome::ConfirmationCodeRefused { offer, error }) => {
                    End::CodeRefused(OfferSlot::new(*offer), ErrorDetails::from(&error))
                }
                Err(error) => End::Failed(error.into()),
            };
            tell.send_replace(Some(end));
            drop(engine);
        })?;
        Ok(task)
    }

    pub(crate) const fn number(&self) -> u64 {
        self.id.0
    }
}

#[uniffi::export]
impl InstallTask {
    /// Its name within this process, for [`crate::Lpa::install_task`].
    pub fn id(&self) -> Result<u64, LpaError> {
        Ok(self.number())
    }

    /// What it is doing now.
    pub fn state(&self) -> Result<InstallState, LpaError> {
        Ok(if self.end.borrow().is_some() {
            InstallState::Finished
        } else {
            InstallState::Running { progress: self.watcher.now().into() }
        })
    }

    /// Waits until it is further than what the listener has seen, nothing at first; only the newest state is kept, and
    /// there may be any number of listeners. `None` when there is no more to come.
    ///
    /// # Errors
    /// `closed.fault`.
    pub async fn next_progress(
        &self,
        seen: Option<Progress>,
    ) -> Result<Option<Progress>, LpaError> {
        let watcher = self.watcher.clone();
        let seen = seen.map(progress::Progress::from);
        runtime::run(async move { Ok(watcher.next(seen).await.map(Progress::from)) }).await
    }

    /// Wishes to cancel. Until the first byte is written to the card the session is cancelled and the outcome is
    /// `cancelled.by_user`; after it the installation runs to its end and its outcome tells of the wish. Never blocks.
    pub fn cancel(&self) -> Result<(), LpaError> {
        self.canceller.cancel();
        Ok(())
    }

    /// Waits for the end, which may be asked for any number of times.
    ///
    /// # Errors
    /// Whatever went wrong.
    pub async fn outcome(&self) -> Result<InstallOutcome, LpaError> {
        let mut end = self.end.clone();
        let engine = self.engine.clone();
        runtime::run(async move {
            let end = end.wait_for(Option::is_some).await.ok().and_then(|end| end.clone());
            match end {
                Some(End::Installed(profile)) => Ok(InstallOutcome::Installed { profile }),
                Some(End::CodeRefused(slot, error)) => {
                    let engine = engine.upgrade().ok_or_else(LpaError::closed)?;
                    Ok(InstallOutcome::ConfirmationCodeRefused {
                        offer: Offer::of(slot, engine),
                        error,
                    })
                }
                Some(End::Failed(error)) => Err(error),
                None => Err(LpaError::of("closed.fault")),
            }
        })
        .await
    }
}

impl From<lpa::Installed> for InstalledProfile {
    fn from(installed: lpa::Installed) -> Self {
        Self {
            iccid: installed.iccid.to_string(),
            isdp_aid: installed.isdp_aid.to_string(),
            profile: ProfileDescription::from(&installed.metadata),
            report: installed.report.into(),
            cancel_requested: installed.cancel_requested,
        }
    }
}
