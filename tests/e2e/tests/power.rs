//! The card pulled out, power lost and the app killed during an installation: the next start tells the truth.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use lpakit::lpa::InstallationOutcome;
use lpakit::rsp::notifications::Event;
use lpakit::{Advice, Error, PlanState};
use lpakit_e2e::{Tap, World, WorldOptions, installed};
use lpakit_sandbox_euicc::nvm::PowerSwitch;
use lpakit_sandbox_smdp::notification::NotificationKind;
use lpakit_sandbox_smdp::order::{OrderState, PlacedOrder};

const LOAD: [u8; 2] = [0xBF, 0x36];

/// Counts STORE DATA commands from the first of the package on, and pulls the card at one of them.
fn pull_at(world: &World, number: usize, how: Tap) -> Arc<AtomicUsize> {
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    world.card.tap(move |apdu| {
        let began = count.load(Ordering::SeqCst) > 0 || apdu.get(5..7) == Some(&LOAD);
        if !began || apdu.get(1) != Some(&0xE2) {
            return Tap::Pass;
        }
        let now = count.fetch_add(1, Ordering::SeqCst) + 1;
        if now == number { how.clone() } else { Tap::Pass }
    });
    seen
}

/// How many STORE DATA commands the loading of the small profile takes.
async fn length_of_loading() -> usize {
    let world = World::new().await;
    let seen = pull_at(&world, usize::MAX, Tap::Pass);
    let order = world.order();
    installed(world.download(&order).await);
    // One of them was RemoveNotificationFromList.
    seen.load(Ordering::SeqCst) - 1
}

/// What must hold after a broken installation, once the app has started again.
async fn assert_truth(world: &mut World, what: &str) {
    world.restart().await;
    let profiles = world.lpa.profiles().await.unwrap();
    let pending = world.lpa.notifications().await.unwrap();
    assert!(profiles.len() <= 1, "{what}");
    // Whatever the card holds now, the operator will hear of it, and a further try fits it.
    let reports = pending.iter().filter(|report| report.events == [Event::Install]).count();
    let order = world.smdp.orders().orders().unwrap().remove(0);
    if profiles.len() == 1 {
        assert_eq!(reports, 1, "{what}: the success waits for delivery");
        world.lpa.send_notifications().await.unwrap();
        assert_eq!(
            world.smdp.orders().order(&order.id).unwrap().state,
            OrderState::Installed,
            "{what}"
        );
    } else {
        assert!(reports <= 1, "{what}");
        world.lpa.send_notifications().await.unwrap();
        let received = world.smdp.received().unwrap();
        let told = received.iter().any(|report| {
            matches!(report.kind, NotificationKind::InstallationFailed { reason: 11, .. })
        });
        assert_eq!(told, reports == 1, "{what}: {received:?}");
        let next = world.order();
        installed(world.download(&next).await);
    }
    assert!(world.lpa.notifications().await.unwrap().is_empty(), "{what}");
    assert_eq!(world.lpa.profiles().await.unwrap().len(), 1, "{what}");
}

/// After a card that was away for a moment: it was asked what it did, and the error says so.
async fn assert_told(
    world: &World,
    order: &PlacedOrder,
    outcome: Result<InstallationOutcome, Error>,
    what: &str,
) {
    match outcome {
        Ok(_) => assert_eq!(world.lpa.profiles().await.unwrap().len(), 1, "{what}"),
        Err(error) => {
            let keys = ["card.gone", "card.no_installation_result", "card.install.interrupted"];
            assert!(keys.contains(&error.key()), "{what}: {error:?}");
            assert_eq!(error.plan(), PlanState::StillValid, "{what}");
            assert!(world.lpa.profiles().await.unwrap().is_empty(), "{what}");
            installed(world.download(order).await);
        }
    }
    assert!(world.lpa.notifications().await.unwrap().is_empty(), "{what}");
    assert_eq!(world.smdp.orders().order(&order.id).unwrap().state, OrderState::Installed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_is_back_at_once_is_asked_what_it_did() {
    let commands = length_of_loading().await;
    assert!(commands >= 7, "{commands}");
    for number in 1..=commands {
        for how in [Tap::PullBefore, Tap::PullAfter] {
            let what = format!("{how:?} at command {number} of {commands}");
            let world = World::new().await;
            pull_at(&world, number, how);
            let order = world.order();
            let outcome = world.download(&order).await;
            assert_told(&world, &order, outcome, &what).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_pulled_out_at_any_command_of_the_package_tells_the_truth_later() {
    let commands = length_of_loading().await;
    for number in 1..=commands {
        for how in [Tap::PullBefore, Tap::PullAfter] {
            let what = format!("{how:?} at command {number} of {commands}");
            let mut world = World::new().await;
            world.clock.hurry();
            // And it stays out.
            let seen = AtomicUsize::new(0);
            world.card.tap(move |apdu| {
                let began = seen.load(Ordering::SeqCst) > 0 || apdu.get(5..7) == Some(&LOAD);
                let stored = apdu.get(1) == Some(&0xE2);
                let now = match began {
                    true if stored => seen.fetch_add(1, Ordering::SeqCst) + 1,
                    true => seen.load(Ordering::SeqCst),
                    false => 0,
                };
                match now.cmp(&number) {
                    std::cmp::Ordering::Equal if stored => how.clone(),
                    std::cmp::Ordering::Less => Tap::Pass,
                    _ if now == number => Tap::Pass,
                    _ => Tap::PullBefore,
                }
            });
            let order = world.order();
            let error = world.download(&order).await.expect_err(&what);
            assert_eq!(error.key(), "card.lost_during_installation", "{what}");
            assert_eq!(error.plan(), PlanState::Unknown, "{what}");
            assert_eq!(error.advice(), Advice::CheckProfiles, "{what}");
            assert_truth(&mut world, &what).await;
        }
    }
}

type Cut = fn(&PowerSwitch, u64);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn power_lost_at_any_write_of_the_card_leaves_the_old_or_the_new() {
    let cuts: [Cut; 2] = [PowerSwitch::cut_before, PowerSwitch::cut_after];
    for cut in cuts {
        for write in 1..=6 {
            let what = format!("write {write}");
            let world = World::new().await;
            let order = world.order();
            let offer = world.lpa.authenticate(world.code(&order)).await.unwrap();
            cut(&world.power, write);
            let outcome = world.accept(offer, None).outcome().await;
            assert_told(&world, &order, outcome, &what).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_killed_after_the_installation_reports_it_at_its_next_start() {
    let mut world = World::new().await;
    // Killed between the card's result and the operator's server: the server is never reached.
    let order = world.order();
    let reached = lpakit_sandbox_smdp::misbehaviour::Misbehaviour::CloseBefore;
    world.misbehave(lpakit_sandbox_smdp::Function::HandleNotification, reached);
    let done = installed(world.download(&order).await);
    assert_eq!(done.report, lpakit::lpa::ReportState::Queued);
    world.restart().await;
    let pending = world.lpa.notifications().await.unwrap();
    assert_eq!(pending.len(), 1);
    assert_eq!(pending[0].iccid, Some(done.iccid));
    let sent = world.lpa.send_notifications().await.unwrap();
    assert_eq!(sent.delivered, [pending[0].seq_number]);
    assert_eq!(world.smdp.orders().order(&order.id).unwrap().state, OrderState::Installed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_leaves_the_card_only_after_a_2xx_and_one_dead_server_blocks_no_other() {
    use lpakit_sandbox_smdp::metadata::NotificationReceiver;
    let world = World::new().await;
    let order = world.order_with(|order| {
        // Beside the SM-DP+ itself.
        order.metadata.receivers = vec![NotificationReceiver::all("localhost:9")];
    });
    let done = installed(world.download(&order).await);
    world.lpa.enable(lpakit::rsp::profiles::ProfileId::Iccid(done.iccid)).await.unwrap();
    let before = world.lpa.notifications().await.unwrap();
    let sent = world.lpa.send_notifications().await.unwrap();
    let to_dead: Vec<u32> =
        before.iter().filter(|n| n.address == "localhost:9").map(|n| n.seq_number).collect();
    assert!(!to_dead.is_empty() && !sent.delivered.is_empty());
    assert_eq!(sent.unsent[0].error.key(), "network.unreachable");
    let left: Vec<u32> =
        world.lpa.notifications().await.unwrap().iter().map(|n| n.seq_number).collect();
    assert_eq!(left, to_dead, "what was not delivered is still there, in order");

    // A server's error keeps the report, too.
    world.lpa.remove_notification(to_dead[0]).await.unwrap();
    let reports = world.lpa.notifications().await.unwrap().len();
    let id = lpakit::rsp::profiles::ProfileId::Iccid(done.iccid);
    world.lpa.disable(id).await.unwrap();
    let error = lpakit_sandbox_smdp::misbehaviour::Misbehaviour::HttpStatus(500);
    world.misbehave(lpakit_sandbox_smdp::Function::HandleNotification, error);
    let sent = world.lpa.send_notifications().await.unwrap();
    assert!(sent.delivered.is_empty());
    assert_eq!(world.lpa.notifications().await.unwrap().len(), reports + 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notification_numbers_of_any_size_work() {
    for first in [0, 127, 128, 255, 1900] {
        let mut options = WorldOptions::default();
        options.card.first_seq_number = first;
        let world = World::with(options).await;
        let done = installed(world.download(&world.order()).await);
        world.lpa.enable(lpakit::rsp::profiles::ProfileId::Iccid(done.iccid)).await.unwrap();
        let sent = world.lpa.send_notifications().await.unwrap();
        assert_eq!(sent.delivered, [first + 1]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_card_is_one_queue_and_an_offer_does_not_block_it() {
    let world = World::new().await;
    let order = world.order();
    let offer = world.lpa.authenticate(world.code(&order)).await.unwrap();
    // A second one has to wait; everything else goes on.
    let busy = world.lpa.authenticate(world.code(&order)).await.unwrap_err();
    assert_eq!(busy.key(), "busy.offer_open");
    let commands = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&commands);
    world.card.tap(move |apdu| {
        seen.lock().unwrap().push(apdu.to_vec());
        Tap::Pass
    });
    let lists: Vec<_> = (0..4)
        .map(|_| {
            let lpa = world.lpa.clone();
            tokio::spawn(async move { lpa.profiles().await.unwrap().len() })
        })
        .collect();
    for list in lists {
        assert_eq!(list.await.unwrap(), 0);
    }
    // Command and GET RESPONSE of one are never parted by another's.
    let commands = commands.lock().unwrap().clone();
    let kinds: Vec<u8> = commands.iter().map(|apdu| apdu[1]).collect();
    assert_eq!(kinds, [0xE2, 0xC0].repeat(4));
    installed(world.accept(offer, None).outcome().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_the_card_lost_meanwhile_is_renewed_once() {
    let world = World::new().await;
    let first = installed(world.download(&world.order()).await);
    let order = world.order();
    let offer = world.lpa.authenticate(world.code(&order)).await.unwrap();
    // Another app resets the card while the person reads.
    world.card.look(|card| card.reset().map(drop)).unwrap();
    assert_eq!(world.lpa.profiles().await.unwrap().len(), 1, "its channel is opened anew");
    let mut installation = world.accept(offer, None);
    installed(installation.outcome().await);
    assert_eq!(world.lpa.profiles().await.unwrap().len(), 2);
    assert!(world.lpa.profile(lpakit::rsp::profiles::ProfileId::Iccid(first.iccid)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_the_server_lost_is_renewed_once() {
    use lpakit_sandbox_smdp::misbehaviour::Misbehaviour;
    use lpakit_sandbox_smdp::status::StatusCode;
    let world = World::new().await;
    let order = world.order();
    let lost = || Misbehaviour::Refuse(StatusCode::new("8.10.1", "3.9"));
    world.misbehave(lpakit_sandbox_smdp::Function::GetBoundProfilePackage, lost());
    installed(world.download(&order).await);

    let order = world.order();
    world.misbehave(lpakit_sandbox_smdp::Function::GetBoundProfilePackage, lost());
    world.misbehave(lpakit_sandbox_smdp::Function::GetBoundProfilePackage, lost());
    let error = world.download(&order).await.unwrap_err();
    assert_eq!(error.key(), "server.refused.8.10.1/3.9");
    installed(world.download(&order).await);
}
