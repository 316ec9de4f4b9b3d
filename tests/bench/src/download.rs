//! The downloads that are counted.

use lpakit::lpa::{Answers, InstallationOutcome, ReportState};
use lpakit_interop::{Lpac, Lpakit, Program, Stage};
use lpakit_sandbox_smdp::metadata::MetadataSpec;
use lpakit_sandbox_smdp::order::{OrderRequest, PlacedOrder, ProfileSize, ProfileSource};
use lpakit_sandbox_smdp::server::TlsVersions;

use crate::counts::Counts;
use crate::error::BenchError;
use crate::floor::Floor;

/// Octets of transaction IDs at the bench's servers.
const TRANSACTION_ID: usize = 16;

/// lpac with its largest blocks.
pub const LPAC_255: &str = "lpac-255";
/// Bytes of a STORE DATA block at most, as the standard allows. lpac's default is 120.
const LARGEST_BLOCK: u8 = 255;

/// A download that was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Download {
    /// Whose.
    pub program: &'static str,
    /// What it took.
    pub counts: Counts,
}

/// A card and a server for one program's download of a package of `bpp` octets, and the order for it.
///
/// For every program they are of the same kind: the same certificates, the server under the same kind of address
/// (`localhost:port`, the only one that lpac can be sent to), which is also where notifications go, and TLS 1.3 only,
/// so that a handshake is one round trip for everybody.
///
/// # Errors
/// [`BenchError::Stage`].
pub fn stage(program: Program, bpp: usize) -> Result<(Stage, PlacedOrder), BenchError> {
    let stage = Stage::builder(program, "bench")
        .unpublished()
        .tls(TlsVersions::Only13)
        // Room for any package that is asked for.
        .card(move |card| card.non_volatile_memory += u32::try_from(bpp).unwrap_or(u32::MAX / 2))
        .server(|server| {
            server.addresses.sort_by_key(|address| !address.contains(':'));
            server.transaction_id_lengths = vec![TRANSACTION_ID];
        })
        .start()?;
    let order = stage.order(&order(bpp))?;
    Ok((stage, order))
}

fn order(bpp: usize) -> OrderRequest {
    let mut order = OrderRequest::new(MetadataSpec::named("Bench Mobile", "Travel 5 GB"));
    order.profile = ProfileSource::Build {
        iccid: None,
        imsi: None,
        size: ProfileSize::Bound { total: bpp, transaction_id: TRANSACTION_ID },
    };
    order
}

/// Downloads with lpakit, from power-on until the channel is closed, and reckons the floor of the same download.
///
/// # Errors
/// [`BenchError`]; also when card and server do not confirm what lpakit says.
pub fn lpakit(bpp: usize) -> Result<(Download, Floor), BenchError> {
    let program = Program::Lpakit.name();
    let (stage, order) = stage(Program::Lpakit, bpp)?;
    let lpakit = Lpakit::open(&stage)?;
    let outcome = lpakit.download(&order.activation_code(None), Answers::yes())?;
    let InstallationOutcome::Installed(installed) = outcome else {
        return Err(BenchError::NotDone { program, missing: "it wants a confirmation code" });
    };
    if installed.report != ReportState::Delivered {
        return Err(BenchError::NotDone { program, missing: "the operator does not know" });
    }
    lpakit.wait(lpakit.lpa().release_card())?;
    confirm(program, &stage)?;
    let floor = Floor::of(&stage.apdus(), bpp)?;
    Ok((Download { program, counts: Counts::of(&stage) }, floor))
}

/// Downloads with lpac in its defaults: `profile download`, then all notifications sent and removed.
///
/// # Errors
/// [`BenchError`]; also when card and server do not confirm what lpac says.
pub fn lpac(bpp: usize) -> Result<Download, BenchError> {
    lpac_as(Program::Lpac.name(), &Lpac::find()?, bpp)
}

/// As [`lpac()`], with the largest blocks that it can be set to: `LPAC_CUSTOM_ES10X_MSS=255`, which lpac 2.3 knows.
///
/// # Errors
/// As [`lpac()`].
pub fn lpac_255(bpp: usize) -> Result<Download, BenchError> {
    lpac_as(LPAC_255, &Lpac::find()?.with_mss(LARGEST_BLOCK), bpp)
}

fn lpac_as(program: &'static str, lpac: &Lpac, bpp: usize) -> Result<Download, BenchError> {
    let (stage, order) = stage(Program::Lpac, bpp)?;
    let code = order.activation_code(None);
    run(lpac, &stage, "profile download", &["profile", "download", "-a", &code])?;
    let process = ["notification", "process", "-a", "-r"];
    run(lpac, &stage, "notification process", &process)?;
    confirm(program, &stage)?;
    Ok(Download { program, counts: Counts::of(&stage) })
}

fn run(
    lpac: &Lpac,
    stage: &Stage,
    command: &'static str,
    arguments: &[&str],
) -> Result<(), BenchError> {
    let outcome = lpac.run(stage, arguments)?;
    if outcome.is_success() {
        return Ok(());
    }
    Err(BenchError::Lpac { command, message: outcome.message, status: outcome.status })
}

/// Asks card and server whether the profile is there, the server was told, and nothing is left to tell.
fn confirm(program: &'static str, stage: &Stage) -> Result<(), BenchError> {
    let missing = if stage.profiles()?.len() != 1 {
        "the profile is not on the card"
    } else if stage.received()?.len() != 1 {
        "the server has received no notification"
    } else if !stage.pending()?.is_empty() {
        "notifications are left on the card"
    } else {
        return Ok(());
    };
    Err(BenchError::NotDone { program, missing })
}
