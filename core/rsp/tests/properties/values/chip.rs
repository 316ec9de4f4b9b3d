//! What an eUICC says about itself.

use lpakit_rsp::chip::{
    CertificateIssuer, CertificationData, ConfiguredAddresses, EuiccChallenge, EuiccInfo1,
    EuiccInfo2, ExtCardResource, GetEidResponse, OperatorId, PolicyAuthorisationRule,
    RulesAuthorisationTable, SetDefaultDpAddressRequest,
};
use lpakit_rsp::identifiers::{Eid, MccMnc};
use proptest::prelude::*;

use super::*;

pub fn euicc_info1() -> impl Strategy<Value = EuiccInfo1> {
    let keys = (few(key_id()), few(key_id()), few(key_id()));
    let rest = (version(), maybe(bits()), maybe(version()), unknown());
    (keys, rest).prop_map(|((verification_keys, signing_keys, signing_keys_v3), rest)| {
        let (svn, rsp_capability, highest_svn, unknown) = rest;
        EuiccInfo1 {
            svn,
            verification_keys,
            signing_keys,
            signing_keys_v3,
            rsp_capability,
            highest_svn,
            unknown,
        }
    })
}

fn ext_card_resource() -> impl Strategy<Value = ExtCardResource> {
    any::<(u32, u32, u32)>().prop_map(|(installed_applications, non_volatile, free_volatile)| {
        ExtCardResource { installed_applications, free_non_volatile: non_volatile, free_volatile }
    })
}

fn euicc_info2_of_v2() -> impl Strategy<Value = EuiccInfo2> {
    let versions = (version(), version(), version(), maybe(version()), maybe(version()), version());
    let rest = (ext_card_resource(), bits(), bits(), maybe(any::<u32>()), maybe(bits()), text(64));
    let keys = (few(key_id()), few(key_id()));
    (versions, rest, keys).prop_map(|(versions, rest, keys)| EuiccInfo2 {
        profile_version: versions.0,
        svn: versions.1,
        firmware_version: versions.2,
        ts102241_version: versions.3,
        globalplatform_version: versions.4,
        pp_version: versions.5,
        ext_card_resource: rest.0,
        uicc_capability: rest.1,
        rsp_capability: rest.2,
        category: rest.3,
        forbidden_profile_policy_rules: rest.4,
        sas_accreditation_number: rest.5,
        verification_keys: keys.0,
        signing_keys: keys.1,
        ..EuiccInfo2::default()
    })
}

pub fn euicc_info2() -> impl Strategy<Value = EuiccInfo2> {
    let certification = (text(40), text(80)).prop_map(|(platform_label, discovery_base_url)| {
        CertificationData { platform_label, discovery_base_url }
    });
    let v2 = (maybe(certification), maybe(bits()), maybe(text(40)), few(version()));
    let v3 = (maybe(any::<u32>()), few(key_id()), maybe(octets(0..9)), maybe(version()));
    let iot = (maybe(octets(0..3)), maybe(octets(0..9)));
    (euicc_info2_of_v2(), v2, v3, iot, unknown()).prop_map(|(first, v2, v3, iot, unknown)| {
        EuiccInfo2 {
            certification_data: v2.0,
            tre_properties: v2.1,
            tre_product_reference: v2.2,
            additional_profile_package_versions: v2.3,
            lpa_mode: v3.0,
            signing_keys_v3: v3.1,
            additional_euicc_info: v3.2,
            highest_svn: v3.3,
            ipa_mode: iot.0,
            iot_specific_info: iot.1,
            unknown,
            ..first
        }
    })
}

pub fn euicc_challenge() -> impl Strategy<Value = EuiccChallenge> {
    any::<[u8; 16]>().prop_map(EuiccChallenge)
}

pub fn get_eid_response() -> impl Strategy<Value = GetEidResponse> {
    any::<[u8; 16]>().prop_map(|octets| GetEidResponse(Eid::from_octets(octets)))
}

pub fn configured_addresses() -> impl Strategy<Value = ConfiguredAddresses> {
    let issuer = (key_id(), text(40)).prop_map(|(key_id, name)| CertificateIssuer { key_id, name });
    // An empty address is no address.
    let default = maybe(text(255).prop_filter("not empty", |text| !text.is_empty()));
    (default, text(255), few(text(255)), maybe(key_id()), few(issuer), unknown()).prop_map(
        |(default, root, additional, allowed, certificate_issuers, unknown)| ConfiguredAddresses {
            default_dp_address: default,
            root_ds_address: root,
            additional_root_ds_addresses: additional,
            allowed_ci_key_id: allowed,
            certificate_issuers,
            unknown,
        },
    )
}

pub fn set_default_dp_address_request() -> impl Strategy<Value = SetDefaultDpAddressRequest> {
    (text(255), maybe(key_id())).prop_map(|(address, allowed_ci_key_id)| {
        SetDefaultDpAddressRequest { address, allowed_ci_key_id }
    })
}

pub fn operator_id() -> impl Strategy<Value = OperatorId> {
    (any::<[u8; 3]>(), maybe(octets(0..9)), maybe(octets(0..9))).prop_map(
        |(mcc_mnc, gid1, gid2)| OperatorId { mcc_mnc: MccMnc::from_octets(mcc_mnc), gid1, gid2 },
    )
}

pub fn rules_authorisation_table() -> impl Strategy<Value = RulesAuthorisationTable> {
    let rule = (bits(), few(operator_id()), any::<bool>()).prop_map(
        |(ppr_ids, allowed_operators, consent_required)| PolicyAuthorisationRule {
            ppr_ids,
            allowed_operators,
            consent_required,
        },
    );
    few(rule).prop_map(RulesAuthorisationTable)
}
