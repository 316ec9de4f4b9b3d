//! Values that an app or a person gives and that cannot be meant: a typed error in every language, no identifier in it,
//! and the card as it was. And what is odd and still right: ICCIDs with letters, numbers of any size, cards of version 3.

use lpakit::card::{CardPort, ISDR_AID, IsdrChannel};
use lpakit::es10::Es10;
use lpakit::messages::{Language, meaning};
use lpakit::rsp::Object;
use lpakit::rsp::chip::{GET_EUICC_CONFIGURED_ADDRESSES, GET_EUICC_INFO2};
use lpakit::rsp::identifiers::{Aid, Eid, EidError, Iccid};
use lpakit::rsp::notifications::RetrieveNotificationsRequest;
use lpakit::rsp::profiles::{
    ProfileClass, ProfileId, ProfileInfo, ProfileInfoListRequest, ProfileInfoListResponse,
    ProfileSearch,
};
use lpakit::rsp::switching::MemoryResetRequest;
use lpakit::{Error, ErrorKind};
use lpakit_e2e::{Tap, World, WorldOptions, installed};
use lpakit_sandbox_euicc::CardSnapshot;
use lpakit_sandbox_euicc::config::Version3;
use lpakit_sandbox_smdp::metadata::Owner;
use lpakit_sandbox_smdp::order::{MatchingId, OrderRequest, ProfileSize, ProfileSource};

const MATCHING_ID: &str = "PLANTED-MATCHING-ID-4711";

/// A world with one profile on the card, switched on or off.
struct Stage {
    world: World,
    iccid: Iccid,
    before: CardSnapshot,
}

impl Stage {
    async fn with(options: WorldOptions, enabled: bool, change: fn(&mut OrderRequest)) -> Self {
        let world = World::with(options).await;
        let order = world.order_with(|order| {
            order.matching_id = MatchingId::Given(MATCHING_ID.to_owned());
            change(order);
        });
        let iccid = installed(world.download(&order).await).iccid;
        if enabled {
            world.lpa.enable(ProfileId::Iccid(iccid)).await.unwrap();
        }
        let before = snapshot(&world);
        world.journal.clear();
        Self { world, iccid, before }
    }

    async fn new(enabled: bool) -> Self {
        Self::with(WorldOptions::default(), enabled, |_| {}).await
    }

    fn id(&self) -> ProfileId {
        ProfileId::Iccid(self.iccid)
    }

    /// The error is this one, for everybody to read, and nothing that identifies stands in it; the card has not changed.
    fn refused<T>(&self, what: &str, result: Result<T, Error>, key: &str) {
        let Err(error) = result else { panic!("{what}: no error") };
        assert_eq!(error.key(), key, "{what}");
        assert_eq!(meaning(key).unwrap().kind, error.kind(), "{what}");
        let mut shown = format!("{error} {error:?}");
        for language in Language::ALL {
            let told = error.explain(*language);
            assert!(language.texts().any(|(known, _)| known == key), "{language:?} {key}");
            assert!(!told.what.is_empty(), "{language:?} {key}");
            shown.push_str(&told.to_string());
        }
        let eid = self.world.eid();
        for secret in [
            MATCHING_ID.to_owned(),
            self.iccid.to_string(),
            hex::encode_upper(self.iccid.octets()),
            eid.to_string(),
            eid.grouped(),
        ] {
            assert!(!shown.contains(&secret), "{what}: {shown}");
        }
        assert!(snapshot(&self.world) == self.before, "{what}: the card has changed");
    }

    /// As [`Self::refused`], before the card was asked anything.
    fn refused_at_once<T>(&self, what: &str, result: Result<T, Error>, key: &str) {
        self.refused(what, result, key);
        assert!(self.world.journal.lines().is_empty(), "{what}: the card was asked");
    }
}

/// From now on the card lists one profile that is off, with this ICCID and this nickname of eight octets.
fn list_instead(world: &World, iccid: &str, nickname: &str) {
    let profile = format!("E31A 5A0A{iccid} 9F700100 9008{nickname}");
    let answer = hex::decode(format!("BF2D1E A01C {profile} 9000").replace(' ', "")).unwrap();
    world.card.tap(move |command| match command {
        [_, 0xE2, _, _, _, 0xBF, 0x2D, ..] => Tap::Answer(answer.clone()),
        _ => Tap::Pass,
    });
}

fn snapshot(world: &World) -> CardSnapshot {
    world.card.look(|card| card.snapshot()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_default_address_is_a_host_name_and_nothing_else() {
    let stage = Stage::new(false).await;
    let lpa = &stage.world.lpa;
    let long_label = format!("{}.example.com", "a".repeat(64));
    let long_name = "a.".repeat(130) + "com";
    for address in [
        "https://smdp.example.com",
        "HTTPS://smdp.example.com/",
        "lpa:smdp.example.com",
        "LPA:1$smdp.example.com$TOKEN",
        "smdp example.com",
        "smdp.\texample.com",
        "smdp.example.com/gsma",
        "person@smdp.example.com",
        "smdp..example.com",
        "-smdp.example.com",
        "smdp.example.com:99999",
        "smdp.exämple.com",
        "\u{200B}",
        "\0",
        &long_label,
        &long_name,
    ] {
        let set = lpa.set_default_address(address).await;
        stage.refused_at_once(address, set, "input.default_address");
    }
    // Blanks around it come with pasting.
    lpa.set_default_address(" \u{A0}smdp.example.com\n").await.unwrap();
    let addresses = lpa.chip().await.unwrap().addresses;
    assert_eq!(addresses.default_dp_address.as_deref(), Some("smdp.example.com"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nickname_has_64_octets_and_is_never_cut() {
    let stage = Stage::new(false).await;
    let lpa = &stage.world.lpa;
    let cut_in_two = "a".repeat(63) + "ä";
    for name in ["a".repeat(65), cut_in_two, "…".repeat(22), "👪".repeat(17)] {
        let renamed = lpa.rename(stage.id(), &name).await;
        stage.refused_at_once(&name, renamed, "input.nickname_too_long");
    }
    for name in ["ä".repeat(32), "👪".repeat(16), "a\u{0}b".to_owned(), " ".to_owned()] {
        lpa.rename(stage.id(), &name).await.unwrap();
        assert_eq!(lpa.profile(stage.id()).await.unwrap().nickname, Some(name));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nickname_that_another_program_cut_inside_a_character_is_shown() {
    let stage = Stage::new(false).await;
    // "Urlaub " with the first octet of an ä.
    list_instead(&stage.world, "984405214365870921F3", "55726C61756220C3");
    let profiles = stage.world.lpa.profiles().await.unwrap();
    let names: Vec<_> = profiles.iter().map(|profile| profile.display_name()).collect();
    assert_eq!(names, ["Urlaub \u{FFFD}"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn iccids_have_18_to_20_digits() {
    for digits in ["894450123456789012", "8944501234567890123", "89445012345678901234"] {
        let world = World::new().await;
        let iccid = Iccid::from_digits(digits).unwrap();
        assert_eq!(iccid.to_string(), digits);
        let order = world.order_with(|order| {
            let (imsi, size) = (None, ProfileSize::default());
            order.profile = ProfileSource::Build { iccid: Some(iccid), imsi, size };
        });
        let done = installed(world.download(&order).await);
        assert_eq!(done.iccid, iccid, "{digits}");
        let id = ProfileId::Iccid(iccid);
        assert_eq!(world.lpa.enable(id.clone()).await.unwrap().iccid, iccid);
        assert_eq!(world.lpa.profile(id).await.unwrap().iccid.to_string(), digits);
        let waiting = world.lpa.notifications().await.unwrap();
        assert!(waiting.iter().all(|report| report.iccid == Some(iccid)), "{digits}");
    }
    for digits in ["", "89445012345678901", "894450123456789012345", "8944501234567890G2"] {
        let error = Iccid::from_digits(digits).unwrap_err();
        assert_eq!(error.to_string(), "not a valid ICCID");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn iccids_with_letters_are_kept_to_the_letter() {
    let stage = Stage::new(false).await;
    let lpa = &stage.world.lpa;
    let iccid = Iccid::from_digits("8944501234567890abCd").unwrap();
    assert_eq!(iccid.to_string(), "8944501234567890ABCD");
    list_instead(&stage.world, "9844052143658709BADC", "4C65747465727321");
    let profile = lpa.profile(ProfileId::Iccid(iccid)).await.unwrap();
    assert_eq!((profile.iccid, profile.display_name()), (iccid, "Letters!"));
    assert_eq!(lpa.profiles().await.unwrap().len(), 1);
    // The card itself does not know it; it is asked for this very one.
    let renamed = lpa.rename(ProfileId::Iccid(iccid), "x").await;
    stage.refused("rename", renamed, "card.switch.not_found");
    let commands = stage.world.journal.commands();
    assert!(commands.iter().any(|command| command.windows(10).any(|part| part == iccid.octets())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profile_that_is_not_there_is_not_there_for_any_verb() {
    let stage = Stage::new(true).await;
    let lpa = &stage.world.lpa;
    let strangers = [
        ProfileId::Iccid(Iccid::from_digits("89ABCDEF0123456789AB").unwrap()),
        ProfileId::Iccid(Iccid::from_octets([0xFF; 10])),
        ProfileId::Aid(Aid::from_hex("A0000005591010FFFFFFFF8900009900").unwrap()),
    ];
    for id in strangers {
        let key = "card.switch.not_found";
        stage.refused("enable", lpa.enable(id.clone()).await, key);
        stage.refused("disable", lpa.disable(id.clone()).await, key);
        stage.refused("delete", lpa.delete(id.clone()).await, key);
        stage.refused("rename", lpa.rename(id.clone(), "x").await, key);
        stage.refused("show", lpa.profile(id).await, key);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistyped_eid_is_found_by_its_check_digits() {
    let stage = Stage::new(false).await;
    let digits = stage.world.eid().to_string();
    assert_eq!(Eid::from_digits(&digits), Ok(stage.world.eid()));
    for place in 0..32 {
        let mut wrong = digits.clone().into_bytes();
        wrong[place] = b'0' + (wrong[place] - b'0' + 1) % 10;
        let wrong = String::from_utf8(wrong).unwrap();
        let error = Eid::from_digits(&wrong).unwrap_err();
        assert_eq!(error, EidError::CheckDigits, "digit {place}");
        assert!(!error.to_string().contains(&wrong));
        stage.refused_at_once("an EID", Err::<(), _>(Error::from(error)), "input.eid");
    }
    for (wrong, why) in [(&digits[1..], EidError::Length), ("x", EidError::Character)] {
        assert_eq!(Eid::from_digits(wrong), Err(why));
        stage.refused_at_once("an EID", Err::<(), _>(Error::from(why)), "input.eid");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_tags_bring_nothing_and_broken_ones_are_refused() {
    let stage = Stage::new(false).await;
    let lpa = &stage.world.lpa;
    let too_many = [0x5A; 65];
    for tags in [&[][..], &[0x9F], &[0x5A, 0xBF], &[0x9F, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], &too_many]
    {
        let found = lpa.search_profiles(None, Some(tags)).await;
        stage.refused_at_once(&format!("{tags:02X?}"), found, "input.search_tags");
    }
    // Well-formed, and no tag of any profile.
    for tags in [&[0x5A, 0xDF, 0x7F][..], &[0x5A, 0x9F, 0x81, 0x7E], &[0x5A, 0xFF, 0x55, 0x41]] {
        let found = lpa.search_profiles(None, Some(tags)).await.unwrap();
        let expected = ProfileInfo { iccid: Some(stage.iccid), ..ProfileInfo::default() };
        assert_eq!(found, [expected], "{tags:02X?}");
    }
    let class = ProfileSearch::Class(ProfileClass::from_code(9));
    let found = lpa.search_profiles(Some(class), None).await;
    assert!(found.is_ok_and(|found| found.is_empty()));
    assert!(snapshot(&stage.world) == stage.before, "looking changes nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_of_notifications_may_be_any_number() {
    for first in [0, 1, 127, 128, 255, 256, 32_768, 100_000] {
        let mut options = WorldOptions::default();
        options.card.first_seq_number = first;
        let stage = Stage::with(options, true, |_| {}).await;
        let lpa = &stage.world.lpa;
        // The first one told of the installation and is gone.
        let waiting = lpa.notifications().await.unwrap();
        let numbers: Vec<u32> = waiting.iter().map(|report| report.seq_number).collect();
        assert_eq!(numbers, [first + 1]);
        for absent in [0, 128, 100_000, u32::MAX].into_iter().filter(|n| *n != first + 1) {
            let which = RetrieveNotificationsRequest::SeqNumber(absent);
            assert!(lpa.signed_notifications(which).await.unwrap().is_empty(), "{absent}");
            lpa.remove_notification(absent).await.unwrap();
        }
        assert!(snapshot(&stage.world) == stage.before, "nothing was there to be removed");
        let which = RetrieveNotificationsRequest::SeqNumber(first + 1);
        assert_eq!(lpa.signed_notifications(which).await.unwrap().len(), 1);
        assert_eq!(lpa.send_notifications().await.unwrap().delivered, numbers);
        assert!(lpa.notifications().await.unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_state_or_the_rules_of_a_profile_forbid_is_refused() {
    let on = Stage::new(true).await;
    on.refused("delete", on.world.lpa.delete(on.id()).await, "card.delete.enabled");
    on.refused("enable", on.world.lpa.enable(on.id()).await, "card.switch.already");
    let off = Stage::new(false).await;
    off.refused("disable", off.world.lpa.disable(off.id()).await, "card.switch.already");

    let bound = |order: &mut OrderRequest| {
        order.metadata.ppr1 = true;
        order.metadata.ppr2 = true;
        let (mcc, mnc) = ("001".to_owned(), "01".to_owned());
        order.metadata.owner = Some(Owner { mcc, mnc, gid1: None, gid2: None });
    };
    let on = Stage::with(WorldOptions::default(), true, bound).await;
    let disabled = on.world.lpa.disable(on.id()).await;
    assert!(disabled.as_ref().is_err_and(|error| error.kind() == ErrorKind::Policy));
    on.refused("disable", disabled, "card.switch.policy");
    let off = Stage::with(WorldOptions::default(), false, bound).await;
    off.refused("delete", off.world.lpa.delete(off.id()).await, "card.switch.policy");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_of_nothing_resets_nothing() {
    let stage = Stage::new(true).await;
    let lpa = &stage.world.lpa;
    let none = MemoryResetRequest::default();
    stage.refused_at_once("no option", lpa.reset_memory(none).await, "input.reset_options");
    for what in [
        MemoryResetRequest { field_loaded_test_profiles: true, ..none },
        MemoryResetRequest { default_dp_address: true, ..none },
        // Options of version 3 on a card of version 2.
        MemoryResetRequest { pre_loaded_test_profiles: true, ..none },
        MemoryResetRequest { provisioning_profiles: true, ..none },
    ] {
        let reset = lpa.reset_memory(what).await;
        stage.refused(&format!("{what:?}"), reset, "card.reset.nothing");
    }
}

/// The card's own answer to a command, past lpakit's objects.
fn raw_answer(world: &World, command: &[u8]) -> Vec<u8> {
    let port = CardPort::Raw(Box::new(world.card.clone()));
    let aids = vec![Aid::from_octets(ISDR_AID).unwrap()];
    IsdrChannel::new(port, aids, None).command(command).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cards_of_version_3_say_is_read_without_loss() {
    for private_tags in [false, true] {
        let mut options = WorldOptions::default();
        options.card.svn = [2, 2, 2];
        options.card.version_3 = Some(Version3::default());
        options.card.quirks.private_tags = private_tags;
        let stage = Stage::with(options, true, |_| {}).await;
        let (world, lpa) = (&stage.world, &stage.world.lpa);

        let chip = lpa.chip().await.unwrap();
        assert_eq!(chip.info.svn.to_string(), "2.2.2");
        assert_eq!(chip.info.highest_svn.unwrap().to_string(), "3.1.0");
        assert_eq!(chip.info.lpa_mode, Some(0));
        assert_eq!(chip.info.signing_keys_v3, chip.info.signing_keys);
        assert_eq!(chip.info.tre_product_reference.as_deref(), Some("LPAKIT"));
        assert!(chip.info.certification_data.is_some());
        assert!(!chip.info.additional_profile_package_versions.is_empty());
        let further = &chip.addresses.additional_root_ds_addresses;
        assert_eq!(further, &Version3::default().additional_root_ds_addresses);
        assert_eq!(chip.addresses.certificate_issuers.len(), 1);
        lpa.release_card().await.unwrap();
        assert_eq!(
            hex::encode(chip.info.encode()),
            hex::encode(raw_answer(world, GET_EUICC_INFO2))
        );
        let addresses = raw_answer(world, GET_EUICC_CONFIGURED_ADDRESSES);
        assert_eq!(hex::encode(chip.addresses.encode()), hex::encode(addresses));

        let tags = [0x5A, 0x9F, 0x70, 0x95, 0x9F, 0x24, 0x9F, 0x25];
        let found = lpa.search_profiles(None, Some(&tags)).await.unwrap();
        let [profile] = &found[..] else { panic!("one profile") };
        assert_eq!(profile.enabled_on_esim_port, Some(0));
        assert!(profile.profile_size.is_some_and(|size| size > 0));
        lpa.release_card().await.unwrap();
        let request = ProfileInfoListRequest::with_tags(None, &tags).unwrap();
        let answer = raw_answer(world, &request.encode());
        let written = ProfileInfoListResponse::Profiles(found).encode();
        assert_eq!(hex::encode(written), hex::encode(answer));

        // Everything else works as on any card.
        let mut channel = IsdrChannel::new(
            CardPort::Raw(Box::new(world.card.clone())),
            vec![Aid::from_octets(ISDR_AID).unwrap()],
            None,
        );
        assert_eq!(Es10::new(&mut channel).get_eid().unwrap(), world.eid());
        drop(channel);
        lpa.disable(stage.id()).await.unwrap();
        lpa.delete(stage.id()).await.unwrap();
    }
}
