//! AuthenticateServer: who is let in, and why not.

use std::time::{Duration, SystemTime};

use lpakit_rsp::authentication::{
    AuthenticateErrorCode, AuthenticateServerRequest, AuthenticateServerResponse,
};
use lpakit_rsp::chip::EuiccInfo2;
use lpakit_rsp::identifiers::{KeyId, TransactionId};
use lpakit_rsp::session::{
    CancelReason, CancelSessionError, CancelSessionRequest, CancelSessionResponse,
};
use lpakit_rsp::tlv::{Tag, Tlv, encode};
use lpakit_rsp::{Object, Raw};
use lpakit_sandbox_crypto::certificate::RegisteredId;
use lpakit_sandbox_crypto::pki::{ServerOptions, ServerRequest, Validity};
use lpakit_sandbox_crypto::{Credential, Role, SeededRandom};
use lpakit_sandbox_euicc::nvm::MemoryNvm;
use lpakit_sandbox_euicc::{Card, CardConfig, CardCredentials};

use crate::support::{Server, Terminal, new_pki, pki, repeatable, terminal, today, verify};

/// One more certificate of this role under the tests' CI.
pub fn issue(role: Role, oid: u32, validity: Validity) -> Credential {
    let request = ServerRequest {
        role,
        name: "another".to_owned(),
        server: ServerOptions {
            organization: "another".to_owned(),
            registered_id: RegisteredId::example(oid),
            hosts: Vec::new(),
        },
        validity,
    };
    pki().issue_server(&request, &mut SeededRandom::new(77)).unwrap()
}

pub fn now() -> Validity {
    Validity::days(today() - Duration::from_secs(3600), 2)
}

/// The code with which the card refuses a request, changed before it is sent.
fn refusal(
    server: &Server,
    change: impl FnOnce(&mut AuthenticateServerRequest),
) -> AuthenticateErrorCode {
    let mut terminal = terminal();
    let challenge = Server::challenge(&mut terminal);
    let mut request = server.authenticate_request(challenge);
    change(&mut request);
    match terminal.call(&request) {
        AuthenticateServerResponse::Error { transaction_id, code } => {
            assert_eq!(transaction_id, request.server_signed1.transaction_id);
            code
        }
        AuthenticateServerResponse::Ok { .. } => panic!("the card let this server in"),
    }
}

#[test]
fn challenges_are_fresh() {
    let mut terminal = terminal();
    let first = Server::challenge(&mut terminal);
    assert_ne!(first, Server::challenge(&mut terminal));
}

#[test]
fn an_accepted_server_gets_what_it_asked_for_signed() {
    let mut terminal = terminal();
    let mut server = Server::new(1);
    let info2 = terminal.answer(&[0xBF, 0x22, 0x00]);
    let signed = server.authenticate(&mut terminal);
    assert_eq!(signed.transaction_id, server.id());
    assert_eq!(signed.server_challenge, [0xC5; 16]);
    assert_eq!(signed.server_address, server.address);
    assert_eq!(signed.ctx_params1.matching_id.as_deref(), Some("M-1"));
    assert_eq!(signed.euicc_info2.raw(), info2);
    assert_eq!(EuiccInfo2::decode(&info2).unwrap(), signed.euicc_info2.clone().into_value());
}

#[test]
fn the_answer_holds_the_cards_chain_in_order() {
    let mut terminal = terminal();
    let AuthenticateServerResponse::Ok { euicc_certificate, eum_certificate, .. } =
        Server::new(1).try_authenticate(&mut terminal)
    else {
        panic!("the card refused");
    };
    let card = pki().card.as_ref().unwrap();
    assert_eq!(euicc_certificate, card.euicc.certificate().der());
    assert_eq!(eum_certificate, card.eum.certificate().der());
}

#[test]
fn the_devices_part_is_given_back_as_it_came() {
    let mut terminal = terminal();
    let challenge = Server::challenge(&mut terminal);
    let request = Server::new(1).authenticate_request(challenge).encode();
    // deviceCapabilities with a field of a later version (lpaSvn, 8B), which no type here knows.
    let later = hex::decode("A01480034D2D31A10D800453968330A1058B03030100").unwrap();
    let mut fields: Vec<Vec<u8>> =
        Tlv::parse(&request).unwrap().fields().unwrap().iter().map(|f| f.raw.to_vec()).collect();
    *fields.last_mut().unwrap() = later.clone();
    let command = encode(Tag::new(0xBF38), &fields.concat());
    let answer = terminal.answer(&command);
    let AuthenticateServerResponse::Ok { euicc_signed1, euicc_signature1, .. } =
        AuthenticateServerResponse::decode(&answer).unwrap()
    else {
        panic!("the card refused");
    };
    assert!(euicc_signed1.raw().ends_with(&later));
    verify(euicc_signed1.raw(), &euicc_signature1);
}

#[test]
fn an_smds_is_let_in_too() {
    let mut server = Server::new(1);
    server.auth = pki().ds.as_ref().unwrap().auth.clone();
    server.authenticate(&mut terminal());
}

#[test]
fn no_challenge_no_session() {
    let mut terminal = terminal();
    let server = Server::new(1);
    let expected = AuthenticateServerResponse::Error {
        transaction_id: server.id(),
        code: AuthenticateErrorCode::NoSessionContext,
    };
    let answer: AuthenticateServerResponse = terminal.call(&server.authenticate_request([0; 16]));
    assert_eq!(answer, expected);
    // A challenge serves one attempt, and not beyond a reset.
    let challenge = Server::challenge(&mut terminal);
    let mut wrong = server.authenticate_request(challenge);
    wrong.server_signature1 = server.authenticate_request([1; 16]).server_signature1;
    let _: AuthenticateServerResponse = terminal.call(&wrong);
    let answer: AuthenticateServerResponse = terminal.call(&server.authenticate_request(challenge));
    assert_eq!(answer, expected);
    let challenge = Server::challenge(&mut terminal);
    terminal.start();
    let answer: AuthenticateServerResponse = terminal.call(&server.authenticate_request(challenge));
    assert_eq!(answer, expected);
}

#[test]
fn a_ci_that_the_card_does_not_have_is_unknown() {
    let code = refusal(&Server::new(1), |request| request.ci_key_id = KeyId::from_octets(&[9; 20]));
    assert_eq!(code, AuthenticateErrorCode::CiPkUnknown);
}

#[test]
fn a_ci_under_which_the_card_is_nobody_is_unknown() {
    let mut credentials = CardCredentials::from_pki(pki()).unwrap();
    let other = new_pki(2);
    credentials.trust(other.ci.certificate().clone()).unwrap();
    let card = Card::create(MemoryNvm::new(), CardConfig::default(), credentials).unwrap();
    let mut terminal = Terminal::with(repeatable(card));
    let answer = Server::of(&other, 1).try_authenticate(&mut terminal);
    let AuthenticateServerResponse::Error { code, .. } = answer else { panic!("let in") };
    assert_eq!(code, AuthenticateErrorCode::CiPkUnknown);
}

#[test]
fn certificates_are_refused_for_what_is_wrong_with_them() {
    let invalid = AuthenticateErrorCode::InvalidCertificate;
    let mut stranger = Server::of(&new_pki(2), 1);
    stranger.ci_key_id = pki().ci_key_id().to_vec();
    assert_eq!(refusal(&stranger, |_| {}), invalid);

    let with = |auth| Server { auth, ..Server::new(1) };
    let binding = pki().dp.as_ref().unwrap().pb.clone();
    assert_eq!(refusal(&with(binding), |_| {}), invalid);
    let expired = Validity::days(today() - Duration::from_secs(20 * 86_400), 10);
    assert_eq!(refusal(&with(issue(Role::DpAuth, 10, expired)), |_| {}), invalid);
    let early = Validity::days(today() + Duration::from_secs(86_400), 10);
    assert_eq!(refusal(&with(issue(Role::DpAuth, 10, early)), |_| {}), invalid);

    let server = Server::new(1);
    let damaged = |request: &mut AuthenticateServerRequest| {
        *request.server_certificate.last_mut().unwrap() ^= 1;
    };
    assert_eq!(refusal(&server, damaged), invalid);
    let nonsense = |request: &mut AuthenticateServerRequest| {
        request.server_certificate = vec![0x30, 0x00];
    };
    assert_eq!(refusal(&server, nonsense), invalid);
}

/// The SM-DP+'s certificate with one run of octets changed, signed by the CI all the same.
pub fn forged(credential: &Credential, from: &str, to: &str) -> Vec<u8> {
    let (from, to) = (hex::decode(from).unwrap(), hex::decode(to).unwrap());
    let whole = Tlv::parse(credential.certificate().der()).unwrap().fields().unwrap();
    let parts: Vec<&[u8]> = whole.iter().map(|part| part.raw).collect();
    let mut signed = parts[0].to_vec();
    let at = signed.windows(from.len()).rposition(|window| window == from).unwrap();
    signed[at..at + to.len()].copy_from_slice(&to);
    let signature = pki().ci.key().unwrap().sign(&signed);
    let numbers: Vec<u8> = signature.chunks(32).flat_map(der_integer).collect();
    let mut bits = vec![0];
    bits.extend(encode(Tag::SEQUENCE, &numbers));
    let parts = [&signed[..], parts[1], &encode(Tag::new(0x03), &bits)].concat();
    encode(Tag::SEQUENCE, &parts)
}

fn der_integer(octets: &[u8]) -> Vec<u8> {
    let mut value: Vec<u8> = octets.iter().copied().skip_while(|octet| *octet == 0).collect();
    if value[0] & 0x80 != 0 {
        value.insert(0, 0);
    }
    encode(Tag::INTEGER, &value)
}

#[test]
fn another_curve_is_told_apart() {
    let server = Server::new(1);
    // prime256v1 becomes prime239v3.
    let certificate = forged(&server.auth, "2A8648CE3D030107", "2A8648CE3D030106");
    let code = refusal(&server, |request| request.server_certificate = certificate);
    assert_eq!(code, AuthenticateErrorCode::UnsupportedCurve);
}

#[test]
fn a_server_without_an_oid_is_told_apart() {
    let server = Server::new(1);
    // The subject's alternative name becomes the issuer's.
    let certificate = forged(&server.auth, "0603551D11", "0603551D12");
    let code = refusal(&server, |request| request.server_certificate = certificate);
    assert_eq!(code, AuthenticateErrorCode::InvalidOid);
}

#[test]
fn a_wrong_signature_and_a_wrong_challenge_are_told_apart() {
    let server = Server::new(1);
    let other_signature = |request: &mut AuthenticateServerRequest| {
        let at = request.server_signature1.len() - 1;
        request.server_signature1[at] ^= 1;
    };
    assert_eq!(refusal(&server, other_signature), AuthenticateErrorCode::InvalidSignature);
    let short = |request: &mut AuthenticateServerRequest| {
        request.server_signature1 = vec![0x5F, 0x37, 0x01, 0x00];
    };
    assert_eq!(refusal(&server, short), AuthenticateErrorCode::InvalidSignature);
    let other_challenge = |request: &mut AuthenticateServerRequest| {
        *request = server.authenticate_request([0xEE; 16]);
    };
    assert_eq!(refusal(&server, other_challenge), AuthenticateErrorCode::EuiccChallengeMismatch);
    let other_bytes = |request: &mut AuthenticateServerRequest| {
        let mut signed = request.server_signed1.clone().into_value();
        signed.server_address = "elsewhere.test".to_owned();
        request.server_signed1 = Raw::new(signed);
    };
    assert_eq!(refusal(&server, other_bytes), AuthenticateErrorCode::InvalidSignature);
}

#[test]
fn the_cards_clock_decides_on_dates() {
    let late: fn() -> SystemTime = || today() + Duration::from_secs(400 * 86_400);
    let card = crate::support::card_in(MemoryNvm::new(), CardConfig::default());
    let mut terminal = Terminal::with(card.with_clock(late));
    let answer = Server::new(1).try_authenticate(&mut terminal);
    let AuthenticateServerResponse::Error { code, .. } = answer else { panic!("let in") };
    assert_eq!(code, AuthenticateErrorCode::InvalidCertificate);
}

#[test]
fn a_request_that_cannot_be_read_is_wrong_data() {
    let mut terminal = terminal();
    assert_eq!(terminal.refuse("BF3800"), "6A80");
    let challenge = Server::challenge(&mut terminal);
    let request = Server::new(1).authenticate_request(challenge).encode();
    // Cut off in the last field, the outer length corrected.
    let content = Tlv::parse(&request).unwrap().value;
    let content = &content[..content.len() - 4];
    let command = encode(Tag::new(0xBF38), content);
    assert_eq!(terminal.es10(&command), (Vec::new(), 0x6A80));
}

pub fn cancel(
    terminal: &mut Terminal,
    transaction_id: TransactionId,
    reason: CancelReason,
) -> CancelSessionResponse {
    terminal.call(&CancelSessionRequest { transaction_id, reason })
}

#[test]
fn a_session_is_cancelled_with_a_signature_and_once() {
    let mut terminal = terminal();
    let invalid = CancelSessionResponse::Error(CancelSessionError::InvalidTransactionId);
    let mut server = Server::new(1);
    let id = server.id();
    assert_eq!(cancel(&mut terminal, id.clone(), CancelReason::Timeout), invalid);
    Server::challenge(&mut terminal);
    assert_eq!(cancel(&mut terminal, id.clone(), CancelReason::Timeout), invalid);

    server.authenticate(&mut terminal);
    let other = Server::new(2).id();
    assert_eq!(cancel(&mut terminal, other, CancelReason::Timeout), invalid);
    let answer = cancel(&mut terminal, id.clone(), CancelReason::Postponed);
    let CancelSessionResponse::Ok { signed, signature } = answer else { panic!("not cancelled") };
    verify(signed.raw(), &signature);
    assert_eq!(signed.transaction_id, id);
    assert_eq!(signed.reason, CancelReason::Postponed);
    assert_eq!(signed.smdp_oid.to_string(), "2.999.10");
    assert_eq!(cancel(&mut terminal, id, CancelReason::Postponed), invalid);
    assert_eq!(terminal.refuse("BF4100"), "6A80");
}

#[test]
fn a_new_challenge_ends_the_old_session() {
    let mut terminal = terminal();
    let server = Server::ready(1, &mut terminal);
    Server::challenge(&mut terminal);
    let answer = cancel(&mut terminal, server.id(), CancelReason::EndUserRejection);
    let invalid = CancelSessionResponse::Error(CancelSessionError::InvalidTransactionId);
    assert_eq!(answer, invalid);
}
