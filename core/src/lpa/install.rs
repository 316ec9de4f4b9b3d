//! From an accepted offer to an installed profile (facts 5.2, steps 8 to 13).

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lpakit_messages::CardFunction;
use lpakit_rsp::Raw;
use lpakit_rsp::identifiers::{Aid, Iccid, TransactionId};
use lpakit_rsp::installation::{InstallOutcome, ProfileInstallationResult};
use lpakit_rsp::preparation::{DownloadErrorCode, PrepareDownloadRequest, PrepareDownloadResponse};
use lpakit_rsp::profiles::ProfileMetadata;
use lpakit_rsp::session::CancelReason;
use sha2::{Digest, Sha256};
use tokio::sync::{oneshot, watch};
use zeroize::{Zeroize, Zeroizing};

use super::authenticate::Authenticated;
use super::checks;
use super::loading::{self, BrokenOff, Loaded};
use super::session::{Reservation, Session};
use super::{Answers, Lpa, Offer, ProfileSource};
use crate::activation_code::ConfirmationCode;
use crate::error::{Advice, Error, PlanState};
use crate::es9::{BoundPackage, Es9Error};
use crate::es10::LoadProgress;
use crate::progress::{Phase, Progress};
use crate::sync::{Wish, begin};

/// Names one installation within this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstallationId(pub u64);

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// A profile that is on the card now, disabled.
#[derive(Debug, Clone)]
pub struct Installed {
    /// The profile's ICCID.
    pub iccid: Iccid,
    /// The AID of its ISD-P.
    pub isdp_aid: Aid,
    /// What was installed, as it was offered.
    pub metadata: ProfileMetadata,
    /// Whether the operator knows already.
    pub report: ReportState,
    /// Whether the person wanted to cancel when it was too late; the app can offer to delete.
    pub cancel_requested: bool,
}

/// Whether the operator knows of an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportState {
    /// The operator's server has taken the result.
    Delivered,
    /// The result waits on the card and will be sent with the next notifications.
    Queued,
}

/// How an installation ended, when it did not fail.
#[derive(Debug)]
pub enum InstallationOutcome {
    /// The profile is on the card.
    Installed(Box<Installed>),
    /// The confirmation code was wrong. Each try is a whole new session by the standard: here is the fresh offer.
    ConfirmationCodeRefused {
        /// The same plan, to be answered again.
        offer: Box<Offer>,
        /// What to say.
        error: Error,
    },
}

/// An installation that is under way. It goes on whatever becomes of this value.
pub struct Installation {
    id: InstallationId,
    watcher: Watcher,
    canceller: Canceller,
    outcome: Option<oneshot::Receiver<Result<InstallationOutcome, Error>>>,
}

impl Installation {
    pub(super) fn start(
        lpa: Lpa,
        source: ProfileSource,
        offered: Authenticated,
        answers: Answers,
    ) -> Self {
        let (progress, watched) = watch::channel(Progress::at(Phase::Preparing));
        let cancel = Wish::default();
        let (tell, outcome) = oneshot::channel();
        let (closing, runtime) = (lpa.inner.closing.clone(), lpa.inner.runtime.clone());
        let run =
            Run { lpa: lpa.clone(), source, progress: Arc::new(progress), cancel: cancel.clone() };
        let work = closing.errand(async move {
            let outcome = run.install(offered, answers.into_code()).await;
            let outcome = outcome.map_err(Error::on_the_way);
            run.progress.send_modify(|progress| progress.phase = Phase::Finished);
            // Nobody may be listening any more; the card's list of profiles tells as well.
            let _ = tell.send(outcome);
            // Whoever watches the progress must not wait for what follows.
            drop(run);
        });
        begin(&runtime, async move {
            work.await;
            lpa.operation_done();
        });
        let id = InstallationId(NEXT_ID.fetch_add(1, Ordering::Relaxed));
        let (watcher, canceller) = (Watcher(watched), Canceller(cancel));
        Self { id, watcher, canceller, outcome: Some(outcome) }
    }

    /// Its name within this process.
    pub const fn id(&self) -> InstallationId {
        self.id
    }

    /// How far it is now.
    pub fn progress(&self) -> Progress {
        self.watcher.now()
    }

    /// Waits until something has changed; only the newest state is kept. `None` when there is no more to come.
    pub async fn next_progress(&mut self) -> Option<Progress> {
        let progress = &mut self.watcher.0;
        progress.changed().await.ok()?;
        Some(*progress.borrow_and_update())
    }

    /// Wishes to cancel. Until the first byte is written to the card the session is cancelled; after it the
    /// installation runs to its end and its outcome tells of the wish.
    pub fn cancel(&self) {
        self.canceller.cancel();
    }

    /// A handle for whoever else wants to know how far it is.
    pub fn watcher(&self) -> Watcher {
        self.watcher.clone()
    }

    /// A handle that can cancel while somebody waits for the outcome.
    pub fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }

    /// Waits for the end. It is told once.
    ///
    /// # Errors
    /// Whatever went wrong. `closed` when it was told before, or when the runtime was shut down.
    pub async fn outcome(&mut self) -> Result<InstallationOutcome, Error> {
        let outcome = self.outcome.take().ok_or_else(Error::closed)?;
        outcome.await.unwrap_or_else(|_| Err(Error::closed()))
    }
}

impl std::fmt::Debug for Installation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Installation").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Wishes an installation cancelled.
#[derive(Debug, Clone)]
pub struct Canceller(Wish);

impl Canceller {
    /// As [`Installation::cancel`].
    pub fn cancel(&self) {
        self.0.make();
    }
}

/// Tells how far an installation is, to any number of listeners.
#[derive(Debug, Clone)]
pub struct Watcher(watch::Receiver<Progress>);

impl Watcher {
    /// How far it is now.
    pub fn now(&self) -> Progress {
        *self.0.borrow()
    }

    /// Waits until it is further than what the listener has seen; only the newest state is kept. `None` when there is
    /// no more to come.
    pub async fn next(&self, seen: Option<Progress>) -> Option<Progress> {
        let mut progress = self.0.clone();
        progress.wait_for(|now| Some(*now) != seen).await.ok().map(|now| *now)
    }
}

/// Hash of a confirmation code for one session (SGP.22, 5.7.5): SHA-256 of the code's SHA-256 and the transaction ID.
pub(crate) fn hash_confirmation_code(code: &ConfirmationCode, id: &TransactionId) -> [u8; 32] {
    // As good as the code itself, which has a few digits.
    let inner = Zeroizing::new(<[u8; 32]>::from(Sha256::digest(code.as_bytes())));
    Sha256::new_with_prefix(&inner[..]).chain_update(id.octets()).finalize().into()
}

/// How a step before loading ended.
enum Step<T> {
    Done(T),
    /// Card or server have lost the session; one new one may be tried.
    SessionLost(Error),
    /// The confirmation code was wrong.
    CodeRefused(Error),
    /// It failed, and the session is to end like this.
    Failed(Error, Ending),
}

/// How a session ends after a failed step (facts 5.9).
enum Ending {
    /// Card and server are told: the order stays as it is.
    Postpone,
    /// The server has ended its half itself; the card's is ended.
    OnCard,
    /// Neither needs to be told.
    Nothing,
}

struct Run {
    lpa: Lpa,
    source: ProfileSource,
    progress: Arc<watch::Sender<Progress>>,
    cancel: Wish,
}

impl Run {
    async fn install(
        &self,
        mut offered: Authenticated,
        code: Option<ConfirmationCode>,
    ) -> Result<InstallationOutcome, Error> {
        let mut renewed = false;
        loop {
            match self.fetch(&offered, code.as_ref()).await {
                Step::Done(bound) => return self.load(offered, bound).await,
                Step::SessionLost(_) if !renewed => {
                    renewed = true;
                    offered = self.renew(offered).await?;
                }
                Step::SessionLost(error) => {
                    offered.session.cancel_on_card().await;
                    return Err(error);
                }
                Step::Failed(error, ending) => {
                    end(offered.session, ending).await;
                    return Err(error);
                }
                Step::CodeRefused(error) => return self.offer_again(offered, error).await,
            }
        }
    }

    fn phase(&self, phase: Phase) {
        self.progress.send_replace(Progress::at(phase));
    }

    /// Why it should not go on, if anybody wants that.
    fn stopped(&self) -> Option<Error> {
        if self.lpa.inner.closing.is_wished() {
            return Some(closed_in_time());
        }
        self.cancel.is_made().then(cancelled)
    }

    /// Waits for `work`, or for somebody to stop it.
    async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Result<T, Error> {
        tokio::select! {
            biased;
            () = self.lpa.inner.closing.wished() => Err(closed_in_time()),
            () = self.cancel.made() => Err(cancelled()),
            done = work => Ok(done),
        }
    }

    /// PrepareDownload and GetBoundProfilePackage.
    async fn fetch(
        &self,
        offered: &Authenticated,
        code: Option<&ConfirmationCode>,
    ) -> Step<BoundPackage> {
        self.phase(Phase::Preparing);
        if let Some(why) = self.stopped() {
            return Step::Failed(why, Ending::Postpone);
        }
        let required = offered.smdp_signed2.confirmation_code_required;
        let id = offered.session.name.id();
        let hash_cc = code.filter(|_| required).map(|code| hash_confirmation_code(code, id));
        let mut request = PrepareDownloadRequest {
            smdp_signed2: offered.smdp_signed2.clone(),
            smdp_signature2: offered.smdp_signature2.clone(),
            hash_cc,
            smdp_certificate: offered.smdp_certificate.clone(),
        };
        let asked = self.lpa.inner.es10(move |card| {
            let answer = card.prepare_download(&request);
            request.hash_cc.zeroize();
            answer
        });
        let prepared = asked.await;
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(error) => return Step::Failed(error, Ending::Postpone),
        };
        self.phase(Phase::Downloading);
        let session = &offered.session;
        let asked = session.es9.get_bound_profile_package(&session.name, prepared.raw());
        let answer = match self.unless_stopped(asked).await {
            Ok(answer) => answer,
            Err(why) => return Step::Failed(why, Ending::Postpone),
        };
        if let PrepareDownloadResponse::Error { code, .. } = &*prepared {
            // The server has been told; the card's reason is the one to tell the person.
            return refused_download(*code);
        }
        judge_package(answer)
    }

    /// A new session in place of one that card or server have lost. It counts only if the offer is the same.
    async fn renew(&self, offered: Authenticated) -> Result<Authenticated, Error> {
        let Authenticated { session, metadata, .. } = offered;
        let reservation = reservation_of(session, &self.lpa)?;
        let again = self.lpa.inner.authenticate(&self.source, reservation).await?;
        if again.metadata == metadata {
            return Ok(again);
        }
        again.session.cancel(CancelReason::MetadataMismatch).await;
        Err(Error::of("trust.metadata_changed"))
    }

    /// After a wrong confirmation code: a whole new session, for the person to answer again.
    async fn offer_again(
        &self,
        offered: Authenticated,
        error: Error,
    ) -> Result<InstallationOutcome, Error> {
        // The server has ended its session, and the card drops its own when the new one begins.
        let reservation = reservation_of(offered.session, &self.lpa)?;
        match self.lpa.inner.authenticate(&self.source, reservation).await {
            Ok(again) => {
                let offer = Box::new(Offer::new(self.lpa.clone(), self.source.clone(), again));
                Ok(InstallationOutcome::ConfirmationCodeRefused { offer, error })
            }
            // The wrong code is still what the person must know; should that have been the last try, this tells.
            Err(_) => Err(error),
        }
    }

    async fn load(
        &self,
        offered: Authenticated,
        bound: BoundPackage,
    ) -> Result<InstallationOutcome, Error> {
        let Authenticated { session, metadata, metadata_bytes, .. } = offered;
        let id = session.name.id().clone();
        let outline = match checks::bound(&bound, &id, &metadata_bytes, &metadata) {
            Ok(outline) => outline,
            Err(violation) => return Err(session.give_up(violation.error, violation.reason).await),
        };
        self.phase(Phase::Installing);
        match self.lpa.inner.load(bound.package, outline, id, metadata.iccid, self.proceed()).await
        {
            Loaded::NotStarted => {
                session.cancel(CancelReason::Postponed).await;
                Err(self.stopped().unwrap_or_else(closed_in_time))
            }
            Loaded::NoResult(why) => {
                self.lpa.inner.ledger().may_hold_more();
                // A hiccup on the way to the card must not cost anybody the plan.
                let reason = match why {
                    BrokenOff::ByPackage => CancelReason::LoadBppExecutionError,
                    BrokenOff::OnTheWay => CancelReason::Postponed,
                };
                let error = Error::of("card.no_installation_result");
                Err(session.give_up(error, reason).await)
            }
            Loaded::Present(isdp_aid) => {
                session.ended();
                Ok(self.installed(metadata, isdp_aid, ReportState::Delivered))
            }
            Loaded::Lost(error) => {
                self.lpa.inner.ledger().may_hold_more();
                session.ended();
                Err(error)
            }
            Loaded::Result(result) => {
                session.ended();
                self.conclude(&result, metadata).await
            }
        }
    }

    /// What loading asks before each command: it learns how far it is, and stops if it has not begun.
    fn proceed(&self) -> Arc<dyn Fn(LoadProgress) -> bool + Send + Sync> {
        let progress = Arc::clone(&self.progress);
        let cancel = self.cancel.clone();
        let closing = self.lpa.inner.closing.clone();
        Arc::new(move |at: LoadProgress| {
            progress.send_replace(Progress {
                phase: Phase::Installing,
                bytes_done: at.done as u64,
                bytes_total: at.total as u64,
            });
            !cancel.is_made() && !closing.is_wished()
        })
    }

    /// Tells the operator at once, then the person.
    async fn conclude(
        &self,
        result: &Raw<ProfileInstallationResult>,
        metadata: ProfileMetadata,
    ) -> Result<InstallationOutcome, Error> {
        self.progress.send_modify(|progress| progress.phase = Phase::Notifying);
        let notification = &result.data.notification;
        let sent = self.lpa.inner.deliver_result(notification, result.raw()).await;
        let report = if sent { ReportState::Delivered } else { ReportState::Queued };
        match &result.data.outcome {
            InstallOutcome::Success { isdp_aid, .. } => {
                Ok(self.installed(metadata, isdp_aid.clone(), report))
            }
            failed => Err(loading::failure(failed).unwrap_or_else(Error::closed)),
        }
    }

    fn installed(
        &self,
        metadata: ProfileMetadata,
        isdp_aid: Aid,
        report: ReportState,
    ) -> InstallationOutcome {
        InstallationOutcome::Installed(Box::new(Installed {
            iccid: metadata.iccid,
            isdp_aid,
            metadata,
            report,
            cancel_requested: self.cancel.is_made(),
        }))
    }
}

/// Keeps the right to a session while one ends and the next begins.
fn reservation_of(session: Session, lpa: &Lpa) -> Result<Reservation, Error> {
    session.ended().map_or_else(|| Reservation::take(&lpa.inner), Ok)
}

fn cancelled() -> Error {
    Error::of("cancelled.by_user")
}

/// The LPA was closed before anything was written.
fn closed_in_time() -> Error {
    Error::closed().with_plan(PlanState::StillValid, Advice::TryAgain)
}

async fn end(session: Session, ending: Ending) {
    match ending {
        Ending::Postpone => {
            session.cancel(CancelReason::Postponed).await;
        }
        Ending::OnCard => session.cancel_on_card().await,
        Ending::Nothing => {
            session.ended();
        }
    }
}

fn refused_download<T>(code: DownloadErrorCode) -> Step<T> {
    let error = Error::by_card(CardFunction::PrepareDownload, code.code());
    match code {
        DownloadErrorCode::NoSessionContext => Step::SessionLost(error),
        _ => Step::Failed(error, Ending::Nothing),
    }
}

fn judge_package(answer: Result<BoundPackage, Es9Error>) -> Step<BoundPackage> {
    match answer {
        Ok(package) => Step::Done(package),
        Err(Es9Error::Refused(refusal)) if refusal.is("8.10.1", "3.9") => {
            Step::SessionLost(refusal.into())
        }
        Err(Es9Error::Refused(refusal))
            if refusal.is("8.2.7", "3.8") || refusal.is("8.2.7", "2.2") =>
        {
            Step::CodeRefused(refusal.into())
        }
        Err(error @ Es9Error::Refused(_)) => Step::Failed(error.into(), Ending::OnCard),
        Err(error) => Step::Failed(error.into(), Ending::Postpone),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The check value of facts 5.6.
    #[test]
    fn the_hash_of_a_confirmation_code_is_the_standards() {
        let id = TransactionId::from_hex("0102030405060708090A0B0C0D0E0F10").unwrap();
        let code = ConfirmationCode::new("1234").unwrap();
        let expected = "94e57b8cdfe3eb0a8510f18898add0b1e67b48fafd39892796d6f65f9ce3cc40";
        assert_eq!(hex::encode(hash_confirmation_code(&code, &id)), expected);
    }
}
