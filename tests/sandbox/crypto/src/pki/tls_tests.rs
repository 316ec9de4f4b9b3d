//! The TLS leaves before a TLS library that others wrote: rustls with rustls-webpki.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use rustls::{
    CertificateError, Error, RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier},
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime},
};

use super::*;
use crate::{certificate::Role, eid::Eid, random::SeededRandom};

const START: Duration = Duration::from_secs(1_800_000_000);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + START
}

fn options() -> PkiOptions {
    PkiOptions::new(
        Eid::from_digits("89049032123451234512345678901235").unwrap(),
        Validity::days(start(), 100),
        vec!["dp.example".into(), "shop.example".into(), "127.0.0.1".into(), "::1".into()],
        vec!["ds.example".into()],
    )
}

fn pki() -> Pki {
    Pki::generate(&options(), &mut SeededRandom::new(1)).unwrap()
}

/// What rustls says to this leaf for this name, `days` after the start, trusting our CI only.
fn verdict(pki: &Pki, leaf: &Certificate, name: &str, days: u32) -> Result<(), Error> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(pki.ci.certificate().der()).into_owned()).unwrap();
    let verifier = WebPkiServerVerifier::builder_with_provider(
        Arc::new(roots),
        Arc::new(ring::default_provider()),
    )
    .build()
    .unwrap();
    verifier
        .verify_server_cert(
            &CertificateDer::from(leaf.der()),
            &[],
            &ServerName::try_from(name).unwrap(),
            &[],
            UnixTime::since_unix_epoch(START + DAY * days),
        )
        .map(|_| ())
}

fn bad_leaf(pki: &Pki, fault: TlsFault) -> Credential {
    let request = ServerRequest::tls(Role::DpTls, &options(), vec!["dp.example".into()]);
    pki.bad_tls_leaf(fault, &request, start() + DAY * 10, &mut SeededRandom::new(2)).unwrap()
}

#[test]
fn rustls_accepts_the_leaves_for_each_of_their_names() {
    let pki = pki();
    let dp = pki.dp.as_ref().unwrap().tls.certificate();
    for name in ["dp.example", "shop.example", "127.0.0.1", "::1"] {
        assert_eq!(verdict(&pki, dp, name, 10), Ok(()), "{name}");
    }
    let ds = pki.ds.as_ref().unwrap().tls.certificate();
    assert_eq!(verdict(&pki, ds, "ds.example", 10), Ok(()));
    assert!(verdict(&pki, dp, "ds.example", 10).is_err());
    assert!(verdict(&pki, dp, "127.0.0.2", 10).is_err());
    assert!(verdict(&pki, dp, "dp.example", 101).is_err());
}

#[test]
fn a_leaf_can_be_served() {
    let pki = pki();
    let tls = &pki.dp.as_ref().unwrap().tls;
    let chain = vec![CertificateDer::from(tls.certificate().der()).into_owned()];
    let key = tls.key().to_pkcs8_der().unwrap();
    let key = PrivateKeyDer::try_from(key.to_vec()).unwrap();
    let provider = Arc::new(ring::default_provider());
    rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
}

#[test]
fn each_bad_leaf_is_refused_for_its_own_reason() {
    let pki = pki();
    let refused = |fault| {
        let leaf = bad_leaf(&pki, fault);
        match verdict(&pki, leaf.certificate(), "dp.example", 10) {
            Err(Error::InvalidCertificate(reason)) => reason,
            other => panic!("{fault:?}: {other:?}"),
        }
    };
    assert!(matches!(refused(TlsFault::Expired), CertificateError::ExpiredContext { .. }));
    assert!(matches!(
        refused(TlsFault::OtherHost),
        CertificateError::NotValidForNameContext { .. }
    ));
    assert_eq!(refused(TlsFault::SelfSigned), CertificateError::UnknownIssuer);
    // The foreign CI has our CI's name, so that it is the signature that fails.
    assert_eq!(refused(TlsFault::ForeignCi), CertificateError::BadSignature);
}

#[test]
fn a_bad_leaf_is_good_but_for_its_fault() {
    let pki = pki();
    let leaf = bad_leaf(&pki, TlsFault::Expired);
    assert_eq!(verdict(&pki, leaf.certificate(), "dp.example", 9), Ok(()));
    let leaf = bad_leaf(&pki, TlsFault::OtherHost);
    assert_eq!(verdict(&pki, leaf.certificate(), "another-host.invalid", 10), Ok(()));
}
