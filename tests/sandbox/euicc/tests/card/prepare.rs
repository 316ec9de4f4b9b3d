//! PrepareDownload: one-time keys for whom, and why not.

use lpakit_rsp::Raw;
use lpakit_rsp::preparation::{
    DownloadErrorCode, PrepareDownloadRequest, PrepareDownloadResponse, SmdpSigned2,
};
use lpakit_rsp::session::{CancelReason, CancelSessionResponse};
use lpakit_rsp::tlv::{Tag, encode};
use lpakit_sandbox_crypto::{Role, confirmation_code};

use crate::authenticate::{cancel, forged, issue, now};
use crate::support::{ICCID, Profile, Recipe, Server, Terminal, pki, terminal};

fn prepare(terminal: &mut Terminal, request: &PrepareDownloadRequest) -> Option<DownloadErrorCode> {
    match terminal.call(request) {
        PrepareDownloadResponse::Ok { .. } => None,
        PrepareDownloadResponse::Error { transaction_id, code } => {
            assert_eq!(transaction_id, request.smdp_signed2.transaction_id);
            Some(code)
        }
    }
}

/// The code with which the card refuses, in a session that it has let the server into.
fn refusal(
    change_server: impl FnOnce(&mut Server),
    change_request: impl FnOnce(&mut PrepareDownloadRequest),
) -> DownloadErrorCode {
    let mut terminal = terminal();
    let mut server = Server::new(1);
    server.authenticate(&mut terminal);
    let id = server.id();
    change_server(&mut server);
    let mut request = server.prepare_request();
    change_request(&mut request);
    let code = prepare(&mut terminal, &request).expect("the card prepared");
    // The session lasts, so that it can be cancelled.
    let cancelled = cancel(&mut terminal, id, CancelReason::UndefinedReason);
    assert!(matches!(cancelled, CancelSessionResponse::Ok { .. }));
    code
}

#[test]
fn the_hash_of_the_confirmation_code_is_given_back_signed() {
    let mut terminal = terminal();
    let mut server = Server::new(1);
    server.authenticate(&mut terminal);
    server.confirmation_code_required = true;
    server.hash_cc = Some(confirmation_code::hash("1234", &server.transaction_id));
    let signed = server.prepare(&mut terminal);
    assert_eq!(signed.hash_cc, server.hash_cc);
    assert_eq!(signed.transaction_id, server.id());
    assert_eq!(signed.euicc_otpk.len(), 65);
}

#[test]
fn there_must_be_a_session_and_it_prepares_once() {
    let mut terminal = terminal();
    let mut server = Server::new(1);
    let none = Some(DownloadErrorCode::NoSessionContext);
    assert_eq!(prepare(&mut terminal, &server.prepare_request()), none);
    Server::challenge(&mut terminal);
    assert_eq!(prepare(&mut terminal, &server.prepare_request()), none);
    server.authenticate(&mut terminal);
    assert_eq!(prepare(&mut terminal, &server.prepare_request()), None);
    assert_eq!(prepare(&mut terminal, &server.prepare_request()), none);
    assert_eq!(terminal.refuse("BF2100"), "6A80");
}

#[test]
fn another_transaction_is_refused() {
    let other = |server: &mut Server| server.transaction_id = vec![7; 16];
    assert_eq!(refusal(other, |_| {}), DownloadErrorCode::InvalidTransactionId);
}

#[test]
fn another_server_or_role_is_refused() {
    let invalid = DownloadErrorCode::InvalidCertificate;
    let authentication = |server: &mut Server| server.pb = server.auth.clone();
    assert_eq!(refusal(authentication, |_| {}), invalid);
    let other_oid = |server: &mut Server| server.pb = issue(Role::DpPb, 12, now());
    assert_eq!(refusal(other_oid, |_| {}), invalid);
    let damaged = |request: &mut PrepareDownloadRequest| {
        *request.smdp_certificate.last_mut().unwrap() ^= 1;
    };
    assert_eq!(refusal(|_| {}, damaged), invalid);
}

#[test]
fn another_curve_is_told_apart() {
    let other_curve = |request: &mut PrepareDownloadRequest| {
        let pb = &pki().dp.as_ref().unwrap().pb;
        request.smdp_certificate = forged(pb, "2A8648CE3D030107", "2A8648CE3D030106");
    };
    assert_eq!(refusal(|_| {}, other_curve), DownloadErrorCode::UnsupportedCurve);
}

#[test]
fn another_binding_certificate_of_the_same_server_will_do() {
    let mut terminal = terminal();
    let mut server = Server::new(1);
    server.pb = issue(Role::DpPb, 10, now());
    server.authenticate(&mut terminal);
    server.prepare(&mut terminal);
}

#[test]
fn an_smds_cannot_bind_profiles() {
    let mut terminal = terminal();
    let mut server = Server::new(1);
    server.auth = pki().ds.as_ref().unwrap().auth.clone();
    server.authenticate(&mut terminal);
    let code = prepare(&mut terminal, &server.prepare_request());
    assert_eq!(code, Some(DownloadErrorCode::InvalidCertificate));
}

#[test]
fn the_signature_covers_what_was_said_and_the_cards_own_signature() {
    let invalid = DownloadErrorCode::InvalidSignature;
    let other_card = |server: &mut Server| server.euicc_signature1 = vec![0; 64];
    assert_eq!(refusal(other_card, |_| {}), invalid);
    let other_flag = |request: &mut PrepareDownloadRequest| {
        let mut signed: SmdpSigned2 = request.smdp_signed2.clone().into_value();
        signed.confirmation_code_required = true;
        request.smdp_signed2 = Raw::new(signed);
    };
    assert_eq!(refusal(|_| {}, other_flag), invalid);
    let short = |request: &mut PrepareDownloadRequest| {
        request.smdp_signature2 = encode(Tag::SIGNATURE, &[1; 63]);
    };
    assert_eq!(refusal(|_| {}, short), invalid);
}

/// The one-time key of a session in which the server asks for `wanted`.
fn key_for(terminal: &mut Terminal, number: u8, wanted: Option<&Vec<u8>>) -> Vec<u8> {
    let mut server = Server::new(number);
    server.bpp_euicc_otpk = wanted.cloned();
    server.authenticate(terminal);
    server.prepare(terminal).euicc_otpk.clone()
}

#[test]
fn a_server_with_a_bound_package_gets_the_kept_key_again() {
    let mut terminal = terminal();
    let first = key_for(&mut terminal, 1, None);
    terminal.start();
    assert_eq!(key_for(&mut terminal, 2, Some(&first)), first);
    // Unasked, or asked for a key the card does not have, it makes a new one and keeps only that.
    let second = key_for(&mut terminal, 3, None);
    assert_ne!(second, first);
    assert_ne!(key_for(&mut terminal, 4, Some(&first)), first);
}

#[test]
fn a_package_bound_to_a_kept_key_can_be_installed_later() {
    let mut terminal = terminal();
    let first = key_for(&mut terminal, 1, None);
    terminal.start();
    let mut server = Server::new(2);
    server.bpp_euicc_otpk = Some(first.clone());
    server.authenticate(&mut terminal);
    assert_eq!(server.prepare(&mut terminal).euicc_otpk, first);
    let recipe = Recipe::new(&Profile::new(ICCID));
    let result = server.bind(&recipe).load(&mut terminal);
    assert!(crate::install::is_success(&result));
    // A key is for one installation.
    assert_ne!(key_for(&mut terminal, 3, Some(&first)), first);
}

#[test]
fn another_server_does_not_get_that_key() {
    let mut terminal = terminal();
    let first = key_for(&mut terminal, 1, None);
    let mut other = Server::new(2);
    other.auth = issue(Role::DpAuth, 12, now());
    other.pb = issue(Role::DpPb, 12, now());
    other.bpp_euicc_otpk = Some(first.clone());
    other.authenticate(&mut terminal);
    assert_ne!(other.prepare(&mut terminal).euicc_otpk, first);
    // And the first server's is still there.
    assert_eq!(key_for(&mut terminal, 3, Some(&first)), first);
}
