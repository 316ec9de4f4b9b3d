//! What real cards do otherwise when profiles are switched.

use lpakit_rsp::profiles::ProfileId;

use super::{Answer, Isdr, Refusal};
use crate::apdu::Status;
use crate::config::{IccidFormFailure, LostAnswer};
use crate::nvm::NvmError;

/// Why a switch does not come to be, whatever the profile's state.
pub(super) enum Hindrance {
    /// Result 5.
    CatBusy,
    /// Result 127.
    Undefined,
}

impl Isdr {
    /// What keeps this card from enabling or disabling.
    pub(super) fn hindrance(
        &mut self,
        profile: &ProfileId,
        refresh: bool,
    ) -> Result<Option<Hindrance>, Refusal> {
        if self.refuses_form(profile)? {
            return Ok(Some(Hindrance::Undefined));
        }
        if self.is_busy(refresh) {
            return Ok(Some(Hindrance::CatBusy));
        }
        let quirks = &self.config().quirks;
        Ok(match (refresh, quirks.cat_busy_with_refresh, quirks.refresh_fails) {
            (true, true, _) => Some(Hindrance::CatBusy),
            (true, false, true) => Some(Hindrance::Undefined),
            _ => None,
        })
    }

    /// Whether this card does not understand a profile named like this.
    pub(super) fn refuses_form(&self, profile: &ProfileId) -> Result<bool, Status> {
        match (self.config().quirks.iccid_form_fails, profile) {
            (Some(IccidFormFailure::UndefinedError), ProfileId::Iccid(_)) => Ok(true),
            (Some(IccidFormFailure::WrongData), ProfileId::Iccid(_)) => Err(Status::WRONG_DATA),
            _ => Ok(false),
        }
    }

    /// The answer to a command that changes profiles, unless this card loses it. `done`: something was done.
    pub(super) fn answer_switch(&self, answer: Vec<u8>, done: bool) -> Answer {
        match self.config().quirks.lost_answer.filter(|_| done) {
            None => Ok(answer),
            Some(LostAnswer::Empty) => Ok(Vec::new()),
            Some(LostAnswer::Error) => Err(Status::NO_DIAGNOSIS.into()),
            Some(LostAnswer::Silence) => Err(NvmError::PowerLost.into()),
        }
    }

    /// Some removable cards are gone when no profile is on any more.
    pub(super) fn vanish_without_profile(&mut self) {
        self.vanished = !self.store.state().profiles.iter().any(|profile| profile.enabled);
    }
}
