//! subjectAltName, read and written name by name.
//!
//! The certificate library's own type fails on a registeredID such as SGP.26's (see
//! [`super::RegisteredId`]), and with it on the whole extension.

use const_oid::{AssociatedOid, ObjectIdentifier, db::rfc5280::ID_CE_SUBJECT_ALT_NAME};
use der::{Tag, TagNumber, Tagged, asn1::Any};

use super::RegisteredId;

const DNS_NAME: u32 = 2;
const IP_ADDRESS: u32 = 7;
const REGISTERED_ID: u32 = 8;

/// GeneralNames; each name is kept as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AlternativeNames(Vec<Any>);

x509_cert::impl_newtype!(AlternativeNames, Vec<Any>);

impl AssociatedOid for AlternativeNames {
    const OID: ObjectIdentifier = ID_CE_SUBJECT_ALT_NAME;
}

impl AlternativeNames {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn push_dns(&mut self, name: &str) -> der::Result<()> {
        if !name.is_ascii() {
            return Err(Tag::Ia5String.value_error().into());
        }
        self.push(DNS_NAME, name.as_bytes())
    }

    /// `address`: 4 or 16 bytes.
    pub(crate) fn push_ip(&mut self, address: &[u8]) -> der::Result<()> {
        self.push(IP_ADDRESS, address)
    }

    pub(crate) fn push_registered_id(&mut self, id: &RegisteredId) -> der::Result<()> {
        self.push(REGISTERED_ID, id.der_value())
    }

    /// The first registeredID, if there is one that can be read.
    pub(super) fn registered_id(&self) -> Option<RegisteredId> {
        self.0
            .iter()
            .filter(|name| name.tag() == tag(REGISTERED_ID))
            .find_map(|name| RegisteredId::from_der_value(name.value()).ok())
    }

    fn push(&mut self, number: u32, value: &[u8]) -> der::Result<()> {
        self.0.push(Any::new(tag(number), value)?);
        Ok(())
    }
}

fn tag(number: u32) -> Tag {
    Tag::ContextSpecific { constructed: false, number: TagNumber(number) }
}
