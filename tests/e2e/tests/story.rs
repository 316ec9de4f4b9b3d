//! The main job: a code becomes an installed, enabled profile, and the operator has been told.

use lpakit::lpa::{Answers, Need, ReportState};
use lpakit::progress::Phase;
use lpakit::rsp::notifications::Event;
use lpakit::rsp::profiles::{ProfileId, ProfileState};
use lpakit::{ErrorKind, ProfileSource};
use lpakit_e2e::{World, WorldOptions, installed};
use lpakit_sandbox_smdp::metadata::Owner;
use lpakit_sandbox_smdp::notification::{NotificationKind, Verdict};
use lpakit_sandbox_smdp::order::{MatchingId, OrderState};

const RUNTIME: &str = "a world needs several threads";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_becomes_an_enabled_profile_and_the_operator_knows() {
    let world = World::new().await;
    let order = world.order();
    let offer = world.lpa.authenticate(world.code(&order)).await.unwrap();
    assert_eq!(offer.metadata().service_provider_name, "Sandbox Mobile");
    assert_eq!(offer.metadata().profile_name, "Travel 5 GB");
    assert_eq!(offer.server(), lpakit_e2e::SERVER_NAME);
    assert_eq!(offer.needs(), [Need::Consent]);
    assert!(!offer.confirmation_code_required());
    assert!(world.lpa.profiles().await.unwrap().is_empty(), "nothing is written before consent");

    let nothing = offer.accept(Answers::default()).unwrap_err();
    assert_eq!(nothing.missing, [Need::Consent]);
    let mut installation = nothing.offer.accept(Answers::yes()).unwrap();
    let mut phases = Vec::new();
    while let Some(progress) = installation.next_progress().await {
        assert!(progress.bytes_done <= progress.bytes_total);
        phases.push(progress.phase);
    }
    assert!(phases.is_sorted(), "{phases:?}");
    assert_eq!(phases.last(), Some(&Phase::Finished), "{RUNTIME}");
    let done = installed(installation.outcome().await);
    assert_eq!(done.iccid, order.iccid);
    assert_eq!(done.report, ReportState::Delivered);
    assert!(!done.cancel_requested);
    assert_eq!(installation.outcome().await.unwrap_err().kind(), ErrorKind::Closed, "told once");

    let id = ProfileId::Iccid(done.iccid);
    let enabled = world.lpa.enable(id.clone()).await.unwrap();
    assert_eq!(enabled.state, ProfileState::Enabled);
    let listed = world.lpa.profiles().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].state, ProfileState::Enabled);
    // A list does without what is only needed of one.
    assert_eq!(listed[0].isdp_aid, None);
    assert_eq!(world.lpa.profile(id).await.unwrap().isdp_aid.as_ref(), Some(&done.isdp_aid));

    // The operator knows of the installation already; of the switch after the next sweep.
    assert_eq!(world.smdp.orders().order(&order.id).unwrap().state, OrderState::Installed);
    let pending = world.lpa.notifications().await.unwrap();
    assert_eq!(pending.iter().map(|p| p.events.clone()).collect::<Vec<_>>(), [[Event::Enable]]);
    let sent = world.lpa.send_notifications().await.unwrap();
    assert_eq!((sent.delivered.len(), sent.unsent.len()), (1, 0));
    assert!(world.lpa.notifications().await.unwrap().is_empty());
    let received = world.smdp.received().unwrap();
    assert!(received.iter().all(|notification| notification.verdict == Verdict::Accepted));
    let kinds: Vec<_> = received.iter().map(|notification| &notification.kind).collect();
    assert!(matches!(kinds[0], NotificationKind::Installed), "{kinds:?}");
    assert_eq!(kinds.len(), 2);
}

// On one thread, as the product's own runtime has: then a connection is always back in its pool in time.
#[tokio::test]
async fn a_download_is_one_connection_and_four_requests() {
    let world = World::new().await;
    installed(world.download(&world.order()).await);
    let counters = world.server.counters();
    assert_eq!((counters.connections(), counters.handshakes(), counters.requests()), (1, 1, 4));
    let (card, http) = world.lpa.stats().await.unwrap();
    assert_eq!((http.requests, http.tls_handshakes), (4, 1));
    assert_eq!(card.apdus, world.journal.commands().len() as u64);
    assert_eq!(
        world.journal.functions(),
        [
            "initiateAuthentication",
            "authenticateClient",
            "getBoundProfilePackage",
            "handleNotification"
        ]
    );
    // Without policy rules the card is not asked for rules, profiles or EUICCInfo2.
    for tag in [[0xBF, 0x43], [0xBF, 0x2D], [0xBF, 0x22], [0xBF, 0x28]] {
        assert_eq!(world.journal.count(tag), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_profiles_are_listed_switched_renamed_and_deleted() {
    let world = World::new().await;
    let first = installed(world.download(&world.order()).await);
    let second = installed(world.download(&world.order()).await);
    let (first, second) = (ProfileId::Iccid(first.iccid), ProfileId::Iccid(second.iccid));
    world.lpa.enable(first.clone()).await.unwrap();
    world.lpa.enable(second.clone()).await.unwrap();
    let states = |world: &World| {
        let lpa = world.lpa.clone();
        async move {
            let profiles = lpa.profiles().await.unwrap();
            profiles.iter().map(|profile| profile.state).collect::<Vec<_>>()
        }
    };
    assert_eq!(states(&world).await, [ProfileState::Disabled, ProfileState::Enabled]);
    let again = world.lpa.enable(second.clone()).await.unwrap_err();
    assert_eq!(again.key(), "card.switch.already");
    let enabled = world.lpa.delete(second.clone()).await.unwrap_err();
    assert_eq!(enabled.key(), "card.delete.enabled");
    let off = world.lpa.disable(second.clone()).await.unwrap();
    assert_eq!(off.state, ProfileState::Disabled);

    world.lpa.rename(first.clone(), "旅行 ✈").await.unwrap();
    assert_eq!(world.lpa.profile(first.clone()).await.unwrap().display_name(), "旅行 ✈");
    world.lpa.rename(first.clone(), "").await.unwrap();
    assert_eq!(world.lpa.profile(first.clone()).await.unwrap().display_name(), "Travel 5 GB");
    let long = world.lpa.rename(first.clone(), &"ä".repeat(33)).await.unwrap_err();
    assert_eq!(long.key(), "input.nickname_too_long");

    world.lpa.delete(second.clone()).await.unwrap();
    assert_eq!(states(&world).await.len(), 1);
    let gone = world.lpa.delete(second).await.unwrap_err();
    assert_eq!(gone.key(), "card.switch.not_found");
    let sent = world.lpa.send_notifications().await.unwrap();
    assert!(sent.delivered.is_sorted() && sent.unsent.is_empty());
    // First on; first off and second on; second off; second deleted.
    assert_eq!(sent.delivered.len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profiles_can_be_named_by_aid() {
    let world = World::new().await;
    let done = installed(world.download(&world.order()).await);
    let id = ProfileId::Aid(done.isdp_aid);
    assert_eq!(world.lpa.enable(id.clone()).await.unwrap().state, ProfileState::Enabled);
    world.lpa.rename(id.clone(), "By AID").await.unwrap();
    world.lpa.disable(id.clone()).await.unwrap();
    assert_eq!(world.lpa.profile(id.clone()).await.unwrap().nickname.as_deref(), Some("By AID"));
    world.lpa.delete(id).await.unwrap();
    assert!(world.lpa.profiles().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_may_wait_at_the_default_server() {
    let world = World::new().await;
    let none = world.lpa.authenticate(ProfileSource::DefaultServer).await.unwrap_err();
    assert_eq!(none.key(), "input.no_default_server");
    world.lpa.set_default_address(lpakit_e2e::SERVER_NAME).await.unwrap();
    let eid = world.card.look(|card| card.eid().clone());
    let order = world.order_with(|order| {
        order.matching_id = MatchingId::DefaultServer;
        order.eid = Some(lpakit::rsp::identifiers::Eid::from_octets(*eid.octets()));
    });
    let offer = world.lpa.authenticate(ProfileSource::DefaultServer).await.unwrap();
    let done = installed(world.accept(offer, None).outcome().await);
    assert_eq!(done.iccid, order.iccid);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_chip_tells_what_it_is() {
    let world = World::new().await;
    let chip = world.lpa.chip().await.unwrap();
    let eid = world.card.look(|card| card.eid().digits());
    assert_eq!(chip.eid.to_string(), eid.to_string());
    assert!(chip.eid.check_digits_ok());
    assert_eq!(chip.info.svn.to_string(), "2.5.0");
    assert_eq!(chip.rules.0.len(), 1);
    assert_eq!(world.lpa.eid().await.unwrap(), chip.eid);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_with_rules_needs_consent_and_its_rules_hold() {
    let world = World::new().await;
    let order = world.order_with(|order| {
        order.metadata.ppr1 = true;
        order.metadata.ppr2 = true;
        let (mcc, mnc) = ("001".to_owned(), "01".to_owned());
        order.metadata.owner = Some(Owner { mcc, mnc, gid1: None, gid2: None });
    });
    let offer = world.lpa.authenticate(world.code(&order)).await.unwrap();
    let rules = [Need::ConsentToNoDisabling, Need::ConsentToNoDeleting];
    assert_eq!(offer.needs(), [&[Need::Consent], &rules[..]].concat());
    let unanswered = offer.accept(Answers::default()).unwrap_err();
    assert_eq!(unanswered.missing.first(), Some(&Need::Consent));
    let refused = unanswered.offer.accept(Answers::yes()).unwrap_err();
    assert_eq!(refused.error.key(), "input.consent_missing");
    assert_eq!(refused.missing, rules);
    let done = installed(world.accept(refused.offer, None).outcome().await);
    let id = ProfileId::Iccid(done.iccid);
    assert_eq!(world.lpa.delete(id.clone()).await.unwrap_err().kind(), ErrorKind::Policy);
    world.lpa.enable(id.clone()).await.unwrap();
    assert_eq!(world.lpa.disable(id).await.unwrap_err().key(), "card.switch.policy");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_that_ends_all_channels_is_survived() {
    for can_reset in [true, false] {
        let mut options = WorldOptions { can_reset, ..WorldOptions::default() };
        options.card.quirks.announces_refresh = true;
        options.card.quirks.silent_until_reset = can_reset;
        let world = World::with(options).await;
        let done = installed(world.download(&world.order()).await);
        let id = ProfileId::Iccid(done.iccid);
        assert_eq!(world.lpa.enable(id.clone()).await.unwrap().state, ProfileState::Enabled);
        assert_eq!(world.lpa.disable(id).await.unwrap().state, ProfileState::Disabled);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_can_be_reset() {
    use lpakit::rsp::switching::MemoryResetRequest;
    let world = World::new().await;
    installed(world.download(&world.order()).await);
    let what = MemoryResetRequest { operational_profiles: true, ..MemoryResetRequest::default() };
    world.lpa.reset_memory(what).await.unwrap();
    assert!(world.lpa.profiles().await.unwrap().is_empty());
    let again = world.lpa.reset_memory(what).await.unwrap_err();
    assert_eq!(again.key(), "card.reset.nothing");
}
