//! What cards of SGP.22 v3 say, and elements that no standard knows: an LPA must read past them and lose nothing.

use lpakit_rsp::Object;
use lpakit_rsp::chip::{ConfiguredAddresses, EuiccInfo1, EuiccInfo2};
use lpakit_rsp::coding::Bits;
use lpakit_rsp::tlv::{Tag, Tlv, encode};
use lpakit_sandbox_euicc::CardConfig;
use lpakit_sandbox_euicc::config::Version3;

use crate::install::is_success;
use crate::support::{
    ICCID, OTHER_ICCID, Profile, Recipe, Server, Terminal, new_pki, pki, terminal_with,
};
use crate::switching::put;

fn version_3(config: &mut CardConfig) {
    config.svn = [2, 2, 2];
    config.version_3 = Some(Version3 { esim_port: 1, ..Version3::default() });
}

fn with_profiles(change: impl FnOnce(&mut CardConfig)) -> Terminal {
    let mut terminal = terminal_with(change);
    put(&mut terminal, &Profile::new(ICCID), true);
    put(&mut terminal, &Profile::new(OTHER_ICCID), false);
    terminal
}

/// The value of an element of an answer, in hexadecimal.
fn field(answer: &[u8], tag: u32) -> Option<String> {
    let fields = Tlv::parse(answer).unwrap().fields().unwrap();
    fields.get(Tag::new(tag)).map(|field| hex::encode_upper(field.value))
}

fn key_list() -> String {
    hex::encode_upper(encode(Tag::OCTET_STRING, pki().ci_key_id()))
}

#[test]
fn the_first_information_has_versions_keys_and_capabilities() {
    let mut terminal = with_profiles(version_3);
    let answer = terminal.answer(&[0xBF, 0x20, 0x00]);
    assert_eq!(field(&answer, 0x82).as_deref(), Some("020202"));
    assert_eq!(field(&answer, 0x93).as_deref(), Some("030100"));
    assert_eq!(field(&answer, 0xB1), Some(key_list()));
    // 0, 3, 4, 14 and 18.
    assert_eq!(field(&answer, 0x88).as_deref(), Some("05980220"));
    let info = EuiccInfo1::decode(&answer).unwrap();
    assert_eq!(info.verification_keys.len(), 1);
}

#[test]
fn the_second_information_has_what_came_after_version_2() {
    let mut terminal = with_profiles(version_3);
    let answer = terminal.answer(&[0xBF, 0x22, 0x00]);
    for (tag, value) in [
        (0x8D, "0780".to_owned()),
        (0x8E, hex::encode_upper("LPAKIT")),
        (0xAF, "0403030301".to_owned()),
        (0x90, "00".to_owned()),
        (0xB1, key_list()),
        (0x92, "00".to_owned()),
        (0x93, "030100".to_owned()),
    ] {
        assert_eq!(field(&answer, tag), Some(value), "{tag:02X}");
    }
    assert!(field(&answer, 0xAC).is_some());
    let info = EuiccInfo2::decode(&answer).unwrap();
    assert!(info.rsp_capability.has(14) && info.rsp_capability.has(18));
    assert_eq!(info.sas_accreditation_number, "LPAKIT-SANDBOX");
}

#[test]
fn configured_data_has_further_servers_and_cis() {
    let mut terminal = with_profiles(version_3);
    let answer = terminal.answer(&[0xBF, 0x3C, 0x00]);
    let further = encode(Tag::UTF8_STRING, b"secondrootsmds.example.com");
    assert_eq!(field(&answer, 0xA2), Some(hex::encode_upper(further)));
    let issuer =
        [encode(Tag::context(0), pki().ci_key_id()), encode(Tag::context(1), b"Sandbox CI")];
    let issuer = encode(Tag::SEQUENCE, &issuer.concat());
    assert_eq!(field(&answer, 0xA4), Some(hex::encode_upper(issuer)));
    assert_eq!(field(&answer, 0x83), None);
    let addresses = ConfiguredAddresses::decode(&answer).unwrap();
    assert_eq!(addresses.root_ds_address, "testrootsmds.example.com");

    // The default SM-DP+ may be bound to a CI that the card knows, until it goes.
    let request = |ci: &[u8]| {
        let content = [encode(Tag::context(0), b"n"), encode(Tag::context(1), ci)].concat();
        hex::encode(encode(Tag::new(0xBF3F), &content))
    };
    let stranger = new_pki(2).ci_key_id().to_vec();
    assert_eq!(terminal.ask(&request(&stranger)), "BF3F03800108");
    assert!(field(&terminal.answer(&[0xBF, 0x3C, 0x00]), 0x80).is_none());
    assert_eq!(terminal.ask(&request(pki().ci_key_id())), "BF3F03800100");
    let named = Some(hex::encode_upper(pki().ci_key_id()));
    assert_eq!(field(&terminal.answer(&[0xBF, 0x3C, 0x00]), 0x83), named);
    terminal.start();
    assert_eq!(field(&terminal.answer(&[0xBF, 0x3C, 0x00]), 0x83), named);
    assert_eq!(terminal.ask("BF3F028000"), "BF3F03800100");
    assert!(field(&terminal.answer(&[0xBF, 0x3C, 0x00]), 0x83).is_none());

    // A card of v2 does not look at it.
    let mut old = terminal_with(|_| {});
    assert_eq!(old.ask(&request(&stranger)), "BF3F03800100");
}

#[test]
fn profiles_have_a_port_and_a_size_when_asked_for() {
    let asked = "BF2D095C075A9F709F249F25";
    let size = Profile::new(ICCID).package.len();
    let mut terminal = with_profiles(version_3);
    let on = format!("5A0A984405214365870921F39F7001019F2401019F2502{size:04X}");
    let off = format!("5A0A984405000000000010F79F7001009F2502{size:04X}");
    let answer = terminal.ask(asked);
    assert!(answer.contains(&on) && answer.contains(&off), "{answer}");
    assert!(!terminal.ask("BF2D00").contains("9F25"));
    let mut old = with_profiles(|_| {});
    let answer = old.ask(asked);
    assert!(!answer.contains("9F24") && !answer.contains("9F25"));
}

#[test]
fn profiles_have_what_their_metadata_has_from_later_versions() {
    let asked = "BF2D0E5C0CBF22BF76BA9BBCBD9F1FBF20";
    let list = |change: fn(&mut CardConfig)| {
        let mut terminal = terminal_with(change);
        let mut profile = Profile::new(ICCID);
        let extras = &mut profile.metadata.extras;
        extras.service_specific_data_stored = Some(vec![0x30, 0x00]);
        extras.service_specific_data_not_stored = Some(vec![0x30, 0x00]);
        extras.rpm_configuration = Some(vec![0x80, 0x01, 0x01]);
        extras.hri_server_address = Some("h".to_owned());
        extras.service_description = Some(Bits::of(&[0]));
        put(&mut terminal, &profile, true);
        terminal.ask(asked)
    };
    let stored = "BF22023000";
    assert_eq!(list(|_| {}), format!("BF2D09A007E305{stored}"));
    let later = "BA038001019B01689F1F020780";
    assert_eq!(list(version_3), format!("BF2D16A014E312{stored}{later}"));
}

#[test]
fn private_elements_are_in_every_answer_of_a_card_that_has_some() {
    let mut terminal = with_profiles(|config| {
        version_3(config);
        config.quirks.private_tags = true;
    });
    let private = format!("DF0107{}FF0203DF0100", hex::encode_upper("private"));
    for request in ["BF2000", "BF2200", "BF3C00"] {
        assert!(terminal.ask(request).ends_with(&private), "{request}");
    }
    assert_eq!(terminal.ask("BF2D00").matches(&private).count(), 2);
    // The information that goes to the server is the same one.
    let result =
        Server::download(1, &mut terminal, &Recipe::new(&Profile::new("8944500000000000033")));
    assert!(is_success(&result));
}

#[test]
fn the_signed_information_is_the_one_that_is_told() {
    let mut terminal = with_profiles(version_3);
    let information = terminal.answer(&[0xBF, 0x22, 0x00]);
    let mut server = Server::new(1);
    let signed = server.authenticate(&mut terminal);
    let fields = Tlv::parse(signed.raw()).unwrap().fields().unwrap();
    assert_eq!(fields.get(Tag::new(0xBF22)).unwrap().raw, information);
}
