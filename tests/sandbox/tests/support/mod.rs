//! What tests of the sandbox in a folder share: a sandbox, its card in the LPA's hands, a download.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use lpakit::card::CardPort;
use lpakit::http::{HttpOptions, ReqwestTransport, TestCi, TrustAnchors};
use lpakit::lpa::{Answers, InstallationOutcome, Installed, Offer};
use lpakit::rsp::authentication::{DeviceCapabilities, DeviceInfo};
use lpakit::rsp::identifiers::Tac;
use lpakit::{Lpa, LpaOptions, ProfileSource};
use lpakit_sandbox::{RunningServer, SAMPLE_PLAN, Sandbox, SandboxOptions};

pub const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

pub fn sandbox(folder: &Path) -> Sandbox {
    Sandbox::create(&folder.join("s"), &SandboxOptions::default()).unwrap()
}

pub fn lpa(sandbox: &Sandbox, server: &RunningServer, port: CardPort) -> Lpa {
    let ci = TestCi::parse(sandbox.ci_certificate().der()).unwrap();
    let options = HttpOptions { connect_to: server.connections(), ..HttpOptions::default() };
    let transport = ReqwestTransport::new(TrustAnchors::with_test_cis(vec![ci]), options);
    let capabilities = DeviceCapabilities::default();
    let device =
        DeviceInfo { tac: Tac::from_digits("35290611").unwrap(), capabilities, imei: None };
    let mut options = LpaOptions::new(device);
    options.delivery = lpakit::lpa::Delivery::ByHand;
    Lpa::open(port, Arc::new(transport), options).unwrap()
}

pub async fn download(lpa: &Lpa, code: &str) -> Box<Installed> {
    let code = lpa.parse_activation_code(code).unwrap();
    let offer = lpa.authenticate(ProfileSource::Code(code)).await.unwrap();
    assert_eq!(offer.metadata().profile_name, SAMPLE_PLAN);
    accept(offer).await
}

pub async fn accept(offer: Offer) -> Box<Installed> {
    match offer.accept(Answers::yes()).unwrap().outcome().await.unwrap() {
        InstallationOutcome::Installed(installed) => installed,
        other => panic!("{other:?}"),
    }
}
