//! Quirks of real cards when profiles are switched.

use lpakit_rsp::identifiers::{Aid, Iccid};
use lpakit_rsp::profiles::ProfileId;
use lpakit_rsp::switching::{DeleteResult, DisableResult, EnableResult};
use lpakit_sandbox_euicc::CardError;
use lpakit_sandbox_euicc::config::{IccidFormFailure, LostAnswer, Quirks, Vanishing};

use crate::support::{ICCID, ISDR, OTHER_ICCID, Terminal, select, silent_terminal_with};
use crate::switching::{delete, disable, enable};

const ENABLE_OTHER: &str = "BF3111A00C5A0A984405000000000010F7810100";
const ENABLE_OTHER_REFRESH: &str = "BF3111A00C5A0A984405000000000010F78101FF";
const DISABLE: &str = "BF3211A00C5A0A984405214365870921F3810100";
const DISABLE_REFRESH: &str = "BF3211A00C5A0A984405214365870921F38101FF";
const DELETE_OTHER: &str = "BF330C5A0A984405000000000010F7";

/// Two profiles, the first one on; the ISD-R on channel 1.
fn with(change: impl FnOnce(&mut Quirks)) -> Terminal {
    let mut terminal = silent_terminal_with(change);
    terminal.open();
    terminal
}

fn id(iccid: &str) -> ProfileId {
    ProfileId::Iccid(Iccid::from_digits(iccid).unwrap())
}

/// By ISD-P AID: 1000 is the first profile, 1100 the second.
fn aid(end: &str) -> ProfileId {
    ProfileId::Aid(Aid::from_hex(&format!("A0000005591010FFFFFFFF890000{end}")).unwrap())
}

fn on(terminal: &Terminal) -> Vec<String> {
    terminal.card.status().unwrap().enabled().iter().map(ToString::to_string).collect()
}

fn listed_on(terminal: &mut Terminal) -> bool {
    terminal.ask("BF2D12A00C5A0A984405000000000010F75C029F70").ends_with("9F700101")
}

#[test]
fn cat_busy_may_last_as_long_as_refresh_is_wanted() {
    let mut terminal = with(|quirks| quirks.cat_busy_with_refresh = true);
    for _ in 0..3 {
        assert_eq!(terminal.ask(ENABLE_OTHER_REFRESH), "BF3103800105");
        assert_eq!(terminal.ask(DISABLE_REFRESH), "BF3203800105");
    }
    assert_eq!(on(&terminal), [ICCID]);
    assert_eq!(terminal.ask(ENABLE_OTHER), "BF3103800100");
    assert_eq!(on(&terminal), [OTHER_ICCID]);
    assert_eq!(terminal.ask("BF340482020780"), "BF3403800100");
}

#[test]
fn the_iccid_may_not_be_understood_but_the_aid_is() {
    for (failure, answer) in
        [(IccidFormFailure::UndefinedError, Some("7F")), (IccidFormFailure::WrongData, None)]
    {
        let mut terminal = with(|quirks| quirks.iccid_form_fails = Some(failure));
        for (command, tag) in [(ENABLE_OTHER, "BF31"), (DISABLE, "BF32"), (DELETE_OTHER, "BF33")] {
            match answer {
                Some(code) => assert_eq!(terminal.ask(command), format!("{tag}038001{code}")),
                None => assert_eq!(terminal.refuse(command), "6A80"),
            }
        }
        assert_eq!(on(&terminal), [ICCID]);
        assert_eq!(enable(&mut terminal, aid("1100")), EnableResult::Ok);
        assert_eq!(disable(&mut terminal, aid("1100")), DisableResult::Ok);
        assert_eq!(delete(&mut terminal, aid("1100")), DeleteResult::Ok);
        // Other functions understand it.
        assert_eq!(terminal.ask("BF290E5A0A984405214365870921F39000"), "BF2903800100");
    }
}

#[test]
fn refresh_may_fail_and_the_switch_counts_after_a_reset_only() {
    let mut terminal = with(|quirks| {
        quirks.refresh_fails = true;
        quirks.effective_after_reset = true;
    });
    assert_eq!(terminal.ask(ENABLE_OTHER_REFRESH), "BF310380017F");
    assert_eq!(terminal.ask(DISABLE_REFRESH), "BF320380017F");
    assert!(!terminal.card.status().unwrap().switch_pending);
    assert_eq!(terminal.ask(ENABLE_OTHER), "BF3103800100");
    // Nothing is told and nothing is different until then.
    assert_eq!(on(&terminal), [ICCID]);
    assert!(!listed_on(&mut terminal));
    assert_eq!(terminal.ask("BF2800"), "BF2802A000");
    assert!(terminal.card.status().unwrap().switch_pending);
    terminal.start();
    assert!(listed_on(&mut terminal));
    let status = terminal.card.status().unwrap();
    assert_eq!((status.notifications.len(), status.switch_pending), (2, false));
    // Once.
    assert_eq!(disable(&mut terminal, id(OTHER_ICCID)), DisableResult::Ok);
    terminal.card.reset().unwrap();
    terminal.start();
    assert_eq!(on(&terminal), [""; 0]);
}

#[test]
fn a_switch_that_waits_is_forgotten_with_its_profile() {
    let mut terminal = with(|quirks| quirks.effective_after_reset = true);
    assert_eq!(enable(&mut terminal, id(OTHER_ICCID)), EnableResult::Ok);
    assert_eq!(delete(&mut terminal, id(OTHER_ICCID)), DeleteResult::Ok);
    terminal.start();
    assert_eq!(on(&terminal), [ICCID]);
    // The last one counts.
    assert_eq!(terminal.ask(DISABLE), "BF3203800100");
    assert_eq!(terminal.ask(DISABLE), "BF3203800100");
    terminal.start();
    assert_eq!(on(&terminal), [""; 0]);
}

#[test]
fn an_announced_refresh_makes_a_switch_count_that_waits_for_a_reset() {
    let mut terminal = with(|quirks| {
        quirks.announces_refresh = true;
        quirks.effective_after_reset = true;
    });
    assert_eq!(terminal.es10(&hex::decode(ENABLE_OTHER_REFRESH).unwrap()).1, 0x910B);
    assert_eq!(on(&terminal), [ICCID]);
    assert_eq!(terminal.hex("801200000B").len(), 26);
    assert_eq!(terminal.hex("801400000C810301010482028281830100"), "9000");
    assert_eq!(on(&terminal), [OTHER_ICCID]);
}

#[test]
fn the_answer_may_be_lost_although_the_switch_was_made() {
    for lost in [LostAnswer::Silence, LostAnswer::Empty, LostAnswer::Error] {
        let mut terminal = with(|quirks| quirks.lost_answer = Some(lost));
        let status = match lost {
            LostAnswer::Silence => 0,
            LostAnswer::Empty => 0x9000,
            LostAnswer::Error => 0x6F00,
        };
        let lose = |terminal: &mut Terminal, command: &str| {
            assert_eq!(terminal.es10(&hex::decode(command).unwrap()), (Vec::new(), status));
            assert_eq!(terminal.card.is_powered(), status != 0);
            if status == 0 {
                terminal.start();
            }
        };
        lose(&mut terminal, ENABLE_OTHER);
        assert_eq!(on(&terminal), [OTHER_ICCID]);
        // Where nothing is done there is an answer.
        assert_eq!(terminal.ask(ENABLE_OTHER), "BF3103800102");
        assert_eq!(terminal.ask(DELETE_OTHER), "BF3303800102");
        lose(&mut terminal, &DISABLE.replace("214365870921F3", "000000000010F7"));
        assert_eq!(on(&terminal), [""; 0]);
        lose(&mut terminal, DELETE_OTHER);
        assert_eq!(terminal.card.iccids().len(), 1);
        lose(&mut terminal, "BF340482020780");
        assert_eq!(terminal.card.iccids().len(), 0);
    }
}

#[test]
fn a_refresh_is_announced_although_the_answer_is_lost() {
    let mut terminal = with(|quirks| {
        quirks.announces_refresh = true;
        quirks.lost_answer = Some(LostAnswer::Empty);
    });
    assert_eq!(terminal.refuse(ENABLE_OTHER_REFRESH), "910B");
    terminal.card.configure(|config| config.quirks.lost_answer = Some(LostAnswer::Error)).unwrap();
    terminal.start();
    assert_eq!(
        terminal.refuse(&DISABLE_REFRESH.replace("214365870921F3", "000000000010F7")),
        "6F00"
    );
    assert_eq!(terminal.hex("80F2000C00"), "910B");
}

#[test]
fn a_lying_card_says_ok_and_does_nothing() {
    let mut terminal = with(|quirks| {
        quirks.switches_without_effect = true;
        quirks.announces_refresh = true;
    });
    let before = terminal.card.snapshot().unwrap();
    assert_eq!(enable(&mut terminal, id(OTHER_ICCID)), EnableResult::Ok);
    assert_eq!(disable(&mut terminal, id(ICCID)), DisableResult::Ok);
    assert_eq!(terminal.es10(&hex::decode(ENABLE_OTHER_REFRESH).unwrap()).1, 0x910B);
    terminal.start();
    assert_eq!(terminal.card.snapshot().unwrap(), before);
    assert!(!listed_on(&mut terminal));
}

#[test]
fn the_isdr_may_be_gone_with_the_last_profile_until_a_power_cycle() {
    let mut terminal = with(|quirks| quirks.vanishes_without_profile = Some(Vanishing::Isdr));
    assert_eq!(terminal.ask(ENABLE_OTHER), "BF3103800100");
    assert_eq!(disable(&mut terminal, id(OTHER_ICCID)), DisableResult::Ok);
    terminal.script(&[
        ("81E2910003BF2E00", "6881"),
        (&select(1, ISDR), "6A82"),
        ("0070800100", "9000"),
        ("0070000001", "019000"),
        (&select(1, ISDR), "6A82"),
    ]);
    terminal.card.reset().unwrap();
    assert_eq!(terminal.hex(&select(0, ISDR)), "6A82");
    terminal.start();
    assert_eq!(on(&terminal), [""; 0]);
    assert_eq!(enable(&mut terminal, id(ICCID)), EnableResult::Ok);
}

#[test]
fn the_whole_card_may_be_gone_with_the_last_profile_until_a_power_cycle() {
    let mut terminal = with(|quirks| {
        quirks.vanishes_without_profile = Some(Vanishing::Card);
        quirks.announces_refresh = true;
    });
    // The answer and the REFRESH are still heard.
    let (data, status) = terminal.es10(&hex::decode(DISABLE_REFRESH).unwrap());
    assert_eq!((hex::encode_upper(data), status), ("BF3203800100".to_owned(), 0x910B));
    assert_eq!(terminal.hex("801200000B").len(), 26);
    assert_eq!(terminal.hex("801400000C810301010482028281830100"), "9000");
    assert_eq!(terminal.hex("0070000001"), "");
    assert!(terminal.card.is_powered());
    assert!(matches!(terminal.card.reset(), Err(CardError::Silent)));
    assert_eq!(terminal.hex("0070000001"), "");
    terminal.start();
    // A card that starts without a profile on is there, or nobody could ever put one on.
    assert_eq!(enable(&mut terminal, id(ICCID)), EnableResult::Ok);
    // A memory reset that takes the last one makes it vanish too.
    assert_eq!(terminal.es10(&hex::decode("BF340482020780").unwrap()).1, 0x910B);
    assert_eq!(terminal.hex("801200000B").len(), 26);
    assert_eq!(terminal.hex("801400000C810301010482028281830100"), "9000");
    assert_eq!(terminal.hex("80F2000C00"), "");
}
