//! The lpakit sandbox for Kotlin and Swift: a card, an SM-DP+ and an SM-DS for debug builds and tests. It is in the
//! library `lpakit_debug` only, never in a release.
//!
//! [`Sandbox`] is for apps, whose screens then work in an emulator; [`Stage`] is for tests that move everything by lines
//! of text.

mod bench;
mod card;
mod error;
mod folder;
mod stage;

pub use bench::median_download_in_rust;
pub use card::{VirtualCard, VirtualCardAbilities, VirtualCardError, VirtualChannels};
pub use error::SandboxFailure;
pub use folder::{Sandbox, SandboxOrder};
pub use stage::{CameraPlane, ServerRoute, Stage};

uniffi::setup_scaffolding!();

/// The version of the library.
#[uniffi::export]
pub fn sandbox_version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// How many cards are open in lpakit, or not yet let go; for tests that look for leaks.
#[uniffi::export]
pub fn open_cards() -> u64 {
    lpakit_ffi::testing::open_engines() as u64
}

/// Breaks down, for tests of what a shell makes of a fault of the library.
///
/// # Errors
/// None; it panics.
#[uniffi::export]
pub fn break_down() -> Result<(), SandboxFailure> {
    panic!("on purpose");
}
