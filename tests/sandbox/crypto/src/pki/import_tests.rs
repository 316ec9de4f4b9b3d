//! Out to a folder and in again; folders of others; folders with one fault each.

use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

use tempfile::TempDir;

use super::*;
use crate::{
    certificate::{ConstraintFault, Role},
    eid::Eid,
    key::KeyPair,
    random::SeededRandom,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

fn options() -> PkiOptions {
    PkiOptions::new(
        Eid::from_digits("89049032123451234512345678901235").unwrap(),
        Validity::days(start(), 100),
        vec!["dp.example".into()],
        vec!["ds.example".into()],
    )
}

fn pki(seed: u64) -> Pki {
    Pki::generate(&options(), &mut SeededRandom::new(seed)).unwrap()
}

fn exported(pki: &Pki) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    pki.export(folder.path(), Layout::Flat).unwrap();
    folder
}

fn import(folder: &TempDir) -> Result<Pki, PkiError> {
    Pki::import(folder.path(), Some(start() + DAY))
}

/// The fault in a folder after `change`.
fn fault(change: impl FnOnce(&Path)) -> PkiError {
    let folder = exported(&pki(1));
    change(folder.path());
    import(&folder).unwrap_err()
}

fn remove_matching(folder: &Path, part: &str) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_str().unwrap().contains(part) {
            fs::remove_file(path).unwrap();
        }
    }
}

fn write_certificate(folder: &Path, file: &str, certificate: &Certificate) {
    fs::write(folder.join(file), certificate.der()).unwrap();
}

fn assert_same(one: &Credential, other: &Credential) {
    assert_eq!(one.certificate(), other.certificate());
    assert_eq!(one.key().to_scalar(), other.key().to_scalar());
}

#[test]
fn a_set_survives_the_way_out_and_in_again_in_both_layouts() {
    for layout in [Layout::Flat, Layout::Folders] {
        let out = pki(1);
        let folder = tempfile::tempdir().unwrap();
        out.export(&folder.path().join("new"), layout).unwrap();
        let back = Pki::import(&folder.path().join("new"), Some(start())).unwrap();

        assert_eq!(back.ci.certificate(), out.ci.certificate());
        assert!(back.ci.key().is_some());
        let (card, dp, ds) = (back.card.unwrap(), back.dp.unwrap(), back.ds.unwrap());
        let (out_card, out_dp, out_ds) = (out.card.unwrap(), out.dp.unwrap(), out.ds.unwrap());
        assert_eq!(card.eum.certificate(), out_card.eum.certificate());
        assert!(card.eum.key().is_some());
        assert_same(&card.euicc, &out_card.euicc);
        assert_same(&dp.auth, &out_dp.auth);
        assert_same(&dp.pb, &out_dp.pb);
        assert_same(&dp.tls, &out_dp.tls);
        assert_same(&ds.auth, &out_ds.auth);
        assert_same(&ds.tls, &out_ds.tls);
    }
}

#[test]
fn files_are_named_as_in_sgp_26() {
    let folder = exported(&pki(1));
    let mut names: Vec<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let mut expected: Vec<String> = [
        "CI_ECDSA_NIST",
        "EUM_ECDSA_NIST",
        "EUICC_ECDSA_NIST",
        "S_SM_DPauth_ECDSA_NIST",
        "S_SM_DPpb_ECDSA_NIST",
        "S_SM_DP_TLS_NIST",
        "S_SM_DSauth_ECDSA_NIST",
        "S_SM_DS_TLS_NIST",
    ]
    .iter()
    .flat_map(|stem| {
        [format!("CERT_{stem}.der"), format!("CERT_{stem}.pem"), format!("SK_{stem}.pem")]
    })
    .collect();
    expected.sort();
    assert_eq!(names, expected);
}

#[cfg(unix)]
#[test]
fn private_keys_are_the_owners_alone_even_over_an_older_open_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let older = folder.path().join("SK_CI_ECDSA_NIST.pem");
    fs::write(&older, "older").unwrap();
    fs::set_permissions(&older, fs::Permissions::from_mode(0o644)).unwrap();
    pki(1).export(folder.path(), Layout::Flat).unwrap();
    let mut keys = 0;
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_str().unwrap().starts_with("SK_") {
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            keys += 1;
        }
    }
    assert_eq!(keys, 8);
}

#[test]
fn a_card_for_a_foreign_server_needs_ci_eum_and_euicc_only() {
    let folder = exported(&pki(1));
    remove_matching(folder.path(), "S_SM_");
    remove_matching(folder.path(), "SK_CI_");
    remove_matching(folder.path(), "SK_EUM_");
    let card_only = import(&folder).unwrap();
    assert!(card_only.card.is_some() && card_only.dp.is_none() && card_only.ds.is_none());
    assert!(card_only.ci.key().is_none());
    assert!(card_only.card.unwrap().eum.key().is_none());
}

#[test]
fn a_foreign_server_for_our_card_needs_no_card_part() {
    let folder = exported(&pki(1));
    remove_matching(folder.path(), "_EUM_");
    remove_matching(folder.path(), "_EUICC_");
    remove_matching(folder.path(), "_SM_DS");
    let server_only = import(&folder).unwrap();
    assert!(server_only.card.is_none() && server_only.dp.is_some() && server_only.ds.is_none());
}

#[test]
fn pem_alone_will_do() {
    let folder = exported(&pki(1));
    remove_matching(folder.path(), ".der");
    assert!(import(&folder).unwrap().dp.is_some());
}

#[test]
fn part_of_a_part_is_named() {
    for (file, expected) in [
        ("CERT_CI_ECDSA_NIST", "CERT_CI_ECDSA_NIST.der"),
        ("CERT_EUM_ECDSA_NIST", "CERT_EUM_ECDSA_NIST.der"),
        ("SK_EUICC_ECDSA_NIST", "SK_EUICC_ECDSA_NIST.pem"),
        ("CERT_S_SM_DPpb_", "CERT_S_SM_DPpb_ECDSA_NIST.der"),
        ("SK_S_SM_DP_TLS_", "SK_S_SM_DP_TLS_NIST.pem"),
        ("CERT_S_SM_DS_TLS_", "CERT_S_SM_DS_TLS_NIST.der"),
    ] {
        match fault(|folder| remove_matching(folder, file)) {
            PkiError::Missing { file } => assert_eq!(file, expected),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_key_of_another_certificate_is_found() {
    let stranger = KeyPair::generate(&mut SeededRandom::new(9));
    for stem in ["CI_ECDSA_NIST", "EUICC_ECDSA_NIST", "S_SM_DPauth_ECDSA_NIST"] {
        let error = fault(|folder| {
            let file = folder.join(format!("SK_{stem}.pem"));
            fs::write(file, stranger.to_pem().unwrap().as_bytes()).unwrap();
        });
        match error {
            PkiError::KeyMismatch { certificate, key } => {
                assert_eq!(certificate, format!("CERT_{stem}.der"));
                assert_eq!(key, format!("SK_{stem}.pem"));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn chains_and_roles_that_do_not_hold_are_found() {
    let (own, other) = (pki(1), pki(2));
    let cases = [
        (
            "CERT_S_SM_DPauth_ECDSA_NIST.der",
            other.dp.as_ref().unwrap().auth.certificate(),
            CertificateError::UnknownCi,
        ),
        (
            "CERT_EUICC_ECDSA_NIST.der",
            other.card.as_ref().unwrap().euicc.certificate(),
            CertificateError::WrongIssuer,
        ),
        (
            "CERT_EUM_ECDSA_NIST.der",
            other.card.as_ref().unwrap().eum.certificate(),
            CertificateError::UnknownCi,
        ),
        (
            "CERT_S_SM_DSauth_ECDSA_NIST.der",
            own.dp.as_ref().unwrap().auth.certificate(),
            CertificateError::WrongRole { expected: Role::DsAuth },
        ),
        (
            "CERT_CI_ECDSA_NIST.der",
            own.dp.as_ref().unwrap().auth.certificate(),
            CertificateError::WrongRole { expected: Role::Ci },
        ),
    ];
    for (name, certificate, expected) in cases {
        match fault(|folder| write_certificate(folder, name, certificate)) {
            PkiError::Certificate { file, source } => {
                assert_eq!((file.as_str(), source), (name, expected));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_card_outside_its_eums_range_is_found() {
    let mut changed = pki(1);
    let mut random = SeededRandom::new(3);
    let eid = Eid::generate("89033023", &mut random).unwrap();
    let euicc = changed.issue_euicc(&eid, options().validity, &mut random).unwrap();
    changed.card.as_mut().unwrap().euicc = euicc;
    assert!(matches!(
        import(&exported(&changed)),
        Err(PkiError::Certificate {
            source: CertificateError::WrongConstraint(ConstraintFault::NameNotPermitted),
            ..
        })
    ));
}

#[test]
fn binding_and_authentication_of_different_servers_are_found() {
    let mut changed = pki(1);
    let mut request = ServerRequest::tls(Role::DpPb, &options(), vec![]);
    request.server.registered_id = "2.999.12".parse().unwrap();
    let pb = changed.issue_server(&request, &mut SeededRandom::new(3)).unwrap();
    changed.dp.as_mut().unwrap().pb = pb;
    assert!(matches!(
        import(&exported(&changed)),
        Err(PkiError::DifferentOwners { first, second })
            if first.contains("DPauth") && second.contains("DPpb")
    ));
}

#[test]
fn dates_are_checked_only_if_a_time_is_given() {
    let folder = exported(&pki(1));
    let late = start() + DAY * 101;
    assert!(matches!(
        Pki::import(folder.path(), Some(late)),
        Err(PkiError::Certificate { source: CertificateError::Expired, .. })
    ));
    assert!(Pki::import(folder.path(), None).is_ok());
}

#[test]
fn files_that_are_something_else_are_told_without_their_folder() {
    let garbage = |file: &'static str| {
        move |folder: &Path| fs::write(folder.join(file), [0xFF; 100]).unwrap()
    };
    let certificate = fault(garbage("CERT_EUM_ECDSA_NIST.der"));
    assert!(matches!(
        certificate,
        PkiError::Certificate { source: CertificateError::Unparseable, .. }
    ));
    let key = fault(garbage("SK_CI_ECDSA_NIST.pem"));
    assert!(matches!(key, PkiError::Key { .. }));
    let large = fault(|folder| {
        let file = folder.join("CERT_CI_ECDSA_NIST.der");
        fs::write(file, vec![0x30; 70_000]).unwrap();
    });
    assert!(matches!(large, PkiError::TooLarge { .. }));
    for error in [certificate, key, large] {
        assert!(!error.to_string().contains('/'), "{error}");
    }
}

#[test]
fn a_folder_that_is_not_there_has_no_ci() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(import(&folder), Err(PkiError::Missing { .. })));
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(pki(1).export(&file, Layout::Flat), Err(PkiError::Io { .. })));
}
