//! Nothing that identifies or unlocks a plan stands in logs, `Debug`, errors or progress. Planted values are searched
//! for in every form they could take: text, hexadecimal in either case, and lists of numbers.

use std::fmt::Write as _;
use std::sync::Mutex;

use lpakit::rsp::identifiers::Imei;
use lpakit::rsp::profiles::ProfileId;
use lpakit::{ConfirmationCode, ProfileSource};
use lpakit_e2e::{World, installed, offer_of};
use lpakit_sandbox_smdp::Function;
use lpakit_sandbox_smdp::misbehaviour::{Misbehaviour, Times};
use lpakit_sandbox_smdp::order::MatchingId;

const MATCHING_ID: &str = "PLANTED-MATCHING-ID-4711";
const CODE: &str = "PLANTEDCODE99";
const WRONG_CODE: &str = "PLANTEDWRONG77";

static LOG: Mutex<String> = Mutex::new(String::new());

struct Capture;

impl log::Log for Capture {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let mut log = LOG.lock().unwrap();
        let _ = writeln!(log, "{} {}", record.target(), record.args());
    }

    fn flush(&self) {}
}

/// Every form in which octets could be printed.
fn forms(octets: &[u8]) -> Vec<String> {
    let numbers: Vec<String> = octets.iter().map(u8::to_string).collect();
    vec![hex::encode(octets), hex::encode_upper(octets), numbers.join(", ")]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn planted_values_are_nowhere_to_be_found() {
    log::set_logger(&Capture).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let world = World::new().await;
    let mut shown = String::new();
    let order = world.order_with(|order| {
        order.matching_id = MatchingId::Given(MATCHING_ID.to_owned());
        order.confirmation_code = Some(CODE.to_owned());
    });

    // The story, with everything that it makes printed.
    let source = world.code(&order);
    let _ = writeln!(shown, "{source:?} {:?}", ConfirmationCode::new(CODE).unwrap());
    let offer = world.lpa.authenticate(source).await.unwrap();
    let _ = writeln!(shown, "{offer:?} {:?}", offer.metadata());
    let (offer, error) = offer_of(world.accept(offer, Some(WRONG_CODE)).outcome().await);
    let _ = writeln!(shown, "{error:?} {error} {:?} {:?}", error.args(), error.key());
    let mut installation = world.accept(offer, Some(CODE));
    while let Some(progress) = installation.next_progress().await {
        let _ = writeln!(shown, "{progress:?} {installation:?}");
    }
    let done = installed(installation.outcome().await);
    let id = ProfileId::Iccid(done.iccid);
    let _ = writeln!(shown, "{done:?} {id:?}");
    let _ = writeln!(shown, "{:?}", world.lpa.enable(id.clone()).await);
    let _ = writeln!(shown, "{:?}", world.lpa.profiles().await);
    let _ = writeln!(shown, "{:?}", world.lpa.notifications().await);
    let _ = writeln!(shown, "{:?}", world.lpa.chip().await);
    let _ = writeln!(shown, "{:?}", world.lpa.delete(id).await);
    let _ = writeln!(shown, "{:?} {:?}", world.lpa, world.lpa.send_notifications().await);
    let imei = Imei::from_digits("356938035643809").unwrap();
    let _ = writeln!(shown, "{imei:?}");

    // And everything that can go wrong.
    for function in [
        Function::InitiateAuthentication,
        Function::AuthenticateClient,
        Function::GetBoundProfilePackage,
    ] {
        for misbehaviour in [
            Misbehaviour::Html,
            Misbehaviour::EmptyBody,
            Misbehaviour::CloseAfter,
            Misbehaviour::OtherTransactionId,
            Misbehaviour::WrongSignature,
        ] {
            world.smdp.misbehaviours().clear();
            world.smdp.misbehaviours().add(function, misbehaviour, Times::Once);
            let order = world.order_with(|order| order.confirmation_code = Some(CODE.to_owned()));
            let error = world.download_with(&order, Some(CODE)).await.unwrap_err();
            let _ = writeln!(shown, "{error:?} {error}");
        }
    }
    for text in [
        format!("LPA:1$smdp.example.com${MATCHING_ID}$x"),
        format!("LPA:3$smdp.example.com${MATCHING_ID}"),
        format!("LPA:1${MATCHING_ID}"),
    ] {
        let error = world.lpa.parse_activation_code(&text).unwrap_err();
        let _ = writeln!(shown, "{error:?} {error}");
    }
    let unknown = format!("LPA:1${}${MATCHING_ID}-NOT", lpakit_e2e::SERVER_NAME);
    let source = ProfileSource::Code(world.lpa.parse_activation_code(&unknown).unwrap());
    let _ = writeln!(shown, "{:?}", world.lpa.authenticate(source).await.err());

    let eid = world.card.look(|card| card.eid().clone());
    let mut planted = vec![MATCHING_ID.to_owned(), CODE.to_owned(), WRONG_CODE.to_owned()];
    planted.extend([MATCHING_ID, CODE].iter().flat_map(|text| forms(text.as_bytes())));
    planted.push(eid.digits().to_string());
    planted.extend(forms(eid.octets()));
    planted.push(order.iccid.to_string());
    planted.extend(forms(order.iccid.octets()));
    planted.extend(["356938035643809".to_owned()]);
    planted.extend(forms(imei.octets()));
    let log = LOG.lock().unwrap().clone();
    assert!(log.contains("connecting") || log.contains("reqwest"), "the log was captured");
    for secret in planted {
        assert!(!shown.contains(&secret), "shown: {secret}");
        assert!(!log.contains(&secret), "logged: {secret}");
    }
}
