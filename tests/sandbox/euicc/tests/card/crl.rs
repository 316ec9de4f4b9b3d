//! Certificate revocation lists, on cards that take them.

use lpakit_rsp::authentication::{AuthenticateErrorCode, AuthenticateServerResponse};
use lpakit_rsp::preparation::{DownloadErrorCode, PrepareDownloadResponse};
use lpakit_rsp::tlv::{Tag, Tlv, encode};
use lpakit_sandbox_crypto::Pki;

use crate::support::{Server, Terminal, new_pki, pki, terminal_with};

fn tlv(tag: u32, content: &[u8]) -> Vec<u8> {
    encode(Tag::new(tag), content)
}

/// A list of revoked serial numbers. Tests change what is to be wrong.
struct List<'p> {
    pki: &'p Pki,
    number: u8,
    /// Which part of how many.
    part: Option<(u8, u8)>,
    base: Option<u8>,
    revoked: Vec<Vec<u8>>,
}

impl<'p> List<'p> {
    fn new(pki: &'p Pki, number: u8) -> Self {
        Self { pki, number, part: None, base: None, revoked: Vec::new() }
    }

    fn tbs(&self) -> Vec<u8> {
        let extension = |oid: &str, value: &[u8]| {
            let content = [tlv(0x06, &hex::decode(oid).unwrap()), tlv(0x04, value)];
            tlv(0x30, &content.concat())
        };
        let number = |oid, number: u8| extension(oid, &tlv(0x02, &[number]));
        let authority = tlv(0x30, &tlv(0x80, self.pki.ci_key_id()));
        let mut extensions =
            [extension("551D23", &authority), number("551D14", self.number)].concat();
        if let Some((part, total)) = self.part {
            extensions.extend(number("67811201020002", total));
            extensions.extend(number("67811201020003", part));
        }
        if let Some(base) = self.base {
            extensions.extend(number("551D1B", base));
        }
        let day = tlv(0x17, b"260101000000Z");
        let entries: Vec<u8> = self
            .revoked
            .iter()
            .flat_map(|serial| tlv(0x30, &[tlv(0x02, serial), day.clone()].concat()))
            .collect();
        let revoked = if entries.is_empty() { Vec::new() } else { tlv(0x30, &entries) };
        let algorithm = hex::decode("300A06082A8648CE3D040302").unwrap();
        let extensions = tlv(0xA0, &tlv(0x30, &extensions));
        let issuer = tlv(0x30, &[]);
        let parts = [tlv(0x02, &[1]), algorithm, issuer, day.clone(), day, revoked, extensions];
        tlv(0x30, &parts.concat())
    }

    /// LoadCRL with the list, signed by its CI.
    fn command(&self) -> Vec<u8> {
        let tbs = self.tbs();
        let signature = self.pki.ci.key().unwrap().sign(&tbs);
        command(&tbs, &signature)
    }
}

fn command(tbs: &[u8], signature: &[u8; 64]) -> Vec<u8> {
    let number = |half: &[u8]| {
        let zeros = half.iter().take_while(|octet| **octet == 0).count();
        let sign = if half[zeros] & 0x80 != 0 { &[0][..] } else { &[] };
        tlv(0x02, &[sign, &half[zeros..]].concat())
    };
    let pair = tlv(0x30, &[number(&signature[..32]), number(&signature[32..])].concat());
    let algorithm = hex::decode("300A06082A8648CE3D040302").unwrap();
    let bits = tlv(0x03, &[&[0][..], &pair].concat());
    tlv(0xBF35, &tlv(0xA0, &[tbs, &algorithm, &bits].concat()))
}

fn terminal() -> Terminal {
    terminal_with(|config| config.loads_crls = true)
}

fn load(terminal: &mut Terminal, list: &List<'_>) -> String {
    hex::encode_upper(terminal.answer(&list.command()))
}

/// The serial number of a certificate.
fn serial(der: &[u8]) -> Vec<u8> {
    let tbs = Tlv::parse(der).unwrap().reader().take(Tag::SEQUENCE).unwrap();
    let fields = tbs.fields().unwrap();
    fields.get(Tag::INTEGER).unwrap().value.to_vec()
}

#[test]
fn a_card_says_whether_it_takes_lists() {
    let list = List::new(pki(), 1);
    assert_eq!(load(&mut terminal_with(|_| {}), &list), "BF350381017F");
    let capability = |terminal: &mut Terminal| terminal.ask("BF2200").contains("880203D8");
    assert!(capability(&mut terminal()));
    assert!(!capability(&mut terminal_with(|_| {})));
    assert_eq!(load(&mut terminal(), &list), "BF3502A000");
}

#[test]
fn a_list_in_parts_is_complete_when_none_is_missing() {
    let mut terminal = terminal();
    let part = |part| List { part: Some((part, 3)), ..List::new(pki(), 7) };
    assert_eq!(load(&mut terminal, &part(2)), "BF350AA008A006020101020103");
    terminal.start();
    assert_eq!(load(&mut terminal, &part(3)), "BF3507A005A003020101");
    assert_eq!(load(&mut terminal, &part(3)), "BF3507A005A003020101");
    assert_eq!(load(&mut terminal, &part(1)), "BF3502A000");
    // A new list begins anew.
    let new = List { part: Some((1, 2)), ..List::new(pki(), 8) };
    assert_eq!(load(&mut terminal, &new), "BF3507A005A003020102");
    for wrong in [(0, 3), (4, 3)] {
        let wrong = List { part: Some(wrong), ..List::new(pki(), 9) };
        assert_eq!(load(&mut terminal, &wrong), "BF3503810102");
    }
}

#[test]
fn every_refusal_has_its_code() {
    let mut terminal = terminal();
    assert_eq!(load(&mut terminal, &List::new(pki(), 5)), "BF3502A000");
    let before = terminal.card.snapshot().unwrap();
    // Wrong signature.
    let tbs = List::new(pki(), 6).tbs();
    let other = List::new(pki(), 7).tbs();
    let signature = pki().ci.key().unwrap().sign(&other);
    assert_eq!(hex::encode_upper(terminal.answer(&command(&tbs, &signature))), "BF3503810101");
    // Not a list, or not one whose number and issuer are known.
    assert_eq!(terminal.ask("BF3504A0023000"), "BF3503810102");
    assert_eq!(terminal.ask("BF3509A00730003000030100"), "BF3503810102");
    assert_eq!(terminal.refuse("BF3500"), "6A80");
    // A CI that the card does not know.
    assert_eq!(load(&mut terminal, &List::new(&new_pki(3), 6)), "BF3503810104");
    // Older than what is there.
    assert_eq!(load(&mut terminal, &List::new(pki(), 4)), "BF3503810105");
    // Only additions to a list that is not there.
    let delta = List { base: Some(6), ..List::new(pki(), 8) };
    assert_eq!(load(&mut terminal, &delta), "BF3503810106");
    assert_eq!(terminal.card.snapshot().unwrap(), before);
    terminal.card.configure(|config| config.non_volatile_memory = 100).unwrap();
    assert_eq!(load(&mut terminal, &List::new(pki(), 6)), "BF3503810103");
}

#[test]
fn a_revoked_server_is_not_let_in() {
    let dp = pki().dp.as_ref().unwrap();
    let certificates = [dp.auth.certificate().der(), dp.pb.certificate().der()];
    let [auth, pb] = certificates.map(serial);
    let mut terminal = terminal();
    let empty = terminal.card.snapshot().unwrap();

    let list = List { revoked: vec![vec![0x55, 0x66], auth], ..List::new(pki(), 1) };
    assert_eq!(load(&mut terminal, &list), "BF3502A000");
    let answer = Server::new(1).try_authenticate(&mut terminal);
    assert!(matches!(
        answer,
        AuthenticateServerResponse::Error { code: AuthenticateErrorCode::InvalidCertificate, .. }
    ));

    // An addition revokes on top of what its base has.
    terminal.card.restore(&empty).unwrap();
    terminal.start();
    assert_eq!(load(&mut terminal, &List::new(pki(), 1)), "BF3502A000");
    let delta = List { base: Some(1), revoked: vec![pb], ..List::new(pki(), 2) };
    assert_eq!(load(&mut terminal, &delta), "BF3502A000");
    let mut server = Server::new(2);
    server.authenticate(&mut terminal);
    let answer: PrepareDownloadResponse = terminal.call(&server.prepare_request());
    assert!(matches!(
        answer,
        PrepareDownloadResponse::Error { code: DownloadErrorCode::InvalidCertificate, .. }
    ));
}
