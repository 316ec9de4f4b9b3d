//! Certificates made by openssl, and bytes that are none.

use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::*;

fn pem(text: &str) -> Certificate {
    Certificate::from_pem(text).unwrap()
}

fn ci() -> Certificate {
    pem(include_str!("testdata/openssl_ci.pem"))
}

fn dp_auth() -> Certificate {
    pem(include_str!("testdata/openssl_dp.pem"))
}

fn euicc() -> Certificate {
    pem(include_str!("testdata/openssl_euicc.pem"))
}

fn eum() -> Certificate {
    pem(include_str!("testdata/openssl_eum.pem"))
}

fn in_2030() -> Option<SystemTime> {
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_893_456_000))
}

#[test]
fn the_fields_of_openssls_certificates() {
    let (ci, dp) = (ci(), dp_auth());
    assert_eq!(
        hex::encode(ci.subject_key_identifier().unwrap()),
        "5a5bd5440938c25195190114b66531403df83e71"
    );
    assert_eq!(dp.authority_key_identifier(), ci.subject_key_identifier());
    assert!(dp.has_role(Role::DpAuth) && !dp.has_role(Role::DpPb));
    assert_eq!(dp.registered_id().unwrap().to_string(), "2.999.10");
    assert_eq!(dp.registered_id().unwrap().der_value(), [0x88, 0x37, 0x0A]);
    assert_eq!(euicc().registered_id(), None);
    assert_eq!(euicc().eid().unwrap().digits(), "89049032123451234512345678901235");
    assert_eq!(dp.eid(), Err(CertificateError::NoEid));
    // 2026-11-22 17:52:37 UTC, as openssl prints it.
    let from = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_369_957);
    assert_eq!(dp.valid_from(), from);
    assert_eq!(dp.valid_until(), from + Duration::from_secs(11_000 * 24 * 60 * 60));
}

#[test]
fn openssls_chains_are_accepted() {
    let mut roots = Roots::new();
    roots.add(ci()).unwrap();
    assert_eq!(roots.verify(&dp_auth(), Role::DpAuth, in_2030()), Ok(&ci()));
    let eid = roots.verify_euicc(&euicc(), &eum(), in_2030()).unwrap();
    assert_eq!(eid, euicc().eid().unwrap());
}

#[test]
fn a_key_on_another_curve_is_read_and_told() {
    let certificate = pem(include_str!("testdata/openssl_bp.pem"));
    assert_eq!(certificate.public_key(), Err(CertificateError::UnsupportedCurve));
    let mut roots = Roots::new();
    roots.add(ci()).unwrap();
    assert_eq!(
        roots.verify(&certificate, Role::DpAuth, in_2030()),
        Err(CertificateError::UnsupportedCurve)
    );
}

#[test]
fn pem_and_der_are_the_same_certificate() {
    let certificate = dp_auth();
    assert_eq!(certificate.to_pem().unwrap(), include_str!("testdata/openssl_dp.pem"));
    assert_eq!(Certificate::from_der(certificate.der()), Ok(certificate));
}

#[test]
fn what_is_not_one_certificate_is_refused() {
    let der = dp_auth().der().to_vec();
    let mut longer = der.clone();
    longer.push(0);
    for bytes in [&longer[..], &der[..der.len() - 1], &[], &[0x30, 0x00]] {
        assert_eq!(Certificate::from_der(bytes), Err(CertificateError::Unparseable));
    }
    let other_label = dp_auth().to_pem().unwrap().replace("CERTIFICATE", "PUBLIC KEY");
    for text in ["", "-----BEGIN CERTIFICATE-----", &other_label] {
        assert_eq!(Certificate::from_pem(text), Err(CertificateError::Unparseable));
    }
}

#[test]
fn debug_shows_no_eid() {
    let text = format!("{:?}", euicc());
    assert!(!text.contains("8904") && text.contains("bytes"));
}

proptest! {
    /// Whatever byte is changed, the certificate is not accepted: it cannot be read, is linked to
    /// another issuer, or its signature is wrong.
    #[test]
    fn no_changed_certificate_is_accepted(position in 0_usize..480, flip in 1_u8..=255) {
        let mut der = dp_auth().der().to_vec();
        let Some(byte) = der.get_mut(position) else { return Ok(()) };
        *byte ^= flip;
        if let Ok(changed) = Certificate::from_der(&der) {
            let result = changed.verify_issued_by(&ci(), Role::DpAuth, None);
            prop_assert!(result.is_err());
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(Certificate::from_der(&bytes), Err(CertificateError::Unparseable));
    }
}
