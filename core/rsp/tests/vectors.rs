//! Codings that were checked outside this project: compiled from the standard's ASN.1 module and encoded there
//! (facts 0.4 and 3, the values marked [T]).

use lpakit_rsp::authentication::{
    AuthenticateErrorCode, AuthenticateServerResponse, CtxParams1, DeviceCapabilities, DeviceInfo,
};
use lpakit_rsp::chip::{
    EuiccChallenge, GET_EID, OperatorId, PolicyAuthorisationRule, RulesAuthorisationTable,
};
use lpakit_rsp::coding::Bits;
use lpakit_rsp::identifiers::{Iccid, Imei, MccMnc, Tac, TransactionId, Version};
use lpakit_rsp::installation::SimaResponse;
use lpakit_rsp::notifications::{
    Event, EventSet, ListNotificationRequest, ListNotificationResponse, NotificationMetadata,
    RemoveNotificationRequest, RetrieveNotificationsRequest,
};
use lpakit_rsp::preparation::SmdpSigned2;
use lpakit_rsp::profiles::{ProfileClass, ProfileId, ProfileInfoListRequest, ProfileMetadata};
use lpakit_rsp::session::{
    CancelReason, CancelSessionError, CancelSessionRequest, CancelSessionResponse,
};
use lpakit_rsp::switching::{
    DeleteProfileRequest, EnableProfileRequest, MemoryResetRequest, SetNicknameRequest,
};
use lpakit_rsp::tlv;
use lpakit_rsp::{Fault, Object, Tag};

fn hex(text: &str) -> Vec<u8> {
    hex::decode(text.replace(' ', "")).unwrap()
}

fn iccid() -> Iccid {
    Iccid::from_digits("8944501234567890123").unwrap()
}

fn both_ways<T: Object + PartialEq + std::fmt::Debug>(value: T, octets: &str) {
    assert_eq!(hex::encode_upper(value.encode()), octets.replace(' ', ""), "{}", T::NAME);
    assert_eq!(T::decode(&hex(octets)).unwrap(), value, "{}", T::NAME);
}

#[test]
fn requests_have_the_octets_of_the_standards_module() {
    let id = || ProfileId::Iccid(iccid());
    let digits = "5A0A 984405214365870921F3";
    both_ways(EnableProfileRequest::new(id(), true), &format!("BF3111 A00C {digits} 8101FF"));
    both_ways(DeleteProfileRequest(id()), &format!("BF330C {digits}"));
    both_ways(
        SetNicknameRequest { iccid: iccid(), nickname: "A".to_owned() },
        &format!("BF290F {digits} 900141"),
    );
    let everything = MemoryResetRequest {
        operational_profiles: true,
        field_loaded_test_profiles: true,
        default_dp_address: true,
        ..MemoryResetRequest::default()
    };
    both_ways(everything, "BF34 04 82 02 05 E0");
    both_ways(ListNotificationRequest { events: Some(EventSet::all()) }, "BF28 04 81 02 04 F0");
    both_ways(ListNotificationRequest { events: None }, "BF28 00");
    both_ways(RetrieveNotificationsRequest::SeqNumber(5), "BF2B 05 A0 03 80 01 05");
    both_ways(RetrieveNotificationsRequest::All, "BF2B 00");
    both_ways(RemoveNotificationRequest { seq_number: 200 }, "BF30 04 80 02 00C8");
    let transaction_id = TransactionId::from_hex("AABB").unwrap();
    both_ways(
        CancelSessionRequest { transaction_id, reason: CancelReason::PprNotAllowed },
        "BF41 07 80 02 AABB 81 01 03",
    );
    let tag_list = Some(ProfileInfoListRequest::LIST_TAGS_WITH_ICON.to_vec());
    both_ways(
        ProfileInfoListRequest { search: None, tag_list },
        "BF2D 0F 5C 0D 5A 4F 9F70 90 91 92 93 94 95 B6 B7 99",
    );
    assert_eq!(GET_EID, hex("BF3E 03 5C 01 5A"));
}

#[test]
fn the_devices_part_has_the_octets_of_the_standards_module() {
    let capabilities = DeviceCapabilities {
        gsm: Some(Version([5, 0, 0])),
        eutran_epc: Some(Version([0x0E, 0, 0])),
        eutran_5gc: Some(Version([0x0F, 0, 0])),
        ..DeviceCapabilities::default()
    };
    let imei = Imei::from_digits("356938035643809").unwrap();
    let device_info = DeviceInfo {
        tac: Tac::from_octets([0x35, 0x29, 0x06, 0x11]),
        capabilities,
        imei: Some(imei),
    };
    both_ways(
        CtxParams1 { matching_id: Some("AB".to_owned()), device_info },
        "A027 80024142 A121 800435290611 A10F 8003050000 85030E0000 8A030F0000 8208 539683306534089F",
    );
}

#[test]
fn answers_have_the_octets_of_the_standards_module() {
    both_ways(
        AuthenticateServerResponse::Error {
            transaction_id: TransactionId::from_hex("AA").unwrap(),
            code: AuthenticateErrorCode::CiPkUnknown,
        },
        "BF38 08 A1 06 80 01 AA 02 01 07",
    );
    both_ways(
        CancelSessionResponse::Error(CancelSessionError::InvalidTransactionId),
        "BF41 03 81 01 05",
    );
    both_ways(ListNotificationResponse::Notifications(Vec::new()), "BF28 02 A0 00");
    both_ways(
        SmdpSigned2 {
            transaction_id: TransactionId::from_hex("AA").unwrap(),
            confirmation_code_required: true,
            bpp_euicc_otpk: Some(vec![4]),
        },
        "300A 8001AA 0101FF 5F490104",
    );
    let any = MccMnc::from_octets([0xEE; 3]);
    let rule = PolicyAuthorisationRule {
        ppr_ids: Bits::of(&[1, 2]),
        allowed_operators: vec![OperatorId { mcc_mnc: any, gid1: None, gid2: None }],
        consent_required: true,
    };
    both_ways(
        RulesAuthorisationTable(vec![rule]),
        "BF4315 A013 3011 80020560 A107 3005 8003EEEEEE 82020780",
    );
    assert_eq!(SimaResponse::ok().octets(), hex("30 07 A0 05 30 03 80 01 00"));
    let logged = "BF2E 12 80 10 000102030405060708090A0B0C0D0E0F";
    let challenge = std::array::from_fn(|index| index as u8);
    both_ways(EuiccChallenge(challenge), logged);
}

#[test]
fn an_error_code_under_another_tag_is_understood() {
    let strange = hex("BF38 08 A1 06 80 01 AA 81 01 07");
    let answer = AuthenticateServerResponse::decode(&strange).unwrap();
    assert!(matches!(
        answer,
        AuthenticateServerResponse::Error { code: AuthenticateErrorCode::CiPkUnknown, .. }
    ));
}

#[test]
fn named_bits_are_trimmed_when_written_and_read_in_any_length() {
    let written = |numbers: &[u8]| hex::encode_upper(Bits::of(numbers).octets());
    assert_eq!(written(&[0]), "0780");
    assert_eq!(written(&[1]), "0640");
    assert_eq!(written(&[3]), "0410");
    assert_eq!(written(&[0, 1, 2, 3]), "04F0");
    assert_eq!(written(&[]), "00");
    let read = |octets: &str| {
        let element = tlv::encode(Tag::context(0), &hex(octets));
        Bits::read(tlv::Tlv::parse(&element).unwrap(), "bits")
    };
    for octets in ["0780", "0480", "0080", "07800000", "00 80 00 00 00 00 00"] {
        let read = if octets == "07800000" { read("00800000") } else { read(octets) };
        assert_eq!(read.unwrap(), Bits::of(&[0]), "{octets}");
    }
    // What stands in unused bits is not part of the value.
    assert_eq!(read("07 FF").unwrap(), Bits::of(&[0]));
    assert!(read("").is_err() && read("08 80").is_err() && read("01").is_err());
}

#[test]
fn numbers_are_as_long_as_they_must_be() {
    for (number, octets) in [(0, "00"), (127, "7F"), (128, "0080"), (200, "00C8"), (1926, "0786")] {
        let metadata = NotificationMetadata {
            seq_number: number,
            events: EventSet::of(&[Event::Enable]),
            address: "a.b".to_owned(),
            ..NotificationMetadata::default()
        };
        let coded = metadata.encode();
        assert_eq!(&coded[5..5 + octets.len() / 2], hex(octets), "{number}");
        assert_eq!(NotificationMetadata::decode(&coded).unwrap(), metadata);
    }
}

#[test]
fn a_class_may_be_written_or_left_out() {
    let without = "BF25 11 5A0A984405214365870921F3 910141 9200".replace(' ', "");
    let with = "BF25 14 5A0A984405214365870921F3 910141 9200 950102".replace(' ', "");
    let without = ProfileMetadata::decode(&hex(&without)).unwrap();
    assert_eq!(without.class, ProfileClass::Operational);
    assert_eq!(ProfileMetadata::decode(&hex(&with)).unwrap(), without);
}

#[test]
fn what_is_not_definite_and_whole_is_refused() {
    let fault =
        |octets: &str| EuiccChallenge::decode(&hex(octets)).expect_err("not a challenge").fault;
    assert_eq!(fault(""), Fault::Truncated);
    assert_eq!(fault("BF2E"), Fault::Truncated);
    assert_eq!(fault("BF2E80 8000 0000"), Fault::IndefiniteLength);
    assert_eq!(fault("BF2E85 0000000000"), Fault::LengthTooLong);
    assert_eq!(fault("BF2E84 FFFFFFFF"), Fault::Truncated);
    assert_eq!(fault("BF2E00 00"), Fault::TrailingOctets);
    assert_eq!(fault("BF2E00"), Fault::Missing(Tag::context(0)));
    assert_eq!(fault("BFFFFFFFFF00"), Fault::TagTooLong);
    let expected = Tag::new(0xBF2E);
    assert_eq!(fault("3000"), Fault::UnexpectedTag { expected, found: Tag::SEQUENCE });
}
