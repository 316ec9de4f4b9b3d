//! What changes a profile or the card.

use lpakit_rsp::switching::{
    DeleteProfileRequest, DisableProfileRequest, EnableProfileRequest, EnableProfileResponse,
    EnableResult, LoadCrlError, LoadCrlRequest, LoadCrlResponse, LpaeActivationRequest,
    MemoryResetRequest, SetNicknameRequest,
};
use proptest::prelude::*;

use super::*;

pub fn enable_profile_request() -> impl Strategy<Value = EnableProfileRequest> {
    (profile_id(), any::<bool>(), maybe(any::<u32>())).prop_map(
        |(profile, refresh, target_esim_port)| EnableProfileRequest {
            profile,
            refresh,
            target_esim_port,
        },
    )
}

pub fn disable_profile_request() -> impl Strategy<Value = DisableProfileRequest> {
    (profile_id(), any::<bool>())
        .prop_map(|(profile, refresh)| DisableProfileRequest { profile, refresh })
}

pub fn delete_profile_request() -> impl Strategy<Value = DeleteProfileRequest> {
    profile_id().prop_map(DeleteProfileRequest)
}

pub fn set_nickname_request() -> impl Strategy<Value = SetNicknameRequest> {
    (iccid(), text(64)).prop_map(|(iccid, nickname)| SetNicknameRequest { iccid, nickname })
}

pub fn memory_reset_request() -> impl Strategy<Value = MemoryResetRequest> {
    any::<[bool; 5]>().prop_map(|[operational, loaded, address, pre_loaded, provisioning]| {
        MemoryResetRequest {
            operational_profiles: operational,
            field_loaded_test_profiles: loaded,
            default_dp_address: address,
            pre_loaded_test_profiles: pre_loaded,
            provisioning_profiles: provisioning,
        }
    })
}

pub fn lpae_activation_request() -> impl Strategy<Value = LpaeActivationRequest> {
    any::<(bool, bool)>()
        .prop_map(|(cat_based, scws_based)| LpaeActivationRequest { cat_based, scws_based })
}

pub fn load_crl_request() -> impl Strategy<Value = LoadCrlRequest> {
    octets(0..60).prop_map(|crl| LoadCrlRequest { crl })
}

pub fn load_crl_response() -> impl Strategy<Value = LoadCrlResponse> {
    prop_oneof![
        few(any::<u32>()).prop_map(|missing_parts| LoadCrlResponse::Ok { missing_parts }),
        any::<u32>().prop_map(|code| LoadCrlResponse::Error(LoadCrlError::from_code(code))),
    ]
}

pub fn enable_profile_response() -> impl Strategy<Value = EnableProfileResponse> {
    (0..14_u32, maybe(any::<u32>())).prop_map(|(code, target_esim_port)| EnableProfileResponse {
        result: EnableResult::from_code(code),
        target_esim_port,
    })
}
