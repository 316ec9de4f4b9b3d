//! What holds of every parser of this crate, whatever bytes come: it ends with a value or an error, values come back
//! from their encodings as they were, and canonical encodings come back octet for octet. (What it allocates is counted
//! in `tests/allocation`.)

mod kinds;
mod mutations;
mod primitives;
mod values;

use lpakit_rsp::bpp::BppOutline;
use lpakit_rsp::installation::SimaResponse;
use lpakit_rsp::notifications::PendingNotification;
use lpakit_rsp::profiles::AccessRule;
use lpakit_rsp::tlv::{Fields, Tlv, encode};
use lpakit_rsp::{Object, Raw, Tag};
use proptest::prelude::*;

use kinds::Kind;

const CASES: u32 = 96;

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(CASES) }
}

fn both_ways<T: Object + PartialEq + std::fmt::Debug>(value: &T) -> Result<(), TestCaseError> {
    let octets = value.encode();
    let read = T::decode(&octets);
    prop_assert_eq!(read.as_ref(), Ok(value));
    prop_assert_eq!(read.map(|read| read.encode()), Ok(octets.clone()));
    let raw = Raw::<T>::decode(&octets).unwrap();
    prop_assert_eq!(raw.raw(), octets.as_slice());
    Ok(())
}

macro_rules! come_back {
    ($($name:ident),* $(,)?) => {
        mod come_back {
            use super::*;
            proptest! {
                #![proptest_config(config())]
                $(
                    #[test]
                    fn $name(value in values::$name()) {
                        both_ways(&value)?;
                    }
                )*
            }
        }
    };
}

come_back! {
    euicc_info1, euicc_info2, euicc_challenge, get_eid_response, configured_addresses,
    set_default_dp_address_request, rules_authorisation_table, server_signed1, ctx_params1,
    authenticate_server_request, euicc_signed1, authenticate_server_response, smdp_signed2,
    prepare_download_request, euicc_signed2, prepare_download_response, cancel_session_request,
    euicc_cancel_session_signed, cancel_session_response, initialise_secure_channel,
    configure_isdp, profile_metadata, profile_info, profile_info_list_request,
    profile_info_list_response, notification_metadata, list_notification_request,
    list_notification_response, retrieve_notifications_request, retrieve_notifications_response,
    remove_notification_request, installation_result_data, installation_result,
    other_signed_notification, rpm_result, enable_profile_request, disable_profile_request,
    delete_profile_request, set_nickname_request, memory_reset_request, lpae_activation_request,
    load_crl_request, load_crl_response, enable_profile_response,
}

/// One of all kinds, and an encoding of it.
fn any_encoding() -> impl Strategy<Value = (usize, Vec<u8>)> {
    let kinds = kinds::all().into_iter().enumerate();
    proptest::strategy::Union::new(
        kinds.map(|(index, kind)| kind.encodings.prop_map(move |octets| (index, octets))),
    )
}

/// Whether any element has two members of the same tag, or members deeper than the given depth.
fn repeats(octets: &[u8], depth: u32) -> bool {
    let Ok(members) = Fields::parse(octets) else { return false };
    let Some(deeper) = depth.checked_sub(1) else { return true };
    let mut tags: Vec<Tag> = members.iter().map(|member| member.tag).collect();
    let count = tags.len();
    tags.sort_unstable();
    tags.dedup();
    tags.len() < count
        || members
            .iter()
            .filter(|member| member.tag.is_constructed())
            .any(|member| repeats(member.value, deeper))
}

/// Reads with every parser; what could be read is written so that it can be read again. If no member stood there
/// twice, it is even read as the same (else one without content may hide a second one).
fn read_with(kinds: &[Kind], octets: &[u8]) -> Result<(), TestCaseError> {
    for kind in kinds {
        let Some(once) = (kind.again)(octets) else { continue };
        let twice = (kind.again)(&once);
        prop_assert!(twice.is_some(), "{}", kind.name);
        if !repeats(octets, 32) {
            prop_assert_eq!(twice, Some(once), "{}", kind.name);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn pending_notifications_come_back(pending in values::pending_notification()) {
        let element = Tlv::parse(pending.raw()).unwrap();
        let read = PendingNotification::read(element).unwrap();
        prop_assert_eq!(read.metadata(), pending.metadata());
        prop_assert_eq!(read, pending);
    }

    #[test]
    fn statuses_come_back(response in values::sima_response()) {
        prop_assert_eq!(SimaResponse::read_lenient(&response.octets()), response);
    }

    #[test]
    fn access_rules_come_back(rules in values::access_rules()) {
        prop_assert_eq!(AccessRule::read_all(&AccessRule::write_all(&rules)), Ok(rules));
    }

    #[test]
    fn a_package_is_cut_without_a_gap((octets, metadata, commands) in values::package()) {
        let outline = BppOutline::parse(&octets).unwrap();
        prop_assert_eq!(&outline.store_metadata, &metadata);
        prop_assert_eq!(outline.commands.len(), commands);
        let mut end = 0;
        for command in &outline.commands {
            prop_assert_eq!(command.start, end);
            prop_assert!(command.end > end);
            end = command.end;
        }
        prop_assert_eq!(end, octets.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..config() })]

    #[test]
    fn canonical_octets_come_back_octet_for_octet((kind, octets) in any_encoding()) {
        let kind = &kinds::all()[kind];
        prop_assert_eq!((kind.again)(&octets), Some(octets), "{}", kind.name);
    }

    #[test]
    fn any_octets_are_read_or_refused(octets in values::octets(0..200)) {
        let kinds = kinds::all();
        read_with(&kinds, &octets)?;
        for kind in &kinds {
            if let Some(tag) = kind.tag {
                read_with(std::slice::from_ref(kind), &encode(tag, &octets))?;
            }
        }
    }

    #[test]
    fn damaged_encodings_are_read_or_refused(
        (kind, octets) in any_encoding(),
        damage in mutations::some(),
    ) {
        let kinds = kinds::all();
        let damaged = mutations::apply(octets, &damage);
        read_with(std::slice::from_ref(&kinds[kind]), &damaged)?;
        // The outer length may be the only lie; then what is inside still reaches the parser.
        if let (Some(tag), Some(body)) = (kinds[kind].tag, damaged.get(3..)) {
            read_with(std::slice::from_ref(&kinds[kind]), &encode(tag, body))?;
        }
    }

    #[test]
    fn arbitrary_members_are_read_or_refused(
        members in proptest::collection::vec(mutations::member(), 0..12),
    ) {
        let content = members.concat();
        for kind in &kinds::all() {
            let tag = kind.tag.unwrap_or(Tag::SEQUENCE);
            read_with(std::slice::from_ref(kind), &encode(tag, &content))?;
        }
    }
}

#[test]
fn nesting_is_as_deep_as_it_likes() {
    for kind in &kinds::all() {
        let tag = kind.tag.unwrap_or(Tag::SEQUENCE);
        for inner in [Tag::context_constructed(0), Tag::context_constructed(1), Tag::SEQUENCE, tag]
        {
            let octets = mutations::nest(inner, 4000);
            read_with(std::slice::from_ref(kind), &octets).unwrap();
            read_with(std::slice::from_ref(kind), &encode(tag, &octets)).unwrap();
            drop((kind.read)(&octets));
        }
    }
}
