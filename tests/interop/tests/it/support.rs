//! What the stories have in common.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lpakit::lpa::{Answers, InstallationOutcome, Installed};
use lpakit::rsp::Tag;
use lpakit::rsp::identifiers::Iccid;
use lpakit::rsp::profiles::{ProfileInfo, ProfileState};
use lpakit::rsp::tlv::Tlv;
use lpakit::{ConfirmationCode, Error};
use lpakit_interop::{InteropError, Lpac, LpacOutcome, Stage};
use lpakit_sandbox_smdp::metadata::MetadataSpec;
use lpakit_sandbox_smdp::notification::{NotificationKind, Verdict};
use lpakit_sandbox_smdp::order::{
    Order, OrderRequest, OrderState, PlacedOrder, ProfileSize, ProfileSource,
};
use serde_json::Value;

pub const OPERATOR: &str = "Interop Mobile";
pub const PLAN: &str = "Ten days abroad";
pub const CODE: &str = "2718-Ä";

/// An ordinary order's request.
pub fn request() -> OrderRequest {
    OrderRequest::new(MetadataSpec::named(OPERATOR, PLAN))
}

/// An order whose profile package has so many octets.
pub fn request_of_size(octets: usize) -> OrderRequest {
    let mut request = request();
    request.profile =
        ProfileSource::Build { iccid: None, imsi: None, size: ProfileSize::Package(octets) };
    request
}

/// An order for the profile with this ICCID.
pub fn request_for(iccid: Iccid) -> OrderRequest {
    let mut request = request();
    let size = ProfileSize::Smallest;
    request.profile = ProfileSource::Build { iccid: Some(iccid), imsi: None, size };
    request
}

/// An order that asks for [`CODE`].
pub fn request_with_code() -> OrderRequest {
    let mut request = request();
    request.confirmation_code = Some(CODE.to_owned());
    request
}

/// A picture file of the largest size: the metadata around it do not fit one 88 part.
pub fn largest_icon() -> Vec<u8> {
    let mut icon = b"\x89PNG\r\n\x1a\n".to_vec();
    icon.resize(1024, 0x5A);
    icon
}

pub fn order(stage: &Stage, request: &OrderRequest) -> PlacedOrder {
    stage.order(request).unwrap()
}

pub fn order_state(stage: &Stage, order: &PlacedOrder) -> Order {
    stage.order_state(order).unwrap()
}

/// What was found; or the test fails with what to do, which `unwrap` would not tell.
pub fn found<T>(result: Result<T, InteropError>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

/// Runs lpac with its defaults.
pub fn lpac(stage: &Stage, arguments: &[&str]) -> LpacOutcome {
    found(found(Lpac::find()).run(stage, arguments))
}

/// Runs lpac, which is to succeed; gives its result's data.
pub fn lpac_ok(stage: &Stage, arguments: &[&str]) -> Value {
    let outcome = lpac(stage, arguments);
    assert!(outcome.is_success(), "{arguments:?}: {outcome:?}");
    outcome.data
}

/// Runs lpac, which is to fail at this step; gives its result's data.
pub fn lpac_refused(stage: &Stage, arguments: &[&str], step: &str) -> Value {
    let outcome = lpac(stage, arguments);
    assert_eq!((outcome.code, outcome.status), (-1, Some(255)), "{outcome:?}");
    assert_eq!(outcome.message, step, "{outcome:?}");
    outcome.data
}

/// lpac's `profile download` of an order.
pub fn lpac_download(stage: &Stage, order: &PlacedOrder) -> LpacOutcome {
    lpac(stage, &["profile", "download", "-a", &order.activation_code(None)])
}

/// A stage's profile is installed, off, and the server has been told.
pub fn assert_installed(stage: &Stage, order: &PlacedOrder) {
    let profile = profile(stage, order);
    assert_eq!(profile.state, Some(ProfileState::Disabled));
    assert_eq!(profile.service_provider_name.as_deref(), Some(OPERATOR));
    assert_eq!(profile.profile_name.as_deref(), Some(PLAN));
    assert_eq!(order_state(stage, order).state, OrderState::Installed);
    let received = stage.received().unwrap();
    let report = received.iter().find(|report| report.order.as_ref() == Some(&order.id)).unwrap();
    assert_eq!((&report.kind, &report.verdict), (&NotificationKind::Installed, &Verdict::Accepted));
    assert_eq!(report.times, 1);
}

/// The profile of an order, as it is on the card.
pub fn profile(stage: &Stage, order: &PlacedOrder) -> ProfileInfo {
    let profiles = stage.profiles().unwrap();
    let found = profiles.into_iter().find(|profile| profile.iccid == Some(order.iccid));
    found.expect("the profile is on the card")
}

/// The bytes that the card has of an order's profile are those that were ordered.
pub fn assert_same_package(stage: &Stage, order: &PlacedOrder) {
    let on_card = stage.card().profile_package(&order.iccid).unwrap();
    assert_eq!(on_card.len(), order_state(stage, order).profile_length);
}

/// What the server has been told, in order.
pub fn told(stage: &Stage) -> Vec<NotificationKind> {
    let received = stage.received().unwrap();
    assert!(received.iter().all(|report| report.verdict == Verdict::Accepted), "{received:?}");
    received.into_iter().map(|report| report.kind).collect()
}

pub fn event(name: &str) -> NotificationKind {
    NotificationKind::Event(name.to_owned())
}

/// How a bound package is cut.
#[derive(Debug, PartialEq, Eq)]
pub struct Parts {
    /// Octets of each 88 element.
    pub metadata: Vec<usize>,
    /// Number of 87 elements of A2: 0 when the session keys go on.
    pub replace_keys: usize,
    /// Octets of each 86 element.
    pub profile: Vec<usize>,
}

/// The bound packages that the server has sent.
pub fn packages(stage: &Stage) -> Vec<Vec<u8>> {
    let answers = stage.http().into_iter();
    let answers = answers.filter(|exchange| exchange.function == "getBoundProfilePackage");
    answers
        .filter_map(|exchange| {
            let body: Value = serde_json::from_str(&exchange.response).unwrap();
            Some(STANDARD.decode(body["boundProfilePackage"].as_str()?).unwrap())
        })
        .collect()
}

/// How the last package was cut.
pub fn parts(stage: &Stage) -> Parts {
    let package = packages(stage).pop().expect("a package was sent");
    let fields = Tlv::parse_as(&package, Tag::new(0xBF36)).unwrap().fields().unwrap();
    let lengths = |tag| -> Vec<usize> {
        let group = fields.get(Tag::new(tag)).map(|group| group.fields().unwrap());
        group.iter().flat_map(|group| group.iter().map(|part| part.raw.len())).collect()
    };
    Parts { metadata: lengths(0xA1), replace_keys: lengths(0xA2).len(), profile: lengths(0xA3) }
}

/// The largest STORE DATA data field that was sent to the card.
pub fn largest_segment(stage: &Stage) -> usize {
    let store_data = |command: &[u8]| command.get(1) == Some(&0xE2);
    let apdus = stage.apdus();
    let lengths = apdus.iter().filter(|apdu| store_data(&apdu.command));
    lengths.map(|apdu| usize::from(apdu.command[4])).max().expect("STORE DATA was sent")
}

/// Answers with a confirmation code.
pub fn with_code(code: &str) -> Answers {
    Answers::yes().with_code(ConfirmationCode::new(code).unwrap())
}

/// The outcome of an installation that is to succeed.
pub fn installed(outcome: Result<InstallationOutcome, Error>) -> Installed {
    match outcome.unwrap() {
        InstallationOutcome::Installed(installed) => *installed,
        refused => panic!("not installed: {refused:?}"),
    }
}
