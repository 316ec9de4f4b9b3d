//! Writing a package to the card, and what the result means (facts 5.7, 3.7).

use std::sync::Arc;

use lpakit_messages::CardFunction;
use lpakit_rsp::Raw;
use lpakit_rsp::bpp::BppOutline;
use lpakit_rsp::identifiers::{Aid, Iccid, TransactionId};
use lpakit_rsp::installation::{
    InstallErrorReason, InstallOutcome, ProfileInstallationResult, SimaResponse,
};
use lpakit_rsp::notifications::{
    Event, EventSet, PendingNotification, RetrieveNotificationsRequest,
};
use lpakit_rsp::profiles::ProfileId;

use super::{Inner, profiles};
use crate::card::{CardError, IsdrChannel};
use crate::error::{Advice, Error, PlanState};
use crate::es10::{Es10, LoadEnd, LoadProgress};

/// A card that was lost is looked for so often.
const AWAY_TRIES: u32 = 10;

/// How writing a package ended.
pub(super) enum Loaded {
    /// Nothing was written: the person cancelled in time.
    NotStarted,
    /// The card gave its result, good or bad.
    Result(Box<Raw<ProfileInstallationResult>>),
    /// The card broke off without a result; its session may still be open.
    NoResult(BrokenOff),
    /// The profile is there, and its result is not: another LPA has sent it.
    Present(Aid),
    /// The card was lost on the way and did not come back. What it did shows when it is asked again.
    Lost(Error),
}

/// Why there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BrokenOff {
    /// The card did not take the package.
    ByPackage,
    /// Something between the device and the card; the package is not at fault.
    OnTheWay,
}

/// What a card that was asked again says of an installation.
enum Found {
    Result(Box<Raw<ProfileInstallationResult>>),
    Profile(Aid),
    Nothing,
}

impl Inner {
    /// Writes a package. `proceed` is asked before each command and obeyed before the first.
    pub(super) async fn load(
        &self,
        package: Vec<u8>,
        outline: BppOutline,
        id: TransactionId,
        iccid: Iccid,
        proceed: Arc<dyn Fn(LoadProgress) -> bool + Send + Sync>,
    ) -> Loaded {
        let wanted = id.clone();
        let job = move |card: &mut Es10<'_>| {
            let end = card.load_bound_profile_package(&package, &outline, |at| proceed(at));
            let broken_off = match end {
                None => return Ok((Loaded::NotStarted, None)),
                Some(LoadEnd::Result(result)) => return Ok((Loaded::Result(result), None)),
                Some(LoadEnd::Failed(error)) => {
                    log::warn!("installation: {error}");
                    why(&error)
                }
                Some(LoadEnd::NoResult) => BrokenOff::ByPackage,
            };
            // The card may have its result ready all the same.
            let found = find(card, &wanted, iccid).ok();
            Ok((Loaded::NoResult(broken_off), found))
        };
        match self.es10_to_the_end(job).await {
            Ok((Loaded::NoResult(broken_off), found)) => {
                self.ask_again(broken_off, found, id, iccid).await
            }
            Ok((loaded, _)) => loaded,
            // A card that hangs may have taken the package; only its list of profiles tells, once it is well again.
            Err(error) if error.is_card_lost() => {
                Loaded::Lost(error.with_plan(PlanState::Unknown, Advice::CheckProfiles))
            }
            Err(error) => Loaded::Lost(error),
        }
    }

    /// Asks the card what became of an installation, and waits for it when it is away.
    async fn ask_again(
        &self,
        broken_off: BrokenOff,
        found: Option<Found>,
        id: TransactionId,
        iccid: Iccid,
    ) -> Loaded {
        let look = move |channel: &mut IsdrChannel| find(&mut Es10::new(channel), &id, iccid);
        match self.ask_until_back(found, AWAY_TRIES, look).await {
            Ok(Some(Found::Result(result))) => Loaded::Result(result),
            Ok(Some(Found::Profile(aid))) => Loaded::Present(aid),
            Ok(Some(Found::Nothing)) => Loaded::NoResult(broken_off),
            Ok(None) | Err(_) => Loaded::Lost(Error::of("card.lost_during_installation")),
        }
    }
}

/// Looks among the pending notifications for the result of this session, and among the profiles.
fn find(card: &mut Es10<'_>, id: &TransactionId, iccid: Iccid) -> Result<Found, CardError> {
    let installs = RetrieveNotificationsRequest::Events(EventSet::of(&[Event::Install]));
    let pending = card.retrieve_notifications(&installs)?.unwrap_or_default();
    let result = pending.into_iter().find_map(|notification| match notification {
        PendingNotification::Installation(result) if result.data.transaction_id == *id => {
            Some(Box::new(result))
        }
        _ => None,
    });
    if let Some(result) = result {
        return Ok(Found::Result(result));
    }
    let profile = profiles::find(card, &ProfileId::Iccid(iccid))?;
    Ok(profile.and_then(|profile| profile.isdp_aid).map_or(Found::Nothing, Found::Profile))
}

/// Whose fault it is that loading broke off. Only what the card says of the data itself is about the package.
fn why(error: &CardError) -> BrokenOff {
    match error {
        CardError::Status(status) if matches!(status.0, 0x6A80 | 0x6A84 | 0x6700) => {
            BrokenOff::ByPackage
        }
        _ => BrokenOff::OnTheWay,
    }
}

/// What a failed installation means.
pub(super) fn failure(outcome: &InstallOutcome) -> Option<Error> {
    let InstallOutcome::Failure { reason, sima_response, .. } = outcome else { return None };
    let says_memory = sima_response
        .as_deref()
        .is_some_and(|response| SimaResponse::read_lenient(response).says_memory());
    // Some cards report a lack of memory as a profile element that could not be processed (facts 3.7).
    let reason = match reason {
        InstallErrorReason::PeProcessingError if says_memory => {
            InstallErrorReason::InsufficientMemory
        }
        reason => *reason,
    };
    Some(Error::by_card(CardFunction::Install, reason.code()))
}
