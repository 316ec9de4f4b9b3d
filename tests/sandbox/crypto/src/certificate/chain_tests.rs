//! Chains of generated certificates, and certificates that break one rule each.

use std::time::{Duration, SystemTime};

use const_oid::{AssociatedOid, ObjectIdentifier};
use der::{Encode, asn1::OctetString};
use x509_cert::ext::{
    Extension,
    pkix::{BasicConstraints, KeyUsage, KeyUsages, NameConstraints, SubjectKeyIdentifier},
};

use super::*;
use crate::{
    key::KeyPair,
    pki::{
        Issuer, Pki, PkiOptions, ServerRequest, Validity,
        issue::{Signer, Subject, extensions, issue_with},
        names,
    },
    random::{Random, SeededRandom},
};

const START: Duration = Duration::from_secs(1_800_000_000);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + START
}

fn validity() -> Validity {
    Validity::days(start(), 100)
}

fn noon() -> Option<SystemTime> {
    Some(start() + DAY)
}

fn options() -> PkiOptions {
    let eid = Eid::from_digits("89049032123451234512345678901235").unwrap();
    PkiOptions::new(eid, validity(), vec!["dp.example".into()], vec![])
}

fn pki(seed: u64) -> Pki {
    Pki::generate(&options(), &mut SeededRandom::new(seed)).unwrap()
}

fn request(role: Role) -> ServerRequest {
    ServerRequest::tls(role, &options(), vec![])
}

/// A certificate under `issuer` after `change` has been at its extensions.
fn forged(
    issuer: &Issuer,
    role: Role,
    change: impl FnOnce(&mut Vec<Extension>),
    random: &mut dyn Random,
) -> (Certificate, KeyPair) {
    let subject = Subject {
        purpose: role.into(),
        name: names::common_name("forged").unwrap(),
        registered_id: None,
        hosts: &[],
        permitted: None,
        validity: validity(),
    };
    let signer = Signer { certificate: Some(issuer.certificate()), key: issuer.key().unwrap() };
    let key = KeyPair::generate(random);
    let mut list = extensions(&subject, key.public_key(), &signer).unwrap();
    change(&mut list);
    let certificate = issue_with(list, &subject, key.public_key(), &signer, random).unwrap();
    (certificate, key)
}

fn forged_dp_auth(change: impl FnOnce(&mut Vec<Extension>)) -> Result<(), CertificateError> {
    let pki = pki(1);
    let (certificate, _) = forged(&pki.ci, Role::DpAuth, change, &mut SeededRandom::new(2));
    certificate.verify_issued_by(pki.ci.certificate(), Role::DpAuth, noon())
}

fn without(oid: ObjectIdentifier) -> impl FnOnce(&mut Vec<Extension>) {
    move |list| list.retain(|extension| extension.extn_id != oid)
}

fn replaced<T: AssociatedOid + Encode>(content: T) -> impl FnOnce(&mut Vec<Extension>) {
    move |list| {
        list.retain(|extension| extension.extn_id != T::OID);
        list.push(Extension {
            extn_id: T::OID,
            critical: true,
            extn_value: OctetString::new(content.to_der().unwrap()).unwrap(),
        });
    }
}

fn constraint(fault: ConstraintFault) -> Result<(), CertificateError> {
    Err(CertificateError::WrongConstraint(fault))
}

#[test]
fn every_generated_certificate_is_accepted_in_its_role_and_in_no_other() {
    let pki = pki(1);
    let roots = pki.roots().unwrap();
    let (dp, ds) = (pki.dp.as_ref().unwrap(), pki.ds.as_ref().unwrap());
    let certificates = [
        (Role::Eum, pki.card.as_ref().unwrap().eum.certificate()),
        (Role::DpAuth, dp.auth.certificate()),
        (Role::DpPb, dp.pb.certificate()),
        (Role::DpTls, dp.tls.certificate()),
        (Role::DsAuth, ds.auth.certificate()),
        (Role::DsTls, ds.tls.certificate()),
    ];
    for (role, certificate) in certificates {
        for asked in Role::ALL {
            let expected = if asked == role {
                Ok(pki.ci.certificate())
            } else {
                Err(CertificateError::WrongRole { expected: asked })
            };
            assert_eq!(roots.verify(certificate, asked, noon()), expected);
        }
    }
}

#[test]
fn the_cards_chain_proves_its_eid() {
    let pki = pki(1);
    let card = pki.card.as_ref().unwrap();
    let roots = pki.roots().unwrap();
    let eid = roots.verify_euicc(card.euicc.certificate(), card.eum.certificate(), noon());
    assert_eq!(eid, Ok(options().eid));
}

#[test]
fn an_eid_outside_the_eums_range_is_refused() {
    let pki = pki(1);
    let mut random = SeededRandom::new(2);
    let eum = pki.card.as_ref().unwrap().eum.certificate();
    let eid = Eid::generate("89049033", &mut random).unwrap();
    let card = pki.issue_euicc(&eid, validity(), &mut random).unwrap();
    assert_eq!(
        pki.roots().unwrap().verify_euicc(card.certificate(), eum, noon()),
        Err(CertificateError::WrongConstraint(ConstraintFault::NameNotPermitted))
    );
}

#[test]
fn an_eum_that_does_not_say_what_it_may_certify_is_refused() {
    let pki = pki(1);
    let mut random = SeededRandom::new(2);
    let (certificate, key) = forged(&pki.ci, Role::Eum, without(NameConstraints::OID), &mut random);
    let eum = Issuer::new(certificate, Some(key)).unwrap();
    let (euicc, _) = forged(&eum, Role::Euicc, |_| {}, &mut random);
    assert_eq!(
        euicc.verify_issued_by(eum.certificate(), Role::Euicc, noon()),
        constraint(ConstraintFault::NoNameConstraints)
    );
}

#[test]
fn a_certificate_under_another_ci_is_told_from_one_under_another_known_ci() {
    let (ours, theirs) = (pki(1), pki(2));
    let certificate = theirs.dp.as_ref().unwrap().auth.certificate();
    let mut roots = ours.roots().unwrap();
    assert_eq!(roots.verify(certificate, Role::DpAuth, noon()), Err(CertificateError::UnknownCi));
    roots.add(theirs.ci.certificate().clone()).unwrap();
    // Both CIs have the same name; the key identifier finds the right one.
    assert_eq!(roots.verify(certificate, Role::DpAuth, noon()), Ok(theirs.ci.certificate()));
    assert_eq!(
        roots.verify_under(ours.ci_key_id(), certificate, Role::DpAuth, noon()),
        Err(CertificateError::WrongIssuer)
    );
    assert_eq!(roots.verify_under(theirs.ci_key_id(), certificate, Role::DpAuth, noon()), Ok(()));
    assert_eq!(
        roots.verify_under(b"nobody", certificate, Role::DpAuth, noon()),
        Err(CertificateError::UnknownCi)
    );
    assert_eq!(roots.key_ids().count(), 2);
}

#[test]
fn a_forger_who_copies_the_key_identifier_is_found_by_the_signature() {
    let (ours, theirs) = (pki(1), pki(2));
    let forger = Signer { certificate: Some(ours.ci.certificate()), key: theirs.ci.key().unwrap() };
    let subject = Subject {
        purpose: Role::DpAuth.into(),
        name: names::common_name("forged").unwrap(),
        registered_id: None,
        hosts: &[],
        permitted: None,
        validity: validity(),
    };
    let mut random = SeededRandom::new(3);
    let key = KeyPair::generate(&mut random).public_key();
    let certificate = crate::pki::issue::issue(&subject, key, &forger, &mut random).unwrap();
    assert_eq!(
        ours.roots().unwrap().verify(&certificate, Role::DpAuth, noon()),
        Err(CertificateError::BadSignature)
    );
}

#[test]
fn dates_count_to_the_second_when_there_is_a_clock() {
    let pki = pki(1);
    let roots = pki.roots().unwrap();
    let certificate = pki.dp.as_ref().unwrap().auth.certificate();
    let at = |time: SystemTime| roots.verify(certificate, Role::DpAuth, Some(time)).map(|_| ());
    let second = Duration::from_secs(1);
    let end = start() + DAY * 100;
    assert_eq!(at(start()), Ok(()));
    assert_eq!(at(end), Ok(()));
    assert_eq!(at(start() - second), Err(CertificateError::NotYetValid));
    assert_eq!(at(end + second), Err(CertificateError::Expired));
    assert!(roots.verify(certificate, Role::DpAuth, None).is_ok());
}

#[test]
fn a_leaf_that_outlives_its_ci_ends_with_it() {
    let pki = pki(1);
    let mut long = request(Role::DpAuth);
    long.validity = Validity::days(start(), 200);
    let leaf = pki.issue_server(&long, &mut SeededRandom::new(2)).unwrap();
    assert_eq!(
        pki.roots().unwrap().verify(leaf.certificate(), Role::DpAuth, Some(start() + DAY * 150)),
        Err(CertificateError::Expired)
    );
}

#[test]
fn extensions_that_break_a_rule() {
    assert_eq!(forged_dp_auth(|_| {}), Ok(()));
    assert_eq!(
        forged_dp_auth(without(SubjectKeyIdentifier::OID)),
        constraint(ConstraintFault::NoKeyIdentifier)
    );
    assert_eq!(forged_dp_auth(without(KeyUsage::OID)), constraint(ConstraintFault::KeyUsage));
    assert_eq!(
        forged_dp_auth(replaced(KeyUsage(KeyUsages::KeyAgreement.into()))),
        constraint(ConstraintFault::KeyUsage)
    );
    assert_eq!(
        forged_dp_auth(replaced(BasicConstraints { ca: true, path_len_constraint: None })),
        constraint(ConstraintFault::CaFlag)
    );
    assert_eq!(
        forged_dp_auth(|list| list.push(Extension {
            extn_id: ObjectIdentifier::new_unwrap("1.2.3.4"),
            critical: true,
            extn_value: OctetString::new([5, 0]).unwrap(),
        })),
        constraint(ConstraintFault::UnknownCriticalExtension)
    );
    assert_eq!(
        forged_dp_auth(|list| list.push(Extension {
            extn_id: ObjectIdentifier::new_unwrap("1.2.3.4"),
            critical: false,
            extn_value: OctetString::new([5, 0]).unwrap(),
        })),
        Ok(())
    );
}

#[test]
fn a_leaf_cannot_issue() {
    let pki = pki(1);
    let auth = &pki.dp.as_ref().unwrap().auth;
    let leaf = Issuer::new(auth.certificate().clone(), Some(auth.key().clone())).unwrap();
    let (below, _) = forged(&leaf, Role::DpPb, |_| {}, &mut SeededRandom::new(2));
    assert_eq!(
        below.verify_issued_by(auth.certificate(), Role::DpPb, noon()),
        constraint(ConstraintFault::IssuerNotCa)
    );
}

#[test]
fn an_eum_cannot_have_an_eum_below_it() {
    let pki = pki(1);
    let eum = &pki.card.as_ref().unwrap().eum;
    let (below, _) = forged(eum, Role::Eum, |_| {}, &mut SeededRandom::new(2));
    assert_eq!(
        below.verify_issued_by(eum.certificate(), Role::Eum, noon()),
        constraint(ConstraintFault::PathLength)
    );
}

#[test]
fn only_a_self_signed_ci_becomes_a_root() {
    let pki = pki(1);
    let mut roots = Roots::new();
    let auth = pki.dp.as_ref().unwrap().auth.certificate();
    assert_eq!(roots.add(auth.clone()), Err(CertificateError::WrongRole { expected: Role::Ci }));
    // A CI certified by another CI.
    let (below, _) = forged(&pki.ci, Role::Ci, |_| {}, &mut SeededRandom::new(2));
    assert_eq!(roots.add(below), Err(CertificateError::BadSignature));
    assert_eq!(roots.key_ids().count(), 0);
}
