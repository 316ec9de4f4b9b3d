//! What the LPA reads in a server's certificate: whose it is and what for. The signatures are the card's to check.

use lpakit_rsp::ObjectIdentifier;
use lpakit_rsp::tlv::{Tag, Tlv};

use crate::x509::{AUTHORITY_KEY_IDENTIFIER, CERTIFICATE_POLICIES, Extensions, SUBJECT_ALT_NAME};

/// keyIdentifier in AuthorityKeyIdentifier.
const KEY_IDENTIFIER: Tag = Tag::context(0);
/// registeredID in GeneralName.
const REGISTERED_ID: Tag = Tag::context(8);

/// What a certificate is for (facts 6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// CERT.DPauth.
    DpAuth,
    /// CERT.DPpb.
    DpPb,
    /// CERT.DSauth.
    DsAuth,
}

/// The octets of the roles' OIDs: 2.23.146.1.2.1.x, and 2.23.146.1.2.1.0.0.x.y of version 3.
const ROLES: &[(&[u8], Role)] = &[
    (&[0x67, 0x81, 0x12, 1, 2, 1, 4], Role::DpAuth),
    (&[0x67, 0x81, 0x12, 1, 2, 1, 0, 0, 1, 1], Role::DpAuth),
    (&[0x67, 0x81, 0x12, 1, 2, 1, 5], Role::DpPb),
    (&[0x67, 0x81, 0x12, 1, 2, 1, 0, 0, 1, 2], Role::DpPb),
    (&[0x67, 0x81, 0x12, 1, 2, 1, 7], Role::DsAuth),
    (&[0x67, 0x81, 0x12, 1, 2, 1, 0, 0, 2, 1], Role::DsAuth),
];

/// The little that matters of a server certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ServerCertificate {
    /// What it is for, when it says.
    pub(super) role: Option<Role>,
    /// The server's OID: registeredID among the subject's alternative names.
    pub(super) oid: Option<ObjectIdentifier>,
    /// The key identifier of its issuer.
    pub(super) issuer_key: Option<Vec<u8>>,
}

impl ServerCertificate {
    /// Reads a certificate; `None` when it is none.
    pub(super) fn parse(der: &[u8]) -> Option<Self> {
        let extensions = Extensions::of(der)?;
        let role = match extensions.get(CERTIFICATE_POLICIES) {
            Some(policies) => role_of(policies)?,
            None => None,
        };
        let issuer_key = match extensions.get(AUTHORITY_KEY_IDENTIFIER) {
            Some(issuer) => {
                let fields = Tlv::parse_as(issuer, Tag::SEQUENCE).ok()?.fields().ok()?;
                fields.get(KEY_IDENTIFIER).map(|id| id.value.to_vec())
            }
            None => None,
        };
        let oid = extensions.get(SUBJECT_ALT_NAME).and_then(registered_id);
        Some(Self { role, oid, issuer_key })
    }
}

/// The first role among the policies; `None` when they are none.
fn role_of(policies: &[u8]) -> Option<Option<Role>> {
    let policies = Tlv::parse_as(policies, Tag::SEQUENCE).ok()?.fields().ok()?;
    let stated = policies.iter().map(|policy| {
        let fields = policy.expect(Tag::SEQUENCE).ok()?.fields().ok()?;
        Some(fields.get(Tag::OID)?.value)
    });
    let stated: Vec<&[u8]> = stated.collect::<Option<_>>()?;
    let role = |oid: &&[u8]| ROLES.iter().find(|(row, _)| row == oid).map(|(_, role)| *role);
    Some(stated.iter().find_map(role))
}

fn registered_id(names: &[u8]) -> Option<ObjectIdentifier> {
    let names = Tlv::parse_as(names, Tag::SEQUENCE).ok()?.fields().ok()?;
    ObjectIdentifier::from_bytes(names.get(REGISTERED_ID)?.value).ok()
}

#[cfg(test)]
mod tests {
    use lpakit_rsp::tlv::encode;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;
    use crate::certificate_sample::{certificate, extension, sequence};

    /// CERT.DPauth of the server 2.999.10 under the issuer with key 03…03.
    fn server_certificate() -> Vec<u8> {
        let role = encode(Tag::new(0x06), &[0x67, 0x81, 0x12, 1, 2, 1, 4]);
        certificate(&[
            extension(32, &sequence(&[&sequence(&[&role])])),
            extension(17, &sequence(&[&encode(REGISTERED_ID, &[0x88, 0x37, 10])])),
            extension(35, &sequence(&[&encode(Tag::context(0), &[3; 20])])),
        ])
    }

    #[test]
    fn role_server_and_issuer_are_read() {
        let read = ServerCertificate::parse(&server_certificate()).unwrap();
        assert_eq!(read.role, Some(Role::DpAuth));
        assert_eq!(read.oid.unwrap().to_string(), "2.999.10");
        assert_eq!(read.issuer_key.unwrap(), [3; 20]);
    }

    proptest! {
        #[test]
        fn damaged_certificates_are_read_or_refused(
            flips in vec((any::<Index>(), any::<u8>()), 0..4), keep in any::<Index>(),
            cut in any::<bool>(),
        ) {
            let mut der = server_certificate();
            for (at, octet) in flips {
                let at = at.index(der.len());
                der[at] = octet;
            }
            if cut {
                der.truncate(keep.index(der.len()));
            }
            let _ = ServerCertificate::parse(&der);
        }

        #[test]
        fn any_extensions_are_read_or_refused(
            extensions in vec((prop::sample::select(vec![14_u8, 17, 32, 35]), vec(any::<u8>(), 0..60)), 0..4),
        ) {
            let extensions: Vec<Vec<u8>> =
                extensions.iter().map(|(number, value)| extension(*number, value)).collect();
            let _ = ServerCertificate::parse(&certificate(&extensions));
        }

        #[test]
        fn any_octets_are_read_or_refused(der in vec(any::<u8>(), 0..300)) {
            prop_assert_eq!(ServerCertificate::parse(&der), None);
            let nested = (0..der.len()).fold(der, |inner, _| sequence(&[&inner]));
            prop_assert_eq!(ServerCertificate::parse(&nested), None);
        }
    }
}
