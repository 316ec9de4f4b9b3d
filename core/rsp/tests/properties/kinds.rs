//! Every object with its parser, for what holds of all of them.

use lpakit_rsp::authentication::*;
use lpakit_rsp::bpp::*;
use lpakit_rsp::installation::*;
use lpakit_rsp::notifications::*;
use lpakit_rsp::profiles::*;
use lpakit_rsp::switching::*;
use lpakit_rsp::tlv::{Reader, Tlv};
use lpakit_rsp::{Object, ObjectIdentifier, Tag};
use proptest::prelude::*;

use crate::values;

/// One kind of bytes from outside.
pub struct Kind {
    pub name: &'static str,
    /// Its tag; none for what is no element.
    pub tag: Option<Tag>,
    /// Encodings of arbitrary values.
    pub encodings: BoxedStrategy<Vec<u8>>,
    /// Reads, and writes what was read.
    pub again: fn(&[u8]) -> Option<Vec<u8>>,
    /// Reads, and gives back the value so that it can be dropped later.
    pub read: fn(&[u8]) -> Box<dyn std::any::Any>,
}

fn object<T: Object + 'static>(encodings: BoxedStrategy<Vec<u8>>) -> Kind {
    Kind {
        name: T::NAME,
        tag: Some(T::TAG),
        encodings,
        again: |octets| T::decode(octets).ok().map(|value| value.encode()),
        read: |octets| Box::new(T::decode(octets)),
    }
}

fn of<T: Object + std::fmt::Debug + 'static>(values: impl Strategy<Value = T> + 'static) -> Kind {
    object::<T>(values.prop_map(|value| value.encode()).boxed())
}

/// One of the answers that are a code and nothing else.
fn coded<T: Object + 'static>() -> Kind {
    let code = prop_oneof![0..130_u32, any::<u32>()];
    object::<T>(
        code.prop_map(|code| {
            let code = lpakit_rsp::coding::unsigned_octets(code);
            lpakit_rsp::tlv::encode(T::TAG, &lpakit_rsp::tlv::encode(Tag::context(0), &code))
        })
        .boxed(),
    )
}

fn chip() -> Vec<Kind> {
    vec![
        of(values::euicc_info1()),
        of(values::euicc_info2()),
        of(values::euicc_challenge()),
        of(values::get_eid_response()),
        of(values::configured_addresses()),
        of(values::set_default_dp_address_request()),
        of(values::rules_authorisation_table()),
    ]
}

fn session() -> Vec<Kind> {
    vec![
        of(values::server_signed1()),
        of(values::ctx_params1()),
        of(values::authenticate_server_request()),
        of(values::euicc_signed1()),
        of(values::authenticate_server_response()),
        of(values::smdp_signed2()),
        of(values::prepare_download_request()),
        of(values::euicc_signed2()),
        of(values::prepare_download_response()),
        of(values::cancel_session_request()),
        of(values::euicc_cancel_session_signed()),
        of(values::cancel_session_response()),
        of(values::initialise_secure_channel()),
        of(values::configure_isdp()),
        object::<ReplaceSessionKeys>(values::replace_session_keys().boxed()),
    ]
}

fn profiles_and_notifications() -> Vec<Kind> {
    vec![
        of(values::profile_metadata()),
        of(values::profile_info()),
        of(values::profile_info_list_request()),
        of(values::profile_info_list_response()),
        of(values::notification_metadata()),
        of(values::list_notification_request()),
        of(values::list_notification_response()),
        of(values::retrieve_notifications_request()),
        of(values::retrieve_notifications_response()),
        of(values::remove_notification_request()),
        of(values::installation_result_data()),
        of(values::installation_result()),
        of(values::other_signed_notification()),
        of(values::rpm_result()),
    ]
}

fn switching() -> Vec<Kind> {
    vec![
        of(values::enable_profile_request()),
        of(values::disable_profile_request()),
        of(values::delete_profile_request()),
        of(values::set_nickname_request()),
        of(values::memory_reset_request()),
        of(values::lpae_activation_request()),
        of(values::load_crl_request()),
        of(values::load_crl_response()),
        of((0..9_u32).prop_map(|code| LoadCrlErrorResponse(LoadCrlError::from_code(code)))),
        of(values::enable_profile_response()),
        coded::<DisableProfileResponse>(),
        coded::<DeleteProfileResponse>(),
        coded::<SetNicknameResponse>(),
        coded::<MemoryResetResponse>(),
        coded::<SetDefaultDpAddressResponse>(),
        coded::<RemoveNotificationResponse>(),
        coded::<LpaeActivationResponse>(),
    ]
}

/// What has a parser and is no [`Object`].
fn others() -> Vec<Kind> {
    let tags = profile_tags().prop_map(|(tags, _)| tags);
    vec![
        Kind {
            name: "BoundProfilePackage",
            tag: Some(BOUND_PROFILE_PACKAGE),
            encodings: values::package().prop_map(|(octets, ..)| octets).boxed(),
            again: |octets| BppOutline::parse(octets).ok().map(|_| octets.to_vec()),
            read: |octets| Box::new(BppOutline::parse(octets)),
        },
        Kind {
            name: "PendingNotification",
            tag: None,
            encodings: values::pending_notification()
                .prop_map(|pending| pending.raw().to_vec())
                .boxed(),
            again: |octets| {
                let element = Tlv::parse(octets).ok()?;
                PendingNotification::read(element).ok().map(|pending| pending.raw().to_vec())
            },
            read: |octets| Box::new(Tlv::parse(octets).and_then(PendingNotification::read)),
        },
        Kind {
            name: "EUICCResponse",
            tag: None,
            encodings: values::sima_response().prop_map(|response| response.octets()).boxed(),
            again: |octets| Some(SimaResponse::read_lenient(octets).octets()),
            read: |octets| Box::new(SimaResponse::read_lenient(octets)),
        },
        Kind {
            name: "refArDo",
            tag: None,
            encodings: values::access_rules()
                .prop_map(|rules| AccessRule::write_all(&rules))
                .boxed(),
            again: |octets| {
                AccessRule::read_all(octets).ok().map(|rules| AccessRule::write_all(&rules))
            },
            read: |octets| Box::new(AccessRule::read_all(octets)),
        },
        Kind {
            name: "OBJECT IDENTIFIER",
            tag: None,
            encodings: values::oid().prop_map(|oid| oid.as_bytes().to_vec()).boxed(),
            again: |octets| {
                ObjectIdentifier::from_bytes(octets).ok().map(|oid| oid.as_bytes().to_vec())
            },
            read: |octets| Box::new(ObjectIdentifier::from_bytes(octets)),
        },
        Kind {
            name: "tagList",
            tag: None,
            encodings: tags.boxed(),
            again: |octets| {
                let request = ProfileInfoListRequest::with_tags(None, octets).ok()?;
                request.tag_list
            },
            read: |octets| Box::new(ProfileInfoListRequest::with_tags(None, octets)),
        },
        Kind {
            name: "signature",
            tag: Some(Tag::SIGNATURE),
            encodings: any::<[[u8; 32]; 2]>()
                .prop_map(|halves| lpakit_rsp::tlv::encode(Tag::SIGNATURE, &halves.concat()))
                .boxed(),
            again: |octets| {
                let signature = decode_signature(octets).ok()?;
                Some(lpakit_rsp::tlv::encode(Tag::SIGNATURE, &signature))
            },
            read: |octets| Box::new(decode_signature(octets)),
        },
        Kind {
            name: "euiccCiPKIdToBeUsed",
            tag: Some(Tag::OCTET_STRING),
            encodings: values::key_id()
                .prop_map(|key| lpakit_rsp::tlv::encode(Tag::OCTET_STRING, key.octets()))
                .boxed(),
            again: |octets| {
                let key = decode_ci_key_id(octets).ok()?;
                Some(lpakit_rsp::tlv::encode(Tag::OCTET_STRING, key.octets()))
            },
            read: |octets| Box::new(decode_ci_key_id(octets)),
        },
        Kind {
            name: "elements",
            tag: None,
            encodings: values::unknown().prop_map(|unknown| unknown.octets().to_vec()).boxed(),
            again: elements_again,
            read: |octets| Box::new(elements_again(octets)),
        },
    ]
}

fn elements_again(octets: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::new(octets);
    let mut out = Vec::with_capacity(octets.len());
    while !reader.is_empty() {
        out.extend_from_slice(reader.read().ok()?.raw);
    }
    Some(out)
}

/// Octets of a tag list, and how many tags are in it.
pub fn profile_tags() -> impl Strategy<Value = (Vec<u8>, usize)> {
    let one = (1..=255_u8).prop_filter("one octet", |octet| octet & 0x1F != 0x1F);
    let first = prop::sample::select(vec![0x1F_u8, 0x3F, 0x5F, 0x7F, 0x9F, 0xBF, 0xDF, 0xFF]);
    let tag = prop_oneof![
        one.prop_map(|octet| vec![octet]),
        (first.clone(), 0x1F..0x80_u8).prop_map(|(first, second)| vec![first, second]),
        (first, 0x81..=255_u8, 0..0x80_u8).prop_map(|(a, b, c)| vec![a, b, c]),
    ];
    proptest::collection::vec(tag, 1..20).prop_map(|tags| (tags.concat(), tags.len()))
}

/// Every kind there is.
pub fn all() -> Vec<Kind> {
    [chip(), session(), profiles_and_notifications(), switching(), others()]
        .into_iter()
        .flatten()
        .collect()
}
