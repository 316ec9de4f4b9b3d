//! lpakit's core: every reason for which an LPA of version 2 cancels a session, each signed by the card.

use std::time::Duration;

use lpakit::clock::{Clock, TokioClock};
use lpakit::http::BoxFuture;
use lpakit::lpa::{Answers, RejectReason};
use lpakit_interop::{Lpakit, Program, Stage};
use lpakit_sandbox_smdp::Function::{AuthenticateClient, GetBoundProfilePackage};
use lpakit_sandbox_smdp::misbehaviour::{Misbehaviour, Times};
use serde_json::Value;

use crate::support::{order, request};

/// For whom an offer's five minutes are over at once.
#[derive(Clone, Copy)]
struct Impatient;

impl Clock for Impatient {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        if duration == Duration::from_secs(300) {
            return Box::pin(std::future::ready(()));
        }
        TokioClock.sleep(duration)
    }
}

/// The reasons that the card was given, in order.
fn reasons(stage: &Stage) -> Vec<u8> {
    let cancelled = |command: &[u8]| command.get(5..7) == Some(&[0xBF, 0x41]);
    let apdus = stage.apdus().into_iter().filter(|apdu| cancelled(&apdu.command));
    apdus.map(|apdu| *apdu.command.last().unwrap()).collect()
}

/// How often the server was told.
fn told(stage: &Stage) -> usize {
    let posted = stage.http().into_iter().filter(|exchange| exchange.function == "cancelSession");
    let executed = |body: &str| {
        let body: Value = serde_json::from_str(body).unwrap();
        body["header"]["functionExecutionStatus"]["status"] == "Executed-Success"
    };
    posted.filter(|exchange| executed(&exchange.response)).count()
}

#[test]
fn every_reason() {
    let stage = Stage::new(Program::Lpakit, "cancel-reasons").unwrap();
    let lpakit = Lpakit::open(&stage).unwrap();
    for reason in [RejectReason::Refused, RejectReason::Later] {
        let offer = lpakit.offer(&order(&stage, &request()).activation_code(None)).unwrap();
        assert!(lpakit.wait(offer.reject(reason)));
    }
    for (function, wrong, key) in [
        (GetBoundProfilePackage, Misbehaviour::OtherMetadata, "trust.metadata_changed"),
        (GetBoundProfilePackage, Misbehaviour::WrongOutline, "server.bad_package"),
        (AuthenticateClient, Misbehaviour::OtherTransactionIdSigned, "trust.transaction_id"),
    ] {
        let placed = order(&stage, &request());
        stage.smdp().misbehaviours().add(function, wrong, Times::Once);
        let error = lpakit.download(&placed.activation_code(None), Answers::yes()).unwrap_err();
        assert_eq!(error.key(), key);
    }
    let mut ruled = request();
    ruled.metadata.ppr2 = true;
    stage.card().configure(|card| card.authorisation_rules.clear()).unwrap();
    let error = lpakit.offer(&order(&stage, &ruled).activation_code(None)).unwrap_err();
    assert_eq!(error.key(), "policy.not_allowed");
    assert_eq!(reasons(&stage), [0, 1, 4, 5, 127, 3]);
    assert_eq!(told(&stage), 6);
    stage.finish().unwrap();
}

#[test]
fn an_offer_that_nobody_answers() {
    let stage = Stage::new(Program::Lpakit, "cancel-timeout").unwrap();
    let lpakit =
        Lpakit::open_with(&stage, |options| options.clock = std::sync::Arc::new(Impatient))
            .unwrap();
    let offer = lpakit.offer(&order(&stage, &request()).activation_code(None)).unwrap();
    lpakit.wait(async {
        while told(&stage) == 0 {
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(offer.accept(Answers::yes()).unwrap_err().error.key(), "cancelled.offer_expired");
    assert_eq!(reasons(&stage), [2]);
    stage.finish().unwrap();
}
