//! Whatever a person, a picture or a server gives: a typed error that names the cause, and card and order usable.

use std::time::{Duration, SystemTime};

use lpakit::es9::TimeLimits;
use lpakit::qr::{LuminancePlane, scan_activation_code};
use lpakit::{Advice, Error, ErrorKind, PlanState, ProfileSource};
use lpakit_e2e::{SERVER_NAME, World, WorldOptions, installed, offer_of};
use lpakit_sandbox_crypto::Role;
use lpakit_sandbox_crypto::pki::{ServerRequest, TlsFault};
use lpakit_sandbox_smdp::Function;
use lpakit_sandbox_smdp::misbehaviour::{Framing, Misbehaviour};
use lpakit_sandbox_smdp::order::{MatchingId, ProfileSize, ProfileSource as Content};
use lpakit_sandbox_smdp::server::{TlsOptions, TlsVersions};

const INITIATE: Function = Function::InitiateAuthentication;

async fn error_of(world: &World) -> Error {
    let order = world.order();
    world.lpa.authenticate(world.code(&order)).await.expect_err("no offer")
}

/// Card and order are as they were: the same code works now.
async fn assert_works_now(world: &World) {
    installed(world.download(&world.order()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_is_none_is_named_for_what_it_is() {
    let world = World::new().await;
    let long = format!("LPA:1${SERVER_NAME}${}", "A".repeat(10_000));
    let cases = [
        ("", "activation_code.empty"),
        ("LPA:1$", "activation_code.missing_address"),
        ("LPA:1$smdp.example.com", "activation_code.missing_token"),
        ("LPA:2$smdp.example.com$A", "activation_code.unsupported_version"),
        ("LPA:$smdp.example.com$A", "activation_code.unsupported_version"),
        ("LPA:1$smdp example.com$A", "activation_code.invalid_address"),
        ("LPA:1$smdp.example.com$A\u{7}B", "activation_code.control_character"),
        ("LPA:1$https://smdp.example.com$A", "activation_code.invalid_address"),
        ("https://example.com/esim", "activation_code.web_page"),
        (&long, "activation_code.too_long"),
        ("LPA:1$smdp.example.com$A$1.2.x", "activation_code.invalid_oid"),
    ];
    for (text, key) in cases {
        let error = world.lpa.parse_activation_code(text).unwrap_err();
        assert_eq!((error.key(), error.kind()), (key, ErrorKind::Input), "{text:.40}");
        assert_ne!(error.to_string(), "Something went wrong.", "{key} has a text");
    }
    assert!(world.journal.lines().is_empty(), "nobody was asked");
}

#[test]
fn a_picture_without_a_code_is_told_from_one_with_another() {
    let options = lpakit::activation_code::ParseOptions::strict();
    let blank = vec![255; 200 * 200];
    let plane = LuminancePlane::new(&blank, 200, 200, 200, 1).unwrap();
    let error: Error = scan_activation_code(&plane, &options).unwrap_err().into();
    assert_eq!(error.key(), "qr.no_qr_code");

    let page = qr("https://example.com/plans");
    let plane = LuminancePlane::new(&page.0, page.1, page.1, page.1, 1).unwrap();
    let error: Error = scan_activation_code(&plane, &options).unwrap_err().into();
    assert_eq!(error.key(), "activation_code.web_page");

    let good = qr("LPA:1$smdp.example.com$TOKEN");
    let plane = LuminancePlane::new(&good.0, good.1, good.1, good.1, 1).unwrap();
    let code = scan_activation_code(&plane, &options).unwrap();
    assert_eq!(code.address().host(), "smdp.example.com");
}

fn qr(text: &str) -> (Vec<u8>, usize) {
    let code = qrcode::QrCode::new(text).unwrap();
    let (modules, scale) = (code.width() + 8, 4);
    let side = modules * scale;
    let dark = |at: usize| (at / scale).checked_sub(4).filter(|at| *at < code.width());
    let pixel = |x: usize, y: usize| match (dark(x), dark(y)) {
        (Some(x), Some(y)) if code[(x, y)] == qrcode::Color::Dark => 0,
        _ => 255,
    };
    ((0..side * side).map(|at| pixel(at % side, at / side)).collect(), side)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_matching_id_is_refused_by_the_server() {
    let world = World::new().await;
    let text = format!("LPA:1${SERVER_NAME}$UNKNOWN-MATCHING-ID");
    let code = world.lpa.parse_activation_code(&text).unwrap();
    let error = world.lpa.authenticate(ProfileSource::Code(code)).await.unwrap_err();
    assert_eq!(error.key(), "server.refused.8.2.6/3.8");
    assert_eq!((error.plan(), error.advice()), (PlanState::NoLongerValid, Advice::AskOperator));
    assert_works_now(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_confirmation_code_gives_a_fresh_offer_and_the_right_one_installs() {
    let world = World::new().await;
    let order = world.order_with(|order| order.confirmation_code = Some("1234".to_owned()));
    let offer = world.lpa.authenticate(world.code(&order)).await.unwrap();
    assert!(offer.confirmation_code_required());
    let missing = offer.accept(lpakit::lpa::Answers::yes()).unwrap_err();
    assert_eq!(missing.error.key(), "input.confirmation_code_missing");
    let outcome = world.accept(missing.offer, Some("0000")).outcome().await;
    let (fresh, error) = offer_of(outcome);
    assert_eq!(error.key(), "server.refused.8.2.7/3.8");
    assert_eq!(fresh.metadata().profile_name, "Travel 5 GB");
    installed(world.accept(fresh, Some("1234")).outcome().await);
    assert!(world.journal.cancel_reasons().is_empty(), "no session was thrown away unasked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn confirmation_codes_are_counted_by_the_server() {
    let world = World::new().await;
    let order = world.order_with(|order| {
        order.confirmation_code = Some("1234".to_owned());
        order.max_confirmation_tries = 2;
    });
    let (fresh, _) = offer_of(world.download_with(&order, Some("0000")).await);
    let locked = world.accept(fresh, Some("0001")).outcome().await.unwrap_err();
    assert_eq!(locked.key(), "server.refused.8.2.7/6.4");
    assert_eq!(locked.plan(), PlanState::NoLongerValid);
    assert_works_now(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_for_another_eid_is_refused() {
    let world = World::new().await;
    let other = lpakit::rsp::identifiers::Eid::from_digits("89049032123451234512345678901235");
    let order = world.order_with(|order| order.eid = Some(other.unwrap()));
    let error = world.download(&order).await.unwrap_err();
    assert_eq!(error.key(), "server.refused.8.1.1/3.8");
    assert_works_now(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_cannot_prove_who_it_is_is_not_asked_anything() {
    let faults = [
        (TlsFault::Expired, "trust.certificate_expired"),
        (TlsFault::SelfSigned, "trust.unknown_issuer"),
        (TlsFault::OtherHost, "trust.wrong_name"),
        (TlsFault::ForeignCi, "trust.unknown_issuer"),
    ];
    for (fault, key) in faults {
        let tls = move |pki: &lpakit_sandbox_crypto::Pki, options: &_| {
            let hosts = vec![SERVER_NAME.into()];
            let request = ServerRequest::tls(Role::DpTls, options, hosts);
            let mut random = lpakit_sandbox_crypto::SeededRandom::new(9);
            let now = SystemTime::now();
            TlsOptions::new(pki.bad_tls_leaf(fault, &request, now, &mut random).unwrap())
        };
        let options = WorldOptions { tls: Box::new(tls), ..WorldOptions::default() };
        let world = World::with(options).await;
        let error = error_of(&world).await;
        assert_eq!((error.key(), error.kind()), (key, ErrorKind::Trust));
        assert_eq!(error.plan(), PlanState::StillValid);
        assert_eq!(world.server.counters().requests(), 0);
        assert!(world.journal.cancel_reasons().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_answers_nonsense_is_told_by_its_kind() {
    let cases = [
        (Misbehaviour::Html, "server.not_a_message"),
        (Misbehaviour::EmptyBody, "server.not_a_message"),
        (Misbehaviour::HttpStatus(500), "server.http_status"),
        (Misbehaviour::HttpStatus(302), "server.http_status"),
        (
            Misbehaviour::LargeBody { octets: 50 << 20, framing: Framing::Length },
            "server.answer_too_long",
        ),
        (
            Misbehaviour::LargeBody { octets: 50 << 20, framing: Framing::Chunked },
            "server.answer_too_long",
        ),
        (Misbehaviour::EndlessBody, "server.answer_too_long"),
        (Misbehaviour::CloseBefore, "network.connection_lost"),
        (Misbehaviour::CloseAfter, "network.connection_lost"),
        (Misbehaviour::OtherTransactionId, "trust.transaction_id"),
        (Misbehaviour::OtherTransactionIdSigned, "trust.transaction_id"),
        (Misbehaviour::OtherServerAddress, "trust.server_address"),
    ];
    let world = World::new().await;
    for (misbehaviour, key) in cases {
        world.misbehave(INITIATE, misbehaviour);
        let error = error_of(&world).await;
        assert_eq!(error.key(), key);
        assert_eq!(error.plan(), PlanState::StillValid, "{key}");
    }
    assert_works_now(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_does_not_answer_is_left_in_time() {
    let limits = TimeLimits { function: Duration::from_secs(2), package: Duration::from_secs(2) };
    let world = World::with(WorldOptions { limits, ..WorldOptions::default() }).await;
    world.misbehave(INITIATE, Misbehaviour::Hang);
    assert_eq!(error_of(&world).await.key(), "network.timeout");
    world.misbehave(Function::GetBoundProfilePackage, Misbehaviour::Hang);
    let order = world.order();
    let error = world.download(&order).await.unwrap_err();
    assert_eq!((error.key(), error.plan()), ("network.timeout", PlanState::StillValid));
    assert_eq!(world.journal.cancel_reasons(), [1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_not_there_cannot_be_reached() {
    let world = World::new().await;
    let text = "LPA:1$localhost:9$A";
    let code = world.lpa.parse_activation_code(text).unwrap();
    let error = world.lpa.authenticate(ProfileSource::Code(code)).await.unwrap_err();
    assert_eq!(error.key(), "network.unreachable");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_in_a_code_is_taken_only_while_a_test_ci_is_trusted() {
    let world = World::with(WorldOptions { trust_ci: false, ..WorldOptions::default() }).await;
    let error = world.lpa.parse_activation_code("LPA:1$localhost:9$A").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
    // An app that reads with looser rules gets no further.
    let developer = lpakit::activation_code::ParseOptions::developer();
    let text = "LPA:1$smdp.example.com:9$A";
    let code = lpakit::ActivationCode::parse_with(text, &developer).unwrap();
    let error = world.lpa.authenticate(ProfileSource::Code(code)).await.unwrap_err();
    assert_eq!(error.key(), "input.address");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_oid_of_a_code_is_the_servers_or_there_is_no_download() {
    let world = World::new().await;
    let order = world.order();
    let wrong = order.activation_code(Some("2.999.4711"));
    let code = world.lpa.parse_activation_code(&wrong).unwrap();
    let error = world.lpa.authenticate(ProfileSource::Code(code)).await.unwrap_err();
    assert_eq!((error.key(), error.kind()), ("trust.oid", ErrorKind::Trust));
    let right = order.activation_code(Some(&world.smdp.oid()));
    let code = world.lpa.parse_activation_code(&right).unwrap();
    let offer = world.lpa.authenticate(ProfileSource::Code(code)).await.unwrap();
    installed(world.accept(offer, None).outcome().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_card_says_so_and_takes_the_plan_when_there_is_space() {
    let mut options = WorldOptions::default();
    options.card.non_volatile_memory = 64 * 1024;
    options.server = Box::new(|config, _| config.check_memory = false);
    let world = World::with(options).await;
    let size = ProfileSize::Package(40_000);
    let large = || {
        world.order_with(|order| {
            order.profile = Content::Build { iccid: None, imsi: None, size };
        })
    };
    let first = installed(world.download(&large()).await);
    let second = large();
    let error = world.download(&second).await.unwrap_err();
    assert_eq!((error.key(), error.advice()), ("card.install.memory", Advice::FreeSpace));
    assert_eq!(error.plan(), PlanState::StillValid);
    world.lpa.delete(lpakit::rsp::profiles::ProfileId::Iccid(first.iccid)).await.unwrap();
    installed(world.download(&second).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_knows_the_card_is_full_says_so_before_the_download() {
    let mut options = WorldOptions::default();
    options.card.non_volatile_memory = 8 * 1024;
    let world = World::with(options).await;
    let order = world.order_with(|order| {
        let size = ProfileSize::Package(40_000);
        order.profile = Content::Build { iccid: None, imsi: None, size };
    });
    let error = world.download(&order).await.unwrap_err();
    assert_eq!(error.key(), "server.refused.8.1/4.8");
    assert_eq!(error.advice(), Advice::FreeSpace);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_that_is_already_installed_says_so() {
    let world = World::new().await;
    let first = world.order();
    installed(world.download(&first).await);
    let again = world.order_with(|order| {
        let iccid = Some(first.iccid);
        order.profile = Content::Build { iccid, imsi: None, size: ProfileSize::Smallest };
    });
    let error = world.download(&again).await.unwrap_err();
    assert_eq!(error.key(), "card.install.already_installed");
    assert_eq!((error.plan(), error.advice()), (PlanState::Installed, Advice::CheckProfiles));
    assert!(world.lpa.notifications().await.unwrap().is_empty(), "the operator was told");
    assert_eq!(world.lpa.profiles().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_used_or_expired_code_is_refused() {
    let world = World::new().await;
    let order = world.order_with(|order| {
        order.matching_id = MatchingId::Given("USED-ONCE".to_owned());
    });
    installed(world.download(&order).await);
    let error = world.download(&order).await.unwrap_err();
    assert_eq!(error.plan(), PlanState::NoLongerValid, "{error:?}");
    let expired = world.order_with(|order| order.valid_for = Some(Duration::ZERO));
    let error = world.download(&expired).await.unwrap_err();
    assert_eq!(error.key(), "server.refused.8.8.5/4.10");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_server_speaks_tls_1_2_only() {
    let tls = |pki: &lpakit_sandbox_crypto::Pki, _: &_| {
        let mut tls = TlsOptions::of_dp(pki).unwrap();
        tls.versions = TlsVersions::Only12;
        tls
    };
    let options = WorldOptions { tls: Box::new(tls), ..WorldOptions::default() };
    assert_works_now(&World::with(options).await).await;
}
