//! Enabling, disabling and deleting profiles (SGP.22 3.2, 5.7.16 to 5.7.18).
//!
//! When a switch counts: the standard lets it count once the terminal has carried out the REFRESH. Here it is
//! stored with the answer already, notifications included, so that a terminal that never fetches the REFRESH, or
//! loses power before it does, finds what the answer promised. Only the reset, with which channels and session go,
//! waits for the terminal.

use lpakit_rsp::Object;
use lpakit_rsp::notifications::Event;
use lpakit_rsp::profiles::{PolicyRules, ProfileClass, ProfileId};
use lpakit_rsp::switching::{
    DeleteProfileRequest, DeleteProfileResponse, DeleteResult, DisableProfileRequest,
    DisableProfileResponse, DisableResult, EnableProfileRequest, EnableProfileResponse,
    EnableResult,
};

use super::switch_quirks::Hindrance;
use super::{Answer, Isdr, Refusal, request};
use crate::nvm::NvmError;
use crate::state::{CardState, StoredProfile, Switch};

impl Isdr {
    /// ES10c.EnableProfile.
    pub(super) fn enable(&mut self, command: &[u8]) -> Answer {
        let request: EnableProfileRequest = request(command)?;
        let result = self.try_enable(&request)?;
        let done = result == EnableResult::Ok;
        self.answer_switch(EnableProfileResponse::new(result).encode(), done)
    }

    fn try_enable(&mut self, request: &EnableProfileRequest) -> Result<EnableResult, Refusal> {
        match self.hindrance(&request.profile, request.refresh)? {
            Some(Hindrance::CatBusy) => return Ok(EnableResult::CatBusy),
            Some(Hindrance::Undefined) => return Ok(EnableResult::UndefinedError),
            None => {}
        }
        let target = match may_enable(self.store.state(), &request.profile) {
            Ok(target) => target.iccid,
            Err(refused) => return Ok(refused),
        };
        self.switch(Switch { iccid: target, on: true }, request.refresh)?;
        Ok(EnableResult::Ok)
    }

    /// ES10c.DisableProfile.
    pub(super) fn disable(&mut self, command: &[u8]) -> Answer {
        let request: DisableProfileRequest = request(command)?;
        let result = self.try_disable(&request)?;
        let done = result == DisableResult::Ok;
        self.answer_switch(DisableProfileResponse(result).encode(), done)
    }

    fn try_disable(&mut self, request: &DisableProfileRequest) -> Result<DisableResult, Refusal> {
        match self.hindrance(&request.profile, request.refresh)? {
            Some(Hindrance::CatBusy) => return Ok(DisableResult::CatBusy),
            Some(Hindrance::Undefined) => return Ok(DisableResult::UndefinedError),
            None => {}
        }
        let Some((_, profile)) = find(self.store.state(), &request.profile) else {
            return Ok(DisableResult::IccidOrAidNotFound);
        };
        if !profile.enabled {
            return Ok(DisableResult::ProfileNotInEnabledState);
        }
        if rules(profile).forbids_disabling() {
            return Ok(DisableResult::DisallowedByPolicy);
        }
        self.switch(Switch { iccid: profile.iccid, on: false }, request.refresh)?;
        Ok(DisableResult::Ok)
    }

    /// ES10c.DeleteProfile.
    pub(super) fn delete(&mut self, command: &[u8]) -> Answer {
        let DeleteProfileRequest(id) = request(command)?;
        let result = self.try_delete(&id)?;
        let done = result == DeleteResult::Ok;
        self.answer_switch(DeleteProfileResponse(result).encode(), done)
    }

    fn try_delete(&mut self, id: &ProfileId) -> Result<DeleteResult, Refusal> {
        if self.refuses_form(id)? {
            return Ok(DeleteResult::UndefinedError);
        }
        let Some((position, profile)) = find(self.store.state(), id) else {
            return Ok(DeleteResult::IccidOrAidNotFound);
        };
        if profile.enabled {
            return Ok(DeleteResult::ProfileNotInDisabledState);
        }
        if rules(profile).forbids_deleting() {
            return Ok(DeleteResult::DisallowedByPolicy);
        }
        self.store.update(|state| {
            let profile = state.profiles.remove(position);
            state.notify(&profile, Event::Delete, None);
        })?;
        self.store.drop_unused_blobs();
        Ok(DeleteResult::Ok)
    }

    fn switch(&mut self, switch: Switch, refresh: bool) -> Result<(), NvmError> {
        let quirks = &self.config().quirks;
        let (no_effect, later) = (quirks.switches_without_effect, quirks.effective_after_reset);
        match (no_effect, later) {
            (true, _) => {}
            (false, true) => self.store.update(|state| state.pending_switch = Some(switch))?,
            (false, false) => self.store.update(|state| carry_out(state, switch))?,
        }
        self.switched(refresh);
        Ok(())
    }

    /// Carries out a switch that has waited for the card's start.
    pub(super) fn carry_out_pending_switch(&mut self) -> Result<(), NvmError> {
        let Some(switch) = self.store.state().pending_switch else {
            return Ok(());
        };
        self.store.update(|state| {
            state.pending_switch = None;
            carry_out(state, switch);
        })?;
        self.vanish_without_profile();
        Ok(())
    }

    /// Whether the terminal has to wait: a proactive command is under way, or the card plays busy.
    pub(super) fn is_busy(&mut self, refresh: bool) -> bool {
        if self.cat_busy_left > 0 {
            self.cat_busy_left -= 1;
            return true;
        }
        refresh && self.terminal_busy
    }

    /// What follows a switch.
    pub(super) fn switched(&mut self, refresh: bool) {
        let quirks = &self.config().quirks;
        let (announce, silent) = (refresh && quirks.announces_refresh, quirks.silent_until_reset);
        self.refresh_requested = announce;
        self.silent = silent;
        self.vanish_without_profile();
    }
}

/// Does what a switch says, if there is still something to be done.
fn carry_out(state: &mut CardState, switch: Switch) {
    let position = state.profiles.iter().position(|profile| profile.iccid == switch.iccid);
    let is_on = |position: usize| state.profiles.get(position).map(|profile| profile.enabled);
    match position.map(|position| (position, is_on(position))) {
        Some((position, Some(false))) if switch.on => enable(state, position),
        Some((position, Some(true))) if !switch.on => disable(state, position),
        _ => {}
    }
}

fn find<'s>(state: &'s CardState, id: &ProfileId) -> Option<(usize, &'s StoredProfile)> {
    state.profiles.iter().enumerate().find(|(_, profile)| profile.is(id))
}

fn rules(profile: &StoredProfile) -> PolicyRules {
    profile.metadata().map_or_else(PolicyRules::default, |metadata| metadata.policy_rules)
}

fn is_test(profile: &StoredProfile) -> bool {
    profile.class() == ProfileClass::Test
}

/// The profile if it may be enabled.
fn may_enable<'s>(state: &'s CardState, id: &ProfileId) -> Result<&'s StoredProfile, EnableResult> {
    let (_, target) = find(state, id).ok_or(EnableResult::IccidOrAidNotFound)?;
    if target.enabled {
        return Err(EnableResult::ProfileNotInDisabledState);
    }
    let Some(current) = state.profiles.iter().find(|profile| profile.enabled) else {
        return Ok(target);
    };
    // A test profile steps in front of an operational one for a while, and only that one comes back.
    if is_test(target) {
        return Ok(target);
    }
    let someone_waits = state.profiles.iter().any(|profile| profile.suspended);
    if is_test(current) && someone_waits && !target.suspended {
        return Err(EnableResult::WrongProfileReenabling);
    }
    if rules(current).forbids_disabling() {
        return Err(EnableResult::DisallowedByPolicy);
    }
    Ok(target)
}

fn enable(state: &mut CardState, target: usize) {
    let target_is_test = state.profiles.get(target).is_some_and(is_test);
    if let Some(current) = state.profiles.iter_mut().find(|profile| profile.enabled) {
        current.enabled = false;
        current.suspended = target_is_test && !is_test(current);
        let current = current.clone();
        state.notify(&current, Event::Disable, None);
    }
    if !target_is_test {
        state.profiles.iter_mut().for_each(|profile| profile.suspended = false);
    }
    switch_on(state, target);
}

fn disable(state: &mut CardState, position: usize) {
    let Some(profile) = state.profiles.get_mut(position) else { return };
    profile.enabled = false;
    let profile = profile.clone();
    state.notify(&profile, Event::Disable, None);
    let waiting = state.profiles.iter().position(|profile| profile.suspended);
    if let Some(waiting) = waiting.filter(|_| is_test(&profile)) {
        switch_on(state, waiting);
    }
}

fn switch_on(state: &mut CardState, position: usize) {
    let Some(profile) = state.profiles.get_mut(position) else { return };
    profile.enabled = true;
    profile.suspended = false;
    let profile = profile.clone();
    state.notify(&profile, Event::Enable, None);
}
