//! Downloads that the card refuses, each for its own reason.

use lpakit_rsp::chip::OperatorId;
use lpakit_rsp::identifiers::{Iccid, MccMnc};
use lpakit_rsp::installation::{
    BppCommandId, InstallErrorReason, InstallOutcome, ProfileInstallationResult, SimaResponse,
};
use lpakit_rsp::profiles::ProfileClass;
use lpakit_rsp::session::{CancelReason, CancelSessionError, CancelSessionResponse};
use lpakit_rsp::tlv::{Tag, encode};
use lpakit_sandbox_crypto::OneTimeKeyPair;
use lpakit_sandbox_crypto::SeededRandom;
use lpakit_sandbox_euicc::config::{AllowedOperator, AuthorisationRule, PolicyRuleSet};

use crate::authenticate::cancel;
use crate::install::{iccids, is_success};
use crate::notifications::list;
use crate::support::{
    ICCID, OTHER_ICCID, Profile, Recipe, Server, Terminal, terminal, terminal_with,
};

type Refusal = (BppCommandId, InstallErrorReason);

fn refusal_of(result: &ProfileInstallationResult) -> Refusal {
    match &result.data.outcome {
        InstallOutcome::Failure { command, reason, .. } => (*command, *reason),
        InstallOutcome::Success { .. } => panic!("the profile was installed"),
    }
}

/// How this terminal's card refuses a package; the result is pending, the session over, nothing installed.
fn refusal_by(terminal: &mut Terminal, recipe: &Recipe) -> Refusal {
    let before = (iccids(terminal), list(terminal, None).len());
    let result = Server::download(9, terminal, recipe);
    assert_eq!(result.data.transaction_id, Server::new(9).id());
    let pending = list(terminal, None);
    assert_eq!(pending.last(), Some(&result.data.notification));
    assert_eq!((iccids(terminal), pending.len()), (before.0, before.1 + 1));
    let over = cancel(terminal, Server::new(9).id(), CancelReason::LoadBppExecutionError);
    let invalid = CancelSessionResponse::Error(CancelSessionError::InvalidTransactionId);
    assert_eq!(over, invalid);
    refusal_of(&result)
}

fn refusal(change: impl FnOnce(&mut Recipe)) -> Refusal {
    let mut recipe = Recipe::new(&Profile::new(ICCID));
    change(&mut recipe);
    refusal_by(&mut terminal(), &recipe)
}

#[test]
fn the_secure_channel_is_checked_first() {
    let first = BppCommandId::InitialiseSecureChannel;
    assert_eq!(
        refusal(|recipe| recipe.remote_op_id = 2),
        (first, InstallErrorReason::UnsupportedRemoteOperationType)
    );
    assert_eq!(
        refusal(|recipe| recipe.transaction_id = Some(vec![8; 16])),
        (first, InstallErrorReason::InvalidTransactionId)
    );
    assert_eq!(
        refusal(|recipe| recipe.key_type = 0x80),
        (first, InstallErrorReason::UnsupportedCrtValues)
    );
    assert_eq!(
        refusal(|recipe| recipe.key_length = 0x20),
        (first, InstallErrorReason::UnsupportedCrtValues)
    );
    let invalid = (first, InstallErrorReason::InvalidSignature);
    assert_eq!(refusal(|recipe| recipe.after_signing = |bf23| bf23.signature[5] ^= 1), invalid);
    assert_eq!(refusal(|recipe| recipe.after_signing = |bf23| bf23.host_id.push(0)), invalid);
    let no_key = |recipe: &mut Recipe| recipe.after_signing = |bf23| bf23.smdp_otpk.clear();
    assert_eq!(refusal(no_key), invalid);
}

#[test]
fn a_point_off_the_curve_is_an_incorrect_input_even_when_signed() {
    let mut terminal = terminal();
    let server = Server::ready(9, &mut terminal);
    let mut bound = server.bind(&Recipe::new(&Profile::new(ICCID)));
    // The server signs nonsense: build BF23 anew around a point that is none.
    let mut request =
        <lpakit_rsp::bpp::InitialiseSecureChannel as lpakit_rsp::Object>::decode(&bound.initialise)
            .unwrap();
    request.smdp_otpk[64] ^= 1;
    let mut signed = request.signed_part();
    signed.extend(encode(Tag::ONE_TIME_KEY, &server.euicc_otpk));
    request.signature = server.pb.sign(&signed).to_vec();
    bound.initialise = lpakit_rsp::Object::encode(&request);
    let expected =
        (BppCommandId::InitialiseSecureChannel, InstallErrorReason::IncorrectInputValues);
    assert_eq!(refusal_of(&bound.load(&mut terminal)), expected);
}

#[test]
fn a_package_of_an_earlier_session_is_refused() {
    let mut terminal = terminal();
    let old = Server::ready(1, &mut terminal).bind(&Recipe::new(&Profile::new(ICCID)));
    Server::ready(2, &mut terminal);
    let expected =
        (BppCommandId::InitialiseSecureChannel, InstallErrorReason::InvalidTransactionId);
    assert_eq!(refusal_of(&old.load(&mut terminal)), expected);
}

#[test]
fn a_package_that_was_installed_cannot_be_replayed() {
    let mut terminal = terminal();
    let used = Server::ready(1, &mut terminal).bind(&Recipe::new(&Profile::new(ICCID)));
    assert!(is_success(&used.load(&mut terminal)));
    // Its session is over …
    assert_eq!(terminal.es10(&used.first()), (Vec::new(), 0x6985));
    // … and in a session of the same name the one-time key is another.
    Server::ready(1, &mut terminal);
    let expected = (BppCommandId::InitialiseSecureChannel, InstallErrorReason::InvalidSignature);
    assert_eq!(refusal_of(&used.load(&mut terminal)), expected);
}

#[test]
fn damaged_protection_and_damaged_structure_are_told_apart() {
    let security = InstallErrorReason::Scp03tSecurityError;
    let structure = InstallErrorReason::Scp03tStructureError;
    let refused = |change: fn(&mut crate::support::Bound)| {
        let mut terminal = terminal();
        let recipe = Recipe::new(&Profile::new(ICCID)).with_replaced_keys();
        let mut bound = Server::ready(9, &mut terminal).bind(&recipe);
        change(&mut bound);
        refusal_of(&bound.load(&mut terminal))
    };
    let flip = |segment: &mut Vec<u8>| *segment.last_mut().unwrap() ^= 1;
    assert_eq!(
        refused(|bound| *bound.configure[0].last_mut().unwrap() ^= 1),
        (BppCommandId::ConfigureIsdp, security)
    );
    assert_eq!(
        refused(|bound| bound.metadata[0][10] ^= 1),
        (BppCommandId::StoreMetadata, security)
    );
    assert_eq!(
        refused(|bound| *bound.replace[0].last_mut().unwrap() ^= 1),
        (BppCommandId::ReplaceSessionKeys, security)
    );
    assert_eq!(
        refused(|bound| bound.profile.swap(0, 1)),
        (BppCommandId::LoadProfileElements, security)
    );
    assert_eq!(
        refused(|bound| bound.profile[1] = encode(Tag::new(0x86), &[1, 2, 3])),
        (BppCommandId::LoadProfileElements, structure)
    );
    assert_eq!(
        refused(|bound| bound.profile[1] = encode(Tag::new(0x86), &[0; 33])),
        (BppCommandId::LoadProfileElements, structure)
    );
    // The same flip in the last segment: everything before it was right.
    let mut terminal = terminal();
    let mut bound = Server::ready(9, &mut terminal).bind(&Recipe::new(&Profile::new(ICCID)));
    flip(bound.profile.last_mut().unwrap());
    assert_eq!(
        refusal_of(&bound.load(&mut terminal)),
        (BppCommandId::LoadProfileElements, security)
    );
}

#[test]
fn a_package_made_for_another_one_time_key_fails_its_first_mac() {
    let mut terminal = terminal();
    let mut server = Server::ready(9, &mut terminal);
    let right = server.bind(&Recipe::new(&Profile::new(ICCID)));
    server.one_time_key = OneTimeKeyPair::generate(&mut SeededRandom::new(1234));
    let mut mixed = server.bind(&Recipe::new(&Profile::new(ICCID)));
    mixed.initialise = right.initialise.clone();
    let expected = (BppCommandId::ConfigureIsdp, InstallErrorReason::Scp03tSecurityError);
    assert_eq!(refusal_of(&mixed.load(&mut terminal)), expected);
}

#[test]
fn commands_that_are_none_are_incorrect_inputs() {
    let bad = InstallErrorReason::IncorrectInputValues;
    assert_eq!(
        refusal(|recipe| recipe.configure = hex::decode("BF2500").unwrap()),
        (BppCommandId::ConfigureIsdp, bad)
    );
    // dpProprietaryData of another SM-DP+.
    assert_eq!(
        refusal(|recipe| recipe.configure = hex::decode("BF2407B805800388370C").unwrap()),
        (BppCommandId::ConfigureIsdp, bad)
    );
    assert_eq!(
        refusal(|recipe| recipe.metadata = hex::decode("BF2500").unwrap()),
        (BppCommandId::StoreMetadata, bad)
    );
    let name = |length: usize| {
        let mut profile = Profile::new(ICCID);
        profile.metadata.profile_name = "n".repeat(length);
        Recipe::new(&profile)
    };
    assert!(is_success(&Server::download(9, &mut terminal(), &name(64))));
    assert_eq!(refusal_by(&mut terminal(), &name(65)), (BppCommandId::StoreMetadata, bad));
}

#[test]
fn an_iccid_is_installed_once() {
    let mut terminal = terminal();
    let recipe = Recipe::new(&Profile::new(ICCID));
    assert!(is_success(&Server::download(1, &mut terminal, &recipe)));
    let expected = (BppCommandId::StoreMetadata, InstallErrorReason::IccidAlreadyExists);
    assert_eq!(refusal_by(&mut terminal, &recipe), expected);
}

#[test]
fn a_class_can_be_refused() {
    let mut terminal = terminal_with(|config| config.refused_profile_classes = vec![0]);
    let test = Recipe::new(&Profile::new(ICCID).of_class(ProfileClass::Test));
    let expected = (BppCommandId::StoreMetadata, InstallErrorReason::UnsupportedProfileClass);
    assert_eq!(refusal_by(&mut terminal, &test), expected);
    let unknown = Recipe::new(&Profile::new(ICCID).of_class(ProfileClass::Other(7)));
    assert_eq!(refusal_by(&mut terminal, &unknown), expected);
    let operational = Recipe::new(&Profile::new(ICCID));
    assert!(is_success(&Server::download(1, &mut terminal, &operational)));
}

const NOT_ALLOWED: Refusal = (BppCommandId::StoreMetadata, InstallErrorReason::PprNotAllowed);

#[test]
fn policy_rules_need_an_owner_and_a_rule_that_allows_them() {
    let with_rules = |rules: &[u8]| Profile::new(ICCID).with_rules(rules);
    for rules in [&[1][..], &[2], &[1, 2]] {
        let recipe = Recipe::new(&with_rules(rules));
        assert!(is_success(&Server::download(1, &mut terminal(), &recipe)), "{rules:?}");
        let mut nobody = with_rules(rules);
        nobody.metadata.owner = None;
        assert_eq!(refusal_by(&mut terminal(), &Recipe::new(&nobody)), NOT_ALLOWED);
        let mut empty = terminal_with(|config| config.authorisation_rules.clear());
        assert_eq!(refusal_by(&mut empty, &recipe), NOT_ALLOWED);
    }
    // pprUpdateControl alone restricts nothing.
    let mut empty = terminal_with(|config| config.authorisation_rules.clear());
    let control = Recipe::new(&with_rules(&[0]));
    assert!(is_success(&Server::download(1, &mut empty, &control)));
}

#[test]
fn a_forbidden_rule_is_refused_whatever_the_table_says() {
    let mut terminal = terminal_with(|config| config.forbidden_policy_rules.ppr2 = true);
    let recipe = |rules: &[u8]| Recipe::new(&Profile::new(ICCID).with_rules(rules));
    assert_eq!(refusal_by(&mut terminal, &recipe(&[2])), NOT_ALLOWED);
    assert_eq!(refusal_by(&mut terminal, &recipe(&[1, 2])), NOT_ALLOWED);
    assert!(is_success(&Server::download(1, &mut terminal, &recipe(&[1]))));
}

#[test]
fn ppr1_is_refused_where_there_is_an_operational_profile() {
    let mut terminal = terminal();
    let first = Recipe::new(&Profile::new(OTHER_ICCID));
    assert!(is_success(&Server::download(1, &mut terminal, &first)));
    let ppr1 = Recipe::new(&Profile::new(ICCID).with_rules(&[1]));
    assert_eq!(refusal_by(&mut terminal, &ppr1), NOT_ALLOWED);
    let ppr2 = Recipe::new(&Profile::new(ICCID).with_rules(&[2]));
    assert!(is_success(&Server::download(2, &mut terminal, &ppr2)));
}

#[test]
fn the_table_names_operators() {
    let rule = |mcc: &str, mnc: &str, gid1: Option<&str>| AuthorisationRule {
        policy_rules: PolicyRuleSet { ppr1: false, ppr2: true },
        operators: vec![AllowedOperator {
            mcc: mcc.to_owned(),
            mnc: mnc.to_owned(),
            gid1: gid1.map(str::to_owned),
            gid2: None,
        }],
        consent_required: false,
    };
    let owned = |gid1: Option<Vec<u8>>| {
        let mut profile = Profile::new(ICCID).with_rules(&[2]);
        profile.metadata.owner = Some(OperatorId {
            mcc_mnc: MccMnc::from_digits("262", "01").unwrap(),
            gid1,
            gid2: None,
        });
        Recipe::new(&profile)
    };
    let card = |rule: &AuthorisationRule| {
        let rule = rule.clone();
        terminal_with(move |config| config.authorisation_rules = vec![rule])
    };
    for (rule, gid1, allowed) in [
        (rule("262", "01", None), None, true),
        (rule("262", "EE", None), None, true),
        (rule("262", "02", None), None, false),
        (rule("262", "01", None), Some(vec![1]), false),
        (rule("262", "01", Some("")), Some(vec![1]), true),
        (rule("262", "01", Some("01")), Some(vec![1]), true),
        (rule("262", "01", Some("02")), Some(vec![1]), false),
    ] {
        let result = Server::download(1, &mut card(&rule), &owned(gid1.clone()));
        assert_eq!(is_success(&result), allowed, "{rule:?} {gid1:?}");
    }
}

#[test]
fn a_full_card_says_so_in_one_of_two_ways() {
    let recipe = Recipe::new(&Profile::new(ICCID));
    let needed = u32::try_from(recipe.profile.len()).unwrap() + 2048;
    let exact = &mut terminal_with(|config| config.non_volatile_memory = needed);
    assert!(is_success(&Server::download(1, exact, &recipe)));
    let mut small = terminal_with(|config| config.non_volatile_memory = needed - 1);
    let part = BppCommandId::LoadProfileElements;
    assert_eq!(refusal_by(&mut small, &recipe), (part, InstallErrorReason::InsufficientMemory));

    let mut other = terminal_with(|config| {
        config.non_volatile_memory = needed - 1;
        config.quirks.memory_is_a_profile_element_error = true;
    });
    let result = Server::download(1, &mut other, &recipe);
    assert_eq!(refusal_of(&result), (part, InstallErrorReason::PeProcessingError));
    let InstallOutcome::Failure { sima_response: Some(response), .. } = &result.data.outcome else {
        panic!("no response of the interpreter");
    };
    assert!(SimaResponse::read_lenient(response).says_memory());
}

/// Why a card refuses this profile package, with the profile element's status.
fn element_status(package: Vec<u8>) -> (Refusal, Option<u32>) {
    let mut recipe = Recipe::new(&Profile::new(ICCID));
    recipe.profile = package;
    let result = Server::download(1, &mut terminal(), &recipe);
    let InstallOutcome::Failure { sima_response, .. } = &result.data.outcome else {
        panic!("the profile was installed");
    };
    let response = sima_response.as_deref().map(SimaResponse::read_lenient);
    let status = response.and_then(|response| response.pe_statuses.first().copied());
    (refusal_of(&result), status)
}

#[test]
fn a_package_must_be_profile_elements_from_header_to_end() {
    let iccid = Iccid::from_digits(ICCID).unwrap();
    let whole = Profile::package(&iccid, 50);
    let end = encode(Tag::new(0xAA), &[0xA0, 0x05, 0x80, 0x00, 0x81, 0x01, 0x63]);
    let without_end = whole[..whole.len() - end.len()].to_vec();
    let part = (BppCommandId::LoadProfileElements, InstallErrorReason::PeProcessingError);
    for package in [
        without_end.clone(),
        [whole.clone(), end.clone()].concat(),
        [whole.clone(), vec![0xB0, 0x00]].concat(),
        [encode(Tag::new(0xB0), &[1]), whole.clone()].concat(),
        [whole.clone(), vec![0xB0]].concat(),
        vec![0x55; 100],
        encode(Tag::new(0xA0), &[0x80, 0x01, 0x02]),
    ] {
        assert_eq!(element_status(package), (part, Some(5)));
    }
    let mut newer = whole.clone();
    assert_eq!(newer[2..5], [0x80, 0x01, 0x02]);
    newer[4] = 9;
    assert_eq!(element_status(newer), (part, Some(31)));
}

#[test]
fn a_package_of_another_profile_does_not_match_its_metadata() {
    let other = Profile::package(&Iccid::from_digits(OTHER_ICCID).unwrap(), 50);
    let part = (BppCommandId::LoadProfileElements, InstallErrorReason::DataMismatch);
    assert_eq!(element_status(other), (part, None));
}

#[test]
fn a_card_can_be_told_to_stumble_over_a_profile_element() {
    let mut terminal = terminal_with(|config| config.quirks.profile_element_status = Some(3));
    let result = Server::download(1, &mut terminal, &Recipe::new(&Profile::new(ICCID)));
    let InstallOutcome::Failure { reason, sima_response: Some(response), .. } =
        &result.data.outcome
    else {
        panic!("{:?}", result.data.outcome);
    };
    assert_eq!(*reason, InstallErrorReason::PeProcessingError);
    assert_eq!(SimaResponse::read_lenient(response).pe_statuses, [3]);
}
