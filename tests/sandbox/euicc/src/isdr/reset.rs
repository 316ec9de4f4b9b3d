//! ES10c.eUICCMemoryReset (SGP.22 3.3.3, 5.7.19).

use lpakit_rsp::Object;
use lpakit_rsp::coding::Bits;
use lpakit_rsp::notifications::Event;
use lpakit_rsp::profiles::ProfileClass;
use lpakit_rsp::switching::{MemoryResetResponse, MemoryResetResult};
use lpakit_rsp::tlv::{Tag, Tlv};

use super::{Answer, Isdr};
use crate::apdu::Status;
use crate::nvm::NvmError;
use crate::state::{CardState, StoredProfile};

const OPTIONS: Tag = Tag::context(2);

// resetOptions, by bit number; the last two since v3.
const OPERATIONAL_PROFILES: u8 = 0;
const FIELD_LOADED_TEST_PROFILES: u8 = 1;
const DEFAULT_DP_ADDRESS: u8 = 2;
const PRELOADED_TEST_PROFILES: u8 = 3;
const PROVISIONING_PROFILES: u8 = 4;
const KNOWN: &[u8] = &[OPERATIONAL_PROFILES, FIELD_LOADED_TEST_PROFILES, DEFAULT_DP_ADDRESS];
const KNOWN_V3: &[u8] = &[
    OPERATIONAL_PROFILES,
    FIELD_LOADED_TEST_PROFILES,
    DEFAULT_DP_ADDRESS,
    PRELOADED_TEST_PROFILES,
    PROVISIONING_PROFILES,
];

impl Isdr {
    pub(super) fn memory_reset(&mut self, command: &[u8]) -> Answer {
        let options = ResetOptions::read(command, self.config().version_3.is_some());
        let result = self.try_reset(options.ok_or(Status::WRONG_DATA)?)?;
        let done = result == MemoryResetResult::Ok;
        self.answer_switch(MemoryResetResponse(result).encode(), done)
    }

    /// Policy rules do not count here, and an enabled profile goes too.
    fn try_reset(&mut self, options: ResetOptions) -> Result<MemoryResetResult, NvmError> {
        if self.is_busy(true) {
            return Ok(MemoryResetResult::CatBusy);
        }
        let state = self.store.state();
        let doomed: Vec<&StoredProfile> =
            state.profiles.iter().filter(|profile| options.cover(profile)).collect();
        let address_differs = state.default_dp_address != state.config.default_dp_address;
        if doomed.is_empty() && !(options.has(DEFAULT_DP_ADDRESS) && address_differs) {
            return Ok(MemoryResetResult::NothingToDelete);
        }
        let was_on = doomed.iter().any(|profile| profile.enabled);
        self.store.update(|state| reset(state, options))?;
        self.store.drop_unused_blobs();
        if was_on {
            self.switched(true);
        }
        Ok(MemoryResetResult::Ok)
    }
}

/// What is to be reset.
#[derive(Clone, Copy)]
struct ResetOptions(Bits);

impl ResetOptions {
    /// The options that a card of this version knows. None at all are none wrong: then there is nothing to delete.
    fn read(command: &[u8], is_version_3: bool) -> Option<Self> {
        let fields = Tlv::parse(command).and_then(|element| element.fields()).ok()?;
        let bits = Bits::read(fields.get(OPTIONS)?, "resetOptions").ok()?;
        let known = if is_version_3 { KNOWN_V3 } else { KNOWN };
        Some(Self(bits.and(Bits::of(known))))
    }

    const fn has(self, option: u8) -> bool {
        self.0.has(option)
    }

    fn cover(self, profile: &StoredProfile) -> bool {
        self.has(match (profile.class(), profile.preloaded) {
            (ProfileClass::Operational, _) => OPERATIONAL_PROFILES,
            (ProfileClass::Test, false) => FIELD_LOADED_TEST_PROFILES,
            (ProfileClass::Test, true) => PRELOADED_TEST_PROFILES,
            (ProfileClass::Provisioning, _) => PROVISIONING_PROFILES,
            (ProfileClass::Other(_), _) => return false,
        })
    }
}

fn reset(state: &mut CardState, options: ResetOptions) {
    let (doomed, kept) =
        std::mem::take(&mut state.profiles).into_iter().partition(|profile| options.cover(profile));
    state.profiles = kept;
    let doomed: Vec<StoredProfile> = doomed;
    for profile in &doomed {
        state.notify(profile, Event::Delete, None);
    }
    if options.has(DEFAULT_DP_ADDRESS) {
        state.allowed_ci = None;
        state.default_dp_address = state.config.default_dp_address.clone();
    }
}
