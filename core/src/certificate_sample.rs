//! Certificates for tests, put together octet by octet: the form is right, the signature is none.

use lpakit_rsp::Tag;
use lpakit_rsp::tlv::encode;

const BOOLEAN: Tag = Tag::new(0x01);
const BIT_STRING: Tag = Tag::new(0x03);
const OID: Tag = Tag::new(0x06);
const SET: Tag = Tag::new(0x31);
const UTC_TIME: Tag = Tag::new(0x17);

/// A SEQUENCE of these.
pub(crate) fn sequence(members: &[&[u8]]) -> Vec<u8> {
    encode(Tag::SEQUENCE, &members.concat())
}

/// An extension under id-ce (2.5.29).
pub(crate) fn extension(number: u8, value: &[u8]) -> Vec<u8> {
    let oid = encode(OID, &[0x55, 0x1D, number]);
    let critical = encode(BOOLEAN, &[0xFF]);
    sequence(&[&oid, &critical, &encode(Tag::OCTET_STRING, value)])
}

/// What a CI's certificate has: SubjectKeyIdentifier.
pub(crate) fn ci_extensions() -> Vec<Vec<u8>> {
    vec![extension(14, &encode(Tag::OCTET_STRING, &[7; 20]))]
}

/// A certificate of X.509 version 3 with these extensions.
pub(crate) fn certificate(extensions: &[Vec<u8>]) -> Vec<u8> {
    // ecdsa-with-SHA256; id-ecPublicKey on P-256.
    let algorithm = sequence(&[&encode(OID, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2])]);
    let curve = encode(OID, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7]);
    let key_kind = sequence(&[&encode(OID, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1]), &curve]);
    let key = encode(BIT_STRING, &[&[0, 4][..], &[6; 64]].concat());
    let common_name = sequence(&[&encode(OID, &[0x55, 4, 3]), &encode(Tag::UTF8_STRING, b"Test")]);
    let name = sequence(&[&encode(SET, &common_name)]);
    let time = |text: &[u8]| encode(UTC_TIME, text);
    let extensions = encode(Tag::SEQUENCE, &extensions.concat());
    let to_be_signed = sequence(&[
        &encode(Tag::context_constructed(0), &encode(Tag::INTEGER, &[2])),
        &encode(Tag::INTEGER, &[1]),
        &algorithm,
        &name,
        &sequence(&[&time(b"260101000000Z"), &time(b"360101000000Z")]),
        &name,
        &sequence(&[&key_kind, &key]),
        &encode(Tag::context_constructed(3), &extensions),
    ]);
    sequence(&[&to_be_signed, &algorithm, &encode(BIT_STRING, &[0, 0x30, 0x00])])
}
