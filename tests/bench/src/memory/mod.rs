//! Peak memory of a download, with card and server in another process so that theirs is not counted.

mod remote;
mod served;

use std::path::Path;
use std::sync::Arc;

use lpakit::card::CardPort;
use lpakit::http::{HttpOptions, ReqwestTransport, TestCi, TrustAnchors};
use lpakit::lpa::{Answers, InstallationOutcome};
use lpakit::rsp::authentication::{DeviceCapabilities, DeviceInfo};
use lpakit::rsp::identifiers::{Tac, Version};
use lpakit::{Lpa, LpaOptions, ProfileSource};
use tokio::runtime::{Builder, Runtime};

use crate::error::BenchError;
use remote::RemoteSandbox;

pub use served::serve;

/// Octets of the package on which the limit is shown.
pub const LARGE_BPP: usize = 1024 * 1024;
/// What may be used beside the package: TLS, HTTP and their buffers.
const BESIDE: usize = 768 * 1024;

/// What a download took of memory, above the idle client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryUse {
    /// Octets of the bound profile package.
    pub bpp: usize,
    /// The most octets that were allocated at the same time.
    pub peak: usize,
    /// How often memory was allocated, or moved to grow.
    pub allocations: u64,
}

impl MemoryUse {
    /// What is allowed: 1.4 times the package (its base64 is 1.33 times, decoded in place), and 768 KiB.
    pub const fn limit(&self) -> usize {
        self.bpp / 10 * 14 + BESIDE
    }
}

/// Downloads a package of `bpp` octets with lpakit and counts every allocation. `program` is a program that calls
/// [`serve`] when its first argument is `--serve-sandbox`: it has the card and the server.
///
/// Counting begins at the idle client: the transport is built, the LPA opened, and one ES10 function has been called.
/// Everything that is allocated afterwards counts, on every thread; freeing what is older does not make room. One
/// measurement at a time: the counter is the process's.
///
/// # Errors
/// [`BenchError`].
pub fn measure(program: &Path, bpp: usize) -> Result<MemoryUse, BenchError> {
    let sandbox = RemoteSandbox::start(program, bpp)?;
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(BenchError::Runtime)?;
    let (lpa, code) = idle_client(sandbox, &runtime)?;

    let profiler = dhat::Profiler::builder().testing().build();
    let downloaded = download(&runtime, &lpa, &code);
    let stats = dhat::HeapStats::get();
    drop(profiler);

    downloaded?;
    runtime.block_on(lpa.release_card())?;
    Ok(MemoryUse { bpp, peak: stats.max_bytes, allocations: stats.total_blocks })
}

/// An LPA as an app has it open, and an activation code in its hand.
fn idle_client(sandbox: RemoteSandbox, runtime: &Runtime) -> Result<(Lpa, String), BenchError> {
    let ci = TestCi::parse(&sandbox.ci()?).map_err(|_| sandbox.confused())?;
    let anchors = TrustAnchors::with_test_cis(vec![ci]);
    let transport = Arc::new(ReqwestTransport::new(anchors, HttpOptions::default()));
    let mut options = LpaOptions::new(device());
    options.delivery = lpakit::lpa::Delivery::ByHand;
    let code = sandbox.code().to_owned();
    let port = CardPort::Raw(Box::new(sandbox));
    let lpa = runtime.block_on(async { Lpa::open(port, transport, options) })?;
    runtime.block_on(lpa.eid())?;
    Ok((lpa, code))
}

fn download(runtime: &Runtime, lpa: &Lpa, code: &str) -> Result<(), BenchError> {
    let code = lpa.parse_activation_code(code)?;
    let outcome = runtime.block_on(async {
        let offer = lpa.authenticate(ProfileSource::Code(code)).await?;
        let accepted = offer.accept(Answers::yes()).map_err(|refused| refused.error)?;
        let mut installation = accepted;
        installation.outcome().await
    })?;
    match outcome {
        InstallationOutcome::Installed(_) => Ok(()),
        InstallationOutcome::ConfirmationCodeRefused { error, .. } => Err(error.into()),
    }
}

/// A device of nobody's, with an LTE modem.
fn device() -> DeviceInfo {
    DeviceInfo {
        tac: Tac::from_octets([0x01, 0x23, 0x45, 0x67]),
        capabilities: DeviceCapabilities {
            eutran_epc: Some(Version([15, 0, 0])),
            ..DeviceCapabilities::default()
        },
        imei: None,
    }
}
