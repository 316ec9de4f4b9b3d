//! Writes and signs one certificate.
//!
//! TLS leaves are made here too and not by a TLS certificate library: the issuer's name is then
//! the CI's subject byte for byte, and the same seed gives the same certificate.

use std::net::IpAddr;

use const_oid::db::rfc5280::{ID_KP_CLIENT_AUTH, ID_KP_SERVER_AUTH};
use der::{Encode, asn1::OctetString, referenced::OwnedToRef};
use p256::ecdsa::DerSignature;
use x509_cert::{
    SubjectPublicKeyInfo, TbsCertificate,
    builder::{self, Builder, CertificateBuilder, profile::BuilderProfile},
    ext::{
        Extension, ToExtension,
        pkix::{
            AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies, ExtendedKeyUsage,
            KeyUsage, KeyUsages, NameConstraints, SubjectKeyIdentifier,
            certpolicy::PolicyInformation, constraints::name::GeneralSubtree, name::GeneralName,
        },
    },
    name::Name,
    serial_number::SerialNumber,
    spki::SubjectPublicKeyInfoRef,
    time::Time,
};

use super::{HostName, PkiError, Validity};
use crate::{
    certificate::{AlternativeNames, Certificate, RegisteredId, Role},
    key::{KeyPair, PublicKey},
    random::Random,
};

/// What a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// One of SGP.22's roles, said by its policy.
    Rsp(Role),
    /// A root outside of SGP.22.
    Root,
    /// TLS as server and client, outside of SGP.22.
    Tls,
}

impl From<Role> for Purpose {
    fn from(role: Role) -> Self {
        Self::Rsp(role)
    }
}

impl Purpose {
    fn is_tls(self) -> bool {
        matches!(self, Self::Tls | Self::Rsp(Role::DpTls | Role::DsTls))
    }

    fn is_issuer(self) -> bool {
        match self {
            Self::Rsp(role) => role.is_issuer(),
            Self::Root => true,
            Self::Tls => false,
        }
    }
}

/// What one certificate is to say.
pub(crate) struct Subject<'a> {
    pub(crate) purpose: Purpose,
    pub(crate) name: Name,
    pub(crate) registered_id: Option<&'a RegisteredId>,
    pub(crate) hosts: &'a [HostName],
    /// For an EUM: what it may certify.
    pub(crate) permitted: Option<Name>,
    pub(crate) validity: Validity,
}

/// Who signs: `None` in place of a certificate is a certificate signed by its own key.
pub(crate) struct Signer<'a> {
    pub(crate) certificate: Option<&'a Certificate>,
    pub(crate) key: &'a KeyPair,
}

/// Writes the certificate of `key` and has it signed.
pub(crate) fn issue(
    subject: &Subject<'_>,
    key: PublicKey,
    signer: &Signer<'_>,
    random: &mut dyn Random,
) -> Result<Certificate, PkiError> {
    let extensions = extensions(subject, key, signer)?;
    issue_with(extensions, subject, key, signer, random)
}

/// As [`issue`], with extensions of the caller's choice, for certificates that break a rule.
pub(crate) fn issue_with(
    extensions: Vec<Extension>,
    subject: &Subject<'_>,
    key: PublicKey,
    signer: &Signer<'_>,
    random: &mut dyn Random,
) -> Result<Certificate, PkiError> {
    let profile = Profile {
        issuer: signer.certificate.map_or(&subject.name, |issuer| issuer.subject()).clone(),
        subject: subject.name.clone(),
        extensions,
    };
    let validity = x509_cert::time::Validity::new(
        Time::try_from(subject.validity.from)?,
        Time::try_from(subject.validity.until)?,
    );
    let key = SubjectPublicKeyInfo::from_key(key.as_p256())?;
    let certificate = CertificateBuilder::new(profile, serial_number(random)?, validity, key)?
        .build::<_, DerSignature>(&signer.key.signing_key())?;
    Certificate::from_der(&certificate.to_der()?)
        .map_err(|error| PkiError::NotIssued { reason: error.to_string() })
}

/// Names and extensions as given, nothing added.
struct Profile {
    issuer: Name,
    subject: Name,
    extensions: Vec<Extension>,
}

impl BuilderProfile for Profile {
    fn get_issuer(&self, _subject: &Name) -> Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        _key: SubjectPublicKeyInfoRef<'_>,
        _issuer_key: SubjectPublicKeyInfoRef<'_>,
        _certificate: &TbsCertificate,
    ) -> builder::Result<Vec<Extension>> {
        Ok(self.extensions.clone())
    }
}

/// Extensions in the order SGP.26 certificates have them.
pub(crate) fn extensions(
    subject: &Subject<'_>,
    key: PublicKey,
    signer: &Signer<'_>,
) -> Result<Vec<Extension>, PkiError> {
    let purpose = subject.purpose;
    let is_tls = purpose.is_tls();
    let mut list = Extensions(&subject.name, Vec::new());
    if let Some(issuer) = signer.certificate {
        list.add(false, &authority_key_identifier(issuer)?)?;
    }
    list.add(false, &subject_key_identifier(key)?)?;
    if purpose.is_issuer() {
        list.add(true, &basic_constraints(purpose))?;
    }
    list.add(true, &key_usage(purpose))?;
    if is_tls {
        let usage = ExtendedKeyUsage(vec![ID_KP_SERVER_AUTH, ID_KP_CLIENT_AUTH]);
        list.add(true, &usage)?;
    }
    // Critical everywhere but in TLS leaves, where TLS libraries would refuse it.
    if let Purpose::Rsp(role) = purpose {
        list.add(!is_tls, &policies(role))?;
    }
    let names = alternative_names(subject)?;
    if !names.is_empty() {
        list.add(false, &names)?;
    }
    if let Some(permitted) = &subject.permitted {
        list.add(true, &name_constraints(permitted))?;
    }
    Ok(list.1)
}

struct Extensions<'a>(&'a Name, Vec<Extension>);

impl Extensions<'_> {
    fn add<T>(&mut self, critical: bool, extension: &T) -> der::Result<()>
    where
        T: const_oid::AssociatedOid + Encode,
    {
        let extension = (critical, extension).to_extension(self.0, &self.1)?;
        self.1.push(extension);
        Ok(())
    }
}

/// SHA-1 of the public key bits, as everywhere.
fn subject_key_identifier(key: PublicKey) -> Result<SubjectKeyIdentifier, PkiError> {
    let info = SubjectPublicKeyInfo::from_key(key.as_p256())?;
    Ok(SubjectKeyIdentifier::try_from(info.owned_to_ref())?)
}

fn authority_key_identifier(issuer: &Certificate) -> der::Result<AuthorityKeyIdentifier> {
    let key_identifier = issuer.subject_key_identifier().map(OctetString::new).transpose()?;
    Ok(AuthorityKeyIdentifier { key_identifier, ..Default::default() })
}

fn basic_constraints(purpose: Purpose) -> BasicConstraints {
    let path_len_constraint = (purpose == Purpose::Rsp(Role::Eum)).then_some(0);
    BasicConstraints { ca: true, path_len_constraint }
}

fn key_usage(purpose: Purpose) -> KeyUsage {
    KeyUsage(match purpose {
        Purpose::Rsp(Role::Ci) | Purpose::Root => KeyUsages::KeyCertSign | KeyUsages::CRLSign,
        Purpose::Rsp(Role::Eum) => KeyUsages::KeyCertSign.into(),
        _ => KeyUsages::DigitalSignature.into(),
    })
}

fn policies(role: Role) -> CertificatePolicies {
    CertificatePolicies(vec![PolicyInformation {
        policy_identifier: role.policy_oid(),
        policy_qualifiers: None,
    }])
}

fn alternative_names(subject: &Subject<'_>) -> der::Result<AlternativeNames> {
    let mut names = AlternativeNames::default();
    let hosts = if subject.purpose.is_tls() { subject.hosts } else { &[] };
    for host in hosts {
        match host {
            HostName::Dns(name) => names.push_dns(name)?,
            HostName::Ip(IpAddr::V4(address)) => names.push_ip(&address.octets())?,
            HostName::Ip(IpAddr::V6(address)) => names.push_ip(&address.octets())?,
        }
    }
    if let Some(id) = subject.registered_id {
        names.push_registered_id(id)?;
    }
    Ok(names)
}

fn name_constraints(permitted: &Name) -> NameConstraints {
    NameConstraints {
        permitted_subtrees: Some(vec![GeneralSubtree {
            base: GeneralName::DirectoryName(permitted.clone()),
            minimum: 0,
            maximum: None,
        }]),
        excluded_subtrees: None,
    }
}

/// 16 random bytes that read as a positive number without a leading zero byte.
fn serial_number(random: &mut dyn Random) -> der::Result<SerialNumber> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    bytes[0] = bytes[0] & 0x3F | 0x40;
    SerialNumber::new(&bytes)
}
