//! Several eUICCs behind the same contacts.

use lpakit_sandbox_crypto::pki::Validity;
use lpakit_sandbox_crypto::{Eid, Pki, PkiOptions, SeededRandom};
use lpakit_sandbox_euicc::config::Vanishing;
use lpakit_sandbox_euicc::nvm::MemoryNvm;
use lpakit_sandbox_euicc::{Card, CardConfig, CardCredentials, CardError, MultiCard};

use crate::support::{ICCID, ISDR, OTHER_ICCID, Profile, repeatable, select, today};

/// Of a maker of cards with two (facts peers 4).
const FIRST: &str = "A06573746B6D65FFFF4953442D522030";
const SECOND: &str = "A06573746B6D65FFFF4953442D522031";
const GET_EID: &str = "E2910006BF3E035C015A";
const OTHER_EID: &str = "89049032000000000000000000000066";

fn element(eid: &str, aid: &str, iccid: &str, change: impl FnOnce(&mut CardConfig)) -> Card {
    let validity = Validity::days(today() - std::time::Duration::from_secs(24 * 3600), 365);
    let eid = Eid::from_digits(eid).unwrap();
    let options = PkiOptions::new(eid, validity, vec!["a.test".into()], vec!["b.test".into()]);
    let pki = Pki::generate(&options, &mut SeededRandom::new(9)).unwrap();
    let mut config = CardConfig::default();
    config.quirks.extra_isdr_aids = vec![aid.to_owned()];
    change(&mut config);
    let credentials = CardCredentials::from_pki(&pki).unwrap();
    let mut card = repeatable(Card::create(MemoryNvm::new(), config, credentials).unwrap());
    let profile = Profile::new(iccid);
    card.preload(&profile.metadata, &profile.package, true).unwrap();
    card
}

fn card_with(change: impl Fn(&mut CardConfig)) -> MultiCard {
    let first = element(crate::support::EID, FIRST, ICCID, &change);
    let second = element(OTHER_EID, SECOND, OTHER_ICCID, &change);
    let mut card = MultiCard::new(vec![first, second]).unwrap();
    card.power_on().unwrap();
    card
}

fn script(card: &mut MultiCard, lines: &[(&str, &str)]) {
    for (command, expected) in lines {
        let answer = hex::encode_upper(card.transmit(&hex::decode(command).unwrap()));
        assert_eq!(answer, *expected, "{command}");
    }
}

fn eid(digits: &str) -> String {
    format!("BF3E125A10{digits}9000")
}

#[test]
fn each_element_is_found_by_its_own_aid_and_the_first_by_the_standards() {
    let mut card = card_with(|_| {});
    let get_eid = |class: &str| format!("{class}{GET_EID}");
    for (aid, digits) in
        [(ISDR, crate::support::EID), (FIRST, crate::support::EID), (SECOND, OTHER_EID)]
    {
        script(
            &mut card,
            &[(&select(0, aid), "6121"), (&get_eid("80"), "6115"), ("00C0000015", &eid(digits))],
        );
    }
    script(&mut card, &[("00A4040005A000000559", "6A82")]);
    // Channels are the card's; what is selected on each is that channel's.
    script(
        &mut card,
        &[
            ("0070000001", "019000"),
            ("0070000001", "029000"),
            (&select(1, FIRST), "6121"),
            (&select(2, SECOND), "6121"),
            (&get_eid("81"), "6115"),
            ("01C0000015", &eid(crate::support::EID)),
            (&get_eid("82"), "6115"),
            ("02C0000015", &eid(OTHER_EID)),
            ("0070800200", "9000"),
            (&get_eid("82"), "6881"),
        ],
    );
}

#[test]
fn elements_have_their_own_profiles_and_share_the_reset() {
    let mut card = card_with(|config| config.quirks.announces_refresh = true);
    let before: Vec<_> = card.elements().iter().map(|card| card.snapshot().unwrap()).collect();
    let disable = "82E2910014BF3211A00C5A0A984405000000000010F78101FF";
    script(
        &mut card,
        &[
            ("0070000001", "019000"),
            ("0070000001", "029000"),
            (&select(1, FIRST), "6121"),
            (&select(2, SECOND), "6121"),
            // The first element has no such profile.
            (&disable.replacen("82", "81", 1), "6106"),
            ("01C0000006", "BF32038001019000"),
            (disable, "6106"),
            ("02C0000006", "BF3203800100910B"),
            // The terminal's toolkit is one: while a REFRESH waits, the other element must wait, too.
            ("81E2910014BF3211A00C5A0A984405214365870921F38101FF", "6106"),
            ("01C0000006", "BF3203800105910B"),
            ("801200000B", "D0098103010104820281829000"),
            ("801400000C810301010482028281830100", "9000"),
            (&select(1, FIRST), "6881"),
            ("0070000001", "019000"),
        ],
    );
    assert_eq!(card.elements()[0].snapshot().unwrap(), before[0]);
    assert!(card.elements()[1].status().unwrap().enabled().is_empty());
    card.element_mut(1).unwrap().restore(&before[1]).unwrap();
    card.power_on().unwrap();
    assert_eq!(card.elements()[1].status().unwrap().enabled().len(), 1);
}

#[test]
fn an_element_that_is_gone_leaves_the_others_there() {
    let disable = "80E2910014BF3211A00C5A0A984405000000000010F7810100";
    for how in [Vanishing::Isdr, Vanishing::Card] {
        let mut card = card_with(|config| config.quirks.vanishes_without_profile = Some(how));
        script(&mut card, &[(&select(0, SECOND), "6121"), (disable, "6106")]);
        script(&mut card, &[("00C0000006", "BF32038001009000")]);
        if how == Vanishing::Isdr {
            script(&mut card, &[(&select(0, SECOND), "6A82"), (&select(0, ISDR), "6121")]);
            card.reset().unwrap();
            script(&mut card, &[(&select(0, SECOND), "6A82")]);
        } else {
            script(&mut card, &[(&select(0, ISDR), "")]);
            assert!(matches!(card.reset(), Err(CardError::Silent)));
        }
        card.power_on().unwrap();
        script(&mut card, &[(&select(0, SECOND), "6121")]);
    }
}

#[test]
fn there_is_no_card_without_an_element_and_no_answer_without_power() {
    assert!(matches!(MultiCard::new(Vec::new()), Err(CardError::Config(_))));
    let mut card = card_with(|_| {});
    card.power_off();
    assert!(!card.is_powered());
    script(&mut card, &[("0070000001", "")]);
    card.reset().unwrap();
    script(&mut card, &[("0070000001", "019000")]);
    let (first, second) = (card.elements()[0].eid().digits(), card.elements()[1].eid().digits());
    assert_eq!((first.as_str(), second.as_str()), (crate::support::EID, OTHER_EID));
}
