//! Listing and naming profiles.

use lpakit_rsp::identifiers::{Aid, Iccid};
use lpakit_rsp::profiles::{
    Icon, IconKind, ProfileClass, ProfileId, ProfileInfo, ProfileInfoListError,
    ProfileInfoListRequest, ProfileInfoListResponse, ProfileSearch, ProfileState,
};

use crate::support::{ICCID, OTHER_ICCID, Profile, Terminal, terminal, terminal_with};

fn with_two_profiles() -> Terminal {
    let mut terminal = terminal();
    let mut first = Profile::new(ICCID);
    first.metadata.icon = Some(Icon { kind: IconKind::Png, data: vec![1, 2, 3] });
    let second = Profile::new(OTHER_ICCID).of_class(ProfileClass::Provisioning);
    terminal.card.preload(&first.metadata, &first.package, true).unwrap();
    terminal.card.preload(&second.metadata, &second.package, false).unwrap();
    terminal
}

fn list(terminal: &mut Terminal, request: &ProfileInfoListRequest) -> Vec<ProfileInfo> {
    match terminal.call(request) {
        ProfileInfoListResponse::Profiles(profiles) => profiles,
        ProfileInfoListResponse::Error(error) => panic!("{error:?}"),
    }
}

fn search(search: ProfileSearch) -> ProfileInfoListRequest {
    ProfileInfoListRequest { search: Some(search), tag_list: Some(vec![0x5A]) }
}

#[test]
fn an_empty_card_lists_nothing() {
    assert_eq!(terminal().ask("BF2D00"), "BF2D02A000");
}

#[test]
fn without_a_tag_list_there_is_a_default_set() {
    let mut terminal = with_two_profiles();
    let profiles = list(&mut terminal, &ProfileInfoListRequest::default());
    let [first, second] = profiles.as_slice() else { panic!("two profiles") };
    assert_eq!(first.iccid, Some(Iccid::from_digits(ICCID).unwrap()));
    assert_eq!(first.isdp_aid, Aid::from_hex("A0000005591010FFFFFFFF8900001000").ok());
    assert_eq!(first.state, Some(ProfileState::Enabled));
    assert_eq!(first.service_provider_name.as_deref(), Some("Operator"));
    assert_eq!(first.profile_name.as_deref(), Some("Plan"));
    assert!(first.icon.is_some() && first.nickname.is_none());
    assert!(first.class_present && first.class == ProfileClass::Operational);
    assert!(first.notification_configurations.is_empty() && first.owner.is_none());
    assert_eq!(second.isdp_aid, Aid::from_hex("A0000005591010FFFFFFFF8900001100").ok());
    assert_eq!(second.state, Some(ProfileState::Disabled));
    assert_eq!(second.class, ProfileClass::Provisioning);
}

#[test]
fn the_tag_list_is_honoured() {
    let mut terminal = with_two_profiles();
    let iccid = "984405214365870921F3";
    assert_eq!(
        terminal.ask(&format!("BF2D11A00C5A0A{iccid}5C015A")),
        format!("BF2D10A00EE30C5A0A{iccid}")
    );
    // State, and a tag that no profile here has.
    assert_eq!(
        terminal.ask(&format!("BF2D14A00C5A0A{iccid}5C049F709F24")),
        "BF2D08A006E3049F700101"
    );
    let all = ProfileInfoListRequest {
        search: None,
        tag_list: Some(ProfileInfoListRequest::LIST_TAGS.to_vec()),
    };
    let profiles = list(&mut terminal, &all);
    assert!(profiles.iter().all(|profile| profile.icon.is_none()));
    assert!(profiles.iter().all(|profile| profile.owner.is_some()));
    assert!(profiles.iter().all(|profile| profile.notification_configurations.len() == 1));
}

#[test]
fn profiles_are_found_by_iccid_aid_and_class() {
    let mut terminal = with_two_profiles();
    let iccids = |profiles: Vec<ProfileInfo>| -> Vec<String> {
        profiles.iter().filter_map(|profile| profile.iccid).map(|iccid| iccid.to_string()).collect()
    };
    let aid = Aid::from_hex("A0000005591010FFFFFFFF8900001100").unwrap();
    let by_aid = list(&mut terminal, &search(ProfileSearch::Id(ProfileId::Aid(aid))));
    assert_eq!(iccids(by_aid), [OTHER_ICCID]);
    let iccid = Iccid::from_digits(ICCID).unwrap();
    let by_iccid = list(&mut terminal, &search(ProfileSearch::Id(ProfileId::Iccid(iccid))));
    assert_eq!(iccids(by_iccid), [ICCID]);
    for (class, expected) in [
        (ProfileClass::Operational, vec![ICCID]),
        (ProfileClass::Provisioning, vec![OTHER_ICCID]),
        (ProfileClass::Test, vec![]),
    ] {
        let found = list(&mut terminal, &search(ProfileSearch::Class(class)));
        assert_eq!(iccids(found), expected);
    }
    let nobody = Iccid::from_digits("8900000000000000000").unwrap();
    let none = list(&mut terminal, &search(ProfileSearch::Id(ProfileId::Iccid(nobody))));
    assert!(none.is_empty());
}

#[test]
fn a_tag_list_that_breaks_off_is_an_incorrect_input() {
    let mut terminal = with_two_profiles();
    let request = ProfileInfoListRequest { search: None, tag_list: Some(vec![0x5A, 0x9F]) };
    let answer: ProfileInfoListResponse = terminal.call(&request);
    let expected = ProfileInfoListError::IncorrectInputValues;
    assert_eq!(answer, ProfileInfoListResponse::Error(expected));
}

#[test]
fn tags_of_any_length_may_be_asked_for_and_unknown_ones_are_passed_over() {
    let mut terminal = with_two_profiles();
    let iccid = "984405214365870921F3";
    let ask = |terminal: &mut Terminal, tags: &str| {
        let length = tags.len() / 2;
        let list = format!("A00C5A0A{iccid}5C{length:02X}{tags}");
        terminal.ask(&format!("BF2D{:02X}{list}", list.len() / 2))
    };
    let state = "BF2D08A006E3049F700101";
    for tags in
        ["9F70", "C19F70", "9F70DF8101", "9F8F019F70", "00CF9F70", "9F709F70", "DFFFFF7F9F70"]
    {
        assert_eq!(ask(&mut terminal, tags), state, "{tags}");
    }
    assert_eq!(ask(&mut terminal, ""), "BF2D04A002E300");
    assert_eq!(ask(&mut terminal, "C1"), "BF2D04A002E300");
    for broken in ["9F", "5A9F", "9F81", "9FFFFFFFFF01"] {
        assert_eq!(ask(&mut terminal, broken), "BF2D03810101", "{broken}");
    }
}

#[test]
fn a_search_for_nonsense_is_an_incorrect_input() {
    let mut terminal = with_two_profiles();
    for criteria in [
        "A000",
        "A0024F00",
        "A00B5A09984405214365870921",
        "A0035A0198",
        "A0029500",
        "A003910141",
        "A006950102950102",
        "A00195",
    ] {
        let answer = terminal.ask(&format!("BF2D{:02X}{criteria}", criteria.len() / 2));
        assert_eq!(answer, "BF2D03810101", "{criteria}");
    }
    assert_eq!(terminal.ask("BF2D05A003950109"), "BF2D02A000");
    assert_eq!(terminal.refuse("BF2D02A005"), "6A80");
    // What stands beside the criteria and is not known does no harm.
    assert_eq!(terminal.ask("BF2D08A003950100C10100"), "BF2D02A000");
}

#[test]
fn iccids_have_18_to_20_digits_and_letters_among_them() {
    let iccids = [
        "894450123456789012",
        "89445012345678901234",
        "8944501A3456B890C23",
        "8944501234567890123",
    ];
    for filled in [true, false] {
        let mut terminal = terminal_with(|config| config.quirks.iccid_without_filler = !filled);
        for iccid in iccids {
            let profile = Profile::new(iccid);
            terminal.card.preload(&profile.metadata, &profile.package, false).unwrap();
        }
        let request = ProfileInfoListRequest { search: None, tag_list: Some(vec![0x5A]) };
        let listed: Vec<String> = list(&mut terminal, &request)
            .iter()
            .filter_map(|profile| profile.iccid.map(|iccid| iccid.to_string()))
            .collect();
        assert_eq!(listed, iccids);
        let raw = terminal.ask("BF2D035C015A");
        assert_eq!(raw.contains("5A0A984405214365870921FF"), filled);
        assert_eq!(raw.contains("5A09984405214365870921E3"), !filled);
        assert!(
            raw.contains("5A0A98440521436587092143") && raw.contains("5A0A984405A143658B092CF3")
        );
        // Each is found by its ten octets.
        for iccid in iccids {
            let wanted = Iccid::from_digits(iccid).unwrap();
            let one = list(&mut terminal, &search(ProfileSearch::Id(ProfileId::Iccid(wanted))));
            assert_eq!(one.len(), 1);
        }
    }
}

#[test]
fn a_nickname_is_set_kept_and_taken_away() {
    let mut terminal = with_two_profiles();
    let iccid = "984405214365870921F3";
    let shown = format!("BF2D11A00C5A0A{iccid}5C0190");
    assert_eq!(terminal.ask(&format!("BF29105A0A{iccid}90024869")), "BF2903800100");
    assert_eq!(terminal.ask(&shown), "BF2D08A006E30490024869");
    terminal.start();
    assert_eq!(terminal.ask(&shown), "BF2D08A006E30490024869");
    assert_eq!(terminal.ask(&format!("BF290E5A0A{iccid}9000")), "BF2903800100");
    assert_eq!(terminal.ask(&shown), "BF2D04A002E300");
}

#[test]
fn a_nickname_needs_a_profile_and_at_most_64_octets() {
    let mut terminal = with_two_profiles();
    let nobody = "98440521436587092100";
    assert_eq!(terminal.ask(&format!("BF290E5A0A{nobody}9000")), "BF2903800101");
    let iccid = "984405214365870921F3";
    let name = |length: usize| format!("{length:02X}{}", "41".repeat(length));
    assert_eq!(terminal.ask(&format!("BF294E5A0A{iccid}90{}", name(64))), "BF2903800100");
    assert_eq!(terminal.refuse(&format!("BF294F5A0A{iccid}90{}", name(65))), "6A80");
}

#[test]
fn one_iccid_is_there_once_and_memory_is_limited() {
    let mut terminal = with_two_profiles();
    let again = Profile::new(ICCID);
    assert!(terminal.card.preload(&again.metadata, &again.package, false).is_err());
    let large = Profile::new("8944500000000000025");
    let package = vec![0; 600 * 1024];
    assert!(terminal.card.preload(&large.metadata, &package, false).is_err());
}
