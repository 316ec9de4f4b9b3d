//! ES10c.eUICCMemoryReset (SGP.22 3.3.3, 5.7.19).

use lpakit_rsp::Object;
use lpakit_rsp::notifications::Event;
use lpakit_rsp::profiles::ProfileClass;
use lpakit_rsp::switching::{MemoryResetRequest, MemoryResetResponse, MemoryResetResult};

use super::{Answer, Isdr, request};
use crate::nvm::NvmError;
use crate::state::{CardState, StoredProfile};

impl Isdr {
    pub(super) fn memory_reset(&mut self, command: &[u8]) -> Answer {
        let request: MemoryResetRequest = request(command)?;
        let result = self.try_reset(&request)?;
        let done = result == MemoryResetResult::Ok;
        self.answer_switch(MemoryResetResponse(result).encode(), done)
    }

    /// Policy rules do not count here, and an enabled profile goes too.
    fn try_reset(&mut self, request: &MemoryResetRequest) -> Result<MemoryResetResult, NvmError> {
        if self.is_busy(true) {
            return Ok(MemoryResetResult::CatBusy);
        }
        let state = self.store.state();
        let doomed: Vec<&StoredProfile> =
            state.profiles.iter().filter(|profile| request.covers(profile)).collect();
        let address_differs = state.default_dp_address != state.config.default_dp_address;
        if doomed.is_empty() && !(request.default_dp_address && address_differs) {
            return Ok(MemoryResetResult::NothingToDelete);
        }
        let was_on = doomed.iter().any(|profile| profile.enabled);
        self.store.update(|state| reset(state, request))?;
        self.store.drop_unused_blobs();
        if was_on {
            self.switched(true);
        }
        Ok(MemoryResetResult::Ok)
    }
}

trait Covers {
    fn covers(&self, profile: &StoredProfile) -> bool;
}

impl Covers for MemoryResetRequest {
    fn covers(&self, profile: &StoredProfile) -> bool {
        match profile.class() {
            ProfileClass::Operational => self.operational_profiles,
            ProfileClass::Test => self.field_loaded_test_profiles,
            ProfileClass::Provisioning | ProfileClass::Other(_) => false,
        }
    }
}

fn reset(state: &mut CardState, request: &MemoryResetRequest) {
    let (doomed, kept) = std::mem::take(&mut state.profiles)
        .into_iter()
        .partition(|profile| request.covers(profile));
    state.profiles = kept;
    let doomed: Vec<StoredProfile> = doomed;
    for profile in &doomed {
        state.notify(profile, Event::Delete, None);
    }
    if request.default_dp_address {
        state.default_dp_address = state.config.default_dp_address.clone();
    }
}
