//! lpakit's core: every function of the card that an LPA has a use for, each in all its forms.

use lpakit::lpa::{Answers, SendReport};
use lpakit::rsp::notifications::{Event, EventSet, RetrieveNotificationsRequest};
use lpakit::rsp::profiles::{
    ProfileClass, ProfileId, ProfileInfo, ProfileInfoListRequest, ProfileSearch, ProfileState,
};
use lpakit::rsp::switching::MemoryResetRequest;
use lpakit_interop::{Lpakit, Program, SMDP_NAME, Stage};
use lpakit_sandbox_euicc::config::Version3;
use lpakit_sandbox_smdp::metadata::{Class, NotificationReceiver, Owner};
use lpakit_sandbox_smdp::notification::NotificationKind;
use lpakit_sandbox_smdp::order::PlacedOrder;

use crate::support::{
    OPERATOR, assert_installed, event, installed, largest_icon, order, profile, request, told,
};

fn id(placed: &PlacedOrder) -> ProfileId {
    ProfileId::Iccid(placed.iccid)
}

fn download(lpakit: &Lpakit<'_>, placed: &PlacedOrder) {
    installed(lpakit.download(&placed.activation_code(None), Answers::yes()));
}

fn search(
    lpakit: &Lpakit<'_>,
    what: Option<ProfileSearch>,
    tags: Option<&[u8]>,
) -> Vec<ProfileInfo> {
    lpakit.wait(lpakit.lpa().search_profiles(what, tags)).unwrap()
}

/// The numbers of the notifications that the card gives.
fn retrieved(lpakit: &Lpakit<'_>, which: RetrieveNotificationsRequest) -> Vec<u32> {
    let found = lpakit.wait(lpakit.lpa().signed_notifications(which)).unwrap();
    found.iter().map(|notification| notification.metadata().seq_number).collect()
}

#[test]
fn profiles_are_found_by_every_name_and_with_every_element() {
    let stage = Stage::new(Program::Lpakit, "es10-profiles").unwrap();
    let mut rich = request();
    rich.metadata.icon = Some(largest_icon());
    rich.metadata.owner = Some(Owner {
        mcc: "001".to_owned(),
        mnc: "01".to_owned(),
        gid1: Some(vec![0xA1]),
        gid2: Some(vec![0xB2, 0xB3]),
    });
    rich.metadata.receivers = vec![NotificationReceiver::all("hr.interop.example")];
    rich.metadata.ppr2 = true;
    let mut test = request();
    test.metadata.class = Class::Test;
    let orders = [order(&stage, &rich), order(&stage, &test)];
    let lpakit = Lpakit::open(&stage).unwrap();
    let offer = lpakit.offer(&orders[0].activation_code(None)).unwrap();
    let agreed = offer.needs().iter().fold(Answers::yes(), |answers, need| answers.agree(*need));
    installed(lpakit.install(offer, agreed));
    download(&lpakit, &orders[1]);
    lpakit.wait(lpakit.lpa().rename(id(&orders[0]), "Für die Reise")).unwrap();
    lpakit.wait(lpakit.lpa().rename(id(&orders[1]), "gone")).unwrap();
    lpakit.wait(lpakit.lpa().rename(id(&orders[1]), "")).unwrap();

    let iccids = |found: Vec<ProfileInfo>| -> Vec<_> {
        found.into_iter().map(|info| info.iccid.unwrap()).collect()
    };
    let [first, second] = [orders[0].iccid, orders[1].iccid];
    assert_eq!(iccids(search(&lpakit, None, None)), [first, second]);
    let aid = profile(&stage, &orders[1]).isdp_aid.unwrap();
    let by_aid = Some(ProfileSearch::Id(ProfileId::Aid(aid)));
    assert_eq!(iccids(search(&lpakit, by_aid, Some(&[0x5A]))), [second]);
    let by_class = |class| Some(ProfileSearch::Class(class));
    assert_eq!(iccids(search(&lpakit, by_class(ProfileClass::Test), None)), [second]);
    assert_eq!(search(&lpakit, by_class(ProfileClass::Provisioning), None), []);
    let all = ProfileInfoListRequest::LIST_TAGS_WITH_ICON;
    let found = search(&lpakit, Some(ProfileSearch::Id(id(&orders[0]))), Some(all));
    let [info] = &found[..] else { panic!("one profile") };
    assert_eq!(info.nickname.as_deref(), Some("Für die Reise"));
    assert_eq!(info.icon.as_ref().unwrap().data, largest_icon());
    assert_eq!(info.owner.as_ref().unwrap().gid2.as_deref(), Some(&[0xB2, 0xB3][..]));
    assert_eq!(info.notification_configurations.len(), 2);
    assert!(info.policy_rules.forbids_deleting());
    stage.finish().unwrap();
}

#[test]
fn all_four_kinds_of_notifications_are_read_in_every_way_and_delivered() {
    let stage = Stage::new(Program::Lpakit, "es10-notifications").unwrap();
    let orders = [order(&stage, &request()), order(&stage, &request())];
    let lpakit = Lpakit::open(&stage).unwrap();
    orders.iter().for_each(|placed| download(&lpakit, placed));
    assert_eq!(retrieved(&lpakit, RetrieveNotificationsRequest::All), [0; 0]);
    // The second switch turns the first profile off: two notifications.
    for placed in &orders {
        lpakit.wait(lpakit.lpa().enable(id(placed))).unwrap();
    }
    lpakit.wait(lpakit.lpa().delete(id(&orders[0]))).unwrap();
    assert_eq!(profile(&stage, &orders[1]).state, Some(ProfileState::Enabled));

    let of = |event| RetrieveNotificationsRequest::Events(EventSet::of(&[event]));
    assert_eq!(retrieved(&lpakit, RetrieveNotificationsRequest::All), [3, 4, 5, 6]);
    assert_eq!(retrieved(&lpakit, RetrieveNotificationsRequest::SeqNumber(5)).len(), 1);
    assert_eq!(retrieved(&lpakit, RetrieveNotificationsRequest::SeqNumber(99)), [0; 0]);
    assert_eq!(retrieved(&lpakit, of(Event::Enable)).len(), 2);
    assert_eq!(retrieved(&lpakit, of(Event::Disable)).len(), 1);
    assert_eq!(retrieved(&lpakit, of(Event::Delete)), [6]);
    assert_eq!(retrieved(&lpakit, of(Event::Install)), [0; 0]);
    assert_eq!(lpakit.wait(lpakit.lpa().notifications()).unwrap().len(), 4);

    let sent = lpakit.wait(lpakit.lpa().send_notifications()).unwrap();
    assert_eq!(sent, SendReport { delivered: vec![3, 4, 5, 6], unsent: vec![] });
    let told = told(&stage);
    for kind in ["enable", "disable", "delete"] {
        assert!(told.contains(&event(kind)), "{kind}");
    }
    assert_eq!(told[0], NotificationKind::Installed);
    assert_eq!(stage.pending().unwrap(), []);
    stage.finish().unwrap();
}

#[test]
fn a_notification_that_a_person_throws_away_goes_nowhere() {
    let stage = Stage::new(Program::Lpakit, "es10-notification-removed").unwrap();
    let placed = order(&stage, &request());
    let lpakit = Lpakit::open(&stage).unwrap();
    download(&lpakit, &placed);
    lpakit.wait(lpakit.lpa().enable(id(&placed))).unwrap();
    stage.person_removes(2);
    lpakit.wait(lpakit.lpa().remove_notification(2)).unwrap();
    assert_eq!(stage.pending().unwrap(), []);
    assert_eq!(told(&stage), [NotificationKind::Installed]);
    stage.finish().unwrap();
}

#[test]
fn memory_is_reset_and_the_operators_are_told() {
    let stage = Stage::new(Program::Lpakit, "es10-memory-reset").unwrap();
    let orders = [order(&stage, &request()), order(&stage, &request())];
    let lpakit = Lpakit::open(&stage).unwrap();
    orders.iter().for_each(|placed| download(&lpakit, placed));
    lpakit.wait(lpakit.lpa().set_default_address(SMDP_NAME)).unwrap();
    lpakit.wait(lpakit.lpa().enable(id(&orders[1]))).unwrap();
    let address_only =
        MemoryResetRequest { default_dp_address: true, ..MemoryResetRequest::default() };
    let everything = MemoryResetRequest {
        operational_profiles: true,
        field_loaded_test_profiles: true,
        ..address_only
    };
    lpakit.wait(lpakit.lpa().reset_memory(address_only)).unwrap();
    assert_eq!((stage.default_dp_address().unwrap(), stage.profiles().unwrap().len()), (None, 2));
    lpakit.wait(lpakit.lpa().reset_memory(everything)).unwrap();
    assert_eq!(stage.profiles().unwrap(), []);
    let nothing = lpakit.wait(lpakit.lpa().reset_memory(everything)).unwrap_err();
    assert_eq!(nothing.key(), "card.reset.nothing");
    let sent = lpakit.wait(lpakit.lpa().send_notifications()).unwrap();
    assert_eq!(sent.unsent, []);
    assert_eq!(told(&stage).iter().filter(|kind| **kind == event("delete")).count(), 2);
    stage.finish().unwrap();
}

#[test]
fn addresses_are_set_read_and_cleared() {
    let stage = Stage::new(Program::Lpakit, "es10-addresses").unwrap();
    let lpakit = Lpakit::open(&stage).unwrap();
    for (set, read) in [(SMDP_NAME, Some(SMDP_NAME)), ("", None)] {
        lpakit.wait(lpakit.lpa().set_default_address(set)).unwrap();
        let chip = lpakit.wait(lpakit.lpa().chip()).unwrap();
        assert_eq!(chip.addresses.default_dp_address.as_deref(), read);
        assert_eq!(chip.addresses.root_ds_address, stage.card().config().root_ds_address);
    }
    assert_eq!(stage.default_dp_address().unwrap(), None);
    stage.finish().unwrap();
}

#[test]
fn a_revocation_list_is_loaded_and_a_spoilt_one_is_not() {
    let stage = Stage::builder(Program::Lpakit, "es10-crl")
        .card(|card| card.loads_crls = true)
        .start()
        .unwrap();
    let lpakit = Lpakit::open(&stage).unwrap();
    let list = crate::crl::list(&stage, 2);
    assert_eq!(lpakit.wait(lpakit.lpa().load_crl(&list)).unwrap(), [0; 0]);
    let older = crate::crl::list(&stage, 1);
    assert!(lpakit.wait(lpakit.lpa().load_crl(&older)).is_err());
    // Another serial number than the one that was signed.
    let at = list.windows(4).position(|part| part == [0x02, 0x02, 0x55, 0x66]).unwrap();
    let mut spoilt = list;
    spoilt[at + 3] ^= 1;
    assert!(lpakit.wait(lpakit.lpa().load_crl(&spoilt)).is_err());
    // What is not revoked still works.
    let placed = order(&stage, &request());
    download(&lpakit, &placed);
    assert_installed(&stage, &placed);
    stage.finish().unwrap();
}

#[test]
fn a_card_of_version_3_says_more_and_does_the_same() {
    let stage = Stage::builder(Program::Lpakit, "es10-version-3")
        .card(|card| card.version_3 = Some(Version3::default()))
        .start()
        .unwrap();
    let lpakit = Lpakit::open(&stage).unwrap();
    let chip = lpakit.wait(lpakit.lpa().chip()).unwrap();
    assert_eq!(chip.info.highest_svn.unwrap().0, [3, 1, 0]);
    assert_eq!(chip.addresses.additional_root_ds_addresses.len(), 1);
    let placed = order(&stage, &request());
    download(&lpakit, &placed);
    assert_installed(&stage, &placed);
    lpakit.wait(lpakit.lpa().enable(id(&placed))).unwrap();
    lpakit.wait(lpakit.lpa().rename(id(&placed), "Three")).unwrap();
    let tags = [0x5A, 0x91, 0x9F, 0x24, 0x9F, 0x25];
    let found = search(&lpakit, None, Some(&tags));
    assert_eq!(found[0].service_provider_name.as_deref(), Some(OPERATOR));
    assert_eq!(found[0].enabled_on_esim_port, Some(0));
    assert!(found[0].profile_size.is_some());
    lpakit.wait(lpakit.lpa().disable(id(&placed))).unwrap();
    lpakit.wait(lpakit.lpa().delete(id(&placed))).unwrap();
    let sent = lpakit.wait(lpakit.lpa().send_notifications()).unwrap();
    assert_eq!((sent.delivered, sent.unsent), (vec![2, 3, 4], vec![]));
    stage.finish().unwrap();
}
