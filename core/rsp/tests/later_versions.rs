//! What SGP.22 v2.4, v2.5, v3.0 and v3.1 add. The octets were encoded outside this project, from the standard's own
//! ASN.1 modules v2.5 and v3.1; they hold every later field at least once. Nothing that a card says is lost.

use lpakit_rsp::authentication::{AuthenticateErrorCode, AuthenticateServerResponse};
use lpakit_rsp::chip::{
    CertificateIssuer, CertificationData, ConfiguredAddresses, EuiccInfo1, EuiccInfo2,
    ExtCardResource, OperatorId, SetDefaultDpAddressRequest,
};
use lpakit_rsp::coding::Bits;
use lpakit_rsp::identifiers::{Aid, Iccid, KeyId, MccMnc, TransactionId, Version};
use lpakit_rsp::installation::{InstallErrorReason, InstallOutcome, ProfileInstallationResultData};
use lpakit_rsp::notifications::{
    Event, EventSet, ListNotificationRequest, NotificationMetadata, PendingNotification,
    RetrieveNotificationsRequest, RetrieveNotificationsResponse,
};
use lpakit_rsp::profiles::{
    AccessRule, Icon, IconKind, MAX_PROFILES, NotificationConfiguration, PolicyRules, ProfileClass,
    ProfileExtras, ProfileId, ProfileInfo, ProfileInfoListError, ProfileInfoListRequest,
    ProfileInfoListResponse, ProfileMetadata, ProfileSearch, ProfileState, TagListError,
};
use lpakit_rsp::session::{CancelReason, CancelSessionRequest};
use lpakit_rsp::switching::{
    DeleteProfileResponse, DeleteResult, DisableProfileResponse, DisableResult,
    EnableProfileRequest, EnableProfileResponse, EnableResult, LoadCrlError, LoadCrlResponse,
    LpaeActivationRequest, MemoryResetRequest, SetDefaultDpAddressResponse,
    SetDefaultDpAddressResult,
};
use lpakit_rsp::tlv::encode;
use lpakit_rsp::{Fault, Object, Tag, Unknown};

const ICCID: &str = "984405214365870921F3";
const AID: &str = "A0000005591010FFFFFFFF8900001100";
const KEY_1: &str = "1111111111111111111111111111111111111111";
const KEY_2: &str = "2222222222222222222222222222222222222222";

fn hex(text: &str) -> Vec<u8> {
    hex::decode(text.replace(' ', "")).unwrap()
}

fn iccid() -> Iccid {
    Iccid::from_digits("8944501234567890123").unwrap()
}

fn aid() -> Aid {
    Aid::from_hex(AID).unwrap()
}

fn key(octets: &str) -> KeyId {
    KeyId::from_octets(&hex(octets))
}

fn both_ways<T: Object + PartialEq + std::fmt::Debug>(value: T, octets: &str) {
    assert_eq!(hex::encode_upper(value.encode()), octets.replace(' ', ""), "{}", T::NAME);
    assert_eq!(T::decode(&hex(octets)).unwrap(), value, "{}", T::NAME);
}

#[test]
fn euicc_info1_of_v3() {
    let info = EuiccInfo1 {
        svn: Version([2, 2, 2]),
        verification_keys: vec![key(KEY_1)],
        signing_keys: vec![key(KEY_1)],
        signing_keys_v3: vec![key(KEY_2)],
        rsp_capability: Some(Bits::of(&[0, 4, 18])),
        highest_svn: Some(Version([3, 1, 0])),
        unknown: Unknown::NONE,
    };
    both_ways(
        info,
        &format!(
            "BF2058 8203020202 A9160414{KEY_1} AA160414{KEY_1} B1160414{KEY_2} 880405880020 \
             9303030100"
        ),
    );
}

fn info2() -> EuiccInfo2 {
    EuiccInfo2 {
        profile_version: Version([2, 3, 1]),
        firmware_version: Version([1, 2, 3]),
        ext_card_resource: ExtCardResource {
            installed_applications: 0,
            free_non_volatile: 1_000_000,
            free_volatile: 10_000,
        },
        uicc_capability: Bits::of(&[1, 2, 4, 14, 25]),
        ts102241_version: Some(Version([9, 2, 0])),
        globalplatform_version: Some(Version([2, 3, 0])),
        verification_keys: vec![key(KEY_1)],
        signing_keys: vec![key(KEY_1)],
        category: Some(2),
        forbidden_profile_policy_rules: Some(Bits::of(&[2])),
        pp_version: Version([1, 0, 0]),
        sas_accreditation_number: "AB-1".to_owned(),
        certification_data: Some(CertificationData {
            platform_label: "P1".to_owned(),
            discovery_base_url: "https://d.test".to_owned(),
        }),
        tre_properties: Some(Bits::of(&[1])),
        tre_product_reference: Some("T1".to_owned()),
        additional_profile_package_versions: vec![Version([3, 3, 1])],
        ..EuiccInfo2::default()
    }
}

#[test]
fn euicc_info2_of_v2_5() {
    let info =
        EuiccInfo2 { svn: Version([2, 5, 0]), rsp_capability: Bits::of(&[0, 3, 4, 5]), ..info2() };
    both_ways(
        info,
        &format!(
            "BF228199 8103020301 8203020500 8303010203 840C 810100 82030F4240 83022710 \
             85050668020040 8603090200 8703020300 8802029C A9160414{KEY_1} AA160414{KEY_1} 8B0102 \
             99020520 0403010000 0C0441422D31 AC14 80025031 810E68747470733A2F2F642E74657374 \
             8D020640 8E025431 AF05 0403030301"
        ),
    );
}

#[test]
fn euicc_info2_of_v3_1() {
    let info = EuiccInfo2 {
        svn: Version([2, 2, 2]),
        rsp_capability: Bits::of(&[0, 3, 24]),
        additional_profile_package_versions: vec![Version([3, 3, 1]), Version([3, 4, 0])],
        lpa_mode: Some(0),
        signing_keys_v3: vec![key(KEY_2)],
        additional_euicc_info: Some(vec![0xA1, 0xB2]),
        highest_svn: Some(Version([3, 1, 0])),
        iot_specific_info: Some(Vec::new()),
        ..info2()
    };
    both_ways(
        info,
        &format!(
            "BF2281C7 8103020301 8203020202 8303010203 840C 810100 82030F4240 83022710 \
             85050668020040 8603090200 8703020300 88050790000080 A9160414{KEY_1} AA160414{KEY_1} \
             8B0102 99020520 0403010000 0C0441422D31 AC14 80025031 \
             810E68747470733A2F2F642E74657374 8D020640 8E025431 AF0A 0403030301 0403030400 900100 \
             B1160414{KEY_2} 9202A1B2 9303030100 B400"
        ),
    );
}

#[test]
fn configured_addresses_of_v2_and_v3() {
    let v2 = ConfiguredAddresses {
        default_dp_address: Some("dp.test".to_owned()),
        root_ds_address: "ds.test".to_owned(),
        ..ConfiguredAddresses::default()
    };
    let first = "8007 64702E74657374 8107 64732E74657374";
    both_ways(v2.clone(), &format!("BF3C12 {first}"));
    let v3 = ConfiguredAddresses {
        additional_root_ds_addresses: vec!["ds2.test".to_owned()],
        allowed_ci_key_id: Some(key(KEY_1)),
        certificate_issuers: vec![CertificateIssuer { key_id: key(KEY_1), name: "CI".to_owned() }],
        ..v2
    };
    both_ways(
        v3,
        &format!(
            "BF3C52 {first} A20A 0C08 6473322E74657374 8314{KEY_1} A41C 301A 8014{KEY_1} 81024349"
        ),
    );
    both_ways(SetDefaultDpAddressRequest::new(""), "BF3F02 8000");
    let bound = SetDefaultDpAddressRequest {
        address: "dp.test".to_owned(),
        allowed_ci_key_id: Some(key(KEY_1)),
    };
    both_ways(bound, &format!("BF3F1F 8007 64702E74657374 8114{KEY_1}"));
    both_ways(
        SetDefaultDpAddressResponse(SetDefaultDpAddressResult::UnsupportedCiPkId),
        "BF3F03 800108",
    );
}

#[test]
fn both_answers_to_a_revocation_list() {
    both_ways(
        LoadCrlResponse::Ok { missing_parts: vec![3, 200] },
        "BF350B A009 A007 020103 020200C8",
    );
    both_ways(LoadCrlResponse::Ok { missing_parts: Vec::new() }, "BF3502 A000");
    both_ways(LoadCrlResponse::Error(LoadCrlError::FresherCrlAlreadyLoaded), "BF3503 810105");
}

#[test]
fn switching_on_cards_with_several_ports() {
    let request = EnableProfileRequest {
        profile: ProfileId::Aid(aid()),
        refresh: false,
        target_esim_port: Some(1),
    };
    both_ways(request, &format!("BF311A A012 4F10{AID} 810100 820101"));
    let chosen = EnableProfileResponse { result: EnableResult::Ok, target_esim_port: Some(2) };
    both_ways(chosen, "BF3106 800100 810102");
    both_ways(EnableProfileResponse::new(EnableResult::NoEsimPortAvailable), "BF3103 80010A");
    both_ways(DisableProfileResponse(DisableResult::DisallowedForRpmV31), "BF3203 800109");
    both_ways(DisableProfileResponse(DisableResult::DisallowedForRpm), "BF3203 80010A");
    both_ways(DeleteProfileResponse(DeleteResult::DisallowedInTestMode), "BF3303 800104");
    both_ways(EnableProfileResponse::new(EnableResult::Other(77)), "BF3103 80014D");
}

#[test]
fn memory_reset_options_of_v2_and_v3() {
    let v2 = MemoryResetRequest {
        operational_profiles: true,
        field_loaded_test_profiles: true,
        default_dp_address: true,
        ..MemoryResetRequest::default()
    };
    let all =
        MemoryResetRequest { pre_loaded_test_profiles: true, provisioning_profiles: true, ..v2 };
    both_ways(all, "BF3404 820203F8");
    let last = MemoryResetRequest { provisioning_profiles: true, ..MemoryResetRequest::default() };
    both_ways(last, "BF3404 82020308");
    // Without the count of unused bits, with a wrong one, untrimmed, empty.
    let read = |octets: &str| MemoryResetRequest::decode(&hex(octets)).unwrap();
    for octets in ["BF3403 8201E0", "BF3404 820200E0", "BF3405 820300E000", "BF3404 8202 03E0"] {
        assert_eq!(read(octets), v2, "{octets}");
    }
    for octets in ["BF3402 8200", "BF3403 820100", "BF3403 820105"] {
        assert_eq!(read(octets), MemoryResetRequest::default(), "{octets}");
    }
    both_ways(LpaeActivationRequest { cat_based: true, scws_based: true }, "BF4204 800206C0");
}

fn profile_info() -> ProfileInfo {
    ProfileInfo {
        iccid: Some(iccid()),
        isdp_aid: Some(aid()),
        state: Some(ProfileState::Enabled),
        nickname: Some("N".to_owned()),
        service_provider_name: Some("S".to_owned()),
        profile_name: Some("P".to_owned()),
        icon: Some(Icon { kind: IconKind::Png, data: vec![0x89, 0x50] }),
        class: ProfileClass::Test,
        class_present: true,
        notification_configurations: vec![NotificationConfiguration {
            events: EventSet::of(&[Event::Install, Event::Delete]),
            address: "n.test".to_owned(),
        }],
        owner: Some(OperatorId {
            mcc_mnc: MccMnc::from_digits("262", "01").unwrap(),
            gid1: Some(vec![1]),
            gid2: Some(vec![0xFF]),
        }),
        dp_proprietary_data: Some(hex("800388370A")),
        policy_rules: PolicyRules(Bits::of(&[1])),
        ..ProfileInfo::default()
    }
}

const COMMON: &str = "950100 B60E 300C 80020490 81066E2E74657374 B70B 800362F210 810101 8201FF";
const RPM_TO_HRI: &str = "BA0E A007 3005 800388370A 830388370A 9B06682E74657374";
const LPR_TO_DEVICE_CHANGE: &str =
    "BC08 8006702E74657374 BD08 800388370A 810145 9F1F0206C0 BF200B A009 8007 64702E74657374";

fn listed() -> String {
    format!(
        "5A0A{ICCID} 4F10{AID} 9F700101 90014E 910153 920150 930101 94028950 {COMMON} B805 \
         800388370A 99020640"
    )
}

fn extras() -> ProfileExtras {
    ProfileExtras {
        rpm_configuration: Some(hex("A0073005800388370A830388370A")),
        hri_server_address: Some("h.test".to_owned()),
        lpr_configuration: Some(hex("8006702E74657374")),
        enterprise_configuration: Some(hex("800388370A810145")),
        service_description: Some(Bits::of(&[0, 1])),
        device_change_configuration: Some(hex("A009800764702E74657374")),
        ..ProfileExtras::default()
    }
}

#[test]
fn a_listed_profile_of_v2_and_v3() {
    both_ways(profile_info(), &format!("E35D {}", listed()));
    let v3 = ProfileInfo {
        extras: extras(),
        enabled_on_esim_port: Some(1),
        profile_size: Some(70_000),
        ..profile_info()
    };
    both_ways(
        v3.clone(),
        &format!("E381A6 {} {RPM_TO_HRI} {LPR_TO_DEVICE_CHANGE} 9F240101 9F2503011170", listed()),
    );
    assert_eq!(v3.dp_oid().unwrap().to_string(), "2.999.10");
    assert!(ProfileInfo::default().dp_oid().is_none());
}

#[test]
fn metadata_of_v3() {
    let info = profile_info();
    let metadata = ProfileMetadata {
        icon: info.icon,
        class: info.class,
        notification_configurations: info.notification_configurations,
        owner: info.owner,
        policy_rules: info.policy_rules,
        extras: ProfileExtras { service_provider_message: Some(hex("8002646581014D")), ..extras() },
        estimated_profile_size: Some(70_000),
        ..ProfileMetadata::new(iccid(), "S", "P")
    };
    both_ways(
        metadata,
        &format!(
            "BF25818B 5A0A{ICCID} 910153 920150 930101 94028950 {COMMON} 99020640 {RPM_TO_HRI} \
             BE07 80026465 81014D {LPR_TO_DEVICE_CHANGE} 9F2103011170"
        ),
    );
    // The service data of v2.4 stands between the policy rules and what v3 added.
    let data = "3006 800388370A 810101";
    let metadata = ProfileMetadata {
        extras: ProfileExtras {
            service_specific_data_stored: Some(hex(data)),
            service_specific_data_not_stored: Some(hex(data)),
            ..ProfileExtras::default()
        },
        ..ProfileMetadata::new(iccid(), "", "")
    };
    let data = encode(Tag::new(0xBF22), &hex(data));
    let data = hex::encode_upper(data);
    let other = data.replacen("BF22", "BF23", 1);
    both_ways(metadata, &format!("BF252A 5A0A{ICCID} 9100 9200 {data} {other}"));
}

#[test]
fn access_rules_are_read_when_wanted() {
    let rules = vec![
        AccessRule {
            certificate_hash: vec![0x11; 20],
            package_name: Some("a.b".to_owned()),
            permissions: Some([0, 0, 0, 0, 0, 0, 0, 1]),
        },
        AccessRule { certificate_hash: vec![0x22; 32], package_name: None, permissions: None },
    ];
    let first = format!("E229 E11B C114{KEY_1} CA03612E62 E30A DB08 0000000000000001");
    let second = format!("E224 E122 C120 {}", "22".repeat(32));
    let content = hex(&format!("{first} {second}"));
    assert_eq!(AccessRule::write_all(&rules), content);
    let info = ProfileInfo { access_rules: Some(content.clone()), ..ProfileInfo::default() };
    assert_eq!(info.encode(), encode(Tag::new(0xE3), &encode(Tag::new(0xBF76), &content)));
    let info = ProfileInfo::decode(&info.encode()).unwrap();
    assert_eq!(info.read_access_rules().unwrap(), rules);
    assert_eq!(ProfileInfo::default().read_access_rules().unwrap(), []);
    assert!(AccessRule::read_all(&hex("E202E100")).is_err());
}

#[test]
fn profiles_are_searched_by_class_iccid_and_aid() {
    let brief = ProfileInfoListRequest::LIST_TAGS_BRIEF;
    assert_eq!(brief, hex("5A 9F70 90 91 92 95 99"));
    let operational = ProfileSearch::from(ProfileClass::Operational);
    both_ways(
        ProfileInfoListRequest::with_tags(Some(operational), brief).unwrap(),
        "BF2D0F A003 950102 5C08 5A9F709091929599",
    );
    both_ways(
        ProfileInfoListRequest { search: Some(iccid().into()), tag_list: None },
        &format!("BF2D0E A00C 5A0A{ICCID}"),
    );
    both_ways(
        ProfileInfoListRequest::with_tags(Some(aid().into()), &[0x94]).unwrap(),
        &format!("BF2D17 A012 4F10{AID} 5C0194"),
    );
}

#[test]
fn only_tag_lists_of_whole_tags_go_to_a_card() {
    let check = |tags: &[u8]| ProfileInfoListRequest::with_tags(None, tags).map(|_| ());
    for list in [
        ProfileInfoListRequest::LIST_TAGS,
        ProfileInfoListRequest::LIST_TAGS_WITH_ICON,
        &hex("BF22 BF76 BA 9B 9F1F BF20 9F24 9F25 9F8101"),
    ] {
        assert_eq!(check(list), Ok(()), "{list:02X?}");
    }
    assert_eq!(check(&[]), Err(TagListError::Empty));
    assert_eq!(check(&[0x5A; 64]), Ok(()));
    assert_eq!(check(&[0x5A; 65]), Err(TagListError::TooLong));
    // Cut short, padded, too small for the long form, too long, end-of-contents.
    for list in ["5A9F", "9F80", "9F8001", "9F1E", "9F818101", "9F81", "00", "5A00"] {
        assert_eq!(check(&hex(list)), Err(TagListError::NoTag), "{list}");
    }
}

#[test]
fn notifications_are_asked_for_by_number_and_event() {
    let install = EventSet::of(&[Event::Install]);
    both_ways(RetrieveNotificationsRequest::Events(install), "BF2B06 A004 81020780");
    both_ways(RetrieveNotificationsRequest::SeqNumber(1926), "BF2B06 A004 80020786");
    let two = EventSet::of(&[Event::Enable, Event::Delete]);
    both_ways(ListNotificationRequest { events: Some(two) }, "BF2804 81020450");
}

fn metadata(event: Event) -> NotificationMetadata {
    NotificationMetadata {
        seq_number: 1926,
        events: EventSet::of(&[event]),
        address: "n.test".to_owned(),
        iccid: Some(iccid()),
        unknown: Unknown::NONE,
    }
}

#[test]
fn results_of_installations() {
    both_ways(
        metadata(Event::Enable),
        &format!("BF2F1C 80020786 81020640 0C066E2E74657374 5A0A{ICCID}"),
    );
    let data = |outcome| ProfileInstallationResultData {
        transaction_id: TransactionId::from_hex("AA").unwrap(),
        notification: metadata(Event::Install),
        smdp_oid: "2.999.10".parse().unwrap(),
        outcome,
    };
    let first = format!("8001AA BF2F1C 80020786 81020780 0C066E2E74657374 5A0A{ICCID} 060388370A");
    let success =
        InstallOutcome::Success { isdp_aid: aid(), sima_response: hex("3007A0053003800100") };
    both_ways(
        data(success),
        &format!("BF2748 {first} A21F A01D 4F10{AID} 0409 3007A0053003800100"),
    );
    let failure = InstallOutcome::Failure {
        command: lpakit_rsp::installation::BppCommandId::StoreMetadata,
        reason: InstallErrorReason::UnknownTlvInMetadata,
        sima_response: None,
    };
    both_ways(data(failure), &format!("BF2731 {first} A208 A106 800102 81011A"));
}

#[test]
fn the_result_of_remote_management_can_be_delivered() {
    // As the module of v3.1 encodes it, with its tag in the list.
    let signed = format!(
        "A134 A02C 8001AA BF2F1C 80020786 81020001 0C066E2E74657374 5A0A{ICCID} 060388370A \
         A203 810102 8104 00000000"
    );
    let answer = hex(&format!("BF2B38 A036 {signed}"));
    let list = RetrieveNotificationsResponse::decode(&answer).unwrap();
    assert_eq!(list.encode(), answer);
    let RetrieveNotificationsResponse::Notifications(list) = list else { panic!("a list") };
    let [pending @ PendingNotification::Rpm(_)] = list.as_slice() else { panic!("one result") };
    assert_eq!(pending.raw(), hex(&signed));
    assert_eq!(*pending.metadata(), metadata(Event::RPM_RESULT));
}

#[test]
fn codes_of_v3_have_names_and_unknown_ones_are_kept() {
    let transaction_id = TransactionId::from_hex("AABB").unwrap();
    both_ways(
        CancelSessionRequest { transaction_id, reason: CancelReason::SessionAborted },
        "BF4107 8002AABB 810110",
    );
    let refused = |code| AuthenticateServerResponse::Error {
        transaction_id: TransactionId::from_hex("AA").unwrap(),
        code,
    };
    both_ways(refused(AuthenticateErrorCode::InvalidIccid), "BF3808 A106 8001AA 02010E");
    both_ways(refused(AuthenticateErrorCode::Other(99)), "BF3808 A106 8001AA 020163");
    let busy = ProfileInfoListResponse::Error(ProfileInfoListError::ProfileChangeOngoing);
    both_ways(busy, "BF2D03 81010B");
}

#[test]
fn what_nobody_knows_comes_back_at_the_end() {
    let iccid = format!("5A0A{ICCID}");
    // An unknown field in the middle, one at the end, and a second nickname.
    let info = hex(&format!("E31C {iccid} DF110155 90014E 900158 C500 9F700100"));
    let info = ProfileInfo::decode(&info).unwrap();
    assert_eq!(info.nickname.as_deref(), Some("N"));
    assert_eq!(info.unknown.octets(), hex("DF110155 900158 C500"));
    let back = format!("E31C {iccid} 9F700100 90014E DF110155 900158 C500");
    assert_eq!(info.encode(), hex(&back));
    let tags: Vec<Tag> = info.unknown.iter().map(|element| element.tag).collect();
    assert_eq!(tags, [Tag::new(0xDF11), Tag::new(0x90), Tag::new(0xC5)]);
    assert!(!format!("{info:?}").contains("55"), "what is unknown may be secret");
}

#[test]
fn a_field_that_only_informs_is_no_reason_to_refuse_the_rest() {
    // A state of its own, a picture of another kind, a size that is none.
    let odd = hex(&format!("E31D 5A0A{ICCID} 9F700107 930109 940155 9F2500 9F2401FF"));
    let info = ProfileInfo::decode(&odd).unwrap();
    assert_eq!(info.iccid, Some(iccid()));
    assert_eq!((info.state, info.icon.clone(), info.profile_size), (None, None, None));
    assert_eq!(info.enabled_on_esim_port, None);
    assert_eq!(info.encode(), odd);
    let unknown = Unknown::from_octets(&hex("AC00 8D00 9001FF 9302 0101 AF020400")).unwrap();
    let chip = EuiccInfo2 { unknown, ..EuiccInfo2::default() };
    let read = EuiccInfo2::decode(&chip.encode()).unwrap();
    assert_eq!(read, chip);
    // Numbers of free memory in a form of their own.
    let usual = hex::encode_upper(EuiccInfo2::default().encode());
    let odd = usual.replacen("8409810100820100830100", "840381FF01", 1);
    assert_ne!(odd, usual);
    let odd = encode(Tag::new(0xBF22), &hex(&odd[6..]));
    assert_eq!(EuiccInfo2::decode(&odd).unwrap(), EuiccInfo2::default());
}

#[test]
fn a_list_longer_than_any_cards_is_refused() {
    let list =
        |count| encode(Tag::new(0xBF2D), &encode(Tag::new(0xA0), &hex("E300").repeat(count)));
    let read = |count| ProfileInfoListResponse::decode(&list(count));
    let all = vec![ProfileInfo::default(); MAX_PROFILES];
    assert_eq!(read(MAX_PROFILES).unwrap(), ProfileInfoListResponse::Profiles(all));
    assert_eq!(read(MAX_PROFILES + 1).unwrap_err().fault, Fault::TooMany("profiles"));
}
