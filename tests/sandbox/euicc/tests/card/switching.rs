//! Enable, disable, delete, memory reset: results and policy.

use lpakit_rsp::identifiers::{Aid, Iccid};
use lpakit_rsp::profiles::{ProfileClass, ProfileId};
use lpakit_rsp::switching::{
    DeleteProfileRequest, DeleteProfileResponse, DeleteResult, DisableProfileRequest,
    DisableProfileResponse, DisableResult, EnableProfileRequest, EnableProfileResponse,
    EnableResult, MemoryResetRequest, MemoryResetResponse, MemoryResetResult,
};
use lpakit_sandbox_euicc::config::Version3;
use lpakit_sandbox_euicc::nvm::MemoryNvm;

use crate::support::{
    ICCID, OTHER_ICCID, Profile, Recipe, Server, Terminal, card_in, terminal, terminal_with,
};

const THIRD_ICCID: &str = "8944500000000000033";
const FIELD_LOADED: &str = "8944500000000000041";
const NOBODY: &str = "8900000000000000000";

fn id(iccid: &str) -> ProfileId {
    ProfileId::Iccid(Iccid::from_digits(iccid).unwrap())
}

pub fn put(terminal: &mut Terminal, profile: &Profile, enabled: bool) {
    terminal.card.preload(&profile.metadata, &profile.package, enabled).unwrap();
}

pub fn enable(terminal: &mut Terminal, profile: ProfileId) -> EnableResult {
    let request = EnableProfileRequest::new(profile, false);
    terminal.call::<EnableProfileResponse>(&request).result
}

pub fn disable(terminal: &mut Terminal, profile: ProfileId) -> DisableResult {
    let request = DisableProfileRequest { profile, refresh: false };
    terminal.call::<DisableProfileResponse>(&request).0
}

pub fn delete(terminal: &mut Terminal, profile: ProfileId) -> DeleteResult {
    terminal.call::<DeleteProfileResponse>(&DeleteProfileRequest(profile)).0
}

fn memory_reset(terminal: &mut Terminal, request: MemoryResetRequest) -> MemoryResetResult {
    terminal.call::<MemoryResetResponse>(&request).0
}

/// ICCIDs of the enabled profiles, as the card lists states.
fn enabled(terminal: &mut Terminal) -> Vec<&'static str> {
    [ICCID, OTHER_ICCID, THIRD_ICCID]
        .into_iter()
        .filter(|iccid| {
            let octets = hex::encode_upper(Iccid::from_digits(iccid).unwrap().octets());
            let answer = terminal.ask(&format!("BF2D12A00C5A0A{octets}5C029F70"));
            answer.ends_with("9F700101")
        })
        .collect()
}

#[test]
fn enabling_switches_the_other_profile_off() {
    let mut terminal = terminal();
    put(&mut terminal, &Profile::new(ICCID), false);
    put(&mut terminal, &Profile::new(OTHER_ICCID), false);
    assert_eq!(enable(&mut terminal, id(ICCID)), EnableResult::Ok);
    assert_eq!(enabled(&mut terminal), [ICCID]);
    let aid = Aid::from_hex("A0000005591010FFFFFFFF8900001100").unwrap();
    assert_eq!(enable(&mut terminal, ProfileId::Aid(aid)), EnableResult::Ok);
    assert_eq!(enabled(&mut terminal), [OTHER_ICCID]);
    terminal.start();
    assert_eq!(enabled(&mut terminal), [OTHER_ICCID]);
}

#[test]
fn enable_and_disable_have_a_result_for_every_wrong_state() {
    let mut terminal = terminal();
    put(&mut terminal, &Profile::new(ICCID), true);
    put(&mut terminal, &Profile::new(OTHER_ICCID), false);
    assert_eq!(enable(&mut terminal, id(NOBODY)), EnableResult::IccidOrAidNotFound);
    assert_eq!(enable(&mut terminal, id(ICCID)), EnableResult::ProfileNotInDisabledState);
    assert_eq!(disable(&mut terminal, id(NOBODY)), DisableResult::IccidOrAidNotFound);
    assert_eq!(disable(&mut terminal, id(OTHER_ICCID)), DisableResult::ProfileNotInEnabledState);
    assert_eq!(disable(&mut terminal, id(ICCID)), DisableResult::Ok);
    assert_eq!(enabled(&mut terminal), [""; 0]);
}

#[test]
fn ppr1_keeps_a_profile_on() {
    let mut terminal = terminal();
    put(&mut terminal, &Profile::new(ICCID).with_rules(&[1]), true);
    put(&mut terminal, &Profile::new(OTHER_ICCID), false);
    put(&mut terminal, &Profile::new(THIRD_ICCID).of_class(ProfileClass::Test), false);
    assert_eq!(disable(&mut terminal, id(ICCID)), DisableResult::DisallowedByPolicy);
    assert_eq!(enable(&mut terminal, id(OTHER_ICCID)), EnableResult::DisallowedByPolicy);
    assert_eq!(enabled(&mut terminal), [ICCID]);
    // A test profile may step in front of it, and then only it comes back.
    assert_eq!(enable(&mut terminal, id(THIRD_ICCID)), EnableResult::Ok);
    assert_eq!(enable(&mut terminal, id(OTHER_ICCID)), EnableResult::WrongProfileReenabling);
    assert_eq!(disable(&mut terminal, id(THIRD_ICCID)), DisableResult::Ok);
    assert_eq!(enabled(&mut terminal), [ICCID]);
}

#[test]
fn a_profile_comes_back_from_behind_a_test_profile_by_being_enabled() {
    let mut terminal = terminal();
    put(&mut terminal, &Profile::new(ICCID), true);
    put(&mut terminal, &Profile::new(OTHER_ICCID), false);
    put(&mut terminal, &Profile::new(THIRD_ICCID).of_class(ProfileClass::Test), false);
    assert_eq!(enable(&mut terminal, id(THIRD_ICCID)), EnableResult::Ok);
    assert_eq!(enable(&mut terminal, id(ICCID)), EnableResult::Ok);
    assert_eq!(enable(&mut terminal, id(OTHER_ICCID)), EnableResult::Ok);
    assert_eq!(enabled(&mut terminal), [OTHER_ICCID]);
}

#[test]
fn only_disabled_profiles_without_ppr2_are_deleted() {
    let nvm = MemoryNvm::new();
    let mut terminal = Terminal::with(card_in(nvm.clone(), Default::default()));
    put(&mut terminal, &Profile::new(ICCID), true);
    put(&mut terminal, &Profile::new(OTHER_ICCID).with_rules(&[2]), false);
    assert_eq!(delete(&mut terminal, id(NOBODY)), DeleteResult::IccidOrAidNotFound);
    assert_eq!(delete(&mut terminal, id(ICCID)), DeleteResult::ProfileNotInDisabledState);
    assert_eq!(delete(&mut terminal, id(OTHER_ICCID)), DeleteResult::DisallowedByPolicy);
    assert_eq!(disable(&mut terminal, id(ICCID)), DisableResult::Ok);
    assert_eq!(nvm.blob_count(), 2);
    assert_eq!(delete(&mut terminal, id(ICCID)), DeleteResult::Ok);
    assert_eq!(delete(&mut terminal, id(ICCID)), DeleteResult::IccidOrAidNotFound);
    assert_eq!(nvm.blob_count(), 1);
    // The identifier stands in the request without A0; with it, it is no identifier.
    let iccid = hex::encode_upper(Iccid::from_digits(OTHER_ICCID).unwrap().octets());
    assert_eq!(terminal.refuse(&format!("BF330EA00C5A0A{iccid}")), "6A80");
}

#[test]
fn a_freed_isdp_aid_is_given_out_again() {
    let mut terminal = terminal();
    put(&mut terminal, &Profile::new(ICCID), false);
    put(&mut terminal, &Profile::new(OTHER_ICCID), false);
    assert_eq!(delete(&mut terminal, id(ICCID)), DeleteResult::Ok);
    put(&mut terminal, &Profile::new(THIRD_ICCID), false);
    let aid = Aid::from_hex("A0000005591010FFFFFFFF8900001000").unwrap();
    assert_eq!(enable(&mut terminal, ProfileId::Aid(aid)), EnableResult::Ok);
    assert_eq!(enabled(&mut terminal), [THIRD_ICCID]);
}

#[test]
fn a_busy_terminal_is_left_alone_so_often() {
    let mut terminal = terminal_with(|config| config.quirks.cat_busy = 3);
    put(&mut terminal, &Profile::new(ICCID), false);
    assert_eq!(enable(&mut terminal, id(ICCID)), EnableResult::CatBusy);
    assert_eq!(disable(&mut terminal, id(ICCID)), DisableResult::CatBusy);
    let all = MemoryResetRequest { operational_profiles: true, ..Default::default() };
    assert_eq!(memory_reset(&mut terminal, all), MemoryResetResult::CatBusy);
    assert_eq!(enable(&mut terminal, id(ICCID)), EnableResult::Ok);
    terminal.start();
    assert_eq!(disable(&mut terminal, id(ICCID)), DisableResult::CatBusy);
}

/// A card with an operational, a preloaded test, a field-loaded test and a provisioning profile.
fn with_every_class(version_3: bool) -> Terminal {
    let mut terminal = terminal_with(|config| config.version_3 = version_3.then(Version3::default));
    put(&mut terminal, &Profile::new(ICCID).with_rules(&[1, 2]), true);
    put(&mut terminal, &Profile::new(OTHER_ICCID).of_class(ProfileClass::Test), false);
    put(&mut terminal, &Profile::new(THIRD_ICCID).of_class(ProfileClass::Provisioning), false);
    let test = Profile::new(FIELD_LOADED).of_class(ProfileClass::Test);
    let result = Server::download(1, &mut terminal, &Recipe::new(&test));
    assert!(crate::install::is_success(&result));
    terminal
}

/// eUICCMemoryReset with the content of this BIT STRING; gives the result and which profiles are left.
fn reset_with(terminal: &mut Terminal, bits: &str) -> (String, Vec<String>) {
    let length = bits.len() / 2;
    let answer = terminal.ask(&format!("BF34{:02X}82{length:02X}{bits}", length + 2));
    let left = terminal.card.iccids().iter().map(ToString::to_string).collect();
    (answer.strip_prefix("BF34038001").unwrap().to_owned(), left)
}

#[test]
fn memory_reset_deletes_what_it_is_told_to_whatever_the_policy() {
    let mut terminal = with_every_class(false);
    let all = [ICCID, OTHER_ICCID, THIRD_ICCID, FIELD_LOADED];
    let reset = |terminal: &mut Terminal, bits, result: &str, left: &[&str]| {
        let (given, kept) = reset_with(terminal, bits);
        assert_eq!(
            (given.as_str(), kept),
            (result, left.iter().map(ToString::to_string).collect())
        );
    };
    // No option, options of v3, options nobody knows: nothing to delete.
    reset(&mut terminal, "00", "01", &all);
    reset(&mut terminal, "0318", "01", &all);
    reset(&mut terminal, "0007", "01", &all);
    let field_loaded = [ICCID, OTHER_ICCID, THIRD_ICCID];
    reset(&mut terminal, "0640", "00", &field_loaded);
    reset(&mut terminal, "0640", "01", &field_loaded);
    assert_eq!(enabled(&mut terminal), [ICCID]);
    let told = terminal.card.status().unwrap().notifications.len();
    reset(&mut terminal, "0780", "00", &[OTHER_ICCID, THIRD_ICCID]);
    assert_eq!(terminal.card.status().unwrap().notifications.len(), told + 1);
    assert_eq!(enabled(&mut terminal), [""; 0]);
    // What brings connectivity for downloads stays.
    assert_eq!(enable(&mut terminal, id(THIRD_ICCID)), EnableResult::Ok);
}

#[test]
fn a_card_of_version_3_deletes_preloaded_and_provisioning_profiles_too() {
    let mut terminal = with_every_class(true);
    let without = |missing: &[&str]| -> Vec<String> {
        let all = [ICCID, OTHER_ICCID, THIRD_ICCID, FIELD_LOADED];
        all.iter().filter(|it| !missing.contains(it)).map(ToString::to_string).collect()
    };
    assert_eq!(reset_with(&mut terminal, "0410"), ("00".into(), without(&[OTHER_ICCID])));
    let gone = without(&[OTHER_ICCID, THIRD_ICCID]);
    assert_eq!(reset_with(&mut terminal, "0308"), ("00".into(), gone));
    // Trailing zero bits need not be trimmed.
    assert_eq!(reset_with(&mut terminal, "00C0"), ("00".into(), Vec::new()));
}

#[test]
fn memory_reset_wants_options_it_can_read() {
    let mut terminal = with_every_class(false);
    let before = terminal.card.snapshot().unwrap();
    for broken in ["BF3400", "BF3403810180", "BF34028200", "BF3404820208E0", "BF3403820107"] {
        assert_eq!(terminal.refuse(broken), "6A80", "{broken}");
    }
    assert_eq!(terminal.card.snapshot().unwrap(), before);
}

#[test]
fn an_iccid_is_named_in_ten_octets() {
    let mut terminal = terminal();
    let profile = Profile::new("894450123456789012");
    put(&mut terminal, &profile, false);
    let short = "984405214365870921";
    for command in [
        format!("BF3110A00B5A09{short}810100"),
        format!("BF3210A00B5A09{short}810100"),
        format!("BF330B5A09{short}"),
        format!("BF290D5A09{short}9000"),
    ] {
        assert_eq!(terminal.refuse(&command), "6A80", "{command}");
    }
    assert_eq!(terminal.ask(&format!("BF3111A00C5A0A{short}FF810100")), "BF3103800100");
    assert_eq!(terminal.ask(&format!("BF3211A00C5A0A{short}FF810100")), "BF3203800100");
    assert_eq!(terminal.ask(&format!("BF330C5A0A{short}FF")), "BF3303800100");
}

#[test]
fn memory_reset_brings_the_makers_address_back() {
    let mut terminal =
        terminal_with(|config| config.default_dp_address = Some("maker.example".to_owned()));
    let address = MemoryResetRequest { default_dp_address: true, ..Default::default() };
    assert_eq!(memory_reset(&mut terminal, address), MemoryResetResult::NothingToDelete);
    assert_eq!(terminal.ask("BF3F028000"), "BF3F03800100");
    assert_eq!(memory_reset(&mut terminal, address), MemoryResetResult::Ok);
    assert!(terminal.ask("BF3C00").contains(&hex::encode_upper("maker.example")));
    assert_eq!(terminal.refuse("BF3400"), "6A80");
}
