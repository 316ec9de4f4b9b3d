//! Writing a package to the card, and what the result means (facts 5.7, 3.7).

use std::sync::Arc;

use lpakit_rsp::Raw;
use lpakit_rsp::bpp::BppOutline;
use lpakit_rsp::identifiers::TransactionId;
use lpakit_rsp::installation::{
    InstallErrorReason, InstallOutcome, ProfileInstallationResult, SimaResponse,
};
use lpakit_rsp::notifications::{
    Event, EventSet, PendingNotification, RetrieveNotificationsRequest,
};

use super::Inner;
use crate::card::CardError;
use crate::error::{Advice, Error, ErrorKind, PlanState};
use crate::es10::{Es10, LoadEnd, LoadProgress};

/// How writing a package ended.
pub(super) enum Loaded {
    /// Nothing was written: the person cancelled in time.
    NotStarted,
    /// The card gave its result, good or bad.
    Result(Box<Raw<ProfileInstallationResult>>),
    /// The card broke off without a result; its session is still open.
    NoResult(Error),
    /// The card was lost on the way. What it did shows when it is asked again.
    Lost(Error),
}

impl Inner {
    /// Writes a package. `proceed` is asked before each command and obeyed before the first.
    pub(super) async fn load(
        &self,
        package: Vec<u8>,
        outline: BppOutline,
        id: TransactionId,
        proceed: Arc<dyn Fn(LoadProgress) -> bool + Send + Sync>,
    ) -> Loaded {
        let job = move |card: &mut Es10<'_>| {
            let end = card.load_bound_profile_package(&package, &outline, |at| proceed(at));
            Ok(match end {
                None => Loaded::NotStarted,
                Some(LoadEnd::Result(result)) => Loaded::Result(result),
                Some(LoadEnd::Failed(error)) if error.is_connection_lost() => {
                    Loaded::Lost(lost(&error))
                }
                // The card may have its result ready all the same.
                Some(LoadEnd::Failed(error)) => find_result(card, &id)
                    .map_or_else(|| Loaded::NoResult(broken_off(error)), Loaded::Result),
                Some(LoadEnd::NoResult) => find_result(card, &id)
                    .map_or_else(|| Loaded::NoResult(no_result()), Loaded::Result),
            })
        };
        self.es10(job).await.unwrap_or_else(Loaded::Lost)
    }
}

/// Looks among the pending notifications for the result of this session.
fn find_result(
    card: &mut Es10<'_>,
    id: &TransactionId,
) -> Option<Box<Raw<ProfileInstallationResult>>> {
    let installs = RetrieveNotificationsRequest::Events(EventSet::of(&[Event::Install]));
    let pending = card.retrieve_notifications(&installs).ok()?.ok()?;
    pending.into_iter().find_map(|notification| match notification {
        PendingNotification::Installation(result) if result.data.transaction_id == *id => {
            Some(Box::new(result))
        }
        _ => None,
    })
}

fn lost(error: &CardError) -> Error {
    let key = "card.lost_during_installation";
    log::warn!("installation: {error}");
    Error::new(ErrorKind::Card, key, PlanState::Unknown, Advice::CheckProfiles)
}

fn no_result() -> Error {
    let key = "card.no_installation_result";
    Error::new(ErrorKind::Card, key, PlanState::StillValid, Advice::TryAgain)
}

fn broken_off(error: CardError) -> Error {
    match error {
        CardError::Status(status) => no_result().with_arg("status", status),
        _ => no_result(),
    }
}

/// What a failed installation means.
pub(super) fn failure(outcome: &InstallOutcome) -> Option<Error> {
    let InstallOutcome::Failure { reason, sima_response, .. } = outcome else { return None };
    let says_memory = sima_response
        .as_deref()
        .is_some_and(|response| SimaResponse::read_lenient(response).says_memory());
    let card = |key, plan, advice| {
        Error::new(ErrorKind::Card, key, plan, advice).with_arg("code", reason.code())
    };
    use InstallErrorReason as Reason;
    Some(match reason {
        Reason::IccidAlreadyExists => {
            card("card.install.already_installed", PlanState::Installed, Advice::CheckProfiles)
        }
        Reason::InsufficientMemory => {
            card("card.install.memory", PlanState::StillValid, Advice::FreeSpace)
        }
        Reason::PeProcessingError if says_memory => {
            card("card.install.memory", PlanState::StillValid, Advice::FreeSpace)
        }
        Reason::Interruption => {
            card("card.install.interrupted", PlanState::StillValid, Advice::TryAgain)
        }
        Reason::PprNotAllowed => {
            let key = "card.install.policy";
            Error::new(ErrorKind::Policy, key, PlanState::StillValid, Advice::AskOperator)
                .with_arg("code", reason.code())
        }
        Reason::Scp03tSecurityError | Reason::Scp03tStructureError | Reason::InvalidSignature => {
            card("card.install.security", PlanState::StillValid, Advice::TryAgain)
        }
        Reason::PeProcessingError | Reason::DataMismatch | Reason::UnsupportedProfileClass => {
            card("card.install.not_accepted", PlanState::Unknown, Advice::AskOperator)
        }
        _ => card("card.install.failed", PlanState::Unknown, Advice::AskOperator),
    })
}
