//! Downloads that succeed.

use lpakit_rsp::Object;
use lpakit_rsp::chip::EuiccInfo2;
use lpakit_rsp::identifiers::Iccid;
use lpakit_rsp::installation::{InstallOutcome, ProfileInstallationResult, SimaResponse};
use lpakit_rsp::notifications::{
    Event, EventSet, PendingNotification, RetrieveNotificationsRequest,
};
use lpakit_rsp::profiles::{
    Icon, IconKind, NotificationConfiguration, ProfileInfo, ProfileInfoListRequest,
    ProfileInfoListResponse, ProfileState,
};
use lpakit_sandbox_euicc::nvm::MemoryNvm;

use crate::notifications::{list, remove, retrieve};
use crate::support::{
    ADDRESS, Bound, ICCID, OTHER_ICCID, Profile, Recipe, Server, Terminal, card_in, terminal,
};

pub fn is_success(result: &ProfileInstallationResult) -> bool {
    matches!(result.data.outcome, InstallOutcome::Success { .. })
}

pub fn profiles(terminal: &mut Terminal) -> Vec<ProfileInfo> {
    let tags = vec![0x5A, 0x4F, 0x9F, 0x70, 0x91, 0x92, 0x93, 0x94, 0x95, 0xB6, 0xB7, 0xB8, 0x99];
    let request = ProfileInfoListRequest { search: None, tag_list: Some(tags) };
    match terminal.call(&request) {
        ProfileInfoListResponse::Profiles(profiles) => profiles,
        ProfileInfoListResponse::Error(error) => panic!("{error:?}"),
    }
}

pub fn iccids(terminal: &mut Terminal) -> Vec<String> {
    profiles(terminal).iter().filter_map(|profile| profile.iccid).map(|id| id.to_string()).collect()
}

fn free_memory(terminal: &mut Terminal) -> u32 {
    let info = EuiccInfo2::decode(&terminal.answer(&[0xBF, 0x22, 0x00])).unwrap();
    info.ext_card_resource.free_non_volatile
}

#[test]
fn a_profile_bound_with_session_keys_is_installed() {
    let mut terminal = terminal();
    let profile = Profile::new(ICCID);
    let result = Server::download(1, &mut terminal, &Recipe::new(&profile));
    let InstallOutcome::Success { isdp_aid, sima_response } = &result.data.outcome else {
        panic!("{:?}", result.data.outcome);
    };
    assert_eq!(isdp_aid.to_string(), "A0000005591010FFFFFFFF8900001000");
    assert_eq!(SimaResponse::read_lenient(sima_response), SimaResponse::ok());
    assert_eq!(result.data.transaction_id, Server::new(1).id());
    assert_eq!(result.data.smdp_oid.to_string(), "2.999.10");
    assert_eq!(result.data.notification.seq_number, 1);
    assert_eq!(result.data.notification.address, ADDRESS);
    assert_eq!(result.data.notification.iccid, Some(profile.metadata.iccid));
    assert_eq!(result.data.notification.events, EventSet::of(&[Event::Install]));

    let [installed] = &profiles(&mut terminal)[..] else { panic!("one profile") };
    assert_eq!(installed.iccid, Some(profile.metadata.iccid));
    assert_eq!(installed.state, Some(ProfileState::Disabled));
    assert_eq!(installed.owner, profile.metadata.owner);
    assert_eq!(installed.notification_configurations, profile.metadata.notification_configurations);
    assert_eq!(terminal.card.profile_package(&profile.metadata.iccid).unwrap(), profile.package);
}

#[test]
fn a_profile_bound_with_replaced_keys_is_installed() {
    let mut terminal = terminal();
    let mut profile = Profile::new(ICCID);
    profile.metadata.icon = Some(Icon { kind: IconKind::Png, data: vec![0x77; 1024] });
    profile.package = Profile::package(&profile.metadata.iccid, 20_000);
    let recipe = Recipe::new(&profile).with_replaced_keys();
    assert!(is_success(&Server::download(1, &mut terminal, &recipe)));
    assert_eq!(terminal.card.profile_package(&profile.metadata.iccid).unwrap(), profile.package);
    assert_eq!(profiles(&mut terminal)[0].icon, profile.metadata.icon);
}

#[test]
fn segments_as_lpac_sends_them_are_taken() {
    let mut terminal = terminal();
    let mut recipe = Recipe::new(&Profile::new(ICCID)).with_replaced_keys();
    // So small that ConfigureISDP and ReplaceSessionKeys need several 87s.
    recipe.segment = 42;
    let bound = Server::ready(1, &mut terminal).bind(&recipe);
    assert!(bound.replace.len() > 1);
    assert!(is_success(&Bound::send(&mut terminal, &bound.whole_segments())));
}

#[test]
fn parts_of_many_small_segments_are_joined() {
    let mut terminal = terminal();
    let profile = Profile::new(ICCID);
    let mut recipe = Recipe::new(&profile).with_replaced_keys();
    recipe.segment = 42;
    recipe.configure = hex::decode("BF2420B81E800388370A8117")
        .map(|mut octets| {
            octets.extend([0x55; 23]);
            octets
        })
        .unwrap();
    let bound = Server::ready(1, &mut terminal).bind(&recipe);
    assert!(bound.configure.len() > 1 && bound.metadata.len() > 1 && bound.replace.len() > 1);
    assert!(is_success(&bound.load(&mut terminal)));
    assert_eq!(terminal.card.profile_package(&profile.metadata.iccid).unwrap(), profile.package);
    let proprietary = profiles(&mut terminal)[0].dp_proprietary_data.clone().unwrap();
    assert_eq!(proprietary[..5], [0x80, 0x03, 0x88, 0x37, 0x0A]);
}

#[test]
fn any_block_size_will_do() {
    for block in [6, 120, 254] {
        let mut terminal = terminal();
        terminal.block = block;
        let mut profile = Profile::new(ICCID);
        profile.package = Profile::package(&profile.metadata.iccid, 100);
        assert!(is_success(&Server::download(1, &mut terminal, &Recipe::new(&profile))));
    }
}

#[test]
fn a_package_longer_than_the_standard_allows_is_taken_unless_the_card_is_strict() {
    let mut terminal = terminal();
    terminal.card.configure(|config| config.quirks.max_segment = Some(1020)).unwrap();
    let recipe = Recipe::new(&Profile::new(ICCID));
    assert!(is_success(&Server::download(1, &mut terminal, &recipe)));
    terminal.card.configure(|config| config.quirks.max_segment = Some(1019)).unwrap();
    let recipe = Recipe::new(&Profile::new(OTHER_ICCID));
    assert!(!is_success(&Server::download(2, &mut terminal, &recipe)));
}

#[test]
fn the_result_is_a_pending_notification_with_the_same_bytes() {
    let mut terminal = terminal();
    let server = Server::ready(1, &mut terminal);
    let segments = server.bind(&Recipe::new(&Profile::new(ICCID))).segments();
    let answers: Vec<Vec<u8>> = segments.iter().map(|segment| terminal.answer(segment)).collect();
    let (last, before) = answers.split_last().unwrap();
    assert!(before.iter().all(Vec::is_empty));
    terminal.start();
    let pending = retrieve(&mut terminal, RetrieveNotificationsRequest::SeqNumber(1));
    let [PendingNotification::Installation(result)] = &pending[..] else { panic!("one result") };
    assert_eq!(result.raw(), last);
    remove(&mut terminal, 1);
    assert!(list(&mut terminal, None).is_empty());
}

#[test]
fn other_addresses_that_want_installs_are_told_after_the_server() {
    let mut terminal = terminal();
    let mut profile = Profile::new(ICCID);
    for (events, address) in [
        (vec![Event::Install, Event::Enable], "other.test"),
        (vec![Event::Enable], "not-installs.test"),
        // The SM-DP+ itself, in other letters, has the result.
        (vec![Event::Install], "SMDP.test"),
    ] {
        profile.metadata.notification_configurations.push(NotificationConfiguration {
            events: EventSet::of(&events),
            address: address.to_owned(),
        });
    }
    assert!(is_success(&Server::download(1, &mut terminal, &Recipe::new(&profile))));
    let told: Vec<(u32, String)> = list(&mut terminal, None)
        .into_iter()
        .map(|entry| (entry.seq_number, entry.address))
        .collect();
    assert_eq!(told, [(1, ADDRESS.to_owned()), (2, "other.test".to_owned())]);
}

#[test]
fn a_second_profile_has_its_own_isdp_and_takes_its_own_memory() {
    let nvm = MemoryNvm::new();
    let mut terminal = Terminal::with(card_in(nvm.clone(), Default::default()));
    let before = free_memory(&mut terminal);
    let first = Profile::new(ICCID);
    Server::download(1, &mut terminal, &Recipe::new(&first));
    let taken = before - free_memory(&mut terminal);
    let overhead = terminal.card.config().profile_overhead;
    assert_eq!(taken, u32::try_from(first.package.len()).unwrap() + overhead);
    let second = Recipe::new(&Profile::new(OTHER_ICCID));
    assert!(is_success(&Server::download(2, &mut terminal, &second)));
    assert_eq!(iccids(&mut terminal), [ICCID, OTHER_ICCID]);
    assert_eq!(nvm.blob_count(), 2);
    let info = EuiccInfo2::decode(&terminal.answer(&[0xBF, 0x22, 0x00])).unwrap();
    assert_eq!(info.ext_card_resource.installed_applications, 2);
}

#[test]
fn other_functions_may_come_between_the_steps() {
    let mut terminal = terminal();
    let server = Server::ready(1, &mut terminal);
    let segments = server.bind(&Recipe::new(&Profile::new(ICCID))).segments();
    for segment in &segments {
        assert!(terminal.ask("BF3E035C015A").starts_with("BF3E12"));
        let data = terminal.answer(segment);
        assert!(terminal.ask("BF2D00").starts_with("BF2D"));
        assert_eq!(data.is_empty(), segment != segments.last().unwrap());
    }
    assert_eq!(iccids(&mut terminal), [ICCID]);
}

#[test]
fn a_profile_appears_only_when_it_is_whole() {
    let mut terminal = terminal();
    let server = Server::ready(1, &mut terminal);
    let segments = server.bind(&Recipe::new(&Profile::new(ICCID))).segments();
    for segment in &segments {
        assert!(iccids(&mut terminal).is_empty());
        terminal.answer(segment);
    }
    assert_eq!(iccids(&mut terminal), [ICCID]);
}

#[test]
fn metadata_is_kept_as_it_came() {
    let mut terminal = terminal();
    let mut recipe = Recipe::new(&Profile::new(ICCID));
    // The class written out, as half of the servers do, and an element of a later version.
    let mut content = lpakit_rsp::tlv::Tlv::parse(&recipe.metadata).unwrap().value.to_vec();
    content.extend([0x95, 0x01, 0x02, 0x9B, 0x01, 0x41]);
    recipe.metadata = lpakit_rsp::tlv::encode(lpakit_rsp::Tag::new(0xBF25), &content);
    assert!(is_success(&Server::download(1, &mut terminal, &recipe)));
    let iccid = hex::encode_upper(Iccid::from_digits(ICCID).unwrap().octets());
    assert_eq!(terminal.ask(&format!("BF2D11A00C5A0A{iccid}5C0195")), "BF2D07A005E303950102");
}
