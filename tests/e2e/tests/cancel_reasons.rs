//! Every way a download can end early: what the person is told, with which reason the card's session is cancelled,
//! and what the server hears (facts 5.8, 5.9).

use lpakit::lpa::{Answers, RejectReason};
use lpakit::{Error, ErrorKind, PlanState};
use lpakit_e2e::{Tap, World, WorldOptions};
use lpakit_sandbox_smdp::Function;
use lpakit_sandbox_smdp::metadata::Owner;
use lpakit_sandbox_smdp::misbehaviour::Misbehaviour;
use lpakit_sandbox_smdp::order::{OrderRequest, PlacedOrder};
use lpakit_sandbox_smdp::server::TlsOptions;
use lpakit_sandbox_smdp::status::StatusCode;

/// One way to end early, and what must come of it.
struct Path {
    name: &'static str,
    prepare: fn(&World),
    order: fn(&mut OrderRequest),
    key: &'static str,
    reasons: &'static [u8],
    /// The functions that were answered; an exchange that broke is not among them.
    server_hears: &'static [&'static str],
}

const PLAIN: fn(&mut OrderRequest) = |_| {};
const INIT: &str = "initiateAuthentication";
const AUTH: &str = "authenticateClient";
const GET: &str = "getBoundProfilePackage";
const TOLD: &str = "cancelSession";
const PIR: &str = "handleNotification";

fn wrong(function: Function, what: Misbehaviour) -> impl FnOnce(&World) {
    move |world| world.misbehave(function, what)
}

/// Answers the ES10 command with this tag with a status word.
fn status_for(world: &World, tag: [u8; 2], status: [u8; 2]) {
    world.card.tap(move |apdu| {
        let first_block = apdu.get(1) == Some(&0xE2) && apdu.get(5..7) == Some(&tag);
        if first_block { Tap::Answer(status.to_vec()) } else { Tap::Pass }
    });
}

const PATHS: &[Path] = &[
    Path {
        name: "the server fails before the card has a session",
        prepare: |world| {
            wrong(Function::InitiateAuthentication, Misbehaviour::HttpStatus(500))(world)
        },
        order: PLAIN,
        key: "server.http_status",
        reasons: &[],
        server_hears: &[INIT],
    },
    Path {
        name: "the server signs for another session",
        prepare: |world| {
            wrong(Function::InitiateAuthentication, Misbehaviour::OtherTransactionId)(world)
        },
        order: PLAIN,
        key: "trust.transaction_id",
        reasons: &[],
        server_hears: &[INIT],
    },
    Path {
        name: "the server signs another address",
        prepare: |world| {
            wrong(Function::InitiateAuthentication, Misbehaviour::OtherServerAddress)(world)
        },
        order: PLAIN,
        key: "trust.server_address",
        reasons: &[],
        server_hears: &[INIT],
    },
    Path {
        name: "the card does not believe the server's signature",
        prepare: |world| {
            wrong(Function::InitiateAuthentication, Misbehaviour::WrongSignature)(world)
        },
        order: PLAIN,
        key: "card.refused_server",
        reasons: &[],
        server_hears: &[INIT, AUTH],
    },
    Path {
        name: "the card answers AuthenticateServer with a status word",
        prepare: |world| status_for(world, [0xBF, 0x38], [0x6A, 0x80]),
        order: PLAIN,
        key: "card.status",
        reasons: &[1],
        server_hears: &[INIT],
    },
    Path {
        name: "the server refuses the card",
        prepare: |world| {
            let code = StatusCode::new("8.2.6", "3.8");
            wrong(Function::AuthenticateClient, Misbehaviour::Refuse(code))(world);
        },
        order: PLAIN,
        key: "server.refused.8.2.6/3.8",
        reasons: &[1],
        server_hears: &[INIT, AUTH],
    },
    Path {
        name: "the network fails while the server looks at the card",
        prepare: |world| wrong(Function::AuthenticateClient, Misbehaviour::CloseAfter)(world),
        order: PLAIN,
        key: "network.connection_lost",
        reasons: &[1],
        server_hears: &[INIT, TOLD],
    },
    Path {
        name: "the offer names another session",
        prepare: |world| {
            wrong(Function::AuthenticateClient, Misbehaviour::OtherTransactionId)(world)
        },
        order: PLAIN,
        key: "trust.transaction_id",
        reasons: &[127],
        server_hears: &[INIT, AUTH, TOLD],
    },
    Path {
        name: "the offer is signed for another session",
        prepare: |world| {
            wrong(Function::AuthenticateClient, Misbehaviour::OtherTransactionIdSigned)(world)
        },
        order: PLAIN,
        key: "trust.transaction_id",
        reasons: &[127],
        server_hears: &[INIT, AUTH, TOLD],
    },
    Path {
        name: "the offer comes from another SM-DP+",
        prepare: |world| wrong(Function::AuthenticateClient, Misbehaviour::OtherOid)(world),
        order: PLAIN,
        key: "trust.oid",
        reasons: &[127],
        server_hears: &[INIT, AUTH, TOLD],
    },
    Path {
        name: "the card's rules do not allow the plan's",
        prepare: |world| {
            world
                .card
                .look(|card| card.configure(|config| config.authorisation_rules.clear()))
                .unwrap();
        },
        order: |order| {
            order.metadata.ppr2 = true;
            let (mcc, mnc) = ("001".to_owned(), "01".to_owned());
            order.metadata.owner = Some(Owner { mcc, mnc, gid1: None, gid2: None });
        },
        key: "policy.not_allowed",
        reasons: &[3],
        server_hears: &[INIT, AUTH, TOLD],
    },
    Path {
        name: "the card does not believe the offer's signature",
        prepare: |world| wrong(Function::AuthenticateClient, Misbehaviour::WrongSignature)(world),
        order: PLAIN,
        key: "card.refused_download",
        reasons: &[],
        server_hears: &[INIT, AUTH, GET],
    },
    Path {
        name: "the card answers PrepareDownload with a status word",
        prepare: |world| status_for(world, [0xBF, 0x21], [0x6F, 0x00]),
        order: PLAIN,
        key: "card.status",
        reasons: &[1],
        server_hears: &[INIT, AUTH, TOLD],
    },
    Path {
        name: "the server refuses the package",
        prepare: |world| {
            let code = StatusCode::new("8.8.5", "4.10");
            wrong(Function::GetBoundProfilePackage, Misbehaviour::Refuse(code))(world);
        },
        order: PLAIN,
        key: "server.refused.8.8.5/4.10",
        reasons: &[1],
        server_hears: &[INIT, AUTH, GET],
    },
    Path {
        name: "the network fails while the package is bound",
        prepare: |world| wrong(Function::GetBoundProfilePackage, Misbehaviour::CloseBefore)(world),
        order: PLAIN,
        key: "network.connection_lost",
        reasons: &[1],
        server_hears: &[INIT, AUTH, TOLD],
    },
    Path {
        name: "the package binds other metadata than the person saw",
        prepare: |world| {
            wrong(Function::GetBoundProfilePackage, Misbehaviour::OtherMetadata)(world)
        },
        order: PLAIN,
        key: "trust.metadata_changed",
        reasons: &[4],
        server_hears: &[INIT, AUTH, GET, TOLD],
    },
    Path {
        name: "the package has another outline",
        prepare: |world| wrong(Function::GetBoundProfilePackage, Misbehaviour::WrongOutline)(world),
        order: PLAIN,
        key: "server.bad_package",
        reasons: &[5],
        server_hears: &[INIT, AUTH, GET, TOLD],
    },
    Path {
        name: "the package is garbage",
        prepare: |world| {
            wrong(Function::GetBoundProfilePackage, Misbehaviour::GarbagePackage)(world)
        },
        order: PLAIN,
        key: "server.bad_package",
        reasons: &[5],
        server_hears: &[INIT, AUTH, GET, TOLD],
    },
    Path {
        name: "the package is cut short",
        prepare: |world| {
            wrong(Function::GetBoundProfilePackage, Misbehaviour::TruncatedPackage)(world)
        },
        order: PLAIN,
        key: "server.bad_package",
        reasons: &[5],
        server_hears: &[INIT, AUTH, GET, TOLD],
    },
    Path {
        name: "the package is of another session",
        prepare: |world| {
            wrong(Function::GetBoundProfilePackage, Misbehaviour::OtherTransactionIdSigned)(world);
        },
        order: PLAIN,
        key: "trust.transaction_id",
        reasons: &[127],
        server_hears: &[INIT, AUTH, GET, TOLD],
    },
    Path {
        name: "the package is named for another session",
        prepare: |world| {
            wrong(Function::GetBoundProfilePackage, Misbehaviour::OtherTransactionId)(world)
        },
        order: PLAIN,
        key: "trust.transaction_id",
        reasons: &[127],
        server_hears: &[INIT, AUTH, GET, TOLD],
    },
    Path {
        name: "a command of the package is answered with a status word and there is no result",
        prepare: |world| status_for(world, [0xBF, 0x36], [0x6A, 0x80]),
        order: PLAIN,
        key: "card.no_installation_result",
        reasons: &[5],
        server_hears: &[INIT, AUTH, GET, TOLD],
    },
    Path {
        name: "the package lacks the last piece of the profile",
        prepare: |world| {
            wrong(Function::GetBoundProfilePackage, Misbehaviour::IncompletePackage)(world)
        },
        order: PLAIN,
        key: "card.install.not_accepted",
        reasons: &[],
        server_hears: &[INIT, AUTH, GET, PIR],
    },
    Path {
        name: "the card refuses the package with a result",
        prepare: |world| wrong(Function::GetBoundProfilePackage, Misbehaviour::WrongMac)(world),
        order: PLAIN,
        key: "card.install.security",
        reasons: &[],
        server_hears: &[INIT, AUTH, GET, PIR],
    },
];

async fn world() -> World {
    let other = |config: &mut lpakit_sandbox_smdp::SmdpConfig, pki: &lpakit_sandbox_crypto::Pki| {
        config.other = Some(lpakit_e2e::other_smdp(pki));
    };
    World::with(WorldOptions { server: Box::new(other), ..WorldOptions::default() }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_path_ends_as_the_standard_wants() {
    for path in PATHS {
        let world = world().await;
        let order = world.order_with(path.order);
        (path.prepare)(&world);
        let error = world.download(&order).await.expect_err(path.name);
        assert_eq!(error.key(), path.key, "{}", path.name);
        assert_eq!(world.journal.cancel_reasons(), path.reasons, "{}", path.name);
        assert_eq!(world.journal.functions(), path.server_hears, "{}", path.name);
        // Nothing is left open: the next try works, where the order still stands.
        world.card.untap();
        assert!(world.lpa.profiles().await.unwrap().is_empty(), "{}", path.name);
        assert_truth(&world, &order, &error, path.name).await;
    }
}

/// What an error says of the plan is so: a code that is still valid installs, one that is not is refused.
async fn assert_truth(world: &World, order: &PlacedOrder, error: &Error, name: &str) {
    match error.plan() {
        PlanState::StillValid => {
            let again = world.download(order).await;
            assert!(again.is_ok(), "{name}: {again:?}");
        }
        // A server that was made to refuse once does not do so the second time.
        PlanState::NoLongerValid if error.key().starts_with("server.refused.") => {}
        PlanState::NoLongerValid => {
            let again = world.download(order).await.expect_err(name);
            assert_eq!(again.plan(), PlanState::NoLongerValid, "{name}");
        }
        PlanState::Unknown => {}
        PlanState::NotConcerned | PlanState::Installed => panic!("{name}: {error:?}"),
    }
    let next = world.order();
    let works = world.download(&next).await;
    assert!(works.is_ok(), "{name}: {works:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_says_no_or_later() {
    for (reason, code) in [(RejectReason::Refused, 0), (RejectReason::Later, 1)] {
        let world = World::new().await;
        let order = world.order();
        let offer = world.lpa.authenticate(world.code(&order)).await.unwrap();
        assert!(offer.reject(reason).await, "the server was told");
        assert_eq!(world.journal.cancel_reasons(), [code]);
        assert_eq!(world.journal.functions(), [INIT, AUTH, TOLD]);
        let again = world.download(&order).await;
        // Later leaves the order as it is; no ends it.
        assert_eq!(again.is_ok(), reason == RejectReason::Later);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_that_is_forgotten_or_too_old_is_cancelled() {
    let world = World::new().await;
    let order = world.order();
    drop(world.lpa.authenticate(world.code(&order)).await.unwrap());
    // The card's half is queued before anything else, the server's follows by itself.
    assert!(world.lpa.profiles().await.unwrap().is_empty());
    assert_eq!(world.journal.cancel_reasons(), [1]);
    world.journal.until_server_heard(TOLD).await;

    world.journal.clear();
    let offer = world.lpa.authenticate(world.code(&order)).await.unwrap();
    world.clock.advance(std::time::Duration::from_secs(299));
    assert!(world.journal.cancel_reasons().is_empty());
    world.clock.advance(std::time::Duration::from_secs(1));
    world.journal.until_server_heard(TOLD).await;
    assert_eq!(world.journal.cancel_reasons(), [2]);
    let late = offer.accept(Answers::yes()).unwrap_err();
    assert_eq!(late.error.key(), "cancelled.offer_expired");
    // Timeout leaves the order as it is.
    lpakit_e2e::installed(world.download(&order).await);
}

/// Cancels when the card gets the command with this tag, or at once.
async fn cancel_at(tag: Option<[u8; 2]>) -> (World, Result<(), Error>) {
    let world = World::new().await;
    let order = world.order();
    let offer = world.lpa.authenticate(world.code(&order)).await.unwrap();
    let canceller = std::sync::Arc::new(std::sync::Mutex::new(None::<lpakit::lpa::Canceller>));
    let hand = std::sync::Arc::clone(&canceller);
    let (ready, wait) = std::sync::mpsc::channel();
    if let Some(tag) = tag {
        let mut wait = Some(wait);
        world.card.tap(move |apdu| {
            if apdu.get(5..7) == Some(&tag)
                && let Some(wait) = wait.take()
            {
                wait.recv().unwrap();
                hand.lock().unwrap().as_ref().unwrap().cancel();
            }
            Tap::Pass
        });
    }
    let mut installation = world.accept(offer, None);
    *canceller.lock().unwrap() = Some(installation.canceller());
    if tag.is_some() {
        ready.send(()).unwrap();
    } else {
        installation.cancel();
    }
    let outcome = installation.outcome().await;
    let outcome = outcome.map(|outcome| {
        let done = lpakit_e2e::installed(Ok(outcome));
        assert!(done.cancel_requested, "the wish is told with the outcome");
    });
    (world, outcome)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelling_works_up_to_the_first_byte_and_is_remembered_after_it() {
    // While the card prepares.
    let (world, outcome) = cancel_at(Some([0xBF, 0x21])).await;
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(world.journal.cancel_reasons(), [1]);
    assert!(world.lpa.profiles().await.unwrap().is_empty());
    // From the first command of the package on.
    let (world, outcome) = cancel_at(Some([0xBF, 0x36])).await;
    outcome.unwrap();
    assert!(world.journal.cancel_reasons().is_empty());
    assert_eq!(world.lpa.profiles().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelling_while_the_server_binds_ends_the_waiting() {
    let world = World::new().await;
    let order = world.order();
    world.misbehave(Function::GetBoundProfilePackage, Misbehaviour::Hang);
    let offer = world.lpa.authenticate(world.code(&order)).await.unwrap();
    let mut installation = world.accept(offer, None);
    while installation.progress().phase < lpakit::progress::Phase::Downloading {
        installation.next_progress().await;
    }
    installation.cancel();
    let error = installation.outcome().await.unwrap_err();
    // The request may have been given up before the server saw it.
    world.smdp.misbehaviours().clear();
    assert_eq!(error.key(), "cancelled.by_user");
    assert_eq!(world.journal.cancel_reasons(), [1]);
    assert!(world.download(&order).await.is_ok(), "the order is as it was");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_future_dropped_half_way_leaves_no_session_behind() {
    let world = World::new().await;
    let order = world.order();
    world.misbehave(Function::AuthenticateClient, Misbehaviour::Hang);
    let lpa = world.lpa.clone();
    let code = world.code(&order);
    let asking = tokio::spawn(async move { lpa.authenticate(code).await.map(drop) });
    world.journal.until_card_got([0xBF, 0x38]).await;
    asking.abort();
    assert!(asking.await.unwrap_err().is_cancelled());
    // The request may have been given up before the server saw it.
    world.smdp.misbehaviours().clear();
    lpakit_e2e::installed(world.download(&order).await);
    assert_eq!(world.journal.cancel_reasons(), [1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_trust_is_never_shown_to_the_card() {
    let tls = |pki: &lpakit_sandbox_crypto::Pki, _: &_| TlsOptions::of_dp(pki).unwrap();
    let options = WorldOptions { tls: Box::new(tls), trust_ci: false, ..WorldOptions::default() };
    let world = World::with(options).await;
    let order = world.order();
    let error = world.download(&order).await.unwrap_err();
    assert_eq!(error.key(), "trust.no_common_ci");
    assert!(world.journal.functions().is_empty());
}
