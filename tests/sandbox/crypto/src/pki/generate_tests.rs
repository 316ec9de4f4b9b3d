//! What a generated set says, and that it is the same for the same seed.

use std::time::{Duration, SystemTime};

use super::*;
use crate::{certificate::Role, eid::Eid, random::SeededRandom};

fn options() -> PkiOptions {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    PkiOptions::new(
        Eid::from_digits("89049032123451234512345678901235").unwrap(),
        Validity::days(start, 10_000),
        vec!["dp.example".into(), "127.0.0.1".into(), "::1".into()],
        vec!["ds.example".into()],
    )
}

fn pki(seed: u64) -> Pki {
    Pki::generate(&options(), &mut SeededRandom::new(seed)).unwrap()
}

fn certificates(pki: &Pki) -> Vec<&Certificate> {
    let (card, dp, ds) =
        (pki.card.as_ref().unwrap(), pki.dp.as_ref().unwrap(), pki.ds.as_ref().unwrap());
    vec![
        pki.ci.certificate(),
        card.eum.certificate(),
        card.euicc.certificate(),
        dp.auth.certificate(),
        dp.pb.certificate(),
        dp.tls.certificate(),
        ds.auth.certificate(),
        ds.tls.certificate(),
    ]
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    assert_eq!(certificates(&pki(1)), certificates(&pki(1)));
    for (one, other) in certificates(&pki(1)).iter().zip(certificates(&pki(2))) {
        assert_ne!(*one, other);
    }
}

#[test]
fn server_certificates_of_one_server_share_its_oid() {
    let pki = pki(1);
    let (dp, ds) = (pki.dp.as_ref().unwrap(), pki.ds.as_ref().unwrap());
    let id = |credential: &Credential| credential.certificate().registered_id().cloned();
    for credential in [&dp.auth, &dp.pb, &dp.tls] {
        assert_eq!(id(credential), Some(options().dp.registered_id));
    }
    for credential in [&ds.auth, &ds.tls] {
        assert_eq!(id(credential), Some(options().ds.registered_id));
    }
    assert_ne!(id(&dp.auth), id(&ds.auth));
}

#[test]
fn every_key_belongs_to_its_certificate_and_signs() {
    let pki = pki(1);
    let (dp, ds) = (pki.dp.as_ref().unwrap(), pki.ds.as_ref().unwrap());
    let card = pki.card.as_ref().unwrap();
    for credential in [&card.euicc, &dp.auth, &dp.pb, &dp.tls, &ds.auth, &ds.tls] {
        let public = credential.certificate().public_key().unwrap();
        let signature = credential.sign(b"signed");
        assert_eq!(public.verify(b"signed", &signature), Ok(()));
    }
    let stranger = Credential::new(dp.auth.certificate().clone(), dp.pb.key().clone());
    assert_eq!(stranger.unwrap_err(), KeyMismatch);
}

#[test]
fn every_certificate_but_the_ci_names_its_issuers_key() {
    let pki = pki(1);
    let eum_id = pki.card.as_ref().unwrap().eum.certificate();
    for certificate in certificates(&pki).into_iter().skip(1) {
        let issuer = if certificate.has_role(Role::Euicc) {
            eum_id.subject_key_identifier()
        } else {
            Some(pki.ci_key_id())
        };
        assert_eq!(certificate.authority_key_identifier(), issuer);
        assert_eq!(certificate.subject_key_identifier().map(<[u8]>::len), Some(20));
    }
}

#[test]
fn dates_past_2049_are_written_and_read() {
    for certificate in certificates(&pki(1)) {
        assert_eq!(certificate.valid_from(), options().validity.from);
        assert_eq!(certificate.valid_until(), options().validity.until);
    }
}

#[test]
fn another_card_under_the_same_eum_is_accepted() {
    let pki = pki(1);
    let mut random = SeededRandom::new(2);
    let eid = Eid::generate("89049032", &mut random).unwrap();
    let card = pki.issue_euicc(&eid, options().validity, &mut random).unwrap();
    let eum = pki.card.as_ref().unwrap().eum.certificate();
    assert_eq!(pki.roots().unwrap().verify_euicc(card.certificate(), eum, None), Ok(eid));
}

#[test]
fn without_an_issuers_key_nothing_is_issued() {
    let mut pki = pki(1);
    pki.ci = Issuer::new(pki.ci.certificate().clone(), None).unwrap();
    let request = ServerRequest::tls(Role::DpTls, &options(), vec!["dp.example".into()]);
    assert!(matches!(
        pki.issue_server(&request, &mut SeededRandom::new(2)),
        Err(PkiError::NoIssuerKey { issuer: "CI" })
    ));
    pki.card = None;
    let options = options();
    assert!(matches!(
        pki.issue_euicc(&options.eid, options.validity, &mut SeededRandom::new(2)),
        Err(PkiError::NoIssuerKey { issuer: "EUM" })
    ));
}

#[test]
fn names_and_dates_that_no_certificate_can_hold_are_refused() {
    let mut bad_host = options();
    bad_host.dp.hosts = vec!["dömäin.example".into()];
    let mut bad_date = options();
    bad_date.validity.until = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40);
    for options in [bad_host, bad_date] {
        assert!(matches!(
            Pki::generate(&options, &mut SeededRandom::new(1)),
            Err(PkiError::NotIssued { .. })
        ));
    }
}

#[test]
fn debug_shows_no_key_and_no_eid() {
    let text = format!("{:?} {:?}", pki(1), options());
    assert!(!text.contains("89049032"));
    assert!(text.contains("KeyPair(..)"));
}
