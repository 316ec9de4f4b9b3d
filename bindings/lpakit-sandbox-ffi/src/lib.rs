//! The lpakit sandbox for Kotlin and Swift.

uniffi::setup_scaffolding!();

/// The version of the library.
#[uniffi::export]
pub fn sandbox_version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
