//! What the checks need from a certificate's extensions, read once.

use const_oid::{AssociatedOid, ObjectIdentifier, db::rfc5280};
use x509_cert::{
    TbsCertificate,
    ext::pkix::{
        AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies, KeyUsage, NameConstraints,
        SubjectKeyIdentifier,
    },
    name::Name,
    spki::AssociatedAlgorithmIdentifier,
};

use super::{AlternativeNames, CertificateError, RegisteredId};
use crate::key::PublicKey;

const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");

/// Extensions that may be critical: they are looked at here or by the TLS library, or they only
/// say where a revocation list lies, and none is fetched in a sandbox.
const UNDERSTOOD: [ObjectIdentifier; 9] = [
    AuthorityKeyIdentifier::OID,
    BasicConstraints::OID,
    CertificatePolicies::OID,
    KeyUsage::OID,
    NameConstraints::OID,
    AlternativeNames::OID,
    SubjectKeyIdentifier::OID,
    rfc5280::ID_CE_EXT_KEY_USAGE,
    rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS,
];

#[derive(Debug, Clone)]
pub(super) struct Fields {
    pub(super) subject_key_identifier: Option<Vec<u8>>,
    pub(super) authority_key_identifier: Option<Vec<u8>>,
    pub(super) policies: Vec<ObjectIdentifier>,
    pub(super) registered_id: Option<RegisteredId>,
    pub(super) key_usage: Option<KeyUsage>,
    pub(super) is_ca: bool,
    pub(super) path_length: Option<u8>,
    pub(super) name_constraints: Option<NameConstraints>,
    pub(super) unknown_critical_extension: bool,
}

impl Fields {
    /// # Errors
    /// When an extension does not follow its grammar or stands there twice.
    pub(super) fn read(tbs: &TbsCertificate) -> der::Result<Self> {
        let key_id = tbs.get_extension::<SubjectKeyIdentifier>()?;
        let authority = tbs.get_extension::<AuthorityKeyIdentifier>()?;
        let policies = tbs.get_extension::<CertificatePolicies>()?;
        let names = tbs.get_extension::<AlternativeNames>()?;
        let basic = tbs.get_extension::<BasicConstraints>()?;
        Ok(Self {
            subject_key_identifier: key_id.map(|(_, id)| id.0.as_bytes().to_vec()),
            authority_key_identifier: authority
                .and_then(|(_, authority)| authority.key_identifier)
                .map(|id| id.as_bytes().to_vec()),
            policies: policies.map_or_else(Vec::new, |(_, policies)| policy_oids(&policies)),
            registered_id: names.and_then(|(_, names)| names.registered_id()),
            key_usage: tbs.get_extension::<KeyUsage>()?.map(|(_, usage)| usage),
            is_ca: basic.as_ref().is_some_and(|(_, basic)| basic.ca),
            path_length: basic.and_then(|(_, basic)| basic.path_len_constraint),
            name_constraints: tbs
                .get_extension::<NameConstraints>()?
                .map(|(_, constraints)| constraints),
            unknown_critical_extension: has_unknown_critical_extension(tbs),
        })
    }
}

fn policy_oids(policies: &CertificatePolicies) -> Vec<ObjectIdentifier> {
    policies.0.iter().map(|policy| policy.policy_identifier).collect()
}

fn has_unknown_critical_extension(tbs: &TbsCertificate) -> bool {
    tbs.extensions().is_some_and(|extensions| {
        extensions
            .iter()
            .any(|extension| extension.critical && !UNDERSTOOD.contains(&extension.extn_id))
    })
}

/// The certified key, if it is one on P-256.
pub(super) fn public_key(tbs: &TbsCertificate) -> Result<PublicKey, CertificateError> {
    let info = tbs.subject_public_key_info();
    let expected = p256::PublicKey::ALGORITHM_IDENTIFIER;
    let curve = info
        .algorithm
        .parameters
        .as_ref()
        .and_then(|curve| curve.decode_as::<ObjectIdentifier>().ok());
    if info.algorithm.oid != expected.oid || curve != expected.parameters {
        return Err(CertificateError::UnsupportedCurve);
    }
    info.subject_public_key
        .as_bytes()
        .and_then(|point| p256::PublicKey::from_sec1_bytes(point).ok())
        .map(PublicKey::from_p256)
        .ok_or(CertificateError::Unparseable)
}

/// The text of the subject's first serialNumber attribute.
pub(super) fn subject_serial_number(subject: &Name) -> Option<&str> {
    subject
        .iter()
        .find(|attribute| attribute.oid == SERIAL_NUMBER)
        .and_then(|attribute| std::str::from_utf8(attribute.value.value()).ok())
}

pub(super) fn is_serial_number(oid: ObjectIdentifier) -> bool {
    oid == SERIAL_NUMBER
}
