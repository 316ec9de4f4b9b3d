//! What one side writes the other reads, and nothing else.

use proptest::prelude::*;

use super::*;
use crate::session_keys::SessionKeys;

fn keys(byte: u8) -> SessionKeys {
    SessionKeys::from_parts([byte; 16], [byte ^ 0x55; 16], [byte ^ 0xAA; 16])
}

fn sides() -> (BspProtector, BspReader) {
    (BspProtector::new(keys(1)), BspReader::new(keys(1)))
}

/// The value of a segment as a TLV reader would hand it over.
fn value(segment: &[u8]) -> &[u8] {
    match segment[1] {
        0x81 => &segment[3..],
        0x82 => &segment[4..],
        _ => &segment[2..],
    }
}

const MAC_FAULT: BspError = BspError::Security(SecurityFault::Mac);

#[test]
fn a_piece_of_1007_bytes_makes_a_segment_of_1020_and_1008_are_refused() {
    let (mut server, _) = sides();
    let refused = server.protect(SegmentTag::Profile, &[0; 1008]);
    assert_eq!(refused, Err(BspError::PlaintextTooLong { max: 1007 }));
    let (mut fresh, _) = sides();
    let segment = server.protect(SegmentTag::Profile, &[0; 1007]).unwrap();
    assert_eq!(segment.len(), 1020);
    // The refusal has not moved the chain.
    assert_eq!(fresh.protect(SegmentTag::Profile, &[0; 1007]), Ok(segment));
}

#[test]
fn every_changed_byte_is_a_security_fault_and_leaves_the_chain_in_place() {
    for tag in [SegmentTag::Command, SegmentTag::Metadata] {
        let (mut server, mut card) = sides();
        let segment = server.protect(tag, b"some content").unwrap();
        let good = value(&segment);
        for position in 0..good.len() {
            let mut changed = good.to_vec();
            changed[position] ^= 0x01;
            assert_eq!(card.read(tag, &changed), Err(MAC_FAULT));
        }
        assert_eq!(card.read(tag, good).unwrap(), b"some content");
    }
}

#[test]
fn another_tag_is_a_security_fault() {
    let (mut server, mut card) = sides();
    let segment = server.protect(SegmentTag::Command, b"content").unwrap();
    assert_eq!(card.read(SegmentTag::Profile, value(&segment)), Err(MAC_FAULT));
}

#[test]
fn a_segment_repeated_or_left_out_is_a_security_fault() {
    let (mut server, mut card) = sides();
    let first = server.protect(SegmentTag::Profile, b"first").unwrap();
    let second = server.protect(SegmentTag::Profile, b"second").unwrap();
    assert_eq!(card.read(SegmentTag::Profile, value(&second)), Err(MAC_FAULT));
    card.read(SegmentTag::Profile, value(&first)).unwrap();
    assert_eq!(card.read(SegmentTag::Profile, value(&first)), Err(MAC_FAULT));
    card.read(SegmentTag::Profile, value(&second)).unwrap();
}

#[test]
fn a_metadata_segment_uses_up_a_counter_value() {
    let encrypt_second = |first: SegmentTag| {
        let mut server = BspProtector::new(keys(1));
        server.protect(first, b"x").unwrap();
        server.protect(SegmentTag::Profile, b"same").unwrap()
    };
    let mut fresh = BspProtector::new(keys(1));
    let at_counter_1 = fresh.protect(SegmentTag::Profile, b"same").unwrap();
    let after_metadata = encrypt_second(SegmentTag::Metadata);
    let after_command = encrypt_second(SegmentTag::Command);
    // The ciphertext depends on the counter alone, the MAC on the chain too.
    assert_eq!(after_metadata[2..18], after_command[2..18]);
    assert_ne!(after_metadata[2..18], at_counter_1[2..18]);
    assert_ne!(after_metadata[18..], after_command[18..]);
}

#[test]
fn replaced_keys_start_a_new_chain_on_both_sides() {
    let (mut server, mut card) = sides();
    let first = server.protect(SegmentTag::Command, b"BF26").unwrap();
    card.read(SegmentTag::Command, value(&first)).unwrap();
    server.replace_keys(keys(9));
    let piece = server.protect(SegmentTag::Profile, b"profile").unwrap();
    assert_eq!(card.read(SegmentTag::Profile, value(&piece)), Err(MAC_FAULT));
    card.replace_keys(keys(9));
    assert_eq!(card.read(SegmentTag::Profile, value(&piece)).unwrap(), b"profile");
    let restarted = BspProtector::new(keys(9)).protect(SegmentTag::Profile, b"profile");
    assert_eq!(restarted, Ok(piece));
}

#[test]
fn a_right_mac_over_wrongly_encrypted_content_is_a_padding_fault() {
    let wrong_encryption = SessionKeys::from_parts([1; 16], [0; 16], [1 ^ 0xAA; 16]);
    let mut server = BspProtector::new(wrong_encryption);
    let (_, mut card) = sides();
    let segment = server.protect(SegmentTag::Profile, &[0; 4]).unwrap();
    assert_eq!(
        card.read(SegmentTag::Profile, value(&segment)),
        Err(BspError::Security(SecurityFault::Padding))
    );
}

#[test]
fn structure_is_told_from_security() {
    let (_, mut card) = sides();
    let fault = |fault| Err(BspError::Structure(fault));
    let profile = SegmentTag::Profile;
    assert_eq!(card.read(profile, &[]), fault(StructureFault::TooShort));
    assert_eq!(card.read(profile, &[0; 8]), fault(StructureFault::TooShort));
    assert_eq!(card.read(profile, &[0; 23]), fault(StructureFault::PartBlock));
    assert_eq!(card.read(SegmentTag::Metadata, &[0; 7]), fault(StructureFault::TooShort));
    assert_eq!(card.read(SegmentTag::Metadata, &[0; 8]), Err(MAC_FAULT));
    assert_eq!(SegmentTag::try_from(0x89), Err(BspError::Structure(StructureFault::UnknownTag)));
}

#[test]
fn a_strict_card_refuses_long_segments_and_an_ordinary_one_does_not() {
    // 1016 bytes of value make 1020 with tag and length.
    let mut strict = BspReader::new(keys(1)).with_max_segment(MAX_SEGMENT);
    assert_eq!(strict.read(SegmentTag::Metadata, &[0; 1016]), Err(MAC_FAULT));
    assert_eq!(
        strict.read(SegmentTag::Metadata, &[0; 1017]),
        Err(BspError::Structure(StructureFault::TooLong))
    );
    let (_, mut ordinary) = sides();
    assert_eq!(ordinary.read(SegmentTag::Metadata, &[0; 1040]), Err(MAC_FAULT));
}

#[test]
fn debug_shows_no_key() {
    let (server, card) = sides();
    assert_eq!(
        format!("{server:?} {card:?}"),
        "BspProtector { max_segment: 1020, .. } BspReader { max_segment: None, .. }"
    );
}

fn any_tag() -> impl Strategy<Value = SegmentTag> {
    prop_oneof![Just(SegmentTag::Profile), Just(SegmentTag::Command), Just(SegmentTag::Metadata)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn data_of_any_length_comes_out_as_it_went_in(
        parts in prop::collection::vec(
            (any_tag(), prop::collection::vec(any::<u8>(), 0..3000)), 1..4),
        max_segment in MIN_SEGMENT..=MAX_SEGMENT,
    ) {
        let mut server = BspProtector::new(keys(1)).with_max_segment(max_segment).unwrap();
        let mut card = BspReader::new(keys(1)).with_max_segment(max_segment);
        for (tag, data) in parts {
            let mut received = Vec::new();
            for segment in server.protect_all(tag, &data).unwrap() {
                prop_assert_eq!(segment[0], tag.byte());
                prop_assert!(segment.len() <= max_segment);
                received.extend(card.read(tag, value(&segment)).unwrap());
            }
            prop_assert_eq!(received, data);
        }
    }

    #[test]
    fn the_card_survives_any_bytes(tag in any_tag(), value in prop::collection::vec(any::<u8>(), 0..64)) {
        let (_, mut card) = sides();
        prop_assert!(card.read(tag, &value).is_err());
    }
}
