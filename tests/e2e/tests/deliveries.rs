//! Operators are told, whatever happens: in order, as often as it takes, and nobody waits for it.

use std::time::Duration;

use lpakit::lpa::{Delivery, PendingReport};
use lpakit::rsp::identifiers::Iccid;
use lpakit::rsp::notifications::Event;
use lpakit::rsp::profiles::ProfileId;
use lpakit_e2e::{Tap, World, WorldOptions, installed};
use lpakit_sandbox_smdp::Function::HandleNotification;
use lpakit_sandbox_smdp::metadata::NotificationReceiver;
use lpakit_sandbox_smdp::misbehaviour::{Misbehaviour, Times};
use lpakit_sandbox_smdp::notification::Verdict;
use lpakit_sandbox_smdp::order::{ProfileSize, ProfileSource};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn install(world: &World) -> Iccid {
    installed(world.download(&world.order()).await).iccid
}

async fn pending(world: &World) -> Vec<PendingReport> {
    world.lpa.notifications().await.unwrap()
}

async fn numbers(world: &World) -> Vec<u32> {
    pending(world).await.iter().map(|report| report.seq_number).collect()
}

/// Refuses every report with this status.
fn refuse(world: &World, status: u16) {
    let status = Misbehaviour::HttpStatus(status);
    world.smdp.misbehaviours().add(HandleNotification, status, Times::Always);
}

fn automatic(world: &mut World) {
    world.change_lpa(|options| options.delivery = Delivery::Automatic);
}

/// Waits until the card has got so many RemoveNotificationFromList since the journal was cleared.
async fn until_removed(world: &World, count: usize) {
    world.journal.until_card_got_so_many([0xBF, 0x30], count).await;
}

#[tokio::test]
async fn a_switch_queues_two_reports_and_both_arrive_by_themselves() {
    let mut world = World::new().await;
    let (first, second) = (install(&world).await, install(&world).await);
    world.lpa.enable(ProfileId::Iccid(first)).await.unwrap();
    world.lpa.send_notifications().await.unwrap();
    automatic(&mut world);
    world.restart().await;
    world.journal.clear();
    world.lpa.enable(ProfileId::Iccid(second)).await.unwrap();
    until_removed(&world, 2).await;
    assert!(pending(&world).await.is_empty());
    let received = world.smdp.received().unwrap();
    assert!(received.iter().all(|report| report.verdict == Verdict::Accepted));
    // Twice installed, first on; first off, second on.
    assert_eq!(received.len(), 5);
}

#[tokio::test]
async fn what_an_earlier_run_left_is_sent_soon_after_the_start() {
    let mut world = World::new().await;
    let id = ProfileId::Iccid(install(&world).await);
    world.lpa.enable(id).await.unwrap();
    automatic(&mut world);
    world.restart().await;
    world.journal.clear();
    // The person's own wish comes first.
    world.lpa.profiles().await.unwrap();
    assert_eq!(world.journal.count([0xBF, 0x28]), 0);
    world.clock.advance(Duration::from_secs(2));
    until_removed(&world, 1).await;
    assert!(pending(&world).await.is_empty());
}

#[tokio::test]
async fn a_server_that_fails_is_asked_again_later_and_later() {
    let mut world = World::new().await;
    let id = ProfileId::Iccid(install(&world).await);
    automatic(&mut world);
    world.restart().await;
    world.journal.clear();
    refuse(&world, 500);
    world.lpa.enable(id).await.unwrap();
    world.journal.until_server_heard_so_often("handleNotification", 1).await;
    for (tries, pause) in [(2, 30), (3, 60), (4, 120)] {
        let pause = Duration::from_secs(pause);
        world.clock.until_someone_waits_for(pause).await;
        world.clock.advance(pause);
        world.journal.until_server_heard_so_often("handleNotification", tries).await;
    }
    let trouble = world.lpa.notifications().await.unwrap().remove(0).trouble.unwrap();
    assert!(trouble.tries >= 3 && !trouble.offer_removal);
    world.smdp.misbehaviours().clear();
    world.lpa.send_notifications().await.unwrap();
    assert!(pending(&world).await.is_empty());
}

#[tokio::test]
async fn a_report_that_is_refused_is_kept_for_days_and_then_offered_for_removal() {
    let mut world = World::new().await;
    let iccid = install(&world).await;
    world.lpa.enable(ProfileId::Iccid(iccid)).await.unwrap();
    refuse(&world, 403);
    for day in 0..3 {
        let sent = world.lpa.send_notifications().await.unwrap();
        assert_eq!(sent.unsent[0].error.key(), "notifications.refused");
        let trouble = pending(&world).await.remove(0).trouble.unwrap();
        assert_eq!((trouble.tries, trouble.offer_removal), (day + 1, false));
        world.clock.advance(DAY);
    }
    // The app was started anew meanwhile, and remembers.
    let memory = world.lpa.delivery_memory();
    assert!(!format!("{memory:?}").contains(&iccid.to_string()));
    world.change_lpa(move |options| options.delivery_memory = memory.clone());
    world.restart().await;
    let offered = pending(&world).await.remove(0);
    let trouble = offered.trouble.unwrap();
    assert!(trouble.offer_removal, "after three days");
    assert_eq!(trouble.lasting, 3 * DAY);
    world.lpa.remove_notification(offered.seq_number).await.unwrap();
    assert!(pending(&world).await.is_empty());
}

#[tokio::test]
async fn one_bad_profile_never_blocks_others_at_its_server() {
    let world = World::new().await;
    let (first, second) = (install(&world).await, install(&world).await);
    for iccid in [first, second] {
        world.lpa.enable(ProfileId::Iccid(iccid)).await.unwrap();
    }
    world.lpa.disable(ProfileId::Iccid(second)).await.unwrap();
    // First on; first off, second on; second off. The first report to arrive is refused, whatever it is.
    for fault in [
        Misbehaviour::HttpStatus(400),
        Misbehaviour::HttpStatus(500),
        Misbehaviour::CloseBefore,
        Misbehaviour::Html,
    ] {
        if numbers(&world).await.is_empty() {
            world.lpa.enable(ProfileId::Iccid(first)).await.unwrap();
            world.lpa.enable(ProfileId::Iccid(second)).await.unwrap();
            world.lpa.disable(ProfileId::Iccid(second)).await.unwrap();
        }
        let before = pending(&world).await;
        world.misbehave(HandleNotification, fault.clone());
        let sent = world.lpa.send_notifications().await.unwrap();
        if matches!(fault, Misbehaviour::Html) {
            // Any 2xx is an acknowledgement.
            assert!(sent.unsent.is_empty());
            continue;
        }
        let stuck = before[0].iccid;
        let of_stuck = |report: &&PendingReport| report.iccid == stuck;
        let kept: Vec<u32> = before.iter().filter(of_stuck).map(|r| r.seq_number).collect();
        assert_eq!(numbers(&world).await, kept, "{fault:?}: all of one profile, in order");
        assert!(kept.len() < before.len());
        let sent = world.lpa.send_notifications().await.unwrap();
        assert_eq!(sent.delivered, kept);
    }
}

#[tokio::test]
async fn a_dead_server_is_left_after_the_first_and_blocks_no_other() {
    let world = World::new().await;
    let mut profiles = Vec::new();
    for _ in 0..3 {
        let order = world.order_with(|order| {
            order.metadata.receivers = vec![NotificationReceiver::all("localhost:9")];
        });
        profiles.push(installed(world.download(&order).await).iccid);
    }
    for iccid in &profiles {
        world.lpa.enable(ProfileId::Iccid(*iccid)).await.unwrap();
    }
    let before = pending(&world).await;
    let dead: Vec<u32> = before
        .iter()
        .filter(|report| report.address == "localhost:9")
        .map(|report| report.seq_number)
        .collect();
    let sent = world.lpa.send_notifications().await.unwrap();
    assert_eq!(sent.delivered.len(), before.len() - dead.len());
    assert!(!sent.delivered.is_empty());
    assert_eq!(numbers(&world).await, dead);
    assert!(sent.unsent.iter().all(|unsent| unsent.error.key() == "network.unreachable"));
}

#[tokio::test]
async fn what_another_lpa_has_removed_is_fine() {
    let world = World::new().await;
    let id = ProfileId::Iccid(install(&world).await);
    world.lpa.enable(id.clone()).await.unwrap();
    // Gone between the list and the retrieval.
    world.card.tap(|apdu| {
        let retrieves = apdu.get(5..7) == Some(&[0xBF, 0x2B]);
        if retrieves {
            Tap::Answer(vec![0xBF, 0x2B, 0x02, 0xA0, 0x00, 0x90, 0x00])
        } else {
            Tap::Pass
        }
    });
    let sent = world.lpa.send_notifications().await.unwrap();
    assert!(sent.delivered.is_empty() && sent.unsent.is_empty());
    world.card.untap();
    // Gone between the delivery and the removal.
    world.card.tap(|apdu| {
        let removes = apdu.get(5..7) == Some(&[0xBF, 0x30]);
        if removes {
            Tap::Answer(vec![0xBF, 0x30, 0x03, 0x80, 0x01, 0x01, 0x90, 0x00])
        } else {
            Tap::Pass
        }
    });
    let sent = world.lpa.send_notifications().await.unwrap();
    assert_eq!((sent.delivered.len(), sent.unsent.len()), (1, 0));
}

#[tokio::test]
async fn what_a_server_has_taken_is_not_sent_again_when_the_card_was_gone() {
    let world = World::new().await;
    let id = ProfileId::Iccid(install(&world).await);
    world.lpa.enable(id).await.unwrap();
    let before = world.smdp.received().unwrap().len();
    world.card.tap(
        |apdu| {
            if apdu.get(5..7) == Some(&[0xBF, 0x30]) { Tap::PullBefore } else { Tap::Pass }
        },
    );
    world.lpa.send_notifications().await.unwrap_err();
    world.card.untap();
    assert_eq!(numbers(&world).await.len(), 1);
    let sent = world.lpa.send_notifications().await.unwrap();
    assert_eq!(sent.delivered.len(), 1);
    assert!(pending(&world).await.is_empty());
    assert_eq!(world.smdp.received().unwrap().len(), before + 1);
}

#[tokio::test]
async fn addresses_with_blanks_and_impossible_ones() {
    let world = World::new().await;
    let order = world.order_with(|order| {
        order.metadata.receivers = vec![
            NotificationReceiver::all(format!(" {} ", lpakit_e2e::SERVER_NAME.replace('.', " ."))),
            NotificationReceiver::all("http://x/?"),
        ];
    });
    let done = installed(world.download(&order).await);
    world.lpa.enable(ProfileId::Iccid(done.iccid)).await.unwrap();
    let sent = world.lpa.send_notifications().await.unwrap();
    let errors: Vec<&str> = sent.unsent.iter().map(|unsent| unsent.error.key()).collect();
    assert!(errors.iter().all(|key| *key == "notifications.bad_address") && !errors.is_empty());
    assert!(!sent.delivered.is_empty());
    let left = pending(&world).await;
    assert!(left.iter().all(|report| report.address == "http://x/?"));
    assert!(left[0].trouble.as_ref().unwrap().offer_removal, "there is no such server");
}

#[tokio::test]
async fn the_result_of_an_installation_waits_for_what_is_older_of_its_profile() {
    let mut options = WorldOptions::default();
    options.card.first_seq_number = 100_000;
    let world = World::with(options).await;
    let order = world.order();
    let done = installed(world.download(&order).await);
    let id = ProfileId::Iccid(done.iccid);
    world.lpa.delete(id).await.unwrap();
    // The operator does not know yet that it was deleted.
    assert_eq!(pending(&world).await[0].events, [Event::Delete]);
    refuse(&world, 500);
    assert_eq!(world.lpa.send_notifications().await.unwrap().unsent.len(), 1);
    world.smdp.misbehaviours().clear();
    let again = world.order_with(|new| {
        let (iccid, size) = (Some(order.iccid), ProfileSize::Smallest);
        new.profile = ProfileSource::Build { iccid, imsi: None, size };
    });
    let done = installed(world.download(&again).await);
    assert_eq!(done.report, lpakit::lpa::ReportState::Queued);
    let sent = world.lpa.send_notifications().await.unwrap();
    assert_eq!(sent.delivered, [100_001, 100_002], "the deletion first");
}
