//! A sandbox in a folder: made, opened, served, ordered from, and downloaded from by the LPA.

mod support;

use lpakit::card::CardPort;
use lpakit::lpa::ReportState;
use lpakit_sandbox::crypto::pki::Layout;
use lpakit_sandbox::smdp::notification::{NotificationKind, Verdict};
use lpakit_sandbox::smdp::order::OrderState;
use lpakit_sandbox::{
    SAMPLE_PLAN, Sandbox, SandboxCard, SandboxError, SandboxOptions, ServeOptions, sample_order,
};

use support::{LOOPBACK, download, lpa, sandbox};

async fn downloads_and_enables(into_port: impl FnOnce(SandboxCard) -> CardPort) {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = sandbox(folder.path());
    let server = sandbox.start_server(LOOPBACK).await.unwrap();
    let order = sandbox.order(&sample_order()).unwrap();
    let card = SandboxCard::new(sandbox.card().unwrap()).unwrap();
    let lpa = lpa(&sandbox, &server, into_port(card));

    let installed = download(&lpa, &order.activation_code(None)).await;
    assert_eq!(installed.iccid, order.iccid);
    assert_eq!(installed.report, ReportState::Delivered);
    let received = server.received().unwrap();
    assert_eq!(received[0].kind, NotificationKind::Installed);
    assert_eq!(received[0].verdict, Verdict::Accepted);
    let enabled = lpa.enable(lpakit::rsp::profiles::ProfileId::Iccid(order.iccid)).await.unwrap();
    assert_eq!(enabled.display_name(), SAMPLE_PLAN);
    assert_eq!(lpa.send_notifications().await.unwrap().delivered.len(), 1);
    assert_eq!(sandbox.received().unwrap().len(), 2);
    assert_eq!(server.smdp().orders().order(&order.id).unwrap().state, OrderState::Installed);
    assert_eq!(server.counts().handshakes(), 1);
    assert_eq!(server.counts().requests(), 5);
    server.stop().await;
}

#[tokio::test]
async fn a_plain_reader_downloads_and_enables() {
    downloads_and_enables(|card| CardPort::Raw(Box::new(card))).await;
}

#[tokio::test]
async fn a_platform_with_channels_downloads_and_enables() {
    downloads_and_enables(|card| CardPort::Channels(Box::new(card.into_channels()))).await;
}

#[tokio::test]
async fn a_server_may_be_called_by_host_and_port() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = sandbox(folder.path());
    let options =
        ServeOptions { address: Some("localhost:0".to_owned()), ..ServeOptions::new(LOOPBACK) };
    let server = sandbox.start_server_with(options, |_| ()).await.unwrap();
    let by_port = format!("localhost:{}", server.addr().port());
    // As another process would do it.
    let order = Sandbox::open(sandbox.folder()).unwrap().order(&sample_order()).unwrap();
    assert_eq!(order.address, by_port);
    let card = SandboxCard::new(sandbox.card().unwrap()).unwrap();
    let lpa = lpa(&sandbox, &server, CardPort::Raw(Box::new(card)));

    let installed = download(&lpa, &order.activation_code(None)).await;
    assert_eq!(installed.metadata.notification_configurations[0].address, by_port);
    assert_eq!(installed.report, ReportState::Delivered);
    server.stop().await;
    assert_eq!(sandbox.listening(), None);
    assert_eq!(sandbox.address(), sandbox.name());
}

#[tokio::test]
async fn a_transcript_has_everything_in_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = sandbox(folder.path());
    let path = folder.path().join("run.jsonl");
    let transcript = sandbox.transcript(&path).unwrap();
    let options =
        ServeOptions { transcript: Some(transcript.clone()), ..ServeOptions::new(LOOPBACK) };
    let server = sandbox.start_server_with(options, |_| ()).await.unwrap();
    let order = server.order(&sample_order()).unwrap();
    let card = sandbox.card().unwrap().with_recorder(transcript.clone());
    let lpa = lpa(&sandbox, &server, CardPort::Raw(Box::new(SandboxCard::new(card).unwrap())));
    download(&lpa, &order.activation_code(None)).await;
    lpa.release_card().await.unwrap();
    transcript.finish().unwrap();

    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["t"], "meta");
    assert_eq!(lines[0]["ci"][0], hex::encode(sandbox.ci_certificate().der()));
    assert_eq!(lines[1]["event"], "power");
    let functions: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["url"].as_str())
        .map(|url| url.rsplit('/').next().unwrap())
        .collect();
    let expected = [
        "initiateAuthentication",
        "authenticateClient",
        "getBoundProfilePackage",
        "handleNotification",
    ];
    assert_eq!(functions, expected);
    assert!(lines.iter().filter(|line| line["t"] == "apdu").count() > 20);
}

#[test]
fn the_card_is_one_processes_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = sandbox(folder.path());
    let card = sandbox.card().unwrap();
    assert!(sandbox.card().unwrap_err().is_card_in_use());
    drop(card);
    sandbox.card().unwrap();
}

#[test]
fn a_folder_that_holds_something_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let made = sandbox(folder.path());
    let again = Sandbox::create(made.folder(), &SandboxOptions::default());
    assert!(matches!(again, Err(SandboxError::Exists(_))));
    assert!(matches!(Sandbox::open(folder.path()), Err(SandboxError::NotASandbox(_))));
    assert_eq!(Sandbox::open(made.folder()).unwrap().name(), made.name());
}

#[test]
fn certificates_go_out_and_come_in() {
    let folder = tempfile::tempdir().unwrap();
    let exported = folder.path().join("pki");
    let one = sandbox(folder.path());
    one.pki_export(&exported, Layout::Folders).unwrap();

    let options = SandboxOptions { pki: Some(exported.clone()), ..SandboxOptions::default() };
    let two = Sandbox::create(&folder.path().join("two"), &options).unwrap();
    assert_eq!(two.ci_certificate().der(), one.ci_certificate().der());
    assert_eq!(two.card().unwrap().eid(), one.card().unwrap().eid());

    let other = SandboxOptions { seed: Some(3), ..SandboxOptions::default() };
    let mut three = Sandbox::create(&folder.path().join("three"), &other).unwrap();
    assert_ne!(three.card().unwrap().eid(), one.card().unwrap().eid());
    // Without the SM-DP+'s files the card is a foreign server's to serve.
    std::fs::remove_dir_all(exported.join("DPauth")).unwrap();
    std::fs::remove_dir_all(exported.join("DPpb")).unwrap();
    std::fs::remove_dir_all(exported.join("DPtls")).unwrap();
    three.pki_import(&exported).unwrap();
    let three = Sandbox::open(three.folder()).unwrap();
    assert_eq!(three.card().unwrap().eid(), one.card().unwrap().eid());
    assert!(matches!(three.order(&sample_order()), Err(SandboxError::NoServer)));
}

#[tokio::test]
async fn a_card_with_profiles_keeps_its_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let mut sandbox = sandbox(folder.path());
    let exported = folder.path().join("pki");
    sandbox.pki_export(&exported, Layout::Flat).unwrap();
    let server = sandbox.start_server(LOOPBACK).await.unwrap();
    let order = sandbox.order(&sample_order()).unwrap();
    let card = SandboxCard::new(sandbox.card().unwrap()).unwrap();
    let socket = card.socket();
    let lpa = lpa(&sandbox, &server, CardPort::Raw(Box::new(card)));
    let installed = download(&lpa, &order.activation_code(None)).await;
    assert!(socket.apdus() > 20);
    assert!(socket.with_card(|card| card.profile_package(&installed.iccid)).is_ok());
    let import = sandbox.pki_import(&exported);
    assert!(import.unwrap_err().is_card_in_use());
    lpa.release_card().await.unwrap();
    drop((lpa, socket));
    // The card's thread lets go of the card by itself, a moment later.
    let refused = loop {
        match sandbox.pki_import(&exported) {
            Err(error) if error.is_card_in_use() => tokio::task::yield_now().await,
            other => break other,
        }
    };
    assert!(matches!(refused, Err(SandboxError::CardHasProfiles)));
}
