//! A card at one moment, to start from again; and what is on it, read past its contacts.

use lpakit_rsp::identifiers::Iccid;
use lpakit_rsp::notifications::Event;
use lpakit_rsp::profiles::ProfileId;
use lpakit_rsp::session::CancelReason;
use lpakit_sandbox_crypto::SeededRandom;
use lpakit_sandbox_euicc::nvm::{MemoryNvm, PowerCut};
use lpakit_sandbox_euicc::{Card, CardConfig, CardCredentials, SessionStatus};

use crate::authenticate::cancel;
use crate::install::{iccids, is_success};
use crate::support::{
    ADDRESS, ICCID, OTHER_ICCID, Profile, Recipe, Server, Terminal, pki, repeatable, terminal,
};
use crate::switching::{delete, disable, enable, put};

fn iccid(digits: &str) -> Iccid {
    Iccid::from_digits(digits).unwrap()
}

fn with_a_profile() -> Terminal {
    let mut terminal = terminal();
    put(&mut terminal, &Profile::new(ICCID), false);
    terminal
}

#[test]
fn a_fork_goes_its_own_way() {
    let mut first = with_a_profile();
    let mut second = Terminal::with(first.card.fork().unwrap());
    enable(&mut second, ProfileId::Iccid(iccid(ICCID)));
    assert_eq!(delete(&mut first, ProfileId::Iccid(iccid(ICCID))).code(), 0);
    assert!(first.card.iccids().is_empty());
    assert_eq!(second.card.status().unwrap().enabled(), [iccid(ICCID)]);
    // Its time is the first one's: the certificates of the tests count on that day only.
    let result = Server::download(1, &mut second, &Recipe::new(&Profile::new(OTHER_ICCID)));
    assert!(is_success(&result));
    assert_eq!(second.card.eid(), first.card.eid());
}

#[test]
fn the_same_commands_get_the_same_answers_each_time() {
    let mut terminal = with_a_profile();
    let snapshot = terminal.card.snapshot().unwrap();
    let recipe = Recipe::new(&Profile::new(OTHER_ICCID));
    let runs: Vec<_> = (0..3)
        .map(|_| {
            let mut terminal = Terminal::with(snapshot.card());
            let challenge = Server::challenge(&mut terminal);
            let result = Server::download(1, &mut terminal, &recipe);
            (challenge, result.signature, terminal.card.snapshot().unwrap())
        })
        .collect();
    assert!(runs.windows(2).all(|pair| pair[0] == pair[1]));
    // Another state, another stream; and another stream on demand.
    enable(&mut terminal, ProfileId::Iccid(iccid(ICCID)));
    let mut later = Terminal::with(terminal.card.fork().unwrap());
    assert_ne!(Server::challenge(&mut later), runs[0].0);
    let mut chosen = Terminal::with(snapshot.card().with_random(SeededRandom::new(7)));
    assert_ne!(Server::challenge(&mut chosen), runs[0].0);
}

#[test]
fn a_card_goes_back_to_a_moment_as_often_as_wanted() {
    let mut terminal = with_a_profile();
    let snapshot = terminal.card.snapshot().unwrap();
    let before = snapshot.status();
    let mut challenges = Vec::new();
    for _ in 0..1000 {
        terminal.card.restore(&snapshot).unwrap();
        assert!(!terminal.card.is_powered());
        assert_eq!(terminal.card.status().unwrap(), before);
        terminal.start();
        challenges.push(Server::challenge(&mut terminal));
        enable(&mut terminal, ProfileId::Iccid(iccid(ICCID)));
        assert_ne!(terminal.card.snapshot().unwrap(), snapshot);
    }
    challenges.dedup();
    assert_eq!(challenges.len(), 1);
}

#[test]
fn a_snapshot_of_a_card_without_power_is_what_was_safe_by_then() {
    let memory = MemoryNvm::new();
    let (nvm, switch) = PowerCut::new(memory);
    let credentials = CardCredentials::from_pki(pki()).unwrap();
    let card = repeatable(Card::create(nvm, CardConfig::default(), credentials).unwrap());
    let mut terminal = Terminal::with(card);
    put(&mut terminal, &Profile::new(ICCID), false);
    let off = terminal.card.snapshot().unwrap();

    let enable = hex::decode("BF3111A00C5A0A984405214365870921F3810100").unwrap();
    switch.cut_after(1);
    assert_eq!(terminal.es10(&enable), (Vec::new(), 0));
    // The card has not heard of its own write; the memory has.
    assert_eq!(terminal.card.status().unwrap().enabled(), [iccid(ICCID)]);
    assert!(switch.is_dead(), "looking gives no power");
    let on = terminal.card.snapshot().unwrap();
    assert_eq!(on.status().enabled(), [iccid(ICCID)]);

    terminal.card.restore(&off).unwrap();
    terminal.start();
    let writes = switch.writes();
    switch.cut_before(1);
    assert_eq!(terminal.es10(&enable), (Vec::new(), 0));
    assert_eq!(switch.writes(), writes);
    assert_eq!(terminal.card.snapshot().unwrap(), off);

    terminal.start();
    switch.cut_before(1);
    switch.leave_on();
    assert_eq!(terminal.es10(&enable).1, 0x9000);
    assert_eq!(terminal.card.snapshot().unwrap(), on);
}

#[test]
fn a_fork_can_have_a_hand_on_its_power() {
    let snapshot = with_a_profile().card.snapshot().unwrap();
    let (card, switch) = snapshot.card_with_power();
    let mut terminal = Terminal::with(card);
    switch.cut_before(1);
    assert_eq!(terminal.es10(&hex::decode("BF3F0380016E").unwrap()), (Vec::new(), 0));
    assert_eq!(terminal.card.snapshot().unwrap(), snapshot);
}

#[test]
fn the_status_tells_profiles_notifications_and_numbers() {
    let mut terminal = with_a_profile();
    assert_eq!(terminal.ask("BF29105A0A984405214365870921F390024869"), "BF2903800100");
    enable(&mut terminal, ProfileId::Iccid(iccid(ICCID)));
    disable(&mut terminal, ProfileId::Iccid(iccid(ICCID)));
    let status = terminal.card.status().unwrap();
    assert_eq!(status.fault(), None);
    assert!(status.powered && !status.installing);
    let profile = status.profile(&iccid(ICCID)).unwrap();
    assert!(!profile.enabled && profile.has_package);
    assert_eq!(profile.nickname.as_deref(), Some("Hi"));
    assert_eq!(profile.isdp_aid.as_ref().unwrap().to_string(), "A0000005591010FFFFFFFF8900001000");
    let told: Vec<_> =
        status.notifications.iter().map(|it| (it.seq_number, it.event, it.iccid)).collect();
    let it = Some(iccid(ICCID));
    assert_eq!(told, [(1, Event::Enable, it), (2, Event::Disable, it)]);
    assert!(status.notifications.iter().all(|it| it.address == ADDRESS));
    assert_eq!(status.next_seq_number, 3);
    let package = Profile::new(ICCID).package.len() as u32;
    assert_eq!(status.free_memory, 512 * 1024 - 2 * 1024 - package);
    assert_eq!(format!("{status:?}").find("8944"), None, "no identifiers in Debug");
}

#[test]
fn the_status_tells_how_far_a_session_has_come() {
    let mut terminal = terminal();
    let session = |terminal: &Terminal| terminal.card.status().unwrap().session;
    assert_eq!(session(&terminal), SessionStatus::None);
    let mut server = Server::new(1);
    Server::challenge(&mut terminal);
    assert_eq!(session(&terminal), SessionStatus::Challenged);
    server.authenticate(&mut terminal);
    assert_eq!(session(&terminal), SessionStatus::Authenticated);
    server.prepare(&mut terminal);
    assert_eq!(session(&terminal), SessionStatus::Prepared);
    assert_eq!(terminal.card.status().unwrap().kept_one_time_keys, 1);
    let segments = server.bind(&Recipe::new(&Profile::new(ICCID))).segments();
    terminal.answer(&segments[0]);
    let status = terminal.card.status().unwrap();
    assert_eq!((status.session, status.installing), (SessionStatus::Loading, true));
    assert_eq!(status.fault(), None);
    // The power goes: half an installation waits in memory until the next power-on, and then it is over.
    let mut cut = Terminal::with(terminal.card.fork().unwrap());
    let status = cut.card.status().unwrap();
    assert_eq!((status.session, status.installing), (SessionStatus::None, false));
    assert_eq!(status.notifications.len(), 1);
    assert!(iccids(&mut cut).is_empty());

    terminal.refuse("A200");
    assert_eq!(session(&terminal), SessionStatus::Broken);
    cancel(&mut terminal, server.id(), CancelReason::UndefinedReason);
    let status = terminal.card.status().unwrap();
    assert_eq!((status.session, status.installing), (SessionStatus::None, false));
    assert_eq!(status.fault(), None);
    Server::challenge(&mut terminal);
    terminal.card.power_off();
    assert_eq!(session(&terminal), SessionStatus::None);
}
