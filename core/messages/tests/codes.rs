//! Every code that a card or a server can give is known, and one that is not is told with its numbers.

use std::collections::BTreeSet;

use lpakit_messages::{
    Advice, CardFunction, ErrorKind, Language, PlanState, card_result, meaning, render,
    server_refusal,
};

/// The pairs of facts 7.3, and whether trying again helps: N no, U after the user changed something, L later, S after
/// the operator was asked.
const PAIRS: &[(&str, &str, &str)] = &[
    ("8.1", "4.8", "U"),
    ("8.1", "6.1", "LS"),
    ("8.1.1", "2.2 3.8 3.9 3.10", "S"),
    ("8.1.2", "6.1 6.3", "N"),
    ("8.1.3", "6.1 6.3", "N"),
    ("8.1.4", "6.1", "N"),
    ("8.2", "1.2", "LS"),
    ("8.2", "3.7", "S"),
    ("8.2.1", "1.2 2.2 2.3 3.3 3.5 3.9 3.10", "S"),
    ("8.2.5", "1.2 3.7 3.8 3.9 4.3", "S"),
    ("8.2.6", "2.1 2.2", "U"),
    ("8.2.6", "3.3", "LS"),
    ("8.2.6", "3.8", "US"),
    ("8.2.6", "3.10", "S"),
    ("8.2.7", "2.2 3.8", "U"),
    ("8.2.7", "6.4", "S"),
    ("8.2.8", "1.2", "S"),
    ("8.2.9", "2.1 3.8 3.11", "LS"),
    ("8.2.10", "4.2", "LS"),
    ("8.8", "3.10", "S"),
    ("8.8.1", "3.8", "U"),
    ("8.8.2", "3.1", "N"),
    ("8.8.3", "3.1", "N"),
    ("8.8.4", "3.7", "N"),
    ("8.8.5", "3.8 4.10 6.4", "S"),
    ("8.8.6", "2.1 3.8 4.2", "N"),
    ("8.9", "4.2 5.1", "L"),
    ("8.9.1", "3.8", "N"),
    ("8.9.2", "3.1", "N"),
    ("8.9.3", "3.1", "N"),
    ("8.9.4", "3.7", "N"),
    ("8.9.5", "3.3 3.9", "L"),
    ("8.10.1", "3.9", "L"),
    ("8.10.3", "4.3", "S"),
    ("8.11.1", "3.9 5.1", "N"),
    ("8.12", "3.3", "L"),
    ("1.2.1", "2.1", "N"),
    ("1.2.2", "2.1", "N"),
    ("1.3.1", "2.2", "N"),
];

/// The result codes of facts 3.
const CODES: &[(CardFunction, &[u32])] = &[
    (CardFunction::AuthenticateServer, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 127]),
    (CardFunction::PrepareDownload, &[1, 2, 3, 4, 5, 127]),
    (
        CardFunction::Install,
        &[
            1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 22, 23, 24, 25,
            26, 127,
        ],
    ),
    (CardFunction::Enable, &[1, 2, 3, 4, 5, 6, 7, 9, 10, 127]),
    (CardFunction::Disable, &[1, 2, 3, 5, 7, 10, 127]),
    (CardFunction::Delete, &[1, 2, 3, 4, 7, 127]),
    (CardFunction::MemoryReset, &[1, 5, 127]),
    (CardFunction::SetNickname, &[1, 127]),
    (CardFunction::LoadCrl, &[1, 2, 3, 4, 5, 6, 127]),
    (CardFunction::ProfilesInfo, &[1, 11, 127]),
    (CardFunction::Notifications, &[1, 127]),
    (CardFunction::CancelSession, &[5, 127]),
    (CardFunction::SetDefaultAddress, &[8, 127]),
];

const NONE: [(&str, &str); 0] = [];

fn helps(advice: Advice) -> char {
    match advice {
        Advice::Nothing => 'N',
        Advice::TryAgain | Advice::TryLater => 'L',
        Advice::AskOperator => 'S',
        _ => 'U',
    }
}

#[test]
fn every_pair_met_in_practice_has_its_own_text_and_the_right_advice() {
    let mut keys = BTreeSet::new();
    for (subject, reasons, wanted) in PAIRS {
        for reason in reasons.split(' ') {
            let refusal = server_refusal(subject, reason);
            assert!(refusal.known, "{subject}/{reason}");
            assert_eq!(refusal.key, format!("server.refused.{subject}/{reason}"));
            assert_eq!(refusal.meaning.kind, ErrorKind::Server);
            assert_eq!(meaning(&refusal.key), Some(refusal.meaning));
            let helps = helps(refusal.meaning.advice);
            assert!(wanted.contains(helps), "{subject}/{reason}: {helps}");
            for language in Language::ALL {
                let text = render(&refusal.key, &NONE, *language);
                let own = language.texts().find(|(key, _)| *key == refusal.key).unwrap().1;
                assert_eq!(text, own);
            }
            assert!(keys.insert(refusal.key));
        }
    }
    assert_eq!(keys.len(), 65);
}

#[test]
fn codes_are_texts_four_ten_is_not_four_one() {
    let expired = server_refusal("8.8.5", "4.10");
    assert_eq!(expired.meaning.plan, PlanState::NoLongerValid);
    assert!(render(&expired.key, &NONE, Language::English).contains("expired"));
    let other = server_refusal("8.8.5", "4.1");
    assert!(!other.known);
    assert!(!render(&other.key, &NONE, Language::English).contains("expired"));
}

#[test]
fn an_unknown_pair_is_read_by_the_next_wider_subject() {
    for (subject, reason, like) in [
        ("8.1.1.7", "3.8", "8.1.1/3.8"),
        ("8.8.5.1.2", "4.10", "8.8.5/4.10"),
        ("8.9.7", "5.1", "8.9/5.1"),
        ("8.8.2", "3.10", "8.8/3.10"),
        ("1.6", "9.9", "1.6/*"),
        ("1.6.1", "2.2", "1.6/*"),
        ("8.2.13", "3.12", "8.2.13/*"),
        ("8.8.6", "1.1", "8.8.6/*"),
        ("8.2.6", "4.2", "*/4.2"),
        ("7", "5.1", "*/5.1"),
        ("8.8.5", "9.9", "8.8/other"),
        ("8.10.2", "1.1", "8.10/other"),
    ] {
        let refusal = server_refusal(subject, reason);
        assert!(!refusal.known, "{subject}/{reason}");
        assert_eq!(meaning(&format!("server.refused.{like}")), Some(refusal.meaning));
        for language in Language::ALL {
            let text = render(&refusal.key, &NONE, *language);
            let wider = format!("server.refused.{like}");
            let wider = language.texts().find(|(key, _)| *key == wider).unwrap().1;
            assert!(text.starts_with(wider), "{subject}/{reason}: {text}");
            let numbers = format!("\u{2068}{subject}/{reason}\u{2069}");
            assert!(text.contains(&numbers), "{language:?}: {text}");
        }
    }
}

#[test]
fn a_pair_of_which_nothing_is_known_shows_its_numbers() {
    let refusal = server_refusal("9.9", "9.9");
    assert_eq!(refusal.meaning.advice, Advice::AskOperator);
    assert_eq!(refusal.meaning.plan, PlanState::Unknown);
    let text = render(&refusal.key, &NONE, Language::English);
    let wanted = "The operator’s server refused the request. Error code: \u{2068}9.9/9.9\u{2069}.";
    assert_eq!(text, wanted);
}

#[test]
fn a_server_cannot_smuggle_text_into_a_key() {
    assert_eq!(server_refusal(" 8.2<script>.6 ", "3.8 PLANTED").key, "server.refused.8.2.6/3.8");
    assert_eq!(server_refusal("", "…").key, "server.refused.-/-");
    let long = server_refusal(&"8.".repeat(5000), &"1".repeat(5000));
    assert!(long.key.len() < 60, "{}", long.key);
    assert_eq!(server_refusal("*", "other").key, "server.refused.-/-");
}

#[test]
fn every_result_code_has_its_own_key() {
    let functions: BTreeSet<_> = CODES.iter().map(|(f, _)| format!("{f:?}")).collect();
    assert_eq!(functions.len(), CardFunction::ALL.len());
    for (function, codes) in CODES {
        let (general, _) = card_result(*function, 9999);
        let mut keys = BTreeSet::from([general]);
        for code in *codes {
            let (key, told) = card_result(*function, *code);
            assert!(keys.insert(key), "{function:?} {code}: {key}");
            assert_eq!(meaning(key), Some(told));
            let text = render(key, &NONE, Language::English);
            assert!(!text.contains('?') && !text.starts_with("Something"), "{key}: {text}");
        }
    }
}

#[test]
fn codes_that_are_not_known_are_told_with_their_number() {
    for (function, codes) in CODES {
        for code in (1..=130).filter(|code| !codes.contains(code)) {
            let (key, told) = card_result(*function, code);
            assert_eq!(key, card_result(*function, 9999).0, "{function:?} {code}");
            assert_eq!(meaning(key), Some(told));
            for language in Language::ALL {
                let text = render(key, &[("code", code.to_string())], *language);
                assert!(text.contains(&format!("\u{2068}{code}\u{2069}")), "{text}");
            }
        }
    }
}

#[test]
fn what_a_card_says_decides_what_to_do() {
    let told = |function, code| card_result(function, code).1;
    assert_eq!(told(CardFunction::Install, 9).plan, PlanState::Installed);
    assert_eq!(told(CardFunction::Install, 10).advice, Advice::FreeSpace);
    assert_eq!(told(CardFunction::Install, 15).kind, ErrorKind::Policy);
    assert_eq!(told(CardFunction::Install, 99).plan, PlanState::Unknown);
    assert_eq!(told(CardFunction::AuthenticateServer, 7).kind, ErrorKind::Trust);
    assert_eq!(told(CardFunction::Enable, 5).kind, ErrorKind::Busy);
    assert_eq!(told(CardFunction::Enable, 3).kind, ErrorKind::Policy);
    assert_eq!(told(CardFunction::Delete, 2).advice, Advice::SwitchOff);
}
