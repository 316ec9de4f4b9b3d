//! A certificate revocation list of a stage's CI, as small as one can be.

use lpakit::rsp::Tag;
use lpakit::rsp::tlv::encode;
use lpakit_interop::Stage;

/// ecdsa-with-SHA256
const ALGORITHM: [u8; 12] =
    [0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02];
const AUTHORITY_KEY: [u8; 3] = [0x55, 0x1D, 0x23];
const CRL_NUMBER: [u8; 3] = [0x55, 0x1D, 0x14];

fn tlv(tag: u32, parts: &[&[u8]]) -> Vec<u8> {
    encode(Tag::new(tag), &parts.concat())
}

fn extension(oid: &[u8], value: &[u8]) -> Vec<u8> {
    tlv(0x30, &[&tlv(0x06, &[oid]), &tlv(0x04, &[value])])
}

/// A list with this number that revokes one serial number, signed by the stage's CI.
pub fn list(stage: &Stage, number: u8) -> Vec<u8> {
    let day = tlv(0x17, &[b"260101000000Z"]);
    let revoked = tlv(0x30, &[&tlv(0x02, &[&[0x55, 0x66]]), &day]);
    let authority = tlv(0x30, &[&tlv(0x80, &[stage.pki().ci_key_id()])]);
    let extensions =
        [extension(&AUTHORITY_KEY, &authority), extension(&CRL_NUMBER, &tlv(0x02, &[&[number]]))];
    let extensions = tlv(0xA0, &[&tlv(0x30, &[&extensions.concat()])]);
    let issuer = tlv(0x30, &[]);
    let signed = tlv(
        0x30,
        &[
            &tlv(0x02, &[&[1]]),
            &ALGORITHM,
            &issuer,
            &day,
            &day,
            &tlv(0x30, &[&revoked]),
            &extensions,
        ],
    );
    let signature = stage.pki().ci.key().unwrap().sign(&signed);
    let bits = [&[0][..], &tlv(0x30, &[&integer(&signature[..32]), &integer(&signature[32..])])];
    tlv(0x30, &[&signed, &ALGORITHM, &tlv(0x03, &[&bits.concat()])])
}

/// An INTEGER, which has no zeros too many in front and is not negative.
fn integer(octets: &[u8]) -> Vec<u8> {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    let rest = &octets[zeros..];
    let sign: &[u8] = if rest[0] & 0x80 == 0 { &[] } else { &[0] };
    tlv(0x02, &[sign, rest])
}
