//! Profiles: metadata, list, search.

use lpakit_rsp::profiles::{
    AccessRule, Icon, IconKind, NotificationConfiguration, PolicyRules, ProfileClass,
    ProfileExtras, ProfileId, ProfileInfo, ProfileInfoListError, ProfileInfoListRequest,
    ProfileInfoListResponse, ProfileMetadata, ProfileSearch, ProfileState,
};
use proptest::prelude::*;

use super::*;

fn class() -> impl Strategy<Value = ProfileClass> {
    prop_oneof![0..4_u32, any::<u32>()].prop_map(ProfileClass::from_code)
}

fn icon() -> impl Strategy<Value = Option<Icon>> {
    let kind = prop::sample::select(vec![IconKind::Jpeg, IconKind::Png]);
    maybe((kind, octets(0..40)).prop_map(|(kind, data)| Icon { kind, data }))
}

fn configurations() -> impl Strategy<Value = Vec<NotificationConfiguration>> {
    few((event_set(), text(255))
        .prop_map(|(events, address)| NotificationConfiguration { events, address }))
}

fn policy_rules() -> impl Strategy<Value = PolicyRules> {
    bits().prop_map(PolicyRules)
}

fn extras() -> impl Strategy<Value = ProfileExtras> {
    let content = || maybe(octets(0..20));
    let first = (content(), content(), content(), maybe(text(60)), content());
    let later = (content(), content(), maybe(bits()), content());
    (first, later).prop_map(|(first, later)| ProfileExtras {
        service_specific_data_stored: first.0,
        service_specific_data_not_stored: first.1,
        rpm_configuration: first.2,
        hri_server_address: first.3,
        service_provider_message: first.4,
        lpr_configuration: later.0,
        enterprise_configuration: later.1,
        service_description: later.2,
        device_change_configuration: later.3,
    })
}

pub fn profile_metadata() -> impl Strategy<Value = ProfileMetadata> {
    let first = (iccid(), text(128), text(255), icon(), class(), configurations());
    let rules = maybe(octets(0..20));
    let size = maybe(any::<u32>());
    let later = (maybe(operator_id()), policy_rules(), extras(), size, unknown(), rules);
    (first, later).prop_map(|(first, later)| ProfileMetadata {
        iccid: first.0,
        service_provider_name: first.1,
        profile_name: first.2,
        icon: first.3,
        class: first.4,
        notification_configurations: first.5,
        owner: later.0,
        policy_rules: later.1,
        extras: later.2,
        estimated_profile_size: later.3,
        unknown: later.4,
        access_rules: later.5,
    })
}

pub fn profile_info() -> impl Strategy<Value = ProfileInfo> {
    let state = prop::sample::select(vec![ProfileState::Disabled, ProfileState::Enabled]);
    let name = || maybe(text(255));
    let names = (name(), name(), name(), icon());
    let first = (maybe(iccid()), maybe(aid()), maybe(state), maybe(class()), configurations());
    let content = || maybe(octets(0..20));
    let later = (maybe(operator_id()), content(), policy_rules(), content());
    let v3 = (extras(), maybe(any::<u32>()), maybe(any::<u32>()), unknown());
    (first, names, later, v3).prop_map(|(first, names, later, v3)| ProfileInfo {
        iccid: first.0,
        isdp_aid: first.1,
        state: first.2,
        class_present: first.3.is_some(),
        class: first.3.unwrap_or_default(),
        notification_configurations: first.4,
        nickname: names.0,
        service_provider_name: names.1,
        profile_name: names.2,
        icon: names.3,
        owner: later.0,
        dp_proprietary_data: later.1,
        policy_rules: later.2,
        access_rules: later.3,
        extras: v3.0,
        enabled_on_esim_port: v3.1,
        profile_size: v3.2,
        unknown: v3.3,
    })
}

pub fn profile_id() -> impl Strategy<Value = ProfileId> {
    prop_oneof![iccid().prop_map(ProfileId::Iccid), aid().prop_map(ProfileId::Aid)]
}

pub fn profile_info_list_request() -> impl Strategy<Value = ProfileInfoListRequest> {
    let search = prop_oneof![
        profile_id().prop_map(ProfileSearch::Id),
        class().prop_map(ProfileSearch::Class)
    ];
    (maybe(search), maybe(octets(0..20)))
        .prop_map(|(search, tag_list)| ProfileInfoListRequest { search, tag_list })
}

pub fn profile_info_list_response() -> impl Strategy<Value = ProfileInfoListResponse> {
    prop_oneof![
        few(profile_info()).prop_map(ProfileInfoListResponse::Profiles),
        any::<u32>().prop_map(|code| {
            ProfileInfoListResponse::Error(ProfileInfoListError::from_code(code))
        }),
    ]
}

pub fn access_rules() -> impl Strategy<Value = Vec<AccessRule>> {
    few((octets(0..33), maybe(text(127)), maybe(any::<[u8; 8]>())).prop_map(
        |(certificate_hash, package_name, permissions)| AccessRule {
            certificate_hash,
            package_name,
            permissions,
        },
    ))
}
