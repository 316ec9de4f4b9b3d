//! Notifications of switches: whom, in which order, signed by whom, until when.

use lpakit_rsp::identifiers::Iccid;
use lpakit_rsp::notifications::{
    Event, EventSet, ListNotificationRequest, ListNotificationResponse, NotificationMetadata,
    NotificationsError, PendingNotification, RemoveNotificationRequest,
    RetrieveNotificationsRequest, RetrieveNotificationsResponse,
};
use lpakit_rsp::profiles::{NotificationConfiguration, ProfileId};
use lpakit_rsp::switching::{RemoveNotificationResponse, RemoveNotificationResult};

use crate::support::{
    ADDRESS, ICCID, OTHER_ICCID, Profile, Terminal, pki, terminal, terminal_with,
};
use crate::switching::{delete, disable, enable, put};

fn id(iccid: &str) -> ProfileId {
    ProfileId::Iccid(Iccid::from_digits(iccid).unwrap())
}

pub fn list(terminal: &mut Terminal, events: Option<EventSet>) -> Vec<NotificationMetadata> {
    match terminal.call(&ListNotificationRequest { events }) {
        ListNotificationResponse::Notifications(list) => list,
        ListNotificationResponse::Error(error) => panic!("{error:?}"),
    }
}

pub fn retrieve(
    terminal: &mut Terminal,
    request: RetrieveNotificationsRequest,
) -> Vec<PendingNotification> {
    match terminal.call(&request) {
        RetrieveNotificationsResponse::Notifications(list) => list,
        RetrieveNotificationsResponse::Error(error) => panic!("{error:?}"),
    }
}

pub fn remove(terminal: &mut Terminal, seq_number: u32) -> RemoveNotificationResult {
    let request = RemoveNotificationRequest { seq_number };
    terminal.call::<RemoveNotificationResponse>(&request).0
}

/// Number and event of each.
fn outline(list: &[NotificationMetadata]) -> Vec<(u32, Vec<Event>)> {
    list.iter().map(|entry| (entry.seq_number, entry.events.events().collect())).collect()
}

#[test]
fn nothing_has_happened_on_a_new_card() {
    let mut terminal = terminal();
    assert_eq!(terminal.ask("BF2800"), "BF2802A000");
    assert_eq!(terminal.ask("BF2B00"), "BF2B02A000");
    assert_eq!(terminal.ask("BF3003800101"), "BF3003800101");
}

#[test]
fn a_switch_is_told_as_disable_before_enable() {
    let mut terminal = terminal();
    put(&mut terminal, &Profile::new(ICCID), true);
    put(&mut terminal, &Profile::new(OTHER_ICCID), false);
    enable(&mut terminal, id(OTHER_ICCID));
    let pending = list(&mut terminal, None);
    assert_eq!(outline(&pending), [(1, vec![Event::Disable]), (2, vec![Event::Enable])]);
    assert_eq!(pending[0].iccid, Some(Iccid::from_digits(ICCID).unwrap()));
    assert_eq!(pending[1].iccid, Some(Iccid::from_digits(OTHER_ICCID).unwrap()));
    assert!(pending.iter().all(|entry| entry.address == ADDRESS));
    let only = list(&mut terminal, Some(EventSet::of(&[Event::Enable])));
    assert_eq!(outline(&only), [(2, vec![Event::Enable])]);
}

#[test]
fn each_configured_address_hears_of_its_events_only() {
    let mut terminal = terminal();
    let mut profile = Profile::new(ICCID);
    let configuration = |events: &[Event], address: &str| NotificationConfiguration {
        events: EventSet::of(events),
        address: address.to_owned(),
    };
    profile.metadata.notification_configurations = vec![
        configuration(&[Event::Enable], "one.test"),
        configuration(&[Event::Enable, Event::Delete], "two.test"),
        configuration(&[Event::Install], "three.test"),
    ];
    put(&mut terminal, &profile, false);
    enable(&mut terminal, id(ICCID));
    disable(&mut terminal, id(ICCID));
    delete(&mut terminal, id(ICCID));
    let told: Vec<(String, Vec<Event>)> = list(&mut terminal, None)
        .into_iter()
        .map(|entry| (entry.address, entry.events.events().collect()))
        .collect();
    assert_eq!(
        told,
        [
            ("one.test".to_owned(), vec![Event::Enable]),
            ("two.test".to_owned(), vec![Event::Enable]),
            ("two.test".to_owned(), vec![Event::Delete]),
        ]
    );
}

#[test]
fn addresses_are_passed_on_as_they_came() {
    let odd = [" one.test", "two .test ", "", "three.test\t", "ÜMLAUT.test", "one.test"];
    let mut terminal = terminal();
    let mut profile = Profile::new(ICCID);
    profile.metadata.notification_configurations = odd
        .iter()
        .map(|address| NotificationConfiguration {
            events: EventSet::all(),
            address: (*address).to_owned(),
        })
        .collect();
    put(&mut terminal, &profile, false);
    enable(&mut terminal, id(ICCID));
    let told: Vec<String> =
        list(&mut terminal, None).into_iter().map(|entry| entry.address).collect();
    assert_eq!(told, odd);
}

#[test]
fn lists_are_narrowed_by_events_and_numbers() {
    let mut terminal = terminal();
    put(&mut terminal, &Profile::new(ICCID), false);
    enable(&mut terminal, id(ICCID));
    disable(&mut terminal, id(ICCID));
    delete(&mut terminal, id(ICCID));
    let two = EventSet::of(&[Event::Enable, Event::Delete]);
    let expected = [(1, vec![Event::Enable]), (3, vec![Event::Delete])];
    assert_eq!(outline(&list(&mut terminal, Some(two))), expected);
    assert_eq!(retrieve(&mut terminal, RetrieveNotificationsRequest::Events(two)).len(), 2);
    assert_eq!(retrieve(&mut terminal, RetrieveNotificationsRequest::All).len(), 3);
    // Bits not trimmed, bits of later versions, no bits.
    let numbers =
        |terminal: &mut Terminal, request: &str| terminal.ask(request).matches("BF2F").count();
    assert_eq!(numbers(&mut terminal, "BF2804810204F0"), 3);
    assert_eq!(numbers(&mut terminal, "BF2804810200FF"), 3);
    assert_eq!(numbers(&mut terminal, "BF280481020308"), 0);
    assert_eq!(numbers(&mut terminal, "BF2803810100"), 0);
    for broken in ["BF28028100", "BF2803810107", "BF2B02A000", "BF2B05A0038001FF", "BF2B04A0028000"]
    {
        assert_eq!(terminal.refuse(broken), "6A80", "{broken}");
    }
    for broken in ["BF3000", "BF3003800180", "BF30028000"] {
        assert_eq!(terminal.refuse(broken), "6A80", "{broken}");
    }
}

#[test]
fn a_retrieved_notification_is_signed_and_brings_the_chain() {
    let mut terminal = terminal();
    put(&mut terminal, &Profile::new(ICCID), false);
    enable(&mut terminal, id(ICCID));
    let retrieved = retrieve(&mut terminal, RetrieveNotificationsRequest::SeqNumber(1));
    let [PendingNotification::Other(notification)] = retrieved.as_slice() else {
        panic!("one signed notification");
    };
    let card = pki().card.as_ref().unwrap();
    assert_eq!(notification.euicc_certificate, card.euicc.certificate().der());
    assert_eq!(notification.eum_certificate, card.eum.certificate().der());
    let key = card.euicc.certificate().public_key().unwrap();
    key.verify(notification.metadata.raw(), &notification.signature).unwrap();
    assert_eq!(list(&mut terminal, None), [notification.metadata.clone().into_value()]);
    // The same bytes each time: a server may hear twice and must be able to tell.
    let again = retrieve(&mut terminal, RetrieveNotificationsRequest::All);
    assert_eq!(again, retrieved);
    let events = EventSet::of(&[Event::Disable]);
    assert!(retrieve(&mut terminal, RetrieveNotificationsRequest::Events(events)).is_empty());
}

#[test]
fn notifications_outlive_their_profile_and_a_reset_until_they_are_removed() {
    let mut terminal = terminal();
    put(&mut terminal, &Profile::new(ICCID), false);
    enable(&mut terminal, id(ICCID));
    disable(&mut terminal, id(ICCID));
    delete(&mut terminal, id(ICCID));
    terminal.start();
    let numbers = |terminal: &mut Terminal| -> Vec<u32> {
        list(terminal, None).iter().map(|entry| entry.seq_number).collect()
    };
    assert_eq!(numbers(&mut terminal), [1, 2, 3]);
    assert_eq!(remove(&mut terminal, 2), RemoveNotificationResult::Ok);
    assert_eq!(remove(&mut terminal, 2), RemoveNotificationResult::NothingToDelete);
    terminal.start();
    assert_eq!(numbers(&mut terminal), [1, 3]);
}

#[test]
fn numbers_start_where_the_card_does_and_are_never_used_again() {
    for first in [0, 127, 128, 255, 1900, 100_000] {
        let mut terminal = terminal_with(|config| config.first_seq_number = first);
        put(&mut terminal, &Profile::new(ICCID), false);
        enable(&mut terminal, id(ICCID));
        assert_eq!(list(&mut terminal, None)[0].seq_number, first);
        let by_number = RetrieveNotificationsRequest::SeqNumber(first);
        assert_eq!(retrieve(&mut terminal, by_number).len(), 1);
        assert_eq!(remove(&mut terminal, first), RemoveNotificationResult::Ok);
        terminal.start();
        disable(&mut terminal, id(ICCID));
        assert_eq!(list(&mut terminal, None)[0].seq_number, first + 1);
    }
}

#[test]
fn a_number_that_is_not_there_gives_an_empty_list_or_on_some_cards_an_error() {
    assert_eq!(terminal().ask("BF2B05A003800109"), "BF2B02A000");
    let mut strict = terminal_with(|config| config.quirks.missing_notification_is_an_error = true);
    let request = RetrieveNotificationsRequest::SeqNumber(9);
    let answer: RetrieveNotificationsResponse = strict.call(&request);
    let expected = RetrieveNotificationsResponse::Error(NotificationsError::NoResultAvailable);
    assert_eq!(answer, expected);
    assert_eq!(strict.ask("BF2B00"), "BF2B02A000");
}
