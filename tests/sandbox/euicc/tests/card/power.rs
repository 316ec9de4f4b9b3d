//! Power lost at every moment.

use lpakit_rsp::installation::{
    BppCommandId, InstallErrorReason, InstallOutcome, ProfileInstallationResult,
};
use lpakit_rsp::notifications::{PendingNotification, RetrieveNotificationsRequest};
use lpakit_sandbox_euicc::nvm::{MemoryNvm, PowerCut, PowerSwitch};
use lpakit_sandbox_euicc::{Card, CardConfig, CardCredentials};

use crate::authenticate::cancel;
use crate::install::{iccids, is_success};
use crate::notifications::{list, retrieve};
use crate::support::{
    ADDRESS, ICCID, OTHER_ICCID, Profile, Recipe, Server, Terminal, pki, repeatable, terminal,
    verify,
};

fn cuttable() -> (Terminal, PowerSwitch, MemoryNvm) {
    let memory = MemoryNvm::new();
    let (nvm, switch) = PowerCut::new(memory.clone());
    let credentials = CardCredentials::from_pki(pki()).unwrap();
    let card = repeatable(Card::create(nvm, CardConfig::default(), credentials).unwrap());
    (Terminal::with(card), switch, memory)
}

/// Results among the pending notifications.
fn results(terminal: &mut Terminal) -> Vec<ProfileInstallationResult> {
    retrieve(terminal, RetrieveNotificationsRequest::All)
        .into_iter()
        .filter_map(|pending| match pending {
            PendingNotification::Installation(result) => Some(result.into_value()),
            PendingNotification::Other(_) | PendingNotification::Rpm(_) => None,
        })
        .collect()
}

fn interruption(command: BppCommandId) -> InstallOutcome {
    InstallOutcome::Failure {
        command,
        reason: InstallErrorReason::Interruption,
        sima_response: None,
    }
}

/// Sends segments until the card falls silent.
fn send_all(terminal: &mut Terminal, segments: &[Vec<u8>]) {
    for segment in segments {
        if terminal.es10(segment).1 != 0x9000 {
            return;
        }
    }
}

#[test]
fn a_reset_ends_the_session() {
    let mut terminal = terminal();
    let server = Server::ready(1, &mut terminal);
    terminal.start();
    let bound = server.bind(&Recipe::new(&Profile::new(ICCID)));
    assert_eq!(terminal.es10(&bound.first()), (Vec::new(), 0x6985));
    assert!(list(&mut terminal, None).is_empty());
}

#[test]
fn a_load_that_a_reset_cuts_off_is_reported_as_interrupted() {
    let profile = Profile::new(ICCID);
    let recipe = Recipe::new(&profile);
    let count = {
        let mut terminal = terminal();
        Server::ready(1, &mut terminal).bind(&recipe).segments().len()
    };
    for sent in 1..count {
        let mut terminal = terminal();
        let server = Server::ready(1, &mut terminal);
        send_all(&mut terminal, &server.bind(&recipe).segments()[..sent]);
        terminal.start();
        let [result] = &results(&mut terminal)[..] else { panic!("one result after {sent}") };
        verify(result.data.raw(), &result.signature);
        assert_eq!(result.data.transaction_id, server.id());
        assert_eq!(result.data.notification.address, ADDRESS);
        // Segments: BF23, A0, A1, 88, A3, 86 …: from the fourth on the card knows the profile.
        let known = sent >= 4;
        assert_eq!(result.data.notification.iccid, known.then_some(profile.metadata.iccid));
        let command =
            if known { BppCommandId::LoadProfileElements } else { BppCommandId::ConfigureIsdp };
        assert_eq!(result.data.outcome, interruption(command));
        assert!(iccids(&mut terminal).is_empty());
        // Told once.
        terminal.start();
        assert_eq!(results(&mut terminal).len(), 1);
    }
}

#[test]
fn a_load_that_a_new_challenge_cuts_off_is_reported_too() {
    let mut terminal = terminal();
    let server = Server::ready(1, &mut terminal);
    let segments = server.bind(&Recipe::new(&Profile::new(ICCID))).segments();
    send_all(&mut terminal, &segments[..5]);
    Server::challenge(&mut terminal);
    let [result] = &results(&mut terminal)[..] else { panic!("one result") };
    assert_eq!(result.data.outcome, interruption(BppCommandId::LoadProfileElements));
    assert_eq!(terminal.es10(&segments[5]), (Vec::new(), 0x6985));
}

#[test]
fn a_cancelled_load_leaves_nothing_to_report() {
    let mut terminal = terminal();
    let server = Server::ready(1, &mut terminal);
    let segments = server.bind(&Recipe::new(&Profile::new(ICCID))).segments();
    send_all(&mut terminal, &segments[..5]);
    cancel(&mut terminal, server.id(), lpakit_rsp::session::CancelReason::UndefinedReason);
    terminal.start();
    assert!(results(&mut terminal).is_empty());
}

/// Writes of a whole download, from the challenge on.
fn writes_of_a_download() -> u64 {
    let (mut terminal, switch, _) = cuttable();
    let before = switch.writes();
    let result = Server::download(1, &mut terminal, &Recipe::new(&Profile::new(ICCID)));
    assert!(is_success(&result));
    switch.writes() - before
}

/// A download that loses power at a write; what the card says when it has power again.
fn cut_download(cut: impl Fn(&PowerSwitch)) -> (Vec<String>, Vec<InstallOutcome>, usize) {
    let (mut terminal, switch, memory) = cuttable();
    let mut server = Server::new(1);
    server.authenticate(&mut terminal);
    cut(&switch);
    let request = lpakit_rsp::Object::encode(&server.prepare_request());
    let (answer, status) = terminal.es10(&request);
    if status == 0x9000 {
        let response =
            <lpakit_rsp::preparation::PrepareDownloadResponse as lpakit_rsp::Object>::decode(
                &answer,
            );
        let Ok(lpakit_rsp::preparation::PrepareDownloadResponse::Ok { euicc_signed2, .. }) =
            response
        else {
            panic!("the card refused to prepare");
        };
        server.euicc_otpk = euicc_signed2.euicc_otpk.clone();
        let segments = server.bind(&Recipe::new(&Profile::new(ICCID))).segments();
        send_all(&mut terminal, &segments);
    }
    assert!(switch.is_dead(), "the power was not cut");
    assert!(!terminal.card.is_powered());
    assert!(terminal.card.transmit(&[0x00, 0x70, 0x00, 0x00, 0x01]).is_empty());
    terminal.start();
    let outcomes = results(&mut terminal).into_iter().map(|result| result.data.outcome.clone());
    (iccids(&mut terminal), outcomes.collect(), memory.blob_count())
}

#[test]
fn power_lost_around_any_write_of_a_download_leaves_all_or_nothing() {
    let writes = writes_of_a_download();
    // The one-time key, begin, metadata known, package, installed.
    assert_eq!(writes, 5);
    let nothing: (Vec<String>, Vec<InstallOutcome>, usize) = (vec![], vec![], 0);
    let interrupted = |command| (vec![], vec![interruption(command)], 0);
    for count in 1..=writes {
        let before = cut_download(|switch| switch.cut_before(count));
        let after = cut_download(|switch| switch.cut_after(count));
        let (expected_before, expected_after) = match count {
            1 => (nothing.clone(), nothing.clone()),
            2 => (nothing.clone(), interrupted(BppCommandId::ConfigureIsdp)),
            3 => (
                interrupted(BppCommandId::ConfigureIsdp),
                interrupted(BppCommandId::LoadProfileElements),
            ),
            4 => (
                interrupted(BppCommandId::LoadProfileElements),
                interrupted(BppCommandId::LoadProfileElements),
            ),
            _ => {
                assert_eq!(before, interrupted(BppCommandId::LoadProfileElements));
                // Installed, although nobody heard the result: it waits among the notifications.
                assert_eq!(after.0, [ICCID]);
                assert!(matches!(after.1[..], [InstallOutcome::Success { .. }]));
                assert_eq!(after.2, 1);
                continue;
            }
        };
        assert_eq!(before, expected_before, "before write {count}");
        assert_eq!(after, expected_after, "after write {count}");
    }
}

#[test]
fn power_lost_while_the_interruption_is_being_reported_loses_no_report() {
    let (mut terminal, switch, _) = cuttable();
    let server = Server::ready(1, &mut terminal);
    send_all(&mut terminal, &server.bind(&Recipe::new(&Profile::new(ICCID))).segments()[..3]);
    switch.cut_before(1);
    assert!(terminal.card.power_on().is_err());
    assert!(!terminal.card.is_powered());
    switch.cut_after(1);
    assert!(terminal.card.power_on().is_err());
    terminal.start();
    let [result] = &results(&mut terminal)[..] else { panic!("one result") };
    assert_eq!(result.data.notification.seq_number, 1);
}

#[test]
fn power_lost_around_a_switch_leaves_the_old_or_the_new_state() {
    let enable = hex::decode("BF3111A00C5A0A984405000000000010F7810100").unwrap();
    for (cut, expected) in [
        (PowerSwitch::cut_before as fn(&PowerSwitch, u64), [ICCID, "0"]),
        (PowerSwitch::cut_after, [OTHER_ICCID, "2"]),
    ] {
        let (mut terminal, switch, _) = cuttable();
        for (iccid, enabled) in [(ICCID, true), (OTHER_ICCID, false)] {
            let profile = Profile::new(iccid);
            terminal.card.preload(&profile.metadata, &profile.package, enabled).unwrap();
        }
        cut(&switch, 1);
        assert_eq!(terminal.es10(&enable), (Vec::new(), 0));
        terminal.start();
        let on: Vec<String> = crate::install::profiles(&mut terminal)
            .iter()
            .filter(|profile| profile.state == Some(lpakit_rsp::profiles::ProfileState::Enabled))
            .filter_map(|profile| profile.iccid)
            .map(|iccid| iccid.to_string())
            .collect();
        // Profile and notifications change together.
        let told = list(&mut terminal, None).len().to_string();
        assert_eq!((on, told), (vec![expected[0].to_owned()], expected[1].to_owned()));
    }
}

#[test]
fn a_snapshot_of_the_memory_is_the_card_of_that_moment() {
    let memory = MemoryNvm::new();
    let mut terminal =
        Terminal::with(crate::support::card_in(memory.clone(), CardConfig::default()));
    let empty = memory.snapshot();
    assert!(is_success(&Server::download(1, &mut terminal, &Recipe::new(&Profile::new(ICCID)))));
    let mut old = Terminal::with(Card::open(empty).unwrap());
    assert!(iccids(&mut old).is_empty());
    let mut new = Terminal::with(Card::open(memory.snapshot()).unwrap());
    assert_eq!(iccids(&mut new), [ICCID]);
}
