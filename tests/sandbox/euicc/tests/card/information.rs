//! What the card says of itself, and what can be set.

use lpakit_rsp::Object;
use lpakit_rsp::chip::{EuiccInfo1, EuiccInfo2};
use lpakit_rsp::coding::Bits;
use lpakit_rsp::identifiers::KeyId;
use lpakit_sandbox_crypto::pki::Validity;
use lpakit_sandbox_crypto::{Eid, Pki, PkiOptions, SeededRandom};
use lpakit_sandbox_euicc::nvm::MemoryNvm;
use lpakit_sandbox_euicc::{Card, CardConfig, CardCredentials, CardError, CredentialsError};

use crate::support::{EID, Terminal, new_pki, pki, repeatable, terminal, terminal_with};

#[test]
fn info1_lists_the_ci() {
    let mut terminal = terminal();
    let info = EuiccInfo1::decode(&terminal.answer(&[0xBF, 0x20, 0x00])).unwrap();
    assert_eq!(info.svn.0, [2, 5, 0]);
    let keys: Vec<&[u8]> = info.verification_keys.iter().map(|key| key.octets()).collect();
    assert_eq!(keys, [pki().ci_key_id()]);
    assert_eq!(info.signing_keys, info.verification_keys);
}

#[test]
fn info1_lists_several_cis_in_order_of_priority() {
    let mut credentials = CardCredentials::from_pki(pki()).unwrap();
    let (second, third) = (new_pki(2), new_pki(3));
    credentials.add_pki(&second).unwrap();
    credentials.trust(third.ci.certificate().clone()).unwrap();
    let card = Card::create(MemoryNvm::new(), CardConfig::default(), credentials).unwrap();
    let mut terminal = Terminal::with(repeatable(card));
    let info = EuiccInfo1::decode(&terminal.answer(&[0xBF, 0x20, 0x00])).unwrap();
    let octets =
        |keys: &[KeyId]| -> Vec<Vec<u8>> { keys.iter().map(|key| key.octets().to_vec()).collect() };
    let of = |pki: &Pki| pki.ci_key_id().to_vec();
    assert_eq!(octets(&info.verification_keys), [of(pki()), of(&second), of(&third)]);
    assert_eq!(octets(&info.signing_keys), [of(pki()), of(&second)]);
}

#[test]
fn credentials_of_different_eids_make_no_card() {
    let mut credentials = CardCredentials::from_pki(pki()).unwrap();
    let eid = Eid::generate("89049032", &mut SeededRandom::new(7)).unwrap();
    let options = PkiOptions::new(
        eid,
        Validity::days(crate::support::today(), 10),
        vec!["a.test".into()],
        vec!["b.test".into()],
    );
    let other = Pki::generate(&options, &mut SeededRandom::new(8)).unwrap();
    assert!(matches!(credentials.add_pki(&other), Err(CredentialsError::DifferentEids)));
    let mut server_only = other.clone();
    server_only.card = None;
    let nothing = CardCredentials::from_pki(&server_only);
    assert!(matches!(nothing, Err(CredentialsError::NoCardPart)));
}

#[test]
fn info2_tells_capabilities_memory_and_forbidden_rules() {
    let mut terminal = terminal_with(|config| {
        config.non_volatile_memory = 70_000;
        config.forbidden_policy_rules.ppr1 = true;
    });
    let info = EuiccInfo2::decode(&terminal.answer(&[0xBF, 0x22, 0x00])).unwrap();
    assert_eq!(info.ext_card_resource.free_non_volatile, 70_000);
    assert_eq!(info.ext_card_resource.installed_applications, 0);
    assert_eq!(info.forbidden_profile_policy_rules, Some(Bits::of(&[1])));
    assert!(info.rsp_capability.has(0) && !info.rsp_capability.has(1));
    assert_eq!(info.firmware_version.0, [1, 0, 0]);
}

#[test]
fn info2_leaves_out_the_rules_that_are_not_forbidden() {
    let info = EuiccInfo2::decode(&terminal().answer(&[0xBF, 0x22, 0x00])).unwrap();
    assert_eq!(info.forbidden_profile_policy_rules, None);
}

#[test]
fn the_eid_is_the_certificates() {
    let mut terminal = terminal();
    assert_eq!(terminal.ask("BF3E035C015A"), format!("BF3E125A10{EID}"));
    assert_eq!(terminal.card.eid().digits(), EID);
    assert_eq!(terminal.refuse("BF3E00"), "6A80");
    assert_eq!(terminal.refuse("BF3E035C014F"), "6A80");
}

#[test]
fn the_rules_authorisation_table() {
    let mut terminal = terminal();
    // Any operator, any group identifier, both rules, with consent.
    assert_eq!(terminal.ask("BF4300"), "BF4319A017301580020560A10B30098003EEEEEE8100820082020780");
    let mut empty = terminal_with(|config| config.authorisation_rules.clear());
    assert_eq!(empty.ask("BF4300"), "BF4302A000");
}

#[test]
fn configured_addresses_can_be_read_and_the_default_one_set() {
    let mut terminal = terminal_with(|config| {
        config.default_dp_address = Some("dp.example".to_owned());
        config.root_ds_address = "ds.example".to_owned();
    });
    let ds = format!("810A{}", hex::encode_upper("ds.example"));
    let first = terminal.ask("BF3C00");
    assert_eq!(first, format!("BF3C18800A{}{ds}", hex::encode_upper("dp.example")));
    assert_eq!(terminal.ask("BF3F0380016E"), "BF3F03800100");
    assert_eq!(terminal.ask("BF3C00"), format!("BF3C0F80016E{ds}"));
    // It is kept without power.
    terminal.start();
    assert_eq!(terminal.ask("BF3C00"), format!("BF3C0F80016E{ds}"));
    assert_eq!(terminal.ask("BF3F028000"), "BF3F03800100");
    assert_eq!(terminal.ask("BF3C00"), format!("BF3C0C{ds}"));
    assert_eq!(terminal.refuse("BF3F00"), "6A80");
}

#[test]
fn what_the_card_does_not_do_it_says() {
    let mut terminal = terminal();
    assert_eq!(terminal.ask("BF420480020280"), "BF4203800101");
    // A list that could be one, and something else.
    assert_eq!(terminal.ask("BF3509A00730003000030100"), "BF350381017F");
    assert_eq!(terminal.ask("BF3504A0023000"), "BF3503810102");
    assert_eq!(terminal.refuse("BF3500"), "6A80");
}

#[test]
fn a_configuration_is_checked_before_it_counts() {
    let mut terminal = terminal();
    let refused = terminal
        .card
        .configure(|config| config.quirks.extra_isdr_aids = vec!["nonsense".to_owned()]);
    assert!(matches!(refused, Err(CardError::Config(_))));
    assert!(terminal.card.config().quirks.extra_isdr_aids.is_empty());
    terminal.card.configure(|config| config.svn = [2, 2, 2]).unwrap();
    assert!(terminal.ask("BF2000").contains("8203020202"));
}
