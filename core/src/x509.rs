//! The little that lpakit reads in certificates itself (RFC 5280, 4.1): their extensions. Chains and signatures are
//! checked by the card, and by rustls.

use lpakit_rsp::tlv::{Tag, Tlv};

const BIT_STRING: Tag = Tag::new(0x03);
/// Extensions in TBSCertificate.
const EXTENSIONS: Tag = Tag::context_constructed(3);

/// id-ce-subjectKeyIdentifier, subjectAltName, certificatePolicies, authorityKeyIdentifier: their octets.
pub(crate) const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1D, 0x0E];
pub(crate) const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1D, 0x11];
pub(crate) const CERTIFICATE_POLICIES: &[u8] = &[0x55, 0x1D, 0x20];
pub(crate) const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1D, 0x23];

/// A certificate's extensions.
pub(crate) struct Extensions<'a>(Vec<(&'a [u8], &'a [u8])>);

impl<'a> Extensions<'a> {
    /// Reads a certificate in DER; `None` when it is none.
    pub(crate) fn of(certificate: &'a [u8]) -> Option<Self> {
        let mut parts = Tlv::parse_as(certificate, Tag::SEQUENCE).ok()?.reader();
        let signed = parts.take(Tag::SEQUENCE).ok()?;
        parts.take(Tag::SEQUENCE).ok()?;
        parts.take(BIT_STRING).ok()?;
        parts.finish().ok()?;
        let Some(listed) = signed.fields().ok()?.get(EXTENSIONS) else {
            return Some(Self(Vec::new()));
        };
        let listed = Tlv::parse_as(listed.value, Tag::SEQUENCE).ok()?.fields().ok()?;
        let extension = |one: Tlv<'a>| {
            let fields = one.expect(Tag::SEQUENCE).ok()?.fields().ok()?;
            Some((fields.get(Tag::OID)?.value, fields.get(Tag::OCTET_STRING)?.value))
        };
        listed.iter().map(extension).collect::<Option<_>>().map(Self)
    }

    /// The value of an extension, if it is there.
    pub(crate) fn get(&self, oid: &[u8]) -> Option<&'a [u8]> {
        self.0.iter().find(|(name, _)| *name == oid).map(|(_, value)| *value)
    }
}
