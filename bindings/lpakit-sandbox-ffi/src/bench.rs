//! What a shell measures itself against: the same download in Rust, in the same process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use lpakit::card::CardPort;
use lpakit::lpa::{Answers, Delivery};
use lpakit::rsp::authentication::{DeviceCapabilities, DeviceInfo};
use lpakit::rsp::identifiers::Tac;
use lpakit::{Lpa, LpaOptions, ProfileSource};
use lpakit_sandbox::stage::Stage;
use tokio::runtime::Builder;

use crate::error::SandboxFailure;

/// How long a download takes in Rust alone, from the activation code to the outcome, in microseconds: the median of so
/// many, each on a stage of its own.
///
/// # Errors
/// [`SandboxFailure`] when one fails.
#[uniffi::export]
pub fn median_download_in_rust(rounds: u32) -> Result<u64, SandboxFailure> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(SandboxFailure::of)?;
    let mut times = Vec::new();
    for _ in 0..rounds.max(1) {
        let stage = Stage::new().map_err(SandboxFailure::of)?;
        let order = stage.act("order").map_err(SandboxFailure::of)?;
        let taken = runtime.block_on(async {
            let lpa = open(&stage)?;
            let taken = download(&lpa, &order).await;
            lpa.close().await;
            taken
        })?;
        times.push(taken);
    }
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    u64::try_from(median.as_micros()).map_err(SandboxFailure::of)
}

fn open(stage: &Stage) -> Result<Lpa, SandboxFailure> {
    let transport = stage.transport().map_err(SandboxFailure::of)?;
    let device = DeviceInfo {
        tac: Tac::from_octets([0; 4]),
        capabilities: DeviceCapabilities::default(),
        imei: None,
    };
    let mut options = LpaOptions::new(device);
    options.delivery = Delivery::ByHand;
    let card = stage.card(1).map_err(SandboxFailure::of)?;
    Lpa::open(CardPort::Raw(Box::new(card)), Arc::new(transport), options)
        .map_err(SandboxFailure::of)
}

async fn download(lpa: &Lpa, order: &str) -> Result<Duration, SandboxFailure> {
    let started = Instant::now();
    let code = lpa.parse_activation_code(order).map_err(SandboxFailure::of)?;
    let offer = lpa.authenticate(ProfileSource::Code(code)).await.map_err(SandboxFailure::of)?;
    let accepted = offer.accept(Answers::yes());
    let mut installation = accepted.map_err(|refused| SandboxFailure::of(refused.error))?;
    installation.outcome().await.map_err(SandboxFailure::of)?;
    Ok(started.elapsed())
}
