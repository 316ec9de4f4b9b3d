//! Distinguished names, built from their parts so that any text can stand in them.

use const_oid::{ObjectIdentifier, db::rfc4519};
use der::{Decode, Encode, Tag, asn1::Any};
use x509_cert::{
    attr::AttributeTypeAndValue,
    name::{Name, RdnSequence, RelativeDistinguishedName},
};

use crate::eid::Eid;

pub(crate) fn common_name(text: &str) -> der::Result<Name> {
    name(&[(rfc4519::COMMON_NAME, text)])
}

pub(crate) fn organization_and_common_name(organization: &str, text: &str) -> der::Result<Name> {
    name(&[(rfc4519::ORGANIZATION_NAME, organization), (rfc4519::COMMON_NAME, text)])
}

/// An eUICC's subject: the EUM's organisation, the EID as serialNumber, a name.
pub(crate) fn euicc(organization: &str, eid: &Eid) -> der::Result<Name> {
    name(&[
        (rfc4519::ORGANIZATION_NAME, organization),
        (rfc4519::SERIAL_NUMBER, &eid.digits()),
        (rfc4519::COMMON_NAME, "lpakit sandbox eUICC"),
    ])
}

/// What an EUM may certify: its organisation, and EIDs that begin with these digits.
pub(crate) fn permitted(organization: &str, eid_prefix: &str) -> der::Result<Name> {
    name(&[(rfc4519::ORGANIZATION_NAME, organization), (rfc4519::SERIAL_NUMBER, eid_prefix)])
}

/// The organisation in a name, if it has one.
pub(crate) fn organization(name: &Name) -> Option<&str> {
    name.iter()
        .find(|attribute| attribute.oid == rfc4519::ORGANIZATION_NAME)
        .and_then(|attribute| std::str::from_utf8(attribute.value.value()).ok())
}

fn name(attributes: &[(ObjectIdentifier, &str)]) -> der::Result<Name> {
    let parts = attributes
        .iter()
        .map(|(oid, text)| {
            // RFC 5280: serialNumber is always a PrintableString.
            let tag =
                if *oid == rfc4519::SERIAL_NUMBER { Tag::PrintableString } else { Tag::Utf8String };
            let value = Any::new(tag, text.as_bytes())?;
            RelativeDistinguishedName::try_from(vec![AttributeTypeAndValue { oid: *oid, value }])
        })
        .collect::<der::Result<Vec<_>>>()?;
    // Through the encoding, for the library makes no name from parts otherwise.
    Name::from_der(&RdnSequence::from(parts).to_der()?)
}
