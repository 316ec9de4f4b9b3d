//! lpakit for Kotlin and Swift: a wrapper over the crate `lpakit`, with no logic that belongs there.
//!
//! The shells (`android/lpakit-core`, `ios/Sources/LPAKit`) wrap what is generated from this crate once more, so that it
//! reads as if written in their language; apps never see the generated code.
//!
//! How things cross:
//! - every export gives a `Result`, getters as well: a fault of the library is an error then, where it would end an app
//!   in a Swift function that throws nothing;
//! - async exports do their work on lpakit's own runtime and only wait for it, whatever polls them; dropping the wait
//!   stops nothing, and what can be cancelled has an explicit handle ([`Cancellation`], [`InstallTask::cancel`]);
//! - cards are called from their own thread only ([`CardChannel`], [`RawCard`]);
//! - secrets and identifiers stand in records only, never in errors and logs.

mod card;
mod chip;
mod code;
mod discovery;
mod engine;
mod error;
mod guard;
#[cfg(not(target_os = "ios"))]
mod jvm;
mod lpa;
mod mirror;
mod notifications;
mod offer;
mod options;
mod profile;
mod route;
mod runtime;
mod sync;
mod task;
pub mod testing;
mod tracing;

pub use card::{CardChannel, CardPortError, OpenedChannel, PortAbilities, RawCard};
pub use chip::{AuthorisationRule, ChipInfo, Euicc};
pub use code::{ActivationCode, QrPicture, find_activation_code, qr_picture, scan_activation_code};
pub use discovery::{Discovery, ProfileSource, SearchTrouble, WaitingPlan};
pub use error::{
    Advice, ErrorArgument, ErrorDetails, ErrorKind, Explanation, LpaError, PlanState,
    check_version, error_keys, error_of, explain, fault, refusal_of, text,
};
pub use lpa::{Lpa, MemoryReset, Statistics};
pub use notifications::{DeliveryTrouble, PendingReport, ReportEvent, SendReport, UnsentReport};
pub use offer::{Answers, Need, Offer, RejectReason};
pub use options::{ConnectTo, DeviceCapabilities, DeviceInfo, LpaOptions};
pub use profile::{
    CarrierApp, Icon, IconKind, Operator, Profile, ProfileClass, ProfileDescription,
};
pub use route::{
    AppStanding, CardAccess, InstallRoute, InstallWay, Passage, PhoneFacts, PhoneSystem,
    install_ways,
};
pub use runtime::Cancellation;
pub use task::{
    InstallOutcome, InstallState, InstallTask, InstalledProfile, Phase, Progress, ReportState,
};
pub use tracing::{LogLevel, LogListener, LogListenerError};

uniffi::setup_scaffolding!();

/// The version of the library. A shell of another version refuses to work with it (`input.library_version`).
#[uniffi::export]
pub fn library_version() -> Result<String, LpaError> {
    Ok(env!("CARGO_PKG_VERSION").to_owned())
}
