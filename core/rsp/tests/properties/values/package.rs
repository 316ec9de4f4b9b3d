//! The Bound Profile Package and what stands in it.

use lpakit_rsp::bpp::{
    BOUND_PROFILE_PACKAGE, ConfigureIsdp, InitialiseSecureChannel, MAC_LENGTH, ReplaceSessionKeys,
    SEGMENT_86, SEGMENT_87, SEGMENT_88,
};
use lpakit_rsp::{Object, Tag};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

pub fn initialise_secure_channel() -> impl Strategy<Value = InitialiseSecureChannel> {
    let control = (any::<u8>(), any::<u8>(), octets(0..17));
    (any::<u32>(), transaction_id(), control, octets(0..66), octets(0..65)).prop_map(
        |(remote_op_id, transaction_id, control, smdp_otpk, signature)| InitialiseSecureChannel {
            remote_op_id,
            transaction_id,
            key_type: control.0,
            key_length: control.1,
            host_id: control.2,
            smdp_otpk,
            signature,
        },
    )
}

pub fn configure_isdp() -> impl Strategy<Value = ConfigureIsdp> {
    maybe(oid()).prop_map(|dp_oid| ConfigureIsdp { dp_oid })
}

/// Keys have no `Debug`, so these are their octets.
pub fn replace_session_keys() -> impl Strategy<Value = Vec<u8>> {
    any::<[[u8; 16]; 3]>().prop_map(|[initial_mac_chaining_value, ppk_enc, ppk_cmac]| {
        ReplaceSessionKeys { initial_mac_chaining_value, ppk_enc, ppk_cmac }.encode()
    })
}

fn segments() -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec(octets(MAC_LENGTH..200), 1..4)
}

fn part(number: u8, tag: Tag, segments: &[Vec<u8>]) -> Vec<u8> {
    let segments: Vec<Vec<u8>> = segments.iter().map(|segment| encode(tag, segment)).collect();
    encode(Tag::context_constructed(number), &segments.concat())
}

/// A package, the metadata that is in it, and into how many commands it is to be cut.
pub fn package() -> impl Strategy<Value = (Vec<u8>, Vec<u8>, usize)> {
    let parts = (segments(), segments(), maybe(segments()), segments());
    (initialise_secure_channel(), parts).prop_map(|(first, (isdp, metadata, keys, profile))| {
        let plain = metadata.iter().map(|segment| &segment[..segment.len() - MAC_LENGTH]);
        let plain = plain.collect::<Vec<_>>().concat();
        let keys_part = keys.as_deref().map(|keys| part(2, SEGMENT_87, keys));
        let content = [
            first.encode(),
            part(0, SEGMENT_87, &isdp),
            part(1, SEGMENT_88, &metadata),
            keys_part.unwrap_or_default(),
            part(3, SEGMENT_86, &profile),
        ];
        // The headers of the 88s and 86s go alone, those of the 87s with the first one.
        let commands =
            3 + isdp.len() + metadata.len() + keys.as_deref().map_or(0, <[_]>::len) + profile.len();
        (encode(BOUND_PROFILE_PACKAGE, &content.concat()), plain, commands)
    })
}
