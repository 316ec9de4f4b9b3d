use super::*;

const ANDROID: System = System::Android { api_level: 35 };

fn ios(major: u32, minor: u32) -> System {
    System::Ios { major, minor }
}

/// A phone with an eSIM, and nothing else.
fn phone(system: System) -> PhoneFacts {
    PhoneFacts {
        system,
        standing: Standing::Plain,
        esim: Some(true),
        sims: None,
        slots: None,
        readers: None,
        opens_setup_links: None,
    }
}

fn found(facts: &PhoneFacts, route: Route) -> (Passage, Vec<&'static str>) {
    let all = ways(facts);
    assert_eq!(all.len(), Route::ALL.len());
    let way = all.into_iter().find(|way| way.route == route).unwrap();
    (way.passage, way.reasons)
}

fn order(facts: &PhoneFacts) -> Vec<Route> {
    let open = ways(facts).into_iter().filter(|way| way.passage != Passage::Shut);
    open.map(|way| way.route).collect()
}

#[test]
fn a_travel_app_on_android() {
    let facts = phone(ANDROID);
    assert_eq!(order(&facts), [Route::SystemLpa, Route::SetupLink, Route::OtherScreen]);
    let listed = (Passage::Perhaps, vec!["route.profile_must_list_app"]);
    assert_eq!(found(&facts, Route::SystemLpa), listed);
    assert_eq!(found(&facts, Route::PhoneCard), (Passage::Shut, vec!["os.not_system_app"]));
    assert_eq!(found(&facts, Route::SimCard), (Passage::Shut, vec!["route.no_card_service"]));
    assert_eq!(found(&facts, Route::Reader), (Passage::Shut, vec!["route.no_reader"]));
}

#[test]
fn a_removable_euicc_that_answers_is_surer_than_the_system() {
    let sims = Some(vec![CardAccess::NoEuicc, CardAccess::Open]);
    let facts = PhoneFacts { sims, ..phone(ANDROID) };
    assert_eq!(found(&facts, Route::SimCard), (Passage::Open, vec![]));
    let best = [Route::SimCard, Route::SystemLpa, Route::SetupLink, Route::OtherScreen];
    assert_eq!(order(&facts), best);
}

#[test]
fn each_card_says_once_why_it_is_shut() {
    use CardAccess::{Denied, Failed, NoCard, NoChannel, NoEuicc};
    let sims = Some(vec![NoCard, Denied, NoEuicc, Denied, NoChannel, Failed]);
    let reasons = vec![
        "route.no_card",
        "route.card_must_list_app",
        "card.no_isdr",
        "card.no_channel",
        "card.failed",
    ];
    let facts = PhoneFacts { sims, ..phone(ANDROID) };
    assert_eq!(found(&facts, Route::SimCard), (Passage::Shut, reasons));
    let facts = PhoneFacts { sims: Some(vec![]), ..phone(ANDROID) };
    assert_eq!(found(&facts, Route::SimCard), (Passage::Shut, vec!["route.no_card"]));
}

#[test]
fn the_phones_settings_go_to_the_card_themselves() {
    let slots = Some(vec![CardAccess::Open]);
    let system = Standing::System;
    let facts = PhoneFacts { slots, standing: system, ..phone(ANDROID) };
    assert_eq!(order(&facts).first(), Some(&Route::PhoneCard));
    assert_eq!(found(&facts, Route::SystemLpa), (Passage::Open, vec![]));
    // Telephony has slots since Android 10.
    let older = PhoneFacts { system: System::Android { api_level: 28 }, ..facts.clone() };
    assert_eq!(found(&older, Route::PhoneCard), (Passage::Shut, vec!["os.too_old"]));
    assert_eq!(found(&older, Route::SystemLpa), (Passage::Open, vec![]));
    // Whatever was found, an app like any other may not use it.
    let plain = PhoneFacts { standing: Standing::Operator, ..facts };
    assert_eq!(found(&plain, Route::PhoneCard), (Passage::Shut, vec!["os.not_system_app"]));
}

#[test]
fn a_phone_without_esim_has_its_cards_only() {
    let no_esim = (Passage::Shut, vec!["os.no_esim"]);
    let readers = Some(vec![CardAccess::Open]);
    for system in [ANDROID, ios(18, 0)] {
        let facts = PhoneFacts { esim: Some(false), readers: readers.clone(), ..phone(system) };
        for route in [Route::SystemLpa, Route::SetupLink, Route::OtherScreen] {
            assert_eq!(found(&facts, route), no_esim);
        }
        assert_eq!(order(&facts), [Route::Reader]);
    }
}

#[test]
fn an_esim_that_nobody_knows_of_may_be_there() {
    let facts = PhoneFacts { esim: None, ..phone(ios(18, 0)) };
    let not_known = (Passage::Perhaps, vec!["route.esim_not_known"]);
    assert_eq!(found(&facts, Route::OtherScreen), not_known);
    // A reason of its own is told first.
    assert_eq!(found(&facts, Route::SystemLpa), (Passage::Shut, vec!["route.no_entitlement"]));
}

#[test]
fn an_iphone_needs_the_entitlement() {
    let plain = phone(ios(18, 2));
    assert_eq!(found(&plain, Route::SystemLpa), (Passage::Shut, vec!["route.no_entitlement"]));
    assert_eq!(order(&plain), [Route::SetupLink, Route::OtherScreen]);
    let operator = PhoneFacts { standing: Standing::Operator, ..plain };
    assert_eq!(found(&operator, Route::SystemLpa), (Passage::Open, vec![]));
    for route in [Route::PhoneCard, Route::SimCard] {
        let facts = PhoneFacts { sims: Some(vec![CardAccess::Open]), ..operator.clone() };
        assert_eq!(found(&facts, route), (Passage::Shut, vec!["route.not_on_this_system"]));
    }
}

#[test]
fn links_to_the_settings_came_with_ios_17() {
    let too_old = (Passage::Shut, vec!["os.too_old"]);
    assert_eq!(found(&phone(ios(16, 7)), Route::SetupLink), too_old);
    assert_eq!(found(&phone(ios(17, 3)), Route::SetupLink), too_old);
    let perhaps = (Passage::Perhaps, vec!["route.link_may_not_open"]);
    assert_eq!(found(&phone(ios(17, 4)), Route::SetupLink), perhaps);
    assert_eq!(found(&phone(ios(17, 5)), Route::SetupLink), (Passage::Open, vec![]));
    assert_eq!(found(&phone(ios(18, 0)), Route::SetupLink), (Passage::Open, vec![]));
    let closed = PhoneFacts { opens_setup_links: Some(false), ..phone(ios(18, 0)) };
    assert_eq!(found(&closed, Route::SetupLink), (Passage::Shut, vec!["os.link_not_opened"]));
    // Nothing of it is sure on Android.
    let link = PhoneFacts { opens_setup_links: Some(true), ..phone(ANDROID) };
    assert_eq!(found(&link, Route::SetupLink), perhaps);
}

#[test]
fn readers_need_their_entitlement_on_ios() {
    let no = |system| found(&phone(system), Route::Reader);
    assert_eq!(no(ios(15, 8)), (Passage::Shut, vec!["os.too_old"]));
    assert_eq!(no(ios(16, 0)), (Passage::Shut, vec!["route.no_reader_entitlement"]));
    let facts = PhoneFacts { readers: Some(vec![]), ..phone(ios(16, 0)) };
    assert_eq!(found(&facts, Route::Reader), (Passage::Shut, vec!["route.no_reader"]));
    let facts = PhoneFacts { readers: Some(vec![CardAccess::NoCard]), ..phone(ANDROID) };
    assert_eq!(found(&facts, Route::Reader), (Passage::Shut, vec!["route.no_card"]));
}

#[test]
fn old_systems_have_nothing() {
    let old = PhoneFacts { sims: Some(vec![]), ..phone(System::Android { api_level: 27 }) };
    assert_eq!(found(&old, Route::SystemLpa), (Passage::Shut, vec!["os.too_old"]));
    assert_eq!(found(&old, Route::SimCard), (Passage::Shut, vec!["os.too_old"]));
    assert_eq!(found(&phone(ios(11, 4)), Route::SystemLpa), (Passage::Shut, vec!["os.too_old"]));
}

/// What a person is told must be in the catalogue.
#[test]
fn every_reason_has_a_text() {
    let mut keys = Vec::new();
    for system in [ANDROID, System::Android { api_level: 27 }, ios(11, 0), ios(17, 4)] {
        for esim in [None, Some(false), Some(true)] {
            for access in [CardAccess::NoCard, CardAccess::NoEuicc, CardAccess::Denied] {
                let cards = Some(vec![access, CardAccess::NoChannel, CardAccess::Failed]);
                let facts = PhoneFacts { esim, sims: cards.clone(), ..phone(system) };
                keys.extend(ways(&facts).into_iter().flat_map(|way| way.reasons));
                let facts = PhoneFacts { readers: cards, ..facts };
                keys.extend(ways(&facts).into_iter().flat_map(|way| way.reasons));
            }
        }
    }
    assert!(keys.contains(&"route.card_must_list_app"));
    for key in keys {
        assert!(crate::messages::meaning(key).is_some(), "{key}");
    }
}
