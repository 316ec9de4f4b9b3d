//! Bytes that others computed: a trace of a commercial SM-DP+ as published with an open SM-DP+'s
//! tests, and a profile piece computed with another cryptographic library.

use sha2::{Digest, Sha256};

use super::*;
use crate::session_keys::SessionKeys;

const CONFIGURE_ISDP: &str = "bf2400";
const CONFIGURE_ISDP_SEGMENT: &str = "8718f6fe031e4b9cfe87c8e1e62f3fde85c49412d7722a6a2d89";
const METADATA: &str = "bf252d5a0a98001032547698103214910947534d415f54455354921147534d415f\
                        544553545f50524f46494c45950100";
const METADATA_SEGMENT: &str = "8838bf252d5a0a98001032547698103214910947534d415f544553549211\
                                47534d415f544553545f50524f46494c459501008a62cc9adbb5ccbc";
const REPLACE_KEYS: &str = "bf26368010000102030405060708090a0b0c0d0e0f8110010102030405060708\
                            090a0b0c0d0e0f8210020102030405060708090a0b0c0d0e0f";
const REPLACE_KEYS_SEGMENT: &str = "8748a14c800a001992351cd46ad2945654674369701d82b7b4656765\
                                    2bc8fbed234939fc57fba748015525fd6c651e9d3d1330652d42a0cf\
                                    ad950e912122af4ec5362d3c0bc535729c40";

fn bytes<const N: usize>(hex_text: &str) -> [u8; N] {
    hex::decode(hex_text).unwrap().try_into().unwrap()
}

fn session_keys() -> SessionKeys {
    SessionKeys::from_parts(
        bytes("406d507b448a699e7a36a38494debbde"),
        bytes("472f5bfadd97f21d34f3ce9b51b92751"),
        bytes("9ec07f5b36a13e12a991d66e294e6242"),
    )
}

fn replaced_keys() -> SessionKeys {
    SessionKeys::from_parts(
        bytes("000102030405060708090a0b0c0d0e0f"),
        bytes("010102030405060708090a0b0c0d0e0f"),
        bytes("020102030405060708090a0b0c0d0e0f"),
    )
}

fn trace() -> [(SegmentTag, Vec<u8>, Vec<u8>); 3] {
    let row = |tag, plaintext: &str, segment: &str| {
        (tag, hex::decode(plaintext).unwrap(), hex::decode(segment).unwrap())
    };
    [
        row(SegmentTag::Command, CONFIGURE_ISDP, CONFIGURE_ISDP_SEGMENT),
        row(SegmentTag::Metadata, METADATA, METADATA_SEGMENT),
        row(SegmentTag::Command, REPLACE_KEYS, REPLACE_KEYS_SEGMENT),
    ]
}

#[test]
fn the_server_writes_the_trace() {
    let mut server = BspProtector::new(session_keys());
    for (tag, plaintext, segment) in trace() {
        assert_eq!(server.protect(tag, &plaintext), Ok(segment));
    }
}

#[test]
fn the_card_reads_the_trace() {
    let mut card = BspReader::new(session_keys());
    for (tag, plaintext, segment) in trace() {
        assert_eq!(card.read(tag, &segment[2..]), Ok(plaintext));
    }
}

/// 2000 bytes under replaced keys, computed with Python's `cryptography`.
#[test]
fn full_pieces_under_replaced_keys_match_another_library() {
    let profile: Vec<u8> = (0..2000_usize).map(|i| (i * 7 + 3) as u8).collect();
    let mut server = BspProtector::new(session_keys());
    for (tag, plaintext, _) in trace() {
        server.protect(tag, &plaintext).unwrap();
    }
    server.replace_keys(replaced_keys());
    let segments = server.protect_all(SegmentTag::Profile, &profile).unwrap();

    let digests: Vec<String> =
        segments.iter().map(|segment| hex::encode(Sha256::digest(segment))).collect();
    assert_eq!(
        digests,
        [
            "77ff5049da0c1d83e0896fa80bbbd7ce0aa6df55db8721330ff8e003acd12f4e",
            "24ed3069cb768ccdbf53e407a66f0728d3442293eb62f33c459f4c42fc635aca",
        ]
    );
    assert_eq!(segments[0].len(), 1020);
    assert_eq!(segments[0][..4], [0x86, 0x82, 0x03, 0xF8]);
}
