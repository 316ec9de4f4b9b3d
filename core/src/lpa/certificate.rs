//! What the LPA reads in a server's certificate: whose it is and what for. The signatures are the card's to check.

use lpakit_rsp::ObjectIdentifier;
use lpakit_rsp::tlv::{Tag, Tlv};
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::der::asn1::ObjectIdentifier as X509Oid;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, CertificatePolicies};

/// id-ce-subjectAltName (RFC 5280, 4.2.1.6).
const SUBJECT_ALT_NAME: X509Oid = X509Oid::new_unwrap("2.5.29.17");
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

const ROLES: &[(X509Oid, Role)] = &[
    (X509Oid::new_unwrap("2.23.146.1.2.1.4"), Role::DpAuth),
    (X509Oid::new_unwrap("2.23.146.1.2.1.0.0.1.1"), Role::DpAuth),
    (X509Oid::new_unwrap("2.23.146.1.2.1.5"), Role::DpPb),
    (X509Oid::new_unwrap("2.23.146.1.2.1.0.0.1.2"), Role::DpPb),
    (X509Oid::new_unwrap("2.23.146.1.2.1.7"), Role::DsAuth),
    (X509Oid::new_unwrap("2.23.146.1.2.1.0.0.2.1"), Role::DsAuth),
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
        let certificate = Certificate::from_der(der).ok()?;
        let tbs = certificate.tbs_certificate();
        let policies = tbs.get_extension::<CertificatePolicies>().ok()?;
        let mut extensions = tbs.extensions()?.iter();
        let names = extensions.find(|extension| extension.extn_id == SUBJECT_ALT_NAME);
        let issuer = tbs.get_extension::<AuthorityKeyIdentifier>().ok()?;
        Some(Self {
            role: policies.and_then(|(_, policies)| role_of(&policies)),
            oid: names.and_then(|names| registered_id(names.extn_value.as_bytes())),
            issuer_key: issuer
                .and_then(|(_, issuer)| issuer.key_identifier)
                .map(|id| id.as_bytes().to_vec()),
        })
    }
}

fn role_of(policies: &CertificatePolicies) -> Option<Role> {
    let mut stated = policies.0.iter().map(|policy| policy.policy_identifier);
    stated.find_map(|oid| ROLES.iter().find(|(row, _)| *row == oid).map(|(_, role)| *role))
}

/// Reads registeredID with our own TLV reader: x509-cert cannot hold the OIDs of SGP.26's certificates.
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
